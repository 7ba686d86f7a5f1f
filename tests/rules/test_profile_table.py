"""Every row of the specification's profile table (3.1): amounts, who may claim, statements, certificate, how sure.

The expectations are written by hand from the specification, in `cases/profile_table.toml`. Boards' points (part 4) are
not in that table: `cases/profiles.toml` and `test_points.py` have them.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.activity.model import Activity
from cme_xblock.rules import amounts, credit_system, professions, statements
from cme_xblock.rules.credit_system import CreditSystem
from tests.rules.variant import cases, vary

TABLE = cases(Path(__file__).parent / "cases" / "profile_table.toml")
EVERYBODY = list(professions.load())
# The rows of table 3.1, by name, as the specification has them.
ROWS = (
    *("AMA PRA 1", "ANCC NCPD", "ACPE CPE", "AAPA Cat 1", "AAPA SA / PI", "AAFP Prescribed / Elective"),
    *("AOA 1-A/1-B/2-A/2-B", "IPCE (Joint Accr.)", "ADA CERP", "ASWB ACE", "APA (psychologists)"),
    *("ARRT Cat A (via ASRT etc.)", "COPE (optometry)", "CDR (dietitians)", "AANP", "RCPSC MOC Sec 1"),
    *("RCPSC MOC Sec 3", "CFPC Mainpro+", "UK (RCP Federation etc.)", "EACCME LEE", "EACCME ELM", "EBAC"),
)
row = pytest.mark.parametrize("case", TABLE, ids=lambda case: str(case["code"]))


def system_of(case: dict[str, Any]) -> CreditSystem:
    return credit_system.load()[case["code"]]


def activity_of(case: dict[str, Any]) -> Activity:
    offering = {"system": case["code"], "amount": case["offered"], "designated_on": "2026-01-12", **case.get("set", {})}
    return vary({**case.get("at", {}), "offerings.0": offering})


def test_every_row_of_the_table_and_every_profile_that_ships_is_here() -> None:
    assert {case["row"] for case in TABLE} == {*ROWS, "R-2.8"}
    shipped = {code for code, one in credit_system.load().items() if not one.board}
    assert {case["code"] for case in TABLE} == shipped
    assert len(TABLE) == len(shipped)


@row
def test_minutes_make_the_credit_of_the_table(case: dict[str, Any]) -> None:
    system = system_of(case)
    made = [[minutes, amounts.round_minutes(system, Decimal(minutes))] for minutes, _ in case["minutes"]]
    assert made == [[minutes, Decimal(credit)] for minutes, credit in case["minutes"]]
    for minutes, credit in case.get("day", []):
        assert amounts.round_day(system, Decimal(minutes)) == Decimal(credit)


@row
def test_these_amounts_may_be_claimed_and_no_others(case: dict[str, Any]) -> None:
    system, offering = system_of(case), activity_of(case).offerings[0]
    allowed = amounts.choices(system, offering)
    if "few" in case:
        assert [allowed[0], allowed[-1]] == [Decimal(one) for one in case["few"]]
        assert len(allowed) == 80
    else:
        assert list(allowed) == [Decimal(one) for one in case["claims"]]
    for step in range(int(Decimal(case["offered"]) * 100) + 100):
        amount = Decimal(step) / 100
        assert (amounts.check(system, offering, amount) is None) == (amount in allowed)


@row
def test_exactly_these_professions_may_claim(case: dict[str, Any]) -> None:
    system = system_of(case)
    expected = EVERYBODY if case["may"] == ["*"] else case["may"]
    assert {code for code in EVERYBODY if system.accepts(code)} == set(expected)
    assert not system.accepts("wizard")


@row
def test_the_statement_is_this_one(case: dict[str, Any]) -> None:
    activity = activity_of(case)
    assert statements.designation(activity, activity.offerings[0]) == case["statement"]


@row
def test_the_certificate_says_this(case: dict[str, Any]) -> None:
    sentence = statements.certificate(
        activity_of(case),
        system_of(case),
        learner="Zoë Ng",
        amount=Decimal(case["printed"]),
        completed_on="June 1, 2026",
    )
    assert sentence == case["certificate"]
    # AMA credit is awarded by one profile alone.
    assert ("AMA PRA" in sentence) == (case["code"] == "ama_pra_1")


@row
def test_the_profile_is_as_sure_as_the_table(case: dict[str, Any]) -> None:
    system = system_of(case)
    assert [key for key in case.get("unsure", ()) if system.sure(key)] == []
    assert [key for key in case.get("sure", ()) if not system.sure(key)] == []
    # Whatever the table gives as background, the profile says of itself that nobody has verified it.
    assert system.verified == (system.confidence in ("S", "D"))


@row
def test_deadlines_numbers_and_pass_rule_are_those_of_the_table(case: dict[str, Any]) -> None:
    system = system_of(case)
    for key, value in case["is"].items():
        given = getattr(system, key)
        shown = list(given) if isinstance(value, list) else str(given) if isinstance(value, str) else given
        assert shown == value, key
