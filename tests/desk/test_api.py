# SPDX-License-Identifier: Apache-2.0
"""The desk for programs: a token opens exactly what it was given for and its owner may do, and nothing else opens it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from conftest import ROOT, plainview
from desk.house import AT, BELL, CASES, House, house
from desk.test_roles import DECISIONS
from plainview.casework import people, tokens
from plainview.casework.workspace import open_office
from plainview.errors import NotAllowed, WrongUsage
from plainview.model.case import Agent
from plainview.model.custody import CustodyEvent
from plainview.model.roles import DECIDE, RIGHTS, Role
from plainview.model.token import EVERY_DECISION, PERSONAL, passable

MINE, OTHER = CASES
IN_CASES = frozenset(Role) - {Role.ADMINISTRATOR}
NONE = "AAAAAAAAAAAAAAAAAAAAAAAA"
EX = "/cases/{case}/exhibits/{exhibit}"

READ: dict[str, str] = {
    "/cases/{case}": "show", "/cases/{case}/waiting": "show", "/cases/{case}/decisions": "show",
    "/cases/{case}/exhibits": "show", EX: "show", "/cases/{case}/show/{what}": "show", "/cases/{case}/dates": "show",
    "/cases/{case}/holdings": "show", "/cases/{case}/requests": "show", "/cases/{case}/release": "show",
    "/cases/{case}/run": "show", "/cases/{case}/guests": "show",
}  # fmt: skip
"""Routes that answer about a case, and the verb that each needs."""

DONE: dict[tuple[str, str], tuple[dict[str, Any], str]] = {
    ("post", f"{EX}/look"): ({"why": "to see"}, "view original"),
    ("post", f"{EX}/watched"): ({"from_s": 0, "to_s": 1}, "view original"),
    ("post", "/cases/{case}/requests"): ({"asking": "deferral", "who": "kin", "text": "later"}, "decide OutsideRequest"),
    ("post", "/cases/{case}/requests/{name}/answer"): ({"granted": False, "reason": "r"}, "decide AnswerRequest"),
    ("post", "/cases/{case}/assertions/{assertion}/assess"): ({"relation": "supports", "moment": "m"}, ""),
    ("post", "/cases/{case}/dates/letter"): ({"source": "there is none"}, "demand"),
    ("post", "/cases/{case}/statements/{statement}/letter"): ({"due": "2099-01-01"}, ""),
    ("post", "/cases/{case}/statements/{statement}/reply"): ({"text": "t"}, ""),
    ("post", "/cases/{case}/guests"): ({"name": "n", "relation": "mother"}, "invite"),
    ("post", "/cases/{case}/guests/{guest}/end"): ({"why": "w"}, "invite"),
    # tus requests carry no JSON; after a body that is left unread the server may hang up.
    ("post", "/cases/{case}/uploads"): (None, "intake"),
    ("head", "/cases/{case}/uploads/{upload}"): (None, "intake"),
    ("patch", "/cases/{case}/uploads/{upload}"): (None, "intake"),
    ("delete", "/cases/{case}/uploads/{upload}"): (None, "intake"),
    ("post", "/cases/{case}/uploads/{upload}/take"): ({"source": "x", "sha256": "ab"}, "intake"),
    ("post", "/cases/{case}/run"): ({"verb": "draft"}, "show"),
    ("delete", "/cases/{case}/run"): (None, "show"),
    ("post", "/cases/{case}/release/publish"): ({"digest": "ab"}, "publish"),
    ("post", "/cases/{case}/release/unschedule"): ({"why": "w"}, "publish"),
    ("post", "/cases/{case}/release/withdraw"): ({"version": 9, "reason": "r", "drill": True}, "withdraw"),
}  # fmt: skip
"""Routes that do something: (method, path) → (what is sent, the verb; empty: there is no such thing for anybody)."""

ELSEWHERE = {
    ("get", "/token"), ("get", "/cases"), ("post", "/cases"), ("post", "/cases/{case}/decisions"),
    ("get", f"{EX}/original/{{ticket}}"), ("get", f"{EX}/picture/{{ticket}}"), ("get", f"{EX}/preview/{{ticket}}"),
}  # fmt: skip
"""Routes that other tests here walk."""


@dataclass
class Program:
    """A program with a token."""

    address: str
    secret: str
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, said: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        return self.session.request(
            method, f"{self.address}/api{path}", headers=headers, json=said, timeout=60, allow_redirects=False, **more
        )


def program(office: House, owner: str, *, verbs: tuple[str, ...] = (), cases: tuple[str, ...] = ()) -> Program:
    """Somebody's program; by default for every verb that can be passed on, in every case of the owner."""
    _, secret = tokens.give(
        office.workspace.ledger, label="nightly", verbs=verbs or passable(), cases=cases, days=30,
        at=datetime.now(UTC), acting=Agent(owner),
    )  # fmt: skip
    return Program(office.desk.address, secret)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("api")) as made:
        people.give(made.workspace.ledger, person="I. Nvest", role="investigator", case=MINE, at=AT, acting=BELL)
        made.person("I. Nvest")
        yield made


