# SPDX-License-Identifier: Apache-2.0
"""The two runs over a case: examine what is new, and build a release. Safe to kill and run again.

``analyse``: per recording (speech, shots, beeps, traces of editing, faces, burned-in clock) and per paper
(text), then over the case (one clock, one transcript, one count, which cameras heard each other). ``release``: refuse
what is undecided, render what the plan touches, freeze the value, build the pages, list the bytes,
attack them, ask for approvals, seal and publish.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from plainview import audit
from plainview.casework import embargo, publishing, releasing, standing
from plainview.casework import findings as finding_rows
from plainview.casework.findings import readable
from plainview.casework.intake import COMMITMENT
from plainview.casework.planning import plan_case
from plainview.casework.workspace import SOFTWARE, Workspace
from plainview.errors import AnswerIsNo, StepFailed, WrongUsage
from plainview.media import detectors
from plainview.media.clocks import container_clock, file_name_clock
from plainview.media.rendered import ConcealedPaper, Rendered
from plainview.model import wire
from plainview.model.audit import AuditPlan, AuditReport
from plainview.model.case import Agent, Case, Exhibit, Kind, Source
from plainview.model.decision import resolve
from plainview.model.finding import StepStatus
from plainview.model.guest import Guest
from plainview.model.placement import PlaceRecording
from plainview.model.redaction import CasePlan
from plainview.model.release import Release
from plainview.model.rows import FindingRow
from plainview.model.time import SECOND, MediaTime
from plainview.model.timeline import ClockReading
from plainview.pipeline.engine import Engine, Progress
from plainview.pipeline.steps import STEPS, versions
from plainview.pipeline.tasks import Outcome, Task, WorkStore, task

PROGRAM = Agent(SOFTWARE, "program", program=True)
MP4 = frozenset({"video/mp4", "video/quicktime"})
EXPORT_LIST = "export list"
"""Source of a clock reading: what came with a recording says when it began."""

SPEECH_MODEL = "base"
"""The recogniser used unless the office sets another (``--model``)."""

_SECONDS = {"writing": 0.5, "persons": 0.36, "faces": 0.25, "render": 0.2, "speech": 0.08, "clock": 0.03, "beeps": 0.01}
"""CPU seconds for a recorded second of small pictures; that one step takes more than another is all that counts."""

Say = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """What both runs need: the office, the case, the engine, the clock's reading and somebody to tell."""

    workspace: Workspace
    case: Case
    engine: Engine
    now: datetime
    progress: Progress
    say: Say
    model: str = SPEECH_MODEL

    def forget_failures(self) -> None:
        """Have failed steps tried again."""
        WorkStore(self.workspace.work, self.workspace.shared).forget_failures()

    def original(self, exhibit: Exhibit) -> Path:
        """Where a step reads the sealed bytes of an exhibit; the host that does it brings them if need be."""
        return self.workspace.vault.place(exhibit)


def analyse(run: Run, *, only: Iterable[str] = ()) -> list[Outcome]:
    """Examine everything that is new; failures are stored and told, and the rest goes on."""
    wanted = set(only) or set(finding_rows.FINDING_STEPS) - finding_rows.ASKED_FOR
    exhibits = readable(run.workspace.ledger.exhibits(run.case.id))
    first = [each for exhibit in exhibits for each in _exhibit_tasks(run, exhibit, wanted)]
    outcomes = _do(run, first)
    found = {(o.task.step, o.task.exhibit): o for o in outcomes if o.result is not None}
    if "claims" in wanted:
        outcomes += _do(run, _claims_tasks(run, exhibits))
    if wanted & {"sync", "fusion", "count", "cameras"}:
        outcomes += _case_steps(run, exhibits, found)
    if "voices" in wanted:
        outcomes += _do(run, _voices_tasks(run, exhibits))
    return outcomes


def _do(run: Run, tasks: Sequence[Task]) -> list[Outcome]:
    outcomes = run.engine.run(tasks, progress=run.progress)
    steps = sorted({each.step for each in tasks} & set(finding_rows.FINDING_STEPS))
    rows = [_row(run, outcome) for outcome in outcomes if outcome.task.step in steps]
    finding_rows.record(run.workspace, run.case, rows, at=run.now, acting=PROGRAM, software=versions(steps))
    return outcomes


