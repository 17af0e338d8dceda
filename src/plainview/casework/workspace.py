# SPDX-License-Identifier: Apache-2.0
"""An office's folder: ledger, vault, keys, work and the published site, opened as one thing.

```
OFFICE/office.json     name, log origin, contact
OFFICE/keys/           release key, log key, office secret (0600)
OFFICE/ledger.sqlite3  cases, exhibits, decisions, custody entries
OFFICE/engine.sqlite3  the job engine's own
OFFICE/vault/          sealed originals (OCFL); where they lie in a bucket, what is on its way and copies
OFFICE/work/           findings and renditions by content; may be thrown away
OFFICE/plans/          what each release hides; never published
OFFICE/site/           what is published
```
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import plainview
from plainview.casework.people import require
from plainview.casework.rulebook import OWN, packs
from plainview.errors import NotAllowed, VaultDamaged, WrongUsage
from plainview.model.case import Agent, Case, Office
from plainview.model.custody import CustodyEvent
from plainview.model.rows import FindingRow
from plainview.model.token import Token
from plainview.store.bucketed import CACHE_GIB, BucketVault, open_vault
from plainview.store.keys import Keys, create_keys, fingerprint, load_keys, salts
from plainview.store.ledger import Ledger
from plainview.store.shared import Shared
from plainview.store.staging import digest as sha256_of
from plainview.store.vault import Vault

SOFTWARE = f"plainview {plainview.__version__}"

DATABASE, VAULT = "PLAINVIEW_DATABASE", "PLAINVIEW_VAULT"
"""Variables that come before what ``office.json`` says."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open office folder."""

    root: Path
    office: Office
    keys: Keys
    ledger: Ledger
    vault: Vault
    site: Path
    """Where releases are published; inside the office folder unless it was made with another place."""
    database: str = ""
    """``postgresql://…`` of ledger and job engine; empty: SQLite files in the office folder."""

    @property
    def fingerprint(self) -> str:
        """Of the release key: what the office prints where the public finds it apart from the site."""
        return fingerprint(self.keys.release)

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def shared(self) -> Shared | None:
        """What this host and others give each other; None where all of them see this folder."""
        vault = self.vault
        return Shared(vault, self.work, secret=self.keys.secret) if isinstance(vault, BucketVault) else None

    def result(self, row: FindingRow) -> Path:
        """Where what a step found lies here; ``VaultDamaged`` when another host's is not what the ledger says."""
        path, place, shared = self.work / row.result_path, str(Path(row.result_path).parent), self.shared
        if shared is None or shared.here(place):
            return path
        shared.need(place)
        if sha256_of(path) != row.result_sha256:
            raise VaultDamaged(f"{row.result_path} from {self.vault.address} is not what the ledger says was found")
        return path

    @property
    def plans(self) -> Path:
        return self.root / "plans"

    def opened_by(self, token: Token) -> Workspace:
        """The same office for a program that holds this token: it may do no more than the token says."""
        return replace(self, ledger=self.ledger.opened_by(token))

    def case(self, case_id: str) -> Case:
        """The case, or one sentence that names those there are."""
        found = self.ledger.case(case_id)
        if found is None:
            known = ", ".join(case.id for case in self.ledger.cases()) or "none yet"
            raise WrongUsage(f"there is no case {case_id} in {self.root} (cases: {known})")
        return found


