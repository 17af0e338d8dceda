# SPDX-License-Identifier: Apache-2.0
"""Faces looked for through a whole recording, closely enough that three bare pictures are seen.

What this module keeps true:

1. Of any two pictures in a row, one is looked at wherever it differs from what was looked at before, so a cover
   missing on three is met, mostly twice. That look is at a size at which a face of 32 pixels is just seen; twice a
   second a second look at a larger size finds faces half as wide. Where nothing changed nothing is looked at again: a
   camera on a wall costs little.
2. Looks are straight and mirrored by turns; what either sees, however unsure, is a suspicion. Covers are given the
   colour of their rim before, or hair and a black oval are taken for a face.
3. A suspicion becomes a finding only when close looks at its place, at three sizes, straight and mirrored, on the
   pictures around it, agree for as long as three pictures: a texture that resembles a face for one picture does not.
   Its place is followed over these pictures by what it shows: in a camera that is swung it is never in one place.
4. Where a cover begins or ends beside it, less is asked: a face is expected there. Just before a cover begins and just
   after it ends every picture is looked at, by every detector there is, where the cover would be if it moved with the
   picture. If what surrounds the cover was there already, or is there still, then so is what it hides: the faster the
   camera is swung the less is asked of detectors, and nothing where all they can see is a smear. A cover that is
   interrupted is a finding without any (``gaps``), unless it is not plainly one thing's: then all look there too.
5. One face that is seen for a while is one finding, with its first and last instant and its place.

Measured in ``bench/audit.py``: how many missing covers are found, how often a wall is taken for a face, what it costs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.audit.coverage import BRINK, SNAP, MaskPlaces, Placed, within
from plainview.audit.faces import SMALLEST, Detector, Pixels, Seen, every_detector, overlap, second_detector
from plainview.audit.following import drift, followed, moved, surroundings
from plainview.audit.gaps import GapWatch
from plainview.audit.opening import planes
from plainview.audit.outcome import Outcome
from plainview.model.finding import Box
from plainview.model.time import SECOND, MediaTime

EVERY = 2
"""Pictures from one look to the next."""
NARROWEST = 16
"""Pixels: faces narrower than this in the published picture are counted, not reported; nobody is recognised by them."""
LOOK_SCALE, LOOK_SIDE = 0.5, 640
"""Size of the usual look, and its longest side at most. A face of 32 px becomes 16. A fifth more in each direction
found no more of the covers left out on purpose and cost a third more (``bench/results/audit.json``)."""
LARGE_SCALE, LARGE_SIDE = 1.0, 960
"""The same of the larger look, which finds faces from ``NARROWEST`` on."""
LARGE_EVERY = SECOND // 2
"""µs from one larger look to the next."""
SUSPECT = 0.3
"""Score from which anything is looked at closely."""
CLOSE_FACE = (48, 36, 64)
"""Widths in pixels to which a suspected face is brought for the close looks; first the one at which most are seen."""
AROUND = 1.5
"""Sides of the suspected face that a close look reaches on each side of its middle."""
STILL_SCALES = (0.5, 1.5)
"""Sizes at which a still is looked at beside its own, which shows faces that fill it and faces that are small in it."""
AGREED, AGREED_BESIDE = 0.5, 0.35
"""Mean score asked of the close looks: anywhere, and beside a cover that begins or ends."""
TOGETHER = 0.75
"""Mean scores of both families of detectors, added, from which they agree, wherever it is. Of 43 faces of 33 to 78 px,
half of them in the dark, all but three reach 0.83; of 43 heads without a face 0.67 is the most."""
THERE = 0.8
"""Likeness of what surrounds a cover from which the same was there on a picture without it. In a dark film of a camera
that is swung it is 0.94 and more where it was, 0.28 and less where something else was."""
SWUNG = 0.75
"""Sides of a face by which the picture moves while one is taken, from which the face is a smear to any detector: the
nearer to it, the less is asked of them. The three covers that detectors missed beside others, on sixteen films of
cameras that are swung, moved by 0.9 sides and more."""
SECOND_SEES = 0.2
"""Mean score that the other family must give by itself, on one of the three pictures at least: what only one family
sees is a texture. Of 13 bare faces on fresh clips it gave 0.56 and more to each."""
FAINT = 0.15
"""Mean score of the first detector below which the other one is not asked."""
LONE = 0.5
"""Mean score asked where a face is expected and there is one detector only."""
BESIDE = SECOND // 2
"""µs within which a cover counts as beginning or ending."""
STILL = 2.6
"""Grey levels from which a block of the small picture has changed since it was last looked at."""
WHOLE = 0.6
"""Share of the picture from which changed areas are looked at as one: the whole."""
_BLOCK, _MARGIN = 4, 2
"""Pixels of the small picture to a side of a block; blocks around a change that are looked at with it."""
DARK, BRIGHTEN = 120, 3.0
"""Level of the brightest tenth below which a picture is made brighter, and by how much at most."""
_RIM = 6
"""Pixels around a cover whose colour it is given before a detector looks."""
SMALL_WIDTH = 160
"""Width of the picture that tells whether anything moved."""
SAME_FACE = 3 * SECOND // 2
"""µs within which sightings at one place are of one face."""
_SAME_PLACE = 0.3
"""Overlap from which two looks saw one face."""
_AROUND, _KEPT_BACK = 2, 12
"""Pictures before and after a suspicion that are looked at closely; pictures at hand, as many as ``BRINK`` has at 60 a
second."""


@dataclass(slots=True)
class Sighting:
    """One face that no decision covers: where it was seen (pixels of the rendition), when, and how surely at best."""

    trail: list[tuple[MediaTime, Box]]
    score: float

    @property
    def first(self) -> MediaTime:
        return self.trail[0][0]

    @property
    def last(self) -> MediaTime:
        return self.trail[-1][0]

    def follows(self, time: MediaTime, box: Box, *, within: int) -> bool:
        """Whether a face at ``box`` may be this one, seen at most ``within`` µs before."""
        return time - self.last <= within and overlap(_grown(self.trail[-1][1]), _grown(box)) > 0


@dataclass(slots=True)
class _Held:
    """One picture at hand: the decoder's frame, its time, its place in the row, its pixels once asked for."""

    frame: Any
    time: MediaTime
    number: int
    covers: list[Placed]
    small: NDArray[np.uint8]
    pixels: Pixels | None = None

    def bgr(self) -> Pixels:
        """Its pixels, brighter if it is dark, covers in the colour of what is around them; converted once."""
        if self.pixels is None:
            self.pixels = toned_in(lit(self.frame.to_ndarray(format="bgr24")), self.covers)
        return self.pixels


