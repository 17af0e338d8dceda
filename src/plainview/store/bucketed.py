# SPDX-License-Identifier: Apache-2.0
"""A vault that lies in an S3-compatible bucket with Object Lock: the same OCFL objects, under ``vault/ocfl/``.

What this module keeps true, beside what ``vault`` does:

B1  an object is there when its declaration is, which goes up last, after everything else was read back as it should be;
B2  every file of it is locked for ``keep_days`` in the request that puts it there;
B3  nothing is written over: what a killed process left half done is set aside as an older version, which stays locked;
B4  a path is given out for bytes only after their digest was found to be the one that the ledger (or the object's
    inventory) says; fixity reads the bucket, never this host's copies;
B5  nothing is asked of the bucket for opening an office, so that one whose bucket is away can still be looked at.

An object is named by its case and its bytes' digest, not by its exhibit: so the long upload is done before the ledger
is asked for a number, and other people's writes wait for a few small files only.

>>> vault = BucketVault(Path("office/vault"), "s3://evidence/office?endpoint=https://store.example&keep_days=3650")
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NoReturn
from urllib.parse import parse_qs, quote, urlsplit

from plainview.errors import Blocked, StepFailed, StoreAway, VaultDamaged, WrongUsage
from plainview.model.case import Exhibit
from plainview.store import ocfl
from plainview.store.bucket import Bucket
from plainview.store.cache import Cache
from plainview.store.durable import make_folders, write_new
from plainview.store.staging import Staged, digest
from plainview.store.vault import Vault, logical

KEEP_DAYS = 3650
"""For how long an original is locked where the address does not say: longer than what follows a case takes."""

CACHE_GIB = 100.0
"""Room for copies on a host that says nothing else: some thirty hours of 720p."""

ROOT = "vault/ocfl"
"""Where the storage root lies in the bucket, as a mirror has it."""


class BucketVault(Vault):
    """OCFL objects in a bucket, with a folder of this host for what is on its way and for copies that steps read."""

    def __init__(self, root: Path, address: str, *, cache_gib: float = CACHE_GIB) -> None:
        self.bucket = Bucket(address, tries=3)
        self._brief = Bucket(address, tries=1, wait_s=5)
        """For who asks how it is, and should be told soon."""
        self.keep = timedelta(days=_days(address))
        self._cache_bytes = int(cache_gib * (1 << 30))
        self._ahead: set[str] = set()
        """Originals that were sent ahead and belong to no object yet."""
        self._lockable = False
        super().__init__(root)

    def _open(self) -> None:
        for folder in (self.staging, self._aside):
            make_folders(folder)
        self.cache = Cache(self.root / "cache", self.bucket, limit=self._cache_bytes)

    @classmethod
    def begin(cls, root: Path, address: str, *, at: datetime) -> BucketVault:
        """Make a vault in a bucket that holds none; ``Blocked`` when the bucket cannot lock."""
        keep, bucket = timedelta(days=_days(address)), Bucket(address)
        _refuse_unlockable(bucket)
        if any(key.endswith(f"/{ocfl.OBJECT_DECLARATION}") for key in bucket.held(f"{ROOT}/")):
            raise WrongUsage(f"{bucket.address} holds another office's originals already")
        vault = cls(root, address)
        files = {
            f"{ROOT}/extensions/{ocfl.LAYOUT}/config.json": ocfl.LAYOUT_CONFIG,
            f"{ROOT}/ocfl_layout.json": ocfl.LAYOUT_FILE,
            f"{ROOT}/{ocfl.ROOT_DECLARATION}": ocfl.ROOT_DECLARATION_TEXT,
        }
        for key, data in files.items():
            vault._keep(key, data, sha256=hashlib.sha256(data).hexdigest(), until=at + keep)
        return vault

    @property
    def address(self) -> str:
        return self.bucket.address

    def problem(self) -> str:
        try:
            return "" if self._brief.locks() else "the vault's bucket has no Object Lock"
        except StoreAway:
            return "the vault's bucket does not answer"
        except StepFailed:
            return "the vault's bucket refuses this office"

    # Reading

    def has(self, object_id: str) -> bool:
        return self.bucket.state(f"{_key(object_id)}/{ocfl.OBJECT_DECLARATION}") is not None

    def objects(self) -> Iterator[str]:
        for key in sorted(self.bucket.held(f"{ROOT}/")):
            if key.endswith(f"/{ocfl.OBJECT_DECLARATION}"):
                yield self._inventory(key.removesuffix(f"/{ocfl.OBJECT_DECLARATION}")).id

    def inventory(self, object_id: str) -> ocfl.Inventory:
        return self._inventory(_key(object_id))

    def path(self, object_id: str, logical_name: str) -> Path:
        inventory = self.inventory(object_id)
        content = inventory.content_path(logical_name)
        if content is None:
            raise VaultDamaged(f"{object_id} holds no {logical_name}")
        return self.cache.get(self.cache.place(inventory.digest_of(content), f"{_key(object_id)}/{content}"))

    def original(self, exhibit: Exhibit) -> Path:
        return self.cache.get(self.place(exhibit))

    def place(self, exhibit: Exhibit) -> Path:
        """Named by the digest in the ledger: whoever brings it finds out whether the bucket has other bytes."""
        original = f"{_key(exhibit.extra['object'])}/v1/content/{exhibit.extra['file']}"
        return self.cache.place(exhibit.sha256, original)

    def open(self, object_id: str, logical_name: str) -> BinaryIO:
        return self.path(object_id, logical_name).open("rb")

    def check(self, object_id: str) -> list[str]:
        """As on disk, from the bucket itself, and what has no lock there; ``StoreAway`` where it cannot be told."""
        key = _key(object_id)
        try:
            inventory = self._inventory(key)
        except VaultDamaged as error:
            return [str(error)]
        held = self.bucket.held(f"{key}/")
        wanted = {place: sha256 for sha256, places in inventory.manifest.items() for place in places}
        problems = [
            f"{place} {problem}"
            for place, sha256 in sorted(wanted.items())
            if (problem := self._file_problem(f"{key}/{place}", sha256, held))
        ]
        content = {name.removeprefix(f"{key}/") for name in held if "/content/" in name.removeprefix(key)}
        # The same bytes under another name were sent by an intake that another host overtook; they harm nothing.
        strange = [each for each in content - set(wanted) if self.bucket.get(f"{key}/{each}") not in inventory.manifest]
        return problems + [f"{name} was never sealed" for name in sorted(strange)]

    def _file_problem(self, key: str, sha256: str, held: dict[str, int]) -> str:
        if key not in held:
            return "is missing"
        try:
            found = self.bucket.get(key)
        except StoreAway:
            raise
        except StepFailed as error:
            return f"cannot be read: {error}"
        if found != sha256:
            return f"has changed: sealed as {sha256}, now {found}"
        state = self.bucket.state(key)
        locked = state is not None and state.until is not None
        return "" if locked else "was never locked, or lies over a version that was"

    def _inventory(self, key: str) -> ocfl.Inventory:
        name = key.rsplit("/", 1)[1]
        data, beside = self.bucket.read(f"{key}/{ocfl.INVENTORY}"), self.bucket.read(f"{key}/{ocfl.SIDECAR}")
        if data is None or beside is None:
            raise VaultDamaged(f"{name}: the inventory is missing")
        if beside != ocfl.sidecar(data):
            raise VaultDamaged(f"{name}: the inventory does not match its digest")
        return ocfl.understand(name, data)

    # Writing

    def object_id(self, case: str, exhibit: str, sha256: str) -> str:
        return f"urn:plainview:{quote(case, safe='')}:sha256:{sha256}"

    def send_ahead(self, staged: Staged, case: str, *, logical_name: str, at: datetime) -> None:
        """Upload the original in parts; what an interrupted intake sent of the same bytes is read and kept."""
        staged.wait()
        key = f"{_key(self.object_id(case, '', staged.sha256))}/v1/content/{logical(logical_name)}"
        self._ready()
        self._keep(key, staged.path, sha256=staged.sha256, until=at + self.keep)
        self._ahead.add(key)

    def _put_in_place(self, build: Path, object_id: str, inventory: ocfl.Inventory, content: str, at: datetime) -> Path:
        """Send up what is not there yet, the declaration last; the staged original becomes this host's copy."""
        key, until = _key(object_id), at + self.keep
        if self.has(object_id):
            raise RuntimeError(f"{object_id} is sealed already")
        self._ready()
        if set(self.bucket.held(f"{key}/")) - self._ahead:
            self.set_aside(object_id)  # what a killed intake sent, perhaps under another name
        names = sorted(path.relative_to(build).as_posix() for path in build.rglob("*") if path.is_file())
        names.sort(key=lambda name: name == ocfl.OBJECT_DECLARATION)
        for name in names:
            if f"{key}/{name}" not in self._ahead:
                self._keep(f"{key}/{name}", build / name, sha256=digest(build / name), until=until)
        self._ahead.discard(f"{key}/{content}")
        place = self.cache.place(inventory.digest_of(content), f"{key}/{content}")
        self.cache.take(build / content, place)
        return place

    def add(self, *_: object, **__: object) -> NoReturn:
        """What lies locked in a bucket is not added to."""
        raise RuntimeError("an object in a bucket has one version")

    def set_aside(self, object_id: str) -> Path:
        """Free the keys of an object that nothing records; a list of its versions, which stay, is kept here.

        The original keeps its key when it was sent ahead for the exhibit that is being sealed: they are the same bytes.
        """
        place = Path(tempfile.mkdtemp(prefix="unrecorded-", dir=self._aside)) / "versions.txt"
        keys = [key for key in sorted(self.bucket.held(f"{_key(object_id)}/")) if key not in self._ahead]
        states = {key: state for key in keys if (state := self.bucket.state(key)) is not None}
        write_new(place, "".join(f"{state.version}  {key}\n" for key, state in states.items()).encode())
        # The declaration goes first: half set aside, an object is not there.
        for key in sorted(states, key=lambda key: not key.endswith(f"/{ocfl.OBJECT_DECLARATION}")):
            self.bucket.hide(key)
        return place

    def recover(self) -> list[str]:
        """Clear this host's unfinished copies; in the bucket nothing is ever half there that counts (B1)."""
        return self._clear_staging()

    def _keep(self, key: str, source: Path | bytes, *, sha256: str, until: datetime) -> None:
        """Put a file there, locked, or find the same one there, locked; another one under its key is set aside."""
        for _ in range(2):
            if self.bucket.put(key, source, sha256=sha256, until=until):
                return
            state = self.bucket.state(key)
            if state is not None and state.until is not None and self.bucket.get(key) == sha256:
                return
            self.bucket.hide(key)
        raise StepFailed(f"{self.address}: somebody else writes {key} at the same time")

    def _ready(self) -> None:
        """Asked once in a process: without Object Lock nothing is locked, and setting aside would be removing."""
        if not self._lockable:
            _refuse_unlockable(self.bucket)
        self._lockable = True


def open_vault(root: Path, address: str, *, cache_gib: float) -> Vault:
    """The vault of an office: in the bucket that ``address`` names, on this disk where it names none."""
    if not address:
        return Vault(root)
    chosen = os.environ.get("PLAINVIEW_VAULT_CACHE_GIB", "")
    try:
        return BucketVault(root, address, cache_gib=float(chosen or cache_gib))
    except ValueError as error:
        raise WrongUsage(f"PLAINVIEW_VAULT_CACHE_GIB is a number of GiB, not {chosen!r}") from error


def _key(object_id: str) -> str:
    return f"{ROOT}/{ocfl.object_path(object_id)}"


def _refuse_unlockable(bucket: Bucket) -> None:
    if not bucket.locks():
        raise Blocked(f"{bucket.address} has no Object Lock: a vault there could be emptied by whoever has its key")


def _days(address: str) -> int:
    said = parse_qs(urlsplit(address).query).get("keep_days", [str(KEEP_DAYS)])[0]
    if not said.isdecimal() or int(said) < 1:
        raise WrongUsage(f"keep_days={said}: a vault's originals are locked for a whole number of days, at least one")
    return int(said)
