# SPDX-License-Identifier: Apache-2.0
"""What a recording's own clocks claim: burned into the picture, in the container, in the file name.

What this module keeps true: a reading is a claim of that device, never the truth; a burned-in clock
counts only when at least three of five readings, spread over the recording, tick one second per
second of media time; its exact phase is found by the picture in which the second changes. No zone is
invented: a clock that names none gives a ``datetime`` without one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from plainview.media import decode
from plainview.media.decode import Frame
from plainview.media.ocr import engine
from plainview.model.case import Probe
from plainview.model.time import SECOND, MediaSpan, MediaTime
from plainview.model.timeline import ClockReading

Pixels = NDArray[np.uint8]

DETECTION_SIDE = 960
"""Longest side the text detector sees, pixels."""

_PLACES = (0.08, 0.3, 0.5, 0.7, 0.9)
"""Where in the recording the clock is read: five readings, so that one bad one is outvoted."""

_FULL_LOOKS = 3
"""A whole picture is searched at most this often; titles and black leaders hide a clock at first."""

_CHANGE_US = 1_150_000
"""A stretch this long shows the second change at least once, at ten pictures a second or more."""

_DATE = r"(?P<y>\d{4})[-/.]?(?P<m>\d\d)[-/.]?(?P<d>\d\d)"
_DATE_AMERICAN = r"(?P<m>\d\d?)[-/.](?P<d>\d\d?)[-/.](?P<y>\d{4})"
_TIME = r"(?P<H>\d\d?)[:.;](?P<M>\d\d)[:.;](?P<S>\d\d)(?:\s*(?P<half>[AP])\.?M)?"
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_PATTERNS = tuple(re.compile(rf"(?<!\d){date}\s*T?\s*{_TIME}{_ZONE}(?![\d:])") for date in (_DATE, _DATE_AMERICAN))
_NAME_PATTERNS = (
    # The separator between date and time is optional only where both are written without any.
    re.compile(
        r"(?<!\d)(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)[-_T ]?(?P<H>\d\d)(?P<M>\d\d)(?:(?P<S>\d\d)(?:\d{3})?)?(?!\d)"
    ),
    re.compile(
        r"(?<!\d)(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)[-_T ](?P<H>\d\d)[-:.h]?(?P<M>\d\d)(?:[-:.m]?(?P<S>\d\d))?(?!\d)"
    ),
)
_LOOKALIKE = str.maketrans({"O": "0", "o": "0", "Q": "0", "D": "0", "I": "1", "l": "1", "|": "1", "S": "5", "B": "8"})


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of text in the picture and the pixels it covers."""

    text: str
    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top


def overlay(path: Path, *, exhibit: str) -> list[ClockReading]:
    """Readings of a clock burned into the picture, exact to a frame where the second was seen to change.

    Empty when there is none or it does not tick. ``text`` carries the lines around it (serial, unit).
    """
    length = _length(path)
    if length <= 0:
        return []
    times = [MediaTime(round(length * share)) for share in _PLACES]
    spans = [MediaSpan(t, MediaTime(t + _CHANGE_US if k in (0, 4) else t + 1)) for k, t in enumerate(times)]
    row: _Row | None = None
    lines = ""
    looks = 0
    strips: dict[int, list[tuple[MediaTime, Pixels]]] = {}
    for number, frame in decode.glimpses(path, spans):
        if row is None:
            if number in strips or looks == _FULL_LOOKS:
                continue
            strips[number] = []
            looks += 1
            row, lines = _find(frame)
            if row is None:
                continue
        strips.setdefault(number, []).append((frame.at, _cut(frame, row)))
    if row is None:
        return []
    return _readings(strips, exhibit=exhibit, lines=lines)


def container_clock(probe: Probe, *, exhibit: str) -> ClockReading | None:
    """The container's creation time. Some devices write the start, some the end: the length is its doubt."""
    if probe.started is None:
        return None
    return ClockReading(exhibit, "container", MediaTime(0), probe.started, probe.duration + SECOND)


def file_name_clock(name: str, *, exhibit: str) -> ClockReading | None:
    """A date and time in the file's name, without zone; names to the minute are doubtful by half a minute."""
    for pattern in _NAME_PATTERNS:
        for match in pattern.finditer(name):
            moment = _moment(match.groupdict())
            if moment is None:
                continue
            if name.startswith("PXL_"):
                # Pixel telephones name their files in UTC.
                moment = moment.replace(tzinfo=UTC)
            if match["S"] is None:
                return ClockReading(
                    exhibit, "file name", MediaTime(0), moment + timedelta(seconds=30), 30 * SECOND, match[0]
                )
            return ClockReading(exhibit, "file name", MediaTime(0), moment, SECOND, match[0])
    return None


def parse_clock(text: str) -> datetime | None:
    """The date and time in a line of recognised text; aware only when the line names its zone."""
    for candidate in (text.upper(), _digits_only(text)):
        for pattern in _PATTERNS:
            for match in pattern.finditer(candidate):
                moment = _moment(match.groupdict())
                if moment is not None:
                    return moment
    return None


def _digits_only(text: str) -> str:
    """Letters that look like digits, read as digits where they stand among them."""
    return re.sub(
        r"(?<=[\d:/.\-])[OoQDIl|SB]|[OoQDIl|SB](?=[\d:/.\-])", lambda m: m[0].translate(_LOOKALIKE), text
    ).upper()


