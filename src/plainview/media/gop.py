# SPDX-License-Identifier: Apache-2.0
"""Groups of pictures: the unit in which a release can prove that nothing was changed.

At intake every group of the original becomes one salted leaf of a Merkle tree. A release publishes
all leaves, and the salts of those groups that it copied bit for bit; anyone can then recompute these
leaves from the released file alone. A salt is secret until its group is published untouched, so
a leaf of a redacted group tells nothing about what was there.

1. ``leaf = SHA-256(0x00 || salt || SHA-256(body))``, root per RFC 6962 (``model.merkle``).
2. ``body`` is, for every packet of the group in decoding order: the payload's length as 4 bytes, the
   payload, and its presentation time in whole milliseconds after the group's first packet, as 8 bytes.
   All numbers big end first. An H.264 payload leaves out SEI, delimiters and filler (``media.nal``),
   so that a copy without metadata still proves its pictures; of other codecs it is the packet.
3. An H.264 group starts at each packet with an IDR picture, of other codecs at each key frame.

The format is written down for other implementers in ``docs/formats/gop-commitment.md``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar, cast

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from plainview.errors import UnreadableInput
from plainview.media import nal
from plainview.media.aac import without_signature
from plainview.media.decode import open_container, picture_stream, sound_stream, zero
from plainview.model import merkle
from plainview.model.case import GopCommitment
from plainview.model.time import SECOND, MediaSpan, MediaTime

S = TypeVar("S", VideoStream, AudioStream)

SALT_BYTES = 16

SOUND_BLOCK_S = 10
"""Seconds of sound under one leaf."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of pictures; times in units of the stream's ``time_base``."""

    index: int
    body: bytes
    """SHA-256 of the body (rule 2)."""
    first: int
    """Earliest presentation time."""
    last: int
    """Latest presentation time."""
    duration: int
    """Of the packet presented last; 0 when unknown."""
    packets: int
    closed: bool
    """Nothing in it needs a picture of another group."""


def salt(secret: bytes, sha256: str, index: int) -> bytes:
    """The 16 secret bytes of leaf ``index`` of the original with this digest (hex)."""
    message = b"gop" + sha256.encode("ascii") + index.to_bytes(8, "big")
    return hmac.new(secret, message, hashlib.sha256).digest()[:SALT_BYTES]


def leaf(body: bytes, salt: bytes) -> bytes:
    """The leaf hash over the SHA-256 of a group's body (rule 1)."""
    return merkle.leaf_hash(salt + body)


def milliseconds(ticks: int, time_base: Fraction) -> int:
    """``ticks`` in whole milliseconds, halves rounded up: the same in any container that keeps the time."""
    numerator = 2000 * ticks * time_base.numerator + time_base.denominator
    return numerator // (2 * time_base.denominator)


def commit(path: Path, *, secret: bytes, sha256: str) -> GopCommitment | None:
    """The commitment to the first picture stream of ``path``; None when it has none.

    Reads the file once and keeps one packet in memory. A file damaged part of the way is committed
    as far as it can be read. Raises ``UnreadableInput`` or ``HostileInput`` when it cannot be opened.
    """
    with open_container(path) as container:
        stream = picture_stream(container)
        if stream is None:
            return None
        start = zero(container)
        # Read while the container is open: afterwards its memory belongs to someone else.
        time_base = cast(Fraction, stream.time_base)
        found = list(groups(container, stream))
    if not found:
        return None
    return committed(found, spans(found, time_base=time_base, origin=start), secret=secret, sha256=sha256)


def committed(
    found: Sequence[Group], times: tuple[MediaSpan, ...], *, secret: bytes, sha256: str
) -> GopCommitment:
    """The commitment to groups that were read already; ``times`` are their ``spans``."""
    leaves = [leaf(group.body, salt(secret, sha256, group.index)) for group in found]
    return GopCommitment(merkle.root(leaves).hex(), tuple(each.hex() for each in leaves), times)


def with_sound(known: GopCommitment | None, path: Path, *, secret: bytes, sha256: str) -> GopCommitment | None:
    """``known`` with a leaf for every ten seconds of the sound of ``path``; None when there is neither."""
    blocks = sound_blocks(path)
    if not blocks:
        return known
    leaves = [leaf(block.body, sound_salt(secret, sha256, index)) for index, block in enumerate(blocks)]
    whole = known or GopCommitment("", (), ())
    return replace(
        whole,
        audio_root=merkle.root(leaves).hex(),
        audio_leaves=tuple(each.hex() for each in leaves),
        audio_spans=tuple(block.span for block in blocks),
    )


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """Ten seconds of sound: SHA-256 of its body, and from when to when it is heard."""

    body: bytes
    span: MediaSpan


def sound_blocks(path: Path) -> list[SoundBlock]:
    """The blocks of the first sound track of a file, read from the file alone; none when it has no sound."""
    with open_container(path) as container:
        if sound_stream(container) is None:
            return []
        origin = zero(container)
    # Opened anew: a container that was led back to its start leaves out the packets before zero that begin the sound.
    with open_container(path) as container:
        stream = sound_stream(container)
        assert stream is not None
        return list(_sound_blocks(container, stream, origin))


def sound_salt(secret: bytes, sha256: str, index: int) -> bytes:
    """The 16 secret bytes of leaf ``index`` of the sound of the original with this digest (hex)."""
    message = b"sound" + sha256.encode("ascii") + index.to_bytes(8, "big")
    return hmac.new(secret, message, hashlib.sha256).digest()[:SALT_BYTES]


