# SPDX-License-Identifier: Apache-2.0
"""Status of officers and recommendations: who recommended what to whom, and who has answered."""

from __future__ import annotations

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
