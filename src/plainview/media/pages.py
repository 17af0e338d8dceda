# SPDX-License-Identifier: Apache-2.0
"""Papers: reading their words with the place of each, and making the paper the public gets.

What this module keeps true of a concealed paper:

1. Hidden words are gone, not covered: the page is a new picture, the words under it are new, and the
   file holds nothing of the original (``paper_pdf``).
2. A term is looked for in the order of the file and in the order of the eye, so neither a form whose
   values come last nor a name set in two pieces escapes.
3. A hidden place shows its reason in the text and solid black in the picture; it is painted before any
   encoder sees the page.
4. The finished file is read again, and a term still found anywhere in it is ``StepFailed``.

Papers that are text already (``.txt``, ``.csv``, ``.md``) go the same way, as text.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plainview.errors import HostileInput, StepFailed, UnreadableInput
from plainview.media import paper_pdf
from plainview.media.rendered import ConcealedPaper
from plainview.media.sheets import Sheet, overlap, sheets
from plainview.model.finding import PageText, PageWord
from plainview.model.redaction import DocumentPlan, Ground, PageMask, hidden_words
from plainview.model.release import ReleasedPage, Rendition

MARGIN = 1.0
"""Points painted around a hidden word: more than half a pixel of anti-aliasing at 150 dpi."""

LINES_PER_PAGE = 60
LETTER_WIDTH, LETTER_HEIGHT = 6.0, 12.0
"""The cell of a letter, in points, when a text file is treated as pages of typewriting."""

MAX_TEXT = 50_000_000
"""Bytes of a text file; more is a data dump, not a paper."""


def read(path: Path, *, name: str = "") -> tuple[PageText, ...]:
    """The words of a PDF or a text file, page by page, in reading order.

    Raises ``UnreadableInput`` with one sentence when the file is encrypted, broken or of another kind.
    """
    shown = name or path.name
    if _kind(path, shown) == "pdf":
        return tuple(_page_text(sheet) for sheet in sheets(path, name=shown))
    return tuple(_text_page(number, lines) for number, lines in _text_pages(path, shown))


def conceal(source: Path, out: Path, *, plan: DocumentPlan, name: str = "") -> ConcealedPaper:
    """Make the public's copy of a paper of either kind in the folder ``out``."""
    maker = conceal_pdf if _kind(source, name or source.name) == "pdf" else conceal_text
    return maker(source, out, plan=plan, name=name)


def conceal_pdf(source: Path, out: Path, *, plan: DocumentPlan, name: str = "") -> ConcealedPaper:
    """Write ``out/document.pdf`` and ``out/p1.webp`` … without what ``plan`` hides.

    Paths in the result are relative to ``out``. Raises ``UnreadableInput`` for a
    source that cannot be read and ``StepFailed`` when a hidden term is found in the finished file.
    """
    out.mkdir(parents=True, exist_ok=True)
    written: list[paper_pdf.PageSource] = []
    pages: list[ReleasedPage] = []
    images: list[Rendition] = []
    counts: Counter[tuple[str, str]] = Counter()
    unseen = 0
    for sheet in sheets(source, name=name or source.name):
        areas = _areas(sheet, plan)
        lines = _lines(_remaining(sheet.words, areas))
        picture = _painted(sheet, areas)
        image = _write_page_image(picture, out / f"p{sheet.number}.webp")
        images.append(image)
        pages.append(ReleasedPage(sheet.number, _text(lines), image.path))
        written.append(paper_pdf.PageSource(sheet.width, sheet.height, picture, lines))
        counts.update((area.ground.reason, area.ground.law) for area in areas)
        unseen += sheet.unseen
    _refuse_masks_beyond(plan, len(pages))
    target = out / "document.pdf"
    paper_pdf.write(written, target)
    _refuse_residues(target, plan)
    note = "every page drawn anew, with a new text layer; no metadata, form, note or earlier revision"
    return ConcealedPaper(
        pages=tuple(pages),
        renditions=(_rendition("pdf", target, note=note), *images),
        hidden=_tally(counts),
        unseen=unseen,
    )


