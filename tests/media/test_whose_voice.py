# SPDX-License-Identifier: Apache-2.0
"""Whose voice is whose: letters within one case, more voices rather than fewer, unknown where nothing tells."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from plainview.errors import MissingPart
from plainview.media import voices, weights
from plainview.media.voices import Floats
from plainview.model.time import IncidentTime
from plainview.model.timeline import Alignment, Timeline
from plainview.model.transcript import FusedWord, Utterance, Voices

ONE, TWO, THREE = np.eye(256, dtype=np.float32)[:3]
CLOCK = Timeline(tuple(Alignment(e, IncidentTime(0), 0.0, 0, "sound", 0.9) for e in ("EX-0001", "EX-0002")), ())


def lines(*heard_on: Sequence[str]) -> list[Utterance]:
    """One line a second, each heard on these recordings."""
    return [
        Utterance(
            f"u{n + 1}",
            IncidentTime(n * 1_000_000),
            IncidentTime(n * 1_000_000 + 900_000),
            (FusedWord(IncidentTime(n * 1_000_000), IncidentTime(n * 1_000_000 + 900_000), "yes", 0.9),),
            tuple(each),
        )
        for n, each in enumerate(heard_on)
    ]


def letters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: Sequence[Utterance], sound: dict[str, list[Floats | None]]
) -> Voices:
    """The clusters when recording E's second n sounds like ``sound[E][n]``."""

    def embedding(samples: Floats) -> Floats | None:
        recording, second = int(samples[0]) // 1000, int(samples[0]) % 1000
        return sound[f"EX-{recording:04}"][second]

    def reader(recording: int) -> voices.Reader:
        return lambda first, last: np.full(last - first, recording * 1000 + round(first / voices.RATE), np.float32)

    encoder = tmp_path / "encoder"
    encoder.write_bytes(b"weights")
    monkeypatch.setattr(weights, "voice_encoder", lambda: encoder)
    monkeypatch.setattr(voices, "embedding", embedding)
    readers = {exhibit: reader(int(exhibit[3:])) for exhibit in sound}
    return voices.voices(readers, said, CLOCK, fused="digest")


def test_lines_of_one_voice_have_one_letter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two voices take turns: A, B, A, B …, in the order in which they are first heard."""
    sound = {"EX-0001": [ONE, TWO] * 4}

    found = letters(monkeypatch, tmp_path, lines(*[["EX-0001"]] * 8), sound)

    assert [found.letters[f"u{n}"] for n in range(1, 9)] == list("ABABABAB")
    assert found.fused == "digest"


def test_a_voice_heard_once_and_a_line_too_short_have_no_letter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The fourth line is like no other and the eighth cannot be told: unknown, not somebody's."""
    sound = {"EX-0001": [ONE, TWO, ONE, THREE, TWO, ONE, TWO, None]}

    found = letters(monkeypatch, tmp_path, lines(*[["EX-0001"]] * 8), sound)

    assert sorted(found.letters) == ["u1", "u2", "u3", "u5", "u6", "u7"]


def test_lines_that_no_recorder_shares_are_not_tied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same voice on two recorders that never hear a line together is two voices until a person says otherwise."""
    sound = {"EX-0001": [ONE, TWO] * 3 + [None] * 6, "EX-0002": [None] * 6 + [ONE, TWO] * 3}

    found = letters(monkeypatch, tmp_path, lines(*[["EX-0001"]] * 6, *[["EX-0002"]] * 6), sound)

    assert [found.letters[f"u{n}"] for n in range(1, 13)] == list("ABABABCDCDCD")


def test_few_lines_tell_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of three lines nobody can say what is the recorder's own sound: no letter at all."""
    found = letters(monkeypatch, tmp_path, lines(*[["EX-0001"]] * 3), {"EX-0001": [ONE, TWO, ONE]})

    assert found.letters == {}


def test_letters_go_on_after_z() -> None:
    """The 27th voice is AA."""
    assert [voices._letter(n) for n in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]


def test_a_file_of_weights_that_holds_code_is_refused(tmp_path: Path) -> None:
    """The encoder's file is a pickle: one that names anything but arrays is not read."""
    path = tmp_path / "weights"
    path.write_bytes(pickle.dumps(Path("anything")))

    with path.open("rb") as file, pytest.raises(MissingPart, match="no array"):
        voices._Plain(file).load()


def test_the_recurrent_layer_remembers_as_it_is_told() -> None:
    """With gates wide open a cell adds up what it is given; with the gate of showing shut it shows nothing."""
    hidden = voices._HIDDEN
    arrays = {
        "lstm.weight_ih_l0": np.zeros((4 * hidden, 1), np.float32),
        "lstm.weight_hh_l0": np.zeros((4 * hidden, hidden), np.float32),
        "lstm.bias_ih_l0": np.repeat(np.array([50, 50, 50, 50], np.float32), hidden),
        "lstm.bias_hh_l0": np.zeros(4 * hidden, np.float32),
    }
    shut = {**arrays, "lstm.bias_ih_l0": np.repeat(np.array([50, 50, 50, -50], np.float32), hidden)}
    given = np.zeros((1, 3, 1), np.float32)

    assert voices._recurrent(arrays, 0, given)[0, :, 0] == pytest.approx(np.tanh([1, 2, 3]))
    assert np.abs(voices._recurrent(shut, 0, given)).max() < 1e-6
