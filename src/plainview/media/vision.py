# SPDX-License-Identifier: Apache-2.0
"""Where faces, persons and lines of text are in a recording: proposals for people to decide about, never an identity.

A detector looks at every third frame, more often when the camera or a face moves fast, seldom while
nothing moves, always at the first and last frame of a shot, now and then at a larger size for small
faces, every second time in a mirror (a face missed one way is often found the other), now and then turned on
its side and its head (``media.askew``), and where it is dark with the shadows raised, smoothed and at half the size
too. While all that shows are large faces it is sure of, looks between are at a picture of half the size; what those
miss or add is looked at whole at once. ``media.tracking`` makes tracks of what it saw, covering every frame between.

Licence plates: no detector with weights this project may ship knows plates well, so none is proposed
here; a reviewer draws a box. (Measured in research: OCR on whole frames misses plates and fires on wheels.)
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.errors import UnreadableInput
from plainview.media import glance
from plainview.media.askew import TurnedLooks
from plainview.media.centerface import STEP, Boxes, CenterFace, best, detector, iou
from plainview.media.decode import Frame, frames, open_container
from plainview.media.detectors import PACKAGED, Chosen
from plainview.media.lettering import TextFinder
from plainview.media.motion import CameraMotion
from plainview.media.nanodet import PersonFinder
from plainview.media.stretches import Crew, Stretch, stretches
from plainview.media.survey import Pictures, survey
from plainview.media.tracking import FOUND, LONELY, Looks, Placed, Sightings, Way, link
from plainview.model.case import Damage
from plainview.model.finding import Basis, Box, Points, Track, TrackPoint
from plainview.model.redaction import grow
from plainview.model.time import MediaTime

Progress = Callable[[float], None]

METHOD, VERSION = "centerface-tracks", "5"

LOW = 0.15
"""Score from which a detection may continue a track (``tracking.FOUND`` founds one)."""

MARGIN = 0.3
"""Share of its size by which every box grows on each side: hair, ears and the detector's own error."""

STILL, USUAL, BRISK, EVERY = 12, 3, 2, 1
"""Frames from one look to the next, by how much moves; below ``tracking.MAX_GAP``. With four for three a small face
of the small demonstration was lost for a second."""

_BRISK_PX, _FAST_PX = 8.0, 20.0
"""Camera motion per frame, in detector pixels, from which looks come closer. Linking allows for the
camera's motion, so this guards against blur and against motion that was measured wrong."""

_STILL_DIFFERENCE = 3.0
"""Grey levels that no 8 × 8 block of the small grey picture has changed by when nothing moved; noise is less."""

LARGER, LARGEST, LARGER_EVERY, LARGER_SOON = 1.5, 4.0, 36, 6
"""Second size for small faces: factor in pictures up to ``USUAL_SIDE``, and the most in larger ones (which cost as much
more to decode anyway); frames between looks, and frames between while small faces are about."""

USUAL_SIDE, LARGE_SHARE, LARGE_EVERY, LARGE_SOON = 1280, 720, 12, 4
"""Pixels of the longer side above which the factor is that side over ``LARGE_SHARE``: at 1920 pixels a face of 27 shows
at the factor 2.7 and not at 2. A face of 20 shows in every third picture or fewer, so such looks come more often."""

DOUBTFUL, VIEW, VIEW_SIDES = 12, 192, 4
"""Small faces that a larger look doubts, and those that a usual one lost, are looked at each alone: how many, pixels of
the view's side, and how many sizes of the face it shows. One blurred glimpse of a small face may be all there is."""

COARSE, COARSE_FACE, COARSE_SURE = 0.5, 44, 0.45
"""The half-sized look costs a quarter: factor, height of the smallest face, in usual detector pixels, and lowest score
of the look before. A face just come in is seen at the next whole look, soon enough for ``tracking.REACH``; that the
camera moves is no reason against it, for what smears a picture smears its half only half as much."""

SMOOTH = (5, 5)
"""Pixels over which a dark picture is smoothed. On five films of an eighth of the usual light or less, 45 face-frames
of 535 were left bare so, with the half-sized look beside it; 161 without either."""

