# SPDX-License-Identifier: Apache-2.0
"""A line that a person heard, and the second listener: another person, who listened, and who may hear something else."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from browser.walk import browsing
from casework.test_placement import AMES, AT, examine, heard
from conftest import plainview
from desk.at_desk import Person, desk
from plainview.casework import lines, listening, review, standing, viewing
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case, open_office
from plainview.errors import NotAllowed, WrongUsage
from plainview.model.case import Agent
from plainview.model.decision import CorrectLine
from plainview.model.time import MediaSpan, media_seconds
from plainview.model.transcript import TextState, Utterance

FIRST, SECOND = Agent("B. Reyes"), Agent("F. Moreau")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One recording that begins with the case's clock, and a line that B. Reyes heard from its second to its fourth second."""
    folder = tmp_path_factory.mktemp("listening")
    (folder / "d").mkdir()
    heard(folder / "d" / "a.wav", start=0, length=10)
    made = create(folder / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"listening")
    case = open_case(made, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    receive([folder / "d"], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=AMES, secret=b"s")
    examine(made)
    placed = {"decide": "place_recording", "exhibit": "EX-0001", "starts": AT.isoformat(), "uncertainty_s": 0.02, "reason": "its own clock"}
    start, end = (AT + timedelta(seconds=after) for after in (2, 4))
    line = {"decide": "transcript", "start": start.isoformat(), "end": end.isoformat(), "text": "Drop it now.", "heard_on": ["EX-0001"]}
    review.apply(made, case, [placed, line], at=AT, default_agent=FIRST.name)
    made.ledger.close()
    return made


@pytest.fixture
def office(made: Workspace, tmp_path: Path) -> Workspace:
    """A copy that one test may change."""
    return open_office(shutil.copytree(made.root, tmp_path / "o"))


def listen(office: Workspace, who: Agent, start: float, end: float) -> None:
    case = office.case("C-1")
    exhibit = office.ledger.exhibits("C-1")[0]
    span = MediaSpan(media_seconds(start), media_seconds(end))
    viewing.watched(office, case, exhibit, span=span, at=AT, acting=who)


def stands(office: Workspace) -> tuple[Utterance, list[str]]:
    """The line as it stands, and who heard it."""
    found = standing.open_desk(office, office.case("C-1"))
    (line,) = found.state.lines
    (row,) = lines.corrected([], found.state)
    return row, [each.agent for each in lines.listeners(standing.decisions(found.rows), line)]


def number(office: Workspace) -> int:
    return next(row.seq for row in office.ledger.decisions("C-1") if row.kind == CorrectLine.__name__)


def test_a_second_person_who_listened_signs(office: Workspace) -> None:
    """Neither capitals nor points are heard; the line then stands by two people and is not disputed."""
    listen(office, SECOND, 1, 3)

    alike = listening.listen_again(office, office.case("C-1"), number(office), text="drop it, now", at=AT, acting=SECOND)
    row, people = stands(office)

    assert alike
    assert (row.text, row.state, row.alternatives) == ("Drop it now.", TextState.REVIEWED, ())
    assert people == [FIRST.name, SECOND.name]


def test_nobody_signs_alone_unheard_or_another_line(office: Workspace) -> None:
    """The first listener's own signature, one without having listened there, and one under no line leave no decision."""
    case, first, before = office.case("C-1"), number(office), office.ledger.decisions("C-1")
    listen(office, FIRST, 1, 3)
    listen(office, SECOND, 5, 9)

    with pytest.raises(NotAllowed, match="somebody else"):
        listening.listen_again(office, case, first, at=AT, acting=Agent("b. REYES"))
    with pytest.raises(NotAllowed, match="has not listened"):
        listening.listen_again(office, case, first, at=AT, acting=SECOND)
    with pytest.raises(WrongUsage, match="no line"):
        listening.listen_again(office, case, 99, at=AT, acting=SECOND)

    assert office.ledger.decisions("C-1") == before


def test_who_hears_something_else_makes_the_line_disputed(office: Workspace) -> None:
    """Both texts stand; by the command line as well."""
    listen(office, SECOND, 2, 4)
    done = plainview("second", "C-1", str(number(office)), "--text", "Stop it now", "--as", SECOND.name, "-C", office.root)
    row, people = stands(office)

    assert (done.returncode, "differ" in done.stdout) == (0, True), done.stderr
    assert (row.text, row.state, row.alternatives) == ("Drop it now.", TextState.DISPUTED, ("Stop it now",))
    assert people == [FIRST.name, SECOND.name]


def test_a_case_that_asks_for_two_listeners_waits_for_them(office: Workspace) -> None:
    """A moment lies in the line: it is open until a second person signed it; without the setting it never is."""
    case, first = office.case("C-1"), number(office)
    start, end = ((AT + timedelta(seconds=after)).isoformat() for after in (2, 4))
    moment = {"decide": "moment", "id": "m1", "t": start, "end": end, "kind": "command", "title": "An order", "text": "", "heard_on": ["EX-0001"]}
    asks = {"decide": "transcript", "publish_unreviewed": False, "two_listeners": True}

    def waits() -> list[str]:
        return [each.what for each in review.waiting(standing.open_desk(office, case)) if each.kind == "listener"]

    review.apply(office, case, [moment, asks | {"two_listeners": False}], at=AT, default_agent=FIRST.name)
    unasked = waits()
    review.apply(office, case, [asks], at=AT, default_agent=FIRST.name)
    asked = waits()
    listen(office, SECOND, 1, 3)
    listening.listen_again(office, case, first, at=AT, acting=SECOND)

    assert unasked == []
    assert [each[-58:] for each in asked] == ["“Drop it now.”: a moment lies in it, and fewer than two people heard it"[-58:]]
    assert waits() == []


def takes_what_others_heard(who: Person) -> tuple[bool, bool, str]:
    """By keyboard: whether the disputed text shows before and after T, and the field after its other text was taken."""
    with browsing() as browser:
        page = browser.new_page()
        page.context.add_cookies([{"name": c.name, "value": c.value or "", "url": who.address} for c in who.session.cookies])
        page.goto(f"{who.address}/case/C-1/transcript/?show=disputed")
        page.keyboard.press("j")
        before = page.locator(".covered .words").is_visible()
        page.keyboard.press("t")
        after = page.locator(".covered .words").is_visible()
        page.get_by_role("button", name="take this one").click()
        return before, after, page.locator("textarea.says").input_value()


@pytest.mark.browser
def test_at_the_desk_a_disputed_text_is_heard_before_it_is_read(office: Workspace) -> None:
    """The signature is offered to the second person only; what they differ about is folded away under the sound; who
    had to hear the graphic part is told whose turn the next one is."""
    start, end = ((AT + timedelta(seconds=after)).isoformat() for after in (2, 4))
    graphic = {"decide": "moment", "id": "m1", "t": start, "end": end, "kind": "other", "title": "A cry", "text": "", "heard_on": ["EX-0001"], "graphic": "distress"}
    review.apply(office, office.case("C-1"), [graphic], at=AT, default_agent=FIRST.name)
    listen(office, FIRST, 6, 7)
    with desk(office.root) as running:
        first, second = running.person(FIRST.name), running.person(SECOND.name)
        own = first.get("/case/C-1/transcript/").text
        page = second.get("/case/C-1/transcript/").text
        asked = re.search(r'name="first" value="(\d+)"', page)
        assert asked is not None, page[-3000:]
        early = second.post("/case/C-1/transcript/second", first=asked[1], text="Stop it now")
        second.post("/case/C-1/exhibit/EX-0001/look", why="to listen")
        second.post("/case/C-1/exhibit/EX-0001/watched", from_s="2", to_s="4")
        signed = second.post("/case/C-1/transcript/second", first=asked[1], text="Stop it now")
        after = second.get("/case/C-1/transcript/?show=disputed").text
        taken = takes_what_others_heard(second)
        turns = [who.get("/case/C-1/hide/").text for who in (first, second)]

    assert 'name="first"' not in own
    assert (early.status_code, signed.status_code) == (403, 302)
    covered = after[after.index('<details class="covered">') :]
    assert "Stop it now" in covered[: covered.index("</details>")]
    assert "heard by B. Reyes and by F. Moreau" in after
    assert taken == (False, True, "Stop it now")
    assert ["The next one is B. Reyes’s" in each for each in turns] == [False, True]
