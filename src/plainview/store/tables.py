# SPDX-License-Identifier: Apache-2.0
"""The ledger's tables and the triggers that make some of them append-only.

Import this only after Django is set up (``ledger`` does). Times are ISO 8601 text with their zone,
exactly as given: a database's own time type would drop the zone.
"""

# Django has no types of its own, so its Model is Any to the checker; Django also asks for nested Meta classes.
# mypy: disable-error-code="misc"
# ruff: noqa: D106

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import models

from plainview.model.roles import RIGHTS, person_key
from plainview.store.duties import blind, duties

APP = "plainview"


class SchemaVersion(models.Model):
    """One row per step of ``UPGRADES`` that has been applied."""

    number = models.IntegerField(primary_key=True)

    class Meta:
        app_label = APP
        db_table = "plainview_schema_version"


class CaseTable(models.Model):
    """A case as wire JSON under its id."""

    id = models.CharField(max_length=200, primary_key=True)
    body = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_case"


class ExhibitTable(models.Model):
    """An exhibit as wire JSON with the columns it is looked up by."""

    case = models.CharField(max_length=200)
    number = models.IntegerField()
    name = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    body = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_exhibit"
        constraints = (
            models.UniqueConstraint(fields=("case", "number"), name="plainview_exhibit_number"),
            models.UniqueConstraint(fields=("case", "name"), name="plainview_exhibit_name"),
        )
        indexes = (models.Index(fields=("case", "sha256"), name="plainview_exhibit_digest"),)


class FindingTable(models.Model):
    """The newest outcome of each step of each exhibit; may be replaced or thrown away."""

    case = models.CharField(max_length=200)
    step = models.CharField(max_length=100)
    exhibit = models.CharField(max_length=64)
    body = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_finding"
        constraints = (models.UniqueConstraint(fields=("case", "step", "exhibit"), name="plainview_finding_step"),)


class DecisionTable(models.Model):
    """What people decided, in order."""

    case = models.CharField(max_length=200)
    seq = models.IntegerField()
    kind = models.CharField(max_length=100)
    body = models.TextField()
    agent = models.TextField()
    person = models.TextField(default="")
    role = models.TextField()
    at = models.TextField()
    reason = models.TextField()
    law = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_decision"
        constraints = (models.UniqueConstraint(fields=("case", "seq"), name="plainview_decision_seq"),)


class ReleaseTable(models.Model):
    """Each version of a case's release in its present state; the custody log tells how it got there."""

    case = models.CharField(max_length=200)
    number = models.IntegerField()
    body = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_release"
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="plainview_release_number"),)


class ApprovalTable(models.Model):
    """Who approved which digest."""

    case = models.CharField(max_length=200)
    number = models.IntegerField()
    digest = models.CharField(max_length=64)
    agent = models.TextField()
    person = models.TextField(default="")
    body = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_approval"
        constraints = (
            models.UniqueConstraint(fields=("case", "number", "digest", "agent"), name="plainview_approval_once"),
        )


class EntryTable(models.Model):
    """The custody log: exact bytes in their order."""

    seq = models.IntegerField(primary_key=True)
    case = models.CharField(max_length=200, db_index=True)
    type = models.CharField(max_length=64)
    subject = models.TextField()
    body = models.BinaryField()
    leaf = models.CharField(max_length=64)

    class Meta:
        app_label = APP
        db_table = "plainview_entry"


class AuditTable(models.Model):
    """Verdicts, bound to bytes and to how many decisions went into them."""

    case = models.CharField(max_length=200)
    number = models.IntegerField()
    digest = models.CharField(max_length=64)
    clean = models.BooleanField()
    decisions = models.IntegerField()
    at = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_audit"
        indexes = (models.Index(fields=("case", "number"), name="plainview_audit_version"),)


class ClearanceTable(models.Model):
    """Bytes that may be signed and published: the database has seen a clean audit and two approvals."""

    case = models.CharField(max_length=200)
    number = models.IntegerField()
    digest = models.CharField(max_length=64)
    decisions = models.IntegerField()
    agent = models.TextField()
    person = models.TextField()
    at = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_clearance"
        constraints = (models.UniqueConstraint(fields=("case", "number", "digest"), name="plainview_clearance_once"),)


class GrantTable(models.Model):
    """Roles given and taken, in order; the last row of a person, role and case stands."""

    name = models.TextField()
    person = models.TextField()
    role = models.TextField()
    case = models.CharField(max_length=200)
    given = models.BooleanField()
    by = models.TextField()
    by_person = models.TextField()
    at = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_grant"
        indexes = (models.Index(fields=("person", "role", "case"), name="plainview_grant_of"),)


class RightTable(models.Model):
    """``model.roles.RIGHTS`` where the triggers can read it."""

    verb = models.CharField(max_length=100)
    role = models.CharField(max_length=100)

    class Meta:
        app_label = APP
        db_table = "plainview_right"
        constraints = (models.UniqueConstraint(fields=("verb", "role"), name="plainview_right_once"),)


class WatchTable(models.Model):
    """Stretches of originals that people watched."""

    case = models.CharField(max_length=200)
    exhibit = models.CharField(max_length=64)
    name = models.TextField()
    start = models.BigIntegerField()
    until = models.BigIntegerField()
    graphic = models.BigIntegerField()
    at = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_watch"


class TokenTable(models.Model):
    """Tokens given and ended, in order; the last row of a digest stands."""

    name = models.CharField(max_length=16)
    owner = models.TextField()
    person = models.TextField()
    by_person = models.TextField()
    given = models.BooleanField()
    digest = models.CharField(max_length=64, db_index=True)
    body = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_token"


