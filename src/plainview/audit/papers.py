# SPDX-License-Identifier: Apache-2.0
"""PDF files taken apart: nothing under the ink, nothing beside the pages, no earlier revision.

What this module looks for: a hidden term in the text layer of any page, in any stream once it is inflated,
in any string of any object, and printed in any picture it holds, whatever is drawn over it; more than one end of file;
document information and XMP beyond a title that we wrote; attachments, scripts, actions, form fields, annotations;
letters of a font, which tell of words that were taken away; pages larger than what is shown of them; and ink inside an
area that must be covered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2 as pdfium

from plainview.audit.coverage import FLAT
from plainview.audit.fold import Needle
from plainview.audit.looking import resized
from plainview.audit.outcome import Outcome
from plainview.audit.pictures import LONGEST_SIDE, report_faces
from plainview.audit.reading import attack_pixels
from plainview.audit.texts import as_text, search_bytes, search_views
from plainview.model.audit import AuditedDocument
from plainview.model.finding import Box
from plainview.model.redaction import DocumentPlan

_DRAWN_AT = 1.5
"""Pixels a point when a page is drawn to look under its covers."""
_INFO = frozenset({"/Title", "/Lang"})
_FORBIDDEN_ROOT = {
    "/AcroForm": ("form fields", "holds form fields"),
    "/OpenAction": ("script", "does something when it is opened"),
    "/AA": ("script", "does something when it is used"),
    "/Metadata": ("paper metadata", "carries XMP metadata"),
    "/PieceInfo": ("paper metadata", "carries an editor's own data"),
    "/Collection": ("attachment", "is a portfolio of other files"),
    "/AF": ("attachment", "carries associated files"),
    "/OCProperties": ("layers", "has layers that can be switched on"),
}
_FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_FORBIDDEN_NAMES = {
    "/EmbeddedFiles": ("attachment", "carries attached files"),
    "/JavaScript": ("script", "carries a script"),
}


def attack_pdf(path: Path, place: str, needles: list[Needle], about: AuditedDocument | None, outcome: Outcome) -> None:
    """All checks on one PDF; what cannot be opened is a finding. ``about`` it, where it is a paper of the case."""
    plan = about.plan if about is not None else None
    data = path.read_bytes()
    _check_revisions(data, place, outcome)
    try:
        with pikepdf.open(path) as document:
            _check_structure(document, place, outcome)
            _search_objects(document, place, needles, outcome)
            if about is not None:
                _check_fonts(document, place, outcome)
                _look_at_pictures(document, place, needles, about, outcome)
        _search_pages(path, place, needles, plan, outcome)
    except (pikepdf.PdfError, pdfium.PdfiumError) as error:
        outcome.leak(place, "unreadable", f"cannot be opened, so nothing in it is cleared ({error})")
    outcome.checked["papers"] += 1


def _check_revisions(data: bytes, place: str, outcome: Outcome) -> None:
    ends = len(re.findall(rb"%%EOF", data))
    linearised = b"/Linearized" in data[:1024]
    if ends > 1 + linearised or (b"/Prev " in data and not linearised):
        outcome.leak(place, "earlier revision", f"holds {ends} revisions: what was removed is still there")
    if data[data.rfind(b"%%EOF") + 5 :].strip():
        outcome.leak(place, "earlier revision", "bytes follow its end")


def _check_structure(document: Any, place: str, outcome: Outcome) -> None:
    root = document.Root
    for key, (kind, why) in _FORBIDDEN_ROOT.items():
        if key in root:
            outcome.leak(place, kind, why)
    names = root.get("/Names", {})
    for key, (kind, why) in _FORBIDDEN_NAMES.items():
        if key in names:
            outcome.leak(place, kind, why)
    for key in document.docinfo.keys() if document.trailer.get("/Info") is not None else ():
        if key not in _INFO:
            outcome.leak(place, "paper metadata", f"says more about itself than its title ({key})")
    for number, page in enumerate(document.pages, start=1):
        for annotation in page.get("/Annots", []):
            if annotation.get("/Subtype") != "/Link":
                outcome.leak(place, "annotation", f"page {number} carries an annotation")
        if "/Thumb" in page or "/PieceInfo" in page or "/Metadata" in page or "/AA" in page:
            outcome.leak(place, "paper metadata", f"page {number} carries a thumbnail, script or an editor's data")


def _check_fonts(document: Any, place: str, outcome: Outcome) -> None:
    """A released paper is a picture with invisible text: letters that can be drawn were left over from the original."""
    for item in document.objects:
        if isinstance(item, pikepdf.Dictionary) and any(key in item for key in _FONT_FILES):
            outcome.leak(place, "font", "carries letters of a font, which tell of words that were taken away")
            return


def _look_at_pictures(
    document: Any, place: str, needles: list[Needle], about: AuditedDocument, outcome: Outcome
) -> None:
    """Each picture as the file holds it, under whatever is drawn over it: no face, no hidden term."""
    for item in document.objects:
        if not isinstance(item, pikepdf.Stream) or item.get("/Subtype") != "/Image":
            continue
        try:
            image = pikepdf.PdfImage(item).as_pil_image().convert("RGB")
        except (pikepdf.PdfError, NotImplementedError, ValueError, OSError) as error:
            outcome.leak(place, "unreadable", f"holds a picture that cannot be opened, so it is not cleared ({error})")
            continue
        pixels = np.ascontiguousarray(np.asarray(image, np.uint8)[:, :, ::-1])
        if needles:
            attack_pixels(pixels, place, needles, outcome)
        scale = min(1.0, LONGEST_SIDE / max(pixels.shape[:2]))
        known = _kept_on(document, item, pixels.shape[1], pixels.shape[0], about)
        report_faces(resized(pixels, scale), place=place, outcome=outcome, at=None, known=known, grown=1 / scale)


def _kept_on(document: Any, item: Any, width: int, height: int, about: AuditedDocument) -> list[Box]:
    """Where on a picture a face may be seen, if it is the picture of a page as a released paper draws it: alone and as
    large as the page. On any other picture none may."""
    for number, page in enumerate(document.pages, start=1):
        shown = list(page.images.values())
        if len(shown) == 1 and shown[0].objgen == item.objgen:
            box = [float(value) for value in page.mediabox]
            across, down = width / (box[2] - box[0]), height / (box[3] - box[1])
            kept = [where for at, where in about.kept if at == number]
            return [Box(round(b.x * across), round(b.y * down), round(b.w * across), round(b.h * down)) for b in kept]
    return []


def _search_objects(document: Any, place: str, needles: list[Needle], outcome: Outcome) -> None:
    """Every string and every inflated stream of every object, used or not."""
    strings: list[str] = []
    for item in document.objects:
        if isinstance(item, pikepdf.Stream):
            body = _inflated(item)
            search_bytes(body, place, needles, outcome)
            strings += [text for text in (as_text(body), *_shown_strings(body)) if text]
        strings += list(_strings(item, 0))
    search_views(iter([("in its objects", "\n".join(strings))]), place, needles, outcome)
    outcome.checked["objects of papers"] += len(document.objects)


def _inflated(stream: Any) -> bytes:
    """The stream's bytes with its general filters undone; picture filters stay as they are."""
    try:
        return bytes(stream.read_bytes(pikepdf.StreamDecodeLevel.generalized))
    except pikepdf.PdfError:
        return bytes(stream.read_raw_bytes())


