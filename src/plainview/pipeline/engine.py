# SPDX-License-Identifier: Apache-2.0
"""The job engine behind one small face: hand it tasks, get outcomes.

``durable`` is DBOS Transact on its own SQLite file or on PostgreSQL: every task is a workflow whose id is
the task's key, so a killed run finds its unfinished work again and a finished task is never done twice.
Every process with an engine takes tasks from the queues it listens to and sweeps: what a dead or frozen
worker left is given to the others within fifteen seconds (``crew``).
``inline`` does the same work in this process, one task at a time, for tests.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from plainview.pipeline.child import Cancelled, perform, tag
from plainview.pipeline.crew import AWAY, BEAT, DEAD, Crew, engine_address, worker_id
from plainview.pipeline.tasks import Outcome, Task, WorkStore, longest_first

Progress = Callable[[Outcome | None, Task], None]
"""Called with (None, task) when a task is handed in and (outcome, task) when it is done."""

APPLICATION_VERSION = "1"
"""Fixed: the default is a hash of the code, and old work would not be recovered after an upgrade."""

RECOVERIES = 50
"""How often a killed run may take the same task up again before the engine sets it aside."""

FINISHED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


CPU, GPU = "cpu", "gpu"
"""The queues there are. ``PLAINVIEW_GPU_STEPS=speech,faces`` sends those steps to workers that listen to ``gpu``."""

URGENT, NORMAL = 1, 10
"""Priorities: tasks with the smaller number are taken first."""


class Engine(Protocol):
    """What runs tasks."""

    priority: int

    def run(self, tasks: Sequence[Task], *, progress: Progress) -> list[Outcome]: ...

    def close(self) -> None: ...


class InlineEngine:
    """Tasks one after another (or ``jobs`` at a time) in boxed children, nothing durable but the results."""

    def __init__(self, work: WorkStore, *, jobs: int = 1) -> None:
        self.work = work
        self.jobs = jobs
        self.priority = NORMAL

    def run(self, tasks: Sequence[Task], *, progress: Progress) -> list[Outcome]:
        def one(task: Task) -> Outcome:
            progress(None, task)
            outcome = perform(task, work=self.work)
            progress(outcome, task)
            return outcome

        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            begun = {task.key: pool.submit(one, task) for task in longest_first(tasks)}
            return [begun[task.key].result() for task in tasks]

    def close(self) -> None:
        """Nothing is held open."""


class DurableEngine:
    """DBOS Transact; unfinished workflows of workers that are gone are taken up by whoever is there.

    ``jobs`` tasks are done here at a time; with 0 this process only hands in and waits.
    """

    def __init__(
        self,
        work: WorkStore,
        *,
        database: str | Path,
        jobs: int,
        queues: Sequence[str] = (CPU,),
        priority: int = NORMAL,
    ) -> None:
        from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

        self.work = work
        self.priority = priority
        _prepare(database)
        self.crew = Crew(database, me=worker_id())
        if jobs:  # who only waits is no worker, and must not hide that there is none
            self.crew.beat()
        config = DBOSConfig(
            name="plainview",
            system_database_url=engine_address(database),
            application_version=APPLICATION_VERSION,
            executor_id=self.crew.me,
            log_level="CRITICAL",
            serializer=DBOSPortableJSONSerializer(),
            run_admin_server=False,
            # Nobody sends messages; how often their threads wake is how long the engine takes to end.
            notification_listener_polling_interval_sec=0.1,
            notification_coalesce_sec=0.1,
        )
        DBOS(config=config)
        _workflow()
        _OPEN.append(self)
        self._ending = threading.Event()
        self._begun: set[str] = set()
        self._here = jobs or os.cpu_count() or 1
        """How many tasks at a time of those that no other host can do."""
        self._slots = threading.BoundedSemaphore(max(1, jobs))
        DBOS.listen_queues(list(queues) if jobs else [])
        DBOS.launch()
        for queue in (CPU, GPU):
            DBOS.register_queue(
                queue,
                worker_concurrency=max(1, jobs),
                polling_interval_sec=0.25,
                on_conflict="always_update" if jobs else "never_update",
            )
        kept = (self._beat, self._sweep) if jobs else ()
        self._threads = [threading.Thread(target=each, daemon=True) for each in kept]
        for each in self._threads:
            each.start()

    def _beat(self) -> None:
        while not self._ending.wait(BEAT):
            try:
                self.crew.beat()
            except AWAY:
                continue  # the database is away for everybody; the next beat tries again

    def _sweep(self) -> None:
        """Give tasks that nobody does back to their queue, as often as there is a sign of life."""
        from dbos import DBOS

        idle: dict[str, float] = {}
        while not self._ending.wait(BEAT):
            try:
                held = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
                alive = self.crew.alive()  # asked after the list: whoever holds something on it gave a sign before
                left = self._forgotten(held, idle)
                if self.crew.me == min(alive, default=""):  # one worker, the first by name, looks after the dead
                    left += [each for each in held if each.executor_id not in alive]
                for each in left:
                    DBOS.resume_workflow(each.workflow_id, queue_name=each.queue_name or CPU)
            except AWAY:
                continue

    def _forgotten(self, held: Sequence[Any], idle: dict[str, float]) -> list[Any]:
        """What this worker holds by the tables and has not begun for ``DEAD`` seconds.

        A database that goes away between giving a task out and saying so leaves such a one. ``idle`` keeps since when.
        """
        now = time.monotonic()
        mine = [e for e in held if e.executor_id == self.crew.me and e.workflow_id not in self._begun]
        for gone in set(idle) - {each.workflow_id for each in mine}:
            del idle[gone]
        return [each for each in mine if now - idle.setdefault(each.workflow_id, now) > DEAD]

    def perform(self, task: Task, workflow_id: str) -> Outcome:
        """One task in a child of this worker; counted, and stopped when it is cancelled."""
        from dbos import DBOS

        def cancelled() -> bool:
            status = self.crew.patiently(lambda: DBOS.get_workflow_status(workflow_id))
            return status is not None and status.status == "CANCELLED"

        self._begun.add(workflow_id)
        try:
            with self._slots:
                outcome = perform(
                    task,
                    work=self.work,
                    begun=partial(self.crew.begun, task.key),
                    stopped=partial(self.crew.stopped, task.key),
                    cancelled=cancelled,
                )
            self.crew.ended(task.key)
        finally:
            self._begun.discard(workflow_id)
        return outcome

    def cancel(self, *, step: str = "") -> int:
        """Stop everything that is queued or running, or one step of it; how many tasks."""
        from dbos import DBOS

        found = DBOS.list_workflows(status=["PENDING", "ENQUEUED"], load_output=False)
        return self._cancel([each.workflow_id for each in found if step in ("", _step_of(each))])

    def _cancel(self, chosen: list[str]) -> int:
        from dbos import DBOS

        if chosen:
            DBOS.cancel_workflows(chosen)
        return len(chosen)

    def run(self, tasks: Sequence[Task], *, progress: Progress) -> list[Outcome]:
        outcomes = {task.key: self.work.outcome(task) for task in tasks}
        for task in tasks:
            progress(None, task)
            if outcomes[task.key] is not None:
                progress(outcomes[task.key], task)
        for task in tasks:
            known = outcomes[task.key]
            if known is not None and known.result is not None:
                self.work.share(task)  # what was kept here when the bucket was away
        waiting = {task.key: task for task in tasks if outcomes[task.key] is None and self.work.everywhere(task)}
        handles = {t.key: self.crew.patiently(partial(self._submit, t)) for t in longest_first(waiting.values())}
        here = [task for task in tasks if outcomes[task.key] is None and task.key not in waiting]
        for done in InlineEngine(self.work, jobs=self._here).run(here, progress=_silently):
            outcomes[done.task.key] = done
            progress(done, done.task)
        try:
            for done in self._awaited(waiting, handles):
                outcomes[done.task.key] = done
                progress(done, done.task)
        except SystemExit:  # this run is to end, and what others do for it (after Ctrl+C they go on)
            self._cancel([handles[key] for key in waiting])
            raise
        return [outcome for task in tasks if (outcome := outcomes[task.key]) is not None]

    def _awaited(self, waiting: dict[str, Task], handles: Mapping[str, str]) -> Iterator[Outcome]:
        """Outcomes as they come, each taken from ``waiting``."""
        since = time.monotonic()
        while waiting:
            finished = self._finished([handles[key] for key in waiting])
            for key in [key for key in waiting if handles[key] in finished]:
                yield self._outcome(waiting.pop(key), handles[key])
                since = time.monotonic()
            time.sleep(_pause(time.monotonic() - since) if waiting else 0)

    def _submit(self, task: Task) -> str:
        """Queue the task, or find it where an interrupted run left it; the id of its workflow."""
        from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

        here = hashlib.sha256(str(self.work.root).encode()).hexdigest()[:8]
        for attempt in itertools.count(1):
            workflow_id = f"{task.key}-{here}-{attempt}"
            status = DBOS.get_workflow_status(workflow_id)
            if status is None:
                break
            if status.status not in FINISHED:
                return workflow_id
        with SetWorkflowID(workflow_id), SetEnqueueOptions(priority=self.priority):
            DBOS.enqueue_workflow(
                _queue_of(task), _workflow(), task.step, task.exhibit, task.identity, task.args, list(task.read)
            )
        return workflow_id

    def _finished(self, asked: list[str]) -> frozenset[str]:
        """Which of these have ended: one question for all of them, however many wait."""
        from dbos import DBOS

        ask = partial(
            DBOS.list_workflows,
            workflow_ids=asked,
            status=sorted(FINISHED),
            load_input=False,
            load_output=False,
        )
        return frozenset(each.workflow_id for each in self.crew.patiently(ask))

    def _outcome(self, task: Task, workflow_id: str) -> Outcome:
        from dbos import DBOS

        stored = self.work.outcome(task)
        if stored is not None:
            return stored
        status = self.crew.patiently(lambda: DBOS.get_workflow_status(workflow_id))
        if status is not None and status.status == "CANCELLED":
            return Outcome(task, None, f"{task.step} was cancelled")
        if status is not None and status.status == "SUCCESS" and isinstance(status.output, str):
            return Outcome(task, None, status.output)  # for now: a bucket was away, and nothing is stored
        scratch = self.work.scratch(task, tag())
        return self.work.fail(
            task, scratch, f"{task.step}: the job engine gave up ({status.status if status else 'lost'})"
        )

    def close(self) -> None:
        from dbos import DBOS

        self._ending.set()
        for each in self._threads:
            each.join()
        DBOS.destroy(destroy_registry=False)
        self.crew.close()
        _OPEN.remove(self)


_OPEN: list[DurableEngine] = []
_registered: list[Callable[..., str]] = []


def _pause(waited: float) -> float:
    """Seconds until the database is asked again: the longer nothing has ended, the less does a moment matter."""
    return min(1.0, max(0.1, waited / 20))


def _silently(outcome: Outcome | None, task: Task) -> None:
    """Progress that was told already."""


def _queue_of(task: Task) -> str:
    return GPU if task.step in os.environ.get("PLAINVIEW_GPU_STEPS", "").split(",") else CPU


def _step_of(status: Any) -> str:
    """The step of a workflow, which is its first argument."""
    return str(status.input["args"][0]) if status.input else ""


def _prepare(database: str | Path) -> None:
    """WAL is sticky and DBOS does not set it; a separate file from the ledger's."""
    if not isinstance(database, Path):
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _workflow() -> Callable[..., str]:
    """The one workflow, registered on first use so that importing this module needs no engine."""
    if not _registered:
        from dbos import DBOS

        @DBOS.step(name="plainview.perform")  # type: ignore[untyped-decorator]  # DBOS is read untyped
        def step(name: str, exhibit: str, identity: str, args: str, read: list[str]) -> str:
            task = Task(name, exhibit, identity, args, tuple(read))
            try:
                return _OPEN[-1].perform(task, str(DBOS.workflow_id)).reason
            except Cancelled:
                return f"{name} was cancelled"

        @DBOS.workflow(name="plainview.task", max_recovery_attempts=RECOVERIES)  # type: ignore[untyped-decorator]
        def workflow(name: str, exhibit: str, identity: str, args: str, read: list[str]) -> str:
            return str(step(name, exhibit, identity, args, read))

        _registered.append(workflow)
    return _registered[0]
