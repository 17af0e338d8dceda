# SPDX-License-Identifier: Apache-2.0
"""The invented people's voices: rendered once by a synthesiser and shipped as one sound file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

RATE = 16_000


@dataclass(frozen=True, slots=True)
class Spoken:
    """One rendered line: samples (float32, mono, 16 kHz) and word times from its start (s)."""

    samples: NDArray[np.float32]
    words: tuple[tuple[str, float, float], ...]


@lru_cache(maxsize=1)
def voices() -> dict[str, Spoken]:
    """All rendered lines by their id in the screenplay."""
    folder = resources.files("plainview.simulator.voices")
    index = json.loads(folder.joinpath("voices.json").read_text(encoding="utf-8"))
    with av.open(BytesIO(folder.joinpath("voices.flac").read_bytes()), format="flac") as container:
        assert isinstance(container, InputContainer)
        pcm = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
    sound = pcm.astype(np.float32) / 32768.0
    return {
        name: Spoken(
            sound[line["start"] : line["start"] + line["samples"]],
            tuple((w, float(a), float(b)) for w, a, b in line["words"]),
        )
        for name, line in index["lines"].items()
    }
