# SPDX-License-Identifier: Apache-2.0
"""The cut: every placed recording at its place on the case's clock, counted in frames, moments as marks.

What this module keeps true: the first frame is the instant at which the first recording begins; a
recording without a place or without length is left out with the reason and never put at zero; the
exact offset and its error bar stay beside the frame that they were rounded to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from plainview.model.release import Release, ReleasedRecording
from plainview.model.time import SECOND, IncidentTime, instant
from plainview.publish.words import visible

RATES = (24, 25, 30, 50, 60)
DEFAULT_RATE = 30
DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording on the cut; ``start`` and ``length`` in frames of the cut."""

    slug: str
    title: str
    url: str
    start: int
    length: int
    picture: bool
    sound: bool
    offset_us: int
    uncertainty_us: int = 0
    drift_ppm: float = 0.0
    drift_uncertainty_ppm: float | None = None
    exhibit: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment on the cut, in frames."""

    at: int
    length: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """All that an editing program is told."""

    title: str
    rate: int
    begins: int
    """Frames after midnight (case's zone) of the cut's first frame; 0 when it crosses midnight."""
    clips: tuple[Clip, ...]
    marks: tuple[Mark, ...]
    left_out: tuple[tuple[str, str, str], ...]
    """(slug, media address, one sentence why it is not on the timeline)."""
    width: int = 1280
    height: int = 720

    @property
    def length(self) -> int:
        return max((clip.start + clip.length for clip in self.clips), default=0)


def cut(release: Release, root: str) -> Cut:
    """The placed recordings of a release; those without place or length are left out with the reason."""
    rate = _common_rate(release)
    placed = [r for r in release.recordings if r.alignment is not None and r.duration * rate >= SECOND]
    zero = min((r.alignment.offset for r in placed if r.alignment), default=0)
    clips = tuple(_clip(r, root, rate, zero) for r in sorted(placed, key=lambda r: (r.alignment.offset, r.slug)))  # type: ignore[union-attr]
    end = max((clip.start + clip.length for clip in clips), default=0)
    begins = _of_day(release, zero, rate)
    left_out = tuple(
        (r.slug, media_path(r, root), r.unplaced_reason or "it has no length")
        for r in release.recordings
        if r not in placed
    )
    return Cut(
        title=printable(f"{release.case.id} {release.case.title}, release {release.number}"),
        rate=rate,
        begins=begins if begins + end < DAY * rate else 0,
        clips=clips,
        marks=tuple(_marks(release, rate, zero, end)),
        left_out=left_out,
        width=max((r.width for r in placed), default=1280) or 1280,
        height=max((r.height for r in placed), default=720) or 720,
    )


def cut_of_files(files: Mapping[str, tuple[float, float]]) -> Cut:
    """A cut of plain files, ``{path: (offset_s, duration_s)}``; each may hold picture and sound."""
    zero = min((offset for offset, _ in files.values()), default=0.0)
    clips = tuple(
        Clip(
            slug=path.rsplit("/", 1)[-1],
            title=path.rsplit("/", 1)[-1],
            url=_file_address(path),
            start=round((offset - zero) * DEFAULT_RATE),
            length=round(duration * DEFAULT_RATE),
            picture=True,
            sound=True,
            offset_us=round((offset - zero) * SECOND),
        )
        for path, (offset, duration) in sorted(files.items(), key=lambda item: (item[1], item[0]))
        if duration * DEFAULT_RATE >= 1
    )
    empty = tuple(
        (path, _file_address(path), "it has no length")
        for path, (_, d) in sorted(files.items())
        if d * DEFAULT_RATE < 1
    )
    return Cut("synchronised recordings", DEFAULT_RATE, 0, clips, (), empty)


def _file_address(path: str) -> str:
    return PurePosixPath(path).as_uri() if path.startswith("/") else quote(path)


def media_path(recording: ReleasedRecording, root: str) -> str:
    """The address of the recording's fullest published file, percent-encoded below ``root``."""
    for role in ("full", "v720", "v360", "sound"):
        found = recording.rendition(role)
        if found:
            return root + quote(found.path)
    return root + quote(f"media/{recording.slug}/")


def printable(text: str) -> str:
    """Text on one line without marks that XML forbids or that reorder what is read."""
    return " ".join(visible(text).split())


def _clip(recording: ReleasedRecording, root: str, rate: int, zero: int) -> Clip:
    assert recording.alignment is not None
    a = recording.alignment
    return Clip(
        slug=recording.slug,
        title=printable(recording.title),
        url=media_path(recording, root),
        start=_frames(a.offset - zero, rate),
        length=max(1, recording.duration * rate // SECOND),
        picture=recording.width > 0,
        sound=recording.has_sound,
        offset_us=a.offset,
        uncertainty_us=a.uncertainty,
        drift_ppm=a.drift_ppm,
        drift_uncertainty_ppm=a.drift_uncertainty_ppm,
        exhibit=recording.exhibit,
    )


def _marks(release: Release, rate: int, zero: int, end: int) -> Iterator[Mark]:
    """Moments that fall on the cut; a moment before or after every recording has no frame to mark."""
    for moment in sorted(release.moments, key=lambda m: (m.start, m.id)):
        at = _frames(moment.start - zero, rate)
        length = _frames(moment.end - moment.start, rate) if moment.end is not None else 1
        if 0 <= at < end:
            yield Mark(
                at, max(1, min(length, end - at)), printable(f"{moment.id} {moment.title}"), printable(moment.text)
            )


def _frames(us: int, rate: int) -> int:
    return (us * rate + SECOND // 2) // SECOND


def _common_rate(release: Release) -> int:
    rates = Counter(round(r.fps) for r in release.recordings if r.width and round(r.fps) in RATES)
    return min(rates, key=lambda rate: (-rates[rate], rate)) if rates else DEFAULT_RATE


def _of_day(release: Release, zero: int, rate: int) -> int:
    first = instant(IncidentTime(zero), release.case.at)
    us = (first.hour * 3600 + first.minute * 60 + first.second) * SECOND + first.microsecond
    return us * rate // SECOND
