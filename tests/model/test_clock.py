# SPDX-License-Identifier: Apache-2.0
"""Deadlines against dates of real, long-closed cases, reckoned by hand from what was published about them.

The Alvarez case: shot on March 31, 2021 shortly after midnight, files published on April 28, a recommendation
made the same day. The Toledo case: March 29 and April 15, 2021.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainview.casework.rulebook import shipped
from plainview.model.clock import (
    Due,
    DueKind,
    Extension,
    ExtensionRule,
    History,
    Pack,
    Rung,
    Unit,
    check_extension,
    dates,
    failures,
    miscounts,
    release_date,
)
from plainview.model.holidays import Calendar

INCIDENT = date(2021, 3, 31)
REQUEST = Extension("the police department", date(2021, 5, 20), "a witness is still to be heard")
PACKS = shipped()
CHICAGO = PACKS["chicago"]


def by_id(pack: Pack, history: History, today: date = INCIDENT) -> dict[str, Due]:
    return {due.id: due for due in dates(pack, history, today=today)}


def test_sixty_calendar_days_from_the_incident() -> None:
    """May 30, 2021, told as the Sunday it is and not moved to the day after Memorial Day."""
    found = release_date(CHICAGO, History(INCIDENT))

    assert found.on == date(2021, 5, 30)
    assert found.explanation == "60 calendar days from the incident on March 31, 2021: May 30, 2021, a Sunday."
    assert found.rule == "City of Chicago Video Release Policy (Video Release Policy of 2016)"


def test_a_published_case_is_met_on_its_day() -> None:
    """April 28 is day 28 of Alvarez, April 15 day 17 of Toledo: both in time, and so it says."""
    for incident, released, day in ((INCIDENT, date(2021, 4, 28), 28), (date(2021, 3, 29), date(2021, 4, 15), 17)):
        found = release_date(CHICAGO, History(incident, released=released))

        assert (released - incident).days == day
        assert found.state(date(2022, 1, 1)) == "met"
    late = release_date(CHICAGO, History(INCIDENT, released=date(2021, 5, 31)))
    assert late.state(date(2022, 1, 1)) == "met late"


def test_a_date_is_overdue_only_after_its_day() -> None:
    """The day itself still counts, to its end."""
    found = release_date(CHICAGO, History(INCIDENT))

    assert (found.state(date(2021, 5, 30)), found.days_left(date(2021, 5, 30))) == ("open", 0)
    assert (found.state(date(2021, 5, 31)), found.days_left(date(2021, 5, 31))) == ("overdue", -1)


def test_one_extension_of_thirty_days_in_writing() -> None:
    """June 29, 2021, and who asked is part of the sentence; a second one is not given."""
    history = History(INCIDENT, extensions=(REQUEST,))
    found = release_date(CHICAGO, history)

    assert found.on == date(2021, 6, 29)
    assert found.explanation == (
        "60 calendar days from the incident on March 31, 2021 and 30 more requested in writing by the police "
        "department on May 20, 2021: June 29, 2021, a Tuesday."
    )
    with pytest.raises(ValueError, match="gives 1 extension, not another one"):
        check_extension(CHICAGO, history, REQUEST)


def test_counting_from_the_notification_is_shown_as_the_error_it_is() -> None:
    """The measured mistake: told four days later. The date stays, the wrong one is named with how wrong it is."""
    history = History(INCIDENT, events={"notification": date(2021, 4, 4)})
    wrong = miscounts(CHICAGO, history)

    assert release_date(CHICAGO, history) == release_date(CHICAGO, History(INCIDENT))
    assert [(each.event, each.on, each.days_off) for each in wrong] == [("notification", date(2021, 6, 3), 4)]
    assert wrong[0].sentence == (
        "Not June 3, 2021: that would be 60 calendar days from the notification on April 4, 2021, 4 days too late. "
        "The rule counts from the incident."
    )
    assert miscounts(CHICAGO, History(INCIDENT, events={"notification": INCIDENT})) == ()


def test_radio_and_calls_are_destroyed_at_half_the_time() -> None:
    """April 30, 2021: the sentence says whether keeping was demanded and whether it is held."""
    key, source = "keep-911-and-dispatch-radio-audio", "911 and dispatch radio audio"
    bare = by_id(CHICAGO, History(INCIDENT))[key]
    asked = by_id(CHICAGO, History(INCIDENT, demanded={source: INCIDENT}))[key]
    held = by_id(CHICAGO, History(INCIDENT, demanded={source: INCIDENT}, held={source: date(2021, 4, 9)}))[key]

    assert (bare.kind, bare.on) == (DueKind.DESTRUCTION, date(2021, 4, 30))
    assert bare.explanation.endswith("Keeping it has not been demanded.")
    assert asked.explanation.endswith("Keeping it was demanded on March 31, 2021; it is not held yet.")
    assert held.explanation.endswith("It is held since April 9, 2021.")
    assert [each.state(date(2021, 5, 1)) for each in (bare, asked, held)] == ["may be gone", "may be gone", "met"]


def test_a_recommendation_must_be_answered_within_ninety_days() -> None:
    """Recommended on April 28, 2021; by July 27 the Superintendent must answer; who has not is told."""
    asked = Rung("r1", "recommendation", date(2021, 4, 28), "Officer 1")
    answer = Rung("r2", "answer", date(2021, 8, 2), "Officer 1")
    other = Rung("r3", "answer", date(2021, 5, 2), "Officer 2")
    owed = by_id(CHICAGO, History(INCIDENT, rungs=(asked, other)))["answer-r1"]
    late = by_id(CHICAGO, History(INCIDENT, rungs=(asked, answer, other)))["answer-r1"]

    assert owed.on == date(2021, 7, 27)
    assert owed.explanation.endswith("Nothing recorded answers it.")
    assert (owed.state(date(2021, 7, 28)), late.state(date(2021, 9, 1))) == ("overdue", "met late")


def test_an_officers_thirty_days_of_duties_end() -> None:
    """A term that simply ends is no omission of anybody."""
    duties = Rung("s1", "administrative duties", INCIDENT, "Officer 1")
    found = by_id(CHICAGO, History(INCIDENT, rungs=(duties,)))["term-s1"]

    assert (found.kind, found.on) == (DueKind.TERM, date(2021, 4, 30))
    assert found.state(date(2021, 5, 1)) == "ended"


def test_a_date_recorded_by_hand_is_a_date_too() -> None:
    """An ``answer due`` rung falls due on its own day until an answer about the same matter is recorded."""
    owed = Rung("b1", "answer due", date(2021, 6, 30), "Officer 1", "The board answers.", open=True)
    found = by_id(CHICAGO, History(INCIDENT, rungs=(owed,)))["due-b1"]

    assert (found.on, found.met) == (date(2021, 6, 30), None)


def test_california_looks_again_every_thirty_days_and_asks_more_after_a_year() -> None:
    """Day 45 on May 15, 2021; looks on June 14, July 14, …; the first after a year needs clear and convincing evidence."""
    pack = PACKS["california"]
    found = by_id(pack, History(INCIDENT), today=date(2022, 4, 20))
    looks = [due for due in found.values() if due.kind is DueKind.REASSESS]

    assert found["release"].on == date(2021, 5, 15)
    assert [due.on for due in looks[:2]] == [date(2021, 6, 14), date(2021, 7, 14)]
    strict = [due for due in looks if "clear and convincing" in due.explanation]
    assert strict[0].on == date(2022, 4, 10)
    assert [due for due in looks if due.on < date(2022, 4, 1) and due in strict] == []
    assert looks[-1].on == date(2022, 5, 10), "one beyond today, so that the next is always on the calendar"
    assert "whose date is not recorded" in found["release"].explanation


def test_california_stops_looking_when_it_is_published() -> None:
    """Published on day 50: no look after that."""
    history = History(INCIDENT, released=date(2021, 5, 20))

    assert [due.id for due in dates(PACKS["california"], history, today=date(2022, 1, 1))] == ["release", "reassess-1"]


def test_colorado_counts_from_the_request_and_ends_at_forty_five_days_from_the_complaint() -> None:
    """Without the request's date the complaint stands in, without either the incident, and the sentence says so."""
    pack = PACKS["colorado"]
    both = History(INCIDENT, events={"complaint": date(2021, 4, 10), "request": date(2021, 4, 12)})
    prosecutor = Extension("the district attorney", date(2021, 4, 30), "an active investigation")

    assert release_date(pack, both).on == date(2021, 5, 3)
    assert release_date(pack, History(INCIDENT, both.events, (prosecutor,))).on == date(2021, 5, 25)
    assert release_date(pack, History(INCIDENT)).on == date(2021, 4, 21)
    assert release_date(pack, History(INCIDENT)).explanation.endswith(
        "The rule counts from the request, whose date is not recorded."
    )
    with pytest.raises(ValueError, match=r"ends 45 calendar days from the complaint, May 25, 2021"):
        check_extension(pack, both, Extension("the district attorney", date(2021, 4, 30), "more", days=30))


