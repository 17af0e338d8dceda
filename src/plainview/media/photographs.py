# SPDX-License-Identifier: Apache-2.0
"""Photographs: what their files give away, and the copy the public gets.

What this module keeps true: the public's copy is encoded from pixels alone. Where and when the picture
was taken, with which device, its thumbnail (which may show what was cropped away) and bytes after its
end stay in the original; areas to hide are painted before any encoder sees them.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageDraw, ImageOps, UnidentifiedImageError

from plainview.errors import HostileInput, StepFailed, UnreadableInput
from plainview.media import page_ocr
from plainview.model.finding import PageText
from plainview.model.redaction import DocumentPlan, hidden_words
from plainview.model.release import ReleasedPage, Rendition

MAX_PIXELS = 120_000_000
"""A 108-megapixel telephone still opens; a picture that claims more is refused before it is decoded."""

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP")
"""Decoders of pictures only: nothing that starts a program (EPS) or follows a reference."""

PREVIEW_SIDE = 1280
"""Longest side of the WebP on the page."""

POINTS_PER_PIXEL = 1.0
"""A photograph has no paper: one pixel of the upright picture counts as one point of a mask."""


@dataclass(frozen=True, slots=True)
class ConcealedPhotograph:
    """What became of one photograph; the same shape as a concealed paper."""

    pages: tuple[ReleasedPage, ...]
    renditions: tuple[Rendition, ...]
    hidden: tuple[tuple[str, str, int], ...]
    removed: tuple[str, ...]
    """What the original's file held besides the picture, in words a reader understands."""


def conceal_photograph(source: Path, out: Path, *, plan: DocumentPlan, name: str = "") -> ConcealedPhotograph:
    """Write ``out/photograph.jpg`` (full size) and ``out/p1.webp`` without metadata and hidden areas.

    Paths in the result are relative to ``out``; masks are in pixels of the upright picture. Words of
    hidden terms that stand in the picture are found by reading it. Raises ``UnreadableInput`` and
    ``StepFailed`` like ``pages.conceal_pdf``.
    """
    shown = name or source.name
    if any(mask.page != 1 for mask in plan.masks):
        raise StepFailed(f"{plan.exhibit}: a photograph has one page, but something is to be hidden on another")
    picture = upright(source, shown)
    counts: Counter[tuple[str, str]] = Counter()
    for x, y, w, h, ground in _areas(picture, plan):
        ImageDraw.Draw(picture).rectangle((int(x), int(y), int(np.ceil(x + w)), int(np.ceil(y + h))), fill=(0, 0, 0))
        counts[ground.reason, ground.law] += 1
    out.mkdir(parents=True, exist_ok=True)
    full = _save(picture, out / "photograph.jpg", "JPEG", quality=85, optimize=True)
    preview = picture.copy()
    preview.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    small = _save(preview, out / "p1.webp", "WEBP", quality=70, method=4)
    for rendition in (full, small):
        _refuse_metadata(out / rendition.path, plan.exhibit)
    hidden = tuple((reason, law, count) for (reason, law), count in sorted(counts.items()))
    text = " ".join(f"[{reason}]" for reason, _, count in hidden for _ in range(count))
    removed = tuple(describe(source, name=shown)["holds"])
    return ConcealedPhotograph((ReleasedPage(1, text, small.path),), (full, small), hidden, removed)


def describe(path: Path, *, name: str = "") -> dict[str, Any]:
    """What a photograph's file tells about itself; for the office only, never for the public.

    Keys: ``format``, ``width``, ``height`` (upright), ``gps`` (latitude, longitude in degrees, or None),
    ``camera``, ``taken`` (as written, or None), ``holds`` (kinds of metadata, in words).
    """
    shown = name or path.name
    with _opened(path, shown) as image:
        exif = image.getexif()
        detail = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        turned = exif.get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
        width, height = image.size[::-1] if turned else image.size
        return {
            "format": image.format or "",
            "width": width,
            "height": height,
            "gps": _degrees(place),
            "camera": " ".join(
                str(exif[tag]).strip("\0 ") for tag in (ExifTags.Base.Make, ExifTags.Base.Model) if tag in exif
            ),
            "taken": _text_or_none(detail.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)),
            "holds": _holdings(path, image, exif, place),
        }


