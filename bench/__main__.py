# SPDX-License-Identifier: Apache-2.0
"""``make bench``: every figure, one after the other."""

from bench import intake

intake.main()
