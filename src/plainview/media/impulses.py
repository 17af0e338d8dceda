# SPDX-License-Identifier: Apache-2.0
"""Sudden loud sounds in one recording, and numbers that describe each.

An onset is a rise of at least 5 dB above the 20 to 30 ms before it, in any of three short-time
levels (all sound, above 300 Hz, above 2.5 kHz): a shot in the tail of the one before rises in one of
them. What follows it (how fast it dies away, where in the spectrum it lies, how it compares with its
neighbours) is what tells a gunshot from a door. All levels are relative, so gain and automatic gain
matter little.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

RATE = 16_000
HOP = 40
"""Samples between two levels: 2.5 ms."""

STEP = 20
"""Samples between two looks for an onset: 1.25 ms."""

RISE_DB = 5.0
REFRACTORY = 24
"""Steps (30 ms) within which only the steepest onset counts: faster than any hand-held weapon fires."""

_TRACES = ((None, 2, 16), (300.0, 3, 24), (2500.0, 2, 24))
"""High pass in Hz (None: 6 dB an octave), steps of the window, steps of the stretch before it."""

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Samples = NDArray[np.float32]

_EDGES = (80, 160, 250, 400, 630, 1000, 1400, 2000, 2800, 4000, 5600, 7900)
_LAGS = (4, 8, 24, 56, 120, 280)
"""Hops after the onset at which the spectrum is taken: 10 to 700 ms."""
_FRAME = 256


@dataclass(frozen=True, slots=True)
class Onsets:
    """Onsets in order of time.

    ``at``: seconds; ``features``: one row each, as FEATURES names them; ``peaks``: level in dB;
    ``shapes``: log spectrum of each onset, mean removed; ``waves``: its first 24 ms, norm 1.
    """

    at: Numbers
    features: Numbers
    peaks: Numbers
    shapes: Numbers
    waves: Numbers


def onsets(samples: Samples) -> Onsets:
    """Every onset of mono sound at 16 kHz with its features; the sound's own beginning is none."""
    coarse, rises = _rises(samples)
    if not len(coarse):
        return Onsets(
            np.zeros(0), np.zeros((0, len(FEATURES))), np.zeros(0), np.zeros((0, len(_BANDS))), np.zeros((0, 1))
        )
    places, edges = _edges(samples, coarse)
    level = levels(samples)
    hops = np.minimum(np.round(places / HOP).astype(np.int64), len(level) - 1)
    spectra = _spectra(samples, places)
    shapes = spectra[:, len(_BANDS) : 2 * len(_BANDS)]
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    waves = _waves(samples, places)
    peaks = np.array([level[i : i + 12].max() for i in hops.tolist()])
    at = places / RATE
    rows = [_level_features(level, hops), rises, edges, _wave_features(samples, places), spectra]
    rows.append(_company(at, peaks, shapes, waves))
    return Onsets(at, np.hstack(rows), peaks, shapes, waves)


def levels(samples: Samples) -> Numbers:
    """Level in dB of 5 ms windows every 2.5 ms, low rumble removed; floored at -90 dB."""
    rough = np.diff(samples, prepend=samples[:1]).astype(np.float64)  # 6 dB an octave: rumble and wind fall away
    power = np.add.reduceat(rough**2, np.arange(0, len(rough), HOP)) / HOP if len(rough) else np.zeros(0)
    power[1:] = (power[1:] + power[:-1]) / 2
    return np.asarray(10 * np.log10(power + 1e-9))


def _trace(samples: Samples, high_pass: float | None, window: int, before: int) -> Numbers:
    """Rise in dB at each step: ``window`` steps against the mean power of the ``before`` steps ahead of them."""
    rough = (
        np.diff(samples, prepend=samples[:1]).astype(np.float64)
        if high_pass is None
        else np.asarray(sosfilt(butter(2, high_pass, "high", fs=RATE, output="sos"), samples.astype(np.float64)))
    )
    power = np.add.reduceat(rough**2, np.arange(0, len(rough), STEP)) / STEP
    total = np.concatenate([[0.0], np.cumsum(power)])
    rise = np.zeros(len(power))
    first = before + window
    ends = np.arange(first, len(power) + 1)
    now = (total[ends] - total[ends - window]) / window
    then = (total[ends - window] - total[ends - first]) / before
    rise[first - 1 :] = 10 * np.log10(np.maximum(now, 0) + 1e-9) - 10 * np.log10(np.maximum(then, 0) + 1e-9)
    return rise


