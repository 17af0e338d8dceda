# SPDX-License-Identifier: Apache-2.0
"""Single pictures taken from finished renditions, never from an original.

A still is decoded out of the published ``v360.mp4``, so whatever is hidden there is hidden here, and
the same bytes come out each time. Who asks for one has already checked that the instant is not graphic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plainview.model.time import SECOND, MediaTime

WIDTH = 480
"""Pixels; a card is at most 240 wide, twice that for dense screens."""
QUALITY = 62
SHEET_ACROSS = 10
"""Stills in one row of a sheet, as ``media.stills`` lays them."""
SHEET_EVERY = 10 * SECOND
"""µs from one still of a sheet to the next."""
SHEET_MOST = 900
COVER = (25, 28, 31)
"""What stands where a graphic still was: the colour of the player's stage."""


def still(video: Path, at: MediaTime, out: Path, *, width: int = WIDTH, quality: int = QUALITY) -> bool:
    """Write the frame shown at ``at`` as WebP to ``out``; False when ``video`` shows nothing there."""
    frame = _frame_at(video, at)
    if frame is None:
        return False
    image = frame.to_image()
    height = max(1, round(image.height * width / image.width))
    out.parent.mkdir(parents=True, exist_ok=True)
    image.resize((min(width, image.width), height if image.width > width else image.height)).save(
        out, "WEBP", quality=quality, method=4
    )
    return True


def sheet_every(duration: int) -> int:
    """µs from one still of a recording's sheet to the next, as ``media.stills`` chose it."""
    every = SHEET_EVERY
    while duration > every * SHEET_MOST:
        every *= 2
    return every


def sheet(source: Path, out: Path, *, covered: frozenset[int], cells: int, across: int = SHEET_ACROSS) -> bool:
    """Copy the sheet of small stills at ``source`` to ``out`` without the ``covered`` cells; False when there is none.

    ``cells`` is how many stills the sheet holds, ``across`` how many lie in a row. A covered cell is filled, not
    hidden: its pixels are in no byte of the page.
    """
    if not source.is_file() or cells < 1:
        return False
    from PIL import Image

    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    across = min(across, cells)
    wide, high = picture.width // across, picture.height // -(-cells // across)
    for cell in sorted(covered):
        left, top = cell % across * wide, cell // across * high
        picture.paste(COVER, (left, top, left + wide, top + high))
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return True


def _frame_at(video: Path, at: MediaTime) -> Any:
    """The last frame presented at or before ``at``, or None; errors of the decoder mean no picture."""
    import av

    # Our own finished rendition, still opened as if it were hostile: real containers only, no other file.
    options = {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2", "protocol_whitelist": "none"}
    found = None
    try:
        with video.open("rb") as source, av.open(source, "r", options=options) as container:
            stream = container.streams.video[0]
            stream.thread_type = "NONE"
            assert stream.time_base is not None
            container.seek(int(at / SECOND / stream.time_base), stream=stream)
            for frame in container.decode(stream):
                if frame.time is not None and round(frame.time * SECOND) > at and found is not None:
                    break
                found = frame
    except (av.FFmpegError, IndexError, OSError):
        return None
    return found
