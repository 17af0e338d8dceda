# SPDX-License-Identifier: Apache-2.0
"""From decided case to published version: freeze, hand to the site builder, approve, seal, withdraw.

The rules R1 to R7 stand in ``model.release``; each check here carries its number. Nothing in a
version's bag depends on who built it where: the time in it is the time at which the version was
first put together, kept in the ledger so that an interrupted build goes on with the same one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path

from plainview.casework import holdings
from plainview.casework.findings import readable
from plainview.casework.people import require
from plainview.casework.planning import released_utterances
from plainview.casework.review import waiting
from plainview.casework.standing import Desk, history
from plainview.casework.workspace import Workspace
from plainview.errors import Blocked, WrongUsage
from plainview.media.rendered import ConcealedPaper, Rendered
from plainview.model import wire
from plainview.model.audit import AuditedDocument, AuditedRecording, AuditPlan, AuditReport, MutedWords
from plainview.model.case import Agent, Case, Exhibit, Kind, Probe
from plainview.model.changes import changes, retold
from plainview.model.clock import EVENTS, History, Pack, asked_for, release_date, started
from plainview.model.custody import CustodyEvent
from plainview.model.decision import CaseFacts, CaseState
from plainview.model.finding import ShotCount
from plainview.model.redaction import (
    SILENCE,
    TONE,
    VOICE,
    CasePlan,
    MaskTrack,
    Outcome,
    RecordingPlan,
    hidden_words,
)
from plainview.model.release import (
    Deadline,
    NotShown,
    RedactedSpan,
    Release,
    ReleasedDocument,
    ReleasedRecording,
    Rendition,
    Version,
    Withholding,
    translations_of,
)
from plainview.model.roles import APPROVALS, person_key
from plainview.model.rows import ApprovalRow, AuditRow, ReleaseRow
from plainview.model.time import SECOND, IncidentSpan, IncidentTime, MediaSpan, MediaTime
from plainview.model.timeline import Alignment, ClockReading, Timeline

CLOCK_WRONG = 2_000_000
"""µs by which a device's own clock must differ from the case's before it is worth a sentence."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One version on its way: its number, when it was first put together, what went before."""

    number: int
    released_at: datetime
    previous: Release | None
    supersedes: str


def refuse_undecided(desk: Desk) -> None:
    """R1: raise ``Blocked`` with the list of everything that waits for a person."""
    items = [f"{item.kind}: {item.what}" for item in waiting(desk)] + list(broken(desk.state, desk))
    if items:
        raise Blocked(f"case {desk.case.id} cannot be released: {len(items)} things are undecided", items)


def broken(state: CaseState, desk: Desk) -> Iterator[str]:
    """R4: citations that point at nothing; addresses used twice."""
    for slug, count in Counter(title.slug for title in state.titles.values()).items():
        if count > 1:
            yield f"title: {count} exhibits are to have the address {slug!r}"
    for statement in state.statements.values():
        for assertion in statement.assertions:
            for citation in assertion.citations:
                if citation.moment and citation.moment not in state.moments:
                    yield f"citation: {assertion.id} cites {citation.moment}, which is no confirmed moment"
                if citation.document and citation.document not in state.titles:
                    yield f"citation: {assertion.id} cites {citation.document}, which is not released"


