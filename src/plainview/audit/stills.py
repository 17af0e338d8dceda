# SPDX-License-Identifier: Apache-2.0
"""Single pictures: nothing beside the pixels, and no face in the pixels that no decision covers.

WebP, JPEG and PNG are walked piece by piece; a piece that is not needed to draw the picture (EXIF with its
place and its thumbnail, XMP, comments, colour profiles with a name, bytes after the end) is a finding.
"""

from __future__ import annotations

import base64
import io
import re
import struct
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from plainview.audit.coverage import FLAT, MaskPlaces, inside, shade
from plainview.audit.faces import Pixels
from plainview.audit.outcome import Outcome
from plainview.audit.pictures import LONGEST_SIDE, report_faces
from plainview.model.audit import AuditedRecording
from plainview.model.finding import Box
from plainview.model.redaction import DocumentPlan
from plainview.model.time import SECOND, MediaTime

PICTURES = frozenset({".webp", ".jpg", ".jpeg", ".png"})
_WEBP = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH"})
"""Without animation: a second picture is one that nobody looked at."""
_PNG = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"pHYs", b"cHRM", b"sBIT", b"bKGD"})
_JPEG_APP = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
"""Application segments that say how to draw; any other may say who, where and when."""
_AFTER_CODED = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Where the coded part of a JPEG ends: in it this byte is followed by a zero or by a mark to start again."""
_INLAID = re.compile(rb"data:image/(?:webp|png|jpe?g)[^,\"'<>]{0,40};base64,([A-Za-z0-9+/=%\s]+)", re.IGNORECASE)
_MAX_PIXELS = 64_000_000
SHEET_STEP = 10 * SECOND
SHEET_COLUMNS, SHEET_CELL = 10, 160
SMEAR = 6
"""Pixels. A cover smaller than this in a sheet's cell is blended with its surroundings by the codec, and so is
whatever it would show; no plate or face is readable at that size (and the face detector looks at every cell)."""
_ENLARGED = 640
"""A cell of a sheet is enlarged to this width before a detector looks at it."""


def attack_pieces(path: Path, place: str, outcome: Outcome) -> None:
    """Everything in the file that is not the picture."""
    attack_bytes(path.read_bytes(), place, outcome)


def attack_bytes(data: bytes, place: str, outcome: Outcome) -> None:
    """The same of a picture that stands in another file."""
    try:
        for kind, why in _strange(data):
            outcome.leak(place, kind, why)
    except (struct.error, IndexError, ValueError) as error:
        outcome.leak(place, "unreadable", f"its structure cannot be read, so nothing in it is cleared ({error})")
    outcome.checked["pictures' files"] += 1


def _strange(data: bytes) -> Iterator[tuple[str, str]]:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        yield from _strange_webp(data)
    elif data[:2] == b"\xff\xd8":
        yield from _strange_jpeg(data)
    elif data[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _strange_png(data)
    else:
        raise ValueError("neither WebP nor JPEG nor PNG")


def _strange_webp(data: bytes) -> Iterator[tuple[str, str]]:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    at = 12
    while at + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind not in _WEBP:
            yield "picture metadata", f"carries a piece that is not picture ({_named(kind)})"
        at += 8 + size + size % 2
    if len(data) > end + end % 2:
        yield "picture metadata", f"{len(data) - end} bytes follow the end of the picture"


def _strange_png(data: bytes) -> Iterator[tuple[str, str]]:
    at, kind = 8, b""
    while at + 12 <= len(data) and kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind not in _PNG:
            yield "picture metadata", f"carries a piece that is not picture ({_named(kind)})"
        at += 12 + size
    if at != len(data):
        yield "picture metadata", f"{len(data) - at} bytes follow the end of the picture"


def _strange_jpeg(data: bytes) -> Iterator[tuple[str, str]]:
    """Segment after segment, those between and behind the coded pictures too."""
    at = 2
    while data[at : at + 2] != b"\xff\xd9":
        start, marker, size = struct.unpack_from(">BBH", data, at)
        if start != 0xFF:
            raise ValueError(f"no segment begins at byte {at}")
        body = data[at + 4 : at + 2 + size]
        if marker == 0xFE:
            yield "picture metadata", "carries a comment"
        elif 0xE0 <= marker <= 0xEF and not body.startswith(_JPEG_APP.get(marker, b"\xff")):
            yield "picture metadata", f"carries a piece that is not picture (APP{marker - 0xE0} {_named(body[:6])})"
        elif marker == 0xE0 and len(body) > 14:
            yield "picture metadata", "carries a thumbnail"
        at += 2 + size
        if marker == 0xDA:
            coded = _AFTER_CODED.search(data, at)
            if coded is None:
                raise ValueError("it has no end")
            at = coded.start()
    if at + 2 != len(data):
        yield "picture metadata", "a second picture or other bytes follow the picture"


def _named(kind: bytes) -> str:
    return "".join(chr(byte) if 32 < byte < 127 else "." for byte in kind).strip(".")


def attack_inlaid(path: Path, place: str, recordings: Sequence[AuditedRecording], outcome: Outcome) -> None:
    """Pictures written into a page, a style or a drawing as ``data:`` addresses, each looked at as a file would be."""
    for match in _INLAID.finditer(path.read_bytes()):
        data = base64.b64decode(urllib.parse.unquote_to_bytes(match.group(1)) + b"==")
        outcome.checked["pictures inside texts"] += 1
        attack_bytes(data, place, outcome)
        attack_still(io.BytesIO(data), place, recordings, outcome)


def pixels_of(path: Path | io.BytesIO) -> Pixels:
    """The picture as BGR pixels; ``ValueError`` or ``OSError`` when it cannot be drawn or is a bomb."""
    with Image.open(path, formats=("WEBP", "JPEG", "PNG")) as image:
        if image.width * image.height > _MAX_PIXELS:
            raise ValueError("the picture is larger than any that are published")
        return np.ascontiguousarray(np.asarray(image.convert("RGB"), np.uint8)[:, :, ::-1])


def attack_poster(path: Path, place: str, recording: AuditedRecording, outcome: Outcome) -> None:
    """A still of a recording whose instant is not known: only faces kept somewhere at that place are excused."""
    pixels = pixels_of(path)
    kept = MaskPlaces(recording, width=pixels.shape[1], height=pixels.shape[0]).kept_ever()
    report_faces(pixels, place=place, outcome=outcome, at=None, known=kept)


def attack_picture(
    path: Path, place: str, kept: Sequence[tuple[int, Box]], sizes: Sequence[tuple[float, float]], outcome: Outcome
) -> None:
    """A photograph or the picture of a page: no face but where a person decided that one may be seen.

    ``kept`` holds pages and places in the units of ``sizes``, the pages' own.
    """
    pixels = pixels_of(path)
    scale = min(1.0, LONGEST_SIDE / max(pixels.shape[:2]))
    known = _on_picture([box for page, box in kept if page == _page(path)], pixels, _page(path), sizes)
    if scale < 1:
        pixels = _resized(pixels, round(pixels.shape[1] * scale))
    report_faces(pixels, place=place, outcome=outcome, at=None, known=known, grown=1 / scale)


def _page(path: Path) -> int:
    number = re.fullmatch(r"[a-z]+-?(\d+)", path.stem)
    return int(number.group(1)) if number else 1


def _on_picture(
    boxes: Sequence[Box], pixels: Pixels, page: int, sizes: Sequence[tuple[float, float]]
) -> list[Box]:
    """Places on a page as places on a picture of it; none where the page's size is not known."""
    if page > len(sizes) or not all(sizes[page - 1]):
        return []
    across, down = pixels.shape[1] / sizes[page - 1][0], pixels.shape[0] / sizes[page - 1][1]
    return [Box(round(b.x * across), round(b.y * down), round(b.w * across), round(b.h * down)) for b in boxes]


