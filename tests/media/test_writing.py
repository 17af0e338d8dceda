# SPDX-License-Identifier: Apache-2.0
"""Signs and plates that can be read are proposed with what they say; hidden, they fill their box to the ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from casework.test_closure import AT, desk, recording
from plainview.casework.planning import plan_case
from plainview.casework.reading import READERS
from plainview.casework.releasing import _kept_faces
from plainview.casework.review import row, waiting, wire_row
from plainview.casework.standing import Desk
from plainview.media.writing import PLATE, WRITING, is_plate, written_tracks
from plainview.model.case import Agent
from plainview.model.finding import Basis, Box, Track, TrackPoint
from plainview.model.time import MediaTime

__all__ = ["desk"]

SIZE = (640, 360)
SIGN, SIGN_AT = "HARBOR CLINIC", (60, 60)
NUMBER, NUMBER_AT = "7KLM419", (340, 240)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds: a sign all the time, a plate in the last second, nothing else that could be read."""
    path = tmp_path_factory.mktemp("writing") / "street.mp4"
    font = ImageFont.load_default(44)
    ground = np.random.default_rng(4).integers(70, 110, (45, 80, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        for number in range(40):
            image = Image.fromarray(ground)
            draw = ImageDraw.Draw(image)
            for shown, text, place in ((True, SIGN, SIGN_AT), (number >= 30, NUMBER, NUMBER_AT)):
                if shown:
                    box = draw.textbbox(place, text, font=font)
                    draw.rectangle((box[0] - 14, box[1] - 10, box[2] + 14, box[3] + 10), fill="white")
                    draw.text(place, text, font=font, fill="black")
            frame = av.VideoFrame.from_image(image)
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def test_a_sign_and_a_plate_are_proposed_with_what_they_say(film: Path) -> None:
    """Both are found where and when they are; one is called a plate because it is shaped as one."""
    tracks = written_tracks(film, exhibit="EX-0001")

    told = {each.kind: each for each in tracks}
    assert len(tracks) == 2
    assert told[WRITING].basis.detail.replace(" ", "") == SIGN.replace(" ", "")
    assert told[PLATE].basis.detail == NUMBER
    assert told[WRITING].span.start == 0
    assert 500_000 <= told[PLATE].span.start <= 3_000_000
    for track, (x, y) in ((told[WRITING], SIGN_AT), (told[PLATE], NUMBER_AT)):
        box = track.points[-1].box
        assert box.x <= x
        assert box.y <= y + 10
        assert box.x + box.w >= x + 150


PAPER, LINES = (330, 90, 250, 200), ("NOTICE TO TENANTS", "HALLWAY B CLOSED", "USE STAIRS 2")


def test_a_paper_is_proposed_whole_beside_its_lines(tmp_path: Path) -> None:
    """Three lines on a page that moves with the camera, a sign apart: one surface, as large as the page all the time."""
    path, font = tmp_path / "page.mp4", ImageFont.load_default(24)
    ground = np.random.default_rng(5).integers(70, 110, (45, 80, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    left, top, wide, tall = PAPER
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        for number in range(20):
            image = Image.fromarray(ground)
            draw = ImageDraw.Draw(image)
            draw.rectangle((left - number, top, left - number + wide, top + tall), fill=(225, 222, 214))
            for row, text in enumerate(LINES):
                draw.text((left - number + 14, top + 30 + 52 * row), text, font=font, fill="black")
            draw.rectangle((20, 20, 210, 70), fill="white")
            draw.text((30, 24), "EXIT 4", font=ImageFont.load_default(36), fill="black")
            frame = av.VideoFrame.from_image(image)
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))

    tracks = written_tracks(path, exhibit="EX-0001")
    [surface] = [each for each in tracks if each.kind == "surface"]

    assert len([each for each in tracks if each.kind != "surface"]) == 4
    assert all(word in surface.basis.detail for word in ("NOTICE", "HALLWAY", "STAIRS"))
    assert "EXIT" not in surface.basis.detail
    assert len(surface.points) == 20
    for number, box in enumerate(point.box for point in surface.points):
        assert box.x <= left - number + 4
        assert box.y <= top + 4
        assert box.x + box.w >= left - number + wide - 4
        assert box.y + box.h >= top + tall - 4
        assert box.w * box.h <= 1.5 * wide * tall


def test_pictures_without_writing_propose_none(tmp_path: Path) -> None:
    """Blocks of grey, wheels and railings: nothing that can be read, so nothing is asked of a person."""
    path = tmp_path / "plain.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        for number, image in enumerate(_plain()):
            frame = av.VideoFrame.from_image(image)
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))

    assert written_tracks(path, exhibit="EX-0001") == ()


def _plain() -> Iterator[Image.Image]:
    for number in range(12):
        image = Image.new("RGB", SIZE, (120, 130, 125))
        draw = ImageDraw.Draw(image)
        for wheel in (150, 400):
            draw.ellipse((wheel + number, 220, wheel + 90 + number, 310), fill=(30, 30, 30), outline=(200, 200, 200), width=9)
        for rail in range(20, 620, 60):
            draw.line((rail, 20, rail, 150), fill=(60, 60, 60), width=6)
        yield image


@pytest.mark.parametrize(("text", "plate"), [("7KLM 419", True), ("KLM-4419", True), ("MAIN STREET 5", False), ("OPEN", False)])
def test_only_what_is_shaped_as_a_plate_is_called_one(text: str, plate: bool) -> None:
    assert is_plate(text) == plate


def track(kind: str, name: str, says: str) -> Track:
    points = tuple(TrackPoint(MediaTime(at * 100_000), Box(50, 40, 60, 20), 0.9, True) for at in range(5))
    return Track(name, kind, points, Basis("pp-ocr-tracks", "2", score=0.9, detail=says))


def test_a_person_decides_about_writing_as_about_faces(desk: Desk) -> None:
    """Undecided it blocks with what it says; hidden it is a box to the ends; kept it excuses no face."""
    desk.exhibits.append(recording("R9"))
    desk.found.writing = {"R9": (track(WRITING, "t1", "HARBOR CLINIC"), track(PLATE, "t2", "7KLM419"))}
    title = {"decide": "title_exhibit", "exhibit": "R9", "title": "R9", "slug": "r9"}
    decide(desk, "title_exhibit", title)

    asked = [item for item in waiting(desk) if item.kind == "redaction" and "R9" in item.what]
    hide = {"exhibit": "R9", "subject": "car-1", "reason": "privacy", "law": "an invented law"}
    decide(desk, "redaction", {**hide, "kind": PLATE, "outcome": "hide"})
    decide(desk, "redaction", {**hide, "kind": WRITING, "outcome": "keep"})

    assert [("HARBOR CLINIC" in item.what, "7KLM419" in item.what) for item in asked] == [(True, False), (False, True)]
    (mask,) = plan_case(desk).recording("R9").masks
    assert (mask.shape, mask.points[0][1]) == ("box", Box(50, 40, 60, 20))
    assert _kept_faces(desk) == {}


def decide(desk: Desk, word: str, line: dict[str, object]) -> None:
    for body in READERS[word](desk, line):
        desk.rows.append(wire_row(row(desk.case, body, Agent("R. Ames", "redactor"), AT), len(desk.rows) + 1))
