# SPDX-License-Identifier: Apache-2.0
"""Somebody outside who is shown a version before it is public: family, the person shown, their counsel.

What this module keeps true: a guest sees one version of one case, as it is to be published and in copies that carry the
guest's name, until a day; never an original, and never what an office has built since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Guest:
    """One invitation. Its link is nowhere: ``digest`` is the SHA-256 by which it is known again."""

    id: str
    case: str
    name: str
    relation: str
    """Why this person is shown it: ``mother``, ``counsel of the person shown``."""
    by: str
    """Who invited."""
    version: int
    bytes: str
    """Digest of the version that is shown."""
    digest: str
    given: datetime
    ends: datetime

    @property
    def words(self) -> str:
        """What stands over every picture."""
        return f"Shown to {self.name} {self.given:%Y-%m-%d}, not published"
