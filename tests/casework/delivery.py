# SPDX-License-Identifier: Apache-2.0
"""An office with one case and an empty delivery folder, for tests of what may be done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from plainview.casework.intake import IntakeReport, receive
from plainview.model.case import Agent, Case
from plainview.model.custody import CustodyEvent
from plainview.store.keys import salts
from plainview.store.ledger import Ledger
from plainview.store.vault import Vault

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
CLERK = Agent("R. Ames", "evidence clerk")
CASE = Case("LOG-2026-0001", "Fair Street", AT)
SECRET = b"office secret"


@dataclass
class Office:
    """A ledger and a vault with one case, and the folder of a delivery."""

    root: Path
    ledger: Ledger
    vault: Vault
    delivery: Path

    def take(self, *paths: Path, source: str = "police department") -> IntakeReport:
        return receive(
            paths or (self.delivery,),
            case=CASE,
            received_from=source,
            ledger=self.ledger,
            vault=self.vault,
            at=AT,
            acting=CLERK,
            secret=SECRET,
        )

    def events(self, exhibit: str) -> list[tuple[str, str]]:
        """(type, outcome) of the custody entries about an exhibit."""
        bodies = [(entry, json.loads(entry.body)) for entry in self.ledger.entries(CASE.id)]
        return [(entry.type, body["outcome"]) for entry, body in bodies if entry.subject == exhibit]

    def give(self, name: str, data: bytes) -> Path:
        path = self.delivery / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


def open_office(root: Path) -> Office:
    ledger = Ledger(root / "ledger.sqlite", software="plainview test", salt=salts(SECRET))
    if ledger.case(CASE.id) is None:
        with ledger.change(acting=CLERK, at=AT) as change:
            change.add_case(CASE)
            change.record(CustodyEvent("case-created", CASE.id, CASE.id))
    (root / "delivery").mkdir(exist_ok=True)
    return Office(root, ledger, Vault.create(root / "vault"), root / "delivery")
