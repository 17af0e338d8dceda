# SPDX-License-Identifier: Apache-2.0
"""Noise from a seed, as a recording that takes a step some time to listen to."""

from __future__ import annotations

import random
import wave
from pathlib import Path


def noise(path: Path, *, seed: int, seconds: int = 40) -> Path:
    """A WAV file of one channel, 16 bits at 16 kHz."""
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(random.Random(seed).randbytes(2 * 16000 * seconds))
    return path
