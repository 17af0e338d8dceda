# SPDX-License-Identifier: Apache-2.0
"""What might be hidden, what was decided, and the resolved plan for each rendition.

Rules held here (pure):

1. A plan exists only when every proposal has a decision; otherwise the undecided are named.
2. Hiding a subject's terms closes over every place where they are spoken or printed.
3. A frame between two points of a track is covered by the union of both boxes: a detector's blink
   never shows what a person decided to hide.
4. Every mask, mute and hidden word carries its reason and law; nothing is hidden without one.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate

from plainview.model.finding import Box, Track
from plainview.model.time import SECOND, MediaSpan, MediaTime


class Outcome(StrEnum):
    """What a person decided about a proposal."""

    HIDE = "hide"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Ground:
    """Why something is hidden, for whom, and under which law."""

    subject: str
    """Our word for one thing to hide across the case (``witness-1``); never an identity."""
    reason: str
    """Reason code shown to the public (``minor``, ``bystander``, ``private-contact``)."""
    law: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that might have to be hidden, waiting for a person."""

    id: str
    exhibit: str
    kind: str
    """``face``, ``person``, ``writing``, ``plate``, ``surface``, ``words``, ``text``, ``box``."""
    span: MediaSpan | None = None
    page: int | None = None
    what: str = ""
    """What a reviewer needs to see; never published."""
    said: str = ""
    """The words themselves, of spoken and printed ones."""
    track: Track | None = None
    words: tuple[int, int] | None = None
    """First and last word on the page, for printed words."""


@dataclass(frozen=True, slots=True)
class MaskTrack:
    """One thing covered through a stretch of a recording; ``points`` are sorted by time."""

    ground: Ground
    points: Sequence[tuple[MediaTime, Box]]
    shape: str = "box"
    """``box`` or ``ellipse``."""

    @property
    def span(self) -> MediaSpan:
        return MediaSpan(self.points[0][0], MediaTime(self.points[-1][0] + 1))

    def box_at(self, at: MediaTime) -> Box | None:
        """The pixels to cover in the frame presented at ``at``; None outside the track (rule 3)."""
        if not self.points or at < self.points[0][0] or at > self.points[-1][0]:
            return None
        i = bisect_right(self.points, at, key=lambda point: point[0]) - 1
        if self.points[i][0] == at or i + 1 == len(self.points):
            return self.points[i][1]
        return cover(self.points[i][1], self.points[i + 1][1])

    def within(self, start: MediaTime | None, end: MediaTime | None) -> MaskTrack:
        """The part that covers pictures in ``[start, end)``, with the points around it; without points if none."""
        first, last = 0, len(self.points)
        if start is not None:
            first = max(0, bisect_right(self.points, start, key=lambda point: point[0]) - 1)
        if end is not None:
            last = min(last, bisect_left(self.points, end, key=lambda point: point[0]) + 1)
        kept = self.points[first:last]
        apart = not kept or (end is not None and kept[0][0] >= end) or (start is not None and kept[-1][0] < start)
        return replace(self, points=() if apart else kept)


TONE, SILENCE, VOICE = COVERS = ("tone", "silence", "voice")
"""What may stand in place of a sound: ``voice`` takes the speaker's voice away and leaves the words to be followed."""


@dataclass(frozen=True, slots=True)
class Mute:
    """A stretch of sound replaced; ``cover`` is one of ``COVERS``."""

    span: MediaSpan
    ground: Ground
    cover: str = TONE

    @property
    def hides_words(self) -> bool:
        """Whether what is said may not be known either, from captions or anywhere."""
        return self.cover != VOICE


@dataclass(frozen=True, slots=True)
class HiddenTerm:
    """Words that must appear nowhere in the release, in any text, name or metadata."""

    term: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class PageMask:
    """An area of one page of a paper, in PDF points from the top left."""

    page: int
    x: float
    y: float
    w: float
    h: float
    ground: Ground


@dataclass(frozen=True, slots=True)
class RecordingPlan:
    """All that is hidden in one recording's renditions."""

    exhibit: str
    masks: tuple[MaskTrack, ...] = ()
    mutes: tuple[Mute, ...] = ()
    blackouts: tuple[tuple[MediaSpan, Ground], ...] = ()
    """Whole frames covered."""

    def within(self, start: MediaTime | None, end: MediaTime | None) -> RecordingPlan:
        """The plan for the pictures presented in ``[start, end)`` alone; None is the recording's own end."""
        masks = (mask.within(start, end) for mask in self.masks)
        blackouts = tuple(
            each
            for each in self.blackouts
            if (end is None or each[0].start < end) and (start is None or each[0].end > start)
        )
        return replace(self, masks=tuple(mask for mask in masks if mask.points), blackouts=blackouts)

    def boxes_at(self, at: MediaTime) -> list[tuple[Box, str]]:
        """(box, shape) of every mask on the frame presented at ``at``."""
        found = ((mask.box_at(at), mask.shape) for mask in self.masks)
        return [(box, shape) for box, shape in found if box is not None]

    def blacked_out(self, at: MediaTime) -> bool:
        return any(span.start <= at < span.end for span, _ in self.blackouts)

    def touches(self, span: MediaSpan) -> bool:
        """Whether any picture decision falls inside ``span``."""
        spans = [mask.span for mask in self.masks] + [blackout for blackout, _ in self.blackouts]
        return any(span.overlaps(each) for each in spans)


