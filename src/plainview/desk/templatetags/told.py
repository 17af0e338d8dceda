# SPDX-License-Identifier: Apache-2.0
"""How values of a case are told on the desk's pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template import Library

from plainview.casework.review import told as told_body
from plainview.model.decision import parse_body
from plainview.model.time import SECOND

register = Library()


@register.filter
def lasting(us: int | None) -> str:
    """``1:02:03.5`` for microseconds; a dash where it is not known."""
    if us is None:
        return "–"
    tenths = round(us / (SECOND // 10))
    minutes, rest = divmod(abs(tenths), 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes}:{rest / 10:04.1f}" if not hours else f"{hours}:{minutes:02}:{rest / 10:04.1f}"
    return f"-{text}" if tenths < 0 else text


@register.filter
def seconds(us: int) -> str:
    """``12.345``: seconds as forms and addresses carry them."""
    return f"{us / SECOND:.6f}".rstrip("0").rstrip(".")


@register.filter
def size(count: int) -> str:
    """``3.4 MB``."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    raise RuntimeError("every size has a unit")


@register.filter
def local(at: datetime, seat: Any = None) -> str:
    """``16 Mar 2026, 09:00`` in the case's zone where there is a case."""
    zone = seat.case.at.tzinfo if seat is not None and seat.case else None
    shown = at.astimezone(zone)
    return f"{shown.day} {shown:%b %Y, %H:%M}"


@register.filter
def day(at: datetime) -> str:
    """``16 Mar 2026`` in the time's own zone."""
    return f"{at.day} {at:%b %Y}"


@register.filter
def millis(us: int) -> str:
    """Microseconds as whole milliseconds; none is 0, from whichever side."""
    return str(round(us / 1000))


@register.filter
def stamp(text: str, seat: Any = None) -> str:
    """The same for a time kept as text."""
    shown: str = local(datetime.fromisoformat(text.replace("Z", "+00:00")), seat)
    return shown


@register.filter
def short(digest: str) -> str:
    """The first digits of a digest."""
    return digest[:16]


@register.filter
def body(row: Any) -> str:
    """What a decision says."""
    return told_body(parse_body(row.kind, row.body))


@register.filter
def words_of(kind: str) -> str:
    """``TitleExhibit`` is told as ``title exhibit``."""
    return "".join(f" {char.lower()}" if char.isupper() else char for char in kind).strip()


@register.filter
def percent(share: float) -> str:
    """``41 %``."""
    return f"{share:.0%}".replace("%", " %")


@register.filter
def plural(count: int, word: str) -> str:
    """``1 exhibit``, ``2 exhibits``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """A value by its key; nothing when there is none."""
    return mapping.get(key)