WHOLE_EVERY = 2 * USUAL
"""Frames from one whole look to the next at most: fewer than ``tracking.REACH``."""

SMALL = 22
"""Height in detector pixels below which the usual size is likely to miss a face that the larger one finds."""


_GREY_WIDTH = 160
"""Width of the picture from which camera motion is measured: a quarter of the detector's."""


def face_tracks(
    path: Path,
    *,
    exhibit: str,
    detect_width: int = 640,
    progress: Progress | None = None,
    known: Pictures | None = None,
    crew: Crew | None = None,
    chosen: Chosen = PACKAGED,
) -> tuple[Track, ...]:
    """Tracks of every face, in order of first appearance; empty when none was found or there are no pictures.

    Each track has a point at every presentation time between its ends. Raises ``UnreadableInput`` when
    the recording cannot be opened and ``MissingPart`` when the detector is not installed. ``progress``
    is called with the share done, 0 to 1. ``known`` is the survey of ``path`` where it was made already;
    any ``crew`` gives the same tracks. ``chosen`` sets other weights or what runs them.
    """
    seeking = _Seeking("face", METHOD, detect_width, USUAL, MARGIN, chosen)
    return _tracks(path, f"{exhibit}-f", seeking, known=known, crew=crew or Crew(), progress=progress)


def text_tracks(
    path: Path,
    *,
    exhibit: str,
    progress: Progress | None = None,
    known: Pictures | None = None,
    crew: Crew | None = None,
) -> tuple[Track, ...]:
    """As ``face_tracks``, of lines of readable text (``media.lettering``): an aid, no recall is claimed."""
    return _tracks(path, f"{exhibit}-t", _TEXT, known=known, crew=crew or Crew(), progress=progress)


def person_tracks(
    path: Path,
    *,
    exhibit: str,
    progress: Progress | None = None,
    known: Pictures | None = None,
    crew: Crew | None = None,
    chosen: Chosen = PACKAGED,
) -> tuple[Track, ...]:
    """As ``face_tracks``, of persons (``media.nanodet``): the whole body as far as it shows; no recall is claimed."""
    seeking = replace(_PERSONS, chosen=chosen)
    return _tracks(path, f"{exhibit}-p", seeking, known=known, crew=crew or Crew(), progress=progress)


def _tracks(
    path: Path, prefix: str, seeking: _Seeking, *, known: Pictures | None, crew: Crew, progress: Progress | None
) -> tuple[Track, ...]:
    parts = stretches(known or _surveyed(path))
    tasks = [_Task(path, part, seeking) for part in parts]
    watch: _Watch | None = None
    for number, seen in enumerate(crew.each(_look_over, tasks), start=1):
        if seen is not None:
            watch = seen if watch is None else watch.joined(seen)
        if progress is not None:
            progress(number / len(tasks))
    if watch is None:
        return ()
    sightings = watch.sightings()
    visible = ((placed, points) for placed in link(sightings) if (points := _points(placed, watch)))
    return tuple(
        _track(f"{prefix}{number:03d}", placed, points, watch)
        for number, (placed, points) in enumerate(visible, start=1)
    )


def _surveyed(path: Path) -> Pictures | None:
    """What is known of the pictures; None when there is none that can be shown, or no order in them."""
    try:
        return survey(path).pictures
    except UnreadableInput:
        with open_container(path):
            return None


@dataclass(frozen=True, slots=True)
class _Seeking:
    """What is looked for: in pictures how wide, every how many frames, how much its boxes grow on each side."""

    kind: str
    method: str
    width: int
    every: int
    margin: float
    chosen: Chosen = PACKAGED


_TEXT = _Seeking("text", "pp-ocr-tracks", 960, 9, 0.15)
"""Signs do not blink."""
_PERSONS = _Seeking("person", "nanodet-tracks", 640, 6, 0.15)
"""A body moves less, in its own sizes, than a face."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One stretch of a recording to be looked over."""

    path: Path
    stretch: Stretch
    seeking: _Seeking


