# SPDX-License-Identifier: Apache-2.0
"""ELAN annotation files (EAF 3.0), one for each placed recording, in that recording's own time.

One file for all recordings would need ELAN's TIME_ORIGIN for media that start later than the first;
programs that read EAF disagree on its sign, so no file depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from plainview.model.release import Release, ReleasedRecording
from plainview.model.time import IncidentTime, iso_utc
from plainview.publish.exports_cut import media_path, printable
from plainview.publish.words import reason

Line = tuple[int, int, str]
"""Start and end in ms of media time, and the text."""


def eaf(release: Release, root: str) -> dict[str, str]:
    """``<slug>.eaf`` for every placed recording: a tier for each speaker and one for moments."""
    return {
        f"{r.slug}.eaf": _document(release, r, root) for r in release.recordings if r.alignment and r.duration >= 1000
    }


def _document(release: Release, recording: ReleasedRecording, root: str) -> str:
    document = Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": printable(release.office.name),
            "DATE": iso_utc(release.released_at),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
        },
    )
    header = SubElement(document, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    url = media_path(recording, root)
    kind = "video/mp4" if recording.width else "audio/mp4"
    SubElement(header, "MEDIA_DESCRIPTOR", {"MEDIA_URL": url, "MIME_TYPE": kind, "RELATIVE_MEDIA_URL": url})
    tiers = sorted(_spoken(release, recording).items())
    moments = list(_moments(release, recording))
    order = SubElement(document, "TIME_ORDER")
    count = 0
    for name, lines in [*tiers, ("moments", moments)]:
        tier = Element("TIER", {"LINGUISTIC_TYPE_REF": "default-lt", "TIER_ID": name, "DEFAULT_LOCALE": "en"})
        for start, end, text in lines:
            count += 1
            _annotate(order, tier, count, (start, end, text))
        document.append(tier)
    SubElement(
        document,
        "LINGUISTIC_TYPE",
        {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": "default-lt", "TIME_ALIGNABLE": "true"},
    )
    SubElement(document, "LOCALE", {"COUNTRY_CODE": "US", "LANGUAGE_CODE": "en"})
    indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(document, encoding="unicode") + "\n"


def _annotate(order: Element, tier: Element, number: int, line: Line) -> None:
    start, end, text = line
    for slot, value in ((2 * number - 1, start), (2 * number, end)):
        SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": f"ts{slot}", "TIME_VALUE": str(value)})
    holder = SubElement(tier, "ANNOTATION")
    slots = {"TIME_SLOT_REF1": f"ts{2 * number - 1}", "TIME_SLOT_REF2": f"ts{2 * number}"}
    annotation = SubElement(holder, "ALIGNABLE_ANNOTATION", {"ANNOTATION_ID": f"a{number}", **slots})
    SubElement(annotation, "ANNOTATION_VALUE").text = text


def _spoken(release: Release, recording: ReleasedRecording) -> dict[str, list[Line]]:
    """Lines heard on the recording, by speaker; lines of one tier never overlap, as EAF demands."""
    tiers: dict[str, list[Line]] = {}
    for said in sorted(release.utterances, key=lambda u: (u.start, u.id)):
        if recording.exhibit not in said.heard_on:
            continue
        text = " ".join(f"[{reason(word.hidden)}]" if word.hidden else word.text for word in said.words)
        _append(tiers.setdefault(printable(said.speaker) or "speech", []), _clip(recording, said.start, said.end, text))
    return tiers


def _moments(release: Release, recording: ReleasedRecording) -> Iterable[Line]:
    lines: list[Line] = []
    for moment in sorted(release.moments, key=lambda m: (m.start, m.id)):
        end = moment.end if moment.end is not None else moment.start + 1_000_000
        _append(lines, _clip(recording, moment.start, end, f"{moment.id}: {moment.title}"))
    return lines


def _clip(recording: ReleasedRecording, start: int, end: int, text: str) -> Line | None:
    """The part of an incident span that the recording covers, in whole ms; None when there is none."""
    assert recording.alignment is not None
    first = max(0, recording.alignment.media(IncidentTime(start)) // 1000)
    last = min(recording.duration // 1000, recording.alignment.media(IncidentTime(end)) // 1000)
    return (first, last, printable(text)) if last > first else None


def _append(lines: list[Line], line: Line | None) -> None:
    if line is None:
        return
    start = max(line[0], lines[-1][1]) if lines else line[0]
    if line[1] > start:
        lines.append((start, line[1], line[2]))
