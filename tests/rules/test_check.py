"""Every rule finds what it is for, and nothing that only looks like it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.activity.model import Activity
from cme_xblock.rules import credit_system
from cme_xblock.rules.check import RULES, check, is_open, open_findings
from cme_xblock.rules.finding import Hit, Rule, Severity
from tests.rules import sample
from tests.rules.variant import cases, vary

HERE = Path(__file__).parent / "cases"
CASES = [{**case, "file": path.stem} for path in sorted((HERE / "findings").glob("*.toml")) for case in cases(path)]
BASES = {one["name"]: one for one in cases(HERE / "bases.toml")}
BY_CODE = {one.code: one for one in RULES}


def activity_of(case: dict[str, Any]) -> Activity:
    """The base of a case, changed as the case says."""
    return vary(BASES[case.get("base", "sample")]["set"], case["set"])


def today_of(case: dict[str, Any]) -> date:
    return date.fromisoformat(case["today"]) if "today" in case else sample.TODAY


def places(case: dict[str, Any]) -> list[str]:
    where = case.get("where", [])
    return [where] if isinstance(where, str) else where


def name(case: dict[str, Any]) -> str:
    return f"{case['code']} {case.get('base', '')} {case['set']}"[:90]


@pytest.mark.parametrize("base", BASES.values(), ids=lambda base: str(base["name"]))
def test_no_rule_finds_anything_in_the_activities_that_pass(base: dict[str, Any]) -> None:
    findings = check(vary(base["set"]), today=sample.TODAY)
    assert {one.code for one in findings} == set(base.get("also", {}))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_rule_finds_its_case_and_no_other_rule_does(case: dict[str, Any]) -> None:
    findings = check(activity_of(case), today=today_of(case))
    found = [one for one in findings if one.code == case["code"]]
    assert [one.where for one in found] == places(case)
    assert {one.code for one in findings if one.code != case["code"]} == set(case.get("also", {}))
    for one in found:
        assert one.severity == case.get("severity", BY_CODE[case["code"]].severity)
        for sentence in (str(one.message), str(one.fix)):
            assert "{" not in sentence
            assert sentence.endswith((".", "?", '"'))


def test_every_rule_has_an_activity_that_it_finds_and_one_that_passes() -> None:
    """Each case's base passes: it is what a failing case differs from, in nothing but its `set`."""
    failing = {one["code"] for one in CASES if places(one) and "severity" not in one}
    assert failing == set(BY_CODE)
    assert len(BY_CODE) == len(RULES)
    bases = {(one["code"], one.get("base", "sample")) for one in CASES if places(one)}
    assert not [(code, base) for code, base in bases if code in BASES[base].get("also", {})]


def test_a_case_stands_in_the_file_of_its_subject() -> None:
    for case in CASES:
        module = sys.modules[BY_CODE[case["code"]].find.__module__]
        assert module.__name__.endswith((f".{case['file']}", ".overrides"))


def test_an_empty_draft_has_findings_and_no_error() -> None:
    findings = check(Activity(), today=sample.TODAY)
    assert len(findings) > 15
    assert not is_open(findings)


def test_warnings_alone_let_an_activity_open() -> None:
    findings = check(vary({"description": "", "estimated_minutes": 38}), today=sample.TODAY)
    assert {one.severity for one in findings} == {Severity.WARN}
    assert is_open(findings)
    assert not is_open(check(vary({"title": ""}), today=sample.TODAY))


def test_that_an_activity_is_expired_or_not_yet_released_is_no_finding() -> None:
    for day in (date(2026, 1, 14), date(2026, 11, 1)):
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


# Why a rule that was read in an older edition blocks all the same.
OLDER = {
    "ACCME: enduring materials": "the AMA and Joint Accreditation keep its substance, and the specification blocks",
}


def test_no_rule_of_the_table_blocks_on_what_was_not_read_at_its_source() -> None:
    blocking = [one for one in RULES if one.severity is Severity.BLOCK]
    assert blocking
    assert {one.tag for one in blocking} <= {"S", "S-old", "D"}
    older = {one.source.split(",")[0] for one in blocking if one.tag == "S-old"}
    assert older == set(OLDER)


@pytest.mark.parametrize("code", sorted(credit_system.load()))
def test_an_unsure_profile_never_blocks(code: str) -> None:
    """Whatever is wrong with an offering of it: only what is sure of it, and what holds for any credit, blocks."""
    system = credit_system.load()[code]
    offering = {"system": code, "amount": "0.07", "statement": "Ours [title]."}
    activity = vary({"offerings.0": offering, "assessment.items.0.rationale": "", "assessment.feedback": "never"})
    blocked = {one.code for one in check(activity, today=sample.TODAY) if one.severity is Severity.BLOCK}
    if not system.sure():
        # The APA's statement was read, though the rest of its profile was not.
        assert blocked <= {"designation_altered"}, code
    # Off the grid is no hard failure where the steps were not read: then it is a warning.
    assert ("credit_amount" in blocked) == system.sure("increment", "minimum")


def test_a_finding_never_weighs_more_than_its_rule() -> None:
    order = [Severity.AUDIT, Severity.WARN, Severity.BLOCK]
    for case in CASES:
        for one in check(activity_of(case), today=today_of(case)):
            assert order.index(one.severity) <= order.index(BY_CODE[one.code].severity)


def test_a_warning_is_let_stand_with_a_reason_and_stays_on_record() -> None:
    override = {"code": "description_missing", "where": "description", "by": "A. Lee", "reason": "The title says all."}
    findings = check(vary({"description": "", "overrides.+": override}), today=sample.TODAY)
    assert [(one.code, one.overridden and one.overridden.by) for one in findings] == [("description_missing", "A. Lee")]
    assert open_findings(findings) == ()
    without = check(vary({"description": ""}), today=sample.TODAY)
    assert open_findings(without) == without != ()


def test_without_a_reason_nothing_is_let_stand() -> None:
    override = {"code": "description_missing", "where": "description", "by": "A. Lee"}
    findings = check(vary({"description": "", "overrides.+": override}), today=sample.TODAY)
    assert [(one.code, one.overridden) for one in findings] == [
        ("description_missing", None),
        ("override_unreasoned", None),
    ]


def test_what_blocks_is_never_let_stand() -> None:
    override = {"code": "title_missing", "where": "title", "by": "A. Lee", "reason": "We like it so."}
    findings = check(vary({"title": "", "overrides.+": override}), today=sample.TODAY)
    assert not is_open(findings)
    assert [one.overridden for one in findings] == [None, None]
    assert open_findings(findings) == findings


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="the tag"):
        Rule("x", Severity.WARN, "Z", "source", "", "message", "fix", _nothing)


def _nothing(activity: Activity, today: date) -> Iterator[Hit]:
    yield from ()


def test_every_rule_names_its_source() -> None:
    for one in RULES:
        assert one.source
        assert one.tag == "D" or one.source_url.startswith("http")
        assert one.tag == "D" or "(spec " in one.source


def test_a_finding_names_what_its_reader_can_look_up() -> None:
    """The numbers of our own specification stand in the table of the rules alone."""
    told = [one.finding(Hit("")).source for one in RULES]
    assert all(told)
    assert not [one for one in told if re.search(r"\bspec\b|\bR-\d", one)]
