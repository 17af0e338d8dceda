# SPDX-License-Identifier: Apache-2.0
"""A name decided about once is covered wherever the case says it, and nothing else is.

Five recorders hear the name at one instant, three of them understand it; two papers print it, one caption of a
photograph says it, one file is called after it. Beside these stand a recorder that hears nothing then, one that is
on no clock, a paper with other names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plainview.casework.findings import Findings, proposals
from plainview.casework.planning import plan_case, released_utterances
from plainview.casework.releasing import _safe
from plainview.casework.standing import Desk
from plainview.media.fusion import Fused
from plainview.model import wire
from plainview.model.case import AudioStream, Case, Exhibit, Kind, Probe
from plainview.model.decision import HideTerms, TitleExhibit
from plainview.model.finding import Basis, PageText, PageWord
from plainview.model.redaction import CasePlan, Ground, both_ways, hidden_words
from plainview.model.rows import DecisionRow
from plainview.model.time import SECOND, IncidentTime, MediaSpan, MediaTime
from plainview.model.timeline import Alignment, Timeline
from plainview.model.transcript import FusedWord, Heard, Utterance, Word

AT = datetime(2026, 3, 31, tzinfo=UTC)
BASIS = Basis("by hand", "1")
GROUND = Ground("caller-1", "private-contact", "an invented law")
NAME = "Odessa Quill"
SAID = 20 * SECOND
"""When the name is said, on the case's clock."""
HEARING = {"R1": "Odessa Quill", "R2": "Odessa Quill,", "R3": "Odessa Quill's", "R4": "Odetta Quil", "R5": "a desk quill"}
"""What each of the five recorders that hear the name understood."""
OFFSETS = {"R1": 0, "R2": 3, "R3": -4, "R4": 7, "R5": 11, "R6": 2}
"""Seconds on the case's clock at which each recording begins; ``R6`` hears nothing when the name is said."""


def recording(exhibit: str) -> Exhibit:
    probe = Probe("mp4", MediaTime(60 * SECOND), None, AudioStream("aac", 16_000, 1))
    return Exhibit(exhibit, "C1", Kind.RECORDING, f"{exhibit}.mp4", 1, "0" * 64, "police", AT, probe=probe)


def paper(exhibit: str, kind: Kind = Kind.DOCUMENT, name: str = "report.pdf") -> Exhibit:
    return Exhibit(exhibit, "C1", kind, name, 1, "0" * 64, "police", AT)


