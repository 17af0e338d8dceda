# SPDX-License-Identifier: Apache-2.0
"""Where people put a recording on the case's clock, instead of where the machine did.

What this module keeps true: a placement is a decision with its reason; the finding stays as it was found, and the
placed timeline says that the office decided and what had been found; drift is told by two shared instants at least
five minutes apart and by nothing less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from plainview.model.time import SECOND, IncidentTime, MediaTime
from plainview.model.timeline import Alignment, Timeline

FAR = 300 * SECOND
"""µs between two shared instants from which the drift between two clocks can be told: half a frame in five minutes is
55 ppm, more than recorders drift."""

MOST_DRIFT = 500.0
"""ppm: ten times what a poor recorder's crystal is off; beyond it an instant was mistaken."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One instant that a person heard or saw in two recordings."""

    at: MediaTime
    other: str
    there: MediaTime


@dataclass(frozen=True, slots=True)
class PlaceRecording:
    """A recording begins at ``offset`` on the case's clock, ± ``uncertainty`` µs."""

    exhibit: str
    offset: IncidentTime
    drift_ppm: float
    uncertainty: int
    reason: str
    shared: tuple[Shared, ...] = ()


def by_shared(shared: Sequence[tuple[MediaTime, IncidentTime]], *, drift_ppm: float) -> tuple[IncidentTime, float]:
    """(offset, drift) from (this recording's time, the case's): one instant keeps the drift, two far ones give it.

    >>> by_shared([(MediaTime(0), IncidentTime(1_000)), (MediaTime(FAR), IncidentTime(FAR + 7_000))], drift_ppm=0)
    (1000, 20.0)
    """
    if len(shared) == 1:
        at, clock = shared[0]
        return IncidentTime(round(clock - at * (1 + drift_ppm * 1e-6))), drift_ppm
    (first, first_clock), (last, last_clock) = sorted(shared)
    if last - first < FAR:
        raise ValueError("drift is told by two shared instants at least five minutes apart")
    drift = ((last_clock - first_clock) / (last - first) - 1) * 1e6
    if abs(drift) > MOST_DRIFT:
        raise ValueError(f"a drift of {drift:.0f} ppm is none that recorders have: one of the two instants is another")
    return IncidentTime(round(first_clock - first * (1 + drift * 1e-6))), round(drift, 6)


def placed(timeline: Timeline, placements: Mapping[str, PlaceRecording]) -> Timeline:
    """The timeline with what people decided in front of what was found."""
    if not placements:
        return timeline
    kept = [each for each in timeline.alignments if each.exhibit not in placements]
    made = [_alignment(each, timeline.of(each.exhibit)) for _, each in sorted(placements.items())]
    return replace(
        timeline,
        alignments=tuple(sorted([*kept, *made], key=lambda each: each.exhibit)),
        unplaced=tuple(each for each in timeline.unplaced if each[0] not in placements),
    )


def _alignment(said: PlaceRecording, found: Alignment | None) -> Alignment:
    was, bar = "The machine had not placed it.", None
    if found is not None:
        bar = found.drift_uncertainty_ppm if said.drift_ppm == found.drift_ppm else None
        by = (said.offset - found.offset) / SECOND
        was = f"The machine had placed it by {found.how}, {abs(by):.3f} s {'earlier' if by > 0 else 'later'}."
    return Alignment(
        said.exhibit, said.offset, said.drift_ppm, said.uncertainty, "decided", 1.0,
        f"Decided by the office: {said.reason.rstrip('.')}. {was}", len(said.shared),
        drift_uncertainty_ppm=bar,
    )  # fmt: skip
