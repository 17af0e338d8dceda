# SPDX-License-Identifier: Apache-2.0
"""Every verb × every role × this case and another: exactly the allowed ones, and a refusal writes nothing."""

from __future__ import annotations

import itertools
import json
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conftest import plainview
from plainview.casework import clocks, custody, embargo, people, releasing, review, viewing
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import NotAllowed, PlainviewError, WrongUsage
from plainview.model.case import Agent, Exhibit
from plainview.model.custody import CustodyEvent
from plainview.model.decision import KINDS
from plainview.model.roles import DECIDE, EVERYWHERE, OFFICE_WIDE, RIGHTS, Role
from plainview.model.rows import DecisionRow
from plainview.model.time import SECOND, MediaSpan, MediaTime

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
BELL, AMES = Agent("J. Bell"), Agent("R. Ames")
CASES = ("C-1", "C-2")


@dataclass
class House:
    """An office with two cases of one paper each, and how to try every verb in it."""

    workspace: Workspace
    delivery: Path
    count: itertools.count[int] = field(default_factory=itertools.count)

    def exhibit(self, case: str) -> Exhibit:
        return self.workspace.ledger.exhibits(case)[0]

    def attempts(self) -> dict[str, Callable[[Agent, str], object]]:
        """Verb → do it in a case as somebody."""
        office, ledger = self.workspace, self.workspace.ledger
        tried: dict[str, Callable[[Agent, str], object]] = {
            "case new": lambda who, case: open_case(
                office, case_id=f"N-{next(self.count)}", title="T", at=AT, rules="chicago", now=AT, acting=who
            ),
            "intake": lambda who, case: receive(
                [self.delivery], case=office.case(case), received_from="x", ledger=ledger, vault=office.vault, at=AT,
                acting=who, secret=b"s",
            ),
            "show": lambda who, case: people.require(ledger, "show", case=case, acting=who),
            "view original": lambda who, case: viewing.open_original(
                office, office.case(case), self.exhibit(case), why="to see", at=AT, acting=who
            ),
            "fixity": lambda who, case: custody.fixity_check(
                office.case(case), ledger=ledger, vault=office.vault, at=AT, acting=who
            ),
            "demand": lambda who, case: clocks.demand(
                office, office.case(case), out=self.delivery.parent / "letters", at=AT, acting=who
            ),
            "invite": lambda who, case: embargo.invite(
                office, office.case(case), name="n", relation="mother", days=7, at=AT, acting=who
            ),
            "approve": lambda who, case: releasing.approve(
                office, office.case(case), number=1, digest="ab" * 32, at=AT, acting=who
            ),
            "publish": lambda who, case: releasing.clear(
                office, office.case(case), number=1, digest="ab" * 32, at=AT, acting=who
            ),
            "withdraw": lambda who, case: releasing.record_withdrawal(
                office, office.case(case), number=1, reason="r", at=AT, acting=who
            ),
            "people": lambda who, case: people.give(
                ledger, person=f"New {next(self.count)}", role="intake", case="", at=AT, acting=who
            ),
        }  # fmt: skip
        return tried | {DECIDE + kind: self._decide(kind) for kind in KINDS}

    def _decide(self, kind: str) -> Callable[[Agent, str], object]:
        """By a line of decisions where a bare case can take one, else straight into the ledger, which refuses too."""
        line = LINES.get(kind)
        if line is None:
            return lambda who, case: self._straight(who, case, kind)
        given: dict[str, object] = {key: "EX-0001" if value == "EX" else value for key, value in line.items()}
        return lambda who, case: review.apply(
            self.workspace, self.workspace.case(case), [given], at=AT, default_agent=who.name
        )

    def _straight(self, who: Agent, case: str, kind: str) -> None:
        people.require(self.workspace.ledger, DECIDE + kind, case=case, acting=who)


