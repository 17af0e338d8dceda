# SPDX-License-Identifier: Apache-2.0
"""Very long recordings in parts: the same packets, no gap, the same instant at every place."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from plainview.audit.container import attack_container
from plainview.audit.outcome import Outcome
from plainview.model.release import Rendition
from plainview.model.time import SECOND, media_seconds
from plainview.publish import parts, site
from publish.sample import sample

MINUTES = 70


def film(path: Path) -> None:
    """Seventy minutes, one picture a second whose grey is the minute, every tenth one a keyframe."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        stream: Any = out.add_stream("libx264", rate=1)
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = 64, 36, "yuv420p", 1
        stream.options = {"preset": "ultrafast", "g": "10", "bf": "0"}
        for n in range(MINUTES * 60):
            frame = av.VideoFrame.from_ndarray(np.full((36, 64), 20 + n // 60 * 3, np.uint8), format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)


def hum(path: Path) -> None:
    """Seventy minutes of silence with one click at 31:00."""
    rate = 8000
    with av.open(str(path), "w", format="ipod", options={"movflags": "+faststart"}) as out:
        stream: Any = out.add_stream("aac", rate=rate, layout="mono")
        for first in range(0, MINUTES * 60 * rate, 1024):
            block = np.zeros((1, 1024), np.int16)
            if first <= 31 * 60 * rate < first + 1024:
                block[0, 31 * 60 * rate - first :][:40] = 20_000
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate, first
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)


def packets(path: Path) -> list[bytes]:
    """Digest of each packet of a file."""
    with av.open(str(path)) as container:
        return [hashlib.sha256(bytes(p)).digest() for p in container.demux(container.streams[0]) if p.size]


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[parts.Part, ...], Path]:
    """The parts of a recording of seventy minutes."""
    out = tmp_path_factory.mktemp("long")
    place = out / "media" / "long"
    place.mkdir(parents=True)
    film(place / "v360.mp4")
    hum(place / "a.m4a")
    short = sample(tmp_path_factory.mktemp("files")).recordings[0]
    renditions = tuple(Rendition(role, f"media/long/{name}", 1, "") for role, name in (("v360", "v360.mp4"), ("sound", "a.m4a")))
    recording = replace(short, slug="long", duration=media_seconds(MINUTES * 60), renditions=renditions)
    return parts.cut(recording, out), out


def test_parts_hold_the_renditions_own_packets(cut: tuple[tuple[parts.Part, ...], Path]) -> None:
    """The pictures of both parts are the whole's, packet for packet; so is the sound, but for what a decoder needs before."""
    made, out = cut
    films = [packets(out / dict(part.files)["v360"]) for part in made]
    assert [part.start for part in made] == [0.0, 1800.0]
    assert films[0] + films[1] == packets(out / "media" / "long" / "v360.mp4")
    whole = packets(out / "media" / "long" / "a.m4a")
    first, second = (packets(out / dict(part.files)["sound"]) for part in made)
    assert whole[: len(first)] == first
    assert whole[-len(second) :] == second
    assert len(whole) <= len(first) + len(second) <= len(whole) + 3


def test_an_instant_is_the_same_in_its_part(cut: tuple[tuple[parts.Part, ...], Path]) -> None:
    """The picture of 31:00 and the click at 31:00 lie 60 s after the second part's zero."""
    made, out = cut
    files = dict(made[1].files)
    with av.open(str(out / files["v360"])) as container:
        frame = next(f for f in container.decode(video=0) if f.time is not None and f.time >= 60)
        assert int(frame.to_ndarray(format="gray")[18, 32]) == pytest.approx(20 + 31 * 3, abs=2)
    with av.open(str(out / files["sound"])) as container:
        loud = [float(f.time or 0) + int(np.argmax(np.abs(f.to_ndarray()))) / 8000 for f in container.decode(audio=0) if np.abs(f.to_ndarray()).max() > 0.2]
    assert loud[0] == pytest.approx(60, abs=0.13)


def test_a_short_recording_is_its_own_part(tmp_path: Path) -> None:
    """Up to 45 minutes nothing is cut; building leaves no folder of parts."""
    assert parts.starts(45 * 60 * SECOND) == [0]
    site.build_case(sample(tmp_path / "files"), files=tmp_path / "files", out=tmp_path / "data")
    assert list((tmp_path / "data" / "media").glob("*/parts")) == []


def test_building_again_cuts_the_same_bytes(cut: tuple[tuple[parts.Part, ...], Path]) -> None:
    """The same files give the same parts."""
    made, out = cut
    before = {path: (out / path).read_bytes() for part in made for _, path in part.files}
    source = out / "media" / "long" / "v360.mp4"
    for n, part in enumerate(made):
        end = made[n + 1].start if n + 1 < len(made) else None
        parts._copy(source, out / "again.mp4", part.start, end)
        assert (out / "again.mp4").read_bytes() == before[dict(part.files)["v360"]]


def test_a_part_says_nothing_of_what_made_it(cut: tuple[tuple[parts.Part, ...], Path]) -> None:
    """The audit's look at boxes finds nothing in a part, but what its pictures already held."""
    made, out = cut
    outcome = Outcome()
    for part in made:
        for _, path in part.files:
            attack_container(out / path, path, outcome)
    assert [each.sentence for each in outcome.findings if each.kind != "side data"] == []