def draft(
    workspace: Workspace, desk: Desk, *, content: str, now: datetime, acting: Agent, dated: datetime | None = None
) -> Draft:
    """The version to build for this content: the one already begun with the same content, or the next.

    ``dated`` is when it is to be published, if not now.
    """
    rows = workspace.ledger.releases(desk.case.id)
    done = [row for row in rows if row.state in {"published", "withdrawn"}]
    number = max((row.number for row in done), default=0) + 1
    waits = next((row for row in rows if row.number == number and row.state == "scheduled"), None)
    if waits is not None:
        raise Blocked(
            f"version {number} of case {desk.case.id} is scheduled for {waits.released_at}",
            [f"plainview release {desk.case.id} --unschedule WHY takes it back"],
        )
    begun = [row for row in rows if row.number == number and row.state == "built" and row.tagmanifest_sha256 == content]
    begun = [row for row in begun if dated in (None, row.released_at)]
    shown = max((row for row in done if row.state == "published"), key=lambda row: row.number, default=None)
    previous = wire.load(Release, shown.body) if shown else None
    last = max(done, key=lambda row: row.number, default=None)  # a version follows the one before, withdrawn or not
    if begun:
        return Draft(number, begun[0].released_at, previous, last.tagmanifest_sha256 if last else "")
    with workspace.ledger.change(acting=acting, at=now) as change:
        change.add_release(ReleaseRow(desk.case.id, number, "built", content, dated or now, "", now))
        change.record(CustodyEvent("examined", case=desk.case.id, subject=f"v{number}", detail="release begun"))
    return Draft(number, dated or now, previous, last.tagmanifest_sha256 if last else "")


def content_digest(desk: Desk, plan: CasePlan, keys: Sequence[str]) -> str:
    """SHA-256 over everything a version is made of: plan, decisions, findings, task keys."""
    parts = [wire.canonical(plan), desk.found.timeline_digest.encode(), *(key.encode() for key in sorted(keys))]
    parts += [f"{row.kind}\0{row.body}\0{row.agent}".encode() for row in desk.rows]
    parts += [wire.canonical(due) for due in (deadline(desk),) if due]
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def assemble(
    workspace: Workspace,
    desk: Desk,
    plan: CasePlan,
    version: Draft,
    *,
    rendered: Mapping[str, Rendered],
    papers: Mapping[str, ConcealedPaper],
) -> Release:
    """The frozen value of one version: everything the page says, resolved and redacted (R2, R3, R5)."""
    state = desk.state
    facts = state.facts or CaseFacts(desk.case.title, "")
    recordings = tuple(_recording(desk, plan, state, each, rendered[each.id]) for each in _shown(desk, Kind.RECORDING))
    documents = tuple(
        _document(each, state, papers[each.id])
        for kind in (Kind.DOCUMENT, Kind.PHOTOGRAPH)
        for each in _shown(desk, kind)
    )
    moments = tuple(sorted(state.moments.values(), key=lambda m: (m.start, m.id)))
    note = state.notes[min(version.number, len(state.notes)) - 1] if state.notes else None
    release = Release(
        office=workspace.office,
        case=desk.case,
        number=version.number,
        released_at=version.released_at,
        kind_line=facts.kind_line,
        status_line=facts.status_line,
        headline=facts.headline,
        summary=facts.summary,
        facts=facts.facts,
        recordings=tuple(sorted(recordings, key=_by_start)),
        documents=documents,
        utterances=released_utterances(desk, plan),
        moments=moments,
        shots=_shots(desk, state),
        statements=tuple(sorted(state.statements.values(), key=lambda s: (s.date, s.id))),
        status=tuple(sorted(state.status.values(), key=lambda s: (s.date, s.id))),
        withheld=_withholdings(recordings, documents),
        not_shown=tuple(_not_shown(desk, state, today=version.released_at.astimezone(desk.case.at.tzinfo).date())),
        versions=(),
        graphic=tuple(_graphic(moments)),
        deadline=deadline(desk),
        supersedes=version.supersedes,
        key_fingerprint=workspace.fingerprint,
        invented=facts.invented,
        places=tuple(
            sorted(
                (each for each in state.places.values() if each.exhibit in {r.exhibit for r in recordings}),
                key=lambda each: (each.exhibit, each.start or IncidentTime(-(1 << 60))),
            )
        ),
        marks=tuple(state.marks[name] for name in sorted(state.marks)),
        languages=facts.languages or ("en",),
    )

    def hidden(text: str) -> bool:
        return bool(hidden_words(text.split(), plan.terms))

    ordered = [state.translations[key] for key in sorted(state.translations)]
    release = replace(release, translations=translations_of(release, ordered, hidden=hidden))

    differences = changes(version.previous, release, why=note.why if note else "", hidden=hidden)
    summary = note.summary if note else ("First release" if version.number == 1 else "New version")
    before = retold(version.previous.versions, release, hidden=hidden) if version.previous else ()
    return replace(release, versions=(Version(version.number, version.released_at, summary, differences), *before))


