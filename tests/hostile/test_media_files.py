# SPDX-License-Identifier: Apache-2.0
"""Files that try to reach outside themselves when they are opened, or claim to be absurdly large.

Every open of a neighbour is watched by the kernel (inotify), so an escape below Python is seen too.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from media.films import film
from plainview.errors import HostileInput, UnreadableInput
from plainview.media import decode
from plainview.media.probe import probe
from plainview.model.case import Damage

_IN_OPEN, _IN_ACCESS, _IN_NONBLOCK = 0x20, 0x1, 0o4000


@contextmanager
def watched(folder: Path) -> Iterator[list[str]]:
    """Names inside ``folder`` that anything in this process opens or reads; filled when the block ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(_IN_NONBLOCK)
    assert watch >= 0
    assert libc.inotify_add_watch(watch, os.fsencode(folder), _IN_OPEN | _IN_ACCESS) >= 0
    opened: list[str] = []
    try:
        yield opened
        with suppress(BlockingIOError):
            data = os.read(watch, 65536)
            while data:
                _, _, _, length = struct.unpack_from("iIII", data)
                opened.append(data[16 : 16 + length].rstrip(b"\0").decode())
                data = data[16 + length :]
    finally:
        os.close(watch)


def _playlist(target: str) -> str:
    return f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXTINF:3.0,\n{target}\n#EXT-X-ENDLIST\n"


def _dash(target: str) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet '
        'mimeType="video/mp4"><Representation id="1" bandwidth="1" codecs="avc1.64001f" width="2" height="2">'
        f"<BaseURL>{target}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>"
    )


SCRIPTS = {
    "hls_absolute.mp4": lambda secret: _playlist(str(secret)),
    "hls_file.mp4": lambda secret: _playlist(f"file://{secret}"),
    "hls_relative.mp4": lambda _: _playlist("../secret/secret.ts"),
    "hls_network.mp4": lambda _: _playlist("http://127.0.0.1:9/x.ts"),
    "hls.m3u8": lambda secret: _playlist(str(secret)),
    "hls_map.m3u8": lambda secret: f'#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MAP:URI="{secret}"\n#EXTINF:3,\nx.m4s\n',
    "hls_late.mp4": lambda secret: "\n" * 3 + _playlist(str(secret)),
    "concat_absolute.mp4": lambda secret: f"ffconcat version 1.0\nfile {secret}\n",
    "concat_relative.mp4": lambda _: "ffconcat version 1.0\nfile ../secret/secret.ts\n",
    "concat_subfile.mp4": lambda secret: f"ffconcat version 1.0\nfile subfile,,start,0,end,0,,:{secret}\n",
    "dash.mp4": lambda secret: _dash(f"file://{secret}"),
    "imf.mp4": lambda _: (
        "<?xml version='1.0'?><CompositionPlaylist xmlns='http://www.smpte-ra.org/schemas/2067-3/2016'/>"
    ),
    "session.mp4": lambda _: "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    "shortcut.mp4": lambda secret: f"[playlist]\nFile1={secret}\nNumberOfEntries=1\n",
}


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real recording that a hostile file would like to have opened."""
    folder = tmp_path_factory.mktemp("case") / "secret"
    folder.mkdir()
    return film(folder / "secret.ts", seconds=3, clicks=(1.0,))


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_script_named_like_a_film_opens_nothing(secret: Path, name: str) -> None:
    """The file is refused as hostile with one sentence, and the file it points to is never touched."""
    inbox = secret.parent.parent / "inbox"
    inbox.mkdir(exist_ok=True)
    path = inbox / name
    path.write_text(SCRIPTS[name](secret))

    with watched(secret.parent) as opened:
        for read in (
            decode.open_container,
            probe,
            lambda p: decode.pcm(p, rate=8000),
            lambda p: list(decode.frames(p)),
        ):
            with pytest.raises(HostileInput, match=name):
                read(path)

    assert opened == []


def test_the_watch_sees_an_open(secret: Path) -> None:
    """The instrument of these tests works: an ordinary read of the secret is seen."""
    with watched(secret.parent) as opened:
        secret.read_bytes()

    assert "secret.ts" in opened


def test_a_script_after_a_binary_head_opens_nothing(secret: Path) -> None:
    """A playlist that hides behind bytes our own look does not know is refused by the decoder's white list."""
    path = secret.parent.parent / "hidden.m3u8"
    path.write_bytes(b"\x00\x01\x02#EXTM3U\n" + _playlist(str(secret)).encode())

    with watched(secret.parent) as opened, pytest.raises(UnreadableInput):
        decode.open_container(path)

    assert opened == []


