# SPDX-License-Identifier: Apache-2.0
"""The one clock: where each recording was put, by which shared instants, to be seen and heard before it is accepted."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from plainview.desk import looking
from plainview.desk.board import page as screen
from plainview.desk.guard import Seat, in_case
from plainview.model.case import Exhibit, Kind
from plainview.model.time import SECOND, MediaTime, clock_text
from plainview.model.timeline import Alignment, Anchor, Timeline

AROUND = 3 * SECOND
"""µs of sound shown on each side of a shared instant."""

FAR = 300 * SECOND
"""µs between the first and the last shared instant from which two clocks' drift can be told."""

STRIP = (1200, 90)


@in_case
def view(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The placements, the shared instants with what is left between them, and one of them as two waveforms."""
    timeline, names = seat.desk.found.timeline, {each.id: each for each in seat.desk.exhibits}
    if timeline is None:
        return screen(request, seat, "sync", "sync.html", {"timeline": None})
    anchors = _anchors(timeline)
    asked = request.GET.get("anchor", "")
    chosen = anchors[int(asked)] if asked.isdigit() and int(asked) < len(anchors) else None
    state = seat.desk.state
    said: dict[str, Any] = {
        "timeline": timeline,
        "rows": [_row(seat, names[each.exhibit], each, timeline) for each in _ordered(timeline)],
        "unplaced": [(names[exhibit], why) for exhibit, why in timeline.unplaced if exhibit in names],
        "anchors": anchors[:200],
        "accepted": state.timeline is not None and state.timeline.digest == seat.desk.found.timeline_digest,
        "chosen": chosen,
    }
    if chosen is not None and seat.may("view original"):
        said["strips"] = [_strip(request, seat, names[each], timeline, chosen) for each in (chosen["a"], chosen["b"])]
    return screen(request, seat, "sync", "sync.html", said)


def _ordered(timeline: Timeline) -> list[Alignment]:
    return sorted(timeline.alignments, key=lambda each: (each.offset, each.exhibit))


def _row(seat: Seat, exhibit: Exhibit, alignment: Alignment, timeline: Timeline) -> dict[str, Any]:
    title = seat.desk.state.titles.get(exhibit.id)
    first = min(each.offset for each in timeline.alignments)
    ends = [each.offset + _length(seat, each.exhibit) for each in timeline.alignments]
    whole = max(1, max(ends) - first)
    return {
        "exhibit": exhibit, "title": title.title if title else exhibit.name, "alignment": alignment,
        "clock": clock_text(alignment.offset, seat.here.at),
        "x": 1000 * (alignment.offset - first) / whole, "w": max(2, 1000 * _length(seat, exhibit.id) / whole),
        "far": _reach(exhibit.id, timeline) >= FAR,
    }  # fmt: skip


def _length(seat: Seat, exhibit: str) -> int:
    found = next(each for each in seat.desk.exhibits if each.id == exhibit)
    return found.probe.duration if found.probe else 0


def _reach(exhibit: str, timeline: Timeline) -> int:
    """µs from a recording's first shared instant to its last."""
    own = [each.a_at if each.a == exhibit else each.b_at for each in timeline.anchors if exhibit in (each.a, each.b)]
    return max(own) - min(own) if own else 0


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
            "bar": anchor.uncertainty, "score": anchor.score, "method": anchor.method}  # fmt: skip


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
        "path": "".join(
            f"M{shift + i * step:.1f} {height / 2 * (1 - value / 255):.1f}V{height / 2 * (1 + value / 255):.1f}"
            for i, value in enumerate(peaks)
        ),
        "mark": width / 2 + (own - middle) / SECOND * 100 * step,
        "from": start / SECOND,
        "ticket": looking.ticket(request, seat, exhibit),
        "recording": exhibit.kind is Kind.RECORDING,
    }