def deadline(desk: Desk) -> Deadline | None:
    """By when the case's rules want it published, or None under no rule with a date."""
    return due_day(desk.pack, history(desk), desk.case.at.tzinfo) if desk.pack else None


def due_day(pack: Pack, past: History, zone: tzinfo | None) -> Deadline:
    """The day of release under a rule, until its last second in ``zone``, with all that explains it."""
    due, (event, start) = release_date(pack, past), started(pack, past)
    return Deadline(
        due=datetime.combine(due.on, time(23, 59, 59), tzinfo=zone),
        rule=due.rule,
        explanation=due.explanation,
        counts_from=EVENTS[event],
        start=start,
        days=pack.days,
        unit=pack.unit,
        extension=asked_for(pack, past),
        note=pack.note,
    )


def _shown(desk: Desk, kind: Kind) -> list[Exhibit]:
    titles = desk.state.titles
    return [each for each in readable(desk.exhibits) if each.kind is kind and each.id in titles]


def _by_start(recording: ReleasedRecording) -> tuple[int, str]:
    return (recording.alignment.offset if recording.alignment else 1 << 60, recording.exhibit)


def _recording(desk: Desk, plan: CasePlan, state: CaseState, exhibit: Exhibit, rendered: Rendered) -> ReleasedRecording:
    title, probe = state.titles[exhibit.id], exhibit.probe
    assert probe is not None, "a recording was probed at intake"
    timeline = desk.found.timeline or Timeline((), ())
    alignment = timeline.of(exhibit.id)
    reasons = dict(timeline.unplaced)
    return ReleasedRecording(
        exhibit=exhibit.id,
        slug=title.slug,
        title=title.title,
        source=title.source,
        device=title.device,
        received_from=exhibit.received_from,
        received_at=exhibit.received_at,
        original_sha256=exhibit.sha256,
        original_size=exhibit.size,
        original_format=_format(probe),
        duration=probe.duration,
        width=probe.video.width if probe.video else 0,
        height=probe.video.height if probe.video else 0,
        fps=probe.video.fps if probe.video else 0.0,
        has_sound=probe.audio is not None,
        alignment=alignment,
        unplaced_reason="" if alignment else reasons.get(exhibit.id, "it was not put on the case's clock"),
        renditions=tuple(_placed(each, f"media/{title.slug}") for each in rendered.renditions),
        redactions=tuple(redacted_spans(plan.recording(exhibit.id))),
        silent=rendered.silent,
        damage=tuple(each.reason for each in probe.damage),
        unread=tuple(each.span for each in probe.damage if each.span is not None),
        clock_notes=tuple(_clock_notes(desk, exhibit, alignment)),
        gop_proof=replace(rendered.proof, path=f"media/{title.slug}/{rendered.proof.path}") if rendered.proof else None,
        duplicates=tuple(each.id for each in desk.exhibits if each.duplicate_of == exhibit.id),
        graphic=tuple(_graphic_media(state, alignment, probe.duration)),
    )


def _placed(rendition: Rendition, folder: str) -> Rendition:
    return replace(rendition, path=f"{folder}/{Path(rendition.path).name}")


def _format(probe: Probe) -> str:
    parts = [probe.container]
    if probe.video:
        parts.append(f"{probe.video.codec} {probe.video.width} × {probe.video.height}, {probe.video.fps:.4g} frames/s")
    if probe.audio:
        parts.append(f"{probe.audio.codec} {probe.audio.rate} Hz")
    return ", ".join(parts)


HIDDEN_SOUND = {TONE: "sound (tone)", SILENCE: "sound (silence)", VOICE: "voice (disguised)"}
"""What the public is told of each cover: a disguised voice can still be followed, the others hide the words."""


