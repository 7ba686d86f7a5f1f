"""What learners say of their practice and how sure they are: kept apart, counted beside the marks, and forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cme_xblock.activity.codes import EvaluationMode
from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import reading, refresh
from cme_xblock.participation import evaluation
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, evaluations, keys, ledger
from cme_xblock.records.models import AnonymousPool, EvaluationSheet, FirstAttempts, Participation, PracticeFacts
from cme_xblock.rules import disclosure
from tests.outcomes import people
from tests.outcomes.test_refresh import activity, answers, write

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = keys.activity_key(people.COURSE, people.ACTIVITY)
SAID = {"field": ["cardiology"], "years": ["6-15"], "first": ["returning"], "fits": ["4"]}


def asking(mode: EvaluationMode = EvaluationMode.ANONYMOUS) -> Activity:
    one = activity()
    items = (
        EvaluationItem(id="fits", library="relevance", required=True),
        EvaluationItem(id="field", library="specialty", required=True),
        EvaluationItem(id="years", library="years_in_practice"),
        EvaluationItem(id="first", library="first_time"),
    )
    return replace(
        one,
        baseline=replace(one.baseline, ask_confidence=True),
        assessment=replace(one.assessment, ask_confidence=True),
        evaluation=replace(one.evaluation, mode=mode, items=items),
    )


def evaluate(one: Activity, learner: str, said: dict[str, list[str]]) -> None:
    given = evaluation.take(one, said)
    assert isinstance(given, evaluation.Evaluated)
    prepared = evaluations.prepare(one, given)

    def effects(participation: Any, entry: Any) -> None:
        evaluations.keep(participation, entry, activity=one, given=given, prepared=prepared, now=NOW)

    draft = Draft(Kind.EVALUATION_SUBMITTED, editions.record(people.COURSE, one, now=NOW), prepared.payload)
    ledger.append(people.COURSE, people.ACTIVITY, learner, decide=lambda _: ledger.Proposal(draft, effects), now=NOW)


def learn(one: Activity, learner: str, before: str, sure: str, after: str, sure_after: str) -> None:
    edition = editions.record(people.COURSE, one, now=NOW)
    write(learner, edition, Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": disclosure.sha256(one)})
    said = {f"b{place}": level for place, level in enumerate(sure)}
    write(learner, edition, Kind.BASELINE_SUBMITTED, {"responses": answers("b", before), "sure": said})
    write(learner, edition, Kind.CONTENT_COMPLETED, {"section": "s"})
    said = {f"a{place}": level for place, level in enumerate(sure_after)}
    payload = {"attempt": 1, "responses": answers("a", after), "sure": said}
    write(learner, edition, Kind.ASSESSMENT_SUBMITTED, payload)


@pytest.mark.parametrize("mode", EvaluationMode)
def test_practice_is_kept_apart_from_the_answers(mode: EvaluationMode) -> None:
    """In both modes: a row of its own with the learner, and no word of it in the pool or on the sheet."""
    one = asking(mode)
    for number in range(5):
        learn(one, str(number), "100", "521", "111", "544")
        evaluate(one, str(number), SAID)
    assert set(PracticeFacts.objects.values_list("specialty", "years_in_practice", "setting", "first_time")) == {
        ("cardiology", "6-15", "", "returning")
    }
    elsewhere = [pool.released_sums + pool.waiting_sums for pool in AnonymousPool.objects.all()]
    elsewhere += [sheet.chosen + sheet.written for sheet in EvaluationSheet.objects.all()]
    assert elsewhere
    assert all("cardiology" not in text for text in elsewhere)
    assert all('"fits"' in text for text in elsewhere)


def test_practice_is_never_required() -> None:
    """Not even where an author says so; and an empty one writes no row."""
    one = asking()
    assert not any(question.required for question in evaluation.questions(one) if question.fact)
    learn(one, "1", "100", "521", "111", "544")
    evaluate(one, "1", {"fits": ["4"]})
    assert PracticeFacts.objects.count() == 0


def test_arrays_have_how_sure_and_whose_practice() -> None:
    """How sure stands beside each mark, practice beside each learner; who said nothing is there with nothing."""
    one = asking()
    learn(one, "1", "100", "521", "111", "544")
    evaluate(one, "1", SAID)
    learn(one, "2", "1-0", "1-3", "011", "234")
    refresh.refresh(KEY)
    cohort = reading.read(KEY)
    [group] = cohort.groups
    assert {bytes(row) for row in group.before_sure} == {b"521", b"1-3"}
    assert {bytes(row) for row in group.after_sure} == {b"544", b"234"}
    told = [cohort.practices[code] for code in group.practices]
    assert sorted(told) == [("", "", "", ""), ("cardiology", "6-15", "", "returning")]
    assert sum(cohort.kinds.values()) == 2
    assert {cohort.practices[kind[3]] for kind in cohort.kinds} == set(told)


def test_nothing_more_is_read_where_nothing_was_asked() -> None:
    one = activity()
    edition = editions.record(people.COURSE, one, now=NOW)
    write("1", edition, Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": disclosure.sha256(one)})
    write("1", edition, Kind.BASELINE_SUBMITTED, {"responses": answers("b", "100")})
    refresh.refresh(KEY)
    [group] = reading.read(KEY).groups
    assert (group.practices, group.before_sure, group.after_sure) == (None, None, None)


def test_forgotten_with_the_account() -> None:
    one = asking()
    learn(one, "1", "100", "521", "111", "544")
    evaluate(one, "1", SAID)
    refresh.refresh(KEY)
    assert FirstAttempts.objects.get().practice == "cardiology|6-15||returning"
    evaluations.forget_words([Participation.objects.get().pk])
    assert PracticeFacts.objects.count() == 0
    assert FirstAttempts.objects.get().practice == ""
