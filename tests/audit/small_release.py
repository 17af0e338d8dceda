# SPDX-License-Identifier: Apache-2.0
"""A small release made by the real hiding code, clean by construction, to plant leaks in.

Seven seconds of one camera: a moving face that is hidden, a face that a person decided to keep, a spoken
telephone number that is muted, a report with a name in it, a photograph.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from media.spoken import line
from plainview.media import conceal, pages, photographs
from plainview.model.audit import AuditedDocument, AuditedRecording, AuditPlan, MutedWords
from plainview.model.finding import Box
from plainview.model.redaction import (
    DocumentPlan,
    Ground,
    HiddenTerm,
    MaskTrack,
    Mute,
    PageMask,
    RecordingPlan,
)
from plainview.model.time import MediaSpan, MediaTime
from plainview.publish import seal
from publish.small_site import release

FPS, SECONDS, WIDTH, HEIGHT, RATE = 15, 7, 640, 360, 16_000
WITNESS = Ground("witness-1", "bystander", "an invented law")
CALLER = Ground("caller-1", "private-contact", "an invented law")
OFFICER = Ground("officer-1", "kept", "")
NAME, NUMBER, BORN = "Marisol Vega", "555-0142", "1989-03-04"
TERMS = (HiddenTerm(NAME, WITNESS), HiddenTerm(NUMBER, CALLER), HiddenTerm(BORN, WITNESS))
MUTED = MediaSpan(MediaTime(900_000), MediaTime(4_400_000))
SLUG, PAPER, PHOTO = "street-1", "report", "photo"
MASKED_FROM, MASKED_TO = 20, 45
"""Pictures on which the witness walks through the scene."""
KEPT = Box(480, 60, 96, 120)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@dataclass(frozen=True)
class SmallRelease:
    """A bag on disk and the plan it was made under."""

    bag: Path
    plan: AuditPlan

    @property
    def media(self) -> Path:
        return self.bag / "data" / "media" / SLUG

    @property
    def paper(self) -> Path:
        return self.bag / "data" / "documents" / PAPER

    @property
    def photo(self) -> Path:
        return self.bag / "data" / "documents" / PHOTO

    def listed(self) -> SmallRelease:
        """The same bag with its lists made again, and the plan bound to them."""
        return replace(self, plan=replace(self.plan, bag_sha256=list_bag(self.bag)))


def build(bag: Path, workshop: Path) -> SmallRelease:
    """Make everything; ``workshop`` keeps the originals."""
    workshop.mkdir(parents=True, exist_ok=True)
    data = bag / "data"
    original = workshop / "original.mp4"
    film(original)
    conceal.render(original, data / "media" / SLUG, plan=recording_plan(), exhibit="EX-0001", sha256="0" * 64)
    paper_original(workshop / "report.pdf")
    pages.conceal(workshop / "report.pdf", data / "documents" / PAPER, plan=paper_plan(), name="report.pdf")
    photograph_original(workshop / "photo.jpg")
    photographs.conceal_photograph(workshop / "photo.jpg", data / "documents" / PHOTO, plan=photo_plan())
    write_pages(data)
    return SmallRelease(bag, AuditPlan(list_bag(bag), (audited(),), documents(), TERMS))


def list_bag(bag: Path) -> str:
    """The bag's lists, unsigned, as they are when the audit comes."""
    signer = seal.Signer("release@oversight.example", KEY.public_key())
    return seal.prepare_bag(bag, release=release(), signer=signer, bag_info={})


def audited() -> AuditedRecording:
    """What the audit is told about the recording."""
    kept = MaskTrack(OFFICER, tuple((at, KEPT) for at in instants()))
    muted = (MutedWords(MUTED, "five five five zero one four two", CALLER.subject),)
    return AuditedRecording(SLUG, recording_plan(), WIDTH, HEIGHT, (kept,), muted)


def documents() -> tuple[AuditedDocument, ...]:
    """What the audit is told about the papers."""
    return AuditedDocument(PAPER, paper_plan()), AuditedDocument(PHOTO, photo_plan())


def recording_plan(*, first: int = MASKED_FROM, last: int = MASKED_TO, muted: bool = True) -> RecordingPlan:
    """The witness hidden from picture ``first`` to ``last``, the number muted."""
    points = tuple((at, face_box(i)) for i, at in enumerate(instants()) if first <= i <= last)
    masks = (MaskTrack(WITNESS, points),) if points else ()
    return RecordingPlan("EX-0001", masks, (Mute(MUTED, CALLER),) if muted else ())


def paper_plan() -> DocumentPlan:
    return DocumentPlan("EX-0002", (), TERMS)


def photo_plan() -> DocumentPlan:
    return DocumentPlan("EX-0003", (PageMask(1, 60, 60, 96, 120, WITNESS),), ())


