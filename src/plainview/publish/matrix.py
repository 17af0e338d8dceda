# SPDX-License-Identifier: Apache-2.0
"""Parties against assertions: who said what about the same question, and what the record says of each.

What this module keeps true: a cell holds only what that party said; an empty cell says that it said nothing
about it here, never that it agrees; every party's assertions are told in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainview.model.release import Release
from plainview.model.statement import Assertion, Relation, Statement
from plainview.publish.tongue import Tongue

MARKS = {Relation.SUPPORTS: "s", Relation.CONTRADICTS: "c", Relation.UNDETERMINED: "u"}
NOUNS = {
    Relation.SUPPORTS: "supported",
    Relation.CONTRADICTS: "contradicted",
    Relation.UNDETERMINED: "cannot be determined",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many citations of one relation there are."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One assertion of one party: ``anchor`` is where its first comparison stands on the page."""

    anchor: str
    text: str
    """Its words, where the row's question is not the assertion itself."""
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One question, and what each party said about it, in the order of ``Matrix.parties``."""

    about: str
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table; no rows when fewer than two parties said anything that was compared."""

    parties: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


def matrix(release: Release, tongue: Tongue) -> Matrix:
    """Parties in the order they first spoke; questions that several answer first, then by first mention."""
    said = [(s, a) for s in sorted(release.statements, key=lambda s: (s.date, s.id)) for a in s.assertions]
    parties = tuple(dict.fromkeys(s.party for s, _ in said))
    if len(parties) < 2:
        return Matrix()
    questions: dict[str, list[tuple[Statement, Assertion]]] = {}
    for statement, assertion in said:
        questions.setdefault(_key(assertion), []).append((statement, assertion))
    order = sorted(questions.values(), key=lambda some: -len({s.party for s, _ in some}))
    return Matrix(parties, tuple(_row(some, parties, tongue) for some in order))


def _key(assertion: Assertion) -> str:
    """What makes two assertions answers to one question: it is named, or they are the same words."""
    return " ".join((assertion.about or assertion.text).casefold().strip(" .?!").split())


def _row(some: list[tuple[Statement, Assertion]], parties: tuple[str, ...], tongue: Tongue) -> Row:
    first = some[0][1]
    cells = tuple(tuple(_cell(s, a, tongue) for s, a in some if s.party == party) for party in parties)
    return Row((first.about or first.text).strip().rstrip("."), cells)


def _cell(statement: Statement, assertion: Assertion, tongue: Tongue) -> Cell:
    own = assertion.text.strip().rstrip(".") if assertion.about else ""
    anchor = f"{statement.id}-{assertion.id}-1" if assertion.citations else statement.id
    tallies = tally([c.relation for c in assertion.citations], tongue)
    return Cell(anchor, own, tallies or (Tally("u", tongue.say("not yet compared")),))


def tally(relations: list[Relation], tongue: Tongue) -> tuple[Tally, ...]:
    """One entry for each relation that occurs; counted where there are several citations."""
    found = []
    for relation, mark in MARKS.items():
        if number := relations.count(relation):
            said = tongue.named(NOUNS[relation])
            found.append(Tally(mark, f"{number} {said}" if len(relations) > 1 else said))
    return tuple(found)
