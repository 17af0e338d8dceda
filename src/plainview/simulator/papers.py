# SPDX-License-Identifier: Apache-2.0
"""The papers of the invented case: PDF reports written byte by byte, a photograph, a caption file."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from plainview.simulator.screenplay import (
    CASE,
    CITY,
    PLATE,
    WITNESS_DOB,
    WITNESS_NAME,
    WITNESS_PHONE,
)

WITNESS_FOLDER: Final = f"witnesses/statement of {WITNESS_NAME}"
TRR_PATH: Final = f"documents/TRR_{CASE}_Tolland.pdf"
INCIDENT_PATH: Final = f"documents/incident_report_{CASE}.pdf"
PHOTO_PATH: Final = f"{WITNESS_FOLDER}/IMG_2203 from {WITNESS_NAME} window.jpg"
CAPTION_PATH: Final = f"{WITNESS_FOLDER}/VID_20260314_214031.srt"
PHOTO_GPS: Final = (12.345678, -45.678901)
"""A place in the open ocean, as befits an invented city."""


@dataclass(frozen=True, slots=True)
class Field:
    """A filled form field: name, value, and its box on the page (points from the lower left)."""

    name: str
    value: str
    x: float
    y: float
    width: float
    page: int = 0


def _escape(text: str) -> bytes:
    raw = text.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _text(x: float, y: float, size: float, text: str, font: str = "F1") -> bytes:
    return b"BT /%s %g Tf %g %g Td (%s) Tj ET\n" % (font.encode(), size, x, y, _escape(text))


def _pdf(pages: list[bytes], fields: list[Field], title: str) -> bytes:
    """A PDF 1.7 file with Helvetica text pages and, if any, an AcroForm."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(head: bytes, data: bytes) -> int:
        return add(b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(data), data))

    catalog, tree = add(b""), add(b"")
    fonts = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    bold = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
    resources = b"<< /Font << /F1 %d 0 R /F2 %d 0 R >> >>" % (fonts, bold)
    page_numbers, widgets = [], []
    for page_number, content in enumerate(pages):
        body = stream(b"", content)
        page = add(b"")
        annotations = []
        for f in (field for field in fields if field.page == page_number):
            look = b"/Tx BMC q BT /F1 9 Tf 2 4 Td (%s) Tj ET Q EMC" % _escape(f.value)
            look_at = stream(b"/Type /XObject /Subtype /Form /BBox [0 0 %g 15] /Resources %s" % (f.width, resources), look)
            widget = add(
                b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (%s) /V (%s) /DA (/F1 9 Tf 0 g) /F 4 /P %d 0 R "
                b"/Rect [%g %g %g %g] /AP << /N %d 0 R >> >>"
                % (_escape(f.name), _escape(f.value), page, f.x, f.y, f.x + f.width, f.y + 15, look_at))
            annotations.append(widget)
        widgets += annotations
        refs = b" ".join(b"%d 0 R" % w for w in annotations)
        objects[page - 1] = (
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 612 792] /Resources %s /Contents %d 0 R /Annots [%s] >>"
            % (tree, resources, body, refs))
        page_numbers.append(page)
    kids = b" ".join(b"%d 0 R" % p for p in page_numbers)
    objects[tree - 1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(page_numbers), kids)
    acroform = b""
    if widgets:
        acroform = b" /AcroForm << /Fields [%s] /DA (/F1 9 Tf 0 g) /DR %s >>" % (
            b" ".join(b"%d 0 R" % w for w in widgets), resources)
    objects[catalog - 1] = b"<< /Type /Catalog /Pages %d 0 R%s >>" % (tree, acroform)
    info = add(b"<< /Title (%s) /Producer (Port Alder records) /CreationDate (D:20260315043000-05'00') >>" % _escape(title))
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, made in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, made)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, catalog, info, start)
    return bytes(out)


def _heading(title: str, page: int, pages: int) -> bytes:
    return (
        _text(54, 744, 9, f"{CITY.upper()} POLICE DEPARTMENT") + _text(54, 722, 17, title, "F2")
        + _text(54, 706, 9, f"Case {CASE}     Page {page} of {pages}") + b"0.6 w 54 698 m 558 698 l S\n")