@dataclass(frozen=True, slots=True)
class _Expected:
    """A place beside a cover, on a picture without it, where a face is to be expected."""

    held: _Held
    place: Box
    smear: float = 0.0
    """0 to 1: how little a detector can tell, because the camera is swung, where what surrounds the cover shows that
    what it hides is there."""


@dataclass(slots=True)
class FaceWatch:
    """The look-out over one rendition. Give it every picture in order; then ask for what it saw."""

    masks: MaskPlaces
    outcome: Outcome
    gaps: GapWatch
    sightings: list[Sighting] = field(default_factory=list)
    _held: deque[_Held] = field(default_factory=lambda: deque(maxlen=_KEPT_BACK))
    _waiting: list[tuple[int, Seen]] = field(default_factory=list)
    _number: int = -1
    _looks: int = 0
    _small: NDArray[np.uint8] | None = None
    _large: NDArray[np.uint8] | None = None
    """Miniatures of what was last looked at in each place, by the usual look and by the larger one."""
    _large_due: int = 0

    def see(
        self, frame: Any, time: MediaTime, *, small: NDArray[np.uint8], anyway: bool = False, skip: bool = False
    ) -> None:
        """One more picture; ``small`` is its grey miniature.

        ``anyway``: it is looked at whatever its turn; ``skip``: it is only kept at hand for its neighbours.
        """
        self._number += 1
        before = self._held[-1].time if self._held else MediaTime(-1)
        self._held.append(_Held(frame, time, self._number, self.masks.at(time), small))
        self.gaps.see(frame, time, small=small)
        due = anyway or (self._number % EVERY == 0 and not skip)
        if due and not self.masks.blacked_out(time):
            self._look(small, anyway=anyway)
        for each in self._expected(before, brinks=not skip):
            self._look_where_expected(each)
        self._settle(lag=_AROUND)

    def _expected(self, before: MediaTime, *, brinks: bool) -> Iterator[_Expected]:
        """Where on the pictures at hand a bare face is to be expected."""
        now = self._held[-1]
        for pause in self.masks.pauses_at(now.time):
            if not self.gaps.speaks_of(pause):
                yield _Expected(now, self.masks.paused(pause, now.time))
        for pause in self.masks.pauses_until(now.time):
            over = pause.end - SNAP <= now.time and not pause.in_place
            if over and pause.of_one_thing and not self.gaps.speaks_of(pause):
                for held in list(self._held):  # two covers under one name, as it turns out
                    if pause.start + SNAP < held.time < pause.end - SNAP:
                        yield _Expected(held, self.masks.paused(pause, held.time))
        for at, place in self.masks.ended(now.time) if brinks else ():
            covered = next((each for each in self._held if abs(each.time - at) <= SNAP), now)
            yield self._carried(place, covered, now)
        for at, place in self.masks.begun(before, now.time) if brinks else ():
            for held in list(self._held):
                if SNAP < at - held.time <= BRINK:
                    yield self._carried(place, now, held)

    def _carried(self, place: Box, start: _Held, end: _Held) -> _Expected:
        """A covered place on another picture: where its surroundings are found again, or else as the pictures moved."""
        first, last = sorted((start.number, end.number))
        smalls = [each.small for each in self._held if first <= each.number <= last]
        steps = [drift(a, b) for a, b in pairwise(smalls)]
        grown = end.frame.width / end.small.shape[1] * (1 if start.number <= end.number else -1)
        near = moved(place, grown * sum(x for x, _ in steps), grown * sum(y for _, y in steps))
        found, likeness = surroundings(start.bgr(), place, end.bgr(), near)
        if likeness < THERE:
            return _Expected(end, near)
        way = max(abs(found.x - place.x), abs(found.y - place.y)) / max(1, last - first)
        return _Expected(end, found, smear=min(1.0, way / max(1.0, SWUNG * _face_under(place).w)))

    def _look_where_expected(self, expected: _Expected) -> None:
        """Where a cover stops, begins, or stops and goes on: what shows there is looked at on every picture."""
        self.outcome.checked["pictures beside covers looked at closely"] += 1
        held, place, clear = expected.held, expected.place, 1 - expected.smear
        face = _face_under(place)
        if min(face.w, face.h) < NARROWEST or self.masks.decided(held.time, face):
            return
        if any(each.follows(held.time, face, within=BESIDE) for each in self.sightings):
            return  # seen a moment ago, and a finding already
        first, *others = every_detector()
        score = close_score(held.bgr(), face, detector=first, expected=place)
        sure = score >= LONE * clear and not others
        for other in others if score >= FAINT * clear else ():
            sure |= score + close_score(held.bgr(), face, detector=other, expected=place) >= TOGETHER * clear
        if sure:
            self._note(held.time, face, score)

    def end(self) -> list[Sighting]:
        """All faces seen, after the last picture."""
        self._settle(lag=0)
        return self.sightings

    def _look(self, small: NDArray[np.uint8], *, anyway: bool) -> None:
        held = self._held[-1]
        large = anyway or held.time >= self._large_due
        areas = changed(None if anyway else self._large if large else self._small, small)
        if large:
            self._large_due = held.time + LARGE_EVERY
            self._large = looked_at(self._large, small, areas)
        self._small = looked_at(self._small, small, areas)
        if not areas:
            self.outcome.checked["pictures in which nothing changed"] += 1
            return
        self._looks += 1
        self.outcome.checked["pictures searched for faces"] += 1
        grown = held.frame.width / small.shape[1], held.frame.height / small.shape[0]
        for area in areas:
            for seen in suspicions(held.bgr(), _stretched(area, *grown), large=large, turned=self._looks % 2 == 0):
                if not self.masks.decided(held.time, seen.box):
                    self._waiting.append((held.number, seen))

    def _settle(self, *, lag: int) -> None:
        ripe = [each for each in self._waiting if each[0] + lag <= self._number]
        self._waiting = [each for each in self._waiting if each[0] + lag > self._number]
        for number, seen in ripe:
            time = next(each.time for each in self._held if each.number == number)
            if seen.score >= AGREED and any(each.follows(time, seen.box, within=BESIDE) for each in self.sightings):
                self._note(time, seen.box, seen.score)  # the face that was made sure of a moment ago
                continue
            if seen.box.w < NARROWEST:
                self.outcome.checked["suspicions too small to recognise anybody"] += 1
                continue
            self.outcome.checked["suspicions looked at closely"] += 1
            beside = self.masks.ends_near(time, seen.box, within=BESIDE)
            score, places = self._agreement(number, seen.box, asked=AGREED_BESIDE if beside else AGREED)
            if score and self._seconded(places, score):
                self._note(time, seen.box, score)

    def _seconded(self, places: dict[int, Box], score: float) -> bool:
        """Whether a detector of another family, where there is one, agrees with the first one's ``score``.

        It need see the face on one of the pictures only, and must see something of its own.
        """
        for other in every_detector()[1:]:
            for number, place in places.items():
                picture = next(each for each in self._held if each.number == number).bgr()
                own = close_score(picture, place, detector=other)
                if own >= SECOND_SEES and score + own >= TOGETHER:
                    return True
        return len(every_detector()) == 1

    def _agreement(self, number: int, box: Box, *, asked: float) -> tuple[float, dict[int, Box]]:
        """A mean score of close looks that reaches what is asked, over three pictures in a row, and where; else 0.

        The suspicion's own picture is among the three. Close looks are made only while they can still decide.
        """
        at_hand = {each.number: each for each in self._held if abs(each.number - number) <= _AROUND}
        places, scores = {number: box}, {number: close_score(at_hand[number].bgr(), box)}
        if scores[number] < asked / 2:
            return 0.0, {}
        for start in (number - 1, number - 2, number):
            run = [i for i in range(start, start + 3) if i in at_hand]
            if len(run) < min(3, len(at_hand)):
                continue
            for i in sorted(run, key=lambda each: abs(each - number)):
                if i not in scores:
                    nearer = i + 1 if i < number else i - 1
                    places[i] = followed(at_hand[nearer].bgr(), places[nearer], at_hand[i].bgr())
                    scores[i] = close_score(at_hand[i].bgr(), places[i])
            mean = sum(scores[i] for i in run) / len(run)
            if mean >= asked:
                return mean, {i: places[i] for i in sorted(run, key=lambda each: abs(each - number))}
        return 0.0, {}

    def _note(self, time: MediaTime, box: Box, score: float) -> None:
        for each in self.sightings:
            if each.follows(time, box, within=SAME_FACE):
                each.trail.append((time, box))
                each.score = max(each.score, score)
                return
        self.sightings.append(Sighting([(time, box)], score))


