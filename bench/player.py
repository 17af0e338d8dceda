# SPDX-License-Identifier: Apache-2.0
"""The player in headless Chromium: spread of four tiles, paused seeks, first synced frames, bytes sent.

The case is the sample of the tests (five cameras of 15 to 30 frames a second, 202 to 640 pixels wide). Beside ours, in
the same run, the same four files play by ``play()`` on each and nothing else, and, with ``--peers DIR``, by timingsrc
with the sound muxed into each picture, unmuted on one of them, as a page would use it. Spread is the largest less the
smallest case time that ``currentTime`` stands for in one sample, 20 samples a second, the first 2 s dropped; ours only
while four tiles move. A seek counts as done when every tile says it has a frame. The click is timed inside the page,
from its event to four moving tiles less than 40 ms apart. The same frame is read from 50 screenshots of four alike
films at 30 frames a second whose frames hold their number in cells.

Run: ``.venv/bin/python -m bench.player [--peers DIR]`` (needs Chromium; DIR as ``bench/peers-player.txt`` says).
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from PIL import Image

from bench.player_clips import SLUGS, alike, muxed, number
from bench.record import write
from browser.walk import Walked, browsing, first_view, open_gate, opened, wait_until
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

TIMINGSRC = """async (names) => {
  const facts = JSON.parse(document.getElementById('facts').textContent);
  const rs = facts.recordings.filter(r => names.includes(r.slug)), from = 13;
  const clock = new Peer.TimingObject({ position: from, velocity: 0 });
  const els = rs.map((r, i) => Object.assign(document.createElement('video'),
    {muted: i > 0, src: `muxed-${r.slug}.mp4`, preload: 'auto'}));
  document.body.append(...els);
  await Promise.all(els.map(e => new Promise(done => { e.oncanplay = done })));
  const stop = els.map((e, i) => Peer.setTimingsrc(e, clock, ({ position, ...rest }) =>
    ({ ...rest, position: (position - rs[i].offset) / rs[i].scale })));
  clock.update({ velocity: 1 });
  const found = [], start = performance.now();
  while (performance.now() - start < SECONDS * 1000) {
    await new Promise(done => setTimeout(done, 50));
    if (performance.now() - start < 2000) continue;
    const at = els.map((e, i) => rs[i].offset + e.currentTime * rs[i].scale);
    found.push((Math.max(...at) - Math.min(...at)) * 1000);
  }
  stop.forEach(each => each()); els.forEach(e => { e.pause(); e.remove() });
  return found }""".replace("SECONDS", str(SECONDS))
WATCH = """() => addEventListener('click', () => {
  const began = performance.now();
  const look = () => {
    if (plainview.sync.moving() >= 4 && plainview.sync.spread() < 40) window.synced = performance.now() - began;
    else setTimeout(look, 4);
  };
  look();
}, {capture: true, once: true})"""
SHOTS = 50


def main() -> None:
    """Measure and write results/player.json."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--peers", type=Path)
    peers = asked.parse_args().peers
    with tempfile.TemporaryDirectory() as folder:
        files, out = Path(folder) / "files", Path(folder) / "site" / "c" / "1" / "v3" / "data"
        release = sample(files)
        site.build_case(release, files=files, out=out)
        with serving(Path(folder) / "site") as base, browsing() as browser:
            address = f"{base}/c/1/v3/data/index.html"
            figures: dict[str, Any] = {"bytes_gz": _bytes(out) | {"first_view": first_view(browser, address)}}
            with opened(browser, address, Walked(address)) as page:
                ours = _ours(page)
                figures["spread_ours_ms"] = _told(ours)
                print(figures, flush=True)
                figures["seek_paused_ms"] = _seeks(page)
                print(figures["seek_paused_ms"], flush=True)
            with opened(browser, address, Walked(address)) as page:
                names = list(SLUGS)
                figures["spread_plain_play_ms"] = _told(page.evaluate(PLAIN, names))
                print(figures["spread_plain_play_ms"], flush=True)
            if peers is not None:
                figures |= _peer(browser, address, peers, out, ours)
                print(figures["spread_timingsrc_ms"], flush=True)
            figures["click_to_synced_ms"] = _first(browser, address)
        figures["same_frame"] = _same_frame(release, Path(folder))
    figures["bar"] = {
        "spread_p95_ms": 10, "seek_p50_ms": 120, "seek_max_ms": 250, "click_ms": 1000,
        "same_frame": 0.98, "timingsrc_p95_over_ours": 10,
    }  # fmt: skip
    print(json.dumps(figures, indent=1))
    print(write("player", figures, parts=("playwright",)))