def _row(run: Run, outcome: Outcome) -> FindingRow:
    path = str(outcome.result.relative_to(run.workspace.work)) if outcome.result else ""
    digest = hashlib.sha256(outcome.result.read_bytes()).hexdigest() if outcome.result else ""
    status = StepStatus.DONE if outcome.result else StepStatus.FAILED
    each = outcome.task
    return FindingRow(run.case.id, each.step, each.exhibit, each.key, status, outcome.reason, digest, path, run.now)


def _exhibit_tasks(run: Run, exhibit: Exhibit, wanted: set[str]) -> list[Task]:
    path = str(run.original(exhibit))
    papers = {Kind.DOCUMENT: "pages", Kind.PHOTOGRAPH: "signs"}
    if exhibit.kind in papers:
        name = papers[exhibit.kind]
        return [_step(run, name, exhibit, {"name": exhibit.name}, path, with_exhibit=False)] if name in wanted else []
    if exhibit.kind is not Kind.RECORDING or exhibit.probe is None:
        return []
    tasks = []
    if exhibit.probe.audio is not None:
        telephone = exhibit.probe.audio.rate <= 8000
        tasks.append(_step(run, "speech", exhibit, {"model": run.model, "telephone": telephone}, path))
        tasks.append(_step(run, "shots", exhibit, {}, path))
        tasks.append(_step(run, "beeps", exhibit, {}, path))
        tasks.append(_step(run, "edits", exhibit, {}, path))
    if exhibit.probe.video is not None:
        tasks.append(_detecting(run, "faces", exhibit, path))
        tasks.append(_step(run, "clock", exhibit, {}, path))
        tasks.append(_step(run, "writing", exhibit, {}, path))
        tasks.append(_detecting(run, "persons", exhibit, path))
    return [each for each in tasks if each.step in wanted]


def _detecting(run: Run, name: str, exhibit: Exhibit, path: str) -> Task:
    """A step whose detector the office may have set."""
    chosen = detectors.settings(run.workspace.root / detectors.SETTINGS).get(name)
    if chosen is None:
        return _step(run, name, exhibit, {}, path)
    also = (chosen.file,) if chosen.file else ()
    return _step(run, name, exhibit, {"detector": wire.plain(chosen)}, path, also=also)


def _step(
    run: Run,
    name: str,
    exhibit: Exhibit,
    parameters: Mapping[str, Any],
    path: str,
    *,
    with_exhibit: bool = True,
    also: tuple[str, ...] = (),
) -> Task:
    step = STEPS[name]
    identity = {
        "version": step.version,
        "sha256": exhibit.sha256,
        "exhibit": exhibit.id,
        "parameters": dict(parameters),
        "weights": list(step.digests()),
    }
    args = {"path": path, **parameters} | ({"exhibit": exhibit.id} if with_exhibit else {})
    return task(name, exhibit.id, identity=identity, args=args, read=(path, *also), seconds=_expected(name, exhibit))


def _expected(name: str, exhibit: Exhibit) -> float:
    return _SECONDS.get(name, 0.0) * exhibit.probe.duration / SECOND if exhibit.probe else 0.0


def _case_steps(run: Run, exhibits: Sequence[Exhibit], found: Mapping[tuple[str, str], Outcome]) -> list[Outcome]:
    outcomes = _do(run, [_sync_task(run, exhibits, found)])
    timeline = outcomes[0].result
    if timeline is None:
        return outcomes
    placements = resolve(standing.decisions(run.workspace.ledger.decisions(run.case.id))).placements
    if placements or any(row.step == "placed" for row in run.workspace.ledger.findings(run.case.id)):
        moved = _do(run, [_placed_task(timeline, placements)])
        outcomes, timeline = outcomes + moved, moved[0].result
        if timeline is None:
            return outcomes
    fusion = _fusion_task(run, exhibits, found, timeline)
    return outcomes + _do(run, [fusion, _count_task(found, timeline), _cameras_task(found, timeline)])


