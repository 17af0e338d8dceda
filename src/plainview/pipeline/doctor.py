# SPDX-License-Identifier: Apache-2.0
"""What this machine has of what plainview needs."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys

from plainview.errors import PlainviewError

PARTS = ("av", "onnxruntime", "faster-whisper", "django", "dbos", "cryptography", "pypdfium2", "pikepdf", "rapidocr")


def examine() -> dict[str, str]:
    """Name → state, for people; nothing is changed and nothing leaves the machine."""
    found = {"python": sys.version.split()[0], "processors": str(os.cpu_count())}
    found |= {part: _version(part) for part in PARTS}
    found |= {"speech model": _weights("base"), "face model": _faces(), "sandbox": _sandbox()}
    found["ssh-keygen"] = shutil.which("ssh-keygen") or "not here (only needed to verify by hand)"
    return found


def _version(part: str) -> str:
    try:
        return importlib.metadata.version(part)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _weights(name: str) -> str:
    from plainview.media import weights

    try:
        return f"{name}, sha256 {weights.whisper(name).digests[0][:16]}…"
    except PlainviewError as error:
        return str(error)


def _faces() -> str:
    from plainview.media import weights

    try:
        return weights.centerface().name
    except PlainviewError as error:
        return str(error)


def _sandbox() -> str:
    """A child closes the box around itself and says what it got; this process stays free."""
    code = (
        "from pathlib import Path; from plainview.media import box; "
        "report = box.enter(read=[], write=[], memory=1 << 34, cpu_seconds=60); "
        "print('; '.join(report.missing) or 'files, network and programs are confined')"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return done.stdout.strip() or "could not be tried"
