# SPDX-License-Identifier: Apache-2.0
"""The scorer of the sync figures, on answers whose score was worked out by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from bench.sync_score import joined, score


def fact(
    offset: float, *, kind: str = "body", group: int = 0, delay: float = 0.0, drift: float = 0.0
) -> dict[str, Any]:
    return {
        "kind": kind, "group": group, "offset_s": offset, "drift_ppm": drift, "length_s": 400.0, "silent_s": 0.0,
        "muted": [], "jump": None, "latency_s": 0.0, "delay_s": delay, "delay_low": delay - 0.004,
        "delay_high": delay + 0.010,
    }  # fmt: skip


def answer(offset: float, *, bar: float = 0.02, drift: float | None = 0.0) -> dict[str, Any]:
    return {"offset_s": offset, "drift_ppm": drift, "uncertainty_s": bar, "synced": True, "confidence": 1.0}


UNPLACED = {"offset_s": None, "drift_ppm": None, "uncertainty_s": None, "synced": False, "confidence": 0.0}


def truth(recorders: dict[str, dict[str, Any]]) -> dict[str, Any]:
    ours = sorted(n for n, f in recorders.items() if f["group"] == 0)
    pairs = [[a, b, 60.0, 0] for a, b in pairwise(ours)]
    return {"difficulty": "easy", "seed": 1, "recorders": recorders, "pairs": pairs}


def test_an_answer_shifted_as_a_whole_is_perfect() -> None:
    """Only differences mean anything: a common shift of all recordings is no error."""
    facts = {"a": fact(0), "b": fact(10), "c": fact(20)}

    found = score(truth(facts), {n: answer(f["offset_s"] + 1000) for n, f in facts.items()})

    assert (found.placed, found.audible, found.false) == (3, 3, 0)
    assert max(found.clock) < 1e-9
    assert found.held == [True, True, True]


def test_a_stranger_that_is_synced_is_false_and_so_is_a_wrong_place() -> None:
    """One recording of another incident and one 0.6 s off: two false placements, one missed."""
    facts = {"a": fact(0), "b": fact(10), "c": fact(20), "d": fact(30), "x": fact(5, group=1)}
    files = {n: answer(f["offset_s"]) for n, f in facts.items()}
    files["d"] = answer(30.6)

    found = score(truth(facts), files)

    assert found.false == 2
    assert found.placed == 3
    assert found.missed == ["easy-1/d"]
    assert found.wrong == ["easy-1/d", "easy-1/x"]


def test_a_recording_placed_by_what_follows_the_seconds_it_lost_is_false() -> None:
    """It lies where its second part belongs: false all the same, and the table says why."""
    facts = {"a": fact(0), "b": fact(10), "c": fact(20), "d": fact(30) | {"jump": (70.0, 2.5)}}
    files = {n: answer(f["offset_s"]) for n, f in facts.items()}
    files["d"] = answer(32.5)

    found = score(truth(facts), files)

    assert (found.placed, found.false, found.after_loss) == (3, 1, 1)


def test_an_offset_late_by_less_than_its_sounds_is_explained_by_travel() -> None:
    """Forty milliseconds early where sounds came thirty to fifty late is travel; five late is not."""
    facts = {"a": fact(0), "b": fact(10), "c": fact(20), "d": fact(30, delay=0.04), "e": fact(40)}
    files = {n: answer(f["offset_s"]) for n, f in facts.items()} | {"d": answer(29.96), "e": answer(40.005)}

    found = score(truth(facts), files)

    assert [round(each, 6) for each in found.offset_beyond] == [0, 0, 0, 0, 0.005]


def test_unplaced_recordings_are_missed_not_false() -> None:
    """Leaving a recording out costs recall only."""
    facts = {"a": fact(0), "b": fact(10), "c": fact(20)}
    files = {"a": answer(0), "b": answer(10), "c": UNPLACED}

    found = score(truth(facts), files)

    assert (found.placed, found.false, found.missed) == (2, 0, ["easy-1/c"])


def test_clock_and_acoustic_truth_differ_by_the_delay() -> None:
    """A recorder that hears everything 40 ms late is right acoustically where its clock place is 40 ms early."""
    facts = {"a": fact(0), "b": fact(10), "c": fact(20, delay=0.040)}
    files = {"a": answer(0), "b": answer(10), "c": answer(19.960)}

    found = score(truth(facts), files)

    assert max(found.acoustic) < 1e-9
    assert abs(max(found.clock) - 0.040) < 1e-9
    assert found.held == [True, True, False]


def test_beyond_travel_counts_only_what_leaves_the_range_of_delays() -> None:
    """Delays range from 4 ms below to 10 ms above the median: 9 ms early is inside, 9 ms late is 5 beyond."""
    facts = {"a": fact(0), "b": fact(10), "c": fact(20), "d": fact(30), "e": fact(40)}
    files = {n: answer(f["offset_s"]) for n, f in facts.items()}
    files["d"], files["e"] = answer(30 - 0.009), answer(40 + 0.009)

    found = score(truth(facts), files)

    assert [round(x, 6) for x in found.beyond] == [0, 0, 0, 0, 0.005]


def test_telephones_are_left_out_of_clock_errors_not_of_the_bars() -> None:
    """The delay of a telephone's path is not in its sound; its error bar has to cover it all the same."""
    facts = {"a": fact(0), "b": fact(10), "c": fact(20), "t": fact(30, kind="call", delay=0.2)}
    files = {n: answer(f["offset_s"]) for n, f in facts.items()}
    files["t"] = answer(29.8, bar=0.1)

    found = score(truth(facts), files)

    assert len(found.clock) == 3
    assert sorted(found.held) == [False, True, True, True]
    assert found.held_direct == [True, True, True]


def test_drift_errors_are_relative_and_an_unstated_drift_is_no_drift() -> None:
    """All drifts 5 ppm too high is a gauge; None is left out."""
    facts = {n: fact(k * 10, drift=d) for k, (n, d) in enumerate({"a": 3.0, "b": -4.0, "c": 10.0, "d": 0.0}.items())}
    files = {n: answer(f["offset_s"], drift=f["drift_ppm"] + 5) for n, f in facts.items()}
    files["c"] = answer(20.0, drift=17.0)
    files["d"] = answer(30.0, drift=None)

    found = score(truth(facts), files)

    assert sorted(round(x, 6) for x in found.drift_five) == [0, 0, 2]
    assert found.long == 4


def test_a_drift_is_held_against_its_own_bar() -> None:
    """Three drifts off by 0, 0 and 2 ppm with bars of 1: two of them hold; one without a bar is not asked."""
    facts = {n: fact(k * 10) for k, n in enumerate("abcd")}
    files = {n: answer(f["offset_s"]) | {"drift_uncertainty_ppm": 1.0} for n, f in facts.items()}
    files["c"]["drift_ppm"] = 2.0
    files["d"]["drift_uncertainty_ppm"] = None

    found = score(truth(facts), files)

    assert sorted(found.held_drift) == [False, True, True]
    assert found.widths_drift == [1.0, 1.0, 1.0]


def test_shared_sound_joins_through_third_recordings() -> None:
    """Joined: five seconds, or three bangs; a stranger and a recording with a second in common are not."""
    pairs = [["a", "b", 6.0, 0], ["b", "c", 0.5, 3], ["c", "d", 1.0, 1], ["x", "y", 90.0, 0]]

    assert joined({"a", "b", "c", "d"}, pairs) == {"a", "b", "c"}
