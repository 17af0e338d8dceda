# SPDX-License-Identifier: Apache-2.0
"""Separation of duties as triggers: the database refuses the row, whatever program writes it.

D1  nobody approves bytes whose last audit was not clean, was of other bytes, or knows fewer decisions
    than there are: a stale audit blocks;
D2  nobody approves a version in which something that he or she decided is new;
D3  nothing is cleared for publication that two people have not approved, and nothing is logged as
    released that was not cleared;
D4  once an office has given roles, a decision, an approval or a clearance needs one that allows it, in
    this case or in all; the first role is an administrator's, and nobody gives roles to himself or herself;
D5  a token is given by its owner alone, and ended by the owner or an administrator;
D6  a sealed assessment is opened once, by another person than gave it, who gives one in the same row.
"""

# Everything put together here is this module's own text; no value from outside comes near it.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence

from plainview.model.roles import APPROVALS

REFUSED = "plainview: "
"""In front of every sentence with which the database refuses; the ledger makes ``NotAllowed`` of it."""

_HAS_ROLE = """EXISTS (
    SELECT 1 FROM plainview_grant g JOIN plainview_right r ON r.role = g.role
    WHERE r.verb = {verb} AND g.person = NEW.{person} AND g.given AND (g."case" = '' {or_case})
    AND NOT EXISTS (SELECT 1 FROM plainview_grant l WHERE l.person = g.person AND l.role = g.role
                    AND l."case" = g."case" AND l.id > g.id))"""
_ANY_ROLE = "EXISTS (SELECT 1 FROM plainview_grant)"
_IN_CASE = """OR g."case" = NEW."case" """
_ALL_DECISIONS = """(SELECT COALESCE(MAX(d.seq), 0) FROM plainview_decision d WHERE d."case" = NEW."case")"""
_AUDITED = f"""EXISTS (
    SELECT 1 FROM plainview_audit a WHERE a."case" = NEW."case" AND a.number = NEW.number
    AND a.digest = NEW.digest AND a.clean AND a.decisions = {_ALL_DECISIONS}
    AND NOT EXISTS (SELECT 1 FROM plainview_audit l WHERE l."case" = a."case" AND l.number = a.number
                    AND l.id > a.id))"""
_RELEASED = """(SELECT COALESCE(MAX(c.decisions), 0) FROM plainview_clearance c
    WHERE c."case" = NEW."case" AND c.number < NEW.number)"""
_AUTHOR = f"""EXISTS (
    SELECT 1 FROM plainview_decision d WHERE d."case" = NEW."case" AND d.person = NEW.person
    AND d.seq > {_RELEASED})"""
_APPROVED = """(SELECT COUNT(DISTINCT p.person) FROM plainview_approval p
    WHERE p."case" = NEW."case" AND p.number = NEW.number AND p.digest = NEW.digest)"""
_CLEARED = """EXISTS (
    SELECT 1 FROM plainview_clearance c WHERE c."case" = NEW."case" AND 'v' || c.number = NEW.subject)"""


def _role(verb: str, *, person: str = "person", in_case: bool = True) -> str:
    has = _HAS_ROLE.format(verb=verb, person=person, or_case=_IN_CASE if in_case else "")
    return f"{_ANY_ROLE} AND NOT {has}"


def _rules() -> dict[str, list[tuple[str, str]]]:
    """Table → (condition under which a new row is refused, the sentence)."""
    return {
        "plainview_decision": [(_role("'decide ' || NEW.kind"), "this person has no role to decide this")],
        "plainview_approval": [
            ("NEW.person = ''", "nobody is named as approving"),
            (_role("'approve'"), "this person has no role to approve"),
            (f"NOT {_AUDITED}", "there is no clean audit of exactly these bytes with all that is decided"),
            (_AUTHOR, "this person decided something that is new in this version and cannot approve it"),
        ],
        "plainview_clearance": [
            (_role("'publish'"), "this person has no role to publish"),
            (f"NOT {_AUDITED}", "there is no clean audit of exactly these bytes with all that is decided"),
            (f"{_APPROVED} < {APPROVALS}", "two people have not approved exactly these bytes"),
        ],
        "plainview_entry": [
            (f"NEW.type = 'released' AND NOT {_CLEARED}", "this version was not cleared for publication"),
        ],
        "plainview_grant": [
            (_role("'people'", person="by_person", in_case=False), "only an administrator gives and takes roles"),
            (f"{_ANY_ROLE} AND NEW.person = NEW.by_person", "nobody gives or takes their own roles"),
            (f"NOT {_ANY_ROLE} AND NEW.role <> 'administrator'", "the first role given is an administrator's"),
        ],
        "plainview_token": [
            ("NEW.given AND NEW.person <> NEW.by_person", "a token is given by its owner alone"),
            (
                "NOT NEW.given AND NEW.person <> NEW.by_person AND "
                + _role("'people'", person="by_person", in_case=False),
                "only its owner or an administrator ends a token",
            ),
        ],
    }


def duties(vendor: str, tables: Sequence[str]) -> list[str]:
    """SQL statements by which a database of this kind keeps duties apart, whatever program writes to it."""
    every = _rules()
    return [
        statement
        for table in tables
        for number, (condition, sentence) in enumerate(every[table], 1)
        for statement in _refusal(vendor, table, f"{table}_duty_{number}", condition, sentence)
    ]


def blind(vendor: str) -> list[str]:
    """D6: statements by which nobody opens a sealed assessment but a second person who gives one."""
    new, old = (_SEALED[vendor].format(row=row) for row in ("NEW", "o"))
    condition = f"""NEW.kind = 'OpenAssessment' AND (NOT EXISTS (
        SELECT 1 FROM plainview_decision d WHERE d."case" = NEW."case" AND d.kind = 'SealAssessment'
        AND d.person <> NEW.person AND d.seq = {new})
        OR EXISTS (
        SELECT 1 FROM plainview_decision o WHERE o."case" = NEW."case" AND o.kind = 'OpenAssessment'
        AND {old} = {new}))"""
    said = "an assessment is opened once, and by another person than gave it"
    return _refusal(vendor, "plainview_decision", "plainview_decision_blind", condition, said)


_SEALED = {"sqlite": "json_extract({row}.body, '$.sealed')", "postgresql": "({row}.body::json->>'sealed')::integer"}
"""The number of the sealed decision that a row opens, in each database's words."""


def _refusal(vendor: str, table: str, name: str, condition: str, sentence: str) -> list[str]:
    said = f"{REFUSED}{sentence}".replace("'", "''")
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        ]
    body = f"BEGIN IF {condition} THEN RAISE EXCEPTION '{said}'; END IF; RETURN NEW; END"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
