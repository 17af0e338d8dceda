# SPDX-License-Identifier: Apache-2.0
"""Which lines of a transcript are one voice: clusters within the case, letters and never names.

What this module keeps true:

1. A voice is a letter that means something in this case only. The numbers it is made of do not leave
   the function that compares them: they are not kept, and no other case's or person's are ever beside them.
2. Two lines are compared on the recorders that heard both: a voice on a telephone and the same voice in
   the street are far apart. Lines that no recorder shares are tied by others or not at all.
3. It rather makes two voices of one than one of two: a person joins them by giving both one name.
4. A line that is too short, or like no other, has no letter: unknown, which is not "nobody".

The network is the GE2E speaker encoder of Resemblyzer (Apache-2.0), run here in numpy.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plainview.errors import MissingPart
from plainview.media import weights
from plainview.media.speech import Reader
from plainview.model.finding import Basis
from plainview.model.time import SECOND, IncidentSpan
from plainview.model.timeline import Timeline
from plainview.model.transcript import Utterance, Voices

Floats = NDArray[np.float32]

RATE = 16_000
VERSION = "1"
_BANDS, _HIDDEN, _LAYERS = 40, 256, 3
_WINDOW, _HOP = 400, 160
_FRAMES = 160
"""10 ms frames that the network listens to at a time: 1.6 s."""
_STEP = 80
"""Frames from one such stretch to the next."""
_LOUDNESS = 10 ** (-30 / 20)
"""RMS that quiet speech is lifted to, as in the network's training."""

ALIKE = 0.45
"""Mean likeness of their lines from which two groups are one voice. Chosen on eight voices through four
recorders: near, telephone and street groups were then of one voice each, and about twice as many as voices."""

OF_ALL = 0.8
"""Share of what all lines of a recorder have in common that is taken away before they are compared: its own sound."""

FEWEST = 6
"""Lines of a recorder below which nothing can be told of what they have in common."""

SHORTEST = 0.8
"""Seconds of a line below which it tells no voice."""


def voices(
    readers: Mapping[str, Reader], lines: Sequence[Utterance], timeline: Timeline, *, fused: str
) -> Voices:
    """A letter for each line whose voice says another line too; ``fused`` is the digest of the transcript.

    ``readers``: the recordings' sound by exhibit, each asked for later and later samples only.
    """
    ordered = sorted(lines, key=lambda line: (line.start, line.id))
    heard = {exhibit: _vectors(read, exhibit, ordered, timeline) for exhibit, read in sorted(readers.items())}
    letters = _lettered(_groups(_likeness(list(heard.values()))))
    basis = Basis(
        method="GE2E speaker encoder, average linkage",
        version=VERSION,
        weights=(weights.sha256_of(weights.voice_encoder()),),
        threshold=ALIKE,
        detail=f"{len(ordered)} lines on {len(heard)} recordings, compared with each other only",
    )
    named = {ordered[place].id: letter for place, letter in letters.items()}
    return Voices(named, fused, basis)


def _vectors(read: Reader, exhibit: str, lines: Sequence[Utterance], timeline: Timeline) -> dict[int, Floats]:
    """What each line sounds like on this recorder, by its place; its own sound is taken away."""
    home = timeline.of(exhibit)
    found: dict[int, Floats] = {}
    for place, line in enumerate(lines):
        if home is None or exhibit not in line.heard_on:
            continue
        span = home.media_span(IncidentSpan(line.start, line.end))
        vector = embedding(read(max(0, round(span.start * RATE / SECOND)), max(0, round(span.end * RATE / SECOND))))
        if vector is not None:
            found[place] = vector
    if len(found) < FEWEST:
        return {}
    common = OF_ALL * np.mean(list(found.values()), axis=0)
    return {place: _unit(vector - common) for place, vector in found.items()}


def _likeness(heard: Sequence[Mapping[int, Floats]]) -> tuple[list[int], NDArray[np.float64]]:
    """The lines that any recorder tells of, and how alike each two are; just too little where none heard both."""
    places = sorted({place for vectors in heard for place in vectors})
    total, shared = np.zeros((2, len(places), len(places)))
    for vectors in heard:
        rows = np.array([vectors.get(place, np.zeros(256)) for place in places]).reshape(len(places), 256)
        told = np.array([place in vectors for place in places])
        total += rows @ rows.T
        shared += np.outer(told, told)
    return places, np.where(shared > 0, total / np.maximum(shared, 1), ALIKE - 0.01)


