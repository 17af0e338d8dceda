# SPDX-License-Identifier: Apache-2.0
"""Where else a thing to hide appears: what one decision has to close over, before it is taken.

A face is asked about at the same instant on every other recording's clock; words are looked for in every
recogniser's words, in the transcript, in every paper. Nothing here decides: a person does, place by place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plainview.casework.standing import Desk
from plainview.model.redaction import Ground, HiddenTerm, Proposal, both_ways, hidden_words
from plainview.model.time import SECOND, IncidentSpan, MediaSpan, MediaTime

SAME_INSTANT = 2 * SECOND
"""µs around a face's stretch in which another camera may show the same person."""

_ANY = Ground("", "", "")


@dataclass(frozen=True, slots=True)
class Place:
    """One more place: ``proposal`` where the machine proposes it as well."""

    exhibit: str
    what: str
    span: MediaSpan | None = None
    page: int | None = None
    proposal: str = ""


def places(desk: Desk, proposal: Proposal) -> list[Place]:
    """Everywhere else that a proposed thing may be, this one left out."""
    if proposal.track is not None and proposal.span is not None:
        return list(_faces(desk, proposal, proposal.span))
    said = proposal.said.strip(" ,.;:")
    return [each for each in said_or_printed(desk, said) if each.proposal != proposal.id] if said else []


def _faces(desk: Desk, proposal: Proposal, span: MediaSpan) -> Iterator[Place]:
    timeline = desk.found.timeline
    own = timeline.of(proposal.exhibit) if timeline else None
    for each in desk.proposals():
        if each.track is None or each.span is None or each.id == proposal.id:
            continue
        there = timeline.of(each.exhibit) if timeline else None
        if each.exhibit == proposal.exhibit:
            near = _wide(each.span).overlaps(span)
        elif own is None or there is None:
            continue
        else:
            near = there.incident_span(_wide(each.span)).overlaps(own.incident_span(span))
        if near:
            yield Place(each.exhibit, each.what, each.span, proposal=each.id)


def _wide(span: MediaSpan) -> MediaSpan:
    return MediaSpan(MediaTime(max(0, span.start - SAME_INSTANT)), MediaTime(span.end + SAME_INSTANT))


def said_or_printed(desk: Desk, words: str) -> list[Place]:
    """Every recording that heard these words, every page that prints them, every delivered name that holds them."""
    terms = [HiddenTerm(form, _ANY) for form in both_ways(words)]
    return [*_heard(desk, terms), *_printed(desk, terms), *_named(desk, terms)]


def _heard(desk: Desk, terms: list[HiddenTerm]) -> Iterator[Place]:
    for exhibit in sorted(desk.found.heard):
        spoken = [word for segment in desk.found.heard[exhibit].segments for word in segment]
        for first, last in _runs(sorted(hidden_words([word.text for word in spoken], terms))):
            text = " ".join(word.text for word in spoken[first : last + 1])
            span = MediaSpan(spoken[first].start, MediaTime(max(spoken[first].start, spoken[last].end)))
            yield Place(exhibit, f"heard: {text}", span)
    for line in desk.found.fused.utterances if desk.found.fused else ():
        for first, last in _runs(sorted(hidden_words([word.text for word in line.words], terms))):
            text = " ".join(word.text for word in line.words[first : last + 1])
            start, end = line.words[first].start, line.words[last].end
            for exhibit in line.heard_on:
                alignment = desk.found.timeline.of(exhibit) if desk.found.timeline else None
                if alignment is not None:
                    span = alignment.media_span(IncidentSpan(start, max(start, end)))
                    yield Place(exhibit, f"in the transcript: {text}", span)


def _printed(desk: Desk, terms: list[HiddenTerm]) -> Iterator[Place]:
    for exhibit, pages in sorted(desk.found.pages.items()):
        for page in pages:
            printed = [word.text for word in page.words]
            for first, last in _runs(sorted(hidden_words(printed, terms))):
                yield Place(exhibit, f"printed: {' '.join(printed[first : last + 1])}", page=page.page)


def _named(desk: Desk, terms: list[HiddenTerm]) -> Iterator[Place]:
    for each in desk.exhibits:
        spread = each.name.replace("_", " ").replace("-", " ").split()
        if hidden_words(spread, terms):
            yield Place(each.id, f"in the delivered name: {each.name}")


def _runs(indexes: list[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of every unbroken run."""
    start = None
    for place, index in enumerate(indexes):
        start = index if start is None else start
        if place + 1 == len(indexes) or indexes[place + 1] != index + 1:
            yield start, index
            start = None
