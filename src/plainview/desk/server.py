# SPDX-License-Identifier: Apache-2.0
"""Starting the desk: Django set up for one office, its tables made, granian serving it on this machine.

Synchronous on purpose (WSGI): an asynchronous server would read whole recordings into memory.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from plainview.casework.workspace import Workspace
from plainview.desk.settings import DATABASE, django_settings, options
from plainview.errors import WrongUsage

OFFICE = "PLAINVIEW_DESK_OFFICE"
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
THREADS = 8
"""People at the desk at the same moment; a recording that is being watched holds one while it is sent."""


def prepare(root: Path) -> Workspace:
    """Django for this office, and the office itself. Once in a process, before anything opens a ledger."""
    import django
    from django.conf import settings

    if not (root / "office.json").is_file():
        raise WrongUsage(f"{root} is not an office folder (make one: plainview init {root} --name …)")
    if settings.configured:
        raise RuntimeError("the desk is set up before anything else of Django")
    if not os.environ.get("PLAINVIEW_TRACE"):
        logging.getLogger("django").addHandler(logging.NullHandler())  # a trace may hold names
        logging.getLogger("django").propagate = False
    settings.configure(**django_settings(root.resolve(), options(root)))
    django.setup()
    from plainview.desk import guard

    return guard.take_seat(root.resolve())


def make_tables(root: Path) -> None:
    """The desk's own tables in their newest form; its file is nobody else's to read."""
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor == "sqlite":
        (root / DATABASE).touch(mode=0o600)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()


def make_tables_of(root: Path) -> None:
    """Before serving: the tables, in a process of their own, since the server's workers set Django up themselves."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as apart:
        apart.submit(_prepared, root).result()


def _prepared(root: Path) -> None:
    prepare(root)
    make_tables(root)


def make_account(root: Path, name: str) -> tuple[str, str]:
    """(log-in name, the path of the link that opens the account)."""
    prepare(root)
    make_tables(root)
    from plainview.desk import accounts

    made = accounts.make_account(name)
    return made.username, accounts.welcome_path(made)


def close_account(root: Path, name: str) -> str:
    """Nobody logs in as this person any more; a sentence that says so."""
    prepare(root)
    make_tables(root)
    from django.contrib.auth import get_user_model

    from plainview.desk import accounts
    from plainview.model.roles import person_key

    found = get_user_model().objects.filter(person=person_key(name)).first()
    if found is None:
        raise WrongUsage(f"{name} has no account")
    accounts.close_account(found)
    return f"{found.agent} can no longer log in"


def application() -> Callable[..., Any]:
    """What granian's worker runs."""
    from django.core.handlers.wsgi import WSGIHandler

    prepare(Path(os.environ[OFFICE]))
    made: Callable[..., Any] = WSGIHandler()
    gc.freeze()  # what was read to start is never garbage; not looking through it again spares every request
    return made


def serve(root: Path, *, host: str, port: int) -> None:
    """Serve until stopped; other machines only where ``desk.json`` says that HTTPS stands in front.

    This process becomes the server by starting over as ``plainview.desk``: what the command line had to read for its
    other verbs is then in no memory.
    """
    chosen = options(root)
    if host not in LOCAL and not chosen.https:
        raise WrongUsage(f'--host {host}: the desk listens on this machine only, until desk.json says "https": true')
    os.environ[OFFICE] = str(root.resolve())
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "plainview.desk", host, str(port)])  # noqa: S606 - our own program


def listen(host: str, port: int) -> None:
    """The server itself, for the office that the environment names; ``serve`` has said who may reach it."""
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        "plainview.desk.server:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_enabled=False,
    ).serve()
