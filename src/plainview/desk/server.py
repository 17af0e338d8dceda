# SPDX-License-Identifier: Apache-2.0
"""A desk for one machine: a case's open questions, its decisions and its custody log, and a form to decide.

It listens on this machine only and has no log-in: whoever may use the account may use the desk, and
every decision names its person. Each action is the ``casework`` verb that the command line offers.
The shared desk with roles and log-in is a later, larger thing.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, PackageLoader, Template

from plainview.casework import review, showing
from plainview.casework.workspace import Workspace
from plainview.errors import PlainviewError, WrongUsage

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
LARGEST_FORM = 1_000_000
"""Bytes; a decisions file of thousands of lines is smaller."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(slots=True)
class Desk:
    """The open office, the form token of this run, and a lock: one decision is written at a time."""

    workspace: Workspace
    token: str
    lock: Lock

    def page(self, path: str, *, said: str = "") -> str:
        """The HTML of ``/`` or ``/case/<id>``; ``WrongUsage`` when there is no such page."""
        parts = [part for part in path.split("/") if part]
        if not parts:
            return _template("office.html").render(office=self.workspace.office, cases=self.workspace.ledger.cases())
        if len(parts) != 2 or parts[0] != "case":
            raise WrongUsage("there is no such page")
        case = self.workspace.case(parts[1])
        desk = review.open_desk(self.workspace, case)
        return _template("case.html").render(
            office=self.workspace.office,
            case=case,
            waiting=review.waiting(desk),
            rows=list(reversed(desk.rows)),
            custody=showing.view(self.workspace, case, "custody").data,
            token=self.token,
            said=said,
        )

    def decide(self, path: str, form: dict[str, list[str]]) -> str:
        """Apply the decision lines of a form; the page again, with what became of them."""
        if not hmac.compare_digest(form.get("token", [""])[0], self.token):
            raise WrongUsage("this form is not from this desk; open the page again")
        case = self.workspace.case(path.rstrip("/").rsplit("/", 1)[-1])
        lines = review.read_lines(form.get("lines", [""])[0], name="the form")
        person = form.get("as", [""])[0].strip()
        with self.lock:
            appended, standing = review.apply(
                self.workspace, case, lines, at=datetime.now(UTC).replace(microsecond=0), default_agent=person or None
            )
        return self.page(path, said=f"{appended} decisions recorded, {standing} stood already")


def _template(name: str) -> Template:
    return Environment(loader=PackageLoader("plainview.desk"), autoescape=True).get_template(name)


def make_server(workspace: Workspace, *, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """The desk's server, not yet serving; refuses any address but this machine's."""
    if host not in LOCAL:
        raise WrongUsage(f"--host {host}: this desk has no log-in and listens on this machine only")
    desk = Desk(workspace, secrets.token_urlsafe(24), Lock())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if urlsplit(self.path).path == "/desk.css":
                self._send(HTTPStatus.OK, _style(), "text/css; charset=utf-8")
            else:
                self._answer(lambda: desk.page(urlsplit(self.path).path))

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > LARGEST_FORM:
                self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large", "text/plain")
                return
            form = parse_qs(self.rfile.read(length).decode("utf-8", "replace"), keep_blank_values=True)
            self._answer(lambda: desk.decide(urlsplit(self.path).path, form))

        def _answer(self, make) -> None:  # type: ignore[no-untyped-def]
            if self.headers.get("Host", "").rsplit(":", 1)[0].strip("[]") not in LOCAL:
                self._send(HTTPStatus.FORBIDDEN, "this desk answers to this machine only", "text/plain")
                return
            try:
                self._send(HTTPStatus.OK, make(), "text/html; charset=utf-8")
            except PlainviewError as error:
                page = _template("problem.html").render(sentence=str(error), office=workspace.office)
                self._send(HTTPStatus.BAD_REQUEST, page, "text/html; charset=utf-8")

        def _send(self, status: HTTPStatus, text: str, media_type: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in {**HEADERS, "Content-Type": media_type, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Nothing of a case goes into a program's log."""

    return ThreadingHTTPServer((host, port), Handler)


def _style() -> str:
    from importlib import resources

    return resources.files("plainview.desk").joinpath("templates/desk.css").read_text(encoding="utf-8")


def serve(workspace: Workspace, *, host: str, port: int) -> None:
    """Serve until stopped."""
    with make_server(workspace, host=host, port=port) as server:
        server.serve_forever()
