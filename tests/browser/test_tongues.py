# SPDX-License-Identifier: Apache-2.0
"""The page in Spanish, and laid out from right to left."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from browser.walk import Walked, open_gate, opened, wait_until
from plainview.publish.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DATA = Path("c/2026-0000417/v3/data")
PAGE = f"{DATA.as_posix()}/index.es.html"
INNER = ("index.es.html", "transcript.es.html", "papers.es.html", "verify.es.html")
OUTER = ("index.es.html", "search.es.html", "how-we-redact.es.html", "accessibility.es.html", "c/2026-0000417/compare/1-3/index.es.html")
WIDTHS = (320, 390, 768, 1280)
ARABIC = "ألقِ السلاح! ارفع يديك حتى أراهما الآن"
TURN = """(words) => { document.documentElement.dir = 'rtl'; document.documentElement.lang = 'ar';
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode())
    if (/[a-z]{3}/i.test(n.data) && !n.parentElement.closest('script, style, code, pre, svg, .tt, .at, time'))
      n.data = words.slice(0, Math.max(3, n.data.trim().length % words.length));
  dispatchEvent(new Event('resize')) }"""


def sideways(page: Page) -> bool:
    """Whether anything makes the page scroll sideways."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wider


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_spanish_pages(browser: Browser, built: Path, theme: str) -> None:
    """Case (gate open and closed), transcript, papers, checker and the office's pages at 320 to 1920 pixels; nothing scrolls sideways."""
    done, found = Walked(PAGE), []
    with serving(built) as base:
        for width in (320, 768, 1920):
            with opened(browser, f"{base}/{PAGE}", done, width=width, color_scheme=theme) as page:
                for name in [*(f"{DATA.as_posix()}/{each}" for each in INNER), *OUTER]:
                    page.goto(f"{base}/{name}")
                    found += [f"{name} {width}: {each['id']}" for each in Axe().run(page).response["violations"]]
                    if sideways(page):
                        found.append(f"{name} {width}: scrolls sideways")
                page.goto(f"{base}/{PAGE}")
                open_gate(page)
                page.evaluate("plainview.player.pause()")
                found += [f"gate open {width}: {each['id']}" for each in Axe().run(page).response["violations"]]
    assert found == []
    assert done.problems == []


def test_the_spanish_page_plays_searches_and_checks_itself(browser: Browser, built: Path) -> None:
    """A translation is found and captioned, the panel says all in Spanish, and the switch leads to the same case in English."""
    done = Walked(PAGE)
    with serving(built) as base, opened(browser, f"{base}/{PAGE}", done) as page:
        assert wait_until(page, "document.getElementById('seal').dataset.state === 'valid'")
        assert page.locator("#seal").inner_text() == "Copia firmada, comprobada en su navegador"
        open_gate(page)
        page.locator("#query").fill("suelte el arma")
        assert wait_until(page, "document.querySelectorAll('#hits a[data-at]').length === 2")
        page.locator("#hits a").first.click()
        assert wait_until(page, "document.getElementById('subs').textContent.includes('¡Suelte el arma! (traducción de una persona)')")
        page.evaluate("plainview.player.pause()")
        page.locator("#verify").scroll_into_view_if_needed()
        assert wait_until(page, "document.querySelectorAll('#checks > ol:first-of-type > li[data-state=valid]').length === 4")
        assert "Esta publicación consta en el registro de custodia" in page.locator("#check-log").inner_text()
        # The panel in sight, the rest of the release's words is checked too: 13 files of this language, not 4.
        assert wait_until(page, "document.querySelector('#check-page small').textContent.includes('13 archivos')")
        assert page.locator("#alarm").is_hidden()
        page.locator("header.mast a.other").click()
        page.wait_for_url("**/index.html")
        assert page.evaluate("document.documentElement.lang") == "en"
    assert done.problems == []


def test_the_switch_can_be_seen_at_every_width(browser: Browser, built: Path) -> None:
    """From 320 pixels on the other language is one click away."""
    with serving(built) as base:
        for width in WIDTHS:
            with opened(browser, f"{base}/{PAGE}", Walked(PAGE), width=width) as page:
                assert page.locator("header.mast a.other").is_visible()


def test_right_to_left_mirrors_and_nothing_overflows(browser: Browser, built: Path) -> None:
    """With Arabic words and ``dir=rtl`` no page scrolls sideways; the transcript stands left, labels right, time runs left to right."""
    found = []
    with serving(built) as base:
        for width in WIDTHS:
            with opened(browser, f"{base}/{PAGE}", Walked(PAGE), width=width) as page:
                for name in [*(f"{DATA.as_posix()}/{each}" for each in INNER), *OUTER]:
                    page.goto(f"{base}/{name}")
                    page.evaluate(TURN, ARABIC)
                    page.wait_for_timeout(60)
                    if sideways(page):
                        found.append(f"{name} {width}")
        assert found == []
        with opened(browser, f"{base}/{PAGE}", Walked(PAGE)) as page:
            page.evaluate(TURN, ARABIC)
            edge = "s => { const b = document.querySelector(s).getBoundingClientRect(); return [b.left, b.right] }"
            assert page.evaluate(edge, "#transcript")[1] <= page.evaluate(edge, "#watch")[0] + 1
            assert page.evaluate(edge, ".brand")[1] > 1200
            label, row = page.evaluate(edge, "#whole .row .l"), page.evaluate(edge, "#whole .row .r")
            assert label[0] >= row[1] - 1
            assert page.evaluate(edge, "#whole .over") == pytest.approx(row, abs=1.5)
            page.evaluate("plainview.player.go(-5)")
            early = page.evaluate(edge, "#whole .needle")[0]
            page.evaluate("plainview.player.go(40)")
            assert page.evaluate(edge, "#whole .needle")[0] > early + 100
            assert row[0] - 2 <= early <= row[1]
