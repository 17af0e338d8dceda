# SPDX-License-Identifier: Apache-2.0
"""Two clocks, two types: a recording's own time and the case's one time, both whole microseconds.

``MediaTime`` counts from the first presented frame or sample of one recording. ``IncidentTime``
counts from the case's epoch (the ``at`` of the case, as an instant). Only an ``Alignment``
(model.timeline) converts one into the other. Whole microseconds name any frame or sample and fit a
JavaScript number exactly for 285 years.

>>> clock_text(IncidentTime(2_500_000), datetime(2026, 3, 14, 21, 41, tzinfo=timezone.utc))
'21:41:02.500'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NewType

MediaTime = NewType("MediaTime", int)
"""Microseconds on one recording's own clock."""

IncidentTime = NewType("IncidentTime", int)
"""Microseconds after (before: negative) the case's epoch."""

SECOND = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class MediaSpan:
    """Half-open interval ``[start, end)`` on a recording's own clock."""

    start: MediaTime
    end: MediaTime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"span ends before it starts: {self.start} > {self.end}")

    @property
    def length(self) -> int:
        return self.end - self.start

    def overlaps(self, other: MediaSpan) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class IncidentSpan:
    """Half-open interval ``[start, end)`` on the case's one clock."""

    start: IncidentTime
    end: IncidentTime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"span ends before it starts: {self.start} > {self.end}")

    @property
    def length(self) -> int:
        return self.end - self.start

    def overlaps(self, other: IncidentSpan) -> bool:
        return self.start < other.end and other.start < self.end


def media_seconds(seconds: float) -> MediaTime:
    """Seconds, as a decoder or a person gives them, to the nearest microsecond."""
    return MediaTime(round(seconds * SECOND))


def incident_seconds(seconds: float) -> IncidentTime:
    """Seconds after the epoch to the nearest microsecond."""
    return IncidentTime(round(seconds * SECOND))


def union(spans: list[MediaSpan], *, gap: int = 0) -> list[MediaSpan]:
    """Sorted, disjoint spans covering the same instants; spans at most ``gap`` µs apart are joined."""
    merged: list[MediaSpan] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + gap:
            merged[-1] = MediaSpan(merged[-1].start, MediaTime(max(merged[-1].end, span.end)))
        else:
            merged.append(span)
    return merged


def without(span: MediaSpan, others: Sequence[MediaSpan]) -> list[MediaSpan]:
    """What is left of ``span`` outside all ``others``, in order."""
    left, start = [], span.start
    for other in union(list(others)):
        if other.overlaps(span):
            if other.start > start:
                left.append(MediaSpan(start, other.start))
            start = max(start, other.end)
    return [*left, MediaSpan(start, span.end)] if start < span.end else left


def instant(at: IncidentTime, epoch: datetime) -> datetime:
    """The calendar instant of ``at`` in the epoch's own zone."""
    # Adding to a local time counts on the wall clock, which jumps when summer time begins or ends.
    return (epoch.astimezone(UTC) + timedelta(microseconds=at)).astimezone(epoch.tzinfo)


def clock_text(at: IncidentTime, epoch: datetime, *, digits: int = 3) -> str:
    """``HH:MM:SS`` with ``digits`` decimals (0 to 6), in the epoch's zone, truncated never rounded up."""
    moment = instant(at, epoch)
    text = moment.strftime("%H:%M:%S")
    if digits == 0:
        return text
    return f"{text}.{moment.microsecond:06d}"[: 9 + digits]


def iso_utc(at: datetime) -> str:
    """``2026-03-15T02:41:04Z``: whole seconds, UTC, the form used in logs and manifests."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
