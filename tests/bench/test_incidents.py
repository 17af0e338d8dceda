# SPDX-License-Identifier: Apache-2.0
"""The generator of incidents for figures: its truth is the truth of the files it writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import incidents
from plainview.media.decode import pcm_blocks


def recorder(kind: str, *, offset: float = 0.0, latency: float = 0.0, drift: float = 0.0) -> incidents.Recorder:
    return incidents.Recorder(kind, offset, 20.0, drift, np.zeros((40, 2)), noise=1e-4, latency=latency, late=0.0)


@pytest.mark.parametrize("kind", ["body", "phone", "dash", "shop", "call"])
@pytest.mark.parametrize("choice", [0, 1])
def test_a_shot_lies_in_the_decoded_file_where_the_truth_says(kind: str, choice: int, tmp_path: Path) -> None:
    """34.3 m away, 0.1 s late, 500 ppm fast: in every codec within 3 ms of offset, drift and travel."""
    one = recorder(kind, offset=2.0, drift=500e-6)
    shot = incidents._shot(np.random.default_rng(3))
    event = incidents.Event("shot", 15.0, shot, (34.3, 0.0), 25.0)
    draw = np.random.default_rng(1)
    sound = incidents._noise(one, draw)
    heard: dict[int, tuple[float, float]] = {}
    incidents._hear(sound, one, event, 0, rooms=[incidents._room(one, draw)], heard=heard)

    class Choice:
        def integers(self, low: int, high: int) -> int:
            return choice

    name = incidents._encode(tmp_path, 0, one, np.clip(sound, -1, 1), Choice())  # type: ignore[arg-type]
    decoded = np.concatenate(list(pcm_blocks(tmp_path / name, rate=8000, seconds=60)))

    at = float(np.argmax(np.abs(decoded) > 0.6)) / 8000
    assert abs(at - (15.1 - 2.0) / (1 + 500e-6)) < 0.003
    assert abs(heard[0][1] - 0.1) < 1e-9


def test_sound_after_lost_frames_comes_earlier() -> None:
    """Three seconds lost at ten: what would be at 14 s is at 11 s, and what was lost is nowhere."""
    one = recorder("body")
    one.jump = (10.0, 3.0)

    assert (one.tau(9.0), one.tau(12.0), one.tau(14.0)) == (9.0, -1.0, 11.0)


def test_the_same_seed_writes_the_same_incident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Truth and sound are a function of difficulty, count and seed (barks speak where no synthesiser is installed)."""
    monkeypatch.setattr(incidents, "_speech", incidents._bark)
    one = incidents.make("easy", 2, 5, tmp_path / "one")
    two = incidents.make("easy", 2, 5, tmp_path / "two")

    assert one == two
    for name in one["recorders"]:
        first, second = (next(pcm_blocks(tmp_path / run / name, rate=8000, seconds=600)) for run in ("one", "two"))
        assert np.array_equal(first, second)
