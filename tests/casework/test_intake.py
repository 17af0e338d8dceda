# SPDX-License-Identifier: Apache-2.0
"""A delivery is taken in whole: sealed, described, logged; nothing dropped, nothing twice."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import plainview
from casework.delivery import AT, CASE, CLERK, SECRET, Office, open_office
from plainview.casework.examining import Examiner
from plainview.casework.sniffing import sniff
from plainview.errors import WrongUsage
from plainview.model import wire
from plainview.model.case import GopCommitment, Kind
from plainview.model.names import LONGEST_SHOWN, safe_name, visible_name
from store.independent import ocfl_problems

RTL = "\u202e"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of H.264 in MP4, a key frame every half second: four groups of pictures."""
    path = tmp_path_factory.mktemp("video") / "v.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = Fraction(1, 20)
        stream.options = {"g": "10", "bf": "0", "threads": "1", "sc_threshold": "0"}
        for i in range(40):
            picture = np.full((48, 64, 3), i * 6, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = i
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def test_a_recording_is_sealed_described_and_committed_to(office: Office, video: bytes) -> None:
    """A video becomes EX-0001 with its probe, its commitment of four groups, and two custody events."""
    office.give("unit 7/camera.bin", video)

    report = office.take()

    exhibit = office.ledger.exhibits(CASE.id)[0]
    assert report.received == (exhibit,)
    assert (exhibit.id, exhibit.kind, exhibit.name, exhibit.problem) == ("EX-0001", Kind.RECORDING, "camera.bin", "")
    assert exhibit.extra["path"] == "unit 7/camera.bin"
    assert exhibit.media_type == "video/mp4"
    assert exhibit.probe is not None
    assert exhibit.probe.video is not None
    assert exhibit.probe.video.frames == 40
    assert exhibit.sha256 == hashlib.sha256(video).hexdigest()
    assert office.vault.original(exhibit).read_bytes() == video
    commitment = office.vault.extra(exhibit, "gop-commitment.json")
    assert commitment is not None
    assert len(wire.load(GopCommitment, commitment.read_bytes()).leaves) == 4
    assert office.events("EX-0001") == [("received", "success"), ("digest-calculated", "success")]
    assert ocfl_problems(office.vault.storage_root) == []


def test_every_kind_of_file_becomes_an_exhibit(office: Office, video: bytes) -> None:
    """Papers, pictures, hidden files, empty, cut-off and hostile ones are all there, with a sentence when broken."""
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n"
    delivered: dict[str, tuple[bytes, Kind, str]] = {
        ".DS_Store": (b"\x00\x00\x00\x01Bud1\x00\x00", Kind.UNREADABLE, "not a recording"),
        "call.mp4": (playlist, Kind.UNREADABLE, "playlist"),
        "cut.mp4": (video[: len(video) // 2], Kind.UNREADABLE, "cut off"),
        "cut.pdf": (b"%PDF-1.7\n1 0 obj", Kind.DOCUMENT, "cut off"),
        "delivery.csv": (b"item,delivered\nradio,no\n", Kind.DOCUMENT, ""),
        "empty.mov": (b"", Kind.UNREADABLE, "empty"),
        "notes.zip": (b"PK\x03\x04" + b"\x00" * 40, Kind.UNREADABLE, "archive"),
        "photo.jpg": (b"\xff\xd8\xff\xe0JFIF\xff\xd9", Kind.PHOTOGRAPH, ""),
        "report.pdf": (b"%PDF-1.7\nx\n%%EOF\n", Kind.DOCUMENT, ""),
    }
    for name, (data, _, _) in delivered.items():
        office.give(name, data)

    report = office.take()

    assert [each.name for each in report.received] == sorted(delivered)
    for exhibit in report.received:
        data, kind, words = delivered[exhibit.name]
        assert (exhibit.kind, bool(exhibit.problem)) == (kind, bool(words)), exhibit
        assert words in exhibit.problem
        assert office.vault.original(exhibit).read_bytes() == data
        assert (("examined", "warning") in office.events(exhibit.id)) == bool(words)
    types = {each.name: each.media_type for each in report.received}
    assert (types["delivery.csv"], types["report.pdf"], types["photo.jpg"]) == (
        "text/csv",
        "application/pdf",
        "image/jpeg",
    )
    assert ocfl_problems(office.vault.storage_root) == []


def test_names_meant_to_deceive_are_shown_for_what_they_are(office: Office) -> None:
    """Direction marks, control characters, undecodable bytes and endless names change neither page nor path."""
    names = [
        os.fsencode(f"report{RTL}fdp.mp4"),
        os.fsencode("..\\..\\etc\\passwd"),
        b"line\nbreak\x1b[2J.txt",
        b"\xff\xfe.bin",
        b"x" * 255,
        b"-rf",
        os.fsencode("…"),
    ]
    for i, name in enumerate(names):
        (office.delivery / os.fsdecode(name)).write_bytes(b"%d" % i)

    report = office.take()

    assert len(report.received) == len(names)
    for exhibit in report.received:
        assert exhibit.name.isprintable()
        assert len(exhibit.name) <= LONGEST_SHOWN
        held = office.vault.original(exhibit)
        assert held.is_relative_to(office.vault.storage_root)
        assert held.name.isascii()
    assert {"report\\u202efdp.mp4", "line\\x0abreak\\x1b[2J.txt", "\\xff\\xfe.bin"} <= {e.name for e in report.received}
    assert office.take().received == ()


def test_the_same_bytes_are_stored_once_and_listed_twice(office: Office, video: bytes) -> None:
    """A file delivered under two names is two exhibits, the second saying whose bytes it has."""
    office.give("a.mp4", video)
    office.give("copy of a.mp4", video)

    first, second = office.take().received

    assert (first.duplicate_of, second.duplicate_of) == (None, "EX-0001")
    assert office.vault.original(second) == office.vault.original(first)
    assert len(list(office.vault.objects())) == 1
    assert second.probe == first.probe
    received = next(entry for entry in office.ledger.entries(CASE.id) if entry.subject == "EX-0002")
    assert "the same bytes as EX-0001" in json.loads(received.body)["detail"]


def test_the_same_delivery_again_adds_nothing(office: Office, video: bytes) -> None:
    """Running intake again says what is held; a new source or new bytes under the old name are received."""
    office.give("a.mp4", video)
    office.give("b.txt", b"statement")
    office.take()
    entries = len(office.ledger.entries())

    again = office.take()

    assert [each.id for each in again.held] == ["EX-0001", "EX-0002"]
    assert again.received == ()
    assert len(office.ledger.entries()) == entries
    assert [each.duplicate_of for each in office.take(source="a newspaper").received] == ["EX-0001", "EX-0002"]
    office.give("b.txt", b"corrected statement")
    assert [(each.id, each.duplicate_of) for each in office.take().received] == [("EX-0005", None)]


def test_links_are_noted_and_never_followed(office: Office, tmp_path: Path) -> None:
    """A link to a file, a link to a folder, a pipe: not taken, said in the report and once in the log."""
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "keys.txt").write_text("private")
    (office.delivery / "file").symlink_to(secret / "keys.txt")
    (office.delivery / "folder").symlink_to(secret)
    os.mkfifo(office.delivery / "pipe")

    first, second = office.take(), office.take()

    assert first == second
    assert first.received == ()
    assert [(each.name, each.reason.split(";")[0]) for each in first.refused] == [
        ("file", "it is a link to another place"),
        ("folder", "it is a link to another place"),
        ("pipe", "it is not a regular file (a pipe, socket or device)"),
    ]
    subjects = [entry.subject for entry in office.ledger.entries(CASE.id) if entry.type == "received"]
    assert subjects == ["not taken: file", "not taken: folder", "not taken: pipe"]


def test_a_folder_that_holds_the_vault_is_refused(office: Office) -> None:
    """Pointing intake at the office's own folder is a mistake, not a delivery."""
    with pytest.raises(WrongUsage, match="vault"):
        office.take(office.root)
    with pytest.raises(WrongUsage, match="does not exist"):
        office.take(office.root / "nowhere")


def test_a_file_that_kills_its_reader_is_an_exhibit(
    tmp_path: Path, video: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the child that opens a recording dies on it, the file is unreadable and the next one is fine."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        textwrap.dedent(
            """
            import os, signal
            import plainview.media.probe as module
            real = module.probe
            def probe(path):
                if b"POISON" in path.read_bytes():
                    os.kill(os.getpid(), signal.SIGSEGV)
                return real(path)
            module.probe = probe
            """
        )
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    (tmp_path / "good").write_bytes(video)
    (tmp_path / "bad").write_bytes(video + b"POISON")

    with Examiner(SECRET, folder=tmp_path) as examiner:
        bad = examiner.examine(tmp_path / "bad", name="bad", sha256="ab" * 32)
        good = examiner.examine(tmp_path / "good", name="good", sha256="cd" * 32)

    assert (bad.kind, bad.problem) == (Kind.UNREADABLE, "the program that opens recordings stopped on it")
    assert good.kind is Kind.RECORDING


def test_the_reader_of_recordings_cannot_reach_the_office(
    office: Office, tmp_path: Path, video: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording that takes over its reader finds no ledger, no keys and no network."""
    enter = "box.enter(read=[], write=[], memory=8 << 30, cpu_seconds=60)"
    program = f"from plainview.media import box; report = {enter}; print(report.landlock > 0 and report.seccomp)"
    env = {**os.environ, "PYTHONPATH": str(Path(plainview.__file__).parents[1])}
    if subprocess.check_output([sys.executable, "-c", program], env=env, text=True).strip() != "True":
        pytest.skip("this machine's kernel has no Landlock or seccomp")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        textwrap.dedent(
            f"""
            import socket
            import plainview.media.probe as module
            from plainview.errors import UnreadableInput
            def attempt(action):
                try:
                    action()
                    return "reached"
                except OSError:
                    return "refused"
            def probe(path):
                tries = [
                    attempt(lambda: open({str(tmp_path / "ledger.sqlite")!r}, "rb")),
                    attempt(lambda: open(str(path) + ".new", "wb")),
                    attempt(lambda: socket.socket()),
                    attempt(lambda: open(path, "rb")),
                ]
                raise UnreadableInput("x", " ".join(tries))
            module.probe = probe
            """
        )
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    (office.vault.staging / "taken").write_bytes(video)

    with Examiner(SECRET, folder=office.vault.staging) as examiner:
        found = examiner.examine(office.vault.staging / "taken", name="x", sha256="ab" * 32)

    assert found.problem == "refused refused refused reached"


def test_each_source_is_opened_once_and_only_for_reading(office: Office, video: bytes) -> None:
    """An audit hook sees every open of the process: each delivered file once, read-only, links never followed."""
    for name in ("a.mp4", "b.pdf", "c.txt"):
        office.give(name, video if name == "a.mp4" else name.encode())
    before = {
        path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode) for path in office.delivery.iterdir()
    }
    opened: list[tuple[str, int]] = []
    watching = True

    def hook(event: str, args: tuple[object, ...]) -> None:
        if watching and event == "open" and str(args[0]).startswith(str(office.delivery) + "/"):
            opened.append((Path(str(args[0])).name, int(str(args[2]))))

    sys.addaudithook(hook)
    office.take()
    watching = False

    assert sorted(name for name, _ in opened) == ["a.mp4", "b.pdf", "c.txt"]
    assert all(flags & os.O_ACCMODE == os.O_RDONLY and flags & os.O_NOFOLLOW for _, flags in opened)
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode) for path in before}


def test_killed_anywhere_intake_is_completed_by_running_it_again(tmp_path: Path, video: bytes) -> None:
    """SIGKILL after growing delays: every exhibit is whole with its events or absent, and the end is the same log."""

    def deliver(name: str) -> Path:
        root = tmp_path / name
        (root / "delivery").mkdir(parents=True)
        for i in range(5):
            (root / "delivery" / f"{i:02d}.mp4").write_bytes(video + b"\0" * i)
            (root / "delivery" / f"{i:02d}.txt").write_text(f"paper {i // 2}")
        return root

    undisturbed = open_office(deliver("undisturbed"))
    undisturbed.take()
    office = open_office(deliver("disturbed"))
    for turn in range(5):
        known = len(office.ledger.exhibits(CASE.id))
        undisturbed.ledger.close()  # a connection must not be carried into a child
        office.ledger.close()
        child = os.fork()
        if child == 0:
            open_office(tmp_path / "disturbed").take()
            os._exit(0)
        wait_until(lambda known=known: len(office.ledger.exhibits(CASE.id)) > known)  # type: ignore[misc]
        time.sleep(0.007 * turn)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        office.vault.recover()
        assert_whole(office)
        if len(office.ledger.exhibits(CASE.id)) == 10:
            break
    assert turn > 0
    office.take()

    assert_whole(office)
    assert office.ledger.exhibits(CASE.id) == undisturbed.ledger.exhibits(CASE.id)
    assert office.ledger.leaves() == undisturbed.ledger.leaves()
    assert office.take().received == ()


def wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done() and time.monotonic() < end:
        time.sleep(0.005)


def assert_whole(office: Office) -> None:
    """Each exhibit has its bytes and both its events; each event its exhibit; the storage root validates."""
    exhibits = office.ledger.exhibits(CASE.id)
    for exhibit in exhibits:
        assert hashlib.sha256(office.vault.original(exhibit).read_bytes()).hexdigest() == exhibit.sha256
        assert office.events(exhibit.id)[:2] == [("received", "success"), ("digest-calculated", "success")]
    logged = {entry.subject for entry in office.ledger.entries(CASE.id) if entry.type == "received"}
    assert logged == {exhibit.id for exhibit in exhibits}
    assert ocfl_problems(office.vault.storage_root, digests=False) == []


def test_two_intakes_of_one_delivery_at_once_take_it_once(office: Office, video: bytes) -> None:
    """Two people who start the same intake at the same moment end with one exhibit per file."""
    for i in range(4):
        office.give(f"{i}.mp4", video + bytes(i))
        office.give(f"{i}.txt", b"paper %d" % i)
    with ThreadPoolExecutor(2) as pool:
        reports = [each.result() for each in [pool.submit(office.take), pool.submit(office.take)]]

    assert sorted(each.id for report in reports for each in report.received) == [f"EX-{i:04d}" for i in range(1, 9)]
    assert sum(len(report.held) for report in reports) == 8
    assert_whole(office)
    assert len(list(office.vault.objects())) == 8


def test_what_was_sealed_but_never_recorded_is_kept_aside(office: Office, tmp_path: Path) -> None:
    """An object left by an intake that died before its transaction does not stand in the way, nor is it lost."""
    (tmp_path / "other").write_bytes(b"other bytes")
    office.vault.seal(
        "urn:plainview:LOG-2026-0001:EX-0001",
        tmp_path / "other",
        logical_name="original/other",
        message="m",
        agent=CLERK,
        at=AT,
    )
    office.give("a.txt", b"the paper")

    exhibit = office.take().received[0]

    assert office.vault.original(exhibit).read_bytes() == b"the paper"
    assert [path.read_bytes() for path in (office.vault.root / "aside").glob("*/object/v1/content/original/other")] == [
        b"other bytes"
    ]


@pytest.mark.parametrize(
    ("head", "kind", "media_type"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", Kind.RECORDING, "audio/wav"),
        (b"RIFF\0\0\0\0AVI LIST", Kind.RECORDING, "video/x-msvideo"),
        (b"12345678WAVE is how this note begins", Kind.DOCUMENT, "text/plain"),
        (b"\0\0\0\x18ftypheic", Kind.PHOTOGRAPH, "image/heif"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", Kind.DOCUMENT, "text/xml"),
        (b"\xff\xfeh\0i\0", Kind.DOCUMENT, "text/plain"),
        (b"caf\xe9 in Latin-1", Kind.DOCUMENT, "text/plain"),
        (
            b"PK\x03\x04....word/document.xml",
            Kind.DOCUMENT,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_content_tells_what_a_file_is(head: bytes, kind: Kind, media_type: str) -> None:
    """The first bytes decide; a mark in the wrong place does not."""
    guess = sniff(head, head)

    assert (guess.kind, guess.media_type) == (kind, media_type)


def test_shown_and_stored_names() -> None:
    """What is shown keeps every character in some form; what is stored is plain and never empty."""
    assert visible_name("plain name (1).mp4") == "plain name (1).mp4"
    assert visible_name("a" * 500 + ".mp4").endswith("aaa.mp4")
    assert [
        safe_name(text) for text in ("", "...", "..", "/", "a/b/../c.mp4", "x" * 300 + ".mp4", "ü.MOV", ".DS_Store")
    ] == [
        "unnamed",
        "unnamed",
        "unnamed",
        "unnamed",
        "c.mp4",
        "x" * 70 + ".mp4",
        "u.MOV",
        "DS_Store",
    ]


def test_the_report_can_be_told_and_printed_as_json(office: Office) -> None:
    """One line per exhibit and a sum; the JSON names the same."""
    office.give("a.txt", b"1")
    office.give("b.txt", b"1")
    report = office.take()
    lines: list[str] = []

    class Lines:
        def print(self, text: str, /, *, markup: bool) -> None:
            assert not markup
            lines.append(text)

    report.tell(Lines())

    assert lines == ["EX-0001  document    a.txt", "EX-0002  document    b.txt  (same bytes as EX-0001)", "2 received"]
    assert [each["id"] for each in json.loads(json.dumps(report.plain()))["received"]] == ["EX-0001", "EX-0002"]
