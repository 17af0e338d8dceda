# SPDX-License-Identifier: Apache-2.0
"""How alike two recordings sound at every lag, and where exactly the same sound lies in both.

What this module keeps true: likeness is an absolute statistic (``z``, in units of the curve's own
noise, corrected for the length of the overlap), so "nothing in common" is an answer; stretches that
hold no sound weigh nothing; a sound that repeats (a siren, a beeper) is recognised as a comb.

The lag of recording ``b`` after ``a`` is ``o_b - o_a`` in seconds, where ``o`` is the common time at
which each one's own clock reads zero.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft as sfft
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

Floats = NDArray[np.float32]
Samples = NDArray[np.int16]

RATE = 8000
"""Telephone calls and radio carry nothing above 4 kHz."""

_HOP = 80
_JOINED = 2
"""Power is measured every 10 ms, so that an onset is sharp; two such frames make one of what is compared.
Finer comparison costs four times as much and finds no more; the exact lag is the phase's business."""

FRAMES_PER_S = RATE / _HOP / _JOINED
_WINDOW = 256
_AT_ONCE = 256
"""Frames analysed together: so many stay in the processor, which doubles the speed."""

_BANDS = 24
_SILENCE = 4
"""A frame whose loudest sample is below this is muted, lost or not yet recording."""

_LEAST_FRAMES = 150
"""Three seconds of sound; less cannot carry a match."""

_LEAST_OVERLAP_S = 5.0
DRIFT_SPREAD = 25e-6
"""How far the clocks of ordinary recorders run from true: 25 parts per million, one standard deviation."""

_TRUST_SLOPES = 2.5
"""Slopes of pairs whose people walk were that much farther from the truth than their scatter says."""

_ELSEWHERE = tuple(sign * off for off in (67, 127, 193, 263, 331, 397, 463, 541) for sign in (-1, 1))
"""Frames off the true lag; primes, so that no rhythm falls on several of them."""

_LONG = 2048
_TELEPHONE = 10**-0.6
"""Telephones and radios of the demonstration have -8 dB or less, their models in bench/ -18; the most
bass-poor other recorder -2."""

_CACHE_BYTES = 400_000_000
WINDOW_S = 3.0
"""Long enough to hold a few words, short enough that one source at one place carries it."""

_SAMPLED = 5
"""A curve's noise is measured on every fifth of its points."""

_APART = round(0.4 * FRAMES_PER_S)
BLOCK = 4
"""Frames per block of a coarse curve (80 ms): what stacking needs, at a quarter of the memory."""


@dataclass(frozen=True, slots=True)
class Features:
    """Band contrast plus band onsets, (24, frames) at 50 Hz, zero where ``alive`` is 0; the lines a siren
    draws are flattened by dividing by the square root of the smoothed mean spectrum."""

    bands: NDArray[np.float16]
    """Half precision: a hundred recordings of an hour would not fit otherwise."""
    alive: Floats

    @property
    def frames(self) -> int:
        return int(self.bands.shape[1])


@dataclass(frozen=True, slots=True)
class Peak:
    """One lag at which two recordings are alike."""

    lag: float
    z: float


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch found again: ``at`` on a's clock, the lag there, and the peak's height over its noise."""

    at: float
    lag: float
    quality: float


@dataclass(frozen=True, slots=True)
class LagFit:
    """What the segments of one pair say together. Times in seconds.

    ``lag`` holds at ``at`` on a's clock and changes by ``slope`` (± ``slope_doubt``) per second; ``low``
    and ``high`` bound the lags that several sound sources at different distances support.
    """

    at: float
    lag: float
    slope: float
    slope_doubt: float
    low: float
    high: float
    segments: tuple[Segment, ...]

    def at_time(self, t: float) -> float:
        """The lag expected at a's time ``t``."""
        return self.lag + _likely(self.slope, self.slope_doubt) * (t - self.at)


