"""A renewed activity is comparable with the old one, and carries nothing that belongs to the old one alone."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cme_xblock.activity import canonical
from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.codes import Answer, Eligibility, Relevance, Standard3Exception, SupportKind
from cme_xblock.activity.days import add_days, add_years, span
from cme_xblock.activity.model import (
    Activity,
    Identifier,
    MocOffering,
    Offering,
    Override,
    Person,
    Relationship,
    Support,
    SupportSource,
)
from cme_xblock.activity.renewal import Renewal, renew, suggest_id
from cme_xblock.rules.check import check, is_open
from tests.activity.strategies import activities
from tests.rules import sample

RELEASE = date(2027, 1, 15)
CASES = tomllib.loads((Path(__file__).parent / "cases" / "renewed_dates.toml").read_text(encoding="utf-8"))["case"]


def renewed(activity: Activity | None = None, release: date = RELEASE) -> Renewal:
    return renew(activity or sample.activity(), activity_id="hand-hygiene-2027", release=release)


def said(renewal: Renewal, code: str) -> list[str]:
    return [str(one.message) for one in renewal.checklist if one.code == code]


def places(renewal: Renewal) -> set[str]:
    return {one.where for one in renewal.checklist}


def with_person(person: Person) -> Activity:
    return replace(sample.activity(), people=(person,))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_the_expiry_lies_as_long_after_the_release_as_before(case: dict[str, Any]) -> None:
    old = Activity(activity_id="x", release=case["release"], expiry=case["expiry"])
    new = renew(old, activity_id="y", release=case["new_release"]).activity
    assert new.release == case["new_release"]
    assert new.expiry == case.get("new_expiry")


@given(st.dates(), st.integers(0, 1100), st.dates())
def test_who_kept_the_three_years_keeps_them_when_renewed(release: date, days: int, again: date) -> None:
    expiry = min(add_days(release, days), add_years(release, 3))
    new = renew(Activity(activity_id="x", release=release, expiry=expiry), activity_id="y", release=again).activity
    assert new.expiry is not None
    assert again <= new.expiry <= add_years(again, 3)


@given(st.dates(), st.dates())
def test_a_span_leads_from_the_one_date_to_the_other(start: date, end: date) -> None:
    measured = span(start, end)
    assert measured.after(start) == end
    assert 0 <= measured.days <= 366
    assert (measured.years < 0) == (end < start)


def test_days_and_years_stay_inside_the_calendar() -> None:
    assert add_days(date.max, 1) == date.max
    assert add_days(date.min, -1) == date.min
    assert add_years(date.max, 1) == date.max
    assert add_years(date(1, 2, 3), -1) == date.min


def test_numbers_letters_and_decisions_of_last_year_are_gone() -> None:
    offering = Offering(
        system="aafp",
        amount=sample.activity().offerings[0].amount,
        designated_on=date(2026, 1, 1),
        letter_on=date(2026, 1, 1),
        approval_expires=date(2027, 1, 1),
        statement="The AAFP has reviewed …",
        identifiers=(Identifier("uan", "0798-9999-18-246-H04-P"), Identifier("approval_number", "7")),
        moc=(MocOffering(board="abim", claim_by=date(2026, 12, 31)),),
    )
    old = replace(
        sample.activity(),
        offerings=(*sample.activity().offerings, offering),
        content_validated_on=date(2026, 1, 2),
        content_validated_by="Dr Roe",
        overrides=(Override(code="credit_time", where="offerings[aafp]", by="CME office", reason="Rounded."),),
    )
    result = renewed(old)
    new = result.activity
    assert (new.activity_id, new.renewed_from) == ("hand-hygiene-2027", "hand-hygiene-2026")
    assert (new.last_review, new.content_validated_on, new.content_validated_by, new.overrides) == (None, None, "", ())
    for before, after in zip(old.offerings, new.offerings, strict=True):
        assert after == Offering(system=before.system, amount=before.amount, moc=after.moc)
    assert new.offerings[1].moc == (MocOffering(board="abim", claim_by=date(2027, 12, 31)),)
    assert said(result, "identifiers")[1].count("uan, approval_number") == 1
    assert {"offerings[aafp].statement", "offerings[aafp].approval_expires", "overrides"} <= places(result)
    assert "offerings[ama_pra_1].statement" not in places(result)
    assert "credit_time" in said(result, "overrides")[0]


def test_what_makes_the_years_comparable_stays() -> None:
    old = sample.activity()
    new = renewed(old).activity
    assert new.baseline == old.baseline
    assert new.assessment == old.assessment
    assert new.content == old.content
    assert (new.objectives, new.references, new.need, new.provider) == (
        old.objectives,
        old.references,
        old.need,
        old.provider,
    )


def test_support_is_asked_anew_and_its_sources_stay_with_the_old_activity() -> None:
    source = SupportSource(company="Example Pharma", kind=SupportKind.IN_KIND, nature="Mannequins")
    result = renewed(replace(sample.activity(), support=Support(Answer.YES, (source,))))
    assert result.activity.support == Support()
    assert "Example Pharma" in said(result, "support")[0]
    assert "Last time" not in said(renewed(), "support")[0]


RELEVANT = Relationship(
    company="Example Pharma",
    nature="Consultant",
    eligibility=Eligibility.INELIGIBLE,
    relevance=Relevance.RELEVANT,
    decided_on=date(2025, 11, 10),
    mitigations=sample.activity().people[0].relationships[0].mitigations,
)


@pytest.mark.parametrize(
    ("disclosed", "release", "code"),
    [
        (date(2026, 1, 15), date(2027, 1, 15), "disclosure_stands"),
        (date(2026, 1, 14), date(2027, 1, 15), "disclose_again"),
        (date(2024, 2, 29), date(2025, 2, 28), "disclosure_stands"),
        (date(2024, 2, 29), date(2025, 3, 1), "disclose_again"),
        (None, date(2027, 1, 15), "disclose"),
    ],
)
def test_a_disclosure_stands_for_twelve_months(disclosed: date | None, release: date, code: str) -> None:
    person = Person(
        id="lee", name="Ann Lee", disclosed_on=disclosed, disclosure_evidence="file 7", relationships=(RELEVANT,)
    )
    result = renewed(with_person(person), release)
    new = result.activity.people[0]
    stands = code == "disclosure_stands"
    assert new.disclosed_on == (disclosed if stands else None)
    assert new.disclosure_evidence == ("file 7" if stands else "")
    assert new.relationships[0].relevance is (Relevance.RELEVANT if stands else Relevance.UNDETERMINED)
    assert new.relationships[0].decided_on == (RELEVANT.decided_on if stands else None)
    # What is known of the company and of the person's work for it is kept to be confirmed.
    assert new.relationships[0].company == "Example Pharma"
    assert new.relationships[0].eligibility is Eligibility.INELIGIBLE
    found = [one for one in result.checklist if one.where == "people[lee].disclosed_on"]
    assert [one.code for one in found] == [code]
    assert "Ann Lee" in str(found[0].message)


def test_no_learner_is_told_mitigated_on_the_strength_of_last_years_step() -> None:
    result = renewed(release=date(2026, 10, 1))
    assert result.activity.people[0].disclosed_on is not None
    assert result.activity.people[0].relationships[0].mitigations == ()
    assert "peer review" in said(result, "mitigate")[0]
    findings = check(result.activity, today=sample.TODAY)
    assert "not_mitigated" in {one.code for one in findings}
    assert not is_open(findings)


def test_a_relationship_outside_the_look_back_is_pointed_out_and_not_dropped() -> None:
    for ended, outside in ((date(2025, 1, 14), True), (date(2025, 1, 15), False)):
        person = Person(id="lee", name="Ann Lee", relationships=(replace(RELEVANT, ended_on=ended),))
        result = renewed(with_person(person))
        assert len(result.activity.people[0].relationships) == 1
        assert len(said(result, "ended")) == outside
        assert len(said(result, "mitigate")) == (not outside)


def test_texts_that_name_a_year_of_the_old_activity_are_listed() -> None:
    old = replace(sample.activity(), title="Hand hygiene 2026", description="In 20261 wards, since 2025.")
    assert [one.where for one in renewed(old).checklist if one.code == "text_names_year"] == ["title"]


def test_what_depends_on_content_or_is_missing_is_listed() -> None:
    old = replace(sample.activity(), standard3_exception=Standard3Exception.NON_CLINICAL)
    assert "standard3_exception" in places(renewed(old))
    result = renewed(Activity(activity_id="x"))
    assert result.activity.expiry is None
    assert {"expiry", "people", "last_review"} <= places(result)
    assert "assessment.items" not in places(result)


def test_a_renewed_sample_stays_closed_until_its_list_is_done() -> None:
    """What blocks is on the list: nobody has to guess what to do."""
    result = renewed()
    blocked = {one.where for one in check(result.activity, today=sample.TODAY) if one.severity == "block"}
    assert blocked >= {"last_review", "people[lee].disclosed_on", "people[cruz].disclosed_on", "support.received"}
    for where in blocked:
        assert any(where.startswith(one) for one in places(result)), where


@pytest.mark.parametrize("name", ["", "  ", "hand-hygiene-2026", " hand-hygiene-2026 ", "a\x00b", "\ud800"])
def test_an_id_that_is_none_or_the_old_one_is_refused(name: str) -> None:
    with pytest.raises(ActivityError) as raised:
        renew(sample.activity(), activity_id=name, release=RELEASE)
    assert raised.value.path == "activity_id"
    assert str(raised.value.message).endswith(".")


@pytest.mark.parametrize(
    ("name", "year", "suggested"),
    [
        ("x-2026", 2027, "x-2027"),
        ("x-2026", 2026, "x-2027"),
        ("x-2026", 2029, "x-2029"),
        ("2026_stroke.v2", 2027, "2027_stroke.v2"),
        ("grand-rounds-2025-2026", 2026, "grand-rounds-2026-2027"),
        ("acc-2022-guideline-2026", 2027, "acc-2022-guideline-2027"),
        ("covid-19", 2027, "covid-19-2027"),
        ("study-120265", 2027, "study-120265-2027"),
        ("x", 2027, "x-2027"),
        ("", 2027, "2027"),
        ("a" * 80, 2027, "a" * 75 + "-2027"),
    ],
)
def test_a_suggested_id_moves_the_year_on(name: str, year: int, suggested: str) -> None:
    assert suggest_id(name, release=date(year, 5, 1)) == suggested


@given(st.from_regex(r"[a-z0-9]+([-_.][a-z0-9]+)*", fullmatch=True), st.dates())
def test_a_suggested_id_is_a_new_one(name: str, release: date) -> None:
    assert suggest_id(name, release=release) != name


@given(activities(), st.dates())
def test_any_activity_can_be_renewed(activity: Activity, release: date) -> None:
    result = renew(activity, activity_id=activity.activity_id + "+", release=release)
    new = result.activity
    assert canonical.from_data(canonical.to_data(new)) == new
    assert new.release == release
    assert all(one.identifiers == () and one.statement == "" for one in new.offerings)
    assert all(one.designated_on is one.letter_on is one.approval_expires is None for one in new.offerings)
    assert not any(step.mitigations for person in new.people for step in person.relationships)
    assert all(str(one.message) and one.where for one in result.checklist)
    assert [one.id for one in new.assessment.items] == [one.id for one in activity.assessment.items]
    # What a renewal clears it cannot clear twice: a second one changes names and dates only.
    again = renew(new, activity_id=new.activity_id + "+", release=release).activity
    assert replace(again, activity_id=new.activity_id, renewed_from=new.renewed_from) == new
