# SPDX-License-Identifier: Apache-2.0
"""Whole persons are proposed, and one on whom no face was found says so; weights and what runs them are a setting."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw

import plainview.simulator
from casework.test_closure import desk, recording
from media.moving import texture
from media.test_writing import decide
from plainview.casework.findings import proposals
from plainview.casework.planning import plan_case
from plainview.casework.review import waiting
from plainview.casework.standing import Desk
from plainview.errors import MissingPart, WrongUsage
from plainview.media import nanodet, weights
from plainview.media.detectors import CPU, Chosen, settings
from plainview.media.reentry import suggested
from plainview.media.vision import face_tracks, person_tracks
from plainview.model.faceless import faceless
from plainview.model.finding import Basis, Box, Track, TrackPoint
from plainview.model.time import SECOND, MediaTime

__all__ = ["desk"]

SIZE, FPS = (640, 360), 10
TALL, WITH_FACE, WITHOUT = 260, (90, 70), (380, 60)
"""Height of both figures, and where they stand."""


BLUE, RED, NIGHT = (40, 60, 110, 255), (150, 30, 35, 255), (36, 54, 100, 255)


def figure(*, faced: bool, coat: tuple[int, ...] = BLUE, arms: tuple[int, ...] = NIGHT) -> Image.Image:
    """An invented person drawn from blocks, with one of the simulator's faces or seen from behind."""
    head, tall = TALL // 5, TALL
    made = Image.new("RGBA", (head * 2, tall))
    draw = ImageDraw.Draw(made)
    legs = (60, 50, 45, 255)
    draw.rounded_rectangle((head * 0.38, head * 0.9, head * 1.62, tall * 0.55), radius=head // 4, fill=coat)
    for left in (0.12, 1.6):
        draw.rounded_rectangle((head * left, head * 0.95, head * (left + 0.28), tall * 0.52), head // 8, fill=arms)
    for left in (0.5, 1.06):
        draw.rectangle((head * left, tall * 0.53, head * (left + 0.44), tall * 0.97), fill=legs)
        draw.ellipse((head * (left - 0.12), tall * 0.95, head * (left + 0.48), tall), fill=(20, 20, 20, 255))
    if not faced:
        draw.ellipse((head * 0.68, head * 0.05, head * 1.32, head * 0.95), fill=(50, 38, 30, 255))
        return made
    with Image.open(Path(plainview.simulator.__path__[0]) / "faces" / "okafor.png") as picture:
        face = picture.convert("RGBA").resize((round(picture.width * head / picture.height), head))
    made.alpha_composite(face, (head - face.width // 2, 0))
    return made


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a street in which two people stand; the second one is seen from behind."""
    path = tmp_path_factory.mktemp("persons") / "street.mp4"
    grey = texture(*SIZE)
    street = Image.fromarray(np.stack([grey // 2 + 60, grey // 2 + 70, grey // 2 + 80], axis=2))
    for faced, place in ((True, WITH_FACE), (False, WITHOUT)):
        person = figure(faced=faced)
        street.paste(person, place, person)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        for number in range(2 * FPS):
            frame = av.VideoFrame.from_image(street)
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def test_two_people_are_followed_and_the_one_without_a_face_is_told(film: Path) -> None:
    """Each is one track over the whole film that holds the body; the second one is seen from behind, all the time."""
    persons = sorted(person_tracks(film, exhibit="EX-0001"), key=lambda track: track.points[0].box.x)
    faces = face_tracks(film, exhibit="EX-0001")

    assert [track.kind for track in persons] == ["person", "person"]
    for track, (x, y) in zip(persons, (WITH_FACE, WITHOUT), strict=True):
        assert len(track.points) == 2 * FPS
        assert track.basis.weights == (nanodet.SHA256,)
        for box in (point.box for point in track.points):
            assert box.x <= x + 10
            assert box.x + box.w >= x + 94
            assert box.y <= y + 25
            assert box.y + box.h >= y + TALL - 25
    assert faceless(persons[0], faces) == ()
    [bare] = faceless(persons[1], faces)
    assert bare.length >= SECOND


def test_who_comes_back_in_the_same_clothes_is_suggested_and_nobody_else(tmp_path: Path, desk: Desk) -> None:
    """Red is out at the right for three seconds and comes back, with blue beside: red is named, blue is not.

    All three wear the same face, which is not looked at; the proposal's id is as it was without the suggestion.
    """
    path, grey = tmp_path / "back.mp4", texture(*SIZE)
    street = Image.fromarray(np.stack([grey // 2 + 60, grey // 2 + 70, grey // 2 + 80], axis=2))
    red, blue = figure(faced=True, coat=RED, arms=RED), figure(faced=True)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        for number in range(75):
            shown = street.copy()
            away = max(0, number - 10) * 10 if number < 45 else max(0, 60 - number) * 10
            shown.paste(red, (490 + away, 70), red)
            if number >= 45:
                shown.paste(blue, (60, 70), blue)
            frame = av.VideoFrame.from_image(shown)
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))

    tracks = suggested(path, face_tracks(path, exhibit="R9"))
    first, *later = sorted(tracks, key=lambda track: track.points[0].at)
    back = {track.id: track.returns for track in later}
    returned = max(later, key=lambda track: track.points[-1].box.x)

    assert len(tracks) == 3
    assert first.returns is None
    assert [name for name, found in back.items() if found is not None] == [returned.id]
    found = back[returned.id]
    assert found is not None
    assert found.track == first.id
    assert found.place == "the right edge"
    assert 2_500_000 <= found.away <= 5_000_000

    desk.found.faces = {"R9": tuple(replace(each, returns=None) for each in tracks)}
    plain = [each.id for each in proposals(desk.found, [recording("R9")])]
    desk.found.faces = {"R9": tracks}
    told = proposals(desk.found, [recording("R9")])
    assert [each.id for each in told] == plain
    [said] = [each.what for each in told if "may be who left" in each.what]
    assert any(f"as {name} (size, clothes" in said for name in plain)


def _track(kind: str, name: str, box: Box, times: range) -> Track:
    points = tuple(TrackPoint(MediaTime(at * 100_000), box, 0.9, True) for at in times)
    return Track(name, kind, points, Basis("invented", "1", score=0.9))


def test_a_person_blocks_until_decided_and_is_hidden_to_the_corners(desk: Desk) -> None:
    """The proposal says for how long no face was found on the body; decided, the whole box is covered."""
    desk.exhibits.append(recording("R9"))
    body = Box(50, 40, 60, 160)
    desk.found.persons = {"R9": (_track("person", "p1", body, range(40)),)}
    desk.found.faces = {"R9": (_track("face", "f1", Box(65, 50, 20, 25), range(15)),)}
    decide(desk, "title_exhibit", {"decide": "title_exhibit", "exhibit": "R9", "title": "R9", "slug": "r9"})

    [asked] = [item for item in waiting(desk) if item.kind == "redaction" and "a person" in item.what]
    ground = {"exhibit": "R9", "subject": "bystander-1", "reason": "bystander", "law": "an invented law"}
    decide(desk, "redaction", {**ground, "kind": "person", "outcome": "hide"})
    decide(desk, "redaction", {**ground, "kind": "face", "outcome": "hide"})

    assert "no face was found on it at 1.5 to 3.9 s" in asked.what
    shapes = {mask.points[0][1]: mask.shape for mask in plan_case(desk).recording("R9").masks}
    assert shapes[body] == "box"


def test_other_weights_are_used_when_they_are_what_the_setting_says(film: Path, tmp_path: Path) -> None:
    """A second weights file gives findings that name it; changed by one byte it is refused, and so is none at all."""
    other = tmp_path / "second.onnx"
    # A producer's name in the model's own words: other bytes, the same network.
    other.write_bytes(weights.centerface().read_bytes() + b"\x12\x06second")
    digest = hashlib.sha256(other.read_bytes()).hexdigest()
    path = tmp_path / "detectors.json"
    path.write_text(json.dumps({"faces": {"file": str(other), "sha256": digest}}))

    chosen = settings(path)["faces"]
    [track] = face_tracks(film, exhibit="EX-0001", chosen=chosen)
    assert chosen.provider == CPU
    assert track.basis.weights == (digest,)

    with pytest.raises(MissingPart, match=r"second.onnx: SHA-256 .* is not the 000000000000… of detectors.json"):
        face_tracks(film, exhibit="EX-0001", chosen=replace(chosen, sha256="0" * 64))
    with pytest.raises(MissingPart, match="which is not there"):
        face_tracks(film, exhibit="EX-0001", chosen=replace(chosen, file=str(tmp_path / "third.onnx")))


def test_a_provider_that_is_not_there_is_one_sentence(film: Path) -> None:
    """Nothing else is taken in its place: a finding names what made it."""
    with pytest.raises(MissingPart, match="asks for ColdFusionProvider, which this onnxruntime does not have"):
        person_tracks(film, exhibit="EX-0001", chosen=Chosen(provider="ColdFusionProvider"))


@pytest.mark.parametrize(
    "said", ['{"plates": {}}', '{"faces": {"path": "x"}}', '{"faces": {"file": "x.onnx"}}', "[]", "{"]
)
def test_a_setting_that_does_not_fit_is_refused(said: str, tmp_path: Path) -> None:
    (tmp_path / "detectors.json").write_text(said)
    with pytest.raises(WrongUsage, match="does not fit"):
        settings(tmp_path / "detectors.json")
