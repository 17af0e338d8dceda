# SPDX-License-Identifier: Apache-2.0
"""Traces of muting, cutting, splicing and coding again, each as a question for the one who delivered the file.

What this module keeps true:

1. A trace says what was measured and where; what it means is for a person to ask. Recorders drop
   sound, radios fall silent, offices convert files: none of that is tampering.
2. Four measures, each blind to the others' cases: exact silence with hard edges; sound packets that
   do not follow each other in time; a single step in the waveform that no microphone makes; a band
   limit that only a lossy coder leaves in uncompressed sound.
3. What cannot be seen is not denied: a cut faded over, or made before a lossy coder, leaves nothing here.

Memory is bounded: half a minute is held at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plainview.media.decode import open_container, pcm_blocks
from plainview.media.silence import FLOOR
from plainview.model.edit import EditKind, EditTrace
from plainview.model.finding import Basis
from plainview.model.time import MediaSpan, MediaTime, media_seconds

VERSION = "1"
BLOCK_S = 30.0

SHORTEST_MUTE_S = 0.1
"""Shorter exact silences are lost packets and the pauses of coders."""

RESTS = 6
"""From so many exact silences on, a recording is a channel that rests between transmissions: one question, not many."""

STEP = 60.0
"""A step stands so many times above the roughness around it; of an hour of street noise, 25 is the most seen."""

PACKET_GAP_S = 0.06
"""Seconds between two packets of sound beyond which something is missing or was moved."""

EDGE_DB = 25.0
"""Fall within 600 Hz that a lossy coder's band limit makes and a microphone's does not."""

PROGRAMS = ("lavf", "handbrake", "adobe", "premiere", "final cut", "davinci", "imovie", "capcut", "vegas", "audacity")
"""Names that converting and editing programs write into a file's tags, lower case."""

Sound = NDArray[np.float32]
Numbers = NDArray[np.float64]


def traces(path: Path, *, exhibit: str) -> tuple[EditTrace, ...]:
    """Every trace in one recording with sound, in order of time. Raises what ``decode`` raises."""
    rate, lossless, gaps, programs = _container(path)
    found = [_cut(exhibit, at, length) for at, length in gaps]
    found += [_written_by(exhibit, name) for name in programs]
    if rate:
        silences, steps, edge = _listen(path, rate)
        found += _muted(exhibit, silences)
        found += [_stepped(exhibit, at, size) for at, size in steps]
        if lossless and edge is not None:
            found.append(_coded_before(exhibit, *edge))
    return tuple(sorted(found, key=lambda t: (t.span.start, t.kind, t.question)))


def _container(path: Path) -> tuple[int, bool, list[tuple[float, float]], list[str]]:
    """Rate of the sound (0: none), whether it is uncompressed, gaps between packets, programs that wrote the file."""
    with open_container(path) as container:
        said = {str(v) for v in container.metadata.values()}
        programs = sorted({v for v in said if any(name in v.casefold() for name in PROGRAMS)})
        if not container.streams.audio:
            return 0, False, [], programs
        stream = container.streams.audio[0]
        base = Fraction(stream.time_base or 1)
        rate, lossless = int(stream.rate or 0), str(stream.codec_context.name).startswith(("pcm_s", "pcm_f", "flac"))
        times = ((p.pts, p.duration) for p in container.demux(stream) if p.pts is not None)
        return rate, lossless, list(_packet_gaps(times, base)), programs


def _packet_gaps(times: Iterator[tuple[int, int | None]], base: Fraction) -> Iterator[tuple[float, float]]:
    """(seconds of media time, length) wherever a packet starts later than the one before it ends."""
    first = end = None
    for at, duration in times:
        first = at if first is None else first
        if end is not None and duration and float((at - end) * base) > PACKET_GAP_S:
            yield float((end - first) * base), float((at - end) * base)
        end = at + (duration or 0)


def _listen(
    path: Path, rate: int
) -> tuple[list[tuple[float, float]], list[tuple[float, float]], tuple[float, float] | None]:
    """Exact silences within sound (start, end), steps (at, how many times the roughness), band limit (Hz, dB)."""
    silences: list[tuple[float, float]] = []
    steps: list[tuple[float, float]] = []
    power, at, quiet_since, sounded = np.zeros(1025), 0, None, False
    for block in pcm_blocks(path, rate=rate, seconds=BLOCK_S):
        for start, end in _quiet_runs(block, rate):
            begin = at + start if quiet_since is None or start else quiet_since
            if end < len(block):
                if sounded or begin > at:
                    silences.append((begin / rate, (at + end) / rate))
                quiet_since = None
            else:
                quiet_since = begin if sounded or start else quiet_since
        sounded = sounded or bool((np.abs(block) > FLOOR).any())
        steps += [((at + i) / rate, size) for i, size in _steps(block, rate)]
        power += _spectrum(block)
        at += len(block)
    return [s for s in silences if s[1] - s[0] >= SHORTEST_MUTE_S], steps, _band_edge(power, rate)


