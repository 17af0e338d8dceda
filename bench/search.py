# SPDX-License-Identifier: Apache-2.0
"""Search over 120 000 lines in headless Chromium: time of each key, and of the first hit after the focus.

The case is the large one of ``bench.site_build`` from a fresh seed, served by our own server on this machine. A key's
time is what its handler takes, from the event to the hits in the page, laid out; ``whole_ms`` is until every line was
looked through, for a key shows what it found so far after a few milliseconds. Five phrases of three words from the
case's own lines are typed letter by letter once everything is loaded, and taken back again. The first hit is timed from
the focus in a fresh page with the first phrase already typed.

Run: ``.venv/bin/python -m bench.search`` (needs Chromium).
"""

from __future__ import annotations

import random
import secrets
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from playwright.sync_api import Browser

from bench.record import write
from bench.site_build import UTTERANCES, large, outlines
from browser.walk import Walked, browsing, opened, wait_until
from plainview.publish import site
from plainview.publish.server import serving

PHRASES, FIRST = 5, 5
LOADED = "plainview.found.asked.size > plainview.facts.parts.length"
KEYS = """async (phrases) => {
  const input = document.getElementById('query'), hits = document.getElementById('hits'), found = [], whole = [];
  const partly = () => hits.querySelector('h3')?.textContent.endsWith('…') || hits.textContent.startsWith('Loading');
  const type = async (text) => {
    input.value = text;
    const began = performance.now();
    input.dispatchEvent(new Event('input'));
    hits.getBoundingClientRect();
    found.push(performance.now() - began);
    while (!hits.hidden && partly()) await new Promise(done => setTimeout(done));
    whole.push(performance.now() - began);
    await new Promise(done => setTimeout(done, 30));
  };
  for (const phrase of phrases) {
    for (let n = 1; n <= phrase.length; n++) await type(phrase.slice(0, n));
    for (let n = phrase.length - 1; n >= 0; n -= 3) await type(phrase.slice(0, n));
  }
  return [found, whole] }"""
FIRST_HIT = """async (phrase) => {
  const input = document.getElementById('query'), began = performance.now();
  input.focus(); input.value = phrase; input.dispatchEvent(new Event('input'));
  for (;;) {
    if (document.querySelector('#hits a')) return performance.now() - began;
    if (performance.now() - began > 20000) return 20000;
    await new Promise(done => setTimeout(done, 5));
  } }"""


def main() -> None:
    """Measure and write results/search.json."""
    seed = secrets.randbits(32)
    release = large(seed)
    rng = random.Random(seed)
    lines = [line for line in rng.sample(release.utterances, 200) if len(line.words) > 5]
    phrases = [" ".join(word.text for word in line.words[1:4]) for line in lines[:PHRASES]]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "site"
        outlines(release, Path(folder) / "files")
        site.build_case(release, files=Path(folder) / "files", out=root / "c" / "1" / "v1" / "data")
        with serving(root) as base, browsing() as browser:
            address = f"{base}/c/1/v1/data/index.html"
            figures = {"first_hit_ms": _told([_first(browser, address, phrases[0]) for _ in range(FIRST)])}
            print(figures, flush=True)
            figures["key_ms"], figures["whole_ms"] = map(_told, _keys(browser, address, phrases))
            print(figures["key_ms"], figures["whole_ms"], flush=True)
    bar = {"key_ms": 30, "first_hit_ms": 1500}
    print(write("search", {"lines": UTTERANCES, "seed": seed, **figures, "bar": bar}, parts=("playwright",)))


def _first(browser: Browser, address: str, phrase: str) -> float:
    with opened(browser, address, Walked(address)) as page:
        page.wait_for_timeout(500)
        return float(page.evaluate(FIRST_HIT, phrase))


def _keys(browser: Browser, address: str, phrases: list[str]) -> list[list[float]]:
    with opened(browser, address, Walked(address)) as page:
        page.focus("#query")
        if not wait_until(page, LOADED, seconds=120):
            raise SystemExit("what can be searched did not load")
        page.wait_for_timeout(3000)
        found: list[list[float]] = page.evaluate(KEYS, phrases)
        return found


def _told(values: list[float]) -> dict[str, Any]:
    ordered = sorted(values)
    at = {"p50": statistics.median(ordered), "p95": ordered[int(0.95 * (len(ordered) - 1))], "max": ordered[-1]}
    return {"samples": len(ordered)} | {name: round(value, 1) for name, value in at.items()}


if __name__ == "__main__":
    main()
