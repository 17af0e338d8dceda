# SPDX-License-Identifier: Apache-2.0
"""Two people say, each without seeing the other's answer, how something recorded bears on an assertion.

What this module keeps true: the first answer is sealed until a second person has given one; what both chose alike is
a citation; where they differ it is open, until somebody writes the difference down, which is then published.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainview.model.statement import Citation, Relation


@dataclass(frozen=True, slots=True)
class Tie:
    """What is assessed: an assertion beside a moment, or beside a page of a paper."""

    statement: str
    assertion: str
    moment: str = ""
    document: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """One assessor's answer."""

    person: str
    relation: Relation
    note: str = ""
    limits: str = ""
    """What cannot be seen or heard there."""


@dataclass(frozen=True, slots=True)
class SealAssessment:
    """Somebody assessed a tie as the first; ``sealed`` can be read with the office's secret alone."""

    tie: Tie
    sealed: str


@dataclass(frozen=True, slots=True)
class OpenAssessment:
    """A second person assessed the same tie, and both answers were opened in that instant."""

    tie: Tie
    sealed: int
    """The number of the first one's decision."""
    first: Opinion
    second: Opinion

    @property
    def alike(self) -> bool:
        return self.first.relation is self.second.relation


@dataclass(frozen=True, slots=True)
class SettleAssessment:
    """Two assessors differed: what is published, and the difference in words."""

    tie: Tie
    relation: Relation
    note: str
    limits: str = ""


def agreed(opened: OpenAssessment) -> Citation:
    """The citation of two who chose alike, with what each of them noted."""
    notes = dict.fromkeys(filter(None, (opened.first.note, opened.second.note)))
    limits = dict.fromkeys(filter(None, (opened.first.limits, opened.second.limits)))
    tie = opened.tie
    return Citation(opened.first.relation, " ".join(notes), tie.moment, tie.document, tie.page, " ".join(limits))


def settled(opened: OpenAssessment, said: SettleAssessment) -> Citation:
    """The citation of two who differed: it says so."""
    differ = f"Two people assessed this apart and differed: {opened.first.relation}; {opened.second.relation}."
    tie = said.tie
    return Citation(
        said.relation, said.note, tie.moment, tie.document, tie.page, " ".join(filter(None, (said.limits, differ)))
    )
