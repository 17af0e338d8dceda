# SPDX-License-Identifier: Apache-2.0
"""Invented incidents as many recorders hear them, with the truth; for measuring sync, not for showing.

Nothing here is shared with the demonstration's simulator. People walk, speak and shoot on a plane; every
recorder hears every event late (343 m/s), weaker with distance, through its own room, gain control,
clipping, telephone or radio path and codec, on its own clock. ``make`` writes the files and ``truth.json``.

Truth of one file: common time = ``offset_s`` + τ (1 + ``drift_ppm``·10⁻⁶), τ in decoded seconds. That is
*clock* truth. *Acoustic* truth is ``offset_s - delay_s``, where ``delay_s`` is the median delay (path
latency included) of what the recorder and at least one other of its scene hear above their noise, weighted
by duration and by signal over noise, sirens left out; ``delay_low`` and ``delay_high`` hold the middle
80 % of it. What nobody else hears places nobody.

    python3 -m bench.incidents hard 24 SEED FOLDER
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import av
import numpy as np
import scipy.fft as sfft
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, resample_poly, sosfilt

Sound = NDArray[np.float32]
RATE = 16000
SOUND_M_S = 343.0
SHARED_S, SHARED_BANGS = 5.0, 3
"""Two recorders share sound when both hear five seconds of events above their noise, or three bangs."""


@dataclass(frozen=True)
class Difficulty:
    """What makes placing hard: how far apart, how noisy, how short, how much goes wrong."""

    radius_m: float
    span_s: float
    lengths_s: tuple[float, float]
    noise_db: tuple[float, float]
    """Below a voice at one metre."""
    talk: float
    """Utterances a second, all voices together."""
    mishaps: float
    """Chance of each mishap: mute, restart, lost frames, clipping."""
    sirens: int
    odd_paths: float
    """Share of telephones and radios among the recorders."""
    strangers: float


DIFFICULTIES = {
    "easy": Difficulty(8, 400, (180, 380), (-45, -32), 0.50, 0.0, 0, 0.08, 0.10),
    "medium": Difficulty(15, 420, (120, 400), (-40, -25), 0.40, 0.10, 1, 0.12, 0.12),
    "hard": Difficulty(25, 480, (60, 450), (-34, -16), 0.35, 0.30, 2, 0.20, 0.12),
    "very hard": Difficulty(40, 600, (40, 500), (-30, -10), 0.25, 0.40, 3, 0.25, 0.15),
}


@dataclass
class Event:
    """One sound: where, when, how loud at one metre (rms of its clip)."""

    kind: str
    at: float
    clip: Sound
    place: tuple[float, float]
    level: float
    voice: int = -1

    @property
    def seconds(self) -> float:
        return len(self.clip) / RATE


@dataclass
class Recorder:
    """One file to be."""

    kind: str
    offset: float
    length: float
    drift: float
    path: NDArray[np.float64]
    """Places (x, y) every ten seconds of common time from -60 s."""
    noise: float
    latency: float = 0.0
    wearer: int = -1
    group: int = 0
    silent: float = 0.0
    muted: list[tuple[float, float]] = field(default_factory=list)
    jump: tuple[float, float] | None = None
    """(τ, seconds lost there)."""
    clipping: float = 0.0
    late: float = 0.2
    room_s: float = 0.3

    def place(self, t: float) -> NDArray[np.float64]:
        grid = np.arange(len(self.path)) * 10.0 - 60.0
        return np.array([np.interp(t, grid, self.path[:, 0]), np.interp(t, grid, self.path[:, 1])])

    def tau(self, t: float) -> float:
        """Media seconds of a common time; sound in the lost stretch belongs to no media time (-1)."""
        tau = (t - self.offset) / (1 + self.drift)
        if self.jump is not None and tau > self.jump[0]:
            tau = tau - self.jump[1] if tau > self.jump[0] + self.jump[1] else -1.0
        return tau

    def hears(self, tau: float) -> bool:
        return self.silent <= tau < self.length and not any(a <= tau < b for a, b in self.muted)


def make(difficulty: str, count: int, seed: int, folder: Path) -> dict[str, Any]:
    """Write ``count`` recordings and ``truth.json`` into ``folder``; gives the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng([seed, count, list(DIFFICULTIES).index(difficulty)])
    d = DIFFICULTIES[difficulty]
    strangers = max(1, round(count * d.strangers))
    groups = _groups(strangers)
    recorders = [_recorder(d, draw, group=0) for _ in range(count - strangers)]
    worlds = {0: _events(d, draw, recorders)}
    for number, size in enumerate(groups, 1):
        others = [_recorder(d, draw, group=number) for _ in range(size)]
        worlds[number] = _events(d, draw, others)
        recorders += others
    order = draw.permutation(len(recorders))
    truth: dict[str, Any] = {"difficulty": difficulty, "seed": seed, "recorders": {}, "pairs": []}
    heard: dict[str, dict[int, tuple[float, float]]] = {}
    for number, k in enumerate(order):
        recorder = recorders[k]
        name, fact, events = _write(folder, number, recorder, worlds[recorder.group], draw)
        truth["recorders"][name] = fact
        heard[name] = events
    for name, fact in truth["recorders"].items():
        fact.update(_delays(name, heard, truth["recorders"], worlds[fact["group"]]))
    truth["pairs"] = _pairs(truth["recorders"], heard, worlds)
    (folder / "truth.json").write_text(json.dumps(truth, indent=1, sort_keys=True))
    return truth


