# SPDX-License-Identifier: Apache-2.0
"""What a hidden term looks like when it tries not to be found.

A term is searched for without its spaces, points, case and accents, with letters of other scripts that look like its
own, with its digits spelt out or not, in the spelling alphabets of pilots and of police radio, as a date in the usual
ways of writing one, backwards and turned by thirteen letters, across tags and word boundaries, and in raw bytes in
several encodings. Short terms are matched as whole words only, or every other text would be a leak.

>>> needles_of([HiddenTerm("555-0134", Ground("caller-1", "private-contact", "…"))])[0].in_text("five five five, 0134")
True
"""

from __future__ import annotations

import base64
import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from plainview.model.redaction import HiddenTerm

SHORT = 6
"""Letters below which a term must stand as whole words: ``Kane`` is in ``hurricane``."""
LONG = 8
"""Letters from which a term is found even where words were joined or split in other places."""
CODE = 5
"""The same for terms of letters and digits."""
_FEW_BYTES = 5
"""Bytes below which a term is not looked for inside pictures and sound: chance finds it there."""

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_SPOKEN = {word: str(i) for i, word in enumerate(_UNITS)} | {"oh": "0", "o": "0", "niner": "9"}
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_SPELLING = tuple(
    dict(zip("abcdefghijklmnopqrstuvwxyz", words.split(), strict=True))
    for words in (
        "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec "
        "romeo sierra tango uniform victor whiskey xray yankee zulu",
        "adam boy charles david edward frank george henry ida john king lincoln mary nora ocean paul queen robert sam "
        "tom union victor william xray young zebra",
    )
)
"""What is said for letters over the radio: the alphabet of aviation, and that of most American police."""
_LOOK_ALIKE = str.maketrans("аеорсухіјѕһԁԛԝӏвкмнтαοικνρτυ", "aeopcyxijshdqwlbkmhtaoikvptu")
"""Cyrillic and Greek letters that are drawn as Latin ones, small or capital."""
_DIGIT_WORD = re.compile(rf"\b({'|'.join(_SPOKEN)})\b[,.]?")
_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Needle:
    """One hidden term, prepared. ``runs`` are token sequences, ``squashed`` its letters and digits in one."""

    subject: str
    runs: tuple[tuple[str, ...], ...]
    squashed: str
    digits: re.Pattern[str] | None
    raw: tuple[bytes, ...]

    def in_text(self, text: str) -> bool:
        """Whether the term stands anywhere in ``text``, however written."""
        return self.in_folded(Folded(text))

    def in_folded(self, folded: Folded) -> bool:
        """The same on a text that is folded already."""
        if self.digits is None and self._unbroken(folded):
            return True
        if self.digits is not None and (self.digits.search(folded.plain) or self.digits.search(folded.spoken)):
            return True
        return any(run in folded for run in self.runs)

    def _unbroken(self, folded: Folded) -> bool:
        """Inside one word, or, when it cannot arise by chance, across words and as it is spelt out."""
        if len(self.squashed) >= SHORT and self.squashed in folded.joined:
            return True
        if len(self.squashed) >= LONG and any(each in folded.squashed for each in self._turned()):
            return True
        code = not self.squashed.isalpha()  # a plate, a badge: letters and digits hardly meet by chance
        if len(self.squashed) < (CODE if code else LONG):
            return False
        return self.squashed in folded.squashed or (code and self.squashed in folded.spoken_squashed)

    def _turned(self) -> tuple[str, str]:
        """Its letters backwards, and each thirteen further on."""
        return self.squashed[::-1], codecs.encode(self.squashed, "rot13")

    def in_bytes(self, lowered: bytes) -> bool:
        """Whether raw bytes (already lower case) hold the term as UTF-8 or UTF-16."""
        return any(each in lowered for each in self.raw)


class Folded:
    """One text, folded once and searched for many terms."""

    def __init__(self, text: str) -> None:
        self.plain = strip_accents(text.casefold())
        self.tokens = tuple(_TOKEN.findall(self.plain))
        self.squashed, self.joined = "".join(self.tokens), " ".join(self.tokens)
        self.spoken = _DIGIT_WORD.sub(lambda match: _SPOKEN[match.group(1)], self.plain)
        self.spoken_squashed = "".join(_TOKEN.findall(self.spoken))
        self._places: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            self._places.setdefault(token, []).append(place)

    def __contains__(self, run: tuple[str, ...]) -> bool:
        """Whether these tokens follow each other; or their letters, one by one, as in ``K A N E``."""
        if any(self.tokens[place : place + len(run)] == run for place in self._places.get(run[0], [])):
            return True
        letters = "".join(run)
        spelt = tuple(letters)
        starts = self._places.get(spelt[0], []) if len(letters) > 2 and not letters.isdigit() else []
        return any(self.tokens[place : place + len(spelt)] == spelt for place in starts)


def needles_of(terms: Iterable[HiddenTerm]) -> list[Needle]:
    """Every term with something to search for, prepared."""
    return [needle for term in terms if (needle := _needle(term)) is not None]


@lru_cache(maxsize=4096)
def _needle(term: HiddenTerm) -> Needle | None:
    folded = Folded(term.term)
    if not folded.squashed:
        return None
    runs = {folded.tokens, *(_possessive(folded.tokens)), *(Folded(each).tokens for each in _dates(term.term))}
    runs |= set(_over_the_radio(folded.tokens))
    return Needle(
        term.ground.subject,
        tuple(sorted(runs)),
        folded.squashed,
        _digit_pattern(folded.squashed),
        tuple(sorted(_raw(term.term.strip()))),
    )


