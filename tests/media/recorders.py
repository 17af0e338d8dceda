# SPDX-License-Identifier: Apache-2.0
"""An invented scene and how recorders with chosen clocks hear it; for tests of the common clock."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
LENGTH_S = 150


@dataclass(frozen=True)
class Recorder:
    """``offset`` s on the common clock, ``drift`` ppm, ``noise`` as a share of the scene's loudness."""

    offset: float
    length: float
    drift: float = 0.0
    noise: float = 0.3
    silent: float = 0.0
    gain: float = 1.0


def scene(seed: int, seconds: float = LENGTH_S, rate: int = 16000) -> NDArray[np.float64]:
    """Speech-like bursts of filtered noise, some voiced, at irregular times; nothing repeats."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * rate))
    at = 0.5
    while at < seconds - 1.5:
        length = rng.uniform(0.08, 0.5)
        n = int(length * rate)
        burst = rng.standard_normal(n)
        band = np.fft.rfft(burst)
        hertz = np.fft.rfftfreq(n, 1 / rate)
        centre = rng.uniform(300, 2800)
        band *= np.exp(-(((hertz - centre) / rng.uniform(200, 900)) ** 2))
        burst = np.fft.irfft(band, n)
        burst *= np.hanning(n) * rng.uniform(0.3, 1) / (np.abs(burst).max() + 1e-9)
        k = int(at * rate)
        sound[k : k + n] += burst
        at += length + rng.exponential(0.35)
    return sound


def heard_by(world: NDArray[np.float64], recorder: Recorder, seed: int) -> NDArray[np.int16]:
    """The scene as one recorder samples it: its own start, rate, loudness, noise and silent beginning."""
    rng = np.random.default_rng(seed)
    own = np.arange(int(recorder.length * RATE)) / RATE
    common = recorder.offset + own * (1 + recorder.drift * 1e-6)
    x = np.interp(common, np.arange(len(world)) / 16000, world, left=0, right=0)
    x = recorder.gain * (0.3 * x + 0.3 * recorder.noise * 0.15 * rng.standard_normal(len(x)))
    x[: int(recorder.silent * RATE)] = 0
    return np.asarray(np.clip(np.round(x * 20000), -32768, 32767), np.int16)


def write(path: Path, samples: NDArray[np.int16]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return path
