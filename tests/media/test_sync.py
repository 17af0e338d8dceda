# SPDX-License-Identifier: Apache-2.0
"""Recordings of one invented incident, with offsets, drifts and noise chosen before the code runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media.recorders import RATE, Recorder, heard_by, scene, write
from plainview.media import sync, syncfield, syncgraph, syncplace, syncsound
from plainview.media.syncplace import place_by_sound
from plainview.model.time import MediaTime
from plainview.model.timeline import ClockReading, Timeline

EPOCH = datetime(2026, 3, 14, 21, 40, tzinfo=timezone(timedelta(hours=-5)))


RECORDERS = {
    "cam-1": Recorder(offset=3.217, length=110, drift=20.0, silent=30.0),
    "cam-2": Recorder(offset=11.9043, length=100, drift=-15.0, silent=30.0, noise=0.5),
    "cam-3": Recorder(offset=40.5, length=80, gain=0.2),
    "phone": Recorder(offset=62.0377, length=45, drift=30.0, noise=0.6),
    "call": Recorder(offset=25.25, length=90, noise=0.8),
}


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Five recorders of one scene and one recording of something else."""
    folder = tmp_path_factory.mktemp("incident")
    world = scene(1)
    files = {
        name: write(folder / f"{name}.wav", heard_by(world, recorder, 10 + i))
        for i, (name, recorder) in enumerate(RECORDERS.items())
    }
    files["stranger"] = write(
        folder / "stranger.wav", heard_by(scene(2), Recorder(offset=20, length=80, noise=0.3), 99)
    )
    return files


@pytest.fixture(scope="module")
def timeline(incident: dict[str, Path]) -> Timeline:
    readings = [
        ClockReading(name, "overlay", MediaTime(0), _true_start(name), 33_000) for name in ("cam-1", "cam-2", "cam-3")
    ]
    readings += [
        # A clock eight minutes fast, without a zone, on a recording that sound places.
        ClockReading(
            "phone", "overlay", MediaTime(0), (_true_start("phone") + timedelta(minutes=8)).replace(tzinfo=None), 33_000
        ),
        ClockReading("stranger", "container", MediaTime(0), EPOCH.astimezone(UTC), 1_000_000),
    ]
    return sync.synchronise(incident, readings=readings, epoch=EPOCH)


def _true_start(name: str) -> datetime:
    return EPOCH + timedelta(seconds=RECORDERS[name].offset)


def test_every_overlapping_recording_is_placed_within_20_ms(timeline: Timeline) -> None:
    """Five recorders with silent beginnings, noise and drift land where they were made to be."""
    for name, recorder in RECORDERS.items():
        found = timeline.of(name)

        assert found is not None, dict(timeline.unplaced)
        assert found.how == "sound"
        for at in (recorder.silent, recorder.length):
            truth = recorder.offset + at * (1 + recorder.drift * 1e-6)
            assert abs(found.incident(MediaTime(round(at * 1e6))) / 1e6 - truth) < 0.020


def test_the_error_bar_holds_the_truth(timeline: Timeline) -> None:
    """No recording is farther from its true place than its error bar says."""
    for name, recorder in RECORDERS.items():
        found = timeline.of(name)

        assert found is not None
        assert abs(found.offset / 1e6 - recorder.offset) * 1e6 <= found.uncertainty


def test_what_shares_no_sound_is_not_placed(timeline: Timeline) -> None:
    """The stranger stays unplaced although its container clock says it belongs here."""
    assert [name for name, _ in timeline.unplaced] == ["stranger"]
    assert "shares no sound" in dict(timeline.unplaced)["stranger"]


def test_a_wrong_clock_is_reported_not_believed(timeline: Timeline) -> None:
    """A recording placed by sound says how wrong its own burned-in clock is."""
    phone = timeline.of("phone")

    assert phone is not None
    assert "its own clock is 8 min fast" in phone.explanation


def test_the_clock_is_tied_to_the_overlays_that_name_their_zone(timeline: Timeline) -> None:
    """The basis says which clocks fix the calendar."""
    assert timeline.basis is not None
    assert "three recordings (overlay clocks that name their zone)" in timeline.basis.detail


def test_anchors_name_the_same_instant_in_two_recordings(timeline: Timeline) -> None:
    """Every listed anchor is one true instant on both clocks."""
    assert timeline.anchors
    for anchor in timeline.anchors:
        a, b = RECORDERS[anchor.a], RECORDERS[anchor.b]
        at_a = a.offset + anchor.a_at / 1e6 * (1 + a.drift * 1e-6)
        at_b = b.offset + anchor.b_at / 1e6 * (1 + b.drift * 1e-6)

        assert abs(at_a - at_b) < 0.005


