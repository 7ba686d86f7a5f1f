"""Dates that come due are told ahead, on the day and after it; none is told that no longer matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.activity.model import Activity
from cme_xblock.rules.currency import DAYS, due, reminders
from tests.activity.strategies import activities
from tests.rules import sample
from tests.rules.variant import cases, vary

CASES = cases(Path(__file__).parent / "cases" / "currency.toml")
EXPIRES = replace(Activity(), activity_id="x", expiry=date(2028, 3, 1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_what_comes_due(case: dict[str, Any]) -> None:
    found = due(vary(case.get("set", {})), today=case["today"])
    assert [f"{one.kind.value} {one.where} {one.days_left}" for one in found] == case["notices"]
    for one in found:
        assert one.date == case["today"] + timedelta(days=one.days_left)
        assert "{" not in str(one.message)
        assert str(one.message).endswith(".")


def test_a_notice_names_the_thing_and_the_day() -> None:
    found = due(sample.activity(), today=date(2027, 12, 31))
    assert str(found[0].message).startswith("Ann Lee disclosed on 2025-11-02, more than 24 months ago.")
    assert "expires after 2028-01-15 (days left: 15)" in str(found[2].message)


def test_run_daily_each_date_is_told_once_for_each_threshold() -> None:
    first = date(2027, 10, 1)
    told = [one.days_left for number in range(400) for one in reminders(EXPIRES, today=first + timedelta(days=number))]
    assert told == list(DAYS)


@pytest.mark.parametrize(
    ("today", "since", "told"),
    [
        (date(2027, 12, 3), date(2027, 12, 2), [89]),
        (date(2027, 12, 3), date(2027, 12, 3), []),
        (date(2027, 12, 3), None, []),
        # Both the 30 and the 7 days were missed: it is told once, as it stands.
        (date(2028, 2, 25), date(2028, 1, 1), [5]),
        (date(2028, 3, 4), date(2028, 2, 29), [-3]),
        (date(2028, 3, 4), date(2028, 3, 2), []),
        (date(2027, 12, 2), date(2027, 12, 5), []),
    ],
)
def test_missed_days_are_made_up_for(today: date, since: date | None, told: list[int]) -> None:
    assert [one.days_left for one in reminders(EXPIRES, today=today, since=since)] == told


def test_other_thresholds_can_be_chosen() -> None:
    assert [one.days_left for one in reminders(EXPIRES, today=date(2027, 11, 22), days=(100,))] == [100]
    assert reminders(EXPIRES, today=date(2027, 12, 2), days=(100,)) == ()
    assert reminders(EXPIRES, today=date(2027, 12, 2), days=()) == ()


@given(activities(), st.dates())
def test_any_activity_has_notices_without_error(activity: Activity, today: date) -> None:
    found = due(activity, today=today)
    assert all(one.days_left <= 90 and str(one.message) for one in found)
    assert [one.date for one in found] == sorted(one.date for one in found)
    assert all(one in found for one in reminders(activity, today=today))
