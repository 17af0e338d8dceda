# SPDX-License-Identifier: Apache-2.0
"""What every test shares: the repository's place, and one mini demonstration for a whole test run."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server_of_postgresql import Cluster

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Walks and what else takes long come first, so that no process is last alone with them."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, item.path.parent.name != "walks"))


def plainview(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person does, in a process of its own."""
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    return subprocess.run(
        [sys.executable, "-m", "plainview", *(str(argument) for argument in arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def needed(program: str, *, package: str) -> str:
    """Where a program lies; where there is none, CI fails and others are told why."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin")
    if found is None and os.environ.get("PLAINVIEW_CI") != "1":
        pytest.skip(f"{program} is not installed (apt-get install {package})")
    assert found, f"{program} is not installed (apt-get install {package})"
    return found


def made_once(base: Path, name: str, *, size: str) -> Path:
    """A demonstration folder that the workers of a test run share; made by whoever comes first."""
    target = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / f"{name}.done").exists():
            done = plainview("demo", target, "--size", size)
            assert done.returncode == 0, done.stderr[-3000:]
            (base / f"{name}.done").write_text(done.stdout)
    return target


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL server of this test process alone; where there is none, CI fails and others are told why."""
    if Cluster.programs() is None and os.environ.get("PLAINVIEW_CI") != "1":
        pytest.skip("PostgreSQL's server programs are not installed (apt-get install postgresql)")
    with Cluster(tmp_path_factory.mktemp("pg")) as server:
        yield server


@pytest.fixture
def postgresql(cluster: Cluster) -> str:
    """Address of an empty database of its own."""
    return cluster.database()


@pytest.fixture(scope="session")
def mini(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The mini demonstration, released; do not change it, copy it."""
    base = tmp_path_factory.getbasetemp()
    return made_once(base if worker_id == "master" else base.parent, "mini", size="mini")


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The whole demonstration, released twice; do not change it, copy it."""
    base = tmp_path_factory.getbasetemp()
    return made_once(base if worker_id == "master" else base.parent, "full", size="full")
