# SPDX-License-Identifier: Apache-2.0
"""A release: one published version, frozen. The site builder is handed this value and nothing else.

What must hold before a release may be published (checked in ``casework.releasing``, listed here):

R1  every proposal to hide something is decided;
R2  every text in this value has been through the case's plan: no hidden term is left in it;
R3  every recording shown is placed, or says that it is not and why;
R4  every statement is attributed and dated, every citation points at something in this release;
R5  everything machine-made that is shown says so;
R6  the audit found nothing in exactly these bytes;
R7  two people, neither of whom decided anything that is new in it, approved exactly this manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from plainview.model.case import Case, Office, Source
from plainview.model.finding import ShotCount
from plainview.model.moment import Moment
from plainview.model.scene import CameraPlace, SceneMark
from plainview.model.statement import Statement
from plainview.model.status import StatusEvent
from plainview.model.time import IncidentSpan, MediaSpan, MediaTime
from plainview.model.timeline import Alignment
from plainview.model.transcript import Translation, Utterance


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file made from an original, at ``path`` below the release's ``media/`` or ``documents/``."""

    role: str
    """``v360``, ``v720``, ``sound``, ``full``, ``sprite``, ``wave``, ``captions``, ``poster``, ``pdf``, ``image``."""
    path: str
    size: int
    sha256: str
    width: int = 0
    height: int = 0
    note: str = ""
    """How it was made, in words: ``214 of 220 groups of pictures copied bit for bit``."""


@dataclass(frozen=True, slots=True)
class RedactedSpan:
    """A stretch of a recording in which something is hidden, as the public sees it."""

    span: MediaSpan
    what: str
    """``picture`` (a place in it), ``whole picture``, ``sound (tone)``, ``sound (silence)``, ``voice (disguised)``."""
    reason: str
    law: str


@dataclass(frozen=True, slots=True)
class GopProof:
    """Which groups of pictures and blocks of sound are the original's, bit for bit: index → proven untouched.

    ``path`` holds the commitments, the salts of untouched leaves and what is needed to check them.
    """

    path: str
    root: str
    spans: tuple[MediaSpan, ...]
    untouched: tuple[bool, ...]
    sound_root: str = ""
    """Empty where sound was not committed to when it was received, or there is none."""
    sound_spans: tuple[MediaSpan, ...] = ()
    sound_untouched: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleasedRecording:
    """One recording as published. ``slug`` is its place in addresses (``bwc-1``)."""

    exhibit: str
    slug: str
    title: str
    source: Source
    device: str
    received_from: str
    received_at: datetime
    original_sha256: str
    original_size: int
    original_format: str
    duration: MediaTime
    width: int
    height: int
    fps: float
    has_sound: bool
    alignment: Alignment | None
    unplaced_reason: str
    renditions: tuple[Rendition, ...]
    redactions: tuple[RedactedSpan, ...]
    silent: tuple[MediaSpan, ...] = ()
    """Stretches without recorded sound (a pre-event buffer)."""
    damage: tuple[str, ...] = ()
    unread: tuple[MediaSpan, ...] = ()
    """Stretches that could not be read from the original, where it is known which."""
    clock_notes: tuple[str, ...] = ()
    """What its own clocks read, and how far off they are, in words."""
    gop_proof: GopProof | None = None
    duplicates: tuple[str, ...] = ()
    """Exhibit ids of other deliveries of the same bytes."""
    graphic: tuple[MediaSpan, ...] = ()

    def rendition(self, role: str) -> Rendition | None:
        return next((r for r in self.renditions if r.role == role), None)


@dataclass(frozen=True, slots=True)
class ReleasedPage:
    """One page of a paper: its text as released, hidden words shown as ``[reason]``."""

    number: int
    text: str
    image: str = ""


