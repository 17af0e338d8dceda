# SPDX-License-Identifier: Apache-2.0
"""How many shots: candidates in each recording, then one interval on the case's clock.

What this module keeps true:

1. One recording gives candidates, never a count: an echo, a bullet's crack or a door each add an
   impulse, distance and walls take some away.
2. The count is an interval: what the odds of all candidates together leave open. Recorders that hear
   one sound err alike, so each further one says less. The low end never exceeds what at least two
   recordings heard with confidence. The reason for its width is said in words.
3. Recorders hear a shot at different times because sound travels (2.9 ms a metre): each recorder's
   delay is found from the pattern of the whole burst, and never fed back into the clocks.

The model is two small sets of trees trained by ``bench/train_shots.py`` on sound made by our own code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plainview.errors import MissingPart, PlainviewError
from plainview.media.impulses import CONTEXT, FEATURES, RATE, Samples, context, onsets
from plainview.model.finding import Basis, ShotCandidate, ShotCount, ShotEvent
from plainview.model.time import SECOND, IncidentTime, media_seconds
from plainview.model.timeline import Alignment, Timeline

VERSION = "6"
MODEL_SHA256 = "91089b6328339c6b907e47c62c4d203ffccbb4622b7811d2c55f07b7e6451e9d"

LEAST = 0.05
"""Candidates below this confidence are left out: even several recorders would not make them a shot."""

SURE = 0.5
"""Confidence from which one recorder's candidate alone may be a shot."""

FAINT = 0.25
"""Confidence from which a candidate is looked at where nothing is confirmed: a far shot is faint on all."""

POSSIBLE = 0.4
"""Joint confidence from which a faint sound on two recorders or more keeps the high end from being none."""

LIKELY = 0.5
"""In one recording: confidence from which a candidate is listed as a likely shot."""

PRIOR = 0.046
"""Share of onsets that were shots in training: what a candidate's confidence is measured against."""

SHARE = 0.8
"""Weight of the first recorder's evidence; that of the n-th is divided by the root of n."""

CONFIRMED = 0.8
"""Joint confidence from which two or more recorders make a shot."""

GUNFIRE = 0.95
"""Doubted joint confidence that one sound of a burst must have, or the burst may be no gunfire: its low end is 0."""

CLEARLY = 0.7
"""Confidence that two recorders must each have in a sound before it counts towards the low end.

A row of knocks at one recorder's feet is faint on all others: one witness that is nearly certain and
several that hardly are do not make a second one.
"""

TRAVEL = 600_000
"""µs sound may take between the nearest and the farthest recorder that count together: 200 m."""

SAME = 40_000
"""µs within which two recorders' candidates are one shot, once their delays are taken away."""

DOUBT_ALONE = 0.7
"""What one recorder's log odds are multiplied by before an interval is made of them.

Candidates of one scene err together and sound from elsewhere differs from training, so that the
chances as they are would make intervals too narrow.
"""

OUTSIDE = 0.025
"""Chance that the count may lie below an interval, and that it may lie above it, where several recorders heard it."""

OUTSIDE_ALONE = 0.01
"""The same where no second recorder confirms anything."""

UNHEARD = 0.06
"""Share of shots that leave no candidate on a recorder where others do; each further such recorder leaves a quarter."""

ALONE = 0.5
"""What another recorder that heard the rest and not this sound leaves of the odds that it was a shot."""

BURST_GAP = 3 * SECOND
"""µs without a candidate that separate one burst of fire from the next."""

CRACK_THUMP = (20_000, 120_000)
"""µs between a bullet's crack and the muzzle's thump, when one shot makes two impulses."""

_BLOCK = 600 * RATE
_MARGIN = 5 * RATE
"""Samples read beyond a block's ends, so that features at its edge see what they need."""