def conceal_text(source: Path, out: Path, *, plan: DocumentPlan, name: str = "") -> ConcealedPaper:
    """Write ``out/document.txt`` with every hidden word replaced by its reason."""
    out.mkdir(parents=True, exist_ok=True)
    counts: Counter[tuple[str, str]] = Counter()
    pages = []
    for number, lines in _text_pages(source, name or source.name):
        text, grounds = _concealed_lines(number, lines, plan)
        pages.append(ReleasedPage(number, text))
        counts.update((ground.reason, ground.law) for ground in grounds)
    _refuse_masks_beyond(plan, len(pages))
    whole = "\n".join(page.text for page in pages) + "\n"
    _refuse_left_terms(whole, plan)
    target = out / "document.txt"
    target.write_text(whole, encoding="utf-8", newline="\n")
    return ConcealedPaper(tuple(pages), (_rendition("text", target),), _tally(counts))


# --- what to hide on a sheet ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Area:
    """One rectangle to paint, in points from the top left, with its ground."""

    x: float
    y: float
    w: float
    h: float
    ground: Ground

    @property
    def label(self) -> PageWord:
        return PageWord(f"[{self.ground.reason}]", self.x, self.y, self.w, self.h)


def _areas(sheet: Sheet, plan: DocumentPlan) -> list[_Area]:
    """Everything to paint on a sheet: drawn masks and hidden words, joined where they touch in a line."""
    masks = [_Area(m.x, m.y, m.w, m.h, m.ground) for m in plan.masks if m.page == sheet.number]
    return _joined([*masks, *_hidden_boxes(sheet, plan)])


def _hidden_boxes(sheet: Sheet, plan: DocumentPlan) -> list[_Area]:
    found = _grounds(sheet.words, plan)
    boxes = {word: ground for word, ground in zip(sheet.words, found, strict=True) if ground}
    for doubt, ground in zip(sheet.doubts, _grounds(sheet.doubts, plan), strict=True):
        if ground:
            boxes[doubt] = ground
            boxes |= {word: ground for word in sheet.words if overlap(word, doubt) > 0.3}
    return [_Area(word.x, word.y, word.w, word.h, ground) for word, ground in boxes.items()]


def _grounds(words: Sequence[PageWord], plan: DocumentPlan) -> list[Ground | None]:
    """The ground for hiding each word, looked for in file order and in eye order (rule 2)."""
    found: list[Ground | None] = [None] * len(words)
    by_eye = [i for line in _line_indexes(words) for i in line]
    for order in (range(len(words)), by_eye):
        for place, ground in hidden_words([words[i].text for i in order], plan.terms).items():
            found[order[place]] = ground
    return found


def _joined(areas: Iterable[_Area]) -> list[_Area]:
    """Areas made into one where one holds the other, or a line and a ground are shared without a gap."""
    joined: list[_Area] = []
    for area in sorted(areas, key=lambda a: (round(a.y + a.h / 2), a.x, -a.w)):
        touching = next((other for other in reversed(joined[-8:]) if _touch(other, area)), None)
        if touching is None:
            joined.append(area)
        else:
            joined[joined.index(touching)] = _union(touching, area)
    return joined


def _touch(a: _Area, b: _Area) -> bool:
    if overlap(a.label, b.label) > 0.85:
        return True
    gap = max(a.x, b.x) - min(a.x + a.w, b.x + b.w)
    return a.ground == b.ground and _same_line(a, b) and gap < 0.8 * max(a.h, b.h)


def _union(a: _Area, b: _Area) -> _Area:
    left, top = min(a.x, b.x), min(a.y, b.y)
    right, bottom = max(a.x + a.w, b.x + b.w), max(a.y + a.h, b.y + b.h)
    return _Area(left, top, right - left, bottom - top, a.ground)


def _same_line(a: _Area | PageWord, b: _Area | PageWord) -> bool:
    return abs((a.y + a.h / 2) - (b.y + b.h / 2)) < 0.5 * min(a.h, b.h)


