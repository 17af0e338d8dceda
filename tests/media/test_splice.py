# SPDX-License-Identifier: Apache-2.0
"""A muted word costs a few packets of sound: they are new, all others are the recording's own, and the proof says which."""

from __future__ import annotations

import hashlib
import json
from array import array
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from plainview.media import gop, splice
from plainview.media.aac import without_signature
from plainview.media.conceal import Rendered, render
from plainview.media.proof import BESIDE
from plainview.model.redaction import Ground, Mute, RecordingPlan
from plainview.model.time import MediaSpan, media_seconds

NAME = Ground("caller", "private contact", "5 ILCS 140/7(1)(c)")
SECRET = b"s" * 32


def mute(start: float, end: float, cover: str = "silence") -> Mute:
    return Mute(MediaSpan(media_seconds(start), media_seconds(end)), NAME, cover)


def call(path: Path, *, rate: int = 48_000, channels: int = 2, seconds: int = 25) -> Path:
    """Two tones, one in each channel, that swell: no two packets are alike."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    at = np.arange(seconds * rate) / rate
    tones = [(0.05 + 0.006 * at) * np.sin(2 * np.pi * hertz * at) for hertz in (440, 700, 300, 500, 600, 800)[:channels]]
    heard = np.stack(tones).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate, layout=layout)
        for first in range(0, heard.shape[1], 1024):
            piece = np.ascontiguousarray(heard[:, first : first + 1024])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def muted(original: Path, out: Path, *mutes: Mute) -> tuple[Rendered, list[dict[str, object]]]:
    """The published call, and what its proof says of each block of sound."""
    sha256 = hashlib.sha256(original.read_bytes()).hexdigest()
    made = render(
        original,
        out,
        plan=RecordingPlan("EX-0001", mutes=mutes),
        exhibit="EX-0001",
        sha256=sha256,
        commitment=gop.with_sound(None, original, secret=SECRET, sha256=sha256),
        secret=SECRET,
    )
    return made, json.loads((out / "gops.json").read_text())["sound"]["blocks"]


def packets(path: Path) -> list[tuple[int, bytes]]:
    """When each packet is heard, in samples, and what it is but for its encoder's name."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return [(int(each.pts or 0), without_signature(bytes(each))) for each in container.demux(stream) if each.size]


