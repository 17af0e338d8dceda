# SPDX-License-Identifier: Apache-2.0
"""A clean release is found clean; with one leak of each kind planted in it, each is found, place and subject."""

from __future__ import annotations

import base64
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files as resource
from pathlib import Path
from typing import Any

import av
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from audit import small_release as small
from audit import surgery
from audit.small_release import NAME, NUMBER, SLUG, SmallRelease, recording_plan
from plainview import audit
from plainview.errors import Blocked
from plainview.media import conceal, pages, photographs
from plainview.model.audit import AuditReport, PictureLook, must_be_clean
from plainview.model.finding import Box
from plainview.model.redaction import DocumentPlan

MEDIA, PAPER, PHOTO = f"media/{SLUG}", "documents/report", "documents/photo"


@dataclass(frozen=True)
class Workshop:
    """What leaks are made from: the clean release, and the originals."""

    clean: SmallRelease
    originals: Path

    def rendered(self, out: Path, plan: Any) -> Path:
        """The recording rendered under another plan."""
        conceal.render(self.originals / "original.mp4", out, plan=plan, exhibit="EX-0001", sha256="0" * 64)
        return out


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The clean release, made once."""
    root = tmp_path_factory.mktemp("audit")
    return Workshop(small.build(root / "c" / "case" / "v2", root / "originals"), root / "originals")


@pytest.fixture(scope="session")
def look(workshop: Workshop) -> PictureLook:
    """What is seen in the pictures of the clean release: where a leak leaves them as they are, the audit takes it."""
    return audit.look(workshop.clean.bag, workshop.clean.plan, MEDIA)


@pytest.fixture(scope="session")
def reports(workshop: Workshop, look: PictureLook) -> tuple[AuditReport, ...]:
    """The clean release attacked part by part."""
    bag, plan = workshop.clean.bag, workshop.clean.plan
    return tuple(audit.attack(bag, plan, part=part, looks=[look]) for part in audit.parts(plan))


@pytest.fixture
def release(workshop: Workshop, tmp_path: Path) -> SmallRelease:
    """A copy of the clean release to damage."""
    bag = tmp_path / "case" / "v2"
    shutil.copytree(workshop.clean.bag, bag)
    return replace(workshop.clean, bag=bag)


def test_a_clean_release_is_clean(workshop: Workshop) -> None:
    """What the real hiding code makes has no finding, and the report says that something was looked at."""
    report = audit.attack(workshop.clean.bag, workshop.clean.plan)

    assert report.findings == ()
    must_be_clean(report, bag_sha256=workshop.clean.plan.bag_sha256)
    checked = dict(report.checked)
    for what in ("masks", "muted stretches", "pictures searched for faces", "pages", "seconds listened to"):
        assert checked[what] > 0, what


def test_the_parts_together_are_the_whole(workshop: Workshop, reports: tuple[AuditReport, ...]) -> None:
    """Attacked part by part and merged, or in one go and looked at anew: the same report."""
    bag, plan = workshop.clean.bag, workshop.clean.plan

    assert audit.merge(reports, plan, bag) == audit.attack(bag, plan)


def test_a_report_about_other_bytes_is_stale(workshop: Workshop) -> None:
    """A clean verdict is worth nothing for a release that was built again."""
    report = AuditReport("0" * 64, ())

    with pytest.raises(Blocked, match="stale"):
        must_be_clean(report, bag_sha256=workshop.clean.plan.bag_sha256)
    with pytest.raises(Blocked, match="another build"):
        audit.attack(workshop.clean.bag, replace(workshop.clean.plan, bag_sha256="0" * 64))


def test_a_part_attacked_before_it_changed_is_stale(release: SmallRelease, reports: tuple[AuditReport, ...]) -> None:
    """A part's report may be kept, but only for exactly the bytes of that part."""
    (release.bag / "data" / "case.json").write_text("{}")
    changed = release.listed()

    with pytest.raises(Blocked, match="audit of rest is missing or stale"):
        audit.merge(reports, changed.plan, changed.bag)

    again = [*reports[:-1], audit.attack(changed.bag, changed.plan, part="rest")]
    assert audit.merge(again, changed.plan, changed.bag).clean


def test_a_look_at_the_same_pictures_spares_another(
    release: SmallRelease, workshop: Workshop, look: PictureLook
) -> None:
    """A version with other sound shows the same pictures: the look made before is taken, and it says the same."""
    versions = [(workshop.clean.bag, workshop.clean.plan), (release.bag, audit.look_plan(release.plan, MEDIA))]
    assert audit.look_all(versions) == [look]
    sworn = replace(look, checked=(("pictures searched for faces", 99_999),))
    _rerender(("full.mp4", "a.m4a"), muted=False)(release, workshop)
    other = release.listed()

    assert audit.look_digest(other.bag, other.plan, MEDIA) == look.digest
    assert (workshop.clean.media / "full.mp4").read_bytes() != (other.media / "full.mp4").read_bytes()
    taken = audit.attack(other.bag, other.plan, part=MEDIA, looks=[sworn])
    assert dict(taken.checked)["pictures searched for faces"] == 99_999
    assert audit.attack(other.bag, other.plan, part=MEDIA, looks=[look]) == audit.attack(
        other.bag, other.plan, part=MEDIA
    )


def test_a_look_at_other_pictures_or_under_another_plan_is_not_believed(
    release: SmallRelease, workshop: Workshop, look: PictureLook
) -> None:
    """Three pictures changed, or the plan: what was seen before is worth nothing."""
    (recording,) = release.plan.recordings
    less = replace(release.plan, recordings=(replace(recording, kept=()),))
    _dropped_frames(release, workshop)
    planted = release.listed()

    assert audit.look_digest(workshop.clean.bag, less, MEDIA) != look.digest
    report = audit.attack(planted.bag, planted.plan, part=MEDIA, looks=[look])
    assert [each.kind for each in report.findings] == ["mask missing"]


