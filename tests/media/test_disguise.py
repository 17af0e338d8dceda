# SPDX-License-Identifier: Apache-2.0
"""A disguised voice keeps its syllables and nothing of its pitch."""

from __future__ import annotations

import numpy as np

from plainview.media.disguise import disguised

RATE = 16_000


def voice(pitch: float, formant: float) -> np.ndarray:
    """Two seconds of a buzzing vowel, three syllables a second."""
    at = np.arange(2 * RATE) / RATE
    buzz = sum(
        np.exp(-(((n * pitch - formant) / 300) ** 2)) * np.sin(2 * np.pi * n * pitch * at) for n in range(1, 40)
    )
    syllables = np.clip(np.sin(2 * np.pi * 3 * at), 0, 1)
    return (0.1 * buzz * syllables).astype(np.float32)


def periodicity(samples: np.ndarray, pitch: float) -> float:
    """Likeness of the sound with itself one period later."""
    lag = round(RATE / pitch)
    return float(np.dot(samples[:-lag], samples[lag:]) / np.dot(samples, samples))


def test_pitch_is_gone_and_syllables_are_there() -> None:
    said = voice(120, 700)
    made = disguised(said, rate=RATE)
    at = np.arange(len(said)) / RATE
    loudness = np.convolve(np.abs(made), np.ones(800) / 800, "same")
    loud = loudness[np.sin(2 * np.pi * 3 * (at - 0.03)) > 0.5].mean()
    quiet = loudness[np.sin(2 * np.pi * 3 * (at - 0.03)) < -0.5].mean()

    assert len(made) == len(said)
    assert periodicity(said, 120) > 0.9
    assert abs(periodicity(made, 120)) < 0.2
    assert abs(np.corrcoef(made, said)[0, 1]) < 0.05
    assert loud > 5 * quiet


def test_voices_that_differ_in_pitch_alone_sound_alike() -> None:
    """The noise is ours and the same; what is left of the difference is its step of loudness."""
    low, high = (disguised(voice(pitch, 700), rate=RATE) for pitch in (110, 121))

    assert np.corrcoef(low, high)[0, 1] > 0.9
    assert np.corrcoef(voice(110, 700), voice(121, 700))[0, 1] < 0.5


def test_silence_stays_silence() -> None:
    assert not disguised(np.zeros(RATE, np.float32), rate=RATE).any()
