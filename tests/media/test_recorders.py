# SPDX-License-Identifier: Apache-2.0
"""Recordings in the shapes recorders deliver them: each gives a correct rendition or one clear sentence.

Of every rendition the same is asked: as many pictures, of the same size, at the same times, covered where and
only where it was decided, and the sound where it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray

from media.moving import SIZE, moving, restarted
from media.test_conceal import black_share, rendered
from plainview.errors import PlainviewError
from plainview.media import conceal, covering
from plainview.media.conceal import conceal_file
from plainview.media.decode import Frame, frames, pcm, zero
from plainview.media.gop import packets
from plainview.media.rendered import Rendered
from plainview.model.case import Damage
from plainview.model.finding import Box
from plainview.model.redaction import Ground, MaskTrack, Mute, RecordingPlan
from plainview.model.time import SECOND, MediaSpan, MediaTime, media_seconds

GROUND = Ground("child-1", "minor", "705 ILCS 405/1-7")
AREA = Box(60, 20, 61, 41)
MUTED = MediaSpan(MediaTime(2_200_000), MediaTime(2_500_000))
RATE = 48_000
LATE = 0.0006
"""Seconds: Matroska tells times in whole milliseconds, so a copy of its packets is up to half of one off."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a film is made, and what must be said of it: which groups stay, and why not, in words."""

    made: Callable[[Path], Path]
    kept: tuple[bool, ...]
    why: str = ""
    sound: bool = True
    suffix: str = "mp4"


SEEN = (True, False, True, True)
UNEVEN = [n / 30 for n in range(20)] + [0.9 + n / 12 for n in range(12)] + [2.4 + n / 60 for n in range(40)]
FIELDS = ":tff=1:interlaced=1"

SHAPES = {
    "usual": Shape(moving, SEEN),
    "pictures_in_between": Shape(partial(moving, b_frames=3), SEEN),
    "changing_rate": Shape(partial(moving, moments=UNEVEN, group=20), (True, False, True, True)),
    "a_turned_phone": Shape(partial(moving, rotation=90), SEEN),
    "ten_bits": Shape(partial(moving, pixels="yuv420p10le"), (False,) * 4, "not 8-bit 4:2:0"),
    "hevc": Shape(partial(moving, codec="libx265"), (False,) * 4, "hevc, not H.264"),
    "fields": Shape(partial(moving, more=FIELDS, b_frames=0), (False,) * 4, "interlaced"),
    "fields_that_are_none": Shape(partial(moving, more=":fake-interlaced=1"), SEEN),
    "one_key_frame": Shape(partial(moving, group=100_000), (False,)),
    "open_groups": Shape(partial(moving, open_groups=True), (False,)),
    "a_coder_that_changed": Shape(restarted, SEEN, sound=False),
    "a_coder_that_changed_and_said_so_once": Shape(partial(restarted, always=False), SEEN, sound=False),
    "sound_longer_than_pictures": Shape(partial(moving, seconds=6.5), SEEN),
    "pictures_longer_than_sound": Shape(partial(moving, seconds=2.7), SEEN),
    "sound_that_begins_late": Shape(partial(moving, tone_from=1.0), SEEN),
    "no_sound": Shape(partial(moving, tone_from=None), SEEN, sound=False),
    "a_transport_stream": Shape(partial(moving, sound_codec="mp2"), SEEN, suffix="ts"),
    "matroska": Shape(moving, SEEN, suffix="mkv"),
    "telephone_sound": Shape(partial(moving, sound_codec="pcm_mulaw", rate=8000), SEEN, suffix="mov"),
    "colour_at_every_pixel": Shape(partial(moving, pixels="yuv444p"), (False,) * 4, "not 8-bit 4:2:0"),
    "odd_sizes": Shape(
        partial(moving, codec="ffv1", size=(191, 107), group=12, b_frames=0), (False,) * 9, "ffv1", suffix="mkv"
    ),
}


def shown(path: Path, *, rendition: bool | None = None) -> list[tuple[int, NDArray[np.uint8]]]:
    """Time on the recording's clock and upright pixels of every picture a player shows.

    An original begins at its first picture or sample; a rendition says itself when its first picture comes.
    """
    start = 0
    if path.parent.name.startswith("out") if rendition is None else rendition:
        with av.open(str(path)) as container:
            start = round(zero(container) * SECOND)
    return [(each.at + start, each.array("rgb24")) for each in frames(path) if isinstance(each, Frame)]


def late(made: Path, film: Path) -> float:
    """Seconds by which the sound of ``made`` lies behind that of ``film``, by the likeness of their first two."""
    a, b = (pcm(path, rate=RATE)[: 2 * RATE] for path in (made, film))
    likeness = scipy.signal.correlate(a, b, method="fft")
    return (int(likeness.argmax()) - (len(b) - 1)) / RATE


