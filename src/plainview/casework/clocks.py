# SPDX-License-Identifier: Apache-2.0
"""A case's dates as people use them: told with their reasons, sent to a calendar, demanded by letter.

A demand to keep records goes out on day 0, because some holders destroy them long before the release is
due. The letter is written here, sealed into the custody log by its digest, and sent by a person.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from plainview.casework import review, standing
from plainview.casework.people import require
from plainview.casework.standing import Desk
from plainview.casework.workspace import Workspace
from plainview.errors import WrongUsage
from plainview.media.letter import letter
from plainview.model import wire
from plainview.model.case import Agent, Case
from plainview.model.clock import (
    Due,
    Keeping,
    Miscount,
    Pack,
    dates,
    long_date,
    miscounts,
    release_date,
    slug,
)
from plainview.model.custody import CustodyEvent
from plainview.model.decision import DemandKeeping
from plainview.publish.calendar import calendar


@dataclass(frozen=True, slots=True)
class Clocks:
    """All dates of a case, soonest first, and the wrong counts somebody might make."""

    case: Case
    pack: Pack
    day: int
    """Days since the incident; the incident's own day is 0."""
    today: date
    dues: tuple[Due, ...]
    miscounts: tuple[Miscount, ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "case": self.case.id,
            "rules": {"key": self.pack.key, "name": self.pack.name, "law": self.pack.law, "note": self.pack.note},
            "today": self.today.isoformat(),
            "day": self.day,
            "dates": [
                {**wire.plain(due), "state": due.state(self.today), "days_left": due.days_left(self.today)}
                for due in self.dues
            ],
            "miscounts": wire.plain(self.miscounts),
        }

    def lines(self) -> list[str]:
        """For a terminal."""
        told = [f"case {self.case.id}, day {self.day} ({long_date(self.today)}), {self.pack.name}"]
        for due in self.dues:
            told.append(f"{due.on.isoformat()}  {_left(due, self.today):<23} {due.title}")
            told.append(f"            {due.explanation}")
        return told + [f"            {each.sentence}" for each in self.miscounts]


@dataclass(frozen=True, slots=True)
class Demand:
    """A letter that was written: to whom, about what, where the file lies."""

    source: str
    holder: str
    path: Path
    sha256: str
    destroyed_on: date


def _left(due: Due, today: date) -> str:
    state, left = due.state(today), due.days_left(today)
    if state != "open":
        return f"{state} ({due.met.isoformat()})" if due.met else f"{state}, {-left} days"
    return "today" if left == 0 else f"in {left} {'day' if left == 1 else 'days'}"


def clocks(workspace: Workspace, case: Case, *, today: date) -> Clocks:
    """The dates of one case; ``WrongUsage`` when it is under no rules."""
    return _clocks(standing.open_desk(workspace, case), today)


def ical(workspace: Workspace, case: Case, *, now: datetime, today: date) -> str:
    """The dates of one case as iCalendar text."""
    found = clocks(workspace, case, today=today)
    return calendar(case.id, found.dues, origin=workspace.office.origin, today=today, now=now)


def reminders(workspace: Workspace, *, today: date, within: int) -> list[dict[str, Any]]:
    """Over all cases: what is overdue, or falls due within so many days, soonest first."""
    found = []
    for case in workspace.ledger.cases():
        desk = standing.open_desk(workspace, case)
        for due in _clocks(desk, today).dues if desk.pack else ():
            if due.met is None and due.days_left(today) <= within and _reminds(due, today):
                found.append(
                    {
                        "case": case.id,
                        "on": due.on.isoformat(),
                        "days_left": due.days_left(today),
                        "state": due.state(today),
                        "what": due.title,
                        "why": due.explanation,
                    }
                )
    return sorted(found, key=lambda row: (row["on"], row["case"], row["what"]))


def _reminds(due: Due, today: date) -> bool:
    """A term that ended by itself is no omission; everything else overdue is one."""
    return due.state(today) != "ended"


