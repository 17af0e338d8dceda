# SPDX-License-Identifier: Apache-2.0
"""Speech with known words, and the rooms, noises and lines it is heard through; drawn by seed.

Three kinds of speech: people who read aloud (five LibriVox clips that come with their text in the
source package of pocketsphinx), the packaged Kokoro voices, and sentences of ``speech_lines.txt``
spoken by flite. Rooms, noises and telephone lines here are not the simulator's.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
import tempfile
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

RATE = 16_000
Sound = NDArray[np.float32]
Draw = np.random.Generator

READERS = "pip download --no-deps --no-binary :all: pocketsphinx==5.1.1"
"""Where the read clips come from."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Something said: 16 kHz samples with a peak of 0.5, and its words."""

    voice: str
    text: str
    samples: Sound


@dataclass(frozen=True, slots=True)
class Reel:
    """Clips one after the other with pauses; each with the second at which it begins and ends."""

    samples: Sound
    said: tuple[tuple[float, float, str], ...]

    @property
    def text(self) -> str:
        return " ".join(text for _, _, text in self.said)


def read_aloud(archive: Path) -> list[Clip]:
    """The LibriVox clips inside the source package of pocketsphinx 5.1.1 (see READERS)."""
    clips = []
    with tarfile.open(archive) as package:
        names = sorted(n for n in package.getnames() if "/librivox/sense" in n and n.endswith(".wav"))
        for name in names:
            sound, text = package.extractfile(name), package.extractfile(name.removesuffix(".wav") + ".txt")
            assert sound is not None
            assert text is not None
            clips.append(Clip("reader", text.read().decode().strip(), _peak(_wave(sound.read()))))
    return clips


def kokoro(prefixes: str) -> list[Clip]:
    """The packaged lines whose name begins with one of the letters given."""
    samples, facts = _packaged()
    return [
        Clip(fact["voice"], fact["text"], _peak(samples[fact["start"] : fact["start"] + fact["samples"]]))
        for name, fact in sorted(facts.items())
        if name[0] in prefixes
    ]


def flite(texts: Sequence[str], *, voices: Sequence[str] = ("slt", "rms", "awb")) -> list[Clip]:
    """Each text spoken by one of the voices in turn (Debian package flite)."""
    return [flite_says(text, voices[i % len(voices)]) for i, text in enumerate(texts)]


def flite_says(text: str, voice: str, *, stretch: float = 1.0) -> Clip:
    """A text spoken by one voice; each sound lasts ``stretch`` times as long as it does by itself."""
    return Clip(voice, text, _flite(text, voice, stretch))


def lines(name: str = "lines") -> list[str]:
    """The sentences written for this: ``lines``, or ``near``, which hold words like those of commands."""
    return (Path(__file__).parent / f"speech_{name}.txt").read_text(encoding="utf-8").splitlines()


def reel(clips: Sequence[Clip], draw: Draw, *, pause: tuple[float, float] = (0.8, 2.0), spread: float = 4.0) -> Reel:
    """The clips in a drawn order, each at a drawn level (``spread`` dB either way)."""
    parts, said, at = [np.zeros(RATE, np.float32)], [], 1.0
    for i in draw.permutation(len(clips)):
        clip = clips[i]
        level = np.float32(10 ** (draw.uniform(-spread, spread) / 20))
        seconds = len(clip.samples) / RATE
        said.append((at, at + seconds, clip.text))
        still = draw.uniform(*pause)
        parts += [clip.samples * level, np.zeros(round(still * RATE), np.float32)]
        at += seconds + round(still * RATE) / RATE
    return Reel(np.concatenate(parts), tuple(said))


