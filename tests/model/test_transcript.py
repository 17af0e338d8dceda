# SPDX-License-Identifier: Apache-2.0
"""Hidden words leave a transcript completely: text, confidence of what is left, alternatives."""

from __future__ import annotations

from plainview.model import wire
from plainview.model.time import IncidentTime
from plainview.model.transcript import FusedWord, Utterance, conceal_words


def utterance() -> Utterance:
    words = tuple(
        FusedWord(IncidentTime(i), IncidentTime(i + 1), text, 0.5 + 0.1 * i)
        for i, text in enumerate(["my", "name", "is", "Odessa", "Quill"])
    )
    return Utterance("u1", words[0].start, words[-1].end, words, ("EX-0001",), alternatives=("my name is Odessa Will",))


def test_hidden_words_show_their_reason() -> None:
    """The words around stay in place and time."""
    said = conceal_words(utterance(), hidden={3: "private-contact", 4: "private-contact"})

    assert said.text == "my name is [private-contact] [private-contact]"
    assert [word.start for word in said.words] == [0, 1, 2, 3, 4]


def test_nothing_of_a_hidden_word_is_left_in_the_value() -> None:
    """Alternatives would tell what the words do not: they go with them."""
    said = conceal_words(utterance(), hidden={3: "private-contact", 4: "private-contact"})

    assert "Odessa" not in wire.dump(said)
    assert "Quill" not in wire.dump(said)


def test_an_utterance_without_hidden_words_keeps_its_alternatives() -> None:
    """Hiding nothing changes nothing."""
    assert conceal_words(utterance(), hidden={}) == utterance()


def test_what_others_heard_in_a_words_place_is_never_published() -> None:
    """It goes even where nothing is hidden; a word that others heard differently and is unsure is disputed."""
    unsure = FusedWord(IncidentTime(0), IncidentTime(1), "bang", 0.5, 1, 2, others=("Odessa",))
    sure = FusedWord(IncidentTime(1), IncidentTime(2), "then", 0.9, 2, 3, others=("than",))
    line = Utterance("u1", IncidentTime(0), IncidentTime(2), (unsure, sure), ("EX-0001",))

    assert [word.disputed for word in line.words] == [True, False]
    assert "Odessa" not in wire.dump(conceal_words(line, hidden={}))


def test_confidence_is_the_mean_of_the_words() -> None:
    """And zero when there are none, not an error."""
    empty = Utterance("u2", IncidentTime(0), IncidentTime(0), (), ())

    assert round(utterance().confidence, 6) == 0.7
    assert empty.confidence == 0.0
