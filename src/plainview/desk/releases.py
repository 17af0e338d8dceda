# SPDX-License-Identifier: Apache-2.0
"""The release checklist: what is undecided, what the audit found, who agreed to which bytes, and publication."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from plainview.casework import publishing, releasing, review
from plainview.casework.workspace import SOFTWARE
from plainview.desk import looking, runs
from plainview.desk.board import page as screen
from plainview.desk.board import questions
from plainview.desk.guard import Seat, back_to, in_case, now
from plainview.errors import Blocked, NotAllowed, WrongUsage
from plainview.model.audit import AuditFinding
from plainview.model.case import Agent
from plainview.model.roles import APPROVALS, person_key
from plainview.model.time import SECOND


@in_case
def checklist(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Where the next version stands, step by step, and what is open in each."""
    waiting = review.waiting(seat.desk)
    broken = list(releasing.broken(seat.desk.state, seat.desk))
    stand = publishing.standing(seat.office, seat.here)
    fresh = stand is not None and stand.decisions == (seat.desk.rows[-1].seq if seat.desk.rows else 0)
    waits = next((row for row in seat.office.ledger.releases(seat.here.id) if row.state == publishing.SCHEDULED), None)
    agreed = {person_key(each.agent.name) for each in stand.approvals} if stand else set()
    said = {
        "questions": list(questions(seat, waiting)), "waiting": len(waiting), "broken": broken,
        "stand": runs.last(seat), "built": stand, "fresh": fresh,
        "findings": list(_findings(seat, stand.findings)) if stand else [],
        "approvals": stand.approvals if stand else (), "needed": APPROVALS,
        "approved": person_key(seat.name) in agreed,
        "enough": len(agreed) >= APPROVALS,
        "unchanged": stand is None and bool(seat.desk.rows)
        and seat.desk.rows[-1].seq == seat.office.ledger.decided_in(seat.here.id),
        "author": releasing.is_author(seat.office, seat.here, seat.name),
        "scheduled": waits, "later": dated(seat, stand.number) if stand else None,
        "versions": sorted(seat.office.ledger.releases(seat.here.id), key=lambda row: -row.number),
    }  # fmt: skip
    return screen(request, seat, "release", "release.html", said)


def _findings(seat: Seat, findings: tuple[AuditFinding, ...]) -> Iterator[dict[str, Any]]:
    """Each leak with the address of the place where it is mended."""
    by_slug = {title.slug: title.exhibit for title in seat.desk.state.titles.values()}
    kinds = {each.id: each.kind for each in seat.desk.exhibits}
    for each in findings:
        parts = each.place.split("/")
        slug = next((part for part in parts if part in by_slug), "")
        exhibit = by_slug.get(slug, "")
        href = reverse("hide", args=[seat.here.id])
        if exhibit and str(kinds[exhibit]) == "recording":
            href = reverse("studio", args=[seat.here.id, exhibit])
            href += f"?t={each.at / SECOND:.6f}" if each.at is not None else ""
        elif exhibit:
            href = reverse("paper", args=[seat.here.id, exhibit, 1])
        elif "transcript" in each.place or each.place.endswith(".vtt"):
            href = reverse("transcript", args=[seat.here.id])
        yield {"finding": each, "exhibit": exhibit, "href": href}


RUNS = {"analyse": "view original", "preview": "view original", "draft": "show"}
"""Runs that a button starts → the right that it needs: machine work decides nothing."""


