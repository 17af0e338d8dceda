# SPDX-License-Identifier: Apache-2.0
"""Clocks freed from the travel of sound: where recorders and sources must have stood for the lags to fit.

What this module keeps true: a lag between two recorders is the difference of their clocks plus the
difference of the ways the sound took. A sound that many recorders hear says more than each pair: with the
recorders and the sources on a plane, one set of places and clocks has to explain every lag. Recorders may
walk. Where the lags leave places or clocks open, the answer stays near the lags' own middle and its doubt is
large; of what kind a recorder is, nothing is assumed. Places have no north and no origin: only
distances mean anything.

Robust least squares (Cauchy), Levenberg and Marquardt's steps; each sound's own place is eliminated first, so
that the equations grow with the recorders and not with the sounds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plainview.media.syncsound import DRIFT_SPREAD

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]

SOUND_M_S = 343.0
_FEWEST_EVENTS = 3
_FEWEST_LAGS = 4
"""Per recorder. So few tell little, and the doubt then is what was believed before: how far the recorders of this case
stand apart."""

_SOURCES_FARTHER = 1.5
_FARTHER, _LEAST_M, _MANY = 1.6, 10.0, 48
"""Lags range less than recorders stand apart, since sounds are seldom exactly beside them. So many sounds show how far
that is; of fewer, all may come from one side, and nothing less is believed than ten metres by the root of the ratio."""

_WALK_M = 3.0
"""How far one walks in a minute, one standard deviation."""

_KNOT_S = 60.0
_MOST_KNOTS = 300
"""Places of all recorders together: what is solved stays below a thousand unknowns."""

_LATE = 0.85
"""How far the middle of what a recorder hears lies from its clock, as a share of the travel over ``spread``."""

_NEAR_M2 = 0.25
"""No source is nearer than half a metre; also keeps the distance smooth."""

_OWN_M, _OWN = 1.0, 0.5
"""Many voices are those of people who wear or hold a recorder, an arm's length from it: a sound is drawn to the
nearest recorder that hears it, as hard as this against the prior of one lag, and hardly where the lags speak against
it. Only places are found with its help: how sure they are is reckoned without."""

_SCALES_S = (0.04, 0.015, 0.006, 0.003)
_DRAWN_FROM = 2
"""Phases, by the scale beyond which a lag counts as wrong: places first, then who spoke where."""

_STEPS, _GAIN = 8, 0.01
"""Of a phase, at most; it ends when a step lowers the cost by less."""

_LEAST_SCALE_S = 0.0015


@dataclass(frozen=True, slots=True)
class Lag:
    """Sound number ``sound`` at common time ``t`` in two recordings: in ``b`` ``late`` seconds later than in ``a``."""

    sound: int
    t: float
    a: int
    b: int
    late: float
    quality: float


@dataclass(frozen=True, slots=True)
class Field:
    """Per recorder, nan (or 0) where nothing could be told.

    ``late`` (± ``doubt``, one standard deviation): seconds by which its clock place is earlier than where its
    lags put it, at common time ``middle``. ``drift`` (± ``drift_doubt``): the rate of its clock against the mean of
    all. ``travel``: (recorders, 3), seconds sound took to it, 10, 50 and 90 %.
    """

    late: Values
    doubt: Values
    drift: Values
    drift_doubt: Values
    travel: Values
    spread: float = 0.0
    """Metres: how far apart recorders stand, by the ranges of their lags (median of pairs)."""
    unexplained: float = 0.0
    """Seconds: one lag in ten misses what places and clocks say by more (echoes, one sound from two places)."""

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.isfinite(self.late)


def unknown(count: int) -> Field:
    """Nothing could be told."""
    late, doubt, drift, drift_doubt = np.full((4, count), np.nan)
    return Field(late, doubt, drift, drift_doubt, np.full((count, 3), np.nan))


Rates = tuple[Values, Values]
"""What is believed of each clock's rate before geometry is solved, and its standard deviation."""


def believed(count: int) -> Rates:
    """What any clock may do."""
    return np.zeros(count), np.full(count, DRIFT_SPREAD)


