"""Identifiers are read into one form or refused with what to do; none is ever demanded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.reporting import identifiers
from cme_xblock.rules import credit_system
from cme_xblock.rules import identifiers as forms

GOOD = [
    ("npi", "1234567893", "1234567893"),
    ("npi", " 123-456 7893 ", "1234567893"),
    ("licence_state", "il", "IL"),
    ("licence_number", "036.123456", "036.123456"),
    ("birth_month_day", "02/29", "02-29"),
    ("birth_month_day", "0517", "05-17"),
    ("nabp_eprofile", "123456", "123456"),
    ("nabp_eprofile", "123-4567", "1234567"),
    ("aoa", "000123456", "123456"),
    ("board_abim", "ab-12", "AB-12"),
    ("gmc", "7654321", "7654321"),
    ("country", "Österreich", "Österreich"),
    ("specialty", "", ""),
    ("npi", None, ""),
]
BAD = [
    ("npi", "1234567890", "last of which checks"),
    ("npi", "123456789", "10 digits"),
    ("licence_state", "ZZ", "Choose a state"),
    ("licence_state", "Illinois", "Choose a state"),
    ("birth_month_day", "2/30", "not a day"),
    ("birth_month_day", "1980-02-01", "Give only the month and day"),
    ("nabp_eprofile", "12A456", "does not look like"),
    ("nabp_eprofile", "1234", "does not look like"),
    ("board_abs", "?", "does not look like"),
    ("given_name", "7", "at least one letter"),
    ("npi", 7, "must be text"),
    ("arrt", "1\u202e2", "invisible"),
]


@pytest.mark.parametrize(("kind", "typed", "kept"), GOOD)
def test_a_number_is_kept_in_one_form(kind: str, typed: object, kept: str) -> None:
    assert identifiers.kind(kind).read(typed) == kept


@pytest.mark.parametrize(("kind", "typed", "says"), BAD)
def test_a_number_that_can_be_none_is_refused_without_being_said_back(kind: str, typed: object, says: str) -> None:
    found, problems = identifiers.read({kind: typed}, [kind])
    assert found == {}
    assert says in str(problems[kind])
    assert str(typed) not in str(problems[kind]) or typed == 7


def test_every_number_that_a_credit_asks_of_learners_has_words_and_a_reader() -> None:
    wanted = {name for one in credit_system.load().values() for name in one.learner_identifiers}
    assert wanted <= set(identifiers.names())
    assert {one.name for one in forms.load().values() if one.owner == "learner"} <= set(identifiers.names())
    for name in identifiers.names():
        one = identifiers.kind(name)
        assert str(one.label)
        assert str(one.purpose).endswith(".")


def test_nothing_has_to_be_there_and_half_a_licence_is_none() -> None:
    kinds = ["npi", "licence_state", "licence_number"]
    assert identifiers.read({}, kinds) == ({}, {})
    assert set(identifiers.read({"licence_number": "1"}, kinds)[1]) == {"licence_state"}
    assert set(identifiers.read({"licence_state": "IL"}, kinds)[1]) == {"licence_number"}


def test_a_year_of_birth_is_refused_under_any_name() -> None:
    for key in ("dob", "birth_year", "Year", "date_of_birth"):
        assert "birth_month_day" in identifiers.read({key: "1980"}, ["npi"])[1]


def test_an_npi_makes_up_for_a_licence_and_the_other_way() -> None:
    everything = ["given_name", "npi", "licence_state", "licence_number", "board_abim"]
    assert identifiers.lacking(everything, ["npi", "given_name"]) == ("board_abim",)
    assert identifiers.lacking(everything, ["licence_state", "licence_number"]) == ("given_name", "board_abim")
    assert identifiers.lacking(everything, ["licence_state"]) == ("given_name", "npi", "licence_number", "board_abim")


@given(st.sampled_from(identifiers.names()), st.text(max_size=30) | st.integers() | st.none() | st.booleans())
def test_what_was_read_reads_back_the_same(name: str, typed: object) -> None:
    found, problems = identifiers.read({name: typed}, [name])
    assert not (found and problems) or name in identifiers.NPI_OR_LICENCE
    for kept in found.values():
        assert identifiers.kind(name).read(kept) == kept


REMS = [
    ("rems_dea", "individual", "Individual"),
    ("rems_practice_area", "hospice and/or palliative care", "Hospice and/or Palliative Care"),
    ("rems_surgical", "no", "false"),
    ("rems_surgical", "true", "true"),
    ("rems_time_in_practice", "21+ YEARS", "21+ years"),
    ("rems_time_in_practice", "", ""),
]


@pytest.mark.parametrize(("kind", "typed", "kept"), REMS)
def test_what_is_chosen_from_a_list_is_kept_in_the_reports_own_words(kind: str, typed: str, kept: str) -> None:
    assert identifiers.kind(kind).read(typed) == kept


@pytest.mark.parametrize("kind", ["rems_dea", "rems_practice_area", "rems_surgical", "rems_time_in_practice"])
def test_what_is_not_in_the_list_is_refused_with_it(kind: str) -> None:
    one = identifiers.kind(kind)
    with pytest.raises(identifiers.Refused) as refused:
        one.read("something else")
    assert all(choice in refused.value.message.format() for choice in one.choices)
