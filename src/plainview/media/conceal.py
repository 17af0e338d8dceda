# SPDX-License-Identifier: Apache-2.0
"""One recording and its plan in, everything that is published of it out, with what must be hidden gone.

What this module keeps true:

1. Covered pixels are filled before any encoder sees them; a frame is found by its decoded timestamp.
2. Frame count, size and timestamps of ``full.mp4`` are the original's; a difference is an error.
3. A group of pictures that no decision touches is copied bit for bit; where that cannot be done the
   whole track is encoded again and ``notes`` says why.
4. Nothing but pictures and sound passes: no tag, date, name, subtitle, data track or hidden picture.
5. What was written is decoded again and checked before it is handed back.

Files written: ``v360.mp4``, ``v720.mp4`` (above 360 lines), ``a.m4a``, ``full.mp4`` (or ``full.m4a``),
``sprite.webp``, ``poster.webp``, ``wave.dat``, ``gops.json``. The same inputs give the same bytes. Without tiles
only ``full`` and ``gops.json`` are wanted. What is remembered of a picture or a packet of sound is a few numbers in an
array, so that eight hours fit.
"""

from __future__ import annotations

import hashlib
import heapq
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from plainview.errors import StepFailed, WrongUsage
from plainview.media import mp4, nal, proof, recheck, soundtrack, splice, stills
from plainview.media.covering import Job, Made, Progress, check, cover_pictures, grounds_of, tile_sizes
from plainview.media.detectors import PACKAGED, Chosen
from plainview.media.encode import SoundEncoder, sound_rate
from plainview.media.gop import committed
from plainview.media.rendered import Rendered
from plainview.media.stretches import Crew
from plainview.media.survey import Pictures, Sound, Survey, copied_pictures, copied_sound, survey
from plainview.media.vision import face_tracks, person_tracks, text_tracks
from plainview.model.case import GopCommitment
from plainview.model.finding import Box, Places, Track
from plainview.model.redaction import COVERS, Ground, MaskTrack, Mute, RecordingPlan
from plainview.model.release import GopProof, Rendition
from plainview.model.time import SECOND, MediaSpan, MediaTime, media_seconds

FINER = (0, 6, 12)
"""x264 rate factors below the usual, in turn: six steps halve the coder's error, and with it its ripples."""


def render(
    original: Path,
    out: Path,
    *,
    plan: RecordingPlan,
    exhibit: str,
    sha256: str,
    commitment: GopCommitment | None = None,
    secret: bytes = b"",
    poster_at: MediaTime | None = None,
    tiles: bool = True,
    progress: Progress | None = None,
    known: Survey | None = None,
    crew: Crew | None = None,
) -> Rendered:
    """Make every rendition of ``original`` under ``plan`` in the folder ``out``.

    ``commitment`` and ``secret`` are those of intake; without them no proof is written. ``known`` is the
    survey of ``original`` where it was made already. Any ``crew`` gives the same bytes. Raises
    ``UnreadableInput`` when the recording cannot be decoded, ``StepFailed`` when a check fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    for _, name in (*_ROLES, ("proof", "gops.json")):
        # What an earlier, interrupted attempt left must not be taken for this one's work.
        (out / name).unlink(missing_ok=True)
    known = known or survey(original)
    if known.pictures is None and known.sound is None:
        raise StepFailed("the recording has neither pictures nor sound")
    job = Job(
        original, out, plan, tiles, poster_at or MediaTime(0), progress or (lambda _: None), crew=crew or Crew()
    )
    heard = _sound(job, known.sound, known.pictures)
    if known.pictures is None:
        if heard is None:
            raise StepFailed("the recording holds no sound that can be decoded")
        made, full = None, _sound_only(job, heard)
    else:
        made, full = _covered(job, known.pictures, heard), out / "full.mp4"
    found = None
    if commitment is not None:
        found = proof.prove(
            full,
            out / "gops.json",
            commitment=commitment,
            secret=secret,
            exhibit=exhibit,
            sha256=sha256,
            changes=proof.Changes(
                grounds_of(plan, known.pictures.spans) if known.pictures else {},
                plan.mutes,
                pictures=made.whole if made else "",
                sound=heard.whole if heard else "",
            ),
        )
    notes = tuple(note for note in (*_notes(known.pictures, made), heard.note if heard else "") if note)
    return Rendered(_renditions(job, known.pictures, found), found, len(made.seen) if made else 0, notes)


@dataclass(frozen=True, slots=True)
class _Heard:
    """The sound of the full file: the recording's, the stretches of packets that are new, or why all are."""

    sound: Sound
    joint: splice.Joint = field(default_factory=splice.Joint)
    whole: str = ""
    """Why all of it was encoded again, as one channel, in words; empty where only runs of packets are new."""

    @property
    def note(self) -> str:
        return f"the sound was encoded again, as one channel, because {self.whole}" if self.whole else ""


