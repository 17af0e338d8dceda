# SPDX-License-Identifier: Apache-2.0
"""The command line: arguments over casework, pipeline, media and verify; the only place that exits.

Exit codes: 0 done; 1 the answer is no; 2 wrong usage; 3 unreadable or hostile input; 4 blocked by a
rule; others in docs/error-codes.md. With ``--json`` one JSON document goes to standard output and
nothing else does; progress and sentences go to standard error.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

import plainview
from plainview import logs
from plainview.errors import Blocked, PlainviewError, WrongUsage

if TYPE_CHECKING:
    from plainview.model.case import Agent
    from plainview.pipeline.runs import Run

app = App(
    name="plainview",
    version=plainview.__version__,
    help="From a folder of raw recordings and papers to a signed public release that anyone can check.",
    help_format="markdown",
)
case_app = App(name="case", help="Open and list cases.")
app.command(case_app)
people_app = App(name="people", help="Who may do what: give and take roles.")
app.command(people_app)

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, Parameter(name="--json", negative="")]
As = Annotated[str | None, Parameter(name="--as")]
Files = Annotated[tuple[Path, ...], Parameter(negative="")]
Office = Annotated[Path, Parameter(name=("--office", "-C"))]
HERE = Path()


def now() -> datetime:
    """The clock, read here and passed in everywhere; ``SOURCE_DATE_EPOCH`` fixes it for repeatable builds."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC).replace(microsecond=0)


def person(name: str | None) -> Agent:
    """Who acts: the name given, else the account's."""
    from plainview.model.case import Agent

    return Agent(name or getpass.getuser(), "staff")