def _sync_task(run: Run, exhibits: Sequence[Exhibit], found: Mapping[tuple[str, str], Outcome]) -> Task:
    recordings = [each for each in exhibits if each.kind is Kind.RECORDING]
    readings = [reading for each in recordings for reading in _readings(each, found.get(("clock", each.id)))]
    readings += _claimed(run, recordings)
    files = {each.id: str(run.original(each)) for each in recordings}
    sources = {each.id: str(source) for each in recordings if (source := _source(run, each)) is not Source.OTHER}
    epoch = run.case.at.isoformat()
    identity = {
        "version": STEPS["sync"].version,
        "recordings": {each.id: each.sha256 for each in recordings},
        "readings": readings,
        "epoch": epoch,
        "sources": sources,
    }
    args = {"files": files, "readings": wire.plain(readings), "epoch": epoch, "sources": sources}
    return task("sync", "", identity=identity, args=args, read=tuple(files.values()))


def _placed_task(timeline: Path, placements: Mapping[str, PlaceRecording]) -> Task:
    """The machine's timeline with what people decided in front of it; again without, when that was taken back."""
    decided = [wire.plain(each) for _, each in sorted(placements.items())]
    identity = {
        "version": STEPS["placed"].version,
        "timeline": hashlib.sha256(timeline.read_bytes()).hexdigest(),
        "decided": decided,
    }
    args = {"timeline": str(timeline), "decided": decided}
    return task("placed", "", identity=identity, args=args, read=(str(timeline),))


def _claims_tasks(run: Run, exhibits: Sequence[Exhibit]) -> list[Task]:
    """What came with the recordings and says something of them; none when nothing in the case can."""
    recordings = [each for each in exhibits if each.kind is Kind.RECORDING]
    films = {each.id: str(run.original(each)) for each in recordings if each.media_type in MP4}
    lists = {each.id: str(run.original(each)) for each in exhibits if _may_be_list(each)}
    held = {each.id: [each.name, each.sha256] for each in recordings}
    if not (films or lists):
        return []
    identity = {
        "version": STEPS["claims"].version,
        "held": held,
        "films": sorted(films),
        "lists": {each.id: each.sha256 for each in exhibits if each.id in lists},
    }
    args = {"held": held, "lists": lists, "films": films}
    return [task("claims", "", identity=identity, args=args, read=(*lists.values(), *films.values()))]


def _may_be_list(exhibit: Exhibit) -> bool:
    return exhibit.kind is Kind.DOCUMENT and exhibit.name.casefold().endswith((".csv", ".tsv", ".json"))


def _claimed(run: Run, exhibits: Sequence[Exhibit]) -> list[ClockReading]:
    """Starts that lists and export boxes claim, one each, with the error of reading them."""
    known = {each.id for each in exhibits}
    claims = finding_rows.load(run.workspace, run.case).claims.claims
    return [
        ClockReading(
            each.exhibit, EXPORT_LIST, MediaTime(0), each.started, each.uncertainty, f"{each.by}, {each.where}"
        )
        for each in claims
        if each.started is not None and each.exhibit in known
    ]


def _readings(exhibit: Exhibit, overlay: Outcome | None) -> list[ClockReading]:
    """Every clock of a recording: burned in, container, delivered name."""
    burned = _load(tuple[ClockReading, ...], overlay.result) if overlay and overlay.result else ()
    probe = exhibit.probe
    held = [container_clock(probe, exhibit=exhibit.id)] if probe else []
    named = [file_name_clock(exhibit.name, exhibit=exhibit.id)]
    return [*burned, *(each for each in held + named if each is not None)]


def _fusion_task(
    run: Run, exhibits: Sequence[Exhibit], found: Mapping[tuple[str, str], Outcome], timeline: Path
) -> Task:
    heards = {each: str(o.result) for (step, each), o in sorted(found.items()) if step == "speech"}
    channels = standing.channels(run.workspace, run.case, exhibits)
    return _case_task("fusion", heards, timeline, {"heards": list(heards.values()), "channels": channels})


def _source(run: Run, exhibit: Exhibit) -> Source:
    """What kind of recorder: from the title a person gave or, before that, from the delivered name."""
    title = standing.open_titles(run.workspace, run.case).get(exhibit.id)
    return title.source if title else standing.likely_source(exhibit)


