# SPDX-License-Identifier: Apache-2.0
"""Printed words read from pixels, for scans and for pictures inside papers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plainview.media.ocr import engine
from plainview.model.finding import PageWord

DETECTION_SIDE = 1280
"""Longest side the detector sees. On a 150 dpi letter page 960 merges close lines and 1664 costs a
third more without reading more."""

LOWEST_CONFIDENCE = 0.5
"""Below this rapidocr's readings of ruled lines and textures are mostly not words."""


def words_in(picture: NDArray[np.uint8], *, scale: float, left: float = 0.0, top: float = 0.0) -> list[PageWord]:
    """Words in an RGB or grey picture (height × width [× 3]), in reading order.

    ``scale`` is pixels per point; ``left`` and ``top`` (points) say where the picture lies on its page.
    """
    colour = np.repeat(picture[:, :, None], 3, axis=2) if picture.ndim == 2 else picture
    result = engine(DETECTION_SIDE)(
        np.ascontiguousarray(colour[:, :, ::-1]), use_det=True, use_cls=False, use_rec=True, return_word_box=True
    )
    if result.txts is None:
        return []
    words = []
    for line, text, score in zip(result.word_results, result.txts, result.scores, strict=True):
        if score < LOWEST_CONFIDENCE or not text.strip():
            continue
        for word, _, corners in line:
            xs, ys = [corner[0] / scale for corner in corners], [corner[1] / scale for corner in corners]
            words.append(PageWord(word, left + min(xs), top + min(ys), max(xs) - min(xs), max(ys) - min(ys)))
    return words
