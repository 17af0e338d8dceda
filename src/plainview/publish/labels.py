# SPDX-License-Identifier: Apache-2.0
"""Where names stand in a drawing: beside what they name, and over no other name, point or line.

What this module keeps true: no two names touch; a name away from its point is tied to it by a thin line that crosses
no name; a name for which there is no room is not drawn (what is drawn is told in a table as well).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

WIDE, HIGH, DROP = 0.6, 0.95, 0.22
"""A letter's width, a line's height, and how much of it hangs below the baseline, as parts of the letters' size."""
LONGEST = 30
"""Letters of a name in the drawing; the table has the whole."""
NEAR: Sequence[Point] = ((1, -1), (1, 1), (-1, -1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1))
"""Directions that are tried first, right before left and above before below."""
WAYS = 32
"""Directions that are tried further away."""

Point = tuple[float, float]
Line = tuple[Point, Point]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Named:
    """What wants a name: its points (more than one are a line) and the name."""

    text: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A name's words, where they are anchored, and the line that ties them to their point, if they stand away."""

    text: str
    x: float
    y: float
    anchor: str
    """``start``, ``middle`` or ``end``, as SVG says it."""
    tie: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """One way to set a name."""

    box: Box
    anchor: str
    tie: Line | None = None

    @property
    def x(self) -> float:
        left, _, right, _ = self.box
        return {"start": left, "end": right}.get(self.anchor, (left + right) / 2)


def placed(named: Sequence[Named], *, size: float, inside: Box, taken: Sequence[Box] = ()) -> list[Label | None]:
    """A label for each of ``named`` in letters of ``size``, within ``inside`` and off the boxes ``taken``.

    Spots get theirs before lines, along which there is most room.
    """
    dot = size * 0.4
    points = [(x - dot, y - dot, x + dot, y + dot) for each in named for x, y in each.points if len(each.points) == 1]
    lines = [side for each in named for side in pairwise(each.points)]
    room = _Room(inside, [*taken, *points], lines)
    order = sorted(range(len(named)), key=lambda n: len(named[n].points) > 1)
    found = {n: room.settle(_shortened(named[n].text), named[n].points, size) for n in order}
    return [found[n] for n in range(len(named))]


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


class _Room:
    """What is taken so far."""

    def __init__(self, inside: Box, taken: list[Box], lines: list[Line]) -> None:
        self._inside, self._taken, self._lines = inside, taken, lines
        self._ties: list[Line] = []
        self._full: dict[tuple[Point, ...], int] = {}

    def settle(self, text: str, points: tuple[Point, ...], size: float) -> Label | None:
        """The nearest free place; over a drawn line only where there is no other."""
        if len(text) >= self._full.get(points, len(text) + 1):
            return None
        left, top, right, bottom = self._inside
        tries = [*_places(text, points, size, math.hypot(right - left, bottom - top))]
        lines = ([*self._ties, *self._lines], self._ties)
        found = next((each for off in lines for each in tries if self._free(each, off)), None)
        if found is None:
            self._full[points] = len(text)
            return None
        self._taken.append(found.box)
        self._ties += [found.tie] if found.tie else []
        tie = "M{:.2f} {:.2f}L{:.2f} {:.2f}".format(*found.tie[0], *found.tie[1]) if found.tie else ""
        return Label(text, round(found.x, 2), round(found.box[3] - DROP * size, 2), found.anchor, tie)

    def _free(self, place: _Place, lines: Sequence[Line]) -> bool:
        left, top, right, bottom = self._inside
        box, tie = place.box, place.tie
        if box[0] < left or box[1] < top or box[2] > right or box[3] > bottom:
            return False
        if any(_touch(box, other) for other in self._taken) or any(_crosses(line, box) for line in lines):
            return False
        return tie is None or not any(_crosses(tie, other) for other in self._taken if not _holds(other, tie[0]))


def _places(text: str, points: tuple[Point, ...], size: float, reach: float) -> Iterator[_Place]:
    """Ways to set a name, the best first; those away from its point have a tie."""
    wide = len(text) * WIDE * size
    spots = points if len(points) == 1 else tuple(_along(points))
    for spot in spots:
        for way in NEAR if len(points) == 1 else ((0, -1), (0, 1)):
            yield _set(spot, way, size * 0.75, wide, size)
    far = size * 2.2
    while far < reach:
        for turn in range(WAYS):
            towards = math.cos(turn * math.tau / WAYS), math.sin(turn * math.tau / WAYS)
            place = _set(spots[0], towards, far, wide, size)
            end = place.x, min(max(spots[0][1], place.box[1]), place.box[3])
            yield replace(place, tie=(spots[0], end))
        far += size * 1.1


def _along(points: tuple[Point, ...]) -> Iterator[Point]:
    """Places along a line, the middles of its stretches first, their ends last."""
    for share in sorted((n / 20 for n in range(21)), key=lambda share: abs(share - 0.5)):
        for (ax, ay), (bx, by) in pairwise(points):
            yield ax + (bx - ax) * share, ay + (by - ay) * share


def _set(spot: Point, way: Point, far: float, wide: float, size: float) -> _Place:
    """A name ``far`` from a spot: to its right, to its left, or over its middle."""
    high = size * HIGH
    anchor, back = ("middle", wide / 2) if abs(way[0]) < 0.3 else ("start", 0.0) if way[0] > 0 else ("end", wide)
    left = spot[0] + way[0] * far - back
    top = spot[1] + way[1] * far - (high / 2 if abs(way[1]) < 0.3 else high if way[1] < 0 else 0)
    return _Place((left, top, left + wide, top + high), anchor)


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _holds(box: Box, point: Point) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _crosses(line: Line, box: Box) -> bool:
    """Whether a straight line passes through the inside of a box (clipped side by side, Liang and Barsky)."""
    (ax, ay), (bx, by) = line
    first, last = 0.0, 1.0
    for start, step, low, high in ((ax, bx - ax, box[0], box[2]), (ay, by - ay, box[1], box[3])):
        if step == 0:
            if not low < start < high:
                return False
            continue
        ends = sorted(((low - start) / step, (high - start) / step))
        first, last = max(first, ends[0]), min(last, ends[1])
    return last - first > 1e-6
