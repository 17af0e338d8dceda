# SPDX-License-Identifier: Apache-2.0
"""Deliveries through the browser, many gigabytes each, in pieces that survive a lost line (tus 1.0).

What this module keeps true: the offset is the file's own size, read under a lock, kept nowhere else; a piece
whose digest does not match leaves the file as it was; what is acknowledged has been flushed to the disk; and
nothing is taken in before the server has read the whole file again and found the browser's own SHA-256.
Another person's upload, or another case's, does not exist.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from plainview.desk import runs
from plainview.desk.board import page as screen
from plainview.desk.guard import Seat, in_case, now
from plainview.errors import Blocked, WrongUsage
from plainview.model.names import visible_name
from plainview.store import durable

LARGEST = 1 << 41
"""Two terabytes: no single recording is larger, and a mistyped length is."""

LARGEST_PIECE = 256 << 20
BLOCK = 1 << 20
NAME_BYTES = 240
"""A file system's names end at 255 bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way in."""

    id: str
    case: str
    person: str
    name: str
    length: int
    at: str
    sha256: str = ""
    """As the browser counted it over its own copy, once it has."""
    source: str = ""


def disk_name(said: str) -> str:
    """A delivered name as one name of the file system: its last part, no control bytes, never empty or a dot.

    >>> disk_name("..\\\\..\\\\etc/passwd")
    'passwd'
    """
    last = re.split(r"[/\\]", said)[-1]
    kept = "".join(char for char in last if ord(char) >= 32 and char != "\x7f").strip()
    if kept in {"", ".", ".."}:
        return "unnamed"
    encoded = kept.encode("utf-8", "replace")
    if len(encoded) <= NAME_BYTES:
        return encoded.decode()
    _, dot, suffix = kept.rpartition(".")
    tail = f"{dot}{suffix}".encode() if dot and len(suffix) <= 8 else b""
    return encoded[: NAME_BYTES - len(tail)].decode("utf-8", "ignore") + tail.decode()