class GuestTable(models.Model):
    """Invitations to see a version under embargo, given and ended, in order; the last row of a digest stands."""

    case = models.CharField(max_length=200)
    name = models.CharField(max_length=16)
    given = models.BooleanField()
    digest = models.CharField(max_length=64, db_index=True)
    body = models.TextField()

    class Meta:
        app_label = APP
        db_table = "plainview_guest"


TABLES: tuple[type[models.Model], ...] = (
    CaseTable,
    ExhibitTable,
    FindingTable,
    DecisionTable,
    ReleaseTable,
    ApprovalTable,
    EntryTable,
)

APPEND_ONLY = ("plainview_exhibit", "plainview_decision", "plainview_approval", "plainview_entry")
"""Tables whose rows the database itself refuses to change or delete."""


def create(editor: Any) -> None:
    """Schema 1: all tables, then the triggers. ``editor`` is a Django schema editor."""
    for table in TABLES:
        editor.create_model(table)
    for statement in append_only(editor.connection.vendor, APPEND_ONLY):
        editor.execute(statement)


def append_only(vendor: str, tables: tuple[str, ...]) -> list[str]:
    """SQL statements that make a database of this kind refuse UPDATE and DELETE."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in tables
            for verb in ("UPDATE", "DELETE")
        ]
    if vendor == "postgresql":
        function = (
            "CREATE OR REPLACE FUNCTION plainview_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"
        )
        triggers = [
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION plainview_append_only()"
            for table in tables
        ]
        return [function, *triggers]
    raise RuntimeError(f"no append-only triggers are written for {vendor}")


def _drop_append_only(vendor: str, tables: tuple[str, ...]) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER {table}_no_{verb}" for table in tables for verb in ("UPDATE", "DELETE")]
    return [f"DROP TRIGGER {table}_append_only ON {table}" for table in tables]


DIVIDED = ("plainview_decision", "plainview_approval", "plainview_clearance", "plainview_entry", "plainview_grant")
"""Tables whose rows schema 2 refuses to people who may not write them."""

SEPARATE = ("plainview_audit", "plainview_clearance", "plainview_grant")
"""Append-only tables of schema 2."""


def separate_duties(editor: Any) -> None:
    """Schema 2: roles, audits and clearances, and the triggers that keep duties apart.

    Versions published before are cleared in hindsight, so that their decisions are not new in the next one.
    An audit made before does not count any more: the version that waits for approval is audited again.
    """
    vendor, alias = editor.connection.vendor, editor.connection.alias
    for statement in _drop_append_only(vendor, ("plainview_decision", "plainview_approval")):
        editor.execute(statement)
    for table in (DecisionTable, ApprovalTable):
        if not _has_column(editor.connection, table, "person"):
            editor.add_field(table, table._meta.get_field("person"))
        for row in table.objects.using(alias).all():
            table.objects.using(alias).filter(pk=row.pk).update(person=person_key(row.agent))
    for table in (AuditTable, ClearanceTable, GrantTable, RightTable):
        editor.create_model(table)
    for release in ReleaseTable.objects.using(alias).all():
        _clear_in_hindsight(alias, release)
    for statement in append_only(vendor, ("plainview_decision", "plainview_approval", *SEPARATE)):
        editor.execute(statement)
    for statement in duties(vendor, DIVIDED):
        editor.execute(statement)


def _has_column(connection: Any, table: type[models.Model], name: str) -> bool:
    """A new ledger's tables are made as they are today; one of schema 1 lacks the column."""
    with connection.cursor() as cursor:
        return any(
            each.name == name for each in connection.introspection.get_table_description(cursor, table._meta.db_table)
        )


def _clear_in_hindsight(alias: str, release: Any) -> None:
    body = json.loads(release.body)
    if body["state"] not in {"published", "withdrawn"}:
        return
    until = datetime.fromisoformat(body["at"])
    made = DecisionTable.objects.using(alias).filter(case=release.case)
    ClearanceTable.objects.using(alias).create(
        case=release.case,
        number=release.number,
        digest=body["tagmanifest_sha256"],
        decisions=sum(datetime.fromisoformat(row.at) <= until for row in made),
        agent="",
        person="",
        at=body["at"],
    )


def write_rights(alias: str) -> None:
    """Bring the table of rights to what this version says; nothing is written when it does already."""
    rows = RightTable.objects.using(alias)
    wanted = {(verb, str(role)) for verb, roles in RIGHTS.items() for role in roles}
    found = set(rows.values_list("verb", "role"))
    rows.filter(pk__in=[row.pk for row in rows.all() if (row.verb, row.role) not in wanted]).delete()
    rows.bulk_create([RightTable(verb=verb, role=role) for verb, role in sorted(wanted - found)])


def watches(editor: Any) -> None:
    """Schema 3: what people have had to see."""
    editor.create_model(WatchTable)
    for statement in append_only(editor.connection.vendor, ("plainview_watch",)):
        editor.execute(statement)


def tokens(editor: Any) -> None:
    """Schema 4: keys for programs."""
    editor.create_model(TokenTable)
    vendor = editor.connection.vendor
    for statement in [*append_only(vendor, ("plainview_token",)), *duties(vendor, ("plainview_token",))]:
        editor.execute(statement)


def blind_assessments(editor: Any) -> None:
    """Schema 5: what the first of two assessors said is opened by the second alone."""
    for statement in blind(editor.connection.vendor):
        editor.execute(statement)


def guests(editor: Any) -> None:
    """Schema 6: who is shown a version before it is public."""
    editor.create_model(GuestTable)
    for statement in append_only(editor.connection.vendor, ("plainview_guest",)):
        editor.execute(statement)


UPGRADES = (create, separate_duties, watches, tokens, blind_assessments, guests)
"""Step n brings the schema from version n to n + 1; steps are only ever added."""
