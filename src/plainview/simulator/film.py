# SPDX-License-Identifier: Apache-2.0
"""Writes one recording: draws its frames, burns in its clock, encodes, and reports the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.codec.context import Flags
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from plainview.simulator.recorders import Picture, Recorder
from plainview.simulator.scene import Camera, Seen
from plainview.simulator.screenplay import EPOCH, LOCAL_OFFSET_HOURS
from plainview.simulator.sound import Heard, hear

Bytes = NDArray[np.uint8]


@dataclass(slots=True)
class Made:
    """What is known about a finished recording."""

    recorder: Recorder
    heard: Heard | None
    frame_times: list[float] = field(default_factory=list)
    faces: dict[str, list[tuple[int, float, float, float, float]]] = field(default_factory=dict)
    heads: dict[str, list[tuple[int, float, float, float, float]]] = field(default_factory=dict)
    plates: dict[str, list[tuple[int, float, float, float, float]]] = field(default_factory=dict)
    firearm: list[tuple[int, float, float, float, float]] = field(default_factory=list)


def utc(at: float, microseconds: bool = True) -> str:
    """A common-clock time as an ISO instant."""
    moment = EPOCH + timedelta(seconds=at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if microseconds else "%Y-%m-%dT%H:%M:%SZ")


def overlay_lines(r: Recorder, at: float) -> tuple[str, ...]:
    """The text burned into a frame taken at a common time, on the device's own (wrong) clock."""
    assert r.picture is not None
    p = r.picture
    if not p.overlay or p.clock_error is None:
        return ()
    shown = EPOCH + timedelta(seconds=int(at + p.clock_error + 1_000_000) - 1_000_000)
    local = shown + timedelta(hours=LOCAL_OFFSET_HOURS)
    if r.kind == "body":
        return (shown.strftime("%Y-%m-%d T%H:%M:%SZ"), *p.overlay)
    if r.kind == "dash":
        return (local.strftime("%m/%d/%Y %H:%M:%S"), *p.overlay)
    if r.kind == "shop":
        return (*p.overlay, local.strftime("%Y/%m/%d %H:%M:%S"))
    return (*p.overlay, local.strftime("%Y-%m-%d %H:%M:%S"))


@lru_cache(maxsize=8)
def _text(lines: tuple[str, ...], size: int) -> tuple[Bytes, Bytes]:
    """Letters and their dark edge as masks."""
    font = ImageFont.load_default(size)
    width = max(int(font.getlength(line)) for line in lines) + 8
    image = Image.new("L", (width, (size + 5) * len(lines) + 8), 0)
    edge = image.copy()
    for k, line in enumerate(lines):
        at = (4, 3 + k * (size + 5))
        ImageDraw.Draw(image).text(at, line, fill=255, font=font)
        ImageDraw.Draw(edge).text(at, line, fill=255, font=font, stroke_width=2)
    return np.asarray(image), np.asarray(edge)


def _burn(luma: Bytes, lines: tuple[str, ...], corner: str) -> None:
    if not lines:
        return
    height, width = luma.shape
    size = 18 if height < 600 else 26
    letters, edge = _text(lines, size if width > 400 else 14)
    h, w = min(letters.shape[0], height), min(letters.shape[1], width)
    top = 8 if corner[0] == "t" else height - h - 8
    left = width - w - 8 if corner[1] == "r" else 8
    area = luma[top : top + h, left : left + w].astype(np.int32)
    area = area + (18 - area) * edge[:h, :w] // 330
    area = area + (232 - area) * letters[:h, :w] // 255
    luma[top : top + h, left : left + w] = area.astype(np.uint8)


class _Lens:
    """What the sensor does to a drawn picture: shading to the corners, grain, a little memory."""

    def __init__(self, r: Recorder, p: Picture, seed: int) -> None:
        rng = np.random.default_rng([seed, 6, *map(ord, r.id)])
        yy, xx = np.mgrid[0 : p.height, 0 : p.width].astype(np.float32)
        d2 = ((xx / p.width - 0.5) * 2) ** 2 + ((yy / p.height - 0.5) * 2) ** 2
        centre = {"body": 1.42, "doorbell": 1.35, "phone": 1.25}.get(r.kind, 1.12)
        edge = {"body": 0.60, "doorbell": 0.72}.get(r.kind, 0.78)
        gain = edge + (centre - edge) * np.exp(-d2 * 1.1)
        self.gain = (gain * 57).astype(np.uint16)  # of 64: a picture for the screen spans 16 to 235
        coarse = gaussian_filter(rng.standard_normal((p.height + 64, p.width + 64)), 0.9)
        grain = coarse / coarse.std() * p.grain
        self.grain = np.round(grain).astype(np.int16)
        self.rng, self.before = rng, None
        self.keep = 5 if p.half else 3
        self._last: NDArray[np.int16] | None = None

    def expose(self, luma: Bytes) -> Bytes:
        height, width = luma.shape
        dy, dx = self.rng.integers(0, 64, 2)
        bright = ((luma.astype(np.uint16) * self.gain) >> 6).astype(np.int16) + 12
        if self._last is not None:
            bright += ((self._last - bright) * self.keep) >> 4
        self._last = bright
        grainy = bright + self.grain[dy : dy + height, dx : dx + width]
        return np.asarray(np.clip(grainy, 0, 255), dtype=np.uint8)