def _rises(samples: Samples) -> tuple[Places, Numbers]:
    """Steps at which an onset is steepest, and the rise of each trace around it."""
    if len(samples) < 64 * STEP:
        return np.zeros(0, np.int64), np.zeros((0, len(_TRACES)))
    traces = np.stack([_trace(samples, *each) for each in _TRACES])
    rise = traces.max(axis=0)
    found = np.flatnonzero(rise >= RISE_DB)
    taken = np.zeros(len(rise) + 2 * REFRACTORY + 1, bool)
    kept: list[int] = []
    for i in found[np.argsort(-rise[found], kind="stable")].tolist():
        if not taken[i + REFRACTORY]:
            kept.append(i)
            taken[i : i + 2 * REFRACTORY + 1] = True
    steps = np.array(sorted(kept), dtype=np.int64)
    return steps, np.array([traces[:, max(0, i - 3) : i + 4].max(axis=1) for i in steps.tolist()]).reshape(
        -1, len(_TRACES)
    )


_EDGE_NAMES = ("edge_ms", "narrow_6", "narrow_12", "first_share", "before_edge")


def _edges(samples: Samples, steps: Places) -> tuple[Places, Numbers]:
    """The sample at which each onset's edge stands, and how sharp and how narrow it is.

    The edge is where a quarter-millisecond envelope first reaches half of its greatest value near
    the steepest step: what an eye would take in the waveform.
    """
    rough = np.abs(np.diff(samples, prepend=samples[:1]).astype(np.float64))
    total = np.concatenate([np.zeros(3), rough, np.zeros(700)])
    envelope = (total[:-3] + total[1:-2] + total[2:-1] + total[3:]) / 4
    places, rows = [], []
    for step in steps.tolist():
        first = max(0, step * STEP - 64)
        near = envelope[first : first + 144]
        peak = near.max() + 1e-12
        half = int(np.argmax(near >= 0.5 * peak))
        tenth = int(np.argmax(near >= 0.15 * peak))
        after = envelope[first + half : first + half + 480]
        places.append(min(first + half, len(samples) - 1))
        early = envelope[max(0, first + half - 160) : first + half]
        rows.append([
            (half - tenth) / 16, float((after > 0.5 * peak).sum()) / 16, float((after > 0.25 * peak).sum()) / 16,
            float((after[:48] ** 2).sum() / ((after**2).sum() + 1e-15)),
            20 * float(np.log10(peak / (np.sqrt(np.mean(early**2)) + 1e-6))) if len(early) else 0.0,
        ])  # fmt: skip
    return np.array(places, dtype=np.int64), np.array(rows)


_LEVEL_NAMES = (
    "above_floor", "rise", "above_before", "above_peak_before", "t6", "t10", "t15", "t20",
    "after_20", "after_50", "after_100", "after_200", "after_400", "after_750", "deepest", "rebound_near",
    "rebound_far", "attack", "floor_wide",
)  # fmt: skip
_RISE_NAMES = ("rise_all", "rise_300", "rise_2500")


def _level_features(level: Numbers, where: Places) -> Numbers:
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


_WAVE_NAMES = (
    "crest_30", "crest_110", "kurtosis_110", "crossings", "flat_tops", "asymmetry", "lobe_ms", "swing", "over_8",
    "over_28", "ring_near", "ring_far", "hollow_near", "hollow_far",
)  # fmt: skip


def _wave_features(samples: Samples, where: Places) -> Numbers:
    padded = np.pad(samples.astype(np.float64), (RATE // 10, RATE))
    rows = []
    for i in where.tolist():
        at = i + RATE // 10
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
            *_pulse(padded[at - 16 : at + 592]),
            *_ring(padded[at + 48 : at + 1072]), *_ring(padded[at + 560 : at + 1584]),
        ])  # fmt: skip
    return np.array(rows)


