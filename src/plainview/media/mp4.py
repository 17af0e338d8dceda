# SPDX-License-Identifier: Apache-2.0
"""A small MP4 writer: only the boxes a player needs, index first, nothing else (ISO/IEC 14496-12).

Why not the muxer at hand: a rendition must hold two H.264 parameter sets, exact times, and no byte that
nobody chose. So what this module keeps true:

1. The file is ``ftyp moov mdat`` and holds no tag, no date, no name of a program, no free space.
2. Media time zero of the recording is zero of the movie: a track that starts later waits (an empty
   edit), encoder priming before zero is cut by an edit, and no picture is ever hidden by one.
3. The same samples give the same bytes.
"""

from __future__ import annotations

import shutil
import tempfile
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plainview.media import nal

MOVIE_TIMESCALE = 1_000_000
"""Ticks per second of the movie header and of edits: whole microseconds, as everywhere here."""

CHUNK_SECONDS = Fraction(1, 2)
"""Sound and pictures alternate at least this often, so that playing while loading works."""


def _matrix(turn: int, width: int, height: int) -> bytes:
    """The transformation of a track (8.3.2): a turn, and the shift that brings the picture back into view."""
    a, b, c, d, x, y = {
        0: (1, 0, 0, 1, 0, 0),
        90: (0, -1, 1, 0, 0, width),
        180: (-1, 0, 0, -1, width, height),
        270: (0, 1, -1, 0, height, 0),
    }[turn % 360]
    rows = (a << 16, b << 16, 0, c << 16, d << 16, 0, x << 16, y << 16, 1 << 30)
    return b"".join(value.to_bytes(4, "big", signed=True) for value in rows)


@dataclass(frozen=True, slots=True)
class Sample:
    """One packet; ``dts`` and ``pts`` in the track's ticks, on the recording's own clock."""

    data: bytes
    dts: int
    pts: int
    key: bool
    duration: int


@dataclass(frozen=True, slots=True)
class Track:
    """What a track is: its sample description and its clock. Sound has no width and no height.

    ``turn`` is how many degrees counter-clockwise a player turns the pictures before showing them.
    """

    entry: bytes
    timescale: int
    width: int = 0
    height: int = 0
    turn: int = 0

    @property
    def sound(self) -> bool:
        return self.width == 0


@dataclass(slots=True)
class _Table:
    """All that is remembered of a track's samples."""

    sizes: array[int] = field(default_factory=lambda: array("I"))
    dts: array[int] = field(default_factory=lambda: array("q"))
    shift: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("I"))
    filled: array[int] = field(default_factory=lambda: array("I"))
    """Samples in each chunk."""
    chunks: array[int] = field(default_factory=lambda: array("q"))
    last_duration: int = 1
    earliest: int | None = None
    end: int = 0


class Writer:
    """Writes samples in the order given; ``close`` puts the index in front. Use with ``with``."""

    def __init__(self, path: Path, tracks: Iterable[Track]) -> None:
        self._path = path
        self._tracks = list(tracks)
        self._tables = [_Table() for _ in self._tracks]
        self._media: IO[bytes] = tempfile.TemporaryFile(dir=path.parent, prefix=".mdat.")  # noqa: SIM115 - closed by __exit__
        self._written = 0
        self._current: tuple[int, Fraction] | None = None

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._media.close()

    def add(self, track: int, sample: Sample) -> None:
        """Append one sample of track number ``track``; decoding times rise within a track."""
        table = self._tables[track]
        if table.dts and sample.dts <= table.dts[-1]:
            raise ValueError("decoding times must rise")
        self._place(track, Fraction(sample.dts, self._tracks[track].timescale))
        table.sizes.append(len(sample.data))
        table.dts.append(sample.dts)
        table.shift.append(sample.pts - sample.dts)
        if sample.key:
            table.keys.append(len(table.sizes))
        table.filled[-1] += 1
        table.last_duration = max(sample.duration, 1)
        table.earliest = sample.pts if table.earliest is None else min(table.earliest, sample.pts)
        table.end = max(table.end, sample.pts + max(sample.duration, 1))
        self._media.write(sample.data)
        self._written += len(sample.data)

    def describe(self, track: int, entry: bytes) -> None:
        """Give a track its sample description, where the encoder tells it only after the first picture."""
        self._tracks[track] = replace(self._tracks[track], entry=entry)

    def _place(self, track: int, at: Fraction) -> None:
        """Start a chunk when the track changes or the running chunk is long enough."""
        if self._current is None or self._current[0] != track or at - self._current[1] >= CHUNK_SECONDS:
            self._current = (track, at)
            self._tables[track].chunks.append(self._written)
            self._tables[track].filled.append(0)

    def _finish(self) -> None:
        used = [(t, table) for t, table in zip(self._tracks, self._tables, strict=True) if table.sizes]
        head = _file_type(sound_only=all(track.sound for track, _ in used))
        wide = self._written > 0xFFFF_0000 - (1 << 26)
        # The index's own length does not depend on the offsets in it, so it is built twice.
        length = len(_movie(used, base=0, wide=wide))
        media_head = _media_header(self._written)
        with self._path.open("wb") as out:
            out.write(head)
            out.write(_movie(used, base=len(head) + length + len(media_head), wide=wide))
            out.write(media_head)
            self._media.seek(0)
            shutil.copyfileobj(self._media, out, 1 << 20)


