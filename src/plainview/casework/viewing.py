# SPDX-License-Identifier: Apache-2.0
"""Looking at what is not redacted: nobody is shown an original before the custody log says who, when and why."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plainview.casework import people
from plainview.casework.custody import log_access
from plainview.casework.workspace import Workspace
from plainview.errors import WrongUsage
from plainview.model.case import Agent, Case, Exhibit


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


def seen(workspace: Workspace, case: Case) -> list[Seen]:
    """Who saw which original, oldest first."""
    rows = [json.loads(entry.body) for entry in workspace.ledger.entries(case.id) if entry.type == "accessed"]
    return [Seen(row["subject"], row["agent"], row["role"], row["time"], row["detail"]) for row in rows]
