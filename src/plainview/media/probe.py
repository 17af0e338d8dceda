# SPDX-License-Identifier: Apache-2.0
"""What a recording says about itself, its damage included, from one pass over its packets.

What this module keeps true: nothing is decoded but the first pictures and samples (for the media
zero and the rotation); what the container claims and what the packets hold are compared, and the
difference is named as damage; a claim that makes no sense (a clock reading 1904) is not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from plainview.errors import UnreadableInput
from plainview.media import decode
from plainview.media.decode import Frame, open_container, picture_stream, sound_stream
from plainview.model.case import AudioStream, Damage, Probe, VideoStream
from plainview.model.time import SECOND, MediaSpan, MediaTime

_MISSING_TAIL_S = 0.5
"""Announced and found lengths differ by a frame or two in sound files; half a second is missing data."""

_EXACT_LENGTH = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "wav", "flac", "asf", "flv", "aiff", "caf")
"""Containers that state their length; FFmpeg only estimates that of bare streams from their bit rate."""

_OLDEST_YEAR = 1990
"""Recorders whose clock was never set write the zero of their format (1904, 1970, 1980)."""

_CREATION_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date", "DATE", "DATE_RECORDED")


@dataclass(slots=True)
class _Seen:
    """What the packets of one stream add up to; times in seconds of the container."""

    stamps: list[float] = field(default_factory=list)
    ends: float = 0.0
    corrupt: int = 0


def probe(path: Path) -> Probe:
    """Describe a recording; ``UnreadableInput`` when it cannot be opened or holds neither picture nor sound."""
    with open_container(path) as container:
        video, audio = picture_stream(container), sound_stream(container)
        if video is None and audio is None:
            raise UnreadableInput(path.name, "it holds neither pictures nor sound")
        used = {stream.index for stream in (video, audio) if stream is not None}
        origin = decode.zero(container)
        seen, broken = _count(container)
        found = max((seen[i].ends for i in used if i in seen), default=0.0) - float(origin)
        if found <= 0:
            raise UnreadableInput(path.name, "it announces streams but holds no picture and no sound")
        damage = [*_cut(path), *_tail(container, found), *_corrupt(seen, used), *broken]
        texts = sum(1 for _ in container.streams.subtitles)
        return Probe(
            container=_container_name(container),
            duration=MediaTime(round(found * SECOND)),
            video=None if video is None else _video(path, video, seen.get(video.index, _Seen())),
            audio=None
            if audio is None
            else AudioStream(audio.codec_context.name, audio.codec_context.sample_rate, audio.codec_context.channels),
            started=_started(container),
            subtitles=texts,
            other_streams=len(container.streams) - len(used) - texts,
            damage=tuple(damage),
            tags=_tags(container),
        )


def subtitles(path: Path) -> list[tuple[MediaSpan, str]]:
    """The texts of every text track, in time order; pictures of text are not read here."""
    found: list[tuple[MediaSpan, str]] = []
    with open_container(path) as container:
        tracks = list(container.streams.subtitles)
        if not tracks:
            return found
        origin = decode.zero(container)
        for packet in container.demux(tracks):
            if packet.pts is None or packet.time_base is None or packet.size == 0:
                continue
            try:
                texts = [_plain(rect) for rect in packet.decode()]
            except av.error.FFmpegError:
                continue
            start = MediaTime(max(0, round((packet.pts * packet.time_base - origin) * SECOND)))
            length = round(max(packet.duration or 0, 0) * packet.time_base * SECOND)
            text = "\n".join(text for text in texts if text)
            if text:
                found.append((MediaSpan(start, MediaTime(start + length)), text))
    return sorted(found)


def _container_name(container: InputContainer) -> str:
    if "mp4" in container.format.name:
        return "mov" if container.metadata.get("major_brand", "").startswith("qt") else "mp4"
    return container.format.name.split(",")[0]


def _count(container: InputContainer) -> tuple[dict[int, _Seen], list[Damage]]:
    """Every packet's time, stream by stream; and the place where reading had to stop, if it did."""
    seen: dict[int, _Seen] = {}
    try:
        for packet in container.demux():
            if packet.size == 0 or packet.time_base is None:
                continue
            one = seen.setdefault(packet.stream_index, _Seen())
            one.corrupt += packet.is_corrupt
            at = packet.pts if packet.pts is not None else packet.dts
            if at is None or packet.is_discard:
                continue
            one.stamps.append(float(at * packet.time_base))
            one.ends = max(one.ends, float((at + (packet.duration or 0)) * packet.time_base))
    except av.error.FFmpegError:
        return seen, [Damage(None, "the file cannot be read to its end")]
    return seen, []


