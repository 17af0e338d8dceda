# SPDX-License-Identifier: Apache-2.0
"""The wording check: what it holds against, what it leaves alone, and that it explains itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from plainview.casework.wording import case_remarks, holding
from plainview.model.decision import CaseFacts, CaseState, Decision, KeepWording, resolve
from plainview.model.statement import Assertion, Citation, Relation, Statement
from plainview.model.wording import RULES, remarks

STATEMENT = Statement(
    "s1", "Police Department", "press office", "Cmdr. A", date(2026, 3, 15), "press statement", "He lied and refused to stop.",
    (Assertion("a1", "He refused to stop.", (Citation(Relation.CONTRADICTS, "He stands still.", moment="m1"),)),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words", "rule"),
    [
        ("The commander lied about it.", "lied", "verdict"),
        ("The shooting was justified.", "justified", "verdict"),
        ("The statement is false.", "is false", "verdict"),
        ("He tried to run.", "tried to", "intent"),
        ("He refused to answer.", "refused", "intent"),
        ("The video proves that he stood still.", "proves that", "proof"),
        ("He was allegedly armed.", "allegedly", "attribution"),
        ("An officer-involved shooting.", "officer-involved", "euphemism"),
        ("The officer discharged his weapon.", "discharged his weapon", "euphemism"),
        ("The suspect fell.", "suspect", "label"),
    ],
)
def test_each_rule_finds_its_words_and_explains_itself(text: str, words: str, rule: str) -> None:
    """The remark names the words as they stand, why they are a problem, and what to write."""
    (remark,) = remarks("summary", text)

    assert (remark.words, remark.rule) == (words, rule)
    assert remark.why.endswith(".")
    assert remark.why in remark.sentence()
    assert remark.instead in remark.sentence()


@pytest.mark.parametrize(
    "text",
    [
        "Five shots are heard within two and a half seconds.",
        "Officer Tolland answers: “You tried to kill me, you are guilty.”",
        "He turns toward the officer. No answer is heard.",
        "The right hand cannot be seen; whether it holds anything cannot be determined.",
        "A witness describes the subjective view.",
        "The executive summary is in the papers.",
    ],
)
def test_plain_description_and_quotations_pass(text: str) -> None:
    """What is seen or heard, and what others said between quotation marks, is left alone."""
    assert remarks("summary", text) == ()


def test_what_a_party_said_is_its_own() -> None:
    """Quote and assertion are the party's words; the office's note beside them is judged."""
    state = CaseState(statements={"s1": STATEMENT})
    assert case_remarks(state) == ()
    cited = Citation(Relation.CONTRADICTS, "He obviously lied.", moment="m1")
    judged = replace(STATEMENT, assertions=(Assertion("a1", "He refused to stop.", (cited,)),))
    assert [r.words for r in holding(CaseState(statements={"s1": judged}))] == ["lied", "obviously"]


def test_a_statement_names_who_said_it_where() -> None:
    """Without party or source it holds; a comparison left open without its reason does too."""
    nobody = replace(STATEMENT, party="", source=" ", assertions=(Assertion("a1", "x", (Citation(Relation.UNDETERMINED, "", moment="m1"),)),))
    assert [(r.rule, r.words) for r in holding(CaseState(statements={"s1": nobody}))] == [
        ("attribution", "party"), ("attribution", "source"), ("limits", "cannot be determined"),
    ]  # fmt: skip


def test_kept_words_no_longer_hold_and_advice_never_does() -> None:
    """A person keeps a word with a reason, in one place or everywhere; an unattributed quotation is only advice."""
    facts = CaseFacts("A man is found guilty", "The jury's verdict: guilty. “Nobody says who said this here.”")
    bodies = [facts, KeepWording("guilty", "the jury's finding", "headline")]
    state = resolve(Decision(n, body, "R. Ames", None) for n, body in enumerate(bodies))  # type: ignore[arg-type]  # no clock is needed
    assert [(r.where, r.holds) for r in case_remarks(state)] == [("summary", True), ("summary", False)]
    assert holding(resolve(Decision(n, b, "R. Ames", None) for n, b in enumerate([*bodies, KeepWording("guilty", "the jury's finding")]))) == ()  # type: ignore[arg-type]  # as above


def test_every_rule_says_why_and_what_instead() -> None:
    """No rule is a bare list of words."""
    assert all(rule.why.endswith(".") and rule.instead.endswith(".") for rule in RULES)
