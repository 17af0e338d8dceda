# SPDX-License-Identifier: Apache-2.0
"""A case's dates from its ledger: decisions move them, letters are demanded, calendars and reminders follow."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pikepdf
import pytest

from conftest import plainview
from plainview.casework import clocks, releasing, review, standing
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import WrongUsage
from plainview.media.letter import letter
from plainview.model.case import Agent, Case, Exhibit, Kind
from plainview.model.custody import CustodyEvent

ZONE = timezone(timedelta(hours=-5))
DAY0 = datetime(2021, 3, 31, 9, 0, tzinfo=ZONE)
AMES = Agent("R. Ames", "investigator")
RADIO = "911 and dispatch radio audio"


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    workspace = create(tmp_path / "o", name="Office of Review", contact="1 Main", at=DAY0, acting=AMES, seed=b"clocks")
    open_case(
        workspace, case_id="A-1", title="T", at=datetime(2021, 3, 31, 0, 18, tzinfo=ZONE), rules="chicago",
        now=DAY0, acting=AMES,
    )  # fmt: skip
    return workspace


def case(office: Workspace) -> Case:
    return office.case("A-1")


def decide(office: Workspace, *lines: dict[str, object]) -> tuple[int, int]:
    return review.apply(office, case(office), lines, at=DAY0, default_agent="R. Ames")


EXTENSION = {
    "decide": "extension", "requested_by": "the police department", "requested_on": "2021-05-20", "reason": "a witness",
}  # fmt: skip


def test_decisions_move_the_dates(office: Workspace) -> None:
    """A notification is told as a wrong start, an extension moves the date once, revoking it moves it back."""
    decide(office, {"decide": "date", "event": "notification", "on": "2021-04-04"}, EXTENSION)
    moved = clocks.clocks(office, case(office), today=date(2021, 5, 21))
    again = decide(office, EXTENSION)
    decide(office, {"decide": "extension", "revoke": True, "reason": "the witness was heard"})
    back = clocks.clocks(office, case(office), today=date(2021, 5, 21))

    assert again == (0, 1)
    assert moved.day == 51
    assert {due.id: due.on for due in moved.dues}["release"] == date(2021, 6, 29)
    assert moved.miscounts[0].days_off == 4
    assert {due.id: due.on for due in back.dues}["release"] == date(2021, 5, 30)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({**EXTENSION, "days": 31}, "at most 30"),
        ({**EXTENSION, "requested_on": "2021-06-01"}, "after the date it would move"),
        ({"decide": "extension", "revoke": True, "reason": "x"}, "no extension to revoke"),
        ({"decide": "date", "event": "incident", "on": "2021-04-04"}, "the incident is the case's own time"),
        ({"decide": "date", "event": "complaint", "on": "yesterday"}, "isoformat"),
    ],
)
def test_what_the_rules_do_not_give_is_refused_in_a_sentence(
    office: Workspace, line: dict[str, object], sentence: str
) -> None:
    """Nothing of it is written."""
    with pytest.raises(WrongUsage, match=sentence):
        decide(office, line)

    assert office.ledger.decisions("A-1") == []


def test_letters_go_out_on_day_0_and_are_in_the_log(office: Workspace, tmp_path: Path) -> None:
    """Two holders, two letters, each with its digest in the custody log; a second call writes nobody again."""
    made = clocks.demand(office, case(office), out=tmp_path / "l", at=DAY0, acting=AMES)
    again = clocks.demand(office, case(office), out=tmp_path / "l", at=DAY0, acting=AMES)
    logged = [json.loads(e.body) for e in office.ledger.entries("A-1") if e.type == "demanded"]

    assert [(each.source, each.destroyed_on) for each in made] == [
        (RADIO, date(2021, 4, 30)),
        ("body-worn camera video that nobody flagged", date(2021, 6, 29)),
    ]
    assert again == ()
    assert [row["sha256"] for row in logged] == [sha256(each.path.read_bytes()).hexdigest() for each in made]
    text = words(made[0].path.read_bytes())
    for phrase in ("A-1", "April 30, 2021, which is 30 days from the date of this letter", "R. Ames", RADIO):
        assert phrase in text, text
    due = {d.id: d for d in clocks.clocks(office, case(office), today=date(2021, 4, 1)).dues}
    assert "Keeping it was demanded on March 31, 2021" in due[f"keep-{RADIO.replace(' ', '-')}"].explanation


def test_the_same_letter_has_the_same_bytes_and_says_what_it_cannot_print() -> None:
    """Long text breaks into lines and pages; a letter that the font lacks is named, not dropped."""
    long = "word " * 4000
    first, second = letter([long, "(a) \\ é"], title="T"), letter([long, "(a) \\ é"], title="T")

    assert first == second
    assert len(pikepdf.open(io.BytesIO(first)).pages) == 6
    assert "(a) \\ é" in words(first)
    assert words(first).count("word") == 4000
    with pytest.raises(ValueError, match="cannot print 'Ł'"):
        letter(["Łódź"], title="T")


def test_what_is_received_stops_its_clock(office: Workspace) -> None:
    """A 911 recording taken in on April 9 is held; its file name says what it is until a person titles it."""
    exhibit = Exhibit(
        "EX-0001", "A-1", Kind.RECORDING, "911_call.wav", 3, "ab" * 32, "OEMC", DAY0 + timedelta(days=9),
        extra={"file": "original/a"},
    )  # fmt: skip
    paper = replace(exhibit, id="EX-0002", kind=Kind.DOCUMENT, name="radio log.pdf", sha256="cd" * 32)
    with office.ledger.change(acting=AMES, at=DAY0) as change:
        change.add_exhibit(exhibit)
        change.add_exhibit(paper)
        change.record(CustodyEvent("received", "A-1", "EX-0001"))

    due = {d.id: d for d in clocks.clocks(office, case(office), today=date(2021, 6, 1)).dues}

    assert due[f"keep-{RADIO.replace(' ', '-')}"].met == date(2021, 4, 9)


def test_the_release_carries_the_date_and_its_reason(office: Workspace) -> None:
    """The public page gets the same sentence; an office under no rules gets no date."""
    decide(office, EXTENSION)
    found = releasing.deadline(standing.open_desk(office, case(office)))

    assert found is not None
    assert found.due == datetime(2021, 6, 29, 23, 59, 59, tzinfo=ZONE)
    assert "requested in writing by the police department" in found.explanation
    open_case(office, case_id="A-2", title="T", at=DAY0, rules="own", now=DAY0, acting=AMES)
    assert releasing.deadline(standing.open_desk(office, office.case("A-2"))) is None
    with pytest.raises(WrongUsage, match="give no dates"):
        clocks.clocks(office, office.case("A-2"), today=DAY0.date())


def test_reminders_name_what_is_near_or_overdue_over_all_cases(office: Workspace) -> None:
    """On April 20 the radio's thirty days are near; the release, forty days away, is not told yet."""
    open_case(office, case_id="A-2", title="T", at=DAY0, rules="new-york", now=DAY0, acting=AMES)
    open_case(office, case_id="A-3", title="T", at=DAY0, rules="own", now=DAY0, acting=AMES)

    found = clocks.reminders(office, today=date(2021, 4, 20), within=14)

    assert [(row["case"], row["on"], row["days_left"], row["state"]) for row in found] == [
        ("A-1", "2021-04-30", 10, "open"),
        ("A-2", "2021-04-30", 10, "open"),
    ]
    late = clocks.reminders(office, today=date(2021, 5, 1), within=0)
    assert {(row["case"], row["state"]) for row in late} == {("A-1", "may be gone"), ("A-2", "overdue")}