def features(samples: Samples) -> Features | None:
    """What is compared; None when there are not three seconds of sound."""
    if len(samples) < _WINDOW + _LEAST_FRAMES * _HOP * _JOINED:
        return None
    power, dead = _band_power(samples)
    dead = maximum_filter1d(dead.astype(np.uint8), 5) > 0
    if int((~dead).sum()) < _LEAST_FRAMES * _JOINED:
        return None
    alive = (~dead).astype(np.float32)
    floor = np.percentile(power[:, ~dead], 10, axis=1, keepdims=True)
    level = np.log(power + 0.5 * floor + 1e-9)
    level[:, dead] = 0
    # Subtracting one second's mean removes steady noise and slow gain control alike.
    contrast = level - _local_mean(level, alive, 101)
    contrast -= 0.5 * contrast.mean(0, keepdims=True)
    onset = np.maximum(uniform_filter1d(np.diff(contrast, axis=1, prepend=contrast[:, :1]), 2, axis=1), 0)
    onset = _unit(onset - _local_mean(onset, alive, 301), alive)
    bands = 0.91 * np.clip(onset, -2, 5) + 0.49 * np.clip(_unit(contrast, alive), -2, 4)
    bands[:, dead] = 0
    return _whitened(_joined(bands).mean(2), _joined(alive[None]).min(2)[0])


def _joined(values: Floats) -> Floats:
    """Neighbouring frames side by side: (bands, frames of what is compared, 2)."""
    count = values.shape[1] // _JOINED
    return values[:, : count * _JOINED].reshape(len(values), count, _JOINED)


def _whitened(bands: Floats, alive: Floats) -> Features:
    frames = bands.shape[1]
    size = sfft.next_fast_len(frames + 256, True)
    spectrum = sfft.rfft(bands, size, axis=1)
    shape = np.sqrt(uniform_filter1d(np.abs(spectrum).mean(0), 15) + 1e-3)
    flat = sfft.irfft(spectrum / shape, size, axis=1)[:, :frames] * alive
    return Features(flat.astype(np.float16), alive)


def _band_power(samples: Samples) -> tuple[Floats, NDArray[np.bool_]]:
    count = (len(samples) - _WINDOW) // _HOP + 1
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP][:count]
    power = np.empty((_BANDS, count), np.float32)
    window = (np.hanning(_WINDOW) / 32768).astype(np.float32)
    for start in range(0, count, _AT_ONCE):
        block = frames[start : start + _AT_ONCE]
        spectrum = sfft.rfft(block * window, axis=1, overwrite_x=True)
        power[:, start : start + len(block)] = _mel_bank() @ (spectrum.real**2 + spectrum.imag**2).T
    return power, _dead(samples, count)


def _dead(samples: Samples, count: int) -> NDArray[np.bool_]:
    """Which frames hold no sample that is sound."""
    loud = np.cumsum(np.concatenate([[False], (samples >= _SILENCE) | (samples <= -_SILENCE)]), dtype=np.int32)
    first = np.arange(count) * _HOP
    return np.asarray(loud[first + _WINDOW] == loud[first])


@lru_cache(maxsize=1)
def _mel_bank(low: float = 120.0, high: float = 3700.0) -> Floats:
    """Triangular mel bands, (24, 129); an empty band takes its nearest bin."""
    edges = np.linspace(2595 * np.log10(1 + low / 700), 2595 * np.log10(1 + high / 700), _BANDS + 2)
    hertz = 700 * (10 ** (edges / 2595) - 1)
    bins = np.arange(_WINDOW // 2 + 1) * RATE / _WINDOW
    bank = np.zeros((_BANDS, len(bins)), np.float32)
    for band in range(_BANDS):
        left, centre, right = hertz[band : band + 3]
        bank[band] = np.clip(np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)), 0, None)
        if not bank[band].any():
            bank[band, np.argmin(np.abs(bins - centre))] = 1
    return bank


