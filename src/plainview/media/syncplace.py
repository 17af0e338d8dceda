# SPDX-License-Identifier: Apache-2.0
"""Where sound alone puts recordings: compare every pair, accept, stack, refine, solve drift and place.

What this module keeps true: positions come from links that survived every guard of ``syncgraph``;
refining never moves a recording by more than a quarter of a second; a recording that no link holds is
in no component. Seconds, gauge free: only differences of positions mean anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from plainview.media import syncfield, syncgraph, syncsound
from plainview.media.syncfield import Field, Lag
from plainview.media.syncgraph import Link, Pair, Placement
from plainview.media.syncsound import LagFit, Samples

_STRETCHES = 32
"""Of each pair, the stretches that carry the match best are compared to the sample."""

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
    """Where sound alone puts each recording; seconds, gauge free; ``drift`` as a rate, 0 where unknown.

    ``placed`` is acoustic: as if sound took no time. ``field`` says how late each recording's sound came.
    ``middle`` is the media time in the middle of what each recording heard.
    """

    placed: Placement
    drift: NDArray[np.float64]
    drift_known: NDArray[np.bool_]
    bonds: tuple[Bond, ...]
    field: Field
    middle: NDArray[np.float64]

    def stated_drift(self, k: int) -> float:
        """The drift to be stated: a rate, 0 where it is not known."""
        return float(self.drift[k]) if self.drift_known[k] else 0.0

    def acoustic_start(self, k: int) -> float:
        """Common time of media time 0 as if sound took no time, right in the middle with the stated drift."""
        return float(self.placed.at[k] + self.middle[k] * (self.drift[k] - self.stated_drift(k)))

    def clock_start(self, k: int) -> float:
        """Common time of media time 0 by the recording's clock: the travel of sound taken out where it is known."""
        if not self.field.known[k]:
            return self.acoustic_start(k)
        return float(self.placed.at[k] - self.field.late[k] - self.middle[k] * self.stated_drift(k))

    def of(self, k: int) -> list[Bond]:
        return [bond for bond in self.bonds if k in (bond.a, bond.b)]


def place_by_sound(sounds: Sequence[Samples], *, progress: Progress | None = None) -> Heard:
    """Positions of recordings (mono int16 at 8 kHz, empty when silent) from sound alone."""
    count = len(sounds)
    known = [syncsound.features(sound) for sound in sounds]
    audible = [k for k in range(count) if known[k] is not None]
    curves = syncsound.Curves(known)
    found, coarse = {}, {}
    pairs = list(combinations(audible, 2))
    for done, (a, b) in enumerate(pairs):
        curve = curves.curve(a, b)
        found[a, b] = syncsound.peaks(curve, curves.frames(b))
        coarse[a, b] = syncsound.coarse(curve)
        say(progress, 0.4 + 0.3 * done / len(pairs), "comparing")
    links = syncgraph.accepted(found, curves, count=count)
    placed = syncgraph.settle(count, links)
    for _ in range(count):
        more = syncgraph.stacked(placed, curves, coarse, same_sound=lambda link: _same_sound(sounds, curves, link))
        if not more:
            break
        links += more
        placed = syncgraph.settle(count, links)
    return _refined(sounds, curves, placed, found=found, links=links, progress=progress)


def _same_sound(sounds: Sequence[Samples], curves: syncsound.Curves, link: Link) -> bool:
    """Two stretches whose waveforms agree within 60 ms of the link's lag; a lookalike has none."""
    starts = curves.best_starts(link.a, link.b, link.lag, most=_STRETCHES)
    segments = syncsound.segments(sounds[link.a], sounds[link.b], link.lag, starts=starts)
    return sum(s.quality > 8 and abs(s.lag - link.lag) < 0.06 for s in segments) >= 2


def _refined(
    sounds: Sequence[Samples],
    curves: syncsound.Curves,
    placed: Placement,
    *,
    found: Mapping[Pair, Sequence[syncsound.Peak]],
    links: Sequence[Link],
    progress: Progress | None,
) -> Heard:
    """Sharpen the best links to milliseconds, solve the drifts, then the positions again."""
    count = len(sounds)
    fits: dict[Pair, tuple[LagFit, float]] = {}
    chosen = syncgraph.best_links(placed, found)
    for done, ((a, b), z) in enumerate(chosen):
        lag = float(placed.at[b] - placed.at[a])
        starts = curves.best_starts(a, b, lag, most=_STRETCHES)
        fitted = syncsound.fit(syncsound.segments(sounds[a], sounds[b], lag, starts=starts))
        if fitted is not None:
            fits[a, b] = (fitted, z)
        say(progress, 0.7 + 0.3 * done / len(chosen), "refining")
    slopes = [syncgraph.Slope(a, b, f.slope, f.slope_doubt) for (a, b), (f, _) in fits.items()]
    drift, known = syncgraph.drifts(count, slopes)
    bonds = [Bond(a, b, _undrifted(f, drift[a], drift[b]), z, f) for (a, b), (f, z) in fits.items()]
    fine = syncgraph.settle(count, [Link(x.a, x.b, x.lag, _trust(x)) for x in bonds])
    bonds = [x for x in bonds if abs(x.lag - float(fine.at[x.b] - fine.at[x.a])) < 0.25]
    at, rough = _merged(placed, fine)
    coarse_bonds = [
        Bond(link.a, link.b, link.lag, link.weight, None)
        for link in links
        if (rough[link.a] or rough[link.b]) and abs(syncgraph.residual(placed, link)) < 0.5
    ]
    merged = Placement(at, placed.component)
    middle = np.array([curves.middle(k) for k in range(count)])
    lags = _lags(merged, bonds)
    field = syncfield.solve(count, lags, middle=at + middle) if lags else syncfield.unknown(count)
    return Heard(merged, drift, known, tuple(bonds + coarse_bonds), field, middle)


def _lags(placed: Placement, bonds: Sequence[Bond]) -> list[Lag]:
    """Every stretch found again within the largest component, on its acoustic clock."""
    members = set(placed.largest())
    found = []
    for bond in bonds:
        if bond.fit is None or bond.a not in members or bond.b not in members:
            continue
        at_a, lag = float(placed.at[bond.a]), float(placed.at[bond.b] - placed.at[bond.a])
        found += [Lag(at_a + s.at, bond.a, bond.b, lag - s.lag, s.quality) for s in bond.fit.segments]
    return found


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
