# SPDX-License-Identifier: Apache-2.0
"""What the machines found for a case, read back from the work store, and what follows for review.

Findings may be thrown away and computed again; a proposal's id is made from what was found where, so
the same finding keeps its decision and a new one is undecided.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from plainview.casework.workspace import Workspace
from plainview.media.fusion import Fused
from plainview.model import identifiers, wire
from plainview.model.beep import BeepFinding, BeepTies
from plainview.model.case import Agent, Case, Exhibit, Kind
from plainview.model.claim import Claims
from plainview.model.custody import CustodyEvent
from plainview.model.edit import EditTrace
from plainview.model.faceless import faceless
from plainview.model.finding import PageText, ShotCount, StepStatus, Track
from plainview.model.placement import PlaceRecording, placed
from plainview.model.redaction import Proposal, fold
from plainview.model.rows import FindingRow
from plainview.model.time import IncidentTime, MediaSpan, MediaTime
from plainview.model.timeline import Alignment, ClockReading, Timeline
from plainview.model.transcript import Heard, Utterance, Voices

FINDING_STEPS = (
    "speech", "shots", "beeps", "edits", "faces", "clock", "pages", "signs", "claims", "sync", "placed",
    "fusion", "count", "cameras", "writing", "persons", "voices",
)  # fmt: skip
"""Steps whose results are findings (renditions and audits are not)."""

ASKED_FOR = frozenset({"writing", "persons", "voices"})
"""Steps that are done when somebody names them: each costs more, or tells more of people, than every case needs."""


NAMES = {"writing": "writing", "surface": "a screen or paper with"}
"""What a reviewer reads of a kind of track where it is not the kind itself."""


@dataclass(slots=True)
class Findings:
    """The newest finding of each step for each exhibit; what failed, with its reason."""

    timeline: Timeline | None = None
    timeline_digest: str = ""
    fused_on: str = ""
    """Digest of the timeline on which words and shots were put together, where people had moved recordings."""
    heard: dict[str, Heard] = field(default_factory=dict)
    faces: dict[str, tuple[Track, ...]] = field(default_factory=dict)
    writing: dict[str, tuple[Track, ...]] = field(default_factory=dict)
    persons: dict[str, tuple[Track, ...]] = field(default_factory=dict)
    clocks: dict[str, tuple[ClockReading, ...]] = field(default_factory=dict)
    pages: dict[str, tuple[PageText, ...]] = field(default_factory=dict)
    fused: Fused | None = None
    voices: Voices | None = None
    """None when nobody asked whose voice is whose, or when the transcript is another one since."""
    shots: ShotCount | None = None
    beeps: dict[str, BeepFinding] = field(default_factory=dict)
    cameras: BeepTies | None = None
    edits: dict[str, tuple[EditTrace, ...]] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)
    failed: list[FindingRow] = field(default_factory=list)


def record(
    workspace: Workspace, case: Case, rows: Sequence[FindingRow], *, at: datetime, acting: Agent, software: str
) -> None:
    """Add findings and what became of each step to ledger and custody log, in one transaction."""
    known = {(row.step, row.exhibit, row.key, row.status) for row in workspace.ledger.findings(case.id)}
    fresh = [row for row in rows if (row.step, row.exhibit, row.key, row.status) not in known]
    if not fresh:
        return
    with workspace.ledger.change(acting=acting, at=at) as change:
        for row in fresh:
            change.add_finding(row)
            outcome = "success" if row.status is StepStatus.DONE else "failure"
            change.record(
                CustodyEvent(
                    "examined",
                    case=case.id,
                    subject=row.exhibit or case.id,
                    outcome=outcome,
                    sha256=row.result_sha256,
                    detail=f"{row.step} ({software})",
                )
            )


def load(workspace: Workspace, case: Case) -> Findings:
    """Read the newest findings of a case; an unknown step or a missing result file is an error, not absence."""
    found = Findings()
    newest: dict[tuple[str, str], FindingRow] = {}
    for row in workspace.ledger.findings(case.id):
        newest[row.step, row.exhibit] = row
    for row in newest.values():
        if row.status is StepStatus.FAILED:
            found.failed.append(row)
        else:
            _take(found, row, workspace.result(row))
    if ("voices", "") in newest and newest["voices", ""].status is StepStatus.DONE:
        found.voices = _voices(found, workspace.result(newest["voices", ""]))
    return found


def _voices(found: Findings, path: Path) -> Voices | None:
    """Whose voice is whose, unless the letters belong to the lines of another transcript."""
    told: Voices = wire.build(Voices, json.loads(path.read_text()))
    now = hashlib.sha256(wire.canonical(found.fused)).hexdigest() if found.fused else ""
    return told if told.fused == now else None


def _take(found: Findings, row: FindingRow, path: Path) -> None:
    if row.step in ("faces", "persons", "writing"):
        getattr(found, row.step)[row.exhibit] = tuple(wire.members(Track, path.read_text()))
        return
    data: Any = json.loads(path.read_text())
    match row.step:
        case "speech":
            found.heard[row.exhibit] = wire.build(Heard, data)
        case "clock":
            found.clocks[row.exhibit] = wire.build(tuple[ClockReading, ...], data)
        case "pages" | "signs":
            found.pages[row.exhibit] = wire.build(tuple[PageText, ...], data)
        case "sync":
            found.timeline = wire.build(Timeline, data)
            found.timeline_digest = digest_of(found.timeline)
        case "placed":
            found.fused_on = digest_of(wire.build(Timeline, data))
        case "fusion":
            found.fused = wire.build(Fused, data)
        case "count":
            found.shots = wire.build(ShotCount, data)
        case "beeps":
            found.beeps[row.exhibit] = wire.build(BeepFinding, data)
        case "edits":
            found.edits[row.exhibit] = wire.build(tuple[EditTrace, ...], data)
        case "claims":
            found.claims = wire.build(Claims, data)
        case "cameras":
            found.cameras = wire.build(BeepTies, data)


def digest_of(timeline: Timeline) -> str:
    """What a person who accepts a timeline accepts."""
    return hashlib.sha256(wire.canonical(timeline)).hexdigest()


def with_placements(found: Findings, placements: Mapping[str, PlaceRecording]) -> Findings:
    """The findings with recordings where people put them; what was found stays as it is."""
    if found.timeline is None or not placements:
        return found
    moved = placed(found.timeline, placements)
    before = found.fused_on or found.timeline_digest
    return replace(found, timeline=moved, timeline_digest=digest_of(moved), fused_on=before)


def readable(exhibits: Iterable[Exhibit]) -> list[Exhibit]:
    """Exhibits that can be worked on: not a second delivery of the same bytes, not unreadable."""
    return [each for each in exhibits if each.duplicate_of is None and each.kind is not Kind.UNREADABLE]


def proposals(found: Findings, exhibits: Sequence[Exhibit], *, terms: Sequence[str] = ()) -> list[Proposal]:
    """Everything that might have to be hidden, in a fixed order: what pictures show, spoken words, printed words."""
    order = [each.id for each in readable(exhibits)]
    pages = {exhibit: found.pages.get(exhibit, ()) for exhibit in order}
    shown = [each for exhibit in order for each in _shown_proposals(exhibit, found)]
    heard = [words for utterance in _utterances(found) for words in _wordings(utterance)]
    printed = [[word.text for word in page.words] for exhibit in order for page in pages[exhibit]]
    known = identifiers.name_parts([*heard, *printed])
    words = list(_word_proposals(found, terms, known))
    texts = [each for exhibit in order for each in _page_proposals(exhibit, pages[exhibit], terms, known)]
    return shown + words + texts


def _utterances(found: Findings) -> list[Utterance]:
    """All that is heard: on the case's clock, then on recordings that have no place on it."""
    if found.fused is None:
        return []
    apart = (line for exhibit in sorted(found.fused.unplaced) for line in found.fused.unplaced[exhibit])
    return [*found.fused.utterances, *apart]


