"""The learner's door to a correction: through the blocks' handlers, until the claim was reported."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cme_xblock.credit import staff, standing
from cme_xblock.credit.standing import Standing
from cme_xblock.records.models import Claim, Delivery, EntryRow
from cme_xblock.records.models.delivery import Operation, State
from tests.blocks import clock, course, kept
from tests.blocks.way import Way, hidden
from tests.credit.corrected import WHO, again, clean, earned, live

pytestmark = pytest.mark.django_db


def form(claim: Claim, **more: str) -> str:
    return Way("42").show(part="certificate", view="correct", claim=claim.uuid, **more)


def send(claim: Claim, page: str, /, **more: object):
    """What the page's form sends: the hidden fields of its last version, and what the learner filled in."""
    body = {**hidden(page), "name_certified": "Ana Müller", "attested": True, **more}
    body = {name: value for name, value in body.items() if name not in ("withdraw", "view")}
    return Way("42").submit("certificate", **body)


def test_the_page_of_the_certificate_leads_to_the_form_and_the_form_to_a_new_certificate() -> None:
    old = earned(amount="0.5")
    assert "Change this claim" in Way("42").show()
    page = form(old)
    assert '<option value="0.5" selected>' in page
    answer = send(old, page, amount="0.25")
    assert answer.status == 200, answer.text
    assert "0.25" in answer.data["html"]
    new = live()
    assert (new.amount, new.change, standing.of(again(old))) == (Decimal("0.25"), "lowered", Standing.SUPERSEDED)
    said = EntryRow.objects.order_by("pk").last()
    assert '"by":"learner"' in said.payload
    assert new.statement != old.statement
    clean()


def test_the_form_attests_anew_against_the_exact_wording() -> None:
    old = earned(amount="0.5")
    page = form(old)
    for wrong, code in (({"attested": False}, 400), ({"attested": "yes"}, 400), ({"wording": "0" * 64}, 409)):
        answer = send(old, page, amount="0.25", **wrong)
        assert answer.status == code, answer.text
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": ""},
        {"amount": "0.3"},
        {"amount": "99"},
        {"amount": ["0.25"]},
        {"name_certified": ""},
        {"name_certified": "x" * 201},
        {"profession": "wizard"},
        {"profession": {}},
        {"system": "nothing"},
        {"claim": None},
        {"claim": "another"},
        {"claim": ["x"]},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_changes_nothing(wrong) -> None:
    old = earned(amount="0.5")
    answer = send(old, form(old), **({"amount": "0.25"} | wrong))
    assert answer.status in (400, 409), answer.text
    assert answer.data["error"]["message"]
    assert again(old).is_live
    assert Claim.objects.count() == 1


def test_case_16_a_change_of_profession_withdraws_one_credit_and_gives_the_other() -> None:
    old = earned(amount="0.5")
    page = form(old, profession="rn")
    answer = send(old, page, amount="0.5")
    assert answer.status == 200, answer.text
    new = live()
    assert (new.profession, new.system, new.change) == ("rn", "participation", "profession")
    assert standing.of(again(old)) is Standing.SUPERSEDED
    clean()


def test_a_claim_of_somebody_else_is_nobodys_business() -> None:
    old = earned(amount="0.5")
    other = Way("43")
    other.all_before_claim()
    assert other.claim("0.25").status == 200
    for body in (
        {"claim": old.uuid, "withdraw": "yes", "confirmed": True},
        {**hidden(form(old)), "withdraw": "", "amount": "0.25", "attested": True, "name_certified": "Eve"},
    ):
        body.pop("edition", None)
        answer = Way("43").submit("certificate", **body)
        assert (answer.status, "no such claim" in answer.text) == (409, True), answer.text
    assert (
        "no such claim"
        in course.call(
            course.ACTIVITY, "43", "show", {"part": "certificate", "view": "correct", "claim": old.uuid}
        ).text
    )
    assert again(old).is_live


def test_a_learner_who_withdrew_may_claim_again() -> None:
    old = earned(amount="0.5")
    refused = Way("42").submit("certificate", claim=old.uuid, withdraw="yes")
    assert refused.status == 400
    answer = Way("42").submit("certificate", claim=old.uuid, withdraw="yes", confirmed=True)
    assert answer.status == 200, answer.text
    assert standing.of(again(old)) is Standing.VOID
    assert Way("42").claim("0.25").status == 200
    assert live().amount == Decimal("0.25")
    assert live().replaces_id is None
    clean()


def test_case_02_before_it_was_reported_the_learner_supersedes_and_afterwards_writes_to_the_provider(settings) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    old = earned(amount="0.5")
    answer = send(old, form(old), amount="0.25")
    assert answer.status == 200, answer.text
    new = live()
    assert {(one.state, one.operation) for one in Delivery.objects.filter(claim=old)} == {
        (State.CANCELLED, Operation.ADD)
    }
    [owed] = Delivery.objects.filter(claim=new)
    Delivery.objects.filter(pk=owed.pk).update(state=State.ACCEPTED, sent_at=datetime.now(UTC))
    page = Way("42").show()
    assert "Change this claim" not in page
    assert "only the provider can correct it" in page
    assert "only the provider can correct it" in form(new)
    answer = Way("42").submit("certificate", claim=new.uuid, withdraw="yes", confirmed=True)
    assert answer.status == 409, answer.text
    assert again(new).is_live
    clean()


def test_case_10_after_a_new_name_of_reported_credit_the_page_still_leads_to_the_provider(settings) -> None:
    """What was sent hangs on the first claim: the receiver holds the credit under its key."""
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    old = earned(amount="0.5")
    Delivery.objects.update(state=State.ACCEPTED, sent_at=datetime.now(UTC))
    made = staff.reissue(old, WHO, name="Bo Schmidt", now=datetime.now(UTC))
    assert made.refusal is None
    page = Way("42").show()
    assert "Bo Schmidt" in page
    assert "Change this claim" not in page
    assert "only the provider can correct it" in page
    assert Way("42").submit("certificate", claim=live().uuid, withdraw="yes", confirmed=True).status == 409


def test_raising_ends_with_the_window_and_lowering_never_does(monkeypatch) -> None:
    old = earned(amount="0.25")
    page = form(old)
    # The sample expires on 2028-01-15; its claims are taken for 30 days more.
    clock.Clock(monkeypatch).at(datetime(2028, 3, 1, tzinfo=UTC))
    answer = send(old, page, amount="0.5")
    assert answer.status in (400, 409), answer.text
    clock.Clock(monkeypatch).at(datetime(2026, 12, 1, tzinfo=UTC))
    assert send(old, page, amount="0.5").status == 200
    clock.Clock(monkeypatch).at(datetime(2028, 3, 1, tzinfo=UTC))
    assert send(live(), form(live()), amount="0.25").status == 200
    clean()
