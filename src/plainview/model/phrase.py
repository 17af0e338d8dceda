# SPDX-License-Identifier: Apache-2.0
"""A phrase searched for in a case: where it was heard, by which witnesses, and how often as an interval.

Recognisers drop repeats and invent them, so a count never rests on one of them having listened once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plainview.model.time import IncidentTime, MediaSpan
from plainview.model.transcript import Heard

EVEN = 0.5
"""Confidence from which words are likelier right than wrong."""


@dataclass(frozen=True, slots=True)
class PhraseHit:
    """Where a phrase was heard in one recording; ``likeness`` is 1 when every word is the same."""

    exhibit: str
    span: MediaSpan
    text: str
    likeness: float
    confidence: float
    listening: int = 1
    """1 for the transcript's own decode, 2 for one in which the stretch was heard again by itself."""
    copy_of: str = ""
    """The recording that stands for this one, where both are copies of one sound."""
    fit: float | None = None
    """Logarithm of how much likelier the recogniser finds the phrase than the words it wrote; None when not weighed."""

    @property
    def exact(self) -> bool:
        return self.likeness == 1.0


@dataclass(frozen=True, slots=True)
class HeardAgain:
    """What a recording's stretches gave when each was listened to by itself, with a phrase in mind.

    ``heard`` owes nothing to the phrase; ``weighed`` are the places in it where other words were written.
    """

    heard: Heard
    weighed: tuple[PhraseHit, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The phrase said once: all that heard it, the likest first. ``start`` is on the case's clock.

    Of a recording that is not placed, ``start`` and ``end`` are its own time.
    """

    start: IncidentTime
    end: IncidentTime
    hits: tuple[PhraseHit, ...]
    utterance: str = ""
    """The row of the transcript it lies in, empty when no row holds it."""
    otherwise: tuple[PhraseHit, ...] = ()
    """Other words that other recorders wrote at that time, at least as sure of them; the surest first."""

    @property
    def exact(self) -> bool:
        """Whether anybody heard it word for word."""
        return any(hit.exact for hit in self.hits)

    @property
    def witnesses(self) -> int:
        """Recorders and listenings that heard it: each recorder counts once for each time it was listened to.

        Copies of one recording are one recorder.
        """
        return len({(self._stands(hit), hit.listening) for hit in self.hits})

    @property
    def recorders(self) -> tuple[str, ...]:
        return tuple(sorted({hit.exhibit for hit in self.hits}))

    @property
    def proven(self) -> bool:
        """Whether it was heard word for word, likelier right than wrong, and by a second witness that owes the first
        nothing: another recorder; or the same one, listened to once more, where none wrote other words as surely.

        A recogniser that heard a command before writes it again where it hears badly, both times it listens.
        """
        surely = any(hit.exact and hit.confidence >= EVEN for hit in self.hits)
        alone = len({self._stands(hit) for hit in self.hits}) == 1
        return surely and self.witnesses > 1 and not (alone and self.otherwise)

    @staticmethod
    def _stands(hit: PhraseHit) -> str:
        return hit.copy_of or hit.exhibit


@dataclass(frozen=True, slots=True)
class PhraseCount:
    """How often a phrase was said, and every place where it may have been."""

    phrase: str
    low: int
    """Said at least so often: proven, each time (see ``Occurrence.proven``)."""
    high: int
    """At most so often, of what was heard at all: what is possible or similar counts too."""
    reason: str
    exact: tuple[Occurrence, ...]
    """Each time that is proven."""
    possible: tuple[Occurrence, ...]
    """Heard word for word, but by one decode only, or unsurely, or where others heard other words as surely."""
    similar: tuple[Occurrence, ...]
    unplaced: Mapping[str, tuple[Occurrence, ...]]
    """On recordings without a place on the case's clock: it may be the same voice at the same moment."""
