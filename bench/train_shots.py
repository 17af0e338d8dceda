# SPDX-License-Identifier: Apache-2.0
"""Trains the gunshot model on sounds made here, by seed, and on nothing else.

    python -m bench.train_shots src/plainview/media/data/shots.npz

An incident is twenty seconds that one to six recorders hear: in most of them one to twelve shots, then
doors, claps, fireworks, engines, voices. A source is a short pulse or a struck body; what stands
between it and a recorder is a drawn impulse response (direct path, open or blocked; single echoes,
sharp or smeared; a diffuse tail that builds up and dies away; air that takes the high bands), the same for
shots and for everything else, so that no reverberation tells a shot. Then a recorder: its own noise,
band, gain control, clipping, coding. Everything is drawn far wider than streets are. Truth is known
by construction. No recording made by others is used (the voices are the simulator's synthetic
ones), so nobody's licence reaches the model. ``bench/shots.py`` measures on other sound, made by
another program from the geometry of streets.

Two stages: the first sees one onset; the second also sees what the first thinks of its neighbours (a
template, echoes that repeat, an even beat). The second learns from chances which a first stage gave
to incidents it had not seen. Needs scikit-learn, which running plainview does not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from plainview.media.impulses import CONTEXT, FEATURES, Onsets, context, onsets

FINE = 32_000
"""Hertz at which sources and paths are made, so that a blast of a fifth of a millisecond has a shape."""
RATE = 16_000
SECONDS = 20.0
Sound = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True)
class Recording:
    """What a recorder heard, and when each shot's crack and blast reached it (seconds; equal without a crack)."""

    sound: NDArray[np.float32]
    shots: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Incident:
    """``fired``: seconds of each shot; a recorder's arrivals are later by one constant delay each."""

    fired: tuple[float, ...]
    heard: tuple[Recording, ...]


def log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(low * (high / low) ** rng.random())


def level(rng: Rng, low_db: float, high_db: float) -> float:
    """An amplitude drawn evenly in dB."""
    return float(10 ** (rng.uniform(low_db, high_db) / 20))


def band(x: Sound, low: float | None, high: float | None, order: int = 2, rate: int = RATE) -> Sound:
    top = 0.49 * rate
    if low and high and high < top:
        return sosfilt(butter(order, [low, high], "band", fs=rate, output="sos"), x)
    if low:
        return sosfilt(butter(order, low, "high", fs=rate, output="sos"), x)
    return sosfilt(butter(order, high, "low", fs=rate, output="sos"), x) if high and high < top else x


def put(track: Sound, at: float, sound: Sound, gain: float = 1.0, rate: int = RATE) -> None:
    first = int(at * rate)
    sound = sound[max(0, -first) : max(0, len(track) - first)]
    first = max(0, first)
    track[first : first + len(sound)] += gain * sound


def falling(rng: Rng, seconds: float, tau: float, rate: int = FINE) -> Sound:
    n = int(seconds * rate)
    return rng.standard_normal(n) * np.exp(-np.arange(n) / rate / tau)


def unit(x: Sound) -> Sound:
    return x / (np.abs(x).max() + 1e-12)


# What stands between a source and a recorder.


@dataclass(frozen=True)
class Surroundings:
    """One place: how many single echoes, how far they lie, and how long its diffuse tail lasts."""

    echoes: float
    spread_s: float
    decay_s: float
    tail_db: float


def surroundings(rng: Rng) -> Surroundings:
    """Open ground, a street, a yard, a room, a car."""
    return Surroundings(
        echoes=float(rng.choice([0.5, 3, 8])),
        spread_s=log_uniform(rng, 0.006, 0.3),
        decay_s=log_uniform(rng, 0.012, 0.35),
        tail_db=float(rng.uniform(-24, 12)),
    )


def way(rng: Rng, where: Surroundings, *, near: bool = False) -> Sound:
    """An impulse response at ``FINE``, the direct sound at its beginning with gain 1 before blocking."""
    n = int(1.3 * FINE)
    blocked = rng.random() < (0.1 if near else 0.25)
    out = np.zeros(n)
    direct = np.zeros(512)
    direct[0] = 1.0
    if blocked:
        direct = band(direct, None, log_uniform(rng, 500, 6000), 1, FINE) * level(rng, -12, 0) * 2
    put(out, 0.0, direct, rate=FINE)
    if rng.random() < 0.8:  # the ground, or the wearer's own body
        put(out, log_uniform(rng, 0.0001, 0.012), direct, -rng.uniform(-0.4, 0.9), FINE)
    for _ in range(int(rng.poisson(where.echoes))):
        put(out, 0.001 + rng.exponential(where.spread_s), _echo(rng), level(rng, -26, -1), FINE)
    t = np.arange(n) / FINE
    shape = (1 - np.exp(-t / log_uniform(rng, 0.0005, 0.04))) * np.exp(-t / (where.decay_s * rng.uniform(0.7, 1.4)))
    if rng.random() < 0.3:  # a second, longer decay: a far wall, a wood, the next street
        shape += level(rng, -30, -10) * np.exp(-t / log_uniform(rng, 0.15, 0.7))
    tail = band(rng.standard_normal(n) * shape, rng.uniform(40, 250), log_uniform(rng, 700, 9000), 1, FINE)
    energy = level(rng, where.tail_db - 6, where.tail_db + 6) * (0.3 if near else 1.0)
    out += tail / (np.sqrt((tail**2).sum()) + 1e-12) * energy
    return band(out, None, log_uniform(rng, 3000 if near else 1000, 15_000), int(rng.integers(1, 3)), FINE)