def instants() -> list[MediaTime]:
    """When each picture is shown, in whole µs."""
    return [MediaTime(round(i * 1_000_000 / FPS)) for i in range(FPS * SECONDS)]


def face_box(i: int) -> Box:
    """Where the witness is on picture ``i``, with the margin a reviewer gives."""
    return Box(30 + 6 * i, 130, 108, 132)


@lru_cache
def face(name: str, width: int, height: int) -> NDArray[np.uint8]:
    """One of the packaged faces as RGBA pixels."""
    with (files("plainview.simulator") / "faces" / f"{name}.png").open("rb") as source, Image.open(source) as image:
        return np.asarray(image.convert("RGBA").resize((width, height)), np.uint8)


def scene(i: int) -> NDArray[np.uint8]:
    """Picture ``i``, RGB: a drifting street, the kept officer, and for a while the witness."""
    across = (np.arange(WIDTH)[None, :] // 3 + 2 * i) % 120
    down = np.arange(HEIGHT)[:, None] // 5
    shade = (60 + across + down).clip(0, 255).astype(np.uint8)
    picture = np.stack([shade, shade // 2 + 60, 200 - shade // 2], axis=2)
    _paste(picture, face("okafor", KEPT.w, KEPT.h), KEPT.x, KEPT.y)
    if MASKED_FROM <= i <= MASKED_TO:
        box = face_box(i)
        _paste(picture, face("mother", box.w - 12, box.h - 12), box.x + 6, box.y + 6)
    return picture


def _paste(picture: NDArray[np.uint8], what: NDArray[np.uint8], x: int, y: int) -> None:
    alpha = what[:, :, 3:].astype(np.float32) / 255
    area = picture[y : y + what.shape[0], x : x + what.shape[1]]
    area[:] = (alpha * what[:, :, :3] + (1 - alpha) * area).astype(np.uint8)


def sound() -> NDArray[np.float32]:
    """A quiet street with the spoken number in the stretch that is muted, and other words after it."""
    samples = (0.001 * np.random.default_rng(7).standard_normal(SECONDS * RATE)).astype(np.float32)
    # The line ends with "call back number, five five five, zero one four two".
    number, command = line("r04")[round(5.15 * RATE) : round(8.4 * RATE)], line("s09")
    samples[RATE : RATE + len(number)] += number
    samples[5 * RATE : 5 * RATE + len(command)] += command
    return samples


def film(path: Path) -> None:
    """The original recording, with a name in its tags."""
    with av.open(str(path), "w") as container:
        container.metadata["comment"] = NAME
        picture = container.add_stream("libx264", rate=FPS, options={"g": str(FPS), "preset": "veryfast"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        heard = container.add_stream("aac", rate=RATE, layout="mono")
        for i in range(FPS * SECONDS):
            for packet in picture.encode(VideoFrame.from_ndarray(scene(i), format="rgb24")):
                container.mux(packet)
        for packet in picture.encode(None):
            container.mux(packet)
        frame = av.AudioFrame.from_ndarray(sound()[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        for packet in [*heard.encode(frame), *heard.encode(None)]:
            container.mux(packet)


def paper_original(path: Path) -> None:
    """One page that names the witness, her birth date and a telephone number."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=(612, 792))
    canvas.setFont("Helvetica", 14)
    for row, text in enumerate(
        ["Report of the incident at Ferry Street", f"Witness: {NAME}, born 1989-03-04", f"Telephone {NUMBER}"]
    ):
        canvas.drawString(72, 700 - 40 * row, text)
    canvas.save()


def photograph_original(path: Path) -> None:
    """A photograph with a face that the plan covers, and a place in its EXIF."""
    image = Image.new("RGB", (480, 320), (120, 140, 110))
    ImageDraw.Draw(image).rectangle((0, 240, 480, 320), fill=(90, 90, 90))
    mother = Image.fromarray(face("mother", 84, 108))
    image.paste(mother, (66, 66), mother)
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (41.0, 52.0, 41.0)
    image.save(path, "JPEG", exif=exif)


def write_pages(data: Path) -> None:
    """Small pages, data, captions and a feed that say nothing they must not."""
    (data / "index.html").write_text("<!doctype html><p>A caller gives [private contact].</p>\n")
    (data / "case.json").write_text('{"schema": "Case.1", "title": "Incident at Ferry Street"}\n')
    (data / "search.json").write_text('[{"text": "drop", "t": 1.25}, {"text": "the"}, {"text": "gun"}]\n')
    (data / "feed.xml").write_text("<feed><title>Incident at Ferry Street</title></feed>\n")
    (data / "words.csv").write_text("t,word\n1.25,drop\n1.5,it\n")
    captions = "WEBVTT\n\n00:00:00.900 --> 00:00:04.400\n[private contact]\n"
    (data / "media" / SLUG / "captions.vtt").write_text(captions)


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Pixels as a JPEG file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG")
    return buffer.getvalue()
