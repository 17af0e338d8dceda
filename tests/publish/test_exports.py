# SPDX-License-Identifier: Apache-2.0
"""Every export is opened again by a reader that we did not write, and says what the release says."""

from __future__ import annotations

import csv
import json
import runpy
import subprocess
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import opentimelineio
import pympi
import pytest
import webvtt

from plainview.errors import WrongUsage
from plainview.model.finding import Basis
from plainview.model.time import MediaSpan, media_seconds
from plainview.model.transcript import Heard, Word
from plainview.publish.exports import FORMATS, export, timeline_to_otio, words_to_vtt
from publish.example_release import EPOCH, example

WEB = Path(__file__).parents[2] / "web"

ROOT = "https://oversight.example/c/2026-0042/v2/data"
MIDNIGHT_TO_START = 21 * 3600 + 40 * 60 + 58
"""The first camera starts at 21:40:58."""


def written(fmt: str, folder: Path, *, root: str = ROOT) -> dict[str, Path]:
    return {path.name: path for path in export(example(), fmt, folder, media_root=root)}


def seconds(value: Any) -> float:
    return float(value.to_seconds())


def placed(timeline: Any, kind: str) -> dict[str, tuple[float, float]]:
    """Track name → (start, length) in seconds of its one clip, as OpenTimelineIO reckons them."""
    found = {}
    for track in timeline.tracks:
        for clip in track.find_clips():
            if track.kind == kind:
                span = clip.range_in_parent()
                found[track.name or clip.name] = (seconds(span.start_time), seconds(span.duration))
    return found


def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    """The sentence names every format, so nobody has to look it up."""
    with pytest.raises(WrongUsage, match="eaf, edl, fcpxml"):
        export(example(), "avid", tmp_path)


@pytest.mark.parametrize("fmt", sorted(FORMATS))
def test_the_same_release_gives_the_same_bytes(fmt: str, tmp_path: Path) -> None:
    """An export can be compared with the one somebody made a year ago."""
    first = {name: path.read_bytes() for name, path in written(fmt, tmp_path / "a").items()}
    second = {name: path.read_bytes() for name, path in written(fmt, tmp_path / "b").items()}

    assert first == second


@pytest.mark.parametrize("fmt", sorted(FORMATS))
def test_an_empty_release_exports_without_failing(fmt: str, tmp_path: Path) -> None:
    """A case whose recordings are all withheld still has an export that says so by being empty."""
    from dataclasses import replace

    bare = replace(example(), recordings=(), documents=(), utterances=(), moments=(), statements=(), status=())

    for path in export(bare, fmt, tmp_path):
        assert path.read_text(encoding="utf-8") is not None


def test_captions_open_in_webvtt_py(tmp_path: Path) -> None:
    """The line said six seconds into the first camera has its cue there, and the hidden word its reason."""
    files = written("vtt", tmp_path)
    cues = list(webvtt.read(str(files["bwc-1.vtt"])))

    assert {"bwc-1.vtt", "bwc-2.vtt", "call-1.vtt", "empty.vtt"} == set(files)
    assert (cues[0].start, cues[0].text, cues[0].voice) == ("00:00:06.000", "Drop the gun", "Officer A")
    assert cues[1].text == "My name is [private contact]"


def test_opentimelineio_reads_every_placed_recording_at_its_offset(tmp_path: Path) -> None:
    """Three recordings on parallel tracks, 0, 3 and 12 seconds after the first; the rest listed with reasons."""
    timeline = opentimelineio.adapters.read_from_file(str(written("otio", tmp_path)["case.otio"]))

    assert placed(timeline, "Video") == {"bwc-1": (0.0, 90.0), "bwc-2": (3.0, 30.5)}
    assert placed(timeline, "Audio") == {"bwc-1": (0.0, 90.0), "bwc-2": (3.0, 30.5), "call-1": (12.0, 20.0)}
    assert seconds(timeline.global_start_time) == MIDNIGHT_TO_START
    left_out = {item["slug"]: item["why"] for item in timeline.metadata["plainview"]["left_out"]}
    assert left_out == {"stranger": "It shares no sound with any other recording.", "empty": "it has no length"}


