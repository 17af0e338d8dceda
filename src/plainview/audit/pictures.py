# SPDX-License-Identifier: Apache-2.0
"""Every published video decoded again, whole: masks must be there on every picture, faces nowhere else.

What this module keeps true:

1. Every picture of every rendition is decoded; one that cannot be is a finding.
2. On each, every mask of that instant must be one flat fill, the same through the file.
3. Faces are looked for in one rendition (``looking``). The others are laid beside it picture by picture: where one
   differs in a place, or shows a picture that the first does not, it is looked at itself. What is clear in one is
   then clear in all, at a tenth of the cost of looking everywhere.
4. A cover that stops and goes on is a finding by itself, whether or not a face can be made out (``gaps``).
5. A look is bound to the pictures it saw and to what the plan says of them (``digest``): a later version that changes
   sound, captions or pages alone shows the same pictures, and they need not be looked at again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from plainview.audit.container import pictures_digest
from plainview.audit.coverage import SHADE_APART, SNAP, MaskPlaces, Placed, Shade, around, inside, shade
from plainview.audit.faces import Pixels
from plainview.audit.gaps import Gap, GapWatch
from plainview.audit.looking import BESIDE, FaceWatch, Sighting, differences, faces_in_still, middle, miniature
from plainview.audit.opening import open_media, planes, upright
from plainview.audit.outcome import NOBODY, Outcome
from plainview.model import wire
from plainview.model.audit import AuditedRecording, PictureLook
from plainview.model.finding import Box
from plainview.model.time import SECOND, MediaTime

LONGEST_SIDE = 960
"""Pixels the detector is given at most of a single picture: its authors warn above it."""
VIDEOS = ("v720.mp4", "v360.mp4", "full.mp4")
"""Renditions with pictures. The first that is there is searched for faces, the others are compared with it."""
UNLIKE = 24.0
"""Grey levels by which a block of two renditions' miniatures may differ: two encodings of one picture."""
_BEYOND = 16
"""Pixels by which pictures are rounded up to whole blocks, and their surplus is not shown."""

_UNDECODABLE = (av.error.FFmpegError, ValueError)


@dataclass(slots=True)
class _Looked:
    """What was seen of the masks of one file."""

    covered: list[tuple[MediaTime, Placed, Shade]] = field(default_factory=list)
    bare: list[tuple[MediaTime, Placed]] = field(default_factory=list)

    def usual(self) -> NDArray[np.float64] | None:
        """The fill of this file's covers; None when it shows none."""
        return np.median([found for _, _, found in self.covered], axis=0) if self.covered else None


@dataclass(slots=True)
class _Film:
    """One rendition being attacked: where it lies, its masks, its look-outs, its pictures as they come."""

    place: str
    masks: MaskPlaces
    watch: FaceWatch
    stream: Any
    container: Any
    looked: _Looked = field(default_factory=_Looked)
    missing: set[MediaTime] = field(default_factory=set)

    def pictures(self) -> Iterator[tuple[Any, MediaTime]]:
        """Every picture and its time, with its masks checked on the way."""
        for packet in self.container.demux(self.stream):
            if packet.size:
                self.missing.add(_time(packet, self.stream))
            for decoded in packet.decode():
                time, frame = _time(decoded, self.stream), upright(decoded)
                self.missing.discard(time)
                _check_masks(frame, time, self.masks, self.looked, self.watch.outcome)
                yield frame, time
        coded = self.stream.codec_context
        if coded.coded_width - coded.width >= _BEYOND or coded.coded_height - coded.height >= _BEYOND:
            sentence = "its pictures are larger than what is shown of them"
            self.watch.outcome.leak(self.place, "hidden pixels", sentence)


def _time(item: Any, stream: Any) -> MediaTime:
    """Presentation time of a packet or picture; both count in the stream's ticks."""
    ticks = item.pts if item.pts is not None else item.dts
    return MediaTime(round((ticks or 0) * stream.time_base * SECOND))


def renditions(folder: Path) -> list[tuple[Path, str]]:
    """The files with pictures of one recording, each with its name, the one to search for faces first."""
    return [(folder / name, name) for name in VIDEOS if (folder / name).is_file()]


def digest(folder: Path, recording: AuditedRecording) -> str:
    """SHA-256 over the pictures of every rendition and over all of the plan that bears on pictures."""
    seen = recording.plan.masks, recording.plan.blackouts, recording.kept, recording.width, recording.height
    shown = [(name, pictures_digest(path)) for path, name in renditions(folder)]
    return hashlib.sha256(wire.canonical([shown, seen])).hexdigest()


def take(seen: PictureLook, place: str, outcome: Outcome) -> None:
    """Put what a look found into the outcome, under the folder ``place`` of the release."""
    found = [replace(each, place=f"{place}/{each.place}") for each in seen.findings]
    outcome.take(Outcome(found, Counter(dict(seen.checked))))


