# SPDX-License-Identifier: Apache-2.0
"""Deliveries in pieces: killed servers, damaged pieces, hostile names, other people's uploads."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from desk.at_desk import Person, desk
from desk.house import AT, BELL, CASES, House, house
from plainview.casework import people
from plainview.model.roles import Role

MINE = CASES[0]
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("uploads")) as made:
        yield made


def send(who: Person, method: str, path: str, **headers: str) -> requests.Response:
    token = {"X-CSRFToken": who.session.cookies.get("csrftoken", ""), "Referer": who.address}
    body = headers.pop("body", "")
    return who.session.request(
        method, f"{who.address}{path}", headers={**TUS, **token, **headers}, allow_redirects=False, timeout=60,
        data=body.encode("latin-1"),
    )  # fmt: skip


def begin(who: Person, name: str, length: int) -> requests.Response:
    said = f"filename {base64.b64encode(name.encode()).decode()}"
    return send(who, "POST", f"/case/{MINE}/uploads/new", **{"Upload-Length": str(length), "Upload-Metadata": said})


def put(who: Person, place: str, piece: bytes, at: int, *, digest: bytes | None = None) -> requests.Response:
    sha = base64.b64encode(digest if digest is not None else hashlib.sha256(piece).digest()).decode()
    return send(
        who, "PATCH", place, body=piece.decode("latin-1"),
        **{"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at), "Upload-Checksum": f"sha256 {sha}"},
    )  # fmt: skip


def offset(who: Person, place: str) -> int:
    return int(send(who, "HEAD", place).headers["Upload-Offset"])


def settled(who: Person, case: str = MINE) -> str:
    """The inbox once the run that was started has ended."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        page = who.get(f"/case/{case}/uploads/").text
        if "goes on since" not in page:
            return page
        time.sleep(0.5)
    raise AssertionError("the intake does not end")


def test_a_file_arrives_in_pieces_and_is_taken_in_when_it_is_the_same(office: House) -> None:
    """Three pieces, one damaged, one sent twice; the exhibit has the sender's bytes, and no copy stays in the inbox."""
    who, content = office.holder(Role.INTAKE), os.urandom(300_000)
    place = begin(who, "statement of a witness.txt", len(content)).headers["Location"]

    first = put(who, place, content[:100_000], 0)
    damaged = put(who, place, content[100_000:200_000], 100_000, digest=b"x" * 32)
    held = offset(who, place)
    second = put(who, place, content[100_000:200_000], 100_000)
    twice = put(who, place, content[100_000:200_000], 100_000)
    early = who.post(f"{place}/take", source="a witness", sha256=hashlib.sha256(content).hexdigest())
    third = put(who, place, content[200_000:], 200_000)
    other = who.post(f"{place}/take", source="a witness", sha256="ab" * 32)
    taken = who.post(f"{place}/take", source="a witness", sha256=hashlib.sha256(content).hexdigest())
    settled(who)
    office.holder(Role.INVESTIGATOR).get(f"/case/{MINE}/uploads/")  # not the sender

    assert not list((office.workspace.root / "desk" / "uploads").glob("*/file/statement*"))
    assert [each.status_code for each in (first, damaged, second, twice, third)] == [204, 460, 204, 409, 204]
    assert held == 100_000
    assert (early.status_code, other.status_code, taken.status_code) == (409, 409, 302)
    found = office.workspace.ledger.exhibits_of(MINE, hashlib.sha256(content).hexdigest())
    assert [(each.name, each.received_from) for each in found] == [("statement of a witness.txt", "a witness")]
    entry = next(e for e in office.workspace.ledger.entries(MINE) if e.subject == found[0].id and e.type == "received")
    assert who.name.encode() in entry.body


