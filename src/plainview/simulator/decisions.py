# SPDX-License-Identifier: Apache-2.0
"""The decisions that two invented reviewers take on the simulated case, one JSON object each.

Reviewers look at the recordings themselves, so their boxes and spans come from the truth, grown
a little as a careful hand would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from plainview.simulator import papers, traps
from plainview.simulator.film import Made
from plainview.simulator.screenplay import (
    CASE,
    CITY,
    PLATE,
    SHOTS,
    WITNESS_DOB,
    WITNESS_DOB_SPOKEN,
    WITNESS_NAME,
    WITNESS_PHONE,
    WITNESS_PHONE_SPOKEN,
)
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

_FACE_REASONS: Final = {
    "mother": ("bystander-1", "bystander", LAW_BYSTANDER), "child": ("child-1", "minor", LAW_MINOR),
    "filmer": ("bystander-2", "bystander", LAW_BYSTANDER), "clerk": ("bystander-3", "bystander", LAW_BYSTANDER),
    "fairgoer": ("bystander-4", "bystander", LAW_BYSTANDER),
}
_FACES_KEPT: Final = {
    "vane": "The person shot; his family asked that he be shown.", "tolland": "An officer on duty.",
    "imbert": "An officer on duty.", "okafor": "An officer on duty.",
}


def _facts() -> dict[str, Any]:
    return {
        "as": A, "decide": "name_case_facts", "case": CASE, "title": "Police shooting at Calder Street and 9th Avenue",
        "kind": "Shooting by an officer", "at": local_iso(SHOTS[0]), "where": "Calder Street at 9th Avenue, Harborside, 4th District",
        "person_shot": "Marcus Vane, 34", "person_shot_note": "Left hospital March 22",
        "officers": [{"name": "Joel Tolland", "note": "fired"}, {"name": "Renée Imbert", "note": "was present"},
                     {"name": "Daniel Okafor", "note": "arrived afterwards"}],
        "summary": f"On the night of March 14, 2026, a {CITY} police officer fired five times at the end of a chase on foot that "
                   "began with a stop on Calder Street, wounding Marcus Vane. Every recording, report and statement this Office "
                   "is allowed to release is here, on one clock.",
        "reason": "Agreed wording of the case's facts.",
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


def _faces(m: Made) -> Iterator[dict[str, Any]]:
    for who, boxes in sorted(m.faces.items()):
        for run in _stretches(boxes):
            step = max(1, len(run) // 40)
            picked = [*run[::step], run[-1]] if len(run) > 1 else run
            entry: dict[str, Any] = {
                "as": A, "decide": "redaction",
                "selector": {"path": m.recorder.path, "kind": "face", "from_s": round(m.frame_times[run[0][0]], 3),
                             "to_s": round(m.frame_times[run[-1][0]] + 0.1, 3)},
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
               "law": LAW_BYSTANDER, "catch_all": True,
               "selector": {"path": m.recorder.path, "kind": "face", "from_s": 0.0, "to_s": None}}


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


def _texts() -> Iterator[dict[str, Any]]:
    for path, page in ((papers.TRR_PATH, 1), (papers.TRR_PATH, 2), (papers.INCIDENT_PATH, 1), (papers.CAPTION_PATH, None)):
        yield {"as": A, "decide": "redaction", "outcome": "hide", "subject": WITNESS, "reason": "private-contact",
               "law": LAW_PRIVATE, "selector": {"path": path, "kind": "text", "page": page}}
    yield {"as": A, "decide": "subject_terms", "subject": WITNESS, "reason": "private-contact", "law": LAW_PRIVATE,
           "replacement": "the witness",
           "terms": [WITNESS_NAME, *WITNESS_NAME.split(), WITNESS_DOB, "06/04/1987", "6/4/1987", "June 4, 1987", "June 4th, 1987",
                     "June 4th 1987", WITNESS_DOB_SPOKEN, WITNESS_PHONE, "5550142", "555 0142", WITNESS_PHONE_SPOKEN]}
    yield {"as": A, "decide": "subject_terms", "subject": "plate-1", "reason": "private-vehicle", "law": LAW_PRIVATE,
           "replacement": "[plate]", "terms": [PLATE, "7 KLM 419", "7KLM-419"]}


def _titles(made: Sequence[Made]) -> Iterator[dict[str, Any]]:
    for m in made:
        slug, title, device, sender = _TITLES[m.recorder.id]
        yield {"as": A, "decide": "title_exhibit", "path": m.recorder.path, "slug": slug, "title": title, "kind": "recording",
               "device": device, "from": sender}
    for path, slug, title, kind, sender in (
        (papers.TRR_PATH, "trr-tolland", "Tactical Response Report, Officer Tolland", "document", f"{CITY} Police Department"),
        (papers.INCIDENT_PATH, "incident-report", "Incident report", "document", f"{CITY} Police Department"),
        (papers.CAPTION_PATH, "phone-1-captions", "Captions of the telephone video", "document", "a witness"),
        (papers.PHOTO_PATH, "photo-window", "Photograph from an upstairs window", "photograph", "a witness"),
    ):
        yield {"as": A, "decide": "title_exhibit", "path": path, "slug": slug, "title": title, "kind": kind, "from": sender}


def _withheld(made: Sequence[Made]) -> Iterator[dict[str, Any]]:
    reasons = [
        (traps.DUPLICATE, "duplicate", "The same file as City camera 114, delivered a second time under another name."),
        (traps.TRUNCATED, "damaged", "The file breaks off and cannot be opened; a whole copy was asked for on March 20."),
        (traps.PLAYLIST, "not-a-recording", "A playlist that points elsewhere; it holds no picture or sound."),
        (traps.EMPTY, "empty", "The file holds no bytes; a copy was asked for on March 20."),
        (traps.ODD_NAME, "unrelated", "One second of noise under a misleading name."),
        (traps.MANIFEST, "internal", "The sender's own list of files."),
    ]
    reasons += [(m.recorder.path, "unrelated", "Not of this incident.") for m in made if not m.recorder.placed]
    for path, code, text in reasons:
        yield {"as": B, "decide": "withhold", "path": path, "reason": code, "text": text, "law": None}


def _expected() -> Iterator[dict[str, Any]]:
    for text, holder, state in (
        ("Body camera of the sergeant who arrived later", f"{CITY} Police Department", "asked for, not yet received"),
        ("City camera 118, Calder and 10th", "Office of Public Safety", "received as a playlist without content; asked for again"),
        ("Camera of 1410 Calder Street", "a resident", "received empty; asked for again"),
    ):
        yield {"as": A, "decide": "expected_item", "text": text, "from": holder, "state": state, "asked": "2026-03-20"}


def build(made: Sequence[Made], statements: dict[str, Any]) -> list[dict[str, Any]]:
    """All decisions in the order in which they were taken."""
    out: list[dict[str, Any]] = [_facts(), *_titles(made)]
    for m in made:
        if m.recorder.placed:
            out += [*_faces(m), *_plates(m), *_other_faces(m)]
    out += [*_words([m for m in made if m.recorder.placed]), *_texts()]
    out.append({"as": A, "decide": "shots", "count": [len(SHOTS), len(SHOTS)], "from_t": local_iso(SHOTS[0] - 0.2),
                "to_t": local_iso(SHOTS[-1] + 0.2), "moment": "m6",
                "reason": "Five shots counted by ear on body cameras 1 and 2, the shop camera and a 911 call; five casings recovered."})
    paths = {m.recorder.id: m.recorder.path for m in made}
    for recording, at, text, speaker in (
        ("bwc-1", 31.6, "You fit a description. Let me see your hands.", "Officer Joel Tolland"),
        ("bwc-1", 54.2, "Drop the gun!", "Officer Joel Tolland"), ("bwc-1", 58.7, "Drop the gun!", "Officer Joel Tolland"),
        ("bwc-1", 69.8, "Why did you shoot me?", "Marcus Vane"), ("bwc-1", 72.0, "You had a gun.", "Officer Joel Tolland"),
        ("bwc-1", 74.0, "I was throwing it away.", "Marcus Vane"),
    ):
        if recording in paths:
            out.append({"as": B, "decide": "transcript", "path": paths[recording], "t": local_iso(at), "text": text,
                        "speaker": speaker, "reason": "Listened to on three recordings."})
    out += [{"as": A, "decide": "moment", **m, "reason": "Seen and heard on the recordings named."} for m in statements["moments"]]
    out += [{"as": A, "decide": "statement", **s} for s in statements["statements"]]
    out += [{"as": A, "decide": "status", **e} for e in statements["status_events"]]
    out += [*_withheld(made), *_expected()]
    out += [{"as": who, "decide": "approve", "release": 1, "reason": "Watched and read in full."} for who in (A, B)]
    return out
