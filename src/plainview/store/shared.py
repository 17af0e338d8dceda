# SPDX-License-Identifier: Apache-2.0
"""Results of steps in the vault's bucket, so that hosts with an office folder of their own work on one case.

What this module keeps true: a result is in the bucket when its list is (``work/<step>/<key>.txt``: digest and name of
each file), which goes up after the files (``results/<sha256>``); of two hosts that did the same, the first list counts
for both; a result is brought whole, each digest compared while it comes, or not at all. A list counts only with a code
that needs the office's secret, made over its place too: whoever has the store's key and not the office's can neither
make up a finding nor pass one off as another. Results carry no lock: they can be computed again. A failure is kept
apart (``failed/<step>/<key>``) in the same way and can be forgotten for all hosts at once. A host gives up results that
were used longest ago when it holds more than it should: only what the bucket has, and never what a step reads, what was
asked for a moment ago, or anything while somebody gives orders here.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from plainview.errors import StepFailed, VaultDamaged
from plainview.store.bucketed import BucketVault
from plainview.store.cache import GRACE_S
from plainview.store.durable import locked
from plainview.store.staging import digest

LOOK_S = 30.0
"""Seconds between two looks at whether a host holds more results than it should; so long it may hold more."""

_LIST, _FAILED, _KEPT = "work", "failed", "kept"


class Shared:
    """What hosts give each other: originals by the vault's cache, results between ``work`` and the bucket."""

    def __init__(self, vault: BucketVault, work: Path, *, secret: bytes, grace_s: float = GRACE_S) -> None:
        self._secret, self._grace_s = secret, grace_s
        self._cache, self._bucket, self._work = vault.cache, vault.bucket, work.resolve()

    def everywhere(self, paths: Iterable[str]) -> bool:
        """Whether any host can bring all of these."""
        return all(path.is_relative_to(self._cache.root) or path.is_relative_to(self._work) for path in _whole(paths))

    @contextlib.contextmanager
    def holding(self, paths: Iterable[str]) -> Iterator[None]:
        """Bring what a step reads; it stays until the ``with`` is left."""
        with contextlib.ExitStack() as stack:
            for path in _whole(paths):
                if path.is_relative_to(self._cache.root):
                    stack.enter_context(self._cache.holding(path))
                elif path.is_relative_to(self._work):
                    stack.enter_context(self._needing("/".join(path.relative_to(self._work).parts[:2])))
            yield

    @contextlib.contextmanager
    def _needing(self, place: str) -> Iterator[None]:
        self.need(place)
        mark = _mark(self._work / place)
        with locked(mark, shared=True) if mark.exists() else contextlib.nullcontext():
            yield

    @contextlib.contextmanager
    def keeping(self) -> Iterator[None]:
        """While orders are given on this host nothing is given up here: a release reads what it had made hours ago."""
        self._work.mkdir(parents=True, exist_ok=True)
        with locked(self._work / _KEPT, shared=True):
            yield
        self._make_room()

    def need(self, place: str) -> None:
        """Have a result (``step/key``) here; ``StepFailed`` when no host has made it."""
        if not self.bring(place):
            raise StepFailed(f"the result {place} is neither here nor in {self._bucket.address}: analyse again")

    def here(self, place: str) -> bool:
        """Whether a result lies on this host; one that does stays good to open for a while."""
        target = self._work / place
        with contextlib.suppress(FileNotFoundError):
            pin = os.open(_mark(target), os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(pin, fcntl.LOCK_SH)
                os.utime(pin)
            finally:
                os.close(pin)
        return (target / "result.json").is_file()

    def bring(self, place: str) -> bool:
        """Have a result here if any host made it; whether one did."""
        target = self._work / place
        if self.here(place):
            return True
        listed = self._said(f"{_LIST}/{place}.txt")
        if listed is None:
            return False
        part = self._passing(target)
        try:
            for line in listed.splitlines():
                self._fetch(line[:64], part, line[66:])
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(OSError):  # somebody else brought it meanwhile
                part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self._note(target)
        return True

    def _fetch(self, sha256: str, folder: Path, name: str) -> None:
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise VaultDamaged(f"a list in {self._bucket.address} names a place outside: {name}")
        if self._bucket.get(f"results/{sha256}", path) != sha256:
            raise VaultDamaged(f"results/{sha256} in {self._bucket.address} is not what it was put as")

    def share(self, place: str) -> None:
        """Send up a result that was made here; where another host was first, its files take the place of these."""
        folder = self._work / place
        if _mark(folder).exists():
            return
        files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
        digests = {name: digest(path) for name, path in files.items()}
        for name, path in files.items():
            self._bucket.put(f"results/{digests[name]}", path, sha256=digests[name], until=None)
        listed = "".join(f"{digests[name]}  {name}\n" for name in files)
        key = f"{_LIST}/{place}.txt"
        if not self._say(key, listed) and self._said(key) != listed:
            shutil.rmtree(folder)
            self.bring(place)
        self._note(folder)

    def failure(self, place: str) -> str | None:
        """Why a step failed on whichever host tried it, or None."""
        return self._said(f"{_FAILED}/{place}")

    def fail(self, place: str, reason: str) -> None:
        """Tell all hosts that a step failed; what was said first stands."""
        self._say(f"{_FAILED}/{place}", reason)

    def forget_failures(self) -> int:
        """Have failed steps tried again by any host; how many."""
        failed = sorted(self._bucket.held(f"{_FAILED}/"))
        for key in failed:
            self._bucket.hide(key)
        return len(failed)

    def _note(self, folder: Path) -> None:
        """Keep that the bucket has this result too, and how large it is."""
        _mark(folder).write_text(str(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())))
        self._make_room(every=LOOK_S)

    def _make_room(self, *, every: float = 0) -> None:
        """Give up what was used longest ago until no more lies here than should, unless orders are given here."""
        gate = os.open(self._work / _KEPT, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - os.fstat(gate).st_mtime < every:
                return
            os.utime(gate)
            marks = sorted(self._work.glob("*/*.shared"), key=lambda mark: mark.stat().st_mtime_ns)
            total = sum(_size(mark) for mark in marks)
            for mark in marks:
                if total <= self._cache.limit:
                    return
                total -= self._give_up(mark)
        except BlockingIOError:
            return
        finally:
            os.close(gate)

    def _give_up(self, mark: Path) -> int:
        """How many bytes became free: none when a step reads the result or it was asked for a moment ago."""
        folder, size = mark.with_suffix(""), _size(mark)
        pin = os.open(mark, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(pin, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - os.fstat(pin).st_mtime < self._grace_s:
                return 0
            gone = self._passing(folder)
            gone.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # somebody emptied the folder by hand
                folder.rename(gone)
            mark.unlink()
            shutil.rmtree(gone, ignore_errors=True)
        except BlockingIOError:
            return 0
        finally:
            os.close(pin)
        return size

    def _passing(self, folder: Path) -> Path:
        """Named as a step's own scratch folder is, so that it is cleared away when this process is gone."""
        mine = f"{folder.name}.{threading.get_ident()}-{socket.gethostname()}:{os.getpid()}"
        return self._work / "scratch" / mine

    def _say(self, key: str, text: str) -> bool:
        """Put words of this office there, the code first; False when something is there already."""
        return self._bucket.put(key, f"{self._code(key, text)}\n{text}".encode(), sha256="", until=None)

    def _said(self, key: str) -> str | None:
        """The office's words under a key, or None; ``VaultDamaged`` when they are somebody else's."""
        found = self._bucket.read(key)
        if found is None:
            return None
        code, _, text = found.decode(errors="replace").partition("\n")
        if not hmac.compare_digest(code.encode(), self._code(key, text).encode()):
            raise VaultDamaged(f"{key} in {self._bucket.address} was made by no host of this office")
        return text

    def _code(self, key: str, text: str) -> str:
        return hmac.new(self._secret, f"shared\0{key}\0{text}".encode(), hashlib.sha256).hexdigest()


def _whole(paths: Iterable[str]) -> list[Path]:
    return [Path(path).resolve() for path in paths]


def _mark(folder: Path) -> Path:
    """Stands beside a result of which the bucket has a list."""
    return folder.with_suffix(".shared")


def _size(mark: Path) -> int:
    return int(mark.read_text() or 0)
