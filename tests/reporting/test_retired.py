"""After retirement nothing identified leaves, at whatever moment it came; what is on its way is followed to its end."""

from __future__ import annotations

from datetime import datetime

import pytest

from cme_xblock.records.models import Delivery, DeliveryAttempt
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import decisions, engine, facts, outbox, retirement
from cme_xblock.reporting.retirement import Retired
from tests.reporting import world

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PERSONAL = (world.PERSON["given_name"], world.PERSON["family_name"], world.PERSON["npi"])


def retire(now: datetime) -> Retired:
    return retirement.retire("42", now=now, dry_run=False)


def test_what_was_ready_is_never_sent(far, connected, clock):
    world.claim()
    assert retire(clock()).withheld == 1
    world.run_until_settled(clock)
    clock.forward(days=400)
    world.run(clock)
    assert far.store.arrivals() == []
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == ("held", "retired")


def test_what_was_held_is_not_released_by_a_fact_that_arrives(far, connected, clock):
    world.claim(consent=False)
    claim = Delivery.objects.get().claim_id
    retire(clock())
    assert outbox.release_held(now=clock(), claims=[claim]) == 0
    world.run(clock)
    assert far.store.arrivals() == []


def test_retired_while_the_document_is_made_stops_it(far, connected, clock):
    """The clock is asked for the document's date: at that very moment the account is retired."""
    world.claim()
    asked: list[datetime] = []

    def retiring() -> datetime:
        if not asked and Delivery.objects.filter(state=State.SENDING).exists():
            asked.append(clock())
            retire(clock())
        return clock()

    engine.run_once(now=retiring, owner="worker", chance=lambda: 0.0)
    assert asked
    assert far.store.arrivals() == []
    clock.forward(days=2)
    world.run(clock)
    row = Delivery.objects.get()
    assert (row.state, row.reason, row.next_attempt_at) == ("held", "retired", outbox.NEVER)


def test_what_the_receiver_has_is_followed_to_its_answer(far, connected, clock):
    world.claim()
    world.run(clock)
    assert world.states() == {"pending": 1}
    done = retire(clock())
    assert (done.withheld, done.under_way) == (0, 1)
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 1}
    kept = repr(list(DeliveryAttempt.objects.values())) + repr(list(Delivery.objects.values()))
    assert not [one for one in PERSONAL if one in kept]


def test_what_is_lost_on_its_way_is_not_sent_again(far, connected, clock):
    world.claim()
    world.run(clock)
    Delivery.objects.update(state="unknown", reason="timeout", next_attempt_at=clock())
    far.store.clear()
    retire(clock())
    for _ in range(10):
        clock.forward(hours=25)
        world.run(clock)
    assert far.held() == {}
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == ("held", "retired")


def test_a_person_who_sends_anew_what_was_given_up_sends_nothing(far, connected, clock):
    world.claim()
    Delivery.objects.update(state="dead", settled_at=clock())
    retire(clock())
    row = decisions.replay(Delivery.objects.get().uuid, by="Desk", reason="asked again", now=clock())
    assert (row.state, row.reason) == ("held", facts.RETIRED.code)
    world.run(clock)
    assert far.store.arrivals() == []


def test_what_was_made_ready_by_mistake_is_stopped_before_the_vault_is_opened(far, connected, clock, settings):
    world.claim()
    retire(clock())
    Delivery.objects.update(state="ready", reason="", next_attempt_at=clock())
    settings.CME_IDENTIFIER_KEYS = []
    assert world.run(clock).held == 1
    assert far.store.arrivals() == []
    assert (Delivery.objects.get().reason, Delivery.objects.get().attempts) == ("retired", 0)