def _pulse(near: Numbers) -> tuple[float, float, float, float]:
    """Width of the greatest swing of the first 9 ms, the swing after it, and dB of its peak over what follows."""
    top = int(np.argmax(np.abs(near[:144])))
    same = near * near[top] > 0
    before, after = np.flatnonzero(~same[:top]), np.flatnonzero(~same[top:])
    first = int(before[-1]) + 1 if len(before) else 0
    last = top + int(after[0]) if len(after) else len(near)
    peak = abs(near[top]) + 1e-9
    swing = float(np.abs(near[last : last + 48]).max() / peak) if last < len(near) else 0.0
    later = (near[top + 48 : top + 128], near[top + 128 : top + 448])
    over = [20 * float(np.log10(peak / (np.sqrt(np.mean(x**2)) + 1e-6))) for x in later]
    return (last - first) / 16, swing, over[0], over[1]


_BLOW = np.hanning(1024)
_LOW, _HIGH = 6, 256
"""Bins of a 1024 window between which a struck body rings: 100 Hz to 4 kHz."""


def _ring(after: Numbers) -> tuple[float, float]:
    """How far the strongest tone stands out of 64 ms, and how unevenly they are filled with tones (dB)."""
    power = np.abs(np.fft.rfft(after * _BLOW)[_LOW:_HIGH]) ** 2 + 1e-10
    mean = 10 * float(np.log10(power.mean()))
    return 10 * float(np.log10(power.max())) - mean, mean - 10 * float(np.mean(np.log10(power)))


_BANDS = [f"{a}" for a in _EDGES[:-1]]
_SPECTRUM_NAMES = (
    *(f"gain_{b}" for b in _BANDS),
    *(f"shape_{b}" for b in _BANDS),
    *(f"lag{lag}_{b}" for lag in _LAGS for b in _BANDS),
    "centroid", "bandwidth", "flatness", "flatness_later", "tonality",
)  # fmt: skip


def _spectra(samples: Samples, where: Places) -> Numbers:
    """Band levels at the onset against before it, their shape, how each band dies away, and moments."""
    window = np.hanning(_FRAME)
    hertz = np.fft.rfftfreq(_FRAME, 1 / RATE)
    bands = np.stack([(hertz >= a) & (hertz < b) for a, b in pairwise(_EDGES)], axis=1)
    padded = np.pad(samples.astype(np.float64), (RATE // 8, RATE))
    rows = []
    for i in where.tolist():
        at = i + RATE // 8 - 32  # the edge stands at an eighth of the window, where it still weighs
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
                [
                    centroid, float(np.sqrt(share @ (hertz - centroid) ** 2)), _flatness(power[0]),
                    _flatness(power[2]), float(power[1].max() / (power[1].sum() + 1e-12)),
                ],
            ])
        )  # fmt: skip
    return np.array(rows)


def _decibel(power: Numbers) -> Numbers:
    return np.asarray(10 * np.log10(power + 1e-7))


def _flatness(power: Numbers) -> float:
    return float(np.exp(np.mean(np.log(power + 1e-10))) / (np.mean(power) + 1e-10))


def _waves(samples: Samples, where: Places) -> Numbers:
    """The first 24 ms of each onset, tilted by 6 dB an octave, norm 1: what a repeated shot repeats."""
    rough = np.pad(np.diff(samples, prepend=samples[:1]).astype(np.float64), (64, 512))
    rows = np.stack([rough[i + 32 : i + 32 + 416] for i in where.tolist()])
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9))


def alike(wave: Numbers, other: Numbers) -> float:
    """Greatest correlation of two onsets' waves within 1.5 ms of each other, 0 to 1."""
    size = 1024
    cross = np.fft.irfft(np.fft.rfft(wave, size) * np.conj(np.fft.rfft(other, size)), size)
    return float(max(cross[:25].max(), cross[-24:].max()))


def _all_alike(spectrum: NDArray[np.complex128], others: NDArray[np.complex128]) -> Numbers:
    """The same of one onset with each of several, from their waves' spectra of 1024 samples."""
    cross = np.fft.irfft(spectrum * np.conj(others), 1024, axis=1)
    return np.asarray(np.maximum(cross[:, :25].max(axis=1), cross[:, -24:].max(axis=1)))


_COMPANY_NAMES = (
    "against_earlier", "since_earlier", "like_earlier", "wave_like_earlier", "since_last", "earlier", "against_loudest",
    "near", "wide", "best_alike", "best_alike_level",
)  # fmt: skip


