# SPDX-License-Identifier: Apache-2.0
"""What is undecided, and the verbs by which people decide it; ``apply`` appends all of a file or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from plainview.casework import findings as finding_rows
from plainview.casework import lines as lines_heard
from plainview.casework.people import acting_as, require
from plainview.casework.reading import read_line
from plainview.casework.standing import (
    Desk,
    decisions,
    likely_source,
    open_desk,
)
from plainview.casework.wording import holding
from plainview.casework.workspace import Workspace
from plainview.errors import NotAllowed, StaleDecision, WrongUsage
from plainview.model import wire
from plainview.model.assessment import Tie
from plainview.model.case import Agent, Case
from plainview.model.custody import CustodyEvent
from plainview.model.decision import (
    Body,
    CaseState,
    Decision,
    TakeBack,
    resolve,
    same_thing,
)
from plainview.model.effort import Effort, Work, estimate
from plainview.model.exposure import graphic_within
from plainview.model.placement import PlaceRecording
from plainview.model.redaction import Proposal, undecided
from plainview.model.roles import DECIDE
from plainview.model.rows import DecisionRow
from plainview.model.statement import Statement
from plainview.model.time import SECOND, MediaSpan, MediaTime, clock_text
from plainview.model.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Open:
    """One thing that waits for a person; ``template`` is a decision line to fill in."""

    kind: str
    what: str
    template: dict[str, Any]


def waiting(desk: Desk) -> list[Open]:
    """Everything that is undecided and blocks a release, in the order a person would go through it."""
    state = desk.state
    return (
        _case_open(state)
        + _titles_open(desk, state)
        + _machine_open(desk, state)
        + _wording_open(state)
        + _requests_open(state)
        + _assessments_open(state)
        + [_proposal_open(desk, each) for each in undecided(_standing(desk, state), state.outcomes)]
    )


def effort(desk: Desk) -> Effort:
    """How long the undecided rest of a case will take, from what was found; what is withheld costs nothing."""
    state = desk.state
    left = undecided(_standing(desk, state), state.outcomes)
    tracks = [(each.track.span.length / SECOND, max(p.score for p in each.track.points)) for each in left if each.track]
    shown = [
        (each.id, MediaSpan(MediaTime(0), each.probe.duration))
        for each in finding_rows.readable(desk.exhibits)
        if each.probe is not None and each.id not in state.withheld
    ]
    timeline, moments = desk.found.timeline or Timeline((), ()), state.moments.values()
    graphic = sum(graphic_within(id_, span, moments=moments, alignment=timeline.of(id_)) for id_, span in shown)
    spoken, printed = (sum(each.kind == kind for each in left) for kind in ("words", "text"))
    watched = sum(span.length for _, span in shown) / SECOND
    return estimate(Work(watched, tuple(tracks), spoken, printed, graphic / SECOND))


def _standing(desk: Desk, state: CaseState) -> list[Proposal]:
    """Proposals about exhibits that are to be shown."""
    return [each for each in desk.proposals() if each.exhibit not in state.withheld]


def _case_open(state: CaseState) -> list[Open]:
    if state.facts is not None:
        return []
    template = {"decide": "case_facts", "headline": "", "summary": "", "facts": []}
    return [Open("facts", "headline and summary of the case", template)]


def _titles_open(desk: Desk, state: CaseState) -> list[Open]:
    found = []
    for exhibit in finding_rows.readable(desk.exhibits):
        if exhibit.id in state.titles or exhibit.id in state.withheld:
            continue
        claimed = next((each for each in desk.found.claims.of(exhibit.id) if each.device), None)
        template = {
            "decide": "title_exhibit",
            "exhibit": exhibit.id,
            "title": exhibit.name,
            "slug": exhibit.id.lower(),
            "source": str(claimed.source if claimed and claimed.source else likely_source(exhibit)),
            "device": claimed.device if claimed else "",
        }
        found.append(Open("title", f"{exhibit.id} {exhibit.name}: title it, or withhold it with a reason", template))
    return found


def _machine_open(desk: Desk, state: CaseState) -> list[Open]:
    found, result = desk.found, []
    if found.fused is not None and found.fused_on not in ("", found.timeline_digest):
        what = "recordings were moved since words and shots were put together: examine what is new"
        result.append(Open("analysis", what, {}))
    if found.timeline is not None and (state.timeline is None or state.timeline.digest != found.timeline_digest):
        placed = len(found.timeline.alignments)
        what = f"the timeline: {placed} recordings placed, {len(found.timeline.unplaced)} not"
        result.append(Open("timeline", what, {"decide": "timeline", "accept": True, "note": ""}))
    if found.shots is not None and found.shots.high > 0 and state.shots is None:
        low, high = found.shots.low, found.shots.high
        what = f"shots: {low} to {high} ({found.shots.reason})"
        result.append(Open("shots", what, {"decide": "shots", "low": low, "high": high, "note": ""}))
    if found.fused is not None and found.fused.utterances and state.transcript is None:
        template = {"decide": "transcript", "publish_unreviewed": True}
        result.append(Open("transcript", "whether unreviewed machine text is shown, labelled as such", template))
    for line in lines_heard.unsigned(desk):
        where = f"the line at {clock_text(line.start, desk.case.at, digits=1)}, “{line.text}”"
        result.append(Open("listener", f"{where}: a moment lies in it, and fewer than two people heard it", {}))
    for row in found.failed:
        if (row.step, row.exhibit) not in state.acknowledged and row.exhibit not in state.withheld:
            template = {"decide": "acknowledge_failure", "step": row.step, "exhibit": row.exhibit, "note": ""}
            result.append(Open("failure", f"{row.step} failed on {row.exhibit or 'the case'}: {row.reason}", template))
    return result


def _wording_open(state: CaseState) -> list[Open]:
    """Words that give a verdict or an intent, or that nobody is named for: changed, or kept with a reason."""
    return [
        Open(
            "wording",
            each.sentence(),
            {"decide": "keep_wording", "words": each.words, "where": each.where, "reason": ""},
        )
        for each in holding(state)
    ]


def _requests_open(state: CaseState) -> list[Open]:
    """What people outside asked and nobody has answered."""
    return [
        Open(
            "request",
            f"{each.asking} {each.id} of {each.on}{f' about {each.where}' if each.where else ''}: {each.text}",
            {"decide": "answer_request", "request": each.id, "granted": False, "on": "", "reason": ""},
        )
        for each in state.requests.values()
        if each.id not in state.answered
    ]


def _assessments_open(state: CaseState) -> list[Open]:
    """What one person assessed and nobody has as the second, and where two differ."""
    alone = [
        Open("assessment", f"{tie.assertion} beside {_beside(tie)} waits for a second assessor", {})
        for tie in sorted(state.sealed, key=lambda each: (each.assertion, _beside(each)))
    ]
    return alone + [
        Open(
            "assessment",
            f"{tie.assertion} beside {_beside(tie)}: {both.first.person} and {both.second.person} differ "
            f"({both.first.relation}; {both.second.relation})",
            {"decide": "settle_assessment", **wire.plain(tie), "relation": "", "note": ""},
        )
        for tie, both in state.differing.items()
    ]


def _beside(tie: Tie) -> str:
    return tie.moment or f"{tie.document} page {tie.page}"


def _proposal_open(desk: Desk, proposal: Proposal) -> Open:
    template = {
        "decide": "redaction",
        "proposal": proposal.id,
        "exhibit": proposal.exhibit,
        "kind": proposal.kind,
        "outcome": "hide",
        "subject": "",
        "reason": "",
        "law": "",
    }
    return Open("redaction", f"{proposal.exhibit}: {proposal.what}", template)


def cautious_defaults(desk: Desk) -> list[dict[str, Any]]:
    """A decision line for everything undecided, on the careful side, for a person to read, edit and sign.

    Everything proposed is hidden, titles are the delivered names, nothing is said about the incident.
    """
    lines = []
    for item in waiting(desk):
        if not item.template:
            continue  # a second assessment is no careful default: it is somebody's own
        line = dict(item.template)
        if item.kind == "redaction":
            line |= {"subject": "person", "reason": "privacy", "law": "not yet cited"}
        if item.kind == "facts":
            line |= {"headline": desk.case.title, "summary": "The office has released the recordings it holds."}
        if item.kind == "failure":
            line["note"] = item.what
        lines.append(line)
    return lines


def apply(
    workspace: Workspace, case: Case, lines: Sequence[Mapping[str, Any]], *, at: datetime, default_agent: str | None
) -> tuple[int, int]:
    """Append decisions; all or nothing. Returns (appended, already standing).

    Raises ``WrongUsage`` naming the line that does not fit.
    """
    desk = open_desk(workspace, case)
    machine = partial(finding_rows.load, workspace, case)
    appended = standing = 0
    for named, run in _by_agent(lines, default_agent):
        agent = acting_as(workspace.ledger, named.name, case=case.id, otherwise=named.role)
        with workspace.ledger.change(acting=agent, at=at) as change:
            last = desk.rows[-1].seq if desk.rows else 0
            desk.rows += workspace.ledger.decisions(case.id, after=last)  # nobody else writes until this is over
            for number, line in run:
                for body in read_line(desk, line, number):
                    for kind in _kinds_touched(desk, body):
                        require(workspace.ledger, DECIDE + kind, case=case.id, acting=agent)
                    _refuse_stale(desk, body, line, number)
                    _refuse_alone(workspace, desk, body)
                    lines_heard.refuse_unheard(workspace, desk, body, agent)
                    if _stands(desk, body):
                        standing += 1
                        continue
                    made = row(case, body, agent, at)
                    seq = change.add_decision(made)
                    desk.rows.append(wire_row(made, seq))
                    appended += 1
                    if isinstance(body, PlaceRecording | TakeBack):
                        desk.found = finding_rows.with_placements(machine(), desk.state.placements)
            change.record(
                CustodyEvent("decided", case=case.id, subject=case.id, detail=f"{len(run)} lines of decisions")
            )
    return appended, standing


def _kinds_touched(desk: Desk, body: Body) -> list[str]:
    """A decision's own kind; taking one back needs the role for that one too."""
    taken = [row.kind for row in desk.rows if isinstance(body, TakeBack) and row.seq == body.decision]
    return [type(body).__name__, *taken]


