# SPDX-License-Identifier: Apache-2.0
"""Detections on some frames to tracks on every frame, so that a detector's blink never shows a face.

1. A detection joins the track whose last box, moved with the camera and with its own speed, lies nearest.
2. Low scores may continue a track but not found one (hysteresis).
3. Between two detections a frame is covered by both predictions, the forward and the backward one.
4. A track reaches past both its ends, growing and keeping its speed: a face is there before and after it
   is recognised. While the camera is swung too fast for any face to be recognised it is carried along with it.
5. No track crosses a cut; its cover stays in its place for two frames beyond, since a camera that swings fast
   looks like one.
6. Where a track ends and soon another begins in its place, what lies between is covered too.

Everything is known beforehand: linking runs after the last frame was seen, and uses the future as
well as the past.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray

from plainview.media.centerface import iou

FOUND = 0.3
"""A track needs one detection at least this sure …"""
LONELY = 0.45
"""… and a single detection without any other must be this sure, unless the detector was blind beside it: a look that
shows none of the faces it was sure of a moment ago (a camera swings, and all is smeared) tells against no face."""

LEAVING = 0.2
"""… and one that the picture's edge cuts off in the first or last look of a shot this sure: no other look can tell."""

MAX_GAP = 18
"""Frames without a detection after which a face that comes back is a new track."""

REACH, REACH_AT_BORDER, REACH_GROWTH = 8, 24, 0.06
"""Frames a track goes on past its ends, there too where a face is leaving the picture (half a face is
seldom detected), and how much of its size it grows with each frame up to the eighth."""

SWUNG, HELD = 20.0, 36
"""Pixels per frame of the detector's picture from which all is smeared, and how many frames so fast at most do not
count towards ``REACH``."""

DRIFT, DRIFT_MOST = 0.12, 0.5
"""Share of the way they went by which the place is uncertain (a shutter that reads row by row and a camera that turns
were seen to be off by 0.08 to 0.12), and the most, in sizes of the face: beyond that half the picture is covered."""

PAUSE = 12
"""Frames between two covers of one place that are covered as well: nobody leaves and comes back so soon."""

BEYOND = 2
"""Frames of the next shot, and of the one before, in which a cover that reaches the cut stays where it was."""

_EDGE = 2.0
"""Pixels from the picture's edge at which a box is taken to be cut off by it."""

_MAX_SPEED = 20.0
"""Own speed beyond the camera's, in pixels per frame of the detector's picture, that is believed."""

Row = NDArray[np.float64]
"""left, top, right, bottom."""


class Looks(Mapping[int, NDArray[np.float32]]):
    """Frame to the boxes of a look, in the order of frames: as few bytes for each as eight hours of looks need."""

    __slots__ = ("_ends", "_frames", "_rows")

    def __init__(self, found: Mapping[int, NDArray[np.float32]]) -> None:
        self._frames, self._ends, self._rows = array("q"), array("q"), array("f")
        self.add(found)

    def add(self, found: Mapping[int, NDArray[np.float32]], *, begun: int = 0) -> None:
        """Put later looks behind; their frames are counted from ``begun``."""
        for frame in sorted(found):
            self._rows.frombytes(found[frame].astype(np.float32).tobytes())
            self._frames.append(begun + frame)
            self._ends.append(len(self._rows))

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[int]:
        return iter(self._frames)

    def __getitem__(self, frame: int) -> NDArray[np.float32]:
        place = bisect_left(self._frames, frame)
        if place == len(self._frames) or self._frames[place] != frame:
            raise KeyError(frame)
        start = self._ends[place - 1] if place else 0
        return np.array(self._rows[start : self._ends[place]], dtype=np.float32).reshape(-1, 5)


