# SPDX-License-Identifier: Apache-2.0
"""Photographs: what their files give away is known to the office and absent from the public's copy."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFont
from PIL.TiffImagePlugin import IFDRational

from media.papers import MINOR, WITNESS
from plainview.errors import HostileInput, StepFailed, UnreadableInput
from plainview.media import photographs
from plainview.model.finding import Box
from plainview.model.redaction import DocumentPlan, HiddenTerm, PageMask

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)
NOTHING = DocumentPlan("EX-0012")


def scene(width: int = 320, height: int = 200) -> Image.Image:
    """Red on the left, green on the right, a blue square in the top left corner."""
    picture = Image.new("RGB", (width, height), GREEN)
    picture.paste(RED, (0, 0, width // 2, height))
    picture.paste(BLUE, (0, 0, 40, 40))
    return picture


def telling(path: Path, *, orientation: int = 1) -> Path:
    """A JPEG with place, device, owner, thumbnail, XMP, comment, colour profile and bytes after its end."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112], exif[0x013B] = "Harbour", "Phone 8", orientation, "Odessa Quill"
    exif.get_ifd(0x8769)[0x9003] = "2026:03:14 21:43:18"
    degrees = tuple(IFDRational(part) for part in (41, 30, 36))
    exif.get_ifd(0x8825).update({1: "S", 2: degrees, 3: "W", 4: degrees})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    buffer = io.BytesIO()
    scene().save(
        buffer,
        "JPEG",
        quality=92,
        exif=exif,
        icc_profile=profile,
        comment=b"by Odessa Quill",
        xmp=b"<x>Odessa Quill</x>",
    )
    path.write_bytes(buffer.getvalue() + b"Odessa Quill after the end")
    return path


def mask(box: Box) -> PageMask:
    return PageMask(1, box.x, box.y, box.w, box.h, MINOR)


def colour(picture: Image.Image, x: int, y: int) -> str:
    pixel = np.array(picture.convert("RGB"))[y, x]
    return "black" if pixel.max() < 12 else ("red", "green", "blue")[int(pixel.argmax())]


def test_the_office_learns_what_a_photograph_gives_away(tmp_path: Path) -> None:
    """Place to four decimals, device, time, and every kind of hidden cargo."""
    told = photographs.describe(telling(tmp_path / "a.jpg"))

    assert told["gps"] == (-41.51, -41.51)
    assert (told["camera"], told["taken"]) == ("Harbour Phone 8", "2026:03:14 21:43:18")
    assert told["holds"] == [
        "place (GPS)", "device and settings (EXIF)", "editing history (XMP)", "comment", "colour profile",
        "bytes after the picture's end",
    ]  # fmt: skip


def test_a_plain_photograph_tells_nothing(tmp_path: Path) -> None:
    """Unknown is None, and an empty list means that the file was looked through."""
    scene().save(tmp_path / "a.png")
    told = photographs.describe(tmp_path / "a.png")

    assert (told["gps"], told["taken"], told["camera"], told["holds"]) == (None, None, "", [])


def test_the_copy_holds_pixels_and_nothing_else(tmp_path: Path) -> None:
    """No owner, place or profile in either file, by Pillow's reading and in the bytes."""
    released = photographs.conceal_photograph(telling(tmp_path / "a.jpg"), tmp_path / "out", plan=NOTHING)

    assert [r.path for r in released.renditions] == ["photograph.jpg", "p1.webp"]
    for rendition in released.renditions:
        data = (tmp_path / "out" / rendition.path).read_bytes()
        assert b"Odessa" not in data
        assert b"Exif" not in data
        assert b"ICC_PROFILE" not in data
        with Image.open(io.BytesIO(data)) as image:
            assert not image.getexif()
            assert (image.width, image.height) == (rendition.width, rendition.height)
    assert "place (GPS)" in released.removed


@pytest.mark.parametrize(("orientation", "corner"), [(1, (10, 10)), (3, (310, 190)), (6, (190, 10)), (8, (10, 310))])
def test_a_turned_photograph_is_released_upright(tmp_path: Path, orientation: int, corner: tuple[int, int]) -> None:
    """The blue corner is where a viewer that obeys the orientation shows it."""
    source = telling(tmp_path / "a.jpg", orientation=orientation)
    photographs.conceal_photograph(source, tmp_path / "out", plan=NOTHING)

    with Image.open(tmp_path / "out" / "photograph.jpg") as image:
        assert colour(image, *corner) == "blue"
        assert photographs.describe(source)["width"] == image.width


