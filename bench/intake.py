# SPDX-License-Identifier: Apache-2.0
"""Taking in one GiB: time against ``sha256sum`` of the same file in the same run, and peak memory.

The file is an AVI of raw pictures from a seeded generator, so that every byte passes through the
group-of-pictures commitment too. Three pairs; the ratio is the median of the pairs.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import numpy as np

from bench.record import write

FRAMES, WIDTH, HEIGHT = 777, 1280, 720
PAIRS = 3
CODE = """
import sys, resource
from datetime import datetime, UTC
from pathlib import Path
from plainview.casework.workspace import create, open_case
from plainview.casework.intake import receive
from plainview.model.case import Agent
office, source = Path(sys.argv[1]), Path(sys.argv[2])
now, agent = datetime(2026, 1, 1, tzinfo=UTC), Agent("bench")
w = create(office, name="bench", contact="", at=now, acting=agent, seed=b"bench")
case = open_case(w, case_id="C-1", title="t", at=now, rules="own", now=now, acting=agent)
receive([source], case=case, received_from="bench", ledger=w.ledger, vault=w.vault, at=now, acting=agent,
        secret=w.keys.secret)
print(max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


def main() -> None:
    """Measure and write results/intake.json."""
    with tempfile.TemporaryDirectory() as folder:
        source = _film(Path(folder) / "film.avi")
        pairs = [_pair(source, Path(folder) / f"office-{n}") for n in range(PAIRS)]
        size = source.stat().st_size
    ratio = statistics.median(ours / theirs for ours, theirs, _ in pairs)
    figures = {
        "bytes": size,
        "intake_s": [round(ours, 2) for ours, _, _ in pairs],
        "sha256sum_s": [round(theirs, 2) for _, theirs, _ in pairs],
        "ratio_median": round(ratio, 2),
        "peak_mib": max(peak // 1024 for _, _, peak in pairs),
        "bar": {"ratio": 2.0, "peak_mib": 200},
    }
    print(f"intake of {size / 2**30:.2f} GiB: {ratio:.2f} x sha256sum, {figures['peak_mib']} MiB")
    print(write("intake", figures, parts=("av",)))


def _film(path: Path) -> Path:
    draw = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(FRAMES):
            picture = draw.integers(0, 256, (HEIGHT * 3 // 2, WIDTH), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
        container.mux(stream.encode(None))
    return path


def _pair(source: Path, office: Path) -> tuple[float, float, int]:
    """(seconds of intake, seconds of sha256sum, peak kB of the largest process) one after the other."""
    began = time.perf_counter()
    subprocess.run(["sha256sum", source], check=True, stdout=subprocess.DEVNULL)
    middle = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", CODE, office, source], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - middle, middle - began, int(done.stdout.split()[-1])


if __name__ == "__main__":
    main()
