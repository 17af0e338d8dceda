# SPDX-License-Identifier: Apache-2.0
"""Access, fixity and the exported log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from casework.delivery import AT, CASE, CLERK, Office, open_office
from conftest import plainview
from plainview.casework import custody
from plainview.errors import LogTampered, VaultDamaged
from plainview.store import tlog
from plainview.store.keys import Keys, create_keys

ORIGIN = "plainview/example-office"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = open_office(tmp_path)
    office.give("a.txt", b"first paper")
    office.give("b.txt", b"second paper")
    office.take()
    return office


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return create_keys(tmp_path / "keys", seed=b"custody tests")


def check(office: Office) -> tuple[custody.Fixity, ...]:
    return custody.fixity_check(CASE, ledger=office.ledger, vault=office.vault, at=AT, acting=CLERK)


def test_looking_at_an_exhibit_is_logged_with_its_purpose(office: Office) -> None:
    """Who opened what, and why, is an entry like any other."""
    place = custody.log_access(
        CASE, subject="EX-0001", purpose="asked by the family's lawyers", ledger=office.ledger, at=AT, acting=CLERK
    )

    body = json.loads(office.ledger.entries(CASE.id)[-1].body)
    assert (body["seq"], body["agent"], body["detail"]) == (place, "R. Ames", "asked by the family's lawyers")


def test_intact_bytes_are_logged_as_intact(office: Office) -> None:
    """A clean check leaves one successful fixity event per stored exhibit."""
    office.give("c.txt", b"first paper")
    office.take()

    results = check(office)

    assert results == (custody.Fixity("EX-0001", ()), custody.Fixity("EX-0002", ()))
    custody.refuse_damage(results)
    assert office.events("EX-0002")[-1] == ("fixity-checked", "success")


def test_one_changed_byte_is_found_logged_and_named(office: Office) -> None:
    """A byte changed on disk is a failed fixity event and a sentence naming exhibit and file."""
    held = office.vault.original(office.ledger.exhibits(CASE.id)[1])
    held.chmod(0o644)
    held.write_bytes(b"second pager")

    results = check(office)

    assert [bool(each.problems) for each in results] == [False, True]
    assert office.events("EX-0002")[-1] == ("fixity-checked", "failure")
    with pytest.raises(VaultDamaged, match=r"EX-0002: v1/content/original/b\.txt has changed"):
        custody.refuse_damage(results)


def test_an_exported_log_is_checked_without_the_office(office: Office, keys: Keys, tmp_path: Path) -> None:
    """Every exported entry verifies against its proof with nothing but the files and the verifier key."""
    out = tmp_path / "out"

    checkpoint = custody.export_log(ledger=office.ledger, origin=ORIGIN, key=keys.log, out=out, case=CASE)

    assert checkpoint.size == len(office.ledger.entries())
    vkey = (out / "log.vkey").read_text().strip()
    numbers = sorted(int(path.name) for path in (out / "entries").iterdir())
    assert numbers == [entry.seq for entry in office.ledger.entries(CASE.id)]
    for number in numbers:
        proof = (out / "proofs" / f"{number}.tlog-proof").read_text()
        assert tlog.verify_proof(proof, (out / "entries" / str(number)).read_bytes(), vkey=vkey) == (number, checkpoint)


def test_an_export_refuses_a_log_that_lost_its_past(office: Office, keys: Keys, tmp_path: Path) -> None:
    """A log exported once cannot be exported again from a ledger that begins differently."""
    custody.export_log(ledger=office.ledger, origin=ORIGIN, key=keys.log, out=tmp_path / "out")
    (tmp_path / "other").mkdir()
    other = open_office(tmp_path / "other")

    with pytest.raises(LogTampered, match="entries when it was signed"):
        custody.export_log(ledger=other.ledger, origin=ORIGIN, key=keys.log, out=tmp_path / "out")


def test_fixity_and_the_log_from_a_terminal(tmp_path: Path) -> None:
    """Intact originals are counted; a changed byte is an error that names it; the exported log verifies."""
    (tmp_path / "note.txt").write_text("A note.\n")
    office = tmp_path / "office"
    plainview("init", office, "--name", "Office")
    plainview("-C", office, "case", "new", "C-1", "--title", "T", "--at", "2026-03-14T21:40:00-05:00")
    plainview("-C", office, "intake", "C-1", tmp_path / "note.txt", "--from", "somebody")

    intact = plainview("-C", office, "fixity", "C-1", "--as", "Ames")
    log = plainview("-C", office, "custody", tmp_path / "log", "--case", "C-1")
    (held,) = (office / "vault").rglob("note.txt")
    held.chmod(0o644)
    held.write_text("B note.\n")
    damaged = plainview("-C", office, "fixity", "C-1", "--as", "Ames", "--json")

    assert (intact.returncode, log.returncode) == (0, 0), intact.stderr + log.stderr
    assert "1 originals are byte for byte as they were sealed" in intact.stdout
    assert damaged.returncode == VaultDamaged.exit_code
    assert "EX-0001" in damaged.stderr
    assert json.loads(damaged.stdout)[0]["problems"]
    vkey = (tmp_path / "log" / "log.vkey").read_text().strip()
    assert tlog.open_checkpoint((tmp_path / "log" / "checkpoint").read_text(), vkey=vkey).size >= 4