def filled(path: str, case: str, *, name: str = "r1") -> str:
    return path.format(case=case, exhibit="EX-0001", what="custody", name=name, statement="s1", assertion="s1a1", guest="ab", upload=NONE)


def entries(office: House) -> int:
    return len(office.workspace.ledger.entries())


def test_every_route_is_described_and_walked(office: House) -> None:
    """The description names each route with what it takes and gives; one that no test here knows fails this one."""
    said = program(office, "I. Nvest").ask("get", "/openapi.json").json()
    routes = {(method, path.removeprefix("/api")) for path, ways in said["paths"].items() for method in ways}

    assert routes == {*(("get", path) for path in READ), *DONE, *ELSEWHERE}
    assert said["openapi"].startswith("3.1")
    assert said["components"]["securitySchemes"] == {"ByToken": {"type": "http", "scheme": "bearer"}}
    assert all(way["summary"] and way["security"] for ways in said["paths"].values() for way in ways.values())
    assert {**said, "info": ""} == {**json.loads((ROOT / "docs/formats/desk-api.json").read_text()), "info": ""}


@pytest.mark.parametrize("role", [None, *Role])
def test_a_token_for_everything_does_what_its_owner_may_do_and_no_more(office: House, role: Role | None) -> None:
    """Every route × every role × this case, another one and one that never was."""
    owner = office.holder(role).name
    keys = program(office, owner)

    for path, verb in READ.items():
        status = keys.ask("get", filled(path, MINE)).status_code
        expected = (200, 404) if role in RIGHTS[verb] else (404,)  # a run that never was is not found either
        assert status in expected, (path, role, status)
        assert keys.ask("get", filled(path, OTHER)).status_code == 404, (path, role)
    for (method, path), (said, verb) in DONE.items():
        place = filled(path, MINE, name=newest(office))
        before = entries(office)
        mine = keys.ask(method, place, said)
        after = entries(office)
        assert keys.ask(method, filled(path, OTHER), said).status_code == 404, (path, role)
        if role not in IN_CASES:
            assert mine.status_code == 404, (path, role)
        elif verb and role not in RIGHTS[verb]:
            assert mine.status_code == 403, (path, role, mine.text)
        else:
            assert mine.status_code not in (401, 403, 500), (path, role, mine.text)
        if role not in RIGHTS.get(verb, ()):
            assert after == before, (path, role)
    assert keys.ask("get", "/cases/C-99").status_code == 404


def newest(office: House) -> str:
    """A request that is open in this case, so that answering it gets as far as asking who may."""
    made = [row for row in office.workspace.ledger.decisions(MINE) if row.kind == "OutsideRequest"]
    if not made:
        program(office, "I. Nvest").ask("post", f"/cases/{MINE}/requests", DONE["post", "/cases/{case}/requests"][0])
        made = [row for row in office.workspace.ledger.decisions(MINE) if row.kind == "OutsideRequest"]
    return str(json.loads(made[-1].body)["id"])


