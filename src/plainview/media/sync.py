# SPDX-License-Identifier: Apache-2.0
"""One clock for many recordings: by shared sound first, by their own clocks where there is none.

What this module keeps true:

1. A recording is placed by sound only with evidence that chance and repetition do not explain;
   one that shares nothing is left unplaced with the reason, whatever its container says.
2. A recording without sound is placed by its own clock, with that clock's doubt as its error bar.
3. The common clock is tied to the calendar by the median of the clocks that name their zone, read
   off recordings placed by sound; which clocks those were is written in ``Timeline.basis``.
4. The error bar of a recording placed by sound covers how well its links agree and how far sound
   travels; it is relative to the other recordings, not to the calendar.
5. A recording that lost seconds lies where what comes before the loss belongs, and the loss is asked about.
6. Recordings are compared in the order of their sound's digests: what they are called changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plainview.errors import UnreadableInput
from plainview.media import copies, decode, syncsound
from plainview.media.syncloss import Loss
from plainview.media.syncplace import Bond, Heard, Progress, place_by_sound, say
from plainview.media.syncsound import LagFit, Samples
from plainview.model.case import Source
from plainview.model.finding import Basis
from plainview.model.time import SECOND, IncidentTime, MediaTime
from plainview.model.timeline import Alignment, Anchor, ClockReading, Timeline

VERSION = "5"

_TRAVEL_S = 0.045
"""Fifteen metres: how much nearer or farther one microphone usually stands than the others."""

_FLOOR_S = 0.005
_PATH_S = 0.300
"""What a telephone exchange or a radio console adds, nine times in ten at most; sound cannot reveal it."""

_NINETY = 1.645
_LEAST_S = 0.0003
"""Two samples and a half: no clock is known better."""

_UNEXPLAINED, _NOISE_S = 1.5, 0.003
"""One lag in ten is off by more than three milliseconds where echoes or worn radios break the rules of travel: clocks
are then off by half as much again as what is above. Walking and noise make less, which the doubt holds already."""

_RANGE_SHARE = 0.6
"""Of half the range of a link's lags: which of its sources a recorder's own middle lies nearest to."""

_ANCHORS_PER_LINK = 5
_LIKELIEST = 3

_MOST_TIMES = 1000
"""Witnesses are not independent, so greater odds than this are not claimed."""

_DISCIPLINED_S = 2.0
"""Clocks that write their zone, and street cameras, are set by GPS or a network."""

_UNVERIFIED_S = 600.0
"""A shop recorder's clock that nobody has checked is often minutes wrong."""

_CITY = re.compile(r"\b(CITY|POD|PTZ|TRAFFIC|DOT|STREET)\b")
"""What city cameras write beside their clock; they are set over their network."""

_CONTAINER_S = 60.0
_STRANGE_S = 86_400.0
"""A clock a day away from the incident says nothing about its place in it."""


def synchronise(
    files: Mapping[str, Path],
    *,
    readings: Sequence[ClockReading] = (),
    epoch: datetime | None = None,
    sources: Mapping[str, Source] | None = None,
    progress: Progress | None = None,
) -> Timeline:
    """Put the recordings (by exhibit id) on one clock. ``epoch`` is IncidentTime 0 and carries the zone.

    ``sources`` says what kind of recorder made each, where known: it widens or narrows the error bars
    of clocks and of telephone and radio paths. Without ``epoch`` time 0 is the earliest placed start.
    """
    sounds, problems = _listen(sorted(files), files, progress)
    names = sorted(sounds, key=lambda name: (sha256(sounds[name].tobytes()).hexdigest(), name))
    heard = place_by_sound([sounds[name] for name in names], progress=progress)
    kinds = dict(sources or {})
    telephones = {name for name in names if syncsound.is_telephone(sounds[name])}
    clock = _Clock(names, heard, readings, epoch=epoch, kinds=kinds, telephones=telephones)
    alignments, unplaced = [], list(problems.items())
    for k, name in enumerate(names):
        if name in problems:
            continue
        placed = clock.place(k, silent=len(sounds[name]) == 0 or not np.any(np.abs(sounds[name]) > 4))
        if isinstance(placed, Alignment):
            alignments.append(placed)
        else:
            unplaced.append((name, placed))
    return Timeline(
        alignments=tuple(sorted(alignments, key=lambda a: a.exhibit)),
        unplaced=tuple(sorted(unplaced)),
        anchors=_anchors(names, heard),
        readings=tuple(sorted(readings, key=lambda r: (r.exhibit, r.source, r.at))),
        basis=Basis(method="shared sound, all pairs", version=VERSION, detail=clock.detail),
        copies=copies.groups(sounds, alignments, likely=_likeliest(names, heard)),
    )


