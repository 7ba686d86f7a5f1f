"""The evaluation: what is asked, what is taken, every fault at its question, and which credit waits for it."""

from __future__ import annotations

from typing import Any

import pytest

from cme_xblock.activity.codes import EvaluationMode
from cme_xblock.activity.model import Activity
from cme_xblock.participation import decide, evaluation
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.evaluation import Evaluated, Question
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from tests.participation.ledger import Ledger
from tests.participation.steps import LAST, NOW, OVER, reason, statuses, walked
from tests.rules import sample
from tests.rules.variant import vary

EACCME = {"system": "eaccme_elearning", "amount": "0.5", "designated_on": "2026-01-12"}
OWN = {
    "id": "own",
    "kind": "multiple",
    "purpose": "barriers",
    "stem": "What stands in the way?",
    "options": [{"id": "a", "text": "Time"}, {"id": "b", "text": "More", "comment": True}],
}


def taken(activity: Activity, **changes: Any) -> Evaluated | Refusal:
    answers = sample.right_evaluation() | {name.replace("__", "#"): value for name, value in changes.items()}
    return evaluation.take(activity, {name: one for name, one in answers.items() if one is not None})


def evaluate(ledger: Ledger) -> None:
    ledger.write(Draft(Kind.EVALUATION_SUBMITTED, ledger.edition(NOW), {"mode": "anonymous"}), NOW)


def question(activity: Activity, name: str) -> Question:
    return next(one for one in evaluation.questions(activity) if one.id == name)


def test_an_item_is_asked_for_each_objective_or_speaker() -> None:
    activity = vary({"evaluation.items.+": {"id": "who", "library": "faculty"}})
    assert [(one.id, one.subject) for one in evaluation.questions(activity)] == [
        ("met#o1", "Choose the right moment for hand hygiene."),
        ("met#o2", "Choose the right agent."),
        ("change#o1", "Choose the right moment for hand hygiene."),
        ("change#o2", "Choose the right agent."),
        ("bias", ""),
        ("minutes", ""),
        ("who#lee", "Ann Lee"),
    ]
    assert question(activity, "met#o1").objective == "o1"


def test_the_librarys_words_are_ours_to_translate_until_the_author_writes_others() -> None:
    activity = vary({"evaluation.items.2.stem": "Any bias?", "evaluation.items.+": OWN})
    assert [(one.ours, one.choices_ours) for one in evaluation.questions(activity)][4:] == [
        (False, True), (True, True), (False, False),
    ]  # fmt: skip


def test_other_questions_are_another_instrument_and_other_wording_elsewhere_is_not() -> None:
    one = evaluation.instrument(sample.activity())
    assert evaluation.instrument(vary({"title": "Clean hands"})) == one
    assert evaluation.instrument(vary({"evaluation.items.2.stem": "Any bias?"})) != one
    assert evaluation.instrument(vary({"objectives.0.text": "Choose a moment."})) != one


def test_right_answers_are_kept_in_the_authors_order() -> None:
    given = taken(vary({"evaluation.items.+": OWN}), own=["b", "a"], own__why=[" Cost\r\nand more "])
    assert isinstance(given, Evaluated)
    assert given.answers["own"] == ["a", "b"]
    assert given.answers["own#why"] == ["Cost\nand more"]
    assert given.mode is EvaluationMode.ANONYMOUS
    assert not given.reports_bias
    assert given.commitments == ()


def test_every_fault_is_told_at_its_question() -> None:
    given = taken(sample.activity(), met__o1=None, met__o2=["6"], bias=["yes"], minutes=["many"])
    assert isinstance(given, Refusal)
    assert {name: str(one)[:20] for name, one in given.fields.items()} == {
        "met#o1": "Choose an answer.",
        "met#o2": "The answer did not a",
        "bias#why": "Say in a sentence wh",
        "minutes": "Write a whole number",
    }
    assert str(given.message).startswith("Answers missing or not understood: 4.")


def test_a_report_of_bias_is_known_by_its_comment() -> None:
    given = taken(sample.activity(), bias=["yes"], bias__why=["Only one product was named."])
    assert isinstance(given, Evaluated)
    assert given.reports_bias