@pytest.mark.parametrize("role", [None, *Role])
def test_each_decision_is_taken_from_exactly_its_roles(office: House, role: Role | None) -> None:
    """The same table as for the screens; a refusal leaves no trace."""
    keys = program(office, office.holder(role).name)

    for kind, form in DECISIONS.items():
        said = {"lines": [{**form, "terms": ["Zed"]} if kind == "HideTerms" else form]}
        before = entries(office)
        mine = keys.ask("post", f"/cases/{MINE}/decisions", said)
        wrote = entries(office) > before
        allowed = role in RIGHTS[DECIDE + kind]

        assert (mine.status_code, wrote) == (200 if allowed else 403 if role in IN_CASES else 404, allowed), mine.text
        assert keys.ask("post", f"/cases/{OTHER}/decisions", said).status_code == 404


def test_a_token_does_nothing_that_it_was_not_given_for(office: House) -> None:
    """Its owner may; the token for one verb may not: each verb of the owner refused but its own."""
    form = {"lines": [DECISIONS["VersionNote"]]}
    reading = program(office, "I. Nvest", verbs=("show",))
    noting = program(office, "I. Nvest", verbs=("show", "decide VersionNote"))
    blind = program(office, "I. Nvest", verbs=("decide VersionNote",))
    before = entries(office)

    refused = [reading.ask(method, filled(path, MINE), said) for (method, path), (said, verb) in DONE.items() if verb not in ("", "show")]
    refused.append(reading.ask("post", f"/cases/{MINE}/decisions", form))
    refused.append(noting.ask("post", f"/cases/{MINE}/decisions", {"lines": [DECISIONS["CaseFacts"]]}))
    unwritten = entries(office)

    assert {each.status_code for each in refused} <= {403, 404}
    assert unwritten == before
    assert noting.ask("post", f"/cases/{MINE}/decisions", form).status_code == 200
    assert blind.ask("get", f"/cases/{MINE}").status_code == 404


def test_a_token_for_one_case_knows_of_no_other(office: House) -> None:
    """Its owner has the role in both; what the token lists and opens is the one."""
    for case in CASES:
        people.give(office.workspace.ledger, person="B. Oth", role="investigator", case=case, at=AT, acting=BELL)
    office.person("B. Oth")
    one = program(office, "B. Oth", verbs=("show", "decide"), cases=(OTHER,))

    assert [each["id"] for each in one.ask("get", "/cases").json()] == [OTHER]
    assert one.ask("get", f"/cases/{MINE}").status_code == 404
    assert one.ask("get", f"/cases/{OTHER}").status_code == 200
    assert one.ask("post", "/cases", {"case": "N-1", "title": "t", "at": AT.isoformat()}).status_code == 403


def test_the_log_says_that_a_token_did_it(office: House) -> None:
    """A decision, a look and the making of the token stand in the custody log as those of the token of its owner."""
    keys = program(office, "I. Nvest")
    keys.ask("post", f"/cases/{MINE}/decisions", {"lines": [{"decide": "version_note", "summary": "by a program", "as": "R. Ames"}]})
    keys.ask("post", f"/cases/{MINE}/exhibits/EX-0001/look", {"why": "to copy it"})

    log = [json.loads(each.body) for each in office.workspace.ledger.entries()]
    decided, look = log[-2:]
    given = [each for each in log if each["type"].endswith(":token-given")][-1]

    assert [each["agent"] for each in (decided, look, given)] == ["I. Nvest"] * 3
    assert [each["role"].split(";")[0] for each in (decided, look)] == ["token of I. Nvest (nightly)"] * 2
    assert look["detail"] == "to copy it"
    assert given["detail"].startswith("token of I. Nvest (nightly): ")
    assert office.workspace.ledger.decisions(MINE)[-1].agent == "I. Nvest"


