# SPDX-License-Identifier: Apache-2.0
"""Every address × every role × this case and another: exactly the allowed ones, and nothing by guessing numbers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT
from desk.at_desk import Person
from desk.house import AT, BELL, CASES, House, house
from plainview.casework import people
from plainview.model.roles import DECIDE, RIGHTS, Role

MINE, OTHER = CASES
IN_CASES = frozenset(Role) - {Role.ADMINISTRATOR}
URLS = (ROOT / "src/plainview/desk/urls.py").read_text()

SCREENS = {
    "board": "", "exhibits": "exhibits/", "exhibit": "exhibit/EX-0001/", "log": "log/", "decisions": "decisions/",
    "holdings": "holdings/", "dates": "dates/", "hide": "hide/", "terms": "hide/terms/?words=note",
    "hide-exhibit": "hide/EX-0001/", "studio": "studio/EX-0001/", "paper": "paper/EX-0001/1/",
    "transcript": "transcript/", "moments": "moments/", "statements": "statements/", "page": "page/",
    "calendar": "dates/calendar.ics", "uploads": "uploads/", "release": "release/", "sync": "sync/", "requests": "requests/",
}  # fmt: skip
"""Pages of a case by their names: whoever has a role in it may read them."""

DECISIONS = {
    "CaseFacts": {"decide": "case_facts", "headline": "h", "summary": "s"},
    "TitleExhibit": {"decide": "title_exhibit", "exhibit": "EX-0001", "title": "t", "slug": "t"},
    "HideTerms": {"decide": "subject_terms", "subject": "a child", "terms": "Zed", "reason": "minor", "law": "l"},
    "PublishTranscript": {"decide": "transcript", "publish_unreviewed": "yes"},
    "Moment": {"decide": "moment", "id": "m1", "t": "2026-03-16T09:00:00+00:00", "kind": "other", "title": "t", "text": ""},
    "WithholdExhibit": {"decide": "withhold", "exhibit": "EX-0001", "reason": "r", "law": "l"},
    "VersionNote": {"decide": "version_note", "summary": "s"},
    "CaseDate": {"decide": "date", "event": "notification", "on": "2026-03-17"},
    "TrackItem": {"decide": "tracked_item", "name": "n", "state": "asked", "on": "2026-03-17", "holder": "h"},
    "ExtendDeadline": {"decide": "extension", "requested_by": "x", "requested_on": "2026-03-20", "reason": "r"},
}  # fmt: skip
"""A form for each kind of decision that a bare case can take."""

ACTIONS: dict[str, tuple[str, dict[str, str], frozenset[Role]]] = {
    "look": ("exhibit/EX-0001/look", {"why": "to see"}, RIGHTS["view original"]),
    "watched": ("exhibit/EX-0001/watched", {"from_s": "0", "to_s": "1"}, RIGHTS["view original"]),
    "upload-new": ("uploads/new", {}, RIGHTS["intake"]),
    "upload": ("uploads/AAAAAAAAAAAAAAAAAAAAAAAA", {}, RIGHTS["intake"]),
    "upload-take": ("uploads/AAAAAAAAAAAAAAAAAAAAAAAA/take", {"source": "x"}, RIGHTS["intake"]),
    "run": ("run", {"verb": "draft"}, RIGHTS["show"]),
    "stop-run": ("run/stop", {}, RIGHTS["show"]),  # nothing goes on: told so to all
    "approve": ("release/approve", {"digest": "ab"}, RIGHTS["approve"]),
    "publish": ("release/publish", {"digest": "ab"}, RIGHTS["publish"]),
    "withdraw": ("release/withdraw", {"version": "9", "reason": "r"}, RIGHTS["withdraw"]),
    "unschedule": ("release/unschedule", {"why": "w"}, RIGHTS["publish"]),
    "publish-due": ("release/due", {}, RIGHTS["publish"]),
    "invite": ("requests/invite", {"name": "n", "relation": "mother", "days": "7"}, RIGHTS["invite"]),
    "end-guest": ("requests/guest/ab/end", {"why": "w"}, RIGHTS["invite"]),
    "ask": ("requests/ask", {"asking": "deferral", "text": "later", "who": "kin"}, RIGHTS["decide OutsideRequest"]),
    "answer": ("requests/r1/answer", {"granted": "no", "reason": "r"}, RIGHTS["decide AnswerRequest"]),
    "offer-reply": ("requests/letter/s1", {"due": "2099-01-01"}, RIGHTS["show"]),  # there is no statement either
    "reply": ("requests/reply/s1", {"text": "t"}, RIGHTS["show"]),
    "demand": ("dates/letter", {"source": "there is none"}, RIGHTS["demand"]),
    "assess": ("statements/assess", {"assertion": "s1a1", "relation": "supports"}, RIGHTS["show"]),  # nor an assertion
    "second": ("transcript/second", {"first": "99999"}, RIGHTS["show"]),  # there is no such line: told so to all
    "cite": ("statements/cite", {"statement": "s1"}, RIGHTS["show"]),  # there is no statement: not found for all
}
"""Address, form, who may."""

ELSEWHERE = {
    "decide", "original", "picture", "preview", "preview-one", "cases", "new-case", "people", "give", "take", "make-account", "mine",
    "welcome", "static", "make-token", "end-token", "healthz",
    "ears", "embargo", "embargo-film", "embargo-wait",
}  # fmt: skip
"""Names that other tests walk."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("roles")) as made:
        yield made