def times_of(path: Path) -> list[MediaTime]:
    """The presentation times of a film's pictures, for the stills made from them; empty when it cannot be read."""
    try:
        with open_media(path) as container:
            stream = container.streams.video[0]
            return sorted(_time(packet, stream) for packet in container.demux(stream) if packet.size)
    except (*_UNDECODABLE, IndexError):
        return []


def attack_videos(paths: list[tuple[Path, str]], recording: AuditedRecording, outcome: Outcome) -> None:
    """All checks on the renditions of one recording, (file, place), the one to search for faces first."""
    for film in _watched(paths, recording, outcome):
        _judge_film(film, outcome)


def sightings(paths: list[tuple[Path, str]], recording: AuditedRecording, outcome: Outcome) -> list[Sighting]:
    """What no decision covers, faces and interrupted covers, each with its whole trail: what findings are made from."""
    films = _watched(paths, recording, outcome)
    gaps = [Sighting(list(gap.trail), 1.0) for film in films for gap in film.watch.gaps.end(film.looked.usual())]
    return gaps + [seen for film in films for seen in film.watch.end()]


def _watched(paths: list[tuple[Path, str]], recording: AuditedRecording, outcome: Outcome) -> list[_Film]:
    films: list[_Film] = []
    with ExitStack() as stack:
        for path, place in paths:
            try:
                container = stack.enter_context(open_media(path))
                films.append(_film(container, place, recording, outcome))
            except (*_UNDECODABLE, IndexError) as error:
                outcome.leak(place, "unreadable", f"cannot be decoded, so nothing in it is cleared ({error})")
        if films:
            _side_by_side(films[0], [_Beside(film, outcome) for film in films[1:]], outcome)
    return films


def attack_masks(path: Path, place: str, recording: AuditedRecording, outcome: Outcome) -> None:
    """Only whether every mask is there, on one rendition."""
    try:
        with open_media(path) as container:
            film = _film(container, place, recording, outcome)
            for _ in film.pictures():
                pass
    except (*_UNDECODABLE, IndexError) as error:
        outcome.leak(place, "unreadable", f"cannot be decoded, so nothing in it is cleared ({error})")
        return
    _judge(film.looked, place, outcome)


def _film(container: Any, place: str, recording: AuditedRecording, outcome: Outcome) -> _Film:
    stream = container.streams.video[0]
    width, height, across, down = stream.width, stream.height, recording.width, recording.height
    if abs(width * down - height * across) > abs(height * down - width * across):
        width, height = height, width  # it lies on its side in the file; every picture is turned
    masks = MaskPlaces(recording, width=width, height=height)
    return _Film(place, masks, FaceWatch(masks, outcome, GapWatch(masks)), stream, container)


def _side_by_side(first: _Film, others: list[_Beside], outcome: Outcome) -> None:
    """The first film searched for faces, the others compared with it, all in step: memory stays small."""
    for frame, time, small in _until_broken(first, outcome):
        first.watch.see(frame, time, small=small)
        for other in others:
            other.compare(time, small)
    for other in others:
        other.finish()


def _until_broken(film: _Film, outcome: Outcome) -> Iterator[tuple[Any, MediaTime, NDArray[np.uint8]]]:
    """The film's pictures up to its end, or to where it cannot be decoded, which is a finding."""
    try:
        for frame, time in film.pictures():
            yield frame, time, miniature(frame)
    except (*_UNDECODABLE, IndexError) as error:
        outcome.leak(film.place, "unreadable", f"cannot be decoded, so nothing in it is cleared ({error})")


class _Beside:
    """Another rendition of the same recording, laid beside the first."""

    def __init__(self, film: _Film, outcome: Outcome) -> None:
        self._film, self._outcome = film, outcome
        self._coming = _until_broken(film, outcome)
        self._next: tuple[Any, MediaTime, NDArray[np.uint8]] | None = next(self._coming, None)

    def compare(self, time: MediaTime, small: NDArray[np.uint8]) -> None:
        """Bring this film up to ``time``; whatever differs from the first film's picture is looked at."""
        while self._next is not None and self._next[1] <= time + SNAP:
            frame, at, own = self._next
            same = abs(at - time) <= SNAP and own.shape == small.shape and not unlike(small, own)
            self._outcome.checked["pictures compared between renditions"] += 1
            self._film.watch.see(frame, at, small=own, anyway=not same, skip=same)
            self._next = next(self._coming, None)

    def finish(self) -> None:
        """What this film shows after the first has ended."""
        while self._next is not None:
            frame, at, own = self._next
            self._film.watch.see(frame, at, small=own, anyway=True)
            self._next = next(self._coming, None)


