# SPDX-License-Identifier: Apache-2.0
"""Results of steps in the vault's bucket, so that hosts with an office folder of their own work on one case.

What this module keeps true: a result is in the bucket when its list is (``work/<step>/<key>.txt``: digest and name of
each file), which goes up after the files (``results/<sha256>``); of two hosts that did the same, the first list counts
for both; a result is brought whole, each digest compared while it comes, or not at all. A list counts only with a code
that needs the office's secret, made over its place too: whoever has the store's key and not the office's can neither
make up a finding nor pass one off as another. Results carry no lock: they can be computed again. A failure is kept
apart (``failed/<step>/<key>``) in the same way and can be forgotten for all hosts at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import shutil
import socket
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from plainview.errors import StepFailed, VaultDamaged
from plainview.store.bucketed import BucketVault
from plainview.store.staging import digest

_LIST, _FAILED = "work", "failed"


class Shared:
    """What hosts give each other: originals by the vault's cache, results between ``work`` and the bucket."""

    def __init__(self, vault: BucketVault, work: Path, *, secret: bytes) -> None:
        self._secret = secret
        self._cache, self._bucket, self._work = vault.cache, vault.bucket, work.resolve()

    def everywhere(self, paths: Iterable[str]) -> bool:
        """Whether any host can bring all of these."""
        return all(path.is_relative_to(self._cache.root) or path.is_relative_to(self._work) for path in _whole(paths))

    @contextlib.contextmanager
    def holding(self, paths: Iterable[str]) -> Iterator[None]:
        """Bring what a step reads; originals stay until the ``with`` is left."""
        with contextlib.ExitStack() as stack:
            for path in _whole(paths):
                if path.is_relative_to(self._cache.root):
                    stack.enter_context(self._cache.holding(path))
                elif path.is_relative_to(self._work):
                    self.need("/".join(path.relative_to(self._work).parts[:2]))
            yield

    def need(self, place: str) -> None:
        """Have a result (``step/key``) here; ``StepFailed`` when no host has made it."""
        if not self.bring(place):
            raise StepFailed(f"the result {place} is neither here nor in {self._bucket.address}: analyse again")

    def bring(self, place: str) -> bool:
        """Have a result here if any host made it; whether one did."""
        target = self._work / place
        if (target / "result.json").is_file():
            return True
        listed = self._said(f"{_LIST}/{place}.txt")
        if listed is None:
            return False
        # named as a step's own scratch folder is, so that it is cleared away when this process is gone
        mine = f"{target.name}.{threading.get_ident()}-{socket.gethostname()}:{os.getpid()}"
        part = self._work / "scratch" / mine
        try:
            for line in listed.splitlines():
                self._fetch(line[:64], part, line[66:])
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(OSError):  # somebody else brought it meanwhile
                part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        _mark(target).touch()
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
        _mark(folder).touch()

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
