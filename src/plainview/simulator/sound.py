# SPDX-License-Identifier: Apache-2.0
"""Sound of the incident as each device hears it: distance, echo, walls, noise, level control.

Every source is mixed at 16 kHz on the common clock at the place of the device's microphone
(sound takes distance / 343 m/s), then passed through the device: filters, automatic level,
noise, clipping, its own clock. ``hear`` returns the samples and what is known by construction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from plainview.simulator import people
from plainview.simulator.recorders import Recorder
from plainview.simulator.screenplay import LINES, SHOTS, SIREN, Line
from plainview.simulator.speech import RATE, voices

SPEED_OF_SOUND = 343.0
RADIO_LATENCY = 0.06
Samples = NDArray[np.float32]

_FIXED_PLACES: dict[str, tuple[float, float]] = {"caller-1": (40.0, 22.0), "caller-2": (41.2, -8.2)}


@dataclass(slots=True)
class Heard:
    """A device's sound track and the truth about it."""

    samples: Samples
    delays: dict[str, float] = field(default_factory=dict)
    audible: dict[str, float] = field(default_factory=dict)
    tones: list[tuple[float, float, str]] = field(default_factory=list)
    mutes: list[tuple[float, float]] = field(default_factory=list)


def microphone(r: Recorder, at: float) -> tuple[float, float]:
    """Where a device's microphone is at a common time."""
    if r.wearer is not None:
        st = people.state(r.wearer, at)
        return (st.x, st.y) if st is not None else people.second_cruiser(at)
    assert r.place is not None
    return r.place[0], r.place[1]


def _where(who: str, at: float) -> tuple[float, float]:
    if who in _FIXED_PLACES:
        return _FIXED_PLACES[who]
    st = people.state(who, at)
    return (st.x, st.y) if st is not None else people.second_cruiser(at)


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return max(0.35, math.hypot(a[0] - b[0], a[1] - b[1]))


def _add(track: Samples, start: float, sound: Samples, t0: float) -> None:
    """Mixes a sound in at a common time, to a fraction of a sample."""
    position = (start - t0) * RATE
    index, part = math.floor(position), position - math.floor(position)
    shifted = np.empty(len(sound) + 1, dtype=np.float32)
    shifted[:-1] = sound * (1 - part)
    shifted[-1] = 0
    shifted[1:] += sound * part
    lo, hi = max(0, index), min(len(track), index + len(shifted))
    if hi > lo:
        track[lo:hi] += shifted[lo - index : hi - index]


