# SPDX-License-Identifier: Apache-2.0
"""The sound of the full file where parts of it are muted: new packets there, the recording's own everywhere else.

What this module keeps true:

1. An AAC packet is one transform over ``WINDOW`` samples: its own ``FRAME`` and the next. A packet whose transform
   reaches a mute or its fades is never copied, so no copied packet holds anything of what is muted.
2. New packets are made of decoded sound in which the mutes were applied before the encoder saw it.
3. They take the places of the old ones one for one: the number of packets and their times stay the recording's.
4. A few packets beside a mute are new as well: where old and new meet, both must hold the same sound, and no change
   of the transform's length may be cut in two. What is new for that reason only is said to be so (``proof``).
5. New packets are decoded again before any is used: where words are muted nothing but silence or the tone may be
   heard. An encoder that has just begun spoils a packet now and then, so they are made once more with more bits.
6. Where packets cannot be exchanged like this, ``joint`` says why, and all the sound is encoded again.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from plainview.media import mp4
from plainview.media.decode import GAP_TOLERANCE_S
from plainview.media.encode import AAC_FRAME, AAC_RATES, SOUND_BITS, SoundEncoder
from plainview.media.soundtrack import FADE_S, cover
from plainview.media.survey import Sound, copied_sound
from plainview.model.redaction import Mute
from plainview.model.time import SECOND

WINDOW = 2 * AAC_FRAME
BESIDE, REACH = 2, 8
"""Packets on each side that are new though nothing in them is muted, and at most how many more at short windows."""
PRIMED, AHEAD = 3, 3
"""Packets before a run that are decoded for it (one for the overlap, two for the encoder to settle), and after it (one
for its last transform, two because an encoder looks ahead: silence there would have it shorten that transform)."""
APART = 64
"""Samples by which a packet may follow another early or late and still be the next: clocks of milliseconds round."""
BITS = (2 * SOUND_BITS, 3 * SOUND_BITS)
"""A second and channel, in turn: with as many as all other sound one packet in hundreds is left full of noise."""
_MOST = 5
"""Bits a sample; a packet may hold six."""
REMAINS, REMAINS_AT_EDGE = 10 ** (-54 / 20), 10 ** (-42 / 20)
"""Root mean square of what a packet may leave beside silence or the tone: inside a mute, and where a transform reaches
out of it. A quarter of the power that the audit lets pass, or less."""
_BLOCK = 430
"""Packets that are covered at once: ten seconds at 44.1 kHz."""
_LOW_COMPLEXITY = 2
_BEGINS_LONG, _ENDS_LONG = (0, 1), (0, 3)
"""Window sequences (ISO/IEC 14496-3, table 4.109) whose first and whose second half is one long window."""

Run = tuple[int, int]
"""First and last packet of a stretch that is made new."""
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Packets:
    """Of every packet when it is heard, in samples on the recording's clock, and its window sequence."""

    times: array[int]
    sequences: bytes
    whole: bool = True
    """Whether each decodes to as many samples as the header says: not where it is damaged or hides half of its
    spectrum (SBR). After a damaged one sound would lie elsewhere by its length than by its time."""

    @property
    def rising(self) -> bool:
        """Whether each is heard after the one before."""
        return all(a < b for a, b in zip(self.times, self.times[1:], strict=False))

    def steady(self, rate: int) -> bool:
        """Whether times say what lengths say: a mute was set where sound lies by its length (``decode.pcm_blocks``)."""
        due: int | None = None
        for at in self.times:
            late = 0 if due is None else abs(at - due)
            if APART < late <= GAP_TOLERANCE_S * rate:
                return False
            due = (at if due is None or late > APART else due) + AAC_FRAME
        return True


def read(path: Path, sound: Sound) -> Packets:
    """The packets of ``path``'s sound, read and decoded once."""
    times, sequences, whole, decoder = array("q"), bytearray(), True, _decoder(sound)
    for sample in copied_sound(path, sound):
        times.append(sample.pts)
        sequences.append(window_sequence(sample.data))
        whole = whole and _decoded(decoder, sample, sound) is not None
    return Packets(times, bytes(sequences), whole)


def window_sequence(packet: bytes) -> int:
    """Of a packet without signature: 0 long, 1 from long to short, 2 short, 3 from short to long."""
    bits = int.from_bytes(packet[:4].ljust(4, b"\0"), "big")
    pair, common = packet[:1] >= b"\x20", bits >> 24 & 1
    # A single channel has its gain before its windows; a pair shares them, or its first channel has its own.
    at = 9 if pair and common else 17 if pair else 16
    return bits >> (32 - at - 2) & 3


