# SPDX-License-Identifier: Apache-2.0
"""What was known by construction, against what was found: scorers the walks share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import plainview


def truth(demo: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((demo / "truth.json").read_text())
    return loaded


def shown(demo: Path, what: str) -> Any:
    """``plainview show`` as data."""
    done = plainview("-C", demo / "office", "show", truth(demo)["case"], what, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def delivered(demo: Path) -> dict[str, str]:
    """Exhibit id → delivered base name."""
    done = plainview("-C", demo / "office", "show", truth(demo)["case"], "custody", "--json")
    names = {}
    for entry in json.loads(done.stdout):
        if entry["type"].endswith("/ing"):
            names[entry["subject"]] = entry["detail"].split(" as ", 1)[1].rsplit(", ", 1)[0].rsplit("/", 1)[-1]
    return names


def placements(demo: Path) -> tuple[dict[str, float], list[str]]:
    """(recording → error in seconds against the truth, after removing the common shift; names not placed).

    The truth is the recorder's clock, so what sound needed to reach it counts as error here.
    """
    known = {row["path"].rsplit("/", 1)[-1]: row for row in truth(demo)["recordings"]}
    names, found = delivered(demo), shown(demo, "timeline")
    errors = {}
    for each in found["alignments"]:
        row = known.get(names[each["exhibit"]])
        if row is not None:
            errors[row["path"]] = each["offset"] / 1e6 - row["offset_s"]
    shift = sorted(errors.values())[len(errors) // 2]
    unplaced = [names[exhibit] for exhibit, _ in found["unplaced"]]
    return {name: error - shift for name, error in errors.items()}, unplaced
