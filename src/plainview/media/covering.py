# SPDX-License-Identifier: Apache-2.0
"""One decoding of a recording: covers what must be hidden and feeds every rendition made of its pictures.

A frame is covered before any encoder, scaler or still sees it, and again after scaling. A group of
pictures that is encoded again keeps its number of pictures and their times; when it cannot, the whole
track is encoded and the reason kept.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import IO

from plainview.errors import StepFailed
from plainview.media import mp4, nal, recheck, stills
from plainview.media.decode import Frame, frames
from plainview.media.encode import Look, PictureEncoder, Planes, planes, scaled, scaled_box, turned
from plainview.media.stretches import Crew, Stretch, stretches
from plainview.media.survey import Pictures
from plainview.model.case import Damage
from plainview.model.redaction import Ground, PlanReader, RecordingPlan
from plainview.model.time import SECOND, MediaSpan, MediaTime

Progress = Callable[[float], None]

LONGEST = 10 * SECOND
"""A player that goes to the end of a longer group has to decode too much before it shows anything."""

NOTHING_TO_COPY = "there is none in which nothing is covered"

FULL_CRF, TILE_CRF = 23, 28
"""x264 rate factors. Without macroblock trees 28 gives the sizes that 26 gave with them."""
FULL_PRESET = "superfast"
"""x264's preset of what is new in ``full.mp4``: 5.3 against 7.9 ms a picture at 720p, a tenth more bytes, the same
error. Tiles take more time for fewer bytes: readers load them."""
TILE_PRESET = "veryfast"
KEY_EVERY = SECOND
"""Key frames of the tiles: measured best for seeking four at once (research on players)."""
TILES = {"v360": 360, "v720": 720}
"""Role to the length of the shorter side."""


@dataclass(frozen=True, slots=True)
class Job:
    """What stays the same through all steps of one rendering."""

    original: Path
    out: Path
    plan: RecordingPlan
    tiles: bool
    poster_at: MediaTime
    progress: Progress
    finer: int = 0
    """How far below the usual x264 rate factors."""
    crew: Crew = field(default_factory=Crew)


@dataclass(slots=True)
class Made:
    """What one pass over the pictures left behind."""

    touched: tuple[int, ...]
    whole: str
    """Why everything was encoded again; empty when groups were copied."""
    spool: Spool
    sets: nal.ParameterSets | None
    seen: array[int] = field(default_factory=lambda: array("q"))
    """Media time of every picture."""
    marks: array[int] = field(default_factory=lambda: array("q"))
    """Of each picture that is to be copied, its mark; 0 of every other."""
    damaged: int = 0


class _CannotCopy(Exception):
    """A group turned out not to be what its packets promised."""


def cover_pictures(job: Job, known: Pictures) -> Made:
    """One decoding of the recording makes the tiles, the stills and what is new in ``full.mp4``."""
    if not known.obstacle and _all_in_vain(job.plan, known.spans):
        return _pass(job, known, whole=NOTHING_TO_COPY)
    if not known.obstacle:
        try:
            return _shared(job, known) if _can_share(job, known) else _pass(job, known, whole="")
        except _CannotCopy as reason:
            return _pass(job, known, whole=str(reason))
    return _pass(job, known, whole=known.obstacle)


def _all_in_vain(plan: RecordingPlan, spans: Sequence[MediaSpan]) -> bool:
    """Whether keeping groups would keep none, and leave a player nowhere to go to: new ones can be shorter."""
    longest = max(span.length for span in spans)
    return longest > LONGEST and len(touched(plan, spans)) == len(spans)


def check(job: Job, known: Pictures, made: Made) -> None:
    """Look at the finished ``full.mp4`` again, every picture of it."""
    parts = stretches(known) if job.crew.workers > 1 and not made.whole else (Stretch(),)
    cuts = [0, *(bisect_left(made.seen, part.start) for part in parts[1:] if part.start is not None), len(made.seen)]
    tasks = []
    for (first, last), part in zip(pairwise(cuts), parts, strict=True):
        bounds = (_before(made.seen, first), _before(made.seen, last))
        plan = job.plan.within(part.start, part.end)
        tasks.append(_Again(job.out / "full.mp4", made.seen[first:last], plan, bounds, made.marks[first:last]))
    for _ in job.crew.each(_look_again, tasks):
        pass


def _before(seen: array[int], index: int) -> int | None:
    """A time between two pictures; None before the first and after the last."""
    return (seen[index - 1] + seen[index]) // 2 if 0 < index < len(seen) else None


@dataclass(frozen=True, slots=True)
class _Again:
    """A stretch of a written file to be looked at."""

    path: Path
    expected: array[int]
    plan: RecordingPlan
    bounds: tuple[int | None, int | None]
    marks: array[int]


def _look_again(task: _Again) -> None:
    one, bounds, marks = Fraction(1), task.bounds, task.marks
    recheck.pictures(task.path, task.expected, plan=task.plan, across=one, down=one, bounds=bounds, marks=marks)


def _can_share(job: Job, known: Pictures) -> bool:
    """Whether stretches can be covered side by side; a tile is one film from beginning to end."""
    return job.crew.workers > 1 and not job.tiles and len(stretches(known)) > 1


def _shared(job: Job, known: Pictures) -> Made:
    """The same bytes as ``_pass``, by several processes: each group of pictures has an encoder of its own."""
    made = Made(touched(job.plan, known.spans), "", Spool(job.out), None)
    tasks = [
        _Task(job.original, job.out / f".part.{n}", known, job.plan.within(each.start, each.end), each, job.finer)
        for n, each in enumerate(stretches(known))
    ]
    for number, part in enumerate(job.crew.each(_cover_stretch, tasks), start=1):
        made.spool.absorb(part.path, part.places)
        if part.obstacle:
            raise _CannotCopy(part.obstacle)
        if part.sets is not None and made.sets not in (None, part.sets):
            raise _CannotCopy("the encoder changed its parameter sets")
        made.sets = made.sets or part.sets
        made.seen.extend(part.seen)
        made.marks.extend(part.marks)
        made.damaged += part.damaged
        job.progress(number / len(tasks))
    return made


@dataclass(frozen=True, slots=True)
class _Task:
    """One stretch to be covered; ``path`` is where its pictures are put."""

    original: Path
    path: Path
    known: Pictures
    plan: RecordingPlan
    stretch: Stretch
    finer: int


@dataclass(frozen=True, slots=True)
class _Part:
    """What came of it."""

    path: Path
    places: dict[int, array[int]]
    sets: nal.ParameterSets | None
    seen: array[int]
    marks: array[int]
    damaged: int
    obstacle: str


def _cover_stretch(task: _Task) -> _Part:
    known = task.known
    made = Made(touched(task.plan, known.spans), "", Spool(task.path.parent, task.path), None)
    obstacle = ""
    try:
        full, plans = _TouchedGroups(known, made, crf=FULL_CRF - task.finer), PlanReader(task.plan)
        for found in frames(task.original, start=task.stretch.start, end=task.stretch.end):
            if isinstance(found, Damage):
                made.damaged += 1
                continue
            made.seen.append(found.at)
            at = _ticks(found, known)
            wanted = full.wants(at)
            made.marks.append(0 if wanted else recheck.mark(found.picture))
            if wanted:
                full.add(_covered_picture(found, known, plans.at(found.at)), at)
        full.close()
    except _CannotCopy as reason:
        obstacle = str(reason)
    made.spool.flush()
    return _Part(task.path, made.spool.places, made.sets, made.seen, made.marks, made.damaged, obstacle)


def _pass(job: Job, known: Pictures, *, whole: str) -> Made:
    made = Made(() if whole else touched(job.plan, known.spans), whole, Spool(job.out), None)
    crf = FULL_CRF - job.finer
    full = _WholeTrack(known, made, crf=crf) if whole else _TouchedGroups(known, made, crf=crf)
    sizes = tile_sizes(job, known)
    tiles = [_Tile(job.out / f"{role}.mp4", known, size, crf=TILE_CRF - job.finer) for role, size in sizes.items()]
    sheet = stills.Sheet(known.spans[-1].end, known.width, known.height) if job.tiles else None
    poster = stills.Poster(job.poster_at) if job.tiles else None
    end = max(known.spans[-1].end, 1)
    plans = PlanReader(job.plan)
    for found in frames(job.original):
        if isinstance(found, Damage):
            made.damaged += 1
            continue
        made.seen.append(found.at)
        at = _ticks(found, known)
        wanted = full.wants(at)
        made.marks.append(0 if wanted else recheck.mark(found.picture))
        if not wanted and not job.tiles:
            continue
        plan = plans.at(found.at)
        picture = _covered_picture(found, known, plan)
        if wanted:
            full.add(picture, at)
        for tile in tiles:
            tile.add(picture, at=at, media=found.at, plan=plan)
        if sheet is not None and poster is not None:
            sheet.offer(picture, found.at)
            poster.offer(picture, found.at)
        job.progress(min(1.0, found.at / end))
    full.close()
    for tile in tiles:
        tile.close()
        recheck.pictures(tile.path, made.seen, plan=job.plan, across=tile.across, down=tile.down)
    if sheet is not None and poster is not None:
        sheet.save(job.out / "sprite.webp")
        poster.save(job.out / "poster.webp")
    return made


def _covered_picture(found: Frame, known: Pictures, plan: RecordingPlan) -> Planes:
    picture = planes(found.picture, rotation=found.rotation)
    if (found.size[0] + 1) // 2 * 2 != picture.size[0] or found.size != (known.width, known.height):
        raise StepFailed("the size of the pictures changes within the recording")
    _cover(picture, plan, found.at, Fraction(1), Fraction(1))
    return picture


def touched(plan: RecordingPlan, spans: Sequence[MediaSpan]) -> tuple[int, ...]:
    """Indexes of the groups in which a picture is covered."""
    return tuple(sorted(grounds_of(plan, spans)))


def grounds_of(plan: RecordingPlan, spans: Sequence[MediaSpan]) -> dict[int, set[Ground]]:
    """Index of each group in which a picture is covered, to what it is covered for."""
    hidden = [(mask.span, mask.ground) for mask in plan.masks] + list(plan.blackouts)
    # Groups are presented in order unless their times are damaged; then each is asked.
    starts = [span.start for span in spans]
    ordered = starts == sorted(starts)
    found: dict[int, set[Ground]] = {}
    for span, ground in hidden:
        first = max(0, bisect_right(starts, span.start) - 1) if ordered else 0
        last = bisect_left(starts, span.end) if ordered else len(spans)
        for index in range(first, last):
            if spans[index].overlaps(span):
                found.setdefault(index, set()).add(ground)
    return found


def _ticks(found: Frame, known: Pictures) -> int:
    return known.clock.ticks(found.picture.pts) if found.picture.pts is not None else _from_media(found, known)


def _from_media(found: Frame, known: Pictures) -> int:
    return round(Fraction(found.at, SECOND) * known.clock.timescale)


def _cover(picture: Planes, plan: RecordingPlan, at: MediaTime, across: Fraction, down: Fraction) -> None:
    if plan.blacked_out(at):
        picture.blacken()
        return
    for box, shape in plan.boxes_at(at):
        picture.cover(scaled_box(box, across=across, down=down), shape)


def tile_sizes(job: Job, known: Pictures) -> dict[str, tuple[int, int]]:
    """Role to width and height; never larger than the original, and no 720 for what is 360 already."""
    if not job.tiles:
        return {}
    shorter = min(known.width, known.height)
    sizes = {}
    for role, target in TILES.items():
        if role == "v360" or shorter > 360:
            scale = min(Fraction(1), Fraction(target, shorter))
            sizes[role] = (_even(known.width * scale), _even(known.height * scale))
    return sizes


def _even(length: Fraction) -> int:
    return max(2, round(length / 2) * 2)


def _look(
    known: Pictures, width: int, height: int, crf: int, *, set_id: int = 0, preset: str = FULL_PRESET
) -> Look:
    return Look(
        width,
        height,
        Fraction(1, known.clock.timescale),
        known.rate.limit_denominator(1001),
        crf,
        known.full_range,
        set_id,
        known.colour,
        preset,
    )


class _Tile:
    """One video-only rendition for the player: small, a key frame every second."""

    def __init__(self, path: Path, known: Pictures, size: tuple[int, int], *, crf: int) -> None:
        self.path, self._size = path, size
        self.across, self.down = Fraction(size[0], known.width), Fraction(size[1], known.height)
        self._encoder = PictureEncoder(_look(known, *size, crf=crf, preset=TILE_PRESET))
        self._writer = mp4.Writer(path, [mp4.Track(b"", known.clock.timescale, *size)])
        self._aspect = known.aspect
        self._next_key = MediaTime(0)

    def add(self, picture: Planes, *, at: int, media: MediaTime, plan: RecordingPlan) -> None:
        small = picture
        if picture.size != self._size:
            small = scaled(picture, width=self._size[0], height=self._size[1])
            # Scaling smears the edge of a cover into it; the cover is laid on again.
            _cover(small, plan, media, self.across, self.down)
        key = media >= self._next_key
        if key:
            self._next_key = MediaTime((media // KEY_EVERY + 1) * KEY_EVERY)
        for sample in self._encoder.add(small, at=at, duration=1, key=key):
            self._writer.add(0, sample)

    def close(self) -> None:
        with self._writer:
            for sample in self._encoder.close():
                self._writer.add(0, sample)
            if self._encoder.sets is None:
                raise StepFailed("no picture of the recording could be decoded")
            width, height = self._size
            self._writer.describe(
                0, mp4.h264_entry(self._encoder.sets, width=width, height=height, aspect=self._aspect)
            )


class _TouchedGroups:
    """Encodes again only the groups that a decision touches, each with a fresh encoder."""

    def __init__(self, known: Pictures, made: Made, *, crf: int) -> None:
        self._known, self._made = known, made
        self._starts = [known.clock.ticks(group.first) for group in known.groups]
        self._touched = set(made.touched)
        free = next((number for number in range(1, 32) if number not in known.taken), None)
        if free is None:
            raise _CannotCopy("its parameter sets leave no number for new ones")
        self._look = _look(known, *known.stored, crf, set_id=free)
        self._group = -1
        self._encoder: PictureEncoder | None = None
        self._count = 0

    def wants(self, at: int) -> bool:
        """Whether the picture at ``at`` must be given to ``add``; moves on to its group."""
        group = self._group
        while group + 1 < len(self._starts) and at >= self._starts[group + 1]:
            group += 1
        if group != self._group:
            self._leave()
            self._group = group
        return group in self._touched

    def add(self, picture: Planes, at: int) -> None:
        if self._encoder is None:
            self._encoder = PictureEncoder(self._look)
        # Pictures of one track lie alike: what was turned upright to be covered is laid down again.
        lying = turned(picture, -self._known.rotation)
        for sample in self._encoder.add(lying, at=at, duration=1, key=self._count == 0):
            self._made.spool.put(self._group, sample)
        self._count += 1

    def close(self) -> None:
        self._leave()

    def _leave(self) -> None:
        """Finish the running group; its pictures must be as many as its packets (rule 2)."""
        if self._group in self._touched and self._count != self._known.groups[self._group].packets:
            raise _CannotCopy("some pictures come in more than one packet or could not be decoded")
        if self._encoder is not None:
            for sample in self._encoder.close():
                self._made.spool.put(self._group, sample)
            if self._made.sets not in (None, self._encoder.sets):
                raise _CannotCopy("the encoder changed its parameter sets")
            self._made.sets = self._encoder.sets
        self._encoder, self._count = None, 0


class _WholeTrack:
    """Encodes every picture again, a key frame every two seconds."""

    def __init__(self, known: Pictures, made: Made, *, crf: int) -> None:
        self._made = made
        self._key_step = 2 * known.clock.timescale
        width, height = (known.width + 1) // 2 * 2, (known.height + 1) // 2 * 2
        self._encoder = PictureEncoder(_look(known, width, height, crf))
        self._next_key = 0

    def wants(self, at: int) -> bool:
        return True

    def add(self, picture: Planes, at: int) -> None:
        key = at >= self._next_key
        if key:
            self._next_key = (at // self._key_step + 1) * self._key_step
        for sample in self._encoder.add(picture, at=at, duration=1, key=key):
            self._made.spool.put(0, sample)

    def close(self) -> None:
        for sample in self._encoder.close():
            self._made.spool.put(0, sample)
        self._made.sets = self._encoder.sets


PLACE = 6
"""Numbers kept of a sample: that of its file, offset, size, presentation time, key or not, duration."""


class Spool:
    """Encoded samples on disk until they are woven in; only their places are kept in memory."""

    def __init__(self, folder: Path, path: Path | None = None) -> None:
        """``path`` gives the file a name, for another process to take it over."""
        if path is None:
            self._files: list[IO[bytes]] = [tempfile.TemporaryFile(dir=folder, prefix=".spool.")]  # noqa: SIM115 - lives on
        else:
            self._files = [path.open("w+b")]
        self._at = 0
        self.places: dict[int, array[int]] = {}
        """Group to the places of its samples, one behind the other."""

    def put(self, group: int, sample: mp4.Sample) -> None:
        self._files[0].write(sample.data)
        place = (0, self._at, len(sample.data), sample.pts, sample.key, sample.duration)
        self.places.setdefault(group, array("q")).extend(place)
        self._at += len(sample.data)

    def flush(self) -> None:
        """Let others read what was put."""
        self._files[0].flush()

    def absorb(self, path: Path, places: Mapping[int, array[int]]) -> None:
        """Take over what another process has put; its file loses its name."""
        self._files.append(path.open("rb"))
        path.unlink()
        number = len(self._files) - 1
        for group, rows in places.items():
            rows[::PLACE] = array("q", [number]) * (len(rows) // PLACE)
            self.places.setdefault(group, array("q")).extend(rows)

    def take(self, group: int) -> Iterator[mp4.Sample]:
        """The samples of one group in presentation order."""
        places = self.places.get(group, array("q"))
        for first in range(0, len(places), PLACE):
            number, at, size, pts, key, duration = places[first : first + PLACE]
            self._files[number].seek(at)
            yield mp4.Sample(self._files[number].read(size), pts, pts, bool(key), duration)
