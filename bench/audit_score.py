# SPDX-License-Identifier: Apache-2.0
"""Which missing covers were found, and which findings are no face: the scorer of ``bench/audit.py``."""

from __future__ import annotations

from dataclasses import dataclass

from bench.audit_clips import FPS, Hole, Place
from plainview.model.finding import Box
from plainview.model.time import MediaTime

Trail = list[tuple[MediaTime, Box]]
"""One finding: where it was at which instants."""


@dataclass(frozen=True)
class Score:
    """Holes found, holes missed, and findings that lie on no face."""

    found: tuple[Hole, ...]
    missed: tuple[Hole, ...]
    false: int


def score(findings: list[Trail], holes: list[Hole], faces: list[list[Place]], *, fps: int = FPS) -> Score:
    """A hole is found when a finding lies on its face on a picture of the hole, one picture early or late at most.

    A finding is false when at none of its instants it lies on any face, covered or not.
    """
    missed = tuple(hole for hole in holes if not any(_meets(trail, hole, fps) for trail in findings))
    false = sum(not any(_on_a_face(at, box, faces, fps) for at, box in trail) for trail in findings)
    return Score(tuple(hole for hole in holes if hole not in missed), missed, false)


def _meets(trail: Trail, hole: Hole, fps: int) -> bool:
    for at, box in trail:
        number = round(at * fps / 1_000_000)
        near = min(max(number, hole.first), hole.first + len(hole.places) - 1)
        if abs(number - near) <= 1 and _on(box, hole.places[near - hole.first]):
            return True
    return False


def _on_a_face(at: MediaTime, box: Box, faces: list[list[Place]], fps: int) -> bool:
    number = round(at * fps / 1_000_000)
    return any(_on(box, place[min(number, len(place) - 1)]) for place in faces)


def _on(box: Box, place: Place) -> bool:
    """Whether the middle of a finding is less than the face's size from the face's middle, and it is no giant."""
    x, y, w, h = place
    across, down = abs(box.x + box.w / 2 - x - w / 2), abs(box.y + box.h / 2 - y - h / 2)
    return across < w and down < h and box.w < 4 * w
