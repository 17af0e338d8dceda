# SPDX-License-Identifier: Apache-2.0
"""The one clock: where each recording was put, by which shared instants, to be seen and heard before it is accepted."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from plainview.desk import looking
from plainview.desk.board import page as screen
from plainview.desk.guard import Seat, in_case
from plainview.errors import NotAllowed, WrongUsage
from plainview.model.case import Exhibit, Kind
from plainview.model.placement import FAR
from plainview.model.time import SECOND, MediaTime, clock_text, media_seconds
from plainview.model.timeline import Alignment, Anchor, Timeline

AROUND = 3 * SECOND
"""µs of sound shown on each side of a shared instant."""

STRIP = (1200, 90)


@in_case
def view(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The placements, the shared instants with what is left between them, and one of them as two waveforms."""
    timeline, names = seat.desk.found.timeline, {each.id: each for each in seat.desk.exhibits}
    if timeline is None:
        return screen(request, seat, "sync", "sync.html", {"timeline": None})
    anchors = _anchors(timeline)
    asked = request.GET.get("anchor", "")
    chosen = anchors[int(asked)] if asked.isdigit() and int(asked) < len(anchors) else _pair(request, timeline)
    state, far = seat.desk.state, _far(anchors)
    said: dict[str, Any] = {
        "timeline": timeline,
        "rows": [_row(seat, names[each.exhibit], each, timeline, far) for each in _ordered(timeline)],
        "unplaced": [(names[exhibit], why) for exhibit, why in timeline.unplaced if exhibit in names],
        "anchors": anchors[:200],
        "accepted": state.timeline is not None and state.timeline.digest == seat.desk.found.timeline_digest,
        "chosen": chosen,
    }
    if chosen is not None and seat.may("view original"):
        if request.GET.get("snap"):
            said["snap"] = _snap(seat, names[chosen["a"]], names[chosen["b"]], timeline, chosen)
        said["strips"] = [_strip(request, seat, names[each], timeline, chosen) for each in (chosen["a"], chosen["b"])]
        said["asked"] = request.GET.urlencode()
    return screen(request, seat, "sync", "sync.html", said)


