# SPDX-License-Identifier: Apache-2.0
"""Sounds with known truth for the tests of what was heard: packaged voices, shots and noises by seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Sound = NDArray[np.float32]


@lru_cache(maxsize=1)
def _voices() -> tuple[Sound, dict[str, Any]]:
    folder = files("plainview.simulator") / "voices"
    facts = json.loads((folder / "voices.json").read_text())
    with (folder / "voices.flac").open("rb") as file, av.open(file, "r") as container:
        pieces = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return (np.concatenate(pieces) / 32768).astype(np.float32), facts["lines"]


def line(name: str) -> Sound:
    """One spoken line of the screenplay, alone, 16 kHz, peak 0.5."""
    samples, facts = _voices()
    fact = facts[name]
    spoken = samples[fact["start"] : fact["start"] + fact["samples"]]
    return spoken * np.float32(0.5 / np.abs(spoken).max())


def scene(
    seconds: float, lines: Sequence[tuple[float, str]] = (), *, noise: float = 0.001, gain: float = 1.0, seed: int = 1
) -> Sound:
    """Lines at their times over white noise of a given RMS; ``gain`` is for the voices alone."""
    rng = np.random.default_rng(seed)
    sound = (noise * rng.standard_normal(round(seconds * RATE))).astype(np.float32)
    for at, name in lines:
        spoken = line(name) * np.float32(gain)
        first = round(at * RATE)
        room = len(sound) - first
        sound[first : first + len(spoken)] += spoken[:room]
    return np.clip(sound, -1, 1)


def siren(seconds: float, *, level: float = 0.2) -> Sound:
    """A wailing siren: harmonics sweeping between 600 and 1400 Hz."""
    t = np.arange(round(seconds * RATE)) / RATE
    pitch = 1000 + 400 * np.sin(2 * np.pi * t / 3.0)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return (level * (np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase))).astype(np.float32)


def engine(seconds: float, *, level: float = 0.2, seed: int = 3) -> Sound:
    """An idling engine: a 28 Hz pulse train with its harmonics, slightly uneven, in broadband noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    wobble = np.cumsum(rng.standard_normal(len(t))) * 2e-4
    tone = sum(np.sin(2 * np.pi * 28 * k * t + k * wobble) / k for k in range(1, 20))
    return (level * (0.5 * np.asarray(tone) + 0.2 * rng.standard_normal(len(t)))).astype(np.float32)
