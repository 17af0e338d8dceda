# SPDX-License-Identifier: Apache-2.0
"""Where each recorder's camera is and looks at every moment, with the unsteadiness of its bearer."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from plainview.simulator import people
from plainview.simulator.camera import View
from plainview.simulator.recorders import Recorder, fov_to_focal
from plainview.simulator.screenplay import SHOTS


def muzzle_flash(at: float) -> float:
    """Brightness of the muzzle flash at a time (0 to 1)."""
    return max((1.0 - abs(at - s - 0.02) / 0.05 for s in SHOTS if abs(at - s - 0.02) < 0.05), default=0.0)


@lru_cache(maxsize=256)
def _phases(seed: int, count: int) -> tuple[float, ...]:
    return tuple(np.random.default_rng([seed, 77]).uniform(0, 2 * math.pi, count).tolist())


def wobble(at: float, seed: int, *hertz: float) -> float:
    """Smooth pseudo-random sway in -1 .. 1."""
    phases = _phases(seed, len(hertz))
    return sum(math.sin(2 * math.pi * h * at + p) for h, p in zip(hertz, phases, strict=True)) / len(hertz)


def _gait(who: str, at: float, seed: int) -> tuple[float, float, float, float]:
    """Yaw, pitch, roll (radians) and bob (metres) of a camera carried by a person."""
    amount, step = 0.006, 1.0
    for dt, weight in ((-0.25, 0.3), (0.0, 0.4), (0.25, 0.3)):
        st = people.state(who, at + dt)
        if st and st.pose in {"run", "walk"}:
            amount += weight * (0.05 if st.pose == "run" else 0.016)
            step = 2.9 if st.pose == "run" else 1.9
    yaw = amount * (0.9 * math.sin(math.pi * step * at) + 0.6 * wobble(at, seed, 0.7, 1.9, 3.3))
    pitch = amount * (1.0 * math.sin(2 * math.pi * step * at) + 0.5 * wobble(at, seed + 1, 0.9, 2.3))
    roll = amount * (0.8 * math.sin(math.pi * step * at + 0.6) + 0.4 * wobble(at, seed + 2, 0.5, 1.3))
    kick = 0.05 * muzzle_flash(at) if who == "tolland" else 0.0
    bob = amount * 0.9 * math.sin(2 * math.pi * step * at + 1.0)
    return yaw + 0.02 * wobble(at, seed + 3, 0.13, 0.31), pitch + kick, roll, bob


def _body_view(r: Recorder, at: float, width: int, height: int) -> View:
    assert r.wearer is not None
    focal = fov_to_focal(width, 84.0)
    seed = sum(map(ord, r.id))
    st = people.state(r.wearer, at)
    if st is None:
        x, y = people.second_cruiser(at)
        shake = 0.004 + 0.006 * min(1.0, max(0.0, 79.5 - at) / 8)
        return View(x - 0.35, y - 0.35, 1.22, math.pi + 0.02 + shake * wobble(at, seed, 0.8, 2.1),
                    -0.03 + shake * wobble(at, seed + 1, 1.7, 3.9), shake * 0.5 * wobble(at, seed + 2, 1.1, 2.7), width, height, focal)
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
        facing, focal = st.facing, fov_to_focal(width, 52.0)
        return View(st.x + 0.62 * math.cos(facing), st.y + 0.62 * math.sin(facing), 1.60 + bob,
                    facing + math.pi + 0.1 + yaw, -0.02 + pitch, roll, width, height, focal)
    towards = math.atan2(target.y - st.y, target.x - st.x)
    away = math.hypot(target.x - st.x, target.y - st.y)
    return View(st.x, st.y, 1.62 + bob, towards + yaw * 1.2 + 0.03 * wobble(at, 9, 0.4, 0.9),
                math.atan2(-0.55, away) + pitch * 1.2, roll, width, height, focal)


def view_of(r: Recorder, at: float, width: int, height: int) -> View:
    """The camera of a recorder at a common time."""
    if r.kind == "body":
        return _body_view(r, at, width, height)
    if r.kind == "phone":
        return _phone_view(r, at, width, height)
    if r.kind == "stranger":
        t = at - r.offset
        return View(-58 + 0.25 * t, 1.2 + 0.5 * wobble(t, 3, 0.1), 1.6 + 0.02 * wobble(t, 4, 0.9, 1.7),
                    0.25 * wobble(t, 5, 0.07, 0.11) + 0.02 * wobble(t, 6, 0.8, 1.9), -0.02 + 0.02 * wobble(t, 7, 0.7),
                    0.02 * wobble(t, 8, 0.3), width, height, fov_to_focal(width, 66.0))
    assert r.place is not None
    assert r.look is not None
    return View(*r.place, math.radians(r.look[0]), math.radians(r.look[1]), 0.0, width, height,
                fov_to_focal(width, r.look[2]))


def steady(r: Recorder, at: float) -> bool:
    """Whether the camera's bearer stands (or sits in a standing car)."""
    if r.wearer is None:
        return r.kind != "stranger"
    if r.kind == "phone" and not (at < 44 or SELFIE[0] + 0.3 < at < SELFIE[1] - 0.3):
        return False
    st = people.state(r.wearer, at)
    if st is None:
        return people.second_cruiser(at) == people.second_cruiser(at + 0.3)
    later = people.state(r.wearer, at + 0.3)
    turning = later is not None and abs(later.facing - st.facing) > 0.01
    return st.pose not in {"run", "walk"} and not turning and muzzle_flash(at) == 0