def plan(*, mute: bool) -> RecordingPlan:
    points = ((media_seconds(1.2), AREA), (media_seconds(1.6), AREA))
    mutes = (Mute(MUTED, GROUND, "silence"),) if mute else ()
    return RecordingPlan("EX-0001", masks=(MaskTrack(GROUND, points),), mutes=mutes)


def same_times(given: list[int], made: list[int], *, within: int = 1000) -> bool:
    """As many, and each within a millisecond: the coarsest clock of any container here."""
    return len(given) == len(made) and all(abs(a - b) <= within for a, b in zip(given, made, strict=True))


@pytest.mark.parametrize("name", SHAPES)
def test_a_recording_of_any_shape_keeps_its_pictures_their_times_and_its_sound(name: str, tmp_path: Path) -> None:
    """Full film and tile: count, size, times, cover; groups kept as the shape allows; the sound within half a millisecond."""
    shape = SHAPES[name]
    film = shape.made(tmp_path / f"film.{shape.suffix}")
    before = shown(film)

    made = rendered(film, tmp_path / "out", plan(mute=shape.sound))

    for part in ("full.mp4", "v360.mp4"):
        after = shown(tmp_path / "out" / part)
        assert same_times([at for at, _ in before], [at for at, _ in after]), part
        height, width = before[0][1].shape[:2]
        assert after[0][1].shape[:2] == ((height + 1) // 2 * 2, (width + 1) // 2 * 2), part
        covered = [at for at, pixels in after if black_share(pixels, AREA) == 1.0]
        assert same_times([at for at, _ in before if 1_200_000 <= at <= 1_600_000], covered), part
    assert made.frames == len(before)
    assert made.proof is not None
    assert made.proof.untouched == shape.kept
    assert any(shape.why in note for note in made.notes) or not shape.why
    assert_copies_are_the_same(before, shown(tmp_path / "out" / "full.mp4"), made)
    if shape.sound:
        for part in ("full.mp4", "a.m4a"):
            heard = pcm(tmp_path / "out" / part, rate=RATE)
            assert abs(late(tmp_path / "out" / part, film)) < LATE, part
            assert np.abs(heard[int(2.25 * RATE) : int(2.45 * RATE)]).max() < 0.01, part


def assert_copies_are_the_same(
    before: list[tuple[int, NDArray[np.uint8]]], after: list[tuple[int, NDArray[np.uint8]]], made: Rendered
) -> None:
    """Every picture of a kept group decodes to exactly what the original decodes to."""
    assert made.proof is not None
    kept = [span for span, same in zip(made.proof.spans, made.proof.untouched, strict=True) if same]
    pairs = [
        (old, new)
        for (at, old), (_, new) in zip(before, after, strict=True)
        if any(span.start <= at < span.end for span in kept)
    ]
    assert all(np.array_equal(old, new) for old, new in pairs)


@pytest.mark.parametrize("name", ["sound_longer_than_pictures", "pictures_longer_than_sound"])
def test_sound_and_pictures_of_different_length_both_stay_whole(name: str, tmp_path: Path) -> None:
    """The longer one is not cut and the shorter one not stretched; the player's clock runs as long as either."""
    film = SHAPES[name].made(tmp_path / "film.mp4")
    seconds = len(pcm(film, rate=RATE)) / RATE

    rendered(film, tmp_path / "out", plan(mute=False))

    assert len(pcm(tmp_path / "out" / "full.mp4", rate=RATE)) / RATE == pytest.approx(seconds, abs=0.03)
    assert len(pcm(tmp_path / "out" / "a.m4a", rate=RATE)) / RATE == pytest.approx(max(seconds, 4.0), abs=0.03)


@pytest.mark.parametrize("name", SHAPES)
def test_a_bare_file_of_any_shape_keeps_its_pictures_and_their_times(name: str, tmp_path: Path) -> None:
    """``plainview conceal`` by two workers: the same count and times, and the sound is where it was."""
    shape = SHAPES[name]
    film = shape.made(tmp_path / f"film.{shape.suffix}")
    box = {"start": 1.2, "end": 1.6, "box": [AREA.x, AREA.y, AREA.w, AREA.h]}

    report = conceal_file(film, tmp_path / "out.mp4", faces=False, boxes=[box], workers=2)

    before, after = shown(film), shown(tmp_path / "out.mp4")
    assert same_times([at for at, _ in before], [at for at, _ in after])
    assert report["frames"] == len(before)
    assert not shape.sound or abs(late(tmp_path / "out.mp4", film)) < LATE
    assert f"{sum(shape.kept)} of {len(shape.kept)} groups of pictures" in report["notes"][0]


def test_a_long_film_with_one_key_frame_can_be_sought_afterwards(tmp_path: Path) -> None:
    """Twelve seconds with nothing to go to but the start: the new film has a key frame every two seconds, and says why."""
    film = moving(tmp_path / "film.mp4", frames=300, group=100_000)
    made = rendered(film, tmp_path / "out", plan(mute=False), tiles=False)

    with av.open(str(tmp_path / "out" / "full.mp4")) as container:
        stream = container.streams.video[0]
        keys = [round(float((each.pts or 0) * each.time_base)) for each in packets(container, stream) if each.is_keyframe]
    assert keys == [0, 2, 4, 6, 8, 10]
    assert made.frames == 300
    assert any(covering.NOTHING_TO_COPY in note for note in made.notes)
    assert '"reason": "minor"' in (tmp_path / "out" / "gops.json").read_text()


def test_a_copy_that_would_decode_otherwise_is_not_handed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its headers lost from the group that is new, later groups would be garbage: all is new then, and says so."""
    copied = conceal.copied_pictures
    monkeypatch.setattr(
        conceal, "copied_pictures", lambda *given: ((group, sample, b"") for group, sample, _ in copied(*given))
    )
    film = restarted(tmp_path / "film.mp4", always=False)
    points = ((media_seconds(2.2), AREA), (media_seconds(2.6), AREA))

    made = rendered(film, tmp_path / "out", RecordingPlan("EX-0001", masks=(MaskTrack(GROUND, points),)))

    assert any(conceal.NOT_THE_SAME in note for note in made.notes)
    before, after = shown(film), shown(tmp_path / "out" / "full.mp4")
    assert len(before) == len(after) == 100
    assert max(float(np.abs(a.astype(int) - b).mean()) for (_, a), (_, b) in zip(before[70:], after[70:], strict=True)) < 8


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_recording_gives_what_can_be_decoded_at_its_true_times(seed: int, tmp_path: Path) -> None:
    """Bits flipped in the first half: every picture that decodes is there at its own time, the rest is counted."""
    good = moving(tmp_path / "good.mp4").read_bytes()
    draw, broken, head = random.Random(seed), bytearray(good), good.index(b"mdat") + 4
    for _ in range(20):
        broken[draw.randrange(head, head + len(good) // 2)] ^= 1 << draw.randrange(8)
    film = tmp_path / "broken.mp4"
    film.write_bytes(broken)
    lost = sum(isinstance(each, Damage) for each in frames(film))

    made = rendered(film, tmp_path / "out", plan(mute=False))

    times = [at for at, _ in shown(film)]
    for part in ("full.mp4", "v360.mp4"):
        assert [at for at, _ in shown(tmp_path / "out" / part)] == times
    assert any(f"{lost} damaged places" in note for note in made.notes) or not lost


def joined(path: Path, *parts: Path) -> Path:
    """Transport streams one after the other, as a recorder that was switched off and on leaves them."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def test_what_cannot_be_rendered_is_refused_with_one_sentence(tmp_path: Path) -> None:
    """A size that changes, a clock that starts again, pictures without times: each names the file and the cause."""
    first = moving(tmp_path / "first.ts", tone_from=None)
    other = moving(tmp_path / "other.ts", size=(256, 144), tone_from=None)
    bare = tmp_path / "bare.h264"
    with av.open(str(first)) as source, av.open(str(bare), "w", format="h264") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in packets(source, source.streams.video[0]):
            packet.stream = stream
            target.mux(packet)
    cases = {
        joined(tmp_path / "grown.ts", first, other): "the size of the pictures changes",
        joined(tmp_path / "again.ts", first, first): "claim the same instant",
        bare: "no picture that says when it is shown",
    }
    for film, sentence in cases.items():
        with pytest.raises(PlainviewError, match=sentence) as caught:
            conceal_file(film, tmp_path / "out.mp4", faces=False, boxes=[{"start": 0, "end": 1, "box": [0, 0, 9, 9]}])
        assert film.name in str(caught.value)
        assert not (tmp_path / "out.mp4").exists()


def test_every_cut_of_a_film_gives_a_right_rendition_or_a_sentence(tmp_path: Path) -> None:
    """Cut anywhere, with its index in front: what is rendered has just the pictures that decode, at their times."""
    film = moving(tmp_path / "film.mkv", tone_from=None, frames=75)
    whole, right = film.read_bytes(), 0
    refusals: list[str] = []
    cut = tmp_path / "cut.mkv"
    for part in range(1, 12):
        cut.write_bytes(whole[: len(whole) * part // 12])
        try:
            made = rendered(cut, tmp_path / f"out{part}", plan(mute=False), tiles=False)
        except PlainviewError as error:
            refusals.append(str(error))
            continue
        times = [at for at, _ in shown(cut)]
        assert [at for at, _ in shown(tmp_path / f"out{part}" / "full.mp4")] == times
        assert made.frames == len(times)
        right += 1
    assert right >= 8
    assert all(each.startswith(cut.name) for each in refusals)


def test_the_size_of_the_films_here() -> None:
    """The areas above lie inside the picture, turned or not."""
    assert AREA.x + AREA.w < SIZE[1] + 14
    assert AREA.y + AREA.h < SIZE[1]
    assert MUTED.length < SECOND
