# SPDX-License-Identifier: Apache-2.0
"""Where sound alone puts recordings: compare every pair, accept, stack, refine, solve drift and place.

What this module keeps true: positions come from links that survived every guard of ``syncgraph``;
refining never moves a recording by more than a quarter of a second; a recording that no link holds is
in no component. Seconds, gauge free: only differences of positions mean anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement, count, product

import numpy as np
from numpy.typing import NDArray

from plainview.media import syncfield, syncgraph, syncloss, syncshared, syncsound
from plainview.media.syncfield import Field, Lag
from plainview.media.syncgraph import Link, Pair, Placement
from plainview.media.syncloss import Loss
from plainview.media.syncsame import Same
from plainview.media.syncshared import Shared
from plainview.media.syncsound import LagFit, Samples, Segment

_BLOCK = 8
_CLEAR = 9.0
"""Height over noise: of lags of this height that no third recording confirms, 97 in 100 were sound heard by both."""

_TOLD = syncsound.DRIFT_SPREAD / np.sqrt(2)
"""What is believed of any clock and what sound says, each worth as much, leave this doubt of a drift."""

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and what is being done."""


@dataclass(frozen=True, slots=True)
class Bond:
    """Two recordings tied by shared sound. ``lag`` in seconds with drift taken out; ``fit`` when refined."""

    a: int
    b: int
    lag: float
    z: float
    fit: LagFit | None


@dataclass(frozen=True, slots=True)
class Heard:
    """Where sound alone puts each recording; seconds, gauge free; ``stated_drift`` as a rate, 0 where not known
    (``drift_doubt``, one standard deviation, is infinite there).

    ``placed`` is acoustic: as if sound took no time, and right in the middle with ``likely_drift``. ``field`` says
    how late each recording's sound came. ``middle`` is the media time in the middle of what each recording heard.
    ``rival`` is how many times less likely the second-best place of each is.
    """

    placed: Placement
    likely_drift: NDArray[np.float64]
    stated_drift: NDArray[np.float64]
    drift_doubt: NDArray[np.float64]
    bonds: tuple[Bond, ...]
    field: Field
    middle: NDArray[np.float64]
    rival: NDArray[np.float64]
    lost: tuple[Loss, ...] = ()

    def acoustic_start(self, k: int) -> float:
        """Common time of media time 0 as if sound took no time, right in the middle with the stated drift."""
        return float(self.placed.at[k] + self.middle[k] * (self.likely_drift[k] - self.stated_drift[k]))

    def clock_start(self, k: int) -> float:
        """Common time of media time 0 by the recording's clock: the travel of sound taken out where it is known."""
        if not self.field.known[k]:
            return self.acoustic_start(k)
        return float(self.placed.at[k] - self.field.late[k] - self.middle[k] * self.stated_drift[k])

    def of(self, k: int) -> list[Bond]:
        return [bond for bond in self.bonds if k in (bond.a, bond.b)]


def place_by_sound(sounds: Sequence[Samples], *, progress: Progress | None = None) -> Heard:
    """Positions of recordings (mono int16 at 8 kHz, empty when silent) from sound alone."""
    many = len(sounds)
    known = [syncsound.features(sound) for sound in sounds]
    audible = [k for k in range(many) if known[k] is not None]
    curves = syncsound.Curves(known)
    found, coarse = {}, {}
    pairs = sorted(_by_blocks(audible), key=lambda pair: curves.size(*pair))
    for done, (a, b) in enumerate(pairs):
        curve = curves.curve(a, b)
        found[a, b] = syncsound.peaks(curve, curves.frames(b))
        coarse[a, b] = syncsound.coarse(curve)
        say(progress, 0.4 + 0.3 * done / len(pairs), "comparing")
    same = Same(sounds, curves)
    links = syncgraph.accepted(found, curves, same, count=many)
    links += syncgraph.unravelled(found, syncgraph.settle(many, links), same)
    placed = syncgraph.settle(many, links)
    for _ in range(many):
        more = syncgraph.stacked(placed, curves, coarse, same=same)
        if not more:
            break
        links += more
        placed = syncgraph.settle(many, links)
    shared = _shared(sounds, curves, placed, found=found, links=links, progress=progress)
    lost, begin = syncloss.losses(placed, curves, shared, same)
    if begin:
        links = syncloss.relinked(links, begin, placed, curves)
        placed = syncgraph.settle(many, links)
        shared = _shared(sounds, curves, placed, found=found, links=links, progress=progress)
    pieces: dict[int, list[float]] = defaultdict(list)
    for loss in lost:
        pieces[loss.k].append(float(placed.at[loss.k]) + loss.seconds)
    rival = syncgraph.rivals(placed, curves, coarse, pieces)
    heard = _refined(curves, placed, shared, found=found, links=links, rival=rival)
    return replace(heard, lost=tuple(lost))


def _by_blocks(audible: Sequence[int]) -> Iterator[Pair]:
    """Every pair, those of few recordings one after another, so that each spectrum is made seldom."""
    blocks = [audible[first : first + _BLOCK] for first in range(0, len(audible), _BLOCK)]
    for one, two in combinations_with_replacement(blocks, 2):
        yield from combinations(one, 2) if one is two else product(one, two)


