# SPDX-License-Identifier: Apache-2.0
"""Ways to plant a leak in a file: boxes, streams, side data, revisions. Each says what it leaves behind."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.bitstream


def box(kind: bytes, body: bytes) -> bytes:
    """One MP4 box."""
    return struct.pack(">I4s", len(body) + 8, kind) + body


def append(path: Path, data: bytes) -> None:
    """Bytes after the end."""
    with path.open("ab") as stream:
        stream.write(data)


def patch(path: Path, old: bytes, new: bytes) -> None:
    """Bytes replaced by as many others, everywhere."""
    data = path.read_bytes()
    assert old in data
    assert len(old) == len(new)
    path.write_bytes(data.replace(old, new))


def date_header(path: Path, *, seconds: int) -> None:
    """A date of making in the movie header (version 1: eight bytes after version and flags)."""
    data = bytearray(path.read_bytes())
    at = data.index(b"mvhd") + 8
    data[at : at + 8] = struct.pack(">Q", seconds)
    path.write_bytes(bytes(data))


def widen_media(path: Path, extra: bytes) -> None:
    """Bytes inside ``mdat`` that no sample refers to; the box is last, so it only grows."""
    data = path.read_bytes()
    at = data.rindex(b"mdat") - 4
    size = struct.unpack_from(">I", data, at)[0]
    assert at + size == len(data)
    path.write_bytes(data[:at] + struct.pack(">I", size + len(extra)) + data[at + 4 :] + extra)


def remux(
    path: Path,
    *,
    change: Callable[[bytes, bool], bytes] = lambda data, key: data,
    shift: int = 0,
    tags: dict[str, str] | None = None,
    more: Path | None = None,
) -> None:
    """Write the file again through FFmpeg: packets changed, moved in time by ``shift`` ticks, tagged, with
    the first stream of ``more`` beside its own."""
    target = path.with_suffix(".new.mp4")
    with (
        av.open(str(path)) as source,
        av.open(str(target), "w", format="mp4", options={"avoid_negative_ts": "disabled", "use_editlist": "1"}) as out,
    ):
        out.metadata.update(tags or {})
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        extra: list[Any] = []
        if more is not None:
            with av.open(str(more)) as other:
                spare = out.add_stream_from_template(other.streams[0])
                extra = [
                    (spare, _copy(packet, bytes(packet))) for packet in other.demux(other.streams[0]) if packet.size
                ]
        for packet in source.demux():
            if packet.size:
                copied = _copy(packet, change(bytes(packet), packet.is_keyframe), shift=shift)
                copied.stream = streams[packet.stream_index]
                out.mux(copied)
        for stream, packet in extra:
            packet.stream = stream
            out.mux(packet)
    target.replace(path)


def _copy(packet: Any, data: bytes, *, shift: int = 0) -> Any:
    fresh = av.Packet(data)
    fresh.pts, fresh.dts = packet.pts + shift, packet.dts + shift
    fresh.time_base, fresh.duration = Fraction(packet.time_base), packet.duration
    fresh.is_keyframe = packet.is_keyframe
    return fresh


def with_sei(text: str) -> Callable[[bytes, bool], bytes]:
    """Puts user data (SEI payload 5, an unregistered UUID) in front of every key picture."""
    body = bytes(range(16)) + text.encode()
    unit = b"\x06\x05" + bytes([len(body)]) + body + b"\x80"

    def change(data: bytes, key: bool) -> bytes:
        return struct.pack(">I", len(unit)) + unit + data if key else data

    return change


def with_unit(kind: int, body: bytes) -> Callable[[bytes, bool], bytes]:
    """Puts one more unit of a kind in front of every key picture."""
    unit = bytes([kind]) + body

    def change(data: bytes, key: bool) -> bytes:
        return struct.pack(">I", len(unit)) + unit + data if key else data

    return change


def cropped(path: Path, rows: int) -> None:
    """The pictures as they were, with a note in their stream that the lowest rows are not to be shown."""
    target = path.with_suffix(".new.mp4")
    with av.open(str(path)) as source, av.open(str(target), "w", format="mp4") as out:
        video = source.streams.video[0]
        stream = out.add_stream_from_template(video)
        note = av.bitstream.BitStreamFilterContext(f"h264_metadata=crop_bottom={rows}", video, stream)
        for packet in source.demux(video):
            for changed in note.filter(packet if packet.size else None):
                changed.stream = stream
                out.mux(changed)
    target.replace(path)


def overwrite(path: Path, after: bytes, skip: int, new: bytes) -> None:
    """Bytes written over others, ``skip`` after the first ``after``."""
    data = bytearray(path.read_bytes())
    at = data.index(after) + len(after) + skip
    data[at : at + len(new)] = new
    path.write_bytes(bytes(data))


def webp_chunk(path: Path, kind: bytes, body: bytes) -> None:
    """One more RIFF chunk in a WebP file."""
    data = path.read_bytes()
    body += b"\0" * (len(body) % 2)
    data += struct.pack("<4sI", kind, len(body)) + body
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])


def jpeg_segment(path: Path, marker: int, body: bytes) -> None:
    """One more segment after a JPEG's start."""
    data = path.read_bytes()
    path.write_bytes(data[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + data[2:])


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk (its checksum is not looked at)."""
    return struct.pack(">I", len(body)) + kind + body + b"\0\0\0\0"
