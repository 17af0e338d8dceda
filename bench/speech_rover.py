# SPDX-License-Identifier: Apache-2.0
"""NIST rover (Debian package sctk) over the same words as our fusion, in its own best light.

Each stretch of speech is voted on by itself, cut where the truth says that it was said: ours is given
no such cuts. Words are made plain before the vote, as for the score.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.speech_score import plain
from bench.speech_sounds import Reel
from plainview.model.timeline import Timeline
from plainview.model.transcript import Heard

PROGRAM = "/usr/lib/sctk/bin/rover"


NOTHING = "zzz"
"""Stands where a recorder heard nothing in a stretch: rover stops at a stretch that a file lacks."""


def rover(
    heards: Mapping[str, Heard], timeline: Timeline, truth: Reel, *, method: str, alpha: float, null: float
) -> str:
    """What the vote gives, in order of time; the recorders in order of their mean word probability."""
    best_first = sorted(heards.values(), key=lambda heard: -_mean(heard))
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for i, heard in enumerate(best_first):
            names.append(Path(folder) / f"{i}.ctm")
            names[-1].write_text("".join(_lines(heard, timeline, truth)))
        out = Path(folder) / "out.ctm"
        inputs = [part for name in names for part in ("-h", str(name), "ctm")]
        options = ["-m", method, "-a", str(alpha), "-c", str(null)]
        subprocess.run([PROGRAM, *inputs, "-o", str(out), *options], check=True, stdout=subprocess.DEVNULL)
        voted = [line.split() for line in out.read_text().splitlines()]
    ordered = sorted(voted, key=lambda parts: (parts[0], float(parts[2])))
    return " ".join(parts[4] for parts in ordered if parts[4] not in {NOTHING, "@"})


def _mean(heard: Heard) -> float:
    sure = [word.confidence for segment in heard.segments for word in segment]
    return sum(sure) / len(sure) if sure else 0.0


def _lines(heard: Heard, timeline: Timeline, truth: Reel) -> list[str]:
    home = timeline.of(heard.exhibit)
    assert home is not None
    rows = []
    for word in (word for segment in heard.segments for word in segment):
        start, end = home.incident(word.start) / 1e6, home.incident(word.end) / 1e6
        place = _stretch((start + end) / 2, truth)
        tokens = plain(word.text)
        each = (end - start) / max(1, len(tokens))
        for k, token in enumerate(tokens):
            rows.append((place, start + k * each, each, token, word.confidence))
    empty = set(range(len(truth.said))) - {place for place, *_ in rows}
    rows += [(place, truth.said[place][0], 0.1, NOTHING, 0.0) for place in empty]
    return [f"s{place:04} 1 {at:.3f} {long:.3f} {token} {sure}\n" for place, at, long, token, sure in sorted(rows)]


def _stretch(at: float, truth: Reel) -> int:
    """Which thing said is nearest to a time."""
    return min(range(len(truth.said)), key=lambda i: max(truth.said[i][0] - at, at - truth.said[i][1]))
