# SPDX-License-Identifier: Apache-2.0
"""One transcript from many recorders: the same speech becomes one utterance, by vote.

What this module keeps true:

1. Words are fused, never waveforms (adding waveforms was worse than the best single recorder).
2. Two recordings vote on the same words only where what they heard is alike and at the same time;
   voices that talk at once stay apart.
3. ``votes`` of ``voters`` is the honest confidence: how many of the recordings that heard this
   stretch heard this word. What the others heard is kept in ``alternatives``.
4. A recording that is not on the case's clock votes on nothing and gets its own list.

The method is ROVER (Fiscus 1997) with a price on time: each recorder's phrases are aligned into a
network of slots, best recorder first, and each slot elects a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from statistics import median

from plainview.media.speech import bare
from plainview.model.time import SECOND, IncidentTime
from plainview.model.timeline import Timeline
from plainview.model.transcript import FusedWord, Heard, Utterance, Word

SLACK = 400_000
"""µs two recorders may hear the same word apart: 100 m of travel (0.29 s) and the word times' own error."""

PAUSE = 700_000
"""µs without a word that end an utterance."""

LONGEST = 12 * SECOND
"""µs after which an utterance ends at the next end of a sentence."""

LEAST_LIKENESS = 0.34
"""Share of words that must be alike before two recordings are taken to hear the same voice."""

LEAST_ACROSS_CHANNELS = 0.6
"""The same where a radio or telephone takes part: two callers talk about the same things at the same
time without being the same voice."""

UNSURE = 0.75
"""Confidence below which one recorder's words give way to what several others heard at that time."""

MOST_ALTERNATIVES = 4

AGREEMENT = ((0.0, 0.0), (0.25, 0.2), (0.5, 0.53), (0.75, 0.81), (1.0, 0.96))
"""Share of voters that agree → how often the word is right, measured with four recorders in two
noise conditions; it carried over from one to the other, which word probability did not."""


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
    for heard in sorted(heards, key=lambda h: h.exhibit):
        if timeline.of(heard.exhibit) is not None:
            placed.append(heard)
        elif heard.segments:
            rows = _utterances(_voices([_own_clock(heard)], channels), channels, order=[heard.exhibit])
            unplaced[heard.exhibit] = _numbered(rows, prefix=f"{heard.exhibit}-u")
    best_first = sorted(placed, key=lambda h: (-_mean_confidence(h), h.exhibit))
    voices = _voices([_common_clock(heard, timeline) for heard in best_first], channels)
    rows = _utterances(voices, channels, order=[heard.exhibit for heard in best_first])
    return Fused(_numbered(rows, prefix="u"), unplaced)


def _mean_confidence(heard: Heard) -> float:
    words = [word.confidence for segment in heard.segments for word in segment]
    return sum(words) / len(words) if words else 0.0


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
        for word in segment:
            key = _key(word.text)
            if not key:
                continue
            start, end = times(word)
            if fresh:
                phrases.append([])
            phrases[-1].append(_Said(start, end, word.text, key, word.confidence, heard.exhibit, number))
            fresh = _ends_sentence(word)
    return sorted(phrases, key=lambda phrase: (phrase[0].start, phrase[-1].end))


def _ends_sentence(word: Word) -> bool:
    return word.text[-1:] in ".?!"


_SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_NUMBERS = {word: str(value) for value, word in enumerate(_SMALL_NUMBERS.split())}


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    """What is compared when words are voted on: bare, small numbers as digits."""
    plain = bare(text)
    return _NUMBERS.get(plain, plain)


@lru_cache(maxsize=100_000)
def _alike(a: str, b: str) -> float:
    """1 for the same word, above 0.6 for words that are easily misheard for each other."""
    if a == b:
        return 1.0
    if "'" in a + b and a.partition("'")[0] == b.partition("'")[0]:
        return 0.7  # "I'm" and "I" of "I am"
    ratio = SequenceMatcher(None, a, b, autojunk=False).ratio()
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
    for number, voice in enumerate(near):
        links = _links(voice, phrase)
        least = LEAST_LIKENESS if channel == "" and "" in voice.channels else LEAST_ACROSS_CHANNELS
        if not _same_speech(voice, phrase, links, least):
            continue
        for place, gain in links.items():
            if gain > strength[place]:
                owner[place], strength[place] = number, gain
    if all(o is None for o in owner):
        slots = [_Slot({word.recorder: word}, word.middle) for word in phrase]
        return [_Voice(slots, [phrase[0].recorder], {channel})]
    for number, words in _runs(phrase, _filled(owner)):
        _align_into(near[number], words)
        near[number].channels.add(channel)
    return []


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
    if smaller < min(3, len(phrase), len(voice.slots)):
        return False  # they touch at an edge only
    same = sum(gain for place, gain in links.items() if gain == 1.0 and len(phrase[place].key) > 2)
    share = sum(links.values()) / smaller
    return (share >= least and same >= 1) or share >= 0.8


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
    """Give the words their slots in the voice, opening new slots where they have none."""
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


