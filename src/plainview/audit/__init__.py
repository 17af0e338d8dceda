# SPDX-License-Identifier: Apache-2.0
"""What could leak: attacks on the bytes of a built release. Knows the plan and trusts nothing else."""
