# SPDX-License-Identifier: Apache-2.0
"""Other recognisers on the very weights we use; runs with the peers' own Python (bench/peers-speech.txt).

    PEERS/bin/python bench/speech_peers.py (openai-whisper | whisper.cpp) FOLDER SCRATCH FILE.wav…

FOLDER holds the weights as CTranslate2 keeps them; they are laid out in SCRATCH as each peer wants them.
One JSON object on standard output: per file the text and the CPU seconds, on one thread.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import sys
import time
import wave
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Arrays = dict[str, np.ndarray]


def main(peer: str, folder: str, scratch: str, *names: str) -> None:
    """Hear every file with one peer."""
    hear = {"openai-whisper": openai_whisper, "whisper.cpp": whisper_cpp}[peer]
    print(json.dumps(hear(Path(folder), Path(scratch), names)), file=os.fdopen(os.dup(1), "w"))


def openai_whisper(folder: Path, scratch: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """The defaults of its command line: beam 5, falling back to higher temperatures."""
    import torch
    import whisper

    torch.set_num_threads(1)
    path = scratch / "base.pt"
    if not path.exists():
        state = {name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in laid_out(folder).items()}
        torch.save({"dims": dimensions(state), "model_state_dict": state}, path)
    model = whisper.load_model(str(path), device="cpu")
    heat = tuple(i / 5 for i in range(6))
    answer = {}
    for name in names:
        sound, before = samples(name), time.process_time()
        heard = model.transcribe(sound, language="en", beam_size=5, best_of=5, temperature=heat, fp16=False)
        answer[name] = {"text": heard["text"], "cpu": time.process_time() - before}
    return answer


def whisper_cpp(folder: Path, scratch: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """The defaults of its command line: beam 5."""
    from pywhispercpp.model import Model

    path = scratch / "base.ggml"
    if not path.exists():
        write_ggml(path, laid_out(folder))
    model = Model(str(path), params_sampling_strategy=1, redirect_whispercpp_logs_to=None, n_threads=1, language="en")
    answer = {}
    for name in names:
        sound, before = samples(name), time.process_time()
        heard = model.transcribe(sound, beam_search={"beam_size": 5, "patience": -1.0})
        answer[name] = {"text": " ".join(part.text for part in heard), "cpu": time.process_time() - before}
    return answer


def samples(name: str) -> np.ndarray:
    """A 16-bit mono WAV at 16 kHz as floats."""
    with wave.open(name) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def dimensions(state: dict[str, Any]) -> dict[str, int]:
    """What openai-whisper calls the model's dimensions."""
    width = state["encoder.conv1.weight"].shape[0]
    layers = len({name.split(".")[2] for name in state if name.startswith("encoder.blocks.")})
    return {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": state["encoder.positional_embedding"].shape[0],
        "n_audio_state": width,
        "n_audio_head": width // 64,
        "n_audio_layer": layers,
        "n_vocab": state["decoder.token_embedding.weight"].shape[0],
        "n_text_ctx": state["decoder.positional_embedding"].shape[0],
        "n_text_state": width,
        "n_text_head": width // 64,
        "n_text_layer": layers,
    }


_TOP = {
    "encoder/conv1": "encoder.conv1",
    "encoder/conv2": "encoder.conv2",
    "encoder/layer_norm": "encoder.ln_post",
    "decoder/layer_norm": "decoder.ln",
}
_WHOLE = {
    "encoder/position_encodings/encodings": "encoder.positional_embedding",
    "decoder/position_encodings/encodings": "decoder.positional_embedding",
    "decoder/embeddings/weight": "decoder.token_embedding.weight",
}
_IN_BLOCK = {
    "self_attention/layer_norm": "attn_ln",
    "attention/layer_norm": "cross_attn_ln",
    "self_attention/linear_1": "attn.out",
    "attention/linear_0": "cross_attn.query",
    "attention/linear_2": "cross_attn.out",
    "ffn/layer_norm": "mlp_ln",
    "ffn/linear_0": "mlp.0",
    "ffn/linear_1": "mlp.2",
}
_STACKED = {
    "self_attention/linear_0": ("attn.query", "attn.key", "attn.value"),
    "attention/linear_1": ("cross_attn.key", "cross_attn.value"),
}


