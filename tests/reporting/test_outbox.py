"""What is owed: once, with the claim or not at all, under a CreditID that never changes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from cme_xblock.records.models import Claim, Delivery
from cme_xblock.reporting import decisions, outbox
from tests.reporting import world

pytestmark = pytest.mark.django_db


def test_owing_again_changes_nothing(connected, clock):
    claim = world.claim()
    first = Delivery.objects.get()
    assert [one.pk for one in outbox.owe(claim, now=clock())] == [first.pk]
    assert Delivery.objects.count() == 1


def test_a_credit_can_not_be_owed_twice(connected):
    row = Delivery.objects.get(claim=world.claim())
    row.pk, row.uuid, row.credit_id = None, "another", "ccid:lms.example.org:another"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_two_credits_can_not_share_a_credit_id(connected):
    first, second = (world.claim(learner).deliveries.get() for learner in ("1", "2"))
    second.credit_id = first.credit_id
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


def test_claim_and_delivery_are_written_together_or_not_at_all(connected, settings):
    settings.CME_ENDPOINTS = [*settings.CME_ENDPOINTS, {"name": "broken", "kind": "nothing"}]
    with pytest.raises(Exception, match="kind is not known"):
        world.claim()
    assert (Claim.objects.count(), Delivery.objects.count()) == (0, 0)


def test_the_credit_id_is_the_claims_and_nothing_else(connected):
    claim = world.claim()
    assert claim.deliveries.get().credit_id == f"ccid:lms.example.org:{claim.uuid.replace('-', '')}-cme"


@pytest.mark.parametrize("profession", ["pa", "rn", "pharmd", ""])
def test_nobody_is_told_of_credit_that_only_counts_in_totals(profession, connected):
    assert not world.claim(profession=profession or "other").deliveries.exists()


def test_nothing_is_owed_without_an_endpoint(settings):
    settings.CME_ENDPOINTS = []
    assert not world.claim().deliveries.exists()


def test_a_refused_credit_is_sent_anew_under_a_new_credit_id(far, connected, clock):
    far.misbehave("refuse_later", text="No match")
    world.claim()
    world.run_until_settled(clock)
    refused = Delivery.objects.get()
    again = decisions.replay(refused.uuid, by="Desk", reason="asked again", now=clock())
    assert (again.state, again.revision) == ("ready", 2)
    assert again.credit_id == f"{refused.credit_id}-2"
    world.run_until_settled(clock)
    refused.refresh_from_db()
    again.refresh_from_db()
    assert (refused.state, again.state) == ("refused", "accepted")
    with pytest.raises(decisions.NotPossible):
        decisions.replay(refused.uuid, by="Desk", reason="asked again", now=clock())
    with pytest.raises(decisions.NotPossible):
        decisions.replay(again.uuid, by="Desk", reason="asked again", now=clock())


def test_a_credit_that_was_given_up_is_sent_under_its_own_credit_id(far, connected, clock):
    far.misbehave("error_500", times=10)
    world.claim()
    world.run_until_settled(clock)
    dead = Delivery.objects.get()
    assert dead.state == "dead"
    again = decisions.replay(dead.uuid, by="Desk", reason="asked again", now=clock())
    assert (again.pk, again.state, again.attempts) == (dead.pk, "ready", 0)
    world.run_until_settled(clock)
    assert far.held() == {dead.credit_id: 1}


def test_a_resend_without_consent_is_held(far, connected, clock):
    far.misbehave("refuse", text="No match")
    world.claim()
    world.run(clock)
    world.agree("42", granted=False)
    assert (
        decisions.replay(Delivery.objects.get().uuid, by="Desk", reason="asked again", now=clock()).reason
        == "no_consent"
    )


def test_owing_asks_the_database_little(connected, django_assert_max_num_queries, clock):
    claim = world.claim()
    claim = Claim.objects.select_related("participation", "edition").get(pk=claim.pk)
    Delivery.objects.all().delete()
    with django_assert_max_num_queries(7):  # savepoint, what is there, consent, identity, insert, release
        outbox.owe(claim, now=clock())
