"""The guard itself: what does not end is ended, in a loop as in a regular expression; what ends is left alone."""

from __future__ import annotations

import itertools
import re
import signal
import threading

import pytest

from tests import hanging


def test_a_loop_without_an_end_is_ended() -> None:
    with pytest.raises(hanging.HangingError, match="still running after 1 s"), hanging.computing(at_most=1):
        any(number < 0 for number in itertools.count())


def test_an_expression_that_tries_everything_is_ended() -> None:
    with pytest.raises(hanging.HangingError), hanging.computing(at_most=1):
        re.match(r"(a+)+$", "a" * 60 + "b")


def test_waiting_for_nobody_is_ended() -> None:
    with pytest.raises(hanging.HangingError), hanging.waiting(at_most=1):
        threading.Event().wait()


@pytest.mark.parametrize("guard", [hanging.computing, hanging.waiting])
def test_what_ends_is_left_alone_and_so_is_what_follows(guard) -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF)
    with guard(at_most=1):
        pass
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF)) == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == signal.getitimer(signal.ITIMER_PROF)[0] == 0
