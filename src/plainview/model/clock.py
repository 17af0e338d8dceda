# SPDX-License-Identifier: Apache-2.0
"""Rules that keep time: what a pack says, and the dates that follow from what happened in a case.

The measured failure in practice is the starting day: an audit of 122 Chicago cases found 33 published
late, 14 of them because the days were counted from the notification instead of the incident. So every
rule names the event from which it counts, every date explains itself in a sentence, and a count that
somebody might make from another event is told as the error it is.

What this module keeps true:

C1  the day of the event is day 0; the due date runs until the end of its day in the case's own zone;
C2  calendar days are counted as they come: a date on a weekend or holiday is told, not moved, unless
    the pack says that it moves;
C3  an extension is a person's, with a reason, asked for before the date it moves, and never beyond what
    the rule gives;
C4  where the rule's event is not recorded, the earliest that is stands in for it, and the sentence says so;
C5  nothing here reads a clock: whether a date has passed is asked with the day passed in.

>>> from datetime import date
>>> pack = Pack("p", "Policy", "", days=60, counts_from="incident")
>>> release_date(pack, History(date(2021, 3, 31))).explanation
'60 calendar days from the incident on March 31, 2021: May 30, 2021, a Sunday.'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from plainview.model.case import Source
from plainview.model.holidays import Calendar

INCIDENT = "incident"
EVENTS: dict[str, str] = {
    INCIDENT: "the incident",
    "knowledge": "the day the agency knew of it",
    "notification": "the notification",
    "complaint": "the complaint",
    "request": "the request",
    "completion": "the end of the first investigation",
}
"""Every event a rule may count from, as a sentence calls it."""


class Unit(StrEnum):
    """What a rule counts: every day, or the days on which its offices are open."""

    CALENDAR = "calendar"
    BUSINESS = "business"


class DueKind(StrEnum):
    """What falls on a date."""

    RELEASE = "release"
    REASSESS = "reassess"
    DESTRUCTION = "destruction"
    TERM = "term"
    ANSWER = "answer"


_PASSED = {DueKind.DESTRUCTION: "may be gone", DueKind.TERM: "ended"}
"""What a date is called that has passed and was nobody's duty."""


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """How far a date may be moved: by so many days, or to so many days after another event."""

    needs: str
    """Who must ask, and how."""
    days: int = 0
    until_days: int = 0
    until_from: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Reassessment:
    """Withholding that must be looked at again: every so many days from the release date on."""

    every_days: int
    needs: str
    stricter_after_days: int = 0
    """Days after the rule's event from which ``stricter`` must be shown; 0 when there is no such day."""
    stricter: str = ""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long somebody keeps a kind of record before destroying it."""

    source: str
    """As a letter calls it: ``dispatch radio and 911 audio``."""
    holder: str
    days: int
    held_as: tuple[Source, ...] = ()
    """Exhibits of these sources mean that the office holds it."""
    basis: str = ""
    """Where the number of days comes from, and how sure it is."""


@dataclass(frozen=True, slots=True)
class Term:
    """What must follow a status event: a leave that ends, a recommendation that must be answered."""

    after: str
    """Kind of status event."""
    days: int
    what: str
    answers: tuple[str, ...] = ()
    """Kinds of status event that answer it; none for a term that simply ends."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A lawful reason to hide or withhold, under a short code."""

    code: str
    law: str
    text: str


