# SPDX-License-Identifier: Apache-2.0
"""Where readable text is in a picture: signs, screens, papers. An aid for whoever hides, never a promise.

The detector is the one that reads papers (PP-OCR in ``rapidocr``, Apache-2.0); it finds lines of text, not what
they lie on. It is blind to most licence plates in a street, to small print, and to writing that is much askew.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plainview.media.centerface import Boxes
from plainview.media.ocr import engine

DETECTION_SIDE = 960
"""Longest side the detector sees, pixels."""


class TextFinder:
    """A detector with the manners of ``centerface.CenterFace``."""

    digest = ""
    """The weights are the package's own; it checks them."""

    def detect(self, picture: NDArray[np.uint8], *, threshold: float) -> Boxes:
        """Lines of text in an RGB picture as upright boxes with scores; none below ``threshold``."""
        found = engine(DETECTION_SIDE)(
            np.ascontiguousarray(picture[:, :, ::-1]), use_det=True, use_cls=False, use_rec=False
        )
        if found.boxes is None or not len(found.boxes):
            return np.zeros((0, 5), np.float32)
        corners = np.asarray(found.boxes, dtype=np.float32)
        scores = np.asarray(found.scores if found.scores is not None else np.ones(len(corners)), dtype=np.float32)
        rows = np.concatenate([corners.min(axis=1), corners.max(axis=1), scores[:, None]], axis=1)
        return np.asarray(rows[rows[:, 4] >= threshold], dtype=np.float32)
