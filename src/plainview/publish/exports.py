# SPDX-License-Identifier: Apache-2.0
"""One release in the formats other people's programs open.

What this module keeps true: every export is made from the same frozen ``Release`` that the page is made
from, so nothing can be in an export that is not published; the same release gives the same bytes; and a
recording that could not be placed on the case's clock is listed with its reason, never put at zero.

``FORMATS`` says what each is for; ``docs/formats/exports.md`` says what each leaves out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from plainview.errors import WrongUsage
from plainview.model.release import Release, ReleasedRecording
from plainview.model.time import SECOND, IncidentTime, instant
from plainview.model.transcript import Heard, Utterance, Word
from plainview.publish import captions, exports_cut, exports_eaf, exports_linked, exports_nle
from plainview.publish.words import reason

Files = Mapping[str, str]
"""File name to text, of one export."""


def export(release: Release, fmt: str, out: Path, *, media_root: str = "") -> list[Path]:
    """Write ``release`` as ``fmt`` into the folder ``out``; the files written, in order. Without any, no folder.

    ``media_root`` is put before every media path: the address of the release, or the folder it lies in
    (an absolute folder becomes a ``file:`` address); empty for an export that lies beside the release.
    ``WrongUsage`` names the known formats when ``fmt`` is none of them.
    """
    if fmt not in FORMATS:
        raise WrongUsage(f"unknown export format {fmt!r}; known are {', '.join(sorted(FORMATS))}")
    root = Path(media_root).as_uri() if media_root.startswith("/") else media_root
    root = root if not root or root.endswith("/") else root + "/"
    written = []
    for name, text in FORMATS[fmt](release, root).items():
        out.mkdir(parents=True, exist_ok=True)
        path = out / name
        path.write_text(text, encoding="utf-8", newline="")
        written.append(path)
    return written


def timeline_to_otio(files: Mapping[str, tuple[float, float]], out: Path) -> None:
    """Write synchronised files, ``{path: (offset_s, duration_s)}``, as one OpenTimelineIO timeline."""
    out.write_text(exports_nle.otio(exports_cut.cut_of_files(files)), encoding="utf-8", newline="")


def words_to_vtt(heard: Heard) -> str:
    """What one recording's recogniser heard, as WebVTT in the recording's own time.

    Long segments are cut into cues of at most eight seconds or 84 letters, the customary two lines.
    """
    cues = [cue for segment in heard.segments for cue in _cues(segment)]
    lines = [
        f"{captions.stamp(cue[0].start)} --> {captions.stamp(max(cue[-1].end, cue[0].start + 1000))}\n"
        + captions.escape(" ".join(word.text for word in cue))
        for cue in cues
    ]
    return "\n\n".join(["WEBVTT", "NOTE Machine transcript, not reviewed.", *lines]) + "\n"


def _cues(segment: Sequence[Word]) -> Iterable[list[Word]]:
    cue: list[Word] = []
    for word in segment:
        length = sum(len(each.text) + 1 for each in cue) + len(word.text)
        if cue and (word.end - cue[0].start > 8 * SECOND or length > 84):
            yield cue
            cue = []
        cue.append(word)
    if cue:
        yield cue


def _vtt(release: Release, _: str) -> Files:
    return {f"{r.slug}.vtt": captions.captions(r, release.utterances) for r in release.recordings if r.alignment}


def _csv(release: Release, _: str) -> Files:
    """One table for each kind of fact; times both as seconds after the first instant and as clock time."""
    return {
        "recordings.csv": _table(_RECORDING, (_recording_row(release, r) for r in release.recordings)),
        "transcript.csv": _table(_UTTERANCE, (_utterance_row(release, u) for u in release.utterances)),
        "moments.csv": _table(_MOMENT, (_moment_row(release, i) for i in range(len(release.moments)))),
        "statements.csv": _table(_STATEMENT, _statement_rows(release)),
        "hidden.csv": _table(_HIDDEN, _hidden_rows(release)),
        "status.csv": _table(
            ("date", "body", "about", "kind", "text", "answer_owed"),
            ((e.date, e.body, e.about, e.kind, e.text, "yes" if e.open else "no") for e in release.status),
        ),
    }


_RECORDING = (
    "exhibit", "slug", "title", "source", "device", "received_from", "sha256_of_original", "duration_s",
    "starts", "starts_s", "drift_ppm", "drift_uncertainty_ppm", "uncertainty_s", "placed_by", "not_placed_because",
)  # fmt: skip
_UTTERANCE = ("id", "starts", "starts_s", "ends_s", "speaker", "text", "state", "confidence", "heard_on")
_MOMENT = ("id", "kind", "starts", "starts_s", "ends_s", "uncertainty_s", "title", "text", "seen_on", "heard_on")
_STATEMENT = (
    "statement", "party", "capacity", "speaker", "date", "source", "quote",
    "assertion", "relation", "moment", "document", "page", "note", "limits",
)  # fmt: skip
_HIDDEN = ("where", "starts_s", "ends_s", "what", "reason", "law", "places")


def _recording_row(release: Release, recording: ReleasedRecording) -> Iterable[object]:
    a = recording.alignment
    placed = (
        (
            _clock(release, a.offset), a.offset / SECOND, a.drift_ppm,
            "" if a.drift_uncertainty_ppm is None else a.drift_uncertainty_ppm, a.uncertainty / SECOND, a.how,
        )
        if a
        else ("", "", "", "", "", "")
    )
    return (
        recording.exhibit, recording.slug, recording.title, recording.source.value, recording.device,
        recording.received_from, recording.original_sha256, recording.duration / SECOND,
        *placed, recording.unplaced_reason,
    )  # fmt: skip


def _utterance_row(release: Release, said: Utterance) -> Iterable[object]:
    text = " ".join(f"[{reason(word.hidden)}]" if word.hidden else word.text for word in said.words)
    heard = " ".join(_slug(release, exhibit) for exhibit in said.heard_on)
    return (
        said.id, _clock(release, said.start), said.start / SECOND, said.end / SECOND, said.speaker, text,
        said.state.value, round(said.confidence, 3), heard,
    )  # fmt: skip


def _moment_row(release: Release, index: int) -> Iterable[object]:
    moment = release.moments[index]
    return (
        moment.id, moment.kind, _clock(release, moment.start), moment.start / SECOND,
        "" if moment.end is None else moment.end / SECOND, moment.uncertainty / SECOND, moment.title, moment.text,
        " ".join(_slug(release, exhibit) for exhibit in moment.seen_on),
        " ".join(_slug(release, exhibit) for exhibit in moment.heard_on),
    )  # fmt: skip


def _statement_rows(release: Release) -> Iterable[Iterable[object]]:
    """A row for each citation of each assertion; what is not cited still has its row."""
    for s in release.statements:
        said = (s.id, s.party, s.capacity, s.speaker, s.date, s.source, s.quote)
        for assertion in s.assertions:
            for c in assertion.citations:
                page = "" if c.page is None else c.page
                yield (*said, assertion.text, c.relation.value, c.moment, c.document, page, c.note, c.limits)
            if not assertion.citations:
                yield (*said, assertion.text, "", "", "", "", "", "")
        if not s.assertions:
            yield (*said, "", "", "", "", "", "", "")


def _hidden_rows(release: Release) -> Iterable[Iterable[object]]:
    for recording in release.recordings:
        for r in recording.redactions:
            yield recording.slug, r.span.start / SECOND, r.span.end / SECOND, r.what, r.reason, r.law, 1
    for document in release.documents:
        for why, law, count in document.redactions:
            yield document.slug, "", "", "words or area", why, law, count


def _table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _safe(cell: object) -> object:
    """Text that a spreadsheet would run as a formula is led by an apostrophe, as spreadsheets themselves do."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + cell
    return cell


