# SPDX-License-Identifier: Apache-2.0
"""Clips with known missing covers: real faces in stills, moved by a virtual body-worn camera, all covered but some.

A wall of stills is panned, rolled, zoomed, smeared by motion, in half of the clips darkened with noise, and encoded.
Every face is covered by an ellipse; for a few pictures a cover is left out, in pictures and plan, in four ways:

* ``interrupted``: it stops and goes on;
* ``late``: somebody comes into sight and the cover begins only after that;
* ``early``: the cover ends, and only then is the face gone;
* ``alone``: a face shows for these pictures only, and no cover is ever near it.

A face that is out of sight is where the bare wall is seen instead. Where each face is follows from the transform, not
from a detector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.model.audit import AuditedRecording
from plainview.model.finding import Box
from plainview.model.redaction import Ground, MaskTrack, RecordingPlan
from plainview.model.time import MediaTime

WIDTH, HEIGHT, FPS = 1280, 720, 30
SMALLEST = 32
_SLIDE = 64
"""Pixels by which one field of noise is slid about from picture to picture."""
KINDS = ("interrupted", "late", "early", "alone")
COVER, HEAD = 0.8, 1.4
"""Half axes, in sides of a face, of its cover; and half sides of the bare wall that is seen where it is away, hair and
beard and all. A head of which the face alone is painted out is a face under a blur, and an audit that says so is right.
"""
Place = tuple[float, float, float, float]
Still = tuple[NDArray[np.uint8], list[Place]]
"""A picture (RGB) and its faces as x, y, width, height."""


@dataclass(frozen=True)
class Hole:
    """One cover left out: which face, its first picture without cover, how many, and where the face is on each."""

    face: int
    first: int
    places: tuple[Place, ...]
    kind: str = "interrupted"

    def state(self, picture: int) -> str:
        """``bare`` on its own pictures; else ``covered`` or ``away``, by its kind."""
        if self.first <= picture < self.first + len(self.places):
            return "bare"
        before = picture < self.first
        away = self.kind == "alone" or (before and self.kind == "late") or (not before and self.kind == "early")
        return "away" if away else "covered"


@dataclass(frozen=True)
class Clip:
    """An encoded clip, where each face is on each picture, what is uncovered, and the plan that covers the rest."""

    path: Path
    faces: list[list[Place]]
    holes: list[Hole]
    recording: AuditedRecording
    frames: int
    dark: bool
    fps: int


def make(
    path: Path, stills: list[Still], *, seed: int, frames: int = 150, bare: int | None = 3, fps: int = FPS
) -> Clip:
    """One clip; the same stills and seed give the same clip. ``bare`` pictures are left uncovered each time.

    0: faces come and go, and are covered exactly while they are there; None: all are there and covered throughout.
    """
    random = np.random.default_rng(seed)
    wall, faces = _wall(stills, random)
    path_of_camera = _camera(random, frames, wall.shape[1], wall.shape[0])
    dark = bool(random.random() < 0.5)
    gain, noise = (random.uniform(0.25, 0.5), random.uniform(4, 9)) if dark else (random.uniform(0.8, 1.1), 2.0)
    places = [[_moved(face, step) for step in path_of_camera] for face in faces]
    holes = [] if bare is None else _holes(places, random, frames, bare)
    states = _states(holes, len(faces), frames)
    bare_wall = _bare_wall()
    grain = random.normal(0, noise, (HEIGHT + _SLIDE, WIDTH + _SLIDE)).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(
            "libx264", rate=fps, options={"g": str(fps), "preset": "veryfast", "crf": "25", "bf": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i, step in enumerate(path_of_camera):
            seen = cv2.warpAffine(wall, step.matrix, (WIDTH, HEIGHT), borderValue=(90, 90, 90))
            away = [places[number][i] for number in range(len(faces)) if states[number][i] == "away"]
            _put_away(seen, bare_wall, step, [place for place in away if _in_sight(place)])
            seen = cv2.convertScaleAbs(_smeared(seen, step.across, step.down), alpha=gain)
            planes = cv2.cvtColor(seen, cv2.COLOR_RGB2YUV_I420)
            down, across = random.integers(0, _SLIDE, 2)
            light = planes[:HEIGHT]
            cv2.add(light, grain[down : down + HEIGHT, across : across + WIDTH], light, dtype=cv2.CV_8U)
            _cover(planes, [places[n][i] for n in range(len(faces)) if states[n][i] == "covered"])
            for packet in stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return Clip(path, places, _visible(holes, places, states), _plan(places, states, fps), frames, dark, fps)


def _cover(planes: NDArray[np.uint8], places: list[Place]) -> None:
    """Black ovals in a picture of light and, below it, two half as large of colour."""
    colours = planes[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
    for place in places:
        cv2.ellipse(planes[:HEIGHT], *_oval(place), 0, 0, 360, 16, -1)
        x, y, w, h = place
        for plane in colours:
            cv2.ellipse(plane, *_oval((x / 2, y / 2, w / 2, h / 2)), 0, 0, 360, 128, -1)


@dataclass(frozen=True)
class _Step:
    """Where the camera points on one picture, and how far it moved since the one before."""

    matrix: NDArray[np.float64]
    zoom: float
    across: float
    down: float


def _wall(stills: list[Still], random: np.random.Generator) -> tuple[NDArray[np.uint8], list[Place]]:
    """Six stills beside each other, each at a size at which its narrowest face is 33 to 80 pixels wide."""
    wall = _bare_wall()
    height, width = wall.shape[:2]
    faces: list[Place] = []
    order = random.permutation(len(stills))
    for k in range(6):
        picture, places = stills[order[k % len(order)]]
        narrowest = min((min(w, h) for _, _, w, h in places), default=100.0)
        fits = min(width / 3 / picture.shape[1], height / 2 / picture.shape[0])
        scale = max(min(random.uniform(34, 80) / narrowest, fits), 33 / narrowest)
        shown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        turned = random.random() < 0.3
        left, top = k % 3 * width // 3, k // 3 * height // 2
        shown = (shown[:, ::-1] if turned else shown)[: height - top, : width - left]
        wall[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
        for x, y, w, h in places:
            across = picture.shape[1] - x - w if turned else x
            faces.append((left + across * scale, top + y * scale, w * scale, h * scale))
    return wall, faces


def _bare_wall() -> NDArray[np.uint8]:
    """Half as wide and high again as a picture, with slanting stripes of grey."""
    shade = (np.indices((HEIGHT * 3 // 2, WIDTH * 3 // 2)).sum(axis=0) // 7 % 80 + 60).astype(np.uint8)
    return np.repeat(shade[:, :, None], 3, axis=2)


def _states(holes: list[Hole], faces: int, frames: int) -> list[list[str]]:
    """Of every face on every picture, whether it is ``covered``, ``bare`` or ``away``."""
    states = [["covered"] * frames for _ in range(faces)]
    for hole in holes:
        own = states[hole.face]
        own[:] = [hole.state(i) if own[i] == "covered" else own[i] for i in range(frames)]
    return states


def _put_away(seen: NDArray[np.uint8], bare: NDArray[np.uint8], step: _Step, places: list[Place]) -> None:
    """Faces out of sight: the bare wall where they would be."""
    if not places:
        return
    hidden = np.zeros(seen.shape[:2], np.uint8)
    for x, y, w, h in places:
        corner, opposite = (x + w * (0.5 - HEAD), y + h * (0.5 - HEAD)), (x + w * (0.5 + HEAD), y + h * (0.5 + HEAD))
        cv2.rectangle(hidden, *((int(a), int(b)) for a, b in (corner, opposite)), 255, -1)
    cv2.copyTo(cv2.warpAffine(bare, step.matrix, (WIDTH, HEIGHT), borderValue=(90, 90, 90)), hidden, seen)


def _in_sight(place: Place) -> bool:
    x, y, w, h = place
    return -2 * w < x < WIDTH + w and -2 * h < y < HEIGHT + h


def _oval(place: Place) -> tuple[tuple[int, int], tuple[int, int]]:
    """Middle and half axes of a face's cover."""
    x, y, w, h = place
    return (int(x + w / 2), int(y + h / 2)), (int(w * COVER) + 1, int(h * COVER) + 1)


