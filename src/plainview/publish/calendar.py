# SPDX-License-Identifier: Apache-2.0
"""Dates as iCalendar (RFC 5545), so that an office's own calendar reminds it.

Whole days, a stable identity for each date (a later file moves the same event, it adds none), alarms
some days before, lines folded at 75 octets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from plainview.model.clock import Due
from plainview.model.release import Release
from plainview.publish.tongue import spoken
from plainview.publish.words import visible

REMIND_DAYS = (14, 5, 1)
"""Days before a date at which a calendar reminds: amber at 14, red at 5, and the day before."""


def calendar(case: str, dues: Sequence[Due], *, origin: str, today: date, now: datetime) -> str:
    """One VCALENDAR with an event per date; what is done is marked so and no longer reminds."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//plainview//clocks//EN", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{_text(f'Case {case}')}")
    for due in dues:
        lines += _event(case, due, origin=origin, today=today, now=now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def public(release: Release) -> str:
    """The dates of one release for its readers: the incident, each version, each rung of status, the day due."""
    say = spoken(release.languages)[0].say
    case, stamp = release.case, f"{release.released_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    rows = [("incident", case.at.date(), release.headline or case.title, release.kind_line)]
    rows += [
        (f"v{v.number}", v.released_at.date(), say("Version %(n)s released", n=v.number), v.summary)
        for v in release.versions
    ]
    rows += [(e.id, e.date, f"{e.about}: {e.kind}", f"{e.body}: {e.text}") for e in release.status]
    if release.deadline is not None:
        due = release.deadline
        rows.append(("due", due.due.date(), say("Release due"), f"{due.explanation} {due.rule}".strip()))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//plainview//dates//EN", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{_text(visible(say('Case %(id)s', id=case.id)))}")
    for name, on, title, text in sorted(rows, key=lambda row: (row[1], row[0])):
        lines += ["BEGIN:VEVENT", f"UID:{case.id}.{name}@{release.office.origin.split('/', 1)[0]}", f"DTSTAMP:{stamp}"]
        lines += [f"DTSTART;VALUE=DATE:{on:%Y%m%d}", f"DTEND;VALUE=DATE:{on + timedelta(days=1):%Y%m%d}"]
        lines += [f"SUMMARY:{_text(visible(f'{case.id}: {title}'))}", f"DESCRIPTION:{_text(visible(text))}"]
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(case: str, due: Due, *, origin: str, today: date, now: datetime) -> Iterator[str]:
    state = due.state(today)
    yield "BEGIN:VEVENT"
    yield f"UID:{case}.{due.id}@{origin.split('/', 1)[0]}"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{due.on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{due.on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(f'{case}: {due.title}' + (f' ({state})' if state != 'open' else ''))}"
    yield f"DESCRIPTION:{_text(f'{due.explanation} {due.rule}'.strip())}"
    yield f"CATEGORIES:{due.kind.upper()}"
    yield "TRANSP:TRANSPARENT"
    for days in REMIND_DAYS if due.met is None else ():
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"TRIGGER:-P{days}D"
        yield f"DESCRIPTION:{_text(due.title)}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _text(value: str) -> str:
    for char in ("\\", ";", ","):
        value = value.replace(char, "\\" + char)
    return "\\n".join(value.splitlines())


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets, never splitting a character; all but the first start with a space."""
    piece = ""
    for char in line:
        if len((piece + char).encode()) > 75:
            yield piece
            piece = " "
        piece += char
    yield piece
