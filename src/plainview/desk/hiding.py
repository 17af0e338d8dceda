# SPDX-License-Identifier: Apache-2.0
"""Hiding: what the machine proposes, what people decided, and the studio in which boxes are drawn on exact pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from plainview.casework import elsewhere, findings, viewing
from plainview.casework.planning import SeenTrack, hiding_now
from plainview.casework.standing import decisions
from plainview.desk import looking, runs
from plainview.desk.board import page as screen
from plainview.desk.guard import Seat, in_case, now
from plainview.errors import WrongUsage
from plainview.model.case import Kind
from plainview.model.decision import CaseState, taken_back
from plainview.model.redaction import Outcome, Proposal
from plainview.model.roles import person_key
from plainview.model.time import SECOND, MediaTime, media_seconds

REASONS = ("minor", "bystander", "victim", "witness", "private-contact", "private-home", "medical", "plate")
"""Words offered for a reason; whatever the office writes instead is kept as it is."""

PAGE = 60
"""Proposals on a page."""


@in_case
def overview(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Every exhibit with how much of it is decided."""
    state, desk = seat.desk.state, seat.desk
    asked, left = Counter[str](), Counter[str]()
    for each in desk.proposals():
        asked[each.exhibit] += 1
        left[each.exhibit] += each.id not in state.outcomes and each.exhibit not in state.withheld
    drawn = Counter(each.exhibit for each in state.drawn)
    rows = [
        {"exhibit": each, "title": state.titles.get(each.id), "withheld": each.id in state.withheld,
         "asked": asked[each.id], "left": left[each.id], "drawn": drawn[each.id],
         "graphic": viewing.graphic_in(desk, each)}
        for each in findings.readable(desk.exhibits)
    ]  # fmt: skip
    said = {"rows": rows, "terms": state.terms, "left": sum(left.values()), **_burden(seat)}
    return screen(request, seat, "hide", "hide.html", said)


def _burden(seat: Seat) -> dict[str, Any]:
    """What this person had to see lately, and who had to see least."""
    own = next((each for each in viewing.exposures(seat.office, until=now())
                if person_key(each.person) == person_key(seat.name)), None)  # fmt: skip
    turn = viewing.least_burdened(seat.office, seat.here, until=now())
    other = turn if turn and own and person_key(turn.person) != person_key(seat.name) else None
    return {"own": own, "turn": other if other and own and other.graphic < own.graphic else None}