NOT_THE_SAME = "a copy of them beside new ones does not decode as the original does"


def _covered(job: Job, known: Pictures, heard: _Heard | None) -> Made:
    """Pictures covered, written and looked at again; all of them new where copies stray."""
    try:
        return _fine_enough(job, known, heard)
    except recheck.CopyStrays:
        if known.obstacle:
            raise
        return _fine_enough(job, replace(known, obstacle=NOT_THE_SAME), heard)


def _fine_enough(job: Job, known: Pictures, heard: _Heard | None) -> Made:
    """Pictures covered, written and looked at again; finer where a coarse encoder's ripples cross a cover."""
    for finer in FINER:
        try:
            made = cover_pictures(replace(job, finer=finer), known)
            _mux(job, known, heard, made)
            check(job, known, made)
        except recheck.CoverStrays:
            if finer == FINER[-1]:
                raise
        else:
            return made
    raise RuntimeError("unreachable: the last try returns or raises")


def _mux(job: Job, known: Pictures, heard: _Heard | None, made: Made) -> None:
    """Weave copied and new pictures with the sound into ``full.mp4``."""
    (width, height), aspect, turn = known.stored, known.stored_aspect, known.rotation
    if made.whole:
        width, height = (known.width + 1) // 2 * 2, (known.height + 1) // 2 * 2
        aspect, turn = known.aspect, 0
    entry = mp4.h264_entry(_joined_sets(known, made), width=width, height=height, aspect=aspect)
    tracks = [mp4.Track(entry, known.clock.timescale, width, height, turn)]
    streams = [(0, known.clock.timescale, _woven(job, known, made))]
    if heard is not None:
        track, samples = _full_sound(job, heard)
        tracks.append(track)
        streams.append((1, track.timescale, samples))
    with mp4.Writer(job.out / "full.mp4", tracks) as writer:
        for _, number, sample in heapq.merge(*(_timed(*each) for each in streams), key=lambda item: item[:2]):
            writer.add(number, sample)


def _timed(number: int, timescale: int, samples: Iterator[mp4.Sample]) -> Iterator[tuple[Fraction, int, mp4.Sample]]:
    for sample in samples:
        yield Fraction(sample.dts, timescale), number, sample


def _joined_sets(known: Pictures, made: Made) -> nal.ParameterSets:
    """The parameter sets of every group in the file: the original's, the encoder's, or both."""
    if made.whole or known.sets is None:
        assert made.sets is not None
        return made.sets
    if made.sets is None:
        return known.sets
    return nal.ParameterSets(
        known.sets.sps + made.sets.sps, known.sets.pps + made.sets.pps, 4, known.sets.tail or made.sets.tail
    )


