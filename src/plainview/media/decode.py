# SPDX-License-Identifier: Apache-2.0
"""The pictures and samples of a recording at their true times.

What this module keeps true:

1. Every file is opened through ``media.door`` and no other way.
2. Media time zero is the first picture or sample that is presented, over the streams used. Every time
   given out counts from there, from decoded timestamps, never from frame counts or nominal rates.
3. Nothing is dropped in silence: a stretch of missing sound is zeros of the same length, and a
   picture that cannot be trusted is ``Damage`` in its place.
4. One thread, so the same bytes give the same pictures and samples.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from plainview.errors import HostileInput
from plainview.media.door import open_container, picture_stream, sound_stream, top_level_boxes
from plainview.model.case import Damage
from plainview.model.time import SECOND, MediaSpan, MediaTime

__all__ = [
    "INDEXED",
    "Frame",
    "frames",
    "glimpses",
    "open_container",
    "pcm",
    "pcm_blocks",
    "picture_stream",
    "sound_stream",
    "top_level_boxes",
    "zero",
]

MAX_SILENCE_S = 4 * 3600
"""More silence than this, made of nothing but timestamps, is damage or an attack, not a pause."""

_FEW_CALLS = 16_384
"""Samples resampled at once: a call for every packet of 20 ms costs more than the work."""

GAP_TOLERANCE_S = Fraction(40, 1000)
"""Timestamps in Matroska and FLV are whole milliseconds and jitter; a lost AAC packet is 21 to 64 ms."""

_LATE_S = 5
"""A stream that has not begun by then does not set the zero: body cameras start half a minute mute."""

_SEEK_MARGIN = SECOND
"""Decoders need a moment after a seek before their output can be trusted."""

INDEXED = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "wav", "flac")
"""Containers whose seek lands on a key frame with exact timestamps; others are read from their start."""

_INDEXED_PICTURES = (*INDEXED, "avi")
"""AVI names its key frames too, but not the exact time of its sound."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One presented picture. ``index`` counts the pictures of one ``frames`` call; ``at`` names it for good."""

    index: int
    at: MediaTime
    picture: VideoFrame
    rotation: int
    """Degrees counter-clockwise the stored picture must be turned to stand upright (0, 90, 180, 270)."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright picture."""
        stored = (self.picture.width, self.picture.height)
        return stored if self.rotation % 180 == 0 else (stored[1], stored[0])

    def array(
        self, fmt: Literal["bgr24", "rgb24", "gray"] = "bgr24", *, width: int | None = None, height: int | None = None
    ) -> NDArray[np.uint8]:
        """The upright picture, (height, width, 3) or (height, width); one of width, height keeps the shape."""
        across, down = _scaled(self.size, width, height)
        if self.rotation % 180 == 0:
            stored = self.picture.reformat(width=across, height=down, format=fmt)
        else:
            stored = self.picture.reformat(width=down, height=across, format=fmt)
        pixels = cast(NDArray[np.uint8], stored.to_ndarray())
        return np.ascontiguousarray(np.rot90(pixels, self.rotation // 90)) if self.rotation else pixels


def zero(container: InputContainer) -> Fraction:
    """The container's own time, in seconds, of media time zero; the container is left at its start."""
    waiting = {s.index for s in (picture_stream(container), sound_stream(container)) if s is not None}
    first: Fraction | None = None
    for _, item in _decoded(container, set(waiting)):
        if isinstance(item, Damage) or item.pts is None or item.time_base is None:
            continue
        at = item.pts * item.time_base
        first = at if first is None else min(first, at)
        if at - first > _LATE_S:
            break
        kind = container.streams.video if isinstance(item, VideoFrame) else container.streams.audio
        waiting -= {s.index for s in kind}
        if not waiting:
            break
    with suppress(av.error.FFmpegError):
        container.seek(_start_pts(container))
    return first or Fraction(0)


def pcm(path: Path, *, rate: int, start: MediaTime | None = None, end: MediaTime | None = None) -> NDArray[np.float32]:
    """All sound as mono float32 at ``rate``: sample 0 is ``start`` (media time 0), gaps are zeros.

    Empty when the recording has no sound; shorter than ``end - start`` when the sound ends earlier.
    """
    blocks = list(pcm_blocks(path, rate=rate, seconds=60.0, start=start, end=end))
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def pcm_blocks(
    path: Path, *, rate: int, seconds: float, start: MediaTime | None = None, end: MediaTime | None = None
) -> Iterator[NDArray[np.float32]]:
    """The samples of ``pcm`` in consecutive blocks of ``seconds`` (the last one shorter)."""
    size = max(1, round(seconds * rate))
    limit = None if end is None else round((end - (start or 0)) * rate / SECOND)
    ready: list[NDArray[np.float32]] = []
    held = given = 0
    for piece in _pieces(path, rate=rate, start=start, limit=limit):
        ready.append(piece)
        held += len(piece)
        while held >= size:
            joined = np.concatenate(ready)
            yield joined[:size]
            ready, held, given = [joined[size:]], held - size, given + size
    if held:
        yield np.concatenate(ready)


def frames(path: Path, *, start: MediaTime | None = None, end: MediaTime | None = None) -> Iterator[Frame | Damage]:
    """Every picture presented in ``[start, end)``, in order, upright by ``Frame.array``; damage in its place."""
    with _opened(path) as container:
        stream = picture_stream(container)
        if stream is None:
            return
        origin = zero(container)
        _seek(container, start, origin, indexed=_INDEXED_PICTURES)
        index = 0
        last, step = MediaTime(-1), _frame_time(stream)
        for item in _pictures(container, stream):
            if isinstance(item, Damage):
                found = _placed(item, origin, after=last, step=step)
                if found.span is not None and _inside(found.span.start, start, end):
                    yield found
                continue
            picture = item
            at = MediaTime(last + step) if last >= 0 else MediaTime(0)
            if picture.pts is not None and picture.time_base is not None:
                at = _media(picture.pts * picture.time_base, origin)
            last = at
            if end is not None and at >= end:
                return
            if not _inside(at, start, end):
                continue
            if picture.is_corrupt:
                yield Damage(MediaSpan(at, MediaTime(at + step)), "the picture could not be decoded whole")
            else:
                yield Frame(index, at, picture, round(picture.rotation / 90) * 90 % 360)
            index += 1


def glimpses(path: Path, spans: Sequence[MediaSpan], *, least: int = 1) -> Iterator[tuple[int, Frame]]:
    """Whole pictures inside sorted, disjoint spans, with the number of their span; opens the file once.

    A span shorter than a frame still gives the ``least`` first pictures at or after its start.
    """
    with _opened(path) as container:
        stream = picture_stream(container)
        if stream is None:
            return
        origin, index, near = zero(container), 0, MediaTime(0)
        step = _frame_time(stream)
        for number, span in enumerate(spans):
            if span.start > near + 2 * _SEEK_MARGIN:
                _seek(container, span.start, origin, indexed=_INDEXED_PICTURES)
            given = 0
            for item in _pictures(container, stream):
                if not isinstance(item, VideoFrame) or item.pts is None or item.time_base is None:
                    continue
                near = _media(item.pts * item.time_base, origin)
                if near < span.start - step // 2 or item.is_corrupt:
                    continue
                if near >= span.end and given >= least:
                    break
                yield number, Frame(index, near, item, round(item.rotation / 90) * 90 % 360)
                index, given = index + 1, given + 1
                if span.end <= near + step and given >= least:
                    break


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    container = open_container(path)
    try:
        yield container
    finally:
        container.close()


_REORDERED = 8
"""Pictures held back to put their times in order; coders that reach an AVI use at most three in between."""


def _pictures(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame | Damage]:
    """Pictures of one stream as they are shown, with times that rise.

    A decoder gives pictures in the order in which they are shown. An AVI holds only the times at which
    they were to be decoded, so its pictures arrive with the right times in the wrong order: each takes
    the earliest time not yet taken. Elsewhere times are left as they are.
    """
    items = (cast("VideoFrame | Damage", item) for _, item in _decoded(container, {stream.index}))
    if container.format.name != "avi":
        yield from items
        return
    held: deque[VideoFrame] = deque()
    times: list[int] = []

    def given(most: int) -> Iterator[VideoFrame]:
        while len(held) > most:
            picture = held.popleft()
            picture.pts = heapq.heappop(times)
            yield picture

    for item in items:
        if isinstance(item, Damage) or item.pts is None:
            yield from given(0)
            yield item
            continue
        held.append(item)
        heapq.heappush(times, item.pts)
        yield from given(_REORDERED)
    yield from given(0)


def _decoded(container: InputContainer, indexes: set[int]) -> Iterator[tuple[int, VideoFrame | AudioFrame | Damage]]:
    """Frames of the chosen streams in file order; what cannot be decoded comes as unplaced damage."""
    chosen = [s for s in container.streams if s.index in indexes and isinstance(s, (VideoStream, AudioStream))]
    if not chosen:
        return
    demuxer = container.demux(chosen)
    while True:
        try:
            packet = next(demuxer)
        except StopIteration:
            return
        except av.error.FFmpegError:
            yield chosen[0].index, Damage(None, "the file cannot be read any further")
            return
        at = packet.pts if packet.pts is not None else packet.dts
        try:
            for frame in packet.decode():
                yield packet.stream_index, cast("VideoFrame | AudioFrame", frame)
        except av.error.EOFError:
            continue
        except av.error.FFmpegError:
            yield packet.stream_index, _undecodable(at, packet.duration, packet.time_base)


def _undecodable(at: int | None, duration: int | None, base: Fraction | None) -> Damage:
    """Damage whose span is still in container time (``_placed`` moves it onto the media clock)."""
    reason = "a stretch of data could not be decoded"
    if at is None or base is None or at < 0:
        return Damage(None, reason)
    start = round(at * base * SECOND)
    return Damage(MediaSpan(MediaTime(start), MediaTime(start + round(max(duration or 0, 0) * base * SECOND))), reason)


def _placed(damage: Damage, origin: Fraction, *, after: MediaTime, step: int) -> Damage:
    if damage.span is None:
        start = max(after + step, 0)
        return Damage(MediaSpan(MediaTime(start), MediaTime(start + step)), damage.reason)
    start = max(damage.span.start - round(origin * SECOND), 0)
    return Damage(MediaSpan(MediaTime(start), MediaTime(start + max(damage.span.length, step))), damage.reason)


def _frame_time(stream: VideoStream) -> int:
    rate = stream.average_rate or stream.guessed_rate
    return round(SECOND / rate) if rate else 40_000


def _media(at: Fraction, origin: Fraction) -> MediaTime:
    return MediaTime(round((at - origin) * SECOND))


def _inside(at: MediaTime, start: MediaTime | None, end: MediaTime | None) -> bool:
    return (start is None or at >= start) and (end is None or at < end)


def _start_pts(container: InputContainer) -> int:
    return min(container.start_time or 0, 0)


def _seek(
    container: InputContainer, start: MediaTime | None, origin: Fraction, *, indexed: tuple[str, ...] = INDEXED
) -> None:
    """Go to a safe point before ``start``; a container that cannot seek is simply read from its start."""
    if start is None or start <= _SEEK_MARGIN or container.format.name not in indexed:
        return
    target = round(origin * SECOND) + start - _SEEK_MARGIN
    with suppress(av.error.FFmpegError, OverflowError):
        container.seek(target, backward=True)


def _scaled(size: tuple[int, int], width: int | None, height: int | None) -> tuple[int, int]:
    if width is None and height is None:
        return size
    if width is None:
        width = max(1, round(size[0] * cast(int, height) / size[1]))
    if height is None:
        height = max(1, round(size[1] * width / size[0]))
    return width, height


def _pieces(path: Path, *, rate: int, start: MediaTime | None, limit: int | None) -> Iterator[NDArray[np.float32]]:
    """Consecutive samples from ``start`` on, gaps filled, at most ``limit`` of them."""
    position = filled = 0
    for at, samples in _runs(path, rate=rate, start=start):
        gap = at - position
        filled += max(gap, 0)
        if filled > MAX_SILENCE_S * rate:
            raise HostileInput(path.name, "its timestamps leave gaps of more than four hours in the sound")
        if limit is not None and gap > 0:
            gap = min(gap, limit - position)
        while gap > 0:
            step = min(gap, 10 * rate)
            yield np.zeros(step, np.float32)
            gap, position = gap - step, position + step
        fresh = samples[max(0, position - at) :]
        if limit is not None:
            fresh = fresh[: max(0, limit - position)]
        if len(fresh):
            yield fresh
            position += len(fresh)
        if limit is not None and position >= limit:
            return


def _runs(path: Path, *, rate: int, start: MediaTime | None) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(position in samples after ``start``, samples); positions jump where timestamps do."""
    with _opened(path) as container:
        stream = sound_stream(container)
        if stream is None:
            return
        origin = zero(container)
        _seek(container, start, origin)
        offset = origin + Fraction(start or 0, SECOND)
        run: _Run | None = None
        for _, item in _decoded(container, {stream.index}):
            if isinstance(item, Damage):
                continue
            frame = cast(AudioFrame, item)
            if frame.samples == 0 or frame.sample_rate == 0:
                continue
            if run is None or not run.continues(frame):
                at = run.due if run is not None else offset
                if frame.pts is not None and frame.time_base is not None:
                    at = frame.pts * frame.time_base
                if run is not None:
                    yield from run.finish()
                run = _Run(at, offset, frame, rate)
            yield from run.add(frame)
        if run is not None:
            yield from run.finish()


class _Run:
    """Sound without a gap: one resampler from its first frame to its last."""

    def __init__(self, at: Fraction, offset: Fraction, frame: AudioFrame, rate: int) -> None:
        self._begin = at
        self._rate_in = frame.sample_rate
        self._shape = _shape(frame)
        self._taken = 0
        self._position = round((at - offset) * rate)
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        self._waiting = av.AudioFifo()

    @property
    def due(self) -> Fraction:
        return self._begin + Fraction(self._taken, self._rate_in)

    def continues(self, frame: AudioFrame) -> bool:
        """Whether the frame is of the same kind and comes when it is due; one without a time does."""
        if _shape(frame) != self._shape:
            return False
        if frame.pts is None or frame.time_base is None:
            return True
        # Whole numbers: fractions would cost more than decoding.
        begin, base = self._begin, frame.time_base
        late = (frame.pts * base.numerator * begin.denominator - begin.numerator * base.denominator) * self._rate_in
        unit = base.denominator * begin.denominator
        return abs(late - self._taken * unit) * GAP_TOLERANCE_S.denominator <= (
            GAP_TOLERANCE_S.numerator * unit * self._rate_in
        )

    def add(self, frame: AudioFrame) -> Iterator[tuple[int, NDArray[np.float32]]]:
        self._taken += frame.samples
        # The resampler would act on timestamps of its own accord; time is kept here.
        frame.pts = None
        self._waiting.write(frame)
        if self._waiting.samples >= _FEW_CALLS:
            yield from self._resampled()

    def _resampled(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        joined = self._waiting.read()
        if joined is not None:
            joined.pts = None
            yield from self._given(self._resampler.resample(joined))

    def finish(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        yield from self._resampled()
        yield from self._given(self._resampler.resample(None))

    def _given(self, ready: list[AudioFrame]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for frame in ready:
            samples = cast(NDArray[np.float32], frame.to_ndarray().reshape(-1))
            yield self._position, samples
            self._position += len(samples)


def _shape(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
