# SPDX-License-Identifier: Apache-2.0
"""Which translations a release shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from plainview.model.case import Case, Office
from plainview.model.release import Release, translations_of
from plainview.model.time import incident_seconds
from plainview.model.transcript import FusedWord, Translation, Translator, Utterance

AT = datetime(2026, 3, 14, 21, 40, tzinfo=UTC)
EMPTY = Release(
    Office("Office", "office.example/custody"), Case("1", "Calder", AT), 1, AT, "", "", "Headline", "Summary",
    (), (), (), (), (), None, (), (), (), (), (),
)  # fmt: skip


def line(*words: str, hidden: tuple[int, ...] = ()) -> Utterance:
    """A line whose words at the given places are hidden."""
    said = tuple(
        FusedWord(incident_seconds(n), incident_seconds(n + 1), "" if n in hidden else word, 0.9, hidden="private-contact" if n in hidden else "")
        for n, word in enumerate(words)
    )
    return Utterance("u1", incident_seconds(0), incident_seconds(len(words)), said, ())


def test_a_translation_is_shown_while_its_words_stand() -> None:
    """Of three translations only that of the words the line now has is shown, with who made it."""
    release = replace(EMPTY, utterances=(line("Drop", "the", "gun!"),))
    now = Translation("es", "Drop the gun!", "¡Suelte el arma!", Translator.MACHINE)
    given = [now, Translation("es", "Drop the can!", "¡Suelte la lata!"), Translation("es", "Headline", "Titular")]

    assert translations_of(release, given, hidden=lambda _: False) == (now, given[2])


def test_a_line_with_a_hidden_word_has_no_translation() -> None:
    """Neither the words as they were nor as they are shown bring it back."""
    release = replace(EMPTY, utterances=(line("Call", "Dana", hidden=(1,)),))
    given = [Translation("es", "Call Dana", "Llama a Dana"), Translation("es", "Call [private-contact]", "Llama a Dana")]

    assert translations_of(release, given, hidden=lambda _: False) == ()


def test_a_translation_that_says_a_hidden_term_is_left_out() -> None:
    """The words it is of may be harmless: what it says is not."""
    release = replace(EMPTY, utterances=(line("Call", "her"),))
    given = [Translation("es", "Call her", "Llama a Dana")]

    assert translations_of(release, given, hidden=lambda text: "Dana" in text) == ()
