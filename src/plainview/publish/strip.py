# SPDX-License-Identifier: Apache-2.0
"""The geometry of the one clock: who was recording when, drawn as percentages of a span.

Everything is a number an SVG attribute takes (``x="12.5%"``): the content security policy forbids inline
style, and percentages keep the drawing right at every width without script.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from plainview.model.case import Source
from plainview.model.moment import Moment
from plainview.model.release import ReleasedRecording
from plainview.model.time import SECOND, IncidentSpan, IncidentTime, MediaSpan, instant, union
from plainview.model.transcript import Utterance
from plainview.publish.lookup import Lookup, coverage
from plainview.publish.tongue import Tongue
from plainview.publish.words import clock, full_clock

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Seconds between ticks, each a round number on a wall clock."""
DETAIL = 40 * SECOND
"""µs shown in the close view before script takes over."""
GRID = 2000
"""Units across a row in the drawings that are one path: half a pixel each on a wide screen."""
PIXEL = 2
"""Of these units: what is nearer than this is drawn as one, what is shorter as long as this."""
PIN_ROWS = 3
REMOTE = "Calls and radio"
NAMED_LANES = 4
"""Voices with a lane of their own; the rest share one."""
GROUPED = 14
"""Recordings beyond which the overview folds them by kind; so many rows still fit beside the player."""
GROUPS = (
    ("Body cameras", (Source.BODY_CAMERA,)),
    ("Vehicles", (Source.DASH_CAMERA,)),
    ("Streets, shops and doors", (Source.STREET_CAMERA, Source.SHOP_CAMERA, Source.DOORBELL)),
    ("Phones", (Source.PHONE,)),
    ("Calls and radio", (Source.CALL, Source.RADIO)),
    ("Others", (Source.OTHER,)),
)


@dataclass(frozen=True)
class Piece:
    """A stretch on a row, in seconds of the case's clock, and what kind it is."""

    a: float
    b: float
    x: float
    w: float
    kind: str
    label: str = ""


@dataclass(frozen=True)
class Tick:
    """A labelled instant of an axis."""

    x: float
    text: str


@dataclass(frozen=True)
class Pin:
    """A moment on the clock; ``row`` keeps neighbours from lying on each other."""

    id: str
    number: str
    x: float
    t: float
    row: int
    graphic: bool
    title: str


@dataclass(frozen=True)
class Bar:
    """One recording's row in the overview."""

    slug: str
    title: str
    pieces: tuple[Piece, ...]
    said: str
    """The row in words: when it recorded, what is damaged, and from when to when it could not be read."""
    damaged: bool = False
    hidden: str = ""
    """Path of what is hidden."""


@dataclass(frozen=True)
class Group:
    """Recordings of one kind, folded under one row; ``name`` is empty where nothing is folded."""

    name: str
    bars: tuple[Bar, ...]
    opened: bool
    pieces: tuple[Piece, ...]
    """Every coverage in the group on one row, drawn over each other: darker is more."""


@dataclass(frozen=True)
class Proof:
    """Which pictures and which sound of a recording are the original's, bit for bit, and which were changed."""

    slug: str
    title: str
    video: str
    claim: str
    """Path of the statement that can be checked."""
    rows: tuple[tuple[tuple[str, str], ...], ...]
    """(kind, path) of each kind of groups, then of blocks of sound; a row that would be empty is left out."""
    share: str
    """``214 of 220 groups of pictures, 40 of 43 blocks of sound``, or why there are none."""


@dataclass(frozen=True)
class Lane:
    """One voice's row in the close view; ``kind`` is ``named``, ``rest`` or ``remote``."""

    name: str
    pieces: tuple[Piece, ...]
    kind: str


@dataclass(frozen=True)
class Shot:
    """One shot with its uncertainty."""

    t: float
    u: float
    x: float
    left: float
    width: float


@dataclass(frozen=True)
class Strip:
    """All of it."""

    span: tuple[float, float]
    window: tuple[float, float]
    window_x: float
    window_w: float
    ticks: tuple[Tick, ...]
    detail_ticks: tuple[Tick, ...]
    pins: tuple[Pin, ...]
    detail_pins: tuple[Pin, ...]
    bars: tuple[Bar, ...]
    groups: tuple[Group, ...]
    proofs: tuple[Proof, ...]
    lanes: tuple[Lane, ...]
    shots: tuple[Shot, ...]
    graphic: tuple[Piece, ...]
    graphic_overview: tuple[Piece, ...]
    worst: int
    """µs, the largest uncertainty of any placed recording."""
    grid: int = GRID

    @property
    def folded(self) -> bool:
        """Whether there are so many recordings that they are folded by kind."""
        return len(self.groups) > 1

    @property
    def unread(self) -> bool:
        """Whether anything is drawn that could not be read."""
        return any(piece.kind == "unread" for bar in self.bars for piece in bar.pieces)