def _refuse_stale(desk: Desk, body: Body, line: Mapping[str, Any], number: int) -> None:
    """A line that says up to which decision its author had read (``after``) is refused when the same thing
    was decided since: two people at the same row never lose each other's work."""
    if line.get("after") in (None, ""):
        return
    newer = [each for each in decisions(desk.rows) if each.seq > int(line["after"]) and same_thing(each.body, body)]
    if newer and newer[-1].body != body:
        last = newer[-1]
        raise StaleDecision(
            f"line {number}: {last.agent} decided about this at {last.at:%H:%M}, after you had opened it",
            theirs=told(last.body),
            mine=told(body),
        )


def _refuse_alone(workspace: Workspace, desk: Desk, body: Body) -> None:
    """In an office that has given roles, nobody puts a citation beside a statement alone (``casework.assessing``)."""
    if not isinstance(body, Statement) or not workspace.ledger.grants():
        return
    before = desk.state.statements.get(body.id)
    held = {(a.id, c) for a in (before.assertions if before else ()) for c in a.citations}
    if any((a.id, c) not in held for a in body.assertions for c in a.citations):
        raise NotAllowed(
            f"what {body.id} is set beside is assessed by two people, the second without seeing the first one's answer "
            "(plainview assess)"
        )


_INSTANTS = frozenset({"start", "end", "uncertainty"})
"""Fields that hold microseconds."""