def read(path: Path, *, name: str = "") -> PageText:
    """The words that can be read in a photograph, placed in pixels of the upright picture."""
    picture = upright(path, name or path.name)
    words = page_ocr.words_in(np.asarray(picture), scale=1 / POINTS_PER_PIXEL)
    return PageText(1, float(picture.width), float(picture.height), tuple(words))


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Image.Image]:
    """The picture, opened but not decoded, once its claimed size is known to be bearable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=FORMATS)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        if isinstance(error, Image.DecompressionBombError):
            raise HostileInput(name, "the picture claims an absurd size") from error
        raise UnreadableInput(name, "this is not a picture that can be read") from error
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise HostileInput(name, f"the picture claims {image.width} × {image.height} pixels")
        yield image


def upright(path: Path, name: str) -> Image.Image:
    """Decoded, upright, in sRGB, of three channels, and free of everything but pixels."""
    with _opened(path, name) as image:
        try:
            image.load()
        except (OSError, ValueError, SyntaxError) as error:
            raise UnreadableInput(name, "the picture is cut short or broken") from error
        turned = ImageOps.exif_transpose(image)
        coloured = _standard_colours(turned, image.info.get("icc_profile"))
    # A picture rebuilt from its array has no info, no EXIF and no palette to carry anything along.
    return Image.fromarray(np.array(coloured, dtype=np.uint8))


def _standard_colours(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB as sRGB; transparency is shown on white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        image = Image.new("RGB", layered.size, (255, 255, 255))
        image.paste(layered, mask=layered.getchannel("A"))
    elif profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            image = converted or image
        except ImageCms.PyCMSError:
            # A broken colour profile changes shades, not content; the plain reading is what viewers show too.
            pass
    elif image.mode in ("I;16", "I"):
        image = Image.fromarray((np.asarray(image, dtype=np.uint32) >> 8).astype(np.uint8))
    return image.convert("RGB")


def _areas(picture: Image.Image, plan: DocumentPlan) -> Iterator[tuple[float, float, float, float, Any]]:
    """Rectangles to paint, in pixels, with their ground: drawn masks, then words of hidden terms."""
    for mask in plan.masks:
        yield mask.x, mask.y, mask.w, mask.h, mask.ground
    if plan.terms:
        words = page_ocr.words_in(np.asarray(picture), scale=1.0)
        for i, ground in hidden_words([word.text for word in words], plan.terms).items():
            margin = 0.2 * words[i].h
            yield (words[i].x - margin, words[i].y - margin, words[i].w + 2 * margin, words[i].h + 2 * margin, ground)


def _save(picture: Image.Image, path: Path, kind: str, **options: Any) -> Rendition:
    picture.save(path, kind, **options)
    data = path.read_bytes()
    return Rendition(
        role="image",
        path=path.name,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        width=picture.width,
        height=picture.height,
        note="encoded anew from pixels alone; no place, time, device or thumbnail in the file",
    )


def _refuse_metadata(path: Path, exhibit: str) -> None:
    with Image.open(path) as image:
        extra = {str(key) for key in image.info} - {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "background",
            "loop",
            "timestamp",
            "duration",
        }
        if extra or len(image.getexif()):
            raise StepFailed(f"{exhibit}: the released picture still holds {', '.join(sorted(extra)) or 'EXIF'}")


def _holdings(path: Path, image: Image.Image, exif: Image.Exif, place: dict[int, Any]) -> list[str]:
    """Kinds of metadata in the file, as words."""
    thumbnail = exif.get_ifd(ExifTags.IFD.IFD1)
    checks = (
        (bool(place), "place (GPS)"),
        (len(exif) > 0, "device and settings (EXIF)"),
        (bool(thumbnail), "thumbnail"),
        (bool(image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")), "editing history (XMP)"),
        (bool(image.info.get("photoshop")), "captions (IPTC)"),
        (bool(image.info.get("comment")), "comment"),
        (bool(image.info.get("icc_profile")), "colour profile"),
        (_trailing(path, image.format or "") > 0, "bytes after the picture's end"),
    )
    return [name for present, name in checks if present]


def _trailing(path: Path, kind: str) -> int:
    """How many bytes follow the end of a JPEG or PNG; 0 for other kinds."""
    data = path.read_bytes()
    marks = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
    if kind not in marks:
        return 0
    end = data.rfind(marks[kind])
    return len(data) - end - len(marks[kind]) if end >= 0 else 0


def _degrees(place: dict[int, Any]) -> tuple[float, float] | None:
    """(latitude, longitude) in signed degrees to about 10 m, or None when incomplete."""
    try:
        latitude = _angle(place[ExifTags.GPS.GPSLatitude], str(place[ExifTags.GPS.GPSLatitudeRef]) == "S")
        longitude = _angle(place[ExifTags.GPS.GPSLongitude], str(place[ExifTags.GPS.GPSLongitudeRef]) == "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return round(latitude, 4), round(longitude, 4)


def _angle(parts: Any, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if negative else value


def _text_or_none(value: Any) -> str | None:
    return str(value).strip("\0 ") if value else None