def test_every_address_is_walked() -> None:
    """An address that no test here knows fails this one."""
    assert set(re.findall(r'name="([a-z-]+)"', URLS)) == {*SCREENS, *ACTIONS, *ELSEWHERE}


def entries(office: House) -> int:
    return len(office.workspace.ledger.entries())


@pytest.mark.parametrize("role", [None, *Role])
def test_pages_of_a_case_are_for_those_who_have_a_role_in_it(office: House, role: Role | None) -> None:
    """A role in one case opens its pages and none of the other's; without one the case does not exist."""
    who = office.holder(role)

    for name, path in SCREENS.items():
        seen = who.get(f"/case/{MINE}/{path}").status_code
        other = who.get(f"/case/{OTHER}/{path}").status_code
        never = who.get(f"/case/C-99/{path}").status_code

        assert seen == (200 if role in IN_CASES else 404), (name, role)
        assert (other, never) == (404, 404), (name, role)


@pytest.mark.parametrize("role", [None, *Role])
def test_each_decision_is_taken_from_exactly_its_roles(office: House, role: Role | None) -> None:
    """A form sent without its button being shown is refused all the same, and leaves no trace."""
    who = office.holder(role)

    for kind, form in DECISIONS.items():
        allowed = role in RIGHTS[DECIDE + kind]
        before = entries(office)
        mine = who.post(f"/case/{MINE}/decide", **form)
        wrote = entries(office) > before
        other = who.post(f"/case/{OTHER}/decide", **form)

        expected = 302 if allowed else 403 if role in IN_CASES else 404
        assert (mine.status_code, wrote) == (expected, allowed), (kind, role, mine.text[-600:])
        assert other.status_code == 404, (kind, role)


@pytest.mark.parametrize("role", [None, *Role])
def test_each_action_is_open_to_exactly_its_roles(office: House, role: Role | None) -> None:
    """Whoever may not is told so; whoever may gets past the door (and is told what is missing behind it)."""
    who = office.holder(role)

    for name, (path, form, allowed) in ACTIONS.items():
        open_request(office)
        before = entries(office)
        status = who.post(f"/case/{MINE}/{path}", **form).status_code
        other = who.post(f"/case/{OTHER}/{path}", **form).status_code

        if role not in IN_CASES:
            assert status == 404, (name, role)
        elif role not in allowed:
            assert status == 403, (name, role)
            assert entries(office) == before, (name, role)
        else:
            assert status != 403, (name, role)
        assert other == 404, (name, role)


def open_request(office: House) -> None:
    """There is a request r1 in this case, so that answering it gets as far as asking who may."""
    if not any(row.kind == "OutsideRequest" for row in office.workspace.ledger.decisions(MINE)):
        office.holder(Role.INVESTIGATOR).post(f"/case/{MINE}/requests/ask", asking="deferral", text="later", who="kin")


def test_an_exhibit_is_reached_through_its_own_case_only(office: House) -> None:
    """The number of an exhibit that another case has, or none has, is not found; nothing is logged."""
    who = office.holder(Role.REDACTOR)
    before = entries(office)

    for number in ("EX-0002", "EX-9999", "EX-0001%2F..%2F..%2FC-2"):
        assert who.get(f"/case/{MINE}/exhibit/{number}/").status_code == 404, number
        assert who.post(f"/case/{MINE}/exhibit/{number}/look", why="to see").status_code == 404, number

    assert entries(office) == before


