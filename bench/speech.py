# SPDX-License-Identifier: Apache-2.0
"""Words: errors and cost beside two peers on the same weights, words invented, fusion beside NIST rover, confidence.

    python -m bench.speech --peers PEERS/bin/python --readers pocketsphinx-5.1.1.tar.gz --seed 7 [--only PART,…]

Parts: ``recognition``, ``speechless``, ``fusion``, ``commands``; each writes ``results/speech-PART.json``.
What each recording was heard as is kept in the cache folder by the digest of its samples and the
version of ``media.speech``, so that fusion can be measured again without hearing again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import speech_sounds as sounds
from bench.record import write
from bench.speech_scenes import CHANNELS, Recorded
from bench.speech_score import Errors, word_errors
from bench.speech_sounds import RATE, SPEECHLESS, Clip, Sound
from plainview.media import speech, weights
from plainview.model import wire
from plainview.model.transcript import Heard

PARTS = ("faster-whisper", "ctranslate2", "onnxruntime", "numpy")
PEERS = ("openai-whisper", "whisper.cpp")
HEARING = hashlib.sha256(Path(str(speech.__file__)).read_bytes()).hexdigest()[:12]
"""What hears; another text of that module is another hearing."""

SPEECHLESS_SECONDS = 200
"""Seconds of each kind of sound without speech: nine kinds, thirty minutes."""


def main() -> None:
    """Measure the parts asked for."""
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    words.add_argument("--peers", default="", help="the Python of the peers (bench/peers-speech.txt)")
    words.add_argument("--readers", default="", help=f"the file that this brings: {sounds.READERS}")
    words.add_argument("--seed", type=int, default=int(time.time()))
    words.add_argument("--only", default="recognition,speechless")
    given = words.parse_args()
    parts = {"recognition": recognition, "speechless": speechless}
    for part in given.only.split(","):
        figures = parts[part](given)
        print(json.dumps(figures, indent=1))
        print(write(f"speech-{part}", {"seed": given.seed, **figures}, parts=PARTS))


def heard(sound: Sound, *, exhibit: str = "EX-0001", line: bool = False) -> Heard:
    """What we hear, from the cache when exactly these samples were heard by this version before."""
    digest = hashlib.sha256(sound.tobytes() + f"{exhibit} {line} {HEARING}".encode()).hexdigest()[:24]
    kept = weights.cache_folder() / "bench" / f"{digest}.json"
    if kept.is_file():
        return wire.build(Heard, json.loads(kept.read_text()))
    found = speech.listen(lambda first, last: sound[first:last], exhibit=exhibit, telephone=line)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(wire.plain(found)))
    return found


def text_of(found: Heard) -> str:
    """All words in order."""
    return " ".join(word.text for segment in found.segments for word in segment)


def all_clips(given: argparse.Namespace, letters: str, share: slice) -> list[Clip]:
    """Read clips (if there are any), packaged lines by their first letter, flite sentences."""
    read = sounds.read_aloud(Path(given.readers)) if given.readers else []
    return [*read, *sounds.kokoro(letters), *sounds.flite(sounds.lines()[share])]


def recognition(given: argparse.Namespace) -> dict[str, Any]:
    """Word errors and CPU seconds per second of sound: ours and the peers' on the same files and weights."""
    draw = np.random.default_rng(given.seed)
    clips = all_clips(given, "sb", slice(0, 8))
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for channel, ear in CHANNELS.items():
            truth = sounds.reel(clips, draw)
            sound = ear.hears(truth.samples, draw)
            files[str(sounds.save(Path(folder) / f"{len(files)}.wav", sound))] = (channel, truth.text, ear.line)
        answers = {"plainview": _ours(files)}
        if given.peers:
            answers |= {peer: _peer(given.peers, peer, list(files)) for peer in PEERS}
        length = {name: (Path(name).stat().st_size - 44) / 2 / RATE for name in files}
    channels = {
        channel: {who: _row(text, answers[who][name], length[name]) for who in answers}
        for name, (channel, text, _) in files.items()
    }
    return {"channels": channels, "all": _totals(channels), "seconds": round(sum(length.values()))}


