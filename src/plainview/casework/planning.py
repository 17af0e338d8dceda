# SPDX-License-Identifier: Apache-2.0
"""From decisions to the resolved whole: what each rendition hides, on which recording, when.

One decision closes over the case: a hidden stretch of sound is muted on every recording that hears
it at that instant, a hidden term is looked for in every recogniser's words, in every paper and text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from plainview.casework.findings import Findings, readable
from plainview.casework.standing import Desk
from plainview.model.case import Exhibit, Kind
from plainview.model.decision import CaseState, HideArea, HideSound, HideSpan
from plainview.model.finding import Box, PageText, Places, Track, TrackPoint
from plainview.model.redaction import (
    TONE,
    VOICE,
    CasePlan,
    DocumentPlan,
    Ground,
    HiddenTerm,
    MaskTrack,
    Mute,
    Outcome,
    PageMask,
    Proposal,
    RecordingPlan,
    both_ways,
    hidden_words,
)
from plainview.model.time import IncidentSpan, IncidentTime, MediaSpan, MediaTime, without
from plainview.model.timeline import Alignment
from plainview.model.transcript import Heard, Utterance, conceal_words

WORD_PAD = 300_000
"""µs added on both sides of a muted word: recognisers place words 60 to 220 ms off, and 300 ms on each
side covered every word measured."""

DRAWN_EDGE = 17_300
"""µs that a drawn box is held beyond its first and last time: more than any rounding of a time, less than a
frame at 50 a second, and no multiple of a usual frame's length, so that no edge falls on a frame."""

PAGE_PAD = 1.5
"""Points added around a covered word on a page, so that no ascender stands out."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """All that was decided to be hidden in a case, before it is resolved for each exhibit."""

    proposals: list[tuple[Proposal, Ground]]
    spans: list[HideSpan]
    covers: dict[str, str]
    terms: tuple[HiddenTerm, ...]


def plan_case(desk: Desk, *, also: str = "") -> CasePlan:
    """The plan for the next release of a case whose proposals are all decided; ``also`` an exhibit without a title."""
    state = desk.state
    hide = _hidden(desk, state)
    terms = _terms(state)
    spans = [*_hidden_spans(desk, state, hide), *_said_terms(desk.found, terms)]
    hiding = Hiding(hide, spans, state.covers, terms)
    shown = [each for each in readable(desk.exhibits) if each.id in state.titles or each.id == also]
    recordings = tuple(
        _recording_plan(each, desk.found, state, hiding) for each in shown if each.kind is Kind.RECORDING
    )
    documents = tuple(
        _document_plan(each, desk.found, hiding, state.hidden_areas)
        for each in shown
        if each.kind is not Kind.RECORDING
    )
    return CasePlan(recordings, documents, terms)


@dataclass(frozen=True, slots=True)
class SeenTrack:
    """One track of a recording as it stands now: ``hidden``, ``shown`` or ``open``; for people at work on it."""

    mask: MaskTrack
    state: str
    label: str


def hiding_now(desk: Desk, exhibit: str) -> list[SeenTrack]:
    """Where one recording's pictures stand, undecided tracks included: what ``plan_case`` would do, shown early."""
    state = desk.state
    found = next((each for each in desk.exhibits if each.id == exhibit), None)
    video = found.probe.video if found is not None and found.probe is not None else None
    size = (video.width, video.height) if video is not None else (0, 0)
    tracks = []
    for proposal in desk.proposals():
        if proposal.exhibit != exhibit or proposal.track is None:
            continue
        outcome, ground = state.outcomes.get(proposal.id, (None, Ground("", "", "")))
        word = "open" if outcome is None else "hidden" if outcome is Outcome.HIDE else "shown"
        tracks.append(SeenTrack(_mask(ground, proposal.track, size), word, ground.subject or proposal.kind))
    drawn = [SeenTrack(MaskTrack(each.ground, _held(each.points), each.shape), "hidden", each.ground.subject)
             for each in state.drawn if each.exhibit == exhibit]  # fmt: skip
    return [*tracks, *drawn]


