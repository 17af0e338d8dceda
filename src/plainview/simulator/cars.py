# SPDX-License-Identifier: Apache-2.0
"""Cars as shaded polygons, with a number plate that can be read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from plainview.simulator.camera import View
from plainview.simulator.screenplay import PLATE

Point3 = tuple[float, float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Car:
    """A car on the plan: its middle, heading (0 = east), colour, and what it is."""

    x: float
    y: float
    heading: float
    colour: Colour
    police: bool = False
    plate: str | None = None
    lights: bool = False


PLATE_SIZE = (0.52, 0.26)


def _quads(police: bool) -> list[tuple[tuple[Point3, ...], str, float]]:
    """Faces in car coordinates (forward, left, up): corners, paint, brightness."""
    half, side, low, belt, top = 2.3, 0.9, 0.28, 0.92, 1.46
    back_b, back_t, front_t, front_b = -1.75, -1.15, 0.35, 1.15
    inner = 0.68
    faces: list[tuple[tuple[Point3, ...], str, float]] = [
        (((-half, -side, low), (-half, side, low), (-half, side, belt), (-half, -side, belt)), "body", 0.85),
        (((half, side, low), (half, -side, low), (half, -side, belt), (half, side, belt)), "body", 0.9),
        (((-half, -side, belt), (-half, side, belt), (back_b, side, belt + 0.04), (back_b, -side, belt + 0.04)), "body", 1.15),
        (((front_b, -side, belt + 0.04), (front_b, side, belt + 0.04), (half, side, belt - 0.08), (half, -side, belt - 0.08)),
         "body", 1.15),
        (((back_b, -side * 0.92, belt), (back_b, side * 0.92, belt), (back_t, inner, top), (back_t, -inner, top)), "glass", 1.0),
        (((front_b, side * 0.92, belt), (front_b, -side * 0.92, belt), (front_t, -inner, top), (front_t, inner, top)),
         "glass", 1.1),
        (((back_t, -inner, top), (back_t, inner, top), (front_t, inner, top), (front_t, -inner, top)), "body", 1.2),
    ]
    for s in (-1.0, 1.0):
        faces += [
            (((-half, s * side, low), (half, s * side, low), (half, s * side, belt - 0.06), (-half, s * side, belt)), "body", 0.8),
            (((back_b, s * side, belt), (front_b, s * side, belt), (front_t, s * inner, top), (back_t, s * inner, top)),
             "frame", 0.8),
            (((back_b + 0.32, s * side, belt + 0.05), (-0.34, s * side, belt + 0.05), (-0.38, s * 0.715, top - 0.06),
              (back_t + 0.1, s * 0.715, top - 0.06)), "glass", 1.0),
            (((-0.22, s * side, belt + 0.05), (front_b - 0.22, s * side, belt + 0.05), (front_t - 0.02, s * 0.715, top - 0.06),
              (-0.26, s * 0.715, top - 0.06)), "glass", 1.0),
        ]
        if police:
            faces.append((((-1.6, s * (side + 0.005), 0.52), (1.7, s * (side + 0.005), 0.52), (1.7, s * (side + 0.005), 0.72),
                           (-1.6, s * (side + 0.005), 0.72)), "stripe", 1.0))
        faces += [
            (((-half - 0.01, s * 0.86, 0.66), (-half - 0.01, s * 0.52, 0.66), (-half - 0.01, s * 0.52, 0.84),
              (-half - 0.01, s * 0.86, 0.84)), "tail", 1.0),
            (((half + 0.01, s * 0.86, 0.58), (half + 0.01, s * 0.5, 0.58), (half + 0.01, s * 0.5, 0.76),
              (half + 0.01, s * 0.86, 0.76)), "head", 1.0),
        ]
    if police:
        faces.append((((-0.5, -0.55, 1.48), (-0.5, 0.55, 1.48), (-0.5, 0.55, 1.6), (-0.5, -0.55, 1.6)), "bar", 1.0))
        faces.append((((-0.2, 0.55, 1.48), (-0.2, -0.55, 1.48), (-0.2, -0.55, 1.6), (-0.2, 0.55, 1.6)), "bar", 1.0))
    return faces


_FACES = {police: _quads(police) for police in (False, True)}


@lru_cache(maxsize=4)
def plate_picture(text: str) -> Image.Image:
    """The plate's face, 208 x 104."""
    image = Image.new("RGB", (208, 104), (226, 226, 214))
    draw = ImageDraw.Draw(image)
    draw.rectangle([3, 3, 204, 100], outline=(40, 60, 110), width=4)
    draw.text((104, 16), "PORT ALDER", fill=(40, 60, 110), font=ImageFont.load_default(18), anchor="mm")
    draw.text((104, 63), text, fill=(22, 28, 50), font=ImageFont.load_default(50), anchor="mm", stroke_width=1)
    return image


