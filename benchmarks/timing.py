"""Time and queries of requests, measured so that a slow moment of the machine hits all alike.

The jobs take turns, one call each in every round, and each round begins with another job. Garbage is collected between
the rounds and never inside a call.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

Job = Callable[[], HttpResponse]


@dataclass(frozen=True)
class Timing:
    """What a job took, in milliseconds, over so many calls."""

    median: float
    p90: float
    calls: int


def of(nanoseconds: list[int]) -> Timing:
    """The timing of some calls."""
    values = sorted(one / 1e6 for one in nanoseconds)
    return Timing(statistics.median(values), values[min(len(values) - 1, round(0.9 * len(values)))], len(values))


def call(job: Job) -> tuple[int, HttpResponse]:
    """One call: nanoseconds, and the answer. Raises AssertionError for any status but 200."""
    begun = time.perf_counter_ns()
    answer = job()
    taken = time.perf_counter_ns() - begun
    assert answer.status_code == 200, f"{answer.status_code}: {answer.content.decode()[:300]}"
    return taken, answer


def in_turns(jobs: Mapping[str, Job], *, rounds: int, warm_up: int) -> Mapping[str, Timing]:
    """Every job's timing."""
    taken: dict[str, list[int]] = {name: [] for name in jobs}
    names = list(jobs)
    with no_garbage() as collect:
        for number in range(-warm_up, rounds):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                nanoseconds, _ = call(jobs[name])
                if number >= 0:
                    taken[name].append(nanoseconds)
            collect()
    return {name: of(one) for name, one in taken.items()}


@contextmanager
def no_garbage() -> Iterator[Callable[[], int]]:
    """No collection inside but by the function given. What lives already is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.enable()
        gc.unfreeze()


def queries(job: Job) -> int:
    """How many queries a call makes, those that only begin or end a transaction or a savepoint left out."""
    with CaptureQueriesContext(connection) as captured:
        call(job)
    return count(captured)


def count(captured: CaptureQueriesContext) -> int:
    """The number of captured queries that ask or write something."""
    control = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    return sum(not one["sql"].startswith(control) for one in captured.captured_queries)
