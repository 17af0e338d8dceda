# SPDX-License-Identifier: Apache-2.0
"""A recording that a person places: in front of what was found, with its reason, and never with a drift from too little.

Two recorders hear the same sound; the second was switched on two seconds after the first.
"""

from __future__ import annotations

import io
import re
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import plainview
from desk.at_desk import desk
from plainview.casework import review, showing, standing
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.errors import WrongUsage
from plainview.model.case import Agent
from plainview.model.decision import taken_back
from plainview.model.placement import FAR, PlaceRecording, by_shared, placed
from plainview.model.time import SECOND, IncidentTime, MediaTime
from plainview.model.timeline import Alignment, Timeline
from plainview.pipeline.engine import InlineEngine
from plainview.pipeline.runs import Run, analyse
from plainview.pipeline.tasks import WorkStore

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
AMES = Agent("R. Ames")
RATE, LATE = 16_000, 2.0


def heard(path: Path, *, start: float, length: float = 30) -> None:
    """Bursts at invented instants, heard from ``start`` seconds on."""
    draw = np.random.default_rng(7)
    sound = draw.normal(0, 200, RATE * 40)
    for at in draw.uniform(1, 38, 60):
        first = int(at * RATE)
        sound[first : first + 1600] += draw.normal(0, 6000, 1600)[: len(sound) - first] * np.linspace(1, 0, 1600)[: len(sound) - first]
    part = sound[int(start * RATE) : int((start + length) * RATE)].astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(part.tobytes())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("placement")
    (folder / "d").mkdir()
    heard(folder / "d" / "a.wav", start=0)
    heard(folder / "d" / "b.wav", start=LATE)
    made = create(folder / "o", name="Office", contact="", at=AT, acting=AMES, seed=b"placing")
    case = open_case(made, case_id="C-1", title="T", at=AT, rules="own", now=AT, acting=AMES)
    receive([folder / "d"], case=case, received_from="x", ledger=made.ledger, vault=made.vault, at=AT, acting=AMES, secret=b"s")
    examine(made)
    return made


def examine(office: Workspace) -> None:
    run = Run(office, office.case("C-1"), InlineEngine(WorkStore(office.work)), AT, lambda *_: None, lambda _: None)
    analyse(run, only=["sync", "fusion", "count"])


def place(office: Workspace, **words: Any) -> None:
    line = {"decide": "place_recording", "exhibit": "EX-0002", "uncertainty_s": 0.02, "reason": "a lamp goes out in both", **words}
    review.apply(office, office.case("C-1"), [line], at=AT, default_agent="B. Reyes")


def timeline(office: Workspace) -> Timeline:
    found = standing.open_desk(office, office.case("C-1")).found.timeline
    assert found is not None
    return found


def begins(office: Workspace) -> float:
    """Seconds by which the second recording begins after the first on the case's clock."""
    one, two = timeline(office).of("EX-0001"), timeline(office).of("EX-0002")
    assert one is not None
    assert two is not None
    return (two.offset - one.offset) / SECOND


def take_back_all(office: Workspace) -> None:
    rows = standing.open_desk(office, office.case("C-1")).rows
    gone = taken_back(standing.decisions(rows))
    lines = [{"decide": "take_back", "decision": row.seq, "reason": "again"} for row in rows
             if row.kind == "PlaceRecording" and row.seq not in gone]  # fmt: skip
    if lines:
        review.apply(office, office.case("C-1"), lines, at=AT, default_agent="B. Reyes")


def test_a_placement_stands_in_front_of_what_was_found_and_says_so(office: Workspace) -> None:
    """Moved by a quarter of a second: the timeline says the office decided, why, and what the machine had; the finding
    itself is not touched, has to be accepted anew, and stands again when the placement is taken back."""
    take_back_all(office)
    before, digest = begins(office), standing.open_desk(office, office.case("C-1")).found.timeline_digest
    place(office, nudge_s=0.25)
    moved, said = begins(office), timeline(office).of("EX-0002")
    desk = standing.open_desk(office, office.case("C-1"))
    take_back_all(office)

    assert before == pytest.approx(LATE, abs=0.01)
    assert moved == pytest.approx(before + 0.25, abs=1e-6)
    assert said is not None
    assert (said.how, said.uncertainty) == ("decided", 20_000)
    assert said.explanation == "Decided by the office: a lamp goes out in both. The machine had placed it by sound, 0.250 s earlier."
    assert desk.found.timeline_digest != digest
    assert any(each.kind == "timeline" for each in review.waiting(desk))
    assert (begins(office), standing.open_desk(office, office.case("C-1")).found.timeline_digest) == (before, digest)


def test_words_and_shots_are_put_together_again_where_people_moved_a_recording(office: Workspace) -> None:
    """Until the case is examined anew the release waits; then they stand on the placed clock; taken back, again."""

    def waits() -> bool:
        return any(each.kind == "analysis" for each in review.waiting(standing.open_desk(office, office.case("C-1"))))

    take_back_all(office)
    examine(office)
    states = [waits()]
    place(office, nudge_s=0.5)
    states.append(waits())
    examine(office)
    states.append(waits())
    fused_on = standing.open_desk(office, office.case("C-1")).found
    take_back_all(office)
    states.append(waits())
    examine(office)
    states.append(waits())

    assert states == [False, True, False, True, False]
    assert fused_on.fused_on == fused_on.timeline_digest


