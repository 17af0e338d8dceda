# SPDX-License-Identifier: Apache-2.0
"""Expected against held: which recordings should exist, and what became of asking for them.

What this module keeps true: a clue is a question, never a finding that somebody hides something; a person turns it
into an item that is asked for, or says why it is not expected; *late* follows from the day an answer was due and is
never written down; an item that came and cannot be opened is broken, not received.

>>> [each.number for each in units("Unit three eleven, show car 42 on scene", where="EX-0004")]
['311', '42']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Asked(StrEnum):
    """What became of an expected item, as a person last said."""

    ASKED = "asked"
    RECEIVED = "received"
    REFUSED = "refused"
    BROKEN = "broken"
    DESTROYED = "destroyed"
    NOT_EXPECTED = "not expected"


@dataclass(frozen=True, slots=True)
class TrackItem:
    """One step in the life of an expected item; the last one about a name stands.

    ``clue`` is the key of the clue it answers, if any; ``due`` is the day by which the holder must answer.
    """

    name: str
    state: Asked
    on: date
    holder: str = ""
    due: date | None = None
    exhibit: str = ""
    note: str = ""
    clue: str = ""


@dataclass(frozen=True, slots=True)
class Clue:
    """Why something should exist: ``key`` stays the same for the same cause."""

    key: str
    name: str
    why: str
    where: tuple[str, ...] = ()
    """Exhibits that say so."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit named on the radio, in a call or in a log."""

    number: str
    said: str
    where: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the matrix. ``state`` is a word of ``Asked``, or ``open`` (nobody decided), ``late``, ``held``."""

    name: str
    state: str
    why: str
    holder: str = ""
    asked: date | None = None
    due: date | None = None
    exhibit: str = ""
    clue: str = ""

    @property
    def missing(self) -> bool:
        """Whether the public should read that it is not there."""
        return self.state in {Asked.ASKED, "late", Asked.REFUSED, Asked.BROKEN, Asked.DESTROYED}


_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBER = "|".join((r"\d{1,4}[a-z]?", *sorted((*_ONES, *_TENS), key=len, reverse=True)))
_CALLED = re.compile(
    rf"(?i)\b(unit|car|squad|patrol car|beat|engine|ambulance|medic)[ #]+((?:{_NUMBER})(?:[ -](?:{_NUMBER}))*)\b"
)
"""What dispatchers call the units they speak to. Words such as *all units* name none."""


def units(text: str, *, where: str) -> tuple[Unit, ...]:
    """Every unit that a text names by a number, in digits or in words, in order."""
    return tuple(Unit(_digits(found[2]), found[0], where) for found in _CALLED.finditer(text))


def _digits(spoken: str) -> str:
    """``three eleven`` is 311, ``forty two`` is 42, ``twenty one thirteen`` is 2113."""
    out, tens = "", 0
    for word in re.split("[ -]", spoken.casefold()):
        if word in _TENS:
            out, tens = out + (str(tens) if tens else ""), 20 + 10 * _TENS.index(word)
        elif word in _ONES and tens and 0 < _ONES.index(word) < 10:
            out, tens = out + str(tens + _ONES.index(word)), 0
        else:
            out, tens = out + (str(tens) if tens else "") + (str(_ONES.index(word)) if word in _ONES else word), 0
    return out + (str(tens) if tens else "")


def _often(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def unit_clues(named: Iterable[Unit], held: Iterable[str]) -> tuple[Clue, ...]:
    """A clue for each unit that no held recording's name, title or device names."""
    known = {number for text in held for number in re.findall(r"\d{1,4}[a-z]?", text.casefold())}
    by_number: dict[str, list[Unit]] = {}
    for each in named:
        if each.number not in known:
            by_number.setdefault(each.number, []).append(each)
    return tuple(
        Clue(
            f"unit {number}",
            f"Recordings of unit {number}",
            f"“{found[0].said}” is said or written {_often(len(found))}, and no recording held is of that unit",
            tuple(sorted({each.where for each in found})),
        )
        for number, found in sorted(by_number.items())
    )


def matrix(
    tracked: Mapping[str, TrackItem],
    clues: Iterable[Clue],
    held: Mapping[str, str],
    broken: Mapping[str, str],
    *,
    today: date,
) -> tuple[Standing, ...]:
    """Every item once: what is tracked, clues that nobody answered, and held exhibits.

    ``held`` and ``broken``: exhibit → its name, and the reason why it cannot be opened.
    """
    rows = [_tracked(item, broken, today) for item in tracked.values()]
    answered = {item.clue for item in tracked.values()} | set(tracked)
    rows += [
        Standing(clue.name, "open", clue.why, exhibit=", ".join(clue.where), clue=clue.key)
        for clue in clues
        if clue.key not in answered and clue.name not in answered
    ]
    named = {item.exhibit for item in tracked.values()}
    rows += [
        Standing(held.get(exhibit, exhibit), Asked.BROKEN, why, exhibit=exhibit)
        for exhibit, why in broken.items()
        if exhibit not in named
    ]
    rows += [
        Standing(name, "held", "received and sealed", exhibit=exhibit)
        for exhibit, name in held.items()
        if exhibit not in named and exhibit not in broken
    ]
    order = ("open", "late", *Asked, "held")
    return tuple(sorted(rows, key=lambda row: (order.index(row.state), row.name)))


def _tracked(item: TrackItem, broken: Mapping[str, str], today: date) -> Standing:
    state, why = str(item.state), item.note
    if item.state is Asked.RECEIVED and item.exhibit in broken:
        state, why = str(Asked.BROKEN), broken[item.exhibit]
    if item.state is Asked.ASKED and item.due is not None and item.due < today:
        state = "late"
    asked = item.on if item.state is Asked.ASKED else None
    return Standing(item.name, state, why, item.holder, asked, item.due, item.exhibit, item.clue)


def sentence(row: Standing) -> str:
    """What the public reads about an item that is missing."""
    whom = f" from {row.holder}" if row.holder else ""
    said = {
        "asked": f"asked for{whom}{f' on {row.asked}' if row.asked else ''}, not yet received",
        "late": f"asked for{whom}{f' on {row.asked}' if row.asked else ''}; due on {row.due}, not received",
        "refused": f"refused{f' by {row.holder}' if row.holder else ''}",
        "broken": "received, and cannot be opened",
        "destroyed": f"destroyed{f' by {row.holder}' if row.holder else ''}",
    }[row.state]
    return f"{said}: {row.why}" if row.why else said
