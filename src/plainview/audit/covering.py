# SPDX-License-Identifier: Apache-2.0
"""The other way round: is more hidden than was decided, or hidden without saying why?

What this module keeps true: hiding too much hides conduct, so how much is hidden is a figure of every verdict, for
each recording and for each moment that people confirmed, and a cover without its reason and its law is a finding
as a missing cover is. So is somebody who is covered in one recording and kept in sight in another.

The shares are of the plan, which the rest of the audit holds the pixels to. What is covered apart from faces is counted
within what no face's cover takes: a face that fills the picture does not make a box beside it small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from plainview.audit.coverage import MaskPlaces
from plainview.audit.outcome import Outcome
from plainview.model.audit import AuditedDocument, AuditedRecording, Covered
from plainview.model.redaction import Ground, MaskTrack
from plainview.model.time import SECOND, MediaSpan, MediaTime

GRID = (64, 36)
"""Cells across and down in which covered area is counted: a cover of 2 % of a picture's sides is seen."""
NEXT = 2 * SECOND // 15
"""µs within which a cover that changes its shape goes on: two pictures at 15 a second."""
FINEST, MOST = 40_000, 2000
"""µs between two instants at which area is counted at least, and how many instants there are at most."""


def shares(recording: AuditedRecording) -> Iterator[Covered]:
    """How much of one recording is hidden: of the whole of it, then of each of its moments."""
    if recording.duration:
        yield _share(recording, "", MediaSpan(MediaTime(0), recording.duration))
    for moment, span in recording.moments:
        if span.end > span.start:
            yield _share(recording, moment, span)


def _share(recording: AuditedRecording, moment: str, span: MediaSpan) -> Covered:
    # A call has no pictures, so none of them is hidden.
    area, apart, whole = _of_pictures(recording, span) if recording.width else (0.0, 0.0, 0.0)
    grounds = {
        *(mask.ground.reason for mask in recording.plan.masks if mask.points and mask.span.overlaps(span)),
        *(mute.ground.reason for mute in recording.plan.mutes if mute.span.overlaps(span)),
        *(ground.reason for hidden, ground in recording.plan.blackouts if hidden.overlaps(span)),
    }
    return Covered(
        recording.slug,
        moment,
        pictures=round(area, 4),
        apart_from_faces=round(apart, 4),
        whole_pictures=round(whole, 4),
        sound=round(_muted(recording, span) / (span.end - span.start), 4),
        reasons=tuple(sorted(grounds)),
    )


def _of_pictures(recording: AuditedRecording, span: MediaSpan) -> tuple[float, float, float]:
    """Shares that are hidden: of all pictures, of what no face takes of them, and as whole pictures."""
    covers = MaskPlaces(recording, width=GRID[0], height=GRID[1])
    faces = _of_faces(recording.plan.masks)
    step = max(FINEST, (span.end - span.start) // MOST)
    instants = range(span.start, span.end, step)
    area = apart = whole = 0.0
    for at in instants:
        if covers.blacked_out(MediaTime(at)):
            area, apart, whole = area + 1, apart + 1, whole + 1
            continue
        face, other = np.zeros(GRID[::-1], bool), np.zeros(GRID[::-1], bool)
        for placed in covers.at(MediaTime(at)):
            rows = slice(placed.box.y, placed.box.y + placed.box.h)
            columns = slice(placed.box.x, placed.box.x + placed.box.w)
            (face if placed.track in faces else other)[rows, columns] = True
        area += float((face | other).mean())
        apart += float((other & ~face).sum() / max(1, (~face).sum()))
    count = len(instants)
    return area / count, apart / count, whole / count


def _of_faces(masks: Sequence[MaskTrack]) -> frozenset[int]:
    """Numbers of the covers that follow a face: ellipses, and the boxes they turn into at the picture's edge."""
    round_ones = [mask for mask in masks if mask.shape == "ellipse"]
    return frozenset(
        number
        for number, mask in enumerate(masks)
        if mask.shape == "ellipse" or any(_goes_on(mask, other) for other in round_ones)
    )


def _goes_on(mask: MaskTrack, other: MaskTrack) -> bool:
    """Whether one begins where the other ends, a picture or two later, at the same place and for the same subject."""
    first, second = sorted((mask, other), key=lambda each: each.span)
    (ended, before), (began, after) = first.points[-1], second.points[0]
    across = abs(before.x + before.w / 2 - after.x - after.w / 2) <= max(before.w, after.w)
    down = abs(before.y + before.h / 2 - after.y - after.h / 2) <= max(before.h, after.h)
    return mask.ground.subject == other.ground.subject and 0 <= began - ended <= NEXT and across and down


def _muted(recording: AuditedRecording, span: MediaSpan) -> int:
    """µs of ``span`` that are muted, each counted once."""
    total, until = 0, span.start
    # A voice that was disguised is still heard and its words can be followed.
    for mute in sorted((each for each in recording.plan.mutes if each.hides_words), key=lambda each: each.span.start):
        start, end = max(until, mute.span.start), min(span.end, mute.span.end)
        if end > start:
            total, until = total + end - start, MediaTime(end)
    return total


def attack_reasons(place: str, grounds: Iterator[Ground], outcome: Outcome) -> None:
    """A finding for each subject that is hidden without a reason or without a law."""
    for ground in grounds:
        outcome.checked["reasons for hiding"] += 1
        lacking = [what for what, given in (("reason", ground.reason), ("law", ground.law)) if not given.strip()]
        if lacking:
            outcome.leak(place, "no reason", f"hidden without a {' or a '.join(lacking)}", subject=ground.subject)


def attack_contradictions(recordings: Sequence[AuditedRecording], outcome: Outcome) -> None:
    """A finding for each recording that shows the face of somebody whom another one covers."""
    hidden: dict[str, str] = {}
    for each in recordings:
        for mask in each.plan.masks:
            hidden.setdefault(mask.ground.subject, each.slug)
    for each in recordings:
        outcome.checked["faces kept in sight"] += len(each.kept)
        for kept in each.kept:
            subject = kept.ground.subject
            if kept.points and hidden.get(subject, each.slug) != each.slug:
                sentence = f"shows the face of somebody whom {hidden[subject]} covers"
                at, where = kept.points[0]
                place = f"data/media/{each.slug}"
                outcome.leak(place, "shown elsewhere", sentence, subject=subject, at=at, where=where)


def grounds_of(about: AuditedRecording | AuditedDocument) -> Iterator[Ground]:
    """Every ground on which something of a recording or paper is hidden."""
    yield from (mask.ground for mask in about.plan.masks)
    if isinstance(about, AuditedDocument):
        yield from (term.ground for term in about.plan.terms)
        return
    yield from (mute.ground for mute in about.plan.mutes)
    yield from (ground for _, ground in about.plan.blackouts)
