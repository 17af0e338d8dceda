# SPDX-License-Identifier: Apache-2.0
"""What must be known of a recording's pictures before any is copied or covered, read without decoding them all.

A group of pictures may be copied bit for bit only where a player will show exactly what was recorded
with the new parameter sets beside the old: 8-bit H.264, whole pictures (not fields), every packet presented,
no two at one instant. Otherwise ``Survey.obstacle`` says in words why not.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from plainview.errors import UnreadableInput
from plainview.media import gop, mp4, nal
from plainview.media.aac import without_signature
from plainview.media.decode import INDEXED, open_container, picture_stream, sound_stream, zero
from plainview.model.time import MediaSpan

_COPYABLE_FORMATS = ("yuv420p", "yuvj420p")
_MAX_TIMESCALE = 10_000_000

PRIMING = 2112
"""Samples an AAC encoder may put before the first one that is meant to be heard; the largest in use."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Timestamps of one stream as ticks on the recording's own clock, ``timescale`` ticks a second."""

    time_base: Fraction
    origin: Fraction
    timescale: int

    def ticks(self, stamp: int) -> int:
        """As ``round((stamp * time_base - origin) * timescale)``, without making a fraction for every packet."""
        base, origin = self.time_base, self.origin
        above = (stamp * base.numerator * origin.denominator - origin.numerator * base.denominator) * self.timescale
        below = base.denominator * origin.denominator
        whole, rest = divmod(above, below)
        return whole + (2 * rest > below or (2 * rest == below and whole % 2 == 1))


@dataclass(frozen=True, slots=True)
class Pictures:
    """The picture stream; sizes are of the upright picture."""

    clock: Clock
    width: int
    height: int
    rotation: int
    rate: Fraction
    aspect: Fraction
    full_range: bool
    colour: tuple[int, int, int]
    sets: nal.ParameterSets | None
    taken: frozenset[int]
    """Numbers of parameter sets in the header and in any packet: new ones need another."""
    groups: tuple[gop.Group, ...]
    spans: tuple[MediaSpan, ...]
    stamps: array[int]
    """Presentation time of every packet in decoding order, in ticks."""
    obstacle: str
    """Why no group may be copied, in words; empty when all may."""
    sought: bool = False
    """Whether the container leads to any picture without reading all before it."""

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height of the pictures as they lie in the file, before they are turned upright."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)

    @property
    def stored_aspect(self) -> Fraction:
        return 1 / self.aspect if self.rotation % 180 else self.aspect


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound stream; ``config`` is its AudioSpecificConfig when it is AAC."""

    clock: Clock
    rate: int
    channels: int
    config: bytes
    obstacle: str
    """Why its packets may not be copied, in words; empty when they may."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Both, each None when the recording has none."""

    pictures: Pictures | None
    sound: Sound | None


def survey(path: Path) -> Survey:
    """Read all packets of ``path`` once and its first pictures; ``UnreadableInput`` when it cannot be opened."""
    with open_container(path) as container:
        origin = zero(container)
        sound = _sound(path, container, origin)
        stream = picture_stream(container)
        if stream is None:
            return Survey(None, sound)
        if stream.time_base is None:
            raise UnreadableInput(path.name, "its picture track has no clock")
        clock, sought = _clock(stream.time_base, origin), container.format.name in INDEXED
        stamps, reader = _Stamps(clock), gop.PayloadReader(stream)
        groups = tuple(gop.groups(container, stream, tell=stamps.hear, reader=reader))
    if not groups:
        raise UnreadableInput(path.name, "it has no picture that says when it is shown")
    return Survey(_pictures(path, clock, groups, stamps, carried=reader.ids, sought=sought), sound)


def _pictures(
    path: Path, clock: Clock, groups: tuple[gop.Group, ...], stamps: _Stamps, *, carried: set[int], sought: bool
) -> Pictures:
    with open_container(path) as container:
        stream = picture_stream(container)
        assert stream is not None
        first = _first_picture(container, stream, path)
        rotation = round(first.rotation / 90) * 90 % 360
        width, height = first.width, first.height
        aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
        sets = _sets(stream)
        obstacle = _obstacle_of_stream(stream, first, sets) or _obstacle_of_packets(stamps, groups)
        context = stream.codec_context
        return Pictures(
            clock=clock,
            width=height if rotation % 180 else width,
            height=width if rotation % 180 else height,
            rotation=rotation,
            rate=Fraction(stream.average_rate or stream.guessed_rate or 25),
            aspect=1 / aspect if rotation % 180 else aspect,
            full_range=first.format.name.startswith("yuvj") or first.color_range == ColorRange.JPEG,
            colour=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
            sets=sets,
            taken=frozenset(carried | (nal.set_ids(sets) if sets else set())),
            groups=groups,
            spans=gop.spans(list(groups), time_base=clock.time_base, origin=clock.origin),
            stamps=stamps.times,
            obstacle=obstacle,
            sought=sought,
        )


def _clock(time_base: Fraction, origin: Fraction) -> Clock:
    timescale = time_base.denominator
    return Clock(time_base, origin, timescale if 1000 <= timescale <= _MAX_TIMESCALE else _larger(timescale))