LINES: dict[str, dict[str, object]] = {
    "CaseFacts": {"decide": "case_facts", "headline": "h", "summary": "s"},
    "TitleExhibit": {"decide": "title_exhibit", "exhibit": "EX", "title": "t", "slug": "t"},
    "HideTerms": {"decide": "subject_terms", "subject": "a child", "terms": ["Zed"], "reason": "minor", "law": "l"},
    "PublishTranscript": {"decide": "transcript", "publish_unreviewed": True},
    "Moment": {"decide": "moment", "id": "m", "t": "2026-03-16T09:00:00+00:00", "kind": "other", "title": "t", "text": ""},
    "StatusEvent": {"decide": "status", "id": "s", "date": "2026-03-16", "body": "b", "about": "a", "kind": "leave", "text": "t"},
    "WithholdExhibit": {"decide": "withhold", "exhibit": "EX", "reason": "r", "law": "l"},
    "ExpectedItem": {"decide": "expected_item", "name": "n", "reason": "r"},
    "AcknowledgeFailure": {"decide": "acknowledge_failure", "step": "pages", "exhibit": "EX"},
    "VersionNote": {"decide": "version_note", "summary": "s"},
    "CaseDate": {"decide": "date", "event": "notification", "on": "2026-03-17"},
    "ExtendDeadline": {"decide": "extension", "requested_by": "x", "requested_on": "2026-03-20", "reason": "r"},
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    workspace = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"roles")
    (tmp_path / "delivery").mkdir()
    (tmp_path / "delivery" / "note.txt").write_text("a note")
    made = House(workspace, tmp_path / "delivery")
    for case in CASES:
        open_case(workspace, case_id=case, title="T", at=AT, rules="chicago", now=AT, acting=AMES)
        made.attempts()["intake"](AMES, case)
    people.give(workspace.ledger, person="J. Bell", role="administrator", case="", at=AT, acting=AMES)
    return made


def span(start: int, end: int) -> MediaSpan:
    return MediaSpan(MediaTime(start * SECOND), MediaTime(end * SECOND))


def refused(attempt: Callable[[Agent, str], object], who: Agent, case: str) -> bool:
    """Whether the person was turned away for want of a role; what fails later got past the door."""
    try:
        attempt(who, case)
    except NotAllowed as error:
        return "may not" in str(error) or "no role" in str(error)
    except PlainviewError:
        return False
    return False


def test_every_verb_has_its_roles_and_every_kind_of_decision_is_a_verb(house: House) -> None:
    """Nothing can be done that the table does not name."""
    assert set(house.attempts()) == set(RIGHTS)


@pytest.mark.parametrize("role", [None, *Role])
def test_role_matrix(house: House, role: Role | None) -> None:
    """A role in one case gives exactly its verbs there, and none in the other; what is refused leaves no trace."""
    ledger = house.workspace.ledger
    who = Agent(f"P. {role or 'Nobody'}")
    where = EVERYWHERE if role is Role.ADMINISTRATOR else "C-1"
    if role is not None:
        people.give(ledger, person=who.name, role=role, case=where, at=AT, acting=BELL)

    for verb, attempt in house.attempts().items():
        for case in CASES:
            has = role is not None and role in RIGHTS[verb]
            allowed = has and (where == EVERYWHERE or (case == where and verb not in OFFICE_WIDE))
            before = len(ledger.entries())
            assert refused(attempt, who, case) is not allowed, (verb, role, case)
            assert allowed or len(ledger.entries()) == before, (verb, role, case)


def test_the_database_agrees_with_the_table_about_every_kind_of_decision(house: House) -> None:
    """Written past all verbs, a decision is accepted from exactly those roles that the table names."""
    ledger = house.workspace.ledger
    for role in Role:
        who = Agent(f"P. {role}")
        people.give(ledger, person=who.name, role=role, case="", at=AT, acting=BELL)
        for kind in set(KINDS) - {"OpenAssessment"}:  # refused without a sealed one: test_assessing

            def straight(agent: Agent, case: str, kind: str = kind) -> None:
                with ledger.change(acting=agent, at=AT) as change:
                    change.add_decision(DecisionRow(0, case, kind, "{}", agent.name, "", AT, "", ""))
                    change.record(CustodyEvent("decided", case, case))

            assert refused(straight, who, "C-1") is (role not in RIGHTS[DECIDE + kind]), (kind, role)


def test_an_exhibit_of_another_case_is_not_shown_by_guessing_its_number(house: House) -> None:
    """A role in one case and an exhibit's name from another come to nothing, and no look is logged."""
    office, ledger = house.workspace, house.workspace.ledger
    people.give(ledger, person="R. Ames", role="redactor", case="C-1", at=AT, acting=BELL)

    with pytest.raises(WrongUsage, match="no exhibit of case C-1"):
        viewing.open_original(office, office.case("C-1"), house.exhibit("C-2"), why="w", at=AT, acting=AMES)

    assert viewing.seen(office, office.case("C-1")) == []


def test_every_look_at_an_original_is_logged_before_it_is_shown(house: House, tmp_path: Path) -> None:
    """Who, when, why, with which role; without a reason nobody is shown anything."""
    office, case = house.workspace, house.workspace.case("C-1")
    people.give(office.ledger, person="R. Ames", role="redactor", case="C-1", at=AT, acting=BELL)

    path = viewing.open_original(office, case, house.exhibit("C-1"), why="to redact", at=AT, acting=AMES)
    copy = viewing.copy_original(
        office, case, house.exhibit("C-1"), to=tmp_path / "c", why="to play", at=AT, acting=AMES
    )
    with pytest.raises(WrongUsage, match="needs a reason"):
        viewing.open_original(office, case, house.exhibit("C-1"), why=" ", at=AT, acting=AMES)

    assert path.read_bytes() == copy.read_bytes() == b"a note"
    assert [(each.exhibit, each.person, each.why) for each in viewing.seen(office, case)] == [
        ("EX-0001", "R. Ames", "to redact"),
        ("EX-0001", "R. Ames", "to play (copied)"),
    ]


