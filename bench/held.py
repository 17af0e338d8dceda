# SPDX-License-Identifier: Apache-2.0
"""How much memory running programs hold, together with all that they started."""

from __future__ import annotations

import re
from pathlib import Path


def held_mib(*roots: int) -> float:
    """MiB of these processes and of all below them (proportional set size: what they share counts once)."""
    return sum(_mib(pid) for pid in _family(roots))


def _family(roots: tuple[int, ...]) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found = list(roots)
    for each in found:
        found += [child for child in children.get(each, []) if child not in found]
    return found


def _mib(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