@in_case
def terms(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Words of one subject that must appear nowhere: found across the case before they are hidden in all of it."""
    asked = request.GET.get("words", "").strip()
    found = elsewhere.said_or_printed(seat.desk, asked) if asked else []
    said = {"asked": asked, "found": found, "terms": _numbered(seat, "HideTerms"), **grounds(seat)}
    return screen(request, seat, "hide", "terms.html", said)


def _numbered(seat: Seat, kind: str) -> list[Any]:
    """Standing decisions of a kind with their numbers, newest first, as (number, body, person)."""
    made = decisions(seat.desk.rows)
    gone = taken_back(made)
    return [each for each in reversed(made) if type(each.body).__name__ == kind and each.seq not in gone]


@in_case
def exhibit(request: HttpRequest, seat: Seat, exhibit: str) -> HttpResponse:
    """What is proposed on one exhibit: decided one by one, or several together, with reason and law."""
    found, state = seat.exhibit(exhibit), seat.desk.state
    own = [each for each in seat.desk.proposals() if each.exhibit == found.id]
    only = request.GET.get("show", "open")
    shown = [each for each in own if only == "all" or (each.id in state.outcomes) is (only == "decided")]
    first = max(0, int(request.GET.get("from", "0") or 0)) if request.GET.get("from", "0").isdigit() else 0
    opened = request.GET.get("where", "")
    chosen = next((each for each in own if each.id == opened), None)
    rows = [_row(state, each) for each in shown[first : first + PAGE]]
    said = {
        "exhibit": found, "title": state.titles.get(found.id), "rows": rows, "only": only, "count": len(shown),
        "open": sum(each.id not in state.outcomes for each in own), "all": len(own), "first": first,
        "next": first + PAGE if first + PAGE < len(shown) else None,
        "chosen": chosen, "elsewhere": elsewhere.places(seat.desk, chosen) if chosen else [],
        "words": chosen.said.strip(" ,.;:") if chosen else "", "recording": found.kind is Kind.RECORDING,
        **grounds(seat),
    }  # fmt: skip
    return screen(request, seat, "hide", "hide_exhibit.html", said)


def _row(state: CaseState, proposal: Proposal) -> dict[str, Any]:
    outcome, ground = state.outcomes.get(proposal.id, (None, None))
    at = proposal.span.start if proposal.span else None
    middle = MediaTime((proposal.span.start + proposal.span.end) // 2) if proposal.span else None
    return {"proposal": proposal, "outcome": outcome, "ground": ground, "at": at, "middle": middle,
            "length": proposal.span.length if proposal.span else None}  # fmt: skip


def grounds(seat: Seat) -> dict[str, Any]:
    """Subjects, reasons and laws used in this case before, offered while typing."""
    state = seat.desk.state
    used = [ground for _, ground in state.outcomes.values()]
    used += [each.ground for each in state.drawn] + [each.ground for each in state.hidden_spans]
    used += [each.ground for each in state.terms]
    return {
        "subjects": sorted({each.subject for each in used if each.subject}),
        "reasons": sorted({*REASONS, *(each.reason for each in used if each.reason)}),
        "laws": sorted({each.law for each in used if each.law}),
    }


@in_case
def studio(request: HttpRequest, seat: Seat, exhibit: str) -> HttpResponse:
    """Boxes on exact pictures of one recording, with all that is hidden or shown there already."""
    found, ticket = looking.open_first(request, seat, exhibit)
    if found.kind is not Kind.RECORDING or found.probe is None or found.probe.video is None:
        title = seat.desk.state.titles.get(found.id)
        return screen(request, seat, "hide", "no_studio.html", {"exhibit": found, "ticket": ticket, "title": title})
    try:
        at = media_seconds(float(request.GET.get("t") or 0))
    except ValueError as error:
        raise WrongUsage("t is seconds") from error
    tracks = hiding_now(seat.desk, found.id)
    stand = runs.last(seat)
    title = seat.desk.state.titles.get(found.id)
    said = {"exhibit": found, "ticket": ticket, "at": at, "probe": found.probe, "title": title, **grounds(seat),
            "graphic": 0 if ticket else viewing.graphic_in(seat.desk, found), **_burden(seat),
            "stand": stand if stand and stand.verb == "preview" else None,
            "previewed": looking.preview_path(seat, found).is_file()}  # fmt: skip
    if ticket:
        about, _ = looking.peek(seat, found, at=at)
        said |= {"about": about, "boxes": _boxes(tracks, about["at"]), "drawn": _drawn(seat, found.id),
                 "gaps": _bare(tracks), "data": _studio_data(found, tracks)}  # fmt: skip
    return screen(request, seat, "hide", "studio.html", said)


def _boxes(tracks: Sequence[SeenTrack], at: int) -> list[dict[str, Any]]:
    """What covers this picture, and what is proposed and undecided on it."""
    rows = []
    for track in tracks:
        box = track.mask.box_at(MediaTime(at))
        if box is not None:
            rows.append({"box": box, "state": track.state, "label": track.label, "cx": box.x + box.w / 2,
                         "cy": box.y + box.h / 2, "rx": box.w / 2, "ry": box.h / 2,
                         "round": track.mask.shape == "ellipse"})  # fmt: skip
    return rows


def _drawn(seat: Seat, exhibit: str) -> list[Any]:
    return [each for kind in ("DrawMask", "KeepFace") for each in _numbered(seat, kind) if each.body.exhibit == exhibit]


def _bare(tracks: Sequence[SeenTrack]) -> list[dict[str, Any]]:
    """Uncovered faces: what a detector saw and nobody has decided, or decided to show; soonest first."""
    return [
        {"at": track.mask.points[0][0], "label": track.label, "state": track.state}
        for track in sorted(tracks, key=lambda each: each.mask.points[0][0])
        if track.state != "hidden" and track.mask.points
    ]


def _studio_data(found: Any, tracks: Sequence[SeenTrack]) -> dict[str, Any]:
    """What the script needs to draw boxes at any instant without asking again."""
    return {
        "duration": found.probe.duration / SECOND,
        "fps": found.probe.video.fps,
        "width": found.probe.video.width,
        "height": found.probe.video.height,
        "tracks": [
            {"state": each.state, "label": each.label, "round": each.mask.shape == "ellipse",
             "points": [[at, box.x, box.y, box.w, box.h] for at, box in each.mask.points]}
            for each in tracks
        ],
    }  # fmt: skip


@in_case
def paper(request: HttpRequest, seat: Seat, exhibit: str, page: int) -> HttpResponse:
    """One page of a paper, its words, and what is hidden on it."""
    found, ticket = looking.open_first(request, seat, exhibit)
    pages = {each.page: each for each in seat.desk.found.pages.get(found.id, ())}
    if found.kind is Kind.RECORDING or (pages and page not in pages):
        raise Http404
    state = seat.desk.state
    own = [each for each in seat.desk.proposals() if each.exhibit == found.id and each.page == page]
    hidden = {
        index
        for each in own
        if each.words and state.outcomes.get(each.id, (None, None))[0] is Outcome.HIDE
        for index in range(each.words[0], each.words[1] + 1)
    }
    asked = {index for each in own if each.words and each.id not in state.outcomes
             for index in range(each.words[0], each.words[1] + 1)}  # fmt: skip
    text = pages.get(page)
    printed = text.words if text else ()
    words = [(word, "hidden" if i in hidden else "asked" if i in asked else "") for i, word in enumerate(printed)]
    said = {"exhibit": found, "title": state.titles.get(found.id), "ticket": ticket, "page": page,
            "pages": sorted(pages), "text": text, "words": words,
            "rows": [_row(state, each) for each in own], "photograph": found.kind is Kind.PHOTOGRAPH,
            "areas": [(kind == "HideArea", each) for kind in ("HideArea", "KeepArea") for each in _numbered(seat, kind)
                      if (each.body.exhibit, each.body.page) == (found.id, page)],
            "pictured": found.kind is Kind.PHOTOGRAPH or found.media_type == "application/pdf",
            **grounds(seat)}  # fmt: skip
    if ticket and said["pictured"]:
        about, _ = looking.peek(seat, found, page=page)
        said |= {"width": about["width"], "height": about["height"],
                 "boxes": [(word, state) for word, state in words if state]}  # fmt: skip
    return screen(request, seat, "hide", "paper.html", said)


