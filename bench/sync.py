# SPDX-License-Identifier: Apache-2.0
"""Placing recorders on one clock: how many, how well, how honestly and at what cost, against peers.

Incidents are drawn by fresh seeds (written down, so that a set can be made again). Every set is decoded,
placed and scored in the same run; peers get the same sound as WAV files. CPU seconds are of a process of
its own, imports left out, with one thread. Results are written to ``results/sync.json`` set by set, with plots in
``results/sync.svg``: a run adds its sets to those that the very same program placed before, so that the figures can
be drawn in pieces; after any change of the program the table begins anew.

    python3 -m bench.sync easy-8 hard-24 ...              plainview alone
    python3 -m bench.sync --peers DIR hard-8 hard-24      with the peers (installed as peers-sync.txt says)
    python3 -m bench.sync hard-24-105                     one set again, by its seed
    python3 -m bench.sync --others A --others B hard-60   with the recordings of other incidents, kept before
    python3 -m bench.sync --bars easy-8x20 hard-8x20      whether error bars hold, on many small sets, costs left out

A set of eight has seven answers, too few to tell a bar that holds nine times in ten from one that always does:
``--bars`` places many and writes ``results/sync-bars.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import wave
from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from bench import incidents, sync_plots
from bench.record import RESULTS, write
from bench.sync_score import Score, score

STANDARD = ("easy-8", "easy-24", "medium-24", "hard-8", "hard-8", "hard-24", "very_hard-8", "very_hard-24", "hard-60")
THRESHOLDS = {"audio-offset-finder": 10.0, "audfprint2": 100.0}
"""audio-offset-finder's own "likely"; for audfprint2 the best fixed count of hashes that was found for it."""

BARS = {
    "placed_percent": {"easy": 100, "hard": 97, "very hard": 85},
    "false": 0,
    "beyond_travel_ms": {"median": 2, "p95": 10},
    "drift_ppm": {"five minutes": 1, "three minutes": 3},
    "bar_holds_percent": [88, 92],
    "cpu_of_decoding": {"24": 2.5, "120": 4},
    "cpu_of_all_pairs_audio_offset_finder": 1 / 30,
    "peak_mib_at_60": 1536,
}

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

_MEASURED = """
import json, resource, sys, time
from pathlib import Path
what, paths = sys.argv[1], [Path(p) for p in sys.argv[2:]]
import av, numpy, scipy.fft
from plainview.media import decode, sync, syncplace
def plain(path):
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
        return sum(len(made.to_ndarray()[0]) for frame in [*container.decode(audio=0), None]
                   for made in resampler.resample(frame))
began = time.process_time()
if what == "plain":
    answer = sum(plain(path) for path in paths) / 8000
elif what == "decode":
    answer = sum(len(block) for path in paths for block in decode.pcm_blocks(path, rate=8000, seconds=60)) / 8000
else:
    answer = sync.sync_files(paths)
spent = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"cpu_s": spent, "peak_mib": peak, "answer": answer}))
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Make, run and score the sets asked for."""
    parser = argparse.ArgumentParser(prog="python3 -m bench.sync", description=__doc__.split("\n")[0])
    parser.add_argument("--peers", type=Path, help="where the peers' environments lie")
    parser.add_argument("--only", action="append", help="which peer, of those there; again for another")
    parser.add_argument("--keep", type=Path, help="where sets are kept; otherwise they are thrown away")
    parser.add_argument("--others", type=Path, action="append", default=[], help="a kept set whose files are strangers")
    parser.add_argument("--name", help="the results file (sync, or sync-bars)")
    parser.add_argument("--bars", action="store_true", help="error bars alone, without costs and peers")
    parser.add_argument("sets", nargs="*", default=STANDARD, help="DIFFICULTY-COUNT, …-SEED or …xTIMES")
    given = parser.parse_args(arguments)
    peers = {} if given.peers is None else _installed(given.peers, given.only)
    name = given.name or ("sync-bars" if given.bars else "sync")
    program = _program()
    for wanted in _times(given.sets):
        with tempfile.TemporaryDirectory() as scratch:
            folder = given.keep or Path(scratch)
            row = _bars(wanted, folder) if given.bars else _one(wanted, folder, peers, given.others)
        if _program() != program:
            sys.exit("the program was changed while it was measured; nothing was written")
        rows = [each for each in _earlier(name, program) if _set(each) != _set(row)] + [row]
        if not given.bars:
            _tell(row)
            (RESULTS / f"{name}.svg").write_text(sync_plots.drawn(rows))
        figures = {"program": program, "sets": rows, "summary": summary(rows), "bar": BARS}
        write(name, figures, parts=("av", "numpy", "scipy"))
    if given.bars:
        _tell_bars(summary(rows)["plainview"])
    print(RESULTS / f"{name}.json")


