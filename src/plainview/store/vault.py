# SPDX-License-Identifier: Apache-2.0
"""Where original bytes are kept: an OCFL 1.1 storage root on plain disk, one object per exhibit.

What this module keeps true:

V1  a source is opened once, for reading, never through a link; hash and copy come from that one read;
V2  an object is either completely there (every byte and directory on disk) or not there at all;
V3  content files are 0444 and are never opened for writing again; a new version only adds;
V4  whatever point a process dies at, ``recover`` leaves a storage root that validates;
V5  names inside the vault are ours: letters, digits, ``.``, ``_``, ``-`` in at most a few folders.

Layout: ``ocfl/`` is the storage root, ``staging/`` holds what is being written, ``aside/`` what was
sealed but never recorded (kept, never deleted). All three must lie on one file system.

>>> vault = Vault.create(Path("office/vault"))
>>> sealed = vault.seal("urn:x:EX-0001", Path("a.mp4"), logical_name="original/a.mp4", message="received",
...                     agent=Agent("R. Ames"), at=now)
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from plainview.errors import VaultDamaged
from plainview.model.case import Agent, Exhibit
from plainview.model.time import iso_utc
from plainview.store import ocfl
from plainview.store.durable import (
    locked,
    make_folders,
    replace,
    sync_folder,
    sync_folders,
    write_new,
)
from plainview.store.staging import Progress, Staged, copy

_LOGICAL = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}){0,3}")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file that is in the vault: digest of its bytes, size, and where to read it."""

    sha256: str
    size: int
    path: Path


def exhibit_object(case: str, exhibit: str) -> str:
    """The id of the object that holds an exhibit's original."""
    return f"urn:plainview:{quote(case, safe='')}:{exhibit}"


