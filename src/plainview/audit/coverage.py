# SPDX-License-Identifier: Apache-2.0
"""Where masks must be on a picture, and whether the pixels there are one flat fill.

What counts as covered: the inside of the mask, away from its edge where encoding smears, is one shade in
brightness and colour without a trace of anything else, and it is the same shade as in the other pictures of that
file. A blur, a mosaic, a face by night or one that shines through is not; neither is a bare wall that happens to be
flat, because its shade is another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plainview.audit.opening import Plane
from plainview.model.audit import AuditedRecording
from plainview.model.finding import Box
from plainview.model.redaction import MaskTrack, cover
from plainview.model.time import SECOND, MediaTime

PAUSE = SECOND // 2
"""µs: two covers of one place with less between them are one that was interrupted."""
SNAP = 1500
"""µs. Timestamps of renditions are rounded to their own ticks; pictures are at least 4 ms apart."""
FLAT = 14
"""Levels around the middle that quantisation leaves in a flat fill (measured up to 6 at CRF 26)."""
FLAT_SHARE = 0.97
RESIDUE, JUDGED = 1.5, 24
"""Levels by which the inside of a fill may spread (root mean square), where it is at least so many pixels wide and
high. Fills of our encoders spread by 0.35 at most; faces by night by 6 and more, one under a cover that lets through
a twentieth of it by 2."""
SHADE_APART = 12
"""Levels between the shade of one mask and the file's usual fill before it counts as not covered."""
BRINK = 170_000
"""µs before a cover begins and after it ends in which a face is expected at its place: five pictures at 30 a second."""
SOON = 2 * SECOND // 5
"""µs within which a cover of about the same size and place goes on with the one before, whoever it is said to be."""
A_SIDE, FARTHEST = SECOND // 15, SECOND // 5
"""µs in which a cover may go its own side further in a camera that is swung, and for how long at most."""
_WHOLE = 15
"""Points at a cover's end among which it was whole, if it is cut off by the picture's edge there."""
_SLIM = 0.7
"""Width of a head's cover by its height, at least."""
_EDGE = 8
"""Pixels at the mask's edge that a transform block shares with what is outside."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One mask on one picture: its box in that picture's pixels, and whose it is."""

    box: Box
    shape: str
    subject: str
    track: int
    whole: Box | None = None
    """The same box in the original's pixels."""


Shade = tuple[float, float, float]
"""One brightness and two colours."""


class MaskPlaces:
    """The masks of one recording, found quickly by time, scaled to one rendition."""

    def __init__(self, recording: AuditedRecording, *, width: int, height: int) -> None:
        self._across, self._down = width / recording.width, height / recording.height
        self._width, self._height = width, height
        self._original = recording.width, recording.height
        self._tracks = [_Timed(mask) for mask in recording.plan.masks]
        self._kept = [_Timed(mask) for mask in recording.kept]
        self._blackouts = recording.plan.blackouts
        self._pauses = sorted(_pauses(self._tracks, *self._original), key=lambda pause: pause.start)
        self._brinks = list(_brinks(self._tracks, self._pauses, *self._original))

    def at(self, time: MediaTime) -> list[Placed]:
        """Every mask that must cover something on the picture presented at ``time``."""
        placed = []
        for number, track in enumerate(self._tracks):
            box = track.box_at(time)
            if box is not None:
                mask = track.mask
                placed.append(Placed(self._scaled(box), mask.shape, mask.ground.subject, number, box))
        return placed

    def kept_at(self, time: MediaTime) -> list[Box]:
        """Boxes within a second of which a person decided that a face may be seen there."""
        boxes = (box for track in self._kept for box in track.boxes_between(time - SECOND, time + SECOND))
        return [self._scaled(box) for box in boxes]

    def kept_ever(self) -> list[Box]:
        """Every box that was ever decided to stay visible, for stills whose instant is not known."""
        return [self._scaled(box) for track in self._kept for _, box in track.mask.points]

    def blacked_out(self, time: MediaTime) -> str:
        """Whose sake the whole picture is hidden for at ``time``; empty when it is not."""
        inside = (ground.subject for span, ground in self._blackouts if span.start <= time < span.end)
        return next(inside, "")

    def busy(self, start: MediaTime, end: MediaTime) -> bool:
        """Whether any mask or blackout falls between two instants."""
        if any(span.start <= end and start < span.end for span, _ in self._blackouts):
            return True
        return any(track.first - SNAP <= end and start <= track.last + SNAP for track in self._tracks)

    def ends_near(self, time: MediaTime, box: Box, *, within: int) -> str:
        """Whose mask begins or ends beside ``box``, at most ``within`` µs before or after ``time``; empty for none."""
        for track in self._tracks:
            for end, place in (track.mask.points[0], track.mask.points[-1]):
                if abs(end - time) <= within and _beside(self._scaled(place), box):
                    return track.mask.ground.subject
        return ""

    def pauses_at(self, time: MediaTime) -> list[Pause]:
        """The interruptions that ``time`` falls into: a cover has ended, and another begins there soon after."""
        return [pause for pause in self._pauses if pause.start < time < pause.end]

    def pauses_until(self, time: MediaTime) -> list[Pause]:
        """The same, with the first picture after each."""
        return [pause for pause in self._pauses if pause.start < time <= pause.end + SNAP]

    def paused(self, pause: Pause, time: MediaTime) -> Box:
        """Where the interrupted cover would be at ``time``."""
        return self._scaled(pause.box_at(time))

    def ended(self, time: MediaTime) -> list[tuple[MediaTime, Box]]:
        """When and where a cover has just ended, unless that is where it leaves the picture."""
        return [(at, self._beyond(box)) for end, at, box in self._brinks if end and SNAP < time - at <= BRINK]

    def begun(self, before: MediaTime, time: MediaTime) -> list[tuple[MediaTime, Box]]:
        """When and where a cover begins on this picture, the one after ``before``, unless it comes in there."""
        begins = [(at, box) for end, at, box in self._brinks if not end and before < at - SNAP <= time]
        return [(at, self._beyond(box)) for at, box in begins]

    def decided(self, time: MediaTime, place: Box) -> bool:
        """Whether something is decided about a place: its middle lies under a cover, or where a face was kept."""
        point = place.x + place.w / 2, place.y + place.h / 2
        if any(within(placed.box, point) for placed in self.at(time)):
            return True
        return any(around(box, point) for box in self.kept_at(time))

    def original(self, box: Box) -> Box:
        """A box of this rendition in the original's pixels."""
        across, down = self._across, self._down
        return Box(round(box.x / across), round(box.y / down), round(box.w / across), round(box.h / down))

    def _beyond(self, box: Box) -> Box:
        """A cover in this rendition's pixels; where the picture's edge cuts it, as large as heads are, outside too."""
        x, y, w, h = (round(each) for each in (
            box.x * self._across, box.y * self._down, box.w * self._across, box.h * self._down
        ))
        wide = max(w, round(_SLIM * h)) if x <= 0 or x + w >= self._width else w
        high = max(h, w) if y <= 0 or y + h >= self._height else h
        return Box(x - (wide - w if x <= 0 else 0), y - (high - h if y <= 0 else 0), wide, high)

    def _scaled(self, box: Box) -> Box:
        left, top = int(box.x * self._across), int(box.y * self._down)
        right = min(self._width, round((box.x + box.w) * self._across))
        bottom = min(self._height, round((box.y + box.h) * self._down))
        return Box(max(0, left), max(0, top), right - max(0, left), bottom - max(0, top))