def _groups(alike: tuple[list[int], NDArray[np.float64]]) -> list[list[int]]:
    """Places of lines of one voice, each group in order; groups of one line are left out."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    places, likeness = alike
    if len(places) < 2:
        return []
    apart = np.clip(1 - (likeness + likeness.T) / 2, 0, 2)
    np.fill_diagonal(apart, 0)
    numbers = fcluster(linkage(squareform(apart, checks=False), "average"), 1 - ALIKE, "distance")
    groups: dict[int, list[int]] = {}
    for place, number in zip(places, numbers.tolist(), strict=True):
        groups.setdefault(number, []).append(place)
    return sorted(group for group in groups.values() if len(group) > 1)


def _lettered(groups: Sequence[Sequence[int]]) -> dict[int, str]:
    """A, B … Z, AA … in the order in which the voices are first heard."""
    return {place: _letter(number) for number, group in enumerate(groups) for place in group}


def _letter(number: int) -> str:
    before = _letter(number // 26 - 1) if number >= 26 else ""
    return before + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 26]


def embedding(samples: Floats) -> Floats | None:
    """What one voice sounds like as a unit vector of 256; None when there is too little of it."""
    mel = _mel(_lifted(samples))
    if len(mel) < round(SHORTEST * 100) or not np.any(samples):
        return None
    if len(mel) < _FRAMES:
        mel = np.resize(mel, (_FRAMES, _BANDS))  # said over again until the network's stretch is full
    return _unit(_heard(_network(), _stretches(mel)).mean(axis=0))


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / (np.linalg.norm(vector) + 1e-9), np.float32)


def _lifted(samples: Floats) -> Floats:
    level = float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
    return samples * np.float32(max(1.0, _LOUDNESS / level)) if level > 0 else samples


def _stretches(mel: Floats) -> Floats:
    """Overlapping stretches of 160 frames over all of the sound."""
    count = (len(mel) - _FRAMES) // _STEP + 1
    return np.stack([mel[k * _STEP : k * _STEP + _FRAMES] for k in range(count)])


def _mel(samples: Floats) -> Floats:
    """Power in 40 bands, a row for every 10 ms."""
    padded = np.pad(samples, _WINDOW // 2)
    if len(padded) < _WINDOW:
        return np.zeros((0, _BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    power = np.abs(np.fft.rfft(frames * window.astype(np.float32), axis=1)) ** 2
    return np.asarray(power @ _bands().T, np.float32)


@lru_cache(maxsize=1)
def _bands() -> NDArray[np.float64]:
    """Triangles of equal area, even below 1000 Hz and by the logarithm above."""
    edges = _hertz(np.linspace(0.0, _mels(RATE / 2), _BANDS + 2))
    tones = np.linspace(0, RATE / 2, _WINDOW // 2 + 1)
    rising = (tones - edges[:-2, None]) / (edges[1:-1, None] - edges[:-2, None])
    falling = (edges[2:, None] - tones) / (edges[2:, None] - edges[1:-1, None])
    triangles = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(triangles * (2 / (edges[2:] - edges[:-2]))[:, None])


_EVEN_TO = 15.0
_STEPS = np.log(6.4) / 27


def _mels(hertz: float) -> float:
    return _EVEN_TO + float(np.log(hertz / 1000) / _STEPS)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mels < _EVEN_TO, mels * 200 / 3, 1000 * np.exp(_STEPS * (mels - _EVEN_TO)))


def _heard(arrays: Mapping[str, Floats], stretches: Floats) -> Floats:
    """The network's answer to each stretch: three recurrent layers, their last state through one more."""
    inputs = stretches
    for layer in range(_LAYERS):
        inputs = _recurrent(arrays, layer, inputs)
    raw = np.maximum(0, inputs[:, -1] @ arrays["linear.weight"].T + arrays["linear.bias"])
    return np.asarray(raw / (np.linalg.norm(raw, axis=1, keepdims=True) + 1e-9), np.float32)


def _recurrent(arrays: Mapping[str, Floats], layer: int, inputs: Floats) -> Floats:
    given, kept = arrays[f"lstm.weight_ih_l{layer}"].T, arrays[f"lstm.weight_hh_l{layer}"].T
    bias = arrays[f"lstm.bias_ih_l{layer}"] + arrays[f"lstm.bias_hh_l{layer}"]
    driven = inputs @ given + bias
    state = cell = np.zeros((len(inputs), _HIDDEN), np.float32)
    states = np.empty((*inputs.shape[:2], _HIDDEN), np.float32)
    for step in range(inputs.shape[1]):
        take, forget, new, show = np.split(driven[:, step] + state @ kept, 4, axis=1)
        cell = _open(forget) * cell + _open(take) * np.tanh(new)
        state = _open(show) * np.tanh(cell)
        states[:, step] = state
    return states


def _open(gate: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(gate / 2), np.float32)


@dataclass(frozen=True, slots=True)
class _Stored:
    """Where an array lies: its storage, first number and shape."""

    storage: str
    first: int
    shape: tuple[int, ...]

    @classmethod
    def told(cls, storage: str, first: int, shape: tuple[int, ...], *_: object) -> _Stored:
        return cls(storage, first, shape)

    def taken_from(self, storages: Mapping[str, Floats]) -> Floats:
        """The array itself."""
        return storages[self.storage][self.first :][: int(np.prod(self.shape))].reshape(self.shape)


class _Plain(pickle.Unpickler):
    """Reads where arrays lie and nothing else: any other object in the file is refused."""

    def find_class(self, module: str, name: str) -> Any:
        allowed: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _Stored.told,
            ("torch", "FloatStorage"): None,
        }
        if (module, name) not in allowed:
            raise MissingPart(f"the voice encoder's file holds {module}.{name}, which is no array; install it again")
        return allowed[module, name]

    def persistent_load(self, pid: Any) -> str:
        return str(pid[2])


@lru_cache(maxsize=1)
def _network() -> dict[str, Floats]:
    """The arrays by name. The file is of the oldest kind: five pickles, then each storage's length and numbers."""
    with weights.voice_encoder().open("rb") as file:
        for _ in range(3):
            _Plain(file).load()
        arrays: Mapping[str, _Stored] = _Plain(file).load()["model_state"]
        storages = {}
        for key in _Plain(file).load():
            (length,) = struct.unpack("<q", file.read(8))
            storages[key] = np.frombuffer(file.read(4 * length), "<f4")
    return {name: each.taken_from(storages) for name, each in arrays.items()}