@dataclass(frozen=True, slots=True)
class Sightings:
    """What one pass over a recording saw; all lists run over frames, all lengths are detector pixels."""

    found: Mapping[int, NDArray[np.float32]]
    """Frame to its (n, 5) boxes with scores; a frame that was not looked at has no entry."""
    shift: NDArray[np.float64]
    """(frames, 2): where the scenery of frame 0 of the same shot lies now (camera motion summed up)."""
    shot: NDArray[np.int64]
    """(frames,): number of the shot each frame belongs to."""
    size: tuple[int, int]
    """Width and height of the detector's picture."""

    def at_border(self, box: Row) -> bool:
        """Whether the box lies within half its size of the picture's edge."""
        wide, tall = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
        inside = box[0] >= wide and box[1] >= tall and box[2] <= self.size[0] - wide and box[3] <= self.size[1] - tall
        return not inside

    def swung(self, frame: int) -> float:
        """Pixels that the scenery moved to this frame from the one before; 0 when they are no more than ``SWUNG``."""
        moved = float(np.hypot(*(self.shift[frame] - self.shift[max(0, frame - 1)])))
        return moved if moved > SWUNG else 0.0

    def carried(self, box: Row, here: int, there: int) -> Row:
        """A box of frame ``here`` where the camera's motion alone would put it in frame ``there``."""
        dx, dy = self.shift[there] - self.shift[here]
        return np.asarray(box + np.array([dx, dy, dx, dy]))


@dataclass(slots=True)
class Chain:
    """Detections of one thing, in order."""

    frames: array[int] = field(default_factory=lambda: array("q"))
    scores: array[float] = field(default_factory=lambda: array("d"))
    _sides: array[float] = field(default_factory=lambda: array("d"))

    def add(self, frame: int, row: NDArray[np.float32]) -> None:
        self.frames.append(frame)
        self._sides.extend(row[:4].tolist())
        self.scores.append(float(row[4]))

    def box(self, index: int) -> Row:
        """Of one detection; -1 is the last."""
        return _row(self._sides, range(len(self.frames))[index])

    def believed(self, seen: Sightings, looks: Sequence[int]) -> bool:
        """Rule 2."""
        if len(self.scores) > 1 or _blind_beside(seen, looks, self.frames[0]):
            return max(self.scores) >= FOUND
        leaving = _cut_off(self.box(0), seen) and _at_end(seen, looks, self.frames[0])
        return self.scores[0] >= (LEAVING if leaving else LONELY)

    def predicted(self, seen: Sightings, frame: int) -> Row:
        """Where its box would be now: carried by the camera, plus half of its own speed."""
        last, at = self.box(-1), self.frames[-1]
        carried = seen.carried(last, at, frame)
        if len(self.frames) < 2:
            return carried
        before = seen.carried(self.box(-2), self.frames[-2], at)
        speed = np.clip((last - before) / (at - self.frames[-2]), -_MAX_SPEED, _MAX_SPEED)
        return np.asarray(carried + speed * (frame - at) * 0.5)


@dataclass(frozen=True, slots=True)
class Placed:
    """One frame of a finished track."""

    frame: int
    box: Row
    score: float
    detected: bool


class Way(Sequence[Placed]):
    """All frames of one track, in 49 bytes each."""

    __slots__ = ("_detected", "_frames", "_scores", "_sides")

    def __init__(self, placed: Iterable[Placed]) -> None:
        self._frames, self._sides, self._scores, self._detected = array("q"), array("d"), array("d"), bytearray()
        self.extend(placed)

    def extend(self, placed: Iterable[Placed]) -> None:
        """Go on with these frames."""
        for each in placed:
            self._frames.append(each.frame)
            self._sides.extend(each.box.tolist())
            self._scores.append(each.score)
            self._detected.append(each.detected)

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, index: int) -> Placed: ...
    @overload
    def __getitem__(self, index: slice) -> list[Placed]: ...
    def __getitem__(self, index: int | slice) -> Placed | list[Placed]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        detected = bool(self._detected[index])
        return Placed(self._frames[index], _row(self._sides, index), self._scores[index], detected)


def _row(sides: array[float], index: int) -> Row:
    return np.array(sides[4 * index : 4 * index + 4])


def link(seen: Sightings) -> list[Way]:
    """Every believed track, frame by frame without a hole, in order of first frame, then place."""
    chains: list[Chain] = []
    alive: list[Chain] = []
    looks = array("q", sorted(seen.found))
    for frame in looks:
        alive = [chain for chain in alive if _continues(chain, seen, frame)]
        started = _extend(alive, seen, frame)
        chains += started
        alive += started
    tracks = [Way(_placed(chain, seen)) for chain in chains if chain.believed(seen, looks)]
    begins = sorted((track[0] for track in tracks), key=_frame)
    for track in tracks:
        track.extend(_until_next(track[-1], begins, seen))
    return sorted(tracks, key=lambda track: (track[0].frame, *track[0].box.tolist()))


def _frame(placed: Placed) -> int:
    return placed.frame