def test_a_silent_camera_is_placed_by_its_own_clock(incident: dict[str, Path], tmp_path: Path) -> None:
    """A street camera without sound goes where its clock says, with that clock's doubt as error bar."""
    files = {**incident, "street": write(tmp_path / "street.wav", np.zeros(60 * RATE, np.int16))}
    readings = [
        ClockReading("cam-1", "overlay", MediaTime(0), _true_start("cam-1"), 33_000),
        ClockReading("street", "overlay", MediaTime(10_000_000), EPOCH + timedelta(seconds=40), 33_000),
    ]

    street = sync.synchronise(files, readings=readings, epoch=EPOCH).of("street")

    assert street is not None
    assert street.how == "overlay clock"
    assert street.offset == 30_000_000
    assert street.uncertainty >= 2_000_000


def test_two_groups_that_share_nothing_are_never_merged(tmp_path: Path) -> None:
    """Two recordings of another scene agree with each other and with nobody else: they stay out."""
    here, there = scene(5), scene(6)
    files = {}
    for i, offset in enumerate((0.0, 7.0, 15.0)):
        files[f"here-{i}"] = write(tmp_path / f"here-{i}.wav", heard_by(here, Recorder(offset, 60), i))
    for i, offset in enumerate((3.0, 12.0)):
        files[f"there-{i}"] = write(tmp_path / f"there-{i}.wav", heard_by(there, Recorder(offset, 60), 50 + i))

    timeline = sync.synchronise(files, epoch=EPOCH)

    assert {a.exhibit for a in timeline.alignments} == {"here-0", "here-1", "here-2"}
    assert dict(timeline.unplaced)["there-0"] == "it shares sound with there-1 but with none of the other recordings"


def test_a_siren_alone_ties_nothing() -> None:
    """Two recordings that share only a cyclic siren, any period off, are not linked."""
    t = np.arange(60 * RATE) / RATE
    siren = np.sin(2 * np.pi * np.cumsum(700 + 300 * np.sin(2 * np.pi * t / 3.0)) / RATE)
    rng = np.random.default_rng(4)
    sounds = [
        np.asarray(6000 * siren[k : k + 40 * RATE] + 500 * rng.standard_normal(40 * RATE), np.int16)
        for k in (0, 5 * RATE)
    ]

    heard = place_by_sound(sounds)

    assert heard.placed.largest() == []


def test_the_answer_for_loose_files_has_the_promised_fields(incident: dict[str, Path], tmp_path: Path) -> None:
    """The stand-alone command's JSON: one entry per path, null where unknown, an unreadable file among them."""
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")

    answer = sync.sync_files([*incident.values(), empty])["files"]

    truth = {str(incident[name]): recorder.offset for name, recorder in RECORDERS.items()}
    first = min(truth.values())
    for path, offset in truth.items():
        assert answer[path]["synced"] is True
        assert abs(answer[path]["offset_s"] - (offset - first)) < 0.02
    assert answer[str(incident["stranger"])] | {"reason": ""} == {
        "offset_s": None,
        "drift_ppm": None,
        "drift_uncertainty_ppm": None,
        "uncertainty_s": None,
        "synced": False,
        "confidence": 0.0,
        "acoustic_offset_s": None,
        "acoustic_uncertainty_s": None,
        "travel_s": None,
        "reason": "",
    }
    assert answer[str(empty)]["reason"] == "it cannot be read: the file is empty"


def test_the_same_files_give_the_same_timeline(incident: dict[str, Path]) -> None:
    """Two runs over the same bytes agree in every field."""
    assert sync.synchronise(incident, epoch=EPOCH) == sync.synchronise(dict(reversed(incident.items())), epoch=EPOCH)


def test_weak_witnesses_together_place_what_none_places_alone() -> None:
    """A recorder buried in noise is placed by the agreement of several others."""
    world = scene(8)
    good = [heard_by(world, Recorder(offset, 90, noise=0.2), i) for i, offset in enumerate((0.0, 4.0, 9.0, 13.0, 20.0))]
    buried = heard_by(world, Recorder(17.0, 60, noise=5.8), 77)
    sounds = [*good, buried]

    heard = place_by_sound(sounds)

    assert heard.placed.component[5] == heard.placed.component[0] >= 0
    assert abs(float(heard.placed.at[5] - heard.placed.at[0]) - 17.0) < 0.05


