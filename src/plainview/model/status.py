# SPDX-License-Identifier: Apache-2.0
"""Status of officers and recommendations: who recommended what to whom, and who has answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One dated rung: a recommendation, a leave, an answer, or the absence of one."""

    id: str
    date: date
    body: str
    about: str
    kind: str
    """``recommendation``, ``leave``, ``relief``, ``answer``, ``answer due``, ``investigation``."""
    text: str
    open: bool = False
    """True while an answer is owed."""
    to: str = ""
    """Who must answer, where that is not said by the words."""
    answers: str = ""
    """Id of the recommendation that this answers."""


def answer_to(event: StatusEvent, events: Iterable[StatusEvent]) -> StatusEvent | None:
    """The first answer to ``event`` that names it; None while there is none."""
    given = sorted((e for e in events if e.answers == event.id), key=lambda e: (e.date, e.id))
    return given[0] if given else None
