# SPDX-License-Identifier: Apache-2.0
"""Questions every part of the page asks of one release: who covers an instant, what is graphic, where to begin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from plainview.model.case import Source
from plainview.model.moment import Moment
from plainview.model.release import Release, ReleasedDocument, ReleasedRecording
from plainview.model.time import SECOND, IncidentSpan, IncidentTime, MediaSpan, MediaTime
from plainview.model.transcript import Translation, Utterance
from plainview.publish.tongue import ENGLISH, Tongue, spoken

ORDER = tuple(Source)
"""Cameras of officers first, then vehicles, streets, shops, bystanders, calls and radio."""


@dataclass(frozen=True)
class Lookup:
    """One release in one language, and what can be read off it without asking anyone else."""

    release: Release
    tongue: Tongue = ENGLISH

    @cached_property
    def tongues(self) -> tuple[Tongue, ...]:
        """The languages of its pages, the office's own first."""
        return spoken(self.release.languages)

    def page(self, name: str) -> str:
        """Where another page of this release lies in this language."""
        return self.tongue.page(name, self.tongues[0])

    def translated(self, text: str) -> Translation | None:
        """What ``text`` says in this language, where somebody or something put it so."""
        return self._translations.get(text)

    @cached_property
    def _translations(self) -> dict[str, Translation]:
        return {t.source: t for t in self.release.translations if t.language == self.tongue.code}

    @cached_property
    def recordings(self) -> tuple[ReleasedRecording, ...]:
        """Every recording, in the order the page lists them."""
        return tuple(sorted(self.release.recordings, key=lambda r: (ORDER.index(r.source), r.slug)))

    @cached_property
    def placed(self) -> tuple[ReleasedRecording, ...]:
        return tuple(r for r in self.recordings if r.alignment is not None)

    @cached_property
    def cameras(self) -> tuple[ReleasedRecording, ...]:
        """Placed recordings with a picture to show."""
        return tuple(r for r in self.placed if r.rendition("v360") is not None)

    @cached_property
    def by_exhibit(self) -> dict[str, ReleasedRecording]:
        return {r.exhibit: r for r in self.recordings}

    @cached_property
    def documents(self) -> dict[str, ReleasedDocument]:
        return {d.exhibit: d for d in self.release.documents}

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        return tuple(sorted(self.release.moments, key=lambda m: (m.start, m.id)))

    def remote(self, utterance: Utterance) -> bool:
        """Whether a line came over telephone or radio only, and no recorder at the scene heard it."""
        if not utterance.channel:
            return False
        sources = {self.by_exhibit[e].source for e in utterance.heard_on if e in self.by_exhibit}
        return sources <= {Source.CALL, Source.RADIO}

    @cached_property
    def spoken_on(self) -> dict[str, tuple[Utterance, ...]]:
        """What each recording hears."""
        found: dict[str, list[Utterance]] = {r.exhibit: [] for r in self.recordings}
        for utterance in self.release.utterances:
            for exhibit in utterance.heard_on:
                if exhibit in found:
                    found[exhibit].append(utterance)
        return {exhibit: tuple(said) for exhibit, said in found.items()}

    @cached_property
    def span(self) -> IncidentSpan:
        """From the first instant any placed recording covers to the last."""
        covered = [coverage(r) for r in self.placed]
        if not covered:
            return IncidentSpan(IncidentTime(0), IncidentTime(60 * SECOND))
        return IncidentSpan(min(s.start for s in covered), max(s.end for s in covered))

    @cached_property
    def graphic(self) -> tuple[tuple[IncidentSpan, str], ...]:
        """Every stretch before which the player stops: those of the case and of single recordings, joined."""
        spans = list(self.release.graphic)
        for recording in self.placed:
            assert recording.alignment is not None
            spans += [(recording.alignment.incident_span(s), "") for s in recording.graphic]
        joined: list[tuple[IncidentSpan, str]] = []
        for span, kind in sorted(spans):
            if joined and span.start <= joined[-1][0].end:
                last, first_kind = joined[-1]
                joined[-1] = (IncidentSpan(last.start, max(last.end, span.end)), first_kind or kind)
            else:
                joined.append((span, kind))
        return tuple(joined)

    def is_graphic(self, at: IncidentTime) -> bool:
        return any(span.start <= at < span.end for span, _ in self.graphic)

    def covered_cells(self, recording: ReleasedRecording, every: int) -> tuple[int, frozenset[int]]:
        """How many stills, one every ``every`` µs, cover a placed recording, and which of them may be graphic.

        A still stands for all the time until the next, so a cell is covered when any of it is graphic.
        """
        assert recording.alignment is not None
        cells = -(-recording.duration // every)
        covered = set()
        for cell in range(cells):
            media = MediaSpan(MediaTime(cell * every), MediaTime(min(recording.duration, (cell + 1) * every)))
            shown = recording.alignment.incident_span(media)
            if any(span.start < shown.end and shown.start < span.end for span, _ in self.graphic):
                covered.add(cell)
        return cells, frozenset(covered)

    def slugs(self, exhibits: tuple[str, ...]) -> tuple[str, ...]:
        """The addresses of those of ``exhibits`` that are placed recordings here, in the page's order."""
        return tuple(slug for exhibit, slug in self._places if exhibit in exhibits)

    @cached_property
    def _places(self) -> tuple[tuple[str, str], ...]:
        return tuple((r.exhibit, r.slug) for r in self.placed)

    @cached_property
    def start(self) -> IncidentTime:
        """Where the player stands at first: the earliest moment a camera shows that is not graphic."""
        for moment in self.moments:
            if self.camera_of(moment) and not moment.graphic and not self.is_graphic(moment.start):
                return moment.start
        if self.cameras:
            return coverage(self.cameras[0]).start
        return self.span.start

    @cached_property
    def camera(self) -> ReleasedRecording | None:
        """What the large picture shows at first."""
        for moment in self.moments:
            if moment.start == self.start and (camera := self.camera_of(moment)):
                return camera
        return next((r for r in self.cameras if covers(r, self.start)), next(iter(self.cameras), None))

    def camera_of(self, moment: Moment) -> ReleasedRecording | None:
        """The first camera that shows ``moment``."""
        named = [self.by_exhibit[e] for e in moment.seen_on if e in self.by_exhibit]
        return next((r for r in named if r in self.cameras and covers(r, moment.start)), None)

    def still_at(self, recording: ReleasedRecording) -> IncidentTime | None:
        """An instant of ``recording`` that may be shown without being asked for: near the start, never graphic."""
        cover = coverage(recording)
        wished = [self.start, *(m.start for m in self.moments), *_every_second(cover)]
        return next((t for t in wished if cover.start <= t < cover.end - SECOND and not self.is_graphic(t)), None)


def coverage(recording: ReleasedRecording) -> IncidentSpan:
    """The stretch of the case's clock a placed recording covers."""
    assert recording.alignment is not None
    return recording.alignment.incident_span(MediaSpan(MediaTime(0), recording.duration))


def covers(recording: ReleasedRecording, at: IncidentTime) -> bool:
    """Whether ``recording`` was recording at ``at``."""
    span = coverage(recording)
    return span.start <= at < span.end


def short_title(recording: ReleasedRecording) -> tuple[str, str]:
    """``Body camera 2, Imbert`` in two parts, for a tile that is 160 pixels wide."""
    head, _, tail = recording.title.partition(", ")
    return head, tail


def _every_second(span: IncidentSpan) -> list[IncidentTime]:
    return [IncidentTime(t) for t in range(span.start, span.end, SECOND)]
