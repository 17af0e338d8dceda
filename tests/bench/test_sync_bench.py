# SPDX-License-Identifier: Apache-2.0
"""What the sync figures do with peers' pairs (one tree, the strongest links first) and with sets in pieces."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from bench.sync import _times, spanned, summary
from bench.sync_plots import drawn
from bench.sync_score import Score


def test_the_strongest_links_decide_and_the_largest_group_stands() -> None:
    """A weak contradicting link is not used, and a pair apart from the rest is left out."""
    links = [["a", "b", 2.0, 30.0], ["c", "b", -1.0, 20.0], ["a", "c", 9.0, 11.0], ["x", "y", 5.0, 90.0]]

    assert spanned(links) == {"a": -3.0, "b": -1.0, "c": 0.0}


def test_no_links_place_nothing() -> None:
    """An empty answer is no answer, not an error."""
    assert spanned([]) == {}


def kept(difficulty: str, seed: int, placed: int, beyond: list[float]) -> dict[str, Any]:
    found = Score(files=8, audible=8, placed=placed, beyond=beyond, held=[True, False])
    return {"difficulty": difficulty, "recorders": 8, "seed": seed, "decoding_cpu_s": 1.0,
            "methods": {"plainview": {**found.summary(), "each": found.each(), "cpu_s": 2.0}}}  # fmt: skip


def test_sets_drawn_in_pieces_are_summed_up_as_one() -> None:
    """Two kept hard sets of 8 and 6 placed, and an easy one apart: counts add, medians are over all errors."""
    rows = [kept("hard", 1, 8, [0.001, 0.009]), kept("hard", 2, 6, [0.004]), kept("easy", 3, 8, [0.0])]

    found = summary(json.loads(json.dumps(rows)))["plainview"]

    assert (found["hard"]["placed"], found["hard"]["audible"], found["hard"]["placed_percent"]) == (14, 16, 87.5)
    assert found["hard"]["beyond_travel_ms"] == {"median": 4.0, "p95": 9.0, "count": 3}
    assert found["easy"]["placed"] == 8


def test_many_small_sets_are_asked_for_at_once() -> None:
    """A set asked for three times is drawn three times, by seeds of its own; one with a seed is drawn once."""
    assert _times(["hard-8x3", "easy-24", "easy-8-97"]) == ["hard-8", "hard-8", "hard-8", "easy-24", "easy-8-97"]


def test_the_plots_name_every_difficulty_and_are_well_formed() -> None:
    """One hard set gives an SVG that a parser reads, with its one missed recorder's share as a bar."""
    picture = ElementTree.fromstring(drawn([kept("hard", 1, 4, [0.001])]))

    words = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    bars = [float(each.get("height", "0")) for each in picture.iter("{http://www.w3.org/2000/svg}rect")]
    assert {"easy", "medium", "hard", "very hard", "×0"} <= set(words)
    assert 125.0 in bars
