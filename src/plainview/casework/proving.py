# SPDX-License-Identifier: Apache-2.0
"""For every machine finding in sound, and every place on the clock: by what it is known, and a picture to check it by.

A proof names method, version, model digest, the originals' digests, score and threshold. Pictures are
drawn on request from the sealed originals; they are for the office and are no part of a release.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plainview.casework.standing import Desk
from plainview.casework.workspace import Workspace
from plainview.model.case import Exhibit
from plainview.model.finding import Basis
from plainview.model.time import MediaTime
from plainview.model.timeline import Anchor


@dataclass(frozen=True, slots=True)
class Proof:
    """One finding at its places: (exhibit, media time) each; two places make a correlation, one a strip or, of what
    is ``seen``, the picture there."""

    name: str
    what: str
    places: tuple[tuple[str, MediaTime], ...]
    uncertainty: int
    basis: Basis
    seen: bool = False


def proofs(desk: Desk) -> list[Proof]:
    """Shots on each recording that heard them, places and anchors of the clock, beeps between cameras, traces of
    editing."""
    return [*_shots(desk), *_placings(desk), *_anchors(desk), *_beeps(desk), *_edits(desk)]


def _shots(desk: Desk) -> Iterator[Proof]:
    shots, timeline = desk.found.shots, desk.found.timeline
    if shots is None or timeline is None:
        return
    for number, event in enumerate(shots.events, 1):
        for exhibit in event.heard_on:
            alignment = timeline.of(exhibit)
            if alignment is not None:
                basis = Basis(
                    shots.basis.method, shots.basis.version, shots.basis.weights, event.confidence,
                    shots.basis.threshold, shots.basis.detail,
                )  # fmt: skip
                place = (exhibit, MediaTime(max(0, alignment.media(event.at))))
                what = f"shot {number} of at most {shots.high}, on {exhibit}"
                yield Proof(f"shot-{number}-{exhibit}", what, (place,), event.uncertainty, basis)


def _placings(desk: Desk) -> Iterator[Proof]:
    """Of each recording on the clock, the anchor that holds it best, or its own clock where it was read."""
    timeline = desk.found.timeline
    for placed in timeline.alignments if timeline is not None else ():
        assert timeline is not None
        method = f"place on the clock by {placed.how}"
        basis = Basis(method, timeline.basis.version if timeline.basis else "", score=placed.confidence,
                      detail=placed.explanation)  # fmt: skip
        name, what = f"place-{placed.exhibit}", f"where {placed.exhibit} lies on the clock"
        own = [each for each in timeline.anchors if placed.exhibit in (each.a, each.b)]
        read = [each for each in timeline.readings if each.exhibit == placed.exhibit and each.source == "overlay"]
        if placed.how == "sound" and own:
            best = max(own, key=lambda each: (each.score, each.a, each.b, -each.a_at))
            places = ((best.a, best.a_at), (best.b, best.b_at))
            yield Proof(name, what, places, placed.uncertainty, basis)
        elif placed.how == "overlay clock" and read:
            yield Proof(name, what, ((placed.exhibit, read[0].at),), placed.uncertainty, basis, seen=True)


def _anchors(desk: Desk) -> Iterator[Proof]:
    """The best anchor of every pair of recordings."""
    timeline = desk.found.timeline
    best: dict[tuple[str, str], Anchor] = {}
    for anchor in timeline.anchors if timeline is not None else ():
        if (anchor.a, anchor.b) not in best or anchor.score > best[anchor.a, anchor.b].score:
            best[anchor.a, anchor.b] = anchor
    for (a, b), anchor in sorted(best.items()):
        known = timeline.basis if timeline is not None else None
        basis = Basis(
            anchor.method, known.version if known else "", score=anchor.score, detail="best anchor of this pair"
        )
        places = ((a, anchor.a_at), (b, anchor.b_at))
        yield Proof(f"anchor-{a}-{b}", f"the same sound on {a} and {b}", places, anchor.uncertainty, basis)


def _beeps(desk: Desk) -> Iterator[Proof]:
    for exhibit, finding in sorted(desk.found.beeps.items()):
        beeps = finding.own.beeps if finding.own is not None else ()
        for number, beep in enumerate(beeps, 1):
            what = f"own beep {number} of {exhibit}"
            yield Proof(f"beep-{exhibit}-{number}", what, ((exhibit, beep.at),), beep.uncertainty, finding.basis)
    ties = desk.found.cameras
    for number, unseen in enumerate(ties.unseen if ties is not None else (), 1):
        for k, (exhibit, at) in enumerate(unseen.heard, 1):
            assert ties is not None
            yield Proof(f"camera-{number}-{k}-{exhibit}", unseen.question, ((exhibit, at),), 0, ties.basis)


def _edits(desk: Desk) -> Iterator[Proof]:
    for exhibit, traces in sorted(desk.found.edits.items()):
        for number, trace in enumerate(traces, 1):
            name = f"edit-{exhibit}-{number}"
            yield Proof(name, trace.question, ((exhibit, trace.span.start),), 0, trace.basis)


def described(proof: Proof, exhibits: dict[str, Exhibit]) -> dict[str, Any]:
    """A proof as JSON-ready data; times in whole microseconds of each recording."""
    basis = proof.basis
    return {
        "name": proof.name,
        "what": proof.what,
        "places": [{"exhibit": e, "at": at, "sha256": exhibits[e].sha256} for e, at in proof.places],
        "uncertainty": proof.uncertainty,
        "method": basis.method,
        "version": basis.version,
        "weights": list(basis.weights),
        "score": basis.score,
        "threshold": basis.threshold,
        "detail": basis.detail,
    }


def draw(workspace: Workspace, desk: Desk, folder: Path) -> dict[str, Path]:
    """Write a picture of every proof into ``folder``; the path of each by the proof's name."""
    from plainview.media import strips  # decodes: the desk, which only tells what a proof is, never needs it

    folder.mkdir(parents=True, exist_ok=True)
    known = {each.id: each for each in desk.exhibits}
    written = {}
    for proof in proofs(desk):
        places = [(workspace.vault.original(known[e]), at) for e, at in proof.places]
        if proof.seen:
            picture = strips.picture(*places[0])
        elif len(places) == 2:
            picture, _, _ = strips.correlation(places[0], places[1])
        else:
            picture = strips.spectrogram(places[0][0], places[0][1], uncertainty=proof.uncertainty)
        written[proof.name] = folder / f"{proof.name}.png"
        written[proof.name].write_bytes(picture)
    return written