@pytest.mark.parametrize(("rules", "last"), [("new-york", date(2021, 4, 30)), ("new-jersey", date(2021, 4, 20))])
def test_other_places_count_other_days(rules: str, last: date) -> None:
    """30 and 20 days after March 31."""
    assert release_date(PACKS[rules], History(INCIDENT)).on == last


@pytest.mark.parametrize(
    ("rules", "asked", "sentence"),
    [
        ("new-york", REQUEST, "no extension"),
        ("chicago", Extension("x", date(2021, 5, 20), "r", days=31), "at most 30"),
        ("chicago", Extension("x", date(2021, 5, 20), "r", days=0), "at most 30"),
        ("chicago", Extension("x", date(2021, 5, 31), "r"), "after the date it would move"),
        ("chicago", Extension("x", date(2021, 5, 20), " "), "needs its reason"),
        ("chicago", Extension("", date(2021, 5, 20), "r"), "needs who asked"),
    ],
)
def test_an_extension_that_the_rule_does_not_give_is_refused(rules: str, asked: Extension, sentence: str) -> None:
    """In writing, with a reason, in time, and never beyond the limit."""
    with pytest.raises(ValueError, match=sentence):
        check_extension(PACKS[rules], History(INCIDENT), asked)


def test_business_days_pass_over_weekends_and_holidays() -> None:
    """Five business days from Thursday, July 1, 2021: the 4th is a Sunday, kept on Monday; so Friday the 9th."""
    calendar = CHICAGO.calendar
    pack = Pack("own", "Office rule", "", 5, "incident", unit=Unit.BUSINESS, calendar=calendar)

    assert calendar.holiday(date(2021, 7, 5)) == "Independence Day, observed"
    assert release_date(pack, History(date(2021, 7, 1))).on == date(2021, 7, 9)
    closed = Pack(
        "own", "Office rule", "", 5, "incident", unit=Unit.BUSINESS,
        calendar=Calendar(calendar.holidays, (date(2021, 7, 9),)),
    )  # fmt: skip
    assert release_date(closed, History(date(2021, 7, 1))).on == date(2021, 7, 12)


