# SPDX-License-Identifier: Apache-2.0
"""Who is at work, and how often each task was begun: what the job engine does not keep by itself.

Kept true: a worker that says nothing for ``DEAD`` seconds is taken for dead, wherever it ran, and on this
machine as soon as its process is gone; how often a task was begun, and how often it stopped, is counted over all.
Taking work from a worker that only slept does no harm: results are kept by content, and the engine
accepts an outcome from the present owner only.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

BEAT = 1.5
"""Seconds between two signs of life."""

DEAD = 9.0
"""Seconds without one after which a worker's tasks are given to others; with sweep and queue below 15 s."""

PATIENCE = 120
"""Seconds for which a database that has gone away is waited for."""

AWAY = (SQLAlchemyError, psycopg.Error)
"""What a database that has gone away, or is not back yet, answers, by way of SQLAlchemy or past it."""

T = TypeVar("T")

_TABLES = sa.MetaData()
_WORKERS = sa.Table(
    "plainview_worker", _TABLES, sa.Column("id", sa.String(200), primary_key=True), sa.Column("beat", sa.Float)
)
_STOPPED = " stopped"
_TRIES = sa.Table(
    "plainview_try", _TABLES, sa.Column("task", sa.String(80), primary_key=True), sa.Column("count", sa.Integer)
)


def worker_id() -> str:
    """``host:process:start``: never used twice, not even when a process number is."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(worker: str) -> bool:
    """Whether a worker of this machine has ended; of another machine that cannot be told."""
    host, process, started = worker.rsplit(":", 2)
    return host == socket.gethostname() and _started(int(process)) != started


def _started(process: int) -> str:
    """Ticks after the machine's start at which a process began; empty when there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return ""


def engine_address(database: str | Path) -> str:
    """A database as SQLAlchemy is told it: ``postgresql://…`` or the path of a SQLite file."""
    text = str(database)
    if text.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + text.split("://", 1)[1]
    return f"sqlite:///{text}"


class Crew:
    """The table of workers and of tries, beside the engine's own tables."""

    def __init__(self, database: str | Path, *, me: str) -> None:
        self.me = me
        address = engine_address(database)
        wait = {"timeout": 30} if address.startswith("sqlite") else {"connect_timeout": 5}
        self._engine = sa.create_engine(address, pool_pre_ping=True, connect_args=wait)
        self.patiently(lambda: _TABLES.create_all(self._engine))

    def close(self) -> None:
        """Say that this worker has ended, so that nobody waits for its signs of life."""
        with self._engine.begin() as connection:
            connection.execute(_WORKERS.delete().where(_WORKERS.c.id == self.me))
        self._engine.dispose()

    def beat(self) -> None:
        """One sign of life; one of ``AWAY`` when the database is away."""
        with self._engine.begin() as connection:
            now = _now(connection)
            told = connection.execute(_WORKERS.update().where(_WORKERS.c.id == self.me).values(beat=now))
            if told.rowcount == 0:
                connection.execute(_WORKERS.insert().values(id=self.me, beat=now))

    def alive(self) -> frozenset[str]:
        """Everybody who gave a sign of life lately."""
        with self._engine.begin() as connection:
            now = _now(connection)
            rows = list(connection.execute(sa.select(_WORKERS.c.id, _WORKERS.c.beat)))
        return frozenset(row.id for row in rows if now - row.beat < DEAD and not is_gone(row.id))

    def begun(self, task: str) -> int:
        """Count that a task was begun once more; the how manieth time it is."""
        return self._count(task)

    def stopped(self, task: str) -> int:
        """Count that it stopped without a word once more."""
        return self._count(task + _STOPPED)

    def _count(self, task: str) -> int:
        def count() -> int:
            with self._engine.begin() as connection:
                told = connection.execute(_TRIES.update().where(_TRIES.c.task == task).values(count=_TRIES.c.count + 1))
                if told.rowcount == 0:
                    connection.execute(_TRIES.insert().values(task=task, count=1))
                return int(connection.execute(sa.select(_TRIES.c.count).where(_TRIES.c.task == task)).scalar_one())

        return self.patiently(count)

    def ended(self, task: str) -> None:
        """A task has its outcome: its tries are forgotten."""

        def forget() -> None:
            with self._engine.begin() as connection:
                connection.execute(_TRIES.delete().where(_TRIES.c.task.in_([task, task + _STOPPED])))

        self.patiently(forget)

    def patiently(self, do: Callable[[], T]) -> T:
        """Do it, and again while the database is away; what is done must bear being done twice."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return do()
            except AWAY:
                if time.monotonic() > until:
                    raise
                time.sleep(1)


@dataclass(frozen=True, slots=True)
class Look:
    """The job engine seen from outside: workers alive, tasks by queue and state, when the oldest waiting one came."""

    alive: int
    tasks: dict[tuple[str, str], int]
    oldest: float | None


def look_at(database: str | Path) -> Look:
    """Read the engine's tables and change nothing; one that never ran has no workers and no tasks."""
    address = engine_address(database)
    if address.startswith("sqlite") and not Path(str(database)).exists():
        return Look(0, {}, None)
    engine = sa.create_engine(address, connect_args={} if address.startswith("sqlite") else {"connect_timeout": 5})
    schema = None if address.startswith("sqlite") else "dbos"
    try:
        known = sa.inspect(engine)
        alive = 0
        if known.has_table(_WORKERS.name):
            with engine.begin() as connection:
                beats = list(connection.execute(sa.select(_WORKERS.c.id, _WORKERS.c.beat)))
                now = _now(connection)
            alive = sum(now - row.beat < DEAD and not is_gone(row.id) for row in beats)
        if not known.has_table("workflow_status", schema=schema):
            return Look(alive, {}, None)
        table = sa.table(
            "workflow_status", sa.column("queue_name"), sa.column("status"), sa.column("created_at"), schema=schema
        )
        with engine.begin() as connection:
            rows = list(connection.execute(_tasks_of(table)))
    finally:
        engine.dispose()
    waiting = [row.first for row in rows if row.status == "ENQUEUED"]
    counts = {(row.queue_name or "none", row.status.casefold()): int(row.many) for row in rows}
    return Look(alive, counts, min(waiting) / 1000 if waiting else None)


def _tasks_of(table: Any) -> Any:
    first, many = sa.func.min(table.c.created_at).label("first"), sa.func.count().label("many")
    return sa.select(table.c.queue_name, table.c.status, first, many).group_by(table.c.queue_name, table.c.status)


def _now(connection: Any) -> float:
    """Seconds on one clock for all machines: the server's; a SQLite file has one machine."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()
