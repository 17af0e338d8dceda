# SPDX-License-Identifier: Apache-2.0
"""Expected against held, for one case: clues from radio, calls, logs, beeps and rules beside what was asked for.

A clue is answered by a decision line ``tracked_item`` with its ``clue``; until then it is an open question and is not
published. What was asked for and is not there is published with every version.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from plainview.casework.standing import Desk, history
from plainview.model.case import Kind
from plainview.model.claim import LogEntry
from plainview.model.holding import Clue, Standing, Unit, matrix, sentence, unit_clues, units

HEADER = ("item", "state", "holder", "asked", "due", "exhibit", "why")


def clues(desk: Desk) -> tuple[Clue, ...]:
    """Everything that says that a recording should exist which is not held."""
    recordings = [each for each in desk.exhibits if each.kind is Kind.RECORDING]
    titles = [desk.state.titles.get(each.id) for each in recordings]
    held = [each.name for each in recordings] + [f"{each.title} {each.device}" for each in titles if each]
    named = (_with_times(each, desk.found.claims.log) for each in unit_clues(_units(desk), held))
    return (*_listed(desk), *named, *_unseen(desk), *_kept_by_rule(desk))


def standings(desk: Desk, *, today: date) -> tuple[Standing, ...]:
    """The matrix, questions first."""
    shown = [each for each in desk.exhibits if each.duplicate_of is None]
    names = {each.id: each.name for each in shown if each.kind in {Kind.RECORDING, Kind.UNREADABLE}}
    broken = {each.id: each.problem for each in shown if each.kind is Kind.UNREADABLE}
    return matrix(desk.state.tracked, clues(desk), names, broken, today=today)


def gaps(desk: Desk, *, today: date) -> list[tuple[str, str]]:
    """(item, sentence) of all that was asked for and is not there: fit to be published."""
    tracked = set(desk.state.tracked)
    rows = standings(desk, today=today)
    return [(row.name, sentence(row)) for row in rows if row.missing and row.name in tracked]


def table(rows: tuple[Standing, ...]) -> str:
    """The matrix as CSV; a cell that a spreadsheet would take for a formula is made text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        cells = (row.name, row.state, row.holder, row.asked or "", row.due or "", row.exhibit, row.why)
        writer.writerow([f"'{text}" if (text := str(cell))[:1] in "=+-@" and text else text for cell in cells])
    return out.getvalue()


def _units(desk: Desk) -> Iterator[Unit]:
    """Units named in the radio and in calls, and in papers."""
    for said in desk.found.fused.utterances if desk.found.fused else ():
        if said.channel:
            yield from units(said.text, where=said.heard_on[0] if said.heard_on else "")
    for exhibit, pages in sorted(desk.found.pages.items()):
        for page in pages:
            yield from units(page.text, where=exhibit)
    for entry in desk.found.claims.log:
        yield from units(f"unit {entry.unit}", where=entry.exhibit)


def _listed(desk: Desk) -> Iterator[Clue]:
    """Files that an export list names and that were not delivered."""
    for each in desk.found.claims.missing:
        began = f", recorded {each.started:%Y-%m-%d %H:%M:%S}" if each.started else ""
        why = f"{each.where} of {each.by} lists it{began}, and it was not delivered"
        yield Clue(f"list {each.by} {each.name}", each.name, why, (each.by,))


def _with_times(clue: Clue, log: tuple[LogEntry, ...]) -> Clue:
    """A unit's clue with the times between which a dispatch log has it at work."""
    at = sorted(e.at.strftime("%H:%M:%S") for e in log if f"unit {_number(e.unit)}" == clue.key)
    return replace(clue, why=f"{clue.why}; the log has it from {at[0]} to {at[-1]}") if at else clue


def _number(unit: str) -> str:
    found = units(f"unit {unit}", where="")
    return found[0].number if found else ""


def _unseen(desk: Desk) -> Iterator[Clue]:
    """Body cameras that beep on other recordings and were not delivered."""
    for number, camera in enumerate(desk.found.cameras.unseen if desk.found.cameras else (), 1):
        heard = tuple(sorted({exhibit for exhibit, _ in camera.heard}))
        tone = f"{camera.signature.hertz:.0f} Hz"
        yield Clue(f"beep {tone} {' '.join(heard)}", f"Body camera {number} that is only heard", camera.question, heard)


def _kept_by_rule(desk: Desk) -> Iterator[Clue]:
    """Kinds of record that the case's rules know a holder of, and of which nothing is held."""
    if desk.pack is None:
        return
    held = history(desk).held
    for keeping in desk.pack.keeping:
        if keeping.held_as and keeping.source not in held:
            why = f"{keeping.holder} keeps such records for {keeping.days} days, and none is held"
            yield Clue(f"rule {keeping.source}", keeping.source[:1].upper() + keeping.source[1:], why)
