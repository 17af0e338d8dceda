# SPDX-License-Identifier: Apache-2.0
"""A release turned into what the templates print: every time said and addressed, every link resolved.

What this module keeps true: nothing is invented here (an absent fact stays absent), every machine-made
thing carries its note, and every link is relative and points at something in the same release.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from plainview.model.moment import Moment
from plainview.model.release import Release, ReleasedDocument, ReleasedRecording
from plainview.model.statement import Citation, Statement
from plainview.model.status import StatusEvent, answer_to
from plainview.model.time import SECOND, IncidentTime, MediaSpan, union
from plainview.model.transcript import TextState, Translation, Utterance
from plainview.publish import words
from plainview.publish.lookup import Lookup, coverage, covers, short_title
from plainview.publish.matrix import MARKS, Tally, tally
from plainview.publish.strip import seconds, unread_words
from plainview.publish.tongue import Tongue

BRIEF = 14
"""Statements, recordings or papers beyond which the case's page names each and links to a page that tells all of it.

With sixty recordings told in full nobody finds anything on it, and a telephone waits for what is not looked at.
"""
UNSURE = 0.5
"""Mean word confidence below which a line says it is hard to hear."""


@dataclass(frozen=True, slots=True)
class When:
    """An instant, said and addressed."""

    t: float
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the transcript: speech, or a shot heard."""

    id: str
    when: When
    end: float
    speaker: str
    parts: tuple[tuple[str, bool], ...]
    """(text, whether it is a hidden word's reason)."""
    notes: tuple[str, ...]
    heard: str
    shot: bool = False
    on: tuple[str, ...] = ()
    """Slugs of the recordings it is heard on."""
    remote: bool = False
    """Whether it came over telephone or radio only."""
    translation: Translation | None = None
    """The same in the page's language."""


@dataclass(frozen=True)
class Look:
    """A link to one recording at one instant: in the player, or without script in its own file."""

    name: str
    slug: str
    href: str


@dataclass(frozen=True)
class Card:
    """One key moment."""

    id: str
    number: str
    when: When
    bar: str
    title: str
    text: str
    told: Translation | None
    told_text: Translation | None
    still: str
    graphic: str
    seen: tuple[Look, ...]
    heard: tuple[Look, ...]
    camera: str
    statements: tuple[str, ...]
    tallies: tuple[Tally, ...]
    sound_only: bool


@dataclass(frozen=True)
class Cited:
    """One row at the right of a statement."""

    mark: str
    relation: str
    note: str
    limits: str
    href: str
    link: str
    t: float | None
    camera: str


@dataclass(frozen=True)
class Claim:
    """One proposition of a statement and what bears on it."""

    id: str
    text: str
    cited: tuple[Cited, ...]
    told: Translation | None


@dataclass(frozen=True)
class Said:
    """One statement of the ledger."""

    statement: Statement
    capacity: str
    """What the speaker spoke as; empty when the names say it already."""
    source: str
    date: str
    source_href: str
    source_name: str
    claims: tuple[Claim, ...]
    answer_date: str
    told: Translation | None


@dataclass(frozen=True)
class Rung:
    """One dated step of someone's status."""

    id: str
    date: str
    text: str
    body: str
    notes: tuple[str, ...]
    """To whom, answered by whom and when, or for how long not."""
    last: bool


@dataclass(frozen=True)
class Subject:
    """Everyone and everything with a status, and its rungs in time order."""

    name: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Row:
    """One recording in the table."""

    recording: ReleasedRecording
    starts: When | None
    length: str
    hidden: tuple[str, ...]
    damage: tuple[str, ...]
    accuracy: str
    href: str
    download: str
    size: str
    received: str
    made: str


@dataclass(frozen=True)
class Paper:
    """One document or photograph."""

    document: ReleasedDocument
    href: str
    size: str
    received: str
    pages: str
    hidden: tuple[str, ...]
    image: str
    width: int
    height: int


@dataclass(frozen=True)
class HiddenIn:
    """What one recording hides: (what and why, law, how long) each."""

    slug: str
    title: str
    of: str
    cuts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Hidden:
    """One bar of what is not shown."""

    what: str
    law: str
    length: str
    share: float
    where: str


def when(at: IncidentTime, look: Lookup, *, digits: int = 0) -> When:
    """``at`` as a person says it and as an address holds it."""
    epoch = look.release.case.at
    return When(seconds(at), words.full_clock(at, epoch, digits=digits), words.address(at, epoch))