@dataclass(frozen=True, slots=True)
class Required:
    """Something the rule says must be released when it exists."""

    name: str
    held_as: tuple[Source, ...] = ()
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """A written request for more days: who asked, when, and how many (None: as many as the rule allows)."""

    requested_by: str
    requested_on: date
    reason: str = ""
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A test that a pack carries: given these dates, this comes out."""

    says: str
    incident: date
    expect: dict[str, date]
    """Date by the id of what falls due; ``release`` always."""
    events: dict[str, date] = field(default_factory=dict)
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """One regime, as data."""

    key: str
    name: str
    law: str
    days: int
    counts_from: str
    instead: tuple[str, ...] = ()
    """Events that stand in for ``counts_from`` where it is not recorded, before the incident does."""
    unit: Unit = Unit.CALENDAR
    calendar: Calendar = field(default_factory=Calendar)
    moves: bool = False
    """Whether a date on a closed day moves to the next open one."""
    extension: ExtensionRule | None = None
    reassess: Reassessment | None = None
    must_release: tuple[Required, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    keeping: tuple[Keeping, ...] = ()
    terms: tuple[Term, ...] = ()
    note: str = ""
    examples: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        for event in (self.counts_from, *self.instead):
            if event not in EVENTS:
                raise ValueError(f"{self.key}: unknown event {event!r} (known: {', '.join(EVENTS)})")
        if self.days <= 0:
            raise ValueError(f"{self.key}: a rule of {self.days} days is no rule")


@dataclass(frozen=True, slots=True)
class Rung:
    """A status event as a clock sees it."""

    id: str
    kind: str
    on: date
    about: str
    text: str = ""
    open: bool = False
    """True for a date that somebody recorded as one by which an answer is owed."""


@dataclass(frozen=True, slots=True)
class History:
    """What has happened in a case, as far as dates depend on it."""

    incident: date
    events: Mapping[str, date] = field(default_factory=dict)
    extensions: tuple[Extension, ...] = ()
    rungs: tuple[Rung, ...] = ()
    released: date | None = None
    """Day of the first publication."""
    demanded: Mapping[str, date] = field(default_factory=dict)
    """Day on which keeping was demanded, by source."""
    held: Mapping[str, date] = field(default_factory=dict)
    """Day on which it was received, by source."""


@dataclass(frozen=True, slots=True)
class Due:
    """A date that a rule gives. ``met`` is the day on which it was done, None while it is not."""

    id: str
    kind: DueKind
    on: date
    title: str
    explanation: str
    rule: str
    met: date | None = None

    def state(self, today: date) -> str:
        """``met``, ``met late``, or on the morning of ``today`` ``open`` or what a date of this kind has become."""
        if self.met is not None:
            return "met" if self.met <= self.on else "met late"
        return _PASSED.get(self.kind, "overdue") if today > self.on else "open"

    def days_left(self, today: date) -> int:
        """Whole days until the end; negative when it has passed."""
        return (self.on - today).days


@dataclass(frozen=True, slots=True)
class Miscount:
    """The date that comes of counting from the wrong event, and why it is wrong."""

    event: str
    on: date
    days_off: int
    """Positive when the wrong date is too late."""
    sentence: str


def release_date(pack: Pack, history: History) -> Due:
    """When the case must be published. ``ValueError`` for an extension that the rule does not give."""
    event, start = started(pack, history)
    on = _count(pack, start, pack.days)
    said = f"{_days(pack, pack.days)} from {EVENTS[event]} on {long_date(start)}"
    for number, extension in enumerate(history.extensions):
        on, more = _extended(pack, history, on, extension, number)
        said += more
    explanation = f"{said}: {_told(pack, on)}."
    moved = _moved(pack, on)
    if moved != on:
        explanation, on = f"{said}: {_told(pack, on)}, moved to {_told(pack, moved)}, the next open day.", moved
    if event != pack.counts_from:
        explanation += f" The rule counts from {EVENTS[pack.counts_from]}, whose date is not recorded."
    return Due("release", DueKind.RELEASE, on, "Publish the case", explanation, _rule(pack), history.released)


def asked_for(pack: Pack, history: History) -> str:
    """The extensions as they were given, or what one would need; empty for a rule that knows none."""
    if history.extensions:
        return "; ".join(
            f"Requested in writing by {each.requested_by} on {long_date(each.requested_on)}: {each.reason}"
            for each in history.extensions
        )
    return f"None asked for. It would need {pack.extension.needs}" if pack.extension else ""


def miscounts(pack: Pack, history: History) -> tuple[Miscount, ...]:
    """The same count from every other recorded event, each told as the error it is."""
    event, start = started(pack, history)
    right = _moved(pack, _count(pack, start, pack.days))
    found = []
    for other, day in sorted(_recorded(history).items(), key=lambda item: (item[1], item[0])):
        wrong = _moved(pack, _count(pack, day, pack.days))
        if other == event or wrong == right:
            continue
        off = (wrong - right).days
        sentence = (
            f"Not {long_date(wrong)}: that would be {_days(pack, pack.days)} from {EVENTS[other]} on {long_date(day)}, "
            f"{abs(off)} {'day' if abs(off) == 1 else 'days'} too {'late' if off > 0 else 'early'}. "
            f"The rule counts from {EVENTS[event]}."
        )
        found.append(Miscount(other, wrong, off, sentence))
    return tuple(found)


def dates(pack: Pack, history: History, *, today: date) -> tuple[Due, ...]:
    """Every date of a case, soonest first. ``today`` says how far reassessments have to be listed."""
    release = release_date(pack, history)
    found = [release, *_reassessments(pack, history, release, today), *_keeping(pack, history), *_terms(pack, history)]
    return tuple(sorted(found, key=lambda due: (due.on, due.id)))


def check_extension(pack: Pack, history: History, extension: Extension) -> None:
    """``ValueError`` with one sentence when the rule does not give this extension now."""
    if not extension.reason.strip():
        raise ValueError("an extension needs its reason")
    if not extension.requested_by.strip():
        raise ValueError("an extension needs who asked for it")
    _extended(pack, history, release_date(pack, history).on, extension, len(history.extensions))


def failures(pack: Pack) -> list[str]:
    """What of the pack's own examples does not come out; empty when all do."""
    wrong = []
    for example in pack.examples:
        history = History(example.incident, example.events, example.extensions)
        made = {due.id: due.on for due in dates(pack, history, today=max(example.expect.values()))}
        for key, day in example.expect.items():
            if made.get(key) != day:
                wrong.append(f"{pack.key}: {example.says}: {key} is {made.get(key)}, expected {day}")
    return wrong


