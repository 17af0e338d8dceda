# SPDX-License-Identifier: Apache-2.0
"""Deadlines: the rules by which an office must publish, as data, and the dates that follow.

The measured failure in practice is the starting day: an audit of 122 Chicago cases found 33 published
late, 14 of them because the days were counted from the notification instead of the incident. So every
rule names the event from which it counts, and every date explains itself in a sentence.

What this module keeps true: days are calendar days of the case's own zone; the day of the event is
day 0 and the due date runs until the end of its day; an extension is granted once, in writing, never
beyond the rule's own limit; and a date that falls on a weekend is told, not moved.

>>> from datetime import datetime, timezone
>>> deadline("chicago", incident=datetime(2021, 3, 31, tzinfo=timezone.utc)).explanation
'60 calendar days from the incident on March 31, 2021: May 30, 2021, a Sunday.'
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from plainview.model.release import Deadline


@dataclass(frozen=True, slots=True)
class Rule:
    """One regime's clock: how many calendar days, counted from which event, extended by how many."""

    key: str
    name: str
    days: int
    counts_from: str
    """``incident``, ``complaint`` or ``request``."""
    extension_days: int = 0
    extension_needs: str = ""
    """Who must ask, and how, for the extension."""
    note: str = ""


RULES: dict[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule(
            key="chicago",
            name="City of Chicago Video Release Policy (2016)",
            days=60,
            counts_from="incident",
            extension_days=30,
            extension_needs="one written request of a law-enforcement agency or the oversight agency",
        ),
        Rule(
            key="california",
            name="California Government Code § 7923.625 (AB 748)",
            days=45,
            counts_from="incident",
            extension_days=320,
            extension_needs="a finding that disclosure would still substantially interfere, renewed every 30 days",
            note="After one year only clear and convincing evidence of interference allows further delay.",
        ),
        Rule(
            key="new-york",
            name="New York City Police Department body camera release policy (2020)",
            days=30,
            counts_from="incident",
        ),
        Rule(
            key="colorado",
            name="Colorado Revised Statutes § 24-31-902 (SB 20-217, HB 21-1250)",
            days=21,
            counts_from="complaint",
            extension_days=24,
            extension_needs="a prosecutor's written explanation of the interference",
            note="At most 45 days in all.",
        ),
        Rule(
            key="new-jersey",
            name="New Jersey Attorney General Directive 2018-1",
            days=20,
            counts_from="incident",
            note="When the initial investigation is substantially complete, typically within 20 days.",
        ),
    )
}
"""The packs that ship, by key; ``own`` is an office without one of them."""

OWN = "own"


@dataclass(frozen=True, slots=True)
class Extension:
    """A written request for more days: who asked, when, and how many (None: as many as the rule allows)."""

    requested_by: str
    requested_on: date
    days: int | None = None
    reason: str = ""


def deadline(
    rules: str,
    *,
    incident: datetime,
    extension: Extension | None = None,
    event: datetime | None = None,
    own: Rule | None = None,
) -> Deadline | None:
    """When the case must be published, or None for an office under no rule with a date.

    ``incident`` is the case's ``at``; ``event`` is the complaint or request, for rules that count from
    one (without it the date is counted from the incident and says so). ``own`` is the office's rule
    when ``rules`` is ``own``. ``ValueError`` for an unknown rule or an extension that it does not give.
    """
    rule = own if rules == OWN else RULES.get(rules)
    if rule is None:
        if rules == OWN:
            return None
        raise ValueError(f"unknown deadline rules {rules!r}; known are {', '.join([*RULES, OWN])}")
    known = event is not None and rule.counts_from != "incident"
    start, counted = (event, rule.counts_from) if event is not None and known else (incident, "incident")
    added = _added(rule, extension)
    last = start.date() + timedelta(days=rule.days + added)
    sentence = _explain(rule, counted, start.date(), last, _extended(extension, added))
    due = datetime.combine(last, time(23, 59, 59), tzinfo=start.tzinfo)
    return Deadline(
        due=due,
        rule=rule.name,
        explanation=sentence,
        counts_from=counted,
        start=start.date(),
        days=rule.days,
        extension_days=added,
        extension=_asked(rule, extension),
        note=rule.note,
    )


def _asked(rule: Rule, extension: Extension | None) -> str:
    """The extension as it was given, or what one would need."""
    if extension is not None:
        why = f": {extension.reason}" if extension.reason else ""
        return f"Requested in writing by {extension.requested_by} on {long_date(extension.requested_on)}{why}"
    if rule.extension_days == 0:
        return ""
    return f"None asked for. Up to {rule.extension_days} more days need {rule.extension_needs}"


def _added(rule: Rule, extension: Extension | None) -> int:
    if extension is None:
        return 0
    if rule.extension_days == 0:
        raise ValueError(f"{rule.name} knows no extension")
    days = rule.extension_days if extension.days is None else extension.days
    if not 0 < days <= rule.extension_days:
        raise ValueError(f"{rule.name} allows at most {rule.extension_days} more days, not {days}")
    return days


def _explain(rule: Rule, counted: str, start: date, last: date, extension: str) -> str:
    sentence = (
        f"{rule.days} calendar days from the {counted} on {long_date(start)}{extension}: "
        f"{long_date(last)}, a {_DAYS[last.weekday()]}."
    )
    if counted != rule.counts_from:
        sentence += f" The rule counts from the {rule.counts_from}, whose date is not recorded."
    return sentence


def _extended(extension: Extension | None, days: int) -> str:
    if extension is None:
        return ""
    return f" and {days} more requested in writing by {extension.requested_by} on {long_date(extension.requested_on)}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def long_date(day: date) -> str:
    """``March 31, 2021``, whatever language the machine is set to."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
