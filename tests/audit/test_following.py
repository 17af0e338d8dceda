# SPDX-License-Identifier: Apache-2.0
"""A face in a camera that is swung is in another place on every picture: it is followed, or a cover's place is carried."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from audit import small_release as small
from audit.test_looking import FACE, film, recording, seen_in
from plainview.audit.following import drift, followed, moved
from plainview.model.finding import Box
from plainview.model.redaction import MaskTrack

SWING = 26
"""Pixels from picture to picture: more than half of the face's width."""


def grain(seed: int) -> NDArray[np.uint8]:
    """A picture in which every place is unlike every other."""
    drawn = np.random.default_rng(seed).normal(128, 60, (45, 80, 3)).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(drawn, (640, 360), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize(("across", "down"), [(0, 0), (37, 0), (-20, 31), (3, -44)])
def test_a_place_is_found_again_where_it_went(across: int, down: int) -> None:
    before = grain(1)
    now = np.roll(before, (down, across), axis=(0, 1))

    found = followed(before, Box(300, 150, 40, 48), now)

    assert abs(found.x - 300 - across) <= 2
    assert abs(found.y - 150 - down) <= 2
    assert (found.w, found.h) == (40, 48)


def test_what_is_gone_is_looked_for_where_it_was() -> None:
    """After a cut, or under a cover, nothing resembles it; a place at the edge or outside is no error."""
    flat = np.full((360, 640, 3), 90, np.uint8)

    assert followed(grain(1), Box(300, 150, 40, 48), flat) == Box(300, 150, 40, 48)
    assert followed(grain(1), Box(630, 350, 40, 48), grain(2)) == Box(630, 350, 40, 48)
    assert followed(grain(1), Box(700, 400, 40, 48), grain(2)) == Box(700, 400, 40, 48)


def test_the_whole_picture_says_how_far_a_covered_place_went() -> None:
    before = cv2.resize(cv2.cvtColor(grain(3), cv2.COLOR_BGR2GRAY), (160, 90), interpolation=cv2.INTER_AREA)
    now = np.roll(before, (-2, 5), axis=(0, 1))

    across, down = drift(np.asarray(before, np.uint8), np.asarray(now, np.uint8))

    assert (across, down) == pytest.approx((5, -2), abs=0.5)
    assert moved(Box(10, 20, 30, 40), 4 * across, 4 * down) == Box(10 + round(4 * across), 20 + round(4 * down), 30, 40)


def swung(bare: range, *, first: int) -> tuple[list[NDArray[np.uint8]], MaskTrack]:
    """The street filmed by a camera that is swung; a face is covered from picture ``first`` on, and away before ``bare``."""
    wide = cv2.resize(small.scene(0), (small.WIDTH * 3, small.HEIGHT), interpolation=cv2.INTER_CUBIC)
    shown, points = [], []
    for i in range(24):
        picture = np.ascontiguousarray(wide[:, i * SWING : i * SWING + small.WIDTH])
        x = 560 - i * SWING
        if i in bare:
            small._paste(picture, small.face("vane", FACE.w, FACE.h), x, FACE.y)
        elif i >= first and x > 0:
            box = Box(max(0, x - 8), FACE.y - 8, min(FACE.w + 16, x + FACE.w + 8), FACE.h + 16)
            picture[box.y : box.y + box.h, box.x : box.x + box.w] = 0
            points.append((small.instants()[i], box))
        shown.append(picture)
    return shown, MaskTrack(small.WITNESS, tuple(points))


def test_a_face_bare_on_three_pictures_before_its_cover_is_found_in_a_swung_camera(tmp_path: Path) -> None:
    shown, cover = swung(range(9, 12), first=12)

    found = seen_in([film(tmp_path / "v360.mp4", shown)], recording(cover))

    assert found.keys() == {"v360.mp4"}
    assert found["v360.mp4"] <= {8, 9, 10, 11, 12}


def test_a_swung_street_whose_face_is_covered_throughout_raises_no_alarm(tmp_path: Path) -> None:
    shown, cover = swung(range(0), first=0)

    assert seen_in([film(tmp_path / "v360.mp4", shown)], recording(cover)) == {}
