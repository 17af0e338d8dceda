# SPDX-License-Identifier: Apache-2.0
"""The scene from above, drawn from decided places: each camera with its error and what it can see, and in words.

What this module keeps true: nothing is drawn that no person placed; every place shows its error; a camera whose
place is not known is named as that; the text says all that the drawing says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

from plainview.model.scene import CameraPlace, SceneMark, distance
from plainview.publish import labels, words
from plainview.publish.lookup import Lookup, coverage, short_title
from plainview.publish.strip import seconds
from plainview.publish.tongue import Tongue

FEET = 3.28084
SIZES = (("far", 2.1), ("near", 3.7))
"""Letters on a wide screen and on a phone, in hundredths of the drawing's width; names are placed for each."""
SHAPE = 1.75
"""The drawing's width for its height: it fills a column and is still tall enough on a phone."""
FAR, SMALLEST = 3.0, 30.0
"""A camera is out of the drawing when it is more than so many times as far from the middle as half of all points are,
and more than so many metres."""
NAMES = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")

Names = tuple[tuple[str, labels.Label], ...]
"""A name as each screen draws it; of a screen without room for it there is none."""


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
    names: Names = ()

    @property
    def points(self) -> tuple[labels.Point, ...]:
        return ((self.x, self.y),)


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
    points: tuple[labels.Point, ...]
    names: Names = ()


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
    outside: tuple[Camera, ...]
    """Cameras that stood so far away that to draw them would leave no room for the rest."""
    unnamed: tuple[tuple[str, int], ...]
    """For each screen how many names the drawing has no room for; the table has them."""


def scene(look: Lookup) -> Scene | None:
    """The scene of a release, or None when no camera and no mark was placed."""
    order = {r.exhibit: n for n, r in enumerate(look.recordings)}
    places = sorted((p for p in look.release.places if p.exhibit in order), key=lambda p: order[p.exhibit])
    marks = look.release.marks
    if not places and not marks:
        return None
    near = _near(places, marks)
    xs = [p.east_m + s * p.error_m for p in near for s in (-1, 1)] + [x for m in marks for x, _ in m.points]
    ys = [p.north_m + s * p.error_m for p in near for s in (-1, 1)] + [y for m in marks for _, y in m.points]
    size = max(max(xs) - min(xs), max(ys) - min(ys), 10.0)
    pad = size * 0.14
    wide, high = max(xs) - min(xs) + 2 * pad, max(ys) - min(ys) + 2 * pad
    wide, high = max(wide, SHAPE * high), max(high, wide / SHAPE)
    left, top = (min(xs) + max(xs) - wide) / 2, (-min(ys) - max(ys) - high) / 2
    bar = next(n for n in (100, 50, 20, 10, 5, 2, 1) if n <= wide / 5 or n == 1)
    placed = {p.exhibit for p in places}
    cameras, spots = _named(
        [_camera(p, look, size * 0.42) for p in near],
        [_spot(m, look.tongue) for m in marks],
        inside=(left, top, left + wide, top + high),
        bar=(left + wide * 0.04, top + high * 0.95, float(bar)),
    )
    return Scene(
        box=" ".join(_n(v) for v in (left, top, wide, high)),
        unit=wide / 100,
        bar=bar,
        bar_x=left + wide * 0.04,
        bar_y=top + high * 0.95,
        cameras=cameras,
        spots=spots,
        apart=tuple(_apart(a, b, look.tongue) for a, b in combinations([m for m in marks if len(m.points) == 1], 2)),
        unknown=tuple(r.title for r in look.cameras if r.exhibit not in placed),
        outside=tuple(_camera(p, look, 1.0) for p in places if p not in near),
        unnamed=tuple((screen, _missing(screen, cameras, spots)) for screen, _ in SIZES),
    )


def _missing(screen: str, cameras: Sequence[Camera], spots: Sequence[Spot]) -> int:
    names = [*(each.names for each in cameras), *(each.names for each in spots)]
    return sum(screen not in dict(own) for own in names)


def _near(places: Sequence[CameraPlace], marks: Sequence[SceneMark]) -> list[CameraPlace]:
    """The cameras that are drawn: those not much further from the middle of everything than most are."""
    points = [(p.east_m, p.north_m) for p in places] + [point for m in marks for point in m.points]
    middle = median(x for x, _ in points), median(y for _, y in points)
    most = max(SMALLEST, FAR * median(math.dist(point, middle) for point in points))
    return [p for p in places if math.dist((p.east_m, p.north_m), middle) <= most or len(points) < 4]


def _named(
    cameras: Sequence[Camera], spots: Sequence[Spot], *, inside: labels.Box, bar: tuple[float, float, float]
) -> tuple[tuple[Camera, ...], tuple[Spot, ...]]:
    """Both with their names placed for each screen; spots come first: what lay where is read before who filmed it."""
    wanted = [labels.Named(each.name, each.points) for each in spots]
    wanted += [labels.Named(each.name, each.points) for each in cameras]
    found: list[Names] = [()] * len(wanted)
    left, top, right, bottom = inside
    for screen, share in SIZES:
        size = (right - left) / 100 * share
        x, y, length = bar
        scale = (x, y - 1.6 * size, x + max(length, 5 * size), y + 0.2 * size)
        edge = (left + size / 2, top + size / 2, right - size / 2, bottom - size / 2)
        names = labels.placed(wanted, size=size, inside=edge, taken=[scale])
        found = [(*own, (screen, name)) if name else own for own, name in zip(found, names, strict=True)]
    ours = iter(found)
    named = tuple(replace(each, names=next(ours)) for each in spots)
    return tuple(replace(each, names=next(ours)) for each in cameras), named


def _camera(p: CameraPlace, look: Lookup, reach: float) -> Camera:
    marked = {m.name for m in look.release.marks}
    recording = look.by_exhibit[p.exhibit]
    span = coverage(recording) if recording.alignment else None
    start = p.start if p.start is not None else span.start if span else None
    end = p.end if p.end is not None else span.end if span else None
    return Camera(
        slug=recording.slug,
        name=recording.title if short_title(recording)[0] in marked else short_title(recording)[0],
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
    points = tuple((px, -py) for px, py in m.points)
    return Spot(m.name, round(x, 2), round(-y, 2), round(m.error_m, 2), line, at, m.known_by, points)


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
