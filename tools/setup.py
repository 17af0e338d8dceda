# SPDX-License-Identifier: Apache-2.0
"""Make the virtual environment that the Makefile's commands run in; does nothing when it is up to date.

Needs Python ≥ 3.11 with venv and a way to the package registries, nothing else. Every package is
pinned by SHA-256 in ``requirements.lock``. The page's scripts are bundled with Node from the
machine or, where there is none, from a Python package.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RUN = VENV / "bin" / "python"
READY = VENV / ".ready"
INSTALLER = "uv==0.13.9"
"""Installs the locked packages in a fraction of pip's time; falls back to pip where it cannot be had."""


def main() -> int:
    """Bring the environment up to date; 0, or the sentence that says what is missing."""
    if sys.version_info < (3, 11):
        return _stop(f"plainview needs Python 3.11 or newer, this is {sys.version.split()[0]}")
    wanted = _digest()
    if not READY.is_file() or READY.read_text() != wanted:
        started = time.monotonic()
        print("setting up .venv (first time: about a minute and 700 MB) …", flush=True)
        problem = _environment()
        if problem:
            return _stop(problem)
        READY.write_text(wanted)
        print(f"set up in {time.monotonic() - started:.0f} s", flush=True)
    return subprocess.call([RUN, ROOT / "web" / "build.py"])


def _digest() -> str:
    lock = (ROOT / "requirements.lock").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(lock + sys.version.encode()).hexdigest()


def _environment() -> str:
    """Install everything; an empty string, or one sentence."""
    if not RUN.exists() and subprocess.call([sys.executable, "-m", "venv", VENV]) != 0:
        return "no virtual environment could be made (on Debian and Ubuntu: apt install python3-venv)"
    pip = [RUN, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = ["--require-hashes", "--no-deps", "-r", ROOT / "requirements.lock"]
    fast = subprocess.call([*pip, INSTALLER]) == 0 and _uv(ROOT / "requirements.lock") == 0
    if not fast and subprocess.call([*pip, *lock]) != 0:
        return "the packages of requirements.lock could not be installed (is the package registry reachable?)"
    if subprocess.call([*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT]) != 0:
        return "plainview itself could not be installed into .venv"
    return ""


def _uv(lock: Path) -> int:
    """Compiled at once, as pip does it: otherwise every program that starts reads a hundred libraries as text."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    install = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes", "-r", lock]
    return subprocess.call(install, env=environment)


def _stop(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
