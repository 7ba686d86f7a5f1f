"""What attended minutes come to: in the activity's zone, without breaks, no time twice, within a day's maximum."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.activity.model import Activity
from cme_xblock.rules import credit_system, sessions
from tests.rules.variant import vary

SYSTEMS = credit_system.load()
DAY = datetime.fromisoformat("2026-01-15")


def session(key: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "start": start, "end": end, **more}


def live(*found: Mapping[str, Any], kind: str = "live", zone: str = "America/New_York") -> Activity:
    return vary({"format": kind, "time_zone": zone, "sessions": list(found)})


def spans(*found: tuple[int, int]) -> Activity:
    """Sessions s0, s1, … from minute to minute of one day."""
    return live(
        *(
            session(
                f"s{index}",
                (DAY + timedelta(minutes=start)).isoformat(timespec="minutes"),
                (DAY + timedelta(minutes=end)).isoformat(timespec="minutes"),
            )
            for index, (start, end) in enumerate(found)
        )
    )


def test_civil_times_become_instants_in_the_activitys_zone() -> None:
    activity = live(session("s1", "2026-01-15T09:00", "2026-01-15T10:30"))
    one = sessions.held(activity)["s1"]
    assert (one.start, one.end) == (datetime(2026, 1, 15, 14, tzinfo=UTC), datetime(2026, 1, 15, 15, 30, tzinfo=UTC))
    assert (one.day, one.minutes) == (date(2026, 1, 15), 90)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        # New York puts the clock forward on 8 March 2026, and back on 1 November.
        ("2026-03-08T01:00", "2026-03-08T04:00", 120),
        ("2026-11-01T00:30", "2026-11-01T02:30", 180),
        ("2026-01-15T23:30", "2026-01-16T00:30", 60),
    ],
)
def test_a_session_is_as_long_as_it_lasts_also_when_clocks_change(start: str, end: str, minutes: int) -> None:
    assert sessions.held(live(session("s1", start, end)))["s1"].minutes == minutes


def test_breaks_carry_nothing_and_overlapping_breaks_are_taken_off_once() -> None:
    pauses = [
        {"start": "2026-01-15T10:00", "end": "2026-01-15T10:30"},
        {"start": "2026-01-15T10:15", "end": "2026-01-15T10:45"},
        {"start": "2026-01-15T10:05", "end": "2026-01-15T10:10"},
        {"start": "2026-01-15T11:50", "end": "2026-01-15T12:30"},
        {"start": "2026-01-15T09:30", "end": None},
    ]
    activity = live(session("s1", "2026-01-15T09:00", "2026-01-15T12:00", breaks=pauses))
    assert sessions.between(activity, activity.sessions[0]) == 180 - 45 - 10


@pytest.mark.parametrize(
    "wrong",
    [
        session("s1", "2026-01-15T10:00", "2026-01-15T10:00"),
        session("s1", "2026-01-15T10:00", "2026-01-15T09:00"),
        session("", "2026-01-15T10:00", "2026-01-15T11:00"),
        {"id": "s1", "start": "2026-01-15T10:00"},
        {"id": "s1", "end": "2026-01-15T10:00"},
        session("s1", "0001-01-01T00:00", "0001-01-01T01:00"),
        session("s1", "9999-12-31T22:00", "9999-12-31T23:59"),
    ],
)
def test_a_session_that_is_none_gives_nothing_and_no_error(wrong: dict[str, Any]) -> None:
    for zone in ("America/New_York", "Asia/Tokyo"):
        activity = live(wrong, zone=zone)
        found = sessions.held(activity)
        assert all(one.minutes > 0 for one in found.values())
        assert sessions.credit(SYSTEMS["ama_pra_1"], activity, {"s1": 600}) <= Decimal(2)


@pytest.mark.parametrize(
    ("found", "attended", "counted"),
    [
        # One behind the other; at the same time; partly; a long one over two short ones.
        (((0, 60), (60, 120)), {"s0": 60, "s1": 60}, 120),
        (((0, 60), (0, 60)), {"s0": 60, "s1": 60}, 60),
        (((0, 60), (30, 120)), {"s0": 60, "s1": 90}, 90),
        (((0, 120), (0, 50), (60, 120)), {"s0": 120, "s1": 50, "s2": 60}, 120),
        (((0, 120), (0, 60), (60, 121)), {"s0": 120, "s1": 60, "s2": 61}, 121),
        # Only part of a session was attended; more minutes than there are; a session nobody knows.
        (((0, 60), (60, 120)), {"s0": 20, "s1": 60}, 80),
        (((0, 60),), {"s0": 600}, 60),
        (((0, 60),), {"s9": 60}, 0),
        (((0, 60),), {"s0": 0}, 0),
    ],
)
def test_nobody_is_in_two_rooms_at_once(
    found: tuple[tuple[int, int], ...], attended: dict[str, int], counted: int
) -> None:
    assert sum(sessions.chosen(spans(*found), attended).values()) == counted


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 120)), max_size=7),
    st.lists(st.integers(0, 130), min_size=7, max_size=7),
)
def test_the_chosen_sessions_never_overlap_and_no_other_choice_has_more(
    drawn: list[tuple[int, int]], minutes: list[int]
) -> None:
    found = [(start, start + length) for start, length in drawn]
    attended = {f"s{index}": minutes[index] for index in range(len(found))}
    counted = sessions.chosen(spans(*found), attended)
    taken = sorted(found[int(key[1:])] for key in counted)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(taken))
    best = 0
    for mask in range(1 << len(found)):
        group = sorted(one for index, one in enumerate(found) if mask >> index & 1)
        if all(one[1] <= other[0] for one, other in itertools.pairwise(group)):
            worth = (
                min(attended[f"s{index}"], end - start) for index, (start, end) in enumerate(found) if mask >> index & 1
            )
            best = max(best, sum(worth))
    assert sum(counted.values()) == best


def test_a_day_brings_no_more_than_the_systems_maximum() -> None:
    """Spec part 9: EACCME, a day of 10 hours brings 8; two such days bring 16."""
    days = [session(f"d{day}", f"2026-01-{day}T08:00", f"2026-01-{day}T18:00") for day in (15, 16)]
    eaccme, ama = SYSTEMS["eaccme_live"], SYSTEMS["ama_pra_1"]
    assert sessions.credit(eaccme, live(*days), {"d15": 600}) == Decimal(8)
    assert sessions.credit(eaccme, live(*days), {"d15": 600, "d16": 600}) == Decimal(16)
    assert sessions.credit(SYSTEMS["ebac"], live(*days), {"d15": 600}) == Decimal(6)
    assert sessions.credit(ama, live(*days), {"d15": 600}) == Decimal(10)


def test_a_series_is_rounded_by_session_and_any_other_activity_once() -> None:
    weeks = [session(f"w{week}", f"2026-02-{week:02}T12:00", f"2026-02-{week:02}T12:50") for week in (2, 9, 16, 23)]
    attended = {one["id"]: 50 for one in weeks}
    ama = SYSTEMS["ama_pra_1"]
    assert sessions.credit(ama, live(*weeks, kind="rss"), attended) == Decimal("3.0")
    assert sessions.credit(ama, live(*weeks), attended) == Decimal("3.25")


def test_a_code_is_compared_as_it_is_heard() -> None:
    assert sessions.typed(" Ward-2931 ") == sessions.typed("WARD 2931") == "ward2931"
    assert sessions.typed("—") == ""
