# SPDX-License-Identifier: Apache-2.0
"""Where the invented reviewers decide that cameras stood: from the truth, with the error a careful person would give.

A fixed camera has one place. A worn one moves: it is placed for the seconds of the shots, with an error that covers
every step it takes in them; before and after, nobody placed it. Plan and directions are the simulation's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from plainview.simulator import people
from plainview.simulator.film import Made
from plainview.simulator.recorders import Recorder
from plainview.simulator.screenplay import SHOTS
from plainview.simulator.statements import local_iso
from plainview.simulator.views import view_of
from plainview.simulator.world import CRUISER, FENCE_Y, LOT_EAST, LOT_WEST

AROUND: Final = (SHOTS[0] - 2.0, SHOTS[-1] + 1.0)
"""The stretch of the common clock for which worn cameras are placed."""
AT_REST: Final = 80.0
"""When he has lain still for long."""
SURVEYED_M, SURVEYED_DEG, PACED_M, SEEN_DEG = 0.5, 3.0, 1.0, 10.0


def cameras(made: Sequence[Made]) -> Iterator[dict[str, Any]]:
    """A ``place_camera`` decision for each camera whose place can be told, in words a caseworker writes."""
    for m in made:
        r = m.recorder
        if r.picture is None or not r.placed:
            continue
        if r.place is not None and r.look is not None:
            yield {
                "decide": "place_camera", "path": r.path, "east_m": r.place[0], "north_m": r.place[1],
                "error_m": SURVEYED_M, "facing_deg": _compass(math.radians(r.look[0])),
                "facing_error_deg": SURVEYED_DEG, "view_deg": r.look[2], "known_by": "measured on site",
            }  # fmt: skip
        elif r.offset <= AROUND[0] and AROUND[1] <= r.offset + r.duration:
            yield _worn(r, beside="city camera 114" if "street" in _ids(made) else "")


def _ids(made: Sequence[Made]) -> set[str]:
    return {m.recorder.id for m in made}


def _worn(r: Recorder, *, beside: str) -> dict[str, Any]:
    """The middle of where it was and looked during the shots; the error reaches everything around it."""
    assert r.picture is not None
    steps = [AROUND[0] + n * 0.1 for n in range(int((AROUND[1] - AROUND[0]) * 10) + 1)]
    views = [view_of(r, at, r.picture.width, r.picture.height) for at in steps]
    east = (min(v.x for v in views) + max(v.x for v in views)) / 2
    north = (min(v.y for v in views) + max(v.y for v in views)) / 2
    yaw = math.atan2(sum(math.sin(v.yaw) for v in views), sum(math.cos(v.yaw) for v in views))
    turned = max(abs(math.remainder(v.yaw - yaw, math.tau)) for v in views)
    walked = max(math.hypot(v.x - east, v.y - north) for v in views)
    width = 2 * math.degrees(math.atan(r.picture.width / 2 / views[0].focal))
    return {
        "decide": "place_camera", "path": r.path, "east_m": round(east, 1), "north_m": round(north, 1),
        "error_m": round(walked + PACED_M, 1), "facing_deg": _compass(yaw),
        "facing_error_deg": round(math.degrees(turned) + SEEN_DEG), "view_deg": round(width),
        "known_by": f"compared with the fence, the lamps and {beside}" if beside else "compared with the fence and the lamps",
        "from": local_iso(AROUND[0]), "to": local_iso(AROUND[1]),
    }  # fmt: skip


def marks(made: Sequence[Made]) -> Iterator[dict[str, Any]]:
    """What does not move: the stopped patrol car, the fence, where he fell and where the firearm lay.

    A place is known by recordings only where these were delivered.
    """
    fell = people.state("vane", AT_REST)
    assert fell is not None
    worn = [n for n in (1, 2) if f"bwc-{n}" in _ids(made)]
    seen = {(1, 2): "body cameras 1 and 2, ", (1,): "body camera 1, ", (2,): "body camera 2, "}.get(tuple(worn), "")
    lay = "body camera 2, " if 2 in worn else ""
    spots = (
        ("Patrol car 311", [list(CRUISER)], 0.5, "measured on site"),
        ("Fence of the lot", [[LOT_WEST, FENCE_Y], [LOT_EAST, FENCE_Y]], 0.2, "measured on site"),
        ("Where he fell", [[fell.x, fell.y]], 0.3, f"{seen}measured on site"),
        ("Firearm", [list(people.FIREARM)], 0.2, f"{lay}measured on site"),
    )
    for name, points, error, known_by in spots:
        yield {"decide": "scene_mark", "name": name, "points": points, "error_m": error, "known_by": known_by}


def _compass(yaw: float) -> int:
    """Degrees clockwise from north; the simulation counts from east, the other way round."""
    return round(90 - math.degrees(yaw)) % 360
