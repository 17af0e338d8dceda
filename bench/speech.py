# SPDX-License-Identifier: Apache-2.0
"""Words: errors and cost beside two peers on the same weights, words invented, fusion beside NIST rover, confidence.

    python -m bench.speech --peers PEERS/bin/python --readers pocketsphinx-5.1.1.tar.gz --seed 7 [--only PART,…]

Parts: ``recognition``, ``confidence``, ``speechless``, ``fusion``, ``commands``; each writes its
``results/speech-PART.json``.
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
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import betaincinv, gammaincinv

from bench import speech_sounds as sounds
from bench.record import write
from bench.speech_rover import rover
from bench.speech_scenes import CHANNELS, FIT, UNSEEN, Ear, Recorded, recorded
from bench.speech_score import Errors, calibration_error, errors_by_sentence, judged, planted_found, word_errors
from bench.speech_sounds import RATE, SPEECHLESS, Clip, Sound
from plainview.media import fusion, phrases, speech, spotting, weights
from plainview.model import wire
from plainview.model.phrase import HeardAgain, Occurrence
from plainview.model.time import MediaSpan
from plainview.model.transcript import Heard

PARTS = ("faster-whisper", "ctranslate2", "onnxruntime", "numpy")
PEERS = ("openai-whisper", "whisper.cpp")
HEARING = hashlib.sha256(Path(str(speech.__file__)).read_bytes()).hexdigest()[:12]
WEIGHING = hashlib.sha256(Path(str(spotting.__file__)).read_bytes()).hexdigest()[:12]
"""What hears and what weighs; another text of that module is another hearing."""

SPEECHLESS_SECONDS = 200
"""Seconds of each kind of sound without speech: nine kinds, thirty minutes."""


def main() -> None:
    """Measure the parts asked for."""
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    words.add_argument("--peers", default="", help="the Python of the peers (bench/peers-speech.txt)")
    words.add_argument("--readers", default="", help=f"the file that this brings: {sounds.READERS}")
    words.add_argument("--seed", type=int, default=int(time.time()))
    words.add_argument("--only", default="recognition,confidence,speechless,fusion,commands")
    words.add_argument("--short", action="store_true", help="half of the speech")
    words.add_argument("--scenes", default="", help="scenes or channels by name, with ; between them")
    words.add_argument("--rounds", type=int, default=1, help="how many seeds, from the one given on")
    words.add_argument("--once", action="store_true", help="commands: without listening to any stretch again")
    given = words.parse_args()
    parts = {
        "recognition": recognition,
        "confidence": confidence,
        "speechless": speechless,
        "fusion": fused,
        "commands": commands,
    }
    for part in given.only.split(","):
        figures = parts[part](given)
        print(json.dumps(figures, indent=1))
        print(write(f"speech-{part}", {"seed": given.seed, **figures}, parts=PARTS))


def heard(sound: Sound, *, exhibit: str = "EX-0001", line: bool = False) -> Heard:
    """What we hear, from the cache when exactly these samples were heard by this version before."""
    kept = weights.cache_folder() / "bench" / f"{_digest(sound, f'{exhibit} {line} {HEARING}')}.json"
    if kept.is_file():
        return wire.build(Heard, json.loads(kept.read_text()))
    found = speech.listen(lambda first, last: sound[first:last], exhibit=exhibit, telephone=line)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(wire.plain(found)))
    return found


def _digest(sound: Sound, asked: str) -> str:
    return hashlib.sha256(sound.tobytes() + asked.encode()).hexdigest()[:24]


def text_of(found: Heard) -> str:
    """All words in order."""
    return " ".join(word.text for segment in found.segments for word in segment)


def all_clips(given: argparse.Namespace, letters: str, share: slice) -> list[Clip]:
    """Read clips (if there are any), packaged lines by their first letter, flite sentences."""
    read = sounds.read_aloud(Path(given.readers)) if given.readers else []
    return [*read, *sounds.kokoro(letters), *sounds.flite(sounds.lines()[share])]


def recognition(given: argparse.Namespace) -> dict[str, Any]:
    """Word errors, CPU seconds, and calibration: ours and the peers' on the same files and weights."""
    draw = np.random.default_rng(given.seed)
    clips = all_clips(given, "sb", slice(0, 8))[:: 2 if given.short else 1]
    channels, sure, seconds = {}, {}, 0.0
    for channel, ear in CHANNELS.items():
        truth = sounds.reel(clips, draw)
        sound = ear.hears(truth.samples, draw)
        if given.scenes and channel not in given.scenes.split(";"):
            continue
        answers = _answers(given, sound, line=ear.line)
        seconds += len(sound) / RATE
        channels[channel] = {who: _row(truth.text, answer, len(sound) / RATE) for who, answer in answers.items()}
        sure[channel] = _calibration(truth.text, answers["plainview"]["words"], np.random.default_rng(given.seed))
    return {"channels": channels, "all": _totals(channels), "confidence": sure, "seconds": round(seconds)}


