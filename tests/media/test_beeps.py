# SPDX-License-Identifier: Apache-2.0
"""A body camera's two-minute beeps tell its clock, its activation, and who else was there."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from media.spoken import RATE, Sound, line, siren
from plainview.media import beeps
from plainview.media.beeps import beep_anchors, examine, listen, unseen_cameras
from plainview.model import wire
from plainview.model.beep import BeepFinding
from plainview.model.time import SECOND, IncidentTime
from plainview.model.timeline import Alignment, Timeline

FAST_PPM = 31.0
"""The tested camera's clock runs this much fast: its recording must be corrected by as much downwards."""

SWITCHED_ON = 29.7
"""Seconds of media time at which the wearer switches on; the buffer before is silent."""


def call(hertz: float = 1650.0, *, tone_s: float = 0.15, tones: int = 2, step_s: float = 0.4) -> Sound:
    """Two short tones with soft edges, peak 1."""
    t = np.arange(round(tone_s * RATE)) / RATE
    one = np.sin(2 * np.pi * hertz * t) * np.clip(np.minimum(t, t[-1] - t) / 0.004, 0, 1)
    out = np.zeros(round((tones - 1) * step_s * RATE) + len(one))
    for k in range(tones):
        out[round(k * step_s * RATE) :][: len(one)] += one
    return out.astype(np.float32)


def put(track: Sound, at: float, sound: Sound, gain: float) -> None:
    first = round(at * RATE)
    track[first : first + len(sound)] += np.float32(gain) * sound


def saved(folder: Path, name: str, track: Sound) -> Path:
    path = folder / f"{name}.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(track, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def street(seconds: float, *, seed: int) -> Sound:
    """Noise with somebody speaking every few seconds."""
    rng = np.random.default_rng(seed)
    track = (0.004 * rng.standard_normal(round(seconds * RATE))).astype(np.float32)
    for k, at in enumerate(np.arange(3.0, seconds - 8, 7.0).tolist()):
        put(track, at, line(("s07", "s09", "s12")[k % 3]), 0.2)
    return track


def beep_times(seconds: float) -> list[float]:
    """Media times of the tested camera's own beeps."""
    every = 120 * (1 + FAST_PPM * 1e-6)
    return [SWITCHED_ON + k * every for k in range(1, 20) if SWITCHED_ON + k * every < seconds - 2]


NEIGHBOURS = (61.2, 181.2, 301.2)
"""Seconds at which another camera's beeps arrive, a tenth as loud as the voices."""


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> BeepFinding:
    """A body camera with a silent buffer, its own beeps, a voice, and a neighbour 10 dB above the street."""
    track = street(400.0, seed=4)
    under = float(np.sqrt(np.mean(track[round(61.2 * RATE) : round(61.8 * RATE)] ** 2)))
    for at in NEIGHBOURS:
        put(track, at, call(), max(under, 0.004) * 10 ** (10 / 20) * 2**0.5)
    for at in beep_times(400.0):
        put(track, at, call(), 0.2)
    track[: round(SWITCHED_ON * RATE)] = 0.0
    put(track, SWITCHED_ON + 0.05, call(), 0.2)
    return listen(saved(tmp_path_factory.mktemp("beeps"), "camera", track), exhibit="EX-0001")


def test_own_beeps_give_the_drift(heard: BeepFinding) -> None:
    """31 ppm fast is found to 2 ppm, from the camera's own beeps and no neighbour's."""
    own = heard.own

    assert own is not None
    assert own.drift_ppm is not None
    assert abs(own.drift_ppm + FAST_PPM) <= 2.0
    assert [abs(b.at / SECOND - t) < 0.003 for b, t in zip(own.beeps, beep_times(400.0), strict=True)] == [True] * 3


def test_activation_is_the_end_of_the_silent_buffer(heard: BeepFinding) -> None:
    """The switch is found to 20 ms, with the reasons that agree; the buffer ends there."""
    assert heard.activation is not None
    assert abs(heard.activation.at / SECOND - SWITCHED_ON) <= 0.020
    assert "start tones follow" in heard.activation.how
    assert "two-minute beeps, reckoned back" in heard.activation.how
    assert heard.buffer is not None
    assert heard.buffer.end == heard.activation.at


