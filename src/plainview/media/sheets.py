# SPDX-License-Identifier: Apache-2.0
"""The sheets of a PDF as a reader sees them: one picture each, and the words that stand on it.

What this module keeps true:

1. Words and picture come from the same flattened page, so a filled-in form field is in both.
2. A word of the text layer counts only when its ink can be seen. Text under a black bar, white text
   and switched-off layers are counted as ``unseen`` and never become words: a bar that somebody drew
   over a name must not be undone by us.
3. Where pixels hold text that the text layer does not (scans, pasted pictures, outlined letters), the
   pixels are read too.

PDFium is not thread-safe: one document at a time in a process.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pypdfium2 import raw

from plainview.errors import HostileInput, UnreadableInput
from plainview.media import page_ocr
from plainview.model.finding import PageWord

DPI = 150
"""Resolution of released pages: 8 pt print stays legible and a page of text weighs under 100 kB."""

MAX_PAGES = 3000
MAX_PIXELS = 25_000_000
"""A page that would be larger at DPI is drawn smaller: an A0 plan still fits, a bomb does not."""
MAX_SIDE = 20_000.0
"""Points. The format itself ends at 14 400."""

SUBPIXELS = 64
"""PDFium maps page coordinates to whole device pixels; a grid this much finer keeps 1/64 pt."""

Area = tuple[float, float, float, float]
"""Left, top, width, height in points."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page, upright. ``picture`` is RGB, ``scale`` its pixels per point."""

    number: int
    width: float
    height: float
    scale: float
    picture: NDArray[np.uint8]
    words: tuple[PageWord, ...]
    """In the order of the text layer, then words read from pixels."""
    doubts: tuple[PageWord, ...]
    """Other readings of places where ``words`` already has one: used to find what to hide, never shown."""
    unseen: int
    """Words of the text layer that cannot be seen on the page."""


def sheets(path: Path, *, name: str, dpi: int = DPI) -> Iterator[Sheet]:
    """Every page of a PDF in order; ``UnreadableInput`` with one sentence when it cannot be opened."""
    document = _open(path, name)
    try:
        for index in range(len(document)):
            yield _sheet(document, index, name, dpi)
    finally:
        document.close()


def _open(path: Path, name: str) -> Any:
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise UnreadableInput(name, _cause(error)) from error
    if len(document) == 0:
        document.close()
        raise UnreadableInput(name, "the PDF has no pages")
    if len(document) > MAX_PAGES:
        document.close()
        raise HostileInput(name, f"the PDF has more than {MAX_PAGES} pages")
    if document.get_formtype() in (raw.FORMTYPE_XFA_FULL,):
        document.close()
        raise UnreadableInput(name, "the PDF is an XFA form, whose pages only Adobe's own program lays out")
    document.init_forms()
    return document


def _cause(error: Exception) -> str:
    code = getattr(error, "err_code", None)
    if code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
        return "the PDF is encrypted and opens only with a password"
    return "the PDF is broken and cannot be opened"


def _sheet(document: Any, index: int, name: str, dpi: int) -> Sheet:
    page = _flattened(document, index, name)
    width, height = page.get_size()
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise HostileInput(name, f"page {index + 1} claims to be {width:.0f} × {height:.0f} points large")
    scale = min(dpi / 72, math.sqrt(MAX_PIXELS / (width * height)))
    picture = _draw(page, scale)
    printed, garbled = _text_layer(page)
    seen = [word for word in printed if _visible(word, picture, scale)]
    read = _from_pixels(page, picture, scale, everything=garbled or not seen)
    words, doubts = ([], read) if garbled else _merge(seen, read)
    if garbled:
        words, doubts = read, seen
    return Sheet(
        number=index + 1,
        width=width,
        height=height,
        scale=scale,
        picture=picture,
        words=tuple(words),
        doubts=tuple(doubts),
        unseen=len(printed) - len(seen),
    )


