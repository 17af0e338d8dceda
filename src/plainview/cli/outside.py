# SPDX-License-Identifier: Apache-2.0
"""What people outside the office ask and answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from plainview.cli.common import HERE, As, Office, app, now, out, person, running


@app.command
def invite(
    case: str,
    name: str,
    *,
    relation: str,
    days: int = 7,
    address: str = "http://127.0.0.1:8100",
    jobs: int | None = None,
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Invite somebody outside to see the built, clean version before it is public, in copies that carry the name."""
    from plainview.casework import embargo
    from plainview.pipeline import runs

    with running(office, case, jobs=jobs) as run:
        guest, link = embargo.invite(
            run.workspace, run.case, name=name, relation=relation, days=days, at=now(), acting=person(as_)
        )
        made = runs.mark_for(run, guest)
    out.print(f"{guest.id}: {name} may see {made} films of version {guest.version} until {guest.ends:%Y-%m-%d}, at",
              markup=False)  # fmt: skip
    out.print(f"{address.rstrip('/')}/embargo/{link}/", markup=False)


@app.command
def copies(case: str, guest: str, *, jobs: int | None = None, office: Office = HERE) -> None:
    """Make the copies of an invitation that was given at the desk."""
    from plainview.casework import embargo
    from plainview.pipeline import runs

    with running(office, case, jobs=jobs) as run:
        made = runs.mark_for(run, embargo.guest_of(run.workspace, run.case, guest))
    out.print(f"{made} films carry the name", markup=False)


@app.command
def uninvite(case: str, guest: str, *, why: str, as_: As = None, office: Office = HERE) -> None:
    """End an invitation before its day, with the reason."""
    from plainview.casework import embargo
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    ended = embargo.end(workspace, workspace.case(case), guest, why=why, at=now(), acting=person(as_))
    out.print(f"{ended.name} is shown nothing more", markup=False)


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
