"""When to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cme_xblock.reporting import schedule

NOW = datetime(2026, 11, 22, 12, 45, tzinfo=UTC)


def test_waits_grow_and_the_last_one_repeats():
    waits = [schedule.wait(schedule.SENDING, number, chance=lambda: 0.0).total_seconds() for number in range(12)]
    assert waits == [5, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, 86400, 86400]


def test_chance_only_makes_a_wait_longer_and_by_a_quarter_at_most():
    assert schedule.wait((100,), 1, chance=lambda: 1.0) == timedelta(seconds=125)
    assert schedule.wait((100,), 1, chance=lambda: 0.5) == timedelta(seconds=112.5)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("99999999999999999999", 86_400),
        ("Sun, 22 Nov 2026 12:47:00 GMT", 120),
        ("Sun, 22 Nov 2026 13:47:00 +0100", 120),
        ("Sun, 22 Nov 2026 12:47:00 -0000", 120),
        ("Sat, 21 Nov 2026 12:45:00 GMT", 0),
        ("Fri, 22 Nov 2030 12:45:00 GMT", 86_400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Sun, 99 Nov 2026 12:47:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header, seconds):
    wait = schedule.retry_after(header, now=NOW)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))
