# SPDX-License-Identifier: Apache-2.0
"""Run everything that must hold: style, types, layers, tests. Installs Chromium where it may.

Browser tests need Chromium. As root on Debian or Ubuntu it is installed; elsewhere the tests say in
one line why they cannot run, except under ``PLAINVIEW_CI=1``, where that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = sys.executable
TOOLS = {
    "chromium": "chromium",
    "pdftotext": "poppler-utils",
    "go": "golang-go golang-golang-x-mod-dev",
    "ssh-keygen": "openssh-client",
    "openssl": "openssl",
    "nginx": "nginx-light",
    "systemd-analyze": "systemd",
}
"""Programs that only tests need, and the Debian packages that bring them."""

PROCESSES = "3"
"""One more than a small machine has cores: a test often waits for a browser, a server or a child. The tests of one file
share what it builds, so they stay with one process."""


def main() -> int:
    """The first failing check's exit code; 0 when all hold. Tools are installed while style and types are checked."""
    with ThreadPoolExecutor(1) as aside:
        tools = aside.submit(_install_tools)
        code = _first_failing(
            [RUN, "-m", "ruff", "check", "src", "tests", "tools", "bench"],
            [RUN, "-m", "mypy"],
            [Path(RUN).parent / "lint-imports"],
        )
        tools.result()
    return code or _first_failing(
        [RUN, "-m", "pytest", "-n", PROCESSES, "--dist", "loadfile", "--no-loadscope-reorder", *sys.argv[1:]]
    )


def _first_failing(*checks: list[str | Path]) -> int:
    # A test starts hundreds of programs: what one has compiled, the next need not.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for check in checks:
        print("$", *(str(part) for part in check if part != RUN), flush=True)
        code = subprocess.call(check, cwd=ROOT, env={**environment, "OMP_NUM_THREADS": "1"})
        if code:
            return code
    return 0


def _install_tools() -> None:
    missing = [packages for program, packages in TOOLS.items() if shutil.which(program) is None]
    if shutil.which("initdb") is None and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        missing.append("postgresql")  # its server programs are not on the path; tests start a server of their own
    if not missing or shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    names = " ".join(missing).split()
    print("installing for the tests:", *names, flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.call(["apt-get", "update", "-qq"], **quiet)  # type: ignore[call-overload]
    subprocess.call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names], **quiet)  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
