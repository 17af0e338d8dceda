# SPDX-License-Identifier: Apache-2.0
"""One sentence and one exit code for everything that can go wrong.

Nothing below ``cli`` exits the program: it raises one of these, and the message is the sentence a
person reads. A caller's own mistake in code is ``RuntimeError``/``ValueError``, never one of these.
"""

from __future__ import annotations

from collections.abc import Sequence


class PlainviewError(Exception):
    """Something a person must know about; ``exit_code`` is what the command line returns."""

    exit_code = 5


class AnswerIsNo(PlainviewError):
    """The question was understood and the answer is no: not verified, a leak found, nothing synced."""

    exit_code = 1


class WrongUsage(PlainviewError):
    """The command was called with arguments that do not fit."""

    exit_code = 2


class UnreadableInput(PlainviewError):
    """A file cannot be understood: truncated, empty, hostile, or of a kind nobody here reads."""

    exit_code = 3

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(f"{name}: {cause}")
        self.name = name
        self.cause = cause

    def __reduce__(self) -> tuple[type[UnreadableInput], tuple[str, str]]:
        """So that it comes whole out of a child process."""
        return type(self), (self.name, self.cause)


class HostileInput(UnreadableInput):
    """A file tries to reach outside itself (a playlist, a reference, an absurd size) and was refused."""


class Blocked(PlainviewError):
    """A rule forbids going on: something is undecided, not approved, or the audit is stale."""

    exit_code = 4

    def __init__(self, sentence: str, items: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.items = tuple(items)


class NotAllowed(Blocked):
    """This person may not do this here: the role is missing, or the duties are separate."""


class StaleDecision(Blocked):
    """Somebody decided about the same thing in the meantime; both are told, and nothing is recorded."""

    def __init__(self, sentence: str, *, theirs: str, mine: str) -> None:
        super().__init__(sentence, [f"now stands: {theirs}", f"not recorded: {mine}"])
        self.theirs = theirs
        self.mine = mine


class StepFailed(PlainviewError):
    """A pipeline step could not finish; the rest goes on and the failure is kept with its reason."""

    exit_code = 5


class StoreAway(StepFailed):
    """An object store does not answer, or not yet; nothing is lost by asking again later."""


class VaultDamaged(PlainviewError):
    """Stored bytes do not match the digests recorded when they were sealed."""

    exit_code = 6


class LogTampered(PlainviewError):
    """The custody log does not match its own signed checkpoint."""

    exit_code = 6


class MissingPart(PlainviewError):
    """A program, package or model weight that this step needs is not installed."""

    exit_code = 7
