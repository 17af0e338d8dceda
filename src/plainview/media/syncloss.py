# SPDX-License-Identifier: Apache-2.0
"""Seconds that a recording lost: what follows them fits the other recordings at another place than what comes before.

What this module keeps true: a recording lies where its beginning belongs, whichever of its pieces the others share
more of. A piece lies elsewhere only when the very same sounds tie it there, in a stretch of which nothing is shared
where the recording lies: a sound that is merely heard twice fits twice. Losses are told as questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from plainview.media.syncgraph import Link, Placement, witness
from plainview.media.syncsame import Same, enough
from plainview.media.syncshared import Shared
from plainview.media.syncsound import FRAMES_PER_S, WINDOW_S, Curves

_FAR = round(60 * FRAMES_PER_S)
"""Frames: who lost more than a minute has two recordings in one."""

_STRETCH_S = 12.0
"""So long a beginning or end of which nothing is shared, while others share sounds there, is looked at."""

_MOST_PLACES, _MOST_WITNESSES = 6, 3
_LEAST_Z, _NOISE_Z, _MOST_Z = 4.0, 2.5, 9.0
_BLUR = 5
"""Frames: sources at other distances come so much earlier or later."""

_APART_S = 0.4
"""Nearer places are one: sound may take as long."""

_REPEATED_BY = 2
"""Seconds that one other alone hears twice are seconds which that one lost."""

_CLEAR = 9.0


@dataclass(frozen=True, slots=True)
class Loss:
    """Recording ``k`` lost ``seconds`` (repeated them where negative) between media times ``after`` and ``before``."""

    k: int
    after: float
    before: float
    seconds: float


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From ``start`` to ``end`` on its own clock a recording shares nothing where it lies, and from ``edge`` on (or
    up to it) it does."""

    start: float
    end: float
    edge: float

    @property
    def first(self) -> bool:
        return self.edge >= self.end


def losses(
    placed: Placement,
    curves: Curves,
    shared: Sequence[Shared],
    same: Same,
) -> tuple[list[Loss], dict[int, float]]:
    """What recordings of the largest component lost, and where those belong that lie by what follows a loss."""
    found: list[Loss] = []
    begin: dict[int, float] = {}
    members = placed.largest()
    for k in members:
        here = float(placed.at[k])
        for stretch in _unshared(k, members, placed, curves, shared):
            place, times = _elsewhere(k, stretch, placed, curves, same)
            if not times:
                continue
            if stretch.first:
                found.append(_loss(k, max(times) + WINDOW_S, stretch.edge, here - place))
                begin[k] = place
            else:
                found.append(_loss(k, stretch.edge, min(times), place - here))
    return found, begin


def _loss(k: int, one: float, two: float, seconds: float) -> Loss:
    return Loss(k, min(one, two), max(one, two), seconds)


def relinked(links: Sequence[Link], begin: Mapping[int, float], placed: Placement, curves: Curves) -> list[Link]:
    """The links, those of recordings that belong elsewhere at their new place, where they are borne out there."""
    at = placed.at.copy()
    for k, place in begin.items():
        at[k] = place
    moved = Placement(at, placed.component)
    kept = [link for link in links if link.a not in begin and link.b not in begin]
    for k, place in begin.items():
        near = (witness(k, m, place, moved, curves) for m in placed.largest() if m != k and (m not in begin or m < k))
        kept += [link for link in near if link.weight > _LEAST_Z]
    return kept


def _unshared(
    k: int, members: Sequence[int], placed: Placement, curves: Curves, shared: Sequence[Shared]
) -> Iterator[_Stretch]:
    """The beginning and the end of a recording of which nothing is shared although others share sounds there."""
    at = float(placed.at[k])
    sure = [one for one in shared if one.sound >= 0 or one.quality > _CLEAR]
    own = [one.t - at for one in sure if k in (one.a, one.b)]
    if not own:
        return
    others = sorted({one.t - at for one in sure if k not in (one.a, one.b)})
    start, end = curves.heard(k)
    for stretch in (_Stretch(start, min(own), min(own)), _Stretch(max(own), end, max(own))):
        busy = [t for t in others if stretch.start < t < stretch.end]
        if stretch.end - stretch.start >= _STRETCH_S and (len(members) == 2 or enough(busy)):
            yield stretch


def _elsewhere(k: int, stretch: _Stretch, placed: Placement, curves: Curves, same: Same) -> tuple[float, list[float]]:
    """(another place, where in the stretch the very same sounds tie it there); no times where there is none."""
    here = float(placed.at[k])
    heights = _by_shift(k, stretch, placed, curves)
    for shift in _shifts(heights):
        place = here + (shift - _FAR) / FRAMES_PER_S
        times: list[float] = []
        places = []
        for m in _witnesses(heights, shift):
            link = witness(k, m, place, placed, curves)
            beside = link.lag + ((here - place) if link.b == k else (place - here))
            own = same.times(k, link.a, link.b, link.lag, beside=beside)
            if own:
                times += own
                places.append(float(placed.at[m]) + (link.lag if link.b == k else -link.lag))
        inside = all(stretch.start < t + WINDOW_S and t < stretch.end for t in times)
        repeated = (place > here) == stretch.first
        if inside and enough(times) and len(places) >= (_REPEATED_BY if repeated else 1):
            return float(np.median(places)), sorted(times)
    return here, []


def _by_shift(k: int, stretch: _Stretch, placed: Placement, curves: Curves) -> dict[int, NDArray[np.float32]]:
    """How much each other resembles the stretch alone where the recording is moved by so many frames."""
    first, last = (round(t * FRAMES_PER_S) for t in (stretch.start, stretch.end))
    own = curves.cut(k, first, last)
    heights = {}
    for m in placed.largest():
        begin = first + round(float(placed.at[k] - placed.at[m]) * FRAMES_PER_S) - _FAR
        there = curves.cut(m, begin, begin + last - first + 2 * _FAR)
        if m != k and there.alive.any():
            z = Curves([there, own]).curve(0, 1)[last - first - 1 :][: 2 * _FAR + 1]
            heights[m] = np.asarray(maximum_filter1d(np.maximum(z, 0), _BLUR))
    return heights


def _shifts(heights: Mapping[int, NDArray[np.float32]]) -> list[int]:
    """Shifts at which all together resemble the stretch most, not where the recording lies."""
    if not heights:
        return []
    rest = np.sum([np.minimum(np.maximum(z - _NOISE_Z, 0), _MOST_Z) ** 2 for z in heights.values()], axis=0)
    reach = round(_APART_S * FRAMES_PER_S)
    rest[_FAR - reach : _FAR + reach + 1] = 0
    found = []
    for _ in range(_MOST_PLACES):
        top = int(np.argmax(rest))
        if not _witnesses(heights, top):
            break
        found.append(top)
        rest[max(top - reach, 0) : top + reach + 1] = 0
    return found


def _witnesses(heights: Mapping[int, NDArray[np.float32]], shift: int) -> list[int]:
    """Who resembles the stretch there, best first."""
    ranked = sorted((-float(z[shift]), m) for m, z in heights.items() if z[shift] > _LEAST_Z)
    return [m for _, m in ranked[:_MOST_WITNESSES]]
