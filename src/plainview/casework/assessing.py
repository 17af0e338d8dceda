# SPDX-License-Identifier: Apache-2.0
"""Assessing what a party said beside what is recorded: two people, the second blind to the first.

What this module keeps true: the first answer lies in the ledger sealed under the office's secret, so that no screen,
log, export or query shows it; it is opened in the transaction that takes a second person's answer, and the database
refuses to open it otherwise. In an office that has given roles there is no other way to a citation.
"""

from __future__ import annotations

from datetime import datetime

from plainview.casework import review, standing
from plainview.casework.people import acting_as, require
from plainview.casework.workspace import Workspace
from plainview.errors import NotAllowed, WrongUsage
from plainview.model import wire
from plainview.model.assessment import OpenAssessment, Opinion, SealAssessment, Tie
from plainview.model.case import Agent, Case
from plainview.model.custody import CustodyEvent
from plainview.model.decision import Body, Decision, taken_back
from plainview.model.roles import DECIDE, person_key
from plainview.model.statement import Relation, Statement
from plainview.store.keys import seal_text, unseal_text


def assess(
    workspace: Workspace,
    case: Case,
    assertion: str,
    *,
    relation: str,
    moment: str = "",
    paper: str = "",
    page: int | None = None,
    note: str = "",
    limits: str = "",
    at: datetime,
    acting: Agent,
) -> OpenAssessment | None:
    """Give one's answer. None: it is the first, sealed; else both, opened."""
    agent = acting_as(workspace.ledger, acting.name, case=case.id, otherwise=acting.role)
    desk = standing.open_desk(workspace, case)
    tie = _tie(desk, assertion, moment, paper, page)
    said = Opinion(agent.name, _relation(relation), note.strip(), limits.strip())
    secret = workspace.keys.secret
    with workspace.ledger.change(acting=agent, at=at) as change:
        rows = workspace.ledger.decisions(case.id)  # nobody else writes until this change is over
        waiting = waits(standing.decisions(rows), tie)
        if waiting is None:
            made: Body = SealAssessment(tie, seal_text(secret, wire.dump(said)))
        elif person_key(waiting.agent) == person_key(agent.name):
            raise NotAllowed(f"{agent.name} assessed this already; a second person assesses it without seeing how")
        else:
            assert isinstance(waiting.body, SealAssessment)
            first = wire.load(Opinion, unseal_text(secret, waiting.body.sealed))
            made = OpenAssessment(tie, waiting.seq, first, said)
        require(workspace.ledger, DECIDE + type(made).__name__, case=case.id, acting=agent)
        change.add_decision(review.row(case, made, agent, at))
        change.record(CustodyEvent("decided", case.id, tie.assertion, detail="assessed"))
    return made if isinstance(made, OpenAssessment) else None


def waits(made: list[Decision], tie: Tie) -> Decision | None:
    """The first answer about a tie that nobody has answered as the second, or None."""
    opened = {each.body.sealed for each in made if isinstance(each.body, OpenAssessment)}
    gone = taken_back(made)
    return next(
        (
            each
            for each in reversed(made)
            if isinstance(each.body, SealAssessment)
            and each.body.tie == tie
            and each.seq not in opened
            and each.seq not in gone
        ),
        None,
    )


def _tie(desk: standing.Desk, assertion: str, moment: str, paper: str, page: int | None) -> Tie:
    found = next((each for each in desk.state.statements.values() if _holds(each, assertion)), None)
    if found is None:
        known = ", ".join(a.id for each in desk.state.statements.values() for a in each.assertions) or "none yet"
        raise WrongUsage(f"there is no assertion {assertion!r} (there are: {known})")
    if bool(moment) == bool(paper):
        raise WrongUsage("an assessment is beside a moment, or beside a page of a paper")
    if moment and moment not in desk.state.moments:
        raise WrongUsage(f"there is no moment {moment!r}")
    try:
        document = standing.exhibit_named(desk.exhibits, paper).id if paper else ""
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    return Tie(found.id, assertion, moment, document, (page or 1) if document else None)


def _holds(statement: Statement, assertion: str) -> bool:
    return any(each.id == assertion for each in statement.assertions)


def _relation(said: str) -> Relation:
    try:
        return Relation("cannot be determined" if said == "undetermined" else said)
    except ValueError as error:
        raise WrongUsage(f"a relation is one of: {', '.join(Relation)}") from error