def _larger(timescale: int) -> int:
    """A clock at least as fine as milliseconds and at most as fine as fits a movie."""
    return timescale * -(-1000 // timescale) if timescale < 1000 else mp4.MOVIE_TIMESCALE


def _first_picture(container: InputContainer, stream: VideoStream, path: Path) -> VideoFrame:
    try:
        for frame in container.decode(stream):
            return frame
    except av.error.FFmpegError as error:
        raise UnreadableInput(path.name, "no picture of it can be decoded") from error
    raise UnreadableInput(path.name, "no picture of it can be decoded")


def _sets(stream: VideoStream) -> nal.ParameterSets | None:
    if stream.codec_context.name != "h264":
        return None
    try:
        sets = nal.parameter_sets(bytes(stream.codec_context.extradata or b""))
    except (ValueError, IndexError):
        return None
    return sets if sets.sps and sets.pps else None


def _obstacle_of_stream(stream: VideoStream, first: VideoFrame, sets: nal.ParameterSets | None) -> str:
    codec = stream.codec_context.codec.canonical_name
    if codec != "h264":
        return f"the pictures are {codec}, not H.264"
    if sets is None:
        return "the H.264 header is missing"
    if first.format.name not in _COPYABLE_FORMATS:
        return f"the pictures are {first.format.name}, not 8-bit 4:2:0"
    if first.interlaced_frame:
        return "the pictures are interlaced"
    return ""


class _Stamps:
    """Presentation time of each packet, and whether any is not presented or is marked as damaged."""

    def __init__(self, clock: Clock) -> None:
        self.times, self.hidden, self._clock = array("q"), False, clock

    def hear(self, packet: av.Packet[VideoStream]) -> None:
        self.hidden = self.hidden or packet.is_discard or packet.is_corrupt
        self.times.append(self._clock.ticks(gop.presented(packet)))


def _obstacle_of_packets(stamps: _Stamps, groups: tuple[gop.Group, ...]) -> str:
    if not groups[0].closed:
        return "the recording does not start with a whole picture"
    if stamps.hidden or min(stamps.times) < 0:
        return "the container hides or marks as damaged some of its pictures"
    if not np.diff(np.sort(np.asarray(stamps.times))).all():
        return "two of its pictures claim the same instant"
    return ""


def decoding_times(stamps: array[int]) -> Iterator[int]:
    """A decoding time for each packet: rising, never after its presentation, as late as that allows.

    The container's own are not used: some have none, and the pictures of a group that was encoded
    again come in another order.
    """
    presented = np.asarray(stamps)
    ordered = np.sort(presented)
    return iter(array("q", (ordered - (ordered - presented).max(initial=0)).tobytes()))


def _sound(path: Path, container: InputContainer, origin: Fraction) -> Sound | None:
    stream = sound_stream(container)
    if stream is None or stream.time_base is None:
        return None
    context = stream.codec_context
    clock = Clock(stream.time_base, origin, context.sample_rate)
    config = bytes(context.extradata or b"")
    obstacle = ""
    if context.name != "aac":
        obstacle = f"it was {context.name}, not AAC"
    elif not 2 <= len(config) <= 100:
        obstacle = "its AAC comes without a header"
    elif _hides_sound(path, clock):
        obstacle = "the container hides some of it"
    return Sound(clock, context.sample_rate, context.channels, config, obstacle)


def _hides_sound(path: Path, clock: Clock) -> bool:
    """Whether packets lie before the start (beyond what an encoder needs to begin) or after the end."""
    with open_container(path) as container:
        stream = sound_stream(container)
        assert stream is not None
        for packet in gop.packets(container, stream):
            at = clock.ticks(gop.presented(packet))
            if at < -PRIMING or (at >= 0 and packet.is_discard):
                return True
    return False


def copied_pictures(path: Path, pictures: Pictures) -> Iterator[tuple[int, mp4.Sample, bytes]]:
    """(group, sample, headers in it) of every packet in decoding order, without the units that are not pictures."""
    index = -1
    times = decoding_times(pictures.stamps)
    with open_container(path) as container:
        stream = picture_stream(container)
        assert stream is not None
        reader = gop.PayloadReader(stream)
        for packet in gop.packets(container, stream):
            payload, starts = reader.read(packet)
            index += 1 if starts or index < 0 else 0
            yield (
                index,
                mp4.Sample(
                    payload,
                    next(times),
                    pictures.clock.ticks(gop.presented(packet)),
                    starts,
                    _length(packet.duration, pictures.clock),
                ),
                reader.carried,
            )


def copied_sound(path: Path, sound: Sound) -> Iterator[mp4.Sample]:
    """Every AAC packet, its sound as it is, without its encoder's signature."""
    with open_container(path) as container:
        stream = sound_stream(container)
        assert stream is not None
        for packet in gop.packets(container, stream):
            at = sound.clock.ticks(packet.pts if packet.pts is not None else packet.dts or 0)
            data = without_signature(bytes(packet))
            yield mp4.Sample(data, at, at, key=True, duration=_length(packet.duration, sound.clock))


def _length(duration: int | None, clock: Clock) -> int:
    return max(1, round((duration or 0) * clock.time_base * clock.timescale))
