# SPDX-License-Identifier: Apache-2.0
"""People: jointed bodies of shaded limbs with a photographed-looking head, as flat pictures.

A body is a handful of tapered capsules posed in three dimensions, turned to the viewer, and
drawn with a depth buffer and a light from above. Pictures are cached by pose, turn and phase.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

LEVELS: Final = (40, 90, 190, 420)
"""Pixels a metre in the cached pictures: far to very near."""
HALF_WIDTH: Final = 1.05
TOP: Final = 2.35
BELOW: Final = 0.12
TURNS: Final = 16
PHASES: Final = 8

Vec = NDArray[np.float64]
Pixels = NDArray[np.float32]
Capsule = tuple[list[float], list[float], float, float, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Clothes:
    """Colours and build of a person."""

    face: str
    shirt: tuple[int, int, int]
    trousers: tuple[int, int, int]
    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    height: float = 1.76
    stout: float = 1.0
    police: bool = False
    skirt: bool = False


WARDROBE: Final[dict[str, Clothes]] = {
    "vane": Clothes("vane", (104, 112, 120), (44, 50, 66), (128, 86, 62), (20, 16, 14), 1.80),
    "filmer": Clothes("filmer", (150, 58, 44), (58, 60, 64), (196, 146, 116), (60, 40, 26), 1.76, 1.05),
    "mother": Clothes("mother", (170, 132, 62), (70, 44, 58), (168, 116, 86), (28, 20, 16), 1.66, 0.95),
    "child": Clothes("child", (70, 130, 150), (120, 96, 70), (182, 130, 98), (40, 26, 18), 1.12, 0.8),
    "clerk": Clothes("clerk", (72, 104, 76), (60, 56, 52), (206, 160, 132), (120, 116, 112), 1.72, 1.12),
    "tolland": Clothes("tolland", (34, 40, 58), (26, 30, 42), (210, 160, 130), (70, 52, 36), 1.84, 1.1, True),
    "imbert": Clothes("imbert", (34, 40, 58), (26, 30, 42), (146, 98, 72), (18, 14, 14), 1.70, 1.0, True),
    "okafor": Clothes("okafor", (34, 40, 58), (26, 30, 42), (96, 62, 46), (14, 12, 12), 1.82, 1.1, True),
    "fairgoer": Clothes("fairgoer", (196, 150, 160), (80, 90, 120), (222, 172, 146), (150, 96, 50), 1.68),
}


Rect = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawn person: colours and outline, where the feet and the head are, and the face box if a face shows."""

    image: Image.Image
    outline: Image.Image
    foot: tuple[float, float]
    head: Rect
    face: Rect | None


@dataclass(frozen=True, slots=True)
class _Pose:
    """Angles in radians: (forward, outward, elbow) for arms, (forward, knee) for legs."""

    left_arm: tuple[float, float, float]
    right_arm: tuple[float, float, float]
    left_leg: tuple[float, float]
    right_leg: tuple[float, float]
    lean: float = 0.0
    drop: float = 0.0
    lie: bool = False


_STRAIGHT = (0.0, 0.05)
_POSES: Final[dict[str, Callable[[float, float], _Pose]]] = {
    # each takes the swing (-1 .. 1) and lift (-1 .. 1) of the present phase
    "walk": lambda w, u: _Pose((-0.45 * w, 0.1, 0.35), (0.45 * w, 0.1, 0.35), (0.42 * w, 0.3 * max(0.0, u)),
                               (-0.42 * w, 0.3 * max(0.0, -u)), 0.05),
    "run": lambda w, u: _Pose((-0.9 * w, 0.12, 1.5), (0.9 * w, 0.12, 1.5), (0.85 * w + 0.15, 0.5 + 0.7 * max(0.0, u)),
                              (-0.85 * w + 0.15, 0.5 + 0.7 * max(0.0, -u)), 0.26),
    "hands-up": lambda w, _: _Pose((2.2, 0.55 + 0.05 * w, 0.9), (2.2, 0.55, 0.9), _STRAIGHT, _STRAIGHT, -0.03),
    "aim": lambda _, __: _Pose((1.45, -0.28, 0.1), (1.5, -0.28, 0.1), (0.25, 0.2), (-0.2, 0.1), 0.1),
    "film": lambda _, __: _Pose((1.0, -0.1, 1.15), (0.15, 0.15, 0.5), (0.03, 0), (-0.03, 0.05), 0.02),
    "kneel": lambda w, _: _Pose((0.9, 0.05 + 0.06 * w, 0.25), (0.9, 0.05, 0.25 + 0.1 * w), (1.5, 1.6), (0.1, 1.75), 0.55, 0.42),
    "lie": lambda w, _: _Pose((0.5, 0.35, 0.6), (-0.2, 0.5 + 0.03 * w, 0.5), (0.35, 0.7), (0.1, 0.2), 0.0, 0.0, lie=True),
    "talk": lambda w, _: _Pose((0.25 + 0.25 * w, 0.2, 0.9), (0.1, 0.12, 0.35), (0.02, 0), (-0.04, 0.06), 0.03),
    "stand": lambda w, _: _Pose((0.06 + 0.03 * w, 0.1, 0.18), (0.03, 0.1, 0.22), (0.02, 0), (-0.03, 0.04), 0.0),
}


