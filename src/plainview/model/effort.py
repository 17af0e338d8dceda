# SPDX-License-Identifier: Apache-2.0
"""How long people will work on a case before it can go out, said before they start.

What this module keeps true: an estimate is a range made of counted things (recordings to watch, tracks to judge, words
to listen to), each shown with its count, so that a person can see why; it never claims to have been measured. The
minutes that somebody must look at graphic pictures are counted apart: that is exposure, not work.

>>> estimate(Work(watch_s=600.0, tracks=((30.0, 0.9),), spoken=2, printed=3, graphic_s=20.0)).minutes
24
"""

from __future__ import annotations

from dataclasses import dataclass

WATCHED = 2
"""Times that a recording is watched whole: by the reviewer, and by whoever approves."""
TRACK_S, TRACK_SHARE = 10.0, 0.5
"""Seconds to judge a face or plate, and the share of its length that is watched for it: twice as fast as real time."""
UNSURE, UNSURE_COSTS = 0.6, 2.0
"""A track whose detector was never surer than this is looked at for longer: dark, small, shaken or turned away."""
SPOKEN_S, PRINTED_S = 20.0, 6.0
"""Seconds for spoken words (found, heard with what surrounds them, decided) and for printed ones."""
LEAST, MOST = 0.6, 2.0
"""The range around the sum. These numbers are assumptions until an office has measured its own; published ones for
work by hand lie between 2 and 11 staff minutes for each minute of footage."""


@dataclass(frozen=True, slots=True)
class Work:
    """What waits: seconds of recordings to watch, (seconds, best score) of each track, words, graphic seconds."""

    watch_s: float
    tracks: tuple[tuple[float, float], ...]
    spoken: int
    printed: int
    graphic_s: float


@dataclass(frozen=True, slots=True)
class Effort:
    """Staff minutes, in all and by what they are spent on: (what, how many, minutes)."""

    least: int
    minutes: int
    most: int
    parts: tuple[tuple[str, int, float], ...]
    graphic_minutes: float
    """Minutes of graphic pictures, each time somebody has to see them counted."""


def estimate(work: Work) -> Effort:
    """The sum of what each thing costs, and a range around it."""
    watching = WATCHED * work.watch_s
    judging = sum((TRACK_S + TRACK_SHARE * length) * _harder(score) for length, score in work.tracks)
    spent = (
        ("seconds of recordings watched", round(watching), watching),
        ("faces and plates judged", len(work.tracks), judging),
        ("of these hard to see", sum(score < UNSURE for _, score in work.tracks), 0.0),
        ("spoken words listened to", work.spoken, SPOKEN_S * work.spoken),
        ("printed words read", work.printed, PRINTED_S * work.printed),
    )
    minutes = sum(seconds for _, _, seconds in spent) / 60
    parts = tuple((what, count, round(seconds / 60, 1)) for what, count, seconds in spent)
    low, high = round(LEAST * minutes), round(MOST * minutes)
    return Effort(low, round(minutes), high, parts, round(WATCHED * work.graphic_s / 60, 1))


def _harder(score: float) -> float:
    return UNSURE_COSTS if score < UNSURE else 1.0
