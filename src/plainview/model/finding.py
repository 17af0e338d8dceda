# SPDX-License-Identifier: Apache-2.0
"""What machines say: always with its basis, never published as fact without a decision."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import overload

from plainview.model.time import IncidentTime, MediaSpan, MediaTime


class StepStatus(StrEnum):
    """Unknown, none and failed are three things: no row, done with nothing, failed with a reason."""

    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Basis:
    """How a finding is known: enough for someone else to repeat it."""

    method: str
    version: str
    weights: tuple[str, ...] = ()
    """SHA-256 of every model file used."""
    score: float | None = None
    threshold: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels of the displayed (rotated) frame; left, top, width, height."""

    x: int
    y: int
    w: int
    h: int

    def meets_edge(self, width: int, height: int) -> bool:
        """Whether the border of a frame of this size ends or cuts it."""
        return self.x <= 0 or self.y <= 0 or self.x + self.w >= width or self.y + self.h >= height


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """Where a track is at one decoded presentation time."""

    at: MediaTime
    box: Box
    score: float
    detected: bool
    """False when interpolated or extended rather than seen by a detector."""


class Places(Sequence[tuple[MediaTime, Box]]):
    """Where something is, time by time: a face seen for hours has a million places, so each is kept in 24 bytes."""

    __slots__ = ("_sides", "_times")

    def __init__(self, places: Iterable[tuple[MediaTime, Box]] = ()) -> None:
        self._times, self._sides = array("q"), array("i")
        for at, box in places:
            self._times.append(at)
            self._sides.extend((box.x, box.y, box.w, box.h))

    def __len__(self) -> int:
        return len(self._times)

    @overload
    def __getitem__(self, index: int) -> tuple[MediaTime, Box]: ...
    @overload
    def __getitem__(self, index: slice) -> Places: ...
    def __getitem__(self, index: int | slice) -> tuple[MediaTime, Box] | Places:
        if isinstance(index, int):
            index = range(len(self._times))[index]
            return MediaTime(self._times[index]), Box(*self._sides[4 * index : 4 * index + 4])
        start, stop, step = index.indices(len(self._times))
        if step != 1:
            return Places(self[i] for i in range(start, stop, step))
        part = Places()
        part._times, part._sides = self._times[start:stop], self._sides[4 * start : 4 * stop]
        return part

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Places, tuple)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class Points(Sequence[TrackPoint]):
    """The points of a track, each kept in 33 bytes (``Places``)."""

    __slots__ = ("_detected", "_places", "_scores")

    def __init__(self, points: Iterable[TrackPoint] = ()) -> None:
        self._scores, self._detected = array("d"), bytearray()
        self._places = Places(self._noted(points))

    def _noted(self, points: Iterable[TrackPoint]) -> Iterator[tuple[MediaTime, Box]]:
        for point in points:
            self._scores.append(point.score)
            self._detected.append(point.detected)
            yield point.at, point.box

    def __len__(self) -> int:
        return len(self._scores)

    @overload
    def __getitem__(self, index: int) -> TrackPoint: ...
    @overload
    def __getitem__(self, index: slice) -> Points: ...
    def __getitem__(self, index: int | slice) -> TrackPoint | Points:
        if isinstance(index, int):
            return TrackPoint(*self._places[index], self._scores[index], bool(self._detected[index]))
        return Points(self[i] for i in range(*index.indices(len(self))))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Points, tuple)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True, slots=True)
class Return:
    """A track that ended shortly before and may be the same person's; never by the face, and for people to decide."""

    track: str
    """Id of the earlier track."""
    away: int
    """Microseconds between the two."""
    likeness: float
    clothes: float
    """How alike what lies below the faces is in colour, 0 to 1."""
    place: str
    """Where both were, in words; empty when they were in different places."""


@dataclass(frozen=True, slots=True)
class Track:
    """One thing followed through consecutive frames of one recording; never an identity."""

    id: str
    kind: str
    """``face``, ``plate``, ``person`` …"""
    points: Sequence[TrackPoint]
    basis: Basis
    returns: Return | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.points, Points):
            object.__setattr__(self, "points", Points(self.points))

    @property
    def span(self) -> MediaSpan:
        return MediaSpan(self.points[0].at, MediaTime(self.points[-1].at + 1))


@dataclass(frozen=True, slots=True)
class ShotCandidate:
    """An impulsive sound that may be a gunshot, in one recording."""

    at: MediaTime
    confidence: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class ShotEvent:
    """Candidates of several recordings reconciled to one happening on the case's clock."""

    at: IncidentTime
    uncertainty: int
    """Half-width in µs."""
    confidence: float
    heard_on: tuple[str, ...]
    """Exhibit ids."""


@dataclass(frozen=True, slots=True)
class ShotCount:
    """How many shots: an interval, with the reason for its width."""

    low: int
    high: int
    events: tuple[ShotEvent, ...]
    reason: str
    basis: Basis

    @property
    def best(self) -> int:
        """The single number that is likeliest: the events listed, held within the interval."""
        return min(max(len(self.events), self.low), self.high)


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page of a paper, with the place of each word (points, top-left origin)."""

    page: int
    width: float
    height: float
    words: tuple[PageWord, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class PageWord:
    """One word and its box on the page, in PDF points from the top left."""

    text: str
    x: float
    y: float
    w: float
    h: float
