# SPDX-License-Identifier: Apache-2.0
"""Who may have come back: a track that begins soon after another ended, alike in place, size and colour of clothes.

A face is never compared with a face: what is looked at lies below it. The answer is a suggestion beside the later
track, for a person to decide; clothes of one colour, a uniform above all, make strangers alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.media.decode import glimpses
from plainview.model.finding import Box, Return, Track, TrackPoint
from plainview.model.time import SECOND, MediaSpan, MediaTime

AWAY = 60 * SECOND
"""Longer absences are not bridged: light and place have changed too much."""

ALIKE, CLOTHES = 0.7, 0.75
"""Likeness of the whole, and of the clothes alone, from which a return is suggested; both lie between 0 and 1."""

_VISIBLE = 0.4
"""Share of the place below the face that must lie in the picture."""

_HUES, _GREYS = 12, 4
_COLOURED, _LIT = 60, 40
"""Saturation and brightness (of 255) from which a pixel has a hue that can be told."""

Colours = NDArray[np.float64]


class _Pair(NamedTuple):
    """An earlier and a later track, by their places, and how alike they are."""

    likeness: float
    earlier: int
    later: int
    found: Return


def suggested(path: Path, tracks: Sequence[Track]) -> tuple[Track, ...]:
    """The tracks, each with the one that may be the same person's from before it, if there is one."""
    ends = [_surest(track, last=True) for track in tracks]
    starts = [_surest(track, last=False) for track in tracks]
    pairs = [(a, b) for a in range(len(tracks)) for b in range(len(tracks)) if _follows(ends[a], starts[b])]
    if not pairs:
        return tuple(tracks)
    wanted = sorted({ends[a].at for a, _ in pairs} | {starts[b].at for _, b in pairs})
    spans = [MediaSpan(at, MediaTime(at + 1)) for at in wanted]
    pictures = {spans[number].start: frame for number, frame in glimpses(path, spans)}
    size = next((frame.size for frame in pictures.values()), (0, 0))
    needed = {(point.at, point.box) for a, b in pairs for point in (ends[a], starts[b])}
    seen = {(at, box): _clothes(frame.array("bgr24"), box) for at, frame in pictures.items()
            for when, box in sorted(needed, key=str) if when == at}  # fmt: skip
    likely = [
        _Pair(found.likeness, a, b, replace(found, track=tracks[a].id))
        for a, b in pairs
        if (found := _compared(ends[a], starts[b], seen, size)) is not None
    ]
    likely.sort(key=lambda pair: (-pair.likeness, pair.earlier, pair.later))
    return tuple(_with(tracks, likely))


def _with(tracks: Sequence[Track], likely: Sequence[_Pair]) -> Iterator[Track]:
    """The likeliest first; nobody comes back twice at once, and nobody is two people before."""
    gone: set[int] = set()
    back: dict[int, Return] = {}
    for _, earlier, later, found in likely:
        if earlier not in gone and later not in back:
            gone.add(earlier)
            back[later] = found
    for number, track in enumerate(tracks):
        yield replace(track, returns=back[number]) if number in back else track


def _surest(track: Track, *, last: bool) -> TrackPoint:
    """The surest of the last or first few detections."""
    found = [point for point in track.points if point.detected]
    near = found[-4:] if last else found[:4]
    return max(near, key=lambda point: point.score)


def _follows(end: TrackPoint, start: TrackPoint) -> bool:
    ratio = end.box.h / max(1, start.box.h)
    return 0 < start.at - end.at <= AWAY and 0.5 <= ratio <= 2


def _compared(
    end: TrackPoint,
    start: TrackPoint,
    seen: Mapping[tuple[MediaTime, Box], Colours | None],
    size: tuple[int, int],
) -> Return | None:
    """How alike an end and a start are; None when not enough, or when the clothes of one cannot be seen."""
    one, other = (seen.get((point.at, point.box)) for point in (end, start))
    if one is None or other is None:
        return None
    clothes = float(np.sqrt(one * other).sum())
    small, large = sorted((end.box.h, start.box.h))
    place = _place(end.box, start.box, size)
    likeness = 0.6 * clothes + 0.2 * small / max(1, large) + 0.2 * (1.0 if place else 0.3)
    if clothes < CLOTHES or likeness < ALIKE:
        return None
    return Return("", start.at - end.at, round(likeness, 2), round(clothes, 2), place)


def _place(end: Box, start: Box, size: tuple[int, int]) -> str:
    """Where both were, in words; empty when they were in different places."""
    for name, at in (("left", _left), ("right", _right)):
        if at(end, size) and at(start, size):
            return f"the {name} edge"
    apart = max(abs(end.x - start.x), abs(end.y - start.y))
    return "the same place" if apart < 1.5 * max(end.w, end.h) else ""


def _left(box: Box, size: tuple[int, int]) -> bool:
    return box.x < box.w


def _right(box: Box, size: tuple[int, int]) -> bool:
    return box.x + 2 * box.w > size[0]


def _clothes(picture: NDArray[np.uint8], face: Box) -> Colours | None:
    """Shares of hues and greys in what lies below a face; None where too little of it is in the picture."""
    left, right = face.x - face.w // 4, face.x + face.w + face.w // 4
    top, bottom = face.y + face.h, face.y + face.h * 9 // 4
    part = picture[max(0, top) : bottom, max(0, left) : right]
    if part.shape[0] * part.shape[1] < _VISIBLE * (right - left) * (bottom - top):
        return None
    hue, colour, light = cv2.split(cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_BGR2HSV))
    told = (colour >= _COLOURED) & (light >= _LIT)
    bins = np.where(told, hue.astype(np.int64) * _HUES // 180, _HUES + light.astype(np.int64) * _GREYS // 256)
    counts = np.bincount(bins.ravel(), minlength=_HUES + _GREYS)
    return np.asarray(counts / counts.sum(), dtype=np.float64)
