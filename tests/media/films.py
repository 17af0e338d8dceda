# SPDX-License-Identifier: Apache-2.0
"""Small films made in a test: a picture that says which frame it is, clicks at known times, a clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FPS = 25
SIZE = (160, 96)
CLICK = 200


def sound(seconds: float, rate: int, clicks: Sequence[float]) -> NDArray[np.float32]:
    """Silence with short clicks; each is loudest 100 samples after its time."""
    samples = np.zeros(round(seconds * rate), np.float32)
    for at in clicks:
        k = round(at * rate)
        samples[k : k + CLICK] = 0.8 * np.hanning(CLICK) * np.cos((np.arange(CLICK) - 100) * 0.9)
    return samples


def film(
    path: Path,
    *,
    seconds: float = 4,
    codec: str = "libx264",
    sound_codec: str | None = "aac",
    rate: int = 44100,
    clicks: Sequence[float] = (1.0, 2.5),
    rotation: int | None = None,
    created: str = "",
    moments: Sequence[float] | None = None,
    sound_from: float = 0.0,
) -> Path:
    """A film whose frame n is grey 2n with a white square in its upper left corner."""
    with av.open(str(path), "w") as container:
        if created:
            container.metadata["creation_time"] = created
        picture = cast(VideoStream, container.add_stream(codec, rate=FPS))
        picture.width, picture.height = SIZE
        picture.pix_fmt = "yuv420p"
        if rotation is not None:
            picture.set_display_rotation(rotation)
        voice = cast(AudioStream, container.add_stream(sound_codec, rate=rate, layout="mono")) if sound_codec else None
        for n, at in enumerate(moments if moments is not None else np.arange(round(seconds * FPS)) / FPS):
            pixels = np.full((SIZE[1], SIZE[0], 3), 2 * n % 200, np.uint8)
            pixels[:24, :24] = 255
            frame = av.VideoFrame.from_ndarray(pixels, format="bgr24")
            frame.pts, frame.time_base = round(at * 1000), Fraction(1, 1000)
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        if voice is not None:
            _write_sound(container, voice, sound(seconds, rate, clicks), rate, first=round(sound_from * rate))
    return path


def _write_sound(
    container: av.container.OutputContainer, voice: AudioStream, samples: NDArray[np.float32], rate: int, *, first: int
) -> None:
    size = voice.codec_context.frame_size or 1024
    for k in range(first, len(samples), size):
        block = av.AudioFrame.from_ndarray(samples[k : k + size].reshape(1, -1), format="fltp", layout="mono")
        block.rate, block.pts, block.time_base = rate, k, Fraction(1, rate)
        container.mux(voice.encode(block))
    container.mux(voice.encode())


def clock_film(
    path: Path, *, lines: Callable[[datetime], Sequence[str]], first: datetime, seconds: int = 12, fps: int = 10
) -> Path:
    """A film with text burned in; ``first`` is the exact clock time of its first picture."""
    rng = np.random.default_rng(3)
    ground = np.clip(rng.normal(90, 30, (45, 80, 3)), 0, 255).astype(np.uint8).repeat(8, 0).repeat(8, 1)
    font = ImageFont.load_default(18)
    with av.open(str(path), "w") as container:
        picture = cast(VideoStream, container.add_stream("libx264", rate=fps))
        picture.width, picture.height, picture.pix_fmt = 640, 360, "yuv420p"
        picture.options = {"preset": "ultrafast", "crf": "27"}
        for n in range(seconds * fps):
            shown = (first + timedelta(seconds=n / fps)).astimezone(UTC)
            image = Image.fromarray(np.roll(ground, n, 1))
            draw = ImageDraw.Draw(image)
            for k, line in enumerate(lines(shown)):
                draw.text((8, 8 + 23 * k), line, fill="#e8e8e8", font=font, stroke_width=2, stroke_fill="#121212")
            frame = av.VideoFrame.from_image(image)
            frame.pts = n
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
    return path