def sync_files(paths: Sequence[Path], *, progress: Progress | None = None) -> dict[str, Any]:
    """The stand-alone answer: ``{"files": {path: {offset_s, uncertainty_s, drift_ppm, synced, confidence, …}}}``.

    Common time = ``offset_s`` + media time; the earliest synced recording starts at 0. A path that
    cannot be read is there too, not synced, with the ``reason``.
    """
    files = {str(path): path for path in paths}
    timeline = synchronise(files, progress=progress)
    by_sound = {a.exhibit: a for a in timeline.alignments if a.how == "sound"}
    reasons = dict(timeline.unplaced)
    answer: dict[str, Any] = {}
    for name in sorted(files):
        found = by_sound.get(name)
        answer[name] = {
            "offset_s": None if found is None else round(found.offset / SECOND, 4),
            "drift_ppm": None if found is None or found.drift_uncertainty_ppm is None else found.drift_ppm,
            "drift_uncertainty_ppm": None if found is None else found.drift_uncertainty_ppm,
            "uncertainty_s": None if found is None else round(found.uncertainty / SECOND, 4),
            "synced": found is not None,
            "acoustic_offset_s": _seconds(None if found is None else found.acoustic),
            "acoustic_uncertainty_s": _seconds(None if found is None else found.acoustic_uncertainty),
            "travel_s": None if found is None or found.travel is None else [_seconds(each) for each in found.travel],
            "confidence": 0.0 if found is None else found.confidence,
            "reason": reasons.get(name, "it shares no sound with the others") if found is None else found.explanation,
        }
    return {"files": answer}


def _seconds(micro: int | None) -> float | None:
    return None if micro is None else round(micro / SECOND, 4)


