# SPDX-License-Identifier: Apache-2.0
"""The bytes of an MP4 file, read without FFmpeg: nothing may be in it that a player does not need.

What this module looks for, in its own parser (ISO/IEC 14496-12), because demuxers hide what they skip:

1. boxes: only those on a list of what playing needs; no tag, date, name, free space or trailing byte, and no room
   in a needed box for anything that playing does not need;
2. tracks: one of pictures, one of sound at most, no other;
3. edit lists: no picture may lie before, after or between what they present;
4. media bytes: every byte of ``mdat`` belongs to a sample of a track;
5. side data: no user data inside the pictures' own stream (SEI), no unit that carries no picture.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plainview.audit.opening import Bytes, mapped
from plainview.audit.outcome import Outcome

_CHILDREN: dict[str, frozenset[str]] = {
    "": frozenset({"ftyp", "moov", "mdat", "free"}),
    "moov": frozenset({"mvhd", "trak"}),
    "moov/trak": frozenset({"tkhd", "edts", "mdia"}),
    "moov/trak/edts": frozenset({"elst"}),
    "moov/trak/mdia": frozenset({"mdhd", "hdlr", "minf"}),
    "moov/trak/mdia/minf": frozenset({"vmhd", "smhd", "dinf", "stbl"}),
    "moov/trak/mdia/minf/dinf": frozenset({"dref"}),
    "moov/trak/mdia/minf/stbl": frozenset(
        {"stsd", "stts", "stss", "ctts", "stsc", "stsz", "stco", "co64", "sgpd", "sbgp"}
    ),
}
"""What each container box may hold. A box that is not here is a finding, whatever it may be good for."""

_ENTRY_CHILDREN = {b"avc1": (78, frozenset({"avcC", "pasp", "colr"})), b"mp4a": (28, frozenset({"esds"}))}
"""Sample descriptions: length of their fixed part, and the boxes inside."""
_ENTRY_RESERVED = {b"avc1": (16, 32), b"mp4a": (16, 24)}
"""Bytes of the fixed part that are nothing but zeros in an MP4 file."""
_COLOURS = {b"nclx": 11, b"nclc": 10}
"""Ways to say by numbers how colours are meant, and their lengths; the other way is a profile with a text in it."""

_HANDLER_NAMES = frozenset({b"", b"Video", b"Sound", b"VideoHandler", b"SoundHandler"})
_BRANDS = frozenset(re.findall(rb"....", b"isomiso2iso4iso5iso6avc1mp41mp42M4A M4V dash\0\0\2\0\0\0\0\0", re.DOTALL))
"""Four-letter names that a file may give for itself, and the numbers of their versions."""
_ROWS = {"stts": 8, "ctts": 8, "stsc": 12, "stco": 4, "co64": 8, "stss": 4, "elst": 12}
"""Bytes of one row of each table."""
_RESERVED = {
    "hdlr": ((4, 8), (12, 24)),
    "mvhd": ((-74, -64), (-28, -4)),
    "tkhd": ((-60, -52), (-46, -44)),
    "vmhd": ((4, 12),),
    "smhd": ((4, 8),),
}
"""Stretches of needed boxes that are nothing but zeros, counted from the start or, below zero, from the end."""
_TURNS = ((1, 0, 0, 1, 0, 0), (0, -1, 1, 0, 0, 1), (-1, 0, 0, -1, 1, 1), (0, 1, -1, 0, 1, 0))
"""A picture shown as it lies, or turned by quarters and moved back into view by its height or width."""
_PICTURE_UNITS = frozenset({1, 2, 3, 4, 5, 7, 8})
"""H.264 NAL unit types (table 7-1) that carry pictures or what decoding them needs."""
_MARKS = {9: 2, 10: 1, 11: 1}
"""Unit types that only say where a picture or the film begins or ends, and their length in bytes."""
_SEI, _FILLER = 6, 12
_HARMLESS_SEI = frozenset({0, 1, 3, 6, 7, 8, 9, 10, 19, 45, 137, 144})
"""Timing, filler, recovery and display payloads: numbers that a decoder uses (H.264 annex D)."""
_FILLER_SEI, _LONGEST_SEI = 3, 32
"""The payload that is nothing but ones; bytes that the numbers of any other take at most."""
_LAYOUT = frozenset({"stco", "co64", "stsc"})
"""Tables that say where packets lie: they change with the sound between the pictures."""
_PRIMING = 2112
"""Samples of encoder delay that an AAC track may cut away at its start (two blocks and a bit)."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its path of kinds, and where its contents begin and end in the file."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One packet: its bytes' place and size, and its presentation time in ticks before edits."""

    at: int
    size: int
    shown: int


