# SPDX-License-Identifier: Apache-2.0
"""Films in which every face's place is known: stills seen by a virtual body-worn camera.

A still with boxes drawn around its faces lies in a larger, blurred room. A camera looks at it through a
window that wanders, jolts, turns and zooms; each picture is the mean of several moments, so that
motion blurs it. The truth is the same transform applied to the boxes. Everything is drawn from one
seed. Blacks are lifted (as a lens with dirt on it does), so that no pixel of a film looks like the fill of
a cover and a stranger can tell covered pixels by their value alone.

The photographs come from two packages of the registries, fetched by name and checked by digest; they
are not part of this project. The boxes were proposed by a detector on the large, sharp stills and
looked over by eye; the films shake, darken and shrink the stills, so that the detector meets them anew.
"""

from __future__ import annotations

import hashlib
import math
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bench.score_faces import Truth

Pixels = NDArray[np.uint8]
Places = tuple[tuple[int, int, int, int], ...]

FPS = 25
MOMENTS = 4
"""Instants averaged into one picture; the shutter is open half of the time."""

FLOOR = 28
"""Lifted black, 8-bit RGB: luma 40 in a film, while a cover is 16."""

FILL_BELOW = 28
"""Luma under which a pixel is covered: half-way between fill and lifted black."""


@dataclass(frozen=True, slots=True)
class Package:
    """One archive of a registry."""

    fetch: tuple[str, ...]
    archive: str
    sha256: str