class _Clock:
    """Ties the common axis of sound to the calendar and places what sound cannot."""

    def __init__(
        self,
        names: Sequence[str],
        heard: Heard,
        readings: Sequence[ClockReading],
        *,
        epoch: datetime | None,
        kinds: Mapping[str, Source],
        telephones: set[str],
    ) -> None:
        self._telephones = telephones
        self._names, self._heard, self._kinds = names, heard, kinds
        self._epoch = epoch
        self._members = set(heard.placed.largest())
        self._readings: dict[str, list[ClockReading]] = {name: [] for name in names}
        for reading in readings:
            self._readings.setdefault(reading.exhibit, []).append(reading)
        self._zero, self.detail = self._tie()

    def _tie(self) -> tuple[float, str]:
        """Seconds after the epoch of the sound axis's zero, and which clocks say so."""
        starts = [self._heard.clock_start(k) for k in sorted(self._members)]
        if self._epoch is not None:
            for source, what in (
                ("zoned", "overlay clocks that name their zone"),
                ("overlay", "overlay clocks"),
                ("container", "container clocks"),
                ("export list", "lists that came with the recordings"),
                ("file name", "file names"),
            ):
                votes = [v for k in sorted(self._members) if (v := self._vote(k, source)) is not None]
                if votes:
                    return median(votes), _tied(what, votes)
        if starts:
            return -min(starts), "no clock could be read: time 0 is the start of the earliest recording"
        return 0.0, "no two recordings share sound: each is placed by its own clock"

    def _vote(self, k: int, source: str) -> float | None:
        """Where one recording's clock puts the axis's zero."""
        starts = self._starts(self._names[k], source)
        return median(starts) - self._heard.clock_start(k) if starts else None

    def _starts(self, name: str, source: str) -> list[float]:
        """Seconds after the epoch of media time 0, by each reading of one source."""
        chosen = [r for r in self._readings[name] if r.source == source]
        if source in ("zoned", "overlay"):
            chosen = [
                r
                for r in self._readings[name]
                if r.source == "overlay" and (r.reads.tzinfo is not None) == (source == "zoned")
            ]
        return [s for r in chosen if (s := self._seconds(r)) is not None]

    def _seconds(self, reading: ClockReading) -> float | None:
        if self._epoch is None:
            return None
        reads = reading.reads
        if reads.tzinfo is None:
            reads = reads.replace(tzinfo=self._epoch.tzinfo)
        return (reads - self._epoch) / timedelta(seconds=1) - reading.at / SECOND

    def place(self, k: int, *, silent: bool) -> Alignment | str:
        """The alignment of one recording, or one sentence why it has none."""
        if k in self._members:
            return self._by_sound(k)
        alone = silent or len(self._names) == 1
        found = self._by_overlay(k) or (self._by_container(k) if alone else None)
        if found is not None:
            return found
        return "it has no sound, and no clock of its own could be read" if alone else self._why_not(k)

    def _why_not(self, k: int) -> str:
        if self._heard.placed.component[k] >= 0:
            together = (m for m in range(len(self._names)) if self._heard.placed.together(k, m) and m != k)
            others = sorted(self._names[m] for m in together)
            return f"it shares sound with {', '.join(others)} but with none of the other recordings"
        if self._strange(k):
            return "it shares no sound with the others, and its own clock reads another day"
        return "it shares no sound with any other recording, so nothing ties it to this incident's clock"

    def _by_sound(self, k: int) -> Alignment:
        name, bonds = self._names[k], self._heard.of(k)
        partners = sorted({self._names[b.a + b.b - k] for b in bonds})
        count = sum(_anchor_count(bond) for bond in bonds)
        doubt = _NINETY * float(self._heard.drift_doubt[k])
        width = _width(self._heard, k)
        notes = f"placed by {_count(count, 'anchor')} with {_count(len(partners), 'recording')}; "
        notes += "; ".join([
            _rival(float(self._heard.rival[k])), *(_question(loss) for loss in self._heard.lost if loss.k == k)
        ])  # fmt: skip
        if self._kinds.get(name) in (Source.CALL, Source.RADIO) or name in self._telephones:
            width = float(np.hypot(width, _PATH_S))
            notes += "; the delay of its telephone or radio path is not known"
        at = self._zero + self._heard.clock_start(k)
        return Alignment(
            exhibit=name,
            offset=_micro(at),
            drift_ppm=round(float(self._heard.stated_drift[k]) * 1e6, 2),
            drift_uncertainty_ppm=round(doubt * 1e6, 2) if np.isfinite(doubt) else None,
            uncertainty=_micro(width),
            how="sound",
            confidence=_confidence(bonds, float(self._heard.rival[k])),
            explanation=notes + self._own_clock(name, at),
            anchors=count,
            acoustic=_micro(self._zero + self._heard.acoustic_start(k)),
            acoustic_uncertainty=round(_acoustic_width(self._heard, k) * 1000) * 1000,
            travel=self._travel(k),
        )

    def _travel(self, k: int) -> tuple[int, int] | None:
        low, _, high = self._heard.field.travel[k]
        return (round(low * 1000) * 1000, round(high * 1000) * 1000) if np.isfinite(low) else None

    def _own_clock(self, name: str, at: float) -> str:
        """What the recording's own overlay is worth, once sound has placed it."""
        starts = self._starts(name, "zoned") or self._starts(name, "overlay")
        if not starts:
            return ""
        error = median(starts) - at
        if abs(error) < _DISCIPLINED_S:
            return ""
        way = "fast" if error > 0 else "slow"
        return f"; its own clock is {_length(abs(error))} {way}"

    def _by_overlay(self, k: int) -> Alignment | None:
        name = self._names[k]
        for source in ("zoned", "overlay"):
            starts = self._starts(name, source)
            if not starts or abs(median(starts) - self._middle()) > _STRANGE_S:
                continue
            sure = source == "zoned" or self._disciplined(name)
            doubt = _DISCIPLINED_S if sure else _UNVERIFIED_S
            reading = max(r.uncertainty for r in self._readings[name] if r.source == "overlay") / SECOND
            return Alignment(
                exhibit=name,
                offset=_micro(median(starts)),
                drift_ppm=0.0,
                uncertainty=round((doubt + reading) * SECOND),
                how="overlay clock",
                confidence=0.7 if sure else 0.3,
                explanation=f"placed by the clock in its picture, read {len(starts)} times; "
                f"nothing confirms that clock, so it may be {_length(doubt)} wrong",
            )
        return None

    def _disciplined(self, name: str) -> bool:
        if name in self._kinds:
            return self._kinds[name] in (Source.STREET_CAMERA, Source.BODY_CAMERA)
        return any(_CITY.search(r.text.upper()) for r in self._readings[name] if r.source == "overlay")

    def _by_container(self, k: int) -> Alignment | None:
        name = self._names[k]
        for source, what in (
            ("container", "date and time in its container"),
            ("export list", "date and time in a list that came with it"),
            ("file name", "date and time in its name"),
        ):
            starts = self._starts(name, source)
            if not starts or abs(median(starts) - self._middle()) > _STRANGE_S:
                continue
            reading = max(r.uncertainty for r in self._readings[name] if r.source == source) / SECOND
            return Alignment(
                exhibit=name,
                offset=_micro(median(starts)),
                drift_ppm=0.0,
                uncertainty=round((_CONTAINER_S + reading) * SECOND),
                how="container clock",
                confidence=0.2,
                explanation=f"placed by the {what}; nothing confirms it",
            )
        return None

    def _strange(self, k: int) -> bool:
        starts = [s for source in ("zoned", "overlay", "container") for s in self._starts(self._names[k], source)]
        return bool(starts) and min(abs(s - self._middle()) for s in starts) > _STRANGE_S

    def _middle(self) -> float:
        """Where on the case's clock the placed recordings lie; the epoch when there are none."""
        starts = [self._heard.clock_start(k) for k in self._members]
        return self._zero + median(starts) if starts else 0.0


