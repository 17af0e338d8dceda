# SPDX-License-Identifier: Apache-2.0
"""Who sits at the desk, what they may see, and what every answer carries.

What this module keeps true:

1. who acts is the account's own name, never a field of a form;
2. a case that somebody has no role in does not exist for them: the answer is the same as for a number
   that was never given, so that nothing is learned by guessing;
3. every refusal is a sentence and its proper status; nothing of a case is kept by a browser or a proxy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from plainview.casework import findings, people, standing
from plainview.casework.findings import Findings
from plainview.casework.workspace import Workspace, open_office
from plainview.errors import Blocked, NotAllowed, PlainviewError, StaleDecision, WrongUsage
from plainview.model.case import Agent, Case, Exhibit
from plainview.model.roles import DECIDE, EVERYWHERE, Role, may

View = Callable[..., HttpResponse]

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'{provider}; frame-ancestors 'none'"
)
"""No inline script or style anywhere; ``data:`` pictures are for the code that sets up a one-time password.
The log-in form may lead on to the agency's identity provider, where there is one, and nowhere else."""

OPEN_WITHOUT_FACTOR = ("/account/", "/static/")

_open: dict[str, Workspace] = {}
_read: dict[str, tuple[frozenset[Any], Findings]] = {}
_cases: dict[str, Case] = {}
_exhibits: dict[tuple[str, str], Exhibit] = {}
"""What the ledger only ever adds is asked for once: a player that asks for a thousand ranges is answered sooner."""


def take_seat(root: Path) -> Workspace:
    """Open the office once for this process."""
    _open["office"] = open_office(root)
    return _open["office"]


def office() -> Workspace:
    """The office this desk stands in."""
    return _open["office"]


def now() -> datetime:
    """The desk's clock: read at its edge, passed in everywhere."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Seat:
    """One person's request: the office, who asks, and the case when there is one."""

    office: Workspace
    name: str
    case: Case | None = None

    @cached_property
    def _grants(self) -> list[Any]:
        return self.office.ledger.grants()

    @property
    def is_open(self) -> bool:
        """An office that has given no role yet lets everybody do everything."""
        return not self._grants

    @cached_property
    def roles(self) -> frozenset[Role]:
        """In this case, or in all cases where there is none."""
        return people.roles_of(self._grants, self.name, case=self.case.id if self.case else EVERYWHERE)

    @property
    def token(self) -> str:
        """The token by which a program sits here for this person, or nothing."""
        return self.office.ledger.token.id if self.office.ledger.token else ""

    def may(self, verb: str) -> bool:
        """Whether a button for it is shown; the verb itself asks again."""
        token = self.office.ledger.token
        if token is not None and not token.allows(verb, self.case.id if self.case else EVERYWHERE):
            return False
        return self.is_open or may(verb, self.roles)

    def may_decide(self, kind: str) -> bool:
        """The same for a kind of decision."""
        return self.may(DECIDE + kind)

    @property
    def acting(self) -> Agent:
        """The name under which everything is written."""
        case = self.case.id if self.case else EVERYWHERE
        return people.acting_as(self.office.ledger, self.name, case=case, otherwise="staff")

    @property
    def here(self) -> Case:
        """The case of this request."""
        assert self.case is not None, "this screen is about a case"
        return self.case

    @cached_property
    def desk(self) -> standing.Desk:
        """The case, read for review, once in a request."""
        return standing.open_desk(self.office, self.here, found=_findings(self.office, self.here))

    def exhibit(self, wanted: str) -> Exhibit:
        """An exhibit of this case by its id; not found otherwise."""
        known = _exhibits.get((self.here.id, wanted)) or self.office.ledger.exhibit(self.here.id, wanted)
        if known is None:
            raise Http404
        return _exhibits.setdefault((self.here.id, wanted), known)

    def require(self, verb: str) -> None:
        """``NotAllowed`` without a role for it."""
        people.require(self.office.ledger, verb, case=self.case.id if self.case else EVERYWHERE, acting=self.acting)


def _findings(office: Workspace, case: Case) -> Findings:
    """What the machines found, read again only when a step has a new outcome: a large case takes seconds to read."""
    rows = frozenset((row.step, row.exhibit, row.key, row.status, row.at) for row in office.ledger.findings(case.id))
    known = _read.get(case.id)
    if known is None or known[0] != rows:
        known = _read[case.id] = (rows, findings.load(office, case))
    return known[1]


