# SPDX-License-Identifier: Apache-2.0
"""Write ``docs/formats/desk-api.json``, the OpenAPI description of the desk; a test fails while it is not current."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from plainview.casework.workspace import create
from plainview.model.case import Agent

TARGET = Path(__file__).resolve().parent.parent / "docs" / "formats" / "desk-api.json"


def main() -> None:
    """Set the desk up for an office that is thrown away, and ask it."""
    from plainview.desk import server

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "o"
        prepare_office(root)
        server.prepare(root)
        from plainview.desk import api, urls

        assert urls.urlpatterns  # addresses are reversed by name
        TARGET.write_text(json.dumps(api.description(), indent=1, sort_keys=True) + "\n")


def prepare_office(root: Path) -> None:
    """In a process of its own, since the desk sets Django up before anything opens a ledger."""
    import multiprocessing

    made = multiprocessing.get_context("spawn").Process(target=_make, args=(root,))
    made.start()
    made.join()
    assert made.exitcode == 0


def _make(root: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    create(root, name="Office", contact="", at=at, acting=Agent("nobody"), seed=b"describe")


if __name__ == "__main__":
    main()
