# SPDX-License-Identifier: Apache-2.0
"""The audit of a built release: what it is told, what it found, and when its verdict still counts.

What this module keeps true: a verdict is about exactly one list of bytes (the SHA-256 of the tag
manifest). A report about other bytes is stale, and stale blocks as firmly as a finding.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainview.errors import Blocked
from plainview.model.finding import Box
from plainview.model.redaction import DocumentPlan, HiddenTerm, MaskTrack, RecordingPlan
from plainview.model.time import MediaSpan, MediaTime


@dataclass(frozen=True, slots=True)
class MutedWords:
    """A stretch that must not be heard, and the words that were said in it (never published)."""

    span: MediaSpan
    words: str
    subject: str


@dataclass(frozen=True, slots=True)
class AuditedRecording:
    """What was decided about one published recording, in the pixels and clock of its original.

    ``width`` and ``height`` are of the original's displayed frame: every rendition is a scaling of it.
    """

    slug: str
    plan: RecordingPlan
    width: int
    height: int
    kept: tuple[MaskTrack, ...] = ()
    """Faces that a person decided to leave visible; a detector seeing them is no finding."""
    muted: tuple[MutedWords, ...] = ()
    duration: MediaTime | None = None
    """None when the plan was written before durations were told: then no share of the whole is known."""
    moments: tuple[tuple[str, MediaSpan], ...] = ()
    """(id, where on this recording) of each confirmed moment it saw or heard: hiding there is told apart."""
    elsewhere: tuple[MutedWords, ...] = ()
    """What is muted in other recordings at instants at which this one was running too, on its own clock."""


@dataclass(frozen=True, slots=True)
class AuditedDocument:
    """What was decided about one published paper or photograph."""

    slug: str
    plan: DocumentPlan
    kept: tuple[tuple[int, Box], ...] = ()
    """(page, where on it) a person decided that a face may be seen, in the units of the plan's masks."""


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """All that the audit knows. It trusts nothing else, least of all what made the release."""

    bag_sha256: str
    recordings: tuple[AuditedRecording, ...]
    documents: tuple[AuditedDocument, ...]
    terms: tuple[HiddenTerm, ...]


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One leak: the file, the instant if it has one, whom it shows, the kind of leak, and a sentence."""

    place: str
    at: MediaTime | None
    subject: str
    kind: str
    sentence: str
    until: MediaTime | None = None
    """The last instant at which it shows, when that is known."""
    where: Box | None = None
    """The place on the picture, in the original's pixels, when that is known."""


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """The lines that a reader of print made out in one picture of a film."""

    at: MediaTime
    text: str


@dataclass(frozen=True, slots=True)
class PictureLook:
    """What was seen in the pictures of one recording's renditions; places are names of files beside each other.

    It counts for exactly these pictures under exactly this plan, whatever else of a release changes.
    """

    digest: str
    """SHA-256 over the pictures and over all of the plan that bears on them."""
    findings: tuple[AuditFinding, ...]
    checked: tuple[tuple[str, int], ...]
    read: tuple[ReadPicture, ...]
    """Of the rendition that shows most: what can be read there, whatever it is that a plan hides."""


MUCH_OF_A_PICTURE, MUCH_OF_THE_SOUND = 0.5, 0.9
"""Shares of a moment from which a reviewer is told that little of it is left."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of a recording, or of one moment on it, is hidden; shares from 0 to 1."""

    recording: str
    moment: str
    """Empty for the whole recording."""
    pictures: float
    """Of the area of all pictures."""
    apart_from_faces: float
    """Of the area that no face's cover takes, by boxes that people drew and by whole pictures."""
    whole_pictures: float
    sound: float
    reasons: tuple[str, ...]

    @property
    def much(self) -> bool:
        return self.pictures >= MUCH_OF_A_PICTURE or self.sound >= MUCH_OF_THE_SOUND


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The verdict over the bytes named by ``bag_sha256``."""

    bag_sha256: str
    findings: tuple[AuditFinding, ...]
    checked: tuple[tuple[str, int], ...] = ()
    """(what, how many): ``masked frames`` … A zero where there should be work is for a reader to see."""
    detectors: tuple[tuple[str, str], ...] = ()
    """(name, version or digest) of everything that looked or listened."""
    part: str = ""
    """Empty for the whole. Otherwise the part attacked, and ``bag_sha256`` is the digest of that part alone."""
    covered: tuple[Covered, ...] = ()
    """How much is hidden: that is judged as well as what is not."""

    @property
    def clean(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is published of an audit: of which bytes, by what, over how much, and how much is hidden."""

    tagmanifest_sha256: str
    clean: bool
    checked: tuple[tuple[str, int], ...]
    detectors: tuple[tuple[str, str], ...]
    covered: tuple[Covered, ...]
    software: str
    schema: str = "Audit.1"


def verdict_of(report: AuditReport, *, software: str) -> Verdict:
    """The public part of a report over a whole release. Findings stay in the office: they say where to look."""
    return Verdict(report.bag_sha256, report.clean, report.checked, report.detectors, report.covered, software)


def must_be_clean(report: AuditReport | None, *, bag_sha256: str) -> None:
    """``Blocked`` unless the audit looked at exactly these bytes and found nothing."""
    if report is None:
        raise Blocked("the release has not been audited")
    if report.bag_sha256 != bag_sha256 or report.part:
        raise Blocked("the audit is stale: the release was built again since")
    if report.findings:
        items = [f"{finding.place}: {finding.sentence}" for finding in report.findings]
        raise Blocked(f"the audit found {len(items)} leaks", items)
