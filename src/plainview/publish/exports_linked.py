# SPDX-License-Identifier: Apache-2.0
"""The release as linked data: W3C Web Annotations, IIIF Presentation 3, and schema.org for search engines.

An annotation points into a published file with a media fragment (``t=3.2,5``, seconds of that file) and
names the version it was made for, so a citation still says what it meant after a correction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from plainview.model.release import Release, ReleasedDocument, ReleasedRecording, Rendition
from plainview.model.time import SECOND, IncidentTime, instant, iso_utc
from plainview.model.transcript import Utterance
from plainview.publish.crate import media_type
from plainview.publish.exports_cut import media_path
from plainview.publish.words import reason

Json = dict[str, Any]

ANNOTATION_CONTEXT = "http://www.w3.org/ns/anno.jsonld"
IIIF_CONTEXT = "http://iiif.io/api/presentation/3/context.json"
FRAGMENTS = "http://www.w3.org/TR/media-frags/"


def web_annotations(release: Release, root: str) -> dict[str, str]:
    """``annotations.json``: what is said, what happens and what is hidden, each on every recording it is on."""
    items = [item for recording in release.recordings for item in _annotations(release, recording, root)]
    page = {
        "@context": ANNOTATION_CONTEXT,
        "id": f"{root or 'urn:'}annotations.json",
        "type": "AnnotationPage",
        "items": items,
    }
    return {"annotations.json": _dump(page)}


def _annotations(release: Release, recording: ReleasedRecording, root: str) -> Iterator[Json]:
    source, state = media_path(recording, root), _state(release)
    base = f"urn:plainview:{quote(release.case.id)}:{release.number}:{recording.slug}"
    for said in _heard(release, recording):
        span = _span(recording, said.start, said.end)
        if span:
            body = {"type": "TextualBody", "value": _text(said), "format": "text/plain", "purpose": "transcribing"}
            yield _annotation(f"{base}:{said.id}", "supplementing", body, _target(source, span, state))
    for moment in release.moments:
        span = _span(recording, moment.start, moment.end or IncidentTime(moment.start + SECOND))
        if span and recording.exhibit in (*moment.seen_on, *moment.heard_on):
            value = f"{moment.title}. {moment.text}".strip()
            body = {"type": "TextualBody", "value": value, "format": "text/plain", "purpose": "describing"}
            yield _annotation(f"{base}:{moment.id}", "describing", body, _target(source, span, state))
    for i, hidden in enumerate(recording.redactions):
        value = f"Hidden: {hidden.what} ({reason(hidden.reason)}, {hidden.law})"
        body = {"type": "TextualBody", "value": value, "format": "text/plain", "purpose": "classifying"}
        yield _annotation(
            f"{base}:hidden-{i + 1}", "classifying", body, _target(source, (hidden.span.start, hidden.span.end), state)
        )


def _annotation(name: str, motivation: str, body: Json, target: Json) -> Json:
    return {"id": name, "type": "Annotation", "motivation": motivation, "body": body, "target": target}


def _target(source: str, span: tuple[int, int], state: Json) -> Json:
    selector = {"type": "FragmentSelector", "conformsTo": FRAGMENTS, "value": _fragment(span)}
    return {"type": "SpecificResource", "source": source, "selector": selector, "state": state}


def _state(release: Release) -> Json:
    return {"type": "TimeState", "sourceDate": iso_utc(release.released_at)}


def _fragment(span: tuple[int, int]) -> str:
    return f"t={_seconds(span[0])},{_seconds(span[1])}"


def _seconds(us: int) -> str:
    return f"{us / SECOND:.3f}".rstrip("0").rstrip(".")


def _span(recording: ReleasedRecording, start: IncidentTime, end: IncidentTime) -> tuple[int, int] | None:
    """The part of an incident span that the recording covers, in its own time."""
    if recording.alignment is None:
        return None
    first = max(0, recording.alignment.media(start))
    last = min(int(recording.duration), recording.alignment.media(end))
    return (first, last) if last > first else None


def _heard(release: Release, recording: ReleasedRecording) -> list[Utterance]:
    return [said for said in release.utterances if recording.exhibit in said.heard_on]


def _text(said: Utterance) -> str:
    text = " ".join(f"[{reason(word.hidden)}]" if word.hidden else word.text for word in said.words)
    return f"{said.speaker}: {text}" if said.speaker else text


# --- IIIF ----------------------------------------------------------------------------------------


def iiif(release: Release, root: str) -> dict[str, str]:
    """``manifest.json``: a canvas for each recording and page. ``together.json``: all on one canvas in time.

    The first opens in today's viewers; the second says what is true, that the recordings share a clock.
    """
    base = root or f"https://example.org/{quote(release.case.id)}/"
    canvases = [_recording_canvas(release, r, base) for r in release.recordings if _playable(r)]
    canvases += [canvas for document in release.documents for canvas in _document_canvases(document, base)]
    manifests = {"manifest.json": _manifest(release, f"{base}manifest.json", canvases)}
    placed = [r for r in release.recordings if r.alignment and _playable(r)]
    if placed:
        manifests["together.json"] = _manifest(release, f"{base}together.json", [_shared_canvas(release, placed, base)])
    return {name: _dump(manifest) for name, manifest in manifests.items()}


def _playable(recording: ReleasedRecording) -> bool:
    return recording.duration > 0 and any(recording.rendition(role) for role in ("full", "v720", "v360", "sound"))


def _manifest(release: Release, name: str, canvases: list[Json]) -> Json:
    return {
        "@context": IIIF_CONTEXT,
        "id": name,
        "type": "Manifest",
        "label": _label(f"{release.case.id}: {release.case.title}"),
        "summary": _label(release.summary or release.headline or release.case.title),
        "requiredStatement": {"label": _label("Published by"), "value": _label(release.office.name)},
        "metadata": [
            {"label": _label("Version"), "value": _label(f"{release.number}, {iso_utc(release.released_at)}")}
        ],
        "items": canvases,
    }


def _recording_canvas(release: Release, recording: ReleasedRecording, base: str) -> Json:
    name = f"{base}canvas/{recording.slug}"
    seconds = recording.duration / SECOND
    canvas: Json = {"id": name, "type": "Canvas", "label": _label(recording.title), "duration": seconds}
    if recording.width:
        canvas |= {"width": recording.width, "height": recording.height}
    canvas["items"] = [_page(f"{name}/media", [_painting(f"{name}/media/1", _media(recording, base), name)])]
    notes = [_page(f"{name}/notes", list(_comments(release, recording, name)))]
    captions = recording.rendition("captions")
    if captions:
        notes.insert(0, _page(f"{name}/captions", [_captions(f"{name}/captions/1", captions, base, name)]))
    canvas["annotations"] = [note for note in notes if note["items"]]
    if not canvas["annotations"]:
        del canvas["annotations"]
    return canvas


def _media(recording: ReleasedRecording, base: str) -> Json:
    url = media_path(recording, base)
    kind = "Video" if recording.width else "Sound"
    body: Json = {"id": url, "type": kind, "format": media_type(url), "duration": recording.duration / SECOND}
    if recording.width:
        body |= {"width": recording.width, "height": recording.height}
    return body


def _captions(name: str, captions: Rendition, base: str, canvas: str) -> Json:
    body = {"id": base + quote(captions.path), "type": "Text", "format": "text/vtt", "language": "en",
            "label": _label("Captions")}  # fmt: skip
    return {"id": name, "type": "Annotation", "motivation": "supplementing", "body": body, "target": canvas}


def _comments(release: Release, recording: ReleasedRecording, canvas: str) -> Iterator[Json]:
    for moment in release.moments:
        span = _span(recording, moment.start, moment.end or IncidentTime(moment.start + SECOND))
        if span and recording.exhibit in (*moment.seen_on, *moment.heard_on):
            body = {"type": "TextualBody", "value": moment.title, "format": "text/plain", "language": "en"}
            yield {
                "id": f"{canvas}/notes/{moment.id}",
                "type": "Annotation",
                "motivation": "commenting",
                "body": body,
                "target": f"{canvas}#{_fragment(span)}",
            }


def _document_canvases(document: ReleasedDocument, base: str) -> Iterator[Json]:
    """A canvas for each page that has a picture; its size comes from the rendition of that name."""
    sizes = {rendition.path: rendition for rendition in document.renditions}
    for page in document.pages:
        image = sizes.get(page.image)
        if image is None or not image.width or not image.height:
            continue
        name = f"{base}canvas/{document.slug}/{page.number}"
        size = {"width": image.width, "height": image.height}
        body = {"id": base + quote(image.path), "type": "Image", "format": media_type(image.path), **size}
        label = _label(document.title if len(document.pages) == 1 else f"{document.title}, page {page.number}")
        yield {
            "id": name,
            "type": "Canvas",
            "label": label,
            **size,
            "items": [_page(f"{name}/media", [_painting(f"{name}/media/1", body, name)])],
        }


def _shared_canvas(release: Release, placed: list[ReleasedRecording], base: str) -> Json:
    """All placed recordings painted on one canvas, side by side, each at its time."""
    name = f"{base}canvas/together"
    zero = min(r.alignment.offset for r in placed if r.alignment)
    end = max(r.alignment.offset + r.duration for r in placed if r.alignment)
    seen = [r for r in placed if r.width]
    columns = max(1, round(len(seen) ** 0.5))
    width, height = 640 * columns, 360 * max(1, -(-len(seen) // columns))
    paintings = []
    for i, recording in enumerate(seen + [r for r in placed if not r.width]):
        assert recording.alignment is not None
        start = (recording.alignment.offset - zero) / SECOND
        time = f"t={start:.3f},{start + recording.duration / SECOND:.3f}"
        place = f"xywh={640 * (i % columns)},{360 * (i // columns)},640,360&" if recording.width else ""
        paintings.append(_painting(f"{name}/media/{i + 1}", _media(recording, base), f"{name}#{place}{time}"))
    return {
        "id": name,
        "type": "Canvas",
        "label": _label(
            f"All recordings on one clock, from {instant(IncidentTime(zero), release.case.at).isoformat()}"
        ),
        "width": width,
        "height": height,
        "duration": (end - zero) / SECOND,
        "items": [_page(f"{name}/media", paintings)],
    }


def _page(name: str, items: list[Json]) -> Json:
    return {"id": name, "type": "AnnotationPage", "items": items}


def _painting(name: str, body: Json, target: str) -> Json:
    return {"id": name, "type": "Annotation", "motivation": "painting", "body": body, "target": target}


def _label(text: str) -> Json:
    return {"en": [text]}


# --- schema.org ----------------------------------------------------------------------------------


def schema_org(release: Release, root: str) -> dict[str, str]:
    """``case.jsonld``: the release as a schema.org Dataset, each file with its digest, moments as clips."""
    graph: Json = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": release.case.title,
        "identifier": release.case.id,
        "version": str(release.number),
        "datePublished": iso_utc(release.released_at),
        "description": release.summary or release.headline,
        "publisher": {"@type": "GovernmentOrganization", "name": release.office.name},
        "isAccessibleForFree": True,
        "about": {"@type": "Event", "name": release.case.title, "startDate": release.case.at.isoformat()},
        "hasPart": [
            *(_schema_recording(release, r, root) for r in release.recordings),
            *(_schema_document(d, root) for d in release.documents),
        ],
        "correction": [
            {
                "@type": "CorrectionComment",
                "text": f"{change.what} {change.why}".strip(),
                "datePublished": iso_utc(version.released_at),
            }
            for version in release.versions
            for change in version.changes
            if change.kind in ("corrected", "withdrawn")
        ],
        "mentions": list(_claims(release)),
    }
    if root:
        graph["url"] = root
    return {"case.jsonld": _dump({key: value for key, value in graph.items() if value != []})}


def _schema_recording(release: Release, recording: ReleasedRecording, root: str) -> Json:
    published: Json = {
        "@type": "VideoObject" if recording.width else "AudioObject",
        "name": recording.title,
        "identifier": recording.exhibit,
        "description": recording.unplaced_reason or f"{recording.title}, received from {recording.received_from}.",
        "uploadDate": iso_utc(release.released_at),
        "duration": f"PT{_seconds(recording.duration)}S",
        "contentUrl": media_path(recording, root),
    }
    full = next((r for role in ("full", "v720", "v360", "sound") if (r := recording.rendition(role))), None)
    if full:
        published |= {"sha256": full.sha256, "contentSize": str(full.size), "encodingFormat": media_type(full.path)}
    poster = recording.rendition("poster")
    if poster:
        published["thumbnailUrl"] = root + quote(poster.path)
    if recording.alignment:
        published["startTime"] = instant(recording.alignment.offset, release.case.at).isoformat()
        published["hasPart"] = list(_clips(release, recording, root))
    return {key: value for key, value in published.items() if value != []}


def _clips(release: Release, recording: ReleasedRecording, root: str) -> Iterator[Json]:
    for moment in release.moments:
        span = _span(recording, moment.start, moment.end or IncidentTime(moment.start + SECOND))
        if span and recording.exhibit in (*moment.seen_on, *moment.heard_on):
            yield {
                "@type": "Clip",
                "name": moment.title,
                "startOffset": round(span[0] / SECOND, 3),
                "endOffset": round(span[1] / SECOND, 3),
                "url": f"{media_path(recording, root)}#{_fragment(span)}",
            }


def _schema_document(document: ReleasedDocument, root: str) -> Json:
    kind = "Photograph" if document.kind == "photograph" else "DigitalDocument"
    published: Json = {"@type": kind, "name": document.title, "identifier": document.exhibit}
    if document.renditions:
        first = document.renditions[0]
        published |= {
            "contentUrl": root + quote(first.path),
            "sha256": first.sha256,
            "contentSize": str(first.size),
            "encodingFormat": media_type(first.path),
        }
    return published


def _claims(release: Release) -> Iterator[Json]:
    """Each assertion as a Claim of the party that made it; no rating, the relation is the reader's to weigh."""
    for statement in release.statements:
        for assertion in statement.assertions:
            yield {
                "@type": "Claim",
                "text": assertion.text,
                "author": {"@type": "Organization", "name": statement.party},
                "datePublished": statement.date.isoformat(),
                "appearance": {"@type": "Quotation", "text": statement.quote, "citation": statement.source},
            }


def _dump(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
