# SPDX-License-Identifier: Apache-2.0
"""The published sound of a recording: what must not be heard replaced, and its outline drawn from the rest.

The sample at a muted instant is never read by the encoder: it is silence, a tone or noise made here. Outside a
mute only its 10 ms of fade differ from what was recorded. Sample 0 is media time 0, so a player can
use the sound as the recording's clock.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plainview.media import mp4
from plainview.media.decode import pcm_blocks
from plainview.media.disguise import disguised
from plainview.media.encode import SoundEncoder
from plainview.model.redaction import Mute
from plainview.model.time import SECOND, MediaTime

FADE_S = 0.010
TONE_HZ, TONE_PEAK, TONE_RISE_S = 1000.0, 0.1, 0.005
"""-20 dBFS: heard as a cover, not startling. The audit takes a steady tone away and hears how this one rises."""

WAVE_POINTS_PER_SECOND = 20
_BLOCK_S = 10.0


def is_heard(original: Path, *, rate: int) -> bool:
    """Whether any sound of a recording can be decoded."""
    return next(pcm_blocks(original, rate=rate, seconds=_BLOCK_S), None) is not None


def write_sound(
    original: Path, target: Path, wave: Path, *, rate: int, mutes: tuple[Mute, ...], until: MediaTime
) -> None:
    """Write the concealed sound (AAC in MP4) and its outline.

    Silence is added up to ``until`` (the end of the pictures), so that the clock runs as long as they do.
    """
    encoder, outline = SoundEncoder(rate), Outline(rate)
    count = 0
    with mp4.Writer(target, [mp4.Track(encoder.entry, rate)]) as writer:
        for samples in concealed(original, rate=rate, mutes=mutes):
            count += _write(samples, writer, encoder, outline)
        for samples in silence(round(until * rate / SECOND) - count, rate=rate):
            _write(samples, writer, encoder, outline)
        for sample in encoder.close():
            writer.add(0, sample)
    outline.save(wave)


def _write(samples: NDArray[np.float32], writer: mp4.Writer, encoder: SoundEncoder, outline: Outline) -> int:
    outline.add(samples)
    for sample in encoder.add(samples):
        writer.add(0, sample)
    return len(samples)


def concealed(original: Path, *, rate: int, mutes: Iterable[Mute]) -> Iterator[NDArray[np.float32]]:
    """The recording's sound as mono blocks with every mute applied; sample 0 is media time 0."""
    # A disguise first: what hides words as well is laid over it, and fades what is left beside it.
    ordered = sorted(mutes, key=lambda mute: (mute.hides_words, mute.span))
    position = 0
    for block in pcm_blocks(original, rate=rate, seconds=_BLOCK_S):
        samples = np.array(block, dtype=np.float32)
        for mute in ordered:
            cover(samples, first=position, rate=rate, mute=mute)
        position += len(samples)
        yield samples


def cover(samples: NDArray[np.float32], *, first: int, rate: int, mute: Mute) -> None:
    """Replace the muted part of ``samples`` in place; ``first`` is the index of its first sample."""
    start = math.floor(mute.span.start * rate / SECOND) - first
    end = math.ceil(mute.span.end * rate / SECOND) - first
    fade = max(1, round(FADE_S * rate))
    if end + fade <= 0 or start - fade >= len(samples):
        return
    index = np.arange(max(0, start - fade), min(len(samples), end + fade))
    distance = np.maximum(start - index, index - (end - 1))
    kept = np.clip(distance / fade, 0, 1).astype(np.float32)
    samples[index] *= kept if mute.cover != "voice" else np.where(distance > 0, kept, 1).astype(np.float32)
    inside = index[(index >= start) & (index < end)]
    said = samples[inside] if mute.cover == "voice" else None
    samples[inside] = 0
    if said is not None:
        samples[inside] = disguised(said, rate=rate, first=first + int(inside[0]))
    if mute.cover == "tone":
        ramp = np.clip(np.minimum(inside - start, end - 1 - inside) / (TONE_RISE_S * rate), 0, 1)
        tone = TONE_PEAK * np.sin(2 * np.pi * TONE_HZ * (inside + first) / rate)
        samples[inside] = (ramp * tone).astype(np.float32)


def silence(count: int, *, rate: int) -> Iterator[NDArray[np.float32]]:
    """``count`` zero samples in blocks; none when negative."""
    while count > 0:
        size = min(count, rate * 10)
        yield np.zeros(size, np.float32)
        count -= size


class Outline:
    """Smallest and largest sample of each twentieth of a second, in audiowaveform's ``.dat`` version 2."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._step = rate // WAVE_POINTS_PER_SECOND
        self._held = np.zeros(0, np.float32)
        self._pairs = array("b")

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples."""
        held = np.concatenate([self._held, samples])
        whole = len(held) // self._step * self._step
        self._points(held[:whole].reshape(-1, self._step))
        self._held = held[whole:]

    def save(self, path: Path) -> None:
        """Write the file, the last, shorter point included."""
        if len(self._held):
            self._points(self._held[None, :])
            self._held = self._held[:0]
        # Version 2, 8-bit samples, rate, samples per point, points, channels: little end first.
        fields = (2, 1, self._rate, self._step, len(self._pairs) // 2, 1)
        path.write_bytes(b"".join(value.to_bytes(4, "little") for value in fields) + self._pairs.tobytes())

    def _points(self, rows: NDArray[np.float32]) -> None:
        pairs = np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1) if rows.size else np.zeros((0, 2))
        self._pairs.frombytes(np.clip(np.round(pairs * 127), -128, 127).astype(np.int8).tobytes())