def _look_over(task: _Task) -> _Watch | None:
    """What is seen in one stretch; None when it holds no picture."""
    watch: _Watch | None = None
    for found in frames(task.path, start=task.stretch.start):
        if isinstance(found, Damage):
            continue
        if watch is None:
            watch = _Watch(found.size, task.seeking)
        if task.stretch.end is not None and found.at >= task.stretch.end:
            # The camera's motion over the border belongs to this stretch, the picture to the next.
            watch.border(found)
            break
        watch.see(found)
    if watch is None or not watch.times:
        return None
    watch.finish()
    return watch


def _points(placed: Iterable[Placed], watch: _Watch) -> Points:
    found = (
        TrackPoint(MediaTime(watch.times[p.frame]), watch.to_source(p.box), round(p.score, 3), p.detected)
        for p in placed
    )
    # A box carried out of the picture has nothing left to cover.
    return Points(point for point in found if point.box.w > 0 and point.box.h > 0)


def _track(name: str, placed: Way, points: Points, watch: _Watch) -> Track:
    score = max(p.score for p in placed if p.detected)
    sought, digests = watch.seeking, (watch.digest,) if watch.digest else ()
    version = VERSION + sought.chosen.told
    basis = Basis(sought.method, version, digests, score=round(score, 3), threshold=LOW)
    return Track(name, sought.kind, points, basis)


