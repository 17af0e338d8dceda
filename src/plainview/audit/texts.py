# SPDX-License-Identifier: Apache-2.0
"""Every text, name and raw byte of the release, searched for every hidden term.

A file is read in as many ways as a reader could: as bytes; as text; without its tags; as the columns of its
JSON or CSV, so that a name cut into one object a word is still a name; with its escapes undone; and what its
base64 and hexadecimal runs decode to.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from plainview.audit.fold import Folded, Needle, base32_texts, base64_texts, hex_texts
from plainview.audit.opening import Bytes, mapped
from plainview.audit.outcome import Outcome

KNOWN = frozenset(
    re.findall(
        r"\S+",
        ".html .css .js .json .xml .vtt .txt .csv .md .svg .ics .atom .otio .fcpxml .edl .kdenlive .eaf .py .jsonld "
        ".webmanifest .map .mp4 .m4a .webp .jpg .jpeg .png .pdf .dat .woff2 .sig",
    )
)
"""Endings of files a release is made of. Another kind has nobody here who can read it, so it is a finding."""
NO_ENDING = frozenset({"allowed_signers", "latest", "checkpoint", "entry", "release.tlog-proof", ".nojekyll"})

_TILE = re.compile(r"(?:^|/)proof/v\d+/tile/\d+/(?:x\d{3}/)*\d{3}(?:\.p/\d+)?$")
"""Hash tiles of the custody log: 32 bytes a hash, searched like any bytes."""

_FONTS = frozenset(
    {
        "b1b348c333b32eaad768b8cdf5fb7b8f37aaa22492e7b8681c86225e84c88d93",
        "a96e8591b61463fb6061ad2ca0c757e01be075c34154204e90e01713d852efe9",
    }
)
"""SHA-256 of the fonts that pages are set in, whole alphabets both. Any other may hold names in its tables, private
data, or just the letters of a text that was taken away."""

_SPANS = re.compile(r"<[^<>]*>")
_TIMES = re.compile(r"^[\d:.,]+ --> [\d:.,]+.*$", re.MULTILINE)
_PIECE = 16 << 20
"""Bytes searched at a time."""
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")


def attack_name(name: str, needles: list[Needle], outcome: Outcome, place: str) -> None:
    """The path of a file, with its folders, must not name anybody."""
    folded = Folded(urllib.parse.unquote(name))
    for needle in needles:
        if needle.in_folded(folded):
            outcome.leak(place, "name", "its name holds a hidden term", subject=needle.subject)
    outcome.checked["names"] += 1


def attack_text(path: Path, place: str, needles: list[Needle], outcome: Outcome) -> None:
    """One file, in every reading."""
    outcome.checked["files searched for terms"] += 1
    if path.suffix.lower() not in KNOWN and path.name not in NO_ENDING and not _TILE.search(place):
        outcome.leak(place, "unknown kind", "is of a kind that the audit cannot look into")
    with mapped(path) as data:
        if path.suffix.lower() == ".woff2" and hashlib.sha256(data).hexdigest() not in _FONTS:
            outcome.leak(place, "font", "is a font that was not looked into")
        search_bytes(data, place, needles, outcome)
        text = as_text(data)
    if text is not None:
        search_views(views(text, path.suffix.lower()), place, needles, outcome)


def search_bytes(data: Bytes, place: str, needles: list[Needle], outcome: Outcome) -> None:
    """Raw bytes, as UTF-8 and UTF-16, in any letter case; a piece at a time, each reaching into the next."""
    beyond = max((len(raw) for needle in needles for raw in needle.raw), default=0)
    hidden = list(needles)
    for at in range(0, len(data), _PIECE):
        lowered = data[at : at + _PIECE + beyond].lower()
        for needle in [each for each in hidden if each.in_bytes(lowered)]:
            outcome.leak(place, "bytes", "its bytes hold a hidden term", subject=needle.subject)
            hidden.remove(needle)


def search_views(found: Iterator[tuple[str, str]], place: str, needles: list[Needle], outcome: Outcome) -> None:
    """Each reading of a text: (how it was read, the text). A term is reported for the plainest reading only."""
    hidden = list(needles)
    for how, text in found:
        folded = Folded(text)
        seen = [needle for needle in hidden if needle.in_folded(folded)]
        for needle in seen:
            outcome.leak(place, "text", f"a hidden term stands in it ({how})", subject=needle.subject)
        hidden = [needle for needle in hidden if needle not in seen]


def as_text(data: Bytes) -> str | None:
    """The bytes as text, None when they are none."""
    for mark, code in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if data[: len(mark)] == mark and (mark or data.find(b"\0") < 0):
            try:
                return str(data[:], code)
            except UnicodeDecodeError:
                continue
    return None


def views(text: str, ending: str) -> Iterator[tuple[str, str]]:
    """(how it is read, the text so read), the plainest first."""
    yield "as it stands", text
    if "<" in text:
        without = _SPANS.sub("", text)
        yield "without its tags", html.unescape(without)
        yield "with its tags as spaces", html.unescape(_SPANS.sub(" ", text))
    if "&" in text:
        yield "with its entities undone", _undone(text, html.unescape)
    if "%" in text:
        yield "with its address escapes undone", _undone(text, urllib.parse.unquote_plus)
    if "\\" in text:
        yield "with its escapes undone", _undone(text, lambda each: _ESCAPE.sub(_unescaped, each).replace("\\\\", "\\"))
    if ending == ".vtt":
        yield "as spoken", _SPANS.sub("", _TIMES.sub(" ", text))
    if ending == ".csv":
        yield "column by column", _columns_of_csv(text)
    if ending in (".json", ".jsonld", ".otio", ".webmanifest", ".map"):
        yield from _json_views(text)
    for script in re.findall(r"<script[^>]*json[^>]*>(.*?)</script>", text, re.DOTALL):
        yield from _json_views(script)
    yield from _decoded_views(text)


def _undone(text: str, undo: Callable[[str], str]) -> str:
    """A text with its escapes undone, as often as they were done: at most four times."""
    for _ in range(4):
        inner = undo(text)
        if inner == text:
            break
        text = inner
    return text


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match.group(1) or match.group(2), 16))


def _columns_of_csv(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    width = max((len(row) for row in rows), default=0)
    return "\n".join(" ".join(row[i] for row in rows if i < len(row)) for i in range(width))


def _json_views(text: str) -> Iterator[tuple[str, str]]:
    """All strings in order, and the strings of each key in order."""
    try:
        data = json.loads(text)
    except ValueError:
        return
    columns: dict[str, list[str]] = {}
    _gather(data, "", columns)
    for values in columns.values():
        yield "key by key", " ".join(values)
    yield "all its strings", " ".join(value for values in columns.values() for value in values)


def _gather(value: Any, key: str, columns: dict[str, list[str]]) -> None:
    if isinstance(value, str):
        columns.setdefault(key, []).append(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            columns.setdefault("keys", []).append(name)
            _gather(item, name, columns)
    elif isinstance(value, list):
        for item in value:
            _gather(item, key, columns)


def _decoded_views(text: str) -> Iterator[tuple[str, str]]:
    """What is hidden one encoding deeper; compressed data too. Digests and keys decode to noise: not text."""
    coded = ("base64", base64_texts), ("base32", base32_texts), ("hexadecimal", hex_texts)
    for how, runs in ((f"in its {name}", decode(text)) for name, decode in coded):
        inner = [readable for raw in runs if (readable := _readable(raw))]
        if inner:
            yield how, "\n".join(inner)


def _readable(raw: bytes) -> str:
    """The bytes as text if they look like text, inflated where they are compressed; else nothing."""
    if raw[:2] in (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        try:
            raw = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(raw, 1 << 20)
        except zlib.error:
            return ""
    if raw.count(0) * 3 > len(raw):
        raw = raw.replace(b"\0", b"")  # UTF-16 of plain letters
    plain = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in raw)
    return raw.decode("utf-8", "replace") if plain >= 0.8 * len(raw) else ""
