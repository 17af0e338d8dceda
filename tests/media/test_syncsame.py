# SPDX-License-Identifier: Apache-2.0
"""The waveform decides where likeness only proposes; scenes drawn before the code runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media.recorders import Recorder, heard_by, scene
from plainview.media.syncplace import place_by_sound

World = NDArray[np.float64]
OFFSETS = (0.0, 3.0, 7.0, 12.0, 16.0, 21.0, 25.0)


def lookalike(world: World) -> World:
    """Another scene with the same rhythm and pitch: every 32 ms as loud in every band, of another waveform."""
    size, rng = 512, np.random.default_rng(12)
    made = np.zeros(len(world))
    window = np.sqrt(np.hanning(size))
    for start in range(0, len(world) - size, size // 2):
        spectrum = np.abs(np.fft.rfft(window * world[start : start + size]))
        turned = spectrum * np.exp(2j * np.pi * rng.random(len(spectrum)))
        made[start : start + size] += window * np.fft.irfft(turned, size)
    return made


def witnesses(world: World) -> list[NDArray[np.int16]]:
    return [heard_by(world, Recorder(offset, 80, noise=0.3), n) for n, offset in enumerate(OFFSETS)]


def test_a_scene_that_only_resembles_places_nothing() -> None:
    """Seven recorders of one scene each resemble a recording of its lookalike: they are one witness, and wrong."""
    world = scene(51, 120)
    buried = Recorder(14.0, 60, noise=2.0)

    false = place_by_sound([*witnesses(world), heard_by(lookalike(world), buried, 9)])
    true = place_by_sound([*witnesses(world), heard_by(world, buried, 9)])

    assert false.placed.largest() == list(range(7))
    assert true.placed.largest() == list(range(8))
    assert abs(float(true.placed.at[7] - true.placed.at[0]) - 14.0) < 0.02


def test_words_under_a_siren_tell_which_turn_of_it_is_the_right_one() -> None:
    """Two recorders hear one loud siren at every lag alike, and a voice at the true lag only."""
    t = np.arange(120 * 16000) / 16000
    siren = np.sin(2 * np.pi * np.cumsum(900 + 350 * np.sin(2 * np.pi * t / 4.5)) / 16000)
    world = scene(52, 120) + 0.5 * siren
    sounds = [heard_by(world, Recorder(offset, 60, noise=0.3), n) for n, offset in enumerate((2.0, 20.0))]

    heard = place_by_sound(sounds)

    assert heard.placed.largest() == [0, 1]
    assert abs(float(heard.placed.at[1] - heard.placed.at[0]) - 18.0) < 0.02


def test_two_sirens_of_one_make_tie_nothing() -> None:
    """Two scenes, each under a siren of the same make as long as the other, share no instant."""
    t = np.arange(90 * 16000) / 16000
    siren = np.sin(2 * np.pi * np.cumsum(900 + 350 * np.sin(2 * np.pi * t / 4.5)) / 16000)
    siren *= (t > 20) & (t < 47)
    sounds = [heard_by(scene(seed, 90) + 0.5 * siren, Recorder(seed - 53, 80), seed) for seed in (53, 57)]

    assert place_by_sound(sounds).placed.largest() == []
