# SPDX-License-Identifier: Apache-2.0
"""Writing pictures, sound and MP4: exact times, outward covers, and no byte that nobody chose."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.moving import moving, picture
from plainview.media import mp4, nal
from plainview.media.aac import without_signature
from plainview.media.encode import Look, PictureEncoder, Planes, SoundEncoder, planes, scaled_box, sound_rate
from plainview.model.finding import Box


def grey(width: int = 64, height: int = 48) -> Planes:
    chroma = np.full((height // 2, width // 2), 90, np.uint8)
    return Planes(np.full((height, width), 120, np.uint8), chroma.copy(), chroma.copy())


@given(
    x=st.integers(-10, 70),
    y=st.integers(-10, 60),
    w=st.integers(1, 80),
    h=st.integers(1, 70),
    shape=st.sampled_from(["box", "ellipse"]),
)
def test_a_cover_hides_every_pixel_of_its_shape_in_luma_and_chroma(x: int, y: int, w: int, h: int, shape: str) -> None:
    """For any place and size: what lies inside is fill, and nothing two pixels outside is."""
    shown = grey()
    shown.cover(Box(x, y, w, h), shape)

    rows, columns = np.mgrid[0:48, 0:64]
    inside = (columns >= x) & (columns < x + w) & (rows >= y) & (rows < y + h)
    if shape == "ellipse":
        inside &= ((columns + 0.5 - x - w / 2) / (w / 2)) ** 2 + ((rows + 0.5 - y - h / 2) / (h / 2)) ** 2 <= 1
    outside = (columns < x - 1) | (columns > x + w) | (rows < y - 1) | (rows > y + h)
    assert (shown.y[inside] == 16).all()
    assert (shown.u.repeat(2, 0).repeat(2, 1)[inside] == 128).all()
    assert (shown.y[outside] == 120).all()


@given(x=st.integers(0, 500), w=st.integers(1, 300), small=st.integers(2, 800))
def test_a_smaller_picture_has_a_cover_at_least_as_large(x: int, w: int, small: int) -> None:
    """Scaled boxes round outward at any ratio."""
    ratio = Fraction(small, 801)
    box = scaled_box(Box(x, x, w, w), across=ratio, down=ratio)

    assert box.x <= x * ratio
    assert box.x + box.w >= (x + w) * ratio


def test_times_of_pictures_out_of_order_and_sound_that_starts_late_survive_the_writer(tmp_path: Path) -> None:
    """B-frames, encoder priming and a late start come back from the file tick for tick."""
    film = moving(tmp_path / "film.mp4", tone_from=1.25, frames=40)
    with av.open(str(film)) as source:
        video, audio = source.streams.video[0], source.streams.audio[0]
        sets = nal.parameter_sets(bytes(video.codec_context.extradata or b""))
        entry = mp4.aac_entry(bytes(audio.codec_context.extradata or b""), rate=48000, channels=1)
        tracks = [mp4.Track(mp4.h264_entry(sets, width=192, height=108), 90000, 192, 108), mp4.Track(entry, 48000)]
        given_packets = []
        with mp4.Writer(tmp_path / "copy.mp4", tracks) as writer:
            for packet in source.demux():
                if packet.size:
                    number = 0 if packet.stream.type == "video" else 1
                    assert packet.pts is not None
                    assert packet.dts is not None
                    given_packets.append((number, packet.pts, packet.dts, bool(packet.is_keyframe), bytes(packet)))
                    writer.add(
                        number,
                        mp4.Sample(bytes(packet), packet.dts, packet.pts, packet.is_keyframe, packet.duration or 1),
                    )

    with av.open(str(tmp_path / "copy.mp4")) as copy:
        read = [(p.stream_index, p.pts, p.dts, bool(p.is_keyframe), bytes(p)) for p in copy.demux() if p.size]
        assert all(set(stream.metadata.values()) <= {"und", "Video", "Sound"} for stream in copy.streams)
    assert sorted(read) == sorted(given_packets)


def test_an_mp4_holds_three_boxes_and_no_date(tmp_path: Path) -> None:
    """ftyp, moov, mdat; the times of making are zero; two writings are equal."""
    digests = set()
    for name in ("a.m4a", "b.m4a"):
        encoder = SoundEncoder(16000)
        with mp4.Writer(tmp_path / name, [mp4.Track(encoder.entry, 16000)]) as writer:
            for sample in [*encoder.add(np.sin(np.arange(20000) / 9).astype(np.float32)), *encoder.close()]:
                writer.add(0, sample)
        data = (tmp_path / name).read_bytes()
        digests.add(hashlib.sha256(data).hexdigest())
    boxes, at = [], 0
    while at < len(data):
        boxes.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")

    assert boxes == [b"ftyp", b"moov", b"mdat"]
    assert data[data.index(b"mvhd") + 8 : data.index(b"mvhd") + 24] == bytes(16)
    assert len(digests) == 1
    assert b"Lav" not in data


def test_pictures_come_out_without_the_encoders_name_and_with_the_id_asked_for() -> None:
    """No SEI in any packet, parameter sets number 5, key frames exactly where wanted."""
    look = Look(192, 108, Fraction(1, 25), Fraction(25), 23, set_id=5)
    encoder = PictureEncoder(look)
    made = []
    for n in range(12):
        frame = av.VideoFrame.from_ndarray(picture(n, 192, 108), format="rgb24").reformat(format="yuv420p")
        made += list(encoder.add(planes(frame), at=n, duration=1, key=n in (0, 7)))
    made += list(encoder.close())

    assert encoder.sets is not None
    assert nal.set_ids(encoder.sets) == {5}
    assert [sample.pts for sample in made] == list(range(12))
    assert [sample.pts for sample in made if sample.key] == [0, 7]
    kinds = {nal.kind(unit) for sample in made for unit in nal.units(sample.data, 4)}
    assert kinds <= {1, 5}
    assert nal.parameter_sets(nal.avcc(encoder.sets)) == encoder.sets


def test_the_signature_before_the_sound_is_taken_out_and_the_sound_decodes_as_before(tmp_path: Path) -> None:
    """The packaged encoder signs its first packet; without the signature every sample is the same."""
    film = moving(tmp_path / "film.mp4", frames=25)
    heard = []
    for clean in (False, True):
        with av.open(str(film)) as source:
            stream = source.streams.audio[0]
            packets = [bytes(p) for p in source.demux(stream) if p.size]
            assert b"Lavc" in packets[0]
            decoder = av.CodecContext.create("aac", "r")
            decoder.extradata = stream.codec_context.extradata
            data = [without_signature(p) if clean else p for p in packets]
            assert any(b"Lavc" in p for p in data) != clean
            frames = [f for p in data for f in decoder.decode(av.Packet(p))]
            heard.append(np.concatenate([f.to_ndarray() for f in frames], axis=1))

    assert np.array_equal(*heard)


@given(st.binary(max_size=40))
def test_any_bytes_may_stand_where_an_aac_packet_should(data: bytes) -> None:
    """Hostile sound packets are at worst left as they are."""
    assert len(without_signature(data)) <= len(data)


@given(
    st.lists(st.binary(min_size=1, max_size=30).filter(lambda unit: b"\0\0" not in unit and unit[-1] != 0), max_size=6)
)
def test_nal_units_are_the_same_however_they_are_framed(found: list[bytes]) -> None:
    """Start codes and 2-byte lengths give the same units."""
    coded = b"".join(b"\0\0\0\1" + unit for unit in found)
    counted = b"".join(len(unit).to_bytes(2, "big") + unit for unit in found)

    assert nal.units(coded, 0) == nal.units(counted, 2) == found


@given(st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=6), st.integers(1, 12))
def test_a_torn_packet_is_an_error_not_a_shorter_picture(found: list[bytes], lost: int) -> None:
    """Whatever is cut from the end of the last unit is noticed."""
    counted = b"".join(len(unit).to_bytes(4, "big") + unit for unit in found)

    with pytest.raises(ValueError, match="longer than its packet"):
        nal.units(counted[: -min(lost, len(found[-1]))], 4)


@pytest.mark.parametrize(
    ("recorded", "published"), [(8000, 16000), (16000, 16000), (22050, 24000), (44100, 44100), (96000, 48000)]
)
def test_sound_is_published_at_a_rate_browsers_play(recorded: int, published: int) -> None:
    """Never lower than recorded, up to 48 kHz."""
    assert sound_rate(recorded) == published