def _audio_frames(samples: NDArray[np.float32], stream: Any) -> Any:
    """Encoder-ready frames of a mono track."""
    wanted = stream.codec_context.format.name
    size = stream.codec_context.frame_size or 1024
    for start in range(0, len(samples), size):
        piece = samples[start : start + size]
        if wanted.startswith("flt"):
            frame = av.AudioFrame.from_ndarray(piece[None, :], wanted, "mono")
        else:
            whole = np.round(piece * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(whole[None, :], "s16p" if wanted.endswith("p") else "s16", "mono")
        frame.sample_rate = stream.codec_context.sample_rate
        frame.pts = start
        frame.time_base = Fraction(1, frame.sample_rate)
        yield frame


def _add_sound(container: Any, r: Recorder) -> Any:
    assert r.sound is not None
    stream = container.add_stream(r.sound.codec, rate=r.sound.rate, layout="mono")
    if not r.sound.codec.startswith("pcm"):
        stream.codec_context.bit_rate = r.sound.bit_rate
    stream.codec_context.flags |= Flags.bitexact
    stream.time_base = Fraction(1, r.sound.rate)
    return stream


def _add_picture(container: Any, r: Recorder) -> Any:
    p = r.picture
    assert p is not None
    stream = container.add_stream(p.codec, rate=p.fps, options=dict(p.options))
    stream.width, stream.height, stream.pix_fmt = p.width, p.height, "yuv420p"
    stream.codec_context.flags |= Flags.bitexact
    clock = 90_000 if r.kind == "phone" else p.fps
    stream.codec_context.time_base = Fraction(1, clock)
    return stream


def media_times(r: Recorder, seed: int) -> list[float]:
    """When each frame is taken, on the file's own clock; a phone drops and delays frames."""
    assert r.picture is not None
    fps = r.picture.fps
    count = int(r.duration * fps)
    if r.kind != "phone":
        return [k / fps for k in range(count)]
    rng = np.random.default_rng([seed, 7])
    times = []
    for k in range(count):
        if k and rng.random() < 0.012:
            continue
        times.append(round((k / fps + (float(rng.uniform(0, 0.004)) if k else 0.0)) * 90_000) / 90_000)
    return times


def make(r: Recorder, path: Path, seed: int) -> Made:
    """Writes the recording to a path and returns its truth."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Made(r, hear(r, seed) if r.sound is not None else None)
    options = {"fflags": "+bitexact"}
    if r.kind in {"phone", "shop"}:
        options["movflags"] = "+faststart"
    with av.open(str(path), "w", format=r.container, options=options) as container:
        if r.created is not None:
            container.metadata["creation_time"] = utc(r.created)
        if r.serial:
            container.metadata["comment"] = f"serial {r.serial}"
        if r.kind == "phone":
            container.metadata["location"] = "+00.0000+000.0000/"
        video = _add_picture(container, r) if r.picture is not None else None
        audio = _add_sound(container, r) if made.heard is not None else None
        pending = iter(_audio_frames(made.heard.samples, audio)) if made.heard is not None else iter(())

        def sound_until(at: float) -> None:
            for piece in pending:
                container.mux(audio.encode(piece))  # type: ignore[union-attr]  # pending is empty without sound
                if piece.pts / piece.sample_rate > at:
                    break

        if video is not None:
            for at, frame in _frames(r, seed, made):
                sound_until(at)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        sound_until(math.inf)
        if audio is not None:
            container.mux(audio.encode(None))
    return made


def _frames(r: Recorder, seed: int, made: Made) -> Any:
    """Each frame with its media time; fills in the truth on the way."""
    p = r.picture
    assert p is not None
    camera, lens = Camera(r, seed), _Lens(r, p, seed)
    clock = 90_000 if r.kind == "phone" else p.fps
    for number, media in enumerate(media_times(r, seed)):
        at = r.offset + media * (1 + r.drift_ppm * 1e-6)
        canvas, seen = camera.frame(at)
        _note(made, number, media, seen)
        luma, *chroma = canvas.convert("YCbCr").split()
        light = lens.expose(np.asarray(luma))
        _burn(light, overlay_lines(r, at), p.corner)
        colour = [np.asarray(c.reduce(2)).reshape(-1, p.width) for c in chroma]
        frame = av.VideoFrame.from_ndarray(np.concatenate([light, *colour]), "yuv420p")
        frame.pts = round(media * clock)
        frame.time_base = Fraction(1, clock)
        yield media, frame


def _note(made: Made, number: int, media: float, seen: Seen) -> None:
    made.frame_times.append(round(media, 6))
    for store, boxes in ((made.faces, seen.faces), (made.heads, seen.heads), (made.plates, seen.plates)):
        for name, box in boxes.items():
            store.setdefault(name, []).append((number, *(round(v, 1) for v in box)))  # type: ignore[arg-type]
    if seen.firearm is not None:
        made.firearm.append((number, *(round(v, 1) for v in seen.firearm)))  # type: ignore[arg-type]