def solve(count: int, lags: Sequence[Lag], *, middle: Values, rates: Rates | None = None) -> Field:
    """Clocks and distances from every lag of one component; ``middle`` is each recorder's own common time.

    The sounds of the first half alone, of the second half alone, and all of them without the belief that people speak
    beside their recorders answer too: how far these lie from the whole tells of errors that the equations cannot know
    (people walk, a place that was believed too early, voices of people who wear nothing). Of a drift the largest stands
    alone: halves last half as long and know far less of a rate than the whole, whose error their sum would overstate.
    """
    rates = rates or believed(count)
    whole, alone = _solved(count, lags, middle, rates, owns=(_OWN, 0.0))
    half = float(np.median(sorted({lag.t for lag in lags}))) if lags else 0.0
    halves = [
        _solved(count, [lag for lag in lags if (lag.t < half) == first], middle, rates, owns=(_OWN,))[0]
        for first in (True, False)
    ]
    late, drift = (
        [_apart(getattr(whole, name), [getattr(each, name) for each in others]) for others in (halves, [alone])]
        for name in ("late", "drift")
    )
    return replace(
        whole, doubt=_sum(whole.doubt, *late), drift_doubt=np.fmax.reduce([whole.drift_doubt, *drift])
    )


def _level(values: Values) -> Values:
    """Against their own median: what all share is no difference."""
    return values - np.nanmedian(values) if np.isfinite(values).any() else values


def _apart(whole: Values, others: Sequence[Values]) -> Values:
    """How far other answers lie from the whole, root of the mean square; nan where one of them could not be given."""
    return np.asarray(np.sqrt(np.mean(np.square([_level(each - whole) for each in others]), axis=0)))


def _sum(by_equations: Values, halves: Values, alone: Values) -> Values:
    """One standard deviation; without halves to ask, the equations' own stands for what they miss too."""
    missed = np.where(np.isfinite(halves), halves, by_equations)
    return np.asarray(np.sqrt(by_equations**2 + missed**2 + np.nan_to_num(alone) ** 2))


def _solved(count: int, lags: Sequence[Lag], middle: Values, rates: Rates, *, owns: Sequence[float]) -> list[Field]:
    """The answer by each strength of the belief that people speak beside their recorders."""
    event, used = _events(_enough(count, lags))
    if _confirmed(event, used) < _FEWEST_EVENTS:
        return [unknown(count) for _ in owns]
    members = sorted({k for lag in used for k in (lag.a, lag.b)})
    index = np.full(count, -1, np.int64)
    index[members] = np.arange(len(members))
    problem = _Problem(len(members), event, used, index, rates=(rates[0][members], rates[1][members]))
    answers = []
    for state, scale in problem.settle(problem.start(), owns):
        found = unknown(count)
        clocks, doubts = problem.clocks(state, scale, middle[members])
        (found.late[members], found.drift[members]), (found.doubt[members], found.drift_doubt[members]) = clocks, doubts
        found.travel[members] = problem.travels(state)
        answers.append(replace(found, spread=problem.spread, unexplained=problem.unexplained(state)))
    return answers


def _enough(count: int, lags: Sequence[Lag]) -> list[Lag]:
    """The lags between recorders that have enough of them."""
    used = list(lags)
    while used:
        heard = np.bincount([k for lag in used for k in (lag.a, lag.b)], minlength=count)
        kept = [lag for lag in used if heard[lag.a] >= _FEWEST_LAGS and heard[lag.b] >= _FEWEST_LAGS]
        if len(kept) == len(used):
            break
        used = kept
    return used


def _confirmed(event: Numbers, lags: Sequence[Lag]) -> int:
    """How many sounds three recorders heard."""
    hearers: dict[int, set[int]] = defaultdict(set)
    for number, lag in zip(event.tolist(), lags, strict=True):
        hearers[number] |= {lag.a, lag.b}
    return sum(len(each) >= 3 for each in hearers.values())


def _events(lags: Sequence[Lag]) -> tuple[Numbers, list[Lag]]:
    """Lags in order of time, each with the number of its sound, from 0."""
    used = sorted(lags, key=lambda lag: (lag.t, lag.sound, lag.a, lag.b))
    sounds = np.array([lag.sound for lag in used], np.int64)
    return np.cumsum(np.diff(sounds, prepend=sounds[:1]) != 0), used


