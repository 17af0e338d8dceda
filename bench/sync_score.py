# SPDX-License-Identifier: Apache-2.0
"""How well an answer of ``plainview sync`` (or of a peer) agrees with the truth of ``bench.incidents``.

Every answer is relative, so it is compared after its *gauge*, the median error of the recordings rightly
placed, is taken off. Errors are those of the middle of the recording. *False* is a recording of another
incident that is synced, or one synced more than half a second from its acoustic truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.incidents import SHARED_BANGS, SHARED_S

FALSE_S = 0.5
PATHS = ("call", "radio")
"""Their system delay is not in the sound; clock errors leave them out."""


_SECONDS = ("acoustic", "beyond", "offset_beyond", "clock", "widths", "widths_direct")


@dataclass
class Score:
    """Figures of one or of several sets; errors in seconds, drifts in ppm."""

    files: int = 0
    audible: int = 0
    """Recordings of the incident that are joined by shared sound."""
    placed: int = 0
    """Of those, how many are rightly placed."""
    beyond_audible: int = 0
    """Rightly placed without being counted audible."""
    false: int = 0
    after_loss: int = 0
    """Of the false ones, those that lie where what follows the seconds they lost belongs."""
    acoustic: list[float] = field(default_factory=list)
    beyond: list[float] = field(default_factory=list)
    """Error outside the range of delays that the recording's own events have."""
    offset_beyond: list[float] = field(default_factory=list)
    """Error of ``offset_s`` outside what travel explains: between the clock and its latest tenth of sounds."""
    clock: list[float] = field(default_factory=list)
    """Error against the clock, telephones and radios left out."""
    held: list[bool] = field(default_factory=list)
    """Whether the error bar holds the clock truth, telephones and radios included."""
    widths: list[float] = field(default_factory=list)
    held_direct: list[bool] = field(default_factory=list)
    """The same of those that are no telephone or radio: what is not known of a path makes the bar of the others."""
    widths_direct: list[float] = field(default_factory=list)
    held_acoustic: list[bool] = field(default_factory=list)
    """Whether the acoustic error bar holds the acoustic truth, where an answer gives one."""
    drift_three: list[float] = field(default_factory=list)
    drift_five: list[float] = field(default_factory=list)
    long: int = 0
    """Rightly placed and sharing three minutes with another: whose drift could be told."""
    held_drift: list[bool] = field(default_factory=list)
    """Whether the error bar of a drift holds the truth, of those that share three minutes."""
    widths_drift: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Take another set's figures in."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def each(self) -> dict[str, Any]:
        """Everything, to a tenth of a millisecond and of a ppm, so that sets can be summed up later."""
        return {
            name: [round(v, 4 if name in _SECONDS else 2) if isinstance(v, float) else v for v in value]
            if isinstance(value, list)
            else value
            for name, value in vars(self).items()
        }

    def summary(self) -> dict[str, Any]:
        """What is reported: counts, medians and 95th percentiles in ms and ppm, shares in per cent."""
        return {
            "files": self.files,
            "audible": self.audible,
            "placed": self.placed,
            "placed_percent": _percent(self.placed, self.audible),
            "placed_beyond_audible": self.beyond_audible,
            "false": self.false,
            "false_by_what_follows_a_loss": self.after_loss,
            "acoustic_ms": _spread(self.acoustic, 1000),
            "beyond_travel_ms": _spread(self.beyond, 1000),
            "offset_beyond_travel_ms": _spread(self.offset_beyond, 1000),
            "clock_ms": _spread(self.clock, 1000),
            "bar_holds_clock_percent": _percent(sum(self.held), len(self.held)),
            "bar_ms": _spread(self.widths, 1000),
            "bar_holds_clock_percent_direct": _percent(sum(self.held_direct), len(self.held_direct)),
            "bar_ms_direct": _spread(self.widths_direct, 1000),
            "bar_holds_acoustic_percent": _percent(sum(self.held_acoustic), len(self.held_acoustic)),
            "drift_3min_ppm": _spread(self.drift_three, 1),
            "drift_5min_ppm": _spread(self.drift_five, 1),
            "share_three_minutes": self.long,
            "bar_holds_drift_percent": _percent(sum(self.held_drift), len(self.held_drift)),
            "drift_bar_ppm": _spread(self.widths_drift, 1),
        }