def _company(seconds: Numbers, peaks: Numbers, shapes: Numbers, waves: Numbers) -> Numbers:
    """An onset beside the strongest of the last 1.2 s (echoes are later, weaker, alike) and its neighbours."""
    out = []
    spectra = np.fft.rfft(waves, 1024, axis=1)
    for k in range(len(seconds)):
        apart = seconds - seconds[k]
        near = np.flatnonzero(np.abs(apart) < 3.0)
        loudest = peaks[k] - peaks[near].max()
        company = [float((np.abs(apart) < 0.5).sum() - 1), float(len(near) - 1)]
        strong = near[(peaks[near] >= peaks[k] - 6) & (near != k)][:60]
        twin, twin_level = 0.0, 60.0
        if len(strong):
            each = _all_alike(spectra[k], spectra[strong])
            twin, twin_level = float(each.max()), float(peaks[k] - peaks[strong[int(np.argmax(each))]])
        earlier = np.flatnonzero((apart < 0) & (apart > -1.2))
        if not len(earlier):
            out.append([60.0, 2.0, 0.0, 0.0, 2.0, 0.0, loudest, *company, twin, twin_level])
            continue
        best = int(earlier[np.argmax(peaks[earlier])])
        out.append([
            peaks[k] - peaks[best], -apart[best], _cosine(shapes[best], shapes[k]), alike(waves[k], waves[best]),
            -apart[k - 1], float(len(earlier)), loudest, *company, twin, twin_level,
        ])  # fmt: skip
    return np.array(out)


def _cosine(a: Numbers, b: Numbers) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))


_CONTEXT_NAMES = (
    "alone", "surest_near", "sure_near", "sure_wide", "surest_before", "since_surest_before", "against_surest_before",
    "wave_like_sure", "shape_like_sure", "against_sure", "away_from_sure", "echo_repeats", "even_beat", "twins",
    "twins_alone", "kin", "kin_alone", "twins_uneven", "rival", "against_rival", "since_rival",
    "paired", "pair_delay", "against_pair", "pairs",
)  # fmt: skip


def context(found: Onsets, chance: Numbers) -> Numbers:
    """Each onset among those that are likely shots by themselves (``chance``: one probability each).

    The surest onset within five seconds serves as a template. ``echo_repeats`` is the share of other
    likely shots followed by a weaker onset at the same delay: what walls do, and fingers do not.
    ``twins`` are onsets with the same wave, ``kin`` those with the same spectrum: what all of them
    are taken for, each is.
    """
    at, peaks = found.at, found.peaks
    rows = []
    odds = np.log(np.clip(chance, 0.005, 0.995) / (1 - np.clip(chance, 0.005, 0.995)))
    spectra = np.fft.rfft(found.waves, 1024, axis=1)
    directions = found.shapes / (np.linalg.norm(found.shapes, axis=1, keepdims=True) + 1e-9)
    likely = np.flatnonzero(chance > 0.4)
    for k in range(len(at)):
        apart = at - at[k]
        others = np.flatnonzero((np.abs(apart) < 5.0) & (np.arange(len(at)) != k))
        near = others[np.abs(apart[others]) < 1.0]
        before = others[(apart[others] < 0) & (apart[others] > -0.8)]
        surest = others[int(np.argmax(chance[others]))] if len(others) else -1
        ahead = before[int(np.argmax(chance[before]))] if len(before) else -1
        rows.append([
            chance[k],
            chance[surest] if surest >= 0 else 0.0,
            float(chance[near].sum()), float(chance[others].sum()),
            chance[ahead] if ahead >= 0 else 0.0,
            -apart[ahead] if ahead >= 0 else 2.0,
            peaks[k] - peaks[ahead] if ahead >= 0 else 60.0,
            alike(found.waves[k], found.waves[surest]) if surest >= 0 else 0.0,
            _cosine(found.shapes[k], found.shapes[surest]) if surest >= 0 else 0.0,
            peaks[k] - peaks[surest] if surest >= 0 else 60.0,
            abs(apart[surest]) if surest >= 0 else 6.0,
            _echo_repeats(k, ahead, likely, at, peaks),
            _even_beat(k, likely, at),
            *_relatives(
                apart[others], odds[k], odds[others],
                _all_alike(spectra[k], spectra[others]), directions[others] @ directions[k],
            ),
            *_rival(k, at, peaks, chance),
            *_paired(k, likely, at, peaks, chance),
        ])  # fmt: skip
    return np.array(rows).reshape(-1, len(_CONTEXT_NAMES))


