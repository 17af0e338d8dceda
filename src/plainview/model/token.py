# SPDX-License-Identifier: Apache-2.0
"""A token: a key that a person gives to a program, so that it may do some of what the person may do.

What this module keeps true: a token names its verbs and its cases and the day on which it ends; it never allows what
its owner may not do at that moment (``casework.people.require`` asks for both); giving roles and making tokens are
nobody's to pass on; what a program does with it is logged under the owner's name, as done by the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plainview.model.roles import DECIDE, RIGHTS

PERSONAL = frozenset({"people", "approve"})
"""Verbs that no token allows: giving roles, and agreeing to bytes that a person has looked at."""

EVERY_DECISION = DECIDE.strip()
"""Instead of a kind: every kind of decision."""

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Token:
    """What one token allows. Its secret is nowhere: ``digest`` is the SHA-256 by which it is known again."""

    id: str
    owner: str
    label: str
    digest: str
    verbs: tuple[str, ...]
    cases: tuple[str, ...]
    """Empty: every case in which its owner has a role."""
    given: datetime
    ends: datetime

    def allows(self, verb: str, case: str) -> bool:
        """Whether it was given for this verb in this case; one for some cases does nothing in the whole office."""
        wide = EVERY_DECISION in self.verbs and verb.startswith(DECIDE)
        return (verb in self.verbs or wide) and (not self.cases or case in self.cases)

    @property
    def known_as(self) -> str:
        """How the custody log names it."""
        return f"token of {self.owner} ({self.label})"


def passable() -> list[str]:
    """Verbs that a token can be given for."""
    return sorted({*RIGHTS, EVERY_DECISION} - PERSONAL)

