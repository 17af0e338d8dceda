# SPDX-License-Identifier: Apache-2.0
"""Printed words read from released pictures of papers and from films: a name in pixels is a name.

The reader is the only part shared with what hid the words, so it is run otherwise: on the finished, compressed
picture, at another size, and every reading counts, however unsure.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import av.error
import numpy as np

from plainview.audit.faces import Pixels
from plainview.audit.fold import Folded, Needle
from plainview.audit.opening import open_media
from plainview.audit.outcome import Outcome
from plainview.audit.stills import pixels_of
from plainview.audit.texts import search_views
from plainview.errors import MissingPart
from plainview.model.audit import ReadPicture
from plainview.model.time import SECOND, MediaTime

READ_EVERY = 2 * SECOND
"""µs from one picture of a film that is read to the next: nobody reads a word that shows for less."""
_SIDE = 1152
"""Longest side given to the text detector."""


@lru_cache(maxsize=1)
def _engine() -> Any:
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise MissingPart("the audit reads pictures of papers with rapidocr, which is not installed") from error
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.2,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": _SIDE,
        }
    )


def reader_version() -> tuple[str, str]:
    """Name and version, for the report."""
    try:
        return "rapidocr", importlib.metadata.version("rapidocr")
    except importlib.metadata.PackageNotFoundError:
        return "rapidocr", "missing"


def attack_print(path: Path, place: str, needles: list[Needle], outcome: Outcome) -> None:
    """Every line that can be read in the picture, searched for hidden terms; lines alone and all in a row."""
    attack_pixels(pixels_of(path), place, needles, outcome)


def attack_pixels(pixels: Pixels, place: str, needles: list[Needle], outcome: Outcome) -> None:
    """The same on a picture that is open already."""
    search_views(iter([("in its pixels", _read(pixels, outcome))]), place, needles, outcome)


def read_film(path: Path, outcome: Outcome) -> tuple[ReadPicture, ...]:
    """A picture every few seconds of a film, read as papers are: a name on a door or a sheet is a name.

    A film that cannot be decoded is the finding of those that look at all its pictures.
    """
    due, read = 0, []
    try:
        with open_media(path) as container:
            for frame in container.decode(video=0):
                at = round((frame.pts or 0) * (frame.time_base or 0) * SECOND)
                if at >= due:
                    due = at + READ_EVERY
                    text = _read(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8), outcome)
                    read += [ReadPicture(MediaTime(at), text)] if text else []
    except (av.error.FFmpegError, ValueError, IndexError):
        pass
    return tuple(read)


def attack_words(read: Sequence[ReadPicture], place: str, needles: list[Needle], outcome: Outcome) -> None:
    """What was read in a film, searched for hidden terms; where each is read first."""
    hidden = list(needles)
    for each in read:
        folded = Folded(each.text)
        for needle in [one for one in hidden if one.in_folded(folded)]:
            sentence = "a hidden term can be read in its pictures"
            outcome.leak(place, "text", sentence, subject=needle.subject, at=each.at)
            hidden.remove(needle)


def _read(pixels: Pixels, outcome: Outcome) -> str:
    result = _engine()(pixels, use_det=True, use_cls=False, use_rec=True)
    lines = [text for text in (result.txts or ()) if text.strip()]
    outcome.checked["lines read in pictures"] += len(lines)
    return "\n".join(lines)
