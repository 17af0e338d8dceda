# SPDX-License-Identifier: Apache-2.0
"""What one version changes from the one before is computed, and complete."""

from __future__ import annotations

from dataclasses import replace

from plainview.model.changes import changes, excerpt, retold
from plainview.model.release import Change, Deadline, Fact, NotShown, Version, Withholding
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

    assert changes(before, after, why=WHY) == (Change("corrected", "Recording: Recording bwc-1, published file", WHY),)


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
        Change(
            "corrected", "Transcript at 21:41:04", WHY, "Officer A: Drop the gun", "Officer A: Drop that gun"
        ),
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


def test_everything_a_reader_sees_is_compared() -> None:
    """Headline, facts, hidden time, missing items, due date and a page's words, old beside new."""
    before = replace(example(), facts=(Fact("When", "Saturday"),), deadline=None)
    paper = before.documents[0]
    after = replace(
        before,
        headline="Another headline",
        facts=(Fact("When", "Sunday"),),
        deadline=Deadline(before.case.at, "own", "60 days."),
        documents=(replace(paper, pages=(replace(paper.pages[0], text="Reason for the chase"),)),),
        withheld=(Withholding("picture", "minor", "705 ILCS 405", 0.5),),
        not_shown=(NotShown("", "Dash camera", "Not received."),),
    )

    assert [(c.kind, c.what, c.before, c.after) for c in changes(before, after, why=WHY)] == [
        ("corrected", "Headline", "Headline", "Another headline"),
        ("added", "Due date", "", "2026-03-14: 60 days."),
        ("corrected", "Fact: When, words", "Saturday", "Sunday"),
        ("corrected", "Document: Tactical response report, page 1", "Reason for the stop", "Reason for the chase"),
        ("added", "Hidden: picture, minor, 705 ILCS 405", "", ""),
        ("added", "Missing: Dash camera", "", ""),
    ]


def test_words_that_are_hidden_now_are_not_said_again() -> None:
    """A name taken out of a moment and of a page is not quoted as what stood there before, nor by later versions."""
    before = example()
    named = replace(before.moments[0], text="Odessa Quill calls 911.")
    older = replace(before, moments=(named, *before.moments[1:]))
    told = changes(older, before, why=WHY, hidden=lambda text: "Quill" in text)

    assert told == (
        Change("corrected", "Moment: “Drop the gun” — first, text", WHY, "", "Text of the moment."),
    )
    paper = replace(before.documents[0], redactions=(("private-contact", "5 ILCS 140/7(1)(c)", 3),),
                    pages=(replace(before.documents[0].pages[0], text="Reason for the [private contact]"),))  # fmt: skip
    page = next(c for c in changes(before, replace(before, documents=(paper,)), why=WHY) if "page" in c.what)
    assert (page.before, page.after) == ("", "Reason for the [private contact]")


def test_history_tells_only_words_that_still_stand() -> None:
    """Version 2 corrected a line that version 3 hides: version 3 says that a line was corrected, not how."""
    now = example()
    told = (
        Change("corrected", "Transcript at 21:41:04", WHY, "Drop a gun", "Officer A: Drop the gun"),
        Change("corrected", "Transcript at 21:41:06", WHY, "My name is", "My name is Odessa"),
    )

    (version,) = retold((Version(2, now.released_at, "", told),), now, hidden=lambda text: False)
    assert version.changes == (told[0], Change("corrected", "Transcript at 21:41:06", WHY))


def test_a_long_text_is_cut_to_where_it_differs() -> None:
    """Six words on each side of one changed word."""
    old = [f"w{n}" for n in range(100)]
    new = [*old[:50], "other", *old[51:]]

    assert excerpt(" ".join(old), " ".join(new)) == (
        f"… {' '.join(old[44:57])} …",
        f"… {' '.join(new[44:57])} …",
    )