@dataclass(frozen=True)
class Lines:
    """Everything that is heard, in time order; a line is made when asked for: 120 000 at once weigh too much."""

    look: Lookup
    items: tuple[Utterance | Line, ...]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, some: slice) -> tuple[Line, ...]:
        return tuple(_speech(i, self.look) if isinstance(i, Utterance) else i for i in self.items[some])

    def first_after(self, at: float) -> int:
        """The place of the first line that ends at ``at`` or later, in seconds; one past the last when none does."""
        ends = (seconds(i.end) if isinstance(i, Utterance) else i.end for i in self.items)
        return next((n for n, end in enumerate(ends) if end >= at), len(self.items))


def lines(look: Lookup) -> Lines:
    """Speech and shots."""
    items: list[Utterance | Line] = [*look.release.utterances, *_shots(look)]
    return Lines(look, tuple(sorted(items, key=_place)))


def _place(item: Utterance | Line) -> tuple[float, str]:
    return (seconds(item.start) if isinstance(item, Utterance) else item.when.t, item.id)


def _speech(u: Utterance, look: Lookup) -> Line:
    say = look.tongue.say
    names = [look.by_exhibit[e].title for e in u.heard_on if e in look.by_exhibit]
    notes = [say("by %(channel)s", channel=look.tongue.named(u.channel))] if look.remote(u) else []
    states = {TextState.REVIEWED: [say("reviewed")], TextState.DISPUTED: [say("disputed")]}
    notes += states.get(u.state, [])
    if u.state is TextState.MACHINE and 0 < u.confidence < UNSURE:
        notes.append(say("hard to hear"))
    if u.alternatives:
        notes.append(say("also heard as: %(words)s", words="; ".join(u.alternatives)))
    return Line(
        id=u.id,
        when=when(u.start, look),
        end=seconds(u.end),
        speaker=u.speaker,
        parts=_parts(u, look),
        notes=tuple(notes),
        heard=look.tongue.listed(names),
        on=look.slugs(u.heard_on),
        remote=look.remote(u),
        translation=look.translated(u.text),
    )


def _parts(u: Utterance, look: Lookup) -> tuple[tuple[str, bool], ...]:
    """Words joined; a run of words hidden for one reason is said once."""
    parts: list[tuple[str, bool]] = []
    for hidden, run in groupby(u.words, key=lambda word: word.hidden):
        parts.append((words.reason(hidden, look.tongue), True) if hidden else (" ".join(w.text for w in run), False))
    return tuple(parts)


def _shots(look: Lookup) -> list[Line]:
    shots = look.release.shots
    if shots is None:
        return []
    found, say = [], look.tongue.say
    for i, event in enumerate(sorted(shots.events, key=lambda e: e.at), start=1):
        names = [look.by_exhibit[e].title for e in event.heard_on if e in look.by_exhibit]
        known = shots.low == shots.high == len(shots.events)
        text = say("Gunshot %(n)d of %(all)d", n=i, all=shots.high) if known else say("Gunshot %(n)d", n=i)
        note = say("found by machine, %(error)s", error=words.error_bar(event.uncertainty))
        at, end = when(event.at, look), seconds(event.at) + 0.5
        heard, on = look.tongue.listed(names), look.slugs(event.heard_on)
        found.append(Line(f"shot-{i}", at, end, "", ((text, False),), (note,), heard, shot=True, on=on))
    return found


def shot_sentence(look: Lookup) -> str:
    """How many shots are heard, as an interval when recordings disagree; empty when nobody listened for them."""
    shots = look.release.shots
    if shots is None:
        return ""
    if shots.high == 0:
        return look.tongue.say("No gunshot was found in these recordings by the machine that listens for them.")
    if shots.low != shots.high:
        count = look.tongue.say("%(low)d to %(high)d shots heard.", low=shots.low, high=shots.high)
    else:
        count = look.tongue.say("%(shots)s heard.", shots=look.tongue.counted(shots.low, "shot"))
    return f"{count} {shots.reason}".strip()


def watch(recording: ReleasedRecording, at: IncidentTime | None, look: Lookup) -> Look:
    """A link to ``recording`` at ``at`` that works without script."""
    part = recording.rendition("full") or recording.rendition("v360") or recording.rendition("sound")
    href = part.path if part else f"#r-{recording.slug}"
    if part and at is not None and recording.alignment is not None:
        href = f"{href}#t={max(0, recording.alignment.media(at)) / SECOND:.1f}"
    return Look(recording.title, recording.slug, href)