@dataclass(frozen=True, slots=True)
class _Elected:
    """A slot's winner: the fused word, and what is needed to cut and join utterances."""

    word: FusedWord
    heard: tuple[_Said, ...]


def _utterances(voices: Sequence[_Voice], channels: Mapping[str, str], *, order: Sequence[str]) -> list[Utterance]:
    rank = {exhibit: place for place, exhibit in enumerate(order)}
    rows = [row for voice in voices for row in _split(_elections(voice, rank))]
    rows.sort(key=lambda row: (row[0].word.start, row[-1].word.end))
    utterances = [_utterance(row, channels, rank) for row in _rejoined(rows)]
    return _without_mishearings(utterances)


def _without_mishearings(rows: Sequence[Utterance]) -> list[Utterance]:
    """Unsure words of one recorder, spoken over what several others agree on, become its alternative."""
    kept = dict(enumerate(rows))
    for place, row in enumerate(rows):
        if len(row.heard_on) > 1 or row.confidence >= UNSURE:
            continue
        for other, agreed in sorted(kept.items()):
            if len(agreed.heard_on) > 1 and not set(row.heard_on) & set(agreed.heard_on) and _covers(agreed, row):
                kept[other] = replace(agreed, alternatives=(*agreed.alternatives, row.text)[:MOST_ALTERNATIVES])
                del kept[place]
                break
    return [kept[place] for place in sorted(kept)]


def _covers(agreed: Utterance, row: Utterance) -> bool:
    shared = min(agreed.end, row.end) - max(agreed.start, row.start)
    return shared >= 0.7 * (row.end - row.start)


def _elections(voice: _Voice, rank: Mapping[str, int]) -> list[_Elected]:
    elected = (_elect(slot, voice, rank) for slot in voice.slots)
    return [item for item in elected if item is not None]


def _elect(slot: _Slot, voice: _Voice, rank: Mapping[str, int]) -> _Elected | None:
    """The slot's word, or None when "nothing there" wins."""
    voters = len(voice.recorders)
    ballots: dict[str, list[_Said]] = {}
    for word in sorted(slot.heard.values(), key=lambda w: rank[w.recorder]):
        ballots.setdefault(word.key, []).append(word)
    key = max(ballots, key=lambda k: (_strength(ballots[k], voters), -rank[ballots[k][0].recorder]))
    silent = (voters - len(slot.heard)) / voters
    if 0.5 * silent + 0.25 > _strength(ballots[key], voters) and silent > 0:
        return None
    agreed = ballots[key]
    mean = sum(word.confidence for word in agreed) / len(agreed)
    best = max(agreed, key=lambda w: (w.confidence, -rank[w.recorder]))
    fused = FusedWord(
        IncidentTime(round(median(w.start for w in agreed))),
        IncidentTime(round(median(w.end for w in agreed))),
        best.text,
        round(confidence(votes=len(agreed), voters=voters, probability=mean), 3),
        votes=len(agreed),
        voters=voters,
    )
    return _Elected(fused, tuple(slot.heard.values()))


def _strength(agreed: Sequence[_Said], voters: int) -> float:
    return 0.5 * len(agreed) / voters + 0.5 * sum(word.confidence for word in agreed) / len(agreed)


def confidence(*, votes: int, voters: int, probability: float) -> float:
    """How far to trust a word: with one voter its probability, with more of them their agreement."""
    share = votes / voters
    for (x0, y0), (x1, y1) in pairwise(AGREEMENT):
        if share <= x1:
            agreed = y0 + (y1 - y0) * (share - x0) / (x1 - x0)
            break
    weight = (voters - 1) / voters
    return weight * agreed + (1 - weight) * probability


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
