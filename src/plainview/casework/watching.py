# SPDX-License-Identifier: Apache-2.0
"""A folder into which others drop files: which of them are whole.

What this module keeps true: a file is whole when its size, time and inode have not changed for a while, and then its
bytes have not either: two digests a while apart are the same (some programs give a file its last size and time first
and its bytes later). A file under a name of unfinished copies waits until it is renamed. What was taken is taken again
only when it changes; the intake itself adds nothing for what it holds, so that a restart costs time and nothing else.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from plainview.store.staging import digest

UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", ".temp")
"""Endings under which browsers and copying programs write what is not whole yet."""


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as it was seen; ``since`` is when it was first so, ``sha256`` empty until it was still for a while."""

    sign: tuple[int, int, int]
    since: float
    sha256: str = ""


class Settling:
    """The files of one folder, look after look."""

    def __init__(self, folder: Path, *, settle: float) -> None:
        self.folder = folder
        self._settle = settle
        self._waiting: dict[Path, _Look] = {}
        self._taken: dict[Path, tuple[int, int, int]] = {}

    @property
    def waiting(self) -> int:
        """How many files are there that are not known to be whole."""
        return len(self._waiting)

    def look(self, *, at: float) -> list[Path]:
        """The files that have become whole by now, in order. ``at`` is any clock that only goes forward, in seconds."""
        found = {path: sign for path, sign in _files(self.folder) if self._taken.get(path) != sign}
        self._waiting = {path: self._next(path, sign, at) for path, sign in found.items()}
        return sorted(path for path, each in self._waiting.items() if each.sha256 and self._whole(path, each, at))

    def took(self, paths: Iterable[Path]) -> None:
        """These were taken in as they were at the last look."""
        for path in paths:
            self._taken[path] = self._waiting.pop(path).sign

    def _next(self, path: Path, sign: tuple[int, int, int], at: float) -> _Look:
        before = self._waiting.get(path)
        if before is None or before.sign != sign:
            return _Look(sign, at)
        if not before.sha256 and at - before.since >= self._settle:
            return replace(before, since=at, sha256=_digest(path))
        return before

    def _whole(self, path: Path, each: _Look, at: float) -> bool:
        if at - each.since < self._settle:
            return False
        again = _digest(path)
        if again != each.sha256:
            self._waiting[path] = replace(each, since=at, sha256=again)
        return again == each.sha256


def _files(folder: Path) -> Iterator[tuple[Path, tuple[int, int, int]]]:
    """Everything that is no folder, links as links; what goes away while it is looked at is not there."""
    for path in sorted(folder.rglob("*")):
        if path.name.casefold().endswith(UNFINISHED):
            continue
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(found.st_mode):
            yield path, (found.st_size, found.st_mtime_ns, found.st_ino)


def _digest(path: Path) -> str:
    """Of the bytes; what is no regular file or cannot be read has none, and the intake says why it is not taken."""
    try:
        return digest(path) if stat.S_ISREG(path.lstat().st_mode) else "none"
    except OSError:
        return "none"
