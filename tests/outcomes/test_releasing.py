"""The report moves in steps: one more learner moves nothing, many do, and each step is kept as it was shown."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from cme_xblock.outcomes import reading, refresh, releasing, report, steps
from cme_xblock.outcomes.shapes import Report
from cme_xblock.records import evaluations, keys, releases
from cme_xblock.records.models import FirstAttempts, OutcomesRelease, Participation, ReleasedAttempts
from cme_xblock.records.models.base import ImmutableError
from tests.outcomes import people
from tests.outcomes.test_refresh import KEY, NOW, activity, learn

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.clear()


def come(first: int, last: int) -> None:
    """Learners of these numbers, who answer by chance."""
    for number in range(first, last):
        chance = random.Random(number)
        before = "".join("1" if chance.random() < 0.4 else "0" for _ in range(3))
        after = "".join("1" if chance.random() < 0.7 else "0" for _ in range(3))
        learn(str(number), activity(), before, after)


def look(day: int = 0) -> Report:
    refresh.refresh(KEY)
    standing = releasing.current(KEY, activity(), minimum=5, now=NOW + timedelta(days=day))
    return report.build(standing.cohort, activity(), planner=standing.planner)


def test_one_more_learner_moves_nothing_and_many_do() -> None:
    come(0, 30)
    first = look()
    assert "The 30 matched learners" in first.answer[0].format()
    come(30, 31)
    assert look(1) == first
    assert releasing.behind(KEY, minimum=5) == 0
    come(31, 38)
    refresh.refresh(KEY)
    assert releasing.behind(KEY, minimum=5) == 5
    come(38, 90)
    later = look(2)
    assert "The 90 matched learners" in later.answer[0].format()
    assert [one.number for one in OutcomesRelease.objects.order_by("number")] == [1, 2]
    assert releasing.moved_at(KEY) == NOW + timedelta(days=2)


def test_whoever_comes_further_is_shown_as_before_until_the_next_step() -> None:
    come(0, 20)
    learn("late", activity(), "100")
    look()
    learn("late", activity(), "", "111")
    refresh.refresh(KEY)
    assert FirstAttempts.objects.get(participation__learner_id="late").after == "111"
    assert look(1) == look(2)
    assert ReleasedAttempts.objects.get(participation__learner_id="late").after == ""


def test_a_step_that_would_hide_what_is_shown_waits_and_leaves_nothing_behind(monkeypatch: Any) -> None:
    come(0, 40)
    first = look()
    kept = list(ReleasedAttempts.objects.order_by("pk").values())
    monkeypatch.setattr(steps, "lost", lambda now, last: (100, 11))
    come(40, 60)
    assert look(1) == first
    assert list(ReleasedAttempts.objects.order_by("pk").values()) == kept


def test_what_is_shown_later_is_what_was_judged() -> None:
    """The page makes a step's report from what is kept of it: the same cells are hidden."""
    come(0, 24)
    look()
    come(24, 60)
    cache.clear()
    made = look(1)
    kinds, names = reading.standing(KEY, table=ReleasedAttempts)
    cohort = reading.read(KEY, table=ReleasedAttempts)
    assert {kind: list(kinds.values()).count(kind) for kind in names} == cohort.kinds
    [first, last] = OutcomesRelease.objects.order_by("number")
    moves = releasing._moves([releasing._tables(first)], {}, kinds)
    assert sum(moves.values()) == 60
    assert '"people"' in last.tables
    assert made == look(2)


def test_the_groups_of_people_are_those_of_the_cohort_also_where_nobody_said_anything() -> None:
    come(0, 12)
    learn("only", activity(), "110")
    refresh.refresh(KEY)
    kinds, _ = reading.standing(KEY)
    counted: dict[Any, int] = {}
    for kind in kinds.values():
        counted[kind] = counted.get(kind, 0) + 1
    assert counted == reading.read(KEY).kinds


def test_a_step_is_a_record() -> None:
    come(0, 8)
    look()
    with pytest.raises(ImmutableError):
        OutcomesRelease.objects.update(matched=1)


def test_a_test_leaves_with_the_next_step() -> None:
    come(0, 10)
    look()
    learn("3", activity(), test=True)
    come(10, 40)
    look(1)
    assert reading.read(KEY, table=ReleasedAttempts).registered == 39


def test_retirement_takes_the_practice_out_of_the_trail() -> None:
    """What they said of it goes at once; where they stood otherwise stays, or the next step would tell of them."""
    come(0, 8)
    refresh.refresh(KEY)
    FirstAttempts.objects.update(practice="cardiology|6-15||")
    first = look()
    pk = Participation.objects.get(learner_id="3", activity_id=people.ACTIVITY).pk
    before = json.loads(ReleasedAttempts.objects.get(pk=pk).trail)
    evaluations.forget_words([pk])
    row = ReleasedAttempts.objects.get(pk=pk)
    assert row.practice == ""
    assert "cardiology" not in row.trail
    [[number, group]] = json.loads(row.trail)
    assert (number, json.loads(group)[:4]) == (1, json.loads(before[0][1])[:4])
    assert look(1) == first
    come(8, 30)
    assert "The 30 matched learners" in look(1).answer[0].format()


def test_below_the_limit_there_is_no_step_and_no_number() -> None:
    come(0, 4)
    made = look()
    assert not OutcomesRelease.objects.exists()
    shown = [cell.value for one in made.sections for table in one.tables for row in table.rows for cell in row]
    assert {value for value in shown if value} == set()
    assert releases.peers(KEY) == {}


def test_the_others_on_a_learners_page_come_with_the_step() -> None:
    come(0, 60)
    look()
    told = releases.peers(keys.activity_key(people.COURSE, people.ACTIVITY))
    assert told
    assert {one.n for one in told.values()} == {60}


def test_a_step_with_as_many_new_people_as_the_last_one_is_tried() -> None:
    """What was tried in vain is not repeated; after a step that was let out as many people are others."""
    come(0, 30)
    look()
    come(30, 60)
    assert "The 60 matched learners" in look(1).answer[0].format()
