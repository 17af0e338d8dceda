# SPDX-License-Identifier: Apache-2.0
"""What five invented parties said, the moments of the incident, and how the case has developed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from plainview.simulator import papers
from plainview.simulator.film import Made
from plainview.simulator.screenplay import CITY, EPOCH, LINES, LOCAL_OFFSET_HOURS, SHOTS
from plainview.simulator.speech import voices
from plainview.simulator.truth import heard_where, media_time

_SEEN: dict[str, tuple[str, ...]] = {
    "m1": ("dash", "bwc-1"), "m2": ("bwc-1",), "m3": ("dash", "bwc-1", "phone", "doorbell", "street"),
    "m4": ("bwc-1", "street", "shop"), "m5": ("bwc-1", "street", "shop"), "m6": ("bwc-1", "bwc-2", "street", "shop", "phone"),
    "m7": ("bwc-2", "street", "shop"), "m8": ("bwc-1", "bwc-2"), "m9": ("bwc-1", "bwc-2"), "m10": ("bwc-2", "bwc-1"),
    "m11": ("bwc-3",), "m12": (),
}


def local_iso(at: float) -> str:
    """A common-clock time as local ISO time with milliseconds and zone."""
    local = EPOCH + timedelta(hours=LOCAL_OFFSET_HOURS, seconds=at)
    return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{local.microsecond // 1000:03d}-05:00"


def _of(line_id: str) -> tuple[float, float]:
    line = next(x for x in LINES if x.id == line_id)
    return line.at, line.at + len(voices()[line_id].samples) / 16_000


def _moments(made: Sequence[Made]) -> list[dict[str, Any]]:
    spec: list[tuple[str, str, tuple[float, float], list[str], str, str, str]] = [
        ("m1", "stop", _of("s01"), ["s01"], "The stop", "Officer Tolland speaks to the driver of a gray sedan on Calder Street.", ""),
        ("m2", "stop", _of("s03"), ["s03"], "“You fit a description”",
         "Asked why he was stopped, Marcus Vane is told: “You fit a description. Let me see your hands.”", ""),
        ("m3", "chase", (44.6, 54.0), ["s07", "s08"], "He runs", "Marcus Vane gets out with his hands up, then runs east. Two officers follow.", ""),
        ("m4", "command", _of("s09"), ["s09"], "“Drop the gun”, first", "Officer Tolland calls out: “Drop the gun!”", ""),
        ("m5", "command", _of("s11"), ["s11"], "“Drop the gun”, second",
         "After “I don’t have anything!”, Officer Tolland calls out again: “Drop the gun!”", ""),
        ("m6", "shots", (SHOTS[0], SHOTS[-1]), [f"shot-{n + 1}" for n in range(5)], "Five shots",
         "Five shots are heard within two and a half seconds.", "shooting"),
        ("m7", "fall", (61.9, 63.4), [], "He falls", "Marcus Vane falls beside the fence of the north lot.", "injury"),
        ("m8", "question", _of("s12"), ["s12"], "“Why did you shoot me?”", "Lying on the ground, Marcus Vane asks: “Why did you shoot me?”", "injury"),
        ("m9", "question", _of("s13"), ["s13"], "“You had a gun”", "Officer Tolland answers: “You had a gun.” Marcus Vane says: “I was throwing it away.”", "injury"),
        ("m10", "aid", _of("s15"), ["s15"], "First aid begins", "Officer Imbert kneels beside him and begins first aid.", "injury"),
        ("m11", "firearm", (86.4, 104.0), ["s17"], "A firearm by the fence",
         "A pistol lies on the ground at the fence, about ten feet from him.", ""),
        ("m12", "call", _of("d09"), ["d09"], "“I heard five shots”", "A caller to 911 says: “I heard five shots. Five. One after the other.”", ""),
    ]
    out = []
    by_id = {m.recorder.id: m for m in made}
    for name, kind, (start, end), events, title, text, graphic in spec:
        heard: list[str] = []
        for event in events:
            begin = SHOTS[int(event[5:]) - 1] if event.startswith("shot-") else _of(event)[0]
            heard += [p["path"] for p in heard_where(made, event, begin, 0.3) if p["path"] not in heard]
        seen = [by_id[i].recorder.path for i in _SEEN[name]
                if i in by_id and 0 <= media_time(by_id[i], start) <= by_id[i].recorder.duration]
        if heard or seen:
            out.append({"id": name, "t": local_iso(start), "end": local_iso(end), "kind": kind, "title": title, "text": text,
                        "seen_on": seen, "heard_on": heard, "graphic": graphic})
    return out


def _cite(relation: str, note: str, *, moment: str | None = None, path: str | None = None, page: int | None = None,
          limits: str | None = None) -> dict[str, Any]:
    out: dict[str, Any] = {"relation": relation, "note": note}
    for key, value in (("moment", moment), ("exhibit_path", path), ("page", page), ("limits", limits)):
        if value is not None:
            out[key] = value
    return out


_HIDDEN_HANDS = (
    "Between 9:41:00 and 9:41:03 p.m. no recording shows his hands clearly: body camera 1 is shaken by running and its "
    "wearer's own hands cover the middle of the picture; the street and shop cameras are more than twenty metres away.")


def _statements() -> list[dict[str, Any]]:
    trr = papers.TRR_PATH
    return [
        {"id": "s1", "party": f"{CITY} Police Department", "capacity": "department", "speaker": "Cmdr. Alice Renner",
         "date": "2026-03-15", "source": "press statement",
         "quote": "Officers stopped the vehicle for a traffic violation. The subject fled and pointed a firearm at an officer, "
                  "who fired four times.",
         "assertions": [
             {"id": "s1a1", "about": "Why he was stopped", "text": "The car was stopped for a traffic violation.", "citations": [
                 _cite("contradicts", "Asked why, the officer says: “You fit a description.”", moment="m2"),
                 _cite("contradicts", "The report gives “Investigatory stop” as the reason.", path=trr, page=1)]},
             {"id": "s1a2", "about": "Whether he pointed a firearm", "text": "He pointed a firearm at an officer.", "citations": [
                 _cite("undetermined", "He turns towards the officer just before the first shot.", moment="m6", limits=_HIDDEN_HANDS)]},
             {"id": "s1a3", "about": "How many shots were fired", "text": "The officer fired four times.", "citations": [
                 _cite("contradicts", "Five shots are heard, on several recordings.", moment="m6")]}],
         "answer": {"date": "2026-03-21", "text": "The Department has corrected its statement of March 15: five rounds were fired."}},
        {"id": "s2", "party": "Officer Joel Tolland", "capacity": "officer", "speaker": "Officer Joel Tolland",
         "date": "2026-03-15", "source": "Tactical Response Report",
         "quote": "R/O ordered the subject to drop the gun. The subject did not comply. In fear for his life R/O discharged his "
                  "firearm four (4) times.",
         "assertions": [
             {"id": "s2a1", "about": "Why he was stopped", "text": "It was an investigatory stop.", "citations": [
                 _cite("supports", "“You fit a description.”", moment="m2"),
                 _cite("supports", "Box “Reason for contact”.", path=trr, page=1)]},
             {"id": "s2a2", "about": "Whether he was ordered to drop the gun", "text": "He was ordered to drop the gun.", "citations": [
                 _cite("supports", "First “Drop the gun!”, about seven seconds before the shots.", moment="m4"),
                 _cite("supports", "Second “Drop the gun!”, about two seconds before the shots.", moment="m5")]},
             {"id": "s2a3", "about": "How many shots were fired", "text": "The officer fired four times.", "citations": [
                 _cite("contradicts", "Five shots are heard.", moment="m6"),
                 _cite("contradicts", "Five casings were recovered.", path=papers.INCIDENT_PATH, page=1)]},
             {"id": "s2a4", "about": "Whether he pointed a firearm", "text": "He turned and pointed the handgun.", "citations": [
                 _cite("undetermined", "He can be seen to turn.", moment="m6", limits=_HIDDEN_HANDS)]}],
         "answer": None},
        {"id": "s3", "party": "The family of Marcus Vane", "capacity": "family's lawyers", "speaker": "Noor Haddad, attorney",
         "date": "2026-03-18", "source": "news conference",
         "quote": "He had his hands up. He was running away, he never pointed anything at anyone, and he was shot at five times.",
         "assertions": [
             {"id": "s3a1", "text": "He had his hands up.", "citations": [
                 _cite("supports", "Beside the car his hands are raised, before he runs.", moment="m3",
                       limits="What his hands do at the fence cannot be seen.")]},
             {"id": "s3a2", "about": "Whether he pointed a firearm", "text": "He never pointed anything.", "citations": [
                 _cite("undetermined", "His hands cannot be seen at that instant.", moment="m6", limits=_HIDDEN_HANDS)]},
             {"id": "s3a3", "about": "How many shots were fired", "text": "Five shots were fired.", "citations": [
                 _cite("supports", "Five shots are heard.", moment="m6"), _cite("supports", "A caller says five.", moment="m12")]},
             {"id": "s3a4", "about": "Whether there was a gun", "text": "There was no gun.", "citations": [
                 _cite("contradicts", "A pistol lies by the fence.", moment="m11"),
                 _cite("contradicts", "He says: “I was throwing it away.”", moment="m9")]}],
         "answer": None},
        {"id": "s4", "party": f"{CITY} Police Lodge 12", "capacity": "union", "speaker": "Frank Dorsey, president",
         "date": "2026-03-16", "source": "written statement",
         "quote": "Our officer twice ordered an armed man to drop the gun, and gave him first aid within seconds.",
         "assertions": [
             {"id": "s4a1", "about": "Whether he was ordered to drop the gun", "text": "The order was given twice.", "citations": [
                 _cite("supports", "First time.", moment="m4"), _cite("supports", "Second time.", moment="m5")]},
             {"id": "s4a2", "text": "The officer who fired gave first aid within seconds.", "citations": [
                 _cite("contradicts", "Officer Imbert, who did not fire, begins aid about fourteen seconds after the last shot.",
                       moment="m10")]}],
         "answer": None},
        {"id": "s5", "party": "Mayor's Office", "capacity": "mayor", "speaker": "Mayor Ines Calloway",
         "date": "2026-03-17", "source": "press release",
         "quote": "A weapon was recovered at the scene. Every recording will be released within sixty days.",
         "assertions": [
             {"id": "s5a1", "about": "Whether there was a gun", "text": "A weapon was recovered at the scene.", "citations": [
                 _cite("supports", "A pistol lies by the fence.", moment="m11"),
                 _cite("supports", "The incident report lists a pistol.", path=papers.INCIDENT_PATH, page=1)]},
             {"id": "s5a2", "text": "Every recording will be released within sixty days.", "citations": []}],
         "answer": None},
    ]


def _status() -> list[dict[str, Any]]:
    office, department = f"{CITY} Office of Police Review", f"{CITY} Police Department"
    return [
        {"id": "e1", "date": "2026-03-14", "body": office, "about": "the case", "kind": "investigation",
         "text": "The Office opens an investigation and asks all agencies to keep their recordings."},
        {"id": "e2", "date": "2026-03-15", "body": department, "about": "Officer Joel Tolland", "kind": "leave",
         "text": "Officer Tolland is placed on thirty days' administrative leave."},
        {"id": "e3", "date": "2026-03-24", "body": office, "about": "Officer Joel Tolland", "kind": "recommendation", "to": f"{CITY} Police Department",
         "text": "The Office recommends that the superintendent relieve Officer Tolland of police powers."},
        {"id": "e4", "date": "2026-04-23", "body": department, "about": "Officer Joel Tolland", "kind": "answer_due",
         "text": "The superintendent's answer to the recommendation is due. No answer has been received yet."},
    ]


def build(made: Sequence[Made]) -> dict[str, Any]:
    """The statements document of the delivery."""
    moments = _moments(made)
    known = {m["id"] for m in moments}
    statements = _statements()
    for statement in statements:
        for assertion in statement["assertions"]:
            assertion["citations"] = [c for c in assertion["citations"] if c.get("moment") in known | {None}]
    return {"schema": "SimulatedStatements.1", "invented": "People, places and events are invented.",
            "statements": statements, "status_events": _status(), "moments": moments}
