# SPDX-License-Identifier: Apache-2.0
"""Clocks that recordings carry: burned in, in the container, in the name. Claims, each with its doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media.films import clock_film
from plainview.media import clocks
from plainview.model.case import Probe
from plainview.model.time import MediaTime

LOCAL = datetime.fromisoformat
"""Times without a zone, as recorders that name none show them."""

FIRST = datetime(2026, 3, 15, 2, 40, 10, 420_000, tzinfo=UTC)


def test_a_body_camera_clock_is_read_to_the_frame(tmp_path: Path) -> None:
    """The second changes 0.58 s into the film: every reading puts media time 0 within a frame of it."""
    path = clock_film(
        tmp_path / "bwc.mp4", lines=lambda t: (t.strftime("%Y-%m-%d T%H:%M:%SZ"), "BODY 3  X60A3127K"), first=FIRST
    )

    readings = clocks.overlay(path, exhibit="EX-0001")

    assert readings
    for reading in readings:
        assert reading.reads.utcoffset() == timedelta(0)
        start = reading.reads - timedelta(microseconds=reading.at)
        assert abs(start - FIRST) <= timedelta(microseconds=reading.uncertainty)
        assert reading.uncertainty <= 60_000
        assert "X60A3127K" in reading.text


def test_a_shop_clock_without_zone_stays_without_zone(tmp_path: Path) -> None:
    """No zone is invented for a recorder that names none."""
    path = clock_film(
        tmp_path / "shop.mp4", lines=lambda t: ("CALDER MARKET CH02", t.strftime("%Y/%m/%d %H:%M:%S")), first=FIRST
    )

    readings = clocks.overlay(path, exhibit="EX-0002")

    assert readings
    assert all(reading.reads.tzinfo is None for reading in readings)


def test_a_printed_date_that_does_not_tick_is_no_clock(tmp_path: Path) -> None:
    """A frozen or merely printed time is not a clock reading."""
    path = clock_film(tmp_path / "frozen.mp4", lines=lambda _: ("2026-03-15 02:40:11",), first=FIRST, seconds=8)

    assert clocks.overlay(path, exhibit="EX-0003") == []


def test_a_film_without_a_clock_has_no_reading(tmp_path: Path) -> None:
    """Nothing burned in: an empty list."""
    assert (
        clocks.overlay(clock_film(tmp_path / "none.mp4", lines=lambda _: (), first=FIRST, seconds=3), exhibit="x") == []
    )


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("2026-03-15 T02:40:12Z", datetime(2026, 3, 15, 2, 40, 12, tzinfo=UTC)),
        ("2O26-O3-15 T02:4O:12Z", datetime(2026, 3, 15, 2, 40, 12, tzinfo=UTC)),
        ("03/14/2026 09:40:12 PM", LOCAL("2026-03-14 21:40:12")),
        ("2026/03/1502:40:12", LOCAL("2026-03-15 02:40:12")),
        ("14.03.2026 21:40:12", LOCAL("2026-03-14 21:40:12")),
        ("2026-03-14 21:40:12 -0500", datetime(2026, 3, 15, 2, 40, 12, tzinfo=UTC)),
        ("2026-03-14 25:40:12", None),
        ("CALL 555-0134 NOW", None),
    ],
)
def test_recognised_text_is_read_as_a_clock(text: str, reads: datetime | None) -> None:
    """The forms recorders use, and the recogniser's usual slips."""
    assert clocks.parse_clock(text) == reads


@pytest.mark.parametrize(
    ("name", "reads", "doubt_s"),
    [
        ("AXON_Body_3_Video_2026-03-14_2140_X60A3127K.mp4", LOCAL("2026-03-14 21:40:30"), 30),
        ("CAM114_CALDER_9TH_20260314_214004.mp4", LOCAL("2026-03-14 21:40:04"), 1),
        ("ch02_20260314214422.mp4", LOCAL("2026-03-14 21:44:22"), 1),
        ("PXL_20260315_024031123.mp4", datetime(2026, 3, 15, 2, 40, 31, tzinfo=UTC), 1),
        ("IMG_4471.mov", None, 0),
        ("call 20269914_214012.wav", None, 0),
    ],
)
def test_file_names_carry_clocks(name: str, reads: datetime | None, doubt_s: int) -> None:
    """Dates and times in names, with the doubt of what they leave out."""
    reading = clocks.file_name_clock(name, exhibit="EX-1")

    assert (reading.reads if reading else None) == reads
    if reading is not None:
        assert reading.uncertainty == doubt_s * 1_000_000


def test_a_container_clock_may_mean_start_or_end() -> None:
    """Its doubt is the recording's whole length."""
    described = Probe("mp4", MediaTime(60_000_000), None, None, started=FIRST)

    reading = clocks.container_clock(described, exhibit="EX-1")

    assert reading is not None
    assert (reading.reads, reading.uncertainty) == (FIRST, 61_000_000)
