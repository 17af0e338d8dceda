# SPDX-License-Identifier: Apache-2.0
"""Where rule packs come from: those that ship, and an office's own in ``OFFICE/rules/*.toml``.

A pack is data with its own tests (``[[examples]]``). One that does not read, holds a word that nobody
knows, or fails its own examples is refused in one sentence: a typing mistake must not become a case
without a deadline. An office's pack stands in front of a shipped one with the same key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from plainview.errors import WrongUsage
from plainview.model import wire
from plainview.model.clock import (
    EVENTS,
    Example,
    Exemption,
    ExtensionRule,
    Keeping,
    Pack,
    Reassessment,
    Required,
    Term,
    failures,
)
from plainview.model.holidays import Calendar, Holiday

OWN = "own"
"""An office under no pack, or under the one it wrote with this key."""

HOLIDAYS = ".holidays.toml"
PARTS: dict[str, type] = {
    "extension": ExtensionRule,
    "reassess": Reassessment,
    "must_release": Required,
    "exemptions": Exemption,
    "keeping": Keeping,
    "terms": Term,
    "examples": Example,
}


@cache
def shipped() -> dict[str, Pack]:
    """The packs in this program, by key."""
    sets = {
        each.name.removesuffix(HOLIDAYS): _holidays(each.name, each.read_text(encoding="utf-8"))
        for each in _files()
        if each.name.endswith(HOLIDAYS)
    }
    packs = [
        read(each.read_text(encoding="utf-8"), name=each.name, sets=sets)
        for each in _files()
        if not each.name.endswith(HOLIDAYS)
    ]
    return {pack.key: pack for pack in packs}


def packs(root: Path) -> dict[str, Pack]:
    """Shipped packs and the office's, its own in front; ``WrongUsage`` for one that does not hold."""
    folder = root / "rules"
    sets = {"us-federal": _federal()}
    for path in sorted(folder.glob(f"*{HOLIDAYS}")):
        sets[path.name.removesuffix(HOLIDAYS)] = _holidays(path.name, path.read_text(encoding="utf-8"))
    own = [
        read(path.read_text(encoding="utf-8"), name=str(path), sets=sets)
        for path in sorted(folder.glob("*.toml"))
        if not path.name.endswith(HOLIDAYS)
    ]
    return {**shipped(), **{pack.key: pack for pack in own}}


def read(text: str, *, name: str, sets: Mapping[str, tuple[Holiday, ...]]) -> Pack:
    """One pack from its TOML text; ``sets`` are the holiday lists it may name."""
    try:
        data = tomllib.loads(text)
        _refuse_strange(data)
        closed = Calendar(_named(data.pop("holidays", []), sets), tuple(data.pop("closed", ())))
        pack = replace(wire.build(Pack, wire.plain(data)), calendar=closed)
    except (tomllib.TOMLDecodeError, ValueError, TypeError) as error:
        raise WrongUsage(f"rules {name}: {error}") from error
    wrong = failures(pack)
    if wrong:
        raise WrongUsage(f"rules {name} fail their own examples: {'; '.join(wrong)}")
    return pack


def told(pack: Pack, *, whole: bool) -> list[str]:
    """For a terminal: a line, or everything a pack says."""
    lines = [f"{pack.key:<12} {pack.days} {pack.unit} days from {EVENTS[pack.counts_from]}; {pack.name}, {pack.law}"]
    if not whole:
        return lines
    if pack.extension:
        lines.append(f"  extension: {pack.extension.needs}")
    if pack.reassess:
        lines.append(f"  every {pack.reassess.every_days} days after: {pack.reassess.needs}")
    lines += [f"  to be released: {each.name}" for each in pack.must_release]
    lines += [f"  kept {each.days} days: {each.source}, by {each.holder} ({each.basis})" for each in pack.keeping]
    lines += [f"  {each.days} days after {each.after}: {each.what}" for each in pack.terms]
    lines += [f"  {each.code}: {each.law}. {each.text}" for each in pack.exemptions]
    lines += [f"  tested: {each.says}" for each in pack.examples]
    return [*lines, *([f"  {pack.note}"] if pack.note else [])]


def _files() -> list[Any]:
    folder = resources.files("plainview.casework").joinpath("rules")
    return sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)


@cache
def _federal() -> tuple[Holiday, ...]:
    name = f"us-federal{HOLIDAYS}"
    text = resources.files("plainview.casework").joinpath("rules", name).read_text(encoding="utf-8")
    return _holidays(name, text)


def _holidays(name: str, text: str) -> tuple[Holiday, ...]:
    try:
        return tuple(wire.build(Holiday, each) for each in tomllib.loads(text).get("holiday", []))
    except (tomllib.TOMLDecodeError, ValueError, TypeError) as error:
        raise WrongUsage(f"holidays {name}: {error}") from error


def _named(names: list[str], sets: Mapping[str, tuple[Holiday, ...]]) -> tuple[Holiday, ...]:
    for each in names:
        if each not in sets:
            raise ValueError(f"there is no list of holidays {each!r} (there are: {', '.join(sorted(sets))})")
    return tuple(holiday for each in names for holiday in sets[each])


def _refuse_strange(data: Mapping[str, Any]) -> None:
    """``ValueError`` for a word that no pack has: a misspelt ``days`` is not a rule without days."""
    _check(data, {each.name for each in fields(Pack)} - {"calendar"} | {"holidays", "closed"}, "the pack")
    for name, kind in PARTS.items():
        found = data.get(name, [])
        for part in [found] if isinstance(found, dict) else found:
            _check(part, {each.name for each in fields(kind)}, name)


def _check(data: Mapping[str, Any], known: set[str], where: str) -> None:
    strange = sorted(set(data) - known)
    if strange:
        raise ValueError(f"{where}: unknown word {strange[0]!r} (known: {', '.join(sorted(known))})")
