"""What each receiver hears of a correction: the old credit is taken back, the new one told; the same credit stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cme_xblock.credit import staff
from cme_xblock.records.models import Claim, Delivery
from cme_xblock.records.models.delivery import Operation, State
from tests.blocks import kept
from tests.credit.corrected import WHO, again, done, earned, now

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _reported(settings) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS


def rows(claim: Claim) -> list[tuple[str, str]]:
    return sorted((one.operation, one.state) for one in Delivery.objects.filter(claim=claim))


def taken(claim: Claim) -> None:
    """The receiver has accepted what was owed for that claim."""
    Delivery.objects.filter(claim=claim).update(state=State.ACCEPTED, sent_at=datetime.now(UTC))


def test_case_02_what_never_left_is_cancelled_and_the_new_credit_owed() -> None:
    old = earned()
    new = done(staff.correct(old, WHO, amount="0.25", now=now()))
    assert rows(old) == [(Operation.ADD, State.CANCELLED)]
    assert [operation for operation, _ in rows(new)] == [Operation.ADD]


def test_case_02_what_was_told_is_taken_back_before_the_new_credit_is_told() -> None:
    old = earned()
    taken(old)
    new = done(staff.correct(old, WHO, amount="0.25", now=now()))
    assert [operation for operation, _ in rows(old)] == [Operation.ADD, Operation.DELETE]
    back, told = Delivery.objects.get(claim=old, operation=Operation.DELETE), Delivery.objects.get(claim=new)
    assert (back.order_key, back.pk < told.pk) == (told.order_key, True)
    assert back.credit_id != told.credit_id


def test_a_credit_that_was_told_and_withdrawn_is_taken_back_and_nothing_is_told() -> None:
    old = earned()
    taken(old)
    done(staff.withdraw(old, WHO, now=now()))
    assert [operation for operation, _ in rows(old)] == [Operation.ADD, Operation.DELETE]
    assert Delivery.objects.count() == 2


def test_case_16_another_profession_takes_physicians_credit_back() -> None:
    old = earned()
    taken(old)
    new = done(staff.correct(old, WHO, profession="rn", system="participation", now=now()))
    assert [operation for operation, _ in rows(old)] == [Operation.ADD, Operation.DELETE]
    assert rows(new) == []


def test_case_10_another_name_of_a_credit_that_was_told_changes_nothing_for_the_receiver() -> None:
    old = earned()
    taken(old)
    new = done(staff.correct(old, WHO, name="Bo Schmidt", now=now()))
    assert (new.change, new.name_certified) == ("name", "Bo Schmidt")
    assert rows(old) == [(Operation.ADD, State.ACCEPTED)]
    assert rows(new) == []
    # A later correction of the credit itself takes back what was told under the first number.
    last = done(staff.correct(new, WHO, amount="0.25", now=now()))
    assert [operation for operation, _ in rows(old)] == [Operation.ADD, Operation.DELETE]
    assert [operation for operation, _ in rows(last)] == [Operation.ADD]


def test_case_10_another_name_of_a_credit_that_was_not_told_yet_is_told_under_the_new_certificate() -> None:
    old = earned()
    new = done(staff.correct(old, WHO, name="Bo Schmidt", now=now()))
    assert rows(old) == [(Operation.ADD, State.CANCELLED)]
    assert [operation for operation, _ in rows(new)] == [Operation.ADD]


def test_a_withdrawal_undone_after_it_was_told_is_told_anew() -> None:
    old = earned()
    taken(old)
    done(staff.withdraw(old, WHO, now=now()))
    new = done(staff.reissue(again(old), WHO, now=now()))
    assert [operation for operation, _ in rows(new)] == [Operation.ADD]
