# SPDX-License-Identifier: Apache-2.0
"""Looks at a finished rendition as a stranger would: decodes it and finds every cover where it must be.

Not the audit (which knows nothing of how things were made and attacks the whole release): this is the
maker's own proof-reading, and a rendition that fails it is not handed out.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from plainview.errors import StepFailed
from plainview.media.decode import Frame, frames, open_container, zero
from plainview.media.encode import BLACK, GREY, Planes, planes, scaled_box
from plainview.model.case import Damage
from plainview.model.finding import Box
from plainview.model.redaction import PlanReader, RecordingPlan
from plainview.model.time import SECOND, MediaTime


class CoverStrays(StepFailed):
    """A cover does not show its fill and nothing else."""


class CopyStrays(StepFailed):
    """A picture that was written does not come out as it is in the original."""


EDGE = 8
"""Pixels at the rim of a cover that are not judged: the encoder's transform blocks reach across it."""

LUMA_TOLERANCE, CHROMA_TOLERANCE = 14, 14
"""How far a flat fill strays after x264 at the rates used here, with room: 9 was the most seen."""

SMALL_RIM, FLAT_SHARE, FLAT_TOLERANCE = 5, 0.97, 12
"""Of a small cover the rim that is not judged is a fifth of its side, and all but three of a hundred samples inside
show the fill. Whoever attacks the release asks as much; a cover that fails there must fail here, where a finer
encoder can still answer."""

TIME_TOLERANCE_US = 1000
"""Clocks coarser than a millisecond are made finer, never coarser, so times agree to their own rounding."""


def pictures(
    path: Path,
    expected: Sequence[int],
    *,
    plan: RecordingPlan,
    across: Fraction,
    down: Fraction,
    bounds: tuple[int | None, int | None] = (None, None),
    marks: Sequence[int] = (),
) -> None:
    """Raise ``StepFailed`` unless ``path`` shows a picture at each expected media time, covered as planned.

    ``expected`` are the times between ``bounds`` (on the same clock, away from any picture's time); without
    bounds they are those of the whole file. Where ``marks`` has a number, it is the picture's own (``mark``).
    """
    with open_container(path) as container:
        start = round(zero(container) * SECOND)
    count, plans = 0, PlanReader(plan)
    begin, end = (None if bound is None else MediaTime(bound - start) for bound in bounds)
    for found in frames(path, start=begin, end=end):
        if isinstance(found, Damage):
            raise CopyStrays(f"{path.name}: a picture that was just written cannot be decoded")
        if count < len(expected):
            at = MediaTime(expected[count])
            if marks and marks[count] and mark(found.picture) != marks[count]:
                raise CopyStrays(f"{path.name}: the copied picture at {at} µs does not look as the original's")
            _judge(path, found, start=start, expected=at, plan=plans.at(at), across=across, down=down)
        count += 1
    if count != len(expected):
        raise CopyStrays(f"{path.name}: {count} pictures were written where the original has {len(expected)}")


MARKED_ROWS = 8
"""Every eighth row tells two decodings apart; a picture decoded with wrong headers differs everywhere."""


def mark(picture: VideoFrame) -> int:
    """A number by which an 8-bit picture is known again when it was copied bit for bit; never 0."""
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(cast("bytes", plane)), np.uint8).reshape(-1, plane.line_size)
    return 1 + zlib.crc32(rows[:: MARKED_ROWS, : picture.width].tobytes())


def _judge(
    path: Path, found: Frame, *, start: int, expected: MediaTime, plan: RecordingPlan, across: Fraction, down: Fraction
) -> None:
    if abs(found.at + start - expected) > TIME_TOLERANCE_US:
        raise CopyStrays(f"{path.name}: a picture moved from {expected} to {found.at + start} µs")
    black = plan.blacked_out(expected)
    boxes = [] if black else plan.boxes_at(expected)
    if not black and not boxes:
        return
    shown = planes(found.picture, rotation=found.rotation)
    whole = Box(0, 0, *shown.size)
    areas = [(whole, "box")] if black else [(scaled_box(box, across=across, down=down), shape) for box, shape in boxes]
    for box, shape in areas:
        if not covered(shown, box, shape, rim=0 if black else EDGE):
            raise CoverStrays(f"{path.name}: the cover at {expected} µs does not hide what is under it")


def covered(shown: Planes, box: Box, shape: str, *, rim: int = EDGE) -> bool:
    """Whether the inside of ``box`` shows the fill and nothing else; a box too small to have one passes."""
    small_rim = min(rim, max(2, min(box.w, box.h) // SMALL_RIM))
    if shape == "ellipse":
        # The largest upright box inside an ellipse has sides shorter by the square root of two.
        dx, dy = round(box.w * 0.147), round(box.h * 0.147)
        box = Box(box.x + dx, box.y + dy, box.w - 2 * dx, box.h - 2 * dy)
    tolerances = (LUMA_TOLERANCE, CHROMA_TOLERANCE, CHROMA_TOLERANCE)
    judged = _astray(shown, box, rim)
    if any(plane.max() > most for plane, most in zip(judged, tolerances, strict=False)):
        return False
    wider = judged if small_rim == rim else _astray(shown, box, small_rim)
    return all((plane <= FLAT_TOLERANCE).mean() >= FLAT_SHARE for plane in wider if plane.size)


def _astray(shown: Planes, box: Box, rim: int) -> list[NDArray[np.int16]]:
    """How far each sample of the three planes inside ``box`` lies from the fill; of none when there is no inside."""
    width, height = shown.size
    left, right = _inside(box.x, box.x + box.w, width, rim)
    top, bottom = _inside(box.y, box.y + box.h, height, rim)
    if right - left < 2 or bottom - top < 2:
        return []
    luma = np.abs(shown.y[top:bottom, left:right].astype(np.int16) - BLACK)
    halves = (plane[top // 2 : bottom // 2, left // 2 : right // 2] for plane in (shown.u, shown.v))
    return [luma, *(np.abs(half.astype(np.int16) - GREY) for half in halves)]


def _inside(low: int, high: int, length: int, rim: int) -> tuple[int, int]:
    """The interval shrunk by ``rim`` at both ends, except at the picture's own border."""
    start = 0 if low <= 0 else low + rim
    end = length if high >= length else high - rim
    return min((start + 1) // 2 * 2, length), max(0, end // 2 * 2)