def _shown_strings(body: bytes) -> Iterator[str]:
    """The strings that a content stream draws, joined: kerned words come as many short strings."""
    parts = re.findall(rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]+)>", body)
    pieces = [literal or bytes.fromhex(_even(digits)) for literal, digits in parts]
    yield b"".join(pieces).decode("latin-1")
    yield b" ".join(pieces).replace(b"\0", b"").decode("latin-1")


def _even(digits: bytes) -> str:
    text = re.sub(rb"\s", b"", digits).decode()
    return text + "0" * (len(text) % 2)


def _strings(item: Any, depth: int) -> Iterator[str]:
    """Every string below an object that is not itself an object of its own (those come in turn)."""
    if depth > 20:
        return
    if isinstance(item, (pikepdf.String, pikepdf.Name)):
        yield str(item)
    elif isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        source = item.stream_dict if isinstance(item, pikepdf.Stream) else item
        for _, value in source.items():
            if isinstance(value, pikepdf.Object) and not value.is_indirect:
                yield from _strings(value, depth + 1)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if isinstance(value, pikepdf.Object) and not value.is_indirect:
                yield from _strings(value, depth + 1)


def _search_pages(path: Path, place: str, needles: list[Needle], plan: DocumentPlan | None, outcome: Outcome) -> None:
    document = pdfium.PdfDocument(path)
    try:
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage().get_text_range()
            search_views(iter([(f"page {number + 1}", text)]), place, needles, outcome)
            if tuple(page.get_cropbox()) != tuple(page.get_mediabox()):
                outcome.leak(place, "hidden pixels", f"page {number + 1} is larger than what is shown of it")
            if plan is not None and any(mask.page == number + 1 for mask in plan.masks):
                _check_covers(page, number + 1, place, plan, outcome)
            outcome.checked["pages"] += 1
    finally:
        document.close()


def page_sizes(path: Path) -> list[tuple[float, float]]:
    """Width and height of every page in points; empty when the file cannot be opened (which is a finding)."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return []
    try:
        return [tuple(document[number].get_size()) for number in range(len(document))]
    finally:
        document.close()


def _check_covers(page: Any, number: int, place: str, plan: DocumentPlan, outcome: Outcome) -> None:
    """Covered areas of the drawn page must be one flat shade."""
    drawn = np.asarray(page.render(scale=_DRAWN_AT).to_pil().convert("L"), np.int16)
    for mask in (each for each in plan.masks if each.page == number):
        left, top = round(mask.x * _DRAWN_AT) + 2, round(mask.y * _DRAWN_AT) + 2
        right, bottom = round((mask.x + mask.w) * _DRAWN_AT) - 2, round((mask.y + mask.h) * _DRAWN_AT) - 2
        area = drawn[max(0, top) : bottom, max(0, left) : right]
        outcome.checked["covered areas of papers"] += 1
        if area.size and float(np.mean(np.abs(area - np.median(area)) <= 2 * FLAT)) < 0.9:
            sentence = f"page {number}: what must be covered can be seen"
            where = Box(round(mask.x), round(mask.y), round(mask.w), round(mask.h))
            outcome.leak(place, "mask missing", sentence, subject=mask.ground.subject, where=where)
