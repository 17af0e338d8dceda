# SPDX-License-Identifier: Apache-2.0
"""Street scenes with shots whose truth is known, made from outdoor acoustics; no part of training uses it.

A scene has a gun, recorders and house fronts on a plan in metres. What each recorder hears follows
from geometry: a Friedlander muzzle blast with the gun's directivity, the bullet's N-wave where the
recorder lies inside its Mach cone (Maher 2006), ground and facade reflections by image sources,
scattering, absorption by air (ISO 9613, fitted), then a device: automatic gain, clipping, band,
codec. Other sudden sounds are made from contact mechanics and resonances: doors, fireworks,
backfires, claps, dropped things, keyboards, clipped voices.

The model's own training sounds (``train_shots.py``) and the demonstration's simulator are different
programs; this one imports neither. Every number is drawn from the seed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

FS = 48_000
SPEED = 343.0
Wave = NDArray[np.float64]
Rng = np.random.Generator
Point = tuple[float, float]


@dataclass(frozen=True)
class Shot:
    """One shot as one recorder hears it: seconds at which its crack and its blast arrive."""

    arrivals: tuple[float, ...]


@dataclass
class Heard:
    """What one recorder recorded, mono at ``rate``; ``place`` in metres on the plan."""

    samples: NDArray[np.float32]
    rate: int
    shots: list[Shot]
    place: Point
    codec: str
    snr_db: float


@dataclass
class Scene:
    """``fired``: seconds of each shot at the muzzle, on the clock all recorders share."""

    seconds: float
    fired: list[float]
    muzzle: Point
    heard: list[Heard] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Weapon:
    """Pascals at 1 m ahead of the muzzle, positive phase in seconds, and what the bullet does."""

    peak_pa: float
    phase_s: float
    alpha: float
    jet: float
    jet_s: float
    mach: float
    calibre_m: float
    bullet_m: float
    reach_m: float
    aim: float


def weapon(rng: Rng) -> Weapon:
    rifle = rng.random() < 0.25
    mach = rng.uniform(1.9, 2.8) if rifle else rng.uniform(0.75, 1.3)
    return Weapon(
        peak_pa=rng.uniform(700, 2500) if rifle else rng.uniform(350, 1400),
        phase_s=rng.uniform(0.0004, 0.0012) if rifle else rng.uniform(0.00025, 0.0009),
        alpha=rng.uniform(0.8, 2.2),
        jet=rng.uniform(0.03, 0.35),
        jet_s=10 ** rng.uniform(-2.6, -1.5),
        mach=mach,
        calibre_m=rng.uniform(0.0055, 0.0079) if rifle else rng.uniform(0.009, 0.0115),
        bullet_m=rng.uniform(0.018, 0.033) if rifle else rng.uniform(0.012, 0.017),
        reach_m=rng.uniform(8, 80),
        aim=rng.uniform(0, 2 * np.pi),
    )


def absorbed(x: Wave, metres: float, edge_loss: float = 0.0) -> Wave:
    """Sound after ``metres`` of air; ``edge_loss`` (0 to 1) adds the dullness of bending round corners."""
    spectrum = np.fft.rfft(x, 2 * len(x))
    khz = np.fft.rfftfreq(2 * len(x), 1 / FS) / 1000
    loss = metres * 0.0055 * khz**1.55 + edge_loss * 10 * np.log10(1 + 4 * khz)
    return np.fft.irfft(spectrum * 10 ** (-loss / 20))[: len(x)]


def friedlander(phase_s: float, alpha: float, seconds: float = 0.02) -> Wave:
    t = np.arange(int(seconds * FS)) / FS
    return (1 - t / phase_s) * np.exp(-alpha * t / phase_s)


def n_wave(seconds: float) -> Wave:
    n = max(4, int(seconds * FS))
    body = np.linspace(1, -1, n)
    rise = max(1, int(0.00004 * FS))
    return np.concatenate([np.linspace(0, 1, rise, endpoint=False), body, np.linspace(-1, 0, rise)])


def add(track: Wave, at: float, sound: Wave, gain: float = 1.0) -> None:
    """Adds at a sample's fraction, so that arrival times are not rounded."""
    first = int(np.floor(at * FS))
    part = at * FS - first
    moved = np.concatenate([sound, [0.0]]) * (1 - part) + np.concatenate([[0.0], sound]) * part
    begin = max(0, -first)
    moved = moved[begin : max(0, len(track) - first)]
    if len(moved):
        track[first + begin : first + begin + len(moved)] += gain * moved