class Vault:
    """An OCFL storage root with its staging area; safe for several processes on one host."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.storage_root = root / "ocfl"
        self.staging = root / "staging"
        self._aside = root / "aside"
        self._open()

    def _open(self) -> None:
        if not (self.storage_root / ocfl.ROOT_DECLARATION).exists():
            raise VaultDamaged(f"{self.root} is not a vault: {ocfl.ROOT_DECLARATION} is missing")

    @classmethod
    def create(cls, root: Path) -> Vault:
        """Make the vault, or finish making it; an existing one is opened as it is."""
        storage = root / "ocfl"
        layout = storage / "extensions" / ocfl.LAYOUT
        for folder in (root / "staging", root / "aside", layout):
            make_folders(folder)
        if not (storage / ocfl.ROOT_DECLARATION).exists():
            replace(layout / "config.json", ocfl.LAYOUT_CONFIG)
            replace(storage / "ocfl_layout.json", ocfl.LAYOUT_FILE)
            replace(storage / ocfl.ROOT_DECLARATION, ocfl.ROOT_DECLARATION_TEXT)
        return cls(root)

    @property
    def address(self) -> str:
        """Where sealed bytes lie, for people."""
        return str(self.root)

    def problem(self) -> str:
        """Why nothing can be sealed or read now; empty when all is well."""
        return "" if os.access(self.root, os.W_OK) else "the vault cannot be written to"

    # Reading

    def has(self, object_id: str) -> bool:
        return (self._object(object_id) / ocfl.OBJECT_DECLARATION).exists()

    def objects(self) -> Iterator[str]:
        """Object ids in byte order of their place on disk."""
        for folder in self._object_folders():
            yield ocfl.read_inventory(folder).id

    def inventory(self, object_id: str) -> ocfl.Inventory:
        """The object's root inventory; ``VaultDamaged`` when it is missing or does not match its digest."""
        return ocfl.read_inventory(self._object(object_id))

    def names(self, object_id: str) -> dict[str, str]:
        """Logical name → SHA-256 of everything in the newest version."""
        state = self.inventory(object_id).state
        return {name: digest for digest, names in sorted(state.items()) for name in names}

    def path(self, object_id: str, logical_name: str) -> Path:
        """Where the newest version of a file lies. It is read-only; open it for reading."""
        inventory = self.inventory(object_id)
        content = inventory.content_path(logical_name)
        if content is None:
            raise VaultDamaged(f"{object_id} holds no {logical_name}")
        return self._object(object_id) / content

    def original(self, exhibit: Exhibit) -> Path:
        """The sealed bytes of an exhibit; of a duplicate, those of the first delivery."""
        return self.path(exhibit.extra["object"], exhibit.extra["file"])

    def place(self, exhibit: Exhibit) -> Path:
        """Where ``original`` lies when a step comes to read it; a vault elsewhere brings nothing for being asked."""
        return self.original(exhibit)

    def extra(self, exhibit: Exhibit, name: str) -> Path | None:
        """A file sealed beside an exhibit's original (``gop-commitment.json``), or None when there is none."""
        names = self.names(exhibit.extra["object"])
        return self.path(exhibit.extra["object"], name) if name in names else None

    def open(self, object_id: str, logical_name: str) -> BinaryIO:
        return self.path(object_id, logical_name).open("rb")

    def check(self, object_id: str) -> list[str]:
        """Read every byte again and say in sentences what is not as it was sealed; empty means intact."""
        folder = self._object(object_id)
        try:
            inventory = ocfl.read_inventory(folder)
        except VaultDamaged as error:
            return [str(error)]
        problems = []
        for digest, contents in sorted(inventory.manifest.items()):
            for content in contents:
                problem = _file_problem(folder / content, digest)
                if problem:
                    problems.append(f"{content} {problem}")
        known = {content for contents in inventory.manifest.values() for content in contents}
        for found in sorted(path for path in folder.glob("v*/content/**/*") if path.is_symlink() or path.is_file()):
            if (name := found.relative_to(folder).as_posix()) not in known:
                problems.append(f"{name} was never sealed")
        return problems

    # Writing

    def object_id(self, case: str, exhibit: str, sha256: str) -> str:
        """Under which id the bytes of an exhibit are sealed."""
        return exhibit_object(case, exhibit)

    def send_ahead(self, staged: Staged, case: str, *, logical_name: str, at: datetime) -> None:
        """Do what takes long before the ledger is asked to wait: on a disk, nothing."""

    def stage(self, source: Path, *, progress: Progress | None = None) -> Staged:
        """Copy ``source`` into the vault's staging area, reading it once; hashing overlaps writing.

        The copy is still being flushed when this returns; ``Staged.wait`` (and ``seal_staged``) wait for it.
        ``UnreadableInput`` when the source is a link, no regular file, or cannot be read.
        """
        staged = self._staging_folder()
        try:
            copy(source, staged, progress)
        except BaseException:
            staged.__exit__(None, None, None)
            raise
        return staged

    def seal(
        self,
        object_id: str,
        source: Path,
        *,
        logical_name: str,
        message: str,
        agent: Agent,
        at: datetime,
        extra: Mapping[str, bytes] | None = None,
        progress: Progress | None = None,
    ) -> Sealed:
        """Take ``source`` into a new object in one go."""
        with self.stage(source, progress=progress) as staged:
            return self.seal_staged(
                staged, object_id, logical_name=logical_name, message=message, agent=agent, at=at, extra=extra
            )

    def seal_staged(
        self,
        staged: Staged,
        object_id: str,
        *,
        logical_name: str,
        message: str,
        agent: Agent,
        at: datetime,
        extra: Mapping[str, bytes] | None = None,
    ) -> Sealed:
        """Make a new object of a staged file and small ``extra`` files: all of it appears at once (V2)."""
        build = staged.folder / "object"
        if extra is not None and logical_name in extra:
            raise ValueError(f"{logical_name} is given twice")
        version = ocfl.Version(created=iso_utc(at), message=message, user=agent.name)
        inventory = ocfl.Inventory.new(object_id, version)
        content = inventory.put(logical(logical_name), staged.sha256)
        _take(staged.path, build / content)
        for name, data in sorted((extra or {}).items()):
            _add_bytes(build, inventory, logical(name), data)
        staged.wait()
        data = inventory.dump()
        _write_inventory(build / "v1", data)
        _write_inventory(build, data)
        write_new(build / ocfl.OBJECT_DECLARATION, ocfl.OBJECT_DECLARATION_TEXT)
        sync_folders(build)
        return Sealed(staged.sha256, staged.size, self._put_in_place(build, object_id, inventory, content, at))

    def _put_in_place(self, build: Path, object_id: str, inventory: ocfl.Inventory, content: str, at: datetime) -> Path:
        """Give a whole object its place; where its original lies then."""
        target = self._object(object_id)
        with self._writing():
            if target.exists():
                raise RuntimeError(f"{object_id} is sealed already")
            make_folders(target.parent)
            build.rename(target)
            sync_folder(target.parent)
        return target / content

    def add(
        self,
        object_id: str,
        files: Mapping[str, bytes | Path],
        *,
        message: str,
        agent: Agent,
        at: datetime,
    ) -> int:
        """Add files as a new version and return its number; adding what is there already changes nothing."""
        folder = self._object(object_id)
        with self._writing(), self._staging_folder() as staged:
            self._recover_object(folder)
            before = ocfl.read_inventory(folder)
            inventory = before.next(ocfl.Version(created=iso_utc(at), message=message, user=agent.name))
            build = staged.folder / "object"
            build.mkdir()
            for name, data in sorted(files.items()):
                if isinstance(data, Path):
                    self._add_file(build, inventory, logical(name), data)
                else:
                    _add_bytes(build, inventory, logical(name), data)
            if inventory.state == before.state:
                return before.number
            _write_inventory(build / inventory.head, inventory.dump())
            sync_folders(build)
            (build / inventory.head).rename(folder / inventory.head)
            sync_folder(folder)
            _commit_inventory(folder, inventory.dump())
        return inventory.number

    def set_aside(self, object_id: str) -> Path:
        """Take an object that nothing records out of the storage root, keeping every byte of it."""
        with self._writing():
            place = Path(tempfile.mkdtemp(prefix="unrecorded-", dir=self._aside))
            self._object(object_id).rename(place / "object")
            sync_folder(place)
            sync_folder(self._aside)
        return place / "object"

    def recover(self) -> list[str]:
        """Finish or clear away what a killed process left; sentences say what was done, empty when nothing.

        ``VaultDamaged`` (after everything else was recovered) names objects that no interruption explains.
        """
        damaged = []
        with self._writing():
            done = self._clear_staging()
            for folder in self._object_folders():
                try:
                    done.extend(self._recover_object(folder))
                except VaultDamaged as error:
                    damaged.append(str(error))
            _drop_empty(self.storage_root, keep=self.storage_root / "extensions")
        if damaged:
            raise VaultDamaged("; ".join(damaged))
        return done

    def _clear_staging(self) -> list[str]:
        done = []
        with locked(self.staging / "gate"):
            for folder in sorted(path for path in self.staging.iterdir() if path.is_dir()):
                if _abandoned(folder):
                    shutil.rmtree(folder)
                    done.append(f"cleared unfinished copy {folder.name}")
        return done

    def _add_file(self, build: Path, inventory: ocfl.Inventory, name: str, source: Path) -> None:
        with self.stage(source) as staged:
            content = inventory.put(name, staged.sha256)
            staged.wait()
            if content:
                _take(staged.path, build / content)

    def _recover_object(self, folder: Path) -> list[str]:
        """Roll forward to the newest complete version: it was on disk in full before it was renamed here."""
        if not folder.exists():
            raise VaultDamaged(f"{folder.name} is not in the vault")
        done = []
        for leftover in sorted(folder.glob("*.new")):
            leftover.unlink()
            done.append(f"cleared {folder.name}/{leftover.name}")
        newest = max((path for path in folder.iterdir() if ocfl.is_version(path.name)), key=lambda p: int(p.name[1:]))
        data = ocfl.read_matching(newest)
        if data != ocfl.read_matching(folder, strict=False):
            _commit_inventory(folder, data)
            done.append(f"finished {newest.name} of {folder.name}")
        return done

    def _object(self, object_id: str) -> Path:
        return self.storage_root / ocfl.object_path(object_id)

    def _object_folders(self) -> Iterator[Path]:
        for declaration in sorted(self.storage_root.glob(f"???/???/???/*/{ocfl.OBJECT_DECLARATION}")):
            yield declaration.parent

    def _staging_folder(self) -> Staged:
        # The gate keeps ``recover`` from taking a folder whose lock is about to be held for abandoned.
        with locked(self.staging / "gate", shared=True):
            folder = Path(tempfile.mkdtemp(prefix="take-", dir=self.staging))
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        return Staged(folder, lock)

    def _writing(self) -> contextlib.AbstractContextManager[None]:
        """One writer of objects at a time on this host; a dead process lets go of the lock by dying."""
        return locked(self.staging / "lock")


