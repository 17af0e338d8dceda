# SPDX-License-Identifier: Apache-2.0
"""Recordings without usable sound, placed by the clock in their picture alone: how exactly, and how honestly.

    python3 -m bench.overlays [--films 24] [--seed N]      writes results/overlays.json

A film is a moving, grainy street in H.264 with a burned-in clock: where it stands, its size, its ink and box, its
way of writing date and time are drawn by seed, and so is how wrong that clock is. Half are clocks that write their
zone or belong to a city (set by GPS or a network, wrong by a second or so), half belong to shops (wrong by minutes).
*Off its clock* is how far the placing is from what the picture says; the bar has to hold the truth.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bench import record
from plainview.media import clocks, sync
from plainview.model.timeline import Alignment, ClockReading

ZONE = timezone(timedelta(hours=-5))
EPOCH = datetime(2031, 5, 9, 21, 14, tzinfo=ZONE)
FACES = ("DejaVuSansMono-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
SIZES = ((640, 360), (854, 480), (1280, 720))
BAR = {"placed_within_s": 1.0, "bar_holds_percent": [88, 92]}


@dataclass(frozen=True)
class Style:
    """One way to write a clock: ``strftime``, the zone it writes in, words beside it, and whether a network sets it."""

    form: str
    zone: timezone
    beside: str
    disciplined: bool


STYLES = (
    Style("%Y-%m-%d T%H:%M:%SZ", UTC, "BODYCAM 4 X90C1177P", disciplined=True),
    Style("%Y-%m-%d %H:%M:%S -0500", ZONE, "UNIT 512 FRONT", disciplined=True),
    Style("%m/%d/%Y %I:%M:%S %p", ZONE, "CITY CAM 088 ELM & 4TH", disciplined=True),
    Style("%Y/%m/%d %H:%M:%S", ZONE, "CH03 REGISTER", disciplined=False),
    Style("%m-%d-%Y %H:%M:%S", ZONE, "CAMERA 2", disciplined=False),
    Style("%Y-%m-%d %H:%M:%S", ZONE, "", disciplined=False),
)


@dataclass(frozen=True)
class Film:
    """``begins``: seconds after the epoch of its first picture; ``wrong``: seconds its clock is fast."""

    style: Style
    begins: float
    wrong: float
    seconds: float
    rate: int
    size: tuple[int, int]


def film(draw: np.random.Generator, number: int) -> Film:
    style = STYLES[number % len(STYLES)]
    wrong = float(draw.normal(0, 0.8)) if style.disciplined else float(draw.uniform(-420, 420))
    return Film(
        style, float(draw.uniform(-300, 600)), wrong, float(draw.uniform(14, 30)),
        int(draw.choice((10, 15, 25))), SIZES[int(draw.integers(0, len(SIZES)))],
    )  # fmt: skip


def write(path: Path, one: Film, draw: np.random.Generator) -> None:
    """The film as a file; silent."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=one.rate, options={"crf": str(int(draw.integers(20, 34)))})
        stream.width, stream.height = one.size
        stream.pix_fmt = "yuv420p"
        for picture in pictures(one, draw):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def pictures(one: Film, draw: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """A street that moves past slowly, grain, and the clock."""
    wide, high = one.size
    light = int(draw.integers(20, 170))
    small = draw.normal(light, 25, (high // 24 + 1, wide // 12 + 2, 3)).clip(0, 255).astype(np.uint8)
    street = np.asarray(Image.fromarray(small).resize((2 * wide, high), Image.Resampling.BILINEAR))
    grain = draw.normal(0, 6, (4, high, wide, 1)).astype(np.int16)
    face = ImageFont.truetype(str(draw.choice(FACES)), max(int(high * draw.uniform(0.038, 0.06)), 15))
    left, top = bool(draw.random() < 0.5), bool(draw.random() < 0.7)
    boxed = light > 110 or draw.random() < 0.4
    for n in range(int(one.seconds * one.rate)):
        shift = int(n * 40 / one.rate) % wide
        moved = street[:, shift : shift + wide].astype(np.int16) + grain[n % 4]
        picture = Image.fromarray(moved.clip(0, 255).astype(np.uint8))
        shown = EPOCH + timedelta(seconds=one.begins + one.wrong + n / one.rate)
        words = [shown.astimezone(one.style.zone).strftime(one.style.form), one.style.beside]
        _burn(picture, [each for each in words if each], face, left=left, top=top, boxed=boxed)
        yield np.asarray(picture)


def _burn(
    picture: Image.Image, words: list[str], face: ImageFont.FreeTypeFont, *, left: bool, top: bool, boxed: bool
) -> None:
    pen, step = ImageDraw.Draw(picture), round(face.size * 1.3)
    for row, line in enumerate(words):
        width = round(pen.textlength(line, font=face))
        x = 12 if left else picture.width - width - 12
        y = 10 + row * step if top else picture.height - 10 - (len(words) - row) * step
        if boxed:
            pen.rectangle((x - 4, y - 2, x + width + 4, y + step), fill=(0, 0, 0))
        pen.text((x, y), line, font=face, fill=(245, 245, 245))


def main() -> None:
    """Draw films, read and place them together, and keep the figure."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--films", type=int, default=24)
    ask.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    chosen = ask.parse_args()
    draw = np.random.default_rng([77, chosen.seed])
    films = {f"film{n:02}": film(draw, n) for n in range(chosen.films)}
    readings: list[ClockReading] = []
    spent = 0.0
    with tempfile.TemporaryDirectory() as held:
        paths = {name: Path(held) / f"{name}.mp4" for name in films}
        for name, one in films.items():
            write(paths[name], one, draw)
            began = time.process_time()
            readings += clocks.overlay(paths[name], exhibit=name)
            spent += time.process_time() - began
            print(name, one.style.form, [each.text for each in readings if each.exhibit == name][:1], flush=True)
        timeline = sync.synchronise(paths, readings=readings, epoch=EPOCH)
    placed = {a.exhibit: a for a in timeline.alignments if a.how == "overlay clock"}
    figures = {"seed": chosen.seed, "films": chosen.films, **scored(films, placed), "bar": BAR}
    figures["reading_cpu_s_per_film"] = round(spent / chosen.films, 2)
    print(record.write("overlays", figures, parts=("av", "numpy", "rapidocr")).read_text())


def scored(films: dict[str, Film], placed: dict[str, Alignment]) -> dict[str, object]:
    """How many were placed, how far off what their clocks say, and how often the bar holds the truth."""
    off = {name: abs(a.offset / 1e6 - films[name].begins - films[name].wrong) for name, a in placed.items()}
    held = [abs(a.offset - films[name].begins * 1e6) <= a.uncertainty for name, a in placed.items()]
    away = sorted(off.values())
    return {
        "placed": len(placed),
        "off_its_clock_ms": {"median": round(1000 * away[len(away) // 2], 1), "worst": round(1000 * away[-1], 1)}
        if away
        else None,
        "within_1_s_of_its_clock": sum(each <= 1.0 for each in away),
        "bar_holds_percent": round(100 * sum(held) / len(held), 1) if held else None,
        "not_placed": sorted(set(films) - set(placed)),
        "false": sorted(name for name, each in off.items() if each > 1.0),
    }


if __name__ == "__main__":
    main()
