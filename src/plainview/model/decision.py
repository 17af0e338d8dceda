# SPDX-License-Identifier: Apache-2.0
"""What named people say: decisions are only ever added to, and the state of a case follows from them.

``resolve`` folds decisions in order into a ``CaseState``; a later decision about the same thing
stands in front of an earlier one, which stays in the ledger. Every body is a frozen value; its kind
is the class name, kept with the decision so that old ledgers stay readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache

from plainview.model import wire
from plainview.model.assessment import OpenAssessment, SealAssessment, SettleAssessment, Tie, agreed, settled
from plainview.model.case import Source
from plainview.model.finding import Box
from plainview.model.holding import TrackItem
from plainview.model.moment import Moment, MomentState
from plainview.model.placement import PlaceRecording
from plainview.model.redaction import TONE, Ground, Outcome
from plainview.model.release import Fact
from plainview.model.request import AnswerRequest, OutsideRequest
from plainview.model.scene import CameraPlace, ForgetPlace, SceneMark
from plainview.model.statement import Citation, Statement
from plainview.model.status import StatusEvent
from plainview.model.time import IncidentSpan, IncidentTime, MediaSpan, MediaTime
from plainview.model.transcript import Translation


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Headline, summary and the strip of facts, as the office words them."""

    headline: str
    summary: str
    kind_line: str = ""
    status_line: str = ""
    facts: tuple[Fact, ...] = ()
    invented: str = ""
    languages: tuple[str, ...] = ()
    """Those of the public pages, the one the office writes in first; none named is English alone."""


@dataclass(frozen=True, slots=True)
class TitleExhibit:
    """How an exhibit is called in public: ``slug`` is its place in addresses, never reused."""

    exhibit: str
    title: str
    slug: str
    source: Source = Source.OTHER
    device: str = ""


@dataclass(frozen=True, slots=True)
class DecideProposals:
    """Hide or keep what was proposed; ``ground`` is needed to hide. ``cover`` is what stands for spoken words."""

    proposals: tuple[str, ...]
    outcome: Outcome
    ground: Ground
    cover: str = TONE


@dataclass(frozen=True, slots=True)
class DrawMask:
    """Boxes that a person drew on the displayed picture at some instants; between two, both are covered."""

    exhibit: str
    points: tuple[tuple[MediaTime, Box], ...]
    ground: Ground
    shape: str = "box"
    """``box``, or ``ellipse``: the largest one in each box."""


@dataclass(frozen=True, slots=True)
class KeepFace:
    """Boxes in which a person decided to leave a face visible that no detector had proposed."""

    exhibit: str
    points: tuple[tuple[MediaTime, Box], ...]
    ground: Ground


@dataclass(frozen=True, slots=True)
class HideSpan:
    """A stretch of the case's clock whose sound is hidden on every recording that hears it."""

    span: IncidentSpan
    ground: Ground
    cover: str = TONE


@dataclass(frozen=True, slots=True)
class HideSound:
    """A stretch of the sound of one recording that has no place on the case's clock."""

    exhibit: str
    span: MediaSpan
    ground: Ground
    cover: str = TONE


@dataclass(frozen=True, slots=True)
class HidePictures:
    """A stretch of one recording whose pictures are hidden whole."""

    exhibit: str
    span: MediaSpan
    ground: Ground


@dataclass(frozen=True, slots=True)
class HideArea:
    """A rectangle that a person drew on a page of a paper (points) or on a photograph (pixels), from the top left."""

    exhibit: str
    page: int
    box: Box
    ground: Ground


@dataclass(frozen=True, slots=True)
class KeepArea:
    """A rectangle on a page (points) or a photograph (pixels) in which a person decided that a face may be seen."""

    exhibit: str
    page: int
    box: Box
    ground: Ground


@dataclass(frozen=True, slots=True)
class HideTerms:
    """Words of one subject that must appear nowhere in the release."""

    terms: tuple[str, ...]
    ground: Ground


@dataclass(frozen=True, slots=True)
class AcceptTimeline:
    """A person looked at the placements of the findings with this digest and takes them."""

    digest: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DecideShots:
    """How many shots the office says are heard: an interval, with the reason."""

    low: int
    high: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class PublishTranscript:
    """Machine text that nobody has reviewed is shown, labelled as such (or left out)."""

    unreviewed: bool
    two_listeners: bool = False
    """No version goes out while a line in which a moment lies was heard by fewer than two people."""


