# SPDX-License-Identifier: Apache-2.0
"""What is undecided, and the verbs by which people decide it.

A decision comes as one JSON object a line, in words a caseworker can write (a delivered file's
name, local clock times). ``read_line`` turns it into a value of ``model.decision`` or says in one
sentence what does not fit; ``apply`` appends all of a file or nothing of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from plainview.casework import findings as finding_rows
from plainview.casework.findings import Findings
from plainview.casework.people import acting_as, require
from plainview.casework.rulebook import packs
from plainview.casework.wording import holding
from plainview.casework.workspace import Workspace
from plainview.errors import NotAllowed, StaleDecision, WrongUsage
from plainview.model import wire
from plainview.model.assessment import SettleAssessment, Tie
from plainview.model.case import Agent, Case, Exhibit, Kind, Source
from plainview.model.clock import EVENTS, INCIDENT, Extension, History, Pack, Rung, check_extension
from plainview.model.custody import CustodyEvent
from plainview.model.decision import (
    AcceptTimeline,
    AcknowledgeFailure,
    Body,
    CaseDate,
    CaseFacts,
    CaseState,
    CorrectLine,
    DecideProposals,
    DecideShots,
    Decision,
    DrawMask,
    ExpectedItem,
    ExtendDeadline,
    HidePictures,
    HideSound,
    HideSpan,
    HideTerms,
    KeepFace,
    KeepWording,
    PublishTranscript,
    RevokeExtension,
    TakeBack,
    TitleExhibit,
    VersionNote,
    WithholdExhibit,
    parse_body,
    resolve,
    same_thing,
)
from plainview.model.effort import Effort, Work, estimate
from plainview.model.exposure import graphic_within
from plainview.model.finding import Box
from plainview.model.holding import Asked, TrackItem
from plainview.model.moment import Moment, MomentState
from plainview.model.placement import PlaceRecording, Shared, by_shared
from plainview.model.redaction import COVERS, TONE, VOICE, Ground, MaskTrack, Outcome, Proposal, undecided
from plainview.model.release import Fact
from plainview.model.request import AnswerRequest, Asking, OutsideRequest
from plainview.model.roles import DECIDE
from plainview.model.rows import DecisionRow
from plainview.model.scene import CameraPlace, ForgetPlace, SceneMark
from plainview.model.statement import Answer, Assertion, Citation, Relation, Statement
from plainview.model.status import StatusEvent
from plainview.model.time import SECOND, IncidentSpan, IncidentTime, MediaSpan, MediaTime, media_seconds
from plainview.model.timeline import Timeline
from plainview.model.transcript import Translation, Translator


@dataclass(frozen=True, slots=True)
class Open:
    """One thing that waits for a person; ``template`` is a decision line to fill in."""

    kind: str
    what: str
    template: dict[str, Any]


@dataclass(slots=True)
class Desk:
    """All that is needed to read and take decisions about one case."""

    case: Case
    exhibits: list[Exhibit]
    found: Findings
    rows: list[DecisionRow]
    pack: Pack | None = None
    """The rules that set the case's dates; None for an office under none."""
    released: date | None = None
    """Day of the first publication, in the case's zone."""
    _states: dict[int, CaseState] = field(default_factory=dict)
    _proposals: dict[int, list[Proposal]] = field(default_factory=dict)
    """By how many decisions there are: rows are only ever added."""

    @property
    def state(self) -> CaseState:
        count = len(self.rows)
        if count not in self._states:
            self._states[count] = resolve(decisions(self.rows))
        return self._states[count]

    def proposals(self) -> list[Proposal]:
        count = len(self.rows)
        if count not in self._proposals:
            terms = [term for each in self.state.terms for term in each.terms]
            self._proposals[count] = finding_rows.proposals(self.found, self.exhibits, terms=terms)
        return self._proposals[count]


def decisions(rows: Iterable[DecisionRow]) -> list[Decision]:
    """Ledger rows as decisions."""
    return [Decision(row.seq, parse_body(row.kind, row.body), row.agent, row.at) for row in rows]


def open_desk(workspace: Workspace, case: Case, *, found: Findings | None = None) -> Desk:
    """Read a case for review; ``found`` are its findings where somebody has them at hand."""
    machine = found if found is not None else finding_rows.load(workspace, case)
    rows = workspace.ledger.decisions(case.id)
    placements = resolve(decisions(rows)).placements
    return Desk(
        case,
        workspace.ledger.exhibits(case.id),
        finding_rows.with_placements(machine, placements),
        rows,
        packs(workspace.root).get(case.rules),
        _first_published(workspace, case),
    )


