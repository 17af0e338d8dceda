# SPDX-License-Identifier: Apache-2.0
"""What the page's scripts read: the player's facts (inside the page, so they work from disk) and what can be found.

Everything that can be found is written twice: ``search.json`` for programs, and ``find/000.js`` … for the page.
The latter are scripts because a page opened from disk may load a script and may not read a file; they come in
parts because 120 000 lines at once would keep the first hit waiting.
"""

from __future__ import annotations

import base64
import json
import math
from datetime import timedelta
from typing import Any

from plainview.model.release import ReleasedRecording
from plainview.model.time import SECOND
from plainview.publish import words
from plainview.publish.lookup import Lookup
from plainview.publish.parts import Part
from plainview.publish.stills import sheet_every
from plainview.publish.strip import Strip, drawable, runs, seconds
from plainview.publish.views import Line, recording_sheet, recording_still

PART = 4000
"""Lines in one part: about 100 kB as sent."""


def player(
    look: Lookup,
    strip: Strip,
    lines: list[list[float]],
    sheets: dict[str, int],
    media: dict[str, tuple[Part, ...]],
    *,
    whole: bool,
) -> str:
    """The player's facts as JSON that cannot end the ``script`` element it stands in.

    ``lines`` says from when to when each part of :func:`find_lines` holds lines, ``sheets`` how many stills each
    recording's sheet holds, ``media`` the parts of very long recordings, ``whole`` whether the page itself holds
    every line.
    """
    epoch = look.release.case.at
    midnight = epoch.hour * 3600 + epoch.minute * 60 + epoch.second + epoch.microsecond / SECOND
    data = {
        "case": look.release.case.id,
        "office": look.release.office.name,
        "version": look.release.number,
        "released": look.tongue.day(look.release.released_at.date()),
        "page": look.page("index.html"),
        "key": look.release.key_fingerprint,
        "epoch": midnight,
        "days": _days(look, midnight),
        "span": strip.span,
        "start": seconds(look.start),
        "camera": look.camera.slug if look.camera else "",
        "before": look.release.number - 1 if look.release.supersedes else 0,
        "parts": lines,
        "whole": whole,
        "recordings": [_recording(r, sheets.get(r.slug, 0), media.get(r.slug, ())) for r in look.placed],
        "moments": [
            {
                "id": m.id,
                "t": seconds(m.start),
                "cam": camera.slug if (camera := look.camera_of(m)) else "",
                "graphic": bool(m.graphic),
            }
            for m in look.moments
        ],
        "graphic": [
            [seconds(s.start), seconds(s.end), words.graphic_label(kind, look.tongue)] for s, kind in look.graphic
        ],
    }
    return inert(data)


def part_name(number: int, look: Lookup) -> str:
    """``000.js``; in a language that is not the case's first ``000.es.js``."""
    return look.page(f"{number:03d}.js")


def inert(data: dict[str, Any]) -> str:
    """JSON that cannot end the ``script`` element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # The three characters that could close the element or open a comment in it, as JSON escapes.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _days(look: Lookup, midnight: float) -> dict[str, str]:
    """Every calendar day the clock touches, by its distance from the day of the epoch."""
    first, last = (int((at / SECOND + midnight) // 86400) for at in (look.span.start, look.span.end))
    epoch = look.release.case.at.date()
    return {str(n): look.tongue.short_day(epoch + timedelta(days=n)) for n in range(first, last + 1)}


def _recording(r: ReleasedRecording, cells: int, parts: tuple[Part, ...]) -> dict[str, Any]:
    assert r.alignment is not None
    paths = {role: part.path for role in ("v360", "v720", "sound") if (part := r.rendition(role))}
    if r.rendition("wave"):
        paths["wave"] = wave_path(r)
    return {
        "slug": r.slug,
        "title": words.visible(r.title),
        "offset": r.alignment.offset / SECOND,
        "scale": 1 + r.alignment.drift_ppm * 1e-6,
        "length": r.duration / SECOND,
        "fps": round(r.fps, 3),
        "still": recording_still(r),
        "silent": [[seconds(s.start), seconds(s.end)] for s in r.silent],
        **({"changed": changed_path(r)} if proven(r) else {}),
        **({"sheet": recording_sheet(r), "cells": cells, "every": sheet_every(r.duration) / SECOND} if cells else {}),
        **paths,
        **({"parts": [{"start": part.start, **dict(part.files)} for part in parts]} if parts else {}),
    }


def wave_path(r: ReleasedRecording) -> str:
    """Where the outline of a recording's sound lies as a script."""
    return f"media/{r.slug}/wave.js"


