# SPDX-License-Identifier: Apache-2.0
"""Clock forensics from beeps: drift, activation, neighbours' beeps, cameras nobody delivered.

    python -m bench.beeps [--cases 12] [--seed N]      writes results/beeps.json

A case is three cameras (one of them not delivered), each with its maker's tones (pitch, length,
number and rhythm drawn by seed), its own clock error, a silent buffer on most, a voice track, noise,
and a codec on disk. A neighbour's beep arrives late, echoed, at a stated ratio of its RMS to the
RMS of all other sound while it lasts. Nobody else does this: there is no peer to run.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench import record
from bench.shots import write
from bench.shots_scenes import Heard, Rng, Wave, background, lines
from plainview.media import beeps
from plainview.model.beep import BeepFinding
from plainview.model.time import SECOND, IncidentTime
from plainview.model.timeline import Alignment, Timeline

FS = 16_000
RATIOS_DB = (20.0, 10.0, 5.0, 0.0)


@dataclass
class Camera:
    """``activated``: true time of the switch; ``error_ppm``: its media clock runs this much fast."""

    begun: float
    activated: float
    seconds: float
    error_ppm: float
    hertz: float
    tone_s: float
    tones: int
    step_s: float
    lead_s: float

    def media(self, true: float) -> float:
        return (true - self.begun) * (1 + self.error_ppm * 1e-6)

    def beeps(self) -> list[float]:
        """True times of its two-minute beeps."""
        return [
            self.activated + 120.0 * k
            for k in range(1, 60)
            if self.activated + 120.0 * k + 2 < self.begun + self.seconds
        ]


def camera(rng: Rng, *, begun: float, seconds: float) -> Camera:
    buffer = float(rng.choice([0.0, 30.0, 60.0, 120.0]) * rng.uniform(0.9, 1.0)) if rng.random() < 0.75 else 0.0
    return Camera(
        begun=begun,
        activated=begun + buffer,
        seconds=seconds,
        error_ppm=float(rng.uniform(-40, 40)),
        hertz=float(rng.uniform(700, 3600)),
        tone_s=float(rng.uniform(0.07, 0.3)),
        tones=int(rng.integers(1, 4)),
        step_s=float(rng.uniform(0.33, 0.6)),
        lead_s=float(rng.uniform(0.0, 0.09)),
    )


def call(c: Camera, rate_error: float = 0.0) -> Wave:
    out = np.zeros(int(((c.tones - 1) * c.step_s + c.tone_s) * FS) + 2)
    n = int(c.tone_s * FS)
    t = np.arange(n) / FS
    one = np.sin(2 * np.pi * c.hertz * (1 + rate_error) * t) * np.clip(np.minimum(t, t[-1] - t) / 0.004, 0, 1)
    for k in range(c.tones):
        first = round(k * c.step_s * FS)
        out[first : first + n] += one[: len(out) - first]
    return out


def put(track: Wave, at: float, sound: Wave, gain: float) -> None:
    first = int(np.floor(at * FS))
    part = at * FS - first
    moved = np.concatenate([sound * (1 - part), [0.0]]) + np.concatenate([[0.0], sound * part])
    if 0 <= first < len(track) - len(moved):
        track[first : first + len(moved)] += gain * moved


def recording(
    rng: Rng, own: Camera, others: list[tuple[Camera, float, float]]
) -> tuple[Heard, list[tuple[int, float, float]]]:
    """The own camera's file, and the neighbours' beeps in it: (camera, media time, ratio in dB)."""
    n = int(own.seconds * FS)
    track = np.concatenate([background(rng, 48_000 * 20)[::3] for _ in range(n // (20 * FS) + 1)])[:n] * 0.012
    for _ in range(int(own.seconds / 9)):
        line = lines()[int(rng.integers(0, len(lines())))][::3]
        put(track, rng.uniform(0, own.seconds - 8), line / np.abs(line).max(), rng.uniform(0.02, 0.2))
    truth = []
    for index, (other, delay, ratio) in enumerate(others):
        sound = call(other)
        for true in other.beeps():
            at = own.media(true + delay)
            first = int(at * FS)
            if 0 <= first < n - len(sound) - FS and true + delay > own.activated + 2:
                under = float(np.sqrt(np.mean(track[first : first + len(sound)] ** 2)))
                gain = under * 10 ** (ratio / 20) * np.sqrt(2)
                put(track, at, sound, gain)
                put(track, at + 0.011, sound, 0.3 * gain)
                put(track, at + 0.047, sound, -0.2 * gain)
                truth.append((index, at, ratio))
    level = float(rng.uniform(0.05, 0.3))
    for true in own.beeps():
        put(track, own.media(true), call(own), level)
    if own.activated > own.begun:
        put(track, own.media(own.activated + own.lead_s), call(own), level)
        track[: int(own.media(own.activated) * FS)] = 0.0
    codec = str(rng.choice(["wav", "aac", "mp3"]))
    return Heard(np.clip(track, -1, 1).astype(np.float32), FS, [], (0.0, 0.0), codec, 0.0), truth


@dataclass
class Sums:
    """What all cases together gave."""

    drift: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    activation: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    owns: int = 0
    buffers: int = 0
    found: dict[float, list[int]] = field(default_factory=lambda: {ratio: [0, 0] for ratio in RATIOS_DB})
    anchors: int = 0
    wrong_anchors: int = 0
    heard_twice: int = 0
    proved: int = 0
    false_cameras: int = 0

    def figures(self) -> dict[str, object]:
        return {
            "own_drift_found": f"{len(self.drift)} of {self.owns}",
            "own_drift_error_ppm": {
                "median": round(float(np.median(self.drift)), 3),
                "worst": round(max(self.drift), 3),
            },
            "own_drift_inside_its_bar": round(float(np.mean(self.inside)), 3),
            "activation_found": f"{len(self.activation)} of {self.buffers}",
            "activation_error_ms": {
                "median": round(1000 * float(np.median(self.activation)), 2),
                "worst": round(1000 * max(self.activation), 2),
            },
            "neighbours_beeps_found_by_ratio_db": {
                str(ratio): round(hit / of, 3) if of else None for ratio, (hit, of) in self.found.items()
            },
            "neighbours_time_error_ms": {
                "median": round(1000 * float(np.median(self.times)), 2),
                "p95": round(1000 * float(np.quantile(self.times, 0.95)), 2),
            },
            "anchors": self.anchors,
            "wrong_anchors": self.wrong_anchors,
            "undelivered_camera_proved": f"{self.proved} of {self.heard_twice} heard at least twice on one recording",
            "false_undelivered_cameras": self.false_cameras,
        }


Truth = list[tuple[int, float]]


def cameras_of(rng: Rng) -> list[Camera]:
    """Three cameras; most often one maker's, told apart by the phase of their beeps alone."""
    three = [camera(rng, begun=float(rng.uniform(0, 60)), seconds=float(rng.uniform(400, 900))) for _ in range(3)]
    if rng.random() < 0.6:
        a = three[0]
        same = {"hertz": a.hertz, "tone_s": a.tone_s, "tones": a.tones, "step_s": a.step_s, "lead_s": a.lead_s}
        three = [replace(each, **same) for each in three]
    return three


