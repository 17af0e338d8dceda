# SPDX-License-Identifier: Apache-2.0
"""What could leak: attacks on the bytes of a built release. Knows the plan and trusts nothing else."""

from plainview.audit.verdict import attack, attack_around, merge, part_digest, part_plan, parts

__all__ = ["attack", "attack_around", "merge", "part_digest", "part_plan", "parts"]
