# SPDX-License-Identifier: Apache-2.0
"""The languages the pages speak: what the office and the page itself say; never what evidence says.

What this module keeps true: the English words stand in the code and are the key of every other language's glossary
(``glossary/es.json``); a sentence without an entry is said in English, and a test names it; numbers, clock times
and lengths are the same in every language.

>>> TONGUES["es"].say("Moments")
'Momentos'
>>> ENGLISH.counted(2, "recording"), TONGUES["es"].counted(2, "recording")
('2 recordings', '2 grabaciones')
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

GLOSSARIES = Path(__file__).parent / "glossary"
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Tongue:
    """One language: how it calls itself, which way it runs, what it says for each English sentence."""

    code: str
    name: str
    direction: str = "ltr"
    words: Mapping[str, str] = field(default_factory=dict, compare=False)
    scripts: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What the page's scripts say."""

    def say(self, text: str, /, **values: object) -> str:
        """The sentence in this language; ``%(name)s`` in it stands for a value."""
        return self.words.get(text, text) % values

    def named(self, name: str) -> str:
        """A name out of a fixed list (a reason, a relation), or as it is where the glossary does not know it."""
        return self.words.get(name, name)

    def counted(self, number: int, noun: str, plural: str = "") -> str:
        """``1 statement``, ``2 statements``, ``120,000 lines``."""
        return f"{self.figure(number)} {self.named(noun if number == 1 else plural or noun + 's')}"

    def figure(self, number: int) -> str:
        """A number with its thousands apart: by a comma in English, by a narrow space elsewhere (ISO 80000-1)."""
        return f"{number:,}".replace(",", "," if self.code == "en" else "\u202f")

    def listed(self, names: Sequence[str]) -> str:
        """``a``, ``a and b``, ``a, b and c``."""
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {self.named('and')} {names[-1]}"

    def day(self, value: date) -> str:
        """``June 9, 2026``."""
        return self.say("%(month)s %(day)d, %(year)d", month=self._month(value), day=value.day, year=value.year)

    def short_day(self, value: date) -> str:
        """``June 9``."""
        return self.say("%(month)s %(day)d", month=self._month(value), day=value.day)

    def _month(self, value: date) -> str:
        return self.named(MONTHS[value.month - 1])

    def page(self, name: str, first: Tongue) -> str:
        """Where the page ``name`` lies in this language: ``index.es.html`` beside ``index.html``.

        The language that is ``first`` has the plain name, so that an address without a language always answers.
        """
        if self == first:
            return name
        path, mark, anchor = name.partition("#")
        stem, _, kind = path.rpartition(".")
        return f"{stem}.{self.code}.{kind}{mark}{anchor}"


def _read(code: str) -> Tongue:
    known = json.loads((GLOSSARIES / f"{code}.json").read_text(encoding="utf-8"))
    return Tongue(code, known["name"], known["direction"], known["pages"], known["scripts"])


ENGLISH = Tongue("en", "English")
TONGUES = {"en": ENGLISH} | {path.stem: _read(path.stem) for path in sorted(GLOSSARIES.glob("*.json"))}


def spoken(languages: Sequence[str]) -> tuple[Tongue, ...]:
    """The languages of a case's pages, its own first; English where none of them has a glossary."""
    found = tuple(TONGUES[code] for code in dict.fromkeys(languages) if code in TONGUES)
    return found or (ENGLISH,)
