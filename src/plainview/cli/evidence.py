# SPDX-License-Identifier: Apache-2.0
"""Evidence in and seen: intake, examination, what a case holds, who looked at an original."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from plainview.cli.common import HERE, As, Files, Json, Office, app, emit, err, now, out, person, running
from plainview.errors import WrongUsage


@app.command
def intake(
    case: str,
    paths: Files,
    *,
    from_: Annotated[str, Parameter(name="--from")],
    as_: As = None,
    office: Office = HERE,
    as_json: Json = False,
) -> None:
    """Take files in: hash, seal, log. Nothing is dropped; what cannot be opened is kept and said so."""
    from plainview.casework.workspace import open_office
    from plainview.pipeline.session import receive

    report = receive(
        open_office(office), case_id=case, paths=paths, received_from=from_, now=now(), acting=person(as_), console=err
    )
    if as_json:
        emit(report.plain())
    else:
        report.tell(out)


@app.command
def watch(
    case: str,
    folder: Path,
    *,
    from_: Annotated[str, Parameter(name="--from")],
    settle: float = 10.0,
    once: Annotated[bool, Parameter(negative="")] = False,
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Take in what others drop into a folder, each file once and when it is whole (still for --settle seconds, twice).

    Runs until stopped; --once ends when all that is there is in.
    """
    from plainview.casework.workspace import open_office
    from plainview.pipeline import session

    session.watch(
        open_office(office),
        case_id=case,
        folder=folder,
        received_from=from_,
        settle=settle,
        once=once,
        clock=now,
        acting=person(as_),
        console=err,
    )


@app.command
def analyse(
    case: str,
    *,
    only: str = "",
    model: str = "base",
    jobs: int | None = None,
    retry: Annotated[bool, Parameter(negative="")] = False,
    urgent: Annotated[bool, Parameter(negative="")] = False,
    office: Office = HERE,
    as_json: Json = False,
) -> None:
    """Examine what is new: one clock, words, shots, faces, papers. Safe to kill and run again.

    Workers help; with --jobs 0 they do it all. --urgent goes before what waits already.
    """
    from plainview.pipeline import runs

    with running(office, case, jobs=jobs, model=model, urgent=urgent) as run:
        if retry:
            run.forget_failures()
        outcomes = runs.analyse(run, only=[step for step in only.split(",") if step])
    failed = [o for o in outcomes if o.result is None]
    if as_json:
        emit(
            {
                "done": len(outcomes) - len(failed),
                "failed": [{"step": o.task.step, "exhibit": o.task.exhibit, "reason": o.reason} for o in failed],
            }
        )
        return
    out.print(f"{len(outcomes) - len(failed)} findings, {len(failed)} steps failed")
    for outcome in failed:
        out.print(f"  failed: {outcome.task.step} on {outcome.task.exhibit or 'the case'}: {outcome.reason}")


@app.command
def show(
    case: str, what: str = "status", *, pictures: Path | None = None, office: Office = HERE, as_json: Json = False
) -> None:
    """Show a case: timeline, moments, transcript, redactions, statements, proofs, custody, status.

    With proofs, --pictures DIR draws one for each: a spectrogram strip, or where two recordings agree.
    """
    from plainview.casework import showing
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    view = showing.view(workspace, workspace.case(case), what, pictures=pictures)
    if as_json:
        emit(view.data)
    else:
        for line in view.lines:
            out.print(line, markup=False)


@app.command
def find(
    case: str,
    phrase: str,
    *,
    once: Annotated[bool, Parameter(negative="")] = False,
    model: str = "base",
    jobs: int | None = None,
    office: Office = HERE,
    as_json: Json = False,
) -> None:
    """Find a phrase in all recordings: exact, similar, counted as an interval; --once does not listen again."""
    from plainview.casework.workspace import open_office
    from plainview.model import wire
    from plainview.pipeline import searching

    workspace = open_office(office)
    chosen = workspace.case(case)
    if once:
        answer = searching.find_once(workspace, chosen, phrase)
    else:
        with running(office, case, jobs=jobs, model=model) as run:
            answer = searching.find(run, phrase)
    if as_json:
        emit(wire.plain(answer))
    else:
        searching.tell(answer, chosen.at, out)
    searching.refuse_unheard(answer)


@app.command
def view(case: str, exhibit: str, *, why: str, to: Path | None = None, as_: As = None, office: Office = HERE) -> None:
    """Where an unredacted original lies, or a copy of it; who looked, when and why goes into the custody log first."""
    from plainview.casework import standing, viewing
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    chosen = workspace.case(case)
    try:
        item = standing.exhibit_named(workspace.ledger.exhibits(case), exhibit)
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    if to is None:
        path = viewing.open_original(workspace, chosen, item, why=why, at=now(), acting=person(as_))
    else:
        path = viewing.copy_original(workspace, chosen, item, to=to, why=why, at=now(), acting=person(as_))
    out.print(str(path), markup=False)


@app.command
def watched(
    case: str, exhibit: str, *, from_s: float, to_s: float, as_: As = None, office: Office = HERE, as_json: Json = False
) -> None:
    """Keep that a stretch of an original was watched, and how much of it was graphic."""
    from plainview.casework import standing, viewing
    from plainview.casework.workspace import open_office
    from plainview.model import wire
    from plainview.model.time import MediaSpan, media_seconds

    workspace = open_office(office)
    chosen = workspace.case(case)
    try:
        item = standing.exhibit_named(workspace.ledger.exhibits(case), exhibit)
        span = MediaSpan(media_seconds(from_s), media_seconds(to_s))
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    made = viewing.watched(workspace, chosen, item, span=span, at=now(), acting=person(as_))
    if as_json:
        emit(wire.plain(made))
    else:
        out.print(f"{made.person} watched {to_s - from_s:.1f} s of {item.id}, {made.graphic / 1e6:.1f} s of it graphic")
