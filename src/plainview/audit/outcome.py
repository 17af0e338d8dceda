# SPDX-License-Identifier: Apache-2.0
"""What one attack gives back: findings, and how much was looked at. Plain values, so they cross processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from plainview.model.audit import AuditFinding, Covered
from plainview.model.finding import Box
from plainview.model.time import MediaTime

NOBODY = "unknown"
"""Subject of a finding that shows a way out rather than a person."""


@dataclass(slots=True)
class Outcome:
    """Findings gathered while attacking; ``checked`` counts what was really looked at."""

    findings: list[AuditFinding] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    covered: list[Covered] = field(default_factory=list)

    def leak(
        self,
        place: str,
        kind: str,
        sentence: str,
        *,
        subject: str = NOBODY,
        at: MediaTime | None = None,
        until: MediaTime | None = None,
        where: Box | None = None,
    ) -> None:
        """Add a finding, once; ``where`` in the original's pixels."""
        finding = AuditFinding(place, at, subject, kind, sentence, until, where)
        if finding not in self.findings:
            self.findings.append(finding)

    def take(self, other: Outcome) -> None:
        """Add what another attack found."""
        for finding in other.findings:
            if finding not in self.findings:
                self.findings.append(finding)
        self.checked.update(other.checked)
        self.covered += other.covered

    def has(self, *, place: str, kinds: Iterable[str]) -> bool:
        """Whether a finding of one of these kinds is already there for this file."""
        wanted = set(kinds)
        return any(finding.place == place and finding.kind in wanted for finding in self.findings)
