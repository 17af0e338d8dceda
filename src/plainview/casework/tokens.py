# SPDX-License-Identifier: Apache-2.0
"""Tokens: a person gives a program a key to some verbs in some cases until a day, sees it once, and can end it.

What this module keeps true: only the SHA-256 of a token is kept (its secret has 256 random bits, so that no slower
digest is needed); nobody gives what he or she may not do; giving and ending are custody events.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from plainview.casework.people import require
from plainview.casework.workspace import Workspace
from plainview.errors import NotAllowed, WrongUsage
from plainview.model.case import Agent
from plainview.model.custody import CustodyEvent
from plainview.model.roles import EVERYWHERE, person_key
from plainview.model.token import EVERY_DECISION, LONGEST_DAYS, Token, passable
from plainview.store.ledger import Ledger

PREFIX = "pv1_"
"""In front of every token, so that one that lies in a file or a chat is known for what it is."""


def give(
    ledger: Ledger, *, label: str, verbs: Sequence[str], cases: Sequence[str], days: int, at: datetime, acting: Agent
) -> tuple[Token, str]:
    """A new token of the one acting, and the text that is shown once."""
    if ledger.token is not None:
        raise NotAllowed("a token gives no token")
    if not label.strip():
        raise WrongUsage("a token needs a word for what it is for: the custody log names it so")
    if not 1 <= days <= LONGEST_DAYS:
        raise WrongUsage(f"a token lasts 1 to {LONGEST_DAYS} days")
    _refuse_more_than_ones_own(ledger, verbs, cases, acting)
    secret = PREFIX + secrets.token_urlsafe(32)
    made = Token(
        secrets.token_hex(4), acting.name, " ".join(label.split()), digest_of(secret), tuple(sorted(set(verbs))),
        tuple(sorted(set(cases))), at, at + timedelta(days=days),
    )  # fmt: skip
    _keep(ledger, made, given=True, detail=_told(made), at=at, acting=acting)
    return made, secret


def _refuse_more_than_ones_own(ledger: Ledger, verbs: Sequence[str], cases: Sequence[str], acting: Agent) -> None:
    unknown = sorted(set(verbs) - set(passable()))
    if unknown or not verbs:
        what = f"no token is given for {unknown[0]!r}" if unknown else "a token needs at least one verb"
        raise WrongUsage(f"{what} (there are: {', '.join(passable())})")
    missing = [case for case in cases if ledger.case(case) is None]
    if missing:
        raise WrongUsage(f"there is no case {missing[0]}")
    for case in cases:  # one for every case is held to its owner's roles at each use
        for verb in sorted(set(verbs) - {EVERY_DECISION}):
            require(ledger, verb, case=case, acting=acting)


def end(ledger: Ledger, token_id: str, *, why: str, at: datetime, acting: Agent) -> Token:
    """End a token before its day, with the reason: its owner, or an administrator."""
    found = next((each for each in ledger.tokens() if each.id == token_id), None)
    if found is None:
        raise WrongUsage(f"there is no token {token_id}, or it was ended already")
    if not why.strip():
        raise WrongUsage("ending a token needs its reason")
    if person_key(found.owner) != person_key(acting.name):
        require(ledger, "people", case=EVERYWHERE, acting=acting)
    _keep(ledger, found, given=False, detail=f"{found.known_as}: {why.strip()}", at=at, acting=acting)
    return found


def holder(workspace: Workspace, secret: str, *, at: datetime) -> Workspace | None:
    """The office as a program that shows this text may use it; None for one that is unknown, ended or over."""
    found = workspace.ledger.token_of(digest_of(secret)) if secret.startswith(PREFIX) else None
    return None if found is None or at >= found.ends else workspace.opened_by(found)


def digest_of(secret: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _keep(ledger: Ledger, token: Token, *, given: bool, detail: str, at: datetime, acting: Agent) -> None:
    with ledger.change(acting=acting, at=at) as change:
        change.add_token(token, given=given)
        change.record(CustodyEvent("token-given" if given else "token-ended", "", token.id, detail=detail))


def _told(token: Token) -> str:
    places = ", ".join(token.cases) or "every case of its owner"
    return f"{token.known_as}: {', '.join(token.verbs)}; in {places}; until {token.ends.date()}"
