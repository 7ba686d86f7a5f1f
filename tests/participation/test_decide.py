"""Whatever a browser sends, the answer is a draft that was due or a refusal that says why; never an exception."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.activity.codes import ContentCompletion
from cme_xblock.activity.model import Content
from cme_xblock.participation import decide
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import disclosure
from tests.participation.ledger import Ledger
from tests.rules import sample
from tests.rules.variant import vary

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
HOSTILE = json.loads((Path(__file__).parent / "cases" / "hostile.json").read_text(encoding="utf-8"))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["a", "a1", "1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a1", "a2", "a3", "a4", "x"]), inner),
    max_leaves=12,
)


def at_assessment() -> Ledger:
    ledger = Ledger(sample.activity())
    ledger.acknowledge(NOW)
    ledger.baseline(NOW, sample.right_baseline())
    ledger.content(NOW, sample.SECTION)
    return ledger


def refused(result: object, code: str) -> Refusal:
    assert isinstance(result, Refusal), result
    assert result.code == code
    assert str(result.message).endswith(".")
    assert "{" not in str(result.message)
    return result


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["name"])
def test_a_forged_or_incomplete_submission_is_refused_by_item(case: dict[str, Any]) -> None:
    ledger = at_assessment()
    refusal = refused(ledger.assessment(NOW, case["json"]), case["code"])
    assert refusal.field == case.get("field", "")
    assert list(refusal.fields) == case.get("fields", [])
    assert all(str(one).endswith("then send again.") for one in refusal.fields.values())
    assert case.get("says", "") in str(refusal.message)
    assert len(ledger.entries) == 3


def test_responses_too_many_to_be_ours_are_refused_unread() -> None:
    ledger = at_assessment()
    refused(ledger.assessment(NOW, {str(number): ["a"] for number in range(100_000)}), "malformed")
    refused(ledger.assessment(NOW, {**sample.right_assessment(), "a3": ["a"] * 100_000}), "malformed")


@given(ANY_JSON)
def test_no_json_value_raises(value: Any) -> None:
    ledger, fresh = at_assessment(), Ledger(sample.activity())
    state, activity, edition = ledger.progress(NOW), ledger.activity(NOW), ledger.published
    attempt = value if type(value) is not int or value != 1 else 2
    for result in (
        decide.submit_assessment(state, activity, edition, value, 1),
        decide.submit_assessment(state, activity, edition, sample.right_assessment(), attempt),
        decide.acknowledge(fresh.progress(NOW), activity, edition, disclosure=value),
    ):
        assert isinstance(result, Refusal)


def test_a_question_is_named_by_the_number_the_learner_saw() -> None:
    ledger = at_assessment()
    state, activity = ledger.progress(NOW), ledger.activity(NOW)
    given_ = {"a1": ["a"], "a2": ["a"], "a3": ["a"]}
    result = decide.submit_assessment(state, activity, ledger.published, given_, 1, shown=("a3", "a4", "a1", "a2"))
    assert str(refused(result, "unanswered").message).startswith("Question 2 ")


def test_answers_are_kept_in_the_authors_order() -> None:
    ledger = at_assessment()
    ledger.assessment(NOW, {"a4": ["2"], "a3": ["b", "a"], "a2": ["a"], "a1": ["a"]})
    responses = ledger.entries[-1].payload["responses"]
    assert list(responses) == ["a1", "a2", "a3", "a4"]
    assert responses["a3"] == ["a", "b"]


@pytest.mark.parametrize("sha", ["", "0" * 64, None, 7, ["x"], disclosure.sha256(sample.activity()).upper()])
def test_only_the_disclosure_that_is_current_can_be_acknowledged(sha: object) -> None:
    ledger = Ledger(sample.activity())
    result = decide.acknowledge(ledger.progress(NOW), sample.activity(), ledger.published, disclosure=sha)
    assert refused(result, "disclosure_changed").field == "disclosure"


def test_each_part_is_taken_once_and_the_learner_told_how_to_go_on() -> None:
    ledger, again = Ledger(sample.activity()), []
    assert isinstance(ledger.acknowledge(NOW), Draft)
    again.append(refused(ledger.acknowledge(NOW), "already_done"))
    assert isinstance(ledger.baseline(NOW, sample.right_baseline()), Draft)
    again.append(refused(ledger.baseline(NOW, sample.right_baseline()), "already_done"))
    assert isinstance(ledger.content(NOW, sample.SECTION), Draft)
    again.append(refused(ledger.content(NOW, sample.SECTION), "already_done"))
    assert isinstance(ledger.assessment(NOW, sample.right_assessment()), Draft)
    again.append(refused(ledger.assessment(NOW, sample.right_assessment()), "already_done"))
    assert [one.kind for one in ledger.entries] == list(Kind)[:4]
    assert all(str(one.message).endswith("already. Reload the page to go on.") for one in again)


def test_a_second_click_does_not_count_as_a_second_attempt() -> None:
    ledger = at_assessment()
    assert isinstance(ledger.assessment(NOW, sample.wrong_assessment(), attempt=1), Draft)
    result = refused(ledger.assessment(NOW, sample.right_assessment(), attempt=1), "already_recorded")
    assert str(result.message) == "Attempt 1 is recorded already. Reload the page."
    for number in (0, -1, 3, 10**400, True, 2.0, "2", None.__class__):
        refused(ledger.assessment(NOW, sample.right_assessment(), attempt=number), "unknown_attempt")
    assert isinstance(ledger.assessment(NOW, sample.right_assessment(), attempt=2), Draft)


@pytest.mark.parametrize("section", ["", "cme_content@other", None, 7, ["x"], {"a": 1}, sample.SECTION + " "])
def test_an_unknown_section_is_refused(section: object) -> None:
    ledger = Ledger(sample.activity())
    ledger.acknowledge(NOW)
    ledger.baseline(NOW, sample.right_baseline())
    refused(ledger.content(NOW, section), "unknown_section")


def timed(minutes: int) -> Ledger:
    content = Content(
        completion=ContentCompletion.DECLARED_AFTER_TIME,
        minimum_minutes=minutes,
        sections=("cme_content@one", "cme_content@two"),
    )
    ledger = Ledger(dataclasses.replace(sample.activity(), content=content))
    ledger.acknowledge(NOW)
    ledger.baseline(NOW + timedelta(minutes=5), sample.right_baseline())
    return ledger


def test_the_last_section_waits_for_the_minimum_time_from_the_entry_that_opened_the_content() -> None:
    ledger = timed(10)
    early = NOW + timedelta(minutes=14, seconds=59)
    assert isinstance(ledger.content(early, "cme_content@two"), Draft)
    refused(ledger.content(early, "cme_content@two"), "already_done")
    refusal = refused(ledger.content(early, "cme_content@one"), "too_early")
    assert str(refusal.message) == "This content takes at least 10 minutes. Minutes left: 1."
    assert isinstance(ledger.content(NOW + timedelta(minutes=15), "cme_content@one"), Draft)


def test_a_minimum_time_beyond_the_calendar_is_no_error() -> None:
    ledger = timed(10**12)
    ledger.content(NOW + timedelta(minutes=6), "cme_content@one")
    refused(ledger.content(NOW + timedelta(minutes=6), "cme_content@two"), "too_early")


def test_without_the_rule_of_time_the_content_can_be_finished_at_once() -> None:
    ledger = Ledger(vary({"content.minimum_minutes": 60}))
    ledger.acknowledge(NOW)
    ledger.baseline(NOW, sample.right_baseline())
    assert isinstance(ledger.content(NOW, sample.SECTION), Draft)


def test_nothing_is_accepted_before_its_turn() -> None:
    ledger = Ledger(sample.activity())
    for send, words in (
        (lambda: ledger.baseline(NOW, sample.right_baseline()), "acknowledge the disclosures"),
        (lambda: ledger.content(NOW, sample.SECTION), "acknowledge the disclosures"),
        (lambda: ledger.assessment(NOW, sample.right_assessment()), "acknowledge the disclosures"),
        (lambda: ledger.claim(NOW), "First complete"),
    ):
        assert words in str(refused(send(), "locked").message)
    ledger.acknowledge(NOW)
    refused(ledger.content(NOW, sample.SECTION), "locked")
    refused(ledger.assessment(NOW, sample.right_assessment()), "locked")
    ledger.baseline(NOW, sample.right_baseline())
    refused(ledger.assessment(NOW, sample.right_assessment()), "locked")
    refused(ledger.claim(NOW), "locked")
    assert len(ledger.entries) == 2
