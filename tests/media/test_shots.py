# SPDX-License-Identifier: Apache-2.0
"""Shots are counted as an interval: echoes, doors and far recorders do not move it off the truth."""

from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from media.spoken import RATE, Sound, engine, scene
from plainview.errors import MissingPart
from plainview.media import shots
from plainview.media.impulses import FEATURES, onsets
from plainview.media.shots import reconcile
from plainview.model.finding import Basis, ShotCandidate
from plainview.model.time import IncidentTime, MediaTime
from plainview.model.timeline import Alignment, Timeline
from plainview.pipeline.steps import STEPS
from plainview.simulator.sound import gunshot

BASIS = Basis("made by hand", "1")
FIVE = (10.0, 10.437, 10.812, 11.905, 12.318)


def heard(times: Sequence[float], *, delay: float = 0.0, sure: float = 0.98) -> list[ShotCandidate]:
    """Candidates of one recorder, each ``delay`` seconds after the muzzle."""
    return [ShotCandidate(MediaTime(round((t + delay) * 1e6)), sure, BASIS) for t in times]


def clock(*names: str) -> Timeline:
    """Recorders whose media time is the case's time, known to 10 ms."""
    return Timeline(tuple(Alignment(n, IncidentTime(0), 0.0, 10_000, "sound", 0.9) for n in names), ())


def test_five_shots_on_three_recorders_at_three_distances() -> None:
    """Delays of 2, 60 and 180 ms are five shots and no doubt: each is clear on all three."""
    count = reconcile(
        {"a": heard(FIVE, delay=0.002), "b": heard(FIVE, delay=0.06), "c": heard(FIVE, delay=0.18)},
        clock("a", "b", "c"),
    )

    assert (count.low, count.best, count.high) == (5, 5, 5)
    assert [event.heard_on for event in count.events] == [("a", "b", "c")] * 5
    assert [abs(e.at / 1e6 - t) <= e.uncertainty / 1e6 for e, t in zip(count.events, FIVE, strict=True)] == [True] * 5
    assert "5 heard by at least two of 3 recordings" in count.reason


def test_copies_of_one_recording_confirm_nothing() -> None:
    """One microphone's five sounds delivered twice are heard by one witness: nothing is confirmed, and it is said."""
    copied = replace(clock("a", "b"), copies=(("a", "b"),))

    count = reconcile({"a": heard(FIVE), "b": heard(FIVE)}, copied)
    alone = reconcile({"a": heard(FIVE)}, clock("a"))

    assert all(len(event.heard_on) == 1 for event in count.events)
    assert (count.low, count.high) == (alone.low, alone.high)
    assert count.reason.endswith("; b only copies of others.")


def test_a_recorder_that_missed_the_first_shot_does_not_slip_by_one() -> None:
    """Of evenly spaced shots three are on both, and the first is a doubt of one: nothing shifts by one interval."""
    even = (10.0, 10.24, 10.48, 10.72)

    count = reconcile({"a": heard(even), "b": heard(even[1:], delay=0.03)}, clock("a", "b"))

    assert (count.low, count.best) == (3, 3)
    assert 4 <= count.high <= 5


def test_an_echo_on_one_recorder_is_not_a_shot() -> None:
    """Each recorder's own weaker, later impulses leave the best count as it is."""
    with_echoes = sorted([*heard(FIVE), *heard([t + 0.21 for t in FIVE], sure=0.6)], key=lambda c: c.at)

    count = reconcile({"a": with_echoes, "b": heard(FIVE, delay=0.05)}, clock("a", "b"))

    assert (count.low, count.best, count.high) == (4, 5, 6)


def test_crack_and_thump_widen_the_interval() -> None:
    """Two impulses 60 ms apart on both recorders may be one shot, and the reason says so."""
    pair = (10.0, 10.06, 11.0)

    count = reconcile({"a": heard(pair), "b": heard(pair, delay=0.1)}, clock("a", "b"))

    assert (count.low, count.best, count.high) == (1, 3, 4)
    assert "crack and blast" in count.reason


