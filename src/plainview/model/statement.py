# SPDX-License-Identifier: Apache-2.0
"""The statements ledger: what each party said, proposition by proposition, beside what is recorded.

The relation is of an assertion to a moment or page, never of a person to the truth; there are no
verdict words, and every party's claims go through the same table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Relation(StrEnum):
    """How a cited moment or page bears on an assertion."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    UNDETERMINED = "cannot be determined"


@dataclass(frozen=True, slots=True)
class Citation:
    """The tie of an assertion to a moment (``m3``) or to a page of a document; one is given."""

    relation: Relation
    note: str
    moment: str = ""
    document: str = ""
    page: int | None = None
    limits: str = ""
    """What cannot be seen or heard there."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One checkable proposition in a statement."""

    id: str
    text: str
    citations: tuple[Citation, ...] = ()
    about: str = ""
    """The question it answers, in words that several parties' assertions share; empty stands alone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the party said when shown the comparison."""

    date: date
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What one party said: exact words, who in what capacity, when, where it was said."""

    id: str
    party: str
    capacity: str
    speaker: str
    date: date
    source: str
    quote: str
    assertions: tuple[Assertion, ...]
    answer: Answer | None = None
    document: str = ""
    """Exhibit id of the paper that holds it, when there is one."""
    page: int | None = None
