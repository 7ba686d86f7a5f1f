"""What entries add up to: who is asked, stopped, decided on, mitigated, out of date; and the copy for an activity."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.codes import EmployeeException
from cme_xblock.activity.model import Activity
from cme_xblock.rules.desk import chain, copying, dossier, numbers, state
from cme_xblock.rules.desk.chain import Kind
from cme_xblock.rules.desk.state import Age, Invited, State
from tests.rules.desk.sample import (
    ACTIVITY,
    CONSULTANT,
    EMPLOYEE,
    NUMBER,
    TODAY,
    assigned,
    decided,
    disclosed,
    dossier_of,
    entries,
    excepted,
    mitigated,
)

OPEN = Invited(TODAY, answered=False)
RELEVANT = decided("ineligible", "relevant")


def of(*drafts, today: date = TODAY, last: Invited | None = None) -> state.Standing:
    return state.standing(dossier_of(*drafts), today=today, last=last)


@pytest.mark.parametrize(
    ("drafts", "expected"),
    [
        ([], State.NOT_ASKED),
        ([disclosed()], State.GIVEN),
        ([disclosed(), assigned()], State.GIVEN),
        ([disclosed(CONSULTANT)], State.NEEDS_DECISION),
        ([disclosed(CONSULTANT), assigned()], State.NEEDS_DECISION),
        ([disclosed(CONSULTANT), assigned(), decided("eligible", "not_relevant")], State.GIVEN),
        ([disclosed(CONSULTANT), assigned(), decided("ineligible", "not_relevant")], State.GIVEN),
        ([disclosed(CONSULTANT), assigned(), RELEVANT], State.NEEDS_DECISION),
        ([disclosed(CONSULTANT), assigned(), RELEVANT, mitigated()], State.MITIGATED),
        ([disclosed(EMPLOYEE), assigned(), RELEVANT, mitigated()], State.STOPPED),
        ([disclosed(EMPLOYEE), assigned(), decided("ineligible", "not_relevant")], State.STOPPED),
        ([disclosed(EMPLOYEE), assigned(), decided("eligible", "not_relevant")], State.GIVEN),
        ([disclosed(EMPLOYEE), assigned(), decided("ineligible", "not_relevant"), excepted("technician")], State.GIVEN),
        (
            [disclosed(EMPLOYEE), assigned(), decided("ineligible", "not_relevant"), excepted("technician", "")],
            State.STOPPED,
        ),
    ],
)
def test_the_state_follows_from_the_entries(drafts, expected: State) -> None:
    assert of(*drafts).state is expected


@pytest.mark.parametrize("code", [one.value for one in EmployeeException if one is not EmployeeException.NONE])
def test_each_of_the_three_exceptions_lets_an_employee_take_part_and_taking_it_back_stops_them(code: str) -> None:
    drafts = [disclosed(EMPLOYEE), assigned(), decided("ineligible", "not_relevant"), excepted(code)]
    assert of(*drafts).stops == ()
    assert of(*drafts, excepted("none")).state is State.STOPPED


def test_an_employment_that_ended_before_the_role_stops_nobody() -> None:
    ended = replace(EMPLOYEE, ended_on=date(2026, 11, 30))
    drafts = [disclosed(ended), decided("ineligible", "not_relevant")]
    assert of(assigned(began="2026-12-01"), *drafts).state is State.GIVEN
    assert of(assigned(began="2026-11-01"), *drafts).state is State.STOPPED


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (0, Age.CURRENT),
        (334, Age.CURRENT),
        (335, Age.LAPSING),
        (366, Age.LAPSING),
        (731, Age.LAPSING),
        (732, Age.LAPSED),
    ],
)
def test_a_disclosure_ages_at_twelve_months_and_lapses_at_twenty_four(days: int, age: Age) -> None:
    found = of(disclosed(), today=TODAY + timedelta(days=days))
    assert found.age is age
    assert (found.ages_on, found.lapses_on) == (date(2027, 11, 22), date(2028, 11, 22))
    assert found.state is {Age.CURRENT: State.GIVEN, Age.LAPSING: State.LAPSING, Age.LAPSED: State.LAPSED}[age]


def test_an_invitation_shows_until_it_is_answered_or_over() -> None:
    assert of(last=OPEN).state is State.INVITED
    assert of(last=Invited(TODAY - timedelta(days=1), answered=False)).state is State.UNANSWERED
    assert of(disclosed(), last=OPEN).invited
    assert not of(disclosed(), last=Invited(TODAY, answered=True)).invited


def test_a_new_disclosure_supersedes_and_is_decided_on_anew() -> None:
    older = [disclosed(CONSULTANT, on=date(2026, 1, 1)), assigned(), RELEVANT, mitigated()]
    newer = disclosed(CONSULTANT, number="D-0000-0000-0000-0002")
    assert of(*older).state is State.MITIGATED
    assert of(*older, newer).state is State.NEEDS_DECISION
    assert dossier_of(*older, newer).current.number == "D-0000-0000-0000-0002"


def test_last_years_table_does_not_supersede_what_the_person_gave() -> None:
    imported = disclosed(on=date(2025, 6, 1), number="D-0000-0000-0000-0003", kind=Kind.IMPORTED)
    found = dossier_of(disclosed(CONSULTANT), imported)
    assert found.current.number == NUMBER
    assert not found.current.imported
    assert found.disclosures[1].imported


def test_what_was_decided_of_a_company_before_is_at_hand_and_decides_nothing() -> None:
    shouted = replace(CONSULTANT, id="r2", company="EXAMPLE pharma")
    made = dossier_of(
        disclosed(CONSULTANT),
        assigned(),
        RELEVANT,
        disclosed(shouted, number="D-0000-0000-0000-0002"),
        assigned("b" * 64),
    )
    found = made.earlier("Example Pharma", besides=("D-0000-0000-0000-0002", "r2", "b" * 64))
    assert found is not None
    assert (found[0].relevance.value, found[1]) == ("relevant", ACTIVITY)
    assert made.earlier("Another", besides=("", "", "")) is None
    assert made.earlier("Example Pharma", besides=(NUMBER, "r1", ACTIVITY)) is None
    assert state.standing(made, today=TODAY, last=None).state is State.NEEDS_DECISION


def test_a_decision_is_for_one_activity() -> None:
    drafts = [disclosed(CONSULTANT), assigned(), RELEVANT, mitigated()]
    assert of(*drafts, assigned("b" * 64)).state is State.NEEDS_DECISION
    assert {activity for activity, _ in of(*drafts, assigned("b" * 64)).open} == {"b" * 64}


def test_the_copy_goes_through_olx_and_json_with_its_evidence_number() -> None:
    made = dossier_of(disclosed(CONSULTANT), assigned(), RELEVANT, mitigated())
    person = copying.person(made, made.current, made.assignments[ACTIVITY])
    assert (person.name, person.credentials, person.disclosure_evidence) == ("Ana Example", "MD", NUMBER)
    [one] = person.relationships
    assert (one.company, one.nature, one.relevance.value) == ("Example Pharma", "Consultant", "relevant")
    assert (one.mitigations[0].method, one.mitigations[0].on) == ("peer_review", date(2026, 11, 21))
    activity = Activity(people=(person,))
    assert olx.from_xml(olx.to_xml(activity)) == activity
    assert canonical.from_data(canonical.to_data(activity)) == activity
    assert NUMBER in olx.to_xml(activity)


def test_mitigation_after_the_role_began_is_a_remark() -> None:
    late = dossier_of(disclosed(CONSULTANT), assigned(began="2026-11-01"), RELEVANT, mitigated())
    found = copying.findings(late, late.current, late.assignments[ACTIVITY], today=TODAY, rules=copying.REMARKS)
    assert [one.code for one in found] == ["mitigated_late"]


def test_forgotten_words_leave_the_day_and_the_number() -> None:
    kept = [replace(one, words=None) for one in entries(disclosed(CONSULTANT))]
    [found] = dossier.fold(kept).disclosures
    assert (found.number, found.on, found.relationships) == (NUMBER, TODAY, None)


def test_a_chain_shows_every_change() -> None:
    whole = entries(disclosed(CONSULTANT), assigned(), RELEVANT)
    assert chain.verify("p", whole) == ()
    changed = replace(whole[1], facts={**whole[1].facts, "roles": ["staff"]})
    for broken in (
        [whole[0], changed, whole[2]],
        [whole[0], whole[2]],
        [whole[1], whole[0], whole[2]],
        [whole[0], replace(whole[1], by="somebody"), whole[2]],
        [whole[0], whole[1], replace(whole[2], at=whole[0].at - timedelta(days=1))],
    ):
        assert chain.verify("p", broken)
    assert chain.verify("q", whole)


def test_the_words_of_an_entry_are_bound_by_a_salted_hash() -> None:
    bound = chain.sheet_hash("u", salt="s", words={"note": "yes"})
    assert bound != chain.sheet_hash("u", salt="t", words={"note": "yes"})
    assert bound != chain.sheet_hash("u", salt="s", words={"note": "no"})
    assert bound != chain.sheet_hash("v", salt="s", words={"note": "yes"})


def test_evidence_numbers_use_all_their_bits_and_are_recognised() -> None:
    assert numbers.of(bytes(10)) == "D-0000-0000-0000-0000"
    assert numbers.of(b"\xff" * 10) == "D-ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert len({numbers.of((1 << bit).to_bytes(10, "big")) for bit in range(80)}) == 80
    assert numbers.is_number("D-ZZZZ-ZZZZ-ZZZZ-ZZZZ")
    assert not any(map(numbers.is_number, ("Form 12", "D-ILOU-0000-0000-0000", "D-0000-0000-0000-0000\n", "")))
