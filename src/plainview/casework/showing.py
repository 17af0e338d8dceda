# SPDX-License-Identifier: Apache-2.0
"""A case as a person or a script may ask to see it: lines for people, the same as data for scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plainview.casework import proving, review, viewing
from plainview.casework.standing import Desk, open_desk
from plainview.casework.workspace import Workspace
from plainview.errors import WrongUsage
from plainview.model import wire
from plainview.model.case import Case
from plainview.model.claim import LogEntry
from plainview.model.time import clock_text
from plainview.model.transcript import Utterance


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: ``data`` is JSON-ready."""

    data: Any
    lines: list[str]


def view(workspace: Workspace, case: Case, what: str, *, pictures: Path | None = None) -> View:
    """One of the views by name; ``WrongUsage`` names those there are. ``pictures``: where proofs are drawn."""
    if pictures is not None and what != "proofs":
        raise WrongUsage(f"there are no pictures of {what}: --pictures goes with proofs")
    if what == "proofs":
        return _proofs(workspace, case, pictures)
    if what == "custody":
        return _custody(workspace, case)
    if what == "seen":
        return _seen(workspace, case)
    if what not in VIEWS:
        known = ", ".join(sorted([*VIEWS, "custody", "proofs", "seen"]))
        raise WrongUsage(f"nothing called {what!r} to show (there is: {known})")
    return VIEWS[what](open_desk(workspace, case))


def _timeline(desk: Desk) -> View:
    timeline = desk.found.timeline
    if timeline is None:
        return View(None, ["the recordings have not been put on one clock yet (plainview analyse)"])
    names = {each.id: each.name for each in desk.exhibits}
    lines = []
    for each in sorted(timeline.alignments, key=lambda a: (a.offset, a.exhibit)):
        start = clock_text(each.offset, desk.case.at)
        lines.append(
            f"{each.exhibit}  starts {start} ± {each.uncertainty / 1000:.0f} ms  drift {each.drift_text}  {each.how}  "
            f"{names[each.exhibit]}"
        )
        if each.explanation:
            lines.append(f"         {each.explanation}")
    lines += [f"{exhibit}  not placed: {why}  {names[exhibit]}" for exhibit, why in timeline.unplaced]
    lines += _beep_lines(desk)
    beeps = {
        "recordings": wire.plain([desk.found.beeps[each] for each in sorted(desk.found.beeps)]),
        "between": wire.plain(desk.found.cameras) if desk.found.cameras else None,
    }
    edits = [trace for each in sorted(desk.found.edits) for trace in desk.found.edits[each]]
    lines += [f"{trace.exhibit}  question: {trace.question}" for trace in edits]
    return View(wire.plain(timeline) | {"beeps": beeps, "edits": wire.plain(edits)}, lines)


def _beep_lines(desk: Desk) -> list[str]:
    """What a camera's own beeps tell of it, what beeps tie together, and what they ask."""
    lines = []
    for exhibit, finding in sorted(desk.found.beeps.items()):
        own = finding.own
        if own is not None and own.drift_ppm is not None:
            lines.append(
                f"{exhibit}  own beeps: {len(own.beeps)}, clock off by {own.drift_ppm:+.1f} ± "
                f"{own.drift_uncertainty_ppm or 0:.1f} ppm ({own.why})"
            )
        if finding.activation is not None:
            at, bar = finding.activation.at / 1e6, finding.activation.uncertainty / 1000
            lines.append(f"{exhibit}  switched on {at:.3f} s into the file ± {bar:.0f} ms: {finding.activation.how}")
        lines += [f"{exhibit}  question: {said}" for _, said in finding.odd]
    ties = desk.found.cameras
    if ties is not None:
        lines += [f"{a.heard_on}  hears {a.camera}'s beep at {a.b_at / 1e6:.2f} s: {a.why}" for a in ties.anchors]
        lines += [f"question: {each.question}" for each in ties.unseen]
    return lines


