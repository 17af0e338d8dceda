# SPDX-License-Identifier: Apache-2.0
"""What stands in place of what is hidden is a person's decision: a tone, silence, a disguised voice, whole pictures.

The case is that of ``test_closure``: six recorders, one of them hears nothing when the name is said, a seventh is on
no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from casework.test_closure import AT, GROUND, NAME, OFFSETS, SAID, desk
from plainview.casework.planning import plan_case, released_utterances
from plainview.casework.reading import READERS
from plainview.casework.releasing import redacted_spans
from plainview.casework.review import row, wire_row
from plainview.casework.standing import Desk
from plainview.model.case import Agent
from plainview.model.redaction import COVERS, Mute, RecordingPlan
from plainview.model.time import SECOND, MediaSpan, MediaTime

__all__ = ["desk"]

HIDE = {"outcome": "hide", "subject": "caller-1", "reason": "private-contact", "law": "an invented law"}
LATE = SAID + 11 * SECOND
"""When the next sentence is said, ten seconds after the name."""


def decide(desk: Desk, line: Mapping[str, Any]) -> None:
    """The line as ``review --apply`` takes it."""
    for body in READERS["redaction"](desk, {**HIDE, **line}):
        made = row(desk.case, body, Agent("R. Ames", "redactor"), AT)
        desk.rows.append(wire_row(made, len(desk.rows) + 1))


def covers(plan: RecordingPlan, at: int) -> set[str]:
    """What is heard of a recording at one instant instead of what was recorded."""
    return {mute.cover for mute in plan.mutes if mute.span.start <= at < mute.span.end}


def late(exhibit: str) -> dict[str, Any]:
    second = (LATE - OFFSETS[exhibit] * SECOND) / SECOND
    return {"exhibit": exhibit, "kind": "words", "from_s": second, "to_s": second + 1}


@pytest.mark.parametrize("cover", ["tone", "silence", "voice"])
def test_the_cover_that_was_decided_is_on_every_recording_that_hears_it(desk: Desk, cover: str) -> None:
    """One line about one recording: the five that hear voice then are covered so, the sixth and seventh not at all."""
    decide(desk, {**late("R1"), "cover": cover})

    plan = plan_case(desk)

    middle = LATE + SECOND // 2
    found = {each: covers(plan.recording(each), middle - OFFSETS[each] * SECOND) for each in OFFSETS}
    assert found == {each: {cover} if each != "R6" else set() for each in OFFSETS}
    assert plan.recording("R7").mutes == ()


def test_a_disguised_voice_keeps_its_words_in_the_transcript_and_a_tone_does_not(desk: Desk) -> None:
    """The sentence around the hidden name: disguised it is still read, under a tone it is not; the name never is."""
    span = {"exhibit": "R1", "kind": "words", "from_s": SAID / SECOND - 1.5, "to_s": SAID / SECOND + 1.5}

    decide(desk, {**span, "cover": "voice"})
    (disguised,) = released_utterances(desk, plan_case(desk))
    decide(desk, {**span, "cover": "tone"})
    (toned,) = released_utterances(desk, plan_case(desk))

    assert "the caller" in disguised.text
    assert "caller" not in toned.text
    assert not any(NAME.split()[0] in each.text for each in (disguised, toned))


def test_where_words_are_hidden_no_disguise_lets_them_be_followed(desk: Desk) -> None:
    """The name is said inside a disguised stretch: there it is a tone and nothing else, around it the disguise."""
    decide(desk, {"exhibit": "R1", "kind": "words", "from_s": 15, "to_s": 27, "cover": "voice"})

    mutes = plan_case(desk).recording("R1").mutes

    assert [mute.cover for mute in mutes] == ["voice", "tone", "voice"]
    assert all(a.span.end == b.span.start for a, b in pairwise(mutes))
    assert covers(RecordingPlan("R1", mutes=mutes), SAID + SECOND // 2) == {"tone"}


def test_a_recording_on_no_clock_has_its_own_sound_hidden(desk: Desk) -> None:
    """A call that nothing else hears: the caller's voice is disguised on it alone."""
    decide(desk, {"exhibit": "R7", "kind": "words", "from_s": 5, "to_s": 8, "cover": "voice"})

    plan = plan_case(desk)

    (mute,) = plan.recording("R7").mutes
    assert (mute.cover, mute.span.start < 5 * SECOND, mute.span.end > 8 * SECOND) == ("voice", True, True)
    assert all("voice" not in {each.cover for each in plan.recording(other).mutes} for other in OFFSETS)


def test_whole_pictures_are_hidden_on_the_recording_that_was_named(desk: Desk) -> None:
    """From 3 s to 4 s nothing of R2 is seen; proposals are left as they were, and R1 is seen."""
    before = dict(desk.state.outcomes)
    decide(desk, {"exhibit": "R2", "whole": True, "from_s": 3, "to_s": 4})

    plan = plan_case(desk)

    assert plan.recording("R2").blacked_out(MediaTime(3_000_000))
    assert plan.recording("R2").blacked_out(MediaTime(4_000_000))
    assert not plan.recording("R2").blacked_out(MediaTime(4_100_000))
    assert plan.recording("R1").blackouts == ()
    assert desk.state.outcomes == before


def test_the_public_is_told_which_cover_stands_where(desk: Desk) -> None:
    """A disguised voice, silence, a tone and whole pictures are four things on the page of what is not shown."""
    decide(desk, {**late("R1"), "cover": "voice"})
    decide(desk, {"exhibit": "R1", "kind": "words", "from_s": 2, "to_s": 3, "cover": "silence"})
    decide(desk, {"exhibit": "R1", "whole": True, "from_s": 3, "to_s": 4})
    desk.found.heard.pop("R1")

    told = {each.what for each in redacted_spans(plan_case(desk).recording("R1"))}

    assert told == {"voice (disguised)", "sound (silence)", "sound (tone)", "whole picture"}


def test_a_disguise_hides_no_words_a_tone_and_silence_do() -> None:
    span = MediaSpan(MediaTime(0), MediaTime(SECOND))

    assert [Mute(span, GROUND, cover).hides_words for cover in COVERS] == [True, True, False]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"exhibit": "R1", "kind": "words", "cover": "voice"}, "still says the words"),
        ({"proposal": "words-1-abc", "cover": "voice"}, "still says the words"),
        ({"exhibit": "R1", "kind": "words", "from_s": 1, "to_s": 2, "cover": "blur"}, "unknown cover 'blur'"),
        ({"exhibit": "R1", "whole": True, "from_s": 1, "to_s": 2, "outcome": "keep"}, "hidden or not mentioned"),
        ({**late("R1"), "cover": "voice", "outcome": "keep"}, "disguised to hide it"),
        ({"exhibit": "R1", "whole": True, "from_s": 1, "to_s": 2, "law": ""}, "needs subject, reason and law"),
    ],
)
def test_a_cover_that_makes_no_sense_is_refused_with_a_sentence(
    desk: Desk, line: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        decide(desk, line)
