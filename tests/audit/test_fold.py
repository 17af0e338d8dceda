# SPDX-License-Identifier: Apache-2.0
"""Hidden terms are found however they are written, and not where something only looks like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainview.audit.fold import needles_of
from plainview.model.redaction import Ground, HiddenTerm

GROUND = Ground("witness-1", "bystander", "an invented law")


def found(term: str, text: str) -> bool:
    """Whether the term is found in the text."""
    (needle,) = needles_of([HiddenTerm(term, GROUND)])
    return needle.in_text(text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Marisol Vega", "said MARISOL  VEGA, then"),
        ("Marisol Vega", "Marisol Vega's house"),
        ("Marisol Vega", "marisolvega@example.org"),
        ("Marisol Vega", "marisol_vega"),
        ("Marisol Vega", "Mari-sol Ve-ga"),
        ("Zoë Ng", "zoe ng"),
        ("Kane", "Officer K A N E said"),
        ("Kane", "Kanes car"),
        ("555-0142", "call (555) 0142"),
        ("555-0142", "five five five zero one four two"),
        ("555-0142", "Five-five-five, oh one four two."),
        ("555 0142", "5550142"),
        ("1987-06-04", "born June 4, 1987"),
        ("1987-06-04", "6/4/1987"),
        ("1987-06-04", "04.06.1987"),
        ("June 4, 1987", "june fourth nineteen eighty seven"),
        ("June 4, 1987", "the 4th of June 1987"),
        ("2005-11-30", "November thirtieth two thousand five"),
        ("7KLM419", "plate 7KLM-419"),
        ("7KLM419", "7 KLM 419"),
        ("7KLM419", "seven K L M, four one nine"),
        ("7KLM419", "plate seven king lincoln mary, four one nine"),
        ("7KLM419", "7 Kilo Lima Mike 419"),
        ("Marisol Vega", "Mary Adam Robert Ida Sam Ocean Lincoln"),
        ("Marisol Vega", "МАRІSОL VЕGА"),
        ("Marisol Vega", "ageV losiraM"),
        ("Marisol Vega", "Znevfby Irtn"),
    ],
)
def test_a_term_is_found_however_it_is_written(term: str, text: str) -> None:
    """Case, accents, separators, spelling out and the usual ways to say numbers and dates hide nothing."""
    assert found(term, text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Kane", "hurricanes"),
        ("Ann", "planning announcements"),
        ("Marisol Vega", "Marisol Street and Vega Square"),
        ("555-0142", "15550142"),
        ("555-0142", "55501423"),
        ("555-0142", "t: 12.5550142"),
        ("555-0142", "[5, 5, 5, 0, 1, 4, 2]"),
        ("1987-06-04", "June 5, 1987"),
        ("Kane", "King Adam Nora"),
        ("555-0142", "2410555"),
    ],
)
def test_what_only_resembles_a_term_is_left_alone(term: str, text: str) -> None:
    """Parts of words and longer numbers are not the term."""
    assert not found(term, text)


@given(st.sampled_from(["Marisol Vega", "555-0142", "7KLM419"]), st.text(max_size=40), st.text(max_size=40))
def test_a_term_between_other_words_is_found(term: str, before: str, after: str) -> None:
    """Whatever stands around it, as long as it does not make it a longer number or name."""
    assert found(term, f"{before} | {term} | {after}")


def test_a_term_of_nothing_is_no_needle() -> None:
    """An empty or purely decorative term searches for nothing instead of finding everything."""
    assert needles_of([HiddenTerm("  --- ", GROUND), HiddenTerm("", GROUND)]) == []