def _first_published(workspace: Workspace, case: Case) -> date | None:
    rows = [row for row in workspace.ledger.releases(case.id) if row.state in {"published", "withdrawn"}]
    return min((row.released_at.astimezone(case.at.tzinfo).date() for row in rows), default=None)


def history(desk: Desk) -> History:
    """What has happened in a case, as far as dates depend on it."""
    state, zone = desk.state, desk.case.at.tzinfo
    held: dict[str, date] = {}
    for keeping in desk.pack.keeping if desk.pack else ():
        holding = [each for each in desk.exhibits if source_of(state, each) in keeping.held_as]
        days = [each.received_at.astimezone(zone).date() for each in holding]
        if days:
            held[keeping.source] = min(days)
    return History(
        incident=desk.case.at.date(),
        events={each.event: each.on for each in state.dates.values()},
        extensions=tuple(Extension(e.requested_by, e.requested_on, e.reason, e.days) for e in state.extensions),
        rungs=tuple(Rung(e.id, e.kind, e.date, e.about, e.text, e.open) for e in state.status.values()),
        released=desk.released,
        demanded={each.source: each.on for each in state.demands.values()},
        held=held,
    )


def source_of(state: CaseState, exhibit: Exhibit) -> Source | None:
    """What recorded an exhibit: its title says, else its delivered name suggests; None for a paper."""
    if exhibit.kind is not Kind.RECORDING:
        return None
    title = state.titles.get(exhibit.id)
    return title.source if title else likely_source(exhibit)


def open_titles(workspace: Workspace, case: Case) -> dict[str, TitleExhibit]:
    """The titles people have given so far, by exhibit."""
    return resolve(decisions(workspace.ledger.decisions(case.id))).titles


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


def likely_source(exhibit: Exhibit) -> Source:
    """What kind of recorder a delivered name suggests; a person's title stands in front of it."""
    name = exhibit.name.casefold()
    clues = {
        Source.BODY_CAMERA: ("axon_body", "bwc", "body"),
        Source.DASH_CAMERA: ("dash", "incar", "in-car"),
        Source.CALL: ("911", "cad_"),
        Source.RADIO: ("radio", "dispatch"),
        Source.DOORBELL: ("doorbell", "ring"),
        Source.STREET_CAMERA: ("pod", "street", "cctv"),
        Source.PHONE: ("img_", "phone", "vid_"),
    }
    return next((source for source, words in clues.items() if any(word in name for word in words)), Source.OTHER)


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
                for body in _read(desk, line, number):
                    for kind in _kinds_touched(desk, body):
                        require(workspace.ledger, DECIDE + kind, case=case.id, acting=agent)
                    _refuse_stale(desk, body, line, number)
                    _refuse_alone(workspace, desk, body)
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
        before.drawn, before.kept, before.hidden_spans, before.hidden_sounds, before.hidden_pictures, before.terms,
        before.notes, before.lines, before.extensions, before.kept_words,
    )  # fmt: skip
    if any(body in present for present in said):
        return True
    after = resolve([*decisions(desk.rows), Decision(1 << 60, body, "", desk.case.at)])
    after.last_author = before.last_author
    return after == before


def _read(desk: Desk, line: Mapping[str, Any], number: int) -> list[Body]:
    word = str(line.get("decide", ""))
    reader = READERS.get(word)
    if reader is None:
        raise WrongUsage(f"line {number}: unknown decision {word!r} (known: {', '.join(sorted(READERS))})")
    try:
        return reader(desk, line)
    except (KeyError, ValueError, TypeError) as error:
        cause = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise WrongUsage(f"line {number} ({word}): {cause}") from error


def find_exhibit(desk: Desk, line: Mapping[str, Any]) -> Exhibit:
    """The exhibit a line names by id, delivered name or digest; ``ValueError`` when there is none."""
    wanted = str(line.get("exhibit") or line.get("path") or line.get("exhibit_path") or "")
    return exhibit_named(desk.exhibits, wanted)