def started(pack: Pack, history: History) -> tuple[str, date]:
    """(event, its day) from which the days are counted; the day is day 0."""
    recorded = _recorded(history)
    event = next((each for each in (pack.counts_from, *pack.instead) if each in recorded), INCIDENT)
    return event, recorded[event]


def _recorded(history: History) -> dict[str, date]:
    return {**history.events, INCIDENT: history.incident}


def _count(pack: Pack, start: date, days: int) -> date:
    if pack.unit is Unit.CALENDAR:
        return start + timedelta(days=days)
    return pack.calendar.add_open_days(start, days)


def _moved(pack: Pack, on: date) -> date:
    return pack.calendar.next_open(on) if pack.moves else on


def _extended(pack: Pack, history: History, on: date, extension: Extension, number: int) -> tuple[date, str]:
    """(new date, what the sentence adds) of one extension granted after ``number`` others."""
    rule = pack.extension
    if rule is None:
        raise ValueError(f"{pack.name} knows no extension")
    if number >= rule.times:
        raise ValueError(f"{pack.name} gives {rule.times} extension{'s' if rule.times > 1 else ''}, not another one")
    if extension.requested_on > on:
        raise ValueError(
            f"asked for on {long_date(extension.requested_on)}, after the date it would move ({long_date(on)})"
        )
    asked = f" requested in writing by {extension.requested_by} on {long_date(extension.requested_on)}"
    if rule.until_days:
        recorded = _recorded(history)
        event = rule.until_from if rule.until_from in recorded else started(pack, history)[0]
        furthest = _count(pack, recorded[event], rule.until_days)
        new = furthest if extension.days is None else _count(pack, on, extension.days)
        if not on < new <= furthest:
            limit = f"{_days(pack, rule.until_days)} from {EVENTS[event]}, {long_date(furthest)}"
            raise ValueError(f"{pack.name} ends {limit}")
        return new, f" and more time, at most {_days(pack, rule.until_days)} from {EVENTS[event]},{asked}"
    days = rule.days if extension.days is None else extension.days
    if not 0 < days <= rule.days:
        raise ValueError(f"{pack.name} allows at most {rule.days} more days, not {days}")
    return _count(pack, on, days), f" and {days} more{asked}"


