# SPDX-License-Identifier: Apache-2.0
"""The list of planted leaks in the documentation is the corpus itself: nothing more, nothing less."""

from __future__ import annotations

import re
from pathlib import Path

from audit.test_planted_leaks import LEAKS

LIST = (Path(__file__).parents[2] / "docs" / "planted-leaks.md").read_text(encoding="utf-8")


def test_the_list_names_every_kind_of_leak_and_how_it_is_found() -> None:
    rows = re.findall(r"^\| (.+?) \| `(.+?)` \| (.+?) \|$", LIST, re.MULTILINE)

    assert sorted((name, kind) for name, kind, _ in rows) == sorted((leak.name, leak.kind) for leak in LEAKS)
    assert len({leak.name for leak in LEAKS}) == len(LEAKS) >= 60
