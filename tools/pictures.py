# SPDX-License-Identifier: Apache-2.0
"""The pictures of the public pages in ``docs/images/``, taken anew from a built site in headless Chromium.

Run: ``.venv/bin/python tools/pictures.py demo/site [--into FOLDER]`` (needs Chromium). Look at each beside the last
before it is committed: hierarchy, alignment, rhythm, contrast over dark footage.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from PIL import Image
from playwright.sync_api import Browser, Page

from browser.walk import Walked, browsing, open_gate, opened, wait_until
from plainview.publish.server import serving

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SHADES = 31
"""Of each colour, but for none: nobody sees the difference, and files stay half as large."""


@dataclass(frozen=True)
class Picture:
    """One picture: what of which page, how wide, and what a reader does first."""

    name: str
    width: int = 1280
    height: int = 1000
    page: str = "index.html"
    part: str = ""
    """One element alone instead of the window."""
    dark: bool = False
    script: bool = True
    act: Callable[[Page], None] = lambda page: None


def _played(page: Page) -> None:
    """As it stands a few seconds into the first moment, paused there."""
    open_gate(page)
    wait_until(page, "plainview.sync.playing && plainview.sync.moving() > 0")
    page.wait_for_timeout(2500)
    page.evaluate("plainview.player.pause()")
    wait_until(page, "[...document.querySelectorAll('video[src]')].every(v => v.readyState > 1 && !v.seeking)")


def _at(part: str) -> Callable[[Page], None]:
    return lambda page: page.locator(part).evaluate("e => e.scrollIntoView({block: 'start', behavior: 'instant'})")


def _checked(page: Page) -> None:
    _at("#verify")(page)
    wait_until(page, "document.querySelectorAll('#checks > ol:first-of-type > li[data-state=valid]').length === 4")


CASE = (
    Picture("case-1280-top", height=1360, act=_played),
    Picture("case-1280-dark", height=1360, dark=True, act=_played),
    Picture("case-1280-gate"),
    Picture("case-1280-nojs", height=1360, script=False),
    Picture("case-1280-es", height=1360, page="index.es.html", act=_played),
    Picture("case-1280-statements", height=1200, act=_at("#statements")),
    Picture("case-390-top", width=390, height=1300, act=_played),
    Picture("case-390-gate", width=390, height=844),
    Picture("matrix-1280", part=".matrix"),
    Picture("matrix-390", width=390, part=".matrix"),
    Picture("scene-1280", part="#scene"),
    Picture("scene-390", width=390, part="#scene"),
    Picture("verify-1280", height=1200, act=_checked),
)
OFFICE = (Picture("office-1280", height=900), Picture("office-390", width=390, height=844))


def main() -> None:
    """Take them all from the newest version of the first case."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("site", type=Path)
    asked.add_argument("--into", type=Path, default=IMAGES)
    given = asked.parse_args()
    data = max(given.site.glob("c/*/v*/data"), key=lambda path: int(path.parent.name[1:])).relative_to(given.site)
    with serving(given.site) as base, browsing() as browser:
        for picture in CASE:
            if (given.site / data / picture.page).is_file():
                _take(browser, f"{base}/{data.as_posix()}/{picture.page}", picture, given.into)
        for picture in OFFICE:
            _take(browser, f"{base}/{picture.page}", picture, given.into)
        _print(browser, f"{base}/{data.as_posix()}/index.html", given.into / "case-print.png")


def _take(browser: Browser, address: str, picture: Picture, into: Path) -> None:
    done = Walked(address)
    options = {"color_scheme": "dark" if picture.dark else "light", "java_script_enabled": picture.script}
    with opened(browser, address, done, width=picture.width, height=picture.height, **options) as page:
        picture.act(page)
        # Fonts and pictures outside the window come late.
        page.wait_for_timeout(300)
        body = page.locator(picture.part).screenshot() if picture.part else page.screenshot()
    _keep(Image.open(io.BytesIO(body)), into / f"{picture.name}.png")
    for problem in done.problems:
        print(f"{picture.name}: {problem}", file=sys.stderr)


def _print(browser: Browser, address: str, into: Path) -> None:
    """The first two sheets of paper side by side."""
    from pypdfium2 import PdfDocument

    with opened(browser, address, Walked(address)) as page:
        wait_until(page, "document.getElementById('seal')?.dataset.state === 'valid'")
        paper = PdfDocument(page.pdf(format="Letter", margin=dict.fromkeys(("top", "bottom", "left", "right"), "14mm")))
    sheets = [paper[n].render(scale=1.1).to_pil() for n in range(min(2, len(paper)))]
    wide, high = sum(sheet.width for sheet in sheets) + 16 * (len(sheets) - 1), sheets[0].height
    both = Image.new("RGB", (wide, high), (150, 150, 150))
    for n, sheet in enumerate(sheets):
        both.paste(sheet, (n * (sheet.width + 16), 0))
    _keep(both, into)


def _keep(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shades = [round(round(n / 255 * SHADES) * 255 / SHADES) for n in range(256)]
    picture.convert("RGB").point(shades * 3).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