def _woven(job: Job, known: Pictures, made: Made) -> Iterator[mp4.Sample]:
    if made.whole:
        yield from made.spool.take(0)
        return
    touched = set(made.touched)
    current, fresh = -1, iter(())  # type: tuple[int, Iterator[mp4.Sample]]
    for group, sample, carried in copied_pictures(job.original, known):
        if group not in touched:
            yield sample
            continue
        if group != current:
            current, fresh = group, made.spool.take(group)
        new = next(fresh)
        # Sorted presentation times are never before the sorted decoding times they replace. Headers that came
        # with a picture may be those of the groups after it.
        yield mp4.Sample(carried + new.data, sample.dts, new.pts, new.key, sample.duration)


def _full_sound(job: Job, heard: _Heard) -> tuple[mp4.Track, Iterator[mp4.Sample]]:
    """The sound of ``full``: the original's packets, new where something is muted; or all of the published sound."""
    if heard.whole:
        made = survey(job.out / "a.m4a").sound
        assert made is not None
        return mp4.Track(SoundEncoder(made.rate).entry, made.rate), copied_sound(job.out / "a.m4a", made)
    sound = heard.sound
    entry = mp4.aac_entry(sound.config, rate=sound.rate, channels=sound.channels)
    samples = splice.spliced(job.original, sound, job.plan.mutes, heard.joint)
    return mp4.Track(entry, sound.rate), _rising(samples)


def _rising(samples: Iterator[mp4.Sample]) -> Iterator[mp4.Sample]:
    """Samples without those that repeat an instant already given (a stutter of the recorder)."""
    last: int | None = None
    for sample in samples:
        if last is None or sample.dts > last:
            yield sample
            last = sample.dts


def _sound(job: Job, sound: Sound | None, known: Pictures | None) -> _Heard | None:
    """Say how ``full`` is heard, None when there is no sound; write ``a.m4a`` and ``wave.dat`` where they are wanted.

    They are published beside the tiles, and ``full`` is made of them where its own packets cannot stay.
    """
    if sound is None:
        return None
    until = known.spans[-1].end if known is not None else MediaTime(0)
    rate = sound_rate(sound.rate)
    if not soundtrack.is_heard(job.original, rate=rate):
        return None
    joint = splice.Joint(obstacle=sound.obstacle)
    if job.plan.mutes and not sound.obstacle:
        joint = splice.joint(job.original, sound, job.plan.mutes)
    if job.tiles or joint.obstacle:
        target, wave = job.out / "a.m4a", job.out / "wave.dat"
        soundtrack.write_sound(job.original, target, wave, rate=rate, mutes=job.plan.mutes, until=until)
    return _Heard(sound, joint, joint.obstacle)


def _sound_only(job: Job, heard: _Heard) -> Path:
    track, samples = _full_sound(job, heard)
    with mp4.Writer(job.out / "full.m4a", [track]) as writer:
        for sample in samples:
            writer.add(0, sample)
    job.progress(1.0)
    return job.out / "full.m4a"


_ROLES: Sequence[tuple[str, str]] = (
    ("v360", "v360.mp4"),
    ("v720", "v720.mp4"),
    ("sound", "a.m4a"),
    ("full", "full.mp4"),
    ("full", "full.m4a"),
    ("sprite", "sprite.webp"),
    ("poster", "poster.webp"),
    ("wave", "wave.dat"),
)