def _shown_proposals(exhibit: str, found: Findings) -> Iterator[Proposal]:
    """What one recording's pictures show, as tracks."""
    faces = found.faces.get(exhibit, ())
    names = {each.id: _proposal_id(exhibit, each) for each in faces}
    for track in (*faces, *found.writing.get(exhibit, ()), *found.persons.get(exhibit, ())):
        seconds = track.span.length / 1e6
        best = max(point.score for point in track.points)
        says = f" “{track.basis.detail}”" if track.basis.detail else ""
        said = NAMES.get(track.kind, f"a {track.kind}")
        what = f"{said}{says} from {track.span.start / 1e6:.1f} s for {seconds:.1f} s (detector at best {best:.2f})"
        if track.kind == "person" and (bare := faceless(track, faces)):
            times = ", ".join(f"{span.start / 1e6:.1f} to {span.end / 1e6:.1f} s" for span in bare)
            what += f"; no face was found on it at {times}"
        if (back := track.returns) is not None and back.track in names:
            place = f", {back.place}" if back.place else ""
            what += f"; may be who left {back.away / 1e6:.1f} s before as {names[back.track]}"
            what += f" (size, clothes {back.clothes:.2f}{place}; not the face)"
        name = _proposal_id(exhibit, track)
        yield Proposal(name, exhibit, track.kind, span=track.span, what=what, track=track)