def _voices_tasks(run: Run, exhibits: Sequence[Exhibit]) -> list[Task]:
    """Whose voice is whose in the newest transcript; none before there is one."""
    rows = {row.step: row for row in run.workspace.ledger.findings(run.case.id) if row.status is StepStatus.DONE}
    clock = rows.get("placed", rows.get("sync"))
    if clock is None or "fusion" not in rows:
        return []
    results = {"fused": rows["fusion"], "timeline": clock}
    heard = [each for each in exhibits if each.kind is Kind.RECORDING and each.probe and each.probe.audio]
    files = {each.id: str(run.original(each)) for each in heard}
    identity = {
        "version": STEPS["voices"].version,
        "recordings": {each.id: each.sha256 for each in heard},
        "results": {name: row.result_sha256 for name, row in results.items()},
    }
    paths = {name: str(run.workspace.result(row)) for name, row in results.items()}
    read = (*files.values(), *paths.values())
    return [task("voices", "", identity=identity, args={"files": files, **paths}, read=read)]


def _count_task(found: Mapping[tuple[str, str], Outcome], timeline: Path) -> Task:
    candidates = {each: str(o.result) for (step, each), o in sorted(found.items()) if step == "shots"}
    return _case_task("count", candidates, timeline, {"candidates": candidates})


def _cameras_task(found: Mapping[tuple[str, str], Outcome], timeline: Path) -> Task:
    beeps = {each: str(o.result) for (step, each), o in sorted(found.items()) if step == "beeps"}
    return _case_task("cameras", beeps, timeline, {"beeps": beeps})


def _case_task(name: str, results: Mapping[str, str], timeline: Path, args: dict[str, Any]) -> Task:
    """A step over earlier results: their digests make its key."""
    digests = {each: hashlib.sha256(Path(path).read_bytes()).hexdigest() for each, path in results.items()}
    identity = {
        "version": STEPS[name].version,
        "results": digests,
        "timeline": hashlib.sha256(timeline.read_bytes()).hexdigest(),
        "channels": args.get("channels", {}),
    }
    read = (*results.values(), str(timeline))
    return task(name, "", identity=identity, args={**args, "timeline": str(timeline)}, read=read)


def _load(kind: type[T], path: Path) -> T:
    return wire.build(kind, json.loads(path.read_text()))


@dataclass(frozen=True, slots=True)
class Built:
    """A version whose bytes are fixed and audited, waiting for approval and seal."""

    release: Release
    bag: Path
    digest: str
    report: AuditReport
    plan: AuditPlan


def build(run: Run, *, dated: datetime | None = None) -> Built:
    """Render, freeze, lay out, list and attack the next version; raises ``Blocked`` or ``AnswerIsNo``.

    ``dated``: when it is to be published, if not now; its pages say so.
    """
    desk = standing.open_desk(run.workspace, run.case)
    releasing.refuse_undecided(desk)
    plan = plan_case(desk)
    tasks = [each for exhibit in readable(desk.exhibits) for each in _making(run, desk, exhibit, plan)]
    outcomes = {o.task.exhibit: o for o in _do(run, tasks)}
    _refuse_failed(outcomes.values())
    content = releasing.content_digest(desk, plan, [each.key for each in tasks])
    version = releasing.draft(run.workspace, desk, content=content, now=run.now, acting=PROGRAM, dated=dated)
    made = {each: o.result for each, o in outcomes.items() if o.result is not None}
    release = releasing.assemble(
        run.workspace,
        desk,
        plan,
        version,
        rendered={e: _load(Rendered, p) for e, p in made.items() if outcomes[e].task.step == "render"},
        papers={e: _load(ConcealedPaper, p) for e, p in made.items() if outcomes[e].task.step != "render"},
    )
    run.say(f"version {release.number}: building the pages")
    bag = run.workspace.root / "build" / run.case.id / f"v{release.number}"
    files = bag.with_name(f"v{release.number}-files")
    shutil.rmtree(bag, ignore_errors=True)
    releasing.lay_out(release, {each: path.parent for each, path in made.items()}, files)
    digest = publishing.build_bag(run.workspace, release, files=files, bag=bag)
    shutil.rmtree(files)
    audit_plan = releasing.audit_plan(desk, plan, release, digest=digest)
    publishing.keep_plan(run.workspace, audit_plan, case=run.case, number=release.number)
    report = _attack(run, bag, audit_plan)
    publishing.keep_verdict(run.workspace, report, case=run.case, number=release.number)
    publishing.keep_report(run.workspace, report, case=run.case, number=release.number)
    releasing.record_audit(
        run.workspace,
        run.case,
        report,
        number=release.number,
        decisions=desk.rows[-1].seq if desk.rows else 0,
        at=run.now,
        acting=PROGRAM,
    )
    if report.findings:
        raise AnswerIsNo(publishing.audit_sentence(report))
    return Built(release, bag, digest, report, audit_plan)