def unlike(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    """Whether two renditions' miniatures show something else somewhere, beyond what encoding them differently does."""
    return float(differences(a, b).max(initial=0.0)) > UNLIKE


def _judge_film(film: _Film, outcome: Outcome) -> None:
    _judge(film.looked, film.place, outcome)
    gaps = film.watch.gaps.end(film.looked.usual())
    for gap in gaps:
        _report_gap(gap, film, outcome)
    for seen in film.watch.end():
        if not any(_shown_by(gap, seen) for gap in gaps):
            _report(seen, film, outcome)
    if film.missing:
        busy = {time for time in film.missing if film.masks.busy(time, time)}
        sentence = f"{len(film.missing)} pictures cannot be decoded, {len(busy)} of them with something to cover"
        outcome.leak(film.place, "unreadable", sentence, at=min(film.missing))


def _report_gap(gap: Gap, film: _Film, outcome: Outcome) -> None:
    (first, box), (last, _) = gap.trail[0], gap.trail[-1]
    sentence = f"a cover stops for {len(gap.trail)} pictures and goes on: what it hides can be seen between"
    where = film.masks.original(box)
    outcome.leak(film.place, "cover interrupted", sentence, subject=gap.subject, at=first, until=last, where=where)


def _shown_by(gap: Gap, seen: Sighting) -> bool:
    """Whether a face was seen nowhere but where an interrupted cover shows it: one leak, reported once."""
    places = dict(gap.trail)
    return all(time in places and around(places[time], middle(box)) for time, box in seen.trail)


def _report(seen: Sighting, film: _Film, outcome: Outcome) -> None:
    x, y = (round(value) for value in middle(seen.trail[0][1]))
    lasting = f" for {(seen.last - seen.first) / SECOND:.1f} s" if seen.last > seen.first else ""
    sentence = f"a face that no decision covers can be seen{lasting} (around {x}, {y}, sure {seen.score:.2f})"
    where = film.masks.original(seen.trail[0][1])
    subject = film.masks.ends_near(seen.first, seen.trail[0][1], within=BESIDE) or NOBODY
    outcome.leak(film.place, "face", sentence, subject=subject, at=seen.first, until=seen.last, where=where)


def _check_masks(frame: Any, time: MediaTime, masks: MaskPlaces, looked: _Looked, outcome: Outcome) -> None:
    placed = masks.at(time)
    subject = masks.blacked_out(time)
    if subject:
        placed = [Placed(Box(0, 0, frame.width, frame.height), "box", subject, -1)]
    if not placed:
        return
    pixels = planes(frame)
    outcome.checked["masked pictures"] += 1
    for mask in placed:
        area = inside(mask, width=frame.width, height=frame.height)
        if area is None:
            outcome.checked["masks too small to judge"] += 1
            continue
        found = shade(pixels, area)
        outcome.checked["masks"] += 1
        if found is None:
            looked.bare.append((time, mask))
        else:
            looked.covered.append((time, mask, found))


def _judge(looked: _Looked, place: str, outcome: Outcome) -> None:
    """One finding for each mask that fails somewhere, at its first failure, saying on how many pictures."""
    failed: dict[int, list[tuple[MediaTime, Placed]]] = {}
    for time, mask in looked.bare:
        failed.setdefault(mask.track, []).append((time, mask))
    usual = looked.usual()
    if usual is not None:
        for time, mask, found in looked.covered:
            if np.max(np.abs(np.array(found) - usual)) > SHADE_APART:
                failed.setdefault(mask.track, []).append((time, mask))
    for track in sorted(failed):
        first, mask = min(failed[track], key=lambda each: each[0])
        sentence = f"what must be covered can be seen on {len(failed[track])} pictures"
        last = max(time for time, _ in failed[track])
        outcome.leak(place, "mask missing", sentence, subject=mask.subject, at=first, until=last, where=mask.whole)


def report_faces(
    pixels: Pixels, *, place: str, outcome: Outcome, at: MediaTime | None, known: list[Box], grown: float = 1.0
) -> None:
    """A finding for each face in one still whose middle lies in no known box.

    ``grown`` turns its pixels into those of ``known``. A still has no neighbours to ask, so more is asked of it.
    """
    outcome.checked["stills searched for faces"] += 1
    for seen in faces_in_still(pixels):
        x, y = middle(seen.box)
        point = (x * grown, y * grown)
        if not any(around(box, point) for box in known):
            where = f"{round(point[0])}, {round(point[1])}"
            sentence = f"a face that no decision covers can be seen (around {where}, sure {seen.score:.2f})"
            found = Box(*(round(value * grown) for value in (seen.box.x, seen.box.y, seen.box.w, seen.box.h)))
            outcome.leak(place, "face", sentence, at=at, where=found)
