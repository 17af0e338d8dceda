# SPDX-License-Identifier: Apache-2.0
"""``python -m plainview``: the command line."""

from plainview.cli import main

if __name__ == "__main__":
    main()