class PlanReader:
    """The part of a plan that matters for one picture: looking through all of a long one each time takes hours."""

    def __init__(self, plan: RecordingPlan) -> None:
        self._whole = plan
        self._span: MediaSpan | None = None
        self._part = plan

    def at(self, at: MediaTime) -> RecordingPlan:
        """A plan that covers the picture presented at ``at`` as the whole plan does; fast when times rise."""
        if self._span is None or not self._span.start <= at < self._span.end:
            self._span = MediaSpan(at, MediaTime(at + 10 * SECOND))
            self._part = self._whole.within(self._span.start, self._span.end)
        return self._part


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """All that is hidden in one paper or photograph."""

    exhibit: str
    masks: tuple[PageMask, ...] = ()
    terms: tuple[HiddenTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class CasePlan:
    """The resolved whole for one release."""

    recordings: tuple[RecordingPlan, ...]
    documents: tuple[DocumentPlan, ...]
    terms: tuple[HiddenTerm, ...]

    def recording(self, exhibit: str) -> RecordingPlan:
        return next((plan for plan in self.recordings if plan.exhibit == exhibit), RecordingPlan(exhibit))

    def document(self, exhibit: str) -> DocumentPlan:
        return next((plan for plan in self.documents if plan.exhibit == exhibit), DocumentPlan(exhibit))


def cover(a: Box, b: Box) -> Box:
    """The smallest box that holds both."""
    x, y = min(a.x, b.x), min(a.y, b.y)
    return Box(x, y, max(a.x + a.w, b.x + b.w) - x, max(a.y + a.h, b.y + b.h) - y)


def grow(box: Box, *, margin: float, width: int, height: int) -> Box:
    """The box grown by ``margin`` of its size on every side, kept inside a ``width`` × ``height`` frame."""
    dx, dy = round(box.w * margin), round(box.h * margin)
    left, top = max(0, box.x - dx), max(0, box.y - dy)
    right, bottom = min(width, box.x + box.w + dx), min(height, box.y + box.h + dy)
    return Box(left, top, max(0, right - left), max(0, bottom - top))


def undecided(proposals: Iterable[Proposal], decided: Iterable[str]) -> list[Proposal]:
    """Proposals without a decision, in order (rule 1)."""
    known = set(decided)
    return [proposal for proposal in proposals if proposal.id not in known]


def fold(text: str) -> str:
    """Letters and digits only, lower case, without accents: how terms are compared, so that spacing,
    points, ligatures and the two ways to write an accent hide nothing."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def both_ways(term: str) -> tuple[str, ...]:
    """A term as given, and a name of two or three words with its last word first, as forms print it.

    >>> both_ways("Odessa Quill")
    ('Odessa Quill', 'Quill, Odessa')
    """
    parts = term.replace(",", " ").split()
    if not 2 <= len(parts) <= 3 or not all(part.strip(".'-").isalpha() for part in parts) or "," in term:
        return (term,)
    return term, f"{parts[-1]}, {' '.join(parts[:-1])}"


def hidden_words(words: list[str], terms: Iterable[HiddenTerm]) -> dict[int, Ground]:
    """Index of every word that is part of a hidden term, however the term is split into words (rule 2).

    A term within one word hides that word. A term over several words may have more letters before or
    after it (``Witness:Odessa Quill``, ``Odessa Quill's``) when it is long enough not to arise by chance.
    """
    folded = [fold(word) for word in words]
    kept = [i for i, word in enumerate(folded) if word]
    ends = list(accumulate(len(folded[i]) for i in kept))
    whole = "".join(folded)
    found: dict[int, Ground] = {}
    for term in terms:
        wanted = fold(term.term)
        for start in _occurrences(wanted, whole):
            first, last = bisect_right(ends, start), bisect_left(ends, start + len(wanted))
            edges = (start == 0 or ends[first - 1] == start) + (ends[last] == start + len(wanted))
            if first == last or edges >= _edges_needed(wanted):
                found.update({kept[i]: term.ground for i in range(first, last + 1)})
    return found


def _occurrences(wanted: str, whole: str) -> Iterator[int]:
    """Every offset at which ``wanted`` stands, overlapping ones too; none for an empty term."""
    start = whole.find(wanted) if wanted else -1
    while start >= 0:
        yield start
        start = whole.find(wanted, start + 1)


def _edges_needed(wanted: str) -> int:
    """How many ends of a term over several words must be ends of words: a short one arises by chance."""
    if len(wanted) >= 8:
        return 0
    return 1 if len(wanted) >= 5 else 2