def run_case(rng: Rng, sums: Sums, *, ratio: float, folder: Path) -> None:
    """Cameras 0 and 1 are delivered and listened to; the third is only ever heard by them."""
    cameras = cameras_of(rng)
    findings, alignments, truths = {}, [], {}
    for k in (0, 1):
        others = [j for j in range(3) if j != k]
        near = [(cameras[j], float(rng.uniform(0.005, 0.12)), ratio) for j in others]
        heard, truth = recording(rng, cameras[k], near)
        path, _ = write(heard, folder / f"c{k}")
        late = 1024 / FS if heard.codec == "aac" else 0.0
        name, camera_ = f"camera{k}", cameras[k]
        findings[name] = beeps.listen(path, exhibit=name)
        truths[name] = [(others[i], at + late) for i, at, _ in truth]
        begins = IncidentTime(round((camera_.begun - late + rng.normal(0, 0.006)) * SECOND))
        alignments.append(Alignment(name, begins, -camera_.error_ppm, 10_000, "sound", 0.9))
        _score_own(findings[name], camera_, late, sums)
        _score_neighbours(findings[name], truths[name], sums.found[ratio], sums.times)
        path.unlink()
    _score_between(findings, Timeline(tuple(alignments), ()), truths, sums)


def _score_own(finding: BeepFinding, c: Camera, late: float, sums: Sums) -> None:
    sums.owns += len(c.beeps()) >= 2
    own = finding.own
    if own is not None and own.drift_ppm is not None:
        error = abs(own.drift_ppm + c.error_ppm)
        sums.drift.append(error)
        sums.inside.append(error <= (own.drift_uncertainty_ppm or 0))
    if c.activated > c.begun:
        sums.buffers += 1
        if finding.activation is not None:
            sums.activation.append(abs(finding.activation.at / SECOND - late - c.media(c.activated)))


def _score_neighbours(finding: BeepFinding, truth: Truth, found: list[int], times: list[float]) -> None:
    for _, at in truth:
        near = [call for call in finding.calls if abs(call.at / SECOND - at) < 0.02]
        found[0] += bool(near)
        found[1] += 1
        times += [abs(call.at / SECOND - at) for call in near[:1]]


def _score_between(findings: dict[str, BeepFinding], timeline: Timeline, truths: dict[str, Truth], sums: Sums) -> None:
    for anchor in beeps.beep_anchors(findings, timeline):
        source = int(anchor.camera[-1])
        right = any(c == source and abs(anchor.b_at / SECOND - at) < 0.02 for c, at in truths[anchor.heard_on])
        sums.anchors += 1
        sums.wrong_anchors += not right
    third = {name: [at for c, at in truth if c == 2] for name, truth in truths.items()}
    asked = beeps.unseen_cameras(findings, timeline)
    right = [u for u in asked if all(any(abs(at - t / SECOND) < 0.05 for at in third[e]) for e, t in u.heard)]
    twice = any(len(times) >= 2 for times in third.values())
    sums.heard_twice += twice
    sums.proved += bool(right) and twice
    sums.false_cameras += len(asked) - len(right)


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--cases", type=int, default=12)
    ask.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    chosen = ask.parse_args()
    sums = Sums()
    with tempfile.TemporaryDirectory() as held:
        for case in range(chosen.cases):
            rng = np.random.default_rng([88, chosen.seed, case])
            run_case(rng, sums, ratio=RATIOS_DB[case % len(RATIOS_DB)], folder=Path(held))
            print(case, sums.drift[-2:], sums.activation[-2:], sums.wrong_anchors, sums.false_cameras, flush=True)
    figures = {"seed": chosen.seed, "cases": chosen.cases, **sums.figures()}
    print(record.write("beeps", figures, parts=("numpy", "scipy", "av")).read_text())


if __name__ == "__main__":
    main()
