# SPDX-License-Identifier: Apache-2.0
"""The desk for programs: what the screens do, as JSON, for whoever shows a token; described by OpenAPI.

What this module keeps true: no cookie opens anything here, so that no other site's page can; every route goes through
the same seat and the same ``casework`` verb as its screen, and a case without a role in it is not found; what a token
was not given for is refused by ``casework`` itself. Agreeing to a version, giving roles and making tokens are done by
people at the desk and are not here.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from ninja import NinjaAPI, Query
from ninja.security import HttpBearer

from plainview.casework import (
    assessing,
    clocks,
    embargo,
    publishing,
    releasing,
    review,
    showing,
    standing,
    tokens,
    viewing,
)
from plainview.casework import holdings as holding
from plainview.casework.workspace import open_case
from plainview.desk import board, looking, outside, releases, runs, shapes, uploads
from plainview.desk.board import today
from plainview.desk.embargo import invited
from plainview.desk.guard import Seat, now, office, seat_in, status_of
from plainview.errors import Blocked, PlainviewError, StaleDecision
from plainview.model import wire
from plainview.model.decision import taken_back
from plainview.model.roles import person_key
from plainview.model.time import MediaSpan, media_seconds


class ByToken(HttpBearer):
    """``Authorization: Bearer pv1_…``: the person who gave the token, narrowed to what it is for."""

    def authenticate(self, request: HttpRequest, token: str) -> Seat | None:
        """The program's seat; None for a token that is unknown, ended or over, and when its owner's account is."""
        found = tokens.holder(office(), token, at=now())
        held = found.ledger.token if found is not None else None
        if found is None or held is None:
            return None
        owner = get_user_model().objects.filter(person=person_key(held.owner), is_active=True).first()
        return Seat(found, owner.agent) if owner is not None else None


api = NinjaAPI(
    title="plainview desk",
    version="1",
    description="What the desk's screens do, for programs. A token names its verbs, its cases and its last day.",
    auth=ByToken(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)

REFUSALS = {400: shapes.Refusal, 403: shapes.Refusal, 404: shapes.Refusal, 409: shapes.Refusal}


@api.exception_handler(PlainviewError)
def refused(request: HttpRequest, error: PlainviewError) -> HttpResponse:
    """Every error of ours with its sentence, as the page has it."""
    status, title = status_of(error)
    said = {"title": title, "sentence": str(error), "items": list(error.items) if isinstance(error, Blocked) else []}
    if isinstance(error, StaleDecision):
        said |= {"theirs": error.theirs, "mine": error.mine}
    return api.create_response(request, said, status=status)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """There is no such thing, or none for this token: the same answer."""
    said = {"title": "Not found", "sentence": "There is nothing here, or nothing that this token is for."}
    return api.create_response(request, said, status=404)


def description() -> dict[str, Any]:
    """The OpenAPI description of everything below."""
    return dict(api.get_openapi_schema(path_prefix="/api/"))


@api.get("/openapi.json", response=dict[str, Any], include_in_schema=False)
def openapi(request: HttpRequest) -> dict[str, Any]:
    """This description."""
    return description()


@api.get("/token", response=shapes.Holder)
def token(request: HttpRequest) -> Any:
    """What this token is for."""
    return request.auth.office.ledger.token


@api.get("/cases", response=list[shapes.CaseShape])
def cases(request: HttpRequest) -> list[dict[str, Any]]:
    """The cases in which the owner has a role and the token may show."""
    program: Seat = request.auth
    seats = [Seat(program.office, program.name, case) for case in program.office.ledger.cases()]
    return [_case(seat) for seat in seats if seat.may("show")]


@api.post("/cases", response={201: shapes.CaseShape, **REFUSALS})
def new_case(request: HttpRequest, said: shapes.NewCase) -> Any:
    """Open a case."""
    program: Seat = request.auth
    case = open_case(
        program.office, case_id=said.case, title=said.title, at=said.at, rules=said.rules, now=now(),
        acting=program.acting,
    )  # fmt: skip
    return 201, _case(Seat(program.office, program.name, case))


@api.get("/cases/{case}", response={200: shapes.CaseShape, **REFUSALS})
def one_case(request: HttpRequest, case: str) -> dict[str, Any]:
    """Where a case stands."""
    return _case(seat_in(request, case))


def _case(seat: Seat) -> dict[str, Any]:
    due = releasing.deadline(seat.desk)
    done = [row.number for row in seat.office.ledger.releases(seat.here.id) if row.state == "published"]
    case = seat.here
    return {"id": case.id, "title": case.title, "at": case.at, "rules": case.rules, "roles": sorted(seat.roles),
            "waiting": len(review.waiting(seat.desk)), "due": due.due if due else None,
            "published": max(done, default=None)}  # fmt: skip


@api.get("/cases/{case}/waiting", response={200: list[shapes.Question], **REFUSALS})
def waiting(request: HttpRequest, case: str) -> Any:
    """What nobody has decided, each with a line to fill in."""
    return review.waiting(seat_in(request, case).desk)


@api.get("/cases/{case}/decisions", response={200: list[shapes.DecisionShape], **REFUSALS})
def decisions(request: HttpRequest, case: str) -> list[dict[str, Any]]:
    """Every decision in its order."""
    rows = seat_in(request, case).desk.rows
    made = standing.decisions(rows)
    gone = taken_back(made)
    return [
        {"seq": row.seq, "kind": row.kind, "body": wire.plain(each.body), "agent": row.agent, "role": row.role,
         "at": row.at, "taken_back": row.seq in gone}
        for row, each in zip(rows, made, strict=True)
    ]  # fmt: skip


@api.post("/cases/{case}/decisions", response={200: shapes.Recorded, **REFUSALS})
def decide(request: HttpRequest, case: str, said: shapes.DecisionLines) -> dict[str, int]:
    """Record decision lines under the owner's name; all of them or none."""
    seat = seat_in(request, case)
    given = [each.model_dump(exclude_unset=True) for each in said.lines]
    lines = [{key: value for key, value in each.items() if key != "as"} for each in given]
    appended, standing = review.apply(seat.office, seat.here, lines, at=now(), default_agent=seat.name)
    rows = seat.office.ledger.decisions(seat.here.id)
    return {"appended": appended, "standing": standing, "last": rows[-1].seq if rows else 0}


