# SPDX-License-Identifier: Apache-2.0
"""The decisions that two invented reviewers take on the simulated case, one JSON object each.

Reviewers look at the recordings themselves, so their boxes and spans come from the truth, grown
a little as a careful hand would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from plainview.simulator import papers, places, spanish, traps
from plainview.simulator.film import Made
from plainview.simulator.screenplay import (
    CAST,
    CITY,
    LINES,
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
from plainview.simulator.statements import local_iso
from plainview.simulator.truth import spoken_secrets

A, B = "reviewer-a", "reviewer-b"
WITNESS: Final = "witness-1"
LAW_PRIVATE = "Port Alder Mun. Code 2-84-330(c)"
LAW_MINOR = "Port Alder Mun. Code 2-84-330(a)"
LAW_BYSTANDER = "Port Alder Mun. Code 2-84-330(d)"

_TITLES: Final[dict[str, tuple[str, str, str, str]]] = {
    # recorder: slug, title, device, from
    "bwc-1": ("bwc-1", "Body camera 1, Officer Tolland", "body camera", f"{CITY} Police Department"),
    "bwc-2": ("bwc-2", "Body camera 2, Officer Imbert", "body camera", f"{CITY} Police Department"),
    "bwc-3": ("bwc-3", "Body camera 3, Officer Okafor", "body camera", f"{CITY} Police Department"),
    "dash": ("dash-1", "Patrol car 311, front camera", "dash camera", f"{CITY} Police Department"),
    "street": ("street-114", "City camera 114, Calder and 9th", "street camera", "Office of Public Safety"),
    "shop": ("shop-1", "Calder Market, camera 2", "shop camera", "Calder Market"),
    "doorbell": ("doorbell-1", "Doorbell camera, Calder Street", "doorbell camera", "a resident"),
    "phone": ("phone-1", "Video from a telephone", "telephone", "a witness"),
    "911-1": ("call-911-1", "911 call, 9:40:12 p.m.", "telephone line", "Emergency Communications"),
    "911-2": ("call-911-2", "911 call, 9:40:50 p.m.", "telephone line", "Emergency Communications"),
    "radio": ("radio-zone-4", "Dispatch radio, zone 4", "radio", "Emergency Communications"),
    "stranger": ("unrelated-1", "Video of a street fair", "telephone", "a witness"),
}

STATES: Final = ("Investigation open, day 53", "Investigation open, day 87")
"""How the investigation stands in each of the two versions."""
CORRECTED: Final = "s03"
"""The line whose first wording is wrong by a word."""

_SOURCES: Final = {"telephone": "phone", "telephone line": "911 call"}

_FACE_REASONS: Final = {
    "mother": ("bystander-1", "bystander", LAW_BYSTANDER), "child": ("child-1", "minor", LAW_MINOR),
    "filmer": ("bystander-2", "bystander", LAW_BYSTANDER), "clerk": ("bystander-3", "bystander", LAW_BYSTANDER),
    "fairgoer": ("bystander-4", "bystander", LAW_BYSTANDER),
}
_FACES_KEPT: Final = {
    "vane": "The person shot; his family asked that he be shown.", "tolland": "An officer on duty.",
    "imbert": "An officer on duty.", "okafor": "An officer on duty.",
}


INVENTED: Final = (
    f"An example. {CITY}, its police, its residents and this incident are invented; the recordings were made by a program."
)


_SUMMARY: Final = (
    f"On the night of March 14, 2026, a {CITY} police officer fired five times at the end of a chase on foot that "
    "began with a stop on Calder Street, wounding Marcus Vane. Every recording, report and statement this Office "
    "is allowed to release is here, on one clock.",
    f"La noche del 14 de marzo de 2026, un agente de la policía de {CITY} disparó cinco veces al final de una persecución "
    "a pie que empezó con una parada en Calder Street e hirió a Marcus Vane. Todas las grabaciones, informes y "
    "declaraciones que esta Oficina puede publicar están aquí, en un solo reloj.",
)
"""In English and in Spanish."""


def _facts(status_line: str) -> dict[str, Any]:
    return {
        "as": A, "decide": "case_facts", "headline": "Police shooting at Calder Street and 9th Avenue",
        "kind_line": "Shooting by an officer", "status_line": status_line,
        "summary": _SUMMARY[0],
        "facts": [
            {"label": "When", "value": "Saturday, March 14, 2026", "note": "9:41 p.m."},
            {"label": "Where", "value": "Calder Street at 9th Avenue", "note": "Harborside, 4th District"},
            {"label": "Person shot", "value": "Marcus Vane, 34", "note": "Left hospital March 22"},
            {"label": "Officers", "value": "Joel Tolland fired", "note": "Renée Imbert was present"},
            {"label": "Findings", "value": "Not yet made", "note": "Due by September 10, 2026"},
        ],
        "invented": INVENTED, "languages": ["en", "es"],
    }


def _grown(box: Sequence[float], by: float) -> list[float]:
    _, x, y, w, h = box
    return [round(x - w * by, 1), round(y - h * by, 1), round(w * (1 + 2 * by), 1), round(h * (1 + 2 * by), 1)]


def _stretches(boxes: Sequence[tuple[int, float, float, float, float]]) -> Iterator[list[tuple[int, float, float, float, float]]]:
    """Consecutive runs of frames, short breaks bridged."""
    run: list[tuple[int, float, float, float, float]] = []
    for box in boxes:
        if run and box[0] - run[-1][0] > 12:
            yield run
            run = []
        run.append(box)
    if run:
        yield run


def _after(box: tuple[int, float, float, float, float], m: Made) -> tuple[int, float, float, float, float]:
    """Two pictures later in the same place: a coder that saves bits leaves a ghost of what has just gone."""
    return (min(box[0] + 2, len(m.frame_times) - 1), *box[1:])


def _faces(m: Made) -> Iterator[dict[str, Any]]:
    """Officers and the person shot are kept visible wherever their heads are; everybody else's face is hidden."""
    kept = [(who, boxes) for who, boxes in sorted(m.heads.items()) if who in _FACES_KEPT]
    hidden = [(who, boxes) for who, boxes in sorted(m.faces.items()) if who not in _FACES_KEPT]
    for who, boxes in [*kept, *hidden]:
        for run in _stretches(boxes):
            step = max(1, len(run) // 40)
            picked = [*run[::step], run[-1]] if len(run) > 1 else run
            if who not in _FACES_KEPT:
                picked = [*picked, _after(run[-1], m)]
            entry: dict[str, Any] = {
                "as": A, "decide": "redaction",
                "selector": {"path": m.recorder.path, "kind": "face", "from_s": round(m.frame_times[run[0][0]], 3),
                             "to_s": round(m.frame_times[picked[-1][0]] + 0.1, 3)},
                "boxes": [[round(m.frame_times[b[0]], 3), *_grown(b, 0.2)] for b in picked],
            }
            if who in _FACES_KEPT:
                yield entry | {"outcome": "keep", "subject": who, "reason": _FACES_KEPT[who], "law": None}
            else:
                subject, reason, law = _FACE_REASONS[who]
                yield entry | {"outcome": "hide", "subject": subject, "reason": reason, "law": law}


def _other_faces(m: Made) -> Iterator[dict[str, Any]]:
    """Whatever else a detector takes for a face is covered too: the safe choice for what nobody named."""
    if m.recorder.picture is not None:
        yield {"as": A, "decide": "redaction", "outcome": "hide", "subject": "bystander", "reason": "bystander",
               "law": LAW_BYSTANDER, "only_undecided": True, "selector": {"path": m.recorder.path, "kind": "face"}}


def _plates(m: Made) -> Iterator[dict[str, Any]]:
    for plate, boxes in sorted(m.plates.items()):
        for run in _stretches(boxes):
            step = max(1, len(run) // 40)
            yield {
                "as": A, "decide": "redaction", "outcome": "hide", "subject": "plate-1", "reason": "private-vehicle", "law": LAW_PRIVATE,
                "selector": {"path": m.recorder.path, "kind": "plate", "from_s": round(m.frame_times[run[0][0]], 3),
                             "to_s": round(m.frame_times[run[-1][0]] + 0.1, 3)},
                "text": plate, "boxes": [[round(m.frame_times[b[0]], 3), *_grown(b, 0.15)] for b in [*run[::step], run[-1]]],
            }


def _words(made: Sequence[Made]) -> Iterator[dict[str, Any]]:
    for span in spoken_secrets(made):
        yield {
            "as": A, "decide": "redaction", "outcome": "hide", "subject": WITNESS, "reason": "private-contact", "law": LAW_PRIVATE,
            "selector": {"path": span["path"], "kind": "words", "from_s": round(span["start_s"] - 0.3, 3),
                         "to_s": round(span["end_s"] + 0.3, 3)},
            "said": span["said"],
        }


def _terms() -> Iterator[dict[str, Any]]:
    yield {"as": A, "decide": "subject_terms", "subject": WITNESS, "reason": "private-contact", "law": LAW_PRIVATE,
           "terms": [WITNESS_NAME, *WITNESS_NAME.split(), WITNESS_DOB, "06/04/1987", "6/4/1987", "June 4, 1987", "June 4th, 1987",
                     WITNESS_DOB_SPOKEN, WITNESS_PHONE, "555 0142", WITNESS_PHONE_SPOKEN]}
    yield {"as": A, "decide": "subject_terms", "subject": "plate-1", "reason": "private-vehicle", "law": LAW_PRIVATE,
           "terms": [PLATE, "7 KLM 419", "7KLM-419"]}


def _texts() -> Iterator[dict[str, Any]]:
    """Spoken and printed words that were proposed: the witness's and the plate are hidden, the rest may be seen."""
    for kind in ("words", "text"):
        for part, subject, reason in (
            ("Whitlock", WITNESS, "private-contact"), ("Dana", WITNESS, "private-contact"), ("1987", WITNESS, "private-contact"),
            ("0142", WITNESS, "private-contact"), ("KLM", "plate-1", "private-vehicle"),
        ):
            yield {"as": A, "decide": "redaction", "outcome": "hide", "subject": subject, "reason": reason, "law": LAW_PRIVATE,
                   "selector": {"kind": kind, "contains": part}, "only_undecided": True}
        yield {"as": B, "decide": "redaction", "outcome": "keep", "only_undecided": True, "selector": {"kind": kind},
               "reason": "Case and unit numbers, places of the incident and names the Office has already published."}


def _titles(made: Sequence[Made]) -> Iterator[dict[str, Any]]:
    for m in made:
        slug, title, device, sender = _TITLES[m.recorder.id]
        yield {"as": A, "decide": "title_exhibit", "path": m.recorder.path, "slug": slug, "title": title,
               "source": _SOURCES.get(device, device), "device": f"{device}, from {sender}"}


def _papers() -> Iterator[dict[str, Any]]:
    for path, slug, title, sender in (
        (papers.TRR_PATH, "trr-tolland", "Tactical Response Report, Officer Tolland", f"{CITY} Police Department"),
        (papers.INCIDENT_PATH, "incident-report", "Incident report", f"{CITY} Police Department"),
        (papers.CAPTION_PATH, "phone-1-captions", "Captions of the telephone video", "a witness"),
        (papers.PHOTO_PATH, "photo-window", "Photograph from an upstairs window", "a witness"),
    ):
        yield {"as": A, "decide": "title_exhibit", "path": path, "slug": slug, "title": title, "device": f"from {sender}"}


def _withheld(made: Sequence[Made]) -> Iterator[dict[str, Any]]:
    reasons = [
        (traps.TRUNCATED, "damaged", "The file breaks off and cannot be opened; a whole copy was asked for on March 20."),
        (traps.PLAYLIST, "not-a-recording", "A playlist that points elsewhere; it holds no picture or sound."),
        (traps.EMPTY, "empty", "The file holds no bytes; a copy was asked for on March 20."),
        (traps.ODD_NAME, "unrelated", "One second of noise under a misleading name."),
        (traps.MANIFEST, "internal", "The sender's own list of files."),
    ]
    reasons += [(m.recorder.path, "unrelated", "Not of this incident.") for m in made if not m.recorder.placed]
    for path, code, text in reasons:
        yield {"as": B, "decide": "withhold", "path": path, "reason": text, "law": code}


def _expected() -> Iterator[dict[str, Any]]:
    for text, holder, state in (
        ("Body camera of the sergeant who arrived later", f"{CITY} Police Department", "asked for, not yet received"),
        ("City camera 118, Calder and 10th", "Office of Public Safety", "received as a playlist without content; asked for again"),
        ("Camera of 1410 Calder Street", "a resident", "received empty; asked for again"),
    ):
        yield {"as": A, "decide": "expected_item", "name": f"{text} ({holder})", "reason": f"{state} (March 20)"}


def _lines(late: bool) -> Iterator[dict[str, Any]]:
    """What a reviewer heard on the street, voice by voice; one word of it is put right in the second release."""
    for line in LINES:
        if line.channel == "street" and (line.id == CORRECTED) == late:
            yield _line(line, line.text)
        elif line.id == CORRECTED:
            yield _line(line, line.text.replace("a description", "the description"))


def _line(line: Line, text: str) -> dict[str, Any]:
    end = line.at + len(voices()[line.id].samples) / 16_000
    return {"as": B, "decide": "transcript", "start": local_iso(line.at), "end": local_iso(end), "text": text,
            "speaker": CAST[line.who][0]}


def _moments(said: dict[str, Any], *, without: set[str], touching: set[str] | None = None) -> Iterator[dict[str, Any]]:
    """Moments confirmed; those seen or heard on ``touching`` only when given, never naming ``without``."""
    for moment in said["moments"]:
        paths = {*moment["seen_on"], *moment["heard_on"]}
        if touching is None or paths & touching:
            seen = [path for path in moment["seen_on"] if path not in without]
            heard = [path for path in moment["heard_on"] if path not in without]
            yield {"as": A, "decide": "moment", **moment, "seen_on": seen, "heard_on": heard}


def _recordings(made: Sequence[Made]) -> Iterator[dict[str, Any]]:
    for m in made:
        if m.recorder.placed:
            yield from (*_faces(m), *_plates(m), *_other_faces(m))
    yield from _words([m for m in made if m.recorder.placed])


def _machine(note: str) -> Iterator[dict[str, Any]]:
    yield {"as": B, "decide": "timeline", "accept": True, "note": note}
    yield {"as": B, "decide": "transcript", "publish_unreviewed": True}


def first(made: Sequence[Made], late: Sequence[Made], said: dict[str, Any]) -> list[dict[str, Any]]:
    """What is decided about the first delivery, in order; ``late`` has not arrived yet."""
    low = high = len(SHOTS)
    out: list[dict[str, Any]] = [_facts(STATES[0]), *_titles(made), *_papers(), *_terms()]
    out += [*_recordings(made), *_texts(), *_lines(late=False)]
    out.append({"as": A, "decide": "shots", "low": low, "high": high,
                "note": "Five shots, counted by ear on body cameras 1 and 2, the shop camera and a 911 call; five casings "
                        "were recovered."})
    out += [*_moments(said, without={m.recorder.path for m in late})]
    out += [{"as": A, "decide": "statement", **s} for s in said["statements"]]
    out += [{"as": A, "decide": "status", **e} for e in said["status_events"]]
    out += [{"as": B, **each} for each in (*places.cameras(made), *places.marks(made))]
    out += [{"as": B, **each} for each in spanish.translations(_SUMMARY)]
    out += [*_withheld(made), *_expected(), *_machine("Looked at against body camera 1 and the shots.")]
    out.append({"as": A, "decide": "version_note", "summary": "First release"})
    return out


def second(late: Sequence[Made], said: dict[str, Any]) -> list[dict[str, Any]]:
    """What is decided when the late recording has arrived: it is shown, and one line of transcript is put right."""
    out: list[dict[str, Any]] = [_facts(STATES[1]), *_titles(late), *_recordings(late), *_texts()]
    out += [{"as": B, **each} for each in places.cameras(late)]
    out += [*_lines(late=True), *_moments(said, without=set(), touching={m.recorder.path for m in late})]
    out += [*_machine("Looked at again with the recording that came late.")]
    names = " and ".join(_TITLES[m.recorder.id][1] for m in late)
    out.append({"as": A, "decide": "version_note", "summary": f"{names} added; one line of the transcript corrected",
                "why": "The recording arrived on May 18; a reader pointed out the misheard word."})
    return out
