# SPDX-License-Identifier: Apache-2.0
"""Watching over what is held: who looked, whether the bytes are still the same, and the log for others to check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plainview.casework.people import require
from plainview.errors import VaultDamaged
from plainview.model.case import Agent, Case, Exhibit
from plainview.model.custody import CustodyEvent
from plainview.model.merkle import Tree
from plainview.store import tlog
from plainview.store.durable import make_folders, replace
from plainview.store.ledger import Ledger
from plainview.store.vault import Vault

ENTRIES, VERIFIER_KEY, PROOFS = "entries", "log.vkey", "proofs"
"""Names in an exported log."""


@dataclass(frozen=True, slots=True)
class Fixity:
    """What reading an exhibit's bytes again gave; no problems means they are as they were sealed."""

    exhibit: str
    problems: tuple[str, ...]


def log_access(case: Case, *, subject: str, purpose: str, ledger: Ledger, at: datetime, acting: Agent) -> int:
    """Log that somebody looked at or took out ``subject`` (an exhibit id), and why; its place in the log."""
    with ledger.change(acting=acting, at=at) as change:
        return change.record(CustodyEvent("accessed", case.id, subject, detail=purpose))


def fixity_check(
    case: Case,
    *,
    ledger: Ledger,
    vault: Vault,
    at: datetime,
    acting: Agent,
    progress: Callable[[str], None] | None = None,
) -> tuple[Fixity, ...]:
    """Read every sealed byte of the case again and log what was found, exhibit by exhibit.

    The caller decides what damage means; ``refuse_damage`` turns it into ``VaultDamaged``.
    """
    require(ledger, "fixity", case=case.id, acting=acting)
    results = []
    for exhibit in ledger.exhibits(case.id):
        if exhibit.duplicate_of is not None:
            continue  # its bytes are those of the first, which is checked
        if progress is not None:
            progress(exhibit.id)
        result = Fixity(exhibit.id, tuple(_problems(exhibit, vault)))
        with ledger.change(acting=acting, at=at) as change:
            change.record(_event(case, exhibit, result))
        results.append(result)
    return tuple(results)


def inspect(case: Case, *, ledger: Ledger, vault: Vault) -> tuple[Fixity, ...]:
    """Read every sealed byte of the case again and log nothing: for who has just put them there."""
    held = [each for each in ledger.exhibits(case.id) if each.duplicate_of is None]
    return tuple(Fixity(each.id, tuple(_problems(each, vault))) for each in held)


def refuse_damage(results: Iterable[Fixity]) -> None:
    """``VaultDamaged`` naming every exhibit whose bytes are not as they were sealed."""
    damaged = [f"{each.exhibit}: {'; '.join(each.problems)}" for each in results if each.problems]
    if damaged:
        raise VaultDamaged("; ".join(damaged))


def export_log(
    *, ledger: Ledger, origin: str, key: Ed25519PrivateKey, out: Path, case: Case | None = None
) -> tlog.Checkpoint:
    """Write what a court or an auditor needs to check the log without this program.

    ``out`` receives ``checkpoint``, ``tile/…`` and ``log.vkey`` of the whole log, and of the case's entries
    (of all, when no case is given) the exact bytes ``entries/<n>`` with ``proofs/<n>.tlog-proof``.
    ``LogTampered`` when the log does not continue the one exported to ``out`` before.
    """
    leaves = ledger.leaves()
    note = tlog.publish_log(leaves, origin=origin, key=key, out=out)
    vkey = tlog.verifier_key(origin, key)
    tree = Tree(leaves)
    for folder in (ENTRIES, PROOFS):
        make_folders(out / folder)
    replace(out / VERIFIER_KEY, f"{vkey}\n".encode())
    for entry in ledger.entries(None if case is None else case.id):
        replace(out / ENTRIES / str(entry.seq), entry.body)
        proof = tlog.inclusion_proof(tree, entry.seq, checkpoint=note)
        replace(out / PROOFS / f"{entry.seq}.tlog-proof", proof.encode())
    return tlog.open_checkpoint(note, vkey=vkey)


def _problems(exhibit: Exhibit, vault: Vault) -> list[str]:
    problems = vault.check(exhibit.extra["object"])
    if problems:
        return problems
    # The vault may be consistent in itself and still not hold what the ledger says was received.
    held = vault.names(exhibit.extra["object"]).get(exhibit.extra["file"])
    return [] if held == exhibit.sha256 else [f"the vault holds other bytes ({held}) than were received"]


def _event(case: Case, exhibit: Exhibit, result: Fixity) -> CustodyEvent:
    return CustodyEvent(
        "fixity-checked",
        case.id,
        exhibit.id,
        outcome="failure" if result.problems else "success",
        sha256=exhibit.sha256,
        detail="; ".join(result.problems),
    )
