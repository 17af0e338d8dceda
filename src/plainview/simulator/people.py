# SPDX-License-Identifier: Apache-2.0
"""Where everybody and everything is at each moment of the incident."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from plainview.simulator.figures import PHASES
from plainview.simulator.screenplay import Waypoint


@dataclass(frozen=True, slots=True)
class State:
    """A person at an instant."""

    x: float
    y: float
    facing: float
    pose: str
    phase: int
    speed: float


def _w(at: float, x: float, y: float, facing: float = 0.0, pose: str = "stand") -> Waypoint:
    return Waypoint(at, x, y, math.radians(facing), pose)


TRACKS: Final[dict[str, tuple[Waypoint, ...]]] = {
    "tolland": (
        _w(-12, -7.2, -2.7, 0, "stand"), _w(8, -7.2, -2.7, 0, "walk"), _w(14, -1.6, -2.3, 0, "stand"),
        _w(22, -1.2, -2.3, -35, "talk"), _w(38, -1.2, -2.2, -32, "stand"), _w(41, -1.7, -1.9, -20, "stand"),
        _w(44.9, -1.7, -1.9, 10, "run"), _w(48, 8.0, 3.0, 32, "run"), _w(50, 14.5, 6.6, 18, "run"),
        _w(53.6, 31.0, 7.2, 5, "run"), _w(55.4, 37.6, 7.2, 20, "aim"), _w(57, 38.6, 7.2, 24, "aim"),
        _w(59, 39.2, 7.3, 26, "aim"), _w(66, 39.4, 7.3, 26, "stand"), _w(68, 39.6, 7.4, 26, "walk"),
        _w(72, 43.4, 9.2, 35, "talk"), _w(78, 43.6, 9.1, 30, "stand"), _w(140, 43.6, 9.1, 25, "stand"),
    ),
    "imbert": (
        _w(-12, -7.2, -5.9, 0, "stand"), _w(9, -7.2, -6.3, 0, "walk"), _w(15, -1.0, -6.4, 20, "stand"),
        _w(36, 0.6, -6.5, 60, "talk"), _w(42, 1.6, -6.4, 90, "stand"), _w(45.6, 2.2, -6.2, 60, "run"),
        _w(48.5, 6.0, 0.2, 50, "run"), _w(51, 14.0, 3.6, 15, "run"), _w(57, 35.5, 4.2, 28, "aim"),
        _w(65.4, 35.8, 4.3, 30, "aim"), _w(66, 36.0, 4.6, 28, "run"), _w(69.4, 46.0, 9.7, 30, "kneel"),
        _w(140, 46.1, 9.8, 32, "kneel"),
    ),
    "vane": (
        _w(-12, 0.4, -3.85, 150, "seat"), _w(41.0, 0.4, -3.85, 150, "seat"), _w(41.2, 0.7, -2.7, 170, "hands-up"),
        _w(44.3, 0.8, -2.5, 165, "hands-up"), _w(44.5, 0.9, -2.4, 30, "run"), _w(47, 8.6, 3.8, 35, "run"),
        _w(49, 14.8, 7.4, 20, "run"), _w(54, 34.5, 8.2, 8, "run"), _w(57.2, 47.2, 10.6, 20, "run"),
        _w(57.8, 48.2, 11.0, 40, "stand"), _w(59.6, 48.2, 11.0, 100, "talk"), _w(60.6, 48.0, 10.9, 190, "talk"),
        _w(61.9, 47.8, 10.7, 200, "kneel"), _w(63.4, 47.4, 10.5, 205, "lie"), _w(140, 47.4, 10.5, 205, "lie"),
    ),
    "filmer": (
        _w(-12, 21.0, -8.4, 140, "stand"), _w(26, 21.0, -8.4, 150, "film"), _w(46, 21.5, -8.4, 120, "film"),
        _w(49, 22.0, -8.2, 80, "walk"), _w(60, 30.6, -7.6, 45, "film"), _w(66, 31.0, -7.6, 50, "walk"),
        _w(74, 36.6, -7.4, 55, "film"), _w(140, 37.4, -7.4, 60, "film"),
    ),
    "mother": (
        _w(-12, 8.0, 7.8, 0, "walk"), _w(6, 8.0, 7.8, 0, "walk"), _w(16, 17.0, 7.9, 0, "stand"),
        _w(18, 17.0, 7.9, -150, "stand"), _w(40, 17.2, 8.0, 120, "talk"), _w(43, 17.2, 8.0, -140, "stand"),
        _w(49, 17.2, 8.3, -60, "stand"), _w(65.6, 17.2, 8.3, 60, "talk"), _w(67.4, 17.5, 8.5, 75, "talk"),
        _w(71.5, 17.9, 9.0, 80, "gone"),
    ),
    "child": (
        _w(-12, 7.2, 8.3, 0, "walk"), _w(6, 7.2, 8.3, 0, "walk"), _w(16, 18.4, 8.2, 0, "stand"),
        _w(19, 18.4, 8.2, -140, "stand"), _w(30, 18.5, 8.2, 105, "stand"), _w(38, 18.5, 8.2, -130, "stand"),
        _w(48, 18.6, 8.4, -70, "stand"), _w(66.8, 18.6, 8.4, 95, "stand"), _w(68.4, 18.4, 8.8, 100, "walk"),
        _w(71.0, 18.2, 9.2, 95, "gone"),
    ),
    "clerk": (
        _w(-12, 41.4, -9.6, 90, "gone"), _w(47, 41.2, -9.4, 90, "walk"), _w(50, 41.2, -7.9, 100, "film"),
        _w(60, 41.2, -7.9, 80, "film"), _w(64, 41.2, -8.3, -20, "film"), _w(76, 41.4, -8.2, 70, "film"),
        _w(84, 41.2, -8.3, -30, "talk"), _w(98, 41.2, -9.4, -90, "gone"),
    ),
    "okafor": (
        _w(-12, 54.0, 3.2, 180, "gone"), _w(80.0, 54.2, 5.0, 120, "walk"), _w(85.0, 50.6, 9.2, 130, "stand"),
        _w(86.4, 50.4, 9.3, 108, "stand"), _w(104, 50.4, 9.4, 112, "talk"), _w(120, 50.2, 9.0, 190, "stand"),
        _w(190, 50.2, 9.0, 150, "stand"),
    ),
}

FIREARM: Final = (49.9, 11.45)
"""Where the firearm lies from the moment he throws it (about ten feet from where he falls)."""
FIREARM_FROM: Final = 60.9

_CYCLES_PER_SECOND: Final = {"run": 1.45, "walk": 0.95, "kneel": 0.8, "hands-up": 0.3, "talk": 0.35, "lie": 0.2}


def state(who: str, at: float) -> State | None:
    """Where a person is, or None while not in the street."""
    track = TRACKS[who]
    i = max(0, min(bisect_right([w.at for w in track], at) - 1, len(track) - 1))
    a, b = track[i], track[min(i + 1, len(track) - 1)]
    if a.pose == "gone":
        return None
    span = max(b.at - a.at, 1e-6)
    f = min(max((at - a.at) / span, 0.0), 1.0)
    turn = math.remainder(b.facing - a.facing, 2 * math.pi)
    eased = min(1.0, f * span / min(span, 1.2)) if a.pose in {"run", "walk"} else max(0.0, 1 - (1 - f) * span / 0.9)
    speed = math.hypot(b.x - a.x, b.y - a.y) / span
    facing = a.facing + turn * (eased if a.pose in {"run", "walk"} else min(1.0, eased))
    phase = int(at * _CYCLES_PER_SECOND.get(a.pose, 0.25) * PHASES) % PHASES
    return State(a.x + (b.x - a.x) * f, a.y + (b.y - a.y) * f, facing, a.pose, phase, speed)


def second_cruiser(at: float) -> tuple[float, float]:
    """The third officer's car: parked far up the street, then driving west, stopped from 79.5 on."""
    leaves, stops, parked, stop_x, ramp = 49.0, 79.5, 384.0, 56.0, 4.5
    cruise = (parked - stop_x) / (stops - leaves - ramp)
    t = min(max(at, leaves), stops) - leaves
    whole = stops - leaves
    if t < ramp:
        gone = 0.5 * cruise / ramp * t**2
    elif t < whole - ramp:
        gone = cruise * (t - ramp / 2)
    else:
        gone = parked - stop_x - 0.5 * cruise / ramp * (whole - t) ** 2
    return parked - gone, 3.0 if at < leaves + 1 or at > stops - 3 else 2.7
