# SPDX-License-Identifier: Apache-2.0
"""The case board: what blocks the release on top, then what is held, who did what, and every date."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from plainview.casework import clocks, findings, releasing, review, rulebook, showing, standing, viewing
from plainview.casework import holdings as holding
from plainview.casework.workspace import open_case
from plainview.desk import runs
from plainview.desk.guard import Seat, cases_of, in_case, now, seated
from plainview.errors import WrongUsage
from plainview.model.case import Kind, Source
from plainview.model.clock import EVENTS, INCIDENT
from plainview.model.decision import taken_back
from plainview.model.holding import Asked
from plainview.model.roles import DECIDE, RIGHTS

PLACES = {
    "facts": ("page", ""), "title": ("exhibit", ""), "timeline": ("sync", ""),
    "shots": ("board", "#shots"), "transcript": ("transcript", "#state"), "failure": ("board", "#failures"),
    "wording": ("board", "#wording"), "redaction": ("hide-exhibit", ""), "request": ("requests", ""),
    "assessment": ("statements", ""), "analysis": ("board", ""), "listener": ("transcript", "?show=second"),
}  # fmt: skip
"""Kind of open question → the screen that answers it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Open questions of one kind about one thing, and where they are answered."""

    kind: str
    what: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Light:
    """How a case stands, in the list of cases."""

    case: Any
    open: int
    due: Any
    days_left: int | None
    version: str


@seated
def cases(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The cases that this person has a role in, soonest due date first."""
    lights = [_light(each) for each in cases_of(seat)]
    rows = sorted(lights, key=lambda row: (row.days_left is None, row.days_left or 0))
    rules = ["own", *sorted(rulebook.packs(seat.office.root))]
    return render(request, "desk/cases.html", {"rows": rows, "may_open": seat.may("case new"), "rules": rules})


def _light(seat: Seat) -> Light:
    due = releasing.deadline(seat.desk)
    done = [row for row in seat.office.ledger.releases(seat.here.id) if row.state == "published"]
    left = (due.due.date() - today(seat)).days if due else None
    return Light(seat.here, len(review.waiting(seat.desk)), due, left, f"version {done[-1].number}" if done else "")


def today(seat: Seat) -> date:
    """The day in the case's zone."""
    return now().astimezone(seat.here.at.tzinfo).date()


