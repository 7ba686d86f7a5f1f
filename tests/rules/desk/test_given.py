"""What a stranger's form may hold, and what is kept of it."""

from __future__ import annotations

from datetime import date

import pytest

from cme_xblock.rules.desk import given
from cme_xblock.rules.desk.given import Given, Mistakes
from tests.rules.desk.sample import FORM, TODAY, form


def mistakes(**changes: str) -> dict[str, str]:
    found = given.read(form(**changes), today=TODAY)
    assert isinstance(found, Mistakes)
    return {name: str(one) for name, one in found.fields.items()}


def test_a_relationship_is_kept_as_told() -> None:
    found = given.read(FORM, today=TODAY)
    assert isinstance(found, Given)
    [told] = found.relationships
    assert (told.company, told.nature, told.words, told.ended_on) == (
        "Example Pharma",
        "consultant",
        "I advise on trials.",
        None,
    )
    assert not found.nothing
    assert given.told_from(given.told_data(told)) == told


def test_nothing_to_disclose_is_an_explicit_answer() -> None:
    found = given.read({"none": "yes", "name": "Ana", "attest": "yes"}, today=TODAY)
    assert isinstance(found, Given)
    assert found.nothing
    silent = given.read({"name": "Ana", "attest": "yes"}, today=TODAY)
    assert isinstance(silent, Mistakes)
    assert list(silent.fields) == ["none"]


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"none": "yes"}, "none", "nothing to disclose, and filled in"),
        ({"none": "maybe"}, "none", "Answer this"),
        ({"company_0": "  "}, "company.0", "company's name"),
        ({"company_0": "x" * 1_000_000}, "company.0", "has 1000000 characters; 200 is the most"),
        ({"words_0": "x" * 2001}, "words.0", "has 2001 characters"),
        ({"company_0": "Exa\0mple"}, "company.0", "no letter or sign"),
        ({"company_0": "Exa\ud800mple"}, "company.0", "no letter or sign"),
        ({"nature_0": "friend"}, "nature.0", "Choose what"),
        ({"nature_0": "other", "words_0": ""}, "words.0", "in your own words"),
        ({"ended_0": ""}, "ended.0", "has ended"),
        ({"ended_0": "no", "ended_on_0": "2026-01-01"}, "ended_on.0", "goes on"),
        ({"ended_0": "yes", "ended_on_0": ""}, "ended_on.0", "year-month-day"),
        ({"ended_0": "yes", "ended_on_0": "2026-02-30"}, "ended_on.0", "year-month-day"),
        ({"ended_0": "yes", "ended_on_0": "2026-11-23"}, "ended_on.0", "still to come"),
        ({"name": ""}, "name", "Write your name"),
        ({"name": "A\x1bB"}, "name", "no letter or sign"),
        ({"attest": "no"}, "attest", "Nothing was recorded"),
    ],
)
def test_a_mistake_is_named_at_its_field(changes: dict[str, str], field: str, says: str) -> None:
    found = mistakes(**changes)
    assert list(found) == [field]
    assert says in found[field]


def test_what_writes_from_right_to_left_is_kept_letter_by_letter() -> None:
    company = "\u202eamrahP elpmaxE <script>alert(1)</script>"
    found = given.read(form(company_0=company), today=TODAY)
    assert isinstance(found, Given)
    assert found.relationships[0].company == company


def test_empty_rows_are_passed_over_and_rows_are_numbered_anew() -> None:
    second = {f"{name}.7": FORM[f"{name}.0"] for name in given.COLUMNS}
    empty = {f"{name}.3": "" for name in given.COLUMNS}
    found = given.read({**FORM, **empty, **second, "company.7": "Other Pharma"}, today=TODAY)
    assert isinstance(found, Given)
    assert [(one.id, one.company) for one in found.relationships] == [("r1", "Example Pharma"), ("r2", "Other Pharma")]


def test_more_rows_than_anybody_has_are_refused_and_strange_names_are_not_read() -> None:
    many = {f"{name}.{row}": FORM[f"{name}.0"] for name in given.COLUMNS for row in range(60)}
    found = given.read({**FORM, **many}, today=TODAY)
    assert isinstance(found, Mistakes)
    assert "50 relationships" in str(found.fields["none"])
    assert given.rows({"company.100": "x", "company.-1": "x", "company.١": "x", "relevant.0": "no"}) == ()


def test_the_person_cannot_say_what_is_relevant() -> None:
    """Self-determined relevance is a known finding of non-compliance (spec R-1.2)."""
    found = given.read({**FORM, "relevant.0": "no", "relevance.0": "not_relevant"}, today=TODAY)
    assert isinstance(found, Given)
    assert "relevan" not in str(given.to_words(found))


def test_an_end_keeps_its_day() -> None:
    found = given.read(form(ended_0="yes", ended_on_0="2026-10-31"), today=TODAY)
    assert isinstance(found, Given)
    assert found.relationships[0].ended_on == date(2026, 10, 31)
    assert given.told_from(given.told_data(found.relationships[0])) == found.relationships[0]
