# SPDX-License-Identifier: Apache-2.0
"""What the sync figures do with peers' pairs: one tree, the strongest links first."""

from __future__ import annotations

from bench.sync import spanned


def test_the_strongest_links_decide_and_the_largest_group_stands() -> None:
    """A weak contradicting link is not used, and a pair apart from the rest is left out."""
    links = [["a", "b", 2.0, 30.0], ["c", "b", -1.0, 20.0], ["a", "c", 9.0, 11.0], ["x", "y", 5.0, 90.0]]

    assert spanned(links) == {"a": -3.0, "b": -1.0, "c": 0.0}


def test_no_links_place_nothing() -> None:
    """An empty answer is no answer, not an error."""
    assert spanned([]) == {}
