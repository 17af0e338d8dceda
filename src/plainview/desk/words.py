# SPDX-License-Identifier: Apache-2.0
"""Words: the transcript row by row, moments, and the ledger of what each party said beside what is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from plainview.casework import assessing, lines, listening
from plainview.casework.planning import hiding_words
from plainview.casework.standing import Desk, decisions
from plainview.desk import looking
from plainview.desk.board import page as screen
from plainview.desk.deciding import record
from plainview.desk.guard import Seat, back_to, in_case, now
from plainview.desk.hiding import grounds
from plainview.errors import WrongUsage
from plainview.model import wire
from plainview.model.assessment import OpenAssessment, Tie
from plainview.model.case import Kind
from plainview.model.moment import Moment
from plainview.model.roles import person_key
from plainview.model.statement import Citation, Relation, Statement
from plainview.model.time import IncidentTime, MediaTime, clock_text, instant
from plainview.model.transcript import TextState, Utterance

PAGE = 120
"""Rows on a page: a long transcript is read in pages, each with its own address."""

KINDS = ("command", "shot", "fall", "firearm", "medical aid", "question", "answer", "arrival", "other")
GRAPHIC = ("shooting", "injury", "death", "distress")


@in_case
def transcript(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One row for each stretch of speech, on however many recordings it is heard."""
    desk, state = seat.desk, seat.desk.state
    machine = desk.found.fused.utterances if desk.found.fused else ()
    every = lines.corrected(machine, state)
    asked, only = request.GET.get("q", "").strip().casefold(), request.GET.get("show", "all")
    heard = lines.heard_by(desk)
    wants = partial(lines.wants_second, desk, heard)
    shown = {"second": filter(wants, every), "disputed": filter(_disputed, every)}.get(only, every)
    kept = [each for each in shown if asked in each.text.casefold()]
    first = int(request.GET.get("from", "0")) if request.GET.get("from", "0").isdigit() else 0
    hidden = hiding_words(desk)
    rows = [_line_row(desk, each, hidden, heard) for each in kept[first : first + PAGE]]
    open_now = {each.id: held for each in desk.exhibits if (held := looking.ticket(request, seat, each))}
    for row in rows:  # the recording that this person has open, if one of them is
        row["listen"] = next(((*place, open_now[place[0]]) for place in row["places"] if place[0] in open_now), None)
        row["sign"] = len(row["heard"]) == 1 and person_key(row["heard"][0].agent) != person_key(seat.name)
    more = first + PAGE if first + PAGE < len(kept) else None
    said = {"rows": rows, "count": len(kept), "first": first, "next": more,
            "before": max(0, first - PAGE) if first else None, "q": request.GET.get("q", ""), "only": only,
            "disputed": sum(map(_disputed, every)), "all": len(every),
            "unsigned": sum(map(wants, every)),
            "decided": state.transcript, "reviewed": len(state.lines), **grounds(seat)}  # fmt: skip
    return screen(request, seat, "transcript", "transcript.html", said)


def _disputed(line: Utterance) -> bool:
    """Whether listeners, people or recordings, heard different words: such a row is heard before it is read."""
    return line.state is TextState.DISPUTED or any(word.disputed for word in line.words)


def _line_row(desk: Desk, each: Utterance, hidden: Any, heard: lines.Heard) -> dict[str, Any]:
    zone = desk.case.at
    words = [
        {"word": word, "hidden": hidden(each, index), "doubt": word.confidence < 0.6}
        for index, word in enumerate(each.words)
    ]
    return {
        "line": each, "clock": clock_text(each.start, zone, digits=1), "words": words,
        "places": list(_places(desk, each)), "start": iso(desk, each.start), "end": iso(desk, each.end),
        "heard": heard.get((each.start, each.text), ()), "disputed": _disputed(each),
        "wants": lines.wants_second(desk, heard, each),
    }  # fmt: skip


