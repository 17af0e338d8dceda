# SPDX-License-Identifier: Apache-2.0
"""How shots found are held against shots fired: one to one, in time; counts; intervals.

A shot may arrive twice (the bullet's crack, then the blast): a detection at either is right, a
detection at both is one right and one wrong. Nothing here knows a detector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

TOLERANCE_S = 0.05


@dataclass(frozen=True)
class Match:
    """``errors``: |found − nearest arrival| of every shot that was found, seconds."""

    truth: int
    found: int
    errors: tuple[float, ...]

    @property
    def hits(self) -> int:
        return len(self.errors)


def match(found: Sequence[float], shots: Sequence[Sequence[float]], *, tolerance: float = TOLERANCE_S) -> Match:
    """Pairs detections with shots, nearest first, each used once."""
    pairs = sorted(
        (abs(at - arrival), i, j)
        for i, at in enumerate(found)
        for j, arrivals in enumerate(shots)
        for arrival in arrivals
        if abs(at - arrival) <= tolerance
    )
    used_found: set[int] = set()
    used_shots: set[int] = set()
    errors = []
    for error, i, j in pairs:
        if i not in used_found and j not in used_shots:
            used_found.add(i)
            used_shots.add(j)
            errors.append(error)
    return Match(len(shots), len(found), tuple(errors))


@dataclass
class Tally:
    """Sums over recordings; ``exact_count`` regards only those with shots."""

    rows: list[Match] = field(default_factory=list)

    def add(self, one: Match) -> None:
        self.rows.append(one)

    def figures(self) -> dict[str, object]:
        hits = [row.hits for row in self.rows]
        found, truth = [row.found for row in self.rows], [row.truth for row in self.rows]
        exact = [row.found == row.truth for row in self.rows if row.truth]
        ordered = sorted(error for row in self.rows for error in row.errors)
        return {
            "recordings": len(exact),
            "shots": sum(truth),
            "precision": round(sum(hits) / sum(found), 3) if sum(found) else None,
            "precision_95": ratio_95(hits, found),
            "recall": round(sum(hits) / sum(truth), 3) if sum(truth) else None,
            "recall_95": ratio_95(hits, truth),
            "exact_count": round(sum(exact) / len(exact), 3) if exact else None,
            "exact_count_95": share_95(sum(exact), len(exact)),
            "time_error_median_ms": round(1000 * median(ordered), 2) if ordered else None,
            "time_error_p95_ms": round(1000 * ordered[int(0.95 * (len(ordered) - 1))], 2) if ordered else None,
        }


@dataclass
class Intervals:
    """Counts said as ``low`` to ``high`` against the number fired."""

    rows: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, low: int, high: int, truth: int) -> None:
        self.rows.append((low, high, truth))

    def figures(self) -> dict[str, object]:
        if not self.rows:
            return {"incidents": 0}
        n = len(self.rows)
        widths = sorted(high - low for low, high, _ in self.rows)
        holds = sum(low <= t <= high for low, high, t in self.rows)
        return {
            "incidents": n,
            "interval_holds_truth": round(holds / n, 3),
            "interval_holds_truth_95": share_95(holds, n),
            "low_above_truth": sum(low > t for low, _, t in self.rows),
            "high_below_truth": sum(high < t for _, high, t in self.rows),
            "median_width": median(widths),
            "p90_width": widths[int(0.9 * (n - 1))],
        }


def per_minute(false: int, seconds: float) -> float:
    return round(60 * false / seconds, 3)


def ratio_95(tops: Sequence[float], bottoms: Sequence[float], *, draws: int = 2000) -> tuple[float, float] | None:
    """Where 95 % of the sums' ratio lie when as many scenes are drawn again with replacement.

    Shots of one scene are missed together, so a scene is drawn as a whole. What never happened in the
    scenes at hand cannot happen here: for a count near none ask ``share_95`` too.
    """
    top, bottom = np.asarray(tops, dtype=float), np.asarray(bottoms, dtype=float)
    if not bottom.sum():
        return None
    drawn = np.random.default_rng(0).multinomial(len(top), np.full(len(top), 1 / len(top)), size=draws)
    below = drawn @ bottom
    ratios = (drawn @ top)[below > 0] / below[below > 0]
    low, high = np.quantile(ratios, (0.025, 0.975)).tolist()
    return round(low, 3), round(high, 3)


def share_95(some: int, of: int) -> tuple[float, float] | None:
    """Clopper and Pearson's exact interval of a share, 95 %."""
    from scipy.stats import beta

    if not of:
        return None
    low = float(beta.ppf(0.025, some, of - some + 1)) if some else 0.0
    high = float(beta.ppf(0.975, some + 1, of - some)) if some < of else 1.0
    return round(low, 3), round(high, 3)
