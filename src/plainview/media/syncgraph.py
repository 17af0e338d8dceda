# SPDX-License-Identifier: Apache-2.0
"""From links between pairs to one clock: votes, spanning forest, robust least squares, stacking.

What this module keeps true: a link is used only when nothing contradicts it; recordings joined by no
chain of links stay in different components; a component is never merged with another by a guess.
Positions are the common time, in seconds, at which a recording's own clock reads zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from plainview.media.syncsame import Same
from plainview.media.syncsound import BLOCK, DRIFT_SPREAD, FRAMES_PER_S, Curves, Peak, is_comb, near

Positions = NDArray[np.float64]
Components = NDArray[np.int64]
Pair = tuple[int, int]

LEAST_Z = 7.5
"""Pairs with nothing in common reach 4.4 (median), 5.9 (95 %), 9.1 (worst of 86)."""

LEAST_RATIO = 1.25
"""Height of the best lag over the second best."""

LEAST_SPREAD_S = 4.0
"""Without a third recording's word, a match carried by fewer seconds may be one repeated sound."""

AGREE_S = 0.35
"""Ways round a triangle differ by this much at most: sound needs 0.3 s for 100 m."""

_STACK_BASE, _STACK_EACH, _STACK_RATIO = 14.0, 0.6, 1.6
_WITNESS_Z, _FIRST_Z, _SECOND_Z = 3.8, 5.0, 4.5
_EFOLD_Z = 2.0
"""Of pairs with nothing in common, e times fewer reach a height greater by this (between 5.9 and 9.1)."""

_COMMON_Z, _COMMON = 5.9, 0.05
"""Of pairs with nothing in common, one in twenty reaches this height."""

_CHANCE = 1e-3
"""Of a case: that likeness alone ties any two of its recordings wrongly."""

_MOST_TRIES = 2
"""Of one recording, the pairs whose several lags are told apart by the waveform."""

KNOWN_DRIFT = 3e-6
"""A rate is stated when its doubt is an eighth of what clocks differ by anyway."""


