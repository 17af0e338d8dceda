# SPDX-License-Identifier: Apache-2.0
"""The release described for archives: RO-Crate 1.2 metadata, written from the Release value alone.

Files are listed with their size and SHA-256, each recording with its times and the digest of the
original it was made from. Nothing here reads a clock: the crate is dated by the release.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plainview.model.release import Release, ReleasedDocument, ReleasedRecording
from plainview.model.time import SECOND, iso_utc

METADATA_NAME = "ro-crate-metadata.json"
_SPEC = "https://w3id.org/ro/crate/1.2"
_TYPES = {
    ".vtt": "text/vtt",
    ".m4a": "audio/mp4",
    ".webp": "image/webp",
    ".dat": "application/octet-stream",
    ".otio": "application/json",
    ".eaf": "application/xml",
    ".woff2": "font/woff2",
    ".js": "text/javascript",
}
"""Kinds that the standard table does not know or names differently on different systems."""


@dataclass(frozen=True, slots=True)
class CrateFile:
    """One payload file: ``path`` below ``data/``, size in bytes, SHA-256 in hex."""

    path: str
    size: int
    sha256: str


def crate_json(release: Release, files: Sequence[CrateFile]) -> bytes:
    """The bytes of ``ro-crate-metadata.json`` for these files."""
    graph = [
        _descriptor(),
        _root(release, files),
        _publisher(release),
        *(_recording(each) for each in release.recordings),
        *(_document(each) for each in release.documents),
        *(_file(each) for each in sorted(files, key=lambda f: f.path)),
    ]
    crate = {"@context": f"{_SPEC}/context", "@graph": graph}
    return (json.dumps(crate, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _descriptor() -> dict[str, Any]:
    return {
        "@id": METADATA_NAME,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": _SPEC},
    }


def _root(release: Release, files: Sequence[CrateFile]) -> dict[str, Any]:
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": release.case.title,
        "description": release.summary,
        "identifier": release.case.id,
        "version": str(release.number),
        "datePublished": iso_utc(release.released_at),
        "publisher": {"@id": "#office"},
        "license": "A public record as released by the office; see the publisher.",
        "hasPart": [{"@id": each.path} for each in sorted(files, key=lambda f: f.path)],
        "mentions": [{"@id": f"#{exhibit}"} for exhibit in _exhibits(release)],
    }
    if release.supersedes:
        root["isBasedOn"] = f"urn:sha256:{release.supersedes}"
    return root


def _exhibits(release: Release) -> list[str]:
    return [each.exhibit for each in release.recordings] + [each.exhibit for each in release.documents]


def _publisher(release: Release) -> dict[str, Any]:
    return {"@id": "#office", "@type": "Organization", "name": release.office.name, "email": release.office.contact}


def _recording(recording: ReleasedRecording) -> dict[str, Any]:
    return {
        "@id": f"#{recording.exhibit}",
        "@type": "VideoObject" if recording.width else "AudioObject",
        "name": recording.title,
        "identifier": recording.exhibit,
        "duration": f"PT{recording.duration / SECOND:.3f}S",
        "isBasedOn": f"urn:sha256:{recording.original_sha256}",
        "associatedMedia": [{"@id": each.path} for each in recording.renditions],
    }


def _document(document: ReleasedDocument) -> dict[str, Any]:
    return {
        "@id": f"#{document.exhibit}",
        "@type": "CreativeWork",
        "name": document.title,
        "identifier": document.exhibit,
        "isBasedOn": f"urn:sha256:{document.original_sha256}",
        "associatedMedia": [{"@id": each.path} for each in document.renditions],
    }


def _file(file: CrateFile) -> dict[str, Any]:
    return {
        "@id": file.path,
        "@type": "File",
        "contentSize": str(file.size),
        "encodingFormat": media_type(file.path),
        "sha256": file.sha256,
    }


def media_type(path: str) -> str:
    """The media type by the name's ending; the same on every machine."""
    ending = path[path.rfind(".") :].lower() if "." in path else ""
    known = _TYPES.get(ending) or mimetypes.MimeTypes(filenames=()).guess_type(path)[0]
    return known or "application/octet-stream"