def _reassessments(pack: Pack, history: History, release: Due, today: date) -> Iterator[Due]:
    """While nothing is released after the release date: every further look, up to the first after ``today``."""
    rule = pack.reassess
    if rule is None:
        return
    event, start = started(pack, history)
    on, number = release.on, 0
    while on <= max(today, release.on) and (history.released is None or on < history.released):
        number, on = number + 1, on + timedelta(days=rule.every_days)
        needs = rule.needs
        if rule.stricter_after_days and on > start + timedelta(days=rule.stricter_after_days):
            needs = rule.stricter
        yield Due(
            f"reassess-{number}",
            DueKind.REASSESS,
            on,
            "Look again at what is withheld, and tell the requester",
            f"{number} × {rule.every_days} days after the release date {long_date(release.on)}: "
            f"{_told(pack, on)}, day {(on - start).days} from {EVENTS[event]}. It needs {needs}.",
            _rule(pack),
            history.released if history.released is not None and history.released <= on else None,
        )


def _keeping(pack: Pack, history: History) -> Iterator[Due]:
    for each in pack.keeping:
        on = history.incident + timedelta(days=each.days)
        said = (
            f"{each.holder} keeps {each.source} {each.days} days; from {EVENTS[INCIDENT]} on "
            f"{long_date(history.incident)} that is {_told(pack, on)}."
        )
        demanded, held = history.demanded.get(each.source), history.held.get(each.source)
        if held is not None:
            said += f" It is held since {long_date(held)}."
        elif demanded is not None:
            said += f" Keeping it was demanded on {long_date(demanded)}; it is not held yet."
        else:
            said += " Keeping it has not been demanded."
        key = f"keep-{slug(each.source)}"
        yield Due(key, DueKind.DESTRUCTION, on, f"{each.source} may be destroyed", said, each.basis, held)


def _terms(pack: Pack, history: History) -> Iterator[Due]:
    for rung in history.rungs:
        for term in (each for each in pack.terms if each.after == rung.kind):
            on = rung.on + timedelta(days=term.days)
            answered = _answers(history, rung, term.answers)
            said = f"{term.days} calendar days from the {rung.kind} on {long_date(rung.on)}: {_told(pack, on)}."
            if answered:
                said += f" Answered on {long_date(min(answered))}."
            elif term.answers:
                said += " Nothing recorded answers it."
            kind = DueKind.ANSWER if term.answers else DueKind.TERM
            title = f"{term.what}: {rung.about}"
            yield Due(f"{kind}-{slug(rung.id)}", kind, on, title, said, _rule(pack), min(answered, default=None))
        if rung.open:
            answered = _answers(history, replace(rung, on=date.min), ("answer",))
            said = f"Recorded as due by {_told(pack, rung.on)}: {rung.text}"
            title = f"An answer is due: {rung.about}"
            yield Due(f"due-{slug(rung.id)}", DueKind.ANSWER, rung.on, title, said, "", min(answered, default=None))


def _answers(history: History, rung: Rung, kinds: tuple[str, ...]) -> list[date]:
    """Days of the status events of these kinds about the same person or matter, from the rung on."""
    return [
        other.on for other in history.rungs if other.kind in kinds and other.about == rung.about and other.on >= rung.on
    ]


def _days(pack: Pack, days: int) -> str:
    return f"{days} {pack.unit} {'day' if days == 1 else 'days'}"


def _told(pack: Pack, day: date) -> str:
    holiday = pack.calendar.holiday(day)
    return f"{long_date(day)}, a {_DAYS[day.weekday()]}" + (f" and a holiday ({holiday})" if holiday else "")


def _rule(pack: Pack) -> str:
    return f"{pack.name} ({pack.law})" if pack.law else pack.name


def slug(text: str) -> str:
    """Lower-case words joined by hyphens: a place in an address or id."""
    return "-".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def long_date(day: date) -> str:
    """``March 31, 2021``, whatever language the machine is set to."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