def _camera(random: np.random.Generator, frames: int, width: int, height: int) -> list[_Step]:
    def walk(reach: float, smooth: int) -> NDArray[np.float64]:
        steps = np.pad(np.cumsum(random.normal(0, 1, frames)), smooth, mode="edge")
        path = np.convolve(steps, np.ones(smooth) / smooth, "same")[smooth:-smooth]
        path -= path.mean()
        return np.asarray(reach * path / max(1e-6, float(np.abs(path).max())))

    across, down, roll, zoom = walk(260, 9), walk(140, 9), walk(8, 9), 1 + walk(0.12, 15)
    steps = []
    for i in range(frames):
        at = (width / 2 + across[i], height / 2 + down[i])
        matrix = cv2.getRotationMatrix2D(at, roll[i], zoom[i])
        matrix[:, 2] += np.array([WIDTH / 2, HEIGHT / 2]) - np.array(at)
        before = max(0, i - 1)
        steps.append(_Step(matrix, float(zoom[i]), across[i] - across[before], down[i] - down[before]))
    return steps


def _moved(face: Place, step: _Step) -> Place:
    x, y, w, h = face
    middle = step.matrix @ np.array([x + w / 2, y + h / 2, 1])
    w, h = w * step.zoom, h * step.zoom
    return float(middle[0] - w / 2), float(middle[1] - h / 2), w, h