def _terms(state: CaseState) -> tuple[HiddenTerm, ...]:
    """Every form of every term that is hidden."""
    return tuple(
        HiddenTerm(form, each.ground) for each in state.terms for term in each.terms for form in both_ways(term)
    )


def _hidden(desk: Desk, state: CaseState) -> list[tuple[Proposal, Ground]]:
    """The proposals that were decided to be hidden, with why; a proposal that no longer stands is none."""
    chosen = {each.id: each for each in desk.proposals()}
    outcomes = ((key, *outcome) for key, outcome in state.outcomes.items())
    return [(chosen[key], ground) for key, outcome, ground in outcomes if outcome is Outcome.HIDE and key in chosen]


def _hidden_spans(
    desk: Desk, state: CaseState, hide: Sequence[tuple[Proposal, Ground]]
) -> Iterator[HideSpan]:
    """Stretches of the case's clock whose sound is hidden."""
    yield from state.hidden_spans
    for proposal, ground in hide:
        alignment = desk.found.timeline.of(proposal.exhibit) if desk.found.timeline else None
        if proposal.kind == "words" and proposal.span is not None and alignment is not None:
            yield HideSpan(alignment.incident_span(proposal.span), ground, state.covers.get(proposal.id, TONE))


def _said_terms(found: Findings, terms: Sequence[HiddenTerm]) -> Iterator[HideSpan]:
    """Where on the case's clock a hidden term is said, as any recording or all together understood it.

    Recognisers mishear names. One that understood tells where all others that hear voice then must be muted.
    """
    for line in found.fused.utterances if found.fused else ():
        for index, ground in sorted(hidden_words([word.text for word in line.words], terms).items()):
            word = line.words[index]
            yield HideSpan(IncidentSpan(word.start, max(word.start, word.end)), ground)
    for exhibit in sorted(found.heard):
        alignment = found.timeline.of(exhibit) if found.timeline else None
        if alignment is not None:
            for span, ground in _term_words(found.heard[exhibit], terms):
                yield HideSpan(alignment.incident_span(span), ground)


def _recording_plan(exhibit: Exhibit, found: Findings, state: CaseState, hiding: Hiding) -> RecordingPlan:
    video = exhibit.probe.video if exhibit.probe is not None else None
    size = (video.width, video.height) if video is not None else (0, 0)
    masks = [
        _mask(ground, track, size)
        for proposal, ground in hiding.proposals
        if proposal.exhibit == exhibit.id and (track := proposal.track) is not None
    ]
    drawn = [
        MaskTrack(each.ground, _held(each.points), each.shape)
        for each in state.drawn
        if each.exhibit == exhibit.id
    ]
    mutes = _mutes(exhibit, found, hiding, [each for each in state.hidden_sounds if each.exhibit == exhibit.id])
    return RecordingPlan(exhibit.id, tuple(masks + drawn), tuple(mutes), tuple(_blackouts(exhibit, state)))


def _blackouts(exhibit: Exhibit, state: CaseState) -> Iterator[tuple[MediaSpan, Ground]]:
    """Whole pictures that are hidden, held a little longer as drawn boxes are."""
    for each in sorted(state.hidden_pictures, key=lambda hidden: hidden.span):
        if each.exhibit == exhibit.id:
            start, end = max(0, each.span.start - DRAWN_EDGE), each.span.end + DRAWN_EDGE
            yield MediaSpan(MediaTime(start), MediaTime(end)), each.ground


def _mask(ground: Ground, track: Track, size: tuple[int, int]) -> MaskTrack:
    points = Places((point.at, point.box) for point in track.points)
    return MaskTrack(ground, points, cover_shape(track.points, size, kind=track.kind))


def cover_shape(points: Sequence[TrackPoint], size: tuple[int, int], *, kind: str = "face") -> str:
    """An ellipse, or the whole box where the picture's border cuts it: a face going out would show in its corners.

    What is not a face fills its box: an ellipse would leave the ends of a line to be read.
    """
    return "box" if kind != "face" or any(point.box.meets_edge(*size) for point in points) else "ellipse"


