# SPDX-License-Identifier: Apache-2.0
"""Renders the screenplay's lines once, with a synthetic voice each, into voices.flac + voices.json.

Not run by the demo: it needs the packages named in ORIGIN.md and the ``espeak-ng`` program, and
takes minutes. Usage: ``python make_voices.py MODEL.onnx VOCAB.json VOICES_DIR``.
Word times are the synthesiser's own phoneme durations, not a recogniser's guess.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import onnx  # type: ignore[import-not-found, unused-ignore]  # installed only to run this script
import onnxruntime as ort
from scipy.signal import resample_poly

from plainview.simulator.screenplay import CAST, LINES

MODEL_RATE, RATE = 24_000, 16_000
FRAME = 600  # samples of audio for one duration unit of the model
DURATIONS = "/encoder/Clip_output_0"
_DIPHTHONGS = (
    ("a^ɪ", "I"), ("a^ʊ", "W"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ɔ^ɪ", "Y"), ("d^ʒ", "ʤ"), ("t^ʃ", "ʧ"),
    ("ə^l", "ᵊl"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɚ", "əɹ"), ("ɐ", "ə"), ("ɪə", "iə"), ("^", ""),
    ("ː", ""), ("r", "ɹ"), ("ɬ", "l"), ("ʔ", "t"), ("\u0329", ""), ("o", "O"), ("ɾ", "T"),
)


def phonemes(word: str) -> str:
    """IPA of one word in the model's alphabet, its punctuation kept."""
    head, bare, tail = re.fullmatch(r"(\W*)(.*?)([,.!?]*)", word).groups()  # type: ignore[union-attr]
    spoken = {"K": "kay", "L": "ell", "M": "em", "Imbert": "imm bert"}.get(bare, bare)
    ipa = subprocess.run(  # noqa: S603  # words of our own screenplay
        ["espeak-ng", "-v", "en-us", "-q", "--ipa", "--tie=^", spoken],  # noqa: S607  # a developer's own program
        check=True, capture_output=True, text=True,
    ).stdout.strip().replace("\n", " ").replace(" ", "")
    for old, new in _DIPHTHONGS:
        ipa = ipa.replace(old, new)
    return head + ipa + tail


def sentence_phonemes(text: str) -> list[str]:
    """One string per word, said in context so that small words are unstressed."""
    words = text.split()
    weak = {"the": "ðə", "a": "ə", "to": "tə", "of": "ʌv", "and": "ænd", "your": "jʊɹ", "you": "ju"}
    out = []
    for word in words:
        bare = word.strip(",.!?").lower()
        out.append(weak[bare] + word[len(bare):] if bare in weak else phonemes(word))
    return out


def main(model_path: Path, vocab_path: Path, voices: Path) -> None:
    """Renders every line and writes the sound file and its index beside this script."""
    vocab = json.loads(vocab_path.read_text(encoding="utf-8"))["vocab"]
    model = onnx.load(model_path)
    model.graph.output.append(onnx.ValueInfoProto(name=DURATIONS))
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options)
    pieces: list[np.ndarray] = []
    index: dict[str, object] = {}
    cursor = 0
    for line in LINES:
        style = np.fromfile(voices / f"{CAST[line.who][1]}.bin", dtype=np.float32).reshape(-1, 256)
        words = sentence_phonemes(line.text)
        tokens, owner = [0], [-1]
        for n, word in enumerate(words):
            symbols = word + (" " if n + 1 < len(words) else "")
            for symbol in symbols:
                if symbol in vocab:
                    tokens.append(vocab[symbol])
                    owner.append(n if symbol not in " ,.!?" else -1)
        tokens.append(0)
        owner.append(-1)
        audio, units = session.run(None, {
            "tokens": np.array([tokens], dtype=np.int64),
            "style": style[min(len(tokens) - 2, 509)].reshape(1, 256),
            "speed": np.array([line.speed], dtype=np.float32),
        })
        edges = np.concatenate([[0], np.cumsum(np.ravel(units))]) * FRAME / MODEL_RATE
        audio = np.ravel(audio).astype(np.float64)
        spans: list[tuple[str, float, float]] = []
        for n, word in enumerate(line.text.split()):
            mine = [k for k, o in enumerate(owner) if o == n]
            spans.append((word, float(edges[mine[0]]), float(edges[mine[-1] + 1])))
        start, end = max(0.0, spans[0][1] - 0.03), min(len(audio) / MODEL_RATE, spans[-1][2] + 0.12)
        cut = resample_poly(audio[int(start * MODEL_RATE):int(end * MODEL_RATE)], RATE, MODEL_RATE)
        fade = np.linspace(0, 1, 160)
        cut[:160] *= fade
        cut[-160:] *= fade[::-1]
        cut *= 0.1 / np.sqrt(np.mean(cut**2))
        cut = np.clip(cut, -0.98, 0.98)
        index[line.id] = {
            "text": line.text, "voice": CAST[line.who][1], "start": cursor, "samples": len(cut),
            "words": [[w, round(s - start, 3), round(e - start, 3)] for w, s, e in spans],
        }
        pieces.append(cut)
        cursor += len(cut)
        print(line.id, round(len(cut) / RATE, 2), "".join(" " + w for w in words), flush=True)
    here = Path(__file__).parent
    pcm = np.round(np.concatenate(pieces) * 32767).astype(np.int16)
    with av.open(str(here / "voices.flac"), "w", format="flac", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("flac", rate=RATE, layout="mono", options={"compression_level": "12"})
        stream.codec_context.format = "s16"
        stream.time_base = Fraction(1, RATE)
        for at in range(0, len(pcm), 4608):
            frame = av.AudioFrame.from_ndarray(pcm[None, at:at + 4608], "s16", "mono")
            frame.sample_rate, frame.pts = RATE, at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    document = {"rate": RATE, "samples": cursor, "lines": index}
    (here / "voices.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
