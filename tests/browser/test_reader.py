# SPDX-License-Identifier: Apache-2.0
"""What one reader does from start to end: with the keyboard alone, without script, with a copy on their own disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from browser.walk import Walked, open_gate, opened, wait_until
from plainview.publish.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGE = "c/2026-0000417/v3/data/index.html"
DATA = Path(PAGE).parent
WIDTHS = (320, 768, 1920)
PAGES = ("index.html", "transcript.html", "statements.html", "recordings.html", "papers.html", "verify.html", "m/3/card.html", "s/s1/card.html")
OFFICE = ("index.html", "search.html", "how-we-redact.html", "accessibility.html", "by/year/2026.html", "c/2026-0000417/compare/1-3/index.html")


def tab_to(page: Page, wanted: str, *, most: int = 200) -> None:
    """Press Tab until what has the focus fits the selector ``wanted``."""
    for _ in range(most):
        if page.evaluate("s => !!document.activeElement?.matches(s)", wanted):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{most} tabs do not lead to {wanted}")


def test_the_keyboard_alone_is_enough(browser: Browser, built: Path) -> None:
    """From the top of the page, keys only: choose, find the words, watch them, go to the moment, read what it contradicts, verify."""
    done = Walked(PAGE)
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", done) as page:
        tab_to(page, "[data-choice=stop]")
        page.keyboard.press("Enter")
        assert wait_until(page, "plainview.sync.playing")
        tab_to(page, "#play")
        page.keyboard.press("k")
        page.keyboard.press("/")
        page.keyboard.type("drop the gun")
        assert wait_until(page, "document.querySelectorAll('#hits a[data-at]').length === 2")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert wait_until(page, "plainview.sync.playing && plainview.sync.now() > 26.2")
        page.keyboard.press("Escape")
        tab_to(page, ".cards a[href='#s1']")
        page.keyboard.press("Enter")
        assert wait_until(page, "location.hash === '#s1'")
        tab_to(page, "#s1 a.cited")
        page.keyboard.press("Enter")
        assert page.evaluate("plainview.sync.now()") > 0
        tab_to(page, "a[href='verify.html']")
        assert wait_until(page, "document.querySelectorAll('#checks > ol:first-of-type > li[data-state=valid]').length === 4")
    assert done.problems == []


def test_without_script_the_same_can_be_done(browser: Browser, built: Path) -> None:
    """Links only: the words in the transcript, their recording at that instant, the statement a moment contradicts, the commands."""
    done = Walked(PAGE)
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", done, java_script_enabled=False) as page:
        page.locator("a[href='transcript.html']:visible").first.click()
        line = page.locator(".lines li", has_text="Drop the gun").first
        line.wait_for(timeout=5000)
        line.locator("a").click()
        seen = page.locator(".cards .looks a").first
        address = seen.get_attribute("href") or ""
        assert "#t=" in address
        assert (built / DATA / address.partition("#")[0]).is_file()
        page.locator(".cards li:has(.rel.c) a[href^='#s']").first.click()
        statement = page.locator(f".ledger > li{page.url[page.url.index('#'):]}")
        assert statement.locator("blockquote").is_visible()
        assert statement.locator(".rel.c").count() >= 1
        assert "ssh-keygen -Y verify" in page.locator("#verify").inner_text()
        assert page.locator("#verify .proofs li").count() == 5
    assert done.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_at_any_width(browser: Browser, built: Path, theme: str) -> None:
    """Case (gate open and closed), transcript, statements, recordings, papers, checker and card, at 320, 768 and 1920 pixels; nothing scrolls sideways."""
    done = Walked(PAGE)
    found = []
    with serving(built) as base:
        for width in WIDTHS:
            with opened(browser, f"{base}/{PAGE}", done, width=width, height=900, color_scheme=theme) as page:
                for name in [*(f"{DATA.as_posix()}/{each}" for each in PAGES), *OFFICE]:
                    page.goto(f"{base}/{name}")
                    found += [f"{name} {width}: {each}" for each in violations(page)]
                    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                        found.append(f"{name} {width}: scrolls sideways")
                page.goto(f"{base}/{PAGE}")
                open_gate(page)
                page.evaluate("plainview.player.pause()")
                found += [f"gate open {width}: {each}" for each in violations(page)]
    assert found == []
    assert done.problems == []


def violations(page: Page) -> list[str]:
    """What axe finds, named."""
    return [f"{each['id']} {[node['target'] for node in each['nodes'][:3]]}" for each in Axe().run(page).response["violations"]]


def test_a_stretch_repeats_and_stands_in_the_address(browser: Browser, built: Path) -> None:
    """``t=a,b`` plays from a to b and again; O lets it go."""
    with serving(built) as base, opened(browser, f"{base}/{PAGE}?t=21:40:14.0,21:40:15.0", Walked(PAGE)) as page:
        open_gate(page)
        assert wait_until(page, "plainview.sync.now() > 14.6")
        assert wait_until(page, "plainview.sync.now() < 14.5")
        assert "t=21:40:14.0,21:40:15.0" in page.evaluate("location.search")
        page.focus("#stage")
        page.keyboard.press("o")
        assert wait_until(page, "plainview.sync.now() > 15.4")


def test_the_clock_comes_closer_and_moves_by_key(browser: Browser, built: Path) -> None:
    """Plus halves what is shown, 0 shows all, Shift and an arrow moves it a quarter on."""
    shown = "(() => { const w = document.getElementById('w-window'); return [parseFloat(w.getAttribute('x')), parseFloat(w.getAttribute('width'))] })()"
    with serving(built) as base, opened(browser, f"{base}/{PAGE}?t=21:40:14.0", Walked(PAGE)) as page:
        page.focus("#stage")
        page.wait_for_timeout(200)
        _, usual = page.evaluate(shown)
        page.keyboard.press("+")
        x, closer = page.evaluate(shown)
        assert closer == pytest.approx(usual / 2, rel=0.05)
        page.keyboard.press("Shift+ArrowRight")
        moved, _ = page.evaluate(shown)
        assert moved == pytest.approx(x + closer / 4, rel=0.05)
        page.keyboard.press("0")
        assert page.evaluate(shown)[1] == pytest.approx(100, abs=0.5)


def test_each_tile_is_captioned_with_what_its_own_recorder_hears(browser: Browser, built: Path) -> None:
    """At 31.9 s "Drop the gun!" is heard by four recorders: their tiles say it, the silent street camera's does not."""
    said = "slug => document.querySelector(`.tile[data-slug=${slug}] .cap`).textContent"
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
        page.evaluate("plainview.player.go(31.9)")
        assert wait_until(page, "document.querySelector('.tile[data-slug=bwc-1] .cap').textContent === 'Drop the gun!'")
        assert page.evaluate(said, "dash-1") == "Drop the gun!"
        assert page.evaluate(said, "city-114") == ""


