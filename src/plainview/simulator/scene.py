# SPDX-License-Identifier: Apache-2.0
"""Pictures of the incident: what a recorder's camera sees at an instant, and what is in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from plainview.simulator import figures, people
from plainview.simulator.camera import View, background
from plainview.simulator.cars import Car, draw_car
from plainview.simulator.people import State
from plainview.simulator.recorders import Recorder, fov_to_focal
from plainview.simulator.screenplay import PLATE, SHOTS
from plainview.simulator.world import (
    CRUISER,
    FENCE_Y,
    LAMP_COLOUR,
    LAMP_HEIGHT,
    LAMPS,
    build_world,
    bar_at,
    light_at,
)

Box = tuple[float, float, float, float]
PARKED = (
    Car(14.5, 5.1, math.pi, (92, 30, 30)), Car(-22.0, -5.1, 0.0, (70, 80, 74)), Car(73.0, -5.1, 0.0, (120, 118, 112)),
    Car(-40.0, 5.1, math.pi, (50, 56, 80)), Car(82.0, 5.1, math.pi, (60, 60, 62)), Car(12.0, -5.1, 0.0, (44, 60, 52)),
)
STOPPED = Car(0.0, -4.2, 0.0, (98, 102, 108), plate=PLATE, lights=True)


@dataclass(slots=True)
class Seen:
    """What one frame shows, by construction: face boxes and plate boxes, in pixels."""

    faces: dict[str, Box] = field(default_factory=dict)
    plates: dict[str, Box] = field(default_factory=dict)
    firearm: Box | None = None


def flash(at: float) -> tuple[float, float]:
    """Red and blue of the light bars at a time."""
    phase = (at * 1.9) % 1.0
    red = 1.0 if phase < 0.16 or 0.22 < phase < 0.36 else 0.0
    blue = 1.0 if 0.5 < phase < 0.66 or 0.72 < phase < 0.86 else 0.0
    return red, blue


def muzzle_flash(at: float) -> float:
    """Brightness of the muzzle flash at a time (0 to 1)."""
    return max((1.0 - abs(at - s - 0.02) / 0.05 for s in SHOTS if abs(at - s - 0.02) < 0.05), default=0.0)


def _wobble(at: float, seed: int, *hertz: float) -> float:
    """Smooth pseudo-random sway in -1 .. 1."""
    rng = np.random.default_rng([seed, 77])
    phases = rng.uniform(0, 2 * math.pi, len(hertz))
    return sum(math.sin(2 * math.pi * h * at + p) for h, p in zip(hertz, phases, strict=True)) / len(hertz)


def _gait(who: str, at: float, seed: int) -> tuple[float, float, float, float]:
    """Yaw, pitch, roll (radians) and bob (metres) of a camera carried by a person."""
    amount, step = 0.006, 1.0
    for dt, weight in ((-0.25, 0.3), (0.0, 0.4), (0.25, 0.3)):
        st = people.state(who, at + dt)
        if st and st.pose in {"run", "walk"}:
            amount += weight * (0.05 if st.pose == "run" else 0.016)
            step = 2.9 if st.pose == "run" else 1.9
    yaw = amount * (0.9 * math.sin(math.pi * step * at) + 0.6 * _wobble(at, seed, 0.7, 1.9, 3.3))
    pitch = amount * (1.0 * math.sin(2 * math.pi * step * at) + 0.5 * _wobble(at, seed + 1, 0.9, 2.3))
    roll = amount * (0.8 * math.sin(math.pi * step * at + 0.6) + 0.4 * _wobble(at, seed + 2, 0.5, 1.3))
    kick = 0.05 * muzzle_flash(at) if who == "tolland" else 0.0
    bob = amount * 0.9 * math.sin(2 * math.pi * step * at + 1.0)
    return yaw + 0.02 * _wobble(at, seed + 3, 0.13, 0.31), pitch + kick, roll, bob


def _body_view(r: Recorder, at: float, width: int, height: int) -> View:
    assert r.wearer is not None
    focal = fov_to_focal(width, 84.0)
    seed = sum(map(ord, r.id))
    st = people.state(r.wearer, at)
    if st is None:
        x, y = people.second_cruiser(at)
        shake = 0.004 + 0.006 * min(1.0, max(0.0, 79.5 - at) / 8)
        return View(x - 0.35, y - 0.35, 1.22, math.pi + 0.02 + shake * _wobble(at, seed, 0.8, 2.1),
                    -0.03 + shake * _wobble(at, seed + 1, 1.7, 3.9), shake * 0.5 * _wobble(at, seed + 2, 1.1, 2.7), width, height, focal)
    yaw, pitch, roll, bob = _gait(r.wearer, at, seed)
    stoop = 0.45 if st.pose == "kneel" else 0.0
    down = -0.30 if st.pose == "kneel" else -0.05
    if r.wearer == "okafor" and 86.0 < at < 104:
        down = -0.36
    return View(st.x + 0.18 * math.cos(st.facing), st.y + 0.18 * math.sin(st.facing), 1.36 - stoop + bob,
                st.facing + yaw, down + pitch, roll, width, height, focal)


SELFIE = (79.0, 84.5)


def _phone_view(r: Recorder, at: float, width: int, height: int) -> View:
    st, target = people.state("filmer", at), people.state("vane", at - 0.35)
    assert st is not None
    assert target is not None
    focal = fov_to_focal(width, 27.0)
    yaw, pitch, roll, bob = _gait("filmer", at, 5)
    if SELFIE[0] < at < SELFIE[1]:
        facing = st.facing
        return View(st.x + 0.62 * math.cos(facing), st.y + 0.62 * math.sin(facing), 1.60 + bob,
                    facing + math.pi + 0.1 + yaw, -0.02 + pitch, roll, width, height, focal)
    towards = math.atan2(target.y - st.y, target.x - st.x)
    away = math.hypot(target.x - st.x, target.y - st.y)
    return View(st.x, st.y, 1.62 + bob, towards + yaw * 1.2 + 0.03 * _wobble(at, 9, 0.4, 0.9),
                math.atan2(-0.55, away) + pitch * 1.2, roll, width, height, focal)


def view_of(r: Recorder, at: float, width: int, height: int) -> View:
    """The camera of a recorder at a common time."""
    if r.kind == "body":
        return _body_view(r, at, width, height)
    if r.kind == "phone":
        return _phone_view(r, at, width, height)
    if r.kind == "stranger":
        t = at - r.offset
        return View(-58 + 0.25 * t, 1.2 + 0.5 * _wobble(t, 3, 0.1), 1.6 + 0.02 * _wobble(t, 4, 0.9, 1.7),
                    0.25 * _wobble(t, 5, 0.07, 0.11) + 0.02 * _wobble(t, 6, 0.8, 1.9), -0.02 + 0.02 * _wobble(t, 7, 0.7),
                    0.02 * _wobble(t, 8, 0.3), width, height, fov_to_focal(width, 66.0))
    assert r.place is not None
    assert r.look is not None
    return View(*r.place, math.radians(r.look[0]), math.radians(r.look[1]), 0.0, width, height,
                fov_to_focal(width, r.look[2]))


@lru_cache(maxsize=48)
def _glow(size: int) -> NDArray[np.float32]:
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    d2 = axis[:, None] ** 2 + axis[None, :] ** 2
    return np.asarray(np.clip(np.exp(-d2 * 7) * 0.65 + np.exp(-d2 * 60) * 0.9 - 0.001, 0, 1), dtype=np.float32)


@lru_cache(maxsize=256)
def _glow_image(size: int, colour: tuple[int, int, int]) -> Image.Image:
    values = _glow(size)[..., None] * np.array(colour, dtype=np.float32)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8), "RGB")


def add_glow(canvas: Image.Image, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
    """Adds light around a pixel; radii are rounded so that pictures of glows are shared."""
    step = 4 if radius < 60 else 16
    size = max(4, int(2 * radius / step) * step)
    if size > 900 or radius < 1.5:
        return
    left, top = int(x - size / 2), int(y - size / 2)
    box = (max(0, left), max(0, top), min(canvas.width, left + size), min(canvas.height, top + size))
    if box[2] <= box[0] or box[3] <= box[1]:
        return
    glow = _glow_image(size, colour).crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    canvas.paste(ImageChops.add(canvas.crop(box), glow), box[:2])


@lru_cache(maxsize=3000)
def _lit(who: str, pose: str, phase: int, turn: int, level: int, width: int,
         tint: tuple[int, int, int], sill: bool) -> tuple[Image.Image, figures.Picture, float]:
    """A person's picture scaled to a width in pixels and lit; also the scale."""
    source = figures.picture(who, pose, phase, turn, level)
    scale = width / source.image.width
    image = source.image
    if sill:
        image = image.crop((0, 0, image.width, int(image.height * 0.42)))
    size = (width, max(1, round(image.height * scale)))
    image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    red, green, blue, alpha = image.split()
    lit = Image.merge("RGBA", (
        red.point(lambda v: min(255, v * tint[0] // 32)), green.point(lambda v: min(255, v * tint[1] // 32)),
        blue.point(lambda v: min(255, v * tint[2] // 32)), alpha))
    return lit, source, scale


def _tint(x: float, y: float, bar: tuple[float, float], torch: float) -> tuple[int, int, int]:
    """Light on a person in 32nds, coarse so that lit pictures are shared between frames."""
    lamp = min(1.6, light_at(x, y) * 1.5)
    share = bar_at(x, y) * 1.1
    red = lamp + share * bar[0] + torch
    green = lamp * 0.86 + 0.05 * share * (bar[0] + bar[1]) + torch
    blue = lamp * 0.68 + share * bar[1] + torch + 0.05
    return tuple(max(2, round(v * 32 / 4) * 4) for v in (red, green, blue))  # type: ignore[return-value]


class Camera:
    """Draws a recorder's frames one after another."""

    def __init__(self, r: Recorder, seed: int) -> None:
        assert r.picture is not None
        self.r, self.p = r, r.picture
        self.world = build_world(seed)
        self.still: dict[tuple[float, float], Image.Image] = {}
        self.base: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
        self.inside = _car_interior(self.p.width, self.p.height) if r.wearer == "okafor" else None

    def frame(self, at: float) -> tuple[Image.Image, Seen]:
        """The picture (RGB) at a common time, and what is in it."""
        view = view_of(self.r, at, self.p.width, self.p.height)
        bar = flash(at) if self.r.kind != "stranger" else (0.0, 0.0)
        canvas = self._empty(view, at, bar)
        seen = Seen()
        if self.r.kind == "stranger":
            self._fair(canvas, view, at - self.r.offset, seen)
        else:
            self._street(canvas, view, at, bar, seen)
        if self.inside is not None and people.state("okafor", at) is None:
            canvas.paste(self.inside, (0, 0), self.inside)
            seen = Seen()
        st = people.state(self.r.wearer, at) if self.r.kind == "body" and self.r.wearer else None
        if st is not None and st.pose == "aim":
            _hands(canvas, at, muzzle_flash(at))
        return canvas, seen

    def _empty(self, view: View, at: float, bar: tuple[float, float]) -> Image.Image:
        moving = self.p.half
        width, height = (self.p.width, self.p.height) if not moving else (320 if self.p.width > self.p.height else 180,
                                                                          round(320 * self.p.height / self.p.width)
                                                                          if self.p.width > self.p.height else 320)
        if not moving and bar in self.still:
            return self.still[bar].copy()
        if moving or self.base is None:
            scale = 1 if moving else 2
            colour, share = background(self.world, view, width * scale, height * scale)
            if not moving:
                colour = np.asarray(Image.fromarray(colour).resize((width, height), Image.Resampling.BOX))
                share = np.asarray(Image.fromarray(share).resize((width, height), Image.Resampling.BOX))
                self.base = (colour, share)
        else:
            colour, share = self.base
        if bar != (0.0, 0.0):
            lift = np.array([bar[0] * 96 + bar[1] * 6, (bar[0] + bar[1]) * 8, bar[1] * 110 + bar[0] * 8], dtype=np.uint16)
            wide = colour.astype(np.uint16)
            wide += (share[..., None].astype(np.uint16) * (lift + wide * np.array([bar[0], 0.1, bar[1]]).astype(np.uint16))) >> 8
            colour = np.minimum(wide, 255).astype(np.uint8)
        image = Image.fromarray(colour, "RGB")
        if image.size != (self.p.width, self.p.height):
            image = image.resize((self.p.width, self.p.height), Image.Resampling.BILINEAR)
        if not moving:
            self.still[bar] = image
            return image.copy()
        return image

    def _street(self, canvas: Image.Image, view: View, at: float, bar: tuple[float, float], seen: Seen) -> None:
        todo: list[tuple[float, int, Callable[[], None]]] = []

        def later(depth: float, draw: Callable[[], None]) -> None:
            todo.append((-depth, len(todo), draw))

        for lamp in LAMPS:
            depth = view.project(*lamp, 3.0)[2]
            if 0.5 < depth < 120:
                later(depth, lambda lamp=lamp: _lamp(canvas, view, lamp))  # type: ignore[misc]
        x2, y2 = people.second_cruiser(at)
        cars = [STOPPED, Car(*CRUISER, 0.0, (205, 206, 210), police=True, lights=True), *PARKED]
        if self.inside is None or at > 79.5:
            cars.append(Car(x2, y2, math.pi, (205, 206, 210), police=True, lights=True))
        for car in cars:
            if self.r.kind == "dash" and car.police and car.x == CRUISER[0]:
                continue
            depth = view.project(car.x, car.y, 0.5)[2]
            if 1.0 < depth < 130:
                later(depth, lambda car=car: self._car(canvas, view, car, bar, seen))  # type: ignore[misc]
        fence = view.project(48.0, FENCE_Y, 1.0)[2]
        if fence > 1.0:
            later(fence, lambda: _fence(canvas, view))
        for who in people.TRACKS:
            st = people.state(who, at)
            if st is None or (who == self.r.wearer and not (self.r.kind == "phone" and SELFIE[0] < at < SELFIE[1])):
                continue
            depth = view.project(st.x, st.y, 1.0)[2]
            if 0.35 < depth < 110:
                extra = -1.0 if st.pose == "seat" else 0.0
                later(depth + extra, lambda who=who, st=st: self._person(canvas, view, who, st, bar, seen))  # type: ignore[misc]
        if at >= people.FIREARM_FROM:
            depth = view.project(*people.FIREARM, 0.02)[2]
            if 0.5 < depth < 14:
                later(depth, lambda: self._firearm(canvas, view, seen))
        for _, _, draw in sorted(todo, key=lambda item: item[:2]):
            draw()
        self._flashes(canvas, view, at)

    def _flashes(self, canvas: Image.Image, view: View, at: float) -> None:
        burst = muzzle_flash(at)
        st = people.state("tolland", at)
        if burst > 0 and st is not None and self.r.wearer != "tolland":
            x, y, depth = view.project(st.x + 0.95 * math.cos(st.facing), st.y + 0.95 * math.sin(st.facing), 1.42)
            if depth > 0.5:
                add_glow(canvas, x, y, min(400.0, view.focal * 1.6 / depth), (int(255 * burst), int(215 * burst), int(130 * burst)))

    def _car(self, canvas: Image.Image, view: View, car: Car, bar: tuple[float, float], seen: Seen) -> None:
        light = min(1.5, 0.35 + light_at(car.x, car.y) * 1.2)
        if car is STOPPED:
            light = 0.85 + 0.25 * (bar[0] + bar[1])
        plate = draw_car(canvas, view, car, light, bar)
        if plate is not None:
            seen.plates[car.plate or PLATE] = plate
        c, s = math.cos(car.heading), math.sin(car.heading)
        if car.police:
            for side, level, colour in ((0.4, bar[0], (255, 40, 30)), (-0.4, bar[1], (50, 80, 255))):
                x, y, depth = view.project(car.x - 0.3 * c - side * s, car.y - 0.3 * s + side * c, 1.56)
                if level and depth > 0.6:
                    add_glow(canvas, x, y, min(420.0, view.focal * 1.5 / depth + 8), colour)
        if car.lights:
            for along, colour, size in ((2.35, (255, 240, 205), 0.85), (-2.35, (180, 26, 18), 0.4)):
                facing = (view.x - car.x) * c * math.copysign(1, along) + (view.y - car.y) * s * math.copysign(1, along)
                if facing < 1.5:
                    continue
                for side in (-0.68, 0.68):
                    x, y, depth = view.project(car.x + along * c - side * s, car.y + along * s + side * c, 0.7)
                    if depth > 0.6:
                        add_glow(canvas, x, y, min(240.0, view.focal * size / depth), colour)

    def _person(self, canvas: Image.Image, view: View, who: str, st: State, bar: tuple[float, float], seen: Seen) -> None:
        x, y, depth = view.project(st.x, st.y, 0.0)
        seat = st.pose == "seat"
        pose, lift = ("stand", 0.42) if seat else (st.pose, 0.0)
        ppm = view.focal / max(depth, 0.3)
        level = next((v for v in figures.LEVELS if v >= ppm * 0.9), figures.LEVELS[-1])
        towards = math.atan2(view.y - st.y, view.x - st.x)
        turn = round((st.facing - towards) / (2 * math.pi) * figures.TURNS) % figures.TURNS
        width = round(2 * figures.HALF_WIDTH * ppm)
        width = max(4, width if width < 60 else width // 2 * 2 if width < 220 else width // 4 * 4)
        if width > 2400:
            return
        torch = 0.0
        if self.r.kind == "body":
            torch = 0.5 / (1 + (depth / 3.2) ** 2)
        elif self.r.kind == "doorbell":
            torch = 0.55 / (1 + (depth / 2.5) ** 2)
        elif self.r.kind == "phone" and depth < 1.5:
            torch = 0.45
        tint = _tint(st.x, st.y, bar, torch)
        phase = st.phase if st.pose in {"run", "walk", "kneel", "talk", "hands-up", "lie"} else 0
        image, source, scale = _lit(who, pose, phase, turn, level, width, tint, seat)
        _, foot_y, _ = view.project(st.x, st.y, lift - 0.55 if seat else 0.0)
        left, top = round(x - source.foot[0] * scale), round(foot_y - source.foot[1] * scale)
        if left > canvas.width or left + image.width < 0 or top > canvas.height or top + image.height < 0:
            return
        if pose != "lie" and not seat:
            _shadow(canvas, x, y, ppm)
        canvas.paste(image, (left, top), image)
        if source.face is not None:
            fx, fy, fw, fh = (v * scale for v in source.face)
            box = (left + fx, top + fy, fw, fh)
            middle = (box[0] + fw / 2, box[1] + fh / 2)
            if fh >= 7 and 0 <= middle[0] < canvas.width and 0 <= middle[1] < canvas.height:
                seen.faces[who] = box

    def _firearm(self, canvas: Image.Image, view: View, seen: Seen) -> None:
        fx, fy = people.FIREARM
        c, s = math.cos(0.5), math.sin(0.5)
        outline = ((0, 0), (0.21, 0), (0.21, 0.045), (0.07, 0.05), (0.045, 0.15), (0.0, 0.14), (0.015, 0.05), (0, 0.045))
        points = [view.project(fx + (a * c - b * s) * 1.35, fy + (a * s + b * c) * 1.35, 0.02) for a, b in outline]
        if min(p[2] for p in points) < 0.3:
            return
        draw = ImageDraw.Draw(canvas)
        draw.polygon([(p[0] + 1, p[1] + 2) for p in points], fill=(8, 8, 8))
        draw.polygon([p[:2] for p in points], fill=(36, 37, 41), outline=(88, 90, 96))
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        if 0 <= min(xs) and max(xs) < canvas.width and 0 <= min(ys) and max(ys) < canvas.height and max(xs) - min(xs) > 5:
            seen.firearm = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    def _fair(self, canvas: Image.Image, view: View, t: float, seen: Seen) -> None:
        lanterns = [(-70 + 4.0 * k, 4.0 * math.sin(k * 1.7), 3.6 + 0.5 * math.cos(k)) for k in range(26)]
        for x, y, z in sorted(lanterns, key=lambda p: -view.project(*p)[2]):
            px, py, depth = view.project(x, y, z)
            if depth > 0.6:
                colour = ((255, 170, 80), (255, 110, 90), (250, 220, 130))[int(x) % 3]
                add_glow(canvas, px, py, min(200.0, view.focal * 0.55 / depth), colour)
        crowd = [("fairgoer", -49.0 + 0.1 * t, 0.4, 180.0), ("filmer", -44.0, -2.0, 150.0), ("clerk", -40.0 - 0.3 * t, 2.0, 185.0),
                 ("mother", -36.0, -1.0, 20.0), ("fairgoer", -30.0 - 0.5 * t, 1.4, 175.0)]
        for who, x, y, facing in sorted(crowd, key=lambda p: -view.project(p[1], p[2], 1.0)[2]):
            walking = who in {"clerk"} or x < -45
            st = State(x, y, math.radians(facing), "walk" if walking else "talk", int(t * 8) % figures.PHASES, 0.0)
            if view.project(x, y, 1.0)[2] > 0.5:
                self._person(canvas, view, who, st, (0.0, 0.0), seen)


def _shadow(canvas: Image.Image, x: float, y: float, ppm: float) -> None:
    rx, ry = max(2.0, 0.3 * ppm), max(1.0, 0.055 * ppm)
    ImageDraw.Draw(canvas).ellipse([x - rx, y - ry, x + rx, y + ry], fill=(12, 11, 11))


def _lamp(canvas: Image.Image, view: View, lamp: tuple[float, float]) -> None:
    foot, head = view.project(*lamp, 0.0), view.project(*lamp, LAMP_HEIGHT)
    if foot[2] < 0.4 or head[2] < 0.4:
        return
    thick = max(1, round(view.focal * 0.11 / foot[2]))
    draw = ImageDraw.Draw(canvas)
    draw.line([foot[:2], head[:2]], fill=(30, 30, 33), width=thick)
    arm = view.project(lamp[0], lamp[1] * 0.82, LAMP_HEIGHT + 0.1)
    if arm[2] > 0.4:
        draw.line([head[:2], arm[:2]], fill=(30, 30, 33), width=thick)
        add_glow(canvas, arm[0], arm[1], min(420.0, view.focal * 2.6 / arm[2]), LAMP_COLOUR)


def _fence(canvas: Image.Image, view: View) -> None:
    draw = ImageDraw.Draw(canvas)
    near = max(38.0, 38.0)

    def line(x0: float, z0: float, x1: float, z1: float, colour: tuple[int, int, int], size: float) -> None:
        a, b = view.project(x0, FENCE_Y, z0), view.project(x1, FENCE_Y, z1)
        if a[2] > 0.4 and b[2] > 0.4:
            draw.line([a[:2], b[:2]], fill=colour, width=max(1, round(view.focal * size / max(a[2], b[2]))))

    for k in range(56):
        x = near + k * 0.4
        shade = int(44 + 60 * min(1.0, light_at(x, FENCE_Y)))
        if x + 0.8 < 62:
            line(x, 0.05, x + 0.8, 2.1, (shade, shade, shade), 0.006)
            line(x + 0.8, 0.05, x, 2.1, (shade, shade, shade), 0.006)
    for k in range(10):
        line(near + k * 2.6, 0.0, near + k * 2.6, 2.25, (96, 96, 94), 0.06)
    line(near, 2.15, 61.6, 2.15, (104, 104, 100), 0.05)


@lru_cache(maxsize=4)
def _car_interior(width: int, height: int) -> Image.Image:
    """The dark inside of a car around the windscreen."""
    scale = 2
    image = Image.new("RGBA", (width * scale, height * scale), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    w, h = image.size
    draw.polygon([(0, h), (0, h * 0.66), (w * 0.2, h * 0.60), (w * 0.8, h * 0.60), (w, h * 0.66), (w, h)], fill=(9, 10, 12, 255))
    draw.polygon([(0, 0), (w * 0.07, 0), (w * 0.16, h * 0.62), (0, h * 0.72)], fill=(7, 8, 9, 255))
    draw.polygon([(w, 0), (w * 0.95, 0), (w * 0.86, h * 0.62), (w, h * 0.72)], fill=(7, 8, 9, 255))
    draw.rectangle([0, 0, w, h * 0.06], fill=(6, 7, 8, 255))
    draw.rounded_rectangle([w * 0.43, h * 0.06, w * 0.60, h * 0.14], radius=h // 40, fill=(14, 15, 18, 255))
    draw.arc([w * 0.10, h * 0.66, w * 0.52, h * 1.36], 190, 350, fill=(24, 25, 28, 255), width=h // 26)
    draw.rounded_rectangle([w * 0.58, h * 0.66, w * 0.78, h * 0.88], radius=h // 50, fill=(18, 34, 56, 255))
    for k in range(5):
        draw.rectangle([w * 0.60, h * (0.69 + k * 0.035), w * (0.66 + 0.02 * (k % 3)), h * (0.70 + k * 0.035)], fill=(90, 140, 180, 255))
    draw.ellipse([w * 0.24, h * 0.74, w * 0.30, h * 0.80], fill=(30, 60, 40, 255))
    return image.filter(ImageFilter.GaussianBlur(3)).resize((width, height), Image.Resampling.LANCZOS)


@lru_cache(maxsize=4)
def _hands_image(width: int) -> Image.Image:
    """Two outstretched forearms and a pistol, as a body camera sees its wearer's hands."""
    size = width // 2
    image = Image.new("RGBA", (size * 2, size * 2), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    s = size * 2
    draw.polygon([(0, s), (s * 0.20, s), (s * 0.47, s * 0.50), (s * 0.41, s * 0.44)], fill=(20, 23, 34, 255))
    draw.polygon([(s * 0.80, s), (s, s), (s * 0.58, s * 0.44), (s * 0.53, s * 0.50)], fill=(16, 19, 29, 255))
    draw.ellipse([s * 0.39, s * 0.37, s * 0.54, s * 0.53], fill=(120, 88, 70, 255))
    draw.ellipse([s * 0.46, s * 0.37, s * 0.60, s * 0.53], fill=(104, 76, 60, 255))
    for k in range(4):
        draw.line([s * 0.43, s * (0.41 + 0.028 * k), s * 0.56, s * (0.415 + 0.028 * k)], fill=(82, 58, 46, 255), width=max(1, s // 200))
    draw.polygon([(s * 0.462, s * 0.40), (s * 0.532, s * 0.40), (s * 0.526, s * 0.29), (s * 0.468, s * 0.29)], fill=(16, 16, 18, 255))
    draw.rectangle([s * 0.474, s * 0.278, s * 0.520, s * 0.30], fill=(30, 31, 34, 255))
    return image.filter(ImageFilter.GaussianBlur(s / 260)).resize((size, size), Image.Resampling.LANCZOS)


def _hands(canvas: Image.Image, at: float, burst: float) -> None:
    image = _hands_image(canvas.width)
    dx, dy = round(canvas.width * 0.012 * _wobble(at, 31, 0.8, 1.9)), round(canvas.height * 0.02 * _wobble(at, 32, 1.1, 2.3))
    top = canvas.height - round(image.height * 0.80) + dy - round(canvas.height * 0.05 * burst)
    left = round(canvas.width * 0.5 - image.width * 0.5) + dx
    canvas.paste(image, (left, top), image)
    if burst > 0:
        x, y = left + image.width * 0.497, top + image.height * 0.27
        add_glow(canvas, x, y, canvas.width * 0.3, (int(255 * burst), int(210 * burst), int(120 * burst)))
