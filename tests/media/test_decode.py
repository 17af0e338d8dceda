# SPDX-License-Identifier: Apache-2.0
"""Pictures and samples come out at their true media time, whatever the container; damage is named."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from media.films import FPS, SIZE, film
from plainview.errors import UnreadableInput
from plainview.media import decode
from plainview.model.case import Damage
from plainview.model.time import MediaSpan, MediaTime

RATE = 16000

KINDS = [
    ("a.mp4", "libx264", "aac", 44100, 0.0),
    ("b.mkv", "libx264", "pcm_s16le", 8000, 0.0),
    ("c.mov", "mpeg4", "aac", 48000, 0.0),
    # MPEG layer 2 has no way to say that its encoder delays the sound by 481 samples.
    ("d.avi", "mpeg4", "mp2", 44100, 481 / 44100),
    ("e.webm", "libvpx", "libopus", 48000, 0.0),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0])
def test_sound_and_picture_keep_their_true_times(tmp_path: Path, kind: tuple[str, str, str, int, float]) -> None:
    """A click made at 1.0 s is found there, and frame 50 is shown at 2.0 s, in five containers."""
    name, codec, sound_codec, rate, delay = kind
    path = film(tmp_path / name, codec=codec, sound_codec=sound_codec, rate=rate)

    samples = decode.pcm(path, rate=RATE)
    shown = [frame for frame in decode.frames(path) if isinstance(frame, decode.Frame)]

    peak = int(np.argmax(np.abs(samples[: 2 * RATE]))) / RATE
    assert peak == pytest.approx(1.0 + 100 / rate + delay, abs=0.002)
    assert len(shown) == 100
    assert [frame.at for frame in shown[:3]] == pytest.approx([0, 40_000, 80_000], abs=1000)
    assert shown[50].at == pytest.approx(2_000_000, abs=1000)
    assert int(shown[50].array("gray")[60, 100]) == pytest.approx(100, abs=6)


def test_a_stretch_equals_the_same_stretch_of_the_whole(tmp_path: Path) -> None:
    """Reading from the middle gives what reading everything gives there."""
    path = film(tmp_path / "a.mp4")

    whole = decode.pcm(path, rate=RATE)
    part = decode.pcm(path, rate=RATE, start=MediaTime(2_000_000), end=MediaTime(3_000_000))
    shown = [
        item.at
        for item in decode.frames(path, start=MediaTime(2_000_000), end=MediaTime(2_200_000))
        if isinstance(item, decode.Frame)
    ]

    assert np.allclose(part, whole[2 * RATE : 3 * RATE], atol=1e-4)
    assert shown == [2_000_000, 2_040_000, 2_080_000, 2_120_000, 2_160_000]


def test_blocks_are_the_whole_in_pieces(tmp_path: Path) -> None:
    """The streaming reader gives the same samples in blocks of the length asked for."""
    path = film(tmp_path / "a.mp4")

    blocks = list(decode.pcm_blocks(path, rate=RATE, seconds=1.5))

    assert [len(block) for block in blocks[:2]] == [24000, 24000]
    assert np.array_equal(np.concatenate(blocks), decode.pcm(path, rate=RATE))


def test_a_recording_without_sound_gives_no_samples(tmp_path: Path) -> None:
    """No sound is an empty array, not an error and not silence."""
    assert len(decode.pcm(film(tmp_path / "mute.mp4", sound_codec=None), rate=RATE)) == 0


@pytest.mark.parametrize(("rotation", "corner"), [(90, (-10, 10)), (180, (-10, -10)), (270, (10, -10))])
def test_a_turned_camera_is_shown_upright(tmp_path: Path, rotation: int, corner: tuple[int, int]) -> None:
    """The white square is where a viewer's player would show it, and the size is the upright one."""
    path = film(tmp_path / "turned.mp4", rotation=rotation, sound_codec=None, seconds=0.4)

    first = next(decode.frames(path))

    assert isinstance(first, decode.Frame)
    assert first.size == (SIZE if rotation == 180 else SIZE[::-1])
    picture = first.array("gray")
    assert picture[corner] > 200
    assert (picture > 200).mean() < 0.1
    assert first.array("bgr24", width=first.size[0] // 2).shape[:2] == (first.size[1] // 2, first.size[0] // 2)


def test_a_corrupt_picture_is_damage_in_its_place(tmp_path: Path) -> None:
    """Flipped bytes inside the pictures give Damage with a span; the other pictures keep their times."""
    path = film(tmp_path / "a.avi", codec="mpeg4", sound_codec=None)
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 2, len(data) // 2 + 1500, 9):
        data[at] ^= 0x5A
    path.write_bytes(data)

    items = list(decode.frames(path))
    damage = [item for item in items if isinstance(item, Damage)]
    shown = [item for item in items if isinstance(item, decode.Frame)]

    assert damage
    assert all(item.span is not None for item in damage)
    assert all(frame.at % 40_000 == 0 for frame in shown)
    assert len(shown) >= 20


def test_lost_sound_is_silence_of_the_same_length(tmp_path: Path) -> None:
    """When the timestamps leave half a second out, the samples after it stay where they belong."""
    path = tmp_path / "gap.mkv"
    import av

    whole = film(tmp_path / "whole.mkv", sound_codec="pcm_s16le", rate=8000)
    with decode.open_container(whole) as source, av.open(str(path), "w") as target:
        voice = source.streams.audio[0]
        copy = target.add_stream_from_template(voice)
        for packet in source.demux(voice):
            if packet.pts is None or 1.6 < float(packet.pts * packet.time_base) < 2.1:
                continue
            packet.stream = copy
            target.mux(packet)

    samples = decode.pcm(path, rate=8000)

    second = int(np.argmax(np.abs(samples[17000:]))) + 17000
    assert second / 8000 == pytest.approx(2.5 + 100 / 8000, abs=0.002)
    assert not np.any(samples[int(1.7 * 8000) : int(2.0 * 8000)])


def test_media_time_starts_at_the_first_thing_presented(tmp_path: Path) -> None:
    """A transport stream whose clock starts elsewhere still begins at zero."""
    path = film(tmp_path / "late.ts")

    first = next(iter(decode.frames(path)))
    with decode.open_container(path) as container:
        origin = decode.zero(container)

    assert origin > 0.05
    assert isinstance(first, decode.Frame)
    assert 0 <= first.at < 60_000


def test_glimpses_name_their_span(tmp_path: Path) -> None:
    """Single pictures and short stretches are found at the times asked for, opening the file once."""
    path = film(tmp_path / "a.mp4", sound_codec=None)
    spans = [MediaSpan(MediaTime(400_000), MediaTime(400_001)), MediaSpan(MediaTime(3_200_000), MediaTime(3_400_000))]

    seen = [(number, frame.at) for number, frame in decode.glimpses(path, spans)]

    assert seen == [(0, 400_000), *((1, at) for at in range(3_200_000, 3_400_000, 1_000_000 // FPS))]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_a_truncated_film_says_that_it_was_cut_off(tmp_path: Path, cut: float) -> None:
    """An MP4 that lost its end lost its index; the sentence says so."""
    whole = film(tmp_path / "a.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: min(int(len(whole) * cut), whole.index(b"moov"))])

    with pytest.raises(UnreadableInput, match=r"cut\.mp4: the index \(moov\) is missing: the file was cut off"):
        decode.open_container(path)


def test_sound_that_starts_late_stays_late(tmp_path: Path) -> None:
    """A camera whose sound begins seven seconds in has seven seconds of silence first, and opens quickly."""
    path = film(tmp_path / "late.mkv", seconds=12, sound_codec="pcm_s16le", rate=8000, clicks=(9.0,), sound_from=7.0)

    samples = decode.pcm(path, rate=8000)

    assert not np.any(samples[: 7 * 8000])
    assert np.argmax(np.abs(samples)) / 8000 == pytest.approx(9.0 + 100 / 8000, abs=0.002)


def test_an_avi_whose_pictures_were_coded_out_of_order_is_shown_in_order(tmp_path: Path) -> None:
    """An AVI keeps decoding times only: with two pictures between references, times rise and frame n stays frame n."""
    path = tmp_path / "between.avi"
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream("libx264", rate=FPS))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"x264-params": "bframes=2:b-adapt=0"}
        for n in range(60):
            grey = np.full((SIZE[1], SIZE[0]), 20 + 3 * n, np.uint8)
            frame = av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=2), format="bgr24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())

    shown = [item for item in decode.frames(path) if isinstance(item, decode.Frame)]

    steps = {later.at - sooner.at for sooner, later in itertools.pairwise(shown)}
    assert len(shown) == 60
    assert steps == {40_000}
    assert [int(f.array("gray")[40, 80]) for f in shown] == pytest.approx([20 + 3 * n for n in range(60)], abs=6)
