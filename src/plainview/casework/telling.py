# SPDX-License-Identifier: Apache-2.0
"""Telling other programs that a version was released or withdrawn, where an office has asked for it.

What this module keeps true: without ``OFFICE/webhooks.json`` nothing is sent; what is sent is public already (case
number, version, digest, time) and names nobody; each happening reaches each address at least once and in order, and
carries its place in the custody log, by which a receiver knows what it has had.

```json
[{"address": "https://news.example/hook", "secret": "…", "listed": []}]
```
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plainview.casework.workspace import Workspace
from plainview.errors import StepFailed, WrongUsage
from plainview.model.rows import EntryRow
from plainview.publish.hooks import send
from plainview.store.durable import replace

FILE, SENT = "webhooks.json", "webhooks-sent.json"
PUBLIC = frozenset({"released", "withdrawn"})
"""Custody events that the world may read on the site anyway."""

SECRET_LENGTH = 16
GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class Hook:
    """One address that asked to be told."""

    address: str
    secret: bytes
    listed: frozenset[str]
    """Hosts inside the office's own network that this hook may reach."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one address: how many happenings it has had now, and why it has no more."""

    address: str
    count: int
    problem: str = ""


def hooks(root: Path) -> tuple[Hook, ...]:
    """The office's webhooks; none when there is no file."""
    path = root / FILE
    if not path.is_file():
        return ()
    try:
        rows = json.loads(path.read_text())
        found = tuple(Hook(r["address"], r["secret"].encode(), frozenset(r.get("listed", ()))) for r in rows)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongUsage(f"{path}: a list of objects with address and secret is expected") from error
    if any(len(each.secret) < SECRET_LENGTH for each in found):
        raise WrongUsage(f"{path}: a secret has {SECRET_LENGTH} characters or more")
    return found


def tell(workspace: Workspace, *, now: datetime) -> list[Told]:
    """Send every address what it has not had; one that fails is tried again at the next call, from where it stopped."""
    kept = workspace.root / SENT
    had: dict[str, int] = json.loads(kept.read_text()) if kept.is_file() else {}
    news = [each for each in workspace.ledger.entries() if each.type in PUBLIC]
    told = []
    for hook in hooks(workspace.root):
        count, problem = 0, ""
        for entry in (each for each in news if each.seq > had.get(hook.address, -1)):
            problem = _one(hook, entry, now)
            if problem:
                break
            had[hook.address] = entry.seq
            replace(kept, json.dumps(had, indent=1, sort_keys=True).encode())
            count += 1
        told.append(Told(hook.address, count, problem))
    return told


def _one(hook: Hook, entry: EntryRow, now: datetime) -> str:
    """Send one happening; empty, or one sentence why it did not arrive."""
    said = json.loads(entry.body)
    body = {
        "schema": "Happening.1", "id": entry.seq, "event": entry.type, "case": entry.case, "version": entry.subject,
        "sha256": said["sha256"], "time": said["time"],
    }  # fmt: skip
    data = json.dumps(body, sort_keys=True).encode()
    try:
        status = send(hook.address, data, secret=hook.secret, seconds=int(now.timestamp()), listed=hook.listed)
    except (StepFailed, WrongUsage) as error:
        return str(error)
    return "" if status in GOOD else f"it answered {status}"
