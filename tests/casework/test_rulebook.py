# SPDX-License-Identifier: Apache-2.0
"""An office's own rules: read from its folder, tested by themselves, refused in a sentence when they do not hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from plainview.casework.rulebook import packs, shipped, told
from plainview.errors import WrongUsage
from plainview.model.clock import History, release_date

OWN = """
key = "own"
name = "Office rule 7"
law = "resolution of 2026"
days = 5
counts_from = "complaint"
unit = "business"
holidays = ["us-federal", "town"]
closed = [2026-07-06]

[[keeping]]
source = "shop camera video"
holder = "the shop"
days = 7

[[examples]]
says = "Five business days over Independence Day, a town holiday and a closed day"
incident = 2026-06-01
[examples.events]
complaint = 2026-07-01
[examples.expect]
release = 2026-07-13
"""
TOWN = '[[holiday]]\nname = "Founders Day"\nmonth = 7\nday = 8\n'


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.toml").write_text(OWN)
    (tmp_path / "rules" / "town.holidays.toml").write_text(TOWN)
    return tmp_path


def test_an_office_writes_its_own_rules(office: Path) -> None:
    """Business days, federal holidays, the town's, and a single closed day: July 3, 6 and 8 do not count."""
    found = packs(office)

    assert sorted(found) == ["california", "chicago", "colorado", "new-jersey", "new-york", "own"]
    history = History(date(2026, 6, 1), events={"complaint": date(2026, 7, 1)})
    assert release_date(found["own"], history).on == date(2026, 7, 13)
    assert any("Founders" in each.name for each in found["own"].calendar.holidays)
    assert "tested: Five business days" in "\n".join(told(found["own"], whole=True))


def test_an_offices_file_stands_in_front_of_a_shipped_one(office: Path) -> None:
    """A city that changed its policy need not wait for a new version of this program."""
    (office / "rules" / "chicago.toml").write_text(
        'key = "chicago"\nname = "New policy"\nlaw = ""\ndays = 40\ncounts_from = "incident"\n'
    )

    assert packs(office)["chicago"].days == 40
    assert shipped()["chicago"].days == 60


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("days = 5\n", "day = 5\n", "unknown word 'day'"),
        ("days = 5\n", "days = 0\n", "a rule of 0 days"),
        ("days = 5\n", 'days = "5"\n', "expected int"),
        ('"complaint"', '"complain"', "unknown event 'complain'"),
        ('"town"', '"city"', "no list of holidays 'city'"),
        ("2026-07-13", "2026-07-10", "fail their own examples.*2026-07-13, expected 2026-07-10"),
        ("days = 7", "dayz = 7", "keeping: unknown word 'dayz'"),
        ("[[keeping]]", "[[keeping", "rules"),
    ],
)
def test_rules_that_do_not_hold_are_refused(office: Path, old: str, new: str, sentence: str) -> None:
    """A typing mistake must not become a case without a deadline."""
    path = office / "rules" / "own.toml"
    path.write_text(OWN.replace(old, new, 1))

    with pytest.raises(WrongUsage, match=sentence):
        packs(office)
