# SPDX-License-Identifier: Apache-2.0
"""The same speech through several recorders: what each of them hears, with truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.speech_sounds import (
    RATE,
    SPEECHLESS,
    Clip,
    Draw,
    Reel,
    Sound,
    at_ratio,
    in_a_room,
    reel,
    speech_band,
    telephone,
    with_noise,
)
from plainview.model.time import IncidentTime
from plainview.model.timeline import Alignment, Timeline


@dataclass(frozen=True, slots=True)
class Ear:
    """How one recorder hears: its room, its noise and how loud that is, and whether a telephone is between."""

    noise: str
    decibels: float
    room: float = 0.0
    """Reverberation time in seconds; 0 is none."""
    direct: float = 1.0
    line: bool = False

    def hears(self, sound: Sound, draw: Draw) -> Sound:
        """The sound as this recorder has it, at 16 kHz."""
        return self.parts(sound, draw)[0]

    def parts(self, sound: Sound, draw: Draw) -> tuple[Sound, Sound, Sound]:
        """The sound as this recorder has it, and what it is made of: the words in their room, the noise."""
        inside = in_a_room(sound, draw, seconds=self.room, direct=self.direct) if self.room else sound
        noise = SPEECHLESS[self.noise](len(inside), draw)
        noisy = with_noise(inside, noise, self.decibels)
        return telephone(noisy) if self.line else noisy, inside, at_ratio(inside, noise, self.decibels)


CHANNELS: dict[str, Ear] = {
    "clean": Ear("hiss", 45),
    "noise 5 dB": Ear("street", 5),
    "telephone, noise 10 dB": Ear("street", 10, line=True),
    "reverberant, noise 10 dB": Ear("engine", 10, room=0.7, direct=0.5),
}
"""What one recorder's words are measured on."""

FIT: dict[str, tuple[Ear, ...]] = {
    "hiss": (Ear("hiss", 4, 0.5, 0.5), Ear("hiss", 6, 0.6, 0.4), Ear("street", 2, 0.4, 0.5), Ear("hiss", 9, line=True)),
    "street": (Ear("street", 12, 0.3, 0.7), Ear("street", 8, 0.5, 0.6), Ear("hiss", 14, 0.4, 0.6)),
}
"""The channels on which weights and confidence were fitted; hiss and street noise only."""

UNSEEN: dict[str, tuple[Ear, ...]] = {
    "hard": (
        Ear("siren", 0, 0.6, 0.5),
        Ear("engine", 3, 0.7, 0.4),
        Ear("dogs", 3, 0.6, 0.4),
        Ear("wind", -2, 0.5, 0.5),
    ),
    "mild": (Ear("siren", 10, 0.4, 0.6), Ear("engine", 12, 0.5, 0.6), Ear("music", 10, 0.4, 0.6)),
    "lines": (
        Ear("engine", 10, line=True),
        Ear("siren", 8, 0.4, 0.5, line=True),
        Ear("music", 6, 0.5, 0.5),
        Ear("dogs", 4, 0.6, 0.4),
        Ear("wind", 0, 0.5, 0.5),
    ),
    "all alike": (
        Ear("siren", 3, 0.5, 0.5),
        Ear("engine", 4, 0.6, 0.5),
        Ear("music", 3, 0.5, 0.5),
        Ear("street", 4, 0.6, 0.5),
    ),
    "one near, three far": (
        Ear("engine", 20, 0.2, 1.2),
        Ear("siren", -1, 0.9, 0.3),
        Ear("dogs", 0, 0.8, 0.3),
        Ear("wind", -4, 0.9, 0.3),
    ),
}
"""The channels on which figures are given: other noises, rooms and lines than in FIT."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the recorders of one scene hold, and where they lie on the common clock."""

    truth: Reel
    sounds: dict[str, Sound]
    timeline: Timeline
    levels: dict[str, tuple[float, ...]]
    """By recorder: how many dB each thing said lies above the noise of its own time, between 300 and 3400 Hz."""

    def audible(self, number: int, least: float) -> bool:
        """Whether some recorder has the thing said at this level above its noise."""
        return any(each[number] >= least for each in self.levels.values())


def recorded(
    clips: Sequence[Clip],
    ears: Sequence[Ear],
    draw: Draw,
    *,
    spread: float = 4.0,
    pause: tuple[float, float] = (0.8, 2.0),
) -> Recorded:
    """The clips heard by each ear: up to 30 m away, its clock known to some 20 ms."""
    truth = reel(clips, draw, spread=spread, pause=pause)
    sounds, placed, levels = {}, [], {}
    for i, ear in enumerate(ears):
        late = round(draw.uniform(0, 0.09) * RATE)
        name = f"EX-{i + 1:04}"
        sounds[name], words, noise = ear.parts(np.concatenate([np.zeros(late, np.float32), truth.samples]), draw)
        spans = [(round(start * RATE) + late, round(end * RATE) + late) for start, end, _ in truth.said]
        levels[name] = _levels(speech_band(words), speech_band(noise), spans)
        off = IncidentTime(round(draw.normal(0, 20_000)))
        placed.append(Alignment(name, off, 0.0, 40_000, "sound", 0.9))
    return Recorded(truth, sounds, Timeline(tuple(placed), ()), levels)


def _levels(words: Sound, noise: Sound, spans: Sequence[tuple[int, int]]) -> tuple[float, ...]:
    """dB of the words above the noise over each span."""
    return tuple(
        10 * float(np.log10((np.mean(words[a:b] ** 2) + 1e-12) / (np.mean(noise[a:b] ** 2) + 1e-12))) for a, b in spans
    )
