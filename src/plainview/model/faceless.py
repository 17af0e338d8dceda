# SPDX-License-Identifier: Apache-2.0
"""Persons on whom no face was found: a face that is missed is more often small, turned or dark than absent.

A person is seen by another detector than a face. Where its box has stood for a second without any face in its upper
part, a reviewer is told when; that a head is turned away is for people to see.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from plainview.model.finding import Box, Track
from plainview.model.time import SECOND, MediaSpan, MediaTime

HEAD = 0.5
"""Share of a person's box, from the top, in which a face is looked for: a body is often seen only to the hips."""

LEAST = SECOND
"""Shorter stretches are a face turning."""

APART = SECOND // 2
"""Two pictures without a face that lie no farther apart are of one stretch."""


def faceless(person: Track, faces: Sequence[Track]) -> tuple[MediaSpan, ...]:
    """The stretches in which the person was seen and no face on it."""
    near = [each for each in faces if each.kind == "face" and each.span.overlaps(person.span)]
    looks = [point.at for point in person.points if point.detected]
    seen = [point for point in person.points if looks and looks[0] <= point.at <= looks[-1]]
    bare = [point.at for point in seen if not _faced(point.at, point.box, near)]
    runs: list[list[MediaTime]] = []
    for at in bare:
        if runs and at - runs[-1][-1] <= APART:
            runs[-1].append(at)
        else:
            runs.append([at])
    return tuple(MediaSpan(run[0], run[-1]) for run in runs if run[-1] - run[0] >= LEAST)


def _faced(at: MediaTime, body: Box, faces: Sequence[Track]) -> bool:
    """Whether the middle of a face lies in the upper part of the body's box at that instant."""
    for face in faces:
        index = bisect_left(face.points, at, key=lambda point: point.at)
        if index < len(face.points) and face.points[index].at == at:
            box = face.points[index].box
            x, y = box.x + box.w / 2, box.y + box.h / 2
            if body.x <= x <= body.x + body.w and body.y <= y <= body.y + body.h * HEAD:
                return True
    return False