def exhibit_named(exhibits: Sequence[Exhibit], wanted: str) -> Exhibit:
    """One exhibit by id, delivered path, base name or digest; of a second delivery, the first one."""
    by_id = [each for each in exhibits if each.id == wanted]
    exact = quote(wanted, safe="/ ")
    by_name = [
        each
        for each in exhibits
        if wanted in {each.name, each.extra.get("path")} or exact == each.extra.get("delivered")
    ]
    by_tail = [each for each in exhibits if wanted and each.name.rsplit("/", 1)[-1] == wanted.rsplit("/", 1)[-1]]
    by_digest = [each for each in exhibits if len(wanted) >= 8 and each.sha256.startswith(wanted)]
    found = next((each[0] for each in (by_id, by_name, by_tail, by_digest) if each), None)
    if found is not None:
        return next((each for each in exhibits if each.id == found.duplicate_of), found)
    raise ValueError(f"no exhibit {wanted!r}")


def read_clock(case: Case, text: str) -> IncidentTime:
    """A local ISO time (the case's zone when none is given) as IncidentTime."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=case.at.tzinfo)
    return IncidentTime((at - case.at) // timedelta(microseconds=1))


def _ground(line: Mapping[str, Any]) -> Ground:
    return Ground(*(str(line.get(part) or "") for part in ("subject", "reason", "law")))


def _read_facts(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    facts = tuple(Fact(f["label"], f["value"], f.get("note", "")) for f in line.get("facts", []))
    return [
        CaseFacts(
            line["headline"],
            line["summary"],
            line.get("kind_line", ""),
            line.get("status_line", ""),
            facts,
            line.get("invented", ""),
            tuple(_language(each) for each in line.get("languages", [])),
        )
    ]


def _language(name: object) -> str:
    """A language by its two or three letters (ISO 639)."""
    code = str(name).strip().lower()
    if not (2 <= len(code) <= 3 and code.isascii() and code.isalpha()):
        raise ValueError(f"a language is named by its two or three letters (en, es), not {name!r}")
    return code


def _read_translation(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    source, text = str(line["of"]).strip(), str(line["text"]).strip()
    if not source or not text:
        raise ValueError("a translation names the words it is of, and says them in the other language")
    return [Translation(_language(line["language"]), source, text, Translator(line["by"]))]


def _read_title(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    exhibit = find_exhibit(desk, line)
    slug = str(line["slug"])
    if not slug.replace("-", "").isalnum() or not slug.isascii():
        raise ValueError(f"slug {slug!r} may hold ASCII letters, digits and hyphens only")
    source = Source(line.get("source") or "other") if exhibit.kind is Kind.RECORDING else Source.OTHER
    return [TitleExhibit(exhibit.id, line["title"], slug.lower(), source, line.get("device", ""))]


def _read_redaction(desk: Desk, given: Mapping[str, Any]) -> list[Body]:
    """What is selected (by proposal, or by exhibit, kind, time and place) or drawn is hidden or kept."""
    line = {**given, **given.get("selector", {})}
    outcome, ground = Outcome(line["outcome"]), _ground(line)
    if outcome is Outcome.HIDE and not (ground.subject and ground.reason and ground.law):
        raise ValueError("hiding needs subject, reason and law")
    if line.get("whole"):
        if outcome is not Outcome.HIDE:
            raise ValueError("whole pictures are hidden or not mentioned")
        return [HidePictures(find_exhibit(desk, line).id, _media_span(line), ground)]
    cover = str(line.get("cover") or TONE)
    if cover not in COVERS:
        raise ValueError(f"unknown cover {cover!r} (known: {', '.join(COVERS)})")
    if cover == VOICE:
        return [_hidden_sound(desk, line, ground, cover)]
    bodies: list[Body] = []
    drawn = _drawn(line)
    if drawn:
        draw = DrawMask if outcome is Outcome.HIDE else KeepFace
        bodies.append(draw(find_exhibit(desk, line).id, drawn, ground))
    known = desk.state.outcomes if line.get("only_undecided") else {}
    proposals = [each for each in desk.proposals() if each.id not in known and _selected(desk, each, line)]
    chosen = tuple(each.id for each in proposals if not drawn or _covers(drawn, each))
    if chosen:
        bodies.append(DecideProposals(chosen, outcome, ground, cover))
    if outcome is Outcome.HIDE and line.get("kind") == "words" and line.get("from_s") is not None:
        bodies.append(_hidden_sound(desk, line, ground, cover))
    if not bodies and line.get("proposal"):
        raise ValueError(f"no proposal {line['proposal']!r}")
    return bodies


def _hidden_sound(desk: Desk, line: Mapping[str, Any], ground: Ground, cover: str) -> HideSpan | HideSound:
    """A stretch of sound: of the case's clock, on all that hear it, or of a recording that has no place there.

    A disguised voice still says its words, so it stands for a person's voice and never for words that are hidden.
    """
    if cover == VOICE and (line.get("proposal") or line.get("from_s") is None):
        raise ValueError("a disguised voice still says the words: name a stretch (from_s, to_s) or use a tone")
    if Outcome(line["outcome"]) is not Outcome.HIDE:
        raise ValueError("a voice is disguised to hide it")
    exhibit = find_exhibit(desk, line)
    if desk.found.timeline is None or desk.found.timeline.of(exhibit.id) is None:
        return HideSound(exhibit.id, _media_span(line), ground, cover)
    return HideSpan(_incident_span(desk, line), ground, cover)


def _drawn(line: Mapping[str, Any]) -> tuple[tuple[MediaTime, Box], ...]:
    """Boxes as drawn: ``box`` from ``from_s`` to ``to_s``, or ``boxes`` as [second, x, y, w, h]."""
    if "boxes" in line:
        points = [(media_seconds(float(at)), _box(box)) for at, *box in line["boxes"]]
        return tuple(sorted(points, key=lambda point: point[0]))
    if "box" in line:
        span, box = _media_span(line), _box(line["box"])
        return ((span.start, box), (MediaTime(span.end - 1), box))
    return ()


def _box(numbers: Sequence[float]) -> Box:
    """Left, top, width, height in pixels, outward to whole ones and inside the picture's left and top edge."""
    x, y, w, h = (float(number) for number in numbers)
    left, top = max(0, math.floor(x)), max(0, math.floor(y))
    return Box(left, top, max(0, math.ceil(x + w) - left), max(0, math.ceil(y + h) - top))


