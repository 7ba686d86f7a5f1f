"""Credit is claimed in the system's steps, by those who may, against the exact wording shown, after all was met."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.activity.model import Activity
from cme_xblock.participation import attestation
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Kind
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import professions
from tests.participation.ledger import Ledger
from tests.participation.steps import walked
from tests.rules import sample
from tests.rules.variant import vary

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
AMOUNTS = json.loads((Path(__file__).parent / "cases" / "amounts.json").read_text(encoding="utf-8"))
PHYSICIANS = [one.code for one in professions.load().values() if one.physician]
OTHERS = [one.code for one in professions.load().values() if not one.physician]


def ready(activity: Activity | None = None) -> Ledger:
    return walked(activity or vary({"offerings.0.amount": "2"}), until=Part.CLAIM)


def refused(result: object, code: str) -> Refusal:
    assert isinstance(result, Refusal), result
    assert result.code == code
    assert "{" not in str(result.message) or "{minimum}" in str(result.message)
    return result


def offered(activity: Activity, profession: str) -> list[tuple[str, str]]:
    return [(one.system.code, str(one.amounts[-1])) for one in attestation.options(activity, profession)]


@pytest.mark.parametrize("case", AMOUNTS, ids=lambda case: repr(case["typed"]))
def test_an_amount_is_taken_as_typed_or_refused_with_what_to_use(case: dict[str, Any]) -> None:
    ledger = ready()
    result = ledger.claim(NOW, amount=case["typed"])
    if "amount" in case:
        assert isinstance(result, Attestation)
        assert result.amount == Decimal(case["amount"])
        return
    assert isinstance(result, Refusal)
    assert result.field == "amount"
    assert case["says"] in str(result.message)
    assert ledger.progress(NOW).claimed == ()


def test_a_number_of_endless_digits_is_refused_in_a_short_sentence() -> None:
    for typed in ("1" + "0" * 400, "0." + "0" * 400 + "1", "9" * 1_000_000):
        refusal = refused(ready().claim(NOW, amount=typed), "not_an_amount")
        assert len(str(refusal.message)) < 150


@given(st.text(max_size=12) | st.decimals().map(str) | st.floats().map(str) | st.integers().map(str))
def test_whatever_is_accepted_is_a_quarter_within_the_maximum(typed: str) -> None:
    choice = attestation.options(vary({"offerings.0.amount": "2"}), "md")[0]
    result = attestation.parse_amount(choice, typed)
    if isinstance(result, Decimal):
        assert result in choice.amounts
        assert Decimal("0.25") <= result <= Decimal("2")
        assert (result * 4) % 1 == 0
        assert result == Decimal(typed)


def test_performance_improvement_is_claimed_by_the_stage_and_not_between() -> None:
    activity = vary({"format": "pi_cme", "offerings.0.amount": "20"})
    [choice] = attestation.options(activity, "md")
    assert [str(one) for one in choice.amounts] == ["5.00", "10.00", "20.00"]
    assert choice.pieces
    problem = attestation.parse_amount(choice, "7.5")
    assert "Choose from: 5.0, 10.0, 20.0" in str(refused(problem, "amount_not_allowed").message)
    assert attestation.parse_amount(choice, "10") == Decimal(10)
    assert "is more than" in str(refused(attestation.parse_amount(choice, "25"), "amount_not_allowed").message)


@pytest.mark.parametrize("profession", PHYSICIANS)
def test_physicians_are_offered_ama_credit_only(profession: str) -> None:
    assert offered(sample.activity(), profession) == [("ama_pra_1", "0.50")]


@pytest.mark.parametrize("profession", OTHERS)
def test_everyone_else_is_offered_a_certificate_of_participation_of_the_same_amount(profession: str) -> None:
    assert offered(sample.activity(), profession) == [("participation", "0.50")]


def test_participation_follows_its_own_offering_where_there_is_one() -> None:
    activity = vary({"offerings.+": {"system": "participation", "amount": "0.25"}})
    assert offered(activity, "rn") == [("participation", "0.25")]
    assert offered(activity, "md") == [("ama_pra_1", "0.50")]


def test_where_only_participation_is_offered_physicians_get_it_too() -> None:
    activity = vary({"offerings.0.system": "participation"})
    assert offered(activity, "md") == [("participation", "0.50")]


@pytest.mark.parametrize("changes", [{"offerings": []}, {"offerings.0.amount": "none!"}, {"offerings.0.system": "x"}])
def test_without_a_designated_amount_nothing_is_offered(changes: dict[str, Any]) -> None:
    assert offered(vary(changes), "md") == []
    assert offered(vary(changes), "rn") == []
    refused(ready(vary(changes)).claim(NOW, wording="x"), "not_offered")


def test_an_unknown_profession_is_offered_nothing() -> None:
    assert offered(sample.activity(), "wizard") == []
    for profession in ("", "wizard", "MD", None, 7, ["md"]):
        result = ready().claim(NOW, profession=profession, wording="x")  # type: ignore[arg-type]
        assert refused(result, "unknown_profession").field == "profession"


@pytest.mark.parametrize("system", ["", "ama", None, 7, ["ama_pra_1"], {}])
def test_an_unknown_system_is_refused(system: object) -> None:
    result = ready().claim(NOW, system=system, wording="x")  # type: ignore[arg-type]
    assert refused(result, "unknown_system").field == "system"


def test_a_profession_claims_only_what_is_offered_to_it() -> None:
    refused(ready().claim(NOW, profession="rn", system="ama_pra_1", wording="x"), "not_offered")
    refused(ready().claim(NOW, profession="md", system="participation", wording="x"), "not_offered")
    result = ready().claim(NOW, profession="rn", system="participation", amount="0.25")
    assert isinstance(result, Attestation)
    assert "AMA" not in result.statement
    assert "0.25 hours of participation" in result.statement


@pytest.mark.parametrize("wording", ["", "0" * 64, None, 7, [], {}])
def test_a_claim_needs_the_exact_wording_shown(wording: object) -> None:
    ledger = ready()
    result = ledger.claim(NOW, wording=wording if wording is not None else False)
    assert refused(result, "wording_changed").field == "wording"
    other = attestation.options(sample.activity(), "md")[0].wording_sha
    refused(ledger.claim(NOW, wording=other), "wording_changed")


def test_the_wording_names_the_maximum_and_its_hash_follows_it() -> None:
    half, two = (attestation.options(vary({"offerings.0.amount": one}), "md")[0] for one in ("0.5", "2"))
    assert half.wording.endswith("does not exceed 0.5.")
    assert half.wording_sha != two.wording_sha
    assert half.wording_sha == attestation.wording_sha(sample.activity(), half.offering, half.system)
    assert half.wording == attestation.wording(sample.activity(), half.offering, half.system)


def test_a_credit_is_claimed_once() -> None:
    ledger = ready()
    assert isinstance(ledger.claim(NOW), Attestation)
    refused(ledger.claim(NOW), "already_claimed")
    refused(ledger.claim(NOW, amount="0.25"), "already_claimed")
    assert len(ledger.claims) == 1


def test_a_profession_is_not_changed_by_claiming_again() -> None:
    physician, nurse = ready(), ready()
    physician.claim(NOW)
    refused(physician.claim(NOW, profession="rn", system="participation"), "profession_changed")
    nurse.claim(NOW, profession="rn", system="participation")
    refused(nurse.claim(NOW, profession="md"), "profession_changed")


def test_credit_designated_after_the_completion_is_not_claimed() -> None:
    changes = {"offerings.0.designated_on": "2026-06-02"}
    refused(ready(vary(changes)).claim(NOW), "not_designated_yet")
    refused(ready(vary(changes)).claim(NOW, profession="rn", system="participation"), "not_designated_yet")
    assert isinstance(ready(vary({"offerings.0.designated_on": "2026-06-01"})).claim(NOW), Attestation)


def test_credit_whose_approval_was_over_at_the_completion_is_not_claimed() -> None:
    offering = {"system": "aapa_1", "amount": "0.5", "designated_on": "2026-01-12", "approval_expires": "2026-05-31"}
    over = ready(vary({"offerings.+": offering})).claim(NOW, profession="pa", system="aapa_1")
    assert refused(over, "approval_over").field == "system"
    offering["approval_expires"] = "2026-06-01"
    claimed = ready(vary({"offerings.+": offering})).claim(NOW, profession="pa", system="aapa_1")
    assert isinstance(claimed, Attestation)


@pytest.mark.parametrize("until", [Part.OVERVIEW, Part.BASELINE, Part.CONTENT, Part.ASSESSMENT])
def test_nothing_is_claimed_before_everything_is_met(until: Part) -> None:
    ledger = walked(sample.activity(), until=until)
    refused(ledger.claim(NOW), "locked")


def test_the_entry_of_a_claim_says_what_was_attested() -> None:
    ledger = ready()
    ledger.claim(NOW + timedelta(days=2), amount="1.50")
    entry = ledger.entries[-1]
    assert entry.kind is Kind.CREDIT_CLAIMED
    assert entry.payload == {
        "claim": "claim-1",
        "system": "ama_pra_1",
        "amount": "1.5",
        "profession": "md",
        "completed_on": "2026-06-01",
        "wording": ledger.claims[0].wording,
    }