def h264_entry(sets: nal.ParameterSets, *, width: int, height: int, aspect: Fraction = Fraction(1)) -> bytes:
    """The ``avc1`` sample description; ``aspect`` is the shape of one pixel."""
    fixed = bytes(6) + _u(1, 2) + bytes(16) + _u(width, 2) + _u(height, 2) + _u(0x480000, 4) * 2
    fixed += bytes(4) + _u(1, 2) + bytes(32) + _u(24, 2) + b"\xff\xff"
    shape = b"" if aspect == 1 else _box("pasp", _u(aspect.numerator, 4), _u(aspect.denominator, 4))
    return _box("avc1", fixed, _box("avcC", nal.avcc(sets)), shape)


def aac_entry(config: bytes, *, rate: int, channels: int) -> bytes:
    """The ``mp4a`` sample description around an AudioSpecificConfig (ISO/IEC 14496-3)."""
    decoder = b"\x40\x15" + bytes(11) + _descriptor(5, config)
    stream = bytes(3) + _descriptor(4, decoder) + _descriptor(6, b"\x02")
    fixed = bytes(6) + _u(1, 2) + bytes(8) + _u(channels, 2) + _u(16, 2) + bytes(4) + _u(min(rate, 65535) << 16, 4)
    return _box("mp4a", fixed, _full("esds", _descriptor(3, stream)))


def _descriptor(tag: int, body: bytes) -> bytes:
    if len(body) > 127:
        raise ValueError("descriptor too long")
    return bytes([tag, len(body)]) + body