def _shared(
    sounds: Sequence[Samples],
    curves: syncsound.Curves,
    placed: Placement,
    *,
    found: Mapping[Pair, Sequence[syncsound.Peak]],
    links: Sequence[Link],
    progress: Progress | None,
) -> list[Shared]:
    """The lags of the same sounds, to a fraction of a millisecond, group by group."""
    alike = syncgraph.likeness(placed, found, links)
    same: list[Shared] = []
    for number in range(int(placed.component.max(initial=-1)) + 1):
        members = [int(k) for k in np.flatnonzero(placed.component == number)]
        say(progress, 0.7, "refining")
        same += syncshared.shared(sounds, members, placed.at, alike, curves)
    return same


def _refined(
    curves: syncsound.Curves,
    placed: Placement,
    same: Sequence[Shared],
    *,
    found: Mapping[Pair, Sequence[syncsound.Peak]],
    links: Sequence[Link],
    rival: NDArray[np.float64],
) -> Heard:
    """Solve the drifts from exact lags, then the positions again."""
    many = len(placed.at)
    alike = syncgraph.likeness(placed, found, links)
    fits = _fits(placed, same)
    slopes = [syncgraph.Slope(a, b, f.slope, f.slope_doubt) for (a, b), f in fits.items()]
    drift, drift_doubt = syncgraph.drifts(many, slopes)
    bonds = [Bond(a, b, _undrifted(f, drift[a], drift[b]), float(alike[a, b]), f) for (a, b), f in fits.items()]
    fine = syncgraph.settle(many, [Link(x.a, x.b, x.lag, _trust(x)) for x in bonds])
    bonds = [x for x in bonds if abs(x.lag - float(fine.at[x.b] - fine.at[x.a])) < 0.25]
    at, rough = _merged(placed, fine)
    coarse_bonds = [
        Bond(link.a, link.b, link.lag, link.weight, None)
        for link in links
        if (rough[link.a] or rough[link.b]) and abs(syncgraph.residual(placed, link)) < 0.5
    ]
    merged = Placement(at, placed.component)
    middle = np.array([curves.middle(k) for k in range(many)])
    lags = _lags(placed, merged, same)
    by_slopes = drift_doubt < syncgraph.KNOWN_DRIFT
    rates, doubts = syncfield.believed(many)
    rates[by_slopes], doubts[by_slopes] = drift[by_slopes], drift_doubt[by_slopes]
    field = syncfield.solve(many, lags, middle=at + middle, rates=(rates, doubts)) if lags else syncfield.unknown(many)
    stated, stated_doubt = _stated(drift, np.where(by_slopes, drift_doubt, np.inf), field)
    return Heard(merged, drift, stated, stated_doubt, tuple(bonds + coarse_bonds), field, middle, rival)


def _stated(
    drift: NDArray[np.float64], drift_doubt: NDArray[np.float64], field: Field
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(drifts, doubts) by geometry, which was told what the slopes know; by them where it was not solved: each way has
    its own zero. (0, infinite) where sound says less than what is believed of any clock."""
    if field.known.any():
        drift, drift_doubt = field.drift, field.drift_doubt
    known = drift_doubt < _TOLD
    return np.where(known, drift, 0.0), np.where(known, drift_doubt, np.inf)


def _fits(placed: Placement, same: Sequence[Shared]) -> dict[Pair, LagFit]:
    """What each pair's lags say together, where enough of them agree."""
    by_pair: dict[Pair, list[Segment]] = defaultdict(list)
    for one in same:
        lag = float(placed.at[one.b] - placed.at[one.a]) - one.late
        by_pair[one.a, one.b].append(Segment(one.t - float(placed.at[one.a]), lag, one.quality))
    fitted = {pair: syncsound.fit(segments) for pair, segments in sorted(by_pair.items())}
    return {pair: one for pair, one in fitted.items() if one is not None}


def _lags(placed: Placement, merged: Placement, same: Sequence[Shared]) -> list[Lag]:
    """Every lag within the largest component, on its refined acoustic clock: those that a third recording confirms,
    and the clear ones of two alone, each a sound of its own."""
    members = set(merged.largest())
    moved = merged.at - placed.at
    numbers = count(max((one.sound for one in same), default=-1) + 1)
    return [
        Lag(
            one.sound if one.sound >= 0 else next(numbers),
            one.t, one.a, one.b, one.late + float(moved[one.b] - moved[one.a]), one.quality,
        )
        for one in same
        if one.a in members and (one.sound >= 0 or one.quality > _CLEAR)
    ]  # fmt: skip


def _undrifted(fitted: LagFit, drift_a: float, drift_b: float) -> float:
    """``o_b - o_a`` from the lag at one instant, when both clocks run at their own rates."""
    return float(fitted.lag - drift_b * (fitted.at - fitted.lag) + drift_a * fitted.at)


def _trust(bond: Bond) -> float:
    assert bond.fit is not None
    spread = bond.fit.high - bond.fit.low
    return float(min(bond.z, 30) * np.sqrt(len(bond.fit.segments)) / (1 + (spread / 0.1) ** 2))


def _merged(placed: Placement, fine: Placement) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fine positions where the refined links hold most of a component together, coarse ones elsewhere."""
    at, rough = placed.at.copy(), np.ones(len(placed.at), np.bool_)
    for number in range(int(placed.component.max(initial=-1)) + 1):
        members = placed.component == number
        inside = fine.component[members & (fine.component >= 0)]
        if not len(inside):
            continue
        main = members & (fine.component == np.argmax(np.bincount(inside)))
        shift = float(np.median(placed.at[main] - fine.at[main]))
        at[main] = fine.at[main] + shift
        rough[main] = False
    return at, rough


def say(progress: Progress | None, share: float, what: str) -> None:
    """Tell whoever asked how far the work is."""
    if progress is not None:
        progress(share, what)