def _beside(a: Box, b: Box) -> bool:
    """Whether two boxes lie less than the larger one's side apart, middle to middle."""
    apart = abs(a.x + a.w / 2 - b.x - b.w / 2), abs(a.y + a.h / 2 - b.y - b.h / 2)
    return max(apart) <= max(a.w, a.h, b.w, b.h)


class _Timed:
    """One mask track with its times at hand. The audit's own reading of what covers a picture."""

    def __init__(self, mask: MaskTrack) -> None:
        self.mask = mask
        self._times = [time for time, _ in mask.points]

    @property
    def first(self) -> MediaTime:
        return self._times[0]

    @property
    def last(self) -> MediaTime:
        return self._times[-1]

    def box_at(self, time: MediaTime) -> Box | None:
        """The box on a picture at ``time``; between two points, all that both cover."""
        i = bisect_right(self._times, time + SNAP) - 1
        if i < 0 or (i == len(self._times) - 1 and time > self._times[i] + SNAP):
            return None
        if abs(self._times[i] - time) <= SNAP or i + 1 == len(self._times):
            return self.mask.points[i][1]
        return cover(self.mask.points[i][1], self.mask.points[i + 1][1])

    def boxes_between(self, start: int, end: int) -> list[Box]:
        low, high = bisect_right(self._times, start - 1), bisect_right(self._times, end)
        return [box for _, box in self.mask.points[low:high]]

    def cut_off(self, end: int, width: int, height: int) -> bool:
        """Whether at its first (0) or last (-1) point it lies half outside the picture: it is coming or going."""
        box = self.mask.points[end][1]
        if not box.meets_edge(width, height):
            return False
        near = self.mask.points[:_WHOLE] if end == 0 else self.mask.points[-_WHOLE:]
        return box.w * box.h < 0.7 * max(each.w * each.h for _, each in near)


@dataclass(frozen=True, slots=True)
class Pause:
    """Between the end of one cover and the beginning of the next at the same place."""

    start: MediaTime
    end: MediaTime
    before: Box
    after: Box
    subject: str
    of_one_thing: bool
    """Whether both covers are of one thing that stayed in the picture."""
    in_place: bool
    """And plainly so, because the second begins where the first ended, as large; else only their names say it."""

    def box_at(self, time: MediaTime) -> Box:
        """The place on the straight way from one box to the other."""
        share = (time - self.start) / (self.end - self.start)
        a, b = self.before, self.after
        x, y, w, h = (round(p + (q - p) * share) for p, q in ((a.x, b.x), (a.y, b.y), (a.w, b.w), (a.h, b.h)))
        return Box(x, y, w, h)