@require_POST
@in_case
def run(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Begin machine work: examine what is new, render one recording, or build and audit the next version."""
    verb = request.POST.get("verb", "")
    asked = request.POST
    begin(seat, verb, exhibit=asked.get("exhibit", ""), at=asked.get("at", ""), urgent=asked.get("urgent") == "yes")
    return back_to(request, reverse("release" if verb == "draft" else "board", args=[seat.here.id]))


def begin(seat: Seat, verb: str, *, exhibit: str = "", at: str = "", urgent: bool = False) -> None:
    """Start it. ``at``: of a version that is to go out later, its day and hour, in the case's zone unless it says.

    ``urgent``: examined before what waits for workers already.
    """
    _refuse_run(seat, verb)
    if verb == "draft":
        releasing.refuse_undecided(seat.desk)
        arguments = ["release", seat.here.id, "--draft", *([f"--at={_hour(seat, at)}"] if at else [])]
    elif verb == "analyse":
        arguments = ["analyse", seat.here.id, *(["--urgent"] if urgent else [])]
    else:
        found = seat.exhibit(exhibit)
        target = looking.preview_path(seat, found)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        arguments = ["preview", seat.here.id, found.id, "--to", str(target)]
    runs.start(seat, verb, arguments)


def _refuse_run(seat: Seat, verb: str) -> None:
    if verb not in RUNS:
        raise WrongUsage("there is no such work")
    if not seat.may(RUNS[verb]) and not (verb == "analyse" and seat.may("intake")):
        raise NotAllowed(f"{seat.name} has no role for this in case {seat.here.id}")


@require_POST
@in_case
def stop_run(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Stop machine work that goes on in this case; taking in and publishing are let finish."""
    halt(seat)
    return back_to(request, reverse("board", args=[seat.here.id]))


def halt(seat: Seat) -> None:
    """The same, for whoever may begin it."""
    stand = runs.last(seat)
    if stand is None or not stand.going or not stand.stoppable:
        raise WrongUsage("nothing goes on here that may be stopped")
    _refuse_run(seat, stand.verb)
    runs.stop(seat)


def _hour(seat: Seat, said: str) -> str:
    try:
        at = datetime.fromisoformat(said)
    except ValueError as error:
        raise WrongUsage("the time of publication is a day and an hour, such as 2026-04-28T12:00") from error
    at = at if at.tzinfo else at.replace(tzinfo=seat.here.at.tzinfo)
    if at <= now():
        raise WrongUsage(f"{at.isoformat()} has passed: leave the time out to publish at once")
    return at.isoformat()


def _as_shown(seat: Seat, digest: str) -> tuple[int, str]:
    """Number and digest of the built version, if the page showed exactly these bytes."""
    number, _, held = publishing.built(seat.office, seat.here)
    if digest != held:
        raise Blocked("these are other bytes than the page showed: look at the version as it is now")
    return number, digest


@require_POST
@in_case
def approve(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Agree to exactly the bytes whose digest the page showed."""
    seat.require("approve")
    number, digest = _as_shown(seat, request.POST.get("digest", ""))
    publishing.approve_built(seat.office, seat.here, at=now(), acting=seat.acting)
    messages.success(request, f"You agreed to version {number}, bytes {digest[:16]}…")
    return redirect("release", case=seat.here.id)


@require_POST
@in_case
def publish(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Sign and publish what is built, clean and approved by two; or have it wait for the time it was built for."""
    put_out(seat, request.POST.get("digest", ""))
    return redirect("release", case=seat.here.id)


def put_out(seat: Seat, digest: str) -> None:
    """Begin the publication of exactly these bytes, or clear them for their time."""
    seat.require("publish")
    number, digest = _as_shown(seat, digest)
    releasing.refuse_unapproved(seat.office, seat.here, number=number, digest=digest)
    later = dated(seat, number)
    at = [f"--at={later.isoformat()}"] if later else []
    runs.start(seat, "release", ["release", seat.here.id, f"--as={seat.name}", *at])


def dated(seat: Seat, number: int) -> datetime | None:
    """The time for which a version was built, while it is to come."""
    row = next((each for each in seat.office.ledger.releases(seat.here.id) if each.number == number), None)
    return row.released_at if row is not None and row.released_at > now() else None


@require_POST
@in_case
def unschedule(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Take a version that waits for its time back, with the reason."""
    number = publishing.unschedule(
        seat.office, seat.here, why=request.POST.get("why", ""), at=now(), acting=seat.acting
    )
    messages.success(request, f"Version {number} no longer goes out by itself.")
    return redirect("release", case=seat.here.id)


@require_POST
@in_case
def publish_due(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Look now whether a version's time has come, as ``plainview publish --wait`` does every five seconds."""
    seat.require("publish")
    program = Agent(SOFTWARE, "program", program=True)
    for case, number, why in publishing.publish_due(seat.office, at=now(), acting=program):
        if case == seat.here.id:
            said = f"is held back: {why}" if why else "is public"
            messages.success(request, f"Version {number} {said}.")
    return redirect("release", case=seat.here.id)


@require_POST
@in_case
def withdraw(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Take a published version back: a tombstone with the reason stays. A drill tries it on a twin of the site."""
    said = request.POST
    if not said.get("version", "").isdigit():
        raise WrongUsage("name the version to take back")
    messages.success(request, take_back(
        seat, int(said["version"]), reason=said.get("reason", ""), drill=said.get("what") == "drill"
    ))  # fmt: skip
    return redirect("release", case=seat.here.id)


def take_back(seat: Seat, version: int, *, reason: str, drill: bool) -> str:
    """Withdraw, or try it; a sentence that says what became of it."""
    seat.require("withdraw")
    if not drill:
        publishing.withdraw(
            seat.office, seat.here, number=version, reason=reason, files=(), at=now(), acting=seat.acting
        )
        return f"Version {version} is withdrawn; its tombstone says why."
    tried = publishing.drill_withdrawal(seat.office, seat.here, number=version, at=now(), acting=seat.acting)
    left = f"{tried.newest} would be the newest" if tried.newest else "no version would be left"
    found = "; ".join(tried.problems) if tried.problems else f"{left}, and the public’s checker finds nothing wrong"
    return f"Drill: {tried.files} files would be gone; {found}. The site was not touched."


@in_case
def preview(request: HttpRequest, seat: Seat, name: str) -> HttpResponseBase:
    """The version as it will be published, at an address of this desk; any file of it, with ranges."""
    _, bag, _ = publishing.built(seat.office, seat.here)
    root = (bag / "data").resolve()
    path = (root / name).resolve()
    if path.is_dir():
        path = path / "index.html"
    if not path.is_relative_to(root) or not path.is_file():
        raise Http404
    answer = looking.send(request, path, mimetypes.guess_type(path.name)[0] or "application/octet-stream")
    answer["Content-Security-Policy"] = "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'"
    return answer
