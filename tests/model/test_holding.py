# SPDX-License-Identifier: Apache-2.0
"""Units are read from speech, clues become items or stay questions, lateness follows from the day."""

from __future__ import annotations

from datetime import date

import pytest

from plainview.model.holding import Asked, Clue, TrackItem, Unit, matrix, sentence, unit_clues, units

DAY = date(2026, 3, 20)
DUE = date(2026, 4, 3)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Unit three eleven, copy.", ["311"]),
        ("show car 42 and Squad 7a on scene", ["42", "7a"]),
        ("engine forty two, medic twenty", ["42", "20"]),
        ("beat twenty one thirteen", ["2113"]),
        ("All units, foot pursuit; the unit is a car, one of three cars", []),
        ("units 5 to 7", []),
    ],
)
def test_units_are_read_in_digits_and_in_words(text: str, numbers: list[str]) -> None:
    """Only a word that calls one unit, followed by its number, names one."""
    assert [each.number for each in units(text, where="EX-0004")] == numbers


def test_a_unit_whose_recording_is_held_is_no_clue() -> None:
    """311 is in a title; 42 is said twice on two recordings and nothing of it is held."""
    named = [Unit("311", "car 311", "EX-1"), Unit("42", "unit 42", "EX-2"), Unit("42", "unit forty two", "EX-1")]

    (clue,) = unit_clues(named, ["Patrol car 311, front camera", "street-114"])

    assert (clue.key, clue.where) == ("unit 42", ("EX-1", "EX-2"))
    assert "2 times" in clue.why


def test_the_matrix_has_every_item_once() -> None:
    """An answered clue is its item, an unanswered one a question; what came broken is broken; the rest is held."""
    tracked = {
        "A": TrackItem("A", Asked.ASKED, DAY, "the police", DUE, clue="unit 311"),
        "B": TrackItem("B", Asked.RECEIVED, DAY, exhibit="EX-2"),
        "C": TrackItem("C", Asked.RECEIVED, DAY, exhibit="EX-1"),
        "D": TrackItem("D", Asked.NOT_EXPECTED, DAY, note="no cameras", clue="unit 42"),
    }
    clues = [Clue("unit 311", "x", "w"), Clue("unit 42", "y", "w"), Clue("unit 7", "Recordings of unit 7", "why")]
    held, broken = {"EX-1": "one", "EX-2": "two", "EX-3": "three", "EX-4": "four"}, {"EX-2": "empty", "EX-4": "cut off"}

    rows = {row.name: row.state for row in matrix(tracked, clues, held, broken, today=DUE)}
    later = {row.name: row for row in matrix(tracked, clues, held, broken, today=date(2026, 4, 4))}

    assert rows == {
        "Recordings of unit 7": "open", "A": "asked", "C": "received", "B": "broken", "four": "broken",
        "D": "not expected", "three": "held",
    }  # fmt: skip
    assert later["A"].state == "late"
    assert sentence(later["A"]) == "asked for from the police on 2026-03-20; due on 2026-04-03, not received"
    assert sentence(later["B"]) == "received, and cannot be opened: empty"