def _making(run: Run, desk: standing.Desk, exhibit: Exhibit, plan: CasePlan) -> list[Task]:
    if exhibit.id not in desk.state.titles:
        return []
    path = str(run.original(exhibit))
    if exhibit.kind is Kind.RECORDING:
        return [_render_task(run, desk, exhibit, path, plan)]
    name = "photograph" if exhibit.kind is Kind.PHOTOGRAPH else "paper"
    parameters = {"plan": wire.plain(plan.document(exhibit.id))}
    if name == "paper":
        parameters["name"] = exhibit.name
    return [_step(run, name, exhibit, parameters, path, with_exhibit=False)]


def _render_task(run: Run, desk: standing.Desk, exhibit: Exhibit, path: str, plan: CasePlan) -> Task:
    commitment = run.workspace.vault.extra(exhibit, COMMITMENT)  # noqa: S610 - not Django
    poster = releasing.poster_at(desk, exhibit)
    step = STEPS["render"]
    identity = {
        "version": step.version,
        "sha256": exhibit.sha256,
        "exhibit": exhibit.id,
        "plan": wire.plain(plan.recording(exhibit.id)),
        "poster": poster,
        "secret": hashlib.sha256(run.workspace.keys.secret).hexdigest(),
    }
    args = {
        "path": path,
        "exhibit": exhibit.id,
        "sha256": exhibit.sha256,
        "plan": wire.plain(plan.recording(exhibit.id)),
        "commitment": str(commitment) if commitment else "",
        "secret": run.workspace.keys.secret.hex(),
        "poster_us": poster,
    }
    read = (path, str(commitment)) if commitment else (path,)
    seconds = _expected("render", exhibit)
    return task("render", exhibit.id, identity=identity, args=args, read=read, seconds=seconds)


def preview(run: Run, exhibit: Exhibit, *, to: Path) -> Path:
    """One recording rendered as decided so far, for those who decide; what is undecided still shows in it."""
    desk = standing.open_desk(run.workspace, run.case)
    made = _render_task(run, desk, exhibit, str(run.original(exhibit)), plan_case(desk, also=exhibit.id))
    outcomes = _do(run, [made])
    _refuse_failed(outcomes)
    rendered = _load(Rendered, outcomes[0].result) if outcomes[0].result else None
    full = next((each.path for each in rendered.renditions if each.role == "full"), "") if rendered else ""
    if outcomes[0].result is None or not full:
        raise StepFailed(f"{exhibit.id} has no pictures to show")
    part = to.with_suffix(".part")
    shutil.copyfile(outcomes[0].result.parent / Path(full).name, part)
    part.replace(to)
    return to


def mark_for(run: Run, guest: Guest) -> int:
    """Make the guest's own copies of every film of the version; how many there are."""
    films = embargo.films(run.workspace, guest)
    tasks = [_marking(path, slug, guest) for slug, path in sorted(films.items())]
    outcomes = _do(run, tasks)
    _refuse_failed(outcomes)
    target = embargo.copies(run.workspace, guest)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for each in outcomes:
        assert each.result is not None
        part = target / f"{each.task.exhibit}.part"
        shutil.copyfile(each.result.parent / "marked.mp4", part)
        part.replace(target / f"{each.task.exhibit}.mp4")
    return len(outcomes)


def _marking(path: Path, slug: str, guest: Guest) -> Task:
    with path.open("rb") as film:
        digest = hashlib.file_digest(film, "sha256").hexdigest()
    identity = {"version": STEPS["marked"].version, "sha256": digest, "words": guest.words}
    return task("marked", slug, identity=identity, args={"path": str(path), "words": guest.words}, read=(str(path),))