def _groups(strangers: int) -> list[int]:
    """Strangers come alone and, when there are three or more, also as a pair of another incident."""
    return [2] + [1] * (strangers - 2) if strangers >= 3 else [1] * strangers


_KINDS = ("body", "body", "body", "phone", "phone", "dash", "shop")


def _recorder(d: Difficulty, draw: Generator, *, group: int) -> Recorder:
    odd = draw.random() < d.odd_paths
    kind = str(draw.choice(("call", "radio"))) if odd else str(draw.choice(_KINDS))
    length = float(draw.uniform(*d.lengths_s)) * (0.6 if kind == "phone" else 1.0)
    offset = float(draw.uniform(-20, max(d.span_s - 0.7 * length, 1)))
    # Most stand near the middle of what happens; shop cameras and cars where they happen to be.
    start = draw.normal(0, d.radius_m * (0.5 if kind in ("body", "phone", "call", "radio") else 0.8), 2)
    steps = int((d.span_s + 120) / 10) + 60
    # People stand, shifting their weight, and now and then walk somewhere else.
    moves = {"body": 0.15, "phone": 0.1, "call": 0.05}.get(kind, -1.0)
    walks = draw.random((steps, 1)) < moves
    step = np.where(walks, draw.normal(0, 0.15 * d.radius_m, (steps, 2)), draw.normal(0, 0.1 * (moves > 0), (steps, 2)))
    walk = np.cumsum(np.vstack([start, step]), axis=0)
    walk *= np.minimum(1, 2 * d.radius_m / (np.linalg.norm(walk, axis=1, keepdims=True) + 1e-6))
    recorder = Recorder(
        kind=kind,
        offset=offset,
        length=length,
        drift=float(draw.normal(0, 20e-6)),
        path=walk,
        noise=float(10 ** (draw.uniform(*d.noise_db) / 20)),
        group=group,
        room_s=float(draw.uniform(0.1, 0.2 + d.radius_m / 90)),
        late=float(draw.uniform(0.05, 0.1 + d.radius_m / 180)),
    )
    if kind == "call":
        recorder.latency = float(draw.uniform(0.05, 0.22))
    elif kind == "radio":
        recorder.latency = float(draw.uniform(0.08, 0.35))
    elif kind == "body":
        recorder.silent = 30.0 if length > 75 else 0.0
    _mishaps(recorder, d, draw)
    return recorder


def _mishaps(recorder: Recorder, d: Difficulty, draw: Generator) -> None:
    alive = recorder.length - recorder.silent
    if draw.random() < d.mishaps and alive > 60:
        start = recorder.silent + float(draw.uniform(0.2, 0.6)) * alive
        recorder.muted.append((start, start + float(draw.uniform(0.1, 0.3)) * alive))
    if draw.random() < d.mishaps / 6 and alive > 90:
        recorder.jump = (recorder.silent + float(draw.uniform(0.6, 0.9)) * alive, float(draw.uniform(0.5, 5)))
    if draw.random() < d.mishaps:
        recorder.clipping = float(draw.uniform(0.3, 1.5))


