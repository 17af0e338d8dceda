# SPDX-License-Identifier: Apache-2.0
"""What the office knows, in SQLite or PostgreSQL: cases, exhibits, findings, decisions, releases, custody log.

What this module keeps true:

L1  every change is one transaction that carries at least one custody event, or it does not happen;
L2  custody entries are numbered without gaps and kept as the exact bytes that are hashed;
L3  exhibits, decisions, approvals and entries are only added to; the database itself refuses otherwise;
L4  duties are separate: who approves did not decide, what is published was audited clean and approved by
    two, roles are given by others; triggers refuse the row, and ``NotAllowed`` says so in a sentence;
L5  writers queue: no write is lost and none sees a half-made other;
L6  a ledger that was opened by a token is written to under its owner's name only, and says so in each entry.

>>> ledger = Ledger(Path("office/ledger.sqlite"), software="plainview 0.1.0", salt=salts(secret))
>>> with ledger.change(acting=Agent("R. Ames"), at=now) as change:
...     change.add_case(case)
...     change.record(CustodyEvent("case-created", case.id, case.id))
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from plainview.errors import LogTampered, NotAllowed
from plainview.model import wire
from plainview.model.case import Agent, Case, Exhibit
from plainview.model.custody import CustodyEvent, entry_bytes
from plainview.model.exposure import Watch
from plainview.model.guest import Guest
from plainview.model.merkle import leaf_hash
from plainview.model.roles import Role, person_key
from plainview.model.rows import ApprovalRow, AuditRow, DecisionRow, EntryRow, FindingRow, GrantRow, ReleaseRow
from plainview.model.time import MediaSpan, MediaTime
from plainview.model.token import Token
from plainview.store.durable import locked
from plainview.store.duties import REFUSED

Salt = Callable[[int], str]
"""Sequence number → 32 hex digits that keep an entry from being guessed from its leaf hash."""

_ADVISORY_LOCK = 0x706C_6169_6E76
"""PostgreSQL: one number that every plainview writer of a database takes for its transaction."""

PATIENCE = 60
"""Seconds for which a PostgreSQL server that has gone away, or a SQLite file that is busy, is waited for."""

_setup = threading.Lock()

Key = TypeVar("Key", Token, Guest)
"""What is given to somebody until a day, and can be ended."""


class Ledger:
    """One database. Safe to use from several threads and processes; each thread has its own connection."""

    def __init__(self, place: str | Path, *, software: str, salt: Salt) -> None:
        self.token: Token | None = None
        self._software = software
        self._salt = salt
        self._alias, self._tables = _connect(str(place))
        _upgrade(self._alias, self._tables)

    def opened_by(self, token: Token) -> Ledger:
        """The same ledger for a program that holds this token."""
        narrowed = copy.copy(self)
        narrowed.token = token
        return narrowed

    def close(self) -> None:
        """Close this thread's connection; the next use opens it again."""
        _connection(self._alias).close()

    @contextlib.contextmanager
    def change(self, *, acting: Agent, at: datetime) -> Iterator[Change]:
        """One transaction. ``RuntimeError`` (and nothing written) when no custody event was recorded in it."""
        from django.db import transaction

        acting = self._as_token(acting)
        _reach(self._alias)
        with _turn(self._alias), transaction.atomic(using=self._alias, durable=True):
            connection = _connection(self._alias)
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
            change = Change(self._alias, self._tables, acting=acting, at=at, software=self._software, salt=self._salt)
            yield change
            if change.recorded == 0:
                raise RuntimeError("a change without a custody event is not written")

    def _as_token(self, acting: Agent) -> Agent:
        if self.token is None:
            return acting
        if person_key(acting.name) != person_key(self.token.owner):
            raise NotAllowed(f"a {self.token.known_as} writes under no other name than {self.token.owner}")
        return Agent(acting.name, f"{self.token.known_as}; {acting.role}", acting.program)

    def cases(self) -> list[Case]:
        return [wire.load(Case, row.body) for row in self._rows("CaseTable").order_by("id")]

    def case(self, case: str) -> Case | None:
        row = self._rows("CaseTable", id=case).first()
        return None if row is None else wire.load(Case, row.body)

    def exhibits(self, case: str) -> list[Exhibit]:
        """In the order they were received."""
        return [wire.load(Exhibit, row.body) for row in self._rows("ExhibitTable", case=case).order_by("number")]

    def exhibit(self, case: str, exhibit: str) -> Exhibit | None:
        """One exhibit of a case by its id."""
        row = self._rows("ExhibitTable", case=case, name=exhibit).first()
        return None if row is None else wire.load(Exhibit, row.body)

    def exhibits_of(self, case: str, sha256: str) -> list[Exhibit]:
        """Exhibits with exactly these bytes, first received first."""
        rows = self._rows("ExhibitTable", case=case, sha256=sha256).order_by("number")
        return [wire.load(Exhibit, row.body) for row in rows]

    def next_exhibit_number(self, case: str) -> int:
        return _after(self._rows("ExhibitTable", case=case), "number", first=1)

    def findings(self, case: str) -> list[FindingRow]:
        rows = self._rows("FindingTable", case=case).order_by("step", "exhibit")
        return [wire.load(FindingRow, row.body) for row in rows]

    def decisions(self, case: str, *, after: int = 0) -> list[DecisionRow]:
        """In the order they were made; with ``after``, those that came later than that number."""
        rows = self._rows("DecisionTable", case=case, seq__gt=after).order_by("seq")
        return [
            DecisionRow(seq, of, kind, body, agent, role, datetime.fromisoformat(at), reason, law)
            for seq, of, kind, body, agent, role, at, reason, law in rows.values_list(
                "seq", "case", "kind", "body", "agent", "role", "at", "reason", "law"
            )
        ]

    def releases(self, case: str) -> list[ReleaseRow]:
        return [wire.load(ReleaseRow, row.body) for row in self._rows("ReleaseTable", case=case).order_by("number")]

    def approvals(self, case: str) -> list[ApprovalRow]:
        rows = self._rows("ApprovalTable", case=case).order_by("number", "pk")
        return [wire.load(ApprovalRow, row.body) for row in rows]

    def audits(self, case: str) -> list[AuditRow]:
        """Every verdict, in order."""
        return [
            AuditRow(row.case, row.number, row.digest, row.clean, row.decisions, datetime.fromisoformat(row.at))
            for row in self._rows("AuditTable", case=case).order_by("pk")
        ]

    def decided_in(self, case: str) -> int:
        """How many decisions went into the newest version that was cleared."""
        row = self._rows("ClearanceTable", case=case).order_by("-number").first()
        return 0 if row is None else int(row.decisions)

    def cleared(self, case: str, number: int, digest: str) -> bool:
        """Whether exactly these bytes may be signed and published."""
        return bool(self._rows("ClearanceTable", case=case, number=number, digest=digest).exists())

    def grants(self) -> list[GrantRow]:
        """Every role given or taken, in order."""
        return [
            GrantRow(row.name, Role(row.role), row.case, row.given, row.by, datetime.fromisoformat(row.at))
            for row in self._rows("GrantTable").order_by("pk")
        ]

    def tokens(self) -> list[Token]:
        """Tokens that nobody has ended, in the order in which they were given; their last day may be over."""
        return self._given(Token, self._rows("TokenTable"))

    def token_of(self, digest: str) -> Token | None:
        """The token with this digest, unless it was ended."""
        return next(iter(self._given(Token, self._rows("TokenTable", digest=digest))), None)

    def guests(self, case: str) -> list[Guest]:
        """Invitations of a case that nobody has ended, in the order in which they were given."""
        return self._given(Guest, self._rows("GuestTable", case=case))

    def guest_of(self, digest: str) -> Guest | None:
        """The invitation with this digest, unless it was ended."""
        return next(iter(self._given(Guest, self._rows("GuestTable", digest=digest))), None)

    @staticmethod
    def _given(kind: type[Key], rows: Any) -> list[Key]:
        """What was given and not ended since; the last row of a digest stands."""
        found: dict[str, Key] = {}
        for row in rows.order_by("pk"):
            if row.given:
                found[row.digest] = wire.load(kind, row.body)
            else:
                found.pop(row.digest, None)
        return list(found.values())

    def watches(self) -> list[Watch]:
        """Every stretch of an original that somebody watched, in order."""
        return [
            Watch(
                row.case,
                row.exhibit,
                row.name,
                MediaSpan(MediaTime(row.start), MediaTime(row.until)),
                row.graphic,
                datetime.fromisoformat(row.at),
            )
            for row in self._rows("WatchTable").order_by("pk")
        ]

    def entries(self, case: str | None = None) -> list[EntryRow]:
        """The custody log in order, of one case or of the whole office."""
        rows = self._rows("EntryTable") if case is None else self._rows("EntryTable", case=case)
        return [
            EntryRow(row.seq, row.case, row.type, row.subject, _exact(row.body), row.leaf)
            for row in rows.order_by("seq").iterator()
        ]

    def leaves(self) -> list[bytes]:
        """Leaf hashes of the whole log, made from the entries' bytes; ``LogTampered`` when these do not fit."""
        leaves = []
        for place, entry in enumerate(self.entries()):
            leaf = leaf_hash(entry.body)
            if entry.seq != place:
                raise LogTampered(f"custody entry {place} is missing")
            if leaf.hex() != entry.leaf or f'"seq":{place},'.encode() not in entry.body:
                raise LogTampered(f"custody entry {place} is not as it was written")
            leaves.append(leaf)
        return leaves

    def _rows(self, table: str, **where: object) -> Any:
        _reach(self._alias)
        return getattr(self._tables, table).objects.using(self._alias).filter(**where)


