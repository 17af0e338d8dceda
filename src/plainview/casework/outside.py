# SPDX-License-Identifier: Apache-2.0
"""People outside the office: what they ask, and that it is work at the desk until somebody answers it.

A privacy complaint and a wish to wait hold the next version until a person answers with a reason. A party that is
asked to reply to what is set beside its statement gets it in a letter, and is waited for until the day that is named
there; what it says stands beside the statement in its own words, and so does that it said nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from plainview.casework import review, standing
from plainview.casework.people import require
from plainview.casework.workspace import Workspace
from plainview.errors import WrongUsage
from plainview.media.letter import letter
from plainview.model.case import Agent, Case
from plainview.model.custody import CustodyEvent
from plainview.model.decision import Body
from plainview.model.request import AnswerRequest, Asking, OutsideRequest
from plainview.model.roles import DECIDE
from plainview.model.statement import Answer, Statement
from plainview.store.durable import make_folders
from plainview.store.durable import replace as write_file


def ask(
    workspace: Workspace,
    case: Case,
    *,
    asking: Asking,
    who: str,
    text: str,
    where: str,
    at: datetime,
    acting: Agent,
) -> OutsideRequest:
    """Keep what somebody outside asks; it has a number and is open from now on."""
    name = _next_name(standing.open_desk(workspace, case))
    line = {
        "decide": "request", "id": name, "asking": str(asking), "on": _day(case, at).isoformat(),
        "who": who, "text": text, "where": where,
    }  # fmt: skip
    review.apply(workspace, case, [line], at=at, default_agent=acting.name)
    return standing.open_desk(workspace, case).state.requests[name]


def _next_name(desk: standing.Desk) -> str:
    """A name that no request of the case ever had, be it taken back since or not."""
    had = (each.body.id for each in standing.decisions(desk.rows) if isinstance(each.body, OutsideRequest))
    return f"r{max((int(name[1:]) for name in had if re.fullmatch(r'r[0-9]+', name)), default=0) + 1}"


def answer(
    workspace: Workspace, case: Case, *, request: str, granted: bool, reason: str, at: datetime, acting: Agent
) -> None:
    """Say what was done about a request, and why; it is closed."""
    line = {
        "decide": "answer_request", "request": request, "granted": granted, "on": _day(case, at).isoformat(),
        "reason": reason,
    }  # fmt: skip
    review.apply(workspace, case, [line], at=at, default_agent=acting.name)


def offer_reply(
    workspace: Workspace, case: Case, *, statement: str, due: date, out: Path, at: datetime, acting: Agent
) -> Path:
    """Write the letter that shows a party what is set beside its statement; its reply is waited for until ``due``."""
    desk = standing.open_desk(workspace, case)
    said = _statement(desk, statement)
    today = _day(case, at)
    if due <= today:
        raise WrongUsage(f"{due} is no day to wait for: today is {today}")
    try:
        title = f"Right of reply: case {case.id}, statement {statement}"
        pages = letter(list(_paragraphs(desk, said, due)), title=title)
    except ValueError as error:
        raise WrongUsage(f"letter to {said.party}: {error}") from error
    path = out / f"{case.id}-reply-{statement}.pdf"
    make_folders(out)
    write_file(path, pages)
    line = {
        "decide": "request", "id": f"reply-{statement}", "asking": str(Asking.REPLY), "on": today.isoformat(),
        "who": said.party, "text": f"{said.party} may reply until {due}", "where": statement, "due": due.isoformat(),
    }  # fmt: skip
    review.apply(workspace, case, [line], at=at, default_agent=acting.name)
    return path


def keep_reply(
    workspace: Workspace, case: Case, *, statement: str, text: str, at: datetime, acting: Agent
) -> Statement:
    """Put a party's reply beside its statement; without words, that it was asked and did not reply."""
    desk = standing.open_desk(workspace, case)
    said, request = _statement(desk, statement), desk.state.requests.get(f"reply-{statement}")
    today = _day(case, at)
    if not text.strip() and (request is None or request.due is None or today <= request.due):
        raise WrongUsage(f"{said.party} was not asked, or may still reply")
    asked = f"Was asked on {request.on} to reply until {request.due}, and did not." if request else ""
    answered = replace(said, answer=Answer(today, text.strip() or asked))
    why = "the reply stands beside the statement" if text.strip() else "the day has passed without a reply"
    bodies: list[Body] = [answered, *([AnswerRequest(request.id, True, today, why)] if request is not None else [])]
    for body in bodies:
        require(workspace.ledger, DECIDE + type(body).__name__, case=case.id, acting=acting)
    with workspace.ledger.change(acting=acting, at=at) as change:
        for body in bodies:
            change.add_decision(review.row(case, body, acting, at))
        change.record(CustodyEvent("decided", case=case.id, subject=statement, detail=why))
    return answered


def _paragraphs(desk: standing.Desk, said: Statement, due: date) -> Iterator[str]:
    yield f"To {said.party}."
    yield f"On {said.date} {said.speaker}, {said.capacity}, said ({said.source}): \u201c{said.quote}\u201d"
    yield "The office intends to publish beside it what the record says of each point:"
    for each in said.assertions:
        yield f"{each.text}"
        for tie in each.citations:
            what = tie.moment or f"{tie.document}{f', page {tie.page}' if tie.page else ''}"
            moment = desk.state.moments.get(tie.moment)
            shown = f"{moment.title}. {moment.text}" if moment else what
            yield f"    {tie.relation}: {shown} {tie.note}".rstrip()
    yield f"A reply that reaches the office by {due} is published beside the statement, whole and in your words."


def _statement(desk: standing.Desk, name: str) -> Statement:
    found = desk.state.statements.get(name)
    if found is None:
        known = ", ".join(sorted(desk.state.statements)) or "none yet"
        raise WrongUsage(f"there is no statement {name!r} (there are: {known})")
    return found


def _day(case: Case, at: datetime) -> date:
    return at.astimezone(case.at.tzinfo).date()
