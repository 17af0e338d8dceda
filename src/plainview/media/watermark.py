# SPDX-License-Identifier: Apache-2.0
"""A copy of a finished film for one person: the name stands over every picture, burned in.

What this module keeps true: every picture of the copy carries the words, over its whole face, so that no crop is
without them; what was hidden in the film stays hidden, since the words are laid over it; the sound is the film's own,
bit for bit.
"""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from plainview.errors import UnreadableInput
from plainview.media.door import open_container, picture_stream, sound_stream
from plainview.media.encode import planes

STRENGTH = 0.28
"""Share of the way to white or black by which the words change a picture: read on any ground, seen through."""

TILT = 24
"""Degrees."""


def mark(source: Path, out: Path, *, words: str) -> int:
    """Write the marked copy to ``out``; how many pictures it has."""
    options = {"movflags": "faststart"}
    with open_container(source) as given, av.open(str(out), "w", format="mp4", options=options) as made:
        film, sound = picture_stream(given), sound_stream(given)
        if film is None or film.time_base is None:
            raise UnreadableInput(source.name, "it has no pictures to mark")
        size = (film.width // 2 * 2, film.height // 2 * 2)
        copy = made.add_stream("libx264", rate=film.average_rate, options={"crf": "23", "preset": "veryfast"})
        copy.width, copy.height, copy.pix_fmt, copy.time_base = *size, "yuv420p", film.time_base
        copy.codec_context.time_base, copy.thread_count = film.time_base, 1
        heard = made.add_stream_from_template(sound) if sound is not None else None
        ink, count = drawn(words, size), 0
        for packet in given.demux([each for each in (film, sound) if each is not None]):
            if packet.stream is film:
                for picture in packet.decode():
                    assert isinstance(picture, VideoFrame)
                    made.mux(copy.encode(_marked(picture, ink)))
                    count += 1
            elif heard is not None and packet.dts is not None:
                packet.stream = heard
                made.mux(packet)
        made.mux(copy.encode(None))
    return count


def drawn(words: str, size: tuple[int, int]) -> NDArray[np.float32]:
    """The words, tilted and repeated over a picture: 1 where they are to be light, -1 for their dark rim."""
    width, height = size
    letter = max(14, height // 18)
    font = ImageFont.load_default(letter)
    step = round(font.getlength(words)) + 3 * letter
    side = 2 * max(width, height)
    sheet = Image.new("L", (side, side), 128)
    pen = ImageDraw.Draw(sheet)
    for row, y in enumerate(range(0, side, 4 * letter)):
        for x in range(-step * (row % 2) // 2, side, step):
            pen.text((x, y), words, fill=255, font=font, stroke_width=max(1, letter // 14), stroke_fill=0)
    turned = sheet.rotate(TILT, resample=Image.Resampling.BILINEAR, fillcolor=128)
    left, top = (side - width) // 2, (side - height) // 2
    cut = np.asarray(turned.crop((left, top, left + width, top + height)), np.float32)
    return np.asarray((cut - 128) / 128, np.float32)


def _marked(picture: VideoFrame, ink: NDArray[np.float32]) -> VideoFrame:
    plain = planes(picture)
    y = plain.y.astype(np.float32)
    toward = np.where(ink > 0, 235.0, 16.0)
    plain.y[:] = np.clip(y + (toward - y) * np.abs(ink) * STRENGTH, 0, 255).astype(np.uint8)
    made = plain.frame()
    made.pts, made.time_base = picture.pts, picture.time_base
    return made