def siren(n: int, draw: Draw) -> Sound:
    """Wails between 500 and 1500 Hz, of drawn length."""
    t = np.arange(n) / RATE
    pitch = 950 + 450 * np.sin(2 * np.pi * t / draw.uniform(2, 6) + draw.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return _unit(np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.3 * np.sin(3 * phase) + 0.1 * draw.standard_normal(n))


def engine(n: int, draw: Draw) -> Sound:
    """Idling: an uneven pulse train below a rumble."""
    t = np.arange(n) / RATE
    rate = draw.uniform(22, 40)
    wobble = np.cumsum(draw.standard_normal(n)) * 2e-4
    tone = sum(np.sin(2 * np.pi * rate * k * t + k * wobble) / k for k in range(1, 25))
    return _unit(0.6 * np.asarray(tone) + _coloured(n, draw, 400.0) * 0.8)


def street(n: int, draw: Draw) -> Sound:
    """Far traffic with cars that pass."""
    sound = _coloured(n, draw, 600.0) * 0.5
    t = np.arange(n) / RATE
    for at in draw.uniform(0, n / RATE, max(1, n // RATE // 8)):
        sound = sound + _coloured(n, draw, 1500.0) * np.exp(-(((t - at) / draw.uniform(0.8, 2.0)) ** 2)) * 1.5
    return _unit(sound)


def dogs(n: int, draw: Draw) -> Sound:
    """Barks: short bursts of a falling harmonic tone with breath in it."""
    sound = np.zeros(n)
    at = draw.uniform(0, 1)
    while at < n / RATE - 0.5:
        length = round(draw.uniform(0.12, 0.25) * RATE)
        t = np.arange(length) / RATE
        pitch = draw.uniform(350, 700) * np.exp(-t * 3)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        bark = sum(np.sin(k * phase) / k for k in range(1, 9)) + draw.standard_normal(length) * 0.7
        first = round(at * RATE)
        sound[first : first + length] += np.asarray(bark) * np.hanning(length)
        at += draw.choice([draw.uniform(0.25, 0.5), draw.uniform(1, 4)])
    return _unit(sound + 0.01 * draw.standard_normal(n))


def shots(n: int, draw: Draw) -> Sound:
    """Reports with their tail, some seconds apart, over faint noise."""
    sound = 0.02 * draw.standard_normal(n)
    at = draw.uniform(0.2, 2)
    while at < n / RATE - 1:
        t = np.arange(RATE) / RATE
        crack = draw.standard_normal(RATE) * (np.exp(-t / 0.01) * 3 + np.exp(-t / draw.uniform(0.08, 0.3)))
        first = round(at * RATE)
        sound[first : first + RATE] += crack
        at += draw.choice([draw.uniform(0.15, 0.5), draw.uniform(2, 6)])
    return np.asarray(np.clip(sound * 0.2, -1, 1), np.float32)


def music(n: int, draw: Draw) -> Sound:
    """Chords of plucked strings with a beat: nobody sings."""
    sound = np.zeros(n)
    beat = draw.uniform(0.35, 0.6)
    for i, at in enumerate(np.arange(0, n / RATE - 2, beat)):
        root = 110 * 2 ** (draw.integers(0, 24) / 12)
        t = np.arange(round(1.5 * RATE)) / RATE
        first = round(at * RATE)
        for step in (0, 4, 7):
            phase = 2 * np.pi * root * 2 ** (step / 12) * t
            note = np.sin(phase) + 0.4 * np.sin(2 * phase)
            sound[first : first + len(t)] += note * np.exp(-t / 0.4)
        if i % 2:
            sound[first : first + 1600] += draw.standard_normal(1600) * np.exp(-np.arange(1600) / 300) * 2
    return _unit(sound)


def wind(n: int, draw: Draw) -> Sound:
    """Gusts on a microphone without a shield."""
    t = np.arange(n) / RATE
    gust = 0.3 + np.abs(np.sin(2 * np.pi * t / draw.uniform(3, 9))) ** 3
    return _unit(_coloured(n, draw, 180.0) * gust)


def silence(n: int, draw: Draw) -> Sound:
    """Digital zeros."""
    return np.zeros(n, np.float32)


def hiss(n: int, draw: Draw) -> Sound:
    """White noise, as a receiver between calls gives it."""
    return _unit(draw.standard_normal(n))


SPEECHLESS: dict[str, Callable[[int, Draw], Sound]] = {
    "silence": silence,
    "hiss": hiss,
    "siren": siren,
    "engine": engine,
    "street": street,
    "dogs": dogs,
    "shots": shots,
    "music": music,
    "wind": wind,
}


def with_noise(sound: Sound, noise: Sound, decibels: float) -> Sound:
    """Speech over noise: the ratio is of the level where there is speech to the noise's mean level."""
    mixed = sound + at_ratio(sound, noise, decibels)
    return np.asarray(np.clip(mixed / max(1.0, float(np.abs(mixed).max())), -1, 1), np.float32)


def at_ratio(sound: Sound, noise: Sound, decibels: float) -> Sound:
    """The noise at the level at which ``with_noise`` adds it."""
    loud = sound[np.abs(sound) > 0.02 * np.abs(sound).max()]
    wanted = float(np.sqrt(np.mean(loud**2))) / 10 ** (decibels / 20)
    return noise[: len(sound)] * np.float32(wanted / (float(np.sqrt(np.mean(noise**2))) + 1e-9))


def speech_band(sound: Sound) -> Sound:
    """What lies between 300 and 3400 Hz, which carries the words."""
    return np.asarray(sosfilt(butter(4, [300, 3400], "bandpass", fs=RATE, output="sos"), sound), np.float32)


def in_a_room(sound: Sound, draw: Draw, *, seconds: float, direct: float) -> Sound:
    """Through a room with this reverberation time; ``direct`` is the direct path against the tail (amplitude)."""
    n = round(seconds * RATE)
    t = np.arange(n) / RATE
    tail = draw.standard_normal(n) * np.exp(-6.9 * t / seconds)
    tail[: round(0.004 * RATE)] = 0
    for _ in range(6):
        tail[draw.integers(60, 900)] += draw.uniform(-3, 3)
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] = direct
    return _peak(fftconvolve(sound, tail)[: len(sound)])


def telephone(sound: Sound) -> Sound:
    """300 to 3400 Hz at 8 kHz, eight bits by the mu-law."""
    narrow = resample_poly(sosfilt(butter(4, [300, 3400], "bandpass", fs=RATE, output="sos"), sound), 1, 2)
    narrow = narrow / (np.abs(narrow).max() + 1e-9)
    coded = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    back = np.sign(coded) * (256 ** np.abs(coded) - 1) / 255
    return _peak(resample_poly(back, 2, 1)[: len(sound)])


def save(path: Path, sound: Sound) -> Path:
    """A 16-bit WAV."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def load(path: str | Path) -> Sound:
    """A WAV at 16 kHz."""
    return _wave(Path(path).read_bytes())


def _coloured(n: int, draw: Draw, corner: float) -> NDArray[np.float64]:
    return np.asarray(sosfilt(butter(1, corner, fs=RATE, output="sos"), draw.standard_normal(n)), np.float64)


def _unit(sound: NDArray[np.float64]) -> Sound:
    return np.asarray(0.3 * sound / (np.abs(sound).max() + 1e-9), np.float32)


def _peak(sound: NDArray[np.floating]) -> Sound:
    return np.asarray(sound * (0.5 / (np.abs(sound).max() + 1e-9)), np.float32)


def _wave(data: bytes) -> Sound:
    with wave.open(io.BytesIO(data)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    return samples if rate == RATE else np.asarray(resample_poly(samples, RATE, rate), np.float32)


@lru_cache(maxsize=1)
def _packaged() -> tuple[Sound, dict[str, dict[str, object]]]:
    folder = files("plainview.simulator") / "voices"
    facts = json.loads((folder / "voices.json").read_text())
    with (folder / "voices.flac").open("rb") as file, av.open(file, "r") as container:
        pieces = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return (np.concatenate(pieces) / 32768).astype(np.float32), facts["lines"]


def _flite(text: str, voice: str, stretch: float) -> Sound:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        plain = re.sub(r"[^A-Za-z0-9 ,.?!'-]", " ", text)
        slow = ["--setf", f"duration_stretch={stretch}"] if stretch != 1.0 else []
        subprocess.run(["flite", "-voice", voice, *slow, "-t", plain, "-o", path], check=True)
        return _peak(_wave(path.read_bytes()))
