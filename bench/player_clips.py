# SPDX-License-Identifier: Apache-2.0
"""Films for the player's figures: four alike holding their frames' numbers in cells, and sound muxed into pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plainview.model.release import Release
from plainview.model.time import incident_seconds, media_seconds
from publish.sample import tone

BITS = 11
SLUGS = ("bwc-1", "bwc-2", "dash-1", "city-114")


def coded(path: Path, *, length: int, fps: int = 30, width: int = 640, height: int = 360) -> None:
    """``length`` s of frames that hold their number as a row of cells over the whole width."""
    cell = width // (BITS + 2)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        stream: Any = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = width, height, "yuv420p", 1
        stream.options = {"preset": "ultrafast", "crf": "28", "g": str(fps), "bf": "0"}
        for n in range(length * fps):
            picture = np.full((height, width), 60, np.uint8)
            # A white cell before and a black one after, so that a row of noise is never taken for a number.
            for place, bit in enumerate([1, *((n >> k) & 1 for k in range(BITS)), 0]):
                picture[height * 2 // 5 : height * 3 // 5, place * cell : (place + 1) * cell] = 235 if bit else 16
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)


def number(picture: Image.Image) -> int | None:
    """The frame's number as it stands in a picture of the tile, None where it cannot be read."""
    grey: NDArray[np.uint8] = np.asarray(picture.convert("L"))
    row, wide = grey[grey.shape[0] // 2], grey.shape[1] / (640 / (640 // (BITS + 2)))
    levels = [int(row[min(len(row) - 1, int((place + 0.5) * wide))]) for place in range(BITS + 2)]
    if levels[0] < 180 or levels[-1] > 80:
        return None
    return sum((level > 125) << k for k, level in enumerate(levels[1:-1]))


def alike(release: Release, files: Path, *, length: int = 40) -> Release:
    """The sample with four cameras that show the same coded film from the same instant."""
    made = []
    for recording in release.recordings:
        if recording.slug not in SLUGS:
            continue
        place = files / "media" / recording.slug
        for path in place.iterdir():
            path.unlink()
        coded(place / "v360.mp4", length=length)
        tone(place / "a.m4a", length=length, offset=0)
        assert recording.alignment is not None
        alignment = replace(recording.alignment, offset=incident_seconds(0), drift_ppm=0.0)
        kept = tuple(
            replace(part, path=f"media/{recording.slug}/{name}")
            for role, name in (("v360", "v360.mp4"), ("sound", "a.m4a"))
            if (part := recording.rendition(role) or release.recordings[0].rendition(role))
        )
        made.append(
            replace(recording, alignment=alignment, duration=media_seconds(length), fps=30.0, has_sound=True,
                    width=640, renditions=kept, redactions=(), silent=(), gop_proof=None)
        )  # fmt: skip
    return replace(release, recordings=tuple(made), graphic=(), moments=(), statements=(), utterances=(), shots=None)


def muxed(folder: Path, out: Path) -> None:
    """Pictures and sound of one recording in one file, packet for packet, as a common player expects them."""
    sources = [av.open(str(folder / name)) for name in ("v360.mp4", "a.m4a") if (folder / name).is_file()]
    with av.open(str(out), "w", options={"movflags": "+faststart"}) as made:
        streams = [made.add_stream_from_template(source.streams[0]) for source in sources]
        packets = [
            (float(packet.dts * packet.time_base), n, packet)
            for n, source in enumerate(sources)
            for packet in source.demux(source.streams[0])
            if packet.dts is not None
        ]
        for _, n, packet in sorted(packets, key=lambda each: each[:2]):
            packet.stream = streams[n]
            made.mux(packet)
    for source in sources:
        source.close()
