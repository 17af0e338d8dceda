# SPDX-License-Identifier: Apache-2.0
"""The last steps of a release: lay its bytes, keep what the audit needs, seal, publish, take back.

Order of sealing: pages and renditions → manifests → audit of exactly these bytes → approvals →
signature → ``released`` event in the custody log → checkpoint and proof beside the version → the
site's own signed list. Interrupted anywhere, the same command goes on: a step that is done is
recognised by its bytes and not done again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from plainview import verify as checker
from plainview.casework import people, releasing
from plainview.casework.workspace import SOFTWARE, Workspace
from plainview.errors import Blocked, WrongUsage
from plainview.model import wire
from plainview.model.audit import AuditFinding, AuditPlan, AuditReport, Verdict, verdict_of
from plainview.model.case import Agent, Case
from plainview.model.custody import CustodyEvent
from plainview.model.release import Release
from plainview.model.rows import ApprovalRow, ReleaseRow
from plainview.publish import exports, seal, site
from plainview.publish.seal import Signer
from plainview.store import tlog
from plainview.store.durable import exchange, locked, sync_folders

SCHEDULED = "scheduled"
"""State of a version that is cleared, dated later, and waits for its time."""

DECIDING = frozenset({"decided", "demanded"})
"""Custody events that come with a decision."""

CHECKPOINT, PROOF, ENTRY, VERDICT = "checkpoint", "release.tlog-proof", "entry", "audit.json"


def build_bag(workspace: Workspace, release: Release, *, files: Path, bag: Path) -> str:
    """Pages, renditions and lists of one version; the SHA-256 of the tag manifest."""
    site.build_case(release, files=files, out=bag / "data")
    signer = Signer(site.signer(workspace.office), workspace.keys.release.public_key())
    info = {
        "Bag-Software-Agent": SOFTWARE,
        "Custody-Log-Key": tlog.verifier_key(workspace.office.origin, workspace.keys.log),
    }
    return seal.prepare_bag(bag, release=release, signer=signer, bag_info=info)


def keep_plan(workspace: Workspace, plan: AuditPlan, *, case: Case, number: int) -> Path:
    """What was hidden, for later audits; stays in the office."""
    path = workspace.plans / f"{case.id}-v{number}.json"
    path.parent.mkdir(exist_ok=True)
    path.parent.chmod(0o700)
    path.write_text(wire.dump(plan))
    return path


def keep_verdict(workspace: Workspace, report: AuditReport, *, case: Case, number: int) -> None:
    """What may be published of the audit, kept until the version is sealed."""
    path = _kept_verdict(workspace, case.id, number)
    path.write_text(wire.dump(verdict_of(report, software=SOFTWARE)))


def keep_report(workspace: Workspace, report: AuditReport, *, case: Case, number: int) -> None:
    """The whole report, findings and all; they say where to look and stay in the office."""
    _kept_report(workspace, case.id, number).write_text(wire.dump(report))


def _kept_report(workspace: Workspace, case: str, number: int) -> Path:
    return workspace.plans / f"{case}-v{number}-report.json"


@dataclass(frozen=True, slots=True)
class Standing:
    """The version that is built and not yet published: its bytes, what the audit said of them, who agreed."""

    number: int
    digest: str
    audited: bool
    """Whether the last audit was of exactly these bytes."""
    clean: bool
    decisions: int
    """How many decisions went into them."""
    findings: tuple[AuditFinding, ...]
    report: AuditReport | None
    approvals: tuple[ApprovalRow, ...]


def standing(workspace: Workspace, case: Case) -> Standing | None:
    """Where the next version stands, or None when nothing is built."""
    try:
        number, _, digest = built(workspace, case)
    except (WrongUsage, Blocked):
        return None
    rows = [row for row in workspace.ledger.audits(case.id) if row.number == number]
    last = rows[-1] if rows and rows[-1].digest == digest else None
    path = _kept_report(workspace, case.id, number)
    report = wire.load(AuditReport, path.read_text()) if path.is_file() else None
    report = report if report is not None and report.bag_sha256 == digest else None
    approvals = tuple(each for each in workspace.ledger.approvals(case.id) if each.digest == digest)
    found = report.findings if report is not None else ()
    return Standing(
        number, digest, last is not None, last is not None and last.clean, last.decisions if last else -1, found,
        report, approvals,
    )  # fmt: skip


def _kept_verdict(workspace: Workspace, case: str, number: int) -> Path:
    return workspace.plans / f"{case}-v{number}-verdict.json"


def audit_sentence(report: AuditReport) -> str:
    """The audit's answer with each finding on its line."""
    lines = [f"  {each.place} ({each.subject}): {each.sentence}" for each in report.findings]
    return "\n".join([f"the audit found {len(lines)} leaks; nothing is published", *lines])


