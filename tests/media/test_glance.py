# SPDX-License-Identifier: Apache-2.0
"""The quick way to a small picture shows what the general way shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media.moving import moving
from plainview.media import glance
from plainview.media.decode import Frame, frames


def first(path: Path) -> Frame:
    found = next(frames(path))
    assert isinstance(found, Frame)
    return found


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p"])
def test_a_small_picture_is_that_of_the_general_way(rotation: int, pixels: str, tmp_path: Path) -> None:
    film = moving(tmp_path / "film.mp4", frames=3, size=(384, 216), rotation=rotation or None, pixels=pixels)
    frame = first(film)
    width, height = (frame.size[0] // 2, frame.size[1] // 2)
    quick = glance.rgb(frame, width=width, height=height).astype(int)
    general = frame.array("rgb24", width=width, height=height).astype(int)

    assert quick.shape == general.shape == (height, width, 3)
    # Hard edges of colour are softened otherwise; no area is brighter, darker or of another hue.
    assert np.abs(quick - general).mean() < 12
    assert np.abs((quick - general).mean(axis=(0, 1))).max() < 4
    assert np.abs(glance.grey(frame, width=width, height=height) - quick.mean(axis=2)).mean() < 40


def test_other_formats_take_the_general_way(tmp_path: Path) -> None:
    frame = first(moving(tmp_path / "film.mp4", frames=3, pixels="yuv444p"))

    assert np.array_equal(glance.rgb(frame, width=96, height=54), frame.array("rgb24", width=96, height=54))


def test_shadows_are_raised_in_a_dark_picture_and_daylight_is_left_alone() -> None:
    """Stripes of two greys twelve steps apart lie twice as far apart afterwards; a bright picture is the very same."""
    noise = np.random.default_rng(5).normal(0, 3, (96, 160))
    light = np.arange(160) // 16 % 2 == 1
    stripes = np.where(light, 42, 30) + noise
    dark = np.repeat(stripes.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    bright = dark + np.uint8(150)

    raised = glance.lit(dark).astype(int)

    assert glance.lit(bright) is bright
    assert raised.shape == dark.shape
    assert raised[:, light].mean() - raised[:, ~light].mean() > 2 * 12
