# SPDX-License-Identifier: Apache-2.0
"""The desk's server as a process of its own; ``plainview desk`` becomes it once the office is ready."""

from __future__ import annotations

import sys

from plainview.desk.server import listen

if __name__ == "__main__":
    listen(sys.argv[1], int(sys.argv[2]))
