# SPDX-License-Identifier: Apache-2.0
"""Taking files in: every regular file of a delivery becomes an exhibit, whatever it is.

What this module keeps true:

I1  each delivered file is opened once, for reading, never through a link;
I2  an exhibit, its sealed bytes and its custody events are all there or none is; a killed intake is
    finished by running it again;
I3  nothing is dropped: what is empty, broken, hostile or unknown is an exhibit with one sentence why,
    and what could not be read at all is in the report and in the custody log;
I4  the same bytes are stored once in a case; delivered twice, they are two exhibits;
I5  a delivery taken in again (same bytes, same name, same source) adds nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote_from_bytes

from plainview.casework.examining import Examined, Examiner
from plainview.casework.people import require
from plainview.errors import UnreadableInput, WrongUsage
from plainview.model import wire
from plainview.model.case import Agent, Case, Exhibit
from plainview.model.custody import CustodyEvent
from plainview.model.names import safe_name, visible_name
from plainview.store.ledger import Change, Ledger
from plainview.store.staging import Staged, digest
from plainview.store.vault import Vault

Tell = Callable[[str], None]
"""Called with one line about what is being done; never with a raw delivered name."""

PROBE, COMMITMENT, RECORD = "probe.json", "gop-commitment.json", "exhibit.json"
"""Files beside the original in its vault object."""


class Prints(Protocol):
    """Something that prints lines, such as a rich console."""

    def print(self, text: str, /, *, markup: bool) -> None:
        """Print one line; ``markup=False`` because a delivered name may look like markup."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something in the delivery that is no exhibit, and why: a link, a pipe, a file nobody may read."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of a delivery, in the order it was walked."""

    received: tuple[Exhibit, ...]
    held: tuple[Exhibit, ...]
    """Exhibits that were there before, delivered again."""
    refused: tuple[Refusal, ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready: exhibits without their stream details."""
        return {
            "received": [_brief(exhibit) for exhibit in self.received],
            "held": [_brief(exhibit) for exhibit in self.held],
            "refused": [{"name": each.name, "reason": each.reason} for each in self.refused],
        }

    def tell(self, out: Prints) -> None:
        """One line per exhibit, then what it came to."""
        for line in self._lines():
            out.print(line, markup=False)

    def _lines(self) -> Iterator[str]:
        for exhibit in self.received:
            note = f"same bytes as {exhibit.duplicate_of}" if exhibit.duplicate_of else exhibit.problem
            yield (f"{exhibit.id}  {exhibit.kind:<10}  {exhibit.name}" + (f"  ({note})" if note else ""))
        for each in self.refused:
            yield f"not taken: {each.name}: {each.reason}"
        held = f", {len(self.held)} held already" if self.held else ""
        refused = f", {len(self.refused)} not taken" if self.refused else ""
        yield f"{len(self.received)} received{held}{refused}"


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing found in the delivery; ``path`` is relative to the folder that was given."""

    source: Path
    path: bytes
    refused: str = ""

    @property
    def shown(self) -> str:
        return visible_name(os.fsdecode(self.path))

    @property
    def exact(self) -> str:
        """The delivered path, every byte of it, in ASCII."""
        return quote_from_bytes(self.path, safe="/ ")


class _HeldAlready(Exception):
    """Takes the transaction back: nothing new was delivered."""

    def __init__(self, exhibit: Exhibit) -> None:
        super().__init__(exhibit.id)
        self.exhibit = exhibit


def receive(
    paths: Sequence[Path],
    *,
    case: Case,
    received_from: str,
    ledger: Ledger,
    vault: Vault,
    at: datetime,
    acting: Agent,
    secret: bytes,
    progress: Tell | None = None,
    only: Container[Path] | None = None,
) -> IntakeReport:
    """Take everything below ``paths`` into ``case``, in byte order of the delivered paths; or ``only`` these of it.

    ``secret`` salts the commitments to groups of pictures. ``WrongUsage`` when a path does not exist or
    holds the vault itself; whatever is wrong with a single file is recorded and the rest goes on.
    """
    require(ledger, "intake", case=case.id, acting=acting)
    tell = progress or (lambda text: None)
    items = [item for path in paths for item in _walk(path, vault=vault) if only is None or item.source in only]
    received: list[Exhibit] = []
    held: list[Exhibit] = []
    refused: list[Refusal] = []
    with Examiner(secret, folder=vault.staging) as examiner:
        desk = _Desk(case, received_from, ledger, vault, at, acting, examiner, tuple(ledger.exhibits(case.id)))
        for number, item in enumerate(items, start=1):
            tell(f"{number} of {len(items)}: {item.shown}")
            try:
                exhibit, new = desk.take(item)
            except UnreadableInput as error:
                refused.append(desk.refuse(item, error.cause))
            else:
                (received if new else held).append(exhibit)
    return IntakeReport(tuple(received), tuple(held), tuple(refused))


@dataclass(frozen=True, slots=True)
class _Desk:
    """One delivery being taken in."""

    case: Case
    received_from: str
    ledger: Ledger
    vault: Vault
    at: datetime
    acting: Agent
    examiner: Examiner
    before: tuple[Exhibit, ...]
    """What the case held when this delivery began."""

    def take(self, item: _Item) -> tuple[Exhibit, bool]:
        """(exhibit, whether it is new); ``UnreadableInput`` when its bytes cannot be read."""
        if item.refused:
            raise UnreadableInput(item.shown, item.refused)
        known = self._held(item)
        if known is not None:
            return known, False
        self.examiner.prepare()
        with self.vault.stage(item.source) as staged:
            first = next(iter(self.ledger.exhibits_of(self.case.id, staged.sha256)), None)
            # What an earlier exhibit with these bytes was found to be holds for this one too.
            examined = None if first else self.examiner.examine(staged.path, name=item.shown, sha256=staged.sha256)
            staged.wait()  # not inside the transaction: other writers wait for it to end
            if first is None:
                self.vault.send_ahead(staged, self.case.id, logical_name=_sealed_name(item), at=self.at)
            try:
                with self.ledger.change(acting=self.acting, at=self.at) as change:
                    return self._record(change, item, staged, examined), True
            except _HeldAlready as repeated:
                return repeated.exhibit, False

    def _held(self, item: _Item) -> Exhibit | None:
        """The exhibit this is a repeated delivery of, found without copying anything."""
        before = [each for each in self.before if self._same_delivery(each, item)]
        if not before:
            return None
        found = digest(item.source)
        return next((each for each in before if each.sha256 == found), None)

    def _same_delivery(self, exhibit: Exhibit, item: _Item) -> bool:
        return exhibit.extra.get("delivered") == item.exact and exhibit.received_from == self.received_from

    def _record(self, change: Change, item: _Item, staged: Staged, examined: Examined | None) -> Exhibit:
        same = self.ledger.exhibits_of(self.case.id, staged.sha256)
        for known in same:
            if self._same_delivery(known, item):
                raise _HeldAlready(known)
        number = change.next_exhibit_number(self.case.id)
        if same:
            exhibit = self._repeated(number, item, same[0])
        else:
            if examined is None:
                raise RuntimeError("an exhibit vanished from a ledger that only adds")
            exhibit = self._sealed(number, item, staged, examined)
        change.add_exhibit(exhibit)
        for event in _events(exhibit):
            change.record(event)
        return exhibit

    def _sealed(self, number: int, item: _Item, staged: Staged, examined: Examined) -> Exhibit:
        exhibit_id = f"EX-{number:04d}"
        problem = examined.problem
        if staged.changed:
            problem = "; ".join(filter(None, (problem, "it was being written to while it was received")))
        exhibit = Exhibit(
            id=exhibit_id,
            case=self.case.id,
            kind=examined.kind,
            name=_shown_name(item),
            size=staged.size,
            sha256=staged.sha256,
            received_from=self.received_from,
            received_at=self.at,
            media_type=examined.media_type,
            probe=examined.probe,
            problem=problem,
            extra={
                "path": item.shown,
                "delivered": item.exact,
                "object": self.vault.object_id(self.case.id, exhibit_id, staged.sha256),
                "file": _sealed_name(item),
            },
        )
        self._seal(exhibit, staged, _beside(exhibit, examined))
        return exhibit

    def _seal(self, exhibit: Exhibit, staged: Staged, extra: Mapping[str, bytes]) -> None:
        """Seal under the exhibit's id; what a killed intake sealed under it without recording is kept aside."""
        if self.vault.has(exhibit.extra["object"]):
            self.vault.set_aside(exhibit.extra["object"])
        self.vault.seal_staged(
            staged,
            exhibit.extra["object"],
            logical_name=exhibit.extra["file"],
            message=f"received as {exhibit.id}",
            agent=self.acting,
            at=self.at,
            extra=extra,
        )

    def _repeated(self, number: int, item: _Item, first: Exhibit) -> Exhibit:
        return Exhibit(
            id=f"EX-{number:04d}",
            case=self.case.id,
            kind=first.kind,
            name=_shown_name(item),
            size=first.size,
            sha256=first.sha256,
            received_from=self.received_from,
            received_at=self.at,
            media_type=first.media_type,
            duplicate_of=first.id,
            probe=first.probe,
            problem=first.problem,
            extra={**first.extra, "path": item.shown, "delivered": item.exact},
        )

    def refuse(self, item: _Item, reason: str) -> Refusal:
        """Log once that something of the delivery was not taken."""
        refusal = Refusal(item.shown, reason)
        event = CustodyEvent(
            "received",
            case=self.case.id,
            subject=f"not taken: {item.shown}",
            outcome="refused",
            detail=f"from {self.received_from}: {reason}",
        )
        if all(entry.subject != event.subject for entry in self.ledger.entries(self.case.id)):
            with self.ledger.change(acting=self.acting, at=self.at) as change:
                change.record(event)
        return refusal


