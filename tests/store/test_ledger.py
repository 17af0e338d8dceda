# SPDX-License-Identifier: Apache-2.0
"""The ledger: nothing without its custody event, nothing lost between writers, nothing rewritten unseen."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from plainview.errors import LogTampered
from plainview.model.case import Agent, Case, Exhibit, Kind
from plainview.model.custody import CustodyEvent
from plainview.model.finding import StepStatus
from plainview.model.merkle import leaf_hash
from plainview.model.rows import ApprovalRow, AuditRow, DecisionRow, FindingRow, ReleaseRow
from plainview.store.keys import salts
from plainview.store.ledger import Ledger

AT = datetime(2026, 3, 15, 2, 41, 7, 250_000, tzinfo=timezone(timedelta(hours=-5)))
CLERK = Agent("R. Ames", "evidence clerk")
COUNSEL = Agent("T. Oyelaran", "counsel")
CASE = Case("LOG-2026-0001", "Fair Street", AT)
SALT = salts(b"office secret")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    with ledger.change(acting=CLERK, at=AT) as change:
        change.add_case(CASE)
        change.record(CustodyEvent("case-created", CASE.id, CASE.id))
    yield ledger
    ledger.close()


def open_ledger(place: Path | str) -> Ledger:
    return Ledger(place, software="plainview test", salt=SALT)


def an_exhibit(number: int) -> Exhibit:
    return Exhibit(
        f"EX-{number:04d}", CASE.id, Kind.DOCUMENT, "a.txt", 3, "ab" * 32, "police", AT, extra={"file": "original/a"}
    )


def a_decision(body: str = "{}") -> DecisionRow:
    return DecisionRow(0, CASE.id, "redaction", body, CLERK.name, CLERK.role, AT, "minor", "5 ILCS 140/7(1)(b)")


def write_decisions(ledger: Ledger, writer: int, count: int) -> None:
    for i in range(count):
        with ledger.change(acting=CLERK, at=AT) as change:
            seq = change.add_decision(a_decision(f'{{"writer":{writer},"i":{i}}}'))
            change.record(CustodyEvent("decided", CASE.id, f"decision {seq}"))


def write_in_process(place: str, writer: int, count: int) -> None:
    write_decisions(open_ledger(place), writer, count)


def assert_all_written(ledger: Ledger, writers: int, count: int) -> None:
    """Every decision of every writer is there, numbered from 1 without gaps, beside as many custody entries."""
    decisions = ledger.decisions(CASE.id)
    wanted = {f'{{"writer":{writer},"i":{i}}}' for writer in range(writers) for i in range(count)}
    assert {each.body for each in decisions} == wanted
    assert [each.seq for each in decisions] == list(range(1, writers * count + 1))
    assert len(ledger.leaves()) == 1 + writers * count


def test_rows_come_back_as_they_went_in(ledger: Ledger) -> None:
    """Every kind of row is read back equal, zone and exact decision text included."""
    finding = FindingRow(CASE.id, "sync", "", "k1", StepStatus.FAILED, "no shared sound", "", "", AT)
    release = ReleaseRow(CASE.id, 1, "built", "", AT, '{"a": "ü"}', AT)
    approval = ApprovalRow(CASE.id, 1, "cd" * 32, COUNSEL, AT)
    with ledger.change(acting=CLERK, at=AT) as change:
        change.add_exhibit(an_exhibit(1))
        change.add_finding(finding)
        seq = change.add_decision(a_decision('{"b" : 1,  "ü":"\u202e"}'))
        change.add_release(release)
        change.record(CustodyEvent("received", CASE.id, "EX-0001"))
    with ledger.change(acting=CLERK, at=AT) as change:
        change.add_audit(AuditRow(CASE.id, 1, "cd" * 32, True, 1, AT))
        change.add_approval(approval)
        change.record(CustodyEvent("approved", CASE.id, "v1"))

    assert ledger.case(CASE.id) == CASE
    assert ledger.case("another") is None
    assert ledger.cases() == [CASE]
    assert ledger.exhibits(CASE.id) == [an_exhibit(1)]
    assert ledger.exhibits_of(CASE.id, "ab" * 32) == [an_exhibit(1)]
    assert ledger.next_exhibit_number(CASE.id) == 2
    assert ledger.findings(CASE.id) == [finding]
    assert [(each.seq, each.body, each.at) for each in ledger.decisions(CASE.id)] == [
        (seq, '{"b" : 1,  "ü":"\u202e"}', AT)
    ]
    assert ledger.releases(CASE.id) == [release]
    assert ledger.approvals(CASE.id) == [approval]


def test_findings_and_release_states_are_replaced(ledger: Ledger) -> None:
    """A recomputed finding and a release's next state take the place of the one before."""
    for state, status in (("built", StepStatus.FAILED), ("sealed", StepStatus.DONE)):
        with ledger.change(acting=CLERK, at=AT) as change:
            change.add_finding(FindingRow(CASE.id, "sync", "EX-0001", "k", status, "", "", "", AT))
            change.add_release(ReleaseRow(CASE.id, 1, state, "", AT, "{}", AT))
            change.record(CustodyEvent("examined", CASE.id, "EX-0001"))

    assert [each.status for each in ledger.findings(CASE.id)] == [StepStatus.DONE]
    assert [each.state for each in ledger.releases(CASE.id)] == ["sealed"]


def test_a_change_without_an_event_is_not_written(ledger: Ledger) -> None:
    """Forgetting the custody event is a mistake of the program, and nothing of the change remains."""
    with pytest.raises(RuntimeError, match="custody event"), ledger.change(acting=CLERK, at=AT) as change:
        change.add_exhibit(an_exhibit(1))

    assert ledger.exhibits(CASE.id) == []


