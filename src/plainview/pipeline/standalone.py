# SPDX-License-Identifier: Apache-2.0
"""The tools that need no case, because newsrooms start there: sync, transcribe, shots, conceal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from plainview.errors import AnswerIsNo, WrongUsage
from plainview.model.transcript import Heard


def sync(files: Sequence[Path], *, to: str, out: Path) -> dict[str, Any]:
    """One clock for bare files, as the JSON of the command contract; writes a timeline when ``to`` is otio."""
    from plainview.media.sync import sync_files

    answer = sync_files(files)
    if to:
        _write_timeline(answer, to=to, out=out)
    return answer


def _write_timeline(answer: Mapping[str, Any], *, to: str, out: Path) -> None:
    from plainview.media.probe import probe
    from plainview.publish.exports import timeline_to_otio

    if to != "otio":
        raise WrongUsage(f"--to {to}: bare files go to otio only")
    placed = {
        name: (row["offset_s"], probe(Path(name)).duration / 1e6)
        for name, row in answer["files"].items()
        if row["synced"]
    }
    timeline_to_otio(placed, out)


def refuse_nothing_synced(answer: Mapping[str, Any]) -> None:
    """Exit 1 is the answer when no two files share anything."""
    if not any(row["synced"] for row in answer["files"].values()):
        raise AnswerIsNo("nothing synced: no two of these files share sound that can be told apart")


def tell_sync(answer: Mapping[str, Any], console: Console) -> None:
    """A line per file for people."""
    table = Table(box=None)
    for heading in ("file", "starts at", "±", "drift", "confidence"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    for name, row in sorted(answer["files"].items()):
        if not row["synced"]:
            table.add_row(escape(name), "not placed", "", "", "")
            continue
        drift = "not known"
        if row["drift_ppm"] is not None:
            drift = f"{row['drift_ppm']:+.1f} ± {row['drift_uncertainty_ppm']:.1f} ppm"
        bar = f"{row['uncertainty_s'] * 1000:.0f} ms"
        table.add_row(escape(name), f"{row['offset_s']:.3f} s", bar, drift, f"{row['confidence']:.2f}")
    console.print(table)


def transcribe(files: Sequence[Path], *, model: str) -> Iterator[tuple[str, Heard]]:
    """What is said in each file, one file after the other, as soon as it has been heard to its end."""
    from plainview.media.probe import probe
    from plainview.media.speech import transcribe as listen

    for path in files:
        sound = probe(path).audio
        telephone = sound is not None and sound.rate <= 8000
        yield str(path), listen(path, exhibit=path.name, model=model, telephone=telephone)


def words(answer: Iterable[tuple[str, Heard]]) -> dict[str, Any]:
    """The JSON of ``plainview transcribe``: words with start, end (seconds) and confidence."""
    return {
        "files": {
            name: {
                "language": heard.language,
                "words": [
                    {"start": w.start / 1e6, "end": w.end / 1e6, "word": w.text, "confidence": round(w.confidence, 3)}
                    for segment in heard.segments
                    for w in segment
                ],
            }
            for name, heard in answer
        }
    }


def tell_words(answer: Iterable[tuple[str, Heard]], console: Console) -> None:
    """Each stretch of speech with its time, file by file as they are heard."""
    for name, heard in answer:
        console.print(name, style="bold", markup=False)
        for segment in heard.segments:
            console.print(f"{segment[0].start / 1e6:9.2f}  {' '.join(w.text for w in segment)}", markup=False)
        if not heard.segments:
            console.print("  no speech found")


def write_vtt(answer: Iterable[tuple[str, Heard]]) -> Iterator[Path]:
    """A WebVTT file beside each recording's name, in the current folder, as each has been heard."""
    from plainview.publish.exports import words_to_vtt

    for name, heard in answer:
        target = Path(Path(name).name).with_suffix(".vtt")
        target.write_text(words_to_vtt(heard), encoding="utf-8")
        yield target


def shots(files: Sequence[Path]) -> dict[str, Any]:
    """Candidate shots in each file and a count over all as an interval."""
    from plainview.media.shots import shots_files

    return shots_files(files)


def tell_shots(answer: Mapping[str, Any], console: Console) -> None:
    """Times per file, then the interval."""
    for name, rows in sorted(answer["files"].items()):
        times = ", ".join(f"{row['t_s']:.2f} s ({row['confidence']:.2f})" for row in rows) or "none"
        console.print(f"{name}: {times}", markup=False)
    low, high = answer["count"]
    console.print(f"shots heard: {low}" if low == high else f"shots heard: {low} to {high}")


def conceal(
    source: Path,
    target: Path,
    *,
    faces: bool,
    plates: bool,
    boxes: Path | None,
    text: bool = False,
    persons: bool = False,
    detectors: Path | None = None,
    workers: int | None = None,
) -> dict[str, Any]:
    """Hide faces, text, persons or given boxes in one video; the report says what was hidden, when.

    ``workers`` processes share the work, as many as there are cores when None; their number changes no byte.
    """
    from plainview.media.conceal import conceal_file
    from plainview.media.detectors import settings

    if plates:
        raise WrongUsage("--plates: no detector for plates comes with plainview; draw them with --boxes FILE.json")
    if not (faces or text or persons) and boxes is None:
        raise WrongUsage("nothing to hide: say --faces, --persons, --text, or --boxes FILE.json")
    if detectors is not None and not detectors.is_file():
        raise WrongUsage(f"--detectors: there is no file {detectors}")
    chosen = settings(detectors) if detectors is not None else {}
    drawn = json.loads(boxes.read_text()) if boxes is not None else []
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return conceal_file(
        source, target, faces=faces, text=text, persons=persons, boxes=drawn, workers=workers, detectors=chosen
    )


def tell_concealed(report: Mapping[str, Any], console: Console) -> None:
    """What was hidden, in lines."""
    for row in report["hidden"]:
        console.print(f"{row['what']}: {row['start_s']:.2f} s to {row['end_s']:.2f} s", markup=False)
    for note in report.get("notes", []):
        console.print(note, markup=False)
