# SPDX-License-Identifier: Apache-2.0
"""The scorer of shots, on answers whose score was worked out by hand."""

from __future__ import annotations

import pytest
from bench.shots_score import Intervals, Tally, match, per_minute, ratio_95, share_95

ONE = (1.0,)
TWO_ARRIVALS = (2.0, 2.11)
"""A bullet's crack and, later, the blast."""


def test_each_shot_is_found_once() -> None:
    """Two detections at one shot are one right and one wrong."""
    m = match([1.001, 1.02], [ONE])

    assert (m.truth, m.found, m.hits) == (1, 2, 1)
    assert m.errors == pytest.approx((0.001,))


@pytest.mark.parametrize("at", [2.004, 2.114])
def test_either_arrival_of_a_shot_counts(at: float) -> None:
    """The crack or the blast: both are that shot, to 4 ms."""
    assert match([at], [TWO_ARRIVALS]).errors == pytest.approx((0.004,))


def test_crack_and_blast_both_found_are_one_shot() -> None:
    """Counting both is one detection too many."""
    m = match([2.0, 2.11], [TWO_ARRIVALS])

    assert (m.hits, m.found) == (1, 2)


def test_too_late_is_missed() -> None:
    """51 ms away is not that shot."""
    assert match([1.051], [ONE]).hits == 0


def test_nearest_first() -> None:
    """Between two shots close together each detection goes with its nearest."""
    assert match([1.0, 1.04], [(1.01,), (1.041,)]).errors == pytest.approx((0.001, 0.01))


def test_a_tally_of_two_recordings() -> None:
    """Three of four shots with one false: precision 3/4, recall 3/4; one of two counts exact."""
    tally = Tally()
    tally.add(match([1.0, 2.0], [(1.0,), (2.0,)]))
    tally.add(match([1.002, 5.0], [(1.0,), (2.0,)]))

    figures = tally.figures()

    assert (figures["precision"], figures["recall"], figures["exact_count"]) == (0.75, 0.75, 1.0)
    assert figures["time_error_median_ms"] == 0.0


def test_no_shots_are_no_exact_counts() -> None:
    """A recording without shots adds false alarms and nothing else."""
    tally = Tally()
    tally.add(match([3.0], []))

    assert tally.figures()["exact_count"] is None
    assert tally.figures()["precision"] == 0.0


def test_intervals() -> None:
    """Three counts: one holds, one is too high, one too low."""
    said = Intervals()
    for low, high, truth in ((4, 6, 5), (3, 3, 2), (1, 2, 4)):
        said.add(low, high, truth)

    figures = said.figures()

    assert figures["interval_holds_truth"] == 0.333
    assert (figures["low_above_truth"], figures["high_below_truth"]) == (1, 1)
    assert figures["median_width"] == 1


def test_false_a_minute() -> None:
    assert per_minute(3, 120.0) == 1.5


def test_scenes_are_drawn_again_as_a_whole() -> None:
    """All of ten scenes alike: no draw differs. One scene with all misses: the ratio swings around a half."""
    assert ratio_95([3] * 10, [4] * 10) == (0.75, 0.75)

    low, high = ratio_95([4, 4, 0, 0], [4, 4, 4, 4]) or (0.0, 0.0)

    assert (low, high) == (0.0, 1.0)
    assert ratio_95([], []) is None


def test_an_exact_interval_of_a_share() -> None:
    """None of 30 leaves up to 11.6 % (Clopper and Pearson); 5 of 10 lies between 18.7 and 81.3 %."""
    assert share_95(0, 30) == (0.0, 0.116)
    assert share_95(5, 10) == (0.187, 0.813)
    assert share_95(0, 0) is None
