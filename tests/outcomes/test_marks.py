"""Marks of one learner whose question was regraded: a corrected key is no learning and no forgetting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cme_xblock.activity.model import Activity
from cme_xblock.activity.retention import Retention
from cme_xblock.outcomes import marks
from cme_xblock.participation.entries import Kind
from cme_xblock.participation.progress import Part
from tests.participation.ledger import Ledger
from tests.participation.steps import NOW, walked
from tests.rules import sample
from tests.rules.variant import vary

LATER = NOW + timedelta(days=40)
# The sample's first paired question: its author's key is a, and everybody here chose b each time.
CHOSEN = ["b"]


def learner(activity: Activity | None = None) -> Ledger:
    """Somebody who chose b before, after and later."""
    known = replace(activity or sample.activity(), retention=Retention(days=30))
    ledger = walked(known, until=Part.BASELINE)
    ledger.baseline(NOW, {**sample.right_baseline(), "b1": CHOSEN})
    for section in ledger.activity(NOW).content.sections:
        ledger.content(NOW, section)
    ledger.assessment(NOW, {**sample.right_assessment(), "a1": CHOSEN})
    ledger.force(Kind.RETENTION_SUBMITTED, {"responses": {"a1": CHOSEN, "a2": ["a"]}}, LATER)
    return ledger


def first_marks(ledger: Ledger) -> tuple[str, str, str]:
    """The mark of the first paired question before, after and later."""
    found = marks.of(ledger.entries, ledger.editions)
    return found.before[0], found.after[0], found.later[0]


def regrade(ledger: Ledger, keys: list[list[str]]) -> None:
    payload = {"keys": {"a1": keys}, "reason": "The guideline has changed.", "by": "staff:1"}
    ledger.force(Kind.REGRADED, payload, LATER)


def test_by_the_authors_key_all_three_were_wrong() -> None:
    assert first_marks(learner()) == ("0", "0", "0")


@pytest.mark.parametrize("keys", [[["b"]], [["a"], ["b"]], []], ids=["another", "two", "every answer"])
def test_the_very_same_question_is_scored_by_the_corrected_key_each_time(keys: list[list[str]]) -> None:
    ledger = learner()
    regrade(ledger, keys)
    assert first_marks(ledger) == ("1", "1", "1")


def test_who_was_right_by_the_wrong_key_was_wrong_each_time() -> None:
    ledger = learner()
    regrade(ledger, [["b"]])
    regrade(ledger, [["a"]])
    assert first_marks(ledger) == ("0", "0", "0")


def test_a_parallel_form_keeps_its_own_key() -> None:
    ledger = learner(vary({"baseline.items.0.stem": "Another question on the same objective?"}))
    regrade(ledger, [["b"]])
    assert first_marks(ledger) == ("0", "1", "1")


def test_the_others_keep_their_marks() -> None:
    ledger = learner()
    before = marks.of(ledger.entries, ledger.editions)
    regrade(ledger, [["b"]])
    after = marks.of(ledger.entries, ledger.editions)
    for one in ("before", "after", "later"):
        assert getattr(after, one)[1:] == getattr(before, one)[1:]


def test_a_baseline_without_an_assessment_goes_by_its_own_edition() -> None:
    ledger = walked(sample.activity(), until=Part.BASELINE)
    ledger.baseline(NOW, {**sample.right_baseline(), "b1": CHOSEN})
    assert marks.of(ledger.entries, ledger.editions).before[0] == "0"
    regrade(ledger, [["b"]])
    found = marks.of(ledger.entries, ledger.editions)
    assert (found.before[0], found.after) == ("1", "")