def _clock(release: Release, at: IncidentTime) -> str:
    return instant(at, release.case.at).isoformat(timespec="milliseconds")


def _slug(release: Release, exhibit: str) -> str:
    found = release.recording(exhibit)
    return found.slug if found else exhibit


FORMATS: dict[str, Callable[[Release, str], Files]] = {
    "csv": _csv,
    "eaf": exports_eaf.eaf,
    "edl": lambda release, root: exports_nle.edl(exports_cut.cut(release, root)),
    "fcpxml": lambda release, root: {"case.fcpxml": exports_nle.fcpxml(exports_cut.cut(release, root))},
    "iiif": exports_linked.iiif,
    "jsonld": exports_linked.schema_org,
    "kdenlive": lambda release, root: {"case.kdenlive": exports_nle.kdenlive(exports_cut.cut(release, root))},
    "otio": lambda release, root: {"case.otio": exports_nle.otio(exports_cut.cut(release, root))},
    "vtt": _vtt,
    "webannotation": exports_linked.web_annotations,
}
"""Format name to its maker; ``plainview export --to`` takes these."""

PROGRAMS = {
    "csv": ("Spreadsheets", "CSV"),
    "otio": ("Editing programs", "OpenTimelineIO"),
    "fcpxml": ("Final Cut Pro, DaVinci Resolve", "FCPXML"),
    "edl": ("Avid, Premiere", "EDL"),
    "kdenlive": ("Kdenlive", "Kdenlive project"),
    "eaf": ("Linguists and listeners", "ELAN"),
    "webannotation": ("Annotation tools", "W3C Web Annotation"),
    "iiif": ("Archives and viewers", "IIIF Presentation 3"),
    "jsonld": ("Search engines", "schema.org"),
}
"""Export format to whom it serves and what it is called, as the page lists them."""

BY_LINE = ("csv", "eaf", "iiif", "webannotation")
"""Those that hold every line, some of them once for each recording that hears it."""
