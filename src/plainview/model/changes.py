# SPDX-License-Identifier: Apache-2.0
"""What one version of a release changes from the one before: computed, never written by hand."""

from __future__ import annotations

from collections.abc import Iterator

from plainview.model.release import Change, Release
from plainview.model.time import clock_text


def changes(before: Release | None, after: Release, *, why: str) -> tuple[Change, ...]:
    """Everything added, removed or corrected between two versions, in the order of the page."""
    if before is None:
        return ()
    found = [
        *_items("Recording", _recordings(before), _recordings(after), why),
        *_items("Document", _documents(before), _documents(after), why),
        *_lines(before, after, why),
        *_items("Moment", _moments(before), _moments(after), why),
        *_items("Statement", _statements(before), _statements(after), why),
        *_items("Status", _status(before), _status(after), why),
    ]
    return tuple(found)


def _recordings(release: Release) -> dict[str, tuple[str, object]]:
    return {
        each.exhibit: (each.title, tuple((r.role, r.sha256) for r in each.renditions if r.role in {"full", "sound"}))
        for each in release.recordings
    }


def _documents(release: Release) -> dict[str, tuple[str, object]]:
    return {each.exhibit: (each.title, tuple(r.sha256 for r in each.renditions)) for each in release.documents}


def _moments(release: Release) -> dict[str, tuple[str, object]]:
    return {each.id: (each.title, (each.start, each.text)) for each in release.moments}


def _statements(release: Release) -> dict[str, tuple[str, object]]:
    return {
        each.id: (f"{each.party}, {each.date.isoformat()}", (each.quote, each.assertions, each.answer))
        for each in release.statements
    }


def _status(release: Release) -> dict[str, tuple[str, object]]:
    return {each.id: (f"{each.body}, {each.date.isoformat()}", (each.text, each.open)) for each in release.status}


def _items(
    word: str, before: dict[str, tuple[str, object]], after: dict[str, tuple[str, object]], why: str
) -> Iterator[Change]:
    for key, (title, content) in after.items():
        if key not in before:
            yield Change("added", f"{word}: {title}", why)
        elif before[key] != (title, content):
            yield Change("corrected", f"{word}: {title}", why)
    for key, (title, _) in before.items():
        if key not in after:
            yield Change("removed", f"{word}: {title}", why)


def _lines(before: Release, after: Release, why: str) -> Iterator[Change]:
    """Lines that a person corrected since; machine lines that merely moved are not told one by one."""
    old = {(line.speaker, line.text) for line in before.utterances}
    for line in after.utterances:
        if line.state != "machine" and (line.speaker, line.text) not in old:
            at = clock_text(line.start, after.case.at, digits=0)
            yield Change("corrected", f"Transcript at {at}: now reads “{line.text}”", why)
