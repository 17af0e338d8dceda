# SPDX-License-Identifier: Apache-2.0
"""The whole demonstration against what its simulator knows, and in a real browser."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from browser.walk import walk
from conftest import plainview
from truths import delivered, placements, shown, truth

pytestmark = pytest.mark.slow


def test_every_recording_that_overlaps_is_placed_and_the_stranger_is_not(full: Path) -> None:
    """Placed within 100 ms of the truth by sound (within its own error bar by a clock alone); the fair is left apart."""
    errors, unplaced = placements(full)
    bars = {delivered(full)[a["exhibit"]]: a["uncertainty"] / 1e6 for a in shown(full, "timeline")["alignments"]}
    known = {row["path"]: row for row in truth(full)["recordings"]}

    late = {
        path: error
        for path, error in errors.items()
        if abs(error) > (0.1 if known[path].get("audio_codec") else max(0.1, bars[path.rsplit("/", 1)[-1]]))
    }
    strangers = [row["path"].rsplit("/", 1)[-1] for row in known.values() if not row["placed"]]

    assert late == {}
    assert {path for path, row in known.items() if row["placed"]} == set(errors)
    assert set(strangers) <= set(unplaced)


def test_both_commands_are_found_where_they_were_said(full: Path) -> None:
    """"Drop the gun" is in the transcript twice, within a second of when it was said."""
    said = [u["start_t"] for u in truth(full)["utterances"] if "drop the gun" in u["text"].casefold()]
    fused = shown(full, "transcript")["utterances"]
    heard = [u["start"] / 1e6 for u in fused if "drop the gun" in " ".join(w["text"] for w in u["words"]).casefold()]

    assert len(said) == 2
    assert all(any(abs(at - found) < 1.0 for found in heard) for at in said), (said, heard)


def test_the_interval_of_shots_contains_five(full: Path) -> None:
    """The machine's count is an interval around the truth, at most three wide."""
    shots = shown(full, "moments")["shots"]

    assert truth(full)["shot_count"] == 5
    assert shots["low"] <= 5 <= shots["high"]
    assert shots["high"] - shots["low"] <= 3


def test_no_hidden_subject_is_left_anywhere(full: Path) -> None:
    """No published byte and no name holds the witness's name, birth date or telephone, or the plate."""
    terms = [b"Whitlock", b"06/04/1987", b"555-0142", b"7KLM419"]
    for path in sorted((full / "site").rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        assert [t for t in terms if t in content or t in path.name.encode()] == [], path


def test_the_audit_and_the_checker_are_content(full: Path) -> None:
    """Both versions verify and are found clean where they are published."""
    assert plainview("verify", full / "site").returncode == 0
    audited = plainview("audit", full / "site")
    assert audited.returncode == 0, audited.stderr


def test_a_reader_walks_the_page(full: Path) -> None:
    """Plays four cameras together, searches, follows every citation, reads without script, no axe violation."""
    walked = walk(full / "site")

    assert [problem for page in walked for problem in page.problems] == []
    assert all(page.spread_ms <= 50 and page.moving == 4 for page in walked[-1:]), walked


def test_clocks_that_are_wrong_are_said_to_be(full: Path) -> None:
    """The shop camera's burned-in clock is minutes off; the page says so."""
    import json

    newest = sorted((full / "site").glob("c/*/v*"))[-1]
    case = json.loads((newest / "data" / "case.json").read_text())
    shop = next(r for r in case["recordings"] if r["slug"].startswith("shop"))

    assert any("4 min" in note for note in shop["clock_notes"]), shop["clock_notes"]
    assert datetime.fromisoformat(case["released_at"]).year == 2026
