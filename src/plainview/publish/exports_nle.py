# SPDX-License-Identifier: Apache-2.0
"""The synchronised recordings for editing programs: OpenTimelineIO, FCPXML, CMX 3600, Kdenlive.

All four are written from one ``Cut`` (``exports_cut``): each recording on its own track, moments as
markers, and the timeline's own clock at the time of day of the first recording, so that an editor's
time display reads as the case's clock.

The files are written here rather than through adapters: the adapters drop markers (FCPXML) or are no
longer kept up (Kdenlive), and so they can serve in the tests as readers that know nothing of us.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from plainview.publish.exports_cut import Clip, Cut, Mark, printable

# --- OpenTimelineIO ------------------------------------------------------------------------------


def otio(cut: Cut) -> str:
    """OpenTimelineIO JSON: a picture track and a sound track for each recording, moments on the stack."""
    tracks = [_track(cut, clip, "Video") for clip in cut.clips if clip.picture]
    tracks += [_track(cut, clip, "Audio") for clip in cut.clips if clip.sound]
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": cut.title,
        "metadata": {"plainview": {"left_out": [{"slug": s, "media": m, "why": w} for s, m, w in cut.left_out]}},
        "global_start_time": _time(cut.begins, cut.rate),
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "metadata": {},
            "source_range": None,
            "effects": [],
            "enabled": True,
            "markers": [_marker(cut, mark) for mark in cut.marks],
            "children": tracks,
        },
    }
    return json.dumps(timeline, indent=2, ensure_ascii=False) + "\n"


def _track(cut: Cut, clip: Clip, kind: str) -> dict[str, Any]:
    children: list[dict[str, Any]] = []
    if clip.start:
        children.append({"OTIO_SCHEMA": "Gap.1", "name": "", "metadata": {}, "enabled": True, "effects": [],
                         "markers": [], "source_range": _range(0, clip.start, cut.rate)})  # fmt: skip
    children.append(_otio_clip(cut, clip))
    return {
        "OTIO_SCHEMA": "Track.1",
        "name": clip.slug,
        "kind": kind,
        "metadata": {},
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": children,
    }


def _otio_clip(cut: Cut, clip: Clip) -> dict[str, Any]:
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": clip.slug,
        "metadata": {},
        "available_range": _range(0, clip.length, cut.rate),
        "available_image_bounds": None,
        "target_url": clip.url,
    }
    exact = {"exhibit": clip.exhibit, "offset_us": clip.offset_us, "uncertainty_us": clip.uncertainty_us,
             "drift_ppm": clip.drift_ppm, "drift_uncertainty_ppm": clip.drift_uncertainty_ppm}  # fmt: skip
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": clip.title,
        "metadata": {"plainview": exact},
        "source_range": _range(0, clip.length, cut.rate),
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _marker(cut: Cut, mark: Mark) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": mark.name,
        "metadata": {},
        "color": "RED",
        "comment": mark.text,
        "marked_range": _range(mark.at, mark.length, cut.rate),
    }


def _time(frames: int, rate: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(frames)}


def _range(start: int, length: int, rate: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(length, rate)}


# --- Final Cut Pro XML ---------------------------------------------------------------------------


def fcpxml(cut: Cut) -> str:
    """FCPXML 1.8: one gap as long as the cut, every recording connected to it on its own lane."""
    document = Element("fcpxml", {"version": "1.8"})
    resources = SubElement(document, "resources")
    frame = f"1/{cut.rate}s"
    size = {"width": str(cut.width), "height": str(cut.height)}
    SubElement(resources, "format", {"id": "r1", "name": "case", "frameDuration": frame, **size})
    for i, clip in enumerate(cut.clips):
        SubElement(resources, "asset", _asset(cut, clip, i))
    event = SubElement(SubElement(document, "library"), "event", {"name": cut.title})
    project = SubElement(event, "project", {"name": cut.title})
    sequence = SubElement(
        project,
        "sequence",
        {
            "format": "r1",
            "duration": _rational(cut.length, cut.rate),
            "tcStart": _rational(cut.begins, cut.rate),
            "tcFormat": "NDF",
        },
    )
    spine = SubElement(sequence, "spine")
    whole = {"name": "the case's clock", "offset": _rational(cut.begins, cut.rate), "start": "0s",
             "duration": _rational(cut.length, cut.rate)}  # fmt: skip
    gap = SubElement(spine, "gap", whole)
    for i, clip in enumerate(cut.clips):
        SubElement(gap, "asset-clip", _asset_clip(cut, clip, i))
    for mark in cut.marks:
        at, length = _rational(mark.at, cut.rate), _rational(mark.length, cut.rate)
        SubElement(gap, "marker", {"start": at, "duration": length, "value": mark.name, "note": mark.text})
    return _xml(document, "<!DOCTYPE fcpxml>\n")


def _asset(cut: Cut, clip: Clip, index: int) -> dict[str, str]:
    length = _rational(clip.length, cut.rate)
    asset = {"id": f"r{index + 2}", "name": clip.title, "src": clip.url, "start": "0s", "duration": length}
    if clip.picture:
        asset |= {"hasVideo": "1", "format": "r1"}
    if clip.sound:
        asset |= {"hasAudio": "1", "audioSources": "1", "audioChannels": "1"}
    return asset


def _asset_clip(cut: Cut, clip: Clip, index: int) -> dict[str, str]:
    return {
        "ref": f"r{index + 2}",
        "lane": str(index + 1),
        "name": clip.title,
        "offset": _rational(clip.start, cut.rate),
        "start": "0s",
        "duration": _rational(clip.length, cut.rate),
    }


def _rational(frames: int, rate: int) -> str:
    return f"{frames}/{rate}s" if frames else "0s"


# --- CMX 3600 ------------------------------------------------------------------------------------


def edl(cut: Cut) -> dict[str, str]:
    """One edit decision list for each recording: the format knows a single track of pictures."""
    return {f"{clip.slug}.edl": _edl(cut, clip) for clip in cut.clips}


def _edl(cut: Cut, clip: Clip) -> str:
    first, last = cut.begins + clip.start, cut.begins + clip.start + clip.length
    channels = "AA/V" if clip.picture and clip.sound else "V" if clip.picture else "AA"
    source = f"{_timecode(0, cut.rate)} {_timecode(clip.length, cut.rate)}"
    record = f"{_timecode(first, cut.rate)} {_timecode(last, cut.rate)}"
    lines = [
        f"TITLE: {_ascii(f'{cut.title} {clip.slug}')}",
        "FCM: NON-DROP FRAME",
        "",
        f"001  {_reel(clip.slug):8s} {channels:5s} C        {source} {record}",
        f"* FROM CLIP NAME: {_ascii(clip.title)}",
        f"* FROM FILE: {_ascii(clip.url)}",
    ]
    for mark in cut.marks:
        if clip.start <= mark.at < clip.start + clip.length:
            lines.append(f"* LOC: {_timecode(cut.begins + mark.at, cut.rate)} RED     {_ascii(mark.name)}")
    return "\r\n".join(lines) + "\r\n"


def _timecode(frames: int, rate: int) -> str:
    seconds, rest = divmod(frames, rate)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{rest:02d}"


def _reel(slug: str) -> str:
    """At most eight capital letters and digits, as tape labels were."""
    return "".join(char for char in _ascii(slug).upper() if char.isalnum())[:8] or "AX"


_TYPEWRITTEN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})


def _ascii(text: str) -> str:
    """The format is older than Unicode: accents go, quotes and dashes are typewritten, the rest is ``?``."""
    plain = unicodedata.normalize("NFKD", printable(text).translate(_TYPEWRITTEN))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return kept.encode("ascii", "replace").decode("ascii")


# --- Kdenlive ------------------------------------------------------------------------------------


def kdenlive(cut: Cut) -> str:
    """A Kdenlive project (MLT XML, document version 1.00, which every later Kdenlive upgrades on opening)."""
    mlt = Element("mlt", {"LC_NUMERIC": "C", "version": "7.0.0", "producer": "main_bin", "root": ""})
    SubElement(mlt, "profile", _profile(cut))
    for i, clip in enumerate(cut.clips):
        mlt.append(_producer(f"producer{i}", i, clip, cut.rate))
    main_bin = SubElement(mlt, "playlist", {"id": "main_bin"})
    _property(main_bin, "kdenlive:docproperties.version", "1.00")
    _property(main_bin, "kdenlive:docproperties.guides", json.dumps(_guides(cut)))
    _property(main_bin, "xml_retain", "1")
    for i, clip in enumerate(cut.clips):
        last = _mlt_clock(clip.length - 1, cut.rate)
        SubElement(main_bin, "entry", {"producer": f"producer{i}", "in": "00:00:00.000", "out": last})
    black = SubElement(
        mlt,
        "producer",
        {"id": "black_track", "in": "00:00:00.000", "out": _mlt_clock(max(0, cut.length - 1), cut.rate)},
    )
    _property(black, "resource", "black")
    _property(black, "mlt_service", "color")
    main = Element("tractor", {"id": "main_tractor", "global_feed": "1"})
    SubElement(main, "track", {"producer": "black_track"})
    # Kdenlive counts tracks from the bottom: sound first, then pictures, the first recording on top.
    for number, (i, audio) in enumerate(_kdenlive_tracks(cut)):
        mlt.extend(_lane(cut, i, number, audio=audio))
        SubElement(main, "track", {"producer": f"tractor{number}"})
        if audio:
            _mix(main, number + 1)
    mlt.append(main)
    return _xml(mlt, "")


def _kdenlive_tracks(cut: Cut) -> list[tuple[int, bool]]:
    sound = [(i, True) for i, clip in reversed(list(enumerate(cut.clips))) if clip.sound]
    return sound + [(i, False) for i, clip in reversed(list(enumerate(cut.clips))) if clip.picture]


def _lane(cut: Cut, index: int, number: int, *, audio: bool) -> list[Element]:
    """A track: one playlist with the clip, one empty for transitions, and the tractor that joins them."""
    clip = cut.clips[index]
    main = Element("playlist", {"id": f"playlist{2 * number}"})
    spare = Element("playlist", {"id": f"playlist{2 * number + 1}"})
    tractor = Element("tractor", {"id": f"tractor{number}"})
    _property(tractor, "kdenlive:track_name", clip.slug)
    for playlist in (main, spare):
        SubElement(tractor, "track", {"producer": playlist.get("id", ""), "hide": "video" if audio else "audio"})
    if audio:
        for element in (main, spare, tractor):
            _property(element, "kdenlive:audio_track", "1")
    if clip.start:
        SubElement(main, "blank", {"length": _mlt_clock(clip.start, cut.rate)})
    last = _mlt_clock(clip.length - 1, cut.rate)
    entry = SubElement(main, "entry", {"producer": f"producer{index}", "in": "00:00:00.000", "out": last})
    _property(entry, "kdenlive:id", str(index + 4))
    return [main, spare, tractor]


def _mix(main: Element, track: int) -> None:
    """MLT plays only the sound of the topmost track unless each one is mixed into the lowest."""
    transition = SubElement(main, "transition", {"id": f"mix{track}"})
    for name, value in (("a_track", "0"), ("b_track", str(track)), ("mlt_service", "mix"), ("kdenlive_id", "mix"),
                        ("internal_added", "237"), ("always_active", "1"), ("sum", "1")):  # fmt: skip
        _property(transition, name, value)


def _producer(name: str, index: int, clip: Clip, rate: int) -> Element:
    producer = Element("producer", {"id": name, "in": "00:00:00.000", "out": _mlt_clock(clip.length - 1, rate)})
    _property(producer, "length", str(clip.length))
    _property(producer, "resource", _local(clip.url))
    _property(producer, "mlt_service", "avformat-novalidate")
    _property(producer, "kdenlive:id", str(index + 4))
    _property(producer, "kdenlive:clipname", clip.title)
    return producer


def _local(url: str) -> str:
    """MLT opens paths as they are spelt on disk; only addresses of other machines stay addresses."""
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme in ("", "file") else url


def _profile(cut: Cut) -> dict[str, str]:
    return {
        "description": "case",
        "frame_rate_num": str(cut.rate),
        "frame_rate_den": "1",
        "width": str(cut.width),
        "height": str(cut.height),
        "progressive": "1",
        "sample_aspect_num": "1",
        "sample_aspect_den": "1",
        "display_aspect_num": str(cut.width),
        "display_aspect_den": str(cut.height),
        "colorspace": "709",
    }


def _guides(cut: Cut) -> list[dict[str, Any]]:
    return [{"comment": mark.name, "pos": mark.at, "type": 6} for mark in cut.marks]


def _mlt_clock(frames: int, rate: int) -> str:
    seconds, rest = divmod(frames, rate)
    milliseconds = round(rest * 1000 / rate)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"


def _property(element: Element, name: str, value: str) -> None:
    SubElement(element, "property", {"name": name}).text = value


def _xml(root: Element, doctype: str) -> str:
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}{tostring(root, encoding="unicode")}\n'