@api.get("/cases/{case}/exhibits", response={200: list[shapes.ExhibitShape], **REFUSALS})
def exhibits(request: HttpRequest, case: str) -> list[dict[str, Any]]:
    """What was received."""
    seat = seat_in(request, case)
    return [_exhibit(seat, each) for each in seat.desk.exhibits]


@api.get("/cases/{case}/exhibits/{exhibit}", response={200: shapes.ExhibitShape, **REFUSALS})
def exhibit(request: HttpRequest, case: str, exhibit: str) -> dict[str, Any]:
    """One received item."""
    seat = seat_in(request, case)
    return _exhibit(seat, seat.exhibit(exhibit))


def _exhibit(seat: Seat, each: Any) -> dict[str, Any]:
    title, held = seat.desk.state.titles.get(each.id), seat.desk.state.withheld.get(each.id)
    plain: dict[str, Any] = wire.plain(each)
    return plain | {"title": title.title if title else "", "withheld": held.reason if held else ""}


@api.post("/cases/{case}/exhibits/{exhibit}/look", response={200: shapes.Ticket, **REFUSALS})
def look(request: HttpRequest, case: str, exhibit: str, said: shapes.Reason) -> dict[str, Any]:
    """Log a look at an original with its reason; the way to its bytes."""
    seat = seat_in(request, case)
    found = seat.exhibit(exhibit)
    viewing.open_original(seat.office, seat.here, found, why=said.why, at=now(), acting=seat.acting)
    held = looking.sign(seat, found)
    ways = {name: reverse(f"api:{name}", args=[case, found.id, held]) for name in ("original", "picture", "preview")}
    return {"ticket": held, "hours": looking.HOURS, **ways}


