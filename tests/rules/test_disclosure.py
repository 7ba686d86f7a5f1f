"""Disclosure shows what Standard 3.5 and 4.4 ask for, and its hash is the hash of exactly that."""

from __future__ import annotations

from typing import Any

import pytest

from cme_xblock.rules import disclosure
from tests.rules import sample
from tests.rules.variant import vary

SUPPORTER = {"company": "Example Devices", "kind": "in_kind", "nature": "mannequins"}
SECOND = {
    "company": "Other Pharma",
    "nature": "Speaker",
    "eligibility": "ineligible",
    "relevance": "relevant",
}
BEFORE = disclosure.sha256(sample.activity())


def test_the_disclosure_names_person_role_company_and_nature() -> None:
    shown = disclosure.build(sample.activity())
    assert [(one.name, one.credentials, one.roles) for one in shown.relevant] == [
        ("Ann Lee", "MD", ("faculty", "author"))
    ]
    assert [(one.company, one.nature) for one in shown.relevant[0].relationships] == [("Example Pharma", "Consultant")]
    assert [one.name for one in shown.none] == ["Ben Cruz"]
    assert shown.mitigated_sentence == "All of the relevant financial relationships listed have been mitigated."
    assert shown.none_sentence.startswith("No one else in control")
    assert shown.support_sentence == "No commercial support was received for this activity."


def test_the_mitigated_sentence_stands_only_when_all_relationships_are_mitigated() -> None:
    activity = vary({"people.0.relationships.+": SECOND})
    shown = disclosure.build(activity)
    assert not shown.mitigated
    assert shown.mitigated_sentence == ""
    assert [one.company for one in shown.relevant[0].relationships] == ["Example Pharma", "Other Pharma"]


def test_without_relevant_relationships_there_is_nothing_to_mitigate() -> None:
    shown = disclosure.build(vary({"people.0.relationships.0.relevance": "not_relevant"}))
    assert shown.relevant == ()
    assert [one.name for one in shown.none] == ["Ann Lee", "Ben Cruz"]
    assert all(one.relationships == () for one in shown.none)
    assert shown.mitigated_sentence == ""
    assert shown.none_sentence.startswith("No one in control")


@pytest.mark.parametrize(
    "changes",
    [{"people.1.disclosed_on": "none!"}, {"people.1.relationships.+": {**SECOND, "relevance": "undetermined"}}],
)
def test_who_was_not_asked_or_is_not_decided_is_not_told_to_have_nothing(changes: dict[str, Any]) -> None:
    shown = disclosure.build(vary(changes))
    assert "Ben Cruz" not in {one.name for one in (*shown.none, *shown.relevant)}


def test_support_is_shown_by_company_and_nature_and_never_by_amount() -> None:
    money = {"company": "Example Pharma", "kind": "monetary", "amount": "12345.67", "nature": "grant 12345.67"}
    shown = disclosure.build(vary({"support.received": "yes", "support.sources": [money, SUPPORTER]}))
    assert shown.support_sentence == "This activity was supported by: Example Pharma and Example Devices (mannequins)."
    assert "12345" not in repr(shown)


@pytest.mark.parametrize(
    "changes",
    [
        {"people.0.name": "Ann B. Lee"},
        {"people.0.credentials": "MD, PhD"},
        {"people.0.roles": ["faculty"]},
        {"people.0.relationships.0.company": "Exemplary Pharma"},
        {"people.0.relationships.0.nature": "Speaker"},
        {"people.0.relationships.0.mitigations": []},
        {"people.0.relationships.+": SECOND},
        {"people.1.name": "Benjamin Cruz"},
        {"people.+": {"id": "new", "name": "New Person", "disclosed_on": "2026-01-01"}},
        {"support.received": "unanswered"},
        {"support.received": "yes", "support.sources": [SUPPORTER]},
    ],
)
def test_whatever_changes_what_is_shown_changes_the_hash(changes: dict[str, Any]) -> None:
    assert disclosure.sha256(vary(changes)) != BEFORE


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Another title"},
        {"people.0.disclosed_on": "2025-12-01"},
        {"people.0.relationships.0.mitigations.0.note": "Slides were reviewed."},
        {"people.1.relationships.+": {**SECOND, "relevance": "not_relevant"}},
        {"assessment.pass_mark": "0.8"},
    ],
)
def test_what_is_not_shown_as_disclosure_does_not_change_the_hash(changes: dict[str, Any]) -> None:
    assert disclosure.sha256(vary(changes)) == BEFORE


def test_the_hash_is_lower_case_hexadecimal() -> None:
    assert len(BEFORE) == 64
    assert set(BEFORE) <= set("0123456789abcdef")
