# SPDX-License-Identifier: Apache-2.0
"""A recording cut into stretches that processes can work on side by side.

1. Where it is cut follows from the recording alone, so any number of workers gives the same bytes.
2. A stretch begins with a group of pictures that needs nothing before it.
3. Results come in the order of the stretches.

A recording whose pictures cannot be reached exactly (no index, no whole groups, damaged marks) is one
stretch.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from plainview.errors import StepFailed
from plainview.media.survey import Pictures
from plainview.model.time import SECOND, MediaTime

T = TypeVar("T")
R = TypeVar("R")

SHORTEST = 10 * SECOND
"""Beginning in the middle costs the second of pictures before it and one or two more looks for faces."""

MOST = 64
"""Each stretch opens the file and reads its index anew, which takes longer the longer the recording."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pictures presented in ``[start, end)``; None is the recording's own start or end."""

    start: MediaTime | None = None
    end: MediaTime | None = None


def stretches(known: Pictures | None) -> tuple[Stretch, ...]:
    """Stretches of whole groups, together the whole recording."""
    if known is None or known.obstacle or not known.sought:
        return (Stretch(),)
    length = max(SHORTEST, -(-(known.spans[-1].end - known.spans[0].start) // MOST))
    starts: list[MediaTime | None] = [None]
    begun = known.spans[0].start
    for span in known.spans[1:]:
        if span.start - begun >= length:
            starts.append(span.start)
            begun = span.start
    return tuple(Stretch(start, end) for start, end in zip(starts, [*starts[1:], None], strict=True))


class Crew:
    """Up to ``workers`` processes that share the work on one recording; this process is one of them."""

    def __init__(self, workers: int = 1) -> None:
        self.workers = max(1, workers)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """``work`` of each item, in order; ``StepFailed`` when a process was ended from outside."""
        if self.workers == 1 or len(items) == 1:
            yield from map(work, items)
            return
        if self._pool is None:
            # A forked child would share this process's decoders and models.
            self._pool = ProcessPoolExecutor(self.workers - 1, mp_context=multiprocessing.get_context("spawn"))
        try:
            yield from _shared(self._pool, self.workers - 1, work, items)
        except BrokenProcessPool as error:
            raise StepFailed("a process that worked on a part of the recording was ended") from error


def _shared(pool: ProcessPoolExecutor, others: int, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """``work`` of each item, in order; whoever is free, here or in the pool, takes the next that nobody has begun.

    A pool that is given all at once hands out items ahead of time, and one of its processes idles at the end.
    """
    def there(item: T) -> R:
        return pool.submit(work, item).result()

    here: dict[Future[R], R] = {}
    with ThreadPoolExecutor(others) as feeders:
        order = deque(feeders.submit(there, item) for item in items)
        free = deque(zip(order, items, strict=True))
        try:
            while order:
                if order[0] in here:
                    yield here.pop(order.popleft())
                elif order[0].done() or not free:
                    yield order.popleft().result()
                else:
                    future, item = free.popleft()
                    if future.cancel():
                        here[future] = work(item)
        finally:
            for future in order:
                future.cancel()