def test_a_ticket_is_one_persons_for_one_exhibit(office: House) -> None:
    """The address by which one person sees an original shows another person, or another exhibit, nothing."""
    redactor, investigator = office.holder(Role.REDACTOR), office.holder(Role.INVESTIGATOR)
    redactor.post(f"/case/{MINE}/exhibit/EX-0001/look", why="to read it")
    ticket = ticket_on(redactor, f"/case/{MINE}/paper/EX-0001/1/")

    own = redactor.get(f"/case/{MINE}/exhibit/EX-0001/original/{ticket}")
    theirs = investigator.get(f"/case/{MINE}/exhibit/EX-0001/original/{ticket}")
    forged = redactor.get(f"/case/{MINE}/exhibit/EX-0001/original/{ticket[:-2]}xx")
    elsewhere = redactor.get(f"/case/{OTHER}/exhibit/EX-0001/original/{ticket}")

    assert own.status_code == 200
    assert own.content == f"A note about {MINE} that names nobody.\n".encode()
    assert own.headers["Content-Type"] == "application/octet-stream"
    assert [each.status_code for each in (theirs, forged, elsewhere)] == [403, 403, 404]


def ticket_on(who: Person, path: str) -> str:
    """The ticket that a page carries."""
    page = who.get(path)
    found = re.search(r"/(?:original|picture)/([^\"?]+)", page.text)
    assert found is not None, page.text[-1500:]
    return found[1]


def test_a_role_that_is_taken_ends_what_was_open(office: House) -> None:
    """The ticket of somebody who lost the role shows nothing more."""
    ledger = office.workspace.ledger
    people.give(ledger, person="S. Hort", role="redactor", case=MINE, at=AT, acting=BELL)
    people.give(ledger, person="S. Hort", role="publisher", case=MINE, at=AT, acting=BELL)
    who = office.person("S. Hort")
    who.post(f"/case/{MINE}/exhibit/EX-0001/look", why="to read it")
    ticket = ticket_on(who, f"/case/{MINE}/paper/EX-0001/1/")
    assert who.get(f"/case/{MINE}/exhibit/EX-0001/original/{ticket}").status_code == 200

    people.take(ledger, person="S. Hort", role="redactor", case=MINE, why="left", at=AT, acting=BELL)

    assert who.get(f"/case/{MINE}/exhibit/EX-0001/original/{ticket}").status_code == 403


def test_only_an_administrator_gives_roles_and_makes_accounts(office: House) -> None:
    """Nobody else sees the page of people, gives a role, or makes an account; nor does one give oneself a role."""
    for role in (None, *IN_CASES):
        who = office.holder(role)
        before = entries(office)
        answers = [
            who.get("/people/"),
            who.post("/people/give", person="Eve", role="publisher", in_case=""),
            who.post("/people/take", person=BELL.name, role="administrator", in_case="", why="w"),
            who.post("/people/account", person="Eve"),
        ]

        assert [each.status_code for each in answers] == [403] * 4, role
        assert entries(office) == before

    assert office.admin.get("/people/").status_code == 200
    assert office.admin.post("/people/give", person=BELL.name, role="publisher", in_case="").status_code == 403


def test_the_look_is_in_the_log_before_the_bytes_go_out(office: House) -> None:
    """Who, when and why stand in the custody log; a look without a reason is none."""
    who = office.holder(Role.COUNSEL)
    before = entries(office)

    refused = who.post(f"/case/{MINE}/exhibit/EX-0001/look", why="  ")
    unlogged = entries(office)
    who.post(f"/case/{MINE}/exhibit/EX-0001/look", why="to advise the office")
    page = office.holder(Role.PUBLISHER).get(f"/case/{MINE}/log/").text

    assert (refused.status_code, unlogged) == (400, before)
    assert "to advise the office" in page
    assert who.name in page


def test_a_name_in_a_form_is_not_listened_to(office: House, tmp_path: Path) -> None:
    """Whatever a form or a line of it says, the decision is the logged-in person's."""
    who = office.holder(Role.INVESTIGATOR)
    line = '{"decide": "version_note", "summary": "by somebody else", "as": "R. Ames"}'

    who.post(f"/case/{MINE}/decide", many=line)
    who.post(f"/case/{MINE}/decide", decide="version_note", summary="once more", **{"as": "R. Ames"})

    last = office.workspace.ledger.decisions(MINE)[-2:]
    assert [each.agent for each in last] == [who.name, who.name]


