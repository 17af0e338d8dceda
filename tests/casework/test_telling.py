# SPDX-License-Identifier: Apache-2.0
"""Webhooks: off until asked for, signed, in order, and never led to a place inside."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from plainview.casework import telling
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import WrongUsage
from plainview.model.case import Agent
from plainview.model.custody import CustodyEvent
from plainview.publish import hooks

AT = datetime(2026, 4, 28, 12, 0, tzinfo=UTC)
AMES = Agent("R. Quillfeather", "publisher")
SECRET = "a secret that both know"


class Receiver(HTTPServer):
    """A program that wants to be told; ``answers`` are its next statuses, 204 when there is none."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, bytes]] = []
        self.answers: list[int] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?from=office"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers["Plainview-Signature"], body))
        status = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.address + "&again=1")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.shutdown()


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """An office whose log has two public happenings among others."""
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"hooks")
    open_case(made, case_id="C-1", title="The Marigold matter", at=AT, rules="own", now=AT, acting=AMES)
    with made.ledger.change(acting=AMES, at=AT) as change:
        change.record(CustodyEvent("accessed", "C-1", "EX-0001", detail="looked at by counsel"))
        change.record(CustodyEvent("withdrawn", "C-1", "v1", sha256="a" * 64, detail="Marigold was named"))
        change.record(CustodyEvent("withdrawn", "C-1", "v2", sha256="b" * 64, detail="and again"))
    return made


def ask(office: Workspace, address: str, *, listed: list[str]) -> None:
    row = {"address": address, "secret": SECRET, "listed": listed}
    (office.root / telling.FILE).write_text(json.dumps([row]))


def test_nothing_is_sent_until_an_office_asks(office: Workspace, receiver: Receiver) -> None:
    """No file, no message, no trace."""
    assert telling.tell(office, now=AT) == []
    assert receiver.got == []
    assert not (office.root / telling.SENT).exists()


def test_what_is_public_is_told_once_in_order_signed_and_without_names(office: Workspace, receiver: Receiver) -> None:
    """The first answer fails: nothing after it is sent, and the next call goes on from there."""
    ask(office, receiver.address, listed=["127.0.0.1"])
    receiver.answers = [500]
    told = [telling.tell(office, now=AT)[0] for _ in range(3)]
    bodies = [json.loads(body) for _, body in receiver.got]

    assert [(each.count, each.problem) for each in told] == [(0, "it answered 500"), (2, ""), (0, "")]
    assert [each["version"] for each in bodies] == ["v1", "v1", "v2"]
    assert bodies[1] == {
        "schema": "Happening.1", "id": bodies[1]["id"], "event": "withdrawn", "case": "C-1", "version": "v1",
        "sha256": "a" * 64, "time": "2026-04-28T12:00:00Z",
    }  # fmt: skip
    for header, body in receiver.got:
        stamp, mac = (part.split("=")[1] for part in header.split(","))
        assert mac == hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        assert b"Marigold" not in body
        assert b"Quillfeather" not in body


def test_a_redirect_is_not_followed(office: Workspace, receiver: Receiver) -> None:
    """A receiver that sends elsewhere has not been told, and elsewhere is not asked."""
    ask(office, receiver.address, listed=["127.0.0.1"])
    receiver.answers = [302]
    told = telling.tell(office, now=AT)[0]

    assert told.problem == "it answered 302"
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "fe80::1%eth0", "0.0.0.0", "100.64.0.1"]
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_connected(
    inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever public address it has beside: no connection is made, to none of them."""

    def resolve(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(0, 0, 0, "", (each, 443)) for each in ("93.184.216.34", inside)]

    def connect(*_: object, **__: object) -> None:
        raise AssertionError("it connected")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises(WrongUsage, match="no address of the public internet"):
        hooks.send("https://news.example/hook", b"{}", secret=b"s", seconds=1, listed=frozenset())


def test_the_connection_goes_to_what_was_resolved_and_only_over_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means another place a moment later cannot turn the message there; plain http is for listed hosts."""
    asked: list[tuple[str, int]] = []

    def resolve(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(0, 0, 0, "", ("93.184.216.34", 443))]

    def connect(place: tuple[str, int], **_: object) -> None:
        asked.append(place)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(hooks.StepFailed):
        hooks.send("https://news.example/hook", b"{}", secret=b"s", seconds=1, listed=frozenset())
    with pytest.raises(WrongUsage, match="over https"):
        hooks.send("http://news.example/hook", b"{}", secret=b"s", seconds=1, listed=frozenset({"other.example"}))

    assert asked == [("93.184.216.34", 443)]


@pytest.mark.parametrize("text", ["{", '[{"address": "https://x"}]', '[{"address": "https://x", "secret": "short"}]', "[1]"])
def test_settings_that_do_not_fit_are_refused(office: Workspace, text: str) -> None:
    """In a sentence that names the file."""
    (office.root / telling.FILE).write_text(text)

    with pytest.raises(WrongUsage, match=r"webhooks\.json"):
        telling.hooks(office.root)
