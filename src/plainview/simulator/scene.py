# SPDX-License-Identifier: Apache-2.0
"""Pictures of the incident: what a recorder's camera sees at an instant, and what is in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from plainview.simulator import figures, people, props
from plainview.simulator.camera import View, background
from plainview.simulator.cars import Car, draw_car
from plainview.simulator.people import State
from plainview.simulator.recorders import Recorder
from plainview.simulator.screenplay import PLATE
from plainview.simulator.views import SELFIE, muzzle_flash, steady, view_of
from plainview.simulator.world import CRUISER, FENCE_Y, LAMPS, bar_at, build_world, light_at

Box = tuple[float, float, float, float]
PARKED = (
    Car(14.5, 5.1, math.pi, (92, 30, 30)), Car(-22.0, -5.1, 0.0, (70, 80, 74)), Car(73.0, -5.1, 0.0, (120, 118, 112)),
    Car(-40.0, 5.1, math.pi, (50, 56, 80)), Car(86.0, 5.1, math.pi, (60, 60, 62)), Car(12.0, -5.1, 0.0, (44, 60, 52)),
    Car(150.0, -5.1, 0.0, (84, 70, 52)), Car(230.0, 5.1, math.pi, (66, 70, 84)), Car(340.0, -5.1, 0.0, (52, 54, 58)),
)
STOPPED = Car(0.0, -4.2, 0.0, (98, 102, 108), plate=PLATE, lights=True)
MOVING = {"run", "walk", "kneel", "talk", "hands-up", "lie"}


@dataclass(slots=True)
class Seen:
    """What one frame shows, by construction: face boxes and plate boxes, in pixels."""

    faces: dict[str, Box] = field(default_factory=dict)
    heads: dict[str, Box] = field(default_factory=dict)
    plates: dict[str, Box] = field(default_factory=dict)
    firearm: Box | None = None


class _Shown(NamedTuple):
    """One person as drawn at one size in one light: the key under which the drawing is shared."""

    who: str
    pose: str
    phase: int
    turn: int
    level: int
    ppm: float
    tint: tuple[int, int, int]
    seated: bool


@lru_cache(maxsize=160)
def _lit(shown: _Shown) -> tuple[Image.Image, Image.Image, figures.Picture, float]:
    """A person's colours and outline, scaled and lit; the picture they come from, and the scale."""
    source = figures.picture(shown.who, shown.pose, shown.phase, shown.turn, shown.level)
    scale = shown.ppm / shown.level
    image, outline = source.image, source.outline
    if shown.seated:
        part = (0, 0, image.width, max(1, int(source.foot[1] - 1.37 * shown.level)))
        image, outline = image.crop(part), outline.crop(part)
        fade = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(image.size)
        outline = ImageChops.multiply(outline, fade.point([min(255, v * 5) for v in range(256)]))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
    lit = (small * np.array(shown.tint, dtype=np.uint16)) >> 5
    colours = Image.fromarray(np.minimum(lit, 255).astype(np.uint8), "RGB")
    return colours, outline.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0), source, scale


def _tint(x: float, y: float, bar: tuple[float, float], torch: float) -> tuple[int, int, int]:
    """Light on a person in 32nds, coarse so that lit pictures are shared between frames."""
    lamp = min(2.0, 0.18 + light_at(x, y) * 1.9)
    share = bar_at(x, y) * 1.1
    red = lamp + share * bar[0] + torch
    green = lamp * 0.88 + 0.05 * share * (bar[0] + bar[1]) + torch
    blue = lamp * 0.74 + share * bar[1] + torch + 0.05
    return max(2, round(red * 8) * 4), max(2, round(green * 8) * 4), max(2, round(blue * 8) * 4)


def flash(at: float) -> tuple[float, float]:
    """Red and blue of the light bars at a time."""
    phase = (at * 1.9) % 1.0
    red = 1.0 if phase < 0.16 or 0.22 < phase < 0.36 else 0.0
    blue = 1.0 if 0.5 < phase < 0.66 or 0.72 < phase < 0.86 else 0.0
    return red, blue