def candidates(path: Path, *, exhibit: str) -> tuple[ShotCandidate, ...]:
    """Impulsive sounds of one recording that may be gunshots, in order of time.

    Memory is bounded: ten minutes are held at once. Raises what ``decode.pcm`` raises.
    """
    from plainview.media.decode import pcm

    found: list[tuple[int, float]] = []
    at = 0
    while True:
        first = max(0, at - _MARGIN)
        start, end = media_seconds(first / RATE), media_seconds((at + _BLOCK + _MARGIN) / RATE)
        samples = np.asarray(pcm(path, rate=RATE, start=start, end=end), dtype=np.float32)
        for seconds, confidence in scored(samples):
            place = first + round(seconds * RATE)
            if at <= place < at + _BLOCK:
                found.append((place, confidence))
        if len(samples) < at - first + _BLOCK:
            break
        at += _BLOCK
    return tuple(
        ShotCandidate(media_seconds(place / RATE), confidence, _basis(confidence, exhibit))
        for place, confidence in found
    )


def likely(found: Sequence[ShotCandidate]) -> list[ShotCandidate]:
    """The candidates of one recording that are likely shots by its own sound."""
    return [found[i] for i in _likely([(c.at, c.confidence) for c in found])]


def scored(samples: Samples) -> list[tuple[float, float]]:
    """Seconds and confidence of every candidate in mono sound at 16 kHz.

    The first stage judges each onset alone; the second also knows what the first thinks of its
    neighbours: a shot like the surest one, an echo that follows every shot alike.
    """
    one, two = _trees()
    found = onsets(samples)
    if not len(found.at):
        return []
    alone = _probability(one, found.features)
    chance = _probability(two, np.hstack([found.features, context(found, alone)]))
    return [(float(at), round(float(p), 3)) for at, p in zip(found.at, chance, strict=True) if p >= LEAST]


def _basis(score: float, exhibit: str) -> Basis:
    return Basis(
        method="onset features + boosted trees",
        version=VERSION,
        weights=(MODEL_SHA256,),
        score=score,
        threshold=LEAST,
        detail=f"one recording alone ({exhibit}); an impulse is not yet a shot",
    )


@dataclass(frozen=True, slots=True)
class _Trees:
    """Boosted regression trees as flat arrays; a leaf is its own left and right child."""

    feature: NDArray[np.intp]
    threshold: NDArray[np.float32]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: NDArray[np.float32]
    roots: NDArray[np.intp]
    prior: float


@lru_cache(maxsize=1)
def _trees() -> tuple[_Trees, _Trees]:
    """Both stages, from the file whose bytes this version pins."""
    import hashlib

    data = (files("plainview.media") / "data" / "shots.npz").read_bytes()
    if hashlib.sha256(data).hexdigest() != MODEL_SHA256:
        raise MissingPart("the gunshot model is not the one this version was released with; reinstall plainview")
    with np.load(BytesIO(data), allow_pickle=False) as stored:
        return _stage(stored, "one", FEATURES), _stage(stored, "two", CONTEXT)


def _stage(stored: Mapping[str, NDArray[Any]], stage: str, names: tuple[str, ...]) -> _Trees:
    if tuple(stored[f"{stage}_names"].tolist()) != names:
        raise MissingPart("the gunshot model was trained on other features; reinstall plainview")
    whole = {name: stored[f"{stage}_{name}"].astype(np.intp) for name in ("feature", "left", "right", "roots")}
    return _Trees(
        threshold=stored[f"{stage}_threshold"],
        value=stored[f"{stage}_value"],
        prior=float(stored[f"{stage}_prior"]),
        **whole,
    )


