# SPDX-License-Identifier: Apache-2.0
"""Where cameras stood and what they faced, as far as a person has found out; what is not known stays unknown.

Metres east and north of one point of the scene that the office chooses; directions in degrees clockwise from
north. Every place says how it is known and how far off it may be. A camera that moves has several places, each
with the stretch of the case's clock it holds for; outside of these its place is not known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from plainview.model.time import IncidentTime


@dataclass(frozen=True, slots=True)
class CameraPlace:
    """A camera's place, the direction it faces and the width of what it sees."""

    exhibit: str
    east_m: float
    north_m: float
    error_m: float
    """Half-width: it stood within this many metres."""
    facing_deg: float
    facing_error_deg: float
    view_deg: float
    """Horizontal field of view."""
    known_by: str
    start: IncidentTime | None = None
    end: IncidentTime | None = None
    """From when to when it holds; None is for the whole recording."""

    def __post_init__(self) -> None:
        if self.error_m <= 0 or self.facing_error_deg < 0 or not 0 < self.view_deg <= 360:
            raise ValueError("a place needs an error above 0 m, a direction's error and a view of up to 360 degrees")
        if not self.known_by.strip():
            raise ValueError("a place says how it is known (known_by)")
        if not all(math.isfinite(x) for x in (self.east_m, self.north_m, self.error_m, self.facing_deg)):
            raise ValueError("a place is made of finite numbers")


@dataclass(frozen=True, slots=True)
class ForgetPlace:
    """All places of one camera are withdrawn: where it stood is not known."""

    exhibit: str
    reason: str


@dataclass(frozen=True, slots=True)
class SceneMark:
    """Something that does not move: a kerb, a fence, a parked car, the place where something lay."""

    name: str
    points: tuple[tuple[float, float], ...]
    """(metres east, metres north); one point is a spot, more are a line, closed when the last is the first."""
    error_m: float
    known_by: str

    def __post_init__(self) -> None:
        if not self.points or not self.known_by.strip() or self.error_m <= 0:
            raise ValueError("a mark needs points, an error above 0 m and how it is known (known_by)")


def distance(a: SceneMark, b: SceneMark) -> tuple[float, float]:
    """Metres between two spots, and the half-width that their errors leave (both at their worst)."""
    (ax, ay), (bx, by) = a.points[0], b.points[0]
    return math.hypot(ax - bx, ay - by), a.error_m + b.error_m
