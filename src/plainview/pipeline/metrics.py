# SPDX-License-Identifier: Apache-2.0
"""How an office's machines are, for Prometheus and for health: what waits, who works, what failed, what room is left.

What this module keeps true: everything told is a count, a number of bytes or of seconds; labels are steps, queues and
states of ours, so that no name can be in one. It is served on this machine only; a proxy may carry it further.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.db import InterfaceError, OperationalError

from plainview import logs
from plainview.casework import clocks, standing
from plainview.casework.workspace import Workspace
from plainview.model.decision import resolve
from plainview.model.finding import StepStatus
from plainview.pipeline.crew import AWAY, DEAD, Look, look_at
from plainview.pipeline.session import engine_place

_AWAY = (*AWAY, OperationalError, InterfaceError)
"""What an engine or a ledger that is away answers."""

LITTLE_ROOM = 1 << 30
"""Bytes free under the findings below which the office is told to be unwell."""

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured thing: its values by labels."""

    name: str
    help: str
    values: tuple[tuple[tuple[tuple[str, str], ...], float], ...]
    kind: str = "gauge"


def gather(workspace: Workspace, *, now: datetime) -> list[Metric]:
    """All that is told of an office. What cannot be asked (a database that is away) is told as 0 of ``up``."""
    machine = [_vault(workspace), _room(workspace)]
    try:
        seen = look_at(engine_place(workspace))
        told = [*_ledger(workspace, now), *_engine_metrics(seen)]
    except _AWAY:
        return [_one("plainview_up", "Whether ledger and job engine answer.", 0), *machine]
    return [_one("plainview_up", "Whether ledger and job engine answer.", 1), *machine, *told]


def unwell(workspace: Workspace) -> list[str]:
    """Sentences about what is wrong with an office; nothing means that it is well. They name no person and no file."""
    problems = []
    try:
        if not look_at(engine_place(workspace)).alive:
            problems.append("no worker gives a sign of life")
        workspace.ledger.cases()
    except _AWAY:
        problems.append("the database does not answer")
    if problem := workspace.vault.problem():
        problems.append(problem)
    if shutil.disk_usage(workspace.root).free < LITTLE_ROOM:
        problems.append(f"less than {LITTLE_ROOM >> 30} GiB is free where findings lie")
    return problems


def text(metrics: list[Metric]) -> str:
    """Prometheus' text format 0.0.4."""
    lines = []
    for each in metrics:
        lines += [f"# HELP {each.name} {each.help}", f"# TYPE {each.name} {each.kind}"]
        for labels, value in each.values:
            inside = ",".join(f'{key}="{word}"' for key, word in labels)
            lines.append(f"{each.name}{f'{{{inside}}}' if inside else ''} {value:g}")
    return "\n".join(lines) + "\n"


def serve(workspace: Workspace, *, port: int, clock: Callable[[], datetime]) -> ThreadingHTTPServer:
    """``/metrics`` and ``/healthz`` on this machine until the server is shut down; port 0 takes any that is free."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, text(gather(workspace, now=clock())), "text/plain; version=0.0.4; charset=utf-8")
            elif self.path == "/healthz":
                problems = unwell(workspace)
                self._answer(503 if problems else 200, "\n".join(problems or ["well"]) + "\n", "text/plain")
            else:
                self._answer(404, "there are /metrics and /healthz\n", "text/plain")

        def _answer(self, code: int, body: str, kind: str) -> None:
            data = body.encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Who asks is not logged."""

    server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    logs.event("metrics_served", port=server.server_address[1])
    return server


def _ledger(workspace: Workspace, now: datetime) -> Iterator[Metric]:
    cases = workspace.ledger.cases()
    findings = Counter((row.step, row.status) for case in cases for row in workspace.ledger.findings(case.id))
    yield _many(
        "plainview_findings",
        "Newest outcome of each step of each exhibit.",
        {(("step", step), ("outcome", "done" if status is StepStatus.DONE else "failed")): n
         for (step, status), n in findings.items()},
    )  # fmt: skip
    releases = Counter(row.state.replace(" ", "_") for case in cases for row in workspace.ledger.releases(case.id))
    yield _many("plainview_versions", "Versions by state.", {(("state", state),): n for state, n in releases.items()})
    waiting = [row for case in cases for row in workspace.ledger.releases(case.id) if row.state == "scheduled"]
    late = sum(row.released_at <= now for row in waiting)
    yield _one("plainview_scheduled_overdue", "Scheduled versions whose time has come and that are not out.", late)
    states = [resolve(standing.decisions(workspace.ledger.decisions(case.id))) for case in cases]
    asked = sum(name not in state.answered for state in states for name in state.requests)
    yield _one("plainview_requests_open", "Requests from outside that nobody has answered.", asked)
    overdue = [each for each in clocks.reminders(workspace, today=now.date(), within=0) if each["days_left"] < 0]
    yield _one("plainview_dates_overdue", "Dates of the rules that have passed unmet.", len(overdue))
    yield _one("plainview_custody_entries", "Entries of the custody log.", len(workspace.ledger.entries()))


def _engine_metrics(seen: Look) -> Iterator[Metric]:
    yield _one("plainview_workers", f"Workers with a sign of life in the last {DEAD:g} s.", seen.alive)
    yield _many(
        "plainview_tasks",
        "Tasks in the job engine by queue and state.",
        {(("queue", queue), ("state", state)): count for (queue, state), count in seen.tasks.items()},
    )
    oldest = max(0.0, time.time() - seen.oldest) if seen.oldest else 0.0
    yield _one("plainview_oldest_task_seconds", "Age of the oldest task that waits.", oldest)


def _vault(workspace: Workspace) -> Metric:
    said = "Whether the vault, or the bucket it lies in, can be used."
    return _one("plainview_vault_up", said, 0 if workspace.vault.problem() else 1)


def _room(workspace: Workspace) -> Metric:
    return _one("plainview_free_bytes", "Free where findings lie.", shutil.disk_usage(workspace.root).free)


def _one(name: str, said: str, value: float) -> Metric:
    return Metric(name, said, (((), value),))


def _many(name: str, said: str, values: dict[tuple[tuple[str, str], ...], int]) -> Metric:
    return Metric(name, said, tuple(sorted((labels, float(value)) for labels, value in values.items())))
