# SPDX-License-Identifier: Apache-2.0
"""The small simulated delivery against what is known about it by construction."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pikepdf
import pypdfium2
import pytest
from av.container import InputContainer
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import correlate

from plainview.simulator import papers, simulate, traps
from plainview.simulator.film import make, overlay_lines
from plainview.simulator.recorders import FULL, mini
from plainview.simulator.screenplay import LINES, SHOTS, WITNESS_DOB, WITNESS_NAME, WITNESS_PHONE
from plainview.simulator.speech import voices

SEED = 7


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("simulated"), seed=SEED, size="mini")


@pytest.fixture(scope="module")
def truth(delivery: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((delivery / "truth.json").read_text(encoding="utf-8"))
    return document


def _delivered(delivery: Path, name: str) -> Path:
    """Where a file lies: in the first delivery, or in the one after the first release."""
    places = [delivery / "originals" / part / name for part in ("first", "second")]
    return next(place for place in places if place.exists())


def _recording(truth: dict[str, Any], name: str) -> dict[str, Any]:
    return next(r for r in truth["recordings"] if r["id"] == name)


def _sound(path: Path) -> tuple[NDArray[np.float64], int]:
    with av.open(str(path)) as container:
        assert isinstance(container, InputContainer)
        frames = [f.to_ndarray() for f in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    samples = np.concatenate([f.ravel() for f in frames])
    scale = 32768.0 if samples.dtype == np.int16 else 1.0
    return samples.astype(np.float64) / scale, rate


def _found_at(track: NDArray[np.float64], rate: int, line: str) -> float:
    """Where a line is in a track, by correlation with the line itself."""
    voice = voices()[line].samples.astype(np.float64)
    positions = np.arange(0, len(voice) * rate // 16_000) * 16_000 / rate
    pattern = np.interp(positions, np.arange(len(voice)), voice)
    return float(np.argmax(np.abs(correlate(track, pattern, mode="valid"))) / rate)


def test_every_recording_lies_where_the_truth_says(delivery: Path, truth: dict[str, Any]) -> None:
    """The delivered folder holds exactly the recordings, papers and traps that the truth names."""
    named = {r["path"] for r in truth["recordings"]} | {t["path"] for t in truth["traps"]}
    named |= {papers.TRR_PATH, papers.INCIDENT_PATH, papers.PHOTO_PATH, papers.CAPTION_PATH}
    parts = [delivery / "originals" / part for part in ("first", "second")]
    found = [str(p.relative_to(part)) for part in parts for p in part.rglob("*") if p.is_file()]
    assert sorted(found) == sorted(named)


def test_spoken_words_are_where_the_truth_says(delivery: Path, truth: dict[str, Any]) -> None:
    """A line found by correlation in the decoded sound starts within ten milliseconds of the truth."""
    checked = 0
    for name, line in (("bwc-1", "s09"), ("bwc-1", "s11"), ("911-2", "d02")):
        recording = _recording(truth, name)
        utterance = next(u for u in truth["utterances"] if u["id"] == line)
        place = next(p for p in utterance["heard_on"] if p["recording"] == name)
        track, rate = _sound(_delivered(delivery, recording["path"]))
        low, high = int((place["start_s"] - 1) * rate), int((place["end_s"] + 1) * rate)
        assert abs(_found_at(track[low:high], rate, line) + low / rate - place["start_s"]) < 0.010
        checked += 1
    assert checked == 3


def test_media_time_and_the_common_clock_agree(truth: dict[str, Any]) -> None:
    """offset + media * (1 + drift) plus the sound's way gives back the time of the event, for every shot."""
    by_id = {r["id"]: r for r in truth["recordings"]}
    places = [(shot["t"], p) for shot in truth["shots"] for p in shot["heard_on"]]
    assert {p["recording"] for _, p in places} >= {"bwc-1", "911-2", "doorbell"}
    for at, place in places:
        r = by_id[place["recording"]]
        common = r["offset_s"] + place["start_s"] * (1 + r["drift_ppm"] * 1e-6)
        assert common - place["delay_s"] == pytest.approx(at, abs=2e-4)