def test_a_graphic_moment_can_be_shown_without_sound(browser: Browser, built: Path) -> None:
    """From 36.0 to 39.5 s the sound is off and the pictures are there; afterwards it is on again."""
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
        open_gate(page, "stop")
        page.evaluate("plainview.player.go(35.5)")
        assert wait_until(page, "!document.getElementById('brief').hidden")
        page.click("[data-brief=mute]")
        assert wait_until(page, "plainview.sync.playing && plainview.sync.now() > 37")
        assert page.evaluate("[plainview.player.audio.muted, document.getElementById('player').classList.contains('covered')]") == [True, False]
        assert wait_until(page, "plainview.sync.now() > 39.7")
        assert page.evaluate("plainview.player.audio.muted") is False


def test_a_log_whose_past_was_rewritten_turns_the_page_red(browser: Browser, built: Path, tmp_path: Path) -> None:
    """One older leaf of the published tree changed: the log is wrong, and nothing plays."""
    copy = tmp_path / "site"
    shutil.copytree(built, copy)
    tile = next((copy / DATA).parent.parent.glob("proof/v3/tile/0/000"))
    body = bytearray(tile.read_bytes())
    body[40] ^= 1
    tile.write_bytes(body)
    with serving(copy) as base, opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
        page.locator("#verify").scroll_into_view_if_needed()
        assert wait_until(page, "document.documentElement.classList.contains('broken')")
        assert "published tree is not the one of its checkpoint" in page.locator("#alarm").inner_text()
        assert page.locator(".stopped").is_visible()


