# SPDX-License-Identifier: Apache-2.0
"""Workers die, freeze, and lose their database: nothing is lost, nothing counts twice, the result is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import forkserver
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.model.case import Agent
from plainview.pipeline import child, crew
from plainview.pipeline.child import LOST, TRIES
from plainview.pipeline.engine import DurableEngine, InlineEngine
from plainview.pipeline.runs import Run, analyse
from plainview.pipeline.session import ENGINE_FILE
from plainview.pipeline.tasks import Task, WorkStore, task
from server_of_postgresql import Cluster
from sounds_of_noise import noise

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
CLERK = Agent("R. Ames", "staff")
SOUNDS = 5


def office(folder: Path, delivery: Path, *, database: str = "") -> Workspace:
    made = create(folder, name="Office", contact="", at=AT, acting=CLERK, seed=b"workers", database=database)
    case = open_case(made, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=CLERK)
    receive(
        [delivery], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=CLERK, secret=b"s"
    )
    return made


@contextmanager
def command(workspace: Workspace, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "plainview", "-C", str(workspace.root), *arguments],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for how in (signal.SIGCONT, signal.SIGKILL):
            process.send_signal(how)
        process.wait()


def until(holds: Callable[[], object], *, seconds: float = 120) -> object:
    """Wait for something; the patience is for a machine under load, no figure rests on it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


class Watching:
    """The engine's tables, seen from outside."""

    def __init__(self, workspace: Workspace) -> None:
        place = workspace.database or workspace.root / ENGINE_FILE
        self.schema = "dbos." if workspace.database else ""
        self.engine = sa.create_engine(crew.engine_address(place), pool_pre_ping=True)

    def workers(self) -> set[int]:
        if "plainview_worker" not in sa.inspect(self.engine).get_table_names():
            return set()
        with self.engine.begin() as connection:
            return {int(row.id.split(":")[1]) for row in connection.execute(sa.text("SELECT id FROM plainview_worker"))}

    def held_by(self, process: int) -> list[str]:
        if not sa.inspect(self.engine).has_table("workflow_status", schema=self.schema.rstrip(".") or None):
            return []  # the engine makes its tables after the worker's first sign of life
        question = f"SELECT workflow_uuid, executor_id FROM {self.schema}workflow_status WHERE status = 'PENDING'"
        with self.engine.begin() as connection:
            rows = list(connection.execute(sa.text(question)))
        return [row.workflow_uuid for row in rows if f":{process}:" in row.executor_id]

    def taken_over(self, workflow: str, process: int) -> bool:
        question = f"SELECT status, executor_id FROM {self.schema}workflow_status WHERE workflow_uuid = :w"
        with self.engine.begin() as connection:
            row = connection.execute(sa.text(question), {"w": workflow}).one()
        return row.status != "ENQUEUED" and f":{process}:" not in row.executor_id


def results(workspace: Workspace) -> dict[str, bytes]:
    return {str(p.relative_to(workspace.work)): p.read_bytes() for p in workspace.work.glob("shots/*/result.json")}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_dead_or_frozen_worker_loses_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """On SQLite a worker is killed; on PostgreSQL one is frozen and the server is stopped at once, then started."""
    (tmp_path / "d").mkdir()
    for number in range(SOUNDS):
        noise(tmp_path / "d" / f"{number}.wav", seed=number)
    calm = office(tmp_path / "calm", tmp_path / "d")
    analyse(
        Run(calm, calm.case("C-1"), InlineEngine(WorkStore(calm.work)), AT, lambda *_: None, print), only=["shots"]
    )
    database = request.getfixturevalue("postgresql") if kind == "postgresql" else ""
    rough = office(tmp_path / "rough", tmp_path / "d", database=database)

    with command(rough, "worker", "--jobs", "1") as first, command(rough, "worker", "--jobs", "1") as second:
        watching = Watching(rough)
        until(lambda: watching.workers() >= {first.pid, second.pid})
        with command(rough, "analyse", "C-1", "--only", "shots", "--jobs", "0") as asking:
            held = until(lambda: watching.held_by(first.pid))
            assert isinstance(held, list)
            first.send_signal(signal.SIGKILL if kind == "sqlite" else signal.SIGSTOP)
            until(lambda: watching.taken_over(held[0], first.pid))
            if kind == "postgresql":
                cluster: Cluster = request.getfixturevalue("cluster")
                cluster.stop("immediate")
                time.sleep(2)
                cluster.start()
                first.send_signal(signal.SIGCONT)
            asking.wait(timeout=240)
            assert asking.returncode == 0

    assert results(rough) == results(calm)
    assert len(results(rough)) == SOUNDS
    rows = [(each.step, each.exhibit, each.status, each.result_sha256) for each in rough.ledger.findings("C-1")]
    assert rows == [(e.step, e.exhibit, e.status, e.result_sha256) for e in calm.ledger.findings("C-1")]
    assert [entry.type for entry in rough.ledger.entries("C-1")].count("examined") == SOUNDS
    rough.ledger.leaves()  # raises when the custody log is broken