SAME_PLACE = 0.25
"""Share of the smaller box that must be common before a drawn box is taken to be about a proposed track."""


def _covers(drawn: Sequence[tuple[MediaTime, Box]], proposal: Proposal) -> bool:
    """Whether drawn boxes are about the thing a proposal follows: the same place at the same times, mostly."""
    if proposal.track is None:
        return True
    hand = MaskTrack(Ground("", "", ""), tuple(drawn))
    pairs = [
        (hand.box_at(point.at), point.box)
        for point in proposal.track.points[:: max(1, len(proposal.track.points) // 50)]
    ]
    shared = [_common(a, b) for a, b in pairs if a is not None]
    return bool(shared) and sum(shared) / len(shared) > SAME_PLACE


def _common(a: Box, b: Box) -> float:
    """Share of the smaller box that lies in the other."""
    across = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    down = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    smaller = min(a.w * a.h, b.w * b.h)
    return across * down / smaller if across > 0 and down > 0 and smaller else 0.0


def _selected(desk: Desk, proposal: Proposal, line: Mapping[str, Any]) -> bool:
    """Whether a line is about a proposal: by its id, or by everything else the line names."""
    if line.get("proposal"):
        return proposal.id == str(line["proposal"])
    named = line.get("path") or line.get("exhibit")
    timed = line.get("from_s") is not None and proposal.span is not None
    return (
        (not line.get("kind") or proposal.kind == line["kind"])
        and (line.get("page") is None or proposal.page == line["page"])
        and str(line.get("contains", "")).casefold() in proposal.what.casefold()
        and (not named or find_exhibit(desk, line).id == proposal.exhibit)
        and (not timed or proposal.span is None or proposal.span.overlaps(_media_span(line)))
    )


def _media_span(line: Mapping[str, Any]) -> MediaSpan:
    return MediaSpan(media_seconds(float(line["from_s"])), media_seconds(float(line["to_s"])))


def _incident_span(desk: Desk, line: Mapping[str, Any]) -> IncidentSpan:
    """Media seconds of a recording on the case's clock; needs the recording to be placed."""
    exhibit = find_exhibit(desk, line)
    alignment = desk.found.timeline.of(exhibit.id) if desk.found.timeline else None
    if alignment is None:
        raise ValueError(f"{exhibit.id} is not on the case's clock")
    return alignment.incident_span(_media_span(line))


def _read_terms(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    ground = _ground(line)
    if not (ground.subject and ground.reason and ground.law):
        raise ValueError("hiding needs subject, reason and law")
    return [HideTerms(tuple(str(term) for term in line["terms"]), ground)]


def _read_timeline(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    if not line.get("accept"):
        raise ValueError("accept is true, or there is nothing to decide")
    return [AcceptTimeline(desk.found.timeline_digest, line.get("note", ""))]


def _read_placement(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    """By when it begins, by how much it is moved, or by one or two instants shared with recordings that are placed."""
    exhibit, reason = find_exhibit(desk, line), str(line["reason"]).strip()
    if exhibit.kind is not Kind.RECORDING or desk.found.timeline is None:
        raise ValueError("only a recording is placed, in a case whose recordings were put on one clock")
    ways = [way for way in ("starts", "nudge_s", "shared") if line.get(way) not in (None, "", [])]
    if len(ways) != 1 or not reason:
        raise ValueError("a placement says one of starts, nudge_s and shared, and its reason")
    bar = round(float(line["uncertainty_s"]) * SECOND)
    if bar <= 0:
        raise ValueError("uncertainty_s is how far it may be off, and never 0")
    now = desk.found.timeline.of(exhibit.id)
    drift = now.drift_ppm if now else 0.0
    shared: tuple[Shared, ...] = ()
    if ways == ["starts"]:
        offset = read_clock(desk.case, line["starts"])
    elif ways == ["nudge_s"]:
        if now is None:
            raise ValueError(f"{exhibit.id} is not placed: say when it starts")
        offset = IncidentTime(now.offset + round(float(line["nudge_s"]) * SECOND))
    else:
        shared = tuple(_shared(desk, exhibit, each) for each in line["shared"])
        if len(shared) > 2:
            raise ValueError("one shared instant places a recording, two tell its drift; more are not needed")
        clocks = [(each.at, _clock_of(desk, each)) for each in shared]
        offset, drift = by_shared(clocks, drift_ppm=drift)
    return [PlaceRecording(exhibit.id, offset, drift, bar, reason, shared)]


def _shared(desk: Desk, exhibit: Exhibit, line: Mapping[str, Any]) -> Shared:
    other = exhibit_named(desk.exhibits, str(line["with"]))
    if other.id == exhibit.id:
        raise ValueError("a shared instant is one with another recording")
    return Shared(media_seconds(float(line["at_s"])), other.id, media_seconds(float(line["there_s"])))


def _clock_of(desk: Desk, shared: Shared) -> IncidentTime:
    alignment = desk.found.timeline.of(shared.other) if desk.found.timeline else None
    if alignment is None:
        raise ValueError(f"{shared.other} is not on the case's clock itself")
    return alignment.incident(shared.there)


def _read_shots(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    low, high = int(line["low"]), int(line["high"])
    if not 0 <= low <= high:
        raise ValueError("low may not be above high")
    return [DecideShots(low, high, line.get("note", ""))]


def _read_transcript(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    if "publish_unreviewed" in line:
        return [PublishTranscript(bool(line["publish_unreviewed"]))]
    start, end = read_clock(desk.case, line["start"]), read_clock(desk.case, line["end"])
    heard = tuple(exhibit_named(desk.exhibits, path).id for path in line.get("heard_on", []))
    return [
        CorrectLine(IncidentSpan(start, end), line["text"], line.get("speaker", ""), heard, bool(line.get("disputed")))
    ]


def _read_moment(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    end = read_clock(desk.case, line["end"]) if line.get("end") else None
    return [
        Moment(
            line["id"],
            line["kind"],
            read_clock(desk.case, line["t"]),
            end,
            round(float(line.get("uncertainty_s", 0.1)) * 1e6),
            line["title"],
            line["text"],
            tuple(exhibit_named(desk.exhibits, path).id for path in line.get("seen_on", [])),
            tuple(exhibit_named(desk.exhibits, path).id for path in line.get("heard_on", [])),
            ("shooting" if line["graphic"] is True else str(line["graphic"])) if line.get("graphic") else "",
            MomentState.DISMISSED if line.get("dismissed") else MomentState.CONFIRMED,
        )
    ]


def _read_statement(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    answer = line.get("answer")
    paper = exhibit_named(desk.exhibits, line["document"]).id if line.get("document") else ""
    return [
        Statement(
            line["id"],
            line["party"],
            line["capacity"],
            line.get("speaker") or line["party"],
            datetime.fromisoformat(line["date"]).date(),
            line["source"],
            line["quote"],
            tuple(
                Assertion(
                    a["id"], a["text"], tuple(_citation(desk, c) for c in a.get("citations", [])), a.get("about", "")
                )
                for a in line.get("assertions", [])
            ),
            Answer(datetime.fromisoformat(answer["date"]).date(), answer["text"]) if answer else None,
            paper,
            line.get("page"),
        )
    ]


def _citation(desk: Desk, line: Mapping[str, Any]) -> Citation:
    words = {"undetermined": Relation.UNDETERMINED}
    paper = exhibit_named(desk.exhibits, line["exhibit_path"]).id if line.get("exhibit_path") else ""
    if not paper and not line.get("moment"):
        raise ValueError("a citation names a moment or a page")
    return Citation(
        words.get(line["relation"]) or Relation(line["relation"]),
        line.get("note", ""),
        line.get("moment") or "",
        paper,
        line.get("page"),
        line.get("limits", ""),
    )


def _read_settlement(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    tie = Tie(line["statement"], line["assertion"], line.get("moment") or "", line.get("document") or "",
              int(line["page"]) if line.get("page") else None)  # fmt: skip
    if tie not in desk.state.differing:
        raise ValueError("there are no two assessments of this that differ")
    if not str(line["note"]).strip():
        raise ValueError("how the two differ is written down: it is published")
    return [SettleAssessment(tie, Relation(line["relation"]), str(line["note"]).strip(), line.get("limits", ""))]


def _read_status(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    on = datetime.fromisoformat(line["date"]).date()
    is_open = bool(line.get("open", line["kind"] in {"answer_due", "answer due"}))
    kind = str(line["kind"]).replace("_", " ")
    to, answers = str(line.get("to", "")), str(line.get("answers", ""))
    return [StatusEvent(line["id"], on, line["body"], line["about"], kind, line["text"], is_open, to, answers)]


def _read_keep_wording(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    reason = str(line["reason"]).strip()
    if not reason:
        raise ValueError("words are kept with a reason")
    return [KeepWording(str(line["words"]), reason, str(line.get("where", "")))]


def _read_place(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    exhibit = find_exhibit(desk, line)
    if exhibit.kind is not Kind.RECORDING:
        raise ValueError(f"{exhibit.id} is no recording")
    if line.get("unknown"):
        return [ForgetPlace(exhibit.id, str(line["reason"]))]
    start, end = (read_clock(desk.case, str(line[key])) if line.get(key) else None for key in ("from", "to"))
    if start is not None and end is not None and end <= start:
        raise ValueError("a place ends after it begins")
    place = CameraPlace(
        exhibit=exhibit.id,
        east_m=float(line["east_m"]),
        north_m=float(line["north_m"]),
        error_m=float(line["error_m"]),
        facing_deg=float(line["facing_deg"]),
        facing_error_deg=float(line["facing_error_deg"]),
        view_deg=float(line["view_deg"]),
        known_by=str(line["known_by"]),
        start=start,
        end=end,
    )
    return [place]


def _read_mark(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    points = tuple((float(x), float(y)) for x, y in line["points"])
    return [SceneMark(str(line["name"]), points, float(line["error_m"]), str(line["known_by"]))]


def _read_withhold(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    return [WithholdExhibit(find_exhibit(desk, line).id, line["reason"], line["law"])]


def _read_expected(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    return [ExpectedItem(line["name"], line["reason"])]


def _read_tracked(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    state = Asked(line["state"])
    exhibit = find_exhibit(desk, line).id if line.get("exhibit") or line.get("path") else ""
    note, due = str(line.get("note", "")), line.get("due")
    if state is Asked.RECEIVED and not exhibit:
        raise ValueError("what was received is named as its exhibit")
    if state in {Asked.REFUSED, Asked.DESTROYED, Asked.NOT_EXPECTED} and not note.strip():
        raise ValueError(f"{state} needs a note that says by whom or why")
    name, on = str(line["name"]), date.fromisoformat(line["on"])
    before = desk.state.tracked.get(name)
    return [
        TrackItem(
            name,
            state,
            on,
            str(line.get("holder") or (before.holder if before else "")),
            date.fromisoformat(due) if due else None,
            exhibit,
            note,
            str(line.get("clue") or (before.clue if before else "")),
        )
    ]


def _read_failure(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    exhibit = find_exhibit(desk, line).id if line.get("exhibit") or line.get("path") else ""
    return [AcknowledgeFailure(line["step"], exhibit, line.get("note", ""))]


def _read_note(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    return [VersionNote(line["summary"], line.get("why", ""))]


def _read_date(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    event = str(line["event"])
    if event == INCIDENT or event not in EVENTS:
        known = ", ".join(each for each in EVENTS if each != INCIDENT)
        raise ValueError(f"unknown event {event!r} (known: {known}; the incident is the case's own time)")
    return [CaseDate(event, date.fromisoformat(line["on"]), str(line.get("note", "")))]


def _read_extension(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    if desk.pack is None:
        raise ValueError(f"case {desk.case.id} is under no rules that give a date to extend")
    if line.get("revoke"):
        if not desk.state.extensions:
            raise ValueError("there is no extension to revoke")
        return [RevokeExtension(str(line["reason"]))]
    asked = Extension(
        str(line["requested_by"]), date.fromisoformat(line["requested_on"]), str(line["reason"]), line.get("days")
    )
    body = ExtendDeadline(asked.requested_by, asked.requested_on, asked.reason, asked.days)
    if body not in desk.state.extensions:
        check_extension(desk.pack, history(desk), asked)
    return [body]


def _read_take_back(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    wanted, reason = int(line["decision"]), str(line["reason"]).strip()
    if wanted not in {row.seq for row in desk.rows}:
        raise ValueError(f"there is no decision {wanted}")
    if not reason:
        raise ValueError("taking a decision back needs its reason")
    return [TakeBack(wanted, reason)]


def _read_request(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    text, name = str(line["text"]).strip(), str(line["id"])
    if not text:
        raise ValueError("a request needs its words")
    known = desk.state.requests.get(name)
    due = line.get("due")
    body = OutsideRequest(
        name,
        Asking(line["asking"]),
        date.fromisoformat(line["on"]),
        str(line.get("who", "")),
        text,
        str(line.get("where", "")),
        date.fromisoformat(due) if due else None,
    )
    if known is not None and known != body:
        raise ValueError(f"there is a request {name} already")
    return [body]


def _read_answer(desk: Desk, line: Mapping[str, Any]) -> list[Body]:
    name, reason = str(line["request"]), str(line["reason"]).strip()
    if name not in desk.state.requests:
        raise ValueError(f"there is no request {name}")
    if not reason:
        raise ValueError("an answer needs its reason")
    return [AnswerRequest(name, bool(line["granted"]), date.fromisoformat(line["on"]), reason)]


READERS: dict[str, Callable[[Desk, Mapping[str, Any]], list[Body]]] = {
    "case_facts": _read_facts,
    "name_case_facts": _read_facts,
    "title_exhibit": _read_title,
    "redaction": _read_redaction,
    "subject_terms": _read_terms,
    "timeline": _read_timeline,
    "place_recording": _read_placement,
    "shots": _read_shots,
    "transcript": _read_transcript,
    "moment": _read_moment,
    "statement": _read_statement,
    "settle_assessment": _read_settlement,
    "status": _read_status,
    "withhold": _read_withhold,
    "expected_item": _read_expected,
    "tracked_item": _read_tracked,
    "acknowledge_failure": _read_failure,
    "version_note": _read_note,
    "date": _read_date,
    "extension": _read_extension,
    "keep_wording": _read_keep_wording,
    "request": _read_request,
    "answer_request": _read_answer,
    "place_camera": _read_place,
    "scene_mark": _read_mark,
    "take_back": _read_take_back,
    "translation": _read_translation,
}
"""Every word a decision line may start with."""


def read_lines(text: str, *, name: str) -> list[dict[str, Any]]:
    """JSON lines of a decisions file; blank lines and lines starting with # are passed over."""
    lines = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        try:
            line = json.loads(raw)
        except json.JSONDecodeError as error:
            raise WrongUsage(f"{name}, line {number}: not JSON ({error.msg})") from error
        if not isinstance(line, dict):
            raise WrongUsage(f"{name}, line {number}: expected an object")
        lines.append(line)
    return lines
