# SPDX-License-Identifier: Apache-2.0
"""What people outside the office ask of it: to hide more, to wait, to be heard.

What this module keeps true: a request that nobody has answered is work at the desk and holds the next version; only a
named person answers it, with a reason; who asked and in what words stays in the office and is in no release.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Asking(StrEnum):
    """What is asked for."""

    PRIVACY = "privacy complaint"
    """Something published shows or names who should not be seen or named."""
    DEFERRAL = "deferral"
    """Whoever saw the case under embargo asks that it be published later."""
    REPLY = "right of reply"
    """A party was shown what is set beside its statement, and is waited for until a day."""


@dataclass(frozen=True, slots=True)
class OutsideRequest:
    """One request; ``where`` is an address, an exhibit or a statement, ``due`` the day until which it is waited for."""

    id: str
    asking: Asking
    on: date
    who: str
    text: str
    where: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """What the office did about a request, and why."""

    request: str
    granted: bool
    on: date
    reason: str
