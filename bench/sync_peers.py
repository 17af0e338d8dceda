# SPDX-License-Identifier: Apache-2.0
"""One peer of the sync figures, run by the Python of that peer's own environment (``bench/peers-sync.txt``).

    PEER-PYTHON bench/sync_peers.py NAME FOLDER

``FOLDER`` holds mono WAV files of 16 kHz, so that no peer fails on a codec. The last line written is
``{"cpu_s", "peak_mib", "links": [[a, b, o_b - o_a, score]], "placed": {name: offset} or null}``.
Favours done to the peers: silence at the beginning is cut off (audio-offset-finder searches only with the
first third of a file), and the spanning tree over pairs, which none of them has, is ours.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import wave
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

Answer = tuple[list[list[Any]], dict[str, float] | None]


def audio_offset_finder(folder: Path) -> Answer:
    """Every pair, at the peer's default of 8 kHz."""
    from audio_offset_finder.audio_offset_finder import InsufficientAudioException, find_offset_between_buffers

    sounds = {path.name: _trimmed(path) for path in sorted(folder.glob("*.wav"))}
    links: list[list[Any]] = []
    for a, b in combinations(sounds, 2):
        (first, one), (second, two) = sounds[a], sounds[b]
        try:
            found = find_offset_between_buffers(one, two, 8000)
        except InsufficientAudioException:
            continue
        lag = float(found["time_offset"]) + first - second
        links.append([a, b, lag, float(found["standard_score"])])
    return links, None


def _trimmed(path: Path) -> tuple[float, Any]:
    """(seconds cut off, samples at 8 kHz as float)."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    halved = (samples[0 : len(samples) // 2 * 2 : 2] + samples[1 : len(samples) // 2 * 2 : 2]) / 2
    loud = np.flatnonzero(np.abs(halved) > 8)
    start = int(loud[0]) if len(loud) else 0
    return start / 8000, halved[start:]


def audalign(folder: Path) -> Answer:
    """Fingerprints at its default accuracy, all files at once; what it places, it places."""
    import audalign as peer

    recognizer = peer.FingerprintRecognizer()
    recognizer.config.multiprocessing = False
    found = peer.align_files(*(str(path) for path in sorted(folder.glob("*.wav"))), recognizer=recognizer)
    names = {path.name for path in folder.glob("*.wav")}
    return [], {name: float(at) for name, at in (found or {}).items() if name in names}


def audfprint2(folder: Path) -> Answer:
    """An index of all files, every file asked against it; the score is the number of hashes that agree."""
    from audfprint2.core import analyzer, hash_table, matcher
    from scipy.signal import resample_poly

    def read(path: str, **_: object) -> tuple[Any, int]:
        with wave.open(path) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        return resample_poly(samples, 441, 640), 11025

    # It reads through the ffmpeg program, which need not be here; the sound is the same.
    analyzer.audio.audio_read = read
    maker = analyzer.Analyzer()
    maker.density, maker.n_fft, maker.n_hop, maker.target_sr, maker.shifts = 20.0, 512, 256, 11025, 1
    finder = matcher.Matcher()
    finder.window, finder.threshcount, finder.max_returns, finder.search_depth = 2, 5, 100, 100
    table = hash_table.HashTable(hashbits=20, depth=100, maxtime=16384)
    hashes = {}
    for path in sorted(folder.glob("*.wav")):
        found = maker.wavfile2hashes(str(path))
        table.store(path.name, [(int(at), int(code)) for at, code in found])
        maker.shifts = 4
        hashes[path.name] = maker.wavfile2hashes(str(path))
        maker.shifts = 1
    names = [str(name) for name in table.names]
    links: list[list[Any]] = []
    for query, own in hashes.items():
        for row in finder.match_hashes(table, own):
            if names[int(row[0])] != query:
                links.append([names[int(row[0])], query, float(row[2]) * 256 / 11025, float(row[1])])
    return links, None


PEERS = {"audio-offset-finder": audio_offset_finder, "audalign": audalign, "audfprint2": audfprint2}


def main() -> None:
    """Run one peer over one folder."""
    began = time.process_time()
    links, placed = PEERS[sys.argv[1]](Path(sys.argv[2]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print()
    print(json.dumps({"cpu_s": time.process_time() - began, "peak_mib": peak, "links": links, "placed": placed}))


if __name__ == "__main__":
    main()
