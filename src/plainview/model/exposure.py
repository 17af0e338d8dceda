# SPDX-License-Identifier: Apache-2.0
"""What people have had to see: stretches of unredacted recordings they watched, and how much of it was graphic.

What this module keeps true: a stretch watched twice counts twice, for it was seen twice; graphic is what a person
confirmed as graphic at the time of watching, on a recording that sees or hears it; nobody's minutes are a score, they
only say to whom the next graphic piece should not go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plainview.model.moment import Moment
from plainview.model.roles import person_key
from plainview.model.time import SECOND, IncidentSpan, IncidentTime, MediaSpan, MediaTime, union
from plainview.model.timeline import Alignment

POINT = SECOND
"""A graphic moment that has no end is taken to last so long on either side (µs)."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One stretch of one original that one person watched; ``graphic`` is µs of it."""

    case: str
    exhibit: str
    person: str
    span: MediaSpan
    graphic: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Exposure:
    """A person's sum over some days, in minutes."""

    person: str
    watched: float
    graphic: float


def graphic_within(
    exhibit: str, span: MediaSpan, *, moments: Iterable[Moment], alignment: Alignment | None
) -> int:
    """µs of ``span`` in which this recording sees or hears a graphic moment; 0 when it is not on the case's clock."""
    if alignment is None:
        return 0
    found = []
    for moment in moments:
        if moment.graphic and exhibit in (*moment.seen_on, *moment.heard_on):
            end = moment.end if moment.end is not None else IncidentTime(moment.start + POINT)
            start = moment.start if moment.end is not None else IncidentTime(moment.start - POINT)
            found.append(alignment.media_span(IncidentSpan(start, end)))
    cut = [
        MediaSpan(MediaTime(max(each.start, span.start)), MediaTime(min(each.end, span.end)))
        for each in found
        if each.overlaps(span)
    ]
    return sum(each.length for each in union(cut))


def exposure(
    watches: Sequence[Watch], *, people: Iterable[str], until: datetime, days: int
) -> tuple[Exposure, ...]:
    """Everybody named or seen watching, whoever saw least graphic material in the last ``days`` first."""
    since = until - timedelta(days=days)
    names = {person_key(name): name for name in (*(each.person for each in watches), *people)}
    recent = [each for each in watches if since < each.at <= until]
    sums = [
        Exposure(
            name,
            round(sum(e.span.length for e in recent if person_key(e.person) == key) / SECOND / 60, 2),
            round(sum(e.graphic for e in recent if person_key(e.person) == key) / SECOND / 60, 2),
        )
        for key, name in sorted(names.items())
    ]
    return tuple(sorted(sums, key=lambda each: (each.graphic, each.watched, each.person)))
