# SPDX-License-Identifier: Apache-2.0
"""How well speech was heard: word errors, calibration of confidence, counts of a phrase.

``plain`` makes texts comparable: lower case, no punctuation, contractions written out, numbers as
digits and joined with the numbers beside them, so that "nine one one" and "911" are the same word.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_UNITS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NUMBER = {word: str(value) for value, word in enumerate(_UNITS)} | {
    word: str(20 + 10 * i) for i, word in enumerate(_TENS)
}
_WHOLE = {
    "won't": "will not",
    "can't": "can not",
    "cannot": "can not",
    "let's": "let us",
    "ok": "okay",
    "mr": "mister",
    "mrs": "missus",
    "grey": "gray",
    "oh": "o",
}
_ENDS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am", "'d": " would"}
_IS = {"he", "she", "it", "that", "there", "what", "where", "who", "here"}


def plain(text: str) -> list[str]:
    """The words of a text in the form in which they are compared."""
    kept = "".join(c if c.isalnum() or c == "'" else " " for c in text.lower().replace("\u2019", "'"))
    words = [part for word in kept.split() for part in _written_out(word.strip("'")).split()]
    return _numbers_joined(words)


def _written_out(word: str) -> str:
    if word in _WHOLE:
        return _WHOLE[word]
    for end, full in _ENDS.items():
        if word.endswith(end):
            return word.removesuffix(end) + full
    if word.endswith("'s") and word[:-2] in _IS:
        return word[:-2] + " is"
    return word


def _numbers_joined(words: Sequence[str]) -> list[str]:
    joined: list[str] = []
    tens = False
    for word in words:
        digits = _NUMBER.get(word, word)
        before = joined[-1] if joined else ""
        if digits.isdigit() and before.isdigit():
            unit = tens and len(digits) == 1 and digits != "0"
            joined[-1] = before[:-1] + digits if unit else before + digits
        else:
            joined.append(digits)
        tens = word in _TENS
    return joined


@dataclass(frozen=True, slots=True)
class Errors:
    """Counts against a reference of ``words`` words."""

    substituted: int
    deleted: int
    inserted: int
    words: int

    @property
    def rate(self) -> float:
        return (self.substituted + self.deleted + self.inserted) / self.words if self.words else 0.0

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.substituted + other.substituted,
            self.deleted + other.deleted,
            self.inserted + other.inserted,
            self.words + other.words,
        )


def pairs(reference: Sequence[str], heard: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """The cheapest pairing in order: (place in reference, place in heard), None where one has no partner."""
    n, m = len(reference), len(heard)
    cost = [list(range(m + 1))]
    for i in range(1, n + 1):
        row = [i]
        for j in range(1, m + 1):
            same = reference[i - 1] == heard[j - 1]
            row.append(min(cost[i - 1][j - 1] + (not same), cost[i - 1][j] + 1, row[j - 1] + 1))
        cost.append(row)
    found: list[tuple[int | None, int | None]] = []
    i, j = n, m
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (reference[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            found.append((i, j))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            found.append((i, None))
        else:
            j -= 1
            found.append((None, j))
    return found[::-1]


def word_errors(reference: str, heard: str) -> Errors:
    """Word errors of ``heard``, both made plain first."""
    wanted, got = plain(reference), plain(heard)
    found = pairs(wanted, got)
    substituted = sum(i is not None and j is not None and wanted[i] != got[j] for i, j in found)
    return Errors(substituted, sum(j is None for _, j in found), sum(i is None for i, _ in found), len(wanted))


def errors_by_sentence(sentences: Sequence[str], heard: str) -> list[int]:
    """Word errors in each sentence of what was said; a word invented counts for the sentence of the word before it."""
    whole = plain(" ".join(sentences))
    ends = [len(plain(" ".join(sentences[: k + 1]))) for k in range(len(sentences))]
    got = plain(heard)
    errors, at = [0] * len(sentences), 0
    for i, j in pairs(whole, got):
        at = at if i is None else i
        errors[min(bisect_right(ends, at), len(errors) - 1)] += i is None or j is None or whole[i] != got[j]
    return errors


def judged(reference: str, heard: Sequence[tuple[str, float]]) -> list[tuple[float, bool]]:
    """(confidence, right) of each heard word; a word that becomes several in plain form is several."""
    wanted = plain(reference)
    tokens = [(token, sure) for word, sure in heard for token in plain(word)]
    merged = _as_joined(tokens)
    got = [token for token, _ in merged]
    return [(merged[j][1], i is not None and wanted[i] == got[j]) for i, j in pairs(wanted, got) if j is not None]


def _as_joined(tokens: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Neighbouring numbers become one word, with the least of their confidences."""
    joined: list[tuple[str, float]] = []
    for token, sure in tokens:
        if token.isdigit() and joined and joined[-1][0].isdigit():
            joined[-1] = (plain(f"{joined[-1][0]} {token}")[0], min(joined[-1][1], sure))
        else:
            joined.append((token, sure))
    return joined


def calibration_error(said: Sequence[tuple[float, bool]], *, bins: int = 10) -> float:
    """Expected calibration error: distance of confidence and share of right words, over equal bins of confidence."""
    if not said:
        return 0.0
    total = 0.0
    for number in range(bins):
        inside = [pair for pair in said if min(int(pair[0] * bins), bins - 1) == number]
        if inside:
            sure = sum(confidence for confidence, _ in inside)
            right = sum(correct for _, correct in inside)
            total += abs(sure - right)
    return total / len(said)


@dataclass(frozen=True, slots=True)
class Found:
    """Planted phrases against those reported: one to one, within a tolerance."""

    planted: int
    reported: int
    which: tuple[int, ...]
    """Places, in the order given, of the planted ones that were found."""

    @property
    def right(self) -> int:
        return len(self.which)

    @property
    def recall(self) -> float:
        return self.right / self.planted if self.planted else 1.0

    @property
    def false(self) -> int:
        return self.reported - self.right


def planted_found(planted: Sequence[float], reported: Sequence[float], *, tolerance: float) -> Found:
    """Times in seconds; in order, each planted phrase takes the first report that is left within ``tolerance``.

    No other way of pairing finds more: the nearest could be needed by the next one.
    """
    left = sorted(reported)
    which = []
    for place, at in sorted(enumerate(planted), key=lambda each: each[1]):
        near = [each for each in left if abs(each - at) <= tolerance]
        if near:
            left.remove(near[0])
            which.append(place)
    return Found(len(planted), len(reported), tuple(which))
