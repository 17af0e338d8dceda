# SPDX-License-Identifier: Apache-2.0
"""Recordings that lost seconds; the scene and the loss are drawn before the code runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media.recorders import Recorder, heard_by, scene
from plainview.media.syncplace import place_by_sound
from plainview.media.syncsound import RATE

OFFSETS = (0.0, 3.0, 7.0)
BROKEN = 14.0
LOST_AT, LOST = 20.0, 2.6


def recordings(*, twice: bool = False) -> list[NDArray[np.int16]]:
    """Three that are whole and one of 70 seconds that lost some after 20 (or holds them ``twice``)."""
    world = scene(61, 120)
    whole = [heard_by(world, Recorder(offset, 90, noise=0.3), n) for n, offset in enumerate(OFFSETS)]
    own = heard_by(world, Recorder(BROKEN, 70, noise=0.3), 7)
    here, there = round(LOST_AT * RATE), round((LOST_AT + (-LOST if twice else LOST)) * RATE)
    return [*whole, np.concatenate([own[:here], own[there:]])]


def test_a_recording_lies_where_its_beginning_belongs() -> None:
    """Two thirds of it say another place than its beginning: it begins where it began, and the loss is known."""
    heard = place_by_sound(recordings())

    (loss,) = heard.lost
    assert heard.placed.largest() == [0, 1, 2, 3]
    assert abs(float(heard.placed.at[3] - heard.placed.at[0]) - BROKEN) < 0.02
    assert loss.k == 3
    assert abs(loss.seconds - LOST) < 0.05
    assert loss.after - 3 < LOST_AT < loss.before + 3


def test_seconds_that_are_there_twice_are_told_from_seconds_lost() -> None:
    """What follows comes earlier by as much as was held twice."""
    (loss,) = place_by_sound(recordings(twice=True)).lost

    assert abs(loss.seconds + LOST) < 0.05


def test_whole_recordings_lost_nothing() -> None:
    """Three of one scene, and no question."""
    assert place_by_sound(recordings()[:3]).lost == ()
