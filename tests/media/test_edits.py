# SPDX-License-Identifier: Apache-2.0
"""Mutes, cuts, splices and a second coding leave traces that are asked about; an untouched street leaves none."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from media.spoken import Sound, line
from plainview.media.edits import RESTS, traces
from plainview.model.edit import EditKind

RATE = 44_100


def street(seconds: float = 20.0, *, seed: int = 1) -> Sound:
    """Low-heavy noise as rooms and streets have, with a voice, at 44.1 kHz."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal(round(seconds * RATE))
    rumble = sosfilt(butter(2, 150, "low", fs=RATE, output="sos"), white)
    track = 0.05 * rumble / rumble.std() + 0.0005 * white
    spoken = np.repeat(line("s09"), 3)[: 5 * RATE]
    smooth = sosfilt(butter(4, 5000, "low", fs=RATE, output="sos"), spoken)
    track[3 * RATE : 3 * RATE + len(smooth)] += 0.4 * smooth
    return track.astype(np.float32)


def saved(folder: Path, track: Sound, name: str = "a.wav") -> Path:
    path = folder / name
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(track, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def test_an_untouched_street_asks_nothing(tmp_path: Path) -> None:
    """Noise, a voice and a bang that clips: no trace."""
    track = street()
    bang = np.exp(-np.arange(RATE // 5) / 900) * np.random.default_rng(3).standard_normal(RATE // 5)
    track[12 * RATE : 12 * RATE + len(bang)] += bang.astype(np.float32)

    assert traces(saved(tmp_path, track), exhibit="EX-0001") == ()


def test_a_mute_is_asked_after_where_it_is(tmp_path: Path) -> None:
    """Half a second of exact nothing, found to 10 ms; the silent beginning of a camera is not a mute."""
    track = street()
    track[: 2 * RATE] = 0.0
    track[round(9.0 * RATE) : round(9.5 * RATE)] = 0.0

    found = traces(saved(tmp_path, track), exhibit="EX-0001")

    assert [t.kind for t in found] == [EditKind.MUTE]
    assert abs(found[0].span.start / 1e6 - 9.0) < 0.01
    assert abs(found[0].span.end / 1e6 - 9.5) < 0.01
    assert found[0].question.endswith("?")


def test_a_mute_across_a_block_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut at ten seconds for memory's sake, a mute from 9.8 to 10.4 s is still one."""
    from plainview.media import edits

    monkeypatch.setattr(edits, "BLOCK_S", 10.0)
    track = street()
    track[round(9.8 * RATE) : round(10.4 * RATE)] = 0.0

    found = [t for t in traces(saved(tmp_path, track), exhibit="EX-0001") if t.kind is EditKind.MUTE]

    assert [(round(t.span.start / 1e6, 1), round(t.span.end / 1e6, 1)) for t in found] == [(9.8, 10.4)]


def test_a_resting_channel_is_one_question(tmp_path: Path) -> None:
    """A radio that falls silent again and again is asked about once."""
    track = street()
    for k in range(RESTS):
        track[round((4 + 2 * k) * RATE) : round((5 + 2 * k) * RATE)] = 0.0

    assert [t.kind for t in traces(saved(tmp_path, track), exhibit="EX-0001")] == [EditKind.MUTE]


def test_a_hard_splice_is_asked_after(tmp_path: Path) -> None:
    """Two pieces joined where the waveform differs: one question, at the joint."""
    one, other = street(10.0, seed=4), street(10.0, seed=5)
    one[-1], other[0] = 0.06, -0.06
    one[-30:-1] = np.linspace(one[-31], 0.06, 29)
    other[1:30] = np.linspace(-0.06, other[30], 29)

    found = traces(saved(tmp_path, np.concatenate([one, other])), exhibit="EX-0001")

    assert [t.kind for t in found] == [EditKind.SPLICE]
    assert abs(found[0].span.start / 1e6 - 10.0) < 0.001


def test_sound_that_was_coded_before_says_so(tmp_path: Path) -> None:
    """White hiss through MP3 and back into a WAV ends where the coder cut it."""
    rng = np.random.default_rng(8)
    hiss = (0.05 * rng.standard_normal(12 * RATE)).astype(np.float32)
    middle = tmp_path / "m.mp3"
    with av.open(str(middle), "w") as container:
        stream = container.add_stream("libmp3lame", rate=RATE)
        stream.layout = "mono"
        stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(hiss[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        fifo = av.AudioFifo()
        fifo.write(frame)
        while (piece := fifo.read(1152, partial=True)) is not None:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    with av.open(str(middle)) as container:
        back = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])

    kinds = [[t.kind for t in traces(saved(tmp_path, track), exhibit="EX-0001")] for track in (back[2000:], hiss)]

    assert kinds == [[EditKind.REENCODING], []]


def test_a_jump_between_packets_is_asked_after(tmp_path: Path) -> None:
    """Two seconds are missing between two packets of an MP4: where and how much is said."""
    path = tmp_path / "cut.mkv"
    track = street(6.0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE)
        stream.layout = "mono"
        for k in range(0, len(track) - 4410, 4410):
            pcm = (track[k : k + 4410] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
            frame.sample_rate = RATE
            frame.pts = k + (2 * RATE if k >= 3 * RATE else 0)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    cuts = [t for t in traces(path, exhibit="EX-0001") if t.kind is EditKind.CUT]

    assert [(round(t.span.start / 1e6, 1), round((t.span.end - t.span.start) / 1e6, 1)) for t in cuts] == [(3.0, 2.0)]