def test_a_killed_desk_goes_on_where_the_disk_is(tmp_path: Path) -> None:
    """SIGKILL in the middle: the offset is the file's size, and the finished file is the sender's."""
    content = os.urandom(2_000_000)
    with house(tmp_path) as made:
        who = made.holder(Role.INTAKE)
        place = begin(who, "film.bin", len(content)).headers["Location"]
        put(who, place, content[:700_000], 0)
        os.killpg(made.desk.process.pid, signal.SIGKILL)
        made.desk.process.wait()
        with desk(made.workspace.root) as again:
            same = Person(who.name, again.address, who.session)
            at = offset(same, place)
            rest = put(same, place, content[at:], at)
            (held,) = (made.workspace.root / "desk" / "uploads").glob("*/file/film.bin")

            assert (at, rest.status_code) == (700_000, 204)
            assert hashlib.sha256(held.read_bytes()).digest() == hashlib.sha256(content).digest()
            made.desk.process = again.process


HOSTILE = {
    "../../../../etc/cron.d/x": "x",
    "..\\..\\windows\\system.ini": "system.ini",
    "..": "unnamed",
    "": "unnamed",
    "a\x00b\x1b[31m.mp4": "ab[31m.mp4",
    "<img src=x onerror=alert(1)>.mp4": "<img src=x onerror=alert(1)>.mp4",
    "x" * 400 + ".mp4": "x" * 236 + ".mp4",
    "\u202e4pm.evil": "\u202e4pm.evil",
    "-rf --as Eve.txt": "-rf --as Eve.txt",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_in_its_folder_and_is_only_shown(office: House, name: str) -> None:
    """Whatever a name says, the file lies in its own folder under one harmless name; the page shows it as letters."""
    who = office.holder(Role.INTAKE)
    content = f"note {name!r}".encode()
    place = begin(who, name, len(content)).headers["Location"]
    put(who, place, content, 0)

    folder = office.workspace.root / "desk" / "uploads" / place.rsplit("/", 1)[-1] / "file"
    page = who.get(f"/case/{MINE}/uploads/").text
    who.post(f"{place}/take", source="--as Eve", sha256=hashlib.sha256(content).hexdigest())
    settled(who)

    assert [each.name for each in folder.iterdir()] == [HOSTILE[name]] if folder.exists() else True
    assert "<img src=x" not in page
    (found,) = office.workspace.ledger.exhibits_of(MINE, hashlib.sha256(content).hexdigest())
    assert found.received_from == "--as Eve"
    assert not (office.workspace.root.parent / "x").exists()


def test_an_upload_is_its_senders_alone(office: House) -> None:
    """Another intake person, or the same one in another case, finds nothing under its address."""
    people.give(office.workspace.ledger, person="Q. Intake", role="intake", case="", at=AT, acting=BELL)
    who, other = office.holder(Role.INTAKE), office.person("Q. Intake")
    place = begin(who, "mine.txt", 4).headers["Location"]

    answers = [
        send(other, "HEAD", place), put(other, place, b"evil", 0), send(other, "DELETE", place),
        send(other, "HEAD", place.replace(MINE, CASES[1])), send(other, "HEAD", f"/case/{MINE}/uploads/../../etc/passwd"),
    ]  # fmt: skip

    assert [each.status_code for each in answers] == [404] * 5
    assert offset(who, place) == 0
    assert send(who, "DELETE", place).status_code == 204


def test_without_script_a_small_file_is_sent_by_the_form(office: House) -> None:
    """The plain form of the page does for a paper what the script does for a film."""
    who = office.holder(Role.INTAKE)
    who.session.post(
        f"{who.address}/case/{MINE}/uploads/new", data={"csrfmiddlewaretoken": who.session.cookies["csrftoken"]},
        files={"file": ("letter.txt", b"Dear office.")}, headers={"Referer": who.address}, timeout=60,
    )  # fmt: skip
    page = who.get(f"/case/{MINE}/uploads/").text
    take = re.search(r'action="([^"]+/take)"[^§]*?name="sha256" value="([0-9a-f]{64})"', page)
    assert take is not None

    who.post(take[1], source="a neighbour", sha256=take[2])
    settled(who)

    assert office.workspace.ledger.exhibits_of(MINE, hashlib.sha256(b"Dear office.").hexdigest())
