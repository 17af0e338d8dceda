# SPDX-License-Identifier: Apache-2.0
"""A pinhole camera in the invented street: projection of points, and the view of bare surfaces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from plainview.simulator.world import (
    BACK,
    LOT_EAST,
    LOT_WEST,
    NORTH,
    SOUTH,
    WALL_TOP,
    X0,
    X1,
    World,
)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """Where a camera is (metres) and looks (radians; yaw 0 = east, pitch up), and its lens."""

    x: float
    y: float
    z: float
    yaw: float
    pitch: float
    roll: float
    width: int
    height: int
    focal: float

    @cached_property
    def axes(self) -> tuple[tuple[float, float, float], ...]:
        """Right, up and forward as unit vectors."""
        cy, sy, cp, sp = math.cos(self.yaw), math.sin(self.yaw), math.cos(self.pitch), math.sin(self.pitch)
        right, up = (sy, -cy, 0.0), (-cy * sp, -sy * sp, cp)
        c, s = math.cos(self.roll), math.sin(self.roll)
        return (
            tuple(a * c + b * s for a, b in zip(right, up, strict=True)),
            tuple(b * c - a * s for a, b in zip(right, up, strict=True)),
            (cy * cp, sy * cp, sp),
        )  # type: ignore[return-value]

    def toward(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """A place in camera terms: metres right, up and ahead."""
        dx, dy, dz = x - self.x, y - self.y, z - self.z
        r, u, f = self.axes
        return (
            r[0] * dx + r[1] * dy + r[2] * dz,
            u[0] * dx + u[1] * dy + u[2] * dz,
            f[0] * dx + f[1] * dy + f[2] * dz,
        )

    def on_screen(self, right: float, up: float, ahead: float) -> tuple[float, float]:
        """Pixel column and row of a place given in camera terms."""
        scale = self.focal / max(ahead, 1e-3)
        return self.width / 2 + right * scale, self.height / 2 - up * scale

    def project(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Pixel column, row and depth (metres) of a place; depth below 0.05 means behind."""
        right, up, ahead = self.toward(x, y, z)
        return (*self.on_screen(right, up, ahead), ahead)


    def toward_all(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """``toward`` for many places at once, (N, 3) to (N, 3)."""
        moved = points - np.array([self.x, self.y, self.z], dtype=np.float32)
        return np.asarray(moved @ np.array(self.axes, dtype=np.float32).T)


_FAR = np.float32(1e6)
_SKY = np.array([30, 33, 46], dtype=np.float32)
_ZENITH = np.array([22, 21, 22], dtype=np.float32)
# How far along its wall a hit lies, as ax * x + ay * y + c, for north, south, back, side and end wall.
_ALONG_X = np.array([1, -1, 1, 0, 0], dtype=np.float32)
_ALONG_Y = np.array([0, 0, 0, 1, 1], dtype=np.float32)
_ALONG_C = np.array([-X0, X1, -LOT_WEST, -NORTH, -SOUTH], dtype=np.float32)


def background(world: World, view: View, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colour (H, W, 3) and light-bar share (H, W) of the empty street at a given resolution."""
    focal = view.focal * width / view.width
    axes = np.array(view.axes, dtype=np.float32)
    u = ((np.arange(width, dtype=np.float32) + 0.5) - width / 2) / focal
    v = (height / 2 - (np.arange(height, dtype=np.float32) + 0.5)) / focal
    dx = (axes[2, 0] + u * axes[0, 0])[None, :] + (v * axes[1, 0])[:, None]
    dy = (axes[2, 1] + u * axes[0, 1])[None, :] + (v * axes[1, 1])[:, None]
    dz = (axes[2, 2] + u * axes[0, 2])[None, :] + (v * axes[1, 2])[:, None]
    wall, name = _nearest_wall(view, dx, dy)
    down = np.minimum(dz, np.float32(-1e-6))
    ground = np.float32(-view.z) / down
    on_ground = ground < wall
    t = np.where(on_ground, ground, wall)
    hit = (view.x + t * dx, view.y + t * dy, view.z + t * dz)
    index = _texels(world, name, on_ground, t, hit)
    colour, bar = world.paint[index], world.bar[index]
    sky = hit[2] > WALL_TOP
    if sky.any():
        glow = np.clip(dz[sky], 0, 1)[:, None]
        colour[sky] = (_SKY - _ZENITH * glow).astype(np.uint8)
        bar[sky] = 0
    return colour, bar


def _nearest_wall(view: View, dx: Floats, dy: Floats) -> tuple[Floats, NDArray[np.int8]]:
    """Distance along each ray to the first wall, and which wall (index into the tables above)."""
    tiny = np.float32(1e-6)
    inverse_y = 1 / np.where(np.abs(dy) < tiny, tiny, dy)
    inverse_x = 1 / np.where(np.abs(dx) < tiny, tiny, dx)
    north = dy > 0
    if view.y > NORTH:
        in_lot = north
        wall = np.where(north, _FAR, np.float32(SOUTH - view.y) * inverse_y)
    else:
        wall = np.where(north, np.float32(NORTH - view.y), np.float32(SOUTH - view.y)) * inverse_y
        at = view.x + wall * dx
        in_lot = north & (at > LOT_WEST) & (at < LOT_EAST)
    name = np.where(north, np.int8(0), np.int8(1))
    if in_lot.any():
        back = np.float32(BACK - view.y) * inverse_y
        side = np.where(dx < 0, np.float32(LOT_WEST - view.x), np.float32(LOT_EAST - view.x)) * inverse_x
        take_side = (side > 0) & (side < back)
        wall = np.where(in_lot, np.where(take_side, side, back), wall)
        name = np.where(in_lot, np.where(take_side, np.int8(3), np.int8(2)), name)
    end = np.where(dx > 0, np.float32(X1 - view.x), np.float32(X0 - view.x)) * inverse_x
    take_end = (end > 0) & (end < wall)
    return np.where(take_end, end, wall), np.where(take_end, np.int8(4), name)


def _texels(
    world: World, name: NDArray[np.int8], on_ground: NDArray[np.bool_], t: Floats, hit: tuple[Floats, Floats, Floats]
) -> NDArray[np.intp]:
    """Which texel of the flat texture each ray hits."""
    hx, hy, hz = hit
    walls = [world.surfaces[n] for n in ("north", "south", "back", "side", "end")]
    start = np.array([w.start for w in walls], dtype=np.int32)[name]
    width = np.array([w.width for w in walls], dtype=np.int32)[name]
    ppm = np.float32(walls[0].ppm)
    along = hx * _ALONG_X[name] + hy * _ALONG_Y[name] + _ALONG_C[name]
    col = np.minimum(np.maximum((along * ppm).astype(np.int32), 0), width - 1)
    row = np.minimum(np.maximum(((WALL_TOP - hz) * ppm).astype(np.int32), 0), walls[0].height - 1)
    index = start + row * width + col
    near, far = world.surfaces["ground"], world.surfaces["ground-far"]
    gx, gy, gt = hx[on_ground] - np.float32(X0), hy[on_ground] - np.float32(SOUTH), t[on_ground]
    which = (gt > 26).astype(np.int8)
    scale = np.array([near.ppm, far.ppm], dtype=np.float32)[which]
    wide = np.array([near.width, far.width], dtype=np.int32)[which]
    tall = np.array([near.height, far.height], dtype=np.int32)[which]
    gcol = np.minimum(np.maximum((gx * scale).astype(np.int32), 0), wide - 1)
    grow = np.minimum(np.maximum((gy * scale).astype(np.int32), 0), tall - 1)
    index[on_ground] = np.array([near.start, far.start], dtype=np.int32)[which] + grow * wide + gcol
    return index.astype(np.intp)