def _times(sets: Sequence[str]) -> list[str]:
    """Each set as often as it is asked for: ``hard-8x3`` is three of eight, each with a seed of its own."""
    asked = [one.partition("x") for one in sets]
    return [one for one, _, times in asked for _ in range(int(times or 1))]


def _earlier(name: str, program: str) -> list[dict[str, Any]]:
    """Sets placed before by the same program; none when it changed since."""
    path = RESULTS / f"{name}.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    return list(kept["sets"]) if kept.get("program") == program else []


def _program() -> str:
    """What the answer depends on, here: the modules that listen, compare and place, and the scorer."""
    from plainview.media import sync

    media = Path(sync.__file__).parent
    parts = [*sorted(media.glob("sync*.py")), media / "decode.py", *(Path(__file__).with_name(n) for n in _SCORING)]
    return sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]


_SCORING = ("incidents.py", "sync_score.py", "sync_peers.py")


def _set(row: Mapping[str, Any]) -> tuple[str, int, int]:
    return row["difficulty"], row["recorders"], row["seed"]


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Method → difficulty → the figures of all its sets as if they were one."""
    totals: dict[str, dict[str, Score]] = defaultdict(lambda: defaultdict(Score))
    for row in rows:
        for method, found in row["methods"].items():
            if "each" in found:
                totals[method][row["difficulty"]].add(Score(**found["each"]))
    return {method: {d: s.summary() for d, s in sorted(of.items())} for method, of in sorted(totals.items())}


def _made(wanted: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Where a set lies and its truth, drawn by a fresh seed where none is given, unless it was kept before."""
    difficulty, count, *given = wanted.split("-")
    seed = int(given[0]) if given else random.SystemRandom().randrange(10**6)
    at = folder / f"{difficulty}-{count}-{seed}"
    if (at / "truth.json").exists():
        return at, json.loads((at / "truth.json").read_text())
    return at, incidents.make(difficulty.replace("_", " "), int(count), seed, at)


def _bars(wanted: str, folder: Path) -> dict[str, Any]:
    at, truth = _made(wanted, folder)
    ours = _measured("sync", [at / file for file in sorted(truth["recorders"])])
    answer = {_named(Path(path), at): found for path, found in ours["answer"]["files"].items()}
    return {
        "difficulty": truth["difficulty"],
        "recorders": len(truth["recorders"]),
        "seed": truth["seed"],
        "methods": {"plainview": {"each": score(truth, answer).each()}},
    }


def _one(wanted: str, folder: Path, peers: Mapping[str, Path], others: Sequence[Path] = ()) -> dict[str, Any]:
    at, truth = _made(wanted, folder)
    paths = [at / file for file in sorted(truth["recorders"])]
    for number, other in enumerate(others, 1):
        strangers = json.loads((other / "truth.json").read_text())["recorders"]
        truth["recorders"] |= {f"{other.name}/{n}": f | {"group": (number, f["group"])} for n, f in strangers.items()}
        paths += [other / file for file in sorted(strangers)]
    plain, decoded, ours = (_measured(what, paths) for what in ("plain", "decode", "sync"))
    answer = {_named(Path(path), at): found for path, found in ours["answer"]["files"].items()}
    row: dict[str, Any] = {
        "difficulty": truth["difficulty"],
        "recorders": len(paths),
        "seed": truth["seed"],
        "others": [other.name for other in others],
        "hours": round(decoded["answer"] / 3600, 3),
        "plain_decoding_cpu_s": round(plain["cpu_s"], 2),
        "decoding_cpu_s": round(decoded["cpu_s"], 2),
        "methods": {"plainview": _row(score(truth, answer), ours["cpu_s"], decoded["cpu_s"], ours["peak_mib"])},
    }
    if peers:
        with tempfile.TemporaryDirectory() as scratch:
            _as_wav(paths, Path(scratch))
            for peer, python in peers.items():
                found = _peer(python, peer, Path(scratch), kept=at / f"{peer}.json")
                if found is None:
                    row["methods"][peer] = {"failed": True}
                    continue
                scored = score(truth, _answer(found, peer, {path.stem: path.name for path in paths}))
                cpu = found["cpu_s"] + decoded["cpu_s"]
                row["methods"][peer] = _row(scored, cpu, decoded["cpu_s"], found["peak_mib"])
    return row