Plant = Callable[[SmallRelease, Workshop], SmallRelease | None]


@dataclass(frozen=True)
class Leak:
    """One kind of leak: how it is planted, and what must be said about it."""

    name: str
    plant: Plant
    place: str
    kind: str
    subject: str = "unknown"
    part: str = "rest"


def _replace_text(path: str, text: str) -> Plant:
    def plant(release: SmallRelease, workshop: Workshop) -> None:
        target = release.bag / "data" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    return plant


def _rename(old: str, new: str) -> Plant:
    def plant(release: SmallRelease, workshop: Workshop) -> None:
        target = release.bag / "data" / new
        target.parent.mkdir(parents=True, exist_ok=True)
        (release.bag / "data" / old).rename(target)

    return plant


def _rerender(names: tuple[str, ...], **plan: Any) -> Plant:
    """Renditions as they would be under a plan that hides less."""

    def plant(release: SmallRelease, workshop: Workshop) -> None:
        other = workshop.rendered(release.bag.parent / "other", recording_plan(**plan))
        for name in names:
            shutil.copy(other / name, release.media / name)
        shutil.rmtree(other)

    return plant


def _dropped(pictures: int) -> Plant:
    """The mask is missing on so many pictures in the middle of its track."""

    def plant(release: SmallRelease, workshop: Workshop) -> None:
        plan = recording_plan()
        mask = plan.masks[0]
        halves = [replace(mask, points=mask.points[:10]), replace(mask, points=mask.points[10 + pictures :])]
        other = workshop.rendered(release.bag.parent / "other", replace(plan, masks=tuple(halves)))
        shutil.copy(other / "v360.mp4", release.media / "v360.mp4")

    return plant


_dropped_frames = _dropped(3)


def _still(name: str, i: int, *, blur: float = 0.0) -> Plant:
    """A still of picture ``i`` with nothing hidden, or with a blur where the witness is."""

    def plant(release: SmallRelease, workshop: Workshop) -> None:
        picture = Image.fromarray(small.scene(i))
        if blur:
            area = small.face_box(i)
            place = (area.x, area.y, area.x + area.w, area.y + area.h)
            picture.paste(picture.crop(place).filter(ImageFilter.GaussianBlur(blur)), place)
        target = release.bag / "data" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        picture.save(target, "WEBP", quality=80)

    return plant


def _sprite(release: SmallRelease, workshop: Workshop) -> None:
    """A sheet of stills whose only cell shows the witness."""
    Image.fromarray(small.scene(30)).resize((160, 90)).save(release.media / "sprite.webp", "WEBP", quality=80)


def _film(change: Callable[[NDArray[np.uint8], Box], NDArray[np.uint8]], *, first: int = 0) -> Plant:
    """The film made anew: on pictures from ``first`` on, what lies under the cover is what ``change`` makes of it."""

    def plant(release: SmallRelease, workshop: Workshop) -> None:
        with av.open(str(release.media / "v360.mp4"), "w") as container:
            stream: Any = container.add_stream("libx264", rate=small.FPS, options={"g": "15", "crf": "18", "bf": "0"})
            stream.width, stream.height, stream.pix_fmt = small.WIDTH, small.HEIGHT, "yuv420p"
            for i in range(small.FPS * small.SECONDS):
                picture, box = small.scene(i), small.face_box(i)
                if small.MASKED_FROM <= i <= small.MASKED_TO:
                    area = picture[box.y : box.y + box.h, box.x : box.x + box.w]
                    area[:] = change(area.copy(), box) if i >= first else 0
                for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                    container.mux(packet)
            for packet in stream.encode(None):
                container.mux(packet)

    return plant


def _blurred(area: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(area).filter(ImageFilter.GaussianBlur(12)), np.uint8)