def test_what_is_watched_is_kept_with_its_person(house: House, tmp_path: Path) -> None:
    """Two stretches are two rows and two entries; a stretch outside the recording, or no role, leaves nothing."""
    office, case = house.workspace, house.workspace.case("C-1")
    with wave.open(str(tmp_path / "call.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 8000 * 3))
    people.give(office.ledger, person="I. Take", role="intake", case="", at=AT, acting=BELL)
    receive(
        [tmp_path / "call.wav"],
        case=case,
        received_from="x",
        ledger=office.ledger,
        vault=office.vault,
        at=AT,
        acting=Agent("I. Take"),
        secret=b"s",
    )
    people.give(office.ledger, person="R. Ames", role="redactor", case="C-1", at=AT, acting=BELL)
    call = office.ledger.exhibits("C-1")[1]

    viewing.watched(office, case, call, span=span(0, 2), at=AT, acting=AMES)
    viewing.watched(office, case, call, span=span(1, 3), at=AT, acting=AMES)
    with pytest.raises(WrongUsage, match="not in it"):
        viewing.watched(office, case, call, span=span(0, 9), at=AT, acting=AMES)
    with pytest.raises(NotAllowed):
        viewing.watched(office, case, call, span=span(0, 1), at=AT, acting=Agent("Nobody"))

    assert [each.span for each in office.ledger.watches()] == [span(0, 2), span(1, 3)]
    assert [entry.type for entry in office.ledger.entries("C-1")].count("watched") == 2
    found = {each.person: each.watched for each in viewing.exposures(office, until=AT)}
    assert found == {"I. Take": 0.0, "R. Ames": round(4 / 60, 2)}
    turn = viewing.least_burdened(office, case, until=AT)
    assert turn is not None
    assert turn.person == "I. Take"


def test_roles_are_taken_with_a_reason_and_the_log_keeps_both(house: House) -> None:
    """Given, used, taken: after that the verb is refused; the log says by whom and why."""
    ledger = house.workspace.ledger
    people.give(ledger, person="R. Ames", role="redactor", case="C-1", at=AT, acting=BELL)
    with pytest.raises(WrongUsage, match="needs its reason"):
        people.take(ledger, person="R. Ames", role="redactor", case="C-1", why="", at=AT, acting=BELL)
    people.take(ledger, person="r. ames", role="redactor", case="C-1", why="left", at=AT, acting=BELL)

    with pytest.raises(NotAllowed, match=r"R\. Ames may not decide HideTerms in case C-1: it needs the role redactor"):
        house.attempts()[DECIDE + "HideTerms"](AMES, "C-1")
    told = [json.loads(entry.body)["detail"] for entry in ledger.entries() if entry.type == "role-changed"]
    assert told[-2:] == ["redactor given in case C-1", "redactor taken in case C-1: left"]
    with pytest.raises(WrongUsage, match="does not have the role"):
        people.take(ledger, person="R. Ames", role="redactor", case="C-1", why="again", at=AT, acting=BELL)
    with pytest.raises(NotAllowed, match="their own roles"):
        people.take(ledger, person="J. Bell", role="administrator", case="", why="tired", at=AT, acting=BELL)


def test_the_command_line_gives_roles_and_obeys_them(house: House) -> None:
    """The same verbs from a terminal; exit code 4 and one sentence for whoever may not."""
    root = house.workspace.root
    given = plainview("-C", root, "people", "give", "T. Oyelaran", "investigator", "--as", "J. Bell")
    listed = plainview("-C", root, "people", "list", "--json")
    looked = plainview("-C", root, "view", "C-1", "EX-0001", "--why", "to see", "--as", "Nobody")
    seen = plainview("-C", root, "view", "C-1", "EX-0001", "--why", "to see", "--as", "T. Oyelaran")
    shown = plainview("-C", root, "show", "C-1", "seen")

    assert (given.returncode, looked.returncode, seen.returncode) == (0, 4, 0), (given.stderr, seen.stderr)
    assert [(each["person"], each["role"]) for each in json.loads(listed.stdout)] == [
        ("J. Bell", "administrator"),
        ("T. Oyelaran", "investigator"),
    ]
    assert "Nobody may not view original in case C-1" in looked.stderr
    assert Path(seen.stdout.strip()).read_bytes() == b"a note"
    assert "T. Oyelaran" in shown.stdout
