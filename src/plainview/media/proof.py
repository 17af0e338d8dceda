# SPDX-License-Identifier: Apache-2.0
"""Which groups of pictures of a released file are the original's, bit for bit, and how anyone can tell.

The claim is made from the released file itself, read again after it was written: a group counts as
untouched only when its leaf, recomputed from the release, is the leaf that was committed to at intake.
Only then is its salt given out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from plainview.media import gop
from plainview.media.decode import open_container, picture_stream
from plainview.model.case import GopCommitment
from plainview.model.release import GopProof

SCHEMA = "GopProof.1"

UNDECLARED = "not the original's bytes, for a technical reason"


def prove(
    released: Path,
    target: Path,
    *,
    commitment: GopCommitment,
    secret: bytes,
    exhibit: str,
    sha256: str,
    changed: Mapping[int, str],
    note: str,
) -> GopProof:
    """Write ``target`` (``GopProof.1``) about ``released`` and give its summary.

    ``changed`` maps the index of a group that was covered to its public reasons; a group that is not
    listed and does not verify is marked as changed too, and says so.
    """
    bodies = released_bodies(released)
    same_count = len(bodies) == len(commitment.leaves)
    groups, untouched = [], []
    for index, (leaf, span) in enumerate(zip(commitment.leaves, commitment.spans, strict=True)):
        salt = gop.salt(secret, sha256, index)
        proven = index not in changed and same_count and gop.leaf(bodies[index], salt).hex() == leaf
        untouched.append(proven)
        entry: dict[str, object] = {"start_us": span.start, "end_us": span.end, "leaf": leaf}
        if proven:
            entry |= {"state": "untouched", "salt": salt.hex()}
        else:
            entry |= {"state": "changed", "reason": changed.get(index) or note or UNDECLARED}
        groups.append(entry)
    body = {
        "schema": SCHEMA,
        "exhibit": exhibit,
        "original_sha256": sha256,
        "root": commitment.root,
        "file": released.name,
        "note": note,
        "groups": groups,
    }
    target.write_text(json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    return GopProof(target.name, commitment.root, commitment.spans, tuple(untouched))


def released_bodies(released: Path) -> list[bytes]:
    """SHA-256 of the body of each group, in order, from the released file alone."""
    with open_container(released) as container:
        stream = picture_stream(container)
        return [] if stream is None else [group.body for group in gop.groups(container, stream)]


def spoken(groups: int, of: int, length: Fraction) -> str:
    """``214 of 220 groups of pictures (7 min 8 s) are the original's, bit for bit``."""
    minutes, rest = divmod(round(length), 60)
    spoken = f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{groups} of {of} groups of pictures ({spoken}) are the original's, bit for bit"