def _answers(given: argparse.Namespace, sound: Sound, *, line: bool) -> dict[str, Any]:
    """What each heard in it and its CPU seconds, from the cache when just this was measured before."""
    peers = PEERS if given.peers else ()
    kept = weights.cache_folder() / "bench" / f"beside-{_digest(sound, f'{line} {peers} {HEARING}')}.json"
    if not kept.is_file():
        answers = {"plainview": _ours(sound, line=line)}
        with tempfile.TemporaryDirectory() as folder:
            file = sounds.save(Path(folder) / "said.wav", sound)
            answers |= {peer: _peer(given.peers, peer, str(file)) for peer in peers}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(answers))
    answer: dict[str, Any] = json.loads(kept.read_text())
    return answer


def _ours(sound: Sound, *, line: bool) -> dict[str, Any]:
    speech.listen(lambda first, last: sound[: 5 * RATE][first:last], exhibit="warm")
    before = time.process_time()
    found = speech.listen(lambda first, last: sound[first:last], exhibit="EX-0001", telephone=line)
    spent = time.process_time() - before
    words = [(word.text, word.confidence) for part in found.segments for word in part]
    return {"text": text_of(found), "words": words, "cpu": spent}


def _peer(python: str, peer: str, file: str) -> dict[str, Any]:
    folder = weights.whisper("base").folder
    scratch = weights.cache_folder() / "bench-peers"
    scratch.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).parent / "speech_peers.py"
    command = [python, str(script), peer, str(folder), str(scratch), file]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])[file]
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


def confidence(given: argparse.Namespace) -> dict[str, Any]:
    """Calibration at each channel over several seeds: some hundred words alone show an error by chance."""
    clips = all_clips(given, "srb", slice(0, 20))[:: 2 if given.short else 1]
    said: dict[str, list[tuple[float, bool]]] = {channel: [] for channel in CHANNELS}
    for seed in range(given.seed, given.seed + given.rounds):
        draw = np.random.default_rng(seed)
        for channel, ear in CHANNELS.items():
            truth = sounds.reel(clips, draw)
            found = heard(ear.hears(truth.samples, draw), line=ear.line)
            words = [(word.text, word.confidence) for part in found.segments for word in part]
            said[channel] += judged(truth.text, words)
            print(f"{seed} {channel}: {calibration_error(said[channel]):.3f} of {len(said[channel])}", flush=True)
    draw = np.random.default_rng(given.seed)
    return {"rounds": given.rounds, "channels": {channel: _honesty(each, draw) for channel, each in said.items()}}


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


COMPARABLE = 1.35
"""Recorders are comparable when their mean word error rate is at most this times the best one's."""

ROVERS = (("avgconf", 1.0, 0.5), ("avgconf", 0.5, 0.5), ("avgconf", 0.3, 0.3), ("maxconf", 0.5, 0.5))
"""Ways of voting of NIST rover; the one that is best on all scenes together stands for it."""