def test_five_shots_stand_out_on_the_body_camera(delivery: Path, truth: dict[str, Any]) -> None:
    """Each of the five shots is a sudden rise of sound at its true time."""
    recording = _recording(truth, "bwc-1")
    track, rate = _sound(_delivered(delivery, recording["path"]))
    assert truth["shot_count"] == 5
    for shot in truth["shots"]:
        at = next(p for p in shot["heard_on"] if p["recording"] == "bwc-1")["start_s"]
        before = track[int((at - 0.05) * rate) : int((at - 0.01) * rate)]
        after = track[int(at * rate) : int((at + 0.02) * rate)]
        assert np.abs(after).max() > 2.2 * np.abs(before).max()


def test_the_silent_buffer_is_digital_silence_and_ends_with_tones(delivery: Path, truth: dict[str, Any]) -> None:
    """A body camera's buffer has no sound; its two start tones follow at once."""
    recording = _recording(truth, "bwc-1")
    track, rate = _sound(_delivered(delivery, recording["path"]))
    assert np.abs(track[: int((recording["buffer_s"] - 0.1) * rate)]).max() < 1e-3
    tones = [t["media_s"] for t in recording["tones"] if t["kind"] == "start"]
    assert [round(t - recording["buffer_s"], 2) for t in tones] == [0.05, 0.35]


def test_faces_are_inside_the_picture_and_the_child_is_marked(truth: dict[str, Any]) -> None:
    """Boxes of faces lie in the frame, one person is a child, and officers are not called children."""
    faces = _recording(truth, "doorbell")["faces"]
    assert faces["child"]["child"]
    assert not faces["mother"]["child"]
    for boxes in (f["boxes"] for f in faces.values()):
        for frame, x, y, w, h in boxes:
            assert 0 <= frame < _recording(truth, "doorbell")["frames"]
            assert -w / 2 <= x <= 320 - w / 2
            assert -h / 2 <= y <= 240 - h / 2


def test_the_stranger_belongs_nowhere(truth: dict[str, Any]) -> None:
    """The recording of something else has no place on the common clock and hears none of the incident."""
    stranger = _recording(truth, "stranger")
    assert stranger["offset_s"] is None
    assert not stranger["placed"]
    heard = {u["channel"] for u in truth["utterances"] for p in u["heard_on"] if p["recording"] == "stranger"}
    assert heard == {"fair"}


def test_the_report_has_form_fields_and_a_text_layer(delivery: Path) -> None:
    """The tactical response report says four rounds in a field, and names the witness in both layers."""
    path = _delivered(delivery, papers.TRR_PATH)
    with pikepdf.open(path) as pdf:
        fields = {str(f.T): str(f.V) for f in pdf.Root.AcroForm.Fields}  # type: ignore[attr-defined, unused-ignore]
    assert fields["total_rounds_fired_by_member"] == "4"
    assert fields["reason_for_contact"] == "Investigatory stop"
    assert fields["witness"] == WITNESS_NAME
    document = pypdfium2.PdfDocument(path)
    text = document[1].get_textpage().get_text_range()
    assert WITNESS_NAME in text
    assert WITNESS_DOB in text
    assert WITNESS_PHONE in text


def test_the_photograph_tells_where_it_was_taken(delivery: Path) -> None:
    """The photograph's Exif holds a GPS place and an embedded thumbnail."""
    path = _delivered(delivery, papers.PHOTO_PATH)
    data, exif = path.read_bytes(), Image.open(path).getexif()
    gps = exif.get_ifd(0x8825)
    degrees, minutes, seconds = (float(v) for v in gps[2])
    assert degrees + minutes / 60 + seconds / 3600 == pytest.approx(papers.PHOTO_GPS[0], abs=1e-5)
    assert data.count(b"\xff\xd8\xff") == 2


