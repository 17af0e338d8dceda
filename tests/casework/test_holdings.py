# SPDX-License-Identifier: Apache-2.0
"""From clue to gap list: what the rules and papers say should exist, asked for, late, received broken, published."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from conftest import plainview
from plainview.casework import holdings, releasing, review, standing
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import WrongUsage
from plainview.model.case import Agent
from plainview.pipeline.engine import InlineEngine
from plainview.pipeline.runs import Run, analyse
from plainview.pipeline.tasks import WorkStore

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
AMES = Agent("R. Ames", "investigator")
ASK = {
    "decide": "tracked_item", "name": "Body camera of unit 311", "clue": "unit 311", "state": "asked",
    "on": "2026-03-20", "holder": "the police", "due": "2026-04-03",
}  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """A case with a dispatch log that names two units, and an empty film."""
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"holdings")
    case = open_case(made, case_id="C-1", title="T", at=AT, rules="chicago", now=AT, acting=AMES)
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "cad.txt").write_text("00:18:02 unit 311 dispatched\n00:19:40 Unit 42 on scene\n")
    (folder / "bodycam.mp4").write_bytes(b"")
    receive([folder], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=AMES, secret=b"s")
    analyse(Run(made, case, InlineEngine(WorkStore(made.work)), AT, lambda *_: None, print), only=["pages"])
    return made


def decide(office: Workspace, *lines: dict[str, object]) -> None:
    review.apply(office, office.case("C-1"), lines, at=AT, default_agent="R. Ames")


def states(office: Workspace, today: date) -> dict[str, str]:
    desk = standing.open_desk(office, office.case("C-1"))
    return {row.clue or row.name: row.state for row in holdings.standings(desk, today=today)}


def test_clues_come_from_papers_and_rules_and_are_answered_by_their_key(office: Workspace) -> None:
    """Two units and what Chicago's rules know of are questions; asked for, late, broken follow; the log keeps all."""
    before = states(office, date(2026, 3, 20))
    decide(office, ASK)
    asked, late = states(office, date(2026, 4, 3)), states(office, date(2026, 4, 4))
    empty = next(each.id for each in office.ledger.exhibits("C-1") if each.name.endswith("bodycam.mp4"))
    decide(office, {"decide": "tracked_item", "name": ASK["name"], "state": "received", "on": "2026-04-05", "exhibit": empty})
    came = states(office, date(2026, 4, 6))

    assert before["unit 311"] == before["unit 42"] == "open"
    assert before["rule 911 and dispatch radio audio"] == "open"
    assert (asked["unit 311"], late["unit 311"], came["unit 311"]) == ("asked", "late", "broken")
    assert came["unit 42"] == "open"
    assert [row.kind for row in office.ledger.decisions("C-1")] == ["TrackItem", "TrackItem"]


def test_what_is_asked_for_is_published_and_a_question_is_not(office: Workspace) -> None:
    """The gap list holds the item with its sentence, without hidden words, and no clue that nobody answered."""
    decide(
        office,
        ASK,
        {"decide": "tracked_item", "name": "Camera of Zed Quill", "state": "refused", "on": "2026-03-21", "note": "he will not"},
        {"decide": "subject_terms", "subject": "w", "terms": ["Zed Quill"], "reason": "private", "law": "l"},
    )
    desk = standing.open_desk(office, office.case("C-1"))

    assert holdings.gaps(desk, today=date(2026, 3, 22)) == [
        ("Body camera of unit 311", "asked for from the police on 2026-03-20, not yet received"),
        ("Camera of Zed Quill", "refused: he will not"),
    ]
    shown = [(each.name, each.reason) for each in releasing._not_shown(desk, desk.state, today=date(2026, 4, 9))]
    assert ("Body camera of unit 311", "asked for from the police on 2026-03-20; due on 2026-04-03, not received") in shown
    assert ("[name hidden: private]", "refused: he will not") in shown
    assert not any("42" in name for name, _ in shown)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({**ASK, "state": "lost"}, "lost"),
        ({**ASK, "state": "received"}, "named as its exhibit"),
        ({**ASK, "state": "refused"}, "needs a note"),
        ({**ASK, "on": "soon"}, "soon"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_with_a_sentence(
    office: Workspace, line: dict[str, object], sentence: str
) -> None:
    """Nothing is recorded."""
    with pytest.raises(WrongUsage, match=sentence):
        decide(office, line)
    assert office.ledger.decisions("C-1") == []


def test_the_command_line_tells_it_for_people_scripts_and_spreadsheets(office: Workspace) -> None:
    """The same rows three ways; a cell that a spreadsheet would compute is text."""
    decide(office, {**ASK, "name": "=HYPERLINK(1)"})
    told = plainview("-C", office.root, "holdings", "C-1", "--on", "2026-04-09", "--json")
    sheet = plainview("-C", office.root, "holdings", "C-1", "--on", "2026-04-09", "--csv")
    gaps = plainview("-C", office.root, "holdings", "C-1", "--on", "2026-04-09", "--gaps")

    assert {row["name"]: row["state"] for row in json.loads(told.stdout)}["=HYPERLINK(1)"] == "late"
    assert "\n'=HYPERLINK(1),late,the police," in sheet.stdout
    assert gaps.stdout.strip().endswith("due on 2026-04-03, not received")