@dataclass(frozen=True, slots=True)
class TrackTable:
    """One track: ``vide``, ``soun`` or another kind, its clock, samples, and edits.

    ``edits`` are (duration in movie ticks, first media tick or -1 for a wait).
    """

    kind: str
    codec: str
    timescale: int
    length_size: int
    samples: tuple[Sample, ...]
    edits: tuple[tuple[int, int], ...]
    held: tuple[int, int] = (0, 0)
    shown: tuple[int, int] = (0, 0)
    """Pixels across and down of its pictures, as they are held and as they are shown."""


class Unparsable(Exception):
    """The boxes do not fit into each other."""


def attack_container(path: Path, place: str, outcome: Outcome) -> None:
    """All five checks on one file; what cannot be parsed is a finding, because it cannot be cleared."""
    with mapped(path) as data:
        try:
            _attack(data, place, outcome)
        except (Unparsable, struct.error, IndexError, KeyError) as error:
            outcome.leak(place, "unreadable", f"its structure cannot be read, so nothing in it is cleared ({error})")
    outcome.checked["containers"] += 1


def _attack(data: Bytes, place: str, outcome: Outcome) -> None:
    boxes = list(_walk(data, "", 0, len(data)))
    _check_boxes(data, boxes, place, outcome)
    tracks = tracks_of(data)
    _check_tracks(tracks, place, outcome)
    for track in tracks:
        _check_edits(track, _movie_scale(data, boxes), place, outcome)
        if track.kind == "vide":
            _check_units(data, track, place, outcome)
    _check_media_bytes(boxes, tracks, place, outcome)


def pictures_digest(path: Path) -> str:
    """SHA-256 over all that decides which pictures a file shows and when: equal for equal films, whatever their sound.

    The tables of its picture tracks, without those that say where in the file the packets lie, then the packets. Of a
    file whose structure cannot be read, over all its bytes.
    """
    with mapped(path) as data:
        try:
            return _pictures_digest(data)
        except (Unparsable, struct.error, IndexError, KeyError, StopIteration):
            return hashlib.sha256(data).hexdigest()


def _pictures_digest(data: Bytes) -> str:
    digest = hashlib.sha256()
    boxes = list(_walk(data, "", 0, len(data)))
    digest.update(b"%d" % _movie_scale(data, boxes))
    starts = [i for i, box in enumerate(boxes) if box.path == "moov/trak"]
    for track, start, end in zip(tracks_of(data), starts, [*starts[1:], len(boxes)], strict=True):
        if track.kind == "soun":
            continue
        for box in boxes[start:end]:
            if box.path.startswith("moov/trak/") and box.path not in _CHILDREN and box.path[-4:] not in _LAYOUT:
                digest.update(b"%s %d " % (box.path.encode(), box.end - box.start) + data[box.start : box.end])
        for sample in track.samples:
            digest.update(data[sample.at : sample.at + sample.size])
    return digest.hexdigest()


# 1. boxes


def _walk(data: Bytes, parent: str, start: int, end: int) -> Iterator[Box]:
    """Every box below ``parent``, containers before what they hold."""
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            size, head = int(struct.unpack_from(">Q", data, at + 8)[0]), 16
        size = size or end - at
        if size < head or at + size > end:
            raise Unparsable(f"a box at byte {at} is longer than what holds it")
        path = f"{parent}/{kind.decode('latin-1')}".lstrip("/")
        yield Box(path, at + head, at + size)
        if path in _CHILDREN:
            yield from _walk(data, path, at + head, at + size)
        at += size
    if at != end:
        raise Unparsable(f"{end - at} bytes at byte {at} belong to no box")


def _check_boxes(data: Bytes, boxes: list[Box], place: str, outcome: Outcome) -> None:
    for box in boxes:
        parent, _, kind = box.path.rpartition("/")
        if parent in _CHILDREN and kind not in _CHILDREN[parent]:
            outcome.leak(place, "container box", f"holds a box {_printable(box.path)} that playing does not need")
        elif kind == "free" and any(data[box.start : box.end]):
            outcome.leak(place, "container box", "free space in it is not empty")
        elif kind in ("mvhd", "tkhd", "mdhd") and _dated(data, box):
            outcome.leak(place, "container date", f"{kind} says when the original was made")
        elif kind == "hdlr" and data[box.start + 24 : box.end].rstrip(b"\0") not in _HANDLER_NAMES:
            outcome.leak(place, "container text", "a track carries a name of its own")
        elif kind == "dref" and data[box.start + 8 : box.end] != b"\0\0\0\x0curl \0\0\0\x01":
            outcome.leak(place, "container text", "it refers to another file")
        elif kind == "stsd":
            _check_descriptions(data, box, place, outcome)
        elif _has_spare_room(data, box, kind):
            outcome.leak(place, "container box", f"{kind} holds bytes that playing does not need")