def test_two_people_at_one_row_do_not_lose_each_others_work(office: House) -> None:
    """The second form is refused with both texts, nothing is overwritten; decided anew, it stands."""
    first, second = office.holder(Role.INVESTIGATOR), office.person("Q. Second")
    people.give(office.workspace.ledger, person=second.name, role="investigator", case=MINE, at=AT, acting=BELL)
    opened = re.search(r'name="after" value="(\d+)"', second.get(f"/case/{MINE}/page/").text)
    assert opened is not None
    fields = {"decide": "case_facts", "summary": "s", "after": opened[1]}

    early = first.post(f"/case/{MINE}/decide", headline="What the first one wrote", **fields)
    late = second.post(f"/case/{MINE}/decide", headline="What the second one wrote", **fields)
    stands = office.workspace.ledger.decisions(MINE)[-1]
    again = str(stands.seq)
    anew = second.post(f"/case/{MINE}/decide", headline="Both together", **{**fields, "after": again})

    assert (early.status_code, late.status_code, anew.status_code) == (302, 409, 302)
    assert "What the first one wrote" in late.text
    assert "What the second one wrote" in late.text
    assert (stands.agent, "first one" in stands.body) == (first.name, True)


def test_what_was_decided_is_taken_back_by_a_decision(office: House) -> None:
    """A taken-back decision stays in the ledger and no longer stands; another role may not take it back."""
    redactor, counsel = office.holder(Role.REDACTOR), office.holder(Role.COUNSEL)
    redactor.post(f"/case/{MINE}/decide", decide="subject_terms", terms="Yolanda Quist", subject="w", reason="r", law="l")
    number = office.workspace.ledger.decisions(MINE)[-1].seq
    form = {"decide": "take_back", "decision": str(number), "reason": "the wrong name"}

    before = "Yolanda Quist" in redactor.get(f"/case/{MINE}/hide/").text
    refused = counsel.post(f"/case/{MINE}/decide", **form)
    redactor.post(f"/case/{MINE}/decide", **form)
    after = "Yolanda Quist" in redactor.get(f"/case/{MINE}/hide/").text

    assert (before, refused.status_code, after) == (True, 403, False)
    assert any(row.seq == number for row in office.workspace.ledger.decisions(MINE))


def test_what_people_write_cannot_become_markup(office: House) -> None:
    """A headline of markup is shown as its letters."""
    who = office.holder(Role.INVESTIGATOR)
    who.post(f"/case/{MINE}/decide", decide="case_facts", headline="<script>alert(1)</script>", summary="<img src=x>")

    page = who.get(f"/case/{MINE}/").text

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_a_form_leads_to_no_other_site(office: House) -> None:
    """The address that a form asks to return to is one of this desk, or is not followed."""
    who = office.holder(Role.INVESTIGATOR)

    for address in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = who.post(f"/case/{MINE}/decide", decide="version_note", summary=address, back=address)

        assert answer.headers["Location"] == f"/case/{MINE}/", address


def test_work_that_goes_on_is_stopped_by_those_who_may_begin_it(office: House) -> None:
    """A publisher may not; the investigator's button ends it, the board says so, and it may be begun again."""
    investigator, publisher = office.holder(Role.INVESTIGATOR), office.holder(Role.PUBLISHER)
    began = investigator.post(f"/case/{MINE}/run", verb="analyse").status_code
    refused = publisher.post(f"/case/{MINE}/run/stop").status_code
    stopped = investigator.post(f"/case/{MINE}/run/stop").status_code
    until = time.monotonic() + 60
    while "goes on since" in (page := investigator.get(f"/case/{MINE}/").text) and time.monotonic() < until:
        time.sleep(0.1)

    assert (began, refused, stopped) == (302, 403, 302)
    assert "was stopped before it ended" in page


def test_a_letter_that_asks_to_keep_records_is_written_at_the_desk(office: House) -> None:
    """The page names what is destroyed and by whom; the letter is a PDF, and from then on the page says that it was
    written. The calendar has every date."""
    who = office.holder(Role.INVESTIGATOR)
    before = who.get(f"/case/{MINE}/dates/").text
    source = re.search(r'name="source" value="([^"]+)"', before)
    assert source is not None, before[-3000:]

    letter = who.post(f"/case/{MINE}/dates/letter", source=source[1], address="1 Invented Street")
    after = who.get(f"/case/{MINE}/dates/").text
    dates = who.get(f"/case/{MINE}/dates/calendar.ics").text

    assert (letter.status_code, letter.content[:5]) == (200, b"%PDF-")
    assert before.count("not written yet") == after.count("not written yet") + 1
    assert dates.startswith("BEGIN:VCALENDAR")
    assert dates.count("BEGIN:VEVENT") >= 3
