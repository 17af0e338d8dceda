# SPDX-License-Identifier: Apache-2.0
"""How well a phrase fits a sound, where the recogniser wrote something else.

What this module keeps true:

1. A phrase is weighed only where words at all like it were written: never in a sound without a voice,
   and nothing is prompted, so nothing is heard because it was asked for.
2. It is weighed by the recogniser's own odds: the words as written against the same words with the
   phrase in their place, on the same samples. "Drop it down" and "drop the gun" are then nearly as
   likely where a siren covers the end; "from the" and "drop the gun" never are.
3. What fits is a similar hit with its odds beside it; it is never word for word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from plainview.media import speech, weights
from plainview.media.phrases import find_phrase, wanted
from plainview.media.speech import RATE, Reader, Samples
from plainview.model.phrase import PhraseHit
from plainview.model.time import SECOND
from plainview.model.transcript import Heard, Word

WORTH_WEIGHING = 0.5
"""Likeness of what was written from which the phrase is weighed against it."""

AROUND = 1.5
"""Seconds before and after whose words are kept as they were written."""

EDGE = 0.25
"""Seconds of sound before the first and after the last of those words."""

LEAST_ODDS = 1e-9


@dataclass(frozen=True, slots=True)
class _Place:
    """Some words as written, and which of them the phrase would take the place of."""

    hit: PhraseHit
    words: tuple[Word, ...]
    first: int
    last: int

    @property
    def samples(self) -> tuple[int, int]:
        start, end = self.words[0].start / SECOND - EDGE, self.words[-1].end / SECOND + EDGE
        return max(0, round(start * RATE)), round(end * RATE)

    @property
    def written(self) -> str:
        return " ".join(word.text for word in self.words)

    def readings(self, phrase: str) -> list[str]:
        """The phrase instead of the words in question, or of these and one or two more beside them."""
        spans = [(self.first, self.last + more) for more in range(3)] + [(self.first - 1, self.last)]
        inside = [(first, last) for first, last in spans if first >= 0 and last < len(self.words)]
        return [self._reading(phrase, first, last) for first, last in inside]

    def _reading(self, phrase: str, first: int, last: int) -> str:
        begins, ends = self.words[first].text, self.words[last].text
        put = phrase[:1].upper() + phrase[1:] if begins[:1].isupper() else phrase
        put += ends[-1] if ends[-1:] in ".,?!" else ""
        return " ".join([*(w.text for w in self.words[:first]), put, *(w.text for w in self.words[last + 1 :])])


def weigh(read: Reader, heard: Heard, phrase: str, *, model: str = "base") -> tuple[PhraseHit, ...]:
    """Each place where something like the phrase, not the phrase, was written, with how well the phrase fits there.

    ``fit`` is the logarithm of how much likelier the phrase is than what was written: near 0 either
    may have been said. ``read`` is asked for later and later samples only.
    """
    places = sorted(_places(heard, phrase), key=lambda place: place.samples)
    if not places:
        return ()
    recogniser = _recogniser(weights.whisper(model).folder, heard.language)
    plain = " ".join(wanted(phrase))
    weighed = []
    for place in places:
        sound = recogniser.listen(speech.levelled(read(*place.samples)))
        odds = [sound.odds(text) for text in (place.written, *place.readings(plain))]
        if odds[0] is not None and any(each is not None for each in odds[1:]):
            best = max(each for each in odds[1:] if each is not None)
            weighed.append(replace(place.hit, fit=round(best - odds[0], 2)))
    return tuple(weighed)


def _places(heard: Heard, phrase: str) -> Iterable[_Place]:
    words = [word for segment in heard.segments for word in segment]
    reach = round(AROUND * SECOND)
    for hit in find_phrase((heard,), phrase, least=WORTH_WEIGHING, listening=2):
        near = [word for word in words if word.end >= hit.span.start - reach and word.start <= hit.span.end + reach]
        own = [k for k, word in enumerate(near) if hit.span.start <= word.start and word.end <= hit.span.end]
        if own and not hit.exact:
            yield _Place(hit, tuple(near), own[0], own[-1])


@dataclass(frozen=True, slots=True)
class _Recogniser:
    """The model that wrote the words, asked what it thinks of others."""

    model: Any
    tokenizer: Any
    pieces: dict[str, int]

    def listen(self, samples: Samples) -> _Sound:
        from faster_whisper.audio import pad_or_trim

        features = self.model.feature_extractor(samples)
        frames = min(features.shape[-1], self.model.feature_extractor.nb_max_frames)
        return _Sound(self, self.model.encode(pad_or_trim(features[..., :frames])), frames)

    def tokens(self, text: str) -> list[int] | None:
        """The text in the fewest pieces of the model's vocabulary; None when it cannot be written in them.

        The tokenizer that comes with the weights splits " the" in two, which the model never writes.
        """
        found: list[int] = []
        for word in text.split():
            pieces = _fewest(f" {word}", self.pieces)
            if pieces is None:
                return None
            found += pieces
        return found


@dataclass(frozen=True, slots=True)
class _Sound:
    """A stretch of sound that the model has listened to."""

    recogniser: _Recogniser
    encoded: Any
    frames: int

    def odds(self, text: str) -> float | None:
        """Logarithm of the probability that the model writes this text."""
        tokens = self.recogniser.tokens(text)
        if not tokens:
            return None
        start = self.recogniser.tokenizer.sot_sequence
        (aligned,) = self.recogniser.model.model.align(self.encoded, start, [tokens], [self.frames])
        return float(np.sum(np.log(np.maximum(aligned.text_token_probs, LEAST_ODDS))))


def _fewest(text: str, pieces: dict[str, int]) -> list[int] | None:
    best: list[list[int] | None] = [[], *([None] * len(text))]
    for end in range(1, len(text) + 1):
        for start in range(end):
            before, piece = best[start], pieces.get(text[start:end])
            so_far = best[end]
            if before is not None and piece is not None and (so_far is None or len(before) + 1 < len(so_far)):
                best[end] = [*before, piece]
    return best[-1]


@lru_cache(maxsize=1)
def _recogniser(folder: Path, language: str) -> _Recogniser:
    from faster_whisper.tokenizer import Tokenizer

    model = speech.recogniser(folder).model
    multilingual = bool(model.model.is_multilingual)
    tokenizer = Tokenizer(model.hf_tokenizer, multilingual, task="transcribe", language=language)
    pieces = {model.hf_tokenizer.decode([token]): token for token in reversed(range(tokenizer.eot))}
    return _Recogniser(model, tokenizer, pieces)
