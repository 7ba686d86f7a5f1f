"""The demonstration activity is a real one: complete, open under the rules, and its items are sound."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from cme_xblock.activity import olx
from cme_xblock.activity.codes import ItemKind, Level, Relevance
from cme_xblock.activity.model import Activity, Item
from cme_xblock.rules import check
from cme_xblock.rules.finding import Severity

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def activity() -> Activity:
    return olx.from_xml((ROOT / "demo" / "activity.xml").read_bytes())


def scored(activity: Activity) -> list[Item]:
    return [item for item in (*activity.baseline.items, *activity.assessment.items) if item.scored]


def test_the_activity_is_open_under_every_rule(activity):
    assert [(one.code, one.where) for one in check.check(activity, today=TODAY) if one.severity is Severity.BLOCK] == []


def test_the_activity_survives_olx_without_loss(activity):
    assert olx.from_xml(olx.to_xml(activity)) == activity


def test_eight_baseline_items_have_eight_twins_of_the_same_kind_and_objective(activity):
    before = {item.pair_id: item for item in activity.baseline.items if item.scored}
    after = {item.pair_id: item for item in activity.assessment.items if item.scored}

    assert len(before) == len(after) == 8
    assert before.keys() == after.keys()
    for pair, item in before.items():
        twin = after[pair]
        assert (item.kind, item.objective, item.level) == (twin.kind, twin.objective, twin.level)
        assert item.stem != twin.stem


def test_each_half_asks_once_for_confidence_in_the_same_steps(activity):
    halves = [activity.baseline.items, activity.assessment.items]
    first, second = ([item for item in half if item.kind is ItemKind.CONFIDENCE] for half in halves)

    assert [len(first), len(second)] == [1, 1]
    assert [option.text for option in first[0].options] == [option.text for option in second[0].options]
    assert first[0].pair_id == second[0].pair_id


def test_every_objective_is_measured_in_both_halves(activity):
    objectives = {one.id for one in activity.objectives}

    assert len(objectives) == 4
    for half in (activity.baseline, activity.assessment):
        assert {item.objective for item in half.items if item.scored} == objectives


def test_every_item_gives_its_reason_and_a_source_that_is_listed(activity):
    known = {one.id for one in activity.references}

    for item in scored(activity):
        assert "Recommendation" in item.rationale, item.id
        assert item.references, item.id
        assert set(item.references) <= known, item.id
        assert item.references[0] == "cdc2022", item.id


def test_items_ask_for_a_decision_on_a_patient(activity):
    for item in scored(activity):
        assert "-year-old" in item.stem, item.id
        assert item.level in (Level.COMPETENCE, Level.PROCEDURAL), item.id


def test_the_right_answer_has_no_favourite_place(activity):
    single = [item for item in scored(activity) if item.kind is ItemKind.SINGLE]
    places = Counter(next(place for place, option in enumerate(item.options) if option.correct) for item in single)

    assert len(single) == 12
    assert {len(item.options) for item in single} == {4}
    assert all(places[place] == 3 for place in range(4)), places


def test_the_right_answer_is_not_given_away_by_its_length(activity):
    single = [item for item in scored(activity) if item.kind is ItemKind.SINGLE]
    longest = sum(max(item.options, key=lambda option: len(option.text)).correct for item in single)
    shortest = sum(min(item.options, key=lambda option: len(option.text)).correct for item in single)

    assert longest <= len(single) / 3
    assert shortest <= len(single) / 2


@pytest.mark.parametrize("flaw", ["all of the above", "none of the above", " except", " not ", "never", "always"])
def test_no_option_and_no_question_has_a_known_flaw(activity, flaw):
    for item in scored(activity):
        question = item.stem.rsplit(". ", 1)[-1].lower()
        assert flaw not in question, item.id
        assert not any(flaw in f" {option.text.lower()} " for option in item.options), item.id


def test_the_minutes_of_the_parts_are_the_minutes_of_the_credit(activity):
    parts = (activity.baseline, activity.content, activity.assessment)

    assert sum(part.minutes for part in parts) == activity.estimated_minutes
    assert activity.offering("ama_pra_1").amount * 60 == activity.estimated_minutes


def test_people_with_and_without_relationships_are_in_the_demonstration(activity):
    decisions = [one.relevance for person in activity.people for one in person.relationships]

    assert sorted(decisions) == sorted([Relevance.RELEVANT, Relevance.NOT_RELEVANT])
    assert sum(not person.relationships for person in activity.people) == 2


def test_what_is_invented_says_so(activity):
    assert "demonstration" in activity.provider.name
    for person in activity.people:
        for relationship in person.relationships:
            assert "(fictional)" in relationship.company
    for address in (activity.provider.contact_url, activity.provider.privacy_url, activity.provider.contact_email):
        assert "example.org" in address
