# SPDX-License-Identifier: Apache-2.0
"""Commitments to groups of pictures: what they cover, what they survive, what they find."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from media.films import sound
from media.moving import moving
from plainview.media import gop, nal
from plainview.media.conceal import render
from plainview.media.decode import open_container
from plainview.model.redaction import RecordingPlan
from plainview.model.time import MediaSpan, MediaTime

SECRET = b"0123456789abcdef0123456789abcdef"
SHA = "ab" * 32


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving(tmp_path_factory.mktemp("gop") / "film.mp4", marks=True)


def by_hand(path: Path) -> list[bytes]:
    """The leaves as the format's page describes them, without any of our code."""
    leaves: list[bytes] = []
    body = b""
    first = 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [p for p in container.demux(stream) if p.size]
    for packet in packets:
        raw, at, units = bytes(packet), 0, []
        while at < len(raw):
            size = int.from_bytes(raw[at : at + 4], "big")
            units.append(raw[at + 4 : at + 4 + size])
            at += 4 + size
        if any(unit[0] & 31 == 5 for unit in units):
            leaves.append(body)
            body, first = b"", packet.pts
        payload = b"".join(len(u).to_bytes(4, "big") + u for u in units if u[0] & 31 not in (6, 9, 12))
        offset = int((packet.pts - first) * packet.time_base * 1000 + 0.5)
        body += len(payload).to_bytes(4, "big") + payload + offset.to_bytes(8, "big", signed=True)
    leaves.append(body)
    hashed = []
    for index, each in enumerate(leaves[1:]):
        salt = hmac.new(SECRET, b"gop" + SHA.encode() + index.to_bytes(8, "big"), "sha256").digest()[:16]
        hashed.append(hashlib.sha256(b"\0" + salt + hashlib.sha256(each).digest()).digest())
    return hashed


def test_a_commitment_can_be_recomputed_from_the_written_format_alone(film: Path) -> None:
    """Four groups of 25 pictures give four leaves, and their root is the RFC 6962 tree head."""
    made = gop.commit(film, secret=SECRET, sha256=SHA)

    assert made is not None
    leaves = by_hand(film)
    assert [leaf.hex() for leaf in leaves] == list(made.leaves)
    ab, cd = (hashlib.sha256(b"\x01" + leaves[i] + leaves[i + 1]).digest() for i in (0, 2))
    assert hashlib.sha256(b"\x01" + ab + cd).hexdigest() == made.root
    assert made.spans == tuple(MediaSpan(MediaTime(n * 1_000_000), MediaTime((n + 1) * 1_000_000)) for n in range(4))


def test_the_same_pictures_in_another_container_and_without_sei_keep_their_leaves(film: Path, tmp_path: Path) -> None:
    """Matroska counts in milliseconds and the copy has lost its SEI, yet every group proves itself."""
    copy = tmp_path / "copy.mkv"
    with av.open(str(film)) as source, av.open(str(copy), "w") as target:
        stream = source.streams.video[0]
        out = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.size:
                fresh = av.Packet(nal.payload(nal.units(bytes(packet), 4)))
                fresh.pts, fresh.dts, fresh.time_base = packet.pts, packet.dts, packet.time_base
                fresh.is_keyframe, fresh.stream = packet.is_keyframe, out
                target.mux(fresh)

    assert b"x264 - core" in film.read_bytes()
    assert b"x264 - core" not in copy.read_bytes()
    made, again = (gop.commit(each, secret=SECRET, sha256=SHA) for each in (film, copy))
    assert made is not None
    assert again is not None
    assert made.leaves == again.leaves


def test_one_changed_bit_of_a_picture_changes_the_leaf_of_its_group_only(film: Path, tmp_path: Path) -> None:
    """The last bit of the first picture of group 2 is flipped; the other three leaves stay."""
    with open_container(film) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size and packet.is_keyframe]
        place = (packets[2].pos or 0) + packets[2].size - 1
    bad = bytearray(film.read_bytes())
    bad[place] ^= 1
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(bad)

    before, after = (gop.commit(each, secret=SECRET, sha256=SHA) for each in (film, changed))

    assert before is not None
    assert after is not None
    assert [a == b for a, b in zip(before.leaves, after.leaves, strict=True)] == [True, True, False, True]
    assert before.root != after.root


