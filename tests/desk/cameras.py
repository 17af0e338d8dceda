# SPDX-License-Identifier: Apache-2.0
"""Three cameras that see one face and hear one spoken name, and the paper that prints it: all of it invented."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from PIL import Image

import plainview.simulator
from media.moving import texture
from media.spoken import RATE, scene

FACE = Path(plainview.simulator.__path__[0]) / "faces" / "vane.png"
NAME = "Dana Whitlock"
SECONDS, FPS, SIZE = 16, 10, (480, 270)
LATER = (0.0, 1.0, 2.5)
"""Seconds of the street's time at which each camera begins."""


def deliver(folder: Path) -> list[Path]:
    """Three films and a text; the name is said three seconds after the first camera begins."""
    folder.mkdir(parents=True, exist_ok=True)
    street = scene(SECONDS + max(LATER), [(3.0, "r04")], noise=0.004, seed=5)
    clicks = np.random.default_rng(9)
    for at in np.sort(clicks.uniform(0.5, SECONDS, 14)):  # what else is heard in a street: doors, steps
        first = round(at * RATE)
        street[first : first + 160] += 0.5 * np.hanning(160) * clicks.standard_normal(160)
    films = [
        _film(folder / f"camera_{number}.mp4", np.clip(street, -1, 1).astype(np.float32), later, seed=number)
        for number, later in enumerate(LATER, 1)
    ]
    paper = folder / "note of the desk officer.txt"
    paper.write_text(f"The complainant is {NAME}. She saw the car from her window.\n")
    return [*films, paper]


def _film(path: Path, street: np.ndarray, later: float, *, seed: int) -> Path:
    grey = np.roll(texture(SIZE[0], SIZE[1]), 37 * seed, axis=1)
    ground = Image.fromarray(np.stack([grey, grey // 2 + 60, 200 - grey // 2], axis=2))
    with Image.open(FACE) as picture:
        height = 90 + 10 * seed
        face = picture.resize((round(picture.width * height / picture.height), height))
    own = np.random.default_rng(seed).standard_normal(len(street)) * 0.002
    heard = (street + own)[round(later * RATE) :][: SECONDS * RATE].astype(np.float32)
    with av.open(str(path), "w") as container:
        video = cast(VideoStream, container.add_stream("libx264", rate=FPS))
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.codec_context.thread_count = 1
        voice = cast(AudioStream, container.add_stream("aac", rate=RATE, layout="mono"))
        for n in range(SECONDS * FPS):
            picture = ground.copy()
            picture.paste(face, (60 * seed + n, 60), face)
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for k in range(0, len(heard) - 1023, 1024):
            block = av.AudioFrame.from_ndarray(heard[k : k + 1024].reshape(1, -1), format="fltp", layout="mono")
            block.rate, block.pts, block.time_base = RATE, k, Fraction(1, RATE)
            container.mux(voice.encode(block))
        container.mux(voice.encode(None))
    return path
