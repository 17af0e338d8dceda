# SPDX-License-Identifier: Apache-2.0
"""A ledger at one instant as one file, and back: SQLite by its own copying, PostgreSQL by ``pg_dump``."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from plainview.errors import StepFailed, WrongUsage

SQLITE, POSTGRESQL = "ledger.sqlite3", "ledger.pgdump"


def dump(place: str | Path, folder: Path) -> Path:
    """Write what the ledger holds now, while others go on writing; the file made."""
    if isinstance(place, Path):
        target = folder / SQLITE
        with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        return target
    target = folder / POSTGRESQL
    _run("pg_dump", place, "--format=custom", "--schema=public", "--no-owner", f"--file={target}")
    return target


def load(file: Path, place: str | Path) -> None:
    """Put a dumped ledger into an empty place of the same kind."""
    if isinstance(place, Path):
        if file.name != SQLITE:
            raise WrongUsage("this backup is of a PostgreSQL office: name an empty database with --database")
        shutil.copyfile(file, place)
        return
    if file.name != POSTGRESQL:
        raise WrongUsage("this backup is of an office with a SQLite ledger: it takes no --database")
    _run("pg_restore", place, "--no-owner", "--exit-on-error", "--single-transaction", "--clean", "--if-exists",
         str(file))  # fmt: skip


def _run(program: str, place: str, *arguments: str) -> None:
    """A program of PostgreSQL's on a database; its password goes by the environment, which other users cannot read."""
    url = urlsplit(place)
    address = urlunsplit(url._replace(netloc=url.netloc.replace(f":{url.password}@", "@", 1)))
    secret = {"PGPASSWORD": unquote(url.password)} if url.password else {}
    found = shutil.which(program) or next(
        (str(each) for each in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)), None
    )
    if found is None:
        raise WrongUsage(f"{program} is not installed here; it comes with PostgreSQL's client programs")
    command = [found, f"--dbname={address}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | secret)  # noqa: S603
    if done.returncode != 0:
        raise StepFailed(f"{program}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
