# SPDX-License-Identifier: Apache-2.0
"""Published at its time and in one step, withdrawn in a drill and in earnest, and what people outside ask."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest

from plainview import verify
from plainview.casework import outside, publishing, review, standing
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import Blocked, WrongUsage
from plainview.model.case import Agent
from plainview.model.request import Asking
from plainview.pipeline import runs
from plainview.pipeline.engine import InlineEngine
from plainview.pipeline.tasks import WorkStore
from plainview.publish.seal import SITE_MANIFEST
from plainview.store.durable import exchange

AT = datetime(2026, 4, 27, 9, 0, tzinfo=UTC)
NOON = AT + timedelta(days=1, hours=3)
AMES, BELL, COLE, DOYLE = (Agent(name, "staff") for name in ("R. Ames", "S. Bell", "T. Cole", "U. Doyle"))
CASE = "C-1"


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """A case of one paper with one statement, decided by Ames."""
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"publication")
    case = open_case(made, case_id=CASE, title="A case", at=AT, rules="own", now=AT, acting=AMES)
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "report.txt").write_text("The report says that a door was open.\n")
    receive([folder], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=AMES, secret=b"s")
    runs.analyse(run(made, AT), only=["pages"])
    desk = standing.open_desk(made, case)
    statement = {
        "decide": "statement", "id": "s1", "party": "The union", "capacity": "for the officers", "date": "2026-04-20",
        "source": "press release", "quote": "The door was shut.", "assertions": [{
            "id": "s1a", "text": "the door was shut",
            "citations": [{"relation": "contradicts", "note": "page 1", "exhibit_path": "report.txt", "page": 1}],
        }],
    }  # fmt: skip
    review.apply(made, case, [*review.cautious_defaults(desk), statement], at=AT, default_agent="R. Ames")
    return made


def run(office: Workspace, at: datetime) -> runs.Run:
    return runs.Run(office, office.case(CASE), InlineEngine(WorkStore(office.work)), at, lambda *_: None, lambda _: None)


def approved(office: Workspace, at: datetime, *, dated: datetime | None = None) -> None:
    runs.release(run(office, at), draft=True, dated=dated)
    for each in (BELL, COLE):
        publishing.approve_built(office, office.case(CASE), at=at, acting=each)


def released(office: Workspace, at: datetime, note: str) -> None:
    line = {"decide": "version_note", "summary": note}
    review.apply(office, office.case(CASE), [line], at=at, default_agent="R. Ames")
    approved(office, at)
    runs.release(run(office, at), draft=False, acting=DOYLE)


def differing(folder: int) -> list[str]:
    """Pages of an open folder that are not as its signed list says; none must ever be."""

    def read(name: str) -> bytes:
        with open(name, "rb", opener=lambda path, flags: os.open(path, flags, dir_fd=folder)) as stream:
            return stream.read()

    listed = dict(reversed(line.split("  ", 1)) for line in read(SITE_MANIFEST).decode().splitlines())
    pages = ["index.html", f"c/{CASE}/index.html", f"c/{CASE}/latest.json"]
    return [page for page in pages if hashlib.sha256(read(page)).hexdigest() != listed[page]]


def good(office: Workspace) -> list[str]:
    report = verify.verify(office.site)
    return [*map(str, report.findings), *report.unreadable]


def test_a_scheduled_version_goes_out_at_its_time_and_its_pages_say_so(office: Workspace) -> None:
    """Approved on Monday for Tuesday noon: nothing a second before, everything at noon, and nothing twice."""
    approved(office, AT, dated=NOON)
    runs.release(run(office, AT + timedelta(hours=1)), draft=False, acting=DOYLE, dated=NOON)
    early = publishing.publish_due(office, at=NOON - timedelta(seconds=1), acting=DOYLE)
    before = office.site.exists()
    due = publishing.publish_due(office, at=NOON, acting=DOYLE)
    again = publishing.publish_due(office, at=NOON, acting=DOYLE)

    assert (early, before, due, again) == ([], False, [(CASE, 1, "")], [])
    assert good(office) == []
    assert '"2026-04-28' in (office.site / "c" / CASE / "latest.json").read_text()
    kinds = [entry.type for entry in office.ledger.entries(CASE)]
    assert kinds.index("scheduled") < kinds.index("released")


def test_a_version_dated_later_is_not_published_early(office: Workspace) -> None:
    """Built and approved for noon, then released without a time: refused, and nothing is on the site."""
    approved(office, AT, dated=NOON)

    with pytest.raises(Blocked, match="publish it then"):
        runs.release(run(office, AT), draft=False, acting=DOYLE)
    assert not office.site.exists()


def test_a_complaint_overnight_stops_the_mornings_publication(office: Workspace) -> None:
    """Scheduled, then somebody outside asks: held back until it is answered, taken back and built again."""
    case = office.case(CASE)
    approved(office, AT, dated=NOON)
    runs.release(run(office, AT), draft=False, acting=DOYLE, dated=NOON)
    made = outside.ask(
        office, case, asking=Asking.PRIVACY, who="a neighbour", text="My window can be seen.", where="report.txt",
        at=AT + timedelta(hours=9), acting=AMES,
    )  # fmt: skip
    held = publishing.publish_due(office, at=NOON, acting=DOYLE)
    with pytest.raises(Blocked):
        runs.release(run(office, NOON), draft=True)
    waiting = [item.what for item in review.waiting(standing.open_desk(office, case))]
    outside.answer(office, case, request=made.id, granted=False, reason="no window is shown", at=NOON, acting=AMES)
    with pytest.raises(Blocked, match="is scheduled for"):
        runs.release(run(office, NOON), draft=True)
    publishing.unschedule(office, case, why="a complaint was answered", at=NOON, acting=DOYLE)
    approved(office, NOON)
    runs.release(run(office, NOON), draft=False, acting=DOYLE)

    assert [why for _, _, why in held] == ["something was decided after it was scheduled; look at it and build again"]
    assert waiting == ["privacy complaint r1 of 2026-04-27 about report.txt: My window can be seen."]
    assert good(office) == []
    assert not [p for p in office.site.rglob("*") if p.is_file() and b"My window" in p.read_bytes()]


def test_a_request_never_gets_the_number_of_another(office: Workspace) -> None:
    """The first of two is taken back: a third is not mistaken for the second, which still waits."""
    case = office.case(CASE)

    def asked(text: str) -> str:
        return outside.ask(
            office, case, asking=Asking.PRIVACY, who="a neighbour", text=text, where="", at=AT, acting=AMES
        ).id

    first, second = asked("My window."), asked("My door.")
    seq = next(row.seq for row in office.ledger.decisions(CASE) if "My window" in json.dumps(row.body))
    review.apply(
        office, case, [{"decide": "take_back", "decision": seq, "reason": "asked twice"}], at=AT, default_agent="R. Ames"
    )
    third = asked("My car.")

    assert (first, second, third) == ("r1", "r2", "r3")
    assert sorted(standing.open_desk(office, case).state.requests) == ["r2", "r3"]


def test_the_site_changes_in_one_step(office: Workspace) -> None:
    """Somebody who lists and checks the site all the time, while versions go out, never finds it half made."""
    released(office, AT, "first")
    seen: list[list[str]] = []
    ending = threading.Event()

    def look() -> None:
        while not ending.is_set():
            folder = os.open(office.site, os.O_RDONLY | os.O_DIRECTORY)
            try:
                seen.append(differing(folder))
            except FileNotFoundError:  # what is read was put aside meanwhile, and is being removed
                if os.fstat(folder).st_ino == office.site.stat().st_ino:
                    seen.append(["the site that stands lacks a file"])
            finally:
                os.close(folder)

    looking = threading.Thread(target=look)
    looking.start()
    for number in (2, 3):
        released(office, AT + timedelta(hours=number), f"version {number}")
    ending.set()
    looking.join()

    assert [] in seen
    assert [each for each in seen if each] == []
    assert good(office) == []
    assert not [each for each in office.root.iterdir() if each.name.startswith(".site")]


def test_a_publication_that_was_killed_between_log_and_site_is_finished_by_the_next(
    office: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The custody log says released, then the power fails: the next look publishes the same bytes and builds nothing."""
    approved(office, AT)

    def dies(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "refresh_site", dies)
        with pytest.raises(SystemExit):
            runs.release(run(office, AT), draft=False, acting=DOYLE)
    before = office.site.exists()
    publishing.refresh_site(office)

    assert not before
    assert good(office) == []
    assert (office.site / "c" / CASE / "v1").is_dir()


