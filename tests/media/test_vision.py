# SPDX-License-Identifier: Apache-2.0
"""Finding faces: on every frame they are in, under a shaking camera, across a detector's blinks."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import plainview.simulator
from media.moving import moving, texture
from plainview.media import centerface, stretches, tracking
from plainview.media.conceal import conceal_file
from plainview.media.motion import CameraMotion
from plainview.media.survey import survey
from plainview.media.tracking import Sightings, link
from plainview.media.vision import face_tracks, text_tracks
from plainview.model.finding import Box, Track
from plainview.model.time import SECOND

FACES = Path(plainview.simulator.__path__[0]) / "faces"
SIZE = (480, 270)
FPS = 25


def face(name: str, height: int) -> Image.Image:
    """One of the invented faces, freely licensed, that ship with the simulator."""
    with Image.open(FACES / f"{name}.png") as picture:
        return picture.resize((round(picture.width * height / picture.height), height))


def camera(frames: int, seed: int) -> list[tuple[int, int]]:
    """Where a hand-held camera looks: a seeded random walk of its speed."""
    rng = np.random.default_rng(seed)
    speed, place, path = np.zeros(2), np.array([150.0, 90.0]), []
    for _ in range(frames):
        speed = 0.85 * speed + rng.normal(0, 3, 2)
        place = np.clip(place + speed, 0, (300, 180))
        path.append((round(place[0]), round(place[1])))
    return path


def shaken(
    path: Path,
    *,
    frames: int,
    names: list[str],
    seed: int = 1,
    gone: range = range(0),
    group: int = 250,
    overhead: bool = False,
) -> list[list[Box | None]]:
    """A film of faces standing in a street that a shaking camera sees; gives each face's box per frame.

    ``overhead``: the camera hangs upside down.
    """
    grey = texture(SIZE[0] + 300, SIZE[1] + 180)
    street = Image.fromarray(np.stack([grey, grey // 2 + 60, 200 - grey // 2], axis=2))
    people = [(face(name, 84 + 16 * i), 170 + 130 * i, 150 + 30 * i) for i, name in enumerate(names)]
    truth: list[list[Box | None]] = [[] for _ in names]
    with av.open(str(path), "w") as container:
        video = cast(VideoStream, container.add_stream("libx264", rate=FPS))
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.codec_context.thread_count = 1
        video.options = {"g": str(group)}
        for n, (cx, cy) in enumerate(camera(frames, seed)):
            scene = street.copy()
            for i, (picture, x, y) in enumerate(people):
                if n not in gone:
                    scene.paste(picture, (x, y), picture)
                truth[i].append(_visible(picture, x - cx, y - cy) if n not in gone else None)
            shown = scene.crop((cx, cy, cx + SIZE[0], cy + SIZE[1]))
            frame = av.VideoFrame.from_image(shown.rotate(180) if overhead else shown)
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return [[_overhead(box) if overhead and box else box for box in boxes] for boxes in truth]


def _overhead(box: Box) -> Box:
    return Box(SIZE[0] - box.x - box.w, SIZE[1] - box.y - box.h, box.w, box.h)


def test_readable_text_is_followed_and_nothing_else(tmp_path: Path) -> None:
    """A sign in a street seen by a shaking camera is covered on every frame; no track where there is no sign."""
    film, truth = tmp_path / "film.mp4", []
    grey = texture(SIZE[0] + 300, SIZE[1] + 180) // 4 + 90
    street = Image.fromarray(grey)
    sign = Image.new("L", (200, 60), 235)
    ImageDraw.Draw(sign).text((14, 12), "CLINIC 47", fill=10, font=ImageFont.load_default(36))
    street.paste(sign, (300, 210))
    with av.open(str(film), "w") as container:
        video = cast(VideoStream, container.add_stream("libx264", rate=FPS))
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        for n, (cx, cy) in enumerate(camera(20, 4)):
            truth.append(Box(314 - cx, 222 - cy, 170, 34))
            frame = av.VideoFrame.from_image(street.crop((cx, cy, cx + SIZE[0], cy + SIZE[1])).convert("RGB"))
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))

    tracks = text_tracks(film, exhibit="EX-0001")

    assert {track.kind for track in tracks} == {"text"}
    assert min(covered(tracks, n, box) for n, box in enumerate(truth)) > 0.9
    assert text_tracks(moving(tmp_path / "plain.mp4", frames=10), exhibit="EX-0001") == ()


def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three stretches of one second; faces are followed over their borders."""
    monkeypatch.setattr(stretches, "SHORTEST", SECOND)
    film = tmp_path / "film.mp4"
    shaken(film, frames=75, names=["mother", "imbert"], group=25)
    alone = conceal_file(film, tmp_path / "alone.mp4", faces=True)
    shared = conceal_file(film, tmp_path / "shared.mp4", faces=True, workers=2)
    known = survey(film).pictures

    assert [each.start for each in stretches.stretches(known)] == [None, SECOND, 2 * SECOND]
    assert (tmp_path / "alone.mp4").read_bytes() == (tmp_path / "shared.mp4").read_bytes()
    assert alone | {"target": ""} == shared | {"target": ""}
    assert [row["end_s"] for row in shared["hidden"][:2]] == [2.96, 2.96]