def fused(given: argparse.Namespace) -> dict[str, Any]:
    """Fusion of three to five recorders beside the best single one and NIST rover; calibration at each channel."""
    clips = all_clips(given, "srb", slice(0, 12))[:: 2 if given.short else 1]
    wanted = given.scenes.split(";") if given.scenes else list(UNSEEN)
    seeds = range(given.seed, given.seed + given.rounds)
    unseen = {f"{name} {seed}": _fused(name, UNSEEN[name], clips, seed) for seed in seeds for name in wanted}
    known = [*sounds.kokoro("cdf"), *sounds.flite(sounds.lines()[20:32])]
    seen = {name: _fused(name, ears, known, 101) for name, ears in FIT.items()} if not given.scenes else {}
    best = min(ROVERS, key=lambda way: sum(row["rover"][_way(way)] for row in unseen.values()))
    for row in unseen.values():
        row["against_rover"] = round(row["fused"] / row["rover"][_way(best)], 3)
        row["against_best_single"] = round(row["fused"] / min(row["singles"]), 3)
        row["against_mean_single"] = round(row["fused"] / (sum(row["singles"]) / len(row["singles"])), 3)
        row["comparable"] = sum(row["singles"]) / len(row["singles"]) <= COMPARABLE * min(row["singles"])
    comparable = [row for row in unseen.values() if row["comparable"]]
    return {
        "rounds": given.rounds,
        "unseen": unseen,
        "fitted_on": seen,
        "rover_is": _way(best),
        "all_scenes": _pooled(list(unseen.values()), _way(best)),
        "comparable_scenes": _pooled(comparable, _way(best)),
    }


def _pooled(rows: Sequence[Mapping[str, Any]], way: str) -> dict[str, Any]:
    """Word errors of all scenes together: ours against those of each scene's best recorder, and rover's.

    The intervals hold what 95 of 100 draws of as many scenes from these give.
    """
    if not rows:
        return {}
    words = np.asarray([row["words"] for row in rows])
    ours = np.asarray([row["fused"] for row in rows]) * words
    others = {
        "best_single": np.asarray([min(row["singles"]) for row in rows]) * words,
        "rover": np.asarray([row["rover"][way] for row in rows]) * words,
    }
    again = np.random.default_rng(0).integers(0, len(rows), (2000, len(rows)))
    pooled: dict[str, Any] = {"scenes": len(rows), "words": int(words.sum()), "errors": round(float(ours.sum()))}
    for name, theirs in others.items():
        drawn = ours[again].sum(axis=1) / theirs[again].sum(axis=1)
        pooled[f"against_{name}"] = round(float(ours.sum() / theirs.sum()), 3)
        pooled[f"against_{name}_95"] = [round(float(each), 3) for each in np.quantile(drawn, (0.025, 0.975))]
    return pooled


def _worse_by(truth: sounds.Reel, said: str, single: str) -> dict[str, Any]:
    """Word errors more than the single recorder's, and the interval that 95 of 100 draws of as many sentences give."""
    ours, theirs = (np.asarray(errors_by_sentence([each[2] for each in truth.said], text)) for text in (said, single))
    again = np.random.default_rng(0).integers(0, len(ours), (2000, len(ours)))
    drawn = (ours - theirs)[again].sum(axis=1)
    return {"words": int((ours - theirs).sum()), "words_95": [int(each) for each in np.quantile(drawn, (0.025, 0.975))]}


def _way(way: tuple[str, float, float]) -> str:
    return f"{way[0]} alpha {way[1]} null {way[2]}"