def test_opentimelineio_shows_moments_as_markers(tmp_path: Path) -> None:
    """m1 is four seconds after the epoch, six into the cut; a moment outside every recording has no frame."""
    timeline = opentimelineio.adapters.read_from_file(str(written("otio", tmp_path)["case.otio"]))
    marks = [
        (m.name, seconds(m.marked_range.start_time), seconds(m.marked_range.duration)) for m in timeline.tracks.markers
    ]

    assert marks[0] == ("m1 “Drop the gun” — first", 6.0, 1.0)
    assert [name for name, _, _ in marks] == ["m1 “Drop the gun” — first", "m2 =Shot <1>"]


def test_media_addresses_lie_below_the_root_that_was_given(tmp_path: Path) -> None:
    """With a root the files are found on the web; without one beside the export."""
    timeline = opentimelineio.adapters.read_from_file(str(written("otio", tmp_path / "a")["case.otio"]))
    local = opentimelineio.adapters.read_from_file(str(written("otio", tmp_path / "b", root="")["case.otio"]))

    assert timeline.find_clips()[0].media_reference.target_url == f"{ROOT}/media/bwc-1/full.mp4"
    assert local.find_clips()[0].media_reference.target_url == "media/bwc-1/full.mp4"


def test_a_folder_as_root_becomes_a_file_address_and_a_path_for_kdenlive(tmp_path: Path) -> None:
    """Spaces are escaped where addresses stand and spelt out where paths do."""
    timeline = opentimelineio.adapters.read_from_file(str(written("otio", tmp_path, root="/my cases/v2")["case.otio"]))
    project = written("kdenlive", tmp_path, root="/my cases/v2")["case.kdenlive"].read_text(encoding="utf-8")

    assert timeline.find_clips()[0].media_reference.target_url == "file:///my%20cases/v2/media/bwc-1/full.mp4"
    assert ">/my cases/v2/media/bwc-1/full.mp4<" in project


def test_final_cut_pro_xml_opens_in_its_own_adapter(tmp_path: Path) -> None:
    """The FCPXML reader finds each recording connected at its offset after the sequence's start."""
    read = opentimelineio.adapters.read_from_file(str(written("fcpxml", tmp_path)["case.fcpxml"]), "fcpx_xml")
    clips = {clip.name: clip for clip in read.find_clips()}
    starts = {name: seconds(clip.trimmed_range_in_parent().start_time) for name, clip in clips.items()}

    assert set(starts) == {"Recording bwc-1", "Recording bwc-2", "Recording call-1"}
    assert starts["Recording bwc-2"] - starts["Recording bwc-1"] == pytest.approx(3.0)
    assert starts["Recording call-1"] - starts["Recording bwc-1"] == pytest.approx(12.0)
    assert seconds(clips["Recording bwc-2"].duration()) == 30.5


def test_final_cut_pro_xml_keeps_the_markers(tmp_path: Path) -> None:
    """The adapter drops markers, so the file itself is asked: they stand inside the gap, in its time."""
    from xml.etree import ElementTree as ET

    root = ET.parse(written("fcpxml", tmp_path)["case.fcpxml"]).getroot()
    marks = [(m.get("value"), m.get("start")) for m in root.iter("marker")]
    gap = next(root.iter("gap"))

    assert marks == [("m1 “Drop the gun” — first", "180/30s"), ("m2 =Shot <1>", "435/30s")]
    assert gap.get("start") == "0s"
    assert [child.tag for child in gap] == ["asset-clip"] * 3 + ["marker"] * 2