def _mosaic(area: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    small_one = Image.fromarray(area).resize((8, 10))
    return np.asarray(small_one.resize((box.w, box.h), Image.Resampling.NEAREST), np.uint8)


def _inverted(area: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    return np.asarray(255 - area, np.uint8)


def _scrambled(area: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    return np.ascontiguousarray(area[np.random.default_rng(1).permutation(box.h)])


def _shining_through(area: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    return (area // 16).astype(np.uint8)


def _by_night(area: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    return (area // 6).astype(np.uint8)


def _beside_it(area: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    area[:, : box.w // 2] = 0
    return area


def _named_on_a_door(release: SmallRelease, workshop: Workshop) -> None:
    """The film shows the name for three seconds."""
    sign = Image.new("RGB", (300, 60), (240, 240, 235))
    ImageDraw.Draw(sign).text((12, 12), NAME, fill=(10, 10, 10), font_size=32)
    with av.open(str(release.media / "v360.mp4"), "w") as container:
        stream: Any = container.add_stream("libx264", rate=small.FPS, options={"g": "15", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = small.WIDTH, small.HEIGHT, "yuv420p"
        for i in range(small.FPS * small.SECONDS):
            picture = small.scene(0)
            if 20 <= i < 65:
                picture[250:310, 100:400] = np.asarray(sign)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)


def _named_on_the_poster(release: SmallRelease, workshop: Workshop) -> None:
    poster = Image.fromarray(small.scene(0))
    ImageDraw.Draw(poster).text((40, 280), NAME, fill=(255, 255, 255), font_size=36)
    poster.save(release.media / "poster.webp", "WEBP", quality=90)


def _gap_in_the_plan(release: SmallRelease, workshop: Workshop) -> SmallRelease:
    """The plan itself lacks three pictures, and what was made follows the plan."""
    (recording,) = release.plan.recordings
    (mask,) = recording.plan.masks
    halves = (replace(mask, points=mask.points[:10]), replace(mask, points=mask.points[13:]))
    plan = replace(recording.plan, masks=halves)
    other = workshop.rendered(release.bag.parent / "other", plan)
    for name in ("v360.mp4", "full.mp4"):
        shutil.copy(other / name, release.media / name)
    return replace(release, plan=replace(release.plan, recordings=(replace(recording, plan=plan),)))


def _second_camera(release: SmallRelease, workshop: Workshop) -> SmallRelease:
    """What another recording mutes is said aloud in this one, which mutes nothing."""
    _rerender(("a.m4a", "full.mp4"), muted=False)(release, workshop)
    (recording,) = release.plan.recordings
    plan = replace(recording.plan, mutes=())
    deaf = replace(recording, plan=plan, muted=(), elsewhere=recording.muted)
    return replace(release, plan=replace(release.plan, recordings=(deaf,)))


def _kept_elsewhere(release: SmallRelease, workshop: Workshop) -> SmallRelease:
    """Whom the first recording covers, somebody decided to leave in sight on a second one."""
    (recording,) = release.plan.recordings
    kept = replace(recording.plan.masks[0], shape="box")
    second = replace(recording, slug="street-2", plan=replace(recording.plan, masks=(), mutes=()), kept=(kept,))
    return replace(release, plan=replace(release.plan, recordings=(recording, second)))


def _sound(make: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> Plant:
    """The sound made anew: silence in the muted stretch, and there what ``make`` makes of it; two channels."""

    def plant(release: SmallRelease, workshop: Workshop) -> None:
        samples = np.stack([small.sound()] * 2)
        start, end = (at * small.RATE // 1_000_000 for at in (small.MUTED.start, small.MUTED.end))
        samples[:, start:end] = make(samples[0, start:end])
        with av.open(str(release.media / "a.m4a"), "w", format="mp4") as container:
            stream = container.add_stream("aac", rate=small.RATE, layout="stereo", bit_rate=96_000)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = small.RATE, 0
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                container.mux(packet)

    return plant


def _turned_over(words: NDArray[np.float32]) -> NDArray[np.float32]:
    """Said in one channel and turned over in the other: their mean is silence."""
    return np.stack([words, -words])


def _faint(words: NDArray[np.float32]) -> NDArray[np.float32]:
    """Said so softly that it is less than the trace a tone leaves."""
    return np.stack([words * 0.004] * 2).astype(np.float32)


def _animated(path: Path) -> None:
    """A poster that shows the witness for a moment, after the picture that everybody looks at."""
    shown = [Image.fromarray(small.scene(i)) for i in (0, 30)]
    shown[0].save(path, "WEBP", save_all=True, append_images=shown[1:], duration=400)


def _transparent(path: Path) -> None:
    """A poster whose pixels are there, under full transparency."""
    picture = Image.fromarray(small.scene(30)).convert("RGBA")
    picture.putalpha(0)
    picture.save(path, "WEBP", lossless=True, exact=True)


def _inlaid(release: SmallRelease, workshop: Workshop) -> None:
    """The witness in the page itself."""
    picture = base64.b64encode(small.jpeg(small.scene(30))).decode()
    (release.bag / "data" / "index.html").write_text(f"<img src='data:image/jpeg;base64,{picture}'>")


def _undecided_face(release: SmallRelease, workshop: Workshop) -> SmallRelease:
    """Nobody decided about the officer's face."""
    recording = replace(release.plan.recordings[0], kept=())
    return replace(release, plan=replace(release.plan, recordings=(recording,)))


def _without_a_law(release: SmallRelease, workshop: Workshop) -> SmallRelease:
    """The witness is covered and nothing says under which law."""
    (recording,) = release.plan.recordings
    masks = tuple(replace(mask, ground=replace(mask.ground, law="")) for mask in recording.plan.masks)
    recording = replace(recording, plan=replace(recording.plan, masks=masks))
    return replace(release, plan=replace(release.plan, recordings=(recording,)))


def _media(name: str, act: Callable[[Path], None]) -> Plant:
    def plant(release: SmallRelease, workshop: Workshop) -> None:
        act(release.media / name)

    return plant


def _photo(act: Callable[[Path], None]) -> Plant:
    def plant(release: SmallRelease, workshop: Workshop) -> None:
        act(release.photo / "photograph.jpg")

    return plant


def _exif(path: Path) -> None:
    """The place where it was taken, written the way cameras do."""
    with Image.open(path) as image:
        exif = Image.Exif()
        exif.get_ifd(0x8825)[2] = (41.0, 52.0, 41.0)
        image.save(path, "JPEG", exif=exif)


def _thumbnail(path: Path) -> None:
    """An EXIF thumbnail of the picture before the face was covered."""
    inner = small.jpeg(np.ascontiguousarray(small.scene(30)[::4, ::4]))
    surgery.jpeg_segment(path, 0xE1, b"Exif\0\0" + inner[:60000])


def _uncovered_photo(release: SmallRelease, workshop: Workshop) -> None:
    """The photograph as it was taken, without its metadata."""
    photographs.conceal_photograph(workshop.originals / "photo.jpg", release.photo, plan=DocumentPlan("EX-0003"))


def _uncovered_paper(release: SmallRelease, workshop: Workshop) -> None:
    """The report with all its words."""
    pages.conceal(workshop.originals / "report.pdf", release.paper, plan=DocumentPlan("EX-0002"), name="report.pdf")


def _strange_font(release: SmallRelease, workshop: Workshop) -> None:
    """A font of the pages with a name in the data that its maker may add."""
    with resource("plainview.publish").joinpath("static", "sans.woff2").open("rb") as source:
        font = source.read()
    header = bytearray(font[:48])
    header[8:12], header[40:48] = struct.pack(">I", len(font) + len(NAME)), struct.pack(">II", len(font), len(NAME))
    (release.bag / "data" / "assets").mkdir(exist_ok=True)
    (release.bag / "data" / "assets" / "sans.woff2").write_bytes(bytes(header) + font[48:] + NAME.encode())


def _words_in_a_png(release: SmallRelease, workshop: Workshop) -> None:
    """A plan of the street with a note beside its pixels."""
    (release.bag / "data" / "assets").mkdir(exist_ok=True)
    path = release.bag / "data" / "assets" / "plan.png"
    Image.new("RGB", (64, 64), (90, 90, 90)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[:33] + surgery.png_chunk(b"tEXt", b"Comment\0serial X83001") + data[33:])


def _thumbnail_in_the_header(path: Path) -> None:
    """A JPEG whose first segment carries a thumbnail, as old cameras write it."""
    data = path.read_bytes()
    small_one = small.scene(30)[::30, ::30]
    body = data[6:18] + bytes(small_one.shape[1::-1]) + small_one.tobytes()
    path.write_bytes(data[:2] + struct.pack(">BBH", 0xFF, 0xE0, len(body) + 2) + body + data[20:])


def _pdf(act: Callable[[Any], None]) -> Plant:
    """A change to the released paper through pikepdf."""

    def plant(release: SmallRelease, workshop: Workshop) -> None:
        path = release.paper / "document.pdf"
        with pikepdf.open(path, allow_overwriting_input=True) as document:
            act(document)
            document.save(path)

    return plant


def _under_a_box(document: Any) -> None:
    """The name written on the page, and a black box drawn over it."""
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page = document.pages[0]
    page.obj.Resources.Font["/Leak"] = document.make_indirect(font)
    body = f"BT /Leak 14 Tf 72 600 Td ({NAME}) Tj ET q 0 g 60 590 200 30 re f Q".encode()
    page.contents_add(pikepdf.Stream(document, body))


def _annotation(document: Any) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[10, 10, 30, 30], Contents=f"ask {NAME}"
    )
    document.pages[0].obj.Annots = pikepdf.Array([document.make_indirect(note)])


def _attachment(document: Any) -> None:
    document.attachments["notes.txt"] = f"Witness: {NAME}".encode()


def _script(document: Any) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=f"app.alert('{NAME}')")


def _form(document: Any) -> None:
    field = pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="witness", V=NAME)
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([document.make_indirect(field)]))


def _info(document: Any) -> None:
    document.docinfo["/Author"] = NAME


def _xmp(document: Any) -> None:
    with document.open_metadata() as metadata:
        metadata["dc:title"] = NAME


def _layer(document: Any) -> None:
    """A layer that a reader may switch on."""
    layer = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="as it was"))
    document.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=pikepdf.Dictionary())


def _thumbnail_of_a_page(document: Any) -> None:
    """The page before its words were taken away, small."""
    made = pikepdf.Stream(document, bytes(64 * 64), Width=64, Height=64, BitsPerComponent=8)
    made.ColorSpace = pikepdf.Name.DeviceGray
    document.pages[0].obj.Thumb = document.make_indirect(made)


def _associated(document: Any) -> None:
    """The text it was made from, as a file that belongs to it."""
    held = document.make_indirect(pikepdf.Stream(document, b"as it was"))
    described = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F="source.txt", EF=pikepdf.Dictionary(F=held))
    document.Root.AF = pikepdf.Array([document.make_indirect(described)])


def _font(document: Any) -> None:
    """Letters of a font, left over from the original."""
    program = document.make_indirect(pikepdf.Stream(document, b"MarisVegOTF"))
    described = pikepdf.Dictionary(Type=pikepdf.Name.FontDescriptor, FontName=pikepdf.Name.Left, FontFile2=program)
    document.Root.Spare = document.make_indirect(described)


def _page_cut(document: Any) -> None:
    document.pages[0].obj.CropBox = pikepdf.Array([0, 0, 612, 500])


def _under_ink(release: SmallRelease, workshop: Workshop) -> None:
    """The scanned page whole, and ink drawn over it."""
    import pypdfium2
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    scan = pypdfium2.PdfDocument(workshop.originals / "report.pdf")[0].render(scale=2).to_pil()
    canvas = Canvas(str(release.paper / "document.pdf"), pagesize=(612, 792))
    canvas.drawImage(ImageReader(scan), 0, 0, 612, 792)
    canvas.rect(0, 0, 612, 792, fill=1)
    canvas.save()


def _orphan(document: Any) -> None:
    """An object that no page uses, kept by the file's private data."""
    document.Root.Spare = document.make_indirect(pikepdf.Stream(document, f"old text: {NAME}".encode()))


def _revision(release: SmallRelease, workshop: Workshop) -> None:
    """An incremental update: the page as it was is still in the file."""
    path = release.paper / "document.pdf"
    original = path.read_bytes()
    surgery.append(
        path, b"\n1 0 obj\n<< /Old (" + NAME.encode() + b") >>\nendobj\n" + original[original.rindex(b"xref") :]
    )


def _older_pictures(release: SmallRelease, workshop: Workshop) -> None:
    """Version 1 is still published, with the witness in plain sight."""
    older = release.bag.parent / "v1"
    shutil.copytree(release.bag, older)
    other = workshop.rendered(release.bag.parent / "other", recording_plan(first=99))
    for name in ("v360.mp4", "full.mp4"):
        shutil.copy(other / name, older / "data" / "media" / SLUG / name)


def _older_text(release: SmallRelease, workshop: Workshop) -> None:
    """Version 1 is still published, and names her."""
    older = release.bag.parent / "v1"
    shutil.copytree(release.bag, older)
    (older / "data" / "index.html").write_text(f"<p>{NAME}</p>")


def _older(path: str, plant: Plant) -> Plant:
    """Version 1 is still published, with a leak in the file ``path``."""

    def planted(release: SmallRelease, workshop: Workshop) -> None:
        older = release.bag.parent / "v1"
        shutil.copytree(release.bag, older)
        plant(replace(release, bag=older), workshop)
        assert (older / "data" / path).is_file()

    return planted


def _unlisted(release: SmallRelease, workshop: Workshop) -> SmallRelease:
    listed = release.listed()
    (release.bag / "data" / "extra.txt").write_text("nothing")
    return listed


def _wave(path: Path) -> None:
    """A waveform drawn from the original sound."""
    data = bytearray(path.read_bytes())
    for i in range(24 + 2 * 20, 24 + 2 * 80):
        data[i] = (i * 37) % 100
    path.write_bytes(bytes(data))


def _wave_script(release: SmallRelease, workshop: Workshop) -> None:
    """The waveform of the original sound in the script the page draws it from; the data beside it is clean."""
    clean = (release.media / "wave.dat").read_bytes()
    _wave(release.media / "wave.dat")
    body = base64.b64encode((release.media / "wave.dat").read_bytes()).decode()
    (release.media / "wave.js").write_text(f'plainviewWave("bwc-1","{body}")\n')
    (release.media / "wave.dat").write_bytes(clean)


def _script_that_says_more(release: SmallRelease, workshop: Workshop) -> None:
    body = base64.b64encode((release.media / "wave.dat").read_bytes()).decode()
    (release.media / "wave.js").write_text(f'plainviewWave("bwc-1","{body}");alert(1)\n')


def _foreign_piece(release: SmallRelease, workshop: Workshop) -> None:
    """A piece of the recording whose pictures were taken from another file."""
    (release.media / "parts").mkdir()
    shutil.copyfile(release.media / "a.m4a", release.media / "parts" / "v360-1.mp4")


V360, FULL, SOUND = f"data/{MEDIA}/v360.mp4", f"data/{MEDIA}/full.mp4", f"data/{MEDIA}/a.m4a"
PDF, JPEG = f"data/{PAPER}/document.pdf", f"data/{PHOTO}/photograph.jpg"
W, C = "witness-1", "caller-1"
IN_PICTURES, IN_SOUND = {"mask missing", "cover interrupted", "face"}, {"sound", "heard", "waveform"}
"""Kinds of findings that say where on the picture, and when in the recording."""
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""Kind of the box that holds content credentials."""

LEAKS = [
    # pictures
    Leak("a mask dropped on three pictures", _dropped_frames, V360, "mask missing", W, MEDIA),
    Leak("a mask dropped on one picture", _dropped(1), V360, "mask missing", W, MEDIA),
    Leak(
        "a mask that starts late", _rerender(("v360.mp4",), first=small.MASKED_FROM + 2), V360, "mask missing", W, MEDIA
    ),
    Leak(
        "a mask that ends one picture early",
        _rerender(("v360.mp4",), last=small.MASKED_TO - 1),
        V360,
        "mask missing",
        W,
        MEDIA,
    ),
    Leak("a mask missing on one rendition", _rerender(("full.mp4",), first=99), FULL, "mask missing", W, MEDIA),
    Leak("three pictures that the plan itself lacks", _gap_in_the_plan, V360, "cover interrupted", W, MEDIA),
    Leak("a cover that is a blur", _film(_blurred), V360, "mask missing", W, MEDIA),
    Leak("a cover that is a mosaic", _film(_mosaic), V360, "mask missing", W, MEDIA),
    Leak("a cover of inverted colours", _film(_inverted), V360, "mask missing", W, MEDIA),
    Leak("a cover of the same rows in another order", _film(_scrambled), V360, "mask missing", W, MEDIA),
    Leak("a cover that lets a sixteenth through", _film(_shining_through), V360, "mask missing", W, MEDIA),
    Leak("a cover missing by night", _film(_by_night, first=30), V360, "mask missing", W, MEDIA),
    Leak("a cover half beside the face", _film(_beside_it), V360, "mask missing", W, MEDIA),
    Leak("a name on a door in the film", _named_on_a_door, V360, "text", W, MEDIA),
    Leak("a name on the poster", _named_on_the_poster, f"data/{MEDIA}/poster.webp", "text", W, MEDIA),
    Leak("a cover without a law", _without_a_law, f"data/{MEDIA}", "no reason", W, MEDIA),
    Leak("a face covered in one recording, kept in another", _kept_elsewhere, "data/media/street-2", "shown elsewhere", W),
    Leak("a face nobody decided about", _undecided_face, V360, "face", part=MEDIA),
    Leak("a face on the poster", _still(f"{MEDIA}/poster.webp", 30), f"data/{MEDIA}/poster.webp", "face", part=MEDIA),
    Leak("a face on the sheet of stills", _sprite, f"data/{MEDIA}/sprite.webp", "face", part=MEDIA),
    Leak("a face on a still of the page", _still("assets/m1.webp", 30), "data/assets/m1.webp", "face"),
    Leak("a photograph not covered", _uncovered_photo, JPEG, "face", part=PHOTO),
    Leak("a photograph's area not covered", _uncovered_photo, JPEG, "mask missing", W, PHOTO),
    # containers
    Leak(
        "a tag",
        _media("v360.mp4", lambda p: surgery.remux(p, tags={"comment": NAME})),
        V360,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "a tag with the name",
        _media("v360.mp4", lambda p: surgery.remux(p, tags={"comment": NAME})),
        V360,
        "bytes",
        W,
        MEDIA,
    ),
    Leak(
        "free space with the name",
        _media("v360.mp4", lambda p: surgery.append(p, surgery.box(b"free", NAME.encode()))),
        V360,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "a box of a vendor",
        _media("v360.mp4", lambda p: surgery.append(p, surgery.box(b"uuid", bytes(40)))),
        V360,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "bytes after the end", _media("full.mp4", lambda p: surgery.append(p, b"tail")), FULL, "unreadable", part=MEDIA
    ),
    Leak(
        "media bytes of no sample",
        _media("v360.mp4", lambda p: surgery.widen_media(p, bytes(100))),
        V360,
        "unreferenced bytes",
        part=MEDIA,
    ),
    Leak(
        "content credentials with a picture of the original",
        _media("v360.mp4", lambda p: surgery.append(p, surgery.box(b"uuid", C2PA + small.jpeg(small.scene(30))))),
        V360,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "cover art",
        _media("full.mp4", lambda p: surgery.append(p, surgery.box(b"meta", small.jpeg(small.scene(30))))),
        FULL,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "letters in a brand",
        _media("v360.mp4", lambda p: surgery.overwrite(p, b"isomiso2avc1", 0, b"X830")),
        V360,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "letters in reserved bytes",
        _media("v360.mp4", lambda p: surgery.overwrite(p, b"vide", 0, b"X83001")),
        V360,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "pictures shown smaller than they are",
        _media("v360.mp4", lambda p: surgery.overwrite(p, b"@\0\0\0\x02\x80\0\0", 0, b"\0\xf0\0\0")),
        V360,
        "hidden pixels",
        part=MEDIA,
    ),
    Leak(
        "rows that the stream says not to show",
        _media("v360.mp4", lambda p: surgery.cropped(p, 96)),
        V360,
        "hidden pixels",
        part=MEDIA,
    ),
    Leak(
        "letters behind a mark between pictures",
        _media("v360.mp4", lambda p: surgery.remux(p, change=surgery.with_unit(9, b"\x10serial X83001"))),
        V360,
        "side data",
        part=MEDIA,
    ),
    Leak(
        "a date of making",
        _media("v360.mp4", lambda p: surgery.date_header(p, seconds=3_800_000_000)),
        V360,
        "container date",
        part=MEDIA,
    ),
    Leak(
        "a track with a name",
        _media("v360.mp4", lambda p: surgery.patch(p, b"Video\0", b"BWC07\0")),
        V360,
        "container text",
        part=MEDIA,
    ),
    Leak(
        "user data in the pictures",
        _media("v360.mp4", lambda p: surgery.remux(p, change=surgery.with_sei("serial X83001"))),
        V360,
        "side data",
        part=MEDIA,
    ),
    Leak(
        "user data with the name",
        _media(
            "full.mp4",
            lambda p: surgery.remux(
                p, change=lambda d, k: d if d[:1] == b"\x21" else surgery.with_sei(NAME)(d, k and len(d) > 2000)
            ),
        ),
        FULL,
        "bytes",
        W,
        MEDIA,
    ),
    Leak(
        "letters in filler of the pictures' stream",
        _media("v360.mp4", lambda p: surgery.remux(p, change=surgery.with_unit(6, b"\x03\x0dserial X83001\x80"))),
        V360,
        "side data",
        part=MEDIA,
    ),
    Leak(
        "letters in a track's description",
        _media("v360.mp4", lambda p: surgery.overwrite(p, b"stsd", 24, b"X83001")),
        V360,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "letters in a film's header",
        _media("v360.mp4", lambda p: surgery.overwrite(p, b"mvhd", 38, b"X83001")),
        V360,
        "container box",
        part=MEDIA,
    ),
    Leak(
        "pictures hidden by an edit list",
        _media("v360.mp4", lambda p: surgery.remux(p, shift=-8000)),
        V360,
        "hidden frames",
        part=MEDIA,
    ),
    Leak(
        "a spare sound stream",
        lambda r, w: surgery.remux(r.media / "v360.mp4", more=r.media / "a.m4a"),
        V360,
        "spare stream",
        part=MEDIA,
    ),
    Leak(
        "a subtitle stream",
        _media("full.mp4", lambda p: surgery.patch(p, b"soun", b"sbtl")),
        FULL,
        "spare stream",
        part=MEDIA,
    ),
    # sound
    Leak("a word not muted", _rerender(("a.m4a",), muted=False), SOUND, "sound", C, MEDIA),
    Leak("a word that can be heard", _rerender(("a.m4a",), muted=False), SOUND, "heard", C, MEDIA),
    Leak("a word not muted in the download", _rerender(("full.mp4",), muted=False), FULL, "sound", C, MEDIA),
    Leak("a waveform of the muted word", _media("wave.dat", _wave), f"data/{MEDIA}/wave.dat", "waveform", C, MEDIA),
    Leak("a word turned over in one channel", _sound(_turned_over), SOUND, "sound", C, MEDIA),
    Leak("a word too faint for the ear", _sound(_faint), SOUND, "heard", C, MEDIA),
    Leak("a word that a second recording still says", _second_camera, SOUND, "heard", C, MEDIA),
    Leak("a waveform of the muted word in the script", _wave_script, f"data/{MEDIA}/wave.js", "waveform", C, MEDIA),
    Leak(
        "a script beside the waveform that says more",
        _script_that_says_more,
        f"data/{MEDIA}/wave.js",
        "unreadable",
        part=MEDIA,
    ),
    Leak(
        "a piece that is not the recording's",
        _foreign_piece,
        f"data/{MEDIA}/parts/v360-1.mp4",
        "unknown recording",
        part=MEDIA,
    ),
    # texts
    Leak(
        "the name in captions",
        _replace_text(f"{MEDIA}/captions.vtt", f"WEBVTT\n\n00:01.000 --> 00:02.000\n{NAME.upper()}\n"),
        f"data/{MEDIA}/captions.vtt",
        "text",
        W,
        MEDIA,
    ),
    Leak(
        "the name over two cues",
        _replace_text(
            f"{MEDIA}/captions.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nMarisol\n\n00:02.000 --> 00:03.000\nVega\n"
        ),
        f"data/{MEDIA}/captions.vtt",
        "text",
        W,
        MEDIA,
    ),
    Leak(
        "the number in words",
        _replace_text("index.html", "<p>five five five, oh one four two"),
        "data/index.html",
        "text",
        C,
    ),
    Leak("the number with points", _replace_text("case.json", '{"t": "555.0142"}'), "data/case.json", "text", C),
    Leak(
        "the birth date in words",
        _replace_text("case.json", '{"t": "March fourth, nineteen eighty nine"}'),
        "data/case.json",
        "text",
        W,
    ),
    Leak("the birth date in numbers", _replace_text("case.json", '{"t": "3/4/1989"}'), "data/case.json", "text", W),
    Leak(
        "one object a word",
        _replace_text("search.json", '[{"text": "Marisol", "t": 1, "s": "a"}, {"text": "Vega", "t": 2, "s": "a"}]'),
        "data/search.json",
        "text",
        W,
    ),
    Leak(
        "escaped letters",
        _replace_text("search.json", '[{"text": "Mar\\u0069sol V\\u0065ga"}]'),
        "data/search.json",
        "text",
        W,
    ),
    Leak(
        "cut by tags",
        _replace_text("index.html", "<p>Mar<b>isol</b> <i data-t='1'>Vega</i></p>"),
        "data/index.html",
        "text",
        W,
    ),
    Leak("as entities", _replace_text("index.html", "<p>&#77;arisol&nbsp;Vega</p>"), "data/index.html", "text", W),
    Leak(
        "with accents and another case",
        _replace_text("index.html", "<p>MARÍSOL VEGÁ</p>"),
        "data/index.html",
        "text",
        W,
    ),
    Leak(
        "in a comment of a script",
        _replace_text("assets/app.js", "// for Marisol_Vega\n"),
        "data/assets/app.js",
        "text",
        W,
    ),
    Leak("in a feed", _replace_text("feed.xml", f"<feed><title>{NAME}</title></feed>"), "data/feed.xml", "text", W),
    Leak("down a column", _replace_text("words.csv", "t,word\n1,Marisol\n2,Vega\n"), "data/words.csv", "text", W),
    Leak(
        "as base64",
        _replace_text("index.html", f"<p data-x='{base64.b64encode(('note: ' + NAME).encode()).decode()}'>"),
        "data/index.html",
        "text",
        W,
    ),
    Leak(
        "as hexadecimal",
        _replace_text("index.html", f"<p data-x='{NAME.encode().hex()}'>"),
        "data/index.html",
        "text",
        W,
    ),
    Leak(
        "as UTF-16",
        lambda r, w: (r.bag / "data" / "note.txt").write_bytes(NAME.encode("utf-16")) and None,
        "data/note.txt",
        "text",
        W,
    ),
    Leak("in an address", _replace_text("index.html", "<a href='?q=Marisol%20Vega'>"), "data/index.html", "text", W),
    Leak(
        "with its address escaped twice",
        _replace_text("index.html", "<a href='?q=Marisol%2520%2556ega'>"),
        "data/index.html",
        "text",
        W,
    ),
    Leak("in letters that look alike", _replace_text("index.html", "<p>МАRІSОL VЕGА"), "data/index.html", "text", W),
    Leak("backwards", _replace_text("case.json", '{"t": "ageV losiraM"}'), "data/case.json", "text", W),
    Leak("turned by thirteen letters", _replace_text("case.json", '{"t": "Znevfby Irtn"}'), "data/case.json", "text", W),
    Leak(
        "spelt over the radio",
        _replace_text(f"{MEDIA}/captions.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nmary adam robert ida sam ocean lincoln"),
        f"data/{MEDIA}/captions.vtt",
        "text",
        W,
        MEDIA,
    ),
    Leak(
        "as base32",
        _replace_text("index.html", f"<p data-x='{base64.b32encode(('for ' + NAME).encode()).decode()}'>"),
        "data/index.html",
        "text",
        W,
    ),
    # names
    Leak("a file name", _rename("feed.xml", "marisol-vega.xml"), "data/marisol-vega.xml", "name", W),
    Leak("a folder name", _rename("feed.xml", "MarisolVega/feed.xml"), "data/MarisolVega/feed.xml", "name", W),
    Leak("a file nobody can read", _rename("feed.xml", "feed.xyz"), "data/feed.xyz", "unknown kind"),
    Leak("a file on no list", _unlisted, "data/extra.txt", "unlisted file"),
    Leak(
        "a recording nobody told of",
        lambda r, w: shutil.copytree(r.media, r.media.with_name("street-2")) and None,
        "data/media/street-2/full.mp4",
        "unknown recording",
    ),
    # pictures' files and fonts
    Leak("a thumbnail in a JPEG's header", _photo(_thumbnail_in_the_header), JPEG, "picture metadata", part=PHOTO),
    Leak(
        "a comment behind a JPEG's pixels",
        _photo(lambda p: p.write_bytes(p.read_bytes()[:-2] + b"\xff\xfe\0\x0fserial X83001\xff\xd9") and None),
        JPEG,
        "picture metadata",
        part=PHOTO,
    ),
    Leak("words in a PNG", _words_in_a_png, "data/assets/plan.png", "picture metadata"),
    Leak("a font that nobody looked into", _strange_font, "data/assets/sans.woff2", "font"),
    Leak("EXIF with a place", _photo(_exif), JPEG, "picture metadata", part=PHOTO),
    Leak("an EXIF thumbnail", _photo(_thumbnail), JPEG, "picture metadata", part=PHOTO),
    Leak(
        "a comment in a JPEG", _photo(lambda p: surgery.jpeg_segment(p, 0xFE, NAME.encode())), JPEG, "bytes", W, PHOTO
    ),
    Leak(
        "XMP in a WebP",
        _media("poster.webp", lambda p: surgery.webp_chunk(p, b"XMP ", f"<x>{NAME}</x>".encode())),
        f"data/{MEDIA}/poster.webp",
        "picture metadata",
        part=MEDIA,
    ),
    Leak(
        "a second JPEG behind the first",
        _photo(lambda p: surgery.append(p, small.jpeg(small.scene(30)))),
        JPEG,
        "picture metadata",
        part=PHOTO,
    ),
    Leak(
        "bytes behind a WebP",
        _media("poster.webp", lambda p: surgery.append(p, NAME.encode())),
        f"data/{MEDIA}/poster.webp",
        "picture metadata",
        part=MEDIA,
    ),
    Leak(
        "content credentials in a photograph",
        _photo(lambda p: surgery.jpeg_segment(p, 0xEB, b"JP\0\1\0\0\0\1jumb" + bytes(40))),
        JPEG,
        "picture metadata",
        part=PHOTO,
    ),
    Leak(
        "a second picture in a moving poster",
        _media("poster.webp", _animated),
        f"data/{MEDIA}/poster.webp",
        "picture metadata",
        part=MEDIA,
    ),
    Leak(
        "a face under full transparency",
        _media("poster.webp", _transparent),
        f"data/{MEDIA}/poster.webp",
        "face",
        part=MEDIA,
    ),
    Leak("a face written into a page", _inlaid, "data/index.html", "face"),
    # papers
    Leak("text under a box", _pdf(_under_a_box), PDF, "text", W, PAPER),
    Leak("all its words", _uncovered_paper, PDF, "text", C, PAPER),
    Leak("a name in the pixels of a page", _uncovered_paper, f"data/{PAPER}/p1.webp", "text", W, PAPER),
    Leak("an annotation", _pdf(_annotation), PDF, "annotation", part=PAPER),
    Leak("an annotation with the name", _pdf(_annotation), PDF, "text", W, PAPER),
    Leak("an attachment", _pdf(_attachment), PDF, "attachment", part=PAPER),
    Leak("an attachment with the name", _pdf(_attachment), PDF, "bytes", W, PAPER),
    Leak("a script", _pdf(_script), PDF, "script", part=PAPER),
    Leak("a form field", _pdf(_form), PDF, "form fields", part=PAPER),
    Leak("a form field with the name", _pdf(_form), PDF, "text", W, PAPER),
    Leak("an author", _pdf(_info), PDF, "paper metadata", part=PAPER),
    Leak("XMP", _pdf(_xmp), PDF, "paper metadata", part=PAPER),
    Leak("an object no page uses", _pdf(_orphan), PDF, "bytes", W, PAPER),
    Leak("an earlier revision", _revision, PDF, "earlier revision", part=PAPER),
    Leak("letters of a font", _pdf(_font), PDF, "font", part=PAPER),
    Leak("a layer that can be switched on", _pdf(_layer), PDF, "layers", part=PAPER),
    Leak("a thumbnail of a page", _pdf(_thumbnail_of_a_page), PDF, "paper metadata", part=PAPER),
    Leak("a file that belongs to a paper", _pdf(_associated), PDF, "attachment", part=PAPER),
    Leak("a page larger than is shown", _pdf(_page_cut), PDF, "hidden pixels", part=PAPER),
    Leak("the scanned page under ink", _under_ink, PDF, "text", W, PAPER),
    # older versions
    Leak("an older version shows her", _older_pictures, f"../v1/{V360}", "older version", W, MEDIA),
    Leak(
        "an older photograph shows her",
        _older(f"{PHOTO}/photograph.jpg", _uncovered_photo),
        f"../v1/{JPEG}",
        "older version",
        W,
        PHOTO,
    ),
    Leak(
        "an older picture of a page names her",
        _older(f"{PAPER}/p1.webp", _uncovered_paper),
        f"../v1/data/{PAPER}/p1.webp",
        "older version",
        W,
        PAPER,
    ),
    Leak(
        "an older waveform shows what is muted",
        _older(f"{MEDIA}/wave.dat", _media("wave.dat", _wave)),
        f"../v1/data/{MEDIA}/wave.dat",
        "older version",
        C,
        MEDIA,
    ),
    Leak(
        "an older poster shows her",
        _older(f"{MEDIA}/poster.webp", _still(f"{MEDIA}/poster.webp", 30)),
        f"../v1/data/{MEDIA}/poster.webp",
        "older version",
        part=MEDIA,
    ),
    Leak(
        "an older still of a page shows her",
        _older("assets/m1.webp", _still("assets/m1.webp", 30)),
        "../v1/data/assets/m1.webp",
        "older version",
    ),
    Leak("an older version names her", _older_text, "../v1/data/index.html", "older version", W),
]


@pytest.mark.parametrize("leak", LEAKS, ids=[leak.name for leak in LEAKS])
def test_each_planted_leak_is_found(leak: Leak, release: SmallRelease, workshop: Workshop, look: PictureLook) -> None:
    """The leak is planted, the lists are made again as the maker would, and the audit names it.

    It is given the look at the clean release's pictures, as a builder gives it: a leak in pictures must still be found.
    """
    planted = leak.plant(release, workshop) or release
    if leak.kind != "unlisted file":
        planted = planted.listed()

    report = audit.attack(planted.bag, planted.plan, part=leak.part, looks=[look])

    found = [f for f in report.findings if (f.place, f.kind, f.subject) == (leak.place, leak.kind, leak.subject)]
    assert found, report.findings
    if leak.kind in IN_PICTURES:
        assert all(each.where is not None and each.where.w > 0 for each in found), "where on the picture"
    if leak.kind in IN_SOUND or (leak.kind in IN_PICTURES and leak.place.endswith(".mp4")):
        assert all(each.at is not None for each in found), "when"
    with pytest.raises(Blocked):
        must_be_clean(report, bag_sha256=planted.plan.bag_sha256)


def test_every_finding_says_when(release: SmallRelease, workshop: Workshop) -> None:
    """A missing mask is reported at its first bare picture, to the microsecond."""
    _dropped_frames(release, workshop)
    planted = release.listed()

    report = audit.attack(planted.bag, planted.plan, part=MEDIA)

    (finding,) = [each for each in report.findings if each.kind == "mask missing"]
    assert finding.at == small.instants()[small.MASKED_FROM + 10]
    assert "3 pictures" in finding.sentence


def test_harmless_words_are_no_leak(release: SmallRelease) -> None:
    """Parts of a name, other numbers and digests do not block a release."""
    text = "Marisol Street, Vega Square, 5550142999, call 555-0143, 14 April 1989, marisolvegas, " + "ab" * 32
    (release.bag / "data" / "index.html").write_text(f"<p>{text.replace('marisolvegas, ', '')}</p>")
    planted = release.listed()

    assert audit.attack(planted.bag, planted.plan, part="rest").findings == ()
    assert NUMBER not in text
