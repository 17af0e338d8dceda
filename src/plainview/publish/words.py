# SPDX-License-Identifier: Apache-2.0
"""How times, lengths, sizes and kinds are said on the public page.

Every sentence here says what is seen or heard and no more: no verb of intent, "a person is shot",
"cannot be determined". Times are shown on a twelve-hour clock and addressed on a twenty-four-hour one.

>>> length(208_000_000)
'3 min 28 s'
>>> size(870_000_000)
'870 MB'
"""

from __future__ import annotations

import math
import unicodedata
from datetime import datetime

from plainview.model.time import SECOND, IncidentTime, clock_text, instant
from plainview.publish.tongue import ENGLISH, Tongue

_DIRECTION_MARKS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    """``text`` with control and direction marks written out, so nothing in it can reorder or end a line.

    >>> visible("a\\u202eb\\x00")
    'a[U+202E]b[U+0000]'
    """
    if text.isprintable():
        return text
    return "".join(f"[U+{ord(char):04X}]" if _disturbs(char) else char for char in text)


def _disturbs(char: str) -> bool:
    return char in _DIRECTION_MARKS or (unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t")


def clock(at: IncidentTime, epoch: datetime, *, digits: int = 0) -> str:
    """``9:41:04`` or ``9:41:04.2``: the office's wall clock, twelve hours, without the half of the day."""
    text = clock_text(at, epoch, digits=digits)
    hour = int(text[:2])
    return f"{hour % 12 or 12}{text[2:]}"


def half_day(at: IncidentTime, epoch: datetime) -> str:
    """``a.m.`` or ``p.m.``."""
    return "a.m." if instant(at, epoch).hour < 12 else "p.m."


def full_clock(at: IncidentTime, epoch: datetime, *, digits: int = 0) -> str:
    """``9:41:04 p.m.``."""
    return f"{clock(at, epoch, digits=digits)} {half_day(at, epoch)}"


def address(at: IncidentTime, epoch: datetime) -> str:
    """The form a time has in an address: ``21:41:04.2``."""
    return clock_text(at, epoch, digits=1)


def length(us: int) -> str:
    """A duration in µs as a person says it: ``8 s``, ``3 min 28 s``, ``1 h 02 min``."""
    seconds = round(us / SECOND)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def minutes(value: float) -> str:
    """Minutes as a float in words."""
    return length(round(value * 60 * SECOND))


def size(count: int) -> str:
    """Bytes in decimal units: ``61 kB``, ``3.2 MB``, ``1.1 GB``."""
    amount, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 10 else f"{amount:.1f} {unit}"


def error_bar(us: int) -> str:
    """A half-width in µs, rounded up so it never claims more than is known: ``± 0.03 s``."""
    if us >= 10 * SECOND:
        return f"± {math.ceil(us / SECOND)} s"
    return f"± {math.ceil(us / 10_000) / 100:.2f} s"


def opened(text: str) -> str:
    """The text with its first letter large, the rest as it is: ``words on paper`` becomes ``Words on paper``."""
    return text[:1].upper() + text[1:]


def gate_heading(kinds: list[str], tongue: Tongue) -> str:
    """The sentence over the player before anyone has chosen; ``kinds`` in the order they occur."""
    say = tongue.say
    seen = {
        "shooting": say("A person is shot in these recordings"),
        "death": say("A person dies in these recordings"),
        "injury": say("A person is hurt in these recordings"),
        "distress": say("A person is in distress in these recordings"),
    }
    return next((text for kind, text in seen.items() if kind in kinds), say("These recordings hold graphic moments"))


def graphic_label(kind: str, tongue: Tongue) -> str:
    """What comes next, in one noun."""
    say = tongue.say
    known = {
        "shooting": say("a shooting"),
        "death": say("a death"),
        "injury": say("an injury"),
        "distress": say("sounds of distress"),
    }
    return known.get(kind, kind or say("graphic content"))


def reason(code: str, tongue: Tongue = ENGLISH) -> str:
    """A reason code as words: ``private-contact`` becomes ``private contact``."""
    return tongue.named(code.replace("-", " ").replace("_", " "))
