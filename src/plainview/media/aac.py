# SPDX-License-Identifier: Apache-2.0
"""AAC packets without what encoders sign them with (ISO/IEC 14496-3, 4.4.2.1, raw_data_block).

A packet is a run of elements, bit after bit. Names and versions are put into fill or data elements
before the first sound element; those are taken out, the sound is not touched by a bit. Elements after
the sound (where SBR lives) stay.
"""

from __future__ import annotations

from collections.abc import Callable

_Read = Callable[[int, int], int]
"""(first bit, how many) to a number."""

_DATA, _FILL = 4, 6


def without_signature(packet: bytes) -> bytes:
    """The packet from its first sound element on, its bits moved to the front and padded with zeros."""
    if packet[:1] and packet[0] >> 5 not in (_DATA, _FILL):
        return packet
    total = len(packet) * 8
    bits = int.from_bytes(packet, "big")

    def read(at: int, count: int) -> int:
        return (bits >> (total - at - count)) & ((1 << count) - 1)

    at = 0
    while at + 12 <= total and read(at, 3) in (_DATA, _FILL):
        after = _after_fill(read, at + 3) if read(at, 3) == _FILL else _after_data(read, at + 3, total)
        if after >= total:
            return packet
        at = after
    left = total - at
    rest = bits & ((1 << left) - 1)
    size = -(-left // 8)
    return (rest << (size * 8 - left)).to_bytes(size, "big")


def _after_fill(read: _Read, at: int) -> int:
    """fill_element(): a count of bytes (15 means more follow), then the bytes."""
    count, at = read(at, 4), at + 4
    if count == 15:
        count, at = count + read(at, 8) - 1, at + 8
    return at + count * 8


def _after_data(read: _Read, at: int, total: int) -> int:
    """data_stream_element(): tag, whether aligned, a count of bytes (255 means more follow), the bytes."""
    aligned, count, at = read(at + 4, 1), read(at + 5, 8), at + 13
    if count == 255 and at + 8 <= total:
        count, at = count + read(at, 8), at + 8
    if aligned:
        at = -(-at // 8) * 8
    return at + count * 8