def _sound_blocks(container: InputContainer, stream: AudioStream, origin: Fraction) -> Iterator[SoundBlock]:
    """Each ten seconds of packets, counted from the first one's time (body as rule 2); heard from zero on."""
    base, first, block = cast(Fraction, stream.time_base), None, -1
    digest, start, end = hashlib.sha256(), MediaTime(0), MediaTime(0)
    signed = stream.codec_context.name == "aac"
    for packet in packets(container, stream):
        payload = without_signature(bytes(packet)) if signed else bytes(packet)
        at = presented(packet)
        first = at if first is None else first
        number = max(block, int((at - first) * base) // SOUND_BLOCK_S)
        if number != block:
            if block >= 0:
                yield SoundBlock(digest.digest(), MediaSpan(start, max(start, end)))
            digest, start = hashlib.sha256(), MediaTime(max(0, media_time(at, base, origin)))
        block, end = number, media_time(at + (packet.duration or 0), base, origin)
        digest.update(len(payload).to_bytes(4, "big") + payload)
        digest.update(milliseconds(at - first, base).to_bytes(8, "big", signed=True))
    if block >= 0:
        yield SoundBlock(digest.digest(), MediaSpan(start, max(start, end)))


def spans(found: list[Group], *, time_base: Fraction, origin: Fraction) -> tuple[MediaSpan, ...]:
    """Presentation intervals of the groups; each ends where the next begins. ``origin`` as ``decode.zero``."""
    starts = [media_time(group.first, time_base, origin) for group in found]
    last = found[-1]
    ends = [*starts[1:], media_time(last.last + max(last.duration, 1), time_base, origin)]
    return tuple(MediaSpan(start, max(start, end)) for start, end in zip(starts, ends, strict=True))


def media_time(ticks: int, time_base: Fraction, origin: Fraction) -> MediaTime:
    """The instant of a timestamp on the recording's own clock, as ``decode.frames`` gives it."""
    return MediaTime(round((ticks * time_base - origin) * SECOND))


def groups(
    container: InputContainer,
    stream: VideoStream,
    *,
    tell: Callable[[av.Packet[VideoStream]], None] | None = None,
    reader: PayloadReader | None = None,
) -> Iterator[Group]:
    """The groups of ``stream`` in decoding order, read from where ``container`` stands; ``tell`` hears each packet."""
    reader = reader or PayloadReader(stream)
    current: _Open | None = None
    for packet in packets(container, stream):
        if tell is not None:
            tell(packet)
        payload, starts = reader.read(packet)
        if current is None or starts:
            if current is not None:
                yield current.close()
            current = _Open(0 if current is None else current.index + 1, closed=starts and reader.h264)
        current.add(payload, packet, cast(Fraction, stream.time_base))
    if current is not None:
        yield current.close()


class PayloadReader:
    """Turns packets of one stream into payloads (rule 2) and says where groups start (rule 3)."""

    def __init__(self, stream: VideoStream) -> None:
        self.h264 = stream.codec_context.name == "h264"
        self.carried = b""
        """Parameter sets that the packet read last brings along, as a payload."""
        self.ids: set[int] = set()
        """Numbers of all parameter sets that packets have brought along."""
        self._length_size = 0
        if self.h264:
            extradata = bytes(stream.codec_context.extradata or b"")
            try:
                self._length_size = nal.parameter_sets(extradata).length_size
            except (ValueError, IndexError) as error:
                raise UnreadableInput("H.264 stream", f"its header cannot be read ({error})") from error

    def read(self, packet: av.Packet[VideoStream]) -> tuple[bytes, bool]:
        """(payload, whether a group starts here)."""
        raw = bytes(packet)
        self.carried = b""
        if not self.h264:
            return raw, packet.is_keyframe
        try:
            found = nal.units(raw, self._length_size)
        except ValueError:
            # A torn packet is committed as the bytes that are there; it starts nothing.
            return raw, False
        sets = [unit for unit in found if nal.kind(unit) in (nal.SPS, nal.PPS)]
        if sets:
            self.carried = nal.payload(sets)
            self.ids |= nal.ids(sets)
        return nal.payload(found), nal.starts_group(found)


class _Open:
    """A group being read: its running digest and its times."""

    def __init__(self, index: int, *, closed: bool) -> None:
        self.index = index
        self._closed = closed
        self._digest = hashlib.sha256()
        self._packets = 0
        self._reference = self._first = self._last = self._duration = 0

    def add(self, payload: bytes, packet: av.Packet[VideoStream], time_base: Fraction) -> None:
        at = presented(packet)
        if self._packets == 0:
            self._reference = self._first = self._last = at
        if at >= self._last:
            self._last, self._duration = at, packet.duration or 0
        self._first = min(self._first, at)
        offset = milliseconds(at - self._reference, time_base)
        self._digest.update(len(payload).to_bytes(4, "big"))
        self._digest.update(payload)
        self._digest.update(offset.to_bytes(8, "big", signed=True))
        self._packets += 1

    def close(self) -> Group:
        return Group(
            self.index, self._digest.digest(), self._first, self._last, self._duration, self._packets, self._closed
        )


def presented(packet: av.Packet[S]) -> int:
    """The packet's presentation time in ticks; where a container gives only decoding times, that."""
    if packet.pts is not None:
        return packet.pts
    return packet.dts or 0


def packets(container: InputContainer, stream: S) -> Iterator[av.Packet[S]]:
    """Non-empty packets of one stream, up to the end or to where the bytes break off."""
    demuxer = container.demux(stream)
    while True:
        try:
            packet = next(demuxer)
        except (StopIteration, av.error.FFmpegError):
            return
        if packet.size:
            yield packet
