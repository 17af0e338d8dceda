# SPDX-License-Identifier: Apache-2.0
"""The desk for one machine: what blocks a release is shown, and a decision made there is in the ledger."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from plainview.casework.workspace import Workspace, create, open_case
from plainview.desk.server import make_server
from plainview.errors import WrongUsage
from plainview.model.case import Agent

NOW = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
FACTS = '{"decide": "case_facts", "headline": "<script>alert(1)</script>", "summary": "s"}'


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    workspace = create(tmp_path / "o", name="Office", contact="", at=NOW, acting=Agent("Ames"), seed=b"test")
    open_case(workspace, case_id="C-1", title="Title", at=NOW, rules="own", now=NOW, acting=Agent("Ames"))
    return workspace


@pytest.fixture
def address(office: Workspace) -> Iterator[str]:
    with make_server(office) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def get(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        text: str = answer.read().decode()
        return text


def post(url: str, **form: str) -> str:
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
        text: str = answer.read().decode()
        return text


def test_a_decision_made_at_the_desk_is_in_the_ledger(office: Workspace, address: str) -> None:
    """The case page lists what is missing; the form records a decision under the person's name."""
    page = get(f"{address}/case/C-1")
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None

    after = post(f"{address}/case/C-1", token=token[1], **{"as": "B. Reyes"}, lines=FACTS)

    assert "headline and summary of the case" in page
    assert "1 decisions recorded" in after
    assert [(row.agent, row.kind) for row in office.ledger.decisions("C-1")] == [("B. Reyes", "CaseFacts")]


def test_a_form_from_elsewhere_is_refused(office: Workspace, address: str) -> None:
    """Without this run's token nothing is recorded."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(f"{address}/case/C-1", token="guessed", **{"as": "B. Reyes"}, lines=FACTS)

    assert refused.value.code == 400
    assert office.ledger.decisions("C-1") == []


def test_another_host_name_is_refused(address: str) -> None:
    """A page on another site that points a name at this machine gets nothing (DNS rebinding)."""
    request = urllib.request.Request(f"{address}/", headers={"Host": "evil.example"})

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)

    assert refused.value.code == 403


def test_the_desk_listens_on_this_machine_only(office: Workspace) -> None:
    """Any other address is refused with one sentence."""
    with pytest.raises(WrongUsage, match="this machine only"):
        make_server(office, host="0.0.0.0")
