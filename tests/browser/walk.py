# SPDX-License-Identifier: Apache-2.0
"""A walk through a built site as a reader takes it: looked at, played, searched, cited, checked, without script.

``walk(site)`` works on any site ``plainview`` wrote: the sample of these tests, the demo, a real one.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from plainview.publish.server import serving

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
SIZES = ((1280, 900), (390, 844))
PLAY_S = 20
APART_MS = 50
TRIES = 8
"""Seconds looked at. A machine that stands still for a second, as busy ones do, may need some to recover."""


@dataclass
class Walked:
    """What one version of one case did; ``problems`` is empty when all is well."""

    page: str
    problems: list[str] = field(default_factory=list)
    spread_ms: float = 0.0
    moving: int = 0
    hits: int = 0
    citations: int = 0
    axe_runs: int = 0


def chromium() -> str | None:
    """Where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def browsing() -> Iterator[Browser]:
    """One headless Chromium."""
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def walk(site: Path, *, phrase: str = "drop the gun", seconds: int = PLAY_S) -> list[Walked]:
    """Walk every version of every case below ``site``; ``seconds`` is how long the cameras play."""
    pages = sorted(path for path in site.glob("c/*/v*/data/index.html"))
    with serving(site) as base, browsing() as browser:
        return [_walk_case(browser, f"{base}/{path.relative_to(site).as_posix()}", path, phrase, seconds) for path in pages]


def _walk_case(browser: Browser, address: str, path: Path, phrase: str, seconds: int) -> Walked:
    done = Walked(address)
    facts = read_facts(path)
    _look(browser, address, done)
    _without_script(browser, address, facts, done)
    with opened(browser, address, done) as page:
        _play(page, facts, done, seconds)
        _search(page, phrase, done)
        _cite(page, facts, done)
    return done


def read_facts(path: Path) -> dict[str, Any]:
    """The player's facts as they stand in the page, with what the release itself says."""
    text = path.read_text().partition('<script type="application/json" id="facts">')[2].partition("</script>")[0]
    facts: dict[str, Any] = json.loads(text)
    facts["release"] = json.loads((path.parent / "case.json").read_text())
    return facts


