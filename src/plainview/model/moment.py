# SPDX-License-Identifier: Apache-2.0
"""A dated happening: candidate, then confirmed or dismissed by a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plainview.model.finding import Basis
from plainview.model.time import IncidentTime


class MomentState(StrEnum):
    """Only a confirmed moment is published."""

    CANDIDATE = "candidate"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Moment:
    """``id`` (m1, m2 …) is never reused; ``uncertainty`` is a half-width in µs."""

    id: str
    kind: str
    start: IncidentTime
    end: IncidentTime | None
    uncertainty: int
    title: str
    text: str
    seen_on: tuple[str, ...] = ()
    heard_on: tuple[str, ...] = ()
    graphic: str = ""
    """Kind of graphic content (shooting, injury, death, distress), empty when none."""
    state: MomentState = MomentState.CANDIDATE
    basis: Basis | None = None
