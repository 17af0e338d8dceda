# SPDX-License-Identifier: Apache-2.0
"""A custody entry's exact bytes are what is hashed, so they may never depend on anything unsaid."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from plainview.model.case import Agent
from plainview.model.custody import EVENT_TYPES, CustodyEvent, entry_bytes

AT = datetime(2026, 3, 14, 21, 41, 4, 900_000, tzinfo=timezone(timedelta(hours=-5)))


def entry(event: CustodyEvent) -> bytes:
    return entry_bytes(event, seq=3, salt="ab" * 16, at=AT, agent=Agent("A. Clerk"), software="plainview 0.1.0")


def test_the_bytes_are_these() -> None:
    """A golden: a change here breaks every log in the world."""
    event = CustodyEvent("received", "2026-0042", "EX-0001", sha256="00" * 32, detail="Ünïcode")

    assert entry(event).decode() == (
        '{"agent":"A. Clerk","case":"2026-0042","detail":"Ünïcode","outcome":"success","role":"staff",'
        '"salt":"abababababababababababababababab","schema":"CustodyEvent.1","seq":3,'
        '"sha256":"0000000000000000000000000000000000000000000000000000000000000000",'
        '"software":"plainview 0.1.0","subject":"EX-0001","time":"2026-03-15T02:41:04Z",'
        '"type":"http://id.loc.gov/vocabulary/preservation/eventType/ing"}'
    )


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_every_event_type_is_a_uri(kind: str) -> None:
    """PREMIS where the Library of Congress has a term, a name of ours where not."""
    logged = json.loads(entry(CustodyEvent(kind, "c", "s")))["type"]

    assert logged.startswith(("http://id.loc.gov/vocabulary/preservation/eventType/", "urn:plainview:event:"))


def test_two_kinds_of_event_never_share_a_name() -> None:
    """Otherwise the log could not be read back."""
    assert len(set(EVENT_TYPES.values())) == len(EVENT_TYPES)


def test_an_unknown_event_is_refused() -> None:
    """A mistyped event must not enter a log that is never corrected."""
    with pytest.raises(ValueError, match="'recieved'"):
        CustodyEvent("recieved", "c", "s")