# What happens.


def _events(d: Difficulty, draw: Generator, recorders: list[Recorder]) -> list[Event]:
    """Speech by people who stand about (some wear a recorder), shots, doors, dogs, sirens, radio traffic."""
    people = max(4, len(recorders) // 3)
    wearers = [k for k, r in enumerate(recorders) if r.kind in ("body", "phone", "call", "radio")]
    places = [draw.normal(0, 0.4 * d.radius_m, 2) for _ in range(people)]
    events: list[Event] = []
    for _ in range(int(d.span_s * d.talk)):
        at = float(draw.uniform(0, d.span_s))
        who = int(draw.integers(0, people + len(wearers)))
        clip = _speech(draw)
        level = float(10 ** (draw.uniform(-6, 10) / 20))
        if who < people:
            place = places[who] + draw.normal(0, 1, 2)
            events.append(Event("speech", at, clip, (float(place[0]), float(place[1])), level))
        else:
            one = recorders[wearers[who - people]]
            place = one.place(at)
            events.append(Event("speech", at, clip, (float(place[0]), float(place[1])), level, wearers[who - people]))
    for k in wearers:
        recorders[k].wearer = k
    for _ in range(int(draw.integers(0, 3))):
        at, place = float(draw.uniform(20, d.span_s - 20)), 0.6 * d.radius_m * draw.normal(0, 1, 2)
        for _ in range(int(draw.integers(2, 8))):
            events.append(Event("shot", at, _shot(draw), (float(place[0]), float(place[1])), 25.0))
            at += float(draw.uniform(0.18, 0.9))
    for _ in range(int(d.span_s / 20)):
        place = d.radius_m * draw.normal(0, 0.6, 2)
        clip = _bark(draw) if draw.random() < 0.4 else _thump(draw)
        at, level = float(draw.uniform(0, d.span_s)), float(10 ** (draw.uniform(-8, 6) / 20))
        events.append(Event("noise", at, clip, (float(place[0]), float(place[1])), level))
    for _ in range(d.sirens):
        start, length = float(draw.uniform(0, 0.7 * d.span_s)), float(draw.uniform(25, 90))
        place = 1.5 * d.radius_m * draw.normal(0, 1, 2)
        events.append(Event("siren", start, _siren(draw, length), (float(place[0]), float(place[1])), 5.0))
    return sorted(events, key=lambda e: e.at)


_TEXT = (
    "stop get down show me your hands hold on where is he going north west over there car blue white shirt "
    "nobody move please I told you we need an ambulance now yes no copy that two units at the corner door "
    "window behind wait listen who called why are you filming back up sir ma'am keep talking it was not me "
    "seventeen forty dispatch alley garage bleeding pressure breathe okay look camera street lights neighbor"
)
_WORDS = _TEXT.split()
_VOICES = ("en-us", "en-gb", "en-gb-scotland", "en-029", "en-us+m3", "en-us+m7", "en-us+f2", "en-gb+f4", "en-gb+m1")
_FLITE = ("kal16", "awb", "rms", "slt")


def _speech(draw: Generator) -> Sound:
    text = " ".join(draw.choice(_WORDS, int(draw.integers(2, 11))))
    if draw.random() < 0.75:
        speed, pitch = str(int(draw.integers(120, 220))), str(int(draw.integers(20, 80)))
        voice = str(draw.choice(_VOICES))
        command = ["espeak-ng", "-v", voice, "-s", speed, "-p", pitch, "--stdout", text]
    else:
        command = ["flite", "-voice", str(draw.choice(_FLITE)), "-t", text, "-o", "/dev/stdout"]
    done = subprocess.run(command, check=True, capture_output=True)
    head = done.stdout.find(b"data") + 8
    rate = int.from_bytes(done.stdout[24:28], "little")
    raw = done.stdout[head:]
    samples = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.float32)
    return _unit(np.asarray(resample_poly(samples, RATE, rate), np.float32))