def test_a_neighbours_beeps_are_found_in_the_street(heard: BeepFinding) -> None:
    """Each of the other camera's beeps is there to 5 ms, in a train that is not the camera's own."""
    others = [b.at / SECOND for train in heard.trains if not train.own for b in train.beeps]

    assert [min(abs(at - t) for at in others) < 0.005 for t in NEIGHBOURS] == [True] * 3


def test_a_call_that_rings_in_the_street_is_still_two_tones() -> None:
    """Houses fill the pause between two near tones with echoes far above the noise: both tones have their ends."""
    track = (0.001 * np.random.default_rng(3).standard_normal(3 * RATE)).astype(np.float32)
    beep = call(tone_s=0.28, step_s=0.35)
    for late, gain in ((0.0, 0.2), (0.011, 0.06), (0.047, -0.04)):
        put(track, 1.0 + late, beep, gain)

    found = beeps.tones(track)

    assert [(round(at, 2), round(hertz)) for at, _, hertz in found] == [(1.0, 1650), (1.35, 1650)]


def test_a_finding_survives_its_json(heard: BeepFinding) -> None:
    """What is stored is what was found."""
    assert wire.build(BeepFinding, wire.plain(heard)) == heard


def test_voices_and_sirens_are_no_beeps(tmp_path: Path) -> None:
    """A street with speech and a siren has no train, no activation, no buffer."""
    track = street(130.0, seed=9)
    track[: 30 * RATE] += siren(30.0, level=0.05)

    found = listen(saved(tmp_path, "street", track), exhibit="EX-0002")

    assert found.trains == ()
    assert found.own is None
    assert found.activation is None
    assert found.buffer is None


def test_a_radio_channel_at_rest_is_no_buffer(tmp_path: Path) -> None:
    """Three silent seconds, a roger tone, speech, and silence again: nobody switched anything on."""
    track = street(12.0, seed=6)
    put(track, 3.05, call(), 0.2)
    track[: 3 * RATE] = 0.0
    track[7 * RATE : 9 * RATE] = 0.0

    found = listen(saved(tmp_path, "radio", track), exhibit="EX-0004")

    assert (found.buffer, found.activation) == (None, None)


def test_blocks_do_not_change_what_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut into blocks of 20 s, the calls are the same and none is found twice."""
    track = street(80.0, seed=5)
    for at in (4.0, 19.9, 40.02, 59.7, 77.0):
        put(track, at, call(), 0.2)
    path = saved(tmp_path, "blocks", track)
    whole = listen(path, exhibit="EX-0003")

    monkeypatch.setattr(beeps, "_BLOCK_S", 20)
    parts = listen(path, exhibit="EX-0003")

    loud = [[round(c.at / SECOND, 3) for c in found.calls if c.contrast_db > 20] for found in (whole, parts)]
    assert loud[0] == loud[1]
    assert [any(abs(at - t) < 0.005 for t in loud[0]) for at in (4.0, 19.9, 40.02, 59.7, 77.0)] == [True] * 5


# Between recordings: tones set down by hand, so that what is asked is the reckoning alone.


def tones(times: Sequence[float], *, contrast: float = 30.0, level: float = -20.0) -> list[beeps._Tone]:
    """A call of two tones at each time."""
    return [beeps._Tone(at + late, 0.15, 1650.0, contrast, level) for at in sorted(times) for late in (0.0, 0.4)]


def ticks(first: float, count: int) -> list[float]:
    return [first + 120.0 * k for k in range(count)]


def clock(**offsets: float) -> Timeline:
    """Recordings placed on the case's clock to 10 ms."""
    placed = [Alignment(n, IncidentTime(round(o * SECOND)), 0.0, 10_000, "sound", 0.9) for n, o in offsets.items()]
    return Timeline(tuple(placed), ())


def camera_a() -> BeepFinding:
    """Switched on at 30 s, beeps two, four and six minutes after."""
    return examine(tones([30.05, *ticks(150.0, 3)]), exhibit="a", sound_begins=30.0)


def other(times: Sequence[float]) -> BeepFinding:
    """A street camera that hears somebody's beeps, weakly."""
    return examine(tones(times, contrast=14.0, level=-48.0), exhibit="b", sound_begins=None)


