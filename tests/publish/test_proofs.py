# SPDX-License-Identifier: Apache-2.0
"""The verification picture: a line for a recording's pictures and one for its sound, what was changed never drawn shorter."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from plainview.model.release import GopProof
from plainview.model.time import SECOND, MediaSpan, MediaTime
from plainview.publish import strip
from plainview.publish.lookup import Lookup
from publish.sample import sample


def spans(*ends: float) -> tuple[MediaSpan, ...]:
    times = [MediaTime(round(each * SECOND)) for each in (0, *ends)]
    return tuple(MediaSpan(a, b) for a, b in pairwise(times))


def test_pictures_and_sound_have_a_line_each_and_a_call_has_its_own(tmp_path: Path) -> None:
    """Of four groups the second was changed, of three blocks the last; a call without pictures has sound alone."""
    release = sample(tmp_path)
    film = next(r for r in release.recordings if r.rendition("v360") and r.alignment)
    call = next(r for r in release.recordings if not r.rendition("v360") and r.alignment)
    heard = (spans(10, 20, 26), (True, True, False))
    film = replace(film, gop_proof=GopProof("x", "aa", spans(5, 10, 15, 20), (True, False, True, True), "bb", *heard))
    call = replace(call, gop_proof=GopProof("y", "", (), (), "cc", *heard))

    drawn = strip.draw(Lookup(replace(release, recordings=(film, call))))

    of_film, of_call = sorted(drawn.proofs, key=lambda proof: len(proof.rows), reverse=True)
    assert of_film.share == "3 of 4 groups of pictures, 2 of 3 blocks of sound"
    assert [[kind for kind, _ in row] for row in of_film.rows] == [["kept", "changed"], ["kept", "changed"]]
    lengths = [[int(path.split("h")[1].split("M")[0]) for _, path in row] for row in of_film.rows]
    assert lengths[0][1] * 4 in range(lengths[0][0] - 4, lengths[0][0] + 5)
    assert round(lengths[1][1] / lengths[1][0], 2) in (0.23, 0.24)
    assert of_call.share == "2 of 3 blocks of sound"
    assert len(of_call.rows) == 1
