# SPDX-License-Identifier: Apache-2.0
"""Whether two recordings hold the very same sound, and one that tells when.

What this module keeps true: likeness proposes, the waveform decides. Two scenes may resemble each other in
loudness and pitch, and then every recorder of the one resembles every recorder of the other: however many agree,
they are one witness. Waveforms of different sounds do not agree. A sound that comes again within seconds (a siren,
an alarm) agrees at many lags and tells nothing; nor does any one sound alone, for it may have been played twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from plainview.media.syncsound import Curves, Samples, segments

_STRETCHES = 32
"""Of each pair, the stretches that carry the match best are compared to the sample."""

_EXACT = 8.0
"""Height over noise. At wrong lags of recorders of one scene none of 1,400 stretches reached 7, sirens apart."""

_WITHIN_S = 0.2
"""Sound needs as long for 70 metres."""

_LEAST, _LEAST_SPAN_S = 3, 7.0
"""Stretches that agree, and the time between the first and the last: more than one sound of four seconds."""

_AGAIN_S = (0.3, 6.0)
"""How soon a siren, an alarm or a beeper sounds again."""

_CLEARLY = 2.0
"""Height over the height at any lag beside: what a siren agrees at, it agrees at again one turn later."""

_IN_VAIN = 5
"""Of a pair, the stretches that a siren fills before the search is given up."""

_OF_EACH = 12
"""Stretches looked at for each of several lags."""

_ALONE = 3
"""One lag is right and another is not when so many times more stretches agree there."""


class Same:
    """Compares waveforms of any two of some recordings."""

    def __init__(self, sounds: Sequence[Samples], curves: Curves) -> None:
        self._sounds, self._curves = sounds, curves

    def bears(self, k: int, lags: Sequence[tuple[int, int, float]]) -> bool:
        """Whether the very same sounds, not one of them alone, tie recording ``k`` by these (a, b, lag) together."""
        return enough(t if a == k else t - lag for a, b, lag in lags for t in self._times(a, b, lag))

    def times(self, k: int, a: int, b: int, lag: float, *, beside: float) -> list[float]:
        """Where on ``k``'s clock stretches agree at this lag, of those that are more alike at it than at another."""
        found = self._times(a, b, lag, most=_OF_EACH, beside=[beside])
        return [t if a == k else t - lag for t in found]

    def only(self, a: int, b: int, lags: Sequence[float]) -> float | None:
        """The one of several lags at which the very same sounds lie; None when there is none, or more than one."""
        times: list[list[float]] = [[] for _ in lags]
        for start in self._telling(a, b, lags):
            # Where a siren is heard at all, even one lag far above the others may be a turn of it.
            best = self._alone(a, b, lags, start)
            if best is not None and self._beside(a, b, lags[best], start) < _EXACT:
                times[best].append(start)
        best = int(np.argmax([len(each) for each in times]))
        others = max((len(each) for n, each in enumerate(times) if n != best), default=0)
        return lags[best] if enough(times[best]) and len(times[best]) > _ALONE * others else None

    def _alone(self, a: int, b: int, lags: Sequence[float], start: float) -> int | None:
        """Which one of several lags the stretch agrees at; None when at none, or at more than one."""
        found = None
        for n, lag in enumerate(lags):
            if self._height(a, b, lag, start) >= _EXACT:
                if found is not None:
                    return None
                found = n
        return found

    def _telling(self, a: int, b: int, lags: Sequence[float]) -> list[float]:
        """Where on a's clock the stretches begin that are more alike at one lag than at the others."""
        starts = set()
        for lag in lags:
            beside = [other for other in lags if other != lag]
            starts |= set(self._curves.best_starts(a, b, lag, most=_OF_EACH, beside=beside))
        return sorted(starts)

    def _times(
        self, a: int, b: int, lag: float, *, most: int = _STRETCHES, beside: Sequence[float] = ()
    ) -> Iterator[float]:
        """Where on a's clock the stretches begin that agree at this lag and at none near it."""
        vain = 0
        for start in self._curves.best_starts(a, b, lag, most=most, beside=beside):
            height = self._height(a, b, lag, start)
            if vain < _IN_VAIN and height > _EXACT:
                if height > _CLEARLY * self._beside(a, b, lag, start):
                    yield start
                else:
                    vain += 1

    def _height(self, a: int, b: int, lag: float, start: float, *, reach: float = _WITHIN_S) -> float:
        """How well the waveforms of one stretch agree within ``reach`` seconds of a lag."""
        found = segments(self._sounds[a], self._sounds[b], lag, starts=[start], reach=reach)
        return found[0].quality if found else 0.0

    def _beside(self, a: int, b: int, lag: float, start: float) -> float:
        """How well the stretch agrees with what ``b`` holds a little earlier or later."""
        reach = (_AGAIN_S[1] - _AGAIN_S[0]) / 2
        away = _AGAIN_S[0] + reach
        return max(self._height(a, b, lag + off, start, reach=reach) for off in (-away, away))


def enough(times: Iterator[float] | Sequence[float]) -> bool:
    """Whether stretches that begin then are several, and more than one sound."""
    found: list[float] = []
    for t in times:
        found.append(t)
        if len(found) >= _LEAST and max(found) - min(found) >= _LEAST_SPAN_S:
            return True
    return False