def test_a_change_that_fails_leaves_neither_row_nor_entry(ledger: Ledger) -> None:
    """Change and custody event come and go together."""

    def attempt() -> None:
        with ledger.change(acting=CLERK, at=AT) as change:
            change.add_exhibit(an_exhibit(1))
            change.record(CustodyEvent("received", CASE.id, "EX-0001"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        attempt()

    assert ledger.exhibits(CASE.id) == []
    assert len(ledger.entries()) == 1


def test_entries_are_the_bytes_that_are_hashed(ledger: Ledger) -> None:
    """The stored leaf is the RFC 6962 hash of the stored bytes, and the bytes name agent, time and salt."""
    entry = ledger.entries(CASE.id)[0]

    assert leaf_hash(entry.body).hex() == entry.leaf
    assert b'"agent":"R. Ames"' in entry.body
    assert b'"time":"2026-03-15T07:41:07Z"' in entry.body
    assert f'"salt":"{SALT(0)}"'.encode() in entry.body
    assert ledger.entries("another") == []


def test_the_database_refuses_to_rewrite(ledger: Ledger, tmp_path: Path) -> None:
    """UPDATE and DELETE on what is only ever added to fail for any program that opens the database."""
    with ledger.change(acting=CLERK, at=AT) as change:
        change.add_exhibit(an_exhibit(1))
        change.add_decision(a_decision())
        change.add_audit(AuditRow(CASE.id, 1, "cd" * 32, True, 1, AT))
        change.add_approval(ApprovalRow(CASE.id, 1, "cd" * 32, COUNSEL, AT))
        change.record(CustodyEvent("decided", CASE.id, "decision 1"))
    database = sqlite3.connect(tmp_path / "ledger.sqlite")

    for table in ("exhibit", "decision", "approval", "entry"):
        for statement in (f"UPDATE plainview_{table} SET body = '{{}}'", f"DELETE FROM plainview_{table}"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE plainview_entry SET body = replace(body, 'Ames', 'Amos') WHERE seq = 1", "entry 1 is not as"),
        ("DELETE FROM plainview_entry WHERE seq = 1", "entry 1 is missing"),
        ("UPDATE plainview_entry SET leaf = 'ff' WHERE seq = 2", "entry 2 is not as"),
    ],
)
def test_rewriting_behind_the_triggers_is_found(ledger: Ledger, tmp_path: Path, statement: str, sentence: str) -> None:
    """Someone who drops the triggers and edits or removes an entry is found when the log is read."""
    write_decisions(ledger, 0, 3)
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    for verb in ("UPDATE", "DELETE"):
        database.execute(f"DROP TRIGGER plainview_entry_no_{verb}")
    database.execute(statement)
    database.commit()

    with pytest.raises(LogTampered, match=sentence):
        ledger.leaves()


def test_eight_threads_lose_no_write(ledger: Ledger) -> None:
    """Eight threads writing decisions at once: all are there, in one unbroken order."""
    threads = [threading.Thread(target=write_decisions, args=(ledger, writer, 10)) for writer in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert_all_written(ledger, 8, 10)


def test_several_processes_lose_no_write(ledger: Ledger, tmp_path: Path) -> None:
    """Four processes that open the same ledger write at once: all is there, in one unbroken order."""
    run_processes(str(tmp_path / "ledger.sqlite"), 4, 10)

    assert_all_written(ledger, 4, 10)


def run_processes(place: str, writers: int, count: int) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=write_in_process, args=(place, writer, count)) for writer in range(writers)]
    for each in children:
        each.start()
    for each in children:
        each.join()
        assert each.exitcode == 0


def test_a_new_ledger_may_be_opened_by_several_at_once(tmp_path: Path) -> None:
    """Four threads that all find no ledger make one, with one schema."""
    errors: list[BaseException] = []

    def attempt() -> None:
        try:
            assert open_ledger(tmp_path / "new.sqlite").cases() == []
        except BaseException as error:  # noqa: BLE001  carried out of the thread
            errors.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert errors == []


def test_sqlite_runs_in_wal_and_survives_a_power_cut(ledger: Ledger, tmp_path: Path) -> None:
    """The journal mode is WAL: readers never wait for the writer."""
    assert sqlite3.connect(tmp_path / "ledger.sqlite").execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_postgresql_loses_no_write_and_refuses_to_rewrite(postgresql: str) -> None:
    """On PostgreSQL four processes write one unbroken log, and the database refuses to change it."""
    import psycopg

    ledger = open_ledger(postgresql)
    with ledger.change(acting=CLERK, at=AT) as change:
        change.add_case(CASE)
        change.record(CustodyEvent("case-created", CASE.id, CASE.id))

    run_processes(postgresql, 4, 10)

    assert_all_written(ledger, 4, 10)
    for statement in ("UPDATE plainview_entry SET leaf = ''", "TRUNCATE plainview_decision"):
        with psycopg.connect(postgresql) as connection, pytest.raises(psycopg.errors.RaiseException, match="append"):
            connection.execute(statement)
    ledger.close()


def test_times_keep_their_zone(ledger: Ledger) -> None:
    """A case's epoch comes back with the offset it was given with, not shifted to UTC."""
    case = ledger.case(CASE.id)

    assert case is not None
    assert case.at.utcoffset() == timedelta(hours=-5)
    assert case.at.astimezone(UTC) == AT