def _fused(name: str, ears: Sequence[Ear], clips: Sequence[Clip], seed: int) -> dict[str, Any]:
    draw = np.random.default_rng([seed, sum(map(ord, name))])
    made = recorded(clips, ears, draw)
    heards = scene(name, made, [ear.line for ear in ears])
    truth = made.truth.text
    rows = fusion.fuse(list(heards.values()), made.timeline, channels={}).utterances
    voted = {
        _way(way): round(
            word_errors(truth, rover(heards, made.timeline, made.truth, method=way[0], alpha=way[1], null=way[2])).rate,
            4,
        )
        for way in ROVERS
    }
    singles = [[(word.text, word.confidence) for part in heard.segments for word in part] for heard in heards.values()]
    said = " ".join(row.text for row in rows)
    best = min((text_of(heard) for heard in heards.values()), key=lambda text: word_errors(truth, text).rate)
    return {
        "words": word_errors(truth, "").words,
        "worse_than_best_single_by": _worse_by(made.truth, said, best),
        "singles": [round(word_errors(truth, text_of(heard)).rate, 4) for heard in heards.values()],
        "fused": round(word_errors(truth, said).rate, 4),
        "rover": voted,
        "calibration": {
            "fused": _calibration(truth, [(word.text, word.confidence) for row in rows for word in row.words], draw),
            "singles": [_calibration(truth, words, draw) for words in singles],
        },
    }


def _calibration(truth: str, words: Sequence[tuple[str, float]], draw: sounds.Draw) -> dict[str, float]:
    return _honesty(judged(truth, words), draw)


def _honesty(said: Sequence[tuple[float, bool]], draw: sounds.Draw) -> dict[str, float]:
    """The calibration error, and what perfectly honest confidences of this number would show by chance."""
    chance = [
        calibration_error([(sure, bool(draw.random() < sure)) for sure, _ in said]) for _ in range(50 if said else 0)
    ]
    return {
        "error": round(calibration_error(said), 3),
        "by_chance": round(float(np.mean(chance)), 3) if chance else 0.0,
        "words": len(said),
        "right": round(sum(right for _, right in said) / max(1, len(said)), 3),
        "sure": round(sum(sure for sure, _ in said) / max(1, len(said)), 3),
    }


COMMANDS = ("drop the gun", "show me your hands")
SPOKEN_AS = (
    *("Drop the gun!", "Drop the gun now!", "Police! Drop the gun!", "Sir, drop the gun!"),
    *("Show me your hands!", "Show me your hands now!", "Police! Show me your hands!", "Sir, show me your hands!"),
    *("Drop the gun! Drop the gun!", "Show me your hands! Show me your hands!"),
)
"""What is planted: each wording three times in a scene, by a drawn voice at a drawn speed and level."""

VOICES = ("slt", "rms", "awb", "kal16", "kal")

NEVER_SAID = ("get on the ground", "put the knife down", "stop resisting", "turn around slowly", "keep your distance")
"""Commands that nobody gives in any scene, looked up in what was heard once: whatever is reported of them is false."""

AUDIBLE = 0.0
"""dB above the noise from which a person can hear a command: set before anything was measured by it.

Over the time in which it is said, between 300 and 3400 Hz, the words as they arrive through the room
are at least as loud as all else there, on at least one recorder. At that ratio listeners with normal hearing
get nearly every word of a sentence; half of them are lost some 5 dB below.
"""

LEVELS = (-6.0, 0.0, 6.0, 12.0)
"""dB between which found commands are counted apart."""

STREET = {
    "near": (Ear("street", 14, 0.3, 0.9), Ear("wind", 4, 0.5, 0.5)),
    "far": (Ear("engine", 6, 0.6, 0.5), Ear("siren", 4, 0.6, 0.5)),
    "alone": (Ear("street", 6, 0.4, 0.6),),
}
"""Who hears the commands: two recorders, two worse ones, one by itself."""

TALK = {
    "talk, street": (Ear("street", 8, 0.4, 0.6),),
    "talk, siren": (Ear("siren", 5, 0.5, 0.5),),
    "talk, wind": (Ear("wind", 4, 0.3, 0.6),),
    "talk, dogs": (Ear("dogs", 6, 0.5, 0.5),),
    "talk, line": (Ear("engine", 8, line=True),),
}
"""One recorder each, for twenty minutes in which no command is given: seventy sentences, those that hold words like
theirs among them, with the noise alone for up to half a minute between them. Heard with the first seed."""


