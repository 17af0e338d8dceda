# SPDX-License-Identifier: Apache-2.0
"""Two people assess one tie apart: the second cannot see the first's answer, by any screen, export or query."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conftest import plainview
from plainview.casework import assessing, people, review, showing, standing
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import NotAllowed, WrongUsage
from plainview.model import wire
from plainview.model.assessment import OpenAssessment, Opinion, Tie
from plainview.model.case import Agent, Case
from plainview.model.custody import CustodyEvent
from plainview.model.statement import Relation

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
AMES, BELL, FIRST, SECOND = Agent("R. Ames"), Agent("J. Bell"), Agent("F. Irst"), Agent("S. Econd")
TIE = Tie("s1", "s1a1", moment="m1")
SECRET_NOTE = "the lamp is behind him"
STATEMENT: dict[str, Any] = {
    "decide": "statement", "id": "s1", "party": "The police", "capacity": "department", "date": "2026-03-17",
    "source": "a press release", "quote": "He held a lamp.", "assertions": [{"id": "s1a1", "text": "He held a lamp."}],
}  # fmt: skip
MOMENT = {"decide": "moment", "id": "m1", "t": "2026-03-16T09:00:05+00:00", "kind": "other", "title": "A hand", "text": ""}


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    database = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"blind", database=database)
    open_case(made, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    people.give(made.ledger, person=BELL.name, role="administrator", case="", at=AT, acting=AMES)
    for each in (FIRST, SECOND):
        people.give(made.ledger, person=each.name, role="investigator", case="C-1", at=AT, acting=BELL)
    review.apply(made, made.case("C-1"), [MOMENT, STATEMENT], at=AT, default_agent=FIRST.name)
    return made


def case_of(office: Workspace) -> Case:
    return office.case("C-1")


def assess(office: Workspace, who: Agent, relation: str, note: str = "") -> OpenAssessment | None:
    return assessing.assess(
        office, case_of(office), "s1a1", relation=relation, moment="m1", note=note, at=AT, acting=who
    )


def test_the_first_answer_shows_nowhere_until_there_is_a_second(office: Workspace) -> None:
    """No view, waiting list, decision, log entry or byte of the database holds it; who gave it is known."""
    assert assess(office, FIRST, "contradicts", SECRET_NOTE) is None

    desk = standing.open_desk(office, case_of(office))
    shown = [json.dumps(showing.view(office, case_of(office), what).data, default=str) for what in ("statements", "custody")]
    shown += [wire.dump(row) for row in desk.rows] + [each.what for each in review.waiting(desk)]
    shown += [each.body.decode() for each in office.ledger.entries()]

    assert [text for text in shown if SECRET_NOTE in text or "contradicts" in text] == []
    assert desk.state.sealed == {TIE}
    assert [each.what for each in review.waiting(desk) if each.kind == "assessment"] == [
        "s1a1 beside m1 waits for a second assessor"
    ]
    if not office.database:
        assert SECRET_NOTE.encode() not in (office.root / "ledger.sqlite3").read_bytes()


def test_two_who_chose_alike_make_a_citation(office: Workspace) -> None:
    """The second answer opens both in one transaction; the citation has what each noted; nothing waits any more."""
    assess(office, FIRST, "supports", "seen at the kerb")
    opened = assess(office, SECOND, "supports", "clear in picture 40")

    desk = standing.open_desk(office, case_of(office))
    cited = desk.state.statements["s1"].assertions[0].citations

    assert opened is not None
    assert (opened.first.person, opened.second.person) == (FIRST.name, SECOND.name)
    assert [(each.relation, each.note, each.moment) for each in cited] == [
        (Relation.SUPPORTS, "seen at the kerb clear in picture 40", "m1")
    ]
    assert [each for each in review.waiting(desk) if each.kind == "assessment"] == []


def test_two_who_differ_hold_the_release_until_the_difference_is_written(office: Workspace) -> None:
    """What is published then says that they differed, and how."""
    assess(office, FIRST, "supports")
    assess(office, SECOND, "undetermined")
    held = [each for each in review.waiting(standing.open_desk(office, case_of(office))) if each.kind == "assessment"]

    line = {**held[0].template, "relation": "cannot be determined", "note": "The hand is dark for two seconds."}
    review.apply(office, case_of(office), [line], at=AT, default_agent=FIRST.name)
    desk = standing.open_desk(office, case_of(office))
    cited = desk.state.statements["s1"].assertions[0].citations

    assert "differ (supports; cannot be determined)" in held[0].what
    assert [each.note for each in cited] == ["The hand is dark for two seconds."]
    assert cited[0].limits == "Two people assessed this apart and differed: supports; cannot be determined."
    assert [each for each in review.waiting(desk) if each.kind == "assessment"] == []


def test_nobody_is_both_assessors(office: Workspace) -> None:
    """The same person under another spelling is refused, and so is one without the role."""
    assess(office, FIRST, "supports")

    with pytest.raises(NotAllowed, match="a second person"):
        assess(office, Agent("f. irst "), "supports")
    with pytest.raises(NotAllowed):
        assess(office, AMES, "supports")
    with pytest.raises(WrongUsage, match="no assertion"):
        assessing.assess(office, case_of(office), "s9a9", relation="supports", moment="m1", at=AT, acting=SECOND)


def test_the_database_opens_no_assessment_but_to_a_second_person_and_once(office: Workspace) -> None:
    """A row written past the verb is refused: the first person's own, one of no sealed answer, a second opening."""
    assess(office, FIRST, "supports")
    sealed = office.ledger.decisions("C-1")[-1].seq
    said = Opinion("X", Relation.SUPPORTS)

    def straight(who: Agent, number: int) -> None:
        body = OpenAssessment(TIE, number, said, said)
        with office.ledger.change(acting=who, at=AT) as change:
            change.add_decision(review.row(case_of(office), body, replace(who, role="investigator"), AT))
            change.record(CustodyEvent("decided", "C-1", "s1a1"))

    for who, number in ((FIRST, sealed), (SECOND, sealed - 1), (SECOND, 99)):
        with pytest.raises(NotAllowed, match="opened once"):
            straight(who, number)
    assess(office, SECOND, "supports")
    people.give(office.ledger, person="T. Hird", role="investigator", case="C-1", at=AT, acting=BELL)
    with pytest.raises(NotAllowed, match="opened once"):
        straight(Agent("T. Hird"), sealed)