def told(body: Body) -> str:
    """A decision in words and values that a person can compare with another: every part that says something."""
    parts = {key: value for key, value in wire.plain(body).items() if value not in ("", None, [], {})}
    return "; ".join(f"{key.replace('_', ' ')}: {_said(key, value)}" for key, value in parts.items())


def _said(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        kept = {part: each for part, each in value.items() if each not in ("", None, [], {})}
        return ", ".join(f"{part} {_said(part, each)}" for part, each in kept.items())
    if isinstance(value, list):
        return ", ".join(_said(key, each) for each in value)
    return f"{value / SECOND:.3f} s" if key in _INSTANTS and isinstance(value, int) else str(value)


def wire_row(row: DecisionRow, seq: int) -> DecisionRow:
    """The row with its place in the ledger."""
    return DecisionRow(seq, row.case, row.kind, row.body, row.agent, row.role, row.at, row.reason, row.law)


def row(case: Case, body: Body, agent: Agent, at: datetime) -> DecisionRow:
    """A decision ready for the ledger, which gives it its number."""
    ground = getattr(body, "ground", None)
    return DecisionRow(
        0,
        case.id,
        type(body).__name__,
        wire.canonical(body).decode(),
        agent.name,
        agent.role,
        at,
        ground.reason if ground else "",
        ground.law if ground else "",
    )


def _by_agent(
    lines: Sequence[Mapping[str, Any]], default_agent: str | None
) -> list[tuple[Agent, list[tuple[int, Mapping[str, Any]]]]]:
    """Runs of lines by the same person, in order."""
    runs: list[tuple[Agent, list[tuple[int, Mapping[str, Any]]]]] = []
    for number, line in enumerate(lines, 1):
        name = str(line.get("as") or default_agent or "")
        if not name:
            raise WrongUsage(f'line {number}: nobody is named as deciding (add "as" or use --as NAME)')
        agent = Agent(name, "reviewer")
        if not runs or runs[-1][0] != agent:
            runs.append((agent, []))
        runs[-1][1].append((number, line))
    return runs


def _stands(desk: Desk, body: Body) -> bool:
    """Whether the case already stands as this decision would leave it."""
    before = desk.state
    said = (
        before.drawn, before.kept, before.hidden_spans, before.hidden_sounds, before.hidden_pictures,
        before.hidden_areas, before.kept_areas, before.terms, before.notes, before.lines, before.extensions,
        before.kept_words,
    )  # fmt: skip
    if any(body in present for present in said):
        return True
    after = resolve([*decisions(desk.rows), Decision(1 << 60, body, "", desk.case.at)])
    after.last_author = before.last_author
    return after == before