def test_the_traps_are_as_described(delivery: Path, truth: dict[str, Any]) -> None:
    """Duplicate, cut, playlist, empty file, odd name and escaping manifest line are all there."""
    by_kind = {t["trap"]: t for t in truth["traps"]}
    same = by_kind["duplicate"]
    assert _delivered(delivery, same["path"]).read_bytes() == _delivered(delivery, same["of"]).read_bytes()
    with pytest.raises(av.error.FFmpegError):
        av.open(str(_delivered(delivery, traps.TRUNCATED)))
    assert _delivered(delivery, traps.PLAYLIST).read_bytes().startswith(b"#EXTM3U")
    assert _delivered(delivery, traps.EMPTY).stat().st_size == 0
    assert {"\x07", "\n", "\u202e"} <= set(traps.ODD_NAME)
    assert ".." in traps.ODD_NAME
    assert "../../secret.mp4" in _delivered(delivery, traps.MANIFEST).read_text(encoding="utf-8")


def test_statements_cite_only_moments_and_papers_that_exist(delivery: Path) -> None:
    """Five parties speak; every citation points at a moment or a delivered paper."""
    said = json.loads((delivery / "statements.json").read_text(encoding="utf-8"))
    moments = {m["id"] for m in said["moments"]}
    assert len({s["party"] for s in said["statements"]}) == 5
    for citation in (c for s in said["statements"] for a in s["assertions"] for c in a["citations"]):
        assert ("moment" in citation) != ("exhibit_path" in citation)
        assert citation["relation"] in {"supports", "contradicts", "undetermined"}
        if "moment" in citation:
            assert citation["moment"] in moments
        else:
            assert _delivered(delivery, citation["exhibit_path"]).exists()


def test_decisions_name_an_agent_and_cover_every_face_and_secret(delivery: Path, truth: dict[str, Any]) -> None:
    """Each decision has an agent and a kind; every person's face on every placed recording is decided."""
    names = ("decisions.jsonl", "decisions-2.jsonl")
    lines = [line for name in names for line in (delivery / name).read_text(encoding="utf-8").splitlines()]
    taken = [json.loads(line) for line in lines]
    assert {d["as"] for d in taken} == {"reviewer-a", "reviewer-b"}
    selectors = [d["selector"] for d in taken if d["decide"] == "redaction"]
    decided = {(s.get("path"), s["kind"]) for s in selectors}
    for r in truth["recordings"]:
        if r["placed"] and r.get("faces"):
            assert (r["path"], "face") in decided
    terms = next(d for d in taken if d["decide"] == "subject_terms" and d["subject"] == "witness-1")["terms"]
    assert {WITNESS_NAME, WITNESS_DOB, WITNESS_PHONE} <= set(terms)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Made twice, a video and a telephone call are equal byte for byte."""
    for recorder in (r for r in mini() if r.id in {"doorbell", "911-2"}):
        short = type(recorder)(**{f: getattr(recorder, f) for f in recorder.__slots__} | {"duration": 3.0})
        digests = set()
        for n in range(2):
            make(short, tmp_path / f"{recorder.id}-{n}", SEED)
            digests.add(hashlib.sha256((tmp_path / f"{recorder.id}-{n}").read_bytes()).hexdigest())
        assert len(digests) == 1


def test_wrong_clocks_are_burned_in_wrong() -> None:
    """The shop's picture shows a time four minutes and twelve seconds ahead; a body camera shows UTC."""
    by_id = {r.id: r for r in FULL}
    assert overlay_lines(by_id["shop"], 60.0)[-1] == "2026/03/14 21:45:12"
    assert overlay_lines(by_id["bwc-3"], 60.0)[0] == "2026-03-15 T02:41:00Z"


def test_the_screenplay_holds_what_the_case_needs() -> None:
    """Two commands, a question and its answer, five shots within three seconds, three spoken secrets."""
    said = [line.text for line in LINES]
    assert said.count("Drop the gun!") == 2
    assert "Why did you shoot me?" in said
    assert "You had a gun." in said
    assert len(SHOTS) == 5
    assert SHOTS[-1] - SHOTS[0] < 3
    radio = " ".join(line.text for line in LINES if line.channel == "radio")
    assert WITNESS_NAME in radio
    assert len(FULL) >= 12
    assert set(voices()) == {line.id for line in LINES}