def heard(exhibit: str, understood: str, *, at: int) -> Heard:
    """Four words around the name, half a second each, and a sentence ten seconds later."""
    texts = f"the caller is {understood} she said".split()
    start = at - 3 * SECOND // 2
    words = tuple(
        Word(MediaTime(start + i * SECOND // 2), MediaTime(start + (i + 1) * SECOND // 2), text, 0.9)
        for i, text in enumerate(texts)
    )
    late = tuple(
        Word(MediaTime(at + (10 + i) * SECOND), MediaTime(at + (11 + i) * SECOND), text, 0.9)
        for i, text in enumerate(["drop", "it"])
    )
    speech = tuple(MediaSpan(run[0].start, run[-1].end) for run in (words, late))
    return Heard(exhibit, (words, late), speech, "en", BASIS)


def page(text: str) -> tuple[PageText, ...]:
    words = tuple(PageWord(word, 50.0 + 40 * i, 100.0, 38.0, 12.0) for i, word in enumerate(text.split()))
    return (PageText(1, 612.0, 792.0, words),)


def line(text: str, *, start: int, on: tuple[str, ...]) -> Utterance:
    words = tuple(
        FusedWord(IncidentTime(start + i * SECOND // 2), IncidentTime(start + (i + 1) * SECOND // 2), word, 0.9)
        for i, word in enumerate(text.split())
    )
    return Utterance("u1", words[0].start, words[-1].end, words, on)


PAPERS = {
    "D1": "Complainant: Odessa Quill called at 00:14",
    "D2": "Interview of QUILL, ODESSA and of Odessa Quill's neighbour",
    "D3": "Officer Odell Quillan wrote this report",
}


@pytest.fixture
def desk() -> Desk:
    """The case with one decision about the name, and titles for all that is shown."""
    exhibits = [recording(each) for each in (*OFFSETS, "R7")] + [paper(each) for each in PAPERS]
    exhibits += [paper("P1", Kind.PHOTOGRAPH, "porch.jpg"), paper("X1", name="quill_odessa-statement.pdf")]
    found = Findings(
        timeline=Timeline(
            tuple(Alignment(e, IncidentTime(s * SECOND), 0.0, 20_000, "sound", 0.9) for e, s in OFFSETS.items()),
            (("R7", "hears nothing that another hears"),),
        ),
        heard={each: heard(each, text, at=SAID - OFFSETS[each] * SECOND) for each, text in HEARING.items()},
        pages={**{each: page(text) for each, text in PAPERS.items()}, "P1": page("Home of Odessa Quill")},
        fused=Fused((line("the caller is Odessa Quill she said", start=SAID - 3 * SECOND // 2, on=("R1", "R2")),), {}),
    )
    quiet = heard("R6", "nobody", at=40 * SECOND)
    found.heard |= {"R6": quiet, "R7": replace(quiet, exhibit="R7")}
    bodies: list[tuple[str, object]] = [("HideTerms", HideTerms((NAME,), GROUND))]
    bodies += [("TitleExhibit", TitleExhibit(each.id, each.id, each.id.lower())) for each in exhibits if each.id != "X1"]
    rows = [
        DecisionRow(seq, "C1", kind, wire.canonical(body).decode(), "A", "reviewer", AT, "", "")
        for seq, (kind, body) in enumerate(bodies, 1)
    ]
    return Desk(Case("C1", "An incident", AT), exhibits, found, rows)


def covered(plan: CasePlan, desk: Desk) -> dict[str, list[MediaSpan]]:
    """Muted stretches by recording, empty ones left out."""
    return {each.exhibit: [mute.span for mute in each.mutes] for each in plan.recordings if each.mutes}


def test_all_nine_places_are_covered_and_none_other(desk: Desk) -> None:
    plan = plan_case(desk)

    muted = covered(plan, desk)
    assert set(muted) == {"R1", "R2", "R3", "R4", "R5"}
    for exhibit, spans in muted.items():
        (span,) = spans
        own = SAID - OFFSETS[exhibit] * SECOND
        assert span.start <= own
        assert own + SECOND <= span.end
        assert span.end - span.start <= 3 * SECOND, "the name and its margins, no more"
    printed = {
        exhibit: sorted(hidden_words([word.text for word in pages[0].words], plan.document(exhibit).terms))
        for exhibit, pages in desk.found.pages.items()
    }
    assert printed == {"D1": [1, 2], "D2": [2, 3, 6, 7], "D3": [], "P1": [2, 3]}
    names = {each.id: _safe(each.name, desk.state) for each in desk.exhibits}
    assert [key for key, name in names.items() if "hidden" in name] == ["X1"]
    assert all("quill" not in name.casefold() for name in names.values())


def test_the_transcript_says_neither_the_name_nor_less_than_the_rest(desk: Desk) -> None:
    (said,) = released_utterances(desk, plan_case(desk))

    assert said.text.startswith("the caller")
    assert "Odessa" not in said.text
    assert "Quill" not in said.text
    assert said.text.endswith("said")


def test_a_name_that_only_one_recorder_understood_is_muted_on_all_that_hear_voice_then(desk: Desk) -> None:
    desk.found.fused = None
    desk.found.heard = {
        each: h if each in ("R1", "R6", "R7") else heard(each, "a dress a quilt", at=SAID - OFFSETS[each] * SECOND)
        for each, h in desk.found.heard.items()
    }

    assert set(covered(plan_case(desk), desk)) == {"R1", "R2", "R3", "R4", "R5"}


def test_only_names_are_read_with_the_last_word_first() -> None:
    """Numbers, dates, single words and what is already parted by a comma stay as they are."""
    assert both_ways("Rosa Maria Delgado") == ("Rosa Maria Delgado", "Delgado, Rosa Maria")
    for term in ("Quill", "555 0142", "Quill, Odessa", "4 April 1989", "one two three four"):
        assert both_ways(term) == (term,)


def test_without_the_decision_nothing_is_covered(desk: Desk) -> None:
    desk.rows = [row for row in desk.rows if row.kind != "HideTerms"]
    plan = plan_case(desk)

    assert covered(plan, desk) == {}
    assert plan.terms == ()


def test_a_name_that_stands_only_in_an_alternative_is_proposed_in_its_place(desk: Desk) -> None:
    """The vote made "a dull squid" of the name; one recorder heard it. What is offered is the place of those words."""
    said = line("she talked to a dull squid at noon", start=SAID, on=("R1", "R2"))
    desk.found.fused = Fused((replace(said, alternatives=("she talked to Odessa Quill at noon",)),), {})

    (offered,) = [each for each in proposals(desk.found, desk.exhibits) if each.kind == "words"]

    assert "Odessa Quill" in offered.what
    assert "one recording heard it" in offered.what
    assert offered.span == MediaSpan(
        MediaTime(said.words[3].start - OFFSETS["R1"] * SECOND), MediaTime(said.words[5].end - OFFSETS["R1"] * SECOND)
    )


def test_a_name_in_the_line_is_proposed_once_however_else_it_was_heard(desk: Desk) -> None:
    """What others made of the same words adds no second proposal."""
    said = line("my name is Odessa Quill sir", start=SAID, on=("R1", "R2"))
    desk.found.fused = Fused((replace(said, alternatives=("my name is Odessa Quail sir",)),), {})

    offered = [each.what for each in proposals(desk.found, desk.exhibits) if each.kind == "words"]

    assert len(offered) == 1
    assert "Odessa Quill" in offered[0]