def test_a_mask_is_solid_in_the_upright_picture(tmp_path: Path) -> None:
    """Both files are black inside the box, at their own scale, and unchanged beside it."""
    plan = DocumentPlan("EX-0012", masks=(mask(Box(100, 50, 60, 80)),))
    released = photographs.conceal_photograph(telling(tmp_path / "a.jpg"), tmp_path / "out", plan=plan)

    for rendition in released.renditions:
        with Image.open(tmp_path / "out" / rendition.path) as image:
            inside = np.array(image.convert("RGB"))[54:126, 104:156]
            assert inside.max() < 12
            assert colour(image, 80, 100) == "red"
    assert released.hidden == ((MINOR.reason, MINOR.law, 1),)
    assert released.pages[0].text == "[minor]"


def test_a_hidden_name_written_in_the_picture_is_painted_over(tmp_path: Path) -> None:
    """A sign with a name: it is read, found among the terms, and cannot be read again."""
    picture = Image.new("RGB", (700, 200), (250, 250, 250))
    ImageDraw.Draw(picture).text((30, 70), "Odessa Quill Bakery", fill=(0, 0, 0), font=ImageFont.load_default(size=44))
    picture.save(tmp_path / "a.png")
    plan = DocumentPlan("EX-0012", terms=(HiddenTerm("Odessa Quill", WITNESS),))
    photographs.conceal_photograph(tmp_path / "a.png", tmp_path / "out", plan=plan)

    assert "Quill" in photographs.read(tmp_path / "a.png").text
    again = photographs.read(tmp_path / "out" / "photograph.jpg").text
    assert "Bakery" in again
    assert "Quill" not in again


def test_the_same_photograph_gives_the_same_bytes(tmp_path: Path) -> None:
    """Both renditions, twice."""
    source = telling(tmp_path / "a.jpg")

    assert photographs.conceal_photograph(source, tmp_path / "one", plan=NOTHING) == photographs.conceal_photograph(
        source, tmp_path / "two", plan=NOTHING
    )


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "I;16", "1"])
def test_pictures_of_every_mode_become_three_channels(tmp_path: Path, mode: str) -> None:
    """Palettes, transparency, print colours and sixteen-bit greys all end as the picture one sees."""
    picture = Image.new("I;16", (64, 48), 40_000) if mode == "I;16" else scene(64, 48).convert(mode)
    path = tmp_path / ("a.tiff" if mode in ("CMYK", "I;16") else "a.png")
    picture.save(path)
    photographs.conceal_photograph(path, tmp_path / "out", plan=NOTHING)

    with Image.open(tmp_path / "out" / "photograph.jpg") as image:
        assert (image.mode, image.size) == ("RGB", (64, 48))
        assert np.array(image).max() > 100


def test_transparent_places_show_white_and_not_what_lies_under_them(tmp_path: Path) -> None:
    """A fully transparent pixel keeps a colour in the file; it is not the picture anyone saw."""
    picture = scene().convert("RGBA")
    picture.putalpha(0)
    picture.save(tmp_path / "a.png")
    photographs.conceal_photograph(tmp_path / "a.png", tmp_path / "out", plan=NOTHING)

    with Image.open(tmp_path / "out" / "photograph.jpg") as image:
        assert np.array(image).min() > 250


def test_a_picture_that_claims_an_absurd_size_is_refused(tmp_path: Path) -> None:
    """Sixty bytes of PNG header asking for ten thousand million pixels."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\x0aIDAT" + b"\0" * 14)

    with pytest.raises(HostileInput):
        photographs.describe(tmp_path / "a.png")


@pytest.mark.parametrize("keep", ["nothing", "a torn header", "half the picture"])
def test_a_broken_picture_says_so(tmp_path: Path, keep: str) -> None:
    """Empty, a torn header, half the data: one sentence with the delivered name, never a grey picture."""
    data = telling(tmp_path / "a.jpg").read_bytes()
    scan = data.rindex(b"\xff\xda")
    end = {"nothing": 0, "a torn header": 40, "half the picture": (scan + data.rindex(b"\xff\xd9")) // 2}[keep]
    (tmp_path / "b.jpg").write_bytes(data[:end])

    with pytest.raises(UnreadableInput, match=r"^IMG_1\.jpg: "):
        photographs.conceal_photograph(tmp_path / "b.jpg", tmp_path / "out", plan=NOTHING, name="IMG_1.jpg")


def test_a_program_in_picture_clothing_is_not_opened(tmp_path: Path) -> None:
    """PostScript is a programming language; Pillow would start an interpreter for it."""
    (tmp_path / "a.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n")

    with pytest.raises(UnreadableInput):
        photographs.describe(tmp_path / "a.eps")


def test_a_mask_on_a_second_page_is_refused(tmp_path: Path) -> None:
    """A photograph has one page; a decision elsewhere has hidden nothing."""
    plan = DocumentPlan("EX-0012", masks=(PageMask(2, 0, 0, 10, 10, MINOR),))

    with pytest.raises(StepFailed, match="one page"):
        photographs.conceal_photograph(telling(tmp_path / "a.jpg"), tmp_path / "out", plan=plan)
