# SPDX-License-Identifier: Apache-2.0
"""How much is hidden is counted as it is decided, for recordings and moments; hiding needs its reason and its law."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit import small_release as small
from plainview.audit import covering
from plainview.audit.outcome import Outcome
from plainview.model.audit import AuditedRecording, AuditReport, verdict_of
from plainview.model.finding import Box
from plainview.model.redaction import Ground, MaskTrack, Mute, RecordingPlan
from plainview.model.time import SECOND, MediaSpan, MediaTime

GROUND = Ground("witness-1", "bystander", "an invented law")
MINOR = Ground("child-1", "minor", "an invented law")


def span(start: float, end: float) -> MediaSpan:
    return MediaSpan(MediaTime(round(start * SECOND)), MediaTime(round(end * SECOND)))


def recording(*moments: tuple[str, MediaSpan]) -> AuditedRecording:
    """Ten seconds: a quarter of the picture under a drawn box from 2 s to 4 s, all of it from 8 s on; 1 to 3 s mute."""
    box = MaskTrack(GROUND, ((MediaTime(2 * SECOND), Box(0, 0, 320, 180)), (MediaTime(4 * SECOND), Box(0, 0, 320, 180))))
    mutes = (Mute(span(1, 2.5), GROUND), Mute(span(2, 3), MINOR))
    plan = RecordingPlan("EX-0001", (box,), mutes, ((span(8, 10), MINOR),))
    return AuditedRecording("street-1", plan, 640, 360, (), (), MediaTime(10 * SECOND), tuple(moments))


def test_shares_are_those_of_the_plan() -> None:
    (whole,) = covering.shares(recording())

    assert whole.pictures == pytest.approx((2 * 0.25 + 2) / 10, abs=0.005)
    assert whole.whole_pictures == pytest.approx(0.2, abs=0.005)
    assert whole.sound == pytest.approx(0.2)
    assert whole.reasons == ("bystander", "minor")
    assert not whole.much


def test_a_moment_of_which_little_is_left_is_told_apart() -> None:
    _, quiet, hidden = covering.shares(recording(("m1", span(4.5, 7)), ("m2", span(8, 9))))

    assert (quiet.moment, quiet.pictures, quiet.sound, quiet.reasons) == ("m1", 0.0, 0.0, ())
    assert (hidden.moment, hidden.pictures, hidden.whole_pictures) == ("m2", 1.0, 1.0)
    assert hidden.much


def test_a_call_has_no_pictures_to_hide_and_its_sound_is_counted() -> None:
    plan = RecordingPlan("EX-0001", (), (Mute(span(1, 3), GROUND),))

    (whole,) = covering.shares(AuditedRecording("call-1", plan, 0, 0, duration=MediaTime(10 * SECOND)))

    assert (whole.pictures, whole.whole_pictures, whole.sound) == (0.0, 0.0, pytest.approx(0.2))


def test_covers_that_overlap_are_counted_once_and_what_a_face_covers_is_the_faces() -> None:
    face = MaskTrack(GROUND, tuple((MediaTime(t * SECOND), Box(0, 0, 320, 360)) for t in (0, 10)), "ellipse")
    drawn = MaskTrack(GROUND, tuple((MediaTime(t * SECOND), Box(0, 0, 320, 180)) for t in (0, 10)))
    plan = RecordingPlan("EX-0001", (face, drawn))

    (whole,) = covering.shares(AuditedRecording("s", plan, 640, 360, duration=MediaTime(10 * SECOND)))

    assert whole.pictures == pytest.approx(0.5, abs=0.01)
    assert whole.apart_from_faces == 0.0


def test_what_is_hidden_of_the_area_without_faces_is_a_share_of_that_area() -> None:
    """A face takes the left half; of the right half a drawn box takes half."""
    face = MaskTrack(GROUND, tuple((MediaTime(t * SECOND), Box(0, 0, 320, 360)) for t in (0, 10)), "ellipse")
    drawn = MaskTrack(MINOR, tuple((MediaTime(t * SECOND), Box(320, 0, 320, 180)) for t in (0, 10)))

    (whole,) = covering.shares(
        AuditedRecording("s", RecordingPlan("EX-0001", (face, drawn)), 640, 360, duration=MediaTime(10 * SECOND))
    )

    assert whole.pictures == pytest.approx(0.75, abs=0.01)
    assert whole.apart_from_faces == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("whose", "at", "share"), [(GROUND, 5.04, 0.0), (MINOR, 5.04, 0.125), (GROUND, 5.5, 0.1125)])
def test_a_face_that_goes_out_of_the_picture_is_still_a_face(whose: Ground, at: float, share: float) -> None:
    """At the edge its cover is a box: of the same subject and at once it is the face's, otherwise somebody drew it."""
    times = (MediaTime(0), MediaTime(5 * SECOND))
    face = MaskTrack(GROUND, tuple((t, Box(0, 0, 160, 360)) for t in times), "ellipse")
    later = tuple((MediaTime(round(t * SECOND)), Box(0, 0, 160, 360)) for t in (at, 10))
    plan = RecordingPlan("EX-0001", (face, MaskTrack(whose, later)))

    (whole,) = covering.shares(AuditedRecording("s", plan, 640, 360, duration=MediaTime(10 * SECOND)))

    assert whole.apart_from_faces == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    ("ground", "sentence"),
    [
        (replace(GROUND, law=""), "hidden without a law"),
        (replace(GROUND, reason=" "), "hidden without a reason"),
        (Ground("witness-1", "", ""), "hidden without a reason or a law"),
    ],
)
def test_hiding_without_saying_why_is_a_finding(ground: Ground, sentence: str) -> None:
    outcome = Outcome()
    about = replace(small.audited(), plan=RecordingPlan("EX-0001", (), (Mute(span(1, 2), ground),)))

    covering.attack_reasons("data/media/street-1", covering.grounds_of(about), outcome)

    assert [(each.kind, each.subject, each.sentence) for each in outcome.findings] == [
        ("no reason", "witness-1", sentence)
    ]


def test_a_verdict_says_how_much_is_hidden_and_nothing_of_findings() -> None:
    report = AuditReport("ab" * 32, (), (("masks", 3),), (("yuface", "1"),), "", tuple(covering.shares(recording())))

    verdict = verdict_of(report, software="plainview 0")

    assert verdict.clean
    assert verdict.tagmanifest_sha256 == "ab" * 32
    assert verdict.covered[0].recording == "street-1"
    assert not hasattr(verdict, "findings")