def _echo(rng: Rng) -> Sound:
    """One reflection: a flat wall's click, or the smear of a hedge, a row of cars, a balcony."""
    echo = np.zeros(1024)
    echo[0] = rng.choice([-1.0, 1.0, 1.0])
    if rng.random() < 0.5:
        echo = falling(rng, 0.032, log_uniform(rng, 0.0004, 0.008))
        echo /= np.sqrt((echo**2).sum())
    return band(echo, None, log_uniform(rng, 700, 12_000), 1, FINE)


def through(source: Sound, path: Sound) -> Sound:
    """The source heard over a path, at ``RATE``."""
    return resample_poly(fftconvolve(source, path), RATE, FINE)


# What is a shot.


@dataclass(frozen=True)
class Gun:
    """What stays the same from shot to shot of one weapon fired from one place."""

    blast_s: float
    steep: float
    rough_s: float
    rough: float
    thump_hertz: float
    thump: float
    bullet: bool


def gun(rng: Rng) -> Gun:
    return Gun(
        blast_s=log_uniform(rng, 0.00018, 0.003),
        steep=float(rng.uniform(0.7, 2.5)),
        rough_s=log_uniform(rng, 0.0008, 0.035),
        rough=level(rng, -38, -2),
        thump_hertz=float(rng.uniform(45, 200)),
        thump=level(rng, -24, -4) if rng.random() < 0.3 else 0.0,
        bullet=bool(rng.random() < 0.3),
    )


def report(rng: Rng, g: Gun) -> Sound:
    """The muzzle's blast and the gas after it; the gas is never twice the same."""
    t = np.arange(int(0.09 * FINE)) / FINE
    phase = g.blast_s * rng.uniform(0.95, 1.05)
    blast = (1 - t / phase) * np.exp(-g.steep * t / phase)
    rough = g.rough * rng.standard_normal(len(t)) * np.exp(-t / g.rough_s)
    return blast + rough + g.thump * np.sin(2 * np.pi * g.thump_hertz * t) * np.exp(-t / 0.04)


def crack(rng: Rng) -> Sound:
    """A passing bullet's N-wave."""
    wave = np.linspace(1, -1, int(rng.uniform(0.00018, 0.0006) * FINE) + 2)
    out = np.zeros(int(0.03 * FINE))
    put(out, 0.0005, wave, rate=FINE)
    put(out, 0.0015, falling(rng, 0.02, 0.003), level(rng, -34, -14), FINE)
    return out


def times_of_shots(rng: Rng) -> tuple[float, ...]:
    """Aimed fire, quick fire, pairs, or full automatic with an even beat."""
    count, at, pace = int(rng.integers(1, 9)), float(rng.uniform(2.5, 11)), rng.random()
    even = log_uniform(rng, 0.058, 0.3)
    if pace < 0.25:
        count = int(rng.integers(3, 13))
    found = []
    for k in range(count):
        found.append(at)
        if pace < 0.25:
            at += even * float(rng.uniform(0.96, 1.04))
        elif pace < 0.4:
            at += float(rng.uniform(0.09, 0.4))
        elif pace < 0.5:
            at += even if k % 2 == 0 else float(rng.uniform(0.5, 1.6))
        else:
            at += float(rng.gamma(2, 0.3) + 0.14)
    return tuple(t for t in found if t < SECONDS - 1.7)


# What is not. Sources at FINE; whatever is near a recorder has a near path.


def struck(rng: Rng, low: float, high: float, count: int, ring: tuple[float, float], contact_s: float) -> Sound:
    """A body with some resonances, struck for ``contact_s``."""
    n = int(0.9 * FINE)
    t = np.arange(n) / FINE
    x = np.zeros(n)
    for _ in range(count):
        hertz = log_uniform(rng, low, high)
        mode = level(rng, -14, 0) * np.sin(2 * np.pi * hertz * t + rng.uniform(0, 6))
        x += mode * np.exp(-t / log_uniform(rng, *ring))
    width = max(2, int(contact_s * FINE))
    return unit(fftconvolve(x, np.hanning(width + 2)[1:-1])[:n])


