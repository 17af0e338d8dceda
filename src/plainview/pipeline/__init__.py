# SPDX-License-Identifier: Apache-2.0
"""When it runs: steps keyed by content, done once, resumed after a kill, kept as failed with a reason."""
