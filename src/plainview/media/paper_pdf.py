# SPDX-License-Identifier: Apache-2.0
"""A fresh PDF out of page pictures and the words that may stay, and the search for what must not be in it.

Nothing of the source file is carried over: no object, no font, no revision, no form, note, attachment,
script, signature or metadata. The words lie invisibly over the picture in an empty font that knows only
the letters still used, so the page can be searched, selected and read aloud. Each line is a tagged
paragraph, in the order in which it is read.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

from plainview.model.finding import PageWord
from plainview.model.redaction import HiddenTerm, hidden_words

SMALLEST_SEARCHED = 5
"""Bytes. Shorter terms turn up in compressed pictures by chance; they are searched in text only."""


@dataclass(frozen=True, slots=True)
class PageSource:
    """One page to write: its size in points, its picture, and the lines of words that stay."""

    width: float
    height: float
    picture: Image.Image
    lines: tuple[tuple[PageWord, ...], ...]


def write(pages: Sequence[PageSource], out: Path, *, language: str = "en") -> None:
    """Write the pages; the same pages give the same bytes (no dates, the file's id is its content's)."""
    document = pikepdf.Pdf.new()
    letters = sorted({char for page in pages for line in page.lines for word in line for char in word.text} | {" "})
    fonts, codes = _empty_fonts(document, letters)
    sections = []
    for number, source in enumerate(pages):
        page = document.add_blank_page(page_size=(source.width, source.height))
        xobject = _picture(document, source.picture)
        page.obj.Resources = Dictionary(XObject=Dictionary(P=xobject), Font=Dictionary(fonts))
        page.obj.Contents = Stream(document, zlib.compress(_content(source, codes), 9), Filter=Name.FlateDecode)
        page.obj.StructParents = number
        page.obj.Tabs = Name.S
        sections.append((page, len(source.lines)))
    _tag(document, sections, language)
    # Objects stay outside object streams so that the search for residues, and anyone's, reads them plainly.
    document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    document.close()


def _picture(document: Any, picture: Image.Image) -> Any:
    """A page picture: sixteen greys without loss for print, JPEG for pages with colour."""
    common = {"Type": Name.XObject, "Subtype": Name.Image, "Width": picture.width, "Height": picture.height}
    if picture.mode == "L":
        rows = _sixteen_greys(picture)
        predictor = Dictionary(Predictor=15, Colors=1, BitsPerComponent=4, Columns=picture.width)
        packed = zlib.compress(rows, 9)
        return Stream(document, packed, **common, ColorSpace=Name.DeviceGray, BitsPerComponent=4,
                      Filter=Name.FlateDecode, DecodeParms=predictor)  # fmt: skip
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=70, optimize=True)
    return Stream(document, buffer.getvalue(), **common, ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
                  Filter=Name.DCTDecode)  # fmt: skip


def _sixteen_greys(picture: Image.Image) -> bytes:
    """Rows of packed half bytes, each led by PNG's filter byte (0, none: best for print on white)."""
    import numpy as np

    levels = (np.asarray(picture, dtype=np.uint16) + 8) // 17
    if levels.shape[1] % 2:
        levels = np.pad(levels, ((0, 0), (0, 1)))
    packed = (levels[:, 0::2] << 4 | levels[:, 1::2]).astype(np.uint8)
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()


def _empty_fonts(document: Any, letters: Sequence[str]) -> tuple[dict[str, Any], dict[str, tuple[str, int]]]:
    """Type 3 fonts of empty glyphs, 255 letters each, and where each letter lies (font name, code)."""
    fonts: dict[str, Any] = {}
    codes: dict[str, tuple[str, int]] = {}
    glyph = document.make_indirect(Stream(document, b"600 0 d0"))
    for start in range(0, len(letters), 255):
        part = letters[start : start + 255]
        name = f"F{start // 255}"
        codes |= {letter: (name, i + 1) for i, letter in enumerate(part)}
        fonts["/" + name] = document.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type3,
                FontBBox=Array([0, 0, 600, 1000]),
                FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
                FirstChar=1,
                LastChar=len(part),
                Widths=Array([600] * len(part)),
                CharProcs=Dictionary({f"/g{i + 1}": glyph for i in range(len(part))}),
                Encoding=Dictionary(
                    Type=Name.Encoding,
                    Differences=Array([1, *(Name(f"/g{i + 1}") for i in range(len(part)))]),
                ),
                Resources=Dictionary(),
                ToUnicode=Stream(document, _to_unicode(part)),
            )
        )
    return fonts, codes