def faces_in_still(picture: Pixels) -> list[Seen]:
    """Faces in a picture that has no neighbours to ask: seen at one of three sizes, straight and mirrored.

    What is seen at another size than the still's own must stand the close looks too.
    """
    detector = second_detector()
    found = detector.faces(picture)
    for scale in STILL_SCALES:
        for seen in detector.faces(resized(picture, scale)):
            x, y, w, h = (round(value / scale) for value in (seen.box.x, seen.box.y, seen.box.w, seen.box.h))
            box = Box(x, y, w, h)
            new = min(w, h) >= SMALLEST and all(overlap(box, other.box) < _SAME_PLACE for other in found)
            if new and close_score(picture, box) >= AGREED:
                found.append(Seen(box, seen.score))
    return found


def suspicions(picture: Pixels, area: Box, *, large: bool, turned: bool) -> list[Seen]:
    """Everything in an area of the picture that may be a face, in the picture's pixels."""
    scale, side = (LARGE_SCALE, LARGE_SIDE) if large else (LOOK_SCALE, LOOK_SIDE)
    scale = min(scale, side / max(picture.shape[:2]))
    shown = resized(picture[area.y : area.y + area.h, area.x : area.x + area.w], scale)
    if turned:
        shown = np.ascontiguousarray(shown[:, ::-1])
    found: list[Seen] = []
    for seen in second_detector().look(shown, SUSPECT):
        box = mirror(seen.box, shown.shape[1]) if turned else seen.box
        x, y, w, h = (round(value / scale) for value in (box.x, box.y, box.w, box.h))
        if min(w, h) >= SMALLEST:
            found.append(Seen(Box(area.x + x, area.y + y, w, h), seen.score))
    return found