def _flattened(document: Any, index: int, name: str) -> Any:
    """The page with its form fields and annotations drawn into it."""
    try:
        page = document[index]
        # The wrapper's own flatten() refuses papers without a form, whose notes and stamps it must draw too.
        if raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_FAIL:
            raise UnreadableInput(name, f"page {index + 1} of the PDF has fields that cannot be drawn")
        # PDFium keeps the parsed content of an open page: only a page loaded afresh shows the fields.
        page.close()
        return document[index]
    except pdfium.PdfiumError as error:
        raise UnreadableInput(name, f"page {index + 1} of the PDF is broken") from error


def _draw(page: Any, scale: float) -> NDArray[np.uint8]:
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
    picture: NDArray[np.uint8] = bitmap.to_numpy()[:, :, :3].copy()
    bitmap.close()
    return picture


def _text_layer(page: Any) -> tuple[list[PageWord], bool]:
    """Words of the text layer in its own order, and whether its letters are too garbled to trust."""
    textpage = page.get_textpage()
    place = _upright(page)
    words: list[PageWord] = []
    letters: list[int] = []
    boxes: list[tuple[float, float, float, float]] = []
    unmapped = total = 0
    for i in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, i)
        if code in _BREAKS or chr(code).isspace():
            _finish(letters, boxes, words)
            continue
        total += 1
        unmapped += raw.FPDFText_HasUnicodeMapError(textpage, i) == 1
        letters.append(code)
        boxes.append(place(*_cell(textpage, i)))
    _finish(letters, boxes, words)
    textpage.close()
    return words, unmapped > 0.1 * total


_BREAKS = frozenset({0, 2, 0xFFFE, 0xFFFF})
"""PDFium's marks for a hyphen at a line's end and for no character at all."""


