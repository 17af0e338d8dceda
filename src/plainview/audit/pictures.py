# SPDX-License-Identifier: Apache-2.0
"""Every published video decoded again: masks must be there on every picture, faces nowhere else.

What is looked at: in each rendition, every picture on which a mask must be (all of their groups are decoded);
in the two players' renditions also a picture a second, where a second detector looks for faces that no
decision covers. Pictures that no decision touches are otherwise not decoded: that is what keeps the audit
of nine cameras within minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from plainview.audit.coverage import MaskPlaces, Placed, inside, shade
from plainview.audit.faces import Pixels, second_detector
from plainview.audit.opening import open_media, planes
from plainview.audit.outcome import Outcome
from plainview.model.audit import AuditedRecording
from plainview.model.finding import Box
from plainview.model.time import SECOND, MediaTime

SHADE_APART = 12
"""Levels between the shade of one mask and the file's usual fill before it counts as not covered."""
EVERY = {"v360.mp4": SECOND, "v720.mp4": 6 * SECOND}
"""How often faces are looked for; the larger rendition shows smaller faces and costs four times as much."""
NEARLY = 50_000
"""µs around a mask in which pictures are decoded too: a mask that starts one picture late shows there."""
LONGEST_SIDE = 960
"""Pixels the detector is given at most: its authors warn above it."""

_UNDECODABLE = (av.error.FFmpegError, ValueError)


@dataclass(slots=True)
class _Looked:
    """What was seen of the masks of one file."""

    covered: list[tuple[MediaTime, Placed, tuple[float, float, float]]] = field(default_factory=list)
    bare: list[tuple[MediaTime, Placed]] = field(default_factory=list)
    times: list[MediaTime] = field(default_factory=list)


def attack_video(path: Path, place: str, recording: AuditedRecording, outcome: Outcome) -> list[MediaTime]:
    """All checks on one rendition; the presentation times of its pictures, for the stills made from them."""
    looked = _Looked()
    try:
        with open_media(path) as container:
            stream = container.streams.video[0]
            masks = MaskPlaces(recording, width=stream.width, height=stream.height)
            _look(container, masks, place, looked, outcome)
    except (*_UNDECODABLE, IndexError) as error:
        outcome.leak(place, "unreadable", f"cannot be decoded, so nothing in it is cleared ({error})")
    _judge(looked, place, outcome)
    return looked.times


def _look(container: Any, masks: MaskPlaces, place: str, looked: _Looked, outcome: Outcome) -> None:
    every = EVERY.get(place.rpartition("/")[2], 0)
    wanted = _Instants(masks, every)
    reader = _Reader(container, masks, wanted)
    for frame in reader.frames():
        time = reader.time(frame)
        _check_masks(frame, time, masks, looked, outcome)
        if every and wanted.due(time):
            _look_for_faces(frame, time, masks, place, outcome)
    looked.times = sorted(reader.times)
    if reader.missing:
        sentence = f"{len(reader.missing)} pictures with something to cover cannot be decoded"
        outcome.leak(place, "unreadable", sentence, at=min(reader.missing))


