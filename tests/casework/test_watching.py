# SPDX-License-Identifier: Apache-2.0
"""A watched folder: nothing is taken before it is whole, nothing twice, and a killed watcher loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from conftest import ROOT, plainview
from plainview.casework.watching import Settling
from plainview.casework.workspace import create, open_case, open_office
from plainview.model.case import Agent

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
AMES = Agent("R. Ames", "staff")


def test_a_file_is_whole_when_neither_its_size_nor_its_bytes_change(tmp_path: Path) -> None:
    """One grows, one has its last size and time from the start and gets its bytes later, one is still being named."""
    grows, hollow, copied = tmp_path / "grows.wav", tmp_path / "hollow.mp4", tmp_path / "film.mp4.part"
    still = tmp_path / "sub" / "still.txt"
    still.parent.mkdir()
    for path in (grows, hollow, copied, still):
        path.write_bytes(bytes(8))
    before = hollow.stat()
    settling = Settling(tmp_path, settle=10)
    looks = {at: settling.look(at=at) for at in (0, 9)}
    grows.write_bytes(bytes(16))
    looks[11] = settling.look(at=11)
    hollow.write_bytes(b"contents")
    os.utime(hollow, ns=(before.st_atime_ns, before.st_mtime_ns))
    copied.rename(tmp_path / "film.mp4")
    looks[22] = settling.look(at=22)
    settling.took(looks[22])
    later = {at: settling.look(at=at) for at in (33, 34, 45)}

    assert [looks[at] for at in (0, 9, 11)] == [[], [], []]
    assert looks[22] == [still]
    assert later[33] == [grows, hollow]  # the hollow one's bytes were others at 22 than at 11, and the same at 33
    assert tmp_path / "film.mp4" not in later[34]
    assert tmp_path / "film.mp4" in later[45]
    assert still not in later[45]


def test_what_was_taken_and_then_changes_is_taken_again(tmp_path: Path) -> None:
    """Another file under the same name is another delivery, not a mistake to be passed over."""
    note = tmp_path / "note.txt"
    note.write_text("first")
    settling = Settling(tmp_path, settle=1)
    for at in (0, 1):
        settling.look(at=at)
    first = settling.look(at=2)
    settling.took(first)
    quiet = settling.look(at=3)
    note.write_text("second words")
    again = [settling.look(at=at) for at in (4, 5, 6)]

    assert first == [note]
    assert quiet == []
    assert again == [[], [], [note]]


def test_a_watcher_that_is_killed_takes_nothing_twice_and_nothing_is_left_out(tmp_path: Path) -> None:
    """Forty files are dropped; the watcher is killed when the first are in, and started again."""
    office = create(tmp_path / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"watch")
    open_case(office, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    drop = tmp_path / "drop"
    (drop / "deep").mkdir(parents=True)
    for number in range(40):
        (drop / ("deep" if number % 2 else ".") / f"{number:02}.txt").write_text(f"note {number}")
    (drop / "link.txt").symlink_to("/etc/hostname")
    arguments = ("watch", "C-1", str(drop), "--from", "the police", "--settle", "0.2", "--once")
    first = subprocess.Popen(
        [sys.executable, "-m", "plainview", "-C", str(office.root), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stderr=subprocess.DEVNULL,
    )
    while first.poll() is None and not office.ledger.exhibits("C-1"):
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    killed_at = len(office.ledger.exhibits("C-1"))
    done = [plainview("-C", office.root, *arguments).returncode for _ in range(2)]

    held = open_office(office.root).ledger
    assert 0 < killed_at < 40
    assert done == [0, 0]
    assert sorted(each.extra["path"] for each in held.exhibits("C-1")) == sorted(
        f"deep/{n:02}.txt" if n % 2 else f"{n:02}.txt" for n in range(40)
    )
    assert [each.duplicate_of for each in held.exhibits("C-1")] == [None] * 40
    refused = [entry for entry in held.entries("C-1") if "not taken: link.txt" in entry.subject]
    assert len(refused) == 1
    held.leaves()  # raises when the custody log is broken
