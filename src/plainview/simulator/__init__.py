# SPDX-License-Identifier: Apache-2.0
"""An invented incident with known truth: recordings, papers, statements, traps, decisions.

``simulate`` writes what an office would receive after a police shooting in an invented city, made
from code by seed, together with everything that is known by construction. The same seed gives the
same bytes. People, places and events are invented.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from plainview.simulator import decisions, papers, statements, traps, truth
from plainview.simulator.film import Made, make
from plainview.simulator.recorders import FULL, Recorder, mini
from plainview.simulator.scene import Camera

__all__ = ["simulate"]

LATE: Final = {"full": "doorbell", "mini": "911-2"}
"""The recording that arrives after the first release."""

_README = """People, places and events in this folder are invented.

The city of Port Alder, its police, its residents and this incident do not exist. The recordings
were made by a program from a written screenplay: the voices are synthetic, the faces are mixed
from two public-domain photographs, the street is drawn.

originals/        what an office would receive: a first delivery, and one after the first release
truth.json        everything that is known by construction
statements.json   what five invented parties said, and how the case developed
decisions.jsonl   what two invented reviewers decided; decisions-2.jsonl when the second delivery had come
"""


def _job(task: tuple[Recorder, str, int]) -> Made:
    recorder, path, seed = task
    return make(recorder, Path(path), seed)


def _window_view(seed: int) -> Any:
    """The picture on the photograph: the lot from an upstairs window, some minutes later."""
    shop = next(r for r in FULL if r.id == "shop")
    assert shop.picture is not None
    still = replace(shop, kind="street", place=(38.0, 24.0, 5.2), look=(-56.0, -15.0, 54.0),
                    picture=replace(shop.picture, width=960, height=720))
    return Camera(still, seed).frame(118.0)[0]


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def simulate(
    out_dir: Path,
    *,
    seed: int,
    size: Literal["full", "mini"],
    progress: Callable[[str], None] | None = None,
    processes: int = 2,
) -> Path:
    """Writes the delivery and its truth under ``out_dir``; returns ``out_dir``.

    ``mini`` makes four short recordings by the same code. ``progress`` is told each finished file.
    """
    originals = out_dir / "originals" / "first"
    later = out_dir / "originals" / "second"
    for folder in (originals, later):
        folder.mkdir(parents=True, exist_ok=True)
    recorders = FULL if size == "full" else mini()
    cost = {r.id: r.duration * (r.picture.fps * r.picture.width if r.picture else 1) for r in recorders}
    place = {r.id: (later if r.id == LATE[size] else originals) / r.path for r in recorders}
    tasks = sorted(((r, str(place[r.id]), seed) for r in recorders), key=lambda task: -cost[task[0].id])
    by_id: dict[str, Made] = {}

    def note(made: Made) -> None:
        by_id[made.recorder.id] = made
        if progress is not None:
            progress(made.recorder.path)

    if size == "mini" or processes < 2:
        for task in tasks:
            note(_job(task))
    else:
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            for done in as_completed([pool.submit(_job, task) for task in tasks]):
                note(done.result())
    made_all = [by_id[r.id] for r in recorders]
    papers.write_papers(originals, _window_view(seed))
    copy_of = next(r.path for r in recorders if r.id in {"street", "doorbell"})
    planted = traps.plant(originals, copy_of, by_id["bwc-1"].recorder.path, seed)
    said = statements.build(made_all)
    _write_json(out_dir / "statements.json", said)
    here = [made for made in made_all if made.recorder.id != LATE[size]]
    late = [made for made in made_all if made.recorder.id == LATE[size]]
    _write_lines(out_dir / "decisions.jsonl", decisions.first(here, late, said))
    _write_lines(out_dir / "decisions-2.jsonl", decisions.second(late, said))
    known = json.dumps(truth.build(made_all, planted, seed, size), ensure_ascii=False, separators=(",", ":"))
    (out_dir / "truth.json").write_text(known + "\n", encoding="utf-8")
    (out_dir / "README.txt").write_text(_README, encoding="utf-8")
    if progress is not None:
        progress("papers, statements, decisions and truth")
    return out_dir