def _paint(kind: str, car: Car, shade: float, *, light: float, flash: tuple[float, float]) -> Colour:
    if kind == "glass":
        base: Colour = (26, 30, 38)
    elif kind == "frame":
        base = tuple(int(v * 0.5) for v in car.colour)  # type: ignore[assignment]
    elif kind == "stripe":
        base = (38, 62, 120)
    elif kind == "tail":
        return (255, 52, 40) if car.lights else (110, 22, 18)
    elif kind == "head":
        return (255, 246, 220) if car.lights else (130, 130, 124)
    elif kind == "bar":
        red, blue = flash
        return int(60 + 195 * red), int(40 + 30 * max(red, blue)), int(60 + 195 * blue)
    else:
        base = car.colour
    k = shade * light
    return min(255, int(base[0] * k)), min(255, int(base[1] * k)), min(255, int(base[2] * k))


_IN_FRONT = {"frame": 0.05, "glass": 0.12, "stripe": 0.1, "tail": 0.3, "head": 0.3, "bar": 0.1}
_NEAR = 0.2
_WHEELS = tuple((x, y, 0.32) for x in (-1.4, 1.4) for y in (0.86, -0.86))
_SHADOW = ((-2.4, -1.0, 0.02), (-2.4, 1.0, 0.02), (2.4, 1.0, 0.02), (2.4, -1.0, 0.02))
_CORNERS = {
    police: np.array([p for corners, _, _ in faces for p in corners] + list(_WHEELS) + list(_SHADOW), dtype=np.float32)
    for police, faces in _FACES.items()
}


def _ahead(points: list[list[float]]) -> list[list[float]]:
    """The part of a face that lies before the camera (camera terms: right, up, ahead)."""
    out: list[list[float]] = []
    for a, b in zip(points, points[1:] + points[:1], strict=True):
        if a[2] >= _NEAR:
            out.append(a)
        if (a[2] < _NEAR) != (b[2] < _NEAR):
            f = (_NEAR - a[2]) / (b[2] - a[2])
            out.append([a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f, _NEAR])
    return out


def draw_car(
    canvas: Image.Image, view: View, car: Car, light: float, *, flash: tuple[float, float]
) -> tuple[float, float, float, float] | None:
    """Draws a car; returns the plate's box if its plate can be seen."""
    c, s = math.cos(car.heading), math.sin(car.heading)
    turn = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]], dtype=np.float32)
    places = _CORNERS[car.police] @ turn + np.array([car.x, car.y, 0], dtype=np.float32)
    seen = view.toward_all(places)
    screen_x = view.focal * seen[:, 0] / np.maximum(seen[:, 2], 0.05) + view.width / 2
    if screen_x.max() < 0 or screen_x.min() > view.width:
        return None
    points: list[list[float]] = seen.tolist()
    draw = ImageDraw.Draw(canvas)
    shadow = points[-4:]
    if all(p[2] > 0.3 for p in shadow):
        draw.polygon([view.on_screen(*p) for p in shadow], fill=(7, 7, 9))
    across = abs(math.cos(math.atan2(car.y - view.y, car.x - view.x) - car.heading))
    for right, up, ahead in points[-8:-4]:
        if ahead > 0.4:
            x, y = view.on_screen(right, up, ahead)
            r = view.focal * 0.33 / ahead
            rx = r * max(0.35, 1 - across * 0.7)
            draw.ellipse([x - rx, y - r, x + rx, y + r], fill=(9, 9, 10))
            draw.ellipse([x - rx * 0.55, y - r * 0.55, x + rx * 0.55, y + r * 0.55], fill=(46, 48, 52))
    ready = []
    for k, (_, kind, shade) in enumerate(_FACES[car.police]):
        corners = points[4 * k : 4 * k + 4]
        if min(p[2] for p in corners) < _NEAR:
            corners = _ahead(corners)
        if corners:
            far = sum(p[2] for p in corners) / len(corners)
            ready.append((far - _IN_FRONT.get(kind, 0.0), k, [view.on_screen(*p) for p in corners], kind, shade))
    for _, _, outline, kind, shade in sorted(ready, key=lambda item: (-item[0], item[1])):
        draw.polygon(outline, fill=_paint(kind, car, shade, light=light, flash=flash))
    return _draw_plate(canvas, view, car, light) if car.plate else None


def _draw_plate(canvas: Image.Image, view: View, car: Car, light: float) -> tuple[float, float, float, float] | None:
    """The rear plate, when the viewer is behind the car."""
    c, s = math.cos(car.heading), math.sin(car.heading)
    if (view.x - car.x) * c + (view.y - car.y) * s > -2.5:
        return None

    def corner(left: float, up: float) -> tuple[float, float, float]:
        return view.project(car.x - 2.33 * c - left * s, car.y - 2.33 * s + left * c, up)

    a, b = corner(PLATE_SIZE[0] / 2, 0.55 + PLATE_SIZE[1] / 2), corner(-PLATE_SIZE[0] / 2, 0.55 - PLATE_SIZE[1] / 2)
    if min(a[2], b[2]) < 0.4:
        return None
    x, y, w, h = a[0], a[1], b[0] - a[0], b[1] - a[1]
    if w < 4 or h < 2 or x + w < 0 or x > view.width or y + h < 0 or y > view.height:
        return None
    small = plate_picture(car.plate or PLATE).resize((max(1, round(w)), max(1, round(h))), Image.Resampling.LANCZOS)
    glow = min(1.0, 0.45 + 0.5 * light)
    canvas.paste(small.point([int(v * glow) for v in range(256)] * 3), (round(x), round(y)))
    return x, y, w, h
