# SPDX-License-Identifier: Apache-2.0
"""Where a place of one picture lies on its neighbours, when the camera or who is filmed moves.

What this module keeps true: a place that shows is followed by what it shows; a place that is covered can only be
followed by how the whole picture moved, and then by what surrounds it. Where none can be told the place is taken to
stay where it is, so a look is lost at worst, never a picture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.audit.faces import Pixels
from plainview.model.finding import Box

PATCH = 24
"""Pixels to which the longer side of a place is brought: enough to be told from what is around it."""
REACH = 1.5
"""Sides of the place that it may move from one picture to the next, on each side."""
ALIKE = 0.4
"""Correlation from which two places show the same."""
RIM, ASTRAY = 0.5, 0.75
"""Sides of a covered place: how wide its surroundings are taken, and how far the picture's movement may mislead."""
ENOUGH = 0.4
"""Share of the surroundings that must lie in the picture."""
CERTAIN = 0.05
"""Height of the peak of phase correlation from which the movement of the whole picture is believed."""


def followed(before: Pixels, place: Box, now: Pixels) -> Box:
    """The place on the next picture that shows what ``place`` showed; where nothing resembles it, the same place."""
    reach = round(REACH * max(place.w, place.h))
    left, top, right, bottom = (max(0, each) for each in (place.x, place.y, place.x + place.w, place.y + place.h))
    patch = before[top:bottom, left:right]
    from_x, from_y = max(0, left - reach), max(0, top - reach)
    around = now[from_y : bottom + reach, from_x : right + reach]
    # A strip at the edge of the picture, or nothing: too little to know it by.
    if patch.shape[0] * patch.shape[1] * 2 < place.w * place.h:
        return place
    scale = min(1.0, PATCH / max(place.w, place.h))
    small, wide = _grey(patch, scale), _grey(around, scale)
    if small.shape[0] > wide.shape[0] or small.shape[1] > wide.shape[1]:
        return place
    _, height, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(wide, small, cv2.TM_CCOEFF_NORMED))
    if height < ALIKE:
        return place
    return Box(place.x - left + from_x + round(x / scale), place.y - top + from_y + round(y / scale), place.w, place.h)


def _grey(picture: Pixels, scale: float) -> Pixels:
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def drift(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> tuple[float, float]:
    """How far the whole picture moved between two miniatures, in their pixels; no way where it cannot be told."""
    window = cv2.createHanningWindow((now.shape[1], now.shape[0]), cv2.CV_32F)
    (across, down), height = cv2.phaseCorrelate(before.astype(np.float32), now.astype(np.float32), window)
    return (across, down) if height >= CERTAIN else (0.0, 0.0)


def surroundings(before: Pixels, place: Box, now: Pixels, near: Box) -> tuple[Box, float]:
    """Where what surrounds ``place`` lies around ``near`` on another picture, and how alike it is there: 1 the same.

    What lies inside counts for nothing: on one of the two it is covered. Where the edge of a picture leaves little, 0.
    """
    rim, reach = round(RIM * max(place.w, place.h)), round((RIM + ASTRAY) * max(place.w, place.h))
    from_x, from_y = max(0, place.x - rim), max(0, place.y - rim)
    left, top = max(0, near.x - reach), max(0, near.y - reach)
    cut = before[from_y : max(0, place.y + place.h + rim), from_x : max(0, place.x + place.w + rim)]
    around = now[top : max(0, near.y + near.h + reach), left : max(0, near.x + near.w + reach)]
    whole = (place.w + 2 * rim) * (place.h + 2 * rim)
    scale = min(1.0, 2 * PATCH / max(place.w + 2 * rim, place.h + 2 * rim))
    if cut.shape[0] * cut.shape[1] < ENOUGH * whole or min(around.shape[:2]) < 2:
        return near, 0.0
    small, wide = _grey(cut, scale), _grey(around, scale)
    if small.shape[0] > wide.shape[0] or small.shape[1] > wide.shape[1]:
        return near, 0.0
    outside = np.ones(small.shape, np.uint8)
    inner_x, inner_y = int((place.x - from_x) * scale) - 1, int((place.y - from_y) * scale) - 1
    end_x, end_y = inner_x + round(place.w * scale) + 3, inner_y + round(place.h * scale) + 3
    outside[max(0, inner_y) : end_y, max(0, inner_x) : end_x] = 0
    likeness = cv2.matchTemplate(wide, small, cv2.TM_CCOEFF_NORMED, mask=outside)
    # Where nothing differs from anything the formula divides by nothing.
    likeness[~np.isfinite(likeness) | (likeness > 1.01)] = 0
    _, height, _, (x, y) = cv2.minMaxLoc(likeness)
    found_x, found_y = left + round(x / scale) + place.x - from_x, top + round(y / scale) + place.y - from_y
    return Box(found_x, found_y, place.w, place.h), float(height)


def moved(box: Box, across: float, down: float) -> Box:
    """The box so many pixels further right and down."""
    return Box(box.x + round(across), box.y + round(down), box.w, box.h)
