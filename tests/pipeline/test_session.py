# SPDX-License-Identifier: Apache-2.0
"""Who may be at work at the same time: one run in a case, one that computes itself in an office."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import Blocked, WrongUsage
from plainview.model.case import Agent
from plainview.pipeline.crew import Crew, worker_id
from plainview.pipeline.metrics import unwell
from plainview.pipeline.runs import Run
from plainview.pipeline.session import NOBODY, engine_place, receive, session

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
AMES = Agent("R. Ames")
QUIET = Console(quiet=True)


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """Two cases."""
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"session")
    for case in ("C-1", "C-2"):
        open_case(made, case_id=case, title="T", at=AT, rules="own", now=AT, acting=AMES)
    return made


def run(office: Workspace, case: str, jobs: int | None) -> AbstractContextManager[Run]:
    return session(office, case_id=case, now=AT, console=QUIET, jobs=jobs, durable=False)


def test_runs_that_leave_the_work_to_workers_go_on_in_two_cases(
    office: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the option or by the setting; a second run in the same case is refused all the same."""
    monkeypatch.setenv("PLAINVIEW_JOBS", "0")
    with (
        run(office, "C-1", 0),
        run(office, "C-2", None),
        pytest.raises(Blocked, match="at work in case C-1"),
        run(office, "C-1", 0),
    ):
        pass
    monkeypatch.setenv("PLAINVIEW_JOBS", "none")
    with pytest.raises(WrongUsage, match="PLAINVIEW_JOBS=none"), run(office, "C-1", None):
        pass


def test_of_runs_that_compute_there_is_one_and_files_are_taken_in_meanwhile(office: Workspace, tmp_path: Path) -> None:
    """While one works in the first case, another may not in the second, but its files are taken in and may be looked at."""
    (tmp_path / "note.txt").write_text("A note.")

    def take(case: str) -> int:
        return len(receive(
            office, case_id=case, paths=[tmp_path / "note.txt"], received_from="x", now=AT, acting=AMES, console=QUIET
        ).received)  # fmt: skip

    with run(office, "C-1", 1):
        with pytest.raises(Blocked, match=f"at work in {office.root}"), run(office, "C-2", 1):
            pass
        with run(office, "C-2", 0):
            pass
        taken = take("C-2")
        with pytest.raises(Blocked, match="at work in case C-1"):
            take("C-1")

    assert (taken, take("C-1")) == (1, 1)


def test_a_run_that_waits_for_workers_says_when_there_is_none(office: Workspace) -> None:
    """It is no worker itself: the office stays unwell while it waits, and beside a real worker it says nothing."""
    told = StringIO()
    with session(office, case_id="C-1", now=AT, console=Console(file=told), jobs=0):
        problems = unwell(office)

    assert NOBODY in " ".join(told.getvalue().split())
    assert "no worker gives a sign of life" in problems

    said = StringIO()
    worker = Crew(engine_place(office), me=worker_id())
    worker.beat()
    with session(office, case_id="C-1", now=AT, console=Console(file=said), jobs=0):
        pass
    worker.close()
    assert NOBODY not in " ".join(said.getvalue().split())