def _u(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def _box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return _u(len(body) + 8, 4) + kind.encode("ascii") + body


def _full(kind: str, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, bytes([version]), _u(flags, 3), *parts)


def _file_type(*, sound_only: bool) -> bytes:
    brands = (b"M4A ", b"isom", b"iso2") if sound_only else (b"isom", b"iso2", b"avc1", b"mp41")
    return _box("ftyp", brands[0], _u(512, 4), *brands)


def _media_header(size: int) -> bytes:
    if size + 8 <= 0xFFFF_FFFF:
        return _u(size + 8, 4) + b"mdat"
    return _u(1, 4) + b"mdat" + _u(size + 16, 8)


def _movie(used: list[tuple[Track, _Table]], *, base: int, wide: bool) -> bytes:
    length = max((_ticks(table.end, track) for track, table in used), default=0)
    header = _full(
        "mvhd",
        bytes(16)
        + _u(MOVIE_TIMESCALE, 4)
        + _u(length, 8)
        + _u(0x10000, 4)
        + _u(0x100, 2)
        + bytes(10)
        + _matrix(0, 0, 0),
        bytes(24) + _u(len(used) + 1, 4),
        version=1,
    )
    tracks = (_track(i + 1, track, table, base=base, wide=wide) for i, (track, table) in enumerate(used))
    return _box("moov", header, *tracks)


def _ticks(value: int, track: Track) -> int:
    """Track ticks in movie ticks, rounded up: an edit must never cut the last picture."""
    return -(-max(value, 0) * MOVIE_TIMESCALE // track.timescale)


def _track(number: int, track: Track, table: _Table, *, base: int, wide: bool) -> bytes:
    header = _full(
        "tkhd",
        bytes(16) + _u(number, 4) + bytes(4) + _u(_ticks(table.end, track), 8) + bytes(8),
        bytes(2)
        + _u(1 if track.sound else 0, 2)
        + _u(0x100 if track.sound else 0, 2)
        + bytes(2)
        + _matrix(track.turn, track.width, track.height),
        _u(track.width << 16, 4) + _u(track.height << 16, 4),
        version=1,
        flags=3,
    )
    handler, name = (b"soun", b"Sound\0") if track.sound else (b"vide", b"Video\0")
    media_length = table.dts[-1] - table.dts[0] + table.last_duration
    media = _box(
        "mdia",
        _full("mdhd", bytes(16) + _u(track.timescale, 4) + _u(media_length, 8) + b"\x55\xc4" + bytes(2), version=1),
        _full("hdlr", bytes(4) + handler + bytes(12) + name),
        _box(
            "minf",
            _full("smhd", bytes(4)) if track.sound else _full("vmhd", bytes(8), flags=1),
            _box("dinf", _full("dref", _u(1, 4), _full("url ", flags=1))),
            _samples(track, table, base=base, wide=wide),
        ),
    )
    return _box("trak", header, _edits(track, table), media)


def _edits(track: Track, table: _Table) -> bytes:
    """The edit list that rule 2 needs; none when the first sample is decoded and shown at zero."""
    first = max(table.earliest or 0, 0)
    media_start = first - table.dts[0]
    if first == 0 and media_start == 0:
        return b""
    entries = []
    wait = round(Fraction(first * MOVIE_TIMESCALE, track.timescale))
    if wait:
        entries.append(_u(wait, 8) + b"\xff" * 8 + _u(0x10000, 4))
    entries.append(_u(_ticks(table.end - first, track), 8) + _u(media_start, 8) + _u(0x10000, 4))
    return _box("edts", _full("elst", _u(len(entries), 4), *entries, version=1))


def _samples(track: Track, table: _Table, *, base: int, wide: bool) -> bytes:
    offsets = np.asarray(table.chunks) + base
    parts = [
        _full("stsd", _u(1, 4), track.entry),
        _runs("stts", np.append(np.diff(np.asarray(table.dts)), table.last_duration)),
        _full("stsc", _chunk_runs(table)),
        _full("stsz", bytes(4), _u(len(table.sizes), 4), _numbers(table.sizes)),
        _full("co64", _u(len(offsets), 4), _numbers(offsets, ">u8"))
        if wide
        else _full("stco", _u(len(offsets), 4), _numbers(offsets)),
    ]
    if any(table.shift):
        parts.insert(2, _runs("ctts", np.asarray(table.shift)))
    if not track.sound:
        parts.append(_full("stss", _u(len(table.keys), 4), _numbers(table.keys)))
    return _box("stbl", *parts)


def _numbers(values: ArrayLike, kind: str = ">u4") -> bytes:
    """All of them, big end first."""
    numbers = np.asarray(values)
    most = np.iinfo(kind).max
    if numbers.size and not 0 <= numbers.min() <= numbers.max() <= most:
        raise OverflowError(f"a number of the index is none of 0 to {most}")
    return numbers.astype(kind).tobytes()


def _begins(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where another number begins than the one before."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1]))


def _runs(kind: str, values: NDArray[np.int64]) -> bytes:
    """A run-length table of (count, value)."""
    begins = _begins(values)
    counts = np.diff(np.append(begins, len(values)))
    return _full(kind, _u(len(begins), 4), _numbers(np.stack([counts, values[begins]], axis=1)))


def _chunk_runs(table: _Table) -> bytes:
    """(first chunk, samples per chunk, description 1) wherever the number changes."""
    filled = np.asarray(table.filled, dtype=np.int64)
    begins = _begins(filled)
    return _u(len(begins), 4) + _numbers(np.stack([begins + 1, filled[begins], np.ones_like(begins)], axis=1))
