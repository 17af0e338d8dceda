# SPDX-License-Identifier: Apache-2.0
"""Screens and papers: two lines of writing or more that lie together, and the whole of what they lie on.

Nothing here knows what a screen is. Lines that stay beside each other are one surface; it reaches as far as its even
ground does around them (the white of a page, the dark of a screen), or a line's height where the ground is uneven.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.model.finding import Basis, Box, Track, TrackPoint
from plainview.model.time import MediaTime

SURFACE = "surface"

METHOD, VERSION = "pp-ocr-surfaces", "1"

_EVEN = 28
"""Levels by which the ground of a surface differs from its own median, in each colour."""

_LARGEST, _OF_PICTURE = 12.0, 0.7
"""Sizes of the writing, and share of the picture, above which even ground is a wall and no page."""

_TOLD = 120
"""Letters of what is written that a proposal says."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Rim:
    """How far a surface reaches beyond its writing, in widths and heights of the writing."""

    left: float
    top: float
    right: float
    bottom: float

    def around(self, box: Box, size: tuple[int, int]) -> Box:
        left, top = int(box.x - self.left * box.w), int(box.y - self.top * box.h)
        right, bottom = -int(-box.x - (1 + self.right) * box.w), -int(-box.y - (1 + self.bottom) * box.h)
        left, top, right, bottom = max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)
        return Box(left, top, right - left, bottom - top)


def surfaces(lines: Sequence[Track], pictures: Mapping[MediaTime, Pixels], *, exhibit: str) -> tuple[Track, ...]:
    """A track for each surface, in order of appearance; ``pictures`` (BGR) are some of those the lines were read in."""
    groups = sorted(_together(lines), key=lambda group: min(each.span.start for each in group))
    return tuple(_surface(f"{exhibit}-s{n:03d}", group, pictures) for n, group in enumerate(groups, start=1))


def _together(lines: Sequence[Track]) -> Iterator[list[Track]]:
    """Lines that lie beside each other, directly or through others; a line alone is no surface."""
    places = [{point.at: point.box for point in line.points if point.detected} for line in lines]
    group = list(range(len(lines)))
    for i in range(len(lines)):
        for j in range(i):
            if group[i] != group[j] and _beside(places[i], places[j]):
                old, new = group[i], group[j]
                group = [new if each == old else each for each in group]
    for name in sorted(set(group)):
        members = [line for line, each in zip(lines, group, strict=True) if each == name]
        if len(members) > 1:
            yield members


def _beside(these: Mapping[MediaTime, Box], those: Mapping[MediaTime, Box]) -> bool:
    """Whether two lines are less than a line's height apart in most of the pictures in which both are seen."""
    both = sorted(these.keys() & those.keys())
    near = sum(_touch(these[at], those[at]) for at in both)
    return bool(both) and near * 2 > len(both)


def _touch(a: Box, b: Box) -> bool:
    reach = max(a.h, b.h)
    across = max(a.x, b.x) - min(a.x + a.w, b.x + b.w)
    down = max(a.y, b.y) - min(a.y + a.h, b.y + b.h)
    return across < reach and down < reach


def _surface(name: str, lines: Sequence[Track], pictures: Mapping[MediaTime, Pixels]) -> Track:
    written = _written(lines)
    whole = max(written, key=lambda at: (sum(at in _times(line) for line in lines), -at))
    shown = [at for at in sorted(written) if at in pictures]
    best = min(shown, key=lambda at: abs(at - whole), default=None)
    size = pictures[shown[0]].shape[1::-1] if shown else _reach(lines)
    rim = _rim(written[best], pictures[best], lines) if best is not None else _line_rim(written[whole], lines)
    scores = {point.at: point for line in lines for point in line.points}
    points = tuple(
        TrackPoint(at, rim.around(written[at], (size[0], size[1])), scores[at].score, scores[at].detected)
        for at in sorted(written)
    )
    ordered = sorted(lines, key=lambda line: (line.points[0].box.y, line.points[0].box.x))
    says = " / ".join(line.basis.detail for line in ordered if line.basis.detail)
    told = says if len(says) <= _TOLD else says[:_TOLD].rstrip() + "…"
    basis = Basis(METHOD, VERSION, lines[0].basis.weights, score=max(line.basis.score or 0.0 for line in lines))
    return Track(name, SURFACE, points, replace(basis, threshold=lines[0].basis.threshold, detail=told))


def _times(line: Track) -> set[MediaTime]:
    return {point.at for point in line.points}


def _written(lines: Sequence[Track]) -> dict[MediaTime, Box]:
    """The box of all writing at every time; a line that is not followed is taken to move with those that are."""
    places = [{point.at: point.box for point in line.points} for line in lines]
    times = sorted({at for place in places for at in place})
    found: dict[MediaTime, Box] = {}
    last: dict[int, tuple[Box, Box]] = {}
    """Of each line, its last box and the box of all that was seen with it."""
    for at in times:
        seen = {number: place[at] for number, place in enumerate(places) if at in place}
        hull = _hull(list(seen.values()))
        carried = [_moved(box, before, hull) for number, (box, before) in last.items() if number not in seen]
        found[at] = _hull([hull, *carried])
        last |= {number: (box, hull) for number, box in seen.items()}
    return found


def _moved(box: Box, before: Box, now: Box) -> Box:
    return Box(box.x + now.x - before.x, box.y + now.y - before.y, box.w, box.h)


def _hull(boxes: Sequence[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.w for box in boxes), max(box.y + box.h for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _reach(lines: Sequence[Track]) -> tuple[int, int]:
    """The size of the picture as far as the lines tell."""
    hull = _hull([point.box for line in lines for point in line.points])
    return hull.x + hull.w, hull.y + hull.h


def _line_rim(box: Box, lines: Sequence[Track]) -> _Rim:
    """A line's height on every side."""
    tall = float(np.median([line.points[0].box.h for line in lines]))
    return _Rim(tall / box.w, tall / box.h, tall / box.w, tall / box.h)


def _rim(box: Box, picture: Pixels, lines: Sequence[Track]) -> _Rim:
    """As far as the even ground under the writing reaches, where that is no wall."""
    least = _line_rim(box, lines)
    part = picture[max(0, box.y) : box.y + box.h, max(0, box.x) : box.x + box.w]
    ground = np.median(part.reshape(-1, 3), axis=0)
    even = (np.abs(picture.astype(np.int16) - ground.astype(np.int16)).max(axis=2) < _EVEN).astype(np.uint8)
    # Letters are holes in the ground; what closes them is as wide as a line is tall.
    tall = max(3, round(least.top * box.h)) | 1
    closed = cv2.morphologyEx(even, cv2.MORPH_CLOSE, np.ones((tall, tall), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    inside = labels[max(0, box.y) : box.y + box.h, max(0, box.x) : box.x + box.w]
    counts = np.bincount(inside[inside > 0], minlength=2)
    left, top, wide, high, _ = (int(value) for value in stats[int(counts.argmax())])
    most = min(_LARGEST * box.w * box.h, _OF_PICTURE * picture.shape[0] * picture.shape[1])
    if counts.max() * 2 < inside.size or wide * high > most:
        return least
    right, bottom = left + wide, top + high
    return _Rim(
        max(0.0, (box.x - left) / box.w),
        max(0.0, (box.y - top) / box.h),
        max(0.0, (right - box.x - box.w) / box.w),
        max(0.0, (bottom - box.y - box.h) / box.h),
    )