def _question(loss: Loss) -> str:
    """What a loss asks; the place is that of what comes before it."""
    what, way = ("missing", "later") if loss.seconds > 0 else ("there twice", "earlier")
    size = f"{abs(loss.seconds):.1f} s"
    return (
        f"between {_length(loss.after)} and {_length(loss.before)} of it {size} may be {what}, for what follows "
        f"fits the others {size} {way}: was it stopped or cut there?"
    )


def _rival(odds: float) -> str:
    """How much better the place is than the second best; to one digit, which is more than is known."""
    if odds > _MOST_TIMES:
        return f"the second-best placement is more than {_MOST_TIMES} times less likely"
    digit = 10 ** int(np.log10(max(odds, 1.0)))
    return f"the second-best placement is {max(round(odds / digit), 1) * digit} times less likely"


def _tied(what: str, votes: Sequence[float]) -> str:
    if len(votes) == 1:
        return f"tied to the calendar by one recording ({what}); nothing confirms that clock"
    spread = max(abs(vote - median(votes)) for vote in votes)
    return (
        f"tied to the calendar by the median of {_count(len(votes), 'recording')} ({what}), "
        f"which differ from it by at most {spread:.1f} s"
    )


def _width(heard: Heard, k: int) -> float:
    """Half-width, 90 %, of a clock place.

    Where the field of sources could be solved, its own doubt; elsewhere how far sources stand apart and
    how far sound travels as a rule.
    """
    if heard.field.known[k]:
        broken = _UNEXPLAINED * max(heard.field.unexplained - _NOISE_S, 0.0)
        return _NINETY * float(np.linalg.norm((heard.field.doubt[k], broken, _LEAST_S)))
    return float(np.sqrt(_scatter(heard, k) ** 2 + _range(heard, k) ** 2 + _TRAVEL_S**2))


def _acoustic_width(heard: Heard, k: int) -> float:
    """Half-width, 90 %, of an acoustic place: how far the links disagree, and the sources of one link."""
    return float(np.hypot(_scatter(heard, k), _RANGE_SHARE * _range(heard, k)))