@dataclass(frozen=True, slots=True)
class CorrectLine:
    """What a person heard in ``span``: stands instead of the machine's lines that lie in it."""

    span: IncidentSpan
    text: str
    speaker: str = ""
    heard_on: tuple[str, ...] = ()
    disputed: bool = False
    second: int | None = None
    """The decision of the first listener, where a second one says whether the two heard the same."""
    others: tuple[str, ...] = ()
    """What the second one heard instead."""


@dataclass(frozen=True, slots=True)
class WithholdExhibit:
    """An exhibit that is not released, with the reason."""

    exhibit: str
    reason: str
    law: str


@dataclass(frozen=True, slots=True)
class ExpectedItem:
    """Something that should exist and is not held."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcknowledgeFailure:
    """A step failed; a person knows and the release may go on without it."""

    step: str
    exhibit: str
    note: str


@dataclass(frozen=True, slots=True)
class VersionNote:
    """What the next version changes and why, in the office's words."""

    summary: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class CaseDate:
    """When something happened that a rule may count from: a complaint, a request, a notification."""

    event: str
    """A key of ``clock.EVENTS``, not the incident: that is the case's own."""
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class ExtendDeadline:
    """More days, asked for in writing and granted; ``days`` None is as many as the rule gives."""

    requested_by: str
    requested_on: date
    reason: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeExtension:
    """The newest extension no longer stands."""

    reason: str


@dataclass(frozen=True, slots=True)
class DemandKeeping:
    """A holder was told in writing to keep a kind of record; ``sha256`` is of the letter."""

    source: str
    holder: str
    on: date
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class KeepWording:
    """Words that the wording check holds against and a person keeps, with the reason; ``where`` empty is everywhere."""

    words: str
    reason: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """An earlier decision no longer stands, as if it had not been made; it stays in the ledger. Undoes itself too."""

    decision: int
    """Its number in the case."""
    reason: str


Body = (
    CaseFacts
    | TitleExhibit
    | DecideProposals
    | DrawMask
    | KeepFace
    | HideSpan
    | HideSound
    | HidePictures
    | HideArea
    | KeepArea
    | HideTerms
    | AcceptTimeline
    | DecideShots
    | PublishTranscript
    | CorrectLine
    | WithholdExhibit
    | ExpectedItem
    | TrackItem
    | AcknowledgeFailure
    | VersionNote
    | Moment
    | Statement
    | StatusEvent
    | CaseDate
    | ExtendDeadline
    | RevokeExtension
    | DemandKeeping
    | KeepWording
    | CameraPlace
    | ForgetPlace
    | SceneMark
    | TakeBack
    | OutsideRequest
    | AnswerRequest
    | Translation
    | SealAssessment
    | OpenAssessment
    | SettleAssessment
    | PlaceRecording
)

KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        CaseFacts,
        TitleExhibit,
        DecideProposals,
        DrawMask,
        KeepFace,
        HideSpan,
        HideSound,
        HidePictures,
        HideArea,
        KeepArea,
        HideTerms,
        AcceptTimeline,
        DecideShots,
        PublishTranscript,
        CorrectLine,
        WithholdExhibit,
        ExpectedItem,
        TrackItem,
        AcknowledgeFailure,
        VersionNote,
        Moment,
        Statement,
        StatusEvent,
        CaseDate,
        ExtendDeadline,
        RevokeExtension,
        DemandKeeping,
        KeepWording,
        CameraPlace,
        ForgetPlace,
        SceneMark,
        TakeBack,
        OutsideRequest,
        AnswerRequest,
        Translation,
        SealAssessment,
        OpenAssessment,
        SettleAssessment,
        PlaceRecording,
    )
}
"""Every kind of decision by its name in the ledger."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One recorded decision: what, by whom, when. ``seq`` orders them."""

    seq: int
    body: Body
    agent: str
    at: datetime