def wave_script(r: ReleasedRecording, body: bytes) -> str:
    """The bytes of ``wave.dat`` as a call: a page opened from disk may run a script and may not read a file."""
    return f'plainviewWave("{r.slug}","{base64.b64encode(body).decode()}")\n'


def changed_path(r: ReleasedRecording) -> str:
    """Where it lies as a script which pictures of a recording are not the original's."""
    return f"media/{r.slug}/changed.js"


def proven(r: ReleasedRecording) -> bool:
    """Whether it can be drawn on the clock which of its pictures are the original's."""
    return r.gop_proof is not None and bool(r.gop_proof.spans) and r.alignment is not None and drawable(r)


def changed_script(r: ReleasedRecording) -> str:
    """Stretches whose pictures are not the original's, as a call; fetched for what is on screen only.

    In tenths of a second of the case's clock, from where the recording begins: how long until the next stretch, and how
    long that is, in turn. Drawn outward: what is not the original's is never drawn shorter than it is.
    """
    assert r.gop_proof is not None
    assert r.alignment is not None
    spans = [s for kept, s in runs(zip(r.gop_proof.untouched, r.gop_proof.spans, strict=True)) if not kept]
    at, found = math.floor(r.alignment.offset / SECOND * 10), []
    for placed in (r.alignment.incident_span(s) for s in spans):
        start, end = math.floor(placed.start / SECOND * 10), math.ceil(placed.end / SECOND * 10)
        found += [start - at, end - start]
        at = end
    return f'plainviewChanged("{r.slug}",{json.dumps(found, separators=(",", ":"))})\n'


def search_lines(lines: tuple[Line, ...]) -> list[str]:
    """Rows of ``search.json``: ``[kind, address, time, heading, text]``."""
    return _dumped([["line", f"#{line.id}", line.when.t, line.speaker, _words(line)] for line in lines])


def search_rest(look: Lookup) -> list[str]:
    """Rows for what is not a line: moments, statements, papers."""
    return _dumped(_rest(look))


def find_rest(look: Lookup) -> str:
    """Part 0 of what the page searches: what is not a line."""
    return _script(0, _shown(_rest(look)))


def find_lines(number: int, some: tuple[Line, ...], look: Lookup) -> str:
    """Part ``number``, from 1: lines in time order.

    A row is ``[id, start, end, speaker, words, notes, recordings, kind]`` with recordings as places in the player's
    facts and kind 1 for a shot, 2 for what came over telephone or radio only; where the words were put into the page's
    language these and who did it (``person`` or ``machine``) follow.
    """
    place = {r.slug: i for i, r in enumerate(look.placed)}
    rows = [
        [
            line.id, line.when.t, round(line.end, 3), line.speaker, _words(line), "; ".join(line.notes),
            [place[slug] for slug in line.on], 1 if line.shot else 2 if line.remote else 0,
            *([line.translation.text, line.translation.by] if line.translation else []),
        ]
        for line in some
    ]  # fmt: skip
    return _script(number, _shown(rows))


def _dumped(rows: list[list[Any]]) -> list[str]:
    return [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in _shown(rows)]


def _script(number: int, rows: list[list[Any]]) -> str:
    """A call with the rows as JSON in a string: read twice as fast as the same rows as program text."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"plainviewFound({number},'{quoted}')\n"


def _shown(rows: list[list[Any]]) -> list[list[Any]]:
    return [[words.visible(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


def _words(line: Line) -> str:
    return " ".join(f"[{part}]" if is_hidden else part for part, is_hidden in line.parts)


def _rest(look: Lookup) -> list[list[Any]]:
    """Moments, statements and papers as rows."""
    rows: list[list[Any]] = []
    for m in look.moments:
        rows.append(["moment", f"#{m.id}", seconds(m.start), m.title, m.text])
    for s in look.release.statements:
        rows.append(["statement", f"#{s.id}", None, s.speaker or s.party, s.quote])
    for d in sorted(look.release.documents, key=lambda d: d.exhibit):
        rows.append(["paper", look.page(f"papers.html#{d.slug}"), None, d.title, d.note])
        for page in d.pages:
            heading = look.tongue.say("%(paper)s, page %(n)d", paper=d.title, n=page.number)
            rows.append(["paper", look.page(f"papers.html#{d.slug}-p{page.number}"), None, heading, page.text])
    return rows
