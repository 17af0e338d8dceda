# SPDX-License-Identifier: Apache-2.0
"""Shots: one recorder, rapid fire, three to six recorders on one clock, and sound without any shot.

    python -m bench.shots [--seeds N ...] [--scenes 36] [--rows FOLDER]      writes results/shots.json

Beside plainview, over the same files in the same run, an energy-rise detector (the peer that
anybody has). Scenes come from ``shots_scenes`` by five fresh seeds, through real codecs on disk, and all are
pooled, with intervals of 95 % by scene: one seed's 36 scenes swing by more than the bars are apart. One
recorder hears three times as many scenes as several do, because a single row of knocks weighs much in its
figures. A seed takes about four minutes of one core; one whose rows lie in ``--rows`` is not run again.
"""

from __future__ import annotations

import argparse
import json
import secrets
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench import record
from bench.shots_scenes import Heard, Scene, incident
from bench.shots_score import Intervals, Match, Tally, match, per_minute, ratio_95, share_95
from plainview.media import shots
from plainview.media.decode import pcm
from plainview.model.finding import ShotCandidate
from plainview.model.time import SECOND, IncidentTime
from plainview.model.timeline import Alignment, Timeline

RATE = 16_000
CLOCK_ERROR_S = 0.010
"""Standard error of the placement given to the reconciliation; said to it as a 90 % bar of 1.645 times that."""


def write(heard: Heard, stem: Path) -> tuple[Path, list[tuple[float, ...]]]:
    """The recording as a file in its codec, and its shots' arrivals in the file's media time.

    Media time zero is the first coded sample, and an AAC encoder puts 1,024 of its own before the sound.
    """
    path = _coded(heard, stem)
    late = 1024 / heard.rate if heard.codec == "aac" else 0.0
    return path, [tuple(at + late for at in shot.arrivals) for shot in heard.shots]