def _has_spare_room(data: Bytes, box: Box, kind: str) -> bool:
    """Whether a box that is needed holds more than it needs: after a table's last row, in names, in reserved bytes."""
    if kind == "ftyp":
        return any(data[at : at + 4] not in _BRANDS for at in range(box.start, box.end, 4))
    if kind == "stsz":
        fixed, count = struct.unpack_from(">II", data, box.start + 4)
        return box.end - box.start != 12 + (0 if fixed else 4 * count)
    if kind in _ROWS:
        size = 20 if kind == "elst" and data[box.start] == 1 else _ROWS[kind]
        return bool(box.end - box.start != 8 + size * struct.unpack_from(">I", data, box.start + 4)[0])
    if kind == "tkhd" and data[box.end - 44 : box.end - 8] not in _turns(data, box):
        return True  # pictures moved otherwise lie elsewhere than the masks that were checked
    stretches = _RESERVED.get(kind, ())
    return any(any(data[_from(box, first) : _from(box, last)]) for first, last in stretches)


def _turns(data: Bytes, box: Box) -> list[bytes]:
    """The matrices of a track by which masks are checked too (``opening.upright``), for pictures of its size."""
    across, down = struct.unpack_from(">2i", data, box.end - 8)
    rows = []
    for a, b, c, d, right, low in _TURNS:
        x = right * (down if b else across)
        y = low * (across if b else down)
        rows.append(struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, x, y, 1 << 30))
    return rows


def _from(box: Box, offset: int) -> int:
    return box.start + offset if offset >= 0 else box.end + offset


def _dated(data: Bytes, box: Box) -> bool:
    width = 16 if data[box.start] == 1 else 8
    return any(data[box.start + 4 : box.start + 4 + width])


def _check_descriptions(data: Bytes, box: Box, place: str, outcome: Outcome) -> None:
    at = box.start + 8
    for _ in range(struct.unpack_from(">I", data, box.start + 4)[0]):
        size, kind = struct.unpack_from(">I4s", data, at)
        fixed, allowed = _ENTRY_CHILDREN.get(kind, (0, frozenset()))
        if not fixed:
            outcome.leak(place, "spare stream", f"a track is of a kind that is not published: {_printable(repr(kind))}")
        else:
            if kind == b"avc1" and any(data[at + 8 + 42 : at + 8 + 74]):
                outcome.leak(place, "container text", "a track names the program that made it")
            first, last = _ENTRY_RESERVED[kind]
            if any(data[at + first : at + last]):
                outcome.leak(place, "container box", "a track's description holds bytes that playing does not need")
            for child in _walk(data, "", at + 8 + fixed, at + size):
                named = data[child.start : child.start + 4]
                if child.path == "colr" and _COLOURS.get(named) != child.end - child.start:
                    outcome.leak(place, "container box", "a track's description holds a colour profile")
                elif child.path not in allowed:
                    outcome.leak(place, "container box", f"a track's description holds {_printable(child.path)}")
                elif child.path == "avcC" and _beyond_parameters(data[child.start : child.end]):
                    outcome.leak(place, "container box", "a track's description holds more than decoding needs")
        at += size


def _beyond_parameters(config: bytes) -> bool:
    """Whether a decoder's configuration (ISO/IEC 14496-15, 5.3.3.1) holds other units than its own, or more bytes."""
    at = 5
    for wanted, mask in ((7, 31), (8, 255)):
        count = config[at] & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(config[at : at + 2], "big")
            if config[at + 2] & 31 != wanted:
                return True
            at += 2 + size
    # Four bytes about colour follow where any of the settings is of a high profile; their spare bits are ones.
    colour = config[at:]
    marked = bytes(value | spare for value, spare in zip(colour, (252, 248, 248, 0), strict=False))
    return bool(colour) and (len(colour) != 4 or marked != colour or colour[3] != 0)


# 2. tracks


