"""The platform's report of problem responses: the assessment's answers, never the evaluation's, and it is logged."""

from __future__ import annotations

import json
from itertools import chain

import pytest

from cme_xblock.records.models import AccessEntry, Participation
from tests.blocks import course
from tests.blocks.clock import NOON, Clock
from tests.blocks.way import Way
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ward(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch).at(NOON)
    course.install()
    for student in ("ana", "noa"):
        Way(student).all_before_claim()
    Way("ana").claim("0.5")


def report(limit: int | None = None) -> list[tuple[str, dict[str, object]]]:
    return list(course.block(course.ACTIVITY, "team").generate_report_data(iter(()), limit))


def test_each_answer_of_each_attempt_stands_beside_the_accounts_name() -> None:
    found = report()
    items = sample.activity().assessment.items
    assert [name for name, _ in found] == list(chain(*([name] * len(items) for name in ("ana", "noa"))))
    first = found[0][1]
    assert first["Question"] == items[0].stem
    assert first["Answer"] == first["Correct Answer"] == "; ".join(one.text for one in items[0].options if one.correct)
    assert (first["Attempt"], first["Right"], first["Item"]) == (1, True, items[0].id)


def test_it_stops_at_the_platforms_limit() -> None:
    assert len(report(2)) == 2
    assert report(0) == []


def test_nothing_of_the_evaluation_and_no_identifier_is_in_it() -> None:
    text = json.dumps(report())
    assert [one for one in ("My answer", "1234567893", "02/29", "Müller", "evaluation") if one in text] == []


def test_tests_are_left_out() -> None:
    row = Participation.objects.get(learner_id="noa")
    Participation.objects.mark(row.pk, is_test=True)
    assert {name for name, _ in report()} == {"ana"}


def test_making_it_is_in_the_access_log() -> None:
    before = AccessEntry.objects.count()
    report()
    entry = AccessEntry.objects.order_by("pk").last()
    assert AccessEntry.objects.count() == before + 1
    assert (entry.what, entry.count, entry.course_key) == ("responses", 2, course.COURSE)


def test_whoever_takes_it_for_a_view_gets_and_writes_nothing() -> None:
    """A runtime takes any name for a view; nothing happens before somebody goes through the rows."""
    before = AccessEntry.objects.count()
    course.block(course.ACTIVITY, "ana").generate_report_data({})
    assert AccessEntry.objects.count() == before
