"""Several credits of one completion, all or none; a board's points; and completing without credit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cme_xblock.activity.model import Activity
from cme_xblock.participation import attestation
from cme_xblock.participation.attestation import Attestation, Wanted
from cme_xblock.participation.entries import Kind
from cme_xblock.participation.progress import Part, Status
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import professions
from tests.participation.ledger import Ledger
from tests.participation.steps import walked
from tests.rules.variant import vary

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
ABIM = {"board": "abim", "points": "1.5", "claim_by": "2026-12-31", "credit_types": ["medical_knowledge"]}
ABP = {"board": "abp", "points": "1", "claim_by": "2026-12-31"}
ABS = {"board": "abs", "points": "2", "claim_by": "2026-12-31", "credit_types": ["cme", "sa"]}
OFFERINGS = [
    {"system": "ancc", "amount": "2"},
    {"system": "aapa_1", "amount": "2"},
    {"system": "acpe_pharmacist", "amount": "2"},
    {"system": "apa", "amount": "2"},
    {"system": "ebac", "amount": "2"},
    {"system": "ipce", "amount": "2"},
    {"system": "eaccme_elearning", "amount": "2"},
]


def activity(*moc: Mapping[str, Any], **changes: Any) -> Activity:
    """The sample with two AMA credits, points for these boards, and the credit of many others."""
    offerings = {f"offerings.{number}": one for number, one in enumerate(OFFERINGS, start=1)}
    return vary({"offerings.0.amount": "2", "offerings.0.moc": list(moc), **offerings}, changes)


def ready(*moc: Mapping[str, Any], **changes: Any) -> Ledger:
    return walked(activity(*moc, **changes), until=Part.CLAIM)


def claim(ledger: Ledger, credits: Mapping[str, str], *, as_whom: str = "md", now: datetime = NOW) -> Any:
    """All these credits in one go: the attestations as they were recorded, or the refusals by system."""
    described = ledger.activity(now)
    words = {one.system.code: one.wording_sha for one in attestation.options(described, as_whom)}
    wanted = [Wanted(as_whom, system, amount, words.get(system, "")) for system, amount in credits.items()]
    made = attestation.attest_all(ledger.progress(now), described, ledger.edition(now), wanted, now=now)
    if isinstance(made, Mapping):
        return {list(credits)[place]: refusal for place, refusal in made.items()}
    for one in made:
        ledger.write(one.draft(claim=f"{one.system}-{len(ledger.entries)}"), now)
    return made


def codes(refused: Any) -> dict[str, str]:
    assert isinstance(refused, dict), refused
    return {system: one.code for system, one in refused.items()}


def offered(ledger: Ledger, *chosen: str, now: datetime = NOW) -> dict[str, str]:
    found = attestation.offered(ledger.progress(now), ledger.activity(now), chosen, now=now)
    return {one.system.code: str(one.locked or "") for one in found}


def test_case_12_one_completion_gives_several_credits_each_attested_by_itself() -> None:
    ledger = ready(ABIM, ABP)
    made = claim(ledger, {"ama_pra_1": "1.5", "moc_abim": "1.25", "moc_abp": "1"})
    assert [(one.system, str(one.amount)) for one in made] == [
        ("ama_pra_1", "1.50"),
        ("moc_abim", "1.25"),
        ("moc_abp", "1.00"),
    ]
    assert len({one.wording for one in made}) == 3
    assert "1.25 ABIM MOC points" in made[1].statement
    assert made[1].types == ("medical_knowledge",)
    assert set(ledger.progress(NOW).held) == {"ama_pra_1", "moc_abim", "moc_abp"}


def test_case_12_all_or_none_with_every_fault_at_its_credit() -> None:
    ledger = ready(ABIM)
    refused = claim(ledger, {"ama_pra_1": "1.3", "moc_abim": "9", "ancc": "1", "nothing": "1"})
    assert codes(refused) == {
        "ama_pra_1": "amount_not_allowed",
        "moc_abim": "amount_not_allowed",
        "ancc": "not_offered",
        "nothing": "unknown_system",
    }
    assert ledger.progress(NOW).claimed == ()
    assert codes(claim(ledger, {"ama_pra_1": "1", "moc_abim": "x"})) == {"moc_abim": "not_an_amount"}
    twice = [Wanted("md", "ama_pra_1", "1", attestation.options(ledger.activity(NOW), "md")[0].wording_sha)] * 2
    made = attestation.attest_all(ledger.progress(NOW), ledger.activity(NOW), ledger.edition(NOW), twice, now=NOW)
    assert isinstance(made, Mapping)
    assert [one.code for one in made.values()] == ["already_claimed"]


def test_case_13_a_pa_who_is_a_pharmacist_too_is_offered_both_and_each_once() -> None:
    ledger = ready()
    assert set(offered(ledger, "pa")) == {"aapa_1", "ipce"}
    both = attestation.offered(ledger.progress(NOW), ledger.activity(NOW), ("pa", "pharmd"), now=NOW)
    assert {one.system.code: one.profession for one in both} == {
        "aapa_1": "pa",
        "ipce": "pa",
        "acpe_pharmacist": "pharmd",
    }
    only_ama = walked(vary({}), until=Part.CLAIM)
    assert set(offered(only_ama, "pa", "pharmd")) == {"participation"}
    assert set(offered(only_ama, "pa", "md")) == {"ama_pra_1"}, "who may claim credit gets no hours beside it"


def test_case_15_hours_of_participation_are_not_claimed_beside_credit_in_the_same_form() -> None:
    ledger = walked(vary({"offerings.0.amount": "2"}), until=Part.CLAIM)
    described = ledger.activity(NOW)
    words = {one: attestation.options(described, one)[0].wording_sha for one in ("md", "student")}
    wanted = [
        Wanted("student", "participation", "1", words["student"]),
        Wanted("md", "ama_pra_1", "1", words["md"]),
    ]
    for order in (wanted, wanted[::-1]):
        made = attestation.attest_all(ledger.progress(NOW), described, ledger.edition(NOW), order, now=NOW)
        assert isinstance(made, Mapping)
        assert {order[place].system: one.code for place, one in made.items()} == {"participation": "not_offered"}


@pytest.mark.parametrize(
    ("ama", "points", "code"),
    [("1", "1", ""), ("1", "0.75", ""), ("0.75", "1", "beyond_credit"), ("2", "1.75", "amount_not_allowed")],
)
def test_points_are_never_more_than_the_credit_that_is_claimed(ama: str, points: str, code: str) -> None:
    for credits in ({"ama_pra_1": ama, "moc_abim": points}, {"moc_abim": points, "ama_pra_1": ama}):
        made = claim(ready(ABIM), credits)
        assert codes(made) == {"moc_abim": code} if code else isinstance(made[0], Attestation)


def test_points_go_with_credit_that_was_claimed_before_and_with_none_alone() -> None:
    ledger = ready(ABIM)
    assert codes(claim(ledger, {"moc_abim": "0.5"})) == {"moc_abim": "beyond_credit"}
    claim(ledger, {"ama_pra_1": "0.75"})
    assert codes(claim(ledger, {"moc_abim": "1"})) == {"moc_abim": "beyond_credit"}
    assert len(claim(ledger, {"moc_abim": "0.75"})) == 1


def test_pediatricians_points_are_whole_or_none() -> None:
    ledger = ready(ABP)
    assert codes(claim(ledger, {"ama_pra_1": "2", "moc_abp": "0.5"})) == {"moc_abp": "amount_not_allowed"}
    refused = claim(ledger, {"ama_pra_1": "0.5", "moc_abp": "1"})
    assert "whole or not at all" in str(refused["moc_abp"].message)
    assert len(claim(ledger, {"ama_pra_1": "1", "moc_abp": "1"})) == 2


def test_surgeons_self_assessment_is_earned_by_the_share_of_right_answers() -> None:
    whole = claim(ready(ABS), {"ama_pra_1": "2", "moc_abs": "2"})
    assert whole[1].types == ("cme", "sa")
    ledger = walked(activity(ABS), until=Part.ASSESSMENT)
    ledger.assessment(NOW, {"a1": ["a"], "a2": ["a"], "a3": ["a"], "a4": ["2"]})
    assert claim(ledger, {"ama_pra_1": "2", "moc_abs": "2"})[1].types == ("cme",), "two of three right"
    only = walked(activity({**ABS, "credit_types": ["sa"]}), until=Part.ASSESSMENT)
    only.assessment(NOW, {"a1": ["a"], "a2": ["a"], "a3": ["a"], "a4": ["2"]})
    assert "75%" in offered(only, "md")["moc_abs"]
    assert codes(claim(only, {"ama_pra_1": "2", "moc_abs": "2"})) == {"moc_abs": "not_earned"}


def test_points_are_refused_after_their_last_day_in_the_activitys_zone() -> None:
    ledger = ready({**ABIM, "claim_by": "2026-06-30"})
    last = datetime(2026, 7, 1, 3, 59, tzinfo=UTC)
    assert offered(ledger, "md", now=last)["moc_abim"] == ""
    after = last + timedelta(minutes=1)
    assert "2026-06-30" in offered(ledger, "md", now=after)["moc_abim"]
    assert codes(claim(ledger, {"ama_pra_1": "1", "moc_abim": "1"}, now=after)) == {"moc_abim": "too_late"}
    assert len(claim(ledger, {"ama_pra_1": "1"}, now=after)) == 1, "the credit itself has its own window"


def test_case_04_a_pharmacist_claims_within_sixty_days_of_the_completion() -> None:
    """Spec section 9: a completion of 2026-01-15 is due on 2026-03-16."""
    completed = datetime(2026, 1, 15, 17, tzinfo=UTC)
    ledger = walked(activity(), until=Part.CLAIM, now=completed)
    assert ledger.progress(NOW).completed_on == date(2026, 1, 15)
    for day, locked in ((date(2026, 3, 16), False), (date(2026, 3, 17), True)):
        noon = datetime(day.year, day.month, day.day, 16, tzinfo=UTC)
        assert bool(offered(ledger, "pharmd", now=noon)["acpe_pharmacist"]) is locked
    assert offered(ledger, "rn", now=noon)["ancc"] == "", "of others nothing is known"


def test_case_32_completing_without_credit_leaves_the_claim_open() -> None:
    ledger = ready()
    drafted = attestation.without_credit(ledger.progress(NOW), ledger.activity(NOW), ledger.edition(NOW), now=NOW)
    assert not isinstance(drafted, Refusal)
    assert drafted.kind is Kind.COMPLETED_WITHOUT_CREDIT
    ledger.write(drafted, NOW)
    state = ledger.progress(NOW)
    assert state.wants_no_credit
    assert state.state(Part.CLAIM).status is Status.OPEN
    assert state.state(Part.CERTIFICATE).status is Status.LOCKED
    again = attestation.without_credit(state, ledger.activity(NOW), ledger.edition(NOW), now=NOW)
    assert isinstance(again, Refusal)
    claim(ledger, {"ama_pra_1": "1"})
    assert not ledger.progress(NOW).wants_no_credit
    assert ledger.progress(NOW).claimed == ("ama_pra_1",)


@pytest.mark.parametrize("until", [Part.OVERVIEW, Part.BASELINE, Part.CONTENT, Part.ASSESSMENT])
def test_case_32_only_who_completed_completes_without_credit(until: Part) -> None:
    ledger = walked(activity(), until=until)
    result = attestation.without_credit(ledger.progress(NOW), ledger.activity(NOW), ledger.edition(NOW), now=NOW)
    assert isinstance(result, Refusal)
    ledger.force(Kind.COMPLETED_WITHOUT_CREDIT, {"completed_on": "2026-06-01"}, NOW)
    assert not ledger.progress(NOW).wants_no_credit


READY = ready(ABIM, ABP, ABS)
CODES = ["ama_pra_1", "moc_abim", "moc_abp", "moc_abs", *(str(one["system"]) for one in OFFERINGS)]
AMOUNTS = st.sampled_from(["0", "0.25", "0.3", "0.5", "0.75", "1", "1.25", "1.5", "2", "2.25", "8", "-1", "", "1e1"])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(
    st.sampled_from(sorted(professions.load())),
    st.dictionaries(st.sampled_from(CODES), AMOUNTS | st.decimals(0, 4, places=2).map(str), min_size=1, max_size=4),
    st.integers(0, 900),
)
def test_claims_never_leave_the_grid_the_cap_or_the_calendar(as_whom: str, credits: dict[str, str], days: int) -> None:
    now = NOW + timedelta(days=days)
    described = READY.activity(NOW)
    words = {one.system.code: one for one in attestation.options(described, as_whom)}
    wanted = [
        Wanted(as_whom, system, amount, words[system].wording_sha if system in words else "")
        for system, amount in credits.items()
    ]
    made = attestation.attest_all(READY.progress(now), described, READY.edition(NOW), wanted, now=now)
    if isinstance(made, Mapping):
        assert made
        assert all(str(one.message) for one in made.values())
        return
    claimed = {one.system: one.amount for one in made}
    assert set(claimed) == set(credits)
    for one in made:
        choice = words[one.system]
        assert one.amount in choice.amounts
        assert one.amount == Decimal(credits[one.system])
        assert one.amount % choice.system.increment == 0
        assert choice.system.minimum <= one.amount <= choice.offering.amount
        assert choice.system.accepts(as_whom)
        assert one.completed_on == date(2026, 6, 1)
        assert not choice.system.claim_within_days or days <= choice.system.claim_within_days
        if choice.registration is not None:
            assert one.amount <= claimed["ama_pra_1"]
            assert now.date() <= date(2027, 1, 1)
