# SPDX-License-Identifier: Apache-2.0
"""Clock forensics from beeps: a camera's drift, its activation, and cameras that only others heard.

What this module keeps true:

1. A call is one to four equal, steady, single tones with sharp ends. Music and voices glide, ring or
   have company in pitch; what is left is decided by repetition: two minutes, again and again.
2. Own beeps are at one level, fixed by the camera, and in step with its activation; another
   camera's come through air. Which rule said "own" is written down.
3. Anchors between recordings say when they are ambiguous by whole periods. They are values for the
   sync graph; nothing here moves a clock.
4. A camera nobody delivered is a question with the recordings and times where it is heard.

Times come from the tones' edges, averaged over a call: about 0.1 ms in a camera's own recording.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plainview.model.beep import (
    PERIOD,
    Activation,
    Beep,
    BeepAnchor,
    BeepFinding,
    BeepTies,
    Signature,
    Train,
    UnseenCamera,
)
from plainview.model.finding import Basis
from plainview.model.time import SECOND, MediaSpan, MediaTime, media_seconds
from plainview.model.timeline import Timeline

VERSION = "4"
RATE = 16_000
_FRAME, _HOP = 512, 128
"""Samples: 32 ms windows every 8 ms, bins of 31 Hz."""

_SMOOTH = 80
"""Samples (5 ms) over which a tone's level and pitch are read."""

LOWEST, HIGHEST = 500.0, 5000.0
"""Hz between which makers put their tones."""

CONTRAST_DB = 9.0
"""A tone stands at least this far above its surroundings in its own bin (a broadband ratio of about -8 dB)."""

RINGS_DB = 9.0
"""Echoes that fill the pauses of a call are at least this much weaker than its tones."""

SHORTEST_S, LONGEST_S = 0.05, 0.7
TOGETHER_S = 0.7
"""Tones of one call start at most this far apart."""

LEVEL_DB = 4.0
"""Tones of one call are as loud as each other to this; a neighbour's that overlap them seldom are."""

STEP_TOLERANCE_S = 0.03
"""Two calls are in step when their distance is whole periods to this: 250 ppm, twice any camera's error."""

IN_STEP_S = 0.15
"""A camera's own beeps keep whole periods from its activation to this."""

BUFFER_S = 10.0
"""A shorter silence, in a recording that falls silent again, is no camera's buffer but a channel at rest."""

TRAVEL_S = 0.4
"""Seconds sound may take to a recorder that still hears a beep: 137 m."""

_BLOCK_S, _MARGIN_S = 300, 3

_ROWS = 200
"""Rows worked out at a time: what that takes stays in a core's own cache, and two cores do not wait for one memory."""

Sound = NDArray[np.float32]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Tone:
    at: float
    seconds: float
    hertz: float
    contrast_db: float
    level_db: float


def listen(path: Path, *, exhibit: str) -> BeepFinding:
    """Beeps of one recording, in bounded memory. Raises what ``decode.pcm_blocks`` raises."""
    from plainview.media.decode import pcm_blocks

    tones: list[_Tone] = []
    begins: float | None = None
    kept = np.zeros(0, np.float32)
    first = 0  # place of kept[0]
    silent_until, sounding, squelched = 0, False, False
    for block, last in _with_last(pcm_blocks(path, rate=RATE, seconds=_BLOCK_S)):
        samples = np.concatenate([kept, block])
        fresh_from = first + len(kept)
        if not sounding:
            loud = np.flatnonzero(np.abs(samples) > SILENCE)
            sounding = bool(len(loud))
            silent_until = first + int(loud[0]) if sounding else first + len(samples)
            if sounding and silent_until >= 2 * RATE:
                begins = _onset_of_sound(samples, silent_until - first) + first / RATE
        squelched = squelched or _falls_silent(samples[max(0, silent_until - first) :])
        low = (fresh_from - _MARGIN_S * RATE) / RATE if first else 0.0
        high = (first + len(samples) - _MARGIN_S * RATE) / RATE
        for tone in _tones(samples):
            at = tone.at + first / RATE
            if low <= at and (last or at < high):
                tones.append(replace(tone, at=at))
        keep = min(len(samples), 2 * _MARGIN_S * RATE)
        first += len(samples) - keep
        kept = samples[len(samples) - keep :]
    return examine(
        _unique(tones),
        exhibit=exhibit,
        sound_begins=None if squelched and begins is not None and begins < BUFFER_S else begins,
    )


