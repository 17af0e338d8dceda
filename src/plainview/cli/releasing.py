# SPDX-License-Identifier: Apache-2.0
"""From an approved version to the public, and back: release, publish, withdraw, export, check."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from plainview import logs
from plainview.cli.common import HERE, As, Json, Office, app, emit, err, now, out, person, running
from plainview.errors import Blocked, WrongUsage


@app.command
def release(
    case: str,
    *,
    draft: Annotated[bool, Parameter(negative="")] = False,
    at: datetime | None = None,
    unschedule: Annotated[str, Parameter(help="Take back what is scheduled, with the reason.")] = "",
    as_: As = None,
    jobs: int | None = None,
    office: Office = HERE,
    as_json: Json = False,
) -> None:
    """Build, audit, and, when two people have approved exactly these bytes, seal and publish.

    With --at TIME (given to the draft too, so that its pages say so) it is published then, by `plainview publish`.
    """
    from plainview.pipeline import runs

    if unschedule:
        _unschedule(office, case, why=unschedule, as_=as_)
        return
    with running(office, case, jobs=jobs) as run:
        built = runs.release(run, draft=draft, acting=person(as_), dated=at)
        place = built.bag if draft or at else run.workspace.site / "c" / case / f"v{built.release.number}"
    if as_json:
        emit({"version": built.release.number, "digest": built.digest, "path": str(place), "draft": draft})
        return
    out.print(f"version {built.release.number}: {built.digest}")
    out.print(
        f"draft in {place}; approve with: plainview approve {case} --as NAME"
        if draft
        else f"to be published at {at} by: plainview publish"
        if at
        else f"published in {place}"
    )


def _unschedule(office: Path, case: str, *, why: str, as_: str | None) -> None:
    from plainview.casework import publishing
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    number = publishing.unschedule(workspace, workspace.case(case), why=why, at=now(), acting=person(as_))
    out.print(f"version {number} is no longer scheduled")


@app.command
def publish(*, wait: Annotated[bool, Parameter(negative="")] = False, office: Office = HERE) -> None:
    """Publish every version whose scheduled time has come; --wait goes on looking, every five seconds, until stopped.

    What is held back is told and stays scheduled: exit code 4.
    """
    import time

    from plainview.casework import publishing
    from plainview.casework.workspace import SOFTWARE, open_office
    from plainview.model.case import Agent

    workspace, program = open_office(office), Agent(SOFTWARE, "program", program=True)
    told: set[tuple[str, int, str]] = set()
    while True:
        done = publishing.publish_due(workspace, at=now(), acting=program)
        for _, number, why in (each for each in done if each not in told):
            logs.event("version_due", version=f"v{number}", outcome="held_back" if why else "published")
        for case, number, why in (each for each in done if each not in told):
            out.print(f"case {case} version {number}: {f'held back: {why}' if why else 'published'}", markup=False)
        told.update(done)
        if not wait:
            break
        time.sleep(5)
    if any(why for _, _, why in done):
        sys.exit(Blocked.exit_code)


@app.command
def withdraw(
    case: str,
    *,
    version: int,
    reason: str = "",
    file: tuple[str, ...] = (),
    drill: Annotated[bool, Parameter(negative="")] = False,
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Take back a published version (or single files of it); a tombstone says what, when and why.

    With --drill it is done to a twin of the site, judged by the public's checker, logged, and thrown away.
    """
    from plainview.casework import publishing
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    if drill:
        tried = publishing.drill_withdrawal(
            workspace, workspace.case(case), number=version, files=file, at=now(), acting=person(as_)
        )
        for problem in tried.problems:
            err.print(problem, markup=False)
        left = f"{tried.newest} would be the newest" if tried.newest else "no version would be left"
        out.print(f"drill: {tried.files} files, {tried.bytes} bytes would be gone; {left}; the site was not touched")
        sys.exit(1 if tried.problems else 0)
    stone = publishing.withdraw(
        workspace, workspace.case(case), number=version, reason=reason, files=file, at=now(), acting=person(as_)
    )
    out.print(f"withdrawn; the tombstone is {stone}")


@app.command
def webhooks(*, office: Office = HERE, as_json: Json = False) -> None:
    """Tell the addresses in OFFICE/webhooks.json what was released and withdrawn since; nothing without that file."""
    from plainview.casework import telling
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    told = telling.tell(open_office(office), now=now())
    if as_json:
        emit([wire.plain(each) for each in told])
    for each in () if as_json else told:
        out.print(f"{each.address}: {each.count} told{f'; {each.problem}' if each.problem else ''}", markup=False)
    if any(each.problem for each in told):
        sys.exit(1)


@app.command
def export(case: str, *, to: str, out_dir: Path = Path("export"), office: Office = HERE) -> None:
    """Write the newest published version for other programs: otio, fcpxml, edl, kdenlive, eaf, vtt, iiif, csv, …"""
    from plainview.casework import publishing
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    for path in publishing.export_newest(workspace, workspace.case(case), to=to, target=out_dir):
        out.print(str(path))


@app.command
def verify(folder: Path, *, key: str = "", as_json: Json = False) -> None:
    """Check a published site, case or version with nothing but its own files."""
    from plainview import verify as checker

    arguments = [str(folder), *(["--key", key] if key else []), *(["--json"] if as_json else [])]
    sys.exit(checker.main(arguments))


@app.command
def audit(folder: Path, *, plan: Path | None = None, jobs: int | None = None, as_json: Json = False) -> None:
    """Attack a built or published release: does anything that was decided to be hidden still show?

    With all processors of the machine unless --jobs says how many.
    """
    from plainview.casework import publishing
    from plainview.model import wire

    reports = publishing.audit_folder(folder, plan=plan, jobs=jobs or os.cpu_count() or 1, say=err.print)
    if as_json:
        emit([wire.plain(report) for report in reports])
    for report in reports:
        for finding in report.findings:
            err.print(f"{finding.place} ({finding.subject}): {finding.sentence}", markup=False)
        for each in report.covered:
            if each.much:
                where = f"{each.recording}, {each.moment or 'the whole of it'}"
                err.print(
                    f"little is left of {where}: {each.pictures:.0%} of its pictures and {each.sound:.0%} of its "
                    f"sound are hidden ({', '.join(each.reasons)})",
                    markup=False,
                )
    leaks = sum(len(report.findings) for report in reports)
    checked = ", ".join(f"{count} {what}" for what, count in reports[0].checked) if reports else ""
    err.print(f"{leaks} leaks found" if leaks else f"clean: nothing that was hidden shows ({checked})", markup=False)
    sys.exit(1 if leaks else 0)


@app.command
def serve(folder: Path, *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve a folder over HTTP with ranges, on this machine only unless --host says otherwise."""
    from plainview.publish.server import serve as serve_folder

    if not folder.is_dir():
        raise WrongUsage(f"{folder} is no folder")
    out.print(f"http://{host}:{port}/  (stop with Ctrl+C)")
    serve_folder(folder, host=host, port=port)