def clap(rng: Rng) -> Sound:
    """Hands, once or applauding."""
    out = np.zeros(int(rng.choice([0.3, 3.0]) * FINE))
    at, low = 0.01, rng.uniform(300, 1300)
    while at < len(out) / FINE - 0.08:
        hit = band(falling(rng, 0.12, log_uniform(rng, 0.0008, 0.012)), low, low * rng.uniform(1.8, 8), 2, FINE)
        put(out, at, unit(hit), level(rng, -8, 0), FINE)
        at += rng.uniform(0.15, 0.6)
    return out


def door(rng: Rng) -> Sound:
    """A leaf meets its frame, latch and glass before or after; a car's, a house's, a container's."""
    out = np.zeros(int(1.3 * FINE))
    put(out, 0.02, struck(rng, 40, 1000, 12, (0.015, 0.15), log_uniform(rng, 0.0008, 0.012)), 1.0, FINE)
    for _ in range(int(rng.integers(0, 4))):
        part = struck(rng, 400, 7000, 8, (0.003, 0.04), log_uniform(rng, 0.0001, 0.001))
        put(out, 0.02 + rng.uniform(-0.02, 0.25), part, level(rng, -28, -2), FINE)
    thud = band(falling(rng, 0.3, log_uniform(rng, 0.004, 0.05)), 60, log_uniform(rng, 300, 4000), 1, FINE)
    put(out, 0.02, unit(thud), level(rng, -20, 0), FINE)
    return out


def click(rng: Rng) -> Sound:
    return unit(band(falling(rng, 0.03, log_uniform(rng, 0.0002, 0.004)), rng.uniform(200, 3000), None, 1, FINE))


def bump(rng: Rng) -> Sound:
    """The recorder itself touched, dropped or rubbed."""
    out = np.zeros(int(0.8 * FINE))
    hit = band(falling(rng, 0.4, log_uniform(rng, 0.004, 0.07)), None, log_uniform(rng, 80, 1200), 2, FINE)
    put(out, 0.02, unit(hit), rng.uniform(1, 5), FINE)
    put(out, 0.02, click(rng), level(rng, -30, -3), FINE)
    rub = band(rng.standard_normal(int(0.5 * FINE)), 200, 4000, 1, FINE) * np.hanning(int(0.5 * FINE))
    put(out, rng.uniform(0.0, 0.2), unit(rub), level(rng, -40, -8), FINE)
    return np.clip(out, -1, 1)


def metal(rng: Rng) -> Sound:
    """Something hard falls and bounces: a case, keys, a magazine."""
    return bounced(rng, struck(rng, 700, 9000, 9, (0.015, 0.25), log_uniform(rng, 0.0001, 0.0005)))


def thing(rng: Rng) -> Sound:
    """Something dull falls and bounces: wood, plastic, a box."""
    return bounced(rng, struck(rng, 80, 3000, 10, (0.003, 0.04), log_uniform(rng, 0.0003, 0.004)))


def bounced(rng: Rng, one: Sound) -> Sound:
    out = np.zeros(int(2.2 * FINE))
    at, gap, gain = 0.02, rng.uniform(0.06, 0.45), 1.0
    while at < 2.0 and gain > 0.03:
        put(out, at, one, gain, FINE)
        at, gap, gain = at + gap, gap * rng.uniform(0.5, 0.85), gain * rng.uniform(0.3, 0.85)
    return out


def knocks(rng: Rng) -> Sound:
    """A fist on a door, a hammer, a nail driven in, a tool that beats by itself: one body, struck anew."""
    out = np.zeros(int(rng.uniform(0.6, 3) * FINE))
    period, uneven = log_uniform(rng, 0.045, 0.6), rng.choice([0.02, 0.08, 0.3])
    contact_s, ring = log_uniform(rng, 0.0002, 0.006), (0.003, log_uniform(rng, 0.01, 0.08))
    one = struck(rng, log_uniform(rng, 60, 200), log_uniform(rng, 700, 6000), int(rng.integers(4, 16)), ring, contact_s)
    slap = unit(band(falling(rng, 0.05, log_uniform(rng, 0.0005, 0.008)), 150, log_uniform(rng, 800, 8000), 1, FINE))
    put(one, 0.0, slap, level(rng, -30, 0) * int(rng.random() < 0.5), FINE)
    softest = rng.uniform(0.25, 0.9)
    at = 0.02
    while at < len(out) / FINE - 0.1:
        put(out, at, one, rng.uniform(softest, 1.0), FINE)
        at += period * rng.uniform(1 - uneven, 1 + uneven)
    return out