def redacted_spans(plan: RecordingPlan) -> Iterator[RedactedSpan]:
    """What the public is told about hidden stretches: what, when, why; never for whom."""
    for mask in plan.masks:
        yield RedactedSpan(mask.span, "picture", mask.ground.reason, mask.ground.law)
    for mute in plan.mutes:
        yield RedactedSpan(mute.span, HIDDEN_SOUND[mute.cover], mute.ground.reason, mute.ground.law)
    for span, ground in plan.blackouts:
        yield RedactedSpan(span, "whole picture", ground.reason, ground.law)


def _clock_notes(desk: Desk, exhibit: Exhibit, alignment: Alignment | None) -> Iterator[str]:
    """One sentence for each of a recording's own clocks that can be compared with the case's."""
    for reading in _one_per_source(desk.found.clocks.get(exhibit.id, ())):
        if alignment is None:
            yield f"Its {reading.source} clock reads {reading.reads:%Y-%m-%d %H:%M:%S}"
            continue
        reads = reading.reads if reading.reads.tzinfo else reading.reads.replace(tzinfo=desk.case.at.tzinfo)
        claimed = IncidentTime((reads - desk.case.at) // timedelta(microseconds=1))
        error = claimed - alignment.incident(reading.at)
        if abs(error) < CLOCK_WRONG:
            yield f"Its {reading.source} clock agrees with the case's clock within {CLOCK_WRONG // 1_000_000} seconds"
        else:
            direction = "ahead" if error > 0 else "behind"
            yield f"Its {reading.source} clock is {_length(abs(error))} {direction}"


def _one_per_source(readings: Sequence[ClockReading]) -> list[ClockReading]:
    return list({reading.source: reading for reading in reversed(readings)}.values())


def _length(us: int) -> str:
    seconds = round(us / 1e6)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "under 1 s"


def _graphic(moments: Sequence[object]) -> Iterator[tuple[IncidentSpan, str]]:
    """Stretches behind the graphic-content gate, a second of warning on each side."""
    from plainview.model.moment import Moment

    for moment in moments:
        if isinstance(moment, Moment) and moment.graphic:
            end = moment.end if moment.end is not None else IncidentTime(moment.start + 4_000_000)
            yield IncidentSpan(IncidentTime(moment.start - 1_000_000), IncidentTime(end + 1_000_000)), moment.graphic


def _graphic_media(state: CaseState, alignment: Alignment | None, duration: MediaTime) -> Iterator[MediaSpan]:
    if alignment is None:
        return
    for span, _ in _graphic(tuple(state.moments.values())):
        media = alignment.media_span(span)
        start, end = max(0, media.start), min(duration, media.end)
        if start < end:
            yield MediaSpan(MediaTime(start), MediaTime(end))


def _document(exhibit: Exhibit, state: CaseState, paper: ConcealedPaper) -> ReleasedDocument:
    title = state.titles[exhibit.id]
    folder = f"documents/{title.slug}"
    pages = tuple(
        replace(page, image=f"{folder}/{Path(page.image).name}" if page.image else "") for page in paper.pages
    )
    return ReleasedDocument(
        exhibit=exhibit.id,
        slug=title.slug,
        title=title.title,
        kind=str(exhibit.kind),
        received_from=exhibit.received_from,
        received_at=exhibit.received_at,
        original_sha256=exhibit.sha256,
        original_size=exhibit.size,
        renditions=tuple(_placed(each, folder) for each in paper.renditions),
        pages=pages,
        redactions=tuple(paper.hidden),
    )


def _shots(desk: Desk, state: CaseState) -> ShotCount | None:
    """The machine's events under the count that a person confirmed."""
    if state.shots is None or desk.found.shots is None:
        return None
    reason = state.shots.note or desk.found.shots.reason
    return replace(desk.found.shots, low=state.shots.low, high=state.shots.high, reason=reason)


def _withholdings(
    recordings: Sequence[ReleasedRecording], documents: Sequence[ReleasedDocument]
) -> tuple[Withholding, ...]:
    """Minutes by what, reason and law, most first; papers by count of places."""
    lengths: Counter[tuple[str, str, str]] = Counter()
    where: dict[tuple[str, str, str], set[str]] = {}
    for recording in recordings:
        for span in recording.redactions:
            key = (span.what, span.reason, span.law)
            lengths[key] += span.span.length
            where.setdefault(key, set()).add(recording.slug)
    for document in documents:
        for reason, law, _ in document.redactions:
            key = ("words on paper", reason, law)
            lengths[key] += 0
            where.setdefault(key, set()).add(document.slug)
    ordered = sorted(lengths.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Withholding(*key, us / 60e6, tuple(sorted(where[key]))) for key, us in ordered)


def _not_shown(desk: Desk, state: CaseState, *, today: date) -> Iterator[NotShown]:
    """Everything held or expected that is not in the release, each with its sentence."""
    for exhibit in desk.exhibits:
        if exhibit.duplicate_of:
            yield NotShown(exhibit.id, _safe(exhibit.name, state), f"the same bytes as {exhibit.duplicate_of}")
        elif exhibit.kind is Kind.UNREADABLE:
            yield NotShown(exhibit.id, _safe(exhibit.name, state), exhibit.problem)
        elif exhibit.id in state.withheld:
            why = state.withheld[exhibit.id]
            yield NotShown(exhibit.id, _safe(exhibit.name, state), f"{why.reason} ({why.law})")
    for row in desk.found.failed:
        known = state.acknowledged.get((row.step, row.exhibit))
        if known is not None:
            yield NotShown(row.exhibit, f"{row.step} of {row.exhibit or 'the case'}", known.note or row.reason)
    for item in state.expected.values():
        yield NotShown("", item.name, item.reason)
    for name, sentence in holdings.gaps(desk, today=today):
        yield NotShown("", _safe(name, state), _safe(sentence, state))


def _safe(name: str, state: CaseState) -> str:
    """A delivered name without hidden terms; a name that holds one is not shown at all."""
    from plainview.model.redaction import both_ways, fold

    folded = fold(name)
    for each in state.terms:
        if any(fold(form) and fold(form) in folded for term in each.terms for form in both_ways(term)):
            return f"[name hidden: {each.ground.reason}]"
    return name


def poster_at(desk: Desk, exhibit: Exhibit) -> MediaTime:
    """A time for the still that stands for a recording: its first tenth that is not behind the graphic gate."""
    duration = exhibit.probe.duration if exhibit.probe else MediaTime(0)
    alignment = desk.found.timeline.of(exhibit.id) if desk.found.timeline else None
    graphic = list(_graphic_media(desk.state, alignment, duration))
    for tenth in (4, 3, 2, 1, 5, 6, 7, 8, 9, 0):
        at = MediaTime(duration * tenth // 10)
        if not any(span.start <= at < span.end for span in graphic):
            return at
    return MediaTime(0)


def audit_plan(desk: Desk, plan: CasePlan, release: Release, *, digest: str) -> AuditPlan:
    """What the audit needs to know to attack this build; kept in the office, never published."""
    kept = _kept_faces(desk)
    muted = {each.exhibit: tuple(_muted_words(desk, plan.recording(each.exhibit))) for each in release.recordings}
    recordings = tuple(
        AuditedRecording(
            each.slug,
            plan.recording(each.exhibit),
            each.width,
            each.height,
            tuple(kept.get(each.exhibit, ())),
            muted[each.exhibit],
            each.duration,
            tuple(_moments_on(each, release)),
            tuple(_muted_elsewhere(each, release, muted)),
        )
        for each in release.recordings
    )
    documents = tuple(
        AuditedDocument(
            each.slug,
            plan.document(each.exhibit),
            tuple((area.page, area.box) for area in desk.state.kept_areas if area.exhibit == each.exhibit),
        )
        for each in release.documents
    )
    return AuditPlan(digest, recordings, documents, plan.terms)


def _muted_elsewhere(
    recording: ReleasedRecording, release: Release, muted: Mapping[str, tuple[MutedWords, ...]]
) -> Iterator[MutedWords]:
    """What other recordings mute while this one was running too, where this one itself mutes nothing."""
    own = [each.span for each in muted[recording.exhibit]]
    for other in release.recordings:
        if other.exhibit == recording.exhibit or other.alignment is None or recording.alignment is None:
            continue
        for each in muted[other.exhibit]:
            span = recording.alignment.media_span(other.alignment.incident_span(each.span))
            running = span.start >= 0 and span.end <= recording.duration
            if running and not any(span.overlaps(known) for known in own):
                yield MutedWords(span, each.words, each.subject)


def _moments_on(recording: ReleasedRecording, release: Release) -> Iterator[tuple[str, MediaSpan]]:
    """Where on a recording's own clock the moments lie that it saw or heard; an instant is given a second."""
    alignment = recording.alignment
    if alignment is None:
        return
    for moment in release.moments:
        if recording.exhibit not in (*moment.seen_on, *moment.heard_on):
            continue
        start = alignment.media(moment.start)
        end = alignment.media(moment.end) if moment.end is not None and moment.end > moment.start else start + SECOND
        first, last = max(0, start), min(recording.duration, end)
        if first < last:
            yield moment.id, MediaSpan(MediaTime(first), MediaTime(last))


def _kept_faces(desk: Desk) -> dict[str, list[MaskTrack]]:
    """Faces that a person decided to leave visible, by exhibit."""
    chosen, kept = {each.id: each for each in desk.proposals()}, dict[str, list[MaskTrack]]()
    for key, (outcome, ground) in desk.state.outcomes.items():
        proposal = chosen.get(key)
        track = proposal.track if proposal is not None else None
        # Writing that may be read excuses no face beside it.
        if proposal is not None and track is not None and track.kind == "face" and outcome is Outcome.KEEP:
            points = tuple((point.at, point.box) for point in track.points)
            kept.setdefault(proposal.exhibit, []).append(MaskTrack(ground, points, "box"))
    for each in desk.state.kept:
        kept.setdefault(each.exhibit, []).append(MaskTrack(each.ground, each.points, "box"))
    return kept


def _muted_words(desk: Desk, plan: RecordingPlan) -> Iterator[MutedWords]:
    """What the recogniser heard where sound is hidden, so that the audit can listen for it."""
    heard = desk.found.heard.get(plan.exhibit)
    words = [word for segment in heard.segments for word in segment] if heard else []
    for mute in (each for each in plan.mutes if each.hides_words):
        said = [w.text for w in words if mute.span.start <= (w.start + w.end) // 2 < mute.span.end]
        yield MutedWords(mute.span, " ".join(said), mute.ground.subject)


def lay_out(release: Release, folders: Mapping[str, Path], files: Path) -> None:
    """Put every rendition where the release says, as hard links (copies across file systems)."""
    shutil.rmtree(files, ignore_errors=True)
    items: tuple[ReleasedRecording | ReleasedDocument, ...] = (*release.recordings, *release.documents)
    for item in items:
        for rendition in item.renditions:
            _link(folders[item.exhibit] / Path(rendition.path).name, files / rendition.path)
        if isinstance(item, ReleasedRecording) and item.gop_proof is not None:
            _link(folders[item.exhibit] / Path(item.gop_proof.path).name, files / item.gop_proof.path)
        if isinstance(item, ReleasedDocument):
            for page in item.pages:
                if page.image and not (files / page.image).exists():
                    _link(folders[item.exhibit] / Path(page.image).name, files / page.image)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def record_audit(
    workspace: Workspace,
    case: Case,
    report: AuditReport,
    *,
    number: int,
    decisions: int,
    at: datetime,
    acting: Agent,
) -> None:
    """The audit's verdict, bound to the bytes it attacked and the number of decisions that went into them."""
    outcome = "success" if not report.findings else "failure"
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.add_audit(AuditRow(case.id, number, report.bag_sha256, not report.findings, decisions, at))
        change.record(
            CustodyEvent(
                "audited",
                case=case.id,
                subject=f"v{number}",
                outcome=outcome,
                sha256=report.bag_sha256,
                detail=f"{len(report.findings)} findings",
            )
        )


def approve(workspace: Workspace, case: Case, *, number: int, digest: str, at: datetime, acting: Agent) -> None:
    """One person agrees to exactly these bytes; no author of what is new in them, and once only (R7).

    The database refuses what the rule forbids (``store.duties``); nothing is checked twice here.
    """
    require(workspace.ledger, "approve", case=case.id, acting=acting)
    key = person_key(acting.name)
    if any(person_key(a.agent.name) == key and a.digest == digest for a in workspace.ledger.approvals(case.id)):
        return
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.add_approval(ApprovalRow(case.id, number, digest, acting, at))
        change.record(CustodyEvent("approved", case=case.id, subject=f"v{number}", sha256=digest))


def is_author(workspace: Workspace, case: Case, name: str) -> bool:
    """Whether this person decided something that is new since the last cleared version: then others approve it."""
    known = workspace.ledger.decided_in(case.id)
    made = {person_key(row.agent) for row in workspace.ledger.decisions(case.id) if row.seq > known}
    return person_key(name) in made


def refuse_unapproved(workspace: Workspace, case: Case, *, number: int, digest: str) -> None:
    """R7: raise ``Blocked`` unless enough different people approved exactly these bytes."""
    approvals = [a for a in workspace.ledger.approvals(case.id) if a.digest == digest]
    people = sorted({person_key(a.agent.name): a.agent.name for a in approvals}.values())
    if len(people) < APPROVALS:
        missing = APPROVALS - len(people)
        raise Blocked(
            f"version {number} of case {case.id} is built and audited but not approved: {missing} more needed",
            [f"approved by {name}" for name in people] + [f"plainview approve {case.id} --as NAME   ({digest[:16]}…)"],
        )


def clear(workspace: Workspace, case: Case, *, number: int, digest: str, at: datetime, acting: Agent) -> None:
    """R6 and R7, before anything is signed: the database has seen a clean audit and two approvals of these bytes."""
    require(workspace.ledger, "publish", case=case.id, acting=acting)
    if workspace.ledger.cleared(case.id, number, digest):
        return
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.clear(case.id, number, digest)
        change.record(CustodyEvent("cleared", case=case.id, subject=f"v{number}", sha256=digest))


def record_release(
    workspace: Workspace, case: Case, release: Release, *, digest: str, at: datetime, acting: Agent
) -> int:
    """Log the version as published; the place of the event in the custody log. Doing it twice logs it once."""
    for entry in workspace.ledger.entries(case.id):
        if entry.type == "released" and json.loads(entry.body)["sha256"] == digest:
            return entry.seq
    with workspace.ledger.change(acting=acting, at=at) as change:
        seq = change.record(CustodyEvent("released", case=case.id, subject=f"v{release.number}", sha256=digest))
        body_text = wire.dump(release)
        change.add_release(ReleaseRow(case.id, release.number, "published", digest, release.released_at, body_text, at))
    return seq


def record_withdrawal(
    workspace: Workspace, case: Case, *, number: int, reason: str, at: datetime, acting: Agent
) -> None:
    """Log that a published version, or files of it, were taken back."""
    require(workspace.ledger, "withdraw", case=case.id, acting=acting)
    published = [r for r in workspace.ledger.releases(case.id) if r.number == number and r.state == "published"]
    if not published:
        raise WrongUsage(f"case {case.id} has no published version {number}")
    row = published[-1]
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.record(
            CustodyEvent("withdrawn", case=case.id, subject=f"v{number}", sha256=row.tagmanifest_sha256, detail=reason)
        )
        change.add_release(replace(row, state="withdrawn", at=at))
