# SPDX-License-Identifier: Apache-2.0
"""Offices, cases, exhibits and the people and programs that act on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from plainview.model.time import MediaSpan, MediaTime


class Kind(StrEnum):
    """What an exhibit is."""

    RECORDING = "recording"
    DOCUMENT = "document"
    PHOTOGRAPH = "photograph"
    UNREADABLE = "unreadable"
    """Received and sealed, but nothing here can open it; the reason is kept."""


class Source(StrEnum):
    """What kind of recorder made a recording; decides colours, order and defaults, never trust."""

    BODY_CAMERA = "body camera"
    DASH_CAMERA = "dash camera"
    STREET_CAMERA = "street camera"
    SHOP_CAMERA = "shop camera"
    DOORBELL = "doorbell camera"
    PHONE = "phone"
    CALL = "911 call"
    RADIO = "radio"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts: a named person or a program with its version. Every write names one."""

    name: str
    role: str = "staff"
    program: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """The publisher. ``origin`` names its custody log (C2SP checkpoint origin)."""

    name: str
    origin: str
    contact: str = ""
    address: str = ""
    """Where the world finds its site (``https://…/``); empty keeps every link relative."""


@dataclass(frozen=True, slots=True)
class Case:
    """One incident under its case number. ``at`` is the epoch of IncidentTime and carries the zone."""

    id: str
    title: str
    at: datetime
    rules: str = "own"


@dataclass(frozen=True, slots=True)
class Damage:
    """Where a recording's bytes are broken, or why it cannot be read on."""

    span: MediaSpan | None
    reason: str


@dataclass(frozen=True, slots=True)
class VideoStream:
    """What the container says of a picture stream, after rotation is applied."""

    codec: str
    width: int
    height: int
    fps: float
    frames: int | None = None
    rotation: int = 0
    variable_rate: bool = False
    pixel_format: str = ""


@dataclass(frozen=True, slots=True)
class AudioStream:
    """What the container says of a sound stream."""

    codec: str
    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Probe:
    """What a recording says about itself, damage included. ``started`` is its own clock, not truth."""

    container: str
    duration: MediaTime
    video: VideoStream | None
    audio: AudioStream | None
    started: datetime | None = None
    subtitles: int = 0
    other_streams: int = 0
    damage: tuple[Damage, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GopCommitment:
    """Salted Merkle root over the groups of pictures and sound blocks of an original.

    ``leaves`` are the salted leaf hashes in order (hex); ``spans`` their presentation intervals. What was committed
    to before intervals of sound were kept has no ``audio_spans``.
    """

    root: str
    leaves: tuple[str, ...]
    spans: tuple[MediaSpan, ...]
    audio_root: str = ""
    audio_leaves: tuple[str, ...] = ()
    audio_spans: tuple[MediaSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One received item. ``id`` is never reused; ``sha256`` is of the original's exact bytes."""

    id: str
    case: str
    kind: Kind
    name: str
    """The delivered name, made safe to show (control and direction marks escaped)."""
    size: int
    sha256: str
    received_from: str
    received_at: datetime
    media_type: str = "application/octet-stream"
    duplicate_of: str | None = None
    probe: Probe | None = None
    problem: str = ""
    """One sentence, when the file is unreadable or damaged."""
    extra: dict[str, str] = field(default_factory=dict)
