# SPDX-License-Identifier: Apache-2.0
"""Small pictures by which a person checks a finding in ten seconds: a spectrogram strip, a correlation peak.

A picture shows the sound around a place and marks the place; it decides nothing, and it is made anew
from the sealed original each time. Same sound, same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from plainview.media.decode import glimpses, pcm
from plainview.model.time import SECOND, MediaSpan, MediaTime

RATE = 16_000
WIDTH, HEIGHT = 720, 192
RANGE_DB = 60.0
"""From white down to black in a strip."""

APART = round(0.02 * RATE)
"""Samples beside the best lag that belong to the same peak."""

REACH_S = 1.0
"""Seconds of lag to either side that a correlation picture shows."""

INK, MARK, PAPER = (40, 40, 40), (200, 30, 30), (255, 255, 255)

Sound = NDArray[np.float32]
Numbers = NDArray[np.float64]


def spectrogram(path: Path, at: MediaTime, *, uncertainty: int = 0, seconds: float = 3.0) -> bytes:
    """PNG of the sound around ``at``: time rightwards, 0 to 8 kHz upwards; red marks at ``at`` ± ``uncertainty`` µs."""
    begin = max(0, round(at - seconds * SECOND / 2))
    sound = pcm(path, rate=RATE, start=MediaTime(begin), end=MediaTime(round(begin + seconds * SECOND)))
    picture = Image.fromarray(_grey(sound, seconds)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for place in sorted({at - uncertainty, at, at + uncertainty}):
        x = round((place - begin) / (seconds * SECOND) * WIDTH)
        draw.line((x, 0, x, HEIGHT - 1 if place == at else HEIGHT // 8), fill=MARK)
    return _png(picture)


def _grey(sound: Sound, seconds: float) -> NDArray[np.uint8]:
    """Levels as grey, loudest white; columns are even steps of time, rows even steps of pitch, high above."""
    size = 512
    padded = np.zeros(round(seconds * RATE) + size, np.float32)
    padded[size // 2 : size // 2 + len(sound)] = sound[: round(seconds * RATE)]
    starts = np.linspace(0, len(padded) - size - 1, WIDTH).astype(np.intp)
    power = np.abs(np.fft.rfft(padded[starts[:, None] + np.arange(size)] * np.hanning(size), axis=1)) ** 2
    rows = np.linspace(1, size // 2 - 1, HEIGHT).astype(np.intp)
    level = 10 * np.log10(power[:, rows].T[::-1] + 1e-9)
    return np.asarray(np.clip((level - level.max()) / RANGE_DB + 1, 0, 1) * 255, np.uint8)


def picture(path: Path, at: MediaTime) -> bytes:
    """PNG of what the recording shows at ``at``, whole, so that a clock burned into it can be read; empty paper where
    nothing can be decoded there."""
    shown = next(glimpses(path, [MediaSpan(at, MediaTime(at + 1))]), None)
    if shown is None:
        return _png(Image.new("RGB", (WIDTH, HEIGHT), PAPER))
    return _png(Image.fromarray(shown[1].array("rgb24", width=WIDTH)))


def correlation(
    a: tuple[Path, MediaTime], b: tuple[Path, MediaTime], *, seconds: float = 8.0
) -> tuple[bytes, float, float]:
    """How two recordings agree around an anchor: PNG, the peak's height over its noise, and its place in ms.

    The curve is the whitened cross-correlation of ``seconds`` around both places; a place of 0 ms means
    that the sounds coincide exactly where the anchor says.
    """
    curve = _whitened(*(_around(path, at, seconds) for path, at in (a, b)))
    reach = round(REACH_S * RATE)
    shown = curve[len(curve) // 2 - reach : len(curve) // 2 + reach + 1]
    noise = 1.4826 * float(np.median(np.abs(shown))) + 1e-12
    peak = int(np.argmax(shown))
    return _png(_drawn(shown / noise)), float(shown[peak] / noise), 1000 * (peak - reach) / RATE


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two recordings agree around an instant: the best lag and the second-best, each (ms, height over noise)."""

    peaks: tuple[tuple[float, float], ...]
    picture: bytes
    """PNG."""


def agreement(a: tuple[Path, MediaTime], b: tuple[Path, MediaTime], *, seconds: float = 8.0) -> Agreement:
    """By how many ms ``a`` runs behind what its place says, as shared sound has it; the runner-up tells how sure."""
    curve = _whitened(*(_around(path, at, seconds) for path, at in (a, b)))
    reach = round(REACH_S * RATE)
    shown = curve[len(curve) // 2 - reach : len(curve) // 2 + reach + 1]
    noise = 1.4826 * float(np.median(np.abs(shown))) + 1e-12
    best = int(np.argmax(shown))
    rest = shown.copy()
    rest[max(0, best - APART) : best + APART + 1] = 0
    places = (best, int(np.argmax(rest)))
    peaks = tuple((1000 * (each - reach) / RATE, float(shown[each] / noise)) for each in places)
    return Agreement(peaks, _png(_drawn(shown / noise)))


def _around(path: Path, at: MediaTime, seconds: float) -> Sound:
    """``seconds`` of sound with ``at`` in its middle; silence where the recording does not reach."""
    begin = round(at - seconds * SECOND / 2)
    sound = pcm(path, rate=RATE, start=MediaTime(max(0, begin)), end=MediaTime(round(begin + seconds * SECOND)))
    out = np.zeros(round(seconds * RATE), np.float32)
    first = round(max(0, -begin) * RATE / SECOND)
    out[first : first + len(sound)] = sound[: len(out) - first]
    return out


def _whitened(a: Sound, b: Sound) -> Numbers:
    """Cross-correlation of equal weight at every pitch between 200 Hz and 7 kHz; lag 0 in the middle."""
    size = 2 * len(a)
    cross = np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    cross = np.where((hertz > 200) & (hertz < 7000), cross / (np.abs(cross) + 1e-9), 0)
    return np.asarray(np.fft.fftshift(np.fft.irfft(cross, size)))


def _drawn(curve: Numbers) -> Image.Image:
    """The curve as vertical strokes, the greatest of each column, and a red line at lag 0."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.line((WIDTH // 2, 0, WIDTH // 2, HEIGHT - 1), fill=MARK)
    columns = [float(np.abs(part).max()) for part in np.array_split(curve, WIDTH)]
    top = max(columns)
    for x, height in enumerate(columns):
        draw.line((x, HEIGHT - 1, x, HEIGHT - 1 - round((HEIGHT - 8) * height / top)), fill=INK)
    return picture


def _png(picture: Image.Image) -> bytes:
    held = BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()
