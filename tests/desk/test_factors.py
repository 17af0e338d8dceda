# SPDX-License-Identifier: Apache-2.0
"""Second factors and the agency's own log-in, as a browser does them: one-time code, security key, identity provider."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from playwright.sync_api import Browser, Page, expect

from browser.walk import browsing
from conftest import plainview
from desk.at_desk import PASSWORD, Desk, Person, desk
from desk.house import AT, BELL
from plainview.casework.workspace import create

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@dataclass
class Provider:
    """An agency's identity provider that says of everybody who comes that he or she is ``user``."""

    address: str = ""
    user: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    """What the desk sent along with people."""

    def told(self, path: str) -> dict[str, Any]:
        who = {"sub": f"subject of {self.user}", "preferred_username": self.user}
        if path == "/token":
            now = int(time.time())
            claims = {**who, "iss": self.address, "aud": "desk", "iat": now, "exp": now + 60}
            token = jwt.encode(claims, "k" * 32, algorithm="HS256")
            return {"access_token": "a", "token_type": "Bearer", "id_token": token}
        if path == "/userinfo":
            return who
        return {
            "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token", "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks", "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }  # fmt: skip


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            at = urlsplit(self.path)
            said = {key: values[0] for key, values in parse_qs(at.query).items()}
            if at.path == "/authorize":
                made.asked.append(said)
                self.send_response(302)
                self.send_header("Location", f"{said['redirect_uri']}?{urlencode({'code': 'c', 'state': said['state']})}")
                self.end_headers()
            else:
                self._tell(at.path)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._tell(self.path)

        def _tell(self, path: str) -> None:
            body = json.dumps(made.told(path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing goes to the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        made.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Desk]:
    """A desk that asks for a second factor and knows the provider."""
    office = create(tmp_path_factory.mktemp("factors") / "o", name="Office", contact="", at=AT, acting=BELL, seed=b"f")
    oidc = {"name": "Agency", "server_url": provider.address, "client_id": "desk", "secret": "s"}
    (office.root / "desk.json").write_text(json.dumps({"mfa_required": True, "oidc": oidc}))
    with desk(office.root) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as made:
        yield made


def window(browser: Browser, running: Desk) -> Page:
    """A window of its own at the desk's name: security keys know names, not numbers."""
    page = browser.new_context(base_url=running.address.replace("127.0.0.1", "localhost")).new_page()
    page.set_default_timeout(30_000)
    return page


def log_in(page: Page, login: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("Log-in name").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_load_state()


def one_time(secret: str) -> str:
    """The code of RFC 6238 for these thirty seconds, six digits; in their last five, of the next ones."""
    if (at := time.time()) % 30 > 25:
        time.sleep(30.1 - at % 30)
        at = time.time()
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at // 30)), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_where_a_second_factor_is_asked_for_nothing_opens_without_one(running: Desk) -> None:
    """A password alone leads to the page that sets the second factor up, whatever is asked for."""
    someone = running.person("N. Othing")

    answers = [someone.get(path) for path in ("/", "/people/", "/case/C-1/", "/mine/")]
    setup = someone.get("/account/2fa/")

    assert [(each.status_code, each.headers.get("Location")) for each in answers] == [(302, "/account/2fa/")] * 4
    assert setup.status_code == 200


def test_a_one_time_code_is_asked_for_and_works_once(running: Desk) -> None:
    """Set up by its secret; afterwards the password alone opens nothing, a wrong code neither, a used one neither."""
    someone = running.person("T. Otp")
    first = someone.get("/account/2fa/totp/activate/")
    someone.get("/account/reauthenticate/")
    someone.post("/account/reauthenticate/?next=/account/2fa/totp/activate/", password=PASSWORD)
    page = someone.get("/account/2fa/totp/activate/").text
    secret = re.search(r'value="([A-Z2-7]{16,})"', page)
    assert secret is not None, page[-3000:]
    set_up = someone.post("/account/2fa/totp/activate/", code=one_time(secret[1]))
    inside = someone.get("/").status_code

    again = Person(someone.name, running.address)
    password = again.log_in("t.otp")
    alone = again.get("/").status_code
    again.get("/account/2fa/authenticate/")
    wrong = again.post("/account/2fa/authenticate/", code="000000").status_code
    code = one_time(secret[1])
    right = again.post("/account/2fa/authenticate/", code=code)
    opened = again.get("/").status_code
    thief = Person(someone.name, running.address)
    thief.log_in("t.otp")
    thief.get("/account/2fa/authenticate/")
    thief.post("/account/2fa/authenticate/", code=code)

    assert "/account/reauthenticate/" in first.headers["Location"]
    assert (set_up.status_code, inside) == (302, 200)
    assert (password.headers["Location"], alone, wrong) == ("/account/2fa/authenticate/", 302, 200)
    assert (right.status_code, opened) == (302, 200)
    assert thief.get("/").status_code == 302


def test_a_security_key_opens_the_desk_and_nothing_opens_without_it(running: Desk, browser: Browser) -> None:
    """Chromium's own virtual key is registered under the desk's policy of scripts; with it the log-in ends inside, in a
    window without it at the door."""
    running.person("W. Key")
    page = window(browser, running)
    key = page.context.new_cdp_session(page)
    key.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    key.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    log_in(page, "w.key")
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.locator("input[name=name]").fill("the key on my ring")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(lambda address: "webauthn/add" not in address)
    page.context.clear_cookies()
    log_in(page, "w.key")
    expect(page).to_have_url(re.compile("/account/2fa/authenticate/"))
    page.goto("/")
    outside = page.url
    page.goto("/account/2fa/authenticate/")
    page.get_by_role("button", name=re.compile("security key", re.IGNORECASE)).click()
    expect(page.locator("h1")).to_have_text("Cases")

    other = window(browser, running)
    log_in(other, "w.key")
    other.goto("/")
    assert "/account/" in outside
    assert "/account/" in other.url


def test_the_agencys_provider_vouches_for_people_who_have_an_account_and_for_nobody_else(
    running: Desk, browser: Browser, provider: Provider
) -> None:
    """Who has an account comes in under that name, by a form that the policy lets go to the provider alone; a stranger
    whom the provider knows stays outside, and so does somebody whose account was closed."""
    running.welcome("P. Vouched")
    running.person("C. Losed")
    closed = plainview("people", "account", "C. Losed", "--close", "--office", running.office)
    assert closed.returncode == 0, closed.stderr
    seen = {}
    for user in ("p.vouched", "a.stranger", "c.losed"):
        provider.user = user
        page = window(browser, running)
        page.goto("/account/login/")
        page.get_by_role("button", name="Log in with Agency").click()
        page.wait_for_load_state()
        page.goto("/account/2fa/totp/activate/")
        seen[user] = urlsplit(page.url).path
        page.context.close()

    sent = provider.asked[0]
    forged = running.stranger().get("/account/oidc/agency/login/callback/?code=c&state=planted")

    assert seen["p.vouched"] == "/account/2fa/totp/activate/"  # inside, setting up the factor that this desk asks for
    assert (seen["a.stranger"], seen["c.losed"]) == ("/account/login/", "/account/login/")
    assert (sent["client_id"], sent["code_challenge_method"]) == ("desk", "S256")
    assert forged.status_code != 302 or "/account/login/" in forged.headers["Location"]