def test_no_count_falls_below_none() -> None:
    """A doubtful pair that may be one shot's crack and blast is at the least no shot at all, however doubtful."""
    for sure in (0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
        pair = heard((10.0, 10.06), sure=sure)
        count = reconcile({"a": pair, "b": pair}, clock("a", "b"))
        assert 0 <= count.low <= count.high, sure


def test_an_even_run_is_fast_fire_and_not_cracks() -> None:
    """Six impulses 80 ms apart on three recorders are six shots; only a pair by itself may be crack and blast."""
    fast = [10.0 + 0.08 * k for k in range(6)]

    count = reconcile({n: heard(fast, delay=d) for n, d in (("a", 0.0), ("b", 0.11), ("c", 0.02))}, clock("a", "b", "c"))

    assert (count.low, count.best) == (6, 6)
    assert "crack and blast" not in count.reason


def test_an_answer_of_a_wall_on_one_recorder_makes_no_second_shot() -> None:
    """A wall answers one recorder after 31 ms; of two that hear each shot once one lies nearer to that answer."""
    wall = sorted([*heard(FIVE), *heard([t + 0.031 for t in FIVE], sure=0.9)], key=lambda c: c.at)
    late = heard([t + 0.031 * (k % 2) for k, t in enumerate(FIVE)], delay=0.09)

    count = reconcile({"a": wall, "b": heard(FIVE, delay=0.06), "c": late}, clock("a", "b", "c"))

    assert (count.low, count.best, count.high) == (5, 5, 5)
    assert [len(event.heard_on) for event in count.events] == [3] * 5


def test_two_shots_at_once_are_two_where_two_recorders_tell_them_apart() -> None:
    """35 ms apart, both clear on two recorders of three: two shots, whatever the third makes of them."""
    pair = (10.0, 10.035, 11.4)

    count = reconcile(
        {"a": heard(pair), "b": heard(pair, delay=0.08), "c": heard(pair[1:], delay=0.05)}, clock("a", "b", "c")
    )

    assert count.high == 3


def test_a_recorder_far_away_is_still_the_same_burst() -> None:
    """A recorder 150 m off hears every shot 437 ms later; that is travel, and adds nothing to the count."""
    count = reconcile(
        {"a": heard(FIVE), "b": heard(FIVE, delay=0.437), "c": heard(FIVE, delay=0.05)}, clock("a", "b", "c")
    )

    assert (count.low, count.best, count.high) == (5, 5, 5)


def test_a_door_on_one_recording_elsewhere_is_not_counted() -> None:
    """A sudden sound on one recording, far from the burst, is mentioned and left out."""
    count = reconcile({"a": [*heard(FIVE), *heard([40.0])], "b": heard(FIVE)}, clock("a", "b"))

    assert (count.low, count.best, count.high) == (4, 5, 6)
    assert "1 single sudden sound elsewhere" in count.reason


def test_weak_on_several_recorders_is_a_doubt() -> None:
    """A sound that four recorders each half believe widens the interval: they may all mishear it alike."""
    many = {name: heard(FIVE[:4]) + heard(FIVE[4:], sure=0.35) for name in "abcd"}

    count = reconcile(many, clock(*"abcd"))

    assert (count.low, count.best, count.high) == (4, 4, 5)


def test_knocks_beside_one_recorder_are_no_certain_shots() -> None:
    """Two shots on three recorders, then six knocks that one of them hears well and the others hardly."""
    knocks = [20.0 + 0.3 * k for k in range(6)]
    near = heard(FIVE[:2]) + heard([k - 8 for k in knocks], sure=0.96)
    far = heard(FIVE[:2]) + heard([k - 8 for k in knocks], sure=0.4)

    count = reconcile({"a": near, "b": far, "c": far}, clock(*"abc"))

    assert count.low <= 2 <= count.high


def test_a_shot_faint_on_every_recorder_is_possible() -> None:
    """Far from all three recorders: none of them is sure, and together they do not say that there was none."""
    count = reconcile({name: heard(FIVE[:1], sure=0.35) for name in "abc"}, clock(*"abc"))

    assert count.low == 0 < count.high


def test_a_row_of_faint_knocks_elsewhere_hides_no_shot() -> None:
    """One sound that all three heard by halves, then a dozen that one of them hears faintly: the first stays possible."""
    knocks = heard([20.0 + 0.3 * k for k in range(12)], sure=0.45)
    shot = heard(FIVE[:1], sure=0.35)

    count = reconcile({"a": shot + heard([30.0], sure=0.6) + knocks, "b": shot, "c": shot}, clock(*"abc"))

    assert count.low == 0 < count.high
    assert [abs(event.at / 1e6 - FIVE[0]) < 0.1 for event in count.events] == [True]


def test_a_shot_that_all_recorders_hardly_heard_among_others_widens_the_interval() -> None:
    """Rapid fire in which gain turned down all but buries the fourth of five: five is not ruled out."""
    times = [10.0 + 0.1 * k for k in range(5)]
    found = heard(times[:3]) + heard(times[3:4], sure=0.15) + heard(times[4:])

    count = reconcile(dict.fromkeys("abc", found), clock(*"abc"))

    assert (count.low, count.best, count.high) == (4, 4, 5)


def test_a_single_recorder_confirms_nothing() -> None:
    """With one recording the interval is that recording's own, and the reason says that it is alone."""
    count = reconcile({"a": heard(FIVE[:4]) + heard(FIVE[4:], sure=0.6)}, clock("a"))

    assert (count.low, count.best, count.high) == (3, 5, 7)
    assert count.reason.startswith("one recording only")


def test_unplaced_recordings_do_not_count() -> None:
    """A recording without a place is left out and named."""
    count = reconcile({"a": heard(FIVE), "b": heard(FIVE), "x": heard(FIVE)}, clock("a", "b"))

    assert (count.low, count.best, count.high) == (4, 5, 6)
    assert "x not on the common clock" in count.reason


def test_no_shot_is_an_answer() -> None:
    """Recordings were listened to and nothing in them is like a shot: nought to nought."""
    count = reconcile({"a": [], "b": []}, clock("a", "b"))

    assert (count.low, count.high, count.events) == (0, 0, ())


def street(*, delay: float, noise: float, gain: float, seed: int) -> Sound:
    """Five reports, two shouted commands, and a recorder's own noise; 20 s."""
    sound = scene(20, [(4.0, "s09"), (15.0, "s12")], noise=noise, seed=seed)
    for n, at in enumerate(FIVE):
        report = gunshot(np.random.default_rng([9, n]))
        first = round((at + delay) * RATE)
        sound[first : first + len(report)] += np.float32(gain) * report
    return np.clip(sound, -1, 1)


def test_reports_are_found_at_their_times() -> None:
    """Sound made by another hand than the model's training: five onsets within 5 ms, all candidates."""
    found = shots.scored(street(delay=0.0, noise=0.003, gain=0.12, seed=5))

    near = [[p for at, p in found if abs(at - t) < 0.005] for t in FIVE]
    assert [len(some) for some in near] == [1] * 5


def test_three_recordings_of_five_shots_contain_five() -> None:
    """Near and clipped, middling, far and noisy: the interval holds five and is at most two wide."""
    sounds = {
        "a": street(delay=0.004, noise=0.002, gain=0.6, seed=6),
        "b": street(delay=0.06, noise=0.004, gain=0.15, seed=7),
        "c": street(delay=0.14, noise=0.01, gain=0.1, seed=8),
    }
    found = {
        name: [ShotCandidate(MediaTime(round(at * 1e6)), p, BASIS) for at, p in shots.scored(sound)]
        for name, sound in sounds.items()
    }

    count = reconcile(found, clock("a", "b", "c"))

    assert count.low <= 5 <= count.high
    assert count.high - count.low <= 2


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(10 * RATE, np.float32), id="digital silence"),
        pytest.param(scene(10, noise=0.05), id="noise"),
        pytest.param(engine(10), id="engine"),
        pytest.param(
            np.concatenate([np.zeros(4 * RATE, np.float32), scene(6, noise=0.03)]), id="silent beginning ends"
        ),
    ],
)
def test_other_sound_is_no_shot(sound: Sound) -> None:
    """Silence, noise, an engine and the end of a silent beginning give nothing that counts as a shot."""
    assert [at for at, p in shots.scored(sound) if p >= shots.SURE] == []


