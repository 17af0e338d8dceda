# SPDX-License-Identifier: Apache-2.0
"""The custody log's entries: what happened to what, when, by whom, with which program.

An entry's exact bytes are what is hashed (RFC 6962 leaf hash); nothing is ever serialised again to
be checked. Event types are PREMIS 3 eventType terms where one exists (id.loc.gov), else ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from plainview.model.case import Agent
from plainview.model.time import iso_utc

PREMIS = "http://id.loc.gov/vocabulary/preservation/eventType/"

EVENT_TYPES: dict[str, str] = {
    "received": PREMIS + "ing",
    "digest-calculated": PREMIS + "mes",
    "fixity-checked": PREMIS + "fix",
    "examined": PREMIS + "ana",
    "rendered": PREMIS + "cre",
    "redacted": PREMIS + "red",
    "metadata-changed": PREMIS + "mod",
    "accessed": "urn:plainview:event:accessed",
    "office-created": "urn:plainview:event:office-created",
    "case-created": "urn:plainview:event:case-created",
    "demanded": "urn:plainview:event:demanded",
    "decided": "urn:plainview:event:decided",
    "audited": "urn:plainview:event:audited",
    "approved": "urn:plainview:event:approved",
    "cleared": "urn:plainview:event:cleared",
    "role-changed": "urn:plainview:event:role-changed",
    "token-given": "urn:plainview:event:token-given",
    "token-ended": "urn:plainview:event:token-ended",
    "backed-up": "urn:plainview:event:backed-up",
    "restored": "urn:plainview:event:restored",
    "guest-invited": "urn:plainview:event:guest-invited",
    "guest-ended": "urn:plainview:event:guest-ended",
    "previewed": "urn:plainview:event:previewed",
    "watched": "urn:plainview:event:watched",
    "released": PREMIS + "dis",
    "scheduled": "urn:plainview:event:scheduled",
    "withdrawal-drilled": "urn:plainview:event:withdrawal-drilled",
    "mirrored": "urn:plainview:event:mirrored",
    "withdrawn": "urn:plainview:event:withdrawn",
}
"""Our short word to the URI that is logged."""


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One happening, before it has a place in the log."""

    type: str
    """A key of EVENT_TYPES."""
    case: str
    subject: str
    """What it happened to: an exhibit id, a release, a decision."""
    outcome: str = "success"
    sha256: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        if self.type not in EVENT_TYPES:
            raise ValueError(f"unknown custody event type {self.type!r}")


def entry_bytes(event: CustodyEvent, *, seq: int, salt: str, at: datetime, agent: Agent, software: str) -> bytes:
    """The exact bytes that are stored and hashed: JSON, keys sorted, no spaces, UTF-8."""
    body = {
        "schema": "CustodyEvent.1",
        "seq": seq,
        "salt": salt,
        "time": iso_utc(at),
        "type": EVENT_TYPES[event.type],
        "case": event.case,
        "subject": event.subject,
        "outcome": event.outcome,
        "sha256": event.sha256,
        "detail": event.detail,
        "agent": agent.name,
        "role": agent.role,
        "software": software,
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