def _quiet_runs(block: Sound, rate: int) -> list[tuple[int, int]]:
    """Runs of exact silence of 20 ms and more, in samples."""
    quiet = np.concatenate([[0], (np.abs(block) <= FLOOR).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(quiet))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(a, b) for a, b in runs if b - a >= rate // 50 or b == len(block) or a == 0]


def _steps(block: Sound, rate: int) -> list[tuple[int, float]]:
    """Places where one sample jumps and the next go on smoothly: second differences up and down, nothing around.

    A click or a shot is rough for a millisecond and more; a splice is rough for one sample.
    """
    if len(block) < rate // 2:
        return []
    bend = np.abs(np.diff(block.astype(np.float64), 2))
    wide = max(8, rate // 500)
    around = np.convolve(bend, np.ones(2 * wide + 1) / (2 * wide + 1), "same")
    near = np.convolve(bend, np.ones(5), "same")
    rest = (around * (2 * wide + 1) - near) / (2 * wide - 4) + 2 / 32768
    strong = np.flatnonzero(bend > STEP * rest)
    found: list[tuple[int, float]] = []
    for i in strong.tolist():
        inside = wide < i < len(bend) - wide
        if inside and (not found or i - found[-1][0] > rate // 100) and _sounds(block, i, rate):
            found.append((i + 1, float(bend[i] / rest[i])))
    return found


def _sounds(block: Sound, i: int, rate: int) -> bool:
    """Whether there is sound on both sides: the edge of a silence is another trace."""
    reach = rate // 50
    return all(
        len(s) and float(np.abs(s).max()) > 2 * FLOOR for s in (block[max(0, i - reach) : i], block[i + 2 : i + reach])
    )


def _spectrum(block: Sound) -> Numbers:
    whole = block[: len(block) // 2048 * 2048].reshape(-1, 2048)
    if not len(whole):
        return np.zeros(1025)
    power: Numbers = (np.abs(np.fft.rfft(whole * np.hanning(2048).astype(np.float32), axis=1)) ** 2).sum(axis=0)
    return power


def _band_edge(power: Numbers, rate: int) -> tuple[float, float] | None:
    """The frequency at which the long-term spectrum falls off a cliff and stays down, and by how many dB."""
    if rate < 32_000 or power.sum() == 0:
        return None
    level = 10 * np.log10(np.convolve(power, np.ones(9) / 9, "same") + 1e-12)
    step = max(1, round(600 / rate * 2048))
    low, high = round(9_000 / rate * 2048), round(min(20_500, 0.46 * rate) / rate * 2048)
    falls = level[low:high] - level[low + step : high + step]
    if not len(falls):
        return None
    k = int(np.argmax(falls))
    above = level[low + k + step : 1000]
    flat = len(above) > 20 and float(above.max() - above.min()) < 15
    return ((low + k) * rate / 2048, float(falls[k])) if falls[k] >= EDGE_DB and flat else None


# Questions.


def _trace(exhibit: str, kind: EditKind, span: tuple[float, float], question: str, basis: Basis) -> EditTrace:
    start, end = media_seconds(max(0.0, span[0])), media_seconds(max(span))
    return EditTrace(exhibit, kind, MediaSpan(start, MediaTime(max(end, start + 1))), question, basis)


def _muted(exhibit: str, silences: Sequence[tuple[float, float]]) -> list[EditTrace]:
    basis = Basis("samples of exactly nothing within sound", VERSION, threshold=SHORTEST_MUTE_S)
    if len(silences) >= RESTS:
        said = (
            f"the sound is exactly nothing {len(silences)} times: is this a channel that rests between transmissions?"
        )
        return [_trace(exhibit, EditKind.MUTE, (silences[0][0], silences[-1][1]), said, basis)]
    return [
        _trace(
            exhibit, EditKind.MUTE, (a, b),
            f"from {a:.2f} s to {b:.2f} s the sound is exactly nothing, with sound before and after: was it muted?",
            basis,
        )
        for a, b in silences
    ]  # fmt: skip


def _cut(exhibit: str, at: float, length: float) -> EditTrace:
    said = f"at {at:.2f} s the sound jumps {1000 * length:.0f} ms ahead: was something cut, or did the recorder stop?"
    basis = Basis("packets of sound that do not follow each other", VERSION, score=length, threshold=PACKET_GAP_S)
    return _trace(exhibit, EditKind.CUT, (at, at + length), said, basis)


def _stepped(exhibit: str, at: float, size: float) -> EditTrace:
    said = f"at {at:.3f} s the waveform jumps between two samples as no microphone does: were two pieces joined?"
    basis = Basis("a single step in the waveform", VERSION, score=round(size, 1), threshold=STEP)
    return _trace(exhibit, EditKind.SPLICE, (at, at), said, basis)


def _coded_before(exhibit: str, hertz: float, fall: float) -> EditTrace:
    said = (
        f"the sound is stored uncompressed but ends at {hertz / 1000:.1f} kHz as a lossy coder's does: "
        "is there an earlier file?"
    )
    basis = Basis("a coder's band limit in uncompressed sound", VERSION, score=round(fall, 1), threshold=EDGE_DB)
    return _trace(exhibit, EditKind.REENCODING, (0.0, 0.0), said, basis)


def _written_by(exhibit: str, name: str) -> EditTrace:
    said = f"the file says it was written by “{name[:60]}”, a program and not a recorder: is there an earlier file?"
    return _trace(exhibit, EditKind.REENCODING, (0.0, 0.0), said, Basis("the container's own tags", VERSION))
