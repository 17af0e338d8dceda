# SPDX-License-Identifier: Apache-2.0
"""Graphic seconds are those in which this recording sees or hears what a person called graphic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plainview.model.exposure import Exposure, Watch, exposure, graphic_within
from plainview.model.moment import Moment, MomentState
from plainview.model.time import SECOND, IncidentTime, MediaSpan, MediaTime
from plainview.model.timeline import Alignment

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
PLACED = Alignment("EX-0001", IncidentTime(100 * SECOND), 0.0, 5_000, "sound", 0.9)


def span(start: float, end: float) -> MediaSpan:
    return MediaSpan(MediaTime(round(start * SECOND)), MediaTime(round(end * SECOND)))


def moment(name: str, start: float, end: float | None, *, graphic: str = "shooting", seen: str = "EX-0001") -> Moment:
    until = None if end is None else IncidentTime(round(end * SECOND))
    return Moment(
        name, "shot", IncidentTime(round(start * SECOND)), until, 0, "t", "", (seen,), (), graphic, MomentState.CONFIRMED
    )


def test_overlapping_graphic_moments_count_once_and_only_inside_the_stretch() -> None:
    """On the case's clock 104 to 108 and 106 to 112 are 4 to 12 s of this recording; 5 to 10 s of it are watched."""
    moments = [moment("m1", 104, 108), moment("m2", 106, 112), moment("m3", 105, 109, graphic="")]

    assert graphic_within("EX-0001", span(5, 10), moments=moments, alignment=PLACED) == 5 * SECOND


def test_a_moment_without_an_end_or_on_another_recorder() -> None:
    """One without an end lasts a second on either side; one that others see only is not graphic here."""
    moments = [moment("m1", 105, None), moment("m2", 101, 109, seen="EX-0002")]

    assert graphic_within("EX-0001", span(0, 10), moments=moments, alignment=PLACED) == 2 * SECOND
    assert graphic_within("EX-0001", span(0, 10), moments=moments, alignment=None) == 0


def test_who_saw_least_stands_first_and_what_is_long_ago_does_not_count() -> None:
    """Spellings of a name are one person; somebody who watched nothing is named with nothing."""
    watches = [
        Watch("C-1", "EX-0001", "R. Ames", span(0, 120), 60 * SECOND, AT - timedelta(days=1)),
        Watch("C-1", "EX-0001", "r. ames", span(0, 60), 0, AT),
        Watch("C-1", "EX-0001", "T. Oyelaran", span(0, 600), 600 * SECOND, AT - timedelta(days=8)),
    ]

    assert exposure(watches, people=["J. Bell"], until=AT, days=7) == (
        Exposure("J. Bell", 0.0, 0.0),
        Exposure("T. Oyelaran", 0.0, 0.0),
        Exposure("r. ames", 3.0, 1.0),
    )
