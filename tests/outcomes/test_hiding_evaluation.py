"""An evaluation's numbers beside the number of people who handed one in: nobody is left over by subtraction."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from django.core.cache import cache

from cme_xblock.activity.codes import EvaluationMode
from cme_xblock.outcomes import commitments, current, hiding_evaluation, report, report_evaluation
from cme_xblock.outcomes.evidence import Evaluated, Evidence
from cme_xblock.outcomes.hiding_evaluation import ANSWERED, LEFT_OUT, TOP, TOTAL
from cme_xblock.participation.commitments import Outcome
from cme_xblock.records import editions
from tests.outcomes import across, crowd, people
from tests.outcomes.test_practice import KEY, NOW, asking, evaluate, learn
from tests.outcomes.test_report import table

CHOICES = {"met": "54321", "kind": "abc", "several": "xyz", "minutes": "", "needs": ""}
KINDS = {"met": "rating", "kind": "single", "several": "multiple", "minutes": "number", "needs": "text"}
QUESTIONS = tuple(
    {"id": name, "kind": KINDS[name], "purpose": "time" if name == "minutes" else "own", "objective": "", "subject": "",
     "stem": f"{name}?", "choices": [{"id": one, "text": one, "comment": False} for one in choices]}
    for name, choices in CHOICES.items()
)  # fmt: skip
# Everything that can be chosen, and nothing.
SEVERAL = ["".join(one) for size in range(4) for one in combinations("xyz", size)]
WAYS = {
    "met": [*"54321", None], "kind": [*"abc", None], "several": [*SEVERAL, None],
    "minutes": ["10", "15", "20", "30", None], "needs": ["written", None],
}  # fmt: skip


def sheets(n: int, seed: int, blank: float) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [{name: None if chance.random() < blank else chance.choice(ways[:-1]) for name, ways in WAYS.items()}
            for _ in range(n)]  # fmt: skip


def added(given: list[dict[str, Any]], others: int | None, *, anonymous: bool = False) -> Evaluated:
    sums = {}
    for name in WAYS:
        answers = [one[name] for one in given if one[name] is not None]
        counts = Counter(answers if name != "several" else "".join(answers)) if name != "needs" else {}
        sums[name] = {"answered": len(answers), "counts": dict(counts), "texts": answers if name == "needs" else []}
    return Evaluated(QUESTIONS, len(given), sums, anonymous=anonymous, others=others)


def told_of(given: list[dict[str, Any]], others: int) -> across.Told:
    """Everything that page and exports tell of these evaluations, with how many people handed in any."""
    gone = hiding_evaluation.hidden(added(given, others), minimum=5)
    told = across.Told({"these": len(given), "others": others}, lambda kind: kind)
    told.cells["handed in"] = lambda kind: 1
    if not gone.whole:
        told.cells[TOTAL] = lambda kind: int(kind == "these")
    for name, ways in WAYS.items():
        counts = {way: sum(one[name] == way for one in given) for way in ways}
        told.states[name] = lambda kind, counts=counts: counts if kind == "these" else {}
        groups = {ANSWERED: set(ways[:-1]), LEFT_OUT: {None}, TOTAL: set(ways), TOP: {"5", "4"}}
        groups |= {each: {way for way in ways if way and (each in way if name == "several" else way == each)}
                   for each in ("xyz" if name == "several" else ways[:-1])}  # fmt: skip
        if name == "several":
            groups.pop(LEFT_OUT)
        if name != "met":
            groups.pop(TOP)
        for cell, group in groups.items():
            if cell not in gone.questions[name] and not (cell == TOTAL and gone.whole):
                told.sums[name, cell] = lambda kind, asked, way, name=name, group=group: int(
                    asked == name and way in group
                )
    return told


@pytest.mark.parametrize("others", [0, 1, 3, 4, 5, 12])
@pytest.mark.parametrize(("n", "blank"), [(9, 0.1), (40, 0.05), (40, 0.2), (120, 0.02)])
def test_nobody_is_left_over(n: int, blank: float, others: int) -> None:
    for seed in range(4):
        assert across.few(told_of(sheets(n, seed, blank), others)) is None


def test_what_is_hidden_is_not_everything() -> None:
    told = told_of(sheets(120, 1, 0.1), 0)
    assert {name for name, _ in told.sums} == set(WAYS)
    assert TOTAL in told.cells
    assert TOTAL not in told_of(sheets(120, 1, 0.1), 3).cells


def test_the_attack_finds_who_is_left_over_where_nobody_reckons_with_it() -> None:
    given = sheets(40, 3, 0.0)
    told = told_of(given, 7)
    told.cells["handed in"] = lambda kind: 1
    told.people = {"these": 40, "others": 2}
    assert across.few(told) is not None


def test_the_page_tells_how_many_where_nobody_is_left_over() -> None:
    """Forty-two handed one in, forty answered these questions: two answered others."""
    for others, is_told in ((2, False), (9, True), (None, True)):
        evidence = Evidence((added(sheets(40, 1, 0.0), others),))
        made = report.build(crowd.cohort(60), crowd.activity(), evidence=evidence)
        rows = {str(row[0].text): row[1].value for row in table(made, "counted").rows}
        assert rows["Evaluations"] == (40 if is_told else None)


def test_anonymous_evaluations_are_not_laid_beside_people() -> None:
    """They come five at a time; how many wait says nothing of anybody."""
    one = added(sheets(40, 1, 0.0), None, anonymous=True)
    assert not hiding_evaluation.hidden(one, minimum=5).whole
    assert list(report_evaluation.evaluation(Evidence((one,)), minimum=5))


def test_who_has_no_plan_is_left_over_by_nothing() -> None:
    """Forty handed in an evaluation, thirty-eight have a plan for the objective: two have none."""
    plans = [("o1", learner, [(30, Outcome.FULLY, "")]) for learner in range(38)]
    for evaluated, committed in ((None, 38), (40, None), (50, 38), (38, 38)):
        [found] = commitments.counted(plans, evaluated=evaluated)
        assert (found.committed, found.evaluated) == (committed, evaluated)
        if committed is None:
            assert (found.answered, found.fully) == (None, None)


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize(("others", "is_told"), [(3, False), (8, True)])
def test_who_answered_older_questions_is_left_over_by_nothing(others: int, is_told: bool) -> None:
    """The funnel tells of everybody who handed one in; the page of those who answered the questions of today."""
    cache.clear()
    today = asking(EvaluationMode.IDENTIFIED)
    older = replace(today, evaluation=replace(today.evaluation, items=today.evaluation.items[:1]))
    for number in range(30 + others):
        one = today if number < 30 else older
        learn(one, str(number), "100", "521", "110", "544")
        evaluate(one, str(number), {"fits": [str(3 + number % 3)]})
    editions.publish(people.COURSE, today, source="cme@x", now=NOW)
    made = current.report_of(KEY, today, minimum=5, now=NOW)
    funnel = {str(row[0].text): row[1].value for row in table(made, "funnel").rows}
    assert funnel["Evaluation done"] == 30 + others
    rows = {str(row[0].text): row[1].value for row in table(made, "counted").rows}
    assert rows["Evaluations"] == (30 if is_told else None)
    [rating] = table(made, "ratings").rows
    assert (rating[1].value is not None) == is_told
    # And it stays so on the next look, which asks what the step has shown.
    again = current.report_of(KEY, today, minimum=5, now=NOW)
    assert table(again, "counted") == table(made, "counted")
    assert table(again, "ratings") == table(made, "ratings")
