# SPDX-License-Identifier: Apache-2.0
"""What ocfl-py, which shares no line with us, says of a storage root."""

from __future__ import annotations

import logging
from pathlib import Path

import ocfl


def ocfl_problems(storage_root: Path, *, digests: bool = True) -> list[str]:
    """Everything ocfl-py finds wrong, objects and their digests included; empty means valid.

    Its ``validate`` answers for the root's structure alone: bad objects are only counted.
    """
    logging.getLogger().setLevel(logging.WARNING)
    root = ocfl.StorageRoot(root=str(storage_root))
    structure = [] if root.validate(check_digests=digests) else [f"structure: {root.log.status_str()}"]
    objects = [f"{folder}: {message}" for folder, message in root.errors]
    if root.good_objects != root.num_objects and not objects:
        objects = [f"{root.num_objects - root.good_objects} objects are not valid"]
    return structure + objects
