# SPDX-License-Identifier: Apache-2.0
"""An export as evidence systems, dispatchers and recorders write it: what it claims, what it misses, what it asks."""

from __future__ import annotations

import hashlib
import json
import struct
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from conftest import plainview
from plainview.casework import holdings, review, showing, standing
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.media import lists, onvif
from plainview.model.case import Agent, Source
from plainview.model.claim import BUFFER_US, Claims, LogEntry
from plainview.model.time import SECOND
from plainview.pipeline.engine import InlineEngine
from plainview.pipeline.runs import Run, analyse
from plainview.pipeline.tasks import WorkStore
from sounds_of_noise import noise

CHICAGO = timezone(timedelta(hours=-5))
AT = datetime(2026, 3, 31, 0, 18, tzinfo=CHICAGO)
AMES = Agent("R. Ames", "staff")

NAMES = ("AXON_Body_3_Video_2026-03-31_0016.wav", "AXON_Fleet_3_Video_2026-03-31_0015.wav", "shop.wav", "shop_copy.wav")


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """Four recordings, a list of five files (one not delivered, one with other bytes), a dispatch log in CSV."""
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"claims")
    case = open_case(made, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    folder = tmp_path / "delivery"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        noise(folder / name, seed=number, seconds=1)
    shop = hashlib.sha256((folder / "shop.wav").read_bytes()).hexdigest()
    (folder / "evidence.csv").write_text(
        "Evidence Title;Device Model;Device Serial Number;Recorded On;SHA-256\n"
        "AXON Body 3 Video 2026-03-31 0016;Axon Body 3;X60A00001;2026-03-31T05:16:20Z;\n"
        "AXON Fleet 3 Video 2026-03-31 0015;Axon Fleet 3;X70B00002;3/31/2026 12:15 AM;\n"
        f"renamed by the clerk.wav;;DVR-9;2026-03-31T00:10:00-05:00;{shop}\n"
        f"shop_copy.wav;;DVR-9;;{'0' * 64}\n"
        "AXON Body 3 Video 2026-03-31 0017;Axon Body 3;X60A00003;2026-03-31T05:17:05Z;\n"
    )
    (folder / "cad.csv").write_text(
        "Date,Time,Unit,Comments\n"
        "03/31/2026,00:15:02,311,shots heard by caller\n"
        "03/31/2026,00:17:40,42,on scene\n"
        ",,42,(no time)\n"
        "03/31/2026,00:21:00,42,ambulance asked for\n"
    )
    receive([folder], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=AMES, secret=b"s")
    analyse(Run(made, case, InlineEngine(WorkStore(made.work)), AT, lambda *_: None, print), only=["claims", "sync"])
    return made


def test_a_list_claims_source_device_serial_and_start_and_each_claim_says_where_it_stands(office: Workspace) -> None:
    """Matched by title, by a date without zone, and by digest under another name; a body camera's start is doubtful."""
    desk = standing.open_desk(office, office.case("C-1"))
    named = {each.name: each.id for each in desk.exhibits}
    found = {
        each.exhibit: (each.where, each.source, each.device, each.serial, each.started, each.uncertainty)
        for each in desk.found.claims.claims
        if each.by == named["evidence.csv"]
    }

    assert found[named[NAMES[0]]] == (
        "row 1", Source.BODY_CAMERA, "Axon Body 3", "X60A00001", datetime(2026, 3, 31, 5, 16, 20, tzinfo=UTC),
        SECOND + BUFFER_US,
    )  # fmt: skip
    fleet = found[named[NAMES[1]]]
    assert fleet[1:4] == (Source.DASH_CAMERA, "Axon Fleet 3", "X70B00002")
    assert (fleet[4], fleet[5]) == (datetime.fromisoformat("2026-03-31T00:15:00"), 30 * SECOND)
    assert found[named["shop.wav"]][0] == "row 3"
    assert found[named["shop.wav"]][3:] == ("DVR-9", datetime(2026, 3, 31, 0, 10, tzinfo=CHICAGO), SECOND)


def test_what_was_listed_and_not_delivered_is_asked_for_and_other_bytes_are_told(office: Workspace) -> None:
    """The fifth row is a question with its row and time; the fourth names other bytes; units have their times."""
    desk = standing.open_desk(office, office.case("C-1"))
    clues = {each.key: each for each in holdings.clues(desk)}
    list_id, log_id = (next(e.id for e in desk.exhibits if e.name == name) for name in ("evidence.csv", "cad.csv"))
    copy = next(each.id for each in desk.exhibits if each.name == "shop_copy.wav")
    listed = [each for key, each in clues.items() if key.startswith("list ")]

    assert [(each.name, each.why) for each in listed] == [
        (
            "AXON Body 3 Video 2026-03-31 0017",
            f"row 5 of {list_id} lists it, recorded 2026-03-31 05:17:05, and it was not delivered",
        )
    ]
    assert clues["unit 42"].why.endswith("the log has it from 00:17:40 to 00:21:00")
    assert clues["unit 311"].where == (log_id,)
    assert (list_id, f"row 4 gives other bytes for shop_copy.wav than were received as {copy}") in desk.found.claims.problems
    assert (log_id, "row 3 names no day and time that can be read") in desk.found.claims.problems


def test_a_log_line_becomes_a_moment_only_when_a_person_says_so(office: Workspace) -> None:
    """Each line of the log is a filled-in decision; nothing of it is in the case until it is applied."""
    case = office.case("C-1")
    before = standing.open_desk(office, case)
    lines = showing.view(office, case, "claims").data["moments"]
    review.apply(office, case, [lines[1]], at=AT, default_agent="R. Ames")
    after = standing.open_desk(office, case).state.moments

    assert before.state.moments == {}
    assert [line["t"] for line in lines] == ["2026-03-31T00:15:02", "2026-03-31T00:17:40", "2026-03-31T00:21:00"]
    assert [(m.title, m.start, m.uncertainty) for m in after.values()] == [("42 on scene", -20 * SECOND, SECOND)]


def test_claims_fill_in_what_a_person_is_asked_and_the_clocks_of_the_case(office: Workspace) -> None:
    """The title to decide proposes the listed device; the timeline holds the listed start as one more reading."""
    desk = standing.open_desk(office, office.case("C-1"))
    body = next(each.id for each in desk.exhibits if each.name == NAMES[0])
    titles = {item.template["exhibit"]: item.template for item in review.waiting(desk) if item.kind == "title"}
    assert desk.found.timeline is not None
    readings = [each for each in desk.found.timeline.readings if each.source == "export list"]

    assert (titles[body]["device"], titles[body]["source"]) == ("Axon Body 3", "body camera")
    assert {each.reads for each in readings if each.exhibit == body} == {datetime(2026, 3, 31, 5, 16, 20, tzinfo=UTC)}
    assert len(readings) == 3


def test_the_command_line_tells_claims(office: Workspace) -> None:
    """``show CASE claims`` for people and as JSON."""
    told = plainview("-C", office.root, "show", "C-1", "claims")
    data = json.loads(plainview("-C", office.root, "show", "C-1", "claims", "--json").stdout)

    assert "not held" in told.stdout
    assert "± 121 s" in told.stdout
    assert len(data["log"]) == len(data["moments"]) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("when,what\n1,2\n", Claims()),
        ("", Claims()),
        ("File,Serial\na.mp4,X1\n", "list"),
        ("﻿Unit,Dispatched,On Scene\n7,2026-03-31 00:01:00,2026-03-31 00:05:30\n", "log"),
        ('{"evidence": [{"fileName": "a.mp4", "file name": "a.mp4", "serial": "X1"}]}', "list"),
        ("[[[[", Claims()),
        ('"' * 70000 + ",", Claims()),
    ],
)
def test_a_table_is_a_list_a_log_or_nothing(tmp_path: Path, text: str, expected: object) -> None:
    """Headings decide; a unit with a column for each status gives an entry for each time; broken tables say nothing."""
    (tmp_path / "t.csv").write_text(text)
    rows = lists.table(tmp_path / "t.csv")
    listed, (log, _) = lists.export_list(rows, exhibit="EX-0009"), lists.dispatch_log(rows, exhibit="EX-0009")

    assert bool(listed) == (expected == "list")
    assert log == (
        (
            LogEntry("EX-0009", 1, datetime.fromisoformat("2026-03-31T00:01:00"), SECOND, "7", "dispatched"),
            LogEntry("EX-0009", 1, datetime.fromisoformat("2026-03-31T00:05:30"), SECOND, "7", "on scene"),
        )
        if expected == "log"
        else ()
    )


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def exported(start: datetime, *, in_signature: bool) -> bytes:
    """The boxes of an ONVIF export as its specification draws them, around no film at all."""
    ticks = (start - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10
    began = box(b"cstb", struct.pack(">IIQ", 1, 1, ticks))
    source = b"North door\0http://10.0.0.9/\x0008-00-27-00-0C-15\x002\0"
    suep = box(b"suep", b"\1\0\0\0", b"Recorder\0\0\0", struct.pack(">Q", 0), b"clerk\0", struct.pack(">IH", 1, 1), source)
    signed = box(b"ipro", bytes(4), struct.pack(">H", 1), box(b"sinf", box(b"schi", began)))
    meta = box(b"meta", bytes(4), suep, signed if in_signature else began)
    return box(b"ftyp", b"mp42", bytes(4)) + meta + box(b"mdat", bytes(100))


@pytest.mark.parametrize("in_signature", [True, False])
def test_an_onvif_export_claims_its_camera_and_start(tmp_path: Path, *, in_signature: bool) -> None:
    """Name, line, physical address and first instant, wherever the start box lies; addresses and operators are left."""
    start = datetime(2026, 3, 31, 5, 14, 7, 250000, tzinfo=UTC)
    path = tmp_path / "a.mp4"
    path.write_bytes(exported(start, in_signature=in_signature))
    claim = onvif.export_claim(path, exhibit="EX-0001", name="a.mp4")

    assert claim is not None
    assert (claim.device, claim.serial, claim.started) == ("North door, line 2", "08-00-27-00-0C-15", start)
    assert (claim.source, claim.where, claim.uncertainty) == (Source.STREET_CAMERA, "its export box", 1000)


def test_boxes_cut_anywhere_claim_less_and_never_fail(tmp_path: Path) -> None:
    """Every length of the file from nothing to the whole is read without an error."""
    whole = exported(AT, in_signature=True)
    path = tmp_path / "a.mp4"
    told = []
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        told.append(onvif.export_claim(path, exhibit="E", name="a.mp4") is not None)

    assert told[-1]
    assert not any(told[: whole.index(b"mdat") - 4])
