# SPDX-License-Identifier: Apache-2.0
"""What the public sees: site, seal, exports. Handed a frozen ``Release`` and finished renditions only."""
