# SPDX-License-Identifier: Apache-2.0
"""A cover that stops and goes on is a finding, without anybody's detector; where something else is there, it is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audit import small_release as small
from audit.test_following import grain
from audit.test_looking import FACE, PICTURES, film, recording, street, track
from plainview.audit import gaps, pictures
from plainview.audit.outcome import Outcome
from plainview.model.audit import AuditedRecording
from plainview.model.finding import Box
from plainview.model.redaction import Ground, MaskTrack

OTHER = Ground("witness-2", "bystander", "an invented law")


def shown(*bare: int, face: bool = True) -> list[NDArray[np.uint8]]:
    """The street with a covered face, which on the pictures ``bare`` is not covered."""
    return [street(i, face=face, covered=i not in bare) for i in range(PICTURES)]


def night(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same so dark that no detector sees a face."""
    return (picture // 6).astype(np.uint8)


def interrupted(path: Path, seen: list[NDArray[np.uint8]], plan: AuditedRecording) -> list[tuple[str, int, int]]:
    """(subject, first and last picture) of every interruption that was reported."""
    outcome = Outcome()
    pictures.attack_videos([film(path, seen)], plan, outcome)
    return [
        (each.subject, round(each.at * 15e-6), round(each.until * 15e-6))
        for each in outcome.findings
        if each.kind == "cover interrupted" and each.at is not None and each.until is not None
    ]


@pytest.mark.parametrize("last", [10, 12, 14])
def test_a_cover_that_stops_and_goes_on_is_found_however_dark_it_is(tmp_path: Path, last: int) -> None:
    """One picture, three, five; by night, where nobody sees a face."""
    bare = range(10, last + 1)
    plan = recording(track(0, 9), track(last + 1, PICTURES - 1))

    found = interrupted(tmp_path / "v360.mp4", [night(each) for each in shown(*bare)], plan)

    assert found == [("witness-1", 10, last)]


def test_one_leak_is_reported_once_with_its_place_and_whose_it_is(tmp_path: Path) -> None:
    """By day a detector sees the face as well, and the finding is still one."""
    outcome = Outcome()
    plan = recording(track(0, 9), track(13, PICTURES - 1))

    pictures.attack_videos([film(tmp_path / "v360.mp4", shown(10, 11, 12))], plan, outcome)

    (finding,) = outcome.findings
    assert (finding.kind, finding.subject, finding.place) == ("cover interrupted", "witness-1", "v360.mp4")
    assert finding.where == Box(FACE.x - 8, FACE.y - 8, FACE.w + 16, FACE.h + 16)
    assert "3 pictures" in finding.sentence


def test_a_cover_that_goes_on_under_another_name_is_the_same_cover(tmp_path: Path) -> None:
    """The tracker lost it and began anew: another subject, the same place and size."""
    plan = recording(track(0, 9), replace(track(13, PICTURES - 1), ground=OTHER))

    assert interrupted(tmp_path / "v360.mp4", [night(each) for each in shown(10, 11, 12)], plan) == [
        ("witness-1", 10, 12)
    ]


def test_a_larger_cover_of_somebody_else_is_another_cover(tmp_path: Path) -> None:
    """Somebody nearer comes into sight where another one was covered: nothing was interrupted."""
    nearer = tuple((at, Box(box.x - 20, box.y - 30, 2 * box.w, 2 * box.h)) for at, box in track(13, 23).points)
    plan = recording(track(0, 9), MaskTrack(OTHER, nearer))

    assert interrupted(tmp_path / "v360.mp4", [street(i, covered=not 10 <= i < 13) for i in range(PICTURES)], plan) == []


@pytest.mark.parametrize(("one", "found"), [(True, [("witness-1", 10, 12)]), (False, [])])
def test_two_people_under_one_name_beside_each_other_are_no_gap_and_one_in_a_swung_camera_is(
    tmp_path: Path, one: bool, found: list[tuple[str, int, int]]
) -> None:
    """One cover ends, another begins three pictures later a side and a half away: there what surrounds it tells which."""
    wide, way, pictures_ = np.hstack([grain(20), grain(21)]), 22, 20
    seen, before, after = [], [], []
    for i in range(pictures_):
        moved = way * i if one else 0
        picture = np.ascontiguousarray(wide[:, moved : moved + 640])
        box = Box(500 - moved if one else 420 + 78 * (i > 12), 120, 54, 66)
        if not 10 <= i <= 12:
            picture[box.y : box.y + box.h, box.x : box.x + box.w] = 0
            (before if i < 10 else after).append((small.instants()[i], box))
        seen.append(picture)
    plan = recording(MaskTrack(small.WITNESS, tuple(before)), MaskTrack(small.WITNESS, tuple(after)))

    assert interrupted(tmp_path / "v360.mp4", seen, plan) == found


def test_after_a_cut_something_else_is_there(tmp_path: Path) -> None:
    """Three pictures of quite another scene were cut in: the cover belongs to the scene around them."""
    seen = shown()
    for i in (10, 11, 12):
        seen[i] = np.ascontiguousarray(255 - np.rot90(seen[i], 2) // 2)
    plan = recording(track(0, 9), track(13, PICTURES - 1))

    assert interrupted(tmp_path / "v360.mp4", seen, plan) == []


def test_what_a_person_decided_to_show_is_no_gap(tmp_path: Path) -> None:
    kept = MaskTrack(Ground("witness-1", "kept", ""), track(10, 12).points)
    plan = replace(recording(track(0, 9), track(13, PICTURES - 1)), kept=(kept,))

    assert interrupted(tmp_path / "v360.mp4", shown(10, 11, 12), plan) == []


def test_a_gap_in_the_plan_alone_shows_nothing(tmp_path: Path) -> None:
    """The plan forgot three pictures, but what covers the rest covers them too: nothing can be seen."""
    plan = recording(track(0, 9), track(13, PICTURES - 1))

    assert interrupted(tmp_path / "v360.mp4", shown(), plan) == []


def test_a_camera_swung_about_stays_in_its_scene_and_a_cut_does_not() -> None:
    wall = np.random.default_rng(5).integers(0, 255, (30, 60)).repeat(6, axis=0).repeat(6, axis=1).astype(np.uint8)
    here, swung, elsewhere = wall[:90, :160], wall[20:110, 40:200], (wall[60:150, 200:360] // 4)

    assert gaps.same_scene(here, swung)
    assert not gaps.same_scene(here, elsewhere)


def test_a_sliver_at_the_edge_of_the_picture_hides_nobody(tmp_path: Path) -> None:
    """Somebody half gone: what is left of the cover flickers at the edge, and nothing can be seen there."""
    sliver = Box(FACE.x, 0, FACE.w, 6)
    parts = [tuple((at, sliver) for at, _ in track(*span).points) for span in ((0, 9), (13, PICTURES - 1))]
    plan = recording(*(MaskTrack(OTHER, points) for points in parts))

    assert interrupted(tmp_path / "v360.mp4", [street(i) for i in range(PICTURES)], plan) == []


def test_skin_that_is_almost_black_is_not_taken_for_a_cover(tmp_path: Path) -> None:
    """By night a face is a flat patch seven levels above the fill: between two covers of it that is a gap all the same."""
    bare = range(10, 13)
    seen = [street(i, face=True, covered=True) for i in range(PICTURES)]
    for i in bare:
        seen[i][FACE.y - 8 : FACE.y + FACE.h + 8, FACE.x - 8 : FACE.x + FACE.w + 8] = 8

    found = interrupted(tmp_path / "v360.mp4", seen, recording(track(0, 9), track(13, PICTURES - 1)))

    assert found == [("witness-1", 10, 12)]
