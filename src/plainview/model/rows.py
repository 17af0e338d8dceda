# SPDX-License-Identifier: Apache-2.0
"""What the ledger keeps beside cases and exhibits: one frozen value per row.

Findings may be thrown away and made again; decisions, approvals and custody entries are only ever
added to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plainview.model.case import Agent
from plainview.model.finding import StepStatus
from plainview.model.roles import Role


@dataclass(frozen=True, slots=True)
class FindingRow:
    """The outcome of one pipeline step; the finding itself is the file at ``result_path``."""

    case: str
    step: str
    exhibit: str
    """Empty when the step looks at the whole case."""
    key: str
    """Digest of all that went in: inputs, step version, model digests."""
    status: StepStatus
    reason: str
    """One sentence why, when it failed."""
    result_sha256: str
    result_path: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What a named person decided; ``body`` is canonical JSON text, kept exactly.

    ``seq`` counts within the case from 1; the ledger gives it, whatever is passed in.
    """

    seq: int
    case: str
    kind: str
    body: str
    agent: str
    role: str
    at: datetime
    reason: str
    law: str


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One version of a case's release; ``state`` is ``built``, ``scheduled``, ``published`` or ``withdrawn``."""

    case: str
    number: int
    state: str
    tagmanifest_sha256: str
    released_at: datetime
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One person's approval of exactly the release whose digest it names."""

    case: str
    number: int
    digest: str
    agent: Agent
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditRow:
    """The audit's verdict on exactly the bytes with this digest, made from the first ``decisions`` decisions."""

    case: str
    number: int
    digest: str
    clean: bool
    decisions: int
    at: datetime


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role given to a person, or taken again; in one case, or in all when ``case`` is empty."""

    person: str
    role: Role
    case: str
    given: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One custody entry in its place: ``body`` is the exact bytes that are hashed."""

    seq: int
    case: str
    type: str
    """Our short word (a key of ``custody.EVENT_TYPES``)."""
    subject: str
    body: bytes
    leaf: str
    """RFC 6962 leaf hash of ``body``, hex, as stored when the entry was written."""
