# SPDX-License-Identifier: Apache-2.0
"""How well faces are hidden, judged from covered pixels and a known truth.

A *face-frame* is one face on one frame, at least half of it inside the picture. Its coverage is the
share of the visible part of its box that is covered. A track *leaks* when its coverage is below a half
on one frame or more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
"""(height, width): whether a pixel is covered."""

LEAK, WELL = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Truth:
    """One face on one frame: left, top, right, bottom in pixels, not yet cut at the picture's edge."""

    track: str
    box: tuple[float, float, float, float]


@dataclass(slots=True)
class Score:
    """What was counted over any number of clips."""

    coverage: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    area: float = 0.0
    """Sum over frames of the covered share of the picture."""
    frames: int = 0

    def add(self, mask: Mask, faces: Iterable[Truth], *, clip: str) -> None:
        """Count one frame."""
        self.frames += 1
        self.area += float(mask.mean())
        for face in faces:
            share = covered(mask, face.box)
            if share is not None:
                self.coverage[f"{clip}/{face.track}"].append(share)

    @property
    def leaked(self) -> list[str]:
        """Tracks less than half covered on one frame or more, sorted."""
        return sorted(track for track, shares in self.coverage.items() if min(shares) < LEAK)

    def figures(self) -> dict[str, object]:
        """The rows of a result."""
        shares = [share for each in self.coverage.values() for share in each]
        return {
            "tracks": len(self.coverage),
            "leaked_tracks": len(self.leaked),
            "leaked": self.leaked,
            "face_frames": len(shares),
            "leaked_face_frames": sum(share < LEAK for share in shares),
            "longest_leak": max((longest(each) for each in self.coverage.values()), default=0),
            "well_covered": round(sum(share >= WELL for share in shares) / max(1, len(shares)), 5),
            "hidden_area": round(self.area / max(1, self.frames), 5),
        }


def covered(mask: Mask, box: Sequence[float]) -> float | None:
    """Covered share of the visible part of ``box``; None when less than half of it is visible."""
    height, width = mask.shape
    left, top = max(0, round(box[0])), max(0, round(box[1]))
    right, bottom = min(width, round(box[2])), min(height, round(box[3]))
    whole = (box[2] - box[0]) * (box[3] - box[1])
    if left >= right or top >= bottom or (right - left) * (bottom - top) < whole / 2:
        return None
    return float(mask[top:bottom, left:right].mean())


def longest(shares: Sequence[float]) -> int:
    """Frames of the longest leak without a pause."""
    best = run = 0
    for share in shares:
        run = run + 1 if share < LEAK else 0
        best = max(best, run)
    return best
