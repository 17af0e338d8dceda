# SPDX-License-Identifier: Apache-2.0
"""An invented case with small real media, so the page can be built and driven without the pipeline.

Everything known about it is in this file: cameras start at the offsets of ``CAMERAS``, the frame number is
burned into each frame, and the words stand at the seconds given.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from plainview.model.case import Case, Office, Source
from plainview.model.finding import Basis, ShotCount, ShotEvent
from plainview.model.moment import Moment, MomentState
from plainview.model.release import (
    Change,
    Deadline,
    Fact,
    NotShown,
    RedactedSpan,
    Release,
    ReleasedDocument,
    ReleasedPage,
    ReleasedRecording,
    Rendition,
    Version,
    Withholding,
)
from plainview.model.scene import CameraPlace, SceneMark
from plainview.model.statement import Answer, Assertion, Citation, Relation, Statement
from plainview.model.status import StatusEvent
from plainview.model.time import IncidentSpan, MediaSpan, incident_seconds, media_seconds
from plainview.model.timeline import Alignment
from plainview.model.transcript import FusedWord, TextState, Translation, Translator, Utterance

ZONE = timezone(timedelta(hours=-5))
EPOCH = datetime(2026, 3, 14, 21, 40, 0, tzinfo=ZONE)
BASIS = Basis("sample", "1")
RATE = 16000


class Recorder(NamedTuple):
    """One recorder of the sample; offset and length in seconds."""

    slug: str
    title: str
    source: Source
    offset: float
    length: int
    fps: int = 0
    sound: bool = True
    width: int = 0


CAMERAS = (
    Recorder("bwc-1", "Body camera 1, Tolland", Source.BODY_CAMERA, 12.3, 38, 30, True, 640),
    Recorder("bwc-2", "Body camera 2, Imbert", Source.BODY_CAMERA, 5.04, 46, 25, True, 640),
    Recorder("dash-1", "Dash camera 1, Vehicle 8842", Source.DASH_CAMERA, 0.0, 52, 20, True, 640),
    Recorder("city-114", "City camera 114", Source.STREET_CAMERA, -5.5, 60, 15, False, 640),
    Recorder("phone-1", "Bystander phone, from sidewalk", Source.PHONE, 20.25, 20, 24, True, 202),
)
SOUNDS = (
    Recorder("call-1", "911 call", Source.CALL, -40.0, 30),
    Recorder("radio-4", "Dispatch radio, zone 4", Source.RADIO, -40.0, 100),
)
SPOKEN = (
    (-38, 5, "Caller", "Hi, there is a man asleep in a running car at Calder and", "call-1"),
    (-31, 3, "", "The lane is blocked, he will not wake up.", "call-1"),
    (-12, 3, "Dispatch", "Unit 312, check on a driver, Calder and Ninth.", "radio-4"),
    (8.2, 2.6, "Officer Imbert", "Driver! Show me your hands. Hands out the window.", "bwc-2 dash-1"),
    (12.9, 2.1, "Mr. Vane", "I'm okay. I was asleep. I'm sleeping.", "bwc-2"),
    (16.0, 1.6, "Officer Tolland", "Step out. Step out of the car.", "bwc-1 bwc-2"),
    (17.4, 1.1, "Officer Imbert", "No, stay in the", "bwc-1 bwc-2"),
    (18.8, 1.8, "Mr. Vane", "I'm getting out. He said get out.", "bwc-1 bwc-2"),
    (22.4, 1.6, "Officer Tolland", "Hands! Let me see your hands!", "bwc-1 bwc-2 phone-1"),
    (24.3, 1.3, "Mr. Vane", "They're up, they're up.", "bwc-1 bwc-2 phone-1"),
    (28.1, 1.0, "Officer Tolland", "Drop the gun!", "bwc-1 bwc-2 phone-1"),
    (31.6, 1.0, "Officer Tolland", "Drop the gun!", "bwc-1 bwc-2 dash-1 phone-1"),
    (33.2, 1.5, "Mr. Vane", "Which... who do I", "bwc-1 bwc-2"),
    (34.9, 1.0, "Officer Imbert", "Joel, hold on, hold", "bwc-2"),
    (40.2, 3.2, "Officer Imbert", "Shots fired, Calder and Ninth, send medical.", "radio-4 bwc-2"),
    (44.0, 2.0, "Officer Imbert", "I've got pressure on it. Stay with me.", "bwc-2"),
)
HIDDEN = {0: {12: "private-contact", 13: "private-contact"}}
HOSTILE = "<script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\">\u202etxet\x00\u2028 ]]> --> {{7*7}}"


PLACES = (
    CameraPlace("EX-bwc-1", 0.0, 0.0, 1.0, 90.0, 10.0, 60.0, "measured on site", incident_seconds(14), incident_seconds(30)),
    CameraPlace("EX-bwc-1", 8.0, -3.0, 2.0, 45.0, 20.0, 60.0, "from dash camera 1", incident_seconds(30)),
    CameraPlace("EX-city-114", -20.0, 12.0, 0.5, 315.0, 2.0, 90.0, "city survey"),
)
MARKS = (
    SceneMark("Where he fell", ((10.0, 0.0),), 0.3, "photograph 12"),
    SceneMark("Firearm", ((13.0, 4.0),), 0.2, "photograph 14"),
    SceneMark("North kerb", ((-30.0, 6.0), (30.0, 6.0)), 0.2, "city survey"),
)


TRANSLATIONS = (
    Translation("es", "Drop the gun!", "¡Suelte el arma!"),
    Translation("es", "They're up, they're up.", "Están arriba, están arriba.", Translator.MACHINE),
    Translation("es", "Police shooting at Calder Street and 9th Avenue", "Disparos de la policía en Calder Street y la 9.ª Avenida"),
)


def sample(folder: Path) -> Release:
    """Write ``media/`` and ``documents/`` below ``folder`` and give the release that describes them."""
    recordings = [_camera(folder, each) for each in CAMERAS] + [_sound(folder, each) for each in SOUNDS]
    recordings.append(_unplaced(folder))
    return Release(
        office=Office("Port Alder Office of Police Review", "opr.portalder.example/custody", "review@opr.portalder.example"),
        case=Case("2026-0000417", "Calder Street", EPOCH),
        number=3,
        released_at=datetime(2026, 6, 9, 10, 2, tzinfo=ZONE),
        kind_line="Shooting by an officer",
        status_line="Investigation open, day 87",
        headline="Police shooting at Calder Street and 9th Avenue",
        summary=(
            "On the night of March 14, 2026, a Port Alder police officer fired three times at the end of a traffic stop, "
            "wounding Marcus Vane. Every recording, report and statement this Office is allowed to release is here, on one clock."
        ),
        facts=(
            Fact("When", "Saturday, March 14, 2026", "9:40 p.m."),
            Fact("Where", "Calder Street at 9th Avenue", "Harborside, 4th District"),
            Fact("Person shot", "Marcus Vane, 34", "Left hospital March 22"),
            Fact("Officers", "Joel Tolland fired", "Renée Imbert was present"),
            Fact("Findings", "Not yet made", "Due by September 10, 2026"),
        ),
        recordings=tuple(recordings),
        documents=_documents(folder),
        utterances=tuple(_utterance(i, each) for i, each in enumerate(SPOKEN)),
        moments=_moments(),
        shots=ShotCount(3, 3, tuple(ShotEvent(incident_seconds(t), 12_000, 0.93, ("EX-bwc-1", "EX-bwc-2", "EX-dash-1")) for t in (36.4, 37.2, 38.1)), "Three recorders agree.", BASIS),
        statements=_statements(),
        status=_status(),
        withheld=(
            Withholding("Faces of bystanders and minors", "bystander", "Open Records Act §7(1)(c)", 0.62, ("bwc-1", "phone-1")),
            Withholding("Other people's radio calls", "private-contact", "§7(1)(d)", 0.31, ("radio-4",)),
            Withholding("Caller's name and address", "private-contact", "§7(1)(b)", 0.04, ("call-1",)),
        ),
        not_shown=(
            NotShown("", "Body camera of Officer Quill, first 26 minutes", "Requested from the Department on April 2; not received."),
            NotShown("EX-0019", "damaged.mp4", "Received, sealed, and unreadable: the file ends before its index."),
        ),
        versions=(
            Version(1, datetime(2026, 5, 12, 9, 0, tzinfo=ZONE), "First release, day 59 of 60."),
            Version(2, datetime(2026, 5, 20, 9, 0, tzinfo=ZONE), "Mr. Vane's interview and the Department's answer.", (Change("added", "Document 12", "received on May 18"),)),
            Version(3, datetime(2026, 6, 9, 10, 2, tzinfo=ZONE), "Adds the bystander's phone and corrects one line.", (
                Change("added", "Bystander phone, from sidewalk", "delivered by its owner on June 2"),
                Change("corrected", "The line at 9:40:18 p.m.", "a second listener heard “get out”"),
            )),
        ),
        graphic=((IncidentSpan(incident_seconds(36.0), incident_seconds(39.5)), "shooting"),),
        deadline=Deadline(datetime(2026, 9, 10, tzinfo=ZONE), "Office rule 4.2", "Findings are due 180 days after the incident."),
        key_fingerprint="SHA256:9f2cSampleOnlyNotARealKeye41b",
        invented="An invented case: every person, place and event on this page is made up.",
    )


def hostile(release: Release) -> Release:
    """The same release with markup, direction marks and control characters in every text evidence can reach."""
    word = FusedWord(incident_seconds(25), incident_seconds(26), HOSTILE, 0.9)
    nasty = Utterance("u900", incident_seconds(25), incident_seconds(26), (word,), ("EX-bwc-1",), HOSTILE, alternatives=(HOSTILE,))
    return replace(
        release,
        headline=f"Case of {HOSTILE}",
        summary=HOSTILE,
        utterances=(*release.utterances, nasty),
        recordings=tuple(replace(r, title=f"{HOSTILE}, x", device=HOSTILE, received_from=HOSTILE, damage=(HOSTILE,), clock_notes=(HOSTILE,)) for r in release.recordings),
        moments=tuple(replace(m, title=HOSTILE, text=HOSTILE) for m in release.moments),
        statements=tuple(replace(s, quote=HOSTILE, party=HOSTILE, speaker=HOSTILE, source=HOSTILE) for s in release.statements),
        documents=tuple(replace(d, title=HOSTILE, pages=(ReleasedPage(1, HOSTILE),)) for d in release.documents),
        not_shown=(NotShown("", HOSTILE, HOSTILE),),
        invented=HOSTILE,
    )


def _camera(folder: Path, recorder: Recorder) -> ReleasedRecording:
    slug, title, source, offset, length, fps, sound, width = recorder
    place = folder / "media" / slug
    place.mkdir(parents=True, exist_ok=True)
    picture = place / "v360.mp4"
    encode(picture, slug=slug, title=title, offset=offset, length=length, fps=fps, width=width)
    renditions = [_rendition(folder, picture, "v360", width, 360), _rendition(folder, picture, "full", width, 360)]
    if sound:
        tone(place / "a.m4a", length=length, offset=offset)
        renditions.append(_rendition(folder, place / "a.m4a", "sound"))
        wave(place / "wave.dat", length=length, offset=offset)
        renditions.append(_rendition(folder, place / "wave.dat", "wave"))
    hidden_sound = min(30, length - 3)
    redactions = (
        RedactedSpan(MediaSpan(media_seconds(8), media_seconds(19)), "face", "bystander", "§7(1)(c)"),
        RedactedSpan(MediaSpan(media_seconds(hidden_sound), media_seconds(hidden_sound + 1)), "sound", "private-contact", "§7(1)(b)"),
    )
    return ReleasedRecording(
        exhibit=f"EX-{slug}", slug=slug, title=title, source=source, device="Sample recorder 2",
        received_from="Port Alder Police Department", received_at=datetime(2026, 3, 16, 9, 0, tzinfo=ZONE),
        original_sha256=hashlib.sha256(slug.encode()).hexdigest(), original_size=870_000_000, original_format="MP4, H.264 and AAC",
        duration=media_seconds(length), width=width, height=360, fps=float(fps), has_sound=sound,
        alignment=Alignment(f"EX-{slug}", incident_seconds(offset), 12.0 if slug == "bwc-2" else 0.0, 21_000, "sound", 0.97, "Tied to three other recordings.", 14),
        unplaced_reason="", renditions=tuple(renditions), redactions=redactions if slug in ("bwc-1", "phone-1") else (),
        silent=(MediaSpan(media_seconds(0), media_seconds(6)),) if source is Source.BODY_CAMERA else (),
        clock_notes=("Its overlay reads 41 s behind the one clock.",) if slug == "dash-1" else (),
    )  # fmt: skip


def _sound(folder: Path, recorder: Recorder) -> ReleasedRecording:
    slug, title, source, offset, length, *_ = recorder
    place = folder / "media" / slug
    place.mkdir(parents=True, exist_ok=True)
    tone(place / "a.m4a", length=length, offset=offset)
    return ReleasedRecording(
        exhibit=f"EX-{slug}", slug=slug, title=title, source=source, device="", received_from="Emergency communications",
        received_at=datetime(2026, 3, 20, 9, 0, tzinfo=ZONE), original_sha256=hashlib.sha256(slug.encode()).hexdigest(),
        original_size=3_100_000, original_format="WAV, mu-law 8 kHz", duration=media_seconds(length), width=0, height=0, fps=0.0,
        has_sound=True, alignment=Alignment(f"EX-{slug}", incident_seconds(offset), 0.0, 250_000, "decided", 0.8, "Placed by its dispatch log."),
        unplaced_reason="", renditions=(_rendition(folder, place / "a.m4a", "sound"), _rendition(folder, place / "a.m4a", "full")), redactions=(),
    )  # fmt: skip


def _unplaced(folder: Path) -> ReleasedRecording:
    recording = _sound(folder, Recorder("other-1", "Store recorder, 902 Calder", Source.OTHER, 0.0, 12))
    return replace(recording, alignment=None, unplaced_reason="It shares no sound with any other recording, and its own clock cannot be checked.")


def _documents(folder: Path) -> tuple[ReleasedDocument, ...]:
    place = folder / "documents"
    (place / "report").mkdir(parents=True, exist_ok=True)
    (place / "photo-1").mkdir(parents=True, exist_ok=True)
    (place / "report" / "report.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    Image.new("RGB", (640, 420), (92, 98, 104)).save(place / "photo-1" / "photo-1.jpg", quality=70)
    received = datetime(2026, 3, 18, 9, 0, tzinfo=ZONE)
    report = ReleasedDocument(
        "EX-report", "report", "Tactical response report", "document", "Port Alder Police Department", received, "ab" * 32, 61_200,
        (_rendition(folder, place / "report" / "report.pdf", "pdf"),),
        (ReleasedPage(1, "Tactical response report. Reason for stop: well-being check."), ReleasedPage(2, "Rounds fired: 4. The driver reached toward his waistband and came at me. Caller: [private contact].")),
        (("private-contact", "§7(1)(b)", 3),),
    )  # fmt: skip
    photo = ReleasedDocument("EX-photo", "photo-1", "The intersection by day", "photograph", "This Office", received, "cd" * 32, 2_200_000, (_rendition(folder, place / "photo-1" / "photo-1.jpg", "image"),), (), note="Position data removed.")
    return (report, photo)


def _utterance(i: int, spoken_line: tuple[float, float, str, str, str]) -> Utterance:
    at, length, speaker, text, heard = spoken_line
    spoken = text.split()
    hidden = HIDDEN.get(i, {})
    tokens = spoken + [""] * (max(hidden, default=-1) + 1 - len(spoken)) if hidden else spoken
    step = length / max(1, len(tokens))
    words = tuple(
        FusedWord(incident_seconds(at + k * step), incident_seconds(at + (k + 1) * step), "" if k in hidden else w, 0.4 if i == 1 else 0.9, hidden=hidden.get(k, ""))
        for k, w in enumerate(tokens)
    )
    state = TextState.REVIEWED if "gun" in text else TextState.DISPUTED if "get out" in text else TextState.MACHINE
    return Utterance(
        f"u{i + 1}", incident_seconds(at), incident_seconds(at + length), words, tuple(f"EX-{slug}" for slug in heard.split()), speaker, state,
        ("He said stay out",) if state is TextState.DISPUTED else (), "telephone" if heard == "call-1" else "radio" if heard.startswith("radio") else "",
    )  # fmt: skip


def _moments() -> tuple[Moment, ...]:
    def moment(number: int, at: float, title: str, text: str, *on: str, graphic: str = "", bar: int = 30_000) -> Moment:
        exhibits = [tuple(f"EX-{s}" for s in names.split()) for names in on]
        return Moment(f"m{number}", "event", incident_seconds(at), None, bar, title, text, exhibits[0], exhibits[1], graphic, MomentState.CONFIRMED, BASIS)

    return (
        moment(1, -38, "A caller reports a man asleep in a running car", "The caller says the lane is blocked and that the driver will not wake. The caller does not mention a weapon.", "", "call-1", bar=250_000),
        moment(2, 8, "Officer Tolland reaches the car before his camera is on", "Dash camera 1 shows him at the driver's door. Body camera 1 begins four seconds later.", "dash-1 city-114", "dash-1"),
        moment(3, 16, "Two officers give opposing orders", "Officer Tolland says “Step out of the car.” A second later Officer Imbert says “No, stay in the…” Mr. Vane answers “He said get out.”", "bwc-2 bwc-1", "bwc-1 bwc-2"),
        moment(4, 24.3, "Mr. Vane's hands are above the roofline", "Both hands are visible in three recordings. For the last 0.8 seconds before the first shot his right hand is hidden by the car in every recording.", "bwc-2 dash-1 phone-1", ""),
        moment(5, 36.4, "Officer Tolland fires three times in 1.7 seconds", "Shots are heard at 9:40:36.4, 9:40:37.2 and 9:40:38.1. Officer Imbert says “Joel, hold on” before the first.", "bwc-1 bwc-2 dash-1", "bwc-1 bwc-2 dash-1 phone-1", graphic="shooting", bar=12_000),
        moment(6, 44, "First aid begins", "Six seconds after the last shot, Officer Imbert kneels and applies pressure.", "bwc-2 dash-1", "bwc-2"),
    )  # fmt: skip


def _statements() -> tuple[Statement, ...]:
    s, c, u = Relation.SUPPORTS, Relation.CONTRADICTS, Relation.UNDETERMINED
    return (
        Statement("s1", "Port Alder Police Department", "", "Officer Joel Tolland", date(2026, 3, 15), "Tactical response report", "The driver reached toward his waistband and came at me.", (
            Assertion("a1", "He came at me", (Citation(c, "From 9:40:24 to the first shot Mr. Vane's feet do not move toward Officer Tolland.", moment="m4"),)),
            Assertion("a2", "He reached toward his waistband", (Citation(u, "His right hand is behind the car before the first shot.", moment="m5", limits="The right hand cannot be seen for 0.8 s in any recording."),)),
        ), Answer(date(2026, 4, 28), "No response by June 9."), "EX-report", 2),
        Statement("s2", "Port Alder Police Department", "Press office", "", date(2026, 3, 15), "Press statement", "Officers gave repeated commands before any shots were fired.", (
            Assertion("a1", "Repeated commands were given", (Citation(s, "Seven commands are heard before the first shot. Two of them conflict.", moment="m3"),)),
        ), Answer(date(2026, 4, 28), "The Department says the statement was preliminary.")),
        Statement("s3", "Marcus Vane", "through his lawyer", "Marcus Vane", date(2026, 4, 2), "Interview", "I had my hands up the entire time.", (
            Assertion("a1", "My hands were up", (Citation(s, "Both hands are visible and raised from 9:40:24.", moment="m4"), Citation(u, "The right hand cannot be seen for the last 0.8 s.", moment="m5"))),
        )),
        Statement("s4", "Office of the Mayor", "", "", date(2026, 3, 16), "Remarks to the press", "The officer fired four rounds.", (
            Assertion("a1", "Four rounds were fired", (Citation(c, "Three shots are heard on three recorders.", moment="m5"), Citation(s, "The report gives four rounds.", document="EX-report", page=2))),
        )),
    )  # fmt: skip


def _status() -> tuple[StatusEvent, ...]:
    office, department = "Office of Police Review", "Port Alder Police Department"
    return (
        StatusEvent("e1", date(2026, 3, 18), office, "Joel Tolland", "recommendation", "Office recommends relief of police powers"),
        StatusEvent("e2", date(2026, 3, 21), department, "Joel Tolland", "answer", "Department declines; assigns desk duty"),
        StatusEvent("e3", date(2026, 5, 2), office, "Joel Tolland", "recommendation", "Office recommends again, citing Dash camera 1", open=True),
        StatusEvent("e4", date(2026, 4, 9), office, "Renée Imbert", "investigation", "Allegation added: delay in giving first aid"),
    )


def _rendition(folder: Path, path: Path, role: str, width: int = 0, height: int = 0) -> Rendition:
    body = path.read_bytes()
    note = "214 of 220 groups of pictures copied bit for bit" if role == "full" else ""
    return Rendition(role, path.relative_to(folder).as_posix(), len(body), hashlib.sha256(body).hexdigest(), width, height, note)


def scene(slug: str, width: int, height: int) -> Image.Image:
    """A night street: gradient sky, lamps, a car, the same for each slug every time."""
    rng = np.random.default_rng(int.from_bytes(slug.encode(), "big") % 2**32)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    base = np.stack([10 + 22 * ys / height, 12 + 22 * ys / height, 22 + 18 * ys / height], axis=-1)
    for _ in range(9):
        cx, cy, radius = rng.uniform(0, width), rng.uniform(0, height * 0.6), rng.uniform(12, 60)
        colour = np.array([(255, 190, 90), (120, 110, 255), (255, 90, 70), (240, 230, 200)][int(rng.integers(4))], np.float32)
        base += np.exp(-((xs - cx) ** 2 + (ys - cy) ** 2) / (2 * radius**2))[..., None] * colour * rng.uniform(0.15, 0.6)
    image = Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    x = int(rng.uniform(0.3, 0.6) * width)
    draw.polygon([(x - 70, height - 90), (x + 70, height - 90), (x + 95, height - 30), (x - 95, height - 30)], fill=(34, 36, 44))
    draw.rectangle([x - 86, height - 66, x - 62, height - 56], fill=(230, 60, 48))
    draw.rectangle([x + 62, height - 66, x + 86, height - 56], fill=(230, 60, 48))
    return image


def encode(path: Path, *, slug: str, title: str, offset: float, length: int, fps: int, width: int, height: int = 360) -> None:
    """``length`` s of picture whose every frame shows its number and the case time it stands for."""
    back = scene(slug, width, height)
    font = ImageFont.load_default(15)
    big = ImageFont.load_default(34)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        stream: Any = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count = 1
        stream.options = {"preset": "ultrafast", "crf": "30", "g": str(fps), "bf": "0"}
        for n in range(length * fps):
            frame = back.copy()
            draw = ImageDraw.Draw(frame)
            at = EPOCH + timedelta(seconds=offset + n / fps)
            draw.text((width - 10, 8), f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 100000} -0500\n{slug.upper()}", font=font, fill=(240, 240, 240), anchor="ra", align="right")
            draw.text((width // 2, height // 2), f"{n:04d}", font=big, fill=(200, 205, 210), anchor="mm")
            x = int((n / fps * 60) % width)
            draw.ellipse([x - 9, height - 120, x + 9, height - 102], fill=(225, 200, 150))
            picture = av.VideoFrame.from_ndarray(np.asarray(frame), format="rgb24")
            for packet in stream.encode(picture):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)


def samples(length: int, offset: float) -> np.ndarray[Any, np.dtype[np.int16]]:
    """A quiet tone, louder where someone speaks, a click at each second of the case."""
    t = np.arange(length * RATE) / RATE + offset
    level = np.full(t.shape, 0.01)
    for at, long, *_ in SPOKEN:
        level[(t >= at) & (t < at + long)] = 0.2
    sound = level * np.sin(2 * np.pi * 220 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 3.1 * t))
    sound[(t % 1.0) < 0.004] += 0.2
    for shot in (36.4, 37.2, 38.1):
        near = (t >= shot) & (t < shot + 0.12)
        sound[near] += 0.8 * np.exp(-(t[near] - shot) * 40) * np.sign(np.sin(2 * np.pi * 90 * t[near]))
    return (np.clip(sound, -1, 1) * 32000).astype(np.int16)


def tone(path: Path, *, length: int, offset: float) -> None:
    """``length`` s of AAC."""
    body = samples(length, offset)
    with av.open(str(path), "w", format="ipod", options={"movflags": "+faststart"}) as out:
        stream: Any = out.add_stream("aac", rate=RATE, layout="mono")
        stream.bit_rate = 48000
        for start in range(0, len(body), 1024):
            block = body[start : start + 1024]
            frame = av.AudioFrame.from_ndarray(block[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)


def wave(path: Path, *, length: int, offset: float) -> None:
    """audiowaveform .dat, version 2, 8 bit, 50 pairs a second."""
    per = RATE // 50
    blocks = samples(length, offset).reshape(-1, per)
    pairs = np.stack([blocks.min(axis=1) // 256, blocks.max(axis=1) // 256], axis=-1).astype(np.int8)
    head = np.array([2, 1, RATE, per, len(pairs), 1], dtype="<i4").tobytes()
    path.write_bytes(head + pairs.tobytes())