def test_a_film_that_refers_to_another_file_opens_nothing(secret: Path) -> None:
    """A QuickTime data reference (alias) to a neighbour is not followed."""
    whole = film(secret.parent.parent / "plain.mov", codec="mpeg4", seconds=3, clicks=(1.0,)).read_bytes()
    target = str(secret).encode()
    reference = struct.pack(">I4sI", 12 + len(target) + 1, b"url ", 0) + target + b"\0"
    at = whole.index(b"url ") - 4
    path = secret.parent.parent / "refers.mov"
    path.write_bytes(whole[:at] + reference[:12] + whole[at + 12 :])

    with watched(secret.parent) as opened, suppress(UnreadableInput):
        list(decode.frames(path))

    assert opened == []


def test_a_container_that_claims_an_absurd_size_is_refused(tmp_path: Path) -> None:
    """A small file that claims 16000 × 16000 pixels is refused at the door, with the size in the sentence."""
    path = film(tmp_path / "huge.avi", codec="rawvideo", sound_codec=None, seconds=0.2)
    data = bytearray(path.read_bytes())
    at = data.index(b"strf") + 8
    data[at + 4 : at + 12] = struct.pack("<ii", 16000, 16000)
    path.write_bytes(data)

    with pytest.raises(HostileInput, match="16000 × 16000"):
        probe(path)


@pytest.mark.parametrize("claimed", [64, 20000])
def test_a_compressed_bomb_inside_a_film_is_not_unpacked(tmp_path: Path, claimed: int) -> None:
    """A PNG picture in a QuickTime film that unpacks to 400 MB is refused before it takes the memory."""
    import resource

    import av

    path = tmp_path / "bomb.mov"
    row = b"\0" + bytes(20000)
    packed = zlib.compressobj(9)
    body = b"".join(packed.compress(row) for _ in range(20000)) + packed.flush()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 8, 0, 0, 0, 0))
    picture += chunk(b"IDAT", body) + chunk(b"IEND", b"")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        packet = av.Packet(picture)
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        container.mux(packet)
    data = bytearray(path.read_bytes())
    at = data.index(b"png ", data.index(b"stsd")) + 28
    data[at : at + 4] = struct.pack(">HH", claimed, claimed)
    path.write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    items = list(decode.frames(path))

    assert items
    assert all(isinstance(item, Damage) for item in items)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.mp4", b"", "the file is empty"),
        ("notes.mp4", b"Statement of the witness\n" * 20, "this is text, not a recording"),
        ("zeros.mp4", bytes(4096), "the file holds only zero bytes"),
        ("paper.mp4", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 8, "not a recording of a kind"),
    ],
)
def test_what_is_no_recording_says_what_it_is(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    """Each unreadable file gets its own sentence, with its name in front."""
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UnreadableInput, match=sentence):
        decode.open_container(path)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of this kind are a Unix thing")
def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe would keep the reader waiting for ever."""
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)

    with pytest.raises(HostileInput, match="not a regular file"):
        decode.open_container(path)


def test_every_cut_of_a_film_is_an_answer(tmp_path: Path) -> None:
    """Cut anywhere, a film is described or refused with a sentence; nothing else comes out."""
    for whole in (
        film(tmp_path / "a.mp4", seconds=3, clicks=(1.0,)),
        film(tmp_path / "b.mkv", seconds=3, clicks=(1.0,)),
    ):
        data = whole.read_bytes()
        for cut in range(1, 20):
            path = tmp_path / f"cut{whole.suffix}"
            path.write_bytes(data[: len(data) * cut // 20])
            with suppress(UnreadableInput):
                assert probe(path).duration > 0


def test_flipped_bytes_never_escape_the_errors(tmp_path: Path) -> None:
    """Random damage gives frames, damage or our own error, for every decoder here."""
    import random

    rng = random.Random(5)
    for name, codec in (("a.mp4", "libx264"), ("b.mkv", "libvpx"), ("c.avi", "mpeg4")):
        kind = {"sound_codec": "libopus", "rate": 48000} if name == "b.mkv" else {}
        data = film(tmp_path / name, codec=codec, seconds=3, clicks=(1.0,), **kind).read_bytes()  # type: ignore[arg-type]
        for _ in range(8):
            bad = bytearray(data)
            for _ in range(30):
                bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
            path = tmp_path / f"bad-{name}"
            path.write_bytes(bad)
            with suppress(UnreadableInput):
                list(decode.frames(path))
                decode.pcm(path, rate=8000)


def test_timestamps_that_claim_a_week_of_silence_are_refused(tmp_path: Path) -> None:
    """A few samples before and after a gap of a week must not become gigabytes of zeros."""
    from fractions import Fraction

    import av

    path = tmp_path / "week.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        for second in (0, 7 * 86400):
            packet = av.Packet(bytes(16000))
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = second * 1000
            container.mux(packet)

    with pytest.raises(HostileInput, match="four hours"):
        decode.pcm(path, rate=8000)
