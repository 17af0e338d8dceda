# SPDX-License-Identifier: Apache-2.0
"""Which days an office is closed: weekends, holidays by rule, and single days it adds.

A holiday on a Saturday is kept on the Friday before, on a Sunday on the Monday after, where its rule
says that it is observed so (5 U.S.C. § 6103 for the federal ones).

>>> Calendar((Holiday("Independence Day", month=7, day=4),)).holiday(date(2026, 7, 3))
'Independence Day, observed'
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

WEEKEND = (5, 6)
LAST = -1


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of the year: a fixed ``day``, or the ``nth`` (-1: last) ``weekday`` (0 is Monday) of its month."""

    name: str
    month: int
    day: int = 0
    weekday: int = -1
    nth: int = 0
    since: int = 0
    """First year it is kept."""
    observed: bool = True

    def on(self, year: int) -> date:
        """Its own day in ``year``, before it is moved off a weekend."""
        if self.day:
            return date(year, self.month, self.day)
        if self.nth == LAST:
            end = (date(year, self.month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
            return end - timedelta(days=(end.weekday() - self.weekday) % 7)
        first = date(year, self.month, 1)
        return first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1))


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an office is open. An empty one is closed on weekends only."""

    holidays: tuple[Holiday, ...] = ()
    closed: tuple[date, ...] = ()
    """Single days, such as a mourning day."""

    def holiday(self, day: date) -> str:
        """What ``day`` is, or nothing."""
        for each in self.holidays:
            for year in (day.year, day.year + 1):  # New Year's Day may be observed on December 31
                if year < each.since:
                    continue
                own = each.on(year)
                if own == day:
                    return each.name
                if each.observed and _observed(own) == day:
                    return f"{each.name}, observed"
        return "closed" if day in self.closed else ""

    def open(self, day: date) -> bool:
        """Whether ``day`` counts as a business day."""
        return day.weekday() not in WEEKEND and not self.holiday(day)

    def next_open(self, day: date) -> date:
        """``day`` itself when open, else the next that is."""
        while not self.open(day):
            day += timedelta(days=1)
        return day

    def add_open_days(self, start: date, days: int) -> date:
        """The ``days``-th open day after ``start``; ``start`` itself is day 0."""
        day = start
        while days > 0:
            day += timedelta(days=1)
            days -= self.open(day)
        return day


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