PACKAGES = (
    Package(
        ("npm", "pack", "--silent", "@vladmandic/face-api@1.7.15"),
        "vladmandic-face-api-1.7.15.tgz",
        "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
    ),
    Package(
        ("pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "face_recognition==1.3.0"),
        "face_recognition-1.3.0.tar.gz",
        "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    ),
)

FACES: dict[str, Places] = {
    "biden": ((421, 162, 730, 589),),
    "obama": ((372, 112, 600, 420),),
    "obama2": ((194, 216, 474, 660),),
    "obama3": ((627, 240, 912, 628),),
    "obama_partial_face2": ((382, 90, 550, 443),),
    "sample1": ((421, 373, 593, 593), (1473, 234, 1677, 420), (832, 441, 1022, 645)),
    "sample2": ((1432, 172, 1647, 397), (902, 245, 1072, 458), (374, 134, 543, 424)),
    "sample3": ((1495, 289, 1702, 581), (1072, 198, 1310, 528), (594, 342, 792, 600)),
    "sample4": ((260, 212, 430, 442), (657, 88, 837, 289), (987, 181, 1166, 413), (1271, 147, 1435, 387)),
    "sample5": (
        (785, 113, 949, 325),
        (366, 866, 575, 1180),
        (603, 428, 771, 658),
        (1419, 405, 1599, 669),
        (1113, 209, 1280, 433),
    ),
    "sample6": ((669, 317, 873, 649), (1483, 252, 1703, 558), (1165, 299, 1385, 596), (255, 490, 470, 764)),
}
"""Still to the boxes of its faces, in its own pixels. ``sample2``'s third is a profile."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a film is hard. Lengths are shares of the window's height, per frame where they move."""

    face: tuple[float, float]
    """Height of the still's median face."""
    wander: float
    jolt: float
    """Size of a sudden push; one comes every second or so."""
    roll: float
    """Degrees the camera hangs askew at most."""
    light: float = 1.0
    noise: float = 0.0
    hang: float = 0.0
    """Degrees from upright at which the camera hangs, before it rolls."""
    pan: float = 0.0
    """Way sideways that it is turned in the course of the film: faces come in and go out."""


KINDS: dict[str, Kind] = {
    "shaken": Kind((0.14, 0.3), 0.004, 0.03, 8),
    "dark": Kind((0.12, 0.25), 0.004, 0.02, 8, light=0.2, noise=6.0),
    "fast": Kind((0.15, 0.3), 0.012, 0.1, 12),
    "small": Kind((0.035, 0.06), 0.003, 0.01, 6),
    "askew": Kind((0.14, 0.25), 0.004, 0.02, 40),
}

OTHERS: dict[str, Kind] = {
    "overhead": Kind((0.14, 0.3), 0.004, 0.02, 15, hang=180),
    "lying": Kind((0.14, 0.3), 0.004, 0.02, 15, hang=90),
    "passing": Kind((0.12, 0.3), 0.004, 0.03, 25, light=0.5, noise=4.0, pan=2.5),
}
"""Another setting, so that nothing is fitted to the first alone."""


def stills(cache: Path) -> dict[str, Pixels]:
    """Every still by name, RGB; fetched into ``cache`` when it is not there."""
    found = {}
    for package in PACKAGES:
        archive = cache / package.archive
        if not archive.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            subprocess.run(package.fetch, cwd=cache, check=True)
        if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
            raise SystemExit(f"{archive} is not the archive this figure was made with")
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():
                path = Path(member.name)
                file = tar.extractfile(member) if path.stem in FACES and path.suffix == ".jpg" else None
                if file is not None:
                    pixels = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
                    found[path.stem] = np.ascontiguousarray(pixels[:, :, ::-1])
    if sorted(found) != sorted(FACES):
        raise SystemExit("a still is missing from the archives")
    return found


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera looks at one instant: middle in room pixels, room pixels per picture pixel, degrees."""

    x: float
    y: float
    step: float
    roll: float


class Room:
    """A still in the middle of a room three times its size."""

    def __init__(self, still: Pixels, places: Places, *, face: float) -> None:
        """``face``: height in pixels that the median face shall have."""
        scale = face / float(np.median([bottom - top for _, top, _, bottom in places]))
        small = cv2.resize(still, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = small.shape[:2]
        self.margin = (max(width, 1400), max(height, 900))
        room = (height + 2 * self.margin[1], width + 2 * self.margin[0])
        walls = cv2.resize(cv2.resize(still, (9, 7), interpolation=cv2.INTER_AREA), room[::-1])
        self.pixels: Pixels = np.asarray(walls, dtype=np.uint8)
        self.pixels[self.margin[1] : -self.margin[1], self.margin[0] : -self.margin[0]] = small
        self.places = [
            tuple(value * scale + self.margin[i % 2] for i, value in enumerate(place)) for place in places
        ]

    def focus(self, draw: np.random.Generator) -> tuple[float, float]:
        """The middle of one of the faces."""
        left, top, right, bottom = self.places[int(draw.integers(len(self.places)))]
        return (left + right) / 2, (top + bottom) / 2

    def seen(self, view: View, size: tuple[int, int]) -> Pixels:
        """What the camera shows, blurred by nothing yet."""
        matrix = _matrix(view, size)
        flags = cv2.INTER_LINEAR
        return np.asarray(
            cv2.warpAffine(self.pixels, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
        )

    def truth(self, view: View, size: tuple[int, int]) -> list[Truth]:
        """The faces' boxes on that picture; a turned face is the ellipse in its box, turned."""
        matrix, turn = _matrix(view, size), math.radians(view.roll)
        found = []
        for number, (left, top, right, bottom) in enumerate(self.places):
            x, y = matrix @ ((left + right) / 2, (top + bottom) / 2, 1.0)
            a, b = (right - left) / 2 / view.step, (bottom - top) / 2 / view.step
            dx, dy = math.hypot(a * math.cos(turn), b * math.sin(turn)), math.hypot(
                a * math.sin(turn), b * math.cos(turn)
            )
            found.append(Truth(f"face-{number}", (x - dx, y - dy, x + dx, y + dy)))
        return found


def _matrix(view: View, size: tuple[int, int]) -> NDArray[np.float64]:
    """Room to picture, 2 × 3."""
    matrix = np.asarray(cv2.getRotationMatrix2D((view.x, view.y), view.roll, 1 / view.step), dtype=np.float64)
    matrix[:, 2] += np.array([size[0] / 2 - view.x, size[1] / 2 - view.y])
    return matrix


def views(kind: Kind, room: Room, size: tuple[int, int], frames: int, draw: np.random.Generator) -> list[View]:
    """The camera's walk, ``MOMENTS`` views for each frame."""
    tall = size[1]
    home = np.array(room.focus(draw))
    offset, speed = draw.normal(0, 0.1 * tall, 2), np.zeros(2)
    roll, zoom = float(draw.uniform(-kind.roll, kind.roll)), 1.0
    phase = draw.uniform(0, 6.28, 3)
    made = []
    for n in range(frames):
        speed = 0.86 * speed + draw.normal(0, kind.wander * tall, 2) - 0.01 * offset
        if draw.random() < 1 / FPS:
            speed += draw.normal(0, kind.jolt * tall, 2)
        roll += float(draw.normal(0, 0.4)) + 0.02 * (kind.roll * math.sin(phase[2] + n / 40) - roll)
        zoom = float(np.clip(zoom * (1 + draw.normal(0, 0.004)), 0.8, 1.25))
        for moment in range(MOMENTS):
            part = n + moment / (2 * MOMENTS)
            bob = np.array([math.sin(phase[0] + part / 4), math.sin(phase[1] + part / 2.1)]) * 0.008 * tall
            x, y = home + offset + speed * moment / (2 * MOMENTS) + bob
            made.append(View(float(x + (n / frames - 0.5) * kind.pan * tall), float(y), zoom, kind.hang + roll))
        offset = offset + speed
    return made


def pictures(
    still: Pixels, places: Places, kind: Kind, *, size: tuple[int, int], frames: int, seed: int
) -> Iterator[tuple[Pixels, list[Truth]]]:
    """(RGB picture, its faces) of one film."""
    draw = np.random.default_rng(seed)
    room = Room(still, places, face=float(draw.uniform(*kind.face)) * size[1])
    walk = views(kind, room, size, frames, draw)
    for n in range(frames):
        moments = walk[n * MOMENTS : (n + 1) * MOMENTS]
        light = np.mean([room.seen(view, size) for view in moments], axis=0, dtype=np.float32)
        light = light * kind.light + (draw.normal(0, kind.noise, light.shape) if kind.noise else 0)
        lifted = FLOOR + np.clip(light, 0, 255) * ((255 - FLOOR) / 255)
        yield lifted.astype(np.uint8), room.truth(moments[MOMENTS // 2], size)


def write(
    path: Path, shown: Iterator[tuple[Pixels, list[Truth]]], *, size: tuple[int, int], sound: bool = False
) -> list[list[Truth]]:
    """Write a film as a body camera does, a key frame every second; gives the truth of each frame."""
    truth = []
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.thread_count = 1
        video.codec_context.time_base = Fraction(1, FPS)
        video.options = {"preset": "veryfast", "crf": "21", "g": str(FPS), "bf": "0"}
        voice: Any = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for n, (pixels, faces) in enumerate(shown):
            truth.append(faces)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if voice is not None:
            tone = 0.1 * np.sin(np.arange(len(truth) * 48000 // FPS) * 2 * np.pi * 300 / 48000)
            for start in range(0, len(tone) - 1023, 1024):
                block = tone[None, start : start + 1024].astype(np.float32)
                heard = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                heard.sample_rate, heard.pts, heard.time_base = 48000, start, Fraction(1, 48000)
                container.mux(voice.encode(heard))
            container.mux(voice.encode(None))
    return truth


def repeat(path: Path, target: Path, *, times: int) -> None:
    """The same film again and again, packet by packet: long, and made in no time."""
    with av.open(str(path)) as source, av.open(str(target), "w") as made:
        streams = {stream.index: made.add_stream_from_template(stream) for stream in source.streams}
        for number in range(times):
            source.seek(0)
            for packet in source.demux():
                if packet.size == 0 or packet.pts is None or packet.pts < 0:
                    continue
                length = source.streams[0].frames / Fraction(source.streams.video[0].average_rate or FPS)
                if packet.pts * packet.time_base >= length:
                    continue
                shift = round(number * length / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = streams[packet.stream_index]
                made.mux(packet)


def filled(path: Path) -> Iterator[NDArray[np.bool_]]:
    """Which pixels of each picture of a covered film show the fill, by an ordinary decoder."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            luma = frame.to_ndarray()[: frame.height]
            yield luma < FILL_BELOW
