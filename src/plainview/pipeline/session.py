# SPDX-License-Identifier: Apache-2.0
"""One person's run in one case: alone in it, with progress bars, the engine started and stopped.

A run that computes itself is alone in its office; runs that leave all work to workers are alone in their case only.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from plainview import logs
from plainview.casework import intake
from plainview.casework.watching import Settling
from plainview.casework.workspace import Workspace
from plainview.errors import Blocked, WrongUsage
from plainview.model.case import Agent
from plainview.pipeline.child import warm
from plainview.pipeline.crew import look_at
from plainview.pipeline.engine import CPU, GPU, NORMAL, URGENT, DurableEngine, Engine, InlineEngine
from plainview.pipeline.runs import Run
from plainview.pipeline.tasks import Outcome, Task, WorkStore

ENGINE_FILE = "engine.sqlite3"

JOBS = "PLAINVIEW_JOBS"
"""Names how many tasks a run does itself where its command does not say; 0 where workers do them all."""

NOBODY = "no worker is at work in this office: what is asked for waits until one is (plainview worker)"

NAMES = {
    "speech": "listening for words",
    "again": "listening a second time",
    "shots": "listening for shots",
    "beeps": "listening for cameras' beeps",
    "edits": "looking for traces of editing",
    "faces": "looking for faces",
    "writing": "reading what stands in the pictures",
    "persons": "looking for people",
    "voices": "telling voices apart",
    "clock": "reading burned-in clocks",
    "pages": "reading papers",
    "signs": "reading what photographs show",
    "claims": "reading what lists and names claim",
    "sync": "putting all on one clock",
    "fusion": "one transcript from all",
    "count": "counting shots over all",
    "cameras": "asking which cameras heard each other",
    "placed": "putting recordings where people placed them",
    "marked": "writing a guest's name over every picture",
    "render": "making the public copies",
    "paper": "making the public papers",
    "photograph": "making the public photographs",
    "look": "looking at the pictures of the release",
    "audit": "attacking the release",
}
"""What a step is called while a person waits for it."""


class Bars:
    """A progress bar per step: how many exhibits are done."""

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            TextColumn("{task.description:<30}"),
            BarColumn(24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
        )
        self._bars: dict[str, TaskID] = {}
        self._failed: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()

    def __call__(self, outcome: Outcome | None, task: Task) -> None:
        if task.step not in self._bars:
            self._bars[task.step] = self.progress.add_task(NAMES[task.step], total=0, note="")
        bar = self._bars[task.step]
        if outcome is None:
            self._totals[task.step] += 1
            self.progress.update(bar, total=self._totals[task.step])
            return
        self._failed[task.step] += outcome.result is None
        note = f"{self._failed[task.step]} failed" if self._failed[task.step] else ""
        self.progress.update(bar, advance=1, note=note)


@contextmanager
def session(
    workspace: Workspace,
    *,
    case_id: str,
    now: datetime,
    console: Console,
    jobs: int | None = None,
    durable: bool = True,
    model: str = "base",
    urgent: bool = False,
) -> Iterator[Run]:
    """Everything a run needs, released at the end; raises ``Blocked`` when another run is in the way."""
    case, shared = workspace.case(case_id), workspace.shared
    own = _own_jobs() if jobs is None else jobs
    bars = Bars(console)
    with _alone(workspace, case_id, works=own > 0), shared.keeping() if shared else nullcontext(), bars.progress:
        if durable and own == 0 and not look_at(engine_place(workspace)).alive:
            bars.progress.console.print(NOBODY, markup=False)
        engine = start_engine(workspace, jobs=own, durable=durable)
        engine.priority = URGENT if urgent else NORMAL
        try:
            yield Run(workspace, case, engine, now, bars, bars.progress.console.print, model)
        finally:
            engine.close()


def start_engine(workspace: Workspace, *, jobs: int, durable: bool, queues: Sequence[str] = (CPU,)) -> Engine:
    """The durable engine of an office, or the one that does all in this process."""
    work = WorkStore(workspace.work, workspace.shared)
    work.clear_scratch()
    if not durable:
        return InlineEngine(work, jobs=max(1, jobs))
    return DurableEngine(work, database=engine_place(workspace), jobs=jobs, queues=queues)


def engine_place(workspace: Workspace) -> str | Path:
    """Where the job engine of an office keeps its tables: an address or a file."""
    return workspace.database or workspace.root / ENGINE_FILE


def _own_jobs() -> int:
    said = os.environ.get(JOBS, "")
    if not said:
        return os.cpu_count() or 1
    if not said.isdecimal():
        raise WrongUsage(f"{JOBS}={said}: it is how many tasks a run does itself, or 0")
    return int(said)


@contextmanager
def _alone(workspace: Workspace, case_id: str, *, works: bool = False) -> Iterator[None]:
    """One at a time in a case, and of those that compute themselves one in an office: each takes all of its cores.

    The locks go with the process, however it ends.
    """
    with ExitStack() as held:
        _take(held.enter_context((workspace.root / f".running-{case_id}").open("w")), f"case {case_id}")
        if works:
            _take(held.enter_context((workspace.root / ".running").open("w")), str(workspace.root))
        yield


def _take(lock: IO[str], where: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Blocked(f"another plainview run is at work in {where}") from error


def receive(
    workspace: Workspace,
    *,
    case_id: str,
    paths: Sequence[Path],
    received_from: str,
    now: datetime,
    acting: Agent,
    console: Console,
) -> intake.IntakeReport:
    """Take files in under the case's lock, telling each as it is sealed."""
    case = workspace.case(case_id)
    with _alone(workspace, case_id), console.status("taking files in") as status:
        return intake.receive(
            paths,
            case=case,
            received_from=received_from,
            ledger=workspace.ledger,
            vault=workspace.vault,
            at=now,
            acting=acting,
            secret=workspace.keys.secret,
            progress=lambda text: status.update(escape(f"taking files in: {text}")),
        )