def _moment(parts: dict[str, str | None]) -> datetime | None:
    year, month, day = (int(parts[key] or 0) for key in ("y", "m", "d"))
    hour, minute, second = (int(parts[key] or 0) for key in ("H", "M", "S"))
    if month > 12 >= day:
        month, day = day, month
    if parts.get("half") is not None:
        hour = hour % 12 + (12 if parts["half"] == "P" else 0)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    if not 1990 <= year <= 2100:
        return None
    return moment.replace(tzinfo=_zone(parts.get("zone")))


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _length(path: Path) -> int:
    """Length in µs as the container states it; an overlay need not be sought in what it does not state."""
    with decode.open_container(path) as container:
        if decode.picture_stream(container) is None:
            return 0
        return int(container.duration or 0)


def _readings(strips: dict[int, list[tuple[MediaTime, Pixels]]], *, exhibit: str, lines: str) -> list[ClockReading]:
    read: dict[int, tuple[MediaTime, datetime]] = {}
    for number, seen in sorted(strips.items()):
        if seen and (moment := _read(seen[0][1])) is not None:
            read[number] = (seen[0][0], moment)
    steady = _ticking(list(read.values()))
    if steady is None:
        return []
    exact = []
    for number, seen in sorted(strips.items()):
        if len(seen) > 2 and number in read and (change := _change(seen, steady)) is not None:
            before, after, moment = change
            middle = MediaTime((before + after) // 2)
            exact.append(ClockReading(exhibit, "overlay", middle, moment, (after - before) // 2 + 1000, lines))
    if exact:
        return exact
    # A second that was read is anywhere within its second.
    return [
        ClockReading(exhibit, "overlay", at, moment + timedelta(milliseconds=500), SECOND // 2, lines)
        for at, moment in sorted(read.values())
        if abs(_start(at, moment) - steady) <= 1.05
    ]


def _start(at: MediaTime, moment: datetime) -> float:
    """The clock's reading at media time 0, in seconds of some fixed day count."""
    return moment.replace(tzinfo=UTC).timestamp() - at / SECOND


def _ticking(read: Sequence[tuple[MediaTime, datetime]]) -> float | None:
    """Where the clock stood at media time 0, when most readings agree that it ticks with the recording."""
    if len(read) < 3:
        return None
    starts = [_start(at, moment) for at, moment in read]
    middle = median(starts)
    agreeing = [start for start in starts if abs(start - middle) <= 1.05]
    if len(agreeing) < 3 or 2 * len(agreeing) <= len(read) or len({moment for _, moment in read}) < 2:
        return None
    return median(agreeing)


def _change(seen: Sequence[tuple[MediaTime, Pixels]], steady: float) -> tuple[MediaTime, MediaTime, datetime] | None:
    """(last picture of one second, first picture of the next, the next second), by halving."""
    low, high = 0, len(seen) - 1
    first, last = _read(seen[low][1]), _read(seen[high][1])
    if first is None or last is None or last - first not in (timedelta(seconds=1), timedelta(seconds=2)):
        return None
    if abs(_start(seen[low][0], first) - steady) > 1.05:
        return None
    after = first + timedelta(seconds=1)
    while high - low > 1:
        middle = (low + high) // 2
        now = _read(seen[middle][1])
        if now is None or not first <= now <= last:
            return None
        if now >= after:
            high = middle
        else:
            low = middle
    return seen[low][0], seen[high][0], after


def _find(frame: Frame) -> tuple[_Row | None, str]:
    """The line that holds a clock, and the lines of text next to it, top to bottom."""
    rows = _rows(frame.array("bgr24"))
    for row in rows:
        if parse_clock(row.text) is None:
            continue
        near = [
            other.text
            for other in rows
            if abs(other.top - row.top) < 3 * row.height
            and other.left < row.right + row.height
            and row.left < other.right + row.height
        ]
        return row, "\n".join(near)
    return None, ""


def _rows(picture: Pixels) -> list[_Row]:
    """Lines of text, words on one line joined left to right, from top to bottom."""
    found = engine(DETECTION_SIDE)(picture, use_det=True, use_cls=False, use_rec=True)
    if found.boxes is None or found.txts is None:
        return []
    words = []
    for box, text in zip(found.boxes, found.txts, strict=True):
        corners = np.asarray(box)
        left, top = corners.min(0)
        right, bottom = corners.max(0)
        words.append(_Row(_plain(text), int(left), int(top), int(right) + 1, int(bottom) + 1))
    rows: list[_Row] = []
    for word in sorted(words, key=lambda w: (w.left, w.top)):
        for i, row in enumerate(rows):
            level = abs((word.top + word.bottom) - (row.top + row.bottom)) < row.height
            if level and word.left - row.right < 2 * row.height:
                rows[i] = _Row(
                    f"{row.text} {word.text}",
                    row.left,
                    min(row.top, word.top),
                    word.right,
                    max(row.bottom, word.bottom),
                )
                break
        else:
            rows.append(word)
    return sorted(rows, key=lambda r: (r.top, r.left))


def _cut(frame: Frame, row: _Row) -> Pixels:
    """The pixels of one line, a little wider: digits of other widths must still fit."""
    picture = frame.array("bgr24")
    margin = max(2, row.height // 5)
    return picture[
        max(0, row.top - margin) : row.bottom + margin, max(0, row.left - 2 * margin) : row.right + 2 * margin
    ].copy()


def _read(strip: Pixels) -> datetime | None:
    found = engine(DETECTION_SIDE)(strip, use_det=False, use_cls=False, use_rec=True)
    return parse_clock(" ".join(_plain(text) for text in found.txts or ()))


def _plain(text: str) -> str:
    """Full-width signs of the recogniser's alphabet as ASCII."""
    return "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text).strip()
