# SPDX-License-Identifier: Apache-2.0
"""A file in which some groups of pictures are the original's and some are new, played and searched by a browser.

Every picture carries its own number as bars, so that what is shown is known whatever the player says of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser.walk import Walked, opened
from media.moving import FPS, SIZE, bars, moving, numbered, restarted
from plainview.media.conceal import conceal_file
from plainview.media.decode import Frame, frames
from plainview.model.time import SECOND, MediaTime
from plainview.publish.server import serving

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><meta charset="utf-8"><title>seams</title><link rel="icon" href="data:,">
<video src="covered.mp4" preload="auto" playsinline></video>
<script>
const video = document.querySelector("video"), canvas = document.createElement("canvas"), errors = [];
const pen = canvas.getContext("2d", { willReadFrequently: true });
video.addEventListener("error", () => errors.push(video.error.message));
function number(bars) {
  canvas.width = video.videoWidth, canvas.height = video.videoHeight;
  pen.drawImage(video, 0, 0);
  return bars.reduce((n, [x, y], bit) => n + (pen.getImageData(x, y, 1, 1).data[1] > 128 ? 1 << bit : 0), 0);
}
const told = name => new Promise(done => video.addEventListener(name, done, { once: true }));
async function at(seconds, bars) {
  const shown = new Promise(done => video.requestVideoFrameCallback((now, frame) => done(frame.mediaTime)));
  const sought = told("seeked");
  video.currentTime = seconds;
  await sought;
  return [await shown, number(bars)];
}
async function play(from, to, bars) {
  await at(from, bars);
  const seen = [];
  const look = (now, frame) => {
    seen.push([frame.mediaTime, number(bars)]);
    if (!video.paused) video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  await video.play();
  while (video.currentTime < to && !video.ended && !video.error) await told("timeupdate");
  video.pause();
  return seen;
}
</script>"""

UNEVEN = [n / 30 for n in range(30)] + [1.1 + n / 12 for n in range(20)] + [3.0 + n / 50 for n in range(50)]

FILMS: dict[str, Callable[[Path], Path]] = {
    "pictures_in_between": partial(moving, drawn=numbered, b_frames=3),
    "a_turned_phone": partial(moving, drawn=numbered, rotation=90),
    "changing_rate": partial(moving, drawn=numbered, moments=UNEVEN, group=20),
    "a_simple_coder_without_sound": partial(moving, drawn=numbered, tone_from=None, b_frames=0, more=":cabac=0"),
    "sound_from_the_second_second": partial(moving, drawn=numbered, tone_from=1.5),
    "a_coder_that_changed_half_way": partial(restarted, drawn=numbered),
}
"""Shapes in which recorders write films; each has some group that no decision touches."""


@contextmanager
def shown(browser: Browser, film: Path, folder: Path, done: Walked) -> Iterator[Page]:
    """``film`` covered in its second and fourth second, on a page of its own."""
    folder.mkdir()
    boxes = [{"start": second + 0.2, "end": second + 0.6, "box": [10, 10, 60, 30]} for second in (1, 3)]
    report = conceal_file(film, folder / "covered.mp4", faces=False, boxes=boxes)
    done.page = " ".join(report["notes"])
    (folder / "index.html").write_text(PAGE)
    with serving(folder) as base, opened(browser, f"{base}/index.html", done) as page:
        page.wait_for_function("video.readyState >= 4")
        yield page


def places(film: Path) -> tuple[list[tuple[int, int]], list[int]]:
    """Where the bars are in the picture as a viewer sees it, and the time of every picture."""
    found = [each for each in frames(film) if isinstance(each, Frame)]
    width, height = SIZE
    turn = {
        0: lambda x, y: (x, y),
        90: lambda x, y: (y, width - 1 - x),
    }[found[0].rotation % 360]
    return [turn(x, y) for x, y in bars(width, height)], [each.at for each in found]


@pytest.mark.parametrize("name", FILMS)
def test_every_picture_can_be_sought_on_both_sides_of_every_seam(name: str, browser: Browser, tmp_path: Path) -> None:
    """Chromium and the decoder here go to all pictures in a mixed order and show just these, copied or new."""
    film = FILMS[name](tmp_path / "film.mp4")
    where, times = places(film)
    order = list(range(len(times)))
    random.Random(5).shuffle(order)
    done = Walked(name)

    with shown(browser, film, tmp_path / "site", done) as page:
        middles = [(times[n] + (times[n + 1] if n + 1 < len(times) else times[n] + 20_000)) / 2 / SECOND for n in order]
        seen = [page.evaluate("([t, bars]) => at(t, bars)", [at, where]) for at in middles]
        assert page.evaluate("errors") == []

    assert [number for _, number in seen] == order
    assert [round(at * SECOND / 1000) for at, _ in seen] == [round(times[n] / 1000) for n in order]
    assert done.problems == []
    assert "are the original's, bit for bit" in done.page
    assert [found_number(tmp_path / "site" / "covered.mp4", times[n], where) for n in order[:40]] == order[:40]


def found_number(path: Path, at: int, where: list[tuple[int, int]]) -> int:
    """The number in the picture presented at ``at``, found by the index and read by FFmpeg's decoder."""
    first = next(each for each in frames(path, start=MediaTime(at - 2000)) if isinstance(each, Frame))
    pixels = first.array("rgb24")
    return sum(1 << bit for bit, (x, y) in enumerate(where) if pixels[y, x, 1] > 128)


@pytest.mark.parametrize("name", FILMS)
def test_playing_goes_over_the_seams_without_a_stop_or_a_wrong_picture(
    name: str, browser: Browser, tmp_path: Path
) -> None:
    """From before the new group to after it: pictures rise, each comes at its time, nothing fails to decode."""
    film = FILMS[name](tmp_path / "film.mp4")
    where, times = places(film)
    done = Walked(name)

    with shown(browser, film, tmp_path / "site", done) as page:
        seen = page.evaluate("bars => play(0.5, 3.6, bars)", where)
        quality = page.evaluate("video.getVideoPlaybackQuality().corruptedVideoFrames")
        assert page.evaluate("errors") == []

    numbers = [number for _, number in seen]
    assert numbers == sorted(numbers)
    assert quality == 0
    # The picture drawn may already be a later one than was told of; it is never an earlier one.
    assert all(times[number] >= at * SECOND - 2000 for at, number in seen)
    in_second = {times[number] // SECOND for number in numbers}
    assert in_second >= {0, 1, 2, 3}
    assert done.problems == []


def test_a_film_that_had_to_be_written_anew_is_sought_and_says_why(browser: Browser, tmp_path: Path) -> None:
    """HEVC cannot be copied beside H.264: every picture is new, each is found, and the report says so."""
    film = moving(tmp_path / "film.mp4", drawn=numbered, codec="libx265", frames=3 * FPS)
    where, times = places(film)
    done = Walked("hevc")

    with shown(browser, film, tmp_path / "site", done) as page:
        order = [40, 3, 74, 25, 24, 50, 49, 0]
        seen = [page.evaluate("([t, bars]) => at(t, bars)", [times[n] / SECOND + 0.02, where]) for n in order]

    assert [number for _, number in seen] == order
    assert "no group of pictures could be copied bit for bit: the pictures are hevc, not H.264" in done.page
    assert done.problems == []
