# SPDX-License-Identifier: Apache-2.0
"""What papers and files that came with the recordings say of them: claims, each with who says it and how exactly.

What this module keeps true: a claim is never a fact. It names the row or file that says it; a time carries the error
of its own reading, which tells nothing of whether that clock was right; what two claims say apart stays apart. A list
that names a file nobody delivered, or other bytes than were received, asks a question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from plainview.model.case import Source
from plainview.model.time import SECOND

BUFFER_US = 120 * SECOND
"""A body camera's list may give the activation or the start of the file; up to 120 s lie between the two."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one row of a list, a file's name or its own boxes say of a recording. Empty means that it says nothing."""

    exhibit: str
    """The recording, or empty when the list names a file that is not held."""
    by: str
    """The exhibit that says it: a list, or the recording itself."""
    where: str
    """``row 4``, ``its name``, ``its export box``."""
    name: str
    source: Source | None = None
    device: str = ""
    serial: str = ""
    started: datetime | None = None
    uncertainty: int = 0
    """µs to either side, of the reading itself."""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a dispatch log. ``at`` has no zone when the log names none."""

    exhibit: str
    row: int
    at: datetime
    uncertainty: int
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims of a case, its dispatch logs, and what could not be understood or does not fit."""

    claims: tuple[Claim, ...] = ()
    log: tuple[LogEntry, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    """(exhibit, one sentence)."""

    @property
    def missing(self) -> tuple[Claim, ...]:
        """Rows that name a file which is not held."""
        return tuple(each for each in self.claims if not each.exhibit)

    def of(self, exhibit: str) -> tuple[Claim, ...]:
        """What is claimed of one recording."""
        return tuple(each for each in self.claims if each.exhibit == exhibit)


def plain_name(name: str) -> str:
    """A file's name or an evidence title without folder, ending, case and punctuation.

    >>> plain_name("AXON Body 3 Video 2026-03-14 2140") == plain_name("x/AXON_Body_3_Video_2026-03-14_2140.mp4")
    True
    """
    tail = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = re.sub(r"\.[A-Za-z][A-Za-z0-9]{1,4}$", "", tail)
    return re.sub(r"[^0-9a-z]+", " ", stem.casefold()).strip()


def match(rows: tuple[Claim, ...], held: Mapping[str, tuple[str, str]]) -> Claims:
    """Give each row its exhibit, by digest where the row has one, else by name. ``held``: exhibit → name, digest."""
    by_digest: dict[str, str] = {}
    by_name: dict[str, list[str]] = {}
    for exhibit, (name, digest) in sorted(held.items(), reverse=True):
        by_digest[digest] = exhibit
        by_name.setdefault(plain_name(name), []).insert(0, exhibit)
    claims, problems = [], []
    for row in rows:
        named = by_name.get(plain_name(row.name), [])
        if row.sha256 in by_digest:
            named = [by_digest[row.sha256]]
        elif row.sha256 and named:
            said = f"{row.where} gives other bytes for {row.name} than were received as {', '.join(named)}"
            problems.append((row.by, said))
        if len(named) > 1:
            problems.append((row.by, f"{row.where} fits {', '.join(named)}; nothing is claimed of either"))
            continue
        claims.append(replace(row, exhibit=named[0] if named else ""))
    return Claims(tuple(claims), (), tuple(problems))


_AXON = re.compile(r"(?i)^AXON[ _](Body|Flex|Fleet|Signal)[ _]([0-9]?)[ _]?(?:Video|Photo|Audio)?")
_SERIAL = re.compile(r"\b(X\d{2}[A-Z0-9]{5,8})\b")


def by_name(exhibit: str, name: str) -> Claim | None:
    """What a delivered name says in the way body cameras name their files: model and, where there is one, serial.

    >>> by_name("EX-0001", "AXON_Body_3_Video_2026-03-14_2140.mp4").device
    'Axon Body 3'
    """
    found = _AXON.match(name)
    serial = _SERIAL.search(name.replace("_", " "))
    if found is None and serial is None:
        return None
    family, number = (found[1].title(), found[2]) if found else ("", "")
    source = Source.DASH_CAMERA if family == "Fleet" else Source.BODY_CAMERA
    device = f"Axon {family} {number}".strip() if found else ""
    return Claim(exhibit, exhibit, "its name", name, source, device, serial[1] if serial else "")