def _coded(heard: Heard, stem: Path) -> Path:
    if heard.codec == "wav":
        path = stem.with_suffix(".wav")
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(heard.rate)
            out.writeframes((heard.samples * 32767).astype("<i2").tobytes())
        return path
    suffix, codec, layout = {
        "aac": (".m4a", "aac", "fltp"), "mulaw": (".wav", "pcm_mulaw", "s16"), "mp3": (".mp3", "libmp3lame", "fltp")
    }[heard.codec]  # fmt: skip
    path = stem.with_suffix(suffix)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=heard.rate)
        stream.layout = "mono"
        if codec != "pcm_mulaw":
            stream.bit_rate = 32_000 if heard.rate < 40_000 else 64_000
        data = heard.samples if layout == "fltp" else (heard.samples * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(data[None, :], format=layout, layout="mono")
        frame.sample_rate = heard.rate
        frame.pts = 0
        fifo = av.AudioFifo()
        fifo.write(frame)
        size = stream.codec_context.frame_size or 1024
        while (piece := fifo.read(size, partial=True)) is not None:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def energy_rise(path: Path) -> list[float]:
    """The peer: RMS of 10 ms against the 200 ms before; a rise of 12 dB within the loudest 20 dB, 80 ms apart."""
    x = pcm(path, rate=RATE).astype(np.float64)
    size = RATE // 100
    level = 10 * np.log10((x[: len(x) // size * size].reshape(-1, size) ** 2).mean(axis=1) + 1e-9)
    found: list[float] = []
    for i in range(20, len(level)):
        if level[i] - np.median(level[i - 20 : i]) >= 12 and level[i] >= level.max() - 20:
            at = i * size / RATE
            if not found or at - found[-1] > 0.08:
                found.append(at)
    return found


def listened(path: Path) -> tuple[list[float], tuple[ShotCandidate, ...], tuple[int, int]]:
    """What ``plainview shots FILE`` lists, all candidates, and the count of this file alone."""
    found = shots.candidates(path, exhibit=path.name)
    likely = shots.likely(found)
    alone = shots.reconcile({path.name: found}, _clock({path.name: 0.0}, 0.0))
    return [c.at / SECOND for c in likely], found, (alone.low, alone.high)


def _clock(offsets: dict[str, float], error: float) -> Timeline:
    bar = round(1.645 * error * SECOND)
    return Timeline(
        tuple(
            Alignment(n, IncidentTime(round(o * SECOND)), 0.0, bar, "sound", 0.9) for n, o in sorted(offsets.items())
        ),
        (),
    )


Row = dict[str, Any]
"""What one scene gave, as JSON keeps it."""


def one_recorder(seed: int, folder: Path, *, pace: str) -> Row:
    scene = incident(seed, pace=pace)
    heard = scene.heard[0]
    path, truth = write(heard, folder / f"s{seed}")
    began = time.process_time()
    found, _, (low, high) = listened(path)
    cpu = time.process_time() - began
    peer = match(energy_rise(path), truth)
    path.unlink()
    return {
        "ours": _kept(match(found, truth)), "peer": _kept(peer), "interval": [low, high, len(truth)],
        "snr_db": heard.snr_db, "cpu_s": cpu, "seconds": scene.seconds,
    }  # fmt: skip


def several(seed: int, folder: Path) -> Row:
    """Three to six recorders whose clocks are known to ``CLOCK_ERROR_S``; each its own noise and device."""
    rng = np.random.default_rng([5, seed])
    scene = incident(seed, recorders=int(rng.integers(3, 7)), pace="rapid" if rng.random() < 0.15 else "aimed")
    said, (energies, matches) = _together(scene, seed, folder, rng)
    return {
        "interval": [said.low, said.high, len(scene.fired)],
        "best": said.best,
        "energy": sorted(energies)[len(energies) // 2],
        "single": [_kept(one) for one in matches],
        "between_s": _interval_errors(said, scene.fired),
    }


def nothing(seed: int, folder: Path) -> Row:
    """No shot at all: doors, fireworks, backfires, claps, things dropped, clipping; four recorders each."""
    scene = incident(seed, recorders=4, shots=False, seconds=30.0)
    said, (energies, matches) = _together(scene, seed, folder, np.random.default_rng([6, seed]))
    return {
        "counted": said.low, "possible": said.high, "alone": sum(m.found for m in matches), "energy": sum(energies),
        "kinds": scene.kinds, "seconds": scene.seconds,
    }  # fmt: skip


def _kept(one: Match) -> list[Any]:
    return [one.truth, one.found, list(one.errors)]


def _tally(rows: Sequence[list[Any]]) -> Tally:
    return Tally([Match(truth, found, tuple(errors)) for truth, found, errors in rows])


def _interval_errors(said: object, fired: Sequence[float]) -> list[float]:
    """Where the count is exact: how far each interval between two shots is off."""
    events = said.events  # type: ignore[attr-defined]
    if len(events) != len(fired):
        return []
    at = np.array([e.at / SECOND for e in events])
    return list(np.abs(np.diff(at) - np.diff(np.array(fired))))


def _together(scene: Scene, seed: int, folder: Path, rng: np.random.Generator):  # type: ignore[no-untyped-def]
    offsets, found, energies, matches = {}, {}, [], []
    for k, heard in enumerate(scene.heard):
        path, arrivals = write(heard, folder / f"m{seed}-{k}")
        likely, candidates, _ = listened(path)
        found[f"r{k}"] = candidates
        offsets[f"r{k}"] = float(rng.normal(0, CLOCK_ERROR_S))
        energies.append(len(energy_rise(path)))
        matches.append(match(likely, arrivals))
        path.unlink()
    return shots.reconcile(found, _clock(offsets, CLOCK_ERROR_S)), (energies, matches)


def one_recorder_figures(rows: Sequence[Row]) -> Row:
    by_snr: dict[str, list[list[Any]]] = {"below 18 dB": [], "18 to 30 dB": [], "above 30 dB": []}
    for row in rows:
        snr = row["snr_db"]
        by_snr["below 18 dB" if snr < 18 else "18 to 30 dB" if snr < 30 else "above 30 dB"].append(row["ours"])
    cpu = sum(row["cpu_s"] for row in rows) / sum(row["seconds"] for row in rows)
    return {
        "plainview": _tally([row["ours"] for row in rows]).figures() | {"cpu_of_real_time": round(cpu, 4)},
        "plainview_by_peak_to_noise": {name: _tally(some).figures() for name, some in by_snr.items()},
        "count_of_one_recording": Intervals([tuple(row["interval"]) for row in rows]).figures(),
        "energy_rise": _tally([row["peer"] for row in rows]).figures(),
    }


def several_figures(rows: Sequence[Row]) -> Row:
    n = len(rows)
    exact = sum(row["best"] == row["interval"][2] for row in rows)
    spans = [span for row in rows for span in row["between_s"]]
    return {
        "exact_count": round(exact / n, 3),
        "exact_count_95": share_95(exact, n),
        "low_end_exact": round(sum(row["interval"][0] == row["interval"][2] for row in rows) / n, 3),
        "energy_rise_median_of_recorders_exact": round(sum(row["energy"] == row["interval"][2] for row in rows) / n, 3),
        "single_recorders_here": _tally([one for row in rows for one in row["single"]]).figures(),
        "between_shots_error_median_ms": round(1000 * float(np.median(spans)), 2) if spans else None,
        **Intervals([tuple(row["interval"]) for row in rows]).figures(),
    }


def nothing_figures(rows: Sequence[Row]) -> Row:
    guilty: dict[str, int] = {}
    for kind in (kind for row in rows if row["possible"] for kind in row["kinds"]):
        guilty[kind] = guilty.get(kind, 0) + 1
    seconds = sum(row["seconds"] for row in rows)
    total = {name: sum(row[name] for row in rows) for name in ("counted", "possible", "alone", "energy")}
    scenes = sum(row["counted"] > 0 for row in rows)
    return {
        "minutes": round(seconds / 60, 1),
        "counted_a_minute": per_minute(total["counted"], seconds),
        "counted_a_minute_95": ratio_95([row["counted"] for row in rows], [row["seconds"] / 60 for row in rows]),
        "scenes": len(rows),
        "scenes_with_a_counted_shot": scenes,
        "share_of_scenes_with_a_counted_shot_95": share_95(scenes, len(rows)),
        "possible_a_minute": per_minute(total["possible"], seconds),
        "one_recorder_a_minute": per_minute(total["alone"], 4 * seconds),
        "energy_rise_one_recorder_a_minute": per_minute(total["energy"], 4 * seconds),
        "kinds_in_scenes_with_a_possible_shot": guilty,
    }


def rows_of(seed: int, n: int, folder: Path) -> dict[str, list[Row]]:
    """One seed's scenes: ``3 n`` and ``3 n / 2`` for one recorder, ``n`` for several, ``n / 2`` without a shot."""
    base = seed * 10_000
    return {
        "one_recorder": [one_recorder(s, folder, pace="aimed") for s in range(base, base + 3 * n)],
        "rapid_fire": [one_recorder(s, folder, pace="rapid") for s in range(base + 2000, base + 2000 + 3 * n // 2)],
        "three_to_six_recorders": [several(s, folder) for s in range(base + 4000, base + 4000 + n)],
        "no_shots": [nothing(s, folder) for s in range(base + 6000, base + 6000 + n // 2)],
    }


def figures(rows: dict[str, list[Row]]) -> Row:
    return {
        "one_recorder": one_recorder_figures(rows["one_recorder"]),
        "rapid_fire": one_recorder_figures(rows["rapid_fire"]),
        "three_to_six_recorders": several_figures(rows["three_to_six_recorders"]),
        "no_shots": nothing_figures(rows["no_shots"]),
    }


def headline(rows: dict[str, list[Row]]) -> Row:
    """One seed's figures that have a bar, to show how far seeds swing."""
    all_of_it = figures(rows)
    one, many = all_of_it["one_recorder"]["plainview"], all_of_it["three_to_six_recorders"]
    return {
        **{name: one[name] for name in ("precision", "recall", "exact_count")},
        "rapid_recall": all_of_it["rapid_fire"]["plainview"]["recall"],
        "several_exact_count": many["exact_count"],
        "several_interval_holds_truth": many["interval_holds_truth"],
        "counted_a_minute": all_of_it["no_shots"]["counted_a_minute"],
    }


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--scenes", type=int, default=36)
    ask.add_argument("--seeds", type=int, nargs="+", default=[secrets.randbelow(10**6) for _ in range(5)])
    ask.add_argument("--rows", type=Path, help="folder in which each seed's rows are kept")
    chosen = ask.parse_args()
    told: dict[int, dict[str, list[Row]]] = {}
    with tempfile.TemporaryDirectory() as held:
        kept = chosen.rows or Path(held)
        kept.mkdir(parents=True, exist_ok=True)
        for seed in chosen.seeds:
            path = kept / f"{seed}-{chosen.scenes}-{shots.VERSION}-{shots.MODEL_SHA256[:8]}.json"
            if not path.exists():
                path.write_text(json.dumps(rows_of(seed, chosen.scenes, Path(held))))
            told[seed] = json.loads(path.read_text())
    pooled = {part: [row for seed in chosen.seeds for row in told[seed][part]] for part in told[chosen.seeds[0]]}
    path = record.write(
        "shots",
        {
            "seeds": chosen.seeds,
            "shots_version": shots.VERSION,
            "model_sha256": shots.MODEL_SHA256,
            **figures(pooled),
            "by_seed": {str(seed): headline(rows) for seed, rows in told.items()},
        },
        parts=("numpy", "scipy", "av"),
    )
    print(path.read_text())


if __name__ == "__main__":
    main()
