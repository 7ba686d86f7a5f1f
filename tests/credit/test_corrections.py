"""What staff do about credit that was claimed: each way, what it leaves behind, and what it refuses."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal

import pytest

from cme_xblock.credit import staff, standing
from cme_xblock.credit.standing import Standing
from cme_xblock.participation import credits
from cme_xblock.records import claims, ledger
from cme_xblock.records.models import Claim, EntryRow, LiveClaim
from tests.credit import corrected
from tests.credit.corrected import WHO, again, done, earned, now, refused
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def entries(claim: Claim):
    row = claim.participation
    return ledger.read(row.course_key, row.activity_id, row.learner_id).entries


def last_payload(claim: Claim):
    return entries(claim)[-1].payload


def test_a_lowered_claim_is_another_claim_with_an_entry_that_says_why() -> None:
    old = earned(amount="0.5")
    new = done(staff.correct(old, WHO, amount="0.25", now=now()))
    assert (new.amount, new.replaces_id, new.change) == (Decimal("0.25"), old.pk, "lowered")
    assert (standing.of(again(old)), standing.of(new)) == (Standing.SUPERSEDED, Standing.VALID)
    assert new.certificate_code != old.certificate_code
    said = last_payload(old)
    assert {name: said[name] for name in ("claim", "replaces", "change", "amount")} == {
        "claim": new.uuid,
        "replaces": old.uuid,
        "change": "lowered",
        "amount": "0.25",
    }
    assert (said["reason"], said["evidence"]) == (WHO.reason, WHO.evidence)
    assert said["by"] == staff.pseudonym("7") != staff.pseudonym("8")
    assert "7" not in said["by"].removeprefix("staff:")[:1] or len(said["by"]) == 30


def test_what_the_learner_attested_stays_word_for_word_in_what_staff_made_of_it() -> None:
    old = earned(amount="0.5")
    first = done(staff.correct(old, WHO, amount="0.25", now=now()))
    second = done(staff.correct(first, WHO, amount="0.5", now=now()))
    assert old.statement in second.statement
    assert second.statement.count("The learner had attested") == 1
    assert second.wording_sha == old.wording_sha
    assert (second.completed_at, second.completed_on) == (old.completed_at, old.completed_on)


def test_a_claim_is_raised_to_what_was_designated_and_not_beyond() -> None:
    old = earned(amount="0.25")
    assert refused(staff.correct(old, WHO, amount="0.75", now=now())) == "amount_not_allowed"
    assert done(staff.correct(old, WHO, amount="0.5", now=now())).change == "raised"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (staff.who("7", "", "mail"), "no_reason"),
        (staff.who("7", "x" * 501, "mail"), "no_reason"),
        (staff.who("7", "More time than claimed.", ""), "no_evidence"),
    ],
)
def test_more_credit_needs_a_reason_and_evidence(who, code) -> None:
    old = earned(amount="0.25")
    assert refused(staff.correct(old, who, amount="0.5", now=now())) == code
    assert again(old).is_live


def test_less_credit_needs_no_evidence() -> None:
    done(staff.correct(earned(), staff.who("7", "Asked for."), amount="0.25", now=now()))


def test_a_withdrawn_claim_counts_no_more_and_is_not_claimed_again() -> None:
    old = earned()
    assert done(staff.withdraw(old, WHO, now=now())) is None
    assert standing.of(again(old)) is Standing.VOID
    assert LiveClaim.objects.get().claim_id is None
    assert refused(staff.withdraw(again(old), WHO, now=now())) == "not_live"
    assert "withdrew" in corrected.Way("42").show(part="claim")
    answer = corrected.Way("42").submit("claim", profession="md", system="ama_pra_1", amount="0.5")
    assert answer.status in (400, 409), answer.text
    corrected.clean()


def test_a_withdrawal_that_was_wrong_is_undone_with_a_new_certificate() -> None:
    old = earned()
    done(staff.withdraw(old, WHO, now=now()))
    new = done(staff.reissue(again(old), WHO, now=now()))
    assert (new.amount, new.change, standing.of(new)) == (old.amount, "reissued", Standing.VALID)
    assert standing.of(again(old)) is Standing.SUPERSEDED
    assert credits.fold(entries(old)).live["ama_pra_1"].claim == new.uuid


def test_what_is_the_same_is_no_correction() -> None:
    assert refused(staff.correct(earned(), WHO, amount="0.5", now=now())) == "unchanged"


def test_a_claim_that_was_replaced_is_corrected_no_more() -> None:
    old = earned()
    done(staff.correct(old, WHO, amount="0.25", now=now()))
    for result in (
        staff.correct(again(old), WHO, amount="0.5", now=now()),
        staff.withdraw(again(old), WHO, now=now()),
    ):
        assert refused(result) == "not_live"


def test_a_dry_run_says_what_would_be_and_leaves_nothing() -> None:
    old = earned()
    before = [EntryRow.objects.count(), Claim.objects.count()]
    result = staff.correct(old, WHO, amount="0.25", now=now(), dry_run=True)
    assert (result.refusal, result.new.amount) == (None, Decimal("0.25"))
    assert [EntryRow.objects.count(), Claim.objects.count()] == before
    assert again(old).is_live


def test_lowering_is_possible_after_the_window_of_claims_and_raising_by_staff_too() -> None:
    activity = vary({"claim.window_days": 0})
    old = earned(amount="0.25", activity=activity)
    later = now() + timedelta(days=3000)
    new = done(staff.correct(old, WHO, amount="0.5", now=later))
    done(staff.correct(new, WHO, amount="0.25", now=later))


def test_a_claim_is_found_by_its_number_its_code_and_what_is_printed() -> None:
    old = earned()
    for named in (old.uuid, old.certificate_code, old.certificate_code[:32], f" {old.uuid.upper()} "):
        assert staff.find(named) == old
    for named in ("", "x", old.certificate_code[:31], "%" * 32, old.certificate_code[:31] + "_"):
        assert staff.find(named) is None


def test_nobody_corrects_without_a_name() -> None:
    with pytest.raises(ValueError, match="who"):
        staff.who(" ", "Because.")


def test_a_correction_of_the_same_claim_by_two_at_once_is_made_once(monkeypatch) -> None:
    """The second decides on the entries of the first."""
    old = earned()
    done(staff.correct(old, WHO, amount="0.25", now=now()))
    assert refused(staff.correct(old, WHO, amount="0.25", now=now())) == "not_live"
    assert Claim.objects.count() == 2


def test_a_damaged_pointer_is_found_by_verification() -> None:
    old = earned()
    done(staff.correct(old, WHO, amount="0.25", now=now()))
    LiveClaim.objects.update(claim=old)
    found = {one.code for one in corrected.verify.verify_all().findings}
    assert "claim_live" in found
    LiveClaim.objects.update(claim=None)
    assert {one.code for one in corrected.verify.verify_all().findings} == {"claim_live"}


def test_a_fingerprint_ties_a_correction_to_what_it_replaces() -> None:
    new = done(staff.correct(earned(), WHO, amount="0.25", now=now()))
    new.replaces = None
    assert claims.fingerprint(new, entry_hash=new.entry.hash) != new.hash


def test_who_says_nothing_of_the_person() -> None:
    assert dataclasses.astuple(staff.who("jane@example.org", "Because.")) == (
        staff.pseudonym("jane@example.org"),
        "Because.",
        "",
    )
    assert "jane" not in staff.pseudonym("jane@example.org")
