# SPDX-License-Identifier: Apache-2.0
"""Four plots of the sync figures in one SVG: placed and false, errors, honesty of the bars, cost.

Drawn from the rows that ``bench.sync`` keeps; nothing is measured here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

DIFFICULTIES = ("easy", "medium", "hard", "very hard")
COLOURS = {"plainview": "#1a5fb4", "audio-offset-finder": "#c64600", "audalign": "#813d9c", "audfprint2": "#26a269"}
_INK = "#222"
_WIDE, _HIGH, _LEFT, _TOP, _RIGHT = 380, 250, 60, 40, 20

Row = Mapping[str, Any]
Points = Sequence[tuple[float, float]]


def drawn(rows: Sequence[Row]) -> str:
    """The SVG."""
    methods = [m for m in COLOURS if any(m in row["methods"] for row in rows)]
    panels = [
        _panel(0, 0, "Placed, % of those that share sound (× false)", _placed(rows, methods)),
        _panel(1, 0, "Share of plainview's places within so many ms", _errors(rows)),
        _panel(0, 1, "Truths inside the 90 % bar (dark: clock; light: acoustic)", _honesty(rows)),
        _panel(1, 1, "CPU seconds against recorders (grey: decoding alone)", _cost(rows, methods)),
    ]
    width, height = 2 * (_WIDE + _LEFT + _RIGHT) + _RIGHT, 2 * (_HIGH + 2 * _TOP) + 30
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *panels,
        _legend(methods, height - 12),
        "</svg>",
        "",
    ])  # fmt: skip


def _panel(column: int, row: int, title: str, parts: Iterator[str]) -> str:
    x, y = _LEFT + column * (_WIDE + _LEFT + _RIGHT), _TOP + row * (_HIGH + 2 * _TOP)
    frame = f'<rect width="{_WIDE}" height="{_HIGH}" fill="none" stroke="#999"/>'
    return f'<g transform="translate({x} {y})">{_text(0, -10, title, size=13)}{frame}{"".join(parts)}</g>'


def _placed(rows: Sequence[Row], methods: Sequence[str]) -> Iterator[str]:
    yield from _percent_axis(0)
    slot = _WIDE / len(DIFFICULTIES)
    for k, difficulty in enumerate(DIFFICULTIES):
        yield _text(slot * (k + 0.5), _HIGH + 16, difficulty, middle=True)
        width = slot * 0.8 / len(methods)
        for n, method in enumerate(methods):
            found = _of(rows, difficulty, method)
            audible = sum(one["audible"] for one in found)
            if not audible:
                continue
            share, false = sum(one["placed"] for one in found) / audible, sum(one["false"] for one in found)
            x, high = slot * (k + 0.1) + n * width, share * _HIGH
            yield _bar(x, _HIGH - high, width * 0.9, high, COLOURS[method])
            above = high < _HIGH - 16
            at, shade = (_HIGH - high - 4, _INK) if above else (_HIGH - high + 12, "white")
            yield _text(x + width * 0.45, at, f"×{false}", middle=True, colour=shade)


def _errors(rows: Sequence[Row]) -> Iterator[str]:
    """Dashed: against the clock; full: beyond what sound's travel explains."""
    yield from _percent_axis(0)
    for k, ms in enumerate((0.1, 1, 10, 100, 1000)):
        yield _text(k * _WIDE / 4, _HIGH + 16, f"{ms:g} ms", middle=True)
    for difficulty, shade in zip(DIFFICULTIES, ("#26a269", "#1a5fb4", "#c64600", "#813d9c"), strict=True):
        found = _of(rows, difficulty, "plainview")
        for what, dash in (("beyond", ""), ("clock", "5 3")):
            errors = sorted(1000 * error for one in found for error in one["each"][what])
            points = [
                (_WIDE * (math.log10(min(max(e, 0.1), 1000)) + 1) / 4, _HIGH * (1 - (n + 1) / len(errors)))
                for n, e in enumerate(errors)
            ]
            if points:
                yield _line([(0, points[0][1]), *points, (_WIDE, points[-1][1])], shade, dash)
        yield _text(_WIDE - 90, _HIGH - 70 + 14 * DIFFICULTIES.index(difficulty), difficulty, colour=shade)
    yield _text(_WIDE - 190, _HIGH - 8, "full: beyond travel; dashed: clock")


def _honesty(rows: Sequence[Row]) -> Iterator[str]:
    yield _bar(0, _HIGH * (1 - (92 - 50) / 50), _WIDE, _HIGH * 4 / 50, "#ddd")
    yield from _percent_axis(50)
    slot = _WIDE / len(DIFFICULTIES)
    for k, difficulty in enumerate(DIFFICULTIES):
        yield _text(slot * (k + 0.5), _HIGH + 16, difficulty, middle=True)
        found = _of(rows, difficulty, "plainview")
        for n, (what, shade, ink) in enumerate((("held", "#1a5fb4", "white"), ("held_acoustic", "#99c1f1", _INK))):
            held = [each for one in found for each in one["each"][what]]
            if held:
                share = 100 * sum(held) / len(held)
                high = max(share - 50, 0) / 50 * _HIGH
                x = slot * (k + 0.15 + 0.35 * n)
                yield _bar(x, _HIGH - high, slot * 0.32, high, shade)
                yield _text(x + slot * 0.16, _HIGH - high + 13, f"{share:.0f}", middle=True, colour=ink)


def _cost(rows: Sequence[Row], methods: Sequence[str]) -> Iterator[str]:
    """Both axes in decades: 4 to 120 recorders, 0.1 to 10,000 s."""

    def place(count: float, seconds: float) -> tuple[float, float]:
        across = math.log(count / 4) / math.log(120 / 4)
        return _WIDE * across, _HIGH * (1 - (math.log10(max(seconds, 0.1)) + 1) / 5)

    for count in (4, 8, 24, 60, 120):
        yield _text(place(count, 1)[0], _HIGH + 16, str(count), middle=True)
    for decade in range(-1, 5):
        yield _text(-6, place(4, 10**decade)[1] + 4, f"{10**decade:g} s", end=True)
    spent: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        spent["decoding"][row["recorders"]].append(row["decoding_cpu_s"])
        for method in methods:
            if "cpu_s" in row["methods"].get(method, {}):
                spent[method][row["recorders"]].append(row["methods"][method]["cpu_s"])
    for name, by_count in spent.items():
        shade = COLOURS.get(name, "#888")
        points = [place(count, sum(of) / len(of)) for count, of in sorted(by_count.items())]
        yield _line(points, shade, "")
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{shade}"/>' for x, y in points)


def _of(rows: Sequence[Row], difficulty: str, method: str) -> list[Row]:
    return [
        row["methods"][method]
        for row in rows
        if row["difficulty"] == difficulty and "each" in row["methods"].get(method, {})
    ]


def _percent_axis(low: int) -> Iterator[str]:
    for percent in range(low, 101, (100 - low) // 5):
        yield _text(-6, _HIGH * (1 - (percent - low) / (100 - low)) + 4, f"{percent} %", end=True)


def _legend(methods: Sequence[str], y: float) -> str:
    return "".join(
        _bar(60 + 200 * k, y - 10, 12, 12, COLOURS[method]) + _text(78 + 200 * k, y, method)
        for k, method in enumerate(methods)
    )


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _line(points: Points, colour: str, dash: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dash}"/>'


def _text(
    x: float, y: float, words: str, *, middle: bool = False, end: bool = False, size: int = 11, colour: str = _INK
) -> str:
    anchor = "middle" if middle else "end" if end else "start"
    looks = f'text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {looks}>{escape(words)}</text>'