def test_in_an_office_with_roles_nobody_cites_alone(office: Workspace) -> None:
    """A statement said anew keeps the citations it has and takes no new one."""
    tied = {**STATEMENT, "assertions": [{**STATEMENT["assertions"][0], "citations": [{"relation": "supports", "moment": "m1"}]}]}
    with pytest.raises(NotAllowed, match="two people"):
        review.apply(office, case_of(office), [tied], at=AT, default_agent=FIRST.name)
    assess(office, FIRST, "supports")
    assess(office, SECOND, "supports")

    review.apply(office, case_of(office), [{**tied, "quote": "He held a lamp, they say."}], at=AT, default_agent=FIRST.name)

    said = standing.open_desk(office, case_of(office)).state.statements["s1"]
    assert (said.quote, len(said.assertions[0].citations)) == ("He held a lamp, they say.", 1)


def test_a_sealed_answer_that_somebody_changed_is_not_opened(tmp_path: Path) -> None:
    """One byte of it changed in the file, past every trigger, and the second assessor is told."""
    office = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"blind")
    open_case(office, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    review.apply(office, case_of(office), [MOMENT, STATEMENT], at=AT, default_agent=FIRST.name)
    assess(office, FIRST, "supports")
    with sqlite3.connect(office.root / "ledger.sqlite3") as file:
        file.execute("DROP TRIGGER plainview_decision_no_UPDATE")
        (body,) = file.execute("SELECT body FROM plainview_decision WHERE kind = 'SealAssessment'").fetchone()
        sealed = json.loads(body)["sealed"]
        changed = sealed[:30] + ("A" if sealed[30] != "A" else "B") + sealed[31:]
        file.execute("UPDATE plainview_decision SET body = ? WHERE body = ?", (body.replace(sealed, changed), body))

    done = plainview("assess", "C-1", "s1a1", "--relation", "supports", "--moment", "m1", "--as", "S. Econd", "-C", office.root)

    assert done.returncode != 0
    assert "not as it was written" in done.stderr
