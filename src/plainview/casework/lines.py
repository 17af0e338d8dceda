# SPDX-License-Identifier: Apache-2.0
"""What a person heard stands in front of what the machine heard in the same stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plainview.model.decision import CaseState, CorrectLine, same_line
from plainview.model.time import IncidentSpan, IncidentTime
from plainview.model.transcript import FusedWord, TextState, Utterance


def corrected(machine: Sequence[Utterance], state: CaseState) -> list[Utterance]:
    """Machine lines with people's lines in their place, in time order, ids u1, u2 … over the result."""
    kept = [line for line in machine if not any(same_line(_span(line), each.span) for each in state.lines)]
    if state.transcript is not None and not state.transcript.unreviewed:
        kept = []
    people = [_line(each, machine) for each in state.lines]
    ordered = sorted([*kept, *people], key=lambda line: (line.start, line.end, line.text))
    return [replace(line, id=f"u{number}") for number, line in enumerate(ordered, 1)]


def _span(line: Utterance) -> IncidentSpan:
    return IncidentSpan(line.start, line.end)


def _line(each: CorrectLine, machine: Sequence[Utterance]) -> Utterance:
    """A person's line; which recordings hear it is taken from the machine's lines it replaces when not given."""
    replaced = [line for line in machine if same_line(_span(line), each.span)]
    heard = each.heard_on or tuple(dict.fromkeys(exhibit for line in replaced for exhibit in line.heard_on))
    texts = each.text.split()
    step = each.span.length / max(1, len(texts))
    words = tuple(
        FusedWord(
            IncidentTime(round(each.span.start + i * step)),
            IncidentTime(round(each.span.start + (i + 1) * step)),
            text,
            1.0,
            max(1, len(heard)),
            max(1, len(heard)),
        )
        for i, text in enumerate(texts)
    )
    said = " ".join(texts)
    others = tuple(dict.fromkeys(line.text for line in replaced if line.text != said)) if each.disputed else ()
    channel = replaced[0].channel if replaced else ""
    state = TextState.DISPUTED if each.disputed else TextState.REVIEWED
    return Utterance("", each.span.start, each.span.end, words, heard, each.speaker, state, others, channel)