class Change:
    """Writes within one transaction; made by ``Ledger.change`` only."""

    def __init__(
        self, alias: str, tables: ModuleType, *, acting: Agent, at: datetime, software: str, salt: Salt
    ) -> None:
        self.recorded = 0
        self._alias, self._tables = alias, tables
        self._acting, self._at, self._software, self._salt = acting, at, software, salt

    def record(self, event: CustodyEvent) -> int:
        """Append a custody entry and return its place in the log."""
        seq = _after(self._rows("EntryTable"), "seq", first=0)
        body = entry_bytes(
            event, seq=seq, salt=self._salt(seq), at=self._at, agent=self._acting, software=self._software
        )
        self._insert(
            "EntryTable",
            seq=seq,
            case=event.case,
            type=event.type,
            subject=event.subject,
            body=body,
            leaf=leaf_hash(body).hex(),
        )
        self.recorded += 1
        return seq

    def add_case(self, case: Case) -> None:
        self._insert("CaseTable", id=case.id, body=wire.dump(case))

    def next_exhibit_number(self, case: str) -> int:
        """The number nobody else can take before this change is over."""
        return _after(self._rows("ExhibitTable", case=case), "number", first=1)

    def add_exhibit(self, exhibit: Exhibit) -> None:
        number = int(exhibit.id.removeprefix("EX-"))
        self._insert(
            "ExhibitTable",
            case=exhibit.case,
            number=number,
            name=exhibit.id,
            sha256=exhibit.sha256,
            body=wire.dump(exhibit),
        )

    def add_finding(self, finding: FindingRow) -> None:
        """Put the outcome of a step in place of the one before."""
        self._rows("FindingTable").update_or_create(
            case=finding.case,
            step=finding.step,
            exhibit=finding.exhibit,
            defaults={"body": wire.dump(finding)},
        )

    def add_decision(self, decision: DecisionRow) -> int:
        """Append a decision and return its number within the case; ``decision.seq`` is not looked at."""
        seq = _after(self._rows("DecisionTable", case=decision.case), "seq", first=1)
        self._insert(
            "DecisionTable",
            case=decision.case,
            seq=seq,
            kind=decision.kind,
            body=decision.body,
            agent=decision.agent,
            person=person_key(decision.agent),
            role=decision.role,
            at=decision.at.isoformat(),
            reason=decision.reason,
            law=decision.law,
        )
        return seq

    def add_release(self, release: ReleaseRow) -> None:
        """A new version, or the new state of one."""
        self._rows("ReleaseTable").update_or_create(
            case=release.case, number=release.number, defaults={"body": wire.dump(release)}
        )

    def add_approval(self, approval: ApprovalRow) -> None:
        self._insert(
            "ApprovalTable",
            case=approval.case,
            number=approval.number,
            digest=approval.digest,
            agent=approval.agent.name,
            person=person_key(approval.agent.name),
            body=wire.dump(approval),
        )

    def add_audit(self, audit: AuditRow) -> None:
        self._insert(
            "AuditTable",
            case=audit.case,
            number=audit.number,
            digest=audit.digest,
            clean=audit.clean,
            decisions=audit.decisions,
            at=audit.at.isoformat(),
        )

    def clear(self, case: str, number: int, digest: str) -> None:
        """Say that these bytes may be signed and published; ``NotAllowed`` unless audit and approvals are there."""
        self._insert(
            "ClearanceTable",
            case=case,
            number=number,
            digest=digest,
            decisions=_after(self._rows("DecisionTable", case=case), "seq", first=1) - 1,
            agent=self._acting.name,
            person=person_key(self._acting.name),
            at=self._at.isoformat(),
        )

    def add_grant(self, person: str, role: Role, *, case: str, given: bool) -> None:
        """Give or take a role; ``NotAllowed`` unless the one acting is another person and an administrator."""
        self._insert(
            "GrantTable",
            name=person,
            person=person_key(person),
            role=str(role),
            case=case,
            given=given,
            by=self._acting.name,
            by_person=person_key(self._acting.name),
            at=self._at.isoformat(),
        )

    def add_token(self, token: Token, *, given: bool) -> None:
        """Give or end a token; ``NotAllowed`` unless the one acting is its owner (to end it: or an administrator)."""
        self._insert(
            "TokenTable",
            name=token.id,
            owner=token.owner,
            person=person_key(token.owner),
            by_person=person_key(self._acting.name),
            given=given,
            digest=token.digest,
            body=wire.dump(token),
        )

    def add_guest(self, guest: Guest, *, given: bool) -> None:
        """Invite somebody outside, or end it."""
        self._insert(
            "GuestTable", case=guest.case, name=guest.id, given=given, digest=guest.digest, body=wire.dump(guest)
        )

    def add_watch(self, watch: Watch) -> None:
        self._insert(
            "WatchTable",
            case=watch.case,
            exhibit=watch.exhibit,
            name=watch.person,
            start=watch.span.start,
            until=watch.span.end,
            graphic=watch.graphic,
            at=watch.at.isoformat(),
        )

    def _insert(self, table: str, **values: object) -> None:
        from django.db import Error

        try:
            getattr(self._tables, table).objects.using(self._alias).create(**values)
        except Error as error:
            said = str(error).splitlines()[0]
            if not said.startswith(REFUSED):
                raise
            raise NotAllowed(f"{self._acting.name}: {said.removeprefix(REFUSED)}") from error

    def _rows(self, table: str, **where: object) -> Any:
        return getattr(self._tables, table).objects.using(self._alias).filter(**where)


