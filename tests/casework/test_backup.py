# SPDX-License-Identifier: Apache-2.0
"""An office is copied while it works and made again, on SQLite and PostgreSQL; a damaged backup makes nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conftest import plainview
from plainview.casework import backup, people, review
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case, open_office
from plainview.errors import NotAllowed, VaultDamaged, WrongUsage
from plainview.model.case import Agent
from server_of_postgresql import Cluster

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
AMES, BELL = Agent("R. Ames"), Agent("J. Bell")
FACTS = {"decide": "case_facts", "headline": "h", "summary": "s"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Addresses of new, empty places for a ledger."""
    if request.param == "sqlite":
        return lambda: ""
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.database


@pytest.fixture
def office(tmp_path: Path, database: Callable[[], str]) -> Workspace:
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"b", database=database())
    case = open_case(made, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "note.txt").write_text("a note")
    receive([tmp_path / "d"], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=AMES,
            secret=b"s")  # fmt: skip
    review.apply(made, case, [FACTS], at=AT, default_agent="R. Ames")
    people.give(made.ledger, person="J. Bell", role="administrator", case="", at=AT, acting=AMES)
    return made


def test_an_office_comes_back_with_its_log_its_originals_and_its_separate_duties(
    office: Workspace, tmp_path: Path, database: Callable[[], str]
) -> None:
    """Entries and decisions are equal byte for byte, originals are there, and the database still refuses."""
    count = backup.backup(office, tmp_path / "b", at=AT, acting=BELL)
    checked = subprocess.run(["sha256sum", "-c", "--quiet", backup.MANIFEST], cwd=tmp_path / "b", check=False)
    review_before = office.ledger.decisions("C-1")
    with office.ledger.change(acting=BELL, at=AT) as change:  # what happens after the backup is not in it
        change.add_grant("T. Oyelaran", people.Role.REVIEWER, case="", given=True)
        change.record(people.CustodyEvent("role-changed", "", "T. Oyelaran"))

    again = backup.restore(tmp_path / "b", tmp_path / "again", database=database(), at=AT, acting=BELL)

    assert (checked.returncode, count > 5) == (0, True)
    entries = [entry.body for entry in again.ledger.entries()]
    assert entries[: len(office.ledger.entries()) - 1] == [e.body for e in office.ledger.entries()][:-1]
    assert again.ledger.entries()[-1].type == "restored"
    assert again.ledger.decisions("C-1") == review_before
    assert again.vault.original(again.ledger.exhibits("C-1")[0]).read_bytes() == b"a note"
    assert [grant.person for grant in again.ledger.grants()] == ["J. Bell"]
    with pytest.raises(NotAllowed):
        review.apply(again, again.case("C-1"), [FACTS | {"headline": "x"}], at=AT, default_agent="R. Ames")
    assert open_office(tmp_path / "again").fingerprint == office.fingerprint
    assert "password" not in (tmp_path / "b" / "office.json").read_text()
    assert '"database"' not in (tmp_path / "b" / "office.json").read_text()


@pytest.mark.parametrize("how", ["changed", "missing", "added"])
def test_a_backup_that_is_not_as_it_was_written_makes_nothing(office: Workspace, tmp_path: Path, how: str) -> None:
    """The file is named and no folder is left."""
    backup.backup(office, tmp_path / "b", at=AT, acting=BELL)
    victim = next(path for path in (tmp_path / "b" / "vault").rglob("note.txt"))
    victim.chmod(0o600)
    victim.parent.chmod(0o700)
    if how == "changed":
        victim.write_text("A note")
    if how == "missing":
        victim.unlink()
    if how == "added":
        (tmp_path / "b" / "new.txt").write_text("x")

    with pytest.raises(VaultDamaged, match=f"{'new' if how == 'added' else 'note'}.txt (has|is|was) ?{how}"):
        backup.restore(tmp_path / "b", tmp_path / "again", database="", at=AT, acting=BELL)

    assert not (tmp_path / "again").exists()


def test_the_two_commands(tmp_path: Path) -> None:
    """From a terminal; a folder that exists, or that is no backup, is refused with a sentence."""
    create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"b")

    made = plainview("-C", tmp_path / "o", "backup", tmp_path / "b")
    again = plainview("restore", tmp_path / "b", tmp_path / "again")
    twice = plainview("-C", tmp_path / "o", "backup", tmp_path / "b")
    none = plainview("restore", tmp_path / "o", tmp_path / "third")

    assert (made.returncode, again.returncode, twice.returncode, none.returncode) == (0, 0, 2, 2), again.stderr
    assert "vault unharmed" in again.stdout
    assert "is no backup" in none.stderr
    with pytest.raises(WrongUsage, match="in the office itself"):
        backup.backup(open_office(tmp_path / "again"), tmp_path / "again" / "b", at=AT, acting=AMES)
