# SPDX-License-Identifier: Apache-2.0
"""What a file is, by its first and last bytes: its name is the deliverer's claim and is not asked.

A guess decides only who looks next. A recording is believed when ``media.probe`` has opened it.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainview.model.case import Kind

HEAD = 8192
"""Bytes of the beginning that are looked at."""

TAIL = 65536
"""Bytes of the end: a JPEG's end mark may be followed by a maker's padding."""

_POINTERS = (b"#extm3u", b"ffconcat", b"v=0", b"<mpd", b"[playlist]", b"rtsptext")
"""Beginnings of text that makes a player open something else; they go to the media reader, which says so."""

_RECORDINGS = (
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"caff", "audio/x-caf"),
    (0, b"#!AMR", "audio/amr"),
    (8, b"AVI ", "video/x-msvideo"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AIFF", "audio/aiff"),
    (4, b"moov", "video/quicktime"),
    (4, b"mdat", "video/quicktime"),
    (4, b"wide", "video/quicktime"),
)

_STILLS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (8, b"WEBP", "image/webp"),
)

_STILL_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"heim", b"heis")

_PAPERS = (
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)

_OFFICE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
)


@dataclass(frozen=True, slots=True)
class Guess:
    """``kind`` is None when only an attempt to open it as a recording can tell."""

    kind: Kind | None
    media_type: str
    problem: str = ""


def sniff(head: bytes, tail: bytes) -> Guess:
    """What a file with these first and last bytes seems to be."""
    if not head:
        return Guess(Kind.UNREADABLE, "application/octet-stream", "the file is empty")
    for kind, signatures in ((Kind.RECORDING, _RECORDINGS), (Kind.PHOTOGRAPH, _STILLS), (Kind.DOCUMENT, _PAPERS)):
        for at, mark, media_type in signatures:
            if head[at : at + len(mark)] == mark and _container(head, at):
                return Guess(kind, media_type, _cut(media_type, tail))
    if head[4:8] == b"ftyp":
        still = head[8:12] in _STILL_BRANDS
        return Guess(Kind.PHOTOGRAPH, "image/heif") if still else Guess(Kind.RECORDING, "video/mp4")
    if b"%PDF-" in head[:1024]:
        return Guess(Kind.DOCUMENT, "application/pdf", _cut("application/pdf", tail))
    if head[:4] == b"PK\x03\x04":
        return _packed(head + tail)
    return _text(head)


def _container(head: bytes, at: int) -> bool:
    """A mark at byte 8 counts only inside RIFF or AIFF's FORM."""
    return at != 8 or head[:4] in (b"RIFF", b"RF64", b"FORM")


def _cut(media_type: str, tail: bytes) -> str:
    ends = {"application/pdf": b"%%EOF", "image/jpeg": b"\xff\xd9", "image/png": b"IEND"}
    mark = ends.get(media_type)
    return "" if mark is None or mark in tail else "its end is missing: the file was cut off"


def _packed(data: bytes) -> Guess:
    for mark, media_type in _OFFICE:
        if mark in data:
            return Guess(Kind.DOCUMENT, media_type)
    problem = "this is a packed archive; it is kept as it is and was not unpacked"
    return Guess(Kind.UNREADABLE, "application/zip", problem)


def _text(head: bytes) -> Guess:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") and len(head) >= 4 and b"\x00" in head:
        return Guess(Kind.DOCUMENT, "text/plain")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_POINTERS) or b"<mpd" in start[:1024]:
        return Guess(None, "text/plain")
    if any(byte < 0x20 and byte not in b"\t\n\r\f" for byte in head):
        return Guess(None, "application/octet-stream")
    if start.startswith((b"<!doctype html", b"<html")):
        return Guess(Kind.DOCUMENT, "text/html")
    if start.startswith(b"<?xml"):
        return Guess(Kind.DOCUMENT, "text/xml")
    return Guess(Kind.DOCUMENT, "text/plain")
