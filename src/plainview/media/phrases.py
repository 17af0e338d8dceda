# SPDX-License-Identifier: Apache-2.0
"""A phrase looked up over all recordings: each time it was said is found once, with all that heard it.

What this module keeps true:

1. Exact and similar are told apart; a similar hit never enters the lower end of a count. Similar is what
   was written almost so, and what was written otherwise where the sound fits the phrase as well.
2. The same words at the same time on several recorders are one occurrence, not several; the same
   words twice on one recorder are two.
3. The lower end of a count needs two witnesses: two recorders, or one recorder that heard it both
   times it was listened to, the second time with the stretch by itself, where no other recorder heard other
   words as surely. What was heard word for word without that is possible and counts in the upper end only.
4. Similar words of one recorder, where another wrote other words as surely, are its mishearing and no report.
5. Copies of one recording are one recorder. A telephone or radio holds other voices than the place does, so what
   it wrote speaks against nothing.

>>> count((), "drop the gun", Timeline((), ())).high
0
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from types import MappingProxyType

from plainview.media.speech import bare
from plainview.model.phrase import EVEN, HeardAgain, Occurrence, PhraseCount, PhraseHit
from plainview.model.time import SECOND, IncidentSpan, IncidentTime, MediaSpan, MediaTime, union
from plainview.model.timeline import Timeline
from plainview.model.transcript import Heard, Utterance, Word

LEAST = 0.75
"""Likeness from which words are shown as similar."""

WORTH_LISTENING = 0.6
"""Likeness on any recorder from which a stretch is listened to a second time on all: the phrase may have been
misheard there."""

FITS = -5.0
"""Logarithm of the odds against what was written from which a sound fits a phrase. Of 24 hearings
of planted commands that were written otherwise, 15 lie above it. At this value, as at -8, two of eight reports in a
fresh scene were false."""

AROUND = 2 * SECOND
"""µs of sound on either side of a hit that are heard with it the second time."""

TOGETHER = 600_000
"""µs between two recorders' times of the same words: 0.3 s of travel, and 0.25 s of the word times' own error
(its 95th percentile when measured). Commands follow each other no faster."""

NO_CHANNELS: Mapping[str, str] = MappingProxyType({})


def wanted(phrase: str) -> list[str]:
    """The words of a phrase as they are compared; empty when it holds none."""
    return [bare(part) for part in _parts(phrase) if bare(part)]


def _parts(text: str) -> list[str]:
    """Words, those with a hyphen taken apart: "hands-up" is what "hands up" is."""
    return text.replace("-", " ").split()


def find_phrase(
    heards: Iterable[Heard], phrase: str, *, least: float = LEAST, listening: int = 1
) -> tuple[PhraseHit, ...]:
    """Where ``phrase`` was heard, exactly or nearly (``likeness`` ≥ ``least``), by exhibit and time.

    Hits never overlap in one recording; the likest is kept.
    """
    asked = wanted(phrase)
    if not asked:
        return ()
    hits: list[PhraseHit] = []
    for heard in heards:
        words = [
            replace(word, text=part)
            for segment in heard.segments
            for word in segment
            for part in _parts(word.text)
            if bare(part)
        ]
        hits += [replace(hit, listening=listening) for hit in _hits(heard.exhibit, words, asked, least)]
    return tuple(sorted(hits, key=lambda hit: (hit.exhibit, hit.span)))


def worth_listening(
    heards: Sequence[Heard], phrase: str, timeline: Timeline, lengths: Mapping[str, int]
) -> dict[str, tuple[MediaSpan, ...]]:
    """The stretches of each recording to hear again, in order: around what anybody heard at that time.

    ``lengths`` (µs) names the recordings with sound; a stretch lies inside its recording. A recording
    without a place is heard again only around its own hits.
    """
    found: dict[str, list[MediaSpan]] = {exhibit: [] for exhibit in lengths}
    for hit in find_phrase(heards, phrase, least=WORTH_LISTENING):
        home = timeline.of(hit.exhibit)
        if home is None:
            found.get(hit.exhibit, []).append(_widened(hit.span))
            continue
        at = home.incident_span(hit.span)
        for other in timeline.alignments:
            if other.exhibit in found:
                there = other.media_span(IncidentSpan(at.start, at.end))
                found[other.exhibit].append(_widened(there))
    return {
        exhibit: kept
        for exhibit, spans in sorted(found.items())
        if (kept := tuple(_inside(union(spans), lengths[exhibit])))
    }


def _widened(span: MediaSpan) -> MediaSpan:
    return MediaSpan(MediaTime(span.start - AROUND), MediaTime(span.end + AROUND))


def _inside(spans: Iterable[MediaSpan], length: int) -> Iterable[MediaSpan]:
    for span in spans:
        start, end = max(0, span.start), min(length, span.end)
        if end - start > SECOND // 2:
            yield MediaSpan(MediaTime(start), MediaTime(end))


def count(
    heards: Sequence[Heard],
    phrase: str,
    timeline: Timeline,
    *,
    again: Sequence[HeardAgain] = (),
    rows: Sequence[Utterance] = (),
    channels: Mapping[str, str] = NO_CHANNELS,
    deaf: int = 0,
) -> PhraseCount:
    """Each time the phrase was said, and how often as an interval with its reason.

    ``again`` is what was heard when stretches were listened to by themselves with the phrase in mind; ``rows`` are the
    transcript's, to name the one that each occurrence lies in; ``channels`` tells which exhibits are
    ``telephone`` or ``radio``; ``deaf`` recordings could not be listened to again.
    """
    hits = [_known(hit, timeline) for hit in (*find_phrase(heards, phrase), *_second(again, phrase))]
    placed = [hit for hit in hits if timeline.of(hit.exhibit) is not None]
    of_the_place = [each for each in (*heards, *(more.heard for more in again)) if not channels.get(each.exhibit)]
    written = [word for word in _written(of_the_place, timeline) if not _part_of(word, hits)]
    said = [_in_row(_contradicted(each, written, timeline), rows) for each in _occurrences(placed, timeline)]
    said = [each for each in said if not _misheard(each)]
    apart = {
        exhibit: tuple(_occurrences([hit for hit in hits if hit.exhibit == exhibit], timeline))
        for exhibit in sorted({hit.exhibit for hit in hits} - {hit.exhibit for hit in placed})
    }
    groups = [said, *apart.values()]
    low = max(sum(each.proven for each in group) for group in groups)
    high = sum(len(group) for group in groups)
    return PhraseCount(
        phrase,
        low,
        high,
        _reason(groups, listened_again=bool(again), deaf=deaf),
        tuple(each for each in said if each.proven),
        tuple(each for each in said if each.exact and not each.proven),
        tuple(each for each in said if not each.exact),
        apart,
    )


def _written(heards: Iterable[Heard], timeline: Timeline) -> list[PhraseHit]:
    """All words of recordings with a place, one by one, by their start."""
    return sorted(
        (
            _known(PhraseHit(heard.exhibit, MediaSpan(word.start, word.end), word.text, 0.0, word.confidence), timeline)
            for heard in heards
            if timeline.of(heard.exhibit) is not None
            for segment in heard.segments
            for word in segment
        ),
        key=lambda word: (word.exhibit, word.span),
    )


def _part_of(word: PhraseHit, hits: Sequence[PhraseHit]) -> bool:
    return any(hit.exhibit == word.exhibit and hit.span.overlaps(word.span) for hit in hits)


def _contradicted(each: Occurrence, written: Sequence[PhraseHit], timeline: Timeline) -> Occurrence:
    """The occurrence with what recorders that did not hear it wrote instead, where they are at least as sure."""
    own = {hit.copy_of or hit.exhibit for hit in each.hits}
    sure = max(hit.confidence for hit in each.hits if hit.exact or not each.exact)
    others: dict[str, list[PhraseHit]] = {}
    for word in written:
        if (word.copy_of or word.exhibit) not in own and each.start <= _middle(word, timeline) <= each.end:
            others.setdefault(word.exhibit, []).append(word)
    heard = [_together(words) for words in others.values() if len(words) > 1]
    instead = [other for other in heard if other.confidence >= max(EVEN, sure)]
    return replace(each, otherwise=tuple(sorted(instead, key=lambda other: (-other.confidence, other.exhibit))))


def _together(words: Sequence[PhraseHit]) -> PhraseHit:
    span = MediaSpan(words[0].span.start, max(word.span.end for word in words))
    mean = sum(word.confidence for word in words) / len(words)
    return replace(words[0], span=span, text=" ".join(word.text for word in words), confidence=round(mean, 3))


def _misheard(each: Occurrence) -> bool:
    return not each.exact and bool(each.otherwise) and len({hit.copy_of or hit.exhibit for hit in each.hits}) == 1


def _second(again: Sequence[HeardAgain], phrase: str) -> list[PhraseHit]:
    """What the second listening gave: written so or almost so, or a sound that the phrase fits."""
    hits = list(find_phrase([each.heard for each in again], phrase, listening=2))
    for hit in (hit for each in again for hit in each.weighed):
        beside = any(hit.exhibit == other.exhibit and hit.span.overlaps(other.span) for other in hits)
        if hit.fit is not None and hit.fit >= FITS and not beside:
            hits.append(hit)
    return hits


def _known(hit: PhraseHit, timeline: Timeline) -> PhraseHit:
    stands = timeline.witness(hit.exhibit)
    return hit if stands == hit.exhibit else replace(hit, copy_of=stands)


def _occurrences(hits: Sequence[PhraseHit], timeline: Timeline) -> list[Occurrence]:
    """Hits gathered by time; the witness that heard most comes first and sets the frame, sounds that fit come last."""
    by_witness: dict[tuple[str, int], list[tuple[int, PhraseHit]]] = {}
    weighed = [hit for hit in hits if hit.fit is not None]
    for hit in (hit for hit in hits if hit.fit is None):
        by_witness.setdefault((hit.exhibit, hit.listening), []).append((_middle(hit, timeline), hit))
    groups: list[list[tuple[int, PhraseHit]]] = []
    for witness in sorted(by_witness, key=lambda w: (-len(by_witness[w]), w)):
        fresh: list[list[tuple[int, PhraseHit]]] = []
        taken: set[int] = set()
        for at, hit in by_witness[witness]:
            near = [(_apart(hit, group[0][1], timeline), i) for i, group in enumerate(groups) if i not in taken]
            distance, nearest = min(near, default=(TOGETHER + 1, -1))
            if distance <= TOGETHER:
                groups[nearest].append((at, hit))
                taken.add(nearest)
            else:
                fresh.append([(at, hit)])
        groups += fresh
    for hit in sorted(weighed, key=lambda hit: (-(hit.fit or 0), hit.exhibit, hit.span)):
        _join(hit, groups, timeline)
    return sorted((_occurrence([hit for _, hit in group], timeline) for group in groups), key=lambda o: o.start)


def _join(hit: PhraseHit, groups: list[list[tuple[int, PhraseHit]]], timeline: Timeline) -> None:
    """Put a sound that fits where it lies over one that is known: words that were written otherwise have no sure edges,
    so their middle says little."""
    at = _middle(hit, timeline)
    touched = [group for group in groups if _lies_over(hit, [other for _, other in group], timeline)]
    if touched:
        min(touched, key=lambda group: abs(at - group[0][0])).append((at, hit))
    else:
        groups.append([(at, hit)])


def _lies_over(hit: PhraseHit, known: Sequence[PhraseHit], timeline: Timeline) -> bool:
    """Whether it may be the same saying; what one witness heard after another is a second one."""
    if any((hit.exhibit, hit.listening) == (other.exhibit, other.listening) for other in known):
        return False
    start, end = _common(hit, timeline)
    spans = [_common(other, timeline) for other in known]
    return any(start < last + TOGETHER // 2 and first < end + TOGETHER // 2 for first, last in spans)


def _apart(hit: PhraseHit, other: PhraseHit, timeline: Timeline) -> int:
    """µs between their middles, or their ends if less: a first word is often timed over the pause before it."""
    ends = abs(_common(hit, timeline)[1] - _common(other, timeline)[1])
    return min(ends, abs(_middle(hit, timeline) - _middle(other, timeline)))


def _middle(hit: PhraseHit, timeline: Timeline) -> int:
    start, end = _common(hit, timeline)
    return (start + end) // 2


def _common(hit: PhraseHit, timeline: Timeline) -> tuple[IncidentTime, IncidentTime]:
    home = timeline.of(hit.exhibit)
    if home is None:
        return IncidentTime(hit.span.start), IncidentTime(hit.span.end)
    return home.incident(hit.span.start), home.incident(hit.span.end)


def _occurrence(hits: Sequence[PhraseHit], timeline: Timeline) -> Occurrence:
    ordered = tuple(sorted(hits, key=lambda hit: (-hit.likeness, -hit.confidence, hit.exhibit, hit.listening)))
    start, end = _common(ordered[0], timeline)
    return Occurrence(start, end, ordered)


def _in_row(each: Occurrence, rows: Sequence[Utterance]) -> Occurrence:
    middle = (each.start + each.end) // 2
    near = [row for row in rows if row.start <= middle <= row.end and set(row.heard_on) & set(each.recorders)]
    shared = [(len(set(row.heard_on) & set(each.recorders)), row.id) for row in near]
    return replace(each, utterance=max(shared)[1]) if shared else each


def _reason(groups: Sequence[Sequence[Occurrence]], *, listened_again: bool, deaf: int) -> str:
    every = [each for group in groups for each in group]
    against = sum(each.exact and not each.proven and bool(each.otherwise) for each in every)
    alone = sum(each.exact and not each.proven for each in every) - against
    similar = sum(not each.exact for each in every)
    parts = [f"{sum(each.proven for each in every)} heard by two witnesses or more"]
    if alone:
        parts.append(f"{alone} by a single one or unsurely")
    if against:
        parts.append(f"{against} where others heard other words as surely")
    if similar:
        parts.append(f"{similar} only in similar words or by its sound")
    if len(groups) > 1:
        parts.append("recordings without a place on the clock may hold the same")
    if not every:
        parts = ["nobody heard it"]
    if deaf:
        parts.append(f"{deaf} recordings could not be listened to a second time")
    elif not listened_again:
        parts.append("no stretch was listened to a second time")
    return "; ".join(parts)


def _hits(exhibit: str, words: Sequence[Word], asked: Sequence[str], least: float) -> list[PhraseHit]:
    found: list[PhraseHit] = []
    for size in sorted({len(asked), max(1, len(asked) - 1), len(asked) + 1}):
        for i in range(len(words) - size + 1):
            some = words[i : i + size]
            if some[-1].end - some[0].start > 2_000_000 * len(asked):
                continue  # words so far apart were not said as one phrase
            likeness = _likeness([bare(word.text) for word in some], asked)
            if likeness >= least:
                confidence = round(sum(word.confidence for word in some) / size, 3)
                text = " ".join(word.text for word in some)
                span = MediaSpan(some[0].start, MediaTime(max(some[-1].end, some[0].start)))
                found.append(PhraseHit(exhibit, span, text, likeness, confidence))
    kept: list[PhraseHit] = []
    for hit in sorted(found, key=lambda hit: (-hit.likeness, hit.span)):
        if not any(hit.span.overlaps(other.span) for other in kept):
            kept.append(hit)
    return kept


def _likeness(heard: Sequence[str], asked: Sequence[str]) -> float:
    if list(heard) == list(asked):
        return 1.0
    ratio = SequenceMatcher(None, " ".join(heard), " ".join(asked), autojunk=False).ratio()
    return min(round(ratio, 3), 0.999)