def commands(given: argparse.Namespace) -> dict[str, Any]:
    """Planted commands among other speech, and talk without any: how many are found, how many reports are false."""
    others = [*sounds.flite(sounds.lines()[12:36]), *sounds.kokoro("bcd")][::5]
    talk = [*sounds.lines(), *sounds.lines("near")][:: 10 if given.short else 1]
    scenes: dict[str, dict[str, Any]] = {}
    for seed in range(given.seed, given.seed + given.rounds):
        for name, ears in (STREET | (TALK if seed == given.seed else {})).items():
            if given.scenes and name not in given.scenes.split(";"):
                continue
            draw = np.random.default_rng([seed, sum(map(ord, name))])
            if name in TALK:
                made = recorded(_spoken(talk, draw), ears, draw, spread=6.0, pause=(1.0, 30.0))
            else:
                planted = _spoken(SPOKEN_AS * (1 if given.short else 3), draw)
                made = recorded([*planted, *others], ears, draw, spread=6.0)
            scenes[f"{name} {seed}"] = _searched(name, made, ears, given)
    every = [row for each in scenes.values() for row in each["commands"].values()]
    unsaid = [row for each in scenes.values() for row in each["never_said"].values()]
    hours = sum(each["minutes"] for each in scenes.values()) / 60
    total = {key: sum(row[key] for row in every) for key in every[0] if isinstance(every[0][key], int)}
    audible, found, exact = (total[key] for key in ("audible", "audible_found", "audible_found_exact"))
    return {
        "audible_from_db": AUDIBLE,
        "rounds": given.rounds,
        "scenes": scenes,
        "listened_again": not given.once,
        "hours": round(hours, 3),
        "hours_of_recordings": round(sum(each["minutes"] * each["recorders"] for each in scenes.values()) / 60, 3),
        "planted": total["planted"],
        "audible": audible,
        "recall_of_audible": round(found / audible, 3) if audible else None,
        "recall_of_audible_95": _share_between(found, audible),
        "recall_of_audible_exact": round(exact / audible, 3) if audible else None,
        "recall_of_audible_exact_95": _share_between(exact, audible),
        "by_level": _by_level([each for row in every for each in row["levels"]]),
        "false": {kind: _false(total[f"false_{kind}"], hours) for kind in ("exact", "possible", "similar")},
        "never_said": {
            "phrase_hours": round(len(NEVER_SAID) * hours, 3),
            **{kind: sum(row[f"false_{kind}"] for row in unsaid) for kind in ("exact", "possible", "similar")},
        },
        "false_in_the_lower_end": sum(max(0, row["low"] - row["planted"]) for row in every),
        "cpu_s_of_listening_again": round(sum(row["cpu_s"] for row in every), 1),
    }


def _spoken(texts: Sequence[str], draw: sounds.Draw) -> list[Clip]:
    """Each text as a drawn voice says it, from a fifth faster to a fifth slower than by itself."""
    return [
        sounds.flite_says(text, str(draw.choice(VOICES)), stretch=round(draw.uniform(0.8, 1.2), 2)) for text in texts
    ]


def _searched(name: str, made: Recorded, ears: Sequence[Ear], given: argparse.Namespace) -> dict[str, Any]:
    lines = [ear.line for ear in ears]
    heards = scene(name, made, lines)
    return {
        "minutes": round(len(made.truth.samples) / RATE / 60, 2),
        "recorders": len(ears),
        "commands": {phrase: _planted(phrase, made, heards, lines, once=given.once) for phrase in COMMANDS},
        "never_said": {phrase: _planted(phrase, made, heards, lines, once=True) for phrase in NEVER_SAID},
    }


def _false(reports: int, hours: float) -> dict[str, float]:
    """Reports of what was not said: how many, an hour, and at most how many an hour they show with 95 in 100."""
    most = float(gammaincinv(reports + 1, 0.95))
    return {"reports": reports, "an_hour": round(reports / hours, 2), "an_hour_95_at_most": round(most / hours, 2)}


