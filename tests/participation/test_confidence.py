"""Confidence beside each answer: asked where the author says so, kept beside the answers, never scored."""

from __future__ import annotations

from typing import Any

import pytest

from cme_xblock.participation import confidence, decide
from cme_xblock.participation.entries import Draft
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from tests.participation.ledger import Ledger
from tests.participation.steps import NOW, walked
from tests.rules import sample
from tests.rules.variant import vary

ASKING = vary({"assessment.ask_confidence": True, "baseline.ask_confidence": True})
SURE = {"a1": ["5"], "a2": ["1"], "a3": ["3"]}


def submitted(ledger: Ledger, sure: object, *, responses: object = None) -> Draft | Refusal:
    state = ledger.progress(NOW)
    given = sample.wrong_assessment() if responses is None else responses
    return decide.submit_assessment(
        state, ledger.activity(NOW), ledger.edition(NOW), given, state.next_attempt, sure=sure
    )


def ready() -> Ledger:
    ledger = Ledger(ASKING)
    ledger.acknowledge(NOW)

    state = ledger.progress(NOW)
    drafted = decide.submit_baseline(
        state, ASKING, ledger.edition(NOW), sample.right_baseline(), sure={"b1": ["2"], "b2": ["4"]}
    )
    ledger.write(drafted, NOW)
    ledger.content(NOW, sample.SECTION)
    assert ledger.progress(NOW).is_open(Part.ASSESSMENT)
    return ledger


def test_it_is_kept_beside_the_answers_and_changes_no_score() -> None:
    ledger = ready()
    drafted = submitted(ledger, SURE)
    assert isinstance(drafted, Draft)
    assert drafted.payload["sure"] == {"a1": "5", "a2": "1", "a3": "3"}
    assert ledger.entries[1].payload["sure"] == {"b1": "2", "b2": "4"}
    ledger.write(drafted, NOW)
    [attempt] = ledger.progress(NOW).attempts
    assert (attempt.correct, attempt.total, attempt.passed) == (1, 3, False)


@pytest.mark.parametrize(
    "wrong",
    [None, [], "5", {}, SURE | {"a2": []}, SURE | {"a2": ["6"]}, SURE | {"a2": ["1", "2"]}, SURE | {"a2": [1]},
     SURE | {"a2": "1"}, SURE | {"a2": [["1"]]}, {**SURE, "a4": ["1"]}, {**SURE, "b1": ["1"]}],
)  # fmt: skip
def test_every_scored_item_needs_one_choice(wrong: Any) -> None:
    assert isinstance(submitted(ready(), wrong), Refusal)


def test_each_missing_one_is_named_by_its_number() -> None:
    refused = confidence.parse(ASKING.assessment.items, {"a2": ["1"]}, shown=["a3", "a2", "a1", "a4"])
    assert isinstance(refused, Refusal)
    assert list(refused.fields) == ["sure:a3", "sure:a1"]
    assert [str(one)[:11] for one in refused.fields.values()] == ["Question 1:", "Question 3:"]
    refused = confidence.parse(ASKING.assessment.items, {"a2": ["1"], "a1": ["1"]}, shown=["a3", "a2", "a1", "a4"])
    assert isinstance(refused, Refusal)
    assert (refused.field, refused.fields) == ("sure:a3", {})
    assert str(refused.message) == "Question 1: say how sure you are of your answer, then send again."


def test_an_answer_and_how_sure_one_is_are_asked_for_together() -> None:
    refused = submitted(ready(), {"a2": ["1"]}, responses={"a1": ["a"]})
    assert isinstance(refused, Refusal)
    assert refused.code == "unanswered"
    assert {"a2", "a3", "sure:a1", "sure:a3"} <= refused.faults.keys()
    assert not {"a1", "sure:a2"} & refused.faults.keys()


def test_nobody_is_asked_unless_the_author_says_so() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT)
    drafted = submitted(ledger, SURE)
    assert isinstance(drafted, Draft)
    assert "sure" not in drafted.payload


def test_a_draft_keeps_what_fits() -> None:
    items = ASKING.assessment.items
    assert confidence.drafted(items, {"a1": ["5"], "a2": []}) == {"sure:a1": ["5"], "sure:a2": []}
    for wrong in (None, [], {"a4": ["1"]}, {"a1": ["9"]}, {"a1": "1"}, {"a1": [1]}, {"a1": ["1", "2"]}):
        assert confidence.drafted(items, wrong) is None
