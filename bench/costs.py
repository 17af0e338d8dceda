# SPDX-License-Identifier: Apache-2.0
"""What one minute of recording costs each step: CPU seconds, which a busy machine hardly changes, and bytes.

``python3 -m bench.costs [SEED]``: a small invented incident is simulated; every step runs in this process, one thread,
on its body camera and its call. ``render`` covers every face that was found, which is the dearest that it does.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})

from bench import record
from plainview.media.probe import probe
from plainview.model import wire
from plainview.model.finding import Track
from plainview.model.redaction import Ground, MaskTrack, RecordingPlan
from plainview.pipeline.steps import STEPS
from plainview.simulator import simulate


def main() -> None:
    """Measure and keep the figure."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else secrets.randbits(31)
    with tempfile.TemporaryDirectory(prefix="pv-costs-") as folder:
        place = Path(folder)
        simulate(place / "delivery", seed=seed, size="mini")
        films = sorted((place / "delivery").rglob("*.mp4"), key=lambda path: path.stat().st_size)
        film = films[-1]
        seen = probe(film)
        minutes = seen.duration / 60e6
        assert seen.video is not None
        costs: dict[str, float] = {}
        for step, args in {
            "speech": {"model": "base", "telephone": False},
            "shots": {}, "beeps": {}, "edits": {}, "faces": {}, "clock": {},
        }.items():  # fmt: skip
            out = place / step
            out.mkdir()
            text, spent = _timed(lambda s=step, o=out, a=args: STEPS[s].run(o, path=str(film), exhibit="EX-0001", **a))
            costs[step] = round(spent / minutes, 2)
            (out / "result.json").write_text(text)
            print(step, costs[step], flush=True)
        tracks = wire.build(tuple[Track, ...], json.loads((place / "faces" / "result.json").read_text()))
        ground = Ground("person", "privacy", "law")
        masks = tuple(MaskTrack(ground, tuple((p.at, p.box) for p in track.points)) for track in tracks)
        out = place / "render"
        out.mkdir()
        plan = wire.plain(RecordingPlan("EX-0001", masks=masks))
        given = {"path": str(film), "exhibit": "EX-0001", "sha256": "0" * 64, "plan": plan, "commitment": "",
                 "secret": "00" * 32, "poster_us": 0}  # fmt: skip
        _, spent = _timed(lambda: STEPS["render"].run(out, **given))
        costs["render"] = round(spent / minutes, 2)
        made = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        figures: dict[str, Any] = {
            "seed": seed,
            "cpu_s_per_recorded_minute": costs,
            "recording": {
                "minutes": round(minutes, 2), "width": seen.video.width, "height": seen.video.height,
                "fps": seen.video.fps, "faces": len(tracks), "bytes_per_minute": round(film.stat().st_size / minutes),
            },
            "renditions_bytes_per_minute": round(made / minutes),
        }  # fmt: skip
    record.write("costs", figures, parts=("av", "numpy", "onnxruntime", "faster-whisper"))


def _timed(do: Callable[[], str]) -> tuple[str, float]:
    before, children = time.process_time(), os.times()
    text = do()
    after = os.times()
    below = (after.children_user + after.children_system) - (children.children_user + children.children_system)
    return text, time.process_time() - before + below


if __name__ == "__main__":
    main()