def _by_level(found: Sequence[tuple[float, str]]) -> dict[str, dict[str, int]]:
    """Planted commands by the dB they have on the recorder that has them best, and how they were found."""
    bounds = [-np.inf, *LEVELS, np.inf]
    return {
        f"{low:g} to {high:g} dB": {
            how: sum(low <= level < high and (how in ("planted", kind)) for level, kind in found)
            for how in ("planted", "exact", "similar", "missed")
        }
        for low, high in pairwise(bounds)
    }


def _share_between(found: int, of: int) -> tuple[float, float]:
    """The shares between which the true one lies in 95 of 100 cases (Clopper and Pearson)."""
    low = betaincinv(found, of - found + 1, 0.025) if found else 0.0
    high = betaincinv(found + 1, of - found, 0.975) if found < of else 1.0
    return round(float(low), 3), round(float(high), 3)


def _planted(
    command: str, made: Recorded, heards: Mapping[str, Heard], lines: Sequence[bool], *, once: bool
) -> dict[str, Any]:
    times, heard_well, levels = [], [], []
    for number, (start, end, text) in enumerate(made.truth.said):
        count = " ".join(text.lower().replace("!", "").split()).count(command)
        times += [start + (end - start) * (k + 0.5) / count for k in range(count)]
        heard_well += [made.audible(number, AUDIBLE)] * count
        levels += [max(each[number] for each in made.levels.values())] * count
    lengths = {name: round(len(sound) / RATE * 1e6) for name, sound in made.sounds.items()}
    worth = phrases.worth_listening(list(heards.values()), command, made.timeline, lengths)
    line = dict(zip(made.sounds, lines, strict=True))
    heard_again = [
        _again(made.sounds[name], spans, command, exhibit=name, line=line[name])
        for name, spans in ({} if once else worth).items()
    ]
    again = [found for found, _ in heard_again]
    answer = phrases.count(list(heards.values()), command, made.timeline, again=again)
    at_first = phrases.count(list(heards.values()), command, made.timeline)
    exact = planted_found(times, _middles(answer.exact), tolerance=1.2)
    written = planted_found(times, _middles([*answer.exact, *answer.possible]), tolerance=1.2)
    every = planted_found(times, _middles([*answer.exact, *answer.possible, *answer.similar]), tolerance=1.2)
    how = ["exact" if k in exact.which else "similar" if k in every.which else "missed" for k in range(len(times))]
    return {
        "planted": len(times),
        "found_exact": exact.right,
        "found": every.right,
        "levels": [(round(level, 1), kind) for level, kind in zip(levels, how, strict=True)],
        "audible": sum(heard_well),
        "audible_found_exact": sum(heard_well[k] for k in exact.which),
        "audible_found": sum(heard_well[k] for k in every.which),
        "false_exact": exact.false,
        "false_possible": written.false - exact.false,
        "false_similar": every.false - written.false,
        "low": answer.low,
        "high": answer.high,
        "listening_once": [at_first.low, at_first.high],
        "stretches_heard_again": sum(len(spans) for spans in worth.values()),
        "cpu_s": round(sum(spent for _, spent in heard_again), 1),
    }


def _again(
    sound: Sound, spans: Sequence[MediaSpan], command: str, *, exhibit: str, line: bool
) -> tuple[HeardAgain, float]:
    """What the second listening gives, and its CPU seconds; from the cache like ``heard``."""

    def read(first: int, last: int) -> Sound:
        return sound[first:last]

    asked = f"{spans} {command} {exhibit} {line} {HEARING} {WEIGHING}"
    kept = weights.cache_folder() / "bench" / f"again-{_digest(sound, asked)}.json"
    if not kept.is_file():
        before = time.process_time()
        found = speech.listen_again(read, spans, exhibit=exhibit, telephone=line)
        both = HeardAgain(found, spotting.weigh(read, found, command))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([wire.plain(both), time.process_time() - before]))
    plain, spent = json.loads(kept.read_text())
    return wire.build(HeardAgain, plain), spent


def _middles(some: Sequence[Occurrence]) -> list[float]:
    return [(each.start + each.end) / 2e6 for each in some]


if __name__ == "__main__":
    main()
