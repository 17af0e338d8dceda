# SPDX-License-Identifier: Apache-2.0
"""Hiding faces: leaks, hidden area and CPU time, beside ``deface`` and beside decoding and encoding alone.

``python -m bench.conceal --peers VENV`` (how to make VENV: bench/peers-conceal.txt). Films are drawn from a
fresh seed each time (bench/clips.py); covered pixels are read from the published files by an ordinary
decoder. Time is CPU time, user and system, of one thread; start-up is taken out by running two lengths.
"""

from __future__ import annotations

import argparse
import itertools
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
from bench.held import held_mib
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
    stills = clips.stills(given.cache)
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


PAIRS = 2


def workers(folder: Path, stills: dict[str, clips.Pixels], seed: int, peers: Path | None) -> dict[str, Any]:
    """One long film by one process and by two, in turn; eight short ones one by one and two at a time.

    The two take turns, so that both meet the same machine. On a busy one wall time says little, so the other bound is
    given too: what all the work, begun twice as some of it is, would gain were it shared evenly.
    """
    part, film = folder / "part.mp4", folder / "long.mp4"
    shown = clips.pictures(
        stills["sample6"], clips.FACES["sample6"], clips.KINDS["shaken"], size=SMALL, frames=160, seed=seed
    )
    clips.write(part, shown, size=SMALL, sound=True)
    clips.repeat(part, film, times=16)
    script = folder / "workers.py"
    script.write_text(WORKERS)
    runs = [[_timed(script, film, folder / f"by-{number}.mp4", number) for number in (1, 2)] for _ in range(PAIRS)]
    return {
        "frames": 160 * 16,
        "wall_s": [[round(run[0], 1) for run in pair] for pair in runs],
        "wall_ratio": round(statistics.median(one[0] / two[0] for one, two in runs), 2),
        "cpu_s": [[round(run[1] + run[2], 1) for run in pair] for pair in runs],
        "even_share_ratio": round(statistics.median(2 * one[1] / (two[1] + two[2]) for one, two in runs), 2),
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


TINY = (128, 96)
MEMORIES = ((TINY, 480, 2), (TINY, 30, 2), (LARGE, 1, 2), (LARGE, 3, 2))
"""Size of the pictures, minutes, how many processes work on them. The large ones tell the part that does not grow."""
TURNING = clips.Kind((0.4, 0.45), 0.002, 0.01, 4, pan=3.5)
MEMORY = """
import json, resource, sys
from pathlib import Path
from plainview.media.conceal import conceal_file
if __name__ == "__main__":
    source, target, boxes, workers = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]), int(sys.argv[4])
    report = conceal_file(source, target, faces=True, boxes=boxes, workers=workers)
    peaks = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    faces = sum(each["what"] == "face" for each in report["hidden"])
    print(json.dumps({
        "frames": report["frames"], "face_tracks": faces, "notes": report["notes"], "peak_mib": max(peaks),
        "cpu_s": round(sum(each.ru_utime + each.ru_stime for each in cpu)),
    }))
"""


def memory(folder: Path, stills: dict[str, clips.Pixels], seed: int, peers: Path | None) -> dict[str, Any]:
    """Peak memory of the whole of hiding in films of growing length, at full frame rate and with sound.

    Every minute the camera turns past a face and away, then stands; a box is covered in every picture, and a minute of
    sound is muted: faces are found and followed, every picture is covered and looked at again, the groups proved.
    What grows with the length is what is remembered of each picture and of each packet of sound, whatever their size.
    """
    script = folder / "memory.py"
    script.write_text(MEMORY)
    figures: dict[str, Any] = {"fps": clips.FPS, "hidden": "faces that come and go, a box all the time, a muted minute"}
    made = {}
    for size, minutes, number in MEMORIES:
        film = folder / f"{size[1]}-{minutes}.mp4"
        if not film.exists():
            shown = clips.pictures(
                stills["obama"], clips.FACES["obama"], TURNING, size=size, frames=30 * clips.FPS, seed=seed
            )
            clips.write(folder / "minute.mp4", _standing(shown, 30 * clips.FPS), size=size, sound=True)
            clips.repeat(folder / "minute.mp4", film, times=minutes)
        made[size, minutes] = _peaks(script, film, folder / "out.mp4", _hidden(size, 60 * minutes), number)
        name = f"{size[1]}_lines_{minutes}_min_{number}_worker{'s' * (number > 1)}"
        figures[name] = made[size, minutes]
        print(name, figures[name], flush=True)
    short, long, large = made[TINY, 30], made[TINY, 480], made[LARGE, 3]
    grown = (long["peak_mib"] - short["peak_mib"]) / (long["frames"] - short["frames"])
    rest = grown * (long["frames"] - large["frames"])
    return {
        **figures,
        "bytes_a_frame": round(grown * 2**20),
        "720_lines_8_h_expected_mib": round(large["peak_mib"] + rest),
        "720_lines_8_h_expected_mib_together": round(
            large["peak_mib_together"] + long["peak_mib_together"] - short["peak_mib_together"]
        ),
    }


def _standing(
    shown: Iterator[tuple[clips.Pixels, list[Truth]]], frames: int
) -> Iterator[tuple[clips.Pixels, list[Truth]]]:
    """A film that goes on with its last picture."""
    for each in shown:
        yield each
    yield from itertools.repeat(each, frames)


def _hidden(size: tuple[int, int], end: float) -> list[dict[str, Any]]:
    """A box all the time, and the last minute but one, or what there is of it, not heard."""
    wide, tall = size[0] // 3, size[1] // 3
    mute = {"start": max(0.0, end - 120), "end": end - 60 if end > 60 else end / 2, "mute": "tone"}
    return [{"start": 0, "end": end, "box": [wide, 0, wide, tall]}, mute]


def _peaks(script: Path, film: Path, target: Path, hidden: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """What the run says of itself, and the peak of all its processes together, looked at twice a second."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent.parent / "src")}
    command = [sys.executable, script, film, target, json.dumps(hidden), str(number)]
    together = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as run:
        while run.poll() is None:
            together = max(together, held_mib(run.pid))
            time.sleep(0.5)
        assert run.stdout is not None
        told = run.stdout.read()
    if run.returncode:
        raise SystemExit(f"{film.name} could not be covered")
    return {**json.loads(told), "peak_mib_together": round(together)}


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
