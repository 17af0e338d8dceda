# SPDX-License-Identifier: Apache-2.0
"""Pictures of findings: the mark stands where the sound is, and the peak where two recordings agree."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from media.moving import moving
from media.spoken import RATE, scene
from media.test_beeps import call, put, saved
from plainview.media import strips
from plainview.media.decode import glimpses
from plainview.model.time import SECOND, MediaSpan, MediaTime


def test_a_strip_marks_the_place_and_shows_the_tone(tmp_path: Path) -> None:
    """A tone at 1650 Hz from 5.0 s: dark before the red line, bright after it, at that pitch."""
    track = scene(10, noise=0.0005)
    put(track, 5.0, call(1650.0), 0.3)

    png = strips.spectrogram(saved(tmp_path, "a", track), MediaTime(5_000_000))

    picture = Image.open(BytesIO(png))
    pixels = np.asarray(picture).astype(int)
    assert picture.size == (strips.WIDTH, strips.HEIGHT)
    middle = strips.WIDTH // 2
    assert tuple(pixels[100, middle]) == strips.MARK
    row = strips.HEIGHT - 1 - round(1650 / 8000 * strips.HEIGHT)
    assert pixels[row, middle + 15, 0] > 200
    assert pixels[row, middle - 30, 0] < 120


def test_a_strip_at_the_beginning_is_drawn_too(tmp_path: Path) -> None:
    """Half a second into a recording there is less before the mark; the mark still stands at its time."""
    png = strips.spectrogram(saved(tmp_path, "a", scene(4, noise=0.01)), MediaTime(500_000))

    pixels = np.asarray(Image.open(BytesIO(png)))
    assert tuple(pixels[100, strips.WIDTH // 6]) == strips.MARK


def test_two_recordings_of_one_sound_peak_at_the_anchor(tmp_path: Path) -> None:
    """The same voice, 2 s apart, each with its own noise: a clear peak at 0 ms; 30 ms off is said to be 30 ms."""
    voice = scene(12, [(2.0, "s07"), (6.0, "s09")], noise=0.0)
    rng = np.random.default_rng(2)
    a, b = (voice + 0.003 * rng.standard_normal(len(voice)).astype(np.float32) for _ in range(2))
    late = np.concatenate([np.zeros(2 * RATE, np.float32), b])
    paths = saved(tmp_path, "a", a), saved(tmp_path, "b", late)

    png, height, at = strips.correlation((paths[0], MediaTime(6_000_000)), (paths[1], MediaTime(8_000_000)))
    _, _, off = strips.correlation((paths[0], MediaTime(6_030_000)), (paths[1], MediaTime(8_000_000)))

    assert Image.open(BytesIO(png)).size == (strips.WIDTH, strips.HEIGHT)
    assert height > 8
    assert abs(at) < 0.5
    assert abs(abs(off) - 30) < 0.5


def test_recordings_of_different_things_have_no_such_peak(tmp_path: Path) -> None:
    """Two unrelated noises: nothing stands out."""
    paths = [saved(tmp_path, name, scene(10, noise=0.05, seed=seed)) for name, seed in (("a", 3), ("b", 4))]

    _, height, _ = strips.correlation((paths[0], MediaTime(5_000_000)), (paths[1], MediaTime(5_000_000)))

    assert height < 8


def test_the_picture_of_a_place_is_what_is_shown_there(tmp_path: Path) -> None:
    """The film's square stands where it stands at one second, scaled to the picture's width."""
    film = moving(tmp_path / "film.mp4")
    expected = next(glimpses(film, [MediaSpan(MediaTime(SECOND), MediaTime(SECOND + 1))]))[1].array("rgb24")

    shown = np.asarray(Image.open(BytesIO(strips.picture(film, MediaTime(SECOND)))).resize(expected.shape[1::-1]))

    assert np.abs(shown.astype(int) - expected.astype(int)).mean() < 6
