# SPDX-License-Identifier: Apache-2.0
"""Where else a thing appears: the same instant on other clocks, the same words in sound, text, paper and names."""

from __future__ import annotations

from casework.test_closure import AT, BASIS, NAME, paper, recording
from plainview.casework import elsewhere
from plainview.casework.findings import Findings
from plainview.casework.standing import Desk
from plainview.media.fusion import Fused
from plainview.model.case import Case, Exhibit
from plainview.model.finding import Box, PageText, PageWord, Track, TrackPoint
from plainview.model.time import SECOND, IncidentTime, MediaSpan, MediaTime
from plainview.model.timeline import Alignment, Timeline
from plainview.model.transcript import Heard, Word


def track(start: int, end: int) -> Track:
    points = tuple(TrackPoint(MediaTime(at * SECOND), Box(10, 10, 20, 20), 0.9, True) for at in (start, end))
    return Track("t", "face", points, BASIS)


def desk() -> Desk:
    """R1 and R2 are on one clock, ten seconds apart; R3 is on none. The name is heard on R1 and printed on P1."""
    exhibits: list[Exhibit] = [recording("R1"), recording("R2"), recording("R3"), paper("P1"), paper("P2", name="statement of Odessa Quill.pdf")]
    placed = tuple(
        Alignment(name, IncidentTime(offset * SECOND), 0.0, 5000, "sound", 0.9) for name, offset in (("R1", 0), ("R2", 10))
    )
    words = tuple(
        Word(MediaTime(i * SECOND), MediaTime((i + 1) * SECOND), text, 0.9)
        for i, text in enumerate(f"the caller is {NAME} she said".split())
    )
    printed = tuple(PageWord(text, 10.0 * i, 0.0, 9.0, 9.0) for i, text in enumerate(f"Caller: {NAME}, by telephone".split()))
    found = Findings(
        timeline=Timeline(placed, (("R3", "it shares nothing"),)),
        fused=Fused((), {}),
        heard={"R1": Heard("R1", (words,), (MediaSpan(MediaTime(0), MediaTime(6 * SECOND)),), "en", BASIS)},
        faces={"R1": (track(20, 22),), "R2": (track(11, 12), track(40, 42)), "R3": (track(20, 22),)},
        pages={"P1": (PageText(2, 600.0, 800.0, printed),)},
    )
    return Desk(Case("C1", "T", AT), exhibits, found, [])


def test_a_face_is_asked_about_at_the_same_instant_on_every_placed_camera() -> None:
    """Twenty seconds on R1 are ten on R2: its track there is named, the later one is not, nor what has no clock."""
    case = desk()
    (own,) = [each for each in case.proposals() if each.exhibit == "R1" and each.kind == "face"]

    found = elsewhere.places(case, own)

    assert [(each.exhibit, each.span.start // SECOND if each.span else None) for each in found] == [("R2", 11)]


def test_words_are_found_in_sound_in_print_and_in_names() -> None:
    """The name heard on R1 is also printed on the second page of P1 and stands in the name of P2."""
    found = elsewhere.said_or_printed(desk(), NAME)

    assert [(each.exhibit, each.what.split(":")[0], each.page) for each in found] == [
        ("R1", "heard", None), ("P1", "printed", 2), ("P2", "in the delivered name", None),
    ]  # fmt: skip
    assert found[0].span == MediaSpan(MediaTime(3 * SECOND), MediaTime(5 * SECOND))
