"""Nobody by calculation: what evaluations, themes and the order of steps tell beside what is hidden.

Each test is an attack that was carried out on an earlier state of the report, and found one to four people, or a report
that could have stood still for ever.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from cme_xblock.activity.codes import EvaluationMode
from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import current, hiding_evaluation, refresh, releasing, said
from cme_xblock.outcomes.evidence import Evaluated, Evidence
from cme_xblock.outcomes.shapes import Report
from cme_xblock.outcomes.steps import Memory
from cme_xblock.records import editions
from cme_xblock.records.models import OutcomesRelease
from tests.outcomes import people
from tests.outcomes.test_by_calculation import tables
from tests.outcomes.test_practice import KEY, NOW, asking, evaluate, learn
from tests.outcomes.test_report import table


def test_how_many_chose_two_is_not_counted() -> None:
    """Thirty and thirteen of forty: three chose both, for everybody who answers chooses one."""
    asked = {"id": "s", "kind": "multiple", "purpose": "own", "objective": "", "subject": "", "stem": "s?",
             "choices": [{"id": one, "text": one, "comment": False} for one in "xyz"]}  # fmt: skip
    for counts, hidden in (({"x": 30, "y": 13}, True), ({"x": 30, "y": 10}, False), ({"x": 30, "y": 20}, False)):
        one = Evaluated((asked,), 40, {"s": {"answered": 40, "counts": counts, "texts": []}}, anonymous=False)
        gone = hiding_evaluation.hidden(one, minimum=5).questions["s"]
        assert ("y" in gone) == hidden
        assert "x" not in gone


def test_how_many_chose_two_is_not_counted_between_two_reports() -> None:
    """Ten choices beyond the first, then thirteen: three newcomers chose two."""
    asked = {"id": "s", "kind": "multiple", "purpose": "own", "objective": "", "subject": "", "stem": "s?",
             "choices": [{"id": one, "text": one, "comment": False} for one in "xy"]}  # fmt: skip
    past: list[Any] = []
    for n, counts, hidden in ((40, {"x": 30, "y": 20}, False), (60, {"x": 42, "y": 31}, True)):
        one = Evaluated((asked,), n, {"s": {"answered": n, "counts": counts, "texts": []}}, anonymous=False)
        memory = Memory(past)
        gone = hiding_evaluation.hidden(one, minimum=5, planner=memory).questions["s"]
        past.append(memory.shown)
        assert bool(gone & {"x", "y"}) == hidden


def test_themes_know_who_answered_other_questions() -> None:
    question = {"id": "needs", "kind": "text", "purpose": "needs", "objective": "", "subject": "", "stem": "What else?",
                "choices": []}  # fmt: skip
    sums = {"needs": {"answered": 30, "counts": {}, "texts": ["tapering"] * 30}}
    for others, told in ((3, False), (9, True), (None, True)):
        one = Evaluated((question,), 30, sums, anonymous=False, others=others)
        frozen = said.step(Evidence((one,)), (), minimum=5)
        [found] = frozen.themes.values()
        assert bool(found.found) == told


@pytest.mark.django_db
@pytest.mark.database
def test_where_the_funnel_hides_them_evaluations_tell_no_more() -> None:
    """Forty passed, thirty-seven evaluated: the funnel hides it, and so has the evaluation to."""
    cache.clear()
    today = asking(EvaluationMode.IDENTIFIED)
    for number in range(40):
        learn(today, str(number), "100", "521", "110", "544")
        if number < 37:
            evaluate(today, str(number), {"fits": [str(3 + number % 3)]})
    editions.publish(people.COURSE, today, source="cme@x", now=NOW)
    made = current.report_of(KEY, today, minimum=5, now=NOW)
    funnel = {str(row[0].text): row[1].value for row in table(made, "funnel").rows}
    assert (funnel["Assessment done"], funnel["Evaluation done"]) == (40, None)
    assert {str(row[0].text): row[1].value for row in table(made, "counted").rows}["Evaluations"] is None
    assert table(made, "ratings").rows[0][1].value is None


@pytest.mark.django_db
@pytest.mark.database
def test_what_the_funnel_hides_at_a_later_step_evaluations_do_not_tell() -> None:
    """Sixty came and forty evaluated, then eight and seven: of the eight one did not."""
    cache.clear()
    today = asking(EvaluationMode.IDENTIFIED)

    def come(first: int, number: int, evaluating: int) -> Report:
        for place in range(first, first + number):
            learn(today, str(place), "100", "521", "110", "544")
            if place < first + evaluating:
                evaluate(today, str(place), {"fits": [str(3 + place % 3)]})
        return current.report_of(KEY, today, minimum=5, now=NOW + timedelta(days=first))

    editions.publish(people.COURSE, today, source="cme@x", now=NOW)
    made = come(0, 60, 40)
    assert {str(row[0].text): row[1].value for row in table(made, "funnel").rows}["Evaluation done"] == 40
    for first, number, evaluating in ((60, 8, 7), (68, 8, 6)):
        made = come(first, number, evaluating)
        funnel = {str(row[0].text): row[1].value for row in table(made, "funnel").rows}
        told = {str(row[0].text): row[1].value for row in table(made, "counted").rows}.get("Evaluations")
        assert funnel["Registered"] == 60 or (funnel["Evaluation done"], told) == (None, None)


@pytest.mark.django_db
@pytest.mark.database
def test_three_who_came_late_do_not_stop_the_report_for_ever() -> None:
    """What they cost is given up once twice as many are on record."""
    cache.clear()
    rated = tuple(EvaluationItem(id=f"fits{number}", library="relevance", required=True) for number in range(10))
    today = asking(EvaluationMode.IDENTIFIED)
    today = replace(today, evaluation=replace(today.evaluation, items=rated))
    older = replace(today, evaluation=replace(today.evaluation, items=rated[:9]))
    numbers = iter(range(1000))

    def come(many: int, one: Activity) -> None:
        for _ in range(many):
            number = next(numbers)
            chance = random.Random(number)
            before, after = "".join(chance.choice("01") for _ in range(3)), chance.choice(["110", "111", "101", "011"])
            learn(one, str(number), before, "521", after, "544")
            evaluate(one, str(number), {item.id: [chance.choice("54354")] for item in one.evaluation.items})

    editions.publish(people.COURSE, today, source="cme@x", now=NOW)
    come(60, today)
    current.report_of(KEY, today, minimum=5, now=NOW)
    come(3, older)
    come(70, today)
    current.report_of(KEY, today, minimum=5, now=NOW + timedelta(days=1))
    [last] = OutcomesRelease.objects.order_by("-number")[:1]
    assert last.learners == 133


def published() -> Activity:
    """An activity whose evaluations have names."""
    cache.clear()
    one = asking(EvaluationMode.IDENTIFIED)
    editions.publish(people.COURSE, one, source="cme@x", now=NOW)
    return one


def come_alike(one: Activity, first: int, end: int) -> None:
    """Learners with the same answers, counted."""
    for number in range(first, end):
        learn(one, str(number), "100", "521", "110", "544")
    refresh.refresh(KEY)


@pytest.mark.django_db
@pytest.mark.database
def test_before_the_first_step_nothing_is_shown(monkeypatch: Any) -> None:
    """Where another look makes it at this moment: what is shown before would be compared with it."""
    one = published()
    come_alike(one, 0, 30)
    for number in range(30):
        evaluate(one, str(number), {"fits": ["4"]})
    refresh.refresh(KEY)
    monkeypatch.setattr(releasing, "step", lambda *_, **__: False)
    made = current.report_of(KEY, one, minimum=5, now=NOW)
    assert OutcomesRelease.objects.count() == 0
    assert {row[1].value for row in table(made, "funnel").rows} == {None}
    assert "ratings" not in tables(made)


@pytest.mark.django_db
@pytest.mark.database
def test_a_step_that_breaks_leaves_the_last_one(monkeypatch: Any) -> None:
    one = published()
    come_alike(one, 0, 30)
    assert releasing.step(KEY, one, minimum=5, now=NOW)
    come_alike(one, 30, 50)
    with monkeypatch.context() as broken:
        broken.setattr(releasing.report, "build", lambda *_, **__: 1 / 0)
        assert not releasing.step(KEY, one, minimum=5, now=NOW)
    assert OutcomesRelease.objects.count() == 1
    # What was shown is shown on, and with five more people it is tried again.
    assert table(current.report_of(KEY, one, minimum=5, now=NOW), "funnel").rows[0][1].value == 30
    come_alike(one, 50, 55)
    assert releasing.step(KEY, one, minimum=5, now=NOW)
