# SPDX-License-Identifier: Apache-2.0
"""WebVTT in a recording's own media time, from the fused transcript: speaker tags, hidden words as reasons."""

from __future__ import annotations

from plainview.model.release import ReleasedRecording
from plainview.model.time import SECOND
from plainview.model.transcript import Utterance
from plainview.publish.words import reason, visible


def captions(recording: ReleasedRecording, utterances: tuple[Utterance, ...]) -> str:
    """The whole ``captions.vtt`` of a placed recording: every utterance heard on it, in order."""
    assert recording.alignment is not None
    cues = [_cue(u, recording) for u in utterances if recording.exhibit in u.heard_on]
    note = "NOTE Machine transcript unless a line says otherwise. Times are this recording's own."
    return "\n\n".join(["WEBVTT", note, *sorted(filter(None, cues), key=lambda cue: cue[:12])]) + "\n"


def _cue(utterance: Utterance, recording: ReleasedRecording) -> str:
    assert recording.alignment is not None
    start = max(0, recording.alignment.media(utterance.start))
    end = min(recording.duration, recording.alignment.media(utterance.end))
    if end <= start:
        return ""
    text = escape(" ".join(f"[{reason(w.hidden)}]" if w.hidden else w.text for w in utterance.words))
    voice = escape(utterance.speaker).replace("\n", " ")
    line = f"<v {voice}>{text}</v>" if voice else text
    return f"{stamp(start)} --> {stamp(end)}\n{line}"


def stamp(us: int) -> str:
    """``00:01:02.345``, the only form of time WebVTT knows."""
    seconds, rest = divmod(us, SECOND)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest // 1000:03d}"


def escape(text: str) -> str:
    """Text that can neither open a tag nor end a cue."""
    joined = " ".join(visible(text).split())
    return joined.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
