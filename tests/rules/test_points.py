"""A board's points: registered under AMA credit, never more than it, and earned by the learner's own evaluation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cme_xblock.rules import boards, check, credit_system, points, statements
from tests.rules.sample import TODAY
from tests.rules.variant import vary

ABS = {"board": "abs", "points": "0.5", "claim_by": "2028-02-01", "credit_types": ["cme", "sa"]}
ABIM = {"board": "abim", "points": "0.5", "claim_by": "2028-02-01", "credit_types": ["medical_knowledge"]}


def registered(*moc: dict[str, Any], amount: str = "0.5") -> Any:
    return vary({"offerings.0.moc": list(moc), "offerings.0.amount": amount})


def test_every_board_that_collaborates_with_accme_has_a_profile() -> None:
    """ABO takes part at times, and only by hearsay: it gets none."""
    profiles = {one.board for one in credit_system.load().values() if one.board}
    assert profiles == {one.code for one in boards.load().values() if one.confidence == "S"}


def test_points_are_offered_for_the_boards_that_are_registered_and_no_other() -> None:
    assert list(points.offered(registered())) == []
    found = list(points.offered(registered(ABIM, ABS)))
    assert [(system.code, str(offering.amount)) for system, offering, _ in found] == [
        ("moc_abim", "0.5"),
        ("moc_abs", "0.5"),
    ]
    assert found[0][1].identifier("pars_activity_id") == "201912345", "PARS finds the activity by it"


@pytest.mark.parametrize(("written", "offered"), [("0.25", "0.25"), ("1", "0.5"), ("0.5", "0.5")])
def test_points_are_never_more_than_the_credit(written: str, offered: str) -> None:
    [(_, offering, _)] = points.offered(registered({**ABIM, "points": written}))
    assert offering.amount == Decimal(offered)


def test_a_board_that_is_registered_twice_or_elsewhere_counts_once_or_not() -> None:
    assert len(list(points.offered(registered(ABIM, {**ABIM, "points": "0.25"})))) == 1
    elsewhere = vary({"offerings.0.moc": [ABIM], "offerings.0.system": "aafp_prescribed"})
    assert list(points.offered(elsewhere)) == []
    assert list(points.offered(registered({**ABIM, "board": "nobody"}))) == []


@pytest.mark.parametrize(
    ("share", "earned"),
    [(Fraction(3, 4), ("cme", "sa")), (Fraction(74, 100), ("cme",)), (Fraction(2, 3), ("cme",)), (1, ("cme", "sa"))],
)
def test_surgeons_self_assessment_counts_from_three_of_four(share: Fraction, earned: tuple[str, ...]) -> None:
    [(_, _, registration)] = points.offered(registered(ABS))
    assert points.types_earned(registration, Fraction(share)) == earned


def test_points_need_a_passed_assessment_with_feedback() -> None:
    activity = registered(ABIM)
    [(_, _, registration)] = points.offered(activity)
    assert points.unearned(activity, registration, Fraction(2, 3)) is None
    assert "passed assessment" in str(points.unearned(activity, registration, None))
    for changes in ({"assessment.feedback": "never"}, {"assessment.pass_mark": "none!"}):
        assert points.unearned(vary(changes, {"offerings.0.moc": [ABIM]}), registration, Fraction(1)) is not None
    only_sa = registered({**ABS, "credit_types": ["sa"]})
    [(_, _, registration)] = points.offered(only_sa)
    assert "75%" in str(points.unearned(only_sa, registration, Fraction(2, 3)))


def test_internists_points_are_to_be_reported_in_their_year() -> None:
    systems = credit_system.load()
    assert points.year_end(systems["moc_abim"], date(2026, 12, 31)) == date(2026, 12, 31)
    assert points.year_end(systems["moc_abp"], date(2026, 12, 31)) is None


def test_the_statement_on_points_names_board_number_and_kind() -> None:
    activity = registered(ABIM)
    text = statements.moc(activity, activity.offerings[0].moc[0])
    assert "up to 0.5 medical knowledge MOC points" in text
    assert "American Board of Internal Medicine (ABIM)" in text


def test_points_cannot_stand_as_an_offering_of_their_own() -> None:
    found = check.check(vary({"offerings.+": {"system": "moc_abim", "amount": "0.5"}}), today=TODAY)
    assert "credit_system_unknown" in {one.code for one in found}
