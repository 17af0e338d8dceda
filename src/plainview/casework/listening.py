# SPDX-License-Identifier: Apache-2.0
"""The second listener: a line that one person heard is signed by another, or both texts stand as disputed."""

from __future__ import annotations

from datetime import datetime

from plainview.casework import review, standing
from plainview.casework.workspace import Workspace
from plainview.errors import WrongUsage
from plainview.media.phrases import wanted
from plainview.model.case import Agent, Case
from plainview.model.decision import CorrectLine
from plainview.model.time import instant


def listen_again(workspace: Workspace, case: Case, first: int, *, text: str = "", at: datetime, acting: Agent) -> bool:
    """Sign what decision ``first`` says was heard, or say what one heard instead; whether the two are alike."""
    desk = standing.open_desk(workspace, case)
    found = next((each for each in standing.decisions(desk.rows) if each.seq == first), None)
    line = found.body if found else None
    if not isinstance(line, CorrectLine) or line not in desk.state.lines:
        raise WrongUsage(f"decision {first} is no line of the transcript that stands")
    heard = " ".join(text.split())
    alike = not heard or wanted(heard) == wanted(line.text)
    said = {
        "decide": "transcript", "start": instant(line.span.start, case.at).isoformat(),
        "end": instant(line.span.end, case.at).isoformat(), "text": line.text, "speaker": line.speaker,
        "heard_on": list(line.heard_on), "disputed": line.disputed or not alike, "second": first,
        "others": [] if alike else [heard],
    }  # fmt: skip
    review.apply(workspace, case, [said], at=at, default_agent=acting.name)
    return alike
