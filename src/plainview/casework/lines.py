# SPDX-License-Identifier: Apache-2.0
"""What a person heard stands in front of what the machine heard in the same stretch of time.

What this module keeps true: a line is signed by a second listener only when that is another person, who by the custody
log listened to it; where a case asks for two listeners, what hangs on a moment waits for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plainview.casework.standing import Desk, decisions
from plainview.casework.workspace import Workspace
from plainview.errors import NotAllowed, WrongUsage
from plainview.model.case import Agent
from plainview.model.decision import Body, CaseState, CorrectLine, Decision, same_line
from plainview.model.roles import person_key
from plainview.model.time import IncidentSpan, IncidentTime
from plainview.model.transcript import FusedWord, TextState, Utterance


def corrected(machine: Sequence[Utterance], state: CaseState) -> list[Utterance]:
    """Machine lines with people's lines in their place, in time order, ids u1, u2 … over the result."""
    kept = [line for line in machine if not any(same_line(_span(line), each.span) for each in state.lines)]
    if state.transcript is not None and not state.transcript.unreviewed:
        kept = []
    people = [_line(each, machine) for each in state.lines]
    ordered = sorted([*kept, *people], key=lambda line: (line.start, line.end, line.text))
    return [replace(line, id=f"u{number}") for number, line in enumerate(ordered, 1)]


def _span(line: Utterance) -> IncidentSpan:
    return IncidentSpan(line.start, line.end)


def _line(each: CorrectLine, machine: Sequence[Utterance]) -> Utterance:
    """A person's line; which recordings hear it is taken from the machine's lines it replaces when not given."""
    replaced = [line for line in machine if same_line(_span(line), each.span)]
    heard = each.heard_on or tuple(dict.fromkeys(exhibit for line in replaced for exhibit in line.heard_on))
    texts = each.text.split()
    step = each.span.length / max(1, len(texts))
    words = tuple(
        FusedWord(
            IncidentTime(round(each.span.start + i * step)),
            IncidentTime(round(each.span.start + (i + 1) * step)),
            text,
            1.0,
            max(1, len(heard)),
            max(1, len(heard)),
        )
        for i, text in enumerate(texts)
    )
    said = " ".join(texts)
    else_heard = (*each.others, *(line.text for line in replaced))
    others = tuple(dict.fromkeys(text for text in else_heard if text != said)) if each.disputed else ()
    channel = replaced[0].channel if replaced else ""
    state = TextState.DISPUTED if each.disputed else TextState.REVIEWED
    return Utterance("", each.span.start, each.span.end, words, heard, each.speaker, state, others, channel)


def listeners(made: Sequence[Decision], line: CorrectLine) -> tuple[Decision, ...]:
    """Who heard a standing line: the one who wrote it, then the second listener where there is one."""
    newest = next((each for each in reversed(made) if each.body == line), None)
    if newest is None or line.second is None:
        return (newest,) if newest else ()
    return (*(each for each in made if each.seq == line.second), newest)


Heard = Mapping[tuple[IncidentTime, str], tuple[Decision, ...]]
"""Start and text of a line that stands → who heard it."""


def heard_by(desk: Desk) -> Heard:
    """Who heard each line that people wrote."""
    made = decisions(desk.rows)
    return {(each.span.start, " ".join(each.text.split())): listeners(made, each) for each in desk.state.lines}


def wants_second(desk: Desk, heard: Heard, line: Utterance) -> bool:
    """Whether a moment lies in the line, so that much hangs on its words, and fewer than two people heard them."""
    touched = any(line.start <= (each.end or each.start) and each.start <= line.end
                  for each in desk.state.moments.values())  # fmt: skip
    return touched and len(heard.get((line.start, line.text), ())) < 2


def unsigned(desk: Desk) -> list[Utterance]:
    """Lines that keep a version back: the case asks for two listeners, and these have fewer."""
    said = desk.state.transcript
    if said is None or not said.two_listeners:
        return []
    heard, machine = heard_by(desk), desk.found.fused.utterances if desk.found.fused else ()
    return [line for line in corrected(machine, desk.state) if wants_second(desk, heard, line)]


def refuse_unheard(workspace: Workspace, desk: Desk, body: Body, agent: Agent) -> None:
    """A second listener is another person than the first, and has listened."""
    if not isinstance(body, CorrectLine) or body.second is None:
        return
    first = next((each for each in decisions(desk.rows) if each.seq == body.second), None)
    if first is None or not isinstance(first.body, CorrectLine) or not same_line(first.body.span, body.span):
        raise WrongUsage(f"decision {body.second} is not about this line")
    if person_key(first.agent) == person_key(agent.name):
        raise NotAllowed(f"{agent.name} wrote this line; a second listener is somebody else")
    if not listened(workspace, desk, body, agent.name):
        raise NotAllowed(f"by the custody log {agent.name} has not listened to this line: listen first, then sign")


def listened(workspace: Workspace, desk: Desk, line: CorrectLine, person: str) -> bool:
    """Whether somebody played an original over this line's stretch."""
    for watch in workspace.ledger.watches():
        alignment = desk.found.timeline.of(watch.exhibit) if desk.found.timeline else None
        if alignment is None or watch.case != desk.case.id or person_key(watch.person) != person_key(person):
            continue
        if alignment.media_span(line.span).overlaps(watch.span):
            return True
    return False