@dataclass(frozen=True)
class Street:
    """House fronts as lines (point, unit normal, reflection), ground, and how much the place scatters."""

    fronts: tuple[tuple[Point, Point, float], ...]
    ground: float
    scatter_db: float
    decay_s: float


def street(rng: Rng) -> Street:
    fronts = []
    turn = rng.uniform(0, np.pi)
    for k in range(int(rng.integers(0, 5))):
        angle = turn + (np.pi if k % 2 else 0.0) + (rng.normal(0, 0.05) if k < 2 else rng.uniform(0, np.pi))
        normal = (float(np.cos(angle)), float(np.sin(angle)))
        away = rng.uniform(6, 90)
        fronts.append(((-normal[0] * away, -normal[1] * away), normal, float(rng.uniform(0.25, 0.85))))
    return Street(
        tuple(fronts), float(rng.uniform(0.3, 0.95)), float(-rng.uniform(8, 30)), float(10 ** rng.uniform(-1.2, -0.1))
    )


def mirrored(p: Point, front: tuple[Point, Point, float]) -> Point:
    (x0, y0), (nx, ny), _ = front
    d = (p[0] - x0) * nx + (p[1] - y0) * ny
    return (p[0] - 2 * d * nx, p[1] - 2 * d * ny)


def images(source: Point, where: Street) -> list[tuple[Point, float, int]]:
    """Image sources up to the second order: place, reflection and number of bounces."""
    first = [(mirrored(source, f), f[2], k) for k, f in enumerate(where.fronts)]
    found = [(source, 1.0, 0), *((p, g, 1) for p, g, _ in first)]
    for p, g, k in first:
        found += [(mirrored(p, f), g * f[2], 2) for j, f in enumerate(where.fronts) if j != k]
    return found


def far(a: Point, b: Point) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def response(
    rng: Rng, source: Point, place: Point, where: Street, hidden: float
) -> list[tuple[float, float, float, float]]:
    """Paths from source to recorder: delay s, gain (1/m), metres, edge loss. ``hidden``: direct path bent."""
    paths = []
    for spot, gain, bounces in images(source, where):
        flat = max(1.0, far(spot, place))
        edge = hidden if bounces == 0 else 0.15 * bounces + 0.4 * rng.random()
        reach = np.hypot(flat, rng.uniform(0.0, 1.0))
        paths.append((reach / SPEED, gain / reach * 10 ** (-(14 * hidden if bounces == 0 else 0) / 20), flat, edge))
        under = np.hypot(flat, 2.6)
        paths.append(
            (
                under / SPEED,
                -gain * where.ground / under * 10 ** (-(14 * hidden if bounces == 0 else 0) / 20),
                flat,
                edge + 0.1,
            )
        )
    return paths


def scatter(rng: Rng, where: Street, metres: float) -> Wave:
    """Reverberant tail of a street, energy 1: builds up within a few ms, decays exponentially."""
    n = int(min(1.6, 5 * where.decay_s) * FS)
    t = np.arange(n) / FS
    tail = rng.standard_normal(n) * np.exp(-t / where.decay_s * 2.3) * (1 - np.exp(-t / rng.uniform(0.002, 0.02)))
    tail = sosfilt(butter(1, rng.uniform(900, 4000), "low", fs=FS, output="sos"), tail)
    return tail / (np.sqrt((tail**2).sum()) + 1e-12) * np.sqrt(min(1.0, metres / 60))


@dataclass
class Path:
    """How one gun sounds at one recorder: fixed for all its shots, but for small changes."""

    muzzle: tuple[Wave, Wave]
    """Two reports of the same gun that differ in their turbulent part: each shot is a mixture of both."""
    shock: Wave
    blast_delay: float
    shock_delay: float | None


