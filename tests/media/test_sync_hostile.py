# SPDX-License-Identifier: Apache-2.0
"""What real recordings are like: muted, restarted, telephoned, clipped, delivered twice, of something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from media.recorders import RATE, Recorder, heard_by, scene, write
from plainview.media import sync
from plainview.model.time import MediaTime
from plainview.model.timeline import Alignment, ClockReading, Timeline

Sound = NDArray[np.int16]
EPOCH = datetime(2026, 3, 14, 21, 40, tzinfo=timezone(timedelta(hours=-5)))
OTHERS = (Recorder(2.0, 110, noise=0.3), Recorder(9.5, 100, noise=0.4), Recorder(21.25, 95, noise=0.3))
ODD = Recorder(14.5, 90, noise=0.3)


@pytest.fixture(scope="module")
def world() -> NDArray[np.float64]:
    return scene(41)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory, world: NDArray[np.float64]) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("others")
    return {f"cam-{k}": write(folder / f"{k}.wav", heard_by(world, r, k)) for k, r in enumerate(OTHERS)}


def placed(others: dict[str, Path], odd: Path, **more: object) -> tuple[Timeline, Alignment | None]:
    timeline = sync.synchronise({**others, "odd": odd}, epoch=EPOCH, **more)  # type: ignore[arg-type]  # passed on
    return timeline, timeline.of("odd")


def late(timeline: Timeline) -> float:
    """Seconds by which the odd one lies later than it should, against the first of the others."""
    first, odd = timeline.of("cam-0"), timeline.of("odd")
    assert first is not None
    assert odd is not None
    return (odd.offset - first.offset) / 1e6 - (ODD.offset - OTHERS[0].offset)


def telephone(sound: Sound) -> Sound:
    """300 to 3400 Hz, 120 ms late, in the eight bits of a telephone exchange."""
    spectrum = np.fft.rfft(sound.astype(float))
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    x = np.roll(np.fft.irfft(spectrum, len(sound)), round(0.12 * RATE)) / 32768
    pressed = np.round(127 * np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)) / 127
    return np.asarray(32767 * np.sign(pressed) * (256 ** np.abs(pressed) - 1) / 255, np.int16)


def pumped_and_clipped(sound: Sound) -> Sound:
    """Every half second brought to one loudness, then cut off at a third of its height."""
    x = sound.astype(float)
    level = np.sqrt(np.convolve(x**2, np.ones(RATE // 2) / (RATE // 2), "same")) + 30
    x *= 9000 / level
    return np.asarray(np.clip(x, -3000, 3000), np.int16)


def muted(sound: Sound) -> Sound:
    """A third of it silent, in two stretches."""
    done = sound.copy()
    done[20 * RATE : 40 * RATE] = 0
    done[70 * RATE : 80 * RATE] = 0
    return done


def with_lost_packets(sound: Sound) -> Sound:
    """One packet of forty milliseconds in eight is silence."""
    done = sound.copy()
    step = round(0.04 * RATE)
    for k in np.random.default_rng(3).choice(len(sound) // step, len(sound) // step // 8, replace=False):
        done[k * step : (k + 1) * step] = 0
    return done


def restarted(sound: Sound) -> Sound:
    """Two and a half seconds are missing after the first minute; the first minute decides."""
    return np.concatenate([sound[: 60 * RATE], sound[round(62.5 * RATE) :]])


def with_a_silent_buffer(sound: Sound) -> Sound:
    done = sound.copy()
    done[: 30 * RATE] = 0
    return done


@pytest.mark.parametrize(
    ("spoilt", "most_s"),
    [(pumped_and_clipped, 0.003), (muted, 0.003), (with_lost_packets, 0.003), (restarted, 0.003),
     (with_a_silent_buffer, 0.003), (telephone, 0.125)],
)  # fmt: skip
def test_a_spoilt_recording_is_placed_and_its_bar_holds(
    spoilt: Callable[[Sound], Sound],
    most_s: float,
    others: dict[str, Path],
    world: NDArray[np.float64],
    tmp_path: Path,
) -> None:
    """Whatever happened to its sound, the place is right, and the bar says how right it may be."""
    timeline, odd = placed(others, write(tmp_path / "odd.wav", spoilt(heard_by(world, ODD, 9))))

    assert odd is not None, timeline.unplaced
    assert abs(late(timeline)) <= most_s
    assert abs(late(timeline)) * 1e6 <= odd.uncertainty
    assert "times less likely" in odd.explanation
    assert ("2.5 s may be missing" in odd.explanation) == (spoilt is restarted)


def test_a_telephone_says_that_its_path_is_not_known(
    others: dict[str, Path], world: NDArray[np.float64], tmp_path: Path
) -> None:
    """A tenth of a second in an exchange cannot be heard, so the bar allows for three."""
    _, odd = placed(others, write(tmp_path / "odd.wav", telephone(heard_by(world, ODD, 9))))

    assert odd is not None
    assert "the delay of its telephone or radio path is not known" in odd.explanation
    assert odd.uncertainty >= 300_000


def test_a_recording_delivered_twice_lies_twice_at_one_place(
    others: dict[str, Path], world: NDArray[np.float64], tmp_path: Path
) -> None:
    """The same bytes under two names start at the same instant, and change nobody's place by a millisecond."""
    odd = write(tmp_path / "odd.wav", heard_by(world, ODD, 9))
    once, _ = placed(others, odd)
    twice = sync.synchronise({**others, "odd": odd, "again": odd}, epoch=EPOCH)

    again, same = twice.of("again"), twice.of("odd")
    assert again is not None
    assert same is not None
    assert abs(again.offset - same.offset) <= 200
    assert abs(late(twice) - late(once)) < 0.001