def cards(look: Lookup, stills: frozenset[str]) -> tuple[Card, ...]:
    """The key moments in time order; ``stills`` names the pictures that exist."""
    return tuple(_card(m, look, stills) for m in look.moments)


def _card(moment: Moment, look: Lookup, stills: frozenset[str]) -> Card:
    camera = look.camera_of(moment)
    path = moment_still(moment)
    touching = _touching(moment.id, look.release)
    seen = [look.by_exhibit[e] for e in moment.seen_on if e in look.by_exhibit]
    heard = [look.by_exhibit[e] for e in moment.heard_on if e in look.by_exhibit]
    return Card(
        id=moment.id,
        number=moment.id.lstrip("m"),
        when=when(moment.start, look, digits=1 if moment.uncertainty < SECOND else 0),
        bar=words.error_bar(moment.uncertainty) if moment.uncertainty >= 10_000 else "",
        title=moment.title,
        text=moment.text,
        told=look.translated(moment.title),
        told_text=look.translated(moment.text),
        still=path if path in stills else "",
        graphic=words.graphic_label(moment.graphic, look.tongue) if moment.graphic else "",
        seen=tuple(watch(r, moment.start, look) for r in seen),
        heard=tuple(watch(r, moment.start, look) for r in heard),
        camera=camera.slug if camera else next((r.slug for r in look.cameras if covers(r, moment.start)), ""),
        statements=tuple(sorted({s.id for s, _ in touching})),
        tallies=tally([c.relation for _, c in touching], look.tongue),
        sound_only=not moment.seen_on,
    )


def moment_still(moment: Moment) -> str:
    """Where a moment's picture lies, if it has one."""
    return f"stills/{moment.id}.webp"


def _touching(moment: str, release: Release) -> list[tuple[Statement, Citation]]:
    return [(s, c) for s in release.statements for a in s.assertions for c in a.citations if c.moment == moment]


def brief(look: Lookup) -> dict[str, bool]:
    """Of what the case's page holds an overview only, because there is so much of it."""
    release = look.release
    held = {"statements": release.statements, "recordings": release.recordings, "papers": release.documents}
    return {name: len(some) > BRIEF for name, some in held.items()}


def ledger(look: Lookup) -> tuple[Said, ...]:
    """Every statement by date, with what bears on each of its propositions."""
    return tuple(_said(s, look) for s in sorted(look.release.statements, key=lambda s: (s.date, s.id)))


def _said(s: Statement, look: Lookup) -> Said:
    paper = look.documents.get(s.document)
    claims = tuple(
        Claim(a.id, a.text, tuple(_cited(c, look) for c in a.citations), look.translated(a.text)) for a in s.assertions
    )
    return Said(
        statement=s,
        capacity="" if s.capacity.casefold() in f"{s.speaker} {s.party}".casefold() else words.opened(s.capacity),
        source=words.opened(s.source),
        date=look.tongue.day(s.date),
        source_href=page_href(paper, s.page, look) if paper else "",
        source_name=_page_name(paper, s.page, look) if paper else "",
        claims=claims,
        answer_date=look.tongue.day(s.answer.date) if s.answer else "",
        told=look.translated(s.quote),
    )


def _cited(c: Citation, look: Lookup) -> Cited:
    href, link, t, camera = _target(c, look)
    relation = words.opened(look.tongue.named(c.relation.value))
    return Cited(MARKS[c.relation], relation, c.note, c.limits, href, link, t, camera)


def _target(c: Citation, look: Lookup) -> tuple[str, str, float | None, str]:
    """(address, words, instant, camera) of what a citation points at."""
    moment = next((m for m in look.moments if m.id == c.moment), None)
    if moment is not None:
        camera = look.camera_of(moment)
        heard = [look.by_exhibit[e].title for e in moment.heard_on if e in look.by_exhibit]
        where = camera.title if camera else next(iter(heard), "")
        said = words.full_clock(moment.start, look.release.case.at)
        slug = camera.slug if camera else ""
        return f"#{moment.id}", ", ".join(filter(None, [said, where])), seconds(moment.start), slug
    paper = look.documents.get(c.document)
    if paper is None:
        return "", "", None, ""
    return page_href(paper, c.page, look), _page_name(paper, c.page, look), None, ""


def page_href(paper: ReleasedDocument, page: int | None, look: Lookup) -> str:
    """Where the text of a page stands."""
    return look.page(f"papers.html#{paper.slug}-p{page}" if page else f"papers.html#{paper.slug}")


def _page_name(paper: ReleasedDocument, page: int | None, look: Lookup) -> str:
    return look.tongue.say("%(paper)s, page %(n)d", paper=paper.title, n=page) if page else paper.title


