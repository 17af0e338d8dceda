# SPDX-License-Identifier: Apache-2.0
"""What could leak: attacks on the bytes of a built release. Knows the plan and trusts nothing else."""

from plainview.audit.faces import detector_digests
from plainview.audit.verdict import (
    attack,
    attack_around,
    filmed,
    look,
    look_all,
    look_digest,
    look_plan,
    merge,
    part_digest,
    part_plan,
    parts,
)

__all__ = [
    "attack",
    "attack_around",
    "detector_digests",
    "filmed",
    "look",
    "look_all",
    "look_digest",
    "look_plan",
    "merge",
    "part_digest",
    "part_plan",
    "parts",
]