def _unit(clip: Sound) -> Sound:
    return np.asarray(clip / (np.sqrt(np.mean(clip**2)) + 1e-9), np.float32)


def _shot(draw: Generator) -> Sound:
    n = int(0.25 * RATE)
    body = draw.standard_normal(n) * np.exp(-np.arange(n) / (RATE * draw.uniform(0.01, 0.04)))
    body[: int(0.001 * RATE)] += draw.uniform(4, 9)
    return _unit(np.asarray(body, np.float32))


def _thump(draw: Generator) -> Sound:
    n = int(draw.uniform(0.1, 0.5) * RATE)
    low = lfilter([1], [1, -draw.uniform(0.5, 0.95)], draw.standard_normal(n))
    return _unit(np.asarray(low * np.exp(-np.arange(n) / (n / 4)), np.float32))


def _bark(draw: Generator) -> Sound:
    pieces = []
    for _ in range(int(draw.integers(1, 5))):
        n = int(draw.uniform(0.1, 0.25) * RATE)
        pitch = draw.uniform(350, 800) * (1 - 0.3 * np.arange(n) / n)
        tone = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE)) + 0.6 * draw.standard_normal(n)
        pieces += [tone * np.hanning(n), np.zeros(int(draw.uniform(0.1, 0.5) * RATE))]
    return _unit(np.asarray(np.concatenate(pieces), np.float32))


def _siren(draw: Generator, length: float) -> Sound:
    """The same wail in every incident of the region: cyclic, and the same make everywhere."""
    t = np.arange(int(length * RATE)) / RATE
    period = float(draw.choice((4.5, 0.35)))
    pitch = 1050 + 450 * np.sin(2 * np.pi * t / period)
    wave_ = np.sin(2 * np.pi * np.cumsum(pitch) / RATE)
    return _unit(np.asarray(wave_ + 0.3 * np.sign(wave_), np.float32))


# How one recorder hears it.


def _write(
    folder: Path, number: int, recorder: Recorder, events: list[Event], draw: Generator
) -> tuple[str, dict[str, Any], dict[int, tuple[float, float]]]:
    """The file's name, its facts, and which events it hears (index -> (signal over noise, delay))."""
    sound = _noise(recorder, draw)
    rooms = [_room(recorder, draw) for _ in range(3)]
    heard: dict[int, tuple[float, float]] = {}
    for index, event in enumerate(events):
        span = (recorder.tau(event.at), recorder.tau(event.at + event.seconds))
        if max(span) < -1 or min(span) > recorder.length:
            continue
        _hear(sound, recorder, event, index, rooms=rooms, heard=heard)
    sound = _path(sound, recorder, events, draw)
    name = _encode(folder, number, recorder, sound, draw)
    fact = {
        "kind": recorder.kind,
        "group": recorder.group,
        "offset_s": recorder.offset,
        "drift_ppm": recorder.drift * 1e6,
        "length_s": recorder.length,
        "latency_s": recorder.latency,
        "silent_s": recorder.silent,
        "muted": recorder.muted,
        "jump": recorder.jump,
    }
    return name, fact, heard


def _delays(
    name: str, heard: dict[str, dict[int, tuple[float, float]]], facts: dict[str, Any], events: list[Event]
) -> dict[str, float]:
    """Middle and range of the delays of what one recorder shares; of all it hears, where it shares nothing."""
    others = {i for other in heard for i, (snr, _) in heard[other].items()
              if other != name and snr > 1 and facts[other]["group"] == facts[name]["group"]}  # fmt: skip
    own = {i: found for i, found in heard[name].items() if found[0] > 1}
    shared = {i: found for i, found in own.items() if i in others} or own
    points = [(delay, events[i].seconds * min(snr, 10.0)) for i, (snr, delay) in shared.items()]
    low, mid, high = _weighted(points) if points else (facts[name]["latency_s"],) * 3
    return {"delay_s": mid, "delay_low": low, "delay_high": high}