def seat_of(request: HttpRequest, case: Case | None = None) -> Seat:
    """Who asks: the person who is logged in, or the program that showed a token (``desk.api``)."""
    program = getattr(request, "auth", None)
    return Seat(program.office, program.name, case) if isinstance(program, Seat) else Seat(
        office(), request.user.agent, case
    )  # fmt: skip


def seat_in(request: HttpRequest, case: str) -> Seat:
    """The same in one case; for those who have no role in it there is no such case."""
    found = _cases.get(case) or office().ledger.case(case)
    seat = seat_of(request, found)
    if found is None or not seat.may("show"):
        raise Http404
    _cases[case] = found
    return seat


def seated(view: View) -> View:
    """A screen of the whole office."""

    @wraps(view)
    def inner(request: HttpRequest, **given: Any) -> HttpResponse:
        return view(request, seat_of(request), **given)

    return inner


def in_case(view: View) -> View:
    """A screen of one case, for those who have a role in it; for all others there is no such case."""

    @wraps(view)
    def inner(request: HttpRequest, case: str, **given: Any) -> HttpResponse:
        return view(request, seat_in(request, case), **given)

    return inner


def cases_of(seat: Seat) -> list[Seat]:
    """The cases somebody may see."""
    each = [Seat(seat.office, seat.name, case) for case in seat.office.ledger.cases()]
    return [one for one in each if one.may("show")]


def around(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the office, and who sits here."""
    name = getattr(request.user, "agent", "") if hasattr(request, "user") else ""
    seat = Seat(office(), name) if name else None
    return {"office": office().office, "seat_name": name, "runs_people": bool(seat and seat.may("people"))}


def headers(answer: View) -> View:
    """The policy on every answer; nothing of the desk stays in a cache, except its own scripts and fonts."""

    policy = POLICY.format(provider=f" {settings.PLAINVIEW_PROVIDER}" if settings.PLAINVIEW_PROVIDER else "")

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        response["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if not request.path.startswith("/static/"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


def second_factor(answer: View) -> View:
    """Where the office asks for one, nobody gets past the page that sets up a second factor without it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        from allauth.mfa.utils import is_mfa_enabled

        asked = settings.PLAINVIEW_MFA_REQUIRED and request.user.is_authenticated
        if asked and not request.path.startswith(OPEN_WITHOUT_FACTOR) and not is_mfa_enabled(request.user):
            return redirect("mfa_index")
        return answer(request)

    return middleware


class answers:  # noqa: N801 - Django calls a middleware as it would a function, and asks it for this method
    """Every error of ours is a page with its sentence."""

    def __init__(self, answer: View) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for an error of ours; all others are Django's."""
        if not isinstance(error, PlainviewError):
            return None
        status, title = status_of(error)
        said = {"sentence": str(error), "title": title, "items": error.items if isinstance(error, Blocked) else ()}
        if isinstance(error, StaleDecision):
            said |= {"theirs": error.theirs, "mine": error.mine, "back": _inside(request.POST.get("back", ""))}
        return render(request, "desk/problem.html", said, status=status)


def status_of(error: PlainviewError) -> tuple[int, str]:
    """The status of an answer that refuses, and its heading."""
    if isinstance(error, StaleDecision):
        return 409, "Somebody was faster"
    if isinstance(error, NotAllowed):
        return 403, "Not yours to do"
    if isinstance(error, WrongUsage):
        return 400, "Something does not fit"
    return 409, "Not now"


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from this desk, or from a session that has ended."""
    said = "This form is not from your present session. Open the page again; nothing was recorded."
    return render(request, "desk/problem.html", {"sentence": said, "title": "Not recorded"}, status=403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is no such page, or none for this person: the same answer."""
    said = "There is nothing here, or nothing that you have a role for."
    return render(request, "desk/problem.html", {"sentence": said, "title": "Not found"}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """A mistake of ours; its trace may hold names and is not shown."""
    said = "This should not happen, and nothing was recorded. The office's technician can start the desk with a trace."
    return render(request, "desk/problem.html", {"sentence": said, "title": "A mistake of ours"}, status=500)


def _inside(address: str) -> str:
    """An address of this desk, or nothing."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""


def back_to(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Where a form came from, if it says so and it is a page of this desk."""
    return redirect(_inside(request.POST.get("back", "")) or otherwise)
