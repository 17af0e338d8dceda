# SPDX-License-Identifier: Apache-2.0
"""Makes the heads of the invented people from two public-domain photographs (see ORIGIN.md).

Not run by the demo. Usage: ``python make_faces.py ASTRONAUT.png HOPPER.jpg``. Each head mixes the
two photographs region by region, then changes shape, skin, hair and beard, so that no head shows
a person who lives or lived. Output: 160 x 200 RGBA PNG files beside this script.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

W, H = 160, 200
EYES_MOUTH = ((52.0, 92.0), (108.0, 92.0), (80.0, 145.0))
ASTRONAUT = ((203.5, 100.7), (247.1, 102.6), (225.1, 142.9))
HOPPER = ((224.4, 190.5), (306.6, 185.7), (273.1, 281.9))
Image3 = NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """How one invented head differs from the photographs."""

    name: str
    older: float  # share of the second photograph around the eyes and cheeks
    mouth: float  # share of the second photograph's (closed) mouth
    tone: tuple[float, float, float]  # mean skin colour wanted
    wide: float  # jaw width
    long: float  # length of the lower face
    hair: tuple[int, int, int]
    style: str  # short | long | bald | cap | hood
    beard: float = 0.0
    brows: float = 0.0
    seed: int = 1


LOOKS = (
    Look("vane", 0.25, 1.0, (128, 86, 62), 1.10, 1.05, (20, 16, 14), "short", 0.5, 0.6, 3),
    Look("filmer", 0.12, 0.55, (176, 126, 98), 1.08, 1.03, (52, 36, 24), "cap", 0.5, 0.5, 4),
    Look("mother", 0.05, 0.75, (168, 116, 86), 0.96, 0.98, (28, 20, 16), "long", 0.0, 0.15, 5),
    Look("child", 0.0, 0.55, (182, 130, 98), 0.93, 0.84, (40, 26, 18), "short", 0.0, 0.0, 6),
    Look("clerk", 0.75, 1.0, (206, 160, 132), 1.04, 1.0, (120, 116, 112), "bald", 0.25, 0.3, 7),
    Look("tolland", 0.3, 1.0, (210, 160, 130), 1.10, 1.04, (70, 52, 36), "police", 0.2, 0.4, 8),
    Look("imbert", 0.02, 0.85, (146, 98, 72), 0.97, 1.0, (18, 14, 14), "police", 0.0, 0.1, 9),
    Look("okafor", 0.4, 1.0, (96, 62, 46), 1.09, 1.02, (14, 12, 12), "police", 0.25, 0.5, 10),
    Look("fairgoer", 0.1, 0.3, (222, 172, 146), 0.95, 0.96, (150, 96, 50), "long", 0.0, 0.1, 11),
)


def _affine(points: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """The 2x3 matrix taking the canonical eyes and mouth to these points of a photograph."""
    to = np.array([[x, y, 1.0] for x, y in EYES_MOUTH])
    return np.asarray(np.linalg.solve(to, np.array(points)).T, dtype=np.float64)


def _aligned(photo: Image3, points: tuple[tuple[float, float], ...], look: Look) -> Image3:
    """The photograph's face in canonical place, with the look's jaw width and length."""
    yy, xx = np.mgrid[0:H, 0:W].astype(float)
    low = np.clip((yy - 92) / 90, -0.4, 1.2)
    x = 80 + (xx - 80) / (1 + (look.wide - 1) * np.clip(low, 0.2, 1.0) * 1.3)
    y = 92 + (yy - 92) / np.where(yy > 92, look.long, 1.0)
    m = _affine(points)
    rows, cols = m[1, 0] * x + m[1, 1] * y + m[1, 2], m[0, 0] * x + m[0, 1] * y + m[0, 2]
    channels = [map_coordinates(photo[..., c], [rows, cols], order=1, mode="nearest") for c in range(3)]
    return np.asarray(np.stack(channels, -1), dtype=np.float64)


def _ellipse(cx: float, cy: float, rx: float, ry: float, soft: float) -> NDArray[np.float64]:
    yy, xx = np.mgrid[0:H, 0:W].astype(float)
    d = np.sqrt(((xx - cx) / rx) ** 2 + ((yy - cy) / ry) ** 2)
    return np.asarray(np.clip((1 - d) * min(rx, ry) / soft + 0.5, 0, 1), dtype=np.float64)


def _toned(face: Image3, tone: tuple[float, float, float], inner: NDArray[np.float64]) -> Image3:
    """The face with its mean skin colour moved, light and shade kept as ratios."""
    mean = (face * inner[..., None]).sum((0, 1)) / inner.sum()
    toned = np.array(tone) * (np.maximum(face, 1) / mean) ** 0.95
    return np.asarray(np.clip(toned, 0, 255), dtype=np.float64)


def _hair(look: Look, rng: np.random.Generator) -> tuple[Image3, NDArray[np.float64]]:
    """Colour and cover of hair or hat."""
    yy, _ = np.mgrid[0:H, 0:W].astype(float)
    strands = gaussian_filter(rng.normal(0, 1, (H, W)), (6, 0.8))
    colour = np.array(look.hair) * (1 + 2.2 * strands[..., None]) * (1.25 - yy[..., None] / 260)
    skull = _ellipse(80, 84, 66, 76, 3)
    face = _ellipse(80, 116, 56 * look.wide, 72, 6)
    if look.style == "long":
        cover = np.maximum(_ellipse(80, 88, 72, 82, 3), _ellipse(80, 140, 70, 74, 4)) * (1 - face)
    elif look.style == "bald":
        cover = np.maximum(_ellipse(18, 108, 10, 34, 3), _ellipse(142, 108, 10, 34, 3))
    else:
        cover = skull * (1 - face) * np.clip((118 - yy) / 10, 0, 1)
    if look.style in {"cap", "police"}:
        hat = _ellipse(80, 58, 72, 46, 2) * np.clip((64 - yy) / 3, 0, 1)
        brim = _ellipse(80, 64, 64, 11, 2)
        cloth = np.array((26, 28, 36) if look.style == "police" else (52, 60, 70))
        hat_colour = cloth * (1.35 - yy[..., None] / 120) * (1 + 0.06 * rng.normal(0, 1, (H, W, 1)))
        over = np.maximum(hat, brim)[..., None]
        dark = np.where(brim[..., None] > 0.4, 0.6, 1.0)
        colour = colour * (1 - over) + hat_colour * dark * over
        if look.style == "police":
            badge = _ellipse(80, 40, 9, 10, 2)[..., None]
            colour = colour * (1 - badge) + np.array((196, 176, 110)) * badge
        cover = np.maximum(cover, over[..., 0])
    return np.clip(colour, 0, 255), np.clip(cover, 0, 1)


def head(look: Look, astronaut: Image3, hopper: Image3) -> Image.Image:
    """One head as an RGBA image."""
    rng = np.random.default_rng(look.seed)
    young, old = _aligned(astronaut, ASTRONAUT, look), _aligned(hopper, HOPPER, look)
    inner = _ellipse(80, 118, 44 * look.wide, 56, 12)
    young, old = _toned(young, look.tone, inner), _toned(old, look.tone, inner)
    mouth = _ellipse(80, 146 if look.long > 0.9 else 140, 34, 20, 12)[..., None]
    upper = young * (1 - look.older) + old * look.older
    face = upper * (1 - mouth * look.mouth) + old * mouth * look.mouth
    if look.style in {"short", "police"}:
        lines = gaussian_filter(face, (0.8, 0.8, 0))
        face = face * 0.4 + lines * 0.6
    yy, _ = np.mgrid[0:H, 0:W].astype(float)
    oval = np.minimum(_ellipse(80, 104, 58 * look.wide, 84 * (0.93 if look.long < 0.9 else 1.0), 3), 1)
    base = np.array(look.tone) * (1.08 - np.abs(np.mgrid[0:H, 0:W][1][..., None] - 80) / 180)
    skin = base * (1 - inner[..., None]) + face * inner[..., None]
    ears = np.maximum(_ellipse(20, 112, 9, 17, 3), _ellipse(140, 112, 9, 17, 3))
    skin = np.where(oval[..., None] < 0.5, np.array(look.tone) * 0.8, skin)
    cover = np.maximum(oval, ears if look.style != "long" else 0)
    neck = np.clip((yy - 160) / 6, 0, 1) * _ellipse(80, 190, 36, 60, 5)
    skin = np.where((cover < 0.5)[..., None], np.array(look.tone) * 0.72, skin)
    cover = np.maximum(cover, neck)
    if look.beard:
        shape = _ellipse(80, 160, 50 * look.wide, 40, 14) * (1 - _ellipse(80, 150, 22, 9, 6))
        stubble = shape * look.beard * (0.7 + 0.3 * rng.random((H, W)))
        skin = skin * (1 - stubble[..., None]) + np.array(look.hair) * stubble[..., None]
    if look.brows:
        for cx in (52, 108):
            brow = _ellipse(cx, 78, 19, 4.5, 3) * look.brows
            skin = skin * (1 - brow[..., None]) + np.array(look.hair) * brow[..., None]
    hair, hair_cover = _hair(look, rng)
    rgb = skin * (1 - hair_cover[..., None]) + hair * hair_cover[..., None]
    rgb = gaussian_filter(rgb, (0.5, 0.5, 0))
    alpha = np.maximum(cover, hair_cover)
    return Image.fromarray(np.dstack([np.clip(rgb, 0, 255), alpha * 255]).astype(np.uint8), "RGBA")


def main(astronaut_path: Path, hopper_path: Path) -> None:
    """Writes every head beside this script."""
    astronaut = np.asarray(Image.open(astronaut_path).convert("RGB"), dtype=float)
    hopper = np.asarray(Image.open(hopper_path).convert("RGB"), dtype=float)
    for look in LOOKS:
        head(look, astronaut, hopper).save(Path(__file__).parent / f"{look.name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
