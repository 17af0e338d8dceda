# SPDX-License-Identifier: Apache-2.0
"""What people decide: reviews, places of cameras, wording, a look at what is decided, approval."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from plainview.cli.common import HERE, As, Json, Office, app, emit, err, now, out, person, read_text, running
from plainview.errors import WrongUsage


@app.command
def review(
    case: str,
    *,
    apply: Path | None = None,
    draft: Annotated[bool, Parameter(negative="")] = False,
    estimate: Annotated[bool, Parameter(negative="")] = False,
    as_: As = None,
    office: Office = HERE,
) -> None:
    """What is undecided, as JSON lines; --apply FILE appends decisions, --draft writes careful ones to edit.

    --estimate says instead how many staff minutes the undecided rest will take, as one JSON document.
    """
    from plainview.casework import reading, standing
    from plainview.casework import review as verbs
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    workspace = open_office(office)
    chosen = workspace.case(case)
    if apply is not None:
        text = sys.stdin.read() if str(apply) == "-" else read_text(apply)
        lines = reading.read_lines(text, name=str(apply))
        appended, stood = verbs.apply(workspace, chosen, lines, at=now(), default_agent=as_)
        err.print(f"{appended} decisions recorded, {stood} stood already")
        return
    desk = standing.open_desk(workspace, chosen)
    if estimate:
        ahead = verbs.effort(desk)
        sys.stdout.write(json.dumps(wire.plain(ahead), ensure_ascii=False) + "\n")
        err.print(f"about {ahead.minutes} staff minutes, between {ahead.least} and {ahead.most}; assumed, not measured")
        return
    if draft:
        for line in verbs.cautious_defaults(desk):
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return
    items = verbs.waiting(desk)
    for item in items:
        line = {"kind": item.kind, "what": item.what, "template": item.template}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    err.print(f"{len(items)} undecided")


@app.command
def place(
    case: str,
    recording: str,
    *,
    east: Annotated[float | None, Parameter(allow_leading_hyphen=True)] = None,
    north: Annotated[float | None, Parameter(allow_leading_hyphen=True)] = None,
    error: float | None = None,
    facing: float | None = None,
    facing_error: float | None = None,
    view: float | None = None,
    known_by: str = "",
    from_: Annotated[str, Parameter(name="--from")] = "",
    to: str = "",
    unknown: Annotated[str, Parameter(help="Withdraw all places of this camera, with the reason.")] = "",
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Set a camera's place on the scene's plan: metres east and north of one point, degrees clockwise from north."""
    from plainview.casework import review as verbs
    from plainview.casework.workspace import open_office

    given = {"east_m": east, "north_m": north, "error_m": error, "facing_deg": facing}
    given |= {"facing_error_deg": facing_error, "view_deg": view}
    line: dict[str, Any] = {
        "decide": "place_camera",
        "exhibit": recording,
        "known_by": known_by,
        "from": from_,
        "to": to,
    }
    line |= {"unknown": True, "reason": unknown} if unknown else {k: v for k, v in given.items() if v is not None}
    workspace = open_office(office)
    appended, _ = verbs.apply(workspace, workspace.case(case), [line], at=now(), default_agent=person(as_).name)
    out.print("recorded" if appended else "stood already")