def _local_mean(values: Floats, alive: Floats, width: int) -> Floats:
    """Running mean over living frames only."""
    share = np.maximum(uniform_filter1d(alive, width), 1e-3)
    return np.asarray(uniform_filter1d(values * alive, width, axis=-1) / share, np.float32)


def _unit(values: Floats, alive: Floats) -> Floats:
    """Scaled to unit power over ten seconds, so that loud stretches do not decide alone."""
    power = np.maximum(_local_mean(values**2, alive, 1001), 0)
    return np.asarray(values / (np.sqrt(power) + 1e-3), np.float32)


class Curves:
    """Likeness curves of any two of some recordings, with a bounded store of their spectra."""

    def __init__(self, known: Sequence[Features | None]) -> None:
        self._known = known
        self._spectra: OrderedDict[tuple[int, int], _Spectra] = OrderedDict()
        self._held = 0

    def frames(self, a: int) -> int:
        known = self._known[a]
        return known.frames if known is not None else 0

    def size(self, a: int, b: int) -> int:
        """How many points the spectra have that two recordings are compared by: of one size, one of each serves many
        pairs."""
        return _size(self.frames(a) + self.frames(b))

    def middle(self, a: int) -> float:
        """The media time in the middle of what recording ``a`` heard; 0 when it heard nothing."""
        known = self._known[a]
        return 0.0 if known is None else float(np.mean(np.flatnonzero(known.alive))) / FRAMES_PER_S

    def heard(self, a: int) -> tuple[float, float]:
        """The media times between which recording ``a`` heard anything."""
        known = self._known[a]
        living = np.flatnonzero(known.alive) if known is not None else np.zeros(1)
        return float(living[0]) / FRAMES_PER_S, float(living[-1]) / FRAMES_PER_S

    def cut(self, a: int, first: int, last: int) -> Features:
        """What recording ``a`` holds between two of its frames; nothing where it has none."""
        known = self._known[a]
        count = last - first
        if known is None or last <= 0 or first >= known.frames:
            return Features(np.zeros((_BANDS, count), np.float16), np.zeros(count, np.float32))
        room = max(-first, 0), max(last - known.frames, 0)
        part = slice(max(first, 0), min(last, known.frames))
        return Features(np.pad(known.bands[:, part], ((0, 0), room)), np.pad(known.alive[part], room))

    def seconds(self, a: int) -> float:
        return self.frames(a) / FRAMES_PER_S

    def lively(self, a: int, step: float, width: float) -> Floats:
        """How much goes on in each ``width`` seconds of recording ``a``, every ``step`` seconds."""
        known = self._known[a]
        if known is None:
            return np.zeros(0, np.float32)
        power = np.concatenate([[0.0], np.cumsum((known.bands.astype(np.float32) ** 2).sum(0), dtype=np.float64)])
        starts = np.round(np.arange(0, max(known.frames - width * FRAMES_PER_S, 1), step * FRAMES_PER_S)).astype(int)
        ends = np.minimum(starts + round(width * FRAMES_PER_S), known.frames)
        return np.asarray(power[ends] - power[starts], np.float32)

    def curve(self, a: int, b: int) -> Floats:
        """z at every lag; index k is the lag of ``k - (frames(b) - 1)`` frames."""
        frames_a, frames_b, size = self.frames(a), self.frames(b), self.size(a, b)
        one, two = self._spectrum(a, size), self._spectrum(b, size)
        product = _alike(one.bands, two.bands)

        def by_lag(spectrum: NDArray[np.complex64]) -> Floats:
            circle = sfft.irfft(spectrum, size)
            return np.concatenate([circle[size - (frames_b - 1) :], circle[:frames_a]])

        energy = by_lag(one.energy * np.conj(two.energy))
        z = by_lag(product) / np.sqrt(np.maximum(energy, 1e-3) / _BANDS)
        z[_in_common(one.runs, two.runs, frames_a, frames_b) < _LEAST_OVERLAP_S * FRAMES_PER_S] = 0
        used = np.abs(z[::_SAMPLED])
        used = used[used > 0]
        noise = 1.4826 * float(np.median(used)) if len(used) > 1000 / _SAMPLED else 1.0
        return np.asarray(z / max(noise, 1e-3), np.float32)

    def _spectrum(self, a: int, size: int) -> _Spectra:
        key = (a, size)
        if key in self._spectra:
            self._spectra.move_to_end(key)
            return self._spectra[key]
        known = self._known[a]
        assert known is not None
        made = _spectra(known, size)
        self._spectra[key] = made
        self._held += made.bytes
        while self._held > _CACHE_BYTES and len(self._spectra) > 2:
            _, old = self._spectra.popitem(last=False)
            self._held -= old.bytes
        return made

    def spread(self, a: int, b: int, lag: float) -> float:
        """Effective number of seconds that carry the match at this lag: 1 is a single bang."""
        carried = np.maximum(self._by_second(a, b, lag) - 2, 0)
        return float(carried.sum() ** 2 / (np.sum(carried**2) + 1e-9))

    def _by_second(self, a: int, b: int, lag: float) -> Floats:
        """What each second in common adds to the match, over the noise of lags where nothing can match."""
        one, two = self._known[a], self._known[b]
        assert one is not None
        assert two is not None
        shift = round(lag * FRAMES_PER_S)
        start, end = max(0, shift), min(one.frames, shift + two.frames)
        second = round(FRAMES_PER_S)
        start += -start % second
        if end - start < 2 * second:
            return np.zeros(1, np.float32)
        here = one.bands[:, start:end].astype(np.float32)
        there = two.bands[:, start - shift : end - shift].astype(np.float32)
        chance = np.stack([_by_second(here, np.roll(there, off, axis=1)) for off in _ELSEWHERE])
        middle = np.median(chance)
        noise = 1.4826 * np.median(np.abs(chance - middle)) + 1e-6
        return np.asarray((_by_second(here, there) - middle) / noise, np.float32)

    def best_starts(self, a: int, b: int, lag: float, *, most: int, beside: Sequence[float] = ()) -> list[float]:
        """Where on a's clock the stretches begin that carry the match best, more than at any lag ``beside``; a quarter
        of them at most from any eighth of what is shared: a drift shows only between distant times."""
        first, carried = self._carried(a, b, lag)
        elsewhere = np.zeros_like(carried)
        for other in beside:
            start, there = self._carried(a, b, other)
            low, high = max(first, start), min(first + len(carried), start + len(there))
            if low < high:
                here = elsewhere[low - first : high - first]
                np.maximum(here, there[low - start : high - start], out=here)
        carried -= elsewhere
        chosen: list[int] = []
        taken = [0] * 8
        for k in np.argsort(-carried, kind="stable"):
            part = int(k) * 8 // len(carried)
            if len(chosen) == most or carried[k] <= 0:
                break
            if taken[part] < max(most // 4, 2) and all(abs(int(k) - other) > 1 for other in chosen):
                chosen.append(int(k))
                taken[part] += 1
        return [float(first + k) for k in sorted(chosen)]

    def _carried(self, a: int, b: int, lag: float) -> tuple[int, Floats]:
        """(a's first whole second in common, what the stretch that begins at each second from there adds)."""
        one, two = self._known[a], self._known[b]
        assert one is not None
        assert two is not None
        shift, step, width = round(lag * FRAMES_PER_S), round(FRAMES_PER_S), round(WINDOW_S * FRAMES_PER_S)
        start, end = max(0, shift), min(one.frames, shift + two.frames)
        start += -start % step
        if end - start < width:
            return 0, np.zeros(0, np.float32)
        alike = np.einsum(
            "bf,bf->f",
            one.bands[:, start:end].astype(np.float32),
            two.bands[:, start - shift : end - shift].astype(np.float32),
        )
        total = np.concatenate([[0.0], np.cumsum(alike, dtype=np.float64)])
        return start // step, np.asarray(total[width::step] - total[:-width:step], np.float32)


def _by_second(here: Floats, there: Floats) -> Floats:
    alike = np.einsum("bf,bf->f", here, there)
    second = round(FRAMES_PER_S)
    return np.asarray(alike[: len(alike) // second * second].reshape(-1, second).sum(1), np.float32)


Runs = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The frames at which a recording begins to live or ceases to, and 1 or -1."""


@dataclass(frozen=True, slots=True)
class _Spectra:
    """Spectra of one recording's bands and of their energy; where it lives."""

    bands: NDArray[np.complex64]
    energy: NDArray[np.complex64]
    runs: Runs

    @property
    def bytes(self) -> int:
        return self.bands.nbytes + self.energy.nbytes


def _spectra(known: Features, size: int) -> _Spectra:
    flat = known.bands.astype(np.float32)
    change = np.asarray(np.diff(known.alive.astype(np.int64), prepend=0, append=0), np.int64)
    edges = np.flatnonzero(change)
    energy = sfft.rfft(np.einsum("bf,bf->f", flat, flat), size)
    return _Spectra(sfft.rfft(flat, size, axis=1), energy, (edges, change[edges]))


def _alike(one: NDArray[np.complex64], two: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """The cross spectrum of two recordings, summed over their bands; a band at a time stays in the processor."""
    total = np.zeros(one.shape[1], np.complex64)
    product = np.empty_like(total)
    for here, there in zip(one, two, strict=True):
        np.conj(there, out=product)
        product *= here
        total += product
    return total


def _in_common(one: Runs, two: Runs, frames_a: int, frames_b: int) -> NDArray[np.int64]:
    """How many frames of both live at each lag, from ``-(frames_b - 1)`` on.

    As a function of the lag that number is made of straight pieces, which bend where an edge of one meets an edge of
    the other.
    """
    bend = np.zeros(frames_a + frames_b + 1, np.int64)
    for at, sign in zip(*two, strict=True):
        bend[one[0] - at + frames_b] -= sign * one[1]
    return np.asarray(np.cumsum(np.cumsum(bend))[: frames_a + frames_b - 1])


def _size(frames: int) -> int:
    """The next of 1, 1.5 and their doubles: few sizes, so that a recording's spectrum serves many pairs."""
    whole = 1 << max(int(np.ceil(np.log2(frames))), 8)
    return whole * 3 // 4 if frames <= whole * 3 // 4 else whole


def peaks(curve: Floats, frames_b: int, *, most: int = 4) -> list[Peak]:
    """The highest lags, at least 0.4 s apart, down to z = 3.5."""
    found: list[Peak] = []
    left = curve.copy()
    for _ in range(most):
        k = int(np.argmax(left))
        z = float(left[k])
        if z <= 3.5:
            break
        found.append(Peak((k - (frames_b - 1) + vertex(curve, k)) / FRAMES_PER_S, z))
        left[max(0, k - _APART) : k + _APART + 1] = 0
    return found


def near(curve: Floats, frames_b: int, lag: float, *, within: float) -> Peak:
    """The highest point within ``within`` seconds of ``lag``."""
    middle = round(lag * FRAMES_PER_S) + frames_b - 1
    reach = round(within * FRAMES_PER_S)
    start, end = max(0, middle - reach), min(len(curve), middle + reach + 1)
    if start >= end:
        return Peak(lag, 0.0)
    k = start + int(np.argmax(curve[start:end]))
    return Peak((k - (frames_b - 1) + vertex(curve, k)) / FRAMES_PER_S, float(curve[k]))


def coarse(curve: Floats) -> NDArray[np.uint8]:
    """The curve's maxima per 80 ms, in eighths of z, negative values dropped."""
    padded = np.pad(curve, (0, -len(curve) % BLOCK))
    highest = padded.reshape(-1, BLOCK).max(1)
    return np.asarray(np.clip(np.round(highest * 8), 0, 255), np.uint8)


def is_telephone(samples: Samples) -> bool:
    """Whether the sound came through a telephone or a radio: nothing below 200 Hz, where every other recorder
    has its rumble. Median spectrum of two hundred stretches; False where there is no sound to judge by."""
    frames = samples[: len(samples) // _LONG * _LONG].reshape(-1, _LONG)
    frames = frames[(frames > 7).any(axis=1)]
    if len(frames) < 8:
        return False
    frames = frames[:: max(len(frames) // 200, 1)].astype(np.float32)
    power = np.median(np.abs(sfft.rfft(frames * np.hanning(_LONG).astype(np.float32), axis=1)) ** 2, axis=0)
    hertz = np.arange(len(power)) * RATE / _LONG
    rumble = power[(hertz > 60) & (hertz < 180)].mean()
    return bool(rumble < _TELEPHONE * power[(hertz > 400) & (hertz < 1000)].mean())


def is_comb(found: Sequence[Peak]) -> bool:
    """Side peaks at equal spacing: the match may be a siren, an alarm or a beeper one period off."""
    first = found[0]
    beside = [p for p in found[1:] if p.z > 0.5 * first.z and abs(p.lag - first.lag) < 15]
    if len(beside) >= 3:
        return True
    if len(beside) < 2:
        return False
    one, two = sorted(abs(p.lag - first.lag) for p in beside[:2])
    return abs(one - two) < 0.12 * one + 0.03 or abs(two - 2 * one) < 0.12 * two


def vertex(values: Floats, k: int) -> float:
    """Where between samples the parabola through three points has its top, -0.5 to 0.5."""
    if not 0 < k < len(values) - 1:
        return 0.0
    left, top, right = values[k - 1 : k + 2].tolist()
    bend = left - 2 * top + right
    return min(max(0.5 * (left - right) / bend, -0.5), 0.5) if bend < 0 else 0.0


def segments(
    a: Samples, b: Samples, lag: float, *, starts: Sequence[float], length: float = WINDOW_S, reach: float = 0.35
) -> list[Segment]:
    """Generalised cross-correlation (phase transform, exponent 3/4) of stretches around a known lag.

    ``starts``: where on a's clock each stretch of ``length`` seconds begins.
    """
    size, pad = round(length * RATE), round(reach * RATE)
    found: list[Segment] = []
    for t in starts:
        i = round(float(t) * RATE)
        j = round((float(t) - lag) * RATE)
        here, there = a[i : i + size], _padded(b, j - pad, size + 2 * pad)
        if len(here) < size or mostly_silent(here) or mostly_silent(there):
            continue
        shift, quality = _phase_peak(here, there, pad)
        found.append(Segment(float(t) + length / 2, (i - j - shift) / RATE, quality))
    return found


def mostly_silent(samples: Samples) -> bool:
    """Whether more than half of it is below what a recorder's own noise makes."""
    return bool(np.count_nonzero((samples > -7) & (samples < 7)) > 0.5 * len(samples))


def _padded(samples: Samples, start: int, length: int) -> Samples:
    """``samples[start : start + length]`` with zeros where there are none."""
    inside = samples[max(0, start) : max(0, start + length)]
    before = max(0, -start)
    return np.pad(inside, (before, max(0, length - before - len(inside))))[:length]


def _phase_peak(here: Samples, there: Samples, pad: int) -> tuple[float, float]:
    """(how many samples later than expected the sound comes in ``there``, height over noise)."""
    size = sfft.next_fast_len(len(there), True)
    one = sfft.rfft(here.astype(np.float32), size)
    two = sfft.rfft(there.astype(np.float32), size)
    cross = np.conj(one) * two
    # Square roots are ten times faster than powers: |cross| ** (1/2) times |cross| ** (1/4).
    root = np.sqrt(np.sqrt(cross.real**2 + cross.imag**2))
    cross *= heard_by_all(size) / (root * np.sqrt(root) + 1e-9)
    curve = np.asarray(sfft.irfft(cross, size)[: 2 * pad + 1], np.float32)
    k = int(np.argmax(curve))
    noise = 1.4826 * float(np.median(np.abs(curve))) + 1e-12
    return k + vertex(curve, k) - pad, float(curve[k]) / noise


@lru_cache(maxsize=4)
def heard_by_all(size: int) -> Floats:
    """1 where every recorder hears something: 200 to 3500 Hz."""
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    return np.asarray((hertz > 200) & (hertz < 3500), np.float32)


def fit(found: Sequence[Segment], *, least_quality: float = 7.0) -> LagFit | None:
    """Parallel lines through the segments' lags: one slope (the drift), several sources; None when too few."""
    good = [s for s in found if s.quality > least_quality]
    if len(good) < 2:
        return None
    t = np.array([s.at for s in good])
    lag = np.array([s.lag for s in good])
    weight = np.minimum([s.quality for s in good], 30)
    middle = float(t.mean())
    slope = _slope(t - middle, lag)
    doubt = _slope_doubt(t - middle, lag, slope)
    rest = lag - _likely(slope, doubt) * (t - middle)
    order = np.argsort(rest, kind="stable")
    weights = np.cumsum(weight[order])
    centre = float(rest[order][np.searchsorted(weights, weights[-1] / 2)])
    inside = np.abs(rest - centre) < 0.3
    company = np.array([int((np.abs(rest - r) < 0.002).sum()) for r in rest])
    borne = rest[inside & (company >= 2)]
    if len(borne) < 2:
        borne = rest[inside]
    kept = tuple(s for s, ok in zip(good, inside, strict=True) if ok)
    low, high = float(borne.min()), float(borne.max())
    return LagFit(middle, centre, slope, doubt, min(low, centre), max(high, centre), kept)


def _likely(slope: float, doubt: float) -> float:
    """The slope drawn towards zero as far as it is doubtful."""
    return slope * DRIFT_SPREAD**2 / (DRIFT_SPREAD**2 + doubt**2)


def _slope_doubt(t: NDArray[np.float64], lag: NDArray[np.float64], slope: float) -> float:
    """Standard error of the slope. People who move while they speak change a lag as a drifting clock does,

    so neighbouring segments are not independent: four of them count as one.
    """
    rest = lag - slope * t
    scatter = _TRUST_SLOPES * 1.4826 * float(np.median(np.abs(rest - np.median(rest)))) + 2e-4
    return scatter / max(float(np.std(t)), 1.0) / float(np.sqrt(max(len(t) / 4, 1)))


def _slope(t: NDArray[np.float64], lag: NDArray[np.float64]) -> float:
    """The drift that puts most segments on common parallel lines; 0 when less than a minute is shared."""
    if np.ptp(t) <= 60:
        return 0.0
    best, slope = -np.inf, 0.0
    for trial in np.arange(-130, 131, 10) * 1e-6:
        rest = lag - trial * t
        score = float(np.exp(-(((rest[:, None] - rest[None]) / 0.0015) ** 2)).sum()) - 200 * abs(float(trial))
        if score > best:
            best, slope = score, float(trial)
    for _ in range(3):
        rest = lag - slope * t
        one, two = np.nonzero((np.abs(rest[:, None] - rest[None]) < 0.003) & (np.abs(t[:, None] - t[None]) > 20))
        if len(one) < 6:
            break
        apart, change = t[one] - t[two], lag[one] - lag[two]
        slope = float((apart * change).sum() / (apart * apart).sum())
    return slope
