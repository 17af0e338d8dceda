# SPDX-License-Identifier: Apache-2.0
"""Showing a version under embargo: who is invited, what was looked at, who asks to wait.

What this module keeps true: nobody outside is shown anything that was not built, attacked by the audit and found
clean; an invitation is for exactly those bytes and shows nothing any more when others are built; each look is in the
custody log under the guest's own name before the first picture goes out; asking to wait is a request like any other
and holds the next version until it is answered.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from plainview.casework import outside, publishing
from plainview.casework.people import require
from plainview.casework.workspace import Workspace
from plainview.errors import Blocked, WrongUsage
from plainview.model.case import Agent, Case
from plainview.model.custody import CustodyEvent
from plainview.model.guest import Guest
from plainview.model.request import Asking, OutsideRequest

LONGEST_DAYS = 60
FILMS = "media/*/full.mp4"
"""Finished films of a built version."""


def invite(
    workspace: Workspace, case: Case, *, name: str, relation: str, days: int, at: datetime, acting: Agent
) -> tuple[Guest, str]:
    """An invitation to the version that is built now, and the last part of its link, which is shown once."""
    require(workspace.ledger, "invite", case=case.id, acting=acting)
    name, relation = " ".join(name.split()), relation.strip()
    if not (name and relation):
        raise WrongUsage("an invitation names the person and why this person is shown it")
    if not 1 <= days <= LONGEST_DAYS:
        raise WrongUsage(f"an invitation lasts 1 to {LONGEST_DAYS} days")
    stand = publishing.standing(workspace, case)
    if stand is None or not (stand.audited and stand.clean):
        raise Blocked("only a version that is built and that the audit found clean is shown to anybody outside")
    link = secrets.token_urlsafe(32)
    made = Guest(
        secrets.token_hex(4), case.id, name, relation, acting.name, stand.number, stand.digest, digest_of(link), at,
        at + timedelta(days=days),
    )  # fmt: skip
    detail = f"{name}, {relation}: version {made.version} until {made.ends.date()}"
    _keep(workspace, made, given=True, event="guest-invited", detail=detail, at=at, acting=acting)
    return made, link


def end(workspace: Workspace, case: Case, guest: str, *, why: str, at: datetime, acting: Agent) -> Guest:
    """End an invitation before its day, with the reason."""
    require(workspace.ledger, "invite", case=case.id, acting=acting)
    found = guest_of(workspace, case, guest)
    if not why.strip():
        raise WrongUsage("ending an invitation needs its reason")
    detail = f"{found.name}: {why.strip()}"
    _keep(workspace, found, given=False, event="guest-ended", detail=detail, at=at, acting=acting)
    return found


def guest_of(workspace: Workspace, case: Case, guest: str) -> Guest:
    """An invitation of this case that nobody has ended."""
    found = next((each for each in workspace.ledger.guests(case.id) if each.id == guest), None)
    if found is None:
        raise WrongUsage(f"there is no invitation {guest} in case {case.id}, or it was ended")
    return found


def admitted(workspace: Workspace, link: str, *, at: datetime) -> Guest | None:
    """Whose link this is; None for one that is unknown, ended or over, and when other bytes were built since."""
    found = workspace.ledger.guest_of(digest_of(link))
    if found is None or at >= found.ends:
        return None
    return found if _bag(workspace, found) is not None else None


def films(workspace: Workspace, guest: Guest) -> dict[str, Path]:
    """Finished films of the version that this guest is shown, by their place in addresses."""
    bag = _bag(workspace, guest)
    found = sorted((bag / "data").glob(FILMS)) if bag else []
    return {path.parent.name: path for path in found}


def copies(workspace: Workspace, guest: Guest) -> Path:
    """Where the copies that carry the guest's name lie."""
    return workspace.root / "desk" / "guests" / guest.id


def looked(workspace: Workspace, guest: Guest, what: str, *, at: datetime) -> None:
    """Log that the guest is about to see something."""
    event = CustodyEvent("previewed", guest.case, what, sha256=guest.bytes, detail=f"version {guest.version}, embargo")
    with workspace.ledger.change(acting=_as_guest(guest), at=at) as change:
        change.record(event)


def ask_to_wait(workspace: Workspace, guest: Guest, text: str, *, at: datetime) -> OutsideRequest:
    """What the guest asks, kept under the name of whoever invited: a guest decides nothing."""
    if not text.strip():
        raise WrongUsage("say in your own words what you ask for")
    return outside.ask(
        workspace, workspace.case(guest.case), asking=Asking.DEFERRAL, who=f"{guest.name} ({guest.relation})",
        text=text.strip(), where=f"version {guest.version}", at=at, acting=Agent(guest.by),
    )  # fmt: skip


def digest_of(link: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(link.encode()).hexdigest()


def _bag(workspace: Workspace, guest: Guest) -> Path | None:
    """The built version, while it is the one of the invitation."""
    try:
        number, bag, digest = publishing.built(workspace, workspace.case(guest.case))
    except (WrongUsage, Blocked):
        return None
    return bag if (number, digest) == (guest.version, guest.bytes) else None


def _as_guest(guest: Guest) -> Agent:
    return Agent(guest.name, f"guest under embargo ({guest.relation})")


def _keep(
    workspace: Workspace, guest: Guest, *, given: bool, event: str, detail: str, at: datetime, acting: Agent
) -> None:
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.add_guest(guest, given=given)
        change.record(CustodyEvent(event, guest.case, guest.id, detail=detail))
