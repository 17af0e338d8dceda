# SPDX-License-Identifier: Apache-2.0
"""The player in headless Chromium: spread of four tiles, paused seeks, first synced frames, bytes sent.

The case is the sample of the tests (five cameras of 15 to 30 frames a second, 202 to 640 pixels wide). Beside ours the
same four files play by ``play()`` on each and nothing else. Spread is the largest less the smallest case time that
``currentTime`` stands for in one sample, 20 samples a second, the first 2 s dropped; ours only while four tiles move.
timingsrc and burned-in counters are not measured here: a seek counts as done when every tile says it has a frame.

Run: ``.venv/bin/python -m bench.player`` (needs Chromium).
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from bench.record import write
from browser.walk import Walked, browsing, open_gate, opened
from plainview.publish import site
from plainview.publish.server import serving
from publish.sample import sample

SECONDS, SEEKS = 20, 20
FACTS = "JSON.parse(document.getElementById('facts').textContent)"
PLAIN = """async (names) => {
  const facts = JSON.parse(document.getElementById('facts').textContent);
  const rs = facts.recordings.filter(r => names.includes(r.slug)), from = 13;
  const els = rs.map(r => Object.assign(document.createElement('video'), {muted: true, src: r.v360, preload: 'auto'}));
  document.body.append(...els);
  await Promise.all(els.map((e, i) => new Promise(done => {
    e.onseeked = done; e.onloadedmetadata = () => { e.currentTime = (from - rs[i].offset) / rs[i].scale } })));
  els.forEach(e => e.play());
  const found = [], start = performance.now();
  while (performance.now() - start < SECONDS * 1000) {
    await new Promise(done => setTimeout(done, 50));
    if (performance.now() - start < 2000) continue;
    const at = els.map((e, i) => rs[i].offset + e.currentTime * rs[i].scale);
    found.push((Math.max(...at) - Math.min(...at)) * 1000);
  }
  els.forEach(e => { e.pause(); e.remove() });
  return found }""".replace("SECONDS", str(SECONDS))


def main() -> None:
    """Measure and write results/player.json."""
    with tempfile.TemporaryDirectory() as folder:
        files, out = Path(folder) / "files", Path(folder) / "site" / "c" / "1" / "v3" / "data"
        release = sample(files)
        site.build_case(release, files=files, out=out)
        with serving(Path(folder) / "site") as base, browsing() as browser:
            address = f"{base}/c/1/v3/data/index.html"
            figures: dict[str, Any] = {"bytes_gz": _bytes(out)}
            with opened(browser, address, Walked(address)) as page:
                ours = _ours(page)
                figures["spread_ours_ms"] = _told(ours)
                print(figures, flush=True)
                figures["seek_paused_ms"] = _seeks(page)
                print(figures["seek_paused_ms"], flush=True)
            with opened(browser, address, Walked(address)) as page:
                names = ["bwc-1", "bwc-2", "dash-1", "city-114"]
                figures["spread_plain_play_ms"] = _told(page.evaluate(PLAIN, names))
                print(figures["spread_plain_play_ms"], flush=True)
            figures["click_to_synced_ms"] = _first(browser, address)
    figures["bar"] = {"spread_p95_ms": 10, "seek_p50_ms": 120, "seek_max_ms": 250, "click_ms": 1000}
    print(json.dumps(figures, indent=1))
    print(write("player", figures, parts=("playwright",)))


def _bytes(out: Path) -> dict[str, int]:
    def sent(*names: str) -> int:
        return sum(len(gzip.compress((out / "assets" / name).read_bytes())) for name in names)

    page = len(gzip.compress((out / "index.html").read_bytes()))
    scripts = sent("boot.js", "case.js")
    return {
        "script_before_play": scripts,
        "script_all": scripts + sent("more.js"),
        "html_css": page + sent("page.css"),
        "fonts": sent("sans.woff2", "serif.woff2"),
    }


def _ours(page: Any) -> list[float]:
    open_gate(page)
    page.evaluate("plainview.player.go(13); plainview.player.play()")
    time.sleep(2)
    found = []
    until = time.monotonic() + SECONDS - 2
    while time.monotonic() < until:
        if page.evaluate("plainview.sync.playing && plainview.sync.moving() >= 4"):
            found.append(float(page.evaluate("plainview.sync.spread()")))
        time.sleep(0.05)
    page.evaluate("plainview.player.pause()")
    return found


def _seeks(page: Any) -> dict[str, float]:
    """Milliseconds until every moving tile has decoded the frame asked for."""
    wait = """async (t) => { const began = performance.now(); plainview.player.go(t);
      const els = [...document.querySelectorAll('video')].filter(e => e.hasAttribute('src'));
      for (;;) { await new Promise(d => setTimeout(d, 4));
        if (els.every(e => !e.seeking && e.readyState >= 2)) return performance.now() - began;
        if (performance.now() - began > 5000) return 5000 } }"""
    found = [page.evaluate(wait, 13 + 1.07 * n) for n in range(SEEKS)]
    return {"p50": round(statistics.median(found)), "max": round(max(found))}


def _first(browser: Any, address: str) -> dict[str, float]:
    """From the click on the gate to four synced moving tiles, at 80 ms and 20 Mbit/s."""
    found = []
    for _ in range(3):
        with opened(browser, address, Walked(address)) as page:
            client = page.context.new_cdp_session(page)
            client.send("Network.enable")
            slow = {"offline": False, "latency": 80, "downloadThroughput": 2.5e6, "uploadThroughput": 2.5e6}
            client.send("Network.emulateNetworkConditions", slow)
            page.evaluate("plainview.player.go(16)")
            began = time.monotonic()
            page.click("[data-choice=all]")
            while time.monotonic() - began < 10:
                if page.evaluate("plainview.sync.moving() >= 4 && plainview.sync.spread() < 40"):
                    break
                time.sleep(0.01)
            found.append((time.monotonic() - began) * 1000)
    return {"p50": round(statistics.median(found)), "max": round(max(found))}


def _told(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    if not ordered:
        return {"samples": 0}
    at = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    picked = {name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) for name, share in at.items()}
    return {"samples": len(ordered), **picked}


if __name__ == "__main__":
    main()
