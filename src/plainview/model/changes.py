# SPDX-License-Identifier: Apache-2.0
"""What one version of a release changes from the one before: computed, never written by hand.

What this module keeps true:

- everything a reader sees is compared: words, moments, statements, status, recordings, papers page by page, what is
  hidden and for how long, what is missing, the date that is due, the count of shots, headline and facts;
- a correction says the old words beside the new ones;
- words that are hidden now are not said again as the old words of a correction.

>>> excerpt("Rounds fired: 4. He reached.", "Rounds fired: 5. He reached.")
('Rounds fired: 4. He reached.', 'Rounds fired: 5. He reached.')
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from plainview.model.release import Change, Release, ReleasedRecording, Version
from plainview.model.statement import Statement
from plainview.model.time import SECOND, clock_text
from plainview.model.transcript import TextState, Utterance

DOCUMENT, TRANSCRIPT = "Document", "Transcript at"
NEAR = 6
"""Words kept on each side of what differs in a long text."""
LONG = 40
"""Words up to which a text is given whole."""


@dataclass(frozen=True)
class Item:
    """One thing a reader can point at, and what is said of it: name of the aspect → its words.

    An aspect whose words cannot be shown (bytes of a file) begins with ``#``: that it differs is told, not how.
    """

    title: str
    said: Mapping[str, str]


def changes(
    before: Release | None, after: Release, *, why: str, hidden: Callable[[str], bool] = lambda text: False
) -> tuple[Change, ...]:
    """Everything added, removed or corrected between two versions, in the order of the page.

    ``hidden`` tells of a text whether it holds words that the newer version hides.
    """
    if before is None:
        return ()
    found = [*_cover(before, after, why)]
    for word, items in _SECTIONS.items():
        found += _items(word, items(before), items(after), why)
        if word == DOCUMENT:
            found += _lines(before, after, why)
    covered = {f"{DOCUMENT}: {d.title}, page" for d in after.documents if _more_hidden(d.exhibit, before, after)}
    return tuple(_careful(change, hidden, covered) for change in found)


def retold(versions: tuple[Version, ...], now: Release, *, hidden: Callable[[str], bool]) -> tuple[Version, ...]:
    """What earlier versions changed, as version ``now`` may tell it: words it no longer shows are left out.

    A line or a page that is told word by word is told so only while those words still stand.
    """
    lines = {_spoken(line) for line in now.utterances}
    pages = [page.text for each in now.documents for page in each.pages]

    def stands(change: Change) -> bool:
        if hidden(change.what) or hidden(change.before) or hidden(change.after):
            return False
        if change.what.startswith(TRANSCRIPT):
            return change.after in lines
        if change.what.startswith(DOCUMENT) and ", page" in change.what:
            return any(all(part.strip() in text for part in change.after.split("…")) for text in pages)
        return True

    def told(change: Change) -> Change:
        what = change.what.partition(":")[0] if hidden(change.what) else change.what
        return change if stands(change) else Change(change.kind, what, change.why)

    return tuple(replace(v, changes=tuple(told(c) for c in v.changes)) for v in versions)


def excerpt(old: str, new: str) -> tuple[str, str]:
    """Both texts, cut to where they differ when they are long."""
    a, b = old.split(), new.split()
    if max(len(a), len(b)) <= LONG:
        return old, new
    head = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest = min(len(a), len(b)) - head
    tail = next((i for i, (x, y) in enumerate(zip(reversed(a), reversed(b), strict=False)) if x != y), rest)
    return _cut(a, head, min(tail, rest)), _cut(b, head, min(tail, rest))


def _cut(words: list[str], head: int, tail: int) -> str:
    first, last = max(0, head - NEAR), min(len(words), len(words) - tail + NEAR)
    some = words[first:last]
    if len(some) > 2 * LONG:
        some = [*some[:LONG], "…", *some[-LONG:]]
    return " ".join([*(["…"] if first else []), *some, *(["…"] if last < len(words) else [])])


def _careful(change: Change, hidden: Callable[[str], bool], covered: set[str]) -> Change:
    on_covered_page = any(change.what.startswith(page) for page in covered)
    if change.before and (on_covered_page or hidden(change.before)):
        change = replace(change, before="")
    return replace(change, what=change.what.partition(":")[0]) if hidden(change.what) else change


def _more_hidden(exhibit: str, before: Release, after: Release) -> bool:
    old, new = (sum(n for _, _, n in d.redactions) if (d := r.document(exhibit)) else 0 for r in (before, after))
    return new > old


def _cover(before: Release, after: Release, why: str) -> Iterator[Change]:
    """What stands above the player."""
    pairs = (
        ("Headline", before.headline, after.headline),
        ("Summary", before.summary, after.summary),
        ("Kind of case", before.kind_line, after.kind_line),
        ("Status of the case", before.status_line, after.status_line),
        ("Due date", _due(before), _due(after)),
        ("Shots heard", _shots(before), _shots(after)),
    )
    for what, old, new in pairs:
        yield from _one(what, old, new, why)


def _one(what: str, old: str, new: str, why: str) -> Iterator[Change]:
    if old == new:
        return
    if not old:
        yield Change("added", what, why, "", excerpt("", new)[1])
    elif not new:
        yield Change("removed", what, why, excerpt(old, "")[0])
    else:
        yield Change("corrected", what, why, *excerpt(old, new))


def _due(release: Release) -> str:
    return f"{release.deadline.due.date().isoformat()}: {release.deadline.explanation}" if release.deadline else ""


def _shots(release: Release) -> str:
    shots = release.shots
    if shots is None:
        return ""
    count = str(shots.low) if shots.low == shots.high else f"{shots.low} to {shots.high}"
    return f"{count}. {shots.reason}".strip()


def _items(word: str, before: Mapping[str, Item], after: Mapping[str, Item], why: str) -> Iterator[Change]:
    for key, item in after.items():
        if key not in before:
            yield Change("added", f"{word}: {item.title}", why)
            continue
        old = before[key]
        for aspect in dict.fromkeys([*old.said, *item.said]):
            was, is_now = old.said.get(aspect, ""), item.said.get(aspect, "")
            if was == is_now:
                continue
            if aspect.startswith("#"):
                yield Change("corrected", f"{word}: {item.title}, {aspect[1:]}", why)
            else:
                yield Change("corrected", f"{word}: {item.title}, {aspect}", why, *excerpt(was, is_now))
    for key, item in before.items():
        if key not in after:
            yield Change("removed", f"{word}: {item.title}", why)


def _recordings(release: Release) -> dict[str, Item]:
    return {each.exhibit: Item(each.title, _recording(each, release)) for each in release.recordings}


def _recording(each: ReleasedRecording, release: Release) -> dict[str, str]:
    hidden: dict[str, int] = {}
    for span in each.redactions:
        name = f"{span.what} ({', '.join(filter(None, [span.reason, span.law]))})"
        hidden[name] = hidden.get(name, 0) + span.span.length
    place = each.unplaced_reason
    if each.alignment:
        start = clock_text(each.alignment.offset, release.case.at, digits=2)
        place = f"{start} ± {each.alignment.uncertainty / SECOND:.2f} s"
    said = {
        "title": each.title,
        "start": place,
        "hidden": "; ".join(f"{name} {us / SECOND:.1f} s" for name, us in sorted(hidden.items())) or "nothing",
        "damage": "; ".join(each.damage),
    }
    files = tuple((r.role, r.sha256) for r in each.renditions if r.role in {"full", "sound"})
    # The bytes follow from what is hidden; they are told apart only where nothing else was.
    return said | {"#published file": repr(files)}


def _documents(release: Release) -> dict[str, Item]:
    found = {}
    for each in release.documents:
        pages = {f"page {page.number}": page.text for page in each.pages}
        hidden = "; ".join(f"{n} × {reason} ({law})" for reason, law, n in sorted(each.redactions)) or "nothing"
        said = {"title": each.title, "note": each.note, "hidden": hidden, **pages}
        files = repr(tuple(r.sha256 for r in each.renditions))
        found[each.exhibit] = Item(each.title, said | {"#published file": files})
    return found


def _moments(release: Release) -> dict[str, Item]:
    return {
        each.id: Item(
            each.title,
            {
                "title": each.title,
                "text": each.text,
                "time": clock_text(each.start, release.case.at, digits=1),
                "seen on": ", ".join(each.seen_on),
                "heard on": ", ".join(each.heard_on),
                "graphic": each.graphic,
            },
        )
        for each in release.moments
    }


def _statements(release: Release) -> dict[str, Item]:
    return {each.id: Item(f"{each.party}, {each.date.isoformat()}", dict(_said(each))) for each in release.statements}


def _said(each: Statement) -> Iterator[tuple[str, str]]:
    yield "words", each.quote
    yield "speaker", ", ".join(filter(None, [each.speaker, each.capacity]))
    yield "source", each.source
    for claim in each.assertions:
        cited = (
            (f"{c.relation.value}: {c.note}", c.limits, c.moment or c.document, f"page {c.page}" if c.page else "")
            for c in claim.citations
        )
        yield f"“{claim.text}”", "; ".join(" ".join(filter(None, parts)) for parts in cited) or "not compared"
    yield "answer", f"{each.answer.date.isoformat()}: {each.answer.text}" if each.answer else ""


def _status(release: Release) -> dict[str, Item]:
    return {
        each.id: Item(
            f"{each.body}, {each.date.isoformat()}",
            {"words": each.text, "answer": "owed" if each.open else "not owed"},
        )
        for each in release.status
    }


def _facts(release: Release) -> dict[str, Item]:
    return {each.label: Item(each.label, {"words": f"{each.value} {each.note}".strip()}) for each in release.facts}


def _withheld(release: Release) -> dict[str, Item]:
    found = {}
    for each in release.withheld:
        title = ", ".join(filter(None, [each.what, each.reason, each.law]))
        found[title] = Item(title, {"time": f"{each.minutes:.2f} min"} if each.minutes else {})
    return found


def _not_shown(release: Release) -> dict[str, Item]:
    return {each.exhibit + each.name: Item(each.name, {"reason": each.reason}) for each in release.not_shown}


_SECTIONS: dict[str, Callable[[Release], dict[str, Item]]] = {
    "Fact": _facts,
    "Recording": _recordings,
    DOCUMENT: _documents,
    "Moment": _moments,
    "Statement": _statements,
    "Status": _status,
    "Hidden": _withheld,
    "Missing": _not_shown,
}


def _lines(before: Release, after: Release, why: str) -> Iterator[Change]:
    """Lines that a person corrected since; machine lines that merely moved are not told one by one."""
    old = {(line.speaker, line.text) for line in before.utterances}
    ordered = sorted(before.utterances, key=lambda line: (line.start, line.id))
    for line in after.utterances:
        if line.state is not TextState.MACHINE and (line.speaker, line.text) not in old:
            at = clock_text(line.start, after.case.at, digits=0)
            # A word that is hidden now stood in the old line: then that line is not said again.
            covered = any(word.hidden for word in line.words)
            was = "" if covered else "; ".join(_spoken(each) for each in ordered if _same(each, line))
            yield Change("corrected", f"{TRANSCRIPT} {at}", why, was, _spoken(line))


def _spoken(line: Utterance) -> str:
    return f"{line.speaker}: {line.text}" if line.speaker else line.text


def _same(a: Utterance, b: Utterance) -> bool:
    """Whether two lines are about the same stretch: more than half of the shorter is shared."""
    shared = min(a.end, b.end) - max(a.start, b.start)
    return shared > 0 and 2 * shared > max(1, min(a.end - a.start, b.end - b.start))
