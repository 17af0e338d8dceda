# SPDX-License-Identifier: Apache-2.0
"""The scorer of identifying words: marks are read as they stand, found whole or missed, proposals right or wrong."""

from __future__ import annotations

from bench.identifiers import as_recognised, read, score


def test_a_mark_is_read_with_its_stops_and_its_place() -> None:
    line = read("Call {n:Dana Whitlock}, at {t:555-0142}.")

    assert line.words == ["Call", "Dana", "Whitlock,", "at", "555-0142."]
    assert line.marks == [("name", 1, 2), ("telephone", 4, 4)]


def test_what_is_proposed_whole_is_found() -> None:
    tally = score([read("my name is {n:Rosa Delgado}")])

    assert (tally.marks, tally.found, tally.proposals, tally.right) == (1, 1, 1, 1)


def test_a_mark_of_which_one_word_is_not_proposed_is_missed_and_the_proposal_is_still_right() -> None:
    tally = score([read("the number is {t:555-0142 extension nine}")])

    assert (tally.found, tally.missed) == (0, ("telephone: the number is 555-0142 extension nine",))
    assert (tally.proposals, tally.right) == (1, 1)


def test_a_proposal_where_nothing_identifies_is_wrong() -> None:
    tally = score([read("my name is Rosa Delgado")])

    assert (tally.marks, tally.proposals, tally.right) == (0, 1, 0)


def test_a_title_need_not_be_proposed() -> None:
    tally = score([read("This is {n:Officer Tolland} speaking")])

    assert tally.found == 1


def test_talk_as_recognised_has_small_letters_no_stops_and_the_same_marks() -> None:
    line = as_recognised(read("Call {n:Dana Whitlock}."))

    assert line.words == ["call", "dana", "whitlock"]
    assert line.marks == [("name", 1, 2)]