@contextmanager
def opened(browser: Browser, address: str, done: Walked, *, width: int = 1280, height: int = 900, **options: Any) -> Iterator[Page]:
    """A fresh reader on the page; every console error, page error and failed request is a problem."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    page = context.new_page()
    page.on("console", lambda m: done.problems.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda e: done.problems.append(f"script: {e}"))
    page.on("response", lambda r: done.problems.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    try:
        page.goto(address, wait_until="load")
        yield page
    finally:
        context.close()


def first_view(browser: Browser, address: str) -> int:
    """Bytes a reader is sent before doing anything, each address once, text compressed as hosts send it."""
    sent: dict[str, int] = {}
    with opened(browser, "about:blank", Walked(address)) as page:
        found: dict[str, Any] = {}
        page.on("response", lambda answer: found.setdefault(answer.url, answer))
        page.goto(address, wait_until="networkidle")
        for url, answer in found.items():
            kind, body = answer.headers.get("content-type", ""), answer.body()
            text = kind.startswith(("text/", "application/json", "image/svg"))
            sent[url] = len(gzip.compress(body)) if text else len(body)
    return sum(sent.values())


def open_gate(page: Page, choice: str = "all") -> None:
    """Choose how graphic moments are met; nothing happens where there are none."""
    button = page.locator(f"[data-choice={choice}]")
    if button.count() and button.is_visible():
        button.click()


def _look(browser: Browser, address: str, done: Walked) -> None:
    """Axe at both widths, both themes, gate closed and open, and no sideways scroll at 320."""
    for width, height in SIZES:
        for theme in ("light", "dark"):
            with opened(browser, address, done, width=width, height=height, color_scheme=theme) as page:
                for gate in ("closed", "open"):
                    if gate == "open":
                        open_gate(page)
                        page.evaluate("plainview.player.pause()")
                        page.wait_for_timeout(150)
                    _axe(page, f"{width} {theme} gate {gate}", done)
    with opened(browser, address, done, width=320, height=700) as page:
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            done.problems.append("the page scrolls sideways at 320 px")


def _axe(page: Page, where: str, done: Walked) -> None:
    results = Axe().run(page)
    done.axe_runs += 1
    for violation in results.response["violations"]:
        nodes = "; ".join(str(node["target"]) for node in violation["nodes"][:4])
        done.problems.append(f"axe {where}: {violation['id']}: {nodes}")


def _without_script(browser: Browser, address: str, facts: dict[str, Any], done: Walked) -> None:
    """Every line, moment, statement, recording and paper can be read with scripts off."""
    release = facts["release"]
    with opened(browser, address, done, java_script_enabled=False) as page:
        said = page.locator("#lines > li:not(.none)").count()
        wanted = len(release["utterances"]) + len((release["shots"] or {"events": []})["events"])
        counted = {
            "lines": (said, wanted),
            "moments": (page.locator(".cards > li[id]").count(), len(release["moments"])),
            "statements": (page.locator(".ledger > li").count(), len(release["statements"])),
            "recordings": (page.locator("#recordings tr[id]").count(), len(release["recordings"])),
            "papers": (page.locator("#papers tr[id]").count(), len(release["documents"])),
        }
        done.problems += [f"without script: {n} of {of} {what}" for what, (n, of) in counted.items() if n != of]
        if page.locator("button:visible").count():
            done.problems.append("without script: a button that does nothing is shown")


def _play(page: Page, facts: dict[str, Any], done: Walked, seconds: int) -> None:
    """Four cameras (or as many as there are) play on one clock."""
    start, cameras = best_start(facts, seconds + TRIES)
    if not cameras:
        return
    open_gate(page)
    page.evaluate("t => { plainview.player.go(t); plainview.player.play() }", start)
    wait_until(page, "plainview.sync.moving() > 0")
    page.wait_for_timeout(seconds * 1000)
    for _ in range(TRIES):
        _measure(page, done)
        if done.spread_ms <= APART_MS and done.moving >= min(4, cameras):
            break
    page.evaluate("plainview.player.pause()")
    if done.spread_ms > APART_MS:
        done.problems.append(f"after {seconds} s the cameras are {done.spread_ms:.0f} ms apart")
    if done.moving < min(4, cameras):
        done.problems.append(f"{done.moving} of {min(4, cameras)} cameras moved")


def _measure(page: Page, done: Walked) -> None:
    """The worst spread and the most moving cameras of one second."""
    done.spread_ms, done.moving = 0.0, 0
    for _ in range(10):
        done.spread_ms = max(done.spread_ms, page.evaluate("plainview.sync.spread()"))
        done.moving = max(done.moving, page.evaluate("plainview.sync.moving()"))
        page.wait_for_timeout(100)


def best_start(facts: dict[str, Any], seconds: float) -> tuple[float, int]:
    """(case time, cameras) from which the most cameras cover the next ``seconds``, or what there is of them."""
    cameras = [(r["offset"], r["offset"] + r["length"]) for r in facts["recordings"] if "v360" in r]
    counted = [(sum(a <= t and b >= t + seconds for a, b in cameras), -t) for t in (a + 0.2 for a, _ in cameras)]
    number, minus = max(counted, default=(0, 0.0))
    return -minus, number


def _search(page: Page, phrase: str, done: Walked) -> None:
    """The words are found as they are typed, and the hit plays two seconds before them."""
    page.locator("#query").click()
    page.locator("#query").press_sequentially(phrase)
    page.wait_for_timeout(400)
    hits = page.locator("#hits a[data-at]")
    done.hits = hits.count()
    if not done.hits:
        done.problems.append(f"search does not find {phrase!r}")
        return
    at = float(hits.first.get_attribute("data-at") or "nan")
    hits.first.click()
    if not wait_until(page, "plainview.sync.playing && !plainview.sync.waiting"):
        done.problems.append("a search hit does not play")
    now = page.evaluate("plainview.sync.now()")
    first = facts_span(page)[0]
    if not max(first, at - 2) - 0.3 <= now <= at + 1.5:
        done.problems.append(f"a hit at {at} plays from {now}")
    page.evaluate("plainview.player.pause()")
    page.locator("#query").fill("")


def facts_span(page: Page) -> list[float]:
    """First and last instant of the case's clock."""
    span: list[float] = page.evaluate("JSON.parse(document.getElementById('facts').textContent).span")
    return span


def _cite(page: Page, facts: dict[str, Any], done: Walked) -> None:
    """Every citation link lands on its moment, clicked here or opened fresh."""
    moments = {m["id"]: m["t"] for m in facts["moments"]}
    links = page.locator(".ledger a.cited")
    for i in range(links.count()):
        link = links.nth(i)
        target = link.get_attribute("href") or ""
        if not target.startswith("#"):
            continue
        done.citations += 1
        link.click()
        page.wait_for_timeout(60)
        now = page.evaluate("plainview.sync.now()")
        if abs(now - moments.get(target[1:], -1e9)) > 0.05 or page.evaluate("location.hash") != target:
            done.problems.append(f"the link to {target} lands at {now}")
    for name, t in moments.items():
        page.goto(f"{page.url.partition('?')[0].partition('#')[0]}?again#{name}")
        if abs(page.evaluate("plainview.sync.now()") - t) > 0.05:
            done.problems.append(f"the address #{name} lands elsewhere")


def wait_until(page: Page, expression: str, *, seconds: float = 12) -> bool:
    """Whether ``expression`` became true in time."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(expression):
            return True
        page.wait_for_timeout(50)
    return False


Check = Callable[[Page], None]