def _tinted(colour: NDArray[np.uint8], share: NDArray[np.uint8], bar: tuple[float, float]) -> NDArray[np.uint8]:
    """The empty street in the light bar's flash."""
    red, blue = bar
    lift = np.array([red * 96 + blue * 6, (red + blue) * 8, blue * 110 + red * 8], dtype=np.uint16)
    wide = colour.astype(np.uint16)
    wide += (share[..., None].astype(np.uint16) * (lift + wide * np.array([red, 0, blue]).astype(np.uint16))) >> 8
    return np.minimum(wide, 255).astype(np.uint8)


def _doubled(colour: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture at twice its size, in-between pixels being means: cheaper than a general resize."""
    height, width, _ = colour.shape
    wide = np.empty((height, 2 * width, 3), dtype=np.uint8)
    wide[:, 0::2], wide[:, -1] = colour, colour[:, -1]
    half = colour >> 1
    wide[:, 1:-1:2] = half[:, :-1] + half[:, 1:]
    out = np.empty((2 * height, 2 * width, 3), dtype=np.uint8)
    out[0::2], out[-1] = wide, wide[-1]
    half = wide >> 1
    out[1:-1:2] = half[:-1] + half[1:]
    return out


class Camera:
    """Draws a recorder's frames one after another."""

    def __init__(self, r: Recorder, seed: int) -> None:
        assert r.picture is not None
        self.r, self.p = r, r.picture
        self.world = build_world(seed)
        self.still: dict[tuple[float, float], Image.Image] = {}
        self.held = 0
        self.inside = props.car_interior(self.p.width, self.p.height) if r.wearer == "okafor" else None

    def frame(self, at: float) -> tuple[Image.Image, Seen]:
        """The picture (RGB) at a common time, and what is in it."""
        view = view_of(self.r, at, self.p.width, self.p.height)
        bar = flash(at) if self.r.kind != "stranger" else (0.0, 0.0)
        drawing = _Drawing(self.r, self._empty(view, bar, steady=steady(self.r, at)), view, at, bar)
        if self.r.kind == "stranger":
            drawing.fair()
        else:
            drawing.street(in_car=self.inside is not None and people.state("okafor", at) is None)
        canvas, seen = drawing.canvas, drawing.seen
        if self.inside is not None and people.state("okafor", at) is None:
            canvas.paste(self.inside, (0, 0), self.inside)
            seen = Seen()
        wearer = people.state(self.r.wearer, at) if self.r.kind == "body" and self.r.wearer else None
        if wearer is not None and wearer.pose == "aim":
            props.hands(canvas, at, muzzle_flash(at) if self.r.wearer == "tolland" else 0.0)
        return canvas, seen

    def _empty(self, view: View, bar: tuple[float, float], *, steady: bool) -> Image.Image:
        """The street without people or cars.

        Drawn once for a fixed camera. A moving one gets it at half size, and keeps it for up to
        three frames while its bearer stands: the sway between them is less than a pixel.
        """
        full = (self.p.width, self.p.height)
        if not self.p.half:
            if bar not in self.still:
                colour, share = background(self.world, view, full[0] * 2, full[1] * 2)
                image = Image.fromarray(_tinted(colour, share, bar), "RGB")
                self.still[bar] = image.resize(full, Image.Resampling.BOX)
            return self.still[bar].copy()
        if steady and bar in self.still and self.held < (3 if self.p.fps >= 20 else 2):
            self.held += 1
            return self.still[bar].copy()
        if not steady or self.held >= 2:
            self.still.clear()
            self.held = 0
        halvings = 2 if max(full) > 1000 else 1
        colour, share = background(self.world, view, full[0] >> halvings, full[1] >> halvings)
        if bar != (0.0, 0.0) and abs(view.x) < 60:
            colour = _tinted(colour, share, bar)
        for _ in range(halvings):
            colour = _doubled(colour)
        self.still[bar] = Image.fromarray(colour, "RGB")
        return self.still[bar].copy()


class _Drawing:
    """One frame in the making: far things first."""

    def __init__(self, r: Recorder, canvas: Image.Image, view: View, at: float, bar: tuple[float, float]) -> None:
        self.r, self.canvas, self.view, self.at, self.bar = r, canvas, view, at, bar
        self.seen = Seen()
        self.todo: list[tuple[float, int, Callable[[], None]]] = []

    def _later(self, depth: float, nearest: float, farthest: float, draw: Callable[[], None]) -> None:
        if nearest < depth < farthest:
            self.todo.append((-depth, len(self.todo), draw))

    def _draw_all(self) -> None:
        for _, _, draw in sorted(self.todo, key=lambda item: item[:2]):
            draw()

    def street(self, *, in_car: bool) -> None:
        """Draws the incident."""
        for lamp in LAMPS:
            self._later(self.view.project(*lamp, 3.0)[2], 0.5, 120, partial(props.lamp_post, self.canvas, self.view, lamp))
        self._plan_cars(in_car)
        self._later(self.view.project(48.0, FENCE_Y, 1.0)[2], 1.0, 90, partial(props.fence, self.canvas, self.view))
        for who in people.TRACKS:
            selfie = self.r.kind == "phone" and SELFIE[0] < self.at < SELFIE[1]
            if who == self.r.wearer and not selfie:
                continue
            st = people.state(who, self.at)
            if st is not None:
                depth = self.view.project(st.x, st.y, 1.0)[2] - (1.0 if st.pose == "seat" else 0.0)
                self._later(depth, 0.35, 110, partial(self._person, who, st))
        torch_on = self.r.wearer == "okafor" and not in_car
        if torch_on:
            middle = (self.canvas.width * 0.5, self.canvas.height * 0.58, self.canvas.width * 0.4)
            props.add_glow(self.canvas, *middle, (86, 83, 74), 0.0)
        if torch_on and self.at >= people.FIREARM_FROM:  # black on dark ground: only a torch shows it
            self._later(self.view.project(*people.FIREARM, 0.02)[2], 0.5, 14, self._firearm)
        self._draw_all()
        self._muzzle()

    def _plan_cars(self, in_car: bool) -> None:
        cars = [STOPPED, *PARKED]
        if self.r.kind != "dash":
            cars.append(Car(*CRUISER, 0.0, (205, 206, 210), police=True, lights=True))
        if not in_car:
            cars.append(Car(*people.second_cruiser(self.at), math.pi, (205, 206, 210), police=True, lights=True))
        for car in cars:
            self._later(self.view.project(car.x, car.y, 0.5)[2], -2.0, 90, partial(self._car, car))

    def _firearm(self) -> None:
        self.seen.firearm = props.firearm(self.canvas, self.view)

    def _muzzle(self) -> None:
        burst, st = muzzle_flash(self.at), people.state("tolland", self.at)
        if burst <= 0 or st is None or self.r.wearer == "tolland":
            return
        x, y, depth = self.view.project(st.x + 0.95 * math.cos(st.facing), st.y + 0.95 * math.sin(st.facing), 1.42)
        if depth > 0.5:
            colour = (int(255 * burst), int(215 * burst), int(130 * burst))
            props.add_glow(self.canvas, x, y, min(400.0, self.view.focal * 1.6 / depth), colour)

    def _car(self, car: Car) -> None:
        light = min(1.6, 0.42 + light_at(car.x, car.y) * 1.4)
        if car is STOPPED:
            light = 0.85 + 0.25 * (self.bar[0] + self.bar[1])
        plate = draw_car(self.canvas, self.view, car, light, flash=self.bar)
        if plate is not None:
            self.seen.plates[car.plate or PLATE] = plate
        c, s = math.cos(car.heading), math.sin(car.heading)

        def shine(along: float, side: float, up: float, size: float, colour: tuple[int, int, int]) -> None:
            x, y, depth = self.view.project(car.x + along * c - side * s, car.y + along * s + side * c, up)
            if depth > 0.6:
                props.add_glow(self.canvas, x, y, min(420.0, self.view.focal * size / depth), colour)

        if car.police and self.bar[0]:
            shine(-0.3, 0.4, 1.56, 1.5, (255, 40, 30))
        if car.police and self.bar[1]:
            shine(-0.3, -0.4, 1.56, 1.5, (50, 80, 255))
        if not car.lights:
            return
        before = (self.view.x - car.x) * c + (self.view.y - car.y) * s
        for side in (-0.68, 0.68):
            if before > 1.5:
                shine(2.35, side, 0.7, 0.85, (255, 240, 205))
            elif before < -1.5:
                shine(-2.35, side, 0.7, 0.4, (180, 26, 18))

    def _torch(self, depth: float) -> float:
        """The recorder's own light, or its strong night gain, on near people."""
        if self.r.kind == "body":
            return 0.5 / (1 + (depth / 3.2) ** 2)
        if self.r.kind == "doorbell":
            return 0.55 / (1 + (depth / 2.5) ** 2)
        return 0.3 if self.r.kind == "phone" and depth < 1.5 else 0.0

    def _person(self, who: str, st: State) -> None:
        x, y, depth = self.view.project(st.x, st.y, 0.0)
        seated = st.pose == "seat"
        ppm = self.view.focal / max(depth, 0.3)
        level = next((v for v in figures.LEVELS if v >= ppm * 0.75), figures.LEVELS[-1])
        towards = math.atan2(self.view.y - st.y, self.view.x - st.x)
        turn = round((st.facing - towards) / (2 * math.pi) * figures.TURNS) % figures.TURNS
        grid = 0.5 if ppm < 30 else 1 if ppm < 80 else 4 if ppm < 200 else 20
        tint = _tint(st.x, st.y, self.bar, self._torch(depth))
        phase = st.phase if st.pose in MOVING else 0
        shown = _Shown(who, "stand" if seated else st.pose, phase, turn, level, max(1.0, round(ppm / grid) * grid), tint, seated)
        image, outline, source, scale = _lit(shown)
        foot_y = self.view.project(st.x, st.y, -0.42)[1] if seated else y
        left, top = round(x - source.foot[0] * scale), round(foot_y - source.foot[1] * scale)
        canvas = self.canvas
        if left > canvas.width or left + image.width < 0 or top > canvas.height or top + image.height < 0:
            return
        if st.pose not in {"lie", "seat"}:
            props.shadow(canvas, x, y, ppm)
        canvas.paste(image, (left, top), outline)
        hx, hy, hw, hh = (v * scale for v in source.head)
        if 0 <= left + hx + hw / 2 < canvas.width and 0 <= top + hy + hh / 2 < canvas.height:
            self.seen.heads[who] = (left + hx, top + hy, hw, hh)
        if source.face is not None:
            fx, fy, fw, fh = (v * scale for v in source.face)
            box = (left + fx, top + fy, fw, fh)
            if fh >= 7 and 0 <= box[0] + fw / 2 < canvas.width and 0 <= box[1] + fh / 2 < canvas.height:
                self.seen.faces[who] = box

    def fair(self) -> None:
        """Draws the recording of something else entirely: a street fair under lanterns."""
        t = self.at - self.r.offset
        for k in range(26):
            place = (-70 + 4.0 * k, 4.0 * math.sin(k * 1.7), 3.6 + 0.5 * math.cos(k))
            x, y, depth = self.view.project(*place)
            colour = ((255, 170, 80), (255, 110, 90), (250, 220, 130))[k % 3]
            radius = min(200.0, self.view.focal * 0.55 / max(depth, 0.1))
            self._later(depth, 0.6, 200, partial(props.add_glow, self.canvas, x, y, radius, colour))
        crowd = (("fairgoer", -49.0 + 0.1 * t, 0.4, 180.0, "walk"), ("filmer", -44.0, -2.0, 150.0, "talk"),
                 ("clerk", -40.0 - 0.3 * t, 2.0, 185.0, "walk"), ("mother", -36.0, -1.0, 20.0, "talk"),
                 ("fairgoer", -30.0 - 0.5 * t, 1.4, 175.0, "walk"))
        for who, px, py, facing, pose in crowd:
            st = State(px, py, math.radians(facing), pose, int(t * 8) % figures.PHASES, 0.0)
            self._later(self.view.project(px, py, 1.0)[2], 0.5, 100, partial(self._person, who, st))
        self._draw_all()
