# SPDX-License-Identifier: Apache-2.0
"""One clock: anchors between recordings and the alignments that follow from them.

What this module keeps true: only an ``Alignment`` turns a MediaTime into an IncidentTime, every
alignment carries its error bar and how it is known, and recordings that share nothing are never
put on one clock by a guess (they stay in another component, unplaced).

>>> a = Alignment("EX-0001", IncidentTime(2_000_000), drift_ppm=0.0, uncertainty=5_000, how="sound", confidence=0.9)
>>> a.incident(MediaTime(1_000_000))
3000000
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plainview.model.finding import Basis
from plainview.model.time import IncidentSpan, IncidentTime, MediaSpan, MediaTime


@dataclass(frozen=True, slots=True)
class Anchor:
    """One instant found in two recordings: ``a_at`` in ``a`` is ``b_at`` in ``b``, ± ``uncertainty`` µs."""

    a: str
    b: str
    a_at: MediaTime
    b_at: MediaTime
    uncertainty: int
    score: float
    method: str = "sound"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A recording's own claim of the time: burned-in overlay, container, file name."""

    exhibit: str
    source: str
    """``overlay``, ``container``, ``file name``."""
    at: MediaTime
    reads: datetime
    uncertainty: int
    """µs, of the reading itself; says nothing of whether that clock was right."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where one recording lies on the case's clock.

    ``incident = offset + media × (1 + drift_ppm × 1e-6)``. ``uncertainty`` is a half-width in µs
    meant to hold 90 % of the time.
    """

    exhibit: str
    offset: IncidentTime
    drift_ppm: float
    uncertainty: int
    how: str
    """``sound``, ``overlay clock``, ``container clock``, ``decided``."""
    confidence: float
    explanation: str = ""
    anchors: int = 0
    acoustic: IncidentTime | None = None
    """The offset as if sound took no time: what shared sound itself says. None when not placed by sound."""
    acoustic_uncertainty: int | None = None
    travel: tuple[int, int] | None = None
    """µs that sound took to reach this recorder, 10 and 90 % of what it heard; None where geometry does not tell."""
    drift_uncertainty_ppm: float | None = None
    """Half-width, 90 %; None where no drift is known, or people told it by two instants. 0 ± 1 is a true clock."""

    def incident(self, at: MediaTime) -> IncidentTime:
        return IncidentTime(self.offset + at + round(at * self.drift_ppm * 1e-6))

    @property
    def drift_text(self) -> str:
        """The drift with its error bar, for people."""
        if self.drift_uncertainty_ppm is not None:
            return f"{self.drift_ppm:+.1f} ± {self.drift_uncertainty_ppm:.1f} ppm"
        return f"{self.drift_ppm:+.1f} ppm" if self.drift_ppm else "not known"

    def media(self, at: IncidentTime) -> MediaTime:
        return MediaTime(round((at - self.offset) / (1 + self.drift_ppm * 1e-6)))

    def incident_span(self, span: MediaSpan) -> IncidentSpan:
        return IncidentSpan(self.incident(span.start), self.incident(span.end))

    def media_span(self, span: IncidentSpan) -> MediaSpan:
        return MediaSpan(self.media(span.start), self.media(span.end))


@dataclass(frozen=True, slots=True)
class Timeline:
    """All alignments of a case, and the recordings that could not be placed, with the reason."""

    alignments: tuple[Alignment, ...]
    unplaced: tuple[tuple[str, str], ...]
    """(exhibit id, one sentence why)."""
    anchors: tuple[Anchor, ...] = ()
    readings: tuple[ClockReading, ...] = ()
    basis: Basis | None = None
    copies: tuple[tuple[str, ...], ...] = ()
    """Groups of recordings that are one microphone's sound, delivered more than once: one witness each."""

    def witness(self, exhibit: str) -> str:
        """The recording that stands for this one where witnesses are counted: itself, or its first copy."""
        return next((group[0] for group in self.copies if exhibit in group), exhibit)

    def of(self, exhibit: str) -> Alignment | None:
        """The alignment of one recording, or None when it is not placed."""
        return next((a for a in self.alignments if a.exhibit == exhibit), None)