def _check_tracks(tracks: list[TrackTable], place: str, outcome: Outcome) -> None:
    kinds = [track.kind for track in tracks]
    wanted = {"v360.mp4": ["vide"], "v720.mp4": ["vide"], "a.m4a": ["soun"], "full.m4a": ["soun"]}
    allowed = wanted.get(place.rpartition("/")[2], ["vide", "soun"])
    for kind in set(kinds):
        if kind not in allowed or kinds.count(kind) > 1:
            outcome.leak(place, "spare stream", f"holds {kinds.count(kind)} streams of kind {_printable(kind)}")
    for track in tracks:
        if track.shown[0] < track.held[0] or track.shown[1] < track.held[1]:
            outcome.leak(place, "hidden pixels", "a player shows less of its pictures than it holds")
    outcome.checked["streams"] += len(tracks)


def tracks_of(data: Bytes) -> list[TrackTable]:
    """Every track with its samples, read from its tables."""
    boxes = list(_walk(data, "", 0, len(data)))
    starts = [i for i, box in enumerate(boxes) if box.path == "moov/trak"]
    found = []
    for position, start in enumerate(starts):
        end = starts[position + 1] if position + 1 < len(starts) else len(boxes)
        found.append(_track(data, {box.path.rpartition("/")[2]: box for box in boxes[start:end]}))
    return found


def _track(data: Bytes, boxes: dict[str, Box]) -> TrackTable:
    header = boxes["mdhd"].start
    kind = data[boxes["hdlr"].start + 8 : boxes["hdlr"].start + 12].decode("latin-1")
    codec = data[boxes["stsd"].start + 12 : boxes["stsd"].start + 16].decode("latin-1")
    scale = struct.unpack_from(">I", data, header + (20 if data[header] else 12))[0]
    length_size, held, shown = 0, (0, 0), (0, 0)
    if codec == "avc1":
        entry = boxes["stsd"].start + 8
        held = struct.unpack_from(">HH", data, entry + 8 + 24)
        across, down = struct.unpack_from(">II", data, boxes["tkhd"].end - 8)
        shown = across >> 16, down >> 16
        end = entry + struct.unpack_from(">I", data, entry)[0]
        config = next(box for box in _walk(data, "", entry + 8 + 78, end) if box.path == "avcC")
        length_size = (data[config.start + 4] & 3) + 1
    samples, edits = tuple(_samples(data, boxes)), tuple(_edits(data, boxes))
    return TrackTable(kind, codec, scale, length_size, samples, edits, held, shown)


def _samples(data: Bytes, boxes: dict[str, Box]) -> Iterator[Sample]:
    fixed, count = struct.unpack_from(">II", data, boxes["stsz"].start + 4)
    if count > len(data):
        raise Unparsable("it claims more samples than it has bytes")
    sizes = [fixed] * count if fixed else list(struct.unpack_from(f">{count}I", data, boxes["stsz"].start + 12))
    decoded: list[int] = []
    at = 0
    for run, step in _table(data, boxes["stts"], ">II"):
        decoded += [at + i * step for i in range(min(run, count))]
        at += run * step
    shifts: list[int] = []
    for run, shift in _table(data, boxes["ctts"], ">Ii") if "ctts" in boxes else ():
        shifts += [shift] * min(run, count)
    for i, place in enumerate(_places(data, boxes, sizes)):
        yield Sample(place, sizes[i], decoded[i] + (shifts[i] if shifts else 0))


def _places(data: Bytes, boxes: dict[str, Box], sizes: list[int]) -> Iterator[int]:
    wide = "co64" in boxes
    chunks = [at for (at,) in _table(data, boxes["co64" if wide else "stco"], ">Q" if wide else ">I")]
    runs = list(_table(data, boxes["stsc"], ">III"))
    number = 0
    for position, (first, per_chunk, _) in enumerate(runs):
        last = runs[position + 1][0] - 1 if position + 1 < len(runs) else len(chunks)
        for at in chunks[first - 1 : last]:
            for _ in range(min(per_chunk, len(sizes) - number)):
                yield at
                at += sizes[number]  # noqa: PLW2901  # walks through the chunk
                number += 1


def _edits(data: Bytes, boxes: dict[str, Box]) -> Iterator[tuple[int, int]]:
    if "elst" not in boxes:
        return
    wide = data[boxes["elst"].start] == 1
    for duration, first, _ in _table(data, boxes["elst"], ">QqI" if wide else ">IiI"):
        yield duration, first


