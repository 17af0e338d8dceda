# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL server for tests, in a folder of its own, reached over a socket in it."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path


class Cluster:
    """Started on entering, gone afterwards. As root it runs as ``postgres``: it refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        # A socket's path holds about a hundred characters and pytest's folders are closed to other accounts.
        self.folder = Path(tempfile.mkdtemp(prefix="pv-pg-"))
        self.log = folder / "server.log"
        self._numbers = itertools.count(1)

    @staticmethod
    def programs() -> Path | None:
        """Where ``initdb`` and ``pg_ctl`` are; Debian keeps them off the path."""
        places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
        found = [*([Path(str(shutil.which("initdb"))).parent] if shutil.which("initdb") else []), *places]
        return next((each for each in reversed(found) if (each / "initdb").exists()), None)

    def __enter__(self) -> Cluster:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "-D", self.data, "-U", "plainview", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, mode: str) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def database(self) -> str:
        """Address of a new, empty database."""
        import psycopg

        name = f"test_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def address(self, name: str) -> str:
        return f"postgresql://plainview@/{name}?host={self.folder}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        folder = self.programs()
        assert folder is not None, "PostgreSQL's server programs are not installed"
        command = [str(folder / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        done = subprocess.run(
            command,
            cwd="/",
            capture_output=program != "pg_ctl",
            stdin=subprocess.DEVNULL,
            check=False,
            **({"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} if program == "pg_ctl" else {}),
        )
        assert done.returncode == 0, (command, done.stderr)