@app.command
def align(
    case: str,
    recording: str,
    *,
    reason: str,
    uncertainty_s: float,
    starts: str = "",
    nudge_s: Annotated[float | None, Parameter(allow_leading_hyphen=True)] = None,
    shared: Annotated[list[str] | None, Parameter(negative="", help="SECONDS=OTHER@SECONDS, once or twice.")] = None,
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Place a recording on the case's clock by hand: when it starts, by how much it moves, or by shared instants.

    What was found stays; the placement stands in front of it and is published as the office's, with its reason.
    """
    from plainview.casework import review as verbs
    from plainview.casework.workspace import open_office

    line = {"decide": "place_recording", "exhibit": recording, "reason": reason, "uncertainty_s": uncertainty_s,
            "starts": starts, "nudge_s": nudge_s, "shared": [_shared(each) for each in shared or ()]}  # fmt: skip
    workspace = open_office(office)
    appended, _ = verbs.apply(workspace, workspace.case(case), [line], at=now(), default_agent=person(as_).name)
    out.print(f"{'recorded' if appended else 'stood already'}; then: plainview analyse {case}", markup=False)


def _shared(text: str) -> dict[str, Any]:
    """``12.5=EX-0001@40.25``: one instant, at 12.5 s here and at 40.25 s there."""
    at, _, other = text.partition("=")
    name, _, there = other.rpartition("@")
    if not (at and name and there):
        raise WrongUsage(f"{text!r}: a shared instant is written as 12.5=EX-0001@40.25")
    return {"at_s": at, "with": name, "there_s": there}


@app.command
def assess(
    case: str,
    assertion: str,
    *,
    relation: Literal["supports", "contradicts", "undetermined"],
    moment: str = "",
    paper: str = "",
    page: int | None = None,
    note: str = "",
    limits: str = "",
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Say how a moment or a page bears on an assertion; the first of two answers is sealed until the second."""
    from plainview.casework import assessing
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    opened = assessing.assess(
        workspace, workspace.case(case), assertion, relation=relation, moment=moment, paper=paper, page=page, note=note,
        limits=limits, at=now(), acting=person(as_),
    )  # fmt: skip
    if opened is None:
        out.print(f"{assertion}: sealed; a second person assesses it without seeing this")
    else:
        out.print(f"{opened.first.person}: {opened.first.relation}; {opened.second.person}: {opened.second.relation}"
                  f"{'' if opened.alike else '; the difference is to be written down'}", markup=False)  # fmt: skip


@app.command
def second(
    case: str,
    line: Annotated[int, Parameter(help="The number of the first listener's decision.")],
    *,
    text: str = "",
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Sign a transcript's line as its second listener; --text when you heard something else: both then stand."""
    from plainview.casework import listening
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    alike = listening.listen_again(
        workspace, workspace.case(case), line, text=text, at=now(), acting=person(as_)
    )
    out.print("signed by two" if alike else "the two differ: both texts stand and the line is disputed")


@app.command
def wording(
    case: str = "",
    *,
    file: Annotated[
        Path | None,
        Parameter(help="Check a text file (- for standard input) instead of a case.", allow_leading_hyphen=True),
    ] = None,
    office: Office = HERE,
    as_json: Json = False,
) -> None:
    """Check the office's own words: verdicts, intent, unnamed sources; each remark says why and what instead."""
    from plainview.casework import wording as checks
    from plainview.casework.standing import open_desk
    from plainview.casework.workspace import open_office
    from plainview.model import wire
    from plainview.model.wording import released_texts

    if bool(case) == bool(file):
        raise WrongUsage("name a case, or a text with --file FILE")
    if file is not None:
        text = sys.stdin.read() if str(file) == "-" else read_text(file)
        found = released_texts([(f"line {n}", line) for n, line in enumerate(text.splitlines(), 1)], ())
    else:
        workspace = open_office(office)
        found = checks.case_remarks(open_desk(workspace, workspace.case(case)).state)
    if as_json:
        emit([wire.plain(remark) for remark in found])
    else:
        for remark in found:
            out.print(f"{'holds' if remark.holds else 'advice'}  {remark.sentence()}", markup=False)
    held = sum(remark.holds for remark in found)
    err.print(f"{len(found)} remarks, {held} of them hold a release", markup=False)
    sys.exit(1 if held else 0)


@app.command
def preview(case: str, exhibit: str, *, to: Path, jobs: int | None = None, office: Office = HERE) -> None:
    """Render one recording as decided so far, for those who decide; what is undecided still shows in it."""
    from plainview.casework import standing
    from plainview.pipeline import runs

    with running(office, case, jobs=jobs, urgent=True) as run:  # a person waits for it
        try:
            item = standing.exhibit_named(run.workspace.ledger.exhibits(case), exhibit)
        except ValueError as error:
            raise WrongUsage(str(error)) from error
        runs.preview(run, item, to=to)
    out.print(str(to), markup=False)


@app.command
def approve(case: str, *, as_: Annotated[str, Parameter(name="--as")], office: Office = HERE) -> None:
    """Agree to exactly the built and audited bytes of the next version."""
    from plainview.casework import publishing
    from plainview.casework.people import acting_as
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    agent = acting_as(workspace.ledger, as_, case=case, otherwise="staff")
    number, digest = publishing.approve_built(workspace, workspace.case(case), at=now(), acting=agent)
    out.print(f"{as_} approves version {number} of case {case}, bytes {digest}")
