# SPDX-License-Identifier: Apache-2.0
"""Where the next version stands, asked at any moment of its making."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from plainview.casework import publishing
from plainview.casework.workspace import create, open_case
from plainview.errors import Blocked, WrongUsage
from plainview.model.case import Agent

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def test_a_version_that_is_being_built_is_not_there_yet(tmp_path: Path) -> None:
    """Before anything is built, with its files laid out, and with a bag that has no list: none of these is a version."""
    office = create(tmp_path / "o", name="Office", contact="", at=AT, acting=Agent("Ames"), seed=b"x")
    case = open_case(office, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=Agent("Ames"))
    build = office.root / "build" / "C-1"

    with pytest.raises(WrongUsage, match="nothing is built"):
        publishing.built(office, case)
    (build / "v1-files").mkdir(parents=True)
    with pytest.raises(WrongUsage, match="nothing is built"):
        publishing.built(office, case)
    (build / "v1").mkdir()
    with pytest.raises(Blocked, match="is being built"):
        publishing.built(office, case)
    assert publishing.standing(office, case) is None
