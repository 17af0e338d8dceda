# SPDX-License-Identifier: Apache-2.0
"""What people outside the office ask and answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from plainview.cli.common import HERE, As, Office, app, now, out, person


@app.command
def ask(
    case: str,
    text: str,
    *,
    asking: Literal["privacy complaint", "deferral"] = "privacy complaint",
    who: str = "",
    where: str = "",
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Keep what somebody outside asks for: to hide more, or to wait. It holds the next version until it is answered."""
    from plainview.casework import outside
    from plainview.casework.workspace import open_office
    from plainview.model.request import Asking

    workspace = open_office(office)
    made = outside.ask(
        workspace, workspace.case(case), asking=Asking(asking), who=who, text=text, where=where, at=now(),
        acting=person(as_),
    )  # fmt: skip
    out.print(f"{made.id}: open; answer it with: plainview answer {case} {made.id} --reason WHY [--granted]")


@app.command
def answer(
    case: str,
    request: str,
    *,
    reason: str,
    granted: Annotated[bool, Parameter(negative="")] = False,
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Say what was done about a request from outside, and why."""
    from plainview.casework import outside
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    outside.answer(
        workspace, workspace.case(case), request=request, granted=granted, reason=reason, at=now(), acting=person(as_)
    )
    out.print(f"{request}: answered")


@app.command
def reply(
    case: str,
    statement: str,
    *,
    until: date | None = None,
    text: str = "",
    to: Path = Path("letters"),
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Right of reply: --until DAY writes the letter to the party; afterwards --text WORDS, or nothing for silence."""
    from plainview.casework import outside
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    chosen = workspace.case(case)
    if until is not None:
        path = outside.offer_reply(
            workspace, chosen, statement=statement, due=until, out=to, at=now(), acting=person(as_)
        )
        out.print(str(path), markup=False)
        return
    outside.keep_reply(workspace, chosen, statement=statement, text=text, at=now(), acting=person(as_))
    out.print(f"{statement}: {'the reply' if text else 'that there was none'} stands beside it")
