# SPDX-License-Identifier: Apache-2.0
"""Hiding faces: leaks, hidden area and CPU time, beside ``deface`` and beside decoding and encoding alone.

``python -m bench.conceal --peers VENV`` (how to make VENV: bench/peers-conceal.txt). Films are drawn from a
fresh seed each time (bench/clips.py); covered pixels are read from the published files by an ordinary
decoder. Time is CPU time, user and system, of one thread; start-up is taken out by running two lengths.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench import clips
from bench.record import write
from bench.score_faces import Mask, Score, Truth
from plainview.media.conceal import conceal_file

SMALL, LARGE = (640, 360), (1280, 720)
SHORT, LONG = 12, 48
"""Frames of the two films that are timed; their difference has no start-up in it."""

LEAK_FRAMES, OTHER_FRAMES = 25, 50
BARS = {
    "times_deface_default": 10.0,
    "times_deface_best": 7.0,
    "times_floor": 1.8,
    "two_workers": 1.8,
    "leaked_tracks": 0,
    "well_covered": 0.995,
    "area_ratio": 1.4,
    "peak_mib_at_8_h": 1536,
}

ALONE = {"workers", "memory"}
"""What is measured of our side only."""

PARTS = ("av", "numpy", "onnxruntime", "opencv-python-headless", "deface")

FLOOR = """
import sys, av
from fractions import Fraction
with av.open(sys.argv[1]) as source, av.open(sys.argv[2], "w") as target:
    read = source.streams.video[0]
    read.thread_count = 1
    made = target.add_stream("libx264", rate=read.average_rate)
    made.width, made.height, made.pix_fmt = read.width, read.height, "yuv420p"
    made.codec_context.thread_count = 1
    made.options = {"preset": "veryfast", "crf": "23"}
    for frame in source.decode(read):
        frame.pict_type = 0
        target.mux(made.encode(frame))
    target.mux(made.encode(None))
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write results/conceal-*.json."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--peers", type=Path, help="a virtual environment with deface; memory and workers need none")
    ask.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "plainview-stills")
    ask.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    ask.add_argument("--only", choices=("leaks", "others", "speed", "workers", "memory"), action="append")
    ask.add_argument("--without-deface", action="store_true", help="while working on our own side; writes nothing")
    given = ask.parse_args(arguments)
    parts = given.only or ["speed", "leaks", "others", "workers", "memory"]
    if set(parts) - ALONE and given.peers is None and not given.without_deface:
        ask.error("--peers is needed for everything but memory and workers")
    stills = clips.stills(given.cache) if set(parts) - {"memory"} else {}
    with tempfile.TemporaryDirectory() as folder:
        measures = {"speed": speed, "leaks": leaks, "others": others, "workers": workers, "memory": memory}
        for part, measure in measures.items():
            if part not in parts:
                continue
            peers = None if given.without_deface else given.peers
            figures = {"seed": given.seed, **measure(Path(folder), stills, given.seed, peers)}
            print(json.dumps({part: figures}, indent=1), flush=True)
            if not given.without_deface or part in ALONE:
                # Each part is kept as soon as it is there: together they take the better part of an hour.
                print(write(f"conceal-{part}", {**figures, "bar": BARS}, parts=PARTS), flush=True)


def leaks(folder: Path, stills: dict[str, clips.Pixels], seed: int, peers: Path | None) -> dict[str, Any]:
    """Coverage of both on the same films."""
    return _coverage(list(_films(folder, stills, seed, clips.KINDS, LEAK_FRAMES)), peers)


def others(folder: Path, stills: dict[str, clips.Pixels], seed: int, peers: Path | None) -> dict[str, Any]:
    """The same of longer films in which faces come and go, hang on their head or lie on their side."""
    return _coverage(list(_films(folder, stills, seed, clips.OTHERS, OTHER_FRAMES)), peers)