def _pose(name: str, phase: int) -> _Pose:
    angle = 2 * math.pi * phase / PHASES
    return _POSES[name](math.sin(angle), math.cos(angle))


def _limb(root: Vec, angle: float, outward: float, length: float, side: float) -> Vec:
    """End of a limb hanging from ``root``: forward is +y, outward is away from the body's middle."""
    down = np.array([
        side * math.sin(outward), math.sin(angle) * math.cos(outward), -math.cos(angle) * math.cos(outward)])
    return root + length * down


def _joints(pose: _Pose) -> dict[str, Vec]:
    """Joint places for a person of 1.76 m, standing at the origin and facing +y."""
    hip = np.array([0.0, 0.0, 0.93 - pose.drop])
    spine = np.array([0.0, math.sin(pose.lean), math.cos(pose.lean)])
    neck = hip + spine * 0.56
    joints = {"hip": hip, "chest": hip + spine * 0.36, "neck": neck, "head": neck + spine * 0.17 + [0, 0.02, 0.0]}
    for side, name, arm, leg in ((-1.0, "l", pose.left_arm, pose.left_leg), (1.0, "r", pose.right_arm, pose.right_leg)):
        shoulder = neck + np.array([side * 0.19, 0.0, -0.06])
        elbow = _limb(shoulder, arm[0], arm[1], 0.29, side)
        hand = _limb(elbow, arm[0] + arm[2], arm[1] * 0.3, 0.27, side)
        thigh = hip + np.array([side * 0.10, 0.0, -0.02])
        knee = _limb(thigh, leg[0], 0.03, 0.44, side)
        foot = _limb(knee, leg[0] - leg[1], 0.0, 0.43, side)
        joints |= {f"{name}s": shoulder, f"{name}e": elbow, f"{name}h": hand,
                   f"{name}t": thigh, f"{name}k": knee, f"{name}f": foot}
    if pose.lie:
        return {k: np.array([v[0], 0.35 - v[2] * 0.2, 0.14 + v[1] * 0.5]) + np.array([(v[2] - 0.9), 0, 0])
                for k, v in joints.items()}
    return joints


def _capsules(j: dict[str, Vec], c: Clothes) -> list[tuple[Vec, Vec, float, float, tuple[int, int, int]]]:
    s = c.stout
    dark = tuple(int(v * 0.8) for v in c.shirt)
    shoe = (22, 20, 20)
    sleeve = c.shirt
    parts: list[tuple[Vec, Vec, float, float, tuple[int, int, int]]] = [
        (j["hip"] + [0, 0, 0.02], j["hip"] + [0, 0, 0.04], 0.135 * s, 0.14 * s, c.trousers),
        (j["hip"] * 0.6 + j["chest"] * 0.4, j["chest"], 0.145 * s, 0.165 * s, c.shirt),
        (j["ls"] * 0.75 + j["rs"] * 0.25, j["ls"] * 0.25 + j["rs"] * 0.75, 0.135 * s, 0.135 * s, c.shirt),
        (j["chest"], j["neck"] - [0, 0, 0.05], 0.17 * s, 0.12 * s, c.shirt),
        (j["neck"] - [0, 0, 0.04], j["neck"] + [0, 0, 0.07], 0.062, 0.058, c.skin),
    ]
    for n in "lr":
        parts += [
            (j[f"{n}s"], j[f"{n}e"], 0.074 * s, 0.058 * s, sleeve),
            (j[f"{n}e"], j[f"{n}h"] * 0.85 + j[f"{n}e"] * 0.15, 0.055, 0.042, sleeve if c.police else dark),  # type: ignore[list-item]
            (j[f"{n}h"] * 0.85 + j[f"{n}e"] * 0.15, j[f"{n}h"] + (j[f"{n}h"] - j[f"{n}e"]) * 0.2, 0.045, 0.035, c.skin),
            (j[f"{n}t"], j[f"{n}k"], 0.098 * s, 0.072 * s, c.trousers),
            (j[f"{n}k"], j[f"{n}f"], 0.070 * s, 0.05 * s, c.trousers),
            (j[f"{n}f"] + [0, -0.03, 0.0], j[f"{n}f"] + [0, 0.13, -0.02], 0.052, 0.042, shoe),
        ]
    if c.police:
        parts.append((j["hip"] + [-0.13, 0.06, 0.06], j["hip"] + [0.13, 0.06, 0.06], 0.075, 0.075, (14, 14, 16)))
        parts.append((j["chest"] + [0.0, 0.12, -0.02], j["chest"] + [0.0, 0.12, 0.1], 0.09, 0.1, (20, 24, 34)))
    return parts