def test_each_camera_has_an_edit_list_in_the_cases_time_of_day(tmp_path: Path) -> None:
    """The CMX 3600 reader finds the clip at 21:40:58 and 21:41:01, with the moments it covers."""
    files = written("edl", tmp_path)
    reads = {
        name: opentimelineio.adapters.read_from_file(str(path), "cmx_3600", rate=30) for name, path in files.items()
    }
    second = reads["bwc-2.edl"]
    clip = second.find_clips()[0]
    record = clip.metadata["cmx_3600"]

    assert set(files) == {"bwc-1.edl", "bwc-2.edl", "call-1.edl"}
    assert "21:41:01:00 21:41:31:15" in files["bwc-2.edl"].read_text()
    assert (clip.name, record["reel"], seconds(clip.duration())) == ("Recording bwc-2", "BWC2", 30.5)
    assert [m.name for m in clip.markers] == ['m1 "Drop the gun" - first', "m2 =Shot <1>"]
    assert reads["call-1.edl"].tracks[0].kind == "Audio"


def test_kdenlive_project_opens_in_its_adapter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tracks from the bottom up, each clip after a blank of its offset, moments as guides."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = opentimelineio.adapters.read_from_file(str(written("kdenlive", tmp_path)["case.kdenlive"]))
    capsys.readouterr()

    assert placed(read, "Video") == {"bwc-1": (0.0, 90.0), "bwc-2": (3.0, 30.5)}
    assert placed(read, "Audio") == {"bwc-1": (0.0, 90.0), "bwc-2": (3.0, 30.5), "call-1": (12.0, 20.0)}
    assert seconds(read.tracks.markers[0].marked_range.start_time) == 6.0


def test_elan_files_open_in_pympi(tmp_path: Path) -> None:
    """Each placed recording has a file in its own milliseconds: 6 s into the first camera, 3 s into the second."""
    files = written("eaf", tmp_path)
    first, second = pympi.Eaf(str(files["bwc-1.eaf"])), pympi.Eaf(str(files["bwc-2.eaf"]))

    assert set(files) == {"bwc-1.eaf", "bwc-2.eaf", "call-1.eaf"}
    assert first.get_annotation_data_for_tier("Officer A") == [(6000, 6900, "Drop the gun")]
    assert second.get_annotation_data_for_tier("Officer A") == [(3000, 3900, "Drop the gun")]
    assert first.get_annotation_data_for_tier("speech")[0][2] == "My name is [private contact]"
    assert first.get_annotation_data_for_tier("moments")[0] == (6000, 7000, "m1: “Drop the gun” — first")
    assert first.get_linked_files()[0]["MEDIA_URL"] == f"{ROOT}/media/bwc-1/full.mp4"


def test_tables_open_in_a_spreadsheet_without_running_anything(tmp_path: Path) -> None:
    """Every row has its columns; a title that begins with an equals sign is text, not a formula."""
    files = written("csv", tmp_path)
    tables = {}
    for name, path in files.items():
        with path.open(newline="", encoding="utf-8") as file:
            tables[name] = list(csv.DictReader(file))

    assert [row["starts_s"] for row in tables["recordings.csv"]] == ["-2.0", "1.0", "10.0", "", "5.0"]
    assert tables["recordings.csv"][3]["not_placed_because"].startswith("It shares no sound")
    assert tables["moments.csv"][1]["title"] == "'=Shot <1>"
    assert tables["moments.csv"][0]["starts"] == "2026-03-14T21:41:04.000-05:00"
    assert [row["assertion"] for row in tables["statements.csv"]] == ["A command was given.", "He turned."]
    assert tables["statements.csv"][0]["relation"] == "supports"
    assert {row["reason"] for row in tables["hidden.csv"]} == {"minor", "private-contact"}
    assert tables["transcript.csv"][1]["text"] == "My name is [private contact]"


