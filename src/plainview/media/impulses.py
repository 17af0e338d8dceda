# SPDX-License-Identifier: Apache-2.0
"""Sudden loud sounds in one recording, and numbers that describe each.

An onset is a rise of at least 7 dB within 10 ms, looked for every 2.5 ms. What follows it (how fast
it dies away, where in the spectrum it lies, how it compares with the onsets before it) is what
tells a gunshot from a door. All levels are relative, so gain and automatic gain matter little.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
HOP = 40
"""Samples between two levels: 2.5 ms."""

RISE_DB = 7.0
REFRACTORY = 20
"""Hops (50 ms) within which only the strongest onset counts: faster than any hand-held weapon fires."""

Numbers = NDArray[np.float64]
Samples = NDArray[np.float32]

_EDGES = (80, 160, 250, 400, 630, 1000, 1400, 2000, 2800, 4000, 5600, 7900)
_LAGS = (8, 24, 56, 120, 280)
"""Hops after the onset at which the spectrum is taken: 20 to 700 ms."""
_FRAME = 256


@dataclass(frozen=True, slots=True)
class Onsets:
    """``at``: seconds of each onset, in order; ``features``: one row each, as FEATURES names them."""

    at: Numbers
    features: Numbers


def onsets(samples: Samples) -> Onsets:
    """Every onset of mono sound at 16 kHz with its features; the sound's own beginning is none."""
    level = levels(samples)
    where = _rises(level)
    if not len(where):
        return Onsets(np.zeros(0), np.zeros((0, len(FEATURES))))
    rows = _level_features(level, where)
    rows = np.hstack([rows, _wave_features(samples, where), _spectra(samples, where)])
    return Onsets(where * HOP / RATE, np.hstack([rows, _company(level, where, rows)]))


def levels(samples: Samples) -> Numbers:
    """Level in dB of 5 ms windows every 2.5 ms, low rumble removed; floored at -90 dB."""
    rough = np.diff(samples, prepend=samples[:1]).astype(np.float64)  # 6 dB an octave: rumble and wind fall away
    power = np.add.reduceat(rough**2, np.arange(0, len(rough), HOP)) / HOP if len(rough) else np.zeros(0)
    power[1:] = (power[1:] + power[:-1]) / 2
    return np.asarray(10 * np.log10(power + 1e-9))


def _rises(level: Numbers) -> NDArray[np.int64]:
    """Hops at which an onset begins."""
    if len(level) < 16:
        return np.zeros(0, np.int64)
    rise = np.zeros(len(level))
    rise[4:] = level[4:] - level[:-4]
    rise[:8] = 0.0
    found = np.flatnonzero(rise >= RISE_DB)
    kept: list[int] = []
    for i in sorted(found.tolist(), key=lambda i: (-level[i : i + 6].max() - rise[i], i)):
        if all(abs(i - other) > REFRACTORY for other in kept):
            kept.append(i)
    return np.array(sorted(_foot(level, i) for i in kept), dtype=np.int64)


def _foot(level: Numbers, i: int) -> int:
    """The hop of the steepest single step within the rise that ends at ``i``."""
    first = max(1, i - 4)
    steps = np.diff(level[first - 1 : i + 3])
    return first + int(np.argmax(steps))


_LEVEL_NAMES = (
    "above_floor", "rise", "above_before", "above_peak_before", "t6", "t10", "t15", "t20",
    "after_20", "after_50", "after_100", "after_200", "after_400", "after_750", "deepest", "rebound_near",
    "rebound_far", "attack", "floor_wide",
)  # fmt: skip


def _level_features(level: Numbers, where: NDArray[np.int64]) -> Numbers:
    rows = []
    padded = np.pad(level, (400, 400), mode="edge")
    for i in where.tolist():
        at = i + 400
        top = at + int(np.argmax(padded[at : at + 12]))
        peak = padded[top]
        after = padded[top : top + 320]
        before = padded[at - 80 : at - 2]
        wide = padded[at - 400 : at + 400]
        fall = [_first_below(after, peak - drop) for drop in (6, 10, 15, 20)]
        later = [peak - padded[top + o] for o in (8, 20, 40, 80, 160, 300)]
        rows.append([
            peak - np.percentile(wide, 10), peak - padded[at - 4 : at].min(), peak - np.median(before),
            peak - before.max(), *fall, *later, peak - after[4:60].min(), after[20:160].max() - peak,
            after[160:320].max() - peak, float(top - at), peak - np.percentile(wide, 50),
        ])  # fmt: skip
    return np.array(rows)


def _first_below(after: Numbers, bound: float) -> float:
    below = np.flatnonzero(after < bound)
    return float(below[0]) if len(below) else 320.0


_WAVE_NAMES = ("crest_30", "crest_110", "kurtosis_110", "crossings", "flat_tops", "asymmetry")


