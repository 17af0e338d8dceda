# SPDX-License-Identifier: Apache-2.0
"""Roles: given by an administrator, in one case or in all, and asked for before every verb.

An office that has given no role yet is open: a folder on one person's PC. The first role given is an
administrator's; from then on ``require`` refuses in a sentence what the table in ``model.roles`` does
not allow, and for decisions, approvals and publication the database refuses it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plainview.errors import NotAllowed, WrongUsage
from plainview.model.case import Agent
from plainview.model.custody import CustodyEvent
from plainview.model.roles import DECIDE, EVERYWHERE, OFFICE_WIDE, RIGHTS, Role, may, person_key
from plainview.model.rows import GrantRow
from plainview.store.ledger import Ledger


def standing(grants: Iterable[GrantRow]) -> list[GrantRow]:
    """The roles that people have now, in the order in which they were given."""
    last: dict[tuple[str, Role, str], GrantRow] = {}
    for grant in grants:
        last[person_key(grant.person), grant.role, grant.case] = grant
    return [grant for grant in last.values() if grant.given]


def roles_of(grants: Iterable[GrantRow], name: str, *, case: str) -> frozenset[Role]:
    """A person's roles in a case, those in all cases included; ``case`` empty: in all cases only."""
    key = person_key(name)
    return frozenset(
        grant.role for grant in standing(grants) if person_key(grant.person) == key and grant.case in ("", case)
    )


def require(ledger: Ledger, verb: str, *, case: str, acting: Agent) -> frozenset[Role]:
    """The roles by which this person may do it; none in an open office. ``NotAllowed`` otherwise."""
    if ledger.token is not None and not ledger.token.allows(verb, case):
        raise NotAllowed(f"this {ledger.token.known_as} was not given to {verb}{f' in case {case}' if case else ''}")
    grants = ledger.grants()
    if not grants:
        RIGHTS[verb]  # a verb that nobody named is a mistake of the program in an open office too
        return frozenset()
    roles = roles_of(grants, acting.name, case=EVERYWHERE if verb in OFFICE_WIDE else case)
    if not may(verb, roles):
        wanted = " or ".join(sorted(RIGHTS[verb]))
        place = f"case {case}" if case else "this office"
        what = verb.removeprefix(DECIDE)
        doing = f"decide {what}" if verb.startswith(DECIDE) else verb
        raise NotAllowed(f"{acting.name} may not {doing} in {place}: it needs the role {wanted}")
    return roles


def acting_as(ledger: Ledger, name: str, *, case: str, otherwise: str) -> Agent:
    """The person with the roles he or she acts by, for the log; ``otherwise`` in an open office."""
    roles = roles_of(ledger.grants(), name, case=case)
    return Agent(name, ", ".join(sorted(roles)) or otherwise)


def give(ledger: Ledger, *, person: str, role: str, case: str, at: datetime, acting: Agent) -> None:
    """Give a role; the first one makes the office a closed one and must be an administrator's."""
    _change(ledger, person, role, case, given=True, why="", at=at, acting=acting)


def take(ledger: Ledger, *, person: str, role: str, case: str, why: str, at: datetime, acting: Agent) -> None:
    """Take a role again, with the reason. The last administrator stays one."""
    if not why.strip():
        raise WrongUsage("taking a role needs its reason")
    held = [each for each in standing(ledger.grants()) if (each.role, each.case) == (_role(role), case)]
    if person_key(person) not in {person_key(each.person) for each in held}:
        raise WrongUsage(f"{person} does not have the role {role}{f' in case {case}' if case else ''}")
    _change(ledger, person, role, case, given=False, why=why, at=at, acting=acting)


def _change(
    ledger: Ledger, person: str, role: str, case: str, *, given: bool, why: str, at: datetime, acting: Agent
) -> None:
    wanted = _role(role)
    if not person.strip():
        raise WrongUsage("a role needs a person's name")
    if wanted is Role.ADMINISTRATOR and case:
        raise WrongUsage("an administrator is one of the whole office, not of a case")
    if case and ledger.case(case) is None:
        raise WrongUsage(f"there is no case {case}")
    require(ledger, "people", case=EVERYWHERE, acting=acting)
    verb = "given" if given else "taken"
    detail = f"{wanted} {verb}{f' in case {case}' if case else ''}{f': {why}' if why else ''}"
    with ledger.change(acting=acting, at=at) as change:
        change.add_grant(person.strip(), wanted, case=case, given=given)
        change.record(CustodyEvent("role-changed", case=case, subject=person.strip(), detail=detail))


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise WrongUsage(f"there is no role {text!r} (there are: {', '.join(Role)})") from error
