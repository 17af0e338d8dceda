# SPDX-License-Identifier: Apache-2.0
"""What is told of the machines, and that nothing told has a name, a word or a file's name in it."""

from __future__ import annotations

import json
import logging
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plainview import logs
from plainview.casework import outside, review
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.model.case import Agent
from plainview.model.request import Asking
from plainview.pipeline import metrics, session
from plainview.pipeline.engine import DurableEngine
from plainview.pipeline.runs import Run, analyse
from plainview.pipeline.tasks import WorkStore
from sounds_of_noise import noise

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
PLANTED = ("Quillfeather", "Ottoline", "Marigold", "Brambleway", "Zwetschge", "Pomfret", "Larkspur", "Hollyhock")
"""Invented names: of who acts, who delivered, a file, words in a paper, a case, who asks and where, and an office."""


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    agent = Agent(f"R. {PLANTED[0]}", "staff")
    made = create(tmp_path / "o", name=f"{PLANTED[7]} Office", contact="", at=AT, acting=agent, seed=b"metrics")
    case = open_case(made, case_id="C-1", title=f"The {PLANTED[4]} matter", at=AT, rules="chicago", now=AT, acting=agent)
    folder = tmp_path / f"{PLANTED[2]} delivery"
    folder.mkdir()
    noise(folder / f"{PLANTED[2]}.wav", seed=1, seconds=1)
    (folder / f"{PLANTED[2]}.txt").write_text(f"{PLANTED[3]} said that she saw it.")
    (folder / f"{PLANTED[2]}.pdf").write_bytes(b"%PDF-1.4 of no use\n" + PLANTED[3].encode())
    receive(
        [folder], case=case, received_from=PLANTED[1], ledger=made.ledger, vault=made.vault, at=AT, acting=agent,
        secret=b"s",
    )  # fmt: skip
    outside.ask(
        made, case, asking=Asking.PRIVACY, who=PLANTED[5], text=f"I am {PLANTED[5]}", where=PLANTED[6], at=AT, acting=agent
    )
    return made


def test_logs_of_a_whole_run_hold_no_planted_name(office: Workspace, tmp_path: Path) -> None:
    """Done and failed steps are told by step and exhibit; an error that quotes a file's name loses its sentence."""
    place = tmp_path / "log.jsonl"
    handlers = list(logs.LOGGER.handlers)
    logs.open_log(str(place))
    try:
        engine = DurableEngine(WorkStore(office.work), database=office.root / session.ENGINE_FILE, jobs=1)
        outcomes = analyse(
            Run(office, office.case("C-1"), engine, AT, lambda *_: None, print), only=["shots", "pages", "claims"]
        )
        engine.close()
        logs.event("step_refused", step="pages", reason=f"{PLANTED[2]}.pdf cannot be read", exhibit=PLANTED[2])
        logs.LOGGER.error("a library said %s", PLANTED[3])
    finally:
        for handler in set(logs.LOGGER.handlers) - set(handlers):
            logs.LOGGER.removeHandler(handler)
            handler.close()
        logs.LOGGER.setLevel(logging.NOTSET)
    text = place.read_text()
    lines = [json.loads(line) for line in text.splitlines()]

    assert [name for name in PLANTED if name.casefold() in text.casefold()] == []
    ended = [line for line in lines if line["event"] == "task_ended"]
    assert sorted((line["step"], line["outcome"]) for line in ended) == sorted(
        (each.task.step, "done" if each.result else "failed") for each in outcomes
    )
    assert {line["level"] for line in lines} == {"info", "error"}
    assert lines[-2]["left_out"] == 2
    assert set(lines[-1]) == {"time", "level", "event"}


def test_metrics_count_and_name_nobody(office: Workspace) -> None:
    """Findings, tasks, an open request and an overdue date are counted; Prometheus' form holds; no planted name."""
    engine = DurableEngine(WorkStore(office.work), database=office.root / session.ENGINE_FILE, jobs=1)
    analyse(Run(office, office.case("C-1"), engine, AT, lambda *_: None, print), only=["shots", "pages"])
    now = AT + timedelta(days=365)
    server = metrics.serve(office, port=0, clock=lambda: now)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        told = answer.read().decode()
    with urllib.request.urlopen(f"{address}/healthz") as answer:
        well = (answer.status, answer.read())
    engine.close()
    with pytest.raises(urllib.error.HTTPError) as unwell:
        urllib.request.urlopen(f"{address}/healthz")
    server.shutdown()
    values = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))

    assert well == (200, b"well\n")
    assert (unwell.value.code, unwell.value.read()) == (503, b"no worker gives a sign of life\n")
    assert values["plainview_up"] == values["plainview_workers"] == values["plainview_requests_open"] == "1"
    assert values['plainview_findings{step="shots",outcome="done"}'] == "1"
    assert values['plainview_tasks{queue="cpu",state="success"}'] == str(
        sum(row.step in {"shots", "pages"} for row in office.ledger.findings("C-1"))
    )
    assert float(values["plainview_dates_overdue"]) > 0
    assert float(values["plainview_custody_entries"]) == len(office.ledger.entries())
    assert [name for name in PLANTED if name.casefold() in told.casefold()] == []
    names = re.findall(r"^# TYPE (\w+) gauge$", told, re.M)
    assert len(names) == len(set(names)) == told.count("# HELP ")
    assert all(re.fullmatch(r'\w+(\{\w+="\w+"(,\w+="\w+")*\})? \S+', line) for line in told.splitlines() if line[0] != "#")


def test_an_office_whose_database_is_away_says_so(office: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """No trace and no guess: up is 0, and health names the database."""

    def away(_: object) -> None:
        raise metrics.OperationalError("gone")

    monkeypatch.setattr(metrics, "look_at", away)

    assert "plainview_up 0" in metrics.text(metrics.gather(office, now=AT))
    assert "the database does not answer" in metrics.unwell(office)


def test_every_decision_stays_out_of_the_log(office: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    """Deciding logs nothing at all: what people decide is in the custody log, which is another thing."""
    review.apply(
        office, office.case("C-1"), [{"decide": "version_note", "summary": PLANTED[4]}], at=AT, default_agent=PLANTED[0]
    )

    assert caplog.records == []
