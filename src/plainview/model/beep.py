# SPDX-License-Identifier: Apache-2.0
"""A body camera's own signals: the tones at its start, and its beep every two minutes.

What this module keeps true: a beep is a fact of one recording (a tone at a time); whose beep it is
follows from a rule that says how it knows. A two-minute beep repeats, so between recordings it tells
time only up to whole two minutes until something else decides which one it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainview.model.finding import Basis
from plainview.model.time import SECOND, MediaSpan, MediaTime

PERIOD = 120 * SECOND
"""µs between two beeps of a recording body camera; makers' manuals say two minutes."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What one camera's beep sounds like: ``tones`` equal tones, ``step`` µs from one to the next."""

    hertz: float
    tone: int
    """µs that each tone lasts."""
    tones: int
    step: int

    def like(self, other: Signature) -> bool:
        """Whether two calls may come from the same kind of camera."""
        return (
            abs(self.hertz - other.hertz) <= max(15.0, 0.008 * self.hertz)
            and self.tones == other.tones
            and abs(self.tone - other.tone) <= 40_000
            and abs(self.step - other.step) <= 25_000
        )


@dataclass(frozen=True, slots=True)
class Beep:
    """One call: ``at`` is where its first tone reaches half its strength; ``uncertainty`` a 90 % half-width in µs."""

    at: MediaTime
    uncertainty: int
    contrast_db: float
    """How far the tone stands above the sound around it in time and in pitch."""
    level_db: float
    signature: Signature


@dataclass(frozen=True, slots=True)
class Train:
    """Calls of one signature that come every two minutes: one camera's clock.

    ``drift_ppm`` is how much the *recording's* clock must be corrected if the beeping camera's two
    minutes are exact, as in ``Alignment.drift_ppm``; None with fewer than two beeps.
    """

    beeps: tuple[Beep, ...]
    own: bool
    why: str
    drift_ppm: float | None = None
    drift_uncertainty_ppm: float | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """When the wearer switched the recording on; what lies before it is the camera's buffer."""

    at: MediaTime
    uncertainty: int
    how: str


@dataclass(frozen=True, slots=True)
class BeepFinding:
    """Clock forensics of one recording.

    ``calls`` are all beep-like calls, trains included; ``buffer`` is the silent stretch before the
    activation, None when there is none; ``odd`` are intervals between beeps that are not two minutes.
    """

    exhibit: str
    calls: tuple[Beep, ...]
    trains: tuple[Train, ...]
    start_tones: tuple[Beep, ...]
    activation: Activation | None
    buffer: MediaSpan | None
    odd: tuple[tuple[MediaSpan, str], ...]
    basis: Basis

    @property
    def own(self) -> Train | None:
        """The recording camera's own train, or None."""
        return next((each for each in self.trains if each.own), None)


@dataclass(frozen=True, slots=True)
class BeepAnchor:
    """A beep of ``camera`` at ``a_at`` of its own recording, heard at ``b_at`` in ``heard_on``.

    ``ambiguous``: nothing here decides which of its beeps it was; the anchor holds up to whole periods.
    The sound took time to arrive, which ``b_at`` includes.
    """

    camera: str
    heard_on: str
    a_at: MediaTime
    b_at: MediaTime
    uncertainty: int
    contrast_db: float
    ambiguous: bool
    why: str


@dataclass(frozen=True, slots=True)
class UnseenCamera:
    """A body camera that is heard and whose recording is not among those delivered: a question to ask."""

    signature: Signature
    heard: tuple[tuple[str, MediaTime], ...]
    """(exhibit, time) of each of its beeps."""
    question: str


@dataclass(frozen=True, slots=True)
class BeepTies:
    """What the beeps of a case's recordings say together: instants heard twice, and cameras nobody delivered."""

    anchors: tuple[BeepAnchor, ...]
    unseen: tuple[UnseenCamera, ...]
    basis: Basis