def _moments(desk: Desk) -> View:
    moments = sorted(desk.state.moments.values(), key=lambda m: (m.start, m.id))
    lines = [f"{m.id}  {clock_text(m.start, desk.case.at)}  {m.kind}: {m.title}" for m in moments]
    shots = desk.found.shots
    if shots is not None:
        lines.append(f"machine: {shots.low} to {shots.high} shots ({shots.reason})")
        lines += [
            f"  shot {clock_text(e.at, desk.case.at)} ± {e.uncertainty / 1000:.0f} ms, heard on {', '.join(e.heard_on)}"
            for e in shots.events
        ]
    return View({"confirmed": wire.plain(moments), "shots": wire.plain(shots) if shots else None}, lines)


def _transcript(desk: Desk) -> View:
    fused = desk.found.fused
    if fused is None:
        return View(None, ["nothing has been transcribed yet (plainview analyse)"])
    letters = desk.found.voices.letters if desk.found.voices else None
    lines = [
        f"{clock_text(u.start, desk.case.at)}  [{u.confidence:.2f}, {len(u.heard_on)} recordings] "
        f"{_voice(u, letters)}{_doubts(u)}"
        for u in fused.utterances
    ]
    return View({**wire.plain(fused), "voices": letters}, lines)


def _voice(said: Utterance, letters: Mapping[str, str] | None) -> str:
    """Whose voice, as a letter; nothing where that is not known."""
    return f"Voice {letters[said.id]}: " if letters and said.id in letters else ""


def _doubts(said: Utterance) -> str:
    """The words; a disputed one with what others heard in its place: ``bang|men|bank``."""
    return " ".join("|".join((word.text, *word.others)) if word.disputed else word.text for word in said.words)


def _redactions(desk: Desk) -> View:
    state = desk.state
    rows = []
    for each in desk.proposals():
        outcome, ground = state.outcomes.get(each.id, (None, None))
        decided = "undecided" if outcome is None else str(outcome)
        reason = ground.reason if ground else ""
        rows.append(
            {
                "id": each.id,
                "exhibit": each.exhibit,
                "kind": each.kind,
                "what": each.what,
                "decided": decided,
                "reason": reason,
            }
        )
    lines = [f"{row['decided']:<9}  {row['id']}  {row['what']}" for row in rows]
    return View(rows, lines)


def _statements(desk: Desk) -> View:
    statements = sorted(desk.state.statements.values(), key=lambda s: (s.date, s.id))
    lines = []
    for each in statements:
        lines.append(f"{each.id}  {each.date.isoformat()}  {each.party} ({each.capacity}): “{each.quote}”")
        for assertion in each.assertions:
            ties = ", ".join(f"{c.relation} {c.moment or c.document}" for c in assertion.citations)
            lines.append(f"    {assertion.id}: {assertion.text}  [{ties}]")
    return View(wire.plain(statements), lines)


def _status(desk: Desk) -> View:
    waiting = review.waiting(desk)
    counts: dict[str, int] = {}
    for exhibit in desk.exhibits:
        counts[str(exhibit.kind)] = counts.get(str(exhibit.kind), 0) + 1
    data = {
        "case": wire.plain(desk.case),
        "exhibits": counts,
        "undecided": [{"kind": item.kind, "what": item.what} for item in waiting],
        "failed": [{"step": row.step, "exhibit": row.exhibit, "reason": row.reason} for row in desk.found.failed],
        "events": wire.plain(sorted(desk.state.status.values(), key=lambda s: (s.date, s.id))),
    }
    lines = [f"case {desk.case.id}: {desk.case.title}", ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))]
    lines += [f"{each.id}  {each.kind}  {each.name}  {each.problem}".rstrip() for each in desk.exhibits]
    lines += [f"failed: {row.step} on {row.exhibit or 'the case'}: {row.reason}" for row in desk.found.failed]
    lines += [f"{len(waiting)} things are undecided"] + [f"  {item.kind}: {item.what}" for item in waiting]
    return View(data, lines)


