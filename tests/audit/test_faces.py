# SPDX-License-Identifier: Apache-2.0
"""Both detectors that the audit may have see the packaged faces, and nothing where there is none."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audit import small_release as small
from plainview.audit import faces, looking, papers, stills
from plainview.audit.outcome import Outcome
from plainview.model.audit import AuditedDocument
from plainview.model.finding import Box
from plainview.model.redaction import DocumentPlan

DETECTORS = [
    pytest.param(
        faces._yuface,
        marks=pytest.mark.skipif(
            importlib.util.find_spec("yuface") is None and os.environ.get("PLAINVIEW_CI") != "1",
            reason="yuface has no wheel here",
        ),
    ),
    pytest.param(faces._centerface),
]


@pytest.mark.parametrize("make", DETECTORS, ids=["yuface", "CenterFace"])
@pytest.mark.parametrize("width", [96, 48, 28])
def test_a_face_is_seen_where_it_is(make, width: int) -> None:  # type: ignore[no-untyped-def]
    """One face of this width on a drifting street, found once and in place."""
    picture = small.scene(0)
    picture[small.KEPT.y : small.KEPT.y + small.KEPT.h, small.KEPT.x : small.KEPT.x + small.KEPT.w] = 90
    small._paste(picture, small.face("vane", width, width * 5 // 4), 200, 120)

    seen = make().faces(np.ascontiguousarray(picture[:, :, ::-1]))

    assert len(seen) == 1
    assert faces.overlap(seen[0].box, Box(200 + width // 8, 120 + width // 6, width * 3 // 4, width)) > 0.3


@pytest.mark.parametrize("make", DETECTORS, ids=["yuface", "CenterFace"])
def test_no_face_is_seen_on_an_empty_street(make) -> None:  # type: ignore[no-untyped-def]
    """The street alone, in three places of its drift, raises no alarm."""
    for i in (0, 30, 60):
        picture = small.scene(0 if i == 0 else i)
        picture[small.KEPT.y : small.KEPT.y + small.KEPT.h, small.KEPT.x : small.KEPT.x + small.KEPT.w] = 90
        if small.MASKED_FROM <= i <= small.MASKED_TO:
            box = small.face_box(i)
            picture[box.y : box.y + box.h, box.x : box.x + box.w] = 0
        assert make().faces(np.ascontiguousarray(picture[:, :, ::-1])) == []


@pytest.mark.parametrize(("name", "width", "top"), [("mother", 20, 120), ("okafor", 22, 120), ("vane", 260, 5)])
def test_a_still_is_looked_at_in_three_sizes(name: str, width: int, top: int) -> None:
    """The first two are not seen at the still's own size; each is found once, and nobody beside them."""
    picture = small.scene(0)
    picture[small.KEPT.y : small.KEPT.y + small.KEPT.h, small.KEPT.x : small.KEPT.x + small.KEPT.w] = 90
    small._paste(picture, small.face(name, width, width * 5 // 4), 120, top)
    pixels = np.ascontiguousarray(picture[:, :, ::-1])

    (seen,) = looking.faces_in_still(pixels)

    assert len(faces.second_detector().faces(pixels)) == (1 if width > 100 else 0)
    assert faces.overlap(seen.box, Box(120 + width // 8, top + width // 6, width * 3 // 4, width)) > 0.3


def test_a_face_on_a_page_may_be_seen_only_where_somebody_decided_it(tmp_path: Path) -> None:
    """Two faces on page 2, whose units are half the picture's: the one that is kept is excused, the other is found in
    its place, and what is kept on another page excuses nothing."""
    picture = small.scene(0)
    picture[small.KEPT.y : small.KEPT.y + small.KEPT.h, small.KEPT.x : small.KEPT.x + small.KEPT.w] = 90
    small._paste(picture, small.face("vane", 96, 120), 60, 100)
    small._paste(picture, small.face("okafor", 96, 120), 400, 100)
    height, width = picture.shape[:2]
    Image.fromarray(picture).save(tmp_path / "p2.png")
    sizes = [(100.0, 100.0), (width / 2, height / 2)]

    def found(*kept: tuple[int, Box]) -> list[Box | None]:
        outcome = Outcome()
        stills.attack_picture(tmp_path / "p2.png", "data/documents/a/p2.png", kept, sizes, outcome)
        return [each.where for each in outcome.findings if each.kind == "face"]

    one = Box(30, 50, 48, 60)
    (left,) = found((2, one))
    assert left is not None
    assert left.x > 380
    assert len(found()) == len(found((1, one))) == 2


def test_a_face_kept_on_one_page_of_a_pdf_excuses_none_on_another(tmp_path: Path) -> None:
    """Two pages, each one picture with one face: what is decided about page 1 holds there only, in its place."""
    picture = small.scene(0)
    picture[small.KEPT.y : small.KEPT.y + small.KEPT.h, small.KEPT.x : small.KEPT.x + small.KEPT.w] = 90
    other = picture.copy()
    small._paste(picture, small.face("vane", 96, 120), 60, 100)
    small._paste(other, small.face("vane", 96, 120), 300, 100)
    pages = [Image.fromarray(each) for each in (picture, other)]
    pages[0].save(tmp_path / "document.pdf", save_all=True, append_images=pages[1:], resolution=72)

    def found(*kept: tuple[int, Box]) -> int:
        outcome = Outcome()
        with papers.pikepdf.open(tmp_path / "document.pdf") as document:
            about = AuditedDocument("a", DocumentPlan("EX-0001", (), ()), kept)
            papers._look_at_pictures(document, "document.pdf", [], about, outcome)
        return sum(each.kind == "face" for each in outcome.findings)

    here, there = Box(60, 100, 96, 120), Box(300, 100, 96, 120)
    assert (found(), found((1, here)), found((1, here), (2, there))) == (2, 1, 0)
    assert (found((1, there)), found((2, here))) == (2, 2)