def _to_unicode(letters: Sequence[str]) -> bytes:
    lines = [f"<{i + 1:02X}> <{letter.encode('utf-16-be').hex().upper()}>" for i, letter in enumerate(letters)]
    blocks = [lines[i : i + 100] for i in range(0, len(lines), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Letters def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{body}\nendcmap\nend\nend\n"
    ).encode("ascii")


def _content(source: PageSource, codes: dict[str, tuple[str, int]]) -> bytes:
    """The picture as background, then each line as one marked paragraph of invisible words."""
    parts = ["/Artifact BMC", f"q {source.width:.3f} 0 0 {source.height:.3f} 0 0 cm /P Do Q", "EMC"]
    for mark, line in enumerate(source.lines):
        parts.append(f"/P <</MCID {mark}>> BDC BT 3 Tr")
        for i, word in enumerate(line):
            until = line[i + 1].x if i + 1 < len(line) else word.x + word.w
            parts += _word(word, until, source.height, codes)
        parts.append("ET EMC")
    return "\n".join(parts).encode("ascii")


def _word(word: PageWord, until: float, page_height: float, codes: dict[str, tuple[str, int]]) -> Iterator[str]:
    """One word stretched over its box, followed by a space that reaches the next word."""
    size = max(1.0, word.h * 0.8)
    baseline = page_height - (word.y + 0.8 * word.h)
    stretch = 100 * word.w / (0.6 * size * len(word.text))
    yield f"{max(1.0, stretch):.2f} Tz 1 0 0 1 {word.x:.2f} {baseline:.2f} Tm"
    for font, run in _runs(word.text, codes):
        yield f"/{font} {size:.2f} Tf <{run}> Tj"
    space_font, space = codes[" "]
    gap = max(0.5, until - word.x - word.w)
    yield f"{100 * gap / (0.6 * size):.2f} Tz /{space_font} {size:.2f} Tf <{space:02X}> Tj"


def _runs(text: str, codes: dict[str, tuple[str, int]]) -> Iterator[tuple[str, str]]:
    """(font, hexadecimal codes) for stretches of letters that share a font."""
    font, run = "", ""
    for char in text:
        this, code = codes[char]
        if this != font and run:
            yield font, run
            run = ""
        font = this
        run += f"{code:02X}"
    if run:
        yield font, run


def _tag(document: Any, sections: Sequence[tuple[Any, int]], language: str) -> None:
    """The structure tree: a section for each page, a paragraph for each line."""
    root = document.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    whole = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=root))
    numbers: list[Any] = []
    children = []
    for number, (page, lines) in enumerate(sections):
        section = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Sect, P=whole, Pg=page.obj))
        paragraphs = [
            document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, P=section, Pg=page.obj, K=mark))
            for mark in range(lines)
        ]
        section.K = Array(paragraphs)
        children.append(section)
        numbers += [number, document.make_indirect(Array(paragraphs))]
    whole.K = Array(children)
    root.K = whole
    root.ParentTree = document.make_indirect(Dictionary(Nums=Array(numbers)))
    root.ParentTreeNextKey = len(sections)
    document.Root.StructTreeRoot = root
    document.Root.MarkInfo = Dictionary(Marked=True)
    document.Root.Lang = String(language)


def residues(path: Path, terms: Iterable[HiddenTerm], *, labels: frozenset[str] = frozenset()) -> list[str]:
    """Every trace of a hidden term, or of a structure that could hold one, in a PDF; empty when clean.

    ``labels`` are the ``[reason]`` texts that stand in place of hidden words.
    """
    wanted = tuple(terms)
    data = path.read_bytes()
    found = [f"holds {what}" for what in _foreign_parts(path, data)]
    for number, words in _all_words(path):
        kept = [word for word in words if word not in labels]
        found += [f"page {number}: {kept[i]!r} is still in the text" for i in hidden_words(kept, wanted)]
    needles = {needle: term.term for term in wanted for needle in _spellings(term.term)}
    for where, part in _byte_parts(path, data):
        found += [f"{where}: {term!r} is still in the bytes" for needle, term in needles.items() if needle in part]
    return found


def _foreign_parts(path: Path, data: bytes) -> list[str]:
    """Structures our own writer never makes."""
    found = []
    if data.count(b"%%EOF") != 1:
        found.append("more than one revision")
    with pikepdf.open(path) as document:
        root_parts = ("/AcroForm", "/Names", "/OpenAction", "/AA", "/Metadata", "/Outlines", "/Perms", "/AF")
        found += [f"{key} in its catalogue" for key in root_parts if key in document.Root]
        found += [f"{key} in its trailer" for key in ("/Info", "/Prev", "/Encrypt") if key in document.trailer]
        for number, page in enumerate(document.pages, 1):
            found += [f"{key} on page {number}" for key in ("/Annots", "/AA", "/Metadata", "/Thumb") if key in page.obj]
    return found


def _all_words(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(page number, words) of the text layer, visible or not, as another program reads it."""
    document = pdfium.PdfDocument(path)
    for number in range(len(document)):
        textpage = document[number].get_textpage()
        yield number + 1, textpage.get_text_range().split()
    document.close()


def _spellings(term: str) -> set[bytes]:
    """How a term may be written down in a file's bytes."""
    texts = {term, term.upper(), term.lower(), term.title()}
    plain = {text.encode(code) for text in texts for code in ("utf-8", "utf-16-be", "utf-16-le")}
    forms = plain | {form.hex().encode() for form in plain} | {form.hex().upper().encode() for form in plain}
    return {form for form in forms if len(form) >= SMALLEST_SEARCHED}


def _byte_parts(path: Path, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The file itself, and every stream and dictionary as it reads when unpacked."""
    yield "the file", data
    with pikepdf.open(path) as document:
        for thing in document.objects:
            if not isinstance(thing, pikepdf.Object):
                continue
            name = f"object {thing.objgen[0]}"
            if isinstance(thing, pikepdf.Stream):
                yield name, thing.read_raw_bytes() if thing.get("/Subtype") == Name.Image else thing.read_bytes()
            else:
                yield name, thing.unparse(resolved=True)
