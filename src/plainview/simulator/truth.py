# SPDX-License-Identifier: Apache-2.0
"""Everything that is known by construction, as one JSON document.

Times: ``offset_s`` places a recording on the common clock, t = offset_s + media_s * (1 + drift_ppm
* 1e-6), t = 0 at ``epoch``. ``ac_delay_s`` is the median time that audible sound took to reach the device, so an
alignment by sound alone should find ``offset_s - ac_delay_s``. Boxes are [frame, x, y, w, h].
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from plainview.simulator import papers, people
from plainview.simulator.film import Made, overlay_lines, utc
from plainview.simulator.screenplay import (
    CASE,
    CAST,
    CITY,
    LINES,
    OFFICE,
    PLATE,
    SHOTS,
    WITNESS_DOB,
    WITNESS_DOB_SPOKEN,
    WITNESS_NAME,
    WITNESS_PHONE,
    WITNESS_PHONE_SPOKEN,
    Line,
)
from plainview.simulator.speech import voices

AUDIBLE_DB = 14.0
CHILDREN = {"child"}


def media_time(made: Made, at: float) -> float:
    """Media time of a common-clock time on a recording."""
    r = made.recorder
    return (at - r.offset) / (1 + r.drift_ppm * 1e-6)


def heard_where(made: Sequence[Made], event: str, at: float, seconds: float) -> list[dict[str, Any]]:
    """On which recordings an event can be heard, and when there."""
    out = []
    for m in made:
        if m.heard is None or event not in m.heard.delays or m.heard.audible[event] < AUDIBLE_DB:
            continue
        start = media_time(m, at + m.heard.delays[event])
        if start < m.recorder.buffer_s or start + seconds > m.recorder.duration:
            continue
        out.append({"recording": m.recorder.id, "path": m.recorder.path, "start_s": round(start, 4),
                    "end_s": round(start + seconds, 4), "delay_s": round(m.heard.delays[event], 4),
                    "margin_db": round(m.heard.audible[event], 1)})
    return out


def _line_start(line: Line, made: Sequence[Made]) -> float:
    if line.channel != "fair":
        return line.at
    return line.at + next((m.recorder.offset for m in made if not m.recorder.placed), 0.0)


def _utterance(line: Line, made: Sequence[Made]) -> dict[str, Any]:
    spoken, at = voices()[line.id], _line_start(line, made)
    seconds = len(spoken.samples) / 16_000
    return {
        "id": line.id, "speaker": line.who, "speaker_name": CAST[line.who][0], "channel": line.channel, "text": line.text,
        "start_t": round(at, 4), "end_t": round(at + seconds, 4),
        "words": [{"word": w, "start_t": round(at + a, 4), "end_t": round(at + b, 4)} for w, a, b in spoken.words],
        "heard_on": heard_where(made, line.id, at, seconds),
    }


def _plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def spoken_secrets(made: Sequence[Made]) -> list[dict[str, Any]]:
    """Where the witness's name, birth date and telephone number are said, on each recording."""
    out = []
    for line in LINES:
        words = voices()[line.id].words
        plain = [_plain(w)[0] if _plain(w) else "" for w, _, _ in words]
        for kind, phrase in (("name", WITNESS_NAME), ("date-of-birth", WITNESS_DOB_SPOKEN), ("telephone", WITNESS_PHONE_SPOKEN)):
            wanted = _plain(phrase)
            for k in range(len(plain) - len(wanted) + 1):
                if plain[k : k + len(wanted)] != wanted:
                    continue
                first, last = words[k][1], words[k + len(wanted) - 1][2]
                for place in heard_where(made, line.id, line.at + first, last - first):
                    out.append({"kind": kind, "utterance": line.id, "said": phrase, **place})
    return out


def _recording(m: Made) -> dict[str, Any]:
    r = m.recorder
    heard = m.heard
    audible = [event for event in heard.delays if heard.audible[event] >= AUDIBLE_DB] if heard is not None else []
    delays = sorted(heard.delays[event] for event in audible) if heard is not None else []
    out: dict[str, Any] = {
        "id": r.id, "path": r.path, "kind": r.kind, "placed": r.placed, "offset_s": r.offset if r.placed else None,
        "drift_ppm": r.drift_ppm, "duration_s": r.duration, "container": r.container, "buffer_s": r.buffer_s,
        "creation_time": utc(r.created) if r.created is not None else None,
        "creation_time_error_s": round(r.created - r.offset, 3) if r.created is not None else None,
        "serial": r.serial, "wearer": r.wearer, "place_m": r.place,
        "ac_delay_s": round(delays[len(delays) // 2], 4) if delays else None,
        "ac_range_s": [round(delays[0], 4), round(delays[-1], 4)] if delays else None,
    }
    if r.picture is not None:
        p = r.picture
        out |= {
            "width": p.width, "height": p.height, "fps": p.fps, "video_codec": p.codec, "frames": len(m.frame_times),
            "overlay": None if p.clock_error is None else {
                "error_s": p.clock_error, "first": overlay_lines(r, r.offset), "corner": p.corner},
            "faces": {who: {"child": who in CHILDREN, "boxes": boxes} for who, boxes in sorted(m.faces.items())},
            "plates": dict(sorted(m.plates.items())), "firearm": m.firearm,
        }
        if r.kind == "phone":
            out["frame_times_s"] = m.frame_times
    if r.sound is not None and m.heard is not None:
        out |= {
            "audio_codec": r.sound.codec, "audio_rate": r.sound.rate,
            "tones": [{"media_s": round(a, 3), "seconds": s, "kind": k} for a, s, k in m.heard.tones],
            "mutes": [[a, b] for a, b in m.heard.mutes],
        }
    return out


def build(made: Sequence[Made], traps: list[dict[str, str]], seed: int, size: str) -> dict[str, Any]:
    """The whole truth about one simulated delivery."""
    kept = [line for line in LINES if heard_where(made, line.id, _line_start(line, made), 0.0)]
    return {
        "schema": "SimulatedTruth.1", "invented": "People, places and events are invented.",
        "seed": seed, "size": size, "case": CASE, "city": CITY, "office": OFFICE, "epoch": utc(0.0),
        "cast": {who: name for who, (name, _) in CAST.items()},
        "recordings": [_recording(m) for m in made],
        "utterances": [_utterance(line, made) for line in kept],
        "shots": [{"n": n + 1, "t": at, "heard_on": heard_where(made, f"shot-{n + 1}", at, 0.05)} for n, at in enumerate(SHOTS)],
        "shot_count": len(SHOTS),
        "firearm": {"from_t": people.FIREARM_FROM, "place_m": people.FIREARM,
                    "seen_on": [m.recorder.path for m in made if m.firearm]},
        "plate": PLATE,
        "secrets": {
            "name": WITNESS_NAME, "date_of_birth": WITNESS_DOB, "telephone": WITNESS_PHONE,
            "spoken": spoken_secrets(made),
            "written": [
                {"path": papers.TRR_PATH, "kind": "pdf form field and text", "pages": [1, 2]},
                {"path": papers.INCIDENT_PATH, "kind": "pdf text", "pages": [1]},
                {"path": papers.CAPTION_PATH, "kind": "caption"},
                {"path": papers.WITNESS_FOLDER, "kind": "folder name"},
                {"path": papers.PHOTO_PATH, "kind": "file name and Exif artist"},
            ],
            "photo_gps": papers.PHOTO_GPS,
        },
        "traps": traps,
    }