class _Instants:
    """When to look for faces: every so often, and at both ends of every mask."""

    def __init__(self, masks: MaskPlaces, every: int) -> None:
        self._every, self._next = every, 0
        self._edges = sorted(masks.edges()) if every and every <= SECOND else []

    def due(self, time: MediaTime) -> bool:
        due = time >= self._next
        if due:
            self._next = (time // self._every + 1) * self._every
        while self._edges and time >= self._edges[0] - SECOND // 30:
            # One picture before a mask starts, and the one after it ends, show a mask that is too short.
            due = True
            self._edges.pop(0)
        return due

    def expected(self, time: MediaTime) -> bool:
        """Whether a look is due at ``time``, without taking note of it."""
        return bool(self._every) and time >= self._next


class _Reader:
    """Decodes only what must be looked at: whole groups where masks are, else a key picture now and then."""

    def __init__(self, container: Any, masks: MaskPlaces, wanted: _Instants) -> None:
        self.times: list[MediaTime] = []
        self.missing: set[MediaTime] = set()
        """Pictures that had to be looked at and have not come out of the decoder (yet)."""
        self._container, self._masks, self._wanted = container, masks, wanted
        self._context = container.streams.video[0].codec_context
        self._base = container.streams.video[0].time_base
        self._warm = False

    def frames(self) -> Iterator[Any]:
        """The pictures to look at, in presentation order within a run of groups."""
        before: list[Any] = []
        for group in self._groups():
            times = [self.time(packet) for packet in group]
            self.times += times
            if self._masks.busy(MediaTime(min(times) - NEARLY), MediaTime(max(times) + NEARLY)):
                self.missing |= set(times)
                # A group may lean on the one before it (open groups): a cold decoder gets both.
                packets = group if self._warm else [*before, *group]
                self._warm = True
                for packet in packets:
                    yield from self._wanted_of(self._context.decode(packet))
            else:
                yield from self._stop()
                if self._wanted.expected(times[0]):
                    self.missing.add(times[0])
                    yield from self._wanted_of(self._context.decode(group[0]))
                    yield from self._stop(always=True)
            before = group
        yield from self._stop()

    def time(self, item: Any) -> MediaTime:
        """Presentation time of a packet or picture; both count in the stream's ticks."""
        ticks = item.pts if item.pts is not None else item.dts
        return MediaTime(round((ticks or 0) * self._base * SECOND))

    def _groups(self) -> Iterator[list[Any]]:
        group: list[Any] = []
        for packet in self._container.demux(self._container.streams.video[0]):
            if packet.size and packet.is_keyframe and group:
                yield group
                group = []
            if packet.size:
                group.append(packet)
        if group:
            yield group

    def _wanted_of(self, frames: Iterable[Any]) -> Iterator[Any]:
        for frame in frames:
            time = self.time(frame)
            if time in self.missing:
                self.missing.remove(time)
                yield frame

    def _stop(self, *, always: bool = False) -> Iterator[Any]:
        if self._warm or always:
            yield from self._wanted_of(self._context.decode(None))
            self._context.flush_buffers()
        self._warm = False


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
    if looked.covered:
        usual = np.median([found for _, _, found in looked.covered], axis=0)
        for time, mask, found in looked.covered:
            if np.max(np.abs(np.array(found) - usual)) > SHADE_APART:
                failed.setdefault(mask.track, []).append((time, mask))
    for track in sorted(failed):
        first, mask = min(failed[track], key=lambda each: each[0])
        sentence = f"what must be covered can be seen on {len(failed[track])} pictures"
        outcome.leak(place, "mask missing", sentence, subject=mask.subject, at=first)


def _look_for_faces(frame: Any, time: MediaTime, masks: MaskPlaces, place: str, outcome: Outcome) -> None:
    if masks.blacked_out(time):
        return
    scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    size = (round(frame.width * scale), round(frame.height * scale))
    pixels = frame.reformat(width=size[0], height=size[1], format="bgr24").to_ndarray()
    hidden = [placed.box for placed in masks.at(time)]
    report_faces(pixels, place=place, outcome=outcome, at=time, known=[*hidden, *masks.kept_at(time)], grown=1 / scale)


def report_faces(
    pixels: Pixels, *, place: str, outcome: Outcome, at: MediaTime | None, known: list[Box], grown: float = 1.0
) -> None:
    """A finding for each face whose middle lies in no known box. ``grown`` turns its pixels into those of ``known``."""
    outcome.checked["pictures searched for faces"] += 1
    for seen in second_detector().faces(pixels):
        middle = ((seen.box.x + seen.box.w / 2) * grown, (seen.box.y + seen.box.h / 2) * grown)
        if not any(_around(box, middle) for box in known):
            where = f"{round(middle[0])}, {round(middle[1])}"
            sentence = f"a face that no decision covers can be seen (around {where}, sure {seen.score:.2f})"
            outcome.leak(place, "face", sentence, at=at)


def _around(box: Box, middle: tuple[float, float]) -> bool:
    """Whether a point lies in a box grown by half: tracks and detectors disagree by that much."""
    across, down = box.w * 0.25 + 4, box.h * 0.25 + 4
    inside_across = box.x - across <= middle[0] <= box.x + box.w + across
    return inside_across and box.y - down <= middle[1] <= box.y + box.h + down