def _remaining(words: Sequence[PageWord], areas: Sequence[_Area]) -> list[PageWord]:
    """The words that no area covers, and one label for each area."""
    labels = [area.label for area in areas]
    return [word for word in words if not any(overlap(word, label) > 0.15 for label in labels)] + labels


def _painted(sheet: Sheet, areas: Sequence[_Area]) -> Image.Image:
    """The page's picture with solid areas: grey when the page is print, colour when it is not."""
    picture = sheet.picture.copy()
    for area in areas:
        left, top = (max(0, int((side - MARGIN) * sheet.scale)) for side in (area.x, area.y))
        right = int(np.ceil((area.x + area.w + MARGIN) * sheet.scale))
        bottom = int(np.ceil((area.y + area.h + MARGIN) * sheet.scale))
        picture[top:bottom, left:right] = 0
    image = Image.fromarray(picture)
    return image if _colourful(picture) else image.convert("L")


def _colourful(picture: NDArray[np.uint8]) -> bool:
    """Whether 0.5 % of the pixels have a hue, or a fifth are mid-greys as in a photograph."""
    small = picture[::2, ::2].astype(np.int16)
    brightest, darkest = small.max(axis=2), small.min(axis=2)
    hues = float((brightest - darkest > 48).mean())
    middle = float(((brightest > 40) & (brightest < 215)).mean())
    return hues > 0.005 or middle > 0.2


# --- lines and text ------------------------------------------------------------------------------


def _line_indexes(words: Sequence[PageWord]) -> list[list[int]]:
    """Indexes of words gathered into lines, top to bottom, each left to right."""
    lines: list[list[int]] = []
    for i in sorted(range(len(words)), key=lambda i: (words[i].y + words[i].h / 2, words[i].x)):
        home = next((line for line in reversed(lines[-4:]) if _same_line(words[line[0]], words[i])), None)
        if home is None:
            lines.append([i])
        else:
            home.append(i)
    return [sorted(line, key=lambda i: words[i].x) for line in lines]


def _lines(words: Sequence[PageWord]) -> tuple[tuple[PageWord, ...], ...]:
    return tuple(tuple(words[i] for i in line) for line in _line_indexes(words))


def _text(lines: Sequence[Sequence[PageWord]]) -> str:
    return "\n".join(" ".join(word.text for word in line) for line in lines)


def _page_text(sheet: Sheet) -> PageText:
    words = tuple(word for line in _lines(sheet.words) for word in line)
    return PageText(sheet.number, sheet.width, sheet.height, words)


# --- text files ----------------------------------------------------------------------------------

_TOKEN = re.compile(r"[^\s,;|]+")
_Token = tuple[PageWord, int, re.Match[str]]
"""A word, the index of its line, and where it stands in it."""


