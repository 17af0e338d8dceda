# SPDX-License-Identifier: Apache-2.0
"""Small films with a moving square over a texture, in the shapes recorders make: rates, codecs, groups, lags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream
from numpy.typing import NDArray

from plainview.media import mp4, nal

SIZE = (192, 108)
FPS = 25
SERIAL = "serial X81-2277"
"""Written into tags and SEI of every film that is asked to carry marks."""


def texture(width: int, height: int) -> NDArray[np.uint8]:
    """Blocks of grey that never repeat, the same every time."""
    rng = np.random.default_rng(7)
    blocks = rng.integers(60, 190, (height // 6 + 2, width // 6 + 2), dtype=np.uint8)
    return blocks.repeat(6, 0).repeat(6, 1)[:height, :width]


def picture(n: int, width: int, height: int) -> NDArray[np.uint8]:
    """Picture number ``n`` as rgb24: the texture rolls, a bright square crosses."""
    grey = np.roll(texture(width, height), n, axis=1)
    pixels = np.stack([grey, grey // 2 + 40, 220 - grey], axis=2)
    x = (n * 3) % (width - 24)
    pixels[height // 3 : height // 3 + 24, x : x + 24] = (250, 240, 30)
    return pixels


BITS = 12
"""Of the number that ``numbered`` writes into a picture."""


def numbered(n: int, width: int, height: int) -> NDArray[np.uint8]:
    """As ``picture``, with its own number along the bottom: ``BITS`` bars, the lowest bit first, white is one."""
    pixels = picture(n, width, height)
    for bit, (x, y) in enumerate(bars(width, height)):
        pixels[y - height // 12 : height, x - width // BITS // 2 : x + width // BITS // 2] = 235 * (n >> bit & 1) + 10
    return pixels


def bars(width: int, height: int) -> list[tuple[int, int]]:
    """The middle of each bar of ``numbered``."""
    return [((2 * bit + 1) * width // (2 * BITS), height - height // 12) for bit in range(BITS)]


def moving(
    path: Path,
    *,
    frames: int = 100,
    drawn: Callable[[int, int, int], NDArray[np.uint8]] = picture,
    size: tuple[int, int] = SIZE,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    group: int = 25,
    b_frames: int = 2,
    open_groups: bool = False,
    more: str = "",
    rotation: int | None = None,
    moments: Sequence[float] | None = None,
    tone_from: float | None = 0.0,
    tone: float = 440.0,
    seconds: float | None = None,
    sound_codec: str = "aac",
    rate: int = 48000,
    marks: bool = False,
) -> Path:
    """Write a film; ``moments`` are presentation times, ``tone_from`` is where the sound begins (None: no sound),
    ``more`` are further settings of x264.
    """
    at = list(moments) if moments is not None else [n / FPS for n in range(frames)]
    with av.open(str(path), "w") as container:
        if marks:
            container.metadata.update(title=SERIAL, comment=SERIAL, location="+41.8-087.6/")
        video = cast(VideoStream, container.add_stream(codec, rate=FPS))
        video.width, video.height = size
        video.pix_fmt = pixels
        video.codec_context.thread_count = 1
        # MPEG-4 part 2 counts in at most 65535 parts of a second.
        video.codec_context.time_base = Fraction(1, 25 if codec == "mpeg4" else 90000)
        params = f"open-gop={int(open_groups)}:scenecut=0:keyint={group}:min-keyint={group}:bframes={b_frames}"
        if codec == "libx264":
            video.options = {"preset": "ultrafast", "x264-params": f"{params}:cabac=1:b-adapt=0{more}"}
        if codec == "libx265":
            video.options = {
                "preset": "ultrafast",
                "x265-params": f"keyint={group}:log-level=none:pools=none:frame-threads=1",
            }
        if rotation is not None:
            video.set_display_rotation(rotation)
        audio = (
            cast(AudioStream, container.add_stream(sound_codec, rate=rate, layout="mono"))
            if tone_from is not None
            else None
        )
        if marks and audio is not None:
            audio.metadata["language"] = "eng"
        for n, moment in enumerate(at):
            frame = av.VideoFrame.from_ndarray(drawn(n, *size), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = round(moment * 90000), Fraction(1, 90000)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and tone_from is not None:
            _sound(container, audio, start=tone_from, end=seconds or at[-1] + 1 / FPS, tone=tone, rate=rate)
    return path


def restarted(
    path: Path,
    *,
    drawn: Callable[[int, int, int], NDArray[np.uint8]] = picture,
    numbers: tuple[int, int] = (0, 1),
    always: bool = True,
) -> Path:
    """Four seconds of a recorder that changed its encoder after two: the header knows the first one's sets only.

    ``numbers`` are of the sets of both; with ``always`` every key frame brings the sets along, else the first.
    """
    samples: list[mp4.Sample] = []
    header = b""
    for half, number in enumerate(numbers):
        params = f"scenecut=0:keyint=25:min-keyint=25:bframes=0:repeat-headers=1:sps-id={number}:cabac={1 - half}"
        for sample in _coded(params, range(50 * half, 50 * half + 50), drawn):
            units = nal.units(sample.data, 0)
            sets = [unit for unit in units if nal.kind(unit) in (nal.SPS, nal.PPS)]
            header = header or b"".join(b"\0\0\0\1" + unit for unit in sets)
            if not always and sample.pts % 512 == 0 and len(samples) != 50:
                units = [unit for unit in units if unit not in sets]
            samples.append(replace(sample, data=nal.payload(units)))
    sets = replace(nal.parameter_sets(header), length_size=4, tail=b"\xfd\xf8\xf8\x00")
    entry = mp4.h264_entry(sets, width=SIZE[0], height=SIZE[1])
    with mp4.Writer(path, [mp4.Track(entry, 12800, *SIZE)]) as writer:
        for sample in samples:
            writer.add(0, sample)
    return path


def _coded(params: str, numbers: range, drawn: Callable[[int, int, int], NDArray[np.uint8]]) -> Iterator[mp4.Sample]:
    coder = cast(VideoCodecContext, av.CodecContext.create("libx264", "w"))
    coder.width, coder.height, coder.pix_fmt, coder.thread_count = *SIZE, "yuv420p", 1
    coder.time_base, coder.framerate = Fraction(1, 12800), Fraction(FPS)
    coder.options = {"preset": "veryfast", "x264-params": params}
    for n in numbers:
        frame = av.VideoFrame.from_ndarray(drawn(n, *SIZE), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = n * 512, Fraction(1, 12800)
        for packet in coder.encode(frame):
            yield mp4.Sample(bytes(packet), packet.pts or 0, packet.pts or 0, packet.is_keyframe, 512)
    for packet in coder.encode(None):
        yield mp4.Sample(bytes(packet), packet.pts or 0, packet.pts or 0, packet.is_keyframe, 512)


def _sound(container: Any, audio: AudioStream, *, start: float, end: float, tone: float, rate: int) -> None:
    count = round((end - start) * rate)
    samples = (0.3 * np.sin(2 * np.pi * tone * np.arange(count) / rate)).astype(np.float32)
    # One click half a second in, to measure offsets by.
    samples[rate // 2 : rate // 2 + 48] = 0.95
    size = audio.codec_context.frame_size or 1024
    for k in range(0, count, size):
        block = av.AudioFrame.from_ndarray(samples[None, k : k + size], format="flt", layout="mono")
        block.rate, block.pts, block.time_base = rate, round(start * rate) + k, Fraction(1, rate)
        resampler = av.AudioResampler(format=audio.format.name, layout="mono", rate=rate)
        for ready in resampler.resample(block):
            ready.pts = block.pts
            container.mux(audio.encode(ready))
    container.mux(audio.encode(None))


def decoded(path: Path) -> list[tuple[int, NDArray[np.uint8]]]:
    """(µs, rgb24) of every picture a player would show, stored orientation."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        return [
            (round((frame.pts or 0) * stream.time_base * 1_000_000), frame.to_ndarray(format="rgb24"))
            for frame in container.decode(stream)
        ]


def samples(path: Path, rate: int = 48000) -> NDArray[np.float32]:
    """All sound as mono float32, placed by its timestamps."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        found: list[NDArray[np.float32]] = []
        first: Fraction | None = None
        for frame in container.decode(stream):
            if first is None:
                first = (frame.pts or 0) * Fraction(frame.time_base or 0)
            frame.pts = None
            found += [each.to_ndarray().reshape(-1) for each in resampler.resample(frame)]
        found += [each.to_ndarray().reshape(-1) for each in resampler.resample(None)]
    return np.concatenate([np.zeros(max(0, round((first or 0) * rate)), np.float32), *found])
