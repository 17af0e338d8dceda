# SPDX-License-Identifier: Apache-2.0
"""A place on a page that no reader of words can find, a signature or a stamp: drawn by a person, hidden in the release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plainview.casework import review, standing
from plainview.casework.intake import receive
from plainview.casework.planning import plan_case
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import WrongUsage
from plainview.media.letter import letter
from plainview.media.pages import conceal
from plainview.media.sheets import sheets
from plainview.model.case import Agent, Exhibit
from plainview.model.finding import Box
from plainview.model.redaction import DocumentPlan

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
AMES = Agent("R. Ames")
WHERE = {"subject": "witness-1", "reason": "witness", "law": "an invented law"}


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """A letter of one page and a note, both with a title."""
    given = tmp_path / "d"
    given.mkdir()
    (given / "letter.pdf").write_bytes(letter(["A line at the top of the page."], title="T"))
    (given / "note.txt").write_text("A note that names nobody.\n")
    made = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"areas")
    case = open_case(made, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    receive([given], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=AMES, secret=b"s")
    decide(made, *({"decide": "title_exhibit", "path": name, "title": name, "slug": name[:4]} for name in ("letter.pdf", "note.txt")))
    return made


def decide(office: Workspace, *lines: dict[str, Any]) -> None:
    review.apply(office, office.case("C-1"), lines, at=AT, default_agent="C. Okafor")


def area(**words: Any) -> dict[str, Any]:
    return {"decide": "redaction", "outcome": "hide", "path": "letter.pdf", "page": 1, "area": [300, 600.4, 100, 50], **WHERE, **words}


def planned(office: Workspace) -> DocumentPlan:
    return next(each for each in plan_case(standing.open_desk(office, office.case("C-1"))).documents if each.exhibit == exhibit(office).id)


def exhibit(office: Workspace) -> Exhibit:
    return next(each for each in office.ledger.exhibits("C-1") if each.name == "letter.pdf")


def test_a_drawn_place_is_black_in_what_is_published_and_shows_again_when_taken_back(office: Workspace, tmp_path: Path) -> None:
    """The place, outward to whole points, is one colour on the rendered page, where the page was white; taken back, it
    is hidden no more."""
    decide(office, area())
    plan = planned(office)
    original = office.vault.original(exhibit(office))
    made = conceal(original, tmp_path / "out", plan=plan, name="letter.pdf")
    (before,) = sheets(original, name="letter.pdf")
    (after,) = sheets(tmp_path / "out" / "document.pdf", name="document.pdf")

    (mask,) = plan.masks
    assert (mask.x, mask.y, mask.w, mask.h, mask.ground.subject) == (300, 600, 100, 51, "witness-1")
    scale = before.picture.shape[0] / before.height
    middle = int(625 * scale), int(320 * scale)
    assert (int(before.picture[middle].min()), int(after.picture[middle].max()), made.hidden) == (255, 0, (("witness", "an invented law", 1),))

    number = office.ledger.decisions("C-1")[-1].seq
    decide(office, {"decide": "take_back", "decision": number, "reason": "it was a stain"})
    assert planned(office).masks == ()


def test_a_place_where_a_face_may_be_seen_is_told_to_the_audit_and_covers_nothing(office: Workspace) -> None:
    """It needs no law, hides nothing, and stands in the decisions with whoever made it until it is taken back."""
    kept = {"decide": "redaction", "outcome": "keep", "path": "letter.pdf", "page": 1, "area": [300, 600, 100, 50], "subject": "officer-1"}
    decide(office, kept)
    desk = standing.open_desk(office, office.case("C-1"))

    (area,) = desk.state.kept_areas
    assert (area.exhibit, area.page, area.box, area.ground.subject) == (exhibit(office).id, 1, Box(300, 600, 100, 50), "officer-1")
    assert planned(office).masks == ()

    decide(office, {"decide": "take_back", "decision": office.ledger.decisions("C-1")[-1].seq, "reason": "not an officer"})
    assert standing.open_desk(office, office.case("C-1")).state.kept_areas == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"path": "note.txt"}, "no pages to draw on"),
        ({"page": 2}, "pages 1 to 1"),
        ({"area": [10, 10, 0, 5]}, "a width and a height"),
        ({"outcome": "keep", "page": 2}, "pages 1 to 1"),
        ({"law": ""}, "subject, reason and law"),
    ],
)
def test_a_place_that_is_none_is_refused(office: Workspace, words: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongUsage, match=said):
        decide(office, area(**words))
