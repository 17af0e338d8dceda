# SPDX-License-Identifier: Apache-2.0
"""How a followed face is covered when its recording is published."""

from __future__ import annotations

import pytest

from plainview.casework.planning import cover_shape
from plainview.model.finding import Box, TrackPoint
from plainview.model.time import MediaTime


@pytest.mark.parametrize(
    ("boxes", "shape"),
    [
        ([Box(20, 20, 40, 40), Box(30, 20, 40, 40)], "ellipse"),
        ([Box(20, 20, 40, 40), Box(0, 20, 18, 40)], "box"),
        ([Box(150, 20, 42, 40)], "box"),
    ],
    ids=["inside the picture", "leaving it on the left", "ending at its right border"],
)
def test_a_face_cut_by_the_border_is_covered_to_its_corners(boxes: list[Box], shape: str) -> None:
    """In a picture of 192 × 108 an ellipse inside it, the whole box where the border cuts the face."""
    points = tuple(TrackPoint(MediaTime(n * 40_000), box, 0.9, True) for n, box in enumerate(boxes))

    assert cover_shape(points, (192, 108)) == shape