def board(rng: Rng) -> Sound:
    """Something flat falls on its face or is thrown down, once or in a heap: a slap of air and a few dull modes."""
    out = np.zeros(int(1.2 * FINE))
    for _ in range(int(rng.integers(1, 4))):
        at, gain = 0.02 + abs(rng.normal(0, 0.2)), level(rng, -10, 0)
        slap = band(falling(rng, 0.2, log_uniform(rng, 0.001, 0.02)), 80, log_uniform(rng, 600, 6000), 1, FINE)
        put(out, at, unit(slap), gain, FINE)
        body = struck(rng, 50, 900, 8, (0.01, 0.06), log_uniform(rng, 0.0005, 0.004))
        put(out, at, body, gain * level(rng, -12, 3), FINE)
    return out


def burst(rng: Rng, phase: tuple[float, float]) -> Sound:
    """A charge in paper: a pulse softer than a muzzle's, sparks and gas after it."""
    t = np.arange(int(0.12 * FINE)) / FINE
    width = log_uniform(rng, *phase)
    pulse = (1 - t / width) * np.exp(-rng.uniform(0.8, 2) * t / width)
    return pulse + level(rng, -30, -4) * rng.standard_normal(len(t)) * np.exp(-t / log_uniform(rng, 0.002, 0.03))


def firework(rng: Rng) -> Sound:
    """A shell far above: lift or whistle, a burst that arrives dull, often a crackle of stars."""
    out = np.zeros(int(4.0 * FINE))
    t = np.arange(int(1.1 * FINE)) / FINE
    if rng.random() < 0.5:
        sweep = np.sin(2 * np.pi * (rng.uniform(1200, 2800) + rng.uniform(-700, 700) * t) * t)
        put(out, 0.05, sweep * np.hanning(len(t)), level(rng, -34, -10), FINE)
    else:
        put(out, 0.05, band(burst(rng, (0.002, 0.008)), None, 300, 2, FINE), level(rng, -14, 0), FINE)
    boom = band(burst(rng, (0.0006, 0.006)), None, log_uniform(rng, 300, 4000), 1, FINE)
    put(out, 1.2, unit(boom), 1.0, FINE)
    rumble = band(falling(rng, 1.4, log_uniform(rng, 0.05, 0.5)), None, log_uniform(rng, 250, 1800), 1, FINE)
    put(out, 1.2, unit(rumble), level(rng, -24, 2), FINE)
    for _ in range(int(rng.integers(0, 90)) * int(rng.random() < 0.6)):
        put(out, 1.3 + abs(rng.normal(0.5, 0.4)), click(rng), level(rng, -34, -4), FINE)
    return out


def crackers(rng: Rng) -> Sound:
    """A string of firecrackers: sharp reports at random, many closer together than any weapon's."""
    out = np.zeros(int(rng.uniform(0.5, 4.0) * FINE))
    at, gap = 0.05, log_uniform(rng, 0.012, 0.2)
    while at < len(out) / FINE - 0.2:
        put(out, at, burst(rng, (0.00012, 0.0006)), level(rng, -12, 0), FINE)
        at += rng.exponential(gap) + 0.006
    return out


def exhaust(rng: Rng) -> Sound:
    """A misfiring engine: low pulses with a soft edge, a pipe's ringing, the engine's own beat."""
    out = np.zeros(int(2.5 * FINE))
    t = np.arange(len(out)) / FINE
    beat = rng.uniform(12, 45)
    out += level(rng, -40, -12) * np.asarray(sum(np.sin(2 * np.pi * beat * k * t + k * k) / k for k in range(1, 14)))
    for _ in range(int(rng.integers(1, 5))):
        pulse = band(burst(rng, (0.001, 0.008)), None, log_uniform(rng, 200, 1500), 1, FINE)
        pipe = struck(rng, 60, 1000, 6, (0.015, 0.1), 0.002)
        put(out, at := rng.uniform(0.2, 2.0), unit(pulse), level(rng, -10, 0), FINE)
        put(out, at, pipe, level(rng, -24, -4), FINE)
    return out


def bark(rng: Rng) -> Sound:
    out = np.zeros(int(1.6 * FINE))
    pitch = log_uniform(rng, 220, 900)
    for k in range(int(rng.integers(1, 4))):
        n = int(rng.uniform(0.07, 0.22) * FINE)
        t = np.arange(n) / FINE
        wave = sum(np.sin(2 * np.pi * pitch * h * t * (1 + 0.5 * t)) / h for h in range(1, 12))
        shape = np.minimum(t / log_uniform(rng, 0.002, 0.03), 1) * np.exp(-t / 0.08)
        put(out, 0.02 + 0.45 * k, (np.asarray(wave) + rng.uniform(0.1, 1) * rng.standard_normal(n)) * shape, 1.0, FINE)
    return out


def squelch(rng: Rng) -> Sound:
    """A radio opening or closing: a burst of noise with hard edges."""
    return unit(band(rng.standard_normal(int(rng.uniform(0.03, 0.3) * FINE)), 300, 3400, 3, FINE))