def watch(
    workspace: Workspace,
    *,
    case_id: str,
    folder: Path,
    received_from: str,
    settle: float,
    once: bool,
    clock: Callable[[], datetime],
    acting: Agent,
    console: Console,
) -> None:
    """Take in what is dropped into a folder as soon as it is whole; until stopped, or until all that is there is in."""
    if not folder.is_dir():
        raise WrongUsage(f"{folder} is no folder")
    case, settling = workspace.case(case_id), Settling(folder, settle=settle)
    while True:
        whole = settling.look(at=time.monotonic())
        if whole:
            try:
                with _alone(workspace, case_id):
                    report = intake.receive(
                        [folder],
                        case=case,
                        received_from=received_from,
                        ledger=workspace.ledger,
                        vault=workspace.vault,
                        at=clock(),
                        acting=acting,
                        secret=workspace.keys.secret,
                        only=frozenset(whole),
                    )
            except Blocked as error:
                console.print(f"{error}; trying again", markup=False)
            else:
                settling.took(whole)
                logs.event("delivery_taken", count=len(report.received), outcome="received")
                report.tell(console)
        if once and not settling.waiting:
            return
        time.sleep(min(1.0, settle / 2))


def work_on(
    workspace: Workspace,
    *,
    jobs: int | None,
    queues: Sequence[str],
    console: Console,
    metrics: int | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Take tasks from the queues of an office, beside any number of others, until stopped.

    ``metrics`` is the port on this machine at which the office's health is told.
    """
    unknown = sorted(set(queues) - {CPU, GPU})
    if unknown or not queues:
        raise WrongUsage(f"there is no queue {', '.join(unknown) or repr('')} (there are: {CPU}, {GPU})")
    warm()
    engine = start_engine(workspace, jobs=jobs or os.cpu_count() or 1, durable=True, queues=queues)
    if metrics is not None:
        from plainview.pipeline.metrics import LOOPBACK, serve

        port = serve(workspace, port=metrics, clock=clock).server_address[1]
        console.print(f"http://{LOOPBACK}:{port}/metrics and /healthz", markup=False)
    logs.event("worker_began", jobs=jobs or os.cpu_count() or 1, queue=queues[0])
    console.print(f"worker in {workspace.root} on {', '.join(queues)}; stop with Ctrl+C", markup=False)
    try:
        while True:
            time.sleep(1)
    finally:
        engine.close()
        logs.event("worker_ended")


def cancel(workspace: Workspace, *, step: str) -> int:
    """Stop what is queued or running in an office, or one step of it; asking again later does it anew."""
    engine = DurableEngine(WorkStore(workspace.work), database=engine_place(workspace), jobs=0)
    try:
        return engine.cancel(step=step)
    finally:
        engine.close()
