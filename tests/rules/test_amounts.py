"""Credit is Decimal, in the system's steps, between its minimum and the designated maximum."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.activity.model import Offering
from cme_xblock.rules import amounts, credit_system
from cme_xblock.rules.credit_system import CreditSystem, Rounding
from tests.rules import sample
from tests.rules.variant import cases

AMA = credit_system.load()["ama_pra_1"]
HALF = Offering(system="ama_pra_1", amount=Decimal("0.5"))
SYSTEMS = credit_system.load()
SHIPPED = cases(Path(__file__).parent / "cases" / "rounding_shipped.toml")
ROUNDING = cases(Path(__file__).parent / "cases" / "rounding.toml")


def profile(changes: dict[str, Any]) -> CreditSystem:
    kinds = {"rounding": Rounding, "increment": Decimal, "minimum": Decimal, "unit_minutes": int}
    return dataclasses.replace(AMA, **{name: kinds[name](value) for name, value in changes.items()})


@pytest.mark.parametrize("case", ROUNDING, ids=lambda case: f"{case['minutes']} -> {case['credit']}")
def test_minutes_become_credit_as_the_system_rounds(case: dict[str, Any]) -> None:
    result = amounts.round_minutes(profile(case.get("profile", {})), Decimal(case["minutes"]))
    assert result == Decimal(case["credit"])
    assert isinstance(result, Decimal)


@pytest.mark.parametrize("case", SHIPPED, ids=lambda case: f"{case['system']} {case['minutes']} -> {case['credit']}")
def test_the_shipped_profiles_round_as_their_bodies_do(case: dict[str, Any]) -> None:
    make = amounts.round_day if case.get("day") else amounts.round_minutes
    assert make(SYSTEMS[case["system"]], Decimal(case["minutes"])) == Decimal(case["credit"])


@given(st.sampled_from(sorted(SYSTEMS)), st.decimals("-1", "300", places=3))
def test_whatever_is_designated_claims_stay_on_the_grid_and_below_it(code: str, amount: Decimal) -> None:
    system = SYSTEMS[code]
    for one in amounts.choices(system, Offering(system=code, amount=amount)):
        assert one % system.increment == 0
        assert system.minimum <= one <= amount


def test_where_the_steps_are_unsure_the_step_below_can_be_claimed() -> None:
    system = SYSTEMS["apa"]
    assert amounts.choices(system, Offering(system="apa", amount=Decimal("1.75"))) == (Decimal("1.5"),)
    assert amounts.choices(system, Offering(system="apa", amount=Decimal("0.75"))) == ()
    aoa = amounts.choices(SYSTEMS["aoa_2a"], Offering(system="aoa_2a", amount=Decimal("0.6")))
    assert aoa == (Decimal("0.25"), Decimal("0.5"))


def test_contact_hours_are_claimed_in_quarters_or_whole() -> None:
    choices = amounts.choices(SYSTEMS["ancc"], Offering(system="ancc", amount=Decimal("1.08")))
    assert choices == tuple(map(Decimal, ("0.25", "0.5", "0.75", "1", "1.08")))
    assert amounts.choices(SYSTEMS["ancc"], Offering(system="ancc", amount=Decimal("0.2"))) == (Decimal("0.2"),)
    assert amounts.choices(SYSTEMS["ancc"], Offering(system="ancc", amount=Decimal("0.001"))) == ()


def test_partial_credit_is_never_claimed_of_psychologists_credit() -> None:
    assert amounts.choices(SYSTEMS["apa"], Offering(system="apa", amount=Decimal("2"))) == (Decimal("2"),)


def test_the_time_of_the_test_counts_where_the_body_counts_it() -> None:
    activity = sample.activity()  # 3 minutes of baseline, 20 of content, 7 of assessment
    assert amounts.counted_minutes(SYSTEMS["ama_pra_1"], activity) == 30
    assert amounts.counted_minutes(SYSTEMS["arrt_a"], activity) == 20


@given(st.integers(0, 100_000))
def test_the_nearest_quarter_is_never_further_than_half_a_quarter(minutes: int) -> None:
    result = amounts.round_minutes(AMA, minutes)
    assert result % AMA.increment == 0
    assert result == 0 or abs(result * 60 - minutes) <= Decimal("7.5")


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        ("1", "1.0"),
        ("1.00", "1.0"),
        ("0.5", "0.5"),
        ("0.75", "0.75"),
        ("1.250", "1.25"),
        ("10", "10.0"),
        ("1E+1", "10.0"),
    ],
)
def test_an_amount_is_printed_without_ambiguity(amount: str, printed: str) -> None:
    assert amounts.number(Decimal(amount)) == printed


def test_choices_go_from_the_minimum_to_the_designated_maximum() -> None:
    choices = amounts.choices(AMA, dataclasses.replace(HALF, amount=Decimal("1.25")))
    assert choices == tuple(map(Decimal, ("0.25", "0.5", "0.75", "1", "1.25")))


@pytest.mark.parametrize("amount", [None, "0", "-1", "0.3", "250.25", "999999999999"])
def test_an_offering_that_cannot_be_designated_leaves_nothing_to_choose(amount: str | None) -> None:
    offering = dataclasses.replace(HALF, amount=None if amount is None else Decimal(amount))
    assert amounts.choices(AMA, offering) == ()
    message = amounts.check(AMA, offering, Decimal("0.25"))
    assert message is not None
    assert "not designated" in str(message)


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_amount(amount: str) -> None:
    assert amounts.designated(AMA, Decimal(amount)) is not None


def test_without_partial_credit_only_the_maximum_can_be_claimed() -> None:
    whole = dataclasses.replace(AMA, partial=False)
    assert amounts.choices(whole, HALF) == (Decimal("0.5"),)
    assert str(amounts.check(whole, HALF, Decimal("0.25"))) == "Credit 0.25 cannot be claimed (AMA PRA). Use 0.5."


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("1.3", "Credit 1.3 is not a multiple of 0.25 (AMA PRA). Use 1.25 or 1.5."),
        ("0.3", "Credit 0.3 is not a multiple of 0.25 (AMA PRA). Use 0.25 or 0.5."),
        ("0", "Credit 0.0 is below the smallest amount (AMA PRA). Use 0.25 or more."),
        ("0.24", "Credit 0.24 is below the smallest amount (AMA PRA). Use 0.25 or more."),
        ("99", "Credit 99.0 is more than is offered here (AMA PRA). Use 2.0 or less."),
        ("2.01", "Credit 2.01 is more than is offered here (AMA PRA). Use 2.0 or less."),
    ],
)
def test_a_wrong_amount_is_told_with_the_rule_and_what_to_use_instead(amount: str, sentence: str) -> None:
    offering = dataclasses.replace(HALF, amount=Decimal("2"))
    assert str(amounts.check(AMA, offering, Decimal(amount))) == sentence


@pytest.mark.parametrize("amount", ["0.25", "0.5", "2", "1.250"])
def test_a_right_amount_passes(amount: str) -> None:
    assert amounts.check(AMA, dataclasses.replace(HALF, amount=Decimal("2")), Decimal(amount)) is None