def _peer(browser: Any, address: str, peers: Path, out: Path, ours: list[float]) -> dict[str, Any]:
    """timingsrc over the same recordings with their sound in the pictures' files, from the same server."""
    entry = peers / "entry.js"
    entry.write_text(
        "import { TimingObject } from 'timing-object'; import { setTimingsrc } from 'timingsrc';"
        "window.Peer = { TimingObject, setTimingsrc };"
    )
    built = out / "peer.js"
    esbuild = peers / "node_modules" / ".bin" / "esbuild"
    command = [str(esbuild), str(entry), "--bundle", "--format=iife", f"--outfile={built}", "--log-level=error"]
    subprocess.run(command, check=True, env=os.environ)
    for slug in SLUGS:
        muxed(out / "media" / slug, out / f"muxed-{slug}.mp4")
    with opened(browser, address, Walked(address)) as page:
        page.add_script_tag(url=f"{address.rpartition('/')[0]}/peer.js")
        found = page.evaluate(TIMINGSRC, list(SLUGS))
    told, own = _told(found), _told(ours)
    versions = {
        name: json.loads((peers / "node_modules" / name / "package.json").read_text())["version"]
        for name in ("timingsrc", "timing-object")
    }
    times = round(told["p95"] / max(0.1, own.get("p95", 0.1)), 1)
    return {"spread_timingsrc_ms": told, "timingsrc_p95_over_ours": times, "peers": versions}


def _same_frame(release: Any, folder: Path) -> dict[str, float]:
    """Of screenshots in which four tiles can be read, the share that show one frame in all of them."""
    files, out = folder / "files", folder / "alike" / "c" / "1" / "v3" / "data"
    site.build_case(alike(release, files), files=files, out=out)
    same = read = 0
    with serving(folder / "alike") as base, browsing() as browser:
        address = f"{base}/c/1/v3/data/index.html"
        with opened(browser, address, Walked(address)) as page:
            page.evaluate("plainview.player.go(2); plainview.player.captions(); plainview.player.play()")
            wait_until(page, "plainview.sync.moving() >= 4", seconds=60)
            page.locator("#player").evaluate("e => e.scrollIntoView({block: 'start', behavior: 'instant'})")
            time.sleep(2)
            boxes = page.evaluate(
                "[...document.querySelectorAll('video')].filter(v => v.hasAttribute('src') && !v.paused).map(v => {"
                " const b = v.getBoundingClientRect(); return [b.x, b.y, b.right, b.bottom] })"
            )
            for _ in range(SHOTS):
                picture = Image.open(io.BytesIO(page.screenshot()))
                numbers = [number(picture.crop(tuple(round(edge) for edge in box))) for box in boxes]
                if len(numbers) == len(SLUGS) and None not in numbers:
                    read += 1
                    same += len(set(numbers)) == 1
    return {"screenshots": SHOTS, "read": read, "share": round(same / read, 3) if read else 0.0}


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
    for _ in range(5):
        with opened(browser, address, Walked(address)) as page:
            client = page.context.new_cdp_session(page)
            client.send("Network.enable")
            slow = {"offline": False, "latency": 80, "downloadThroughput": 2.5e6, "uploadThroughput": 2.5e6}
            client.send("Network.emulateNetworkConditions", slow)
            page.evaluate("plainview.player.go(16)")
            page.evaluate(WATCH)
            page.click("[data-choice=all]")
            wait_until(page, "window.synced")
            found.append(float(page.evaluate("window.synced || 12000")))
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
