# SPDX-License-Identifier: Apache-2.0
"""Are two workers twice as fast as one, and what does the queue itself cost?

``python3 -m bench.workers_speed [SEED]``: one case of ten films in which faces are looked for, the step that computes
most. One worker, then two, on a real PostgreSQL, on SQLite, each a new office of the same films. The cost of the queue
is the share of one worker's time, from the first task begun to the last ended, in which it held no task. Beside them,
in the same run, the machine itself: the same films looked at by one plain process, and by two at once, half each. Two
of its cores may share what they compute with; no queue is faster than that.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import record
from bench.workers import CASE, _command, _office, _rows, _until
from media.moving import moving, picture
from plainview.casework.workspace import Workspace
from plainview.pipeline import crew
from plainview.pipeline.session import ENGINE_FILE
from server_of_postgresql import Cluster

FILMS, PICTURES, SIZE = 10, 400, (640, 360)


def main() -> None:
    """Run the four and keep the figure."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else secrets.randbits(32)
    figures: dict[str, Any] = {"seed": seed, "bar": "speed-up 1.8 or more, queue below 3 %"}
    with tempfile.TemporaryDirectory(prefix="pv-speed-") as folder, Cluster(Path(folder)) as cluster:
        delivery = Path(folder) / "d"
        delivery.mkdir()
        for number in range(FILMS):
            _film(delivery / f"{number}.mp4", seed + 1009 * number)
        plain = {count: _plain(sorted(delivery.iterdir()), count) for count in (1, 2)}
        print("plain", plain, flush=True)
        figures["machine_alone"] = {"wall_s": plain, "speed_up": round(plain[1] / plain[2], 3)}
        for kind in ("postgresql", "sqlite"):
            runs = {}
            for count in (1, 2):
                place = cluster.database() if kind == "postgresql" else ""
                office = _office(Path(folder) / f"{kind}-{count}", delivery, place)
                runs[count] = _timed(office, count)
                print(kind, count, runs[count][0], flush=True)
            figures[kind] = {
                "one_worker": runs[1][0],
                "two_workers": runs[2][0],
                "speed_up": round(runs[1][0]["wall_s"] / runs[2][0]["wall_s"], 3),
                "queue_share": round(1 - runs[1][0]["held_s"] / runs[1][0]["wall_s"], 4),
                "identical": runs[1][1] == runs[2][1],
            }
            figures[kind]["of_what_the_machine_gives"] = round(
                figures[kind]["speed_up"] / figures["machine_alone"]["speed_up"], 3
            )
    record.write("workers-speed", figures, parts=("dbos", "django", "psycopg"))


def _film(path: Path, start: int) -> Path:
    """No face is in it; to be sure of that takes as long."""
    return moving(
        path, frames=PICTURES, size=SIZE, tone_from=None, drawn=lambda n, w, h: picture(start % 100_000 + n, w, h)
    )


def _plain(films: Sequence[Path], count: int) -> float:
    """Wall seconds of so many plain processes that look at the films, each at its share, without any queue."""
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        pool.map(_read_libraries, range(count), chunksize=1)
        began = time.monotonic()
        pool.map(_look, [str(each) for each in films], chunksize=len(films) // count)
        return round(time.monotonic() - began, 3)


def _read_libraries(_: int) -> None:
    from plainview.media import reentry, vision

    assert reentry
    assert vision
    time.sleep(1)  # so that each process gets one of these


def _look(path: str) -> None:
    from plainview.media import reentry, vision

    reentry.suggested(Path(path), vision.face_tracks(Path(path), exhibit="X"))


def _timed(office: Workspace, count: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Wall and held seconds of a case done by so many workers, and its results."""
    place: str | Path = office.database or office.root / ENGINE_FILE
    engine = sa.create_engine(crew.engine_address(place), pool_pre_ping=True)
    workers = [_command(office, "worker", "--jobs", "1") for _ in range(count)]
    _until(lambda: len(_rows(engine, "SELECT id FROM plainview_worker")) == count)
    time.sleep(3)  # a worker has read its libraries before the clock starts, as one that has been there for a day
    began = os.times()
    code = _command(office, "analyse", CASE, "--only", "faces", "--jobs", "0").wait(timeout=3600)
    for each in workers:
        each.kill()
        each.wait()
    schema = "dbos." if office.database else ""
    question = f"SELECT started_at_epoch_ms AS a, completed_at_epoch_ms AS b FROM {schema}operation_outputs"
    spans = [(row.a, row.b) for row in _rows(engine, question)]
    assert code == 0
    assert len(spans) == FILMS
    figures = {
        "wall_s": (max(b for _, b in spans) - min(a for a, _ in spans)) / 1000,
        "held_s": sum(b - a for a, b in spans) / 1000,
        "asked_to_answered_s": round(os.times().elapsed - began.elapsed, 2),
        "load_average": round(os.getloadavg()[0], 1),
    }
    found = sorted(office.work.glob("faces/*/result.json"))
    return figures, {each.parent.name: each.read_bytes() for each in found}


if __name__ == "__main__":
    main()