def _relatives(
    apart: Numbers, own: float, others: Numbers, waves: Numbers, shapes: Numbers
) -> tuple[float, float, float, float, float]:
    """How many onsets are like one in wave and in spectrum, their mean log odds with its own, and their gaps."""
    twins = np.clip(waves - 0.4, 0, None) / 0.6
    kin = np.clip(shapes - 0.7, 0, None) / 0.3
    means = [float((own + weight @ others) / (1 + weight.sum())) for weight in (twins, kin)]
    gaps = np.log(np.diff(np.sort(np.append(apart[waves > 0.6], 0.0))))
    return float(twins.sum()), means[0], float(kin.sum()), means[1], float(gaps.std()) if len(gaps) > 1 else -1.0


def _rival(k: int, at: Numbers, peaks: Numbers, chance: Numbers) -> tuple[float, float, float]:
    """The surest other onset within an eighth of a second: its chance, dB above it, seconds since it."""
    near = np.flatnonzero((np.abs(at - at[k]) < 0.125) & (np.arange(len(at)) != k))
    if not len(near):
        return 0.0, 60.0, 0.25
    rival = near[int(np.argmax(chance[near]))]
    return float(chance[rival]), float(peaks[k] - peaks[rival]), float(at[k] - at[rival])


def _paired(
    k: int, likely: Places, at: Numbers, peaks: Numbers, chance: Numbers
) -> tuple[float, float, float, float]:
    """The neighbour whose delay from ``k`` most other likely shots show too, as crack and blast or shot and echo do.

    Their share, the delay in seconds (negative: the neighbour comes first), dB above it, and how many others there are.
    """
    found = (-1.0, 0.0, 0.0, 0.0)
    if chance[k] < 0.05:
        return found
    apart = np.abs(at - at[k])
    for m in np.flatnonzero((apart > 0.02) & (apart < 0.3) & (chance > 0.05)).tolist():
        others = at[likely[(apart[likely] < 10) & (likely != k) & (likely != m)]]
        delay = float(at[m] - at[k])
        share = float((_stands(at, others + delay) | _stands(at, others - delay)).mean()) if len(others) else -1.0
        if share > found[0]:
            found = (share, delay, float(peaks[k] - peaks[m]), float(len(others)))
    return found


def _stands(at: Numbers, when: Numbers) -> NDArray[np.bool_]:
    """Whether an onset lies within 3 ms of each time."""
    return np.asarray(np.searchsorted(at, when + 0.003) > np.searchsorted(at, when - 0.003))


def _echo_repeats(k: int, ahead: int, likely: Places, at: Numbers, peaks: Numbers) -> float:
    """Share of the other likely shots after which, at the delay of ``k`` after ``ahead``, a weaker onset comes."""
    if ahead < 0:
        return -1.0
    delay = at[k] - at[ahead]
    others = [j for j in likely.tolist() if j not in (k, ahead) and abs(at[j] - at[k]) < 10]
    if not others:
        return -1.0
    hit = 0
    for j in others:
        then = np.flatnonzero(np.abs(at - at[j] - delay) < 0.004)
        hit += bool(len(then)) and bool((peaks[then] < peaks[j]).any())
    return hit / len(others)


def _even_beat(k: int, likely: Places, at: Numbers) -> float:
    """How far, as a share of the gap, the likely neighbours before and after ``k`` are from being evenly spaced."""
    before = [at[j] for j in likely.tolist() if 0.04 < at[k] - at[j] < 1.0]
    after = [at[j] for j in likely.tolist() if 0.04 < at[j] - at[k] < 1.0]
    if not before or not after:
        return 1.0
    gap_before, gap_after = at[k] - max(before), min(after) - at[k]
    return float(abs(gap_after - gap_before) / (gap_after + gap_before))


FEATURES = (*_LEVEL_NAMES, *_RISE_NAMES, *_EDGE_NAMES, *_WAVE_NAMES, *_SPECTRUM_NAMES, *_COMPANY_NAMES)
"""Names of the columns of ``Onsets.features``; the model file repeats them and must agree."""

CONTEXT = (*FEATURES, *_CONTEXT_NAMES)
"""Columns the second stage sees: each onset's own and its place among likely shots."""
