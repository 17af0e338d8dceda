# SPDX-License-Identifier: Apache-2.0
"""Tasks: keyed by content, done once, kept as failed with a reason, taken up again after a kill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plainview.pipeline.engine import GPU, DurableEngine, Engine, InlineEngine
from plainview.pipeline.session import NAMES
from plainview.pipeline.steps import STEPS
from plainview.pipeline.tasks import Outcome, Task, WorkStore, task


def paper(folder: Path, name: str, text: str) -> Task:
    path = folder / name
    path.write_text(text)
    return task("pages", name, identity={"text": text}, args={"path": str(path), "name": name}, read=(str(path),))


def run(engine: Engine, tasks: list[Task]) -> tuple[list[Outcome], list[str]]:
    told: list[str] = []
    outcomes = engine.run(tasks, progress=lambda outcome, each: told.append(each.exhibit) if outcome else None)
    engine.close()
    return outcomes, told


def test_the_key_is_of_the_content_not_of_the_place(tmp_path: Path) -> None:
    """The same text in two folders is the same task; another text is another one."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    assert paper(tmp_path / "a", "n.txt", "one").key == paper(tmp_path / "b", "n.txt", "one").key
    assert paper(tmp_path / "a", "n.txt", "one").key != paper(tmp_path / "a", "n.txt", "two").key


def test_a_failed_step_is_kept_with_its_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A broken PDF beside a good text: one result, one reason, and the reason is there on the next run.

    What is expected to take longer is begun first; the outcomes come in the order they were asked for.
    """
    good = paper(tmp_path, "good.txt", "hello")
    bad = replace(paper(tmp_path, "bad.pdf", "%PDF-1.7 but then nothing"), seconds=5)
    work = WorkStore(tmp_path / "work")

    first, told = run(InlineEngine(work), [good, bad])
    second, _ = run(InlineEngine(work), [good, bad])

    assert told == ["bad.pdf", "good.txt"]
    assert [outcome.result is None for outcome in first] == [False, True]
    assert "bad.pdf" in first[1].reason
    assert second == first


def test_the_durable_engine_does_a_task_once(tmp_path: Path) -> None:
    """Two runs of the durable engine over the same tasks: every task is told once a run, done once in all."""
    tasks = [paper(tmp_path, f"{n}.txt", f"text {n}") for n in range(3)]
    work = WorkStore(tmp_path / "work")

    first, told = run(DurableEngine(work, database=tmp_path / "engine.sqlite3", jobs=2), tasks)
    made = [outcome.result.stat().st_mtime_ns for outcome in first if outcome.result]
    second, _ = run(DurableEngine(work, database=tmp_path / "engine.sqlite3", jobs=2), tasks)

    assert sorted(told) == ["0.txt", "1.txt", "2.txt"]
    assert second == first
    assert [outcome.result.stat().st_mtime_ns for outcome in second if outcome.result] == made
    assert len(made) == 3


def test_a_run_that_is_told_to_end_takes_back_what_it_asked_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No worker is there; the run ends while it waits, and nothing of it is left in the queue for one that comes."""

    def ends(waited: float) -> float:
        raise SystemExit

    work, database = WorkStore(tmp_path / "work"), tmp_path / "engine.sqlite3"
    asking = DurableEngine(work, database=database, jobs=0)
    monkeypatch.setattr("plainview.pipeline.engine._pause", ends)
    with pytest.raises(SystemExit):
        asking.run([paper(tmp_path, "n.txt", "text")], progress=lambda *_: None)
    monkeypatch.undo()
    left = asking.cancel()
    asking.close()
    done, _ = run(DurableEngine(work, database=database, jobs=1), [paper(tmp_path, "n.txt", "text")])

    assert left == 0
    assert [outcome.result is not None for outcome in done] == [True]


def test_a_step_for_a_graphics_card_waits_for_a_worker_that_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of the other queue does the paper that comes after and leaves this one; one that listens does it."""
    card, other = (paper(tmp_path, f"{name}.txt", name) for name in ("card", "other"))
    work, database = WorkStore(tmp_path / "work"), tmp_path / "engine.sqlite3"

    plain = DurableEngine(work, database=database, jobs=1)
    monkeypatch.setenv("PLAINVIEW_GPU_STEPS", "faces,pages")
    waiting = plain._submit(card)
    monkeypatch.setenv("PLAINVIEW_GPU_STEPS", "faces")
    run(plain, [other])
    left = work.outcome(card)
    monkeypatch.setenv("PLAINVIEW_GPU_STEPS", "faces,pages")
    (done,), _ = run(DurableEngine(work, database=database, jobs=1, queues=(GPU,)), [card])

    assert waiting
    assert left is None
    assert work.outcome(other) is not None
    assert done.result is not None


def test_a_step_cannot_read_what_it_was_not_given(tmp_path: Path) -> None:
    """The child is boxed: a task that names a file outside its inputs fails with a reason, and reads nothing."""
    secret = tmp_path / "secret.txt"
    secret.write_text("not yours")
    stolen = task("pages", "x", identity={}, args={"path": str(secret), "name": "secret.txt"}, read=())

    outcomes, _ = run(InlineEngine(WorkStore(tmp_path / "work")), [stolen])

    assert outcomes[0].result is None
    assert "not yours" not in outcomes[0].reason


def test_every_step_that_runs_in_the_open_has_words_for_its_bar() -> None:
    """What a person sees while a step runs; the desk's own looks at one picture show no bar."""
    looks = {"picture", "leaf", "peaks", "agreement", "ears"}

    assert set(NAMES) >= set(STEPS) - looks