def built(workspace: Workspace, case: Case) -> tuple[int, Path, str]:
    """The version that waits for approval: number, bag, digest."""
    found = [path for path in (workspace.root / "build" / case.id).glob("v*") if path.name[1:].isdigit()]
    folders = sorted(found, key=lambda path: int(path.name[1:]))  # beside them lie the files of one being built
    if not folders:
        raise WrongUsage(f"nothing is built for case {case.id} (plainview release {case.id} --draft)")
    bag = folders[-1]
    if not (bag / seal.TAG_MANIFEST).is_file():
        raise Blocked(f"version {bag.name[1:]} of case {case.id} is being built, or its building was stopped")
    return int(bag.name[1:]), bag, seal.sha256_file(bag / seal.TAG_MANIFEST)


def approve_built(workspace: Workspace, case: Case, *, at: datetime, acting: Agent) -> tuple[int, str]:
    """One person agrees to the bytes that were built and found clean; stale audits do not count."""
    number, _, digest = built(workspace, case)
    clean = [
        entry
        for entry in workspace.ledger.entries(case.id)
        if entry.type == "audited" and json.loads(entry.body)["sha256"] == digest
    ]
    if not clean or json.loads(clean[-1].body)["outcome"] != "success":
        raise Blocked(f"version {number} of case {case.id} has no clean audit of exactly these bytes")
    releasing.approve(workspace, case, number=number, digest=digest, at=at, acting=acting)
    return number, digest


def publish(
    workspace: Workspace, case: Case, release: Release, *, bag: Path, digest: str, at: datetime, acting: Agent
) -> Path:
    """Seal the approved bag, move it into the site, log it, prove it, sign the site's list."""
    if release.released_at > at:
        raise Blocked(f"version {release.number} of case {case.id} is dated {release.released_at}: publish it then")
    releasing.clear(workspace, case, number=release.number, digest=digest, at=at, acting=acting)
    _put_out(workspace, case, release, bag=bag, digest=digest, at=at, acting=acting)
    return workspace.site / "c" / case.id / f"v{release.number}"


def _put_out(
    workspace: Workspace, case: Case, release: Release, *, bag: Path, digest: str, at: datetime, acting: Agent
) -> None:
    """Sign what was cleared, log it as released, and let the site with it take the place of the site without it."""
    if bag.exists() and not (bag / f"{seal.TAG_MANIFEST}.sig").exists():
        seal.attach_signature(bag, key=workspace.keys.release, expected=digest)
    releasing.record_release(workspace, case, release, digest=digest, at=at, acting=acting)
    refresh_site(workspace)


def schedule(
    workspace: Workspace, case: Case, release: Release, *, bag: Path, digest: str, at: datetime, acting: Agent
) -> datetime:
    """Clear a version that is dated later and write down that it is to be published then; when that is."""
    if release.released_at <= at:
        raise WrongUsage(f"{release.released_at} has passed: publish it now, or build it again with a later --at")
    releasing.clear(workspace, case, number=release.number, digest=digest, at=at, acting=acting)
    row = ReleaseRow(case.id, release.number, SCHEDULED, digest, release.released_at, wire.dump(release), at)
    event = CustodyEvent(
        "scheduled", case.id, f"v{release.number}", sha256=digest, detail=f"for {release.released_at.isoformat()}"
    )
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.add_release(row)
        change.record(event)
    return release.released_at


def unschedule(workspace: Workspace, case: Case, *, why: str, at: datetime, acting: Agent) -> int:
    """Take a scheduled version back before its time, with the reason; its number."""
    people.require(workspace.ledger, "publish", case=case.id, acting=acting)
    if not why.strip():
        raise WrongUsage("taking a scheduled version back needs its reason")
    row = next((each for each in workspace.ledger.releases(case.id) if each.state == SCHEDULED), None)
    if row is None:
        raise WrongUsage(f"no version of case {case.id} is scheduled")
    event = CustodyEvent("scheduled", case.id, f"v{row.number}", "refused", row.tagmanifest_sha256, why)
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.add_release(replace(row, state="taken back", at=at))
        change.record(event)
    return row.number


