# SPDX-License-Identifier: Apache-2.0
"""One sound in several recordings, and two sounds at once, with lags chosen before the code runs."""

from __future__ import annotations

import numpy as np

from media.recorders import RATE
from plainview.media import syncshared, syncsound
from plainview.media.syncshared import Shared

LATE = {"one": (0.0, 0.0125, 0.031, 0.02), "two": (0.05, 0.0, 0.004, 0.0612)}
"""Seconds after its beginning at which two sounds reach four recorders."""


def recorded(loud: tuple[str, ...]) -> list[np.ndarray[tuple[int], np.dtype[np.int16]]]:
    """Eight seconds at four recorders; each hears the sound named for it above the other one."""
    rng = np.random.default_rng(12)
    clips = {name: rng.standard_normal(6 * RATE) for name in LATE}
    hertz = np.fft.rfftfreq(8 * RATE, 1 / RATE)
    heard = []
    for k, louder in enumerate(loud):
        sound = 0.05 * rng.standard_normal(8 * RATE)
        for name, clip in clips.items():
            spectrum = np.fft.rfft(np.pad(clip, (RATE, RATE))) * np.exp(-2j * np.pi * hertz * LATE[name][k])
            sound += (1.0 if name == louder else 0.1) * np.fft.irfft(spectrum, 8 * RATE)
        heard.append(np.asarray(3000 * sound, np.int16))
    return heard


def found(loud: tuple[str, ...]) -> list[Shared]:
    sounds = recorded(loud)
    curves = syncsound.Curves([syncsound.features(sound) for sound in sounds])
    return syncshared.shared(sounds, range(4), np.zeros(4), np.ones((4, 4)) - np.eye(4), curves)


def test_one_sound_is_found_in_all_to_a_tenth_of_a_millisecond() -> None:
    """Every confirmed lag of four recorders is the difference of the ways the sound took."""
    lags = [one for one in found(("one",) * 4) if one.sound >= 0]

    assert {(one.a, one.b) for one in lags} == {(a, b) for a in range(4) for b in range(a + 1, 4)}
    for one in lags:
        assert abs(one.late - (LATE["one"][one.b] - LATE["one"][one.a])) < 0.0001


def test_what_no_third_recorder_confirms_has_no_number() -> None:
    """Two hear one voice best and two another: no three agree on a sound, unless the quieter one is heard too."""
    for one in found(("one", "one", "two", "two")):
        if one.sound >= 0:
            truths = [late[one.b] - late[one.a] for late in LATE.values()]
            assert min(abs(one.late - truth) for truth in truths) < 0.0001


def test_each_sound_has_one_set_of_lags() -> None:
    """Within one number the lags add up to zero around every triangle."""
    by_sound: dict[int, dict[tuple[int, int], float]] = {}
    for one in found(("one", "one", "one", "two")):
        by_sound.setdefault(one.sound, {})[one.a, one.b] = one.late
    by_sound.pop(-1, None)

    assert by_sound
    for lags in by_sound.values():
        assert {(0, 1), (1, 2), (0, 2)} <= lags.keys()
        assert abs(lags[0, 1] + lags[1, 2] - lags[0, 2]) < 0.001
