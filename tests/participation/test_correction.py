"""What may be corrected, by whom and until when; and what another claim of the same learner has to follow."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from cme_xblock.participation import attestation, correction, credits
from cme_xblock.participation.correction import Change, Correction, Old, Wanted, Who
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from tests.participation.ledger import Ledger
from tests.participation.steps import walked
from tests.participation.test_several_credits import ABIM, NOW, claim, ready
from tests.rules.variant import vary

STAFF = Who("staff:1", "Found at audit.", "mail of 3 March")


def olds(ledger: Ledger) -> dict[str, Old]:
    """The live claims by their system, as the tables would have them."""
    at = ledger.progress(NOW)
    return {
        one.system: Old(
            claim=one.claim,
            edition=one.edition,
            system=one.system,
            amount=one.amount,
            profession=one.profession,
            name="Ana Müller",
            completed_on=at.completed_on,
            completed_at=at.completed_at,
            claimed_at=one.at,
            statement="I claim.",
            wording="a" * 64,
            reported=False,
            types=one.types,
        )
        for one in credits.fold(ledger.entries).live.values()
    }


def correct(ledger: Ledger, system: str, who: Who = STAFF, /, *, now: datetime = NOW, **wanted: str):
    every = olds(ledger)
    old = every[system]
    target = wanted.get("system", system)
    profession = wanted.get("profession", old.profession)
    options = attestation.options(ledger.activity(NOW), profession)
    wording = next((one.wording_sha for one in options if one.system.code == target), "")
    asked = Wanted("Ana Müller", profession, target, wanted.get("amount", str(old.amount)), wording)
    return correction.correct(
        old,
        asked,
        who,
        others=[one for one in every.values() if one is not old],
        progress=ledger.progress(now),
        activity=ledger.activity(NOW),
        now=now,
    )


@pytest.fixture
def both() -> Ledger:
    """AMA credit 2 and ABIM points 1.5 of one physician."""
    ledger = ready(ABIM)
    assert len(claim(ledger, {"ama_pra_1": "2", "moc_abim": "1.5"})) == 2
    return ledger


def test_points_follow_the_credit_down(both: Ledger) -> None:
    made = correct(both, "ama_pra_1", amount="1")
    assert isinstance(made, Correction)
    assert made.change is Change.LOWERED
    [along] = made.along
    assert (along.correct.change, along.correct.made.amount) == (Change.LOWERED, Decimal("1"))
    assert along.correct.made.types == ("medical_knowledge",)
    assert "I claim." in along.correct.made.statement


def test_points_stay_while_the_credit_is_not_below_them(both: Ledger) -> None:
    assert correct(both, "ama_pra_1", amount="1.5").along == ()


def test_points_are_raised_up_to_the_credit_and_not_beyond(both: Ledger) -> None:
    refused = correct(both, "moc_abim", amount="2")
    assert isinstance(refused, Refusal)
    lowered = correct(both, "moc_abim", amount="0.5")
    assert (lowered.change, lowered.along) == (Change.LOWERED, ())


def test_points_are_withdrawn_with_the_credit_and_not_the_other_way_round(both: Ledger) -> None:
    every = olds(both)
    both_gone = correction.withdraw(every["ama_pra_1"], STAFF, others=[every["moc_abim"]])
    assert [one.payload["claim"] for one in both_gone] == [every["ama_pra_1"].claim, every["moc_abim"].claim]
    assert len(correction.withdraw(every["moc_abim"], STAFF, others=[every["ama_pra_1"]])) == 1


def test_case_16_what_the_new_profession_may_not_claim_is_withdrawn_and_the_rest_follows(both: Ledger) -> None:
    nurse = correct(both, "ama_pra_1", profession="rn", system="ancc", amount="1")
    assert isinstance(nurse, Correction), nurse
    [gone] = nurse.along
    assert gone.withdraw.payload["claim"] == olds(both)["moc_abim"].claim
    osteopath = correct(both, "ama_pra_1", profession="do")
    [follows] = osteopath.along
    assert (follows.correct.made.profession, follows.correct.made.amount) == ("do", Decimal("1.5"))


def test_case_13_a_claim_as_another_profession_stays_where_it_is(both: Ledger) -> None:
    claim(both, {"aapa_1": "1"}, as_whom="pa")
    made = correct(both, "aapa_1", profession="rn", system="ancc", amount="1")
    assert isinstance(made, Correction), made
    assert made.along == ()


def test_a_board_takes_more_points_until_its_years_end_and_fewer_ever_after(both: Ledger) -> None:
    both_lower = correct(both, "moc_abim", amount="1")
    assert isinstance(both_lower, Correction)
    claim_more = ready(ABIM)
    claim(claim_more, {"ama_pra_1": "2", "moc_abim": "0.5"})
    last = datetime(2027, 1, 1, 4, 59, tzinfo=UTC)
    assert isinstance(correct(claim_more, "moc_abim", amount="1", now=last), Correction)
    late = correct(claim_more, "moc_abim", amount="1", now=last + timedelta(minutes=1))
    assert isinstance(late, Refusal)
    assert late.code == "too_late"
    assert "2026-12-31" in str(late.message)
    assert isinstance(correct(claim_more, "moc_abim", amount="0.25", now=last + timedelta(days=400)), Correction)


def test_acpe_takes_more_credit_for_sixty_days_and_nobody_can_give_it_afterwards() -> None:
    ledger = ready()
    claim(ledger, {"acpe_pharmacist": "1"}, as_whom="pharmd")
    # Completed on 2026-06-01 in New York; the sixtieth day is 2026-07-31.
    last = datetime(2026, 8, 1, 3, 59, tzinfo=UTC)
    assert isinstance(correct(ledger, "acpe_pharmacist", amount="2", now=last), Correction)
    for who in (STAFF, Who()):
        late = correct(ledger, "acpe_pharmacist", who, amount="2", now=last + timedelta(minutes=1))
        assert isinstance(late, Refusal), who
        assert late.code == "too_late"


def test_a_reported_claim_that_has_to_follow_stops_the_learner_too(both: Ledger) -> None:
    every = olds(both)
    told = dataclasses.replace(every["moc_abim"], reported=True)
    asked = Wanted("Ana Müller", "md", "ama_pra_1", "1", "")
    options = attestation.options(both.activity(NOW), "md")
    asked = dataclasses.replace(asked, wording=options[0].wording_sha)
    said = {"progress": both.progress(NOW), "activity": both.activity(NOW), "now": NOW}
    refused = correction.correct(every["ama_pra_1"], asked, Who(), others=[told], **said)
    assert isinstance(refused, Refusal)
    assert refused.code == "reported"
    assert isinstance(correction.correct(every["ama_pra_1"], asked, STAFF, others=[told], **said), Correction)
    assert isinstance(correction.withdraw(every["ama_pra_1"], Who(), others=[told]), Refusal)


def as_two_physicians() -> Ledger:
    """AMA credit 2 as MD, and ABIM points 1.5 claimed later as DO."""
    ledger = ready(ABIM)
    claim(ledger, {"ama_pra_1": "2"}, as_whom="md")
    assert len(claim(ledger, {"moc_abim": "1.5"}, as_whom="do")) == 1
    return ledger


def test_points_claimed_as_another_physician_follow_the_credit_too() -> None:
    ledger = as_two_physicians()
    [along] = correct(ledger, "ama_pra_1", amount="1").along
    assert (along.correct.change, along.correct.made.amount) == (Change.LOWERED, Decimal("1"))
    assert along.correct.made.profession == "do"
    [gone] = correct(ledger, "ama_pra_1", profession="rn", system="ancc", amount="1").along
    assert gone.withdraw is not None
    assert correct(ledger, "ama_pra_1", profession="mbbs").along == ()


def test_points_do_not_stay_where_their_credit_becomes_another_one(both: Ledger) -> None:
    [gone] = correct(both, "ama_pra_1", system="ipce", amount="1").along
    assert gone.withdraw.payload["claim"] == olds(both)["moc_abim"].claim


@pytest.mark.parametrize(("again", "code"), [("", "beyond_credit"), ("1", "beyond_credit"), ("1.5", "")])
def test_points_count_again_only_beside_as_much_credit(both: Ledger, again: str, code: str) -> None:
    every = olds(both)
    for one in correction.withdraw(every["ama_pra_1"], Who(), others=[every["moc_abim"]]):
        both.write(one, NOW)
    if again:
        claim(both, {"ama_pra_1": again})
    gone = dataclasses.replace(every["moc_abim"], live=False)
    said = {"progress": both.progress(NOW), "activity": both.activity(NOW), "now": NOW}
    made = correction.reissue(gone, STAFF, name=gone.name, **said)
    assert (made.code if isinstance(made, Refusal) else "") == code


def test_a_certificate_of_participation_does_not_count_again_beside_credit() -> None:
    ledger = walked(vary({"offerings.0.amount": "2"}), until=Part.CLAIM)
    claim(ledger, {"participation": "1"}, as_whom="student")
    old = olds(ledger)["participation"]
    for one in correction.withdraw(old, Who()):
        ledger.write(one, NOW)
    claim(ledger, {"ama_pra_1": "1"})
    said = {"progress": ledger.progress(NOW), "activity": ledger.activity(NOW), "now": NOW}
    made = correction.reissue(dataclasses.replace(old, live=False), STAFF, name=old.name, **said)
    assert isinstance(made, Refusal)
    assert made.code == "profession_changed"
