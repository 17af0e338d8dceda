# SPDX-License-Identifier: Apache-2.0
"""nginx in front of the desk: it sends originals where the desk says so, and to nobody by its own address."""

from __future__ import annotations

import json
from pathlib import Path

import requests
from bench.desk_files import nginx

from desk.house import CASES, house
from desk.test_roles import ticket_on
from plainview.model.roles import Role
from test_deploy import needed

MINE = CASES[0]


def test_nginx_sends_what_the_desk_says_and_nothing_else(tmp_path: Path) -> None:
    """Whole and in ranges to who has the ticket; the vault's own address opens nothing, with the ticket or without."""
    needed("nginx", package="nginx-light")
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "desk.json").write_text(json.dumps({"accelerated": "/vault/"}))
    with house(tmp_path) as made, nginx(tmp_path, made.workspace, made.desk) as (front, _):
        who = made.holder(Role.REDACTOR)
        who.post(f"/case/{MINE}/exhibit/EX-0001/look", why="to read it")
        path = f"/case/{MINE}/exhibit/EX-0001/original/{ticket_on(who, f'/case/{MINE}/paper/EX-0001/1/')}"
        whole = f"A note about {MINE} that names nobody.\n".encode()
        cookies = who.session.cookies.get_dict()
        inside = made.workspace.vault.original(made.workspace.ledger.exhibits(MINE)[0])
        guessed = inside.resolve().relative_to(made.workspace.vault.root.resolve()).as_posix()

        sent = requests.get(front + path, cookies=cookies, timeout=60)
        part = requests.get(front + path, cookies=cookies, headers={"Range": "bytes=2-5"}, timeout=60)
        stranger = requests.get(front + path, allow_redirects=False, timeout=60)
        past = requests.get(f"{front}/vault/{requests.utils.quote(guessed)}", cookies=cookies, timeout=60)

    assert (sent.status_code, sent.content, part.status_code, part.content) == (200, whole, 206, b"note")
    assert sent.headers["Cache-Control"] == "no-store"
    assert stranger.status_code == 302
    assert past.status_code == 404
