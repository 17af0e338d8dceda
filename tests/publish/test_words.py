# SPDX-License-Identifier: Apache-2.0
"""How times, lengths and sizes are said."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainview.model.time import SECOND, IncidentSpan, IncidentTime, incident_seconds
from plainview.publish import words
from plainview.publish.strip import ticks

EPOCH = datetime(2026, 3, 14, 23, 59, 50, tzinfo=timezone(timedelta(hours=-5)))


def test_times_after_midnight_say_a_m() -> None:
    """Ten seconds before midnight plus twelve is 12:00:02 a.m."""
    assert words.full_clock(incident_seconds(12), EPOCH) == "12:00:02 a.m."
    assert words.address(incident_seconds(12.25), EPOCH) == "00:00:02.2"


@pytest.mark.parametrize(
    ("us", "said"),
    [(400_000, "0 s"), (8 * SECOND, "8 s"), (208 * SECOND, "3 min 28 s"), (2643 * SECOND, "44 min 03 s"), (3720 * SECOND, "1 h 02 min")],
)
def test_lengths(us: int, said: str) -> None:
    """A length is said as a person would."""
    assert words.length(us) == said


def test_an_error_bar_is_never_rounded_down() -> None:
    """21 ms is said as 0.03 s, a minute and a bit as 61 s."""
    assert (words.error_bar(21_000), words.error_bar(60_100_000)) == ("± 0.03 s", "± 61 s")


@given(st.text())
def test_visible_text_holds_no_mark_that_moves_text(text: str) -> None:
    """Whatever is delivered, nothing shown can reverse, hide or end a line."""
    shown = words.visible(text)
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\x00\x1b\x85")


@given(st.integers(-10**9, 10**9), st.integers(SECOND, 10**10))
def test_ticks_are_few_ordered_and_inside(start: int, long: int) -> None:
    """At most seven ticks, in order, away from both edges."""
    span = IncidentSpan(IncidentTime(start), IncidentTime(start + long))
    found = [tick.x for tick in ticks(span, EPOCH, most=7)]
    assert len(found) <= 8
    assert found == sorted(found)
    assert all(4 < x < 96 for x in found)