def demand(
    workspace: Workspace,
    case: Case,
    *,
    out: Path,
    source: str = "",
    address: str = "",
    at: datetime,
    acting: Agent,
) -> tuple[Demand, ...]:
    """Write a letter to every holder that was not written to yet (or about one ``source``), and record each."""
    require(workspace.ledger, "demand", case=case.id, acting=acting)
    desk = standing.open_desk(workspace, case)
    pack = _pack(desk)
    wanted = [each for each in pack.keeping if source in ("", each.source)]
    if not wanted:
        known = ", ".join(each.source for each in pack.keeping) or "none"
        raise WrongUsage(f"the rules {pack.key} know no records {source!r} that are destroyed (they know: {known})")
    made = []
    for keeping in wanted:
        if not source and keeping.source in desk.state.demands:
            continue
        made.append(_demand(workspace, desk, keeping, out=out, address=address, at=at, acting=acting))
    return tuple(made)


def _demand(
    workspace: Workspace, desk: Desk, keeping: Keeping, *, out: Path, address: str, at: datetime, acting: Agent
) -> Demand:
    case, day = desk.case, at.astimezone(desk.case.at.tzinfo).date()
    due = next(
        each
        for each in dates(_pack(desk), standing.history(desk), today=day)
        if each.id == f"keep-{slug(keeping.source)}"
    )
    words = _words(workspace, case, keeping, due=due, day=day, address=address, signed=acting.name)
    try:
        data = letter(words, title=f"Demand to keep records: {case.id}")
    except ValueError as error:
        raise WrongUsage(f"letter to {keeping.holder}: {error}") from error
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{case.id}-{slug(keeping.source)}.pdf"
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    body = DemandKeeping(keeping.source, keeping.holder, day, digest)
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.add_decision(review.row(case, body, acting, at))
        event = CustodyEvent("demanded", case=case.id, subject=keeping.source, sha256=digest, detail=keeping.holder)
        change.record(event)
    return Demand(keeping.source, keeping.holder, path, digest, due.on)


def _words(
    workspace: Workspace, case: Case, keeping: Keeping, *, due: Due, day: date, address: str, signed: str
) -> list[str]:
    office, happened = workspace.office, f"{long_date(case.at.date())} at {case.at:%H:%M}"
    late = (
        f"By the schedule known to us (not confirmed by you) such records are destroyed {keeping.days} days after they "
        f"are made: on {long_date(due.on)}"
    )
    return [
        f"{office.name}\n{office.contact}".strip(),
        long_date(day),
        f"{keeping.holder}\n{address}".strip(),
        f"Demand to keep records: case {case.id}",
        f"This office examines an incident of {happened} under case number {case.id}. You hold, or may hold, records "
        f"of it: {keeping.source}.",
        f"{late}, which is {_until(due, day)}. We demand that you take out of every schedule of destruction, and keep "
        "whole and unchanged, all such records from two hours before to six hours after that time, with their "
        "metadata, logs and recordings of channels and calls that belong to them, whether or not you think that they "
        "show anything.",
        "Please confirm in writing within three business days that they are kept, who keeps them and under which "
        "numbers; say which of them do not exist, and since when; and say when we can receive copies in the form "
        "in which they were recorded.",
        "If any of them has been destroyed already, please say when, by whom and under which rule.",
        f"{signed}\nfor {office.name}",
    ]


def _until(due: Due, day: date) -> str:
    left = due.days_left(day)
    if left < 0:
        return f"{-left} days ago"
    return "today" if left == 0 else f"{left} {'day' if left == 1 else 'days'} from the date of this letter"


def _clocks(desk: Desk, today: date) -> Clocks:
    pack, history = _pack(desk), standing.history(desk)
    return Clocks(
        desk.case,
        pack,
        (today - history.incident).days,
        today,
        dates(pack, history, today=today),
        miscounts(pack, history),
    )


def _pack(desk: Desk) -> Pack:
    if desk.pack is None:
        raise WrongUsage(
            f"case {desk.case.id} is under the rules {desk.case.rules!r}, which give no dates (write rules/"
            f"{desk.case.rules}.toml in the office folder: docs/how-to/deadlines.md)"
        )
    release_date(desk.pack, standing.history(desk))
    return desk.pack