def heard(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return call(tmp_path_factory.mktemp("call") / "call.mp4")


def test_packets_beside_a_muted_second_are_copied_and_none_that_reaches_into_it(original: Path, tmp_path: Path) -> None:
    """12 s to 13 s is silent in both channels; every packet whose 2048 samples come near it is new, and few others."""
    muted(original, tmp_path, mute(12, 13))

    old, new = packets(original), packets(tmp_path / "full.m4a")
    assert [at for at, _ in old] == [at for at, _ in new]
    same = {at for (at, a), (_, b) in zip(old, new, strict=True) if a == b}
    reaching = {at for at, _ in old if at + 2048 > 11.99 * 48_000 and at < 13.01 * 48_000}
    assert not same & reaching
    assert len(old) - len(same) <= len(reaching) + 2 * (splice.BESIDE + splice.REACH)
    after = heard(tmp_path / "full.m4a")
    assert after.shape[0] == 2
    assert np.abs(after[:, int(12.03 * 48_000) : int(12.97 * 48_000)]).max() < 1e-3
    before = heard(original)
    for start, end in ((0, 11.85), (13.15, 25)):
        part = slice(int(start * 48_000), int(end * 48_000))
        assert np.array_equal(before[:, part], after[:, part])
    for start, end in ((11.85, 11.98), (13.03, 13.15)):
        joint = slice(int(start * 48_000), int(end * 48_000))
        assert np.abs(before[:, joint] - after[:, joint]).max() < 0.01


def test_the_proof_says_which_blocks_were_changed_and_which_only_because_windows_overlap(
    original: Path, tmp_path: Path
) -> None:
    """A word ends just before the second block begins: the first hides it, the second has packets that are new beside it."""
    made, blocks = muted(original, tmp_path, mute(9.5, 9.985, "tone"))

    assert [each["state"] for each in blocks] == ["changed", "changed", "untouched"]
    assert (blocks[0]["reason"], blocks[0]["law"]) == ("private contact", "5 ILCS 140/7(1)(c)")
    assert (blocks[1]["hides"], blocks[1]["reason"]) == (False, BESIDE)
    assert "salt" not in blocks[0]
    assert "salt" not in blocks[1]
    assert made.proof is not None
    assert made.proof.sound_untouched == (False, False, True)
    assert (made.proof.spans, made.proof.root) == ((), "")
    full = next(each for each in made.renditions if each.role == "full")
    assert full.note == "1 of 3 blocks of sound are the original's, bit for bit"


def test_mutes_at_both_ends_and_beside_each_other_are_made_in_one_go_each(tmp_path: Path) -> None:
    """From the first sample on, twice within 60 ms, and up to the last sample."""
    film = call(tmp_path / "call.mp4", rate=16_000, channels=1, seconds=12)

    muted(film, tmp_path / "out", mute(0, 0.5), mute(4, 4.2, "tone"), mute(4.26, 4.4), mute(11.5, 13))

    after = heard(tmp_path / "out" / "full.m4a")[0]
    assert len(packets(film)) == len(packets(tmp_path / "out" / "full.m4a"))
    for start, end in ((0, 0.45), (4.3, 4.36), (11.56, 12)):
        assert np.abs(after[int(start * 16_000) : int(end * 16_000)]).max() < 2e-3
    assert np.abs(after[2 * 16_000 : 3 * 16_000]).max() > 0.05


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"channels": 6}, "its AAC is of a kind that cannot be joined with new packets"),
        ({"rate": 22_050, "channels": 1}, "its rate of 22050 Hz is none that new packets are made at"),
    ],
)
def test_where_packets_cannot_be_exchanged_all_sound_is_new_and_says_why(
    made: dict[str, int], why: str, tmp_path: Path
) -> None:
    film = call(tmp_path / "call.mp4", **made)

    rendered, blocks = muted(film, tmp_path / "out", mute(12, 13))

    assert rendered.notes == (f"the sound was encoded again, as one channel, because {why}",)
    assert [each["state"] for each in blocks] == ["changed"] * 3
    assert [each["reason"] for each in blocks] == [why, "private contact", why]


def test_a_run_grows_until_the_windows_beside_it_are_long() -> None:
    """A short window next to what is new would be cut from its partners: those are made new as well."""
    times = array("q", range(0, 40 * 1024, 1024))
    long, short = bytes(40), bytearray(40)
    word = [mute(15.2 * 1024 / 48_000, 16.8 * 1024 / 48_000)]
    # With its fades it lies in packets 14 to 17; packet 13 reaches into 14, and two more on each side are new.
    assert splice.runs_of(splice.Packets(times, long), word, 48_000) == ((11, 19),)

    short[12:14], short[19] = bytes([1, 2]), 3
    assert splice.runs_of(splice.Packets(times, bytes(short)), word, 48_000) == ((11, 19),)
    short[9:11], short[20:22] = bytes([1, 2]), bytes([2, 3])
    assert splice.runs_of(splice.Packets(times, bytes(short)), word, 48_000) == ((9, 21),)


@pytest.mark.parametrize(
    ("bits", "sequence"),
    [
        ("000 0000 11110000 0 10", 2),
        ("001 0000 1 0 01", 1),
        ("001 0000 0 11110000 0 11", 3),
    ],
)
def test_the_window_of_a_packet_is_read_where_its_kind_keeps_it(bits: str, sequence: int) -> None:
    """One channel, a pair with common windows, and a pair whose channels have their own."""
    written = bits.replace(" ", "").ljust(40, "1")

    assert splice.window_sequence(int(written, 2).to_bytes(5, "big")) == sequence
