# SPDX-License-Identifier: Apache-2.0
"""``make bench``: every figure, one after the other (the peers of ``bench.sync`` need environments of their own)."""

from bench import intake, sync

intake.main()
sync.main([])
