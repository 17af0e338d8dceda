# SPDX-License-Identifier: Apache-2.0
"""What is hidden follows from what was decided: every accepted region covered, every term found."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainview.model.finding import Box
from plainview.model.redaction import (
    CasePlan,
    Ground,
    HiddenTerm,
    MaskTrack,
    PlanReader,
    Proposal,
    RecordingPlan,
    cover,
    fold,
    grow,
    hidden_words,
    undecided,
)
from plainview.model.time import MediaSpan, MediaTime

GROUND = Ground("witness-1", "private-contact", "5 ILCS 140/7(1)(c)")
WORD = st.text("abcdefghij", min_size=1, max_size=6)
boxes = st.builds(Box, st.integers(0, 500), st.integers(0, 500), st.integers(1, 200), st.integers(1, 200))


def hides(sentence: str, term: str) -> str:
    """The sentence with hidden words as underscores."""
    words = sentence.split()
    found = hidden_words(words, [HiddenTerm(term, GROUND)])
    return " ".join("_" if i in found else word for i, word in enumerate(words))


def inside(inner: Box, outer: Box) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.w <= outer.x + outer.w
        and inner.y + inner.h <= outer.y + outer.h
    )


@pytest.mark.parametrize(
    ("sentence", "term", "left"),
    [
        ("seen by Odessa Quill today", "Odessa Quill", "seen by _ _ today"),
        ("seen by ODESSA quill, today", "Odessa Quill", "seen by _ _ today"),
        ("Odessa Quill's window", "Odessa Quill", "_ _ window"),
        ("Witness:Odessa Quill at nine", "Odessa Quill", "_ _ at nine"),
        ("(Witness:Odessa Quill's)", "Odessa Quill", "_ _"),
        ("O d e s s a Quill", "Odessa Quill", "_ _ _ _ _ _ _"),
        ("call 555 0143 now", "555-0143", "call _ _ now"),
        ("call 555-0143 now", "555 0143", "call _ now"),
        ("call +1.312.555.0143", "555-0143", "call _"),
        ("born 03/14/1990.", "03/14/1990", "born _"),
        ("plate 7 KLM 419 seen", "7KLM419", "plate _ _ _ seen"),
        ("Gri\ufb03n left", "Griffin", "_ left"),
        ("Žofia and Zofia", "Žofia", "_ and _"),
        ("Odessa — Quill", "Odessa Quill", "_ — _"),
        ("Odessa went; Quill stayed", "Odessa Quill", "Odessa went; Quill stayed"),
    ],
)
def test_a_term_is_found_however_it_is_written(sentence: str, term: str, left: str) -> None:
    """Spacing, punctuation, case, accents and neighbours do not save it; other words stay."""
    assert hides(sentence, term) == left


def test_a_short_term_does_not_arise_from_two_strangers() -> None:
    """“Ann” is not hidden in “plan now”, where it is spelt only across two words."""
    assert hides("we plan now", "Ann") == "we plan now"


def test_both_ways_to_write_an_accent_are_one() -> None:
    """A file may hold é as one character or as e with a mark."""
    assert hides(unicodedata.normalize("NFD", "café José"), unicodedata.normalize("NFC", "José")).endswith(" _")


def test_an_empty_term_hides_nothing() -> None:
    """A term of blanks or points must not hide the whole page."""
    assert hidden_words(["all", "words"], [HiddenTerm(" .-", GROUND)]) == {}


@given(
    before=st.lists(WORD, max_size=5), name=st.lists(WORD, min_size=1, max_size=4), after=st.lists(WORD, max_size=5),
    cuts=st.sets(st.integers(1, 23)),
)  # fmt: skip
def test_a_term_is_hidden_wherever_it_is_cut(
    before: list[str], name: list[str], after: list[str], cuts: set[int]
) -> None:
    """For all cuts of a term into words, all of its words are hidden."""
    spelt = "".join(name)
    edges = [0, *sorted(cut for cut in cuts if cut < len(spelt)), len(spelt)]
    pieces = [spelt[a:b] for a, b in itertools.pairwise(edges)]
    found = hidden_words([*before, *pieces, *after], [HiddenTerm(" ".join(name), GROUND)])

    assert set(range(len(before), len(before) + len(pieces))) <= set(found)


@given(words=st.lists(WORD, max_size=12), term=WORD)
def test_no_word_that_is_left_holds_the_term(words: list[str], term: str) -> None:
    """After hiding, no remaining word contains it."""
    found = hidden_words(words, [HiddenTerm(term, GROUND)])

    assert not [word for i, word in enumerate(words) if i not in found and fold(term) in fold(word)]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """A folded term can be compared with a folded text."""
    assert fold(fold(text)) == fold(text)


@given(
    points=st.lists(st.tuples(st.integers(0, 10_000), boxes), min_size=1, max_size=8, unique_by=lambda p: p[0]),
    at=st.integers(0, 10_000),
)
def test_a_track_covers_both_neighbours_of_every_frame(points: list[tuple[int, Box]], at: int) -> None:
    """Rule 3: between two points both boxes are covered; outside the track nothing is."""
    points = sorted(points, key=lambda point: point[0])
    mask = MaskTrack(GROUND, tuple((MediaTime(time), box) for time, box in points))
    box = mask.box_at(MediaTime(at))
    before = [b for time, b in points if time <= at]
    after = [b for time, b in points if time >= at]

    if not before or not after:
        assert box is None
        assert not (mask.span.start <= at < mask.span.end)
    else:
        assert box is not None
        assert inside(before[-1], box)
        assert inside(after[0], box)


@given(boxes, boxes)
def test_the_cover_of_two_boxes_holds_both_and_no_more(a: Box, b: Box) -> None:
    """Each of its sides is a side of one of the two."""
    both = cover(a, b)

    assert inside(a, both)
    assert inside(b, both)
    assert both.x in (a.x, b.x)
    assert both.y + both.h in (a.y + a.h, b.y + b.h)


@given(box=boxes, margin=st.floats(0, 2))
def test_a_grown_box_stays_in_the_frame_and_holds_what_was_in_it(box: Box, margin: float) -> None:
    """Growing never uncovers a pixel of the frame, and never asks for one outside it."""
    frame = Box(0, 0, 640, 360)
    grown = grow(box, margin=margin, width=640, height=360)
    w, h = min(640, box.x + box.w) - box.x, min(360, box.y + box.h) - box.y

    assert inside(grown, frame) or 0 in (grown.w, grown.h)
    if w > 0 and h > 0:
        assert inside(Box(box.x, box.y, w, h), grown)


def test_what_is_undecided_is_named_in_order() -> None:
    """Rule 1: the release refuses with this list."""
    proposals = [Proposal(name, "EX-0001", "face") for name in ("p3", "p1", "p2")]

    assert [p.id for p in undecided(proposals, ["p1"])] == ["p3", "p2"]


def test_a_plan_touches_the_groups_of_pictures_it_changes() -> None:
    """A group that ends where a mask begins is not touched; one microsecond more and it is."""
    mask = MaskTrack(GROUND, ((MediaTime(1_000_000), Box(0, 0, 10, 10)), (MediaTime(2_000_000), Box(0, 0, 10, 10))))
    blackout = MediaSpan(MediaTime(5_000_000), MediaTime(6_000_000))
    plan = RecordingPlan("EX-0001", masks=(mask,), blackouts=((blackout, GROUND),))

    assert not plan.touches(MediaSpan(MediaTime(0), MediaTime(1_000_000)))
    assert plan.touches(MediaSpan(MediaTime(0), MediaTime(1_000_001)))
    assert plan.touches(MediaSpan(MediaTime(2_000_000), MediaTime(3_000_000)))
    assert plan.blacked_out(MediaTime(5_000_000))
    assert not plan.blacked_out(MediaTime(6_000_000))
    assert plan.boxes_at(MediaTime(1_500_000)) == [(Box(0, 0, 10, 10), "box")]


@given(
    st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=5, unique=True), max_size=4),
    st.lists(st.integers(0, 60), min_size=1, max_size=30),
)
def test_a_part_of_a_plan_covers_what_the_whole_covers(tracks: list[list[int]], asked: list[int]) -> None:
    """Whatever is asked in whatever order: the reader's part and the whole plan agree on every picture."""
    masks = tuple(
        MaskTrack(GROUND, tuple((MediaTime(at * 700_000), Box(at, at, 10, 10)) for at in sorted(points)))
        for points in tracks
    )
    blackout = MediaSpan(MediaTime(5_000_000), MediaTime(6_000_000))
    plan = RecordingPlan("EX-0001", masks=masks, blackouts=((blackout, GROUND),))
    reader = PlanReader(plan)

    for at in (MediaTime(each * 600_000) for each in asked):
        assert reader.at(at).boxes_at(at) == plan.boxes_at(at)
        assert reader.at(at).blacked_out(at) == plan.blacked_out(at)


def test_an_exhibit_without_decisions_has_an_empty_plan() -> None:
    """Nothing decided is nothing hidden, not an error."""
    plan = CasePlan((), (), ())

    assert plan.recording("EX-0001") == RecordingPlan("EX-0001")
    assert plan.document("EX-0002").terms == ()
