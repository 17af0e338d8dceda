# SPDX-License-Identifier: Apache-2.0
"""Stills of a rendition: the sheet a player shows while scrubbing, and the poster. Made from covered pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plainview.media.encode import Planes, scaled
from plainview.model.time import SECOND, MediaTime

CELL, COLUMNS = 160, 10
"""Pixels of a cell's longer side; cells in a row."""

EVERY = 10 * SECOND
_MAX_CELLS = 900
"""A WebP picture is at most 16383 pixels high; beyond 2.5 hours a still stands for 20 s, then 40 s …"""

_POSTER_SIDE = 640


class Sheet:
    """One cell for every ten seconds: the first picture at or after that instant, row by row."""

    def __init__(self, end: MediaTime, width: int, height: int) -> None:
        self._every = EVERY
        while end > self._every * _MAX_CELLS:
            self._every *= 2
        self.cell = _fit(width, height, CELL)
        count = max(1, -(-end // self._every))
        columns, rows = min(count, COLUMNS), -(-count // COLUMNS)
        self._pixels = np.zeros((rows * self.cell[1], columns * self.cell[0], 3), np.uint8)
        self._next = 0

    def offer(self, picture: Planes, at: MediaTime) -> None:
        """Take the picture when its cell is still empty."""
        while at >= self._next * self._every:
            row, column = divmod(self._next, COLUMNS)
            top, left = row * self.cell[1], column * self.cell[0]
            if top < self._pixels.shape[0] and left < self._pixels.shape[1]:
                cell = _rgb(picture, self.cell)
                self._pixels[top : top + self.cell[1], left : left + self.cell[0]] = cell
            self._next += 1

    def save(self, path: Path) -> None:
        """Write the sheet."""
        _save(self._pixels, path)


class Poster:
    """The first picture at or after an instant, else the last there is."""

    def __init__(self, at: MediaTime) -> None:
        self._at = at
        self._latest: Planes | None = None
        self._done = False

    def offer(self, picture: Planes, at: MediaTime) -> None:
        """Take the picture unless the wanted one has come."""
        if not self._done:
            self._latest, self._done = picture, at >= self._at

    def save(self, path: Path) -> None:
        """Write the poster; nothing when no picture came."""
        if self._latest is not None:
            _save(_rgb(self._latest, _fit(*self._latest.size, _POSTER_SIDE)), path)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a still, (0, 0) when it was not made."""
    if not path.is_file():
        return (0, 0)
    with Image.open(path) as image:
        return image.size


def _fit(width: int, height: int, longer: int) -> tuple[int, int]:
    scale = min(1.0, longer / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _rgb(picture: Planes, size: tuple[int, int]) -> NDArray[np.uint8]:
    small = scaled(picture, width=size[0], height=size[1])
    return np.asarray(small.frame().to_ndarray(format="rgb24"), dtype=np.uint8)


def _save(pixels: NDArray[np.uint8], path: Path) -> None:
    Image.fromarray(pixels).save(path, "WEBP", quality=70, method=4)