@lru_cache(maxsize=64)
def head_picture(name: str) -> Image.Image:
    """The head of an invented person (RGBA 160 x 200)."""
    with resources.files("plainview.simulator.faces").joinpath(f"{name}.png").open("rb") as file:
        return Image.open(file).convert("RGBA")


@lru_cache(maxsize=4)
def _folds(ppm: int) -> Pixels:
    """Light and shade of creased cloth, as a share of brightness."""
    rng = np.random.default_rng(5)
    field = gaussian_filter(rng.normal(0, 1, (int(2.6 * ppm), int(2.2 * ppm))), (0.05 * ppm, 0.03 * ppm))
    return np.asarray(field / field.std() * 0.10, dtype=np.float32)


def _rotate(point: Vec, turn: float) -> Vec:
    """Body point seen by the viewer: column right, row up, and depth towards the viewer."""
    c, s = math.cos(turn), math.sin(turn)
    return np.array([-point[0] * c + point[1] * s, point[2], point[1] * c + point[0] * s])


def _shade(canvas: Pixels, depth: Pixels, capsule: Capsule, ppm: int) -> None:
    """Draws one tapered capsule (as the viewer sees it) with light from above left, where it is nearest."""
    (ax, ay, az), (bx, by, bz), ra, rb, colour = capsule
    height, width = depth.shape
    reach = max(ra, rb)
    c0 = max(0, int((min(ax, bx) - reach + HALF_WIDTH) * ppm) - 1)
    c1 = min(width, int((max(ax, bx) + reach + HALF_WIDTH) * ppm) + 2)
    r0 = max(0, int((TOP - max(ay, by) - reach) * ppm) - 1)
    r1 = min(height, int((TOP - min(ay, by) + reach) * ppm) + 2)
    if c1 <= c0 or r1 <= r0:
        return
    x = ((np.arange(c0, c1, dtype=np.float32) + 0.5) / ppm - HALF_WIDTH)[None, :]
    y = (TOP - (np.arange(r0, r1, dtype=np.float32) + 0.5) / ppm)[:, None]
    dx, dy = bx - ax, by - ay
    t = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-9), 0, 1)
    nx, ny = x - (ax + t * dx), y - (ay + t * dy)
    radius = ra + (rb - ra) * t
    swell = np.sqrt(np.maximum(radius**2 - nx**2 - ny**2, 0))
    z = az + (bz - az) * t + swell
    window = depth[r0:r1, c0:c1]
    show = (swell > 0) & (z > window)
    nx, ny, nz = nx[show] / radius[show], ny[show] / radius[show], swell[show] / radius[show]
    light = 0.34 + 0.62 * np.clip(-0.35 * nx + 0.62 * ny + 0.70 * nz, 0, 1)
    light *= (1 + _folds(ppm)[: r1 - r0, : c1 - c0][show]) * (0.75 + 0.25 * nz)
    window[show] = z[show]
    canvas[r0:r1, c0:c1][show] = light[:, None] * np.array(colour, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Body:
    """A person ready to be drawn: clothes, joints, turn to the viewer (radians), pixels a metre."""

    clothes: Clothes
    joints: dict[str, Vec]
    turn: float
    ppm: int
    lie: bool


def _head(canvas: Pixels, depth: Pixels, body: _Body) -> tuple[Image.Image, Rect, Rect | None]:
    """Pastes the head and says where it and its face are, in picture pixels."""
    c, turn, ppm = body.clothes, body.turn, body.ppm
    pixels = np.empty((*depth.shape, 4), dtype=np.uint8)
    pixels[..., :3] = np.minimum(canvas, 255)
    pixels[..., 3] = np.where(depth > -1e8, 255, 0)
    picture = Image.fromarray(pixels, "RGBA")
    at = _rotate(body.joints["head"], turn)
    column, row = (at[0] + HALF_WIDTH) * ppm, (TOP - at[1]) * ppm
    tall = (0.305 if c.height > 1.3 else 0.374) * ppm
    wide = tall * 0.8
    facing = math.cos(turn)
    head = head_picture(c.face)
    if body.lie:
        head = head.rotate(-78 if math.cos(turn) > 0 else 78, expand=True, resample=Image.Resampling.BICUBIC)
        head = head.resize((round(tall), round(tall * 0.9)), Image.Resampling.LANCZOS)
        left, top = max(0, round(column - tall / 2)), max(0, round(row - tall * 0.45))
        picture.alpha_composite(head, (left, top))
        face = (left + 0.1 * tall, top + 0.1 * tall, 0.62 * tall, 0.7 * tall)
        return picture, (left, top, tall, 0.9 * tall), face
    if facing > 0.42:
        squeeze = 0.72 + 0.28 * facing
        size = (max(2, round(wide * squeeze)), max(2, round(tall)))
        small = head.resize(size, Image.Resampling.LANCZOS)
        left, top = round(column - size[0] / 2 + math.sin(turn) * 0.03 * ppm), round(row - tall * 0.52)
        picture.alpha_composite(small, (max(0, left), max(0, top)))
        box = (left + 0.17 * size[0], top + 0.30 * size[1], 0.66 * size[0], 0.58 * size[1])
        return picture, (left, top, *size), box
    back = _back_of_head(c)
    size = (max(2, round(wide * 0.95)), max(2, round(tall)))
    left, top = max(0, round(column - size[0] / 2)), max(0, round(row - tall * 0.52))
    picture.alpha_composite(back.resize(size, Image.Resampling.LANCZOS), (left, top))
    return picture, (left, top, *size), None


@lru_cache(maxsize=32)
def _back_of_head(c: Clothes) -> Image.Image:
    """The head from behind: its own outline, filled with hair (and cap)."""
    head = np.asarray(head_picture(c.face)).astype(float)
    rows = np.arange(200)[:, None, None]
    strands = gaussian_filter(np.random.default_rng(len(c.face)).normal(0, 1, (200, 160)), (7, 0.8))
    fill = np.array(c.hair) * (1.25 - np.abs(np.arange(160)[None, :, None] - 70) / 150)
    hair = fill * (1 + 2.4 * strands[..., None])
    rgb = np.where(rows < 66, head[..., :3] * 0.9, hair) if c.police or c.face == "filmer" else hair
    rgb = np.where(rows > 166, np.array(c.skin) * 0.45, rgb)
    return Image.fromarray(np.dstack([np.clip(rgb, 0, 255), head[..., 3]]).astype(np.uint8), "RGBA")


@lru_cache(maxsize=200)
def picture(who: str, pose: str, phase: int, turn: int, ppm: int) -> Picture:
    """A person in a pose, turned by ``turn`` / TURNS of a circle from facing the viewer, at a level."""
    c = WARDROBE[who]
    scale = c.height / 1.76
    angle = 2 * math.pi * turn / TURNS
    joints = {k: v * scale for k, v in _joints(_pose(pose, phase)).items()}
    height, width = int((TOP + BELOW) * ppm), int(2 * HALF_WIDTH * ppm)
    canvas = np.zeros((height, width, 3), dtype=np.float32)
    depth = np.full((height, width), -1e9, dtype=np.float32)
    for a, b, ra, rb, colour in _capsules(joints, c):
        ends = _rotate(a, angle).tolist(), _rotate(b, angle).tolist()
        _shade(canvas, depth, (*ends, ra * scale, rb * scale, colour), ppm)
    image, head, face = _head(canvas, depth, _Body(c, joints, angle, ppm, pose == "lie"))
    left, top, right, bottom = image.getbbox(alpha_only=True) or (0, 0, width, height)
    image = image.crop((left, top, right, bottom))
    foot = (HALF_WIDTH * ppm - left, TOP * ppm - top)
    moved = None if face is None else (face[0] - left, face[1] - top, face[2], face[3])
    head = (head[0] - left, head[1] - top, head[2], head[3])
    return Picture(image.convert("RGB"), image.getchannel("A"), foot, head, moved)
