# SPDX-License-Identifier: Apache-2.0
"""All that papers, names and export boxes claim of a case's recordings, gathered in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from plainview.media import lists, onvif
from plainview.model.claim import Claim, Claims, LogEntry, by_name, match


def gather(
    held: Mapping[str, tuple[str, str]], *, lists: Mapping[str, Path], films: Mapping[str, Path]
) -> Claims:
    """``held``: every recording → its name and digest; ``lists``: papers that may be tables; ``films``: MP4 files."""
    rows: list[Claim] = []
    log: list[LogEntry] = []
    problems: list[tuple[str, str]] = []
    for exhibit, path in lists.items():
        listed, entries, odd = _read(path, exhibit)
        rows += listed
        log += entries
        problems += [(exhibit, each) for each in odd]
    matched = match(tuple(rows), held)
    own = [claim for exhibit, (name, _) in held.items() if (claim := by_name(exhibit, name)) is not None]
    own += [
        claim
        for exhibit, path in films.items()
        if (claim := onvif.export_claim(path, exhibit=exhibit, name=held[exhibit][0])) is not None
    ]
    return replace(matched, claims=(*matched.claims, *own), log=tuple(log), problems=(*matched.problems, *problems))


def _read(path: Path, exhibit: str) -> tuple[tuple[Claim, ...], tuple[LogEntry, ...], tuple[str, ...]]:
    """An export list or a dispatch log, whichever a paper is."""
    rows = lists.table(path)
    listed = lists.export_list(rows, exhibit=exhibit)
    return (listed, (), ()) if listed else ((), *lists.dispatch_log(rows, exhibit=exhibit))