def laid_out(folder: Path) -> Arrays:
    """The arrays of CTranslate2's model.bin under the names openai-whisper gives them."""
    with (folder / "model.bin").open("rb") as file:
        stored = read_ctranslate2(file)
    given: Arrays = {}
    for name, value in stored.items():
        if name in _WHOLE:
            given[_WHOLE[name]] = value
            continue
        place, _, leaf = name.rpartition("/")
        leaf = {"gamma": "weight", "beta": "bias"}.get(leaf, leaf)
        if place in _TOP:
            given[f"{_TOP[place]}.{leaf}"] = value
        elif "/layer_" in name and leaf in {"weight", "bias"}:
            side, layer, inside = place.split("/", 2)
            block = f"{side}.blocks.{layer.removeprefix('layer_')}"
            if inside in _STACKED:
                for part, one in zip(_STACKED[inside], np.split(value, len(_STACKED[inside])), strict=True):
                    if not (part.endswith("key") and leaf == "bias"):  # Whisper's keys have none; stored as zeros
                        given[f"{block}.{part}.{leaf}"] = one
            else:
                given[f"{block}.{_IN_BLOCK[inside]}.{leaf}"] = value
    return given


_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)


def read_ctranslate2(file: BinaryIO) -> Arrays:
    """Every variable of a model.bin, by name (format version 6)."""

    def number(kind: str) -> int:
        return int(struct.unpack(kind, file.read(struct.calcsize(kind)))[0])

    def text() -> str:
        return file.read(number("<H")).rstrip(b"\0").decode()

    number("<I")
    text()
    number("<I")
    found = {}
    for _ in range(number("<I")):
        name = text()
        shape = [number("<I") for _ in range(number("<B"))]
        kind = np.dtype(_TYPES[number("<B")])
        found[name] = np.frombuffer(file.read(number("<I")), kind).reshape(shape)
    return found


def write_ggml(path: Path, state: Arrays) -> None:
    """The file whisper.cpp reads: sizes, mel filters, tokens, arrays in half precision."""
    import whisper

    assets = Path(whisper.__file__).parent / "assets"
    filters = np.load(assets / "mel_filters.npz")["mel_80"].astype(np.float32)
    ranks = (assets / "multilingual.tiktoken").read_bytes().splitlines()
    tokens = [base64.b64decode(line.split()[0]) for line in ranks]
    with path.open("wb") as out:
        out.write(struct.pack("<I", 0x67676D6C))
        size = dimensions(state)
        order = ("n_vocab", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer",
                 "n_text_ctx", "n_text_state", "n_text_head", "n_text_layer", "n_mels")  # fmt: skip
        out.write(struct.pack("<11i", *(size[name] for name in order), 1))
        out.write(struct.pack("<2i", *filters.shape) + filters.tobytes())
        out.write(struct.pack("<i", len(tokens)))
        for token in tokens:
            out.write(struct.pack("<i", len(token)) + token)
        for name, value in state.items():
            _write_array(out, name, value)


def _write_array(out: BinaryIO, name: str, value: np.ndarray) -> None:
    column = name in {"encoder.conv1.bias", "encoder.conv2.bias"}
    array = value.reshape(-1, 1) if column else value
    half = array.ndim >= 2 and not column and "positional" not in name
    array = array.astype(np.float16 if half else np.float32)
    label = name.encode()
    out.write(struct.pack("<3i", array.ndim, len(label), int(half)))
    out.write(struct.pack(f"<{array.ndim}i", *reversed(array.shape)) + label + array.tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
