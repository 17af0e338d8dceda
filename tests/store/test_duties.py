# SPDX-License-Identifier: Apache-2.0
"""Separation of duties in the database itself, on SQLite and on PostgreSQL: no program can write what is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plainview.errors import NotAllowed
from plainview.model import wire
from plainview.model.case import Agent, Case
from plainview.model.custody import CustodyEvent
from plainview.model.roles import RIGHTS, Role
from plainview.model.rows import ApprovalRow, AuditRow, DecisionRow, ReleaseRow
from plainview.store.keys import salts
from plainview.store.ledger import Ledger

AT = datetime(2026, 3, 15, 2, 41, tzinfo=UTC)
CASE = Case("C-1", "Fair Street", AT)
AMES, OYELARAN, CASTELLANO, BELL = (Agent(name) for name in ("R. Ames", "T. Oyelaran", "M. Castellano", "J. Bell"))
DIGEST, OTHER = "ab" * 32, "cd" * 32
EVENT = CustodyEvent("decided", CASE.id, "x")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    place = tmp_path / "l.sqlite3" if request.param == "sqlite" else request.getfixturevalue("postgresql")
    ledger = Ledger(place, software="test", salt=salts(b"secret"))
    with ledger.change(acting=AMES, at=AT) as change:
        change.add_case(CASE)
        change.record(CustodyEvent("case-created", CASE.id, CASE.id))
    yield ledger
    ledger.close()


def decide(ledger: Ledger, who: Agent, kind: str = "DrawMask", case: str = CASE.id) -> None:
    with ledger.change(acting=who, at=AT) as change:
        change.add_decision(DecisionRow(0, case, kind, "{}", who.name, who.role, AT, "", ""))
        change.record(EVENT)


def audit(
    ledger: Ledger, *, number: int = 1, digest: str = DIGEST, clean: bool = True, decisions: int | None = None
) -> None:
    count = len(ledger.decisions(CASE.id)) if decisions is None else decisions
    with ledger.change(acting=BELL, at=AT) as change:
        change.add_audit(AuditRow(CASE.id, number, digest, clean, count, AT))
        change.record(EVENT)


def approve(ledger: Ledger, who: Agent, *, number: int = 1, digest: str = DIGEST) -> None:
    with ledger.change(acting=who, at=AT) as change:
        change.add_approval(ApprovalRow(CASE.id, number, digest, who, AT))
        change.record(EVENT)


def clear(ledger: Ledger, who: Agent = BELL, *, number: int = 1, digest: str = DIGEST) -> None:
    with ledger.change(acting=who, at=AT) as change:
        change.clear(CASE.id, number, digest)
        change.record(EVENT)


def released(ledger: Ledger, number: int = 1) -> None:
    with ledger.change(acting=BELL, at=AT) as change:
        change.record(CustodyEvent("released", CASE.id, f"v{number}", sha256=DIGEST))


def give(ledger: Ledger, name: str, role: Role, *, by: Agent, case: str = "", given: bool = True) -> None:
    with ledger.change(acting=by, at=AT) as change:
        change.add_grant(name, role, case=case, given=given)
        change.record(EVENT)


def test_the_straight_way_is_open(ledger: Ledger) -> None:
    """One decides, two others approve the audited bytes, they are cleared and released."""
    decide(ledger, AMES)
    audit(ledger)
    approve(ledger, OYELARAN)
    approve(ledger, CASTELLANO)
    clear(ledger)
    released(ledger)

    assert ledger.cleared(CASE.id, 1, DIGEST)
    assert ledger.entries(CASE.id)[-1].type == "released"


@pytest.mark.parametrize("name", ["R. Ames", "r. ames", " R.  AMES ", "Ｒ. Ames"])
def test_an_author_of_what_is_new_cannot_approve_it(ledger: Ledger, name: str) -> None:
    """Not under another spelling either, and not when somebody else decided after."""
    decide(ledger, AMES)
    decide(ledger, BELL)
    audit(ledger)

    with pytest.raises(NotAllowed, match="new in this version and cannot approve it"):
        approve(ledger, Agent(name))

    assert ledger.approvals(CASE.id) == []


def test_the_author_of_an_older_version_may_approve_the_next(ledger: Ledger) -> None:
    """What was published already is not new: who decided for version 1 may approve version 2."""
    test_the_straight_way_is_open(ledger)
    decide(ledger, BELL)
    audit(ledger, number=2, digest=OTHER)

    approve(ledger, AMES, number=2, digest=OTHER)
    with pytest.raises(NotAllowed, match="cannot approve"):
        approve(ledger, BELL, number=2, digest=OTHER)


@pytest.mark.parametrize("how", ["none", "leaks", "other bytes", "older decisions", "superseded", "decided since"])
def test_a_stale_or_missing_audit_blocks_approval(ledger: Ledger, how: str) -> None:
    """Only the last audit of exactly these bytes, clean, and of all that is decided counts."""
    decide(ledger, AMES)
    if how == "leaks":
        audit(ledger, clean=False)
    if how == "other bytes":
        audit(ledger, digest=OTHER)
    if how == "older decisions":
        audit(ledger, decisions=0)
    if how == "superseded":
        audit(ledger)
        audit(ledger, digest=OTHER)
    if how == "decided since":
        audit(ledger)
        decide(ledger, AMES)

    with pytest.raises(NotAllowed, match="no clean audit of exactly these bytes"):
        approve(ledger, OYELARAN)


def test_one_approval_twice_is_one(ledger: Ledger) -> None:
    """A second spelling of a name is no second person, and without two nothing is cleared or released."""
    decide(ledger, AMES)
    audit(ledger)
    approve(ledger, OYELARAN)
    approve(ledger, Agent("t. oyelaran"))

    with pytest.raises(NotAllowed, match="two people have not approved"):
        clear(ledger)
    with pytest.raises(NotAllowed, match="not cleared"):
        released(ledger)


def test_a_decision_after_the_approvals_blocks_publication(ledger: Ledger) -> None:
    """What two people approved is no longer all that is decided."""
    decide(ledger, AMES)
    audit(ledger)
    approve(ledger, OYELARAN)
    approve(ledger, CASTELLANO)
    decide(ledger, AMES)

    with pytest.raises(NotAllowed, match="no clean audit"):
        clear(ledger)


def test_roles_are_given_by_another_who_is_an_administrator(ledger: Ledger) -> None:
    """The first role is an administrator's; after that others cannot, nor can anyone for himself or herself."""
    with pytest.raises(NotAllowed, match="first role given is an administrator's"):
        give(ledger, "T. Oyelaran", Role.COUNSEL, by=AMES)
    give(ledger, "J. Bell", Role.ADMINISTRATOR, by=AMES)
    give(ledger, "T. Oyelaran", Role.COUNSEL, by=BELL)
    for by, name in ((AMES, "M. Castellano"), (OYELARAN, "M. Castellano")):
        with pytest.raises(NotAllowed, match="only an administrator"):
            give(ledger, name, Role.COUNSEL, by=by)
    with pytest.raises(NotAllowed, match="their own roles"):
        give(ledger, "j. bell", Role.REVIEWER, by=BELL)

    assert [(each.person, each.role) for each in ledger.grants()] == [
        ("J. Bell", Role.ADMINISTRATOR),
        ("T. Oyelaran", Role.COUNSEL),
    ]


