# SPDX-License-Identifier: Apache-2.0
"""One hour of eight recordings through everything that listens: one clock, words, shots, beeps, edits.

``python3 -m bench.hour [SEED] [MINUTES]`` (60 unless said): people talk two thirds of the time, every sentence said
anew; eight recorders hear them through their own rooms, noises and lines, each from an instant of its own. The case is
made and taken in first; then ``plainview analyse`` alone is timed, on as many cores as there are. Memory is that of
all its processes together, asked for twice a second (what they share counts once).
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
from scipy.signal import resample_poly

from bench import record
from bench.held import held_mib
from bench.speech_scenes import Ear
from bench.speech_sounds import RATE, Clip, Draw, Sound, flite, lines
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.model.case import Agent

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
CASE, CLERK = "C-1", Agent("R. Ames", "staff")
EARS = (
    Ear("hiss", 30),
    Ear("street", 12, room=0.3, direct=1.0),
    Ear("engine", 10, room=0.4, direct=0.8),
    Ear("street", 8, room=0.5, direct=0.7),
    Ear("wind", 6),
    Ear("siren", 4, room=0.4, direct=0.8),
    Ear("street", 10, line=True),
    Ear("dogs", 8, room=0.6, direct=0.6),
)
PIECE_S = 60


def main() -> None:
    """Make the recordings, examine them, keep the figure."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else secrets.randbits(31)
    minutes = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    with tempfile.TemporaryDirectory(prefix="pv-hour-") as folder:
        delivery = Path(folder) / "delivery"
        delivery.mkdir()
        offsets = _record(delivery, seed=seed, minutes=minutes)
        office = _taken_in(Path(folder) / "office", delivery)
        print("taken in", flush=True)
        figures = {"seed": seed, "minutes": minutes, "recordings": len(EARS), **_examined(office)}
        figures["wall_of_real_time"] = round(figures["wall_s"] / (60 * minutes), 3)
        figures["placed"] = _placed(office, offsets)
    record.write("hour", figures, parts=("av", "numpy", "onnxruntime", "faster-whisper", "ctranslate2"))
    print(json.dumps(figures, indent=1))


def _record(folder: Path, *, seed: int, minutes: int) -> dict[str, float]:
    """One file for each ear; the second of the talk at which each begins."""
    draw = np.random.default_rng(seed)
    talk = _talk(flite(lines()), draw, seconds=60 * minutes + PIECE_S)
    offsets = {}
    for number, ear in enumerate(EARS, 1):
        first = round(float(draw.uniform(0, PIECE_S)), 3)
        offsets[f"{number}.m4a"] = first
        start = round(first * RATE)
        _write(folder / f"{number}.m4a", _heard(talk[start : start + 60 * minutes * RATE], ear, draw))
    return offsets


def _talk(clips: list[Clip], draw: Draw, *, seconds: int) -> Sound:
    """Sentences in a drawn order, each at a pitch and pace of its own, so that no sound comes twice."""
    parts: list[Sound] = []
    held = 0
    while held < seconds * RATE:
        clip = clips[int(draw.integers(len(clips)))]
        said = np.asarray(resample_poly(clip.samples, int(draw.integers(90, 112)), 100), np.float32)
        still = np.zeros(round(draw.uniform(0.4, 2.4) * RATE), np.float32)
        parts += [said * np.float32(10 ** draw.uniform(-0.3, 0.1)), still]
        held += len(said) + len(still)
    return np.concatenate(parts)[: seconds * RATE]


def _heard(talk: Sound, ear: Ear, draw: Draw) -> Iterator[Sound]:
    for start in range(0, len(talk), PIECE_S * RATE):
        yield ear.hears(talk[start : start + PIECE_S * RATE], draw)


def _write(path: Path, pieces: Iterator[Sound]) -> None:
    with av.open(path, "w") as out:
        stream = out.add_stream("aac", rate=RATE, layout="mono", options={"b": "48k"})
        for piece in pieces:
            samples = np.clip(piece * 32767, -32768, 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
            frame.sample_rate = RATE
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _taken_in(folder: Path, delivery: Path) -> Workspace:
    office = create(folder, name="Office", contact="", at=AT, acting=CLERK, seed=b"hour")
    case = open_case(office, case_id=CASE, title="T", at=AT, rules="own", now=AT, acting=CLERK)
    receive(
        [delivery], case=case, received_from="x", ledger=office.ledger, vault=office.vault, at=AT, acting=CLERK,
        secret=b"s",
    )  # fmt: skip
    return office


def _examined(office: Workspace) -> dict[str, Any]:
    """Wall seconds and the most memory of ``analyse``."""
    began = time.monotonic()
    command = [sys.executable, "-m", "plainview", "-C", str(office.root), "analyse", CASE]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = 0.0
    while child.poll() is None:
        peak = max(peak, held_mib(child.pid))
        time.sleep(0.5)
    assert child.returncode == 0, child.returncode
    return {"wall_s": round(time.monotonic() - began, 1), "peak_mib": round(peak)}


def _placed(office: Workspace, offsets: dict[str, float]) -> dict[str, Any]:
    """How many recordings are placed, and the most by which two of them are off each other (ms)."""
    command = [sys.executable, "-m", "plainview", "-C", str(office.root), "show", CASE, "timeline", "--json"]
    shown = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    late = [a["offset"] / 1e6 - offsets[f"{int(a['exhibit'][-4:])}.m4a"] for a in shown["alignments"]]
    return {"count": len(late), "spread_ms": round(1000 * (max(late) - min(late)), 1) if late else None}


if __name__ == "__main__":
    main()
