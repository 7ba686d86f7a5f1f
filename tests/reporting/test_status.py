"""What a learner reads about their credit."""

from __future__ import annotations

import pytest

from cme_xblock.records.models import Delivery
from cme_xblock.reporting import decisions, status
from tests.reporting import world

pytestmark = pytest.mark.django_db


def said(claim) -> str:
    (line,) = status.for_claims([claim.pk])[claim.pk]
    return str(line.sentence)


def test_the_sentence_follows_the_credit(far, connected, clock):
    claim = world.claim()
    assert said(claim) == "Waiting to be sent to PARS."
    far.misbehave("store_then_drop")
    world.run(clock)
    assert said(claim) == "Sent to PARS; we are checking that it arrived."
    clock.forward(seconds=1)
    clock.forward(seconds=29)
    world.run(clock)
    assert said(claim).startswith(("Sent to PARS; waiting for its answer.", "Accepted by PARS on "))
    world.run_until_settled(clock)
    assert said(claim).startswith("Accepted by PARS on 2026-11-2")


def test_sent_while_pending(far, connected, clock):
    claim = world.claim()
    world.run(clock)
    assert said(claim) == "Sent to PARS; waiting for its answer."


def test_accepted_on_the_day_it_was_in_the_activitys_zone(far, connected, clock):
    claim = world.claim()
    world.run(clock)
    clock.at = clock.at.replace(day=23, hour=3)  # 21:00 on the 22nd in Chicago
    world.run(clock)
    assert said(claim) == "Accepted by PARS on 2026-11-22."


def test_every_hold_and_refusal_has_its_sentence(connected):
    claim = world.claim(consent=False)
    assert said(claim) == "Not sent: you did not agree to sending. You can do so below."
    for state, reason, words in [
        ("held", "identity_incomplete", "Not sent yet: PARS needs your name"),
        ("held", "no_activity_number", "registering this activity with PARS"),
        ("held", "setting_missing", "being set up"),
        ("refused", "identity", "Correct them below"),
        ("refused", "unclassified", "nothing for you to do"),
        ("refused", "activity", "how this activity is registered"),
        ("dead", "unreachable", "Not sent to PARS in spite of several tries"),
        ("sending", "", "Sent to PARS; waiting for its answer."),
    ]:
        Delivery.objects.update(state=state, reason=reason)
        assert words in said(claim)


def test_one_query_for_many_claims(connected, django_assert_num_queries):
    claims = [world.claim(str(number)) for number in range(4)]
    with django_assert_num_queries(1):
        lines = status.for_claims(one.pk for one in claims)
    assert all(len(lines[one.pk]) == 1 for one in claims)


def test_a_claim_that_is_owed_to_nobody_has_no_line(connected):
    claim = world.claim(profession="rn")
    assert status.for_claims([claim.pk]) == {claim.pk: ()}
    assert status.for_claims([]) == {}


def test_a_credit_that_was_sent_anew_shows_its_last_revision(far, connected, clock):
    far.misbehave("refuse", text="No match")
    claim = world.claim()
    world.run(clock)
    assert "could not match you" in said(claim)
    decisions.replay(Delivery.objects.get().uuid, by="Desk", reason="asked again", now=clock())
    assert said(claim) == "Waiting to be sent to PARS."
