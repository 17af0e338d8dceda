# SPDX-License-Identifier: Apache-2.0
"""A voice made over so that the words can be followed and the speaker's voice is not in it.

Only this is kept of what was said: in each of ``BANDS`` fixed bands, how loud it is, sixteen times a second's
worth of change and in steps of 3 dB. Noise of our own, drawn from a fixed seed, is shaped by it. Pitch, the
place of formants within a band, breath and the phase of every sample are not in the result, so no
filter brings them back: many voices give the same bytes.

The noise is no secret: the audit draws it too and refuses a release in which anything else is heard.

What it does not promise: the words, the pace, the pauses, an accent and a way of speaking remain, and
may be enough for somebody who knows the person. Where the speaker must not be known, mute.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BANDS = 10
"""Eight bands and more are understood by most listeners in quiet (studies of noise-vocoded speech)."""

LOWEST_HZ, HIGHEST_HZ = 100.0, 7000.0

SLOW_HZ = 16.0
"""Loudness is followed up to this rate: syllables pass, the pitch (80 Hz and more) does not."""

STEP_DB = 3.0
FLOOR = 1e-4
BLOCK_S = 10
_SEED = 20_031


def edges(rate: int) -> NDArray[np.float64]:
    """The borders of the bands in Hz, equally far apart for the ear (Greenwood's map of the cochlea)."""
    top = min(HIGHEST_HZ, 0.45 * rate)
    low, high = (np.log10(hz / 165.4 + 0.88) / 2.1 for hz in (LOWEST_HZ, top))
    return np.asarray(165.4 * (10 ** (2.1 * np.linspace(low, high, BANDS + 1)) - 0.88))


def carrier(first: int, count: int, *, rate: int) -> NDArray[np.float64]:
    """Our noise from sample ``first`` of a recording on: drawn anew for every ten seconds, so that anyone can."""
    long = BLOCK_S * rate
    blocks = range(first // long, (first + count - 1) // long + 1)
    drawn = [np.random.default_rng((_SEED, block)).standard_normal(long) for block in blocks]
    begin = first - blocks.start * long
    return np.concatenate([np.zeros(0), *drawn])[begin : begin + count]


def disguised(samples: NDArray[np.float32], *, rate: int, first: int = 0) -> NDArray[np.float32]:
    """As many mono samples, of which only the loudness of each band is the original's.

    ``first`` is the place of the first in the recording: the audit hears our noise there and nothing else.
    """
    noise = carrier(first, len(samples), rate=rate)
    import scipy.signal  # 70 MiB that the desk, which only names this module, never needs

    slow = scipy.signal.butter(2, SLOW_HZ, fs=rate, output="sos")
    made = np.zeros(len(samples))
    borders = edges(rate)
    for low, high in pairwise(borders):
        band = scipy.signal.butter(3, (low, high), "bandpass", fs=rate, output="sos")
        loud = scipy.signal.sosfilt(slow, np.abs(scipy.signal.sosfilt(band, samples)))
        level = 20 * np.log10(np.maximum(loud, FLOOR))
        coarse = np.where(loud > FLOOR, 10 ** (np.round(level / STEP_DB) * STEP_DB / 20), 0)
        ours = scipy.signal.sosfilt(band, noise)
        strength = np.sqrt(np.mean(ours**2)) or 1.0
        # A mean of absolute values is 0.8 of the root mean square of noise.
        made += scipy.signal.sosfilt(slow, coarse) * ours / strength * 1.25
    return np.clip(made, -1, 1).astype(np.float32)
