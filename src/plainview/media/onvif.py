# SPDX-License-Identifier: Apache-2.0
"""What a recorder writes into a film that it exports in ONVIF's format: which camera, and when the film began.

Read from the file's own ``meta`` box: ``suep`` (who exported, and each track's source) and ``cstb`` (when each track
began, in steps of 100 ns since 1601, UTC), which may also lie in the signature's boxes. The signature itself is not
checked, and nothing of what is read here is taken for true: it becomes a claim.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plainview.model.case import Source
from plainview.model.claim import Claim

MOST = 1 << 20
"""Bytes of a ``meta`` box that are read; a real one has hundreds."""

_INSIDE = {b"meta": 4, b"ipro": 6, b"sinf": 0, b"schi": 0}
"""Boxes that hold boxes, and how many bytes of their own come first."""

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_DEEPEST = 6
READING = 1000
"""µs: the error of the reading alone; the steps are finer than the media's own clock."""


@dataclass(frozen=True, slots=True)
class _Track:
    number: int
    name: str
    mac: str
    line: str


def export_claim(path: Path, *, exhibit: str, name: str) -> Claim | None:
    """What the export boxes of a film say; None when it has none."""
    tracks: list[_Track] = []
    starts: dict[int, datetime] = {}
    for inner, data in _boxes(_own_boxes(path), depth=0):
        if inner == b"suep":
            tracks += _sources(data)
        if inner == b"cstb":
            starts |= _starts(data)
    if not tracks and not starts:
        return None
    first = tracks[0] if tracks else _Track(0, "", "", "")
    began = min(starts.values(), default=None)
    device = ", ".join(filter(None, (first.name, f"line {first.line}" if first.line else "")))
    return Claim(exhibit, exhibit, "its export box", name, Source.STREET_CAMERA if tracks else None, device,
                 first.mac, began, READING if began else 0)  # fmt: skip


def _own_boxes(path: Path) -> bytes:
    """The file's own ``meta`` boxes, one after the other; nothing for a file that has none or is no MP4."""
    found, at, length = b"", 0, path.stat().st_size
    with path.open("rb") as stream:
        for _ in range(10_000):
            stream.seek(at)
            head = stream.read(16)
            if len(head) < 8:
                break
            size, kind = struct.unpack_from(">I4s", head)
            if at == 0 and kind != b"ftyp":
                break
            if size == 1 and len(head) == 16:
                (size,) = struct.unpack_from(">Q", head, 8)
            if size < 8 or at + size > length:
                break
            if kind == b"meta" and size <= MOST:
                stream.seek(at)
                found += stream.read(size)
            at += size
    return found


def _boxes(body: bytes, *, depth: int) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of a run of boxes and of those inside them; stops at the first that does not fit."""
    at = 0
    while at + 8 <= len(body):
        size, kind = struct.unpack_from(">I4s", body, at)
        if size < 8 or at + size > len(body):
            return
        content = body[at + 8 : at + size]
        yield kind, content
        if kind in _INSIDE and depth < _DEEPEST:
            yield from _boxes(content[_INSIDE[kind] :], depth=depth + 1)
        at += size


def _sources(data: bytes) -> list[_Track]:
    """Tracks of a ``suep`` box: version and flags, three names, a time, the operator, then the tracks."""
    try:
        rest = data[4:]
        for _ in range(3):
            _, rest = _string(rest)
        _, rest = _string(rest[8:])
        (count,), rest = struct.unpack_from(">I", rest), rest[4:]
        tracks = []
        for _ in range(min(count, 64)):
            (number,), rest = struct.unpack_from(">H", rest), rest[2:]
            name, rest = _string(rest)
            _, rest = _string(rest)
            mac, rest = _string(rest)
            line, rest = _string(rest)
            tracks.append(_Track(number, name, mac, line))
    except (struct.error, ValueError):
        return []
    return tracks


def _starts(data: bytes) -> dict[int, datetime]:
    try:
        (count,) = struct.unpack_from(">I", data)
        found = [struct.unpack_from(">IQ", data, 4 + 12 * k) for k in range(min(count, 64))]
        return {track: _EPOCH + timedelta(microseconds=ticks // 10) for track, ticks in found}
    except (struct.error, OverflowError):
        return {}


def _string(data: bytes) -> tuple[str, bytes]:
    end = data.index(0)
    return data[:end].decode("utf-8", "replace"), data[end + 1 :]
