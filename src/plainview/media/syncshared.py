# SPDX-License-Identifier: Apache-2.0
"""The same sounds in many recordings at once: where in each they lie, to a fraction of a millisecond.

What this module keeps true: all recordings are cut at the same common times, so that what a pair shares there
can be the same sound for every pair; the lags of three recordings of one sound add up to zero, and only those
that do are called one sound; two sounds in one cut stay two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import scipy.fft as sfft
from numpy.typing import NDArray

from plainview.media.syncsound import RATE, Curves, Samples, heard_by_all, mostly_silent, vertex

CUT_S = 2.0
"""Long enough to hold a few words, short enough that one source at one place carries it."""

_STEP_S = 1.5
_MOST_CUTS = 300
_REACH_S = 0.35
"""Sound needs as long for 120 metres."""

_PARTNERS = 6
"""Each recording is compared with those it resembles most: three make a triangle, more cost and tell little."""

_LEAST_QUALITY = 7.0
"""Noise has its highest peak at four to five of its own deviations."""

_CLOSE_S = 0.0008
"""Six samples: peaks of three pairs of one sound close to this, of different sounds hardly ever."""

_SAMPLED = 8
"""A curve's noise is measured on every eighth of its points, seven hundred."""


@dataclass(frozen=True, slots=True)
class Shared:
    """At common time ``t``, in ``b`` ``late`` seconds later than in ``a`` as the two were placed.

    ``sound``: the number of the sound where a third recording confirms the lag, -1 elsewhere.
    """

    t: float
    a: int
    b: int
    late: float
    quality: float
    sound: int


def shared(
    sounds: Sequence[Samples],
    members: Sequence[int],
    at: NDArray[np.float64],
    likeness: NDArray[np.float64],
    curves: Curves,
) -> list[Shared]:
    """Every lag found between ``members`` placed at ``at``; ``likeness`` (all by all) says whom to compare."""
    found: list[Shared] = []
    first = 0
    pairs = cache(lambda present: _pairs(present, likeness))
    for t in _cuts(members, at, curves):
        cuts = _spectra(sounds, members, at, t)
        lags = _lags(cuts, pairs(tuple(sorted(cuts))))
        numbers = _sounds(lags, first)
        first = max(numbers.values(), default=first - 1) + 1
        found += [
            Shared(t + CUT_S / 2, a, b, late, quality, numbers.get((a, b), -1))
            for (a, b), (late, quality) in sorted(lags.items())
        ]
    return found


def _cuts(members: Sequence[int], at: NDArray[np.float64], curves: Curves) -> list[float]:
    """Common times at which to cut: everywhere, or at the liveliest moment of each of so many stretches."""
    low = min(float(at[k]) for k in members)
    high = max(float(at[k]) + curves.seconds(k) for k in members)
    count = max(int((high - low - CUT_S) / _STEP_S) + 1, 1)
    if count <= _MOST_CUTS:
        return [low + _STEP_S * n for n in range(count)]
    lively = np.zeros(count)
    for k in members:
        own = curves.lively(k, _STEP_S, CUT_S)
        start = round((float(at[k]) - low) / _STEP_S)
        lively[start : start + len(own)] += own[: count - start]
    edges = np.linspace(0, count, _MOST_CUTS + 1).astype(int)
    return [low + _STEP_S * (a + int(np.argmax(lively[a:b]))) for a, b in pairwise(edges)]


_Cut = tuple[NDArray[np.complex64], float]
"""A whitened spectrum, and how much later than asked for the cut begins (less than a sample)."""


def _spectra(sounds: Sequence[Samples], members: Sequence[int], at: NDArray[np.float64], t: float) -> dict[int, _Cut]:
    length = round(CUT_S * RATE)
    size = _size()
    cuts = {}
    for k in members:
        start = round((t - float(at[k])) * RATE)
        piece = sounds[k][start : start + length] if start >= 0 else sounds[k][:0]
        if len(piece) == length and not mostly_silent(piece):
            spectrum = sfft.rfft(piece.astype(np.float32), size)
            # Phase transform, exponent 3/4 in every product of two: square roots are faster than powers.
            power = np.sqrt(spectrum.real**2 + spectrum.imag**2)
            spectrum *= heard_by_all(size) / (np.sqrt(power) * np.sqrt(np.sqrt(power)) + 1e-6)
            cuts[k] = spectrum, start / RATE + float(at[k]) - t
    return cuts


def _size() -> int:
    return int(sfft.next_fast_len(round((CUT_S + _REACH_S) * RATE) + 8, True))


def _lags(cuts: Mapping[int, _Cut], pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], tuple[float, float]]:
    """(seconds later in b, height over noise) of each pair compared, where there is a peak worth the name."""
    if not pairs:
        return {}
    reach = round(_REACH_S * RATE)
    product = np.stack([np.conj(cuts[a][0]) * cuts[b][0] for a, b in pairs])
    circle = sfft.irfft(product, _size(), axis=1)
    curve = np.concatenate([circle[:, -reach:], circle[:, : reach + 1]], axis=1)
    noise = 1.4826 * np.median(np.abs(curve[:, ::_SAMPLED]), axis=1) + 1e-12
    top = curve.argmax(axis=1)
    found = {}
    for row, (a, b) in enumerate(pairs):
        quality = float(curve[row, top[row]] / noise[row])
        if quality > _LEAST_QUALITY:
            shift = (int(top[row]) + vertex(curve[row], int(top[row])) - reach) / RATE
            found[a, b] = shift + cuts[b][1] - cuts[a][1], quality
    return found


def _pairs(present: Sequence[int], likeness: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Each with those it resembles most."""
    own = likeness[np.ix_(present, present)]
    pairs = set()
    for row, a in enumerate(present):
        for column in np.argsort(-own[row], kind="stable")[:_PARTNERS]:
            if own[row, column] > 0:
                b = present[int(column)]
                pairs.add((min(a, b), max(a, b)))
    return sorted(pairs)


def _sounds(lags: Mapping[tuple[int, int], tuple[float, float]], first: int) -> dict[tuple[int, int], int]:
    """Numbers, from ``first``, of the sounds that closed triangles of lags make out; pairs in none are left out."""
    beside: dict[int, set[int]] = defaultdict(set)
    for a, b in lags:
        beside[a].add(b)
    group: dict[tuple[int, int], tuple[int, int]] = {}

    def root(pair: tuple[int, int]) -> tuple[int, int]:
        while group[pair] != pair:
            pair = group[pair]
        return pair

    for a, b in sorted(lags):
        for c in sorted(beside[a] & beside[b]):
            if abs(lags[a, b][0] + lags[b, c][0] - lags[a, c][0]) < _CLOSE_S:
                sides = ((a, b), (b, c), (a, c))
                for side in sides:
                    group.setdefault(side, side)
                    group[root(side)] = root(sides[0])
    roots = sorted({root(pair) for pair in group})
    return {pair: first + roots.index(root(pair)) for pair in sorted(group)}