def beep(rng: Rng) -> Sound:
    t = np.arange(int(rng.uniform(0.08, 0.6) * FINE)) / FINE
    tone = np.sin(2 * np.pi * rng.uniform(400, 3500) * t)
    return np.sign(tone) * 0.6 if rng.random() < 0.3 else tone


def steps(rng: Rng) -> Sound:
    out = np.zeros(int(rng.uniform(1, 4) * FINE))
    pace, at = rng.uniform(0.25, 0.6), 0.02
    while at < len(out) / FINE - 0.2:
        foot = band(falling(rng, 0.1, log_uniform(rng, 0.002, 0.02)), 80, log_uniform(rng, 500, 4000), 1, FINE)
        put(out, at, unit(foot), rng.uniform(0.5, 1), FINE)
        at += pace * rng.uniform(0.9, 1.1)
    return out


def glass(rng: Rng) -> Sound:
    out = unit(band(falling(rng, 0.9, 0.08), 1500, None, 2, FINE)) * level(rng, -12, 0)
    for _ in range(20):
        put(out, abs(rng.normal(0, 0.2)), struck(rng, 2000, 9000, 3, (0.01, 0.06), 0.0002), level(rng, -14, 0), FINE)
    return out


def gust(rng: Rng) -> Sound:
    """Wind or a hand drives the microphone into its stops."""
    n = int(rng.uniform(0.2, 1.5) * FINE)
    x = unit(band(rng.standard_normal(n), None, log_uniform(rng, 40, 500), 2, FINE) * np.hanning(n))
    return np.clip(x * rng.uniform(1, 10), -1, 1)


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
    """Somebody speaks: a synthetic line at another speed, sometimes shouted until it clips."""
    lines = spoken_lines()
    line = lines[int(rng.integers(0, len(lines)))]
    step = RATE / FINE * rng.uniform(0.85, 1.25)
    line = unit(np.interp(np.arange(0, len(line) - 1, step), np.arange(len(line)), line))
    if rng.random() < 0.4:
        line = line + rng.uniform(0, 3) * np.diff(line, prepend=0.0)
        line = np.clip(unit(line) * rng.uniform(1.5, 12), -1, 1)
    return line


OTHERS = (
    knocks, knocks, knocks, clap, clap, door, door, firework, firework, board, bump, metal, thing, crackers, exhaust,
    bark, click, squelch, beep, steps, glass, gust, voice, voice, voice,
)  # fmt: skip
"""What is taken for shots most easily, a row of blows above all, comes most often."""


# What a recorder adds.


