# SPDX-License-Identifier: Apache-2.0
"""Files that are on disk when a function returns: write, fsync, rename, fsync the folder.

Every writer of the store goes through here. A process may die between any two of these calls; a
reader then sees the old bytes or the new ones, never a part.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
"""Of Linux's ``renameat2``."""


def write_all(descriptor: int, view: memoryview) -> None:
    """Every byte of ``view``, however many calls the system makes of it."""
    while view:
        view = view[os.write(descriptor, view) :]


def write_new(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Create a file that was not there, on disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        write_all(descriptor, memoryview(data))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, data: bytes) -> None:
    """Create or replace a file so that a reader sees the old bytes or the new, never a part."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    write_new(fresh, data)
    fresh.replace(path)
    sync_folder(path.parent)


def exchange(a: Path, b: Path) -> None:
    """Two folders take each other's place in one step: who opens either name finds one whole folder or the other.

    Where the file system cannot (some network ones), ``b`` steps aside first and there is an instant without it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE) != 0:
        aside = b.with_name(b.name + ".aside")
        b.rename(aside)
        a.rename(b)
        aside.rename(a)
    for folder in {a.parent, b.parent}:
        sync_folder(folder)


def make_folders(folder: Path) -> None:
    """``mkdir -p`` whose directory entries are on disk when it returns."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        sync_folder(each.parent)


def sync_folders(top: Path) -> None:
    """``sync_folder`` for ``top`` and everything below it, deepest first."""
    for folder, _, _ in os.walk(top, topdown=False):
        sync_folder(Path(folder))


def sync_folder(folder: Path) -> None:
    """Put a folder's entries (creations, renames) on disk; the files' bytes are not meant."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock file ``path`` among processes of this host; dying lets go of it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