def test_beeps_heard_elsewhere_tie_two_recordings() -> None:
    """Placed 100 s apart, b hears a's beeps 60 ms late: three anchors, none ambiguous."""
    a, b = camera_a(), other([each - 100.0 + 0.06 for each in ticks(150.0, 3)])

    anchors = beep_anchors({"a": a, "b": b}, clock(a=0.0, b=100.0))

    assert [(x.camera, x.heard_on, x.ambiguous) for x in anchors] == [("a", "b", False)] * 3
    assert [round((x.b_at - x.a_at) / SECOND + 100.0, 3) for x in anchors] == [0.06] * 3


def test_two_cameras_of_one_make_that_beep_together_are_two() -> None:
    """One tone ends the buffer, so one tone is a call: a neighbour's a quarter of a second after own beeps is
    no second tone of them."""
    own = [30.05, *ticks(150.0, 3)]
    after = [at + 0.25 for at in own[2:]]

    found = examine(tones(sorted([*own, *after])), exhibit="a", sound_begins=30.0)

    assert [round(c.at / SECOND, 2) for c in found.calls] == [round(at, 2) for at in sorted([*own, *after])]
    assert found.own is not None
    assert [round(b.at / SECOND, 2) for b in found.own.beeps] == [round(at, 2) for at in own[1:]]


def test_without_a_clock_an_anchor_says_that_it_is_ambiguous() -> None:
    """Two minutes repeat: nothing in the beeps alone says which of them it was."""
    a, b = camera_a(), other([each - 100.0 + 0.06 for each in ticks(150.0, 3)])

    assert {x.ambiguous for x in beep_anchors({"a": a, "b": b})} == {True}


def test_a_camera_nobody_delivered_is_a_question() -> None:
    """Beeps in step with no delivered camera are asked after, with recording and time."""
    a, b = camera_a(), other(ticks(17.0, 3))

    asked = unseen_cameras({"a": a, "b": b}, clock(a=0.0, b=100.0))

    assert len(asked) == 1
    assert [(e, at / SECOND) for e, at in asked[0].heard] == [("b", 17.0), ("b", 137.0), ("b", 257.0)]
    assert "whose is it" in asked[0].question


def test_a_call_whose_first_tone_was_masked_is_dated_by_its_fellows() -> None:
    """Of the second of three calls a voice hides the first tone of three, 0.4 s long: the call began at 137 s."""
    three = [beeps._Tone(at + late, 0.15, 1650.0, 14.0, -48.0) for at in ticks(17.0, 3) for late in (0.0, 0.4, 0.8)]
    b = examine([tone for tone in three if tone.at != 137.0], exhibit="b", sound_begins=None)

    asked = unseen_cameras({"a": camera_a(), "b": b}, clock(a=0.0, b=100.0))

    assert [(e, at / SECOND) for e, at in asked[0].heard] == [("b", 17.0), ("b", 137.0), ("b", 257.0)]


def test_a_delivered_cameras_beeps_ask_nothing() -> None:
    """The same beeps in step with camera a, sound's travel allowed for, are a's."""
    a, b = camera_a(), other([each - 100.0 + 0.2 for each in ticks(150.0, 3)])

    assert unseen_cameras({"a": a, "b": b}, clock(a=0.0, b=100.0)) == ()


def test_one_tone_once_proves_no_camera() -> None:
    """A single call, however clear, is not a train."""
    assert unseen_cameras({"b": other([17.0])}, clock(b=0.0)) == ()


def test_time_missing_between_two_beeps_is_asked_after() -> None:
    """Own beeps 116.8 s apart where there should be 120 s: 3.2 s may be missing, and where is said."""
    times = [*ticks(150.0, 3), 150.0 + 240.0 + 116.8, 150.0 + 240.0 + 116.8 + 120.0]

    found = examine(tones([30.05, *times]), exhibit="a", sound_begins=30.0)

    assert len(found.odd) == 1
    span, said = found.odd[0]
    assert (round(span.start / SECOND, 2), round(span.end / SECOND, 2)) == (390.0, 506.8)
    assert "3.200 s less than 2 minutes" in said