def test_annotations_point_into_the_published_files(tmp_path: Path) -> None:
    """Each has a body, a media fragment inside the recording, and the version it was made for."""
    page = json.loads(written("webannotation", tmp_path)["annotations.json"].read_text(encoding="utf-8"))
    by_id = {item["id"].rsplit(":2:", 1)[1]: item for item in page["items"]}
    moment = by_id["bwc-2:m1"]["target"]

    assert page["type"] == "AnnotationPage"
    assert len(by_id) == len(page["items"])
    assert moment["source"] == f"{ROOT}/media/bwc-2/full.mp4"
    assert moment["selector"]["value"] == "t=3,4"
    assert moment["state"] == {"type": "TimeState", "sourceDate": "2026-04-30T15:00:00Z"}
    assert "bwc-1:hidden-1" in by_id
    assert not any(key.startswith("call-1") for key in by_id)


def test_iiif_manifests_have_what_presentation_3_demands(tmp_path: Path) -> None:
    """A canvas for each playable recording and page; painting targets lie within their canvas."""
    files = written("iiif", tmp_path)
    manifest = json.loads(files["manifest.json"].read_text(encoding="utf-8"))
    labels = [canvas["label"]["en"][0] for canvas in manifest["items"]]

    assert manifest["@context"] == "http://iiif.io/api/presentation/3/context.json"
    assert labels == [
        "Recording bwc-1",
        "Recording bwc-2",
        "Recording call-1",
        "Recording stranger",
        "Tactical response report",
    ]
    for canvas in manifest["items"]:
        check_canvas(canvas)
    ids = list(every_id(manifest))
    painted = {i for i in ids if i.endswith(("full.mp4", "a.m4a"))}
    assert len(ids) == len(set(ids))
    assert len(painted) == 4


def check_canvas(canvas: dict[str, Any]) -> None:
    """The clauses of IIIF Presentation 3 on canvases that can be checked without its schema."""
    assert canvas["type"] == "Canvas"
    assert canvas["id"].startswith("https://")
    assert ("width" in canvas) == ("height" in canvas)
    assert "duration" in canvas or "width" in canvas
    assert all(isinstance(text, list) for text in canvas["label"].values())
    painting = canvas["items"][0]["items"][0]
    assert (painting["motivation"], painting["target"]) == ("painting", canvas["id"])
    assert painting["body"]["type"] in ("Video", "Sound", "Image")
    for page in canvas.get("annotations", []):
        assert page["type"] == "AnnotationPage"
        assert all(item["motivation"] in ("supplementing", "commenting") for item in page["items"])


def every_id(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["id"]] if "id" in value else []
        return own + [each for key, item in value.items() for each in every_id(item)]
    return [each for item in value for each in every_id(item)] if isinstance(value, list) else []


def test_the_shared_iiif_canvas_paints_each_recording_at_its_time(tmp_path: Path) -> None:
    """Ninety seconds in all; the call sounds from the twelfth second and has no place in the picture."""
    canvas = json.loads(written("iiif", tmp_path)["together.json"].read_text(encoding="utf-8"))["items"][0]
    targets = {a["body"]["id"].split("/")[-2]: a["target"].split("#")[1] for a in canvas["items"][0]["items"]}

    assert canvas["duration"] == 90.0
    assert targets["bwc-2"].endswith("&t=3.000,33.500")
    assert targets["call-1"] == "t=12.000,32.000"