@in_case
def inbox(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Files on their way in, and what became of the last delivery."""
    _clear_taken(seat)
    rows = []
    for each in _uploads(seat):
        held = _bytes(seat, each).stat().st_size
        rows.append({"upload": each, "held": held, "whole": held == each.length})
    sources = sorted({each.received_from for each in seat.desk.exhibits})
    said = {"rows": rows, "stand": runs.last(seat), "sources": sources}
    return screen(request, seat, "uploads", "uploads.html", said)


@require_POST
@in_case
def create(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Begin an upload (tus creation); or take a small file whole from a form without script."""
    seat.require("intake")
    if "file" in request.FILES:
        return _from_form(request, seat)
    length = request.headers.get("Upload-Length", "")
    if not length.isdigit() or int(length) > LARGEST:
        return _tus(413 if length.isdigit() else 400)
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    made = _begin(seat, said.get("filename", ""), int(length))
    answer = _tus(201)
    answer["Location"] = reverse("upload", args=[seat.here.id, made.id])
    return answer


def _begin(seat: Seat, name: str, length: int) -> Upload:
    made = Upload(secrets.token_urlsafe(18), seat.here.id, seat.name, disk_name(name), length, now().isoformat())
    folder = _folder(seat, made.id)
    (folder / "file").mkdir(parents=True)
    folder.parent.chmod(0o700)
    (folder / "file" / made.name).touch(mode=0o600)
    _keep(seat, made)
    return made


def _from_form(request: HttpRequest, seat: Seat) -> HttpResponse:
    given = request.FILES["file"]
    made = _begin(seat, given.name or "", given.size or 0)
    sha = hashlib.sha256()
    with _bytes(seat, made).open("wb") as out:
        for block in given.chunks(BLOCK):
            out.write(block)
            sha.update(block)
        out.flush()
        os.fsync(out.fileno())
    _keep(seat, Upload(**{**asdict(made), "sha256": sha.hexdigest()}))
    return redirect("uploads", case=seat.here.id)


@in_case
def piece(request: HttpRequest, seat: Seat, upload: str) -> HttpResponse:
    """tus: how much is held (HEAD), one more piece (PATCH), give up (DELETE)."""
    seat.require("intake")
    found = _find(seat, upload)
    if request.method == "HEAD":
        answer = _tus(200)
        answer["Upload-Offset"] = str(_bytes(seat, found).stat().st_size)
        answer["Upload-Length"] = str(found.length)
        return answer
    if request.method == "DELETE":
        shutil.rmtree(_folder(seat, found.id))
        return _tus(204)
    if request.method == "PATCH":
        return _append(request, seat, found)
    return _tus(405)


def _append(request: HttpRequest, seat: Seat, found: Upload) -> HttpResponse:
    if request.headers.get("Content-Type") != "application/offset+octet-stream":
        return _tus(415)
    said, size = request.headers.get("Upload-Offset", ""), request.headers.get("Content-Length", "")
    if not said.isdigit() or not size.isdigit() or int(size) > LARGEST_PIECE:
        return _tus(400)
    with _locked(_bytes(seat, found)) as descriptor:
        held = os.fstat(descriptor).st_size
        if int(said) != held:
            return _tus(409, held)
        if held + int(size) > found.length:
            return _tus(413, held)
        sha, got = hashlib.sha256(), 0
        os.lseek(descriptor, 0, os.SEEK_END)
        while block := request.read(min(BLOCK, int(size) - got)):
            durable.write_all(descriptor, memoryview(block))
            sha.update(block)
            got += len(block)
        if not _matches(request.headers.get("Upload-Checksum", ""), sha.digest()):
            os.ftruncate(descriptor, held)
            os.fsync(descriptor)
            return _tus(460, held)
        os.fsync(descriptor)
        return _tus(204, held + got)


def _matches(said: str, digest: bytes) -> bool:
    """``sha256 <base64>`` of the piece; a client that sends none is believed until the whole is compared."""
    if not said:
        return True
    name, _, value = said.partition(" ")
    try:
        return name == "sha256" and base64.b64decode(value, validate=True) == digest
    except ValueError:
        return False


@require_POST
@in_case
def take(request: HttpRequest, seat: Seat, upload: str) -> HttpResponse:
    """The whole file is read again, compared with the browser's digest, and taken in as a delivery."""
    take_in(seat, upload, source=request.POST.get("source", ""), sha256=request.POST.get("sha256", ""))
    return redirect("uploads", case=seat.here.id)


def take_in(seat: Seat, upload: str, *, source: str, sha256: str) -> None:
    """Compare, and begin the intake."""
    seat.require("intake")
    found = _find(seat, upload)
    source, said = source.strip(), sha256.strip().casefold()
    if not source:
        raise WrongUsage("say from whom this was received: it goes into the custody log")
    path = _bytes(seat, found)
    if path.stat().st_size != found.length:
        raise Blocked(f"{visible_name(found.name)} is not here whole: {path.stat().st_size} of {found.length} bytes")
    with path.open("rb") as whole:
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
    if digest != (said or found.sha256):
        raise Blocked(
            f"{visible_name(found.name)} is not the file that was chosen: its SHA-256 here is {digest[:16]}…, "
            f"in the browser it was {(said or found.sha256 or 'not counted')[:16]}…; nothing was taken in"
        )
    _keep(seat, Upload(**{**asdict(found), "sha256": digest, "source": source}))
    runs.start(seat, "intake", ["intake", seat.here.id, str(path), f"--from={source}", f"--as={seat.name}"])


def _metadata(header: str) -> dict[str, str]:
    """tus's ``key base64, key base64``; what is not so is left out."""
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except ValueError:
            continue
    return found


def _tus(status: int, offset: int | None = None) -> HttpResponse:
    answer = HttpResponse(status=status)
    answer["Tus-Resumable"] = "1.0.0"
    answer["Tus-Version"] = "1.0.0"
    answer["Tus-Extension"] = "creation,checksum,termination"
    answer["Tus-Checksum-Algorithm"] = "sha256"
    if offset is not None:
        answer["Upload-Offset"] = str(offset)
    return answer


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _root(seat: Seat) -> Path:
    return seat.office.root / "desk" / "uploads"


def _folder(seat: Seat, upload: str) -> Path:
    return _root(seat) / upload


def _bytes(seat: Seat, upload: Upload) -> Path:
    return _folder(seat, upload.id) / "file" / upload.name


def _keep(seat: Seat, upload: Upload) -> None:
    durable.replace(_folder(seat, upload.id) / "about.json", json.dumps(asdict(upload)).encode())


def _find(seat: Seat, upload: str) -> Upload:
    """An upload of this case and this person; for all others there is none."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{24}", upload) or not (_folder(seat, upload) / "about.json").is_file():
        raise Http404
    found = _read(_folder(seat, upload) / "about.json")
    if (found.case, found.person) != (seat.here.id, seat.name):
        raise Http404
    return found


def _read(path: Path) -> Upload:
    said: dict[str, Any] = json.loads(path.read_text())
    return Upload(**said)


def _clear_taken(seat: Seat) -> None:
    """No second copy of evidence stays behind, whoever sent it: the ledger holds exactly these bytes."""
    for each in _of_case(seat):
        if each.sha256 and seat.office.ledger.exhibits_of(seat.here.id, each.sha256):
            shutil.rmtree(_folder(seat, each.id), ignore_errors=True)


def _of_case(seat: Seat) -> list[Upload]:
    every = [_read(path) for path in sorted(_root(seat).glob("*/about.json"))]
    return [each for each in every if each.case == seat.here.id]


def _uploads(seat: Seat) -> list[Upload]:
    """This person's uploads in this case, oldest first."""
    own = [each for each in _of_case(seat) if each.person == seat.name]
    return sorted(own, key=lambda each: (each.at, each.id))
