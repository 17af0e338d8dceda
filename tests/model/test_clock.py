# SPDX-License-Identifier: Apache-2.0
"""Deadlines against dates reckoned by hand from a real, long-closed case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainview.model.clock import OWN, RULES, Extension, Rule, deadline
from plainview.model.release import Deadline

CHICAGO = timezone(timedelta(hours=-5))
INCIDENT = datetime(2021, 3, 31, 0, 18, tzinfo=CHICAGO)
"""A shooting shortly after midnight; the sixtieth day is a Sunday before Memorial Day."""

REQUEST = Extension("the police department", date(2021, 5, 20))


def due(rules: str, **given: object) -> Deadline:
    found = deadline(rules, incident=INCIDENT, **given)  # type: ignore[arg-type]  # each test passes what it is about
    assert found is not None
    return found


def test_sixty_calendar_days_from_the_incident() -> None:
    """March 31 to May 30, 2021, told as the Sunday it is and not moved."""
    found = due("chicago")

    assert found.due == datetime(2021, 5, 30, 23, 59, 59, tzinfo=CHICAGO)
    assert found.explanation == "60 calendar days from the incident on March 31, 2021: May 30, 2021, a Sunday."
    assert found.rule == "City of Chicago Video Release Policy (2016)"


def test_one_extension_of_thirty_days_in_writing() -> None:
    """June 29, 2021, and who asked is part of the sentence."""
    found = due("chicago", extension=REQUEST)

    assert found.due.date() == date(2021, 6, 29)
    assert found.explanation == (
        "60 calendar days from the incident on March 31, 2021 and 30 more requested in writing by the police "
        "department on May 20, 2021: June 29, 2021, a Tuesday."
    )


def test_counting_from_the_notification_gives_a_wrong_and_later_date() -> None:
    """The measured mistake: told four days later, published four days too late."""
    notified = INCIDENT + timedelta(days=4)
    wrong = deadline("chicago", incident=notified)

    assert wrong is not None
    assert (wrong.due - due("chicago").due).days == 4
    assert due("chicago", event=notified) == due("chicago")


def test_the_day_is_the_zones_own() -> None:
    """Eighteen minutes past midnight in Chicago is the same date there, though UTC agrees only by chance."""
    late = datetime(2021, 3, 31, 23, 30, tzinfo=CHICAGO)
    found = deadline("chicago", incident=late)

    assert late.astimezone(UTC).date() == date(2021, 4, 1)
    assert found is not None
    assert found.due.date() == date(2021, 5, 30)


@pytest.mark.parametrize(
    ("rules", "last"),
    [
        ("california", date(2021, 5, 15)),
        ("new-york", date(2021, 4, 30)),
        ("colorado", date(2021, 4, 21)),
        ("new-jersey", date(2021, 4, 20)),
    ],
)
def test_other_places_count_other_days(rules: str, last: date) -> None:
    """45, 30, 21 and 20 days after March 31."""
    assert due(rules).due.date() == last


def test_colorado_counts_from_the_complaint_and_ends_at_forty_five_days() -> None:
    """Without the complaint's date the sentence says what is missing."""
    complaint = datetime(2021, 4, 10, tzinfo=CHICAGO)

    assert due("colorado", event=complaint).due.date() == date(2021, 5, 1)
    assert due("colorado", event=complaint, extension=REQUEST).due.date() == date(2021, 5, 25)
    assert due("colorado").explanation.endswith("The rule counts from the complaint, whose date is not recorded.")


@pytest.mark.parametrize(
    ("rules", "days", "sentence"),
    [("new-york", None, "no extension"), ("chicago", 31, "at most 30"), ("chicago", 0, "at most 30")],
)
def test_an_extension_that_the_rule_does_not_give_is_refused(rules: str, days: int | None, sentence: str) -> None:
    """Once, in writing, and never beyond the limit."""
    with pytest.raises(ValueError, match=sentence):
        due(rules, extension=Extension("the department", date(2021, 5, 20), days))


def test_an_office_of_its_own_may_have_a_rule_or_none() -> None:
    """``own`` without a rule is no deadline, which is not the same as a missed one."""
    mine = Rule("own", "Office rule 7", 90, "incident")

    assert deadline(OWN, incident=INCIDENT) is None
    assert due(OWN, own=mine).due.date() == date(2021, 6, 29)


def test_unknown_rules_are_named_with_the_known() -> None:
    """A typing mistake must not become a case without a deadline."""
    with pytest.raises(ValueError, match=r"'chigago'.*chicago.*own"):
        deadline("chigago", incident=INCIDENT)


@given(st.sampled_from(sorted(RULES)), st.dates(date(2016, 1, 1), date(2090, 1, 1)))
def test_the_due_day_is_exactly_so_many_days_after_the_day_of_the_incident(rules: str, day: date) -> None:
    """For all rules and dates; and the sentence names the weekday that the calendar gives."""
    found = deadline(rules, incident=datetime(day.year, day.month, day.day, 23, 59, tzinfo=CHICAGO))

    assert found is not None
    assert (found.due.date() - day).days == RULES[rules].days
    assert f", a {found.due:%A}." in found.explanation