def _held(points: tuple[tuple[MediaTime, Box], ...]) -> tuple[tuple[MediaTime, Box], ...]:
    """Drawn boxes, held a little before the first and after the last: a person's times are rounded, frames' are not."""
    (first, before), (last, after) = points[0], points[-1]
    return ((MediaTime(max(0, first - DRAWN_EDGE)), before), *points, (MediaTime(last + DRAWN_EDGE), after))


def _mutes(exhibit: Exhibit, found: Findings, hiding: Hiding, own: Sequence[HideSound]) -> list[Mute]:
    """Muted stretches of one recording: of the case's clock where it hears speech, and its own hidden words."""
    if exhibit.probe is None or exhibit.probe.audio is None:
        return []
    heard = found.heard.get(exhibit.id)
    alignment = found.timeline.of(exhibit.id) if found.timeline else None
    wanted = list(_own_words(heard, hiding.terms)) if heard else []
    wanted += [Mute(_pad(each.span, 0), each.ground, each.cover) for each in own]
    wanted += [
        Mute(_pad(each.span, 0), ground, hiding.covers.get(each.id, TONE))
        for each, ground in hiding.proposals
        if each.kind == "words" and each.exhibit == exhibit.id and each.span is not None
    ]
    if alignment is not None:
        wanted += [
            Mute(padded, each.ground, each.cover)
            for each in hiding.spans
            if _hears(heard, padded := _pad(alignment.media_span(each.span), _reach(alignment)))
        ]
    clipped = ((each, _clip(each.span, exhibit.probe.duration)) for each in wanted)
    return _words_first(_merge([replace(each, span=span) for each, span in clipped if span is not None]))


def _own_words(heard: Heard, terms: Sequence[HiddenTerm]) -> Iterator[Mute]:
    for span, ground in _term_words(heard, terms):
        yield Mute(_pad(span, 0), ground)


def _term_words(heard: Heard, terms: Sequence[HiddenTerm]) -> Iterator[tuple[MediaSpan, Ground]]:
    """Every word of a hidden term, as one recording's recogniser understood it."""
    words = [word for segment in heard.segments for word in segment]
    for index, ground in sorted(hidden_words([word.text for word in words], terms).items()):
        yield MediaSpan(words[index].start, max(words[index].start, words[index].end)), ground


def _hears(heard: Heard | None, span: MediaSpan) -> bool:
    """Whether voice was found there; a recording nobody listened to counts as hearing it."""
    return heard is None or any(span.overlaps(speech) for speech in heard.speech)


def _reach(alignment: Alignment) -> int:
    """µs by which a sound may lie elsewhere in a recording than its clock says: the bar and the travel of sound."""
    return alignment.uncertainty + (alignment.travel[1] if alignment.travel is not None else 0)


def _pad(span: MediaSpan, uncertainty: int) -> MediaSpan:
    extra = WORD_PAD + min(uncertainty, WORD_PAD)
    return MediaSpan(MediaTime(span.start - extra), MediaTime(span.end + extra))


def _clip(span: MediaSpan, duration: MediaTime) -> MediaSpan | None:
    start, end = max(0, span.start), min(duration, span.end)
    return MediaSpan(MediaTime(start), MediaTime(end)) if start < end else None


def _merge(wanted: Iterable[Mute]) -> list[Mute]:
    """Sorted mutes; overlapping ones on the same ground and with the same cover become one."""
    mutes: list[Mute] = []
    for each in sorted(wanted, key=lambda mute: (mute.ground.subject, mute.ground.reason, mute.cover, mute.span.start)):
        last = mutes[-1] if mutes else None
        alike = last is not None and (last.ground, last.cover) == (each.ground, each.cover)
        if last is not None and alike and each.span.start <= last.span.end:
            mutes[-1] = replace(last, span=MediaSpan(last.span.start, max(last.span.end, each.span.end)))
        else:
            mutes.append(each)
    return sorted(mutes, key=lambda mute: (mute.span.start, mute.span.end))