@require_POST
@seated
def new_case(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Open a case."""
    said = request.POST
    try:
        at = datetime.fromisoformat(said.get("at", "").strip())
    except ValueError as error:
        raise WrongUsage("the time of the incident is written as 2026-03-31T00:18:00-05:00") from error
    case = open_case(
        seat.office, case_id=said.get("case", "").strip(), title=said.get("title", "").strip(), at=at,
        rules=said.get("rules", "own"), now=now(), acting=seat.acting,
    )  # fmt: skip
    return redirect("board", case=case.id)


@in_case
def board(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What blocks the release, in the order a person would go through it."""
    desk, state = seat.desk, seat.desk.state
    waiting = review.waiting(desk)
    said = {
        "questions": list(questions(seat, waiting)),
        "waiting": len(waiting),
        "broken": list(releasing.broken(state, desk)),
        "stand": runs.last(seat),
        "effort": review.effort(desk),
        "failures": [each for each in waiting if each.kind == "failure"],
        "wording": [each for each in waiting if each.kind == "wording"],
        "facts": state.facts,
        "fact_rows": [*(state.facts.facts if state.facts else ()), *("",) * 2],
        "timeline": desk.found.timeline,
        "accepted": state.timeline is not None and state.timeline.digest == desk.found.timeline_digest,
        "shots": desk.found.shots,
        "decided_shots": state.shots,
        "steps": _stages(seat),
        "may_look": seat.may("intake") or seat.may("view original"),
    }
    return page(request, seat, "board", "board.html", said)


def questions(seat: Seat, waiting: list[review.Open]) -> Iterator[Question]:
    """Open questions, those of one kind about one exhibit together."""
    groups: dict[tuple[str, str, str], list[review.Open]] = {}
    for each in waiting:
        exhibit = str(each.template.get("exhibit", ""))
        groups.setdefault((each.kind, exhibit, "" if exhibit else each.what), []).append(each)
    for (kind, exhibit, _), items in groups.items():
        name, anchor = PLACES[kind]
        if exhibit and name in {"exhibit", "hide-exhibit"}:
            href = reverse(name, args=[seat.here.id, exhibit])
        else:
            href = reverse(name, args=[seat.here.id]) + anchor
        several = f"{_name(seat, exhibit)}: {len(items)} proposals to hide or to show"
        what = items[0].what if len(items) == 1 else several
        yield Question(kind, what, len(items), href)


def _name(seat: Seat, exhibit: str) -> str:
    title = seat.desk.state.titles.get(exhibit)
    found = next((each.name for each in seat.desk.exhibits if each.id == exhibit), exhibit)
    return f"{exhibit} {title.title if title else found}"


def _stages(seat: Seat) -> list[tuple[str, int, int]]:
    """(stage, done, of): how far the recordings and papers have come."""
    desk, state = seat.desk, seat.desk.state
    usable = [each for each in findings.readable(desk.exhibits) if each.id not in state.withheld]
    known = {*desk.found.heard, *desk.found.faces, *desk.found.pages}
    decided = Counter(each.exhibit for each in desk.proposals() if each.id in state.outcomes)
    asked = Counter(each.exhibit for each in desk.proposals())
    return [
        ("received", len(desk.exhibits), len(desk.exhibits)),
        ("examined", sum(each.id in known for each in usable), len(usable)),
        ("titled", sum(each.id in state.titles for each in usable), len(usable)),
        ("reviewed", sum(decided[each.id] >= asked[each.id] for each in usable), len(usable)),
    ]


@in_case
def exhibits(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All that was received."""
    state = seat.desk.state
    asked = Counter(each.exhibit for each in seat.desk.proposals() if each.id not in state.outcomes)
    rows = [
        {"exhibit": each, "title": state.titles.get(each.id), "withheld": state.withheld.get(each.id),
         "open": asked[each.id]}
        for each in seat.desk.exhibits
    ]  # fmt: skip
    return page(request, seat, "exhibits", "exhibits.html", {"rows": rows})


@in_case
def exhibit(request: HttpRequest, seat: Seat, exhibit: str) -> HttpResponse:
    """One exhibit: what it is, its title, whether it is withheld, who saw it."""
    found, state = seat.exhibit(exhibit), seat.desk.state
    entries = [json.loads(each.body) for each in seat.office.ledger.entries(seat.here.id) if each.subject == found.id]
    timeline = seat.desk.found.timeline
    said = {
        "exhibit": found,
        "title": state.titles.get(found.id),
        "withheld": state.withheld.get(found.id),
        "likely": standing.likely_source(found) if found.kind is Kind.RECORDING else None,
        "sources": list(Source),
        "entries": list(reversed(entries)),
        "seen": [each for each in viewing.seen(seat.office, seat.here) if each.exhibit == found.id],
        "alignment": timeline.of(found.id) if timeline else None,
        "recording": found.kind is Kind.RECORDING,
        "usable": found.duplicate_of is None and found.kind is not Kind.UNREADABLE,
    }
    return page(request, seat, "exhibits", "exhibit.html", said)


@in_case
def log(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The custody log, and who saw the unredacted file."""
    rows = list(reversed(showing.view(seat.office, seat.here, "custody").data))
    who, what = request.GET.get("who", ""), request.GET.get("item", "")
    kept = [row for row in rows if (not who or row["agent"] == who) and (not what or row["subject"] == what)]
    said = {
        "rows": [{**row, "event": row["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]} for row in kept[:500]],
        "count": len(kept),
        "people": sorted({row["agent"] for row in rows}),
        "items": sorted({row["subject"] for row in rows if row["subject"]}),
        "who": who,
        "what": what,
        "seen": list(reversed(viewing.seen(seat.office, seat.here))),
    }
    return page(request, seat, "log", "log.html", said)


@in_case
def decisions(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Every decision, newest first; what only adds can be taken back by a later one."""
    gone = taken_back(standing.decisions(seat.desk.rows))
    rows = [
        {"row": row, "gone": row.seq in gone, "may": seat.may_decide(row.kind) and seat.may_decide("TakeBack")}
        for row in reversed(seat.desk.rows)
    ]
    return page(request, seat, "decisions", "decisions.html", {"rows": rows[:400], "count": len(rows)})


@in_case
def holdings(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Which recordings should exist, and what became of asking for them."""
    rows = holding.standings(seat.desk, today=today(seat))
    said = {"rows": rows, "states": list(Asked), "today": today(seat)}
    return page(request, seat, "holdings", "holdings.html", said)


@in_case
def dates(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Every date that the case's rules give, and why."""
    found = clocks.clocks(seat.office, seat.here, today=today(seat)) if seat.desk.pack else None
    dues = [(due, due.state(today(seat)), due.days_left(today(seat))) for due in found.dues] if found else []
    events = {key: words for key, words in EVENTS.items() if key != INCIDENT}
    sent = seat.desk.state.demands
    keeping = [(each, sent.get(each.source)) for each in found.pack.keeping] if found else []
    said = {"found": found, "dues": dues, "events": events, "today": today(seat), "keeping": keeping}
    return page(request, seat, "dates", "dates.html", said)


@in_case
def calendar(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The dates as a calendar keeps them (RFC 5545)."""
    if seat.desk.pack is None:
        raise Http404
    text = clocks.ical(seat.office, seat.here, now=now(), today=today(seat))
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{seat.here.id}.ics"'
    return answer


@require_POST
@in_case
def demand(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The letter that asks one holder to keep what it would destroy; that it was written is recorded."""
    said = request.POST
    name, pages = letter(seat, said.get("source", ""), address=said.get("address", "").strip())
    answer = HttpResponse(pages, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def letter(seat: Seat, source: str, *, address: str) -> tuple[str, bytes]:
    """(file name, PDF) of the letter about one kind of record, after it is recorded."""
    with tempfile.TemporaryDirectory() as folder:
        (made,) = clocks.demand(
            seat.office, seat.here, out=Path(folder), source=source or "?", address=address, at=now(),
            acting=seat.acting,
        )  # fmt: skip
        return made.path.name, made.path.read_bytes()


TABS = (
    ("board", "Board"), ("uploads", "Inbox"), ("exhibits", "Exhibits"), ("sync", "Clock"), ("hide", "Hide"),
    ("transcript", "Words"), ("moments", "Moments"), ("statements", "Statements"), ("dates", "Dates"),
    ("holdings", "Holdings"), ("requests", "Requests"), ("release", "Release"),
    ("decisions", "Decisions"), ("log", "Log"),
)  # fmt: skip


def page(request: HttpRequest, seat: Seat, tab: str, template: str, said: dict[str, Any]) -> HttpResponse:
    """A screen of a case: its header with the due date, its tabs, then what the screen says."""
    due = releasing.deadline(seat.desk)
    left = (due.due.date() - today(seat)).days if due else None
    rights = {kind: seat.may_decide(kind) for kind in _KINDS} | {
        verb.replace(" ", "_"): seat.may(verb)
        for verb in ("intake", "view original", "approve", "publish", "withdraw", "demand", "show")
    }
    published = [row for row in seat.office.ledger.releases(seat.here.id) if row.state == "published"]
    around = {
        "seat": seat, "case": seat.here, "tab": tab, "tabs": TABS, "due": due, "days_left": left, "may": rights,
        "after": seat.desk.rows[-1].seq if seat.desk.rows else 0, "here": request.get_full_path(),
        "published": published[-1] if published else None, "roles": sorted(seat.roles),
        "urgency": "" if published else urgency(left),
    }  # fmt: skip
    return render(request, f"desk/{template}", {**around, **said})


def urgency(left: int | None) -> str:
    """The colour of a due date: amber from a fortnight on, red from five days on."""
    if left is None or left > 14:
        return ""
    return "late" if left < 0 else "red" if left <= 5 else "amber"


_KINDS = sorted(verb.removeprefix(DECIDE) for verb in RIGHTS if verb.startswith(DECIDE))
