"""Who a learner is to a board: what is taken, what is refused, and that no year of birth gets in. Cases in cases/."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cme_xblock.reporting import identity
from cme_xblock.reporting.us_states import STATES
from tests.reporting import world

CASES = json.loads((Path(__file__).parent / "cases" / "identities.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_identity_is_taken_or_refused_with_a_reason_for_each_field(case):
    data = case["replace"] if "replace" in case else world.PERSON | case["give"]
    parsed = identity.parse(data)
    if "refuse" in case:
        assert not isinstance(parsed, identity.Identity)
        assert sorted(parsed) == sorted(case["refuse"])
        assert all(str(message) for message in parsed.values())
        if case.get("year"):
            assert "year" in str(parsed["birth_month_day"])
    else:
        assert isinstance(parsed, identity.Identity)
        assert {name: getattr(parsed, name) for name in case["get"]} == case["get"]


_ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=500),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
_KEYS = some.sampled_from((*identity.KINDS, "birth_month", "birth_day", "birth_year", "dob")) | some.text(max_size=9)


@given(some.dictionaries(_KEYS, _ANYTHING, max_size=9))
def test_no_input_breaks_the_parser(data):
    parsed = identity.parse(data)
    assert isinstance(parsed, (identity.Identity, dict))


@given(some.integers(0, 9_999_999_999), some.integers(0, 9), some.integers(1, 9))
def test_a_slip_of_one_digit_is_never_an_npi(number, place, change):
    npi = f"{number:010d}"
    if identity.npi_is_valid(npi):
        digit = (int(npi[place]) + change) % 10
        assert not identity.npi_is_valid(npi[:place] + str(digit) + npi[place + 1 :])


def test_an_identity_never_shows_itself():
    parsed = identity.parse(world.PERSON)
    assert "Avery" not in repr(parsed) + str(parsed) + f"{parsed}"


def test_an_identity_comes_back_from_the_vaults_values():
    parsed = identity.parse(world.PERSON)
    assert isinstance(parsed, identity.Identity)
    assert parsed.to_kinds()["birth_month_day"] == "05-17"
    assert identity.from_kinds(parsed.to_kinds()) == parsed
    assert identity.from_kinds({"given_name": "Avery"}) is None


def test_every_state_has_its_two_letters():
    assert len(STATES) == 50 + 1 + 5
    assert all(len(code) == 2 and code.isupper() and name for code, name in STATES.items())
