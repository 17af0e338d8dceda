# SPDX-License-Identifier: Apache-2.0
"""A large original on its way in and on its way to people who watch it.

``python3 -m bench.desk_files upload|ranges [SEED] [MIB]`` (1536 MiB unless said). ``upload``: a browser sends a file
through the page's own script, the desk is killed (SIGKILL) when it holds 600 MB and started again, three times over
with fresh bytes; the digest the browser counted, the one of the stored original and the sender's are compared.
``ranges``: eight clients ask for random ranges of the stored original for ten seconds, once of the desk alone and once
through nginx, which the desk tells which file to send (X-Accel-Redirect).
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import re
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from bench import record
from bench.held import held_mib
from desk.at_desk import PASSWORD, Desk, Person, desk, free_port
from plainview.casework.intake import receive
from plainview.casework.workspace import Workspace, create, open_case
from plainview.model.case import Agent

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
CLERK, CASE = Agent("R. Ames", "staff"), "C-1"
KILLED_AT = 600_000_000
CLIENTS, SECONDS = 8, 10
RANGES = (1 << 20, 8 << 20)
"""Bytes of one range: a seek, and what a player reads ahead."""


def main() -> None:
    """Measure one of the two and keep the figure."""
    what = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbits(32)
    size = (int(sys.argv[3]) if len(sys.argv) > 3 else 1536) << 20
    with tempfile.TemporaryDirectory(prefix="pv-files-") as folder:
        figures = {"upload": uploads, "ranges": ranges}[what](Path(folder), seed, size)
    record.write(f"desk-{what}", {"seed": seed, "bytes": size, **figures}, parts=("django", "granian"))
    print(json.dumps(figures, indent=1))


def office_in(folder: Path) -> Workspace:
    """An office with one case; it has given no role, so that one person may do everything."""
    made = create(folder / "o", name="Office", contact="", at=AT, acting=CLERK, seed=b"files")
    open_case(made, case_id=CASE, title="T", at=AT, rules="own", now=AT, acting=CLERK)
    return made


def written(path: Path, size: int, seed: int) -> str:
    """A recording whose sound is random bytes, of about so many in all; its SHA-256."""
    draw = random.Random(seed)
    with path.open("wb") as out:
        kind = struct.pack("<IHHIIHH", 16, 1, 2, 48000, 192000, 4, 16)
        out.write(b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + kind + b"data" + struct.pack("<I", size))
        for first in range(0, size, 16 << 20):
            block = draw.randbytes(min(16 << 20, size - first))
            out.write(block)
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def uploads(folder: Path, seed: int, size: int) -> dict[str, Any]:
    """Three files, each with one killing."""
    office = office_in(folder)
    done = []
    for number in range(3):
        path = folder / f"{number}.wav"
        sent = written(path, size, seed + number)
        done.append({"sender_sha256": sent, **_sent(office, path, size)})
        print(done[-1], flush=True)
        path.unlink()
    held = {each.sha256 for each in office.ledger.exhibits(CASE)}
    right = sum(each["sender_sha256"] == each["browser_sha256"] and each["sender_sha256"] in held for each in done)
    stored = [_digest(office.vault.original(each)) for each in office.ledger.exhibits(CASE)]
    return {
        "uploads": done,
        "stored_sha256": stored,
        "right": right if sorted(stored) == sorted(each["sender_sha256"] for each in done) else 0,
        "bar": "stored SHA-256 equals the browser's, three of three",
    }


def _sent(office: Workspace, path: Path, size: int) -> dict[str, Any]:
    """Send one file by the page's script while the desk dies under it; take it in."""
    from playwright.sync_api import sync_playwright

    port = free_port()
    began = time.monotonic()
    with desk(office.root, port=port) as first, sync_playwright() as play:
        login, welcome = first.welcome(f"Sender {path.stem}")
        who = Person(login, first.address)
        who.open_account(welcome)
        who.log_in(login, PASSWORD)
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.context.add_cookies(
            [{"name": c.name, "value": c.value or "", "url": who.address} for c in who.session.cookies]
        )
        page.goto(f"{who.address}/case/{CASE}/uploads/")
        before = _held(office)
        with page.expect_navigation(timeout=1_800_000):
            page.set_input_files("#files", str(path))
            held = _killed(office, first, page, before)
            with desk(office.root, port=port) as again:
                print("killed at", held, flush=True)
                page.wait_for_selector("input[data-upload]", state="attached", timeout=1_700_000)
                counted = page.locator("input[data-upload]").first.input_value()
                sending = time.monotonic() - began
                page.get_by_label("Received from").first.fill("the police")
                page.get_by_role("button", name="Take it in as evidence").first.click()
                _until(lambda: counted in _taken_in(office))
                assert again.process.poll() is None
        browser.close()
    return {"browser_sha256": counted, "held_when_killed": held, "seconds": round(sending, 1)}


