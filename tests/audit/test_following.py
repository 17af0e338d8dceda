# SPDX-License-Identifier: Apache-2.0
"""A face in a camera that is swung is in another place on every picture: it is followed, or a cover's place is carried."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from audit import small_release as small
from audit.test_looking import FACE, _sees_red, film, recording, seen_in
from plainview.audit import looking
from plainview.audit.following import drift, followed, moved, surroundings
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


def test_a_covered_place_is_found_by_what_surrounds_it_and_only_where_that_is() -> None:
    """The picture moved by 31 and -12 pixels and was thought to have moved by 20 and 0; or it shows something else."""
    before = grain(4)
    now = np.roll(before, (-12, 31), axis=(0, 1))
    before[150:214, 300:350] = 0

    found, alike = surroundings(before, Box(300, 150, 50, 64), now, Box(320, 150, 50, 64))
    _, other = surroundings(before, Box(300, 150, 50, 64), grain(5), Box(320, 150, 50, 64))

    assert abs(found.x - 331) <= 2
    assert abs(found.y - 138) <= 2
    assert alike > looking.THERE > other
    assert surroundings(before, Box(2, 150, 50, 64), now, Box(20, 150, 50, 64))[1] > looking.THERE
    assert surroundings(before, Box(-40, -40, 50, 64), now, Box(0, 0, 50, 64))[1] == 0
    assert surroundings(before, Box(300, 150, 50, 64), now, Box(900, 150, 50, 64))[1] == 0


@pytest.mark.parametrize(
    ("swing", "score", "there"), [(0, 0.2, True), (24, 0.2, True), (24, 0.2, False), (44, 0.0, True), (44, 0.0, False)]
)
def test_the_more_a_face_is_smeared_the_less_is_asked_where_its_cover_begins_on_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swing: int, score: float, there: bool
) -> None:
    """If what is around a cover was there on the pictures before it, so was the face, whatever a detector says."""
    families = (_sees_red("first", score), _sees_red("second", score))
    monkeypatch.setattr(looking, "second_detector", lambda: families[0])
    monkeypatch.setattr(looking, "every_detector", lambda: families)
    wide, elsewhere = (np.hstack([grain(seed + i) for i in range(3)]) for seed in (6, 16))
    shown, points = [], []
    for i in range(13):
        picture, x = np.ascontiguousarray(wide[:, i * swing : i * swing + 640]), 560 - i * swing
        if i < 10 and not there:
            picture[40:260, max(0, x - 90) : x + 140] = elsewhere[40:260, max(0, x - 90) : x + 140][:, : 640 - max(0, x - 90)]
        picture[FACE.y : FACE.y + FACE.h, x : x + FACE.w] = (220, 20, 20)
        if i >= 10:
            points.append((small.instants()[i], Box(x - 8, FACE.y - 8, FACE.w + 16, FACE.h + 16)))
            picture[FACE.y - 8 : FACE.y + FACE.h + 8, x - 8 : x + FACE.w + 8] = 0
        shown.append(picture)
    plan = recording(MaskTrack(small.WITNESS, tuple(points)))

    assert seen_in([film(tmp_path / "v360.mp4", shown)], plan).keys() == ({"v360.mp4"} if there and swing else set())


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
