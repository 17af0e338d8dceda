# SPDX-License-Identifier: Apache-2.0
"""Faces are looked for through a whole film, in each of its renditions, and most closely where a cover is interrupted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from audit import small_release as small
from plainview.audit import looking, pictures
from plainview.audit.coverage import MaskPlaces
from plainview.audit.faces import Detector, Seen
from plainview.audit.outcome import Outcome
from plainview.model.audit import AuditedRecording
from plainview.model.finding import Box
from plainview.model.redaction import MaskTrack, RecordingPlan
from plainview.model.time import MediaTime

FACE = Box(200, 120, 48, 60)
PICTURES = 24


def street(i: int, *, face: bool = False, covered: bool = False) -> NDArray[np.uint8]:
    """The drifting street without anybody, or with one face at ``FACE``, bare or covered."""
    picture = small.scene(0 if i < small.MASKED_FROM else i + small.MASKED_TO)
    picture[small.KEPT.y : small.KEPT.y + small.KEPT.h, small.KEPT.x : small.KEPT.x + small.KEPT.w] = 90
    if face:
        small._paste(picture, small.face("vane", FACE.w, FACE.h), FACE.x, FACE.y)
    if covered:
        picture[FACE.y - 8 : FACE.y + FACE.h + 8, FACE.x - 8 : FACE.x + FACE.w + 8] = 0
    return picture


def film(path: Path, shown: list[NDArray[np.uint8]]) -> tuple[Path, str]:
    """The pictures as an MP4 at the small release's rate, and its name as a place."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=small.FPS, options={"g": "15", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = small.WIDTH, small.HEIGHT, "yuv420p"
        for picture in shown:
            container.mux(stream.encode(VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path, path.name


def recording(*tracks: MaskTrack) -> AuditedRecording:
    return AuditedRecording("street-1", RecordingPlan("EX-0001", tracks), small.WIDTH, small.HEIGHT)


def track(first: int, last: int) -> MaskTrack:
    """The face's cover on pictures ``first`` to ``last``."""
    cover = Box(FACE.x - 8, FACE.y - 8, FACE.w + 16, FACE.h + 16)
    return MaskTrack(small.WITNESS, tuple((small.instants()[i], cover) for i in range(first, last + 1)))


def seen_in(films: list[tuple[Path, str]], plan: AuditedRecording) -> dict[str, set[int]]:
    """By place, the pictures on which a face that no decision covers was reported first and last."""
    outcome = Outcome()
    pictures.attack_videos(films, plan, outcome)
    assert {each.kind for each in outcome.findings} <= {"face", "cover interrupted"}
    found: dict[str, set[int]] = {}
    for each in outcome.findings:
        assert each.at is not None
        assert each.until is not None
        found.setdefault(each.place, set()).update({round(each.at * 15e-6), round(each.until * 15e-6)})
    return found


@pytest.mark.parametrize("first", [9, 10, 11])
def test_a_face_bare_on_three_pictures_is_seen_wherever_they_begin(tmp_path: Path, first: int) -> None:
    """Only every second picture is looked at; whichever three are bare, one of them is."""
    shown = [street(i, face=True, covered=not first <= i < first + 3) for i in range(PICTURES)]
    plan = recording(track(0, first - 1), track(first + 3, PICTURES - 1))

    found = seen_in([film(tmp_path / "v360.mp4", shown)], plan)

    assert found.keys() == {"v360.mp4"}
    assert found["v360.mp4"] <= {first - 1, first, first + 1, first + 2, first + 3}


def test_a_street_without_faces_raises_no_alarm(tmp_path: Path) -> None:
    assert seen_in([film(tmp_path / "v360.mp4", [street(i) for i in range(PICTURES)])], recording()) == {}


def test_a_face_that_only_the_second_rendition_shows_is_found_there(tmp_path: Path) -> None:
    """The second one is laid beside the first; where they differ it is looked at itself."""
    first = film(tmp_path / "v720.mp4", [street(i) for i in range(PICTURES)])
    second = film(tmp_path / "full.mp4", [street(i, face=10 <= i < 14) for i in range(PICTURES)])

    found = seen_in([first, second], recording())

    assert found.keys() == {"full.mp4"}
    assert min(found["full.mp4"]) >= 9
    assert max(found["full.mp4"]) <= 14


def test_what_a_rendition_shows_after_the_first_has_ended_is_looked_at(tmp_path: Path) -> None:
    first = film(tmp_path / "v720.mp4", [street(i) for i in range(PICTURES - 6)])
    second = film(tmp_path / "full.mp4", [street(i, face=i >= PICTURES - 5) for i in range(PICTURES)])

    assert seen_in([first, second], recording()).keys() == {"full.mp4"}


def test_where_a_cover_is_interrupted_is_known_and_moves_with_it() -> None:
    """Between the end of one cover and the beginning of the next beside it, and nowhere else."""
    points = ((MediaTime(0), Box(100, 100, 40, 40)), (MediaTime(100_000), Box(110, 100, 40, 40)))
    later = ((MediaTime(300_000), Box(130, 100, 40, 40)), (MediaTime(400_000), Box(140, 100, 40, 40)))
    elsewhere = ((MediaTime(300_000), Box(400, 300, 40, 40)), (MediaTime(400_000), Box(400, 300, 40, 40)))
    tracks = tuple(MaskTrack(small.WITNESS, each) for each in (points, later, elsewhere))

    places = MaskPlaces(recording(*tracks), width=small.WIDTH, height=small.HEIGHT)

    (pause,) = places.pauses_at(MediaTime(200_000))
    assert places.paused(pause, MediaTime(200_000)) == Box(120, 100, 40, 40)
    assert places.pauses_at(MediaTime(50_000)) == places.pauses_at(MediaTime(350_000)) == []


@pytest.mark.parametrize("first", [9, 11])
def test_a_camera_on_a_wall_is_looked_at_where_something_changes(tmp_path: Path, first: int) -> None:
    """Nothing moves but a face that shows for three pictures: it is seen, and little else is looked at."""
    shown = [street(0, face=first <= i < first + 3) for i in range(PICTURES)]
    (whole,) = looking.changed(None, looking.miniature(VideoFrame.from_ndarray(shown[0], format="rgb24")))

    found = seen_in([film(tmp_path / "v360.mp4", shown)], recording())

    assert found.keys() == {"v360.mp4"}
    minis = [looking.miniature(VideoFrame.from_ndarray(each, format="rgb24")) for each in (shown[0], shown[first])]
    (area,) = looking.changed(*minis)
    across = small.WIDTH / looking.SMALL_WIDTH
    assert area.x * across <= FACE.x
    assert (area.x + area.w) * across >= FACE.x + FACE.w
    assert area.w * area.h < whole.w * whole.h / 5
    assert looking.changed(minis[0], minis[0]) == []


def test_a_dark_picture_is_made_brighter_and_a_bright_one_left_alone() -> None:
    dark, bright = np.full((80, 80, 3), 40, np.uint8), np.full((80, 80, 3), 200, np.uint8)

    assert looking.lit(dark)[0, 0, 0] == 40 * looking.BRIGHTEN
    assert looking.lit(bright) is bright


def _sees_red(name: str, score: float) -> Detector:
    """A detector that takes the red square of a picture for a face, so surely."""

    def look(picture: NDArray[np.uint8], least: float) -> list[Seen]:
        red = np.argwhere((picture[:, :, 2] > 150) & (picture[:, :, 0] < 90))
        if not len(red) or score < least:
            return []
        (top, left), (bottom, right) = red.min(axis=0), red.max(axis=0)
        return [Seen(Box(int(left), int(top), int(right - left) + 1, int(bottom - top) + 1), score)]

    return Detector(name, "1", look)


@pytest.mark.parametrize(("second", "places"), [(0.6, {"v360.mp4"}), (0.1, set())])
def test_what_one_family_of_detectors_alone_sees_is_no_face(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: float, places: set[str]
) -> None:
    """However sure the first one is: the other must see something of its own."""
    families = (_sees_red("first", 0.95), _sees_red("second", second))
    monkeypatch.setattr(looking, "second_detector", lambda: families[0])
    monkeypatch.setattr(looking, "every_detector", lambda: families)
    shown = [street(i) for i in range(PICTURES)]
    for picture in shown[8:16]:
        picture[FACE.y : FACE.y + FACE.h, FACE.x : FACE.x + FACE.w] = (220, 20, 20)

    assert seen_in([film(tmp_path / "v360.mp4", shown)], recording()).keys() == places


def test_a_cover_that_goes_on_far_away_soon_after_is_interrupted_if_it_is_one_things_and_as_large() -> None:
    """A camera swung by two sides in a tenth of a second; another's cover there, a larger one or a later one is another."""
    before = MaskTrack(small.WITNESS, ((MediaTime(0), Box(100, 100, 40, 40)), (MediaTime(100_000), Box(110, 100, 40, 40))))
    there = Box(195, 100, 40, 40)
    other = replace(small.WITNESS, subject="witness-2")
    cases = {
        (small.WITNESS, 200_000, there): 1,
        (other, 200_000, there): 0,
        (small.WITNESS, 200_000, replace(there, w=80, h=80)): 0,
        (small.WITNESS, 700_000, there): 0,
        (small.WITNESS, 133_000, replace(there, x=400)): 0,
    }

    for (ground, at, box), count in cases.items():
        after = MaskTrack(ground, ((MediaTime(at), box), (MediaTime(at + 100_000), box)))
        places = MaskPlaces(recording(before, after), width=small.WIDTH, height=small.HEIGHT)
        assert len(places.pauses_at(MediaTime(120_000))) == count, (ground.subject, at, box)
