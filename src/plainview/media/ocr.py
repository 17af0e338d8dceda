# SPDX-License-Identifier: Apache-2.0
"""The text recogniser (PP-OCR in ``rapidocr``, Apache-2.0) that scans, burned-in clocks and signs are read with.

One engine per process and size, one thread. Every switch has to be passed on every call: rapidocr keeps the last
``use_*`` values it was given, so a call that leaves one out inherits it from the call before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from plainview.errors import MissingPart


@lru_cache(maxsize=2)
def engine(side: int) -> Any:
    """A recogniser whose detector sees at most ``side`` pixels of the longer side; ``MissingPart`` without it.

    The package's own default (the shorter side at least 736) blows thin strips up and splits lines into words.
    """
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise MissingPart("reading text in pictures needs the package rapidocr: pip install rapidocr") from error
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": side,
        }
    )