def heard_gun(rng: Rng, gun: Weapon, muzzle: Point, place: Point, where: Street, hidden: float) -> Path:
    dx, dy = place[0] - muzzle[0], place[1] - muzzle[1]
    reach = max(1.0, far(muzzle, place))
    angle = abs((np.arctan2(dy, dx) - gun.aim + np.pi) % (2 * np.pi) - np.pi)
    directed = 10 ** (-(7 + 5 * (reach > 20)) * (1 - np.cos(angle)) / 2 / 20)
    stretch = gun.phase_s * (1 + 0.12 * np.log(reach)) * (1 + 0.5 * angle / np.pi)
    blast = friedlander(stretch, gun.alpha, 0.05)
    jet = rng.standard_normal(len(blast)) * np.exp(-np.arange(len(blast)) / FS / gun.jet_s)
    dry = blast + gun.jet * jet
    direct = reach / SPEED
    paths, tail = response(rng, muzzle, place, where, hidden), scatter(rng, where, reach)
    both = []
    for _ in range(2):
        out = np.zeros(int(2.2 * FS))
        other = rng.standard_normal(len(blast)) * np.exp(-np.arange(len(blast)) / FS / gun.jet_s)
        for delay, gain, metres, edge in paths:
            add(out, delay - direct, absorbed(dry + gun.jet * other, metres, edge), gain * gun.peak_pa * directed)
        into = tail * (1 + 0.3 * rng.standard_normal(len(tail)))
        add(
            out,
            0.002,
            fftconvolve(dry, into)[: len(tail)],
            gun.peak_pa * directed / reach * 10 ** (where.scatter_db / 20) * 8,
        )
        both.append(out)
    shock, shock_delay = _shock(gun, dx, dy, where, muzzle, place, hidden)
    return Path((both[0], both[1]), shock, direct, shock_delay)


def _shock(
    gun: Weapon, dx: float, dy: float, where: Street, muzzle: Point, place: Point, hidden: float
) -> tuple[Wave, float | None]:
    """The ballistic shock wave, if the recorder lies in the part of the Mach cone that the bullet made."""
    none = np.zeros(1)
    if gun.mach <= 1.03 or hidden > 0.5:
        return none, None
    along = dx * np.cos(gun.aim) + dy * np.sin(gun.aim)
    aside = max(1.0, abs(-dx * np.sin(gun.aim) + dy * np.cos(gun.aim)))
    root = np.sqrt(gun.mach**2 - 1)
    left_at = along - aside / root
    if not 0 < left_at < gun.reach_m:
        return none, None
    delay = (along + aside * root) / (gun.mach * SPEED)
    width = 1.82 * gun.calibre_m / SPEED * gun.mach / root**0.75 * (aside / gun.bullet_m) ** 0.25
    peak = 0.53 * 101_325 * root**0.25 * gun.calibre_m / aside**0.75 / gun.bullet_m**0.25 * 0.6
    out = np.zeros(int(0.4 * FS))
    wave = n_wave(float(width))
    add(out, 0.0, absorbed(np.pad(wave, (8, 400)), aside), peak)
    add(
        out,
        2 * 1.3 * 1.3 / aside / SPEED + 0.0002,
        absorbed(np.pad(wave, (8, 400)), aside, 0.3),
        -peak * where.ground * 0.8,
    )
    for front in where.fronts[:2]:
        longer = far(mirrored(muzzle, front), place) - far(muzzle, place)
        if 1 < longer < 90:
            add(out, longer / SPEED, absorbed(np.pad(wave, (8, 400)), aside + longer, 0.6), peak * front[2] * 0.4)
    return out, float(delay)


# What else is sudden. Each gives pascals at the recorder's place, peak 1.


def modes(
    rng: Rng, low: float, high: float, count: int, decay: tuple[float, float], contact_s: float, seconds: float
) -> Wave:
    """A struck body: a half-sine of contact force drives resonances."""
    n = int(seconds * FS)
    t = np.arange(n) / FS
    force = np.sin(np.pi * np.arange(max(2, int(contact_s * FS))) / max(2, int(contact_s * FS)))
    ring = np.zeros(n)
    for _ in range(count):
        hertz = low * (high / low) ** rng.random()
        ring += (
            rng.uniform(0.2, 1)
            * np.sin(2 * np.pi * hertz * t)
            * np.exp(-t / (rng.uniform(*decay) * (low / hertz) ** 0.4))
        )
    return fftconvolve(ring, force)[:n]


def peaked(x: Wave) -> Wave:
    return x / (np.abs(x).max() + 1e-12)


