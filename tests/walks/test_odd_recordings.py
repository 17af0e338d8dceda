# SPDX-License-Identifier: Apache-2.0
"""A case of recordings in odd shapes, something hidden on each, taken the whole way to an audited draft."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from conftest import plainview
from media.moving import moving, restarted
from media.spoken import RATE, scene
from media.test_conceal import black_share
from media.test_recorders import AREA, FIELDS, UNEVEN, late, shown
from plainview.model.finding import Box

FILMS: dict[str, Callable[[Path], Path]] = {
    "fields": partial(moving, more=FIELDS, b_frames=0),
    "one-key-frame": partial(moving, group=100_000),
    "hevc-ten-bits": partial(moving, codec="libx265", pixels="yuv420p10le"),
    "long-sound": partial(moving, seconds=6.5),
    "late-sound": partial(moving, tone_from=1.0),
    "changing-rate": partial(moving, moments=UNEVEN, group=20),
    "changed-coder": restarted,
    "turned": partial(moving, rotation=90),
}
GROUND = {"decide": "redaction", "outcome": "hide", "subject": "person-1", "reason": "privacy", "law": "an invented law"}
SAID = ((1.0, "s01"), (4.5, "s02"))
SPOKEN = (0.5, 8.0)


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """(delivery, draft, its case.json): a box on each film, one second of one film whole, a voice disguised."""
    root = tmp_path_factory.mktemp("odd")
    office, delivery = root / "office", root / "delivery"
    delivery.mkdir()
    for name, made in FILMS.items():
        made(delivery / f"{name}.mp4")
    _call(delivery / "call.wav")
    plainview("init", office, "--name", "Test office")
    plainview("-C", office, "case", "new", "C-1", "--title", "T", "--at", "2026-03-14T21:40:00-05:00")
    plainview("-C", office, "intake", "C-1", delivery, "--from", "somebody")
    careful = plainview("-C", office, "review", "C-1", "--draft").stdout
    lines = [json.loads(line) for line in careful.splitlines()]
    exhibits = {line["title"]: line["exhibit"] for line in lines if line["decide"] == "title_exhibit"}
    for line in lines:
        if line["decide"] == "title_exhibit":
            line["slug"] = Path(line["title"]).stem
    box = [AREA.x, AREA.y, AREA.w, AREA.h]
    lines += [{**GROUND, "path": f"{name}.mp4", "box": box, "from_s": 1.2, "to_s": 1.6} for name in FILMS]
    lines.append({**GROUND, "path": "turned.mp4", "whole": True, "from_s": 3.2, "to_s": 3.6})
    lines.append({**GROUND, "path": "call.wav", "kind": "words", "from_s": SPOKEN[0], "to_s": SPOKEN[1], "cover": "voice"})
    (root / "decisions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    applied = plainview("-C", office, "review", "C-1", "--apply", root / "decisions.jsonl", "--as", "Ames")
    assert applied.returncode == 0, applied.stderr
    assert len(exhibits) == len(FILMS) + 1
    done = plainview("-C", office, "release", "C-1", "--draft", "--json")
    assert done.returncode == 0, done.stderr
    data = Path(json.loads(done.stdout)["path"]) / "data"
    return delivery, data, json.loads((data / "case.json").read_text())


def _call(path: Path) -> None:
    samples = scene(12, SAID)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray((samples[None] * 32767).astype(np.int16), format="s16", layout="mono")
        frame.rate, frame.pts = RATE, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_every_rendition_keeps_pictures_times_and_sound(drafted: tuple[Path, Path, dict[str, Any]], tmp_path: Path) -> None:
    """Eight shapes through intake, plan, rendering and audit: count, size, times, cover and sound are exact in each."""
    delivery, data, _ = drafted
    for name in FILMS:
        film, folder = delivery / f"{name}.mp4", data / "media" / name
        before = shown(film)
        for part in ("full.mp4", "v360.mp4"):
            out = tmp_path / "out" / name / part
            out.parent.mkdir(parents=True, exist_ok=True)
            after = shown(folder / part, rendition=True)
            assert [at for at, _ in after] == pytest.approx([at for at, _ in before], abs=1000), (name, part)
            assert after[0][1].shape == before[0][1].shape, (name, part)
            inside = [black_share(pixels, AREA) == 1.0 for at, pixels in after if 1_200_000 <= at < 1_600_000]
            outside = [black_share(pixels, AREA) == 1.0 for at, pixels in after if not 1_180_000 <= at <= 1_620_000]
            assert all(inside), (name, part)
            assert not any(outside[: len(outside) // 2]), (name, part)
        if (folder / "a.m4a").exists():
            assert abs(late(folder / "full.mp4", film)) < 0.0006, name
            assert abs(late(folder / "a.m4a", film)) < 0.0006, name


def test_whole_pictures_are_hidden_in_every_rendition_and_still(drafted: tuple[Path, Path, dict[str, Any]]) -> None:
    """From 3.2 s to 3.6 s the turned film is black in the film and its tile, before and after it is not."""
    _, data, _ = drafted
    for part in ("full.mp4", "v360.mp4"):
        for at, pixels in shown(data / "media" / "turned" / part, rendition=True):
            whole = black_share(pixels, Box(0, 0, pixels.shape[1], pixels.shape[0]), rim=0) == 1.0
            if not 3_180_000 <= at <= 3_620_000:
                assert not whole, (part, at)
            if 3_200_000 <= at < 3_600_000:
                assert whole, (part, at)


def test_the_page_and_the_audit_tell_covers_apart(drafted: tuple[Path, Path, dict[str, Any]]) -> None:
    """The page of what is not shown names each kind; the audit looked at the disguise and found nothing."""
    _, data, case = drafted
    told = {each["what"] for recording in case["recordings"] for each in recording["redactions"]}
    pages = "".join(path.read_text() for path in data.glob("*.html"))
    verdict = json.loads((data.parents[3] / "plans" / "C-1-v1-verdict.json").read_text())

    assert told == {"picture", "whole picture", "voice (disguised)"}
    assert "Voice (disguised): privacy" in pages
    assert "Whole picture: privacy" in pages
    assert dict(verdict["checked"])["disguised voices"] >= 1