@in_case
def ears(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Six seconds of two open originals, one in each ear, sample beside sample on the case's clock."""
    said, timeline = request.GET, seat.desk.found.timeline
    found = [seat.exhibit(said.get(side, "")) for side in ("a", "b")]
    for each in found:
        if not looking.ticket(request, seat, each):
            raise NotAllowed(f"{each.id} is not open: open it with a reason first")
    chosen = _pair(request, timeline) if timeline else None
    if chosen is None:
        raise WrongUsage("two different recordings that are on the case's clock")
    args = {"start_us": chosen["a_at"] - AROUND, "there_us": chosen["b_at"] - AROUND, "length_us": 2 * AROUND}
    _, sound = looking.boxed(seat, found[0], "ears", args, other=found[1])
    return HttpResponse(sound, content_type="audio/wav")


def _ordered(timeline: Timeline) -> list[Alignment]:
    return sorted(timeline.alignments, key=lambda each: (each.offset, each.exhibit))


def _ends(far: tuple[dict[str, Any], dict[str, Any]] | None) -> dict[str, Any] | None:
    """Two far instants for the page, and as a form sends them."""
    if far is None:
        return None
    said = [{key: each[key] for key in ("at_s", "with", "there_s")} for each in far]
    return {"0": far[0], "1": far[1], "words": json.dumps(said)}


def _row(
    seat: Seat, exhibit: Exhibit, alignment: Alignment, timeline: Timeline, far: dict[str, Any]
) -> dict[str, Any]:
    first = min(each.offset for each in timeline.alignments)
    ends = [each.offset + _length(seat, each.exhibit) for each in timeline.alignments]
    whole = max(1, max(ends) - first)
    return {
        "exhibit": exhibit, "title": _title(seat, exhibit), "alignment": alignment,
        "clock": clock_text(alignment.offset, seat.here.at),
        "x": 1000 * (alignment.offset - first) / whole, "w": max(2, 1000 * _length(seat, exhibit.id) / whole),
        "bar": alignment.uncertainty / SECOND,
        "frame": 1 / exhibit.probe.video.fps if exhibit.probe and exhibit.probe.video else None,
        "ends": _ends(far.get(exhibit.id)),
    }  # fmt: skip


def _title(seat: Seat, exhibit: Exhibit) -> str:
    title = seat.desk.state.titles.get(exhibit.id)
    return title.title if title else exhibit.name


def _length(seat: Seat, exhibit: str) -> int:
    found = next(each for each in seat.desk.exhibits if each.id == exhibit)
    return found.probe.duration if found.probe else 0


def _anchors(timeline: Timeline) -> list[dict[str, Any]]:
    """Shared instants, worst first: what is left between two clocks after both were placed."""
    rows = [row for each in timeline.anchors if (row := _left(each, timeline)) is not None]
    rows.sort(key=lambda row: -abs(row["left"]))
    return [{**row, "number": number} for number, row in enumerate(rows)]


def _left(anchor: Anchor, timeline: Timeline) -> dict[str, Any] | None:
    one, other = timeline.of(anchor.a), timeline.of(anchor.b)
    if one is None or other is None:
        return None
    left = one.incident(anchor.a_at) - other.incident(anchor.b_at)
    return {"a": anchor.a, "b": anchor.b, "a_at": anchor.a_at, "b_at": anchor.b_at, "left": left,
            "bar": anchor.uncertainty, "bar_s": anchor.uncertainty / SECOND,
            "score": anchor.score, "method": anchor.method}  # fmt: skip


def _pair(request: HttpRequest, timeline: Timeline) -> dict[str, Any] | None:
    """Two recordings that somebody asked for at an instant of the first, whether they share one there or not."""
    said = request.GET
    one, other = timeline.of(said.get("a", "")), timeline.of(said.get("b", ""))
    if one is None or other is None or one.exhibit == other.exhibit:
        return None
    try:
        at = media_seconds(float(said.get("t") or 0))
    except ValueError as error:
        raise WrongUsage("t is seconds of the first recording") from error
    bar = one.uncertainty + other.uncertainty
    return {"a": one.exhibit, "b": other.exhibit, "a_at": at, "b_at": other.media(one.incident(at)), "left": 0,
            "bar": bar, "bar_s": bar / SECOND, "number": None}  # fmt: skip


def _far(anchors: list[dict[str, Any]]) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Recording → its first and its last instant shared with another one, where they lie far enough apart."""
    found = {}
    for exhibit in sorted({each[side] for each in anchors for side in ("a", "b")}):
        mine = [_own(each, exhibit) for each in anchors if exhibit in (each["a"], each["b"])]
        own = sorted(mine, key=lambda one: one["at"])
        if own[-1]["at"] - own[0]["at"] >= FAR:
            found[exhibit] = (own[0], own[-1])
    return found


def _own(anchor: dict[str, Any], exhibit: str) -> dict[str, Any]:
    """A shared instant as one of the two recordings has it, in the words of a decision line."""
    mine, theirs = ("a", "b") if anchor["a"] == exhibit else ("b", "a")
    at, there = anchor[f"{mine}_at"], anchor[f"{theirs}_at"]
    return {"at": at, "at_s": at / SECOND, "with": anchor[theirs], "there_s": there / SECOND}


def _snap(
    seat: Seat, a: Exhibit, b: Exhibit, timeline: Timeline, chosen: dict[str, Any]
) -> dict[str, Any]:
    """By how much shared sound says the two are off here, with the runner-up: how sure that is shows in the two."""
    one, other = timeline.of(a.id), timeline.of(b.id)
    assert one is not None, "an anchor's two recordings are both placed"
    assert other is not None
    there = other.media(one.incident(chosen["a_at"]))
    args = {"at_us": int(chosen["a_at"]), "there_us": int(there)}
    (best, second), picture = looking.boxed(seat, a, "agreement", args, other=b)
    return {"lag": best[0], "height": best[1], "second": second[0], "second_height": second[1],
            "clear": best[1] > 1.5 * second[1], "nudge": -best[0] / 1000, "off": _off(-best[0] / 1000),
            "picture": base64.b64encode(picture).decode()}  # fmt: skip


def _off(nudge: float) -> str:
    if not nudge:
        return "exactly right"
    return f"{abs(nudge):.4f} s too {'late' if nudge < 0 else 'early'}"


def _strip(
    request: HttpRequest, seat: Seat, exhibit: Exhibit, timeline: Timeline, chosen: dict[str, Any]
) -> dict[str, Any]:
    """The sound of one recording around a shared instant, placed by the case's clock, ready to be drawn."""
    alignment = timeline.of(exhibit.id)
    assert alignment is not None, "an anchor's two recordings are both placed"
    middle = alignment.media(timeline.of(chosen["a"]).incident(chosen["a_at"]))  # type: ignore[union-attr]  # placed
    start, end = MediaTime(max(0, middle - AROUND)), MediaTime(max(1, middle + AROUND))
    peaks, _ = looking.boxed(seat, exhibit, "peaks", {"start_us": start, "end_us": end})
    width, height = STRIP
    step = width / (2 * AROUND / SECOND * 100)
    shift = (start - (middle - AROUND)) / SECOND * 100 * step
    own = chosen["a_at"] if exhibit.id == chosen["a"] else chosen["b_at"]
    return {
        "exhibit": exhibit,
        "title": _title(seat, exhibit),
        "path": "".join(
            f"M{shift + i * step:.1f} {height / 2 * (1 - value / 255):.1f}V{height / 2 * (1 + value / 255):.1f}"
            for i, value in enumerate(peaks)
        ),
        "mark": width / 2 + (own - middle) / SECOND * 100 * step,
        "from": start / SECOND,
        "ticket": looking.ticket(request, seat, exhibit),
        "start": (middle - AROUND) / SECOND,
        "recording": exhibit.kind is Kind.RECORDING,
    }