def _exact(body: bytes | memoryview | str) -> bytes:
    """A stored entry's bytes; someone who edited the database file may have left text in their place."""
    return body.encode() if isinstance(body, str) else bytes(body)


def _after(rows: Any, column: str, *, first: int) -> int:
    from django.db.models import Max

    last = rows.aggregate(last=Max(column))["last"]
    return first if last is None else int(last) + 1


def _connect(place: str) -> tuple[str, ModuleType]:
    """(connection alias, tables module) for a database address, setting Django up the first time."""
    import django
    from django.conf import settings

    with _setup:
        if not settings.configured:
            # The placeholder is never opened: every ledger names its own database.
            settings.configure(
                DATABASES={"default": {"ENGINE": "django.db.backends.dummy"}}, USE_TZ=True, TIME_ZONE="UTC"
            )
            django.setup()
        from django.db import connections

        from plainview.store import tables

        config = django_database(place)
        alias = "plainview-" + hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16]
        if alias not in connections.settings:
            connections.configure_settings({"default": {}, alias: config})  # fills in Django's defaults
            connections.settings[alias] = config
        return alias, tables


_KEPT_OPEN = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
"""A desk asks thousands of times an hour; opening the file each time cost more than the questions."""


def django_database(place: str) -> dict[str, Any]:
    """Django's words for ``postgresql://user:password@host:port/name``, ``sqlite:///path`` or a bare path."""
    url = urlsplit(place)
    if url.scheme in ("postgresql", "postgres"):
        asked = parse_qs(url.query)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.lstrip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or "") or asked.get("host", [""])[0],
            "PORT": str(url.port or "") or asked.get("port", [""])[0],
            **_KEPT_OPEN,
        }
    path = Path(place.removeprefix("sqlite://")).absolute()
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # Deferred transactions (the default) lost half of concurrent writes; FULL survives a power cut.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": PATIENCE,
            "init_command": "PRAGMA synchronous=FULL;",
        },
        **_KEPT_OPEN,
    }


