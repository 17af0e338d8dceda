# SPDX-License-Identifier: Apache-2.0
"""Files of a bucket on this host's disk: brought on first use, read by path, given up when room is needed.

What this module keeps true: a path names the digest of the file and its key (``ROOT/<sha256>/<key>``), so that whoever
is handed a path can bring it and know what it must be; a file is under its path in full, with exactly that digest and
read-only, or is not there; what somebody holds is not given up, nor what was handed out a moment ago, even where that
takes more room than there should be. Locks are the kernel's: who dies lets go.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from plainview.errors import StepFailed, VaultDamaged
from plainview.store.bucket import Bucket
from plainview.store.durable import locked, make_folders

GRACE_S = 600.0
"""Seconds for which a path that was handed out stays good without being held: enough to open it and to seek about."""

_USE, _LOADING, _PART = "use", "loading", "part"
"""Beside each file: who holds it (and, by its time, when it was used last), who is bringing it, what is half there."""


class Cache:
    """Files of ``bucket`` below ``root``, at most ``limit`` bytes of them unless more are in use."""

    def __init__(self, root: Path, bucket: Bucket, *, limit: int, grace_s: float = GRACE_S) -> None:
        self.root = root.resolve()
        self.limit = limit
        self._bucket, self._grace_s = bucket, grace_s
        make_folders(self.root)

    def place(self, sha256: str, key: str) -> Path:
        """Where a file is or would be."""
        return self.root / sha256 / key

    def get(self, path: Path) -> Path:
        """The file at a place, brought if need be; good to open for a while."""
        with self.holding(path):
            return path

    @contextlib.contextmanager
    def holding(self, path: Path) -> Iterator[Path]:
        """The same, and it stays until the ``with`` is left."""
        entry = self._entry(path)
        pin = _pin(entry)
        try:
            if not path.exists():
                with locked(entry / _LOADING):
                    self._bring(path)
            os.utime(entry / _USE)
            yield path
        finally:
            os.close(pin)

    def take(self, source: Path, path: Path) -> None:
        """Put a file of this disk that was just sent to the bucket under its place."""
        entry = self._entry(path)
        pin = _pin(entry)
        try:
            with locked(entry / _LOADING):
                if not path.exists():
                    self._make_room(source.stat().st_size)
                    _settle(source, path)
        finally:
            os.close(pin)

    def _entry(self, path: Path) -> Path:
        return self.root / path.relative_to(self.root).parts[0]

    def _bring(self, path: Path) -> None:
        """Download under another name, compare the digest of what came, and only then give it its name."""
        if path.exists():
            return  # somebody else brought it meanwhile
        entry = self._entry(path)
        key = path.relative_to(entry).as_posix()
        state = self._bucket.state(key)
        if state is None:
            raise VaultDamaged(f"{self._bucket.address} does not hold {key}")
        self._make_room(state.size)
        part = entry / _PART
        try:
            found = self._bucket.get(key, part)
            if found != entry.name:
                raise VaultDamaged(f"{key} in {self._bucket.address} has changed: sealed as {entry.name}, now {found}")
            _settle(part, path)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise StepFailed(f"there is no room for {state.size} bytes in {self.root}") from error
        finally:
            part.unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        """Give up what was used longest ago until ``size`` bytes more fit, or nothing more can be given up."""
        with locked(self.root / "room"):
            entries = sorted(self.root.glob(f"*/{_USE}"), key=lambda use: use.stat().st_mtime_ns)
            total = sum(_bytes(use.parent) for use in entries)
            for use in entries:
                if total + size <= self.limit:
                    return
                total -= self._give_up(use)

    def _give_up(self, use: Path) -> int:
        """How many bytes became free: none when somebody holds the file or was handed it a moment ago."""
        pin = os.open(use, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(pin, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - use.stat().st_mtime < self._grace_s:
                return 0
            size = _bytes(use.parent)
            gone = use.parent.with_name(f"gone-{use.parent.name}")
            shutil.rmtree(gone, ignore_errors=True)
            use.parent.rename(gone)
            shutil.rmtree(gone)
        except BlockingIOError:
            return 0
        finally:
            os.close(pin)
        return size


def _pin(entry: Path) -> int:
    """A descriptor whose shared lock keeps the entry; asked again where it was given up at this instant."""
    while True:
        entry.mkdir(parents=True, exist_ok=True)
        try:
            pin = os.open(entry / _USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue
        fcntl.flock(pin, fcntl.LOCK_SH)
        with contextlib.suppress(FileNotFoundError):
            if os.fstat(pin).st_ino == (entry / _USE).stat().st_ino:
                return pin
        os.close(pin)


def _settle(source: Path, path: Path) -> None:
    source.chmod(0o444)
    path.parent.mkdir(parents=True, exist_ok=True)
    source.rename(path)


def _bytes(entry: Path) -> int:
    return sum(path.stat().st_size for path in entry.rglob("*") if path.is_file())
