# SPDX-License-Identifier: Apache-2.0
"""What was said in one recording: words with times and confidence, and nothing that was not said.

What this module keeps true:

1. Voice activity is looked for first; sound outside it is never transcribed. Without that step a
   recogniser invents sentences in sirens, engines and silence (98 words in 330 s when measured).
2. A word whose time lies half a second or more outside voice activity is dropped, and a phrase is not
   repeated more often than its time allows: recognisers loop.
3. The same samples give the same words: one thread, fixed batches, no sampling.
4. No sentence is lost because of its neighbours: a stretch with a voice and without words is heard again.
5. Memory does not grow with the recording's length: it is decoded once, from its start to its end,
   and heard block by block, cut in a pause.

Confidence is how often such a word is right: the recogniser's own word probability, corrected by the
probabilities of the words around it, because a recogniser that hears badly does not know how badly.
The correction was fitted on some rooms, noises and lines, and measured on others (bench/speech.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plainview.media import weights
from plainview.model.finding import Basis
from plainview.model.time import SECOND, MediaSpan, media_seconds, union
from plainview.model.transcript import Heard, Word

Samples = NDArray[np.float32]
Reader = Callable[[int, int], Samples]
"""``read(first, last)``: mono samples ``[first, last)`` at RATE, fewer only at the end of the sound."""

RATE = 16_000
VERSION = "5"

BLOCK = 600 * RATE
"""Samples held at once: ten minutes, 38 MB. A block ends in the longest pause of its last minute."""

WINDOW = 29 * RATE
"""Most samples decoded as one piece; the recogniser sees 30 s at a time."""

PAUSE = 0.7
"""Seconds without a word that end a segment."""

KEPT_PAUSE = 2 * RATE
"""Samples of a pause up to which it is kept between two pieces of a window. Laid end to end without their pauses,
sentences are passed over or run together: in noise at 5 dB one word in three was wrong, with them one in five."""

LATE = SECOND // 2
"""µs before or after voice activity in which a word still belongs to it: in noise a voice is noticed late, and the
first word of a command would be lost."""

MOST_UNFILLED = 1.0
"""Seconds of a voice in one stretch that may lie outside its words."""

MOST_ALIKE = 4
"""Equal parts in a row of one word ("ha-ha-ha-ha") that somebody may have said."""

BATCH = 4
BEAM = 5

MOST_TOKENS = 220
"""More than anybody says in 29 s; a loop would otherwise run on to 448 and cost as much time."""


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A recogniser's word before the guards; seconds from the block's start."""

    start: float
    end: float
    text: str
    probability: float