def _blind_beside(seen: Sightings, looks: Sequence[int], frame: int) -> bool:
    """Whether the look before or after ``frame``, which shows a sure face, shows none at all."""
    if not (seen.found[frame][:, 4] >= LONELY).any():
        return False
    place = bisect_left(looks, frame)
    return any(not len(seen.found[look]) for look in looks[max(0, place - 1) : place + 2])


def _at_end(seen: Sightings, looks: Sequence[int], frame: int) -> bool:
    """Whether this look is the first or last of its shot."""
    place = bisect_left(looks, frame)
    beside = [looks[index] for index in (place - 1, place + 1) if 0 <= index < len(looks)]
    return len(beside) < 2 or any(seen.shot[look] != seen.shot[frame] for look in beside)


def _cut_off(box: Row, seen: Sightings) -> bool:
    left, top, right, bottom = box.tolist()
    return bool(
        left <= _EDGE or top <= _EDGE or right >= seen.size[0] - _EDGE or bottom >= seen.size[1] - _EDGE
    )


def _until_next(last: Placed, begins: Sequence[Placed], seen: Sightings) -> list[Placed]:
    """Rule 6: the frames until the next track that begins (``begins``, by frame) where this one ends."""
    soonest = bisect_left(begins, last.frame + 2, key=_frame)
    latest = bisect_left(begins, last.frame + 2 + PAUSE, key=_frame)
    for first in begins[soonest:latest]:
        here = seen.carried(last.box, last.frame, first.frame)
        if seen.shot[last.frame] == seen.shot[first.frame] and iou(here, first.box[None])[0] > 0:
            return [_paused(last, first, seen, frame) for frame in range(last.frame + 1, first.frame)]
    return []


def _paused(last: Placed, first: Placed, seen: Sightings, frame: int) -> Placed:
    """Between two tracks both predictions are covered, the forward and the backward one."""
    forward, backward = (seen.carried(each.box, each.frame, frame) for each in (last, first))
    return Placed(frame, _hull(forward, backward), min(last.score, first.score), False)


def _continues(chain: Chain, seen: Sightings, frame: int) -> bool:
    """Whether the chain may still go on at ``frame`` (rule 5)."""
    last = chain.frames[-1]
    return frame - last <= MAX_GAP and bool(seen.shot[last] == seen.shot[frame])


def _extend(alive: list[Chain], seen: Sightings, frame: int) -> list[Chain]:
    """Give each detection of ``frame`` to the chain that fits best; gives the chains that begin here."""
    rows = seen.found[frame]
    taken_chains: set[int] = set()
    taken_rows: set[int] = set()
    for _, i, j in sorted(_fits(alive, rows, seen, frame), reverse=True):
        if i not in taken_chains and j not in taken_rows:
            taken_chains.add(i)
            taken_rows.add(j)
            alive[i].add(frame, rows[j])
    started = []
    for j, row in enumerate(rows):
        if j not in taken_rows:
            started.append(Chain())
            started[-1].add(frame, row)
    return started


def _fits(
    alive: list[Chain], rows: NDArray[np.float32], seen: Sightings, frame: int
) -> Iterator[tuple[float, int, int]]:
    """(how well, chain, detection) of every pair that may belong together (rule 1)."""
    if not len(rows):
        return
    for i, chain in enumerate(alive):
        moved = chain.predicted(seen, frame)
        still = seen.carried(chain.box(-1), chain.frames[-1], frame)
        overlap = np.maximum(iou(moved, rows), iou(still, rows))
        for j, row in enumerate(rows):
            distance, ratio = _apart(moved, row)
            if overlap[j] > 0.15 or (distance < 0.9 and 0.5 < ratio < 2):
                yield float(overlap[j] - 0.3 * distance), i, j


def _apart(a: Row, b: NDArray[np.float32]) -> tuple[float, float]:
    """Distance of the middles in sizes of ``b``, and the ratio of widths."""
    size = max(float(max(b[2] - b[0], b[3] - b[1])), 1.0)
    away = np.hypot((a[0] + a[2] - b[0] - b[2]) / 2, (a[1] + a[3] - b[1] - b[3]) / 2) / size
    return float(away), float((a[2] - a[0]) / max(1.0, float(b[2] - b[0])))


