# SPDX-License-Identifier: Apache-2.0
"""The command line: arguments over casework, pipeline, media and verify; the only place that exits.

Exit codes: 0 done; 1 the answer is no; 2 wrong usage; 3 unreadable or hostile input; 4 blocked by a
rule; others in docs/error-codes.md. With ``--json`` one JSON document goes to standard output and
nothing else does; progress and sentences go to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from plainview import logs
from plainview.cli import (  # noqa: F401  importing a module brings its verbs
    deadlines,
    deciding,
    evidence,
    files,
    keeping,
    office,
    outside,
    releasing,
)
from plainview.cli.common import app, err
from plainview.errors import Blocked, PlainviewError, WrongUsage

__all__ = ["main"]


def _office(arguments: list[str]) -> list[str]:
    """``plainview -C DIR verb …`` means ``plainview verb … -C DIR``: the office is named before the verb."""
    if len(arguments) > 2 and arguments[0] in {"-C", "--office"}:
        return [*arguments[2:], "--office", arguments[1]]
    return arguments


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    given = _office(list(sys.argv[1:] if arguments is None else arguments))
    logs.open_log()
    try:
        app(given, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        err.print(f"plainview: {error}", markup=False)
        sys.exit(WrongUsage.exit_code)
    except PlainviewError as error:
        err.print(f"plainview: {error}", markup=False)
        for item in error.items if isinstance(error, Blocked) else ():
            err.print(f"  {item}", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("stopped; run the same command again to go on")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # the last line; a trace may hold names, so it is shown on request only
        if os.environ.get("PLAINVIEW_TRACE"):
            raise
        sentence = f"plainview: this should not happen: {type(error).__name__} (PLAINVIEW_TRACE=1 shows where)"
        err.print(sentence, markup=False)
        sys.exit(70)
