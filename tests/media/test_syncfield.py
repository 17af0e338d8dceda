# SPDX-License-Identifier: Apache-2.0
"""Clocks and distances from lags: places, clocks and sounds drawn before the code runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from plainview.media import syncfield
from plainview.media.syncfield import Field, Lag

Places = NDArray[np.float64]
DISTANT = 6


def recorders() -> tuple[Places, NDArray[np.float64]]:
    """Seven recorders on a street, the last fifty metres off, and how late each one's place is."""
    rng = np.random.default_rng(4)
    places = rng.normal(0, 8, (7, 2))
    places[DISTANT] = (50.0, 4.0)
    late = rng.normal(0, 0.008, 7)
    late[DISTANT] = 0.09
    return places, late


def lags(*, wrong: float = 0.0, near_the_distant: int = 12) -> list[Lag]:
    """120 sounds, most among the six, some beside the distant one; ``wrong``: share of lags that are nonsense."""
    rng = np.random.default_rng(5)
    places, late = recorders()
    found = []
    for number in range(120):
        beside = DISTANT if number < near_the_distant else int(rng.integers(0, 6))
        source = places[beside] + rng.normal(0, 1.5, 2)
        arrives = late + np.linalg.norm(places - source, axis=1) / 343 + rng.normal(0, 0.0005, 7)
        hears = [k for k in range(7) if rng.random() < 0.8]
        t = 3.0 * float(rng.permutation(120)[0]) if number < near_the_distant else 3.0 * number
        for a in hears:
            for b in hears:
                if a < b:
                    off = rng.uniform(-0.3, 0.3) if rng.random() < wrong else 0.0
                    found.append(Lag(number, t, a, b, float(arrives[b] - arrives[a] + off), 30.0))
    return found


def errors(found: Field) -> NDArray[np.float64]:
    off = found.late - recorders()[1]
    return np.asarray(off - np.median(off))


def test_a_distant_recorder_is_pulled_to_its_own_clock() -> None:
    """Fifty metres away, 90 ms late: what few sounds were near it show how much of that is travel."""
    found = syncfield.solve(7, lags(), middle=np.full(7, 180.0))

    assert found.known.all()
    assert np.abs(errors(found)[:DISTANT]).max() < 0.006
    assert abs(errors(found)[DISTANT]) < 0.03
    assert found.travel[DISTANT, 2] > 0.1


def test_nonsense_among_the_lags_does_not_bend_the_clocks() -> None:
    """One lag in eight is anything: the clocks stay where they were."""
    found = syncfield.solve(7, lags(wrong=0.125), middle=np.full(7, 180.0))

    assert np.abs(errors(found)[:DISTANT]).max() < 0.008


def test_too_little_says_little() -> None:
    """Pairs alone leave clocks unknown; a handful of sounds, all from one side, leaves bars of a tenth of a second."""
    pairs = [Lag(k, 3.0 * k, 0, 1, 0.01, 30.0) for k in range(60)]
    few = syncfield.solve(7, lags()[:40], middle=np.zeros(7))

    assert not syncfield.solve(3, pairs, middle=np.zeros(3)).known.any()
    assert not syncfield.solve(2, [], middle=np.zeros(2)).known.any()
    assert few.doubt.min() > 0.06


def test_the_order_of_lags_does_not_matter() -> None:
    """The same lags in another order give the same clocks."""
    given = lags()
    one = syncfield.solve(7, given, middle=np.full(7, 180.0))
    two = syncfield.solve(7, given[::-1], middle=np.full(7, 180.0))

    assert np.array_equal(one.late, two.late)


def test_what_the_rules_do_not_explain_is_measured() -> None:
    """Clean lags are explained to a millisecond; with a quarter of nonsense one in ten is far off."""
    clean = syncfield.solve(7, lags(), middle=np.full(7, 180.0))
    echoing = syncfield.solve(7, lags(wrong=0.25), middle=np.full(7, 180.0))

    assert clean.unexplained < 0.002
    assert echoing.unexplained > 0.02


def test_drifts_of_recorders_that_stand_still_are_told() -> None:
    """A clock that loses 40 ppm makes what it hears come later and later; its drift is told to a few ppm."""
    rates = np.array([0, 0, 0, -40e-6, 0, 0, 0])
    drifting = [replace(lag, late=lag.late - lag.t * (rates[lag.b] - rates[lag.a])) for lag in lags()]
    found = syncfield.solve(7, drifting, middle=np.full(7, 180.0))

    told = found.drift - np.median(found.drift)
    assert abs(told[3] - rates[3]) < 20e-6
    assert (np.abs(told - rates) < 3 * found.drift_doubt).all()


def test_where_nobody_wears_a_recorder_the_bars_still_hold() -> None:
    """Eight recorders on walls, four people who stand in between: too little to tell clock from distance, and said."""
    rng = np.random.default_rng(8)
    walls, people = rng.normal(0, 12, (8, 2)), rng.normal(0, 6, (4, 2))
    late = rng.normal(0, 0.01, 8)
    heard = []
    for number in range(150):
        source = people[number % 4] + rng.normal(0, 0.3, 2)
        arrives = late + np.linalg.norm(walls - source, axis=1) / 343 + rng.normal(0, 0.0003, 8)
        heard += [
            Lag(number, 2.0 * number, a, b, float(arrives[b] - arrives[a]), 30.0)
            for a in range(8)
            for b in range(a + 1, 8)
        ]
    found = syncfield.solve(8, heard, middle=np.full(8, 150.0))

    off = found.late - late
    assert (np.abs(off - np.median(off)) < 2 * found.doubt).sum() >= 7


def test_what_half_as_long_a_time_misses_of_a_rate_is_not_added_to_its_doubt() -> None:
    """Seven recorders whose wearers speak for six minutes: drifts are within bars of ten parts in a million."""
    found = syncfield.solve(7, lags(), middle=np.full(7, 180.0))

    assert (np.abs(found.drift) < 1.645 * found.drift_doubt).all()
    assert np.median(found.drift_doubt) < 6.2e-6


def test_rates_that_are_known_stay_as_they_are() -> None:
    """What lags say of clocks while nobody moves is not explained away by walks: told before, it is kept."""
    rates = np.array([0, 12e-6, -7e-6, -40e-6, 9e-6, 20e-6, 6e-6])
    rates -= rates.mean()
    drifting = [replace(lag, late=lag.late - lag.t * (rates[lag.b] - rates[lag.a])) for lag in lags()]
    found = syncfield.solve(7, drifting, middle=np.full(7, 180.0), rates=(rates, np.full(7, 5e-7)))

    assert np.abs(found.drift - rates).max() < 1e-6