def create(
    root: Path,
    *,
    name: str,
    contact: str,
    at: datetime,
    acting: Agent,
    seed: bytes | None = None,
    site: str = "site",
    address: str = "",
    database: str = "",
    vault: str = "",
) -> Workspace:
    """Make a new office folder; refuses one that exists. ``site`` is relative to it; ``seed`` is for examples.

    ``database``: ``postgresql://user@host/name`` where many machines shall work, else SQLite in the folder.
    ``vault``: ``s3://bucket/prefix?endpoint=…`` where originals shall lie in a bucket, else they lie in the folder.
    What the environment names instead is used and not written down: it may hold a password.
    """
    chosen = {"address": address, "database": database, "vault": vault}
    database, vault = database or os.environ.get(DATABASE, ""), vault or os.environ.get(VAULT, "")
    if database and not database.startswith("postgresql://"):
        raise WrongUsage("a database is named as postgresql://user:password@host:port/name")
    if (root / "office.json").exists():
        raise WrongUsage(f"{root} already is an office folder")
    if address and not address.startswith(("https://", "http://")):
        raise WrongUsage(f"{address!r}: the site's address starts with https://")
    sealed = BucketVault.begin(root / "vault", vault, at=at) if vault else Vault.create(root / "vault")
    root.mkdir(parents=True, exist_ok=True)
    slug = "-".join("".join(char if char.isalnum() else " " for char in name.casefold()).split())
    origin = f"{slug or 'office'}/custody-log"
    keys = create_keys(root / "keys", seed=seed)
    office = Office(name, origin, contact, address)
    ledger = _ledger(root, keys, database)
    if ledger.entries():
        raise WrongUsage("this database holds another office already")
    with ledger.change(acting=acting, at=at) as change:
        change.record(CustodyEvent("office-created", case="", subject=name, detail=f"key {fingerprint(keys.release)}"))
    described = {"schema": "Office.1", "name": name, "origin": origin, "contact": contact, "site": site}
    described |= {key: value for key, value in chosen.items() if value}
    settings = root / "office.json"
    settings.touch(mode=0o600 if chosen["database"] else 0o644)  # an address may hold a password
    settings.write_text(json.dumps(described, indent=2) + "\n")
    return Workspace(root, office, keys, ledger, sealed, root / site, database)


BY_TOKEN = "PLAINVIEW_TOKEN_DIGEST"  # noqa: S105 - the name of a variable, no secret
"""Names the token for which the desk began a command: the command may do no more than it, and is logged as its."""


def open_office(root: Path) -> Workspace:
    """Open an office folder."""
    path = root / "office.json"
    if not path.is_file():
        raise WrongUsage(f"{root} is not an office folder (make one: plainview init {root} --name …)")
    data = json.loads(path.read_text())
    keys = load_keys(root / "keys")
    office = Office(data["name"], data["origin"], data.get("contact", ""), data.get("address", ""))
    lies = os.environ.get(VAULT) or data.get("vault", "")
    vault = open_vault(root / "vault", lies, cache_gib=float(data.get("vault_cache_gib", CACHE_GIB)))
    vault.recover()
    database = os.environ.get(DATABASE) or data.get("database", "")
    opened = Workspace(
        root, office, keys, _ledger(root, keys, database), vault, root / data.get("site", "site"), database
    )
    digest = os.environ.get(BY_TOKEN)
    return _by_token(opened, digest) if digest else opened


def _by_token(workspace: Workspace, digest: str) -> Workspace:
    token = workspace.ledger.token_of(digest)
    if token is None:
        raise NotAllowed("the token by which this was begun was ended")
    return workspace.opened_by(token)


def open_case(
    workspace: Workspace, *, case_id: str, title: str, at: datetime, rules: str, now: datetime, acting: Agent
) -> Case:
    """Open a case; its number is never reused."""
    if workspace.ledger.case(case_id) is not None:
        raise WrongUsage(f"case {case_id} exists already")
    if not case_id.replace("-", "").isalnum():
        raise WrongUsage(f"{case_id!r}: a case number is letters, digits and hyphens")
    if at.tzinfo is None:
        raise WrongUsage("the time of the incident needs its zone, such as 2026-03-31T00:18:00-05:00")
    require(workspace.ledger, "case new", case=case_id, acting=acting)
    known = packs(workspace.root)
    if rules != OWN and rules not in known:
        raise WrongUsage(f"there are no rules {rules!r} (there are: {', '.join(sorted({OWN, *known}))})")
    case = Case(case_id, title, at, rules)
    with workspace.ledger.change(acting=acting, at=now) as change:
        change.add_case(case)
        change.record(CustodyEvent("case-created", case=case_id, subject=case_id, detail=title))
    return case


def _ledger(root: Path, keys: Keys, database: str) -> Ledger:
    return Ledger(database or root / "ledger.sqlite3", software=SOFTWARE, salt=salts(keys.secret))
