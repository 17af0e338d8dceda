# SPDX-License-Identifier: Apache-2.0
"""Who may do what: seven roles, every verb that changes or shows a case, and the table between them.

What this module keeps true: a verb that is not in the table may be done by nobody; an administrator
gives roles and may do nothing in a case; whoever decides what is hidden and whoever agrees to the result
are different people, which the database holds too (``store.tables``). An office that has given no role
yet is open: anybody who can open its folder may do everything, except what the separation of duties
forbids anyone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Set
from enum import StrEnum


class Role(StrEnum):
    """What a person does in an office, in one case or in all."""

    INTAKE = "intake"
    INVESTIGATOR = "investigator"
    REDACTOR = "redactor"
    REVIEWER = "reviewer"
    COUNSEL = "counsel"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"


_IN_CASES = frozenset(Role) - {Role.ADMINISTRATOR}
_INVESTIGATING = frozenset({Role.INVESTIGATOR})
_HIDING = frozenset({Role.REDACTOR})

DECIDE = "decide "
"""In front of a kind of decision, the verb that takes it."""

RIGHTS: dict[str, frozenset[Role]] = {
    "case new": frozenset({Role.INTAKE, Role.INVESTIGATOR}),
    "intake": frozenset({Role.INTAKE}),
    "show": _IN_CASES,
    "view original": frozenset({Role.INTAKE, Role.INVESTIGATOR, Role.REDACTOR, Role.REVIEWER, Role.COUNSEL}),
    "fixity": frozenset({Role.INTAKE, Role.COUNSEL}),
    "demand": frozenset({Role.INTAKE, Role.INVESTIGATOR, Role.COUNSEL}),
    "invite": frozenset({Role.INVESTIGATOR, Role.COUNSEL}),
    "approve": frozenset({Role.REVIEWER, Role.COUNSEL}),
    "publish": frozenset({Role.PUBLISHER}),
    "withdraw": frozenset({Role.PUBLISHER, Role.COUNSEL}),
    "people": frozenset({Role.ADMINISTRATOR}),
    **{
        DECIDE + kind: _INVESTIGATING
        for kind in (
            "CaseFacts", "TitleExhibit", "AcceptTimeline", "DecideShots", "PublishTranscript", "CorrectLine",
            "ExpectedItem", "AcknowledgeFailure", "VersionNote", "Moment", "Statement", "StatusEvent", "CaseDate",
            "KeepWording", "CameraPlace", "ForgetPlace", "SceneMark", "Translation", "SealAssessment",
            "OpenAssessment", "SettleAssessment", "PlaceRecording",
        )
    },
    **{
        DECIDE + kind: _HIDING
        for kind in (
            "DecideProposals", "DrawMask", "KeepFace", "HideSpan", "HideSound", "HidePictures", "HideArea",
            "KeepArea", "HideTerms",
        )
    },
    DECIDE + "OutsideRequest": frozenset({Role.INTAKE, Role.INVESTIGATOR, Role.COUNSEL}),
    DECIDE + "AnswerRequest": frozenset({Role.INVESTIGATOR, Role.REDACTOR, Role.COUNSEL}),
    DECIDE + "TrackItem": frozenset({Role.INTAKE, Role.INVESTIGATOR}),
    DECIDE + "WithholdExhibit": frozenset({Role.REDACTOR, Role.COUNSEL}),
    DECIDE + "TakeBack": _INVESTIGATING | _HIDING | {Role.INTAKE, Role.COUNSEL},  # and the role for what is taken back
    DECIDE + "ExtendDeadline": frozenset({Role.COUNSEL}),
    DECIDE + "RevokeExtension": frozenset({Role.COUNSEL}),
    DECIDE + "DemandKeeping": frozenset({Role.INTAKE, Role.INVESTIGATOR, Role.COUNSEL}),
}  # fmt: skip
"""Verb → the roles that may do it."""

APPROVALS = 2
"""People who must agree to exactly these bytes (rule R7 of ``model.release``)."""

EVERYWHERE = ""
"""Instead of a case: a role in all of them."""

OFFICE_WIDE = frozenset({"case new", "people"})
"""Verbs that are about no one case: a role in a single case does not give them."""


def may(verb: str, roles: Set[Role]) -> bool:
    """Whether somebody with these roles may do it. ``KeyError`` for a verb that nobody has named."""
    return bool(RIGHTS[verb] & roles)


def person_key(name: str) -> str:
    """What tells two people apart: the name without case, width or spacing."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