@api.get("/cases/{case}/exhibits/{exhibit}/original/{ticket}", url_name="original")
def original(request: HttpRequest, case: str, exhibit: str, ticket: str) -> HttpResponseBase:
    """The sealed bytes, with ranges."""
    return looking.original(request, case=case, exhibit=exhibit, ticket=ticket)


@api.get("/cases/{case}/exhibits/{exhibit}/picture/{ticket}", url_name="picture")
def picture(request: HttpRequest, case: str, exhibit: str, ticket: str, at: Query[shapes.At]) -> HttpResponseBase:
    """The exact picture at ``t`` seconds, or page ``p``, as JPEG."""
    return looking.picture(request, case=case, exhibit=exhibit, ticket=ticket)


@api.get("/cases/{case}/exhibits/{exhibit}/preview/{ticket}", url_name="preview")
def preview(request: HttpRequest, case: str, exhibit: str, ticket: str) -> HttpResponseBase:
    """The recording as decided so far, after a run rendered it."""
    return looking.preview(request, case=case, exhibit=exhibit, ticket=ticket)


@api.post("/cases/{case}/exhibits/{exhibit}/watched", response={200: dict[str, float], **REFUSALS})
def watched(request: HttpRequest, case: str, exhibit: str, said: shapes.Stretch) -> dict[str, float]:
    """Keep that a stretch of an original was watched by the owner."""
    seat = seat_in(request, case)
    span = MediaSpan(media_seconds(said.from_s), media_seconds(said.to_s))
    made = viewing.watched(seat.office, seat.here, seat.exhibit(exhibit), span=span, at=now(), acting=seat.acting)
    return {"graphic_s": made.graphic / 1e6}


@api.get("/cases/{case}/show/{what}", response={200: Any, **REFUSALS})
def show(request: HttpRequest, case: str, what: str) -> Any:
    """timeline, moments, transcript, redactions, statements, status, claims, proofs, custody, or seen."""
    seat = seat_in(request, case)
    return showing.view(seat.office, seat.here, what).data


@api.get("/cases/{case}/dates", response={200: Any, **REFUSALS})
def dates(request: HttpRequest, case: str) -> Any:
    """Every date that the case's rules give, and why."""
    seat = seat_in(request, case)
    return wire.plain(clocks.clocks(seat.office, seat.here, today=today(seat)))


@api.get("/cases/{case}/holdings", response={200: list[dict[str, Any]], **REFUSALS})
def holdings(request: HttpRequest, case: str) -> Any:
    """What should exist, and what became of asking for it."""
    seat = seat_in(request, case)
    return wire.plain(holding.standings(seat.desk, today=today(seat)))


@api.get("/cases/{case}/requests", response={200: list[shapes.RequestShape], **REFUSALS})
def requests(request: HttpRequest, case: str) -> list[dict[str, Any]]:
    """What people outside asked, newest first."""
    rows = outside.requests_of(seat_in(request, case))
    return [_request(row["request"], row["answer"]) for row in rows]


def _request(each: Any, answer: Any) -> dict[str, Any]:
    closed = {"granted": answer.granted, "reason": answer.reason} if answer else {}
    plain: dict[str, Any] = wire.plain(each)
    return plain | {"open": answer is None, **closed}


@api.post("/cases/{case}/requests", response={201: shapes.RequestShape, **REFUSALS})
def ask(request: HttpRequest, case: str, said: shapes.Asked) -> Any:
    """Keep what somebody outside asks."""
    made = outside.keep(seat_in(request, case), str(said.asking), who=said.who, text=said.text, where=said.where)
    return 201, _request(made, None)


@api.post("/cases/{case}/requests/{name}/answer", response={200: shapes.RequestShape, **REFUSALS})
def answer(request: HttpRequest, case: str, name: str, said: shapes.Answered) -> Any:
    """Say what was done about a request, and why."""
    outside.close(seat_in(request, case), name, granted=said.granted, reason=said.reason)
    state = seat_in(request, case).desk.state
    return _request(state.requests[name], state.answered[name])


