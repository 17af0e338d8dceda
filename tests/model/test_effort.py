# SPDX-License-Identifier: Apache-2.0
"""The work ahead is a sum of counted things, in a range; graphic pictures are counted apart."""

from __future__ import annotations

from dataclasses import replace

from plainview.model.effort import Work, estimate

TEN_MINUTES = Work(watch_s=600.0, tracks=(), spoken=0, printed=0, graphic_s=0.0)


def test_a_recording_with_nothing_to_hide_is_watched_by_two_people() -> None:
    effort = estimate(TEN_MINUTES)

    assert (effort.least, effort.minutes, effort.most) == (12, 20, 40)
    assert effort.graphic_minutes == 0


def test_each_thing_to_decide_adds_its_time() -> None:
    effort = estimate(replace(TEN_MINUTES, tracks=((100.0, 0.9),) * 6, spoken=3, printed=10))

    assert effort.minutes == 20 + 6 + 1 + 1
    assert effort.parts[1] == ("faces and plates judged", 6, 6.0)


def test_what_is_hard_to_see_takes_longer_and_is_counted() -> None:
    effort = estimate(replace(TEN_MINUTES, tracks=((100.0, 0.4),) * 6))

    assert effort.minutes == 20 + 12
    assert effort.parts[2] == ("of these hard to see", 6, 0.0)


def test_graphic_pictures_are_counted_for_everybody_who_must_see_them() -> None:
    assert estimate(replace(TEN_MINUTES, graphic_s=90.0)).graphic_minutes == 3.0


def test_an_empty_case_takes_no_time() -> None:
    assert estimate(Work(0.0, (), 0, 0, 0.0)).most == 0