def _walk(path: Path, *, vault: Vault) -> Iterator[_Item]:
    """Everything below ``path`` that is not a folder, in byte order of its path; links are not followed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError as error:
        raise WrongUsage(f"{path} does not exist") from error
    if not stat.S_ISDIR(mode):
        yield _item(path, os.fsencode(path.name), mode)
        return
    if vault.root.resolve().is_relative_to(path.resolve()):
        raise WrongUsage(f"{path} holds the vault itself; give the folder of the delivery")
    yield from sorted(_below(path, b""), key=lambda item: item.path)


def _below(folder: Path, prefix: bytes) -> Iterator[_Item]:
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError as error:
        yield _Item(folder, prefix or b".", f"the folder cannot be listed: {error.strerror}")
        return
    for entry in found:
        path = prefix + os.fsencode(entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path), path + b"/")
        else:
            yield _item(Path(entry.path), path, entry.stat(follow_symlinks=False).st_mode)


def _item(source: Path, path: bytes, mode: int) -> _Item:
    if stat.S_ISREG(mode):
        return _Item(source, path)
    if stat.S_ISLNK(mode):
        return _Item(source, path, "it is a link to another place; links are not followed")
    return _Item(source, path, "it is not a regular file (a pipe, socket or device)")


def _shown_name(item: _Item) -> str:
    return visible_name(os.fsdecode(item.path.rsplit(b"/", 1)[-1]))


def _sealed_name(item: _Item) -> str:
    return f"original/{safe_name(os.fsdecode(item.path))}"


def _beside(exhibit: Exhibit, examined: Examined) -> dict[str, bytes]:
    """The small files that are sealed with an original."""
    extra = {RECORD: wire.dump(exhibit, indent=1).encode()}
    if examined.probe is not None:
        extra[PROBE] = wire.dump(examined.probe, indent=1).encode()
    if examined.commitment is not None:
        extra[COMMITMENT] = wire.dump(examined.commitment).encode()
    return extra


def _events(exhibit: Exhibit) -> Iterator[CustodyEvent]:
    def event(kind: str, *, outcome: str = "success", detail: str) -> CustodyEvent:
        return CustodyEvent(kind, exhibit.case, exhibit.id, outcome, exhibit.sha256, detail)

    detail = f"from {exhibit.received_from} as {exhibit.extra['path']}, {exhibit.size} bytes"
    if exhibit.duplicate_of:
        detail += f"; the same bytes as {exhibit.duplicate_of}, stored once"
    yield event("received", detail=detail)
    yield event("digest-calculated", detail="SHA-256 of the bytes as they were read")
    if exhibit.problem:
        yield event("examined", outcome="warning", detail=exhibit.problem)


def _brief(exhibit: Exhibit) -> dict[str, Any]:
    return {
        "id": exhibit.id,
        "kind": exhibit.kind.value,
        "name": exhibit.name,
        "path": exhibit.extra.get("path", ""),
        "size": exhibit.size,
        "sha256": exhibit.sha256,
        "media_type": exhibit.media_type,
        "duplicate_of": exhibit.duplicate_of,
        "problem": exhibit.problem,
    }
