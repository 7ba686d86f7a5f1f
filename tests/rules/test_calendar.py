"""Dates are civil dates in the activity's zone. Source: spec part 7, cases 4, 8 and 9."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import pytest

from cme_xblock.activity.model import Claim
from cme_xblock.rules import calendar
from tests.rules import sample


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        # 31 December, 23:30 in New York is already the new year in UTC.
        ("America/New_York", "2027-01-01T04:30:00", "2026-12-31"),
        ("America/New_York", "2027-01-01T05:00:00", "2027-01-01"),
        # UTC+13: the date is ahead of UTC.
        ("Pacific/Tongatapu", "2026-12-31T10:59:59", "2026-12-31"),
        ("Pacific/Tongatapu", "2026-12-31T11:00:00", "2027-01-01"),
        # The night of 8 March 2026, when New York goes to summer time: midnight is at 5, the next one at 4 UTC.
        ("America/New_York", "2026-03-08T04:59:59", "2026-03-07"),
        ("America/New_York", "2026-03-09T03:59:59", "2026-03-08"),
        ("America/New_York", "2026-03-09T04:00:00", "2026-03-09"),
        # And 1 November 2026, when it goes back.
        ("America/New_York", "2026-11-01T04:00:00", "2026-11-01"),
        ("America/New_York", "2026-11-02T04:59:59", "2026-11-01"),
        ("No/Where", "2026-06-01T23:59:59", "2026-06-01"),
        # The ends of the calendar are no error.
        ("Pacific/Tongatapu", "9999-12-31T23:59:59", "9999-12-31"),
        ("America/New_York", "0001-01-01T00:00:00", "0001-01-01"),
    ],
)
def test_the_date_is_the_civil_date_in_the_activitys_zone(zone: str, instant: str, day: str) -> None:
    activity = dataclasses.replace(sample.activity(), time_zone=zone)
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert calendar.civil_date(activity, at) == date.fromisoformat(day)


def test_an_activity_lasts_until_the_end_of_its_expiry_date_in_its_zone() -> None:
    activity = sample.activity()  # expires on 2028-01-15 in New York, five hours behind UTC
    assert not calendar.expired(activity, datetime(2028, 1, 16, 4, 59, 59, 999999, tzinfo=UTC))
    assert calendar.expired(activity, datetime(2028, 1, 16, 5, 0, tzinfo=UTC))
    assert not calendar.released(activity, datetime(2026, 1, 15, 4, 59, 59, tzinfo=UTC))
    assert calendar.released(activity, datetime(2026, 1, 15, 5, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "years", "last"),
    [
        ("2024-02-29", 3, "2027-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2024-02-28", 3, "2027-02-28"),
        ("2026-01-15", 3, "2029-01-15"),
        ("9998-06-01", 3, "9999-12-31"),
    ],
)
def test_years_are_calendar_years(day: str, years: int, last: str) -> None:
    assert calendar.add_years(date.fromisoformat(day), years) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("window", "last"), [(30, "2028-02-14"), (0, "2028-01-15"), (-5, "2028-01-15"), (10**9, "9999-12-31")]
)
def test_the_window_to_claim_counts_from_the_expiry_date(window: int, last: str) -> None:
    activity = dataclasses.replace(sample.activity(), claim=Claim(window_days=window))
    assert calendar.last_claim_day(activity) == date.fromisoformat(last)
    assert calendar.last_claim_day(dataclasses.replace(activity, expiry=None)) is None