@api.post("/cases/{case}/assertions/{assertion}/assess", response={200: dict[str, Any], **REFUSALS})
def assess(request: HttpRequest, case: str, assertion: str, said: shapes.Assess) -> Any:
    """Say how a moment or a page bears on an assertion: sealed as the first answer, both opened by the second."""
    seat = seat_in(request, case)
    opened = assessing.assess(
        seat.office, seat.here, assertion, relation=said.relation, moment=said.moment, paper=said.paper, page=said.page,
        note=said.note, limits=said.limits, at=now(), acting=seat.acting,
    )  # fmt: skip
    return wire.plain(opened) if opened else {"sealed": True}


@api.post("/cases/{case}/dates/letter")
def demand(request: HttpRequest, case: str, said: shapes.Demand) -> HttpResponse:
    """The letter (PDF) that asks a holder to keep its records; that it was written is recorded."""
    _, pages = board.letter(seat_in(request, case), said.source, address=said.address)
    return HttpResponse(pages, content_type="application/pdf")


@api.post("/cases/{case}/statements/{statement}/letter")
def offer_reply(request: HttpRequest, case: str, statement: str, said: shapes.OfferReply) -> HttpResponse:
    """The letter (PDF) by which a party may reply; it is waited for from now on."""
    _, pages = outside.letter(seat_in(request, case), statement, said.due)
    return HttpResponse(pages, content_type="application/pdf")


@api.post("/cases/{case}/statements/{statement}/reply", response={200: dict[str, Any], **REFUSALS})
def reply(request: HttpRequest, case: str, statement: str, said: shapes.Reply) -> Any:
    """Put a party's reply beside its statement."""
    outside.keep_reply(seat_in(request, case), statement, said.text)
    return wire.plain(seat_in(request, case).desk.state.statements[statement])


@api.get("/cases/{case}/guests", response={200: list[shapes.GuestShape], **REFUSALS})
def guests(request: HttpRequest, case: str) -> Any:
    """Who is shown a version before it is public."""
    return seat_in(request, case).office.ledger.guests(case)


@api.post("/cases/{case}/guests", response={201: shapes.Invited, **REFUSALS})
def invite(request: HttpRequest, case: str, said: shapes.Invite) -> Any:
    """Invite somebody outside to the built, clean version; the link is in the answer and nowhere else."""
    seat = seat_in(request, case)
    guest, link = invited(seat, name=said.name, relation=said.relation, days=said.days)
    return 201, {"guest": guest, "path": f"/embargo/{link}/"}


@api.post("/cases/{case}/guests/{guest}/end", response={200: shapes.GuestShape, **REFUSALS})
def end_guest(request: HttpRequest, case: str, guest: str, said: shapes.Reason) -> Any:
    """End an invitation before its day."""
    seat = seat_in(request, case)
    return embargo.end(seat.office, seat.here, guest, why=said.why, at=now(), acting=seat.acting)


@api.post("/cases/{case}/uploads", url_name="upload-new")
def upload_new(request: HttpRequest, case: str) -> HttpResponse:
    """Begin an upload (tus 1.0 creation: Upload-Length, Upload-Metadata with filename)."""
    made = uploads.create(request, case=case)
    if made.status_code == 201:
        made["Location"] = reverse("api:upload", args=[case, made["Location"].rsplit("/", 1)[-1]])
    return made


@api.api_operation(["HEAD", "PATCH", "DELETE"], "/cases/{case}/uploads/{upload}", url_name="upload")
def upload(request: HttpRequest, case: str, upload: str) -> HttpResponse:
    """tus 1.0: how much is held (HEAD), one more piece (PATCH), give up (DELETE)."""
    return uploads.piece(request, case=case, upload=upload)


