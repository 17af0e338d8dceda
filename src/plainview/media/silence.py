# SPDX-License-Identifier: Apache-2.0
"""Where a recording has no sound at all: a body camera's buffer, a muted stretch, a lost microphone.

Digital silence is not quiet: every sample is (almost) zero for seconds on end, which no microphone
that is switched on ever gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from plainview.media.decode import pcm_blocks
from plainview.model.time import SECOND, MediaSpan, MediaTime

RATE = 8000
WINDOW = 800
"""Samples looked at together: a tenth of a second."""

FLOOR = 4 / 32768
"""Above this a sample is sound: two bits more than the dither of a 16-bit recorder."""

SHORTEST = 2 * SECOND
"""µs; shorter silences are pauses of the codec, not of the recorder."""


def silent_spans(path: Path) -> tuple[MediaSpan, ...]:
    """Stretches of digital silence of two seconds and more, sorted; empty when there is no sound stream."""
    return tuple(span for span in _runs(_windows(path)) if span.length >= SHORTEST)


def _windows(path: Path) -> Iterator[bool]:
    """For each tenth of a second, whether it is silent."""
    for block in pcm_blocks(path, rate=RATE, seconds=30.0):
        whole = len(block) // WINDOW * WINDOW
        yield from (np.abs(block[:whole].reshape(-1, WINDOW)).max(axis=1) < FLOOR).tolist()


def _runs(windows: Iterator[bool]) -> Iterator[MediaSpan]:
    step = SECOND * WINDOW // RATE
    start, at = None, 0
    for silent in windows:
        if silent and start is None:
            start = at
        if not silent and start is not None:
            yield MediaSpan(MediaTime(start), MediaTime(at))
            start = None
        at += step
    if start is not None:
        yield MediaSpan(MediaTime(start), MediaTime(at))
