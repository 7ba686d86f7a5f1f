"""A guard against code that does not end: no measurement of how quick something is (`benchmarks/` does that).

The limits are ten times and more what the code needs on a busy machine, and far less than what the fault that each
test is about would take: minutes, or for ever.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class HangingError(AssertionError):
    """The guarded code was still running at the limit."""


@contextmanager
def computing(*, at_most: int = 30) -> Iterator[None]:
    """The body uses up no more than so many seconds of this process's own computing; what others do counts not."""
    with _alarm(signal.ITIMER_PROF, signal.SIGPROF, at_most):
        yield


@contextmanager
def waiting(*, at_most: int = 60) -> Iterator[None]:
    """The body, which waits for something outside this process, is over after so many seconds of the clock."""
    with _alarm(signal.ITIMER_REAL, signal.SIGALRM, at_most):
        yield


@contextmanager
def _alarm(timer: int, number: int, seconds: int) -> Iterator[None]:
    def over(_signal: int, _frame: FrameType | None) -> None:
        raise HangingError(f"still running after {seconds} s")

    before = signal.signal(number, over)
    signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, before)