def test_a_drill_withdraws_nothing_and_tells_what_would_be(office: Workspace) -> None:
    """Every byte of the site is as before; in earnest the same happens, the checker agrees, and a third version follows."""
    released(office, AT, "first")
    released(office, AT + timedelta(hours=1), "second")
    case = office.case(CASE)
    before = {p: p.read_bytes() for p in sorted(office.site.rglob("*")) if p.is_file()}
    drill = publishing.drill_withdrawal(office, case, number=2, at=AT, acting=DOYLE)
    after = {p: p.read_bytes() for p in sorted(office.site.rglob("*")) if p.is_file()}
    publishing.withdraw(office, case, number=2, reason="a name was missed", files=(), at=NOON, acting=DOYLE)
    withdrawn = good(office)
    released(office, NOON + timedelta(hours=1), "third")

    assert before == after
    assert drill.problems == ()
    assert drill.newest == "v1"
    assert drill.files == sum(1 for path in before if f"c/{CASE}/v2/data/" in str(path))
    assert withdrawn == []
    assert not list((office.site / "c" / CASE / "v2" / "data").glob("**/*.html"))
    assert good(office) == []
    kinds = [entry.type for entry in office.ledger.entries(CASE)]
    assert (kinds.count("withdrawal-drilled"), kinds.count("withdrawn")) == (1, 1)


