# SPDX-License-Identifier: Apache-2.0
"""The only door through which a received recording is opened.

What this module keeps true: opening a file never opens another one. Bytes come through our own
handle, which has no name; only real containers are tried; no protocol is allowed; nested opens are
refused; absurd picture sizes are refused before they take memory. What does not open says why, in
one sentence.
"""

from __future__ import annotations

import io
import os
import stat
from contextlib import suppress
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from plainview.errors import HostileInput, UnreadableInput

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,ivf,dv,mxf,dhav,asf,flv,"
    "wav,w64,aiff,mp3,aac,flac,ogg,amr,amrnb,amrwb,gsm,au,caf,ac3,voc,nistsphere,wv,tta"
)
"""Real containers and raw streams only; playlists, scripts, images and devices are left out on purpose."""

MAX_PIXELS = 67_108_864
"""8192 × 8192. A tiny file may claim a picture of many gigabytes."""

_NOTHING_TO_READ = (av.error.FFmpegError, ValueError, av.error.PyAVCallbackError)


def open_container(path: Path) -> InputContainer:
    """Open a received file for reading, safely; ``HostileInput`` or ``UnreadableInput`` with one sentence."""
    head = _first_bytes(path)
    _refuse_text(path, head)
    try:
        container = av.open(
            _Handle(path),
            mode="r",
            options={"format_whitelist": FORMATS, "protocol_whitelist": "none"},
            metadata_errors="replace",
            buffer_size=1 << 17,
            io_open=_refuse_nested_open,
        )
    except _NOTHING_TO_READ as error:
        raise UnreadableInput(path.name, _why_unreadable(path, head)) from error
    for stream in container.streams.video:
        _bound(path, stream)
    return container


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The first moving-picture stream; cover art and thumbnails are not it."""
    for stream in container.streams.video:
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
            return stream
    return None


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The first sound stream that something here can decode."""
    for stream in container.streams.audio:
        if stream.codec_context is not None and stream.codec_context.sample_rate > 0:
            return stream
    return None


class _Handle(io.RawIOBase):
    """Bytes of one file without its name: FFmpeg must judge by content and cannot look next to it."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return os.read(self._fd, size if size >= 0 else 1 << 20)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        try:
            return os.lseek(self._fd, offset, whence)
        except (OSError, OverflowError):
            # A damaged index points before the file or beyond numbers; FFmpeg takes a negative answer as such.
            return -1

    def tell(self) -> int:
        return os.lseek(self._fd, 0, os.SEEK_CUR)

    def close(self) -> None:
        if not self.closed:
            os.close(self._fd)
        super().close()


def _refuse_nested_open(url: str, flags: int, options: dict[str, str]) -> object:
    raise PermissionError(f"refused to open {url!r} from inside a recording")


def _first_bytes(path: Path) -> bytes:
    info = path.stat()
    if not stat.S_ISREG(info.st_mode):
        raise HostileInput(path.name, "this is not a regular file")
    if info.st_size == 0:
        raise UnreadableInput(path.name, "the file is empty")
    with path.open("rb") as file:
        return file.read(4096)


_SCRIPTS = (
    (b"#EXTM3U", "a playlist (HLS) that points to other files"),
    (b"ffconcat", "a list (ffconcat) that points to other files"),
    (b"v=0", "a session description (SDP) that points to a network address"),
    (b"<?xml", "an XML document, not a recording"),
    (b"<MPD", "a manifest (DASH) that points to other files"),
    (b"[playlist]", "a playlist that points to other files"),
    (b"RTSPtext", "a link to a stream"),
)


def _refuse_text(path: Path, head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, what in _SCRIPTS:
        if text[: len(mark)].lower() == mark.lower():
            raise HostileInput(path.name, f"this is {what}; it was not opened")
    if text and all(byte in b"\t\n\r\f\x1b" or byte >= 0x20 for byte in text) and b"\x7f" not in text:
        with suppress(UnicodeDecodeError):
            # A cut multi-byte character at the end of the head is still text.
            text[:-3].decode("utf-8")
            raise UnreadableInput(path.name, "this is text, not a recording")


def _why_unreadable(path: Path, head: bytes) -> str:
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return _why_mp4(path)
    if not head.strip(b"\0"):
        return "the file holds only zero bytes"
    return "this is not a recording of a kind that can be read here"


def _why_mp4(path: Path) -> str:
    boxes, whole = top_level_boxes(path)
    if "moov" not in boxes:
        cut = ": the file was cut off" if not whole or "mdat" in boxes else ""
        return f"the index (moov) is missing{cut}"
    return "the file was cut off" if not whole else "its index (moov) is damaged"


def top_level_boxes(path: Path) -> tuple[list[str], bool]:
    """The top-level box types of an MP4-like file, and whether the last box ends inside the file."""
    boxes: list[str] = []
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at + 8 <= size and len(boxes) < 10_000:
            file.seek(at)
            head = file.read(16)
            length = int.from_bytes(head[:4], "big")
            boxes.append(head[4:8].decode("latin-1"))
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            if length == 0:
                return boxes, True
            if length < 8:
                return boxes, False
            at += length
    return boxes, at == size


def _bound(path: Path, stream: VideoStream) -> None:
    context = stream.codec_context
    if context is None:
        return
    if context.width * context.height > MAX_PIXELS:
        raise HostileInput(path.name, f"it claims pictures of {context.width} × {context.height}; too large to open")
    context.options = {"max_pixels": str(MAX_PIXELS)}
    context.thread_count = 1
    # Broken pictures must come out, marked, so that they can be named instead of vanishing.
    context.flags |= Flags.output_corrupt
