# SPDX-License-Identifier: Apache-2.0
"""Traces that a recording may have been changed before it was delivered: always a question, never a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plainview.model.finding import Basis
from plainview.model.time import MediaSpan


class EditKind(StrEnum):
    """What kind of change would leave such a trace; many innocent causes leave it too."""

    MUTE = "mute"
    CUT = "cut"
    SPLICE = "splice"
    REENCODING = "re-encoding"


@dataclass(frozen=True, slots=True)
class EditTrace:
    """One trace in one recording: where, what is asked, and by what measure it stands out."""

    exhibit: str
    kind: EditKind
    span: MediaSpan
    question: str
    basis: Basis
