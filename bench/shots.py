# SPDX-License-Identifier: Apache-2.0
"""Shots: one recorder, rapid fire, three to six recorders on one clock, and sound without any shot.

    python -m bench.shots [--scenes 60] [--seed N]      writes results/shots.json

Beside plainview, over the same files in the same run, an energy-rise detector (the peer that
anybody has). Scenes come from ``shots_scenes`` by a fresh seed, through real codecs on disk. One recorder
hears three times as many scenes as several do, because a single row of knocks weighs much in its figures.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from bench import record
from bench.shots_scenes import Heard, Scene, incident
from bench.shots_score import Intervals, Tally, match, per_minute
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


def one_recorder(seeds: Sequence[int], folder: Path, *, pace: str) -> dict[str, object]:
    ours, peer, count = Tally(), Tally(), Intervals()
    by_snr = {"below 18 dB": Tally(), "18 to 30 dB": Tally(), "above 30 dB": Tally()}
    cpu = 0.0
    for seed in seeds:
        scene = incident(seed, pace=pace)
        heard = scene.heard[0]
        path, truth = write(heard, folder / f"s{seed}")
        began = time.process_time()
        found, _, (low, high) = listened(path)
        cpu += time.process_time() - began
        one = match(found, truth)
        ours.add(one)
        by_snr["below 18 dB" if heard.snr_db < 18 else "18 to 30 dB" if heard.snr_db < 30 else "above 30 dB"].add(one)
        peer.add(match(energy_rise(path), truth))
        count.add(low, high, len(truth))
        path.unlink()
    return {
        "plainview": ours.figures() | {"cpu_of_real_time": round(cpu / (20 * len(seeds)), 4)},
        "plainview_by_peak_to_noise": {name: tally.figures() for name, tally in by_snr.items()},
        "count_of_one_recording": count.figures(),
        "energy_rise": peer.figures(),
    }


def several(seeds: Sequence[int], folder: Path) -> dict[str, object]:
    """Three to six recorders whose clocks are known to ``CLOCK_ERROR_S``; each its own noise and device."""
    exact_low = exact_best = 0
    count, peer_exact, single = Intervals(), 0, Tally()
    spans: list[float] = []
    for seed in seeds:
        rng = np.random.default_rng([5, seed])
        scene = incident(seed, recorders=int(rng.integers(3, 7)), pace="rapid" if rng.random() < 0.15 else "aimed")
        said, counts = _together(scene, seed, folder, rng)
        truth = len(scene.fired)
        count.add(said.low, said.high, truth)
        exact_best += said.best == truth
        exact_low += said.low == truth
        peer_exact += sorted(counts[0])[len(counts[0]) // 2] == truth
        for one in counts[1]:
            single.add(one)
        spans += _interval_errors(said, scene.fired)
    n = len(seeds)
    return {
        "exact_count": round(exact_best / n, 3),
        "low_end_exact": round(exact_low / n, 3),
        "energy_rise_median_of_recorders_exact": round(peer_exact / n, 3),
        "single_recorders_here": single.figures(),
        "between_shots_error_median_ms": round(1000 * float(np.median(spans)), 2) if spans else None,
        **count.figures(),
    }


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


def nothing(seeds: Sequence[int], folder: Path) -> dict[str, object]:
    """No shot at all: doors, fireworks, backfires, claps, things dropped, clipping; four recorders each."""
    confirmed = possible = alone = energy = 0
    guilty: dict[str, int] = {}
    seconds = 0.0
    for seed in seeds:
        scene = incident(seed, recorders=4, shots=False, seconds=30.0)
        said, (energies, matches) = _together(scene, seed, folder, np.random.default_rng([6, seed]))
        confirmed, possible = confirmed + said.low, possible + said.high
        alone += sum(m.found for m in matches)
        energy += sum(energies)
        seconds += scene.seconds
        for kind in scene.kinds if said.high else ():
            guilty[kind] = guilty.get(kind, 0) + 1
    return {
        "minutes": round(seconds / 60, 1),
        "counted_a_minute": per_minute(confirmed, seconds),
        "possible_a_minute": per_minute(possible, seconds),
        "one_recorder_a_minute": per_minute(alone, 4 * seconds),
        "energy_rise_one_recorder_a_minute": per_minute(energy, 4 * seconds),
        "kinds_in_scenes_with_a_possible_shot": guilty,
    }


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--scenes", type=int, default=60)
    ask.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    chosen = ask.parse_args()
    base, n = chosen.seed * 10_000, chosen.scenes
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        figures: dict[str, object] = {
            "seed": chosen.seed,
            "model_sha256": shots.MODEL_SHA256,
            "one_recorder": one_recorder(range(base, base + 3 * n), folder, pace="aimed"),
            "rapid_fire": one_recorder(range(base + 2000, base + 2000 + 3 * n // 2), folder, pace="rapid"),
            "three_to_six_recorders": several(range(base + 4000, base + 4000 + n), folder),
            "no_shots": nothing(range(base + 6000, base + 6000 + n // 2), folder),
        }
    path = record.write("shots", figures, parts=("numpy", "scipy", "av"))
    print(path.read_text())


if __name__ == "__main__":
    main()