def _proposal_id(exhibit: str, track: Track) -> str:
    """Made from what was found where; who may have come back is no part of it."""
    described = wire.plain(track)
    described.pop("returns")
    return f"{exhibit}-{track.kind}-{hashlib.sha256(wire.canonical(described)).hexdigest()[:8]}"


def _word_proposals(found: Findings, terms: Sequence[str], known: frozenset[str]) -> Iterator[Proposal]:
    if found.timeline is None:
        return
    for utterance in _utterances(found):
        yield from _utterance_proposals(utterance, found.timeline, terms, known)


def _utterance_proposals(
    utterance: Utterance, timeline: Timeline, terms: Sequence[str], known: frozenset[str]
) -> Iterator[Proposal]:
    """Identifying words of one utterance; one heard on an unplaced recording keeps that recording's own clock."""
    exhibit = utterance.heard_on[0]
    alignment = timeline.of(exhibit) or Alignment(exhibit, IncidentTime(0), 0.0, 0, "own clock", 0.0)
    apart = f"{exhibit}-" if timeline.of(exhibit) is None else ""
    for what, text, first, last in _named(utterance, terms, known):
        run = utterance.words[first : last + 1]
        second = round(run[0].start / 1_000_000)
        digest = hashlib.sha256(fold(text).encode()).hexdigest()[:6]
        span = MediaSpan(MediaTime(max(0, alignment.media(run[0].start))), alignment.media(run[-1].end))
        yield Proposal(f"{apart}words-{second}-{digest}", exhibit, "words", span=span, what=what, said=text)


def _named(
    utterance: Utterance, terms: Sequence[str], known: frozenset[str]
) -> Iterator[tuple[str, str, int, int]]:
    """Each identifying thing in a line: what it is, its words, and the first and last word of the line it covers.

    What one recorder heard instead is looked through as well: the line's own word may be a name misheard.
    """
    covered: set[int] = set()
    for number, words in enumerate(_wordings(utterance)):
        for hit in identifiers.propose(words, terms=terms, known=known):
            first, last = _place_in(utterance, words, hit.first, hit.last) if number else (hit.first, hit.last)
            if number and covered.issuperset(range(first, last + 1)):
                continue
            covered.update(range(first, last + 1))
            text = " ".join(words[hit.first : hit.last + 1])
            reason = f"{hit.reason}; one recording heard it, the line does not say it" if number else hit.reason
            yield f"{hit.kind}: {text} ({reason})", text, first, last


def _wordings(utterance: Utterance) -> list[list[str]]:
    """What a line says, and what single recordings heard instead: any of them may hold the name that was said."""
    return [[word.text for word in utterance.words], *(other.split() for other in utterance.alternatives)]


def _place_in(utterance: Utterance, words: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """The line's words in whose place words ``first`` to ``last`` of another wording were heard.

    They reach from the nearest word before to the nearest word after that both wordings share; a
    wording that shares none was heard in the place of the whole line.
    """
    line = [fold(word.text) for word in utterance.words]
    shared = SequenceMatcher(None, line, [fold(word) for word in words], autojunk=False).get_matching_blocks()
    pairs = [(block.a + k, block.b + k) for block in shared for k in range(block.size)]
    inside = [at for at, other in pairs if first <= other <= last]
    before = max((at + 1 for at, other in pairs if other < first), default=0)
    after = min((at - 1 for at, other in pairs if other > last), default=len(line) - 1)
    begin, end = min([before, *inside]), max([after, *inside])
    if begin > end:  # heard between two words of the line: both may carry it
        begin, end = max(0, end), min(len(line) - 1, begin)
    return begin, end


def _page_proposals(
    exhibit: str, pages: Sequence[PageText], terms: Sequence[str], known: frozenset[str]
) -> Iterator[Proposal]:
    for page in pages:
        words = [word.text for word in page.words]
        for hit in identifiers.propose(words, terms=terms, known=known):
            text = " ".join(words[hit.first : hit.last + 1])
            digest = hashlib.sha256(fold(text).encode()).hexdigest()[:6]
            yield Proposal(
                f"{exhibit}-p{page.page}-{hit.first}-{digest}",
                exhibit,
                "text",
                page=page.page,
                what=f"{hit.kind}: {text} ({hit.reason})",
                said=text,
                words=(hit.first, hit.last),
            )