def test_speech_is_no_shot() -> None:
    """A shouted sentence has onsets, none of which reaches the mark from which one recorder matters."""
    shouts = scene(9, [(1.0, "s07"), (4.0, "c08")], noise=0.002) * np.float32(1.8)

    assert [at for at, p in shots.scored(shouts) if p >= shots.SURE] == []


def test_features_do_not_depend_on_level() -> None:
    """The same sound 20 dB quieter has the same onsets and nearly the same confidence."""
    loud = street(delay=0.0, noise=0.003, gain=0.1, seed=11)

    first, second = shots.scored(loud), shots.scored(loud * np.float32(0.1))

    sure = [(round(at, 4), p) for at, p in first if p >= 0.3]
    again = {round(at, 4): p for at, p in second}
    assert sure
    assert all(abs(again[at] - p) < 0.15 for at, p in sure)
    assert onsets(loud).features.shape[1] == len(FEATURES)


def test_a_changed_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's bytes are checked against the pinned digest before use."""
    monkeypatch.setattr(shots, "MODEL_SHA256", "0" * 64)
    shots._trees.cache_clear()

    with pytest.raises(MissingPart, match="gunshot model"):
        shots.scored(scene(3))
    shots._trees.cache_clear()


def test_the_stand_alone_answer(tmp_path: Path) -> None:
    """One file: its candidates in seconds, a count, a reason; a file that is no recording is named."""
    path = tmp_path / "street.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((street(delay=0.0, noise=0.003, gain=0.3, seed=5) * 32767).astype("<i2").tobytes())
    (tmp_path / "broken.mp4").write_bytes(b"\0" * 100)

    answer = shots.shots_files([path, tmp_path / "broken.mp4"])

    assert json.loads(json.dumps(answer)) == answer
    assert list(answer["files"]) == [str(path)]
    assert {"t_s", "confidence"} == set(answer["files"][str(path)][0])
    assert answer["count"][0] <= 5 <= answer["count"][1] + 1
    assert "broken.mp4" in answer["unreadable"][str(tmp_path / "broken.mp4")]


