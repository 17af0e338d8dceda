# SPDX-License-Identifier: Apache-2.0
"""Covering a recording: what is hidden is gone, what is not is untouched, and time stays where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from media.moving import FPS, SERIAL, SIZE, decoded, moving, samples
from plainview.errors import StepFailed, WrongUsage
from plainview.media import conceal, covering, gop, recheck
from plainview.media.conceal import conceal_file, render
from plainview.media.decode import Frame, frames, pcm
from plainview.media.encode import Planes
from plainview.media.rendered import Rendered
from plainview.model.finding import Basis, Box, Track, TrackPoint
from plainview.model.redaction import Ground, MaskTrack, Mute, RecordingPlan
from plainview.model.time import MediaSpan, MediaTime, media_seconds

SECRET = b"s" * 32
MINOR = Ground("child-1", "minor", "705 ILCS 405/1-7")
AREA = Box(60, 30, 41, 37)
NOTHING = RecordingPlan("EX-0001")


def mask(start: float, end: float, box: Box = AREA, shape: str = "box") -> MaskTrack:
    return MaskTrack(MINOR, ((media_seconds(start), box), (media_seconds(end), box)), shape)


def rendered(film: Path, out: Path, plan: RecordingPlan = NOTHING, *, tiles: bool = True) -> Rendered:
    sha256 = hashlib.sha256(film.read_bytes()).hexdigest()
    commitment = gop.commit(film, secret=SECRET, sha256=sha256)
    return render(
        film, out, plan=plan, exhibit="EX-0001", sha256=sha256, commitment=commitment, secret=SECRET, tiles=tiles
    )


def black_share(pixels: np.ndarray, box: Box, *, rim: int = 7) -> float:
    inside = pixels[box.y + rim : box.y + box.h - rim, box.x + rim : box.x + box.w - rim]
    return float((inside < 30).all(axis=2).mean())


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving(tmp_path_factory.mktemp("conceal") / "film.mp4", marks=True)


@pytest.fixture(scope="module")
def one_face(film: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rendered]:
    """Four seconds, one group each second, something hidden from 1.2 s to 1.6 s."""
    out = tmp_path_factory.mktemp("out")
    return out, rendered(film, out, RecordingPlan("EX-0001", masks=(mask(1.2, 1.6),)))


def test_groups_that_no_decision_touches_are_the_original_bit_for_bit(
    film: Path, one_face: tuple[Path, Rendered]
) -> None:
    """Pictures 25 to 49 were encoded again; all others decode to exactly what the original decodes to."""
    out, made = one_face

    before, after = decoded(film), decoded(out / "full.mp4")

    assert [at for at, _ in before] == [at for at, _ in after]
    same = [np.array_equal(a, b) for (_, a), (_, b) in zip(before, after, strict=True)]
    assert all(same[:25] + same[50:])
    assert made.frames == 100
    assert made.proof is not None
    assert made.proof.untouched == (True, False, True, True)


def test_every_picture_of_the_decision_is_covered_and_no_other(one_face: tuple[Path, Rendered]) -> None:
    """In the full file and in the tile, from 1.2 s to 1.6 s the area is black; before and after it is not."""
    out, _ = one_face

    for name in ("full.mp4", "v360.mp4"):
        for at, pixels in decoded(out / name):
            assert black_share(pixels, AREA) == (1.0 if 1_200_000 <= at <= 1_600_000 else 0.0)


def test_a_stranger_can_prove_the_untouched_groups_from_the_release_alone(one_face: tuple[Path, Rendered]) -> None:
    """With full.mp4 and gops.json: leaves recomputed, root recomputed, no salt given for what changed."""
    out, made = one_face
    told = json.loads((out / "gops.json").read_text())

    bodies = [hashlib.sha256(body).digest() for body in bodies_by_hand(out / "full.mp4")]
    leaves = [bytes.fromhex(group["leaf"]) for group in told["groups"]]
    for body, leaf, group in zip(bodies, leaves, told["groups"], strict=True):
        if group["state"] == "untouched":
            assert hashlib.sha256(b"\0" + bytes.fromhex(group["salt"]) + body).digest() == leaf
    ab, cd = (hashlib.sha256(b"\x01" + leaves[i] + leaves[i + 1]).digest() for i in (0, 2))
    assert hashlib.sha256(b"\x01" + ab + cd).hexdigest() == told["root"]

    changed = told["groups"][1]
    assert (changed["state"], changed["reason"]) == ("changed", "minor")
    assert "salt" not in changed
    assert (changed["start_us"], changed["end_us"]) == (1_000_000, 2_000_000)
    assert made.renditions[2].note == "3 of 4 groups of pictures (3 s) are the original's, bit for bit"


def bodies_by_hand(path: Path) -> list[bytes]:
    bodies: list[bytes] = []
    first = 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for packet in container.demux(stream):
            raw = bytes(packet)
            if not raw:
                continue
            if packet.is_keyframe:
                bodies.append(b"")
                first = packet.pts or 0
            offset = int(((packet.pts or 0) - first) * packet.time_base * 1000 + Fraction(1, 2))
            bodies[-1] += len(raw).to_bytes(4, "big") + raw + offset.to_bytes(8, "big", signed=True)
    return bodies


def test_nothing_but_pictures_and_sound_passes(film: Path, one_face: tuple[Path, Rendered]) -> None:
    """No tag, no serial number, no name or version of an encoder in any file that is published."""
    out, made = one_face

    assert SERIAL.encode() in film.read_bytes()
    for each in made.renditions:
        data = (out / each.path).read_bytes()
        for mark in (SERIAL.encode(), b"x264", b"Lavc", b"Lavf", b"+41.8", b"eng", b"udta", b"meta", b"free"):
            assert mark not in data, (each.path, mark)
        assert (each.size, each.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_same_plan_gives_the_same_bytes(film: Path, one_face: tuple[Path, Rendered], tmp_path: Path) -> None:
    """Everything is made again in another folder and is equal, digest for digest."""
    _, made = one_face

    again = rendered(film, tmp_path, RecordingPlan("EX-0001", masks=(mask(1.2, 1.6),)))

    assert again == made


def test_tiles_suit_the_player(tmp_path: Path) -> None:
    """Above 360 lines: a 360 and a 720 tile, pictures only, no B-frames, a key frame each second, index first."""
    film = moving(tmp_path / "large.mp4", frames=60, size=(960, 540), group=60)
    made = rendered(film, tmp_path / "out", RecordingPlan("EX-0001", masks=(mask(0.4, 0.8, Box(333, 111, 97, 201)),)))

    sizes = {each.role: (each.width, each.height) for each in made.renditions}
    assert sizes["v360"] == (640, 360)
    assert sizes["v720"] == (960, 540)
    for name in ("v360.mp4", "v720.mp4"):
        path = tmp_path / "out" / name
        assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
        with av.open(str(path)) as container:
            assert len(container.streams) == 1
            packets = [p for p in container.demux(video=0) if p.size]
        assert all(p.pts == p.dts for p in packets)
        assert [round(float((p.pts or 0) * p.time_base), 3) for p in packets if p.is_keyframe] == [0.0, 1.0, 2.0]
    covered = {
        round(at / 40_000)
        for at, px in decoded(tmp_path / "out" / "v360.mp4")
        if black_share(px, Box(222, 74, 64, 134)) == 1
    }
    assert covered == set(range(10, 21))


def test_changing_frame_rate_keeps_every_time(tmp_path: Path) -> None:
    """A phone that speeds up and pauses: the mask is found by time, and no time moves."""
    moments = [n / 30 for n in range(20)] + [0.9 + n / 12 for n in range(12)] + [3.0 + n / 60 for n in range(20)]
    film = moving(tmp_path / "vfr.mp4", moments=moments, group=20)
    made = rendered(film, tmp_path / "out", RecordingPlan("EX-0001", masks=(mask(1.0, 1.5),)))

    before = [at for at, _ in decoded(film)]

    for name in ("full.mp4", "v360.mp4"):
        after = decoded(tmp_path / "out" / name)
        assert [at for at, _ in after] == before
        dark = [at for at, px in after if black_share(px, AREA) == 1.0]
        assert dark == [at for at in before if 1_000_000 <= at <= 1_500_000]
    assert made.proof is not None
    assert made.proof.untouched.count(True) == 2


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("hevc", {"codec": "libx265"}, "hevc, not H.264"),
        ("ten_bit", {"pixels": "yuv420p10le"}, "not 8-bit 4:2:0"),
        ("mpeg4", {"codec": "mpeg4"}, "mpeg4, not H.264"),
    ],
)
def test_what_cannot_be_copied_is_encoded_again_and_says_so(
    name: str, options: dict[str, object], why: str, tmp_path: Path
) -> None:
    """No group is claimed to be untouched; pictures, times and the cover are still exact."""
    film = moving(tmp_path / f"{name}.mp4", frames=40, **options)  # type: ignore[arg-type]  # parametrised
    area = Box(20, 60, 41, 51)
    made = rendered(film, tmp_path / "out", RecordingPlan("EX-0001", masks=(mask(0.4, 0.8, area),)))

    assert made.proof is not None
    assert not any(made.proof.untouched)
    assert any(why in note for note in made.notes)
    shown = decoded(tmp_path / "out" / "full.mp4")
    assert [at for at, _ in shown] == [at for at, _ in decoded(film)]
    assert {round(at / 40_000) for at, px in shown if black_share(px, area) == 1.0} == set(range(10, 21))
    assert shown[0][1].shape[:2] == SIZE[::-1]


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_cover_on_a_turned_phone_lies_where_the_viewer_saw_it(rotation: int, tmp_path: Path) -> None:
    """The stored picture lies on its side or head; the cover is where it was drawn, other groups are copied."""
    film = moving(tmp_path / "phone.mp4", frames=75, rotation=rotation)
    area = Box(20, 60, 61, 37)
    made = rendered(film, tmp_path / "out", RecordingPlan("EX-0001", masks=(mask(1.2, 1.6, area),)))

    before, full, tile = (upright(path) for path in (film, tmp_path / "out/full.mp4", tmp_path / "out/v360.mp4"))

    assert made.proof is not None
    assert made.proof.untouched == (True, False, True)
    assert len(before) == len(full) == len(tile) == 75
    for n, (old, new, small) in enumerate(zip(before, full, tile, strict=True)):
        assert old.shape == new.shape == small.shape
        assert black_share(new, area) == black_share(small, area) == (1.0 if 30 <= n <= 40 else 0.0)
        assert np.array_equal(old, new) or 25 <= n < 50
    assert np.abs(tile[5].astype(int) - before[5]).mean() < 12


def upright(path: Path) -> list[np.ndarray]:
    """Every picture as a player turns it."""
    return [found.array("rgb24") for found in frames(path) if isinstance(found, Frame)]


def test_sound_that_begins_late_stays_late(tmp_path: Path) -> None:
    """Recorders keep 30 silent seconds before the button: here 1.5 s, and the click stays at 2.0 s in every file."""
    film = moving(tmp_path / "late.mp4", tone_from=1.5)
    made = rendered(film, tmp_path / "out", RecordingPlan("EX-0001", masks=(mask(1.2, 1.6),)))

    for name in ("a.m4a", "full.mp4"):
        heard = samples(tmp_path / "out" / name)
        assert int(np.abs(heard).argmax()) == pytest.approx(2.0 * 48000, abs=60)
        assert np.abs(heard[: int(1.45 * 48000)]).max() < 0.01
    assert not made.notes


def test_untouched_sound_is_copied_and_muted_sound_is_gone(film: Path, tmp_path: Path) -> None:
    """From 2 s to 3 s the 440 Hz tone is replaced by 1 kHz; the outline is flat there, the rest is as before."""
    rendered(film, tmp_path / "kept")
    assert np.array_equal(samples(tmp_path / "kept" / "full.mp4"), samples(film))

    mute = Mute(MediaSpan(MediaTime(2_000_000), MediaTime(3_000_000)), MINOR)
    made = rendered(film, tmp_path / "muted", RecordingPlan("EX-0001", mutes=(mute,)))

    for name in ("a.m4a", "full.mp4"):
        heard = samples(tmp_path / "muted" / name)
        inside, outside = heard[int(2.02 * 48000) : int(2.98 * 48000)], heard[int(1.0 * 48000) : int(1.9 * 48000)]
        assert strength(inside, 440) < 0.002
        assert strength(inside, 1000) > 0.04
        assert strength(outside, 440) > 0.1
    wave = (tmp_path / "muted" / "wave.dat").read_bytes()
    points = np.frombuffer(wave[24:], np.int8).reshape(-1, 2)
    assert np.abs(points[41:59]).max() <= 14
    assert np.abs(points[20:39]).min() > 30
    assert made.notes == ()
    assert len(samples(tmp_path / "muted" / "full.mp4")) == len(samples(film))


def strength(heard: np.ndarray, frequency: float) -> float:
    """Half the amplitude of one tone."""
    turns = np.exp(-2j * np.pi * frequency * np.arange(len(heard)) / 48000)
    return float(np.abs((heard * turns).mean()))


def test_whole_pictures_can_be_covered(film: Path, tmp_path: Path) -> None:
    """A blackout from 2.4 s to 2.8 s leaves nothing of ten pictures, in the sheet and the poster neither."""
    span = MediaSpan(MediaTime(2_400_000), MediaTime(2_800_000))
    rendered(film, tmp_path, RecordingPlan("EX-0001", blackouts=((span, MINOR),)))

    dark = [round(at / 40_000) for at, px in decoded(tmp_path / "full.mp4") if (px < 30).all()]
    assert dark == list(range(60, 70))


def test_stills_are_made_from_covered_pictures(film: Path, tmp_path: Path) -> None:
    """The area is hidden all the time, so it is black on the poster and on the sheet."""
    rendered(film, tmp_path, RecordingPlan("EX-0001", masks=(mask(0, 4),)))

    poster = np.asarray(Image.open(tmp_path / "poster.webp").convert("RGB"))
    assert black_share(poster, AREA, rim=6) == 1.0
    with Image.open(tmp_path / "sprite.webp") as sheet:
        assert sheet.size == (160, 90)


def test_a_call_without_pictures_has_sound_and_an_outline(tmp_path: Path) -> None:
    """No tile, no still, no proof; the file to download is sound."""
    film = moving(tmp_path / "film.mp4", frames=50)
    call = tmp_path / "call.m4a"
    with av.open(str(film)) as source, av.open(str(call), "w", format="mp4") as target:
        out = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.size:
                packet.stream = out
                target.mux(packet)
    made = rendered(call, tmp_path / "out")

    assert [each.path for each in made.renditions] == ["a.m4a", "full.m4a", "wave.dat"]
    assert made.proof is None
    assert int(np.abs(samples(tmp_path / "out" / "full.m4a")).argmax()) == pytest.approx(24000, abs=60)


def test_a_forgotten_frame_is_noticed_before_anything_is_handed_out(
    film: Path, one_face: tuple[Path, Rendered]
) -> None:
    """The finished file is judged by a plan that hides one frame more than it does."""
    out, _ = one_face
    longer = RecordingPlan("EX-0001", masks=(mask(1.2, 1.64),))
    times = [at for at, _ in decoded(film)]

    with pytest.raises(StepFailed, match="does not hide"):
        recheck.pictures(out / "full.mp4", times, plan=longer, across=Fraction(1), down=Fraction(1))
    with pytest.raises(StepFailed, match="100 pictures were written where the original has 101"):
        recheck.pictures(out / "full.mp4", [*times, 4_000_000], plan=NOTHING, across=Fraction(1), down=Fraction(1))


def test_a_recording_cut_off_in_the_middle_gives_what_is_left(film: Path, tmp_path: Path) -> None:
    """The last third of the bytes is missing: fewer pictures, all of them right, and no claim about the rest."""
    whole = film.read_bytes()
    with (
        av.open(str(film)) as source,
        av.open(str(tmp_path / "fast.mp4"), "w", options={"movflags": "faststart"}) as target,
    ):
        out = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = out
                target.mux(packet)
    cut = tmp_path / "cut.mp4"
    data = (tmp_path / "fast.mp4").read_bytes()
    cut.write_bytes(data[: len(data) * 2 // 3])
    assert len(whole) > len(data)

    made = rendered(cut, tmp_path / "out", RecordingPlan("EX-0001", masks=(mask(1.2, 1.6),)))

    assert 40 < made.frames < 90
    dark = [round(at / 40_000) for at, px in decoded(tmp_path / "out" / "full.mp4") if black_share(px, AREA) == 1.0]
    assert dark == list(range(30, 41))


def test_one_file_can_be_covered_without_a_case(film: Path, tmp_path: Path) -> None:
    """A drawn box and a muted second; the report says what was hidden and when."""
    target = tmp_path / "covered.mp4"
    boxes = [
        {"start": 1.2, "end": 1.6, "box": [60, 30, 41, 37], "shape": "ellipse"},
        {"start": 2, "end": 3, "mute": "silence"},
    ]

    report = conceal_file(film, target, faces=False, boxes=boxes)

    assert report["hidden"] == [
        {"what": "box", "start_s": 1.2, "end_s": 1.6},
        {"what": "sound", "cover": "silence", "start_s": 2.0, "end_s": 3.0},
    ]
    assert report["notes"][0].startswith("3 of 4 groups")
    assert report["target_sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["covered.mp4"]
    middle = Box(67, 36, 27, 25)
    assert {round(at / 40_000) for at, px in decoded(target) if black_share(px, middle) == 1} == set(range(30, 41))


def test_a_face_cut_off_at_the_edge_is_covered_to_its_corners() -> None:
    """An ellipse follows the face while it is whole; what is left of its box at the edge is covered whole."""
    boxes = (Box(60, 30, 40, 50), Box(110, 30, 40, 50), Box(160, 30, 32, 50), Box(176, 30, 16, 50))
    points = tuple(TrackPoint(MediaTime(n * 40_000), box, 0.9, True) for n, box in enumerate(boxes))
    track = Track("face-001", "face", points, Basis("by hand", "1", ()))

    found = conceal.masked(track, (192, 108))

    assert [(mask.shape, len(mask.points)) for mask in found] == [("ellipse", 2), ("box", 2)]
    assert [point for mask in found for point in mask.points] == [(point.at, point.box) for point in points]


def test_whole_pictures_and_a_voice_can_be_hidden_without_a_case(film: Path, tmp_path: Path) -> None:
    """A tenth of a second of pictures is black; the tone of the film is noise while its voice is disguised."""
    target = tmp_path / "covered.mp4"
    asked = [{"start": 1.2, "end": 1.32, "whole": True}, {"start": 2, "end": 3, "mute": "voice"}]

    report = conceal_file(film, target, faces=False, boxes=asked)

    assert report["hidden"] == [
        {"what": "whole picture", "start_s": 1.2, "end_s": 1.32},
        {"what": "sound", "cover": "voice", "start_s": 2.0, "end_s": 3.0},
    ]
    black = {round(at / 40_000) for at, px in decoded(target) if (px < 30).all()}
    assert black == {30, 31, 32}
    heard = pcm(target, rate=48000)
    before, disguised = heard[48000:96000], heard[100_000:140_000]
    # Noise of a band 100 Hz wide holds by chance a ninth of any pitch in it over 0.8 s.
    assert strength(disguised, 440) < 0.25 * strength(before, 440)
    assert np.abs(disguised).mean() > 0.1 * np.abs(before).mean()


@pytest.mark.parametrize(
    "entry",
    [
        {"start": 1, "end": 2},
        {"start": 2, "end": 1, "box": [1, 1, 5, 5]},
        {"start": 1, "end": 2, "box": [1, 1, 0, 5]},
        {"start": 1, "end": 2, "box": [1, 1, 5]},
        {"start": 1, "end": 2, "mute": "loud"},
        {"start": 1, "end": 2, "box": [1, 1, 5, 5], "shape": "star"},
        {"start": 1, "end": 2, "whole": "yes"},
        {"start": 1, "end": 2, "whole": True, "box": [1, 1, 5, 5]},
    ],
)
def test_a_box_that_makes_no_sense_is_refused(entry: dict[str, object], film: Path, tmp_path: Path) -> None:
    """Nothing is written when an instruction cannot be followed exactly."""
    with pytest.raises(WrongUsage, match="does not fit"):
        conceal_file(film, tmp_path / "out.mp4", faces=False, boxes=[entry])

    assert not list(tmp_path.iterdir())


def test_the_original_is_never_overwritten(film: Path) -> None:
    """Naming the original as target is refused."""
    before = film.read_bytes()

    with pytest.raises(WrongUsage, match="cannot take the place"):
        conceal_file(film, film, faces=False)

    assert film.read_bytes() == before


def test_pictures_per_second_of_the_films_here() -> None:
    """The numbers above count on this rate."""
    assert FPS == 25


def test_what_an_edit_list_hides_is_not_in_the_release(film: Path, tmp_path: Path) -> None:
    """The first 1.2 s were trimmed away by an edit list only: still in the file, never shown, not to be passed on."""
    trimmed = tmp_path / "trimmed.mp4"
    with av.open(str(film)) as source, av.open(str(trimmed), "w") as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.size and packet.pts is not None and packet.dts is not None:
                back = int(Fraction(6, 5) / packet.time_base)
                packet.pts, packet.dts = packet.pts - back, packet.dts - back
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    assert len(everything(trimmed)) == 100

    made = rendered(trimmed, tmp_path / "out", RecordingPlan("EX-0001", masks=(mask(0.4, 0.8),)))

    assert made.frames == 70
    full = tmp_path / "out" / "full.mp4"
    assert len(everything(full)) == len(decoded(full)) == 70
    with av.open(str(full), options={"ignore_editlist": "1"}) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) < 2.9 * 48000
    assert any("hides" in note for note in made.notes)


def everything(path: Path) -> list[int]:
    """Times of all pictures in a file, those that an edit list hides included."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        return [frame.pts or 0 for frame in container.decode(video=0)]