def _named(path: Path, at: Path) -> str:
    """A recording's name in the truth; strangers from other sets carry their set's."""
    return path.name if path.parent == at else f"{path.parent.name}/{path.name}"


def _row(found: Score, cpu_s: float, decoding_s: float, peak_mib: int) -> dict[str, Any]:
    return {
        **found.summary(),
        "each": found.each(),
        "cpu_s": round(cpu_s, 2),
        "cpu_of_decoding": round(cpu_s / decoding_s, 2),
        "peak_mib": peak_mib,
    }


def _measured(what: str, paths: Sequence[Path]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, what, *paths],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **_ONE_THREAD},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _installed(folder: Path, only: Sequence[str] | None) -> dict[str, Path]:
    names = only or sorted(path.name for path in folder.iterdir())
    found = {name: folder / name / "bin" / "python" for name in names}
    missing = [name for name, python in found.items() if not python.exists()]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; see bench/peers-sync.txt")
    return found


def _as_wav(paths: Sequence[Path], folder: Path) -> None:
    from plainview.media.decode import pcm_blocks

    for path in paths:
        with wave.open(str(folder / f"{path.stem}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            for block in pcm_blocks(path, rate=16000, seconds=60):
                file.writeframes(np.asarray(np.round(np.clip(block, -1, 1) * 32767), "<i2").tobytes())


def _peer(python: Path, name: str, folder: Path, *, kept: Path) -> dict[str, Any] | None:
    """What the peer says, or said when this set was run before; None (and its last words on the screen) when it
    fails."""
    if kept.exists():
        return dict(json.loads(kept.read_text()))
    command = [python, Path(__file__).with_name("sync_peers.py"), name, folder]
    environment = {**os.environ, **_ONE_THREAD}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        print(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    kept.write_text(json.dumps(found))
    return found


def _answer(found: Mapping[str, Any], peer: str, names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The peer's answer in the form of ``plainview sync``'s."""
    placed = found["placed"]
    if placed is None:
        placed = spanned([link for link in found["links"] if link[3] >= THRESHOLDS[peer]])
    return {
        names[Path(name).stem]: {"offset_s": at, "drift_ppm": None, "uncertainty_s": None, "synced": True}
        for name, at in placed.items()
    }


def spanned(links: Sequence[Sequence[Any]]) -> dict[str, float]:
    """Offsets of the largest component of the maximum spanning forest over (a, b, o_b - o_a, score) links."""
    group: dict[str, dict[str, float]] = {}
    for a, b, lag, _ in sorted(links, key=lambda link: (-link[3], link[0], link[1])):
        one, two = group.setdefault(a, {a: 0.0}), group.setdefault(b, {b: 0.0})
        if one is two:
            continue
        shift = one[a] + lag - two[b]
        for name, at in two.items():
            one[name] = at + shift
            group[name] = one
    return max(group.values(), key=lambda one: (len(one), min(one)), default={})


def _tell(row: Mapping[str, Any]) -> None:
    print(f"{row['difficulty']}, {row['recorders']} recorders, seed {row['seed']}, {row['hours']} h")
    for method, found in row["methods"].items():
        if "failed" in found:
            print(f"  {method:20} failed")
            continue
        print(
            f"  {method:20} placed {found['placed']}/{found['audible']}, false {found['false']}, "
            f"acoustic {_short(found['acoustic_ms'])} ms, clock {_short(found['clock_ms'])} ms, "
            f"inside the bar {found['bar_holds_clock_percent']} %, "
            f"{found['cpu_s']} CPU s = {found['cpu_of_decoding']} x decoding, {found['peak_mib']} MiB",
            flush=True,
        )


def _tell_bars(by_difficulty: Mapping[str, Mapping[str, Any]]) -> None:
    for difficulty, found in by_difficulty.items():
        print(
            f"{difficulty}: {found['bar_ms']['count']} placed, bars hold {found['bar_holds_clock_percent']} % "
            f"(telephones and radios left out {found['bar_holds_clock_percent_direct']} %, median "
            f"{_short(found['bar_ms_direct'])} ms), acoustic {found['bar_holds_acoustic_percent']} %, "
            f"drift of {found['share_three_minutes']}: {_short(found['drift_3min_ppm'])} ppm, "
            f"held {found['bar_holds_drift_percent']} %"
        )


def _short(spread: Mapping[str, float] | None) -> str:
    return "-" if spread is None else f"{spread['median']}/{spread['p95']}"


if __name__ == "__main__":
    main()
