# SPDX-License-Identifier: Apache-2.0
"""Five people take a case from the upload to the public, each in a browser of their own, on both databases.

Three cameras see one face and hear one name. Intake uploads, the investigator confirms and cites, the redactor
hides the face on all three and the name everywhere, reviewer and counsel agree, intake's other hat publishes.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.walk import browsing
from conftest import plainview
from desk.at_desk import Person
from desk.cameras import NAME, deliver
from desk.house import AT, BELL, House, house
from plainview.casework import people

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CASE = "C-1"
PATIENCE = 900_000
"""ms for a run of machine work on a busy machine."""


@contextmanager
def browser_of(browser: Browser, who: Person) -> Iterator[Page]:
    """A window of one person, logged in; a script or policy error in it fails the walk."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": c.name, "value": c.value or "", "url": who.address} for c in who.session.cookies])
    page = context.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    assert wrong == []
    context.close()


def go(page: Page, who: Person, path: str) -> Page:
    page.goto(f"{who.address}/case/{CASE}/{path}")
    return page


def run_ends(page: Page) -> None:
    """The page looks again by itself until the work is done."""
    expect(page.locator("section.run.good")).to_be_visible(timeout=PATIENCE)


LOOKED_FOR = ("speech", "faces", "clock", "shots", "beeps", "edits")
"""What is found in each recording by itself, whichever database an office has: the second walk takes it over."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("found")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, found: Path) -> Iterator[House]:
    database = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    with house(tmp_path, database=database) as made:
        shutil.copytree(found, made.workspace.work, dirs_exist_ok=True)
        for name, roles in {
            "R. Ames": ("intake", "publisher"), "B. Reyes": ("investigator",), "F. Moreau": ("investigator",), "C. Okafor": ("redactor",),
            "D. Oyelaran": ("reviewer",), "E. Castellano": ("counsel",),
        }.items():  # fmt: skip
            for role in roles:
                people.give(made.workspace.ledger, person=name, role=role, case=CASE, at=AT, acting=BELL)
        yield made
        for step in LOOKED_FOR:
            shutil.copytree(made.workspace.work / step, found / step, dirs_exist_ok=True)


def test_five_people_bring_a_case_to_the_public(office: House, tmp_path: Path) -> None:
    """At the end the site verifies, the audit is clean, and the name is in no published byte."""
    films = deliver(tmp_path / "given")
    ames, reyes, okafor = (office.person(name) for name in ("R. Ames", "B. Reyes", "C. Okafor"))
    moreau = office.person("F. Moreau")
    oyelaran, castellano = office.person("D. Oyelaran"), office.person("E. Castellano")

    with browsing() as browser:
        with browser_of(browser, ames) as page:
            upload(page, ames, films)
        with browser_of(browser, reyes) as page:
            confirm(page, reyes)
        with browser_of(browser, okafor) as page:
            hide(page, okafor)
        with browser_of(browser, reyes) as page:
            cite(page, reyes)
        with browser_of(browser, moreau) as page:
            assess(page, moreau)
        with browser_of(browser, oyelaran) as page:
            build(page, oyelaran)
            agree(page, oyelaran)
        with browser_of(browser, reyes) as page:  # an author agrees to nothing of this
            go(page, reyes, "release/")
            expect(page.get_by_role("button", name=re.compile("and agree"))).to_have_count(0)
        with browser_of(browser, castellano) as page:
            agree(page, castellano)
        with browser_of(browser, ames) as page:
            go(page, ames, "release/").get_by_role("button", name=re.compile("Sign and publish")).click()
            run_ends(page)
            expect(page.locator(".casehead")).to_contain_text("version 1 is public")

    site = office.workspace.root / "site"
    assert plainview("verify", site).returncode == 0
    assert plainview("audit", site).returncode == 0
    left = [path for path in site.rglob("*") if path.is_file() and b"Whitlock" in path.read_bytes()]
    assert left == []
    seen = plainview("-C", office.workspace.root, "show", CASE, "seen").stdout
    assert "C. Okafor" in seen
    assert "to decide about the face" in seen


def upload(page: Page, who: Person, films: list[Path]) -> None:
    """All four files at once through the page's own script; each is taken in when its digest is the same."""
    go(page, who, "uploads/").set_input_files("#files", [str(path) for path in films])
    expect(page.get_by_role("button", name="Take it in as evidence")).to_have_count(4, timeout=PATIENCE)
    for left in (3, 2, 1, 0):
        page.get_by_label("Received from").first.fill("police department")
        page.get_by_role("button", name="Take it in as evidence").first.click()
        run_ends(page)
        go(page, who, "uploads/")
        expect(page.get_by_role("button", name="Take it in as evidence")).to_have_count(left)
    go(page, who, "").get_by_role("button", name="Examine what is new").click()
    run_ends(page)


def confirm(page: Page, who: Person) -> None:
    """Titles, headline, clock, shots, what is shown of machine text: every open question that is the investigator's."""
    fill_page(go(page, who, "page/"))
    go(page, who, "exhibits/")
    for number in range(1, 6):
        go(page, who, f"exhibit/EX-{number:04d}/")
        page.get_by_label("Title").fill(f"Item {number}")
        page.get_by_role("button", name="Record the title").click()
        page.wait_for_load_state()
    go(page, who, "").get_by_role("button", name="Accept the placements").click()
    if go(page, who, "").get_by_role("button", name="Say so").count():
        page.get_by_label("At least").fill("0")
        page.get_by_label("Why").fill("No shot is heard.")
        page.get_by_role("button", name="Say so").click()
    while go(page, who, "").get_by_role("button", name="Go on without it").count():
        page.get_by_label("What the public is told").first.fill("The machine could not do this.")
        page.get_by_role("button", name="Go on without it").first.click()
    go(page, who, "transcript/").get_by_role("button", name="Show it, labelled").click()
    page.wait_for_load_state()