def close_score(
    picture: Pixels,
    box: Box,
    *,
    detector: Detector | None = None,
    expected: Box | None = None,
    sizes: tuple[int, ...] = CLOSE_FACE,
) -> float:
    """How surely a face is at a place: mean over the sizes, straight and mirrored, of what is seen there.

    With ``expected``, anything whose middle lies in that box counts, however large.
    """
    detector = detector or second_detector()
    side = max(box.w, box.h)
    x, y = middle(box)
    left, top = max(0, round(x - AROUND * side)), max(0, round(y - AROUND * side))
    area = picture[top : round(y + AROUND * side), left : round(x + AROUND * side)]
    if min(area.shape[:2], default=0) < SMALLEST:
        return 0.0
    total = 0.0
    for number, width in enumerate(sizes):
        if number == 1 and not total:
            break  # nothing at the best size, straight or mirrored: the others are not asked
        scale = width / max(1.0, (box.w * box.h) ** 0.5)
        shown = resized(area, scale)
        here = Box(*(round(v * scale) for v in (box.x - left, box.y - top, box.w, box.h)))
        for turned in (False, True):
            view = np.ascontiguousarray(shown[:, ::-1]) if turned else shown
            place = mirror(here, shown.shape[1]) if turned else here
            area_meant = None
            if expected is not None:
                at = (expected.x - left, expected.y - top, expected.w, expected.h)
                area_meant = Box(*(round(v * scale) for v in at))
                area_meant = mirror(area_meant, shown.shape[1]) if turned else area_meant
            total += max((s.score for s in detector.look(view, 0.1) if _at(s.box, place, area_meant)), default=0.0)
    return total / (2 * len(sizes))


