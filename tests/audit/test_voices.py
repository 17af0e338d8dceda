# SPDX-License-Identifier: Apache-2.0
"""A voice that is disguised is no leak; one that was left as it was, anywhere in the stretch, is found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from media.spoken import RATE, scene
from plainview.audit import sound
from plainview.audit.outcome import Outcome
from plainview.media.disguise import carrier
from plainview.media.soundtrack import write_sound
from plainview.model.audit import AuditedRecording
from plainview.model.redaction import Ground, Mute, RecordingPlan
from plainview.model.time import MediaSpan, MediaTime, media_seconds

CALLER = Ground("caller-1", "private-contact", "an invented law")
LINES = ((1.0, "s01"), (4.5, "s02"), (8.0, "s03"), (11.5, "s04"), (15.0, "s05"))
SECONDS = 20
SPOKEN = MediaSpan(media_seconds(0.5), media_seconds(19.0))


@pytest.fixture(scope="module", params=[0.0, 0.003], ids=["clean", "in_noise"])
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of five spoken lines, across the place where the noise is drawn anew."""
    path = tmp_path_factory.mktemp("voices") / "call.wav"
    samples = scene(SECONDS, LINES, noise=request.param)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray((samples[None] * 32767).astype(np.int16), format="s16", layout="mono")
        frame.rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def published(original: Path, folder: Path, *mutes: Mute, rate: int = RATE) -> Path:
    """The sound as a release holds it."""
    write_sound(original, folder / "a.m4a", folder / "wave.dat", rate=rate, mutes=mutes, until=MediaTime(0))
    return folder / "a.m4a"


def attacked(path: Path, *mutes: Mute) -> Outcome:
    """What the audit says of it under a plan."""
    outcome = Outcome()
    plan = RecordingPlan("EX-0001", mutes=mutes)
    sound.attack_sound(path, "a.m4a", AuditedRecording("call", plan, 0, 0), outcome)
    return outcome


VOICE = Mute(SPOKEN, CALLER, "voice")


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_a_disguised_voice_is_no_leak_and_the_voice_itself_is_one(original: Path, rate: int, tmp_path: Path) -> None:
    """The same stretch under the same plan: disguised, then as it was said."""
    clean = attacked(published(original, tmp_path, VOICE, rate=rate), VOICE)
    said = attacked(published(original, tmp_path, rate=rate), VOICE)

    assert clean.findings == []
    assert clean.checked["disguised voices"] == 1
    assert [(each.kind, each.subject) for each in said.findings] == [("sound", "caller-1")]


def test_a_tone_that_ends_with_the_sound_is_no_leak_where_the_pictures_go_on(original: Path, tmp_path: Path) -> None:
    """A mute to the end of pictures that last 16 ms longer than the sound; begun half a second late, words are heard."""
    end = media_seconds(SECONDS + 0.016)
    hidden, late = (Mute(MediaSpan(media_seconds(start), end), CALLER, "tone") for start in (15.0, 15.5))
    findings = []
    for made in (hidden, late):
        write_sound(original, tmp_path / "a.m4a", tmp_path / "wave.dat", rate=RATE, mutes=(made,), until=end)
        findings.append([(each.kind, each.subject) for each in attacked(tmp_path / "a.m4a", hidden).findings])

    assert findings == [[], [("sound", "caller-1")]]


@pytest.mark.parametrize("line", range(len(LINES)))
def test_one_line_left_as_it_was_said_is_found_at_its_time(line: int, original: Path, tmp_path: Path) -> None:
    """Of five lines four are disguised: the fifth is found, within two seconds of where it begins."""
    begin = LINES[line][0]
    left = MediaSpan(media_seconds(begin - 0.2), media_seconds(begin + 3.2))
    parts = [Mute(MediaSpan(SPOKEN.start, left.start), CALLER, "voice"), Mute(MediaSpan(left.end, SPOKEN.end), CALLER, "voice")]

    found = attacked(published(original, tmp_path, *(each for each in parts if each.span.length)), VOICE).findings

    assert len(found) == 1
    assert found[0].at is not None
    assert abs(found[0].at / 1e6 - begin) <= 2.0


def test_a_tone_inside_a_disguised_stretch_is_judged_as_a_tone(original: Path, tmp_path: Path) -> None:
    """A name under a tone in the middle of a disguised call: nothing is found of either; without the tone it is."""
    name = MediaSpan(media_seconds(5.0), media_seconds(6.0))
    around = [replace(VOICE, span=MediaSpan(SPOKEN.start, name.start)), replace(VOICE, span=MediaSpan(name.end, SPOKEN.end))]
    plan = (around[0], Mute(name, CALLER, "tone"), around[1])

    assert attacked(published(original, tmp_path, *plan), *plan).findings == []
    assert len(attacked(published(original, tmp_path, VOICE), *plan).findings) == 1


def test_maker_and_audit_draw_the_same_noise() -> None:
    """They share no code; the numbers are in the threat model, and these are equal sample for sample."""
    ours, theirs = carrier(123_456, 400_000, rate=16_000), sound._noise(123_456, 400_000, 16_000)

    assert np.array_equal(ours, theirs)