def _scatter(heard: Heard, k: int) -> float:
    """How far the links disagree, 90 %."""
    bonds = heard.of(k)
    off = [bond.lag - float(heard.placed.at[bond.b] - heard.placed.at[bond.a]) for bond in bonds]
    scatter = float(np.sqrt(np.mean(np.square(off)))) if off else 0.0
    return _FLOOR_S + (1.64 if len(bonds) > 1 else 3.0) * scatter


def _range(heard: Heard, k: int) -> float:
    """Half the range of lags that sources at different places give a link, median of its links."""
    return median([(x.fit.high - x.fit.low) / 2 if x.fit is not None else 0.1 for x in heard.of(k)] or [0.1])


def _confidence(bonds: Sequence[Bond], odds: float) -> float:
    """Odds against chance: grows with the best likeness and with every further recording that agrees; and never more
    than what the second-best place leaves, so many (``odds``) times less likely."""
    if not bonds:
        return 0.0
    doubt = np.exp(-(max(bond.z for bond in bonds) - 4) / 6) * 0.5 ** (len(bonds) - 1)
    odds = min(odds, _MOST_TIMES)
    return round(float(min(1 - min(doubt, 1), odds / (1 + odds))), 3)


def _listen(
    names: Sequence[str], files: Mapping[str, Path], progress: Progress | None
) -> tuple[dict[str, Samples], dict[str, str]]:
    """Every recording's sound as int16 at 8 kHz, and why some cannot be read."""
    sounds: dict[str, Samples] = {}
    problems: dict[str, str] = {}
    for done, name in enumerate(names):
        say(progress, 0.4 * done / len(names), "listening")
        try:
            blocks = [_whole(block) for block in decode.pcm_blocks(files[name], rate=syncsound.RATE, seconds=60)]
        except UnreadableInput as error:
            problems[name] = f"it cannot be read: {error.cause}"
            blocks = []
        sounds[name] = np.concatenate(blocks) if blocks else np.zeros(0, np.int16)
    return sounds, problems


def _whole(block: NDArray[np.float32]) -> Samples:
    scaled = block * np.float32(32768)
    np.rint(scaled, out=scaled)
    return np.asarray(np.clip(scaled, -32768, 32767, out=scaled), np.int16)


def _anchors(names: Sequence[str], heard: Heard) -> tuple[Anchor, ...]:
    anchors = []
    for bond in heard.bonds:
        if bond.fit is None:
            continue
        for segment in _best_segments(bond.fit):
            ends = (names[bond.a], segment.at), (names[bond.b], segment.at - segment.lag)
            (a, a_at), (b, b_at) = sorted(ends)
            anchors.append(
                Anchor(
                    a=a,
                    b=b,
                    a_at=MediaTime(round(a_at * SECOND)),
                    b_at=MediaTime(round(b_at * SECOND)),
                    uncertainty=1000 + round(abs(segment.lag - bond.fit.at_time(segment.at)) * SECOND),
                    score=round(segment.quality, 2),
                )
            )
    return tuple(sorted(anchors, key=lambda x: (x.a, x.b, x.a_at)))


def _best_segments(fitted: LagFit) -> list[syncsound.Segment]:
    ranked = sorted(fitted.segments, key=lambda s: (-s.quality, s.at))[:_ANCHORS_PER_LINK]
    return sorted(ranked, key=lambda s: s.at)


def _likeliest(names: Sequence[str], heard: Heard) -> set[frozenset[str]]:
    """Of each recording, itself and those few it resembles most: a copy is among them."""
    pairs = set()
    for k in range(len(names)):
        nearest = sorted(heard.of(k), key=lambda bond: (-bond.z, bond.a, bond.b))[:_LIKELIEST]
        pairs |= {frozenset((names[bond.a], names[bond.b])) for bond in nearest}
    return pairs


def _anchor_count(bond: Bond) -> int:
    return 1 if bond.fit is None else min(_ANCHORS_PER_LINK, len(bond.fit.segments))


def _micro(seconds: float) -> IncidentTime:
    """To 0.1 ms: below what is known, and above what another processor's rounding could change."""
    return IncidentTime(round(seconds * 10_000) * 100)


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def _count(number: int, noun: str) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{seconds:.1f} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
