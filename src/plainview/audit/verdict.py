# SPDX-License-Identifier: Apache-2.0
"""The attack on a built release: every file of the bag, taken apart with the plan in hand.

What this module keeps true:

1. It judges bytes: the files of the bag as they lie there, decoded by its own code; it shares nothing with
   what made them but the plan.
2. The report names exactly the list it attacked; a plan made for another list is refused.
3. Every file is looked into or is itself a finding: unknown kinds, files on no list, broken structures.
4. Older versions that stay published are attacked with the new plan: what is hidden now must not be
   visible there.

>>> report = attack(bag, plan)                                  # doctest: +SKIP
>>> must_be_clean(report, bag_sha256=digest)                    # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from plainview.audit import covering, faces, papers, pictures, pieces, reading, sound, stills, texts
from plainview.audit.container import attack_container, pictures_digest
from plainview.audit.fold import Needle, needles_of
from plainview.audit.outcome import Outcome
from plainview.errors import Blocked
from plainview.model.audit import AuditedDocument, AuditedRecording, AuditFinding, AuditPlan, AuditReport, PictureLook
from plainview.model.redaction import HiddenTerm
from plainview.model.time import MediaSpan, MediaTime

REST = "rest"
"""The part that is neither a recording nor a paper: pages, data, names, lists, older versions."""
TAG_MANIFEST = "tagmanifest-sha256.txt"
MANIFEST = "manifest-sha256.txt"
_LISTED_NOWHERE = frozenset({TAG_MANIFEST, f"{TAG_MANIFEST}.sig"})
_LINE = re.compile(r"[0-9a-f]{64}  (.+)")
_VERSION = re.compile(r"v[1-9][0-9]*")
_MAY_INLAY = frozenset({".html", ".css", ".js", ".svg", ".json", ".xml", ".md", ".txt", ".jsonld", ".webmanifest"})
"""Endings of texts in which a picture may be written as an address."""
_SOUNDS = ("a.m4a", "full.m4a", "full.mp4")
MARGIN = 300_000
"""µs at each end of a muted stretch by which an older version may differ: every mute reaches at least this far
beyond the words it hides, and a recording that joins later moves the case's clock within its error."""

_HIDDEN_NOW = frozenset({"mask missing", "sound", "waveform", "text"})
"""Findings about an older version that show what this one hides."""
_OF_STILLS = frozenset({"face", "text"})
"""The same of its stills: a face was left in sight there by a decision; if none says so any more, it is hidden now."""