def subjects(look: Lookup) -> tuple[Subject, ...]:
    """Everyone with a status, in the order they first appear."""
    names = dict.fromkeys(e.about for e in sorted(look.release.status, key=lambda e: (e.date, e.id)))
    return tuple(_subject(name, look) for name in names)


def _subject(name: str, look: Lookup) -> Subject:
    events = sorted((e for e in look.release.status if e.about == name), key=lambda e: (e.date, e.id))
    year = look.release.case.at.year
    return Subject(words.opened(name), tuple(_rung(e, look, year, last=e is events[-1]) for e in events))


def _rung(event: StatusEvent, look: Lookup, year: int, *, last: bool) -> Rung:
    date = look.tongue.short_day(event.date) if event.date.year == year else look.tongue.day(event.date)
    return Rung(event.id, date, event.text, event.body, tuple(_answers(event, look)), last)


def _answers(event: StatusEvent, look: Lookup) -> Iterator[str]:
    """What is known about an answer. Days are counted to the version's own day, and the sentence says so."""
    say, tongue = look.tongue.say, look.tongue
    if event.to:
        yield say("to %(whom)s", whom=event.to)
    asked = next((e for e in look.release.status if e.id == event.answers), None)
    if asked is not None:
        yield say(
            "answers the %(kind)s of %(day)s, %(after)s later",
            kind=tongue.named(asked.kind or "entry"),
            day=tongue.short_day(asked.date),
            after=tongue.counted((event.date - asked.date).days, "day"),
        )
    answer = answer_to(event, look.release.status)
    if answer is not None:
        yield say("answered by %(whom)s on %(day)s", whom=answer.body, day=tongue.day(answer.date))
    elif event.open:
        waiting = tongue.counted((look.release.released_at.date() - event.date).days, "day")
        yield say("no answer when this version was released, %(after)s later", after=waiting)


def due_words(release: Release, tongue: Tongue) -> str:
    """How this version lies to the day that was due: ``12 days before it was due``."""
    if release.deadline is None:
        return ""
    left = (release.deadline.due.date() - release.released_at.astimezone(release.deadline.due.tzinfo).date()).days
    if left == 0:
        return tongue.say("on the day it was due")
    days = tongue.counted(abs(left), "day")
    if left > 0:
        return tongue.say("%(days)s before it was due", days=days)
    return tongue.say("%(days)s after it was due", days=days)


def rows(look: Lookup) -> tuple[Row, ...]:
    """The table of recordings, the unplaced among them."""
    return tuple(_row(r, look) for r in look.recordings)


def _row(r: ReleasedRecording, look: Lookup) -> Row:
    part = r.rendition("full") or r.rendition("sound") or r.rendition("v360")
    starts = coverage(r).start if r.alignment else None
    return Row(
        recording=r,
        starts=when(starts, look) if starts is not None else None,
        length=words.length(r.duration),
        hidden=_hidden_words(r, look.tongue),
        damage=(*r.damage, *(words.opened(each) for each in unread_words(r, look))),
        accuracy=words.error_bar(r.alignment.uncertainty) if r.alignment else "",
        href=watch(r, None, look).href,
        download=part.path if part else "",
        size=words.size(part.size) if part else "",
        received=look.tongue.day(r.received_at.date()),
        made="; ".join(dict.fromkeys(p.note for p in r.renditions if p.note)),
    )


def _hidden_words(r: ReleasedRecording, tongue: Tongue) -> tuple[str, ...]:
    """``face, 48 s`` for each kind of thing hidden, by how long in all; what is hidden twice at once counts once."""
    found: dict[str, list[MediaSpan]] = {}
    for h in r.redactions:
        found.setdefault(h.what, []).append(h.span)
    lengths = {what: sum(span.length for span in union(spans)) for what, spans in found.items()}
    return tuple(f"{tongue.named(what)}, {_short_length(us, tongue)}" for what, us in sorted(lengths.items()))


def papers(look: Lookup) -> tuple[Paper, ...]:
    """Documents, then photographs."""
    order = sorted(look.release.documents, key=lambda d: (d.kind != "document", d.exhibit))
    return tuple(_paper(d, look.tongue) for d in order)