def _smeared(picture: NDArray[np.uint8], across: float, down: float) -> NDArray[np.uint8]:
    """Motion blur over half the way that the camera moved."""
    reach = int(math.hypot(across, down) / 2)
    if reach < 2:
        return picture
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = math.atan2(down, across)
    step = (math.cos(angle) * reach / 2, math.sin(angle) * reach / 2)
    ends = [(int(reach - step[0]), int(reach - step[1])), (int(reach + step[0]), int(reach + step[1]))]
    cv2.line(kernel, *ends, 1.0)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def _holes(places: list[list[Place]], random: np.random.Generator, frames: int, bare: int) -> list[Hole]:
    """Each face's, while it is whole in the picture and wide enough: two interruptions apart, or one other kind."""
    holes = []
    for face, place in enumerate(places):
        starts = [
            first
            for first in range(6, frames - bare - 6)
            if all(_whole(place[i]) and min(place[i][2:]) >= SMALLEST for i in range(first, first + max(1, bare)))
        ]
        kind = KINDS[0] if random.random() < 0.5 else KINDS[int(random.integers(1, len(KINDS)))]
        taken: list[int] = []
        for first in random.permutation(starts)[:40].tolist() if starts else []:
            wanted = 2 if kind == "interrupted" else 1
            if len(taken) < wanted and all(abs(first - other) > 60 for other in taken):
                taken.append(first)
        holes += [Hole(face, first, tuple(place[first : first + bare]), kind) for first in taken]
    return holes


def _whole(place: Place) -> bool:
    x, y, w, h = place
    return x >= 0 and y >= 0 and x + w <= WIDTH and y + h <= HEIGHT


def _visible(holes: list[Hole], places: list[list[Place]], states: list[list[str]]) -> list[Hole]:
    """Those that no other face's cover hides, nor the wall where another is away."""
    return [hole for hole in holes if not any(_hidden(hole, i, places, states) for i in range(len(hole.places)))]


def _hidden(hole: Hole, i: int, places: list[list[Place]], states: list[list[str]]) -> bool:
    x, y, w, h = hole.places[i]
    for number, place in enumerate(places):
        state = states[number][hole.first + i]
        if number == hole.face or state == "bare":
            continue
        sides = COVER if state == "covered" else HEAD
        a, b, c, d = place[hole.first + i]
        if abs(a + c / 2 - x - w / 2) < w / 2 + sides * c and abs(b + d / 2 - y - h / 2) < h / 2 + sides * d:
            return True
    return False


def _plan(places: list[list[Place]], states: list[list[str]], fps: int) -> AuditedRecording:
    """One mask track for every run of covered pictures of a face."""
    tracks: list[MaskTrack] = []
    for number, place in enumerate(places):
        run: list[tuple[MediaTime, Box]] = []
        for i, (x, y, w, h) in enumerate([*place, (-1e6, -1e6, 0, 0)]):
            left, top = max(0, int(x - 0.3 * w)), max(0, int(y - 0.3 * h))
            right, bottom = min(WIDTH, int(x + 1.3 * w)), min(HEIGHT, int(y + 1.3 * h))
            gone = i == len(place) or states[number][i] != "covered"
            if gone or right - left < 4 or bottom - top < 4:
                if run:
                    tracks.append(MaskTrack(Ground(f"face-{number}", "bystander", "none"), tuple(run), "ellipse"))
                run = []
            else:
                run.append((MediaTime(round(i * 1e6 / fps)), Box(left, top, right - left, bottom - top)))
    return AuditedRecording("clip", RecordingPlan("EX-0001", tuple(tracks)), WIDTH, HEIGHT)
