# SPDX-License-Identifier: Apache-2.0
"""A phrase looked up in a case: what the transcript's decode heard, then each place listened to once more.

Nothing is written into the case: a search finds, people decide. What was heard again is kept in the
work store like every result, so that asking twice costs once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.console import Console

from plainview.casework import findings as finding_rows
from plainview.casework import standing
from plainview.casework.findings import Findings, readable
from plainview.casework.workspace import Workspace
from plainview.errors import AnswerIsNo, WrongUsage
from plainview.media import phrases
from plainview.model import wire
from plainview.model.case import Case, Exhibit
from plainview.model.phrase import HeardAgain, Occurrence, PhraseCount
from plainview.model.time import MediaSpan, clock_text
from plainview.model.timeline import Timeline
from plainview.model.transcript import Heard
from plainview.pipeline.runs import Run
from plainview.pipeline.steps import STEPS
from plainview.pipeline.tasks import Task, task

NO_CLOCK = Timeline((), ())


def find_once(workspace: Workspace, case: Case, phrase: str) -> PhraseCount:
    """What the transcripts hold, without listening again: quick, and the lower end needs two recorders."""
    found = _transcribed(workspace, case)
    channels = standing.channels(workspace, case, readable(workspace.ledger.exhibits(case.id)))
    return _count(found, phrase, channels=channels, again=())


def find(run: Run, phrase: str) -> PhraseCount:
    """The same after each place where anything like the phrase was heard has been listened to by itself.

    On every recording that was running then. A recording that cannot be heard again is told in ``reason``.
    """
    found = _transcribed(run.workspace, run.case)
    exhibits = {each.id: each for each in readable(run.workspace.ledger.exhibits(run.case.id))}
    heards = _heards(found)
    lengths = {each.exhibit: _length(exhibits, each.exhibit) for each in heards if each.exhibit in exhibits}
    places = phrases.worth_listening(heards, phrase, found.timeline or NO_CLOCK, lengths)
    outcomes = run.engine.run(
        [_again_task(run, exhibits[exhibit], spans, phrase) for exhibit, spans in places.items()], progress=run.progress
    )
    again = [wire.build(HeardAgain, json.loads(o.result.read_text())) for o in outcomes if o.result is not None]
    channels = standing.channels(run.workspace, run.case, list(exhibits.values()))
    return _count(found, phrase, channels=channels, again=again, deaf=sum(o.result is None for o in outcomes))


def refuse_unheard(answer: PhraseCount) -> None:
    """Exit 1 is the answer when nobody heard anything like it."""
    if answer.high == 0:
        raise AnswerIsNo(f"“{answer.phrase}” was not heard, nor anything like it")


def tell(answer: PhraseCount, epoch: datetime, console: Console) -> None:
    """How often, then each time it was said, for people."""
    often = str(answer.low) if answer.low == answer.high else f"{answer.low} to {answer.high}"
    console.print(f"“{answer.phrase}”: {often} ({answer.reason})", markup=False)
    for some in (answer.exact, answer.possible, answer.similar):
        for each in some:
            console.print(f"{clock_text(each.start, epoch)}  {_title(each):<13}  {_witnesses(each)}", markup=False)
    for exhibit, some in answer.unplaced.items():
        for each in some:
            console.print(f"{each.start / 1e6:.2f} s into {exhibit}  {_title(each)}  {_witnesses(each)}", markup=False)


def _title(each: Occurrence) -> str:
    if each.proven:
        return "word for word"
    return "possible" if each.exact else "similar"


def _witnesses(each: Occurrence) -> str:
    times = {exhibit: sum(hit.exhibit == exhibit for hit in each.hits) for exhibit in each.recorders}
    heard = ", ".join(f"{exhibit} (twice)" if count > 1 else exhibit for exhibit, count in times.items())
    against = "".join(f"; {other.exhibit} heard “{other.text}”" for other in each.otherwise)
    return f"“{each.hits[0].text}” on {heard}{against}"


def _transcribed(workspace: Workspace, case: Case) -> Findings:
    found = finding_rows.load(workspace, case)
    if not found.heard:
        raise WrongUsage("nothing has been transcribed yet (plainview analyse)")
    return found


def _heards(found: Findings) -> list[Heard]:
    return [found.heard[exhibit] for exhibit in sorted(found.heard)]


def _count(
    found: Findings, phrase: str, *, channels: Mapping[str, str], again: Sequence[HeardAgain], deaf: int = 0
) -> PhraseCount:
    if not phrases.wanted(phrase):
        raise WrongUsage("the phrase holds no word")
    rows = found.fused.utterances if found.fused else ()
    clock = found.timeline or NO_CLOCK
    return phrases.count(_heards(found), phrase, clock, again=again, rows=rows, channels=channels, deaf=deaf)


def _length(exhibits: dict[str, Exhibit], exhibit: str) -> int:
    probe = exhibits[exhibit].probe
    return probe.duration if probe else 0


def _again_task(run: Run, exhibit: Exhibit, spans: Iterable[MediaSpan], phrase: str) -> Task:
    path = str(run.original(exhibit))
    telephone = exhibit.probe is not None and exhibit.probe.audio is not None and exhibit.probe.audio.rate <= 8000
    asked = [wire.plain(span) for span in spans]
    parameters = {"model": run.model, "telephone": telephone, "spans": asked, "phrase": phrase}
    identity = {
        "version": STEPS["again"].version,
        "sha256": exhibit.sha256,
        "exhibit": exhibit.id,
        "parameters": parameters,
        "weights": list(STEPS["again"].digests()),
    }
    args = {"path": path, "exhibit": exhibit.id, **parameters}
    return task("again", exhibit.id, identity=identity, args=args, read=(path,))
