# SPDX-License-Identifier: Apache-2.0
"""One transcript from many recorders: the same speech becomes one utterance, by vote.

What this module keeps true:

1. Words are fused, never waveforms (adding waveforms was worse than the best single recorder).
2. Two recordings vote on the same words only where what they heard is alike and at the same time, or
   so unsure that it proves no second voice; voices that talk at once stay apart.
3. Recorders vote by how well they hear: each word with its calibrated confidence, each silence with
   how often its recorder is silent. A word's confidence is how likely the vote makes it; ``votes`` of
   ``voters`` tells how many of the recordings that heard this stretch heard this word. What the others
   heard is kept in ``alternatives``.
4. A recording that is not on the case's clock votes on nothing and gets its own list.
5. Copies of one recording vote once.

The method is ROVER (Fiscus 1997) with a price on time: each recorder's phrases are aligned into a
network of slots, best recorder first, and each slot elects the likeliest word. Constants marked
"fitted" were chosen on the FIT scenes of bench/speech_scenes.py; figures are given on others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import lru_cache
from statistics import median

from plainview.media.speech import bare
from plainview.model.time import SECOND, IncidentTime, MediaTime
from plainview.model.timeline import Timeline
from plainview.model.transcript import FusedWord, Heard, Utterance, Word

SLACK = 400_000
"""µs two recorders may hear the same word apart: 100 m of travel (0.29 s) and the word times' own error."""

PAUSE = 700_000
"""µs without a word that end an utterance."""

LONGEST = 12 * SECOND
"""µs after which an utterance ends at the next end of a sentence."""

LEAST_LIKENESS = 0.3
"""Share of words that must be alike before two recordings are taken to hear the same voice."""

LEAST_SHARED = 3
"""Words two recordings must have at one time before they are taken to hear the same voice, or all of a shorter one."""

LEAST_ACROSS_CHANNELS = 0.6
"""The same where a radio or telephone takes part: two callers talk about the same things at the same
time without being the same voice."""

AT_ONCE = 200_000
"""µs between the middles of two words that were said at once, on clocks that agree."""

SOMEWHAT = 0.35
"""Mean share of equal letters of words said at once from which they are the same ones, misheard: of unrelated
words it is 0.21."""

BARELY = 0.01
"""Strength of a link between words that only their moment ties: any likeness is stronger."""

UNSURE = 0.8
"""Mean confidence below which one recorder's words give way to a voice that others heard better."""

DOUBTFUL = 0.6
"""The same for words that several recorders heard: recorders that hear badly mishear alike."""

HOPELESS = 0.36
"""Mean confidence below which two words in three are wrong."""

NEARBY = 2 * SECOND
"""µs within which such words go with what was heard better."""

EDGE = 100_000
"""µs beyond a row within which a word still lies in it: the word times' own error."""

LEAST_LEFT = 2
"""Words that must be left of a row beside a better one for it to stay: one alone is the edge of a word."""

MOST_ALTERNATIVES = 4

MISTAKES = 6.0
"""Words that one word is mistaken for, as far as the vote is concerned; fitted."""

INVENTED = 0.3
"""Share of wrong words that stand where no word was said; fitted."""

MISSED = 0.05
"""How often a recorder that hears a voice perfectly still gives no word for one that was said; fitted."""

SOME = 4.0
"""Places in a voice that what is assumed of a recorder's silence weighs as much as."""

LOST = 0.8
"""Share of a recorder's failures that give no word rather than another one; fitted."""

QUIET = 0.9
"""How often a recorder gives no word where none was said; fitted."""

LIFT, ALIKE, SUREST, LED = -0.59, 0.539, 0.46, 2.335
"""A word's confidence: constant, weight of the vote's log odds, weight of the log odds of the surest recorder that
heard it, and what it gains for each unit of the lead. Recorders err alike, so votes weigh half of what they would if
they did not. Fitted on 3,800 words of sixteen scenes; with each kind of scene left out in turn its calibration error
was 0.013 to 0.052, where chance would show 0.019 to 0.032; measured on others (bench/results/speech-fusion.json)."""

ASSUMED = 10.0
"""Words that how well a recorder hears on the whole weighs as much as, when asked how well it hears one voice."""