def _custody(workspace: Workspace, case: Case) -> View:
    rows: list[Mapping[str, Any]] = [json.loads(entry.body) for entry in workspace.ledger.entries(case.id)]
    lines = [
        f"{row['seq']:>5}  {row['time']}  {row['type'].rsplit('/', 1)[-1].rsplit(':', 1)[-1]:<22} "
        f"{row['subject']:<12} {row['outcome']:<8} {row['agent']}  {row['detail']}"
        for row in rows
    ]
    return View(rows, lines)


def _proofs(workspace: Workspace, case: Case, pictures: Path | None) -> View:
    """By what every finding in sound is known; with ``pictures``, one drawn for each."""
    desk = open_desk(workspace, case)
    drawn = proving.draw(workspace, desk, pictures) if pictures is not None else {}
    known = {each.id: each for each in desk.exhibits}
    rows, lines = [], []
    for proof in proving.proofs(desk):
        picture = str(drawn[proof.name]) if proof.name in drawn else None
        rows.append(proving.described(proof, known) | {"picture": picture})
        score = "" if proof.basis.score is None else f", score {proof.basis.score:g}"
        where = ", ".join(f"{exhibit} at {at / 1e6:.3f} s" for exhibit, at in proof.places)
        lines.append(f"{proof.name}  {proof.what}  [{where}; {proof.basis.method}{score}]  {picture or ''}".rstrip())
    return View(rows, lines or ["nothing was found in sound yet (plainview analyse)"])


def _seen(workspace: Workspace, case: Case) -> View:
    """Who saw which unredacted original."""
    looks = viewing.seen(workspace, case)
    lines = [f"{each.at}  {each.exhibit}  {each.person} ({each.role})  {each.why}" for each in looks]
    return View(wire.plain(looks), lines or ["nobody has been shown an original"])


def _claims(desk: Desk) -> View:
    """What lists, names and export boxes say of recordings, and the dispatch log as moments somebody may confirm."""
    found = desk.found.claims
    lines = []
    for each in found.claims:
        when = f"  began {each.started.isoformat()} ± {each.uncertainty / 1e6:g} s" if each.started else ""
        what = ", ".join(filter(None, (str(each.source or ""), each.device, each.serial)))
        lines.append(f"{each.exhibit or 'not held'}  {each.by}, {each.where}: {what or each.name}{when}")
    moments = [_logged(desk, number, each) for number, each in enumerate(found.log, 1)]
    for line, entry in zip(moments, found.log, strict=True):
        lines.append(f"{line['t']}  {entry.exhibit}, row {entry.row}: {line['title']}")
    lines += [f"question: {exhibit}: {said}" for exhibit, said in found.problems]
    said = lines or ["nothing that came with the recordings claims anything (plainview analyse reads it)"]
    return View(wire.plain(found) | {"moments": moments}, said)


def _logged(desk: Desk, number: int, entry: LogEntry) -> dict[str, Any]:
    """A decision line for one entry of a log: a person fills in, confirms or leaves it."""
    local = entry.at if entry.at.tzinfo is None else entry.at.astimezone(desk.case.at.tzinfo).replace(tzinfo=None)
    said = " ".join(filter(None, (entry.unit, entry.text)))
    return {
        "decide": "moment",
        "id": f"log-{entry.exhibit.casefold()}-{number}",
        "kind": "dispatch",
        "t": local.isoformat(),
        "uncertainty_s": entry.uncertainty / 1e6,
        "title": said,
        "text": f"The dispatch log ({entry.exhibit}, row {entry.row}) has: {said}",
    }


VIEWS: dict[str, Callable[[Desk], View]] = {
    "claims": _claims,
    "timeline": _timeline,
    "moments": _moments,
    "transcript": _transcript,
    "redactions": _redactions,
    "statements": _statements,
    "status": _status,
}