def attack_still(path: Path | io.BytesIO, place: str, recordings: Iterable[AuditedRecording], outcome: Outcome) -> None:
    """A still of some recording at some instant: only faces kept at that place of some recording are excused."""
    pixels = pixels_of(path)
    masks = [MaskPlaces(each, width=pixels.shape[1], height=pixels.shape[0]) for each in recordings if each.width]
    kept = [box for each in masks for box in each.kept_ever()]
    report_faces(pixels, place=place, outcome=outcome, at=None, known=kept)


def attack_page(
    path: Path, place: str, plan: DocumentPlan, sizes: Sequence[tuple[float, float]], outcome: Outcome
) -> None:
    """The picture of one page (``p3.webp``) or a photograph: its covered areas must be one flat shade.

    ``sizes`` are the pages' sizes in the units of the plan's masks.
    """
    page = _page(path)
    masks = [mask for mask in plan.masks if mask.page == page]
    if not masks:
        return
    if page > len(sizes) or not all(sizes[page - 1]):
        outcome.leak(place, "unreadable", "shows a page whose size is not known, so its covers cannot be checked")
        return
    pixels = pixels_of(path).mean(axis=2)
    across, down = pixels.shape[1] / sizes[page - 1][0], pixels.shape[0] / sizes[page - 1][1]
    for mask in masks:
        left, top = round(mask.x * across) + 2, round(mask.y * down) + 2
        area = pixels[top : round((mask.y + mask.h) * down) - 2, left : round((mask.x + mask.w) * across) - 2]
        outcome.checked["covered areas of papers"] += 1
        if area.size and float(np.mean(np.abs(area - np.median(area)) <= 2 * FLAT)) < 0.9:
            where = Box(round(mask.x), round(mask.y), round(mask.w), round(mask.h))
            sentence = f"page {page}: what must be covered can be seen"
            outcome.leak(place, "mask missing", sentence, subject=mask.ground.subject, where=where)


