# SPDX-License-Identifier: Apache-2.0
"""A step runs in a child process inside a box: it reads its inputs, writes one folder, reaches nothing else.

Children are forked from one server process that has imported the heavy libraries but opened no
file; each child closes the box around itself before it touches evidence. A child that crashes,
is killed or runs out of memory is a failed step, never a dead pipeline.
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import json
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import TypeVar

from plainview import logs
from plainview.errors import PlainviewError, StoreAway
from plainview.pipeline.tasks import Outcome, Task, WorkStore

ADDRESS_SPACE = 12 << 30
"""Bytes of address space a step may map; models and frames of an hour of 1080p stay below."""

CPU_SECONDS = 6 * 3600
"""A step that computes longer than this is stuck."""

PRELOAD = ["plainview.pipeline.steps", "av", "numpy", "scipy.signal", "onnxruntime", "PIL.Image"]
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "CT2_VERBOSE": "-3",
    "HF_HUB_OFFLINE": "1",
}
PR_SET_PDEATHSIG = 1

TRIES = 3
"""How often a step may stop without a word (a crash) before its file is set aside."""

LOST = 20
"""How often a step may be begun by workers that then end. People kill runs and machines lose power, and no file is to
blame; one that takes its workers with it all the same is set aside in the end."""

LOOK = 1.0
"""Seconds between two looks at whether a running step was cancelled, or a full disk has room again."""

DISK_FULL = 28
"""Exit code of a child that found no room to write; no file is to blame, and it is begun again when there is."""

PATIENCE = 120
"""Seconds for which a bucket that has gone away is waited for, as a database is."""

ROOM = 64 << 20
"""Bytes that must be free before a step is begun that found the disk full; more than any finding, less than a film."""


T = TypeVar("T")


class Cancelled(Exception):
    """Somebody cancelled the task; nothing is stored, and it may be asked for again."""


_context: ForkServerContext | None = None
_one_at_a_time = threading.Lock()
"""Starting a child also reaps finished ones, and an exit code can be read from its pipe once only: two
threads that start and reap at the same instant would make a finished child look lost."""


def perform(
    task: Task,
    *,
    work: WorkStore,
    begun: Callable[[], int] | None = None,
    stopped: Callable[[], int] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Do one task in a boxed child, or return what an earlier run stored.

    A child that stops without a word is begun again, ``TRIES`` times in all. ``begun`` and ``stopped`` count one more
    of each over all workers, and tell how many that makes. What it reads is brought before and what it made is shared
    after, where a bucket lies between the hosts; one that is away is waited for, and after ``PATIENCE`` the task has no
    outcome that is kept: asked again later, it goes on.
    """
    try:
        with ExitStack() as stack:
            known = _patiently(lambda: work.outcome(task), cancelled)
            if known is None:
                _patiently(lambda: stack.enter_context(work.holding(task)), cancelled)
                known = _logged(task, partial(_perform, task, work, begun, stopped, cancelled))
            if known.result is not None:
                _patiently(lambda: work.share(task), cancelled)
            return known
    except PlainviewError as error:
        return Outcome(task, None, str(error))


def _patiently(do: Callable[[], T], cancelled: Callable[[], bool]) -> T:
    """Do it, and again while the bucket is away; a person may cancel instead."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return do()
        except StoreAway:
            if cancelled():
                raise Cancelled("cancelled while the bucket was away") from None
            if time.monotonic() > until:
                raise
            time.sleep(LOOK)


def _logged(task: Task, do: Callable[[], Outcome]) -> Outcome:
    """Do it, with a line in the log before and after."""
    began = time.monotonic()
    logs.event("task_began", step=task.step, exhibit=task.exhibit, task=task.key)
    outcome = do()
    told = "failed" if outcome.result is None else "done"
    seconds = round(time.monotonic() - began, 3)
    logs.event("task_ended", step=task.step, exhibit=task.exhibit, task=task.key, outcome=told, seconds=seconds)
    return outcome


def _perform(
    task: Task,
    work: WorkStore,
    begun: Callable[[], int] | None,
    stopped: Callable[[], int] | None,
    cancelled: Callable[[], bool],
) -> Outcome:
    begun, stopped = begun or partial(next, itertools.count(1)), stopped or partial(next, itertools.count(1))
    what = f"{task.step} on {task.exhibit or 'the case'}"
    why = f"was begun {LOST} times and is set aside: the worker that had it ended each time"
    while begun() <= LOST:
        code, scratch = _with_room(task, work, cancelled)
        if code == 0 and (scratch / "result.json").is_file():
            return work.keep(task, scratch)
        said = scratch / "error.txt"
        if said.is_file():
            return work.fail(task, scratch, said.read_text())
        if stopped() >= TRIES:
            why = f"was tried {TRIES} times and is set aside: {what} stopped unexpectedly ({_how(code)})"
            break
    return work.fail(task, work.scratch(task, tag()), f"{what} {why}")


def tag() -> str:
    """Whose a scratch folder is: this host's and process's."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _with_room(task: Task, work: WorkStore, cancelled: Callable[[], bool]) -> tuple[int | None, Path]:
    """Run a child, again each time it found the disk full; its exit code, and where it wrote."""
    while True:
        try:
            scratch = work.scratch(task, tag())
            code = _run(task, str(scratch), cancelled)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            code = DISK_FULL
        if code != DISK_FULL:
            return code, scratch
        _await_room(task, work, cancelled)


