# SPDX-License-Identifier: Apache-2.0
"""Things in the picture that are neither people nor cars: lamps, glows, the fence, hands, a dashboard."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from plainview.simulator import people
from plainview.simulator.camera import View
from plainview.simulator.views import wobble
from plainview.simulator.world import FENCE_Y, LAMP_COLOUR, LAMP_HEIGHT, light_at

Box = tuple[float, float, float, float]


@lru_cache(maxsize=48)
def _glow(size: int, core: float) -> NDArray[np.float32]:
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    d2 = axis[:, None] ** 2 + axis[None, :] ** 2
    return np.asarray(np.clip(np.exp(-d2 * 7) * 0.65 + np.exp(-d2 * 60) * core - 0.001, 0, 1), dtype=np.float32)


@lru_cache(maxsize=256)
def _glow_image(size: int, colour: tuple[int, int, int], core: float) -> Image.Image:
    values = _glow(size, core)[..., None] * np.array(colour, dtype=np.float32)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8), "RGB")


def add_glow(  # noqa: PLR0917
    canvas: Image.Image, x: float, y: float, radius: float, colour: tuple[int, int, int], core: float = 0.9
) -> None:
    """Adds light around a pixel; radii are rounded so that pictures of glows are shared."""
    step = 4 if radius < 60 else 16
    size = max(4, int(2 * radius / step) * step)
    if size > 900 or radius < 1.5:
        return
    left, top = int(x - size / 2), int(y - size / 2)
    box = (max(0, left), max(0, top), min(canvas.width, left + size), min(canvas.height, top + size))
    if box[2] <= box[0] or box[3] <= box[1]:
        return
    glow = _glow_image(size, colour, core).crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    canvas.paste(ImageChops.add(canvas.crop(box), glow), box[:2])


def shadow(canvas: Image.Image, x: float, y: float, ppm: float) -> None:
    """Darkens the ground under a person."""
    rx, ry = max(2.0, 0.3 * ppm), max(1.0, 0.055 * ppm)
    ImageDraw.Draw(canvas).ellipse([x - rx, y - ry, x + rx, y + ry], fill=(12, 11, 11))


def lamp_post(canvas: Image.Image, view: View, lamp: tuple[float, float]) -> None:
    """A street lamp with its glow."""
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


def _fence_lines() -> tuple[NDArray[np.float32], list[tuple[int, float]]]:
    """Ends (2N, 3) of the fence's wires, posts and rail, with shade and thickness (metres) of each."""
    ends, looks = [], []
    for k in range(56):
        x = 38.0 + k * 0.4
        for low, high in ((0.05, 2.1), (2.1, 0.05)):
            ends += [(x, FENCE_Y, low), (x + 0.8, FENCE_Y, high)]
            looks.append((int(44 + 60 * min(1.0, light_at(x, FENCE_Y))), 0.006))
    for k in range(10):
        ends += [(38.0 + k * 2.6, FENCE_Y, 0.0), (38.0 + k * 2.6, FENCE_Y, 2.25)]
        looks.append((70, 0.05))
    ends += [(38.0, FENCE_Y, 2.15), (61.4, FENCE_Y, 2.15)]
    looks.append((84, 0.04))
    return np.array(ends, dtype=np.float32), looks


_FENCE = _fence_lines()


def fence(canvas: Image.Image, view: View) -> None:
    """The chain-link fence of the north lot; from afar only its posts and rail."""
    draw = ImageDraw.Draw(canvas)
    ends, looks = _FENCE
    first = 0 if view.project(48.0, FENCE_Y, 1.0)[2] < 34 else 112
    seen = view.toward_all(ends[2 * first :])
    ahead = np.maximum(seen[:, 2], 1e-3)
    x = view.width / 2 + seen[:, 0] * view.focal / ahead
    y = view.height / 2 - seen[:, 1] * view.focal / ahead
    shows = (seen[0::2, 2] > 0.4) & (seen[1::2, 2] > 0.4)
    shows &= (np.maximum(x[0::2], x[1::2]) > 0) & (np.minimum(x[0::2], x[1::2]) < view.width)
    shows &= (np.maximum(y[0::2], y[1::2]) > 0) & (np.minimum(y[0::2], y[1::2]) < view.height)
    lines = np.stack([x[0::2], y[0::2], x[1::2], y[1::2], np.maximum(ahead[0::2], ahead[1::2])], 1).tolist()
    for k in np.flatnonzero(shows).tolist():
        shade, size = looks[first + k]
        x0, y0, x1, y1, depth = lines[k]
        draw.line([x0, y0, x1, y1], fill=(shade, shade, shade), width=max(1, round(view.focal * size / depth)))