def door(rng: Rng) -> Wave:
    out = np.zeros(int(1.2 * FS))
    add(out, 0.0, peaked(modes(rng, 45, 900, 14, (0.02, 0.12), rng.uniform(0.002, 0.01), 0.8)), 1.0)
    add(
        out,
        rng.uniform(0.0, 0.06),
        peaked(modes(rng, 700, 5000, 10, (0.004, 0.03), rng.uniform(0.0002, 0.001), 0.3)),
        rng.uniform(0.05, 0.7),
    )
    if rng.random() < 0.5:
        add(
            out,
            rng.uniform(0.04, 0.25),
            peaked(modes(rng, 60, 1200, 10, (0.01, 0.06), 0.004, 0.4)),
            rng.uniform(0.1, 0.5),
        )
    return out


def firework(rng: Rng) -> Wave:
    """A shell: lift, hiss, burst with glowing crackle; or a whistling rocket; or a string of crackers."""
    out = np.zeros(int(4.5 * FS))
    kind = rng.integers(0, 3)
    burst = friedlander(rng.uniform(0.001, 0.004), rng.uniform(1.0, 2.0), 0.08)
    if kind == 2:
        at = 0.1
        while at < 3.2:
            add(
                out,
                at,
                absorbed(friedlander(rng.uniform(0.00015, 0.0004), 1.5), rng.uniform(10, 60)),
                rng.uniform(0.3, 1.0),
            )
            at += rng.exponential(0.05) + 0.012
        return out
    if kind == 0:
        add(out, 0.0, sosfilt(butter(2, 250, "low", fs=FS, output="sos"), friedlander(0.006, 1.2, 0.1)), 0.5)
    else:
        t = np.arange(int(1.2 * FS)) / FS
        add(out, 0.05, np.sin(2 * np.pi * (2600 * t - 600 * t**2)) * np.minimum(1, t * 4), rng.uniform(0.05, 0.3))
    add(out, 1.3, absorbed(burst, rng.uniform(60, 250), rng.uniform(0, 0.5)), 1.0 * 10)
    tail = rng.standard_normal(int(1.5 * FS)) * np.exp(-np.arange(int(1.5 * FS)) / FS / rng.uniform(0.15, 0.5))
    add(out, 1.3, sosfilt(butter(2, rng.uniform(300, 1200), "low", fs=FS, output="sos"), tail), rng.uniform(0.5, 2.0))
    for _ in range(int(rng.integers(0, 120))):
        add(out, 1.45 + rng.gamma(2.0, 0.35), absorbed(friedlander(0.0001, 2.0, 0.004), 150), rng.uniform(0.05, 1.0))
    return out


def backfire(rng: Rng) -> Wave:
    """Gas explodes in a tail pipe: a soft pulse through pipe resonances, engine before and after."""
    n = int(2.5 * FS)
    t = np.arange(n) / FS
    rate = rng.uniform(14, 40)
    engine = sum(np.sin(2 * np.pi * rate * k * t + rng.uniform(0, 6)) / k for k in range(1, 20)) * rng.uniform(
        0.02, 0.2
    )
    pulse = lfilter([0.15], [1, -0.85], friedlander(rng.uniform(0.0015, 0.006), 1.0, 0.1))
    pipe = modes(rng, 70, 900, 6, (0.02, 0.09), 0.002, 0.5)
    out = np.asarray(engine)
    for k in range(int(rng.integers(1, 4))):
        add(
            out,
            0.9 + k * rng.uniform(0.12, 0.7),
            peaked(fftconvolve(pulse, peaked(pipe) * 0.2 + np.eye(1, len(pipe)).ravel())),
            rng.uniform(0.5, 1),
        )
    return out


def clap(rng: Rng) -> Wave:
    out = np.zeros(int(rng.uniform(0.4, 3.0) * FS))
    hollow, at = rng.uniform(700, 2600), 0.02
    while at < len(out) / FS - 0.1:
        n = int(0.06 * FS)
        hit = rng.standard_normal(n) * np.exp(-np.arange(n) / FS / rng.uniform(0.0008, 0.004))
        add(
            out,
            at,
            sosfilt(butter(2, [hollow * 0.6, min(hollow * 2.2, 12_000)], "band", fs=FS, output="sos"), hit),
            rng.uniform(0.6, 1),
        )
        at += rng.uniform(0.18, 0.5)
    return out