def _kind(path: Path, name: str) -> str:
    """``pdf`` or ``text``, by content; ``UnreadableInput`` for anything else."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise UnreadableInput(name, "the file is empty")
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableInput(name, "this is neither a PDF nor a text file")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        raise UnreadableInput(name, "this is a word processor's file; ask for it as PDF")
    return "text"


def _text_pages(path: Path, name: str) -> list[tuple[int, list[str]]]:
    """(number, lines) of a text file's pages."""
    if path.stat().st_size > MAX_TEXT:
        raise HostileInput(name, f"a text file of more than {MAX_TEXT // 1_000_000} MB is not read as a paper")
    lines = _decoded(path.read_bytes()).splitlines() or [""]
    starts = range(0, len(lines), LINES_PER_PAGE)
    return [(start // LINES_PER_PAGE + 1, lines[start : start + LINES_PER_PAGE]) for start in starts]


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Windows' Western code page is what older office programs wrote; it has a letter for most bytes.
        return data.decode("cp1252", "replace")


def _text_page(number: int, lines: Sequence[str]) -> PageText:
    width = max(612.0, LETTER_WIDTH * max(map(len, lines)))
    return PageText(number, width, LETTER_HEIGHT * LINES_PER_PAGE, tuple(word for word, _, _ in _tokens(lines)))


def _tokens(lines: Sequence[str]) -> list[_Token]:
    return [(_cell(match, i), i, match) for i, line in enumerate(lines) for match in _TOKEN.finditer(line)]


def _cell(match: re.Match[str], line: int) -> PageWord:
    left, width = match.start() * LETTER_WIDTH, len(match[0]) * LETTER_WIDTH
    return PageWord(match[0], left, line * LETTER_HEIGHT, width, LETTER_HEIGHT)


def _concealed_lines(number: int, lines: Sequence[str], plan: DocumentPlan) -> tuple[str, list[Ground]]:
    """A text page without its hidden words, and the ground of each place hidden."""
    tokens = _tokens(lines)
    found = hidden_words([word.text for word, _, _ in tokens], plan.terms)
    for i, (word, _, _) in enumerate(tokens):
        for mask in plan.masks:
            if mask.page == number and _in_mask(word, mask):
                found.setdefault(i, mask.ground)
    shown = list(lines)
    grounds: list[Ground] = []
    for i in sorted(found, reverse=True):
        _, line, match = tokens[i]
        # A run of hidden words shows one reason, not one for each word: its length is nobody's business.
        follows = found.get(i - 1) == found[i] and _only_space_between(lines, tokens[i - 1], tokens[i])
        start = tokens[i - 1][2].end() if follows else match.start()
        shown[line] = shown[line][:start] + ("" if follows else f"[{found[i].reason}]") + shown[line][match.end() :]
        grounds += [] if follows else [found[i]]
    return "\n".join(shown), grounds


def _only_space_between(lines: Sequence[str], first: _Token, second: _Token) -> bool:
    return first[1] == second[1] and not lines[first[1]][first[2].end() : second[2].start()].strip()


def _in_mask(word: PageWord, mask: PageMask) -> bool:
    return overlap(word, PageWord("", mask.x, mask.y, mask.w, mask.h)) > 0.15


# --- the finished files --------------------------------------------------------------------------


def _write_page_image(picture: Image.Image, path: Path) -> Rendition:
    """One page as WebP: without loss for print (smaller than lossy), quality 60 for colour."""
    if picture.mode == "L":
        greys = picture.point([min(15, (level + 8) // 17) * 17 for level in range(256)])
        greys.save(path, "WEBP", lossless=True, method=3, quality=50)
    else:
        picture.save(path, "WEBP", quality=60, method=4)
    return _rendition("image", path, width=picture.width, height=picture.height)


def _rendition(role: str, path: Path, *, width: int = 0, height: int = 0, note: str = "") -> Rendition:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return Rendition(role, path.name, len(data), digest, width, height, note)


def _tally(counts: Counter[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    return tuple((reason, law, count) for (reason, law), count in sorted(counts.items()))


def _refuse_masks_beyond(plan: DocumentPlan, pages: int) -> None:
    """A decision about a page that is not there has hidden nothing, and must not pass for done."""
    beyond = sorted({mask.page for mask in plan.masks if not 1 <= mask.page <= pages})
    if beyond:
        raise StepFailed(f"{plan.exhibit}: something is to be hidden on page {beyond[0]}, but there are {pages} pages")


def _refuse_residues(target: Path, plan: DocumentPlan) -> None:
    labels = {f"[{term.ground.reason}]" for term in plan.terms} | {f"[{mask.ground.reason}]" for mask in plan.masks}
    left = paper_pdf.residues(target, plan.terms, labels=frozenset(labels))
    if left:
        target.unlink()
        raise StepFailed(f"{plan.exhibit}: the concealed paper {left[0]} ({len(left)} residues in all)")


def _refuse_left_terms(text: str, plan: DocumentPlan) -> None:
    for term in plan.terms:
        text = text.replace(f"[{term.ground.reason}]", "[]")
    for mask in plan.masks:
        text = text.replace(f"[{mask.ground.reason}]", "[]")
    left = hidden_words(text.split(), plan.terms)
    if left:
        raise StepFailed(f"{plan.exhibit}: the concealed text still holds a hidden term ({len(left)} words)")