def test_something_else_stays_out_whatever_its_clock_says(others: dict[str, Path], tmp_path: Path) -> None:
    """A recording of another scene, with a container clock of that very minute."""
    elsewhere = write(tmp_path / "odd.wav", heard_by(scene(42), ODD, 9))
    reading = ClockReading("odd", "container", MediaTime(0), EPOCH, 1_000_000)
    timeline, odd = placed(others, elsewhere, readings=(reading,))

    assert odd is None
    assert dict(timeline.unplaced)["odd"].startswith("it shares no sound")


def test_a_clock_three_hours_wrong_is_said_and_not_followed(
    others: dict[str, Path], world: NDArray[np.float64], tmp_path: Path
) -> None:
    """Summer time and a wrong zone: sound places it, the clock's error is told."""
    readings = [
        ClockReading(f"cam-{k}", "overlay", MediaTime(0), EPOCH + timedelta(seconds=r.offset), 33_000)
        for k, r in enumerate(OTHERS)
    ]
    wrong = EPOCH.replace(tzinfo=None) + timedelta(hours=3, seconds=ODD.offset)
    readings.append(ClockReading("odd", "overlay", MediaTime(0), wrong, 33_000))
    timeline, odd = placed(others, write(tmp_path / "odd.wav", heard_by(world, ODD, 9)), readings=readings)

    assert odd is not None
    assert odd.how == "sound"
    assert abs(late(timeline)) < 0.003
    assert "its own clock is 180 min fast" in odd.explanation


def film(path: Path, sound: Sound, moments: Sequence[float], *, lost: tuple[float, float]) -> Path:
    """Pictures at uneven ``moments``; the packets of sound within ``lost`` seconds were never written."""
    with av.open(str(path), "w") as container:
        picture = cast(VideoStream, container.add_stream("libx264", rate=25))
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        picture.time_base = Fraction(1, 1000)
        voice = cast(AudioStream, container.add_stream("pcm_s16le", rate=RATE, layout="mono"))
        packets = []
        for at in moments:
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
            frame.pts, frame.time_base = round(at * 1000), Fraction(1, 1000)
            packets += picture.encode(frame)
        packets += picture.encode(None)
        for start in range(0, len(sound), RATE // 10):
            if lost[0] <= start / RATE < lost[1]:
                continue
            piece = av.AudioFrame.from_ndarray(sound[None, start : start + RATE // 10], format="s16", layout="mono")
            piece.rate, piece.pts, piece.time_base = RATE, start, Fraction(1, RATE)
            packets += voice.encode(piece)
        packets += voice.encode(None)
        for packet in sorted(packets, key=lambda packet: (packet.dts or 0) * (packet.time_base or 0)):
            container.mux(packet)
    return path


def test_dropped_pictures_and_lost_sound_move_nothing(
    others: dict[str, Path], world: NDArray[np.float64], tmp_path: Path
) -> None:
    """A film of uneven pictures whose sound lacks four seconds: what follows them stays where it was."""
    uneven = np.cumsum(np.random.default_rng(2).choice([0.03, 0.04, 0.2, 0.5], 300))
    sound = heard_by(world, ODD, 9)
    timeline, odd = placed(others, film(tmp_path / "odd.mkv", sound, [0.0, *uneven], lost=(20.0, 24.0)))

    assert odd is not None, timeline.unplaced
    assert abs(late(timeline)) < 0.003
