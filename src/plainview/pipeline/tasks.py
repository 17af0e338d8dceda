# SPDX-License-Identifier: Apache-2.0
"""A task is a step on given inputs; its key is a digest over everything that can change the result.

Kept true: the same key always means the same bytes in ``WORK/<step>/<key>/``; a folder under that
name is complete (it is renamed into place) or absent; a failure is stored beside, with its reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plainview.model import wire
from plainview.store.shared import Shared


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work. ``args`` is what the step is called with; only ``identity`` enters the key.

    Paths differ from machine to machine and are in ``args`` only; digests of what lies there are in
    ``identity``.
    """

    step: str
    exhibit: str
    identity: str
    """Canonical JSON of step version, input digests, parameters and model digests."""
    args: str
    """JSON object: the keyword arguments of the step's function."""
    read: tuple[str, ...] = ()
    """Paths the step may read; it may write to its own output folder only."""
    seconds: float = 0.0
    """What it is expected to compute. The longest are begun first, so that no worker is left with one in the end."""

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.step}\0{self.identity}".encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: its result file, or the reason why there is none."""

    task: Task
    result: Path | None
    reason: str = ""


def task(
    step: str,
    exhibit: str,
    *,
    identity: Mapping[str, Any],
    args: Mapping[str, Any],
    read: tuple[str, ...],
    seconds: float = 0.0,
) -> Task:
    """A task from plain mappings."""
    return Task(step, exhibit, wire.canonical(dict(identity)).decode(), json.dumps(args, sort_keys=True), read, seconds)


def longest_first(tasks: Iterable[Task]) -> list[Task]:
    """In the order in which they are begun; those of which nothing is known as they came."""
    return sorted(tasks, key=lambda each: -each.seconds)


class WorkStore:
    """Results by content below one folder, and with ``shared`` those that other hosts made."""

    def __init__(self, root: Path, shared: Shared | None = None) -> None:
        self.root = root
        self._shared = shared

    def folder(self, each: Task) -> Path:
        return self.root / each.step / each.key

    def outcome(self, each: Task) -> Outcome | None:
        """What is stored for this task, or None when it has not been done."""
        folder = self.folder(each)
        result = folder / "result.json"
        if result.is_file():
            return Outcome(each, result)
        if self._shared is not None:
            if self._shared.bring(_place(each)):
                return Outcome(each, result)
            reason = self._shared.failure(_place(each))
            return None if reason is None else Outcome(each, None, reason)
        failed = folder.with_suffix(".failed")
        if failed.is_file():
            return Outcome(each, None, failed.read_text())
        return None

    def everywhere(self, each: Task) -> bool:
        """Whether any host can do this task; one that reads what lies on this host only is done here."""
        return self._shared is None or self._shared.everywhere(each.read)

    @contextmanager
    def holding(self, each: Task) -> Iterator[None]:
        """What the task reads is on this host until the ``with`` is left."""
        if self._shared is None:
            yield
            return
        with self._shared.holding(each.read):
            yield

    def share(self, each: Task) -> None:
        """Let other hosts have the result."""
        if self._shared is not None:
            self._shared.share(_place(each))

    def scratch(self, each: Task, tag: str) -> Path:
        """A fresh folder that becomes the task's result when the work is done."""
        folder = self.clear(each, tag)
        folder.mkdir(parents=True)
        return folder

    def clear(self, each: Task, tag: str) -> Path:
        """Remove what was begun of a task; where it lay."""
        folder = self.root / "scratch" / f"{each.key}-{tag}"
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    def keep(self, each: Task, scratch: Path) -> Outcome:
        """Move finished work into place; whoever comes second finds it there and throws its own away."""
        target = self.folder(each)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_suffix(".failed").unlink(missing_ok=True)
        try:
            scratch.rename(target)
        except OSError:
            shutil.rmtree(scratch, ignore_errors=True)
        _sync_folder(target.parent)
        return Outcome(each, target / "result.json")

    def fail(self, each: Task, scratch: Path, reason: str) -> Outcome:
        """Store the failure with its reason; a result that somebody else reached meanwhile stands."""
        shutil.rmtree(scratch, ignore_errors=True)
        known = self.outcome(each)
        if known is not None and known.result is not None:
            return known
        if self._shared is not None:
            self._shared.fail(_place(each), reason)
            return Outcome(each, None, reason)
        target = self.folder(each).with_suffix(".failed")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        part.write_text(reason)
        part.replace(target)
        return Outcome(each, None, reason)

    def forget_failures(self) -> int:
        """Remove stored failures so that they are tried again; how many."""
        failed = sorted(self.root.glob("*/*.failed"))
        for path in failed:
            path.unlink()
        return len(failed) + (self._shared.forget_failures() if self._shared is not None else 0)

    def clear_scratch(self) -> None:
        """Remove what interrupted runs of this machine left half done; whoever is at work keeps what is theirs."""
        for folder in sorted((self.root / "scratch").glob("*")):
            host, _, process = folder.name.partition("-")[2].rpartition(":")
            if host in ("", socket.gethostname()) and not _at_work(process):
                shutil.rmtree(folder, ignore_errors=True)


def _place(each: Task) -> str:
    return f"{each.step}/{each.key}"


def _at_work(process: str) -> bool:
    """Whether a process of this machine, by its number, is there."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
