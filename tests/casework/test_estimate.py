# SPDX-License-Identifier: Apache-2.0
"""Before work starts a case says how long it will take, out of what was found in it and what is graphic in it."""

from __future__ import annotations

from datetime import UTC, datetime

from plainview.casework.findings import Findings
from plainview.casework.review import effort
from plainview.casework.standing import Desk
from plainview.model import wire
from plainview.model.case import AudioStream, Case, Exhibit, Kind, Probe
from plainview.model.decision import WithholdExhibit
from plainview.model.finding import Basis, Box, Track, TrackPoint
from plainview.model.moment import Moment, MomentState
from plainview.model.rows import DecisionRow
from plainview.model.time import SECOND, IncidentTime, MediaTime
from plainview.model.timeline import Alignment, Timeline

AT = datetime(2026, 3, 31, tzinfo=UTC)
BASIS = Basis("by hand", "1")


def recording(exhibit: str, minutes: int) -> Exhibit:
    probe = Probe("mp4", MediaTime(minutes * 60 * SECOND), None, AudioStream("aac", 16_000, 1))
    return Exhibit(exhibit, "C1", Kind.RECORDING, f"{exhibit}.mp4", 1, "0" * 64, "police", AT, probe=probe)


def track(number: int, score: float) -> Track:
    """Twenty seconds of a face that the detector was at best so sure of."""
    points = tuple(TrackPoint(MediaTime(t * SECOND), Box(0, 0, 40, 40), score, True) for t in (0, 20))
    return Track(f"face-{number}", "face", points, BASIS)


def desk() -> Desk:
    """Ten minutes and five, both placed; four faces, two of them unsure; a shot that both see and only the first hears on."""
    placed = {"EX-0001": 0, "EX-0002": 60, "EX-0003": 0}
    timeline = Timeline(tuple(Alignment(e, IncidentTime(s * SECOND), 0.0, 1, "sound", 0.9) for e, s in placed.items()), ())
    tracks = tuple(track(i, score) for i, score in enumerate((0.9, 0.9, 0.5, 0.3)))
    both, first = ("EX-0001", "EX-0002"), ("EX-0001",)
    moments = (
        Moment("m1", "shot", IncidentTime(90 * SECOND), None, 0, "A shot", "", both, both, "shooting", MomentState.CONFIRMED),
        Moment("m2", "aid", IncidentTime(200 * SECOND), IncidentTime(256 * SECOND), 0, "Aid", "", first, first, "injury",
               MomentState.CONFIRMED),
    )  # fmt: skip
    bodies: list[tuple[str, object]] = [("Moment", each) for each in moments]
    bodies.append(("WithholdExhibit", WithholdExhibit("EX-0003", "another matter", "an invented law")))
    rows = [
        DecisionRow(seq, "C1", kind, wire.canonical(body).decode(), "A", "reviewer", AT, "", "")
        for seq, (kind, body) in enumerate(bodies, 1)
    ]
    exhibits = [recording("EX-0001", 10), recording("EX-0002", 5), recording("EX-0003", 60)]
    return Desk(Case("C1", "An incident", AT), exhibits, Findings(timeline=timeline, faces={"EX-0001": tracks}), rows)


def test_the_estimate_is_made_of_what_was_found_and_of_what_is_graphic() -> None:
    """15 minutes watched twice; 20 s for each face and twice that where it is hard to see; 2 + 2 + 56 s graphic, twice."""
    ahead = effort(desk())

    told = {what: (count, minutes) for what, count, minutes in ahead.parts}
    assert told["seconds of recordings watched"] == (1800, 30.0)
    assert told["faces and plates judged"] == (4, 2.0)
    assert told["of these hard to see"][0] == 2
    assert ahead.minutes == 32
    assert ahead.least < ahead.minutes < ahead.most
    assert ahead.graphic_minutes == 2.0