def _connection(alias: str) -> Any:
    from django.db import connections

    return connections[alias]


def _reach(alias: str) -> None:
    """Wait for a PostgreSQL server that restarts; a connection it has dropped is opened again."""
    from django.db import InterfaceError, OperationalError

    connection = _connection(alias)
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(1)


@contextlib.contextmanager
def _turn(alias: str) -> Iterator[None]:
    """Wait for one's turn to write. SQLite itself lets whoever tries at the right instant go first, and some never do;
    a lock file is given in the order in which it was asked for. PostgreSQL has its own queue.
    """
    connection = _connection(alias)
    if connection.vendor != "sqlite":
        yield
        return
    with locked(Path(connection.settings_dict["NAME"] + ".lock")):
        yield


def _upgrade(alias: str, tables: ModuleType) -> None:
    """Bring the schema to the newest version; safe when several processes open a new ledger at once."""
    from django.db import transaction

    connection = _connection(alias)
    if connection.vendor == "sqlite":
        # Going over to WAL does not wait for other connections as transactions do; it is kept in the file.
        with locked(Path(connection.settings_dict["NAME"] + ".lock")), connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
    with connection.constraint_checks_disabled(), transaction.atomic(using=alias, durable=True):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        version = tables.SchemaVersion
        with connection.schema_editor() as editor:
            if version._meta.db_table not in connection.introspection.table_names():
                editor.create_model(version)
            done = version.objects.using(alias).count()
            if done > len(tables.UPGRADES):
                raise RuntimeError(f"this ledger was written by a newer plainview (schema {done})")
            for number, step in enumerate(tables.UPGRADES[done:], start=done + 1):
                step(editor)
                version.objects.using(alias).create(number=number)
            tables.write_rights(alias)
