# SPDX-License-Identifier: Apache-2.0
"""Very long recordings in parts, so that a phone need not read the index of three hours before the first picture.

What this module keeps true: a part holds the finished rendition's own packets, copied and never encoded again, so
whatever is hidden there is hidden here; parts follow on one another without a gap; the whole files stay beside them.

A part of pictures begins on a keyframe. A part of sound begins with the packet that sounds at that instant, and the
one before it, which a decoder needs; players leave out what lies before the part's zero.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plainview.model.release import ReleasedRecording
from plainview.model.time import SECOND

LONG = 45 * 60 * SECOND
"""µs beyond which a recording is played in parts."""
EVERY = 30 * 60 * SECOND
"""µs of one part; the last may be half as long again."""
ROLES = ("v360", "v720", "sound")


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a recording: seconds of its own clock at which it begins, and its file for each role."""

    start: float
    files: tuple[tuple[str, str], ...]


def starts(duration: int) -> list[int]:
    """Where parts are to begin, in µs; one alone when the recording is short enough to be its own part.

    >>> [at // (60 * SECOND) for at in starts(100 * 60 * SECOND)]
    [0, 30, 60]
    """
    if duration <= LONG:
        return [0]
    return list(range(0, max(1, duration - EVERY // 2), EVERY))


def cut(recording: ReleasedRecording, out: Path) -> tuple[Part, ...]:
    """Write ``media/<slug>/parts/`` of a long recording below ``out``; nothing for a short one."""
    wanted = starts(recording.duration)
    shutil.rmtree(out / "media" / recording.slug / "parts", ignore_errors=True)
    if len(wanted) < 2:
        return ()
    files = {role: part.path for role in ROLES if (part := recording.rendition(role))}
    pictures = files.get("v360")
    begins = [at / SECOND for at in wanted]
    if pictures:
        begins = [0.0, *(_keyframe(out / pictures, at) for at in wanted[1:])]
    made = []
    for n, begin in enumerate(begins):
        end = begins[n + 1] if n + 1 < len(begins) else None
        parts = []
        for role, path in sorted(files.items()):
            name = f"media/{recording.slug}/parts/{Path(path).stem}-{n + 1}{Path(path).suffix}"
            _copy(out / path, out / name, begin, end)
            parts.append((role, name))
        made.append(Part(round(begin, 6), tuple(parts)))
    return tuple(made)


def _opened(path: Path) -> Any:
    import av

    options = {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2", "protocol_whitelist": "none"}
    return av.open(path.open("rb"), "r", options=options)


def _keyframe(path: Path, at: int) -> float:
    """Seconds of the last keyframe at or before ``at``."""
    with _opened(path) as container:
        stream = container.streams.video[0]
        container.seek(int(at / SECOND / stream.time_base), stream=stream)
        packet = next(p for p in container.demux(stream) if p.is_keyframe and p.pts is not None)
        return float(packet.pts * stream.time_base)


def _copy(source: Path, target: Path, begin: float, end: float | None) -> None:
    """The packets of ``source`` from ``begin`` to ``end``, seconds, as a file whose clock starts at ``begin``."""
    import av

    target.parent.mkdir(parents=True, exist_ok=True)
    options = {"movflags": "+faststart", "fflags": "+bitexact", "write_btrt": "0"}
    draft = target.with_name(f".{target.name}")
    with _opened(source) as given, av.open(str(draft), "w", format="mp4", options=options) as made:
        stream = given.streams[0]
        copy = made.add_stream_from_template(stream)
        zero = round(begin / stream.time_base)
        stop = round(end / stream.time_base) if end is not None else None
        # A keyframe's neighbours in file order may be shown before it: what counts is when a packet is shown.
        early = 0 if stream.type == "video" else 2 * 1024 * round(1 / stream.time_base) // (stream.rate or 16_000)
        if begin:
            given.seek(max(0, zero - early), stream=stream)
        for packet in given.demux(stream):
            if packet.pts is None or packet.pts < zero - early or (stop is not None and packet.pts >= stop):
                continue
            packet.pts -= zero
            packet.dts = packet.dts - zero if packet.dts is not None else packet.pts
            packet.stream = copy
            made.mux(packet)
    _lean(draft, target)
    draft.unlink()


def _lean(draft: Path, target: Path) -> None:
    """``draft`` without what its muxer says of itself (``moov/udta``): no byte in a release that nobody chose."""
    with draft.open("rb") as given, target.open("wb") as made:
        while head := given.read(8):
            size = int.from_bytes(head[:4], "big")
            if head[4:] != b"moov":
                made.write(head)
                if head[4:] == b"mdat":
                    shutil.copyfileobj(given, made)  # the last box: index first, then pictures or sound
                else:
                    made.write(given.read(size - 8))
                continue
            index = given.read(size - 8)
            kept = b"".join(box for kind, box in _boxes(index) if kind != b"udta")
            kept = _moved(kept, len(index) - len(kept))
            made.write((len(kept) + 8).to_bytes(4, "big") + b"moov" + kept)


def _boxes(body: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, whole box) of each box directly inside ``body``."""
    found, at = [], 0
    while at + 8 <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        found.append((body[at + 4 : at + 8], body[at : at + size]))
        at += max(8, size)
    return found


def _moved(body: bytes, by: int) -> bytes:
    """Boxes whose tables of places in the file (``stco``, ``co64``) are ``by`` bytes nearer to its start."""
    out = []
    for kind, box in _boxes(body):
        wide = {b"stco": 4, b"co64": 8}.get(kind)
        if kind in (b"trak", b"mdia", b"minf", b"stbl"):
            out.append(box[:8] + _moved(box[8:], by))
        elif wide:
            places = [int.from_bytes(box[at : at + wide], "big") - by for at in range(16, len(box), wide)]
            out.append(box[:16] + b"".join(place.to_bytes(wide, "big") for place in places))
        else:
            out.append(box)
    return b"".join(out)