@api.post("/cases/{case}/uploads/{upload}/take", response={202: shapes.RunShape, **REFUSALS})
def take(request: HttpRequest, case: str, upload: str, said: shapes.Take) -> Any:
    """Compare the whole upload with the sender's SHA-256 and take it in as a delivery."""
    seat = seat_in(request, case)
    uploads.take_in(seat, upload, source=said.source, sha256=said.sha256)
    return 202, _run(seat)


@api.post("/cases/{case}/run", response={202: shapes.RunShape, **REFUSALS})
def run(request: HttpRequest, case: str, said: shapes.Work) -> Any:
    """Begin machine work: examine what is new, build and audit the next version, render one recording."""
    seat = seat_in(request, case)
    releases.begin(seat, said.verb, exhibit=said.exhibit, urgent=said.urgent)
    return 202, _run(seat)


@api.get("/cases/{case}/run", response={200: shapes.RunShape, **REFUSALS})
def last_run(request: HttpRequest, case: str) -> Any:
    """The newest work of this case."""
    return _run(seat_in(request, case))


@api.delete("/cases/{case}/run", response={202: shapes.RunShape, **REFUSALS})
def stop_run(request: HttpRequest, case: str) -> Any:
    """Stop machine work that goes on; what is finished is kept."""
    seat = seat_in(request, case)
    releases.halt(seat)
    return 202, _run(seat)


def _run(seat: Seat) -> Any:
    found = runs.last(seat)
    if found is None:
        raise Http404
    return {"verb": found.verb, "by": found.by, "at": found.at, "going": found.going, "code": found.code,
            "said": found.said}  # fmt: skip


@api.get("/cases/{case}/release", response={200: shapes.Versions, **REFUSALS})
def release(request: HttpRequest, case: str) -> dict[str, Any]:
    """What is built and who agreed to it; every version there was."""
    seat = seat_in(request, case)
    stand = publishing.standing(seat.office, seat.here)
    rows = [wire.plain(row) for row in seat.office.ledger.releases(case)]
    kept = [{key: row[key] for key in ("number", "state", "tagmanifest_sha256", "released_at", "at")} for row in rows]
    return {"built": _standing(stand) if stand else None, "versions": kept}


def _standing(stand: publishing.Standing) -> dict[str, Any]:
    findings = [{"place": f.place, "subject": f.subject, "sentence": f.sentence} for f in stand.findings]
    agreed = [each.agent.name for each in stand.approvals]
    return {"number": stand.number, "digest": stand.digest, "audited": stand.audited, "clean": stand.clean,
            "decisions": stand.decisions, "approved_by": agreed, "findings": findings}  # fmt: skip


@api.post("/cases/{case}/release/publish", response={202: shapes.RunShape, **REFUSALS})
def publish(request: HttpRequest, case: str, said: shapes.Publish) -> Any:
    """Sign and publish exactly these bytes, or have them wait for the time they were built for."""
    seat = seat_in(request, case)
    releases.put_out(seat, said.digest)
    return 202, _run(seat)


@api.post("/cases/{case}/release/unschedule", response={200: dict[str, int], **REFUSALS})
def unschedule(request: HttpRequest, case: str, said: shapes.Reason) -> dict[str, int]:
    """Take a version that waits for its time back."""
    seat = seat_in(request, case)
    return {"version": publishing.unschedule(seat.office, seat.here, why=said.why, at=now(), acting=seat.acting)}


@api.post("/cases/{case}/release/withdraw", response={200: dict[str, str], **REFUSALS})
def withdraw(request: HttpRequest, case: str, said: shapes.Withdraw) -> dict[str, str]:
    """Take a published version back, or try it."""
    told = releases.take_back(seat_in(request, case), said.version, reason=said.reason, drill=said.drill)
    return {"sentence": told}


def addresses() -> list[Any]:
    """The routes for the desk's list of addresses; a token is asked for instead of a log-in."""
    made: list[Any] = api.urls[0]
    for each in made:
        each.callback = login_not_required(each.callback)
    return made