def checked(browser: Browser, page_file: Path, copy: Path) -> list[tuple[str, str]]:
    """(state, sentence) of each line ``verify.html`` says about a folder, opened from disk."""
    with opened(browser, page_file.as_uri(), Walked(PAGE)) as page:
        page.set_input_files("#folder", str(copy))
        assert wait_until(page, "document.querySelectorAll('.told').length > 1")
        page.wait_for_timeout(100)
        rows = page.locator(".told")
        return [(str(row.get_attribute("class")).split()[1], row.inner_text()) for row in rows.all()]


def test_the_checker_works_alone_from_disk(browser: Browser, built: Path, tmp_path: Path) -> None:
    """``verify.html`` moved away from everything finds a good copy good, log included, and names what was changed and added."""
    alone = tmp_path / "alone" / "verify.html"
    alone.parent.mkdir()
    shutil.copyfile(built / DATA / "verify.html", alone)
    copy = tmp_path / "copy"
    shutil.copytree((built / DATA).parent.parent, copy)
    good = checked(browser, alone, copy)
    assert [state for state, _ in good] == ["good"] * len(good)
    assert any("in the Office's custody log" in text and "unchanged" in text for _, text in good)
    (copy / "v3" / "data" / "added.txt").write_text("x")
    victim = copy / "v3" / "data" / "media" / "bwc-1" / "a.m4a"
    body = bytearray(victim.read_bytes())
    body[-3] ^= 4
    victim.unlink()
    victim.write_bytes(body)
    bad = [text for state, text in checked(browser, alone, copy) if state == "bad"]
    assert sorted(bad) == ["data/added.txt is not on the signed list: it was added.", "data/media/bwc-1/a.m4a has been changed."]


def test_all_cases_are_searched_at_once(browser: Browser, built: Path) -> None:
    """Typed words are found in what was said and in papers, and a hit opens the case at that line; from disk too."""
    done = Walked(PAGE)
    with serving(built) as base:
        for address in (f"{base}/search.html", (built / "search.html").as_uri()):
            with opened(browser, address, done) as page:
                page.locator("#q").click()
                page.keyboard.type("drop the gun")
                assert wait_until(page, "document.querySelectorAll('#hits a').length === 2")
                assert page.locator("#hits a").first.get_attribute("href") == f"{DATA.as_posix()}/index.html#u11"
                page.locator("#q").fill("waistband")
                assert wait_until(page, "document.querySelectorAll('#hits a').length === 2")
                page.locator("#hits a").last.click()
                assert wait_until(page, "location.pathname.endsWith('papers.html') && location.hash === '#report-p2'")
    assert done.problems == []


def test_the_plan_follows_the_clock(browser: Browser, built: Path) -> None:
    """Body camera 1 stood in one place from 14 to 30 s and in another after; before 12.3 s it is not drawn."""
    drawn = "[...document.querySelectorAll('.p-cam')].map(g => getComputedStyle(g).display !== 'none')"
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
        page.locator("#scene").scroll_into_view_if_needed()
        for at, wanted in ((20, [True, False, True]), (35, [False, True, True]), (2, [False, False, True])):
            page.evaluate("t => plainview.player.go(t)", at)
            assert wait_until(page, f"JSON.stringify({drawn}) === '{str(wanted).lower().replace(' ', '')}'"), at