def test_a_cover_crossed_by_a_coarse_coders_ripples_is_written_finer(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the usual rate leaves the fill impure the whole is written again at a finer one; a cover is never excused."""
    monkeypatch.setattr(covering, "FULL_CRF", 51)
    monkeypatch.setattr(covering, "TILE_CRF", 51)
    monkeypatch.setattr(recheck, "LUMA_TOLERANCE", 3)
    monkeypatch.setattr(recheck, "CHROMA_TOLERANCE", 3)
    monkeypatch.setattr(conceal, "FINER", (0, 45))
    plan = RecordingPlan("EX-0001", masks=(mask(1.2, 1.6),))

    made = rendered(film, tmp_path / "out", plan)

    shown = [pixels for at, pixels in decoded(tmp_path / "out" / "full.mp4") if 1_200_000 <= at <= 1_600_000]
    assert made.frames == 100
    assert min(black_share(pixels, AREA) for pixels in shown) == 1.0
    monkeypatch.setattr(conceal, "FINER", (0,))
    with pytest.raises(StepFailed, match="does not hide"):
        rendered(film, tmp_path / "coarse", plan)


def test_one_stray_sample_shows_in_a_small_cover_and_not_in_a_large_one() -> None:
    """A face of 15 pixels under an ellipse of 31 × 37: of its 28 colour samples away from the rim one is astray."""
    face, crowd = Box(208, 78, 31, 37), Box(100, 40, 200, 160)
    flat = Planes(
        np.full((240, 320), 16, np.uint8), np.full((120, 160), 128, np.uint8), np.full((120, 160), 128, np.uint8)
    )
    rippled = replace(flat, u=flat.u.copy())
    rippled.u[51, 112] = 128 + 13

    assert recheck.covered(flat, face, "ellipse")
    assert not recheck.covered(rippled, face, "ellipse")
    assert recheck.covered(rippled, crowd, "box")


def test_an_avi_coded_out_of_order_is_rendered_in_order(tmp_path: Path) -> None:
    """H.264 with pictures in between, in an AVI: every picture is in the rendition, in its order, covered where decided."""
    film = moving(tmp_path / "between.avi", sound_codec="mp2", frames=50)

    made = rendered(film, tmp_path / "out", RecordingPlan("EX-0001", masks=(mask(0.8, 1.2),)))

    shown = decoded(tmp_path / "out" / "full.mp4")
    squares = [int(np.argmax((pixels[40:56] > 180).all(axis=0)[:, 1])) for _, pixels in shown[2:18]]
    assert made.frames == 50
    assert squares == sorted(squares)
    covered = [black_share(pixels, AREA) for at, pixels in shown if 840_000 <= at <= 1_160_000]
    assert len(covered) >= 8
    assert min(covered) == 1.0