def score(truth: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> Score:
    """One set. ``files``: name -> {offset_s, drift_ppm, uncertainty_s, synced, …}, as in ``plainview sync``."""
    facts = truth["recorders"]
    ours = {name for name, fact in facts.items() if fact["group"] == 0}
    audible = joined(ours, truth["pairs"])
    synced = [name for name in sorted(facts) if files.get(name, {}).get("synced")]
    error = {name: _error(facts[name], files[name]) for name in synced}
    delayed = {name: error[name] + facts[name]["delay_s"] + _apart(files[name]) for name in synced if name in ours}
    acoustic_gauge = median(delayed.values()) if delayed else 0.0
    right = [n for n in synced if n in ours and abs(delayed[n] - acoustic_gauge) <= FALSE_S]
    lost = {n: facts[n]["jump"][1] for n in synced if n in ours and n not in right and facts[n]["jump"]}
    after = [n for n, seconds in lost.items() if abs(delayed[n] - seconds - acoustic_gauge) <= FALSE_S]
    found = Score(files=len(facts), audible=len(audible), false=len(synced) - len(right), after_loss=len(after))
    found.wrong = [f"{truth['difficulty']}-{truth['seed']}/{n}" for n in synced if n not in right]
    found.missed = [f"{truth['difficulty']}-{truth['seed']}/{n}" for n in sorted(audible - set(right))]
    found.placed = sum(n in audible for n in right)
    found.beyond_audible = len(right) - found.placed
    if len(right) < 2:
        return found
    direct = [n for n in right if facts[n]["kind"] not in PATHS] or right
    gauge = median(error[n] for n in direct)
    acoustic_gauge = median(delayed[n] for n in right)
    for n in right:
        off = delayed[n] - acoustic_gauge
        found.acoustic.append(abs(off))
        # A sound that comes late by more than the median puts its recording early by as much, and the other way.
        early, late = (facts[n]["delay_s"] - facts[n][end] for end in ("delay_high", "delay_low"))
        found.beyond.append(max(0.0, early - off, off - late))
        found.offset_beyond.append(max(0.0, error[n] - gauge, gauge - error[n] - facts[n]["delay_high"]))
        if files[n].get("uncertainty_s") is not None:
            found.held.append(abs(error[n] - gauge) <= files[n]["uncertainty_s"])
            found.widths.append(files[n]["uncertainty_s"])
            if n in direct:
                found.held_direct.append(found.held[-1])
                found.widths_direct.append(found.widths[-1])
        if files[n].get("acoustic_uncertainty_s") is not None:
            found.held_acoustic.append(abs(off) <= files[n]["acoustic_uncertainty_s"])
    found.clock += [abs(error[n] - gauge) for n in direct]
    _drifts(found, truth, right, files)
    return found


def joined(names: Iterable[str], pairs: Sequence[Sequence[Any]]) -> set[str]:
    """The largest set of recordings joined, through others, by sound both ends hear."""
    beside: dict[str, set[str]] = {name: set() for name in names}
    for a, b, seconds, bangs in pairs:
        if a in beside and b in beside and (seconds >= SHARED_S or bangs >= SHARED_BANGS):
            beside[a].add(b)
            beside[b].add(a)
    best: set[str] = set()
    left = set(beside)
    while left:
        waiting, group = [min(left)], set()
        while waiting:
            here = waiting.pop()
            if here not in group:
                group.add(here)
                waiting += beside[here]
        left -= group
        if len(group) > max(len(best), 1):
            best = group
    return best


def _error(fact: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Answer minus clock truth at the middle of what the truth's line holds for."""
    end = fact["jump"][0] if fact["jump"] else fact["length_s"]
    middle = (fact["silent_s"] + end) / 2
    return float(
        answer["offset_s"] - fact["offset_s"] + middle * ((answer.get("drift_ppm") or 0.0) - fact["drift_ppm"]) * 1e-6
    )


def _apart(answer: Mapping[str, Any]) -> float:
    """How much earlier the answer's acoustic place is than its clock place (0 where it gives one only)."""
    acoustic = answer.get("acoustic_offset_s")
    return 0.0 if acoustic is None else float(acoustic - answer["offset_s"])


def _drifts(
    found: Score, truth: Mapping[str, Any], right: Sequence[str], files: Mapping[str, Mapping[str, Any]]
) -> None:
    """Errors of drifts that an answer states, of recordings that share three (five) minutes with another."""
    facts = truth["recorders"]
    longest = {n: max(_shared(facts[n], facts[m]) for m in right if m != n) for n in right}
    found.long = sum(seconds >= 180 for seconds in longest.values())
    known = [n for n in right if files[n].get("drift_ppm") is not None]
    if len(known) < 2:
        return
    off = {n: files[n]["drift_ppm"] - facts[n]["drift_ppm"] for n in known}
    gauge = median(off.values())
    for n in known:
        if longest[n] >= 300:
            found.drift_five.append(abs(off[n] - gauge))
        if longest[n] >= 180:
            found.drift_three.append(abs(off[n] - gauge))
            if (bar := files[n].get("drift_uncertainty_ppm")) is not None:
                found.held_drift.append(abs(off[n] - gauge) <= bar)
                found.widths_drift.append(bar)


def _shared(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    start = max(f["offset_s"] + f["silent_s"] for f in (a, b))
    end = min(f["offset_s"] + f["length_s"] for f in (a, b))
    return float(max(end - start, 0.0))


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _spread(values: Sequence[float], scale: float) -> dict[str, float] | None:
    """Median and 95th percentile of sizes."""
    if not values:
        return None
    ordered = sorted(values)
    return {
        "median": round(scale * median(ordered), 2),
        "p95": round(scale * ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)], 2),
        "count": len(ordered),
    }