def _pauses(tracks: list[_Timed], width: int, height: int) -> Iterator[Pause]:
    for earlier in tracks:
        for later in tracks:
            if 0 < later.first - earlier.last <= PAUSE:
                before, after = earlier.mask.points[-1][1], later.mask.points[0][1]
                if _beside(before, after) or _swung(earlier, later):
                    inside = not earlier.cut_off(-1, width, height) and not later.cut_off(0, width, height)
                    one, stayed = inside and _of_one_thing(earlier, later), _in_place(before, after)
                    yield Pause(earlier.last, later.first, before, after, earlier.mask.ground.subject, one, stayed)


def _swung(earlier: _Timed, later: _Timed) -> bool:
    """Whether one cover goes on further away, as in a camera that is swung: soon, as large, not out of reach."""
    before, after, gap = earlier.mask.points[-1][1], later.mask.points[0][1], later.first - earlier.last
    reach = max(before.w, before.h, after.w, after.h) * (1 + min(gap, FARTHEST) / A_SIDE)
    apart = abs(before.x + before.w / 2 - after.x - after.w / 2), abs(before.y + before.h / 2 - after.y - after.h / 2)
    same = earlier.mask.ground.subject == later.mask.ground.subject
    return same and _alike(before, after) and max(apart) <= reach


def _alike(a: Box, b: Box) -> bool:
    return 0.67 <= (a.w * a.h) / max(1, b.w * b.h) <= 1.5


def _brinks(
    tracks: list[_Timed], pauses: list[Pause], width: int, height: int
) -> Iterator[tuple[bool, MediaTime, Box]]:
    """(whether it is an end, when, where) of each cover's beginning and end, but where one is interrupted."""
    ended, begun = {(each.start, each.before) for each in pauses}, {(each.end, each.after) for each in pauses}
    for track in tracks:
        (first, before), (last, after) = track.mask.points[0], track.mask.points[-1]
        if (first, before) not in begun and not track.cut_off(0, width, height):
            yield False, first, before
        if (last, after) not in ended and not track.cut_off(-1, width, height):
            yield True, last, after


def _of_one_thing(earlier: _Timed, later: _Timed) -> bool:
    """Said to be the same; or so soon, so near and so much of a size that only the name can have changed."""
    if earlier.mask.ground.subject == later.mask.ground.subject:
        return True
    before, after = earlier.mask.points[-1][1], later.mask.points[0][1]
    return later.first - earlier.last <= SOON and _in_place(before, after)


def _in_place(before: Box, after: Box) -> bool:
    return _alike(before, after) and within(after, (before.x + before.w / 2, before.y + before.h / 2))


def within(box: Box, point: tuple[float, float]) -> bool:
    """Whether a point lies in a box."""
    return box.x <= point[0] <= box.x + box.w and box.y <= point[1] <= box.y + box.h


def around(box: Box, point: tuple[float, float]) -> bool:
    """Whether a point lies in a box grown by half: tracks and detectors disagree by that much."""
    across, down = box.w * 0.25 + 4, box.h * 0.25 + 4
    inside_across = box.x - across <= point[0] <= box.x + box.w + across
    return inside_across and box.y - down <= point[1] <= box.y + box.h + down


def inside(placed: Placed, *, width: int, height: int) -> Box | None:
    """The part of a mask that must be flat; None when too little is left to judge."""
    box = placed.box
    inset = min(_EDGE, max(2, min(box.w, box.h) // 5))
    across, down = inset, inset
    if placed.shape == "ellipse":
        # The largest upright box in an ellipse leaves (1 - 1/√2)/2 of its sides on each side.
        across, down = across + round(box.w * 0.147), down + round(box.h * 0.147)
    left, top = max(0, box.x + across), max(0, box.y + down)
    right, bottom = min(width, box.x + box.w - across), min(height, box.y + box.h - down)
    return Box(left, top, right - left, bottom - top) if right - left >= 3 and bottom - top >= 3 else None


def shade(planes: tuple[Plane, Plane, Plane], box: Box) -> Shade | None:
    """The one brightness and colour inside ``box``, None when it is not flat."""
    areas = [planes[0][box.y : box.y + box.h, box.x : box.x + box.w]]
    top, left, bottom, right = -(-box.y // 2), -(-box.x // 2), (box.y + box.h) // 2, (box.x + box.w) // 2
    areas += [plane[top:bottom, left:right] for plane in planes[1:]]
    middles = []
    for area in areas:
        if area.size == 0:
            middles.append(128.0)
            continue
        middle = float(np.median(area))
        if float(np.mean(np.abs(area.astype(np.int16) - middle) <= FLAT)) < FLAT_SHARE:
            return None
        if min(box.w, box.h) >= JUDGED and float(area.std()) > RESIDUE:
            return None
        middles.append(middle)
    return middles[0], middles[1], middles[2]
