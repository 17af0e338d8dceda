# SPDX-License-Identifier: Apache-2.0
"""Where the demonstration's reviewers place cameras: what they decide holds against the truth."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import pytest

from plainview.simulator import people, places
from plainview.simulator.film import Made
from plainview.simulator.recorders import FULL, mini
from plainview.simulator.screenplay import SHOTS
from plainview.simulator.views import view_of

MADE = [cast("Made", SimpleNamespace(recorder=r)) for r in FULL]


def decided() -> dict[str, dict[str, Any]]:
    """Each camera's decision by its recorder."""
    by_path = {each["path"]: each for each in places.cameras(MADE)}
    return {r.id: by_path[r.path] for r in FULL if r.path in by_path}


@pytest.mark.parametrize("camera", ["bwc-1", "bwc-2", "bwc-3", "phone", "dash", "street", "shop", "doorbell"])
def test_every_place_and_direction_holds_at_every_shot(camera: str) -> None:
    """At each of the five shots the camera is inside its circle and looks inside its doubt."""
    r = next(r for r in FULL if r.id == camera)
    place = decided()[camera]
    assert r.picture is not None
    for at in SHOTS:
        view = view_of(r, at, r.picture.width, r.picture.height)
        assert math.hypot(view.x - place["east_m"], view.y - place["north_m"]) <= place["error_m"]
        off = math.remainder(math.radians(90 - place["facing_deg"]) - view.yaw, math.tau)
        assert abs(math.degrees(off)) <= place["facing_error_deg"]


def test_nobody_places_what_is_no_part_of_the_scene() -> None:
    """Calls, the radio and the video of the street fair have no place."""
    assert sorted(decided()) == ["bwc-1", "bwc-2", "bwc-3", "dash", "doorbell", "phone", "shop", "street"]


def test_the_firearm_lies_as_far_away_as_the_plan_says() -> None:
    """8.8 feet on the plan; an officer calls it about ten."""
    spots = {each["name"]: each["points"][0] for each in places.marks(MADE)}
    apart = math.dist(spots["Firearm"], spots["Where he fell"])
    assert apart * 3.28084 == pytest.approx(8.77, abs=0.05)
    assert tuple(spots["Firearm"]) == people.FIREARM


def test_a_place_is_known_by_no_camera_that_was_not_delivered() -> None:
    """The small demonstration has body camera 1 alone: nothing in it is known by another camera."""
    few = [cast("Made", SimpleNamespace(recorder=r)) for r in mini()]
    known = [each["known_by"] for each in (*places.cameras(few), *places.marks(few))]
    assert "body camera 1, measured on site" in known
    assert not [each for each in known if "camera 2" in each or "cameras" in each or "114" in each]
