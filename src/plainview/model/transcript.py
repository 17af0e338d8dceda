# SPDX-License-Identifier: Apache-2.0
"""What is heard: words with times and confidence, gathered into utterances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from plainview.model.finding import Basis
from plainview.model.time import IncidentTime, MediaSpan, MediaTime


class TextState(StrEnum):
    """How far a text has come."""

    MACHINE = "machine"
    REVIEWED = "reviewed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Word:
    """One heard word in one recording; ``confidence`` 0 to 1."""

    start: MediaTime
    end: MediaTime
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser heard in one recording, speech segment by segment."""

    exhibit: str
    segments: tuple[tuple[Word, ...], ...]
    speech: tuple[MediaSpan, ...]
    """Where voice activity was found; nothing outside is transcribed."""
    language: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Voices:
    """Which lines of a transcript are one voice; a letter means something in this case only and is no name."""

    letters: Mapping[str, str]
    """The letter by line; a line without one is unknown."""
    fused: str
    """Digest of the transcript whose lines these are."""
    basis: Basis


class Translator(StrEnum):
    """Who put words into another language."""

    PERSON = "person"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Translation:
    """What some words say in another language.

    ``source`` is the exact text that was translated, of a line, a moment, a statement or the summary: when it is
    corrected, or a word of it hidden, the translation is about something else and is no longer shown.
    """

    language: str
    source: str
    text: str
    by: Translator = Translator.PERSON


DISPUTED_BELOW = 0.7
"""Confidence under which a word that others heard differently is shown with what they heard."""


@dataclass(frozen=True, slots=True)
class FusedWord:
    """One word on the case's clock; ``votes`` of ``voters`` recordings heard it so."""

    start: IncidentTime
    end: IncidentTime
    text: str
    confidence: float
    votes: int = 1
    voters: int = 1
    hidden: str = ""
    """Reason code when the word is redacted; ``text`` is then empty."""
    others: tuple[str, ...] = ()
    """What other recordings heard in this place, likeliest first; for the staff, never published."""

    @property
    def disputed(self) -> bool:
        """Whether recordings heard different words here and none of them is likely enough to stand alone."""
        return bool(self.others) and self.confidence < DISPUTED_BELOW


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech by one voice, heard on one or several recordings."""

    id: str
    start: IncidentTime
    end: IncidentTime
    words: tuple[FusedWord, ...]
    heard_on: tuple[str, ...]
    speaker: str = ""
    """A label given by a person; empty when nobody has named the voice."""
    state: TextState = TextState.MACHINE
    alternatives: tuple[str, ...] = ()
    channel: str = ""
    """``telephone`` or ``radio`` where that is what the recording is."""

    @property
    def text(self) -> str:
        return " ".join(f"[{word.hidden}]" if word.hidden else word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean word confidence, 0 when there are no words."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else 0.0


def conceal_words(utterance: Utterance, *, hidden: dict[int, str]) -> Utterance:
    """The utterance as it may be published: the words at the given indexes replaced by their reason, text gone.

    What single recordings heard in the place of a word never goes out: it may be a hidden word heard right.
    """
    words = tuple(
        replace(word, text="", hidden=hidden[i], others=()) if i in hidden else replace(word, others=())
        for i, word in enumerate(utterance.words)
    )
    return replace(utterance, words=words, alternatives=() if hidden else utterance.alternatives)
