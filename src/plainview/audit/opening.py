# SPDX-License-Identifier: Apache-2.0
"""The audit's own door to media files: it shares no code with what made them.

A built release is opened as if a stranger had made it: through our own handle, as MP4 or nothing, no
other file, no network, bounded pictures, one thread.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.container
import av.error
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_OPTIONS = {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2", "protocol_whitelist": "none"}
_MAX_SIDE = 8192

Plane = NDArray[np.uint8]
Bytes = bytes | mmap.mmap
"""A file's bytes, in memory or as they lie on the disk."""


@contextmanager
def open_media(path: Path) -> Iterator[av.container.InputContainer]:
    """An MP4 file for reading; ``av.FFmpegError`` or ``ValueError`` when it is none."""
    with path.open("rb") as file, av.open(file, mode="r", options=dict(_OPTIONS)) as container:
        for stream in container.streams.video:
            if max(stream.width, stream.height) > _MAX_SIDE:
                raise ValueError("its pictures are larger than any that are published")
            stream.thread_type = "NONE"
        yield container


@contextmanager
def mapped(path: Path) -> Iterator[Bytes]:
    """A file's bytes as they lie on the disk, of any length, without taking memory for them; ``b""`` for none."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def upright(frame: VideoFrame) -> VideoFrame:
    """The picture as a player turns it: a copied one lies in its file as the phone was held."""
    turns = round(frame.rotation / 90) % 4
    if not turns:
        return frame
    turned = [np.rot90(each, turns) for each in planes(frame)]
    stacked = np.concatenate([np.ascontiguousarray(each).reshape(-1) for each in turned])
    height, width = turned[0].shape
    kind = "yuvj420p" if frame.format.name == "yuvj420p" else "yuv420p"
    made = VideoFrame.from_ndarray(stacked.reshape(height * 3 // 2, width), format=kind)
    made.pts, made.time_base, made.color_range = frame.pts, frame.time_base, frame.color_range
    return made


def planes(frame: VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Y, U and V of a 4:2:0 picture as arrays that share the decoder's memory."""
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        frame = frame.reformat(format="yuv420p")
    sizes = [(frame.height, frame.width)] + [((frame.height + 1) // 2, (frame.width + 1) // 2)] * 2
    found = []
    for plane, (height, width) in zip(frame.planes, sizes, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        found.append(rows[:height, :width])
    return found[0], found[1], found[2]
