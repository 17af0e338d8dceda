# SPDX-License-Identifier: Apache-2.0
"""Lighthouse on the case's page: median of five runs, as a telephone and as a desktop computer.

The page is the sample of the tests, sealed and served by our own server on this machine. A busy machine lowers
performance, never the other three; the load stands beside the figures.

Run: ``.venv/bin/python -m bench.lighthouse --peers DIR`` (needs Chromium; DIR as ``bench/peers-player.txt`` says).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from bench.record import write
from browser.conftest import sealed_site
from browser.walk import chromium
from plainview.publish.server import serving
from publish.sample import sample

RUNS = 5
KINDS = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"


def main() -> None:
    """Measure and write results/lighthouse.json."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--peers", type=Path, required=True)
    peers = asked.parse_args().peers
    figures: dict[str, Any] = {"runs": RUNS}
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        release = sample(files)
        root = sealed_site(release, files, Path(folder) / "site")
        page = f"c/{release.case.id}/v{release.number}/data/index.html"
        with serving(root) as base:
            for form in ("mobile", "desktop"):
                reports = [_run(f"{base}/{page}", form, peers, Path(folder)) for _ in range(RUNS)]
                figures[form] = {kind: statistics.median(_score(r, kind) for r in reports) for kind in KINDS}
                figures[form] |= {
                    name: round(statistics.median(r["audits"][name]["numericValue"] for r in reports), 3)
                    for name in ("largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
                }
                figures[form]["failed"] = sorted({each for report in reports for each in _failed(report)})
                print(form, figures[form], flush=True)
    figures["bar"] = {"mobile": 95, "desktop": 99, "accessibility": 100, "best-practices": 100, "seo": 100}
    version = json.loads((peers / "node_modules" / "lighthouse" / "package.json").read_text())["version"]
    print(write("lighthouse", figures | {"peers": {"lighthouse": version}}, parts=("playwright",)))


def _run(address: str, form: str, peers: Path, folder: Path) -> dict[str, Any]:
    report = folder / "report.json"
    command = [
        str(peers / "node_modules" / ".bin" / "lighthouse"), address, "--quiet", "--output=json",
        f"--output-path={report}", f"--only-categories={','.join(KINDS)}", f"--chrome-flags={FLAGS}",
        *(["--preset=desktop"] if form == "desktop" else []),
    ]  # fmt: skip
    subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": chromium() or ""})
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def _score(report: dict[str, Any], kind: str) -> int:
    return round((report["categories"][kind]["score"] or 0) * 100)


def _failed(report: dict[str, Any]) -> list[str]:
    """Audits outside performance that were not passed."""
    weighed = [
        ref["id"] for kind in KINDS[1:] for ref in report["categories"][kind]["auditRefs"] if ref["weight"] > 0
    ]
    audits = {name: report["audits"][name] for name in weighed}
    return [name for name, each in audits.items() if each["scoreDisplayMode"] == "binary" and not each["score"]]


if __name__ == "__main__":
    main()
