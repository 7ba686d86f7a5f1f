"""What several workers make of a receiver that fails now and then, and of one that is gone."""

from __future__ import annotations

import pytest

from cme_xblock.reporting import config, gauges
from cme_xblock.reporting.endpoints.base import Outcome, Result
from tests.reporting import world

pytestmark = [pytest.mark.django_db, pytest.mark.database]

GONE, FINE = Outcome(Result.RETRY, "unreachable"), Outcome(Result.ACCEPTED, http_status=200)


@pytest.fixture
def workers(desk, clock: world.Clock) -> list[gauges.Breaker]:
    """Four, who have all looked just now and found that all goes well."""
    desk()
    made = [gauges.Breaker(config.endpoints()["paper"].config) for _ in range(4)]
    assert all(one.lets(clock()) for one in made)
    return made


def test_failures_of_several_at_once_close_nothing_while_others_are_answered(workers, clock):
    """Five in the table within a second, and a success of another after each: 10 % of all may well fail like that."""
    first, *others = workers
    fresh = [gauges.Breaker(config.endpoints()["paper"].config) for _ in range(2)]
    assert all(one.lets(clock()) for one in fresh)
    for one in (*others, *fresh):
        assert one.told(GONE, now=clock(), wait=None)
        assert first.told(FINE, now=clock(), wait=None)
    assert first.lets(clock())


def test_who_is_gone_is_left_alone_by_all(workers, clock):
    """Two workers, in turns: five exchanges, of which each has seen several."""
    one, another = workers[:2]
    told = [each.told(GONE, now=clock(), wait=None) for each in (one, another, one, another, one)]
    assert told == [True, True, True, True, False]
    clock.forward(seconds=2)
    assert not any(each.lets(clock()) for each in workers)


def test_workers_that_do_one_each_find_it_out_too(desk, clock):
    """From cron, a new one every minute: nobody ever sees two in a row."""
    desk()
    its = config.endpoints()["paper"].config
    told = [gauges.Breaker(its).told(GONE, now=clock(), wait=None) for _ in range(2 * gauges.FAILURES)]
    assert told == [True] * (2 * gauges.FAILURES - 1) + [False]
    assert not gauges.Breaker(its).lets(clock())
