# SPDX-License-Identifier: Apache-2.0
"""PDFs made line by line for the tests, with everything in them that a released paper must lose."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageDraw, ImageFont

from plainview.model.redaction import Ground

WITNESS = Ground("witness-1", "private-contact", "5 ILCS 140/7(1)(c)")
MINOR = Ground("child-1", "minor", "705 ILCS 405/5-905")

Line = tuple[float, float, str]
"""x from the left and y from the bottom, in points, and the words."""


def paper(
    path: Path,
    pages: Sequence[Sequence[Line]],
    *,
    fields: Sequence[Line] = (),
    after: bytes = b"",
    rotate: int = 0,
) -> Path:
    """A letter-size paper in 12 pt Helvetica; ``fields`` are filled form fields on the first page.

    ``after`` is drawn on top of the first page's words; ``rotate`` turns every page.
    """
    document = pikepdf.Pdf.new()
    font = document.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    )
    for number, lines in enumerate(pages):
        page = document.add_blank_page(page_size=(612, 792))
        page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
        page.obj.Contents = Stream(document, b"".join(map(_shown, lines)) + (after if number == 0 else b""))
        if rotate:
            page.obj.Rotate = rotate
    if fields:
        _add_fields(document, font, fields)
    document.save(path)
    return path


def _shown(line: Line) -> bytes:
    x, y, text = line
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("cp1252")
    return b"BT /F1 12 Tf %g %g Td (%s) Tj ET\n" % (x, y, escaped)


def _add_fields(document: pikepdf.Pdf, font: pikepdf.Object, fields: Sequence[Line]) -> None:
    """Fields without a drawn appearance: the reader must draw them, as programs do that fill in forms."""
    page = document.pages[0]
    widgets = [
        document.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(f"field{i}"), V=String(text), F=4,
                DA=String("/F1 12 Tf 0 g"), Rect=Array([x, y, x + 300, y + 18]), P=page.obj,
            )
        )
        for i, (x, y, text) in enumerate(fields)
    ]  # fmt: skip
    page.obj.Annots = Array(widgets)
    document.Root.AcroForm = Dictionary(
        Fields=Array(widgets),
        NeedAppearances=True,
        DA=String("/F1 12 Tf 0 g"),
        DR=Dictionary(Font=Dictionary(F1=font)),
    )


def stuff_with_secrets(path: Path, secret: str) -> None:
    """Put ``secret`` wherever a PDF can hold text besides its pages, sign it with it, and add an earlier revision."""
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        with document.open_metadata() as metadata:
            metadata["dc:title"] = f"Statement of {secret}"
        document.docinfo["/Author"] = secret
        document.attachments[f"{secret}.txt"] = secret.encode()
        document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{secret}')"))
        page = document.pages[0]
        note = Dictionary(
            Type=Name.Annot, Subtype=Name.Text, Rect=Array([10, 10, 30, 30]), Contents=String(f"call {secret}")
        )
        page.obj.Annots = Array([*page.obj.get("/Annots", Array()), document.make_indirect(note)])
        with document.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem(f"About {secret}", 0))
        _sign(document, secret)
        document.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = path.read_bytes()
    start = data.rindex(b"startxref") + len(b"startxref")
    previous = int(data[start:].split()[0])
    with pikepdf.open(path) as document:
        size, root = len(document.objects) + 1, document.Root.objgen[0]
        info = document.docinfo.objgen[0]
    addition = b"\n%d 0 obj\n(%s was here)\nendobj\n" % (size, secret.encode())
    table = len(data) + len(addition)
    addition += b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d/Root %d 0 R/Info %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, len(data) + 1, size + 1, root, info, previous, table,
    )  # fmt: skip
    path.write_bytes(data + addition)


def _sign(document: pikepdf.Pdf, signer: str) -> None:
    """A signature that is not drawn: who signed, why, where to reach them, the certificate, what may be changed."""
    signature = document.make_indirect(
        Dictionary(
            Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), SubFilter=Name("/adbe.pkcs7.detached"),
            Name=String(signer), Reason=String(f"seen by {signer}"), ContactInfo=String(signer),
            ByteRange=Array([0, 0, 0, 0]), Contents=String(b"0\x82CN=" + signer.encode()),
        )
    )  # fmt: skip
    page = document.pages[0]
    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String(f"signature of {signer}"), V=signature,
            Rect=Array([0, 0, 0, 0]), F=132, P=page.obj,
        )
    )  # fmt: skip
    page.obj.Annots = Array([*page.obj.get("/Annots", Array()), field])
    form = document.Root.get("/AcroForm", Dictionary(Fields=Array([])))
    form.SigFlags = 3
    form.Fields.append(field)
    document.Root.AcroForm = form
    document.Root.Perms = Dictionary(DocMDP=signature)


def scan(path: Path, lines: Sequence[str]) -> Path:
    """A paper that is only a picture: words drawn at 150 dpi, slightly grey, no text layer."""
    picture = Image.new("L", (1275, 1650), 243)
    font = ImageFont.load_default(size=30)
    for i, text in enumerate(lines):
        ImageDraw.Draw(picture).text((150, 150 + 60 * i), text, fill=40, font=font)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    document = pikepdf.Pdf.new()
    page = document.add_blank_page(page_size=(612, 792))
    image = Stream(
        document, buffer.getvalue(), Type=Name.XObject, Subtype=Name.Image, Width=1275, Height=1650,
        ColorSpace=Name.DeviceGray, BitsPerComponent=8, Filter=Name.DCTDecode,
    )  # fmt: skip
    page.obj.Resources = Dictionary(XObject=Dictionary(I=image))
    page.obj.Contents = Stream(document, b"q 612 0 0 792 0 0 cm /I Do Q")
    document.save(path)
    return path