@dataclass(frozen=True, slots=True)
class Link:
    """One accepted lag between two recordings: ``o_b - o_a = lag``."""

    a: int
    b: int
    lag: float
    weight: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Positions (nan when unplaced) and component numbers (-1 when unplaced)."""

    at: Positions
    component: Components

    def together(self, a: int, b: int) -> bool:
        return bool(self.component[a] == self.component[b] >= 0)

    def largest(self) -> list[int]:
        """The members of the biggest component (the first of equals); empty when there is none."""
        placed = self.component[self.component >= 0]
        if not len(placed):
            return []
        return [int(k) for k in np.flatnonzero(self.component == np.argmax(np.bincount(placed)))]


def accepted(found: Mapping[Pair, Sequence[Peak]], curves: Curves, same: Same, *, count: int) -> list[Link]:
    """Links strong enough alone, not a comb, not contradicted by triangles, and borne by enough seconds.

    Where only likeness that some pair of so many may reach by chance joins two groups, the waveform must agree.
    """
    strong = {pair: peaks[0] for pair, peaks in sorted(found.items()) if _stands_alone(peaks)}
    ratio = {pair: found[pair][0].z / found[pair][1].z if len(found[pair]) > 1 else 3.0 for pair in strong}
    links = []
    for (a, b), peak in strong.items():
        agree, against = _triangles(strong, a, b, count)
        if against > agree + 1:
            continue
        if agree == 0 and curves.spread(a, b, peak.lag) < LEAST_SPREAD_S:
            continue
        trust = peak.z * min(ratio[a, b], 2.5) * (1 + agree) / (1 + against)
        links.append(Link(a, b, peak.lag, trust))
    least = beyond_chance(len(found))
    links = _joining(count, links, sure=lambda x: strong[x.a, x.b].z > least or same.bears(x.b, [(x.a, x.b, x.lag)]))
    placed = settle(count, links)
    return [link for link in links if abs(residual(placed, link)) < 0.5]


def beyond_chance(pairs: int) -> float:
    """The height that of so many pairs with nothing in common none reaches, but in one case of a thousand."""
    return _COMMON_Z + _EFOLD_Z * float(np.log(max(pairs, 1) * _COMMON / _CHANCE))


def _joining(count: int, links: Sequence[Link], *, sure: Callable[[Link], bool]) -> list[Link]:
    """The links without those that alone would join two groups and are not sure."""
    root = np.arange(count)
    kept = []
    for link in sorted(links, key=lambda link: (-link.weight, link.a, link.b)):
        if root[link.a] != root[link.b]:
            if not sure(link):
                continue
            root[root == root[link.b]] = root[link.a]
        kept.append(link)
    return kept


def unravelled(found: Mapping[Pair, Sequence[Peak]], placed: Placement, same: Same) -> list[Link]:
    """Links of pairs not yet joined whose likeness is high at several lags (a siren), where the waveform of what does
    not come again tells the right one."""
    tries = np.zeros(len(placed.at), np.int64)
    links = []
    for (a, b), peaks in sorted(found.items(), key=lambda item: (-item[1][0].z if item[1] else 0.0, item[0])):
        if not peaks or peaks[0].z < LEAST_Z or placed.together(a, b) or max(tries[a], tries[b]) >= _MOST_TRIES:
            continue
        tries[[a, b]] += 1
        lag = same.only(a, b, [peak.lag for peak in peaks])
        if lag is not None:
            links.append(Link(a, b, lag, max(peak.z for peak in peaks if peak.lag == lag)))
    return links


def _stands_alone(peaks: Sequence[Peak]) -> bool:
    if not peaks or peaks[0].z < LEAST_Z:
        return False
    if len(peaks) > 1 and peaks[0].z / peaks[1].z < LEAST_RATIO:
        return False
    return not is_comb(peaks)


def _triangles(strong: Mapping[Pair, Peak], a: int, b: int, count: int) -> tuple[int, int]:
    """How many third recordings confirm the lag, and how many contradict it."""

    def lag(one: int, two: int) -> float | None:
        if one < two:
            return strong[one, two].lag if (one, two) in strong else None
        return -strong[two, one].lag if (two, one) in strong else None

    agree = against = 0
    for third in range(count):
        first, second = lag(a, third), lag(third, b)
        if third in (a, b) or first is None or second is None:
            continue
        if abs(first + second - strong[a, b].lag) < AGREE_S:
            agree += 1
        else:
            against += 1
    return agree, against


def residual(placed: Placement, link: Link) -> float:
    """How far a link is from the positions; infinite between components."""
    if not placed.together(link.a, link.b):
        return float("inf")
    return link.lag - float(placed.at[link.b] - placed.at[link.a])


def settle(count: int, links: Sequence[Link]) -> Placement:
    """A maximum spanning forest for the start, then robust (Cauchy) least squares over every link."""
    at, component = _forest(count, links)
    a = np.array([link.a for link in links], np.int64)
    b = np.array([link.b for link in links], np.int64)
    lag = np.array([link.lag for link in links])
    trust = np.minimum([link.weight for link in links], 30)
    for scale in (0.3, 0.3, 0.3, 0.08, 0.08, 0.08, 0.04, 0.04, 0.04, 0.04, 0.04, 0.04):
        if not len(links):
            break
        off = lag - (at[b] - at[a])
        weight = np.where(np.abs(off) < 1, trust / (1 + (off / scale) ** 2), 0)
        at = _least_squares(at, component, (a, b), lag=lag, weight=weight)
    return Placement(at, component)


def _forest(count: int, links: Sequence[Link]) -> tuple[Positions, Components]:
    parent = list(range(count))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    beside: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for link in sorted(links, key=lambda link: (-link.weight, link.a, link.b)):
        if root(link.a) != root(link.b):
            parent[root(link.a)] = root(link.b)
            beside[link.a].append((link.b, link.lag))
            beside[link.b].append((link.a, -link.lag))
    at, component = np.full(count, np.nan), np.full(count, -1, np.int64)
    for start in range(count):
        if component[start] >= 0 or not beside[start]:
            continue
        number = int(component.max()) + 1
        component[start], at[start] = number, 0.0
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for there, lag in beside[here]:
                if component[there] < 0:
                    component[there], at[there] = number, at[here] + lag
                    waiting.append(there)
    return at, component


def _least_squares(
    at: Positions, component: Components, ends: tuple[Components, Components], *, lag: Positions, weight: Positions
) -> Positions:
    """Positions minimising the weighted squares; each component keeps the mean it had."""
    a, b = ends
    count = len(at)
    normal, right = np.zeros((count, count)), np.zeros(count)
    np.add.at(normal, (a, a), weight)
    np.add.at(normal, (b, b), weight)
    np.add.at(normal, (a, b), -weight)
    np.add.at(normal, (b, a), -weight)
    np.add.at(right, b, weight * lag)
    np.add.at(right, a, -weight * lag)
    solved = at.copy()
    for number in range(int(component.max()) + 1):
        members = np.flatnonzero(component == number)
        part = np.linalg.lstsq(normal[np.ix_(members, members)] + 1e-9, right[members], rcond=None)[0]
        solved[members] = part - part.mean() + at[members].mean()
    return solved


@dataclass(frozen=True, slots=True)
class Slope:
    """How fast the lag of a pair changes: the difference of two clocks' rates."""

    a: int
    b: int
    slope: float
    doubt: float


