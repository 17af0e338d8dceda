# SPDX-License-Identifier: Apache-2.0
"""What every verb of the command line shares: the app, its consoles, the clock, who acts, an open case.

The clock is read here and passed in everywhere else.
"""

from __future__ import annotations

import getpass
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from cyclopts import App, Parameter
from rich.console import Console

import plainview
from plainview.errors import WrongUsage

if TYPE_CHECKING:
    from plainview.model.case import Agent
    from plainview.pipeline.runs import Run

app = App(
    name="plainview",
    version=plainview.__version__,
    help="From a folder of raw recordings and papers to a signed public release that anyone can check.",
    help_format="markdown",
)
case_app = App(name="case", help="Open and list cases.")
app.command(case_app)
people_app = App(name="people", help="Who may do what: give and take roles.")
app.command(people_app)

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, Parameter(name="--json", negative="")]
As = Annotated[str | None, Parameter(name="--as")]
Files = Annotated[tuple[Path, ...], Parameter(negative="")]
Office = Annotated[Path, Parameter(name=("--office", "-C"))]
HERE = Path()


def now() -> datetime:
    """The clock, read here and passed in everywhere; ``SOURCE_DATE_EPOCH`` fixes it for repeatable builds."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC).replace(microsecond=0)


def person(name: str | None) -> Agent:
    """Who acts: the name given, else the account's."""
    from plainview.model.case import Agent

    return Agent(name or getpass.getuser(), "staff")


def emit(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


@contextmanager
def running(
    office: Path, case: str, *, jobs: int | None, durable: bool = True, model: str = "base", urgent: bool = False
) -> Iterator[Run]:
    """An open case with its engine and progress bars, alone in it for as long as it lasts."""
    from plainview.casework.workspace import open_office
    from plainview.pipeline.session import session

    signal.signal(signal.SIGTERM, _told_to_end)
    with session(
        open_office(office),
        case_id=case,
        now=now(),
        console=err,
        jobs=jobs,
        durable=durable,
        model=model,
        urgent=urgent,
    ) as run:
        yield run


def _told_to_end(*_: object) -> NoReturn:
    """What workers do for this run is cancelled on the way out; whatever holds on after ten seconds is cut off."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.alarm(10)
    sys.exit(128 + signal.SIGTERM)


def read_text(path: Path) -> str:
    """A text file's words; what is not UTF-8, or not there, is a wrong use of the command."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{path}: {error.strerror if isinstance(error, OSError) else 'not UTF-8 text'}") from error


def existing(files: Sequence[Path]) -> list[Path]:
    """The files named, at least one and every one there."""
    if not files:
        raise WrongUsage("no file is named")
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise WrongUsage(f"{missing[0]}: there is no such file")
    return list(files)
