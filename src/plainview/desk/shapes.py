# SPDX-License-Identifier: Apache-2.0
"""What programs send to the desk and get from it: the shapes that its OpenAPI description is made of.

Values of the model are said as their own wire form says them; what only points to them is named here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema
from pydantic import BaseModel, ConfigDict

from plainview.casework.reading import READERS
from plainview.desk.runs import TITLES
from plainview.model.case import Kind
from plainview.model.request import Asking
from plainview.model.statement import Relation


class Refusal(Schema):
    """Why nothing was done. ``theirs`` and ``mine``: what somebody else decided meanwhile, and what was sent."""

    title: str
    sentence: str
    items: list[str] = Field(default_factory=list)
    theirs: str = ""
    mine: str = ""


class Holder(Schema):
    """Whose token this is and what it is for."""

    owner: str
    label: str
    verbs: list[str]
    cases: list[str] = Field(description="Empty: every case in which its owner has a role.")
    ends: datetime


class CaseShape(Schema):
    """A case and where it stands."""

    id: str
    title: str
    at: datetime
    rules: str
    roles: list[str]
    waiting: int = Field(description="Questions that nobody has decided.")
    due: datetime | None
    published: int | None = Field(description="The newest published version.")


class NewCase(Schema):
    """A case to open."""

    case: str
    title: str
    at: datetime
    rules: str = "own"


class Question(Schema):
    """One thing that waits for a person, with a decision line to fill in."""

    kind: str
    what: str
    template: dict[str, Any]


class DecisionLine(BaseModel):
    """A decision in words; `waiting` gives one to fill in for each open question."""

    model_config = ConfigDict(extra="allow")

    decide: str = Field(json_schema_extra={"enum": sorted(READERS)})
    after: int | None = Field(None, description="The newest decision that its author had read; a later one refuses it.")


class DecisionLines(Schema):
    """Recorded together: all of them or none."""

    lines: list[DecisionLine]


class Recorded(Schema):
    """How many were added, and how many stood like this already."""

    appended: int
    standing: int
    last: int = Field(description="The number of the newest decision now.")


class DecisionShape(Schema):
    """One decision that was taken."""

    seq: int
    kind: str
    body: dict[str, Any]
    agent: str
    role: str
    at: datetime
    taken_back: bool


class ExhibitShape(Schema):
    """One received item."""

    id: str
    kind: Kind
    name: str
    sha256: str
    size: int
    media_type: str
    received_from: str
    received_at: datetime
    duplicate_of: str | None
    title: str = ""
    withheld: str = ""


class Reason(Schema):
    """Why: it goes into the custody log."""

    why: str


class Ticket(Schema):
    """A way to one original, for this token only."""

    ticket: str
    original: str
    picture: str
    preview: str
    hours: int


class At(Schema):
    """A picture: seconds of a recording, or a page of a paper."""

    t: float = 0
    p: int = 1


class Stretch(Schema):
    """Seconds of a recording that were watched."""

    from_s: float
    to_s: float


class Asked(Schema):
    """What somebody outside asks."""

    asking: Asking
    who: str
    text: str
    where: str = ""


class Answered(Schema):
    """What was done about it, and why."""

    granted: bool
    reason: str


class RequestShape(Schema):
    """A request from outside and its answer."""

    id: str
    asking: Asking
    on: date
    who: str
    text: str
    where: str
    due: date | None
    open: bool
    granted: bool | None = None
    reason: str = ""


class Assess(Schema):
    """How a moment, or a page of a paper, bears on an assertion."""

    relation: Relation
    moment: str = ""
    paper: str = ""
    page: int | None = None
    note: str = ""
    limits: str = ""


class Invite(Schema):
    """Somebody outside who is to see a version before it is public."""

    name: str
    relation: str
    days: int = 7


class GuestShape(Schema):
    """An invitation, without its link."""

    id: str
    name: str
    relation: str
    by: str
    version: int
    bytes: str
    given: datetime
    ends: datetime


class Invited(Schema):
    """An invitation and the path of its link, which is told this once."""

    guest: GuestShape
    path: str


class Demand(Schema):
    """A kind of record that its holder is asked to keep, as the rules name it, and where the answer goes."""

    source: str
    address: str = ""


class OfferReply(Schema):
    """The day until which a party is waited for."""

    due: date


class Reply(Schema):
    """A party's own words; none at all: it was asked and did not reply."""

    text: str = ""


class Work(Schema):
    """Machine work to begin."""

    verb: str = Field(json_schema_extra={"enum": ["analyse", "draft", "preview"]})
    exhibit: str = ""
    urgent: bool = False


class RunShape(Schema):
    """The newest work of a case."""

    verb: str = Field(json_schema_extra={"enum": sorted(TITLES)})
    by: str
    at: datetime
    going: bool
    code: int | None
    said: str


class FindingShape(Schema):
    """One thing that the audit found."""

    place: str
    subject: str
    sentence: str


class ReleaseShape(Schema):
    """The version that is built and not published."""

    number: int
    digest: str
    audited: bool
    clean: bool
    decisions: int
    approved_by: list[str]
    findings: list[FindingShape]


class Versions(Schema):
    """What is built, and every version there was."""

    built: ReleaseShape | None
    versions: list[dict[str, Any]]


class Publish(Schema):
    """Exactly the bytes to publish; ``at``: the time for which they were built."""

    digest: str


class Withdraw(Schema):
    """A version to take back; a drill tells what would be and takes nothing back."""

    version: int
    reason: str
    drill: bool = False


class Take(Schema):
    """From whom a whole upload was received, and its digest as the sender counted it."""

    source: str
    sha256: str
