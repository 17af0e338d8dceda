# SPDX-License-Identifier: Apache-2.0
"""Every step by name: what it runs, which version it is, which weights it uses.

A step is a pure function of files and parameters: it takes paths, writes below its output folder,
and returns the JSON text of a model value. A change that can change a result raises its version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from plainview.model import wire
from plainview.model.audit import AuditPlan, PictureLook
from plainview.model.beep import BeepFinding
from plainview.model.case import GopCommitment, Source
from plainview.model.finding import ShotCandidate
from plainview.model.phrase import HeardAgain
from plainview.model.placement import PlaceRecording, placed
from plainview.model.redaction import DocumentPlan, RecordingPlan
from plainview.model.time import MediaSpan, MediaTime
from plainview.model.timeline import ClockReading, Timeline
from plainview.model.transcript import Heard


@dataclass(frozen=True, slots=True)
class Step:
    """``run(out, **args)`` gives the result as JSON text; ``weights()`` are model files it may read."""

    version: str
    run: Callable[..., str]
    weights: Callable[[], list[Path]] = list
    digests: Callable[[], tuple[str, ...]] = tuple


def _text(value: object) -> str:
    return json.dumps(wire.plain(value), ensure_ascii=False, sort_keys=True)


def _read(kind: Any, path: str) -> Any:
    return wire.build(kind, json.loads(Path(path).read_text()))


def _speech(out: Path, *, path: str, exhibit: str, model: str, telephone: bool) -> str:
    from plainview.media import speech

    return _text(speech.transcribe(Path(path), exhibit=exhibit, model=model, telephone=telephone))


def _again(
    out: Path, *, path: str, exhibit: str, model: str, telephone: bool, spans: list[dict[str, int]], phrase: str
) -> str:
    from plainview.media import speech, spotting

    stretches = wire.build(tuple[MediaSpan, ...], spans)
    heard = speech.hear_again(Path(path), stretches, exhibit=exhibit, model=model, telephone=telephone)
    return _text(HeardAgain(heard, spotting.weigh(speech.Forward(Path(path)), heard, phrase, model=model)))


def _shots(out: Path, *, path: str, exhibit: str) -> str:
    from plainview.media import shots

    return _text(shots.candidates(Path(path), exhibit=exhibit))


def _beeps(out: Path, *, path: str, exhibit: str) -> str:
    from plainview.media import beeps

    return _text(beeps.listen(Path(path), exhibit=exhibit))


def _edits(out: Path, *, path: str, exhibit: str) -> str:
    from plainview.media import edits

    return _text(edits.traces(Path(path), exhibit=exhibit))


def _faces(out: Path, *, path: str, exhibit: str, detector: dict[str, str] | None = None) -> str:
    from plainview.media import reentry, vision
    from plainview.media.detectors import Chosen

    tracks = vision.face_tracks(Path(path), exhibit=exhibit, chosen=Chosen(**(detector or {})))
    return wire.dumped(reentry.suggested(Path(path), tracks))


def _persons(out: Path, *, path: str, exhibit: str, detector: dict[str, str] | None = None) -> str:
    from plainview.media import vision
    from plainview.media.detectors import Chosen

    return wire.dumped(vision.person_tracks(Path(path), exhibit=exhibit, chosen=Chosen(**(detector or {}))))


def _writing(out: Path, *, path: str, exhibit: str) -> str:
    from plainview.media import writing

    return wire.dumped(writing.written_tracks(Path(path), exhibit=exhibit))


def _clock(out: Path, *, path: str, exhibit: str) -> str:
    from plainview.media import clocks

    return _text(clocks.overlay(Path(path), exhibit=exhibit))


def _pages(out: Path, *, path: str, name: str) -> str:
    from plainview.media import pages

    return _text(pages.read(Path(path), name=name))


def _photograph_text(out: Path, *, path: str, name: str) -> str:
    from plainview.media import photographs

    return _text((photographs.read(Path(path), name=name),))


def _claims(out: Path, *, held: dict[str, list[str]], lists: dict[str, str], films: dict[str, str]) -> str:
    from plainview.media import claims

    papers = {exhibit: Path(path) for exhibit, path in sorted(lists.items())}
    exported = {exhibit: Path(path) for exhibit, path in sorted(films.items())}
    known = {exhibit: (name, digest) for exhibit, (name, digest) in sorted(held.items())}
    return _text(claims.gather(known, lists=papers, films=exported))


def _sync(
    out: Path, *, files: dict[str, str], readings: list[dict[str, Any]], epoch: str, sources: dict[str, str]
) -> str:
    from plainview.media import sync

    given = wire.build(tuple[ClockReading, ...], readings)
    paths = {exhibit: Path(path) for exhibit, path in sorted(files.items())}
    known = {exhibit: Source(source) for exhibit, source in sorted(sources.items())}
    timeline = sync.synchronise(paths, readings=given, epoch=datetime.fromisoformat(epoch), sources=known)
    return _text(timeline)


def _placed(out: Path, *, timeline: str, decided: list[dict[str, Any]]) -> str:
    said = wire.build(tuple[PlaceRecording, ...], decided)
    return _text(placed(_read(Timeline, timeline), {each.exhibit: each for each in said}))


def _fusion(out: Path, *, heards: list[str], timeline: str, channels: dict[str, str]) -> str:
    from plainview.media import fusion

    heard = [_read(Heard, path) for path in heards]
    return _text(fusion.fuse(heard, _read(Timeline, timeline), channels=channels))


def _voices(out: Path, *, files: dict[str, str], fused: str, timeline: str) -> str:
    from plainview.media import speech, voices
    from plainview.media.fusion import Fused

    heard: Fused = _read(Fused, fused)
    readers = {exhibit: speech.Forward(Path(path)) for exhibit, path in sorted(files.items())}
    digest = hashlib.sha256(wire.canonical(heard)).hexdigest()
    return _text(voices.voices(readers, heard.utterances, _read(Timeline, timeline), fused=digest))


def _count(out: Path, *, candidates: dict[str, str], timeline: str) -> str:
    from plainview.media import shots

    found = {exhibit: _read(tuple[ShotCandidate, ...], path) for exhibit, path in sorted(candidates.items())}
    return _text(shots.reconcile(found, _read(Timeline, timeline)))


def _cameras(out: Path, *, beeps: dict[str, str], timeline: str) -> str:
    from plainview.media.beeps import ties

    found = {exhibit: _read(BeepFinding, path) for exhibit, path in sorted(beeps.items())}
    return _text(ties(found, _read(Timeline, timeline)))


def _render(
    out: Path,
    *,
    path: str,
    exhibit: str,
    sha256: str,
    plan: dict[str, Any],
    commitment: str,
    secret: str,
    poster_us: int,
) -> str:
    from plainview.media import conceal
    from plainview.media.silence import silent_spans

    rendered = conceal.render(
        Path(path),
        out,
        plan=wire.build(RecordingPlan, plan),
        exhibit=exhibit,
        sha256=sha256,
        commitment=_read(GopCommitment, commitment) if commitment else None,
        secret=bytes.fromhex(secret),
        poster_at=MediaTime(poster_us),
    )
    return _text(replace(rendered, silent=silent_spans(Path(path))))


def _paper(out: Path, *, path: str, name: str, plan: dict[str, Any]) -> str:
    from plainview.media import pages

    return _text(pages.conceal(Path(path), out, plan=wire.build(DocumentPlan, plan), name=name))


def _photograph(out: Path, *, path: str, plan: dict[str, Any]) -> str:
    from plainview.media import photographs

    return _text(photographs.conceal_photograph(Path(path), out, plan=wire.build(DocumentPlan, plan)))


def _look(out: Path, *, bag: str, plan: dict[str, Any], part: str) -> str:
    from plainview import audit

    return _text(audit.look(Path(bag), wire.build(AuditPlan, plan), part))


def _audit(out: Path, *, bag: str, plan: dict[str, Any], part: str, older: list[str], looks: list[str]) -> str:
    from plainview import audit

    before = [Path(each) for each in older]
    seen = [_read(PictureLook, each) for each in looks]
    return _text(audit.attack(Path(bag), wire.build(AuditPlan, plan), part=part, older=before, looks=seen))


def _picture(out: Path, *, path: str, at_us: int) -> str:
    from plainview.media import peek

    return _text(peek.picture(Path(path), out, at=MediaTime(at_us)))


def _leaf(out: Path, *, path: str, name: str, page: int, photograph: bool) -> str:
    from plainview.media import peek

    return _text(peek.leaf(Path(path), out, name=name, page=page, photograph=photograph))


def _peaks(out: Path, *, path: str, start_us: int, end_us: int) -> str:
    from plainview.media import peek

    return _text(peek.peaks(Path(path), start=MediaTime(start_us), end=MediaTime(end_us)))


def _ears(out: Path, *, path: str, start_us: int, other: str, there_us: int, length_us: int) -> str:
    from plainview.media import peek

    starts = MediaTime(start_us), MediaTime(there_us)
    peek.ears(Path(path), Path(other), out, starts=starts, length=length_us)
    return _text(None)


def _marked(out: Path, *, path: str, words: str) -> str:
    from plainview.media import watermark

    return _text({"pictures": watermark.mark(Path(path), out / "marked.mp4", words=words)})


def _agreement(out: Path, *, path: str, at_us: int, other: str, there_us: int) -> str:
    from plainview.media import strips

    found = strips.agreement((Path(path), MediaTime(at_us)), (Path(other), MediaTime(there_us)))
    (out / "picture").write_bytes(found.picture)
    return _text(found.peaks)


def _whisper_files() -> list[Path]:
    from plainview.media import weights

    return [weights.whisper("base").folder]


def _whisper_digests() -> tuple[str, ...]:
    from plainview.media import weights

    return tuple(weights.whisper("base").digests)


def _voice_files() -> list[Path]:
    from plainview.media import weights

    return [weights.voice_encoder()]


def _shot_digests() -> tuple[str, ...]:
    from plainview.media import shots

    return (shots.MODEL_SHA256,)


def _detector_digests() -> tuple[str, ...]:
    from plainview import audit

    return audit.detector_digests()


STEPS: dict[str, Step] = {
    "speech": Step("7", _speech, _whisper_files, _whisper_digests),
    "again": Step("4", _again, _whisper_files, _whisper_digests),
    "shots": Step("4", _shots, digests=_shot_digests),
    "faces": Step("10", _faces),
    "writing": Step("2", _writing),
    "persons": Step("1", _persons),
    "beeps": Step("4", _beeps),
    "edits": Step("1", _edits),
    "clock": Step("3", _clock),
    "pages": Step("1", _pages),
    "signs": Step("1", _photograph_text),
    "claims": Step("1", _claims),
    "sync": Step("11", _sync),
    "fusion": Step("9", _fusion),
    "voices": Step("1", _voices, _voice_files),
    "count": Step("9", _count),
    "render": Step("9", _render),
    "cameras": Step("2", _cameras),
    "paper": Step("1", _paper),
    "photograph": Step("1", _photograph),
    "look": Step("5", _look, digests=_detector_digests),
    "audit": Step("10", _audit),
    "picture": Step("1", _picture),
    "leaf": Step("1", _leaf),
    "peaks": Step("1", _peaks),
    "ears": Step("1", _ears),
    "placed": Step("1", _placed),
    "agreement": Step("1", _agreement),
    "marked": Step("1", _marked),
}


def versions(names: Sequence[str]) -> str:
    """``speech 1, shots 1``: what is written into the custody log."""
    return ", ".join(f"{name} {STEPS[name].version}" for name in names)