def publish_due(workspace: Workspace, *, at: datetime, acting: Agent) -> list[tuple[str, int, str]]:
    """Publish what is scheduled and due, in every case: (case, version, empty or why it is held back).

    Held back is a version of other bytes than were cleared, and one after whose audit something was decided: a
    complaint that came in overnight stops the morning's publication.
    """
    done = []
    for case in workspace.ledger.cases():
        for row in workspace.ledger.releases(case.id):
            if row.state == SCHEDULED and row.released_at <= at:
                why = _held_back(workspace, case, row)
                if not why:
                    bag, release = _bag(workspace, case.id, row.number), wire.load(Release, row.body)
                    _put_out(workspace, case, release, bag=bag, digest=row.tagmanifest_sha256, at=at, acting=acting)
                done.append((case.id, row.number, why))
    return done


def _held_back(workspace: Workspace, case: Case, row: ReleaseRow) -> str:
    """One sentence why a scheduled version may not go out, or nothing."""
    bag = _bag(workspace, case.id, row.number)
    if not bag.is_dir() or seal.sha256_file(bag / seal.TAG_MANIFEST) != row.tagmanifest_sha256:
        return "its bytes are not those that were cleared"
    if not workspace.ledger.cleared(case.id, row.number, row.tagmanifest_sha256):
        return "it was never cleared"
    entries = workspace.ledger.entries(case.id)
    ordered = max(each.seq for each in entries if each.type == "scheduled" and each.subject == f"v{row.number}")
    since = [each for each in entries if each.seq > ordered and each.type in DECIDING]
    return "something was decided after it was scheduled; look at it and build again" if since else ""


def _bag(workspace: Workspace, case: str, number: int) -> Path:
    return workspace.root / "build" / case / f"v{number}"


def refresh_site(
    workspace: Workspace,
    *,
    change: Callable[[Path], None] = lambda _: None,
    also_gone: frozenset[tuple[str, int]] = frozenset(),
    record: Callable[[], None] = lambda: None,
) -> None:
    """Make the whole site anew beside the one that is read, then let the two change places in one step.

    ``change`` is done to the new one first; ``record`` is called when it is whole, just before the change of places.
    """
    site_folder = workspace.site
    fresh = site_folder.with_name(f".{site_folder.name}.next")
    with locked(workspace.root / ".publishing"):
        shutil.rmtree(fresh, ignore_errors=True)
        if site_folder.exists():
            _twin(site_folder, fresh)
        fresh.mkdir(parents=True, exist_ok=True)
        change(fresh)
        _lay_site(workspace, fresh, also_gone=also_gone)
        sync_folders(fresh)
        record()
        if site_folder.exists():
            exchange(fresh, site_folder)
            shutil.rmtree(fresh)
        else:
            fresh.rename(site_folder)
        for case_id, versions in _published(workspace).items():
            for release, _ in versions:
                shutil.rmtree(_bag(workspace, case_id, release.number), ignore_errors=True)


def _twin(site_folder: Path, fresh: Path) -> None:
    """The same site once more: files of sealed versions are the same files, all others are copies."""

    def take(source: str, target: str) -> str:
        sealed = seal.in_version(str(Path(source).relative_to(site_folder)))
        return _link(source, target) if sealed else shutil.copy2(source, target)

    shutil.copytree(site_folder, fresh, copy_function=take)