@require_POST
@in_case
def second(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Sign a row as its second listener, or say what one heard instead."""
    first = request.POST.get("first", "")
    if not first.isdigit():
        raise WrongUsage("which row?")
    alike = listening.listen_again(
        seat.office, seat.here, int(first), text=request.POST.get("text", ""), at=now(), acting=seat.acting
    )
    said = "Signed: two people heard the same." if alike else "Both texts stand: the row is disputed."
    messages.success(request, said)
    return back_to(request, reverse("transcript", args=[seat.here.id]))


def _places(desk: Desk, line: Utterance) -> Iterator[tuple[str, MediaTime, MediaTime]]:
    """(recording, from, to) where a line is heard; of a line that names none, every recording that ran then."""
    for exhibit in desk.exhibits:
        alignment = desk.found.timeline.of(exhibit.id) if desk.found.timeline else None
        if alignment is None or exhibit.probe is None or exhibit.probe.audio is None:
            continue
        start, end = alignment.media(line.start), alignment.media(line.end)
        ran = start >= 0 and end <= exhibit.probe.duration
        if exhibit.id in line.heard_on or (not line.heard_on and ran):
            yield exhibit.id, MediaTime(max(0, start)), end


def iso(desk: Desk, at: IncidentTime) -> str:
    """A time of the case's clock as decision lines write it."""
    return instant(at, desk.case.at).isoformat()


@in_case
def moments(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Dated happenings that a person confirmed, and what the machine heard that may be one."""
    desk, state = seat.desk, seat.desk.state
    shots = desk.found.shots
    rows = [_moment_row(desk, each) for each in sorted(state.moments.values(), key=lambda m: (m.start, m.id))]
    taken = {int(key[1:]) for key in _used(desk, "Moment") if key[1:].isdigit()}
    said = {
        "rows": rows,
        "heard": [{"event": each, "clock": clock_text(each.at, desk.case.at), "start": iso(desk, each.at)}
                  for each in (shots.events if shots else ())],
        "next": f"m{max(taken, default=0) + 1}",
        "recordings": [each for each in desk.exhibits if each.kind is Kind.RECORDING and not each.duplicate_of],
        "kinds": KINDS, "graphic": GRAPHIC,
        "asked": request.GET.get("at", ""),
    }  # fmt: skip
    return screen(request, seat, "moments", "moments.html", said)


def _moment_row(desk: Desk, each: Moment) -> dict[str, Any]:
    end = iso(desk, each.end) if each.end is not None else ""
    return {"moment": each, "clock": clock_text(each.start, desk.case.at), "start": iso(desk, each.start), "end": end,
            "uncertainty": each.uncertainty / 1e6}  # fmt: skip


def _used(desk: Desk, kind: str) -> set[str]:
    """Ids that decisions of a kind ever used: none is given twice."""
    return {each.body.id for each in decisions(desk.rows) if type(each.body).__name__ == kind}  # type: ignore[union-attr]  # kinds with an id


@in_case
def statements(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What each party said, proposition by proposition; a second assessor does not see the first one's choice."""
    desk, state = seat.desk, seat.desk.state
    taken = {int(key[1:]) for key in _used(desk, "Statement") if key[1:].isdigit()}
    said = {
        "rows": sorted(state.statements.values(), key=lambda each: (each.date, each.id)),
        "alone": [(tie, by) for tie in sorted(state.sealed, key=str) if (by := _first(seat, tie))],
        "differing": list(state.differing.values()),
        "next": f"s{max(taken, default=0) + 1}",
        "moments": sorted(state.moments.values(), key=lambda m: (m.start, m.id)),
        "papers": [each for each in desk.exhibits if each.kind is not Kind.RECORDING and each.id in state.titles],
        "relations": list(Relation),
        "titles": state.titles,
    }  # fmt: skip
    return screen(request, seat, "statements", "statements.html", said)


def _first(seat: Seat, tie: Tie) -> str:
    """Who assessed a tie as the first; how, nobody sees."""
    found = assessing.waits(decisions(seat.desk.rows), tie)
    return found.agent if found else ""


@require_POST
@in_case
def assess(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Give one's own answer: the first is sealed, the second opens both."""
    said = request.POST
    kind, _, name = said.get("target", "").partition(":")
    opened = assessing.assess(
        seat.office, seat.here, said.get("assertion", ""), relation=said.get("relation", ""),
        moment=name if kind == "moment" else "", paper=name if kind == "paper" else "",
        page=int(said["page"]) if said.get("page", "").isdigit() else None, note=said.get("note", ""),
        limits=said.get("limits", ""), at=now(), acting=seat.acting,
    )  # fmt: skip
    messages.success(request, _told(opened))
    return redirect(reverse("statements", args=[seat.here.id]) + f"#{said.get('assertion', '')}")


def _told(opened: OpenAssessment | None) -> str:
    if opened is None:
        return "Sealed. A second person assesses it without seeing yours."
    if opened.alike:
        return f"You and {opened.first.person} chose alike: {opened.first.relation}."
    return f"{opened.first.person} chose {opened.first.relation}; the difference is to be written down."


@require_POST
@in_case
def cite(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Add an assertion, or take a citation away: the statement is said anew."""
    said = request.POST
    found = seat.desk.state.statements.get(said.get("statement", ""))
    if found is None:
        raise Http404
    line = statement_line(found)
    if said.get("what") == "assertion":
        text = said.get("text", "").strip()
        if not text:
            raise WrongUsage("an assertion needs its words")
        number = 1 + max((int(each.id.rpartition("a")[2]) for each in found.assertions
                          if each.id.rpartition("a")[2].isdigit()), default=0)  # fmt: skip
        made = {"id": f"{found.id}a{number}", "text": text, "about": said.get("about", ""), "citations": []}
        line["assertions"].append(made)
    else:
        line["assertions"] = [_without(each, said) for each in line["assertions"]]
    if said.get("after"):
        line["after"] = said["after"]
    record(request, seat, [line])
    return redirect(reverse("statements", args=[seat.here.id]) + f"#{found.id}")


def _without(assertion: dict[str, Any], said: Any) -> dict[str, Any]:
    if assertion["id"] != said.get("assertion") or said.get("what") != "uncite":
        return assertion
    left = [each for number, each in enumerate(assertion["citations"]) if str(number) != said.get("number")]
    return {**assertion, "citations": left}


def statement_line(each: Statement) -> dict[str, Any]:
    """A standing statement as the decision line that would say it again."""
    line: dict[str, Any] = {
        "decide": "statement", "id": each.id, "party": each.party, "capacity": each.capacity, "speaker": each.speaker,
        "date": each.date.isoformat(), "source": each.source, "quote": each.quote, "document": each.document,
        "page": each.page,
        "assertions": [
            {"id": a.id, "text": a.text, "about": a.about, "citations": [_citation_line(c) for c in a.citations]}
            for a in each.assertions
        ],
    }  # fmt: skip
    if each.answer is not None:
        line["answer"] = wire.plain(each.answer)
    return line


def _citation_line(each: Citation) -> dict[str, Any]:
    return {"relation": str(each.relation), "note": each.note, "moment": each.moment, "exhibit_path": each.document,
            "page": each.page, "limits": each.limits}  # fmt: skip


@in_case
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What the public page says in the office's own words: headline, summary, facts, the note of the next version."""
    state = seat.desk.state
    rows = [*(state.facts.facts if state.facts else ()), "", "", ""]
    return screen(request, seat, "board", "page.html", {"facts": state.facts, "fact_rows": rows, "notes": state.notes})