def read_by_another(*paths: Path) -> list[dict[str, Any]]:
    """What ``@iiif/parser``, which is not ours, reads in IIIF and W3C annotation files."""
    node = runpy.run_path(str(WEB / "build.py"))["node"]()
    command = [str(node), str(WEB / "read_iiif.mjs"), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_another_reader_opens_iiif_and_annotations(tmp_path: Path) -> None:
    """Manifests with their canvases, and annotations with the second each points at, as another program reads them."""
    iiif, own = written("iiif", tmp_path), written("webannotation", tmp_path)
    manifest, together, page = read_by_another(iiif["manifest.json"], iiif["together.json"], own["annotations.json"])

    assert [each["type"] for each in (manifest, together, page)] == ["Manifest", "Manifest", "AnnotationPage"]
    assert {c["id"].rsplit("/", 1)[1]: c["duration"] for c in manifest["canvases"]}["bwc-2"] == 30.5
    assert [c["duration"] for c in together["canvases"]] == [90.0]
    painted = {a["target"]["selector"]["value"].rpartition("t=")[2] for a in together["annotations"]}
    assert painted == {"0.000,90.000", "3.000,33.500", "12.000,32.000"}
    moment = next(a for a in page["annotations"] if a["id"].endswith(":2:bwc-2:m1"))
    assert moment["target"]["source"] == f"{ROOT}/media/bwc-2/full.mp4"
    assert moment["target"]["selector"]["value"] == "t=3,4"


def test_schema_org_names_files_digests_claims_and_corrections(tmp_path: Path) -> None:
    """What a search engine reads: a dataset of media with digests, and the correction that was made."""
    data = json.loads(written("jsonld", tmp_path)["case.jsonld"].read_text(encoding="utf-8"))
    parts = {part["identifier"]: part for part in data["hasPart"]}

    assert (data["@context"], data["@type"]) == ("https://schema.org", "Dataset")
    assert (parts["EX-0003"]["@type"], parts["EX-0003"]["sha256"]) == ("AudioObject", "a" * 64)
    assert parts["EX-0001"]["startTime"] == "2026-03-14T21:40:58-05:00"
    assert parts["EX-0001"]["hasPart"][0]["startOffset"] == 6.0
    assert "startTime" not in parts["EX-0004"]
    assert [c["text"] for c in data["correction"]] == ["One line. Misheard."]
    assert [c["text"] for c in data["mentions"]] == ["A command was given.", "He turned."]


def test_a_case_that_crosses_midnight_starts_its_cut_at_zero(tmp_path: Path) -> None:
    """Editors know no 24:00:05; the timeline then counts from its own beginning."""
    late = example(at=EPOCH + timedelta(hours=2, minutes=18, seconds=50))
    path = export(late, "edl", tmp_path)[0]

    assert "00:00:00:00 00:01:30:00 00:00:00:00 00:01:30:00" in path.read_text()


def test_synchronised_files_become_one_timeline(tmp_path: Path) -> None:
    """``plainview sync --to otio``: offsets may be negative, odd names are escaped, empty files are listed."""
    out = tmp_path / "sync.otio"
    timeline_to_otio({"a b.mp4": (-1.5, 10.0), "c.mp4": (0.0, 4.0), "void.mp4": (2.0, 0.0)}, out)
    timeline = opentimelineio.adapters.read_from_file(str(out))

    assert placed(timeline, "Video") == {"a b.mp4": (0.0, 10.0), "c.mp4": (1.5, 4.0)}
    assert timeline.find_clips()[0].media_reference.target_url == "a%20b.mp4"
    assert timeline.metadata["plainview"]["left_out"][0]["slug"] == "void.mp4"


def test_heard_words_become_captions_of_two_lines_at_most(tmp_path: Path) -> None:
    """A long stretch of speech is cut into cues; every word is there once and in order."""
    words = tuple(Word(media_seconds(i), media_seconds(i + 0.5), f"word{i}", 0.9) for i in range(30))
    heard = Heard("EX-0001", (words,), (MediaSpan(media_seconds(0), media_seconds(30)),), "en", Basis("test", "1"))
    path = tmp_path / "a.vtt"
    path.write_text(words_to_vtt(heard), encoding="utf-8")
    cues = list(webvtt.read(str(path)))

    assert " ".join(cue.text for cue in cues).split() == [word.text for word in words]
    assert all(cue.end_in_seconds - cue.start_in_seconds <= 8 for cue in cues)
    assert cues[0].start == "00:00:00.000"


def test_markup_in_a_heard_word_cannot_become_markup(tmp_path: Path) -> None:
    """The recogniser's text is data: an angle bracket and an arrow stay letters."""
    words = (Word(media_seconds(0), media_seconds(1), "<b>-->", 0.9),)
    heard = Heard("EX-0001", (words,), (), "en", Basis("test", "1"))

    assert "&lt;b&gt;--&gt;" in words_to_vtt(heard)
