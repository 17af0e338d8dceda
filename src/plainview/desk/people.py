# SPDX-License-Identifier: Apache-2.0
"""People: who has which role, who may log in, and how much each person had to see; one's own account."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from plainview.casework import people as roles
from plainview.casework import tokens, viewing
from plainview.desk import accounts
from plainview.desk.guard import Seat, cases_of, now, seated
from plainview.errors import WrongUsage
from plainview.model.roles import Role, person_key
from plainview.model.token import passable

TASTES = ("mute", "grey", "small")
"""How originals open for a person: without sound, without colour, small. All three until he or she says otherwise."""


@seated
def everybody(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Roles and accounts, for an administrator."""
    seat.require("people")
    said = {
        "grants": roles.standing(seat.office.ledger.grants()),
        "accounts": get_user_model().objects.order_by("person"),
        "roles": list(Role),
        "cases": seat.office.ledger.cases(),
        "exposures": viewing.exposures(seat.office, until=now()),
        "is_open": seat.is_open,
        "tokens": seat.office.ledger.tokens(), "now": now(),
    }  # fmt: skip
    return render(request, "desk/people.html", {**said, "seat": seat})


@require_POST
@seated
def give(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Give a role."""
    said = request.POST
    roles.give(
        seat.office.ledger, person=said.get("person", ""), role=said.get("role", ""), case=said.get("in_case", ""),
        at=now(), acting=seat.acting,
    )  # fmt: skip
    return redirect("people")


@require_POST
@seated
def take(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Take a role, with the reason."""
    said = request.POST
    roles.take(
        seat.office.ledger, person=said.get("person", ""), role=said.get("role", ""), case=said.get("in_case", ""),
        why=said.get("why", ""), at=now(), acting=seat.acting,
    )  # fmt: skip
    return redirect("people")


@require_POST
@seated
def account(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Make somebody's account and show the link that opens it; or close one."""
    seat.require("people")
    name = request.POST.get("person", "")
    if request.POST.get("what") == "close":
        found = get_user_model().objects.filter(person=person_key(name)).first()
        if found is None or found == request.user:
            raise WrongUsage(f"there is no account of {name} that you could close")
        accounts.close_account(found)
        return redirect("people")
    made = accounts.make_account(name)
    link = request.build_absolute_uri(accounts.welcome_path(made))
    return render(request, "desk/account_made.html", {"account": made, "link": link, "seat": seat})


@seated
def mine(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One's own account: factors, how originals open, what one had to see in the last days."""
    if request.method == "POST":
        request.user.tastes = " ".join(each for each in TASTES if request.POST.get(each))
        request.user.save(update_fields=["tastes"])
        return redirect("mine")
    key = person_key(seat.name)
    own = [each for each in viewing.exposures(seat.office, until=now()) if person_key(each.person) == key]
    held = [each for each in roles.standing(seat.office.ledger.grants()) if person_key(each.person) == key]
    said = {"exposure": own[0] if own else None, "grants": held, "tastes": request.user.tastes.split(), "every": TASTES,
            "tokens": [each for each in seat.office.ledger.tokens() if person_key(each.owner) == key], "now": now(),
            "verbs": passable(), "cases": [each.here.id for each in cases_of(seat)]}  # fmt: skip
    return render(request, "desk/mine.html", {**said, "seat": seat})


@require_POST
@seated
def make_token(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Give a program a token of one's own; its text is on the answer and nowhere else."""
    said = request.POST
    if not said.get("days", "").isdigit():
        raise WrongUsage("for how many days?")
    made, secret = tokens.give(
        seat.office.ledger, label=said.get("label", ""), verbs=said.getlist("verb"), cases=said.getlist("in_case"),
        days=int(said["days"]), at=now(), acting=seat.acting,
    )  # fmt: skip
    return render(request, "desk/token_made.html", {"token": made, "secret": secret, "seat": seat})


@require_POST
@seated
def end_token(request: HttpRequest, seat: Seat) -> HttpResponse:
    """End one's own token, or as an administrator anybody's."""
    said = request.POST
    tokens.end(seat.office.ledger, said.get("token", ""), why=said.get("why", ""), at=now(), acting=seat.acting)
    return redirect("people" if said.get("back") == "people" else "mine")
