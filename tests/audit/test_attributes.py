# SPDX-License-Identifier: Apache-2.0
"""What a file system keeps beside a file's bytes is no part of a release."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plainview.audit import verdict
from plainview.audit.outcome import Outcome


@pytest.mark.parametrize(("name", "kinds"), [("user.xdg.origin.url", ["file attribute"]), ("security.selinux", [])])
def test_where_a_file_was_fetched_from_does_not_travel_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kinds: list[str]
) -> None:
    """Browsers note the address; what the system itself keeps is not the office's."""
    monkeypatch.setattr(os, "listxattr", lambda path: [name], raising=False)
    outcome = Outcome()

    verdict._attack_attributes(tmp_path / "index.html", "data/index.html", outcome)

    assert [each.kind for each in outcome.findings] == kinds
