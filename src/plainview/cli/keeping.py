# SPDX-License-Identifier: Apache-2.0
"""Keeping: originals read again, the custody log, backups and the mirror."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from plainview.cli.common import HERE, As, Json, Office, app, emit, err, now, out, person


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

    workspace = open_office(office)
    count = verbs.backup(workspace, target, at=now(), acting=person(as_))
    held = "it holds the keys and every original"
    if workspace.shared is not None:
        held = f"it holds the keys; the originals are not in it and stay in {workspace.vault.address}"
    out.print(f"{count} files in {target}; {held}: keep it as safe as the office", markup=False)


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