def test_one_shared_instant_places_and_two_near_ones_tell_no_drift(office: Workspace) -> None:
    """12.5 s here is 14.0 s there: it begins 1.5 s late. Two instants twenty seconds apart are refused."""
    take_back_all(office)
    near = [{"at_s": 2, "with": "EX-0001", "there_s": 4}, {"at_s": 22, "with": "EX-0001", "there_s": 24.1}]

    place(office, shared=[{"at_s": 12.5, "with": "EX-0001", "there_s": 14.0}])
    moved = begins(office)
    with pytest.raises(WrongUsage, match="at least five minutes apart"):
        place(office, shared=near)

    assert moved == pytest.approx(1.5, abs=1e-3)
    assert begins(office) == moved


def test_two_far_instants_tell_the_drift() -> None:
    """A clock that loses 6 ms in five minutes drifts by 20 ppm; one that loses a second was misread."""
    offset, drift = by_shared(
        [(MediaTime(0), IncidentTime(SECOND)), (MediaTime(FAR), IncidentTime(SECOND + FAR + 6_000))], drift_ppm=0
    )

    assert (offset, drift) == (SECOND, pytest.approx(20))
    with pytest.raises(ValueError, match="none that recorders have"):
        by_shared([(MediaTime(0), IncidentTime(0)), (MediaTime(FAR), IncidentTime(FAR + SECOND))], drift_ppm=0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"nudge_s": 1, "starts": "2026-03-16T09:00:00"}, "one of starts"),
        ({}, "one of starts"),
        ({"nudge_s": 1, "reason": " "}, "its reason"),
        ({"nudge_s": 1, "uncertainty_s": 0}, "never 0"),
        ({"shared": [{"at_s": 1, "with": "EX-0002", "there_s": 1}]}, "another recording"),
    ],
)
def test_a_placement_that_does_not_fit_is_refused(office: Workspace, words: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongUsage, match=said):
        place(office, **words)


def test_the_command_line_places_too(office: Workspace) -> None:
    """The same decision by ``align``, and it is shown as the office's."""
    take_back_all(office)
    done = plainview("align", "C-1", "EX-0002", "--shared", "3=EX-0001@5.1", "--uncertainty-s", "0.05", "--reason", "a clap", "--as", "B. Reyes", "-C", office.root)
    shown = showing.view(office, office.case("C-1"), "timeline").lines

    assert done.returncode == 0, done.stderr
    assert begins(office) == pytest.approx(2.1, abs=1e-3)
    assert any("EX-0002" in line and "decided" in line for line in shown)


def lag_between_ears(sound: bytes) -> float:
    """Seconds by which what the right ear hears comes after the left's."""
    with wave.open(io.BytesIO(sound)) as file:
        rate, both = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    left, right = (np.fft.rfft(both[:, side].astype(float), 2 * len(both)) for side in (0, 1))
    agree = np.fft.irfft(right * left.conj())
    best = int(agree.argmax())
    return (best if best < len(both) else best - 2 * len(both)) / rate


def test_the_desk_shows_what_shared_sound_says_and_snaps_to_it(office: Workspace) -> None:
    """Placed 0.25 s too late by hand, shared sound says by how much, and so do the ears, once both are open: the same
    sound comes a quarter of a second later in one of them. One form puts it right."""
    take_back_all(office)
    place(office, nudge_s=0.25)
    with desk(office.root) as running:
        who = running.person("B. Reyes")
        page = who.get("/case/C-1/sync/?anchor=0&snap=1").text
        ears = "/case/C-1/sync/ears?a=EX-0001&b=EX-0002&t=12"
        unopened = who.get(ears).status_code
        for exhibit in ("EX-0001", "EX-0002"):
            who.post(f"/case/C-1/exhibit/{exhibit}/look", why="to compare their clocks")
        pair, sound = who.get("/case/C-1/sync/?a=EX-0001&b=EX-0002&t=12").text, who.get(ears)
        off = re.search(r"is placed <b>([0-9.]+) s too (late|early)</b>", page)
        nudge = re.search(r'name="exhibit" value="(EX-\d+)".*?name="nudge_s" value="(-?[0-9.]+)".*?name="uncertainty_s" value="([0-9.]+)"', page[page.index('class="snap"') :], re.DOTALL)
        assert off is not None, page[-3000:]
        assert nudge is not None
        after = re.search(r'name="after" value="(\d+)"', page)
        assert after is not None
        who.post("/case/C-1/decide", decide="place_recording", exhibit=nudge[1], nudge_s=nudge[2], uncertainty_s=nudge[3], reason="shared sound", after=after[1])

    assert (unopened, sound.headers["Content-Type"]) == (403, "audio/wav")
    assert "EX-0001 and EX-0002 at one instant" in pair
    assert lag_between_ears(sound.content) == pytest.approx(0.25, abs=0.002)
    assert float(off[1]) == pytest.approx(0.25, abs=0.005)
    assert begins(office) == pytest.approx(LATE, abs=0.005)
    take_back_all(office)


@pytest.mark.parametrize(
    ("found", "said", "shown"),
    [((4.2, 9.5), 4.2, "+4.2 ± 9.5 ppm"), ((0.0, None), 0.0, "not known"), ((4.2, 9.5), 12.0, "+12.0 ppm")],
)
def test_whoever_moves_a_recording_keeps_what_was_found_of_its_drift(
    found: tuple[float, float | None], said: float, shown: str
) -> None:
    """Moved by 10 ms: its drift with its bar, or that it is not known; a drift told by two instants has no such bar."""
    drift, bar = found
    machine = Alignment("EX-0001", IncidentTime(0), drift, 500, "sound", 1.0, drift_uncertainty_ppm=bar)
    moved = PlaceRecording("EX-0001", IncidentTime(10_000), said, 500, "lips")

    after = placed(Timeline((machine,), ()), {"EX-0001": moved}).of("EX-0001")

    assert after is not None
    assert after.drift_text == shown
