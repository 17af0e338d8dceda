# SPDX-License-Identifier: Apache-2.0
"""The whole way on an invented incident: simulate, take in, examine, decide, release, release again.

Every step is the one the command line offers. Two invented reviewers decide from a file written for
this incident, two others approve; nothing is accepted because a machine proposed it. The clock is
passed in, so that the same seed gives the same site, byte for byte. Interrupted, it goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from plainview.casework import publishing, reading, review
from plainview.casework.workspace import Workspace, create, open_case, open_office
from plainview.errors import WrongUsage
from plainview.model.case import Agent
from plainview.pipeline import runs
from plainview.pipeline.session import receive, session
from plainview.simulator import simulate

SEED = b"plainview demonstration office: anyone can make these keys, never use them for real"
CLERK = Agent("R. Ames (invented)", "intake")
APPROVERS = (
    Agent("T. Oyelaran, counsel (invented)", "counsel"),
    Agent("M. Castellano, director (invented)", "publisher"),
)
LOCAL = timezone(timedelta(hours=-5))
TITLE = "Police shooting at Calder Street and 9th Avenue"
OPENED = datetime(2026, 3, 16, 14, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery and the release that follows it."""

    version: int
    folder: str
    received_from: str
    arrives: datetime
    decided: datetime
    released: datetime
    decisions: str


DELIVERIES = (
    Delivery(
        1,
        "first",
        "Port Alder Police Department and others (invented)",
        datetime(2026, 3, 17, 15, 0, tzinfo=UTC),
        datetime(2026, 4, 20, 15, 0, tzinfo=UTC),
        datetime(2026, 5, 6, 15, 0, tzinfo=UTC),
        "decisions.jsonl",
    ),
    Delivery(
        2,
        "second",
        "a resident of Calder Street (invented)",
        datetime(2026, 5, 18, 15, 0, tzinfo=UTC),
        datetime(2026, 5, 26, 15, 0, tzinfo=UTC),
        datetime(2026, 6, 9, 15, 0, tzinfo=UTC),
        "decisions-2.jsonl",
    ),
)


def run_demo(target: Path, *, seed: int, size: Literal["full", "mini"], jobs: int | None, console: Console) -> str:
    """Make ``target/{originals,truth.json,office,site}``; the address to open."""
    started = time.monotonic()
    _simulate(target, seed=seed, size=size, console=console)
    truth = json.loads((target / "truth.json").read_text())
    office = _office(target, truth)
    for delivery in DELIVERIES:
        if (target / "originals" / delivery.folder).is_dir() and not _released(office, truth, delivery):
            console.rule(f"version {delivery.version}")
            _release(office, target, truth, delivery, jobs=jobs, console=console)
    page = target.resolve() / "site" / "index.html"
    console.print(
        f"done in {time.monotonic() - started:.0f} s; with sound and search over HTTP: plainview serve {target}/site"
    )
    return page.as_uri()


def _simulate(target: Path, *, seed: int, size: Literal["full", "mini"], console: Console) -> None:
    stamp = target / ".simulated"
    wanted = f"{seed} {size}"
    if stamp.is_file():
        if stamp.read_text() != wanted:
            raise WrongUsage(f"{target} holds another demonstration; name another folder or remove it")
        return
    console.print("simulating an invented incident: people, place and events do not exist")
    with console.status("filming") as status:
        simulate(target, seed=seed, size=size, progress=status.update)
    stamp.write_text(wanted)


def _office(target: Path, truth: dict[str, Any]) -> Workspace:
    root = target / "office"
    if not (root / "office.json").exists():
        create(
            root, name=truth["office"], contact="nobody (invented)", at=OPENED, acting=CLERK, seed=SEED, site="../site"
        )
    workspace = open_office(root)
    if workspace.ledger.case(truth["case"]) is None:
        at = datetime.fromisoformat(truth["epoch"]).astimezone(LOCAL)
        open_case(workspace, case_id=truth["case"], title=TITLE, at=at, rules="chicago", now=OPENED, acting=CLERK)
    return workspace


def _released(office: Workspace, truth: dict[str, Any], delivery: Delivery) -> bool:
    """Whether this version is out and the site around it is finished."""
    done = any(r.number >= delivery.version and r.state == "published" for r in office.ledger.releases(truth["case"]))
    if done and not (office.site / "site-manifest-sha256.txt.sig").exists():
        publishing.refresh_site(office)
    return done


def _release(
    office: Workspace, target: Path, truth: dict[str, Any], delivery: Delivery, *, jobs: int | None, console: Console
) -> None:
    """Take one delivery the whole way."""
    case_id = truth["case"]
    report = receive(
        office,
        case_id=case_id,
        paths=[target / "originals" / delivery.folder],
        received_from=delivery.received_from,
        now=delivery.arrives,
        acting=CLERK,
        console=console,
    )
    report.tell(console)
    with session(office, case_id=case_id, now=delivery.arrives, console=console, jobs=jobs) as run:
        outcomes = runs.analyse(run)
    failed = [f"{o.task.step} on {o.task.exhibit}: {o.reason}" for o in outcomes if o.result is None]
    for sentence in failed:
        console.print(f"failed: {sentence}", markup=False)
    lines = list(_lines(target, delivery))
    appended, _ = review.apply(office, office.case(case_id), lines, at=delivery.decided, default_agent=None)
    console.print(f"{appended} decisions by two invented reviewers")
    with session(office, case_id=case_id, now=delivery.released, console=console, jobs=jobs) as run:
        built = runs.release(run, draft=True)
        console.print(f"audited clean: {built.digest}")
        for person in APPROVERS:
            publishing.approve_built(office, office.case(case_id), at=delivery.released, acting=person)
        runs.seal(run, built)


def _lines(target: Path, delivery: Delivery) -> Iterator[dict[str, Any]]:
    """The decision lines for one version."""
    path = target / delivery.decisions
    yield from reading.read_lines(path.read_text(), name=path.name)
