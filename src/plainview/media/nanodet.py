# SPDX-License-Identifier: Apache-2.0
"""The NanoDet-g detector (Apache-2.0, https://github.com/RangiLyu/nanodet): persons, whole or in part.

Its weights come from a registry package (``tools/nanodet_onnx.py``) and lie here as ``data/nanodet.onnx``. It tells 80
things of COCO apart; only persons are read. On 42 people of 14 photographs it finds 0.81 to 0.83 (IoU 0.5); on 0.6
nine tenths of the body lie in the box, so a cover of a body is to be looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plainview.errors import MissingPart
from plainview.media.centerface import STEP, Boxes, best, fixed_model
from plainview.media.detectors import Chosen
from plainview.media.weights import sha256_of

SHA256 = "8a8396a14e67986440273264c9d003a256c139bdf4a94e9f6fb0fe1bac6bd354"

PERSON, THINGS, PARTS = 0, 80, 11
"""Place of a person among the things; distances to the sides are told as shares of eleven steps."""

_STRIDES = (8, 16, 32)
_MEAN = np.array((103.53, 116.28, 123.675), np.float32)
_SPREAD = np.array((57.375, 57.12, 58.395), np.float32)
"""Of blue, green and red, as it was trained."""
_OVERLAP = 0.5


class PersonFinder:
    """A detector with the manners of ``centerface.CenterFace``."""

    def __init__(self, width: int, height: int, chosen: Chosen) -> None:
        path = chosen.weights(_packaged)
        self.digest = sha256_of(path)
        self._shape = (-(-height // STEP) * STEP, -(-width // STEP) * STEP)
        self._session = chosen.session(fixed_model(path.read_bytes(), *self._shape))

    def detect(self, picture: NDArray[np.uint8], *, threshold: float) -> Boxes:
        """Persons in an RGB picture (height, width, 3) with at least this score."""
        height, width = picture.shape[:2]
        padded = np.zeros((1, 3, *self._shape), np.float32)
        scaled = (picture[:, :, ::-1].astype(np.float32) - _MEAN) / _SPREAD
        padded[0, :, :height, :width] = scaled.transpose(2, 0, 1)
        maps = self._session.run(None, {"input_1": padded})
        scores = {each.shape[1]: each[0] for each in maps if each.shape[2] == THINGS}
        sides = {each.shape[1]: each[0] for each in maps if each.shape[2] == 4 * PARTS}
        rows = [
            _boxes(scores[cells], sides[cells], stride, self._shape[1] // stride, threshold)
            for stride in _STRIDES
            if (cells := (self._shape[0] // stride) * (self._shape[1] // stride)) in scores
        ]
        found = np.concatenate(rows)
        found[:, 0:4:2] = found[:, 0:4:2].clip(0, width)
        found[:, 1:4:2] = found[:, 1:4:2].clip(0, height)
        return best(found, overlap=_OVERLAP)


def _boxes(scores: NDArray[Any], sides: NDArray[Any], stride: int, across: int, threshold: float) -> Boxes:
    """Every cell above the threshold as a box: each side lies at the mean of its distribution over the steps."""
    cells = np.where(scores[:, PERSON] > threshold)[0]
    told = sides[cells].reshape(-1, 4, PARTS)
    shares = np.exp(told - told.max(axis=2, keepdims=True))
    away = (shares * np.arange(PARTS)).sum(axis=2) / shares.sum(axis=2) * stride
    x, y = (cells % across + 0.5) * stride, (cells // across + 0.5) * stride
    rows = (x - away[:, 0], y - away[:, 1], x + away[:, 2], y + away[:, 3], scores[cells, PERSON])
    return np.stack(rows, axis=1).astype(np.float32)


def _packaged() -> Path:
    path = Path(__file__).parent / "data" / "nanodet.onnx"
    if not path.is_file() or sha256_of(path) != SHA256:
        raise MissingPart("the person detector is not the one this version was released with; reinstall plainview")
    return path