def test_the_database_knows_roles_cases_and_when_they_were_taken(ledger: Ledger) -> None:
    """A redactor of this case decides here and not there; after the role is taken, nowhere."""
    give(ledger, "J. Bell", Role.ADMINISTRATOR, by=AMES)
    give(ledger, "R. Ames", Role.REDACTOR, by=BELL, case=CASE.id)
    give(ledger, "T. Oyelaran", Role.REVIEWER, by=BELL, case="C-2")
    decide(ledger, AMES)
    for kind, case in (("Moment", CASE.id), ("DrawMask", "C-2"), ("NoSuchKind", CASE.id)):
        with pytest.raises(NotAllowed, match="no role to decide"):
            decide(ledger, AMES, kind, case)
    audit(ledger)
    with pytest.raises(NotAllowed, match="no role to approve"):
        approve(ledger, OYELARAN)
    give(ledger, "R. Ames", Role.REDACTOR, by=BELL, case=CASE.id, given=False)
    with pytest.raises(NotAllowed, match="no role to decide"):
        decide(ledger, AMES)


def test_the_tables_are_append_only_and_the_rights_are_the_programs(ledger: Ledger) -> None:
    """Audits, clearances and roles cannot be edited; the rights that triggers read are those of the model."""
    test_the_straight_way_is_open(ledger)
    give(ledger, "J. Bell", Role.ADMINISTRATOR, by=AMES)

    from django.db import Error, connections

    from plainview.store import tables

    for table in ("audit", "clearance", "grant", "approval", "decision"):
        column = "agent" if table == "approval" else "at"
        for statement in (f"UPDATE plainview_{table} SET {column} = 'x'", f"DELETE FROM plainview_{table}"):
            with pytest.raises(Error, match="append-only"), connections[ledger._alias].cursor() as cursor:
                cursor.execute(statement)
    rows = tables.RightTable.objects.using(ledger._alias).values_list("verb", "role")
    assert set(rows) == {(verb, role) for verb, roles in RIGHTS.items() for role in roles}


def test_a_ledger_of_the_first_schema_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its people get their keys, its published versions count as cleared, its triggers stand again."""
    Ledger(tmp_path / "new.sqlite3", software="test", salt=salts(b"secret")).close()  # sets Django up
    from plainview.store import tables

    place = tmp_path / "old.sqlite3"
    with monkeypatch.context() as patched:
        patched.setattr(tables, "UPGRADES", (tables.create,))
        patched.setattr(tables, "write_rights", lambda alias: None)
        old = Ledger(place, software="test", salt=salts(b"secret"))
        with old.change(acting=AMES, at=AT) as change:
            change.add_case(CASE)
            change.add_decision(DecisionRow(0, CASE.id, "DrawMask", "{}", "R. Ames", "", AT, "", ""))
            change.add_release(ReleaseRow(CASE.id, 1, "published", DIGEST, AT, "", AT + timedelta(hours=1)))
            change.record(EVENT)
        old.close()
    database = sqlite3.connect(place)
    for table in ("decision", "approval"):
        database.execute(f"ALTER TABLE plainview_{table} DROP COLUMN person")
    database.commit()
    database.close()

    ledger = Ledger(place, software="test", salt=salts(b"secret"))
    decide(ledger, BELL)
    audit(ledger, number=2, digest=OTHER)

    approve(ledger, AMES, number=2, digest=OTHER)
    with pytest.raises(NotAllowed, match="cannot approve"):
        approve(ledger, BELL, number=2, digest=OTHER)
    assert [each.body for each in ledger.decisions(CASE.id)] == ["{}", "{}"]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        sqlite3.connect(place).execute("DELETE FROM plainview_decision")
    assert wire.load(ReleaseRow, wire.dump(ledger.releases(CASE.id)[0])).state == "published"
    ledger.close()