def drifts(count: int, slopes: Sequence[Slope]) -> tuple[Positions, Positions]:
    """Each clock's rate against the mean of those it is tied to, drawn towards it where little is known, and how

    doubtful that is (one standard deviation; infinite for a recording that no slope ties to another): slopes cannot
    tell what all clocks have in common, and the common clock is what they show together.
    """
    normal, right = np.eye(count), np.zeros(count)
    tied = np.eye(count)
    for one in slopes:
        weight = (DRIFT_SPREAD / one.doubt) ** 2
        normal[one.a, one.a] += weight
        normal[one.b, one.b] += weight
        normal[one.a, one.b] -= weight
        normal[one.b, one.a] -= weight
        right[one.b] += weight * one.slope
        right[one.a] -= weight * one.slope
        tied[one.a, one.b] = 1
    known, doubt = np.linalg.inv(normal), np.full(count, np.inf)
    groups, of = connected_components(tied, directed=False)
    for group in range(groups):
        members = np.flatnonzero(of == group)
        if len(members) < 2:
            continue
        level = np.eye(len(members)) - 1 / len(members)
        doubt[members] = DRIFT_SPREAD * np.sqrt(np.diag(level @ known[np.ix_(members, members)] @ level))
    return np.asarray(known @ right, np.float64), doubt


def stacked(
    placed: Placement,
    curves: Curves,
    coarse: Mapping[Pair, NDArray[np.uint8]],
    *,
    same: Same,
) -> list[Link]:
    """Links for the one recording (or group) that many weak witnesses together place best; empty when none.

    The rectified likeness curves against every placed recording are added on the common axis: three
    witnesses of z = 5 that agree say what none of them can say alone. A group of three or more
    joins only when two of its members, each with its own witnesses, ask for the same shift. Witnesses
    of one scene are not independent, for another scene may resemble it: the waveforms must agree too.
    """
    members = placed.largest()
    found: dict[int, tuple[float, float, list[Link]]] = {}
    for k in range(len(placed.at)):
        if members and k not in members and curves.frames(k):
            one = _stack_one(k, members, placed, curves, coarse)
            if one is not None and same.bears(k, [(link.a, link.b, link.lag) for link in one[2]]):
                found[k] = one
    best: tuple[float, list[Link]] | None = None
    for k, (height, at, own) in found.items():
        links = own
        if placed.component[k] >= 0:
            shift = at - float(placed.at[k])
            more = [
                m
                for m in found
                if m > k and placed.together(k, m) and abs(found[m][1] - float(placed.at[m]) - shift) < 0.2
            ]
            if not more and int((placed.component == placed.component[k]).sum()) > 2:
                continue
            links = [*own, *(link for m in more for link in found[m][2])]
        if best is None or height > best[0]:
            best = (height, links)
    return best[1] if best is not None else []


def _stack_one(
    k: int, members: Sequence[int], placed: Placement, curves: Curves, coarse: Mapping[Pair, NDArray[np.uint8]]
) -> tuple[float, float, list[Link]] | None:
    """(height over the second best, the place, the witnesses' links), or None when it does not stand out."""
    low, total, heard = stack(k, members, placed, curves, coarse)
    top = int(np.argmax(total))
    height, second = float(total[top]), _second(total, top)
    if height <= _STACK_BASE + _STACK_EACH * len(members) or height <= _STACK_RATIO * second:
        return None
    at = low + (top + 0.5) * BLOCK / FRAMES_PER_S
    links = [witness(k, m, at, placed, curves) for m, begin, z in heard if _speaks(z, top - begin)]
    links = [link for link in links if link.weight > _WITNESS_Z]
    heights = sorted((link.weight for link in links), reverse=True)
    if len(heights) < 2 or heights[0] <= _FIRST_Z or heights[1] <= _SECOND_Z:
        return None
    return height / max(second, 1.0), at, links


