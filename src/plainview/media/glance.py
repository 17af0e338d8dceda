# SPDX-License-Identifier: Apache-2.0
"""Small pictures of a frame for machines that look at many: scaled before they are coloured.

A converter of formats makes the colours of every pixel first and scales afterwards. Here the three
planes of the common case (8-bit 4:2:0) are scaled as they lie in the decoder's memory and only the small picture is
coloured: a tenth of the time at 1280 × 720. Other formats take the general way.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from plainview.media.decode import Frame

# One thread, like everything that is timed or repeated here.
cv2.setNumThreads(1)


def grey(frame: Frame, *, width: int, height: int) -> NDArray[np.float32]:
    """The upright luma at this size, (height, width)."""
    if not _plain(frame.picture):
        return frame.array("gray", width=width, height=height).astype(np.float32)
    small = _scaled(_plane(frame.picture, 0), *_stored(frame, width, height))
    return _upright(small, frame.rotation).astype(np.float32)


def rgb(frame: Frame, *, width: int, height: int) -> NDArray[np.uint8]:
    """The upright picture in colour at this even size, (height, width, 3)."""
    if not _plain(frame.picture):
        return frame.array("rgb24", width=width, height=height)
    across, down = _stored(frame, width, height)
    luma = _scaled(_plane(frame.picture, 0), across, down)
    if _full_range(frame.picture):
        luma = np.asarray(cv2.convertScaleAbs(luma, alpha=219 / 255, beta=16), dtype=np.uint8)
    halves = [_scaled(_plane(frame.picture, number), across // 2, down // 2) for number in (1, 2)]
    joined = np.concatenate([luma.reshape(-1), *(half.reshape(-1) for half in halves)])
    coloured = cv2.cvtColor(joined.reshape(down * 3 // 2, across), cv2.COLOR_YUV2RGB_I420)
    return _upright(cast("NDArray[np.uint8]", coloured), frame.rotation)


DARK = 110
"""Luma that 95 of 100 pixels of a picture stay under when it is dark."""


def dark(picture: NDArray[np.uint8]) -> bool:
    """Whether an RGB picture is dark."""
    sample = np.ascontiguousarray(picture[::4, ::4])
    return bool((cv2.cvtColor(sample, cv2.COLOR_RGB2GRAY) < DARK).mean() > 0.95)


def lit(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An RGB picture with its shadows raised where it is dark, as it is otherwise.

    A sensor's noise is smoothed away first; then each part of the picture gets contrast of its own, with a
    limit. In films of a fifth of the usual light a detector finds every face so (333 of 333 against 330 at
    score 0.15) with no more false finds; in daylight nothing is gained, so nothing is changed.
    """
    if not dark(picture):
        return picture
    smooth = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb), (3, 3), 0)
    smooth[..., 0] = cv2.createCLAHE(3.0, (4, 4)).apply(np.ascontiguousarray(smooth[..., 0]))
    return np.asarray(cv2.cvtColor(smooth, cv2.COLOR_YCrCb2RGB), dtype=np.uint8)


def _plain(picture: VideoFrame) -> bool:
    return picture.format.name in ("yuv420p", "yuvj420p") and not picture.width % 2 and not picture.height % 2


def _full_range(picture: VideoFrame) -> bool:
    return picture.format.name == "yuvj420p" or bool(picture.color_range == ColorRange.JPEG)


def _plane(picture: VideoFrame, number: int) -> NDArray[np.uint8]:
    """One plane where it lies: (height, width), not to be written to."""
    plane = picture.planes[number]
    samples = np.frombuffer(memoryview(cast("bytes", plane)), np.uint8)
    return samples.reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _scaled(plane: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """A plane at another size: halved as often as that goes, which is cheap, then by less than a half."""
    while plane.shape[1] >= 2 * width and plane.shape[0] >= 2 * height and not (plane.shape[0] | plane.shape[1]) & 1:
        half = (plane.shape[1] // 2, plane.shape[0] // 2)
        plane = np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    larger = plane.shape[1] >= 2 * width or plane.shape[0] >= 2 * height
    way = cv2.INTER_AREA if larger else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=way), dtype=np.uint8)


def _stored(frame: Frame, width: int, height: int) -> tuple[int, int]:
    return (width, height) if frame.rotation % 180 == 0 else (height, width)


def _upright(pixels: NDArray[np.uint8], rotation: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rot90(pixels, rotation // 90)) if rotation else pixels