def size_of(path: Path) -> tuple[float, float]:
    """Width and height in pixels; (0, 0) when it cannot be opened, which its own check reports."""
    try:
        with Image.open(path, formats=("WEBP", "JPEG", "PNG")) as image:
            return float(image.width), float(image.height)
    except (OSError, ValueError, SyntaxError):
        return 0.0, 0.0


def attack_sheet(path: Path, place: str, recording: AuditedRecording, times: list[MediaTime], outcome: Outcome) -> None:
    """The sheet a player shows while scrubbing: each cell with the masks of its own instant."""
    pixels = pixels_of(path)
    end = times[-1] if times else MediaTime(0)
    step = SHEET_STEP
    while end > step * 900:
        step *= 2
    count = max(1, -(-end // step))
    columns, rows = min(count, SHEET_COLUMNS), -(-count // SHEET_COLUMNS)
    width, height = pixels.shape[1] // columns, pixels.shape[0] // rows
    masks = MaskPlaces(recording, width=width, height=height)
    for cell in range(min(count, columns * rows)):
        row, column = divmod(cell, SHEET_COLUMNS)
        shown = pixels[row * height : (row + 1) * height, column * width : (column + 1) * width]
        time = next((each for each in times if each >= cell * step), end)
        _attack_cell(shown, MediaTime(time), masks, place, outcome)


def _attack_cell(shown: Pixels, time: MediaTime, masks: MaskPlaces, place: str, outcome: Outcome) -> None:
    if not shown.any():
        return
    height, width = shown.shape[:2]
    grey = np.ascontiguousarray(shown.mean(axis=2).astype(np.uint8))
    half = np.full((height // 2 + 1, width // 2 + 1), 128, np.uint8)
    hidden = masks.at(time)
    for mask in hidden:
        area = inside(mask, width=width, height=height)
        if area is not None and min(area.w, area.h) >= SMEAR and shade((grey, half, half), area) is None:
            sentence = "what must be covered can be seen in the sheet of stills"
            outcome.leak(place, "mask missing", sentence, subject=mask.subject, at=time, where=mask.whole)
    if masks.blacked_out(time):
        return
    grown = _ENLARGED / width
    known = [*(mask.box for mask in hidden), *masks.kept_at(time)]
    report_faces(_resized(shown, _ENLARGED), place=place, outcome=outcome, at=time, known=known, grown=1 / grown)


def _resized(pixels: Pixels, width: int) -> Pixels:
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    image = Image.fromarray(np.ascontiguousarray(pixels)).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image, np.uint8)
