# SPDX-License-Identifier: Apache-2.0
"""A second copy of every original and of every published rendition, in an S3-compatible store that can lock it.

What this module keeps true: nothing in the store is written over or removed; each run leaves a list of all that it
found or put there with its SHA-256, named by the custody log's length, and the log keeps that list's digest. A mirror
is checked, and the vault made again from it, by that list alone. It is no backup: ledger, keys and findings are not in
it (``casework.backup``). What was withdrawn from the site stays in a locked mirror until its days are over; the mirror
is the office's own and is not served. Where the vault itself lies in a bucket, a mirror is of the published versions
only, and its custody event says so.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from plainview.casework.workspace import Workspace
from plainview.errors import Blocked, VaultDamaged, WrongUsage
from plainview.model.case import Agent
from plainview.model.custody import CustodyEvent
from plainview.publish.seal import in_version
from plainview.store.bucket import Bucket
from plainview.store.staging import digest as sha256_of

LISTS = "lists/"
PASSING = frozenset({"staging"})
"""Folders of the vault that hold what is half done."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a run came to."""

    put: int
    held: int
    bytes: int
    """Of what was put."""
    until: datetime | None
    """Until when what was put is locked; None where nothing is."""
    list_key: str


def mirror(workspace: Workspace, address: str, *, keep_days: int, at: datetime, acting: Agent) -> Mirrored:
    """Put every sealed original and published rendition there that is not there yet; ``keep_days`` locks them."""
    bucket = Bucket(address)
    if keep_days and not bucket.locks():
        raise Blocked(f"{bucket.address} has no Object Lock, so nothing put there could be kept for {keep_days} days")
    until = at + timedelta(days=keep_days) if keep_days else None
    files, put, size = _files(workspace), 0, 0
    known = bucket.held("")
    lines = []
    for key, path in sorted(files.items()):
        digest = sha256_of(path)
        lines.append(f"{digest}  {key}\n")
        if key not in known and bucket.put(key, path, sha256=digest, until=until):
            put, size = put + 1, size + path.stat().st_size
    text = "".join(lines).encode()
    list_key = f"{LISTS}{len(workspace.ledger.entries()):012}.txt"
    with tempfile.NamedTemporaryFile() as listed:
        listed.write(text)
        listed.flush()
        bucket.put(list_key, Path(listed.name), sha256=hashlib.sha256(text).hexdigest(), until=until)
    kept = f", locked until {until:%Y-%m-%d}" if until else ", not locked"
    only = f"; published versions only, originals lie in {workspace.vault.address}" if workspace.shared else ""
    detail = f"{put} files put and {len(files) - put} found in {bucket.address}{kept}{only}"
    event = CustodyEvent("mirrored", "", list_key, sha256=hashlib.sha256(text).hexdigest(), detail=detail)
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.record(event)
    return Mirrored(put, len(files) - put, size, until, list_key)


def check_mirror(workspace: Workspace, address: str, *, at: datetime, acting: Agent) -> tuple[int, tuple[str, ...]]:
    """Read every byte that the newest list names again; (files, problems). Both outcomes are in the custody log."""
    bucket = Bucket(address)
    listed, held = _newest(bucket), bucket.held("")
    problems = [f"{key} is missing" for key in sorted(listed) if key not in held]
    problems += [
        f"{key} is not as it was" for key, digest in sorted(listed.items()) if key in held and bucket.get(key) != digest
    ]
    outcome = "failure" if problems else "success"
    detail = "; ".join(problems[:20]) or f"{len(listed)} files of {bucket.address} read to their end"
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.record(CustodyEvent("fixity-checked", "", "mirror", outcome, detail=detail))
    return len(listed), tuple(problems)


def restore_mirror(address: str, target: Path) -> int:
    """Make ``vault`` and ``site`` again in a new folder; ``VaultDamaged`` names what is not as the list says."""
    if target.exists():
        raise WrongUsage(f"{target} exists already; a mirror is brought back into a new folder")
    bucket = Bucket(address)
    listed = _newest(bucket)
    wrong = []
    for key, digest in sorted(listed.items()):
        path = target / key
        if not path.resolve().is_relative_to(target.resolve()):
            raise WrongUsage(f"the list of {bucket.address} names a place outside: {key}")
        if bucket.get(key, path) != digest:
            wrong.append(key)
    if wrong:
        raise VaultDamaged(f"{bucket.address} does not hold what it listed: {', '.join(wrong[:20])}")
    return len(listed)


def _newest(bucket: Bucket) -> dict[str, str]:
    """Key → SHA-256 of the newest list."""
    lists = sorted(bucket.held(LISTS))
    if not lists:
        raise WrongUsage(f"{bucket.address} holds no list: nothing was mirrored there")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        bucket.get(lists[-1], path)
        return {line[66:]: line[:64] for line in path.read_text().splitlines()}


def _files(workspace: Workspace) -> dict[str, Path]:
    """Key → file: the vault, and the versions on the site."""
    held = [] if workspace.shared else workspace.vault.root.rglob("*")
    vault = {
        f"vault/{path.relative_to(workspace.vault.root)}": path
        for path in held
        if path.is_file() and not PASSING & set(path.relative_to(workspace.vault.root).parts)
    }
    site = {
        f"site/{name}": path
        for path in workspace.site.rglob("*")
        if path.is_file() and in_version(name := str(path.relative_to(workspace.site)))
    }
    return vault | site
