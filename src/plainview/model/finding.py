# SPDX-License-Identifier: Apache-2.0
"""What machines say: always with its basis, never published as fact without a decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
    points: tuple[TrackPoint, ...]
    basis: Basis
    returns: Return | None = None

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
