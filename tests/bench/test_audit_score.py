# SPDX-License-Identifier: Apache-2.0
"""The scorer of the audit's own figures: what counts as found, and what as a false alarm."""

from __future__ import annotations

from bench.audit_clips import FPS, Hole, Place
from bench.audit_score import score

from plainview.model.finding import Box
from plainview.model.time import MediaTime

FACE: Place = (100.0, 100.0, 40.0, 40.0)
FACES: list[list[Place]] = [[FACE] * 60]
HOLE = Hole(0, 20, (FACE, FACE, FACE))


def at(picture: int) -> MediaTime:
    return MediaTime(round(picture * 1_000_000 / FPS))


def test_a_finding_on_the_uncovered_face_finds_it() -> None:
    found = score([[(at(21), Box(95, 105, 44, 40))]], [HOLE], FACES)

    assert (found.found, found.missed, found.false) == ((HOLE,), (), 0)


def test_one_picture_early_or_late_still_finds_it_and_two_do_not() -> None:
    for picture, found in ((18, False), (19, True), (23, True), (24, False)):
        assert score([[(at(picture), Box(100, 100, 40, 40))]], [HOLE], FACES).found == ((HOLE,) if found else ())


def test_a_finding_beside_every_face_is_false_and_finds_nothing() -> None:
    found = score([[(at(21), Box(400, 300, 40, 40))]], [HOLE], FACES)

    assert (found.found, found.missed, found.false) == ((), (HOLE,), 1)


def test_a_finding_that_takes_in_half_the_picture_finds_nothing() -> None:
    found = score([[(at(21), Box(0, 0, 240, 240))]], [HOLE], FACES)

    assert (found.found, found.false) == ((), 1)


def test_a_face_seen_while_it_should_be_covered_is_no_false_alarm_but_finds_no_hole() -> None:
    found = score([[(at(50), Box(100, 100, 40, 40))]], [HOLE], FACES)

    assert (found.found, found.false) == ((), 0)
