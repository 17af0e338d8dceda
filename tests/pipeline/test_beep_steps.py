# SPDX-License-Identifier: Apache-2.0
"""Beeps as steps of a run: a recording's finding, then what findings say together, through their stored JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from media.test_beeps import call, put, saved, street
from plainview.casework import showing
from plainview.casework.findings import FINDING_STEPS, Findings
from plainview.model import wire
from plainview.model.beep import BeepFinding, BeepTies
from plainview.model.edit import EditKind, EditTrace
from plainview.model.finding import Basis
from plainview.model.time import IncidentTime
from plainview.model.timeline import Alignment, Timeline
from plainview.pipeline.steps import STEPS


def test_beeps_go_from_a_file_to_the_timeline_that_is_shown(tmp_path: Path) -> None:
    """A camera's tone two minutes after it was switched on: examined, tied, and said in words."""
    track = street(130.0, seed=3)
    for at in (3.05, 123.0):
        put(track, at, call(), 0.2)
    track[: 3 * 16_000] = 0.0
    timeline = Timeline(
        (Alignment("EX-0001", IncidentTime(0), 0.0, 10_000, "sound", 0.9, "placed"),), (), (), (), Basis("sound", "1")
    )
    (tmp_path / "timeline.json").write_text(json.dumps(wire.plain(timeline)))

    (tmp_path / "beeps.json").write_text(
        STEPS["beeps"].run(tmp_path, path=str(saved(tmp_path, "a", track)), exhibit="EX-0001")
    )
    tied = STEPS["cameras"].run(
        tmp_path, beeps={"EX-0001": str(tmp_path / "beeps.json")}, timeline=str(tmp_path / "timeline.json")
    )

    finding = wire.load(BeepFinding, (tmp_path / "beeps.json").read_text())
    assert finding.activation is not None
    assert abs(finding.activation.at - 3_000_000) <= 20_000
    assert wire.load(BeepTies, tied).unseen == ()
    found = Findings(timeline=timeline, beeps={"EX-0001": finding}, cameras=wire.load(BeepTies, tied))
    desk = SimpleNamespace(
        found=found,
        exhibits=[SimpleNamespace(id="EX-0001", name="a.wav")],
        case=SimpleNamespace(at=datetime(2026, 3, 31, tzinfo=UTC)),
    )
    view = showing.VIEWS["timeline"](desk)  # type: ignore[arg-type]
    assert view.data["beeps"]["recordings"][0]["activation"]["at"] == finding.activation.at
    assert any("switched on 3.0" in line for line in view.lines)


def test_traces_of_editing_are_shown_with_the_timeline(tmp_path: Path) -> None:
    """A muted second goes through its stored JSON to a question with its time."""
    track = street(12.0, seed=3)
    track[5 * 16_000 : 6 * 16_000] = 0.0

    stored = STEPS["edits"].run(tmp_path, path=str(saved(tmp_path, "m", track)), exhibit="EX-0001")

    (trace,) = wire.build(tuple[EditTrace, ...], json.loads(stored))
    assert (trace.kind, round(trace.span.start / 1e6, 2)) == (EditKind.MUTE, 5.0)


def test_all_of_them_are_findings() -> None:
    """Their results are kept in the ledger like every other finding."""
    assert {"beeps", "cameras", "edits"} <= set(FINDING_STEPS) & set(STEPS)
