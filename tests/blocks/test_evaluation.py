"""The evaluation at the block: told before it is answered, kept as told, offered before the claim, never in the way."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection

from cme_xblock.activity.model import Activity
from cme_xblock.host import retirement
from cme_xblock.records import evaluations, keys, ledger
from cme_xblock.records.models import AnonymousPool, Commitment, EvaluationSheet, ProviderTask
from tests.blocks import course
from tests.blocks.way import Way
from tests.conftest import NOW
from tests.records import dump
from tests.rules import sample
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PROMISE = "Anonymous: your answers are kept without your name"
WORDS = "zqx Clean my hands qxz"


def arrived(student: str = "ana", **changes: Any) -> Way:
    """A learner who has passed the assessment of the sample with these changes."""
    activity = vary({name.replace("__", "."): value for name, value in changes.items()})
    course.install(activity)
    way = Way(student, activity=activity)
    way.all_before_claim()
    return way


def key(activity: Activity) -> str:
    return keys.activity_key(course.COURSE, activity.activity_id)


def entry(way: Way) -> dict[str, Any]:
    found = ledger.entries(course.COURSE, way.activity.activity_id, way.student)
    return next(dict(one.payload) for one in found if one.kind == "evaluation_submitted")


def test_it_is_offered_before_the_claim_and_can_be_left_out() -> None:
    way = arrived()
    page = way.show()
    assert 'data-cme-submit="evaluation"' in page
    assert PROMISE in page
    assert "data-cme-draft" not in page
    assert page.index(PROMISE) < page.index("data-cme-item")
    assert 'data-cme-show="claim"' in page
    assert way.claim("0.5").status == 200


def test_the_overview_tells_of_it_beforehand() -> None:
    course.install(vary({"evaluation.required_for_credit": True}))
    assert "Evaluate the activity, anonymously. Credit can be claimed after it." in Way("ana").show(part="overview")
    course.install(sample.activity())
    assert "Evaluate the activity, anonymously. You can leave it out." in Way("bob").show(part="overview")


def test_a_required_one_stands_before_the_claim() -> None:
    way = arrived(evaluation__required_for_credit=True)
    assert "Credit can be claimed after it." in way.show()
    assert "First answer the evaluation" in way.show(part="claim", view="amount", profession="md")
    assert way.evaluation().status == 200
    assert way.claim("0.5").status == 200


def test_each_fault_is_at_its_question_and_nothing_is_kept() -> None:
    way = arrived()
    answer = way.evaluation(**{"met#o1": [], "bias": ["yes"], "minutes": ["x"]})
    assert answer.status == 400
    assert set(answer.data["error"]["fields"]) == {"met#o1", "bias#why", "minutes"}
    assert not AnonymousPool.objects.exists()
    page = way.show(part="evaluation")
    for name in answer.data["error"]["fields"]:
        assert f'data-cme-error="{name}"' in page


def test_an_anonymous_answer_is_nowhere_but_in_the_pool_and_there_are_no_drafts() -> None:
    way = arrived()
    responses = {"change#o1": [WORDS]}
    answer = course.call(course.ACTIVITY, "ana", "save_draft", {"part": "evaluation", "responses": responses})
    assert answer.status == 400
    assert dump.where([WORDS], dump.tables()) == set()
    assert way.evaluation(**responses).status == 200
    assert {table for _, table in dump.where([WORDS], dump.tables())} == {AnonymousPool._meta.db_table}
    assert entry(way) == {"mode": "anonymous"}
    assert "You have handed in your evaluation" in way.show(part="evaluation")
    assert way.submit("evaluation", responses={}).status == 409


def test_an_identified_one_says_so_keeps_a_draft_and_a_sheet_and_forgets_the_words_on_retirement() -> None:
    way = arrived(evaluation__mode="identified")
    page = way.show()
    assert PROMISE not in page
    assert "With your name" in page
    responses = {"change#o1": [WORDS], "met#o1": ["2"]}
    assert (
        course.call(course.ACTIVITY, "ana", "save_draft", {"part": "evaluation", "responses": responses}).status == 200
    )
    drafted = way.show(part="evaluation")
    assert WORDS in drafted
    assert 'value="2" checked' in drafted
    assert way.evaluation(**responses).status == 200
    [sheet] = EvaluationSheet.objects.all()
    assert json.loads(sheet.written) == {"change#o1": [WORDS], "change#o2": ["My answer to change#o2."]}
    assert json.loads(sheet.chosen)["met#o1"] == ["2"]
    assert entry(way)["sheet"] == sheet.uuid
    assert evaluations.is_whole(sheet, entry(way)["sha256"])
    assert {table for _, table in dump.where([WORDS], dump.tables())} == {EvaluationSheet._meta.db_table}
    retirement.retire("ana", now=NOW, dry_run=False)
    assert dump.where([WORDS], dump.tables()) == set()
    [sheet] = EvaluationSheet.objects.all()
    assert json.loads(sheet.chosen)["met#o1"] == ["2"]


def test_a_commitment_stays_with_the_learner_who_is_told_so_and_is_in_no_pool() -> None:
    way = arrived(evaluation__follow_up=["30", "90"])
    page = way.show()
    assert "One exception: what you will do differently is kept with your name" in page
    assert "Kept with your name, so that it can come back to you (after days: 30, 90)." in page
    assert way.evaluation(**{"change#o1": [WORDS], "change#o2": []}).status == 200
    [one] = Commitment.objects.all()
    assert (one.question, one.objective, one.text, one.days) == ("change#o1", "o1", WORDS, "30,90")
    assert one.participation.learner_id == "ana"
    assert {table for _, table in dump.where([WORDS], dump.tables())} == {Commitment._meta.db_table}
    retirement.retire("ana", now=NOW, dry_run=False)
    assert not Commitment.objects.exists()


def test_a_report_of_bias_with_a_name_is_a_task_at_once() -> None:
    way = arrived(evaluation__mode="identified")
    assert way.evaluation(bias=["yes"], **{"bias#why": ["Only one product."]}).status == 200
    [task] = ProviderTask.objects.all()
    assert (task.kind, task.state, task.reports) == ("commercial_bias", "open", 1)
    assert task.activity_key == key(way.activity)
    assert task.created_on is not None


def test_anonymous_reports_of_bias_are_one_task_with_the_release_and_open_again() -> None:
    course.install()
    for number in range(10):
        way = Way(f"learner-{number}")
        way.all_before_claim()
        biased = {"bias": ["yes"], "bias#why": [f"Reason {number}."]} if number in (0, 7) else {}
        assert way.evaluation(**biased).status == 200
        tasks = list(ProviderTask.objects.values_list("state", "reports", "created_on"))
        assert tasks == {4: [("open", 1, None)], 9: [("open", 2, None)]}.get(number, tasks)
        assert bool(tasks) is (number >= 4)
        if number == 4:
            [task] = ProviderTask.objects.all()
            assert evaluations.settle(task.pk, note="Slide 4 names generics now.")
    [found] = evaluations.released(key(way.activity))
    assert found.evaluations == 10
    assert found.sums["bias#why"]["texts"] == ["Reason 0.", "Reason 7."]
    assert not evaluations.settle("unknown", note="")


@pytest.mark.django_db(transaction=True)
def test_evaluations_at_the_same_moment_are_all_counted() -> None:
    course.install()
    ways = [Way(f"learner-{number}") for number in range(6)]
    for way in ways:
        way.all_before_claim()
    statuses: list[int] = []

    def hand_in(way: Way) -> None:
        try:
            statuses.append(way.evaluation().status)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=(way,)) for way in ways]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [200] * 6
    [found] = evaluations.released(key(sample.activity()))
    assert (found.evaluations, found.waiting) == (5, 1)
    assert found.sums["bias"]["counts"] == {"no": 5}


def test_how_sure_a_learner_is_stands_beside_each_answer_and_in_the_draft() -> None:
    activity = vary({"baseline.ask_confidence": True})
    course.install(activity)
    way = Way("ana", activity=activity)
    way.acknowledge()
    page = way.show(part="baseline")
    assert page.count('data-cme-sure="') == 2
    body = {"part": "baseline", "responses": {}, "sure": {"b1": ["4"]}}
    assert course.call(course.ACTIVITY, "ana", "save_draft", body).status == 200
    assert 'name="item:sure:b1" value="4" checked' in way.show(part="baseline")
    missing = way.submit("baseline", responses=sample.right_baseline(), sure={"b1": ["4"]})
    assert missing.status == 400
    assert list(missing.data["error"]["fields"]) == ["sure:b2"]
    assert way.submit("baseline", responses=sample.right_baseline(), sure={"b1": ["4"], "b2": ["1"]}).status == 200
    [kept] = [one for one in ledger.entries(course.COURSE, activity.activity_id, "ana") if "sure" in one.payload]
    assert kept.payload["sure"] == {"b1": "4", "b2": "1"}