Rest = tuple[Values, Values, Values]
"""What each lag leaves unexplained, and the directions from its two recorders to its source, (2, lags) each."""


@dataclass(frozen=True, slots=True)
class _State:
    """``own``: (late, drift, places at the knots) of all recorders in one row; ``sources``: (sounds, 2) metres."""

    own: Values
    sources: Values


class _Problem:
    """The lags of one component as arrays, and the equations they make."""

    def __init__(self, count: int, event: Numbers, lags: Sequence[Lag], index: Numbers, *, rates: Rates) -> None:
        self.count, self.event, self.sounds = count, event, int(event[-1]) + 1
        self.a = index[np.array([lag.a for lag in lags])]
        self.b = index[np.array([lag.b for lag in lags])]
        self.seen = np.array([lag.late for lag in lags])
        self.worth = np.minimum([lag.quality for lag in lags], 30) / 30
        t = np.array([lag.t for lag in lags])
        self.centre = float(t.mean())
        self.apart = (t - self.centre) * DRIFT_SPREAD
        span = float(np.ptp(t))
        self.knots = max(min(int(np.ceil(span / _KNOT_S)) + 1, _MOST_KNOTS // count), 2)
        step = max(span / (self.knots - 1), 1.0)
        where = (t - t.min()) / step
        self.before = np.minimum(where.astype(np.int64), self.knots - 2)
        self.share = where - self.before
        self.size = 2 * count * (1 + self.knots)
        self.hears = np.zeros((self.sounds, count), np.bool_)
        self.hears[self.event, self.a] = self.hears[self.event, self.b] = True
        first = np.searchsorted(event, np.arange(self.sounds))
        self.knot, self.part = self.before[first], self.share[first][:, None]
        self.between = [slice(*np.searchsorted(self.knot, (q, q + 1))) for q in range(self.knots - 1)]
        self.drawn = 0.0
        self.far = self._ranges()
        pairs = self.far[np.triu_indices(count, 1)]
        pairs = pairs[np.isfinite(pairs)]
        least = _LEAST_M * float(np.sqrt(max(_MANY / self.sounds, 1.0)))
        self.spread = max(_FARTHER * float(np.median(pairs)) if len(pairs) else 0.0, least)
        self.source_m = _SOURCES_FARTHER * self.spread
        self.prior = self._prior(step, rates[1] / DRIFT_SPREAD)
        self.likely = np.zeros(self.size)
        self.likely[count : 2 * count] = -rates[0] / DRIFT_SPREAD
        self.around = self._around()
        self.here = [k * self.knots + self.before for k in (self.a, self.b)]
        columns = self._columns()
        self.own_columns = self.around[self.before, columns]
        self.into_whole = np.concatenate(
            [row * self.size + self.own_columns[k:] for k, row in enumerate(self.own_columns)]
        )
        rows = (2 * event + np.arange(2)[:, None]) * 6 * count
        self.into_couple = rows[:, None] + columns

    def _prior(self, step: float, rates: Values) -> Values:
        """What is believed without lags: clocks near the middle, recorders near each other, slow walks."""
        walk = 1 / (_WALK_M**2 * step / _KNOT_S)
        chain = np.diag(np.full(self.knots, 1 / self.spread**2 / self.knots))
        for k in range(self.knots - 1):
            chain[k : k + 2, k : k + 2] += walk * np.array([[1, -1], [-1, 1]])
        n = self.count
        prior = np.zeros((self.size, self.size))
        prior[:n, :n] = np.eye(n) / (_LATE * self.spread / SOUND_M_S) ** 2
        prior[n : 2 * n, n : 2 * n] = np.diag(1 / rates**2)
        prior[2 * n :, 2 * n :] = np.kron(np.eye(n), np.kron(chain, np.eye(2)))
        return prior

    def _columns(self) -> Numbers:
        """(12, lags): which unknowns each lag depends on, of those that ``_around`` gives for its stretch."""
        n, parts = self.count, [self.a, self.b, self.count + self.a, self.count + self.b]
        for k in (self.a, self.b):
            for knot in (0, 1):
                parts += [2 * n + 2 * (knot * n + k), 2 * n + 2 * (knot * n + k) + 1]
        return np.stack(parts)

    def _around(self) -> Numbers:
        """(stretches between knots, 6 per recorder): the clocks, and the places at the knots before and after."""
        n, k = self.count, np.arange(self.count)
        clocks = np.tile(np.arange(2 * n), (self.knots - 1, 1))
        places = [
            2 * n + 2 * (k * self.knots + q + knot)[:, None] + np.arange(2)
            for q in range(self.knots - 1)
            for knot in (0, 1)
        ]
        return np.hstack([clocks, np.stack(places).reshape(self.knots - 1, 4 * n)])

    def _places(self, own: Values) -> Values:
        return own[2 * self.count :].reshape(self.count, self.knots, 2)

    def _ranges(self) -> Values:
        """(recorders, recorders): metres apart, at least, by how far the lags of each pair range; inf where unknown."""
        n = self.count
        far = np.full((n, n), np.inf)
        np.fill_diagonal(far, 0)
        pair = self.a * n + self.b
        for key in np.unique(pair):
            own = self.seen[pair == key]
            if len(own) >= 4:
                low, high = np.quantile(own, (0.05, 0.95))
                i, j = divmod(int(key), n)
                far[i, j] = far[j, i] = max(SOUND_M_S * float(high - low) / 2, 1.0)
        return far

    def start(self) -> _State:
        """Recorders by how far their lags range (classical scaling), sources beside who hears them first."""
        n, far = self.count, self.far.copy()
        for k in range(n):
            far = np.minimum(far, far[:, k : k + 1] + far[k : k + 1])
        far[~np.isfinite(far)] = 2 * self.spread
        centred = np.eye(n) - 1 / n
        height, way = np.linalg.eigh(-0.5 * centred @ far**2 @ centred)
        way = way * np.where(way[np.abs(way).argmax(0), np.arange(n)] < 0, -1, 1)
        places = (way * np.sqrt(np.maximum(height, 1.0)))[:, -2:]
        early = np.zeros((self.sounds, n))
        times = np.zeros((self.sounds, n))
        for k, sign in ((self.a, -1), (self.b, 1)):
            np.add.at(early, (self.event, k), sign * self.seen)
            np.add.at(times, (self.event, k), 1)
        early = np.where(times > 0, early / np.maximum(times, 1), np.inf)
        own = np.concatenate([self.likely[: 2 * n], np.repeat(places[:, None], self.knots, axis=1).ravel()])
        return _State(own, places[early.argmin(1)] + 0.3)

    def _rest(self, state: _State) -> Rest:
        n = self.count
        places = np.ascontiguousarray(state.own[2 * n :].reshape(-1, 2).T)
        source = np.ascontiguousarray(state.sources.T)[:, self.event]
        ways = [source - (1 - self.share) * places[:, at] - self.share * places[:, at + 1] for at in self.here]
        length = [np.sqrt(x * x + y * y + _NEAR_M2) for x, y in ways]
        late, drift = state.own[:n], state.own[n : 2 * n]
        said = late[self.b] - late[self.a] + (drift[self.b] - drift[self.a]) * self.apart
        rest = self.seen - said - (length[1] - length[0]) / SOUND_M_S
        return rest, ways[0] / length[0], ways[1] / length[1]

    def _own(self, state: _State) -> tuple[Numbers, Values]:
        """Of each sound, the nearest recorder that hears it, and the way from there to the sound."""
        places = self._places(state.own)
        here = (1 - self.part[:, None]) * places[:, self.knot].swapaxes(0, 1)
        here += self.part[:, None] * places[:, self.knot + 1].swapaxes(0, 1)
        way = state.sources[:, None] - here
        nearest = np.where(self.hears, (way**2).sum(2), np.inf).argmin(1)
        return nearest, way[np.arange(self.sounds), nearest]

    def _cost(self, rest: Values, state: _State, scale: float) -> float:
        bent = float((self.worth * np.log1p((rest / scale) ** 2)).sum())
        bent += self.drawn * float(np.log1p((self._own(state)[1] ** 2).sum(1) / _OWN_M**2).sum())
        away = state.own - self.likely
        believed = float(away @ self.prior @ away) + float((state.sources**2).sum()) / self.source_m**2
        return 0.5 * (bent + believed)

    def _equations(self, state: _State, left: Rest, scale: float) -> tuple[Values, Values, Values, Values, Values]:
        """Normal equations: recorders' (matrix, side), sounds' (matrices, sides), and what couples them: each sound
        only with the clocks and the places around its time."""
        rest, from_a, from_b = left
        weight = self.worth / scale**2 / (1 + (rest / scale) ** 2)
        slope = np.empty((12, len(rest)))
        slope[0], slope[1], slope[2], slope[3] = 1, -1, self.apart, -self.apart
        for row, way in ((4, -from_a), (8, from_b)):
            slope[row : row + 2] = (1 - self.share) * way / SOUND_M_S
            slope[row + 2 : row + 4] = self.share * way / SOUND_M_S
        toward = (from_a - from_b) / SOUND_M_S
        weighed, leans = slope * weight, toward * weight
        half = np.concatenate([row * weighed[k:] for k, row in enumerate(slope)])
        whole = np.bincount(self.into_whole.ravel(), half.ravel(), self.size**2).reshape(self.size, self.size)
        whole = whole + whole.T - np.diag(np.diag(whole))
        side = np.bincount(self.own_columns.ravel(), (weighed * rest).ravel(), self.size)
        near = 6 * self.count
        couple = np.bincount(self.into_couple.ravel(), (toward[:, None] * weighed).ravel(), 2 * self.sounds * near)
        bend = [[self._of_sounds(one * two) for two in leans] for one in toward]
        pull = [self._of_sounds(one * rest) for one in leans]
        equations = (
            whole + self.prior,
            side + self.prior @ (state.own - self.likely),
            np.moveaxis(np.array(bend), 2, 0) + np.eye(2) / self.source_m**2,
            np.array(pull).T + state.sources / self.source_m**2,
            np.asarray(couple.reshape(self.sounds, 2, near), np.float64),
        )
        if self.drawn:
            self._draw(state, equations)
        return equations

    def _of_sounds(self, values: Values) -> Values:
        """The sum of what its lags say, for each sound."""
        return np.asarray(np.bincount(self.event, values, self.sounds), np.float64)

    def _draw(self, state: _State, equations: tuple[Values, Values, Values, Values, Values]) -> None:
        """Add to the equations what draws each sound and its nearest recorder together."""
        whole, side, sounds, pull, couple = equations
        nearest, way = self._own(state)
        drawn = self.drawn / (_OWN_M**2 + (way**2).sum(1))
        sounds += drawn[:, None, None] * np.eye(2)
        pull += drawn[:, None] * way
        each, shares = np.arange(self.sounds), (1 - self.part[:, 0], self.part[:, 0])
        for axis in range(2):
            near = [2 * self.count + 2 * (knot * self.count + nearest) + axis for knot in (0, 1)]
            places = [self.around[self.knot, column] for column in near]
            for column, place, share in zip(near, places, shares, strict=True):
                couple[each, axis, column] -= drawn * share
                np.add.at(side, place, -drawn * share * way[:, axis])
                for other, too in zip(places, shares, strict=True):
                    np.add.at(whole, (place, other), drawn * share * too)

    def settle(self, state: _State, owns: Sequence[float]) -> list[tuple[_State, float]]:
        """Steps downhill while the scale beyond which a lag counts as wrong narrows; by each strength of the belief
        that people speak beside their recorders, which comes in late, the state and that scale."""
        self.drawn = 0.0
        state, _, damping = self._narrowed(state, _SCALES_S[:_DRAWN_FROM], 1e-2, least=None)
        found = []
        for own in owns:
            self.drawn = own
            settled, scale, _ = self._narrowed(state, _SCALES_S[_DRAWN_FROM:], damping, least=_LEAST_SCALE_S)
            found.append((settled, scale))
        return found

    def _narrowed(
        self, state: _State, scales: Sequence[float], damping: float, *, least: float | None
    ) -> tuple[_State, float, float]:
        """(state, scale, damping) after steps at each scale; below a scale, down to ``least``, where the lags agree
        better."""
        rest = self._rest(state)
        for widest in scales:
            scale = widest
            for _ in range(_STEPS):
                if least is not None:
                    scale = min(scale, max(2 * float(np.median(np.abs(rest[0]))), least))
                cost = self._cost(rest[0], state, scale)
                state, rest, reached, damping = self._downhill(state, rest, scale, cost, damping)
                if cost - reached < _GAIN * cost:
                    break
        return state, scale, damping

    def _downhill(
        self, state: _State, rest: Rest, scale: float, cost: float, damping: float
    ) -> tuple[_State, Rest, float, float]:
        """One step that lowers the cost, or the same state when four tries do not: (state, its rest, its cost, the
        next step's damping)."""
        equations = self._equations(state, rest, scale)
        for _ in range(4):
            trial = self._step(state, equations, damping)
            left = self._rest(trial)
            reached = self._cost(left[0], trial, scale)
            if reached < cost:
                return trial, left, reached, max(damping / 4, 1e-6)
            damping *= 6
        return state, rest, cost, 1e-2

    def _step(self, state: _State, equations: tuple[Values, Values, Values, Values, Values], damping: float) -> _State:
        whole, side, sounds, pull, couple = equations
        side, pull = side.copy(), pull.copy()
        inverse: Values = np.asarray(np.linalg.inv(sounds * (1 + damping * np.eye(2))), np.float64)
        reduced = self._reduced(whole, inverse, couple)
        reduced[np.diag_indices(self.size)] += damping * np.diag(whole)
        answer = (inverse @ pull[:, :, None])[:, :, 0]
        for stretch, columns in zip(self.between, self.around, strict=True):
            side[columns] -= couple[stretch].reshape(-1, len(columns)).T @ answer[stretch].ravel()
        move = -np.linalg.solve(reduced, side)
        for stretch, columns in zip(self.between, self.around, strict=True):
            pull[stretch] += couple[stretch] @ move[columns]
        return _State(state.own + move, state.sources - (inverse @ pull[:, :, None])[:, :, 0])

    def _reduced(self, whole: Values, inverse: Values, couple: Values) -> Values:
        """The recorders' matrix without the sounds."""
        reduced, root = whole.copy(), np.linalg.cholesky(inverse).swapaxes(1, 2) @ couple
        for stretch, columns in zip(self.between, self.around, strict=True):
            these = root[stretch].reshape(-1, len(columns))
            reduced[np.ix_(columns, columns)] -= these.T @ these
        return reduced

    def clocks(self, state: _State, scale: float, middle: Values) -> tuple[Values, Values]:
        """((how late each clock place is at its own middle, its rate), standard deviations); their means are zero."""
        self.drawn = 0.0
        whole, _, sounds, _, couple = self._equations(state, self._rest(state), scale)
        reduced = self._reduced(whole, np.asarray(np.linalg.inv(sounds), np.float64), couple)
        n = self.count
        spread = np.linalg.inv(reduced)[: 2 * n, : 2 * n]
        level = np.eye(n) - 1 / n
        # A clock that runs fast makes everything come later and later on it.
        reads = np.vstack([
            np.hstack([level, level * ((middle - self.centre) * DRIFT_SPREAD)[None]]),
            np.hstack([np.zeros((n, n)), -level * DRIFT_SPREAD]),
        ])  # fmt: skip
        doubt = np.sqrt(np.maximum(np.diag(reads @ spread @ reads.T), 0))
        return (reads @ state.own[: 2 * n]).reshape(2, n), doubt.reshape(2, n)

    def unexplained(self, state: _State) -> float:
        return float(np.quantile(np.abs(self._rest(state)[0]), 0.9))

    def travels(self, state: _State) -> Values:
        """(recorders, 3): 10, 50 and 90 % of the seconds the sounds it heard took to reach it."""
        rest, *_ = self._rest(state)
        places = self._places(state.own)
        found = np.full((self.count, 3), np.nan)
        for k in range(self.count):
            mine = ((self.a == k) | (self.b == k)) & (np.abs(rest) < 0.01)
            if mine.any():
                share = self.share[mine][:, None]
                here = (1 - share) * places[k, self.before[mine]] + share * places[k, self.before[mine] + 1]
                way = np.linalg.norm(state.sources[self.event[mine]] - here, axis=1) / SOUND_M_S
                found[k] = np.quantile(way, (0.1, 0.5, 0.9))
        return found
