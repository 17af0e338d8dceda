# SPDX-License-Identifier: Apache-2.0
"""The scene from above: drawn and told from decided places, and from nothing else."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from plainview.model import wire
from plainview.model.decision import Decision, resolve
from plainview.model.release import Release
from plainview.model.scene import ForgetPlace, SceneMark
from plainview.publish import plan, site
from plainview.publish.lookup import Lookup
from plainview.publish.tongue import ENGLISH
from publish.sample import MARKS, PLACES, sample


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Path]:
    """The sample with two cameras placed."""
    files = tmp_path_factory.mktemp("files")
    return replace(sample(files), places=PLACES, marks=MARKS), files


def test_a_wedge_points_where_the_camera_faces(placed: tuple[Release, Path]) -> None:
    """Facing east with 60 degrees of view: its edges lie 30 degrees to either side, the doubtful ones 40."""
    drawn = plan.scene(Lookup(placed[0]))
    assert drawn is not None
    wedge = re.fullmatch(r"M0 0L(\S+) (\S+)A(\S+) \S+ 0 0 1 (\S+) (\S+)Z", drawn.cameras[0].wedge)
    doubt = re.fullmatch(r"M0 0L(\S+) (\S+)A(\S+) .*", drawn.cameras[0].doubt)
    assert wedge is not None
    assert doubt is not None
    x1, y1, reach, x2, y2 = map(float, wedge.groups())
    assert (x1 / reach, y1 / reach, x2 / reach, y2 / reach) == pytest.approx((0.866, -0.5, 0.866, 0.5), abs=0.002)
    dx, dy, _ = map(float, doubt.groups())
    assert (dx / reach, dy / reach) == pytest.approx((0.766, -0.643), abs=0.002)


def test_all_that_is_drawn_is_said_and_the_unknown_stays_unknown(placed: tuple[Release, Path], tmp_path: Path) -> None:
    """Places with error and source, distances in metres and feet, and the three cameras nobody placed."""
    release, files = placed
    site.build_case(release, files=files, out=tmp_path)
    body = (tmp_path / "index.html").read_text().partition('id="scene"')[2].partition("</section>")[0]
    text = " ".join(re.sub(r"<[^>]+>", " ", body).split())
    assert "0 m east, 0 m north, ± 1 m east (90 ± 10°), 60° wide measured on site" in text
    assert "20 m west, 12 m north, ± 0.5 m north-west (315 ± 2°), 90° wide city survey" in text
    assert "9:40:14 p.m. to 9:40:30 p.m." in text
    assert "Where he fell and Firearm: 5.0 ± 0.5 m (16 ± 2 feet) apart." in text
    assert text.count("not known not known") == 3
    assert body.count('class="p-cam"') == 3


def test_without_places_there_is_no_plan(placed: tuple[Release, Path]) -> None:
    """Nothing decided, nothing drawn."""
    assert plan.scene(Lookup(replace(placed[0], places=(), marks=()))) is None


def test_a_place_is_decided_replaced_and_forgotten() -> None:
    """A later place at the same instant stands in front; forgetting leaves nothing; values come back from the ledger."""
    moved = replace(PLACES[0], east_m=1.5)
    bodies = [PLACES[0], PLACES[1], moved]
    state = resolve(Decision(n, wire.load(type(b), wire.dump(b)), "R. Ames", None) for n, b in enumerate(bodies))  # type: ignore[arg-type]  # no clock is needed
    assert sorted(p.east_m for p in state.places.values()) == [1.5, 8.0]
    gone = resolve(Decision(n, b, "R. Ames", None) for n, b in enumerate([*bodies, ForgetPlace("EX-bwc-1", "the survey was wrong")]))  # type: ignore[arg-type]  # as above
    assert gone.places == {}


@pytest.mark.parametrize("bad", [{"error_m": 0.0}, {"view_deg": 0.0}, {"known_by": " "}, {"east_m": float("nan")}])
def test_a_place_without_error_view_or_source_is_refused(bad: dict[str, float | str]) -> None:
    """No place is more certain than it can be, and none comes from nowhere."""
    with pytest.raises(ValueError, match="place"):
        replace(PLACES[0], **bad)  # type: ignore[arg-type]  # bad on purpose


def _boxes(scene: plan.Scene, screen: str) -> list[tuple[float, float, float, float]]:
    """What each name covers, measured with letters of 0.55 of their size, which is wider than the page's own."""
    size = scene.unit * dict(plan.SIZES)[screen]
    found = []
    for names in [*(s.names for s in scene.spots), *(c.names for c in scene.cameras)]:
        for label in (label for name, label in names if name == screen):
            wide = len(label.text) * 0.55 * size
            left = label.x - {"start": 0.0, "middle": wide / 2, "end": wide}[label.anchor]
            found.append((left, label.y - 0.7 * size, left + wide, label.y + 0.2 * size))
    return found


@pytest.mark.parametrize("screen", ["far", "near"])
@pytest.mark.parametrize(("spots", "apart"), [(2, 0.2), (4, 0.0), (40, 3.0)])
def test_names_never_lie_over_each_other(placed: tuple[Release, Path], screen: str, spots: int, apart: float) -> None:
    """Two things a hand's breadth apart, four in one place, forty in a heap: each name is free of all others."""
    rng = random.Random(7)
    marks = tuple(
        SceneMark(f"Casing number {n}", ((rng.uniform(0, apart), rng.uniform(0, apart)),), 0.1, "measured on site") for n in range(spots)
    )
    drawn = plan.scene(Lookup(replace(placed[0], marks=(*MARKS, *marks))))
    assert drawn is not None
    boxes = _boxes(drawn, screen)
    for a, b in combinations(boxes, 2):
        assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])
    left, top, wide, high = map(float, drawn.box.split())
    assert all(left <= a[0] and top <= a[1] and a[2] <= left + wide and a[3] <= top + high for a in boxes)
    if spots < 40:
        assert len(boxes) == spots + len(MARKS) + len(PLACES)
        assert drawn.unnamed == (("far", 0), ("near", 0))


def test_a_name_without_room_is_counted_and_stays_in_the_table(placed: tuple[Release, Path]) -> None:
    """Ninety casings in one place: the drawing says how many it does not name."""
    marks = tuple(SceneMark(f"Casing number {n}", ((3.0, 3.0),), 0.1, "measured on site") for n in range(90))
    drawn = plan.scene(Lookup(replace(placed[0], marks=marks)))
    assert drawn is not None
    counts = dict(drawn.unnamed)
    assert 0 < counts["far"] < counts["near"] < 90
    body = site._page("scene.html", {"tongue": ENGLISH, "scene": drawn})
    for screen, count in drawn.unnamed:
        assert f'<p class="small {screen}">{count} places drawn without a name' in body
    assert all(f'<th scope="row">Casing number {n}</th>' in body for n in range(90))