def _paragraph(x: float, y: float, text: str, width: int = 92) -> tuple[bytes, float]:
    out, line = b"", ""
    for word in text.split():
        if len(line) + len(word) + 1 > width:
            out += _text(x, y, 10, line)
            y, line = y - 14, word
        else:
            line = f"{line} {word}".strip()
    return out + _text(x, y, 10, line), y - 20


_TRR_ROWS: Final = (
    ("Date and time", "03/14/2026 21:41"), ("Location", "Calder Street at 9th Avenue"),
    ("Member", "Joel Tolland, Unit 311, Star 20418"), ("Reason for contact", "Investigatory stop"),
    ("Subject", "Marcus Vane, age 34"), ("Subject's action", "Fled on foot; pointed firearm at member"),
    ("Subject armed with", "Semi-automatic pistol"), ("Member's force", "Firearm, 9 mm service pistol"),
    ("Total rounds fired by member", "4"), ("Subject injured", "Yes, two gunshot wounds"),
    ("Witness", WITNESS_NAME), ("Witness date of birth", WITNESS_DOB), ("Witness telephone", WITNESS_PHONE),
    ("Body camera activated", "Yes"),
)


def tactical_response_report() -> bytes:
    """Two pages: a filled form, and a narrative in a text layer."""
    fields: list[Field] = []
    first = _heading("Tactical Response Report", 1, 2)
    for k, (label, value) in enumerate(_TRR_ROWS):
        row = 668 - k * 34
        first += _text(54, row + 17, 8, label) + b"0.4 w 54 %g 504 17 re S\n" % (row - 2)
        fields.append(Field(label.lower().replace(" ", "_").replace("'", ""), value, 56, row - 1, 500))
    first += _text(54, 170, 9, "Signed electronically by the reporting member, 03/15/2026 03:40")
    second, y = _heading("Tactical Response Report: narrative", 2, 2), 668.0
    for text in (
        "R/O and Officer Imbert conducted an investigatory stop of a gray sedan matching a description given by the "
        f"dispatcher. The complainant, {WITNESS_NAME}, had reported a man with a handgun in a gray sedan.",
        "The subject exited the vehicle and fled eastbound on Calder Street. R/O pursued on foot, ordering the subject to "
        "stop. Near the fence at the north lot the subject produced a handgun, turned and pointed it at R/O.",
        "R/O ordered the subject to drop the gun. The subject did not comply. In fear for his life R/O discharged his "
        "firearm four (4) times. The subject fell. Officers rendered first aid and requested an ambulance.",
        f"{WITNESS_NAME} (DOB {WITNESS_DOB}, tel. {WITNESS_PHONE}) viewed part of the incident from a window and was "
        "advised that detectives would contact her.",
    ):
        block, y = _paragraph(54, y, text)
        second += block
    return _pdf([first, second], fields, "Tactical Response Report")


def incident_report() -> bytes:
    """One page of plain text."""
    body, y = _heading("Incident Report", 1, 1), 668.0
    for text in (
        "Nature of incident: shooting by a police officer. Date: 03/14/2026. Time: 21:41. Beat 412.",
        f"Vehicle: gray sedan, plate {PLATE}, registered to Marcus Vane, 34, of Calder Street.",
        "Recovered at scene: one semi-automatic pistol, on the ground at the fence of the north lot, about ten feet from "
        "where the subject fell. Five (5) spent casings, 9 mm, recovered between 38 and 40 m from the corner.",
        "Recordings known: three body cameras (units 311, 312 and 314), one in-car camera, city camera 114, two 911 calls, "
        "dispatch channel zone 4. Requested from residents and businesses: see canvass list.",
        f"Witness: {WITNESS_NAME}, {WITNESS_PHONE}. A second witness filmed with a telephone and left before being identified.",
    ):
        block, y = _paragraph(54, y, text)
        body += block
    return _pdf([body], [], "Incident Report")