def background(rng: Rng, n: int) -> Sound:
    """Noise of unit RMS: a bed falling with frequency, and often a siren, an engine, rain, wind, people, music."""
    t = np.arange(n) / RATE
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hertz = np.maximum(np.fft.rfftfreq(n, 1 / RATE), rng.uniform(15, 120))
    bed = np.fft.irfft(spectrum * hertz ** -rng.uniform(0.0, 1.1), n)
    bed /= bed.std()
    kind = rng.integers(0, 8)
    if kind == 0:
        phase = 2 * np.pi * np.cumsum(1000 + 450 * np.sin(2 * np.pi * t / log_uniform(rng, 0.3, 5))) / RATE
        bed += rng.uniform(0.5, 4) * (np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase))
    elif kind == 1:
        rate = rng.uniform(15, 60)
        bed += rng.uniform(0.5, 3) * np.asarray(sum(np.sin(2 * np.pi * rate * k * t + k) / k for k in range(1, 14)))
    elif kind == 2:
        bed *= 1 + 0.9 * np.sin(2 * np.pi * t / rng.uniform(3, 19))
    elif kind == 3:  # drops
        drops = (rng.random(n) < rng.uniform(0.0002, 0.004)) * rng.standard_normal(n)
        bed = 0.5 * bed + level(rng, 6, 24) * band(drops, 500, rng.uniform(2000, 7000))
    elif kind == 4:
        slow = np.abs(np.interp(t, np.arange(0, SECONDS + 1, 0.5), rng.standard_normal(int(2 * SECONDS) + 2)))
        wind = band(rng.standard_normal(n), None, rng.uniform(80, 300))
        bed += rng.uniform(1, 8) * slow * wind / wind.std()
    elif kind == 5:
        for _ in range(int(rng.integers(3, 25))):
            put(bed, rng.uniform(0, SECONDS), resample_poly(voice(rng), RATE, FINE), rng.uniform(0.5, 3))
    elif kind == 6:
        beat = np.zeros(n)
        period = rng.uniform(0.35, 0.6)
        drum, hat = resample_poly(door(rng)[: FINE // 3], RATE, FINE), band(falling(rng, 0.08, 0.02, RATE), 3000, None)
        for k in range(int(SECONDS / period)):
            put(beat, k * period, unit(drum), 3.0)
            put(beat, (k + 0.5) * period, unit(hat), 1.5)
        bed = 0.5 * bed + level(rng, -12, 6) * (beat + sum(np.sin(2 * np.pi * f * t) for f in rng.uniform(110, 900, 4)))
    return bed / (bed.std() + 1e-9)


def automatic_gain(rng: Rng, x: Sound) -> Sound:
    """A compressor: fast to turn down, slow to come back."""
    hop = 32
    level_now = np.sqrt(np.add.reduceat(x**2, np.arange(0, len(x), hop)) / hop)
    fast = float(np.exp(-hop / RATE / log_uniform(rng, 0.0005, 0.03)))
    slow = float(np.exp(-hop / RATE / log_uniform(rng, 0.1, 2.0)))
    target = float(np.median(level_now)) * level(rng, -3, 24)
    strength, most = rng.uniform(0.3, 0.95), level(rng, 0, 12)
    held, gains = target, np.empty(len(level_now))
    for i, v in enumerate(level_now.tolist()):
        k = fast if v > held else slow
        held = k * held + (1 - k) * v
        gains[i] = min(most, (target / (held + 1e-9)) ** strength)
    return x * np.interp(np.arange(len(x)), np.arange(len(gains)) * hop, gains)


def telephone(x: Sound) -> Sound:
    """Eight-bit mu-law at 8 kHz, as a telephone exchange codes each sample."""
    x = np.clip(resample_poly(band(x, 250, 3500, 3), 1, 2), -1, 1)
    code = np.round(np.log1p(255 * np.abs(x)) / np.log(256) * 127) / 127
    return resample_poly(np.sign(x) * np.expm1(code * np.log(256)) / 255, 2, 1)


def recorder(rng: Rng, x: Sound, noise: float) -> NDArray[np.float32]:
    """Full scale stands 14 to 55 dB above the noise: what is louder is clipped, softly or hard."""
    x = x / (noise * level(rng, 14, 55))
    if rng.random() < 0.5:
        x = automatic_gain(rng, x)
    x = np.tanh(x) if rng.random() < 0.3 else np.clip(x, -1, 1)
    kind = rng.random()
    if kind < 0.12:
        x = telephone(x)
    elif kind < 0.7:
        x = band(x, log_uniform(rng, 25, 350), log_uniform(rng, 3200, 16_000), int(rng.integers(1, 4)))
    if rng.random() < 0.08:
        x[: int(rng.uniform(1, 2.4) * RATE)] = 0.0  # the silent beginning of a body camera
    x = (x * level(rng, -14, 0)).astype(np.float32)
    return coded(x, "aac" if rng.random() < 0.6 else "libmp3lame") if rng.random() < 0.3 else x


def coded(x: NDArray[np.float32], codec: str) -> NDArray[np.float32]:
    """Through a lossy coder at 32 kbit/s and back, its delay taken away."""
    held = BytesIO()
    with av.open(held, "w", format="adts" if codec == "aac" else "mp3") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.layout = "mono"
        stream.bit_rate = 32_000
        if codec == "aac":
            stream.options = {"aac_coder": "fast"}
        fifo = av.AudioFifo()
        frame = av.AudioFrame.from_ndarray(np.clip(x, -1, 1)[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        fifo.write(frame)
        while (piece := fifo.read(stream.codec_context.frame_size or 1024, partial=True)) is not None:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    held.seek(0)
    with av.open(held) as container:
        back = np.concatenate([f.to_ndarray().mean(axis=0) for f in container.decode(audio=0)]).astype(np.float32)
    middle, size = len(x) // 2, 1 << 17
    part = back[middle : middle + 60_000], x[middle : middle + 60_000]
    lags = np.fft.irfft(np.fft.rfft(part[0], size) * np.conj(np.fft.rfft(part[1], size)), size)[:4000]
    late = int(np.argmax(lags))
    return np.pad(back[late : late + len(x)], (0, max(0, len(x) - len(back) + late)))


def incident(seed: int) -> Incident:
    """One incident; the shots' peak stands 10 to 55 dB above each recorder's own noise (RMS)."""
    rng = np.random.default_rng([20260331, seed])
    count = int(rng.choice([1, 2, 3, 4, 5, 6], p=[0.3, 0.14, 0.2, 0.16, 0.12, 0.08]))
    where, weapon = surroundings(rng), gun(rng)
    fired = times_of_shots(rng) if rng.random() < 0.75 else ()
    strength = [level(rng, -1.5, 1.5) for _ in fired]
    busy = rng.choice([0.7, 2.5, 6.0], p=[0.4, 0.4, 0.2])
    common = [_other(rng) for _ in range(int(rng.poisson(busy)))]
    reports = [report(rng, weapon) for _ in fired]
    heard = [_heard(rng, where, weapon, fired, reports, strength, common, busy) for _ in range(count)]
    return Incident(fired, tuple(heard))


def _other(rng: Rng) -> tuple[float, Sound, float]:
    """When, what, and dB of its peak above a recorder's noise."""
    kind = OTHERS[int(rng.integers(0, len(OTHERS)))]
    return float(rng.uniform(0.3, SECONDS - 1)), unit(kind(rng)), float(rng.uniform(6, 48))


def _heard(
    rng: Rng, where: Surroundings, weapon: Gun, fired: Sequence[float], reports: Sequence[Sound],
    strength: Sequence[float], common: Sequence[tuple[float, Sound, float]], busy: float,
) -> Recording:  # fmt: skip
    track = np.zeros(int(SECONDS * RATE))
    late = float(rng.exponential(0.12))
    path, bullet = way(rng, where), way(rng, where)
    ahead = min(late, log_uniform(rng, 0.0015, 0.15)) if weapon.bullet and rng.random() < 0.6 else 0.0
    louder, shots = level(rng, -14, 12), []
    for at, source, gain in zip(fired, reports, strength, strict=True):
        sound = through(source * gain, path)
        put(track, at + late, sound)
        if ahead:
            put(track, at + late - ahead, through(crack(rng), bullet), louder)
        shots.append((int((at + late - ahead) * RATE) / RATE, int((at + late) * RATE) / RATE))
    noise = (np.abs(track).max() if fired else 1.0) / level(rng, 10, 55)
    track += noise * background(rng, len(track))
    for at, sound, up in common:
        told = through(sound, way(rng, where))
        put(track, at + rng.exponential(0.1), unit(told), noise * 10 ** ((up - rng.uniform(0, 14)) / 20))
    for at, sound, up in (_other(rng) for _ in range(int(rng.poisson(busy / 2)))):
        told = through(sound, way(rng, where, near=True))
        put(track, at, unit(told), noise * 10 ** (up / 20))
    return Recording(recorder(rng, track, noise), tuple(shots))


# What is learned from it.


LEFT_OUT = -1
"""Label of an onset that neither teaches nor counts: another arrival of a shot, within 50 ms of the labelled one."""


def labels(
    at: NDArray[np.float64], shots: Sequence[tuple[float, float]], peaks: NDArray[np.float64]
) -> NDArray[np.int64]:
    """1 for the onset that is each shot (of all that belong to its arrivals the strongest), 0 for other sounds.

    A weaker crack or blast more than 50 ms away stays 0: it has to be told from a second shot.
    """
    label = np.zeros(len(at), np.int64)
    for crack_at, blast_at in shots:
        near = np.zeros(len(at), bool)
        for reach in (0.012, 0.035):  # a blocked path's loudest sound comes after its first
            near = ((np.abs(at - crack_at - 0.003) < reach) | (np.abs(at - blast_at - 0.003) < reach)) & (label != 1)
            if near.any():
                break
        where = np.flatnonzero(near)
        if len(where):
            best = where[np.argmax(peaks[where])]
            close = (np.abs(at - at[best]) < 0.05) & (label == 0) & near
            label[close] = LEFT_OUT
            label[best] = 1
    return label


@dataclass(frozen=True)
class Sample:
    """One recording's onsets, labels, its shots' arrivals, its incident's number and how many shots that has."""

    found: Onsets
    label: NDArray[np.int64]
    arrivals: tuple[tuple[float, float], ...]
    incident: int
    fired: tuple[float, ...]


def sampled(number: int) -> list[Sample]:
    told = incident(number)
    samples = []
    for heard in told.heard:
        found = onsets(heard.sound)
        samples.append(Sample(found, labels(found.at, heard.shots, found.peaks), heard.shots, number, told.fired))
    return samples


def grown(x: NDArray[np.float64], y: NDArray[np.int64], *, trees: int, seed: int):  # type: ignore[no-untyped-def]
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=0.06, max_leaf_nodes=24, min_samples_leaf=25, l2_regularization=2.0,
        max_features=0.3, early_stopping=False, random_state=seed,
    )  # fmt: skip
    keep = y != LEFT_OUT
    return model.fit(x[keep].astype(np.float32), y[keep])


def chance(model, x: NDArray[np.float64]) -> NDArray[np.float64]:  # type: ignore[no-untyped-def]
    if not len(x):
        return np.zeros(0)
    return np.asarray(model.predict_proba(x.astype(np.float32))[:, 1])


def flat(model) -> dict[str, NDArray[np.generic]]:  # type: ignore[no-untyped-def]
    """The trees as flat arrays; children are absolute node numbers, a leaf is its own left and right child."""
    feature, threshold, left, right, value, roots = [], [], [], [], [], []
    for (tree,) in model._predictors:
        base = len(feature)
        roots.append(base)
        for i, node in enumerate(tree.nodes):
            leaf = bool(node["is_leaf"])
            feature.append(0 if leaf else int(node["feature_idx"]))
            threshold.append(np.inf if leaf else float(node["num_threshold"]))
            left.append(base + (i if leaf else int(node["left"])))
            right.append(base + (i if leaf else int(node["right"])))
            value.append(float(node["value"]) if leaf else 0.0)
    return {
        "feature": np.array(feature, np.uint8), "threshold": np.array(threshold, np.float32),
        "left": np.array(left, np.uint16), "right": np.array(right, np.uint16),
        "value": np.array(value, np.float32), "roots": np.array(roots, np.uint16),
        "prior": np.float32(model._baseline_prediction[0, 0]),
    }  # fmt: skip


TREES = (120, 240)
"""Of the first and the second stage."""

WORTH = 0.003
"""First chance below which an onset teaches the second stage nothing more."""

ALONE = len(FEATURES)
"""The column of the first chance in what the second stage sees."""


def stacked(samples: Sequence[Sample]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    return np.concatenate([s.found.features for s in samples]), np.concatenate([s.label for s in samples])


def beside(one, sample: Sample) -> NDArray[np.float64]:  # type: ignore[no-untyped-def]
    """What the second stage sees of a recording."""
    return np.hstack([sample.found.features, context(sample.found, chance(one, sample.found.features))])


def both_stages(samples: Sequence[Sample]):  # type: ignore[no-untyped-def]
    """The second stage learns from what a first stage said of incidents that it had not seen."""
    halves = [s for s in samples if s.incident % 2], [s for s in samples if not s.incident % 2]
    rows, answers = [], []
    for learn, judge in (halves, halves[::-1]):
        model = grown(*stacked(learn), trees=TREES[0], seed=1)
        for sample in judge:
            row = beside(model, sample)
            worth = row[:, ALONE] >= WORTH
            rows.append(row[worth])
            answers.append(sample.label[worth])
    one = grown(*stacked(samples), trees=TREES[0], seed=2)
    return one, grown(np.concatenate(rows), np.concatenate(answers), trees=TREES[1], seed=3)


def said(samples: Sequence[Sample], chances: Sequence[NDArray[np.float64]]) -> str:
    """Precision, recall, exact counts and calibration on incidents that no stage has seen."""
    total, lines = sum(len(s.arrivals) for s in samples), []
    for cut in (0.3, 0.5, 0.7):
        hit = sum(int(((p >= cut) & (s.label == 1)).sum()) for s, p in zip(samples, chances, strict=True))
        counts = [int((p >= cut).sum()) for p in chances]
        exact = np.mean([a == len(s.arrivals) for a, s in zip(counts, samples, strict=True) if s.arrivals])
        quiet = np.mean([a for a, s in zip(counts, samples, strict=True) if not s.arrivals])
        lines.append(
            f"cut {cut}: precision {hit / max(1, sum(counts)):.3f} recall {hit / total:.3f} exact {exact:.2f} "
            f"false a shotless recording {quiet:.2f}"
        )
    p, y = np.concatenate(chances), np.concatenate([s.label for s in samples])
    for low, high in ((0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        here = (p >= low) & (p < high) & (y >= 0)
        lines.append(f"said {low} to {high}: {here.sum()} onsets, {np.mean(y[here]) if here.any() else 0:.2f} shots")
    return "\n".join(lines)


def main(target: Path, incidents: int, held_out: int) -> None:
    first = 1_000_000
    with ProcessPoolExecutor(2) as pool:
        told = list(pool.map(sampled, [*range(incidents), *range(first, first + held_out)], chunksize=6))
    heard = [s for samples in told for s in samples if len(s.found.at)]
    known, fresh = [s for s in heard if s.incident < first], [s for s in heard if s.incident >= first]
    one, two = both_stages(known)
    x, y = stacked(known)
    print(len(known), "recordings,", len(x), "onsets,", int((y == 1).sum()), "of them shots")
    if fresh:
        print(said(fresh, [chance(two, beside(one, s)) for s in fresh]))
    save(target, one, two)


def save(target: Path, one, two) -> None:  # type: ignore[no-untyped-def]
    """Both stages in one file, and its digest on the screen."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stages = {
        f"{stage}_{name}": array for stage, model in (("one", one), ("two", two)) for name, array in flat(model).items()
    }
    np.savez_compressed(target, one_names=np.array(FEATURES), two_names=np.array(CONTEXT), **stages)
    print(target, target.stat().st_size, "bytes, sha256", hashlib.sha256(target.read_bytes()).hexdigest())


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        Path(arguments[0]) if arguments else Path("src/plainview/media/data/shots.npz"),
        int(arguments[1]) if len(arguments) > 1 else 2400,
        int(arguments[2]) if len(arguments) > 2 else 60,
    )
