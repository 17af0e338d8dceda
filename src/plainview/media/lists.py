# SPDX-License-Identifier: Apache-2.0
"""Tables that come with recordings: an evidence system's export list, and a dispatcher's log. CSV or JSON.

What this module keeps true: columns are known by their headings, in whatever order; a table that is neither says
nothing and is left a paper; a row without a day or a name is told as a problem with its number, never guessed at.
An export list has a column of file names or titles beside a start, a serial or a digest; a log has times and a unit
or words, or one row for each unit with a column for each status.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from plainview.media.clocks import parse_clock
from plainview.model.case import Source
from plainview.model.claim import BUFFER_US, Claim, LogEntry
from plainview.model.time import SECOND

MOST_BYTES, MOST_ROWS = 32 << 20, 200_000
"""A list of a case's files or of one incident's dispatch is far smaller; what is larger is something else."""

Row = Mapping[str, str]

_FILE = ("file name", "filename", "file", "evidence file", "evidence title", "title", "name")
_START = ("recorded on", "recording started", "record start", "recording start", "start time", "date recorded",
          "recorded date", "start")  # fmt: skip
_SERIAL = ("device serial", "device serial number", "serial number", "serial", "camera serial", "serial no")
_MODEL = ("device model", "camera model", "model", "device type", "device", "camera")
_DIGEST = ("sha256", "sha 256", "sha256 checksum", "checksum", "hash", "file hash")
_TIME = ("date time", "datetime", "timestamp", "time stamp", "event time", "log time", "entry time", "time")
_DAY = ("date", "event date", "log date")
_UNIT = ("unit", "unit id", "unit number", "units", "call sign", "callsign", "vehicle", "resource")
_TEXT = ("comment", "comments", "remark", "remarks", "narrative", "text", "message", "event", "action", "activity",
         "status", "description", "details")  # fmt: skip
_STATUS = ("dispatched", "dispatch", "enroute", "en route", "on scene", "onscene", "arrived", "transport", "cleared",
           "clear", "available")  # fmt: skip


def table(path: Path) -> list[Row]:
    """Rows by heading (lower case, no punctuation); empty when the file is no table."""
    if path.stat().st_size > MOST_BYTES:
        return []
    text = _text(path.read_bytes())
    rows = _from_json(text) if text.lstrip()[:1] in "[{" else _from_csv(text)
    return [{_heading(key): value.strip() for key, value in row.items()} for row in rows]


def export_list(rows: list[Row], *, exhibit: str) -> tuple[Claim, ...]:
    """What an export list says of each file; nothing when it is none."""
    known = {"file": _FILE, "start": _START, "serial": _SERIAL, "model": _MODEL, "digest": _DIGEST}
    columns = {what: _column(rows, headings) for what, headings in known.items()}
    if not columns["file"] or not (columns["start"] or columns["serial"] or columns["digest"]):
        return ()
    told = ({what: row.get(column, "") for what, column in columns.items()} for row in rows)
    return tuple(_claim(each, number, exhibit) for number, each in enumerate(told, 1) if each["file"])


def dispatch_log(rows: list[Row], *, exhibit: str) -> tuple[tuple[LogEntry, ...], tuple[str, ...]]:
    """(entries, sentences about rows that give no day or time); nothing when it is no dispatch log."""
    time, unit, text = (_column(rows, each) for each in (_TIME, _UNIT, _TEXT))
    statuses = [each for each in _STATUS if rows and each in rows[0]]
    if unit and statuses and not (time and text):
        found = [(n, row, row[each], each) for n, row in enumerate(rows, 1) for each in statuses if row.get(each)]
    elif time and (unit or text):
        found = [(n, row, row.get(time, ""), row.get(text, "")) for n, row in enumerate(rows, 1)]
    else:
        return (), ()
    entries, problems = [], []
    day = _column(rows, _DAY)
    for number, row, clock, said in found:
        when = read_time(f"{row[day]} {clock}" if day and row.get(day) else clock)
        if when is None:
            problems.append(f"row {number} names no day and time that can be read")
            continue
        entries.append(LogEntry(exhibit, number, when[0], when[1], row.get(unit, ""), said))
    return tuple(entries), tuple(problems)


def read_time(text: str) -> tuple[datetime, int] | None:
    """A day and time with the error of reading it (half of its last place); no zone unless the text names one."""
    said = text.strip()
    if not re.search(r"\d{1,2}:\d\d", said):
        return None
    whole = bool(re.search(r"\d{1,2}:\d\d:\d\d", said))
    try:
        moment: datetime | None = datetime.fromisoformat(said)
    except ValueError:
        moment = parse_clock(said if whole else re.sub(r"(\d{1,2}:\d\d)", r"\1:00", said, count=1))
    return None if moment is None else (moment, SECOND if whole else 30 * SECOND)


def _claim(row: Row, number: int, exhibit: str) -> Claim:
    when = read_time(row["start"])
    source = _source(f"{row['model']} {row['file']}")
    error = when[1] if when else 0
    if when and source is Source.BODY_CAMERA:
        error += BUFFER_US
    said = row["digest"].casefold()
    return Claim(
        exhibit="",
        by=exhibit,
        where=f"row {number}",
        name=row["file"],
        source=source,
        device=row["model"],
        serial=row["serial"],
        started=when[0] if when else None,
        uncertainty=error,
        sha256=said if re.fullmatch(r"[0-9a-f]{64}", said) else "",
    )


def _source(text: str) -> Source | None:
    """What kind of recorder words name; None when they name none."""
    words = text.casefold().replace("_", " ")
    kinds = {
        Source.BODY_CAMERA: ("body", "bwc", "flex"),
        Source.DASH_CAMERA: ("fleet", "dash", "in car", "in-car"),
        Source.STREET_CAMERA: ("cctv", "street camera", "pod "),
        Source.CALL: ("911",),
        Source.RADIO: ("radio",),
    }
    return next((kind for kind, clues in kinds.items() if any(clue in words for clue in clues)), None)


def _column(rows: list[Row], known: tuple[str, ...]) -> str:
    """The first heading that is known, in the order of what is most telling; empty when there is none."""
    return next((each for each in known if rows and each in rows[0]), "")


def _heading(text: str) -> str:
    return " ".join(re.sub(r"[^0-9a-z]+", " ", text.casefold()).split())


def _text(data: bytes) -> str:
    for encoding in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _from_csv(text: str) -> Iterator[dict[str, str]]:
    head = text.split("\n", 1)[0]
    comma = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma)
    try:
        names = next(reader, [])
        for number, cells in enumerate(reader):
            if number >= MOST_ROWS:
                return
            if any(cells):
                yield dict(zip(names, cells, strict=False))
    except csv.Error:
        return


def _from_json(text: str) -> Iterator[dict[str, str]]:
    """Objects of a list, at the top or under the first name that holds one."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    found = next((each for each in data.values() if isinstance(each, list)), []) if isinstance(data, dict) else data
    for row in found[:MOST_ROWS]:
        if isinstance(row, dict):
            yield {str(key): str(value) for key, value in row.items() if isinstance(value, str | int | float)}
