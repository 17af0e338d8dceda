# SPDX-License-Identifier: Apache-2.0
"""What the page's scripts read: the player's facts (inside the page, so they work from disk) and ``search.json``."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from plainview.model.release import ReleasedRecording
from plainview.model.time import SECOND
from plainview.publish import words
from plainview.publish.lookup import Lookup, short_title
from plainview.publish.strip import Strip, seconds
from plainview.publish.views import Line, recording_still


def player(look: Lookup, strip: Strip) -> str:
    """The player's facts as JSON that cannot end the ``script`` element it stands in."""
    epoch = look.release.case.at
    midnight = epoch.hour * 3600 + epoch.minute * 60 + epoch.second + epoch.microsecond / SECOND
    data = {
        "case": look.release.case.id,
        "office": look.release.office.name,
        "version": look.release.number,
        "released": words.day(look.release.released_at.date()),
        "key": look.release.key_fingerprint,
        "epoch": midnight,
        "days": _days(look, midnight),
        "span": strip.span,
        "start": seconds(look.start),
        "camera": look.camera.slug if look.camera else "",
        "recordings": [_recording(r) for r in look.placed],
        "moments": [
            {
                "id": m.id,
                "n": m.id.lstrip("m"),
                "t": seconds(m.start),
                "title": words.visible(m.title),
                "cam": camera.slug if (camera := look.camera_of(m)) else "",
                "graphic": bool(m.graphic),
            }
            for m in look.moments
        ],
        "graphic": [[seconds(s.start), seconds(s.end), words.graphic_label(kind)] for s, kind in look.graphic],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # The three characters that could close the element or open a comment in it, as JSON escapes.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _days(look: Lookup, midnight: float) -> dict[str, str]:
    """Every calendar day the clock touches, by its distance from the day of the epoch."""
    first, last = (int((at / SECOND + midnight) // 86400) for at in (look.span.start, look.span.end))
    epoch = look.release.case.at.date()
    return {str(n): words.short_day(epoch + timedelta(days=n)) for n in range(first, last + 1)}


def _recording(r: ReleasedRecording) -> dict[str, Any]:
    assert r.alignment is not None
    paths = {role: part.path for role in ("v360", "v720", "sound", "wave") if (part := r.rendition(role))}
    head, tail = short_title(r)
    return {
        "slug": r.slug,
        "title": words.visible(r.title),
        "short": words.visible(head),
        "sub": words.visible(tail),
        "offset": r.alignment.offset / SECOND,
        "scale": 1 + r.alignment.drift_ppm * 1e-6,
        "length": r.duration / SECOND,
        "fps": round(r.fps, 3),
        "still": recording_still(r),
        "silent": [[seconds(s.start), seconds(s.end)] for s in r.silent],
        **paths,
    }


def search(look: Lookup, lines: tuple[Line, ...]) -> str:
    """Everything that can be found, one short row each: ``[kind, address, time, heading, text]``."""
    rows: list[list[Any]] = []
    for line in lines:
        text = " ".join(f"[{part}]" if is_hidden else part for part, is_hidden in line.parts)
        rows.append(["line", f"#{line.id}", line.when.t, line.speaker, text])
    for m in look.moments:
        rows.append(["moment", f"#{m.id}", seconds(m.start), m.title, m.text])
    for s in look.release.statements:
        rows.append(["statement", f"#{s.id}", None, s.speaker or s.party, s.quote])
    for d in sorted(look.release.documents, key=lambda d: d.exhibit):
        rows.append(["paper", f"papers.html#{d.slug}", None, d.title, d.note])
        for page in d.pages:
            heading = f"{d.title}, page {page.number}"
            rows.append(["paper", f"papers.html#{d.slug}-p{page.number}", None, heading, page.text])
    shown = [[words.visible(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    return json.dumps({"schema": "Search.1", "rows": shown}, ensure_ascii=False, separators=(",", ":"))