def draw(look: Lookup) -> Strip:
    """The clock of a release."""
    margin = max(SECOND, look.span.length // 100)
    span = IncidentSpan(IncidentTime(look.span.start - margin), IncidentTime(look.span.end + margin))
    window = _window(look)
    epoch = look.release.case.at
    scale, close = Scale(span), Scale(window)
    bars = {r.slug: _bar(r, scale, look) for r in _by_start(look.placed)}
    return Strip(
        span=(seconds(span.start), seconds(span.end)),
        window=(seconds(window.start), seconds(window.end)),
        window_x=scale.x(window.start),
        window_w=scale.width(window),
        ticks=ticks(span, epoch, most=7),
        detail_ticks=ticks(window, epoch, most=7),
        pins=_pins(look.moments, scale),
        detail_pins=_pins([m for m in look.moments if window.start <= m.start < window.end], close),
        bars=tuple(bars.values()),
        groups=_groups(look, bars, scale),
        proofs=tuple(
            _proof(r, scale, look.tongue) for r in _by_start(look.placed) if r.rendition("v360") or r.gop_proof
        ),
        lanes=_lanes(look, close),
        shots=_shots(look, close),
        graphic=tuple(close.piece(s, "graphic") for s, _ in look.graphic),
        graphic_overview=tuple(scale.piece(s, "graphic") for s, _ in look.graphic),
        worst=max((r.alignment.uncertainty for r in look.placed if r.alignment), default=0),
    )


@dataclass(frozen=True)
class Scale:
    """A span mapped to 0 to 100 percent."""

    span: IncidentSpan

    def x(self, at: int) -> float:
        return round((at - self.span.start) / max(1, self.span.length) * 100, 3)

    def width(self, of: IncidentSpan) -> float:
        return max(0.05, round(self.x(of.end) - self.x(of.start), 3))

    def piece(self, of: IncidentSpan, kind: str, label: str = "") -> Piece:
        return Piece(seconds(of.start), seconds(of.end), self.x(of.start), self.width(of), kind, label)


def seconds(at: int) -> float:
    """Microseconds as seconds, to the millisecond: what the page's scripts and drawings count in."""
    return round(at / SECOND, 3)


def ticks(span: IncidentSpan, epoch: datetime, *, most: int) -> tuple[Tick, ...]:
    """At most ``most`` ticks on round wall-clock times, none so near an edge that its label is cut."""
    step = next((s for s in STEPS if span.length / SECOND / s <= most), STEPS[-1]) * SECOND
    local = instant(IncidentTime(0), epoch)
    of_day = ((local.hour * 60 + local.minute) * 60 + local.second) * SECOND + local.microsecond
    first = -((span.start + of_day) // -step) * step - of_day
    scale = Scale(span)
    found = []
    for at in range(first, span.end, step):
        text = clock(IncidentTime(at), epoch)
        if 4 < scale.x(at) < 96:
            found.append(Tick(scale.x(at), text if step < 60 * SECOND else text[:-3]))
    return tuple(found)


def _window(look: Lookup) -> IncidentSpan:
    length = min(DETAIL, look.span.length)
    start = max(look.span.start, min(look.span.end - length, look.start - length // 4))
    return IncidentSpan(IncidentTime(start), IncidentTime(start + length))


def _by_start(recordings: tuple[ReleasedRecording, ...]) -> list[ReleasedRecording]:
    return sorted(recordings, key=lambda r: (coverage(r).start, r.slug))


def _bar(recording: ReleasedRecording, scale: Scale, look: Lookup) -> Bar:
    cover, epoch, say = coverage(recording), look.release.case.at, look.tongue.say
    said = say("%(start)s to %(end)s", start=full_clock(cover.start, epoch), end=full_clock(cover.end, epoch))
    told = (*recording.damage, *unread_words(recording, look))
    if told:
        said += say(", damaged: %(how)s", how="; ".join(told))
    pieces, hidden = tuple(_pieces(recording, scale)), _hidden(recording, scale)
    return Bar(recording.slug, recording.title, pieces, said, bool(told), hidden)


def unread_words(recording: ReleasedRecording, look: Lookup) -> tuple[str, ...]:
    """Each stretch that could not be read, on the one clock, or from the recording's start if it was not placed."""
    said: list[str] = []
    say, epoch = look.tongue.say, look.release.case.at
    for span in union(list(recording.unread)):
        if recording.alignment is None:
            said.append(
                say(
                    "could not be read from %(a).1f s to %(b).1f s after its start",
                    a=seconds(span.start),
                    b=seconds(span.end),
                )
            )
            continue
        there = recording.alignment.incident_span(span)
        ends = {"a": full_clock(there.start, epoch), "b": full_clock(there.end, epoch)}
        said.append(say("could not be read from %(a)s to %(b)s", **ends))
    return tuple(said)


def _unread(recording: ReleasedRecording, scale: Scale) -> list[Piece]:
    """What could not be read, as far as it lies on the clock that is drawn: a file may announce more than it holds."""
    assert recording.alignment is not None
    spans = [recording.alignment.incident_span(span) for span in union(list(recording.unread))]
    ends = [(max(s.start, scale.span.start), min(s.end, scale.span.end)) for s in spans]
    return [scale.piece(IncidentSpan(a, b), "unread", "could not be read") for a, b in ends if a < b]


def _groups(look: Lookup, bars: dict[str, Bar], scale: Scale) -> tuple[Group, ...]:
    """All bars as one group while they fit; folded by kind when they do not, the kind on screen unfolded."""
    if len(bars) <= GROUPED:
        return (Group("", tuple(bars.values()), True, ()),)
    found = []
    for name, kinds in GROUPS:
        members = [r for r in _by_start(look.placed) if r.source in kinds]
        if not members:
            continue
        shown = look.camera is not None and look.camera in members
        pieces = tuple(scale.piece(coverage(r), "pictured" if r.rendition("v360") else "heard") for r in members)
        pieces += tuple(piece for r in members for piece in _unread(r, scale))
        found.append(Group(look.tongue.named(name), tuple(bars[r.slug] for r in members), shown, pieces))
    return tuple(found)


def _proof(recording: ReleasedRecording, scale: Scale, tongue: Tongue) -> Proof:
    """Pictures and sound on the one clock; what cannot be compared is drawn as that."""
    full, claim = recording.rendition("full"), recording.gop_proof
    video = full.path if full else ""
    if claim is None or not drawable(recording):
        whole = ("unproven", line([scale.piece(coverage(recording), "unproven")]))
        path = claim.path if claim else ""
        return Proof(recording.slug, recording.title, video, path, ((whole,),), full.note if full else "")
    pictures = _proven(recording, claim.spans, claim.untouched, scale)
    sound = _proven(recording, claim.sound_spans, claim.sound_untouched, scale)
    rows = tuple(row for row in (pictures, sound) if row)
    shares = []
    if claim.untouched:
        groups = tongue.counted(len(claim.untouched), "group of pictures", "groups of pictures")
        shares.append(tongue.say("%(kept)d of %(groups)s", kept=sum(claim.untouched), groups=groups))
    if claim.sound_untouched:
        blocks = tongue.counted(len(claim.sound_untouched), "block of sound", "blocks of sound")
        shares.append(tongue.say("%(kept)d of %(groups)s", kept=sum(claim.sound_untouched), groups=blocks))
    return Proof(recording.slug, recording.title, video, claim.path, rows, ", ".join(shares))


def _proven(
    recording: ReleasedRecording, spans: Sequence[MediaSpan], untouched: Sequence[bool], scale: Scale
) -> tuple[tuple[str, str], ...]:
    """All as kept, and over them those that were changed: the changed are never drawn shorter than they are."""
    assert recording.alignment is not None
    pieces = [scale.piece(recording.alignment.incident_span(span), "") for span in spans]
    changed = [piece for piece, kept in zip(pieces, untouched, strict=True) if not kept]
    drawn = (("kept", pieces if len(changed) < len(pieces) else []), ("changed", changed))
    return tuple((kind, line(of_kind)) for kind, of_kind in drawn if of_kind)


def drawable(recording: ReleasedRecording) -> bool:
    """Whether the proof's intervals lie in the recording: only then can they be drawn on the clock."""
    claim = recording.gop_proof
    if claim is None:
        return False
    return all(0 <= s.start <= s.end <= recording.duration + SECOND for s in (*claim.spans, *claim.sound_spans))


def runs(groups: Iterable[tuple[bool, MediaSpan]]) -> list[tuple[bool, MediaSpan]]:
    """Neighbouring groups of one state joined.

    >>> from plainview.model.time import MediaTime
    >>> second = [MediaSpan(MediaTime(n), MediaTime(n + 1)) for n in range(3)]
    >>> [(kept, (span.start, span.end)) for kept, span in runs(zip([True, True, False], second))]
    [(True, (0, 2)), (False, (2, 3))]
    """
    joined: list[tuple[bool, MediaSpan]] = []
    for state, span in groups:
        if joined and joined[-1][0] == state:
            joined[-1] = (state, MediaSpan(joined[-1][1].start, max(span.end, joined[-1][1].end)))
        else:
            joined.append((state, span))
    return joined


def _pieces(recording: ReleasedRecording, scale: Scale) -> list[Piece]:
    """Coverage, silence over it, then what could not be read."""
    assert recording.alignment is not None
    alignment = recording.alignment
    kind = "pictured" if recording.rendition("v360") else "heard"
    pieces = [scale.piece(coverage(recording), kind)]
    pieces += [scale.piece(alignment.incident_span(s), "silent", "no sound was recorded") for s in recording.silent]
    return pieces + _unread(recording, scale)


def line(pieces: Iterable[Piece]) -> str:
    """Pieces as one broken line in units of the grid (an SVG path's ``d``), never shorter than they are.

    A recording may hide hundreds of stretches, and sixty recordings one row each: as elements they would weigh more
    than all that is said. Neighbours nearer than a pixel are one.

    >>> line([Piece(0, 1, 0.0, 1.0, "hidden"), Piece(1, 2, 1.05, 1.0, "hidden"), Piece(9, 9, 50.0, 0.05, "hidden")])
    'M0 0h41m959 0h2'
    """
    joined: list[tuple[int, int]] = []
    share = GRID / 100
    places = ((math.floor(p.x * share), math.ceil((p.x + p.w) * share)) for p in pieces)
    for start, end in sorted((start, max(end, start + PIXEL)) for start, end in places):
        if joined and start <= joined[-1][1] + PIXEL:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    # Each from the end of the one before: short numbers are alike, and what is alike packs well.
    ends = [0, *(end for _, end in joined)]
    steps = (f"m{start - at} 0h{end - start}" for (start, end), at in zip(joined, ends, strict=False))
    return "".join(steps).replace("m", "M", 1)


def _hidden(recording: ReleasedRecording, scale: Scale) -> str:
    assert recording.alignment is not None
    spans = (recording.alignment.incident_span(h.span) for h in recording.redactions)
    return line(scale.piece(span, "hidden") for span in spans)


def _pins(moments: list[Moment] | tuple[Moment, ...], scale: Scale) -> tuple[Pin, ...]:
    """Pins in time order; one closer than its own width to a neighbour drops to the next row."""
    ends = [-100.0] * PIN_ROWS
    pins = []
    for moment in moments:
        x = scale.x(moment.start)
        row = next((i for i, end in enumerate(ends) if x - end >= 2.8), PIN_ROWS - 1)
        ends[row] = x
        pins.append(
            Pin(moment.id, moment.id.lstrip("m"), x, seconds(moment.start), row, bool(moment.graphic), moment.title)
        )
    return tuple(pins)


def _lanes(look: Lookup, scale: Scale) -> tuple[Lane, ...]:
    """One lane per voice named at the scene, the busiest first, at most four; then all others, then calls and radio.

    Drawn here is what the close view shows at first; the page's scripts draw the rest as the view moves.
    """
    spoken: dict[str, list[Utterance]] = {}
    for u in look.release.utterances:
        voice = REMOTE if look.remote(u) else u.speaker
        spoken.setdefault(voice, []).append(u)
    remote = spoken.pop(REMOTE, [])
    named = sorted((name for name in spoken if name), key=lambda n: (-len(spoken[n]), n))[:NAMED_LANES]
    lanes = [Lane(name, _voices(spoken[name], scale), "named") for name in named]
    say = look.tongue.say
    others = (u for name, said in spoken.items() if name not in named for u in said)
    rest = sorted(others, key=lambda u: (u.start, u.id))
    if rest:
        lanes.append(Lane(say("Other voices") if lanes else say("Speech"), _voices(rest, scale), "rest"))
    return tuple([*lanes, Lane(look.tongue.named(REMOTE), _voices(remote, scale), "remote")] if remote else lanes)


def _voices(said: list[Utterance], scale: Scale) -> tuple[Piece, ...]:
    window = scale.span
    inside = [u for u in said if u.end > window.start and u.start < window.end]
    joined: list[IncidentSpan] = []
    for u in inside:
        # Drawn as one where no gap between them could be seen.
        if joined and u.start <= joined[-1].end + window.length // 1000:
            joined[-1] = IncidentSpan(joined[-1].start, max(joined[-1].end, u.end))
        else:
            joined.append(IncidentSpan(u.start, u.end))
    return tuple(scale.piece(span, "voice") for span in joined)


def _shots(look: Lookup, scale: Scale) -> tuple[Shot, ...]:
    events = look.release.shots.events if look.release.shots else ()
    found = []
    for event in sorted(events, key=lambda e: e.at):
        around = IncidentSpan(IncidentTime(event.at - event.uncertainty), IncidentTime(event.at + event.uncertainty))
        u = seconds(event.uncertainty)
        found.append(Shot(seconds(event.at), u, scale.x(event.at), scale.x(around.start), scale.width(around)))
    return tuple(found)