@dataclass(frozen=True, slots=True)
class Joint:
    """What of a recording's sound is made new, and with how many bits; or in words why that cannot be done."""

    runs: tuple[Run, ...] = ()
    bits: int = 0
    obstacle: str = ""


def joint(path: Path, sound: Sound, mutes: Sequence[Mute]) -> Joint:
    """How new packets for ``mutes`` stand among the recording's own."""
    packets = read(path, sound)
    why = _obstacle(sound, packets)
    if why:
        return Joint(obstacle=why)
    runs = runs_of(packets, mutes, sound.rate)
    for bits in BITS:
        made = Joint(runs, min(bits, _MOST * sound.rate))
        if not _strays(path, sound, mutes, made):
            return made
    return Joint(obstacle="new packets for what is muted do not decode as they should")


def _obstacle(sound: Sound, packets: Packets) -> str:
    """Why packets cannot be exchanged one for one, in words; empty when they can."""
    kind, rate = sound.config[0] >> 3, (sound.config[0] & 7) << 1 | sound.config[1] >> 7
    channels, framing = sound.config[1] >> 3 & 15, sound.config[1] & 7
    if kind != _LOW_COMPLEXITY or framing or channels not in (1, 2) or channels != sound.channels:
        return "its AAC is of a kind that cannot be joined with new packets"
    if sound.rate not in AAC_RATES:
        return f"its rate of {sound.rate} Hz is none that new packets are made at"
    if not packets.rising:
        return "two of its packets claim the same instant"
    if not packets.steady(sound.rate):
        return "the times of its packets do not fit their lengths"
    if rate != _RATE_INDEX[sound.rate] or not packets.whole:
        return "some of its packets do not decode to the sound that its header names"
    return ""


_RATE_INDEX = {48_000: 3, 44_100: 4, 32_000: 5, 24_000: 6, 16_000: 8}
"""``samplingFrequencyIndex`` of the header (ISO/IEC 14496-3, table 1.18)."""


def runs_of(packets: Packets, mutes: Sequence[Mute], rate: int) -> tuple[Run, ...]:
    """The stretches of packets that must be new, in order and apart from each other."""
    fade = max(1, round(FADE_S * rate)) + APART
    found: list[Run] = []
    for mute in sorted(mutes, key=lambda each: each.span):
        start = math.floor(mute.span.start * rate / SECOND) - fade
        end = math.ceil(mute.span.end * rate / SECOND) + fade
        run = _touched(packets, start, end)
        if run is None:
            continue
        if found and run[0] - found[-1][1] <= PRIMED + AHEAD:
            found[-1] = min(found[-1][0], run[0]), max(found[-1][1], run[1])
        else:
            found.append(run)
    return tuple(found)


def _touched(packets: Packets, start: int, end: int) -> Run | None:
    """Packets whose transform meets the samples from ``start`` to ``end``, and those beside them."""
    first, last = bisect_right(packets.times, start - WINDOW), bisect_left(packets.times, end) - 1
    if last < first:
        return None
    first, last = max(0, first - BESIDE), min(len(packets.times) - 1, last + BESIDE)
    for _ in range(REACH):
        first -= first > 0 and packets.sequences[first - 1] not in _ENDS_LONG
        last += last + 1 < len(packets.times) and packets.sequences[last + 1] not in _BEGINS_LONG
    return first, last


def spliced(path: Path, sound: Sound, mutes: Sequence[Mute], made: Joint) -> Iterator[mp4.Sample]:
    """Every packet of the recording's sound, those of its runs made new."""
    new = {index for first, last in made.runs for index in range(first, last + 1)}
    fresh = _fresh(path, sound, mutes, made)
    for index, sample in enumerate(copied_sound(path, sound)):
        yield replace(sample, data=next(fresh)) if index in new else sample


def _strays(path: Path, sound: Sound, mutes: Sequence[Mute], made: Joint) -> bool:
    """Whether the new packets, decoded, leave anything but silence or the tone where words are muted."""
    words = sorted((mute for mute in mutes if mute.hides_words), key=lambda mute: mute.span)
    near = {index for first, last in made.runs for index in range(first - 1, last + 2)}
    decoder = _decoder(sound)
    for index, sample in enumerate(spliced(path, sound, mutes, made) if words else ()):
        if index in near:
            heard = _decoded(decoder, sample, sound)
            if heard is None or _remains(heard, sample.pts, sound.rate, words):
                return True
    return False