def _link(source: str, target: str) -> str:
    """A second name for the same file, or a copy where the file system has no such thing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _lay_site(workspace: Workspace, out: Path, *, also_gone: frozenset[tuple[str, int]] = frozenset()) -> None:
    """Everything of a site outside the versions, made from the ledger, then listed and signed.

    A version that the ledger has as published and the site has not yet is put there from where it was built.
    """
    releases = _published(workspace)
    for case_id, versions in releases.items():
        place = out / "c" / case_id
        for release, digest in versions:
            bag, target = _bag(workspace, case_id, release.number), place / f"v{release.number}"
            if bag.is_dir() and not target.exists():
                shutil.copytree(bag, target, copy_function=_link)
            _prove(workspace, place, release, digest)
        (place / "latest").write_text(f"v{versions[-1][0].number}\n")
    entries = [_entry(workspace, versions, also_gone) for versions in releases.values()]
    site.build_site(workspace.office, entries, out=out)
    seal.seal_site(out, key=workspace.keys.release, identity=site.signer(workspace.office))


def _entry(
    workspace: Workspace, versions: Sequence[tuple[Release, str]], also_gone: frozenset[tuple[str, int]]
) -> site.Entry:
    """A case in the index: its newest version that still stands."""
    case = versions[-1][0].case.id
    gone = {row.number for row in workspace.ledger.releases(case) if row.state == "withdrawn"}
    gone |= {number for each, number in also_gone if each == case}
    standing = [release for release, _ in versions if release.number not in gone]
    numbers = tuple(release.number for release in standing)
    newest = standing[-1] if standing else versions[-1][0]
    return site.Entry(newest, numbers, latest=bool(standing), standing=tuple(standing), sealed=tuple(versions))


def _published(workspace: Workspace) -> dict[str, list[tuple[Release, str]]]:
    """Case id → (release, digest) of every published version, withdrawn ones included, oldest first."""
    found: dict[str, list[tuple[Release, str]]] = {}
    for case in sorted(workspace.ledger.cases(), key=lambda each: each.id):
        rows = [row for row in workspace.ledger.releases(case.id) if row.state in {"published", "withdrawn"}]
        if rows:
            ordered = sorted(rows, key=lambda row: row.number)
            found[case.id] = [(wire.load(Release, row.body), row.tagmanifest_sha256) for row in ordered]
    return found


def _prove(workspace: Workspace, place: Path, release: Release, digest: str) -> None:
    """Checkpoint, proof and the entry itself beside the version; written once, never changed.

    The log is proven up to the release's own entry, so an interrupted publication ends with the same bytes.
    """
    folder = place / "proof" / f"v{release.number}"
    if (folder / PROOF).exists():
        return
    entry = next(
        entry
        for entry in workspace.ledger.entries(release.case.id)
        if entry.type == "released" and json.loads(entry.body)["sha256"] == digest
    )
    leaves = workspace.ledger.leaves()[: entry.seq + 1]
    earlier = [path.read_text() for path in sorted(place.parent.glob(f"*/proof/v*/{CHECKPOINT}"))]
    shorter = [note for note in earlier if int(note.split("\n", 2)[1]) <= len(leaves)]
    shutil.rmtree(folder, ignore_errors=True)
    checkpoint = tlog.publish_log(
        leaves, origin=workspace.office.origin, key=workspace.keys.log, out=folder, earlier=shorter
    )
    kept = _kept_verdict(workspace, release.case.id, release.number)
    if kept.is_file() and wire.load(Verdict, kept.read_text()).tagmanifest_sha256 == digest:
        shutil.copyfile(kept, folder / VERDICT)
    (folder / ENTRY).write_bytes(entry.body)
    (folder / PROOF).write_text(tlog.inclusion_proof(leaves, entry.seq, checkpoint=checkpoint))


def withdraw(
    workspace: Workspace,
    case: Case,
    *,
    number: int,
    reason: str,
    files: Sequence[str],
    at: datetime,
    acting: Agent,
) -> Path:
    """Take back a version, or single files of it: bytes gone, lists and proofs kept, a tombstone instead."""
    if not reason.strip():
        raise WrongUsage("a withdrawal needs a reason")
    people.require(workspace.ledger, "withdraw", case=case.id, acting=acting)
    gone = _to_withdraw(workspace, case, number, files)
    refresh_site(
        workspace,
        change=lambda out: _take_back(
            workspace, case, out, number=number, gone=gone, whole=not files, reason=reason, at=at, by=acting.name
        ),
        also_gone=frozenset({(case.id, number)}),
        record=lambda: releasing.record_withdrawal(
            workspace, case, number=number, reason=reason, at=at, acting=acting
        ),
    )
    return workspace.site / "c" / case.id / "withdrawn" / f"v{number}.json"


def _to_withdraw(workspace: Workspace, case: Case, number: int, files: Sequence[str]) -> list[str]:
    """The named files of a published version, or all its data."""
    bag = workspace.site / "c" / case.id / f"v{number}"
    standing = [r for r in workspace.ledger.releases(case.id) if r.number == number and r.state == "published"]
    if not bag.is_dir() or not standing:
        raise WrongUsage(f"case {case.id} has no published version {number}")
    return list(files) or [path for path in seal.list_files(bag) if path.startswith("data/")]


def _take_back(
    workspace: Workspace, case: Case, out: Path, *, number: int, gone: Sequence[str], whole: bool, reason: str,
    at: datetime, by: str,
) -> None:  # fmt: skip
    """Take files of a version out of the site at ``out`` and say so there."""
    place = out / "c" / case.id
    seal.withdraw(place, version=f"v{number}", files=gone, reason=reason, at=at)
    site.build_tombstone(
        workspace.office,
        case=case.id,
        what=f"version {number}" if whole else f"{len(gone)} files of version {number}",
        reason=reason,
        decided_by=by,
        withdrawn_at=at,
        sha256=seal.sha256_file(place / f"v{number}" / seal.TAG_MANIFEST),
        out=place / "withdrawn" / f"v{number}",
        root="../../../../",
    )


@dataclass(frozen=True, slots=True)
class Drill:
    """What a withdrawal would do, tried on a copy of the site."""

    files: int
    bytes: int
    problems: tuple[str, ...]
    """What the public's checker has against the site afterwards; nothing when the withdrawal would go well."""
    newest: str
    """Version that ``latest`` names afterwards; empty when none stands."""