@dataclass(slots=True)
class CaseState:
    """Where a case stands after all its decisions. Built once by ``resolve``, then only read."""

    facts: CaseFacts | None = None
    titles: dict[str, TitleExhibit] = field(default_factory=dict)
    outcomes: dict[str, tuple[Outcome, Ground]] = field(default_factory=dict)
    drawn: list[DrawMask] = field(default_factory=list)
    kept: list[KeepFace] = field(default_factory=list)
    covers: dict[str, str] = field(default_factory=dict)
    """Of each hidden proposal about words, what stands for them."""
    hidden_spans: list[HideSpan] = field(default_factory=list)
    hidden_sounds: list[HideSound] = field(default_factory=list)
    hidden_pictures: list[HidePictures] = field(default_factory=list)
    hidden_areas: list[HideArea] = field(default_factory=list)
    kept_areas: list[KeepArea] = field(default_factory=list)
    terms: list[HideTerms] = field(default_factory=list)
    timeline: AcceptTimeline | None = None
    shots: DecideShots | None = None
    transcript: PublishTranscript | None = None
    lines: list[CorrectLine] = field(default_factory=list)
    withheld: dict[str, WithholdExhibit] = field(default_factory=dict)
    expected: dict[str, ExpectedItem] = field(default_factory=dict)
    tracked: dict[str, TrackItem] = field(default_factory=dict)
    acknowledged: dict[tuple[str, str], AcknowledgeFailure] = field(default_factory=dict)
    notes: list[VersionNote] = field(default_factory=list)
    moments: dict[str, Moment] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    status: dict[str, StatusEvent] = field(default_factory=dict)
    dates: dict[str, CaseDate] = field(default_factory=dict)
    extensions: list[ExtendDeadline] = field(default_factory=list)
    demands: dict[str, DemandKeeping] = field(default_factory=dict)
    kept_words: list[KeepWording] = field(default_factory=list)
    places: dict[tuple[str, IncidentTime | None], CameraPlace] = field(default_factory=dict)
    marks: dict[str, SceneMark] = field(default_factory=dict)
    requests: dict[str, OutsideRequest] = field(default_factory=dict)
    answered: dict[str, AnswerRequest] = field(default_factory=dict)
    translations: dict[tuple[str, str], Translation] = field(default_factory=dict)
    placements: dict[str, PlaceRecording] = field(default_factory=dict)
    sealed: set[Tie] = field(default_factory=set)
    """Ties that one person has assessed."""
    differing: dict[Tie, OpenAssessment] = field(default_factory=dict)
    """Ties that two people assessed differently, until somebody writes the difference down."""
    last_author: str = ""


