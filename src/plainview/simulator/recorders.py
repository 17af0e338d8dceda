# SPDX-License-Identifier: Apache-2.0
"""The recorders: which device made which file, on what clock, in which format.

``offset`` is the common-clock time of the file's first sample or frame; a moment at media time
``m`` happened at ``offset + m * (1 + drift_ppm * 1e-6)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["body", "dash", "street", "shop", "doorbell", "phone", "911", "radio", "stranger"]


@dataclass(frozen=True, slots=True)
class Picture:
    """How the picture is made: size, rate, codec, and what is burned into it."""

    width: int
    height: int
    fps: int
    codec: str
    options: tuple[tuple[str, str], ...]
    overlay: tuple[str, ...] = ()
    corner: Literal["tr", "tl", "bl"] = "tr"
    clock_error: float | None = None
    grain: float = 3.0
    half: bool = True  # background drawn at half size (moving cameras)


@dataclass(frozen=True, slots=True)
class Sound:
    """How the sound is made: rate, codec, level and faults of the device."""

    rate: int
    codec: str
    bit_rate: int
    gain_db: float
    noise_db: float
    agc: bool = False
    low_hz: float = 80.0
    high_hz: float = 7600.0
    muffle_hz: float | None = None  # heard through a wall or window
    channel: str = "street"


@dataclass(frozen=True, slots=True)
class Recorder:
    """One recording as it will be delivered."""

    id: str
    path: str
    kind: Kind
    offset: float
    duration: float
    drift_ppm: float
    container: str
    picture: Picture | None = None
    sound: Sound | None = None
    wearer: str | None = None
    place: tuple[float, float, float] | None = None
    look: tuple[float, float, float] | None = None  # yaw, pitch, field of view in degrees
    buffer_s: float = 0.0
    created: float | None = None  # creation_time in the container, on the common clock
    serial: str | None = None
    title: str = ""
    placed: bool = True  # belongs to the incident


def _x264(crf: int, gop: int, b_frames: int, preset: str = "ultrafast") -> tuple[tuple[str, str], ...]:
    params = f"scenecut=0:open-gop=0:bframes={b_frames}:keyint={gop}:min-keyint={gop}"
    return (("preset", preset), ("crf", str(crf)), ("g", str(gop)), ("threads", "1"), ("x264-params", params))


POLICE: Final = "police_department"
FULL: Final[tuple[Recorder, ...]] = (
    Recorder(
        "bwc-1", f"{POLICE}/AXON_Body_3_Video_2026-03-14_2140_X60A3127K.mp4", "body", -8.137, 102.0, 11.0, "mp4",
        Picture(640, 360, 25, "libx264", _x264(30, 50, 0), ("BODY 3  X60A3127K",), "tr", 0.42, 2.6),
        Sound(32_000, "aac", 64_000, 0.0, -52.0, agc=True), wearer="tolland", buffer_s=30.0, created=-8.137,
        serial="X60A3127K"),
    Recorder(
        "bwc-2", f"{POLICE}/AXON_Body_3_Video_2026-03-14_2140_X60A1188M.mp4", "body", 22.311, 76.0, -17.0, "mp4",
        Picture(1280, 720, 15, "libx264", _x264(31, 15, 2), ("BODY 3  X60A1188M",), "tr", -0.31, 2.6),
        Sound(32_000, "aac", 64_000, -3.0, -50.0, agc=True), wearer="imbert", buffer_s=30.0, created=22.311,
        serial="X60A1188M"),
    Recorder(
        "bwc-3", f"{POLICE}/AXON_Body_3_Video_2026-03-14_2139_X60A2045R.mp4", "body", -5.402, 170.0, 24.0, "mp4",
        Picture(640, 360, 15, "libx264", _x264(31, 30, 0), ("BODY 3  X60A2045R",), "tr", 0.06, 2.6),
        Sound(32_000, "aac", 64_000, -2.0, -50.0, agc=True), wearer="okafor", buffer_s=30.0, created=-5.402,
        serial="X60A2045R"),
    Recorder(
        "dash", f"{POLICE}/unit311_front_20260314-2139.avi", "dash", -3.208, 96.0, -29.0, "avi",
        Picture(640, 360, 20, "mpeg4", (("b", "900000"), ("g", "20"), ("threads", "1")),
                ("UNIT 311  FRONT  000 MPH",), "tl", 0.9, 2.0, half=False),
        Sound(16_000, "pcm_s16le", 256_000, -3.0, -50.0, muffle_hz=3600.0), place=(-6.5, -4.2, 1.3),
        look=(1.0, -2.0, 62.0), created=None),
    Recorder(
        "street", "city_cameras/CAM114_CALDER_9TH_20260314_214004.mp4", "street", 4.0, 95.0, 3.0, "mp4",
        Picture(640, 360, 10, "libx264", _x264(30, 20, 0), ("CITY CAM 114  CALDER/9TH",), "bl", 0.03, 2.4, half=False),
        None, place=(23.0, -8.6, 5.4), look=(42.0, -13.0, 74.0), created=4.0),
    Recorder(
        "shop", "calder_market/ch02_20260314214422.mp4", "shop", 10.25, 95.0, 21.0, "mp4",
        Picture(640, 360, 10, "libx264", _x264(30, 20, 0), ("CALDER MARKET CH02",), "tl", 252.0, 2.6, half=False),
        Sound(16_000, "aac", 32_000, -4.0, -46.0, low_hz=200.0, high_hz=5200.0), place=(43.4, -9.7, 2.9),
        look=(108.0, -9.0, 88.0), created=262.25),
    Recorder(
        "doorbell", "residents/doorbell_1402_calder.mp4", "doorbell", 7.6, 80.0, -12.0, "mp4",
        Picture(640, 480, 12, "libx265",
                (("preset", "ultrafast"), ("crf", "29"), ("x265-params",
                  "pools=none:frame-threads=1:log-level=error:keyint=24:min-keyint=24:scenecut=0:open-gop=0:info=0")),
                ("FRONT DOOR",), "bl", 2.4, 2.4, half=False),
        Sound(16_000, "aac", 32_000, 0.0, -46.0, agc=True, low_hz=150.0, high_hz=6000.0), place=(18.0, 9.75, 1.42),
        look=(-90.0, -3.0, 96.0), created=10.0),
    Recorder(
        "phone", "witnesses/statement of Dana Whitlock/VID_20260314_214031.mp4", "phone", 31.417, 56.0, 8.0, "mp4",
        Picture(360, 640, 30, "libx264", _x264(30, 60, 0), (), "tl", None, 2.4),
        Sound(48_000, "aac", 96_000, 0.0, -52.0, agc=True), wearer="filmer", created=87.4),
    Recorder(
        "911-1", "dispatch/CAD_911_20260314_214012.wav", "911", 12.05, 78.0, 0.0, "wav", None,
        Sound(8_000, "pcm_mulaw", 64_000, 0.0, -44.0, low_hz=300.0, high_hz=3400.0, muffle_hz=2600.0, channel="call-1"),
        place=(40.0, 22.0, 5.0)),
    Recorder(
        "911-2", "dispatch/CAD_911_20260314_214050.wav", "911", 50.4, 48.0, 0.0, "wav", None,
        Sound(8_000, "pcm_mulaw", 64_000, -2.0, -42.0, low_hz=300.0, high_hz=3400.0, channel="call-2"),
        place=(41.2, -8.6, 1.5)),
    Recorder(
        "radio", "dispatch/ZONE4_20260314_2139.mp3", "radio", -2.0, 112.0, 0.0, "mp3", None,
        Sound(8_000, "libmp3lame", 24_000, 0.0, -60.0, low_hz=300.0, high_hz=3300.0, channel="radio")),
    Recorder(
        "stranger", "witnesses/IMG_4471.mov", "stranger", 86_400.0 * 11 + 1_234.5, 42.0, -6.0, "mov",
        Picture(640, 360, 15, "libx264", _x264(28, 30, 0), (), "tl", None, 2.4),
        Sound(48_000, "aac", 64_000, 0.0, -48.0, agc=True, channel="fair"), created=None, placed=False),
)


def mini() -> tuple[Recorder, ...]:
    """Three short recordings of the same incident and a stranger: the same code, for tests."""
    by_id = {r.id: r for r in FULL}
    out = []
    for name, offset, duration, buffer_s in (
        ("bwc-1", 36.0, 30.0, 3.0), ("doorbell", 41.0, 28.0, 0.0), ("911-2", 50.4, 20.0, 0.0), ("stranger", 0.0, 12.0, 0.0),
    ):
        r = by_id[name]
        at = r.offset if name == "stranger" else offset
        picture = None
        if r.picture is not None:
            p = r.picture
            size = (480, 272) if name == "bwc-1" else (320, 240)
            picture = Picture(*size, 12 if name == "bwc-1" else 10, "libx264", _x264(27, 12 if name == "bwc-1" else 10, 0),
                              p.overlay, p.corner, p.clock_error, p.grain, p.half)
        if name == "stranger":
            picture = None
        out.append(Recorder(r.id, r.path if picture or name == "911-2" else "witnesses/AUD_4471.m4a", r.kind, at, duration,
                            r.drift_ppm, r.container if name != "stranger" else "mp4", picture, r.sound, r.wearer, r.place,
                            r.look, buffer_s, at if r.created is not None else None, r.serial, r.title, r.placed))
    return tuple(out)


def fov_to_focal(width: int, degrees: float) -> float:
    """Focal length in pixels for a horizontal field of view."""
    return width / 2 / math.tan(math.radians(degrees) / 2)
