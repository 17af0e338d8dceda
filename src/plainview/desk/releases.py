# SPDX-License-Identifier: Apache-2.0
"""The release checklist: what is undecided, what the audit found, who agreed to which bytes, and publication."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from plainview.casework import publishing, releasing, review
from plainview.desk import looking, runs
from plainview.desk.board import page as screen
from plainview.desk.board import questions
from plainview.desk.guard import Seat, back_to, in_case, now
from plainview.errors import Blocked, NotAllowed, WrongUsage
from plainview.model.audit import AuditFinding
from plainview.model.roles import APPROVALS, person_key
from plainview.model.time import SECOND


@in_case
def checklist(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Where the next version stands, step by step, and what is open in each."""
    waiting = review.waiting(seat.desk)
    broken = list(releasing.broken(seat.desk.state, seat.desk))
    stand = publishing.standing(seat.office, seat.here)
    fresh = stand is not None and stand.decisions == (seat.desk.rows[-1].seq if seat.desk.rows else 0)
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
    if verb not in RUNS:
        raise WrongUsage("there is no such work")
    if not seat.may(RUNS[verb]) and not (verb == "analyse" and seat.may("intake")):
        raise NotAllowed(f"{seat.name} has no role for this in case {seat.here.id}")
    if verb == "draft":
        releasing.refuse_undecided(seat.desk)
    arguments = {"analyse": ["analyse", seat.here.id], "draft": ["release", seat.here.id, "--draft"]}.get(verb)
    if arguments is None:
        found = seat.exhibit(request.POST.get("exhibit", ""))
        target = looking.preview_path(seat, found)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        arguments = ["preview", seat.here.id, found.id, "--to", str(target)]
    runs.start(seat, verb, arguments)
    return back_to(request, reverse("release" if verb == "draft" else "board", args=[seat.here.id]))


def _as_shown(request: HttpRequest, seat: Seat) -> tuple[int, str]:
    """Number and digest of the built version, if the page showed exactly these bytes."""
    number, _, digest = publishing.built(seat.office, seat.here)
    if request.POST.get("digest") != digest:
        raise Blocked("these are other bytes than the page showed: look at the version as it is now")
    return number, digest


@require_POST
@in_case
def approve(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Agree to exactly the bytes whose digest the page showed."""
    seat.require("approve")
    number, digest = _as_shown(request, seat)
    publishing.approve_built(seat.office, seat.here, at=now(), acting=seat.acting)
    messages.success(request, f"You agreed to version {number}, bytes {digest[:16]}…")
    return redirect("release", case=seat.here.id)


@require_POST
@in_case
def publish(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Sign and publish what is built, clean and approved by two."""
    seat.require("publish")
    number, digest = _as_shown(request, seat)
    releasing.refuse_unapproved(seat.office, seat.here, number=number, digest=digest)
    runs.start(seat, "release", ["release", seat.here.id, f"--as={seat.name}"])
    return redirect("release", case=seat.here.id)


@require_POST
@in_case
def withdraw(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Take a published version back: a tombstone with the reason stays."""
    seat.require("withdraw")
    said = request.POST
    if not said.get("version", "").isdigit():
        raise WrongUsage("name the version to take back")
    publishing.withdraw(
        seat.office, seat.here, number=int(said["version"]), reason=said.get("reason", ""), files=(), at=now(),
        acting=seat.acting,
    )  # fmt: skip
    messages.success(request, f"Version {said['version']} is withdrawn; its tombstone says why.")
    return redirect("release", case=seat.here.id)


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
