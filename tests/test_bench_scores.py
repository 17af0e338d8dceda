# SPDX-License-Identifier: Apache-2.0
"""The scorers behind the figures: counted by hand on masks small enough to see."""

from __future__ import annotations

import numpy as np
from bench.clips import KINDS, pictures
from bench.conceal import _ellipses
from bench.score_faces import Score, Truth, covered, longest

BOX = (2.0, 2.0, 6.0, 6.0)


def mask(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    made = np.zeros((10, 10), bool)
    made[top:bottom, left:right] = True
    return made


def test_coverage_is_the_covered_share_of_the_visible_face() -> None:
    shares = [covered(mask(2, 2, 6, 6), BOX), covered(mask(2, 2, 4, 6), BOX), covered(mask(0, 0, 2, 2), BOX)]
    # Half of this face is beyond the right edge; the half that shows is covered.
    beyond = covered(mask(8, 0, 10, 10), (8.0, 0.0, 12.0, 4.0))

    assert shares == [1.0, 0.5, 0.0]
    assert beyond == 1.0


def test_a_face_mostly_outside_the_picture_is_not_counted() -> None:
    assert covered(mask(0, 0, 10, 10), (8.0, 0.0, 14.0, 4.0)) is None


def test_one_frame_less_than_half_covered_makes_a_leaked_track() -> None:
    score = Score()
    face = [Truth("a", BOX)]
    for share in (mask(2, 2, 6, 6), mask(2, 2, 3, 6), mask(2, 2, 6, 6)):
        score.add(share, face, clip="film")
    figures = score.figures()

    assert figures["leaked"] == ["film/a"]
    assert (figures["face_frames"], figures["leaked_face_frames"], figures["longest_leak"]) == (3, 1, 1)
    assert figures["well_covered"] == round(2 / 3, 5)
    assert figures["hidden_area"] == round((16 + 4 + 16) / 300, 5)


def test_the_longest_leak_is_a_run_without_a_pause() -> None:
    assert longest([0.1, 1.0, 0.2, 0.3, 0.4, 0.9, 0.0]) == 3


def test_the_peers_cover_is_the_ellipse_in_its_box() -> None:
    made = _ellipses([[10, 20, 50, 80]], (100, 100))

    assert abs(int(made.sum()) - np.pi * 20 * 30) < 40
    assert made[50, 30]
    assert not made[22, 12]


def test_the_truth_follows_the_camera() -> None:
    """A red disc in a grey still fills the box that the truth of each picture names, and nothing around it."""
    still = np.full((200, 300, 3), 90, np.uint8)
    rows, columns = np.ogrid[:200, :300]
    still[((rows - 90) / 30) ** 2 + ((columns - 125) / 25) ** 2 < 1] = (250, 20, 20)
    shown = list(pictures(still, ((100, 60, 150, 120),), KINDS["askew"], size=(320, 180), frames=6, seed=3))
    for pixels, (face,) in shown:
        red = pixels[:, :, 0].astype(int) - pixels[:, :, 1] > 90
        left, top, right, bottom = (round(value) for value in face.box)
        inside = red[top:bottom, left:right]
        around = red[top - 4 : bottom + 4, left - 4 : right + 4]

        # An ellipse fills 0.785 of its own box; a turned one less of the box around it.
        assert 0.62 < inside.mean() < 0.85
        assert around.sum() - inside.sum() < 0.05 * inside.sum()
