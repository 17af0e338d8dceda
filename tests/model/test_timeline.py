# SPDX-License-Identifier: Apache-2.0
"""Only an alignment converts between the two clocks, and back again to the microsecond."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from plainview.model.time import IncidentSpan, IncidentTime, MediaSpan, MediaTime
from plainview.model.timeline import Alignment, Timeline

HOURS = 12 * 3600 * 1_000_000
alignments = st.builds(
    Alignment,
    st.just("EX-0001"),
    st.integers(-HOURS, HOURS),
    st.floats(-200, 200),
    st.integers(0, 10_000_000),
    st.just("sound"),
    st.floats(0, 1),
)


@given(alignments, st.integers(0, HOURS))
def test_there_and_back_is_where_one_started(alignment: Alignment, at: int) -> None:
    """Rounding costs at most one microsecond over twelve hours and 200 parts per million."""
    assert abs(alignment.media(alignment.incident(MediaTime(at))) - at) <= 1


@given(alignments, st.integers(0, HOURS), st.integers(1, HOURS))
def test_time_never_runs_backwards(alignment: Alignment, at: int, later: int) -> None:
    """What comes later in a recording comes later, or at the same microsecond, in the incident."""
    assert alignment.incident(MediaTime(at)) <= alignment.incident(MediaTime(at + later))


def test_drift_is_counted_in_parts_per_million() -> None:
    """A clock slow by 100 ppm is 0.36 s behind after an hour."""
    alignment = Alignment("EX-0001", IncidentTime(5), 100.0, 0, "sound", 1.0)

    assert alignment.incident(MediaTime(3_600_000_000)) == 5 + 3_600_000_000 + 360_000


def test_no_drift_and_a_drift_not_known_are_two_things() -> None:
    """A clock that was found true says by how much it may be off; of one that nothing tells, nothing is said."""
    found = Alignment("EX-0001", IncidentTime(0), 0.0, 0, "sound", 1.0, drift_uncertainty_ppm=0.8)

    assert found.drift_text == "+0.0 ± 0.8 ppm"
    assert replace(found, drift_uncertainty_ppm=None).drift_text == "not known"
    assert replace(found, drift_ppm=12.0, drift_uncertainty_ppm=None, how="decided").drift_text == "+12.0 ppm"
    assert replace(found, drift_uncertainty_ppm=None, how="decided").drift_text == "not known"


@given(alignments, st.integers(0, HOURS), st.integers(0, HOURS))
def test_spans_are_converted_by_their_ends(alignment: Alignment, a: int, b: int) -> None:
    """Also for drift: a span is where its two ends are."""
    span = MediaSpan(MediaTime(min(a, b)), MediaTime(max(a, b)))
    there = alignment.incident_span(span)

    assert there == IncidentSpan(alignment.incident(span.start), alignment.incident(span.end))
    assert alignment.media_span(there).length in range(span.length - 2, span.length + 3)


def test_a_recording_without_a_place_has_no_alignment() -> None:
    """Unknown is None, never zero."""
    timeline = Timeline((), (("EX-0009", "It shares no sound with any other recording."),))

    assert timeline.of("EX-0009") is None
