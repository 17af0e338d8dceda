# SPDX-License-Identifier: Apache-2.0
"""Which weights a detector uses and what runs them: the packaged ones on the processor, unless an office sets others.

``detectors.json`` names, for ``faces`` and ``persons``, a model file with its SHA-256, an onnxruntime provider, or
both (docs/how-to/detectors.md). What is set is used or refused with one sentence: no other file and no other provider
is taken in its place, because findings name what made them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plainview.errors import MissingPart, WrongUsage
from plainview.media.weights import sha256_of

CPU = "CPUExecutionProvider"
NAMES = ("faces", "persons")
SETTINGS = "detectors.json"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One detector's setting; as it stands here: packaged weights on the processor."""

    file: str = ""
    """An ONNX model with the inputs and outputs of the packaged one; empty: the packaged one."""
    sha256: str = ""
    provider: str = CPU

    def weights(self, packaged: Callable[[], Path]) -> Path:
        """The file to load, with the digest it must have; ``MissingPart`` otherwise."""
        if not self.file:
            return packaged()
        path = Path(self.file)
        if not path.is_file():
            raise MissingPart(f"{SETTINGS} names the model {self.file}, which is not there")
        if (found := sha256_of(path)) != self.sha256:
            raise MissingPart(f"{path.name}: SHA-256 {found[:12]}… is not the {self.sha256[:12]}… of {SETTINGS}")
        return path

    def session(self, model: bytes) -> Any:
        """The model ready to run, one thread; ``MissingPart`` when the provider is not there or will not start."""
        import onnxruntime

        there = onnxruntime.get_available_providers()
        if self.provider not in there:
            raise MissingPart(
                f"{SETTINGS} asks for {self.provider}, which this onnxruntime does not have (it has {', '.join(there)})"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model, options, providers=list(dict.fromkeys((self.provider, CPU))))
        if session.get_providers()[0] != self.provider:
            raise MissingPart(f"{SETTINGS} asks for {self.provider}, which could not be started on this machine")
        return session

    @property
    def told(self) -> str:
        """What a finding's version says of it beyond the weights' digest; nothing of the processor."""
        return "" if self.provider == CPU else f" on {self.provider}"


PACKAGED = Chosen()


def settings(path: Path) -> dict[str, Chosen]:
    """What a ``detectors.json`` sets; nothing when there is none. ``WrongUsage`` when it does not fit."""
    if not path.is_file():
        return {}
    try:
        said = json.loads(path.read_text())
        if not isinstance(said, dict) or set(said) - set(NAMES):
            raise ValueError(f"its names are {' and '.join(NAMES)}")
        chosen = {name: Chosen(**row) for name, row in said.items()}
    except (ValueError, TypeError) as error:
        raise WrongUsage(f"{path} does not fit: {error}") from error
    for name, each in chosen.items():
        if each.file and not each.sha256:
            raise WrongUsage(f"{path} does not fit: {name} has a file without its sha256")
    return chosen
