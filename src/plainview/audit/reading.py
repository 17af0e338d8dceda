# SPDX-License-Identifier: Apache-2.0
"""Printed words read from released pictures of papers: a name in pixels is a name.

The reader is the only part shared with what hid the words, so it is run otherwise: on the finished, compressed
picture, at another size, and every reading counts, however unsure.
"""

from __future__ import annotations

import importlib.metadata
from functools import lru_cache
from pathlib import Path
from typing import Any

from plainview.audit.fold import Needle
from plainview.audit.outcome import Outcome
from plainview.audit.stills import pixels_of
from plainview.audit.texts import search_views
from plainview.errors import MissingPart

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
    result = _engine()(pixels_of(path), use_det=True, use_cls=False, use_rec=True)
    lines = [text for text in (result.txts or ()) if text.strip()]
    outcome.checked["lines read in pictures"] += len(lines)
    search_views(iter([("in its pixels", "\n".join(lines))]), place, needles, outcome)