LEAD = 10.0
"""Log odds that the best recorder's own word, or its silence, gains for each unit of mean confidence that it is ahead.

Recorders mishear alike, which the vote does not know: without this, one that hears well is outvoted by several that
do not. Where two agreed against a recorder that was 0.1 ahead or more, it was right 57 times and they were 18 times.
"""


@dataclass(frozen=True, slots=True)
class Fused:
    """``utterances`` on the case's clock; ``unplaced`` by exhibit, on each recording's own clock.

    In ``unplaced`` the times count from the recording's start, although their type says incident.
    """

    utterances: tuple[Utterance, ...]
    unplaced: Mapping[str, tuple[Utterance, ...]]


@dataclass(frozen=True, slots=True)
class _Said:
    """One word of one recorder on the common clock."""

    start: int
    end: int
    text: str
    key: str
    confidence: float
    recorder: str
    segment: int
    """Which segment of that recorder it came from."""

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


@dataclass(slots=True)
class _Slot:
    """One place for a word: what each recorder heard there; absent from ``heard`` means nothing."""

    heard: dict[str, _Said]
    middle: float

    def add(self, word: _Said) -> None:
        self.heard[word.recorder] = word
        self.settle()

    def settle(self) -> None:
        """Lie in the middle of what was heard."""
        self.middle = median(w.middle for w in self.heard.values())


@dataclass(slots=True)
class _Voice:
    """Speech of one voice as it grows: slots in order and the recorders that heard any of it."""

    slots: list[_Slot] = field(default_factory=list)
    recorders: list[str] = field(default_factory=list)
    channels: set[str] = field(default_factory=set)

    @property
    def start(self) -> int:
        return min(w.start for s in self.slots for w in s.heard.values())

    @property
    def end(self) -> int:
        return max(w.end for s in self.slots for w in s.heard.values())


def fuse(heards: Sequence[Heard], timeline: Timeline, *, channels: Mapping[str, str]) -> Fused:
    """All that was heard as one list of utterances (u1, u2 … in order of time).

    ``channels`` tells which exhibits are ``telephone`` or ``radio``; others are sound of the place.
    """
    placed: list[Heard] = []
    unplaced: dict[str, tuple[Utterance, ...]] = {}
    voters, copied = _once(heards, timeline)
    for heard in voters:
        if timeline.of(heard.exhibit) is not None:
            placed.append(heard)
        elif heard.segments:
            rows = _utterances(_voices([_own_clock(heard)], channels), channels, order=[heard])
            unplaced[heard.exhibit] = _numbered(rows, prefix=f"{heard.exhibit}-u")
    best_first = sorted(placed, key=lambda h: (-_mean_confidence(h), h.exhibit))
    voices = _voices([_common_clock(heard, timeline) for heard in best_first], channels)
    rows = _utterances(voices, channels, order=best_first)
    rows = [_with_copies(row, copied, timeline) for row in rows]
    return Fused(_numbered(rows, prefix="u"), unplaced)


def _once(heards: Sequence[Heard], timeline: Timeline) -> tuple[list[Heard], dict[str, list[Heard]]]:
    """One recording of each group of copies, the one that hears best; and by its exhibit the others."""
    groups: dict[str, list[Heard]] = {}
    for heard in sorted(heards, key=lambda h: (-_mean_confidence(h), h.exhibit)):
        groups.setdefault(timeline.witness(heard.exhibit), []).append(heard)
    voters = sorted((group[0] for group in groups.values()), key=lambda h: h.exhibit)
    return voters, {group[0].exhibit: group[1:] for group in groups.values() if len(group) > 1}


def _with_copies(row: Utterance, copied: Mapping[str, Sequence[Heard]], timeline: Timeline) -> Utterance:
    """The row with the copies on which it is heard as well; what was made of them differently is an alternative."""
    for copy in (each for exhibit in row.heard_on for each in copied.get(exhibit, ())):
        said = [word.text for phrase in _common_clock(copy, timeline) for word in phrase if _in(word, row)]
        if said:
            row = replace(row, heard_on=tuple(sorted({*row.heard_on, copy.exhibit})))
        if said and _bared(said) not in (_bared(text.split()) for text in (row.text, *row.alternatives)):
            row = replace(row, alternatives=(*row.alternatives, " ".join(said)))
    return row