def firearm(canvas: Image.Image, view: View) -> Box | None:
    """The pistol on the ground; its box if it can be made out."""
    fx, fy = people.FIREARM
    c, s = 1.35 * 0.8776, 1.35 * 0.4794
    outline = ((0, 0), (0.21, 0), (0.21, 0.045), (0.07, 0.05), (0.045, 0.15), (0.0, 0.14), (0.015, 0.05), (0, 0.045))
    points = [view.project(fx + a * c - b * s, fy + a * s + b * c, 0.02) for a, b in outline]
    if min(p[2] for p in points) < 0.3:
        return None
    draw = ImageDraw.Draw(canvas)
    draw.polygon([(p[0] + 1, p[1] + 2) for p in points], fill=(8, 8, 8))
    draw.polygon([p[:2] for p in points], fill=(36, 37, 41), outline=(96, 98, 104))
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    wide = max(xs) - min(xs)
    if wide > 5 and min(xs) >= 0 and max(xs) < canvas.width and min(ys) >= 0 and max(ys) < canvas.height:
        return min(xs), min(ys), wide, max(ys) - min(ys)
    return None


@lru_cache(maxsize=4)
def car_interior(width: int, height: int) -> Image.Image:
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
    draw.polygon([(s * 0.02, s), (s * 0.30, s), (s * 0.49, s * 0.54), (s * 0.40, s * 0.46)], fill=(19, 21, 29, 255))
    draw.polygon([(s * 0.05, s), (s * 0.13, s), (s * 0.43, s * 0.50), (s * 0.40, s * 0.47)], fill=(33, 36, 48, 255))
    draw.polygon([(s * 0.70, s), (s * 0.98, s), (s * 0.60, s * 0.46), (s * 0.51, s * 0.54)], fill=(14, 16, 23, 255))
    draw.polygon([(s * 0.72, s), (s * 0.78, s), (s * 0.55, s * 0.52), (s * 0.53, s * 0.54)], fill=(27, 30, 40, 255))
    draw.ellipse([s * 0.39, s * 0.37, s * 0.54, s * 0.53], fill=(104, 76, 60, 255))
    draw.ellipse([s * 0.46, s * 0.37, s * 0.60, s * 0.53], fill=(84, 61, 48, 255))
    for k in range(4):
        draw.line([s * 0.43, s * (0.41 + 0.028 * k), s * 0.56, s * (0.415 + 0.028 * k)], fill=(62, 44, 35, 255), width=max(1, s // 200))
    draw.polygon([(s * 0.455, s * 0.41), (s * 0.540, s * 0.41), (s * 0.530, s * 0.27), (s * 0.464, s * 0.27)], fill=(16, 16, 18, 255))
    draw.rectangle([s * 0.470, s * 0.255, s * 0.524, s * 0.29], fill=(38, 39, 44, 255))
    return image.filter(ImageFilter.GaussianBlur(s / 260)).resize((size, size), Image.Resampling.LANCZOS)


def hands(canvas: Image.Image, at: float, burst: float) -> None:
    """The hands and pistol of a body camera's wearer, aiming."""
    image = _hands_image(canvas.width)
    dx, dy = round(canvas.width * 0.012 * wobble(at, 31, 0.8, 1.9)), round(canvas.height * 0.02 * wobble(at, 32, 1.1, 2.3))
    top = canvas.height - round(image.height * 0.80) + dy - round(canvas.height * 0.05 * burst)
    left = round(canvas.width * 0.5 - image.width * 0.5) + dx
    canvas.paste(image, (left, top), image)
    if burst > 0:
        x, y = left + image.width * 0.497, top + image.height * 0.27
        add_glow(canvas, x, y, canvas.width * 0.3, (int(255 * burst), int(210 * burst), int(120 * burst)))