def _at(seen: Box, place: Box, area: Box | None) -> bool:
    if area is None:
        return overlap(seen, place) > 0.25
    return within(area, middle(seen))


def changed(before: NDArray[np.uint8] | None, now: NDArray[np.uint8]) -> list[Box]:
    """The areas of a grey miniature in which something differs from another; all of it when there is no other."""
    whole = [Box(0, 0, now.shape[1], now.shape[0])]
    if before is None:
        return whole
    blocks = (differences(before, now) > STILL).astype(np.uint8)
    if not blocks.any():
        return []
    around = cv2.dilate(blocks, np.ones((2 * _MARGIN + 1, 2 * _MARGIN + 1), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(around, connectivity=8)
    areas = [Box(*(int(value) for value in stats[i, :4])) for i in range(1, count)]
    if sum(area.w * area.h for area in areas) > WHOLE * blocks.size:
        return whole
    return [_stretched(area, _BLOCK, _BLOCK, within=now.shape) for area in areas]


def looked_at(
    before: NDArray[np.uint8] | None, now: NDArray[np.uint8], areas: list[Box]
) -> NDArray[np.uint8]:
    """What was last looked at in each place, after another look at ``areas``."""
    if before is None:
        return now.copy()
    for area in areas:
        before[area.y : area.y + area.h, area.x : area.x + area.w] = now[
            area.y : area.y + area.h, area.x : area.x + area.w
        ]
    return before


def differences(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean grey levels by which each block of 4 × 4 differs, its own brightness included."""
    apart = np.abs(now.astype(np.int16) - before)
    rows, columns = -(-apart.shape[0] // _BLOCK), -(-apart.shape[1] // _BLOCK)
    missing = (0, rows * _BLOCK - apart.shape[0]), (0, columns * _BLOCK - apart.shape[1])
    blocks = np.pad(apart, missing, mode="edge").reshape(rows, _BLOCK, columns, _BLOCK)
    result: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return result


def miniature(frame: Any) -> NDArray[np.uint8]:
    """A decoder's frame in grey, 160 pixels wide, each the mean of what it stands for."""
    cv2.setNumThreads(1)
    size = SMALL_WIDTH, max(8, round(frame.height * SMALL_WIDTH / frame.width))
    return np.asarray(cv2.resize(planes(frame)[0], size, interpolation=cv2.INTER_AREA), np.uint8)


def lit(picture: Pixels) -> Pixels:
    """A dark picture made brighter, as a person who wants to see would: its brightest tenth near white."""
    bright = float(np.percentile(picture[::8, ::8].max(axis=2), 90))
    if bright >= DARK or bright < 4:
        return picture
    levels = np.clip(np.arange(256) * min(BRIGHTEN, 220 / bright), 0, 255).astype(np.uint8)
    # Made brighter, the camera's noise is too; smoothed by a pixel, faces by night score a quarter higher.
    return np.asarray(cv2.GaussianBlur(cv2.LUT(picture, levels), (0, 0), 1.0), np.uint8)


def toned_in(picture: Pixels, covers: list[Placed]) -> Pixels:
    """The picture with every cover in the mean colour of its rim: a black oval under hair looks like half a face."""
    for cover in covers:
        box = cover.box
        left, top = max(0, box.x - _RIM), max(0, box.y - _RIM)
        area = picture[top : box.y + box.h + _RIM, left : box.x + box.w + _RIM]
        if area.size == 0:
            continue
        rims = [each.reshape(-1, 3) for each in (area[:_RIM], area[-_RIM:], area[:, :_RIM], area[:, -_RIM:])]
        colour = tuple(float(value) for value in np.concatenate(rims).mean(axis=0))
        if cover.shape == "ellipse":
            middle_, half = (box.x + box.w // 2, box.y + box.h // 2), (box.w // 2 + 2, box.h // 2 + 2)
            cv2.ellipse(picture, middle_, half, 0, 0, 360, colour, -1)
        else:
            cv2.rectangle(picture, (box.x - 2, box.y - 2), (box.x + box.w + 2, box.y + box.h + 2), colour, -1)
    return picture


def resized(picture: Pixels, scale: float) -> Pixels:
    """The picture ``scale`` times as large, at least one pixel."""
    cv2.setNumThreads(1)
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def middle(box: Box) -> tuple[float, float]:
    """The middle of a box."""
    return box.x + box.w / 2, box.y + box.h / 2


def mirror(box: Box, width: int) -> Box:
    """Where a box lies in the mirror image of a picture ``width`` pixels wide."""
    return Box(width - box.x - box.w, box.y, box.w, box.h)


def _stretched(area: Box, across: float, down: float, *, within: tuple[int, ...] | None = None) -> Box:
    """A box in another picture's pixels, so many times as wide and as high."""
    left, top = int(area.x * across), int(area.y * down)
    right, bottom = -int(-(area.x + area.w) * across // 1), -int(-(area.y + area.h) * down // 1)
    if within is not None:
        right, bottom = min(right, within[1]), min(bottom, within[0])
    return Box(left, top, right - left, bottom - top)


def _face_under(cover: Box) -> Box:
    """The face that a cover of this size hides."""
    return Box(cover.x + cover.w // 5, cover.y + cover.h // 5, cover.w * 3 // 5, cover.h * 3 // 5)


def _grown(box: Box) -> Box:
    return Box(box.x - box.w // 2, box.y - box.h // 2, 2 * box.w, 2 * box.h)