def _hear(
    sound: Sound, r: Recorder, event: Event, index: int, *, rooms: list[Sound], heard: dict[int, tuple[float, float]]
) -> None:
    own = event.voice >= 0 and event.voice == r.wearer
    far = 0.3 if own else max(float(np.linalg.norm(r.place(event.at) - np.array(event.place))), 0.5)
    delay = far / SOUND_M_S + r.latency
    tau = r.tau(event.at + delay)
    if tau < 0 or tau > r.length:
        return
    gain = event.level / far
    # A voice close by is nearly dry; far sounds are mostly room.
    wet = min(1.0, r.late * far / 5)
    clip = event.clip
    if wet > 0.02:
        room = rooms[index % len(rooms)]
        size = sfft.next_fast_len(len(clip) + len(room), True)
        tail = sfft.irfft(sfft.rfft(clip, size) * sfft.rfft(room, size), size)[: len(clip) + len(room)]
        clip = np.pad(clip, (0, len(room))) + np.float32(wet) * tail.astype(np.float32)
    _add(sound, tau * RATE, np.float32(gain) * clip)
    if event.kind != "siren" and r.hears(tau):
        heard[index] = (gain**2 / r.noise**2, delay)


def _add(sound: Sound, at: float, clip: Sound) -> None:
    """Add ``clip`` at a fractional sample."""
    whole = int(np.floor(at))
    part = np.float32(at - whole)
    moved = (1 - part) * np.append(clip, np.float32(0)) + part * np.insert(clip, 0, np.float32(0))
    start, end = max(whole, 0), min(whole + len(moved), len(sound))
    if start < end:
        sound[start:end] += moved[start - whole : end - whole]


def _room(r: Recorder, draw: Generator) -> Sound:
    """An exponentially decaying tail, ``room_s`` to -60 dB, in unit energy."""
    n = int(r.room_s * RATE)
    tail = draw.standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
    return np.asarray(tail / np.sqrt(np.sum(tail**2)), np.float32)


