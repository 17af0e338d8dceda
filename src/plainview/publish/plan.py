# SPDX-License-Identifier: Apache-2.0
"""The scene from above, drawn from decided places: each camera with its error and what it can see, and in words.

What this module keeps true: nothing is drawn that no person placed; every place shows its error; a camera whose
place is not known is named as that; the text says all that the drawing says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

from plainview.model.scene import CameraPlace, SceneMark, distance
from plainview.publish import words
from plainview.publish.lookup import Lookup, coverage, short_title
from plainview.publish.strip import seconds
from plainview.publish.tongue import Tongue

FEET = 3.28084
NAMES = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


@dataclass(frozen=True, slots=True)
class Camera:
    """One placed camera: the drawing's parts and the same in words; ``a`` to ``b`` is when the place holds."""

    slug: str
    name: str
    title: str
    a: float
    b: float
    x: float
    y: float
    error: float
    wedge: str
    doubt: str
    at: str
    faces: str
    when: str
    known_by: str


@dataclass(frozen=True, slots=True)
class Spot:
    """One mark: a spot, or a line."""

    name: str
    x: float
    y: float
    error: float
    line: str
    at: str
    known_by: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The drawing and its text; ``box`` is the view box, in metres, north up."""

    box: str
    unit: float
    """Metres that one hundredth of the drawing's width stands for: sizes of letters and strokes follow it."""
    bar: int
    bar_x: float
    bar_y: float
    cameras: tuple[Camera, ...]
    spots: tuple[Spot, ...]
    apart: tuple[tuple[str, str, str], ...]
    unknown: tuple[str, ...]


def scene(look: Lookup) -> Scene | None:
    """The scene of a release, or None when no camera and no mark was placed."""
    places = [p for p in look.release.places if p.exhibit in look.by_exhibit]
    marks = look.release.marks
    if not places and not marks:
        return None
    xs = [p.east_m + s * p.error_m for p in places for s in (-1, 1)] + [x for m in marks for x, _ in m.points]
    ys = [p.north_m + s * p.error_m for p in places for s in (-1, 1)] + [y for m in marks for _, y in m.points]
    size = max(max(xs) - min(xs), max(ys) - min(ys), 10.0)
    pad = size * 0.16
    left, top, wide, high = min(xs) - pad, -max(ys) - pad, max(xs) - min(xs) + 2 * pad, max(ys) - min(ys) + 2 * pad
    wide = max(wide, 1.4 * high)
    bar = next(n for n in (100, 50, 20, 10, 5, 2, 1) if n <= wide / 5 or n == 1)
    placed = {p.exhibit for p in places}
    return Scene(
        box=" ".join(_n(v) for v in (left, top, wide, high)),
        unit=wide / 100,
        bar=bar,
        bar_x=left + wide * 0.04,
        bar_y=top + high * 0.95,
        cameras=tuple(_camera(p, look, size * 0.42) for p in places),
        spots=tuple(_spot(m, look.tongue) for m in marks),
        apart=tuple(_apart(a, b, look.tongue) for a, b in combinations([m for m in marks if len(m.points) == 1], 2)),
        unknown=tuple(r.title for r in look.cameras if r.exhibit not in placed),
    )


def _camera(p: CameraPlace, look: Lookup, reach: float) -> Camera:
    recording = look.by_exhibit[p.exhibit]
    span = coverage(recording) if recording.alignment else None
    start = p.start if p.start is not None else span.start if span else None
    end = p.end if p.end is not None else span.end if span else None
    return Camera(
        slug=recording.slug,
        name=short_title(recording)[0],
        title=recording.title,
        a=seconds(start) if start is not None else -1e9,
        b=seconds(end) if end is not None else 1e9,
        x=round(p.east_m, 2),
        y=round(-p.north_m, 2),
        error=round(p.error_m, 2),
        wedge=_wedge(p, reach, p.view_deg),
        doubt=_wedge(p, reach, min(359.9, p.view_deg + 2 * p.facing_error_deg)),
        at=f"{_place(p.east_m, p.north_m, look.tongue)}, ± {_n(p.error_m)} m",
        faces=look.tongue.say(
            "%(to)s (%(deg).0f ± %(error).0f°), %(view).0f° wide",
            to=look.tongue.named(_compass(p.facing_deg)), deg=p.facing_deg % 360,
            error=p.facing_error_deg, view=p.view_deg,
        ),
        when=_held(p, look),
        known_by=p.known_by,
    )  # fmt: skip


def _held(p: CameraPlace, look: Lookup) -> str:
    """From when to when a place holds."""
    start, end = (words.full_clock(t, look.release.case.at) if t is not None else "" for t in (p.start, p.end))
    if start and end:
        return look.tongue.say("%(start)s to %(end)s", start=start, end=end)
    if start:
        return look.tongue.say("from %(start)s", start=start)
    return look.tongue.say("until %(end)s", end=end) if end else look.tongue.say("whole recording")


def _wedge(p: CameraPlace, reach: float, view: float) -> str:
    """The stretch of ground it can see, out to ``reach`` metres."""
    view = min(view, 359.9)
    ends = [math.radians(p.facing_deg + s * view / 2) for s in (-1, 1)]
    (ax, ay), (bx, by) = ((p.east_m + reach * math.sin(e), -(p.north_m + reach * math.cos(e))) for e in ends)
    large = 1 if view > 180 else 0
    start = f"M{_n(p.east_m)} {_n(-p.north_m)}L{_n(ax)} {_n(ay)}"
    return f"{start}A{_n(reach)} {_n(reach)} 0 {large} 1 {_n(bx)} {_n(by)}Z"


def _spot(m: SceneMark, tongue: Tongue) -> Spot:
    x, y = m.points[0]
    line = "M" + "L".join(f"{_n(px)} {_n(-py)}" for px, py in m.points) if len(m.points) > 1 else ""
    ends = dict.fromkeys((m.points[0], m.points[-1]))
    at = f" {tongue.say('to')} ".join(_place(px, py, tongue) for px, py in ends)
    at = f"{at}, ± {_n(m.error_m)} m"
    return Spot(m.name, round(x, 2), round(-y, 2), round(m.error_m, 2), line, at, m.known_by)


def _apart(a: SceneMark, b: SceneMark, tongue: Tongue) -> tuple[str, str, str]:
    metres, error = distance(a, b)
    feet = f"{metres * FEET:.0f} ± {max(1, math.ceil(error * FEET))} {tongue.say('feet')}"
    return a.name, b.name, f"{metres:.1f} ± {math.ceil(error * 10) / 10:.1f} m ({feet})"


def _compass(degrees: float) -> str:
    return NAMES[round(degrees % 360 / 45) % 8]


def _place(east: float, north: float, tongue: Tongue) -> str:
    """``10 m east, 4 m south``."""
    across = tongue.named("east" if east >= 0 else "west")
    along = tongue.named("north" if north >= 0 else "south")
    return f"{_n(abs(east))} m {across}, {_n(abs(north))} m {along}"


def _n(value: float) -> str:
    """Two digits at most, without a trailing zero or a minus before nothing."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