def test_a_long_recording_is_heard_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut into blocks of five seconds, the same candidates come out as in one go, none twice."""
    path = tmp_path / "street.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((street(delay=0.0, noise=0.003, gain=0.3, seed=5) * 32767).astype("<i2").tobytes())
    whole = shots.candidates(path, exhibit="EX-0001")

    monkeypatch.setattr(shots, "_BLOCK", 5 * RATE)
    blocks = shots.candidates(path, exhibit="EX-0001")

    assert [c.at for c in blocks if c.confidence > 0.3] == [c.at for c in whole if c.confidence > 0.3]


def test_bare_files_and_a_case_say_the_same(tmp_path: Path) -> None:
    """Through the case's steps and by ``plainview shots`` the same files give the same times, count and reason."""
    paths = {}
    for name, delay, gain in (("a", 0.0, 0.5), ("b", 0.06, 0.2)):
        paths[name] = tmp_path / f"{name}.wav"
        with wave.open(str(paths[name]), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            heard_here = street(delay=delay, noise=0.003, gain=gain, seed=5)
            out.writeframes((heard_here * 32767).astype("<i2").tobytes())
    steps: dict[str, Path] = {}

    def step(name: str, result: str, **given: object) -> str:
        steps[result] = tmp_path / f"{result}.json"
        steps[result].write_text(STEPS[name].run(tmp_path, **given))
        return str(steps[result])

    listened = {name: step("shots", f"shots-{name}", path=str(path), exhibit=name) for name, path in paths.items()}
    clock_file = step(
        "sync", "timeline", files={n: str(p) for n, p in paths.items()}, readings=[], epoch="2026-01-01T00:00:00Z",
        sources={},
    )  # fmt: skip
    inside = json.loads(Path(step("count", "count", candidates=listened, timeline=clock_file)).read_text())

    bare = shots.shots_files(list(paths.values()))

    assert bare["count"] == [inside["low"], inside["high"]]
    assert inside["low"] <= 5 <= inside["high"]
    assert bare["reason"] == inside["reason"]
    for name, path in paths.items():
        all_inside = {row["at"] / 1e6: row["confidence"] for row in json.loads(Path(listened[name]).read_text())}
        assert bare["files"][str(path)]
        assert all(all_inside[row["t_s"]] == row["confidence"] for row in bare["files"][str(path)])