def test_a_pack_may_move_a_date_to_the_next_open_day() -> None:
    """Sunday, May 30, before Memorial Day moves to Tuesday, June 1, and says from where."""
    pack = Pack("own", "Office rule", "", 60, "incident", calendar=CHICAGO.calendar, moves=True)
    found = release_date(pack, History(INCIDENT))

    assert found.on == date(2021, 6, 1)
    assert "May 30, 2021, a Sunday, moved to June 1, 2021, a Tuesday, the next open day" in found.explanation


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2021, 12, 31), "New Year's Day, observed"),  # January 1, 2022 is a Saturday
        (date(2026, 1, 19), "Birthday of Martin Luther King, Jr."),
        (date(2026, 5, 25), "Memorial Day"),
        (date(2021, 6, 18), "Juneteenth, observed"),
        (date(2020, 6, 19), ""),  # not a federal holiday before 2021
        (date(2026, 7, 3), "Independence Day, observed"),
        (date(2026, 11, 26), "Thanksgiving Day"),
        (date(2026, 11, 27), ""),
    ],
)
def test_federal_holidays(day: date, name: str) -> None:
    """As published by the Office of Personnel Management for these years."""
    assert CHICAGO.calendar.holiday(day) == name


def test_every_pack_passes_the_examples_it_carries_and_a_wrong_one_is_named() -> None:
    """A pack whose number of days is changed fails its own tests."""
    assert [failures(pack) for pack in PACKS.values()] == [[]] * 5
    broken = Pack(
        CHICAGO.key, CHICAGO.name, CHICAGO.law, 61, "incident", keeping=CHICAGO.keeping, examples=CHICAGO.examples,
        extension=ExtensionRule("one", days=30),
    )  # fmt: skip
    assert len(failures(broken)) == 3
    assert "release is 2021-05-31, expected 2021-05-30" in failures(broken)[0]


@given(st.sampled_from(sorted(PACKS)), st.dates(date(2016, 1, 1), date(2090, 1, 1)))
def test_the_due_day_is_exactly_so_many_days_after_the_day_of_the_incident(rules: str, day: date) -> None:
    """For all rules and dates; and the sentence names the weekday that the calendar gives."""
    found = release_date(PACKS[rules], History(day))

    assert found.on - day == timedelta(days=PACKS[rules].days)
    assert f", a {found.on:%A}" in found.explanation
