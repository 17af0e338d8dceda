# SPDX-License-Identifier: Apache-2.0
"""The pictures of the desk in ``docs/images/``, taken anew from a copy of the demonstration's office.

Run: ``.venv/bin/python tools/desk_pictures.py demo/office [--into FOLDER]`` (needs Chromium). What the pictures show is
done at the desk as people do it; the office that is named is not touched. Look at each before it is committed.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from PIL import Image
from playwright.sync_api import Page

from browser.walk import browsing
from desk.at_desk import Desk, Person, desk
from plainview.casework.standing import open_desk
from plainview.casework.workspace import Workspace, open_office
from plainview.model.time import SECOND

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZE = {"width": 1280, "height": 900}
REYES, MOREAU = "B. Reyes", "F. Moreau"


def main() -> None:
    """Take them all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("office", type=Path)
    asked.add_argument("--into", type=Path, default=IMAGES)
    said = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="pv-pictures-") as folder:
        office = Path(folder) / "office"
        shutil.copytree(said.office, office)
        workspace = open_office(office)
        case = workspace.ledger.cases()[0].id
        faces = [each for each in open_desk(workspace, workspace.case(case)).proposals() if each.kind == "face"]
        face = max((each for each in faces if each.span), key=lambda each: each.span.length if each.span else 0)
        film, at = face.exhibit, (face.span.start + face.span.length // 2) / SECOND if face.span else 0
        paper = next(each.id for each in workspace.ledger.exhibits(case) if each.media_type == "application/pdf")
        with desk(office) as running:
            who = running.person(REYES)
            prepared(running, workspace, case, film, paper)
            pictures(running, who, screens(case, film, paper, at), said.into)


def pictures(running: Desk, who: Person, wanted: dict[str, str], into: Path) -> None:
    """The log-in page as a stranger sees it, then everything else."""
    with browsing() as browser:
        context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]  # playwright's own dictionary type
        page = context.new_page()
        take(page, f"{running.address}/account/login/", "login", into)
        cookies = [{"name": c.name, "value": c.value or "", "url": who.address} for c in who.session.cookies]
        context.add_cookies(cookies)  # type: ignore[arg-type]
        for name, path in wanted.items():
            take(page, f"{running.address}{path}", name, into)


def prepared(running: Desk, workspace: Workspace, case: str, film: str, paper: str) -> None:
    """What a day at the desk leaves: requests, an answer that waits and two that differ, a token, open originals."""
    who, made = running.person(REYES), workspace.ledger.decisions(case)
    said = json.loads(next(row.body for row in made if row.kind == "Statement"))
    assertion = said["assertions"][0]["id"]
    timeline = open_desk(workspace, workspace.case(case)).found.timeline
    placed = [each.exhibit for each in timeline.alignments] if timeline else []
    for exhibit in sorted({film, paper, *placed}):
        who.post(f"/case/{case}/exhibit/{exhibit}/look", why="to decide what is hidden")
    who.post(f"/case/{case}/requests/ask", asking="privacy complaint", who="A neighbour", where="the doorbell's film",
             text="My number is on the door behind the officer.")  # fmt: skip
    who.post(f"/case/{case}/requests/ask", asking="deferral", who="The family's counsel",
             text="Please wait until the funeral is over.")  # fmt: skip
    moments = [row.body for row in made if row.kind == "Moment"]
    moment = json.loads(moments[0])["id"]
    who.post(f"/case/{case}/statements/assess", assertion=assertion, target=f"moment:{moment}", relation="supports")
    other = running.person(MOREAU)
    last = json.loads(moments[-1])["id"]
    for person, relation in ((who, "supports"), (other, "cannot be determined")):
        person.post(f"/case/{case}/statements/assess", assertion=assertion, target=f"moment:{last}", relation=relation,
                    note="seen from the doorbell")  # fmt: skip
    who.post("/mine/token", label="nightly import", verb=["show", "intake"], in_case=[case], days="90")


def screens(case: str, film: str, paper: str, second: float) -> dict[str, str]:
    """Picture → address."""
    at = f"/case/{case}/"
    return {
        "cases": "/", "people": "/people/", "mine": "/mine/", "board": at, "inbox": f"{at}uploads/",
        "exhibits": f"{at}exhibits/", "clock": f"{at}sync/?anchor=0&snap=1#heard", "hide": f"{at}hide/",
        "studio": f"{at}studio/{film}/?t={second:.1f}", "paper": f"{at}paper/{paper}/1/", "words": f"{at}transcript/",
        "disputed": f"{at}transcript/?show=disputed#rows",
        "moments": f"{at}moments/", "statements": f"{at}statements/", "dates": f"{at}dates/",
        "holdings": f"{at}holdings/", "requests": f"{at}requests/", "release": f"{at}release/",
        "decisions": f"{at}decisions/", "log": f"{at}log/",
    }  # fmt: skip


def take(page: Page, address: str, name: str, into: Path) -> None:
    """One window, as a small PNG."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.quantize(256).save(into / f"desk-{name}-1280.png", optimize=True)
    print(name, flush=True)


if __name__ == "__main__":
    main()
