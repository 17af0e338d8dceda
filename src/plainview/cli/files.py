# SPDX-License-Identifier: Apache-2.0
"""Verbs on bare files, without a case, and the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from plainview.cli.common import Files, Json, app, emit, err, existing, out


@app.command
def sync(files: Files, *, as_json: Json = False, to: str = "", out_file: Path = Path("sync.otio")) -> None:
    """Put recordings on one clock by the sound they share; what shares nothing is left apart."""
    from plainview.pipeline import standalone

    answer = standalone.sync(existing(files), to=to, out=out_file)
    if as_json:
        emit(answer)
    else:
        standalone.tell_sync(answer, out)
    standalone.refuse_nothing_synced(answer)


@app.command
def transcribe(files: Files, *, as_json: Json = False, to: str = "", model: str = "base") -> None:
    """Write down what is said: words with start, end and confidence; silence and noise stay empty."""
    from plainview.pipeline import standalone

    answer = standalone.transcribe(existing(files), model=model)
    if to == "vtt":
        for path in standalone.write_vtt(answer):
            out.print(str(path))
    elif as_json:
        emit(standalone.words(answer))
    else:
        standalone.tell_words(answer, out)


@app.command
def shots(files: Files, *, as_json: Json = False) -> None:
    """Find what may be gunshots in each file, and count them over all as an interval."""
    from plainview.pipeline import standalone

    answer = standalone.shots(existing(files))
    if as_json:
        emit(answer)
    else:
        standalone.tell_shots(answer, out)


@app.command
def conceal(
    source: Path,
    target: Path,
    *,
    faces: Annotated[bool, Parameter(negative="")] = False,
    text: Annotated[bool, Parameter(negative="")] = False,
    persons: Annotated[bool, Parameter(negative="")] = False,
    plates: Annotated[bool, Parameter(negative="")] = False,
    boxes: Path | None = None,
    detectors: Path | None = None,
    workers: int | None = None,
    as_json: Json = False,
) -> None:
    """Hide faces, persons, text, or boxes from a file in one video with a fill that cannot be undone; tells what, when.

    --detectors FILE.json sets other weights, or what runs them.
    """
    from plainview.pipeline import standalone

    path = existing((source,))[0]
    report = standalone.conceal(
        path,
        target,
        faces=faces,
        plates=plates,
        boxes=boxes,
        text=text,
        persons=persons,
        detectors=detectors,
        workers=workers,
    )
    if as_json:
        emit(report)
    else:
        standalone.tell_concealed(report, out)


@app.command
def demo(
    target: Path = Path("demo"),
    *,
    seed: int = 1,
    size: Literal["full", "mini"] = "full",
    jobs: int | None = None,
) -> None:
    """Simulate an invented incident and take it the whole way to a published site."""
    from plainview.pipeline.demo import run_demo

    address = run_demo(target, seed=seed, size=size, jobs=jobs, console=err)
    out.print(address, markup=False)