def transcribe(
    path: Path,
    *,
    exhibit: str,
    model: str = "base",
    language: str = "en",
    telephone: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Heard:
    """The words of one recording.

    ``telephone`` tells that the sound went through a telephone or radio (band below 4 kHz): the
    voice detector then listens at half its threshold. ``progress`` is called with seconds heard.
    Raises what ``decode.pcm`` raises when the sound cannot be read, ``MissingPart`` without weights.
    """
    return listen(
        Forward(path), exhibit=exhibit, model=model, language=language, telephone=telephone, progress=progress
    )


class Forward:
    """A Reader of a file for requests that never go back: each sample is decoded once.

    What lies before the last request's start is forgotten, so no more is held than is asked for and
    the half minute behind it. Asking for what is forgotten is the caller's error.
    """

    def __init__(self, path: Path) -> None:
        from plainview.media.decode import pcm_blocks

        self._blocks = pcm_blocks(path, rate=RATE, seconds=30.0)
        self._held: list[Samples] = []
        self._from = 0

    def __call__(self, first: int, last: int) -> Samples:
        self._forget(first)
        held = self._from + sum(len(block) for block in self._held)
        while held < last and (block := next(self._blocks, None)) is not None:
            self._held.append(block)
            held += len(block)
            self._forget(first)
        if not self._held:
            return np.zeros(0, np.float32)
        return np.asarray(np.concatenate(self._held)[first - self._from : last - self._from], np.float32)

    def _forget(self, first: int) -> None:
        if first < self._from:
            raise RuntimeError(f"sample {first} has been read past; the sound is held from {self._from} on")
        while self._held and self._from + len(self._held[0]) <= first:
            self._from += len(self._held.pop(0))


def listen(
    read: Reader,
    *,
    exhibit: str,
    model: str = "base",
    language: str = "en",
    telephone: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Heard:
    """The same as ``transcribe`` for sound that is already decoded."""
    files = weights.whisper(model)
    threshold = 0.25 if telephone else 0.5
    said: list[_Spoken] = []
    speech: list[MediaSpan] = []
    position = 0
    while True:
        block = read(position, position + BLOCK)
        if not len(block):
            break
        probability = voice_probability(block)
        cut = len(block) if len(block) < BLOCK else _cut_in_pause(probability, len(block))
        spans = voiced_spans(probability, len(block), threshold=threshold)
        spans = [(first, min(last, cut)) for first, last in spans if first < cut]
        said += [_later(word, position / RATE) for word in _recognise(block, spans, files, language)]
        speech += [_media_span(first + position, last + position) for first, last in spans]
        position += cut
        if progress is not None:
            progress(position / RATE)
    spoken = without_loops([word for word in said if _within(word, speech)])
    speech += [_word_span(word) for word in spoken]
    basis = Basis(
        method=f"silero-vad + faster-whisper {model}",
        version=f"{VERSION} faster-whisper {_library_version()}",
        weights=(weights.sha256_of(weights.silero_vad()), *files.digests),
        threshold=threshold,
        detail=f"int8, beam {BEAM}, batch {BATCH}, one thread, language {language}, nothing outside voice activity",
    )
    return Heard(exhibit, _segments(_calibrated(spoken)), tuple(union(speech)), language, basis)


def hear_again(
    path: Path,
    spans: Sequence[MediaSpan],
    *,
    exhibit: str,
    model: str = "base",
    language: str = "en",
    telephone: bool = False,
) -> Heard:
    """What is said in some stretches of a recording, each heard by itself (see ``listen_again``)."""
    return listen_again(Forward(path), spans, exhibit=exhibit, model=model, language=language, telephone=telephone)


def listen_again(
    read: Reader,
    spans: Sequence[MediaSpan],
    *,
    exhibit: str,
    model: str = "base",
    language: str = "en",
    telephone: bool = False,
) -> Heard:
    """A second decode of some stretches that owes nothing to the first.

    There, speech lies in windows with what was said half a minute away; here each stretch is alone, with
    what is said within some seconds of it. The same guards hold. A stretch
    that loops gives no words: it is no witness.
    """
    files = weights.whisper(model)
    said: list[_Spoken] = []
    speech: list[MediaSpan] = []
    for span in union(list(spans)):
        first = round(span.start * RATE / SECOND)
        block = read(first, round(span.end * RATE / SECOND))
        if not np.any(block):
            continue
        voiced = voiced_spans(voice_probability(block), len(block), threshold=0.25 if telephone else 0.5)
        said += [_later(word, first / RATE) for word in _recognise(block, voiced, files, language)]
        speech += [_media_span(start + first, end + first) for start, end in voiced]
    spoken = without_loops([word for word in said if _within(word, speech)])
    speech += [_word_span(word) for word in spoken]
    basis = Basis(
        method=f"silero-vad + faster-whisper {model}, each stretch by itself",
        version=f"{VERSION} faster-whisper {_library_version()}",
        weights=(weights.sha256_of(weights.silero_vad()), *files.digests),
        detail=f"int8, beam {BEAM}, one thread, language {language}, {len(spans)} stretches heard again",
    )
    return Heard(exhibit, _segments(_calibrated(spoken)), tuple(union(speech)), language, basis)


_HOP = 512
"""Samples per probability of the voice detector (32 ms); its context is 64 samples."""
_CONTEXT = 64
_PAD = int(0.25 * RATE)
_LEAST_SPEECH = int(0.1 * RATE)
_LEAST_PAUSE = int(0.3 * RATE)


def voice_probability(samples: Samples) -> NDArray[np.float32]:
    """How likely each 32 ms of ``samples`` (16 kHz) holds a voice; one value per 512 samples begun."""
    session = _voice_detector(weights.silero_vad())
    hops = -(-len(samples) // _HOP)
    padded = np.zeros(_CONTEXT + hops * _HOP, np.float32)
    padded[_CONTEXT : _CONTEXT + len(samples)] = samples * _listening_gain(samples)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + _HOP)[::_HOP]
    state = np.zeros((1, 1, 128), np.float32)
    cell = np.zeros((1, 1, 128), np.float32)
    found = []
    for at in range(0, hops, 2000):  # about a minute at a time keeps the network's buffers small
        some = np.ascontiguousarray(frames[at : at + 2000])
        probability, state, cell = session.run(None, {"input": some, "h": state, "c": cell})
        found.append(np.asarray(probability, np.float32).reshape(-1))
    return np.concatenate(found) if found else np.zeros(0, np.float32)


def voiced_spans(probability: NDArray[np.float32], length: int, *, threshold: float = 0.5) -> list[tuple[int, int]]:
    """Sample intervals with a voice, widened by a quarter second, disjoint and in order.

    A stretch begins at ``threshold`` and ends 0.15 below it; pauses under 0.3 s are bridged and
    stretches under 0.1 s ignored.
    """
    spans: list[list[int]] = []
    inside = False
    for i, value in enumerate(probability):
        if value >= threshold and not inside:
            spans.append([i * _HOP, length])
            inside = True
        elif inside and value < max(threshold - 0.15, 0.01):
            spans[-1][1] = i * _HOP
            inside = False
    joined: list[list[int]] = []
    for span in spans:
        if joined and span[0] - joined[-1][1] < _LEAST_PAUSE:
            joined[-1][1] = span[1]
        else:
            joined.append(span)
    wide = [(max(0, a - _PAD), min(length, b + _PAD)) for a, b in joined if b - a >= _LEAST_SPEECH]
    return _merged(wide)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _listening_gain(samples: Samples) -> float:
    """Gain that lifts a quiet recording to speaking level; never more than 30 dB, never less than 1."""
    usable = len(samples) // _HOP * _HOP
    if not usable:
        return 1.0
    level = np.sqrt(np.mean(samples[:usable].reshape(-1, _HOP) ** 2, axis=1))
    heard = level[level > 1e-5]
    if not len(heard):
        return 1.0
    return float(np.clip(0.05 / np.percentile(heard, 95), 1.0, 30.0))


def _cut_in_pause(probability: NDArray[np.float32], length: int) -> int:
    """Where to end a full block: the middle of the longest stretch without a voice in its last minute."""
    first = max(0, len(probability) - 60 * RATE // _HOP)
    quiet = np.concatenate([[0], (probability[first:] < 0.35).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(quiet))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return length
    longest = int(np.argmax(ends - starts))
    return int((first + (starts[longest] + ends[longest]) / 2) * _HOP)


@lru_cache(maxsize=1)
def _voice_detector(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@dataclass(frozen=True, slots=True)
class _Piece:
    """Samples ``[first, last)`` of the block."""

    first: int
    last: int


def _recognise(
    block: Samples, spans: Sequence[tuple[int, int]], files: weights.ModelFiles, language: str
) -> list[_Spoken]:
    """Words in the spans of one block, in order of time, before any guard on single words.

    A window whose words look like a loop is heard again in two halves, and these again: a loop feeds
    on what else is in its window. A single stretch of speech that still loops gives no words. Stretches
    without a word are heard again apart from those with words: a recogniser passes over sentences between
    others, and ends before its window does.
    """
    pipeline = recogniser(files.folder)
    words: list[_Spoken] = []
    windows = _windows(block, spans)
    while windows:
        later: list[list[_Piece]] = []
        heard = _decoded(pipeline, block, [_with_pauses(window) for window in windows], language)
        for window, said in zip(windows, heard, strict=True):
            kept, unheard = _sorted_out(window, said)
            words += kept
            later += unheard
        windows = later
    return sorted(words, key=lambda word: (word.start, word.end))


def _sorted_out(window: Sequence[_Piece], said: Sequence[_Spoken]) -> tuple[list[_Spoken], list[list[_Piece]]]:
    """The words that fill their stretch of speech, and the stretches to be heard again, those side by side together."""
    by_piece = _by_piece(window, [] if _loops(said) else said)
    if len(window) == 1:
        return by_piece[0], []
    unheard = [_unfilled(piece, words) for piece, words in zip(window, by_piece, strict=True)]
    if all(unheard):
        return [], [list(window[: len(window) // 2]), list(window[len(window) // 2 :])]
    runs = [
        [piece for piece, _ in some]
        for again, some in groupby(zip(window, unheard, strict=True), key=lambda each: each[1])
        if again
    ]
    return [word for words, again in zip(by_piece, unheard, strict=True) if not again for word in words], runs


def _by_piece(window: Sequence[_Piece], said: Sequence[_Spoken]) -> list[list[_Spoken]]:
    """The words of each piece: of the one they lie in or, in a pause, of the nearest."""
    found: list[list[_Spoken]] = [[] for _ in window]
    for word in said:
        at = (word.start + word.end) / 2 * RATE
        nearest = min(range(len(window)), key=lambda k: max(window[k].first - at, at - window[k].last))
        found[nearest].append(word)
    return found


def _unfilled(piece: _Piece, words: Sequence[_Spoken]) -> bool:
    """Whether a voice speaks for long without a word; a word that is drawn out over others that are missing counts
    for as long as it takes to say it."""
    filled = sum(min(word.end - word.start, 0.3 + 0.1 * min(len(word.text), 12)) for word in words)
    voiced = (piece.last - piece.first - 2 * _PAD) / RATE
    return not words or voiced - filled > MOST_UNFILLED


def _with_pauses(window: Sequence[_Piece]) -> list[_Piece]:
    """The pieces of a window with the short pauses between them."""
    joined: list[_Piece] = []
    for piece in window:
        if joined and piece.first - joined[-1].last <= KEPT_PAUSE:
            joined[-1] = _Piece(joined[-1].first, piece.last)
        else:
            joined.append(piece)
    return joined


def _decoded(pipeline: Any, block: Samples, windows: Sequence[Sequence[_Piece]], language: str) -> list[list[_Spoken]]:
    """The words of each window, on the block's clock."""
    if not windows:
        return []
    packed = np.concatenate([levelled(block[p.first : p.last]) for window in windows for p in window])
    clips = _laid_end_to_end(windows)
    segments, _ = pipeline.transcribe(
        packed,
        language=language,
        beam_size=BEAM,
        temperature=0.0,
        condition_on_previous_text=False,
        word_timestamps=True,
        vad_filter=False,
        # the recogniser cuts these seconds down to samples: half a sample more never falls to the one before
        clip_timestamps=[{"start": (first + 0.5) / RATE, "end": (last + 0.5) / RATE} for first, last in clips],
        max_new_tokens=MOST_TOKENS,
        batch_size=BATCH,
    )
    heard: dict[int, list[Any]] = {int(first / RATE * 100): [] for first, _ in clips}
    for segment in segments:
        heard[segment.seek] += segment.words or ()  # seek: the hundredth of a second at which its window begins
    said = []
    for window, (first, _), words in zip(windows, clips, heard.values(), strict=True):
        starts = first + np.cumsum([0, *(p.last - p.first for p in window)])
        whole = _whole(words)
        places = _pieces_of(whole, starts[:-1])
        placed = [_placed(word, window[k], int(starts[k])) for word, k in zip(whole, places, strict=True)]
        said.append([word for word in placed if word.text])
    return said


def _laid_end_to_end(windows: Sequence[Sequence[_Piece]]) -> list[tuple[int, int]]:
    """First and last sample of each window when all are put one behind the other."""
    ends = np.cumsum([0, *(sum(p.last - p.first for p in window) for window in windows)]).tolist()
    return list(pairwise(ends))


def _loops(words: Sequence[_Spoken]) -> bool:
    """Whether words repeat as only a recogniser that lost its way repeats them.

    Three equal phrases of two or more words in a row, one part over and over in a word written with hyphens,
    or many words in no time.
    """
    parts = [re.findall(r"[\w']+", word.text.lower()) for word in words]
    if any(len(set(each[k : k + MOST_ALIKE + 1])) == 1 for each in parts for k in range(len(each) - MOST_ALIKE)):
        return True
    words = [replace(word, text=part) for word, each in zip(words, parts, strict=True) for part in each]
    if any(size > 1 and count > 2 for size, count in (_longest_run(words, i) for i in range(len(words)))):
        return True
    instant = sum(word.end - word.start < 0.02 for word in words)
    return instant > 5 and instant > len(words) / 4


def _whole(words: Iterable[Any]) -> list[_Spoken]:
    """The words as they are written: the recogniser's library takes "cold-hearted" and "3.14" in two at the mark."""
    whole: list[_Spoken] = []
    for word in words:
        first = word.word[:1]
        if whole and not first.isspace() and not first.isalnum():
            before = whole[-1]
            sure = min(before.probability, float(word.probability))
            whole[-1] = _Spoken(before.start, word.end, before.text + word.word.rstrip(), sure)
        else:
            whole.append(_Spoken(word.start, word.end, word.word.strip(), float(word.probability)))
    return whole


def _pieces_of(words: Sequence[_Spoken], starts: NDArray[np.int64]) -> list[int]:
    """Which piece each word lies in.

    Pieces meet where a pause was cut out, so the first word of a sentence is easily timed into the
    end of the piece before: it goes where the rest of its sentence is.
    """
    places = [max(0, int(np.searchsorted(starts, (w.start + w.end) / 2 * RATE, side="right")) - 1) for w in words]
    for i in range(len(words) - 2, -1, -1):
        opens = i == 0 or words[i - 1].text[-1:] in ".?!"
        close = words[i + 1].start - words[i].end < 0.2
        if opens and close and places[i + 1] == places[i] + 1 and words[i].text[-1:] not in ".?!":
            places[i] += 1
    return places


def _windows(block: Samples, spans: Sequence[tuple[int, int]]) -> list[list[_Piece]]:
    """The spans gathered into windows of at most 29 s, laid end to end; digital silence is left out."""
    windows: list[list[_Piece]] = []
    filled = 0
    for first, last in spans:
        if not np.any(block[first:last]):
            continue
        for start, end in _no_longer(first, last, block):
            pause = start - windows[-1][-1].last if windows else 0
            longer = end - start + (pause if pause <= KEPT_PAUSE else 0)
            if not windows or filled + longer > WINDOW:
                windows.append([])
                filled, longer = 0, end - start
            windows[-1].append(_Piece(start, end))
            filled += longer
    return windows


def _no_longer(first: int, last: int, block: Samples) -> list[tuple[int, int]]:
    """``[first, last)`` cut into pieces of at most a window, each time at the quietest 50 ms of the last 8 s."""
    pieces = []
    while last - first > WINDOW:
        near = block[first + WINDOW - 8 * RATE : first + WINDOW]
        level = np.mean(near.reshape(-1, RATE // 20) ** 2, axis=1)
        cut = first + WINDOW - 8 * RATE + int(np.argmin(level)) * (RATE // 20) + RATE // 40
        pieces.append((first, cut))
        first = cut
    return [*pieces, (first, last)]


def levelled(samples: Samples) -> Samples:
    """One span at speaking level, so that a shout in the same window does not bury a quiet voice."""
    usable = len(samples) // _HOP * _HOP
    if not usable:
        return samples
    level = np.sqrt(np.mean(samples[:usable].reshape(-1, _HOP) ** 2, axis=1))
    gain = float(np.clip(0.1 / (float(np.percentile(level, 90)) + 1e-6), 0.25, 40.0))
    return np.asarray(np.clip(samples * np.float32(gain), -1.0, 1.0), dtype=np.float32)


def _placed(word: _Spoken, piece: _Piece, at: int) -> _Spoken:
    """The word on the block's clock, held inside its piece, which lies at sample ``at`` of what was decoded."""
    shift = (piece.first - at) / RATE
    start = min(max(word.start + shift, piece.first / RATE), piece.last / RATE)
    end = min(max(word.end + shift, start), piece.last / RATE)
    return replace(word, start=start, end=end)


@lru_cache(maxsize=2)
def recogniser(folder: Path) -> Any:
    """The model of a folder behind its batches, one thread; loaded once."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)
    model.encode = _one_by_one(model.encode)
    return BatchedInferencePipeline(model)


def _one_by_one(encode: Callable[[Samples], Any]) -> Callable[[Samples], Any]:
    """The same encodings of a batch, one window after the other: attention over 30 s takes 72 MB for each at once."""
    from ctranslate2 import StorageView

    def each(features: Samples) -> Any:
        if features.ndim == 2:
            return encode(features)
        return StorageView.from_array(np.concatenate([np.asarray(encode(one)) for one in features]))

    return each


def _library_version() -> str:
    from importlib.metadata import version

    return version("faster-whisper")


_LONGEST_PHRASE = 10
_LEAST_PHRASE_SECONDS = 0.5
_LEAST_WORD_SECONDS = 0.12


def without_loops(words: Sequence[_Spoken]) -> list[_Spoken]:
    """The words without repeats that nobody could have spoken in the time they claim.

    A phrase of two or more words takes at least half a second, a single word 0.12 s. Of a run of
    equal phrases as many are kept as fit between the first one's start and the last one's end.
    """
    kept: list[_Spoken] = []
    i = 0
    while i < len(words):
        size, count = _longest_run(words, i)
        if count > 2:
            run = words[i : i + size * count]
            least = _LEAST_WORD_SECONDS if size == 1 else _LEAST_PHRASE_SECONDS
            fits = max(1, math.floor((run[-1].end - run[0].start) / least + 1e-6))
            kept += run[: size * min(count, fits)]
            i += size * count
        else:
            kept.append(words[i])
            i += 1
    return kept


def _longest_run(words: Sequence[_Spoken], at: int) -> tuple[int, int]:
    """Size and number of repeats of the phrase at ``at`` whose run covers most words; (1, 1) if none."""
    plain = [bare(word.text) for word in words[at : at + _LONGEST_PHRASE * 100]]
    best = (1, 1)
    for size in range(1, min(_LONGEST_PHRASE, len(plain) // 2) + 1):
        count = 1
        while plain[count * size : (count + 1) * size] == plain[:size]:
            count += 1
        if count > 2 and count * size > best[0] * best[1]:
            best = (size, count)
    return best


_NEIGHBOURS = 5
"""Words on either side whose probabilities tell how well a voice is heard there."""

_CALIBRATION = (-1.03, 0.48, 0.80)
"""Constant, weight of the word's log odds, weight of the mean log odds around it. Fitted on 4,500 words of
26 recordings in seven noises, rooms and telephone lines, each half holding on the other; see bench/speech_scenes.py."""


def calibrated(probabilities: Sequence[float]) -> list[float]:
    """Confidence of each word from the recogniser's probabilities of all words of a recording, in order."""
    odds = [math.log(p / (1 - p)) for p in (min(max(each, 0.005), 0.995) for each in probabilities)]
    constant, own, around = _CALIBRATION
    found = []
    for i, each in enumerate(odds):
        near = odds[max(0, i - _NEIGHBOURS) : i + _NEIGHBOURS + 1]
        found.append(1 / (1 + math.exp(-(constant + own * each + around * sum(near) / len(near)))))
    return found


def _calibrated(words: Sequence[_Spoken]) -> list[_Spoken]:
    sure = calibrated([word.probability for word in words])
    return [replace(word, probability=each) for word, each in zip(words, sure, strict=True)]


def _within(word: _Spoken, speech: Sequence[MediaSpan]) -> bool:
    middle = media_seconds((word.start + word.end) / 2)
    return any(span.start - LATE <= middle <= span.end + LATE for span in speech)


def _word_span(word: _Spoken) -> MediaSpan:
    return MediaSpan(media_seconds(word.start), media_seconds(max(word.end, word.start)))


def _later(word: _Spoken, seconds: float) -> _Spoken:
    return _Spoken(word.start + seconds, word.end + seconds, word.text, word.probability)


def _media_span(first: int, last: int) -> MediaSpan:
    return MediaSpan(media_seconds(first / RATE), media_seconds(last / RATE))


def _segments(words: Sequence[_Spoken]) -> tuple[tuple[Word, ...], ...]:
    """Words gathered into segments that end at a pause or, after half of one, at a sentence's end."""
    segments: list[list[Word]] = []
    before: _Spoken | None = None
    for word in words:
        gap = word.start - before.end if before else math.inf
        ended = before is not None and before.text[-1:] in ".?!" and gap >= PAUSE / 2
        if gap >= PAUSE or ended:
            segments.append([])
        start, end = media_seconds(word.start), media_seconds(max(word.end, word.start))
        segments[-1].append(Word(start, end, word.text, round(word.probability, 3)))
        before = word
    return tuple(tuple(segment) for segment in segments)


def bare(text: str) -> str:
    """A word as it is compared: lower case, letters, digits and inner apostrophes only."""
    return "".join(c for c in text.lower() if c.isalnum() or c == "'").strip("'")
