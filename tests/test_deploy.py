# SPDX-License-Identifier: Apache-2.0
"""What lies in ``deploy/`` is what its programs understand, and calls only commands that there are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from conftest import ROOT, needed, plainview

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.*"))


def commands() -> list[list[str]]:
    """What units and containers run, word by word, without the program and its office."""
    found = []
    for unit in UNITS:
        for line in re.findall(r"^ExecStart(?:Post)?=(.*)$", unit.read_text(), re.M):
            found.append(re.split(r"\s+", line.split("/srv/plainview/office", 1)[1].strip()))
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found + [service["command"] for service in compose["services"].values() if "command" in service]


def test_every_command_and_option_that_is_run_there_exists() -> None:
    """Each verb's own help names each option that a unit or container gives it."""
    asked = commands()
    told = {verb: plainview(verb, "--help") for verb in sorted({each[0] for each in asked})}

    assert len(asked) >= 8
    assert {verb: done.returncode for verb, done in told.items()} == dict.fromkeys(told, 0)
    missing = [
        (each[0], word)
        for each in asked
        for word in each[1:]
        if word.startswith("--") and word.rstrip("'\"") not in told[each[0]].stdout
    ]
    assert missing == []


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    """``systemd-analyze verify`` has nothing against the units but that the program is not installed here."""
    program = needed("systemd-analyze", package="systemd")
    for unit in UNITS:
        text = unit.read_text().replace("/opt/plainview/bin/plainview", "/bin/true")
        (tmp_path / unit.name).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.M))
    names = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run([program, "verify", *names], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["site.conf", "desk.conf"])
def test_nginx_understands_its_configuration(tmp_path: Path, name: str) -> None:
    """``nginx -t`` with a certificate made for the test."""
    program = needed("nginx", package="nginx-light")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=example.org", "-keyout", tmp_path / "k", "-out", tmp_path / "c"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = re.sub(r"/etc/plainview/tls/\w+\.crt", str(tmp_path / "c"), (DEPLOY / "nginx" / name).read_text())
    text = re.sub(r"/etc/plainview/tls/\w+\.key", str(tmp_path / "k"), text)
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ access_log off;\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run([program, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_containers_and_units_hold_no_secret_and_serve_no_address_by_themselves() -> None:
    """Passwords and keys come from the environment; the desk's port is this machine's; nothing runs as root."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    passwords = re.findall(r"(?:PASSWORD|KEY|KEY_ID|VAULT): (\S+)", (DEPLOY / "compose.yaml").read_text())

    assert len(passwords) == 4
    assert all(each.startswith("${") for each in passwords)
    assert compose["services"]["desk"]["ports"] == ["127.0.0.1:8100:8100"]
    services = [unit for unit in UNITS if unit.suffix == ".service"]
    assert [unit.name for unit in services if "User=plainview" not in unit.read_text()] == []
    assert "USER plainview" in (DEPLOY / "Dockerfile").read_text()
