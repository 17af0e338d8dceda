# SPDX-License-Identifier: Apache-2.0
"""An office with two cases and one person for each role in the first of them, behind a running desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from desk.at_desk import PASSWORD, Desk, Person, desk
from plainview.casework import people
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.model.case import Agent
from plainview.model.roles import Role

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
AMES, BELL = Agent("R. Ames"), Agent("J. Bell")
CASES = ("C-1", "C-2")


@dataclass
class House:
    """The office as the tests' own process sees it, and the desk as everybody else does."""

    workspace: Workspace
    desk: Desk
    admin: Person

    def person(self, name: str) -> Person:
        """Somebody with an account that the administrator made at the desk, logged in."""
        if name in self.desk.people:
            return self.desk.people[name]
        made = self.admin.post("/people/account", person=name)
        link = re.search(r"(/welcome/[^<\s]+)", made.text)
        login = re.search(r"log in as <code>([^<]+)", made.text)
        assert link is not None, made.text[:1000]
        assert login is not None
        someone = Person(name, self.desk.address)
        someone.open_account(link[1])
        assert someone.log_in(login[1], PASSWORD).status_code == 302
        self.desk.people[name] = someone
        return someone

    def holder(self, role: Role | None, *, case: str = "C-1") -> Person:
        """The person who has this role in this case and nothing else."""
        name = f"P. {role or 'Nobody'} {case}"
        if role is not None and name not in self.desk.people and role is not Role.ADMINISTRATOR:
            people.give(self.workspace.ledger, person=name, role=role, case=case, at=AT, acting=BELL)
        return self.admin if role is Role.ADMINISTRATOR else self.person(name)


@contextmanager
def house(folder: Path, *, database: str = "", **environment: str) -> Iterator[House]:
    """An office in ``folder`` with its desk open."""
    workspace = create(
        folder / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"desk", database=database
    )
    for case in CASES:
        given = folder / f"delivery {case}"
        given.mkdir()
        (given / "note.txt").write_text(f"A note about {case} that names nobody.\n")
        made = open_case(workspace, case_id=case, title=f"Case {case}", at=AT, rules="chicago", now=AT, acting=AMES)
        receive(
            [given], case=made, received_from="the police", ledger=workspace.ledger, vault=workspace.vault, at=AT,
            acting=AMES, secret=b"s",
        )  # fmt: skip
    people.give(workspace.ledger, person=BELL.name, role="administrator", case="", at=AT, acting=AMES)
    with desk(workspace.root, **environment) as running:
        yield House(workspace, running, running.person(BELL.name))