def _ours(files: Mapping[str, tuple[str, str, bool]]) -> dict[str, Any]:
    answer = {}
    speech.listen(lambda first, last: sounds.load(next(iter(files)))[: 5 * RATE][first:last], exhibit="warm")
    for name, (_, _, line) in files.items():
        sound, before = sounds.load(name), time.process_time()
        found = speech.listen(lambda first, last, sound=sound: sound[first:last], exhibit="EX-0001", telephone=line)
        answer[name] = {"text": text_of(found), "cpu": time.process_time() - before}
    return answer


def _peer(python: str, peer: str, files: Sequence[str]) -> dict[str, Any]:
    folder = weights.whisper("base").folder
    scratch = weights.cache_folder() / "bench-peers"
    scratch.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).parent / "speech_peers.py"
    command = [python, str(script), peer, str(folder), str(scratch), *files]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _row(truth: str, answer: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    errors = word_errors(truth, answer["text"])
    return {
        "substituted": errors.substituted,
        "deleted": errors.deleted,
        "inserted": errors.inserted,
        "words": errors.words,
        "wer": round(errors.rate, 4),
        "cpu_s": round(answer["cpu"], 2),
        "cpu_of_real_time": round(answer["cpu"] / seconds, 4),
    }


def _totals(channels: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    totals = {}
    for who in next(iter(channels.values())):
        rows = [row[who] for row in channels.values()]
        errors = sum(
            (Errors(r["substituted"], r["deleted"], r["inserted"], r["words"]) for r in rows), Errors(0, 0, 0, 0)
        )
        cpu = round(sum(r["cpu_s"] for r in rows), 2)
        totals[who] = {"wer": round(errors.rate, 4), "words": errors.words, "cpu_s": cpu}
    for row in totals.values():
        row["our_cpu_against_it"] = round(totals["plainview"]["cpu_s"] / row["cpu_s"], 3)
        row["our_errors_against_it"] = round(totals["plainview"]["wer"] / row["wer"], 3) if row["wer"] else None
    return totals


def speechless(given: argparse.Namespace) -> dict[str, Any]:
    """Words heard in half an hour in which nobody speaks, each kind by itself and all mixed."""
    draw = np.random.default_rng(given.seed)
    rows = {}
    for kind, make in SPEECHLESS.items():
        sound = make(SPEECHLESS_SECONDS * RATE, draw)
        rows[kind] = _invented(sound, line=False)
    mixed = np.sum([SPEECHLESS[kind](200 * RATE, draw) for kind in ("siren", "street", "dogs", "shots")], axis=0)
    rows["siren, street, dogs and shots at once"] = _invented(np.clip(mixed, -1, 1).astype(np.float32), line=False)
    rows["the same through a telephone"] = _invented(sounds.telephone(mixed.astype(np.float32)), line=True)
    words = sum(len(row["words"]) for row in rows.values())
    return {"kinds": rows, "words": words, "seconds": sum(row["seconds"] for row in rows.values())}


def _invented(sound: Sound, *, line: bool) -> dict[str, Any]:
    found = heard(sound, line=line)
    voiced = sum(span.length for span in found.speech) / 1e6
    return {
        "seconds": len(sound) // RATE,
        "words": text_of(found).split(),
        "taken_for_voice_s": round(voiced, 1),
    }


def scene(name: str, recorded: Recorded, lines: Sequence[bool]) -> dict[str, Heard]:
    """Every recorder of a scene, heard."""
    found = {}
    for (exhibit, sound), line in zip(recorded.sounds.items(), lines, strict=True):
        found[exhibit] = heard(sound, exhibit=exhibit, line=line)
        print(f"{name} {exhibit}: {word_errors(recorded.truth.text, text_of(found[exhibit])).rate:.3f}", flush=True)
    return found


if __name__ == "__main__":
    main()
