# SPDX-License-Identifier: Apache-2.0
"""One exact picture of an original for the people who decide about it, and the outline of its sound.

What this module keeps true: the picture is the one presented at the instant asked for, found by decoded
timestamps, with the instants of its neighbours, so that a box drawn on it lies on the frame it was drawn on.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from plainview.errors import UnreadableInput
from plainview.media import decode, photographs, sheets
from plainview.model.time import SECOND, MediaTime

LONGER = 1280
"""Pixels of a shown picture's longer side; boxes are told in the original's own."""

PEAKS_PER_SECOND = 100

EAR_RATE = 24_000
"""Samples a second of two recordings heard together: one is 0.04 ms, far below what an ear tells apart."""


@dataclass(frozen=True, slots=True)
class Peek:
    """Which picture it is; ``before`` and ``after`` are its neighbours' instants, None at an end."""

    at: MediaTime
    before: MediaTime | None
    after: MediaTime | None
    width: int
    height: int


def picture(path: Path, out: Path, *, at: MediaTime) -> Peek:
    """Write ``picture`` (JPEG): what a player shows at ``at``. ``UnreadableInput`` when nothing decodes there."""
    kept: list[decode.Frame] = []
    after: MediaTime | None = None
    for frame in decode.frames(path, start=MediaTime(max(0, at - 2 * SECOND))):
        if not isinstance(frame, decode.Frame):
            continue
        if frame.at > at and kept:
            after = frame.at
            break
        kept = [*kept[-1:], frame]
    if not kept:
        raise UnreadableInput(path.name, f"there is no picture at {at / SECOND:.3f} s")
    shown = kept[-1]
    width, height = shown.size
    scale = min(1.0, LONGER / max(width, height))
    pixels = shown.array("rgb24", width=max(2, round(width * scale / 2) * 2))
    Image.fromarray(pixels).save(out / "picture", "JPEG", quality=88)
    return Peek(shown.at, kept[0].at if len(kept) > 1 else None, after, width, height)


def leaf(path: Path, out: Path, *, name: str, page: int, photograph: bool) -> Peek:
    """Write ``picture`` (JPEG): one page of a paper as a reader sees it, or a photograph upright."""
    if photograph:
        shown = photographs.upright(path, name)
        size = shown.size
    else:
        sheet = next((each for each in sheets.sheets(path, name=name) if each.number == page), None)
        if sheet is None:
            raise UnreadableInput(name, f"there is no page {page}")
        shown, size = Image.fromarray(sheet.picture), (round(sheet.width), round(sheet.height))
    shown.thumbnail((LONGER, LONGER * 2))
    shown.convert("RGB").save(out / "picture", "JPEG", quality=88)
    return Peek(MediaTime(0), None, None, *size)


def peaks(path: Path, *, start: MediaTime, end: MediaTime) -> tuple[int, ...]:
    """The loudest sample of every hundredth of a second of a stretch, 0 to 255 by its root; empty without sound."""
    rate = 8000
    sound = decode.pcm(path, rate=rate, start=start, end=end)
    step = rate // PEAKS_PER_SECOND
    if not len(sound):
        return ()
    whole = np.abs(np.pad(sound, (0, -len(sound) % step))).reshape(-1, step).max(axis=1)
    return tuple(int(value) for value in np.minimum(255, np.sqrt(whole) * 255).astype(int))


def ears(left: Path, right: Path, out: Path, *, starts: tuple[MediaTime, MediaTime], length: int) -> None:
    """Write ``picture``: a stretch of each recording in one stereo WAV, sample beside sample; silence where one is not.

    One file, because two players that begin together do not: their own delay would be heard as an error of placing.
    """
    count = length * EAR_RATE // SECOND
    both = np.zeros((count, 2), np.float32)
    for side, (path, start) in enumerate(zip((left, right), starts, strict=True)):
        end = MediaTime(start + length)
        sound = decode.pcm(path, rate=EAR_RATE, start=MediaTime(max(0, start)), end=end) if end > 0 else both[:0, 0]
        first = max(0, -start) * EAR_RATE // SECOND
        part = sound[: count - first]
        both[first : first + len(part), side] = part
    with wave.open(str(out / "picture"), "wb") as file:
        file.setparams((2, 2, EAR_RATE, 0, "NONE", ""))
        file.writeframes((np.clip(both, -1, 1) * 32767).astype("<i2").tobytes())
