# SPDX-License-Identifier: Apache-2.0
"""Reading a delivered file, once: opened read-only and never through a link, copied and hashed together.

Reading and writing happen in the caller's thread, hashing in a second and flushing to disk in a third,
so that a file costs about as much time as the slowest of the three alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from plainview.errors import UnreadableInput
from plainview.store.durable import write_all

CHUNK = 4 << 20
"""Bytes read at once. Two such buffers are in flight: 8 MiB whatever the file's size."""

SYNC_EVERY = 32 << 20
"""Written bytes after which the disk is asked to keep up, so that the last fsync has little left to do."""

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all) while a file is read."""


class Staged:
    """A source copied, hashed and on its way to disk, not yet an object. Leaving the ``with`` discards it."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self.path = folder / "original"
        self.sha256 = ""
        self.size = 0
        self.changed = False
        """The source was written to while it was read: the bytes held are those that were read."""
        self._lock = lock
        self._flushes: list[Future[None]] = []
        self._flusher = ThreadPoolExecutor(1, thread_name_prefix="vault-flush")

    def flush(self, task: Callable[[int], None], descriptor: int) -> None:
        """Run a flushing system call beside the reading and hashing."""
        self._flushes.append(self._flusher.submit(task, descriptor))

    def wait(self) -> None:
        """Return when every byte is on disk; an error of any flush is raised here, never lost."""
        for each in self._flushes:
            each.result()

    def __enter__(self) -> Staged:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._flusher.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def copy(source: Path, staged: Staged, progress: Progress | None) -> None:
    """Read ``source`` once into ``staged``: this thread reads and writes, one hashes, one flushes."""
    reader, before = _open_source(source)
    writer = -1
    try:
        writer = os.open(staged.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        report = _reporter(progress, before.st_size)
        staged.sha256, staged.size = _pump(reader, writer, staged=staged, report=report, name=source.name)
        after = os.fstat(reader)
        staged.changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
        os.fchmod(writer, 0o444)
        staged.flush(_finish, writer)
        writer = -1
    finally:
        os.close(reader)
        if writer >= 0:
            staged.flush(os.close, writer)


def digest(source: Path) -> str:
    """The SHA-256 of a delivered file, opened as ``Vault.stage`` would; ``UnreadableInput`` if it cannot be."""
    reader, _ = _open_source(source)
    with os.fdopen(reader, "rb") as file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UnreadableInput(source.name, f"cannot be read: {error.strerror}") from error


def _open_source(source: Path) -> tuple[int, os.stat_result]:
    """(descriptor for reading, what the file system says of it) of a regular file that is not a link."""
    try:
        # O_NONBLOCK: opening a pipe must not hang; for a regular file it means nothing.
        reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableInput(source.name, f"it cannot be opened: {error.strerror}") from error
    status = os.fstat(reader)
    if not stat.S_ISREG(status.st_mode):
        os.close(reader)
        raise UnreadableInput(source.name, "it is not a regular file")
    return reader, status


def _reporter(progress: Progress | None, expected: int) -> Callable[[int], None]:
    """The caller's progress with the file's size filled in; a file may grow while it is read."""
    if progress is None:
        return lambda done: None
    return lambda done: progress(done, max(expected, done))


def _pump(reader: int, writer: int, *, staged: Staged, report: Callable[[int], None], name: str) -> tuple[str, int]:
    """(sha256 hex, bytes) of everything read; two buffers, so that one is hashed while the other fills."""
    digest = hashlib.sha256()
    buffers = (bytearray(CHUNK), bytearray(CHUNK))
    hashing: list[Future[None]] = []
    size = unsynced = turn = 0
    with ThreadPoolExecutor(1, thread_name_prefix="vault-hash") as hasher:
        while True:
            buffer = buffers[turn % 2]
            if len(hashing) == 2:
                hashing.pop(0).result()
            try:
                count = os.readv(reader, [buffer])
            except OSError as error:
                raise UnreadableInput(name, f"reading stopped at byte {size}: {error.strerror}") from error
            if count == 0:
                break
            view = memoryview(buffer)[:count]
            hashing.append(hasher.submit(digest.update, view))
            write_all(writer, view)
            size, unsynced, turn = size + count, unsynced + count, turn + 1
            if unsynced >= SYNC_EVERY:
                staged.flush(os.fdatasync, writer)
                unsynced = 0
            report(size)
        for each in hashing:
            each.result()
    return digest.hexdigest(), size


def _finish(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