@dataclass(slots=True)
class _Watch:
    """One pass over the frames: when to look, what was seen, how the camera moved."""

    size: tuple[int, int]
    seeking: _Seeking
    times: array[int] = field(default_factory=lambda: array("q"))
    digest: str = ""
    _scale: float = 1.0
    _found: dict[int, Boxes] = field(default_factory=dict)
    _looks: Looks = field(default_factory=lambda: Looks({}))
    """What was found, once the stretch is over."""
    _shifts: array[float] = field(default_factory=lambda: array("d"))
    """Right and down of every frame."""
    _shots: array[int] = field(default_factory=lambda: array("q"))
    _motion: CameraMotion = field(default_factory=CameraMotion)
    _last: Frame | None = None
    _due: int = 0
    _larger_due: int = 0
    _closer: float = LARGER
    _larger_every: int = LARGER_EVERY
    _larger_soon: int = LARGER_SOON
    _small_until: int = 0
    _count: int = 0
    """Whole looks so far."""
    _speed: float = 0.0
    _dim: bool = False
    """Whether the picture just looked at is dark."""
    _whole: int | None = None
    """Frame of the last look at a picture of the usual size or larger."""
    _previous: int | None = None
    _onward: tuple[float, float] | None = None
    """How the camera moves over the end of the stretch; None when the next begins a new shot."""
    _seen: NDArray[np.float32] | None = None
    _detector: CenterFace | TextFinder | PersonFinder | None = None
    _larger: CenterFace | None = None
    _coarse: CenterFace | None = None
    _turned: TurnedLooks | None = None
    """None when what is looked for is not faces, and when all is seen."""

    def __post_init__(self) -> None:
        self._scale = min(1.0, self.seeking.width / max(self.size))
        chosen = self.seeking.chosen
        if self.seeking.kind == "text":
            self._detector = TextFinder()
        elif self.seeking.kind == "person":
            self._detector = PersonFinder(*self._at_scale(1.0), chosen)
        else:
            self._scale *= _filling(min(self.size) * self._scale)
            self._detector = detector(*self._at_scale(1.0), chosen)
            if max(self.size) > USUAL_SIDE:
                self._closer = min(LARGEST, max(self.size) / LARGE_SHARE)
                self._larger_every, self._larger_soon = LARGE_EVERY, LARGE_SOON
            self._larger = detector(*self._at_scale(self._closer), chosen)
            self._coarse = detector(*self._at_scale(COARSE), chosen)
            self._turned = TurnedLooks(threshold=LOW, chosen=chosen)
        self.digest = self._detector.digest

    def _at_scale(self, factor: float) -> tuple[int, int]:
        scale = self._scale * factor
        return max(2, round(self.size[0] * scale / 2) * 2), max(2, round(self.size[1] * scale / 2) * 2)

    def see(self, frame: Frame) -> None:
        """Take the next frame."""
        number = len(self.times)
        grey = _grey(frame)
        shift, cut = self._motion.step(grey, factor=self._grey_factor())
        if cut and self._last is not None:
            self._look(number - 1, self._last)
            self._due = self._larger_due = number
            if self._turned is not None:
                self._turned.begin(number)
        self.times.append(frame.at)
        past = self._shift(number - 1) if number and not cut else (0.0, 0.0)
        self._shifts.extend((past[0] + shift[0], past[1] + shift[1]))
        self._shots.append((self._shots[-1] if self._shots else 0) + int(cut))
        speed = self._speed = math.hypot(*shift)
        if (number >= self._due and not self._still(number, grey)) or speed > _FAST_PX:
            restless = self._look(number, frame)
            self._seen = _blocks(grey)
            self._due = number + self._pause(speed, restless=restless)
        self._last = frame

    def _pause(self, speed: float, *, restless: bool) -> int:
        """Frames until the next look."""
        if speed > _FAST_PX or (restless and self._turned is not None):
            return EVERY
        if speed > _BRISK_PX:
            return BRISK
        return self.seeking.every

    def _still(self, number: int, grey: NDArray[np.float32]) -> bool:
        """Whether nothing has changed since the last look, and that is not too long ago."""
        if self._seen is None or self._previous is None or number - self._previous >= STILL:
            return False
        return bool(np.abs(_blocks(grey) - self._seen).max() < _STILL_DIFFERENCE)

    def border(self, frame: Frame) -> None:
        """Take the first picture of the next stretch, for its motion only."""
        shift, cut = self._motion.step(_grey(frame), factor=self._grey_factor())
        self._onward = None if cut else shift

    def finish(self) -> None:
        """Look at the last frame too, and let go of what only looking needs."""
        if self._last is not None:
            self._look(len(self.times) - 1, self._last)
        self._last = self._detector = self._larger = self._coarse = self._turned = self._seen = None
        self._motion = CameraMotion()
        self._looks, self._found = Looks(self._found), {}

    def joined(self, after: _Watch) -> _Watch:
        """This and the next stretch as one; the numbers of its frames go on from this one's."""
        begun = len(self.times)
        cut = self._onward is None
        shot = self._shots[-1] + int(cut)
        onward = (0.0, 0.0) if self._onward is None else np.add(self._shift(begun - 1), self._onward)
        self.times += after.times
        self._looks.add(after._looks, begun=begun)
        shifts, shots = np.array(after._shifts).reshape(-1, 2), np.array(after._shots, dtype=np.int64)
        # Shifts are summed up from the beginning of a shot; only the first shot goes on over the border.
        shifts[shots == 0] += onward
        self._shifts.frombytes(shifts.tobytes())
        self._shots.frombytes((shots + shot).tobytes())
        self._onward = after._onward
        return self

    def sightings(self) -> Sightings:
        """What was seen, for linking."""
        shifts, shots = np.array(self._shifts).reshape(-1, 2), np.array(self._shots, dtype=np.int64)
        return Sightings(self._looks, shifts, shots, self._at_scale(1.0))

    def _shift(self, number: int) -> tuple[float, float]:
        return self._shifts[2 * number], self._shifts[2 * number + 1]

    def to_source(self, box: NDArray[np.float64]) -> Box:
        """Detector pixels to pixels of the displayed frame, with the margin, rounded outward."""
        left, top, right, bottom = (box / self._scale).tolist()
        x, y = math.floor(left), math.floor(top)
        whole = Box(x, y, max(1, math.ceil(right) - x), max(1, math.ceil(bottom) - y))
        return grow(whole, margin=self.seeking.margin, width=self.size[0], height=self.size[1])

    def _grey_factor(self) -> float:
        """Detector pixels per pixel of the grey picture."""
        return self._at_scale(1.0)[0] / _grey_size(self.size)[0]

    def _look(self, number: int, frame: Frame) -> bool:
        """Detect on one frame; True when what is there differs from the look before."""
        if number in self._found:
            return False
        if (known := self._coarsely(number, frame)) is not None:
            self._found[number], self._previous = known, number
            return False
        larger = number >= self._larger_due and self._larger is not None
        self._whole = number
        picture = self._picture(frame, 1.0)
        seen = self._large(frame) if larger else self._usual(picture)
        self._found[number] = self._with_small(number, frame, self._in_the_dark(picture, seen) if self._dim else seen)
        self._count += 1
        if self._turned is not None:
            self._turned.see(number, picture, self._found)
        found = self._found[number]
        before, self._previous = self._previous, number
        lost, new = self._differences(before, number, found)
        if larger:
            # A small face that a blurred picture hides for a while is still there.
            self._small_until = number + LARGER_EVERY if new or _small(found) else self._small_until
            self._larger_due = number + (self._larger_soon if number < self._small_until else self._larger_every)
        return lost or new

    def _picture(self, frame: Frame, factor: float) -> NDArray[np.uint8]:
        width, height = self._at_scale(factor)
        picture = glance.rgb(frame, width=width, height=height)
        if self._larger is None:
            return picture
        raised = glance.lit(picture)
        self._dim = raised is not picture
        return raised

    def _usual(self, picture: NDArray[np.uint8]) -> Boxes:
        assert self._detector is not None
        if self._count % 2 == 0 or self._larger is None:
            return self._detector.detect(picture, threshold=LOW)
        found = self._detector.detect(picture[:, ::-1], threshold=LOW)
        found[:, [0, 2]] = picture.shape[1] - found[:, [2, 0]]
        return found

    def _large(self, frame: Frame) -> Boxes:
        """What a larger picture shows, in the usual detector's pixels."""
        assert self._larger is not None
        picture = self._picture(frame, self._closer)
        found = self._larger.detect(picture, threshold=LOW)
        found[:, :4] *= self._at_scale(1.0)[0] / picture.shape[1]
        doubtful = np.flatnonzero((found[:, 4] < LONELY) & (_tall(found) < 2 * SMALL))[:DOUBTFUL]
        if len(doubtful):
            whole = frame.array("rgb24")
            for index in doubtful:
                found[index, 4] = max(found[index, 4], self._alone(whole, found[index, :4])[4])
        return found

    def _in_the_dark(self, picture: NDArray[np.uint8], found: Boxes) -> Boxes:
        """What a look showed, and what shows at half the size and smoothed: noise hides a face one way, not another."""
        assert self._coarse is not None
        assert self._detector is not None
        half = cv2.resize(picture, self._at_scale(COARSE), interpolation=cv2.INTER_AREA)
        small = self._coarse.detect(np.asarray(half, dtype=np.uint8), threshold=LOW)
        small[:, :4] *= picture.shape[1] / half.shape[1]
        smooth = np.asarray(cv2.GaussianBlur(picture, SMOOTH, 0), dtype=np.uint8)
        return best(np.concatenate([found, small, self._detector.detect(smooth, threshold=LOW)]), overlap=0.3)

    def _with_small(self, number: int, frame: Frame, found: Boxes) -> Boxes:
        """What a look shows, and the small faces of the look before that it lost, each looked for alone."""
        if self._larger is None or self._previous is None or self._shots[self._previous] != self._shots[number]:
            return found
        before = self._found[self._previous]
        small = self._carried(before[(before[:, 4] >= FOUND) & (_tall(before) < 2 * SMALL)], self._previous, number)
        lost = [row for row in small if not len(found) or iou(row, found).max() < 0.3][:DOUBTFUL]
        if not lost:
            return found
        whole = frame.array("rgb24")
        alone = np.stack([self._alone(whole, row[:4]) for row in lost])
        return best(np.concatenate([found, alone[alone[:, 4] >= LOW]]), overlap=0.3)

    def _alone(self, whole: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.float32]:
        """The surest face near this place when the detector sees little else; of score 0 when there is none."""
        box = box / self._scale
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        scale = VIEW / (float(max(box[2] - box[0], box[3] - box[1], 4.0)) * VIEW_SIDES)
        shift = np.array([[scale, 0, VIEW / 2 - x * scale], [0, scale, VIEW / 2 - y * scale]])
        view = glance.lit(np.asarray(cv2.warpAffine(whole, shift, (VIEW, VIEW)), dtype=np.uint8))
        seen = detector(VIEW, VIEW, self.seeking.chosen).detect(view, threshold=LOW)
        near = seen[np.abs((seen[:, :2] + seen[:, 2:4]) / 2 - VIEW / 2).max(axis=1) < VIEW / VIEW_SIDES]
        if not len(near):
            return np.zeros(5, np.float32)
        sides = (near[0, :4] - VIEW / 2) / scale + np.array([x, y, x, y])
        return np.append(sides * self._scale, near[0, 4]).astype(np.float32)

    def _coarsely(self, number: int, frame: Frame) -> Boxes | None:
        """What a half-sized picture shows, in the usual detector's pixels; None when only a whole look will do."""
        if self._coarse is None or not self._calm(number):
            return None
        width, height = self._at_scale(COARSE)
        picture = glance.rgb(frame, width=width, height=height)
        if glance.dark(picture):
            return None
        found = self._coarse.detect(picture, threshold=FOUND)
        found[:, :4] *= self._at_scale(1.0)[0] / width
        return None if any(self._differences(self._previous, number, found)) else found

    def _calm(self, number: int) -> bool:
        """Whether all that the look before showed are large faces it was sure of, and no whole look is due."""
        if self._previous is None or self._shots[self._previous] != self._shots[number]:
            return False
        if self._whole is None or number - self._whole >= WHOLE_EVERY:
            return False
        if number >= self._larger_due or number < self._small_until:
            return False
        if self._turned is not None and self._turned.wants(number):
            return False
        known = self._found[self._previous]
        tall = known[:, 3] - known[:, 1]
        return bool(len(known) and (known[:, 4] >= COARSE_SURE).all() and (tall >= COARSE_FACE).all())

    def _carried(self, boxes: Boxes, before: int, now: int) -> Boxes:
        """Boxes of one frame where the camera's motion alone puts them in another of the same shot."""
        moved = boxes.copy()
        moved[:, :4] += np.tile(np.subtract(self._shift(now), self._shift(before)), 2).astype(np.float32)
        return moved

    def _differences(self, before: int | None, now: int, new: Boxes) -> tuple[bool, bool]:
        """(a sure face of the look before is gone, there is a new one), the camera's motion allowed for."""
        if before is None or self._shots[before] != self._shots[now]:
            return False, False
        old = self._carried(self._found[before], before, now)
        return _unmatched(old, new), _unmatched(new, old)


