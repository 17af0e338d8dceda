# SPDX-License-Identifier: Apache-2.0
"""A muted word costs a few packets of sound: they are new, all others are the recording's own, and the proof says which."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from media.moving import moving
from plainview import verify
from plainview.media import gop, splice
from plainview.media.aac import without_signature
from plainview.media.conceal import Rendered, render
from plainview.media.proof import BESIDE, UNDECLARED
from plainview.media.survey import survey
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
    known = gop.commit(original, secret=SECRET, sha256=sha256)
    made = render(
        original,
        out,
        plan=RecordingPlan("EX-0001", mutes=mutes),
        exhibit="EX-0001",
        sha256=sha256,
        commitment=gop.with_sound(known, original, secret=SECRET, sha256=sha256),
        secret=SECRET,
        tiles=False,
    )
    return made, json.loads((out / "gops.json").read_text())["sound"]["blocks"]


def shown(out: Path) -> list[bool]:
    """Which blocks are the original's, found by what reads the published file by itself; as many as are spoken of."""
    claim = json.loads((out / "gops.json").read_text())
    blocks, bodies = claim["sound"]["blocks"], verify._block_bodies(out / claim["file"])
    leaves = [
        hashlib.sha256(b"\0" + bytes.fromhex(block.get("salt", "")) + body).hexdigest()
        for block, body in zip(blocks, bodies, strict=True)
    ]
    found = [leaf == block["leaf"] for leaf, block in zip(leaves, blocks, strict=True)]
    assert found == [block["state"] == "untouched" for block in blocks]
    return found


def without_packets(path: Path, whole: Path, start: float, end: float) -> Path:
    """The same call without the packets that would be heard from ``start`` to ``end``."""
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        stream = source.streams.audio[0]
        copied = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.size and not start <= float((packet.pts or 0) * stream.time_base) < end:
                packet.stream = copied
                target.mux(packet)
    return path


def voice(path: Path, seconds: int = 6) -> Path:
    """Something that sounds as a voice does, two syllables a second: loud, with attacks, and never steady."""
    at = np.arange(seconds * 48_000) / 48_000
    phase = 2 * np.pi * np.cumsum(140 * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * at))) / 48_000
    said = sum(np.sin(k * phase) / k for k in range(1, 25)) * np.sqrt(np.clip(np.sin(2 * np.pi * 2.3 * at), 0, 1))
    samples = (0.15 * said + 0.01 * np.random.default_rng(1).standard_normal(len(at))).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        for first in range(0, len(samples), 1024):
            piece = np.ascontiguousarray(samples[None, first : first + 1024])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


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
    made, blocks = muted(original, tmp_path, mute(9.5, 9.97, "tone"))

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


MADE: dict[str, Callable[[Path], Path]] = {
    "thirty seconds and what an encoder puts before.mp4": lambda at: call(at, rate=32_000, channels=1, seconds=30),
    "sound three seconds late.mp4": lambda at: moving(at, frames=12, tone_from=3.1, seconds=24),
    "sound a little late.mp4": lambda at: moving(at, frames=12, tone_from=0.0137, seconds=23),
    "pictures half a second late.mp4": lambda at: moving(at, moments=[0.51 + n / 25 for n in range(12)], seconds=23),
    "whole milliseconds.mkv": lambda at: moving(at, frames=12, seconds=23, rate=44_100),
    "no edit list.flv": lambda at: moving(at, frames=12, seconds=23, rate=44_100),
    "half a second lost.mp4": lambda at: without_packets(at, call(at.with_suffix(".m4a"), channels=1), 8, 8.5),
    "lost where it is muted.mp4": lambda at: without_packets(at, call(at.with_suffix(".m4a"), channels=1), 12.5, 13.5),
}


@pytest.mark.parametrize("name", MADE)
def test_the_checker_counts_blocks_as_the_intake_did(name: str, tmp_path: Path) -> None:
    """However a recording begins and counts its time, each block but the one with the muted second is shown untouched."""
    film = MADE[name](tmp_path / name)

    _, blocks = muted(film, tmp_path / "out", mute(14, 15))

    hidden = [block["start_us"] < 15e6 and block["end_us"] > 14e6 for block in blocks]  # type: ignore[operator]
    assert sum(hidden) == 1
    assert shown(tmp_path / "out") == [not each for each in hidden]
    assert [block.get("law") for block in blocks] == [NAME.law if each else None for each in hidden]
    claim = json.loads((tmp_path / "out" / "gops.json").read_text())
    assert silent(tmp_path / "out" / claim["file"], 14, 15)


