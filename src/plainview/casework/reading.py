# SPDX-License-Identifier: Apache-2.0
"""Decision lines read: one JSON object, in words a caseworker can write (a delivered file's name, local clock times).

``read_line`` turns it into values of ``model.decision`` or says in one sentence what does not fit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from plainview.casework.standing import (
    Desk,
    exhibit_named,
    history,
)
from plainview.errors import WrongUsage
from plainview.model.assessment import SettleAssessment, Tie
from plainview.model.case import Case, Exhibit, Kind, Source
from plainview.model.clock import EVENTS, INCIDENT, Extension, check_extension
from plainview.model.decision import (
    AcceptTimeline,
    AcknowledgeFailure,
    Body,
    CaseDate,
    CaseFacts,
    CorrectLine,
    DecideProposals,
    DecideShots,
    DrawMask,
    ExpectedItem,
    ExtendDeadline,
    HideArea,
    HidePictures,
    HideSound,
    HideSpan,
    HideTerms,
    KeepArea,
    KeepFace,
    KeepWording,
    PublishTranscript,
    RevokeExtension,
    TakeBack,
    TitleExhibit,
    VersionNote,
    WithholdExhibit,
)
from plainview.model.finding import Box
from plainview.model.holding import Asked, TrackItem
from plainview.model.moment import Moment, MomentState
from plainview.model.placement import PlaceRecording, Shared, by_shared
from plainview.model.redaction import COVERS, TONE, VOICE, Ground, MaskTrack, Outcome, Proposal
from plainview.model.release import Fact
from plainview.model.request import AnswerRequest, Asking, OutsideRequest
from plainview.model.scene import CameraPlace, ForgetPlace, SceneMark
from plainview.model.statement import Answer, Assertion, Citation, Relation, Statement
from plainview.model.status import StatusEvent
from plainview.model.time import SECOND, IncidentSpan, IncidentTime, MediaSpan, MediaTime, media_seconds
from plainview.model.transcript import Translation, Translator


def read_line(desk: Desk, line: Mapping[str, Any], number: int) -> list[Body]:
    """One line as what it decides; ``WrongUsage`` names the line and what does not fit."""
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


SHAPES = ("box", "ellipse")


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
    if "area" in line:
        return [_area(desk, line, outcome, ground)]
    cover = str(line.get("cover") or TONE)
    if cover not in COVERS:
        raise ValueError(f"unknown cover {cover!r} (known: {', '.join(COVERS)})")
    if cover == VOICE:
        return [_hidden_sound(desk, line, ground, cover)]
    bodies: list[Body] = []
    drawn = _drawn(line)
    shape = str(line.get("shape") or "box")
    if shape not in SHAPES:
        raise ValueError(f"unknown shape {shape!r} (known: {', '.join(SHAPES)})")
    if drawn and outcome is Outcome.HIDE:
        bodies.append(DrawMask(find_exhibit(desk, line).id, drawn, ground, shape))
    elif drawn:
        bodies.append(KeepFace(find_exhibit(desk, line).id, drawn, ground))
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


def _area(desk: Desk, line: Mapping[str, Any], outcome: Outcome, ground: Ground) -> HideArea | KeepArea:
    """What is drawn on a page: on a paper whose pages are pictures of their own, or on a photograph."""
    exhibit, page, box = find_exhibit(desk, line), int(line.get("page") or 1), _box(line["area"])
    if exhibit.kind is not Kind.PHOTOGRAPH and exhibit.media_type != "application/pdf":
        raise ValueError(f"{exhibit.id} has no pages to draw on; its words can be hidden")
    last = max((each.page for each in desk.found.pages.get(exhibit.id, ())), default=1)
    if not 1 <= page <= last:
        raise ValueError(f"{exhibit.id} has pages 1 to {last}")
    if not (box.w and box.h):
        raise ValueError("an area has a width and a height")
    return (HideArea if outcome is Outcome.HIDE else KeepArea)(exhibit.id, page, box, ground)


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
        return [PublishTranscript(bool(line["publish_unreviewed"]), bool(line.get("two_listeners")))]
    start, end = read_clock(desk.case, line["start"]), read_clock(desk.case, line["end"])
    heard = tuple(exhibit_named(desk.exhibits, path).id for path in line.get("heard_on", []))
    second = int(line["second"]) if line.get("second") is not None else None
    others, disputed = tuple(str(each) for each in line.get("others", [])), bool(line.get("disputed"))
    return [
        CorrectLine(IncidentSpan(start, end), line["text"], line.get("speaker", ""), heard, disputed, second, others)
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
