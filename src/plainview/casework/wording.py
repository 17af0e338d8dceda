# SPDX-License-Identifier: Apache-2.0
"""A case's own wording, looked at before anyone approves it: everything the office says itself, and its ledger.

What a party said, what a recorder heard and what stands in a paper is not judged here. Rungs of status are
acts of named bodies and stand as they were taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from plainview.model.decision import CaseState
from plainview.model.wording import Remark, released_texts


def own_texts(state: CaseState) -> Iterator[tuple[str, str]]:
    """(where, text) of all that the office says in its own voice."""
    facts = state.facts
    if facts is not None:
        yield from (("headline", facts.headline), ("summary", facts.summary), ("kind of case", facts.kind_line))
        yield "status line", facts.status_line
        for fact in facts.facts:
            yield f"fact {fact.label!r}", f"{fact.value}. {fact.note}" if fact.note else fact.value
    for title in state.titles.values():
        yield f"title of {title.exhibit}", title.title
    for moment in state.moments.values():
        yield f"moment {moment.id}, title", moment.title
        yield f"moment {moment.id}, text", moment.text
    if state.shots is not None:
        yield "shots, note", state.shots.note
    for note in state.notes[-1:]:
        yield "version note", f"{note.summary} {note.why}".strip()
    for item in state.expected.values():
        yield f"expected item {item.name!r}", item.reason


def case_remarks(state: CaseState) -> tuple[Remark, ...]:
    """Every remark about a case's wording, those that hold a release first; kept words are not told again."""
    kept = {(each.words.casefold(), each.where) for each in state.kept_words}
    found = released_texts(own_texts(state), state.statements.values())
    # Quotations without a speaker are only advised where a title names what is heard; titles are quotations by custom.
    told = [r for r in found if not (r.words.startswith("“") and r.where.endswith("title"))]
    left = [r for r in told if not kept & {(r.words.casefold(), ""), (r.words.casefold(), r.where)}]
    return tuple(sorted(left, key=lambda r: not r.holds))


def holding(state: CaseState) -> tuple[Remark, ...]:
    """The remarks that stop a release."""
    return tuple(remark for remark in case_remarks(state) if remark.holds)