def _await_room(task: Task, work: WorkStore, cancelled: Callable[[], bool]) -> None:
    """Clear away what was begun, then wait until others make room; a person may cancel instead."""
    work.clear(task, tag())
    while shutil.disk_usage(work.root).free < ROOM:
        if cancelled():
            raise Cancelled(f"{task.step} on {task.exhibit or 'the case'} was cancelled while the disk was full")
        time.sleep(LOOK)


def _run(task: Task, scratch: str, cancelled: Callable[[], bool]) -> int | None:
    """The exit code of a child that does the task; ``Cancelled`` after it was killed for that."""
    with _one_at_a_time:
        process = _fork_server().Process(target=_main, args=(task, scratch), daemon=True)
        process.start()
    stopped = False
    while not wait([process.sentinel], timeout=LOOK):
        if not stopped and cancelled():
            stopped = True
            process.kill()
    with _one_at_a_time:
        process.join()
    if stopped:
        shutil.rmtree(scratch, ignore_errors=True)
        raise Cancelled(f"{task.step} on {task.exhibit or 'the case'} was cancelled")
    return process.exitcode


def warm() -> None:
    """Have the server of children read its libraries now (two seconds of a core), not when the first step has come."""
    _fork_server()
    forkserver.ensure_running()


def _fork_server() -> ForkServerContext:
    global _context  # noqa: PLW0603 - one server per process, started on first use
    if _context is None:
        os.environ.update(ONE_THREAD)
        _context = multiprocessing.get_context("forkserver")
        _context.set_forkserver_preload(PRELOAD)
    return _context


def _main(task: Task, scratch: str) -> None:
    """The child: box first, then the step; the sentence of an error goes into a file, never a traceback of evidence."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    import onnxruntime

    from plainview.media import box
    from plainview.pipeline.steps import STEPS

    onnxruntime.disable_telemetry_events()
    out = Path(scratch)
    os.environ["TMPDIR"] = scratch
    tempfile.tempdir = scratch
    try:
        reading = [Path(path) for path in task.read] + STEPS[task.step].weights()
        box.enter(read=reading, write=[out], memory=ADDRESS_SPACE, cpu_seconds=CPU_SECONDS)
        text = STEPS[task.step].run(out, **json.loads(task.args))
        part = out / "result.part"
        part.write_text(text)
        part.rename(out / "result.json")
    except PlainviewError as error:
        _say(out, str(error), error)
    except MemoryError as error:
        _say(out, f"{task.step} needs more memory than it may use", error)
    except Exception as error:  # noqa: BLE001 - the step runner is one of the two broad catches: it records
        _say(out, f"{task.step} failed: {type(error).__name__}: {error}", error)


def _say(out: Path, sentence: str, error: BaseException) -> None:
    """End with the sentence, or with ``DISK_FULL`` where that is what lies behind it or keeps it from being written."""
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, OSError) and chain.errno == errno.ENOSPC:
            sys.exit(DISK_FULL)
        chain = chain.__cause__ or chain.__context__
    try:
        (out / "error.txt").write_text(sentence)
    except OSError:
        sys.exit(DISK_FULL)
    sys.exit(3)
