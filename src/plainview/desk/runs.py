# SPDX-License-Identifier: Apache-2.0
"""Long work started from the desk: the command line's own commands, in processes that outlive the desk.

What a run says goes to a file beside it, and how it ended to another, written by the shell that ran it:
a desk that is stopped and started again still knows.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plainview.casework.workspace import BY_TOKEN
from plainview.desk.guard import Seat, now
from plainview.errors import Blocked

TITLES = {
    "intake": "Taking files in",
    "analyse": "Examining what is new",
    "preview": "Rendering a preview",
    "draft": "Building and auditing the next version",
    "release": "Publishing",
    "copies": "Making the copies that carry a guest’s name",
}


@dataclass(frozen=True, slots=True)
class Stand:
    """The last run of a case: what, for whom, since when, and how it ended (None: it goes on)."""

    verb: str
    by: str
    at: datetime
    code: int | None
    said: str

    @property
    def title(self) -> str:
        return TITLES[self.verb]

    @property
    def stoppable(self) -> bool:
        """Machine work may be stopped; evidence on its way in and a publication are let finish."""
        return self.verb in {"analyse", "preview", "draft"}

    @property
    def going(self) -> bool:
        return self.code is None


def start(seat: Seat, verb: str, arguments: Sequence[str]) -> None:
    """Begin a command for this case; ``Blocked`` while another one goes on in it."""
    refuse_going(seat)
    folder = _folder(seat)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in ("code", "log"):
        (folder / name).unlink(missing_ok=True)
    command = [sys.executable, "-m", "plainview", *arguments, "--office", str(seat.office.root)]
    token = seat.office.ledger.token
    environment = os.environ | ({BY_TOKEN: token.digest} if token else {})
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program; arguments are a list, no shell reads them
            ["/bin/sh", "-c", '"$@"; echo $? > "$0"', str(folder / "code"), *command],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=seat.office.root,
            env=environment,
        )  # fmt: skip
    threading.Thread(target=process.wait, daemon=True).start()
    about = {"verb": verb, "by": seat.name, "at": now().isoformat(), "pid": process.pid}
    (folder / "about.json").write_text(json.dumps(about))


def stop(seat: Seat) -> None:
    """End what goes on, with all its children; what they finished is kept, and it may be started again."""
    process = int(json.loads((_folder(seat) / "about.json").read_text())["pid"])
    with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
        if os.getpgid(process) == process:
            os.killpg(process, signal.SIGTERM)


def refuse_going(seat: Seat) -> None:
    """``Blocked`` while something goes on in this case."""
    before = last(seat)
    if before is not None and before.going:
        raise Blocked(f"{before.title} goes on in this case, begun by {before.by}; wait for it to end")


def last(seat: Seat) -> Stand | None:
    """The newest run of this case, or None when the desk never started one."""
    folder = _folder(seat)
    if not (folder / "about.json").is_file():
        return None
    about = json.loads((folder / "about.json").read_text())
    code = _code(folder, about["pid"])
    said = (folder / "log").read_text(errors="replace")[-6000:].strip() if (folder / "log").is_file() else ""
    return Stand(about["verb"], about["by"], datetime.fromisoformat(about["at"]), code, said)


def _code(folder: Path, pid: int) -> int | None:
    ended = folder / "code"
    if ended.is_file() and ended.read_text().strip():
        return int(ended.read_text())
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return -1  # killed, shell and all, before it could say how it ended
    return None


def _folder(seat: Seat) -> Path:
    return seat.office.root / "desk" / "runs" / seat.here.id