def _table(data: Bytes, box: Box, form: str) -> Iterator[tuple[int, ...]]:
    count = struct.unpack_from(">I", data, box.start + 4)[0]
    size = struct.calcsize(form)
    if box.start + 8 + count * size > box.end:
        raise Unparsable("a table is longer than its box")
    for i in range(count):
        yield struct.unpack_from(form, data, box.start + 8 + i * size)


# 3. edit lists


def _check_edits(track: TrackTable, movie_scale: int, place: str, outcome: Outcome) -> None:
    """Every sample must be presented by some edit; sound may cut its encoder's priming."""
    if not track.edits or not track.samples:
        return
    shown = [(first, first + -(-duration * track.timescale // movie_scale)) for duration, first in track.edits]
    shown = [span for span, (_, first) in zip(shown, track.edits, strict=True) if first >= 0]
    slack = _PRIMING if track.kind == "soun" else 0
    hidden = [
        sample
        for sample in track.samples
        if not any(first - slack <= sample.shown <= end for first, end in shown)
        and not (track.kind == "soun" and sample.shown >= max(end for _, end in shown) - 1)
    ]
    if hidden:
        what = "pictures" if track.kind == "vide" else "pieces of sound"
        outcome.leak(place, "hidden frames", f"its edit list hides {len(hidden)} {what} that are still in the file")


def _movie_scale(data: Bytes, boxes: list[Box]) -> int:
    header = next(box for box in boxes if box.path == "moov/mvhd").start
    return int(struct.unpack_from(">I", data, header + (20 if data[header] else 12))[0])


# 4. media bytes


def _check_media_bytes(boxes: list[Box], tracks: list[TrackTable], place: str, outcome: Outcome) -> None:
    used = sorted((sample.at, sample.at + sample.size) for track in tracks for sample in track.samples)
    media = [(box.start, box.end) for box in boxes if box.path == "mdat"]
    for start, end in used:
        if not any(low <= start and end <= high for low, high in media):
            outcome.leak(place, "unreferenced bytes", f"a sample lies outside the media data, at byte {start}")
            return
    spare = sum(end - start for start, end in media) - _covered(used)
    if spare:
        outcome.leak(place, "unreferenced bytes", f"{spare} bytes of media data belong to no sample")


def _covered(spans: list[tuple[int, int]]) -> int:
    total, reach = 0, -1
    for start, end in spans:
        total += max(0, end - max(start, reach))
        reach = max(reach, end)
    return total


# 5. side data


def _check_units(data: Bytes, track: TrackTable, place: str, outcome: Outcome) -> None:
    if track.codec != "avc1":
        return
    for sample in track.samples:
        at, end = sample.at, sample.at + sample.size
        while at + track.length_size <= end:
            length = int.from_bytes(data[at : at + track.length_size], "big")
            at += track.length_size
            _check_unit(data[at : min(at + length, end)], place, outcome)
            at += length
        if at != end:
            outcome.leak(place, "side data", "a picture carries bytes that belong to no unit")
    outcome.checked["pictures searched for side data"] += len(track.samples)


def _check_unit(unit: bytes, place: str, outcome: Outcome) -> None:
    kind = unit[0] & 31 if unit else 0
    if kind in _PICTURE_UNITS or len(unit) <= _MARKS.get(kind, 0):
        return
    if kind == _SEI:
        for payload, body in _sei_payloads(unit):
            said = body.strip(b"\xff") if payload == _FILLER_SEI else body[_LONGEST_SEI:]
            if payload not in _HARMLESS_SEI or said:
                outcome.leak(place, "side data", f"pictures carry user data (SEI payload {payload})")
    elif kind != _FILLER or unit[1:].strip(b"\xff") not in (b"\x80", b""):
        outcome.leak(place, "side data", f"pictures carry a unit that shows nothing (type {kind})")


def _sei_payloads(unit: bytes) -> Iterator[tuple[int, bytes]]:
    """Payload types of one SEI unit, each with its bytes (H.264 section 7.3.2.3)."""
    body = unit[1:].replace(b"\0\0\x03", b"\0\0")
    at = 0
    while at + 1 < len(body) and body[at:] != b"\x80":
        numbers = []
        for _ in range(2):
            number = 0
            while at < len(body) and body[at] == 255:
                number, at = number + 255, at + 1
            numbers.append(number + (body[at] if at < len(body) else 0))
            at += 1
        yield numbers[0], body[at : at + numbers[1]]
        at += numbers[1]


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