def test_a_party_is_shown_what_is_set_beside_its_words_and_its_reply_or_silence_is_published(
    office: Workspace, tmp_path: Path
) -> None:
    """The letter names point and record; until the day the version waits; silence is said only when the day is over."""
    case = office.case(CASE)
    path = outside.offer_reply(
        office, case, statement="s1", due=date(2026, 5, 4), out=tmp_path / "letters", at=AT, acting=AMES
    )
    open_before = [item.kind for item in review.waiting(standing.open_desk(office, case))]
    with pytest.raises(WrongUsage, match="may still reply"):
        outside.keep_reply(office, case, statement="s1", text="", at=AT, acting=AMES)
    outside.keep_reply(office, case, statement="s1", text="", at=AT + timedelta(days=8), acting=AMES)
    silent = standing.open_desk(office, case)
    outside.keep_reply(office, case, statement="s1", text="We stand by it.", at=AT + timedelta(days=9), acting=AMES)
    spoken = standing.open_desk(office, case).state.statements["s1"].answer

    with pikepdf.open(path) as letter:
        said = letter.pages[0].Contents.read_bytes()
    assert b"the door was shut" in said
    assert b"contradicts" in said
    assert open_before == ["request"]
    assert silent.state.statements["s1"].answer is not None
    assert silent.state.statements["s1"].answer.text == "Was asked on 2026-04-27 to reply until 2026-05-04, and did not."
    assert review.waiting(silent) == []
    assert spoken is not None
    assert (spoken.date, spoken.text) == (date(2026, 5, 6), "We stand by it.")


def test_two_folders_change_places_also_where_the_system_cannot_do_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same outcome with the one call and without it."""
    told = []
    for refuses in (False, True):
        a, b = tmp_path / f"a{refuses}", tmp_path / f"b{refuses}"
        for folder in (a, b):
            folder.mkdir()
            (folder / "name").write_text(folder.name)
        if refuses:
            monkeypatch.setattr("plainview.store.durable._RENAME_EXCHANGE", 1 << 30)
        exchange(a, b)
        told.append([(folder / "name").read_text() for folder in (a, b)])

    assert told == [["bFalse", "aFalse"], ["bTrue", "aTrue"]]