def _refuse_failed(outcomes: Iterable[Outcome]) -> None:
    failed = [f"{o.task.exhibit}: {o.reason}" for o in outcomes if o.result is None]
    if failed:
        raise StepFailed(
            "these cannot be rendered (withhold them with a reason, or mend and retry): " + "; ".join(failed)
        )


def _attack(run: Run, bag: Path, plan: AuditPlan) -> AuditReport:
    """Attack the built bag, part by part and in parallel; a part that could not be attacked is a failure."""
    older = sorted((run.workspace.site / "c" / run.case.id).glob("v*"))
    filmed = audit.filmed(bag, plan)
    seen = dict(zip(filmed, _audited(run, [_look_task(bag, plan, part) for part in filmed]), strict=True))
    results = _audited(run, [_audit_task(bag, plan, part, older, seen.get(part)) for part in audit.parts(plan)])
    return audit.merge([_load(AuditReport, each) for each in results], plan, bag)


def _audited(run: Run, tasks: Sequence[Task]) -> list[Path]:
    outcomes = run.engine.run(tasks, progress=run.progress)
    failed = [o.reason for o in outcomes if o.result is None]
    if failed:
        raise StepFailed("the audit could not finish: " + "; ".join(failed))
    return [o.result for o in outcomes if o.result is not None]


def _look_task(bag: Path, plan: AuditPlan, part: str) -> Task:
    """Looking at a recording's pictures: keyed by them, so that a version with other sound or words looks no more."""
    identity = {
        "version": STEPS["look"].version,
        "pictures": audit.look_digest(bag, plan, part),
        "weights": list(STEPS["look"].digests()),
    }
    args = {"bag": str(bag), "plan": wire.plain(audit.look_plan(plan, part)), "part": part}
    return task("look", part.replace("/", " "), identity=identity, args=args, read=(str(bag),))


def _audit_task(bag: Path, plan: AuditPlan, part: str, older: Sequence[Path], look: Path | None) -> Task:
    digest = audit.part_digest(bag, part)
    # An older version whose bytes of this part are the same shows nothing that this one does not.
    older = [each for each in older if audit.part_digest(each, part) != digest]
    identity = {
        "version": STEPS["audit"].version,
        "bag": digest,
        "plan": audit.part_plan(plan, part),
        "part": part,
        "look": hashlib.sha256(look.read_bytes()).hexdigest() if look else "",
        "older": [hashlib.sha256((each / "tagmanifest-sha256.txt").read_bytes()).hexdigest() for each in older],
        "weights": list(STEPS["audit"].digests()),
    }
    before = [str(each) for each in older]
    looks = [str(look)] if look else []
    args = {"bag": str(bag), "plan": wire.plain(plan), "part": part, "older": before, "looks": looks}
    return task("audit", part.replace("/", " "), identity=identity, args=args, read=(str(bag), *before, *looks))


def release(run: Run, *, draft: bool, acting: Agent = PROGRAM, dated: datetime | None = None) -> Built:
    """Build and audit; unless it is a draft, refuse without approvals, then seal, publish and log.

    With ``dated`` the version is cleared and scheduled instead; ``publishing.publish_due`` publishes it then.
    """
    if dated is not None and dated.tzinfo is None:
        raise WrongUsage("the time of publication needs its zone, such as 2026-04-28T12:00:00-05:00")
    built = build(run, dated=dated)
    if not draft and dated is None:
        seal(run, built, acting=acting)
    elif not draft:
        releasing.refuse_unapproved(run.workspace, run.case, number=built.release.number, digest=built.digest)
        publishing.schedule(
            run.workspace, run.case, built.release, bag=built.bag, digest=built.digest, at=run.now, acting=acting
        )
    return built


def seal(run: Run, built: Built, *, acting: Agent = PROGRAM) -> Path:
    """Publish what was built, audited and approved; the folder of the version."""
    releasing.refuse_unapproved(run.workspace, run.case, number=built.release.number, digest=built.digest)
    return publishing.publish(
        run.workspace, run.case, built.release, bag=built.bag, digest=built.digest, at=run.now, acting=acting
    )
