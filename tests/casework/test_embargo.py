# SPDX-License-Identifier: Apache-2.0
"""A version shown to somebody outside before it is public: marked, logged, for exactly those bytes, and no more."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import requests

from casework.test_publication import AMES, AT, CASE, office, run
from conftest import plainview
from desk.at_desk import Desk, Person, desk
from plainview.casework import embargo, people, publishing, review, standing
from plainview.casework.workspace import Workspace
from plainview.errors import Blocked, NotAllowed, WrongUsage
from plainview.media import watermark
from plainview.model.guest import Guest
from plainview.model.request import Asking
from plainview.pipeline import runs

__all__ = ["office"]
NOW = datetime.now(UTC).replace(microsecond=0)
SIZE, PICTURES = (320, 240), 20


def film(path: Path) -> None:
    """Twenty grey pictures, ten a second, with a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as made:
        pictures = made.add_stream("libx264", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = *SIZE, "yuv420p"
        sound = made.add_stream("aac", rate=16_000, layout="mono")
        for number in range(PICTURES):
            grey = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
            picture = av.VideoFrame.from_ndarray(grey, format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 10)
            made.mux(pictures.encode(picture))
        tone = (8000 * np.sin(np.arange(32_000) / 8)).astype(np.int16).reshape(1, -1)
        heard = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        heard.sample_rate, heard.pts = 16_000, 0
        made.mux(sound.encode(heard))
        made.mux(sound.encode(None))
        made.mux(pictures.encode(None))


def sound_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as given:
        return [bytes(packet) for packet in given.demux(audio=0) if packet.size]


def built(office: Workspace) -> None:
    """The next version, clean, and a film in it."""
    runs.release(run(office, AT), draft=True)
    _, bag, _ = publishing.built(office, office.case(CASE))
    film(bag / "data" / "media" / "street-1" / "full.mp4")


def invited(office: Workspace, *, days: int = 7, at: datetime = NOW) -> tuple[Guest, str]:
    return embargo.invite(
        office, office.case(CASE), name="Ruth Vane", relation="mother", days=days, at=at, acting=AMES
    )


def test_every_picture_of_a_copy_carries_the_name_all_over(tmp_path: Path) -> None:
    """Each sixth of each picture is changed by the words, its timing and its sound are the film's own."""
    film(tmp_path / "full.mp4")

    count = watermark.mark(tmp_path / "full.mp4", tmp_path / "marked.mp4", words="Shown to Ruth Vane 2026-04-27, not published")

    with av.open(str(tmp_path / "marked.mp4")) as made:
        pictures = [(frame.time, frame.to_ndarray(format="gray").astype(int)) for frame in made.decode(video=0)]
    assert count == len(pictures) == PICTURES
    assert [round(at, 3) for at, _ in pictures] == [round(number / 10, 3) for number in range(PICTURES)]
    for _, grey in pictures:
        for rows in np.array_split(grey, 2):
            for part in np.array_split(rows, 3, axis=1):
                assert (np.abs(part - np.median(part)) > 12).mean() > 0.02
    assert sound_of(tmp_path / "marked.mp4") == sound_of(tmp_path / "full.mp4")


def test_nothing_is_shown_that_is_not_built_and_clean(office: Workspace) -> None:
    """Before there is a version, and to nobody without a name and a reason, is anybody invited."""
    with pytest.raises(Blocked, match="built and that the audit found clean"):
        invited(office)
    built(office)
    with pytest.raises(WrongUsage, match="names the person"):
        embargo.invite(office, office.case(CASE), name=" ", relation="mother", days=7, at=AT, acting=AMES)
    with pytest.raises(WrongUsage, match="1 to 60 days"):
        invited(office, days=90)
    people.give(office.ledger, person="J. Bell", role="administrator", case="", at=AT, acting=AMES)
    with pytest.raises(NotAllowed, match="may not invite"):
        invited(office)


def test_an_invitation_is_for_those_bytes_until_its_day(office: Workspace) -> None:
    """Ended, over, or of a version that was built anew: the link shows nothing; its text is kept nowhere."""
    built(office)
    guest, link = invited(office)

    assert embargo.admitted(office, link, at=NOW) == guest
    assert list(embargo.films(office, guest)) == ["street-1"]
    assert embargo.admitted(office, link, at=NOW + timedelta(days=8)) is None
    assert embargo.admitted(office, link[:-1] + "x", at=NOW) is None
    kept = [path for path in office.root.rglob("*") if path.is_file() and link.encode() in path.read_bytes()]
    assert kept == []
    review.apply(office, office.case(CASE), [{"decide": "version_note", "summary": "n"}], at=AT, default_agent="R. Ames")
    built(office)
    assert embargo.admitted(office, link, at=NOW) is None
    again, other = invited(office)
    embargo.end(office, office.case(CASE), again.id, why="asked for", at=NOW, acting=AMES)
    assert embargo.admitted(office, other, at=NOW) is None
    assert embargo.films(office, replace(guest, bytes="0" * 64)) == {}


def test_a_guest_looks_and_asks_to_wait(office: Workspace) -> None:
    """By the link alone nothing; then marked films, each look in the log under the guest's name, and a request that
    holds the next version; nothing else of the desk opens."""
    built(office)
    made = plainview("invite", CASE, "Ruth Vane", "--relation", "mother", "--as", "R. Ames", "-C", office.root)
    assert made.returncode == 0, made.stderr
    path = re.search(r"(/embargo/\S+/)", made.stdout)
    assert path is not None
    with desk(office.root) as running:
        guest, stranger = running.stranger(), running.stranger()
        walk(office, running, guest, stranger, path[1])


def walk(office: Workspace, running: Desk, guest: Person, stranger: Person, path: str) -> None:
    before = guest.get(f"{path}film/street-1").status_code
    guest.get(path)
    entered = guest.post(path).status_code
    page = guest.get(path).text
    part = requests.get(f"{running.address}{path}film/street-1", headers={"Range": "bytes=0-99"}, cookies=guest.session.cookies, timeout=60)
    guest.get(f"{path}film/street-1")
    asked = guest.post(f"{path}wait", text="Please wait until after the funeral.").status_code
    log = [json.loads(each.body) for each in office.ledger.entries(CASE)]
    looks = [each for each in log if each["type"].endswith(":previewed")]
    desk_now = standing.open_desk(office, office.case(CASE))
    held = [each.what for each in review.waiting(desk_now) if each.kind == "request"]
    request = next(each for each in desk_now.state.requests.values() if each.asking is Asking.DEFERRAL)

    assert (before, entered, part.status_code, asked) == (404, 302, 206, 302)
    assert "street-1" in page
    assert [(each["agent"], each["role"], each["subject"]) for each in looks] == [
        ("Ruth Vane", "guest under embargo (mother)", "v1"), ("Ruth Vane", "guest under embargo (mother)", "street-1"),
    ]  # fmt: skip
    assert (request.who, request.text) == ("Ruth Vane (mother)", "Please wait until after the funeral.")
    assert len(held) == 1
    assert stranger.get(f"{path}film/street-1").status_code == 404
    assert guest.get(f"/case/{CASE}/").status_code == 302
    assert guest.get(f"{path}film/..%2F..%2Foffice").status_code == 404
    assert running.stranger().get("/embargo/none/").status_code == 404


def test_the_desk_invites_and_ends(office: Workspace) -> None:
    """The page shows the link once, makes the copies, says until when, and ends it with a reason."""
    built(office)
    with desk(office.root) as running:
        ames = running.person(AMES.name)
        made = ames.post(f"/case/{CASE}/requests/invite", name="Ruth Vane", relation="mother", days="7")
        link = re.search(r"(/embargo/[^<\s]+/)", made.text)
        assert link is not None, made.text[-800:]
        opened = running.stranger().get(link[1]).status_code
        listed = ames.get(f"/case/{CASE}/requests/").text
        guest = office.ledger.guests(CASE)[0]
        ended = ames.post(f"/case/{CASE}/requests/guest/{guest.id}/end", why="it is public").status_code
        closed = running.stranger().get(link[1]).status_code

    assert (opened, ended, closed) == (200, 302, 404)
    assert "Ruth Vane" in listed
    assert link[1] not in listed
