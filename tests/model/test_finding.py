# SPDX-License-Identifier: Apache-2.0
"""What machines say, kept small: a face that is seen for hours has a point at each of a million pictures."""

from __future__ import annotations

import pickle
import tracemalloc

from plainview.model.finding import Basis, Box, Places, Points, Track, TrackPoint
from plainview.model.time import MediaTime


def points(count: int) -> list[TrackPoint]:
    return [TrackPoint(MediaTime(n * 40_000), Box(n, 2, 300, 400), n / 8, n % 3 == 0) for n in range(count)]


def test_points_come_back_as_they_were_given() -> None:
    """By number, from the end, as a part, every third, written and read by another process."""
    given = points(12)
    track = Track("f001", "face", given, Basis("m", "1"))

    assert list(track.points) == given
    assert (track.points[0], track.points[-1], list(track.points[2:5])) == (given[0], given[-1], given[2:5])
    assert list(track.points[::3]) == given[::3]
    assert track == Track("f001", "face", tuple(given), Basis("m", "1")) != Track("f001", "face", given[1:], track.basis)
    assert pickle.loads(pickle.dumps(track)) == track
    assert {track: 1}[Track("f001", "face", tuple(given), track.basis)] == 1


def test_places_come_back_as_they_were_given() -> None:
    """The same of times with boxes only."""
    given = [(point.at, point.box) for point in points(12)]
    places = Places(given)

    assert (list(places), places[-1], list(places[3:7]), list(places[::-5])) == (
        given, given[-1], given[3:7], given[::-5],
    )  # fmt: skip
    assert places[1:] == tuple(given[1:]) != places
    assert hash(places) == hash(tuple(given))


def test_a_point_takes_no_more_than_its_numbers() -> None:
    """33 bytes each, with the room that growing arrays leave; as objects they would take ten times as much."""
    tracemalloc.start()
    kept = Points(points(1)[0] for _ in range(20_000))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(kept) == 20_000
    assert held < 20_000 * 45