def dropped(rng: Rng) -> Wave:
    out, at, gap, gain = np.zeros(int(2.0 * FS)), 0.02, rng.uniform(0.1, 0.4), 1.0
    hard = rng.random() < 0.6
    while at < 1.8 and gain > 0.04:
        body = (
            modes(rng, 900, 9000, 9, (0.02, 0.2), 0.0003, 0.5)
            if hard
            else modes(rng, 120, 2500, 10, (0.005, 0.03), 0.0012, 0.3)
        )
        add(out, at, peaked(body), gain)
        at, gap, gain = at + gap, gap * rng.uniform(0.55, 0.8), gain * rng.uniform(0.4, 0.75)
    return out


def knocks(rng: Rng) -> Wave:
    """A nail driven, a fist on a door, a jackhammer."""
    out, at = np.zeros(int(2.5 * FS)), 0.02
    every = 10 ** rng.uniform(-1.3, -0.3)
    body = peaked(modes(rng, 90, 3500, 12, (0.005, 0.04), 10 ** rng.uniform(-3.5, -2.3), 0.3))
    while at < 2.3:
        add(out, at, body, rng.uniform(0.7, 1.0))
        at += every * rng.uniform(0.92, 1.08)
    return out


def bump(rng: Rng) -> Wave:
    """The recorder itself is touched: rumble that overloads, then rubbing."""
    n = int(0.7 * FS)
    hit = sosfilt(
        butter(2, rng.uniform(80, 700), "low", fs=FS, output="sos"), friedlander(rng.uniform(0.003, 0.02), 0.8, 0.7)[:n]
    )
    rub = sosfilt(butter(1, [200, 4000], "band", fs=FS, output="sos"), rng.standard_normal(n)) * np.hanning(n)
    return np.clip(peaked(hit) * rng.uniform(1, 4), -1, 1) + 0.1 * rng.random() * peaked(rub)


def bark(rng: Rng) -> Wave:
    out = np.zeros(int(1.8 * FS))
    for k in range(int(rng.integers(1, 5))):
        n = int(rng.uniform(0.09, 0.2) * FS)
        t = np.arange(n) / FS
        pitch = rng.uniform(280, 800) * (1 + 0.4 * np.sin(np.pi * t / t[-1]))
        voice = lfilter([1.0], [1, -0.9], np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / FS)) + rng.standard_normal(n))
        add(out, 0.05 + 0.4 * k, peaked(voice * np.minimum(1, t / rng.uniform(0.003, 0.02)) * np.exp(-t / 0.07)), 1.0)
    return out


@lru_cache(maxsize=1)
def lines() -> tuple[Wave, ...]:
    """Synthetic voices that training never hears (the street's lines), at 48 kHz."""
    folder = files("plainview.simulator") / "voices"
    facts = json.loads((folder / "voices.json").read_text())["lines"]
    with (folder / "voices.flac").open("rb") as file, av.open(file) as container:
        rate = container.streams.audio[0].rate
        sound = np.concatenate([f.to_ndarray().reshape(-1) for f in container.decode(audio=0)]) / 32768
    chosen = sorted(name for name in facts if name[0] == "s")
    cut = (sound[facts[n]["start"] : facts[n]["start"] + facts[n]["samples"]] for n in chosen)
    return tuple(resample_poly(each, FS, rate) for each in cut)


def voice(rng: Rng) -> Wave:
    line = peaked(lines()[int(rng.integers(0, len(lines())))])
    if rng.random() < 0.4:  # shouted into the microphone until it clips
        line = np.clip(line * rng.uniform(2, 12), -1, 1)
    return line


OTHERS = {
    "door": door, "firework": firework, "backfire": backfire, "clap": clap, "dropped": dropped,
    "knocks": knocks, "bump": bump, "bark": bark, "voice": voice,
}  # fmt: skip


