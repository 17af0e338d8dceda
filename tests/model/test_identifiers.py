# SPDX-License-Identifier: Apache-2.0
"""Words that may identify somebody are proposed, spoken or printed, and ordinary talk is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainview.model.identifiers import KINDS, name_parts, propose


def found(sentence: str, *, terms: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    """(kind, the words) of every proposal."""
    words = sentence.split()
    return {(f.kind, " ".join(words[f.first : f.last + 1])) for f in propose(words, terms=terms)}


@pytest.mark.parametrize(
    ("sentence", "kind", "words"),
    [
        ("your complainant is Dana Whitlock, date of birth", "name", "Dana Whitlock,"),
        ("my name is Rosa Delgado and I live here", "name", "Rosa Delgado"),
        ("last name whitlock first name dana", "name", "whitlock"),
        ("Officer Joel Tolland fired", "name", "Joel Tolland"),
        ("Witness: Dana Whitlock DOB: 06/04/1987", "name", "Dana Whitlock"),
        ("that's my son Theo in there", "name", "Theo"),
        ("spelled W-H-I-T-L-O-C-K.", "name", "W-H-I-T-L-O-C-K."),
        ("it is W H I T lock", "name", "W H I T"),
        ("ocean king adam frank ocean robert", "name", "ocean king adam frank ocean robert"),
        ("Date of birth, June fourth, nineteen eighty seven.", "birth date", "June fourth, nineteen eighty seven."),
        ("date of birth June 4th, 1987.", "birth date", "June 4th, 1987."),
        ("DOB: 06/04/1987", "birth date", "06/04/1987"),
        ("she was born on the twenty third of March", "birth date", "twenty third of March"),
        ("August 4th 1991 is my birthday", "birth date", "August 4th 1991"),
        ("Call back number, five five five, zero one four two.", "telephone", "five five five, zero one four two."),
        ("call back number 5550142", "telephone", "5550142"),
        ("it's 312-555-0142", "telephone", "312-555-0142"),
        ("Phone (312) 555-0142", "telephone", "(312) 555-0142"),
        ("gray sedan, seven K L M four one nine.", "plate", "seven K L M four one nine."),
        ("Grace Sedan, 7K LM419.", "plate", "7K LM419."),
        ("plate is adam boy charles one two three four", "plate", "adam boy charles one two three four"),
        ("vehicle 7KLM419 parked", "plate", "7KLM419"),
        ("I live at 1402 North Calder Street apartment 3B.", "address", "1402 North Calder Street apartment 3B."),
        ("responded to 22 W Main St on", "address", "22 W Main St"),
        ("fourteen oh two Calder Street", "address", "fourteen oh two Calder Street"),
        ("write to dana@example.org please", "e-mail", "dana@example.org"),
        ("dana dot whitlock at example dot org", "e-mail", "dana dot whitlock at example dot org"),
        ("social is 123 45 6789", "social security number", "123 45 6789"),
        ("SSN 123-45-6789", "social security number", "123-45-6789"),
    ],
)
def test_identifiers_are_proposed(sentence: str, kind: str, words: str) -> None:
    """Each kind, as a recogniser writes it and as a form prints it, is found with exactly its words."""
    assert (kind, words) in found(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Drop the gun! Drop the gun!",
        "Put pressure here. Press hard.",
        "I heard five shots. Five. One after the other.",
        "By the fence. About ten feet from him.",
        "Nine one one, what is the address of your emergency?",
        "Copy. Medic nine is three minutes out.",
        "They shot him four or five times!",
        "Good evening. Port Alder Police. Turn off the engine.",
        "Stay away from the window. Help is coming.",
    ],
)
def test_ordinary_talk_is_left_alone(sentence: str) -> None:
    """What is said on scene without naming anybody gives no proposal."""
    assert found(sentence) == set()


def test_a_term_is_found_however_it_is_parted() -> None:
    """A plate, a number and a name to hide are found in digits, in words, joined, parted and misspelt."""
    terms = ("7KLM419", "555-0142", "Dana Whitlock")

    assert ("term", "7K LM419.") in found("sedan, 7K LM419.", terms=terms)
    assert ("term", "seven K L M four one nine") in found("seven K L M four one nine", terms=terms)
    assert ("term", "five five five zero one four two") in found("at five five five zero one four two", terms=terms)
    assert ("term", "Dana Whit lock") in found("it was Dana Whit lock who", terms=terms)
    assert ("term", "Whitlock's") in found("the Whitlock's window", terms=terms)
    assert ("term", "Whitlok") in found("ask Whitlok about it", terms=terms)


def test_somebody_introduced_once_is_found_where_only_the_surname_is_called() -> None:
    """What a cue, a title or a form introduces is known in the whole case; words that are everybody's are not."""
    report, call, question = ("Officer Dunleavy approached.", "get dunleavy on the radio", "where is he now")

    known = name_parts([report.split(), question.split()])

    assert known == {"dunleavy"}
    assert not propose(question.split(), known=known)
    assert [(f.first, f.last) for f in propose(call.split(), known=known)] == [(1, 1)]
    assert not propose(call.split())


def test_a_form_without_capitals_or_with_nothing_else_gives_the_same() -> None:
    """Labels with strokes and points, dates in capitals, numbers masked but for the end."""
    assert ("birth date", "22MAR1966") in found("Age/DOB 58 / 22MAR1966")
    assert ("social security number", "***-**-7720") in found("S.S.N. ***-**-7720")
    assert ("record number", "2C3CDXBG5KH550912") in found("2C3CDXBG5KH550912")
    assert ("birth date", "01/03/1955") in found("seen 01/03/1955 and 04/02/2026")
    assert ("name", "Y.B.") in found("a minor, Y.B. was there")
    assert ("name", '"Little Mike"') in found('known as "Little Mike"')


@given(st.lists(st.text(max_size=12), max_size=30), st.lists(st.text(max_size=12), max_size=3))
def test_any_words_are_read_without_complaint(words: list[str], terms: list[str]) -> None:
    """Whatever the words, proposals lie inside them, in order, of a known kind, the same each time."""
    proposals = propose(words, terms=terms)

    assert proposals == propose(words, terms=terms)
    assert all(0 <= f.first <= f.last < len(words) and f.kind in KINDS for f in proposals)
    assert [f.first for f in proposals] == sorted(f.first for f in proposals)
