# SPDX-License-Identifier: Apache-2.0
"""Covers that stop and go on: what they hid is still there in between, whether or not a detector sees it.

What this module keeps true:

1. No detector is asked, so neither dark nor angle nor size lets a cover that was left out pass.
2. It speaks only where the covers before and after are plainly of one thing, and where one picture follows the other
   without a cut: after a cut something else may be there. Where the second does not begin in the place of the first,
   what surrounds both must be the same: several people may be hidden under one name.
3. What lies under another cover, what a person decided to show, and what is filled as covers are, is no finding.

>>> gaps = GapWatch(masks); gaps.see(frame, time, small=miniature(frame)); gaps.end(usual)      # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.audit.coverage import SNAP, MaskPlaces, Pause, Placed, Shade, inside, shade
from plainview.audit.faces import Pixels
from plainview.audit.following import surroundings
from plainview.audit.opening import planes
from plainview.model.finding import Box
from plainview.model.time import MediaTime

_MATCHED = 0.3
"""Height of the peak when one picture is slid over the next (phase correlation) from which both show one scene. Of 634
pairs of pictures in a row, of swung and of fixed cameras, all but two at true cuts reach 0.67; of 270 pairs from
different scenes the highest reaches 0.29."""
SLIVER = 20
"""Pixels: what is left of a cover at the picture's edge hides nobody when it is narrower."""
FILLED = 4
"""Levels from the film's usual fill within which an interrupted place is filled all the same. Fills stray by 1; skin by
night lies 6 and more above black, and as flat."""
_HARDLY = 8
"""Mean grey levels below which two pictures differ too little to tell anything of a cut, as by night."""


_SURROUNDED = 0.7
"""Likeness of what surrounds two covers from which they are of one thing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One cover that was interrupted: whose, and where it would have been on each bare picture (rendition's pixels)."""

    subject: str
    trail: tuple[tuple[MediaTime, Box], ...]


@dataclass(slots=True)
class _Open:
    """One interruption while it lasts: what shows at its place, and whether the scene stayed the same."""

    shown: list[tuple[MediaTime, Box, Shade | None]] = field(default_factory=list)
    same_scene: bool = True
    covered: Pixels | None = None
    """The last picture with the first cover, kept where its surroundings will be asked for."""
    same_thing: bool = True

    @property
    def speaks(self) -> bool:
        return self.same_scene and self.same_thing


@dataclass(slots=True)
class GapWatch:
    """The look-out for interrupted covers over one rendition. Give it every picture in order, then ask."""

    masks: MaskPlaces
    _open: dict[Pause, _Open] = field(default_factory=dict)
    _before: NDArray[np.uint8] | None = None
    _last: Any = None
    """The picture before, as the decoder gave it."""

    def see(self, frame: Any, time: MediaTime, *, small: NDArray[np.uint8]) -> None:
        """One more picture; ``small`` is its grey miniature."""
        for pause in self.masks.pauses_until(time):
            if not pause.of_one_thing:
                continue
            state = self._open.get(pause) or self._opened(pause)
            state.same_scene &= self._before is None or same_scene(self._before, small)
            box = self.masks.paused(pause, time)
            if time < pause.end and not self.masks.decided(time, box):
                area = inside(Placed(box, "ellipse", "", -1), width=frame.width, height=frame.height)
                if area is not None and min(box.w, box.h) >= SLIVER:
                    state.shown.append((time, box, shade(planes(frame), area)))
            if time >= pause.end - SNAP and state.covered is not None:
                first, second = (self.masks.paused(pause, at) for at in (pause.start, pause.end))
                now = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                state.same_thing = surroundings(state.covered, first, now, second)[1] >= _SURROUNDED
                state.covered = None
        self._before, self._last = small, frame

    def _opened(self, pause: Pause) -> _Open:
        last = None if pause.in_place or self._last is None else self._last.to_ndarray(format="bgr24")
        return self._open.setdefault(pause, _Open(covered=last))

    def speaks_of(self, pause: Pause) -> bool:
        """Whether an interruption is a finding as far as has been seen, if anything shows."""
        return pause in self._open and self._open[pause].speaks

    def end(self, usual: NDArray[np.float64] | None) -> list[Gap]:
        """Every interruption that shows something; ``usual`` is the fill of this film's covers, None without any."""
        gaps = []
        for pause, state in self._open.items():
            bare = [(time, box) for time, box, found in state.shown if not _filled(found, usual)]
            if state.speaks and bare:
                gaps.append(Gap(pause.subject, tuple(bare)))
        return sorted(gaps, key=lambda gap: (gap.trail[0][0], gap.subject))


def _filled(found: Shade | None, usual: NDArray[np.float64] | None) -> bool:
    if found is None or usual is None:
        return False
    return float(np.max(np.abs(np.array(found) - usual))) <= FILLED


def same_scene(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> bool:
    """Whether two miniatures that follow each other show one scene, however fast the camera moved."""
    if float(np.abs(before.astype(np.int16) - now).mean()) < _HARDLY:
        return True
    _, height = cv2.phaseCorrelate(before.astype(np.float32), now.astype(np.float32))
    return height >= _MATCHED
