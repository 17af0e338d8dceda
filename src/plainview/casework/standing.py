# SPDX-License-Identifier: Apache-2.0
"""How a case stands: its exhibits, findings, decisions and rules as one value, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from plainview.casework import findings as finding_rows
from plainview.casework.findings import Findings
from plainview.casework.rulebook import packs
from plainview.casework.workspace import Workspace
from plainview.model.case import Case, Exhibit, Kind, Source
from plainview.model.clock import Extension, History, Pack, Rung
from plainview.model.decision import (
    CaseState,
    Decision,
    TitleExhibit,
    parse_body,
    resolve,
)
from plainview.model.redaction import Proposal
from plainview.model.rows import DecisionRow


@dataclass(slots=True)
class Desk:
    """All that is needed to read and take decisions about one case."""

    case: Case
    exhibits: list[Exhibit]
    found: Findings
    rows: list[DecisionRow]
    pack: Pack | None = None
    """The rules that set the case's dates; None for an office under none."""
    released: date | None = None
    """Day of the first publication, in the case's zone."""
    _states: dict[int, CaseState] = field(default_factory=dict)
    _proposals: dict[int, list[Proposal]] = field(default_factory=dict)
    """By how many decisions there are: rows are only ever added."""

    @property
    def state(self) -> CaseState:
        count = len(self.rows)
        if count not in self._states:
            self._states[count] = resolve(decisions(self.rows))
        return self._states[count]

    def proposals(self) -> list[Proposal]:
        count = len(self.rows)
        if count not in self._proposals:
            terms = [term for each in self.state.terms for term in each.terms]
            self._proposals[count] = finding_rows.proposals(self.found, self.exhibits, terms=terms)
        return self._proposals[count]


def decisions(rows: Iterable[DecisionRow]) -> list[Decision]:
    """Ledger rows as decisions."""
    return [Decision(row.seq, parse_body(row.kind, row.body), row.agent, row.at) for row in rows]


def open_desk(workspace: Workspace, case: Case, *, found: Findings | None = None) -> Desk:
    """Read a case for review; ``found`` are its findings where somebody has them at hand."""
    machine = found if found is not None else finding_rows.load(workspace, case)
    rows = workspace.ledger.decisions(case.id)
    placements = resolve(decisions(rows)).placements
    return Desk(
        case,
        workspace.ledger.exhibits(case.id),
        finding_rows.with_placements(machine, placements),
        rows,
        packs(workspace.root).get(case.rules),
        _first_published(workspace, case),
    )


def _first_published(workspace: Workspace, case: Case) -> date | None:
    rows = [row for row in workspace.ledger.releases(case.id) if row.state in {"published", "withdrawn"}]
    return min((row.released_at.astimezone(case.at.tzinfo).date() for row in rows), default=None)


def history(desk: Desk) -> History:
    """What has happened in a case, as far as dates depend on it."""
    state, zone = desk.state, desk.case.at.tzinfo
    held: dict[str, date] = {}
    for keeping in desk.pack.keeping if desk.pack else ():
        holding = [each for each in desk.exhibits if source_of(state, each) in keeping.held_as]
        days = [each.received_at.astimezone(zone).date() for each in holding]
        if days:
            held[keeping.source] = min(days)
    return History(
        incident=desk.case.at.date(),
        events={each.event: each.on for each in state.dates.values()},
        extensions=tuple(Extension(e.requested_by, e.requested_on, e.reason, e.days) for e in state.extensions),
        rungs=tuple(Rung(e.id, e.kind, e.date, e.about, e.text, e.open) for e in state.status.values()),
        released=desk.released,
        demanded={each.source: each.on for each in state.demands.values()},
        held=held,
    )


def source_of(state: CaseState, exhibit: Exhibit) -> Source | None:
    """What recorded an exhibit: its title says, else its delivered name suggests; None for a paper."""
    if exhibit.kind is not Kind.RECORDING:
        return None
    title = state.titles.get(exhibit.id)
    return title.source if title else likely_source(exhibit)


def open_titles(workspace: Workspace, case: Case) -> dict[str, TitleExhibit]:
    """The titles people have given so far, by exhibit."""
    return resolve(decisions(workspace.ledger.decisions(case.id))).titles


def likely_source(exhibit: Exhibit) -> Source:
    """What kind of recorder a delivered name suggests; a person's title stands in front of it."""
    name = exhibit.name.casefold()
    clues = {
        Source.BODY_CAMERA: ("axon_body", "bwc", "body"),
        Source.DASH_CAMERA: ("dash", "incar", "in-car"),
        Source.CALL: ("911", "cad_"),
        Source.RADIO: ("radio", "dispatch"),
        Source.DOORBELL: ("doorbell", "ring"),
        Source.STREET_CAMERA: ("pod", "street", "cctv"),
        Source.PHONE: ("img_", "phone", "vid_"),
    }
    return next((source for source, words in clues.items() if any(word in name for word in words)), Source.OTHER)


def channels(workspace: Workspace, case: Case, exhibits: Sequence[Exhibit]) -> dict[str, str]:
    """Which exhibits are a ``telephone`` call or a ``radio`` themselves: they hold other voices than the place does."""
    titles = open_titles(workspace, case)
    sources = {each.id: titles[each.id].source if each.id in titles else likely_source(each) for each in exhibits}
    kinds = {Source.CALL: "telephone", Source.RADIO: "radio"}
    return {exhibit: kinds[source] for exhibit, source in sources.items() if source in kinds}


def exhibit_named(exhibits: Sequence[Exhibit], wanted: str) -> Exhibit:
    """One exhibit by id, delivered path, base name or digest; of a second delivery, the first one."""
    by_id = [each for each in exhibits if each.id == wanted]
    exact = quote(wanted, safe="/ ")
    by_name = [
        each
        for each in exhibits
        if wanted in {each.name, each.extra.get("path")} or exact == each.extra.get("delivered")
    ]
    by_tail = [each for each in exhibits if wanted and each.name.rsplit("/", 1)[-1] == wanted.rsplit("/", 1)[-1]]
    by_digest = [each for each in exhibits if len(wanted) >= 8 and each.sha256.startswith(wanted)]
    found = next((each[0] for each in (by_id, by_name, by_tail, by_digest) if each), None)
    if found is not None:
        return next((each for each in exhibits if each.id == found.duplicate_of), found)
    raise ValueError(f"no exhibit {wanted!r}")
