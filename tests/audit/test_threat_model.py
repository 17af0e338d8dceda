# SPDX-License-Identifier: Apache-2.0
"""The threat model promises nothing that no test holds."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")


def test_every_guarantee_names_tests_that_exist() -> None:
    """Each row G1, G2 … names at least one test, and every test named is in the file named."""
    rows = re.findall(r"^\| (G\d+) \| .* \| (.*) \|$", MODEL, re.MULTILINE)

    assert [number for number, _ in rows] == [f"G{i}" for i in range(1, len(rows) + 1)]
    for number, tests in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
        assert named, number
        for path, test in named:
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), (number, test)