def test_a_contradicted_link_does_not_bend_the_others() -> None:
    """One wrong lag among consistent ones is outvoted, and the rest keep their places."""
    at = [0.0, 5.0, 9.0, 14.0]
    links = [syncgraph.Link(a, b, at[b] - at[a], 12.0) for a in range(4) for b in range(a + 1, 4) if (a, b) != (0, 3)]
    placed = syncgraph.settle(4, [*links, syncgraph.Link(0, 3, 14.4, 9.0)])

    got = placed.at - placed.at[0]
    assert np.allclose(got, at, atol=0.01)


def test_a_repeated_sound_is_a_comb() -> None:
    """Side peaks one and two periods away mark a repeating sound."""
    peaks = [syncsound.Peak(1.0, 20), syncsound.Peak(3.0, 15), syncsound.Peak(-1.0, 14)]

    assert syncsound.is_comb(peaks)
    assert not syncsound.is_comb([syncsound.Peak(1.0, 20), syncsound.Peak(9.3, 6)])


def test_a_telephone_is_told_by_what_it_does_not_carry() -> None:
    """The same noise with and without what lies below 300 Hz."""
    noise = np.random.default_rng(6).standard_normal(20 * RATE)
    spectrum = np.fft.rfft(noise)
    spectrum[np.fft.rfftfreq(len(noise), 1 / RATE) < 300] *= 0.05
    call = np.fft.irfft(spectrum, len(noise))

    assert syncsound.is_telephone(np.asarray(3000 * call, np.int16))
    assert not syncsound.is_telephone(np.asarray(3000 * noise, np.int16))
    assert not syncsound.is_telephone(np.zeros(RATE, np.int16))


def test_one_repeated_clip_ties_nothing() -> None:
    """The same two-second announcement in two different scenes is one repeated sound, not a link."""
    rng = np.random.default_rng(3)
    clip = np.asarray(9000 * rng.standard_normal(2 * RATE) * np.hanning(2 * RATE), np.int16)
    sounds = []
    for seed, at in ((21, 10), (22, 25)):
        sound = heard_by(scene(seed), Recorder(0.0, 60), seed)
        sound[at * RATE : (at + 2) * RATE] = clip
        sounds.append(sound)

    heard = place_by_sound(sounds)

    assert heard.placed.largest() == []


SHOTS = (20.0, 20.9, 21.5, 25.1, 26.4)


def _with_shots(seed: int, at: tuple[float, ...], *, seconds: float = 60) -> NDArray[np.float64]:
    """A quiet scene with loud bangs, each its own burst of noise."""
    world = 0.15 * scene(seed, seconds)
    rng = np.random.default_rng(77)
    for t in at:
        bang = rng.standard_normal(4800) * np.exp(-np.arange(4800) / 700)
        world[int(t * 16000) : int(t * 16000) + 4800] += 0.8 * bang / np.abs(bang).max()
    return world


def test_a_burst_that_resembles_another_places_nothing() -> None:
    """Six recorders hear five shots; a stranger heard five others with similar intervals, and stays out."""
    here = _with_shots(31, SHOTS)
    sounds = [heard_by(here, Recorder(float(offset), 50), offset) for offset in range(6)]
    similar = tuple(46.0 - t for t in reversed(SHOTS))
    stranger = np.flip(heard_by(np.flip(_with_shots(32, similar)), Recorder(2.0, 50), 9))

    heard = place_by_sound([*sounds, np.ascontiguousarray(stranger)])

    assert heard.placed.largest() == [0, 1, 2, 3, 4, 5]


def test_bare_files_and_a_case_give_the_same_answers(incident: dict[str, Path], timeline: Timeline) -> None:
    """What files are called, and whether there is a calendar, changes no distance, bar or drift."""
    bare = sync.sync_files(list(incident.values()))["files"]

    placed = {name: timeline.of(name) for name in RECORDERS}
    start = min(found.offset for found in placed.values() if found is not None)
    for name, found in placed.items():
        answer = bare[str(incident[name])]
        assert found is not None
        assert answer["offset_s"] == pytest.approx((found.offset - start) / 1e6, abs=0.00011)
        assert answer["uncertainty_s"] == found.uncertainty / 1e6
        assert (answer["drift_ppm"] or 0.0) == found.drift_ppm
        assert answer["drift_uncertainty_ppm"] == found.drift_uncertainty_ppm
        assert (answer["drift_ppm"] is None) == (found.drift_uncertainty_ppm is None)
        assert found.explanation.startswith(answer["reason"])
    assert not bare[str(incident["stranger"])]["synced"]