def _paper(d: ReleasedDocument, tongue: Tongue) -> Paper:
    part = next((r for r in d.renditions if r.role in ("pdf", "image")), next(iter(d.renditions), None))
    hidden = tuple(f"{n} × {words.reason(reason, tongue)} ({law})" for reason, law, n in sorted(d.redactions))
    image = next((r for r in d.renditions if r.role == "image"), None)
    return Paper(
        document=d,
        href=part.path if part else "",
        size=words.size(part.size) if part else "",
        received=tongue.day(d.received_at.date()),
        pages=tongue.counted(len(d.pages), "page") if d.pages else "",
        hidden=hidden,
        image=image.path if image else "",
        width=image.width if image else 0,
        height=image.height if image else 0,
    )


def hidden(look: Lookup) -> tuple[Hidden, ...]:
    """What is not shown, the longest first."""
    longest = max((w.minutes for w in look.release.withheld), default=0.0) or 1.0
    ordered = sorted(look.release.withheld, key=lambda w: (-w.minutes, w.what, w.reason))
    titles = {r.slug: r.title for r in look.recordings} | {d.slug: d.title for d in look.release.documents}
    found = []
    for w in ordered:
        where = look.tongue.listed([titles.get(slug, slug) for slug in w.recordings])
        said = words.minutes(w.minutes) if w.minutes * 60 >= 1 else (look.tongue.say("under 1 s") if w.minutes else "")
        what = _what(w.what, w.reason, look.tongue)
        found.append(Hidden(what, w.law, said, round(w.minutes / longest * 100, 2), where))
    return tuple(found)


def hidden_in(look: Lookup) -> tuple[HiddenIn, ...]:
    """What is hidden in each recording, by kind, reason and law; recordings in the page's order."""
    redacted = [r for r in look.recordings if r.redactions]
    return tuple(HiddenIn(r.slug, r.title, words.length(r.duration), _cuts(r, look.tongue)) for r in redacted)


def _cuts(r: ReleasedRecording, tongue: Tongue) -> tuple[tuple[str, str, str], ...]:
    found: dict[tuple[str, str, str], list[MediaSpan]] = {}
    for h in r.redactions:
        found.setdefault((h.what, h.reason, h.law), []).append(h.span)
    # Two covers at one instant hide one second, not two.
    lengths = {key: sum(span.length for span in union(spans)) for key, spans in found.items()}
    ordered = sorted(lengths.items(), key=lambda item: (-item[1], item[0]))
    return tuple((_what(what, reason, tongue), law, _short_length(us, tongue)) for (what, reason, law), us in ordered)


def _what(what: str, reason: str, tongue: Tongue) -> str:
    """``Face: bystander``."""
    said = tongue.named(what)
    return words.opened(f"{said}: {words.reason(reason, tongue)}" if reason else said)


def _short_length(us: int, tongue: Tongue) -> str:
    return words.length(us) if us >= SECOND else tongue.say("under 1 s")


def counts(look: Lookup) -> str:
    """``23 recordings, 41 documents, 118 photographs``."""
    kinds = [d.kind for d in look.release.documents]
    parts = [look.tongue.counted(len(look.recordings), "recording")]
    for kind in ("document", "photograph"):
        if kind in kinds:
            parts.append(look.tongue.counted(kinds.count(kind), kind))
    return ", ".join(parts)


def transcript_note(look: Lookup) -> str:
    """Who made the transcript: never silent about a machine."""
    states, say = {u.state for u in look.release.utterances}, look.tongue.say
    if not states:
        return say("No speech was found")
    if states == {TextState.MACHINE}:
        return say("Machine transcript, not reviewed")
    partly = TextState.MACHINE in states
    return say("Machine transcript, partly reviewed") if partly else say("Machine transcript, reviewed by staff")


def total_length(look: Lookup) -> str:
    """How long all recordings are together."""
    return words.length(sum(r.duration for r in look.recordings))


def tiles(look: Lookup) -> tuple[tuple[ReleasedRecording, str, str, str], ...]:
    """(recording, first line, second line, still) of each camera in the strip."""
    return tuple((r, *_tile_words(r, look.tongue), recording_still(r)) for r in look.cameras)


def _tile_words(r: ReleasedRecording, tongue: Tongue) -> tuple[str, str]:
    head, tail = short_title(r)
    if not r.has_sound:
        tail = f"{tail}, {tongue.say('no sound')}" if tail else tongue.say("no sound")
    return head, tail


def recording_sheet(r: ReleasedRecording) -> str:
    """Where a camera's small stills lie, one for every ten seconds, if there are any."""
    return f"stills/sheet-{r.slug}.webp"


def recording_still(r: ReleasedRecording) -> str:
    """Where a camera's picture lies, if it has one."""
    return f"stills/cam-{r.slug}.webp"
