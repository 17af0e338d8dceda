# SPDX-License-Identifier: Apache-2.0
"""Twenty people decide in one case while two workers write findings: is a write lost or refused, and how long does
one take?

``python3 -m bench.desk_load [SECONDS] [SEED]``, on SQLite and on a real PostgreSQL. Every person is a process of its
own that takes a decision through ``casework.review.apply`` and thinks one to three seconds before the next; every
worker records a finding through ``casework.findings.record`` ten times a second. Afterwards each decision and finding
that was told as written is looked for in the ledger, and the custody log is counted and hashed again.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from bench import record
from plainview.casework import findings, review
from plainview.casework.workspace import Workspace, create, open_case, open_office
from plainview.model.case import Agent, Case
from plainview.model.finding import StepStatus
from plainview.model.rows import FindingRow
from server_of_postgresql import Cluster

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
CLERK = Agent("R. Ames", "staff")
CASE = "C-1"
PEOPLE, WORKERS = 20, 2
THINKING = (1.0, 3.0)
"""Seconds between two decisions of one person."""
FINDING_EVERY = 0.1


def main() -> None:
    """Run both databases and keep the figure; with ``person`` or ``worker`` first, be one of those."""
    if sys.argv[1:2] and sys.argv[1] in ROLES:
        role, root, number, seconds_given, seed_given = sys.argv[1:6]
        ROLES[role](Path(root), int(number), float(seconds_given), random.Random(int(seed_given) + int(number)))
        return
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbits(32)
    figures: dict[str, Any] = {"seed": seed, "seconds": seconds, "people": PEOPLE, "workers": WORKERS}
    with tempfile.TemporaryDirectory(prefix="pv-load-") as folder, Cluster(Path(folder)) as cluster:
        for kind in ("sqlite", "postgresql"):
            database = cluster.database() if kind == "postgresql" else ""
            figures[kind] = _loaded(Path(folder) / kind, database, seconds, seed)
            print(kind, figures[kind], flush=True)
    figures["bar"] = "no error, no lost write, an unbroken custody log, p95 of a write below 250 ms"
    record.write("desk-load", figures, parts=("django", "psycopg"))


def _loaded(root: Path, database: str, seconds: int, seed: int) -> dict[str, Any]:
    office = create(root, name="Office", contact="", at=AT, acting=CLERK, seed=b"load", database=database)
    open_case(office, case_id=CASE, title="T", at=AT, rules="own", now=AT, acting=CLERK)
    (office.work / "edits").mkdir(parents=True)
    (office.work / "edits" / "none.json").write_text("[]")
    before = len(office.ledger.entries())
    command = [sys.executable, "-m", "bench.desk_load"]
    roles = [("person", n) for n in range(PEOPLE)] + [("worker", n) for n in range(WORKERS)]
    asked = [
        subprocess.Popen(
            [*command, role, str(root), str(n), str(seconds), str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for role, n in roles
    ]
    for each in asked:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    told = [json.loads(said) for said in _together(asked)]
    people, workers = told[:PEOPLE], told[PEOPLE:]
    times = sorted(each for one in people for each in one["ms"])
    written = sum(len(one["ms"]) for one in people)
    recorded = sum(one["written"] for one in workers)
    held = {json.loads(row.body)["summary"] for row in office.ledger.decisions(CASE)}
    entries = office.ledger.entries()
    office.ledger.leaves()  # raises when an entry is missing or is not as it was written
    return {
        "decisions": written,
        "findings": recorded,
        "errors": sum(len(one["errors"]) for one in told),
        "kinds_of_error": sorted({each for one in told for each in one["errors"]}),
        "lost": sum(text not in held for one in people for text in one["said"]),
        "custody_entries_missing": before + PEOPLE + written + recorded - len(entries),
        "write_ms_p50": round(statistics.median(times), 1),
        "write_ms_p95": round(times[int(len(times) * 0.95)], 1),
        "write_ms_most": round(times[-1], 1),
        "finding_ms_p95": sorted(each for one in workers for each in one["ms"])[int(recorded * 0.95)],
        "load_average": round(os.getloadavg()[0], 1),
    }


def _together(asked: Sequence[subprocess.Popen[str]]) -> list[str]:
    """Let everybody begin at once; what each has to tell at the end."""
    for each in asked:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    return [each.communicate()[0] for each in asked]


def _person(root: Path, number: int, seconds: float, draw: random.Random) -> None:
    office = open_office(root)
    case, name = office.case(CASE), f"Person {number}"
    told: dict[str, Any] = {"ms": [], "errors": [], "said": []}
    _decide(office, case, name, f"{name} sits down")  # a desk that has been open for a day has read its libraries
    until = _begin() + seconds
    while time.time() < until:
        time.sleep(draw.uniform(*THINKING))
        text = f"{name} changes {len(told['said'])}"
        began = time.perf_counter()
        try:
            _decide(office, case, name, text)
        except Exception as error:  # noqa: BLE001 - what is counted is that there is none
            told["errors"].append(type(error).__name__)
            continue
        told["ms"].append((time.perf_counter() - began) * 1000)
        told["said"].append(text)
    print(json.dumps(told))


def _decide(office: Workspace, case: Case, name: str, text: str) -> None:
    review.apply(office, case, [{"decide": "version_note", "summary": text}], at=AT, default_agent=name)


def _worker(root: Path, number: int, seconds: float, draw: random.Random) -> None:
    office = open_office(root)
    case, told = office.case(CASE), {"ms": list[float](), "errors": list[str](), "written": 0}
    until = _begin() + seconds
    while time.time() < until:
        time.sleep(FINDING_EVERY)
        key = f"{draw.getrandbits(160):040x}"
        row = FindingRow(CASE, "edits", f"EX-{number}", key, StepStatus.DONE, "", key, "edits/none.json", AT)
        began = time.perf_counter()
        try:
            findings.record(office, case, [row], at=AT, acting=CLERK, software="bench")
        except Exception as error:  # noqa: BLE001 - what is counted is that there is none
            told["errors"].append(type(error).__name__)  # type: ignore[attr-defined]
            continue
        told["ms"].append(round((time.perf_counter() - began) * 1000, 1))  # type: ignore[attr-defined]
        told["written"] += 1  # type: ignore[operator]
    print(json.dumps(told))


def _begin() -> float:
    """Say that everything is read, and wait for the word."""
    print("ready", flush=True)
    sys.stdin.readline()
    return time.time()


ROLES = {"person": _person, "worker": _worker}

if __name__ == "__main__":
    main()
