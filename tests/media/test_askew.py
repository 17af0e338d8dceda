# SPDX-License-Identifier: Apache-2.0
"""Looking at a picture turned: where what was seen lies in the upright one, and which faces are new."""

from __future__ import annotations

import numpy as np
import pytest

from plainview.media.askew import only_there, together, turned_back

UPRIGHT = np.array([[10, 20, 40, 60, 0.8]], np.float32)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_what_a_turned_picture_shows_lies_in_the_upright_one_where_it_was(turn: int) -> None:
    """A bright block at (20, 5) to (50, 15) of 80 × 60 pixels, found by its brightness in the turned picture."""
    picture = np.zeros((60, 80), np.uint8)
    picture[5:15, 20:50] = 255
    rows, columns = np.nonzero(np.rot90(picture, turn))
    seen = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, 0.5]], np.float32)

    assert turned_back(seen, turn, width=80, height=60).tolist() == [[20, 5, 50, 15, 0.5]]


def test_one_face_seen_both_ways_is_one_and_another_is_added() -> None:
    """A wide box on a tall one is the same face, seen less well; a box apart is another face."""
    same = np.array([[5, 30, 45, 50, 0.4]], np.float32)
    other = np.array([[70, 20, 100, 50, 0.9]], np.float32)

    assert not only_there(same, UPRIGHT)
    assert only_there(other, UPRIGHT)
    assert together(UPRIGHT, np.concatenate([other, same])).tolist() == [*other.tolist(), *UPRIGHT.tolist()]
