# SPDX-License-Identifier: Apache-2.0
"""A recording in parts plays on from one to the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.walk import Walked, open_gate, opened, wait_until
from plainview.model.release import Release
from plainview.model.time import SECOND
from plainview.publish import parts, site
from plainview.publish.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGE = "c/1/v3/data/index.html"
BIG = "document.querySelector('#stage > video')"


@pytest.fixture(scope="module")
def cut(material: tuple[Release, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with every recording longer than 20 s in parts of 16 s."""
    release, files = material
    root = tmp_path_factory.mktemp("parts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LONG", 20 * SECOND)
        patch.setattr(parts, "EVERY", 16 * SECOND)
        site.build_case(release, files=files, out=root / "c" / "1" / "v3" / "data")
    return root


def test_the_page_plays_across_the_boundary(browser: Browser, cut: Path) -> None:
    """Body camera 2 begins at 5.04 s; at 21.04 s the second part takes over, picture and sound, and the clock goes on."""
    done = Walked(PAGE)
    with serving(cut) as base, opened(browser, f"{base}/{PAGE}?t=21:40:17.0&cam=bwc-2", done) as page:
        open_gate(page)
        assert wait_until(page, f"{BIG}.getAttribute('src').endsWith('parts/v360-1.mp4') && plainview.sync.now() > 18")
        assert wait_until(page, f"{BIG}.getAttribute('src').endsWith('parts/v360-2.mp4') && plainview.sync.now() > 22 && !{BIG}.paused", seconds=30)
        assert page.evaluate("plainview.player.audio.getAttribute('src')") == "media/bwc-2/parts/a-2.m4a"
        apart = f"Math.abs(5.04 + 16 + {BIG}.currentTime * (1 + 12e-6) - plainview.sync.now())"
        assert wait_until(page, f"plainview.sync.playing && !plainview.sync.waiting && {apart} < 0.06", seconds=30)
        assert page.evaluate("plainview.sync.heard.whole.slug") == "bwc-2"
    assert [each for each in done.problems if "allowed_signers" not in each and "404" not in each] == []


def test_a_seek_lands_in_its_part(browser: Browser, cut: Path) -> None:
    """40 s lies 34.96 s into body camera 2: 2.96 s into its third part; 6 s lies in its first."""
    with serving(cut) as base, opened(browser, f"{base}/{PAGE}?t=21:40:17.0&cam=bwc-2", Walked(PAGE)) as page:
        open_gate(page)
        assert wait_until(page, "plainview.sync.moving() > 0", seconds=30)
        page.evaluate("plainview.player.pause()")
        for at, name, inside in ((40, "v360-3", 2.96), (6, "v360-1", 0.96)):
            page.evaluate("t => plainview.player.go(t)", at)
            assert wait_until(page, f"{BIG}.getAttribute('src').endsWith('parts/{name}.mp4') && Math.abs({BIG}.currentTime - {inside}) < 0.01", seconds=30)
