# SPDX-License-Identifier: Apache-2.0
"""A release with every kind of content, written by hand: two cameras, a call, a stranger, an empty file.

The numbers are chosen so that their places in other formats can be reckoned on paper: the first camera
starts two seconds before the epoch (21:41:00), the second one second after it, the call ten.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from plainview.model.case import Case, Office, Source
from plainview.model.moment import Moment, MomentState
from plainview.model.release import (
    Change,
    RedactedSpan,
    Release,
    ReleasedDocument,
    ReleasedPage,
    ReleasedRecording,
    Rendition,
    Version,
)
from plainview.model.statement import Assertion, Citation, Relation, Statement
from plainview.model.status import StatusEvent
from plainview.model.time import MediaSpan, incident_seconds, media_seconds
from plainview.model.timeline import Alignment
from plainview.model.transcript import FusedWord, TextState, Utterance

EPOCH = datetime(2026, 3, 14, 21, 41, tzinfo=timezone(timedelta(hours=-5)))


def example(*, at: datetime = EPOCH) -> Release:
    """The whole release; ``at`` moves it to another hour."""
    return Release(
        office=Office("Office of Public Oversight", "oversight.example/custody"),
        case=Case("2026-0042", "Ferry Street & Quay", at),
        number=2,
        released_at=datetime(2026, 4, 30, 15, 0, tzinfo=UTC),
        kind_line="",
        status_line="",
        headline="Headline",
        summary="An invented case.",
        facts=(),
        recordings=(
            _recording("EX-0001", "bwc-1", Source.BODY_CAMERA, start=-2.0, length=90.0),
            _recording("EX-0002", "bwc-2", Source.BODY_CAMERA, start=1.0, length=30.5),
            _recording("EX-0003", "call-1", Source.CALL, start=10.0, length=20.0),
            _recording("EX-0004", "stranger", Source.OTHER, start=None, length=40.0),
            _recording("EX-0005", "empty", Source.PHONE, start=5.0, length=0.0),
        ),
        documents=(_document(),),
        utterances=(_said("u1", 4.0, "Drop the gun", speaker="Officer A"), _hidden("u2", 6.0)),
        moments=(
            _moment("m1", 4.0, 5.0, "“Drop the gun” — first"),
            _moment("m2", 12.5, None, "=Shot <1>"),
            _moment("m3", 500.0, None, "Long after every recording"),
        ),
        shots=None,
        statements=(_statement(),),
        status=(
            StatusEvent("s1", date(2026, 4, 1), "Oversight office", "Officer A", "recommendation", "Relief", True),
        ),
        withheld=(),
        not_shown=(),
        versions=(
            Version(1, datetime(2026, 4, 28, tzinfo=UTC), "first"),
            Version(2, datetime(2026, 4, 30, tzinfo=UTC), "second", (Change("corrected", "One line.", "Misheard."),)),
        ),
    )


def _recording(exhibit: str, slug: str, source: Source, *, start: float | None, length: float) -> ReleasedRecording:
    sound_only = source is Source.CALL
    alignment = None
    if start is not None:
        alignment = Alignment(exhibit, incident_seconds(start), 0.0, 20_000, "sound", 0.9)
    files = [Rendition("sound", f"media/{slug}/a.m4a", 1000, "a" * 64)]
    if not sound_only:
        files.insert(0, Rendition("full", f"media/{slug}/full.mp4", 9000, "f" * 64, 1280, 720))
    files.append(Rendition("captions", f"media/{slug}/captions.vtt", 100, "c" * 64))
    return ReleasedRecording(
        exhibit=exhibit,
        slug=slug,
        title=f"Recording {slug}",
        source=source,
        device="",
        received_from="police department",
        received_at=EPOCH,
        original_sha256="0" * 64,
        original_size=10_000,
        original_format="MP4",
        duration=media_seconds(length),
        width=0 if sound_only else 1280,
        height=0 if sound_only else 720,
        fps=0.0 if sound_only else 30.0,
        has_sound=True,
        alignment=alignment,
        unplaced_reason="" if alignment else "It shares no sound with any other recording.",
        renditions=tuple(files) if length else (),
        redactions=(RedactedSpan(MediaSpan(media_seconds(1), media_seconds(2)), "face", "minor", "705 ILCS 405"),)
        if slug == "bwc-1"
        else (),
    )


def _document() -> ReleasedDocument:
    return ReleasedDocument(
        exhibit="EX-0006",
        slug="report",
        title="Tactical response report",
        kind="document",
        received_from="police department",
        received_at=EPOCH,
        original_sha256="1" * 64,
        original_size=5000,
        renditions=(
            Rendition("pdf", "documents/report/document.pdf", 4000, "d" * 64),
            Rendition("image", "documents/report/p1.webp", 3000, "e" * 64, 1275, 1650),
        ),
        pages=(ReleasedPage(1, "Reason for the stop", "documents/report/p1.webp"),),
        redactions=(("private-contact", "5 ILCS 140/7(1)(c)", 2),),
    )


def _said(name: str, start: float, text: str, *, speaker: str) -> Utterance:
    words = tuple(
        FusedWord(incident_seconds(start + 0.3 * i), incident_seconds(start + 0.3 * (i + 1)), word, 0.9)
        for i, word in enumerate(text.split())
    )
    return Utterance(name, words[0].start, words[-1].end, words, ("EX-0001", "EX-0002"), speaker, TextState.REVIEWED)


def _hidden(name: str, start: float) -> Utterance:
    said = _said(name, start, "My name is X", speaker="")
    return replace(said, words=(*said.words[:3], replace(said.words[3], text="", hidden="private-contact")))


def _moment(name: str, start: float, end: float | None, title: str) -> Moment:
    return Moment(
        id=name,
        kind="command",
        start=incident_seconds(start),
        end=None if end is None else incident_seconds(end),
        uncertainty=50_000,
        title=title,
        text="Text of the moment.",
        seen_on=("EX-0001",),
        heard_on=("EX-0002",),
        state=MomentState.CONFIRMED,
    )


def _statement() -> Statement:
    cited = Citation(Relation.SUPPORTS, "Heard at 21:41:04.", moment="m1")
    return Statement(
        id="st1",
        party="Police department",
        capacity="spokesperson",
        speaker="B. Vane",
        date=date(2026, 3, 15),
        source="Press release",
        quote="The officer told him to drop the gun.",
        assertions=(Assertion("as1", "A command was given.", (cited,)), Assertion("as2", "He turned.")),
    )