def background(rng: Rng, n: int) -> Wave:
    """Street noise of unit RMS: pink floor with passing cars, wind, a siren, an engine, people or rain."""
    white = rng.standard_normal(n)
    spectrum = np.fft.rfft(white)
    hertz = np.maximum(np.fft.rfftfreq(n, 1 / FS), 15)
    bed = np.fft.irfft(spectrum * hertz ** -rng.uniform(0.3, 0.9), n)
    bed /= bed.std()
    t = np.arange(n) / FS
    kind = rng.integers(0, 7)
    if kind == 1:
        gust = np.abs(sosfilt(butter(1, 0.6, "low", fs=1000, output="sos"), rng.standard_normal(n // 48 + 1)))
        bed += (
            12
            * np.interp(t, np.arange(len(gust)) / 1000, gust)
            * sosfilt(butter(1, 120, "low", fs=FS, output="sos"), white)
            * 3
        )
    elif kind == 2:
        sweep = 950 + 500 * np.abs((t / rng.uniform(0.3, 4)) % 2 - 1)
        phase = 2 * np.pi * np.cumsum(sweep) / FS
        bed += rng.uniform(0.5, 3) * (np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.3 * np.sin(3 * phase))
    elif kind == 3:
        rate = rng.uniform(18, 60)
        bed += rng.uniform(0.5, 2) * np.asarray(
            sum(np.sin(2 * np.pi * rate * k * t + k * k) / k**0.7 for k in range(1, 12))
        )
    elif kind == 4:
        bed += 1.5 * np.exp(-(((t - rng.uniform(0, t[-1])) / rng.uniform(1, 4)) ** 2)) * rng.standard_normal(n)
    elif kind == 5:
        for _ in range(int(n / FS * 1.5)):
            add(bed, rng.uniform(0, t[-1]), peaked(lines()[int(rng.integers(0, len(lines())))]), rng.uniform(0.5, 2.5))
    elif kind == 6:
        bed = 0.4 * bed + 0.7 * np.diff(white, prepend=0.0) * (1 + (rng.random(n) < 0.0005) * rng.uniform(0, 12, n))
    return bed / bed.std()


# The device.


@dataclass(frozen=True)
class Device:
    """What lies between the sound and the file."""

    full_scale_db: float
    """Where it clips, in dB above the loudest shot it hears (negative: shots clip)."""
    agc: float
    attack_s: float
    release_s: float
    low: float
    high: float
    rate: int
    codec: str


def device(rng: Rng) -> Device:
    kind = rng.choice(["wav", "aac", "aac", "mulaw", "mp3"], p=[0.25, 0.3, 0.2, 0.12, 0.13])
    rate = 8000 if kind == "mulaw" else int(rng.choice([16_000, 32_000, 44_100, 48_000]))
    return Device(
        full_scale_db=float(rng.uniform(-22, 12)),
        agc=float(rng.uniform(0.3, 0.9)) if rng.random() < 0.6 else 0.0,
        attack_s=float(10 ** rng.uniform(-3, -1.7)), release_s=float(10 ** rng.uniform(-0.8, 0.2)),
        low=float(rng.uniform(30, 300)), high=float(rng.uniform(3300, 15_000)), rate=rate, codec=str(kind),
    )  # fmt: skip


def recorded(x: Wave, d: Device, loudest: float) -> NDArray[np.float32]:
    """Sound pressure through microphone, gain control, converter and codec; mono at ``d.rate``."""
    sound = x / (loudest * 10 ** (d.full_scale_db / 20))
    sound = sosfilt(butter(2, d.low, "high", fs=FS, output="sos"), sound)
    if d.agc:
        hop = 48
        power = np.maximum.reduceat(np.abs(sound), np.arange(0, len(sound), hop))
        rise, fall = np.exp(-hop / FS / d.attack_s), np.exp(-hop / FS / d.release_s)
        level, gains = float(np.median(power)), np.empty(len(power))
        rest = max(level, 1e-6)
        for i, p in enumerate(power.tolist()):
            k = rise if p > level else fall
            level = k * level + (1 - k) * p
            gains[i] = min(8.0, (rest / max(level, 1e-6)) ** d.agc)
        sound = (
            sound
            * np.interp(np.arange(len(sound)), np.arange(len(gains)) * hop, gains)
            * min(1.0, 0.25 / rest) ** d.agc
        )
    sound = np.clip(sound, -0.99, 0.99)
    if d.high < 0.48 * d.rate:
        sound = sosfilt(butter(4, d.high, "low", fs=FS, output="sos"), sound)
    common = int(np.gcd(FS, d.rate))
    return np.clip(resample_poly(sound, d.rate // common, FS // common), -1, 1).astype(np.float32)


# Scenes.


def fire(rng: Rng, pace: str, first: float, most: int = 8) -> list[float]:
    """Muzzle times: aimed fire, rapid single fire, or full automatic."""
    count = int(rng.integers(1, most + 1))
    if pace == "rapid":
        count, gap = int(rng.integers(3, 12)), rng.uniform(0.07, 0.3)
        return [first + k * gap * rng.uniform(0.97, 1.03) for k in range(count)]
    gaps = rng.gamma(2.5, 0.25, count - 1) + 0.16
    return [first, *(first + np.cumsum(gaps))]


def place_at(rng: Rng, near: float, away: float) -> Point:
    reach, angle = near * (away / near) ** rng.random(), rng.uniform(0, 2 * np.pi)
    return (float(reach * np.cos(angle)), float(reach * np.sin(angle)))


def incident(seed: int, *, recorders: int = 1, pace: str = "aimed", shots: bool = True, seconds: float = 20.0) -> Scene:
    """One scene. Shots' peaks stand 12 to 45 dB above each recorder's own noise (RMS)."""
    rng = np.random.default_rng([77_003, seed])
    where, gun, muzzle = street(rng), weapon(rng), (0.0, 0.0)
    fired = [t for t in fire(rng, pace, float(rng.uniform(3, 9))) if t < seconds - 2.5] if shots else []
    scene = Scene(seconds, fired, muzzle)
    common = [_other(rng, seconds) for _ in range(int(rng.integers(0, 4) if shots else rng.integers(2, 7)))]
    strength = [rng.uniform(0.85, 1.15) for _ in fired]
    for _ in range(recorders):
        scene.heard.append(_listen(rng, scene, where, gun, common, strength))
    scene.kinds = [kind for kind, *_ in common]
    return scene


def _other(rng: Rng, seconds: float) -> tuple[str, float, Wave, Point, float]:
    kind = str(rng.choice(list(OTHERS)))
    return (
        kind,
        float(rng.uniform(0.5, seconds - 1.5)),
        peaked(OTHERS[kind](rng)),
        place_at(rng, 2, 90),
        float(rng.uniform(6, 44)),
    )


def _listen(
    rng: Rng, scene: Scene, where: Street, gun: Weapon, common: list[tuple[str, float, Wave, Point, float]],
    strength: list[float],
) -> Heard:  # fmt: skip
    n = int(scene.seconds * FS)
    place, hidden = place_at(rng, 3, 200), float(rng.random() < 0.3) * rng.uniform(0.2, 1.0)
    sound = heard_gun(rng, gun, scene.muzzle, place, where, hidden)
    track, shots = np.zeros(n), []
    for t, gain in zip(scene.fired, strength, strict=True):
        share = rng.random()
        report = share * sound.muzzle[0] + (1 - share) * sound.muzzle[1]
        add(track, t + sound.blast_delay, report, gain)
        arrivals = [t + sound.blast_delay]
        if sound.shock_delay is not None:
            add(track, t + sound.shock_delay, sound.shock, gain)
            arrivals.append(t + sound.shock_delay)
        shots.append(Shot(tuple(sorted(arrivals))))
    loudest = np.abs(track).max() if scene.fired else 1.0
    snr = float(rng.uniform(12, 45))
    floor = loudest * 10 ** (-snr / 20)
    track += floor * background(rng, n)
    dull = rng.uniform(5, 40)
    for _, at, wave, spot, up in common:  # heard by all, later and weaker the farther away
        reach = max(2.0, far(spot, place))
        add(
            track,
            at + reach / SPEED,
            absorbed(wave, reach, 0.3 * rng.random()),
            floor * 10 ** (up / 20) * (2 / reach) ** 0.5,
        )
    for _ in range(int(rng.integers(0, 4))):  # and what only this one hears
        _, at, wave, _, up = _other(rng, scene.seconds)
        add(track, at, absorbed(wave, dull), floor * 10 ** (up / 20))
    made = device(rng)
    loudest = max(loudest, float(np.abs(track).max()) * 0.3)
    return Heard(recorded(track, made, loudest), made.rate, shots, place, made.codec, snr)
