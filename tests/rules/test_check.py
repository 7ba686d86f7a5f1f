"""Every rule finds what it is for, and nothing that only looks like it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.activity.model import Activity
from cme_xblock.rules.check import RULES, check, is_open
from cme_xblock.rules.finding import Finding, Hit, Rule, Severity
from tests.rules import sample
from tests.rules.variant import cases, vary

CASES = cases(Path(__file__).parent / "cases" / "findings.toml")
BY_CODE = {one.code: one for one in RULES}


def found(activity: Activity, code: str) -> list[Finding]:
    return [one for one in check(activity, today=sample.TODAY) if one.code == code]


def name(case: dict[str, Any]) -> str:
    return f"{case['code']} {case['set']}"[:80]


def test_no_rule_finds_anything_in_the_sample() -> None:
    assert check(sample.activity(), today=sample.TODAY) == ()


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_rule_finds_its_case_and_only_its_case(case: dict[str, Any]) -> None:
    findings = found(vary(case["set"]), case["code"])
    if "where" not in case:
        assert findings == []
        return
    assert case["where"] in [one.where for one in findings]
    for one in findings:
        assert one.severity is BY_CODE[case["code"]].severity
        for sentence in (str(one.message), str(one.fix)):
            assert "{" not in sentence
            assert sentence.endswith((".", "?"))


def test_every_rule_has_a_case_that_it_finds() -> None:
    assert {one["code"] for one in CASES if "where" in one} == set(BY_CODE)
    assert len(BY_CODE) == len(RULES)


def test_an_empty_draft_has_findings_and_no_error() -> None:
    findings = check(Activity(), today=sample.TODAY)
    assert len(findings) > 15
    assert not is_open(findings)


def test_warnings_alone_let_an_activity_open() -> None:
    findings = check(vary({"need.format_rationale": "", "estimated_minutes": 38}), today=sample.TODAY)
    assert {one.severity for one in findings} == {Severity.WARN}
    assert is_open(findings)
    assert not is_open(check(vary({"title": ""}), today=sample.TODAY))


def test_that_an_activity_is_expired_or_not_yet_released_is_no_finding() -> None:
    for day in (date(2026, 1, 14), date(2027, 10, 1)):
        assert check(sample.activity(), today=day) == ()
    # Disclosures are old by then, which is a warning, but that the activity expired is none.
    assert {one.code for one in check(sample.activity(), today=date(2028, 6, 1))} == {"disclosure_old"}


def test_a_justified_exception_from_standard_3_keeps_findings_on_people_for_the_audit_file() -> None:
    changes = {"people.1.disclosed_on": "none!", "standard3_exception": "non_clinical"}
    assert not is_open(check(vary(changes), today=sample.TODAY))
    findings = check(vary({**changes, "standard3_justification": "Budgets only."}), today=sample.TODAY)
    assert [(one.code, one.severity) for one in findings] == [("person_not_asked", Severity.AUDIT)]
    # Commercial support is disclosed whatever the exception.
    changes |= {"standard3_justification": "Budgets only.", "support.received": "unanswered"}
    assert not is_open(check(vary(changes), today=sample.TODAY))


@pytest.mark.parametrize("tag", ["B", "K"])
def test_a_rule_that_was_not_read_at_its_source_cannot_block(tag: str) -> None:
    with pytest.raises(ValueError, match="must not block"):
        Rule("x", Severity.BLOCK, tag, "source", "", "message", "fix", _nothing)
    Rule("x", Severity.WARN, tag, "source", "", "message", "fix", _nothing)


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="the tag"):
        Rule("x", Severity.WARN, "Z", "source", "", "message", "fix", _nothing)


def _nothing(activity: Activity, today: date) -> Iterator[Hit]:
    yield from ()


def test_every_rule_names_its_source() -> None:
    for one in RULES:
        assert one.source
        assert one.tag == "D" or one.source_url.startswith("http") or one.tag == "S-old"