def _finish(letters: list[int], boxes: list[tuple[float, float, float, float]], words: list[PageWord]) -> None:
    """Append the collected letters as one word and start afresh."""
    if letters:
        text = "".join(map(chr, letters)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
        words.append(PageWord(text, left, top, right - left, bottom - top))
    letters.clear()
    boxes.clear()


def _cell(textpage: Any, index: int) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of the place of a letter: what must be painted to cover it.

    The font's own cell is used so that a box does not tell an ``o`` from an ``l``. Fonts make it up to
    1.4 times the letter size, which would eat into the lines above and below: level writing gives
    some of that back, never more than down to the ink.
    """
    left, bottom, right, top = textpage.get_charbox(index)
    rect = raw.FS_RECTF()
    if not raw.FPDFText_GetLooseCharBox(textpage, index, rect):
        return left, bottom, right, top
    spare = 0.0 if raw.FPDFText_GetCharAngle(textpage, index) else rect.top - rect.bottom
    return (
        min(left, rect.left),
        min(bottom, rect.bottom + 0.10 * spare),
        max(right, rect.right),
        max(top, rect.top - 0.15 * spare),
    )


def _upright(page: Any) -> Callable[[float, float, float, float], tuple[float, float, float, float]]:
    """From page coordinates to points from the top left of the page as shown (crop and rotation applied)."""
    width, height = (round(side * SUBPIXELS) for side in page.get_size())
    x, y = ctypes.c_int(), ctypes.c_int()

    def place(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        corners = []
        for px, py in ((left, bottom), (right, top)):
            raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, px, py, x, y)
            corners.append((x.value / SUBPIXELS, y.value / SUBPIXELS))
        (x0, y0), (x1, y1) = corners
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    return place


def _visible(word: PageWord, picture: NDArray[np.uint8], scale: float) -> bool:
    """Whether there is ink of two shades where the word stands: letters, not a bar and not blank paper."""
    if not _inked(_cut(picture, (word.x, word.y, word.w, word.h), scale)):
        return False
    # A bar lower or shorter than the word leaves bright edges; the heart of each third betrays it.
    if sum(char.isalnum() for char in word.text) < 3:
        return True
    return all(_inked(_cut(picture, part, scale)) for part in _hearts(word))


def _hearts(word: PageWord) -> list[Area]:
    """The middle band of a word, cut in three along its length (down the page for upright writing)."""
    if word.h > 1.5 * word.w:
        x, w = word.x + 0.25 * word.w, 0.5 * word.w
        return [(x, word.y + third * word.h / 3, w, word.h / 3) for third in range(3)]
    y, h = word.y + 0.25 * word.h, 0.5 * word.h
    return [(word.x + third * word.w / 3, y, word.w / 3, h) for third in range(3)]


def _inked(cell: NDArray[np.uint8]) -> bool:
    """Two shades at least 24 levels apart, the rarer one on at least 1 % of the pixels."""
    if cell.size == 0:
        return False
    grey = cell.max(axis=2).astype(np.int16)
    dark, bright = int(grey.min()), int(grey.max())
    if bright - dark < 24:
        channel = cell.astype(np.int16)
        return int((channel.max(axis=(0, 1)) - channel.min(axis=(0, 1))).max()) >= 24
    share = float((grey < (dark + bright) / 2).mean())
    return 0.01 <= share <= 0.99


def _blank(picture: NDArray[np.uint8]) -> bool:
    """Whether hardly a letter's worth of pixels stands out: reading a page costs seconds, a blank one nothing."""
    grey = picture.max(axis=2)
    if grey.size == 0:
        return True
    paper = int(np.median(grey))
    return int((np.abs(grey.astype(np.int16) - paper) > 24).sum()) < 30


def _cut(picture: NDArray[np.uint8], area: Area, scale: float) -> NDArray[np.uint8]:
    x, y, w, h = area
    top, left = max(0, math.floor(y * scale)), max(0, math.floor(x * scale))
    return picture[top : max(0, math.ceil((y + h) * scale)), left : max(0, math.ceil((x + w) * scale))]


def _from_pixels(page: Any, picture: NDArray[np.uint8], scale: float, *, everything: bool) -> list[PageWord]:
    """Words read from the pictures on the page, or from the whole page when its text layer says nothing."""
    width, height = page.get_size()
    if everything:
        return [] if _blank(picture) else page_ocr.words_in(picture, scale=scale)
    words = []
    for left, top, right, bottom in _picture_areas(page, width, height):
        part = _cut(picture, (left, top, right - left, bottom - top), scale)
        if not _blank(part):
            words += page_ocr.words_in(part, scale=scale, left=max(0.0, left), top=max(0.0, top))
    return words


def _picture_areas(page: Any, width: float, height: float) -> list[tuple[float, float, float, float]]:
    """Where pictures lie, in points from the top left; those under 1 % of the page are ornaments."""
    place = _upright(page)
    areas = []
    for thing in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=8):
        if getattr(thing, "level", 0) > 0:
            # Inside a form the bounds are in the form's own space; reading the whole page is the safe way.
            return [(0.0, 0.0, width, height)]
        left, top, right, bottom = place(*thing.get_bounds())
        left, top, right, bottom = max(0.0, left), max(0.0, top), min(width, right), min(height, bottom)
        if right > left and bottom > top and (right - left) * (bottom - top) >= 0.01 * width * height:
            areas.append((left, top, right, bottom))
    return [(0.0, 0.0, width, height)] if len(areas) > 4 else areas


def _merge(printed: list[PageWord], read: list[PageWord]) -> tuple[list[PageWord], list[PageWord]]:
    """The text layer plus what only the pixels hold; second readings of the same place are doubts."""
    added: list[PageWord] = []
    doubts: list[PageWord] = []
    for word in read:
        (doubts if any(overlap(word, other) > 0.3 for other in printed) else added).append(word)
    return printed + added, doubts


def overlap(a: PageWord, b: PageWord) -> float:
    """The share of the smaller box that lies in the other."""
    w = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    h = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    smaller = min(a.w * a.h, b.w * b.h)
    return max(0.0, w) * max(0.0, h) / smaller if smaller > 0 else 0.0