def _remains(heard: Samples, first: int, rate: int, words: Sequence[Mute]) -> bool:
    """Whether a frame that begins at sample ``first`` holds more than what stands for words, where they were."""
    wanted, inside, deep = np.zeros(AAC_FRAME, np.float32), np.zeros(AAC_FRAME, bool), np.zeros(AAC_FRAME, bool)
    for mute in words:
        cover(wanted, first=first, rate=rate, mute=mute)
        start = math.floor(mute.span.start * rate / SECOND) - first
        end = math.ceil(mute.span.end * rate / SECOND) - first
        inside[max(0, start) : max(0, end)] = True
        deep[max(0, start + WINDOW) : max(0, end - WINDOW)] = True
    rest = np.where(inside, heard - wanted, 0)
    return any(_level(rest, where) > most for where, most in ((deep, REMAINS), (inside & ~deep, REMAINS_AT_EDGE)))


def _level(channels: Samples, where: NDArray[np.bool_]) -> float:
    """Of the louder channel, over the whole frame."""
    return float(np.sqrt(np.max(np.sum(np.where(where, channels, 0) ** 2, axis=1)) / AAC_FRAME))


def _fresh(path: Path, sound: Sound, mutes: Sequence[Mute], made: Joint) -> Iterator[bytes]:
    """The payloads of all new packets, in order."""
    ordered = sorted(mutes, key=lambda mute: (mute.hides_words, mute.span))
    waiting = iter(made.runs)
    run = next(waiting, None)
    making: _Making | None = None
    for index, sample in enumerate(copied_sound(path, sound)):
        if run is not None and index >= run[0] - PRIMED:
            making = making or _Making(sound, ordered, run, index, made.bits)
            yield from making.take(sample)
            if index == run[1] + AHEAD:
                yield from making.close()
                making, run = None, next(waiting, None)
    if making is not None:
        yield from making.close()


class _Making:
    """One run being made: its packets decoded, covered and encoded again."""

    def __init__(self, sound: Sound, mutes: Sequence[Mute], run: Run, index: int, bits: int) -> None:
        self._sound, self._mutes = sound, mutes
        self._decoder, self._encoder = _decoder(sound), SoundEncoder(sound.rate, sound.channels, bits)
        self._held: list[Samples] = []
        self._first = self._next = 0
        # The encoder's first packet lies one before the first frame it is given.
        self._passed = run[0] - index + 1
        self._left = run[1] - run[0] + 1

    def take(self, sample: mp4.Sample) -> Iterator[bytes]:
        """One more packet of the recording; new ones as they come."""
        if self._held and (abs(sample.pts - self._next) > APART or len(self._held) == _BLOCK):
            yield from self._flush()
        if not self._held:
            self._first = sample.pts
        frame = _decoded(self._decoder, sample, self._sound)
        if frame is None:
            raise RuntimeError("a packet that was decoded before cannot be decoded now")
        self._held.append(frame)
        self._next = sample.pts + AAC_FRAME

    def close(self) -> Iterator[bytes]:
        """What the encoder still holds of the run."""
        yield from self._flush()
        yield from self._wanted(self._encoder.add(np.zeros((self._sound.channels, AAC_FRAME), np.float32)))
        yield from self._wanted(self._encoder.close())
        if self._left:
            raise RuntimeError("the encoder gave fewer packets than it was given frames")

    def _flush(self) -> Iterator[bytes]:
        if not self._held:
            return
        samples = np.concatenate(self._held, axis=1)
        self._held = []
        for mute in self._mutes:
            for channel in samples:
                cover(channel, first=self._first, rate=self._sound.rate, mute=mute)
        yield from self._wanted(self._encoder.add(samples))

    def _wanted(self, made: Iterator[mp4.Sample]) -> Iterator[bytes]:
        for sample in made:
            if self._passed:
                self._passed -= 1
            elif self._left:
                self._left -= 1
                yield sample.data


def _decoded(decoder: AudioCodecContext, sample: mp4.Sample, sound: Sound) -> Samples | None:
    """A packet's own frame, one row for each channel; None where it is damaged or of another kind."""
    try:
        frames = decoder.decode(av.Packet(sample.data))
    except av.error.FFmpegError:
        return None
    if len(frames) != 1 or frames[0].sample_rate != sound.rate:
        return None
    samples = np.asarray(frames[0].to_ndarray(), np.float32)
    return samples.copy() if samples.shape == (sound.channels, AAC_FRAME) else None


def _decoder(sound: Sound) -> AudioCodecContext:
    decoder = av.CodecContext.create("aac", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.extradata = sound.config
    decoder.sample_rate = sound.rate
    return decoder
