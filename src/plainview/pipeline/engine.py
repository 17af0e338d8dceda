# SPDX-License-Identifier: Apache-2.0
"""The job engine behind one small face: hand it tasks, get outcomes.

``durable`` is DBOS Transact on its own SQLite file: every task is a workflow whose id is the task's
key, so a killed run finds its unfinished work again and a finished task is never done twice.
``inline`` does the same work in this process, one task at a time, for tests.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from plainview.pipeline.child import perform
from plainview.pipeline.tasks import Outcome, Task, WorkStore

Progress = Callable[[Outcome | None, Task], None]
"""Called with (None, task) when a task is handed in and (outcome, task) when it is done."""

APPLICATION_VERSION = "1"
"""Fixed: the default is a hash of the code, and old work would not be recovered after an upgrade."""

RECOVERIES = 50
"""How often a killed run may take the same task up again before the engine sets it aside."""

FINISHED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


class Engine(Protocol):
    """What runs tasks."""

    def run(self, tasks: Sequence[Task], *, progress: Progress) -> list[Outcome]: ...

    def close(self) -> None: ...


class InlineEngine:
    """Tasks one after another (or ``jobs`` at a time) in boxed children, nothing durable but the results."""

    def __init__(self, work: WorkStore, *, jobs: int = 1) -> None:
        self.work = work
        self.jobs = jobs

    def run(self, tasks: Sequence[Task], *, progress: Progress) -> list[Outcome]:
        def one(task: Task) -> Outcome:
            progress(None, task)
            outcome = perform(task, work=self.work)
            progress(outcome, task)
            return outcome

        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            return list(pool.map(one, tasks))

    def close(self) -> None:
        """Nothing is held open."""


class DurableEngine:
    """DBOS Transact, SQLite embedded; unfinished workflows of an earlier, killed run are taken up at start."""

    def __init__(self, work: WorkStore, *, database: Path, jobs: int) -> None:
        from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

        self.work = work
        _prepare(database)
        config = DBOSConfig(
            name="plainview",
            system_database_url=f"sqlite:///{database}",
            application_version=APPLICATION_VERSION,
            executor_id="local",
            log_level="CRITICAL",
            serializer=DBOSPortableJSONSerializer(),
            run_admin_server=False,
            notification_listener_polling_interval_sec=0.1,
        )
        DBOS(config=config)
        _workflow()
        _STORES.append(work)
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=jobs, polling_interval_sec=0.25)

    def run(self, tasks: Sequence[Task], *, progress: Progress) -> list[Outcome]:
        outcomes = {task.key: self.work.outcome(task) for task in tasks}
        for task in tasks:
            progress(None, task)
            if outcomes[task.key] is not None:
                progress(outcomes[task.key], task)
        waiting = {task.key: task for task in tasks if outcomes[task.key] is None}
        handles = {key: self._submit(task) for key, task in waiting.items()}
        while waiting:
            for key in [key for key in waiting if self._finished(handles[key])]:
                outcomes[key] = self._outcome(waiting[key], handles[key])
                progress(outcomes[key], waiting.pop(key))
            time.sleep(0.25 if waiting else 0)
        return [outcome for task in tasks if (outcome := outcomes[task.key]) is not None]

    def _submit(self, task: Task) -> str:
        """Queue the task, or find it where an interrupted run left it; the id of its workflow."""
        from dbos import DBOS, SetWorkflowID

        here = hashlib.sha256(str(self.work.root).encode()).hexdigest()[:8]
        for attempt in itertools.count(1):
            workflow_id = f"{task.key}-{here}-{attempt}"
            status = DBOS.get_workflow_status(workflow_id)
            if status is None:
                break
            if status.status not in FINISHED:
                return workflow_id
        with SetWorkflowID(workflow_id):
            DBOS.enqueue_workflow(
                QUEUE, _workflow(), task.step, task.exhibit, task.identity, task.args, list(task.read)
            )
        return workflow_id

    def _finished(self, workflow_id: str) -> bool:
        from dbos import DBOS

        status = DBOS.get_workflow_status(workflow_id)
        return status is not None and status.status in FINISHED

    def _outcome(self, task: Task, workflow_id: str) -> Outcome:
        from dbos import DBOS

        stored = self.work.outcome(task)
        if stored is not None:
            return stored
        status = DBOS.get_workflow_status(workflow_id)
        scratch = self.work.scratch(task, "engine")
        return self.work.fail(
            task, scratch, f"{task.step}: the job engine gave up ({status.status if status else 'lost'})"
        )

    def close(self) -> None:
        from dbos import DBOS

        DBOS.destroy(destroy_registry=False)
        _STORES.remove(self.work)


QUEUE = "cpu"
_STORES: list[WorkStore] = []
_registered: list[Callable[..., bool]] = []


def _prepare(database: Path) -> None:
    """WAL is sticky and DBOS does not set it; a separate file from the ledger's."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _workflow() -> Callable[..., bool]:
    """The one workflow, registered on first use so that importing this module needs no engine."""
    if not _registered:
        from dbos import DBOS

        @DBOS.step(name="plainview.perform")  # type: ignore[untyped-decorator]  # DBOS is read untyped
        def step(name: str, exhibit: str, identity: str, args: str, read: list[str]) -> bool:
            outcome = perform(Task(name, exhibit, identity, args, tuple(read)), work=_STORES[-1])
            return outcome.result is not None

        @DBOS.workflow(name="plainview.task", max_recovery_attempts=RECOVERIES)  # type: ignore[untyped-decorator]
        def workflow(name: str, exhibit: str, identity: str, args: str, read: list[str]) -> bool:
            return bool(step(name, exhibit, identity, args, read))

        _registered.append(workflow)
    return _registered[0]