def _in(word: _Said, row: Utterance) -> bool:
    return row.start <= word.middle <= row.end


def _bared(words: Iterable[str]) -> list[str]:
    return [_key(word) for word in words]


def _mean_confidence(heard: Heard) -> float:
    return _mean([word.confidence for segment in heard.segments for word in segment])


def _common_clock(heard: Heard, timeline: Timeline) -> list[list[_Said]]:
    alignment = timeline.of(heard.exhibit)
    assert alignment is not None
    return _phrases(heard, lambda word: (alignment.incident(word.start), alignment.incident(word.end)))


def _own_clock(heard: Heard) -> list[list[_Said]]:
    return _phrases(heard, lambda word: (word.start, word.end))


def _phrases(heard: Heard, times: Callable[[Word], tuple[int, int]]) -> list[list[_Said]]:
    """The recorder's words, cut at the ends of sentences, in order of time."""
    phrases: list[list[_Said]] = []
    for number, segment in enumerate(heard.segments):
        fresh = True
        for word in (part for whole in segment for part in _parts(whole)):
            key = _key(word.text)
            if not key:
                continue
            start, end = times(word)
            if fresh:
                phrases.append([])
            phrases[-1].append(_Said(start, end, word.text, key, word.confidence, heard.exhibit, number))
            fresh = _ends_sentence(word)
    return sorted(phrases, key=lambda phrase: (phrase[0].start, phrase[-1].end))


_NUMBERED = re.compile(r"([^\W\d]{3,})(\d+\W*)")
"""A word written in one with its number."""


def _parts(word: Word) -> list[Word]:
    """A compound as its words, each with its share of the time: another recorder may have written them apart.

    So is a word with its number ("Medic9"). What is spelled or counted ("7-K-L", "3-11") stays whole.
    """
    numbered = _NUMBERED.fullmatch(word.text)
    parts = list(numbered.groups()) if numbered else word.text.split("-")
    plain = all(len(bare(part)) > 1 and part.strip(".,?!").isalpha() for part in parts)
    if len(parts) < 2 or not (numbered or plain):
        return [word]
    ends = [sum(map(len, parts[: k + 1])) / sum(map(len, parts)) for k in range(len(parts))]
    at = [word.start, *(MediaTime(word.start + round((word.end - word.start) * share)) for share in ends)]
    return [replace(word, start=at[k], end=at[k + 1], text=part) for k, part in enumerate(parts)]


def _ends_sentence(word: Word) -> bool:
    return word.text[-1:] in ".?!"


_SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_NUMBERS = {word: str(value) for value, word in enumerate(_SMALL_NUMBERS.split())}


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    """What is compared when words are voted on: bare, without hyphens, small numbers as digits."""
    parts = [bare(part) for part in text.split("-")]
    return "".join(_NUMBERS.get(part, part) for part in parts)


