# SPDX-License-Identifier: Apache-2.0
"""The invented street: surfaces, lamps and the paint on them, baked once into flat textures.

Plan in metres: x east, y north, z up. The road runs along x. North and south of it stand
buildings; north of the road, between x = 36 and x = 62, lies an open lot with a chain-link fence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

Floats = NDArray[np.float32]

X0, X1 = -80.0, 400.0
SOUTH, NORTH, BACK = -10.0, 10.0, 30.0
LOT_WEST, LOT_EAST = 36.0, 62.0
WALL_TOP = 9.0
FENCE_Y: Final = 12.0
GROUND_PPM, WALL_PPM = 12, 12

LAMPS: Final[tuple[tuple[float, float], ...]] = (
    (-58, 8.4), (-30, -8.4), (-2, 8.4), (20, -8.4), (33, 8.4), (50, -8.4), (66, 8.4),
    *((float(x), 8.4 if k % 2 else -8.4) for k, x in enumerate(range(92, 400, 28))),
)
LAMP_HEIGHT: Final = 6.2
LAMP_COLOUR: Final = (255, 186, 104)
CRUISER: Final = (-7.4, -4.2)
"""Middle of the stopped patrol car; its light bar flashes red and blue."""


@dataclass(frozen=True, slots=True)
class Surface:
    """One textured rectangle in the flat texture: where it starts and how it is laid out."""

    start: int
    width: int
    height: int
    ppm: int


@dataclass(frozen=True, slots=True)
class World:
    """All textures in one array: ``paint`` (N, 3) is lit colour, ``bar`` (N,) the light bar's share."""

    paint: NDArray[np.uint8]
    bar: NDArray[np.uint8]
    surfaces: dict[str, Surface]


def _light(x: Floats, y: Floats, z: Floats | float) -> Floats:
    """Lamp light (1 = well lit) at points."""
    total = np.full(np.broadcast(x, y).shape, 0.085, dtype=np.float32)
    for lx, ly in LAMPS:
        if np.ndim(x) == 2 and not (x.flat[0] - 60 < lx < x.flat[-1] + 60):
            continue
        d2 = (x - lx) ** 2 + (y - ly * 0.82) ** 2 + (np.asarray(z) - LAMP_HEIGHT) ** 2
        total += (24.0 / (d2 + 6.0)) ** 1.25 * 1.25
    ahead, off = x - CRUISER[0] - 2.3, np.abs(y - CRUISER[1])
    beam = np.clip(1.15 - off / (0.9 + 0.22 * np.maximum(ahead, 0)), 0, 1) * np.clip(1.5 - np.asarray(z), 0, 1)
    total += np.where(ahead > 0, beam * 9.0 / (ahead + 7.0), 0).astype(np.float32)
    return np.minimum(total, 1.8)


@lru_cache(maxsize=65_536)
def _light_near(x: int, y: int) -> float:
    return float(_light(np.array([x / 4], dtype=np.float32), np.array([y / 4], dtype=np.float32), 1.2)[0])


def light_at(x: float, y: float) -> float:
    """Lamp light on a thing standing at a place."""
    return _light_near(round(x * 4), round(y * 4))


def _bar_light(x: Floats, y: Floats, z: Floats | float) -> Floats:
    d2 = (x - CRUISER[0]) ** 2 + (y - CRUISER[1]) ** 2 + (np.asarray(z) - 1.6) ** 2
    return np.minimum(34.0 / (d2 + 14.0), 1.0).astype(np.float32)


def bar_at(x: float, y: float) -> float:
    """The stopped patrol car's light on a thing standing at a place."""
    return min(34.0 / ((x - CRUISER[0]) ** 2 + (y - CRUISER[1]) ** 2 + 14.2), 1.0)


