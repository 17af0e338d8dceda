# SPDX-License-Identifier: Apache-2.0
"""Faces looked for through a whole recording, closely enough that three bare pictures are seen.

What this module keeps true:

1. Of any three pictures in a row, one is looked at wherever it differs from what was looked at before, so a cover
   missing on three is met. That look is at a size at which a face of 32 pixels is just seen; twice a second a second
   look at a larger size finds faces half as wide. Where nothing changed nothing is looked at again: a camera on a
   wall costs little.
2. Looks are straight and mirrored by turns; what either sees, however unsure, is a suspicion. Covers are given the
   colour of their rim before, or hair and a black oval are taken for a face.
3. A suspicion becomes a finding only when close looks at its place, at three sizes, straight and mirrored, on the
   pictures around it, agree for as long as three pictures: a texture that resembles a face for one picture does not.
4. Where a cover begins or ends beside it, less is asked: a face is expected there. Just before a cover begins and just
   after it ends every picture is looked at, by every detector there is. A cover that is interrupted is a finding
   without any (``gaps``), unless it is not plainly one thing's: then all detectors look there too.
5. One face that is seen for a while is one finding, with its first and last instant and its place.

Measured in ``bench/audit.py``: how many missing covers are found, how often a wall is taken for a face, what it costs.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.audit.coverage import MaskPlaces, Placed, within
from plainview.audit.faces import SMALLEST, Detector, Pixels, Seen, every_detector, overlap, second_detector
from plainview.audit.gaps import GapWatch
from plainview.audit.opening import planes
from plainview.audit.outcome import Outcome
from plainview.model.finding import Box
from plainview.model.time import SECOND, MediaTime

EVERY = 3
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
CLOSE_FACE = (36, 48, 64)
"""Widths in pixels to which a suspected face is brought for the close looks."""
AROUND = 1.5
"""Sides of the suspected face that a close look reaches on each side of its middle."""
AGREED, AGREED_BESIDE = 0.5, 0.35
"""Mean score asked of the close looks: anywhere, and beside a cover that begins or ends."""
TOGETHER = 0.75
"""Mean scores of both families of detectors, added, from which they agree, wherever it is. Of 43 faces of 33 to 78 px,
half of them in the dark, all but three reach 0.83; of 43 heads without a face 0.67 is the most."""
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
_KEPT_BACK = 5
"""Pictures at hand for the close looks: two before and two after the suspicion."""


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
    pixels: Pixels | None = None

    def bgr(self) -> Pixels:
        """Its pixels, brighter if it is dark, covers in the colour of what is around them; converted once."""
        if self.pixels is None:
            self.pixels = toned_in(lit(self.frame.to_ndarray(format="bgr24")), self.covers)
        return self.pixels


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
        self._held.append(_Held(frame, time, self._number, self.masks.at(time)))
        self.gaps.see(frame, time, small=small)
        due = anyway or (self._number % EVERY == 0 and not skip)
        if due and not self.masks.blacked_out(time):
            self._look(small, anyway=anyway)
        for place in self._expected_at(time, brinks=not skip):
            self._look_where_expected(place)
        self._settle(lag=_KEPT_BACK // 2)

    def _expected_at(self, time: MediaTime, *, brinks: bool) -> list[Box]:
        """Where a face is to be expected that nothing covers."""
        paused = [each for each in self.masks.pauses_at(time) if not self.gaps.speaks_of(each)]
        return [self.masks.paused(each, time) for each in paused] + (self.masks.brinks_at(time) if brinks else [])

    def _look_where_expected(self, place: Box) -> None:
        """Where a cover stops, begins, or stops and goes on: what shows there is looked at on every picture."""
        self.outcome.checked["pictures beside covers looked at closely"] += 1
        held = self._held[-1]
        face = Box(place.x + place.w // 5, place.y + place.h // 5, place.w * 3 // 5, place.h * 3 // 5)
        if min(face.w, face.h) < NARROWEST or self.masks.decided(held.time, face):
            return
        if any(each.follows(held.time, face, within=BESIDE) for each in self.sightings):
            return  # seen a moment ago, and a finding already
        first, *others = every_detector()
        score = close_score(held.bgr(), face, detector=first, expected=place)
        sure = score >= LONE and not others
        for other in others if score >= FAINT else ():
            sure |= score + close_score(held.bgr(), face, detector=other, expected=place) >= TOGETHER
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
            score = self._agreement(number, seen.box, asked=AGREED_BESIDE if beside else AGREED)
            if score and self._seconded(number, seen.box, score):
                self._note(time, seen.box, score)

    def _seconded(self, number: int, box: Box, score: float) -> bool:
        """Whether a detector of another family, where there is one, agrees with the first one's ``score``."""
        others = every_detector()[1:]
        picture = next(each for each in self._held if each.number == number).bgr()
        return not others or any(score + close_score(picture, box, detector=each) >= TOGETHER for each in others)

    def _agreement(self, number: int, box: Box, *, asked: float) -> float:
        """A mean score of close looks that reaches what is asked, over three pictures in a row; else 0.

        The suspicion's own picture is among the three. Close looks are made only while they can still decide.
        """
        at_hand = {each.number: each for each in self._held}
        scores = {number: close_score(at_hand[number].bgr(), box)}
        if scores[number] < asked / 2:
            return 0.0
        for start in (number - 1, number - 2, number):
            run = [i for i in range(start, start + 3) if i in at_hand]
            if len(run) < min(3, len(at_hand)):
                continue
            for i in run:
                if i not in scores:
                    scores[i] = close_score(at_hand[i].bgr(), box)
            mean = sum(scores[i] for i in run) / len(run)
            if mean >= asked:
                return mean
        return 0.0

    def _note(self, time: MediaTime, box: Box, score: float) -> None:
        for each in self.sightings:
            if each.follows(time, box, within=SAME_FACE):
                each.trail.append((time, box))
                each.score = max(each.score, score)
                return
        self.sightings.append(Sighting([(time, box)], score))


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
    for width in sizes:
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


def _grown(box: Box) -> Box:
    return Box(box.x - box.w // 2, box.y - box.h // 2, 2 * box.w, 2 * box.h)
