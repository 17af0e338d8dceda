# SPDX-License-Identifier: Apache-2.0
"""What concealing makes of one recording and of one paper.

Apart from the code that makes it, so that whoever only reads what was made need not load the libraries that decode.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainview.model.release import GopProof, ReleasedPage, Rendition
from plainview.model.time import MediaSpan


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was made. Paths in ``renditions`` and ``proof`` are file names inside the folder given."""

    renditions: tuple[Rendition, ...]
    proof: GopProof | None
    frames: int
    notes: tuple[str, ...]
    silent: tuple[MediaSpan, ...] = ()
    """Stretches in which the original has no sound at all."""


@dataclass(frozen=True, slots=True)
class ConcealedPaper:
    """What became of one paper: its pages, its files, and (reason, law, places) of what is hidden."""

    pages: tuple[ReleasedPage, ...]
    renditions: tuple[Rendition, ...]
    hidden: tuple[tuple[str, str, int], ...]
    unseen: int = 0
    """Words in the source's text layer that could not be seen on the page, and were dropped."""