def _coverage(films: list[tuple[Path, list[list[Truth]], str]], peers: Path | None) -> dict[str, Any]:
    ours, theirs = Score(), Score()
    kinds = {kind: Score() for _, _, kind in films}
    exact = []
    for path, truth, kind in films:
        target = path.with_suffix(".out.mp4")
        conceal_file(path, target, faces=True)
        exact.append(_stamps(path) == _stamps(target))
        for number, mask in enumerate(clips.filled(target)):
            for score in (ours, kinds[kind]):
                score.add(mask, truth[number], clip=path.stem)
    figures: dict[str, Any] = {
        "films": len(films),
        "plainview": ours.figures(),
        "plainview_by_kind": {kind: score.figures() for kind, score in kinds.items()},
        "same_count_size_and_times": all(exact),
    }
    if peers is not None:
        command = [peers / "bin/python", Path(__file__).parent / "deface_boxes.py", "opencv"]
        done = subprocess.run([*command, *(path for path, _, _ in films)], check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        for path, truth, _ in films:
            size = _stamps(path)[0]
            for number, boxes in enumerate(found[str(path)]):
                theirs.add(_ellipses(boxes, size), truth[number], clip=path.stem)
        figures["deface"] = theirs.figures()
        figures["area_ratio"] = round(ours.area / theirs.area, 3)
    return figures


def _films(
    folder: Path, stills: dict[str, clips.Pixels], seed: int, kinds: dict[str, clips.Kind], frames: int
) -> Iterator[tuple[Path, list[list[Truth]], str]]:
    """Every still in every kind, but crowds alone small; films of small faces are large."""
    number = 0
    for name in sorted(stills):
        for kind, how in kinds.items():
            if kind == "small" and len(clips.FACES[name]) < 4 and name != "obama_partial_face2":
                continue
            size = LARGE if kind == "small" else SMALL
            path = folder / f"{name}-{kind}.mp4"
            draw = clips.pictures(stills[name], clips.FACES[name], how, size=size, frames=frames, seed=seed + number)
            yield path, clips.write(path, draw, size=size), kind
            number += 1


def _stamps(path: Path) -> tuple[tuple[int, int], list[Fraction]]:
    """Size, and every picture's presentation time in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [Fraction(frame.pts) * stream.time_base for frame in container.decode(stream)]
        return (stream.width, stream.height), times


def _ellipses(boxes: list[list[int]], size: tuple[int, int]) -> Mask:
    """What deface covers: the ellipse in each box."""
    mask = np.zeros((size[1], size[0]), bool)
    for left, top, right, bottom in boxes:
        a, b = (right - left) // 2, (bottom - top) // 2
        if a > 0 and b > 0:
            rows, columns = np.ogrid[-b:b, -a:a]
            area = mask[top : top + 2 * b, left : left + 2 * a]
            area |= ((rows / b) ** 2 + (columns / a) ** 2 < 1)[: area.shape[0], : area.shape[1]]
    return mask


def speed(folder: Path, stills: dict[str, clips.Pixels], seed: int, peers: Path | None) -> dict[str, Any]:
    """CPU milliseconds per 720p frame of each, on one thread, and over two workers."""
    films = {}
    for frames in (SHORT, LONG, 4 * LONG):
        films[frames] = folder / f"speed-{frames}.mp4"
        shown = clips.pictures(
            stills["sample5"], clips.FACES["sample5"], clips.KINDS["shaken"], size=LARGE, frames=frames, seed=seed
        )
        clips.write(films[frames], shown, size=LARGE, sound=True)
    target = folder / "speed-out.mp4"

    def ours(path: Path) -> list[str | Path]:
        return [sys.executable, "-m", "plainview", "conceal", path, target, "--faces"]

    def floor(path: Path) -> list[str | Path]:
        return [sys.executable, "-c", FLOOR, path, target]

    def deface(*options: str) -> Callable[[Path], list[str | Path]]:
        assert peers is not None
        return lambda path: [peers / "bin/deface", path, "-o", target, "--keep-audio", *options]

    pairs = [(_per_frame(ours, films, LONG, 4 * LONG), _per_frame(floor, films, LONG, 4 * LONG)) for _ in range(2)]
    figures: dict[str, Any] = {
        "plainview_ms": [round(a, 1) for a, _ in pairs],
        "floor_ms": [round(b, 1) for _, b in pairs],
        "times_floor": round(statistics.median(a / b for a, b in pairs), 2),
    }
    if peers is not None:
        best = statistics.median(a for a, _ in pairs)
        for name, options in (("default", ()), ("opencv", ("--backend", "opencv"))):
            theirs = _per_frame(deface(*options), films, SHORT, LONG)
            figures[f"deface_{name}_ms"] = round(theirs, 1)
            figures[f"times_deface_{name}"] = round(theirs / best, 2)
    return figures


WORKERS = """
import json, resource, sys, time
from pathlib import Path
from plainview.media.conceal import conceal_file
def spent():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return [each.ru_utime + each.ru_stime for each in used]
if __name__ == "__main__":
    before, began = spent(), time.perf_counter()
    report = conceal_file(Path(sys.argv[1]), Path(sys.argv[2]), faces=True, workers=int(sys.argv[3]))
    wall, after = time.perf_counter() - began, spent()
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps([wall, after[0] - before[0], after[1] - before[1], peak // 1024, report["target_sha256"]]))
"""


def workers(folder: Path, stills: dict[str, clips.Pixels], seed: int, peers: Path | None) -> dict[str, Any]:
    """One long film by one process and by two, in turn; eight short ones one by one and two at a time.

    On a busy machine wall time says little, so the other bound is given too: the time it would take if the
    first process's own work came first and the two others then shared theirs evenly.
    """
    part, film = folder / "part.mp4", folder / "long.mp4"
    shown = clips.pictures(
        stills["sample6"], clips.FACES["sample6"], clips.KINDS["shaken"], size=SMALL, frames=160, seed=seed
    )
    clips.write(part, shown, size=SMALL, sound=True)
    clips.repeat(part, film, times=16)
    script = folder / "workers.py"
    script.write_text(WORKERS)
    runs = [[_timed(script, film, folder / f"by-{number}.mp4", number) for number in (1, 2)]]
    short = _timed(script, part, folder / "by-short.mp4", 1)
    long = runs[0][0]
    growth = (long[3] - short[3]) / (160 * 15)
    return {
        "frames": 160 * 16,
        "peak_mib_expected_for_8_h": round(short[3] + growth * 8 * 3600 * clips.FPS),
        "wall_s": [[round(run[0], 1) for run in pair] for pair in runs],
        "wall_ratio": round(max(one[0] / two[0] for one, two in runs), 2),
        "cpu_s": [[round(run[1] + run[2], 1) for run in pair] for pair in runs],
        "even_share_ratio": round(max(one[1] / (two[1] + two[2] / 2) for one, two in runs), 2),
        "peak_mib": max(run[3] for pair in runs for run in pair),
        "same_bytes": len({run[4] for pair in runs for run in pair}) == 1,
        "eight_files": _eight(script, part, folder),
    }


def _eight(script: Path, film: Path, folder: Path) -> dict[str, Any]:
    """Eight films of half a minute, each a process of its own with one worker; beside them the machine itself, which
    only decodes and encodes the same films, one by one and two at a time: no program gains more from its cores."""
    films = [folder / f"eight-{number}.mp4" for number in range(8)]
    for each in films:
        clips.repeat(film, each, times=5)
    ours = _one_and_two(films, lambda each: _timed(script, each, each.with_suffix(".out.mp4"), 1))
    command = [sys.executable, "-c", FLOOR]
    bare = _one_and_two(films, lambda each: subprocess.run([*command, each, each.with_suffix(".bare.mp4")], check=True))
    return {
        "wall_s": [round(wall, 1) for wall in ours],
        "wall_ratio": round(ours[0] / ours[1], 2),
        "machine_wall_s": [round(wall, 1) for wall in bare],
        "machine_wall_ratio": round(bare[0] / bare[1], 2),
    }


def _one_and_two(films: Sequence[Path], work: Callable[[Path], Any]) -> list[float]:
    """Wall seconds of the work on all films, one at a time and two at a time."""
    walls = []
    for together in (1, 2):
        began = time.perf_counter()
        with ThreadPoolExecutor(together) as crew:
            list(crew.map(work, films))
        walls.append(time.perf_counter() - began)
    return walls


def _timed(script: Path, film: Path, target: Path, number: int) -> list[Any]:
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent.parent / "src")}
    command = [sys.executable, script, film, target, str(number)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    return list(json.loads(done.stdout))


MINUTES = (6, 30, 480)
"""Length of each film."""
MEMORY = """
import json, resource, sys
from pathlib import Path
from plainview.media.conceal import conceal_file
if __name__ == "__main__":
    boxes = json.loads(sys.argv[3])
    report = conceal_file(Path(sys.argv[1]), Path(sys.argv[2]), faces=False, boxes=boxes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([peak // 1024, report["frames"], report["notes"]]))
"""


def memory(folder: Path, stills: dict[str, clips.Pixels], seed: int, peers: Path | None) -> dict[str, Any]:
    """Peak memory of covering films of growing length: a box all the time, a muted minute, one process.

    Small pictures at one a second, sound at 16 kHz: what grows with the length is what is remembered of each
    picture and of each packet of sound.
    """
    script = folder / "memory.py"
    script.write_text(MEMORY)
    figures: dict[str, Any] = {"fps": SLOW_FPS, "size": list(TINY), "hidden": "a box in every picture, a muted minute"}
    for minutes in MINUTES:
        part, film = folder / "part.mp4", folder / f"{minutes}.mp4"
        _minute(part, seed)
        clips.repeat(part, film, times=minutes)
        end = 60 * minutes
        boxes = [
            {"start": 0, "end": end, "box": [40, 20, 41, 37]},
            {"start": end - 120, "end": end - 60, "mute": "tone"},
        ]
        env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent.parent / "src")}
        command = [sys.executable, script, film, folder / "out.mp4", json.dumps(boxes)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
        peak, frames, notes = json.loads(done.stdout)
        figures[f"{minutes}_min"] = {"peak_mib": peak, "frames": frames, "notes": notes}
    return figures


SLOW_FPS, TINY = 1, (128, 96)


def _minute(path: Path, seed: int) -> None:
    """One minute of moving blocks and a quiet hum, a key frame every ten seconds."""
    draw = np.random.default_rng(seed)
    ground = draw.integers(60, 190, (TINY[1] // 8, TINY[0] // 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=SLOW_FPS)
        video.width, video.height, video.pix_fmt = *TINY, "yuv420p"
        video.options = {"preset": "ultrafast", "x264-params": "keyint=10:min-keyint=10:scenecut=0:bframes=0"}
        audio = container.add_stream("aac", rate=16_000, layout="mono")
        for number in range(60 * SLOW_FPS):
            frame = av.VideoFrame.from_ndarray(np.roll(ground, number, axis=1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, SLOW_FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        hum = (0.1 * np.sin(2 * np.pi * 220 * np.arange(60 * 16_000) / 16_000)).astype(np.float32)
        for start in range(0, len(hum), 1024):
            block = av.AudioFrame.from_ndarray(hum[None, start : start + 1024], format="fltp", layout="mono")
            block.rate, block.pts, block.time_base = 16_000, start, Fraction(1, 16_000)
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))


def _per_frame(
    command: Callable[[Path], list[str | Path]], films: dict[int, Path], short: int, long: int
) -> float:
    """CPU milliseconds that one more frame costs."""
    return 1000 * (_cpu(command(films[long])) - _cpu(command(films[short]))) / (long - short)


def _cpu(command: list[str | Path]) -> float:
    """CPU seconds of a command held to one core, its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent.parent / "src")}
    core = {min(os.sched_getaffinity(0))}
    done = subprocess.run(
        command, capture_output=True, text=True, env=env, check=False, preexec_fn=lambda: os.sched_setaffinity(0, core)
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
