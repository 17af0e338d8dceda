# SPDX-License-Identifier: Apache-2.0
"""What people outside ask, and what was answered; a party's letter, and its reply beside its statement."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from plainview.casework import outside, publishing
from plainview.desk import runs
from plainview.desk.board import page as screen
from plainview.desk.board import today
from plainview.desk.guard import Seat, in_case, now
from plainview.errors import WrongUsage
from plainview.model.request import Asking

WRITTEN = (Asking.PRIVACY, Asking.DEFERRAL)
"""What the office writes down for somebody; the right of reply begins with a letter."""


@in_case
def requests(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Open requests first, then those that were answered; statements whose party may be asked to reply."""
    rows = list(requests_of(seat))
    asked = {row["request"].where for row in rows if row["request"].asking is Asking.REPLY}
    said = {
        "open": [row for row in rows if row["answer"] is None],
        "closed": [row for row in rows if row["answer"] is not None],
        "guests": seat.office.ledger.guests(seat.here.id), "now": now(), "may_invite": seat.may("invite"),
        "built": publishing.standing(seat.office, seat.here), "stand": runs.last(seat), "kinds": WRITTEN,
        "today": today(seat),
        "statements": [each for each in sorted(seat.desk.state.statements.values(), key=lambda each: each.date)
                       if each.id not in asked and each.answer is None],
    }  # fmt: skip
    return screen(request, seat, "requests", "requests.html", said)


def requests_of(seat: Seat) -> list[dict[str, Any]]:
    """Each request with its answer, newest first."""
    state = seat.desk.state
    rows = [{"request": each, "answer": state.answered.get(each.id)} for each in state.requests.values()]
    return sorted(rows, key=lambda row: (row["request"].on, row["request"].id), reverse=True)


@require_POST
@in_case
def ask(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep what somebody outside asks; it holds the next version until it is answered."""
    said = request.POST
    made = keep(seat, said.get("asking", ""), who=said.get("who", ""), text=said.get("text", ""),
                where=said.get("where", ""))  # fmt: skip
    messages.success(request, f"{made.id} is kept, and holds the next version until it is answered.")
    return redirect("requests", case=seat.here.id)


def keep(seat: Seat, asking: str, *, who: str, text: str, where: str) -> Any:
    """The request as it was written down."""
    if asking not in set(WRITTEN):
        raise WrongUsage(f"what is asked for is one of: {', '.join(WRITTEN)}")
    if not text.strip():
        raise WrongUsage("a request needs its words")
    return outside.ask(
        seat.office, seat.here, asking=Asking(asking), who=who.strip(), text=text.strip(), where=where.strip(),
        at=now(), acting=seat.acting,
    )  # fmt: skip


@require_POST
@in_case
def answer(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Say what was done about a request, and why."""
    close(seat, name, granted=request.POST.get("granted") == "yes", reason=request.POST.get("reason", ""))
    return redirect("requests", case=seat.here.id)


def close(seat: Seat, name: str, *, granted: bool, reason: str) -> None:
    """Answer it; one of another case, or none, is not found."""
    if name not in seat.desk.state.requests:
        raise Http404
    if not reason.strip():
        raise WrongUsage("an answer needs its reason")
    outside.answer(
        seat.office, seat.here, request=name, granted=granted, reason=reason.strip(), at=now(), acting=seat.acting
    )


@require_POST
@in_case
def offer(request: HttpRequest, seat: Seat, statement: str) -> HttpResponse:
    """The letter that shows a party what is set beside its statement; its reply is waited for from now on."""
    try:
        due = date.fromisoformat(request.POST.get("due", ""))
    except ValueError as error:
        raise WrongUsage("name the day until which the party may reply") from error
    name, pages = letter(seat, statement, due)
    answered = HttpResponse(pages, content_type="application/pdf")
    answered["Content-Disposition"] = f'attachment; filename="{name}"'
    return answered


def letter(seat: Seat, statement: str, due: date) -> tuple[str, bytes]:
    """(file name, PDF) of the letter, after the request is kept."""
    if statement not in seat.desk.state.statements:
        raise Http404
    with tempfile.TemporaryDirectory() as folder:
        path = outside.offer_reply(
            seat.office, seat.here, statement=statement, due=due, out=Path(folder), at=now(), acting=seat.acting
        )
        return path.name, path.read_bytes()


@require_POST
@in_case
def reply(request: HttpRequest, seat: Seat, statement: str) -> HttpResponse:
    """Put a party's reply beside its statement; without words, after the day, that it did not reply."""
    keep_reply(seat, statement, request.POST.get("text", ""))
    messages.success(request, "The reply stands beside the statement.")
    return redirect("requests", case=seat.here.id)


def keep_reply(seat: Seat, statement: str, text: str) -> None:
    """The same; a statement of another case is not found."""
    if statement not in seat.desk.state.statements:
        raise Http404
    outside.keep_reply(seat.office, seat.here, statement=statement, text=text, at=now(), acting=seat.acting)
