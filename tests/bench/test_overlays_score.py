# SPDX-License-Identifier: Apache-2.0
"""The scorer of the figures of burned-in clocks, on placings whose score was worked out by hand."""

from __future__ import annotations

from bench.overlays import STYLES, Film, scored

from plainview.model.time import IncidentTime
from plainview.model.timeline import Alignment


def placed(name: str, offset_s: float, bar_s: float) -> Alignment:
    return Alignment(name, IncidentTime(round(offset_s * 1e6)), 0.0, round(bar_s * 1e6), "overlay clock", 0.7)


def test_a_wrong_clock_read_rightly_is_exact_and_only_a_wide_bar_holds_the_truth() -> None:
    """Clocks 0.5 s and 90 s fast, both read to 20 ms: the second is outside its two seconds. A third is not read."""
    films = {name: Film(STYLES[0], 10.0, wrong, 20.0, 10, (640, 360)) for name, wrong in (("a", 0.5), ("b", 90), ("c", 0))}

    found = scored(films, {"a": placed("a", 10.52, 2.0), "b": placed("b", 100.02, 2.0)})

    assert found["placed"] == found["within_1_s_of_its_clock"] == 2
    assert found["off_its_clock_ms"] == {"median": 20.0, "worst": 20.0}
    assert found["bar_holds_percent"] == 50.0
    assert (found["not_placed"], found["false"]) == (["c"], [])


def test_a_misread_clock_is_false() -> None:
    """An hour off what the picture says."""
    films = {"a": Film(STYLES[3], 10.0, 0.0, 20.0, 10, (640, 360))}

    assert scored(films, {"a": placed("a", 3610.0, 600.0)})["false"] == ["a"]
