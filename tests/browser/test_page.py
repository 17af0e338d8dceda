# SPDX-License-Identifier: Apache-2.0
"""The public page in a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser.walk import Walked, first_view, open_gate, opened, wait_until, walk
from plainview.publish.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGE = "c/2026-0000417/v3/data/index.html"


def test_a_reader_walks_the_whole_page(built: Path) -> None:
    """Four cameras stay within 50 ms, words are found and played, citations land, axe finds nothing, script or no script."""
    (walked,) = walk(built)
    assert walked.problems == []
    assert (walked.moving, walked.citations, walked.axe_runs) == (4, 6, 8)
    assert walked.hits >= 2


def test_nothing_plays_and_nothing_is_loaded_before_a_choice(browser: Browser, built: Path) -> None:
    """With the gate closed no video or sound has been asked for, even after Play is pressed."""
    done = Walked(PAGE)
    asked: list[str] = []
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", done) as page:
        page.on("request", lambda r: asked.append(r.url))
        page.click("#play")
        page.wait_for_timeout(300)
        assert page.evaluate("plainview.sync.playing") is False
        assert page.evaluate("document.activeElement.dataset.choice") == "stop"
    assert [url for url in asked if url.endswith((".mp4", ".m4a"))] == []


def test_the_first_view_is_light(browser: Browser, built: Path) -> None:
    """Page, style, scripts, letters, stills and the lists that are checked: at most 250 kB before anything is done."""
    with serving(built) as base:
        assert first_view(browser, f"{base}/{PAGE}") <= 250_000


def test_the_player_stops_before_a_graphic_moment(browser: Browser, built: Path) -> None:
    """By default playing halts at the edge (36.0 s), covers the pictures and asks; skipping goes past the end (39.5 s)."""
    done = Walked(PAGE)
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", done) as page:
        open_gate(page, "stop")
        page.evaluate("plainview.player.go(34.2)")
        assert wait_until(page, "!document.getElementById('warn').hidden")
        assert wait_until(page, "!document.getElementById('brief').hidden")
        assert 35.9 <= page.evaluate("plainview.sync.now()") <= 36.1
        assert page.evaluate("plainview.sync.playing") is False
        assert page.evaluate("getComputedStyle(document.querySelector('#stage video')).visibility") == "hidden"
        page.click("[data-brief=skip]")
        assert wait_until(page, "plainview.sync.playing && plainview.sync.now() > 39.5")
    assert done.problems == []


def test_seeking_into_a_graphic_moment_shows_nothing_of_it(browser: Browser, built: Path) -> None:
    """A paused seek to 37 s covers every picture until the reader agrees."""
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
        open_gate(page, "stop")
        page.evaluate("plainview.player.pause()")
        page.evaluate("plainview.player.go(37)")
        page.wait_for_timeout(200)
        hidden = "[...document.querySelectorAll('#stage > video, #stage > img, .tile video')].every(v => getComputedStyle(v).visibility === 'hidden')"
        assert page.evaluate(hidden) is True
        page.click("[data-brief=still]")
        assert wait_until(page, "plainview.sync.playing")
        assert page.evaluate(hidden) is True
        assert wait_until(page, "plainview.sync.now() > 39.6", seconds=8)
        assert page.evaluate(hidden) is False


def test_a_changed_file_turns_the_page_red(browser: Browser, built: Path, tmp_path: Path) -> None:
    """One byte of the transcript page changed: the panel finds it, a banner says so, nothing plays any more."""
    copy = tmp_path / "site"
    shutil.copytree(built, copy)
    victim = copy / Path(PAGE).parent / "transcript.html"
    body = bytearray(victim.read_bytes())
    body[-10] ^= 1
    victim.unlink()
    victim.write_bytes(body)
    with serving(copy) as base, opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
        assert wait_until(page, "document.getElementById('seal').dataset.state === 'valid'")
        page.locator("#verify").scroll_into_view_if_needed()
        assert wait_until(page, "!document.getElementById('alarm').hidden")
        assert "transcript.html has been changed" in page.locator("#alarm").inner_text()
        page.evaluate("plainview.player.play()")
        assert page.evaluate("plainview.sync.playing") is False


def test_the_signature_is_checked_and_a_download_is_recognised(browser: Browser, built: Path, tmp_path: Path) -> None:
    """Four lines turn valid; a downloaded file is named, a changed one is told as the copy it is meant to be."""
    other = tmp_path / "a.m4a"
    other.write_bytes(b"not it")
    media = built / Path(PAGE).parent / "media" / "bwc-1" / "a.m4a"
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
        assert wait_until(page, "document.getElementById('seal').dataset.state === 'valid'")
        page.locator("#verify").scroll_into_view_if_needed()
        assert wait_until(page, "document.querySelectorAll('#checks > ol:first-of-type > li[data-state=valid]').length === 4")
        assert "the log of version 2, 302 entries, is part of it unchanged" in page.locator("#check-log").inner_text()
        page.set_input_files("#file", [str(media), str(other)])
        assert wait_until(page, "document.querySelectorAll('#file-answer .good, #file-answer .bad').length === 2")
        first, second = page.locator("#file-answer p").all_inner_texts()
    assert first == "a.m4a is Body camera 1, Tolland (a.m4a), exactly as signed."
    assert second.startswith("a.m4a is not as signed: as a copy of ")


def test_a_forged_signature_is_refused(browser: Browser, built: Path, tmp_path: Path) -> None:
    """A list signed by another key is not valid, however well it is signed."""
    copy = tmp_path / "site"
    shutil.copytree(built, copy)
    signers = copy / Path(PAGE).parent.parent / "allowed_signers"
    text = signers.read_text()
    signers.unlink()
    signers.write_text(text.replace("AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAAJ"))
    with serving(copy) as base, opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
        assert wait_until(page, "document.getElementById('seal').dataset.state === 'failed'")
        assert "key is not the Office's" in page.locator("#alarm").inner_text()


def arrive(page: Page) -> None:
    """Wait until no page leads on to another: an address of its own opens the page on which its thing is shown."""
    before = ""
    while before != page.url:
        before = page.url
        page.wait_for_timeout(400)
        page.wait_for_load_state("load")


def test_the_cases_own_address_takes_the_instant_along(browser: Browser, built: Path) -> None:
    """``c/<case>/?t=…&cam=…`` opens the newest version at that instant and camera; its ``#m3`` opens the moment."""
    case = f"c/{PAGE.split('/')[1]}/index.html"
    with serving(built) as base, opened(browser, f"{base}/{case}?t=21:40:14.0&cam=bwc-2", Walked(PAGE)) as page:
        arrive(page)
        assert page.url.endswith(f"/{PAGE}?t=21:40:14.0&cam=bwc-2")
        assert page.evaluate("plainview.sync.now()") == pytest.approx(14.0)
        page.goto(f"{base}/{case}#m3")
        arrive(page)
        assert page.url.endswith(f"/{PAGE}#m3")