def _placed(chain: Chain, seen: Sightings) -> Iterator[Placed]:
    yield from reversed(list(_past(chain, seen, -1)))
    for i, frame in enumerate(chain.frames):
        yield Placed(frame, chain.box(i), chain.scores[i], True)
        if i + 1 < len(chain.frames):
            yield from _between(chain, seen, i)
    yield from _past(chain, seen, 1)


def _past(chain: Chain, seen: Sightings, step: int) -> Iterator[Placed]:
    """Rules 4 and 5: the frames before a chain's first (``step`` -1) or after its last (1), outwards."""
    end = 0 if step < 0 else len(chain.frames) - 1
    frame, box = chain.frames[end], chain.box(end)
    shot, left, held, beyond, way = seen.shot[frame], _reach(box, seen), HELD, 0, 0.0
    while left > 0 and 0 <= frame + step < len(seen.shot) and beyond < BEYOND:
        frame += step
        fast = 0.0
        if seen.shot[frame] == shot:
            fast = seen.swung(max(frame, frame - step))
            way += fast
            box = _reached(chain, seen, end, frame, way)
        else:
            beyond += 1
        yield Placed(frame, box, chain.scores[end], False)
        held, left = (held - 1, left) if fast and held else (held, left - 1)


def _reach(box: Row, seen: Sightings) -> int:
    return REACH_AT_BORDER if seen.at_border(box) else REACH


def _reached(chain: Chain, seen: Sightings, end: int, frame: int, swung: float) -> Row:
    """Rule 4: where the camera alone would carry the box, where its own speed would, and all between."""
    here = chain.frames[end]
    steps = min(abs(frame - here), REACH)
    grown = REACH_GROWTH * steps
    box = _completed(chain.box(end), seen)
    wide, tall = box[2] - box[0], box[3] - box[1]
    drift = min(DRIFT * swung, DRIFT_MOST * max(wide, tall))
    dx, dy = wide * grown + drift, tall * grown + drift
    carried = seen.carried(box, here, frame) + np.array([-dx, -dy, dx, dy])
    ahead = steps if frame > here else -steps
    return _hull(carried, carried + np.tile(_own_speed(chain, seen, end), 2) * ahead)


def _completed(box: Row, seen: Sightings) -> Row:
    """A box cut off at the picture's edge with what lies beyond it: a face is about two thirds as wide as tall."""
    left, top, right, bottom = box.tolist()
    wide, tall = max(right - left, 0.67 * (bottom - top)), max(bottom - top, 1.33 * (right - left))
    if left <= _EDGE or right >= seen.size[0] - _EDGE:
        left, right = (right - wide, right) if left <= _EDGE else (left, left + wide)
    if top <= _EDGE or bottom >= seen.size[1] - _EDGE:
        top, bottom = (bottom - tall, bottom) if top <= _EDGE else (top, top + tall)
    return np.array([left, top, right, bottom])


def _own_speed(chain: Chain, seen: Sightings, end: int) -> Row:
    """(right, down) per frame beyond the camera's, from the two detections at this end of the chain."""
    if len(chain.frames) < 2:
        return np.zeros(2)
    a, b = (0, 1) if end == 0 else (end - 1, end)
    moved = chain.box(b) - seen.carried(chain.box(a), chain.frames[a], chain.frames[b])
    middle = (moved[:2] + moved[2:]) / 2
    return np.asarray(np.clip(middle / (chain.frames[b] - chain.frames[a]), -_MAX_SPEED, _MAX_SPEED))


def _hull(a: Row, b: Row) -> Row:
    """The smallest box that holds both."""
    return np.concatenate([np.minimum(a, b)[:2], np.maximum(a, b)[2:]])


def _between(chain: Chain, seen: Sightings, i: int) -> Iterator[Placed]:
    """Rule 3: the straight path between two detections, as wide as the two predictions disagree."""
    before, after = chain.frames[i], chain.frames[i + 1]
    score = min(chain.scores[i], chain.scores[i + 1])
    for frame in range(before + 1, after):
        u = (frame - before) / (after - before)
        forward = seen.carried(chain.box(i), before, frame)
        backward = seen.carried(chain.box(i + 1), after, frame)
        middle = (1 - u) * forward + u * backward
        # In the middle of a gap neither prediction is better; at its ends one of them is a detection.
        slack = 2 * min(u, 1 - u)
        yield Placed(frame, (1 - slack) * middle + slack * _hull(forward, backward), score, False)
