# SPDX-License-Identifier: Apache-2.0
"""What comes with this program: pinned by digest, and under licences by which an office may pass it on.

Known weaknesses are not looked up here: that needs a list from the internet. ``pip-audit -r requirements.lock`` does it
where there is one.
"""

from __future__ import annotations

import re
from importlib import metadata

from packaging.requirements import Requirement

from conftest import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
FREE = ("MIT", "BSD", "Apache", "PSF", "Python Software Foundation", "ISC", "MPL", "Mozilla", "LGPL", "HPND", "Unlicense")
"""Words of licences that let it be passed on, changed or not, with a program under Apache-2.0 beside it."""


def needed() -> dict[str, metadata.Distribution]:
    """Every package that is there because the program, not its tests, needs it; by name."""
    found: dict[str, metadata.Distribution] = {}

    def walk(name: str, extras: frozenset[str]) -> None:
        key = re.sub(r"[-_.]+", "-", name).lower()
        try:
            each = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            return  # left out on purpose: see override-dependencies in pyproject.toml
        if key in found:
            return
        found[key] = each
        for line in each.requires or ():
            wanted = Requirement(line)
            asked = extras or {""}
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in asked):
                walk(wanted.name, frozenset(wanted.extras))

    walk("plainview", frozenset({"s3"}))
    return found


def licence(each: metadata.Distribution) -> str:
    said = each.metadata
    classifiers = [line for line in said.get_all("Classifier") or [] if line.startswith("License")]
    return " ".join([said.get("License-Expression") or "", (said.get("License") or "")[:80], *classifiers])


def test_every_package_is_pinned_by_version_and_digest() -> None:
    """No line of the lock is without both, and none names an address."""
    entries = re.split(r"\n(?=[a-zA-Z0-9])", re.sub(r"^#.*\n", "", LOCK, flags=re.M))

    assert len(entries) > 100
    assert [each.split()[0] for each in entries if not re.match(r"[\w.\[\]-]+==\S+", each)] == []
    assert [each.split()[0] for each in entries if "--hash=sha256:" not in each] == []
    assert "://" not in LOCK


def test_what_the_program_needs_may_be_passed_on() -> None:
    """Each licence is a known free one; none is GPL, AGPL or for non-commercial use only; all of it is locked."""
    told = {name: licence(each) for name, each in needed().items()}
    strict = re.compile(r"(?<!L)(?<!Lesser )\b[A]?GPL|Affero|non-?commercial", re.I)

    assert len(told) > 60
    assert {name: said for name, said in told.items() if not any(word in said for word in FREE)} == {}
    assert {name: said for name, said in told.items() if strict.search(said.replace("LGPL", ""))} == {}
    locked = {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([\w.-]+)==", LOCK, re.M)}
    assert set(told) - locked - {"plainview"} == set()