_Curve = tuple[int, int, NDArray[np.float32]]
"""A witness, the block of the common axis its curve begins at, and the curve."""


Stack = tuple[float, NDArray[np.float32], list[_Curve]]


def place_index(low: float, place: float) -> int:
    """The block of a stack that holds a place."""
    return int((place - low) * FRAMES_PER_S / BLOCK)


def stack(
    k: int, members: Sequence[int], placed: Placement, curves: Curves, coarse: Mapping[Pair, NDArray[np.uint8]]
) -> Stack:
    """(common time of the first block, what all witnesses together give each place of ``k``, their own curves)."""
    block = BLOCK / FRAMES_PER_S
    low = min(float(placed.at[m]) for m in members) - curves.frames(k) / FRAMES_PER_S
    high = max(float(placed.at[m]) + curves.frames(m) / FRAMES_PER_S for m in members)
    total = np.zeros(int((high - low) / block) + 3, np.float32)
    heard: list[_Curve] = []
    for m in members:
        pair = (m, k) if m < k else (k, m)
        if pair not in coarse:
            continue
        # Widened to two blocks: positions and lags meet on the grid only to within one.
        z = coarse[pair].astype(np.float32) / 8
        first = -(curves.frames(pair[1]) - 1) / FRAMES_PER_S
        if m > k:
            z = z[::-1]
            first = -(first + len(z) * block)
        z = np.maximum(z, np.append(z[1:], 0))
        begin = round((float(placed.at[m]) + first - low) / block)
        start, end = max(begin, 0), min(begin + len(z), len(total))
        total[start:end] += np.minimum(np.maximum(z[start - begin : end - begin] - 2.5, 0), 9) ** 2
        heard.append((m, begin, z))
    return low, total, heard


def _second(total: NDArray[np.float32], top: int) -> float:
    """The highest place more than half a second from ``top``."""
    rest = total.copy()
    rest[max(0, top - 7) : top + 8] = 0
    return float(rest.max())


def rivals(
    placed: Placement,
    curves: Curves,
    coarse: Mapping[Pair, NDArray[np.uint8]],
    explained: Mapping[int, Sequence[float]],
) -> Positions:
    """How many times less likely the second-best place of each recording is; nan outside the largest component.

    ``explained``: places where a piece of the recording is known to belong; they rival nothing.
    """
    odds = np.full(len(placed.at), np.nan)
    members = placed.largest()
    for k in members:
        low, total, _ = stack(k, [m for m in members if m != k], placed, curves, coarse)
        top = place_index(low, float(placed.at[k]))
        here = max(top - 3, 0)
        top = here + int(np.argmax(total[here : top + 4]))
        height = float(total[top])
        for place in explained.get(k, ()):
            other = place_index(low, place)
            total[max(0, other - 7) : other + 8] = 0
        odds[k] = np.exp((np.sqrt(height) - np.sqrt(_second(total, top))) / _EFOLD_Z)
    return odds


def _speaks(z: NDArray[np.float32], index: int) -> bool:
    return 0 <= index < len(z) and bool(z[index] > _WITNESS_Z)


def witness(k: int, m: int, at: float, placed: Placement, curves: Curves) -> Link:
    """The exact lag and height of one witness near the place all agree on."""
    a, b = (m, k) if m < k else (k, m)
    lag = at - float(placed.at[m]) if m < k else float(placed.at[m]) - at
    peak = near(curves.curve(a, b), curves.frames(b), lag, within=0.2)
    return Link(a, b, peak.lag, peak.z)


def likeness(placed: Placement, found: Mapping[Pair, Sequence[Peak]], links: Sequence[Link]) -> Positions:
    """(recordings, recordings): how high each pair's curve stands where the two are placed; 0 where it does not."""
    count = len(placed.at)
    height = np.zeros((count, count))
    heights = [(a, b, peak.lag, peak.z) for (a, b), peaks in found.items() for peak in peaks]
    for a, b, lag, z in [*heights, *((link.a, link.b, link.lag, link.weight) for link in links)]:
        if placed.together(a, b) and abs(float(placed.at[b] - placed.at[a]) - lag) <= AGREE_S:
            height[a, b] = height[b, a] = max(height[a, b], z)
    return height
