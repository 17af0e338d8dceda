# SPDX-License-Identifier: Apache-2.0
"""Two clocks in whole microseconds: what is put in comes out, and text never runs ahead of time."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainview.model.time import (
    IncidentSpan,
    IncidentTime,
    MediaSpan,
    MediaTime,
    clock_text,
    incident_seconds,
    instant,
    iso_utc,
    media_seconds,
    union,
)

EPOCH = datetime(2026, 3, 14, 21, 41, tzinfo=timezone(timedelta(hours=-5)))
spans = st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(
    lambda pair: MediaSpan(MediaTime(min(pair)), MediaTime(max(pair)))
)


@pytest.mark.parametrize("kind", [MediaSpan, IncidentSpan])
def test_a_span_cannot_end_before_it_starts(kind: type) -> None:
    """A backward span is a mistake of the caller, caught where it is made."""
    with pytest.raises(ValueError, match="ends before it starts"):
        kind(2, 1)


def test_spans_that_only_touch_do_not_overlap() -> None:
    """Half-open: the end is not part of a span."""
    first, second = MediaSpan(MediaTime(0), MediaTime(10)), MediaSpan(MediaTime(10), MediaTime(20))

    assert not first.overlaps(second)
    assert first.overlaps(MediaSpan(MediaTime(9), MediaTime(10)))
    assert first.length == 10


@given(st.lists(spans, max_size=12), st.integers(0, 50))
def test_a_union_covers_the_same_instants_in_order(given_spans: list[MediaSpan], gap: int) -> None:
    """Every input lies in one result; results are sorted and further apart than the gap."""
    merged = union(given_spans, gap=gap)

    for span in given_spans:
        assert any(m.start <= span.start and span.end <= m.end for m in merged)
    for first, second in itertools.pairwise(merged):
        assert second.start > first.end + gap
    assert {m.start for m in merged} <= {s.start for s in given_spans}
    assert {m.end for m in merged} <= {s.end for s in given_spans}


@given(st.floats(-1e6, 1e6))
def test_seconds_become_the_nearest_microsecond(seconds: float) -> None:
    """Half a microsecond is the most that is lost."""
    assert abs(media_seconds(seconds) / 1e6 - seconds) <= 0.6e-6
    assert int(media_seconds(seconds)) == int(incident_seconds(seconds))


def test_clock_text_is_cut_and_never_rounded_up() -> None:
    """21:41:59.9999 is not yet 21:42."""
    at = IncidentTime(59_999_900)

    assert clock_text(at, EPOCH) == "21:41:59.999"
    assert clock_text(at, EPOCH, digits=0) == "21:41:59"
    assert clock_text(at, EPOCH, digits=6) == "21:41:59.999900"
    assert clock_text(IncidentTime(-1), EPOCH, digits=1) == "21:40:59.9"


@given(st.integers(-(10**12), 10**12))
def test_an_instant_is_as_far_from_the_epoch_as_was_said(at: int) -> None:
    """In any zone, also when its clocks change in between."""
    epoch = datetime(2026, 3, 8, 1, 59, 30, tzinfo=ZoneInfo("America/Chicago"))

    for each in (EPOCH, epoch):
        found = instant(IncidentTime(at), each)
        assert found.astimezone(UTC) - each.astimezone(UTC) == timedelta(microseconds=at)
        assert found.tzinfo is each.tzinfo


def test_the_clock_jumps_when_summer_time_begins() -> None:
    """One minute after 01:59:30 on that night it is 03:00:30."""
    epoch = datetime(2026, 3, 8, 1, 59, 30, tzinfo=ZoneInfo("America/Chicago"))

    assert clock_text(IncidentTime(60_000_000), epoch, digits=0) == "03:00:30"


def test_logs_are_in_utc_and_whole_seconds() -> None:
    """The form that custody entries and manifests use."""
    assert iso_utc(EPOCH + timedelta(seconds=4.9)) == "2026-03-15T02:41:04Z"