def test_names_change_nothing(incident: dict[str, Path], timeline: Timeline) -> None:
    """The recordings under names in the opposite order lie exactly where they lay."""
    new = {name: f"{9 - n}-{name}" for n, name in enumerate(sorted(incident))}
    renamed = sync.synchronise({new[name]: path for name, path in incident.items()}, epoch=EPOCH)

    plain = sync.synchronise(incident, epoch=EPOCH)
    for name in RECORDERS:
        one, two = plain.of(name), renamed.of(new[name])
        assert one is not None
        assert two is not None
        assert (one.offset, one.uncertainty, one.acoustic) == (two.offset, two.uncertainty, two.acoustic)


def test_clocks_of_recorders_that_stand_still_are_told_to_a_part_in_a_million() -> None:
    """Five minutes of words beside four recorders whose clocks are up to 60 ppm apart: each rate is stated."""
    rng, rates = np.random.default_rng(3), np.array([-31.0, 28.0, 9.0, -6.0]) * 1e-6
    scene = np.zeros(310 * 8000)
    for start in np.cumsum(rng.uniform(0.3, 3.0, 180)):
        first, word = round(float(start) * 8000), rng.normal(0, 1, int(rng.integers(800, 3200)))
        scene[first : first + len(word)] += (word * np.hanning(len(word)))[: max(0, len(scene) - first)]
    sounds = []
    for offset, rate in zip((0.0, 3.2, 5.7, 1.1), rates, strict=True):
        at = (offset + np.arange(300 * 8000) / 8000 * (1 + rate)) * 8000
        heard = np.interp(at, np.arange(len(scene)), scene) + rng.normal(0, 0.05, len(at))
        sounds.append((heard * 5000).astype(np.int16))

    found = place_by_sound(sounds)

    assert np.abs(found.stated_drift - (rates - rates.mean())).max() < 1e-6
    assert found.drift_doubt.max() < 1e-6


def test_a_drift_of_which_sound_says_less_than_is_believed_of_any_clock_is_not_stated() -> None:
    """Doubts of 4, 12 and 20 ppm where clocks differ by 25: two are told with their doubts, the third is not known."""
    drift, doubt = np.array([3.0, -20.0, 40.0]) * 1e-6, np.array([4.0, 12.0, 20.0]) * 1e-6
    geometry = replace(syncfield.unknown(3), late=np.zeros(3), drift=drift, drift_doubt=doubt)

    stated, known = syncplace._stated(np.zeros(3), np.full(3, np.inf), geometry)

    assert np.allclose(stated * 1e6, [3, -20, 0])
    assert np.allclose(known[:2] * 1e6, [4, 12])
    assert np.isinf(known[2])


def test_a_rate_is_told_against_the_clocks_it_is_tied_to() -> None:
    """Slopes tell differences: three clocks share the mean as their zero, and one that nothing ties stays unknown."""
    slopes = [syncgraph.Slope(a, b, slope, 5e-7) for a, b, slope in ((0, 1, 20e-6), (1, 2, -50e-6), (0, 2, -30e-6))]

    drift, doubt = syncgraph.drifts(4, slopes)

    assert np.allclose(drift[:3] * 1e6, [10 / 3, 70 / 3, -80 / 3], atol=0.1)
    assert (doubt[:3] < 1e-6).all()
    assert np.isinf(doubt[3])


def test_likeness_is_asked_only_where_both_recordings_live_for_five_seconds_together() -> None:
    """Two recordings with mutes of their own: the seconds they share at a lag are counted frame by frame."""
    draw = np.random.default_rng(5)
    frames = 700, 610
    alive = [np.ones(count, np.float32) for count in frames]
    for lives, mutes in zip(alive, ([(0, 40), (300, 420)], [(100, 101), (350, 560)]), strict=True):
        for first, last in mutes:
            lives[first:last] = 0
    known = [
        syncsound.Features((draw.normal(size=(24, len(lives))) * lives).astype(np.float16), lives) for lives in alive
    ]
    curve = syncsound.Curves(known).curve(0, 1)
    together = np.correlate(*alive, "full") / syncsound.FRAMES_PER_S
    assert np.array_equal(curve != 0, together >= 5)


def test_a_place_that_another_rivals_is_no_certainty(incident: dict[str, Path]) -> None:
    """Nineteen that agree say little where a second place is as likely; where none is, all but one in a thousand."""
    strong = [syncplace.Bond(0, k, 1.0, 30.0, None) for k in range(1, 20)]
    assert sync._confidence(strong, odds=1.0) == 0.5
    assert sync._confidence(strong, odds=1e9) == 0.999
    for each in sync.synchronise(incident).alignments:
        assert 0.5 < each.confidence < 1
