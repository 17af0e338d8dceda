# SPDX-License-Identifier: Apache-2.0
"""The way in: nobody without an account, no form from elsewhere, no session that somebody else planted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from conftest import ROOT
from desk.at_desk import PASSWORD, Person
from desk.house import AT, CASES, House, house
from plainview.casework.workspace import create
from plainview.model.case import Agent


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("entrance")) as made:
        yield made


def login_of(someone: Person) -> str:
    """The log-in name that the desk made of a name."""
    return ".".join("".join(c if c.isalnum() else " " for c in someone.name.casefold()).split())


def test_without_an_account_there_is_the_log_in_page_and_nothing_else(office: House) -> None:
    """Every address leads a stranger to the log-in page; a case's existence is not told."""
    stranger = office.desk.stranger()

    for path in ("/", "/people/", f"/case/{CASES[0]}/", "/case/none/", f"/case/{CASES[0]}/exhibit/EX-0001/"):
        answer = stranger.get(path)

        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/account/login/"), path


def test_nobody_signs_up(office: House) -> None:
    """The page for making an account oneself says that it is closed."""
    stranger = office.desk.stranger()
    page = stranger.get("/account/signup/")
    stranger.get("/account/login/")  # for the token

    stranger.post("/account/signup/", username="x", password1=PASSWORD, password2=PASSWORD)

    assert "closed" in page.text.casefold()
    assert stranger.log_in("x").status_code != 302


def test_a_form_without_this_sessions_token_records_nothing(office: House) -> None:
    """A page elsewhere that posts to the desk with the person's cookies is refused."""
    before = len(office.workspace.ledger.entries())

    answer = office.admin.session.post(
        f"{office.desk.address}/people/give", data={"person": "Eve", "role": "publisher"}, allow_redirects=False,
        timeout=60,
    )  # fmt: skip

    assert answer.status_code == 403
    assert len(office.workspace.ledger.entries()) == before


def test_logging_in_gives_a_new_session(office: House) -> None:
    """A session number that somebody planted before the log-in opens nothing after it."""
    someone = office.person("F. Ixation")
    planted = requests.Session()
    planted.cookies.set("sessionid", "planted0planted0planted0planted0")
    again = Person(someone.name, office.desk.address, planted)

    again.log_in(login_of(someone))
    after = [each.value for each in planted.cookies if each.name == "sessionid"]
    stolen = requests.get(
        f"{office.desk.address}/", cookies={"sessionid": "planted0planted0planted0planted0"}, allow_redirects=False,
        timeout=60,
    )  # fmt: skip

    assert "planted0planted0planted0planted0" not in after[-1:]
    assert stolen.status_code == 302


def test_a_password_is_not_guessed_by_trying(office: House) -> None:
    """After five wrong passwords for one person even the right one has to wait; the page does not say who exists."""
    someone = office.person("G. Uessed")
    thief = office.desk.stranger()

    for number in range(6):
        wrong = thief.log_in(login_of(someone), f"wrong {number}")
        assert wrong.status_code in (200, 429)
    right = thief.log_in(login_of(someone))

    assert right.status_code != 302
    assert office.desk.stranger().log_in("nobody.at.all", "wrong").status_code == 200


def test_every_answer_carries_the_policy_and_stays_in_no_cache(office: House) -> None:
    """No inline script or style is allowed, no other site may frame the desk, nothing is kept."""
    for answer in (office.admin.get("/"), office.admin.get("/case/none/"), office.desk.stranger().get("/account/login/")):
        policy = answer.headers["Content-Security-Policy"]

        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text


def test_another_host_name_is_refused(office: House) -> None:
    """A page on another site that points a name at this machine gets nothing (DNS rebinding)."""
    answer = requests.get(f"{office.desk.address}/account/login/", headers={"Host": "evil.example"}, timeout=60)

    assert answer.status_code == 400


def test_a_link_that_opens_an_account_works_once(office: House) -> None:
    """Whoever finds the used link later is told that there is nothing."""
    login, path = office.desk.welcome("O. Nce")
    first = office.desk.stranger()
    first.open_account(path)

    assert office.desk.stranger().get(path).status_code == 404
    assert first.log_in(login).status_code == 302


def test_a_closed_account_is_out_at_once(office: House) -> None:
    """The session that was open when the account was closed sees nothing more."""
    someone = office.person("C. Losed")
    assert someone.get("/").status_code == 200

    office.admin.post("/people/account", person="C. Losed", what="close")

    assert someone.get("/").status_code == 302


def test_the_desk_listens_on_this_machine_unless_https_stands_in_front(tmp_path: Path) -> None:
    """Any other address is refused with one sentence."""
    create(tmp_path / "o", name="Office", contact="", at=AT, acting=Agent("R. Ames"), seed=b"host")
    done = subprocess.run(
        [sys.executable, "-m", "plainview", "desk", "--host", "0.0.0.0", "--office", tmp_path / "o"],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "this machine only" in done.stderr


def test_behind_https_django_itself_finds_nothing_to_say(tmp_path: Path) -> None:
    """``manage.py check --deploy`` is clean for the settings of an office that others reach."""
    create(tmp_path / "o", name="Office", contact="", at=AT, acting=Agent("R. Ames"), seed=b"deploy")
    (tmp_path / "o" / "desk.json").write_text(json.dumps({"https": True, "hosts": ["desk.example.org"]}))
    check = (
        "import sys; from pathlib import Path; from plainview.desk import server; server.prepare(Path(sys.argv[1]));"
        "from django.core.management import call_command; call_command('check', deploy=True, fail_level='WARNING')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", check, str(tmp_path / "o")],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, ""), done.stderr


TIMED = """
import json, sys
from pathlib import Path
from plainview.desk import server
root = Path(sys.argv[1])
server.prepare(root)
server.make_tables(root)
from django.conf import settings
settings.ACCOUNT_RATE_LIMITS = False
from django.contrib.auth import get_user_model, hashers
from django.test import Client
from plainview.desk import accounts
opened, closed, new = (accounts.make_account(name) for name in ("O. Pened", "C. Losed", "N. Ew"))
for each in (opened, closed):
    each.set_password("correct horse battery 9")
    each.save()
accounts.close_account(closed)
asked = []
encode = hashers.PBKDF2PasswordHasher.encode
def counted(self, password, salt, iterations=None):
    asked.append(iterations or self.iterations)
    return encode(self, password, salt, iterations)
hashers.PBKDF2PasswordHasher.encode = counted
told = {}
for name in ("o.pened", "c.losed", "n.ew", "nobody.at.all"):
    asked.clear()
    answer = Client(HTTP_HOST="127.0.0.1").post("/account/login/", {"login": name, "password": "wrong"})
    told[name] = [answer.status_code, sum(asked)]
print(json.dumps(told))
"""


def test_a_wrong_log_in_costs_the_same_whoever_it_names(tmp_path: Path) -> None:
    """The work of the password's digest, which is all that can be timed, is done as often for a name that exists as
    for one that is closed, was never opened, or never was; the answer is the same too."""
    create(tmp_path / "o", name="Office", contact="", at=AT, acting=Agent("R. Ames"), seed=b"timing")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TIMED, str(tmp_path / "o")],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    assert set(told) == {"o.pened", "c.losed", "n.ew", "nobody.at.all"}
    assert {tuple(each) for each in told.values()} == {tuple(told["o.pened"])}
    assert told["o.pened"][0] == 200
    assert told["o.pened"][1] > 0