def _wave_features(samples: Samples, where: NDArray[np.int64]) -> Numbers:
    padded = np.pad(samples.astype(np.float64), (RATE // 10, RATE))
    rows = []
    for i in where.tolist():
        at = i * HOP + RATE // 10
        near, far = padded[at - 80 : at + 400], padded[at - 80 : at + 1680]
        top = np.abs(near).max() + 1e-9
        spread = far.std() + 1e-9
        rows.append([
            top / (np.sqrt(np.mean(near**2)) + 1e-9),
            np.abs(far).max() / (np.sqrt(np.mean(far**2)) + 1e-9),
            min(float(np.mean(((far - far.mean()) / spread) ** 4)), 200.0),
            float(np.mean(np.diff(np.sign(padded[at : at + 640])) != 0)),
            float(np.mean(np.abs(near) > 0.97 * top)),
            (near.max() + near.min()) / top,
        ])  # fmt: skip
    return np.array(rows)


_BANDS = [f"{a}" for a in _EDGES[:-1]]
_SPECTRUM_NAMES = (
    *(f"gain_{b}" for b in _BANDS),
    *(f"shape_{b}" for b in _BANDS),
    *(f"lag{lag}_{b}" for lag in _LAGS for b in _BANDS),
    "centroid", "bandwidth", "flatness",
)  # fmt: skip


def _spectra(samples: Samples, where: NDArray[np.int64]) -> Numbers:
    """Band levels at the onset against before it, their shape, how each band dies away, and moments."""
    window = np.hanning(_FRAME)
    hertz = np.fft.rfftfreq(_FRAME, 1 / RATE)
    bands = np.stack([(hertz >= a) & (hertz < b) for a, b in pairwise(_EDGES)], axis=1)
    padded = np.pad(samples.astype(np.float64), (RATE // 8, RATE))
    rows = []
    for i in where.tolist():
        at = i * HOP + RATE // 8
        starts = [at, *(at + lag * HOP for lag in _LAGS)]
        power = np.abs(np.fft.rfft(np.stack([padded[s : s + _FRAME] for s in starts]) * window, axis=1)) ** 2
        earlier = np.stack([padded[at - o : at - o + _FRAME] for o in (1600, 1200, 800, 400)]) * window
        quiet = (np.abs(np.fft.rfft(earlier, axis=1)) ** 2).mean(axis=0)
        loud = _decibel(power @ bands)
        on = loud[0]
        share = power[0] / (power[0].sum() + 1e-12)
        centroid = float(share @ hertz)
        rows.append(
            np.concatenate([
                on - _decibel(quiet @ bands),
                on - on.max(),
                (loud[1:] - on).ravel(),
                [centroid, float(np.sqrt(share @ (hertz - centroid) ** 2)), _flatness(power[0])],
            ])
        )  # fmt: skip
    return np.array(rows)


def _decibel(power: Numbers) -> Numbers:
    return np.asarray(10 * np.log10(power + 1e-7))


def _flatness(power: Numbers) -> float:
    return float(np.exp(np.mean(np.log(power + 1e-10))) / (np.mean(power) + 1e-10))


_COMPANY_NAMES = ("against_earlier", "since_earlier", "like_earlier", "since_last", "earlier", "against_loudest")


def _company(level: Numbers, where: NDArray[np.int64], rows: Numbers) -> Numbers:
    """How an onset compares with the strongest of the last 1.2 s (echoes are later, weaker, alike)."""
    peaks = np.array([level[i : i + 12].max() for i in where.tolist()])
    first = len(_LEVEL_NAMES) + len(_WAVE_NAMES) + len(_BANDS)
    shapes = rows[:, first : first + len(_BANDS)]
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    seconds = where * HOP / RATE
    out = []
    for k in range(len(where)):
        near = np.flatnonzero(np.abs(seconds - seconds[k]) < 3.0)
        loudest = peaks[k] - peaks[near].max()
        earlier = np.flatnonzero((seconds < seconds[k]) & (seconds > seconds[k] - 1.2))
        if not len(earlier):
            out.append([60.0, 2.0, 0.0, 2.0, 0.0, loudest])
            continue
        best = int(earlier[np.argmax(peaks[earlier])])
        norm = np.linalg.norm(shapes[best]) * np.linalg.norm(shapes[k]) + 1e-9
        alike = float(shapes[best] @ shapes[k] / norm)
        since = seconds[k] - seconds[k - 1]
        out.append([peaks[k] - peaks[best], seconds[k] - seconds[best], alike, since, float(len(earlier)), loudest])
    return np.array(out)


FEATURES = (*_LEVEL_NAMES, *_WAVE_NAMES, *_SPECTRUM_NAMES, *_COMPANY_NAMES)
"""Names of the columns of ``Onsets.features``; the model file repeats them and must agree."""