Progress = Callable[[float], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Target:
    """What is attacked, and all that may be known: the bag, the plan, earlier versions, looks already made."""

    bag: Path
    plan: AuditPlan
    before: tuple[Path, ...]
    looks: tuple[PictureLook, ...]


def attack(
    bag: Path,
    plan: AuditPlan,
    *,
    part: str | None = None,
    older: Iterable[Path] | None = None,
    looks: Iterable[PictureLook] = (),
    progress: Progress | None = None,
    jobs: int = 1,
) -> AuditReport:
    """Everything that leaks from ``bag`` under ``plan``; with ``part``, only that part (see :func:`parts`).

    The report of a part is bound to that part's bytes and becomes a verdict only by :func:`merge`.
    ``older`` are the published bags of earlier versions; by default those that lie beside this one. ``looks`` at the
    pictures of recordings (:func:`look`) spare looking again, where they are about these pictures and this plan.
    Raises ``Blocked`` when the plan was made for other bytes, ``MissingPart`` without its detectors.
    """
    digest = hashlib.sha256((bag / TAG_MANIFEST).read_bytes()).hexdigest()
    if plan.bag_sha256 != digest:
        raise Blocked("the audit's plan was made for another build of this release")
    wanted = [part] if part else list(parts(plan))
    before = tuple(sorted(_older_beside(bag) if older is None else older))
    target = _Target(bag, plan, before, tuple(looks))
    outcome = Outcome()
    for done, each in enumerate(_each(_attack_part, [(target, part) for part in wanted], jobs), start=1):
        outcome.take(each)
        if progress is not None:
            progress(done / len(wanted))
    return _report(part_digest(bag, part), outcome, part=part) if part else _report(digest, outcome)


def parts(plan: AuditPlan) -> tuple[str, ...]:
    """The parts that can be attacked apart from each other; together they are the whole."""
    recordings = (f"media/{recording.slug}" for recording in plan.recordings)
    documents = (f"documents/{document.slug}" for document in plan.documents)
    return (*recordings, *documents, REST)


def filmed(bag: Path, plan: AuditPlan) -> tuple[str, ...]:
    """The parts whose pictures can be looked at apart from the rest of their attack (:func:`look`)."""
    return tuple(
        f"media/{each.slug}" for each in plan.recordings if pictures.renditions(bag / "data" / "media" / each.slug)
    )


def look(bag: Path, plan: AuditPlan, part: str) -> PictureLook:
    """What can be seen in the pictures of one recording: the costly half of its attack, which changes least."""
    return _look(bag / "data" / part, _recording(plan, part))


def _look(folder: Path, recording: AuditedRecording) -> PictureLook:
    """All that is seen in the pictures of one recording's renditions, and read in the one that shows most."""
    outcome, films = Outcome(), pictures.renditions(folder)
    pictures.attack_videos(films, recording, outcome)
    read = reading.read_film(films[0][0], outcome) if films else ()
    checked = tuple(sorted(outcome.checked.items()))
    return PictureLook(pictures.digest(folder, recording), tuple(outcome.findings), checked, read)


def look_all(releases: Iterable[tuple[Path, AuditPlan]], *, jobs: int = 1) -> list[PictureLook]:
    """Looks at every recording of several versions: pictures that are in more than one are looked at once."""
    wanted: dict[str, tuple[Path, AuditPlan, str]] = {}
    for bag, plan in releases:
        for part in filmed(bag, plan):
            wanted.setdefault(look_digest(bag, plan, part), (bag, plan, part))
    return list(_each(look, wanted.values(), jobs))


def look_digest(bag: Path, plan: AuditPlan, part: str) -> str:
    """What :func:`look` depends on: the pictures of every rendition, and what the plan says of them."""
    return pictures.digest(bag / "data" / part, _recording(plan, part))


def look_plan(plan: AuditPlan, part: str) -> AuditPlan:
    """What of the plan bears on the pictures of one part."""
    recording = _recording(plan, part)
    seen = replace(recording.plan, mutes=())
    return AuditPlan("", (replace(recording, plan=seen, muted=(), duration=None, moments=(), elsewhere=()),), (), ())


def _recording(plan: AuditPlan, part: str) -> AuditedRecording:
    return next(each for each in plan.recordings if f"media/{each.slug}" == part)


def part_plan(plan: AuditPlan, part: str) -> AuditPlan:
    """What of the plan bears on one part: the same value, as long as nothing decided about it changes."""
    return AuditPlan(
        "",
        tuple(each for each in plan.recordings if part in (f"media/{each.slug}", REST)),
        tuple(each for each in plan.documents if part in (f"documents/{each.slug}", REST)),
        plan.terms,
    )


def part_digest(bag: Path, part: str) -> str:
    """SHA-256 over the names and digests of all that is looked at for ``part``.

    The rest depends on the names of every file (one may be on no list), and on the bytes of its own.
    """
    lines = []
    for path in _files(bag):
        place = path.relative_to(bag).as_posix()
        own = place.startswith(f"data/{part}/") if part != REST else not _apart(place)
        if own or part == REST:
            lines.append(f"{place} {_digest(path) if own and place not in _LISTED_NOWHERE else ''}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _apart(place: str) -> bool:
    """Whether a file may belong to a recording or a paper, whose own part then looks into it."""
    return place.startswith(("data/media/", "data/documents/")) and place.count("/") > 2


def merge(reports: Sequence[AuditReport], plan: AuditPlan, bag: Path) -> AuditReport:
    """The reports of all parts as one verdict over the bag; ``Blocked`` when one is missing or stale."""
    given = {report.part: report for report in reports}
    outcome = Outcome()
    for part in parts(plan):
        if part not in given or given[part].bag_sha256 != part_digest(bag, part):
            raise Blocked(f"the audit of {part} is missing or stale")
        outcome.findings += given[part].findings
        outcome.checked.update(dict(given[part].checked))
        outcome.covered += given[part].covered
    digest = hashlib.sha256((bag / TAG_MANIFEST).read_bytes()).hexdigest()
    if digest != plan.bag_sha256:
        raise Blocked("the audit's plan was made for another build of this release")
    return _report(digest, outcome)


def attack_around(site: Path, plan: AuditPlan) -> AuditReport:
    """The files of a site outside its version bags: entry pages, feeds, notices. Names, texts and pictures."""
    outcome = Outcome()
    needles = needles_of(plan.terms)
    for path in _files(site):
        place = path.relative_to(site).as_posix()
        if not any(_VERSION.fullmatch(name) for name in place.split("/")[:-1] if "proof" not in place):
            _attack_file(path, place, needles, outcome)
            if path.suffix.lower() in stills.PICTURES:
                _attack_any_picture(path, place, plan, outcome)
    listed = site / "site-manifest-sha256.txt"
    digest = hashlib.sha256(listed.read_bytes()).hexdigest() if listed.is_file() else ""
    return _report(digest, outcome)


def _each(do: Callable[..., T], wanted: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[T]:
    """What ``do`` makes of each, in order, with so many processes."""
    if jobs <= 1:
        yield from (do(*each) for each in wanted)
        return
    # Spawned, not forked: decoders and recognisers hold threads that a fork would tear.
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(do, *zip(*wanted, strict=True))


def _attack_part(target: _Target, part: str) -> Outcome:
    outcome, plan = Outcome(), target.plan
    if part == REST:
        _attack_rest(target, outcome)
        return outcome
    folder, _, slug = part.rpartition("/")
    if folder in ("media", ""):
        for recording in plan.recordings:
            if recording.slug == slug:
                _attack_recording(target, recording, outcome)
                return outcome
    for document in plan.documents:
        if folder in ("documents", "") and document.slug == slug:
            _attack_document(target, document, outcome)
            return outcome
    raise ValueError(f"the plan has no part {part!r}")


def _attack_recording(target: _Target, recording: AuditedRecording, outcome: Outcome) -> None:
    place = f"data/media/{recording.slug}"
    folder, terms = target.bag / place, target.plan.terms
    needles = needles_of(terms)
    for path in _files(folder):
        _attack_file(path, f"{place}/{path.relative_to(folder).as_posix()}", needles, outcome)
    _attack_pictures(folder, place, recording, target.looks, needles=needles, outcome=outcome)
    _attack_sounds(folder, place, recording, terms, outcome)
    outcome.covered += covering.shares(recording)
    covering.attack_reasons(place, covering.grounds_of(recording), outcome)
    for earlier in target.before:
        _attack_earlier(earlier, target.bag, recording, outcome)


def _attack_pictures(
    folder: Path,
    place: str,
    recording: AuditedRecording,
    looks: tuple[PictureLook, ...],
    *,
    needles: list[Needle],
    outcome: Outcome,
) -> None:
    """Every rendition's pictures and what can be read there, as a look told that was about them or as they are seen

    now; then stills and waves."""
    films = pictures.renditions(folder)
    if films:
        wanted = pictures.digest(folder, recording)
        known = next((each for each in looks if each.digest == wanted), None) or _look(folder, recording)
        pictures.take(known, place, outcome)
        reading.attack_words(known.read, f"{place}/{films[0][1]}", needles, outcome)
    times = pictures.times_of(films[0][0]) if films else []
    for path in _files(folder):
        where = f"{place}/{path.relative_to(folder).as_posix()}"
        if path.name in ("wave.dat", "wave.js"):
            sound.attack_wave(path, where, recording, outcome)
        elif path.parent.name == pieces.FOLDER:
            pieces.attack_part(path, where, outcome)
        elif path.name == "sprite.webp":
            _guarded(stills.attack_sheet, path, where, recording, times, outcome=outcome)
        elif path.suffix.lower() in stills.PICTURES:
            _guarded(stills.attack_poster, path, where, recording, outcome=outcome)
            if needles:
                _guarded(reading.attack_print, path, where, needles, outcome=outcome)


def _attack_sounds(
    folder: Path, place: str, recording: AuditedRecording, terms: tuple[HiddenTerm, ...], outcome: Outcome
) -> None:
    """Every file with sound; one that repeats the packets of another is listened to once."""
    if not (sound.stretches(recording) or sound.voices(recording) or recording.elsewhere):
        return
    heard: list[Path] = []
    for name in _SOUNDS:
        path = folder / name
        if not path.is_file() or any(sound.same_packets(path, other) for other in heard):
            continue
        track = sound.attack_sound(path, f"{place}/{name}", recording, outcome)
        if track is not None:
            sound.listen(track, f"{place}/{name}", recording, terms, outcome)
            sound.listen_elsewhere(track, f"{place}/{name}", recording, terms, outcome)
            heard.append(path)


def _attack_document(target: _Target, document: AuditedDocument, outcome: Outcome) -> None:
    place = f"data/documents/{document.slug}"
    folder = target.bag / place
    needles = needles_of([*target.plan.terms, *document.plan.terms])
    covering.attack_reasons(place, covering.grounds_of(document), outcome)
    sizes = _sizes(folder)
    for path in _files(folder):
        where = f"{place}/{path.relative_to(folder).as_posix()}"
        _attack_file(path, where, needles, outcome)
        if path.suffix.lower() == ".pdf":
            papers.attack_pdf(path, where, needles, document, outcome)
        elif path.suffix.lower() in stills.PICTURES:
            _guarded(stills.attack_picture, path, where, document.kept, sizes, outcome=outcome)
    for path in _files(folder):
        if path.suffix.lower() in stills.PICTURES:
            where = f"{place}/{path.relative_to(folder).as_posix()}"
            _guarded(stills.attack_page, path, where, document.plan, sizes, outcome=outcome)
            if needles:
                _guarded(reading.attack_print, path, where, needles, outcome=outcome)
    for earlier in target.before:
        _attack_earlier_paper(earlier, target.bag, document, needles, outcome)


def _attack_rest(target: _Target, outcome: Outcome) -> None:
    bag, plan = target.bag, target.plan
    needles = needles_of(plan.terms)
    known = {f"data/{part}/" for part in parts(plan) if part != REST}
    listed = _listed(bag)
    for path in _files(bag):
        place = path.relative_to(bag).as_posix()
        if place not in listed and place not in _LISTED_NOWHERE:
            outcome.leak(place, "unlisted file", "lies in the release and is on no list")
        if any(place.startswith(folder) for folder in known):
            continue  # another part looks into it
        _attack_file(path, place, needles, outcome)
        if path.suffix.lower() in (".mp4", ".m4a") or place.startswith(("data/media/", "data/documents/")):
            outcome.leak(place, "unknown recording", "the audit was told nothing about it, so it is not cleared")
        elif path.suffix.lower() == ".pdf":
            papers.attack_pdf(path, place, needles, None, outcome)
        elif path.suffix.lower() in stills.PICTURES:
            _attack_any_picture(path, place, plan, outcome)
            if needles:
                _guarded(reading.attack_print, path, place, needles, outcome=outcome)
        elif path.suffix.lower() in _MAY_INLAY:
            _guarded(stills.attack_inlaid, path, place, plan.recordings, outcome=outcome)
    covering.attack_contradictions(plan.recordings, outcome)
    for earlier in target.before:
        _attack_earlier_texts(earlier, bag, needles, outcome)
        _attack_earlier_stills(earlier, bag, plan, needles, outcome)


def _attack_any_picture(path: Path, place: str, plan: AuditPlan, outcome: Outcome) -> None:
    _guarded(stills.attack_still, path, place, plan.recordings, outcome=outcome)


def _attack_file(path: Path, place: str, needles: list[Needle], outcome: Outcome) -> None:
    """What every file gets: its name, its bytes and texts, and its container if it has one."""
    texts.attack_name(place, needles, outcome, place)
    if path.is_symlink():
        outcome.leak(place, "link", "is a link to somewhere else")
        return
    texts.attack_text(path, place, needles, outcome)
    _attack_attributes(path, place, outcome)
    if path.suffix.lower() in (".mp4", ".m4a"):
        attack_container(path, place, outcome)
    elif path.suffix.lower() in stills.PICTURES:
        stills.attack_pieces(path, place, outcome)


def _attack_attributes(path: Path, place: str, outcome: Outcome) -> None:
    """What the file system keeps beside a file's bytes travels with some copies."""
    if hasattr(os, "listxattr") and any(name.startswith("user.") for name in os.listxattr(path)):
        outcome.leak(place, "file attribute", "carries attributes beside its bytes")


# Older versions


def _attack_earlier(earlier: Path, bag: Path, recording: AuditedRecording, outcome: Outcome) -> None:
    """The same recording as published before, under the new plan; files that are the same were attacked already."""
    name = f"data/media/{recording.slug}"
    recording = replace(
        recording,
        plan=replace(recording.plan, mutes=tuple(replace(m, span=_within(m.span)) for m in recording.plan.mutes)),
        muted=tuple(replace(m, span=_within(m.span)) for m in recording.muted),
    )
    current = {_digest(path) for path in _files(bag / name)}
    changed = {path.name for path in _files(earlier / name) if _digest(path) not in current}
    shown = {pictures_digest(path) for path, _ in pictures.renditions(bag / name)}
    apart = Outcome()
    for path, video in pictures.renditions(earlier / name):
        if video in changed and pictures_digest(path) not in shown:
            pictures.attack_masks(path, video, recording, apart)
            break  # the renditions of one version show the same pictures
    for each in _SOUNDS:
        if each in changed and (sound.stretches(recording) or sound.voices(recording)):
            sound.attack_sound(earlier / name / each, each, recording, apart)
            break
    times = pictures.times_of(earlier / name / video) if (video := _first_film(earlier / name)) else []
    for path in (each for each in _files(earlier / name) if each.name in changed):
        if path.name == "wave.dat":
            sound.attack_wave(path, path.name, recording, apart)
        elif path.name == "sprite.webp":
            _guarded(stills.attack_sheet, path, path.name, recording, times, outcome=apart)
    _report_earlier(earlier, name, apart, outcome)
    shown_faces = Outcome()
    for path in (each for each in _files(earlier / name) if each.name in changed and each.name != "sprite.webp"):
        if path.suffix.lower() in stills.PICTURES:
            _guarded(stills.attack_poster, path, path.name, recording, outcome=shown_faces)
    _report_earlier(earlier, name, shown_faces, outcome, kinds=_OF_STILLS)
    outcome.checked["older renditions"] += len(changed)


def _first_film(folder: Path) -> str:
    return next((name for _, name in pictures.renditions(folder)), "")


def _report_earlier(
    earlier: Path, name: str, apart: Outcome, outcome: Outcome, *, kinds: frozenset[str] = _HIDDEN_NOW
) -> None:
    """What of an older version shows what this one hides; other faces were its own audit's matter."""
    for finding in apart.findings:
        if finding.kind in kinds:
            place = "/".join(part for part in ("..", earlier.name, name, finding.place) if part)
            sentence = f"{earlier.name}, still published, shows what this version hides: {finding.sentence}"
            whose, at, where = finding.subject, finding.at, finding.where
            outcome.leak(place, "older version", sentence, subject=whose, at=at, until=finding.until, where=where)


def _attack_earlier_paper(
    earlier: Path, bag: Path, document: AuditedDocument, needles: list[Needle], outcome: Outcome
) -> None:
    """The pictures of the same paper or photograph as published before, under the new plan."""
    name = f"data/documents/{document.slug}"
    current = {_digest(path) for path in _files(bag / name)}
    changed = [path for path in _files(earlier / name) if _digest(path) not in current]
    shown = [path for path in changed if path.suffix.lower() in stills.PICTURES]
    sizes = _sizes(earlier / name)
    apart = Outcome()
    for path in shown:
        where = path.relative_to(earlier / name).as_posix()
        _guarded(stills.attack_page, path, where, document.plan, sizes, outcome=apart)
        if needles:
            _guarded(reading.attack_print, path, where, needles, outcome=apart)
    _report_earlier(earlier, name, apart, outcome)
    outcome.checked["older pictures of papers"] += len(shown)


def _sizes(folder: Path) -> list[tuple[float, float]]:
    """Of each page of a paper or of a photograph, in the units of its masks."""
    sizes = next((papers.page_sizes(path) for path in _files(folder) if path.suffix.lower() == ".pdf"), [])
    photograph = folder / "photograph.jpg"
    return sizes or ([stills.size_of(photograph)] if photograph.is_file() else [])


def _within(span: MediaSpan) -> MediaSpan:
    """What is left of a muted stretch without its margins; never less than its middle fifth."""
    margin = min(MARGIN, (span.end - span.start) * 2 // 5)
    return MediaSpan(MediaTime(span.start + margin), MediaTime(span.end - margin))


def _attack_earlier_texts(earlier: Path, bag: Path, needles: list[Needle], outcome: Outcome) -> None:
    """Texts and papers of an older version that say what this one hides."""
    current = {_digest(path) for path in _files(bag)}
    for path in _files(earlier):
        if path.suffix.lower() in (".mp4", ".m4a", *stills.PICTURES) or _digest(path) in current:
            continue
        place = path.relative_to(earlier).as_posix()
        apart = Outcome()
        texts.attack_name(place, needles, apart, place)
        texts.attack_text(path, place, needles, apart)
        if path.suffix.lower() == ".pdf":
            papers.attack_pdf(path, place, needles, None, apart)
        for finding in apart.findings:
            if finding.kind in ("text", "bytes", "name"):
                sentence = f"{earlier.name}, still published, says what this version hides"
                outcome.leak(f"../{earlier.name}/{place}", "older version", sentence, subject=finding.subject)


def _attack_earlier_stills(
    earlier: Path, bag: Path, plan: AuditPlan, needles: list[Needle], outcome: Outcome
) -> None:
    """Stills on pages of an older version, outside recordings and papers, under the new plan."""
    current, apart = {_digest(path) for path in _files(bag)}, Outcome()
    for path in _files(earlier):
        place = path.relative_to(earlier).as_posix()
        if path.suffix.lower() not in stills.PICTURES or _apart(place) or _digest(path) in current:
            continue
        outcome.checked["older stills"] += 1
        _attack_any_picture(path, place, plan, apart)
        if needles:
            _guarded(reading.attack_print, path, place, needles, outcome=apart)
    _report_earlier(earlier, "", apart, outcome, kinds=_OF_STILLS)


def _older_beside(bag: Path) -> list[Path]:
    """Versions of the same case with a lower number in the folder that holds this one."""
    if not _VERSION.fullmatch(bag.name):
        return []
    others = [path for path in bag.parent.iterdir() if _VERSION.fullmatch(path.name) and path.is_dir()]
    return [path for path in others if int(path.name[1:]) < int(bag.name[1:])]


# Small things


def _guarded(check: Callable[..., None], path: Path, place: str, *about: object, outcome: Outcome) -> None:
    """A picture that cannot be opened is a finding: it cannot be cleared."""
    try:
        check(path, place, *about, outcome)
    except (OSError, ValueError, SyntaxError) as error:
        outcome.leak(place, "unreadable", f"cannot be opened, so it is not cleared ({error})")


def _files(folder: Path) -> list[Path]:
    found = [Path(root) / name for root, _, names in os.walk(folder) for name in names]
    return sorted(found)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _listed(bag: Path) -> set[str]:
    """Every path on the two lists of the bag."""
    lines = [line for name in (MANIFEST, TAG_MANIFEST) for line in (bag / name).read_text().splitlines()]
    return {match.group(1) for line in lines if (match := _LINE.fullmatch(line))}


def _report(digest: str, outcome: Outcome, *, part: str = "") -> AuditReport:
    found = sorted(outcome.findings, key=_order)
    looked = ((each.name, each.version) for each in faces.every_detector())
    detectors = (*looked, sound.recogniser_version(), reading.reader_version())
    covered = tuple(sorted(outcome.covered, key=lambda each: (each.recording, each.moment)))
    return AuditReport(digest, tuple(found), tuple(sorted(outcome.checked.items())), detectors, part, covered)


def _order(finding: AuditFinding) -> tuple[str, str, int, str, str]:
    return finding.place, finding.kind, -1 if finding.at is None else finding.at, finding.subject, finding.sentence
