# SPDX-License-Identifier: Apache-2.0
"""Decisions are only added to; where the case stands follows from them in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plainview.model import wire
from plainview.model.decision import (
    KINDS,
    Body,
    CorrectLine,
    DecideProposals,
    Decision,
    TitleExhibit,
    VersionNote,
    WithholdExhibit,
    parse_body,
    resolve,
    same_line,
)
from plainview.model.moment import Moment, MomentState
from plainview.model.redaction import Ground, Outcome
from plainview.model.time import IncidentSpan, IncidentTime

AT = datetime(2026, 4, 1, tzinfo=UTC)
GROUND = Ground("child-1", "minor", "705 ILCS 405")


def made(*bodies: Body, agent: str = "A. Reviewer") -> list[Decision]:
    return [Decision(i, body, agent, AT) for i, body in enumerate(bodies, 1)]


def span(start: int, end: int) -> IncidentSpan:
    return IncidentSpan(IncidentTime(start), IncidentTime(end))


def test_a_later_decision_stands_in_front_of_an_earlier_one() -> None:
    """Kept first, hidden afterwards: hidden; whatever order they are read in."""
    keep = DecideProposals(("p1", "p2"), Outcome.KEEP, GROUND)
    hide = DecideProposals(("p2",), Outcome.HIDE, GROUND)
    decisions = made(keep, hide)

    for order in (decisions, decisions[::-1]):
        assert {key: outcome for key, (outcome, _) in resolve(order).outcomes.items()} == {
            "p1": Outcome.KEEP,
            "p2": Outcome.HIDE,
        }


def test_withholding_and_titling_undo_each_other() -> None:
    """An exhibit is shown or withheld, never both."""
    title = TitleExhibit("EX-0001", "Body camera 1", "bwc-1")
    withheld = WithholdExhibit("EX-0001", "medical", "410 ILCS 50")

    assert resolve(made(title, withheld)).titles == {}
    assert resolve(made(title, withheld, title)).withheld == {}


def test_a_dismissed_moment_is_gone_and_may_be_confirmed_again() -> None:
    """Its id stays its own."""
    moment = Moment("m1", "shot", IncidentTime(0), None, 0, "A shot", "", state=MomentState.CONFIRMED)
    dismissed = replace(moment, state=MomentState.DISMISSED)

    assert resolve(made(moment, dismissed)).moments == {}
    assert resolve(made(moment, dismissed, moment)).moments == {"m1": moment}


def test_a_correction_replaces_the_one_about_the_same_words() -> None:
    """Two corrections of one line are one line; of two lines, two."""
    first, again = CorrectLine(span(0, 1000), "Drop it"), CorrectLine(span(100, 1100), "Drop the gun")
    other = CorrectLine(span(2000, 3000), "Where is it?")

    assert resolve(made(first, other, again)).lines == [other, again]


def test_lines_that_share_half_or_less_are_different() -> None:
    """More than half of the shorter must be common; touching is not sharing."""
    assert not same_line(span(0, 100), span(100, 200))
    assert not same_line(span(0, 100), span(50, 200))
    assert same_line(span(0, 100), span(49, 200))
    assert same_line(span(0, 1000), span(400, 410))


def test_the_author_of_the_last_decision_is_known() -> None:
    """He or she may not approve the release."""
    decisions = [*made(VersionNote("first")), Decision(7, VersionNote("second"), "B. Reviewer", AT)]

    assert resolve(decisions).last_author == "B. Reviewer"
    assert [note.summary for note in resolve(decisions).notes] == ["first", "second"]


def test_bodies_come_back_from_the_ledger() -> None:
    """By the class name kept beside them; an unknown kind is refused, not skipped."""
    body = CorrectLine(span(0, 1000), "Drop the gun", heard_on=("EX-0001",))

    assert parse_body("CorrectLine", wire.canonical(body)) == body
    assert all(kind.__name__ == name for name, kind in KINDS.items())
    with pytest.raises(ValueError, match="unknown kind of decision 'Erase'"):
        parse_body("Erase", "{}")