def test_a_file_that_kills_every_reader_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    """Its child is killed each time it begins: three tries, then a failure that says so; the next file is done."""
    bad = task("shots", "EX-0001", identity={"n": 1}, args={"path": str(noise(tmp_path / "bad.wav", seed=1)),
               "exhibit": "EX-0001"}, read=(str(tmp_path / "bad.wav"),))  # fmt: skip
    (tmp_path / "good.txt").write_text("a note")
    good = task("pages", "EX-0002", identity={"n": 2}, args={"path": str(tmp_path / "good.txt"), "name": "good.txt"},
                read=(str(tmp_path / "good.txt"),))  # fmt: skip
    work, ending, killed = WorkStore(tmp_path / "work"), Event(), set()

    def kill_readers_of_the_bad_file() -> None:
        while not ending.is_set():
            server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
            for entry in Path("/proc").glob("[0-9]*/stat") if server and list(work.root.glob(f"scratch/{bad.key}*")) else ():
                try:
                    parent = int(entry.read_text().rsplit(")", 1)[1].split()[1])
                except OSError:
                    continue
                if parent == server:
                    killed.add(int(entry.parent.name))
                    os.kill(int(entry.parent.name), signal.SIGKILL)

    killer = Thread(target=kill_readers_of_the_bad_file, daemon=True)
    killer.start()
    engine = InlineEngine(work)
    outcomes = engine.run([bad], progress=lambda *_: None)
    ending.set()
    killer.join()
    outcomes += engine.run([good], progress=lambda *_: None)

    assert len(killed) == TRIES
    assert outcomes[0].reason == (
        "shots on EX-0001 was tried 3 times and is set aside: shots on EX-0001 stopped unexpectedly (signal 9)"
    )
    assert outcomes[1].result is not None