def test_only_the_digest_of_a_token_is_kept(office: House) -> None:
    """No file of the office holds the text of a token."""
    secret = program(office, "I. Nvest").secret

    held = [path for path in office.workspace.root.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    digests = {each.digest for each in office.workspace.ledger.tokens()}

    assert held == []
    assert hashlib.sha256(secret.encode()).hexdigest() in digests
    assert len(secret) >= 43


def test_a_token_that_was_ended_is_over_or_never_was_opens_nothing(office: House) -> None:
    """The answer is the same for all three, and the same to a cookie: who is logged in is nobody here."""
    ledger = office.workspace.ledger
    ended, old = program(office, "I. Nvest"), datetime.now(UTC) - timedelta(days=40)
    tokens.end(ledger, ledger.tokens()[-1].id, why="done", at=AT, acting=Agent("I. Nvest"))
    _, over = tokens.give(ledger, label="old", verbs=["show"], cases=(), days=30, at=old, acting=Agent("I. Nvest"))
    tried = [ended, Program(ended.address, over), Program(ended.address, "pv1_" + "A" * 43), Program(ended.address, "")]

    answers = [each.ask("get", path) for each in tried for path in ("/cases", f"/cases/{MINE}", "/openapi.json")]
    logged_in = office.admin.get("/api/cases")

    assert {(each.status_code, each.text) for each in (*answers, logged_in)} == {(401, logged_in.text)}


def test_a_token_opens_no_screen(office: House) -> None:
    """A page of the desk asks a program to log in as it asks anybody."""
    keys = program(office, "I. Nvest")

    for path in ("/", f"/case/{MINE}/", "/mine/", "/people/"):
        answer = requests.get(f"{keys.address}{path}", headers={"Authorization": f"Bearer {keys.secret}"}, allow_redirects=False, timeout=60)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/account/login/")


def test_who_loses_role_or_account_takes_the_token_along(office: House) -> None:
    """The next request of the program is refused."""
    people.give(office.workspace.ledger, person="L. Eaver", role="investigator", case=MINE, at=AT, acting=BELL)
    office.person("L. Eaver")
    keys = program(office, "L. Eaver")
    before = keys.ask("get", f"/cases/{MINE}").status_code

    people.take(office.workspace.ledger, person="L. Eaver", role="investigator", case=MINE, why="left", at=AT, acting=BELL)
    roleless = keys.ask("get", f"/cases/{MINE}").status_code
    office.admin.post("/people/account", person="L. Eaver", what="close")
    closed = keys.ask("get", "/cases").status_code

    assert (before, roleless, closed) == (200, 404, 401)


def test_a_way_to_an_original_is_one_tokens(office: House) -> None:
    """The address that one token was given opens nothing for another, nor for the screens, nor theirs for it."""
    first, second = program(office, "I. Nvest"), program(office, "I. Nvest")
    ways = first.ask("post", f"/cases/{MINE}/exhibits/EX-0001/look", {"why": "to read"}).json()
    person = office.person("I. Nvest")
    person.post(f"/case/{MINE}/exhibit/EX-0001/look", why="to read")
    page = person.get(f"/case/{MINE}/paper/EX-0001/1/").text
    own = re.search(r"/original/([^\"?]+)", page)
    assert own is not None
    path = ways["original"].removeprefix("/api")

    assert first.ask("get", path, headers={"Range": "bytes=2-5"}).content == b"note"
    assert second.ask("get", path).status_code == 403
    assert first.ask("get", path[:-2] + "xx").status_code == 403
    assert first.ask("get", path.replace(MINE, OTHER)).status_code == 404
    assert person.get(f"/case/{MINE}/exhibit/EX-0001/original/{ways['ticket']}").status_code == 403
    assert first.ask("get", f"/cases/{MINE}/exhibits/EX-0001/original/{own[1]}").status_code == 403


def test_a_delivery_by_a_program_is_taken_in_as_the_tokens(office: House) -> None:
    """Piece by piece by tus, compared, and received in the custody log by the token, though another process does it."""
    people.give(office.workspace.ledger, person="T. Aker", role="intake", case=MINE, at=AT, acting=BELL)
    office.person("T. Aker")
    keys, body = program(office, "T. Aker"), b"A second note, from a program.\n"
    name = base64.b64encode(b"second.txt").decode()
    made = keys.ask("post", f"/cases/{MINE}/uploads", headers={"Upload-Length": str(len(body)), "Upload-Metadata": f"filename {name}"})
    path = made.headers["Location"].removeprefix("/api")
    sent = keys.ask("patch", path, headers={"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}, data=body)
    begun = keys.ask("post", f"{path}/take", {"source": "the police", "sha256": hashlib.sha256(body).hexdigest()})
    until = time.monotonic() + 120
    while keys.ask("get", f"/cases/{MINE}/run").json()["going"] and time.monotonic() < until:
        time.sleep(0.2)

    received = [json.loads(each.body) for each in office.workspace.ledger.entries(MINE) if each.type == "received"][-1]

    assert (made.status_code, sent.status_code, begun.status_code) == (201, 204, 202)
    assert keys.ask("get", f"/cases/{MINE}/run").json()["code"] == 0
    assert (received["agent"], received["role"].split(";")[0]) == ("T. Aker", "token of T. Aker (nightly)")


def test_people_make_see_and_end_their_tokens_at_the_desk(office: House) -> None:
    """The page shows the text once; an administrator ends anybody's; another person sees and ends none of it."""
    owner, stranger = office.person("I. Nvest"), office.holder(Role.REVIEWER)
    made = owner.post("/mine/token", label="press list", verb=["show"], in_case=[MINE], days="7")
    secret = re.search(r"<code>(pv1_[^<]+)", made.text)
    assert secret is not None, made.text[-800:]
    held = office.workspace.ledger.tokens()[-1]
    keys = Program(office.desk.address, secret[1])

    open_before = keys.ask("get", f"/cases/{MINE}").status_code
    seen = ("press list" in owner.get("/mine/").text, secret[1] in owner.get("/mine/").text, "press list" in stranger.get("/mine/").text)
    refused = stranger.post("/tokens/end", token=held.id, why="w").status_code
    ended = office.admin.post("/tokens/end", token=held.id, why="not needed", back="people").status_code

    assert (open_before, seen, refused, ended) == (200, (True, False, False), 403, 302)
    assert keys.ask("get", f"/cases/{MINE}").status_code == 401


def test_nobody_passes_on_what_is_a_persons_own_or_not_theirs(office: House) -> None:
    """No token for approving or giving roles; none in a case without the role; no token makes a token."""
    ledger = office.workspace.ledger
    given: dict[str, Any] = {"label": "l", "days": 30, "at": AT, "acting": Agent("I. Nvest")}

    for verb in PERSONAL:
        with pytest.raises(WrongUsage, match="no token is given for"):
            tokens.give(ledger, verbs=[verb], cases=(MINE,), **given)
    with pytest.raises(NotAllowed):
        tokens.give(ledger, verbs=["publish"], cases=(MINE,), **given)
    with pytest.raises(NotAllowed):
        tokens.give(ledger, verbs=["show"], cases=(OTHER,), **given)
    held, _ = tokens.give(ledger, verbs=["show", EVERY_DECISION], cases=(MINE,), **given)
    with pytest.raises(NotAllowed, match="a token gives no token"):
        tokens.give(ledger.opened_by(held), verbs=["show"], cases=(MINE,), **given)
    with (
        pytest.raises(NotAllowed, match="under no other name"),
        ledger.opened_by(held).change(acting=Agent("R. Ames"), at=AT) as change,
    ):
        change.record(CustodyEvent("decided", MINE, MINE))


def test_the_command_line_makes_and_ends_tokens(tmp_path: Path, office: House) -> None:
    """The same verbs as at the desk: made, listed without its text, ended."""
    root = office.workspace.root
    made = plainview("people", "token", "archive", "--may", "show", "--case", MINE, "--as", "I. Nvest", "-C", root)
    secret = made.stdout.strip().splitlines()[-1]
    listed = plainview("people", "tokens", "--json", "-C", root)
    held = [each for each in json.loads(listed.stdout) if each["label"] == "archive"]
    ended = plainview("people", "end-token", held[0]["id"], "--why", "over", "--as", "I. Nvest", "-C", root)

    assert secret.startswith("pv1_")
    assert (len(held), secret in listed.stdout, "digest" in held[0]) == (1, False, False)
    assert ended.returncode == 0, ended.stderr
    assert tokens.holder(open_office(root), secret, at=AT) is None
