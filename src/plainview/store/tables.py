# SPDX-License-Identifier: Apache-2.0
"""The ledger's tables and the triggers that make some of them append-only.

Import this only after Django is set up (``ledger`` does). Times are ISO 8601 text with their zone,
exactly as given: a database's own time type would drop the zone.
"""

# Django has no types of its own, so its Model is Any to the checker; Django also asks for nested Meta classes.
# mypy: disable-error-code="misc"
# ruff: noqa: D106

from __future__ import annotations

from typing import Any

from django.db import models

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
    for statement in append_only(editor.connection.vendor):
        editor.execute(statement)


def append_only(vendor: str) -> list[str]:
    """SQL statements that make a database of this kind refuse UPDATE and DELETE."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in APPEND_ONLY
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
            for table in APPEND_ONLY
        ]
        return [function, *triggers]
    raise RuntimeError(f"no append-only triggers are written for {vendor}")


UPGRADES = (create,)
"""Step n brings the schema from version n to n + 1; steps are only ever added."""
