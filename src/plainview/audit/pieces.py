# SPDX-License-Identifier: Apache-2.0
"""Pieces of very long recordings: each may hold the whole rendition's packets and nothing else.

The whole is looked at and listened to; a piece that is cut out of it, packet for packet, needs no second look. One that
holds a single packet the whole does not is a leak, for nobody looked at that.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import av.error

from plainview.audit.opening import open_media
from plainview.audit.outcome import Outcome

FOLDER = "parts"


def attack_part(path: Path, place: str, outcome: Outcome) -> None:
    """``parts/v360-2.mp4`` beside ``v360.mp4``: its packets are a run of the whole's."""
    whole = path.parent.parent / f"{path.stem.rpartition('-')[0]}{path.suffix}"
    outcome.checked["pieces of long recordings"] += 1
    try:
        held, all_of = _packets(path), _packets(whole)
    except (av.error.FFmpegError, OSError, ValueError, IndexError):
        outcome.leak(place, "unreadable", "is not a piece of a recording that can be read")
        return
    first = all_of.index(held[0]) if held and held[0] in all_of else -1
    if first < 0 or all_of[first : first + len(held)] != held:
        outcome.leak(place, "unknown recording", "holds what the whole recording beside it does not")


def _packets(path: Path) -> list[bytes]:
    with open_media(path) as container:
        if len(container.streams) != 1:
            raise ValueError("more than one stream")
        return [hashlib.sha256(bytes(p)).digest() for p in container.demux(container.streams[0]) if p.size]
