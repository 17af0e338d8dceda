# SPDX-License-Identifier: Apache-2.0
"""Which groups of pictures and blocks of sound of a released file are the original's, bit for bit, and how to tell.

What this module keeps true:

1. The claim is made from the released file itself, read again after it was written: a group or block counts as
   untouched only when its leaf, recomputed from the release, is the leaf that was committed to at intake. Only then
   is its salt given out.
2. Everything else is said to be changed: with the reason and the law of each decision that hides something in it, or
   in words where nothing in it is hidden and its bytes are others all the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from plainview.media import gop
from plainview.media.decode import open_container, picture_stream
from plainview.model.case import GopCommitment
from plainview.model.redaction import Ground, Mute
from plainview.model.release import GopProof
from plainview.model.time import SECOND, MediaSpan, MediaTime

SCHEMA = "GopProof.2"

UNDECLARED = "cannot be shown to be the original's bytes, for a technical reason"
BESIDE = "nothing in it is hidden; sound is coded in overlapping windows, and those beside what is hidden are new"
BESIDE_US = 2 * SECOND
"""How far from a mute packets may be new only because windows overlap: at most 13 of 64 ms on each side, and a few more
between two mutes."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What was done to a recording, as the public is told: by group, by stretch of sound, and to all of either."""

    covered: Mapping[int, Collection[Ground]]
    mutes: Sequence[Mute] = ()
    pictures: str = ""
    """Why all pictures were encoded again, in words; empty when they were not."""
    sound: str = ""
    """The same of the sound."""


def prove(
    released: Path,
    target: Path,
    *,
    commitment: GopCommitment,
    secret: bytes,
    exhibit: str,
    sha256: str,
    changes: Changes,
) -> GopProof:
    """Write ``target`` (``GopProof.2``) about ``released`` and give its summary."""
    salts = [gop.salt(secret, sha256, index) for index in range(len(commitment.leaves))]
    groups = _told(
        commitment.leaves, commitment.spans, salts, released_bodies(released), lambda i: _of_pictures(changes, i)
    )
    blocks = gop.sound_blocks(released) if commitment.audio_leaves else []
    spans = commitment.audio_spans or _counted(blocks, len(commitment.audio_leaves))
    salts = [gop.sound_salt(secret, sha256, index) for index in range(len(commitment.audio_leaves))]
    bodies = [block.body for block in blocks]
    heard = _told(commitment.audio_leaves, spans, salts, bodies, lambda i: _of_sound(changes, spans[i]))
    body: dict[str, object] = {
        "schema": SCHEMA,
        "exhibit": exhibit,
        "original_sha256": sha256,
        "root": commitment.root,
        "file": released.name,
        "note": changes.pictures,
        "groups": groups,
    }
    if heard:
        body["sound"] = {"root": commitment.audio_root, "note": changes.sound, "blocks": heard}
    target.write_text(json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    kept, kept_sound = (tuple(each["state"] == "untouched" for each in entries) for entries in (groups, heard))
    return GopProof(
        target.name, commitment.root, commitment.spans, kept, commitment.audio_root, spans if heard else (), kept_sound
    )


def _told(
    leaves: Sequence[str],
    spans: Sequence[MediaSpan],
    salts: Sequence[bytes],
    bodies: Sequence[bytes],
    why: Callable[[int], dict[str, object]],
) -> list[dict[str, object]]:
    """One entry for each leaf: its salt where the released bytes prove it, and why it was changed where not."""
    same_count, entries = len(bodies) == len(leaves), []
    for index, (leaf, span) in enumerate(zip(leaves, spans, strict=True)):
        entry: dict[str, object] = {"start_us": span.start, "end_us": span.end, "leaf": leaf}
        changed = why(index)
        if "law" not in changed and same_count and gop.leaf(bodies[index], salts[index]).hex() == leaf:
            entries.append(entry | {"state": "untouched", "salt": salts[index].hex()})
        else:
            entries.append(entry | {"state": "changed"} | changed)
    return entries


def _of_pictures(changes: Changes, index: int) -> dict[str, object]:
    return _hidden(changes.covered.get(index, ())) or {"hides": False, "reason": changes.pictures or UNDECLARED}


def _of_sound(changes: Changes, span: MediaSpan) -> dict[str, object]:
    hidden = _hidden({mute.ground for mute in changes.mutes if mute.span.overlaps(span)})
    around = MediaSpan(MediaTime(span.start - BESIDE_US), MediaTime(span.end + BESIDE_US))
    beside = any(mute.span.overlaps(around) for mute in changes.mutes)
    return hidden or {"hides": False, "reason": changes.sound or (BESIDE if beside else UNDECLARED)}


def _hidden(grounds: Collection[Ground]) -> dict[str, object]:
    """The public reasons and laws, never for whom; empty where nothing is hidden."""
    if not grounds:
        return {}
    reasons, laws = ({each.reason for each in grounds}, {each.law for each in grounds})
    return {"reason": ", ".join(sorted(filter(None, reasons))), "law": ", ".join(sorted(filter(None, laws)))}


def released_bodies(released: Path) -> list[bytes]:
    """SHA-256 of the body of each group, in order, from the released file alone."""
    with open_container(released) as container:
        stream = picture_stream(container)
        return [] if stream is None else [group.body for group in gop.groups(container, stream)]


def _counted(blocks: Sequence[gop.SoundBlock], count: int) -> tuple[MediaSpan, ...]:
    """Intervals of blocks where none were kept at intake: every ten seconds from the first packet on."""
    start, length = blocks[0].span.start if blocks else 0, gop.SOUND_BLOCK_S * SECOND
    return tuple(
        MediaSpan(MediaTime(start + i * length), MediaTime(start + (i + 1) * length)) for i in range(count)
    )


def spoken(proof: GopProof) -> str:
    """``214 of 220 groups of pictures (7 min 8 s) and 40 of 43 blocks of sound are the original's, bit for bit``."""
    said = []
    if proof.spans:
        kept = [span.length for span, same in zip(proof.spans, proof.untouched, strict=True) if same]
        length = _clock(Fraction(sum(kept), SECOND))
        said.append(f"{len(kept)} of {len(proof.spans)} groups of pictures ({length})")
    if proof.sound_spans:
        said.append(f"{sum(proof.sound_untouched)} of {len(proof.sound_spans)} blocks of sound")
    return f"{' and '.join(said)} are the original's, bit for bit" if said else ""


def _clock(length: Fraction) -> str:
    minutes, rest = divmod(round(length), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