def _rational(value: float) -> bytes:
    degrees = int(abs(value))
    minutes = int((abs(value) - degrees) * 60)
    seconds = round(((abs(value) - degrees) * 60 - minutes) * 60 * 1000)
    return struct.pack("<6I", degrees, 1, minutes, 1, seconds, 1000)


def _exif(thumbnail: bytes) -> bytes:
    """An Exif block with camera, time, a GPS place, and an embedded thumbnail."""
    def entry(row: tuple[int, int, int, bytes], heap: list[bytes], base: int) -> bytes:
        tag, kind, count, value = row
        if len(value) <= 4:
            return struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
        at = base + sum(map(len, heap))
        heap.append(value + b"\0" * (len(value) % 2))
        return struct.pack("<HHII", tag, kind, count, at)

    def directory(entries: list[tuple[int, int, int, bytes]], start: int, following: int) -> bytes:
        heap: list[bytes] = []
        base = start + 2 + 12 * len(entries) + 4
        rows = b"".join(entry(e, heap, base) for e in entries)
        return struct.pack("<H", len(entries)) + rows + struct.pack("<I", following) + b"".join(heap)

    lat, lon = PHOTO_GPS
    gps_rows = [
        (1, 2, 2, b"N\0"), (2, 5, 3, _rational(lat)), (3, 2, 2, b"W\0" if lon < 0 else b"E\0"), (4, 5, 3, _rational(lon)),
        (29, 2, 11, b"2026:03:15\0"),
    ]
    def first(gps_at: int, next_at: int) -> list[tuple[int, int, int, bytes]]:
        return [
            (0x010E, 2, 25, b"from the upstairs window\0"), (0x010F, 2, 8, b"Harbour\0"), (0x0110, 2, 8, b"Phone 8\0"),
            (0x0132, 2, 20, b"2026:03:14 21:43:18\0"), (0x013B, 2, len(WITNESS_NAME) + 1, WITNESS_NAME.encode() + b"\0"),
            (0x8825, 4, 1, struct.pack("<I", gps_at)),
        ]
    size0 = len(directory(first(0, 0), 8, 0))
    gps_at = 8 + size0
    next_at = gps_at + len(directory(gps_rows, gps_at, 0))
    thumb_rows = [(0x0103, 3, 1, struct.pack("<H", 6)), (0x0201, 4, 1, b"\0\0\0\0"), (0x0202, 4, 1, b"\0\0\0\0")]
    thumb_at = next_at + len(directory(thumb_rows, next_at, 0))
    thumb_rows[1] = (0x0201, 4, 1, struct.pack("<I", thumb_at))
    thumb_rows[2] = (0x0202, 4, 1, struct.pack("<I", len(thumbnail)))
    return (b"Exif\0\0II*\0" + struct.pack("<I", 8) + directory(first(gps_at, next_at), 8, next_at)
            + directory(gps_rows, gps_at, 0) + directory(thumb_rows, next_at, 0) + thumbnail)


def photograph(view: Image.Image) -> bytes:
    """A JPEG of a view with telling metadata in it."""
    small = io.BytesIO()
    view.resize((160, 120)).save(small, "JPEG", quality=70)
    out = io.BytesIO()
    view.save(out, "JPEG", quality=88, exif=_exif(small.getvalue()))
    return out.getvalue()


def captions() -> str:
    """A caption file somebody made for the telephone video; it names the witness."""
    return (
        "1\n00:00:01,000 --> 00:00:05,000\nCalder Street, March 14. Filmed across from the market.\n\n"
        f"2\n00:00:30,000 --> 00:00:33,000\n(shots) {WITNESS_NAME} screams from her window\n\n"
        "3\n00:00:48,000 --> 00:00:52,000\nI got it. I got all of that on video.\n")


def write_papers(folder: Path, view: Image.Image) -> None:
    """Writes all papers into the delivered folder."""
    for path, data in (
        (TRR_PATH, tactical_response_report()), (INCIDENT_PATH, incident_report()),
        (PHOTO_PATH, photograph(view)), (CAPTION_PATH, captions().encode()),
    ):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
