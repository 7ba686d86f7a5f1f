"""All workers live by one clock, whatever their machines think of the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from cme_xblock.reporting import clock as clocks
from tests.reporting import world

pytestmark = [pytest.mark.django_db, pytest.mark.database]

shared = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has this machine's clock")


def wrong(**by: float):
    return lambda: datetime.now(UTC) + timedelta(**by)


@shared
@pytest.mark.parametrize("by", [{"hours": 1}, {"hours": -1}, {"days": 400}])
def test_a_machine_whose_clock_is_wrong_has_the_time_of_the_others(by, caplog):
    its, ours = clocks.of_the_database(here=wrong(**by)), clocks.of_the_database()
    assert abs(its() - ours()) < timedelta(seconds=1)
    assert "set it by NTP" in caplog.text


@shared
def test_the_time_does_not_depend_on_the_zone_of_a_session():
    zone = "SET time_zone = '{}'" if connection.vendor == "mysql" else "SET TIME ZONE '{}'"
    try:
        with connection.cursor() as cursor:
            cursor.execute(zone.format("+09:00"))
        assert abs(clocks.of_the_database()() - datetime.now(UTC)) < timedelta(seconds=2)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(zone.format("+00:00"))


def test_within_a_run_nobody_moves_the_clock():
    """The machine is set back in the middle of it."""
    seconds = [100.0]
    its = clocks.of_the_database(here=lambda: world.START, since=lambda: seconds[0])
    first = its()
    seconds[0] = 107.5
    assert its() - first == timedelta(seconds=7.5)
    assert its().tzinfo is UTC


@shared
def test_what_one_has_in_hand_another_whose_machine_is_ahead_leaves_alone(desk):
    """The first is between taking and sending; the machine of the other says that it is an hour later."""
    from cme_xblock.records.models.delivery import State
    from cme_xblock.reporting import engine, leases
    from tests.reporting.paper import claims

    desk(batch_max=1)
    claims(3)
    now = clocks.of_the_database()
    rows = leases.reserve("paper", State.READY, owner="first", now=now(), seconds=60.0, limit=10)
    leases.take_all(rows, owner="first", now=now(), seconds=60.0)
    ahead = clocks.of_the_database(here=wrong(hours=1))
    assert engine.run_once(now=ahead, owner="another").worked == 0
    assert world.states() == {"sending": 3}
