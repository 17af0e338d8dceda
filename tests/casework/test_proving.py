# SPDX-License-Identifier: Apache-2.0
"""A finding in sound says by what it is known, and is drawn from the sealed original."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image

from media.moving import moving
from media.spoken import scene
from media.test_beeps import saved
from plainview.casework import proving
from plainview.casework.findings import Findings
from plainview.media.strips import WIDTH
from plainview.model.finding import Basis, ShotCount, ShotEvent
from plainview.model.time import IncidentTime, MediaTime
from plainview.model.timeline import Alignment, Anchor, ClockReading, Timeline


def desk() -> Any:
    """A shot at 12.5 s heard on a placed 10 s earlier, and one anchor of a and b."""
    shots = ShotCount(
        1, 1, (ShotEvent(IncidentTime(12_500_000), 20_000, 0.93, ("a",)),), "one", Basis("m", "7", ("beef",), None, 0.5)
    )
    timeline = Timeline(
        (Alignment("a", IncidentTime(10_000_000), 0.0, 10_000, "sound", 0.9),),
        (),
        (
            Anchor("a", "b", MediaTime(3_000_000), MediaTime(1_000_000), 2000, 9.0),
            Anchor("a", "b", MediaTime(4_000_000), MediaTime(2_000_000), 2000, 31.0),
        ),
    )
    exhibits = [SimpleNamespace(id=each, name=f"{each}.wav", sha256=each * 64) for each in "ab"]
    return SimpleNamespace(found=Findings(timeline=timeline, shots=shots), exhibits=exhibits)


def test_a_proof_names_method_model_inputs_score_and_place() -> None:
    """The shot stands 2.5 s into a; of two anchors of a pair the better one is shown."""
    here = desk()

    shot, placing, anchor = (proving.described(p, {e.id: e for e in here.exhibits}) for p in proving.proofs(here))

    assert shot["places"] == [{"exhibit": "a", "at": 2_500_000, "sha256": "a" * 64}]
    assert (shot["method"], shot["version"], shot["weights"]) == ("m", "7", ["beef"])
    assert (shot["score"], shot["threshold"]) == (0.93, 0.5)
    assert anchor["score"] == 31.0
    assert (placing["name"], placing["score"], placing["uncertainty"]) == ("place-a", 0.9, 10_000)
    assert placing["places"] == anchor["places"]
    assert [p["exhibit"] for p in anchor["places"]] == ["a", "b"]


def test_every_proof_is_drawn(tmp_path: Path) -> None:
    """One picture each, the same bytes when drawn again."""
    here = desk()
    files = {each: saved(tmp_path, each, scene(6, noise=0.01)) for each in "ab"}
    office: Any = SimpleNamespace(vault=SimpleNamespace(original=lambda exhibit: files[exhibit.id]))

    first = {n: p.read_bytes() for n, p in proving.draw(office, here, tmp_path / "one").items()}
    again = {n: p.read_bytes() for n, p in proving.draw(office, here, tmp_path / "two").items()}

    assert sorted(first) == ["anchor-a-b", "place-a", "shot-1-a"]
    assert first == again
    assert all(png.startswith(b"\x89PNG") for png in first.values())


def test_a_place_read_off_a_clock_is_shown_as_the_picture_with_that_clock(tmp_path: Path) -> None:
    """A silent camera placed by what it shows: its proof is the picture at the first reading."""
    reading = ClockReading("a", "overlay", MediaTime(1_000_000), datetime(2031, 5, 9, tzinfo=UTC), 40_000)
    placed = Alignment("a", IncidentTime(0), 0.0, 2_000_000, "overlay clock", 0.7, "placed by the clock in its picture")
    exhibits = [SimpleNamespace(id="a", name="a.mp4", sha256="a" * 64)]
    here: Any = SimpleNamespace(
        found=Findings(timeline=Timeline((placed,), (), readings=(reading,))), exhibits=exhibits
    )
    office: Any = SimpleNamespace(vault=SimpleNamespace(original=lambda _: moving(tmp_path / "film.mp4")))

    (proof,) = proving.proofs(here)
    (drawn,) = proving.draw(office, here, tmp_path / "one").values()

    assert (proof.seen, proof.places, proof.basis.detail) == (True, (("a", reading.at),), placed.explanation)
    assert Image.open(drawn).size[0] == WIDTH
