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


def background(world: World, view: View, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colour (H, W, 3) and light-bar share (H, W) of the empty street at a given resolution."""
    focal = view.focal * width / view.width
    axes = np.array(view.axes, dtype=np.float32)
    u = ((np.arange(width, dtype=np.float32) + 0.5) - width / 2) / focal
    v = (height / 2 - (np.arange(height, dtype=np.float32) + 0.5)) / focal
    dx = axes[2, 0] + u[None, :] * axes[0, 0] + v[:, None] * axes[1, 0]
    dy = axes[2, 1] + u[None, :] * axes[0, 1] + v[:, None] * axes[1, 1]
    dz = axes[2, 2] + u[None, :] * axes[0, 2] + v[:, None] * axes[1, 2]
    tiny = np.float32(1e-6)
    inverse_y = 1 / np.where(np.abs(dy) < tiny, tiny, dy)
    inverse_x = 1 / np.where(np.abs(dx) < tiny, tiny, dx)
    wall = np.where(dy > 0, (NORTH - view.y) * inverse_y, (SOUTH - view.y) * inverse_y)
    if view.y > NORTH:
        wall = np.where(dy > 0, np.float32(1e6), wall)
    hit_x = view.x + wall * dx
    name = np.where(dy > 0, np.int8(0), np.int8(1))
    in_lot = (dy > 0) & (hit_x > LOT_WEST) & (hit_x < LOT_EAST) if view.y <= NORTH else dy > 0
    back = (BACK - view.y) * inverse_y
    side_at = np.where(dx < 0, np.float32(LOT_WEST - view.x), np.float32(LOT_EAST - view.x)) * inverse_x
    take_side = in_lot & (side_at > 0) & (side_at < back)
    wall = np.where(in_lot, np.where(take_side, side_at, back), wall)
    name = np.where(in_lot, np.where(take_side, np.int8(3), np.int8(2)), name)
    end = np.where(dx > 0, np.float32(X1 - view.x), np.float32(X0 - view.x)) * inverse_x
    take_end = (end > 0) & (end < wall)
    wall = np.where(take_end, end, wall)
    name = np.where(take_end, np.int8(4), name)
    ground = np.where(dz < -tiny, -view.z / np.where(dz < -tiny, dz, -tiny), np.float32(1e6))
    on_ground = ground < wall
    t = np.minimum(ground, wall)
    hx, hy, hz = view.x + t * dx, view.y + t * dy, view.z + t * dz
    index = _texels(world, name, on_ground & (t < 26), on_ground & (t >= 26), (hx, hy, hz))
    colour = world.paint[index]
    bar = world.bar[index]
    sky = (~on_ground) & (hz > WALL_TOP)
    if sky.any():
        glow = np.clip(dz[sky], 0, 1)
        colour[sky] = np.stack([30 - 22 * glow, 33 - 21 * glow, 46 - 22 * glow], -1).astype(np.uint8)
        bar[sky] = 0
    return colour, bar


def _texels(
    world: World,
    name: NDArray[np.int8],
    near_ground: NDArray[np.bool_],
    far_ground: NDArray[np.bool_],
    hit: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
) -> NDArray[np.intp]:
    """Which texel of the flat texture each ray hits."""
    hx, hy, hz = hit
    tables = {k: world.surfaces[n] for k, n in enumerate(("north", "south", "back", "side", "end"))}
    along_x = hx - X0
    along = np.choose(name, [along_x, X1 - hx, hx - LOT_WEST, hy - NORTH, hy - SOUTH])
    start = np.array([tables[k].start for k in range(5)], dtype=np.int32)[name]
    width = np.array([tables[k].width for k in range(5)], dtype=np.int32)[name]
    wall = tables[0]
    col = np.clip((along * wall.ppm).astype(np.int32), 0, width - 1)
    row = np.clip(((WALL_TOP - hz) * wall.ppm).astype(np.int32), 0, wall.height - 1)
    index = start + row * width + col
    near, far = world.surfaces["ground"], world.surfaces["ground-far"]
    for surface, which in ((near, near_ground), (far, far_ground)):
        gcol = np.clip((along_x * surface.ppm).astype(np.int32), 0, surface.width - 1)
        grow = np.clip(((hy - SOUTH) * surface.ppm).astype(np.int32), 0, surface.height - 1)
        index = np.where(which, surface.start + grow * surface.width + gcol, index)
    return index.astype(np.intp)