def test_what_is_heard_and_searched_stands_in_the_address(browser: Browser, built: Path) -> None:
    """The sound chosen and the words looked for are in the link; a reader who opens it hears and finds the same."""
    with serving(built) as base, opened(browser, f"{base}/{PAGE}?t=21:40:14.0&cam=bwc-2", Walked(PAGE)) as page:
        page.select_option("#hear", "call-1")
        page.locator("#query").fill("drop the gun")
        assert wait_until(page, "location.search.includes('q=')")
        link = page.evaluate("location.href")
        assert link.endswith("?t=21:40:14.0&cam=bwc-2&snd=call-1&q=drop%20the%20gun")
        page.goto(link)
        assert wait_until(page, "document.querySelectorAll('#hits a[data-at]').length === 2")
        assert page.evaluate("document.getElementById('hear').value") == "call-1"


def test_markup_in_evidence_does_nothing(browser: Browser, nasty: Path) -> None:
    """Script, event handlers, direction marks and control characters in every text: nothing runs, nothing breaks."""
    done = Walked(PAGE)
    data = Path(PAGE).parent.as_posix()
    inner = ("index.html", "transcript.html", "papers.html", "statements.html", "recordings.html", "verify.html", "m/5/card.html", "s/s1/card.html", "r/bwc-1/card.html", "u/u900/index.html")
    outer = ("index.html", "search.html", "how-we-redact.html", "by/year/2026.html", "c/2026-0000417/index.html", "c/2026-0000417/s/s1/index.html")
    for name in (*(f"{data}/{each}" for each in inner), *outer):
        with serving(nasty) as base, opened(browser, f"{base}/{name}", done) as page:
            arrive(page)
            if name == "search.html":
                page.locator("#q").click()
                page.keyboard.type("script")
                assert wait_until(page, "document.querySelectorAll('#hits a').length > 0")
            if name == PAGE:
                open_gate(page)
                page.evaluate("plainview.player.go(25.2)")
                page.locator("#query").fill("script")
                assert wait_until(page, "document.querySelectorAll('#hits a').length > 0")
            assert page.evaluate("window.hacked") is None
            assert page.locator("img[src=x]").count() == 0
            assert "\u202e" not in page.locator("body").inner_text()
    assert done.problems == []


def test_the_page_works_from_disk(browser: Browser, built: Path) -> None:
    """Opened as a file: it plays, searches everything, papers too, and says that it is not checked here."""
    done = Walked(PAGE)
    with opened(browser, (built / PAGE).as_uri(), done) as page:
        open_gate(page)
        page.evaluate("plainview.player.go(14)")
        assert wait_until(page, "plainview.sync.playing && plainview.sync.moving() >= 2 && plainview.sync.now() > 15")
        assert "not checked here" in page.locator("#check-signature").inner_text()
        page.locator("#query").fill("drop the gun")
        assert wait_until(page, "document.querySelectorAll('#hits a').length === 2")
        page.locator("#query").fill("waistband")
        assert wait_until(page, "[...document.querySelectorAll('#hits h3')].some(h => h.textContent.startsWith('Papers'))")
    assert done.problems == []


def test_keys_work_only_while_the_player_has_the_focus(browser: Browser, built: Path) -> None:
    """``l`` goes five seconds on from the player, and is only a letter elsewhere."""
    with serving(built) as base, opened(browser, f"{base}/{PAGE}?t=21:40:14.0&cam=bwc-2", Walked(PAGE)) as page:
        assert page.evaluate("plainview.sync.now()") == pytest.approx(14.0)
        page.keyboard.press("l")
        assert page.evaluate("plainview.sync.now()") == pytest.approx(14.0)
        page.focus("#stage")
        page.keyboard.press("l")
        assert page.evaluate("plainview.sync.now()") == pytest.approx(19.0)
        page.keyboard.press("]")
        assert page.evaluate("plainview.sync.now()") == pytest.approx(24.3)
        page.keyboard.press("3")
        assert page.locator("#strip [aria-current=true]").get_attribute("data-slug") == "dash-1"
        assert "cam=dash-1" in page.evaluate("location.search")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "query"