def test_the_calendar_reads_as_rfc_5545(office: Workspace) -> None:
    """CRLF, 75 octets a line, whole days, stable identities, commas escaped, alarms only while a date is open."""
    decide(office, {"decide": "status", "id": "s1", "date": "2021-04-28", "body": "COPA", "about": "Beauté, officer 1",
                    "kind": "recommendation", "text": "t"})  # fmt: skip
    text = clocks.ical(office, case(office), now=DAY0, today=date(2021, 4, 29))
    lines = text.encode().split(b"\r\n")
    joined = text.replace("\r\n ", "")
    events = joined.split("BEGIN:VEVENT")[1:]

    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in b"".join(lines)
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    starts = sorted(re.findall(r"UID:(\S+)\r\n.*?DTSTART;VALUE=DATE:(\d+)", joined, re.DOTALL))
    assert starts == [
        ("A-1.answer-s1@office-of-review", "20210727"),
        ("A-1.keep-911-and-dispatch-radio-audio@office-of-review", "20210430"),
        ("A-1.keep-body-worn-camera-video-that-nobody-flagged@office-of-review", "20210629"),
        ("A-1.release@office-of-review", "20210530"),
    ]
    assert all(each.count("BEGIN:VALARM") == 3 for each in events)
    assert "Beauté\\, officer 1" in joined
    assert clocks.ical(office, case(office), now=DAY0, today=date(2021, 4, 29)) == text


def test_the_command_line_tells_dates(office: Workspace) -> None:
    """One JSON document; a file for a calendar; packs."""
    root = office.root
    told = plainview("-C", root, "clocks", "A-1", "--on", "2021-04-28", "--json")
    data = json.loads(told.stdout)

    assert (data["day"], data["rules"]["key"]) == (28, "chicago")
    release = next(each for each in data["dates"] if each["id"] == "release")
    assert (release["on"], release["state"], release["days_left"]) == ("2021-05-30", "open", 32)
    assert plainview("-C", root, "clocks", "A-1", "--ical").stdout.startswith("BEGIN:VCALENDAR")
    assert "911 and dispatch" in plainview("-C", root, "reminders", "--on", "2021-04-20").stdout
    assert plainview("-C", root, "rules", "chigago").returncode == 2


def words(pdf: bytes) -> str:
    """The text of a PDF's pages, lines joined, as another program reads it."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)