def test_a_full_disk_is_waited_for_and_no_file_is_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child writes to a device that is always full, five times; then there is room, and the outcome is the usual."""
    (tmp_path / "a.txt").write_text("a note")
    given = task("pages", "EX-0001", identity={"n": 1}, args={"path": str(tmp_path / "a.txt"), "name": "a.txt"},
                 read=(str(tmp_path / "a.txt"),))  # fmt: skip
    run, codes, waited = child._run, list[int | None](), list[str]()

    def full_at_first(task: Task, scratch: str, cancelled: Callable[[], bool]) -> int | None:
        if len(codes) < TRIES + 2:
            with Path("/dev/full").open("w") as full:
                full.write("one finding")  # closing it is what fails
        codes.append(run(task, scratch, cancelled))
        return codes[-1]

    def note_the_wait(task: Task, work: WorkStore, cancelled: Callable[[], bool]) -> None:
        codes.append(child.DISK_FULL)
        waited.append(task.exhibit)

    monkeypatch.setattr(child, "_run", full_at_first)
    monkeypatch.setattr(child, "_await_room", note_the_wait)
    outcome = child.perform(given, work=WorkStore(tmp_path / "work"))

    assert waited == ["EX-0001"] * (TRIES + 2)
    assert outcome.result is not None
    assert codes[-1] == 0


def test_a_child_that_finds_the_disk_full_says_so_and_not_that_its_file_is_bad(tmp_path: Path) -> None:
    """Whether the full disk stopped the step itself, lies behind another error, or keeps its sentence from being kept."""
    told = []
    for behind in (OSError(28, "No space left on device"), ValueError("bad header")):
        try:
            raise RuntimeError("the film cannot be written") from behind
        except RuntimeError as error:
            with pytest.raises(SystemExit) as ended:
                child._say(tmp_path, "it failed", error)
            told.append(ended.value.code)
    with pytest.raises(SystemExit) as ended:
        child._say(tmp_path / "gone", "it failed", ValueError("bad header"))

    assert [*told, ended.value.code] == [child.DISK_FULL, 3, child.DISK_FULL]
    assert (tmp_path / "error.txt").read_text() == "it failed"


def test_what_kills_every_worker_is_set_aside_too_and_urgent_work_goes_first(tmp_path: Path) -> None:
    """Twenty workers began it and none ended it: the next sets it aside; of two that wait, the urgent one is first."""
    paths = [tmp_path / f"{n}.txt" for n in range(3)]
    for path in paths:
        path.write_text(path.name)
    tasks = [
        task("pages", p.name, identity={"n": p.name}, args={"path": str(p), "name": p.name}, read=(str(p),)) for p in paths
    ]
    database, work = tmp_path / "engine.sqlite3", WorkStore(tmp_path / "work")
    asking = DurableEngine(work, database=database, jobs=0)
    for _ in range(LOST):
        asking.crew.begun(tasks[0].key)
    for _ in range(TRIES + 2):
        asking.crew.begun(tasks[1].key)  # its workers were killed as well, which is no fault of this file
    asking._submit(tasks[0])
    asking._submit(tasks[1])
    asking.priority = 1
    asking._submit(tasks[2])
    asking.close()

    engine = DurableEngine(work, database=database, jobs=1)
    told: list[str] = []
    outcomes = engine.run(tasks, progress=lambda outcome, each: told.append(each.exhibit) if outcome else None)
    begun_after = engine.crew.begun(tasks[0].key)
    engine.close()

    assert outcomes[0].reason.endswith("set aside: the worker that had it ended each time")
    assert [each.result is not None for each in outcomes] == [False, True, True]
    assert told.index("2.txt") < told.index("1.txt")
    assert begun_after == 1  # what has its outcome is counted anew when it is asked for again


def test_a_task_given_out_to_a_worker_that_never_heard_of_it_is_queued_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database went away while it gave the task out: the worker lives and holds it by the tables only."""
    monkeypatch.setenv("PLAINVIEW_GPU_STEPS", "pages")  # nobody listens to that queue, so that it stays where it is put
    (tmp_path / "a.txt").write_text("a note")
    given = task("pages", "EX-0001", identity={"n": 1}, args={"path": str(tmp_path / "a.txt"), "name": "a.txt"},
                 read=(str(tmp_path / "a.txt"),))  # fmt: skip
    engine = DurableEngine(WorkStore(tmp_path / "work"), database=tmp_path / "engine.sqlite3", jobs=1)
    workflow = engine._submit(given)
    tables = sa.create_engine(crew.engine_address(tmp_path / "engine.sqlite3"))
    with tables.begin() as connection:
        connection.execute(
            sa.text("UPDATE workflow_status SET status = 'PENDING', executor_id = :me WHERE workflow_uuid = :w"),
            {"me": engine.crew.me, "w": workflow},
        )

    def status() -> str:
        with tables.begin() as connection:
            question = sa.text("SELECT status FROM workflow_status WHERE workflow_uuid = :w")
            return str(connection.execute(question, {"w": workflow}).scalar_one())

    held = status()
    until(lambda: status() == "ENQUEUED")
    engine.close()

    assert held == "PENDING"


def test_cancelled_work_stops_and_may_be_asked_for_again(tmp_path: Path) -> None:
    """A running child is killed, nothing is stored as failed, and the same task is done when it is asked for anew."""
    endless = tmp_path / "endless.txt"
    os.mkfifo(endless)  # whoever reads it waits for ever
    slow = task("pages", "EX-0001", identity={"n": 3}, args={"path": str(endless), "name": "endless.txt"},
                read=(str(endless),))  # fmt: skip
    (tmp_path / "s.txt").write_text("x")
    quick = task("pages", "EX-0002", identity={"n": 4}, args={"path": str(tmp_path / "s.txt"), "name": "s.txt"},
                 read=(str(tmp_path / "s.txt"),))  # fmt: skip
    work = WorkStore(tmp_path / "work")
    engine = DurableEngine(work, database=tmp_path / "engine.sqlite3", jobs=1)
    counts: list[int] = []

    def stop() -> None:
        until(lambda: list(work.root.glob("scratch/*")))
        counts.append(engine.cancel(step="pages"))

    stopping = Thread(target=stop)
    stopping.start()
    cancelled = engine.run([slow], progress=lambda *_: None)
    stopping.join()
    until(lambda: not list(work.root.glob("scratch/*")))
    again = engine.run([quick], progress=lambda *_: None)
    engine.close()

    assert counts == [1]
    assert [each.reason for each in cancelled] == ["pages was cancelled"]
    assert work.outcome(slow) is None
    assert again[0].result is not None