@lru_cache(maxsize=1 << 16)
def parse_body(kind: str, text: str | bytes) -> Body:
    """A decision's body from the ledger; ``ValueError`` for a kind this version does not know.

    The same text is the same value for ever, and a case's decisions are read again before each new one.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of decision {kind!r}")
    body: Body = wire.load(KINDS[kind], text)
    return body


def resolve(decisions: Iterable[Decision]) -> CaseState:
    """Fold decisions, oldest first, into the state of the case."""
    state, ordered = CaseState(), sorted(decisions, key=lambda d: d.seq)
    gone = taken_back(ordered)
    for decision in ordered:
        if decision.seq not in gone:
            _take(state, decision.body)
        state.last_author = decision.agent
    return state


def _take(state: CaseState, body: Body) -> None:  # noqa: PLR0912, PLR0915 - a flat table of kinds, one line each
    match body:
        case CaseFacts():
            state.facts = body
        case TitleExhibit():
            state.titles[body.exhibit] = body
            state.withheld.pop(body.exhibit, None)
        case DecideProposals():
            state.outcomes.update(dict.fromkeys(body.proposals, (body.outcome, body.ground)))
            state.covers.update(dict.fromkeys(body.proposals, body.cover))
        case DrawMask():
            state.drawn.append(body)
        case KeepFace():
            state.kept.append(body)
        case HideSpan():
            state.hidden_spans.append(body)
        case HideSound():
            state.hidden_sounds.append(body)
        case HidePictures():
            state.hidden_pictures.append(body)
        case HideArea():
            state.hidden_areas.append(body)
        case KeepArea():
            state.kept_areas.append(body)
        case HideTerms():
            state.terms.append(body)
        case AcceptTimeline():
            state.timeline = body
        case DecideShots():
            state.shots = body
        case PublishTranscript():
            state.transcript = body
        case CorrectLine():
            state.lines = [line for line in state.lines if not same_line(line.span, body.span)] + [body]
        case WithholdExhibit():
            state.withheld[body.exhibit] = body
            state.titles.pop(body.exhibit, None)
        case ExpectedItem():
            state.expected[body.name] = body
        case TrackItem():
            state.tracked[body.name] = body
            state.expected.pop(body.name, None)
        case AcknowledgeFailure():
            state.acknowledged[body.step, body.exhibit] = body
        case VersionNote():
            state.notes.append(body)
        case Moment():
            if body.state is MomentState.DISMISSED:
                state.moments.pop(body.id, None)
            else:
                state.moments[body.id] = body
        case Statement():
            state.statements[body.id] = body
        case StatusEvent():
            state.status[body.id] = body
        case CaseDate():
            state.dates[body.event] = body
        case ExtendDeadline():
            state.extensions.append(body)
        case RevokeExtension():
            state.extensions = state.extensions[:-1]
        case DemandKeeping():
            state.demands.setdefault(body.source, body)
        case KeepWording():
            state.kept_words.append(body)
        case CameraPlace():
            state.places[body.exhibit, body.start] = body
        case ForgetPlace():
            state.places = {key: place for key, place in state.places.items() if key[0] != body.exhibit}
        case SceneMark():
            state.marks[body.name] = body
        case OutsideRequest():
            state.requests[body.id] = body
        case AnswerRequest():
            state.answered[body.request] = body
        case Translation():
            state.translations[body.language, body.source] = body
        case PlaceRecording():
            state.placements[body.exhibit] = body
        case SealAssessment():
            state.sealed.add(body.tie)
        case OpenAssessment():
            state.sealed.discard(body.tie)
            if body.alike:
                _cite(state, body.tie, agreed(body))
            else:
                state.differing[body.tie] = body
        case SettleAssessment():
            opened = state.differing.pop(body.tie, None)
            if opened is not None:
                _cite(state, body.tie, settled(opened, body))
        case TakeBack():
            pass  # what it is about was left out


def _cite(state: CaseState, tie: Tie, citation: Citation) -> None:
    """Put a citation beside its assertion; of a statement that was said anew without it, nothing is left to cite."""
    said = state.statements.get(tie.statement)
    if said is not None:
        assertions = tuple(
            replace(each, citations=(*each.citations, citation)) if each.id == tie.assertion else each
            for each in said.assertions
        )
        state.statements[tie.statement] = replace(said, assertions=assertions)


def taken_back(ordered: Sequence[Decision]) -> frozenset[int]:
    """Numbers of the decisions that do not stand, from decisions in their order; the last word counts."""
    gone: set[int] = set()
    for decision in reversed(ordered):
        if isinstance(decision.body, TakeBack) and decision.seq not in gone:
            gone.add(decision.body.decision)
    return frozenset(gone)


def same_thing(a: Body, b: Body) -> bool:  # noqa: PLR0911, PLR0912 - a flat table of kinds, one line each
    """Whether a later decision stands in front of an earlier one; what only adds is never about the same thing."""
    match a, b:
        case DecideProposals(), DecideProposals():
            return not set(a.proposals).isdisjoint(b.proposals)
        case CorrectLine(), CorrectLine():
            return same_line(a.span, b.span)
        case (TitleExhibit() | WithholdExhibit()), (TitleExhibit() | WithholdExhibit()):
            return a.exhibit == b.exhibit
        case (Moment() | Statement() | StatusEvent()), _:
            return type(a) is type(b) and a.id == getattr(b, "id", None)
        case (TrackItem() | ExpectedItem()), (TrackItem() | ExpectedItem()):
            return a.name == b.name
        case (CameraPlace() | ForgetPlace()), (CameraPlace() | ForgetPlace()):
            return a.exhibit == b.exhibit
        case SceneMark(), SceneMark():
            return a.name == b.name
        case OutsideRequest(), OutsideRequest():
            return a.id == b.id
        case AnswerRequest(), AnswerRequest():
            return a.request == b.request
        case PlaceRecording(), PlaceRecording():
            return a.exhibit == b.exhibit
        case SettleAssessment(), SettleAssessment():
            return a.tie == b.tie
        case Translation(), Translation():
            return (a.language, a.source) == (b.language, b.source)
        case CaseDate(), CaseDate():
            return a.event == b.event
        case AcknowledgeFailure(), AcknowledgeFailure():
            return (a.step, a.exhibit) == (b.step, b.exhibit)
        case KeepWording(), KeepWording():
            return (a.words, a.where) == (b.words, b.where)
        case TakeBack(), TakeBack():
            return a.decision == b.decision
        case (ExtendDeadline() | RevokeExtension()), (ExtendDeadline() | RevokeExtension()):
            return True
        case (CaseFacts() | AcceptTimeline() | DecideShots() | PublishTranscript()), _:
            return type(a) is type(b)
    return False


def same_line(a: IncidentSpan, b: IncidentSpan) -> bool:
    """Whether two spans are about the same stretch of speech: more than half of the shorter is shared."""
    shared = min(a.end, b.end) - max(a.start, b.start)
    return shared > 0 and 2 * shared > max(1, min(a.length, b.length))
