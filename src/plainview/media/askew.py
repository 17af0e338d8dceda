# SPDX-License-Identifier: Apache-2.0
"""Faces on their side and upside down: a camera hangs askew, a person lies in the street.

A detector that learned from upright people finds nearly every face up to half a right angle askew, and half of
those on their head. So now and then a picture is also looked at turned by one, two and three right angles, at half
the size. What is seen only there, and at the full size too, is followed from then on, and in the pictures kept since
the last such look, for as long as it shows: a recording in which all stand upright costs little more.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.media.centerface import Boxes, best, detector, iou
from plainview.media.detectors import PACKAGED, Chosen

EVERY, SOON = 36, 12
"""Frames from one look at turned pictures to the next, and for which a turned face is followed after it was seen; and
frames between looks while no upright face is sure, for then the camera itself may hang askew."""

SURE = 0.6
"""Score from which an upright face tells that the camera hangs straight."""

SEEN = 0.4
"""Score from which a face in a turned picture is followed."""

_SMALL = 0.5
_OVERLAP = 0.3

Pixels = NDArray[np.uint8]


class TurnedLooks:
    """When a picture is looked at turned, and the pictures kept for looking back."""

    def __init__(self, *, threshold: float, chosen: Chosen = PACKAGED) -> None:
        self._threshold, self._chosen = threshold, chosen
        self._looked = -EVERY
        """Frame of the last look at turned pictures."""
        self._until: dict[int, int] = {}
        """Right angles of each turn in which something shows, and the last frame to be looked at so."""
        self._kept: list[tuple[int, Pixels]] = []

    def begin(self, number: int) -> None:
        """A new shot begins with this frame: nothing that was seen before is in it."""
        self._looked, self._until, self._kept = number - EVERY, {}, []

    def wants(self, number: int) -> bool:
        """Whether turned pictures are to be looked at in this frame, though upright faces are sure."""
        return number - self._looked >= EVERY or any(until >= number for until in self._until.values())

    def see(self, number: int, picture: Pixels, seen: dict[int, Boxes]) -> None:
        """Add to ``seen``, which holds what the upright picture shows, what turned ones show, here and before."""
        upright = seen[number]
        for turn in sorted(self._until):
            if self._until[turn] >= number:
                self._follow(turn, number, picture, seen, upright)
        if number - self._looked >= (EVERY if (upright[:, 4] >= SURE).any() else SOON):
            self._looked = number
            small = cv2.resize(picture, None, fx=_SMALL, fy=_SMALL, interpolation=cv2.INTER_AREA)
            for turn in (1, 2, 3):
                if self._until.get(turn, -1) < number:
                    found = _look(cast(Pixels, small), turn, threshold=SEEN, chosen=self._chosen)
                    found[:, :4] /= _SMALL
                    if only_there(found, seen[number]) and self._follow(turn, number, picture, seen, upright):
                        for earlier, kept in self._kept:
                            self._follow(turn, earlier, kept, seen, seen[earlier])
            self._kept = []
        self._kept.append((number, picture))

    def _follow(self, turn: int, number: int, picture: Pixels, seen: dict[int, Boxes], upright: Boxes) -> bool:
        """Add what the whole picture shows turned; whether there is a face that the upright one does not show."""
        found = _look(picture, turn, threshold=self._threshold, chosen=self._chosen)
        there = only_there(found[found[:, 4] >= SEEN], upright)
        if there:
            self._until[turn] = max(number + EVERY, self._until.get(turn, 0))
        seen[number] = together(seen[number], found)
        return there


def _look(picture: Pixels, turn: int, *, threshold: float, chosen: Chosen) -> Boxes:
    """What the picture shows when it is turned to the left by this many right angles, in its own pixels."""
    view = np.ascontiguousarray(np.rot90(picture, turn))
    height, width = view.shape[:2]
    found = detector(width, height, chosen).detect(view, threshold=threshold)
    return turned_back(found, turn, width=picture.shape[1], height=picture.shape[0])


def turned_back(boxes: Boxes, turn: int, *, width: int, height: int) -> Boxes:
    """Boxes of a picture turned to the left by right angles where they lie in the picture of this size."""
    left, top, right, bottom, score = boxes.T
    match turn % 4:
        case 1:
            sides = (width - bottom, left, width - top, right)
        case 2:
            sides = (width - right, height - bottom, width - left, height - top)
        case 3:
            sides = (top, height - right, bottom, height - left)
        case _:
            sides = (left, top, right, bottom)
    return np.stack([*sides, score], axis=1).astype(np.float32)


def together(these: Boxes, those: Boxes) -> Boxes:
    """Both, best first; of two that are of one face the better."""
    kept: list[NDArray[np.float32]] = []
    for row in best(np.concatenate([these, those]), overlap=_OVERLAP):
        if not kept or not _of_one_face(row, np.stack(kept)).any():
            kept.append(row)
    return np.stack(kept) if kept else np.zeros((0, 5), np.float32)


def only_there(turned: Boxes, upright: Boxes) -> bool:
    """Whether a turned picture shows a face that the upright one does not."""
    return any(not len(upright) or not _of_one_face(row, upright).any() for row in turned)


def _of_one_face(row: NDArray[np.float32], others: Boxes) -> NDArray[np.bool_]:
    """Which of the others overlap the box well, or hold its middle while theirs lies in it."""
    x, y = (row[0] + row[2]) / 2, (row[1] + row[3]) / 2
    across, down = (others[:, 0] + others[:, 2]) / 2, (others[:, 1] + others[:, 3]) / 2
    held = (others[:, 0] < x) & (x < others[:, 2]) & (others[:, 1] < y) & (y < others[:, 3])
    holds = (row[0] < across) & (across < row[2]) & (row[1] < down) & (down < row[3])
    return np.asarray((held & holds) | (iou(row, others) > _OVERLAP))