def _noise(r: Recorder, draw: Generator) -> Sound:
    """Wind and engine: mostly low, uneven, with some hiss."""
    n = int(r.length * RATE)
    rumble = lfilter([1], [1, -0.95], draw.standard_normal(n))
    rumble /= np.std(rumble)
    gusts = np.exp(draw.normal(0, 0.4, n // RATE + 2))
    slow = np.interp(np.arange(n) / RATE, np.arange(len(gusts)), gusts)
    return np.asarray(r.noise * slow * (0.85 * rumble + 0.5 * draw.standard_normal(n)), np.float32)


def _path(sound: Sound, r: Recorder, events: list[Event], draw: Generator) -> Sound:
    """Gain control, band, clipping, beeps, mutes, radio keying."""
    if r.kind in ("call", "radio"):
        sound = np.asarray(sosfilt(butter(4, (300, 3400), "band", fs=RATE, output="sos"), sound), np.float32)
    elif r.kind == "dash":
        sound = np.asarray(sosfilt(butter(2, 2500, "low", fs=RATE, output="sos"), sound), np.float32)
    sound = _gain_control(sound, fast=r.kind in ("phone", "call", "radio"))
    if r.clipping:
        sound = np.clip(sound * np.float32(1 + 4 * r.clipping), -0.9, 0.9)
    if r.kind == "body":
        _beeps(sound, r)
    if r.kind == "radio":
        _keyed(sound, r, draw)
    for start, end in [(0.0, r.silent), *r.muted]:
        sound[int(start * RATE) : int(end * RATE)] = 0
    return np.clip(sound, -1, 1)


def _gain_control(sound: Sound, *, fast: bool) -> Sound:
    block = RATE // 10
    padded = np.pad(sound, (0, -len(sound) % block)).reshape(-1, block)
    level = np.sqrt(np.mean(padded**2, axis=1)) + 1e-4
    keep = 0.8 if fast else 0.97
    smooth = np.empty_like(level)
    held = float(np.median(level))
    for k, value in enumerate(level):
        held = max(keep * held, float(value)) if value > held else keep * held + (1 - keep) * float(value)
        smooth[k] = held
    gain = np.minimum(0.12 / smooth, 40.0) ** (0.8 if fast else 0.5)
    gain *= 0.1 / (np.median(level * gain) * 3 + 1e-6)
    fine = np.interp(np.arange(len(sound)), (np.arange(len(gain)) + 0.5) * block, gain)
    return np.asarray(sound * np.minimum(fine, 60.0), np.float32)


def _beeps(sound: Sound, r: Recorder) -> None:
    """Two short tones at the start of recorded sound and every two minutes: the same in every body camera."""
    for start in np.arange(r.silent + 0.2, r.length - 1, 120.0):
        for k in range(2):
            t = np.arange(int(0.12 * RATE)) / RATE
            _add(sound, (start + 0.35 * k) * RATE, np.asarray(0.25 * np.sin(2 * np.pi * 2700 * t), np.float32))


def _keyed(sound: Sound, r: Recorder, draw: Generator) -> None:
    """A radio log holds sound only while somebody keys up, and ends every call with the same tone."""
    at = 0.0
    while at < r.length:
        quiet, open_ = float(draw.uniform(1, 8)), float(draw.uniform(4, 20))
        sound[int(at * RATE) : int((at + quiet) * RATE)] *= 0
        end = at + quiet + open_
        t = np.arange(int(0.15 * RATE)) / RATE
        _add(sound, end * RATE, np.asarray(0.2 * np.sin(2 * np.pi * 1100 * t), np.float32))
        at = end + 0.15


_CODECS = {
    "body": (("mp4", "aac", 32000, 64000), ("mp4", "aac", 48000, 96000)),
    "phone": (("m4a", "aac", 44100, 96000), ("m4a", "aac", 48000, 128000)),
    "dash": (("mp4", "aac", 16000, 32000), ("wav", "pcm_s16le", 16000, 0)),
    "shop": (("mp3", "libmp3lame", 16000, 32000), ("wav", "adpcm_ima_wav", 16000, 0)),
    "call": (("wav", "pcm_mulaw", 8000, 0), ("mp3", "libmp3lame", 8000, 24000)),
    "radio": (("mp3", "libmp3lame", 16000, 24000), ("wav", "pcm_mulaw", 8000, 0)),
}


def _encode(folder: Path, number: int, r: Recorder, sound: Sound, draw: Generator) -> str:
    ending, codec, rate, bits = _CODECS[r.kind][int(draw.integers(0, 2))]
    name = f"{number:03d}_{r.kind}.{ending}"
    samples = np.asarray(np.round(sound * 32767), np.int16)
    with av.open(str(folder / name), "w", format="ipod" if ending == "m4a" else None) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = "mono"
        if bits:
            stream.bit_rate = bits
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        for start in range(0, len(samples), RATE):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + RATE], format="s16", layout="mono")
            frame.rate, frame.pts = RATE, start
            for made in resampler.resample(frame):
                container.mux(stream.encode(made))
        for made in resampler.resample(None):
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    return name


def _weighted(points: list[tuple[float, float]]) -> tuple[float, float, float]:
    """10 %, 50 % and 90 % of weighted values."""
    values = np.array([p[0] for p in points])
    weights = np.array([p[1] for p in points])
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    low, mid, high = (float(values[order][np.searchsorted(share, q)]) for q in (0.1, 0.5, 0.9))
    return low, mid, high


def _pairs(
    facts: dict[str, Any], heard: dict[str, dict[int, tuple[float, float]]], worlds: dict[int, list[Event]]
) -> list[list[Any]]:
    """[a, b, seconds of events both hear above noise, bangs both hear] of recorders of one scene."""
    rows = []
    for a, b in combinations(sorted(facts), 2):
        if facts[a]["group"] != facts[b]["group"]:
            continue
        events = worlds[facts[a]["group"]]
        both = [i for i in heard[a] if i in heard[b] and min(heard[a][i][0], heard[b][i][0]) > 1]
        seconds = sum(events[i].seconds for i in both)
        rows.append([a, b, round(seconds, 2), sum(events[i].kind == "shot" for i in both)])
    return rows


if __name__ == "__main__":
    made = make(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
    print(len(made["recorders"]), "recordings in", sys.argv[4])