def _falls_silent(samples: Sound) -> bool:
    """Whether sound stops for a second or more: what a squelched radio does, and a room does not."""
    whole = samples[: len(samples) // (RATE // 2) * (RATE // 2)].reshape(-1, RATE // 2)
    quiet = np.abs(whole).max(axis=1, initial=0.0) <= SILENCE
    return bool(len(quiet) > 1 and (quiet[1:] & quiet[:-1]).any())


def _with_last(blocks: Iterable[Sound]) -> Iterator[tuple[Sound, bool]]:
    """Each block, and whether it is the last: what lies near the end of any other is taken up by the next."""
    held: Sound | None = None
    for block in blocks:
        if held is not None:
            yield held, False
        held = block
    if held is not None:
        yield held, True


SILENCE = 4 / 32768
"""Above this a sample is sound: two bits more than the dither of a 16-bit recorder."""


def _onset_of_sound(samples: Sound, place: int) -> float:
    """Seconds at which sound begins after digital silence.

    A codec smears the beginning over a frame; the beginning is where the level first reaches half of
    what the quietest moments of the next three seconds have, so that start tones and voices do not set
    the mark.
    """
    after = samples[place : place + 3 * RATE].astype(np.float64) ** 2
    if len(after) < RATE // 10:
        return place / RATE
    level = np.sqrt(np.convolve(after, np.ones(160) / 160, "valid"))
    half = 0.5 * float(np.quantile(level[RATE // 50 :], 0.05))
    fine = np.sqrt(np.convolve(after, np.ones(16) / 16, "valid"))
    return (place + int(np.argmax(fine >= half))) / RATE


def _unique(tones: Sequence[_Tone]) -> list[_Tone]:
    """Sorted by time; a tone found in two blocks' overlap is kept once."""
    kept: list[_Tone] = []
    for tone in sorted(tones, key=lambda t: (t.at, t.hertz)):
        if not any(abs(tone.at - other.at) < 0.02 and abs(tone.hertz - other.hertz) < 30 for other in kept[-6:]):
            kept.append(tone)
    return kept


def tones(samples: Sound) -> list[tuple[float, float, float]]:
    """Seconds, duration and pitch of every steady single tone in mono sound at 16 kHz."""
    return [(t.at, t.seconds, t.hertz) for t in _unique(_tones(samples))]


def _tones(samples: Sound) -> list[_Tone]:
    if len(samples) < 4 * _FRAME:
        return []
    power = _spectrogram(samples)
    strong = _standing_out(power)
    found = []
    for b in np.flatnonzero(strong.any(axis=1)).tolist():
        for i, j in _sounding(power[:, b + 12], strong[b]):
            if (j - i) * _HOP / RATE <= LONGEST_S and _is_peak(power, i, j, b):
                tone = _measured(samples, (i, j), power, b)
                if tone is not None:
                    found.append(tone)
    return found


_LOW, _HIGH = int(LOWEST * _FRAME / RATE), int(HIGHEST * _FRAME / RATE)


def _spectrogram(samples: Sound) -> Numbers:
    """Power of the bins between LOWEST and HIGHEST, a row every 8 ms; row i is centred at i × 8 ms + 16 ms."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    window = np.hanning(_FRAME).astype(np.float32)
    power = np.empty((len(frames), _HIGH - _LOW + 25))
    for first in range(0, len(frames), _ROWS):
        spectrum = np.fft.rfft(frames[first : first + _ROWS] * window, axis=1)[:, _LOW - 12 : _HIGH + 13]
        power[first : first + _ROWS] = np.abs(spectrum) ** 2
        power[first : first + _ROWS] += 1e-12
    return power


def _standing_out(wide: Numbers) -> NDArray[np.bool_]:
    """Which bins (a line for each) stand above their neighbours in pitch on both sides, row by row."""
    inner = wide.shape[1] - 24
    strong = np.empty((inner, len(wide)), np.bool_)
    for first in range(0, len(wide), _ROWS):
        rows = wide[first : first + _ROWS]
        sums = np.zeros((len(rows), rows.shape[1] + 1))
        np.cumsum(rows, axis=1, out=sums[:, 1:])
        below = (sums[:, 9 : 9 + inner] - sums[:, :inner]) / 9
        above = (sums[:, 25 : 25 + inner] - sums[:, 16 : 16 + inner]) / 9
        around = np.maximum(below, above)
        strong[:, first : first + _ROWS] = (rows[:, 12:-12] > around * 10 ** (CONTRAST_DB / 10)).T
    return strong


def _runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _sounding(power: Numbers, strong: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Runs of rows that a tone may fill. What it leaves ringing in a street stands above its neighbours too, and
    would bind tones to one: a tone ends where it falls by ``RINGS_DB``."""
    least = SHORTEST_S * 0.6 * RATE / _HOP
    for i, j in _runs(strong):
        if j - i >= least:
            level = power[i:j]
            for first, last in _runs(level > level.max() * 10 ** (-RINGS_DB / 10)):
                if last - first >= least:
                    yield i + first, i + last


def _is_peak(wide: Numbers, i: int, j: int, b: int) -> bool:
    energy = wide[i:j, b + 12 - 2 : b + 12 + 3].sum(axis=0)
    return bool(int(np.argmax(energy)) == 2)


def _measured(samples: Sound, run: tuple[int, int], wide: Numbers, b: int) -> _Tone | None:
    """Edges, pitch and contrast of one tone in bin ``b`` over rows ``run``; None when unsteady or without ends."""
    i, j = run
    hertz = (b + _LOW) * RATE / _FRAME
    first = max(0, i * _HOP - 1600)
    last = min(len(samples), j * _HOP + _FRAME + 1600)
    piece = samples[first:last].astype(np.float64)
    middle = slice(
        i * _HOP + _FRAME // 2 - first, max(i * _HOP + _FRAME // 2 + 160, (j - 1) * _HOP + _FRAME // 2) - first
    )
    wider = slice(middle.start - _SMOOTH // 2, middle.stop + _SMOOTH // 2)
    held = _brought_down(piece[wider], hertz)[_SMOOTH // 2 : -_SMOOTH // 2]
    if len(held) < 160:
        return None
    turn = np.angle(held[16:] * np.conj(held[:-16]))
    hertz += float(np.median(turn)) * RATE / 16 / (2 * np.pi)
    envelope = np.abs(_brought_down(piece, hertz))
    top = float(np.median(envelope[middle]))
    rising, falling = _crossings(envelope, middle, top / 2)
    if rising is None or falling is None:
        return None
    seconds = (falling - rising) / RATE
    if not SHORTEST_S <= seconds <= LONGEST_S:
        return None
    inside = envelope[int(rising) + 120 : int(falling) - 120]
    outside = np.concatenate(
        [
            envelope[max(0, int(rising) - 1200) : max(0, int(rising) - 240)],
            envelope[int(falling) + 240 : int(falling) + 1200],
        ]
    )
    if len(inside) < 80 or not len(outside):
        return None
    steady = float(np.std(inside) / (np.mean(inside) + 1e-12))
    over = 20 * float(np.log10(top / (np.sqrt(np.mean(outside**2)) + 1e-7)))
    if steady > 0.45 or over < 5.0:
        return None
    row = wide[i:j].mean(axis=0)
    around = np.concatenate([row[b : b + 9], row[b + 16 : b + 25]])
    contrast = 10 * float(np.log10(row[b + 12] / np.mean(around)))
    return _Tone((first + rising) / RATE, seconds, hertz, contrast, 20 * float(np.log10(top + 1e-9)))


def _brought_down(piece: Numbers, hertz: float) -> NDArray[np.complex128]:
    """The sound beside ``hertz`` as a slow complex wave; right from half of ``_SMOOTH`` within both ends."""
    turn = 2 * np.pi * hertz / RATE * np.arange(len(piece))
    window = np.hanning(_SMOOTH) / (_SMOOTH / 2)
    return np.convolve(piece * np.cos(turn), window, "same") - 1j * np.convolve(piece * np.sin(turn), window, "same")


def _crossings(envelope: Numbers, middle: slice, half: float) -> tuple[float | None, float | None]:
    """Places where the envelope last rises through and next falls through ``half``, to parts of a sample."""
    start = int(middle.start) + (int(middle.stop) - int(middle.start)) // 2
    below = np.flatnonzero(envelope[:start] < half)
    above = np.flatnonzero(envelope[start:] < half)
    if not len(below) or not len(above):
        return None, None
    a, b = int(below[-1]), start + int(above[0])
    rising = a + (half - envelope[a]) / (envelope[a + 1] - envelope[a] + 1e-15)
    falling = b - 1 + (envelope[b - 1] - half) / (envelope[b - 1] - envelope[b] + 1e-15)
    return float(rising), float(falling)


# From tones to calls, trains and an activation.


def examine(found: Sequence[_Tone], *, exhibit: str, sound_begins: float | None) -> BeepFinding:
    """Calls, trains and activation of one recording from its tones; pure.

    ``sound_begins``: seconds at which sound first begins after at least two silent seconds, or None.
    """
    calls = _calls(found, known=_make(_calls(found), sound_begins))
    start = _start_tones(calls, sound_begins)
    chains = _chains([c for c in calls if c not in start])
    buffer = MediaSpan(MediaTime(0), media_seconds(sound_begins)) if sound_begins is not None else None
    trains = _trains(chains, calls, start, sound_begins)
    own = next((each for each in trains if each.own), None)
    return BeepFinding(
        exhibit=exhibit,
        calls=tuple(calls),
        trains=tuple(trains),
        start_tones=tuple(start),
        activation=_activation(own, start, sound_begins),
        buffer=buffer,
        odd=tuple(_odd_intervals(own, calls)),
        basis=Basis(
            "tone bursts repeated every two minutes", VERSION, threshold=CONTRAST_DB,
            detail=f"{len(found)} steady tones, {len(calls)} calls, {len(trains)} in step",
        ),
    )  # fmt: skip


def _calls(found: Sequence[_Tone], *, known: Signature | None = None) -> list[Beep]:
    """Tones of one pitch and length that follow each other evenly, as one call; with company in pitch, none.

    ``known``: a call that was heard alone. Calls of its make have as many tones at its pace and no more: two cameras
    of one maker that beep within a second are two calls.
    """
    taken = [False] * len(found)
    calls: list[Beep] = []
    for first, head in enumerate(found):
        if taken[first]:
            continue
        group = [head]
        pace = known if known is not None and _of_make(head, known) else None
        for place in range(first + 1, len(found)):
            tone = found[place]
            if taken[place]:
                continue
            if tone.at - group[-1].at > TOGETHER_S or len(group) == (pace.tones if pace is not None else 4):
                break
            if pace is not None and abs(tone.at - group[-1].at - pace.step / SECOND) > 0.02:
                continue
            same = (
                abs(tone.hertz - head.hertz) <= max(12.0, 0.006 * head.hertz)
                and abs(tone.seconds - head.seconds) <= 0.04
                and abs(tone.level_db - head.level_db) <= LEVEL_DB
            )
            even = len(group) < 2 or abs((tone.at - group[-1].at) - (group[1].at - group[0].at)) < 0.02
            if same and even and tone.at > group[-1].at + head.seconds:
                group.append(tone)
                taken[place] = True
        calls.append(_call(group))
    at, hertz = np.array([t.at for t in found]), np.array([t.hertz for t in found])
    return [c for c in calls if not _crowded(c, at, hertz)]


def _of_make(tone: _Tone, known: Signature) -> bool:
    alike = abs(tone.hertz - known.hertz) <= max(12.0, 0.006 * known.hertz)
    return alike and abs(tone.seconds - known.tone / SECOND) <= 0.04


def _make(calls: Sequence[Beep], sound_begins: float | None) -> Signature | None:
    """How this camera's calls sound: as its start tones do, when a later call in step has as many."""
    for start in _start_tones(calls, sound_begins):
        if any(_after(float(start.at), c) and c.signature.like(start.signature) for c in calls):
            return start.signature
    return None


def _call(group: Sequence[_Tone]) -> Beep:
    seconds = float(np.median([t.seconds for t in group]))
    gaps = [b.at - a.at for a, b in pairwise(group)]
    step = float(np.mean(gaps)) if gaps else 0.0
    centres = [t.at + t.seconds / 2 - k * step for k, t in enumerate(group)]
    at = float(np.mean(centres)) - seconds / 2
    contrast = float(np.median([t.contrast_db for t in group]))
    noise = 10 ** (-max(contrast, 3.0) / 20)
    uncertainty = round(1e6 * 1.645 * (0.00005 + 0.003 * noise / np.sqrt(2 * len(group))))
    signature = Signature(
        round(float(np.median([t.hertz for t in group])), 1), round(seconds * SECOND), len(group), round(step * SECOND)
    )
    level = float(np.median([t.level_db for t in group]))
    return Beep(media_seconds(max(0.0, at)), uncertainty, round(contrast, 1), round(level, 1), signature)


def _crowded(call: Beep, at: Numbers, hertz: Numbers) -> bool:
    """Whether tones (sorted by time) sound within the call at pitches not its overtones: music, a siren, a keypad."""
    lasts = call.signature.step * (call.signature.tones - 1) + call.signature.tone
    first, last = np.searchsorted(at, [call.at / SECOND - 0.3, (call.at + lasts) / SECOND + 0.3])
    ratio = hertz[first:last] / call.signature.hertz
    harmonic = (np.abs(ratio - np.round(ratio)) < 0.02) & (np.round(ratio) >= 1)
    return int((~harmonic).sum()) > 2 * call.signature.tones


def _chains(calls: Sequence[Beep]) -> list[list[Beep]]:
    """Calls alike in sound that are whole periods apart, longest chain first; a call belongs to one chain."""
    left = list(calls)
    chains: list[list[Beep]] = []
    from_each = {id(head): _chain(head, left) for head in left}
    while left:
        best = max((from_each[id(head)] for head in left), key=len)
        if len(best) < 2:
            break
        chains.append(best)
        gone = {id(call) for call in best}
        left = [c for c in left if id(c) not in gone]
        for head in left:
            if any(id(call) in gone for call in from_each[id(head)]):
                from_each[id(head)] = _chain(head, left)
    return chains


def _chain(head: Beep, calls: Sequence[Beep]) -> list[Beep]:
    """The calls that follow ``head`` in step, each with the one before it."""
    chain = [head]
    for call in calls:
        apart = call.at - chain[-1].at
        steps = round(apart / PERIOD)
        if steps >= 1 and call.signature.like(head.signature) and _in_step(apart, steps):
            chain.append(call)
    return chain


def _in_step(apart: int, steps: int) -> bool:
    return abs(apart - steps * PERIOD) <= STEP_TOLERANCE_S * SECOND * math.sqrt(max(1, steps))


def _start_tones(calls: Sequence[Beep], sound_begins: float | None) -> list[Beep]:
    """The call just after the sound begins (a silent buffer ends) or after the recording begins."""
    begin = sound_begins if sound_begins is not None else 0.0
    near = [c for c in calls if -0.05 <= c.at / SECOND - begin <= 1.0 and c.contrast_db >= 15]
    return near[:1]


def _trains(
    chains: Sequence[Sequence[Beep]], calls: Sequence[Beep], start: Sequence[Beep], sound_begins: float | None
) -> list[Train]:
    """Every chain, and single calls in step with the activation; at most one of them is the camera's own."""
    trains: list[Train] = []
    single = [
        [c] for c in calls
        if not any(c in chain for chain in chains) and c not in start and _steps_from_start(c, start, sound_begins)
    ]  # fmt: skip
    both = [list(chain) for chain in (*chains, *single)]
    own, why = _own(both, start, sound_begins)
    for chain in both:
        drift, bar = _drift(chain)
        mine = chain is own
        trains.append(Train(tuple(chain), mine, why if mine else "comes through the air: another camera's", drift, bar))
    return trains


def _own(
    chains: Sequence[list[Beep]], start: Sequence[Beep], sound_begins: float | None
) -> tuple[list[Beep] | None, str]:
    """Which chain is the recording camera's own, and why; None when nothing decides."""
    loudest = sorted(chains, key=lambda chain: (-max(c.level_db for c in chain), chain[0].at))
    repeated = [chain for chain in loudest if len(chain) >= 2]
    for chain in repeated:
        if _steps_from_start(chain[0], start, sound_begins):
            return chain, "whole periods after this recording's activation"
    for chain in repeated:
        if sound_begins is None and _after(0.0, chain[0]):
            return chain, "whole periods after this recording's beginning"
    for chain in repeated:
        spread = max(c.level_db for c in chain) - min(c.level_db for c in chain)
        if len(chain) >= 3 and spread <= 1.0 and min(c.contrast_db for c in chain) >= 24:
            return chain, "always at one level, and loud: made by this camera"
    for chain in loudest:
        if _steps_from_start(chain[0], start, sound_begins):
            return chain, "whole periods after this recording's activation"
    return None, ""


def _steps_from_start(call: Beep, start: Sequence[Beep], sound_begins: float | None) -> bool:
    """In step with the end of the silent buffer, or with start tones of the same pitch."""
    if sound_begins is not None:
        begins = [sound_begins * SECOND]
    else:
        begins = [
            float(s.at)
            for s in start
            if abs(s.signature.hertz - call.signature.hertz) <= max(15.0, 0.01 * call.signature.hertz)
        ]
    return any(_after(begin, call) for begin in begins)


def _after(begin: float, call: Beep) -> bool:
    """Whether a clear call comes whole periods after ``begin`` (µs)."""
    steps = round((call.at - begin) / PERIOD)
    return steps >= 1 and abs(call.at - begin - steps * PERIOD) <= IN_STEP_S * SECOND and call.contrast_db >= 15


def _drift(chain: Sequence[Beep]) -> tuple[float | None, float | None]:
    """ppm by which media time must be stretched so that the beeps are exact periods apart, with a 90 % bar."""
    if len(chain) < 2:
        return None, None
    number = np.array([round((c.at - chain[0].at) / PERIOD) for c in chain], float)
    at = np.array([c.at for c in chain], float)
    slope, _ = np.polyfit(number, at, 1)
    rest = at - np.polyval(np.polyfit(number, at, 1), number)
    known = float(np.mean([c.uncertainty for c in chain])) / 1.645
    noise = max(known, float(np.sqrt((rest**2).sum() / max(1, len(chain) - 2)))) if len(chain) > 2 else known
    bar = 1.645 * noise / np.sqrt(((number - number.mean()) ** 2).sum()) / PERIOD * 1e6
    return round(float(PERIOD / slope - 1) * 1e6, 3), round(float(bar), 3)


def _activation(own: Train | None, start: Sequence[Beep], sound_begins: float | None) -> Activation | None:
    """When the camera was switched on: the end of the silent buffer, or its own beeps reckoned back."""
    if sound_begins is not None and (own is not None or start):
        agree = ["start tones follow"] if start else []
        if own is not None:
            steps = round((own.beeps[0].at / SECOND - sound_begins) / 120)
            off = (own.beeps[0].at - steps * PERIOD) / SECOND - sound_begins
            agree.append(f"its two-minute beeps, reckoned back, agree to {1000 * abs(off):.0f} ms")
        return Activation(media_seconds(sound_begins), 12_000, "the silent buffer ends; " + "; ".join(agree))
    if own is not None and start:
        steps = round((own.beeps[0].at - start[0].at) / PERIOD)
        at = max(0, own.beeps[0].at - steps * PERIOD)
        return Activation(MediaTime(at), 15_000, "its own two-minute beeps reckoned back; start tones agree")
    return None


def _odd_intervals(own: Train | None, calls: Sequence[Beep]) -> list[tuple[MediaSpan, str]]:
    """Intervals between the camera's own beeps that are not whole periods: time is missing or was added."""
    if own is None:
        return []
    level = float(np.median([b.level_db for b in own.beeps]))
    like = [
        c
        for c in calls
        if c.signature.like(own.beeps[0].signature) and abs(c.level_db - level) <= 1.5 and c.at >= own.beeps[0].at
    ]
    odd = []
    for a, b in pairwise(like):
        apart = b.at - a.at
        steps = max(1, -(-(apart - SECOND // 10) // PERIOD))
        short = steps * PERIOD - apart
        if apart > 5 * SECOND and abs(short) > STEP_TOLERANCE_S * SECOND * steps:
            odd.append((
                MediaSpan(a.at, b.at),
                f"between two of the camera's own beeps lie {apart / SECOND:.3f} s, {short / SECOND:.3f} s less than "
                f"{steps * 2} minutes: is that much missing here?",
            ))  # fmt: skip
    return odd


# Between recordings.


def ties(found: Mapping[str, BeepFinding], timeline: Timeline) -> BeepTies:
    """Everything beeps say about more than one recording of a case; no clock is moved by it."""
    anchors, unseen = beep_anchors(found, timeline), unseen_cameras(found, timeline)
    own = sum(finding.own is not None for finding in found.values())
    detail = f"{len(found)} recordings listened to, {own} with beeps of their own"
    return BeepTies(anchors, unseen, Basis("beeps in step with a delivered camera", VERSION, detail=detail))


def beep_anchors(found: Mapping[str, BeepFinding], timeline: Timeline | None = None) -> tuple[BeepAnchor, ...]:
    """Where one delivered camera's beeps are heard in another recording.

    With a ``timeline`` a beep goes with the one it can be by the two alignments, their error bars and
    sound's travel; without one it is ambiguous by whole periods unless the start tones were heard too.
    """
    anchors: list[BeepAnchor] = []
    cameras = {e: f.own for e, f in found.items() if f.own is not None}
    for camera, own in sorted(cameras.items()):
        assert own is not None
        for other in sorted(found):
            if other != camera:
                anchors += _anchors_between(camera, own, found[camera].start_tones, found[other], timeline)
    return tuple(anchors)


def _anchors_between(
    camera: str, own: Train, start: Sequence[Beep], other: BeepFinding, timeline: Timeline | None
) -> list[BeepAnchor]:
    theirs = other.own.beeps if other.own is not None else ()
    heard = [
        c
        for c in other.calls
        if c not in theirs and c not in other.start_tones and c.signature.like(own.beeps[0].signature)
    ]
    if timeline is not None and timeline.of(camera) is not None and timeline.of(other.exhibit) is not None:
        return _placed_anchors(camera, (*start, *own.beeps), other.exhibit, heard, timeline)
    by_step = [h for h in heard if any(h in t.beeps for t in other.trains if not t.own)] or heard
    return [
        BeepAnchor(
            camera, other.exhibit, own.beeps[0].at, h.at, _joint(own.beeps[0], h), h.contrast_db, ambiguous=True,
            why="alike in pitch, length and rhythm; which of the camera's beeps it is, nothing here decides",
        )
        for h in by_step
    ]  # fmt: skip


def _placed_anchors(
    camera: str, own: Sequence[Beep], exhibit: str, heard: Sequence[Beep], timeline: Timeline
) -> list[BeepAnchor]:
    mine, theirs = timeline.of(camera), timeline.of(exhibit)
    assert mine is not None
    assert theirs is not None
    bar = mine.uncertainty + theirs.uncertainty + 20_000
    anchors = []
    for call in heard:
        fits = [b for b in own if -bar <= theirs.incident(call.at) - mine.incident(b.at) <= TRAVEL_S * SECOND + bar]
        if len(fits) == 1:
            anchors.append(BeepAnchor(
                camera, exhibit, fits[0].at, call.at, _joint(fits[0], call), call.contrast_db, ambiguous=False,
                why="the only one of the camera's beeps that both recordings' places allow",
            ))  # fmt: skip
    return anchors


def _joint(a: Beep, b: Beep) -> int:
    return round(float(np.hypot(a.uncertainty, b.uncertainty)))


def unseen_cameras(found: Mapping[str, BeepFinding], timeline: Timeline) -> tuple[UnseenCamera, ...]:
    """Body cameras that recordings hear and nobody delivered: beeps in step that no delivered camera made.

    Beeps a whole number of periods apart are asked for, in one recording or several: three, or two if each
    is a call of two tones or more.
    """
    known = _known(found, timeline)
    loose: list[tuple[int, str, Beep, int]] = []
    for exhibit in sorted(found):
        alignment, finding = timeline.of(exhibit), found[exhibit]
        if alignment is None:
            continue
        mine = finding.own.beeps if finding.own is not None else ()
        in_trains = {b for t in finding.trains if not t.own for b in t.beeps}
        for call in finding.calls:
            if call in mine or call in finding.start_tones or (call.signature.tones < 2 and call not in in_trains):
                continue
            at, bar = alignment.incident(call.at), alignment.uncertainty + 20_000
            if not any(_explains(phase, at, bar) for phase, other in known if _alike(other, call.signature)):
                loose.append((at, exhibit, call, bar))
    return tuple(_asked(group) for group in _in_phase(loose))


def _known(found: Mapping[str, BeepFinding], timeline: Timeline) -> list[tuple[int, Signature]]:
    """Incident times of one beep of every delivered camera: the others follow in whole periods."""
    known = []
    for exhibit, finding in found.items():
        alignment = timeline.of(exhibit)
        if alignment is not None:
            mine = (*finding.start_tones, *(finding.own.beeps if finding.own is not None else ()))
            known += [(int(alignment.incident(b.at)), b.signature) for b in mine]
    return known


def _alike(one: Signature, other: Signature) -> bool:
    """Whether one of two calls may be a part of the other, masked or overlaid by something: pitch alone decides."""
    return abs(one.hertz - other.hertz) <= 0.015 * one.hertz


def _explains(phase: int, at: int, bar: int) -> bool:
    """Whether a call, or a part of one, may be the beep at ``phase`` (or whole periods later) after its travel."""
    late = (at - phase) % PERIOD
    return late <= (TRAVEL_S + TOGETHER_S) * SECOND + bar or late >= PERIOD - bar


def _in_phase(loose: Sequence[tuple[int, str, Beep, int]]) -> list[list[tuple[int, str, Beep, int]]]:
    left, groups = list(loose), []
    while left:
        head = left.pop(0)
        group = [head]
        for each in list(left):
            late = (each[0] - head[0] + PERIOD // 2) % PERIOD - PERIOD // 2
            reach = (TRAVEL_S + TOGETHER_S) * SECOND + head[3] + each[3]
            if abs(late) <= reach and _alike(each[2].signature, head[2].signature):
                group.append(each)
                left.remove(each)
        beats = len({round((at - head[0]) / PERIOD) for at, *_ in group})
        if beats >= 3 or (beats == 2 and min(call.signature.tones for _, _, call, _ in group) >= 2):
            groups.append(group)
    return groups


def _begun(call: Beep, fellows: Iterable[Beep]) -> MediaTime:
    """When a call began of which only the last tones may have been heard.

    A voice over a call's first tones leaves the rest as a shorter call, late by whole steps against a fellow that
    the same recording heard in full: it is dated by those steps.
    """
    for whole in sorted(fellows, key=lambda c: (-c.signature.tones, c.at)):
        apart = call.at - whole.at
        for lost in range(1, whole.signature.tones - call.signature.tones + 1):
            begun = apart - lost * whole.signature.step
            steps = round(begun / PERIOD)
            if steps and _in_step(begun, abs(steps)):
                return MediaTime(call.at - lost * whole.signature.step)
    return call.at


def _in_full(group: Sequence[tuple[int, str, Beep, int]]) -> list[tuple[str, MediaTime]]:
    """Each call's recording and beginning."""
    return [
        (exhibit, _begun(call, (other for _, elsewhere, other, _ in group if elsewhere == exhibit)))
        for _, exhibit, call, _ in group
    ]


def _asked(group: Sequence[tuple[int, str, Beep, int]]) -> UnseenCamera:
    heard = _in_full(group)
    exhibits = sorted({exhibit for exhibit, _ in heard})
    times = ", ".join(f"{exhibit} at {at / SECOND:.1f} s" for exhibit, at in heard[:6])
    return UnseenCamera(
        group[0][2].signature,
        tuple(heard),
        f"A body camera's two-minute beep is heard on {', '.join(exhibits)} ({times}), in step with none of the "
        "delivered cameras: whose is it, and where is its recording?",
    )