def _band(sound: Samples, low: float, high: float) -> Samples:
    sections = butter(2, [low, min(high, RATE / 2 * 0.98)], "bandpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(sections, sound), dtype=np.float32)


def _low(sound: Samples, high: float) -> Samples:
    return np.asarray(sosfilt(butter(2, high, "lowpass", fs=RATE, output="sos"), sound), dtype=np.float32)


def _air(sound: Samples, distance: float) -> Samples:
    """Far sound loses its high part."""
    return sound if distance < 6 else _low(sound, float(np.clip(60_000 / distance, 1_400, 7_500)))


def gunshot(rng: np.random.Generator) -> Samples:
    """One report as heard near by: a crack, the blast, a thump and its short tail."""
    n = int(0.5 * RATE)
    t = np.arange(n) / RATE
    blast = (1 - t / 0.004) * np.exp(-t / 0.004) * 6.0
    hiss = rng.standard_normal(n) * np.exp(-t / 0.018) * 2.2
    thump = np.sin(2 * np.pi * (95 * t + 30 * np.exp(-t * 30))) * np.exp(-t / 0.045) * 2.0
    tail = np.asarray(lfilter([0.25], [1, -0.75], rng.standard_normal(n))) * np.exp(-t / 0.11) * 0.9
    return np.asarray(blast + hiss + thump + tail, dtype=np.float32)


def _siren(t: NDArray[np.float64], rng: np.random.Generator) -> Samples:
    """A siren worked by hand: wails of uneven length with yelps between, so that it never repeats."""
    pitch, at = np.zeros(len(t)), SIREN[0]
    while at < SIREN[1]:
        length = float(rng.uniform(1.6, 4.2))
        inside = (t >= at) & (t < at + length)
        x = (t[inside] - at) / length
        if rng.random() < 0.3:
            pitch[inside] = 750 + 500 * np.abs(np.sin(np.pi * x * length * rng.uniform(2.6, 3.6)))
        else:
            pitch[inside] = 520 + rng.uniform(780, 1000) * np.sin(np.pi * x) ** 0.8
        at += length
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    wave = np.sin(phase) + 0.45 * np.sin(2 * phase) + 0.3 * np.sin(3 * phase)
    return np.asarray(wave * (pitch > 0) * 0.5, dtype=np.float32)


def _echo(rng: np.random.Generator) -> Samples:
    """Impulse response of the street around a microphone: first reflections and a fading tail."""
    n = int(0.7 * RATE)
    t = np.arange(n) / RATE
    tail = rng.standard_normal(n) * np.exp(-t / 0.16) * 0.016 * (t > 0.02)
    response = np.asarray(lfilter([0.4], [1, -0.6], tail), dtype=np.float32)
    response[0] = 1.0
    for _ in range(6):
        response[int(rng.uniform(0.012, 0.12) * RATE)] += rng.uniform(0.08, 0.25) * rng.choice([-1, 1])
    return response


def _pink(rng: np.random.Generator, n: int) -> Samples:
    white = rng.standard_normal(n)
    pink = lfilter([0.049922, -0.095993, 0.050612, -0.004408], [1, -2.494956, 2.017265, -0.522189], white)
    return np.asarray(pink / np.std(pink), dtype=np.float32)


def _level(track: Samples, target: float = 0.09, most: float = 14.0) -> Samples:
    """Automatic level control: quick to turn down, slow to turn up."""
    hop = RATE // 100
    blocks = len(track) // hop
    power = np.sqrt(np.mean(track[: blocks * hop].reshape(blocks, hop) ** 2, axis=1) + 1e-12)
    gains, envelope = np.empty(blocks), 0.02
    for k, p in enumerate(power):
        envelope = max(p, envelope * 0.9975) if p < envelope else envelope + (p - envelope) * 0.35
        gains[k] = min(most, target / max(envelope, 1e-4))
    positions = (np.arange(blocks) + 0.5) * hop
    return np.asarray(track * np.interp(np.arange(len(track)), positions, gains), dtype=np.float32)


def _radio_voice(line: Line, rng: np.random.Generator) -> Samples:
    """A line as it comes over the radio: narrow, squeezed, with a click and a squelch tail."""
    voice = voices()[line.id].samples
    squeezed = np.tanh(_band(voice, 350, 3000) * 9) * 0.22
    tail = rng.standard_normal(int(0.09 * RATE)).astype(np.float32) * 0.06
    hiss = rng.standard_normal(len(squeezed)).astype(np.float32) * 0.006
    return np.concatenate([squeezed + _band(hiss, 400, 3000), _band(tail, 500, 3200)]).astype(np.float32)


class _Mix:
    """One device's sound while it is being mixed."""

    def __init__(self, r: Recorder, seed: int) -> None:
        assert r.sound is not None
        self.r, self.s = r, r.sound
        self.rng = np.random.default_rng([seed, 3, *map(ord, r.id)])
        self.seed = seed
        self.t0 = r.offset - 1.0
        self.n = int((r.duration * 1.0001 + 2.5) * RATE)
        self.open_air = np.zeros(self.n, dtype=np.float32)
        self.direct = np.zeros(self.n, dtype=np.float32)
        self.heard = Heard(np.zeros(0, dtype=np.float32))

    def _inside(self, at: float) -> bool:
        return self.t0 < at < self.t0 + self.n / RATE

    def street_line(self, line: Line) -> None:
        at = line.at
        distance = _distance(_where(line.who, at), microphone(self.r, at))
        delay = distance / SPEED_OF_SOUND
        gain = 10 ** (line.gain_db / 20) / distance**0.85
        if not self._inside(at + delay):
            return
        _add(self.open_air, at + delay, _air(voices()[line.id].samples, distance) * np.float32(gain), self.t0)
        self.heard.delays[line.id] = delay
        self.heard.audible[line.id] = 20 * math.log10(0.1 * gain) - self.s.noise_db

    def over_radio(self, line: Line, gain: float) -> None:
        if not self._inside(line.at):
            return
        latency = 0.0 if self.s.channel == "radio" else RADIO_LATENCY
        voice = _radio_voice(line, np.random.default_rng([self.seed, 9, *map(ord, line.id)]))
        _add(self.direct, line.at + latency, voice * np.float32(gain), self.t0)
        self.heard.delays[line.id] = latency
        self.heard.audible[line.id] = 20 * math.log10(0.15 * gain) - self.s.noise_db

    def on_line(self, line: Line) -> None:
        if self._inside(line.at):
            gain = np.float32(10 ** (line.gain_db / 40) * 1.3)
            _add(self.direct, line.at, voices()[line.id].samples * gain, self.t0)
            self.heard.delays[line.id] = 0.0
            self.heard.audible[line.id] = -20.0 - self.s.noise_db

    def shots(self) -> None:
        for n, at in enumerate(SHOTS):
            distance = max(0.7, _distance(_where("tolland", at), microphone(self.r, at)))
            delay = distance / SPEED_OF_SOUND
            report = gunshot(np.random.default_rng([self.seed, 4, n]))
            if self._inside(at + delay):
                _add(self.open_air, at + delay, _air(report, distance) * np.float32(2.6 / distance), self.t0)
                self.heard.delays[f"shot-{n + 1}"] = delay
                self.heard.audible[f"shot-{n + 1}"] = 20 * math.log10(2.6 / distance) - self.s.noise_db

    def siren(self) -> None:
        first, last = max(self.t0, SIREN[0]), min(self.t0 + self.n / RATE, SIREN[1] + 0.5)
        if last <= first:
            return
        grid = SIREN[0] + np.arange(int((SIREN[1] - SIREN[0]) * RATE)) / RATE
        source = _siren(grid, np.random.default_rng([self.seed, 5]))
        knots = np.arange(first, last, 0.05)
        away = np.array([_distance(people.second_cruiser(t), microphone(self.r, t)) for t in knots])
        times = first + np.arange(int((last - first) * RATE)) / RATE
        distance = np.interp(times, knots, away)
        arrived = np.interp(times - distance / SPEED_OF_SOUND, grid, source, left=0, right=0)
        inside_car = self.r.wearer == "okafor"
        level = 0.05 if inside_car else 2.2
        start = int((first - self.t0) * RATE)
        piece = np.asarray(arrived * level / np.maximum(distance, 8 if not inside_car else 1), dtype=np.float32)
        self.open_air[start : start + len(piece)] += piece

    def steps(self) -> None:
        """The wearer's own footfalls and rustle while moving."""
        if self.r.wearer is None or self.r.kind == "911":
            return
        at = self.t0
        while at < self.t0 + self.n / RATE:
            st = people.state(self.r.wearer, at)
            if st is None or st.pose not in {"run", "walk"}:
                at += 0.2
                continue
            running = st.pose == "run"
            n = int(0.09 * RATE)
            t = np.arange(n) / RATE
            thud = self.rng.standard_normal(n) * np.exp(-t / 0.016)
            _add(self.direct, at, _low(thud.astype(np.float32), 1800) * np.float32(0.16 if running else 0.035), self.t0)
            at += (0.345 if running else 0.53) * float(self.rng.uniform(0.93, 1.07))

    def device(self) -> Samples:
        """What the microphone makes of it, before the device's own clock."""
        s = self.s
        outside = fftconvolve(self.open_air, _echo(self.rng))[: self.n].astype(np.float32)
        if s.muffle_hz is not None:
            outside = _low(outside, s.muffle_hz) * np.float32(0.6)
        track = outside + self.direct
        hum = np.sin(2 * np.pi * 60 * np.arange(self.n) / RATE) if self.r.kind in {"shop", "doorbell", "911"} else 0
        engine = _low(_pink(self.rng, self.n), 160) * np.float32(2.0) if self.r.kind == "dash" or self.r.wearer == "okafor" else 0
        noise = _pink(self.rng, self.n) + 0.25 * self.rng.standard_normal(self.n) + 0.5 * hum + engine
        track = track + np.float32(10 ** (s.noise_db / 20)) * np.asarray(noise, dtype=np.float32)
        if s.agc:
            track = _level(track)
        track = _band(track, s.low_hz, s.high_hz) * np.float32(10 ** (s.gain_db / 20) * 1.6)
        return np.asarray(np.clip(track, -0.985, 0.985), dtype=np.float32)

    def clocked(self, track: Samples) -> Samples:
        """Resampled to the device's nominal rate on the device's own clock."""
        r, n = self.r, round(self.r.duration * self.s.rate)
        media = np.arange(n) / self.s.rate
        position = (r.offset + media * (1 + r.drift_ppm * 1e-6) - self.t0) * RATE
        return np.interp(position, np.arange(len(track)), track).astype(np.float32)


def _tone(rate: int, seconds: float, hertz: float) -> Samples:
    t = np.arange(int(seconds * rate)) / rate
    edge = np.minimum(1, np.minimum(t, seconds - t) / 0.008)
    return np.asarray(0.16 * edge * np.sin(2 * np.pi * hertz * t), dtype=np.float32)


def _tones(r: Recorder, out: Heard) -> None:
    """Silent buffer and the body camera's own signals."""
    assert r.sound is not None
    rate = r.sound.rate
    plan = [(r.buffer_s + d, 0.16, "start") for d in (0.05, 0.35)]
    plan += [(r.buffer_s + 120.0 + d, 0.16, "two-minute") for d in (0.0, 0.3)]
    plan.append((r.duration - 0.9, 0.7, "stop"))
    for at, seconds, name in plan:
        if at + seconds < r.duration:
            tone = _tone(rate, seconds, 1000.0 if name != "stop" else 800.0)
            start = int(at * rate)
            out.samples[start : start + len(tone)] += tone
            out.tones.append((at, seconds, name))
    out.samples[: int(r.buffer_s * rate)] = 0.0
    out.mutes.append((0.0, r.buffer_s))


def hear(r: Recorder, seed: int) -> Heard:
    """A device's finished sound track with its truth."""
    assert r.sound is not None
    mix, channel = _Mix(r, seed), r.sound.channel
    if channel == "fair":
        for line in (x for x in LINES if x.channel == "fair"):
            moved = Line(line.id, line.at + r.offset, line.who, line.channel, line.text, line.speed, line.gain_db)
            mix.on_line(moved)
        mix.direct += _fair_music(mix.n, seed)
    elif channel == "radio":
        for line in (x for x in LINES if x.channel == "radio"):
            mix.over_radio(line, 1.0)
    else:
        _incident(mix, channel)
    track = mix.device() if channel != "radio" else mix.direct
    mix.heard.samples = mix.clocked(track)
    if r.kind == "body":
        _tones(r, mix.heard)
    return mix.heard


def _incident(mix: _Mix, channel: str) -> None:
    r = mix.r
    speaker = {"imbert": 0.5, "okafor": 0.62}.get(r.wearer or "", 0.0)
    for line in LINES:
        if line.channel == "street":
            mix.street_line(line)
        elif line.channel == "radio":
            talker_here = line.who in people.TRACKS and people.state(line.who, line.at) is not None
            if r.wearer == line.who or (talker_here and not speaker):
                mix.street_line(line)
            elif speaker:
                mix.over_radio(line, speaker)
        elif line.channel == channel:
            mix.on_line(line)
    mix.shots()
    mix.siren()
    mix.steps()


def _fair_music(n: int, seed: int) -> Samples:
    """A band far off: plucked notes of a made-up tune."""
    rng = np.random.default_rng([seed, 8])
    out, at = np.zeros(n, dtype=np.float32), 0.3
    scale = [262, 294, 330, 392, 440, 523, 587]
    while at < n / RATE - 1:
        length = float(rng.choice([0.22, 0.22, 0.44]))
        t = np.arange(int(0.5 * RATE)) / RATE
        note = float(rng.choice(scale))
        pluck = sum(np.sin(2 * np.pi * note * k * t) / k**1.4 for k in (1, 2, 3, 5)) * np.exp(-t / 0.16)
        _add(out, at, np.asarray(pluck * 0.018, dtype=np.float32), 0.0)
        at += length
    return out
