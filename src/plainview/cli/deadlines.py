# SPDX-License-Identifier: Apache-2.0
"""Dates that rules set and records that must be had: clocks, letters, reminders, expected against held."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from plainview.cli.common import HERE, As, Json, Office, app, emit, now, out, person


@app.command
def clocks(
    case: str,
    *,
    on: Annotated[date | None, Parameter(help="Tell it as on this day instead of today.")] = None,
    ical: Annotated[bool, Parameter(negative="")] = False,
    office: Office = HERE,
    as_json: Json = False,
) -> None:
    """Every date that the case's rules give, and why; --ical for the office's calendar."""
    from plainview.casework import clocks as verbs
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    chosen = workspace.case(case)
    today = on or now().astimezone(chosen.at.tzinfo).date()
    if ical:
        sys.stdout.write(verbs.ical(workspace, chosen, now=now(), today=today))
        return
    found = verbs.clocks(workspace, chosen, today=today)
    if as_json:
        emit(found.plain())
    else:
        for line in found.lines():
            out.print(line, markup=False)


@app.command
def demand(
    case: str,
    *,
    source: str = "",
    address: str = "",
    to: Path = Path("letters"),
    as_: As = None,
    office: Office = HERE,
    as_json: Json = False,
) -> None:
    """Write the letters that demand the keeping of records which their holders would destroy."""
    from plainview.casework import clocks as verbs
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    made = verbs.demand(
        workspace, workspace.case(case), out=to, source=source, address=address, at=now(), acting=person(as_)
    )
    if as_json:
        emit([{"source": e.source, "holder": e.holder, "path": str(e.path), "sha256": e.sha256} for e in made])
        return
    for each in made:
        out.print(f"{each.path}: to {each.holder}; destroyed on {each.destroyed_on} unless kept", markup=False)
    if not made:
        out.print("every holder was written to already")


@app.command
def reminders(*, within: int = 14, on: date | None = None, office: Office = HERE, as_json: Json = False) -> None:
    """What is overdue or falls due within some days, over all cases; silent when nothing does."""
    from plainview.casework import clocks as verbs
    from plainview.casework.workspace import open_office

    found = verbs.reminders(open_office(office), today=on or now().date(), within=within)
    if as_json:
        emit(found)
        return
    for each in found:
        out.print(f"{each['on']}  {each['state']:<8} {each['case']}  {each['what']}. {each['why']}", markup=False)


@app.command
def holdings(
    case: str,
    *,
    on: Annotated[date | None, Parameter(help="Tell it as on this day instead of today.")] = None,
    gaps: Annotated[bool, Parameter(negative="")] = False,
    as_csv: Annotated[bool, Parameter(name="--csv", negative="")] = False,
    office: Office = HERE,
    as_json: Json = False,
) -> None:
    """Which recordings should exist, and what became of asking for them; --gaps is what will be published."""
    from plainview.casework import holdings as verbs
    from plainview.casework.standing import open_desk
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    workspace = open_office(office)
    desk = open_desk(workspace, workspace.case(case))
    today = on or now().astimezone(desk.case.at.tzinfo).date()
    rows = verbs.standings(desk, today=today)
    if gaps:
        found = verbs.gaps(desk, today=today)
        if as_json:
            emit([{"item": name, "reason": why} for name, why in found])
        for name, why in () if as_json else found:
            out.print(f"{name}: {why}", markup=False)
    elif as_csv:
        sys.stdout.write(verbs.table(rows))
    elif as_json:
        emit([wire.plain(row) for row in rows])
    else:
        for row in rows:
            out.print(f"{row.state:<12}  {row.name}  [{row.clue or row.exhibit}]  {row.why}", markup=False)
