# SPDX-License-Identifier: Apache-2.0
"""Originals at the desk: a reason first, into the custody log; then a signed, short-lived ticket to the bytes.

What this module keeps true: no byte of an original goes out without a ticket of the person who is logged in,
for this exhibit, given after ``viewing.open_original`` wrote the look into the log; a role that was taken
meanwhile ends it. Pictures are decoded in a boxed child, never in the server.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.views.decorators.http import require_POST

from plainview.casework import viewing
from plainview.desk.guard import Seat, back_to, in_case, now
from plainview.errors import NotAllowed, UnreadableInput, WrongUsage
from plainview.model.case import Exhibit, Kind
from plainview.model.time import MediaSpan, media_seconds
from plainview.pipeline import child
from plainview.pipeline.tasks import WorkStore, task

HOURS = 4
"""For as long a ticket is good: a shift at one recording."""

CHUNK = 1 << 20
_signer = TimestampSigner(salt="plainview desk original")


@require_POST
@in_case
def look(request: HttpRequest, seat: Seat, exhibit: str) -> HttpResponse:
    """Log the look with its reason, and give the ticket."""
    found = seat.exhibit(exhibit)
    viewing.open_original(
        seat.office, seat.here, found, why=request.POST.get("why", ""), at=now(), acting=seat.acting
    )
    held = dict(request.session.get("looks", {}))
    held[f"{seat.here.id}/{found.id}"] = sign(seat, found)
    request.session["looks"] = held
    return back_to(request, reverse("exhibit", args=[seat.here.id, found.id]))


def sign(seat: Seat, exhibit: Exhibit) -> str:
    """A ticket to this exhibit for whoever sits here: for a program, with its own token only."""
    return str(_signer.sign_object(_holder(seat, exhibit)))


def _holder(seat: Seat, exhibit: Exhibit) -> dict[str, str]:
    return {"person": seat.name, "case": seat.here.id, "exhibit": exhibit.id, "token": seat.token}


def ticket(request: HttpRequest, seat: Seat, exhibit: Exhibit) -> str:
    """The good ticket this person holds for an exhibit, or nothing."""
    held = str(request.session.get("looks", {}).get(f"{seat.here.id}/{exhibit.id}", ""))
    return held if _good(held, seat, exhibit) else ""


def _good(held: str, seat: Seat, exhibit: Exhibit) -> bool:
    try:
        said = _signer.unsign_object(held, max_age=HOURS * 3600)
    except BadSignature:
        return False
    return bool(said == _holder(seat, exhibit) and seat.may("view original"))


def _admitted(seat: Seat, exhibit: str, held: str) -> Exhibit:
    found = seat.exhibit(exhibit)
    if not _good(held, seat, found):
        raise NotAllowed(f"this way to {found.id} is closed: open it again with a reason")
    return found


@in_case
def original(request: HttpRequest, seat: Seat, exhibit: str, ticket: str) -> HttpResponseBase:
    """The sealed bytes, with ranges: by nginx where it stands in front, else from here."""
    found = _admitted(seat, exhibit, ticket)
    path = seat.office.vault.original(found)
    if settings.PLAINVIEW_ACCELERATED:
        answer = HttpResponse(content_type=_type(found))
        inside = path.resolve().relative_to(seat.office.vault.root.resolve())
        # nginx reads an address here, not a path: the vault's folders have percent signs in their names
        answer["X-Accel-Redirect"] = f"{settings.PLAINVIEW_ACCELERATED.rstrip('/')}/{quote(inside.as_posix())}"
        return answer
    return send(request, path, _type(found))


def _type(exhibit: Exhibit) -> str:
    """Moving pictures and sound as such; anything else is bytes that a browser must not open."""
    playable = exhibit.kind is Kind.RECORDING and exhibit.media_type.startswith(("video/", "audio/"))
    return exhibit.media_type if playable else "application/octet-stream"


def send(request: HttpRequest, path: Path, kind: str) -> HttpResponseBase:
    """A file, or the one range of it that is asked for (RFC 9110 section 14)."""
    size = path.stat().st_size
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if not wanted or wanted.groups() == ("", ""):
        whole = FileResponse(path.open("rb"), content_type=kind)
        whole["Accept-Ranges"] = "bytes"
        return whole
    first = int(wanted[1]) if wanted[1] else max(0, size - int(wanted[2]))
    last = min(size - 1, int(wanted[2])) if wanted[1] and wanted[2] else size - 1
    if first > last:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    answer = StreamingHttpResponse(_part(path, first, last - first + 1), status=206, content_type=kind)
    answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    answer["Content-Length"] = str(last - first + 1)
    answer["Accept-Ranges"] = "bytes"
    return answer


def _part(path: Path, first: int, count: int) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as source:
        source.seek(first)
        while count > 0:
            block = source.read(min(CHUNK, count))
            if not block:
                return
            count -= len(block)
            yield block


@in_case
def picture(request: HttpRequest, seat: Seat, exhibit: str, ticket: str) -> HttpResponse:
    """The exact picture at ``t`` seconds (or the page ``p``) as JPEG; ``about``: only which one it is."""
    found = _admitted(seat, exhibit, ticket)
    try:
        at, page = media_seconds(float(request.GET.get("t") or 0)), int(request.GET.get("p") or 1)
    except ValueError as error:
        raise WrongUsage("t is seconds and p is a page") from error
    about, body = peek(seat, found, at=at, page=page)
    if request.GET.get("about"):
        return JsonResponse(about)
    return HttpResponse(body, content_type="image/jpeg")


def preview_path(seat: Seat, exhibit: Exhibit) -> Path:
    """Where the last preview of a recording lies."""
    return seat.office.root / "desk" / "previews" / seat.here.id / f"{exhibit.id}.mp4"


@in_case
def preview(request: HttpRequest, seat: Seat, exhibit: str, ticket: str) -> HttpResponseBase:
    """The recording rendered as decided so far; what is undecided still shows, so that it needs a ticket too."""
    found = _admitted(seat, exhibit, ticket)
    path = preview_path(seat, found)
    if not path.is_file():
        raise Http404
    return send(request, path, "video/mp4")


def peek(seat: Seat, exhibit: Exhibit, *, at: int = 0, page: int = 1) -> tuple[dict[str, Any], bytes]:
    """What the picture is and its JPEG."""
    if exhibit.kind is Kind.RECORDING:
        return boxed(seat, exhibit, "picture", {"at_us": int(at)})
    photograph = exhibit.kind is Kind.PHOTOGRAPH
    return boxed(seat, exhibit, "leaf", {"name": exhibit.name, "page": page, "photograph": photograph})


def boxed(
    seat: Seat, exhibit: Exhibit, step: str, args: dict[str, Any], *, other: Exhibit | None = None
) -> tuple[Any, bytes]:
    """(result, picture if one was made) of a step on an original, in a boxed child; nothing stays on the disk."""
    path = str(seat.office.vault.original(exhibit))
    beside = {"other": str(seat.office.vault.original(other))} if other else {}
    folder = seat.office.root / "desk" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        given = {"path": path, **beside, **args}
        asked = task(step, exhibit.id, identity=args, args=given, read=(path, *beside.values()))
        outcome = child.perform(asked, work=WorkStore(place))
        if outcome.result is None:
            raise UnreadableInput(exhibit.name, outcome.reason)
        drawn = outcome.result.parent / "picture"
        return json.loads(outcome.result.read_text()), drawn.read_bytes() if drawn.is_file() else b""
    finally:
        shutil.rmtree(place, ignore_errors=True)


@require_POST
@in_case
def watched(request: HttpRequest, seat: Seat, exhibit: str) -> HttpResponse:
    """Keep that a stretch was watched: the player sends it when it stops."""
    found = seat.exhibit(exhibit)
    if not ticket(request, seat, found):
        raise NotAllowed(f"{found.id} is not open: open it with a reason first")
    try:
        span = MediaSpan(
            media_seconds(float(request.POST.get("from_s", ""))), media_seconds(float(request.POST.get("to_s", "")))
        )
    except ValueError as error:
        raise WrongUsage("from_s and to_s are seconds, the first one smaller") from error
    made = viewing.watched(seat.office, seat.here, found, span=span, at=now(), acting=seat.acting)
    return JsonResponse({"graphic_s": made.graphic / 1e6})


def open_first(request: HttpRequest, seat: Seat, exhibit: str) -> tuple[Exhibit, str]:
    """The exhibit and the ticket for it; an empty one asks for the reason on the page."""
    found = seat.exhibit(exhibit)
    return found, ticket(request, seat, found)