class Watched:
    """A stream whose time base may be asked for only while its file is open: afterwards it is stray memory."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.open = True

    @property
    def time_base(self) -> Fraction:
        assert self.open, "the time base was read after the file was closed"
        return Fraction(self.real.time_base)


def test_a_stream_is_asked_only_while_its_file_is_open(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The spans come from a time base read before the file is closed, and each is longer than nothing."""
    watched: list[Watched] = []

    @contextmanager
    def opened(path: Path) -> Iterator[Any]:
        with open_container(path) as container:
            yield container
        watched[0].open = False

    def stream_of(container: Any) -> Watched:
        watched.append(Watched(container.streams.video[0]))
        return watched[0]

    groups = gop.groups
    monkeypatch.setattr(gop, "open_container", opened)
    monkeypatch.setattr(gop, "picture_stream", stream_of)
    monkeypatch.setattr(gop, "groups", lambda container, stream: groups(container, stream.real))
    found = gop.commit(film, secret=b"s", sha256="00" * 32)

    assert found is not None
    assert all(0 <= span.start < span.end for span in found.spans)


def test_salts_depend_on_secret_file_and_group() -> None:
    """Sixteen bytes that nobody without the secret can guess from another group or file."""
    made = {
        gop.salt(secret, sha, index)
        for secret in (b"a" * 32, b"b" * 32)
        for sha in ("00" * 32, "01" * 32)
        for index in (0, 1)
    }

    assert len(made) == 8
    assert {len(each) for each in made} == {16}


def test_open_groups_are_one_group_until_a_picture_that_stands_alone(tmp_path: Path) -> None:
    """With open groups only the first picture is an IDR: what leans on its neighbour is not split from it."""
    film = moving(tmp_path / "open.mp4", open_groups=True)

    made = gop.commit(film, secret=SECRET, sha256=SHA)

    assert made is not None
    assert len(made.leaves) == 1


def test_sound_is_committed_to_in_blocks_that_its_copy_proves(tmp_path: Path) -> None:
    """23 s of sound give three leaves; the copied sound of a release gives the same, one changed packet changes one."""
    film = moving(tmp_path / "film.mp4", frames=25, seconds=23.0)
    known = gop.commit(film, secret=SECRET, sha256=SHA)

    whole = gop.with_sound(known, film, secret=SECRET, sha256=SHA)

    assert whole is not None
    assert known is not None
    assert (whole.root, whole.leaves) == (known.root, known.leaves)
    assert len(whole.audio_leaves) == 3
    a, b, c = (bytes.fromhex(each) for each in whole.audio_leaves)
    joined = hashlib.sha256(b"\x01" + hashlib.sha256(b"\x01" + a + b).digest() + c).hexdigest()
    assert whole.audio_root == joined
    render(film, tmp_path / "out", plan=RecordingPlan("EX-0001"), exhibit="EX-0001", sha256=SHA, tiles=False)
    copied = gop.with_sound(None, tmp_path / "out" / "full.mp4", secret=SECRET, sha256=SHA)
    assert copied is not None
    assert copied.audio_leaves == whole.audio_leaves
    other = gop.with_sound(None, film, secret=b"t" * 32, sha256=SHA)
    assert other is not None
    assert not set(other.audio_leaves) & set(whole.audio_leaves)


def test_sound_alone_has_no_groups_of_pictures(tmp_path: Path) -> None:
    """None means that there is nothing to commit to, not that nothing was found."""
    path = tmp_path / "sound.wav"
    pcm = (sound(1.0, 8000, [0.5]) * 32767).astype("<i2").tobytes()
    head = b"RIFF" + (36 + len(pcm)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += b"\x01\0\x01\0" + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\x02\0\x10\0"
    path.write_bytes(head + b"data" + len(pcm).to_bytes(4, "little") + pcm)

    assert gop.commit(path, secret=SECRET, sha256=SHA) is None


@pytest.mark.parametrize(
    ("ticks", "base", "expected"),
    [(1, (1, 2000), 1), (-1, (1, 2000), 0), (3003, (1, 90000), 33), (1001, (1, 30000), 33), (1, (1, 1000), 1)],
)
def test_milliseconds_round_halves_up(ticks: int, base: tuple[int, int], expected: int) -> None:
    """Half a millisecond goes up on both sides of zero, so every implementation agrees."""
    assert gop.milliseconds(ticks, Fraction(*base)) == expected
