# SPDX-License-Identifier: Apache-2.0
"""A recording is described as it is, not as it claims to be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from media.films import film
from plainview.errors import UnreadableInput
from plainview.media.probe import parse_moment, probe, subtitles
from plainview.model.time import MediaSpan, MediaTime


def test_a_film_is_described(tmp_path: Path) -> None:
    """Length, streams, upright size, rotation, clock and tags of a film made with known ones."""
    found = probe(film(tmp_path / "a.mp4", rotation=90, created="2026-03-15T02:40:00Z"))

    assert found.container == "mp4"
    assert found.duration == pytest.approx(4_000_000, abs=30_000)
    assert found.video is not None
    assert (found.video.codec, found.video.width, found.video.height) == ("h264", 96, 160)
    assert (found.video.fps, found.video.frames, found.video.rotation) == (25.0, 100, 90)
    assert not found.video.variable_rate
    assert found.audio is not None
    assert (found.audio.codec, found.audio.rate, found.audio.channels) == ("aac", 44100, 1)
    assert found.started == datetime(2026, 3, 15, 2, 40, tzinfo=UTC)
    assert found.damage == ()
    assert ("creation_time", "2026-03-15T02:40:00.000000Z") in found.tags


def test_a_telephone_that_skips_frames_has_a_variable_rate(tmp_path: Path) -> None:
    """Uneven times between pictures are seen as a variable rate."""
    times = np.cumsum([0.0, *np.tile([0.033, 0.033, 0.100], 20)])
    found = probe(film(tmp_path / "phone.mkv", moments=list(times), sound_codec=None))

    assert found.video is not None
    assert found.video.variable_rate


def test_a_matroska_film_that_lost_its_end_names_the_missing_seconds(tmp_path: Path) -> None:
    """What the file announces and does not hold is damage with a span."""
    whole = film(tmp_path / "a.mkv", sound_codec="pcm_s16le", rate=8000).read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole[: len(whole) // 2])

    damage = probe(path).damage

    assert len(damage) == 1
    assert damage[0].span is not None
    assert damage[0].span.end == pytest.approx(4_000_000, abs=50_000)
    assert 1_000_000 < damage[0].span.start < 3_000_000


def test_a_sound_file_that_lost_its_end_says_how_much(tmp_path: Path) -> None:
    """The RIFF header's own size gives the number of missing bytes."""
    whole = film(tmp_path / "a.avi", codec="mpeg4", sound_codec="pcm_s16le", rate=8000).read_bytes()
    path = tmp_path / "cut.avi"
    path.write_bytes(whole[:-5000])

    assert "5000 bytes are missing" in probe(path).damage[0].reason


def test_only_text_is_not_a_recording(tmp_path: Path) -> None:
    """A container with a text track and nothing else is refused with a sentence."""
    with pytest.raises(UnreadableInput, match="neither pictures nor sound"):
        probe(_titled(tmp_path / "titles.mkv", picture=False))


def test_texts_of_a_film_are_read_with_their_times(tmp_path: Path) -> None:
    """The words of a text track come with their spans."""
    path = _titled(tmp_path / "film.mkv", picture=True)

    assert probe(path).subtitles == 1
    assert subtitles(path) == [(MediaSpan(MediaTime(500_000), MediaTime(1_500_000)), "Hello there")]


@pytest.mark.parametrize(
    "text", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday", "2026-13-40T00:00:00Z", ""]
)
def test_a_clock_that_was_never_set_is_not_repeated(text: str) -> None:
    """Zero dates and nonsense are no claim at all."""
    assert parse_moment(text) is None


def _titled(path: Path, *, picture: bool) -> Path:
    script = path.with_suffix(".srt")
    script.write_text("1\n00:00:00,500 --> 00:00:01,500\nHello there\n")
    with av.open(str(path), "w") as container, av.open(str(script)) as titles:
        if picture:
            video = container.add_stream("libx264", rate=10)
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        texts = container.add_stream_from_template(titles.streams.subtitles[0])
        if picture:
            for n in range(20):
                frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="bgr24")
                frame.pts = n
                container.mux(video.encode(frame))
            container.mux(video.encode())
        for packet in titles.demux():
            if packet.pts is not None:
                packet.stream = texts
                container.mux(packet)
    return path