def _taken_in(office: Workspace) -> set[str]:
    """The digests the office holds, asked in a thread of its own: the browser's driver occupies this one."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: {each.sha256 for each in office.ledger.exhibits(CASE)}).result()


def _held(office: Workspace) -> int:
    return sum(path.stat().st_size for path in (office.root / "desk" / "uploads").glob("*/file/*"))


def _killed(office: Workspace, first: Desk, page: Any, before: int) -> int:
    """Kill the desk in the middle of a piece, when it holds enough; how much it held."""
    while True:
        page.wait_for_timeout(20)
        held = _held(office) - before
        if held >= KILLED_AT:
            os.killpg(first.process.pid, signal.SIGKILL)
            return held


def _until(holds: Any) -> None:
    end = time.monotonic() + 240
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)


def ranges(folder: Path, seed: int, size: int) -> dict[str, Any]:
    """The desk alone, then nginx in front of it."""
    office = office_in(folder)
    (folder / "d").mkdir()
    written(folder / "d" / "film.wav", size, seed)
    receive(
        [folder / "d"], case=office.case(CASE), received_from="x", ledger=office.ledger, vault=office.vault, at=AT,
        acting=CLERK, secret=b"s",
    )  # fmt: skip
    shutil.rmtree(folder / "d")
    told: dict[str, Any] = {"clients": CLIENTS, "seconds": SECONDS}
    with desk(office.root) as running:
        told["desk_alone"] = [_read(running.address, running, None, part, size, seed) for part in RANGES]
    (office.root / "desk.json").write_text(json.dumps({"accelerated": "/vault/"}))
    with desk(office.root) as running, nginx(folder, office, running) as (address, front):
        told["through_nginx"] = [_read(address, running, front, part, size, seed) for part in RANGES]
    told["bar"] = "400 MiB/s or more, below 200 MiB of memory"
    return told


@contextmanager
def nginx(folder: Path, office: Workspace, running: Desk) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """nginx as ``deploy/nginx/desk.conf`` has it, without TLS."""
    port, place = free_port(), folder / "nginx"
    place.mkdir()
    (place / "nginx.conf").write_text(f"""
        daemon off; master_process off; worker_processes 1; pid {place}/pid; error_log {place}/error.log;
        events {{ worker_connections 64; }}
        http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {place}; proxy_temp_path {place};
          fastcgi_temp_path {place}; uwsgi_temp_path {place}; scgi_temp_path {place};
          upstream desk {{ server {urlsplit(running.address).netloc}; keepalive 16; }}
          server {{ listen 127.0.0.1:{port}; keepalive_requests 100000;
            location / {{ proxy_pass http://desk; proxy_http_version 1.1; proxy_set_header Connection "";
                          proxy_set_header Host $http_host; }}
            location /vault/ {{ internal; alias {office.vault.root.resolve()}/; }} }} }}
    """)
    command = ["/usr/sbin/nginx", "-p", str(place), "-c", str(place / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(30)


def _read(address: str, running: Desk, front: Any, part: int, size: int, seed: int) -> dict[str, Any]:
    who = Person("R. Ames", running.address)
    if "R. Ames" not in running.people:
        running.people["R. Ames"] = who
        login, welcome = running.welcome("R. Ames") if not (running.office / "known").exists() else ("r.ames", "")
        if welcome:
            who.open_account(welcome)
            (running.office / "known").touch()
        who.log_in(login, PASSWORD)
        who.post(f"/case/{CASE}/exhibit/EX-0001/look", why="to measure")
    who = running.people["R. Ames"]
    page = who.get(f"/case/{CASE}/studio/EX-0001/").text
    path = re.search(r"/case/[^\"]*/original/[^\"?]+", page)
    assert path is not None, page[-1500:]
    cookies = "; ".join(f"{each.name}={each.value}" for each in who.session.cookies)
    counts: list[list[float]] = []
    until = time.monotonic() + SECONDS
    threads = [
        threading.Thread(target=_client, args=(address, path[0], cookies, part, size, seed + n, until, counts))
        for n in range(CLIENTS)
    ]
    began = time.monotonic()
    for each in threads:
        each.start()
    most = 0.0
    while any(each.is_alive() for each in threads):
        most = max(most, held_mib(running.process.pid, *([front.pid] if front else [])))
        time.sleep(0.2)
    seconds = time.monotonic() - began
    waits = sorted(wait for one in counts for wait in one)
    return {
        "range_bytes": part,
        "ranges": len(waits),
        "mib_per_s": round(len(waits) * part / seconds / (1 << 20), 1),
        "ms_p95": round(1000 * waits[int(len(waits) * 0.95)], 1),
        "memory_mib_most": round(most, 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _client(
    address: str, path: str, cookies: str, part: int, size: int, seed: int, until: float, counts: list[list[float]]
) -> None:
    draw, waits, room = random.Random(seed), [], memoryview(bytearray(part))
    line = http.client.HTTPConnection(urlsplit(address).netloc)
    while time.monotonic() < until:
        first = draw.randrange(size - part)
        began = time.monotonic()
        line.request("GET", path, headers={"Range": f"bytes={first}-{first + part - 1}", "Cookie": cookies})
        answer = line.getresponse()
        assert answer.status == 206, answer.status
        got = 0
        while got < part:
            got += answer.readinto(room[got:])
        answer.read()
        waits.append(time.monotonic() - began)
    counts.append(waits)


if __name__ == "__main__":
    main()
