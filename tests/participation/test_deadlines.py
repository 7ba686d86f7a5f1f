"""Deadlines: the last day in time, and the days on which to warn."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.participation import deadlines
from cme_xblock.participation.deadlines import Stage, Step
from cme_xblock.rules import credit_system

SYSTEMS = credit_system.load()
ACPE = SYSTEMS["acpe_pharmacist"]
ABIM = SYSTEMS["moc_abim"]
DAY = date(2026, 1, 15)


def test_a_pharmacists_record_is_due_sixty_days_after_completion() -> None:
    """Spec part 9: completion 2026-01-15 (local), due 2026-03-16."""
    assert deadlines.report_by(ACPE, DAY) == date(2026, 3, 16)
    assert deadlines.claim_by(ACPE, DAY) == date(2026, 3, 16)
    assert deadlines.report_by(SYSTEMS["acpe_technician"], DAY) == date(2026, 3, 16)


def test_it_warns_on_the_thirtieth_the_forty_fifth_and_the_fifty_fifth_day() -> None:
    assert deadlines.warn_on(ACPE, DAY) == tuple(DAY + timedelta(days=days) for days in (30, 45, 55))


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (0, Stage.FINE),
        (29, Stage.FINE),
        (30, Stage.FIRST),
        (44, Stage.FIRST),
        (45, Stage.SECOND),
        (54, Stage.SECOND),
        (55, Stage.LAST),
        (60, Stage.LAST),
        (61, Stage.OVER),
        (400, Stage.OVER),
    ],
)
def test_each_day_has_its_stage(days: int, stage: Stage) -> None:
    today = DAY + timedelta(days=days)
    for found, step in (
        (deadlines.to_report(ACPE, DAY, today=today), Step.REPORT),
        (deadlines.to_claim(ACPE, DAY, today=today), Step.CLAIM),
    ):
        assert found is not None
        assert (found.step, found.stage, found.days_left, found.due) == (step, stage, 60 - days, date(2026, 3, 16))
        assert "2026-03-16" in str(found.message)
        assert "{" not in str(found.message)


@pytest.mark.parametrize(
    ("completed", "due", "warnings"),
    [
        (date(2026, 3, 1), date(2026, 12, 31), ((2026, 12, 1), (2026, 12, 15), (2026, 12, 24))),
        # Completed in December: warned at once, and never before.
        (date(2026, 12, 20), date(2026, 12, 31), ((2026, 12, 20), (2026, 12, 20), (2026, 12, 24))),
        (date(2026, 12, 31), date(2026, 12, 31), ((2026, 12, 31),) * 3),
        (date(2027, 1, 1), date(2027, 12, 31), ((2027, 12, 1), (2027, 12, 15), (2027, 12, 24))),
    ],
)
def test_points_of_internists_are_due_at_the_end_of_the_year_of_completion(
    completed: date, due: date, warnings: tuple[tuple[int, int, int], ...]
) -> None:
    assert deadlines.report_by(ABIM, completed) == due
    assert deadlines.warn_on(ABIM, completed) == tuple(date(*one) for one in warnings)


def test_an_osteopathic_credit_is_due_within_a_year_and_surgeons_points_within_thirty_days() -> None:
    for code in ("aoa_1a", "aoa_1b", "aoa_2a", "aoa_2b"):
        assert deadlines.report_by(SYSTEMS[code], DAY) == date(2027, 1, 15)
    assert deadlines.report_by(SYSTEMS["moc_abs"], DAY) == date(2026, 2, 14)


def test_of_two_deadlines_the_earlier_one_holds() -> None:
    both = dataclasses.replace(ABIM, report_within_days=60)
    assert deadlines.report_by(both, DAY) == date(2026, 3, 16)
    assert deadlines.report_by(both, date(2026, 12, 1)) == date(2026, 12, 31)
    assert deadlines.warn_on(both, date(2026, 12, 1)) == (date(2026, 12, 1), date(2026, 12, 15), date(2026, 12, 24))


def test_without_a_deadline_there_is_nothing_to_say() -> None:
    ama = SYSTEMS["ama_pra_1"]
    assert deadlines.report_by(ama, DAY) is None
    assert deadlines.warn_on(ama, DAY) is None
    assert deadlines.to_report(ama, DAY, today=DAY) is None
    assert deadlines.to_claim(ama, DAY, today=DAY) is None


@given(
    st.sampled_from(sorted(code for code, one in SYSTEMS.items() if deadlines.report_by(one, DAY))),
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
)
def test_no_warning_lies_before_the_completion_or_behind_the_deadline(code: str, completed: date) -> None:
    due, warnings = deadlines.report_by(SYSTEMS[code], completed), deadlines.warn_on(SYSTEMS[code], completed)
    assert due is not None
    assert warnings is not None
    assert completed <= warnings[0] <= warnings[1] <= warnings[2] <= due