def _noise(rng: np.random.Generator, shape: tuple[int, int], *sigmas: float) -> Floats:
    """Sum of smooth noises; wide ones are made small and enlarged, which costs far less."""
    total = np.zeros(shape, dtype=np.float32)
    for sigma in sigmas:
        step = 8 if sigma > 6 else 1
        small = (shape[0] // step + 1, shape[1] // step + 1) if step > 1 else shape
        layer = gaussian_filter(rng.standard_normal(small, dtype=np.float32), sigma / step)
        if step > 1:
            layer = np.asarray(Image.fromarray(layer).resize((shape[1], shape[0]), Image.Resampling.BICUBIC))
        total += layer / max(float(layer.std()), 1e-6)
    return np.asarray(total / len(sigmas), dtype=np.float32)


def _enlarged(field: Floats, shape: tuple[int, int]) -> Floats:
    return np.asarray(Image.fromarray(field).resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def _ground(rng: np.random.Generator) -> tuple[Floats, Floats]:
    width, height = int((X1 - X0) * GROUND_PPM), int((BACK - SOUTH) * GROUND_PPM)
    image = Image.new("RGB", (width, height), (66, 66, 70))
    draw = ImageDraw.Draw(image)

    def box(x0: float, y0: float, x1: float, y1: float, colour: tuple[int, int, int]) -> None:
        left, top = round((x0 - X0) * GROUND_PPM), round((y0 - SOUTH) * GROUND_PPM)
        right, bottom = round((x1 - X0) * GROUND_PPM) - 1, round((y1 - SOUTH) * GROUND_PPM) - 1
        draw.rectangle([left, top, max(left, right), max(top, bottom)], fill=colour)

    for y0, y1 in ((SOUTH, -6.2), (6.2, NORTH)):
        box(X0, y0, X1, y1, (112, 108, 102))
        for k in range(int(X0), int(X1), 2):
            box(k, y0, k + 0.05, y1, (74, 72, 70))
    box(X0, -6.4, X1, -6.2, (136, 132, 124))
    box(X0, 6.2, X1, 6.4, (136, 132, 124))
    box(LOT_WEST, NORTH, LOT_EAST, BACK, (78, 74, 64))
    for k in range(int(X0), int(X1), 9):
        box(k, -0.12, k + 3.4, 0.12, (196, 188, 150))
    box(X0, 3.9, X1, 4.0, (150, 150, 148))
    box(X0, -4.0, X1, -3.9, (150, 150, 148))
    for k in range(6):
        box(27 + 0.0, -5.8 + k * 2, 30.2, -4.8 + k * 2, (186, 184, 176))
    colour = np.asarray(image, dtype=np.float32)
    shape = (height, width)
    grit = 1 + 0.07 * _noise(rng, shape, 0.7) + 0.13 * _noise(rng, shape, 9, 40)
    cracks = np.abs(_noise(rng, shape, 14)) < 0.018
    wet = np.clip(_noise(rng, shape, 30) - 0.7, 0, 1)
    xs = np.float32(X0) + np.arange(0, width, 4, dtype=np.float32) / GROUND_PPM
    ys = np.float32(SOUTH) + np.arange(0, height, 4, dtype=np.float32) / GROUND_PPM
    px, py = (np.asarray(field, dtype=np.float32) for field in np.meshgrid(xs, ys))
    lit = _enlarged(_light(px, py, 0.0), shape)
    colour = colour * grit[..., None] * np.where(cracks, 0.62, 1.0)[..., None]
    lamp = np.array(LAMP_COLOUR, dtype=np.float32) / 255
    sky = np.array((0.42, 0.55, 0.85), dtype=np.float32)
    paint = colour * (lit[..., None] * lamp * 1.55 + 0.17 * sky) + wet[..., None] * lit[..., None] * 40 * lamp
    return np.asarray(paint, dtype=np.float32), _enlarged(_bar_light(px, py, 0.0), shape)


def _windows(draw: ImageDraw.ImageDraw, rng: np.random.Generator, x: int, width: int, height: int) -> None:
    for floor in range(2, int(height / WALL_PPM) - 1, 3):
        top = height - (floor + 2) * WALL_PPM
        for wx in range(x + 14, x + width - 18, 30):
            glow = rng.random()
            tone = (20, 22, 30)
            if glow < 0.16:
                tone = (int(rng.integers(170, 235)), int(rng.integers(130, 180)), int(rng.integers(60, 110)))
            elif glow < 0.2:
                tone = (90, 120, 170)
            draw.rectangle([wx - 1, top - 1, wx + 15, top + 20], fill=(86, 82, 78))
            draw.rectangle([wx, top, wx + 14, top + 19], fill=tone)
            draw.line([wx + 7, top, wx + 7, top + 19], fill=(60, 58, 56))


def _wall(rng: np.random.Generator, length: float, signs: tuple[tuple[float, str, tuple[int, int, int]], ...],
          doors: tuple[float, ...] = ()) -> tuple[Image.Image, NDArray[np.bool_]]:
    """A facade of several houses; the mask marks what shines by itself."""
    width, height = int(length * WALL_PPM), int(WALL_TOP * WALL_PPM)
    image = Image.new("RGB", (width, height), (60, 54, 50))
    draw = ImageDraw.Draw(image)
    x = 0
    while x < width:
        house = int(rng.integers(8, 15)) * WALL_PPM
        base = np.array([(96, 62, 50), (92, 88, 82), (70, 72, 80), (110, 96, 78), (82, 64, 58)][int(rng.integers(5))])
        draw.rectangle([x, 0, x + house, height], fill=tuple(int(v) for v in base))
        for row in range(0, height, 4):
            draw.line([x, row, x + house, row], fill=tuple(int(v * 0.86) for v in base))
        draw.rectangle([x, height - 8, x + house, height], fill=(58, 56, 54))
        _windows(draw, rng, x, house, height)
        draw.line([x, 0, x, height], fill=(34, 32, 32), width=2)
        x += house
    for at in doors:
        dx = int(at * WALL_PPM)
        draw.rectangle([dx - 9, height - 27, dx + 9, height], fill=(52, 34, 28))
        draw.rectangle([dx - 6, height - 24, dx + 6, height - 14], fill=(190, 150, 90))
    for at, text, colour in signs:
        sx = int(at * WALL_PPM)
        draw.rectangle([sx, height - 30, sx + 92, height - 3], fill=(214, 206, 178))
        for k in range(4):
            draw.rectangle([sx + 3 + k * 22, height - 27, sx + 20 + k * 22, height - 3],
                           fill=(226 - 18 * (k % 2), 216, 178 + 10 * (k % 2)))
            draw.rectangle([sx + 5 + k * 22, height - 14, sx + 18 + k * 22, height - 5], fill=(120, 92, 66))
        draw.rectangle([sx - 3, height - 46, sx + 96, height - 32], fill=colour)
        draw.text((sx + 6, height - 47), text, fill=(250, 246, 230), font=ImageFont.load_default(13))
    bright = np.asarray(image).max(-1) > 150
    return image, bright


@lru_cache(maxsize=2)
def build_world(seed: int) -> World:
    """Paints every surface for a seed (about a second of work)."""
    rng = np.random.default_rng([seed, 1])
    ground, ground_bar = _ground(rng)
    length = X1 - X0
    walls = {
        "north": _wall(rng, length, (), doors=(18.0 - X0, 12.0 - X0, 4.0 - X0)),
        "south": _wall(rng, length, ((X1 - 47.0, "CALDER MARKET", (150, 44, 36)), (X1 - 74.0, "LAUNDRY", (36, 74, 120)))),
        "back": _wall(rng, LOT_EAST - LOT_WEST, ()),
        "side": _wall(rng, BACK - NORTH, ()),
        "end": _wall(rng, BACK - SOUTH, ()),
    }
    paints, bars, surfaces, start = [], [], {}, 0

    def add(name: str, paint: Floats, bar: Floats, ppm: int) -> None:
        nonlocal start
        height, width = bar.shape
        surfaces[name] = Surface(start, width, height, ppm)
        paints.append(np.clip(paint, 0, 255).astype(np.uint8).reshape(-1, 3))
        bars.append(np.clip(bar * 255, 0, 255).astype(np.uint8).ravel())
        start += width * height

    add("ground", ground, ground_bar, GROUND_PPM)
    far = gaussian_filter(ground, (3, 3, 0))[::6, ::6]
    add("ground-far", far, np.ascontiguousarray(ground_bar[::6, ::6]), GROUND_PPM // 6)
    for name, (image, bright) in walls.items():
        colour = np.asarray(image, dtype=np.float32)
        height, width = bright.shape
        yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
        along, z = xx / WALL_PPM, WALL_TOP - yy / WALL_PPM
        place = {
            "north": (X0 + along, np.full_like(along, NORTH)), "south": (X1 - along, np.full_like(along, SOUTH)),
            "back": (LOT_WEST + along, np.full_like(along, BACK)),
            "side": (np.full_like(along, LOT_WEST), NORTH + along), "end": (np.full_like(along, X1), SOUTH + along),
        }[name]
        lit = _light(place[0], place[1], z)
        lamp = np.array(LAMP_COLOUR, dtype=np.float32) / 255
        shade = 1 + 0.16 * _noise(rng, (height, width), 1, 12)
        paint = colour * shade[..., None] * (lit[..., None] * lamp * 0.95 + np.array([0.09, 0.10, 0.14], dtype=np.float32))
        paint = np.where(bright[..., None], colour * 0.92, paint)
        add(name, gaussian_filter(paint, (0.6, 0.6, 0)), _bar_light(place[0], place[1], z), WALL_PPM)
    return World(np.concatenate(paints), np.concatenate(bars), surfaces)
