# SPDX-License-Identifier: Apache-2.0
"""The page about exit codes says what the code does."""

from __future__ import annotations

import inspect
import pickle
import re
from pathlib import Path

import pytest

from plainview import errors
from plainview.errors import Blocked, PlainviewError, UnreadableInput

PAGE = (Path(__file__).parent.parent / "docs" / "error-codes.md").read_text(encoding="utf-8")
CLASSES = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, PlainviewError) and kind.__module__ == errors.__name__
}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_is_on_the_page_with_its_code(name: str) -> None:
    """A new class without a line in the docs fails here."""
    row = re.search(rf"^\| `{name}` \| (\d+) \|", PAGE, re.MULTILINE)

    assert row is not None
    assert int(row[1]) == CLASSES[name].exit_code


def test_the_page_names_no_error_that_is_gone() -> None:
    """And a removed one too."""
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(CLASSES)


def test_every_code_is_explained() -> None:
    """The table of codes covers all that the classes use."""
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}

    assert {kind.exit_code for kind in CLASSES.values()} | {0} <= explained


def test_an_unreadable_input_names_itself_and_its_cause() -> None:
    """One sentence that can stand alone on a screen; the parts are kept for tables."""
    error = UnreadableInput("IMG_1.jpg", "the picture is cut short")

    assert str(error) == "IMG_1.jpg: the picture is cut short"
    assert (error.name, error.cause) == ("IMG_1.jpg", "the picture is cut short")


def test_an_unreadable_input_comes_whole_out_of_a_child_process() -> None:
    """Workers send their errors pickled; the sentence and its parts arrive."""
    there = pickle.loads(pickle.dumps(UnreadableInput("film.mp4", "the file was cut off")))

    assert (type(there), str(there), there.cause) == (
        UnreadableInput,
        "film.mp4: the file was cut off",
        "the file was cut off",
    )


def test_a_blocked_command_lists_what_blocks_it() -> None:
    """So that a person can decide one after the other."""
    assert Blocked("2 proposals are undecided", ["p1", "p2"]).items == ("p1", "p2")
