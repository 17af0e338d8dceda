# SPDX-License-Identifier: Apache-2.0
"""The scorer of speech, on texts whose errors are known."""

from __future__ import annotations

import pytest
from bench.speech_score import calibration_error, errors_by_sentence, judged, plain, planted_found, word_errors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nine one one, what is it?", "911 what's it"),
        ("Three eleven, copy.", "311 copy"),
        ("twenty one forty", "21:40"),
        ("nineteen eighty seven", "1987"),
        ("They're up. I don't know.", "they are up i do not know"),
        ("OK, Mr. Dashwood", "okay mister dashwood"),
        ("about ten feet", "about 10 feet"),
    ],
)
def test_ways_of_writing_the_same_are_the_same(one: str, other: str) -> None:
    """Numbers, contractions and punctuation do not count as errors."""
    assert plain(one) == plain(other)


def test_each_kind_of_error_is_counted() -> None:
    """One wrong, one missing, one invented word in six."""
    errors = word_errors("please let me see your hands", "let me free your hands now")

    assert (errors.substituted, errors.deleted, errors.inserted, errors.words) == (1, 1, 1, 6)
    assert errors.rate == pytest.approx(0.5)


def test_nothing_heard_is_all_deleted_and_all_right_is_none() -> None:
    """The two ends of the scale; errors of several texts add up."""
    nothing, all_of_it = word_errors("drop the gun", ""), word_errors("drop the gun", "Drop the gun!")

    assert (nothing.rate, all_of_it.rate) == (1.0, 0.0)
    assert (nothing + all_of_it).rate == pytest.approx(0.5)


def test_errors_are_told_by_sentence() -> None:
    """One word wrong in the first sentence, none in the second, one missing and one invented in the third."""
    said = ["Drop the gun!", "Nine one one.", "Show me your hands."]

    assert errors_by_sentence(said, "drop a gun 911 show your hands now") == [1, 0, 2]


def test_words_are_judged_one_by_one() -> None:
    """The misheard word is wrong, the invented one too, the others right."""
    said = judged("drop the gun", [("Drop", 0.9), ("a", 0.4), ("gun!", 0.8), ("now", 0.3)])

    assert said == [(0.9, True), (0.4, False), (0.8, True), (0.3, False)]


def test_numbers_are_judged_as_one_word() -> None:
    """"9-1-1" heard as three words is the one word of the reference, as sure as its least sure part."""
    assert judged("nine one one", [("9-1", 0.9), ("-1.", 0.7)]) == [(0.7, True)]


def test_calibration_error_of_known_cases() -> None:
    """Perfectly honest gives 0; always sure and half right gives 0.5."""
    honest = [(0.75, True), (0.75, True), (0.75, True), (0.75, False)]
    boastful = [(1.0, True), (1.0, False)]

    assert calibration_error(honest) == pytest.approx(0.0)
    assert calibration_error(boastful) == pytest.approx(0.5)


def test_planted_phrases_are_matched_one_to_one() -> None:
    """Two reports near one planted phrase are one right and one false; a far one is missed."""
    found = planted_found([10.0, 20.0, 30.0], [10.2, 10.4, 31.5, 50.0], tolerance=1.0)

    assert (found.right, found.false, found.recall) == (1, 3, pytest.approx(1 / 3))


def test_reports_that_all_come_early_are_each_someones() -> None:
    """The first phrase takes the first report within its reach, though the second is nearer and the next one's."""
    assert planted_found([75.4, 76.7], [74.6, 75.8], tolerance=1.2).which == (0, 1)
