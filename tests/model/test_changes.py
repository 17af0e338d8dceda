# SPDX-License-Identifier: Apache-2.0
"""What one version changes from the one before is computed, and complete."""

from __future__ import annotations

from dataclasses import replace

from plainview.model.changes import changes
from plainview.model.release import Change
from plainview.model.transcript import TextState
from publish.example_release import example

WHY = "A recording arrived."


def test_a_first_version_changes_nothing() -> None:
    """There is nothing that it could differ from."""
    assert changes(None, example(), why=WHY) == ()


def test_the_same_release_twice_has_no_differences() -> None:
    """Nothing is told that did not happen."""
    assert changes(example(), example(), why=WHY) == ()


def test_added_and_removed_recordings_are_told() -> None:
    """By title, in both directions."""
    whole = example()
    fewer = replace(whole, recordings=whole.recordings[1:])

    assert changes(fewer, whole, why=WHY) == (Change("added", "Recording: Recording bwc-1", WHY),)
    assert changes(whole, fewer, why=WHY) == (Change("removed", "Recording: Recording bwc-1", WHY),)


def test_new_pixels_in_a_recording_are_a_correction() -> None:
    """More was hidden: the file has another digest."""
    before = example()
    first = before.recordings[0]
    files = tuple(replace(r, sha256="9" * 64) if r.role == "full" else r for r in first.renditions)
    after = replace(before, recordings=(replace(first, renditions=files), *before.recordings[1:]))

    assert changes(before, after, why=WHY) == (Change("corrected", "Recording: Recording bwc-1", WHY),)


def test_a_line_that_a_person_corrected_is_quoted_at_its_time() -> None:
    """The machine's own changes are not told one by one."""
    before = example()
    words = tuple(
        replace(word, text=text) for word, text in zip(before.utterances[0].words, ("Drop", "that", "gun"), strict=True)
    )
    person = replace(before.utterances[0], words=words)
    machine = replace(person, state=TextState.MACHINE)

    after = replace(before, utterances=(person, *before.utterances[1:]))
    assert changes(before, after, why=WHY) == (
        Change("corrected", "Transcript at 21:41:04: now reads “Drop that gun”", WHY),
    )
    assert changes(before, replace(before, utterances=(machine, *before.utterances[1:])), why=WHY) == ()


def test_status_statements_and_moments_are_compared_too() -> None:
    """An answer that came, a quotation mended, a moment dismissed."""
    before = example()
    after = replace(
        before,
        status=(replace(before.status[0], open=False),),
        statements=(replace(before.statements[0], quote="Drop the gun, he said."),),
        moments=before.moments[1:],
    )

    assert [(change.kind, change.what.split(":")[0]) for change in changes(before, after, why=WHY)] == [
        ("removed", "Moment"),
        ("corrected", "Statement"),
        ("corrected", "Status"),
    ]
