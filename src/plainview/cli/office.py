# SPDX-License-Identifier: Apache-2.0
"""The office itself: its folder, cases, rules, people and their roles, its pages, workers, and this machine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from plainview.cli.common import HERE, As, Json, Office, app, case_app, emit, err, now, out, people_app, person
from plainview.errors import WrongUsage


@app.command
def init(
    office: Path,
    *,
    name: str,
    contact: str = "",
    address: str = "",
    database: str = "",
    vault: str = "",
    as_: As = None,
    seed: str | None = None,
) -> None:
    """Make an office folder: keys, vault, ledger, custody log; --database postgresql://… for many machines.

    --vault s3://bucket/prefix?endpoint=https://… has originals and results lie in a bucket with Object Lock.
    """
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
        vault=vault,
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


@people_app.command
def token(
    label: str, *, may: Annotated[list[str], Parameter(negative="")], as_: As = None,
    case: Annotated[list[str] | None, Parameter(negative="")] = None, days: int = 30, office: Office = HERE,
) -> None:
    """Make a token for a program, such as ``--may show --may intake --case C-1``; its text is printed once."""
    from plainview.casework import tokens
    from plainview.casework.workspace import open_office

    made, secret = tokens.give(
        open_office(office).ledger, label=label, verbs=may, cases=case or (), days=days, at=now(), acting=person(as_)
    )
    out.print(f"{made.known_as}, {made.id}, until {made.ends:%Y-%m-%d}; it is shown this once:", markup=False)
    out.print(secret, markup=False)


@people_app.command(name="tokens")
def list_tokens(*, office: Office = HERE, as_json: Json = False) -> None:
    """Which programs hold a token, of whom, for what, until when."""
    from plainview.casework.workspace import open_office
    from plainview.model import wire

    held = open_office(office).ledger.tokens()
    if as_json:
        emit([{key: value for key, value in wire.plain(each).items() if key != "digest"} for each in held])
        return
    for each in held:
        places = ", ".join(each.cases) or "all cases of its owner"
        out.print(f"{each.id}  {each.known_as}  {', '.join(each.verbs)}  {places}  until {each.ends:%Y-%m-%d}",
                  markup=False)  # fmt: skip


@people_app.command
def end_token(token_id: str, *, why: str, as_: As = None, office: Office = HERE) -> None:
    """End a token before its day, with the reason."""
    from plainview.casework import tokens
    from plainview.casework.workspace import open_office

    ended = tokens.end(open_office(office).ledger, token_id, why=why, at=now(), acting=person(as_))
    out.print(f"{ended.known_as} is ended", markup=False)


@app.command
def desk(*, host: str = "127.0.0.1", port: int = 8100, office: Office = HERE) -> None:
    """The staff's pages, with log-in, on this machine: decide, look, listen, upload, approve, publish."""
    from plainview.desk import server

    server.make_tables_of(office)
    out.print(f"http://{host}:{port}/  (stop with Ctrl+C)")
    server.serve(office, host=host, port=port)


@people_app.command
def account(
    name: str,
    *,
    address: str = "http://127.0.0.1:8100",
    close: Annotated[bool, Parameter(negative="")] = False,
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
def worker(*, jobs: int | None = None, queues: str = "cpu", metrics: int | None = None, office: Office = HERE) -> None:
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
def doctor(*, as_json: Json = False) -> None:
    """Say what this machine has of what plainview needs: parts, weights, sandbox."""
    from plainview.pipeline.doctor import examine

    found = examine()
    if as_json:
        emit(found)
    else:
        for name, value in found.items():
            out.print(f"{name}: {value}", markup=False)