def _add_bytes(build: Path, inventory: ocfl.Inventory, name: str, data: bytes) -> None:
    """Write one small file below ``build`` unless the object holds these bytes already."""
    content = inventory.put(name, hashlib.sha256(data).hexdigest())
    if content:
        (build / content).parent.mkdir(parents=True, exist_ok=True)
        write_new(build / content, data, mode=0o444)


def _take(staged: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(place)


def _write_inventory(folder: Path, data: bytes) -> None:
    folder.mkdir(exist_ok=True)
    write_new(folder / ocfl.INVENTORY, data)
    write_new(folder / ocfl.SIDECAR, ocfl.sidecar(data))


def _commit_inventory(folder: Path, data: bytes) -> None:
    """Replace an object's root inventory: the first rename is the moment the new version exists."""
    replace(folder / ocfl.INVENTORY, data)
    replace(folder / ocfl.SIDECAR, ocfl.sidecar(data))


def _abandoned(folder: Path) -> bool:
    """Whether the process that made this staging folder is gone (its lock is free)."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(lock)


def _drop_empty(top: Path, *, keep: Path) -> None:
    """Remove folders that a killed process made for an object that never came (OCFL forbids empty ones)."""
    for text, _, _ in os.walk(top, topdown=False):
        folder = Path(text)
        if folder not in (top, keep) and keep not in folder.parents and not any(folder.iterdir()):
            folder.rmdir()


def _file_problem(path: Path, digest: str) -> str:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "" if found == digest else f"has changed: sealed as {digest}, now {found}"


def logical(name: str) -> str:
    """A name that may stand in the vault; ``ValueError`` for any that could reach elsewhere."""
    if not _LOGICAL.fullmatch(name):
        raise ValueError(f"{name!r} is not a name the vault gives")
    return name
