# SPDX-License-Identifier: Apache-2.0
"""The one page of the desk for people outside: a version before it is public, in copies that carry their name.

What this module keeps true: the link alone shows nothing until its holder says who is looking, which the custody log
has before the first picture; a guest reaches the films of one version, marked, and a field in which to ask the office
to wait; a link that is unknown, ended, over or of another version is not found.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from plainview.casework import embargo
from plainview.casework.people import require
from plainview.desk import looking, runs
from plainview.desk.guard import Seat, in_case, now, office
from plainview.errors import WrongUsage
from plainview.model.guest import Guest


def _guest(link: str) -> Guest:
    found = embargo.admitted(office(), link, at=now())
    if found is None:
        raise Http404
    return found


def _seen(request: HttpRequest, guest: Guest) -> list[str]:
    held: list[str] = request.session.get("embargo", {}).get(guest.id, [])
    return held


@login_not_required
def page(request: HttpRequest, link: str) -> HttpResponse:
    """Who is looking; then the films."""
    guest = _guest(link)
    if request.method == "POST":
        _log(request, guest, f"v{guest.version}")
        return redirect("embargo", link=link)
    copies = {path.stem: path for path in sorted(embargo.copies(office(), guest).glob("*.mp4"))}
    slugs = [(slug, slug in copies) for slug in embargo.films(office(), guest)]
    said = {"guest": guest, "case": office().case(guest.case), "link": link, "slugs": slugs,
            "entered": f"v{guest.version}" in _seen(request, guest)}  # fmt: skip
    return render(request, "desk/embargo.html", said)


@login_not_required
def film(request: HttpRequest, link: str, slug: str) -> HttpResponseBase:
    """One marked film, with ranges, to whoever said who is looking; its first range is logged."""
    guest = _guest(link)
    path = embargo.copies(office(), guest) / f"{slug}.mp4"
    if f"v{guest.version}" not in _seen(request, guest) or slug not in embargo.films(office(), guest):
        raise Http404
    if not path.is_file():
        raise Http404
    if slug not in _seen(request, guest):
        _log(request, guest, slug)
    return looking.send(request, path, "video/mp4")


def _log(request: HttpRequest, guest: Guest, what: str) -> None:
    embargo.looked(office(), guest, what, at=now())
    request.session["embargo"] = {**request.session.get("embargo", {}), guest.id: [*_seen(request, guest), what]}


@login_not_required
@require_POST
def wait(request: HttpRequest, link: str) -> HttpResponse:
    """Ask the office to publish later; it is kept, and holds the next version until somebody answers it."""
    guest = _guest(link)
    if f"v{guest.version}" not in _seen(request, guest):
        raise Http404
    embargo.ask_to_wait(office(), guest, request.POST.get("text", ""), at=now())
    messages.success(request, "The office has what you wrote. Nothing more is published before somebody answers it.")
    return redirect("embargo", link=link)


@require_POST
@in_case
def invite(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Invite somebody to what is built; the link is on the answer and nowhere else, the copies are being made."""
    said = request.POST
    if not said.get("days", "").isdigit():
        raise WrongUsage("for how many days?")
    guest, link = invited(seat, name=said.get("name", ""), relation=said.get("relation", ""), days=int(said["days"]))
    address = request.build_absolute_uri(f"/embargo/{link}/")
    return render(request, "desk/guest_made.html", {"guest": guest, "address": address, "seat": seat})


def invited(seat: Seat, *, name: str, relation: str, days: int) -> tuple[Guest, str]:
    """The invitation and its link; the copies are being made from now on."""
    require(seat.office.ledger, "invite", case=seat.here.id, acting=seat.acting)  # before anything of the case is told
    runs.refuse_going(seat)  # before the link is made, which is told once
    guest, link = embargo.invite(
        seat.office, seat.here, name=name, relation=relation, days=days, at=now(), acting=seat.acting
    )
    runs.start(seat, "copies", ["copies", seat.here.id, guest.id])
    return guest, link


@require_POST
@in_case
def end(request: HttpRequest, seat: Seat, guest: str) -> HttpResponse:
    """End an invitation before its day."""
    embargo.end(seat.office, seat.here, guest, why=request.POST.get("why", ""), at=now(), acting=seat.acting)
    return redirect("requests", case=seat.here.id)