def _probability(trees: _Trees, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """The trees' probability for each row of features."""
    rows = features.astype(np.float32)
    total = np.full(len(rows), trees.prior)
    for root in trees.roots.tolist():
        node = np.full(len(rows), root)
        while True:
            goes_left = rows[np.arange(len(rows)), trees.feature[node]] <= trees.threshold[node]
            after = np.where(goes_left, trees.left[node], trees.right[node])
            if np.array_equal(after, node):
                break
            node = after
        total += trees.value[node]
    return np.asarray(1 / (1 + np.exp(-total)))


@dataclass(frozen=True, slots=True)
class _Bang:
    """One candidate on the case's clock."""

    at: int
    confidence: float
    exhibit: str
    uncertainty: int


@dataclass(slots=True)
class _Cluster:
    """Candidates of different recorders that are one sound; ``at`` is the reference's arrival."""

    at: float
    bangs: list[_Bang] = field(default_factory=list)

    @property
    def confidence(self) -> float:
        """Every recorder's evidence beyond the prior, added as log odds and weighed down.

        Recorders that hear the same sound err alike, so each further one's evidence counts less.
        """
        return self._joint(0.5)

    @property
    def doubted(self) -> float:
        """The same, further recorders weighed as if they erred almost always together: what a count is made of."""
        return self._joint(1.5)

    def _joint(self, falling: float) -> float:
        evidence = sorted((_log_odds(b.confidence) - _log_odds(PRIOR) for b in self.bangs), reverse=True)
        joint = sum(SHARE * each / rank**falling for rank, each in enumerate(evidence, 1))
        return 1 / (1 + math.exp(-_log_odds(PRIOR) - joint))

    @property
    def sure(self) -> bool:
        """At least two recorders, and together enough, however alike they err."""
        return len(self.bangs) >= 2 and self.doubted >= CONFIRMED

    @property
    def clear(self) -> bool:
        """Whether two recorders each heard it clearly."""
        return sum(bang.confidence >= CLEARLY for bang in self.bangs) >= 2


def _log_odds(p: float) -> float:
    held = min(max(p, 0.01), 0.98)
    return math.log(held / (1 - held))


def reconcile(found: Mapping[str, Sequence[ShotCandidate]], timeline: Timeline) -> ShotCount:
    """The shots all recordings together tell of, as an interval with the reason for its width.

    ``found`` maps exhibits to their candidates; recordings without a place on the timeline are left
    out and mentioned.
    Of recordings that are copies of one sound only the one that tells most is a witness.
    """
    witnesses, copies = _once(found, timeline)
    count = _reconciled(witnesses, timeline)
    if not copies:
        return count
    return replace(count, reason=f"{count.reason.removesuffix('.')}; {', '.join(copies)} only copies of others.")


def _reconciled(found: Mapping[str, Sequence[ShotCandidate]], timeline: Timeline) -> ShotCount:
    bangs, left_out = _placed(found, timeline)
    if len(found) == 1 and not left_out:
        return _by_one(bangs)
    bursts = [_clusters(burst) for burst in _bursts(bangs, SURE)]
    confirmed = [clusters for clusters in bursts if any(c.sure for c in clusters)]
    if not confirmed:
        return _unconfirmed([_clusters(burst) for burst in _bursts(bangs, FAINT)], left_out)
    low = high = 0
    events: list[ShotEvent] = []
    doubts: list[str] = []
    surely = 0
    for clusters in confirmed:
        sure, possible = _weighed(clusters)
        doubles = _crack_thumps(sure)
        chances = [_chance(c, sure) for c in (*sure, *possible, *_faint(clusters, (*sure, *possible)))]
        fewest, most = _interval(chances, unheard=UNHEARD / 4 ** (len(_hearers(sure)) - 1))
        if max(c.doubted for c in sure) >= GUNFIRE:
            low += max(0, min(fewest, sum(c.clear for c in sure)) - doubles)
        high += max(most, len(sure))
        surely += len(sure)
        doubts += _doubts(doubles, possible)
        events += [_event(c) for c in sorted(sure, key=lambda c: c.at)]
    alone = sum(1 for clusters in bursts if clusters not in confirmed)
    recorders = len({b.exhibit for clusters in confirmed for c in clusters if c.sure for b in c.bangs})
    reason = f"{surely} heard by at least two of {recorders} recordings"
    if high - low and not doubts:
        doubts = ["not all of them clearly enough to be certain of each"]
    reason += "; " + "; ".join(doubts) if doubts else "; nothing else there is like a shot on several recordings"
    if alone:
        reason += f"; {alone} single sudden sound{'s' * (alone > 1)} elsewhere, on one recording each, not counted"
    return ShotCount(low, high, tuple(events), reason + _said_left_out(left_out) + ".", _count_basis(len(found)))


def _interval(
    chances: Sequence[float], *, unheard: float, doubt: float = 1.0, outside: float = OUTSIDE
) -> tuple[int, int]:
    """The fewest and most shots that candidates with these chances may be, by the odds of their sum."""
    spread = np.ones(1)
    for chance in chances:
        held = min(max(chance, 0.001), 0.9995)
        p = 1 / (1 + (1 / held - 1) ** doubt)
        spread = np.convolve(spread, [1 - p, p])
    for _ in range(max(1, round(sum(chances)))):
        spread = np.convolve(spread, [1 - unheard, unheard])
    below = np.cumsum(spread)
    return int(np.searchsorted(below, outside)), int(np.searchsorted(below, 1 - outside))


def _interval_alone(chances: Sequence[float]) -> tuple[int, int]:
    """The same where no second recorder confirms anything."""
    return _interval(chances, doubt=DOUBT_ALONE, unheard=UNHEARD, outside=OUTSIDE_ALONE)


def _chance(cluster: _Cluster, sure: Sequence[_Cluster]) -> float:
    """Chance that a sound is a shot: less for every recorder that heard the sure ones and not this."""
    here = {b.exhibit for b in cluster.bangs}
    odds = cluster.doubted / (1 - min(cluster.doubted, 0.9995)) * ALONE ** len(_hearers(sure) - here)
    return odds / (1 + odds)


def _hearers(sure: Sequence[_Cluster]) -> set[str]:
    """The recorders that heard more than half of the sure shots."""
    heard = [{b.exhibit for b in c.bangs} for c in sure]
    return {e for e in set().union(*heard) if 2 * sum(e in each for each in heard) > len(heard)}


def _once(
    found: Mapping[str, Sequence[ShotCandidate]], timeline: Timeline
) -> tuple[dict[str, Sequence[ShotCandidate]], list[str]]:
    """One recording of each group of copies, and the names of the others."""
    kept: dict[str, str] = {}
    for exhibit in sorted(found, key=lambda e: (-sum(c.confidence for c in found[e]), e)):
        kept.setdefault(timeline.witness(exhibit), exhibit)
    return {e: found[e] for e in sorted(kept.values())}, sorted(set(found) - set(kept.values()))


def _placed(found: Mapping[str, Sequence[ShotCandidate]], timeline: Timeline) -> tuple[list[_Bang], list[str]]:
    bangs, left_out = [], []
    for exhibit in sorted(found):
        alignment = timeline.of(exhibit)
        if alignment is None:
            left_out += [exhibit] if found[exhibit] else []
            continue
        bangs += [_Bang(alignment.incident(c.at), c.confidence, exhibit, alignment.uncertainty) for c in found[exhibit]]
    return sorted(bangs, key=lambda b: (b.at, b.exhibit)), left_out


def _bursts(bangs: Sequence[_Bang], least: float) -> list[list[_Bang]]:
    """Candidates cut where for some seconds there is none of at least this confidence."""
    sure = [b for b in bangs if b.confidence >= least]
    bursts: list[list[_Bang]] = []
    for bang in sure:
        if not bursts or bang.at - bursts[-1][-1].at > BURST_GAP:
            bursts.append([])
        bursts[-1].append(bang)
    spans = [(burst[0].at - SECOND, burst[-1].at + SECOND) for burst in bursts]
    return [[b for b in bangs if first <= b.at <= last] for first, last in spans]


def _clusters(burst: Sequence[_Bang]) -> list[_Cluster]:
    """One burst's candidates gathered across recorders, each recorder's travel time taken away."""
    by_recorder: dict[str, list[_Bang]] = {}
    for bang in burst:
        by_recorder.setdefault(bang.exhibit, []).append(bang)
    order = sorted(by_recorder, key=lambda e: (-sum(b.confidence for b in by_recorder[e]), e))
    clusters = [_Cluster(float(b.at), [b]) for b in by_recorder[order[0]]]
    widest = max(b.uncertainty for b in by_recorder[order[0]])
    for exhibit in order[1:]:
        own = by_recorder[exhibit]
        lag = _lag(own, clusters, TRAVEL + widest + own[0].uncertainty)
        _gather(clusters, own, lag)
    return _apart(sorted(clusters, key=lambda c: c.at))


def _lag(own: Sequence[_Bang], clusters: Sequence[_Cluster], bound: int) -> float:
    """The delay, at most ``bound`` µs, by which a recorder's candidates best fit the clusters."""
    best, best_score = 0.0, 0.0
    tried = sorted({b.at - c.at for b in own for c in clusters if abs(b.at - c.at) <= bound}, key=lambda d: (abs(d), d))
    for lag in tried:
        score = 0.0
        for bang in own:
            fits = [
                _weight(c) * bang.confidence * (1 - 0.5 * abs(bang.at - lag - c.at) / SAME)
                for c in clusters
                if abs(bang.at - lag - c.at) <= SAME
            ]
            score += max(fits, default=0.0)
        score *= 1 - 0.2 * abs(lag) / bound  # of equal fits the one that needs less travel
        if score > best_score + 1e-9:
            best, best_score = lag, score
    fits = [b.at - c.at for b in own for c in clusters if abs(b.at - best - c.at) <= SAME and b.confidence >= LEAST]
    return median(fits) if fits else best


def _weight(cluster: _Cluster) -> float:
    return sum(b.confidence for b in cluster.bangs)


def _gather(clusters: list[_Cluster], own: Sequence[_Bang], lag: float) -> None:
    """Put each candidate into the nearest cluster in reach, or make it a new one."""
    pairs = sorted(
        ((abs(b.at - lag - c.at), i, j) for i, b in enumerate(own) for j, c in enumerate(clusters)),
        key=lambda p: p,
    )
    taken_bangs: set[int] = set()
    taken: set[int] = set()
    for apart, i, j in pairs:
        if apart <= SAME and i not in taken_bangs and j not in taken:
            clusters[j].bangs.append(own[i])
            taken_bangs.add(i)
            taken.add(j)
    clusters += [_Cluster(b.at - lag, [b]) for i, b in enumerate(own) if i not in taken_bangs]


def _apart(clusters: Sequence[_Cluster]) -> list[_Cluster]:
    """Clusters too close to be told apart made one, unless two recorders each hear both as likely shots.

    One recorder's blast is followed by a wall's answer or preceded by the crack, and what the others
    hear once lies within reach of either: without this one shot is heard by several twice.
    """
    kept: list[_Cluster] = []
    for cluster in clusters:
        if kept and cluster.at - kept[-1].at <= SAME and len(_sure_of(kept[-1]) & _sure_of(cluster)) < 2:
            kept[-1] = _as_one(kept[-1], cluster)
        else:
            kept.append(cluster)
    return kept


def _sure_of(cluster: _Cluster) -> set[str]:
    return {b.exhibit for b in cluster.bangs if b.confidence >= SURE}


def _as_one(one: _Cluster, other: _Cluster) -> _Cluster:
    """Of each recorder the surer sound, at the place of the cluster that tells more."""
    surest: dict[str, _Bang] = {}
    for bang in (*one.bangs, *other.bangs):
        if bang.exhibit not in surest or bang.confidence > surest[bang.exhibit].confidence:
            surest[bang.exhibit] = bang
    at = max(one, other, key=_weight).at
    return _Cluster(at, [surest[e] for e in sorted(surest)])


def _weighed(clusters: Sequence[_Cluster]) -> tuple[list[_Cluster], list[_Cluster]]:
    """Shots, and sounds that may be shots, of one burst.

    A sound that one recorder alone has is possible only up to that recorder's own count: every
    recorder has its own echoes, and adding all of them up would count walls.
    """
    certain = [c for c in clusters if c.sure]
    sure = [c for c in certain if _chance(c, certain) >= CONFIRMED]
    others = [c for c in clusters if c not in sure and c.confidence >= SURE]
    possible: list[_Cluster] = []
    for exhibit in sorted({b.exhibit for c in others for b in c.bangs}):
        mine = [c for c in others if any(b.exhibit == exhibit for b in c.bangs)]
        heard = sum(any(b.exhibit == exhibit for b in c.bangs) for c in sure)
        mine = mine[: max(0, heard + len(mine) - len(sure))]
        if len(mine) > len(possible):
            possible = mine
    return sure, [c for c in possible if not _like_an_echo(c, sure)]


def _faint(clusters: Sequence[_Cluster], weighed: Sequence[_Cluster]) -> list[_Cluster]:
    """What two recorders or more heard, none of them well: a shot in the tail of others or under gain turned down."""
    return [c for c in clusters if len(c.bangs) > 1 and c not in weighed]


def _like_an_echo(cluster: _Cluster, sure: Sequence[_Cluster]) -> bool:
    """On one recorder only, soon after a shot, and less sure than it: its echo."""
    if len(cluster.bangs) > 1:
        return False
    bang = cluster.bangs[0]
    for shot in sure:
        own = [b for b in shot.bangs if b.exhibit == bang.exhibit]
        if own and 0 < bang.at - own[0].at < 800_000 and bang.confidence < own[0].confidence - 0.1:
            return True
    return False


def _crack_thumps(sure: Sequence[_Cluster]) -> int:
    """Pairs, apart from others, so close that they may be one shot's crack and thump."""
    near, far = CRACK_THUMP
    gaps = [b.at - a.at for a, b in pairwise(sorted(sure, key=lambda c: c.at))]
    lonely = [math.inf, *gaps, math.inf]  # an even run of such gaps is fast fire, not a row of cracks
    return sum(near <= gap <= far < min(lonely[k], lonely[k + 2]) for k, gap in enumerate(gaps))


def _doubts(doubles: int, possible: Sequence[_Cluster]) -> list[str]:
    said = []
    if doubles:
        said.append(f"{doubles} pair{'s' * (doubles > 1)} so close that it may be one shot's crack and blast")
    if possible:
        said.append(f"{len(possible)} more sound{'s' * (len(possible) > 1)} like a shot, not clear on two recordings")
    return said


def _by_one(bangs: Sequence[_Bang]) -> ShotCount:
    """The interval that a single recording allows: nobody confirms it, so every part stays a candidate."""
    likely = [_Cluster(float(bangs[i].at), [bangs[i]]) for i in _likely([(b.at, b.confidence) for b in bangs])]
    low, high = _interval_alone([b.confidence for b in bangs]) if bangs else (0, 0)
    low = max(0, min(low, len(likely)) - _crack_thumps(likely))
    high = max(high, len(likely))
    reason = f"one recording only: {len(likely)} likely, {low} to {high} by their chances; no other confirms them."
    return ShotCount(low, high, tuple(_event(c) for c in likely), reason, _count_basis(1))


def _likely(found: Sequence[tuple[int, float]]) -> list[int]:
    """Which (time, confidence) of one recording are likely shots."""
    return [i for i, (_, confidence) in enumerate(found) if confidence >= LIKELY]


def _unconfirmed(bursts: Sequence[Sequence[_Cluster]], left_out: Sequence[str]) -> ShotCount:
    """No sound is sure on two recordings: the low end is 0, the high end what the best one suggests."""
    most: Sequence[_Cluster] = max(bursts, key=lambda cs: sum(c.confidence for c in _like_shots(cs)), default=())
    possible = _like_shots(most)
    if not possible:
        reason = "no sudden sound is like a shot" + _said_left_out(left_out) + "."
        return ShotCount(0, 0, (), reason, _count_basis(0))
    _, high = _interval_alone([c.confidence for c in most])
    reason = f"{len(possible)} sound{'s' * (len(possible) > 1)} like a shot, none of them clearly on two recordings"
    events = tuple(_event(c) for c in possible)
    high = max(high, len(possible))
    return ShotCount(0, high, events, reason + _said_left_out(left_out) + ".", _count_basis(len(bursts)))


def _like_shots(clusters: Sequence[_Cluster]) -> list[_Cluster]:
    """A burst's sounds that are like a shot: many that hardly are, on one recorder, do not outweigh one that is."""
    return [c for c in clusters if c.confidence >= (POSSIBLE if len(c.bangs) > 1 else SURE)]


def _said_left_out(left_out: Sequence[str]) -> str:
    return f"; {', '.join(left_out)} not on the common clock and left out" if left_out else ""


def _event(cluster: _Cluster) -> ShotEvent:
    """A shot at its earliest arrival; the muzzle was at most the spread of arrivals before that."""
    first = min(cluster.bangs, key=lambda b: (b.at, b.exhibit))
    spread = max(b.at for b in cluster.bangs) - first.at
    heard_on = tuple(sorted({b.exhibit for b in cluster.bangs}))
    width = first.uncertainty + max(spread // 2, 20_000)
    return ShotEvent(IncidentTime(first.at), width, round(cluster.confidence, 3), heard_on)


def _count_basis(recordings: int) -> Basis:
    return Basis(
        method="candidates reconciled across recorders",
        version=VERSION,
        weights=(MODEL_SHA256,),
        threshold=SURE,
        detail=f"{recordings} recordings; travel up to {TRAVEL / SECOND} s, same shot within {SAME / SECOND} s",
    )


def shots_files(paths: Sequence[Path]) -> dict[str, Any]:
    """The stand-alone answer: ``{"files": {path: [{"t_s", "confidence"}]}, "count": [low, high], "reason"}``.

    Several files are put on one clock by their sound first. A file that cannot be read is listed
    under ``unreadable`` with the reason.
    """
    from plainview.media.sync import synchronise

    found: dict[str, tuple[ShotCandidate, ...]] = {}
    unreadable: dict[str, str] = {}
    for path in paths:
        try:
            found[str(path)] = candidates(path, exhibit=path.name)
        except PlainviewError as error:
            unreadable[str(path)] = str(error)
    timeline = synchronise({name: Path(name) for name in sorted(found)})
    count = _count_of(found, timeline)
    return {
        "files": {
            name: [
                {"t_s": c.at / SECOND, "confidence": c.confidence} for c in _listed(name, found[name], count, timeline)
            ]
            for name in sorted(found)
        },
        "count": [count.low, count.high],
        "reason": count.reason,
        **({"unreadable": unreadable} if unreadable else {}),
    }


def _listed(name: str, found: Sequence[ShotCandidate], count: ShotCount, timeline: Timeline) -> list[ShotCandidate]:
    """One file's likely shots: by its own sound, or because other files heard the same sound."""
    likely = set(_likely([(c.at, c.confidence) for c in found]))
    alignment = timeline.of(name)
    if alignment is not None:
        for event in (e for e in count.events if name in e.heard_on):
            near = [i for i, c in enumerate(found) if 0 <= alignment.incident(c.at) - event.at <= 2 * event.uncertainty]
            likely.update(sorted(near, key=lambda i: -found[i].confidence)[:1])
    return [found[i] for i in sorted(likely)]


def _count_of(found: Mapping[str, Sequence[ShotCandidate]], timeline: Timeline) -> ShotCount:
    """The joint count, or where no two files share a clock the count of the one that tells most."""
    if sum(timeline.of(name) is not None for name in found) > 1:
        return reconcile(found, timeline)
    alone = [reconcile({name: found[name]}, _own_clock(name)) for name in sorted(found)]
    best = max(alone, key=lambda c: (c.low, c.high), default=reconcile({}, timeline))
    if len(alone) < 2:
        return best
    return replace(best, reason=f"the files could not be put on one clock; of the one that tells most: {best.reason}")


def _own_clock(name: str) -> Timeline:
    return Timeline((Alignment(name, IncidentTime(0), 0.0, 0, "its own clock", 1.0),), ())
