# SPDX-License-Identifier: Apache-2.0
"""Things that go wrong in real deliveries, planted among the files."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import Final

import numpy as np

DUPLICATE: Final = "police_department/POD_114_export (2).mp4"
TRUNCATED: Final = "police_department/AXON_Body_3_Video_2026-03-14_2152_X60A3127K.mp4"
PLAYLIST: Final = "city_cameras/CAM118_CALDER_10TH_20260314.mp4"
EMPTY: Final = "residents/driveway_1410_calder.mov"
ODD_NAME: Final = "residents/..note\x07 ring\nbell \u202egpj.4pm.wav"
MANIFEST: Final = "delivery.csv"


def _noise_wav(seed: int) -> bytes:
    pcm = np.random.default_rng([seed, 11]).integers(-300, 300, 8000).astype("<i2").tobytes()
    return b"RIFF" + struct.pack("<I", 36 + len(pcm)) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data" + struct.pack("<I", len(pcm)) + pcm


def plant(folder: Path, copy_of: str, cut_from: str, seed: int) -> list[dict[str, str]]:
    """Plants every trap; returns what each is, for the truth."""
    def at(path: str) -> Path:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    shutil.copyfile(folder / copy_of, at(DUPLICATE))
    whole = (folder / cut_from).read_bytes()
    at(TRUNCATED).write_bytes(whole[: max(4096, len(whole) // 5)])
    at(PLAYLIST).write_bytes(
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n")
    at(EMPTY).write_bytes(b"")
    at(ODD_NAME).write_bytes(_noise_wav(seed))
    at(MANIFEST).write_text(
        "name,kind,delivered_by\n"
        f"{Path(copy_of).name},video,city\n"
        "../../secret.mp4,video,records unit\n"
        "..\\..\\evidence\\notes.txt,text,records unit\n", encoding="utf-8")
    return [
        {"trap": "duplicate", "path": DUPLICATE, "of": copy_of},
        {"trap": "truncated", "path": TRUNCATED, "of": cut_from},
        {"trap": "playlist", "path": PLAYLIST},
        {"trap": "empty", "path": EMPTY},
        {"trap": "odd-name", "path": ODD_NAME},
        {"trap": "manifest-escape", "path": MANIFEST, "name": "../../secret.mp4"},
    ]