def _renditions(job: Job, known: Pictures | None, found: GopProof | None) -> tuple[Rendition, ...]:
    """Every file that was made, in a fixed order, with its size and digest."""
    sizes = tile_sizes(job, known) if known is not None else {}
    if known is not None:
        sizes["full"] = ((known.width + 1) // 2 * 2, (known.height + 1) // 2 * 2)
        if job.tiles:
            sizes["sprite"] = stills.size_of(job.out / "sprite.webp")
            sizes["poster"] = stills.size_of(job.out / "poster.webp")
    notes = {
        "sprite": "one still every 10 s, ten in a row" if job.tiles else "",
        "wave": f"{soundtrack.WAVE_POINTS_PER_SECOND} points a second of the published sound",
        "full": proof.spoken(found) if found else "",
    }
    made = []
    for role, name in _ROLES:
        path = job.out / name
        if path.is_file():
            width, height = sizes.get(role, (0, 0))
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            made.append(Rendition(role, name, path.stat().st_size, digest, width, height, notes.get(role, "")))
    return tuple(made)


def _notes(known: Pictures | None, made: Made | None) -> Iterator[str]:
    """What a reader should know of how the pictures were made, in words."""
    if made is not None and made.whole:
        yield f"no group of pictures could be copied bit for bit: {made.whole}"
    if made is not None and made.damaged:
        yield f"{made.damaged} damaged places of the recording hold no picture that can be shown"
    if known is not None and (known.width % 2 or known.height % 2):
        yield "the last row or column of pixels is doubled, because the size of the pictures is odd"


Finder = tuple[str, Callable[..., tuple[Track, ...]]]
"""What is looked for, and with what."""


def conceal_file(
    source: Path,
    target: Path,
    *,
    faces: bool,
    text: bool = False,
    persons: bool = False,
    boxes: Sequence[Mapping[str, Any]] = (),
    progress: Progress | None = None,
    workers: int = 1,
    detectors: Mapping[str, Chosen] | None = None,
) -> dict[str, Any]:
    """Cover one file without a case: faces, text and persons that are found, areas and stretches of sound given.

    Each of ``boxes`` is ``{"start": s, "end": s, "box": [x, y, w, h]}`` in seconds and pixels of the
    displayed picture, with an optional ``"shape": "ellipse"``, or ``{"start", "end", "mute": "tone"}``
    (or another of ``COVERS``), or ``{"start", "end", "whole": true}`` for the whole picture. Writes
    ``target`` and gives a report of what was hidden and when. ``workers``
    processes share the work; their number changes no byte. ``detectors`` sets other weights or what runs them.
    Raises ``WrongUsage`` for entries that do not fit.
    """
    if target.resolve() == source.resolve():
        raise WrongUsage("the covered file cannot take the place of the original")
    known = survey(source)
    given = [_given(entry) for entry in boxes]
    chosen = detectors or {}
    finders: list[Finder] = []
    if faces:
        finders.append(("face", partial(face_tracks, chosen=chosen.get("faces", PACKAGED))))
    if text:
        finders.append(("text", text_tracks))
    if persons:
        finders.append(("person", partial(person_tracks, chosen=chosen.get("persons", PACKAGED))))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _concealed(source, target, finders=finders, given=given, known=known, tell=progress, workers=workers)
    except StepFailed as error:
        raise StepFailed(f"{source.name}: {error}") from error


def _concealed(
    source: Path,
    target: Path,
    *,
    finders: Sequence[Finder],
    given: Sequence[_Given],
    known: Survey,
    tell: Progress | None,
    workers: int,
) -> dict[str, Any]:
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with Crew(workers) as crew, tempfile.TemporaryDirectory(dir=target.parent, prefix=".conceal-") as folder:
        tracks: list[Track] = []
        for number, (name, find) in enumerate(finders):
            part = _part(tell, 0.6 * number / len(finders), 0.6 * (number + 1) / len(finders))
            tracks += find(source, exhibit=name, known=known.pictures, crew=crew, progress=part)
        size = (known.pictures.width, known.pictures.height) if known.pictures is not None else (0, 0)
        masks = [mask for track in tracks for mask in masked(track, size)]
        masks += [each.mask for each in given if each.mask]
        made = render(
            source,
            Path(folder),
            plan=RecordingPlan(
                source.name,
                masks=tuple(masks),
                mutes=tuple(each.mute for each in given if each.mute),
                blackouts=tuple((each.span, _BY_REQUEST) for each in given if each.whole),
            ),
            exhibit="",
            sha256=sha256,
            commitment=_commitment(known, sha256),
            tiles=False,
            progress=_part(tell, 0.6, 1.0),
            known=known,
            crew=crew,
        )
        full = next(each for each in made.renditions if each.role == "full")
        (Path(folder) / full.path).replace(target)
    hidden = [
        *({"what": track.kind, "id": track.id, **_seconds(track.span)} for track in tracks),
        *({"what": "box", **_seconds(each.mask.span)} for each in given if each.mask),
        *({"what": "whole picture", **_seconds(each.span)} for each in given if each.whole),
        *({"what": "sound", "cover": each.mute.cover, **_seconds(each.span)} for each in given if each.mute),
    ]
    return {
        "schema": "ConcealReport.1",
        "source": source.name,
        "source_sha256": sha256,
        "target": target.name,
        "target_sha256": full.sha256,
        "frames": made.frames,
        "hidden": hidden,
        "notes": [note for note in (full.note, *made.notes) if note],
    }


def _commitment(known: Survey, sha256: str) -> GopCommitment | None:
    """What intake would have committed to; nothing about one file alone is secret."""
    if known.pictures is None:
        return None
    return committed(known.pictures.groups, known.pictures.spans, secret=b"", sha256=sha256)


def _part(progress: Progress | None, start: float, end: float) -> Progress:
    """Progress of one step as a part of the whole."""
    return lambda share: progress(start + (end - start) * share) if progress is not None else None


_BY_REQUEST = Ground("", "requested", "")

def masked(track: Track, size: tuple[int, int], ground: Ground = _BY_REQUEST) -> tuple[MaskTrack, ...]:
    """The covers that follow a track in pictures of this size, none when it has no point.

    The ellipse in a grown box covers all of the box before it grew (its margin is 30 %, and 0.8 times the root
    of two is more than one) with a fifth less of the picture. A box cut off at the picture's edge is covered
    whole: the ellipse in what is left of it would leave the corners of a face that is going out. So is text.
    """
    whole = track.kind != "face"
    runs = groupby(track.points, key=lambda point: "box" if whole or point.box.meets_edge(*size) else "ellipse")
    return tuple(MaskTrack(ground, Places((point.at, point.box) for point in run), shape) for shape, run in runs)


@dataclass(frozen=True, slots=True)
class _Given:
    """One entry of a boxes file: exactly one of the three."""

    span: MediaSpan
    mask: MaskTrack | None = None
    mute: Mute | None = None
    whole: bool = False
    """The whole picture is covered."""


def _given(entry: Mapping[str, Any]) -> _Given:
    """One entry of a boxes file, understood; ``WrongUsage`` when it is not."""
    try:
        span = MediaSpan(media_seconds(float(entry["start"])), media_seconds(float(entry["end"])))
        if len({"mute", "box", "whole"} & entry.keys()) > 1:
            raise ValueError("it asks for more than one thing")
        if "mute" in entry:
            if entry["mute"] not in COVERS:
                raise ValueError(f"mute is none of {', '.join(COVERS)}")
            return _Given(span, mute=Mute(span, _BY_REQUEST, entry["mute"]))
        if "whole" in entry:
            if entry["whole"] is not True or span.length == 0:
                raise ValueError("whole is not true, or for no time")
            return _Given(span, whole=True)
        x, y, w, h = (int(value) for value in entry["box"])
        if min(w, h) <= 0:
            raise ValueError("a box has no area")
        shape = str(entry.get("shape", "box"))
        if shape not in ("box", "ellipse"):
            raise ValueError(f"unknown shape {shape!r}")
    except (KeyError, TypeError, ValueError) as error:
        raise WrongUsage(f"a box does not fit ({error}): {dict(entry)!r}") from error
    box = Box(x, y, w, h)
    return _Given(span, mask=MaskTrack(_BY_REQUEST, ((span.start, box), (span.end, box)), shape))


def _seconds(span: MediaSpan) -> dict[str, float]:
    return {"start_s": round(span.start / SECOND, 3), "end_s": round(span.end / SECOND, 3)}
