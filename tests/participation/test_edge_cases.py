"""Edge cases of the specification's part 7 that entries and rules alone decide. Each test bears its number."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from cme_xblock.participation import attestation, regrading
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from cme_xblock.participation.regrading import Regraded
from tests.participation.ledger import Ledger
from tests.participation.steps import NOW, reason, walk, walked
from tests.rules import sample
from tests.rules.variant import vary

BONUS = "cme_content@bonus"
LATER = NOW + timedelta(days=30)


def most(ledger: Ledger) -> Decimal:
    [choice] = attestation.options(ledger.activity(NOW), "md")
    return choice.amounts[-1]


@pytest.mark.parametrize("amount", ["0.25", "1"])
def test_case_21_another_credit_counts_for_those_who_start_after_it(amount: str) -> None:
    ledger = walked(sample.activity(), until=Part.CLAIM)
    designated = most(ledger)
    ledger.publish(vary({"offerings.0.amount": amount}))
    assert most(ledger) == designated != Decimal(amount)
    assert isinstance(ledger.claim(NOW, amount=str(designated)), Attestation)
    newcomer = walked(vary({"offerings.0.amount": amount}), until=Part.CLAIM)
    assert most(newcomer) == Decimal(amount)


def regraded(ledger: Ledger, keys: dict[str, list[list[str]]], *, now=LATER) -> Draft | Refusal:
    edition = ledger.edition(now)
    before = regrading.of(ledger.entries).get(edition, Regraded())
    items = ledger.activity(now).assessment.items
    return ledger.write(regrading.regrade(items, edition, keys, reason="Item a1.", by="staff:1", before=before), now)


def answered(**changed: list[str]) -> dict[str, list[str]]:
    return {**sample.right_assessment(), **changed}


def wrong(ledger: Ledger, item: str) -> list[str]:
    """An option that the author's key does not have."""
    found = next(one for one in ledger.activity(NOW).assessment.items if one.id == item)
    return [next(one.id for one in found.options if not one.correct)]


@pytest.fixture
def strict() -> Ledger:
    return walked(vary({"assessment.pass_mark": "1"}), until=Part.ASSESSMENT)


def test_case_23_a_corrected_key_grants_a_pass_at_the_time_of_the_attempt(strict: Ledger) -> None:
    chosen = wrong(strict, "a1")
    strict.assessment(NOW, answered(a1=chosen))
    assert not strict.progress(NOW).passed
    assert isinstance(regraded(strict, {"a1": [chosen]}), Draft)
    at = strict.progress(LATER)
    assert (at.passed, at.completed_at, at.attempts[0].score_version) == (True, NOW, 1)
    assert at.attempts[0].per_item["a1"]
    assert isinstance(strict.claim(LATER), Attestation)


def test_case_23_a_corrected_key_takes_no_pass_and_no_credit_away(strict: Ledger) -> None:
    strict.assessment(NOW, sample.right_assessment())
    assert isinstance(strict.claim(NOW), Attestation)
    assert isinstance(regraded(strict, {"a1": [wrong(strict, "a1")]}), Draft)
    at = strict.progress(LATER)
    assert (at.passed, at.completed_at, at.claimed) == (True, NOW, ("ama_pra_1",))
    # Outcomes are counted by the corrected key, and the version says so.
    assert (at.attempts[0].per_item["a1"], at.attempts[0].score_version) == (False, 1)


def test_case_23_an_item_without_a_right_answer_is_right_for_everybody(strict: Ledger) -> None:
    strict.assessment(NOW, answered(a1=wrong(strict, "a1")))
    regraded(strict, {"a1": []})
    assert strict.progress(LATER).passed


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({}, "no_keys"),
        ({"x": [["a"]]}, "unknown_item"),
        ({"a1": [["z"]]}, "unknown_option"),
        ({"a1": ["a"]}, "malformed"),
        ({"a1": [[]]}, "malformed"),
        ({"a1": "a"}, "malformed"),
    ],
)
def test_case_23_what_is_no_key_of_this_assessment_is_refused(strict: Ledger, keys, code: str) -> None:
    result = regraded(strict, keys)
    assert isinstance(result, Refusal)
    assert result.code == code


def test_case_23_the_same_correction_is_made_once(strict: Ledger) -> None:
    regraded(strict, {"a1": [["b"]]})
    again = regraded(strict, {"a1": [["b"]]})
    assert isinstance(again, Refusal)
    assert isinstance(regraded(strict, {"a1": [["b"], ["a"]]}), Draft)


def test_case_30_a_bonus_unit_is_no_part_of_what_gives_credit() -> None:
    ledger = walked(sample.activity(), until=Part.CONTENT)
    refused = ledger.content(NOW, BONUS)
    assert isinstance(refused, Refusal)
    ledger.force(Kind.CONTENT_COMPLETED, {"section": BONUS}, NOW)
    assert "First work through the content" in reason(ledger, Part.ASSESSMENT)
    for section in ledger.activity(NOW).content.sections:
        ledger.content(NOW, section)
    assert ledger.progress(NOW).sections_done == frozenset(ledger.activity(NOW).content.sections)
    walk(ledger, until=Part.CERTIFICATE)
    assert ledger.progress(NOW).claimed == ("ama_pra_1",)