def drill_withdrawal(
    workspace: Workspace, case: Case, *, number: int, files: Sequence[str] = (), at: datetime, acting: Agent
) -> Drill:
    """Do a whole withdrawal to a twin of the site, have the public's checker judge it, and throw it away.

    The site that is read is not touched. The custody log keeps that it was tried, and how it went.
    """
    people.require(workspace.ledger, "withdraw", case=case.id, acting=acting)
    gone = _to_withdraw(workspace, case, number, files)
    bag = workspace.site / "c" / case.id / f"v{number}"
    size = sum((bag / path).stat().st_size for path in gone if (bag / path).is_file())
    twin = workspace.site.with_name(f".{workspace.site.name}.drill")
    with locked(workspace.root / ".publishing"):
        shutil.rmtree(twin, ignore_errors=True)
        _twin(workspace.site, twin)
        said = "This is a drill"
        _take_back(
            workspace, case, twin, number=number, gone=gone, whole=not files, reason=said, at=at, by=acting.name
        )
        _lay_site(workspace, twin, also_gone=frozenset({(case.id, number)}))
        problems = [f"{path} is still there" for path in gone if (twin / "c" / case.id / bag.name / path).exists()]
        judged = checker.verify(twin)
        problems += [*map(str, judged.findings), *judged.unreadable]
        told = json.loads((twin / "c" / case.id / "latest.json").read_text())["shown"]
        shutil.rmtree(twin)
    done = Drill(len(gone), size, tuple(problems), str(told["version"]) if told else "")
    outcome = "failure" if problems else "success"
    event = CustodyEvent("withdrawal-drilled", case.id, f"v{number}", outcome, detail="; ".join(problems))
    with workspace.ledger.change(acting=acting, at=at) as change:
        change.record(event)
    return done


def export_newest(workspace: Workspace, case: Case, *, to: str, target: Path) -> list[Path]:
    """The newest published version in another program's format; media are named by their place in the site."""
    rows = [row for row in workspace.ledger.releases(case.id) if row.state == "published"]
    if not rows:
        raise WrongUsage(f"case {case.id} has no published version to export")
    newest = max(rows, key=lambda row: row.number)
    if to == "zip":
        bag = workspace.site / "c" / case.id / f"v{newest.number}"
        return [seal.zip_version(bag, target / f"{case.id}-{bag.name}.zip")]
    root = workspace.site / "c" / case.id / f"v{newest.number}" / "data"
    return exports.export(wire.load(Release, newest.body), to, target, media_root=str(root.resolve()))


def audit_folder(folder: Path, *, plan: Path | None, jobs: int, say: Callable[[str], None]) -> list[AuditReport]:
    """Attack every version below ``folder``; plans are taken from an office beside it unless one is given."""
    from plainview import audit as attacks  # every reader it attacks with; the desk only asks what was found

    bags = sorted(path.parent for path in folder.rglob(seal.TAG_MANIFEST))
    if not bags:
        raise WrongUsage(f"{folder} holds no release")
    bound: dict[Path, AuditPlan] = {}
    for bag in bags:
        known = plan or _plan_beside(bag)
        if known is None:
            raise WrongUsage(f"{bag}: what was to be hidden is not known here (give --plan FILE)")
        say(f"attacking {bag} with {known}")
        asked = wire.load(AuditPlan, known.read_text())
        bound[bag] = replace(asked, bag_sha256=seal.sha256_file(bag / seal.TAG_MANIFEST))
    looks = attacks.look_all(bound.items(), jobs=jobs)
    reports = [attacks.attack(bag, told, looks=looks, jobs=jobs) for bag, told in bound.items()]
    around = {(site, bag.parent): told for bag, told in bound.items() for site in _site_around(bag)}
    return reports + [attacks.attack_around(site, told) for (site, _), told in sorted(around.items())]


def _site_around(bag: Path) -> list[Path]:
    """The site a published version lies in, when it does."""
    return [parent for parent in bag.resolve().parents if (parent / seal.SITE_MANIFEST).is_file()]


def _plan_beside(bag: Path) -> Path | None:
    """``OFFICE/plans/<case>-v<n>.json`` in the site's own office, or in a folder ``office`` beside the site."""
    name = f"{bag.parent.name}-{bag.name}.json"
    for parent in bag.resolve().parents:
        for place in (parent / "plans" / name, parent / "office" / "plans" / name):
            if place.is_file():
                return place
    return None