def _video(path: Path, stream: av.VideoStream, seen: _Seen) -> VideoStream:
    first = next((item for item in decode.frames(path) if isinstance(item, Frame)), None)
    context = stream.codec_context
    width, height = first.size if first is not None else (context.width, context.height)
    fps, variable = _rate(seen.stamps, stream)
    return VideoStream(
        codec=context.name,
        width=width,
        height=height,
        fps=fps,
        frames=len(seen.stamps),
        rotation=first.rotation if first is not None else 0,
        variable_rate=variable,
        pixel_format=context.pix_fmt or "",
    )


def _rate(stamps: list[float], stream: av.VideoStream) -> tuple[float, bool]:
    """Frames per second from the packets' own times; variable when one in fifty steps is off by a fifth."""
    steps = np.diff(np.sort(np.asarray(stamps)))
    steps = steps[steps > 0]
    if len(steps) < 2:
        return float(stream.average_rate or 0), False
    median = float(np.median(steps))
    # A tick of the time base is not a change of rate (33, 33, 34 ms in Matroska).
    slack = max(0.2 * median, 1.5 * float(stream.time_base or 0))
    odd = int(np.sum(np.abs(steps - median) > slack))
    variable = odd > max(3, 0.02 * len(steps))
    fps = len(steps) / float(steps.sum())
    nominal = float(stream.average_rate or 0)
    if nominal and abs(fps - nominal) < 0.001 * nominal:
        fps = nominal
    return round(fps, 3), variable


def _cut(path: Path) -> Iterable[Damage]:
    """Containers that state their own size: a shorter file was cut off."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] in (b"ftyp", b"moov", b"mdat"):
        _, whole = decode.top_level_boxes(path)
        if not whole:
            yield Damage(None, "the file ends inside one of its parts: it was cut off, or bytes were added")
    if head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"AVI "):
        stated = int.from_bytes(head[4:8], "little") + 8
        if stated > size and stated < 0xFFFFFFF0:
            yield Damage(None, f"the file was cut off: {stated - size} bytes are missing")


def _tail(container: InputContainer, found: float) -> Iterable[Damage]:
    claimed = float(Fraction(container.duration or 0, SECOND))
    if container.format.name in _EXACT_LENGTH and claimed - found > _MISSING_TAIL_S:
        start, end = MediaTime(round(found * SECOND)), MediaTime(round(claimed * SECOND))
        yield Damage(MediaSpan(start, end), f"the last {claimed - found:.1f} s announced by the file are not in it")


def _corrupt(seen: dict[int, _Seen], used: set[int]) -> Iterable[Damage]:
    count = sum(one.corrupt for index, one in seen.items() if index in used)
    if count:
        yield Damage(None, f"{count} packets are marked as damaged")


def _started(container: InputContainer) -> datetime | None:
    sources = [container.metadata, *(stream.metadata for stream in container.streams)]
    for tag in _CREATION_TAGS:
        for source in sources:
            moment = parse_moment(source.get(tag, ""))
            if moment is not None:
                return moment
    return None


def parse_moment(text: str) -> datetime | None:
    """A tag's date and time as an aware instant (UTC when the tag names no zone); None when it is not one."""
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment if moment.year >= _OLDEST_YEAR else None


def _tags(container: InputContainer) -> tuple[tuple[str, str], ...]:
    """Every tag of the file and its streams, stream tags prefixed by their number."""
    tags = set(container.metadata.items())
    for stream in container.streams:
        tags |= {(f"{stream.index}.{key}", value) for key, value in stream.metadata.items()}
    return tuple(sorted((key[:100], value[:1000]) for key, value in tags))


def _plain(rect: object) -> str:
    """The words of one subtitle, without styling codes."""
    raw = getattr(rect, "dialogue", b"") or getattr(rect, "text", b"")
    text = raw.decode("utf-8", "replace").replace("\\N", "\n").replace("\\n", "\n")
    return re.sub(r"\{\\[^}]*\}", "", text).strip()