def _tall(boxes: Boxes) -> NDArray[np.float32]:
    return boxes[:, 3] - boxes[:, 1]


def _filling(side: float) -> float:
    """By how much a shorter side is best made smaller so that the network, which works in steps, pads no row.

    360 lines become 352 instead of 384: a twelfth less work for a fiftieth of the size.
    """
    over = round(side) % STEP
    return (side - over) / side if 0 < over <= STEP // 3 and side > STEP else 1.0


def _small(found: Boxes) -> bool:
    """Whether there is a face so small that the usual size may not find it again."""
    return bool(((found[:, 4] >= 0.3) & (found[:, 3] - found[:, 1] < SMALL)).any())


def _unmatched(these: Boxes, those: Boxes) -> bool:
    sure = these[these[:, 4] >= 0.3]
    return any(not len(those) or iou(row, those).max() < 0.3 for row in sure)


def _blocks(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of 8 × 8 pixels; what is left over at the right and bottom joins no block."""
    rows, columns = grey.shape[0] // 8, grey.shape[1] // 8
    whole = grey[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8)
    return np.asarray(whole.mean(axis=(1, 3)), dtype=np.float32)


def _grey_size(size: tuple[int, int]) -> tuple[int, int]:
    width = _GREY_WIDTH if size[0] >= size[1] else round(_GREY_WIDTH * size[0] / size[1])
    return max(16, width), max(16, round(width * size[1] / size[0]))


def _grey(frame: Frame) -> NDArray[np.float32]:
    width, height = _grey_size(frame.size)
    return glance.grey(frame, width=width, height=height)
