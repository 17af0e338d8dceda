# SPDX-License-Identifier: Apache-2.0
"""A case with more than its page can hold: nothing is out of reach, by key, by address, without script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from browser.walk import Walked, opened, wait_until
from plainview.model.release import Release
from plainview.model.time import IncidentTime, incident_seconds
from plainview.model.transcript import FusedWord, Utterance
from plainview.publish import site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def large(material: tuple[Release, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with 30 more cameras, 16 more statements and 9000 lines, one every 5 ms."""
    release, files = material
    one = next(r for r in release.recordings if r.slug == "bwc-1")
    cameras = [replace(one, slug=f"bwc-{n}", exhibit=f"EX-bwc-{n}") for n in range(30, 60)]
    statements = [replace(release.statements[0], id=f"s{n}") for n in range(100, 116)]
    word = FusedWord(incident_seconds(0), incident_seconds(1), "stay back", 0.9)
    said = [Utterance(f"u{n}", IncidentTime(n * 5000), IncidentTime(n * 5000 + 900_000), (word,), ("EX-bwc-1",), "A") for n in range(9000)]
    many = replace(
        release, recordings=(*release.recordings, *cameras), statements=(*release.statements, *statements),
        utterances=tuple(said), languages=("en",), translations=(),
    )  # fmt: skip
    out = tmp_path_factory.mktemp("large")
    site.build_case(many, files=files, out=out)
    return out


def test_a_line_of_a_long_transcript_is_found_by_its_address(browser: Browser, large: Path) -> None:
    """Line 8500 is spoken at 42.5 s and lies in the third part, which no page holds; from disk, and when the address changes."""
    page_file = large / "index.html"
    with opened(browser, f"{page_file.as_uri()}#u8500", Walked("")) as page:
        assert wait_until(page, "Math.abs(plainview.sync.now() - 42.5) < 0.01 && !!document.getElementById('u8500')")
        page.evaluate("location.hash = '#u4200'")
        assert wait_until(page, "Math.abs(plainview.sync.now() - 21) < 0.01 && !!document.getElementById('u4200')")


def test_the_overview_leads_to_all_of_it(browser: Browser, large: Path) -> None:
    """By keyboard from a statement to what contradicts it in full; without script from a recording to its hash and back."""
    with opened(browser, (large / "index.html").as_uri(), Walked("")) as page:
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert [each["id"] for each in found.response["violations"]] == []
        page.locator("#s1 a.rel.c").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/statements.html#s1-*")
        assert page.locator(":target .cited").count() == 1
    with opened(browser, (large / "index.html").as_uri(), Walked(""), java_script_enabled=False) as page:
        page.locator("#r-bwc-45 small a").click()
        page.wait_for_url("**/recordings.html#bwc-45")
        article = page.locator("#bwc-45")
        assert "sha256" in article.inner_text()
        article.locator("a[href^='index.html']").click()
        page.wait_for_url("**/index.html?t=*&cam=bwc-45#r-bwc-45")
