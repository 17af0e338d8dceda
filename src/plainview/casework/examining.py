# SPDX-License-Identifier: Apache-2.0
"""The first look at a sealed file: what it is, what it says of itself, and the commitment to its pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from plainview.casework.sniffing import HEAD, TAIL, Guess, sniff
from plainview.errors import UnreadableInput
from plainview.model.case import GopCommitment, Kind, Probe


@dataclass(frozen=True, slots=True)
class Examined:
    """What a first look found; ``problem`` is one sentence, empty when there is none."""

    kind: Kind
    media_type: str
    problem: str = ""
    probe: Probe | None = None
    commitment: GopCommitment | None = None


class Examiner:
    """Looks at files one after the other."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __enter__(self) -> Examiner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def examine(self, path: Path, *, name: str, sha256: str) -> Examined:
        """What the file at ``path`` is; ``name`` is its delivered name, which only tells CSV from other text."""
        guess = sniff(*_ends(path))
        if guess.media_type == "text/plain" and name.lower().endswith(".csv"):
            guess = Guess(guess.kind, "text/csv", guess.problem)
        if guess.kind in (Kind.DOCUMENT, Kind.PHOTOGRAPH, Kind.UNREADABLE):
            return Examined(guess.kind, guess.media_type, guess.problem)
        return _recording(path, guess, secret=self._secret, sha256=sha256)


def _recording(path: Path, guess: Guess, *, secret: bytes, sha256: str) -> Examined:
    from plainview.media import gop
    from plainview.media.probe import probe

    try:
        found = probe(path)
        commitment = gop.commit(path, secret=secret, sha256=sha256) if found.video else None
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
