# SPDX-License-Identifier: Apache-2.0
"""How the camera moves and where a shot ends, from small grey pictures: numpy and one FFT per frame."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import scipy.fft
from numpy.typing import NDArray

_CUT_DIFFERENCE, _CUT_HISTOGRAM = 22.0, 0.5
"""A cut changes the picture and its distribution of greys; a shake changes only the picture."""


class CameraMotion:
    """How far the scenery moved from one small grey picture to the next, and where a cut is.

    Phase correlation: the phase of the two spectra's quotient is that of a pure shift. Turning and
    zooming of the camera are small between two frames and lie within the margin of a track.
    """

    def __init__(self) -> None:
        self._grey: NDArray[np.float32] | None = None
        self._spectrum: NDArray[Any] | None = None
        self._window: NDArray[np.float32] | None = None

    def step(self, grey: NDArray[np.float32], *, factor: float = 1.0) -> tuple[tuple[float, float], bool]:
        """((right, down) times ``factor``, whether this picture begins a new shot)."""
        before, self._grey = self._grey, grey
        if self._window is None or self._window.shape != grey.shape:
            self._window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1])).astype(np.float32)
            self._spectrum = None
        old = self._spectrum
        self._spectrum = cast(NDArray[Any], scipy.fft.rfft2((grey - grey.mean()) * self._window))
        if before is None or old is None:
            return (0.0, 0.0), False
        if _is_cut(before, grey):
            return (0.0, 0.0), True
        right, down = _shift(old, self._spectrum, grey.shape)
        return (right * factor, down * factor), False


def _is_cut(before: NDArray[np.float32], now: NDArray[np.float32]) -> bool:
    if np.abs(now[::2, ::2] - before[::2, ::2]).mean() <= _CUT_DIFFERENCE:
        return False
    old, new = (np.histogram(grey, 32, (0, 256))[0] / grey.size for grey in (before, now))
    return bool(np.abs(old - new).sum() > _CUT_HISTOGRAM)


def _shift(old: NDArray[Any], new: NDArray[Any], shape: tuple[int, ...]) -> tuple[float, float]:
    """Sub-pixel (right, down) of the correlation's peak; nothing when no peak stands out."""
    product = new * old.conj()
    product /= np.abs(product) + 1e-6
    surface = scipy.fft.irfft2(product, s=shape)
    peak = int(surface.argmax())
    row, column = divmod(peak, shape[1])
    # The surface of unrelated pictures is noise of standard deviation one over the root of its size.
    if surface[row, column] < 6 / math.sqrt(surface.size):
        return 0.0, 0.0
    down = row + _vertex(surface[:, column], row)
    right = column + _vertex(surface[row], column)
    return _signed(right, shape[1]), _signed(down, shape[0])


def _vertex(line: NDArray[Any], i: int) -> float:
    """Where between its neighbours the top of a parabola through three samples lies (-0.5 to 0.5)."""
    left, middle, right = (float(line[(i + step) % len(line)]) for step in (-1, 0, 1))
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, (left - right) / (2 * bend)))


def _signed(value: float, length: int) -> float:
    return value - length if value > length / 2 else value
