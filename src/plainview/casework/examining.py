# SPDX-License-Identifier: Apache-2.0
"""The first look at a sealed file: what it is, what it says of itself, and the commitment to its pictures.

What this module keeps true: a delivered file is decoded only in a child process that is shut in
(``media.box``): it reads the vault's staging folder and nothing else of the office, writes nowhere and has
no network. A file that crashes the child, or keeps it busy for ever, is an exhibit with one sentence why;
the next file gets a new child. The child speaks JSON lines: ``python -m plainview.casework.examining``.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import plainview
from plainview.casework.sniffing import HEAD, TAIL, Guess, sniff
from plainview.errors import MissingPart, UnreadableInput
from plainview.model import wire
from plainview.model.case import GopCommitment, Kind, Probe

PATIENCE_S = 120.0
"""Seconds a first look may take, besides the time to read the file."""

SLOWEST_READ = 4 << 20
"""Bytes per second: a child that reads more slowly than this is stuck."""


MEMORY = 8 << 30
"""Bytes of address space the child may map; it keeps one packet and one picture at a time."""

CPU_SECONDS = 6 * 3600
"""A bound on one child; a single file is bounded by the caller's patience."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a first look found; ``problem`` is one sentence, empty when there is none."""

    kind: Kind
    media_type: str
    problem: str = ""
    probe: Probe | None = None
    commitment: GopCommitment | None = None


class Examiner:
    """Looks at files one after the other; recordings are opened by a child that starts when first needed."""

    def __init__(self, secret: bytes, *, folder: Path, patience_s: float = PATIENCE_S) -> None:
        """``folder`` is the only one whose files can be examined."""
        self._secret = secret
        self._folder = folder
        self._patience_s = patience_s
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = False

    def __enter__(self) -> Examiner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop()

    def prepare(self) -> None:
        """Start the child, so that it loads its libraries while the caller still copies the file."""
        if self._child is None:
            self._start()

    def examine(self, path: Path, *, name: str, sha256: str) -> Examined:
        """What the file at ``path`` is; ``name`` is its delivered name, which only tells CSV from other text."""
        guess = sniff(*_ends(path))
        if guess.media_type == "text/plain" and name.lower().endswith(".csv"):
            guess = Guess(guess.kind, "text/csv", guess.problem)
        if guess.kind in (Kind.DOCUMENT, Kind.PHOTOGRAPH, Kind.UNREADABLE):
            return Examined(guess.kind, guess.media_type, guess.problem)
        question = {"path": str(path), "media_type": guess.media_type, "known": guess.kind, "sha256": sha256}
        # Asked twice: a child may also die of something that is not the file's doing.
        answer = self._ask(question) or self._ask(question)
        if answer is None:
            return Examined(Kind.UNREADABLE, guess.media_type, "the program that opens recordings stopped on it")
        return answer

    def _ask(self, question: dict[str, str | None]) -> Examined | None:
        """The child's answer, or None when it died or took too long (it is then gone)."""
        child = self._child or self._start()
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the child was started with pipes")
        if not self._ready and child.stdout.readline() != b"ready\n":
            self._stop()
            raise MissingPart("recordings cannot be opened here: PyAV or NumPy is not installed")
        self._ready = True
        try:
            child.stdin.write(json.dumps(question).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            self._stop()
            return None
        size = Path(str(question["path"])).stat().st_size
        with selectors.DefaultSelector() as ready:
            ready.register(child.stdout, selectors.EVENT_READ)
            in_time = ready.select(self._patience_s + size / SLOWEST_READ)
        line = child.stdout.readline() if in_time else b""
        if not line.endswith(b"\n"):
            self._stop()
            return None
        return wire.load(Examined, line)

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: the current folder, which may be the office, must not be among what the child may read.
        ours = str(Path(plainview.__file__).parents[1])
        path = os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH"))))
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "plainview.casework.examining"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        )
        if self._child.stdin is None:
            raise RuntimeError("the child was started with pipes")
        # The secret goes through the pipe: the command line and the environment can be read by others.
        start = {"secret": self._secret.hex(), "folder": str(self._folder)}
        self._child.stdin.write(json.dumps(start).encode() + b"\n")
        self._child.stdin.flush()
        return self._child

    def _stop(self) -> None:
        child, self._child, self._ready = self._child, None, False
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()


def serve() -> None:
    """The child: one question per line of standard input, one answer per line of standard output."""
    # All that decoding needs is loaded before the box closes: inside, nothing more can be.
    from plainview.media import box, gop, probe  # noqa: F401

    start = json.loads(sys.stdin.readline())
    secret = bytes.fromhex(start["secret"])
    box.enter(read=[Path(start["folder"])], write=[], memory=MEMORY, cpu_seconds=CPU_SECONDS)
    print("ready", flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        kind = None if question["known"] is None else Kind(question["known"])
        guess = Guess(kind, question["media_type"])
        answer = _recording(Path(question["path"]), guess, secret=secret, sha256=question["sha256"])
        print(json.dumps(wire.plain(answer)), flush=True)


def _recording(path: Path, guess: Guess, *, secret: bytes, sha256: str) -> Examined:
    from plainview.media import gop
    from plainview.media.probe import probe

    try:
        found = probe(path)
        commitment = gop.commit(path, secret=secret, sha256=sha256) if found.video else None
        if found.audio:
            commitment = gop.with_sound(commitment, path, secret=secret, sha256=sha256)
    except UnreadableInput as error:
        return Examined(Kind.UNREADABLE, guess.media_type, error.cause)
    problem = "; ".join(dict.fromkeys(damage.reason for damage in found.damage))
    return Examined(Kind.RECORDING, _media_type(found, guess), problem, found, commitment)


def _media_type(found: Probe, guess: Guess) -> str:
    if guess.kind is None:
        return f"{'video' if found.video else 'audio'}/x-{found.container}"
    if found.video is None:
        return guess.media_type.replace("video/", "audio/", 1)
    return guess.media_type


def _ends(path: Path) -> tuple[bytes, bytes]:
    """The first and last bytes of a file."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
        return head, file.read(TAIL)


if __name__ == "__main__":
    serve()
