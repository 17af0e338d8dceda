# SPDX-License-Identifier: Apache-2.0
"""An office copied whole, and made again from the copy.

The ledger is taken first, in one instant; what it tells of lies in the vault already, so originals copied after it
are all it needs and perhaps some more. Originals that lie in a bucket stay there, locked: the backup says where, and
a restore reads every one of them again. A backup lists every file with its SHA-256 (``sha256sum -c`` reads it), and
is made again only when every byte is there; then the custody log and the vault are checked once more. It holds keys
and originals: whoever has it has the office.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from plainview.casework import custody
from plainview.casework.workspace import Workspace, open_office
from plainview.errors import VaultDamaged, WrongUsage
from plainview.model.case import Agent
from plainview.model.custody import CustodyEvent
from plainview.store import dump

MANIFEST = "manifest-sha256.txt"
PARTS = ("keys", "vault", "work", "plans", "build", "rules")
"""Folders of an office; ``site`` is copied from wherever it lies. The job engine's file is left: it fills itself."""


def backup(workspace: Workspace, target: Path, *, at: datetime, acting: Agent) -> int:
    """Copy everything to a new folder; how many files. The custody log says so first, so the copy says it too."""
    if target.exists():
        raise WrongUsage(f"{target} exists already; a backup goes into a new folder")
    if target.resolve().is_relative_to(workspace.root.resolve()):
        raise WrongUsage(f"{target} lies in the office itself")
    apart = workspace.shared
    left = f"without originals, which stay in {workspace.vault.address}" if apart else ""
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.record(CustodyEvent("backed-up", case="", subject=workspace.office.name, detail=left))
    target.mkdir(parents=True, mode=0o700)
    dump.dump(workspace.database or workspace.root / dump.SQLITE, target)
    with apart.keeping() if apart else nullcontext():  # no result is given up while it is copied
        for name in PARTS:
            if (workspace.root / name).is_dir() and not (apart and name == "vault"):
                shutil.copytree(workspace.root / name, target / name, ignore=_passing)
    if workspace.site.is_dir():
        shutil.copytree(workspace.site, target / "site")
    settings = json.loads((workspace.root / "office.json").read_text()) | {"site": "site"}
    settings.pop("database", None)  # an address may hold a password, and the restored office has its own
    (target / "office.json").write_text(json.dumps(settings, indent=2) + "\n")
    files = _files(target)
    (target / MANIFEST).write_text("".join(f"{_digest(target / name)}  {name}\n" for name in files))
    return len(files)


def restore(source: Path, root: Path, *, database: str, at: datetime, acting: Agent) -> Workspace:
    """Make an office from a backup; ``VaultDamaged`` names what is not as it was copied, and nothing is made."""
    if root.exists():
        raise WrongUsage(f"{root} exists already; an office is restored into a new folder")
    _refuse_changed(source)
    root.parent.mkdir(parents=True, exist_ok=True)
    making = root.with_name(f"{root.name}.restoring")
    shutil.rmtree(making, ignore_errors=True)
    shutil.copytree(source, making, ignore=shutil.ignore_patterns(MANIFEST, dump.SQLITE, dump.POSTGRESQL))
    held = next(path for path in (source / dump.SQLITE, source / dump.POSTGRESQL) if path.is_file())
    dump.load(held, database or making / dump.SQLITE)
    if database:
        settings = making / "office.json"
        settings.chmod(0o600)
        settings.write_text(json.dumps(json.loads(settings.read_text()) | {"database": database}, indent=2) + "\n")
    (making / "vault" / "staging").mkdir(mode=0o700, parents=True, exist_ok=True)
    making.rename(root)
    workspace = open_office(root)
    workspace.ledger.leaves()  # raises when the log is not whole
    for case in workspace.ledger.cases():
        custody.refuse_damage(custody.inspect(case, ledger=workspace.ledger, vault=workspace.vault))
    with workspace.ledger.change(acting=acting, at=at) as change:
        event = CustodyEvent("restored", case="", subject=workspace.office.name, detail="every original unharmed")
        change.record(event)
    return workspace


def _refuse_changed(source: Path) -> None:
    listed = source / MANIFEST
    if not listed.is_file():
        raise WrongUsage(f"{source} is no backup: it has no {MANIFEST}")
    wanted = {line[66:]: line[:64] for line in listed.read_text().splitlines()}
    found = set(_files(source)) - {MANIFEST}
    wrong = [f"{name} is missing" for name in sorted(set(wanted) - found)]
    wrong += [f"{name} was added" for name in sorted(found - set(wanted))]
    wrong += [f"{name} has changed" for name in sorted(found & set(wanted)) if _digest(source / name) != wanted[name]]
    if wrong:
        raise VaultDamaged(f"{source} is not as it was written: {'; '.join(wrong[:20])}")


def _passing(folder: str, names: list[str]) -> set[str]:
    """What is half done and belongs to runs that go on: left out."""
    return {name for name in names if name in {"scratch", "staging"} or name.endswith(".part")}


def _files(top: Path) -> list[str]:
    return sorted(str(path.relative_to(top)) for path in top.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
