# SPDX-License-Identifier: Apache-2.0
"""H.264 bytes: NAL units, the ``avcC`` record, and the ids of parameter sets (ITU-T H.264, ISO/IEC 14496-15).

A packet is a list of NAL units however its container frames them. The *payload* of a packet is those
units with 4-byte lengths and without the three kinds that carry no picture (SEI, access unit
delimiter, filler), so stripping metadata changes no payload.

>>> payload([b"\\x06serial number", b"\\x65slice"]).hex()
'0000000665736c696365'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_

IDR, SEI, SPS, PPS, DELIMITER, FILLER = 5, 6, 7, 8, 9, 12
NOT_PICTURES = frozenset({SEI, DELIMITER, FILLER})
"""Unit types left out of a payload: none of them is needed to decode a picture (H.264 table 7-1)."""

_START = b"\x00\x00\x01"


def kind(unit: bytes) -> int:
    """``nal_unit_type`` of one unit, 0 for an empty one."""
    return unit[0] & 31 if unit else 0


def units(packet: bytes, length_size: int) -> list[bytes]:
    """The NAL units of a packet; ``length_size`` 0 means start codes (Annex B). ``ValueError`` when cut short."""
    return _start_coded(packet) if length_size == 0 else _length_coded(packet, length_size)


def _start_coded(packet: bytes) -> list[bytes]:
    # The first piece lies before any start code; a unit never ends in a zero byte (7.4.1).
    return [piece.rstrip(b"\x00") for piece in packet.split(_START)[1:] if piece.rstrip(b"\x00")]


def _length_coded(packet: bytes, length_size: int) -> list[bytes]:
    found = []
    at, end = 0, len(packet)
    while at + length_size <= end:
        length = int.from_bytes(packet[at : at + length_size], "big")
        at += length_size
        if at + length > end:
            raise ValueError("a NAL unit is longer than its packet")
        if length:
            found.append(packet[at : at + length])
        at += length
    return found


def payload(found: Iterable[bytes]) -> bytes:
    """The picture-carrying units, each behind its length as 4 bytes, big end first."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in found if unit and unit[0] & 31 not in NOT_PICTURES)


def starts_group(found: Iterable[bytes]) -> bool:
    """Whether the packet holds an IDR picture: nothing after it refers to anything before it."""
    return any(unit[0] & 31 == IDR for unit in found)


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """What a decoder needs before the first picture; ``length_size`` of the packets (0: start codes)."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_size: int
    tail: bytes = b""
    """The chroma and depth fields that High profiles append to ``avcC``."""


def parameter_sets(extradata: bytes) -> ParameterSets:
    """Read ``avcC`` or start-coded headers; ``ValueError`` when neither. Empty means in-band, start codes."""
    if extradata[:1] != b"\x01":
        found = _start_coded(extradata)
        return ParameterSets(_of(found, SPS), _of(found, PPS), 0)
    if len(extradata) < 7:
        raise ValueError("avcC is cut short")
    at, groups = 5, []
    for mask in (31, 255):
        count = extradata[at] & mask
        at += 1
        sets = []
        for _ in range(count):
            length = int.from_bytes(extradata[at : at + 2], "big")
            sets.append(extradata[at + 2 : at + 2 + length])
            at += 2 + length
        groups.append(tuple(sets))
    return ParameterSets(groups[0], groups[1], (extradata[4] & 3) + 1, extradata[at:])


def avcc(sets: ParameterSets) -> bytes:
    """An ``avcC`` record for packets with 4-byte lengths; it names the highest profile and level of any SPS."""
    profile, level = (max(sps[at] for sps in sets.sps) for at in (1, 3))
    promised = reduce(and_, (sps[2] for sps in sets.sps))
    head = bytes([1, profile, promised, level, 0xFC | 3, 0xE0 | len(sets.sps)])
    spses = b"".join(len(each).to_bytes(2, "big") + each for each in sets.sps)
    ppses = b"".join(len(each).to_bytes(2, "big") + each for each in sets.pps)
    return head + spses + bytes([len(sets.pps)]) + ppses + sets.tail


def set_ids(sets: ParameterSets) -> set[int]:
    """Every SPS and PPS id in use, so that a second pair can be given one that is free."""
    return ids((*sets.sps, *sets.pps))


def ids(sets: Iterable[bytes]) -> set[int]:
    """The ids of parameter sets of either kind."""
    # An SPS is header, profile, constraints, level, then its id; a PPS is header, then its id.
    return {_first_ue(unit[4:8] if kind(unit) == SPS else unit[1:5]) for unit in sets}


def _of(found: Iterable[bytes], wanted: int) -> tuple[bytes, ...]:
    return tuple(unit for unit in found if kind(unit) == wanted)


def _first_ue(data: bytes) -> int:
    """The first Exp-Golomb number of ``data`` (9.1): as many zeros as bits follow the one."""
    bits = "".join(f"{byte:08b}" for byte in data)
    zeros = len(bits) - len(bits.lstrip("0"))
    return int(bits[zeros : 2 * zeros + 1] or "1", 2) - 1
