# SPDX-License-Identifier: Apache-2.0
"""A line as published: what others heard instead must not tell what is hidden."""

from __future__ import annotations

from plainview.casework.planning import _conceal
from plainview.model.redaction import Ground, HiddenTerm
from plainview.model.time import IncidentSpan, IncidentTime
from plainview.model.transcript import FusedWord, Utterance

GROUND = Ground("witness-1", "private-contact", "5 ILCS 140/7(1)(c)")


def line(text: str, *alternatives: str) -> Utterance:
    """A line of one word a second."""
    words = tuple(
        FusedWord(IncidentTime(i * 1_000_000), IncidentTime(i * 1_000_000 + 900_000), word, 0.9)
        for i, word in enumerate(text.split())
    )
    return Utterance("u1", words[0].start, words[-1].end, words, ("EX-0001",), alternatives=alternatives)


def test_an_alternative_that_holds_a_hidden_term_stays_away() -> None:
    """The vote misheard the name, one recorder had it right: only the harmless alternative is published."""
    said = line("call day in a wet lock", "call Dana Whitlock", "call Dane and what luck")

    published = _conceal(said, [], [HiddenTerm("Dana Whitlock", GROUND)])

    assert published.alternatives == ("call Dane and what luck",)
    assert published.text == said.text


def test_no_alternative_is_published_where_anything_is_muted() -> None:
    """Muted on another recording at that time: what that recording heard may be the alternative."""
    said = line("he is over there", "he is Odessa Quill")
    muted = IncidentSpan(IncidentTime(1_500_000), IncidentTime(2_500_000))

    published = _conceal(said, [("EX-0002", muted, GROUND)], [])

    assert (published.text, published.alternatives) == ("he is over there", ())


def test_harmless_alternatives_are_published() -> None:
    """Nothing hidden, nothing muted: all of it stays."""
    assert _conceal(line("drop the gun", "drop the gum"), [], []).alternatives == ("drop the gum",)
