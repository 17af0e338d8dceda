# SPDX-License-Identifier: Apache-2.0
"""One sound delivered twice is told from two microphones that heard the same voice."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, resample_poly

from media.spoken import RATE, Sound, scene
from plainview.media import copies
from plainview.media.decode import pcm
from plainview.media.sync import synchronise
from plainview.model.time import IncidentTime
from plainview.model.timeline import Alignment

LINES = [(2.0, "s01"), (8.0, "s02"), (15.0, "s03"), (22.0, "s04")]


def place(name: str, offset: float) -> Alignment:
    """A recording whose start is known to 20 ms."""
    return Alignment(name, IncidentTime(round(offset * 1e6)), 0.0, 20_000, "sound", 0.9)


def whole(sound: Sound) -> NDArray[np.int16]:
    """As the one clock holds it: 8 kHz, 16 bits."""
    return np.asarray(np.clip(resample_poly(sound, 1, 2), -1, 1) * 32767, np.int16)


def room(sound: Sound, *, seed: int) -> Sound:
    """Through a small dry room of its own: what a microphone two metres from another hears."""
    rng = np.random.default_rng(seed)
    n = RATE // 5
    tail = rng.standard_normal(n) * np.exp(-35 * np.arange(n) / RATE) * 0.03
    tail[0] = 1.0
    return np.asarray(fftconvolve(sound, tail)[: len(sound)], np.float32)


def as_aac(sound: Sound, path: Path) -> Path:
    """Through AAC at 32 kbit/s."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=RATE)
        stream.layout, stream.bit_rate = "mono", 32_000
        frame = av.AudioFrame.from_ndarray(sound[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        fifo = av.AudioFifo()
        fifo.write(frame)
        while (piece := fifo.read(1024, partial=True)) is not None:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return path


def test_a_copy_in_another_codec_and_cut_at_another_place_is_known(tmp_path: Path) -> None:
    """Quieter, through AAC, begun three seconds later: still the same microphone's sound."""
    street = scene(32, LINES, noise=0.01)
    copy = whole(pcm(as_aac(street[3 * RATE :] * np.float32(0.4), tmp_path / "copy.m4a"), rate=RATE))

    found = copies.groups({"a": whole(street), "b": copy}, [place("a", 10.0), place("b", 13.0)])

    assert found == (("a", "b"),)


def test_two_microphones_side_by_side_are_no_copies() -> None:
    """The same loud voices in one dry place; each microphone has its own faint noise and its own walls."""
    voices = scene(32, LINES, noise=0.0)
    sounds = {
        name: whole(room(voices, seed=k) + scene(32, noise=0.002, seed=k)) for k, name in enumerate(("a", "b", "c"), 1)
    }

    assert copies.groups(sounds, [place(name, 0.0) for name in sounds]) == ()


def test_silence_says_nothing() -> None:
    """Two recordings of digital silence are not called copies."""
    still = np.zeros(32 * 8000, np.int16)

    assert copies.groups({"a": still, "b": still}, [place("a", 0.0), place("b", 0.0)]) == ()


def test_the_one_clock_names_the_copies(tmp_path: Path) -> None:
    """Three files: two of one microphone, one of another. The timeline lets the first stand for its copy."""
    voices = scene(32, LINES, noise=0.0)
    first = room(voices, seed=1) + scene(32, noise=0.005, seed=1)
    other = room(voices, seed=2) + scene(32, noise=0.005, seed=2)
    files = {"EX-1": first, "EX-2": other, "EX-3": first[RATE:] * np.float32(0.5)}
    for name, sound in files.items():
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())

    timeline = synchronise({name: tmp_path / f"{name}.wav" for name in files})

    assert timeline.copies == (("EX-1", "EX-3"),)
    assert [timeline.witness(name) for name in files] == ["EX-1", "EX-2", "EX-1"]