def _words_first(mutes: Sequence[Mute]) -> list[Mute]:
    """A disguised voice where words are hidden too gives way: there nothing is left to be followed."""
    words = [mute for mute in mutes if mute.hides_words]
    voices = [
        replace(mute, span=left)
        for mute in mutes
        if not mute.hides_words
        for left in without(mute.span, [each.span for each in words])
    ]
    return sorted([*words, *voices], key=lambda mute: (mute.span.start, mute.span.end))


def _document_plan(
    exhibit: Exhibit, found: Findings, hiding: Hiding, areas: Sequence[HideArea]
) -> DocumentPlan:
    pages = {page.page: page for page in found.pages.get(exhibit.id, ())}
    masks = [
        mask
        for proposal, ground in hiding.proposals
        if proposal.exhibit == exhibit.id and proposal.page is not None and proposal.words is not None
        for mask in _page_masks(pages[proposal.page], proposal.words, ground)
    ]
    drawn = [PageMask(each.page, each.box.x, each.box.y, each.box.w, each.box.h, each.ground)
             for each in areas if each.exhibit == exhibit.id]  # fmt: skip
    return DocumentPlan(exhibit.id, (*masks, *drawn), hiding.terms)


def _page_masks(page: PageText, words: tuple[int, int], ground: Ground) -> Iterator[PageMask]:
    for word in page.words[words[0] : words[1] + 1]:
        yield PageMask(
            page.page, word.x - PAGE_PAD, word.y - PAGE_PAD, word.w + 2 * PAGE_PAD, word.h + 2 * PAGE_PAD, ground
        )


def released_utterances(desk: Desk, plan: CasePlan) -> tuple[Utterance, ...]:
    """The transcript as published: corrected by people, hidden words gone, unreviewed text as decided."""
    from plainview.casework.lines import corrected

    state = desk.state
    spans = list(_muted_instants(plan, desk.found))
    lines = corrected(desk.found.fused.utterances if desk.found.fused else (), state)
    return tuple(_conceal(line, spans, plan.terms) for line in lines)


def _muted_instants(plan: CasePlan, found: Findings) -> Iterator[tuple[str, IncidentSpan, Ground]]:
    """Every muted stretch on the case's clock, with the recording it is muted on."""
    for recording in plan.recordings:
        alignment: Alignment | None = found.timeline.of(recording.exhibit) if found.timeline else None
        if alignment is None:
            continue
        for mute in (each for each in recording.mutes if each.hides_words):
            yield recording.exhibit, alignment.incident_span(mute.span), mute.ground


def _conceal(
    line: Utterance, spans: Sequence[tuple[str, IncidentSpan, Ground]], terms: Sequence[HiddenTerm]
) -> Utterance:
    """One line as published. What others heard instead stays away where anything is muted at that time, on any
    recording, and where it holds a hidden term: it may be the hidden words, heard right.
    """
    by_term = hidden_words([word.text for word in line.words], terms)
    hidden = {index: ground.reason for index, ground in by_term.items()}
    for index, word in enumerate(line.words):
        middle = IncidentTime((word.start + word.end) // 2)
        for exhibit, span, ground in spans:
            if exhibit in line.heard_on and span.start <= middle < span.end:
                hidden[index] = ground.reason
    muted = any(span.start < line.end and line.start < span.end for _, span, _ in spans)
    others = () if muted else tuple(each for each in line.alternatives if not hidden_words(each.split(), terms))
    return conceal_words(replace(line, alternatives=others), hidden=hidden)


def hiding_words(desk: Desk) -> Callable[[Utterance, int], str]:
    """(line, index of a word) → the reason for which that word is hidden as things stand, or nothing."""
    state = desk.state
    terms = _terms(state)
    hide = _hidden(desk, state)
    wordless = (each for each in _hidden_spans(desk, state, hide) if each.cover != VOICE)
    spans = sorted(wordless, key=lambda each: each.span)

    def reason(line: Utterance, index: int) -> str:
        word = line.words[index]
        middle = (word.start + word.end) // 2
        by_span = (each.ground.reason for each in spans if each.span.start <= middle < each.span.end)
        by_term = hidden_words([each.text for each in line.words], terms).get(index)
        return next(by_span, by_term.reason if by_term else "")

    return reason
