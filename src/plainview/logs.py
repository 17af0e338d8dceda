# SPDX-License-Identifier: Apache-2.0
"""What programs write about their work for whoever keeps the machines running: one JSON object a line.

What this module keeps true: no name, no word that was said or written, no face gets into a log. Only fields on the list
below are written, and only values of the form that the list allows; anything else is left out, and that it was left out
is said. An error is told by its kind, never by its sentence, which may quote a file's name. The custody log is another
thing and is not written here.

``PLAINVIEW_LOG=-`` writes to standard error, a path appends to that file, and without it nothing is written.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime

LOGGER = logging.getLogger("plainview")
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WORD = re.compile(r"[a-z][a-z_]{0,39}")
_KIND = re.compile(r"[A-Z][A-Za-z]{0,59}")
FIELDS: dict[str, re.Pattern[str]] = {
    "step": _WORD,
    "exhibit": re.compile(r"EX-\d{4,}|"),
    "version": re.compile(r"v\d+"),
    "outcome": _WORD,
    "queue": _WORD,
    "error": _KIND,
    "task": re.compile(r"[0-9a-f]{8,40}"),
    **dict.fromkeys(("seconds", "count", "bytes", "jobs", "process", "port", "status", "tries", "copy"), _NUMBER),
}
"""Field → the whole form its value must have."""

_EVENT = re.compile(r"[a-z]+(_[a-z]+)*")


def event(name: str, *, warning: bool = False, **fields: str | float) -> None:
    """Log that something happened; ``event("task_ended", step="speech", exhibit="EX-0003", seconds=12.5)``."""
    if not _EVENT.fullmatch(name):
        raise ValueError("an event is a few small words joined by underscores")
    allowed = {key: value for key, value in fields.items() if key in FIELDS and FIELDS[key].fullmatch(str(value))}
    told: dict[str, str | float] = {"event": name, **allowed}
    if len(allowed) < len(fields):
        told["left_out"] = len(fields) - len(allowed)
    LOGGER.log(logging.WARNING if warning else logging.INFO, name, extra={"told": told})


class JsonLines(logging.Formatter):
    """One JSON object for each of our own events; a record of anybody else's becomes its level and nothing more."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told = getattr(record, "told", {"event": "other"})
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps({"time": at, "level": record.levelname.lower(), **told})


def open_log(place: str | None = None) -> None:
    """Begin to write, to where ``place`` or the environment says; nothing happens when neither says anything."""
    wanted = os.environ.get("PLAINVIEW_LOG", "") if place is None else place
    if not wanted:
        return
    handler = logging.StreamHandler(sys.stderr) if wanted == "-" else logging.FileHandler(wanted, encoding="utf-8")
    handler.setFormatter(JsonLines())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
