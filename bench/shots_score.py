# SPDX-License-Identifier: Apache-2.0
"""How shots found are held against shots fired: one to one, in time; counts; intervals.

A shot may arrive twice (the bullet's crack, then the blast): a detection at either is right, a
detection at both is one right and one wrong. Nothing here knows a detector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

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
    """Sums over recordings; ``exact`` counts only those with shots."""

    truth: int = 0
    found: int = 0
    errors: list[float] = field(default_factory=list)
    exact: int = 0
    of: int = 0

    def add(self, one: Match) -> None:
        self.truth += one.truth
        self.found += one.found
        self.errors += one.errors
        if one.truth:
            self.of += 1
            self.exact += one.found == one.truth

    def figures(self) -> dict[str, float | int | None]:
        hits = len(self.errors)
        ordered = sorted(self.errors)
        return {
            "recordings": self.of,
            "shots": self.truth,
            "precision": round(hits / self.found, 3) if self.found else None,
            "recall": round(hits / self.truth, 3) if self.truth else None,
            "exact_count": round(self.exact / self.of, 3) if self.of else None,
            "time_error_median_ms": round(1000 * median(ordered), 2) if ordered else None,
            "time_error_p95_ms": round(1000 * ordered[int(0.95 * (hits - 1))], 2) if ordered else None,
        }


@dataclass
class Intervals:
    """Counts said as ``low`` to ``high`` against the number fired."""

    rows: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, low: int, high: int, truth: int) -> None:
        self.rows.append((low, high, truth))

    def figures(self) -> dict[str, float | int | None]:
        if not self.rows:
            return {"incidents": 0}
        n = len(self.rows)
        widths = sorted(high - low for low, high, _ in self.rows)
        return {
            "incidents": n,
            "interval_holds_truth": round(sum(low <= t <= high for low, high, t in self.rows) / n, 3),
            "low_above_truth": sum(low > t for low, _, t in self.rows),
            "high_below_truth": sum(high < t for _, high, t in self.rows),
            "median_width": median(widths),
            "p90_width": widths[int(0.9 * (n - 1))],
        }


def per_minute(false: int, seconds: float) -> float:
    return round(60 * false / seconds, 3)
