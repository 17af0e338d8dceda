# SPDX-License-Identifier: Apache-2.0
"""A child in the box reaches nothing but what it was given, and still decodes, detects and listens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from media.films import film

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")

ENTER = """
import json, os, socket, subprocess, sys, threading
from pathlib import Path
from plainview.media import box
given, folder, secret = (Path(p) for p in sys.argv[1:4])
report = box.enter(read=[given], write=[folder], memory=int(sys.argv[4]) << 20, cpu_seconds=120)
out = {"landlock": report.landlock, "seccomp": report.seccomp, "missing": report.missing, "limits": report.limits}
"""

ATTACKS = """
def attempt(name, act):
    try:
        act()
        out[name] = "escaped"
    except (OSError, RuntimeError, MemoryError, ValueError) as error:
        out[name] = type(error).__name__
attempt("read a sibling", lambda: secret.read_bytes())
attempt("read the passwords", lambda: open("/etc/passwd").read())
attempt("list the root", lambda: os.listdir("/"))
attempt("write beside", lambda: secret.with_name("new").write_bytes(b"x"))
attempt("write over the input", lambda: open(given, "r+b"))
attempt("delete the input", lambda: given.unlink())
attempt("rename the input", lambda: given.rename(folder / "taken"))
attempt("open a socket", lambda: socket.socket())
attempt("open a local socket", lambda: socket.socket(socket.AF_UNIX))
attempt("run a program", lambda: os.execv("/bin/true", ["true"]))
attempt("start a program", lambda: subprocess.run(["/bin/true"], check=True))
attempt("fork", lambda: os.fork() or os._exit(0))
attempt("signal the parent", lambda: os.kill(os.getppid(), 0))
attempt("take memory", lambda: bytearray(int(sys.argv[4]) << 20))
attempt("read another process", lambda: open(f"/proc/{os.getppid()}/environ").read())
worked = []
thread = threading.Thread(target=lambda: worked.append(1)); thread.start(); thread.join()
out["a thread"] = bool(worked)
(folder / "result").write_text("made")
out["its own folder"] = (folder / "result").read_text()
out["its own input"] = len(given.read_bytes())
os.kill(os.getpid(), 0)
print(json.dumps(out))
"""

WORK = """
import numpy as np
from plainview.media import decode, weights
out["frames"] = sum(isinstance(item, decode.Frame) for item in decode.frames(given))
samples = decode.pcm(given, rate=16000)
out["samples"] = len(samples)
import onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession(str(weights.silero_vad()), options, providers=["CPUExecutionProvider"])
feed = {}
for each in session.get_inputs():
    shape = [n if isinstance(n, int) and n > 0 else 1 for n in each.shape]
    feed[each.name] = np.zeros([576 if n == 1 and i == 1 and each.name == "input" else n for i, n in enumerate(shape)], np.float32)
out["onnx"] = len(session.run(None, feed)) > 0
from faster_whisper import WhisperModel
model = WhisperModel(str(weights.whisper("tiny.en").folder), device="cpu", compute_type="int8", cpu_threads=2)
found, _ = model.transcribe(samples[:32000], language="en", beam_size=1)
out["speech"] = isinstance([s.text for s in found], list)
print(json.dumps(out))
"""


def _child(tmp_path: Path, code: str, *, memory: int = 1024) -> dict[str, object]:
    inbox, folder = tmp_path / "inbox", tmp_path / "out"
    inbox.mkdir()
    folder.mkdir()
    given = film(inbox / "given.mp4")
    secret = inbox / "secret.mp4"
    secret.write_bytes(b"somebody's evidence")
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", ENTER + code, str(given), str(folder), str(secret), str(memory)],
        env={**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@LINUX
def test_a_child_in_the_box_reaches_nothing_else(tmp_path: Path) -> None:
    """Fifteen ways out are tried: files beside, network, programs, processes, signals, memory. None works."""
    answer = _child(tmp_path, ATTACKS)

    if answer["landlock"] == 0 or not answer["seccomp"]:
        assert answer["missing"]
        pytest.skip(f"this machine cannot: {answer['missing']}")
    assert "escaped" not in answer.values(), answer
    assert answer["missing"] == []
    assert answer["a thread"] is True
    assert answer["its own folder"] == "made"
    assert answer["its own input"] == (tmp_path / "inbox" / "given.mp4").stat().st_size
    assert answer["limits"] == ["as", "cpu", "fsize", "nofile", "core"]


@LINUX
def test_decoding_and_models_work_inside_the_box(tmp_path: Path) -> None:
    """PyAV decodes, onnxruntime infers and CTranslate2 listens with nothing but what the box leaves open."""
    answer = _child(tmp_path, WORK, memory=6 * 1024)

    assert answer["frames"] == 100
    assert answer["samples"] == pytest.approx(64000, abs=600)
    assert answer["onnx"] is True
    assert answer["speech"] is True


@LINUX
def test_a_system_without_landlock_is_told_so(tmp_path: Path) -> None:
    """Where the kernel knows no Landlock the child goes on, and the report says what is missing."""
    code = """
print(json.dumps(out))
"""
    hidden = "from plainview.media import box as _b; _b._LANDLOCK_CREATE = 9999\n"
    inbox = tmp_path
    done = subprocess.run(
        [sys.executable, "-c", hidden + ENTER + code, str(inbox), str(inbox), str(inbox), "1024"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        capture_output=True,
        text=True,
        check=True,
    )

    answer = json.loads(done.stdout)
    assert answer["landlock"] == 0
    assert any("no Landlock" in sentence for sentence in answer["missing"])
