# SPDX-License-Identifier: Apache-2.0
"""Two workers on a real PostgreSQL, disturbed at random: does every case finish with the same bytes, how soon is work
taken over, and is anything recorded twice?

``python3 -m bench.workers [ROUNDS] [SEED]`` (each round is kept when it ends, and those of a seed that are kept are not
run again; needs PostgreSQL's server programs: apt-get install postgresql). Each
round is a new case of eight noises; SIGKILL or SIGSTOP of the worker that holds a task, ``stop -m immediate`` of the
server for two seconds, or (as root) a full disk under the findings for four, drawn by the seed. Takeover is the time
from the signal to another worker holding that task.
"""

from __future__ import annotations

import contextlib
import json
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import sqlalchemy as sa

from bench import record
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.model.case import Agent
from plainview.pipeline import crew
from plainview.pipeline.engine import InlineEngine
from plainview.pipeline.runs import Run, analyse
from plainview.pipeline.tasks import WorkStore
from server_of_postgresql import Cluster
from sounds_of_noise import noise

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
CLERK = Agent("R. Ames", "staff")
SOUNDS = 8
CASE = "C-1"
WAYS = ("SIGKILL", "SIGSTOP", "stop -m immediate", "disk full")
DISK = 96
"""MiB of the small disk under the findings in a round whose disk becomes full."""


def main() -> None:
    """Run the rounds and keep the figure."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbits(32)
    draw = random.Random(seed)
    ways = [*WAYS, *draw.choices(WAYS, k=max(0, rounds - len(WAYS)))][:rounds]
    draw.shuffle(ways)
    done = _kept(seed)
    with tempfile.TemporaryDirectory(prefix="pv-workers-") as folder, Cluster(Path(folder)) as cluster:
        for number, way in list(enumerate(ways))[len(done) :]:
            place = Path(folder) / str(number)
            place.mkdir()
            done.append(_round(place, way, cluster, random.Random(seed + number)))
            print(done[-1], flush=True)
            _keep(seed, done)


def _kept(seed: int) -> list[dict[str, Any]]:
    path = record.RESULTS / "workers.json"
    held = json.loads(path.read_text()) if path.is_file() else {}
    return list(held["rounds"]) if held.get("seed") == seed else []


def _keep(seed: int, done: list[dict[str, Any]]) -> None:
    takeovers = sorted(each["takeover_s"] for each in done if each["takeover_s"] is not None)
    figures = {
        "seed": seed,
        "rounds": done,
        "finished": sum(each["finished"] for each in done),
        "identical": sum(each["identical"] for each in done),
        "recorded_twice": sum(each["recorded_twice"] for each in done),
        "takeover_s_most": takeovers[-1] if takeovers else None,
        "bar": "every round finishes, identical, nothing twice; takeover below 15 s",
    }
    record.write("workers", figures, parts=("dbos", "django", "psycopg"))


def _round(folder: Path, way: str, cluster: Cluster, draw: random.Random) -> dict[str, Any]:
    (folder / "d").mkdir()
    for number in range(SOUNDS):
        noise(folder / "d" / f"{number}.wav", seed=draw.randrange(1 << 30), seconds=60)
    calm = _office(folder / "calm", folder / "d", "")
    small = _small_disk(folder / "rough" / "work") if way == "disk full" else contextlib.nullcontext()
    with small:
        return _disturbed(folder, way, cluster, calm)


def _disturbed(folder: Path, way: str, cluster: Cluster, calm: Workspace) -> dict[str, Any]:
    rough = _office(folder / "rough", folder / "d", cluster.database())
    case = calm.case(CASE)
    analyse(Run(calm, case, InlineEngine(WorkStore(calm.work)), AT, lambda *_: None, print), only=["shots"])
    engine = sa.create_engine(crew.engine_address(rough.database), pool_pre_ping=True)
    workers = [_command(rough, "worker", "--jobs", "1") for _ in range(2)]
    _until(lambda: len(_rows(engine, "SELECT id FROM plainview_worker")) == 2)
    asking = _command(rough, "analyse", CASE, "--only", "shots", "--jobs", "0")
    question = "SELECT workflow_uuid, executor_id FROM dbos.workflow_status WHERE status = 'PENDING'"
    held = _until(lambda: _rows(engine, question))[0]
    victim = next(each for each in workers if f":{each.pid}:" in held.executor_id)
    began, takeover = time.monotonic(), None
    if way == "stop -m immediate":
        cluster.stop("immediate")
        time.sleep(2)
        cluster.start()
    elif way == "disk full":
        ballast = rough.work / "ballast"
        _fill(ballast)
        time.sleep(4)
        ballast.unlink()
    else:
        victim.send_signal(getattr(signal, way))
        after = (
            "SELECT 1 FROM dbos.workflow_status WHERE workflow_uuid = '" + held.workflow_uuid + "'"
            " AND status <> 'ENQUEUED' AND executor_id <> '" + held.executor_id + "'"
        )
        _until(lambda: _rows(engine, after))
        takeover = round(time.monotonic() - began, 2)
        victim.send_signal(signal.SIGCONT)
    code = asking.wait(timeout=300)
    for each in workers:
        each.kill()
        each.wait()
    entries = [entry.type for entry in rough.ledger.entries(CASE)].count("examined")
    return {
        "way": way,
        "takeover_s": takeover,
        "finished": code == 0,
        "identical": _results(rough) == _results(calm) and len(_results(calm)) == SOUNDS,
        "recorded_twice": entries - SOUNDS,
    }


@contextlib.contextmanager
def _small_disk(place: Path) -> Iterator[None]:
    """A disk of its own for findings, so that filling it fills nothing else."""
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _fill(ballast: Path) -> None:
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(1 << 16))


def _office(folder: Path, delivery: Path, database: str) -> Workspace:
    made = create(folder, name="Office", contact="", at=AT, acting=CLERK, seed=b"workers", database=database)
    case = open_case(made, case_id=CASE, title="T", at=AT, rules="own", now=AT, acting=CLERK)
    receive(
        [delivery], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=CLERK, secret=b"s"
    )
    return made


def _command(office: Workspace, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "plainview", "-C", str(office.root), *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _rows(engine: sa.Engine, question: str) -> list[Any]:
    with engine.begin() as connection:
        try:
            return list(connection.execute(sa.text(question)))
        except (sa.exc.ProgrammingError, sa.exc.OperationalError):
            return []  # the first worker has not made the table yet


def _until(holds: Callable[[], Any]) -> Any:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise RuntimeError("it did not come to pass within two minutes")


def _results(office: Workspace) -> dict[str, bytes]:
    return {str(p.relative_to(office.work)): p.read_bytes() for p in office.work.glob("shots/*/result.json")}


if __name__ == "__main__":
    main()
