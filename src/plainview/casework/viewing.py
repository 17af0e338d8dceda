# SPDX-License-Identifier: Apache-2.0
"""Looking at what is not redacted: nobody is shown an original before the custody log says who, when and why.

How long each person looked, and how much of that was graphic, is kept too, so that the next hard piece goes to
somebody else.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plainview.casework import people, standing
from plainview.casework.custody import log_access
from plainview.casework.workspace import Workspace
from plainview.errors import WrongUsage
from plainview.model.case import Agent, Case, Exhibit
from plainview.model.custody import CustodyEvent
from plainview.model.exposure import Exposure, Watch, exposure, graphic_within
from plainview.model.roles import may
from plainview.model.time import SECOND, MediaSpan, MediaTime


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at an original."""

    exhibit: str
    person: str
    role: str
    at: str
    """UTC, ISO 8601."""
    why: str


def open_original(workspace: Workspace, case: Case, exhibit: Exhibit, *, why: str, at: datetime, acting: Agent) -> Path:
    """Where the sealed bytes lie (read-only), after the look is logged; ``NotAllowed`` without a role for it."""
    people.require(workspace.ledger, "view original", case=case.id, acting=acting)
    if exhibit.case != case.id:
        raise WrongUsage(f"{exhibit.id} is no exhibit of case {case.id}")
    if not why.strip():
        raise WrongUsage("looking at an original needs a reason, which is logged")
    log_access(case, subject=exhibit.id, purpose=why.strip(), ledger=workspace.ledger, at=at, acting=acting)
    return workspace.vault.original(exhibit)


def copy_original(
    workspace: Workspace, case: Case, exhibit: Exhibit, *, to: Path, why: str, at: datetime, acting: Agent
) -> Path:
    """The same, and a copy of the bytes for a player; the log says that there is one."""
    if to.exists():
        raise WrongUsage(f"{to} exists already")
    source = open_original(workspace, case, exhibit, why=f"{why.strip()} (copied)", at=at, acting=acting)
    shutil.copyfile(source, to)
    to.chmod(0o600)
    return to


def watched(
    workspace: Workspace, case: Case, exhibit: Exhibit, *, span: MediaSpan, at: datetime, acting: Agent
) -> Watch:
    """Keep that somebody watched a stretch of an original, and how much of it was graphic; it is seen already."""
    people.require(workspace.ledger, "view original", case=case.id, acting=acting)
    if exhibit.case != case.id:
        raise WrongUsage(f"{exhibit.id} is no exhibit of case {case.id}")
    length = exhibit.probe.duration if exhibit.probe else 0
    if not 0 <= span.start < span.end <= length + SECOND:
        raise WrongUsage(f"{exhibit.id} is {length / SECOND:.1f} s long; that stretch is not in it")
    desk = standing.open_desk(workspace, case)
    alignment = desk.found.timeline.of(exhibit.id) if desk.found.timeline else None
    graphic = graphic_within(exhibit.id, span, moments=desk.state.moments.values(), alignment=alignment)
    made = Watch(case.id, exhibit.id, acting.name, span, graphic, at)
    detail = f"{span.start / SECOND:.1f} s to {span.end / SECOND:.1f} s, {graphic / SECOND:.1f} s of it graphic"
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.add_watch(made)
        change.record(CustodyEvent("watched", case.id, exhibit.id, detail=detail))
    return made


def exposures(workspace: Workspace, *, until: datetime, days: int = 7) -> tuple[Exposure, ...]:
    """What everybody had to see in the last days, whoever should get the next graphic piece first."""
    standing = people.standing(workspace.ledger.grants())
    viewers = [each.person for each in standing if may("view original", {each.role})]
    return exposure(workspace.ledger.watches(), people=viewers, until=until, days=days)


def graphic_in(desk: standing.Desk, exhibit: Exhibit) -> int:
    """µs of a recording that people confirmed as graphic and that it sees or hears."""
    alignment = desk.found.timeline.of(exhibit.id) if desk.found.timeline else None
    if exhibit.probe is None or not exhibit.probe.duration:
        return 0
    whole = MediaSpan(MediaTime(0), exhibit.probe.duration)
    return graphic_within(exhibit.id, whole, moments=desk.state.moments.values(), alignment=alignment)


def least_burdened(workspace: Workspace, case: Case, *, until: datetime) -> Exposure | None:
    """To whom the next graphic piece of a case goes: who may look at its originals and had to see least lately."""
    grants = workspace.ledger.grants()
    return next(
        (
            each
            for each in exposures(workspace, until=until)
            if not grants or may("view original", people.roles_of(grants, each.person, case=case.id))
        ),
        None,
    )


def seen(workspace: Workspace, case: Case) -> list[Seen]:
    """Who saw which original, oldest first."""
    rows = [json.loads(entry.body) for entry in workspace.ledger.entries(case.id) if entry.type == "accessed"]
    return [Seen(row["subject"], row["agent"], row["role"], row["time"], row["detail"]) for row in rows]