def emit(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


@contextmanager
def running(
    office: Path, case: str, *, jobs: int | None, durable: bool = True, model: str = "base", urgent: bool = False
) -> Iterator[Run]:
    """An open case with its engine and progress bars, alone in its office for as long as it lasts."""
    from plainview.casework.workspace import open_office
    from plainview.pipeline.session import session

    with session(
        open_office(office),
        case_id=case,
        now=now(),
        console=err,
        jobs=jobs,
        durable=durable,
        model=model,
        urgent=urgent,
    ) as run:
        yield run


@app.command
def init(
    office: Path,
    *,
    name: str,
    contact: str = "",
    address: str = "",
    database: str = "",
    as_: As = None,
    seed: str | None = None,
) -> None:
    """Make an office folder: keys, vault, ledger, custody log; --database postgresql://… for many machines."""
    from plainview.casework.workspace import create

    made = create(
        office,
        name=name,
        contact=contact,
        at=now(),
        acting=person(as_),
        seed=seed.encode() if seed else None,
        address=address,
        database=database,
    )
    out.print(f"{name}: {office} (release key {made.fingerprint})")
    out.print("Print this fingerprint where the public can find it apart from the site.")


@case_app.command
def new(case: str, *, title: str, at: datetime, rules: str = "own", as_: As = None, office: Office = HERE) -> None:
    """Open a case: its number, a title, when it happened (with zone), and the rules that set its dates."""
    from plainview.casework.workspace import open_case, open_office

    open_case(open_office(office), case_id=case, title=title, at=at, rules=rules, now=now(), acting=person(as_))
    out.print(f'case {case} is open; next: plainview -C {office} intake {case} FOLDER --from "…"')


@case_app.command(name="list")
def list_cases(*, office: Office = HERE, as_json: Json = False) -> None:
    """List the cases of an office."""
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    cases = open_office(office).ledger.cases()
    if as_json:
        emit([wire.plain(case) for case in cases])
        return
    for case in cases:
        out.print(f"{case.id}  {case.at:%Y-%m-%d %H:%M}  {case.title}")


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
    from plainview.casework.review import open_desk
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
def rules(key: str = "", *, office: Office = HERE, as_json: Json = False) -> None:
    """The rule packs this office knows, each tested by its own examples; name one to read it whole."""
    from plainview.casework import rulebook
    from plainview.model import wire

    known = rulebook.packs(office)
    if key and key not in known:
        raise WrongUsage(f"there are no rules {key!r} (there are: {', '.join(sorted(known))})")
    chosen = [known[key]] if key else [known[each] for each in sorted(known)]
    if as_json:
        emit([wire.plain(pack) for pack in chosen])
        return
    for pack in chosen:
        for line in rulebook.told(pack, whole=bool(key)):
            out.print(line, markup=False)


@app.command
def view(case: str, exhibit: str, *, why: str, to: Path | None = None, as_: As = None, office: Office = HERE) -> None:
    """Where an unredacted original lies, or a copy of it; who looked, when and why goes into the custody log first."""
    from plainview.casework import review, viewing
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    chosen = workspace.case(case)
    try:
        item = review.exhibit_named(workspace.ledger.exhibits(case), exhibit)
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
    from plainview.casework import review, viewing
    from plainview.casework.workspace import open_office
    from plainview.model import wire
    from plainview.model.time import MediaSpan, media_seconds

    workspace = open_office(office)
    chosen = workspace.case(case)
    try:
        item = review.exhibit_named(workspace.ledger.exhibits(case), exhibit)
        span = MediaSpan(media_seconds(from_s), media_seconds(to_s))
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    made = viewing.watched(workspace, chosen, item, span=span, at=now(), acting=person(as_))
    if as_json:
        emit(wire.plain(made))
    else:
        out.print(f"{made.person} watched {to_s - from_s:.1f} s of {item.id}, {made.graphic / 1e6:.1f} s of it graphic")


@people_app.command
def exposure(*, days: int = 7, office: Office = HERE, as_json: Json = False) -> None:
    """Minutes of originals that each person watched, and graphic ones; who saw least graphic material first."""
    from plainview.casework import viewing
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    found = viewing.exposures(open_office(office), until=now(), days=days)
    if as_json:
        emit([wire.plain(each) for each in found])
        return
    for each in found:
        out.print(f"{each.person}  {each.watched:.1f} min watched, {each.graphic:.1f} min graphic", markup=False)


@people_app.command(name="list")
def list_people(*, office: Office = HERE, as_json: Json = False) -> None:
    """Who has which role, in all cases or in one."""
    from plainview.casework import people
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    held = people.standing(open_office(office).ledger.grants())
    if as_json:
        emit([wire.plain(each) for each in held])
        return
    for each in held:
        out.print(f"{each.person}  {each.role}  {each.case or 'all cases'}", markup=False)
    if not held:
        out.print("no role has been given: whoever can open this folder may do everything")


@people_app.command
def give(name: str, role: str, *, case: str = "", as_: As = None, office: Office = HERE) -> None:
    """Give a role in all cases, or in one; the first is an administrator's and closes the office to all others."""
    from plainview.casework import people
    from plainview.casework.workspace import open_office

    people.give(open_office(office).ledger, person=name, role=role, case=case, at=now(), acting=person(as_))
    out.print(f"{name} has the role {role} in {case or 'all cases'}", markup=False)


@people_app.command
def take(name: str, role: str, *, why: str, case: str = "", as_: As = None, office: Office = HERE) -> None:
    """Take a role again, with the reason."""
    from plainview.casework import people
    from plainview.casework.workspace import open_office

    ledger = open_office(office).ledger
    people.take(ledger, person=name, role=role, case=case, why=why, at=now(), acting=person(as_))
    out.print(f"{name} no longer has the role {role} in {case or 'all cases'}", markup=False)


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
    from plainview.casework import review as verbs
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    workspace = open_office(office)
    chosen = workspace.case(case)
    if apply is not None:
        text = sys.stdin.read() if str(apply) == "-" else _read_text(apply)
        lines = verbs.read_lines(text, name=str(apply))
        appended, standing = verbs.apply(workspace, chosen, lines, at=now(), default_agent=as_)
        err.print(f"{appended} decisions recorded, {standing} stood already")
        return
    desk = verbs.open_desk(workspace, chosen)
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


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{path}: {error.strerror if isinstance(error, OSError) else 'not UTF-8 text'}") from error


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
    from plainview.casework.review import open_desk
    from plainview.casework.workspace import open_office
    from plainview.model import wire
    from plainview.model.wording import released_texts

    if bool(case) == bool(file):
        raise WrongUsage("name a case, or a text with --file FILE")
    if file is not None:
        text = sys.stdin.read() if str(file) == "-" else _read_text(file)
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
def approve(case: str, *, as_: Annotated[str, Parameter(name="--as")], office: Office = HERE) -> None:
    """Agree to exactly the built and audited bytes of the next version."""
    from plainview.casework import publishing
    from plainview.casework.people import acting_as
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    agent = acting_as(workspace.ledger, as_, case=case, otherwise="staff")
    number, digest = publishing.approve_built(workspace, workspace.case(case), at=now(), acting=agent)
    out.print(f"{as_} approves version {number} of case {case}, bytes {digest}")


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
def preview(case: str, exhibit: str, *, to: Path, jobs: int | None = None, office: Office = HERE) -> None:
    """Render one recording as decided so far, for those who decide; what is undecided still shows in it."""
    from plainview.casework import review
    from plainview.pipeline import runs

    with running(office, case, jobs=jobs) as run:
        try:
            item = review.exhibit_named(run.workspace.ledger.exhibits(case), exhibit)
        except ValueError as error:
            raise WrongUsage(str(error)) from error
        runs.preview(run, item, to=to)
    out.print(str(to), markup=False)


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
def audit(folder: Path, *, plan: Path | None = None, as_json: Json = False) -> None:
    """Attack a built or published release: does anything that was decided to be hidden still show?"""
    from plainview.casework import publishing
    from plainview.model import wire

    reports = publishing.audit_folder(folder, plan=plan, say=err.print)
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


@app.command
def demo(
    target: Path = Path("demo"),
    *,
    seed: int = 1,
    size: Literal["full", "mini"] = "full",
    jobs: int | None = None,
) -> None:
    """Simulate an invented incident and take it the whole way to a published site."""
    from plainview.pipeline.demo import run_demo

    address = run_demo(target, seed=seed, size=size, jobs=jobs, console=err)
    out.print(address, markup=False)


@app.command
def sync(files: Files, *, as_json: Json = False, to: str = "", out_file: Path = Path("sync.otio")) -> None:
    """Put recordings on one clock by the sound they share; what shares nothing is left apart."""
    from plainview.pipeline import standalone

    answer = standalone.sync(_existing(files), to=to, out=out_file)
    if as_json:
        emit(answer)
    else:
        standalone.tell_sync(answer, out)
    standalone.refuse_nothing_synced(answer)


@app.command
def transcribe(files: Files, *, as_json: Json = False, to: str = "", model: str = "base") -> None:
    """Write down what is said: words with start, end and confidence; silence and noise stay empty."""
    from plainview.pipeline import standalone

    answer = standalone.transcribe(_existing(files), model=model)
    if to == "vtt":
        for path in standalone.write_vtt(answer):
            out.print(str(path))
    elif as_json:
        emit(standalone.words(answer))
    else:
        standalone.tell_words(answer, out)


@app.command
def shots(files: Files, *, as_json: Json = False) -> None:
    """Find what may be gunshots in each file, and count them over all as an interval."""
    from plainview.pipeline import standalone

    answer = standalone.shots(_existing(files))
    if as_json:
        emit(answer)
    else:
        standalone.tell_shots(answer, out)


@app.command
def conceal(
    source: Path,
    target: Path,
    *,
    faces: Annotated[bool, Parameter(negative="")] = False,
    text: Annotated[bool, Parameter(negative="")] = False,
    plates: Annotated[bool, Parameter(negative="")] = False,
    boxes: Path | None = None,
    workers: int | None = None,
    as_json: Json = False,
) -> None:
    """Hide faces, text, or boxes from a file in one video with a fill that cannot be undone; tells what and when."""
    from plainview.pipeline import standalone

    path = _existing((source,))[0]
    report = standalone.conceal(path, target, faces=faces, plates=plates, boxes=boxes, text=text, workers=workers)
    if as_json:
        emit(report)
    else:
        standalone.tell_concealed(report, out)


@app.command
def worker(
    *, jobs: int | None = None, queues: str = "cpu", metrics: int | None = None, office: Office = HERE
) -> None:
    """Do an office's work beside any number of other workers, and what dead ones left, until stopped.

    --metrics PORT serves /metrics (Prometheus) and /healthz on this machine.
    """
    from plainview.casework.workspace import open_office
    from plainview.pipeline.session import work_on

    chosen = [each for each in queues.split(",") if each]
    work_on(open_office(office), jobs=jobs, queues=chosen, console=err, metrics=metrics, clock=now)


@app.command
def cancel(*, step: str = "", office: Office = HERE) -> None:
    """Stop what is queued or running in an office, or one step of it; nothing that is finished is lost."""
    from plainview.casework.workspace import open_office
    from plainview.pipeline.session import cancel as stop

    out.print(f"{stop(open_office(office), step=step)} tasks cancelled")


@app.command
def fixity(case: str, *, as_: As = None, office: Office = HERE, as_json: Json = False) -> None:
    """Read every sealed original of a case again and log what was found; damage is an error that names it."""
    from plainview.casework import custody as verbs
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    workspace = open_office(office)
    found = verbs.fixity_check(
        workspace.case(case),
        ledger=workspace.ledger,
        vault=workspace.vault,
        at=now(),
        acting=person(as_),
        progress=lambda exhibit: err.print(f"reading {exhibit}", markup=False),
    )
    if as_json:
        emit([wire.plain(each) for each in found])
    verbs.refuse_damage(found)
    if not as_json:
        out.print(f"{len(found)} originals are byte for byte as they were sealed")


@app.command
def custody(target: Path, *, case: str = "", office: Office = HERE) -> None:
    """Write the custody log to a folder, with the proofs that a court or an auditor checks without this program."""
    from plainview.casework import custody as verbs
    from plainview.casework.workspace import open_office

    workspace = open_office(office)
    head = verbs.export_log(
        ledger=workspace.ledger,
        origin=workspace.office.origin,
        key=workspace.keys.log,
        out=target,
        case=workspace.case(case) if case else None,
    )
    out.print(f"{target}: {head.size} entries up to now, signed; check them with {target}/log.vkey")


@app.command
def backup(target: Path, *, as_: As = None, office: Office = HERE) -> None:
    """Copy an office whole (ledger, vault, keys, findings, site) to a new folder, with a digest of every file."""
    from plainview.casework import backup as verbs
    from plainview.casework.workspace import open_office

    count = verbs.backup(open_office(office), target, at=now(), acting=person(as_))
    out.print(f"{count} files in {target}; it holds the keys and every original: keep it as safe as the office")


@app.command
def restore(source: Path, target: Path, *, database: str = "", as_: As = None) -> None:
    """Make an office from a backup, after every byte of it was checked; then its log and vault are checked too."""
    from plainview.casework import backup as verbs

    made = verbs.restore(source, target, database=database, at=now(), acting=person(as_))
    out.print(f"{made.office.name}: {target}, {len(made.ledger.entries())} custody entries, vault unharmed")


@app.command
def mirror(
    *,
    to: str = "",
    keep_days: int = 0,
    check: Annotated[bool, Parameter(negative="")] = False,
    restore_to: Path | None = None,
    as_: As = None,
    office: Office = HERE,
) -> None:
    """Keep every original and published version in an S3-compatible bucket too, locked for --keep-days.

    --to s3://bucket/prefix?endpoint=https://… (or PLAINVIEW_MIRROR). --check reads all of it again; --restore-to DIR
    brings it back.
    """
    from plainview.casework import mirroring
    from plainview.casework.workspace import open_office

    address = to or os.environ.get("PLAINVIEW_MIRROR", "")
    if restore_to is not None:
        out.print(f"{mirroring.restore_mirror(address, restore_to)} files, each as it was listed, in {restore_to}")
    elif check:
        count, problems = mirroring.check_mirror(open_office(office), address, at=now(), acting=person(as_))
        for problem in problems:
            err.print(problem, markup=False)
        out.print(f"{count} files listed, {len(problems)} problems")
        sys.exit(6 if problems else 0)
    else:
        made = mirroring.mirror(open_office(office), address, keep_days=keep_days, at=now(), acting=person(as_))
        kept = f"locked until {made.until:%Y-%m-%d}" if made.until else "not locked"
        out.print(f"{made.put} files put ({made.bytes} bytes, {kept}), {made.held} there already; {made.list_key}")


@app.command
def desk(*, host: str = "127.0.0.1", port: int = 8100, office: Office = HERE) -> None:
    """The staff's pages, with log-in, on this machine: decide, look, listen, upload, approve, publish."""
    from plainview.desk import server

    server.make_tables_of(office)
    out.print(f"http://{host}:{port}/  (stop with Ctrl+C)")
    server.serve(office, host=host, port=port)


@people_app.command
def account(
    name: str, *, address: str = "http://127.0.0.1:8100", close: Annotated[bool, Parameter(negative="")] = False,
    office: Office = HERE,
) -> None:
    """Make a person's log-in for the desk: prints a link by which its owner sets a password, once; --close ends it."""
    from plainview.desk import server

    if close:
        out.print(server.close_account(office, name), markup=False)
        return
    login, path = server.make_account(office, name)
    out.print(f"{name} logs in as {login}; to open the account, within three days:", markup=False)
    out.print(f"{address.rstrip('/')}{path}", markup=False)


@app.command
def doctor(*, as_json: Json = False) -> None:
    """Say what this machine has of what plainview needs: parts, weights, sandbox."""
    from plainview.pipeline.doctor import examine

    found = examine()
    if as_json:
        emit(found)
    else:
        for name, value in found.items():
            out.print(f"{name}: {value}", markup=False)


def _existing(files: Sequence[Path]) -> list[Path]:
    if not files:
        raise WrongUsage("no file is named")
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise WrongUsage(f"{missing[0]}: there is no such file")
    return list(files)


def _office(arguments: list[str]) -> list[str]:
    """``plainview -C DIR verb …`` means ``plainview verb … -C DIR``: the office is named before the verb."""
    if len(arguments) > 2 and arguments[0] in {"-C", "--office"}:
        return [*arguments[2:], "--office", arguments[1]]
    return arguments


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    given = _office(list(sys.argv[1:] if arguments is None else arguments))
    logs.open_log()
    try:
        app(given, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        err.print(f"plainview: {error}", markup=False)
        sys.exit(WrongUsage.exit_code)
    except PlainviewError as error:
        err.print(f"plainview: {error}", markup=False)
        for item in error.items if isinstance(error, Blocked) else ():
            err.print(f"  {item}", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("stopped; run the same command again to go on")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # the last line; a trace may hold names, so it is shown on request only
        if os.environ.get("PLAINVIEW_TRACE"):
            raise
        sentence = f"plainview: this should not happen: {type(error).__name__} (PLAINVIEW_TRACE=1 shows where)"
        err.print(sentence, markup=False)
        sys.exit(70)


if __name__ == "__main__":
    main()