def _square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def test_whoever_is_free_takes_the_next_piece_and_all_come_in_order() -> None:
    """This process works too while the others start."""
    with stretches.Crew(2) as crew:
        found = list(crew.each(_square, range(9)))

    assert [square for square, _ in found] == [n * n for n in range(9)]
    assert os.getpid() in {process for _, process in found}


def test_a_recording_that_cannot_be_entered_in_its_middle_is_one_stretch(tmp_path: Path) -> None:
    film = moving(tmp_path / "film.mkv", frames=30, codec="libx265", group=10)

    assert stretches.stretches(survey(film).pictures) == (stretches.Stretch(),)


def _visible(picture: Image.Image, x: int, y: int) -> Box | None:
    """The inner face (brows to chin) when all of it is in the picture."""
    box = Box(
        round(x + picture.width * 0.25), round(y + picture.height * 0.4), picture.width // 2, picture.height * 2 // 5
    )
    inside = box.x >= 0 and box.y >= 0 and box.x + box.w <= SIZE[0] and box.y + box.h <= SIZE[1]
    return box if inside else None


def covered(tracks: tuple[Track, ...], n: int, box: Box) -> float:
    """The largest share of ``box`` that one track covers on frame ``n``."""
    boxes = [point.box for track in tracks for point in track.points if point.at == n * 1_000_000 // FPS]
    shares = [
        max(0, min(b.x + b.w, box.x + box.w) - max(b.x, box.x))
        * max(0, min(b.y + b.h, box.y + box.h) - max(b.y, box.y))
        for b in boxes
    ]
    return max(shares, default=0) / (box.w * box.h)


def test_faces_under_a_shaking_camera_are_covered_on_every_frame(tmp_path: Path) -> None:
    """Three people, ninety frames: no face that is whole in the picture is less than 90 % covered, ever."""
    film = tmp_path / "street.mp4"
    truth = shaken(film, frames=90, names=["mother", "imbert", "filmer"])

    tracks = face_tracks(film, exhibit="EX-0003")

    seen = [(n, box) for boxes in truth for n, box in enumerate(boxes) if box is not None]
    assert len(seen) > 150
    assert min(covered(tracks, n, box) for n, box in seen) >= 0.9
    assert [track.id for track in tracks] == [f"EX-0003-f{n:03d}" for n in range(1, len(tracks) + 1)]
    assert all(track.basis.weights == (weights_digest(),) for track in tracks)
    for track in tracks:
        times = [point.at for point in track.points]
        assert times == sorted(set(times))
        assert all(p.box.x >= 0 and p.box.x + p.box.w <= SIZE[0] for p in track.points)
        assert all(p.box.y >= 0 and p.box.y + p.box.h <= SIZE[1] for p in track.points)


def test_a_camera_that_hangs_upside_down_hides_faces_from_their_first_picture_on(tmp_path: Path) -> None:
    """Two people who stand on their heads come in at frame 15, between two turned looks; no face of theirs shows."""
    film = tmp_path / "overhead.mp4"
    truth = shaken(film, frames=60, names=["mother", "filmer"], gone=range(15), overhead=True)

    tracks = face_tracks(film, exhibit="EX-0003")

    seen = [(n, box) for boxes in truth for n, box in enumerate(boxes) if box is not None]
    assert len(seen) > 50
    assert min(covered(tracks, n, box) for n, box in seen) >= 0.9


def weights_digest() -> str:
    return centerface.detector(*SIZE).digest


def test_while_large_faces_are_sure_every_second_look_is_half_as_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks at whole pictures are saved where nothing is in doubt; the face is covered on every frame all the same."""
    widths: list[int] = []
    seen = centerface.CenterFace.detect

    def spied(self: centerface.CenterFace, picture: NDArray[np.uint8], *, threshold: float) -> centerface.Boxes:
        widths.append(picture.shape[1])
        return seen(self, picture, threshold=threshold)

    monkeypatch.setattr(centerface.CenterFace, "detect", spied)
    truth = shaken(tmp_path / "a.mp4", frames=40, names=["mother"])
    tracks = face_tracks(tmp_path / "a.mp4", exhibit="EX-0001")

    usual = widths.count(SIZE[0])
    assert usual / 3 <= widths.count(SIZE[0] // 2) - 6 <= usual
    assert all(covered(tracks, n, box) >= 0.9 for n, box in enumerate(truth[0]) if box is not None)


def test_the_same_film_gives_the_same_tracks_and_an_empty_street_none(tmp_path: Path) -> None:
    """Twice the same; without people there is nothing to propose."""
    film = tmp_path / "one.mp4"
    shaken(film, frames=20, names=["child"])
    empty = tmp_path / "empty.mp4"
    shaken(empty, frames=20, names=[])

    assert face_tracks(film, exhibit="EX-0001") == face_tracks(film, exhibit="EX-0001")
    assert face_tracks(empty, exhibit="EX-0001") == ()


def test_a_face_that_vanishes_for_good_does_not_stay_covered_for_ever(tmp_path: Path) -> None:
    """The person is there for frames 0 to 29 only: from frame 56 on nothing is proposed."""
    film = tmp_path / "gone.mp4"
    shaken(film, frames=60, names=["vane"], gone=range(30, 60))

    tracks = face_tracks(film, exhibit="EX-0001")

    assert max(track.points[-1].at for track in tracks) < 56 * 40_000


def row(x: float, y: float, size: float, score: float) -> NDArray[np.float32]:
    return np.array([[x, y, x + size, y + size, score]], np.float32)


def sightings(
    found: dict[int, NDArray[np.float32]], frames: int, *, speed: float = 0, cut: int | None = None
) -> Sightings:
    shift = np.stack([np.arange(frames) * speed, np.zeros(frames)], axis=1)
    shot = (np.arange(frames) >= (frames if cut is None else cut)).astype(np.int64)
    return Sightings(found, shift, shot, (640, 360))


def test_a_pause_between_two_covers_of_one_place_is_covered() -> None:
    """Seen at 10 and 12, again at 34 and 36: too long for one track, but no one of the frames between is bare."""
    seen = {n: row(100, 50, 40, 0.9) for n in (10, 12, 34, 36)}

    first, second = link(sightings(seen, 60))

    assert {placed.frame for placed in [*first, *second]} == set(range(2, 45))
    apart = link(sightings({**seen, 34: row(300, 50, 40, 0.9), 36: row(300, 50, 40, 0.9)}, 60))
    assert [track[-1].frame for track in apart] == [20, 44]


def test_between_two_detections_both_predictions_are_covered() -> None:
    """A face jumps 30 pixels in six frames; halfway both where it was and where it will be are hidden."""
    [track] = link(sightings({10: row(100, 50, 40, 0.9), 16: row(130, 50, 40, 0.9)}, 40))

    middle = next(placed for placed in track if placed.frame == 13)
    assert middle.box[0] <= 100
    assert middle.box[2] >= 170
    assert not middle.detected
    assert [placed.frame for placed in track] == list(range(2, 25))


def test_a_track_follows_the_camera_while_the_detector_is_blind() -> None:
    """The camera pans 12 pixels a frame; after fifteen blind frames it is still one track, in the right place."""
    found = {0: row(100, 50, 30, 0.8), 3: row(136, 50, 30, 0.8), 18: row(316, 50, 30, 0.8)}
    [track] = link(sightings(found, 19, speed=12))

    for placed in track:
        assert placed.box[0] <= 100 + 12 * placed.frame + 0.01
        assert placed.box[2] >= 130 + 12 * placed.frame - 0.01


def test_a_camera_swung_away_and_back_meets_a_covered_face() -> None:
    """Seen up to frame 6; twelve frames at 60 pixels each to the right and twelve back show nothing but smears.

    The cover comes back with the face, a little larger, and stays no longer than any other after that.
    """
    seen = {n: row(300, 100, 40, 0.9) for n in (0, 3, 6)}
    speeds = [0.0] * 7 + [60.0] * 12 + [-60.0] * 12 + [0.0] * 20
    shift = np.stack([np.cumsum(speeds), np.zeros(len(speeds))], axis=1)
    [track] = link(Sightings(seen, shift, np.zeros(len(speeds), dtype=np.int64), (640, 360)))

    back = next(placed for placed in track if placed.frame == 30)
    assert back.box[0] <= 300 - 18
    assert 340 + 18 <= back.box[2] <= 340 + 60
    assert track[-1].frame == 30 + tracking.REACH


def test_no_track_crosses_a_cut() -> None:
    """The same place before and after a cut is two things; a swing looks like a cut, so covers stay two frames more."""
    first, second = link(sightings({8: row(100, 50, 40, 0.9), 12: row(100, 50, 40, 0.9)}, 30, cut=10))

    assert (first[0].frame, first[-1].frame, second[0].frame, second[-1].frame) == (0, 11, 8, 20)
    assert [placed.box.tolist() for placed in first[-2:]] == [first[-3].box.tolist()] * 2
    assert [placed.box.tolist() for placed in second[:2]] == [second[2].box.tolist()] * 2


def test_low_scores_continue_a_track_but_never_found_one() -> None:
    """A chain of doubts is dropped; the same doubts beside one sure detection are kept."""
    doubts = {n: row(100, 50, 40, 0.2) for n in range(0, 12, 3)}

    assert link(sightings(doubts, 12)) == []
    [track] = link(sightings({**doubts, 12: row(100, 50, 40, 0.6)}, 13))
    assert sum(placed.detected for placed in track) == 5
    assert link(sightings({4: row(90, 90, 9, tracking.LONELY - 0.01)}, 9)) == []


def test_a_face_that_one_look_saw_before_all_was_smeared_is_covered() -> None:
    """A face comes in at the edge, a sure one beside it; then the camera swings and no look shows any: both are kept.

    What the edge cut off of the face is covered when the camera turns to it.
    """
    both = np.array([[100, 50, 140, 106, 0.9], [620, 100, 640, 170, 0.34]], np.float32)
    none = np.zeros((0, 5), np.float32)
    looks = {0: row(190, 50, 40, 0.9), 3: both, 4: none, 5: none}

    assert len(link(sightings({0: both[:1], 3: both, 6: both[:1]}, 9))) == 1
    _, cut_off = link(sightings(looks, 9, speed=-30))
    covered = next(placed.box for placed in cut_off if placed.frame == 5)
    assert covered[0] <= 620 - 60
    assert covered[2] >= 620 - 60 + 46


def test_half_a_face_that_leaves_with_the_first_look_is_covered_and_a_doubt_elsewhere_is_not() -> None:
    """Nothing but the first look can show it: it is cut off by the edge and gone in the next."""
    doubts = np.array([[413, 1, 447, 34, 0.23], [200, 114, 240, 166, 0.23]], np.float32)
    [track] = link(sightings({0: doubts, 3: np.zeros((0, 5), np.float32)}, 9))

    assert track[0].box.tolist() == doubts[0, :4].tolist()


@pytest.mark.parametrize(("right", "down"), [(5, -3), (0, 0), (-17, 8)])
def test_camera_motion_is_measured_to_a_fraction_of_a_pixel(right: int, down: int) -> None:
    """The same street shifted by a known amount."""
    street = texture(400, 300).astype(np.float32)
    motion = CameraMotion()
    motion.step(street[100:190, 100:260])

    shift, cut = motion.step(street[100 - down : 190 - down, 100 - right : 260 - right])

    assert not cut
    assert shift == pytest.approx((right, down), abs=0.3)


def test_a_cut_is_not_a_motion() -> None:
    """Another scene in other light starts a new shot."""
    motion = CameraMotion()
    motion.step(texture(160, 90).astype(np.float32))

    assert motion.step(np.full((90, 160), 235, np.float32)) == ((0.0, 0.0), True)
