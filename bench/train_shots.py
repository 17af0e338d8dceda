# SPDX-License-Identifier: Apache-2.0
"""Trains the gunshot model on sounds made here, by seed, and on nothing else.

    python bench/train_shots.py src/plainview/media/data/shots.npz

Every scene is twenty seconds: a background, impulsive sounds that are not shots, and in most scenes
one to eight shots (muzzle blast, sometimes the bullet's crack before it, ground and wall
reflections, a reverberant tail), then a recorder: distance, band limits, automatic gain, clipping,
8-bit telephone coding. Truth is known by construction. No recording made by others is used (the
voices are the simulator's synthetic ones), so nobody's licence reaches the model. Needs
scikit-learn, which running plainview does not.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from plainview.media.impulses import FEATURES, onsets

RATE = 16_000
SECONDS = 20.0
Sound = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True)
class Scene:
    """What a recorder heard and when the shots reached it (seconds)."""

    sound: NDArray[np.float32]
    shots: tuple[float, ...]


def band(x: Sound, low: float | None, high: float | None, order: int = 2) -> Sound:
    if low and high:
        return sosfilt(butter(order, [low, high], "band", fs=RATE, output="sos"), x)
    if low:
        return sosfilt(butter(order, low, "high", fs=RATE, output="sos"), x)
    return sosfilt(butter(order, high, "low", fs=RATE, output="sos"), x) if high else x


def put(track: Sound, at: float, sound: Sound, gain: float = 1.0) -> None:
    first = int(at * RATE)
    sound = sound[: max(0, len(track) - first)]
    track[first : first + len(sound)] += gain * sound


def noise(rng: Rng, seconds: float) -> Sound:
    return rng.standard_normal(int(seconds * RATE))


def falling(rng: Rng, seconds: float, tau: float) -> Sound:
    n = int(seconds * RATE)
    return rng.standard_normal(n) * np.exp(-np.arange(n) / RATE / tau)


# What is a shot.


@dataclass(frozen=True)
class Gun:
    """What stays the same from shot to shot of one weapon in one place."""

    blast: float
    rough: float
    rough_gain: float
    thump: float
    thump_hertz: float
    crack: float
    crack_ahead: float
    echoes: tuple[tuple[float, float, float], ...]
    tail: float
    tail_gain: float
    dull: float


def gun(rng: Rng) -> Gun:
    echoes = tuple(
        (float(rng.uniform(0.002, 0.02) if k == 0 else rng.uniform(0.03, 0.7)), float(10 ** (-rng.uniform(3, 24) / 20)),
         float(rng.uniform(900, 6000)))
        for k in range(int(rng.integers(1, 6)))
    )  # fmt: skip
    return Gun(
        blast=float(10 ** rng.uniform(-3.4, -2.3)),
        rough=float(10 ** rng.uniform(-2.5, -1.4)),
        rough_gain=float(rng.uniform(0.1, 1.2)),
        thump=float(rng.uniform(0.1, 0.8)) if rng.random() < 0.5 else 0.0,
        thump_hertz=float(rng.uniform(45, 180)),
        crack=float(rng.uniform(0.2, 1.5)) if rng.random() < 0.3 else 0.0,
        crack_ahead=float(rng.uniform(0.004, 0.11)),
        echoes=echoes,
        tail=float(rng.uniform(0.05, 0.4)),
        tail_gain=float(10 ** (-rng.uniform(5, 30) / 20)),
        dull=float(rng.choice([1200, 2000, 3500, 7500], p=[0.15, 0.2, 0.25, 0.4])),
    )


def shot(rng: Rng, g: Gun) -> tuple[Sound, float]:
    """One shot, peak 1, and the seconds from its beginning to its first strong arrival."""
    n = int(1.6 * RATE)
    dry = np.zeros(n)
    start = int(g.crack_ahead * RATE) if g.crack else 0
    t = np.arange(int(0.02 * RATE)) / RATE
    blast = (1 - t / g.blast) * np.exp(-t / g.blast)
    rough = falling(rng, 0.3, g.rough * rng.uniform(0.9, 1.1)) * g.rough_gain
    low = np.arange(int(0.3 * RATE)) / RATE
    thump = np.sin(2 * np.pi * g.thump_hertz * low) * np.exp(-low / 0.045) * g.thump
    put(dry, start / RATE, thump)
    put(dry, start / RATE, blast)
    put(dry, start / RATE, rough)
    if g.crack:
        w = int(rng.uniform(0.0003, 0.0006) * RATE) + 2
        put(dry, 0.0, np.linspace(1, -1, w), g.crack)
        put(dry, 0.001, falling(rng, 0.02, 0.003), 0.2 * g.crack)
    wet = dry.copy()
    for delay, gain, high in g.echoes:
        echo = band(dry, None, high)
        put(wet, delay * rng.uniform(0.995, 1.005), echo[: n // 2], gain)
    tail = band(falling(rng, 1.5, g.tail), 100, 4500)
    put(wet, start / RATE, tail, g.tail_gain)
    wet = band(wet, None, g.dull * rng.uniform(0.9, 1.1)) if g.dull < 7000 else wet
    ahead = 0.0 if g.crack > 0.4 else start / RATE
    return wet / np.abs(wet).max(), ahead


# What is not.


def clap(rng: Rng) -> Sound:
    hit = band(falling(rng, 0.15, rng.uniform(0.003, 0.012)), rng.uniform(500, 1200), rng.uniform(2000, 5000))
    put(hit, rng.uniform(0.01, 0.05), hit.copy(), rng.uniform(0.0, 0.3))
    return hit


def door(rng: Rng) -> Sound:
    x = np.zeros(int(0.8 * RATE))
    t = np.arange(len(x)) / RATE
    for _ in range(int(rng.integers(2, 6))):
        x += (
            rng.uniform(0.3, 1)
            * np.sin(2 * np.pi * rng.uniform(45, 350) * t + rng.uniform(0, 6))
            * np.exp(-t / rng.uniform(0.03, 0.15))
        )
    put(x, 0.0, band(falling(rng, 0.3, rng.uniform(0.01, 0.05)), 150, rng.uniform(900, 3500)), rng.uniform(0.2, 1.0))
    put(x, rng.uniform(0.01, 0.09), clap(rng), rng.uniform(0.05, 0.5))
    attack = int(rng.uniform(0.0005, 0.008) * RATE) + 1
    x[:attack] *= np.linspace(0, 1, attack)
    return x


def click(rng: Rng) -> Sound:
    return band(falling(rng, 0.03, rng.uniform(0.0005, 0.004)), rng.uniform(300, 2500), rng.choice([3500, 7500]))


def bump(rng: Rng) -> Sound:
    """A microphone touched: low, large, often with rubbing."""
    x = band(falling(rng, 0.3, rng.uniform(0.01, 0.06)), None, rng.uniform(150, 900))
    put(x, 0.0, click(rng), rng.uniform(0, 0.4))
    put(x, rng.uniform(0.02, 0.15), band(falling(rng, 0.15, 0.04), 300, 3000), rng.uniform(0, 0.4))
    return x


def metal(rng: Rng) -> Sound:
    x = np.zeros(int(1.5 * RATE))
    t = np.arange(int(0.6 * RATE)) / RATE
    modes = [(rng.uniform(700, 7000), rng.uniform(0.02, 0.25), rng.uniform(0.2, 1)) for _ in range(6)]
    at, gap, gain = 0.0, rng.uniform(0.08, 0.3), 1.0
    while at < 1.2 and gain > 0.05:
        ring = sum(a * np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) * np.exp(-t / d) for f, d, a in modes)
        put(x, at, np.asarray(ring) + 0.0, gain)
        put(x, at, click(rng), gain)
        at, gap, gain = at + gap, gap * rng.uniform(0.5, 0.8), gain * rng.uniform(0.4, 0.8)
    return x


def firework(rng: Rng) -> Sound:
    """A burst with a slow edge, a crackle after it, sometimes a whistle before."""
    x = np.zeros(int(2.2 * RATE))
    t = np.arange(int(0.8 * RATE)) / RATE
    if rng.random() < 0.5:
        put(x, 0.0, np.sin(2 * np.pi * (1500 + 1200 * t) * t), rng.uniform(0.02, 0.15))
    boom = band(falling(rng, 1.0, rng.uniform(0.06, 0.25)), None, rng.uniform(400, 1800))
    edge = int(rng.uniform(0.008, 0.03) * RATE)
    boom[:edge] *= np.linspace(0, 1, edge)
    put(x, 0.8, boom)
    for _ in range(int(rng.integers(0, 40))):
        put(x, 0.8 + abs(rng.normal(0.3, 0.25)), click(rng), rng.uniform(0.02, 0.2))
    return x


def knocks(rng: Rng) -> Sound:
    x = np.zeros(int(rng.uniform(1, 4) * RATE))
    period, one = (
        rng.uniform(0.06, 0.5),
        band(falling(rng, 0.12, rng.uniform(0.004, 0.03)), 100, rng.uniform(800, 4000)),
    )
    at = 0.0
    while at < len(x) / RATE:
        put(x, at, one, rng.uniform(0.7, 1.0))
        at += period * rng.uniform(0.93, 1.07)
    return x


def bark(rng: Rng) -> Sound:
    x = np.zeros(int(1.6 * RATE))
    pitch = rng.uniform(250, 700)
    for k in range(int(rng.integers(1, 4))):
        n = int(rng.uniform(0.08, 0.22) * RATE)
        t = np.arange(n) / RATE
        wave = sum(np.sin(2 * np.pi * pitch * h * t * (1 + 0.3 * t)) / h for h in range(1, 12))
        shape = np.minimum(t / rng.uniform(0.004, 0.03), 1) * np.exp(-t / 0.09)
        put(x, 0.45 * k, (np.asarray(wave) + 0.5 * rng.standard_normal(n)) * shape)
    return x


def formant(x: Sound, hertz: float, width: float) -> Sound:
    r = np.exp(-np.pi * width / RATE)
    return lfilter([1 - r], [1, -2 * r * np.cos(2 * np.pi * hertz / RATE), r * r], x)


def talk(rng: Rng, seconds: float, *, shout: bool = False) -> Sound:
    """Syllables of a voice: glottal pulses through three formants, plosives and fricatives between."""
    out = np.zeros(int(seconds * RATE))
    pitch = rng.uniform(90, 260) * (1.5 if shout else 1.0)
    at = 0.0
    while at < seconds - 0.4:
        n = int(rng.uniform(0.08, 0.3) * RATE)
        step = pitch * (1 + 0.1 * rng.standard_normal()) * np.linspace(1.05, 0.9, n)
        phase = np.cumsum(step) / RATE
        pulses = np.diff(np.floor(phase), prepend=0.0)
        tone = pulses + 0.01 * rng.standard_normal(n)
        for f, w in ((rng.uniform(300, 850), 90), (rng.uniform(900, 2300), 120), (rng.uniform(2300, 3300), 180)):
            tone = tone + 3 * formant(tone, f, w)
        t = np.arange(n) / RATE
        tone *= np.minimum(t / rng.uniform(0.005, 0.05), 1) * np.minimum((t[-1] - t) / 0.04, 1)
        put(out, at, tone / (np.abs(tone).max() + 1e-9), rng.uniform(0.4, 1))
        if rng.random() < 0.4:
            put(out, max(0.0, at - 0.03), band(falling(rng, 0.03, 0.006), 600, 5000), rng.uniform(0.05, 0.4))
        if rng.random() < 0.3:
            put(out, at + n / RATE, band(noise(rng, rng.uniform(0.04, 0.14)), 2500, 7000), rng.uniform(0.02, 0.15))
        at += n / RATE + (rng.uniform(0.2, 0.9) if rng.random() < 0.2 else rng.uniform(0.01, 0.08))
    return out


def squelch(rng: Rng) -> Sound:
    """A radio opening or closing: a burst of noise with hard edges."""
    return band(noise(rng, rng.uniform(0.03, 0.25)), 300, 3400) * 0.5


def beep(rng: Rng) -> Sound:
    t = np.arange(int(rng.uniform(0.08, 0.5) * RATE)) / RATE
    return (
        np.sign(np.sin(2 * np.pi * rng.uniform(500, 3200) * t)) * 0.6
        if rng.random() < 0.3
        else np.sin(2 * np.pi * rng.uniform(500, 3200) * t)
    )


def steps(rng: Rng) -> Sound:
    x = np.zeros(int(rng.uniform(1, 4) * RATE))
    pace, at = rng.uniform(0.28, 0.6), 0.0
    while at < len(x) / RATE:
        put(x, at, band(falling(rng, 0.1, rng.uniform(0.005, 0.02)), 80, rng.uniform(600, 3000)), rng.uniform(0.5, 1))
        at += pace * rng.uniform(0.9, 1.1)
    return x


def glass(rng: Rng) -> Sound:
    x = band(falling(rng, 0.8, 0.08), 1500, 7500)
    t = np.arange(int(0.1 * RATE)) / RATE
    for _ in range(25):
        shard = np.sin(2 * np.pi * rng.uniform(2000, 7500) * t) * np.exp(-t / rng.uniform(0.01, 0.06))
        put(x, abs(rng.normal(0, 0.2)), shard, rng.uniform(0.02, 0.2))
    return x


@lru_cache(maxsize=1)
def spoken_lines() -> tuple[Sound, ...]:
    """Synthetic voices of the simulator's radio, telephone and fair lines; the street's are kept for tests."""
    folder = files("plainview.simulator") / "voices"
    facts = json.loads((folder / "voices.json").read_text())["lines"]
    with (folder / "voices.flac").open("rb") as file, av.open(file) as container:
        all_of_it = np.concatenate([f.to_ndarray().reshape(-1) for f in container.decode(audio=0)]) / 32768
    chosen = sorted(name for name in facts if name[0] in "rcdf")
    return tuple(all_of_it[f["start"] : f["start"] + f["samples"]] for f in (facts[name] for name in chosen))


def voice(rng: Rng) -> Sound:
    """Somebody speaks: a synthetic line at another speed, sometimes shouted, or babble of syllables."""
    if rng.random() < 0.3:
        return talk(rng, rng.uniform(1, 4), shout=rng.random() < 0.4)
    lines = spoken_lines()
    line = lines[int(rng.integers(0, len(lines)))]
    speed = rng.uniform(0.85, 1.2)
    line = np.interp(np.arange(0, len(line) - 1, speed), np.arange(len(line)), line)
    if rng.random() < 0.3:  # a shout: high bands up, peaks pressed
        line = np.tanh(6 * (line + 2 * np.diff(line, prepend=0.0)) / np.abs(line).max())
    return line


OTHERS = (clap, door, click, bump, metal, firework, knocks, bark, squelch, beep, steps, glass)


# Where, and through what.


def background(rng: Rng, n: int) -> Sound:
    seconds = n / RATE
    kind = rng.integers(0, 6)
    hiss = noise(rng, seconds)[:n]
    rumble = lfilter([1], [1, -0.97], hiss)
    bed = rumble / rumble.std() + rng.uniform(0, 1) * rng.standard_normal(n)
    t = np.arange(n) / RATE
    if kind == 1:
        phase = 2 * np.pi * np.cumsum(1000 + 450 * np.sin(2 * np.pi * t / rng.uniform(0.4, 5))) / RATE
        bed = 0.4 * bed + 3 * (np.sin(phase) + 0.4 * np.sin(2 * phase))
    elif kind == 2:
        rate = rng.uniform(15, 45)
        bed = 0.5 * bed + 2 * sum(np.sin(2 * np.pi * rate * k * t + k) / k for k in range(1, 14))
    elif kind == 3:
        bed = bed * (1 + 0.8 * np.sin(2 * np.pi * t / rng.uniform(3, 9)))
    elif kind == 4:
        bed = band(rng.standard_normal(n), 300, 6500) + 0.3 * bed
    elif kind == 5:
        beat = np.zeros(n)
        for k in range(int(seconds * 2)):
            put(beat, k / 2, door(rng)[: RATE // 3], 3.0)
            put(beat, k / 2 + 0.25, band(falling(rng, 0.08, 0.02), 3000, 7500), 1.5)
        bed = 0.3 * bed + beat + sum(np.sin(2 * np.pi * f * t) for f in rng.uniform(110, 900, 4))
    return bed / (bed.std() + 1e-9)


def automatic_gain(rng: Rng, x: Sound) -> Sound:
    """A compressor: fast to turn down, slow to come back."""
    hop = 80
    level = np.sqrt(np.add.reduceat(x**2, np.arange(0, len(x), hop)) / hop)
    fast, slow = np.exp(-hop / RATE / rng.uniform(0.001, 0.02)), np.exp(-hop / RATE / rng.uniform(0.2, 1.5))
    held, gains = 0.0, np.empty(len(level))
    target, strength = rng.uniform(0.05, 0.2), rng.uniform(0.5, 0.9)
    for i, v in enumerate(level):
        k = fast if v > held else slow
        held = k * held + (1 - k) * v
        gains[i] = min(1.0, (target / (held + 1e-6)) ** strength)
    return x * np.interp(np.arange(len(x)), np.arange(len(gains)) * hop, gains)


def telephone(x: Sound) -> Sound:
    """Eight-bit mu-law, as a telephone exchange codes each sample."""
    x = np.clip(x, -1, 1)
    code = np.round(np.log1p(255 * np.abs(x)) / np.log(256) * 127) / 127
    return np.sign(x) * np.expm1(code * np.log(256)) / 255


def recorder(rng: Rng, x: Sound) -> NDArray[np.float32]:
    x = x * 10 ** (rng.uniform(-6, 10) / 20)
    if rng.random() < 0.5:
        x = automatic_gain(rng, x)
    x = np.tanh(x) if rng.random() < 0.3 else np.clip(x, -1, 1)
    kind = rng.random()
    if kind < 0.15:
        x = band(x, 300, 3400, 4)
        x = telephone(x)
    elif kind < 0.55:
        x = band(x, rng.uniform(40, 250), None)
    if rng.random() < 0.15:
        x[: int(rng.uniform(1, 6) * RATE)] = 0.0  # the silent beginning of a body camera
    return (x * 10 ** (rng.uniform(-14, 0) / 20)).astype(np.float32)


def times_of_shots(rng: Rng) -> list[float]:
    count = int(rng.integers(1, 9))
    at = float(rng.uniform(6.5, 12))
    found = []
    fast = rng.random() < 0.2
    for _ in range(count):
        found.append(at)
        at += float(rng.uniform(0.08, 0.2) if fast else rng.gamma(3, 0.16) + 0.12)
    return [t for t in found if t < SECONDS - 1.7]


def scene(seed: int) -> Scene:
    rng = np.random.default_rng([20260331, seed])
    n = int(SECONDS * RATE)
    bed = background(rng, n) * 0.01
    loud = 10 ** (rng.uniform(16, 50) / 20) * 0.01
    track, truth = np.zeros(n), []
    if rng.random() < 0.7:
        g = gun(rng)
        for at in times_of_shots(rng):
            sound, ahead = shot(rng, g)
            put(track, at, sound, loud * rng.uniform(0.75, 1.2))
            truth.append(at + ahead)
    for _ in range(int(rng.integers(0, 9))):
        other = OTHERS[int(rng.integers(0, len(OTHERS)))](rng)
        put(track, rng.uniform(0.5, SECONDS - 1), other / np.abs(other).max(), 10 ** (rng.uniform(8, 42) / 20) * 0.01)
    for _ in range(int(rng.integers(0, 5))):
        words = voice(rng)
        if rng.random() < 0.5:
            put(words, rng.uniform(0.005, 0.08), words.copy(), rng.uniform(0.05, 0.4))
        put(track, rng.uniform(0, SECONDS - 4), words / np.abs(words).max(), 10 ** (rng.uniform(8, 40) / 20) * 0.01)
    return Scene(recorder(rng, track + bed), tuple(truth))


def labelled(number: int) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
    s = scene(number)
    found = onsets(s.sound)
    label = np.zeros(len(found.at), np.int64)
    for at in s.shots:
        near = np.flatnonzero((np.abs(found.at - at) < 0.03) & (label == 0))
        if len(near):
            label[near[np.argmin(np.abs(found.at[near] - at))]] = 1
    return found.features, label, len(s.shots)


def gathered(numbers: range) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], list[int]]:
    """Features, labels and scene number of every onset, and how many shots each scene truly has."""
    sets = [labelled(k) for k in numbers]
    where = np.concatenate([np.full(len(s[1]), k) for k, s in zip(numbers, sets, strict=True)])
    return np.concatenate([s[0] for s in sets]), np.concatenate([s[1] for s in sets]), where, [s[2] for s in sets]


def save(model: object, path: Path) -> None:
    """The trees as flat arrays; children are absolute node numbers, a leaf is its own left child."""
    feature, threshold, left, right, value, roots = [], [], [], [], [], []
    for tree in model.estimators_[:, 0]:  # type: ignore[attr-defined]
        t, base = tree.tree_, len(feature)
        roots.append(base)
        for i in range(t.node_count):
            leaf = t.children_left[i] < 0
            feature.append(0 if leaf else t.feature[i])
            threshold.append(np.inf if leaf else t.threshold[i])
            left.append(base + (i if leaf else t.children_left[i]))
            right.append(base + (i if leaf else t.children_right[i]))
            value.append(model.learning_rate * t.value[i, 0, 0])  # type: ignore[attr-defined]
    prior = float(np.log(model.init_.class_prior_[1] / model.init_.class_prior_[0]))  # type: ignore[attr-defined]
    np.savez_compressed(
        path,
        feature=np.array(feature, np.uint8), threshold=np.array(threshold, np.float32),
        left=np.array(left, np.uint16), right=np.array(right, np.uint16), value=np.array(value, np.float32),
        roots=np.array(roots, np.uint16), prior=np.float32(prior), names=np.array(FEATURES),
    )  # fmt: skip


def report(
    p: NDArray[np.float64], y: NDArray[np.int64], where: NDArray[np.int64], truth: list[int], first: int
) -> None:
    total = sum(truth)
    for cut in (0.3, 0.5, 0.7):
        hit = int(((p >= cut) & (y == 1)).sum())
        said = int((p >= cut).sum())
        counts = [int(((p >= cut) & (where == first + k)).sum()) for k in range(len(truth))]
        exact = np.mean([a == b for a, b in zip(counts, truth, strict=True) if b])
        quiet = sum(a for a, b in zip(counts, truth, strict=True) if not b) / max(1, sum(b == 0 for b in truth))
        print(f"cut {cut}: precision {hit / max(1, said):.3f} recall {hit / total:.3f} exact {exact:.2f} "
              f"false a shotless scene {quiet:.2f} (onsets reach {int(y.sum()) / total:.3f})")  # fmt: skip


def main(target: Path, scenes: int, held_out: int) -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    x, y, _, _ = gathered(range(scenes))
    model = GradientBoostingClassifier(
        n_estimators=260, max_depth=5, learning_rate=0.06, subsample=0.5, max_features=20, min_samples_leaf=10,
        random_state=7,
    )  # fmt: skip
    model.fit(x.astype(np.float32), y)
    first = 1_000_000
    tx, ty, where, truth = gathered(range(first, first + held_out))
    report(model.predict_proba(tx.astype(np.float32))[:, 1], ty, where, truth, first)
    order = np.argsort(-model.feature_importances_)[:15]
    print(", ".join(f"{FEATURES[i]} {model.feature_importances_[i]:.3f}" for i in order))
    target.parent.mkdir(parents=True, exist_ok=True)
    save(model, target)
    print(target, target.stat().st_size, "bytes;", len(x), "onsets,", int(y.sum()), "of them shots")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        Path(arguments[0]) if arguments else Path("src/plainview/media/data/shots.npz"),
        int(arguments[1]) if len(arguments) > 1 else 700,
        int(arguments[2]) if len(arguments) > 2 else 150,
    )
