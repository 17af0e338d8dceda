# SPDX-License-Identifier: Apache-2.0
"""Pictures to H.264 and samples to AAC, with no mark of the program, the machine or the day.

One thread and fixed settings, so the same pictures give the same bytes. x264 writes its name and
settings into an SEI unit even when told not to; every packet passes through ``nal.payload``, which
leaves such units out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from plainview.errors import StepFailed
from plainview.media import mp4, nal
from plainview.model.finding import Box

BLACK, GREY = 16, 128
"""Luma and chroma of everything that is covered."""

AAC_FRAME = 1024
SOUND_BITS = 64_000
"""A second and channel, of all published sound."""
AAC_RATES = (16_000, 24_000, 32_000, 44_100, 48_000)
"""Rates every browser decodes; sound is raised to the next one, never lowered below its own (up to 48 kHz)."""


@dataclass(frozen=True, slots=True)
class Planes:
    """One 8-bit 4:2:0 picture, upright: luma (height, width), chroma (height / 2, width / 2). Even sizes."""

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]
    full_range: bool = False
    """Whether luma runs from 0 to 255, as phones record, rather than from 16 to 235."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.y.shape[1], self.y.shape[0]

    def cover(self, box: Box, shape: str) -> None:
        """Fill ``box`` for good. Edges go outward to whole chroma samples: never a pixel less."""
        width, height = self.size
        left, top = max(0, box.x // 2 * 2), max(0, box.y // 2 * 2)
        right, bottom = min(width, (box.x + box.w + 1) // 2 * 2), min(height, (box.y + box.h + 1) // 2 * 2)
        if left >= right or top >= bottom:
            return
        if shape == "ellipse":
            self._cover_ellipse(box, left, top, right, bottom)
            return
        self.y[top:bottom, left:right] = BLACK
        self.u[top // 2 : bottom // 2, left // 2 : right // 2] = GREY
        self.v[top // 2 : bottom // 2, left // 2 : right // 2] = GREY

    def _cover_ellipse(self, box: Box, left: int, top: int, right: int, bottom: int) -> None:
        """The ellipse that touches the box's sides; a chroma sample is covered with any of its four pixels."""
        rows = (np.arange(top, bottom) + 0.5 - (box.y + box.h / 2)) / (box.h / 2)
        columns = (np.arange(left, right) + 0.5 - (box.x + box.w / 2)) / (box.w / 2)
        # Of four pixels the nearest to the middle is the nearest of two rows and of two columns.
        down, across = (np.square(each).reshape(-1, 2).min(axis=1) for each in (rows, columns))
        inside = down[:, None] + across[None, :] <= 1
        whole = inside.repeat(2, axis=0).repeat(2, axis=1)
        np.copyto(self.y[top:bottom, left:right], BLACK, where=whole)
        np.copyto(self.u[top // 2 : bottom // 2, left // 2 : right // 2], GREY, where=inside)
        np.copyto(self.v[top // 2 : bottom // 2, left // 2 : right // 2], GREY, where=inside)

    def blacken(self) -> None:
        """Cover everything."""
        self.y[:], self.u[:], self.v[:] = BLACK, GREY, GREY

    def frame(self) -> VideoFrame:
        """A fresh frame holding only these samples: no side data of the original can ride along."""
        width, height = self.size
        made = VideoFrame(width, height, _format(self.full_range))
        for plane, samples in zip(made.planes, (self.y, self.u, self.v), strict=True):
            rows = np.frombuffer(memoryview(cast("bytes", plane)), np.uint8).reshape(-1, plane.line_size)
            rows[: samples.shape[0], : samples.shape[1]] = samples
            # What pads a row is read by scalers; it must not be what lay in memory before.
            rows[: samples.shape[0], samples.shape[1] :] = 0
        return made


def planes(picture: VideoFrame, *, rotation: int = 0) -> Planes:
    """The picture's samples, upright, writable. Odd sizes lose nothing: the last row or column is doubled."""
    full_range = picture.format.name.startswith("yuvj") or picture.color_range == ColorRange.JPEG
    wanted = _format(full_range)
    if picture.format.name not in ("yuv420p", "yuvj420p") or picture.width % 2 or picture.height % 2:
        picture = _even(picture, wanted)
    width, height = picture.width, picture.height
    joined = cast(NDArray[np.uint8], picture.to_ndarray()).reshape(-1)
    luma, chroma = width * height, width * height // 4
    y = joined[:luma].reshape(height, width)
    u = joined[luma : luma + chroma].reshape(height // 2, width // 2)
    v = joined[luma + chroma :].reshape(height // 2, width // 2)
    return turned(Planes(y, u, v, full_range), rotation)


def turned(picture: Planes, degrees: int) -> Planes:
    """The picture turned counter-clockwise by a multiple of 90 degrees."""
    if degrees % 360 == 0:
        return picture
    y, u, v = (np.ascontiguousarray(np.rot90(each, degrees // 90)) for each in (picture.y, picture.u, picture.v))
    return Planes(y, u, v, picture.full_range)


def _format(full_range: bool) -> str:
    return "yuvj420p" if full_range else "yuv420p"


def _even(picture: VideoFrame, wanted: str) -> VideoFrame:
    """8-bit 4:2:0 with even sides."""
    if picture.width % 2 or picture.height % 2:
        pixels = cast(NDArray[np.uint8], picture.to_ndarray(format="rgb24"))
        padded = np.pad(pixels, ((0, picture.height % 2), (0, picture.width % 2), (0, 0)), mode="edge")
        picture = VideoFrame.from_ndarray(padded, format="rgb24")
    return picture.reformat(format=wanted)


def scaled(source: Planes, *, width: int, height: int) -> Planes:
    """The picture at another size."""
    if source.size == (width, height):
        return Planes(source.y.copy(), source.u.copy(), source.v.copy(), source.full_range)
    return planes(source.frame().reformat(width=width, height=height, interpolation="AREA"))


def scaled_box(box: Box, *, across: Fraction, down: Fraction) -> Box:
    """The box in a picture of another size, rounded outward."""
    left, top = math.floor(box.x * across), math.floor(box.y * down)
    return Box(left, top, math.ceil((box.x + box.w) * across) - left, math.ceil((box.y + box.h) * down) - top)


@dataclass(frozen=True, slots=True)
class Look:
    """What all pictures of one H.264 track share."""

    width: int
    height: int
    time_base: Fraction
    rate: Fraction
    crf: int
    full_range: bool = False
    set_id: int = 0
    """Id of both parameter sets; another one than the original's where both share a track."""
    colour: tuple[int, int, int] = (2, 2, 2)
    """Primaries, transfer, matrix as in ITU-T H.273; 2 is unspecified."""
    preset: str = "veryfast"
    """x264's: how hard it looks for bytes to save."""


class PictureEncoder:
    """x264 without B-frames: pictures in presentation order in, samples out, key frames where asked."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.sets: nal.ParameterSets | None = None
        self._last: int | None = None
        self._context = _x264(look)

    def add(self, picture: Planes, *, at: int, duration: int, key: bool) -> Iterator[mp4.Sample]:
        """Encode one picture presented at ``at`` (ticks of the look's time base; must rise)."""
        if self._last is not None and at <= self._last:
            raise StepFailed("two pictures of a recording claim the same instant")
        self._last = at
        frame = picture.frame()
        frame.pts, frame.time_base = at, self.look.time_base
        frame.pict_type = PictureType.I if key else PictureType.NONE
        for packet in self._context.encode(frame):
            yield self._sample(packet, duration)

    def close(self) -> Iterator[mp4.Sample]:
        """What the encoder still holds."""
        for packet in self._context.encode(None):
            yield self._sample(packet, self._last_step())

    def _last_step(self) -> int:
        return max(1, round(1 / (self.look.rate * self.look.time_base)))

    def _sample(self, packet: Any, duration: int) -> mp4.Sample:
        found = nal.units(bytes(packet), 0)
        headers = tuple(unit for unit in found if nal.kind(unit) in (nal.SPS, nal.PPS))
        if headers:
            self._remember(headers)
        pictures = [unit for unit in found if unit not in headers]
        return mp4.Sample(nal.payload(pictures), packet.pts, packet.pts, packet.is_keyframe, duration)

    def _remember(self, headers: tuple[bytes, ...]) -> None:
        sps = tuple(unit for unit in headers if nal.kind(unit) == nal.SPS)
        pps = tuple(unit for unit in headers if nal.kind(unit) == nal.PPS)
        tail = b"\xfd\xf8\xf8\x00" if sps and sps[0][1] in (100, 110, 122, 144) else b""
        sets = nal.ParameterSets(sps, pps, 4, tail)
        if self.sets is not None and self.sets != sets:
            raise StepFailed("the encoder changed its parameter sets half-way")
        self.sets = sets


def _x264(look: Look) -> VideoCodecContext:
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height = look.width, look.height
    context.pix_fmt = _format(look.full_range)
    context.time_base, context.framerate = look.time_base, look.rate
    context.thread_count = 1
    primaries, transfer, matrix = look.colour
    context.color_primaries, context.color_trc, context.colorspace = primaries, transfer, matrix
    context.options = {
        "preset": look.preset,
        "crf": str(look.crf),
        "bf": "0",
        "forced-idr": "1",
        # Key frames come only where they are asked for. Macroblock trees are off because their vector code
        # reads memory it never wrote: with them one film in some dozens came out otherwise than before.
        # Weighted prediction makes what stands still 2 % larger and everything slower.
        "x264-params": "keyint=infinite:scenecut=0:open-gop=0:mbtree=0:weightp=0"
        f":sps-id={look.set_id}:repeat-headers=1",
    }
    return context


class SoundEncoder:
    """Float32 samples to AAC-LC; blocks of any length in, samples out. ``bits`` are a second and channel."""

    def __init__(self, rate: int, channels: int = 1, bits: int = SOUND_BITS) -> None:
        self.rate, self._channels = rate, channels
        self._context = av.CodecContext.create("aac", "w")
        self._context.sample_rate = rate
        self._context.layout = self._layout = "mono" if channels == 1 else "stereo"
        self._context.format = "fltp"
        self._context.bit_rate = bits * channels
        self._context.time_base = Fraction(1, rate)
        # Without this flag the encoder signs the stream with its name and version.
        self._context.flags |= Flags.bitexact
        self._context.open()
        self._held = np.zeros((channels, 0), np.float32)
        self._given = 0

    @property
    def entry(self) -> bytes:
        """The sample description."""
        return mp4.aac_entry(bytes(self._context.extradata or b""), rate=self.rate, channels=self._channels)

    def add(self, samples: NDArray[np.float32]) -> Iterator[mp4.Sample]:
        """Encode what fills whole frames; the rest waits. One row for each channel; one alone may be flat."""
        self._held = np.concatenate([self._held, np.atleast_2d(samples)], axis=1)
        whole = self._held.shape[1] // AAC_FRAME * AAC_FRAME
        for start in range(0, whole, AAC_FRAME):
            yield from self._encode(self._held[:, start : start + AAC_FRAME])
        self._held = self._held[:, whole:]

    def close(self) -> Iterator[mp4.Sample]:
        """The last frame, and what the encoder still holds."""
        if self._held.shape[1]:
            yield from self._encode(self._held)
        for packet in self._context.encode(None):
            yield _sound_sample(packet)

    def _encode(self, samples: NDArray[np.float32]) -> Iterator[mp4.Sample]:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self.rate, self._given, Fraction(1, self.rate)
        self._given += samples.shape[1]
        for packet in self._context.encode(frame):
            yield _sound_sample(packet)


def _sound_sample(packet: Any) -> mp4.Sample:
    return mp4.Sample(bytes(packet), packet.pts, packet.pts, key=True, duration=packet.duration or AAC_FRAME)


def sound_rate(rate: int) -> int:
    """The published rate for sound recorded at ``rate`` Hz."""
    return next((each for each in AAC_RATES if each >= rate), AAC_RATES[-1])