def silent(path: Path, start: float, end: float) -> bool:
    """Whether nothing is heard but a fiftieth of a second in, by the times that a player goes by."""
    with av.open(str(path)) as container:
        loud = [
            float(frame.time or 0)
            for frame in container.decode(audio=0)
            if start + 0.02 < float(frame.time or 0) < end - 0.05 and np.abs(frame.to_ndarray()).max() > 1e-3
        ]
    return loud == []


def test_nothing_but_the_tone_is_heard_wherever_a_word_begins(tmp_path: Path) -> None:
    """Twenty places in a voice: with as few bits as elsewhere an encoder spoils most of them, with twice as many none."""
    film = voice(tmp_path / "voice.mp4")
    sound = survey(film).sound
    assert sound is not None
    packets_of = splice.read(film, sound)
    places = [[mute(1 + n * 0.16, 1.4 + n * 0.16, "tone")] for n in range(20)]

    spoilt = {
        bits: sum(
            splice._strays(film, sound, each, splice.Joint(splice.runs_of(packets_of, each, sound.rate), bits))
            for each in places
        )
        for bits in (64_000, *splice.BITS)
    }

    assert spoilt[64_000] > 0
    assert (spoilt[splice.BITS[0]], spoilt[splice.BITS[1]]) == (0, 0)


def test_what_an_encoder_spoils_is_made_once_more_and_else_all_sound_is_new(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packets with next to no bits are not used: the next number of bits is, and where there is none the release says so."""
    sound = survey(original).sound
    assert sound is not None
    word = mute(12, 13, "tone")

    monkeypatch.setattr(splice, "BITS", (2_000, 128_000))
    assert splice.joint(original, sound, [word]).bits == 128_000
    monkeypatch.setattr(splice, "BITS", (2_000,))
    made, blocks = muted(original, tmp_path, word)

    why = "new packets for what is muted do not decode as they should"
    assert made.notes == (f"the sound was encoded again, as one channel, because {why}",)
    assert [each["reason"] for each in blocks] == [why, "private contact", why]


def test_a_packet_that_is_lost_or_torn_has_all_sound_made_new(tmp_path: Path) -> None:
    """After one lost packet, or one that cannot be decoded, sound lies elsewhere by its length than by its time."""
    whole = call(tmp_path / "call.m4a", channels=1, seconds=12)
    lost = without_packets(tmp_path / "lost.mp4", whole, 4, 4.02)
    torn = tmp_path / "torn.mp4"
    data = bytearray(whole.read_bytes())
    with av.open(str(whole)) as container:
        spoilt = next(p for p in container.demux(audio=0) if p.pts and p.pts > 5 * 48_000)
        start, size = spoilt.pos, spoilt.size
    data[start + 2 : start + size] = b"\xff" * (size - 2)
    torn.write_bytes(data)

    notes = [muted(film, tmp_path / film.stem, mute(8, 9))[0].notes for film in (lost, torn)]

    said = "the sound was encoded again, as one channel, because"
    assert notes == [
        (f"{said} the times of its packets do not fit their lengths",),
        (f"{said} some of its packets do not decode to the sound that its header names",),
    ]
    assert all(silent(tmp_path / stem / "full.m4a", 8, 9) for stem in ("lost", "torn"))


def test_what_was_committed_to_otherwise_is_never_called_untouched(original: Path, tmp_path: Path) -> None:
    """A commitment that lacks the first packet, as the first ones did: no block is proven, none is called hidden."""
    sha256 = hashlib.sha256(original.read_bytes()).hexdigest()
    later = without_packets(tmp_path / "later.mp4", original, -1, 0)
    known = gop.with_sound(None, later, secret=SECRET, sha256=sha256)
    plan = RecordingPlan("EX-0001")

    render(original, tmp_path / "out", plan=plan, exhibit="EX-0001", sha256=sha256, commitment=known, secret=SECRET)

    blocks = json.loads((tmp_path / "out" / "gops.json").read_text())["sound"]["blocks"]
    assert [(each["state"], each["hides"], each["reason"]) for each in blocks] == [("changed", False, UNDECLARED)] * 3


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