@pytest.mark.parametrize("mode", EvaluationMode)
def test_what_comes_back_is_the_learners_own_and_then_not_among_anonymous_answers(mode: EvaluationMode) -> None:
    activity = vary({"evaluation.follow_up": ["30", "90"], "evaluation.mode": mode.value})
    given = taken(activity)
    assert isinstance(given, Evaluated)
    [one] = given.commitments
    assert (one.question, one.objective, one.text) == ("change#o1", "o1", "Clean my hands before each patient.")
    assert ("change#o1" in given.answers) is (mode is EvaluationMode.IDENTIFIED)


def test_unsent_answers_are_kept_with_a_name_only() -> None:
    named = vary({"evaluation.mode": "identified"})
    half = {"met#o1": ["5"], "change#o1": ["Clean"]}
    assert evaluation.drafted(named, half) == half
    assert evaluation.drafted(sample.activity(), half) is None
    for wrong in (None, [], {"unknown": ["a"]}, {"met#o1": "5"}, {"met#o1": [5]}, {"change#o1": ["x" * 2001]}):
        assert evaluation.drafted(named, wrong) is None


# Which credit waits for it


def test_an_evaluation_that_may_be_left_out_holds_nothing_up() -> None:
    ledger = walked(sample.activity(), until=Part.CLAIM)
    assert statuses(ledger) == "ddddool"
    assert ledger.progress(NOW).state(Part.EVALUATION).optional
    assert isinstance(ledger.claim(NOW), Attestation)
    # It can still be given after the claim, until the activity expires.
    assert ledger.progress(NOW).is_open(Part.EVALUATION)
    assert ledger.progress(LAST).is_open(Part.EVALUATION)
    assert not ledger.progress(OVER).is_open(Part.EVALUATION)


@pytest.mark.parametrize("changes", [{"evaluation.required_for_credit": True}, {"offerings": [EACCME]}])
def test_credit_waits_where_the_author_or_every_credit_says_so(changes: dict[str, Any]) -> None:
    ledger = walked(vary(changes), until=Part.CLAIM)
    state = ledger.progress(NOW)
    assert state.current is Part.EVALUATION
    assert state.completed_at is None
    assert reason(ledger, Part.CLAIM) == "First answer the evaluation: credit is given only after it."
    assert reason(ledger, Part.CLAIM, OVER) == "First complete the parts before it."
    evaluate(ledger)
    assert ledger.progress(NOW).is_open(Part.CLAIM)
    assert ledger.progress(NOW).completed_at == NOW


def test_credit_of_one_body_waits_while_that_of_another_does_not() -> None:
    ledger = walked(vary({"offerings.+": EACCME}), until=Part.CLAIM)
    refused = ledger.claim(NOW, system="eaccme_elearning")
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == ("not_evaluated", "system")
    assert isinstance(ledger.claim(NOW), Attestation)
    evaluate(ledger)
    assert isinstance(ledger.claim(NOW, system="eaccme_elearning"), Attestation)


def test_an_evaluation_before_its_time_counts_for_nothing() -> None:
    ledger = walked(vary({"evaluation.required_for_credit": True}), until=Part.ASSESSMENT)
    evaluate(ledger)
    assert not ledger.progress(NOW).evaluated
    ledger.assessment(NOW, sample.right_assessment())
    assert ledger.progress(NOW).completed_at is None


def test_nobody_evaluates_twice_nor_before_the_end() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT)
    refused = decide.evaluation_closed(ledger.progress(NOW))
    assert refused is not None
    assert str(refused.message) == "First pass the assessment."
    ledger.assessment(NOW, sample.right_assessment())
    assert decide.evaluation_closed(ledger.progress(NOW)) is None
    evaluate(ledger)
    refused = decide.evaluation_closed(ledger.progress(NOW))
    assert refused is not None
    assert refused.code == "already_done"


def test_without_an_evaluation_the_way_has_no_such_part() -> None:
    ledger = walked(vary({"evaluation.items": [], "evaluation.required_for_credit": True}), until=Part.CLAIM)
    assert not ledger.progress(NOW).has(Part.EVALUATION)
    assert isinstance(ledger.claim(NOW), Attestation)