@dataclass(frozen=True, slots=True)
class ReleasedDocument:
    """One paper or photograph as published."""

    exhibit: str
    slug: str
    title: str
    kind: str
    """``document`` or ``photograph``."""
    received_from: str
    received_at: datetime
    original_sha256: str
    original_size: int
    renditions: tuple[Rendition, ...]
    pages: tuple[ReleasedPage, ...]
    redactions: tuple[tuple[str, str, int], ...] = ()
    """(reason, law, how many)."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Withholding:
    """Something that is not shown, and why."""

    what: str
    reason: str
    law: str
    minutes: float
    recordings: tuple[str, ...] = ()
    """Slugs."""


@dataclass(frozen=True, slots=True)
class NotShown:
    """An item that exists or should exist and is not part of the release."""

    exhibit: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One difference from the version before."""

    kind: str
    """``added``, ``removed``, ``corrected``, ``withdrawn``."""
    what: str
    why: str
    before: str = ""
    """The old words, where words were corrected; empty too when they are hidden now."""
    after: str = ""
    """The new words."""


@dataclass(frozen=True, slots=True)
class Version:
    """One entry of the release's history."""

    number: int
    released_at: datetime
    summary: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One cell of the strip under the headline."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date that a rule gives, explaining itself."""

    due: datetime
    rule: str
    explanation: str
    counts_from: str = ""
    """What the days are counted from, as a sentence calls it: ``the incident``."""
    start: date | None = None
    """Day 0."""
    days: int = 0
    """Days without the extensions."""
    unit: str = "calendar"
    """``calendar`` or ``business`` days."""
    extension: str = ""
    """Who asked for more days and when, or who may ask; empty for a rule that knows no extension."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Everything the public page says, already resolved, already redacted."""

    office: Office
    case: Case
    number: int
    released_at: datetime
    kind_line: str
    status_line: str
    headline: str
    summary: str
    facts: tuple[Fact, ...]
    recordings: tuple[ReleasedRecording, ...]
    documents: tuple[ReleasedDocument, ...]
    utterances: tuple[Utterance, ...]
    moments: tuple[Moment, ...]
    shots: ShotCount | None
    statements: tuple[Statement, ...]
    status: tuple[StatusEvent, ...]
    withheld: tuple[Withholding, ...]
    not_shown: tuple[NotShown, ...]
    versions: tuple[Version, ...]
    graphic: tuple[tuple[IncidentSpan, str], ...] = ()
    deadline: Deadline | None = None
    supersedes: str = ""
    """SHA-256 of the previous version's tagmanifest, empty for the first."""
    key_fingerprint: str = ""
    invented: str = ""
    """A sentence shown on top when the case is an example (people and places invented)."""
    places: tuple[CameraPlace, ...] = ()
    """Where cameras stood, as decided; a camera without one has no known place."""
    marks: tuple[SceneMark, ...] = ()
    languages: tuple[str, ...] = ("en",)
    """Of the pages, the one the office writes in first."""
    translations: tuple[Translation, ...] = ()
    """Only of words that are in this release as they stand."""

    def recording(self, exhibit: str) -> ReleasedRecording | None:
        return next((r for r in self.recordings if r.exhibit == exhibit), None)

    def document(self, exhibit: str) -> ReleasedDocument | None:
        return next((d for d in self.documents if d.exhibit == exhibit), None)


def translations_of(
    release: Release, given: Iterable[Translation], *, hidden: Callable[[str], bool]
) -> tuple[Translation, ...]:
    """Those of words that ``release`` says exactly so, and that hold nothing hidden.

    A line in which a word is hidden has none: nobody can tell which words of another language would say it again.
    """
    said = {release.headline, release.summary, release.kind_line, release.status_line}
    said |= {u.text for u in release.utterances if not any(word.hidden for word in u.words)}
    said |= {text for m in release.moments for text in (m.title, m.text)}
    said |= {text for s in release.statements for text in (s.quote, *(a.text for a in s.assertions))}
    return tuple(each for each in given if each.source in said and not hidden(each.text))
