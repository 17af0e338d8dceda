# SPDX-License-Identifier: Apache-2.0
"""The CenterFace detector (MIT, https://github.com/Star-Clouds/CenterFace) under onnxruntime, one thread.

The packaged model lists its weights among its inputs, so the runtime may not fold batch normalisation
into the convolutions. Taking them off that list halves the time and changes no box
(317 → 167 ms at 1280 × 736). That, and fixing the picture size, is done on the file's own protocol
buffer fields (onnx.proto): no other package is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plainview.media import weights
from plainview.media.detectors import PACKAGED, Chosen

Boxes = NDArray[np.float32]
"""(n, 5): left, top, right, bottom in pixels of the picture given, and score 0 to 1; best first."""

STEP = 32
"""The network halves the picture five times."""

_OUTPUTS = ("537", "538", "539", "540")
_OVERLAP = 0.3

# Field numbers of onnx.proto.
_GRAPH, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 7, 5, 11, 12, 13
_TENSOR_NAME, _VALUE_NAME = 8, 1


class CenterFace:
    """A detector for pictures of one size; ``digest`` names its weights."""

    def __init__(self, width: int, height: int, chosen: Chosen = PACKAGED) -> None:
        path = chosen.weights(weights.centerface)
        self.digest = weights.sha256_of(path)
        self._shape = (-(-height // STEP) * STEP, -(-width // STEP) * STEP)
        self._session = chosen.session(fixed_model(path.read_bytes(), *self._shape))

    def detect(self, picture: NDArray[np.uint8], *, threshold: float) -> Boxes:
        """Faces in an RGB picture (height, width, 3) with at least this score."""
        height, width = picture.shape[:2]
        # Padding instead of stretching: a face keeps its shape.
        padded = np.zeros((1, 3, *self._shape), np.float32)
        for colour, plane in enumerate(cv2.split(picture)):
            padded[0, colour, :height, :width] = plane
        heat, scale, offset, _ = self._session.run(list(_OUTPUTS), {"input.1": padded})
        found = _boxes(heat[0, 0], scale[0], offset[0], threshold)
        found[:, 0:4:2] = found[:, 0:4:2].clip(0, width)
        found[:, 1:4:2] = found[:, 1:4:2].clip(0, height)
        return best(found, overlap=_OVERLAP)


@lru_cache(maxsize=8)
def detector(width: int, height: int, chosen: Chosen = PACKAGED) -> CenterFace:
    """The detector for this size, loaded once."""
    return CenterFace(width, height, chosen)


def _boxes(heat: NDArray[Any], scale: NDArray[Any], offset: NDArray[Any], threshold: float) -> Boxes:
    """Every cell above the threshold as a box: the network's cell is 4 × 4 pixels, sizes are logarithms."""
    rows, columns = np.where(heat > threshold)
    tall, wide = np.exp(scale[0, rows, columns]) * 4, np.exp(scale[1, rows, columns]) * 4
    middle_y = (rows + offset[0, rows, columns] + 0.5) * 4
    middle_x = (columns + offset[1, rows, columns] + 0.5) * 4
    sides = (middle_x - wide / 2, middle_y - tall / 2, middle_x + wide / 2, middle_y + tall / 2)
    return np.stack([*sides, heat[rows, columns]], axis=1).astype(np.float32)


def best(boxes: Boxes, *, overlap: float) -> Boxes:
    """The boxes, best first, without those that overlap a better one more than ``overlap`` (IoU)."""
    # A stable order, so that equal scores cannot change between runs.
    rest = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    kept = []
    while len(rest):
        kept.append(rest[0])
        rest = rest[1:][iou(rest[0], rest[1:]) < overlap]
    return np.stack(kept) if kept else np.zeros((0, 5), np.float32)


def iou(box: NDArray[Any], others: NDArray[Any]) -> NDArray[np.float64]:
    """Intersection over union of one box with each of ``others``."""
    across = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    down = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    both = np.clip(across, 0, None) * np.clip(down, 0, None)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return np.asarray(both / ((box[2] - box[0]) * (box[3] - box[1]) + areas - both + 1e-9), dtype=np.float64)


def fixed_model(model: bytes, height: int, width: int) -> bytes:
    """The ONNX model with only the picture as input, of exactly this size, and free output sizes."""
    return b"".join(
        _field(number, _fixed_graph(body, height, width)) if number == _GRAPH and isinstance(body, bytes) else raw
        for number, body, raw in _fields(model)
    )


def _fixed_graph(graph: bytes, height: int, width: int) -> bytes:
    parts = list(_fields(graph))
    constants = {_name(body, _TENSOR_NAME) for number, body, _ in parts if number == _INITIALIZER}
    kept = []
    for number, body, raw in parts:
        if number == _INPUT:
            name = _name(body, _VALUE_NAME)
            if name not in constants:
                kept.append(_field(_INPUT, _value(name, (1, 3, height, width))))
        elif number == _OUTPUT:
            kept.append(_field(_OUTPUT, _value(_name(body, _VALUE_NAME), ())))
        elif number != _VALUE_INFO:
            kept.append(raw)
    return b"".join(kept)


def _value(name: bytes, shape: tuple[int, ...]) -> bytes:
    """A ValueInfoProto: a float tensor of this shape, or of any when empty."""
    dimensions = b"".join(_field(1, b"\x08" + _varint(size)) for size in shape)
    tensor = b"\x08\x01" + (_field(2, dimensions) if shape else b"")
    return _field(1, name) + _field(2, _field(1, tensor))


def _name(body: bytes | int, wanted: int) -> bytes:
    assert isinstance(body, bytes)
    return next(value for number, value, _ in _fields(body) if number == wanted and isinstance(value, bytes))


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int, bytes]]:
    """(number, value, exact bytes) of each field of a protocol buffer message."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        value: bytes | int
        match key & 7:
            case 0:
                value, at = _read_varint(message, at)
            case 2:
                length, at = _read_varint(message, at)
                value, at = message[at : at + length], at + length
            case 5:
                value, at = message[at : at + 4], at + 4
            case _:
                value, at = message[at : at + 8], at + 8
        yield key >> 3, value, message[start:at]


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body
