# SPDX-License-Identifier: Apache-2.0
"""A plain letter as PDF: paragraphs on paper of US Letter size, the same bytes for the same words.

The letters are those of the standard font that every reader has (WinAnsi, Windows-1252); what it
cannot print is refused by name, never left out.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name

WIDTH, HEIGHT, MARGIN, SIZE, LEADING = 612, 792, 72, 11, 15
"""Points: US Letter, an inch of margin, and the type."""

_LOWER = (
    556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833,
    556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500,
)  # fmt: skip
_UPPER = (
    667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611,
)  # fmt: skip
_WIDTHS = {
    **{chr(ord("a") + i): width for i, width in enumerate(_LOWER)},
    **{chr(ord("A") + i): width for i, width in enumerate(_UPPER)},
    **dict.fromkeys(" .,:;!'|", 278),
    **dict.fromkeys("-()[]", 333),
}
"""Thousandths of the type size, of the standard Helvetica; others are taken as 600, which is not too little."""


def letter(paragraphs: Sequence[str], *, title: str) -> bytes:
    """The PDF's bytes. ``ValueError`` names a character that the standard font cannot print."""
    document = pikepdf.new()
    font = document.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    )
    lines = [line for paragraph in paragraphs for line in (*_wrapped(paragraph), "")]
    per_page = (HEIGHT - 2 * MARGIN) // LEADING
    for start in range(0, max(1, len(lines)), per_page):
        page = document.add_blank_page(page_size=(WIDTH, HEIGHT))
        page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
        page.obj.Contents = document.make_stream(_content(lines[start : start + per_page]))
    document.docinfo["/Title"] = pikepdf.String(title)
    document.Root.Lang = pikepdf.String("en")
    document.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    document.Root.MarkInfo = Dictionary(Marked=False)
    document.Root.PageLayout = Name.SinglePage
    document.Root.Pages.MediaBox = Array([0, 0, WIDTH, HEIGHT])
    out = io.BytesIO()
    document.save(out, deterministic_id=True, compress_streams=True)
    return out.getvalue()


def _wrapped(paragraph: str) -> Iterator[str]:
    for line in paragraph.split("\n"):
        piece = ""
        for word in line.split():
            longer = f"{piece} {word}".strip()
            if piece and _width(longer) > WIDTH - 2 * MARGIN:
                yield piece
                longer = word
            piece = longer
        yield piece


def _width(text: str) -> float:
    return sum(_WIDTHS.get(char, 600) for char in text) * SIZE / 1000


def _content(lines: Sequence[str]) -> bytes:
    parts = [b"BT /F1 %d Tf %d TL %d %d Td" % (SIZE, LEADING, MARGIN, HEIGHT - MARGIN - SIZE)]
    parts += [b"(" + _escaped(line) + b") Tj T*" for line in lines]
    return b"\n".join([*parts, b"ET"])


def _escaped(line: str) -> bytes:
    try:
        data = line.encode("cp1252")
    except UnicodeEncodeError as error:
        raise ValueError(f"the letter's font cannot print {line[error.start]!r}") from error
    for byte in (b"\\", b"(", b")"):
        data = data.replace(byte, b"\\" + byte)
    return data