def _possessive(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """``Kanes``, as in ``Kane's`` without its apostrophe."""
    yield (*tokens[:-1], tokens[-1] + "s")


def _over_the_radio(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The longest part of a term in each spelling alphabet, ``Victor Edward George Adam``; digits either way."""
    part = max(tokens, key=len) if all(token.isalpha() for token in tokens) else "".join(tokens)
    if len(part) < 4 or part.isdigit() or not part.isascii():
        return
    for words in _SPELLING:
        yield tuple(words.get(letter, letter) for letter in part)
        yield tuple(words.get(letter) or _UNITS[int(letter)] for letter in part)
        yield tuple(words.get(letter, letter) for letter in re.findall(r"[a-z]|\d+", part))


def _digit_pattern(squashed: str) -> re.Pattern[str] | None:
    """A number with the separators people write into one; not as part of a longer number."""
    if not squashed.isdigit() or len(squashed) < 4:
        return None
    return re.compile(r"(?<![\d.])" + r"[\s().\-/+]{0,3}".join(squashed) + r"(?!\d)")


def _raw(term: str) -> set[bytes]:
    """The term as bytes: UTF-8 and UTF-16, spaces as they are, as ``+``, ``%20``, ``_`` and ``-``."""
    lowered = term.casefold()
    if len(lowered.encode()) < _FEW_BYTES:
        return set()
    spaced = {lowered, *(lowered.replace(" ", mark) for mark in ("_", "-", "+", "%20", ""))}
    return {each.encode(code) for each in spaced for code in ("utf-8", "utf-16-le", "utf-16-be")}


def base64_texts(text: str) -> Iterator[bytes]:
    """What every long run of base64 in a text decodes to."""
    for match in re.finditer(r"[A-Za-z0-9+/_-]{16,}={0,2}", text):
        run = match.group().replace("-", "+").replace("_", "/").rstrip("=")
        # A run may begin inside a group of four: try the four ways to cut it.
        for skip in range(4):
            part = run[skip:]
            part = part[: len(part) - (len(part) % 4 == 1)]
            try:
                yield base64.b64decode(part + "=" * (-len(part) % 4))
            except ValueError:
                continue


def base32_texts(text: str) -> Iterator[bytes]:
    """What every long run of base32 in a text decodes to."""
    for match in re.finditer(r"[A-Z2-7]{16,}={0,6}", text):
        run = match.group().rstrip("=")
        try:
            yield base64.b32decode(run + "=" * (-len(run) % 8))
        except ValueError:
            continue


def hex_texts(text: str) -> Iterator[bytes]:
    """What every long run of hexadecimal digits in a text decodes to."""
    for match in re.finditer(r"(?:[0-9A-Fa-f]{2}){8,}", text):
        yield bytes.fromhex(match.group())


def strip_accents(text: str) -> str:
    """Letters without their marks, look-alike forms as plain ones, marks of width and direction gone."""
    spread = unicodedata.normalize("NFKD", text)
    return "".join(char for char in spread if unicodedata.category(char) not in ("Mn", "Cf")).translate(_LOOK_ALIKE)


def _dates(term: str) -> Iterator[str]:
    """Other ways to write a term that is a date, with the year in full."""
    day = _as_date(term)
    if day is None:
        return
    month, year, two = _MONTHS[day.month - 1], day.year, f"{day.year % 100:02d}"
    numbers = {f"{day.month}", f"{day.month:02d}"}, {f"{day.day}", f"{day.day:02d}"}
    for m in numbers[0]:
        for d in numbers[1]:
            yield from (f"{m} {d} {year}", f"{d} {m} {year}", f"{year} {m} {d}", f"{m} {d} {two}")
    ordinal = f"{day.day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day.day % 10 * (day.day not in (11, 12, 13)), 'th') }"
    for name in (month, month[:3]):
        for d in (str(day.day), ordinal, _ordinal(day.day)):
            for y in (str(year), _spoken_year(year)):
                yield from (f"{name} {d} {y}", f"{d} {name} {y}", f"{d} of {name} {y}", f"{name} the {d} {y}")


def _as_date(term: str) -> date | None:
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%d.%m.%Y", "%B %d, %Y", "%B %d %Y", "%d %B %Y", "%b %d, %Y"):
        try:
            return datetime.strptime(term.strip(), form).date()  # noqa: DTZ007  # a birth date has no zone
        except ValueError:
            continue
    return None


def _ordinal(day: int) -> str:
    if day <= 20:
        return _ORDINALS[day - 1]
    tens = _TENS[day // 10 - 2]
    return f"{tens[:-1]}ieth" if day % 10 == 0 else f"{tens} {_ORDINALS[day % 10 - 1]}"


def _spoken_year(year: int) -> str:
    """``nineteen eighty nine``, ``two thousand four``."""
    if 2000 <= year < 2010:
        return f"two thousand {_UNITS[year % 10]}" if year % 10 else "two thousand"
    return f"{_two_digits(year // 100)} {_two_digits(year % 100)}"


def _two_digits(number: int) -> str:
    if number < 10:
        return f"oh {_UNITS[number]}"
    if number < 20:
        return _TEENS[number - 10]
    return _TENS[number // 10 - 2] + (f" {_UNITS[number % 10]}" if number % 10 else "")
