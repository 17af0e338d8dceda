# SPDX-License-Identifier: Apache-2.0
"""Writing in a recording that can be read: signs, screens, papers held up, plates, each with what it says.

A line of text that was followed (``vision.text_tracks``) is read where the detector was surest. What nobody can
read is not proposed. Lines that lie together make a surface of their own (``media.surfaces``): a screen, a paper. A
line that is shaped as a licence plate (``model.identifiers``) is called one: there is no detector of plates here, so
most plates in a street are missed, and a serial number may be taken for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plainview.media.decode import glimpses
from plainview.media.ocr import engine
from plainview.media.surfaces import surfaces
from plainview.media.vision import text_tracks
from plainview.model import identifiers
from plainview.model.finding import Track, TrackPoint
from plainview.model.time import MediaSpan, MediaTime

READINGS = 3
"""Times a line is read: one glance is often blurred."""

READABLE = 3
"""Letters and digits that must be made out, so that wheels, railings and leaves are no writing."""

_LINE_HEIGHT = 48
"""Pixels the recogniser is given of a line, as it was trained with."""

WRITING, PLATE = "writing", "plate"


def written_tracks(path: Path, *, exhibit: str) -> tuple[Track, ...]:
    """Every line that can be read, then what several lie on; what is written is the detail of the basis."""
    tracks = text_tracks(path, exhibit=exhibit)
    wanted = sorted({at for track in tracks for at in _surest(track)})
    seen = {span.start: frame for span, frame in _shown(path, wanted)}
    read = ((track, _best(track, seen)) for track in tracks)
    lines = [_told(track, text) for track, text in read if sum(map(str.isalnum, text)) >= READABLE]
    return (*lines, *surfaces(lines, seen, exhibit=exhibit))


def _surest(track: Track) -> list[MediaTime]:
    """The times of the detector's surest looks at a line, apart from each other."""
    looks = sorted((point for point in track.points if point.detected), key=lambda point: (-point.score, point.at))
    return [point.at for point in looks[:READINGS]]


def _shown(path: Path, times: Sequence[MediaTime]) -> list[tuple[MediaSpan, NDArray[np.uint8]]]:
    spans = [MediaSpan(at, MediaTime(at + 1)) for at in times]
    return [(spans[number], frame.array("bgr24")) for number, frame in glimpses(path, spans)]


def _best(track: Track, seen: dict[MediaTime, NDArray[np.uint8]]) -> str:
    """The reading that the recogniser is surest of; empty when none can be read."""
    places = {point.at: point for point in track.points}
    readings = [_read(seen[at], places[at]) for at in _surest(track) if at in seen]
    return max(readings, default=(0.0, ""))[1]


def _read(picture: NDArray[np.uint8], point: TrackPoint) -> tuple[float, str]:
    """(how sure, what is written) in one place of one picture."""
    box = point.box
    part = picture[max(0, box.y) : box.y + box.h, max(0, box.x) : box.x + box.w]
    if min(part.shape[:2]) < 4:
        return 0.0, ""
    width = max(_LINE_HEIGHT, round(part.shape[1] * _LINE_HEIGHT / part.shape[0]))
    line = np.asarray(Image.fromarray(part).resize((width, _LINE_HEIGHT)))
    found = engine(_LINE_HEIGHT)(line, use_det=False, use_cls=False, use_rec=True)
    texts, scores = found.txts or (), found.scores or ()
    return (float(min(scores)), " ".join(texts).strip()) if len(texts) else (0.0, "")


def _told(track: Track, text: str) -> Track:
    kind = PLATE if is_plate(text) else WRITING
    return replace(track, kind=kind, basis=replace(track.basis, detail=text))


def is_plate(text: str) -> bool:
    """Whether a line is shaped as a plate: letters and digits as the rules for spoken and printed plates know them.

    >>> is_plate("7KLM 419"), is_plate("MAIN STREET 5")
    (True, False)
    """
    return any(found.kind == "plate" for found in identifiers.propose(text.split()))
