# SPDX-License-Identifier: Apache-2.0
"""A desk as an office runs it: its own process, real accounts opened by their links, people who log in over HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from conftest import ROOT, plainview

PASSWORD = "correct horse battery 9"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Person:
    """Somebody's browser, without a screen: a session that sends the form token as browsers do."""

    name: str
    address: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **more: object) -> requests.Response:
        return self.session.get(f"{self.address}{path}", allow_redirects=False, timeout=60, **more)  # type: ignore[arg-type]

    def post(self, path: str, **form: object) -> requests.Response:
        """A form of this desk, with the token of this session."""
        data = {"csrfmiddlewaretoken": self.session.cookies.get("csrftoken", ""), **form}
        return self.session.post(
            f"{self.address}{path}", data=data, headers={"Referer": self.address}, allow_redirects=False, timeout=60
        )

    def log_in(self, login: str, password: str = PASSWORD) -> requests.Response:
        self.get("/account/login/")
        return self.post("/account/login/", login=login, password=password)

    def open_account(self, path: str) -> None:
        """What the owner of a new account does with the link."""
        self.get(path)
        opened = self.post(path, new_password1=PASSWORD, new_password2=PASSWORD)
        assert opened.status_code == 302, opened.text[:2000]


@dataclass
class Desk:
    """A running desk: its office, its address, everybody who has an account."""

    office: Path
    address: str
    process: subprocess.Popen[bytes]
    people: dict[str, Person] = field(default_factory=dict)

    def stranger(self) -> Person:
        return Person("", self.address)

    def welcome(self, name: str) -> tuple[str, str]:
        """(log-in name, path of the link) of a new account, made on the command line."""
        done = plainview("people", "account", name, "--office", self.office)
        assert done.returncode == 0, done.stderr
        login = re.search(r"logs in as (\S+);", done.stdout)
        path = re.search(r"(/welcome/\S+)", done.stdout)
        assert login is not None
        assert path is not None
        return login[1], path[1]

    def person(self, name: str) -> Person:
        """Somebody with an account, logged in."""
        if name not in self.people:
            login, path = self.welcome(name)
            made = Person(name, self.address)
            made.open_account(path)
            assert made.log_in(login).status_code == 302
            self.people[name] = made
        return self.people[name]


@contextmanager
def desk(office: Path, *, port: int = 0, **environment: str) -> Iterator[Desk]:
    """``plainview desk`` on a free port, stopped at the end."""
    port = port or free_port()
    log = office / "desk-test.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "plainview", "desk", "--port", str(port), "--office", str(office)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, log)
        yield Desk(office, address, process)
    finally:
        with suppress(ProcessLookupError):  # a test may have killed it
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(120)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            requests.get(f"{address}/account/login/", timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the desk does not answer: {log.read_text()}")