def fill_page(page: Page) -> None:
    page.get_by_label("Headline").fill("A stop at Calder Street")
    page.get_by_label("Summary").fill("Three cameras recorded a stop at Calder Street.")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator(".note.success")).to_be_visible()


def hide(page: Page, who: Person) -> None:
    """The name once for the whole case; the face on one camera with its places on the other two; a box by hand."""
    go(page, who, f"hide/terms/?words={NAME}")
    expect(page.locator("h1")).to_contain_text("in")
    ground(page)
    page.get_by_role("button", name=re.compile("Hide them in sound")).click()
    first = exhibit_with_faces(page, who)
    page.get_by_role("link", name="where else?").first.click()
    expect(page.get_by_role("checkbox", name=re.compile("EX-")).first).to_be_visible()
    ground(page.locator(".elsewhere"))
    page.get_by_role("button", name=re.compile("Hide here and in the marked places")).click()
    draw(page, who, first)
    for number in range(1, 6):
        while True:
            go(page, who, f"hide/EX-{number:04d}/")
            if not page.get_by_role("button", name="Hide what is marked").count():
                break
            page.locator("#pick-all").check()
            ground(page)
            page.get_by_role("button", name="Hide what is marked").click()
            page.wait_for_load_state()
    go(page, who, "hide/")
    expect(page.locator("h1")).to_have_text("Every proposal is decided")


def exhibit_with_faces(page: Page, who: Person) -> str:
    for number in range(1, 6):
        go(page, who, f"hide/EX-{number:04d}/")
        if page.locator(".proposals .kind", has_text="face").count():
            return f"EX-{number:04d}"
    raise AssertionError("no camera has a face")


def ground(place: Page | object) -> None:
    for label, words in (("Whose", "witness-1"), ("Reason", "witness"), ("Law", "an invented law, section 1")):
        place.get_by_label(label).first.fill(words)  # type: ignore[attr-defined]  # page or part of one


def draw(page: Page, who: Person, exhibit: str) -> None:
    """A look with its reason, a box drawn with the mouse on an exact picture, a second key three pictures on."""
    go(page, who, f"studio/{exhibit}/?t=4")
    page.get_by_label("Why you look").fill("to decide about the face")
    page.get_by_role("button", name="Open it").click()
    page.goto(f"{who.address}/case/{CASE}/studio/{exhibit}/?t=4")
    expect(page.locator("#clock")).to_have_text("4.000 s")
    page.get_by_label("ellipse").check()
    drag(page, (0.1, 0.1), (0.3, 0.4))
    expect(page.locator("#boxes ellipse.mine")).to_have_count(1)
    for instant in ("4.100 s", "4.200 s", "4.300 s"):
        page.keyboard.press(".")
        expect(page.locator("#clock")).to_have_text(instant)
    drag(page, (0.2, 0.1), (0.4, 0.4))
    expect(page.locator("#keys li")).to_have_count(2)
    ground(page)
    page.get_by_role("button", name="Cover it").click()
    expect(page.locator(".note.success")).to_be_visible()
    page.get_by_role("button", name="Render it as decided now").click()
    run_ends(page)
    expect(page.locator("video.previewed")).to_be_visible()


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = page.locator("#boxes").bounding_box()
    assert box is not None
    (x0, y0), (x1, y1) = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=4)
    page.mouse.up()


def cite(page: Page, who: Person) -> None:
    """A moment, a statement, a proposition in it, and the first answer about the two."""
    go(page, who, "moments/")
    page.get_by_label("Time").last.fill("2026-03-16T09:00:05+00:00")
    page.get_by_label("Kind").last.fill("arrival")
    page.get_by_label("Heading").last.fill("A car stops")
    page.get_by_role("button", name="Confirm this moment").click()
    go(page, who, "statements/")
    for label, words in (("Party", "The police"), ("Capacity", "department"), ("Where it was said", "a press release"), ("Exact words", "The car was stopped.")):
        page.get_by_label(label).last.fill(words)
    page.get_by_label("Day").last.fill("2026-03-17")
    page.get_by_role("button", name="Record the statement").click()
    page.get_by_text("One more proposition in it").click()
    page.get_by_label("Proposition").fill("The car was stopped.")
    page.get_by_role("button", name="Add it").click()
    answer(page, "supports")
    expect(page.locator("#alone")).to_contain_text("assessed by B. Reyes")
    expect(page.locator(".statement .rel-sup")).to_have_count(0)


def assess(page: Page, who: Person) -> None:
    """The second answer, given without seeing the first, makes the citation."""
    expect(go(page, who, "statements/").locator("main")).not_to_contain_text("supports m1")
    answer(page, "supports")
    expect(page.locator(".statement .rel-sup")).to_contain_text("m1")


def answer(page: Page, relation: str) -> None:
    page.get_by_text("Assess it beside a moment or a page").click()
    page.locator("select[name=target]").select_option("moment:m1")
    page.locator("select[name=relation]").select_option(relation)
    page.get_by_role("button", name="Give your answer").click()


def build(page: Page, who: Person) -> None:
    go(page, who, "release/").get_by_role("button", name="Build and audit").click()
    run_ends(page)
    expect(page.locator(".gates")).to_contain_text("nothing that was hidden shows")


def agree(page: Page, who: Person) -> None:
    go(page, who, "release/").get_by_role("link", name="Look at it as the public will").click()
    expect(page.locator("h1")).to_contain_text("A stop at Calder Street")
    go(page, who, "release/").get_by_role("button", name=re.compile("and agree")).click()
    expect(page.locator(".note.success")).to_contain_text("You agreed")
