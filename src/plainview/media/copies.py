# SPDX-License-Identifier: Apache-2.0
"""Which recordings are copies of one recording: one microphone's sound, delivered twice.

What this module keeps true:

1. A copy is no second witness: whoever counts witnesses counts a group of copies once.
2. Only sound decides, never a name: two recordings are copies where, frequency by frequency, one is
   the other at another loudness, noise and rooms included. Two microphones side by side have their own.
3. Every stretch that is compared must say so; a stretch without sound says nothing, and where none
   says anything there are no copies.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from itertools import combinations

import numpy as np
import scipy.fft as sfft
from numpy.typing import NDArray

from plainview.model.time import SECOND, IncidentSpan
from plainview.model.timeline import Alignment

RATE = 8000
"""Samples a second of what is compared; telephones carry no more."""

STRETCH = 6 * SECOND
"""µs of sound compared at one place."""

PLACES = (0.2, 0.4, 0.6, 0.8)
"""Where in the shared time, as shares of it."""

REACH = 0.1
"""Seconds beyond both error bars within which the exact lag is looked for."""

ONE_SOUND = 0.45
"""Likeness (see ``alike``) from which a stretch is one sound. Measured on rooms, noises and codecs of bench/:
copies through AAC, MP3, Opus at 16 kbit/s and the mu-law 0.69 or more; recorders of one voice, the same
dry sound with a noise 35 dB below it included, 0.10 or less."""

_FRAME = 512
_BAND = slice(300 * _FRAME // RATE, 3000 * _FRAME // RATE)
_SILENT = 8
"""Root mean square, of 32768, under which a stretch holds nothing."""

Samples = NDArray[np.int16]


def groups(
    sounds: Mapping[str, Samples], alignments: Iterable[Alignment], *, likely: Container[frozenset[str]] | None = None
) -> tuple[tuple[str, ...], ...]:
    """Recordings placed by sound that are copies of each other, each group in order of name.

    ``sounds`` are whole recordings at RATE; ``likely``: the pairs worth comparing, all where not told.
    """
    placed = sorted((a for a in alignments if a.how == "sound"), key=lambda a: a.exhibit)
    found: list[set[str]] = []
    for a, b in combinations(placed, 2):
        known = any({a.exhibit, b.exhibit} <= group for group in found)
        if known or (likely is not None and frozenset((a.exhibit, b.exhibit)) not in likely):
            continue
        if not _one_sound(sounds, a, b):
            continue
        joined = {a.exhibit, b.exhibit}.union(*(group for group in found if group & {a.exhibit, b.exhibit}))
        found = [group for group in found if not group & joined] + [joined]
    return tuple(sorted(tuple(sorted(group)) for group in found))


def _one_sound(sounds: Mapping[str, Samples], a: Alignment, b: Alignment) -> bool:
    told = 0
    for span in _shared(sounds, a, b):
        here, there = _cut(sounds[a.exhibit], a, span, 0.0), _cut(sounds[b.exhibit], b, span, _reach(a, b))
        if _level(here) < _SILENT or _level(there) < _SILENT:
            continue
        if alike(here, there) < ONE_SOUND:
            return False
        told += 1
    return told > 0


def _shared(sounds: Mapping[str, Samples], a: Alignment, b: Alignment) -> Iterable[IncidentSpan]:
    """The stretches to compare, each inside both recordings."""
    ends = [each.offset + len(sounds[each.exhibit]) * SECOND // RATE for each in (a, b)]
    first, last = max(a.offset, b.offset) + SECOND // 2, min(ends) - SECOND // 2 - STRETCH
    for share in PLACES if last > first else ():
        at = type(a.offset)(round(first + share * (last - first)))
        yield IncidentSpan(at, type(a.offset)(at + STRETCH))


def _reach(a: Alignment, b: Alignment) -> float:
    return min(0.5, (a.uncertainty + b.uncertainty) / SECOND + REACH)


def _cut(sound: Samples, home: Alignment, span: IncidentSpan, wider: float) -> NDArray[np.float32]:
    first, last = (round((home.media(at) / SECOND) * RATE) for at in (span.start, span.end))
    more = round(wider * RATE)
    return sound[max(0, first - more) : last + more].astype(np.float32)


def _level(sound: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0


def alike(here: NDArray[np.float32], there: NDArray[np.float32]) -> float:
    """How much of ``here`` is in the longer ``there``, where it fits best: 0 nothing, 1 all; 0 when too short.

    Median coherence over frequency, of all frames or of the quieter half of them, whichever is less:
    two microphones may share a loud voice, never the pauses between its words.
    """
    if len(there) < len(here) or len(here) < RATE:
        return 0.0
    size = int(sfft.next_fast_len(len(here) + len(there), True))
    cross = sfft.rfft(there, size) * np.conj(sfft.rfft(here, size))
    lags = sfft.irfft(cross / (np.abs(cross) + 1e-9), size)[: len(there) - len(here) + 1]
    best = int(np.argmax(np.abs(lags)))
    one, other = _frames(here), _frames(there[best : best + len(here)])
    quiet = np.argsort(np.mean(np.abs(one) ** 2, axis=1), kind="stable")[: len(one) // 2]
    return min(_coherence(one, other), _coherence(one[quiet], other[quiet]))


def _frames(sound: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Spectra of 64 ms, each brought to one level, so that a quiet moment tells as much as a loud one."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[:: _FRAME // 2]
    spectra = sfft.rfft(frames * np.hanning(_FRAME).astype(np.float32), axis=1)[:, _BAND]
    level = np.sqrt(np.mean(np.abs(spectra) ** 2, axis=1, keepdims=True))
    return np.asarray(spectra / (level + 1e-6), np.complex64)


def _coherence(one: NDArray[np.complex64], other: NDArray[np.complex64]) -> float:
    """Median over frequencies of the share of one sound that the other explains."""
    both = np.abs(np.sum(one * np.conj(other), axis=0)) ** 2
    each = np.sum(np.abs(one) ** 2, axis=0) * np.sum(np.abs(other) ** 2, axis=0)
    return float(np.median(both / (each + 1e-9)))