@lru_cache(maxsize=100_000)
def _letters_alike(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


@lru_cache(maxsize=100_000)
def _alike(a: str, b: str) -> float:
    """1 for the same word, above 0.6 for words that are easily misheard for each other."""
    if a == b:
        return 1.0
    if "'" in a + b and a.partition("'")[0] == b.partition("'")[0]:
        return 0.7  # "I'm" and "I" of "I am"
    ratio = _letters_alike(a, b)
    return ratio if ratio >= 0.6 and min(len(a), len(b)) > 1 else 0.0


def _voices(recorders: Sequence[list[list[_Said]]], channels: Mapping[str, str]) -> list[_Voice]:
    """All recorders' phrases gathered into voices, the first recorder's being the frame to begin with."""
    voices: list[_Voice] = []
    for phrases in recorders:
        older = sorted(voices, key=lambda voice: voice.start)
        spans = [(voice.start, voice.end, voice) for voice in older]
        for phrase in phrases:
            near = [
                voice
                for start, end, voice in spans
                if start <= phrase[-1].end + SLACK and phrase[0].start <= end + SLACK
            ]
            voices += _join(phrase, near, channels.get(phrase[0].recorder, ""))
    return voices


def _join(phrase: list[_Said], near: Sequence[_Voice], channel: str) -> list[_Voice]:
    """Add the phrase to the voices that say the same; what matches none becomes a new voice."""
    owner: list[int | None] = [None] * len(phrase)
    strength = [0.0] * len(phrase)
    misheard = set()
    for number, voice in enumerate(near):
        links = _links(voice, phrase)
        beside = channel == "" and "" in voice.channels
        if not _same_speech(voice, phrase, links, LEAST_LIKENESS if beside else LEAST_ACROSS_CHANNELS):
            if beside and _in_time(voice, phrase):
                links = dict.fromkeys(range(len(phrase)), BARELY) | links
            elif not (beside and _unsure(voice, phrase)):
                continue
            misheard.add(number)
        for place, gain in links.items():
            if gain > strength[place]:
                owner[place], strength[place] = number, gain
    if all(o is None for o in owner):
        return [_alone(phrase, channel)]
    apart: list[_Said] = []
    for number, words in _runs(phrase, _filled(owner)):
        first, last = near[number].start - SLACK, near[number].end + SLACK
        inside = [word for word in words if number not in misheard or first <= word.middle <= last]
        apart += [word for word in words if word not in inside]
        if inside:
            _align_into(near[number], inside)
            near[number].channels.add(channel)
    return [_alone(apart, channel)] if apart else []


def _unsure(voice: _Voice, phrase: Sequence[_Said]) -> bool:
    """Whether the phrase, or the voice at that time, is heard too badly to be a witness that two people speak at once.

    What a phrase has before or after such a voice stays a voice of its own.
    """
    first, last = phrase[0].start - SLACK, phrase[-1].end + SLACK
    theirs = [word.confidence for s in voice.slots if first <= s.middle <= last for word in s.heard.values()]
    begin, finish = voice.start - SLACK, voice.end + SLACK
    own = [word.confidence for word in phrase if begin <= word.middle <= finish]
    enough = min(len(theirs), len(own)) >= min(LEAST_SHARED, len(phrase), len(voice.slots))
    return enough and min(_mean(theirs), _mean(own)) < UNSURE


def _in_time(voice: _Voice, phrase: Sequence[_Said]) -> bool:
    """Whether nearly all words of both, though written otherwise, come at the same moments and sound somewhat alike.

    Two people who speak at once do not speak word for word in time.
    """
    first, last = phrase[0].start - SLACK, phrase[-1].end + SLACK
    shared = [slot for slot in voice.slots if first <= slot.middle <= last]
    both = [(shared[i], phrase[j]) for i, j in _alignment(shared, phrase) if i is not None and j is not None]
    paired = [_sound_alike(slot, word) for slot, word in both if abs(slot.middle - word.middle) <= AT_ONCE]
    enough = len(paired) >= max(LEAST_SHARED, 0.8 * max(len(shared), len(phrase)))
    return enough and _mean(paired) >= SOMEWHAT


def _sound_alike(slot: _Slot, word: _Said) -> float:
    return max(_letters_alike(other.key, word.key) for other in slot.heard.values())


def _alone(words: Sequence[_Said], channel: str) -> _Voice:
    return _Voice([_Slot({word.recorder: word}, word.middle) for word in words], [words[0].recorder], {channel})


def _links(voice: _Voice, phrase: Sequence[_Said]) -> dict[int, float]:
    """Places in the phrase whose word some slot of the voice also holds at that time, with likeness."""
    pairs = _alignment(voice.slots, phrase)
    return {
        j: likeness
        for i, j in pairs
        if i is not None and j is not None and (likeness := _slot_likeness(voice.slots[i], phrase[j])) > 0
    }


def _same_speech(voice: _Voice, phrase: Sequence[_Said], links: Mapping[int, float], least: float) -> bool:
    """Whether enough of what overlaps is alike, with at least one telling word exactly the same."""
    first, last = phrase[0].start - SLACK, phrase[-1].end + SLACK
    shared = [slot for slot in voice.slots if first <= slot.middle <= last]
    begin, finish = voice.start - SLACK, voice.end + SLACK
    own = [word for word in phrase if begin <= word.middle <= finish]
    smaller = min(len(shared), len(own))
    if smaller < min(LEAST_SHARED, len(phrase), len(voice.slots)):
        return False  # they touch at an edge only
    same = sum(gain for place, gain in links.items() if gain == 1.0 and len(phrase[place].key) > 2)
    share = sum(links.values()) / smaller
    return (share >= least and same >= 1) or share >= 0.8


def _mean(some: Sequence[float]) -> float:
    return sum(some) / len(some) if some else 0.0


def _filled(owner: Sequence[int | None]) -> list[int]:
    """Words without an owner go with the nearest owned word before them, else after."""
    first = next(o for o in owner if o is not None)
    filled: list[int] = []
    for o in owner:
        filled.append(o if o is not None else (filled[-1] if filled else first))
    return filled


def _runs(phrase: Sequence[_Said], owner: Sequence[int]) -> Iterable[tuple[int, list[_Said]]]:
    for number in sorted(set(owner)):
        yield number, [word for word, o in zip(phrase, owner, strict=True) if o == number]


def _slot_likeness(slot: _Slot, word: _Said) -> float:
    return max(_alike(other.key, word.key) for other in slot.heard.values())


def _alignment(slots: Sequence[_Slot], words: Sequence[_Said]) -> list[tuple[int | None, int | None]]:
    """Cheapest pairing of slots and words in order: (slot, word), (slot, None) or (None, word)."""
    n, m = len(slots), len(words)
    cost = [[0.0] * (m + 1) for _ in range(n + 1)]
    step = [[""] * (m + 1) for _ in range(n + 1)]
    for i in range(1, n + 1):
        cost[i][0], step[i][0] = float(i), "slot"
    for j in range(1, m + 1):
        cost[0][j], step[0][j] = float(j), "word"
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost[i][j], step[i][j] = min(
                (cost[i - 1][j - 1] + _pair_cost(slots[i - 1], words[j - 1]), "both"),
                (cost[i - 1][j] + 1.0, "slot"),
                (cost[i][j - 1] + 1.0, "word"),
            )
    pairs: list[tuple[int | None, int | None]] = []
    i, j = n, m
    while i or j:
        match step[i][j]:
            case "both":
                i, j = i - 1, j - 1
                pairs.append((i, j))
            case "slot":
                i -= 1
                pairs.append((i, None))
            case _:
                j -= 1
                pairs.append((None, j))
    return pairs[::-1]


def _pair_cost(slot: _Slot, word: _Said) -> float:
    """0 for the same word at the same time, 1.1 for another word, more for every tenth of a second beyond 0.3."""
    apart = abs(slot.middle - word.middle) / SECOND
    if apart > 1.5 or word.recorder in slot.heard:
        return 9.0
    likeness = _slot_likeness(slot, word)
    return 1.1 * (1 - likeness) + min(1.5, max(0.0, apart - 0.3) * 1.5)


def _align_into(voice: _Voice, words: Sequence[_Said]) -> None:
    """Give the words their slots in the voice, opening new slots where they have none.

    What the recorder gave this voice before is placed again with them: a sentence that ended too early
    would otherwise keep the places of the next one's words.
    """
    words = sorted([*_taken_out(voice, words[0].recorder), *words], key=lambda word: word.middle)
    slots: list[_Slot] = []
    for i, j in _alignment(voice.slots, words):
        if i is not None:
            slots.append(voice.slots[i])
            if j is not None:
                slots[-1].add(words[j])
        elif j is not None:
            slots.append(_Slot({words[j].recorder: words[j]}, words[j].middle))
    voice.slots = slots
    if words[0].recorder not in voice.recorders:
        voice.recorders.append(words[0].recorder)


def _taken_out(voice: _Voice, recorder: str) -> list[_Said]:
    """The recorder's words, no longer in the voice."""
    words = [slot.heard.pop(recorder) for slot in voice.slots if recorder in slot.heard]
    voice.slots = [slot for slot in voice.slots if slot.heard]
    for slot in voice.slots:
        slot.settle()
    return words


@dataclass(frozen=True, slots=True)
class _Lead:
    """The recorder that hears a voice best, and how far its mean confidence is above the next one's."""

    recorder: str
    margin: float


@dataclass(frozen=True, slots=True)
class _Elected:
    """A slot's winner: the fused word, and what is needed to cut and join utterances."""

    word: FusedWord
    heard: tuple[_Said, ...]


def _utterances(voices: Sequence[_Voice], channels: Mapping[str, str], *, order: Sequence[Heard]) -> list[Utterance]:
    """The rows of all voices; ``order``: the recorders, the one that hears best first."""
    rank = {heard.exhibit: place for place, heard in enumerate(order)}
    hears = {heard.exhibit: _mean_confidence(heard) for heard in order}
    rows = [row for voice in voices for row in _split(_elections(voice, rank, hears))]
    rows.sort(key=lambda row: (row[0].word.start, row[-1].word.end))
    utterances = [_utterance(row, channels, rank) for row in _rejoined(rows)]
    return _without_mishearings(utterances)


def _without_mishearings(rows: Sequence[Utterance]) -> list[Utterance]:
    """Unsure words that lie within a row that was heard better become its alternative.

    A recorder gives one stream of words: what it made of a voice that it hears badly is no second voice.
    Words it is fairly sure of stay, whoever else is speaking, and so do those before or after the better
    row. Words that are nearly all wrong go with what was heard better just before or after.
    """
    kept = dict(enumerate(rows))
    for place in sorted(kept, key=lambda number: (rows[number].confidence, number)):
        row = kept[place]
        slack = NEARBY if row.confidence < HOPELESS else EDGE
        better = {number: other for number, other in kept.items() if _gives_way(row, other)}
        left = [word for word in row.words if not any(_within(word, other, slack) for other in better.values())]
        if len(left) == len(row.words):
            continue
        number = max(better, key=lambda each: (_shared(row, better[each], slack), -each))
        gone = " ".join(word.text for word in row.words if word not in left)
        alternatives = (*better[number].alternatives, gone)[:MOST_ALTERNATIVES]
        kept[number] = replace(better[number], alternatives=alternatives)
        if len(left) < LEAST_LEFT:
            del kept[place]
        else:
            kept[place] = replace(row, words=tuple(left), start=left[0].start, end=max(word.end for word in left))
    return sorted(kept.values(), key=lambda row: (row.start, row.end))


def _gives_way(row: Utterance, other: Utterance) -> bool:
    """Whether ``row`` is unsure and ``other`` is heard better, on no channel of its own.

    A telephone or radio carries a voice of its own, however unsure its words. One sure word, timed over
    a whole sentence, is not that sentence heard better: the better row has half as many letters at least.
    """
    unsure = row.confidence < (UNSURE if len(row.heard_on) == 1 else DOUBTFUL)
    apart = bool(row.channel) or (bool(other.channel) and len(other.heard_on) < 2)
    if not unsure or apart or other is row or other.confidence < row.confidence:
        return False
    return 2 * len(other.text) >= sum(len(word.text) for word in row.words if _within(word, other, EDGE))


def _within(word: FusedWord, row: Utterance, slack: int) -> bool:
    return row.start - slack <= (word.start + word.end) / 2 <= row.end + slack


def _shared(row: Utterance, other: Utterance, slack: int) -> int:
    """µs that ``other`` shares with ``row``, which may lie ``slack`` away from it."""
    return min(other.end, row.end + slack) - max(other.start, row.start - slack)


def _elections(voice: _Voice, rank: Mapping[str, int], hears: Mapping[str, float]) -> list[_Elected]:
    quiet = _silences(voice)
    lead = _lead(voice, hears)
    elected = (_elect(slot, quiet, rank, lead) for slot in voice.slots)
    return [item for item in elected if item is not None]


def _lead(voice: _Voice, hears: Mapping[str, float]) -> _Lead:
    """The recorder that hears this voice best, and by how much; no margin where no other hears it."""
    here = {recorder: _hears(voice, recorder, hears[recorder]) for recorder in voice.recorders}
    best = sorted(voice.recorders, key=lambda recorder: -here[recorder])
    return _Lead(best[0], here[best[0]] - here[best[1]] if len(best) > 1 else 0.0)


def _hears(voice: _Voice, recorder: str, elsewhere: float) -> float:
    """Its mean confidence in this voice; ASSUMED words as sure as ``elsewhere`` are assumed before any is heard.

    Who speaks may be far from the recorder that hears best on the whole.
    """
    sure = [slot.heard[recorder].confidence for slot in voice.slots if recorder in slot.heard]
    return (sum(sure) + ASSUMED * elsewhere) / (len(sure) + ASSUMED)


def _silences(voice: _Voice) -> dict[str, float]:
    """How often each recorder gives no word where another gives one it is sure of, in this voice.

    Each place counts by how sure the surest of the others is; a third is assumed before anything is known.
    """
    share = {}
    for recorder in voice.recorders:
        silent = spoken = 0.0
        for slot in voice.slots:
            others = [word.confidence for name, word in slot.heard.items() if name != recorder]
            sure = max(others, default=0.0) ** 2
            if recorder in slot.heard:
                spoken += sure
            else:
                silent += sure
        share[recorder] = (silent + SOME / 3) / (silent + spoken + SOME)
    return share


def _elect(slot: _Slot, quiet: Mapping[str, float], rank: Mapping[str, int], lead: _Lead) -> _Elected | None:
    """The slot's word, or None when "nothing there" is likelier than any word that was heard.

    What the recorder that leads heard there, or did not hear, is given up only for something likelier by its lead.
    """
    ballots: dict[str, list[_Said]] = {}
    for word in sorted(slot.heard.values(), key=lambda w: rank[w.recorder]):
        ballots.setdefault(word.key, []).append(word)
    heard = {key: [word.confidence for word in agreed] for key, agreed in ballots.items()}
    silent = [quiet[recorder] for recorder in quiet if recorder not in slot.heard]
    likely = likelihoods(heard, silent)
    led = slot.heard[lead.recorder].key if lead.recorder in slot.heard else NOTHING
    weight = {key: likely[key] * (math.exp(LEAD * lead.margin) if key == led else 1.0) for key in likely}
    key = max(heard, key=lambda k: (weight[k], -rank[ballots[k][0].recorder]))
    if silent and weight[NOTHING] > weight[key]:
        return None
    agreed = ballots[key]
    best = max(agreed, key=lambda w: (w.confidence, -rank[w.recorder]))
    fused = FusedWord(
        IncidentTime(round(median(w.start for w in agreed))),
        IncidentTime(round(median(w.end for w in agreed))),
        best.text,
        round(said(likely[key], best.confidence, margin=lead.margin), 3),
        votes=len(agreed),
        voters=len(quiet),
        others=tuple(ballots[k][0].text for k in sorted(set(heard) - {key}, key=lambda k: (-likely[k], k))),
    )
    return _Elected(fused, tuple(slot.heard.values()))


NOTHING = ""
"""Stands for "nothing was said here" among the words of a slot."""


def likelihoods(heard: Mapping[str, Sequence[float]], silent: Sequence[float]) -> dict[str, float]:
    """How likely each heard word is to be what was said, and NOTHING; with "another word" they sum to 1.

    ``heard`` maps each word to the confidences of those that heard it; ``silent`` holds how well the
    others hear this voice. A recorder that is right with confidence c says the word; when it is wrong
    it says one of some MISTAKES words, or makes a word out of nothing. One that hears the voice well
    and says nothing speaks against any word; one that hears it badly says little by its silence.
    """
    everybody = [sure for all_sure in heard.values() for sure in all_sure]
    wrong = sum(math.log((1 - _held(sure)) / MISTAKES) for sure in everybody)
    missed = sum(math.log(MISSED + LOST * q) for q in silent)
    score = {
        key: wrong + missed + sum(math.log(_held(c) * MISTAKES / (1 - _held(c))) for c in sure)
        for key, sure in heard.items()
    }
    score[NOTHING] = sum(math.log((1 - _held(sure)) * INVENTED) for sure in everybody) + math.log(QUIET) * len(silent)
    score["another word"] = wrong + missed + math.log(MISTAKES)
    top = max(score.values())
    total = sum(math.exp(value - top) for value in score.values())
    return {key: math.exp(value - top) / total for key, value in score.items() if key != "another word"}


def said(likely: float, surest: float, *, margin: float) -> float:
    """A word's confidence, from how likely the vote makes it, how sure the surest that heard it is, and the lead."""
    odds = LIFT + ALIKE * _log_odds(min(max(likely, 0.005), 0.997)) + SUREST * _log_odds(_held(surest)) + LED * margin
    return 1 / (1 + math.exp(-odds))


def _log_odds(sure: float) -> float:
    return math.log(sure / (1 - sure))


def _held(sure: float) -> float:
    """No recorder is believed, or disbelieved, without any doubt."""
    return min(max(sure, 0.02), 0.98)


def _split(row: Sequence[_Elected]) -> list[list[_Elected]]:
    """The words of one voice cut at pauses, and at a sentence's end once they have run long."""
    parts: list[list[_Elected]] = []
    for item in _in_step(row):
        last = parts[-1][-1].word if parts else None
        long = bool(parts) and item.word.start - parts[-1][0].word.start > LONGEST
        if last is None or item.word.start - last.end >= PAUSE or (long and last.text[-1:] in ".?!"):
            parts.append([])
        parts[-1].append(item)
    return parts


def _in_step(row: Sequence[_Elected]) -> Iterable[_Elected]:
    """The words in the order they were aligned in, their starts held so that none runs back."""
    latest = row[0].word.start if row else IncidentTime(0)
    for item in row:
        latest = max(latest, item.word.start)
        word = replace(item.word, start=latest, end=max(latest, item.word.end))
        yield replace(item, word=word)


def _rejoined(rows: Sequence[list[_Elected]]) -> list[list[_Elected]]:
    """Sentences that follow each other in one voice become one row again."""
    joined: list[list[_Elected]] = []
    for row in rows:
        before = next((old for old in reversed(joined[-4:]) if _follows(old, row)), None)
        if before is None:
            joined.append(list(row))
        else:
            before += row
    return joined


def _follows(old: Sequence[_Elected], new: Sequence[_Elected]) -> bool:
    """Whether ``new`` goes on where ``old`` ended: same recorders, same segment, no pause, no overlap."""
    gap = new[0].word.start - old[-1].word.end
    if not -50_000 <= gap < PAUSE // 2 or new[-1].word.end - old[0].word.start > LONGEST:
        return False
    tail = {(w.recorder, w.segment) for w in old[-1].heard}
    head = {(w.recorder, w.segment) for w in new[0].heard}
    return len(_recorders(old) & _recorders(new)) * 2 > len(_recorders(old) | _recorders(new)) and bool(tail & head)


def _recorders(row: Iterable[_Elected]) -> set[str]:
    return {word.recorder for item in row for word in item.heard}


def _utterance(row: Sequence[_Elected], channels: Mapping[str, str], rank: Mapping[str, int]) -> Utterance:
    heard_on = tuple(sorted(_recorders(row)))
    return Utterance(
        id="",
        start=row[0].word.start,
        end=IncidentTime(max(item.word.end for item in row)),
        words=tuple(item.word for item in row),
        heard_on=heard_on,
        alternatives=_alternatives(row, rank),
        channel=_channel([channels.get(exhibit, "") for exhibit in heard_on]),
    )


def _channel(of: Sequence[str]) -> str:
    """``radio`` when any recorder was the radio itself (it holds nothing else), ``telephone`` when all were."""
    if "radio" in of:
        return "radio"
    return "telephone" if all(channel == "telephone" for channel in of) else ""


def _alternatives(row: Sequence[_Elected], rank: Mapping[str, int]) -> tuple[str, ...]:
    """What single recorders heard instead, whole, best recorder first, each wording once."""
    chosen = [_key(item.word.text) for item in row]
    seen = {tuple(chosen)}
    others: list[str] = []
    for recorder in sorted(_recorders(row), key=lambda r: rank[r]):
        words = [w for item in row for w in item.heard if w.recorder == recorder]
        keys = tuple(w.key for w in words)
        if keys not in seen:
            seen.add(keys)
            others.append(" ".join(w.text for w in words))
    return tuple(others[:MOST_ALTERNATIVES])


def _numbered(rows: Sequence[Utterance], *, prefix: str) -> tuple[Utterance, ...]:
    ordered = sorted(rows, key=lambda u: (u.start, u.end, u.text, u.heard_on))
    return tuple(replace(row, id=f"{prefix}{number}") for number, row in enumerate(ordered, 1))
